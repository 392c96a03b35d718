"""The frames of a page in Chromium, by the DevTools protocol that its driver passes on."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from aws_saml_ext.capture.browser.frames import WORLD, Frame
from aws_saml_ext.net import origin_of

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver
    from selenium.webdriver.remote.webelement import WebElement

_MAX_ROOTS = 50
_COMMAND = "executeDevToolsCommand"
_NO_WORLD = ("no such execution context", "Cannot find context")
"""In the errors for a script whose world ended before it ran."""
_ELEMENT = re.compile(r"f\.(?P<frame>[^.]+)\.d\.(?P<document>[^.]+)\.e\.\d+")
"""An element as chromedriver names it. It acts on none whose document is no longer there."""


class DevToolsFrames:
    """See `Frames`.

    The driver passes commands on to the process of the page only. In a frame of another site, which
    has a process of its own, the script therefore runs in the world of that frame's own scripts.
    They can lie about that frame, but not about its address, and not about another frame.
    """

    def __init__(self, driver: WebDriver) -> None:
        """Take the WebDriver session of the browser."""
        vendor = "ms" if driver.capabilities.get("browserName") == "MicrosoftEdge" else "goog"
        driver.command_executor.add_command(  # type: ignore[union-attr]
            _COMMAND, "POST", f"/session/$sessionId/{vendor}/cdp/execute"
        )
        self._driver = driver
        self._worlds: dict[tuple[str, str], int] = {}
        """The isolated world of each document, by its frame and its own name."""

    def page(self) -> Frame:
        """See `Frames.page`."""
        return _frame(self._tree()["frame"])

    def child(self, expression: str, frame: Frame) -> Frame | None:
        """See `Frames.child`."""
        if not frame.document:
            return self._child_of_another_site(expression, frame)
        node = self._node(expression, frame)
        path = (*frame.path, self._web_element(node, frame))
        context = str(node.get("frameId"))
        for each in _all(self._tree()):
            if each["id"] == context:
                return _frame(each, path)
        return self._frame_of_another_site(context, path)

    def evaluate(self, expression: str, frame: Frame) -> str:
        """See `Frames.evaluate`."""
        if not frame.document:
            with self._entered(frame):
                value = self._driver.execute_script(f"return {expression}")
        else:
            value = self._evaluate(expression, frame, by_value=True).get("value")
        if not isinstance(value, str):
            raise _lost("the script gave no text")
        return value

    def element(self, expression: str, frame: Frame) -> WebElement:
        """See `Frames.element`."""
        if frame.document:
            return self._web_element(self._node(expression, frame), frame)
        with self._entered(frame):
            element = self._driver.execute_script(f"return {expression}")
        if _frame_id(element) != frame.id:
            raise _lost("the element is not in its frame")
        found: WebElement = element
        return found

    def is_current(self, frame: Frame) -> bool:
        """See `Frames.is_current`."""
        if not frame.document:
            now = self._frame_of_another_site(frame.id, ())
            return now is not None and now.origin == frame.origin
        return any(
            (each["id"], each["loaderId"], origin_of(each["url"]))
            == (frame.id, frame.document, frame.origin)
            for each in _all(self._tree())
        )

    # ---- frames of another site ----

    def _frame_of_another_site(self, context: str, path: tuple[WebElement, ...]) -> Frame | None:
        for target in self._command("Target.getTargets")["targetInfos"]:
            if target["type"] == "iframe" and target["targetId"] == context:
                return Frame(context, "", target["url"], path)
        return None

    def _child_of_another_site(self, expression: str, frame: Frame) -> Frame | None:
        owner = self.element(expression, frame)
        with self._entered(frame):
            self._driver.switch_to.frame(owner)
            context = _frame_id(self._driver.find_element("css selector", ":root"))
        return self._frame_of_another_site(context, (*frame.path, owner))

    @contextmanager
    def _entered(self, frame: Frame) -> Iterator[None]:
        try:
            self._driver.switch_to.default_content()
            for step in frame.path:
                self._driver.switch_to.frame(step)
            yield
        finally:
            self._driver.switch_to.default_content()

    def reveal(self, hosts: str, frame: Frame) -> None:
        """See `Frames.reveal`. The browser tells of all of them at once."""
        if not frame.document:
            self._reveal_in_another_site(hosts, frame)
            return
        self._evaluate("void (globalThis.awsSamlLoginRoots = [])", frame, by_value=True)
        context = self._worlds[frame.id, frame.document]
        root = self._command("DOM.getDocument", depth=-1, pierce=True)["root"]
        for node in itertools.islice(closed_roots(root, frame.id), _MAX_ROOTS):
            resolved = self._command(
                "DOM.resolveNode", backendNodeId=node["backendNodeId"], executionContextId=context
            )
            self._command(
                "Runtime.callFunctionOn",
                functionDeclaration="function () { awsSamlLoginRoots.push(this) }",
                objectId=resolved["object"]["objectId"],
            )

    def _reveal_in_another_site(self, hosts: str, frame: Frame) -> None:
        """Put the closed shadow roots of another site's frame where its script reads them."""
        from selenium.common.exceptions import NoSuchShadowRootException

        with self._entered(frame):
            self._driver.execute_script("globalThis.awsSamlLoginRoots = []")
            elements = self._driver.execute_script(f"return {hosts}") or []
            for element in itertools.islice(elements, _MAX_ROOTS):
                with suppress(NoSuchShadowRootException):
                    root = element.shadow_root
                    self._driver.execute_script("awsSamlLoginRoots.push(arguments[0])", root)

    # ---- the protocol ----

    def command(self, name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Send a command of the protocol, and return its result."""
        return self._command(name, **parameters)

    def _tree(self) -> dict[str, Any]:
        tree: dict[str, Any] = self._command("Page.getFrameTree")["frameTree"]
        return tree

    def _evaluate(self, expression: str, frame: Frame, *, by_value: bool) -> dict[str, Any]:
        from selenium.common.exceptions import WebDriverException

        document = frame.id, frame.document
        if document in self._worlds:
            try:
                return self._evaluated(expression, self._worlds[document], by_value=by_value)
            except WebDriverException as error:
                if not any(words in (error.msg or "") for words in _NO_WORLD):
                    raise
        world = self._command("Page.createIsolatedWorld", frameId=frame.id, worldName=WORLD)
        self._worlds[document] = world["executionContextId"]
        return self._evaluated(expression, self._worlds[document], by_value=by_value)

    def _evaluated(self, expression: str, world: int, *, by_value: bool) -> dict[str, Any]:
        evaluated = self._command(
            "Runtime.evaluate", expression=expression, contextId=world, returnByValue=by_value
        )
        if "exceptionDetails" in evaluated:
            raise _lost("the script failed")
        result: dict[str, Any] = evaluated["result"]
        return result

    def _node(self, expression: str, frame: Frame) -> dict[str, Any]:
        result = self._evaluate(expression, frame, by_value=False)
        if result.get("subtype") != "node":
            raise _lost("the element is gone")
        described = self._command("DOM.describeNode", objectId=result["objectId"])
        node: dict[str, Any] = described["node"]
        return node

    def _web_element(self, node: Mapping[str, Any], frame: Frame) -> WebElement:
        from selenium.webdriver.remote.webelement import WebElement

        name = f"f.{frame.id}.d.{frame.document}.e.{node['backendNodeId']}"
        return WebElement(self._driver, name)

    def _command(self, name: str, /, **parameters: Any) -> dict[str, Any]:
        answer = self._driver.execute(_COMMAND, {"cmd": name, "params": parameters})
        value = answer["value"]
        if not isinstance(value, dict):
            raise _lost("a dialog opened meanwhile")
        return value


def _all(tree: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield tree["frame"]
    for child in tree.get("childFrames", ()):
        yield from _all(child)


def closed_roots(page: Mapping[str, Any], frame_id: str) -> Iterator[Mapping[str, Any]]:
    """Yield the closed shadow roots in the document of one frame."""
    waiting: list[tuple[Mapping[str, Any], bool]] = [
        (page, page.get("frameId", frame_id) == frame_id)
    ]
    while waiting:
        node, is_inside = waiting.pop()
        for root in node.get("shadowRoots", ()):
            if is_inside and root.get("shadowRootType") == "closed":
                yield root
            waiting.append((root, is_inside))
        waiting += [(child, is_inside) for child in node.get("children", ())]
        if "contentDocument" in node:
            waiting.append((node["contentDocument"], node.get("frameId") == frame_id))


def _frame(found: Mapping[str, Any], path: tuple[WebElement, ...] = ()) -> Frame:
    address = found["url"] + found.get("urlFragment", "")
    return Frame(found["id"], found["loaderId"], address, path)


def _frame_id(element: object) -> str:
    match = _ELEMENT.fullmatch(str(getattr(element, "id", "")))
    return match["frame"] if match else ""


def _lost(reason: str) -> Exception:
    from selenium.common.exceptions import WebDriverException

    return WebDriverException(reason)
