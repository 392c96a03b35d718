"""`--all` is all or nothing, at whatever moment it is stopped or killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aws_saml_ext.demo import many, running
from tests.command import CREDENTIALS_BY_HAND, home_at

ROUNDS = 100
ARNS = [f"arn:aws:iam::{account}:role/Role.User" for account in list(many.ACCOUNT_ALIASES)[:6]]

# A process that has everything imported forks one `--all` after the other, and ends each at another
# moment, by Ctrl-C and SIGKILL in turn. After each, the keys of all profiles must be those before,
# or all be new; and the last one must be able to go on.
KILLER = """
import os, random, re, signal, sys, time
from pathlib import Path

import configupdater, filelock
from aws_saml_ext import entry
from aws_saml_ext.cli.many import command
from aws_saml_ext.capture import assertion_file
from botocore import session as _

credentials, given, by_hand, rounds = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
moments = random.Random(7)

def begun():
    child = os.fork()
    if child:
        return child
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    sys.argv = ["aws-saml-login", "--all", "--assertion", given]
    try:
        entry.entry()
    except SystemExit as end:
        os._exit(end.code or 0)
    except BaseException:
        os._exit(99)

def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def keys():
    return re.findall(r"(?m)^aws_access_key_id = (ASIA.*)$", credentials.read_text())

start = time.perf_counter()
assert ended(begun()) == 0
span = time.perf_counter() - start
before, outcomes = keys(), []
assert len(set(before)) == 6
for round in range(rounds):
    number = signal.SIGKILL if round % 2 else signal.SIGINT
    child = begun()
    time.sleep(span * moments.uniform(0.1, 1.1))
    os.kill(child, number)
    status = ended(child)
    assert status in ((0, -9) if round % 2 else (0, 130, -2)), f"round {round}: {status}"
    now = keys()
    assert credentials.read_text().startswith(by_hand), f"round {round}: another line"
    assert len(now) == 6 and len(set(now) & set(before)) in (0, 6), f"round {round}: some are new"
    outcomes.append((status, now != before))
    before = now
assert ended(begun()) == 0
assert not set(keys()) & set(before)
stopped = [is_new for status, is_new in outcomes if status]
print(len(stopped), len(outcomes) - len(stopped))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="forks and kills")
def test_all_profiles_are_new_or_none_after_100_ends(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    home.aws.mkdir()
    home.credentials.write_text(CREDENTIALS_BY_HAND)
    with running() as demo:
        sections = (
            f"[profile p{number}]\nregion = eu-west-1\nendpoint_url = {demo.aws_url}\n"
            f"saml_idp_url = https://idp.example.com/aws\nsaml_role_arn = {arn}\n"
            for number, arn in enumerate(ARNS)
        )
        home.config.write_text("\n".join(sections))
        user = next(user for user in demo.idp.users if user.name == "aws_many")
        given = tmp_path / "assertion"
        given.write_text(demo.idp.saml_response(user))
        words = ["-c", KILLER, str(home.credentials), str(given), CREDENTIALS_BY_HAND, str(ROUNDS)]
        killer = subprocess.run(
            [sys.executable, *words],
            capture_output=True,
            text=True,
            check=False,
            env=home.environ,
            timeout=300,
        )
    assert killer.returncode == 0, killer.stderr
    stopped, done = map(int, killer.stdout.split())
    assert stopped > ROUNDS / 4, "hardly a run was stopped"
    assert done > 0, "no run came to its end"
    assert [path.name for path in home.aws.iterdir() if path.name.startswith(".")] == []
