"""
The one table of settings. botocore, the parser, the help and the README read it.

A row is a profile key, an environment variable and a flag: `saml_timeout`, `AWS_SAML_TIMEOUT`,
`--timeout`. It imports nothing, so that `--help` costs nothing.
"""

from __future__ import annotations


class Key:
    """One setting."""

    __slots__ = ("default", "env", "flag", "help", "metavar", "name", "value")

    def __init__(
        self,
        name: str,
        text: str,
        *,
        flag: str | None,
        default: str | None = None,
        metavar: str = "VALUE",
        value: str | None = None,
        stored: bool = True,
    ) -> None:
        self.name = name
        """The key in a profile, and the name of the option in the parser: `saml_timeout`."""
        self.help = text
        self.flag = flag
        """The option, `--timeout`, or None where a setting has none."""
        self.default = default
        self.metavar = metavar
        self.value = value
        """What the flag alone stands for, where it takes no value: `--use-browser`."""
        self.env = f"AWS_{name.upper()}" if stored else None
        """The environment variable, or None for a row that is an option only."""

    @property
    def in_profile(self) -> bool:
        """Whether a profile can hold it."""
        return self.env is not None


KEYS = (
    Key(
        "saml_idp",
        "name of a [saml-idp NAME] section of the config file",
        flag="--idp-nickname",
        metavar="NAME",
    ),
    Key(
        "saml_idp_url",
        "where the sign-in starts; https, or http on loopback",
        flag="--idp-url",
        metavar="URL",
    ),
    Key(
        "saml_role_arn",
        "the role: an ARN, a role name, a glob (*:role/Dev*) or /regex/",
        flag="--role-arn",
        metavar="ROLE",
    ),
    Key(
        "saml_role_selection",
        "the role by its number in the whole list, from 0",
        flag="--role-selection",
        metavar="N",
        stored=False,
    ),
    Key(
        "saml_provider_arn",
        "the SAML provider's ARN, where the assertion is encrypted",
        flag="--provider-arn",
        metavar="ARN",
    ),
    Key(
        "saml_session_duration",
        "seconds from 900 to 43200, or 1h, 12h, max",
        flag="--session-duration",
        default="3600",
        metavar="DURATION",
    ),
    Key(
        "saml_username",
        "typed for the person at the identity provider",
        flag="--username",
        metavar="NAME",
    ),
    Key(
        "saml_password_command",
        "a command whose first output line is the password; tried once, then asked",
        flag=None,
    ),
    Key(
        "saml_mfa_command",
        "the same for the one-time code",
        flag=None,
    ),
    Key(
        "saml_sign_in",
        "auto (kept session, then the terminal, then a window), window, terminal, "
        "or silent (never asks)",
        flag="--sign-in",
        default="auto",
        metavar="WAY",
    ),
    Key(
        "saml_use_browser",
        "type in the browser window: --sign-in window",
        flag="--use-browser",
        value="window",
        stored=False,
    ),
    Key(
        "saml_show_browser",
        "show the window whatever the way",
        flag="--show-browser",
        value="true",
        stored=False,
    ),
    Key(
        "saml_browser",
        "auto, chrome, chromium, edge or firefox",
        flag="--browser",
        default="auto",
        metavar="BROWSER",
    ),
    Key(
        "saml_browser_binary",
        "path of the browser, where the search finds none",
        flag="--browser-binary",
        metavar="PATH",
    ),
    Key(
        "saml_browser_driver",
        "path of its WebDriver, where the search finds none",
        flag="--browser-driver",
        metavar="PATH",
    ),
    Key(
        "saml_browser_arguments",
        "more switches of that browser's own, shell-quoted",
        flag=None,
    ),
    Key(
        "saml_timeout",
        "seconds for the whole sign-in",
        flag="--timeout",
        default="600",
        metavar="SECONDS",
    ),
    Key(
        "saml_acs_url",
        "a sign-in address besides AWS's own (test stacks); https, or http on loopback",
        flag="--acs-url",
        metavar="URL",
    ),
    Key(
        "saml_store",
        "credentials-file, or credential-process (a cache that every SDK renews)",
        flag="--store",
        default="credentials-file",
        metavar="STORE",
    ),
    Key(
        "saml_keep_session",
        "true: the identity provider's cookies stay in a browser profile of ours, "
        "one per address and username",
        flag="--no-keep-session",
        default="true",
        value="false",
    ),
)

IDP_SECTION = "saml-idp"
"""Sections `[saml-idp NAME]` of the config file hold keys that several profiles share."""
