"""A profile's temporary keys: what may be overwritten, what is kept, what goes."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aws_saml_ext.clock import Clock
from aws_saml_ext.config.sections import SECRETS
from aws_saml_ext.credentials import Credentials, Issued
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic, revert
from aws_saml_ext.store.credential_store import CredentialRequest, CredentialStore, StoredProfile
from aws_saml_ext.store.credentials_file import CredentialsFile
from aws_saml_ext.store.profile import check_for
from tests.contracts.credential_store import CredentialStoreContract
from tests.doubles import FakeClock
from tests.stored import CREDENTIALS, ISSUED, NOW, REQUEST, ROLE

LINES = """\
[dev]
aws_access_key_id = ASIA1
aws_secret_access_key = secret1
aws_session_token = token1
aws_security_token = token1
x_security_token_expires = 2026-11-23T13:00:00+00:00
x_principal_arn = arn:aws:sts::111111111111:assumed-role/Dev/jane
x_saml_role_arn = arn:aws:iam::111111111111:role/Dev
"""
LONG_LIVED = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "s"}
TEMPORARY = {**LONG_LIVED, "aws_session_token": "t"}


class Home:
    """A credentials file, its store and a clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / ".aws" / "saml"
        self.path = folder / ".aws" / "credentials"
        self.clock = FakeClock(NOW)

    @property
    def store(self) -> CredentialsFile:
        return CredentialsFile(self.path, self.folder, clock=self.clock)

    def save(self, credentials: Credentials = CREDENTIALS, profile: str = "dev") -> None:
        self.store.save(replace(REQUEST, profile=profile), Issued(credentials, self.clock.now()))

    def found(self, wanted: CredentialRequest = REQUEST) -> Credentials | None:
        found = self.store.find(wanted)
        return found.credentials if found is not None else None

    def stored(self) -> Sequence[StoredProfile]:
        return self.store.profiles()

    def remove(self) -> bool:
        return self.store.delete("dev")


class TestContract(CredentialStoreContract):
    """The credentials file is a store."""

    def store_at(self, folder: Path, clock: Clock) -> CredentialStore:
        return CredentialsFile(folder / "credentials", folder / "saml", clock=clock)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_the_refusal_holds_under_the_lock(home: Home) -> None:
    home.path.parent.mkdir()
    home.path.write_text("[dev]\naws_access_key_id = AKIA\naws_secret_access_key = s\n")
    before = home.path.read_bytes()
    check = check_for("dev", {}, overwrite=False)
    store = CredentialsFile(home.path, home.folder, check=check)
    with pytest.raises(StoreError):
        store.save(REQUEST, ISSUED)
    assert home.path.read_bytes() == before


def test_the_lines_of_a_profile(home: Home) -> None:
    home.save()
    assert home.path.read_text() == LINES
    assert home.store.last("dev") == CREDENTIALS


def test_keys_that_still_live_are_kept(home: Home) -> None:
    home.save()
    assert home.found() == CREDENTIALS


@pytest.mark.parametrize(
    "wanted",
    [
        replace(REQUEST, role="arn:aws:iam::111111111111:role/Admin"),
        replace(REQUEST, idp_url="https://idp.example.com/other"),
        replace(REQUEST, username="joe"),
        replace(REQUEST, duration=900),
        replace(REQUEST, sts="http://127.0.0.1:4566"),
    ],
)
def test_keys_of_another_sign_in_are_not_kept(wanted: CredentialRequest, home: Home) -> None:
    home.save()
    assert home.found(wanted) is None


@pytest.mark.parametrize(
    ("life", "spent", "is_kept"),
    [
        pytest.param(timedelta(hours=12), timedelta(hours=11, minutes=44), True, id="16 minutes"),
        pytest.param(timedelta(hours=12), timedelta(hours=11, minutes=45), False, id="15 minutes"),
        pytest.param(timedelta(minutes=16), timedelta(minutes=11), True, id="over a quarter"),
        pytest.param(timedelta(minutes=16), timedelta(minutes=12), False, id="a quarter"),
        pytest.param(timedelta(hours=1), timedelta(hours=2), False, id="expired"),
    ],
)
def test_keys_are_kept_over_15_minutes_or_a_quarter_of_their_life(
    life: timedelta, spent: timedelta, is_kept: bool, home: Home
) -> None:
    home.save(replace(CREDENTIALS, expiration=NOW + life))
    home.clock.advance(spent)
    assert (home.found() is not None) is is_kept


@pytest.mark.parametrize(
    ("username", "session_name", "is_found"),
    [
        ("jane", "jane", True),
        ("CORP\\Jane", "jane@example.com", True),
        (None, "jane", True),
        ("jane", "john", False),
    ],
)
def test_credentials_of_another_person_answer_no_request(
    username: str | None, session_name: str, is_found: bool, home: Home
) -> None:
    request = replace(REQUEST, username=username)
    arn = f"arn:aws:sts::111111111111:assumed-role/Dev/{session_name}"
    home.store.save(request, Issued(replace(CREDENTIALS, assumed_role_arn=arn), NOW))
    assert (home.found(request) is not None) is is_found


def test_credentials_of_a_response_that_was_given_answer_no_request(home: Home) -> None:
    request = replace(REQUEST, idp_url="")
    home.store.save(request, ISSUED)
    assert home.found(request) is None


def test_keys_that_somebody_replaced_are_not_taken_for_ours(home: Home) -> None:
    home.save()
    home.path.write_text(LINES.replace("ASIA1", "ASIA2"))
    assert home.found() is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 9}', '{"version": 1}'])
def test_a_note_that_cannot_be_read_keeps_nothing(content: str, home: Home) -> None:
    home.save()
    [note] = (home.folder / "stored").iterdir()
    note.write_text(content)
    assert home.found() is None


def test_the_note_is_private_and_holds_no_key(home: Home) -> None:
    home.save()
    [note] = (home.folder / "stored").iterdir()
    assert note.stat().st_mode & 0o777 == 0o600
    assert not any(word in note.read_text() for word in ("secret1", "token1", "ASIA1"))


def test_logout_removes_our_keys_and_the_section_that_held_only_them(home: Home) -> None:
    home.path.parent.mkdir()
    home.path.write_text("[a]\nk = v\n")
    home.save()
    assert home.remove()
    assert home.path.read_text() == "[a]\nk = v\n"
    assert not home.remove()


@pytest.mark.parametrize(
    "before",
    [
        "[dev]\n",
        "[dev]\n# of the team\n[prod]\nregion = x\n",
        "[a]\nk = v\n\n[dev]\n\n[prod]\n",
        "[dev]\nregion = x",
        "[dev]",
        "[a]\nk = v",
        "[a]\nk = v\n\n",
        "[a]\r\nk = v",
        "",
    ],
)
def test_logout_leaves_the_file_as_it_was_before_the_first_sign_in(before: str, home: Home) -> None:
    home.path.parent.mkdir()
    home.path.write_bytes(before.encode())
    home.save()
    home.save()
    assert home.remove()
    assert home.path.read_bytes() == before.encode()


def test_a_comment_that_somebody_wrote_into_our_section_keeps_its_header(home: Home) -> None:
    home.save()
    with home.path.open("a") as file:
        file.write("# of the team\n")
    home.remove()
    assert home.path.read_text() == "[dev]\n# of the team\n"


def test_logout_leaves_other_keys(home: Home) -> None:
    home.path.parent.mkdir()
    home.path.write_text("[dev]\n# mine\nregion = x\n")
    home.save()
    home.remove()
    assert home.path.read_text() == "[dev]\n# mine\nregion = x\n"


def test_logout_leaves_keys_that_are_not_ours(home: Home) -> None:
    home.path.parent.mkdir()
    home.path.write_text(f"[dev]\n{''.join(f'{k} = {v}{chr(10)}' for k, v in TEMPORARY.items())}")
    before = home.path.read_text()
    assert not home.remove()
    assert home.path.read_text() == before


def test_logout_leaves_keys_that_somebody_put_in_the_place_of_ours(home: Home) -> None:
    home.save()
    home.path.write_text(LINES.replace("ASIA1", "ASIA2"))
    home.remove()
    assert home.path.read_text() == LINES.replace("ASIA1", "ASIA2").partition("x_security")[0]


def test_after_logout_no_temporary_key_is_left_anywhere(home: Home) -> None:
    home.save()
    home.save(replace(CREDENTIALS, session_token="token2"))
    home.remove()
    for file in home.path.parent.rglob("*"):
        assert not file.is_file() or b"token" not in file.read_bytes().replace(b"_token", b"")


def test_after_logout_undo_brings_the_long_lived_keys_back(home: Home) -> None:
    home.path.parent.mkdir()
    before = "[dev]\naws_access_key_id = AKIA\naws_secret_access_key = long\nregion = x\n"
    home.path.write_text(before)
    home.save()
    home.remove()
    assert revert.revert_last(folder=home.folder, secrets=SECRETS, now=home.clock.now)
    assert home.path.read_text() == before


def test_profiles_with_our_keys_are_listed(home: Home) -> None:
    home.path.parent.mkdir()
    home.path.write_text("[theirs]\naws_access_key_id = AKIA\n")
    home.save()
    home.save(profile="my prod")
    with home.path.open("a") as file:
        file.write("\n" + LINES.replace("[dev]", "[odd]").replace("2026-11-23T13", "soon"))
    assert home.stored() == [
        StoredProfile("dev", ROLE, CREDENTIALS.expiration, REQUEST.sts),
        StoredProfile("my prod", ROLE, CREDENTIALS.expiration, REQUEST.sts),
        StoredProfile("odd", ROLE, None),
    ]


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("aws_access_key_id = ASIA1\n", ""),
        ("aws_secret_access_key = secret1\n", ""),
        ("aws_session_token = token1\n", ""),
        ("aws_session_token = token1\n", "aws_session_token =\n"),
        ("aws_security_token = token1\n", "aws_security_token = stale\n"),
        ("x_saml_role_arn = arn:aws:iam::111111111111:role/Dev\n", ""),
    ],
)
def test_a_profile_without_all_of_our_keys_has_none_stored(
    home: Home, line: str, instead: str
) -> None:
    home.save()
    assert len(home.stored()) == 1
    home.path.write_text(home.path.read_text().replace(line, instead))
    assert home.stored() == []
    assert home.found() is None


def test_the_older_name_of_the_token_may_be_missing(home: Home) -> None:
    home.save()
    home.path.write_text(home.path.read_text().replace("aws_security_token = token1\n", ""))
    assert len(home.stored()) == 1
    assert home.found() == CREDENTIALS


def test_keys_of_another_tool_in_the_place_of_ours_are_not_stored_by_us(home: Home) -> None:
    home.save()
    home.path.write_text(home.path.read_text().replace("ASIA1", "ASIA2"))
    assert home.stored() == []


def test_an_expiry_that_is_no_time_in_utc_is_none(home: Home) -> None:
    home.save()
    text = home.path.read_text()
    home.path.write_text(text.replace("2026-11-23T13:00:00+00:00", "0001-01-01T00:00:00+14:00"))
    assert home.stored() == [StoredProfile("dev", ROLE, None, REQUEST.sts)]
    assert home.found() is None


def test_logout_puts_a_torn_file_back_first(home: Home) -> None:
    home.save()
    kept = home.path.read_bytes()
    home.path.write_bytes(torn(home.path, kept, b"[new]\nk" + kept, copies=home.folder / "copies"))
    assert home.remove()
    assert home.path.read_text() == ""


def torn(path: Path, old: bytes, new: bytes, *, copies: Path) -> bytes:
    """Leave `old` as a writer of `new` that was killed leaves it, with its copy."""
    copies.mkdir()
    versions = {
        name: base64.b64encode(text).decode() for name, text in (("old", old), ("new", new))
    }
    copy = copies / f"{atomic.name_of(str(atomic.real(path)))}.json"
    copy.write_text(json.dumps(versions))
    return new[:7] + old[7:]


def test_where_there_is_no_file_nothing_is_stored(home: Home) -> None:
    assert home.stored() == []
    assert home.found() is None
    assert not home.remove()
