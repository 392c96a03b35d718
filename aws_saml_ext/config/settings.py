"""What a profile says about signing in: read through botocore's own chain, parsed once."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from aws_saml_ext.config.table import IDP_SECTION, KEYS, Key
from aws_saml_ext.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from botocore.session import Session

T = TypeVar("T")

DEFAULT_PROFILE = "saml"
SHORTEST, LONGEST = timedelta(seconds=900), timedelta(seconds=43200)
"""What STS takes as DurationSeconds (API reference of AssumeRoleWithSAML)."""


class SignInWay(Enum):
    """How much of a sign-in a person sees."""

    AUTO = "auto"
    WINDOW = "window"
    TERMINAL = "terminal"
    SILENT = "silent"


class Browser(Enum):
    """The browsers that can be driven; `AUTO` takes the first that is there."""

    AUTO = "auto"
    CHROME = "chrome"
    CHROMIUM = "chromium"
    EDGE = "edge"
    FIREFOX = "firefox"


class StoreAt(Enum):
    """Where the keys of a profile are kept."""

    CREDENTIALS_FILE = "credentials-file"
    CREDENTIAL_PROCESS = "credential-process"
    """In the cache: the SDKs run this program for them, which renews them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One sign-in, fully decided before any window opens."""

    profile: str
    idp_name: str | None
    """The name of its `[saml-idp NAME]` section."""
    idp_url: str
    """Where the sign-in starts; empty when a SAMLResponse is given instead of a browser."""
    role_arn: str | None
    """An ARN, a role name, a glob or a /regex/."""
    role_selection: int | None
    provider_arn: str | None
    session_duration: timedelta
    username: str | None
    password_command: tuple[str, ...] = field(repr=False)
    mfa_command: tuple[str, ...] = field(repr=False)
    """Empty, or a program and its arguments."""
    sign_in: SignInWay
    show_browser: bool
    browser: Browser
    browser_binary: Path | None
    browser_driver: Path | None
    browser_arguments: tuple[str, ...]
    timeout: timedelta
    acs_url: str | None
    store: StoreAt
    keep_session: bool
    config_file: Path
    credentials_file: Path
    saml_folder: Path
    """`~/.aws/saml`: kept browser profiles, the cache, locks, what `undo` needs."""


def declare(session: Session, *, environ: Mapping[str, str] = os.environ) -> None:
    """
    Teach `session` our keys: flag, environment, profile, IdP section, default, in that order.

    The value of a flag is set with `session.set_config_variable(name, value)`.

    A nickname that is given by flag or environment is meant for this once: what the IdP section of
    that name says of the address and the username comes before what the profile says, and the
    profile's own address is not used.
    """
    from botocore.configprovider import ChainProvider

    store = session.get_component("config_store")
    for key in KEYS:
        session.session_var_map[key.name] = (
            key.name if key.in_profile else None,
            key.env,
            key.default,
            None,
        )
        # botocore's own chain, but for two things: an empty variable counts as unset, and the
        # IdP section stands between the profile and the default.
        providers: Any = [_Source(read) for _, read in _sources(session, key, environ)]
        chain = ChainProvider(providers)
        store.set_config_provider(key.name, chain)


def _sources(
    session: Session, key: Key, environ: Mapping[str, str]
) -> list[tuple[str, Callable[[], str | None]]]:
    """Where a key may stand, first come first served: how the user wrote it, and its value."""
    # Not `session.profile`: it would be that one from now on, and a program may yet choose another.
    profile = session.get_config_variable("profile") or "default"
    in_profile = f"{key.name} of profile {profile}"
    in_section = f"{key.name} of its IdP section"

    def of_flag() -> str | None:
        return session.instance_variables().get(key.name)

    def of_environment() -> str | None:
        return environ.get(key.env or "") or None

    def of_profile() -> str | None:
        if key.name == "saml_idp_url" and nickname_is_given():
            return None
        return plain(session.get_scoped_config().get(key.name), in_profile)

    def of_section() -> str | None:
        name = session.get_config_variable("saml_idp")
        section = idp_sections(session).get(name, {}) if name else {}
        return plain(section.get(key.name), in_section)

    def of_section_that_is_given() -> str | None:
        return of_section() if nickname_is_given() else None

    def nickname_is_given() -> bool:
        return bool(session.instance_variables().get("saml_idp") or environ.get("AWS_SAML_IDP"))

    sources = [(key.flag or key.name, of_flag)]
    if key.env is not None:
        sources.append((key.env, of_environment))
        if key.name in ("saml_idp_url", "saml_username"):
            sources.append((in_section, of_section_that_is_given))
        sources.append((in_profile, of_profile))
        if key.name != "saml_idp":
            sources.append((in_section, of_section))
    return [*sources, (f"the default of {key.name}", lambda: key.default)]


class _Source:
    """One of them, in the shape of botocore's configuration providers."""

    def __init__(self, provide: Callable[[], str | None]) -> None:
        self.provide = provide


def plain(value: object, written: str) -> str | None:
    """
    A value of the config file; None where it is missing or empty.

    Raises:
        ConfigError: it is nested (`key =` and indented lines), named as the user wrote it.
    """
    if isinstance(value, dict):
        raise ConfigError(
            f"{written} is not usable: its value stands on indented lines below it.",
            hint="Write the two on one line.",
        )
    return value if isinstance(value, str) and value else None


def idp_sections(session: Session) -> dict[str, dict[str, Any]]:
    """The `[saml-idp NAME]` sections of the config file, by name."""
    found = {}
    for section, values in session.full_config.items():
        if not section.startswith(IDP_SECTION) or not isinstance(values, dict):
            continue
        try:
            parts = shlex.split(section)
        except ValueError:
            continue
        if len(parts) == 2 and parts[0] == IDP_SECTION:
            found[parts[1]] = values
    return found


def idp_section_name(name: str) -> str:
    """The header of an IdP section: `saml-idp corp`, quoted where botocore needs it."""
    return f"{IDP_SECTION} {shlex.quote(name)}"


def resolve(
    session: Session,
    *,
    environ: Mapping[str, str] = os.environ,
    idp_needed: bool = True,
    home: Path | None = None,
) -> Settings:
    """
    Read every key once. What cannot be used is named as the user wrote it.

    Raises:
        UsageError: the value of an option makes no sense.
        ConfigError: one of the environment or the config file cannot be used.
    """
    read = _Reader(session, environ)
    profile = session.profile or "default"
    if not profile.strip() or not profile.isprintable() or profile == "DEFAULT":
        raise ConfigError(
            f"No profile can be called {shown(profile)}.",
            hint="Give it another name in --profile, AWS_PROFILE or AWS_DEFAULT_PROFILE",
        )
    nickname = read("saml_idp", _one_line)
    way = SignInWay.WINDOW if read("saml_use_browser", str) else None
    settings = Settings(
        profile=profile,
        idp_name=nickname,
        idp_url=read("saml_idp_url", web_address) or "",
        role_arn=read("saml_role_arn", role_pattern),
        role_selection=read("saml_role_selection", _number),
        provider_arn=read("saml_provider_arn", _provider_arn),
        session_duration=read.required("saml_session_duration", session_duration),
        username=read("saml_username", _one_line),
        password_command=read("saml_password_command", _command) or (),
        mfa_command=read("saml_mfa_command", _command) or (),
        sign_in=way or read.required("saml_sign_in", _one_of(SignInWay)),
        show_browser=bool(read("saml_show_browser", str)),
        browser=read.required("saml_browser", _one_of(Browser)),
        browser_binary=read("saml_browser_binary", _program),
        browser_driver=read("saml_browser_driver", _program),
        browser_arguments=read("saml_browser_arguments", _browser_arguments) or (),
        timeout=read.required("saml_timeout", _seconds),
        acs_url=read("saml_acs_url", web_address),
        store=read.required("saml_store", _one_of(StoreAt)),
        keep_session=read.required("saml_keep_session", _truth),
        config_file=_path(session.get_config_variable("config_file")),
        credentials_file=_path(session.get_config_variable("credentials_file")),
        saml_folder=saml_folder(home),
    )
    if idp_needed and not settings.idp_url and nickname:
        raise ConfigError(
            f"{read.written('saml_idp')} names the identity provider {nickname!r}, "
            f"and no section [{idp_section_name(nickname)}] of the config file has its address.",
            hint=f"aws-saml-login install --profile {shlex.quote(profile)} "
            f"--idp-nickname {shlex.quote(nickname)} --idp-url URL",
        )
    if idp_needed and not settings.idp_url:
        raise ConfigError(
            f"No identity provider is known for profile {profile}: saml_idp_url is not set.",
            hint="aws configure set saml_idp_url URL --profile " + shlex.quote(profile),
        )
    return settings


def saml_folder(home: Path | None = None) -> Path:
    """`~/.aws/saml`, wherever AWS_CONFIG_FILE points: as fixed as the alias file of the CLI."""
    return (home or Path.home()) / ".aws" / "saml"


class _Reader:
    """Reads one key after the other, and says by which name a bad one was written."""

    def __init__(self, session: Session, environ: Mapping[str, str]) -> None:
        self._session = session
        self._environ = environ
        self._keys = {key.name: key for key in KEYS}

    def __call__(self, name: str, parse: Callable[[str], T]) -> T | None:
        value = self._session.get_config_variable(name)
        if value is None:
            return None
        try:
            return parse(value)
        except ValueError as error:
            written = self.written(name)
            kind = UsageError if written.startswith("--") else ConfigError
            raise kind(f"{written} is not usable: {error}.", hint="aws saml-login help") from None

    def required(self, name: str, parse: Callable[[str], T]) -> T:
        value = self(name, parse)
        if value is None:  # the table gives it a default
            raise AssertionError(name)
        return value

    def written(self, name: str) -> str:
        """`--timeout`, `AWS_SAML_TIMEOUT`, or `saml_timeout of profile dev`."""
        for written, provide in _sources(self._session, self._keys[name], self._environ):
            if provide() is not None:
                return written
        return name


# ---- the values; each raises ValueError with the end of a sentence ----


def web_address(value: str) -> str:
    """An https address, or http on loopback; nothing else may carry a sign-in."""
    try:
        parts = urlsplit(value)
        port_is_usable = parts.port is None or parts.port > 0
    except ValueError:
        port_is_usable, parts = False, SplitResult("", "", "", "", "")
    if "@" in parts.netloc:
        raise ValueError("a web address with a user name or password in it is refused")
    if parts.scheme not in {"https", "http"} or not parts.hostname or not port_is_usable:
        raise ValueError(f"{shown(value)} is not a web address (https://…)")
    if any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError("a web address has no white space")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(f"{shown(value)} is http, which is for loopback only; use https")
    return value


def is_loopback(host: str) -> bool:
    """Whether a host of an address is this very machine."""
    import ipaddress

    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def session_duration(value: str) -> timedelta:
    """Seconds, `90m`, `12h` or `max`: 15 minutes to 12 hours."""
    text = value.strip().lower()
    if text == "max":
        return LONGEST
    match = re.fullmatch(r"(\d{1,6})([smh]?)", text, re.ASCII)
    if match is None:
        raise ValueError(f"{shown(value)} is not a number of seconds, 1h, 12h or max")
    unit = {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]
    length = timedelta(seconds=int(match[1]) * unit)
    if not SHORTEST <= length <= LONGEST:
        raise ValueError(f"{shown(value)} is not from 900 to 43200 seconds (15 minutes to 12h)")
    return length


def role_pattern(value: str) -> str:
    """An ARN, a name, a glob, or a /regex/ that can be compiled."""
    text = _one_line(value.strip())
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        try:
            re.compile(text[1:-1])
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"{shown(value)} is not a regular expression: {error}") from None
        if len(text) > 500 or re.search(r"(?<!\\)\)[*+{]", text):
            # Such a one can take for ever on a name that nearly fits: (a+)+ and its like.
            raise ValueError(f"{shown(value)} repeats a group, or is too long")
    if text.startswith("arn:") and ":saml-provider/" in text:
        raise ValueError(f"{shown(value)} is a SAML provider, not a role")
    return text


def _seconds(value: str) -> timedelta:
    if not re.fullmatch(r"\d{1,6}", value, re.ASCII) or not int(value):
        raise ValueError(f"{shown(value)} is not a number of seconds")
    return timedelta(seconds=int(value))


def _number(value: str) -> int:
    if not re.fullmatch(r"\d{1,6}", value, re.ASCII):
        raise ValueError(f"{shown(value)} is not a number")
    return int(value)


def _provider_arn(value: str) -> str:
    if not re.fullmatch(r"arn:[\w-]+:iam::\d{12}:saml-provider/[\w.-]{1,128}", value, re.ASCII):
        raise ValueError(f"{shown(value)} is not the ARN of a SAML provider")
    return value


def _one_line(value: str) -> str:
    if any(not character.isprintable() for character in value):
        raise ValueError("it has characters that cannot be printed")
    return value


def _command(value: str) -> tuple[str, ...]:
    return _words(value)


def _words(value: str) -> tuple[str, ...]:
    try:
        if os.name != "nt":
            return tuple(shlex.split(value))
        # A backslash is no escape there; the quotes around a word stay on it.
        return tuple(word.strip('"') for word in shlex.split(value, posix=False))
    except ValueError as error:
        # The error of shlex quotes nothing, and the value may hold a secret.
        raise ValueError(f"its quotes do not close ({error})") from None


def _one_of(kind: type[T]) -> Callable[[str], T]:
    def parse(value: str) -> T:
        try:
            return kind(value.strip().lower())  # type: ignore[call-arg]
        except ValueError:
            names = ", ".join(member.value for member in kind)  # type: ignore[attr-defined]
            raise ValueError(f"{shown(value)} is none of {names}") from None

    return parse


def _truth(value: str) -> bool:
    known = {"true": True, "yes": True, "on": True, "1": True}
    known |= {"false": False, "no": False, "off": False, "0": False}
    try:
        return known[value.strip().lower()]
    except KeyError:
        raise ValueError(f"{shown(value)} is neither true nor false") from None


def _path(value: str) -> Path:
    # Not that of pathlib, which raises RuntimeError where nobody is called so: ~nosuchuser/x.
    return Path(os.path.expanduser(value))  # noqa: PTH111


def _program(value: str) -> Path:
    path = _path(value)
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    if not os.access(path, os.X_OK):
        raise ValueError(f"{path} is not a program")
    return path


# What would undo the capture, the browser's own checks or its kept profile, or write down what is
# typed, by the names of the switches. Without their dashes: browsers take one dash for two.
_REFUSED_SWITCHES = """
    proxy-* no-proxy-server winhttp-proxy-resolver host-resolver-rules host-rules
    ignore-certificate-errors* allow-insecure-localhost test-type unsafely-* disable-web-security
    remote-debugging-* remote-allow-* start-debugger-server* jsdebugger* user-data-dir
    profile-directory ssl-key-log-file log-net-log net-log-* enable-logging* log-file
    enable-automation load-extension headless profile p new-instance marionette*
    allow-running-insecure-content app app-* incognito inprivate guest private*
    auto-open-devtools-for-tabs custom-devtools-frontend devtools* jsconsole
    profilemanager createprofile moz_log*
""".split()


def _browser_arguments(value: str) -> tuple[str, ...]:
    words = _words(value)
    for word in words:
        if not word.startswith("-"):
            raise ValueError(f"{shown(word)} is not a switch (--…)")
        name = word.partition("=")[0].lower()
        if any(fnmatchcase(name.lstrip("-"), refused) for refused in _REFUSED_SWITCHES):
            raise ValueError(f"{name} would undo what this program must be sure of")
    return words


def shown(value: str) -> str:
    """A value as it may stand in a message: quoted, printable and short."""
    return repr(value if len(value) <= 80 else value[:77] + "…")
