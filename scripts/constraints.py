"""Write the constraints of `alias/install.sh`: each package in one version, with its hashes.

They hold for every Python from 3.10 and every system, by markers. `uv` resolves them; see
`make constraints`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMON = ROOT / "alias/constraints.txt"
KEYRING = ROOT / "alias/constraints-keyring.txt"
_COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--no-config", "--universal", "--python-version", "3.10"),
    *("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--upgrade"),
    "pyproject.toml",
)
_ABOUT = "# {about} Made by `make constraints`.\n"


def main() -> None:
    """Write both files."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    [build] = re.findall(r'^requires = \["(.*)"\]$', project, re.MULTILINE)
    common = compiled(["-"], given=build)
    write(COMMON, "The packages of aws-saml-login, and setuptools, which builds it.", common)
    whole = compiled(["-", "--extra", "keyring", "--constraint", str(COMMON)], given=build)
    more = [requirement for requirement in whole if requirement not in common]
    write(KEYRING, "The packages that the extra keyring adds to constraints.txt.", more)


def compiled(options: Sequence[str], *, given: str) -> list[str]:
    """Return the requirements, each with its lines of hashes."""
    done = subprocess.run(
        [*_COMPILE, *options], cwd=ROOT, input=given, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(done.returncode)
    return re.findall(r"^[\w.-]+==.*\n(?:    --hash=.*\n)*", done.stdout, re.MULTILINE)


def write(path: Path, about: str, requirements: Sequence[str]) -> None:
    """Replace one file."""
    path.write_text(_ABOUT.format(about=about) + "".join(requirements), encoding="utf-8")


if __name__ == "__main__":
    main()
