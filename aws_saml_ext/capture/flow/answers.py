"""The answers to the sign-in forms of one sign-in.

The username stays the same from page to page. A password or a code is kept until it is submitted,
for the origin that asked for it, and never typed for another one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aws_saml_ext.capture.flow.accounts import shown_account
from aws_saml_ext.capture.flow.failures import failing
from aws_saml_ext.capture.flow.other_answers import OtherAnswers
from aws_saml_ext.capture.flow.questions import NothingTyped
from aws_saml_ext.capture.flow.secret_places import Place, check_addresses
from aws_saml_ext.capture.page.elements import PageChanged
from aws_saml_ext.capture.page.form_questions import is_optional
from aws_saml_ext.capture.page.kinds import FormQuestion, SeveralForms, SignInForm
from aws_saml_ext.capture.page.purpose import is_hidden_while_typed
from aws_saml_ext.capture.page.set_up import sets_up, shown_key
from aws_saml_ext.capture.page.vocabulary import is_known_language
from aws_saml_ext.capture.page.wording import QUESTION_MARKS, bare, said
from aws_saml_ext.errors import IdentityProviderRefused
from aws_saml_ext.hints import sign_in_command
from aws_saml_ext.net import host_of, origin_of
from aws_saml_ext.text import in_quotes, says

if TYPE_CHECKING:
    from aws_saml_ext.capture.flow.questions import Questions
    from aws_saml_ext.capture.flow.secret_sources import CodeSource, PasswordSource
    from aws_saml_ext.capture.flow.unattended import Unattended
    from aws_saml_ext.capture.page.description import Description, Field
    from aws_saml_ext.capture.page.kinds import PageKind
    from aws_saml_ext.capture.page.reader import Page
    from aws_saml_ext.clock import Deadline
    from aws_saml_ext.config.settings import Settings

MAX_ATTEMPTS = 3
"""Attempts of one sign-in; many identity providers lock an account after five."""
_MAX_CAPTION = 60
"""Characters of a question in the page's words."""
_MAX_NEW_LINES = 3
"""Lines of a page that can be its words about an answer."""


class Answers:
    """The answers to the forms of one sign-in, and how the pages took them."""

    def __init__(
        self,
        settings: Settings,
        questions: Questions,
        passwords: PasswordSource,
        codes: CodeSource,
        unattended: Unattended,
    ) -> None:
        """Start with the username of the settings."""
        self._unattended = unattended
        self._settings = settings
        self._questions = questions
        self._passwords = passwords
        self._codes = codes
        self._others = OtherAnswers(settings, questions)
        self._forms: dict[str, int] = {}
        """The places of the forms that the person chose among several, by origin."""
        self._has_named_account = False
        """True if the identity provider knows the account from this sign-in."""
        self._username = settings.username
        self._username_is_doubtful = False
        self._password: _Secret | None = None
        self._code: _Secret | None = None
        self._has_typed_secret = False
        self._left: tuple[Description, SignInForm] | None = None
        """The page that was left while its form was filled in, after a secret had been typed."""
        self._key = ""
        """The key of a new authenticator that was shown last."""
        self._submitted: set[_FormKey] = set()
        self._has_submitted = False
        self._has_given_password = False
        self._first_lines: dict[_FormKey, frozenset[str]] = {}
        self._refusals = 0

    def gather(self, page: Description, form: SignInForm, deadline: Deadline) -> None:
        """Gather the answers to a form; the person is asked for those that are not known.

        Raises:
            IdentityProviderRefused: the page refuses the answers for the third time, or nobody is
                there to try again.
            SignInRequired: nobody is there to answer.
            NothingTyped: the person typed nothing.
            Stopped: the input ended.
            TimedOut: nobody answered in time.
            ConfigError: the page would send the answers over http.
        """
        check_addresses(page, form)
        form = self._meant(page, form)
        origin = page.origins[form.last.frame]
        if _FormKey.of(page, form) in self._submitted:
            self._note_refusal(page, form)
        self._questions.introduce(host_of(origin))
        place, idp = Place.of(page, form), origin_of(self._settings.idp_url)
        asks_for_secrets = form.password is not None or bool(form.code)
        if asks_for_secrets and any(target != idp for target in place.targets):
            self._questions.explain(f"{place.name} asks:")
        self._explain_key(page, form)
        for part in form.parts:
            if isinstance(part, FormQuestion):
                self._others.gather(
                    *(origin, part, deadline),
                    is_name=form.password is not None and part is form.parts[0],
                    suggestion=self._username if form.is_lone and not self._has_submitted else None,
                    may_be_saved=not self._has_given_password,
                )
            elif part == form.username:
                if self._username is None or self._username_is_doubtful:
                    self._ask_username(part, deadline)
            elif part == form.password:
                self._get_password(page, form, part, deadline)
            else:
                self._get_code(page, form, part, deadline)

    def choose_form(self, page: Description, several: SeveralForms, deadline: Deadline) -> None:
        """Ask which of several forms is meant; see `gather` for what it raises."""
        if self.form_of(page, several) is None:
            self._questions.introduce(page.host)
            words = "The page has several forms:"
            self._forms[page.origin] = self._questions.choose(words, several.names, deadline)

    def form_of(self, page: Description, kind: PageKind) -> SignInForm | None:
        """Return the form of a page that the answers are for; `None` where it has none."""
        if isinstance(kind, SignInForm):
            return kind
        place = self._forms.get(page.origin)
        if not isinstance(kind, SeveralForms) or place is None or place >= len(kind.forms):
            return None
        return kind.forms[place]

    def another_account(self, page: Description, form: SignInForm) -> str | None:
        """Return the account that a page shows in place of that of the settings.

        Nothing that was fetched or remembered is given to that page.
        """
        if form.username is not None or self._has_named_account or self._username is None:
            return None
        asks_for_secrets = form.password is not None or bool(form.code)
        if not asks_for_secrets:
            return None
        return shown_account(page, self._username, masked=not form.code)

    @property
    def knows_code(self) -> bool:
        """True if a one-time code needs no question."""
        return self._code is not None or self._codes.has_command

    @property
    def private_texts(self) -> list[str]:
        """The answers that a page could show, which stay out of a file about it."""
        return [*self._others.texts, *([self._username] if self._username else [])]

    def note_account(self) -> None:
        """Note that the identity provider knows the account: the person chose it."""
        self._has_named_account = True

    def came_back(self, page: Description, kind: PageKind) -> bool:
        """Return whether a form that was submitted is still there, beside words that are new."""
        form = self.form_of(page, kind)
        if form is None or (key := _FormKey.of(page, form)) not in self._submitted:
            return False
        return not self._first_lines[key].issuperset(page.lines)

    def has_all(self, page: Description, form: SignInForm) -> bool:
        """Return whether every answer to a form has been gathered."""
        form = self._meant(page, form)
        origin, place = page.origins[form.last.frame], Place.of(page, form)
        return (
            (form.username is None or bool(self._username))
            and (form.password is None or _is_for(place, self._password))
            and (not form.code or _is_for(place, self._code))
            and all(self._others.has(origin, question) for question in form.others)
        )

    def submit(self, page: Page, form: SignInForm) -> None:
        """Fill in a form and submit it.

        Raises:
            PageChanged: another page is there by now; nothing was submitted.
            ConfigError: the page would send the answers over http by now; nothing was typed.
        """
        check_addresses(page.description, form)
        form = self._meant(page.description, form)
        origin = page.description.origins[form.last.frame]
        self._left = None
        try:
            self._fill_in(page, form, origin)
        except PageChanged:
            if self._has_typed_secret:
                self._left = page.description, form
            raise
        self._note_submission(page.description, form)

    def left(self) -> None:
        """Note that another page came while a form was filled in.

        Some forms submit themselves at the last key of a secret, before the rest is filled in.
        """
        if self._left is not None:
            self._note_submission(*self._left)

    def asks_more(self, page: Description, form: SignInForm) -> None:
        """Note that a form asks for more by now: while it holds the secrets, it was not sent."""
        holds = any(field is not None and field.filled for field in (form.password, *form.code))
        if holds and self._left is not None and self._left[0].document == page.document:
            self._left = None

    def _fill_in(self, page: Page, form: SignInForm, origin: str) -> None:
        self._has_typed_secret = False
        for part in form.parts:
            if isinstance(part, FormQuestion):
                self._others.fill(page, origin, part)
            elif part == form.username and self._username is not None:
                page.fill(part, self._username)
            elif part == form.password and self._password is not None:
                page.fill(part, self._password.text)
                self._has_typed_secret = True
        if form.remember is not None:
            page.tick(form.remember, on=self._settings.keep_session)
        if form.code and self._code is not None:
            for box, digits in form.code_parts(self._code.text):
                page.fill(box, digits)
            self._has_typed_secret = True
        page.submit(form.button, form.last)

    def _note_submission(self, page: Description, form: SignInForm) -> None:
        origin, self._left = page.origins[form.last.frame], None
        self._password = None if form.password is not None else self._password
        self._code = None if form.code else self._code
        for question in form.others:
            self._others.submitted(origin, question)
        if form.changes_password:
            self._passwords.forget_typed()
        self._unattended.submitted(password=form.password is not None, code=bool(form.code))
        self._has_named_account |= form.username is not None
        key = _FormKey.of(page, form)
        self._submitted.add(key)
        self._has_submitted = True
        self._has_given_password |= form.password is not None
        self._first_lines.setdefault(key, frozenset(page.lines))

    @property
    def were_submitted(self) -> bool:
        """True if a form was filled in."""
        return self._has_submitted

    def withdraw(self) -> None:
        """Note that the form that was submitted last is not sent: the person said no."""
        self._submitted.clear()
        self._unattended.withdraw()

    def refused(self, page: Description) -> None:
        """Note that a page refuses the answers, and asks for no others."""
        if not page.is_server_error:
            self._unattended.refused()

    def signed_in(self, *, in_window: bool) -> None:
        """Note that the sign-in has succeeded: by these answers, or in a window."""
        if self._has_submitted or in_window:
            self._unattended.signed_in(self._username, in_window=in_window)

    def accepted(self) -> str | None:
        """Note that the identity provider accepted the answers.

        Returns:
            The command that saves those that need no question next time; `None` for none.
        """
        self._passwords.accepted()
        return self._others.command

    def _meant(self, page: Description, form: SignInForm) -> SignInForm:
        """Return a form with its only field as the username, where its shape alone says so.

        That is the first form of a sign-in, in a language that the vocabulary lacks.
        """
        if not form.is_lone or self._has_submitted or is_known_language(page.language):
            return form
        [question] = form.others
        if question.caption.endswith(QUESTION_MARKS):
            return form
        return replace(form, username=question.fields[0], others=(), is_lone=False)

    def _get_password(
        self, page: Description, form: SignInForm, password: Field, deadline: Deadline
    ) -> None:
        place = Place.of(page, form)
        if _is_for(place, self._password):
            return
        caption = _caption(password, "Password")
        account = self.another_account(page, form)
        text = self._passwords.get(
            caption if account is None else f"{caption} of {account}",
            self._username,
            place,
            deadline,
            must_be_typed=account is not None,
        )
        self._password = _Secret(place, text)

    def _get_code(
        self, page: Description, form: SignInForm, code: Field, deadline: Deadline
    ) -> None:
        place = Place.of(page, form)
        if _is_for(place, self._code):
            return
        in_boxes = len(form.code) > 1
        caption = "Code" if in_boxes else _caption(code, "Code")
        account = self.another_account(page, form)
        text = self._codes.get(
            caption if account is None else f"{caption} of {account}",
            sum(form.code_lengths) if in_boxes else None,
            self._username,
            place,
            deadline,
            must_be_typed=account is not None or sets_up(page),
            secret=is_hidden_while_typed(code),
            optional=form.password is not None and is_optional(code),
        )
        self._code = _Secret(place, text)

    def _explain_key(self, page: Description, form: SignInForm) -> None:
        """Show the key that a page has for a new authenticator, on a line of its own to copy."""
        if form.code and (key := shown_key(page)) and key != self._key:
            self._key = key
            self._questions.explain(*said(page), f"The key: {in_quotes(key)}")

    def _note_refusal(self, page: Description, form: SignInForm) -> None:
        """Prepare the next attempt after a form that came again."""
        words = self._words_about_refusal(page, form)
        is_remembered = form.password is not None and not page.is_server_error
        if is_remembered and self._passwords.refused():
            words += " The remembered password is forgotten."
        self._passwords.forget_typed()
        self.refused(page)
        self._refusals += 1
        is_over = self._refusals == MAX_ATTEMPTS or not self._questions.interactive
        if is_over and page.is_server_error:
            raise failing(page.host, page.status, self._settings)
        if is_over:
            raise IdentityProviderRefused(
                f"You are not signed in. {words}", command=sign_in_command(self._settings.profile)
            )
        self._questions.explain(words)
        self._others.refused()
        self._submitted.clear()
        self._password = self._code = None
        # A username from the settings is not to blame where a secret was asked for as well.
        asks_for_secrets = form.password is not None or bool(form.code)
        self._username_is_doubtful = not asks_for_secrets or not self._settings.username

    def _words_about_refusal(self, page: Description, form: SignInForm) -> str:
        before = self._first_lines[_FormKey.of(page, form)]
        new = [line for line in page.lines if line not in before]
        if words := form.error or " ".join(new[:_MAX_NEW_LINES]):
            return says(page.host, words)
        if form.username is not None and form.username.invalid:
            return f"The username does not have the form that {page.host} expects."
        return f"{page.host} asks again."

    def _ask_username(self, username: Field, deadline: Deadline) -> None:
        before = self._username
        caption = _caption(username, "Username") + (f" [{before}]" if before else "")
        typed = self._questions.ask(caption, deadline, instead="--username NAME")
        self._username = typed or before
        self._username_is_doubtful = False
        if self._username is None:
            raise NothingTyped


@dataclass(frozen=True, slots=True)
class _Secret:
    """A password or a code that is not submitted yet."""

    place: Place
    """The only place that may get it."""
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _FormKey:
    """The identity of a form: a form with the same key comes again after a refusal."""

    origin: str
    asks_for: str

    @classmethod
    def of(cls, page: Description, form: SignInForm) -> _FormKey:
        """Return the key of a form.

        A form with username and password counts as one for the password: of two pages in a row,
        the second one may show the username again.
        """
        asks_for = "code" if form.code else "username"
        if form.password is not None:
            asks_for = "password"
        elif form.username is None and not form.code:
            asks_for = " ".join(question.caption for question in form.others)
        return cls(page.origins[form.last.frame], asks_for)


def _is_for(place: Place, secret: _Secret | None) -> bool:
    return secret is not None and secret.place == place


def _caption(asked: Field, default: str) -> str:
    """Return the page's own caption of a field as a question, or `default` if it does not fit."""
    words = bare(asked.caption)
    return words if 0 < len(words) <= _MAX_CAPTION else default
