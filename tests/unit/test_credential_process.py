"""The fast door of `credential_process`: what it answers itself, what it leaves to the long way."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from aws_saml_ext import fast_path
from aws_saml_ext.credentials import Credentials, Issued
from aws_saml_ext.store import launcher
from aws_saml_ext.store.cache import Cache
from tests.stored import NAMES, REQUEST, SPOILT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no launcher")

HOUR = timedelta(hours=1)
DEV = ("credential-process", "--profile", "dev")
KEYS = {"Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}


@dataclass(frozen=True)
class Sdk:
    """An SDK that runs the launcher; the slow path only prints its arguments."""

    folder: Path

    @property
    def cache(self) -> Cache:
        return Cache(self.folder)

    @property
    def launcher(self) -> Path:
        return self.folder / "bin" / "aws-saml-login"

    def save(self, *, life: timedelta = HOUR, age: timedelta = timedelta()) -> Path:
        """Store credentials that were issued `age` ago, and return the file."""
        issued = datetime.now(timezone.utc) - age
        role = "arn:aws:iam::111111111111:role/Dev"
        credentials = Credentials("ASIA1", "secret1", "token1", issued + life, role, f"{role}/jane")
        self.cache.save(REQUEST, Issued(credentials, issued))
        return self.folder / "cache" / f"{REQUEST.key}.keys"

    def index(self, profile: str = "dev") -> Path:
        fingerprint = fast_path.fingerprint(os.environ)
        self.cache.index(replace(REQUEST, profile=profile, fingerprint=fingerprint))
        return self.folder / "cache" / fast_path.index_name(profile, os.environ)

    def run(
        self,
        *arguments: str | bytes,
        before: str = "",
        environ: dict[str, str] | None = None,
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run the launcher as an SDK does, in a shell that does `before` first."""
        words: Sequence[str | bytes] = [str(self.launcher), *(arguments or DEV)]
        return subprocess.run(
            ["/bin/sh", "-c", f'{before or ":"}; exec "$@"', "sh", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **(environ or {})},
            cwd=cwd,
            timeout=30,
        )

    def took_slow_path(self, done: subprocess.CompletedProcess[str]) -> bool:
        return done.returncode == 42 and "secret1" not in done.stdout


@pytest.fixture
def sdk(aws_home: Path) -> Sdk:
    """With credentials to which profile dev leads."""
    script = aws_home / "long way"
    script.write_text('#!/bin/sh\necho "$@" >&2\nexit 42\n')
    script.chmod(0o700)
    launcher.write(saml_folder=aws_home / "saml", script=script)
    sdk = Sdk(aws_home / "saml")
    sdk.save()
    sdk.index()
    return sdk


# ---- what it answers ----


def test_the_answer_is_one_line_of_json_with_the_five_values(sdk: Sdk) -> None:
    done = sdk.run()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("}\n")
    assert done.stdout.count("\n") == 1
    answer = json.loads(done.stdout)
    assert set(answer) == KEYS
    assert (answer["Version"], answer["AccessKeyId"]) == (1, "ASIA1")
    assert datetime.fromisoformat(answer["Expiration"].replace("Z", "+00:00")).tzinfo is not None


@pytest.mark.parametrize("profile", NAMES, ids=ascii)
def test_a_profile_of_any_name_is_answered(
    profile: str, sdk: Sdk, capfd: pytest.CaptureFixture[str]
) -> None:
    sdk.index(profile)
    assert fast_path.answer_from_cache(["credential-process", "--profile", profile], os.environ)
    assert set(json.loads(capfd.readouterr().out)) == KEYS


@pytest.mark.parametrize("profile", ["my profile", "日本語", "-x", "x" * 300, os.fsdecode(b"\xff")])
@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX"])
def test_it_is_the_same_profile_in_every_locale(locale: str, profile: str, sdk: Sdk) -> None:
    sdk.index(profile)
    name = os.fsencode(profile)
    done = sdk.run(b"credential-process", b"--profile", name, environ={"LC_ALL": locale})
    assert json.loads(done.stdout)["AccessKeyId"] == "ASIA1"


def test_the_folder_that_it_is_run_in_does_not_matter(sdk: Sdk, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('a file of the project')")
    (tmp_path / "aws_saml_ext.py").write_text("raise SystemExit('a file of the project')")
    done = sdk.run(environ={"PYTHONPATH": str(tmp_path)}, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_loads_nothing_that_takes_time(sdk: Sdk) -> None:
    heavy = ("typing", "json", "re", "enum", "signal", "pathlib", "logging", "botocore", "filelock")
    program = (
        f"import sys; sys.path.append({str(Path(fast_path.__file__).parents[1])!r}); "
        f"from aws_saml_ext.fast_path import answer_from_cache; assert answer_from_cache({DEV!r}); "
        f"print([each for each in {heavy!r} if each in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-IS", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr == "[]\n"


# ---- what it leaves to the long way ----


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--profile", "dev"],
        ["credential-process"],
        ["credential-process", "--profile"],
        ["credential-process", "--profile=dev"],
        ["credential-process", "dev", "--profile"],
        ["credential-process", "--profile", "dev", "--debug"],
        ["credential-process", "--profile", "other"],
        ["credential-process", "--profile", "DEV"],
        ["credential-process", "--profile", ""],
        ["credential-process", "--profile", "dev\0"],
        ["credential-process", "--profile", "../dev"],
        ["logout", "--profile", "dev"],
    ],
    ids=shlex.join,
)
def test_another_command_line_is_not_answered(
    arguments: list[str], sdk: Sdk, capfd: pytest.CaptureFixture[str]
) -> None:
    assert not fast_path.answer_from_cache(arguments, os.environ)
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("life", "left", "is_answered"),
    [
        pytest.param(12 * HOUR, timedelta(minutes=16), True, id="of 12 hours, 16 minutes"),
        pytest.param(12 * HOUR, timedelta(minutes=15), False, id="of 12 hours, 15 minutes"),
        pytest.param(HOUR / 4, timedelta(seconds=240), True, id="of 900 seconds, 240"),
        pytest.param(HOUR / 4, timedelta(seconds=225), False, id="of 900 seconds, 225"),
        pytest.param(HOUR, timedelta(), False, id="ended"),
        pytest.param(HOUR, HOUR + timedelta(minutes=10), False, id="issued in the future"),
    ],
)
def test_keys_that_live_too_shortly_are_not_given(
    life: timedelta, left: timedelta, is_answered: bool, sdk: Sdk
) -> None:
    sdk.save(life=life, age=life - left)
    done = sdk.run()
    assert (done.returncode == 0) is is_answered
    assert sdk.took_slow_path(done) is not is_answered


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_an_entry_that_cannot_be_trusted_is_not_given(
    spoil: Callable[[Path], None], sdk: Sdk
) -> None:
    spoil(sdk.save())
    assert sdk.took_slow_path(sdk.run())


@pytest.mark.parametrize(
    "environ",
    [
        {"AWS_SAML_ROLE_ARN": "Admin"},
        {"AWS_CONFIG_FILE": "/nonexistent"},
        {"AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"},
        {"HOME": "/nonexistent"},
    ],
    ids=lambda environ: next(iter(environ)),
)
def test_another_environment_is_not_answered(environ: dict[str, str], sdk: Sdk) -> None:
    assert sdk.took_slow_path(sdk.run(environ=environ))


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_region_of_the_program_does_not_matter(variable: str, sdk: Sdk) -> None:
    done = sdk.run(environ={variable: "us-west-2"})
    assert json.loads(done.stdout)["AccessKeyId"] == "ASIA1"


def test_a_changed_config_file_is_not_answered(sdk: Sdk) -> None:
    (sdk.folder.parent / "config").write_text("[profile dev]\nsaml_role_arn = Admin\n")
    assert sdk.took_slow_path(sdk.run())


def test_after_logout_nothing_is_answered(sdk: Sdk) -> None:
    sdk.cache.delete("dev")
    assert sdk.took_slow_path(sdk.run())


def test_the_long_way_has_all_arguments(sdk: Sdk) -> None:
    (sdk.folder / "cache").rename(sdk.folder / "gone")
    done = sdk.run("credential-process", "--profile", "my profile", "--debug")
    assert sorted(done.stderr.split()) == sorted(
        ["credential-process", "--profile", "my", "profile", "--debug"]
    )


# ---- somebody who does not listen ----


@pytest.mark.parametrize(
    "before",
    [
        "exec >&-",
        "exec >&- <&- 2>&-",
        pytest.param(
            "exec >/dev/full",
            marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it"),
        ),
    ],
)
def test_an_answer_that_cannot_be_written_is_left_to_the_long_way_which_says_so(
    before: str, sdk: Sdk
) -> None:
    assert sdk.took_slow_path(sdk.run(before=before))


def test_a_reader_who_is_gone_is_no_traceback(sdk: Sdk) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sdk.launcher, *DEV], stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert (done.returncode, "Traceback" in done.stderr) == (42, False)
