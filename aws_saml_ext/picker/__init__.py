"""The menu at a terminal: a list that is filtered while somebody types.

`prompt_toolkit`, which draws it, is imported by `picker.application` only, and that by nobody who
does not ask a question.
"""

from __future__ import annotations

import threading


def preload() -> None:
    """Import what a menu needs, in the background: for a sign-in that may ask."""

    def load() -> None:
        from aws_saml_ext.picker import application  # noqa: F401

    threading.Thread(target=load, name="picker", daemon=True).start()
