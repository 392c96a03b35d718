"""The part of a browser that every engine shares: which POST to AWS counts."""

from __future__ import annotations

import threading
import time
from queue import Queue
from typing import Any

import pytest

from aws_saml_ext.capture.browser.engine import DrivenBrowser, Posted
from aws_saml_ext.capture.saml_post import Sender
from aws_saml_ext.errors import BrowserError

IDP, OTHER = "https://idp.example.com", "https://ads.example.com"


class Browser(DrivenBrowser):
    """A browser whose driver is not asked."""

    def certificate_error(self) -> str | None:
        raise NotImplementedError

    def navigation_error(self) -> str | None:
        raise NotImplementedError


def posted(text: str, origin: str = IDP, *, destination: str = "document") -> Posted:
    return Posted("https://signin.aws.amazon.com/saml", text, Sender(destination, origin))


def browser(*arrived: Posted, driver: Any = None) -> Browser:
    queue: Queue[Posted] = Queue()
    for each in arrived:
        queue.put(each)
    nothing: Any = None
    return Browser(
        *(nothing, driver, queue, nothing), cookies=nothing, navigation_headers=(), headless=True
    )


def test_the_first_post_of_a_page_counts() -> None:
    assert browser(posted("QUJD")).posted(1) == posted("QUJD")


def test_the_same_response_may_be_posted_twice() -> None:
    twice = browser(posted("QUJD"), posted("QUJD"))
    assert twice.posted(1) == posted("QUJD")
    assert twice.posted(0) is None


@pytest.mark.parametrize("origin", [IDP, OTHER])
def test_two_different_responses_are_an_error_that_names_both_origins(origin: str) -> None:
    with pytest.raises(BrowserError) as error:
        browser(posted("QUJD"), posted("QUJE", origin)).posted(1)
    assert f"by a page of {IDP} and by a page of {origin}." in str(error.value)
    assert error.value.exit_status == 253


def test_a_different_response_is_noticed_later_too() -> None:
    arrived = [posted("QUJD")]
    driven = browser(*arrived)
    assert driven.posted(1) is not None
    driven.check_single()
    driven._arrived.put(posted("QUJE", OTHER))
    with pytest.raises(BrowserError, match=OTHER):
        driven.check_single()


@pytest.mark.parametrize(
    ("destination", "words"),
    [
        ("iframe", f"A frame of {OTHER} posted a SAML response to AWS."),
        ("empty", f"A script of {OTHER} posted a SAML response to AWS."),
        ("", "This browser does not report"),
    ],
)
def test_a_post_that_is_no_pages_own_is_an_error_at_once(destination: str, words: str) -> None:
    with pytest.raises(BrowserError) as error:
        browser(posted("QUJE", OTHER, destination=destination), posted("QUJD")).posted(1)
    assert str(error.value).startswith(words)
    assert error.value.exit_status == 253


def test_a_part_of_a_page_changes_nothing_after_the_page_has_posted() -> None:
    late = browser(posted("QUJD"), posted("QUJE", OTHER, destination="iframe"))
    assert late.posted(1) == posted("QUJD")


def test_what_was_posted_is_in_no_repr() -> None:
    assert "QUJD" not in repr(posted("QUJD"))


class Windows:
    """A driver whose one window takes a while to be named, and is closed then."""

    def __init__(self) -> None:
        self.answer = threading.Event()

    @property
    def window_handles(self) -> list[str]:
        self.answer.wait(10)
        return []


def test_a_driver_that_does_not_answer_holds_nobody_up_and_its_answer_is_not_lost() -> None:
    driver = Windows()
    driven = browser(driver=driver)
    began = time.monotonic()
    assert driven.posted(0.7) is None
    assert time.monotonic() - began < 3
    driver.answer.set()
    with pytest.raises(BrowserError, match="died"):
        driven.posted(5)
