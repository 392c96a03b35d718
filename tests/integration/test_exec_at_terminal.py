"""`exec` below the real `aws`, in a shell with job control: Ctrl-C, Ctrl-Z, `fg` and `bg`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from aws_saml_ext.demo import running
from tests.command import AWS, Home, home_at
from tests.profiles_at_demo import signed_in

pytestmark = pytest.mark.skipif(
    not AWS.exists() or sys.platform != "linux",
    reason=f"{AWS} is missing (Debian: apt-get install awscli)",
)

PROMPT = "ready> "
SHELLS = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}

# Survives Ctrl-C, as `terraform apply` does, and reads a line.
SURVIVOR = """\
import os, signal, sys
count = 0
def interrupted(*_):
    global count
    count += 1
    os.write(1, b"interrupted %d\\n" % count)  # not `print`, which it may have interrupted
signal.signal(signal.SIGINT, interrupted)
print("up", flush=True)
print("read", sys.stdin.readline().strip(), flush=True)
"""

WAITER = """\
import os, sys, time
print("up", flush=True)
while not os.path.exists("go"):
    time.sleep(0.1)
os.remove("go")
print("went", flush=True)
print("and read", sys.stdin.readline().strip(), flush=True)
"""

# Ends the `aws` above it: above are this program and the shell of the alias.
ENDS_AWS = """\
import os, signal, time
def parent(pid):
    return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
def ended(*_):
    os.write(1, b"ended too\\n")
    os._exit(0)
signal.signal(signal.SIGTERM, ended)
os.kill(parent(parent(os.getppid())), signal.SIGKILL)
time.sleep(20)
print("still there", flush=True)
"""

# No command starts another one: Ctrl-C and Ctrl-Z in the moment of dash's vfork are lost.
SLEEPER = "sh -c 'echo up; exec sleep 60'"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = home_at(tmp_path_factory.mktemp("terminal") / "home")
    (home.path / "survivor.py").write_text(SURVIVOR)
    (home.path / "ends_aws.py").write_text(ENDS_AWS)
    with running() as demo:
        signed_in(home, demo)
        assert home.run("install").status == 0
        yield home


class Shell:
    """An interactive shell at a terminal of its own."""

    def __init__(self, home: Home, name: str) -> None:
        self.home = home
        environ = {**home.environ, "TERM": "dumb", "PS1": PROMPT, "HISTFILE": "/dev/null"}
        self.terminal = pexpect.spawn(
            name,
            SHELLS[name],
            env=environ,
            cwd=str(home.path),
            encoding="utf-8",
            timeout=30,
            dimensions=(50, 200),
        )
        self.terminal.expect_exact(PROMPT)

    def type(self, line: str, *then: str) -> None:
        self.terminal.sendline(line)
        self.see(*then)

    def press(self, key: str, *then: str) -> None:
        self.terminal.sendcontrol(key)
        self.see(*then)

    def see(self, *texts: str) -> None:
        for text in texts:
            self.terminal.expect(text)

    def exec(self, command: str, *then: str) -> None:
        self.type(f"{AWS} saml-login exec --profile dev -- {command}", *then)

    def close(self) -> None:
        self.terminal.close(force=True)


@pytest.fixture(params=list(SHELLS))
def shell(home: Home, request: pytest.FixtureRequest) -> Iterator[Shell]:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is missing (Debian: apt-get install {request.param})")
    opened = Shell(home, request.param)
    yield opened
    opened.close()


def test_ctrl_c_reaches_the_command_alone_and_once(shell: Shell) -> None:
    shell.exec("python3 survivor.py", "up\r\n")
    shell.press("c", "interrupted 1\r\n")
    shell.type("still mine", "read still mine\r\n", PROMPT)  # no prompt before
    assert "interrupted" not in shell.terminal.before
    shell.type("echo status=$?", "status=0\r\n")


def test_ctrl_z_stops_the_job_and_fg_continues_it(shell: Shell) -> None:
    shell.exec("python3 survivor.py", "up\r\n")
    shell.press("z", "(?i)stopped|suspended", PROMPT)
    shell.type("echo $((40 + 2))", "42\r\n", PROMPT)  # the terminal is the shell's again
    shell.type("fg")
    shell.type("continued", "read continued\r\n", PROMPT)


def test_in_the_background_it_goes_on_and_fg_gives_it_the_terminal(shell: Shell) -> None:
    (shell.home.path / "waiter.py").write_text(WAITER)
    shell.exec("python3 waiter.py", "up\r\n")
    shell.press("z", "(?i)stopped|suspended", PROMPT)
    shell.type("bg", PROMPT)
    shell.type("touch go", "went\r\n")
    shell.type("fg", "saml-login exec")
    shell.type("this", "and read this\r\n", PROMPT)


def test_a_shell_inside_it_has_job_control(shell: Shell) -> None:
    shell.exec("bash --norc --noprofile -i", PROMPT)
    shell.type(SLEEPER, "up\r\n")
    shell.press("z", "Stopped", PROMPT)
    shell.type("kill -9 %1; wait; echo gone", "gone\r\n", PROMPT)
    shell.type("exit 7", PROMPT)
    shell.type("echo status=$?", "status=7\r\n")


def test_ctrl_c_ends_a_script_whose_command_it_ends(shell: Shell) -> None:
    line = f"{AWS} saml-login exec --profile dev -- {SLEEPER}"
    Path(shell.home.path, "script").write_text(f"{line}\necho not reached\n")
    shell.type("sh script", "up\r\n")
    shell.press("c", PROMPT)
    assert "not reached" not in shell.terminal.before


def test_a_pager_in_the_same_pipeline_keeps_the_terminal(shell: Shell) -> None:
    pager = "sh -c 'cat > piped; read x < /dev/tty; echo \"got $x\"'"
    shell.exec(f"echo text | {pager}")
    shell.type("a key", "got a key\r\n", PROMPT)


def test_a_signal_that_ends_the_command_is_its_exit_status(shell: Shell) -> None:
    shell.exec("sh -c 'kill -KILL $$'", PROMPT)
    shell.type("echo status=$?", "status=137\r\n")


def test_where_aws_alone_is_ended_the_command_gets_a_sigterm(shell: Shell) -> None:
    shell.exec("python3 ends_aws.py")
    shell.terminal.expect("ended too", timeout=10)
