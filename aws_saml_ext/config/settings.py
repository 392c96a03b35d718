"""The settings of one sign-in, as values: parsed, typed, decided before any window opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from pathlib import Path

from aws_saml_ext.config.flows import Flow
from aws_saml_ext.errors import SamlLoginError
from aws_saml_ext.session_policies import NO_POLICIES, SessionPolicies

DEFAULT_PROFILE = "saml"
"""The profile of a sign-in that names none."""


class Browser(Enum):
    """The browsers that can be driven; `AUTO` takes the first one installed."""

    AUTO = "auto"
    CHROME = "chrome"
    CHROMIUM = "chromium"
    EDGE = "edge"
    FIREFOX = "firefox"


class Renewal(Enum):
    """The ways to use a kept session, as `saml_renewal` names them."""

    AUTO = "auto"
    """By requests with its cookies, and by a browser where these do not lead to the end."""
    BROWSER = "browser"


class Picker(Enum):
    """The forms of a choice at a terminal, as `saml_picker` names them."""

    AUTO = "auto"
    """A menu, where the terminal can show one."""
    LIST = "list"
    """A numbered list, which a screen reader can read."""


class StoreKind(Enum):
    """The stores that can keep a profile's credentials, as `saml_store` names them."""

    CREDENTIALS_FILE = "credentials-file"
    CREDENTIAL_PROCESS = "credential-process"
    """The cache: the SDKs run this program for them, which renews them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one sign-in, and the files that it reads and writes."""

    profile: str
    idp_name: str | None
    """The name of its `[saml-idp NAME]` section."""
    idp_url: str
    """The address that starts the sign-in; empty where `--assertion` replaces the browser."""
    role_arn: str | None
    """An ARN, a role name, a glob or a /regex/."""
    role_selection: int | None
    """The role's place in the assertion's list, from 0."""
    provider_arn: str | None
    session_duration: timedelta
    username: str | None
    password_command: tuple[str, ...] = field(repr=False)
    """A program and its arguments; empty for none."""
    mfa_command: tuple[str, ...] = field(repr=False)
    """A program and its arguments; empty for none."""
    answers: tuple[tuple[str, str], ...] = field(repr=False)
    """Pairs of a caption and the answer to its field; no secrets."""
    sign_in: Flow
    show_browser: bool
    save_page: Path | None
    """The file for the description of a page that is not understood."""
    browser: Browser
    browser_binary: Path | None
    browser_driver: Path | None
    browser_arguments: tuple[str, ...]
    console_command: tuple[str, ...]
    timeout: timedelta
    acs_url: str | None
    store: StoreKind
    keep_session: bool
    renewal: Renewal
    config_file: Path
    credentials_file: Path
    saml_folder: Path
    """`~/.aws/saml`: browser profiles, the cache, locks, the journal of `undo`."""
    session_policies: SessionPolicies = NO_POLICIES
    """The policies that bound the session."""
    profile_name: str = "{account}-{role}"
    """The template of the names of profiles that `--roles` makes."""
    picker: Picker = Picker.AUTO
    places: tuple[tuple[str, str], ...] = field(default=(), compare=False, repr=False)
    """See `place`."""
    browser_problems: tuple[SamlLoginError, ...] = field(default=(), compare=False)
    """The settings of the browser that cannot be used; they matter only where one is started."""
    password_command_url: str = ""
    """The address that `password_command` is for, where that is not `idp_url`."""
    mfa_command_url: str = ""
    """The address that `mfa_command` is for, where that is not `idp_url`."""
    fingerprint: bytes = field(default=b"", repr=False, compare=False)
    """
    The state of the files and the environment from before they were read.

    A cached answer is valid only as long as it does not change; see `fast_path`.
    """

    def place(self, name: str) -> str:
        """Return where a value comes from, for a message: `saml_timeout of profile dev`.

        An option is named as it is typed, `--timeout`.
        It is the name of the setting where the default, a question or a program gives the value.
        """
        return dict(self.places).get(name, name)

    def source(self, name: str) -> str:
        """Return the same to stand behind a value, ` (--timeout)`; empty without a place."""
        place = self.place(name)
        return f" ({place})" if place != name else ""
