"""The ways to sign in: all that a program's session needs of the settings at first."""

from __future__ import annotations

from enum import Enum


class Flow(Enum):
    """The ways to sign in, as `saml_sign_in` names them."""

    AUTO = "auto"
    WINDOW = "window"
    TERMINAL = "terminal"
    SILENT = "silent"
