"""The checks of everything around the settings that hides them, or stands in the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from aws_saml_ext import hints
from aws_saml_ext.checks.findings import Looked, Problem, Skipped
from aws_saml_ext.cli.doctor import system_proxy
from aws_saml_ext.cli.doctor.examination import UNREADABLE, Examination
from aws_saml_ext.config.table import SETTINGS
from aws_saml_ext.credentials import SECURITY_TOKEN, SESSION_TOKEN

_PROXIES = ("https_proxy", "http_proxy", "all_proxy")
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def environment(examination: Examination) -> Iterator[Looked]:
    """Yield variables that hide the profile, or settings of it."""
    environ, name = examination.environ, examination.profile
    if environ.get("AWS_ACCESS_KEY_ID"):
        yield Problem(
            f"AWS_ACCESS_KEY_ID hides profile {name} from programs without --profile.",
            command=hints.shown("unset", *_KEYS),
            is_warning=True,
        )
    for setting in SETTINGS:
        own = examination.section.get(setting.name)
        if setting.env and environ.get(setting.env) and own and environ[setting.env] != own:
            yield Problem(
                f"{setting.env} overrides {setting.name} of profile {name}.",
                command=hints.shown("unset", setting.env),
                is_warning=True,
            )


def stale_token(examination: Examination) -> Iterator[Looked]:
    """Yield two tokens that differ: botocore reads the older name first."""
    keys = examination.keys
    old, new = keys.get(SECURITY_TOKEN), keys.get(SESSION_TOKEN)
    if SECURITY_TOKEN in keys and new and old != new:
        yield Problem(
            f"{SECURITY_TOKEN} of profile {examination.profile} differs from {SESSION_TOKEN}, and "
            "the SDKs read it first.",
            command=hints.sign_in_command(examination.profile, "--force"),
        )


def proxy(examination: Examination) -> Iterator[Looked]:
    """Yield proxies of the environment that a browser cannot use."""
    for lower in _PROXIES:
        name = next(
            (each for each in (lower, lower.upper()) if examination.environ.get(each)), None
        )
        if name is None:
            continue
        value = examination.environ[name]
        if "@" in re.split(r"[/?#]", value.partition("//")[2] or value)[0]:
            yield Problem(
                f"{name} has a user name or password in it, which a browser does not take from "
                "there.",
                advice=f"Use a proxy without a password in {name}, such as a local one.",
            )


def proxy_script(examination: Examination) -> Iterator[Looked]:
    """Yield a proxy script of the desktop, which a sign-in does not follow."""
    has_proxy = any(
        examination.environ.get(name) for name in (*_PROXIES, *map(str.upper, _PROXIES))
    )
    if not has_proxy and system_proxy.has_script(examination.environ):
        yield Problem(
            "The desktop finds its proxy by a script (PAC), which a sign-in does not follow.",
            advice="Set HTTPS_PROXY to the proxy that the script names, or NO_PROXY to * where it "
            "names none.",
            is_warning=True,
        )


def kept_session(examination: Examination) -> Iterator[Looked]:
    """Yield secrets that were refused: they are not sent again until somebody signs in."""
    settings = examination.settings
    if settings is None:
        yield Skipped(UNREADABLE)
        return
    from aws_saml_ext.capture.refused_secrets import RefusedSecrets

    refused = RefusedSecrets(settings)
    for kind, setting in (("password", "saml_password_command"), ("code", "saml_mfa_command")):
        if refused.count("password" if kind == "password" else "code", settings.username):
            yield Problem(
                f"The identity provider refused the {kind} of {setting} or the keyring, so none is "
                "sent until somebody signs in.",
                command=hints.sign_in_command(examination.profile, "--sign-in", "terminal"),
                is_warning=True,
            )
    if not settings.keep_session:
        yield "saml_keep_session is off: every sign-in begins anew."


CHECKS: Mapping[str, Callable[[Examination], Iterator[Looked]]] = MappingProxyType(
    {
        "environment": environment,
        "stale-token": stale_token,
        "proxy": proxy,
        "proxy-script": proxy_script,
        "kept-session": kept_session,
    }
)
"""Every check by its name."""
