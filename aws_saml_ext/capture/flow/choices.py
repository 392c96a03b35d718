"""Choose one of the options that a page offers: an account, a method to verify an identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_saml_ext.capture.flow.questions import Questions
    from aws_saml_ext.capture.page.description import Description
    from aws_saml_ext.capture.page.kinds import Choice, Option
    from aws_saml_ext.clock import Deadline


class Choices:
    """The choices of one sign-in."""

    def __init__(self, username: str | None, questions: Questions) -> None:
        """Start without a choice.

        Args:
            username: `saml_username`; its account needs no question.
            questions: ask the person.
        """
        self._username = username
        self._questions = questions
        self._chosen: set[tuple[str, str]] = set()

    def choose(self, page: Description, choice: Choice, deadline: Deadline) -> Option:
        """Return the account of `saml_username`, or the option that the person chooses.

        Raises:
            NothingTyped: the person pressed Enter.
            SignInRequired, Stopped, TimedOut: as for `Questions.ask`.
        """
        option = self.own_account(page, choice)
        if option is None:
            self._questions.introduce(page.host)
            texts = [offered.text for offered in choice.options]
            option = choice.options[self._questions.choose(choice.words, texts, deadline)]
        self._chosen.add((page.origin, option.text))
        return option

    def own_account(self, page: Description, choice: Choice) -> Option | None:
        """Return the account of `saml_username`; `None` if there is none, or it led back here."""
        own = [option for option in choice.options if self._is_own(option)]
        if len(own) != 1 or (page.origin, own[0].text) in self._chosen:
            return None
        self._chosen.add((page.origin, own[0].text))
        return own[0]

    def _is_own(self, option: Option) -> bool:
        if self._username is None:
            return False
        words = option.text.casefold().replace("(", " ").replace(")", " ").split()
        return self._username.casefold() in words
