"""The errors and sentences that several flows share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_saml_ext.errors import (
    IdentityProviderRefused,
    IdentityProviderUnreachable,
    Refused,
    SamlLoginError,
    TimedOut,
)
from aws_saml_ext.hints import sign_in_command
from aws_saml_ext.net import host_of
from aws_saml_ext.text import says

if TYPE_CHECKING:
    from aws_saml_ext.capture.page.description import Description
    from aws_saml_ext.capture.page.kinds import PageKind, Refusal
    from aws_saml_ext.clock import Deadline
    from aws_saml_ext.config.settings import Settings


NOT_THERE = (404, 410)
"""The HTTP statuses of an address without a page."""


class WindowNeeded(Exception):
    """The sign-in needs the person at the browser window; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        """Take the reason, a sentence."""
        super().__init__(sentence)
        self.sentence = sentence


def check_deadline(deadline: Deadline, settings: Settings, page: Description | None = None) -> None:
    """Check that the sign-in still has time.

    Args:
        deadline: the end of its time.
        settings: those of the sign-in.
        page: the last page that was seen.

    Raises:
        TimedOut: it has none.
    """
    if deadline.has_passed:
        raise timed_out(settings, page)


def timed_out(settings: Settings, page: Description | None = None) -> TimedOut:
    """Return the error of a sign-in that took longer than `saml_timeout`."""
    last = f" The last page was {page.name}." if page is not None else ""
    source = settings.source("saml_timeout")
    return TimedOut(
        f"The sign-in at {host_of(settings.idp_url)} took longer than "
        f"{settings.timeout.total_seconds():g} seconds{source}.{last}",
        command=sign_in_command(settings.profile, "--use-browser", "--timeout", "SECONDS"),
    )


def refused(
    page: Description, refusal: Refusal, settings: Settings, *, window_possible: bool
) -> SamlLoginError:
    """Return the error of a page that refuses the sign-in and asks nothing."""
    if page.is_server_error:
        words = refusal.words if page.lines else ""
        return failing(page.host, page.status, settings, words=words)
    sentence = f"You are not signed in. {says(page.host, refusal.words)}"
    if page.status in NOT_THERE:
        return IdentityProviderRefused(sentence, advice=other_address(settings))
    if window_possible:
        command = sign_in_command(settings.profile, "--use-browser")
        return IdentityProviderRefused(sentence, command=command)
    return IdentityProviderRefused(
        sentence,
        advice="Do what the page says, or ask the administrator of the identity provider.",
    )


def other_address(settings: Settings) -> str:
    """Return the advice where the identity provider has no page at an address."""
    return f"Check {settings.place('saml_idp_url')}: there is no page at that address."


def failing(
    host: str, status: int, settings: Settings, *, words: str = ""
) -> IdentityProviderUnreachable:
    """Return the error of a server that fails; `words` are those of its page."""
    said = f" {says('It', words)}" if words else ""
    return IdentityProviderUnreachable(
        f"{host} answered with HTTP status {status}.{said}",
        command=sign_in_command(settings.profile),
    )


def through_kept_session(error: Refused, settings: Settings) -> Refused:
    """Return the refusal of a person who was not asked, with the command for somebody else."""
    command = sign_in_command(settings.profile, "--clean")
    if error.command == command:  # it says so already
        return error
    hint = f"\n  {error.hint}" if error.hint else ""
    return type(error)(
        f"{error}{hint}\nThe kept session at {host_of(settings.idp_url)} signed you in without a "
        "question. Sign in as somebody else with --clean.",
        command=command,
    )


def unanswerable(page: Description, kind: PageKind) -> str:
    """Return a sentence about a page that a terminal cannot answer."""
    from aws_saml_ext.capture.page.kinds import Loading, Unsupported

    if isinstance(kind, Unsupported) and kind.asks:
        return f"{page.name} asks for {kind.asks}."
    if isinstance(kind, Loading):
        return f"{page.name} does not go on."
    return f"{page.name} asks for more than a terminal can answer."
