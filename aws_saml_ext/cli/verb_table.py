"""The verbs of the command; the parser reads this table."""

from __future__ import annotations

from aws_saml_ext.config.table import SETTINGS

TYPE_CHECKING = False  # `typing` takes longer to import than all of this module
if TYPE_CHECKING:
    from collections.abc import Sequence


class Verb:
    """One verb of the command."""

    __slots__ = (
        *("about", "below_aws", "changes_files", "examples", "module", "name", "options"),
        *("operand", "operands", "options_class", "settings", "signs_in", "takes_command"),
        "used_globals",
    )

    def __init__(
        self,
        name: str,
        about: str,
        *,
        module: str,
        settings: Sequence[str] = (),
        options: Sequence[str] = (),
        options_class: str = "Options",
        used_globals: Sequence[str] = (),
        examples: Sequence[tuple[str, Sequence[str]]] = (),
        below_aws: bool = True,
        signs_in: bool = False,
        operand: str = "",
        operands: str = "",
        takes_command: bool = False,
        changes_files: bool = True,
    ) -> None:
        """Take the verb's name, its help line, and what it needs."""
        self.name = name
        """The word on the command line; empty for the sign-in."""
        self.about = about
        self.module = module
        """The module of `cli.verbs` whose `run` does it."""
        self.settings = settings
        """The settings that it takes as options."""
        self.options = options
        """The options of `OPTIONS` that it takes besides."""
        self.options_class = options_class
        """The class in its module that holds these options."""
        self.used_globals = (*used_globals, "quiet", "log_level", "log_file", "debug")
        """The options of `GLOBALS` that change what it does; the help shows no others."""
        self.examples = examples
        """Uses of it, each with the words behind the verb."""
        self.below_aws = below_aws
        """True if it also takes the options that the `aws` above us kept."""
        self.changes_files = changes_files
        """False for a verb that leaves every file as it is."""
        self.signs_in = signs_in
        """True if it handles passwords and assertions."""
        self.operand = operand
        """The field of its class for words that are no options; empty where it takes none."""
        self.operands = operands
        """The words behind its options, as the help shows them."""
        self.takes_command = takes_command
        """True if it takes a command behind `--`, which is not ours to read."""


_ALL_SETTINGS = tuple(setting.name for setting in SETTINGS)
_ROLE_SETTINGS = (
    *("saml_role_arn", "saml_role_selection", "saml_session_duration"),
    *("saml_policy_arns", "saml_policy"),
)
_IDP_SETTINGS = ("saml_idp", "saml_idp_url", "saml_username")

_SETTINGS_OF_CHECKS = tuple(name for name in _ALL_SETTINGS if name != "saml_profile_name")
_SETTINGS_OF_PROGRAMS = tuple(
    name for name in _ALL_SETTINGS if name not in {"saml_store", "saml_profile_name"}
)

_STS_OPTIONS = ("region", "endpoint_url", "ca_bundle")
_TIMEOUTS = ("verify_ssl", "cli_read_timeout", "cli_connect_timeout")
_DATA = ("output", "query", "color", "cli_pager")
_DEV = ("--profile", "dev")
_IDP = ("--idp-url", "https://idp.example.com/aws")

VERBS = (
    Verb(
        "",
        "sign in at your identity provider, choose a role, store its credentials in the profile",
        module="sign_in",
        settings=_ALL_SETTINGS,
        options=(
            "assertion",
            "check",
            "clean",
            "force",
            "use_stored",
            "watch",
            "overwrite",
            "accept_issuer",
            "dry_run",
            "every_profile",
            "role_patterns",
        ),
        options_class="SignInOptions",
        used_globals=("profile", *_STS_OPTIONS, *_TIMEOUTS, *_DATA),
        examples=(
            ("Sign in to a profile", _DEV),
            ("Sign in as somebody else", (*_DEV, "--clean")),
            ("Renew the credentials as long as this runs", (*_DEV, "--watch")),
            ("Let every SDK renew them", (*_DEV, "--store", "credential-process")),
            ("Renew every profile with one sign-in", ("--all",)),
            ("Make a profile for each role", ("--roles", "all", *_DEV)),
        ),
        signs_in=True,
    ),
    Verb(
        "configure",
        "write the settings of a profile, from options or by asking",
        module="configure",
        settings=tuple(setting.name for setting in SETTINGS if setting.in_profile and setting.flag),
        options=("source", "like", "overwrite", "dry_run"),
        options_class="ConfigureOptions",
        used_globals=("profile", *_STS_OPTIONS, "output"),
        examples=(
            ("Answer questions", _DEV),
            ("Set the address of the identity provider", (*_DEV, *_IDP)),
            ("Take over the settings of other tools", ("--from", "all", "--dry-run")),
            (
                "Make a second profile, whose sessions may do less",
                ("--profile", "ro", "--like", "dev", "--policy-arns", "SecurityAudit"),
            ),
        ),
    ),
    Verb(
        "roles",
        "sign in and list the roles that are offered, without a request to AWS",
        module="roles",
        settings=tuple(
            name
            for name in _ALL_SETTINGS
            if name not in (*_ROLE_SETTINGS, "saml_store", "saml_profile_name")
        ),
        options=("assertion", "clean", "names", "force"),
        options_class="RolesOptions",
        used_globals=("profile", *_STS_OPTIONS, *_TIMEOUTS, *_DATA),
        examples=(
            ("List the roles of a profile", _DEV),
            ("Learn the names of their accounts", (*_DEV, "--names")),
            ("Print their ARNs only", (*_DEV, "--query", "Roles[].RoleArn", "--output", "text")),
        ),
        signs_in=True,
    ),
    Verb(
        "status",
        "show the stored credentials, their roles and when they expire",
        module="status",
        options=("short",),
        options_class="StatusOptions",
        used_globals=("profile", *_DATA),
        examples=(("All profiles", ()), ("One profile, for a script", (*_DEV, "--output", "json"))),
    ),
    Verb(
        "logout",
        "remove the stored credentials of a profile; the identity provider's session stays",
        module="logout",
        settings=_IDP_SETTINGS,
        options=("all_profiles", "forget_idp_session", "forget_password"),
        options_class="LogoutOptions",
        used_globals=("profile",),
        examples=(
            ("Remove the credentials", _DEV),
            ("Also end the session on this machine", (*_DEV, "--forget-idp-session")),
            ("Everything", ("--all", "--forget-idp-session")),
        ),
    ),
    Verb(
        "exec",
        "run a command with fresh credentials in its environment; nothing is stored in the profile",
        module="exec",
        settings=_SETTINGS_OF_PROGRAMS,
        options_class="ExecOptions",
        used_globals=("profile", *_STS_OPTIONS, *_TIMEOUTS),
        examples=(
            ("Run a command", (*_DEV, "--", "terraform", "plan")),
            ("Start a shell", (*_DEV, "--", "bash")),
            ("Run it in another region", (*_DEV, "--region", "eu-west-1", "--", "aws", "s3", "ls")),
        ),
        signs_in=True,
        operand="command",
        operands="-- COMMAND [ARG ...]",
        takes_command=True,
    ),
    Verb(
        "env",
        "print fresh credentials as assignments for a shell; nothing is stored in the profile",
        module="env",
        settings=_SETTINGS_OF_PROGRAMS,
        options=("format",),
        options_class="EnvOptions",
        used_globals=("profile", *(name for name in _STS_OPTIONS if name != "region"), *_TIMEOUTS),
        examples=(
            ("Set them in this shell", _DEV),
            ("In PowerShell", (*_DEV, "--format", "powershell")),
            ("As JSON", (*_DEV, "--format", "process")),
        ),
        signs_in=True,
    ),
    Verb(
        "doctor",
        "say why a sign-in will not work, and what to type; changes nothing",
        module="doctor",
        settings=_SETTINGS_OF_CHECKS,
        options=("assertion", "fresh", "offline"),
        options_class="DoctorOptions",
        used_globals=("profile", *_STS_OPTIONS, *_TIMEOUTS, *_DATA),
        examples=(
            ("Check machine, settings and network", _DEV),
            ("Also sign in, and check the assertion", (*_DEV, "--fresh")),
            ("Check an assertion of somebody else", (*_DEV, "--assertion", "saml.txt")),
        ),
        signs_in=True,
        changes_files=False,
    ),
    Verb(
        "bug-report",
        "write what `doctor --fresh --debug` tells to a file, once you have read it",
        module="bug_report",
        settings=_SETTINGS_OF_CHECKS,
        options=("assertion", "offline", "report_file"),
        options_class="BugReportOptions",
        used_globals=("profile", *_STS_OPTIONS, *_TIMEOUTS, "cli_pager"),
        examples=(
            ("Sign in, and write a report about it", _DEV),
            ("Without a sign-in and a network", (*_DEV, "--offline")),
        ),
        signs_in=True,
        changes_files=False,
    ),
    Verb(
        "console",
        "open the AWS console as the role of a profile; nothing is stored in the profile",
        module="console",
        settings=_SETTINGS_OF_PROGRAMS,
        options=("print", "destination", "console_duration"),
        options_class="ConsoleOptions",
        used_globals=("profile", *_STS_OPTIONS, *_TIMEOUTS),
        examples=(
            ("Open it", _DEV),
            ("Open a service", ("s3", *_DEV)),
            ("Print the address for another browser", (*_DEV, "--print")),
        ),
        signs_in=True,
        operand="service",
        operands="[SERVICE]",
    ),
    Verb(
        "store",
        "store credentials that another machine has printed, from standard input",
        module="store",
        options=("overwrite", "dry_run"),
        options_class="StoreOptions",
        used_globals=("profile", *_STS_OPTIONS, *_TIMEOUTS),
        examples=(
            ("What `env --format process` has printed elsewhere", _DEV),
            ("See what would be stored", (*_DEV, "--dry-run")),
        ),
        signs_in=True,
    ),
    Verb(
        "credential-process",
        "print credentials as JSON, for SDKs that run `credential_process`",
        module="credential_process",
        used_globals=("profile",),
        examples=(("As a profile's credential_process calls it", _DEV),),
        below_aws=False,
        signs_in=True,
    ),
    Verb(
        "undo",
        "undo the last change of the credentials and config files",
        module="undo",
        options=("dry_run",),
        options_class="UndoOptions",
        used_globals=("profile",),
        examples=(("See what would be undone", ("--dry-run",)), ("Undo it", ())),
    ),
    Verb(
        "install",
        "write the alias `aws saml-login`, and with --profile also the profile",
        module="install",
        settings=tuple(setting.name for setting in SETTINGS if setting.in_profile and setting.flag),
        options=("completion", "overwrite"),
        options_class="InstallOptions",
        used_globals=("profile", *_STS_OPTIONS, "output"),
        examples=(("Write the alias", ()), ("Also write a profile", (*_DEV, *_IDP))),
    ),
    Verb(
        "uninstall",
        "remove everything that install added",
        module="uninstall",
        examples=(("Remove the alias and the profile", ()),),
    ),
    Verb(
        "completion",
        "print the completion script of bash, zsh, fish or powershell",
        module="completion",
        options_class="CompletionOptions",
        operand="shell",
        operands="SHELL",
        examples=(("Of bash", ("bash",)),),
    ),
    Verb(
        "demo",
        "run an identity provider and an AWS on loopback, until Ctrl-C",
        module="demo",
        options=("idp_port", "aws_port", "throttle"),
        options_class="DemoOptions",
        examples=(("Run both on free ports", ()), ("Choose a port", ("--idp-port", "8080"))),
    ),
)
