"""Find the sign-in form of a page. Pure.

Each group of fields that could be one gets a score; the best positive one is the sign-in form.
"""

from __future__ import annotations

from collections.abc import Mapping

from aws_saml_ext.capture.page.description import Button, Description, Field, Group
from aws_saml_ext.capture.page.kinds import SignInForm
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.purpose import TEXT_TYPES, Purpose, purpose_of
from aws_saml_ext.capture.page.vocabulary import is_exactly, mentions
from aws_saml_ext.capture.page.wording import alert_words, is_in, joined

_MIN_CODE_BOXES, _MAX_CODE_BOXES = 4, 10
"""Fields of one character each that make up the field of a one-time code."""


def sign_in_form(page: Description) -> SignInForm | None:
    """Return the sign-in form of a page; `None` where it has none, or a CAPTCHA besides."""
    if page.puzzle:
        return None
    forms = [form for group in page.groups if (form := _form_of(page, group)) is not None]
    best = max(forms, key=lambda scored: scored[0], default=None)
    return best[1] if best is not None and best[0] > 0 else None


def submit_button(buttons: list[Button]) -> Button | None:
    """Return the button that submits a form, judged by its type and its text."""
    best: tuple[int, Button] | None = None
    for button in buttons:
        score = _score_of_button(button)
        if score > 0 and (best is None or score > best[0]):
            best = score, button
    return best[1] if best else None


def _form_of(page: Description, group: Group) -> tuple[int, SignInForm] | None:
    """Return a group as a sign-in form, with its score; `None` if it cannot be one."""
    fields = [field for field in page.fields if is_in(field, group)]
    purposes = {field: purpose_of(field) for field in fields}
    submit = submit_button([button for button in page.buttons if is_in(button, group)])
    code = _code(fields, purposes)
    secrets = [field for field in fields if field.type == "password" and field not in code]
    if group.search or len(secrets) > 1:
        return None
    # Many sign-in forms declare `new-password`, only to keep the browser from filling them in.
    lone = secrets[:1] if secrets and purposes[secrets[0]] is Purpose.NEW_PASSWORD else []
    for field in lone:
        if not _registers(submit, page):
            purposes[field] = Purpose.PASSWORD
    passwords = [field for field in fields if purposes[field] is Purpose.PASSWORD]
    username = _username(fields, purposes, passwords)
    answered = {*passwords, *code, *([username] if username else [])}
    others = [
        field for field in fields if field not in answered and _must_be_answered(field, purposes)
    ]
    if not answered or others or len(passwords) > 1:
        return None
    form = SignInForm(
        username=username,
        password=passwords[0] if passwords else None,
        code=code,
        remember=next((field for field in fields if _keeps_the_session(field)), None),
        button=submit,
        error=_error(page, group),
        targets=tuple(filter(None, (group.action, *group.formactions))),
    )
    return _score(page, form), form


# ---- the fields ----


def _code(fields: list[Field], purposes: Mapping[Field, Purpose]) -> tuple[Field, ...]:
    """Return the field of a one-time code, or its boxes of one character each."""
    rows = [tuple(field for field in fields if field.row == number) for number in _rows(fields)]
    if len(rows) == 1:
        return rows[0]
    boxes = [field for field in fields if field.maxlength == 1 and field.type in TEXT_TYPES]
    if _MIN_CODE_BOXES <= len(boxes) <= _MAX_CODE_BOXES:
        return tuple(boxes)
    codes = [field for field in fields if purposes[field] is Purpose.CODE]
    return tuple(codes) if len(codes) == 1 else ()


def _rows(fields: list[Field]) -> set[int]:
    """Return the numbers of the rows of boxes."""
    return {field.row for field in fields if field.row}


def _username(
    fields: list[Field], purposes: Mapping[Field, Purpose], passwords: list[Field]
) -> Field | None:
    before = fields[: fields.index(passwords[0])] if passwords else fields
    named = [field for field in before if purposes[field] is Purpose.USERNAME]
    if not passwords and any(purposes[field] is Purpose.CODE for field in fields):
        return None if not named or named[-1].filled else named[-1]
    if named:
        return named[-1]
    # In a language that the vocabulary lacks: the only text field in front of the password.
    unknown = [
        field for field in before if purposes[field] is Purpose.UNKNOWN and field.type in TEXT_TYPES
    ]
    return unknown[0] if passwords and len(unknown) == 1 else None


def _must_be_answered(field: Field, purposes: Mapping[Field, Purpose]) -> bool:
    """Return whether a field other than username and password is required to submit the form."""
    return purposes[field] not in {Purpose.NONE, Purpose.SEARCH} and not field.filled


def _keeps_the_session(field: Field) -> bool:
    return field.type == "checkbox" and mentions(field.caption, Meaning.STAY_SIGNED_IN)


def _error(page: Description, group: Group) -> str:
    """Return the alerts in this form, else those anywhere on the page."""
    inside = alert_words(page, group)
    return joined(inside or alert_words(page))


# ---- the scores ----


def _score(page: Description, form: SignInForm) -> int:
    if form.password is not None:
        score = 10
    elif form.code:
        score = _score_of_code(page, form)
    else:
        score = _score_of_username(page, form.username, form.button)
    if form.button is not None:
        score += 3 if mentions(form.button.text, Meaning.SIGN_IN) else 0
        score -= 8 if _registers(form.button, page, alone=False) else 0
    return score


def _score_of_code(page: Description, form: SignInForm) -> int:
    """Score a code without a password: it can be that of a voucher or an address."""
    [first, *others] = form.code
    if others or "one-time-code" in first.autocomplete.split():
        return 9
    around = " ".join([first.caption, first.nearby, page.title, *page.headings])
    is_another = mentions(around, Meaning.NEWSLETTER) or mentions(around, Meaning.REGISTER)
    return 0 if is_another else 5


def _score_of_username(page: Description, username: Field | None, submit: Button | None) -> int:
    """Score a username without a password: the first of two pages, or a newsletter."""
    if username is None:
        return 0
    text = submit.text if submit else ""
    around = " ".join([text, username.caption, username.nearby, *page.headings, page.title])
    if mentions(f"{text} {username.caption} {username.nearby}", Meaning.NEWSLETTER):
        return 0
    if any(mentions(words, Meaning.FORGOT) for words in (text, *page.headings)):
        return 0
    score = 4 if "username" in username.autocomplete.split() else 0
    score += 3 if mentions(around, Meaning.SIGN_IN) else 0
    return score + (2 if mentions(text, Meaning.CONTINUE) else 0)


def _registers(submit: Button | None, page: Description, *, alone: bool = True) -> bool:
    """Return whether a form makes a new account; if `alone`, the page's headings count too."""
    texts = [submit.text] if submit else []
    if alone and not any(mentions(text, Meaning.SIGN_IN) for text in texts):
        texts += page.headings
    return any(mentions(text, Meaning.REGISTER) for text in texts)


def _score_of_button(button: Button) -> int:
    text = button.text
    score = 4 if button.submits else 0
    if is_exactly(text, Meaning.SIGN_IN) or is_exactly(text, Meaning.CONTINUE):
        score += 5
    elif mentions(text, Meaning.SIGN_IN) or mentions(text, Meaning.CONTINUE):
        score += 3
    if mentions(text, Meaning.OTHER_BUTTON) or mentions(text, Meaning.FORGOT):
        score -= 6
    if mentions(text, Meaning.OTHER_METHOD):
        score -= 6
    if mentions(text, Meaning.REGISTER):
        score -= 2
    return score
