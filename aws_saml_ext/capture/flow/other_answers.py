"""The answers to the other questions of the forms: a setting, the page's own choice, the person.

An answer is kept until the sign-in ends, for the origin that asked for it; one that must not show
is kept until it is submitted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_saml_ext.capture.flow.questions import WINDOW_OPTION, NothingTyped
from aws_saml_ext.capture.page.kinds import AnswerType, FormQuestion
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.purpose import is_called_secret
from aws_saml_ext.capture.page.vocabulary import mentions
from aws_saml_ext.capture.page.wording import QUESTION_MARKS, bare
from aws_saml_ext.capture.page.words import plain
from aws_saml_ext.hints import setting_command
from aws_saml_ext.net import host_of

if TYPE_CHECKING:
    from aws_saml_ext.capture.flow.questions import Questions
    from aws_saml_ext.capture.page.reader import Page
    from aws_saml_ext.clock import Deadline
    from aws_saml_ext.config.settings import Settings

_YES, _NO = "yes", "no"


class OtherAnswers:
    """The answers of one sign-in to questions that are no username, password or code."""

    def __init__(self, settings: Settings, questions: Questions) -> None:
        """Start with the answers of `saml_answers`."""
        self._settings = settings
        self._questions = questions
        self._answers: dict[_Key, _Answer] = {}
        self._before: dict[_Key, str] = {}
        """Answers that did not lead on, as defaults of the next questions."""
        self._asked: dict[str, str] = {}
        """Answers that the person gave and that a setting could give, by their captions."""

    def has(self, origin: str, question: FormQuestion) -> bool:
        """Return whether a question of this origin is answered."""
        return _Key.of(origin, question) in self._answers

    def gather(
        self,
        origin: str,
        question: FormQuestion,
        deadline: Deadline,
        *,
        is_name: bool = False,
        suggestion: str | None = None,
        may_be_saved: bool = True,
    ) -> None:
        """Gather the answer to a question, unless it is there.

        Args:
            origin: that of the page or frame that asks.
            question: the question.
            deadline: the end of the time for an answer.
            is_name: whether a caption with the word code cannot be that of a one-time code.
            suggestion: the default of a text.
            may_be_saved: whether a text can be told as one for the settings; one that is asked
                after the password proves who somebody is.

        Raises:
            NothingTyped: the person typed nothing.
            SignInRequired, Stopped, TimedOut: as for `Questions.ask`.
        """
        key = _Key.of(origin, question)
        if key in self._answers:
            return
        may_be_set = question.type is not AnswerType.SECRET and (
            not is_called_secret(question.caption)
            or (is_name and not mentions(question.caption, Meaning.PASSWORD))
        )
        answer = self._set(question) if may_be_set and key not in self._before else None
        if answer is None and not self._questions.interactive and question.chosen >= 0:
            answer = question.options[question.chosen]
        if answer is None:
            self._questions.introduce(host_of(origin), foreign=True)
            answer = self._ask(question, self._before.get(key) or suggestion, deadline)
            is_told = may_be_saved and not question.caption.endswith(QUESTION_MARKS)
            is_told = is_told or question.type is AnswerType.ONE_OF
            if may_be_set and is_told and question.type is not AnswerType.TICK:
                self._asked[bare(question.caption)] = answer
        self._answers[key] = _Answer(answer)

    def fill(self, page: Page, origin: str, question: FormQuestion) -> None:
        """Give the answer to a page.

        Raises:
            PageChanged: another page is there by now.
        """
        text = self._answers[_Key.of(origin, question)].text
        [*_, last] = question.fields
        if question.type is AnswerType.TICK:
            page.tick(last, on=text == _YES)
        elif question.type is not AnswerType.ONE_OF:
            page.fill(last, text)
        elif (place := question.options.index(text)) != question.chosen:
            if len(question.fields) > 1 or last.type == "radio":
                page.press(question.fields[place])
            else:
                page.choose(last, place)

    def submitted(self, origin: str, question: FormQuestion) -> None:
        """Forget an answer that must not show: it was submitted."""
        if question.type is AnswerType.SECRET:
            self._answers.pop(_Key.of(origin, question), None)

    def refused(self) -> None:
        """Ask again, with the answers so far as defaults: a form came back."""
        secret = AnswerType.SECRET
        self._before |= {
            key: answer.text for key, answer in self._answers.items() if key.type is not secret
        }
        self._answers.clear()
        self._asked.clear()

    @property
    def command(self) -> str | None:
        """The command that saves the answers in the profile; `None` where none was asked for."""
        pairs = {**dict(self._settings.answers), **self._asked}
        usable = {
            caption: answer
            for caption, answer in pairs.items()
            if caption and ";" not in caption + answer and "=" not in caption
        }
        if not set(self._asked) & set(usable):
            return None
        value = "; ".join(f"{caption} = {answer}" for caption, answer in usable.items())
        return setting_command("saml_answers", value, self._settings.profile)

    @property
    def texts(self) -> list[str]:
        """The texts of all answers."""
        return [answer.text for answer in self._answers.values()]

    def _set(self, question: FormQuestion) -> str | None:
        """Return the answer of `saml_answers`; `None` where it has none that fits."""
        caption = plain(bare(question.caption))
        answers = [
            answer for name, answer in self._settings.answers if plain(bare(name)) == caption
        ]
        if not answers:
            return None
        [answer, *_] = answers
        if question.type is AnswerType.TICK:
            return _YES if plain(answer) in {"y", "yes", "true", "on"} else _NO
        if question.type is not AnswerType.ONE_OF:
            return answer
        options = [option for option in question.options if plain(option) == plain(answer)]
        return options[0] if len(options) == 1 else None

    def _ask(self, question: FormQuestion, before: str | None, deadline: Deadline) -> str:
        if question.type is AnswerType.ONE_OF:
            default = question.chosen
            if before in question.options:
                default = question.options.index(before)
            words = bare(question.caption) or "Choose:"
            place = self._questions.choose(
                words, question.options, deadline, default=default if default >= 0 else None
            )
            return question.options[place]
        if question.type is AnswerType.TICK:
            if self._questions.confirm(question.caption, deadline):
                return _YES
            if question.fields[0].required:
                raise NothingTyped
            return _NO
        is_secret = question.type is AnswerType.SECRET
        caption = self._questions.shortened(bare(question.caption))
        instead = f"saml_answers in the profile, or {WINDOW_OPTION}"
        typed = self._questions.ask(
            caption + (f" [{before}]" if before else ""),
            deadline,
            instead=WINDOW_OPTION if is_secret else instead,
            secret=is_secret,
        )
        if not typed and not before:
            raise NothingTyped
        return typed or before or ""


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer that is not submitted yet."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Key:
    """The identity of a question."""

    origin: str
    """The only origin that may get the answer."""
    type: AnswerType
    caption: str
    options: tuple[str, ...]

    @classmethod
    def of(cls, origin: str, question: FormQuestion) -> _Key:
        """Return the key of a question."""
        return cls(origin, question.type, question.caption, question.options)
