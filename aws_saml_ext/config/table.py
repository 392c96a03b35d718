"""The table of settings, which botocore, the parser, the help and the README read.

A row is a profile key, an environment variable and an option: `saml_timeout`, `AWS_SAML_TIMEOUT`,
`--timeout`. The module imports nothing, so that `--help` stays fast.
"""

from __future__ import annotations


class Setting:
    """One row of the table."""

    __slots__ = ("default", "env", "flag", "flag_help", "help", "metavar", "name", "value")

    def __init__(
        self,
        name: str,
        text: str,
        *,
        flag: str | None,
        flag_help: str | None = None,
        default: str | None = None,
        metavar: str = "VALUE",
        value: str | None = None,
        stored: bool = True,
    ) -> None:
        """Take the columns of one row; `stored` tells whether a profile can hold it."""
        self.name = name
        """The key in a profile, and the name of the option in the parser: `saml_timeout`."""
        self.help = text
        self.flag = flag
        """The option, `--timeout`, or None where a setting has none."""
        self.flag_help = flag_help or text
        """The help of the option, where it means another thing than the setting."""
        self.default = default
        self.metavar = metavar
        self.value = value
        """The value that an option without one stands for: `--use-browser`."""
        self.env = f"AWS_{name.upper()}" if stored else None
        """The environment variable, or None for a row that is an option only."""

    @property
    def in_profile(self) -> bool:
        """True if a profile can hold it."""
        return self.env is not None


SETTINGS = (
    Setting(
        "saml_idp",
        "nickname: a [saml-idp NAME] section of the config file",
        flag="--idp-nickname",
        metavar="NAME",
    ),
    Setting(
        "saml_idp_url",
        "address that starts the sign-in; https, or http on loopback",
        flag="--idp-url",
        metavar="URL",
    ),
    Setting(
        "saml_role_arn",
        "role to assume: an ARN, a role name, a glob (*:role/Dev*) or /regex/",
        flag="--role-arn",
        metavar="ROLE",
    ),
    Setting(
        "saml_role_selection",
        "role by its number in the whole list, from 0",
        flag="--role-selection",
        metavar="N",
        stored=False,
    ),
    Setting(
        "saml_provider_arn",
        "ARN of the SAML provider: for an encrypted assertion, or a role of several providers",
        flag="--provider-arn",
        metavar="ARN",
    ),
    Setting(
        "saml_session_duration",
        "session duration: seconds from 900 to 43200, or 1h, 12h, max",
        flag="--session-duration",
        default="3600",
        metavar="DURATION",
    ),
    Setting(
        "saml_policy_arns",
        "managed policies that bound the session, by comma: ARNs, or names of AWS's own such as "
        "ReadOnlyAccess",
        flag="--policy-arns",
        metavar="POLICIES",
    ),
    Setting(
        "saml_policy",
        "inline policy that bounds the session: JSON, or file://PATH",
        flag="--policy",
        metavar="POLICY",
    ),
    Setting(
        "saml_username",
        "username at the identity provider",
        flag="--username",
        metavar="NAME",
    ),
    Setting(
        "saml_password_command",
        "command that prints the password on its first line; a refused one is asked for",
        flag=None,
    ),
    Setting(
        "saml_mfa_command",
        "command that prints the one-time code on its first line",
        flag=None,
    ),
    Setting(
        "saml_answers",
        "answers to other fields of its pages, by their captions: Company ID = globex; Area = EMEA",
        flag=None,
    ),
    Setting(
        "saml_sign_in",
        "auto (kept session, then terminal, then window), window, terminal, or silent (never asks)",
        flag="--sign-in",
        default="auto",
        metavar="WAY",
    ),
    Setting(
        "saml_use_browser",
        "sign in in a browser window: --sign-in window",
        flag="--use-browser",
        value="window",
        stored=False,
    ),
    Setting(
        "saml_show_browser",
        "show the browser window in every case",
        flag="--show-browser",
        value="true",
        stored=False,
    ),
    Setting(
        "saml_save_page",
        "file for a page that is not understood, without names and values; asks before it writes",
        flag="--save-page",
        metavar="FILE",
        stored=False,
    ),
    Setting(
        "saml_browser",
        "auto, chrome, chromium, edge or firefox",
        flag="--browser",
        default="auto",
        metavar="BROWSER",
    ),
    Setting(
        "saml_browser_binary",
        "path of the browser, if it is not found",
        flag="--browser-binary",
        metavar="PATH",
    ),
    Setting(
        "saml_browser_driver",
        "path of its WebDriver, if it is not found",
        flag="--browser-driver",
        metavar="PATH",
    ),
    Setting(
        "saml_browser_arguments",
        "more switches for the browser, shell-quoted",
        flag=None,
    ),
    Setting(
        "saml_picker",
        "auto (a menu where the terminal can show one), or list (numbered, as for screen readers)",
        flag=None,
        default="auto",
    ),
    Setting(
        "saml_console_command",
        "command that opens the console: {url} or {quoted_url}, {profile}, {account}, {role}",
        flag=None,
    ),
    Setting(
        "saml_timeout",
        "seconds for the whole sign-in",
        flag="--timeout",
        default="600",
        metavar="SECONDS",
    ),
    Setting(
        "saml_acs_url",
        "sign-in address besides AWS's own (test stacks); https, or http on loopback",
        flag="--acs-url",
        metavar="URL",
    ),
    Setting(
        "saml_store",
        "credentials-file, or credential-process (a cache that every SDK renews)",
        flag="--store",
        default="credentials-file",
        metavar="STORE",
    ),
    Setting(
        "saml_profile_name",
        "names of the profiles that --roles makes: a template with {account}, {name} (of the "
        "account), {role}, {path}, {provider}, {partition}, {user}",
        flag="--profile-name",
        default="{account}-{role}",
        metavar="TEMPLATE",
    ),
    Setting(
        "saml_keep_session",
        "whether to keep the identity provider's session between sign-ins, "
        "in a browser profile for each address and username",
        flag="--no-keep-session",
        flag_help="do not keep the identity provider's session between sign-ins",
        default="true",
        value="false",
    ),
    Setting(
        "saml_renewal",
        "auto (a kept session is replayed without a browser where its cookies are enough), "
        "or browser",
        flag="--renewal",
        default="auto",
        metavar="WAY",
    ),
)

IDP_SECTION = "saml-idp"
"""The kind of section `[saml-idp NAME]`, which holds settings that several profiles share."""
