"""`make recording`: record a sign-in at the demo's servers as docs/sign-in.svg.

The commands are typed in a pseudo terminal of 80 columns, in an empty HOME, and run for real. The
picture is one SVG that shows each screen for as long as it stood, long waits shortened.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from time import monotonic

import pexpect
import pyte

from aws_saml_ext.demo import running
from scripts.demo import ROOT, USER, aws_program, environment

OUTPUT = ROOT / "docs" / "sign-in.svg"
COLUMNS, ROWS = 80, 20
CELL_WIDTH, LINE_HEIGHT, MARGIN = 8.4, 19, 14  # pixels, of a font of 14
LONGEST_WAIT = 1.5  # seconds that a screen is shown, but for the last one
LAST_WAIT = 5.0
KEY_SECONDS, THINKING = 0.08, 0.7
IDLE = 0.3  # seconds without output after which a program waits for a key
COLOURS = {"default": "#d8dee9", "background": "#242933"}


@dataclass
class Recording:
    """The screens of a terminal, each with the seconds for which it stood."""

    frames: list[tuple[tuple[str, ...], float]] = field(default_factory=list)
    _screen: pyte.Screen = field(default_factory=lambda: pyte.Screen(COLUMNS, ROWS))

    def __post_init__(self) -> None:
        """Start with an empty screen."""
        self._stream = pyte.Stream(self._screen)

    def feed(self, text: str) -> None:
        """Note what a terminal gets."""
        self._stream.feed(text)

    def stand(self, seconds: float) -> None:
        """Note that the screen stands as it is for so many seconds."""
        lines = [line.rstrip() for line in self._screen.display]
        if self._screen.cursor.y < ROWS and not self._screen.cursor.hidden:
            row, column = self._screen.cursor.y, self._screen.cursor.x
            lines[row] = lines[row].ljust(column) + "▏" if column >= len(lines[row]) else lines[row]
        now = tuple(lines)
        if self.frames and self.frames[-1][0] == now:
            self.frames[-1] = (now, self.frames[-1][1] + seconds)
        else:
            self.frames.append((now, seconds))

    def feed_from(self, child: pexpect.spawn[str]) -> None:
        """Note what a program answers a key with, if it does."""
        with suppress(pexpect.TIMEOUT):
            self.feed(child.read_nonblocking(4096, timeout=IDLE))

    def type(self, text: str) -> None:
        """Type text at a prompt, key by key."""
        for character in text:
            self.feed(character)
            self.stand(KEY_SECONDS)


def main() -> int:
    """Record the sign-in; return 0, or 1 where a command did not do what it should."""
    recording = Recording()
    with tempfile.TemporaryDirectory(prefix="aws-saml-demo-") as folder, running() as demo:
        environ = environment(Path(folder)) | {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
        for name in ("AWS_SAML_PASSWORD_COMMAND", "REQUESTS_CA_BUNDLE"):
            environ.pop(name, None)
        environ["PATH"] = f"{Path(sys.executable).parent}:{environ['PATH']}"
        _prepare(environ, demo.idp_url, demo.aws_url)
        # Debian's AWS CLI is too old for `endpoint_url` in a profile.
        at_aws = f"--endpoint-url {demo.aws_url}"
        answers = [("Username: ", USER), ("Password: ", USER), ("Enter", "adm")]
        steps = {"aws saml-login --profile demo": answers, f"aws s3 ls --profile demo {at_aws}": []}
        for line, answers in steps.items():
            recording.feed("$ ")
            recording.stand(0.8)
            recording.type(line)
            if not _run(recording, line, answers, environ):
                return 1
        recording.feed("$ ")
        recording.stand(LAST_WAIT)
    OUTPUT.write_text(_svg(recording.frames), encoding="utf-8")
    print(f"{OUTPUT.relative_to(ROOT)}: {len(recording.frames)} screens.")
    return 0


def _prepare(environ: dict[str, str], idp_url: str, aws_url: str) -> None:
    """Install the alias and the profile, before the recording begins."""
    options = ("--profile", "demo", "--idp-url", idp_url, "--region", "eu-west-1")
    steps = [
        ["aws-saml-login", "install", *options],
        [aws_program(), "configure", "set", "--profile", "demo", "endpoint_url", aws_url],
    ]
    for step in steps:
        _, status = pexpect.run(shlex.join(step), env=environ, withexitstatus=True, timeout=60)
        if status != 0:
            sys.exit(f"{step[0]} ended with {status}.")


def _run(
    recording: Recording, line: str, answers: list[tuple[str, str]], environ: dict[str, str]
) -> bool:
    """Run a command, type the answers to its questions, and return whether it ended with 0."""
    recording.feed("\r\n")
    words = [aws_program(), *shlex.split(line)[1:]]
    child = pexpect.spawn(
        *(words[0], words[1:]), env=environ, dimensions=(ROWS, COLUMNS), encoding="utf-8"
    )
    waiting, seen, began = list(answers), "", monotonic()
    while True:
        try:
            text = child.read_nonblocking(4096, timeout=IDLE)
        except pexpect.TIMEOUT:
            if waiting and waiting[0][0] in seen:
                recording.stand(THINKING)
                seen, began = "", monotonic()
                _, answer = waiting.pop(0)
                for key in answer:
                    child.send(key)
                    recording.feed_from(child)
                    recording.stand(KEY_SECONDS)
                recording.stand(THINKING)
                child.send("\r")
            continue
        except pexpect.EOF:
            break
        recording.stand(min(monotonic() - began, LONGEST_WAIT))
        recording.feed(text)
        seen, began = seen + text, monotonic()
    child.close()
    return child.exitstatus == 0


def _svg(frames: list[tuple[tuple[str, ...], float]]) -> str:
    """Return an animated SVG: the screens side by side, and a window that steps over them."""
    width = COLUMNS * CELL_WIDTH + 2 * MARGIN
    height = ROWS * LINE_HEIGHT + 2 * MARGIN
    total = sum(seconds for _, seconds in frames)
    steps, screens, passed = [], [], 0.0
    for number, (lines, seconds) in enumerate(frames):
        steps.append(
            f"{100 * passed / total:.3f}%{{transform:translateX({-number * width:.1f}px)}}"
        )
        passed += seconds
        rows = "".join(
            f'<text x="{MARGIN + number * width:.1f}" y="{MARGIN + (row + 1) * LINE_HEIGHT - 5}">'
            f"{escape(line)}</text>"
            for row, line in enumerate(lines)
            if line
        )
        screens.append(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1f} {height}" '
        f'width="{width:.1f}" height="{height}" role="img" aria-label="A sign-in at a terminal">'
        "<style>"
        f"text{{font:14px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;"
        f"fill:{COLOURS['default']};white-space:pre}}"
        f"#screens{{animation:play {total:.2f}s steps(1,end) infinite}}"
        f"@keyframes play{{{''.join(steps)}}}"
        "</style>"
        f'<rect width="100%" height="100%" rx="8" fill="{COLOURS["background"]}"/>'
        f'<g id="screens">{"".join(screens)}</g></svg>\n'
    )


if __name__ == "__main__":
    sys.exit(main())
