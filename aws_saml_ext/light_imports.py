"""Imports in the command's own process, without the parts of libraries that it never uses.

They would take a fifth of a second before somebody is asked for a password. A program that imports
this package may use them itself, so nothing here is for it.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_UNUSED = (
    # All that Selenium can do by BiDi. We speak that protocol ourselves.
    "selenium.webdriver.common.bidi",
    "selenium.webdriver.remote.websocket_connection",
)


def skip_unused() -> None:
    """Import empty modules in place of those that are not used, from now on.

    botocore asks urllib3's adapter for pyOpenSSL for the name of the SSLContext of the standard
    library alone, and takes that from elsewhere where there is no such adapter.
    """
    sys.modules.setdefault("urllib3.contrib.pyopenssl", None)  # type: ignore[arg-type]
    sys.meta_path.insert(0, _Empty())


class _Empty:
    """A finder and loader of empty modules."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        """Return the spec of an empty module where `name` is not used."""
        if not any(f"{name}.".startswith(f"{unused}.") for unused in _UNUSED):
            return None
        return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make an empty module."""
        return _EmptyModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Fill in nothing."""


class _EmptyModule(ModuleType):
    """A module that has a class of every name, so that others can import it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})
