"""Descriptions of small pages, built of their parts."""

from __future__ import annotations

from typing import Any

from aws_saml_ext.capture.page.description import Description

USER = {"label": "User name", "name": "username", "type": "text"}
PASSWORD = {"label": "Password", "name": "password", "type": "password"}


def text(label: str, **more: Any) -> dict[str, Any]:
    return {"label": label, "type": "text", **more}


def one_of(label: str, *options: str, chosen: int = -1, **more: Any) -> dict[str, Any]:
    """A list."""
    filled = chosen >= 0
    kind = {"type": "select-one", "options": list(options), "chosen": chosen, "filled": filled}
    return {"label": label, **kind, **more}


def circle(label: str, *, of: str = "", chosen: bool = False) -> dict[str, Any]:
    """A radio button."""
    return {"label": label, "type": "radio", "name": "circle", "legend": of, "filled": chosen}


def box(label: str, **more: Any) -> dict[str, Any]:
    return {"label": label, "type": "checkbox", **more}


def built(
    *fields: dict[str, Any],
    buttons: tuple[str, ...] = (),
    links: tuple[str, ...] = (),
    submits: tuple[str, ...] = (),
    forms: int = 1,
    **more: Any,
) -> Description:
    """Return a page with one form, or its fields and its button spread over several.

    Args:
        fields: those of the forms.
        buttons: the texts of other buttons, outside of the forms.
        links: the texts of links.
        submits: the texts of the buttons that submit; those of several forms in turn.
        forms: the number of forms.
        more: other values of the description, as `describe.js` returns them.
    """
    document = {
        "origin": "https://idp.example.com",
        "address": "https://idp.example.com/sign-in",
        "state": "complete",
        "status": 200,
        "title": "Example",
        "language": "en",
        "fields": [
            {"index": at, "group": at * forms // max(len(fields), 1), **field}
            for at, field in enumerate(fields)
        ],
        "buttons": [
            *(
                {"index": 100 + at, "group": at % forms, "text": words, "submits": True}
                for at, words in enumerate(submits)
            ),
            *(
                {"index": 200 + at, "group": forms, "text": words}
                for at, words in enumerate(buttons)
            ),
        ],
        "links": [
            {"index": 300 + at, "group": forms, "text": words} for at, words in enumerate(links)
        ],
        "groups": [
            *({"index": at, "action": "https://idp.example.com"} for at in range(forms)),
            {"index": forms},
        ],
        "lines": [str(field["label"]) for field in fields],
    }
    return Description.parse([{**document, **more}])
