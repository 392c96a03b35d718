"""`exec`: a command with the credentials of a profile, through both doors."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from aws_saml_ext.demo import Demo, running
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN
from tests.command import AWS, COMMAND, CREDENTIALS_BY_HAND, SCRIPT, Home, home_at
from tests.profiles_at_demo import configure, signed_in

pytestmark = pytest.mark.skipif(
    not AWS.exists() or sys.platform != "linux",
    reason=f"{AWS} is missing (Debian: apt-get install awscli)",
)

DIRECTLY = (str(SCRIPT), "exec", "--profile", "dev", "--")
BELOW_AWS = (str(AWS), "saml-login", "exec", "--profile", "dev", "--")
SHELL = ("sh", "-c", '"$@"; exit $?', "sh")
"""Shows the exit status of a command that a signal has ended as a person sees it."""
both_doors = pytest.mark.parametrize("door", [DIRECTLY, BELOW_AWS], ids=["script", "aws"])


@dataclass(frozen=True)
class Signed:
    """A home with the alias and two profiles that are signed in to, and their demo."""

    home: Home
    demo: Demo

    def environ_of(self, *words: str, **environ: str) -> dict[str, str]:
        """The environment that a command gets."""
        script = "import json, os; print(json.dumps(dict(os.environ)))"
        done = self.home.run(*words, sys.executable, "-c", script, command=(), environ=environ)
        assert done.status == 0, done.err
        printed: dict[str, str] = json.loads(done.out)
        return printed


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    home = home_at(tmp_path_factory.mktemp("exec") / "home")
    with running() as demo:
        signed_in(home, demo)
        signed_in(home, demo, "admin", role=ROLE_ADMIN, region="eu-central-1")
        home.credentials.write_text(CREDENTIALS_BY_HAND)
        assert home.run("install").status == 0
        yield Signed(home, demo)


@both_doors
def test_the_command_acts_as_the_role(signed: Signed, door: tuple[str, ...]) -> None:
    ask = f"{AWS} sts get-caller-identity --endpoint-url {signed.demo.aws_url}; exit $?"
    done = signed.home.run(*door, "sh", "-c", ask, command=())
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out)["Arn"].endswith(":assumed-role/Role.User/aws_admin")
    assert signed.home.credentials.read_text() == CREDENTIALS_BY_HAND


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["true"], 0),
        (["sh", "-c", "exit 77"], 77),
        (["sh", "-c", "kill -KILL $$"], 137),
        (["sh", "-c", "kill -TERM $$"], 143),
        (["/etc/passwd"], 126),
        (["/etc"], 126),
        (["no-such-command"], 127),
        (["-x"], 127),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_the_exit_status_is_that_of_a_shell(
    signed: Signed, command: list[str], status: int
) -> None:
    assert signed.home.run(*SHELL, *DIRECTLY, *command, command=()).status == status


def test_a_file_on_the_path_that_is_no_program_is_126(signed: Signed, tmp_path: Path) -> None:
    (tmp_path / "no-program").touch(0o644)
    (tmp_path / "folder").mkdir()
    path = {"PATH": f"{tmp_path}:{signed.home.environ['PATH']}"}
    done = signed.home.run(*DIRECTLY, "no-program", command=(), environ=path)
    assert done.status == 126
    assert f"ls -ld {tmp_path}/no-program" in done.err
    assert signed.home.run(*DIRECTLY, "folder", command=(), environ=path).status == 127


def test_without_a_profile_the_next_step_is_to_name_one(signed: Signed) -> None:
    done = signed.home.run(str(SCRIPT), "exec", "--", "true", command=())
    assert done.status == 253
    assert "The profiles with SAML settings are dev, admin." in done.err
    assert done.err.endswith("Name one with --profile, or in AWS_PROFILE.\n")


def test_aws_passes_the_exit_statuses_on(signed: Signed) -> None:
    commands = {"exit 3": 3, "exit 127": 127, "kill -KILL $$": 137}
    statuses = {
        text: signed.home.run(*SHELL, *BELOW_AWS, "sh", "-c", text, command=()).status
        for text in commands
    }
    assert statuses == commands


@both_doors
def test_the_environment_is_the_persons_own(signed: Signed, door: tuple[str, ...]) -> None:
    mine = {f"MINE_{number}": f"{number} a\nb" for number in range(300)}
    others = {"AWS_PROFILE": "other", "AWS_SECURITY_TOKEN": "old", "AWS_PAGER": "", "EMPTY": ""}
    before = {**signed.home.environ, **mine, **others}
    environ = signed.environ_of(*door, **mine, **others)
    changed = {name for name in {*before, *environ} if before.get(name) != environ.get(name)}
    of_python_shells_and_aws = {"LC_CTYPE", "PWD", "OLDPWD", "SHLVL", "_", "S2N_DONT_MLOCK"}
    assert changed - of_python_shells_and_aws == {
        *("AWS_PROFILE", "AWS_SECURITY_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"),
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("AWS_CREDENTIAL_EXPIRATION", "AWS_SAML_EXEC", "AWS_SAML_EXEC_PID"),
        "AWS_SAML_EXEC_REGION",
    }


def test_the_options_that_aws_kept_count(signed: Signed) -> None:
    words = (str(AWS), "--region", "ap-south-1", "saml-login", "exec", "--profile", "admin", "--")
    environ = signed.environ_of(*words)
    assert (environ["AWS_REGION"], environ["AWS_SAML_EXEC"]) == ("ap-south-1", "admin")


def test_the_option_region_does_not_sign_in_again(signed: Signed) -> None:
    answers = signed.demo.idp.answers
    signed.environ_of(*DIRECTLY[:-1], "--region", "ap-south-1", "--")
    assert signed.demo.idp.answers == answers


@both_doors
def test_input_and_output_pass_unchanged_and_at_once(signed: Signed, door: tuple[str, ...]) -> None:
    content = os.urandom(10_000_000)
    with subprocess.Popen(
        [*door, "sh", "-c", "printf first; cat"],
        env=signed.home.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as running_command:
        assert running_command.stdout is not None
        assert running_command.stdout.read(5) == b"first"  # before its input has come
        out, _ = running_command.communicate(content, timeout=60)
    assert hashlib.sha256(out).digest() == hashlib.sha256(content).digest()


@both_doors
def test_signals_that_python_ignores_are_not_ignored_by_the_command(
    signed: Signed, door: tuple[str, ...]
) -> None:
    done = signed.home.run(*door, "sh", "-c", "grep SigIgn /proc/$$/status; exit 0", command=())
    assert int(done.out.split()[1], 16) & (1 << 12) == 0  # SIGPIPE


def test_core_dumps_of_the_command_are_as_they_were(signed: Signed) -> None:
    words = ("sh", "-c", 'ulimit -Sc 8; ulimit -Hc 16; exec "$@"', "sh")
    limits = ("sh", "-c", "ulimit -Sc; ulimit -Hc")
    options = ("--region", "us-east-1")  # not by the fast path
    done = signed.home.run(*words, *DIRECTLY[:-1], *options, "--", *limits, command=())
    assert done.out == "8\n16\n"


@both_doors
def test_an_exec_inside_another_one_replaces_its_credentials(
    signed: Signed, door: tuple[str, ...]
) -> None:
    inner = [word.replace("dev", "admin") for word in door]
    environ = signed.environ_of(*door, *inner)
    outer = signed.environ_of(*door)
    assert environ["AWS_ACCESS_KEY_ID"] != outer["AWS_ACCESS_KEY_ID"]
    assert (environ["AWS_REGION"], environ["AWS_SAML_EXEC"]) == ("eu-central-1", "admin")


@both_doors
def test_a_sign_in_inside_it_is_not_for_its_profile(signed: Signed, door: tuple[str, ...]) -> None:
    """The replaced `exec` leaves an `aws` above, whose `--profile` is not for this command."""
    done = signed.home.run(*door, *COMMAND, "--sign-in", "silent", command=())
    assert done.status == 253
    assert "no profile saml" in done.err


@pytest.mark.parametrize(
    "words", [["terraform", "plan"], [], ["--"], ["touch", "--", "ran"]], ids=" ".join
)
def test_without_its_dashes_nothing_runs(signed: Signed, words: list[str]) -> None:
    done = signed.home.run("exec", "--profile", "dev", *words, cwd=signed.home.path)
    assert (done.status, done.out) == (252, "")
    assert not Path(signed.home.path, "ran").exists()


def test_what_is_no_sign_in_runs_nothing(signed: Signed, tmp_path: Path) -> None:
    home = replace(home_at(tmp_path / "home"))
    configure(home, signed.demo)
    done = home.run("exec", "--profile", "dev", "--sign-in", "silent", "--", "touch", "ran")
    assert (done.status, done.out) == (253, "")
    assert not (tmp_path / "ran").exists()


def test_a_script_without_a_first_line_runs_as_in_a_shell(signed: Signed, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text('echo "$1 $AWS_SAML_EXEC"\n')
    script.chmod(0o755)
    assert signed.home.run(*DIRECTLY, str(script), "a", command=()).out == "a dev\n"
