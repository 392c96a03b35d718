"""One renewal at a time, for all threads and programs; the others have what came of it."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from botocore.session import Session

from aws_saml_ext import fast_path, renewal
from aws_saml_ext.clock import Clock, utc_now
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import (
    BrowserError,
    IdentityProviderRefused,
    SamlLoginError,
    SignInRequired,
    Stopped,
    StsRefused,
    TimedOut,
)
from aws_saml_ext.login import Capture
from aws_saml_ext.prompt import NonInteractive, Prompt
from aws_saml_ext.store import launcher
from aws_saml_ext.store.cache import Cache
from aws_saml_ext.store.single_flight import SingleFlight, all_held, note_failure
from aws_saml_ext.sts.durations import DurationTooLong
from tests.integration.programs import Programs, issued
from tests.integration.sign_ins import (
    IdentityProvider,
    exchanges,
    fresh,
    new_keys,
    write_profile,
    write_saml_profile,
)
from tests.integration.sts_server import StsServer
from tests.patience import until
from tests.stored import OTHER, REQUEST, caller

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks, kills and launchers")

ROLE = "arn:aws:iam::111111111111:role/Dev"
AT_ONCE = 1.0  # seconds


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    folder = tmp_path / "a home"
    folder.mkdir()
    return Programs(folder)


@contextmanager
def holder(programs: Programs, *, then: str = "time.sleep(60)") -> Iterator[subprocess.Popen[str]]:
    """Another program that renews, until it is killed."""
    program = (
        "import os, sys, time; from pathlib import Path; "
        "from aws_saml_ext.store.single_flight import SingleFlight\n"
        "from tests.stored import REQUEST, caller\n"
        "with SingleFlight(Path(sys.argv[1]), REQUEST.key).held(caller()):\n"
        f"    print('holds', flush=True)\n    {then}\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(programs.folder / "cache")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as running:
        try:
            assert running.stdout is not None
            assert running.stdout.readline() == "holds\n"
            yield running
        finally:
            running.kill()


# ---- one for all ----


def test_64_threads_at_once_renew_once(programs: Programs) -> None:
    together, programs.seconds = threading.Barrier(64), 0.5

    def ask(_: int) -> str:
        together.wait()
        return programs.keys()

    with ThreadPoolExecutor(64) as threads:
        assert set(threads.map(ask, range(64))) == {"ASIA1"}
    assert programs.renewals == 1


def test_renewals_that_are_held_together_are_each_held(programs: Programs) -> None:
    other = SingleFlight(programs.cache.folder, OTHER.key)
    with all_held([other, programs.flight, other], caller()):
        for flight in (programs.flight, other):
            with pytest.raises(TimedOut), flight.held(caller(wait_seconds=0)):
                pass


def test_of_very_many_renewals_a_hundred_are_held(programs: Programs) -> None:
    folder = programs.cache.folder
    flights = [SingleFlight(folder, f"{number:040}") for number in range(120)]
    with all_held(flights, caller()):
        free = [flight for flight in flights if not (folder / f"{flight.key}.holder").exists()]
    assert free == flights[100:]


def test_renewals_that_are_held_together_share_one_wait_and_its_lines(programs: Programs) -> None:
    other = SingleFlight(programs.cache.folder, OTHER.key)
    person = caller(shares_failures=False, wait_seconds=0.5, notify=programs.notified.append)
    with programs.flight.held(caller()), other.held(caller()):
        begin = time.monotonic()
        with all_held([other, programs.flight], person):
            waited = time.monotonic() - begin
    assert 0.5 <= waited < 0.9
    assert programs.notified == [
        "Another program is signing in for the same credentials. Waiting for it…",
        "It still is. This sign-in goes on beside it.",
    ]


# Everything is imported once; then so many processes are forked, which begin together.
MANY = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import filelock
from tests.integration.programs import Programs

programs = Programs(Path(sys.argv[1]), seconds=0.5)
processes, threads = int(sys.argv[2]), int(sys.argv[3])
gate, opened = os.pipe()
children = []
for _ in range(processes):
    child = os.fork()
    if child == 0:
        os.close(opened)
        os.read(gate, 1)
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(lambda _: programs.keys(), range(threads)))
        os.write(1, "".join(f"{key}\\n" for key in found).encode())
        os._exit(0)
    children.append(child)
os.close(opened)
sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""


def test_16_processes_of_4_threads_at_once_renew_once(programs: Programs) -> None:
    done = run(MANY, programs.folder, 16, 4)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["ASIA1"] * 64
    assert programs.renewals == 1


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=100,
    )


def test_who_waits_is_told_for_what(programs: Programs) -> None:
    with programs.held() as end, programs.waiting():
        end(KeyboardInterrupt())
    assert programs.notified == [
        "Another program is signing in for the same credentials. Waiting for it…"
    ]


def test_who_need_not_wait_is_told_nothing(programs: Programs) -> None:
    programs.keys()
    assert programs.notified == []


def test_other_keys_are_not_waited_for(programs: Programs) -> None:
    other = SingleFlight(programs.cache.folder, OTHER.key)
    notify = programs.notified.append
    with programs.flight.held(caller(notify=notify)), other.held(caller(notify=notify)):
        assert programs.notified == []


def test_one_after_the_other_renews_no_fresh_keys(programs: Programs) -> None:
    assert [programs.keys() for _ in range(3)] == ["ASIA1"] * 3


# ---- a holder that ends without a word ----


def test_a_killed_holder_is_noticed_at_once(programs: Programs) -> None:
    with holder(programs) as other, programs.waiting() as [asking]:
        killed = time.monotonic()
        other.kill()
        assert asking.result() == "ASIA1"
        assert time.monotonic() - killed - programs.seconds < AT_ONCE


@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no process")
def test_a_holder_that_is_stopped_is_waited_for_only_seconds(programs: Programs) -> None:
    with holder(programs) as other:
        other.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        with ThreadPoolExecutor(8) as threads:
            assert set(threads.map(lambda _: programs.keys(), range(8))) == {"ASIA1"}
        assert time.monotonic() - began < 6
    assert programs.renewals == 1
    assert "It is stopped. Going on without it." in programs.notified


def test_so_is_one_whose_forked_child_lives_on(programs: Programs) -> None:
    forks = "os.fork() or time.sleep(5); time.sleep(60)"
    with holder(programs, then=forks) as other, programs.waiting() as [asking]:
        killed = time.monotonic()
        other.kill()
        asking.result()
        assert time.monotonic() - killed - programs.seconds < AT_ONCE


@pytest.mark.parametrize("ending", [KeyboardInterrupt(), SystemExit(143)], ids=repr)
def test_one_that_is_stopped_lets_the_next_go_on(ending: BaseException, programs: Programs) -> None:
    with programs.held() as end, programs.waiting() as [asking]:
        end(ending)
        assert asking.result() == "ASIA1"


# A process that has everything imported forks one that renews without end, and kills it at some
# moment after its first renewal. Then the keys are whole, and the next can renew at once.
KILLER = """
import os, random, signal, sys, time
from pathlib import Path
import filelock
from aws_saml_ext.store.cache import Cache
from tests.integration.programs import issued
from aws_saml_ext.store.single_flight import SingleFlight
from tests.stored import REQUEST, caller

cache, rounds, moments = Cache(Path(sys.argv[1])), int(sys.argv[2]), random.Random(7)

def renew(number):
    with SingleFlight(cache.folder, REQUEST.key).held(caller()):
        cache.save(REQUEST, issued(number))

start = time.perf_counter()
for number in range(10):
    renew(number)
span = (time.perf_counter() - start) / 5
for round in range(1, rounds + 1):
    renewed, done = os.pipe()
    child = os.fork()
    if child == 0:
        for number in range(round * 10_000, 10_000_000):
            renew(number)
            os.write(done, b".")
    os.read(renewed, 1)
    time.sleep(span * moments.random())
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(renewed)
    os.close(done)
    found = cache.find(REQUEST)
    assert found is not None, f"round {round}: no keys"
    assert int(found.credentials.access_key_id[4:]) // 10_000 == round, f"round {round}: old keys"
renew(0)
"""


def test_keys_are_whole_after_50_kills(programs: Programs) -> None:
    done = run(KILLER, programs.folder, 50)
    assert done.returncode == 0, done.stderr


# ---- a holder that fails ----


class Unforeseen(Exception):
    """Of some library."""


SHARED: list[SamlLoginError] = [
    IdentityProviderRefused("No.", advice="Ask them."),
    SignInRequired("A person is needed.", command="aws saml-login"),
    Stopped("The window was closed."),
    TimedOut("Zu lang — „10 s“."),
    BrowserError("", advice=""),
    SamlLoginError("Whatever."),
]


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        *zip(SHARED, SHARED, strict=True),
        (DurationTooLong("Of a class of its own."), StsRefused("Of a class of its own.")),
        (
            Unforeseen("secret1"),
            SamlLoginError(
                "The other program's sign-in failed (Unforeseen).", advice="Sign in again."
            ),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_its_error_is_that_of_all_who_waited_and_nobody_repeats_it(
    failure: Exception, expected: SamlLoginError, programs: Programs
) -> None:
    with programs.held() as end, programs.waiting(8) as asking:
        end(failure)
        errors = [each.exception() for each in asking]
    assert {(type(each), str(each), getattr(each, "hint", None)) for each in errors} == {
        (type(expected), str(expected), expected.hint)
    }
    assert programs.renewals == 0


def test_who_comes_later_tries_again(programs: Programs) -> None:
    programs.failure = Stopped("The window was closed.")
    for renewals in (1, 2):
        with pytest.raises(Stopped):
            programs.keys()
        assert programs.renewals == renewals
    programs.failure = None
    assert programs.keys() == "ASIA3"


@pytest.mark.parametrize(
    ("failure", "later", "by_itself", "is_tried"),
    [
        pytest.param(IdentityProviderRefused("No."), 59, True, False, id="within a minute"),
        pytest.param(IdentityProviderRefused("No."), 61, True, True, id="after a minute"),
        pytest.param(IdentityProviderRefused("No."), -9, True, True, id="the clock was put back"),
        pytest.param(IdentityProviderRefused("No."), 1, False, True, id="by a person"),
        pytest.param(Stopped("The window was closed."), 1, True, True, id="another error"),
    ],
)
def test_what_was_refused_is_not_sent_again_by_itself_within_a_minute(
    failure: SamlLoginError, later: int, by_itself: bool, is_tried: bool, programs: Programs
) -> None:
    with programs.held() as end:
        end(failure)
    then = datetime.now(timezone.utc) + timedelta(seconds=later)
    flight = SingleFlight(programs.cache.folder, REQUEST.key, clock=Clock(now=lambda: then))
    expected = nullcontext() if is_tried else pytest.raises(type(failure), match=r"No\.")
    with expected, flight.held(caller(is_unattended=by_itself)):
        assert is_tried


def test_an_error_of_before_is_not_that_of_a_holder_who_was_killed(programs: Programs) -> None:
    programs.failure = Stopped("The window was closed.")
    with pytest.raises(Stopped):
        programs.keys()
    programs.failure = None
    with holder(programs) as other, programs.waiting() as [asking]:
        other.kill()
        assert asking.result() == "ASIA2"


def test_an_error_goes_with_the_next_success(programs: Programs) -> None:
    programs.failure = Stopped("The window was closed.")
    with pytest.raises(Stopped):
        programs.keys()
    [note] = (programs.folder / "cache").glob("*.failed")
    assert note.stat().st_mode & 0o777 == 0o600
    programs.failure = None
    programs.keys()
    assert not note.exists()


NOTE = {
    "number": "1",
    "kind": "Stopped",
    "message": "m",
    "hint": "h",
    "status": 1,
    "at": 0.0,
    "asked": "",
}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        '{"number": "1"}',
        json.dumps(dict.fromkeys(NOTE, 1)),
        json.dumps({**NOTE, "more": 1}),
        json.dumps({**NOTE, "hint": ["h"]}),
        json.dumps({**NOTE, "at": "noon"}),
        "[" * 100_000,
    ],
    ids=lambda content: content[:20],
)
def test_an_error_that_cannot_be_read_is_none(content: str, programs: Programs) -> None:
    with programs.held() as end, programs.waiting() as [asking]:
        note = programs.folder / "cache" / f"{REQUEST.key}.failed"
        note.write_text(content)
        note.chmod(0o600)
        end(KeyboardInterrupt())
        assert asking.result() == "ASIA1"


@pytest.mark.parametrize("kind", ["annotations", "NoSuchError", "SystemExit", "__doc__"])
def test_an_error_of_another_version_is_one_of_ours(kind: str, programs: Programs) -> None:
    with programs.held() as end, programs.waiting() as [asking]:
        note = programs.folder / "cache" / f"{REQUEST.key}.failed"
        note.write_text(json.dumps({**NOTE, "kind": kind}))
        note.chmod(0o600)
        end(KeyboardInterrupt())
        error = asking.exception()
    assert (type(error), str(error), getattr(error, "hint", None)) == (SamlLoginError, "m", "h")


def test_that_nobody_could_be_asked_is_no_error_for_somebody_with_a_terminal(
    programs: Programs,
) -> None:
    with programs.held() as end, programs.waiting(asked="auto, terminal") as [asking]:
        end(SignInRequired("A person is needed."))
        assert asking.result() == "ASIA1"


def test_that_somebody_stopped_it_is_an_error_for_everybody(programs: Programs) -> None:
    with programs.held() as end, programs.waiting(asked="auto, terminal") as [asking]:
        end(Stopped("The window was closed."))
        assert isinstance(asking.exception(), Stopped)


def test_a_command_signs_in_although_the_one_before_it_was_stopped(programs: Programs) -> None:
    with programs.held() as end, programs.waiting(shares_failures=False) as [asking]:
        end(Stopped("The window was closed."))
        assert asking.result() == "ASIA1"


def test_a_command_uses_the_credentials_of_the_one_before_it(programs: Programs) -> None:
    with programs.held() as end, programs.waiting(shares_failures=False) as [asking]:
        programs.cache.save(REQUEST, issued(7))
        end(KeyboardInterrupt())
        assert asking.result() == "ASIA7"


# ---- limits ----


def test_a_holder_is_not_waited_for_longer_than_that(programs: Programs) -> None:
    with programs.held():
        began = time.monotonic()
        with pytest.raises(TimedOut, match=r"for 1 second\.") as raised:
            programs.keys(seconds=1.0)
        assert 1 <= time.monotonic() - began < 1 + AT_ONCE
        lock = programs.folder / "cache" / f"{REQUEST.key}.lock"
        assert str(raised.value.hint).endswith(f"fuser '{lock}'")


def test_that_it_took_too_long_is_no_error_for_others(programs: Programs) -> None:
    with programs.held() as end:
        with pytest.raises(TimedOut):
            programs.keys(seconds=0.1)
        with programs.waiting() as [asking]:
            end(KeyboardInterrupt())
            assert asking.result() == "ASIA1"


# ---- a folder that cannot be used ----


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    """The lines of this program's log, whatever other tests have done to it."""
    said: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    log, handler = logging.getLogger("aws_saml_ext"), Handler(logging.WARNING)
    log.addHandler(handler)
    yield said
    log.removeHandler(handler)


def a_file_in_its_place(folder: Path) -> None:
    folder.write_text("somebody put a file here")


def a_folder_in_the_place_of_the_lock(folder: Path) -> None:
    (folder / f"{REQUEST.key}.lock").mkdir(parents=True)


def a_symlink_to_nowhere(folder: Path) -> None:
    folder.symlink_to(folder / "nowhere")


@pytest.mark.parametrize(
    "spoil",
    [a_file_in_its_place, a_folder_in_the_place_of_the_lock, a_symlink_to_nowhere],
)
def test_where_nothing_can_be_locked_everybody_is_alone_with_one_warning(
    spoil: Callable[[Path], None], programs: Programs, warnings: list[str]
) -> None:
    spoil(programs.folder / "cache")
    for number in (1, 2):
        with programs.flight.held(caller(notify=programs.notified.append)):
            assert len(warnings) == number
    assert all(each.startswith("The cache cannot be locked") for each in warnings)
    assert programs.notified == []


def test_an_error_is_still_an_error_there(programs: Programs, warnings: list[str]) -> None:
    a_file_in_its_place(programs.folder / "cache")
    programs.failure = Stopped("The window was closed.")
    with pytest.raises(Stopped):
        programs.keys()


# ---- runs of credential_process ----


@dataclass
class Sdk:
    """Programs that run the launcher at the end of the kept keys; the long way is a script."""

    aws_home: Path
    programs: Programs

    def __post_init__(self) -> None:
        # It waits for a file, then brings new keys.
        self.go = self.aws_home / "go"
        self.log = self.aws_home / "renewals"
        fresh, keys = self.aws_home / "fresh", self.aws_home / "saml" / "cache" / REQUEST.key
        self.programs.cache.save(REQUEST, issued())
        keys.with_suffix(".keys").replace(fresh)
        self.script(
            f"until [ -e {self.go} ]; do sleep 0.05; done; "
            f"mv {fresh} {keys}.keys; echo the long way"
        )
        request = replace(REQUEST, fingerprint=fast_path.fingerprint(os.environ))
        self.programs.cache.save(request, issued(ago=timedelta(hours=1)))

    def cold(self, *, failure: SamlLoginError | None = None) -> None:
        """Forget the way from the profile to the keys; the slow path brings it, or fails."""
        cache = self.aws_home / "saml" / "cache"
        index = cache / fast_path.index_name("dev", os.environ)
        index.replace(self.aws_home / "index")
        wait = f"until [ -e {self.go} ]; do sleep 0.05; done"
        if failure is None:
            keys = cache / f"{REQUEST.key}.keys"
            self.script(
                f"{wait}; mv {self.aws_home}/fresh {keys}; mv {self.aws_home}/index {index}"
            )
            return
        note = self.aws_home / "cold.failed"
        note_failure(note, failure)
        stem = fast_path.cold_stem(str(cache), "dev", os.environ)
        self.script(f"{wait}; mv {note} {stem}.failed; exit 7")

    def script(self, commands: str) -> None:
        path = self.aws_home / "long-way"
        path.write_text(f"#!/bin/sh\nprintf . >>{self.log}\n{commands}\n")
        path.chmod(0o700)
        launcher.write(saml_folder=self.aws_home / "saml", script=path)

    @property
    def renewals(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    @contextmanager
    def running(self, times: int = 1) -> Iterator[list[subprocess.Popen[str]]]:
        """So many runs, which have all come to the door by now."""
        launcher = self.aws_home / "saml" / "bin" / "aws-saml-login"
        with ExitStack() as stack:
            runs = [
                stack.enter_context(
                    subprocess.Popen(
                        [launcher, "credential-process", "--profile", "dev"],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE,
                        text=True,
                    )
                )
                for _ in range(times)
            ]
            for each in runs:
                stack.callback(each.kill)
            assert until(lambda: self.renewals)
            assert until(lambda: all(map(_is_at_the_door, runs)))
            time.sleep(0.1)
            yield runs


def _is_at_the_door(run: subprocess.Popen[str]) -> bool:
    with suppress(OSError):
        return any(
            each.readlink().suffix == ".door" for each in Path(f"/proc/{run.pid}/fd").iterdir()
        )
    return False


linux_only = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="of Linux: /proc and /dev/full"
)


@pytest.fixture
def sdk(aws_home: Path) -> Sdk:
    return Sdk(aws_home, Programs(aws_home / "saml"))


@linux_only
def test_of_ten_runs_at_once_one_goes_the_long_way(sdk: Sdk) -> None:
    with sdk.running(10) as runs:
        sdk.go.touch()
        said = [each.communicate(timeout=20) for each in runs]
    assert sorted(out.startswith('{"Version": 1,') for out, _ in said) == [False] + [True] * 9
    assert [err for _, err in said] == [""] * 10
    assert sdk.renewals == 1


@linux_only
def test_of_ten_cold_runs_at_once_one_goes_the_long_way(sdk: Sdk) -> None:
    sdk.cold()
    with sdk.running(10) as runs:
        sdk.go.touch()
        said = [each.communicate(timeout=20) for each in runs]
    assert sorted(out.startswith('{"Version": 1,') for out, _ in said) == [False] + [True] * 9
    assert [err for _, err in said] == [""] * 10
    assert sdk.renewals == 1


@linux_only
def test_a_failed_cold_run_is_not_repeated_by_the_others_which_say_the_same(sdk: Sdk) -> None:
    sdk.cold(failure=IdentityProviderRefused("„Nein.“", advice="Ask them."))
    with sdk.running(5) as runs:
        sdk.go.touch()
        ends = [(*each.communicate(timeout=20), each.returncode) for each in runs]
    said = "aws saml-login: [ERROR]: „Nein.“\nAsk them.\n"
    assert sorted(ends) == [("", "", 7)] + [("", said, 254)] * 4
    assert sdk.renewals == 1


@linux_only
def test_a_run_that_renews_does_not_wait_for_itself(sdk: Sdk) -> None:
    """The script asks the fast path twice: as it starts, and as the verb."""
    asked = [sys.executable, "-c", TWICE, str(sdk.aws_home)]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False)
    assert (done.stdout, done.returncode) == ("False False\n", 0), done.stderr


TWICE = """
import time
from aws_saml_ext.fast_path import answer_from_cache

words, before = ["credential-process", "--profile", "dev"], time.monotonic()
print(answer_from_cache(words), answer_from_cache(words))
assert time.monotonic() - before < 5
"""


@linux_only
def test_a_killed_run_is_noticed_at_once_by_the_others(sdk: Sdk) -> None:
    with sdk.running() as [first], sdk.running() as [second]:
        first.kill()
        assert until(lambda: sdk.renewals == 2, AT_ONCE)
        sdk.go.touch()
        assert second.communicate(timeout=20) == ("the long way\n", "")


@linux_only
def test_a_failed_run_is_not_repeated_by_the_others_which_say_the_same(sdk: Sdk) -> None:
    sdk.programs.failure = IdentityProviderRefused("„Nein.“", advice="Ask them.")
    with pytest.raises(IdentityProviderRefused):
        sdk.programs.keys()
    [note] = (sdk.aws_home / "saml" / "cache").glob("*.failed")
    note.rename(sdk.aws_home / "note")
    sdk.script(f"until [ -e {sdk.go} ]; do sleep 0.05; done; mv {sdk.aws_home}/note {note}; exit 7")
    with sdk.running(5) as runs:
        sdk.go.touch()
        ends = [(*each.communicate(timeout=20), each.returncode) for each in runs]
    said = "aws saml-login: [ERROR]: „Nein.“\nAsk them.\n"
    assert sorted(ends) == [("", "", 7)] + [("", said, 254)] * 4
    assert sdk.renewals == 1


@linux_only
def test_a_failure_that_the_run_itself_waits_for_is_not_that_of_the_others(sdk: Sdk) -> None:
    with sdk.running() as [first], sdk.running() as [second]:
        sdk.programs.failure = SignInRequired("Nobody could be asked.")
        with pytest.raises(SignInRequired):
            sdk.programs.keys()
        time.sleep(0.2)
        assert second.poll() is None
        sdk.go.touch()
        assert first.communicate(timeout=20) == ("the long way\n", "")
        assert second.communicate(timeout=20)[0].startswith('{"Version": 1,')


@linux_only
def test_a_run_that_waits_can_be_stopped(sdk: Sdk) -> None:
    with sdk.running(), sdk.running() as [second]:
        second.send_signal(signal.SIGINT)
        assert (second.communicate(timeout=20), second.returncode) == (("", ""), 130)


# ---- whole renewals ----


@pytest.fixture
def sts_server() -> Iterator[StsServer]:
    with StsServer(new_keys()) as server:
        yield server


@pytest.fixture
def home(aws_home: Path, sts_server: StsServer) -> Path:
    write_saml_profile(aws_home, "dev", sts_server)
    return aws_home


# A disk is full where a file may not grow beyond so many bytes.
FULL = """
import resource
from tests.integration.sign_ins import IdentityProvider, fresh

resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
print(fresh("dev", IdentityProvider()).credentials.access_key_id)
"""


def test_where_the_disk_is_full_keys_are_given_with_a_warning(home: Path) -> None:
    done = run(FULL)
    assert (done.returncode, done.stdout) == (0, "ASIAEXAMPLE1\n"), done.stderr
    assert done.stderr.count("\n") == 1
    assert "Other programs cannot share these credentials" in done.stderr
    assert not list((home / "saml" / "cache").glob("*.keys"))
    assert not list((home / "saml" / "cache").glob(".*"))


FRESH = """
import os, sys, time
from tests.integration.sign_ins import IdentityProvider, fresh

class Slow(IdentityProvider):
    def capture_for(self, settings, person):
        with open(sys.argv[1], "a") as log:
            log.write(".")
        time.sleep(1)
        return super().capture_for(settings, person)

children = []
for _ in range(8):
    child = os.fork()
    if child == 0:
        key = fresh("dev", Slow()).credentials.access_key_id
        os.write(1, f"{key}\\n".encode())
        os._exit(0)
    children.append(child)
sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""


def test_8_programs_at_once_sign_in_once(home: Path, sts_server: StsServer) -> None:
    done = run(FRESH, home / "log")
    assert done.stdout.split() == ["ASIAEXAMPLE1"] * 8, done.stderr
    assert (home / "log").read_text() == "."
    assert len(exchanges(sts_server)) == 1


def test_a_profile_that_was_changed_while_somebody_signed_in_does_not_lead_to_the_keys(
    home: Path,
) -> None:
    class Changing(IdentityProvider):
        def capture_for(self, settings: Settings, prompt: Prompt) -> Capture:
            write_profile(home, "other", region="eu-west-1")
            return super().capture_for(settings, prompt)

    cache = Cache(home / "saml")
    fresh("dev", Changing())
    assert cache.indexed("dev") is None
    fresh("dev", IdentityProvider(failure=Stopped("It is not asked again.")))
    assert cache.indexed("dev") is not None


def test_keys_of_a_clock_that_was_put_back_since_are_renewed(home: Path) -> None:
    idp = IdentityProvider()
    renewal.for_program(
        Session(profile="dev"),
        NonInteractive(),
        capture_for=idp.capture_for,
        clock=Clock(now=lambda: utc_now() + timedelta(minutes=10)),
    )
    assert fresh("dev", idp).credentials.access_key_id == "ASIAEXAMPLE2"


@linux_only
def test_an_answer_that_the_disk_has_no_room_for_is_told(home: Path) -> None:
    fresh("dev", IdentityProvider())
    script = Path(sys.executable).with_name("aws-saml-login")
    launcher.write(saml_folder=home / "saml", script=script)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [home / "saml" / "bin" / "aws-saml-login", "credential-process", "--profile", "dev"],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 255
    assert done.stderr == (
        "aws saml-login: [ERROR]: Standard output could not be written: No space left on device.\n"
        "Check the file or the program that it goes to.\n"
    )
