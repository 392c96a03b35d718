"""`credential_process` with SDKs other than Python's: when and how often they run it."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from aws_saml_ext import fast_path
from aws_saml_ext.demo import Demo
from aws_saml_ext.demo.identity_provider import ROLE_USER
from aws_saml_ext.fast_path import Entry
from tests import consumers
from tests.command import SCRIPT, Home, home_at
from tests.consumers import Caller, CallFailed, Consumer
from tests.demo_servers import Visitor, client
from tests.patience import until

pytestmark = pytest.mark.e2e

PROVIDER = "arn:aws:iam::000000000000:saml-provider/SamlExampleProvider"
HINT = "aws saml-login --profile dev"
LONG = 3600
"""Seconds; longer than any SDK looks ahead."""


@dataclass(frozen=True, slots=True)
class Habits:
    """The behaviour of an SDK with a `credential_process`."""

    early: int
    """The seconds before `Expiration` at which it asks for new credentials."""
    behind: bool = False
    """True if it asks in the background, while the call uses the credentials that it has."""
    needs_new: bool = False
    """True if it fails without new credentials, though AWS would accept the old ones."""
    tells: tuple[str, ...] = (HINT,)
    """Parts of its error for a process that printed HINT and ended with 253."""
    passes_on: bool = False
    """True if the standard error of the process is that of the program."""
    tries: int = 1
    """The number of times that one call runs a process that fails."""
    prefers_stored: bool = True
    """True if the credentials file wins over the `credential_process` of the profile."""


HABITS = {
    "go": Habits(0, needs_new=True, tells=("exit status 253",), passes_on=True),
    # Its chain goes on to other providers, and forgets why the process failed.
    "javascript": Habits(300, behind=True, tells=("from any providers",), tries=2),
    "javascript-fromIni": Habits(300, needs_new=True),
    "java": Habits(15, tells=("non-zero exit value (253)", HINT), prefers_stored=False),
}


@pytest.fixture(scope="module", params=consumers.CONSUMERS)
def consumer(request: pytest.FixtureRequest) -> Consumer:
    return consumers.installed(request.param)


@pytest.fixture
def habits(consumer: Consumer) -> Habits:
    return HABITS[consumer.name]


@pytest.fixture(scope="module")
def keys(demo: Demo) -> list[dict[str, Any]]:
    """Three sets of credentials of aws_user, valid for an hour."""
    response = Visitor().sign_in(demo.idp_url, "aws_user").fields["SAMLResponse"]
    sts = client("sts", demo.aws_url)
    request = {"RoleArn": ROLE_USER, "PrincipalArn": PROVIDER, "SAMLAssertion": response}
    return [sts.assume_role_with_saml(**request)["Credentials"] for _ in range(3)]


@dataclass(frozen=True, slots=True)
class Process:
    """A `credential_process` whose answer a test chooses, with a count of its runs."""

    folder: Path

    @property
    def command(self) -> str:
        return shlex.join([sys.executable, str(self.folder / "process.py")])

    @property
    def runs(self) -> int:
        counted = self.folder / "runs"
        return len(counted.read_text()) if counted.exists() else 0

    def serve(self, keys: Mapping[str, Any], *, seconds: int) -> None:
        """Answer with these credentials from now on, and an `Expiration` in so many seconds."""
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        expiration = datetime.now(timezone.utc) + timedelta(seconds=seconds)
        self._answer(
            out=json.dumps(
                {
                    "Version": 1,
                    **{name: keys[name] for name in names},
                    "Expiration": expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
                }
            )
        )

    def refuse(self) -> None:
        """Fail from now on, as if nobody had signed in."""
        error = "aws saml-login: [ERROR]: idp.example.com asks for a person."
        self._answer(err=f"{error}\n{HINT}\n", status=253)

    def _answer(self, *, out: str = "", err: str = "", status: int = 0) -> None:
        new = self.folder / "new.json"
        new.write_text(json.dumps({"out": out, "err": err, "status": status}))
        new.rename(self.folder / "answer.json")  # An SDK may be asking in the background.


@pytest.fixture
def process(tmp_path: Path) -> Process:
    (tmp_path / "process.py").write_text(
        "import json, pathlib, sys\n"
        "here = pathlib.Path(__file__).parent\n"
        "with (here / 'runs').open('a') as runs:\n"
        "    runs.write('x')\n"
        "answer = json.loads((here / 'answer.json').read_text())\n"
        "sys.stdout.write(answer['out'])\n"
        "sys.stderr.write(answer['err'])\n"
        "sys.exit(answer['status'])\n"
    )
    return Process(tmp_path)


@pytest.fixture
def home(new_home: Path, process: Process) -> Home:
    return with_process(new_home, process.command)


def with_process(folder: Path, command: str) -> Home:
    """Return a home whose profile dev gets its credentials from `command`."""
    home = home_at(folder)
    home.aws.mkdir()
    home.config.write_text(f"[profile dev]\nregion = eu-west-1\ncredential_process = {command}\n")
    return home


def environ(home: Home, demo: Demo) -> dict[str, str]:
    """Return the environment of a program."""
    return {**home.environ, "AWS_PROFILE": "dev", "AWS_ENDPOINT_URL_STS": demo.aws_url}


def key_of(caller: Caller) -> str:
    """Make one more call, and return the access key id that signed it."""
    _, key_id = caller.ask()
    return key_id


def test_it_signs_with_the_keys_of_the_process_and_asks_it_once(
    consumer: Consumer, home: Home, demo: Demo, process: Process, keys: list[dict[str, Any]]
) -> None:
    process.serve(keys[0], seconds=LONG)
    with consumer.running(environ(home, demo)) as caller:
        answers = {caller.ask() for _ in range(3)}
    [(arn, key_id)] = answers
    assert arn == "arn:aws:sts::000000000000:assumed-role/Role.User/aws_user"
    assert (key_id, process.runs) == (keys[0]["AccessKeyId"], 1)


def test_it_asks_again_without_a_restart_when_the_keys_are_about_to_expire(
    consumer: Consumer,
    habits: Habits,
    home: Home,
    demo: Demo,
    process: Process,
    keys: list[dict[str, Any]],
) -> None:
    first, second, _ = (each["AccessKeyId"] for each in keys)
    process.serve(keys[0], seconds=habits.early - 1)
    with consumer.running(environ(home, demo)) as caller:
        assert key_of(caller) == first
        process.serve(keys[1], seconds=habits.early + 30)
        if not habits.behind:
            assert key_of(caller) == second
        assert until(lambda: key_of(caller) == second)
        process.serve(keys[2], seconds=LONG)
        runs = process.runs
        assert (key_of(caller), process.runs) == (second, runs)


def test_keys_that_are_about_to_expire_while_the_process_fails(
    consumer: Consumer,
    habits: Habits,
    home: Home,
    demo: Demo,
    process: Process,
    keys: list[dict[str, Any]],
) -> None:
    process.serve(keys[0], seconds=habits.early - 1)
    with consumer.running(environ(home, demo)) as caller:
        key_of(caller)
        process.refuse()
        if habits.needs_new:
            with pytest.raises(CallFailed):
                caller.ask()
        else:
            assert {key_of(caller), key_of(caller)} == {keys[0]["AccessKeyId"]}
            assert until(lambda: process.runs > 1)


def test_a_process_that_fails_is_told_and_asked_again_at_the_next_call(
    consumer: Consumer,
    habits: Habits,
    home: Home,
    demo: Demo,
    process: Process,
    keys: list[dict[str, Any]],
) -> None:
    process.refuse()
    with consumer.running(environ(home, demo)) as caller:
        with pytest.raises(CallFailed) as failed:
            caller.ask()
        said = str(failed.value)
        assert [words for words in habits.tells if words not in said] == []
        assert (HINT in said) == (HINT in habits.tells)
        assert (HINT in caller.said()) == habits.passes_on
        assert process.runs == habits.tries
        process.serve(keys[0], seconds=LONG)
        assert key_of(caller) == keys[0]["AccessKeyId"]


def test_keys_in_the_credentials_file_and_a_process_in_the_same_profile(
    consumer: Consumer,
    habits: Habits,
    home: Home,
    demo: Demo,
    process: Process,
    keys: list[dict[str, Any]],
) -> None:
    stored, served, _ = keys
    process.serve(served, seconds=LONG)
    home.credentials.write_text(
        "[dev]\n"
        f"aws_access_key_id = {stored['AccessKeyId']}\n"
        f"aws_secret_access_key = {stored['SecretAccessKey']}\n"
        f"aws_session_token = {stored['SessionToken']}\n"
    )
    with consumer.running(environ(home, demo)) as caller:
        assert key_of(caller) == (stored if habits.prefers_stored else served)["AccessKeyId"]
    assert process.runs == (0 if habits.prefers_stored else 1)


# ---- with the program itself ----


@pytest.fixture(scope="module")
def signed_in(demo: Demo) -> Iterator[Home]:
    """A home whose profile dev uses the store `credential-process` after a sign-in."""
    if not shutil.which("chromedriver"):
        pytest.skip("chromedriver is not installed")
    with tempfile.TemporaryDirectory(prefix="a home ") as folder:
        home = home_at(Path(folder))
        done = home.run(
            *("--profile", "dev", "--store", "credential-process", "--username", "aws_user"),
            *("--idp-url", demo.idp_url, "--endpoint-url", demo.aws_url, "--region", "eu-west-1"),
            command=[str(SCRIPT)],
            environ={"AWS_SAML_PASSWORD_COMMAND": "echo aws_user"},
        )
        assert done.status == 0, done.err
        yield home


@dataclass(frozen=True, slots=True)
class Kept:
    """The credentials in the cache of a home."""

    home: Home

    @property
    def key_id(self) -> str:
        key_id: str = json.loads(self._read().answer)["AccessKeyId"]
        return key_id

    def are_good_for(self, seconds: int) -> None:
        """Hand them out with an `Expiration` in so many seconds."""
        self._write(seconds, handed_out=True)

    def end(self) -> None:
        """Hand them out no longer."""
        self._write(0, handed_out=False)

    def _write(self, seconds: int, *, handed_out: bool) -> None:
        entry = self._read()
        now = datetime.now(timezone.utc)
        ends = f"{now + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
        answer = json.dumps({**json.loads(entry.answer), "Expiration": ends}).encode()
        fresh_until = int(now.timestamp()) + (LONG if handed_out else -1)
        aged = Entry(fresh_until, entry.issued, answer, entry.about)
        self._file.write_bytes(fast_path.entry_content(aged))

    def _read(self) -> Entry:
        entry = fast_path.read_entry(str(self._file))
        assert entry is not None
        return entry

    @property
    def _file(self) -> Path:
        [file] = (self.home.aws / "saml" / "cache").glob("*.keys")
        return file


@pytest.mark.browser
def test_the_program_serves_its_keys_and_signs_in_silently_when_they_have_ended(
    consumer: Consumer, habits: Habits, signed_in: Home, demo: Demo
) -> None:
    kept = Kept(signed_in)
    kept.are_good_for(habits.early - 1)
    before, sign_ins, answers = kept.key_id, demo.idp.sign_ins, demo.idp.answers
    with consumer.running(environ(signed_in, demo)) as caller:
        assert key_of(caller) == before
        kept.end()
        assert until(lambda: key_of(caller) != before)
        assert {key_of(caller), key_of(caller)} == {kept.key_id}
    assert (demo.idp.sign_ins - sign_ins, demo.idp.answers - answers) == (0, 1)
