"""The file about a page that is not understood, written where the person says so."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext.capture.page.saved_page import saved

if TYPE_CHECKING:
    from aws_saml_ext.capture.flow.questions import Questions
    from aws_saml_ext.capture.page.description import Description
    from aws_saml_ext.clock import Deadline


class PageFile:
    """The file of `--save-page`; `None` in its place writes nothing."""

    def __init__(self, path: Path | None, questions: Questions) -> None:
        """Take the path, and who is asked."""
        self._path = path
        self._questions = questions

    def offer(self, page: Description, private: Iterable[str], deadline: Deadline) -> None:
        """Ask whether to write a page to the file, and write it.

        Args:
            page: the page.
            private: texts that stay out of it.
            deadline: the end of the time for the answer.

        Raises:
            Stopped, TimedOut: as for `Questions.ask`.
        """
        if self._path is None or not self._questions.interactive:
            return
        path, self._path = self._path, None
        self._questions.explain(
            f"The page of {page.host} can be written to {path}, without names and values."
        )
        if not self._questions.confirm("Write it", deadline):
            return
        try:
            self._write(path, saved(page, private))
        except OSError as error:
            self._questions.notify(f"{path} cannot be written: {error.strerror}.")
        else:
            self._questions.notify(
                f"{path} is written. Read it before you attach it to an issue of this project."
            )

    @staticmethod
    def _write(path: Path, content: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        descriptor = os.open(path, flags, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - of a descriptor
            file.write(content)
