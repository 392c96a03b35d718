"""The step that a page takes without a person: a form that its script submits, or a refresh. Pure.

A page with anything to fill in, to press or to follow takes none, nor does one that cannot be
read with certainty.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from aws_saml_ext.capture.replay import NotUnderstood
from aws_saml_ext.capture.replay.addresses import Address
from aws_saml_ext.capture.replay.markup import Tag, tags
from aws_saml_ext.capture.saml_post import FORM, saml_response

_MAX_REFRESH_SECONDS = 1.0
_MAX_DELAY_MS = 100

_SILENT = frozenset(
    "html head title meta link style script noscript body form input div span p br hr center "
    "h1 h2 h3 h4 h5 h6 b strong i em small img header main footer section article "
    "ul ol li dl dt dd table thead tbody tr th td font pre".split()
)
"""Elements that ask nothing; `input` is looked at, and `button` counts."""
_DEMANDING = frozenset(
    "accesskey autofocus contenteditable dirname disabled form formaction formmethod formtarget is "
    "popover popovertarget referrerpolicy shadowrootmode slot tabindex".split()
)
_ROLES = frozenset(
    "main banner contentinfo presentation none img heading status progressbar".split()
)
_OF_SCRIPTS = frozenset("type nonce charset crossorigin async defer language src id class".split())
_SCRIPT_TYPES = frozenset({"", "text/javascript", "application/javascript"})
_METAS = frozenset(
    "refresh content-type content-script-type content-style-type content-language "
    "x-ua-compatible cache-control pragma expires".split()
)
_LINKS = frozenset("stylesheet icon shortcut apple-touch-icon canonical".split())
_OLD_POLICIES = {
    "never": "no-referrer",
    "default": "strict-origin-when-cross-origin",
    "always": "unsafe-url",
    "origin-when-crossorigin": "origin-when-cross-origin",
}
"""Referrer policies as only `<meta>` has them (HTML Standard, section 4.2.5.1)."""
_OWN_WINDOW = frozenset({"", "_self", "_top", "_parent"})
_UTF_8 = frozenset({"utf-8", "utf8"})
_REFRESH = re.compile(r"\s*(\d{1,3}(?:\.\d*)?)\s*[;,]\s*url\s*=\s*(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """The request that a page makes without a person."""

    address: Address
    body: bytes | None = field(default=None, repr=False)
    """The form that is posted; None for a GET."""
    referrer_policy: str = ""
    """That of the page; empty where it names none."""


@dataclass(frozen=True, slots=True)
class LastPage:
    """The page that would post to AWS; the form is taken from it, and never sent."""

    saml_response: str = field(repr=False)


def decoded(body: bytes, content_type: str) -> str:
    """Return the text of a page.

    Raises:
        NotUnderstood: it is no HTML, or in another encoding than UTF-8.
    """
    kind, *parameters = [part.strip().lower() for part in content_type.split(";")]
    charsets = {part.partition("=")[2].strip("\"' ") for part in parameters if "charset" in part}
    if kind != "text/html" or charsets - _UTF_8:
        raise NotUnderstood("the answer is no page in UTF-8")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotUnderstood("the page is not in UTF-8") from None


def next_step(
    text: str, address: Address, takes_assertion: Callable[[str, str], bool]
) -> Step | LastPage:
    """Return the step that a page takes without a person.

    Args:
        text: the page.
        address: that of the page.
        takes_assertion: whether a method and an address are those of the POST to AWS.

    Raises:
        NotUnderstood: it takes none, or none that is certain.
    """
    page = _Page()
    for tag in tags(text):
        page.take(tag)
    if page.form is not None and not page.refreshes:
        return _submitted(page, page.form, address, takes_assertion)
    is_bare = not (page.scripts or page.buttons or page.has_links_beside)
    if page.form is None and len(page.refreshes) == 1 and is_bare:
        return Step(_refreshed(page.refreshes[0], address), referrer_policy=page.policy)
    raise NotUnderstood("the page takes no step by itself")


@dataclass(frozen=True, slots=True)
class _Script:
    """A script, and how much of the page is there when it runs."""

    text: str
    fields_before: int
    """The number of fields before it; -1 where it comes before the form."""
    is_plain: bool = True
    """False for one from elsewhere, or that not every browser runs."""
    is_late: bool = False
    """True if it runs once the page has been loaded."""


class _Page:
    """The parts of a page that matter."""

    def __init__(self) -> None:
        self.form: Tag | None = None
        self.fields: list[tuple[str, str]] = []
        self.scripts: list[_Script] = []
        self.refreshes: list[str] = []
        self.buttons = 0
        self.has_links_beside = False
        """True if it has links that open in a tab of their own, and so answer nothing here."""
        self.is_complete = False
        self.policy = ""
        self.ids: list[str] = []
        self._in_form = False

    def take(self, tag: Tag) -> None:
        """Take the next tag.

        Raises:
            NotUnderstood: it asks for a person, or leads elsewhere.
        """
        if tag.is_end:
            if tag.name == "form" and self._in_form:
                self._in_form, self.is_complete = False, True
            return
        if tag.name not in _SILENT | {"button"} and not _opens_a_tab(tag):
            raise NotUnderstood(f"the page has an element {tag.name}")
        self._check_attributes(tag)
        take = getattr(self, f"_take_{tag.name}", None)
        if take is not None:
            take(tag)

    def _check_attributes(self, tag: Tag) -> None:
        for name, value in tag.attributes.items():
            is_onload = name == "onload" and tag.name == "body"
            if name in _DEMANDING or (name.startswith("on") and not is_onload):
                raise NotUnderstood(f"the page has an attribute {name}")
            if name == "id":
                self.ids.append(value)
            if name == "role" and value.lower() not in _ROLES:
                raise NotUnderstood("the page has an element with a role")
            if name == "name" and tag.name not in {"form", "input", "meta", "button"}:
                raise NotUnderstood("the page has an element with a name")

    def _take_a(self, _: Tag) -> None:
        self.has_links_beside = True

    def _take_form(self, tag: Tag) -> None:
        if self.form is not None:
            raise NotUnderstood("the page has two forms")
        if "rel" in tag.attributes:
            raise NotUnderstood("the form has a rel")
        self.form, self._in_form = tag, True

    def _take_input(self, tag: Tag) -> None:
        kind, name = tag.attributes.get("type", "").lower(), tag.attributes.get("name", "")
        if kind == "submit" and not name:
            self._take_button(tag)
        elif kind != "hidden" or not self._in_form or name.lower() in {"_charset_", "submit"}:
            raise NotUnderstood("the page has a field")
        elif name:
            value = tag.attributes.get("value", "")
            if not (name + value).isascii():  # then the encoding of the page would count
                raise NotUnderstood("a field is not ASCII")
            self.fields.append((name, value))

    def _take_button(self, tag: Tag) -> None:
        if tag.attributes.get("name"):
            raise NotUnderstood("the page has a button with a name")
        self.buttons += 1

    def _take_script(self, tag: Tag) -> None:
        names = tag.attributes
        is_plain = (
            "src" not in names
            and set(names) <= _OF_SCRIPTS
            and names.get("type", "").lower() in _SCRIPT_TYPES
            and names.get("language", "javascript").lower() == "javascript"
        )
        before = len(self.fields) if self.form is not None else -1
        self.scripts.append(_Script(tag.content, before, is_plain))

    def _take_body(self, tag: Tag) -> None:
        if onload := tag.attributes.get("onload"):
            text = onload.strip().removeprefix("javascript:")
            self.scripts.append(_Script(text, len(self.fields), is_late=True))

    def _take_meta(self, tag: Tag) -> None:
        http = tag.attributes.get("http-equiv", "").lower()
        content = tag.attributes.get("content", "")
        if http and http not in _METAS:
            raise NotUnderstood("the page sets a header")
        if http == "refresh":
            self.refreshes.append(content)
        if tag.attributes.get("name", "").lower() == "referrer":
            policy = content.strip().lower()
            self.policy = _OLD_POLICIES.get(policy, policy)
        charset = _charset(tag)
        if charset and charset not in _UTF_8:
            raise NotUnderstood("the page names another encoding")

    def _take_link(self, tag: Tag) -> None:
        if not set(tag.attributes.get("rel", "").lower().split()) <= _LINKS:
            raise NotUnderstood("the page loads something in advance")


def _submitted(
    page: _Page, form: Tag, address: Address, takes_assertion: Callable[[str, str], bool]
) -> Step | LastPage:
    """Return what the form of a page sends."""
    method = form.attributes.get("method", "get").lower()
    encoding = form.attributes.get("enctype", FORM).lower()
    charset = form.attributes.get("accept-charset", "utf-8").lower()
    target = form.attributes.get("target", "").lower()
    if (
        not page.is_complete
        or method not in {"get", "post"}
        or encoding != FORM
        or charset not in _UTF_8
        or target not in _OWN_WINDOW
        or form.attributes.get("name", "") in _OF_DOCUMENTS
    ):
        raise NotUnderstood("the form is not a usual one")
    query = form_encoded(page.fields)
    goal = address.join(form.attributes.get("action", ""))
    if takes_assertion(method.upper(), goal.text):
        if page.buttons > 1 or not page.scripts:
            raise NotUnderstood("the last page asks for a person")
        text = saml_response(query.encode(), FORM)
        if text is None:
            raise NotUnderstood("the last page has no SAMLResponse")
        return LastPage(text)
    asks = page.buttons or page.has_links_beside
    if asks or len(page.scripts) != 1 or not _only_submits(page.scripts[0], page, form):
        raise NotUnderstood("it is not certain that the page submits its form")
    if method == "get":
        return Step(goal.with_query(query), referrer_policy=page.policy)
    return Step(goal, query.encode(), page.policy)


def form_encoded(fields: list[tuple[str, str]]) -> str:
    """Return fields as a browser writes them in a form (URL Standard, section 5.2)."""
    return "&".join(f"{_form_quoted(name)}={_form_quoted(value)}" for name, value in fields)


def _form_quoted(text: str) -> str:
    lines = re.sub(r"\r\n|\r|\n", "\r\n", text)
    return quote_plus(lines, safe="*").replace("~", "%7E")


_OF_DOCUMENTS = frozenset(
    "forms getElementById getElementsByTagName querySelector addEventListener".split()
)
"""The functions of `document` that scripts call; a form of such a name would hide one."""
_QUOTED = r"(?:'{0}'|\"{0}\")"
_NAMED, _FORM = _QUOTED.format(r"[\w:.-]+"), _QUOTED.format("form")
_SUBMIT = re.compile(
    r"(?:window\.)?document\."
    rf"(?:forms\[(?:0|(?P<listed>{_NAMED}))\]|forms\.(?P<of_forms>[\w$]+)|(?P<name>[\w$]+)"
    rf"|getElementById\((?P<id>{_NAMED})\)"
    rf"|getElementsByTagName\({_FORM}\)\[0\]|querySelector\({_FORM}\))\.submit\(\)"
)
_LOAD, _LOADED = _QUOTED.format("(?:load|DOMContentLoaded)"), _QUOTED.format("DOMContentLoaded")
_WAITS = (
    re.compile(r"(?:window\.)?onload=(?:function\(\)|\(\)=>)\{(.*)\}"),
    re.compile(
        rf"(?:window\.addEventListener\({_LOAD}|document\.addEventListener\({_LOADED}),"
        r"(?:function\(\)|\(\)=>)\{(.*)\}(?:,false)?\)"
    ),
)
"""A document itself is never told that it has been loaded."""
_CALL = re.compile(r"\(function\(\)\{(.*)\}(?:\)\(\)|\(\)\))")
_DELAY = re.compile(r"(?:window\.)?setTimeout\((?:function\(\)|\(\)=>)\{(.*)\},(\d{1,4})\)")


def _only_submits(script: _Script, page: _Page, form: Tag) -> bool:
    """Return whether a script submits the form, and does nothing else."""
    if not script.is_plain:
        return False
    # In HTML's old comments. Spaces around signs mean nothing in the few scripts known here.
    text = re.sub(r"^\s*<!--[^\n]*\n|//\s*-->\s*$", "", script.text).strip()
    text = re.sub(r"\s*([^\w\s$'\"])\s*", r"\1", text)
    text = text.removeprefix("'use strict';").removeprefix('"use strict";')
    is_late = script.is_late
    for _ in range(4):
        text = text.rstrip(";")
        for wait in _WAITS:
            if not is_late and (match := wait.fullmatch(text)):
                text, is_late = match[1], True
        if match := _CALL.fullmatch(text):
            text = match[1]
        if (match := _DELAY.fullmatch(text)) and int(match[2]) <= _MAX_DELAY_MS:
            text = match[1]
    match = _SUBMIT.fullmatch(text)
    is_there = is_late or script.fields_before == len(page.fields)
    return is_there and match is not None and _is_of(form, page, match)


def _is_of(form: Tag, page: _Page, match: re.Match[str]) -> bool:
    """Return whether a script's words find the form, and nothing hides its `submit`."""
    own_id, own_name = form.attributes.get("id"), form.attributes.get("name")
    finds = {
        "listed": {own_id, own_name},
        "of_forms": {own_id, own_name},
        "name": {own_name},
        "id": {own_id},
    }
    words = ((group, (word or "").strip("'\"")) for group, word in match.groupdict().items())
    return (
        all(not word or word in finds[group] for group, word in words)
        and "submit" not in page.ids
        and (own_id is None or page.ids.count(own_id) == 1)
    )


def _opens_a_tab(tag: Tag) -> bool:
    return tag.name == "a" and tag.attributes.get("target", "").lower() == "_blank"


def _refreshed(content: str, address: Address) -> Address:
    """Return where a refresh leads."""
    match = _REFRESH.fullmatch(content)
    if match is None or float(match[1]) > _MAX_REFRESH_SECONDS:
        raise NotUnderstood("the refresh is not a quick one")
    reference = match[2].strip()
    if reference[:1] in {"'", '"'}:
        reference = reference[1:].partition(reference[0])[0]
    if not reference:
        raise NotUnderstood("the page would load itself")
    return address.join(reference)


def _charset(tag: Tag) -> str:
    """Return the encoding that a meta tag names; empty where it names none."""
    if charset := tag.attributes.get("charset"):
        return charset.strip().lower()
    if tag.attributes.get("http-equiv", "").lower() != "content-type":
        return ""
    named = re.search(r"charset\s*=\s*[\"']?([^\s;\"']+)", tag.attributes.get("content", ""))
    return named[1].lower() if named else ""
