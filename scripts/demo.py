"""
The main job from the beginning to the end, on loopback: what `make demo` shows.

An identity provider and an AWS start in this process. Everything else is what a person would type
on a new machine, in a HOME of its own: the installer, `aws saml-login`, and `aws` with the keys.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from aws_saml_ext.demo import running

ROOT = Path(__file__).resolve().parents[1]
USER = "aws_admin"  # its password is its name


def main() -> int:
    """Run the demonstration; the exit status of the first command that failed, or 0."""
    with tempfile.TemporaryDirectory(prefix="aws saml demo ") as folder, running() as demo:
        home = Path(folder)
        environ = _environment(home)
        at_aws = ["--endpoint-url", demo.aws_url]
        installed = ["sh", str(ROOT / "alias" / "install.sh"), "--profile", "demo"]
        installed += ["--idp-url", demo.idp_url, "--username", USER, "--region", "eu-west-1"]
        aws = environ.pop("DEMO_AWS")
        steps = [
            installed,
            [aws, "saml-login", "--profile", "demo", "--role-arn", "Role.Admin", *at_aws],
            ["cat", str(home / ".aws" / "config")],
            [aws, "saml-login", "status"],
            [aws, "sts", "get-caller-identity", "--profile", "demo", *at_aws],
            [aws, "s3", "ls", "--profile", "demo", *at_aws],
        ]
        print(f"HOME is {home}, the identity provider {demo.idp_url}, AWS {demo.aws_url}.")
        for step in steps:
            print("\n$ " + shlex.join(_as_typed(step)), flush=True)
            done = subprocess.run(step, env=environ, check=False, cwd=ROOT)
            if done.returncode != 0:
                print(f"… ended with {done.returncode}.", file=sys.stderr)
                return done.returncode
    print("\nDone: signed in at a real browser, keys stored in a profile, used by the real aws.")
    return 0


def _environment(home: Path) -> dict[str, str]:
    """A new person's environment; the password comes from a command, so that nothing is asked."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "XDG_", "PYTHON"))
    }
    # A proxy that pip may need has no way to this machine's own servers.
    around = [environ.get("NO_PROXY") or environ.get("no_proxy"), "localhost", "127.0.0.1"]
    environ |= dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(filter(None, around)))
    environ |= {
        "HOME": str(home),
        "AWS_SAML_PASSWORD_COMMAND": f"echo {USER}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        # pip's downloads are shared with the environment that `make` has built.
        "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", str(Path.home() / ".cache" / "pip")),
        "DEMO_AWS": _aws(),
    }
    if "PIP_CONFIG_FILE" not in environ and (settings_of_pip := _settings_of_pip()):
        environ["PIP_CONFIG_FILE"] = str(settings_of_pip)
    if sys.platform == "linux" and os.geteuid() == 0:
        # Chromium's sandbox does not run as root.
        environ["AWS_SAML_BROWSER_ARGUMENTS"] = "--no-sandbox"
    return environ


def _settings_of_pip() -> Path | None:
    """The person's own, such as an index behind the company's proxy; a new HOME has none."""
    folders = [
        Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "pip",
        Path.home() / "Library" / "Application Support" / "pip",
        Path.home() / ".pip",
    ]
    found = (folder / "pip.conf" for folder in folders)
    return next((path for path in found if path.is_file()), None)


def _aws() -> str:
    """The AWS CLI version 2; one of version 1 may come first on PATH."""
    found = [shutil.which("aws"), "/usr/bin/aws", "/usr/local/bin/aws"]
    for path in filter(None, found):
        if Path(path).exists():
            told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
            if told.stdout.startswith("aws-cli/2."):
                return path
    sys.exit("The AWS CLI version 2 is not there. Install it, then run `make demo` again.")


def _as_typed(words: list[str]) -> list[str]:
    """A command without the folders of its program."""
    return [Path(words[0]).name, *words[1:]]


if __name__ == "__main__":
    sys.exit(main())
