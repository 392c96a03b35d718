"""The cookies of a running browser: read all, put one in, remove one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aws_saml_ext.capture.replay.cookies import Cookie, SameSite

Command = Callable[[str, dict[str, Any]], Mapping[str, Any]]
"""Send a command of the browser's protocol, and return its result."""

_SAME_SITE: Mapping[str, SameSite] = {"strict": "strict", "lax": "lax", "none": "none"}


class CookieStore(Protocol):
    """The cookies of a browser. Each method raises the errors of the driver."""

    def read(self) -> list[Cookie]:
        """Return every cookie, in the order of the browser.

        Raises:
            ValueError: one cannot be told in full.
        """

    def put(self, cookie: Cookie) -> None:
        """Set a cookie that is not partitioned; it replaces the one of its key."""

    def remove(self, cookie: Cookie) -> None:
        """Remove a cookie that is not partitioned, if it is there."""


class DevToolsCookies:
    """The cookies of a Chromium. See `CookieStore`."""

    def __init__(self, command: Command) -> None:
        """Take the sender of commands of the DevTools protocol."""
        self._command = command

    def read(self) -> list[Cookie]:
        """See `CookieStore.read`."""
        return [_of_devtools(each) for each in self._command("Storage.getCookies", {})["cookies"]]

    def put(self, cookie: Cookie) -> None:
        """See `CookieStore.put`."""
        parameters: dict[str, Any] = {
            "name": cookie.name,
            "value": cookie.value,
            # By an https address each cookie gets Secure.
            "url": f"http{'s' * cookie.secure}://{cookie.domain}{cookie.path}",
            "path": cookie.path,
            "secure": cookie.secure,
            "httpOnly": cookie.http_only,
        }
        if cookie.origin:
            scheme, _, rest = cookie.origin.partition("://")
            parameters["sourceScheme"] = "Secure" if scheme == "https" else "NonSecure"
            parameters["sourcePort"] = int(rest.rpartition(":")[2])
        if not cookie.host_only:
            parameters["domain"] = f".{cookie.domain}"
        if cookie.same_site != "unset":
            parameters["sameSite"] = cookie.same_site.capitalize()
        if cookie.expires is not None:
            parameters["expires"] = cookie.expires
        self._command("Storage.setCookies", {"cookies": [parameters]})

    def remove(self, cookie: Cookie) -> None:
        """See `CookieStore.remove`."""
        domain = cookie.domain if cookie.host_only else f".{cookie.domain}"
        self._command(
            "Network.deleteCookies", {"name": cookie.name, "domain": domain, "path": cookie.path}
        )


class BidiCookies:
    """The cookies of a Firefox. See `CookieStore`."""

    def __init__(self, command: Command) -> None:
        """Take the sender of commands of WebDriver BiDi."""
        self._command = command

    def read(self) -> list[Cookie]:
        """See `CookieStore.read`."""
        return [_of_bidi(each) for each in self._command("storage.getCookies", {})["cookies"]]

    def put(self, cookie: Cookie) -> None:
        """See `CookieStore.put`."""
        parameters: dict[str, Any] = {
            "name": cookie.name,
            "value": {"type": "string", "value": cookie.value},
            "domain": cookie.domain if cookie.host_only else f".{cookie.domain}",
            "path": cookie.path,
            "secure": cookie.secure,
            "httpOnly": cookie.http_only,
        }
        if cookie.same_site != "unset":
            parameters["sameSite"] = cookie.same_site
        if cookie.expires is not None:
            parameters["expiry"] = int(cookie.expires)
        self._command("storage.setCookie", {"cookie": parameters})

    def remove(self, cookie: Cookie) -> None:
        """See `CookieStore.remove`."""
        domain = cookie.domain if cookie.host_only else f".{cookie.domain}"
        filtered = {"name": cookie.name, "domain": domain, "path": cookie.path}
        self._command("storage.deleteCookies", {"filter": filtered})


def _of_devtools(found: Mapping[str, Any]) -> Cookie:
    partition = found.get("partitionKey") or {}
    scheme = "https" if found.get("sourceScheme") == "Secure" else "http"
    port = found.get("sourcePort", -1)
    domain = found["domain"]
    return Cookie(
        found["name"],
        found["value"],
        domain=domain.removeprefix("."),
        host_only=not domain.startswith("."),
        path=found["path"],
        secure=found["secure"],
        http_only=found["httpOnly"],
        same_site=_SAME_SITE.get(found.get("sameSite", "").lower(), "unset"),
        expires=None if found["session"] else float(found["expires"]),
        partition=partition.get("topLevelSite", "") if isinstance(partition, dict) else partition,
        origin=f"{scheme}://{domain.removeprefix('.')}:{port}" if port > 0 else "",
    )


def _of_bidi(found: Mapping[str, Any]) -> Cookie:
    if found["value"]["type"] != "string":
        raise ValueError
    domain = found["domain"]
    return Cookie(
        found["name"],
        found["value"]["value"],
        domain=domain.removeprefix("."),
        host_only=not domain.startswith("."),
        path=found["path"],
        secure=found["secure"],
        http_only=found["httpOnly"],
        same_site=_SAME_SITE.get(found.get("sameSite", ""), "unset"),
        expires=float(found["expiry"]) if "expiry" in found else None,
    )
