"""The places of this program's own files, each spelled once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = "AWS_SAML_FOLDER"
"""The variable that names this program's own folder, in place of `~/.aws/saml`."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The files and folders of a person that no variable of AWS moves."""

    aws: Path
    """`~/.aws`."""
    saml: Path
    """Everything that is ours alone: folders 0700, files 0600."""

    @classmethod
    def of(cls, home: Path | None = None, environ: Mapping[str, str] = os.environ) -> Paths:
        """Return the places of the person who runs this.

        Raises:
            RuntimeError: the system does not know their home folder.
        """
        aws = (home or Path.home()) / ".aws"
        return cls(aws, _named(environ) or aws / "saml")

    @property
    def alias(self) -> Path:
        """The alias file of the AWS CLI."""
        return self.aws / "cli" / "alias"


def own_folders(path: Path, environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Return `~/.aws/saml` and the folders below it on the way to a folder, outermost first.

    Returns:
        The folder itself is the last; empty where it lies elsewhere.
    """
    folders = (path, *path.parents)
    named = _named(environ)
    for index, folder in enumerate(folders):
        if folder == named or (folder.name == "saml" and folder.parent.name == ".aws"):
            return folders[index::-1]
    return ()


def _named(environ: Mapping[str, str]) -> Path | None:
    name = environ.get(FOLDER)
    return Path(os.path.abspath(os.path.expanduser(name))) if name else None  # noqa: PTH100, PTH111
