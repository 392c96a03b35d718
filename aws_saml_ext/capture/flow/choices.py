"""Choose one of the options that a page offers: an account, a second factor, a button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_saml_ext.capture.flow.questions import WINDOW_OPTION
from aws_saml_ext.capture.page.kinds import Option
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.offers import label_of
from aws_saml_ext.capture.page.purpose import is_called_secret
from aws_saml_ext.capture.page.vocabulary import mentions
from aws_saml_ext.capture.page.wording import said
from aws_saml_ext.text import says

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aws_saml_ext.capture.flow.questions import Questions
    from aws_saml_ext.capture.flow.remembered_choices import RememberedChoices
    from aws_saml_ext.capture.page.description import Description
    from aws_saml_ext.capture.page.dialogs import Dialog
    from aws_saml_ext.capture.page.kinds import Choice
    from aws_saml_ext.clock import Deadline


class Choices:
    """The choices of one sign-in."""

    def __init__(
        self, username: str | None, questions: Questions, remembered: RememberedChoices
    ) -> None:
        """Start without a choice.

        Args:
            username: `saml_username`; its account needs no question.
            questions: ask the person.
            remembered: those of earlier sign-ins.
        """
        self._username = username
        self._questions = questions
        self._remembered = remembered
        self._chosen: set[tuple[str, str]] = set()

    @property
    def interactive(self) -> bool:
        """True if somebody can choose."""
        return self._questions.interactive

    def choose(self, page: Description, choice: Choice, deadline: Deadline) -> Option:
        """Return the account of `saml_username`, or the option that the person chooses.

        Raises:
            NothingTyped: the person pressed Enter.
            SignInRequired, Stopped, TimedOut: as for `Questions.ask`.
        """
        option = self.own_account(page, choice) or self.recall(page, choice.options)
        if option is not None:
            return option
        self._questions.introduce(page.host)
        if page.below is not None:
            self._questions.explain("This lies over the form. To leave it there, press Enter.")
        return self._ask(page, says(page.host, choice.words), choice.options, deadline)

    def own_account(self, page: Description, choice: Choice) -> Option | None:
        """Return the account of `saml_username`; `None` if there is none, or it led back here."""
        own = [option for option in choice.options if self._is_own(option)]
        if len(own) != 1 or (page.origin, own[0].text) in self._chosen:
            return None
        self._chosen.add((page.origin, own[0].text))
        return own[0]

    def press(
        self,
        page: Description,
        options: Sequence[Option],
        deadline: Deadline,
        *,
        words: str = "",
        until: Callable[[], bool] | None = None,
    ) -> Option | None:
        """Return the button or link of a page that the person wants to be pressed.

        The page's own words stand above the question.

        Args:
            page: the page.
            options: what it offers.
            deadline: the end of the time for the answer.
            words: our own line above the list.
            until: as for `Questions.choose`; the page's words are printed already.

        Returns:
            The option; `None` where the person does not want the only one.

        Raises:
            NothingTyped, QuestionOver: as for `Questions.choose`.
            SignInRequired, Stopped, TimedOut: as for `Questions.ask`.
        """
        option = self.recall(page, options)
        if option is not None:
            return option
        if until is None:
            self._questions.explain(*said(page))
        if len(options) > 1 or until is not None or words:
            words = words or f"{page.host} offers:"
            return self._ask(page, words, options, deadline, until=until)
        [only] = options
        is_wanted = self._questions.confirm(only.text, deadline)
        self._chosen.add((page.origin, only.text))
        return only if is_wanted else None

    def recall(self, page: Description, options: Sequence[Option]) -> Option | None:
        """Return the remembered choice, and say so; `None` if there is none, or it led back here.

        Nobody's consent is remembered: what somebody agrees to can change.
        """
        text = self._remembered.recall(page) if self.interactive else None
        option = next((option for option in options if option.text == text), None)
        if option is None or (page.origin, option.text) in self._chosen:
            return None
        self._chosen.add((page.origin, option.text))
        self._questions.notify(
            f'{page.host}: "{option.text}", as you chose before (--clean forgets that).'
        )
        return option

    def answer_dialog(self, dialog: Dialog, words: str, deadline: Deadline) -> str | None:
        """Return the text for a dialog of a page, empty for a yes; `None` for a no.

        Args:
            dialog: the dialog.
            words: our sentence about it.
            deadline: the end of the time for the answer.

        Raises:
            SignInRequired, Stopped, TimedOut: as for `Questions.ask`.
        """
        self._questions.explain(words)
        if not dialog.takes_text:
            return "" if self._questions.confirm("OK", deadline) else None
        secret = is_called_secret(dialog.words)
        typed = self._questions.ask("Answer", deadline, instead=WINDOW_OPTION, secret=secret)
        return typed or None

    def is_new(self, page: Description, text: str) -> bool:
        """Return whether this text was not chosen yet at this origin."""
        return (page.origin, text) not in self._chosen

    def note(self, page: Description, text: str) -> None:
        """Note that an option was chosen."""
        self._chosen.add((page.origin, text))

    def _ask(
        self,
        page: Description,
        words: str,
        options: Sequence[Option],
        deadline: Deadline,
        *,
        until: Callable[[], bool] | None = None,
    ) -> Option:
        wanted: list[bool] = []
        may_remember = self._remembered.possible and not any(
            mentions(text, Meaning.AGREE)
            for text in (*(option.text for option in options), *page.headings, page.title)
        )
        index = self._questions.choose(
            words,
            [option.text for option in options],
            deadline,
            labels=[label_of(option.text) for option in options],
            on_remember=(lambda: wanted.append(True)) if may_remember else None,
            until=until,
        )
        option = options[index]
        if wanted:
            self._remembered.remember(page, option.text)
        self._chosen.add((page.origin, option.text))
        return option

    def _is_own(self, option: Option) -> bool:
        if self._username is None:
            return False
        words = option.text.casefold().replace("(", " ").replace(")", " ").split()
        return self._username.casefold() in words
