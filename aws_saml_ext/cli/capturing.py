"""What the verbs that sign in share: the identity provider's address, and the way to capture."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from urllib.parse import urlsplit

from aws_saml_ext import settings as settings_
from aws_saml_ext.assertion import Assertion, printable
from aws_saml_ext.cli.invocation import Invocation
from aws_saml_ext.errors import ConfigError, UsageError
from aws_saml_ext.login import Capture
from aws_saml_ext.settings import Settings
from aws_saml_ext.store import ini_file
from aws_saml_ext.store.changes import Change

_TRIES = 3


def pasted(invocation: Invocation) -> str | None:
    """The file of `--assertion`, `-` for standard input, or None."""
    return invocation.option("assertion", None)


def idp_address(invocation: Invocation, *, may_keep: bool) -> str | None:
    """
    Ask for the address of the identity provider where none is set, and use it from now on.

    Where the caller `may_keep` it, the person is asked whether it shall.

    Returns:
        The address, if it was asked for and is to be kept in the profile.

    Raises:
        ConfigError: it is needed and cannot be asked for; the hint is the command that sets it.
        Stopped: the person ended the input.
    """
    person, session = invocation.person, invocation.session
    if pasted(invocation) is not None or session.get_config_variable("saml_idp_url"):
        return None
    if session.get_config_variable("saml_idp") or not person.is_there:
        return None  # `settings.resolve` says what is missing
    address = _asked(invocation)
    session.set_config_variable("saml_idp_url", address)
    if not may_keep:
        return None
    keep = person.ask(
        f"Keep this address in profile {invocation.profile}? [Y/n] ", instead="--idp-url URL"
    )
    return None if keep.lower().startswith("n") else address


def _asked(invocation: Invocation) -> str:
    for _ in range(_TRIES):
        answer = invocation.person.ask(
            "Address that starts the AWS sign-in at your identity provider: ",
            instead="--idp-url URL",
        )
        try:
            return settings_.web_address(answer)
        except ValueError as error:
            invocation.person.tell(f"{error}.")
    raise ConfigError(
        "No address of an identity provider was given.",
        hint="aws saml-login --idp-url URL --profile " + shlex.quote(invocation.profile),
    )


def keeping(address: str | None, settings: Settings) -> tuple[Change, ...]:
    """The change of the config file that keeps an address in the profile."""
    if address is None:
        return ()
    section = ini_file.config_section(settings.profile)
    return (Change(settings.config_file, section, {"saml_idp_url": address}),)


def capture(invocation: Invocation, settings: Settings) -> Capture:
    """A SAMLResponse that was given, or a browser; `--clean` forgets its kept profile first."""
    if invocation.option("clean", False):
        from aws_saml_ext.capture.kept_profile import forget

        forget(settings)
    given = pasted(invocation)
    if given is not None:
        from aws_saml_ext.capture import pasted as pasted_

        return pasted_.pasting(given, invocation.person)

    # Here, since `--assertion` needs none of it.
    from aws_saml_ext.capture import browser, kept_profile, ways

    programs = browser.find_programs(settings, environ=invocation.environ)
    return ways.capturing(
        browser.starting(programs),
        invocation.person,
        profile_folder=lambda settings: kept_profile.opened(
            settings, programs.browser, tell=invocation.person.tell
        ),
        environ=invocation.environ,
    )


def tell_start(invocation: Invocation, settings: Settings) -> None:
    """Say where the sign-in goes: host only, for the rest of an address may be long or private."""
    if pasted(invocation) is None:
        parts = urlsplit(settings.idp_url)
        rest = "/…" if parts.path.strip("/") or parts.query else "/"
        invocation.person.tell(
            f"Signing in at {parts.scheme}://{parts.netloc}{rest} (Ctrl-C stops)"
        )


def tell_who(invocation: Invocation, settings: Settings, assertion: Assertion) -> None:
    """Say who has signed in, whether that is who was meant, and how many roles are offered."""
    tell = invocation.person.tell
    told = printable(assertion.session_name or "", longest=80)
    who = told or "somebody the identity provider does not name"
    count = len(assertion.roles)
    offered = "1 role is" if count == 1 else f"{count} roles are"
    if assertion.encrypted:
        tell("Signed in. The assertion is encrypted: only AWS can read who and what it offers.")
    else:
        tell(f"Signed in as {who}. {offered} offered.")
    meant = settings.username
    if meant and told and not is_same_person(meant, told):
        tell(f"That is not {meant}, whom saml_username names: the assertion is for {told}.")


def is_same_person(name: str, other: str) -> bool:
    """Whether two user names are one, but for case and domain."""
    return _bare(name) == _bare(other)


def refuse_two_ways(options: Mapping[str, object]) -> None:
    """
    `--use-browser` is a way of its own.

    Raises:
        UsageError: `--sign-in` names another one.
    """
    way = options.get("saml_sign_in")
    if "saml_use_browser" in options and way is not None and str(way).strip().lower() != "window":
        raise UsageError(
            f"--use-browser is --sign-in window, and not {way}.", hint="Leave one of them out"
        )


def _bare(name: str) -> str:
    """A user name without its domain, for comparing: `EXAMPLE\\Jane` and `jane@example.com`."""
    return name.rpartition("\\")[2].partition("@")[0].casefold()
