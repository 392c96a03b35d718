"""The choices of buttons that a person wants to be remembered for an identity provider.

They lie in the kept browser profile, under its lock: whatever forgets the session forgets them.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext.files import atomic

if TYPE_CHECKING:
    from aws_saml_ext.capture.page.description import Description

FILE_NAME = "aws-saml-login-choices.json"


class RememberedChoices:
    """The remembered choices of one browser profile."""

    def __init__(self, folder: Path | None) -> None:
        """Take the folder of the profile; `None` remembers nothing."""
        self._file = folder / FILE_NAME if folder is not None else None

    @property
    def possible(self) -> bool:
        """True if a choice can be remembered."""
        return self._file is not None

    def recall(self, page: Description) -> str | None:
        """Return the text of the button that was chosen on this page; `None` for none."""
        return self._read().get(_name_of(page))

    def remember(self, page: Description, text: str) -> None:
        """Remember the choice of a button on a page."""
        if self._file is not None:
            content = json.dumps(self._read() | {_name_of(page): text}, indent=1)
            atomic.write_private(self._file, content.encode())

    def _read(self) -> dict[str, str]:
        if self._file is None:
            return {}
        with suppress(OSError, ValueError, TypeError, AttributeError):
            content = json.loads(self._file.read_text(encoding="utf-8"))
            return {str(page): str(text) for page, text in content.items()}
        return {}


def _name_of(page: Description) -> str:
    """Return the name of a page that stays the same from one sign-in to the next."""
    return " ".join([page.origin, page.title, *page.headings[:1]])
