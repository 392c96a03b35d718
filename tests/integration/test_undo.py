"""`aws-saml-login undo`, and what `status` and `logout` make of credentials that it restored."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aws_saml_ext.demo import Demo, running
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN, ROLE_USER
from tests.command import CREDENTIALS_BY_HAND, DOOR, Done, Home, home_at

SignIn = Callable[..., Done]


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running() as both:
        yield both


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_at(tmp_path)


@pytest.fixture
def sign_in(demo: Demo, home: Home) -> SignIn:
    """A function that signs in to profile `dev` with a role."""

    def run(role: str = ROLE_USER, *options: str) -> Done:
        user = next(each for each in demo.idp.users if each.name == "aws_admin")
        at_aws = ("--endpoint-url", demo.aws_url, "--region", "eu-west-1")
        done = home.run(
            "--profile", "dev", "--assertion", "-", "--role-arn", role, *at_aws, *options,
            stdin=demo.idp.saml_response(user),
        )  # fmt: skip
        assert done.status == 0, done.err
        return done

    return run


def row_of(home: Home) -> dict[str, object]:
    [row] = json.loads(home.run("status", "--profile", "dev").out)["Profiles"]
    return dict(row)


def test_every_byte_comes_back(sign_in: SignIn, home: Home) -> None:
    home.aws.mkdir()
    home.credentials.write_text(CREDENTIALS_BY_HAND)
    sign_in()
    assert home.run("undo").status == 0
    assert home.credentials.read_text() == CREDENTIALS_BY_HAND


def test_status_shows_the_credentials_that_undo_restored(sign_in: SignIn, home: Home) -> None:
    sign_in(ROLE_USER)
    sign_in(ROLE_ADMIN)
    assert home.run("undo").status == 0
    row = row_of(home)
    assert (row["RoleArn"], row["Valid"]) == (ROLE_USER, True)


def test_logout_removes_the_credentials_that_undo_restored(sign_in: SignIn, home: Home) -> None:
    sign_in(ROLE_USER)
    sign_in(ROLE_ADMIN)
    home.run("undo")
    done = home.run("logout", "--profile", "dev")
    assert done.err.startswith("Removed the credentials from profile dev.")
    assert home.credentials.read_text() == ""
    assert row_of(home)["Valid"] is False


def test_after_undo_and_logout_the_profile_has_gone(sign_in: SignIn, home: Home) -> None:
    sign_in(ROLE_USER)
    sign_in(ROLE_ADMIN)
    home.run("undo")
    assert home.run("logout", "--profile", "dev").status == 0
    assert "There is no profile dev." in home.run("logout", "--profile", "dev").err


def test_logout_says_that_credentials_of_others_are_left(sign_in: SignIn, home: Home) -> None:
    sign_in()
    text = home.credentials.read_text()
    home.credentials.write_text(re.sub("(?m)^aws_access_key_id = .*", r"\g<0>X", text))
    done = home.run("logout", "--profile", "dev")
    assert done.err.startswith(
        "Profile dev still has credentials that aws saml-login did not store"
    )
    assert "aws_secret_access_key" in home.credentials.read_text()


def test_after_logout_undo_restores_no_temporary_credentials(sign_in: SignIn, home: Home) -> None:
    sign_in(ROLE_USER)
    sign_in(ROLE_ADMIN)
    home.run("logout", "--profile", "dev")
    home.run("undo")
    assert not home.credentials.exists()


def test_undo_shows_the_command_its_time_and_the_sections(sign_in: SignIn, home: Home) -> None:
    sign_in()
    done = home.run("undo", environ={"TZ": "Etc/GMT-2"})
    head, section, file, end = done.err.splitlines()
    times = re.fullmatch(
        r"Undo sign-in of \d{4}-\d\d-\d\d (\d\d):(\d\d:\d\d) \+02 \((\d\d):(\d\d:\d\d) UTC\):", head
    )
    assert times is not None
    assert (int(times[1]) - int(times[3])) % 24 == 2
    assert times[2] == times[4]
    assert section == f"  remove [dev] from {home.credentials}"
    assert file == f"  remove {home.credentials}, which the command had made"
    assert end == "Done."


def test_a_dry_run_only_shows(sign_in: SignIn, home: Home) -> None:
    sign_in()
    before = home.credentials.read_text()
    done = home.run("undo", "--dry-run")
    assert f"  remove [dev] from {home.credentials}\n" in done.err
    assert done.err.endswith("Nothing is changed (--dry-run).\n")
    assert home.credentials.read_text() == before


def test_a_section_that_was_changed_since_is_named_and_left(sign_in: SignIn, home: Home) -> None:
    sign_in()
    changed = home.credentials.read_text() + "region = eu-west-1\n"
    home.credentials.write_text(changed)
    done = home.run("undo")
    assert f"  leave [dev] in {home.credentials}: it was changed since\n" in done.err
    assert home.credentials.read_text() == changed


def test_of_another_profile_nothing_is_undone(sign_in: SignIn, home: Home) -> None:
    sign_in()
    stored = home.credentials.read_text()
    refused = home.run("undo", "--profile", "other")
    assert refused.status == 253
    assert refused.err == (
        "aws saml-login: [ERROR]: The last change (sign-in) is of profile dev, not of other; it "
        "has to be undone first.\n"
        f"{DOOR} undo\n"
    )
    assert home.credentials.read_text() == stored
    assert home.run("undo", "--profile", "dev").status == 0
    assert not home.credentials.exists()


def test_nothing_to_undo_is_no_error(home: Home) -> None:
    done = home.run("undo")
    assert (done.status, done.err) == (0, "Nothing to undo.\n")


def test_undo_never_touches_the_alias(home: Home) -> None:
    script = str(Path(sys.executable).with_name("aws-saml-login"))
    idp = ("--idp-url", "https://idp.example.com/")
    assert home.run("install", command=[script]).status == 0
    assert home.run("install", "--profile", "dev", *idp, command=[script]).status == 0
    alias = (home.aws / "cli" / "alias").read_text()
    assert "remove [profile dev]" in home.run("undo").err
    assert home.run("undo").err == "Nothing to undo.\n"
    assert (home.aws / "cli" / "alias").read_text() == alias
    assert home.run("uninstall", command=[script]).status == 0
    assert not (home.aws / "cli").exists()


def test_a_journal_of_an_older_version_is_set_aside(sign_in: SignIn, home: Home) -> None:
    journal = home.aws / "saml" / "undo.json"
    journal.parent.mkdir(parents=True)
    old = '{"version": 1, "entries": [{"files": [{"sections": [{"long_lived": true}]}]}]}'
    journal.write_text(old)
    assert home.run("undo").status == 0
    [aside] = journal.parent.glob("undo-*.json")
    assert aside.read_text() == old
    sign_in()
    assert home.run("undo").status == 0
    assert not home.credentials.exists()
