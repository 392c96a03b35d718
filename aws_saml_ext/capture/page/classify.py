"""
What a page asks of a person. Pure: from a description of what is visible to a question.

Fields are known by what they mean (`autocomplete`, type, label, `aria-label`, placeholder, the text
beside them), in many languages, and never by a vendor's names. A new kind of question is one more
class in `Question` and one more function in `_KINDS`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, TypeVar
from urllib.parse import urlsplit

from aws_saml_ext.capture.page.vocabulary import Meaning, is_called, says

T = TypeVar("T")

_LONGEST = 300  # characters of one phrase
_SHORT, _LITTLE = 200, 800  # characters of a page that waits, and of one that only says no
_FEWEST_BOXES, _MOST_BOXES = 4, 10  # of a one-time code
_NUMBER = re.compile(r"\d{1,3}")  # on a button, the same as on another device
_SHORT_NAME = 4  # words of a button that is none of the things to choose
UNAUTHORIZED = frozenset({401, 407})
"""HTTP authentication, in a dialog of the browser's own."""
# Fields that a script submits, unseen: SAML, WS-Federation, OpenID Connect.
_PASSED_ON = frozenset({"SAMLResponse", "SAMLRequest", "wresult", "id_token"})


@dataclass(frozen=True, slots=True)
class Field:
    """Something visible that can be filled in; what stands in it is not known here."""

    frame: int
    """Which of the page's `origins` it is in."""
    index: int
    """Which of the elements that were read in that frame."""
    group: int
    type: str
    """As in HTML: `text`, `password`, `checkbox`, `select-one`."""
    autocomplete: str
    inputmode: str
    name: str
    id: str
    label: str
    aria: str
    placeholder: str
    title: str
    nearby: str
    maxlength: int
    required: bool
    picture: bool
    """Whether a picture stands beside it."""
    filled: bool
    invalid: bool
    """Whether the page or the browser does not take what stands in it."""

    @property
    def caption(self) -> str:
        """What the page calls it; empty where it does not."""
        said = (self.label, self.aria, self.placeholder, self.title, self.nearby)
        return next((words for words in said if words), "")


@dataclass(frozen=True, slots=True)
class Button:
    """Something visible that can be pressed."""

    frame: int
    index: int
    group: int
    text: str
    submits: bool
    """Whether it submits the form that it is in, by its type."""
    disabled: bool


@dataclass(frozen=True, slots=True)
class Link:
    """Something else that can be clicked: a link, a tile."""

    frame: int
    index: int
    group: int
    text: str
    beside: bool
    """Whether it stands above, below or beside what the page is about."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Words that the page shouts: by their role, at a field, in red."""

    frame: int
    group: int
    words: str


@dataclass(frozen=True, slots=True)
class Group:
    """A form, or a region of the page that serves as one."""

    frame: int
    index: int
    action: str
    """The origin that it submits to; empty where it is no form."""
    search: bool


@dataclass(frozen=True, slots=True)
class Description:
    """What is visible on a page, frames and open shadow roots included."""

    origins: tuple[str, ...]
    """Of the page, and of each of its frames: `https://idp.example.com`."""
    address: str = field(repr=False)
    """Where the document came from; its query may be a secret."""
    document: float
    """Another number for each document that is loaded, the same address included."""
    status: int
    """Of the HTTP answer; 0 where the browser does not tell."""
    state: str
    """`loading`, `interactive` or `complete`."""
    title: str
    language: str
    fields: tuple[Field, ...]
    buttons: tuple[Button, ...]
    links: tuple[Link, ...]
    headings: tuple[str, ...]
    alerts: tuple[Alert, ...]
    lines: tuple[str, ...]
    """Its text, without that of links and buttons."""
    groups: tuple[Group, ...]
    numbers: tuple[str, ...]
    """Short numbers that are written large."""
    hidden: tuple[str, ...]
    """The names of its hidden fields."""
    puzzle: bool
    """Whether it shows a CAPTCHA of one of the usual makers."""
    busy: bool
    refreshes: bool
    cut: bool
    """Whether the page is too large to be described in full."""

    @property
    def origin(self) -> str:
        return self.origins[0]

    @property
    def host(self) -> str:
        return host_of(self.origin)

    @classmethod
    def parse(cls, frames: Iterable[Mapping[str, Any]]) -> Description:
        """Read what `describe.js` returned in the page and its frames, one after the other."""
        each = list(frames)
        page = each[0]
        return cls(
            origins=tuple(_text(frame, "origin") for frame in each),
            address=str(page.get("address") or "")[:2000],
            document=sum(_number(frame, "document") for frame in each),
            status=int(_number(page, "status")),
            state=_text(page, "state"),
            title=_text(page, "title"),
            language=_text(page, "language"),
            fields=_every(each, "fields", _field),
            buttons=_every(each, "buttons", _button),
            links=_every(each, "links", _link),
            headings=_phrases(each, "headings"),
            alerts=_every(each, "alerts", _alert),
            lines=_phrases(each, "lines"),
            groups=_every(each, "groups", _group),
            numbers=_phrases(each, "numbers"),
            hidden=_phrases(each[:1], "hidden"),
            puzzle=any(_flag(frame, "puzzle") for frame in each),
            busy=any(_flag(frame, "busy") for frame in each),
            refreshes=_flag(page, "refreshes"),
            cut=any(_flag(frame, "cut") for frame in each),
        )


@dataclass(frozen=True, slots=True)
class SignInForm:
    """A username, a password or a one-time code is asked for, or more than one of them."""

    username: Field | None
    password: Field | None
    code: tuple[Field, ...]
    """One field, or one for each character; empty where no code is asked for."""
    remember: Field | None
    """A box to tick, that lets the session be kept."""
    button: Button | None
    """What submits it; `None` where Enter must do."""
    error: str
    """What the page says about an answer before, in its own words."""
    action: str
    """The origin that it is submitted to; empty where a script does that."""

    @property
    def asked(self) -> tuple[Field, ...]:
        """The fields to be filled in, in their order."""
        return tuple(each for each in (self.username, self.password, *self.code) if each)

    @property
    def last(self) -> Field:
        """The field that is filled in last."""
        return self.asked[-1]


@dataclass(frozen=True, slots=True)
class Option:
    """One of several things to choose."""

    text: str
    element: Button | Link | Field


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several is to be chosen: an account, a way to prove who one is."""

    words: str
    """What the page calls it."""
    options: tuple[Option, ...]
    button: Button | None
    """What submits it; `None` where the choice itself does."""


@dataclass(frozen=True, slots=True)
class Offer:
    """To stay signed in: yes or no."""

    words: str
    accept: Button | Link
    decline: Button | Link


@dataclass(frozen=True, slots=True)
class ElsewhereAwaited:
    """The person is to do something on another device; the page goes on by itself then."""

    words: str
    number: str
    """What is to be typed or tapped there; empty where nothing is."""


@dataclass(frozen=True, slots=True)
class NothingYet:
    """The page is blank, loads, or goes on by itself."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The page only says no."""

    words: str


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """More than a terminal can do, or than we know."""

    asks: str
    """What for, where that is known: `a one-time code`."""
    fillable: bool
    """Whether there is something to fill in or to choose."""


Question = SignInForm | Choice | Offer | ElsewhereAwaited | NothingYet | Refusal | NotUnderstood
"""What a page asks of a person."""


def asked(page: Description) -> Question:
    """What this page asks of a person. The first kind that fits, else it is not understood."""
    for kind in _KINDS:
        question = kind(page)
        if question is not None:
            return question
    return _not_understood(page)


def host_of(address: str) -> str:
    """The host of a web address: `idp.example.com`; empty where it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


# ---- username, password, one-time code ----


class _Part(Enum):
    """What a field is for."""

    USERNAME = auto()
    PASSWORD = auto()
    NEW_PASSWORD = auto()
    CODE = auto()
    CAPTCHA = auto()
    SEARCH = auto()
    LIST = auto()
    """A list in which nothing is chosen yet."""
    UNKNOWN = auto()
    NONE = auto()
    """Nothing that must be answered: a box to tick, a list with a choice made."""


_TYPED = frozenset({"text", "email", "tel", "password", "number", "url", "search", "textarea"})


_DECLARED = {  # the values of `autocomplete` (HTML, section 4.10.18.7)
    "one-time-code": _Part.CODE,
    "current-password": _Part.PASSWORD,
    "new-password": _Part.NEW_PASSWORD,
    "username": _Part.USERNAME,
}
_NAMED = (  # first come, first served
    (Meaning.SEARCH, _Part.SEARCH),
    (Meaning.CAPTCHA, _Part.CAPTCHA),
    (Meaning.USERNAME, _Part.USERNAME),
    (Meaning.CODE, _Part.CODE),
)


def _part(given: Field) -> _Part:
    """What a field is for, by itself."""
    if given.type not in _TYPED:
        return _part_to_be_chosen(given)
    tokens = given.autocomplete.split()
    declared = [_DECLARED[token] for token in tokens if token in _DECLARED]
    if declared:
        return declared[0]
    if given.type == "password":
        return _part_of_password(given.caption)
    if given.picture or given.type == "search":
        return _Part.CAPTCHA if given.picture else _Part.SEARCH
    # A name in the page's source is a weak hint, for a field that has no word on the page.
    words = given.caption or _spaced(f"{given.name} {given.id}")
    if "email" in tokens or (given.type == "email" and not says(words, Meaning.SEARCH)):
        return _Part.USERNAME
    return next((part for meaning, part in _NAMED if says(words, meaning)), _Part.UNKNOWN)


def _part_to_be_chosen(given: Field) -> _Part:
    if given.type == "select-one" and not given.filled:
        return _Part.LIST
    must_be_ticked = given.type == "checkbox" and given.required and not given.filled
    return _Part.UNKNOWN if must_be_ticked else _Part.NONE


def _part_of_password(words: str) -> _Part:
    if says(words, Meaning.CODE) and not says(words, Meaning.PASSWORD):
        return _Part.CODE
    return _Part.NEW_PASSWORD if says(words, Meaning.NEW_PASSWORD) else _Part.PASSWORD


def _spaced(name: str) -> str:
    """`j_userName` as words: `j user Name`."""
    return re.sub(r"[\W_]+|(?<=[a-z])(?=[A-Z])", " ", name)


def _sign_in_form(page: Description) -> SignInForm | None:
    if page.puzzle:
        return None
    forms = [form for group in page.groups if (form := _form_of(page, group)) is not None]
    best = max(forms, key=lambda scored: scored[0], default=None)
    return best[1] if best is not None and best[0] > 0 else None


def _form_of(page: Description, group: Group) -> tuple[int, SignInForm] | None:
    """This group as a sign-in form, and how much it looks like one; `None` if it does not."""
    fields = [given for given in page.fields if _is_in(given, group)]
    parts = {given: _part(given) for given in fields}
    buttons = [button for button in page.buttons if _is_in(button, group)]
    submit = _submit(buttons)
    code = _code(fields, parts)
    secrets = [given for given in fields if given.type == "password" and given not in code]
    if group.search or len(secrets) > 1:
        return None
    # Many sign-in forms say `new-password`, only to keep the browser from filling them in.
    lone = secrets[:1] if secrets and parts[secrets[0]] is _Part.NEW_PASSWORD else []
    for given in lone:
        if not _registers(submit, page):
            parts[given] = _Part.PASSWORD
    passwords = [given for given in fields if parts[given] is _Part.PASSWORD]
    username = _username(fields, parts, passwords)
    asked_for = {*passwords, *code, *([username] if username else [])}
    others = [
        given for given in fields if given not in asked_for and _must_be_answered(given, parts)
    ]
    if not asked_for or others or len(passwords) > 1:
        return None
    form = SignInForm(
        username=username,
        password=passwords[0] if passwords else None,
        code=code,
        remember=next((given for given in fields if _keeps_the_session(given)), None),
        button=submit,
        error=_error(page, group),
        action=group.action,
    )
    return _score(page, form), form


def _score(page: Description, form: SignInForm) -> int:
    if form.password is not None:
        score = 10
    elif form.code:
        score = _score_of_code(page, form)
    else:
        score = _score_without_password(page, form.username, form.button)
    if form.button is not None:
        score += 3 if says(form.button.text, Meaning.SIGN_IN) else 0
        score -= 8 if _registers(form.button, page, alone=False) else 0
    return score


def _code(fields: list[Field], parts: Mapping[Field, _Part]) -> tuple[Field, ...]:
    """The field of a one-time code, or its boxes of one character each."""
    boxes = [given for given in fields if given.maxlength == 1 and given.type in _TYPED]
    if _FEWEST_BOXES <= len(boxes) <= _MOST_BOXES:
        return tuple(boxes)
    codes = [given for given in fields if parts[given] is _Part.CODE]
    return tuple(codes) if len(codes) == 1 else ()


def _score_of_code(page: Description, form: SignInForm) -> int:
    """A code alone: of a sign-in, not of a voucher or an address."""
    [first, *others] = form.code
    if others or "one-time-code" in first.autocomplete.split():
        return 9
    around = " ".join([first.caption, first.nearby, page.title, *page.headings])
    return 0 if says(around, Meaning.NEWSLETTER) or says(around, Meaning.REGISTER) else 5


def _keeps_the_session(given: Field) -> bool:
    return given.type == "checkbox" and says(given.caption, Meaning.STAY)


def _is_in(element: Field | Button | Link | Alert, group: Group) -> bool:
    return (element.frame, element.group) == (group.frame, group.index)


def _must_be_answered(given: Field, parts: Mapping[Field, _Part]) -> bool:
    """Whether a field beside username and password stands in the way of submitting."""
    return parts[given] not in {_Part.NONE, _Part.SEARCH} and not given.filled


def _username(
    fields: list[Field], parts: Mapping[Field, _Part], passwords: list[Field]
) -> Field | None:
    before = fields[: fields.index(passwords[0])] if passwords else fields
    named = [given for given in before if parts[given] is _Part.USERNAME]
    if not passwords and any(parts[given] is _Part.CODE for given in fields):
        return None if not named or named[-1].filled else named[-1]
    if named:
        return named[-1]
    # In a language that we do not know: the only field in front of the password.
    unknown = [given for given in before if parts[given] is _Part.UNKNOWN and given.type in _TYPED]
    return unknown[0] if passwords and len(unknown) == 1 else None


def _score_without_password(
    page: Description, username: Field | None, submit: Button | None
) -> int:
    """The first of two pages: a username alone must look like a sign-in, not like a newsletter."""
    if username is None:
        return 0
    text = submit.text if submit else ""
    around = " ".join([text, username.caption, username.nearby, *page.headings, page.title])
    if says(f"{text} {username.caption} {username.nearby}", Meaning.NEWSLETTER):
        return 0
    if says(text, Meaning.FORGOT) or any(says(words, Meaning.FORGOT) for words in page.headings):
        return 0
    score = 4 if "username" in username.autocomplete.split() else 0
    score += 3 if says(around, Meaning.SIGN_IN) else 0
    return score + (2 if says(text, Meaning.GO_ON) else 0)


def _registers(submit: Button | None, page: Description, *, alone: bool = True) -> bool:
    """Whether a form makes a new account; where it is alone, the page's headings count too."""
    texts = [submit.text] if submit else []
    if alone and not any(says(text, Meaning.SIGN_IN) for text in texts):
        texts += page.headings
    return any(says(text, Meaning.REGISTER) for text in texts)


def _submit(buttons: list[Button]) -> Button | None:
    """The button that sends what was typed, by its type and its words."""
    best: tuple[int, Button] | None = None
    for button in buttons:
        score = _score_of_button(button)
        if score > 0 and (best is None or score > best[0]):
            best = score, button
    return best[1] if best else None


def _score_of_button(button: Button) -> int:
    text = button.text
    score = 4 if button.submits else 0
    if is_called(text, Meaning.SIGN_IN) or is_called(text, Meaning.GO_ON):
        score += 5
    elif says(text, Meaning.SIGN_IN) or says(text, Meaning.GO_ON):
        score += 3
    if says(text, Meaning.OTHER_BUTTON) or says(text, Meaning.FORGOT):
        score -= 6
    if says(text, Meaning.OTHER_WAY):
        score -= 6
    if says(text, Meaning.REGISTER):
        score -= 2
    return score


def _error(page: Description, group: Group) -> str:
    """What the page shouts in this form, else anywhere but in a cookie banner."""
    alerts = [alert for alert in page.alerts if not says(alert.words, Meaning.COOKIES)]
    inside = [alert.words for alert in alerts if _is_in(alert, group)]
    return _sentences(inside or [alert.words for alert in alerts])


# ---- something to press, or to do elsewhere ----


def _offer(page: Description) -> Offer | None:
    said = [page.title, *page.headings, *page.lines]
    if _asks_for_text(page) or not any(says(words, Meaning.STAY) for words in said):
        return None
    pressable = _pressable(page)
    # "No, don't remember this device" says both.
    declining = [each for each in pressable if says(each.text, Meaning.NO)]
    accepting = [
        each for each in pressable if says(each.text, Meaning.YES) and each not in declining
    ]
    if len(declining) != 1 or len(accepting) != 1:
        return None
    words = next(words for words in said[::-1] if says(words, Meaning.STAY))
    return Offer(_sentences([words]), accepting[0], declining[0])


def _elsewhere_awaited(page: Description) -> ElsewhereAwaited | None:
    said = [*page.headings, *page.lines]
    if _asks_for_text(page) or not any(says(words, Meaning.APPROVE) for words in said):
        return None
    if _to_press_first(page):
        return None
    number = page.numbers[0] if len(page.numbers) == 1 else ""
    heading = any(says(words, Meaning.APPROVE) for words in page.headings)
    if not number and (_words_of_refusal(page) or (_choice(page) and not heading)):
        return None
    return ElsewhereAwaited(_sentences(line for line in page.lines if line != number), number)


def _to_press_first(page: Description) -> bool:
    """Whether the other device waits for a button here: one that sends, one of several numbers."""
    pressable = _pressable(page)
    numbers = [each for each in pressable if _NUMBER.fullmatch(each.text)]
    return len(numbers) > 1 or any(is_called(each.text, Meaning.SEND) for each in pressable)


def _choice(page: Description) -> Choice | None:
    if _asks_for_text(page):
        return None
    said = [*page.headings, *page.lines, page.title]
    named = next((words for words in said if says(words, Meaning.CHOOSE)), "")
    if not named and _to_press_first(page):
        named = said[0]
    circles = [given for given in page.fields if given.type == "radio" and given.caption]
    if len(circles) > 1 and len({(given.group, given.name) for given in circles}) == 1:
        group = next(each for each in page.groups if _is_in(circles[0], each))
        submit = _submit([button for button in page.buttons if _is_in(button, group)])
        options = (Option(given.caption, given) for given in circles)
        return Choice(named or page.title, tuple(options), submit)
    tiles = [each for each in _pressable(page) if _is_to_be_chosen(each)]
    if not named or len(tiles) < 2:
        return None
    return Choice(named, tuple(Option(each.text, each) for each in tiles), None)


def _asks_for_text(page: Description) -> bool:
    return any(_part(given) not in {_Part.NONE, _Part.SEARCH} for given in page.fields)


def _pressable(page: Description) -> list[Button | Link]:
    """What can be pressed, in the order of the page as far as that is known."""
    pressable: list[Button | Link] = [each for each in page.buttons if not each.disabled]
    pressable += [each for each in page.links if not each.beside]
    return [each for each in pressable if each.text]


def _is_to_be_chosen(each: Button | Link) -> bool:
    no = (Meaning.FOOTER, Meaning.FORGOT, Meaning.COOKIES, Meaning.REGISTER)
    if any(says(each.text, meaning) for meaning in no):
        return False
    short = len(each.text.split()) <= _SHORT_NAME
    return not (short and says(each.text, Meaning.OTHER_BUTTON))


# ---- pages that ask for nothing ----


def _nothing_yet(page: Description) -> NothingYet | None:
    if _can_be_filled_in(page):
        return None
    going_on = page.refreshes or bool(_PASSED_ON & set(page.hidden))
    blank = not page.lines and not page.buttons and page.status not in UNAUTHORIZED
    short = sum(map(len, page.lines)) < _SHORT
    words = (page.title, *page.headings, *page.lines)
    waiting = page.busy or (short and any(says(text, Meaning.WAIT) for text in words))
    return NothingYet() if page.state == "loading" or going_on or blank or waiting else None


def _can_be_filled_in(page: Description) -> bool:
    return any(_part(given) is not _Part.SEARCH for given in page.fields)


def _refusal(page: Description) -> Refusal | None:
    if _can_be_filled_in(page):
        return None
    words = _words_of_refusal(page)
    if not words and page.status >= 400 and page.status not in UNAUTHORIZED:
        words = _sentences(page.lines) or f"HTTP status {page.status}."
    return Refusal(words) if words else None


def _words_of_refusal(page: Description) -> str:
    """Its alerts if they say no, else its text, where that does and the page says little else."""
    alerts = [alert.words for alert in page.alerts if not says(alert.words, Meaning.COOKIES)]
    if any(says(words, Meaning.REFUSAL) for words in alerts):
        return _sentences(alerts)
    saying_no = [at for at, line in enumerate(page.lines) if says(line, Meaning.REFUSAL)]
    if any(says(title, Meaning.REFUSAL) for title in (page.title, *page.headings)):
        return _sentences(page.lines[saying_no[0] if saying_no else 0 :]) or page.title
    little = len(page.lines) <= 12 and sum(map(len, page.lines)) < _LITTLE
    return _sentences(page.lines[at] for at in saying_no) if little else ""


def _sentences(lines: Iterable[str]) -> str:
    """The first few lines of a text, in one."""
    first = [line for line in lines if line][:4]
    ended = (line if unicodedata.category(line[-1]) == "Po" else f"{line}." for line in first)
    return " ".join(ended)[:_LONGEST]


def _not_understood(page: Description) -> NotUnderstood:
    parts = {_part(given) for given in page.fields}
    if page.puzzle:
        return NotUnderstood("a CAPTCHA to be solved", fillable=True)
    names = {
        _Part.CAPTCHA: "what stands in a picture",
        _Part.NEW_PASSWORD: "a new password",
        _Part.CODE: "a one-time code",
        _Part.LIST: "a choice from a list",
    }
    asks = next((name for part, name in names.items() if part in parts), "")
    if page.status in UNAUTHORIZED and not page.fields:
        asks = "a password in a dialog of the browser"
    said = (page.title, *page.headings, *page.lines, *(each.text for each in page.buttons))
    if not asks and any(says(words, Meaning.SECURITY_KEY) for words in said):
        asks = "a security key or a passkey"
    pressable = any(not button.disabled for button in page.buttons)
    return NotUnderstood(asks, fillable=bool(page.fields) or pressable)


_KINDS: tuple[Callable[[Description], Question | None], ...] = (
    _sign_in_form,
    _offer,
    _elsewhere_awaited,
    _choice,
    _nothing_yet,
    _refusal,
)


# ---- reading what the script returned; a page may have tampered with it ----


def printable(words: object) -> str:
    """Text of a page as a terminal may show it: one line, and no character that steers it."""
    text = words if isinstance(words, str) else ""
    return " ".join("".join(c if c.isprintable() else " " for c in text[:_LONGEST]).split())


def _text(given: Mapping[str, Any], name: str) -> str:
    return printable(given.get(name))


def _number(given: Mapping[str, Any], name: str) -> float:
    number = given.get(name)
    return float(number) if isinstance(number, (int, float)) else 0.0


def _flag(given: Mapping[str, Any], name: str) -> bool:
    return given.get(name) is True


def _phrases(frames: list[Mapping[str, Any]], name: str) -> tuple[str, ...]:
    lists = (frame.get(name) for frame in frames)
    given = (words for each in lists if isinstance(each, list) for words in each)
    return tuple(filter(None, map(printable, given)))


def _every(
    frames: list[Mapping[str, Any]], name: str, read: Callable[[Mapping[str, Any], int], T]
) -> tuple[T, ...]:
    """What every frame lists under a name; `read` is told the number of the frame."""
    return tuple(
        read(each, number)
        for number, frame in enumerate(frames)
        if isinstance(given := frame.get(name), list)
        for each in given
        if isinstance(each, Mapping)
    )


def _group(given: Mapping[str, Any], frame: int) -> Group:
    return Group(
        frame=frame,
        index=int(_number(given, "index")),
        action=_text(given, "action"),
        search=_flag(given, "search"),
    )


def _field(given: Mapping[str, Any], frame: int) -> Field:
    return Field(
        frame=frame,
        index=int(_number(given, "index")),
        group=int(_number(given, "group")),
        type=_text(given, "type") or "text",
        autocomplete=_text(given, "autocomplete"),
        inputmode=_text(given, "inputmode"),
        name=_text(given, "name"),
        id=_text(given, "id"),
        label=_text(given, "label"),
        aria=_text(given, "aria"),
        placeholder=_text(given, "placeholder"),
        title=_text(given, "title"),
        nearby=_text(given, "nearby"),
        maxlength=int(_number(given, "maxlength")) if "maxlength" in given else -1,
        required=_flag(given, "required"),
        picture=_flag(given, "picture"),
        filled=_flag(given, "filled"),
        invalid=_flag(given, "invalid"),
    )


def _button(given: Mapping[str, Any], frame: int) -> Button:
    return Button(
        frame=frame,
        index=int(_number(given, "index")),
        group=int(_number(given, "group")),
        text=_text(given, "text"),
        submits=_flag(given, "submits"),
        disabled=_flag(given, "disabled"),
    )


def _link(given: Mapping[str, Any], frame: int) -> Link:
    return Link(
        frame=frame,
        index=int(_number(given, "index")),
        group=int(_number(given, "group")),
        text=_text(given, "text"),
        beside=_flag(given, "beside"),
    )


def _alert(given: Mapping[str, Any], frame: int) -> Alert:
    return Alert(frame=frame, group=int(_number(given, "group")), words=_text(given, "words"))
