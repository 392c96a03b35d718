"""The commands that messages show, so that they work when they are pasted into a shell.

They begin with the words by which the person called this program (`use_door`). Their quotes mean
the same to bash, zsh, dash and PowerShell, wherever one spelling for all of them exists.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # `typing` takes longer to import than all of this module
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PROGRAM = "aws saml-login"
"""The name of this program, and how the alias of the AWS CLI is called."""
SCRIPT = "aws-saml-login"
"""The console script behind the alias."""

_WINDOWS = sys.platform == "win32"
_door = PROGRAM.split()
"""The words that start this program; a list, which `use_door` changes in place."""


_POLICIES = ("--policy-arns", "--policy")
"""Options that `roles` does not have."""
_repeated: dict[str, tuple[Sequence[Sequence[str]], Sequence[str]]] = {}
"""By profile, the options of this run that its commands repeat; see `repeat`."""


def use_door(words: Iterable[str]) -> None:
    """Let commands begin with these words from now on; `cli.door` finds them out."""
    _door[:] = words


def is_below_aws() -> bool:
    """Return whether commands go through `aws`, which keeps its own options for itself."""
    return _door == PROGRAM.split()


def command(*words: str) -> str:
    """Return the command that starts this program with these words behind it."""
    return shown(*_door, *words)


def script_command(*words: str) -> str:
    """Return the same for a verb that reads no option of `aws`: each of them has to arrive."""
    return command(*(["--"] if is_below_aws() else []), *words)


def repeat(profile: str, settings: Sequence[Sequence[str]], connection: Sequence[str]) -> None:
    """Let the commands that sign in to a profile repeat options of this run.

    Args:
        profile: the profile, which does not hold them.
        settings: each setting with its value, as words.
        connection: the words about the connection to AWS.
    """
    _repeated[profile] = (settings, connection)


def sign_in_command(profile: str, *options: str, without: Sequence[str] = ()) -> str:
    """Return the command that signs in to a profile.

    Args:
        profile: the profile.
        options: words to put behind it.
        without: options of this run that it is not to repeat.
    """
    return command("--profile", profile, *_repeating(profile, options, without))


def roles_command(profile: str) -> str:
    """Return the command that lists the roles on offer to a profile."""
    words = _repeating(profile, (), without=_POLICIES)
    return command("roles", "--profile", profile, *words)


def _repeating(profile: str, options: Sequence[str], without: Sequence[str] = ()) -> list[str]:
    """Return options, between those of this run that the profile does not hold."""
    settings, connection = _repeated.get(profile, ((), ()))
    others = (*options, *without)
    given = [word for words in settings if words[0] not in others for word in words]
    return [*given, *options, *connection]


def help_command(verb: str = "") -> str:
    """Return the command that shows the help of a verb; empty for the sign-in."""
    return command(*([verb] if verb else []), "help")


def setting_command(name: str, value: str, profile: str) -> str:
    """Return the command of the AWS CLI that keeps a setting in a profile."""
    return shown("aws", "configure", "set", name, value, "--profile", profile)


def shown(*words: str, windows: bool = _WINDOWS) -> str:
    """Return any command, each word quoted where a shell would split or expand it.

    Args:
        words: the program and its arguments.
        windows: whether the shell is PowerShell only.
    """
    quoted = [_quoted(word, windows=windows) for word in words]
    # PowerShell takes a first word in quotes for a text; a POSIX shell has no such operator.
    is_text = windows and quoted[0] != words[0]
    return ("& " if is_text else "") + " ".join(quoted)


def folded(command: str, columns: int | None, *, environ: Mapping[str, str] = os.environ) -> str:
    """Return a command, on several lines where a terminal of this width would cut it.

    Lines end before an option, and in a backslash: POSIX shells and fish take the whole. In
    PowerShell, and on Windows, it stays on one line.

    Args:
        command: a command of this module; it may be indented.
        columns: the width; None keeps one line.
        environ: the environment. PowerShell has its `PSModulePath` there.
    """
    if columns is None or len(command) <= columns or _WINDOWS or "PSModulePath" in environ:
        return command
    import re  # here: most commands are short

    indent = command[: len(command) - len(command.lstrip())]
    parts: list[str] = []
    for word in re.findall(r"""(?:[^\s'"]|'[^']*'|"[^"]*")+""", command):
        if word.startswith("-") or not parts:
            parts.append(word)
        else:
            parts[-1] += f" {word}"
    lines = [indent + parts[0]]
    for part in parts[1:]:
        if len(f"{lines[-1]} {part} \\") > columns:
            lines[-1] += " \\"
            lines.append(f"{indent}  {part}")
        else:
            lines[-1] += f" {part}"
    return "\n".join(lines)


def is_command(line: str) -> bool:
    """Return whether a line of a message is a command that this module made."""
    program = line.split()[:1]
    return program in (["aws"], _door[:1]) or (program[:1] != [] and program[0].endswith(SCRIPT))


def _quoted(word: str, *, windows: bool) -> str:
    import re  # here: `--help` needs no quoting

    # Bare words of every shell. In PowerShell a comma makes a list and a first `@` splats; zsh
    # expands a first `=`.
    if re.fullmatch(r"(?![@=%])[\w@%+=:./-]+", word, re.ASCII):
        return word
    if "'" not in word:
        return f"'{word}'"
    if windows:
        return "'" + word.replace("'", "''") + "'"
    if not re.search(r'[$`"\\!]', word):
        return f'"{word}"'
    return "'" + word.replace("'", "'\"'\"'") + "'"  # as `shlex.quote`; no form for PowerShell too
