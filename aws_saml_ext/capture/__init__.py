"""Plug 1: from the address of an identity provider to the SAMLResponse that it posts.

The only module that knows every browser engine. It imports nothing of them before a browser is
needed: `--assertion` and a replay of the kept session need none.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_saml_ext.capture.browser.discovery import Programs
    from aws_saml_ext.capture.browser.engine import StartBrowser
    from aws_saml_ext.capture.flow.secret_sources import Passwords
    from aws_saml_ext.capture.flow.sign_in_flow import CapturedInBrowser
    from aws_saml_ext.capture.replay.replayed import KeptSession
    from aws_saml_ext.capture.replay.transport import TlsContext
    from aws_saml_ext.clock import Deadline
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.login import Capture, Captured
    from aws_saml_ext.prompt import Prompt

_log = logging.getLogger(__name__)

_MAX_AGAIN_SECONDS = 60.0
"""For another SAMLResponse through the session that the identity provider keeps."""


def engine_for(programs: Programs) -> StartBrowser:
    """Return the start function of the engine that drives this browser."""
    from aws_saml_ext.config.settings import Browser

    if programs.browser is Browser.FIREFOX:
        from aws_saml_ext.capture.browser import firefox

        return partial(firefox.start, programs)
    from aws_saml_ext.capture.browser import chromium

    return partial(chromium.start, programs)


def check_temporary_folder(find: Callable[[], str] | None = None) -> None:
    """Check that there is a folder for temporary files, which every browser needs.

    Args:
        find: as `tempfile.gettempdir`, which is the default.

    Raises:
        ConfigError: there is none that can be written to.
    """
    import tempfile

    from aws_saml_ext import hints
    from aws_saml_ext.errors import ConfigError

    try:
        (find or tempfile.gettempdir)()
    except OSError:
        raise ConfigError(
            "There is no folder for temporary files: each is read-only, or its disk is full.",
            command=hints.shown("export", "TMPDIR=/path/of/a/folder"),
        ) from None


def browser_capture(
    settings: Settings,
    prompt: Prompt,
    *,
    passwords: Passwords | None = None,
    environ: Mapping[str, str] = os.environ,
    proxies: Callable[[], Mapping[str, str]] | None = None,
    tls_context: TlsContext | None = None,
) -> Capture:
    """Return the capture by the browser of the settings, else by the first that is installed.

    A kept session is replayed without a browser where its cookies are enough.

    Args:
        settings: those of the sign-in; the capture takes its own.
        prompt: asks the identity provider's questions.
        passwords: kept passwords; None for none.
        environ: the environment of this program.
        proxies: those of a replay; None for `urllib.request.getproxies`.
        tls_context: the TLS settings of a replay; None for those of the system.

    Raises:
        BrowserError: there is no browser with a driver. The capture raises the errors of
            `sign_in_flow.capturing`.
        ConfigError: there is no folder for temporary files.
    """
    check_temporary_folder()
    from aws_saml_ext.capture.browser import discovery

    programs = discovery.find_programs(settings, environ=environ)
    why = "the first that is installed with a driver"
    if settings.browser is programs.browser:
        why = "saml_browser"
    elif settings.browser_binary or settings.browser_driver:
        why = "the programs of the settings"
    _log.debug(
        "Browser: %s at %s with the driver %s (%s).",
        *(programs.browser.value, programs.binary, programs.driver, why),
    )
    captures = _Captures(programs, prompt, passwords, environ, proxies, tls_context)
    return captures.capture


@dataclass(frozen=True, slots=True)
class _Captures:
    """The capture of a sign-in: by a replay of the kept session, else by a browser."""

    programs: Programs
    prompt: Prompt
    passwords: Passwords | None
    environ: Mapping[str, str]
    proxies: Callable[[], Mapping[str, str]] | None
    tls_context: TlsContext | None

    @contextmanager
    def capture(self, settings: Settings) -> Iterator[Captured]:
        """See `browser_capture`."""
        from aws_saml_ext.capture.flow.failures import through_kept_session
        from aws_saml_ext.capture.replay.replayed import may_replay
        from aws_saml_ext.clock import Deadline
        from aws_saml_ext.errors import Refused
        from aws_saml_ext.net import host_of

        if not may_replay(settings):
            self._check_display(settings)  # before the wait for another sign-in
        deadline = Deadline(settings.timeout)
        with ExitStack() as held:
            session = self._opened(held, settings)
            self.prompt.waiting(f"Waiting for {host_of(settings.idp_url)}")
            try:
                saml_response = session.replay(deadline)
            finally:
                self.prompt.waiting("")
            if saml_response is None:
                yield held.enter_context(self._in_browser(session, settings, deadline))
                return
            held.close()  # the session is not needed for the exchange: others may go on

            def again() -> str:
                return self._again(held, settings)

            try:
                yield _Replayed(saml_response, again)
            except Refused as error:
                raise through_kept_session(error, settings) from None

    def _opened(self, held: ExitStack, settings: Settings) -> KeptSession:
        """Open the kept session until `held` is left."""
        from aws_saml_ext.capture import kept_session
        from aws_saml_ext.capture.replay.replayed import KeptSession
        from aws_saml_ext.config.flows import Flow

        notify, browser = self.prompt.notify, self.programs.browser
        profile = held.enter_context(kept_session.opened(settings, browser, notify=notify))
        return KeptSession(
            settings,
            self.programs,
            profile,
            kept_session.cookies_file(profile),
            self.proxies or _proxies,
            self.tls_context,
            is_unattended=settings.sign_in is Flow.SILENT or not self.prompt.interactive,
        )

    @contextmanager
    def _in_browser(
        self, session: KeptSession, settings: Settings, deadline: Deadline
    ) -> Iterator[CapturedInBrowser]:
        """Sign in in a browser, which owns the cookies meanwhile and leaves them behind."""
        from aws_saml_ext.capture import kept_session
        from aws_saml_ext.capture.flow import sign_in_flow

        capture = sign_in_flow.capturing(
            session.handing_over(engine_for(self.programs)),
            self.prompt,
            profile_folder=lambda _: nullcontext(session.profile),
            passwords=self.passwords,
            environ=self.environ,
            deadline=deadline,
        )
        with capture(settings) as captured:
            kept_session.note_signed_in(settings, self.programs.browser)
            yield captured
            session.take(has_asked=captured.has_asked)
        session.seal(lambda: self._announce(settings))

    def _again(self, held: ExitStack, settings: Settings) -> str:
        """Return another SAMLResponse: by one more replay, else by a silent browser.

        Raises:
            SignInRequired: neither leads to one.
        """
        from aws_saml_ext.clock import Deadline
        from aws_saml_ext.config.flows import Flow
        from aws_saml_ext.errors import SamlLoginError, SignInRequired
        from aws_saml_ext.hints import sign_in_command

        deadline = Deadline(_MAX_AGAIN_SECONDS)
        try:
            session = self._opened(held, settings)
            if (text := session.replay(deadline)) is not None:
                return text
            silent = replace(settings, sign_in=Flow.SILENT)
            in_browser = self._in_browser(session, silent, deadline)
            return held.enter_context(in_browser).saml_response
        except SamlLoginError as error:
            raise SignInRequired(
                "The assertion has expired, and another one needs a new sign-in.",
                command=sign_in_command(settings.profile),
            ) from error

    def _check_display(self, settings: Settings) -> None:
        from aws_saml_ext.capture.browser.environment import has_display
        from aws_saml_ext.capture.flow.sign_in_flow import check_display

        check_display(settings, has_display(self.environ, sys.platform))

    def _announce(self, settings: Settings) -> bool:
        """Tell a person that renewals replay the session; return whether one reads it."""
        if self.prompt.interactive:
            from aws_saml_ext import hints

            command = hints.setting_command("saml_renewal", "browser", settings.profile)
            self.prompt.notify(
                "Renewals will replay the kept session without a browser. "
                f"To use a browser each time:\n  {command}"
            )
        return self.prompt.interactive


@dataclass(frozen=True, slots=True)
class _Replayed:
    """A SAMLResponse that a replay has led to. See `login.Captured`."""

    saml_response: str = field(repr=False)
    _again: Callable[[], str]

    def again(self) -> str:
        """Return another SAMLResponse; see `_Captures._again`."""
        return self._again()

    def check_single(self) -> None:
        """See `login.Captured`: a replay ends at the first page that would post one."""


def _proxies() -> Mapping[str, str]:
    from urllib.request import getproxies

    return getproxies()
