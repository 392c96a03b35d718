"""The places of this program's own files, each spelled once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Paths:
    """The files and folders below a person's `~/.aws`; no variable of AWS moves them."""

    aws: Path
    """`~/.aws`."""

    @classmethod
    def of(cls, home: Path | None = None) -> Paths:
        """Return the places of the person who runs this.

        Raises:
            RuntimeError: the system does not know their home folder.
        """
        return cls((home or Path.home()) / ".aws")

    @property
    def alias(self) -> Path:
        """The alias file of the AWS CLI."""
        return self.aws / "cli" / "alias"

    @property
    def saml(self) -> Path:
        """Everything that is ours alone: folders 0700, files 0600."""
        return self.aws / "saml"


def own_folders(path: Path) -> tuple[Path, ...]:
    """Return `~/.aws/saml` and the folders below it on the way to a folder, outermost first.

    Returns:
        The folder itself is the last; empty where it lies elsewhere.
    """
    folders = (path, *path.parents)
    for index, folder in enumerate(folders):
        if folder.name == "saml" and folder.parent.name == ".aws":
            return folders[index::-1]
    return ()
