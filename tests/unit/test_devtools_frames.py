"""The tree of nodes that Chromium tells of a page: closed shadow roots are known to it only."""

from __future__ import annotations

from typing import Any

from aws_saml_ext.capture.browser.devtools_frames import closed_roots


def host(number: int, *, closed: bool = True, **more: Any) -> dict[str, Any]:
    kind = "closed" if closed else "open"
    root = {"backendNodeId": number, "shadowRootType": kind, "children": more.pop("inside", [])}
    return {"shadowRoots": [root], **more}


def numbers(page: dict[str, Any], frame: str) -> list[int]:
    return sorted(root["backendNodeId"] for root in closed_roots(page, frame))


def test_the_closed_shadow_roots_of_a_page_are_found_in_each_other_too() -> None:
    page = {"children": [{"children": [host(1, inside=[host(2)])]}, host(3, closed=False)]}
    assert numbers(page, "page") == [1, 2]


def test_the_roots_of_a_frame_belong_to_that_frame() -> None:
    frame = {"frameId": "frame", "contentDocument": {"children": [host(2)]}}
    page = {"frameId": "page", "children": [host(1), frame]}
    assert (numbers(page, "page"), numbers(page, "frame")) == ([1], [2])
