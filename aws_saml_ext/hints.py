"""The commands that messages show: built here, each word quoted for a POSIX shell.

`command` is the one that knows how the program is called.
"""

from __future__ import annotations

PROGRAM = "aws saml-login"
"""The alias of the AWS CLI."""
SCRIPT = "aws-saml-login"
"""The console script behind the alias."""
HELP = f"{PROGRAM} help"


def command(*words: str) -> str:
    """Return `aws saml-login` with these words behind it."""
    return shown(*PROGRAM.split(), *words)


def script_command(*words: str) -> str:
    """Return `aws-saml-login` with these words behind it, for options that `aws` would keep."""
    return shown(SCRIPT, *words)


def sign_in_command(profile: str, *options: str) -> str:
    """Return the command that signs in to a profile, with these options behind it."""
    return command("--profile", profile, *options)


def help_command(verb: str) -> str:
    """Return the command that shows the help of a verb; empty for the sign-in."""
    return command(verb, "help") if verb else HELP


def setting_command(name: str, value: str, profile: str) -> str:
    """Return the command of the AWS CLI that keeps a setting in a profile."""
    return shown("aws", "configure", "set", name, value, "--profile", profile)


def shown(*words: str) -> str:
    """Return any command, each word quoted where a shell would split or expand it."""
    import shlex  # here: `--help` needs no quoting

    return shlex.join(words)
