"""The window flow: the person signs in in the browser's window."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_saml_ext.capture.flow.failures import WindowNeeded
from aws_saml_ext.capture.flow.settling import SettledPage
from aws_saml_ext.capture.page.kinds import Refusal
from aws_saml_ext.errors import BrowserError, IdentityProviderUnreachable, SignInRequired
from aws_saml_ext.hints import sign_in_command
from aws_saml_ext.text import in_quotes

if TYPE_CHECKING:
    from aws_saml_ext.capture.browser.engine import Posted
    from aws_saml_ext.capture.flow.page_watch import PageWatch
    from aws_saml_ext.capture.page.dialogs import Dialog
    from aws_saml_ext.prompt import Prompt


@dataclass(frozen=True, slots=True)
class WindowFlow:
    """A sign-in in the window of a browser that the person sees."""

    watch: PageWatch
    prompt: Prompt

    def run(self) -> Posted:
        """Wait until the person has signed in.

        Raises:
            TimedOut, BrowserError, IdentityProviderUnreachable, Stopped: see `PageWatch`.
        """
        self.prompt.notify("Waiting for you in the browser window…")
        self.prompt.waiting("Waiting for you")
        return self.watch.until_posted()


def continue_in_window(
    needed: WindowNeeded,
    watch: PageWatch,
    prompt: Prompt,
    *,
    start_window: Callable[[], PageWatch],
    display: bool,
) -> tuple[Posted, PageWatch]:
    """Continue a sign-in in a window, at the page that the terminal cannot answer.

    Args:
        needed: the reason, which is printed.
        watch: the browser so far.
        prompt: notifies the person.
        start_window: starts a browser with a window, in place of the one so far.
        display: whether there is a display for it.

    Returns:
        What was posted to AWS, and the browser that did.

    Raises:
        SignInRequired: no window is possible, or none could be opened.
        TimedOut, BrowserError, IdentityProviderUnreachable, Stopped: see `PageWatch`.
    """
    if not watch.window_possible:
        missing = "" if display else " There is no display for a browser window."
        command = sign_in_command(watch.settings.profile, "--use-browser")
        raise SignInRequired(needed.sentence + missing, command=command) from None
    if not watch.browser.headless:
        prompt.notify(needed.sentence)
        return WindowFlow(watch, prompt).run(), watch
    prompt.notify(f"{needed.sentence} The sign-in continues in a browser window.")
    address = _current_address(watch)
    try:
        window = start_window()
    except BrowserError as error:  # mostly a display that is gone
        raise SignInRequired(
            f"{needed.sentence} No window could be opened for it: {error}",
            command=error.command,
            advice=error.hint if error.command is None else None,
        ) from None
    window.open(address)
    posted = _reopened(window)
    return posted or WindowFlow(window, prompt).run(), window


def _current_address(watch: PageWatch) -> str:
    """Return the address of the current page; that of the identity provider where it has none."""
    with suppress(WindowNeeded):
        page = watch.within_deadline(watch.current_page)
        if page is not None and page.description.is_on_the_web:
            return page.description.address
    return watch.settings.idp_url


def _reopened(window: PageWatch) -> Posted | None:
    """Return what is posted at once; start from the beginning where the page cannot be reopened."""
    with suppress(WindowNeeded):
        try:
            seen = window.until_settled(on_dialog=_left_to_the_person)
        except IdentityProviderUnreachable:
            window.open(window.settings.idp_url)
            return None
        if not isinstance(seen, SettledPage):
            return seen
        if isinstance(seen.kind, Refusal):
            window.open(window.settings.idp_url)
    return None


def _left_to_the_person(dialog: Dialog) -> None:
    raise WindowNeeded(f"The page asks: {in_quotes(dialog.words)}")
