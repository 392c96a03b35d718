"""Write the Homebrew formula of the source distribution in dist/, for `make packages`."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
PREFIX, SUFFIX = "aws_saml_ext-", ".tar.gz"


def main() -> None:
    """Write dist/aws-saml-ext.rb."""
    [sdist] = (ROOT / "dist").glob(f"{PREFIX}*{SUFFIX}")
    formula = (ROOT / "packaging/homebrew/aws-saml-ext.rb.in").read_text(encoding="utf-8")
    values = {
        "REPOSITORY_URL": os.environ["REPOSITORY_URL"].rstrip("/"),
        "VERSION": sdist.name.removeprefix(PREFIX).removesuffix(SUFFIX),
        "SHA256": hashlib.sha256(sdist.read_bytes()).hexdigest(),
    }
    for name, value in values.items():
        formula = formula.replace(f"@{name}@", value)
    (ROOT / "dist/aws-saml-ext.rb").write_text(formula, encoding="utf-8")


if __name__ == "__main__":
    main()
