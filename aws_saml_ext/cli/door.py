"""The door: the words by which a person calls this program, for the commands that messages show."""

from __future__ import annotations

import os
import sys

from aws_saml_ext.hints import PROGRAM, SCRIPT

TYPE_CHECKING = False  # `typing` takes longer to import than all of this module
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MARK = "AWS_SAML_AWS_PID"  # that of `aws_process`, which `--help` has no time to load


def called_by(
    argv0: str, environ: Mapping[str, str], *, executable: str = sys.executable
) -> Sequence[str]:
    """Return the words that start this program in the shell of its caller.

    Args:
        argv0: as `sys.argv[0]`.
        environ: the environment, for the mark of our alias and for PATH.
        executable: this Python.

    Returns:
        `aws saml-login` below the alias, `aws-saml-login` where the shell finds the script by that
        name, else the path of the script, or `python -m aws_saml_ext`.
    """
    if _MARK in environ:
        return PROGRAM.split()
    folder, name = os.path.split(argv0)
    if name == "__main__.py":
        return [executable, "-m", "aws_saml_ext"]
    if name.removesuffix(".exe") != SCRIPT:
        return PROGRAM.split()  # the caller is a program, which has imported this one
    script = os.path.join(os.path.abspath(folder), name)  # noqa: PTH100, PTH118
    for path in environ.get("PATH", "").split(os.pathsep):
        found = os.path.join(path, name)  # noqa: PTH118
        if path and os.access(found, os.X_OK):
            return [SCRIPT] if _is_same(found, script) else [script]
    return [script]


def of_person(argv0: str, environ: Mapping[str, str]) -> Sequence[str]:
    """Return the words that start this program for a person, where an SDK has called it.

    That is the alias, if there is one: nobody knows the PATH of the person's shell.
    """
    from aws_saml_ext.files import ini
    from aws_saml_ext.paths import Paths

    try:
        has_alias = "saml-login" in (ini.read_section(Paths.of().alias, "toplevel") or {})
    except Exception:
        has_alias = False
    return PROGRAM.split() if has_alias else called_by(argv0, environ)


def _is_same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)  # noqa: PTH121
    except OSError:
        return False
