"""Real shells at a terminal, and the line that they have after Tab."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest

_PROMPT = "ready> "


@dataclass(frozen=True)
class Shell:
    """A shell whose Ctrl-G prints the line that is being typed, in angle brackets."""

    child: pexpect.spawn

    def completed(self, line: str, tabs: int = 1) -> str:
        """Type the line and Tab, and return the line as it is then; it is deleted again."""
        self.child.send(line + "\t" * tabs + "\x07")
        self.child.expect(r"<<(.*?)>>")
        found = str(self.child.match.group(1))
        self.child.send("\x05\x15")  # to its end, and back
        return found

    def run(self, line: str) -> str:
        """Run a command, and return what it printed."""
        self.child.send(line + "\r")
        self.child.expect(r"\[\[(.*?)\]\]")
        printed = str(self.child.match.group(1))
        self.child.expect_exact(_PROMPT)  # before it, a Tab would be a character
        return printed


def bash(home: Path, script: Path, environ: Mapping[str, str]) -> Shell:
    """Start bash without files of anybody, with a completion script."""
    setup = [
        *("set show-all-if-ambiguous on", "set bell-style none", "set page-completions off"),
        *("set enable-bracketed-paste off", "set completion-query-items 0"),
    ]
    lines = [
        *(f"bind '{each}'" for each in setup),
        """bind -x '"\\C-g": printf "<<%s>>" "$READLINE_LINE"'""",
        f"source '{script}'",
    ]
    return _started("bash", ["--norc", "--noprofile", "-i"], lines, home, environ)


def zsh(home: Path, script: Path, environ: Mapping[str, str]) -> Shell:
    """Start zsh without files of anybody, with a completion script."""
    lines = [
        "unsetopt beep prompt_cr prompt_sp zle_bracketed_paste; unset zle_bracketed_paste",
        "setopt no_always_last_prompt",
        'show() { print -rn -- "<<$BUFFER>>" }; zle -N show',
        "bindkey -e; bindkey '^G' show",
        f"autoload -Uz compinit; compinit -u -d '{home}/zcompdump'",
        f"source '{script}'",
    ]
    return _started("zsh", ["-f", "-i"], lines, home, environ)


def fish(home: Path, script: Path, environ: Mapping[str, str]) -> Shell:
    """Start fish without files of anybody, with a completion script."""
    lines = [
        "function fish_prompt; printf 'ready> '; end",
        "function show; printf '<<%s>>' (commandline); end",
        "bind \\cg show",
        f"source '{script}'",
    ]
    return _started("fish", ["--no-config", "-i"], lines, home, environ)


def _started(
    name: str, options: list[str], lines: list[str], home: Path, environ: Mapping[str, str]
) -> Shell:
    program = shutil.which(name, path=environ["PATH"])
    if program is None:
        pytest.skip(f"{name} is not installed")
    child = pexpect.spawn(
        program,
        options,
        env={**environ, "TERM": "dumb", "PS1": _PROMPT, "LC_ALL": "C.UTF-8"},
        cwd=home,
        timeout=30,
        encoding="utf-8",
        dimensions=(200, 500),
    )
    setup = home / f"setup.{name}"
    setup.write_text("\n".join(lines), encoding="utf-8")
    prompt, sum_ = (
        ("", "(math 40 + 2)") if name == "fish" else (f"PS1='{_PROMPT}'; ", "$((40 + 2))")
    )
    child.send(f"{prompt}. '{setup}'; printf '[[%s]]' {sum_}\r")
    child.expect_exact("[[42]]")
    child.expect_exact(_PROMPT)
    return Shell(child)
