"""The description of a page: the elements and words that a person sees on it. Pure.

`describe.js` makes it in the page and in each of its frames. A frame of another site can tamper
with that script, so `Description.parse` takes any JSON value and drops everything of an unexpected
type. The addresses are the browser's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from aws_saml_ext.net import host_of
from aws_saml_ext.text import in_quotes, printable

T = TypeVar("T")

MAX_PHRASE = 300
"""Characters of one phrase of a page."""
_MAX_ADDRESS = 2000  # characters
_MAX_NUMBER, _MAX_ELEMENTS, _MAX_LISTED = 2**53, 1000, 10_000
"""More than `describe.js` tells of a document. A frame of another site may lie."""
_DIGITS = 10
UNAUTHORIZED = frozenset({401, 407})
"""Statuses of HTTP authentication, which a browser asks for in a dialog of its own."""
FIRST_SERVER_ERROR = 500
"""The first status of a server that fails (RFC 9110, section 15.6)."""


@dataclass(frozen=True, slots=True)
class Field:
    """A visible element that takes an answer; its value is not read.

    One that is disabled, or that shows a value and is readonly, is not among the fields of a page.
    The radio buttons of one question share `frame`, `group`, `name` and `legend`; `filled` is the
    chosen one.
    """

    frame: int
    """The index of its frame in `Description.origins`."""
    index: int
    """Its index among the elements that were read in that frame."""
    group: int
    """The index of its group in that frame."""
    type: str
    """The type as in HTML: `text`, `password`, `checkbox`, `select-one`."""
    autocomplete: str
    inputmode: str
    name: str
    id: str
    label: str
    aria: str
    placeholder: str
    title: str
    nearby: str
    """The text beside it."""
    maxlength: int
    """Characters it takes at most; -1 where there is no limit."""
    required: bool
    picture: bool
    """True if a picture is beside it."""
    filled: bool
    invalid: bool
    """True if the page or the browser rejects its value."""
    dots: bool = False
    """True if it draws dots in place of letters: a type, a style or a font does."""
    legend: str = ""
    """The words over several radio buttons or check boxes, of which it is one."""
    options: tuple[str, ...] = ()
    """The options of a list that can be chosen, without a first one such as "Choose…"."""
    chosen: int = -1
    """The place of the chosen one among them; -1 where none is chosen yet."""
    readonly: bool = False
    """True if it takes no keys before it has the focus; it is empty."""
    row: int = 0
    """The number of its row of boxes: four to ten like fields, each as wide as a letter, that take
    one code. 0 where it stands in none."""
    covered: str = ""
    """The first words of what lies over its middle; empty where the pointer reaches it."""
    red: bool = False
    """True if it is drawn in red, other than while it has the focus."""
    suggests: bool = False
    """True if a list appears below it as it is typed into."""
    keys: tuple[int, ...] = ()
    """The indexes of the buttons 0 to 9 that type into it; empty where it takes keys."""

    @property
    def caption(self) -> str:
        """The page's name for it; empty where it has none."""
        names = (self.label, self.aria, self.placeholder, self.title, self.nearby)
        return next((name for name in names if name), "")


@dataclass(frozen=True, slots=True)
class Button:
    """A visible element that can be pressed."""

    frame: int
    index: int
    group: int
    text: str
    submits: bool
    """True if its type submits the form that it belongs to."""
    disabled: bool
    new_tab: bool = False
    """True if what it leads to opens in a tab of its own; see `Page.press`."""
    covered: str = ""
    """See `Field.covered`."""


@dataclass(frozen=True, slots=True)
class Link:
    """Another visible element that can be clicked: a link, a tile."""

    frame: int
    index: int
    group: int
    text: str
    beside: bool
    """True if it is above, below or beside the main part of the page."""
    new_tab: bool = False
    """See `Button.new_tab`."""
    acts: bool = False
    """True if it leads nowhere: its handler does something on this page."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Text that the page marks as urgent: by its role, at a field, in red."""

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
    formactions: tuple[str, ...]
    """The origins that its buttons make it submit to instead."""
    search: bool
    name: str = ""
    """The words over a form, where the page has several."""


@dataclass(frozen=True, slots=True)
class Description:
    """The visible parts of a page, frames and open shadow roots included."""

    origins: tuple[str, ...]
    """The origin of the page, then of each of its frames: `https://idp.example.com`."""
    address: str = field(repr=False)
    """The address of the document; its query may be a secret."""
    document: float
    """A number that differs for each document that is loaded, even from one address."""
    status: int
    """The HTTP status; 0 where the browser does not tell it."""
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
    """Short numbers in large type."""
    hidden: tuple[str, ...]
    """The names of its hidden fields."""
    puzzle: bool
    """True if it shows a CAPTCHA of one of the usual makers."""
    busy: bool
    refreshes: bool
    cut: bool
    """True if the page is too large to be described in full."""
    failed: bool
    """True if the script could not describe the page, or one of its frames."""
    accounts: tuple[str, ...] = ()
    """The names of accounts that it shows: addresses of mail in short lines, and the values of
    readonly fields."""
    overlay: bool = False
    """True if only the part of the page is described that lies over its form: a dialog about
    cookies, a notice. A person deals with that first."""
    below: Description | None = None
    """The whole page, where `overlay` is true and the form below still takes keys."""

    @property
    def origin(self) -> str:
        """The origin of the page itself."""
        return self.origins[0]

    @property
    def host(self) -> str:
        """The host of the page itself."""
        return host_of(self.origin)

    @property
    def name(self) -> str:
        """The page as messages name it: `login.example.com ("Sign in")`."""
        return f"{self.host} ({in_quotes(self.title)})" if self.title else self.host

    @property
    def words(self) -> str:
        """Its text as one line."""
        return " ".join((*self.headings, *self.lines))

    @property
    def is_server_error(self) -> bool:
        """True if the server fails: that refuses nobody, and may be over in a minute."""
        return self.status >= FIRST_SERVER_ERROR

    @property
    def is_on_the_web(self) -> bool:
        """True if it comes from a server: no blank page, and no page of the browser's own."""
        return self.address.startswith(("https://", "http://"))

    @classmethod
    def parse(cls, frames: Iterable[Mapping[str, Any]]) -> Description:
        """Parse the results of `describe.js` for the page and for each of its frames."""
        documents = list(frames)
        whole = cls._whole(documents)
        overlays = [document.get("overlay") for document in documents]
        if not any(overlay in _OVERLAYS for overlay in overlays):
            return whole
        top = cls._whole([_on_top(document) for document in documents])
        if not (top.fields or top.buttons or top.links):
            return whole
        return replace(top, overlay=True, below=None if "modal" in overlays else whole)

    @classmethod
    def _whole(cls, documents: list[Mapping[str, Any]]) -> Description:
        page = documents[0]
        return cls(
            origins=tuple(_text(document, "origin") for document in documents),
            address=str(page.get("address") or "")[:_MAX_ADDRESS],
            document=sum(_number(document, "document") for document in documents),
            status=int(_number(page, "status")),
            state=_text(page, "state"),
            title=_text(page, "title"),
            language=_text(page, "language"),
            fields=_elements(documents, "fields", _field),
            buttons=_elements(documents, "buttons", _button),
            links=_elements(documents, "links", _link),
            headings=_phrases(documents, "headings"),
            alerts=_elements(documents, "alerts", _alert),
            lines=_phrases(documents, "lines"),
            groups=_elements(documents, "groups", _group),
            numbers=_phrases(documents, "numbers"),
            hidden=_phrases(documents[:1], "hidden"),
            puzzle=any(_flag(document, "puzzle") for document in documents),
            busy=any(_flag(document, "busy") for document in documents),
            refreshes=_flag(page, "refreshes"),
            cut=any(_flag(document, "cut") for document in documents),
            failed=any(_flag(document, "failed") for document in documents),
            accounts=_phrases(documents, "accounts"),
        )


_OVERLAYS = frozenset({"modal", "over"})


def _on_top(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a document reduced to what lies on top of the page."""
    if _flag(document, "onTop"):
        return document
    reduced = dict(document)
    for name in ("fields", "buttons", "links", "alerts"):
        elements = document.get(name)
        reduced[name] = [
            element
            for element in (elements if isinstance(elements, list) else [])
            if isinstance(element, Mapping) and _flag(element, "onTop")
        ]
    for name in ("headings", "lines"):
        reduced[name] = document.get(f"{name}OnTop")
    return reduced | {"numbers": [], "accounts": [], "puzzle": False}


def phrase(value: object) -> str:
    """Return text of a page as one printable line; empty where `value` is no text."""
    return printable(value, max_length=MAX_PHRASE) if isinstance(value, str) else ""


def _text(described: Mapping[str, Any], name: str) -> str:
    return phrase(described.get(name))


def _number(described: Mapping[str, Any], name: str) -> float:
    number = described.get(name)
    if isinstance(number, (int, float)) and abs(number) <= _MAX_NUMBER:  # NaN is not
        return float(number)
    return 0.0


def _flag(described: Mapping[str, Any], name: str) -> bool:
    return described.get(name) is True


def _phrases(documents: list[Mapping[str, Any]], name: str) -> tuple[str, ...]:
    lists = (document.get(name) for document in documents)
    values = (value for each in lists if isinstance(each, list) for value in each[:_MAX_LISTED])
    return tuple(filter(None, map(phrase, values)))


def _elements(
    documents: list[Mapping[str, Any]], name: str, parse: Callable[[Mapping[str, Any], int], T]
) -> tuple[T, ...]:
    """Parse the elements that the documents list under `name`, each with the index of its frame."""
    return tuple(
        parse(element, frame)
        for frame, document in enumerate(documents)
        if isinstance(elements := document.get(name), list)
        for element in elements[:_MAX_ELEMENTS]
        if isinstance(element, Mapping)
    )


def _group(described: Mapping[str, Any], frame: int) -> Group:
    return Group(
        frame=frame,
        index=int(_number(described, "index")),
        action=_text(described, "action"),
        formactions=_phrases([described], "formactions"),
        search=_flag(described, "search"),
        name=_text(described, "name"),
    )


def _field(described: Mapping[str, Any], frame: int) -> Field:
    return Field(
        frame=frame,
        index=int(_number(described, "index")),
        group=int(_number(described, "group")),
        type=_text(described, "type") or "text",
        autocomplete=_text(described, "autocomplete"),
        inputmode=_text(described, "inputmode"),
        name=_text(described, "name"),
        id=_text(described, "id"),
        label=_text(described, "label"),
        aria=_text(described, "aria"),
        placeholder=_text(described, "placeholder"),
        title=_text(described, "title"),
        nearby=_text(described, "nearby"),
        maxlength=int(_number(described, "maxlength")) if "maxlength" in described else -1,
        required=_flag(described, "required"),
        picture=_flag(described, "picture"),
        filled=_flag(described, "filled"),
        invalid=_flag(described, "invalid"),
        dots=_flag(described, "dots"),
        red=_flag(described, "red"),
        legend=_text(described, "legend"),
        options=_phrases([described], "options"),
        chosen=int(_number(described, "chosen")) if "chosen" in described else -1,
        readonly=_flag(described, "readonly"),
        row=int(_number(described, "row")),
        suggests=_flag(described, "suggests"),
        keys=_keys(described.get("keys")),
        covered=_text(described, "covered"),
    )


def _keys(value: object) -> tuple[int, ...]:
    """Return the indexes of ten buttons; none where a page gives anything else."""
    indexes = value if isinstance(value, list) and len(value) == _DIGITS else []
    return tuple(index for index in indexes if isinstance(index, int) and index >= 0)


def _button(described: Mapping[str, Any], frame: int) -> Button:
    return Button(
        frame=frame,
        index=int(_number(described, "index")),
        group=int(_number(described, "group")),
        text=_text(described, "text"),
        submits=_flag(described, "submits"),
        disabled=_flag(described, "disabled"),
        new_tab=_flag(described, "newTab"),
        covered=_text(described, "covered"),
    )


def _link(described: Mapping[str, Any], frame: int) -> Link:
    return Link(
        frame=frame,
        index=int(_number(described, "index")),
        group=int(_number(described, "group")),
        text=_text(described, "text"),
        beside=_flag(described, "beside"),
        new_tab=_flag(described, "newTab"),
        acts=_flag(described, "acts"),
    )


def _alert(described: Mapping[str, Any], frame: int) -> Alert:
    return Alert(
        frame=frame, group=int(_number(described, "group")), words=_text(described, "words")
    )
