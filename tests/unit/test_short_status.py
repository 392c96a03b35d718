"""`status --short`: one word for a prompt, from the files that the SDKs read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from aws_saml_ext.credentials import Issued
from aws_saml_ext.short_status import seconds_of, state_of
from aws_saml_ext.store import launcher
from aws_saml_ext.store.cache import Cache
from tests.stored import CREDENTIALS, REQUEST

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=timezone.utc)


def environ_of(folder: Path) -> Mapping[str, str]:
    file = str(folder / "credentials")
    return {"AWS_SHARED_CREDENTIALS_FILE": file, "AWS_SAML_FOLDER": str(folder)}


def state(folder: Path, text: str, profile: str = "dev") -> tuple[str, bool]:
    (folder / "credentials").write_text(text, encoding="utf-8")
    return state_of(profile, environ_of(folder), NOW.timestamp())


def section(*, minutes: int, role: str = "Role.User", name: str = "dev") -> str:
    end = (NOW + timedelta(minutes=minutes)).isoformat(timespec="seconds")
    return (
        f"[{name}]\naws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = example\n"
        f"x_security_token_expires = {end}\nx_saml_role_arn = arn:aws:iam::1:role/path/{role}\n"
    )


def test_it_is_the_role_and_the_minutes_left(tmp_path: Path) -> None:
    assert state(tmp_path, section(minutes=47)) == ("Role.User:47m", True)


def test_expired_credentials_are_named_as_such(tmp_path: Path) -> None:
    assert state(tmp_path, section(minutes=-1)) == ("Role.User:expired", False)


@pytest.mark.parametrize("text", ["", "[dev]\n", "[dev]\naws_access_key_id = AKIA\n", "\xff[dev"])
def test_without_credentials_of_ours_there_is_nothing(text: str, tmp_path: Path) -> None:
    assert state(tmp_path, text) == ("", False)


def test_without_any_file_there_is_nothing(tmp_path: Path) -> None:
    assert state_of("dev", environ_of(tmp_path), NOW.timestamp()) == ("", False)


def test_only_the_section_of_the_profile_counts(tmp_path: Path) -> None:
    text = section(minutes=5, name="other") + section(minutes=9) + section(minutes=7, name="dev 2")
    assert state(tmp_path, text)[0] == "Role.User:9m"


@pytest.mark.parametrize(("minutes", "expected"), [(5, ("5m", True)), (-1, ("expired", False))])
def test_where_the_role_is_not_known_the_time_stands_alone(
    minutes: int, expected: tuple[str, bool], tmp_path: Path
) -> None:
    """`store` keeps credentials that no answer of STS has named, too."""
    text = section(minutes=minutes).replace("x_saml_role_arn", "x_other")
    assert state(tmp_path, text) == expected


def test_letters_that_mean_something_in_a_prompt_are_replaced(tmp_path: Path) -> None:
    assert state(tmp_path, section(minutes=5, role="$(x)%F{red}\x1b"))[0] == "??x??F?red??:5m"


def cached(folder: Path, *, life: timedelta = timedelta(minutes=30)) -> Mapping[str, str]:
    environ = environ_of(folder)
    cache = Cache(folder, environ=environ)
    credentials = replace(CREDENTIALS, expiration=NOW + life)
    cache.save(REQUEST, Issued(credentials, NOW))
    cache.index(replace(REQUEST, fingerprint=b"of a config file that has changed since"))
    return environ


def test_credentials_of_the_cache_count_where_the_file_has_none(tmp_path: Path) -> None:
    assert state_of("dev", cached(tmp_path), NOW.timestamp()) == ("Dev:30m", True)


def test_another_profile_has_none_of_them(tmp_path: Path) -> None:
    assert state_of("other", cached(tmp_path), NOW.timestamp()) == ("", False)


def test_those_of_the_file_come_first(tmp_path: Path) -> None:
    cached(tmp_path)
    assert state(tmp_path, section(minutes=5))[0] == "Role.User:5m"


def run(folder: Path, *arguments: str, **environ: str) -> tuple[int, str]:
    """Run the launcher, whose slow path ends with 42."""
    script = folder / "slow path"
    script.write_text("#!/bin/sh\nexit 42\n")
    script.chmod(0o700)
    launcher.write(saml_folder=folder, script=script)
    end = (datetime.now(timezone.utc) + timedelta(minutes=47.5)).isoformat(timespec="seconds")
    (folder / "credentials").write_text(
        f"[dev]\nx_security_token_expires = {end}\nx_saml_role_arn = arn:aws:iam::1:role/Dev\n"
    )
    done = subprocess.run(
        [launcher.path_in(folder), *arguments],
        env={"PATH": "/usr/bin:/bin", **environ_of(folder), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no launcher")
@pytest.mark.parametrize(
    ("arguments", "environ", "ended"),
    [
        (["--short", "--profile", "dev"], {}, (0, "Dev:47m\n")),
        (["--short"], {"AWS_PROFILE": "dev"}, (0, "Dev:47m\n")),
        (["--short"], {"AWS_DEFAULT_PROFILE": "dev"}, (0, "Dev:47m\n")),
        (["--short"], {}, (253, "")),
        (["--short", "--profile", "other"], {}, (253, "")),
        (["--short", "--profile=dev"], {}, (42, "")),
        (["--profile", "dev"], {}, (42, "")),
    ],
)
def test_the_launcher_answers_and_leaves_everything_else_to_the_script(
    arguments: list[str], environ: Mapping[str, str], ended: tuple[int, str], tmp_path: Path
) -> None:
    assert run(tmp_path, "status", *arguments, **environ) == ended


@pytest.mark.parametrize(
    "time",
    ["2026-11-29T12:00:00Z", "2024-02-29T23:59:59+00:00", "2000-01-01T00:00:00Z"]
    + [f"20{year:02}-{month:02}-28T01:02:03Z" for year in (27, 96) for month in range(1, 13)],
)
def test_times_are_those_of_datetime(time: str) -> None:
    assert seconds_of(time) == datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()


@pytest.mark.parametrize("time", ["", "soon", "2026-11-29", "2026-11-29T12:00:00+01:00"])
def test_another_time_is_none(time: str) -> None:
    assert seconds_of(time) is None
