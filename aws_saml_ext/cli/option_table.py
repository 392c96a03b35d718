"""The options that are no settings, those of some verbs and those of all; the parser reads them."""

from __future__ import annotations

import argparse

from aws_saml_ext.text import quoted

TYPE_CHECKING = False  # `typing` takes longer to import than all of this module
if TYPE_CHECKING:
    Keywords = dict[str, object]
    """Arguments of `ArgumentParser.add_argument`."""


def _port(text: str) -> int:
    if not text.isdecimal() or len(text) > 5 or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"must be a port from 0 to 65535, not {quoted(text)}")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 4:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 9999, not {quoted(text)}")
    return int(text)


class _OneOf:
    """The parser of an option whose value is one of some words."""

    __slots__ = ("names",)

    def __init__(self, *names: str) -> None:
        self.names = names
        """The words, which shells complete."""

    def __call__(self, text: str) -> str:
        if text not in self.names:
            message = f"must be one of {', '.join(self.names)}, not {quoted(text)}"
            raise argparse.ArgumentTypeError(message)
        return text


OPTIONS: dict[str, tuple[str, Keywords]] = {
    "assertion": (
        "--assertion",
        {
            "metavar": "FILE|-",
            "help": "use this SAMLResponse (base64, the posted form, or XML) and no browser",
        },
    ),
    "check": (
        "--check",
        {"action": "store_true", "help": "call GetCallerIdentity and ListBuckets afterwards"},
    ),
    "clean": (
        "--clean",
        {
            "action": "store_true",
            "help": "first forget the kept session and password of this identity provider",
        },
    ),
    "force": (
        "--force",
        {
            "action": "store_true",
            "help": "renew credentials that are still valid; with --names, ask all accounts again",
        },
    ),
    "names": (
        "--names",
        {"action": "store_true", "help": "ask each account for its alias, with one of its roles"},
    ),
    "use_stored": (
        "--use-stored",
        {
            "action": "store_true",
            "help": "use the remembered password and the previous role, without a question",
        },
    ),
    "watch": (
        "--watch",
        {
            "action": "store_true",
            "help": "stay, and renew the credentials before they expire, until Ctrl-C",
        },
    ),
    "overwrite": (
        "--overwrite",
        {
            "action": "store_true",
            "help": "replace credentials or settings that this program did not write",
        },
    ),
    "accept_issuer": (
        "--accept-issuer",
        {
            "action": "store_true",
            "help": "accept an assertion of another issuer, account or SAML provider than before",
        },
    ),
    "completion": (
        "--completion",
        {"action": "store_true", "help": "also write the completion of your shells"},
    ),
    "dry_run": (
        "--dry-run",
        {"action": "store_true", "help": "print the changes of the files, and make none"},
    ),
    "short": (
        "--short",
        {
            "action": "store_true",
            "help": "print one word for a shell's prompt, such as Admin:47m, of one profile",
        },
    ),
    "source": (
        "--from",
        {
            "metavar": "TOOL|FILE",
            "help": "take over the settings of saml2aws, aws-adfs, aws-azure-login, okta-aws-cli, "
            "gimme-aws-creds, awscli-saml-sso, all of them, or a file of one",
        },
    ),
    "like": (
        "--like",
        {
            "metavar": "PROFILE",
            "help": "first copy the SAML settings, region, output and endpoint of this profile",
        },
    ),
    "every_profile": (
        "--all",
        {
            "action": "store_true",
            "help": "sign in once, and renew every profile of the config file with SAML settings; "
            "with --profile or --idp-nickname those of that identity provider",
        },
    ),
    "role_patterns": (
        "--roles",
        {
            "metavar": "PATTERNS",
            "help": "make or find a profile for each of these roles, as --role-arn takes them, "
            "with commas; all for all, ? to choose",
        },
    ),
    "all_profiles": (
        "--all",
        {"action": "store_true", "help": "remove the credentials of every profile"},
    ),
    "forget_idp_session": (
        "--forget-idp-session",
        {"action": "store_true", "help": "also remove the browser profile"},
    ),
    "forget_password": (
        "--forget-password",
        {"action": "store_true", "help": "also remove the password from the keyring"},
    ),
    "format": (
        "--format",
        {
            "metavar": "FORMAT",
            "type": _OneOf(
                *("env", "env-no-export", "powershell", "windows-cmd", "fish", "process", "json")
            ),
            "help": "env (the default), env-no-export, powershell, windows-cmd, fish, or process "
            "(the JSON of credential_process, also called json)",
        },
    ),
    "fresh": (
        "--fresh",
        {"action": "store_true", "help": "sign in, without a request to STS, and check that, too"},
    ),
    "offline": ("--offline", {"action": "store_true", "help": "call nobody"}),
    "report_file": (
        "--report-file",
        {"metavar": "FILE", "help": "default: aws-saml-login-report.txt in this folder"},
    ),
    "print": (
        "--print",
        {
            "action": "store_true",
            "help": "print the address, which is a key for 15 minutes, and open no browser",
        },
    ),
    "destination": (
        "--destination",
        {"metavar": "URL|PATH", "help": "page of the console to open, in place of SERVICE"},
    ),
    "console_duration": (
        "--console-duration",
        {
            "metavar": "DURATION",
            "help": "duration of the console's session, 15m to 12h; default: as the credentials",
        },
    ),
    "idp_port": (
        "--idp-port",
        {
            "metavar": "PORT",
            "type": _port,
            "help": "port of the identity provider; default: a free one",
        },
    ),
    "aws_port": (
        "--aws-port",
        {"metavar": "PORT", "type": _port, "help": "port of the AWS; default: a free one"},
    ),
    "throttle": (
        "--throttle",
        {
            "metavar": "CALLS",
            "type": _count,
            "help": "let STS answer so many first calls with Throttling",
        },
    ),
}
"""Options that are no settings, by their names in the classes of options."""

GLOBALS: tuple[tuple[str, Keywords], ...] = (
    (
        "--profile",
        {"metavar": "NAME", "help": "default: AWS_PROFILE, AWS_DEFAULT_PROFILE, else saml"},
    ),
    (
        "--region",
        {"metavar": "REGION", "help": "AWS region for STS; saved by install and configure"},
    ),
    (
        "--output",
        {
            "metavar": "FORMAT",
            "help": "json, text, table or yaml; saved by install and configure",
        },
    ),
    ("--query", {"metavar": "JMESPATH", "help": "filter of the output"}),
    (
        "--endpoint-url",
        {
            "metavar": "URL",
            "help": "address of STS; saved by install and configure, for every service",
        },
    ),
    (
        "--no-verify-ssl",
        {
            "dest": "verify_ssl",
            "action": "store_false",
            "help": "do not verify the certificate of STS; prints a warning",
        },
    ),
    (
        "--ca-bundle",
        {
            "metavar": "FILE",
            "help": "certificate authorities to trust; saved by install and configure",
        },
    ),
    (
        "--cli-read-timeout",
        {"metavar": "SECONDS", "help": "read timeout for STS; 0 means no timeout"},
    ),
    (
        "--cli-connect-timeout",
        {"metavar": "SECONDS", "help": "connect timeout for STS; 0 means no timeout"},
    ),
    (
        "--color",
        {
            "type": _OneOf("on", "off", "auto"),
            "metavar": "WHEN",
            "help": "color of tables: on, off or auto",
        },
    ),
    (
        "--no-cli-pager",
        {
            "dest": "cli_pager",
            "action": "store_false",
            "help": "do not page long output; AWS_PAGER names the pager",
        },
    ),
    ("--debug", {"action": "store_true", "help": "print debug messages: --log-level debug"}),
    (
        "--log-level",
        {
            "type": _OneOf("debug", "info", "warning", "error", "critical"),
            "metavar": "LEVEL",
            "help": "debug, info, warning, error or critical",
        },
    ),
    (
        "--log-file",
        {"metavar": "FILE", "help": "append all debug messages to a file (mode 0600)"},
    ),
    ("--quiet", {"action": "store_true", "help": "print errors and questions only"}),
)
