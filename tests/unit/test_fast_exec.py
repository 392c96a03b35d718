"""The fast path of `exec`: which answers it takes, and the environment of the command."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from aws_saml_ext import fast_exec, fast_path
from aws_saml_ext.credentials import Issued
from aws_saml_ext.fast_exec import Keys, environment
from aws_saml_ext.store.cache import Cache
from tests.stored import CREDENTIALS, REQUEST

KEYS = Keys("ASIA1", "secret1", "token1", "2026-11-23T13:00:00Z")


def of(before: Mapping[str, str], *, region: str | None = None) -> dict[str, str]:
    """The environment of a command for profile dev, whose region is eu-west-1."""
    return environment(before, profile="dev", keys=KEYS, profile_region="eu-west-1", region=region)


def test_the_credentials_are_in_the_variables_of_aws() -> None:
    assert of({}) == {
        "AWS_ACCESS_KEY_ID": "ASIA1",
        "AWS_SECRET_ACCESS_KEY": "secret1",
        "AWS_SESSION_TOKEN": "token1",
        "AWS_CREDENTIAL_EXPIRATION": "2026-11-23T13:00:00+00:00",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_SAML_EXEC": "dev",
        "AWS_SAML_EXEC_REGION": "eu-west-1",
    }


@pytest.mark.parametrize(
    "name",
    [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_SECURITY_TOKEN",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    ],
)
def test_what_leads_to_other_credentials_is_removed(name: str) -> None:
    assert name not in of({name: "x"})


def test_every_other_variable_stays() -> None:
    before = {f"MINE_{number}": str(number) for number in range(300)}
    before |= {"PATH": "/bin", "HOME": "/home/jane", "AWS_PAGER": "", "EMPTY": ""}
    assert {name: of(before).get(name) for name in before} == before


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_a_region_of_the_environment_precedes_that_of_the_profile(name: str) -> None:
    regions = {key: value for key, value in of({name: "us-east-2"}).items() if "REGION" in key}
    assert regions == {name: "us-east-2"}


def test_the_option_precedes_the_region_of_the_environment() -> None:
    environ = of({"AWS_REGION": "us-east-2"}, region="ap-south-1")
    assert {environ["AWS_REGION"], environ["AWS_DEFAULT_REGION"]} == {"ap-south-1"}


def test_the_region_of_an_outer_exec_does_not_count() -> None:
    outer = environment({}, profile="a", keys=KEYS, profile_region="us-west-1")
    assert of(outer)["AWS_REGION"] == "eu-west-1"


def test_a_persons_own_region_counts_inside_an_exec_too() -> None:
    outer = environment({"AWS_REGION": "us-east-2"}, profile="a", keys=KEYS, profile_region="x")
    assert of(outer)["AWS_REGION"] == "us-east-2"


# ---- where the command is found ----


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    (tmp_path / "yes").touch(0o755)
    (tmp_path / "no").touch(0o644)
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", ["no", "folder", "missing", ""])
def test_what_is_no_program_is_not_found(programs: Path, name: str) -> None:
    assert fast_exec.found_on_path(name, {"PATH": str(programs)}) is None


def test_a_program_is_found_on_the_path_of_the_command(programs: Path) -> None:
    path = {"PATH": f"/nowhere:{programs}"}
    assert fast_exec.found_on_path("yes", path) == str(programs / "yes")


def test_a_path_is_not_looked_for(programs: Path) -> None:
    path = str(programs / "yes")
    assert fast_exec.found_on_path(path, {"PATH": "/nowhere"}) == path


# ---- the cache ----


class Cached:
    """A cache with credentials of profile dev, and the environment that leads to it."""

    def __init__(self, folder: Path) -> None:
        self.environ = {"AWS_SAML_FOLDER": str(folder), "HOME": str(folder)}
        self.fingerprint = fast_path.fingerprint(self.environ)

    def save(self, *, life: timedelta = timedelta(hours=1), token: str = "token1") -> None:
        now = datetime.now(timezone.utc)
        credentials = replace(CREDENTIALS, expiration=now + life, session_token=token)
        request = replace(REQUEST, fingerprint=self.fingerprint)
        cache = Cache(Path(self.environ["AWS_SAML_FOLDER"]), environ=self.environ)
        cache.save(request, Issued(credentials, now - timedelta(minutes=1)))

    def note(self, region: str | None = "eu-west-1", *, profile: str = "dev") -> None:
        path, content = fast_exec.region_note(
            profile, self.environ, region=region, fingerprint=self.fingerprint
        )
        Path(path).write_bytes(content)
        Path(path).chmod(0o600)

    def found(self, profile: str = "dev") -> tuple[str, str | None] | None:
        answer = fast_exec.cached(profile, self.environ)
        return None if answer is None else (answer[0].session_token, answer[1])


@pytest.fixture
def cached(tmp_path: Path) -> Cached:
    return Cached(tmp_path)


@pytest.mark.parametrize("region", ["eu-west-1", None])
def test_cached_credentials_are_found_with_the_region_of_the_profile(
    cached: Cached, region: str | None
) -> None:
    cached.save()
    cached.note(region)
    assert cached.found() == ("token1", region)


def test_without_a_region_file_the_slow_path_looks(cached: Cached) -> None:
    cached.save()
    assert cached.found() is None


def test_credentials_that_are_not_fresh_are_left_to_the_slow_path(cached: Cached) -> None:
    cached.save(life=timedelta(minutes=5))
    cached.note()
    assert cached.found() is not None
    cached.save(life=timedelta(seconds=10))
    assert cached.found() is None


def test_a_region_of_earlier_settings_does_not_count(cached: Cached) -> None:
    cached.save()
    cached.fingerprint += b"x"
    cached.note()
    assert cached.found() is None


@pytest.mark.parametrize("token", ['to"ken', "to\\ken", "tökén"])
def test_a_token_that_json_escapes_is_left_to_the_slow_path(cached: Cached, token: str) -> None:
    cached.save(token=token)
    cached.note()
    assert cached.found() is None


def test_logging_out_removes_the_region_too(cached: Cached) -> None:
    cached.save()
    cached.note()
    cache = Cache(Path(cached.environ["AWS_SAML_FOLDER"]), environ=cached.environ)
    assert cache.delete("dev")
    assert list(cache.folder.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a child there")
@pytest.mark.parametrize("trace", ["AWS_SAML_AWS_PID", "AWS_DATA_PATH"])
def test_below_aws_the_slow_path_runs_the_command(cached: Cached, trace: str) -> None:
    cached.save()
    cached.note()
    words = ["exec", "--profile", "dev", "--", "false"]
    fast_exec.run_from_cache(words, {**cached.environ, trace: "x", "PATH": os.defpath})
