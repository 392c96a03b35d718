"""The commands that messages show: built here, each word quoted for a POSIX shell."""

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
    """Return `aws-saml-login` with these words behind it, for what `aws` would keep for itself."""
    return shown(SCRIPT, *words)


def sign_in_command(profile: str, *options: str) -> str:
    """Return the command that signs in to a profile, with these options behind it."""
    return command("--profile", profile, *options)


def shown(*words: str) -> str:
    """Return any command, each word quoted where a shell would take it apart."""
    import shlex  # here: `--help` needs no quoting

    return shlex.join(words)
