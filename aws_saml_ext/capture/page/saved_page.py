"""A page in a file for the maintainers, without whatever could be private. Pure.

The format is that of `describe.js`, as in the pages of the tests. Descriptions hold no values of
fields. Names of accounts, numbers, long words, hosts, paths and queries are replaced here.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from aws_saml_ext.capture.page.description import Description
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.set_up import without_keys
from aws_saml_ext.capture.page.vocabulary import mentions
from aws_saml_ext.net import host_of

_MIN_PRIVATE = 3
"""Letters of a part of a name that is replaced wherever it stands."""
_MAX_WORDS = 8
"""Words of a text with the name of an account whose other words may be the name of a person."""
_ACCOUNT = re.compile(r"[^\s@<>()\"',;:]+@[^\s@<>()\"',;:]+")
_ADDRESS = re.compile(r"\w+://\S+")
_LONG = re.compile(r"(?=\S*\d)[A-Za-z0-9_+/=.~-]{16,}|[A-Za-z0-9_+/=~-]{32,}")
"""A word that can be a token."""
_DIGITS = re.compile(r"\d")
_NAME, _HOST = "name@example.com", "idp.example.com"


def saved(page: Description, private: Iterable[str] = ()) -> str:
    """Return a page as JSON, without names, numbers, addresses and secrets.

    Args:
        page: the page.
        private: texts of this sign-in that may stand on it: the username, what was typed.
    """
    scrub = _scrubber(page, private)
    documents = [
        {"origin": _origin(page.origins, frame), "document": 1}
        for frame in range(len(page.origins))
    ]
    for name in ("fields", "buttons", "links", "alerts", "groups"):
        for element in getattr(page, name):
            values = _described(element, scrub)
            documents[values.pop("frame", 0)].setdefault(name, []).append(values)
    documents[0] |= {
        "address": f"{documents[0]['origin']}/page",
        "status": page.status,
        "state": page.state,
        "language": page.language,
        "title": scrub(page.title),
        **{
            name: [scrub(text) for text in getattr(page, name)]
            for name in ("headings", "lines", "hidden", "numbers", "accounts")
        },
        **{name: getattr(page, name) for name in ("puzzle", "busy", "refreshes", "cut", "failed")},
    }
    if page.overlay:  # the description has nothing else
        documents = [document | {"overlay": "modal", "onTop": True} for document in documents]
        on_top = {"headingsOnTop": "headings", "linesOnTop": "lines"}
        documents[0] |= {name: documents[0][other] for name, other in on_top.items()}
    tidy = [_without_empty(document) for document in documents]
    return json.dumps(tidy, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _described(element: Any, scrub: Callable[[str], str]) -> dict[str, Any]:
    """Return an element as `describe.js` describes it."""
    values = {}
    for name, value in dataclasses.asdict(element).items():
        key = re.sub(r"_(\w)", lambda match: match[1].upper(), name)
        if name in {"action", "formactions"}:
            values[key] = _actions(value)
        elif isinstance(value, str):
            values[key] = scrub(value)
        elif isinstance(value, (list, tuple)):
            values[key] = [scrub(text) for text in value]
        else:
            values[key] = value
    return values


def _origin(origins: tuple[str, ...], frame: int) -> str:
    others = list(dict.fromkeys(origins))
    at = others.index(origins[frame])
    scheme = urlsplit(origins[frame]).scheme or "https"
    return f"{scheme}://{_HOST if at == 0 else f'other{at}.example.com'}"


def _actions(value: str | tuple[str, ...]) -> str | list[str]:
    if isinstance(value, str):
        return f"{urlsplit(value).scheme}://{_HOST}" if value else ""
    return [f"{urlsplit(each).scheme}://{_HOST}" for each in value]


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_empty(inner)
            for key, inner in value.items()
            if inner not in ("", False, [], -1, None)
        }
    return [_without_empty(inner) for inner in value] if isinstance(value, list) else value


def _scrubber(page: Description, private: Iterable[str]) -> Callable[[str], str]:
    """Return the function that takes private words out of a text of this page."""
    texts = [page.title, *page.headings, *page.lines, *page.accounts]
    texts += [button.text for button in page.buttons]
    texts += [link.text for link in page.links]
    texts += [field.caption for field in page.fields]
    beside = [text for text in texts if _ACCOUNT.search(text) and len(text.split()) <= _MAX_WORDS]
    words = {word for text in (*private, *page.accounts) for word in _words(text)}
    words |= {word for text in beside for word in _words(text) if _may_be_a_name(word)}
    words |= {text.strip() for text in private if text.strip()}
    hosts = {host_of(origin) for origin in page.origins} - {""}
    named = sorted(words | hosts, key=len, reverse=True)
    pattern = re.compile(
        "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in named) or r"(?!)", re.IGNORECASE
    )

    def scrub(text: str) -> str:
        text = _ADDRESS.sub("https://example.com", text)
        text = _ACCOUNT.sub(_NAME, text)
        text = _LONG.sub("…", pattern.sub("…", without_keys(text)))
        return _DIGITS.sub("0", text)

    return scrub


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", text) if len(word) >= _MIN_PRIVATE]


def _may_be_a_name(word: str) -> bool:
    """Return whether a word beside the name of an account can be that of a person."""
    is_known = any(mentions(word, meaning) for meaning in Meaning)
    return not word.islower() and word.lower() != word.upper() and not is_known
