"""Find the sign-in form of a page. Pure.

Each group of fields that could be one gets a score; the best positive one is the sign-in form. The
questions of a form are those that a person must answer, each by the page's own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aws_saml_ext.capture.page.description import Button, Description, Field, Group
from aws_saml_ext.capture.page.form_questions import Unanswerable, other_questions
from aws_saml_ext.capture.page.kinds import (
    MAX_PART,
    AnswerType,
    FormQuestion,
    SeveralForms,
    SignInForm,
)
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.offers import pressable
from aws_saml_ext.capture.page.purpose import (
    TEXT_TYPES,
    Purpose,
    purpose_of,
)
from aws_saml_ext.capture.page.vocabulary import is_exactly, mentions
from aws_saml_ext.capture.page.wording import alert_words, is_in, joined

_MIN_CODE_BOXES, _MAX_CODE_BOXES = 4, 10
"""Fields of one character each that make up the field of a one-time code."""
_EQUAL = 3
"""Points by which two forms for a password may differ, and a person has to say which."""


def sign_in_form(page: Description) -> SignInForm | SeveralForms | None:
    """Return the sign-in form of a page; `None` where it has none, or a CAPTCHA besides."""
    if page.puzzle:
        return None
    scored = [form for group in page.groups if (form := _form_of(page, group)) is not None]
    best = max(scored, key=lambda each: each[0], default=None)
    if best is None or best[0] <= 0:
        return None
    equal = [form for score, form in scored if _is_equal(best, (score, form))]
    return SeveralForms(tuple(equal)) if len(equal) > 1 else best[1]


def _is_equal(best: tuple[int, SignInForm], other: tuple[int, SignInForm]) -> bool:
    """Return whether another form could be meant as well: it asks for the same."""
    (best_score, first), (score, form) = best, other
    asks_for_the_same = [bool(first.username), bool(first.password), bool(first.code)] == [
        bool(form.username),
        bool(form.password),
        bool(form.code),
    ]
    return score > 0 and best_score - score <= _EQUAL and asks_for_the_same


def submit_button(buttons: list[Button]) -> Button | None:
    """Return the button that submits a form, judged by its type and its text."""
    best: tuple[int, Button] | None = None
    for button in buttons:
        score = _score_of_button(button)
        if score > 0 and (best is None or score > best[0]):
            best = score, button
    return best[1] if best else None


def _submitting_link(page: Description, group: Group) -> Button | None:
    """Return the link of a form without a button whose handler submits it."""
    meant = [
        link
        for link in page.links
        if is_in(link, group)
        and link.acts
        and (is_exactly(link.text, Meaning.SIGN_IN) or is_exactly(link.text, Meaning.CONTINUE))
    ]
    if len(meant) != 1:
        return None
    [link] = meant
    return Button(link.frame, link.index, link.group, link.text, submits=False, disabled=False)


def _form_of(page: Description, group: Group) -> tuple[int, SignInForm] | None:
    """Return a group as a sign-in form, with its score; `None` if it cannot be one."""
    fields = [field for field in page.fields if is_in(field, group)]
    if group.search or not fields:
        return None
    purposes = {field: purpose_of(field) for field in fields}
    buttons = [button for button in page.buttons if is_in(button, group)]
    submit = submit_button(buttons) or _submitting_link(page, group)
    boxes = _code_boxes(fields) or _parts_of_a_code(fields, purposes)
    secrets = [
        field
        for field in fields
        if field not in boxes
        and purposes[field] in {Purpose.PASSWORD, Purpose.NEW_PASSWORD}
        and not field.filled
    ]
    changes_password = len(secrets) > 1 and any(
        purposes[field] is Purpose.NEW_PASSWORD for field in secrets
    )
    # Many sign-in forms declare `new-password`, only to keep the browser from filling them in.
    if len(secrets) == 1 and not _registers(submit, page):
        purposes[secrets[0]] = Purpose.PASSWORD
    password = None if changes_password else _password(fields, purposes)
    code = boxes or _code(fields, purposes, password)
    username = _username(fields, purposes, password, code)
    if username is not None and password is None and code and _is_an_access_code(code):
        code = ()  # asked by its own caption, and given by nobody but the person
    remember = next((field for field in fields if _keeps_the_session(field)), None)
    meant = {field for field in (username, password, remember, *code) if field is not None}
    try:
        others = other_questions(
            [field for field in fields if field not in meant], searches=_only_searches(page)
        )
    except Unanswerable:
        return None
    if not (username or password or code) and (not others or _is_a_choice(others)):
        return None
    form = SignInForm(
        username=username,
        password=password,
        code=code,
        remember=remember,
        button=submit,
        error=_error(page, group),
        targets=tuple(filter(None, (group.action, *group.formactions))),
        others=others,
        changes_password=changes_password,
        name=group.name,
        order=tuple(field.index for field in fields),
    )
    form = replace(form, is_lone=_is_lone(form, buttons))
    return _score(page, form), form


# ---- the fields ----


def _code_boxes(fields: list[Field]) -> tuple[Field, ...]:
    """Return the boxes of a one-time code, one character each."""
    rows = {field.row for field in fields if field.row}
    if len(rows) == 1:
        return tuple(field for field in fields if field.row)
    boxes = [field for field in fields if field.maxlength == 1 and field.type in TEXT_TYPES]
    return tuple(boxes) if _MIN_CODE_BOXES <= len(boxes) <= _MAX_CODE_BOXES else ()


def _parts_of_a_code(fields: list[Field], purposes: Mapping[Field, Purpose]) -> tuple[Field, ...]:
    """Return two or three like fields, of which only the first has words, those of a code."""
    texts = [field for field in fields if field.type in TEXT_TYPES]
    if not 2 <= len(texts) <= 3 or purposes[texts[0]] is not Purpose.CODE:
        return ()
    lengths = {field.maxlength for field in texts}
    have_words = any(any(map(str.isalpha, field.caption)) for field in texts[1:])
    is_one = len(lengths) == 1 and lengths <= set(range(2, MAX_PART + 1))
    return tuple(texts) if is_one and not have_words else ()


def _code(
    fields: list[Field], purposes: Mapping[Field, Purpose], password: Field | None
) -> tuple[Field, ...]:
    """Return the field of a one-time code, where it is beyond doubt.

    It is the only one, and comes last: a code in front of a username or a password is a company's.
    """
    codes = [field for field in fields if purposes[field] is Purpose.CODE]
    called = [field for field in fields if mentions(field.caption, Meaning.CODE)]
    if len(codes) != 1 or any(field not in codes for field in called):
        return ()
    behind = fields[fields.index(codes[0]) + 1 :]
    names = [field for field in behind if purposes[field] is Purpose.USERNAME and not field.filled]
    return () if password in behind or names else (codes[0],)


def _is_an_access_code(code: tuple[Field, ...]) -> bool:
    """Return whether the code beside a username may be that person's password."""
    return len(code) == 1 and code[0].dots and "one-time-code" not in code[0].autocomplete.split()


def _password(fields: list[Field], purposes: Mapping[Field, Purpose]) -> Field | None:
    """Return the field of the password: the only one, or the only one that is called so."""
    passwords = [field for field in fields if purposes[field] is Purpose.PASSWORD]
    if len(passwords) < 2:
        return passwords[0] if passwords else None
    called = [field for field in passwords if is_exactly(field.caption, Meaning.PASSWORD)]
    return called[0] if len(called) == 1 else None


def _username(
    fields: list[Field],
    purposes: Mapping[Field, Purpose],
    password: Field | None,
    code: tuple[Field, ...],
) -> Field | None:
    before = fields[: fields.index(password)] if password else fields
    named = [field for field in before if purposes[field] is Purpose.USERNAME]
    texts = [field for field in fields if field.type in TEXT_TYPES]
    if password is None and named and named[-1].filled and len(texts) > 1:
        return None  # a profile to look through, with the values of that account
    if password is None and code:
        return None if not named or named[-1].filled else named[-1]
    if named:
        return named[-1]
    behind = [field for field in texts if purposes[field] is Purpose.USERNAME and not field.filled]
    if password and len(behind) == 1 and behind[0] not in before:
        return behind[0]  # drawn above the password, by a style
    # In a language that the vocabulary lacks: the only text field in front of the password.
    unknown = [
        field
        for field in before
        if purposes[field] is Purpose.UNKNOWN and field.type in TEXT_TYPES and not field.dots
    ]
    return unknown[0] if password and len(unknown) == 1 else None


def _only_searches(page: Description) -> bool:
    """Return whether a search is all that a page has: it finds the person's organization."""
    return len(page.fields) == 1 and not pressable(page)


def _is_a_choice(others: tuple[FormQuestion, ...]) -> bool:
    """Return whether radio buttons are all that is asked; see `classify.Choice`."""
    return len(others) == 1 and len(others[0].fields) > 1


def _is_lone(form: SignInForm, buttons: list[Button]) -> bool:
    """Return whether a form is one text field without a known meaning, and one button."""
    if form.username or form.password or form.code or len(form.others) != 1:
        return False
    submitting = [button for button in buttons if button.submits]
    return form.others[0].type is AnswerType.TEXT and len(submitting or buttons) == 1


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
    elif form.changes_password:
        score = 6
    elif form.username is None:
        score = _score_of_others(page, form)
    else:
        score = _score_of_username(page, form.username, form.button)
        if not score and len(form.asked) == 1 and form.button is not None and form.button.submits:
            score = _score_of_others(page, form)  # its button says it in words that we do not know
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


def _score_of_others(page: Description, form: SignInForm) -> int:
    """Score a form without a known field: after the password, or of another language."""
    leads_on = any(
        question.options or field.suggests or field.keys
        for question in form.others
        for field in question.fields
    )
    if form.button is None and not leads_on and pressable(page):
        return 0
    captions = (part.caption for part in form.parts)
    around = [form.button.text if form.button else "", *captions, page.title, *page.headings]
    others = [Meaning.NEWSLETTER, Meaning.REGISTER, Meaning.FORGOT]
    others += [] if _only_searches(page) else [Meaning.SEARCH]
    is_another = any(mentions(words, meaning) for words in around for meaning in others)
    return 0 if is_another else 2


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
    declines = mentions(text, Meaning.DECLINE)  # "Don't allow" has a word of both
    agrees = mentions(text, Meaning.AGREE) and not declines
    is_other = mentions(text, Meaning.OTHER_BUTTON) or mentions(text, Meaning.FORGOT)
    if declines or (is_other and not agrees):
        score -= 6
    if mentions(text, Meaning.OTHER_METHOD):
        score -= 6
    if mentions(text, Meaning.REGISTER):
        score -= 2
    return score
