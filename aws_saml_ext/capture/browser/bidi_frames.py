"""The frames of a page in Firefox, by WebDriver BiDi."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aws_saml_ext.capture.browser.bidi import CommandRefused
from aws_saml_ext.capture.browser.frames import MAX_SCRIPT_SECONDS, WORLD, Frame
from aws_saml_ext.errors import BrowserError
from aws_saml_ext.net import origin_of

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver
    from selenium.webdriver.remote.webelement import WebElement

_WITH_ITS_WINDOW = "(owner => [owner, owner.contentWindow])({})"


class BidiFrames:
    """See `Frames`. BiDi names windows, frames and elements as WebDriver does."""

    def __init__(self, driver: WebDriver, command: Callable[..., dict[str, Any]]) -> None:
        """Take the WebDriver session of the browser, and `Connection.command`."""
        self._driver = driver
        self._send = command

    def page(self) -> Frame:
        """See `Frames.page`."""
        return _frame(self._tree())

    def child(self, expression: str, frame: Frame) -> Frame | None:
        """See `Frames.child`."""
        pair = self._evaluate(_WITH_ITS_WINDOW.format(expression), frame).get("value")
        if not isinstance(pair, list) or [each["type"] for each in pair] != ["node", "window"]:
            return None
        path = (*frame.path, self._web_element(pair[0]))
        context = pair[1]["value"]["context"]
        found = (each for each in _all(self._tree()) if each["context"] == context)
        return next((_frame(each, path) for each in found), None)

    def evaluate(self, expression: str, frame: Frame) -> str:
        """See `Frames.evaluate`."""
        value = self._evaluate(expression, frame).get("value")
        if not isinstance(value, str):
            raise _lost("the script gave no text")
        return value

    def element(self, expression: str, frame: Frame) -> WebElement:
        """See `Frames.element`."""
        return self._web_element(self._evaluate(expression, frame))

    def is_current(self, frame: Frame) -> bool:
        """See `Frames.is_current`."""
        return any(
            (each["context"], origin_of(each["url"])) == (frame.id, frame.origin)
            for each in _all(self._tree())
        )

    def reveal(self, hosts: str, frame: Frame) -> None:
        """See `Frames.reveal`."""
        told = self._evaluate(hosts, frame, shadows="all").get("value") or []
        nodes = [each["value"] for each in told if each.get("type") == "node"]
        roots = [root for node in nodes if (root := node.get("shadowRoot")) is not None]
        self._command(
            "script.callFunction",
            functionDeclaration="(...roots) => { globalThis.awsSamlLoginRoots = roots }",
            arguments=[{"sharedId": root["sharedId"]} for root in roots if "sharedId" in root],
            target={"context": frame.id, "sandbox": WORLD},
            awaitPromise=False,
        )

    def _tree(self) -> dict[str, Any]:
        window = self._driver.current_window_handle
        tree: dict[str, Any] = self._command("browsingContext.getTree", root=window)["contexts"][0]
        return tree

    def _evaluate(self, expression: str, frame: Frame, *, shadows: str = "none") -> dict[str, Any]:
        evaluated = self._command(
            "script.evaluate",
            expression=expression,
            target={"context": frame.id, "sandbox": WORLD},
            awaitPromise=False,
            serializationOptions={
                "maxDomDepth": 0,
                "maxObjectDepth": 1,
                "includeShadowTree": shadows,
            },
        )
        if evaluated["type"] != "success":
            raise _lost("the script failed")
        result: dict[str, Any] = evaluated["result"]
        return result

    def _web_element(self, node: Mapping[str, Any]) -> WebElement:
        from selenium.webdriver.remote.webelement import WebElement

        if node["type"] != "node" or "sharedId" not in node:
            raise _lost("the element is gone")
        return WebElement(self._driver, node["sharedId"])

    def _command(self, name: str, **parameters: Any) -> dict[str, Any]:
        try:
            return self._send(name, parameters, seconds=MAX_SCRIPT_SECONDS)
        except (CommandRefused, BrowserError) as error:
            raise _lost(str(error)) from error


def _all(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield tree
    for child in tree.get("children") or ():
        yield from _all(child)


def _frame(found: Mapping[str, Any], path: tuple[WebElement, ...] = ()) -> Frame:
    return Frame(found["context"], "", found["url"], path)


def _lost(reason: str) -> Exception:
    from selenium.common.exceptions import WebDriverException

    return WebDriverException(reason)
