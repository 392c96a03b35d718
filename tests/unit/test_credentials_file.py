"""A profile's temporary keys: what may be overwritten, what is kept, what goes."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from aws_saml_ext.config.sections import SECRETS
from aws_saml_ext.credentials import Credentials, Issued
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic, revert
from aws_saml_ext.store import credentials_file
from aws_saml_ext.store.credentials_file import Conflict, StoredFor, StoredProfile

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
ROLE = "arn:aws:iam::111111111111:role/Dev"
CREDENTIALS = Credentials(
    access_key_id="ASIA1",
    secret_access_key="secret1",
    session_token="token1",
    expiration=NOW + timedelta(hours=1),
    role_arn=ROLE,
    assumed_role_arn="arn:aws:sts::111111111111:assumed-role/Dev/jane",
)
STORED_FOR = StoredFor(ROLE, "https://idp.example.com/aws", "jane", 3600, None)
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
    """A HOME whose clock stands still until it is moved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / ".aws" / "saml"
        self.path = folder / ".aws" / "credentials"
        self.now = NOW

    def keep(self, credentials: Credentials = CREDENTIALS, profile: str = "dev") -> None:
        store = credentials_file.keep_in(
            self.path, profile, stored_for=STORED_FOR, folder=self.folder, now=lambda: self.now
        )
        store(Issued(credentials, self.now))

    def kept(self, wanted: StoredFor = STORED_FOR) -> Credentials | None:
        found = credentials_file.kept(self.path, "dev", wanted, folder=self.folder, now=self.now)
        return found.credentials if found is not None else None

    def stored(self) -> list[StoredProfile]:
        return credentials_file.stored_profiles(self.path, folder=self.folder)

    def remove(self) -> bool:
        return credentials_file.remove(self.path, "dev", folder=self.folder, now=lambda: self.now)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.mark.parametrize(
    ("credentials", "config", "found"),
    [
        pytest.param({}, {"region": "x", "saml_idp_url": "y"}, [], id="nothing"),
        pytest.param(TEMPORARY, {}, [], id="temporary keys of whatever tool"),
        pytest.param({**LONG_LIVED, "aws_security_token": "t"}, {}, [], id="the older name"),
        pytest.param(LONG_LIVED, {}, [("long-lived keys", False)], id="long-lived keys"),
        pytest.param({**LONG_LIVED, "aws_session_token": ""}, {}, [("long-lived keys", False)],
                     id="an empty token"),
        pytest.param({}, LONG_LIVED, [("long-lived keys", False)], id="in the config file"),
        pytest.param({}, {"sso_session": "s", "sso_role_name": "r"},
                     [("sso_session", True), ("sso_role_name", True)], id="sso"),
        pytest.param({}, {"role_arn": "r"}, [], id="role_arn alone"),
        pytest.param({}, {"role_arn": "r", "source_profile": "p"},
                     [("role_arn with source_profile", True)], id="source_profile"),
        pytest.param({"role_arn": "r"}, {"credential_source": "Environment"},
                     [("role_arn with credential_source", True)], id="in both files"),
        pytest.param({}, {"web_identity_token_file": "f", "role_arn": "r"},
                     [("web_identity_token_file", True)], id="web identity"),
        pytest.param({}, {"login_session": "s"}, [("login_session", False)], id="login session"),
        pytest.param({}, {"credential_process": "/bin/theirs"},
                     [("credential_process", False)], id="credential_process"),
        pytest.param({}, {"credential_process": '"/a b/aws-saml-login" credential-process -p x'},
                     [], id="our credential_process"),
    ],
)  # fmt: skip
def test_what_is_not_overwritten(
    credentials: Mapping[str, str], config: Mapping[str, str], found: list[tuple[str, bool]]
) -> None:
    assert credentials_file.conflicts(credentials, config) == [
        Conflict(what, preferred) for what, preferred in found
    ]


def test_the_refusal_names_what_is_there_and_the_command_for_another_profile() -> None:
    refuse = credentials_file.refusing("dev", {"sso_session": "x"}, overwrite=False)
    with pytest.raises(StoreError, match="Profile dev holds long-lived keys, sso_session") as error:
        refuse(LONG_LIVED)
    assert error.value.exit_status == 253
    assert "aws saml-login --profile dev-saml" in str(error.value.hint)
    assert "--overwrite" in str(error.value.hint)


def test_overwriting_is_not_refused() -> None:
    credentials_file.refusing("dev", {"sso_session": "x"}, overwrite=True)(LONG_LIVED)


def test_the_refusal_holds_under_the_lock(home: Home) -> None:
    home.path.parent.mkdir()
    home.path.write_text("[dev]\naws_access_key_id = AKIA\naws_secret_access_key = s\n")
    before = home.path.read_bytes()
    store = credentials_file.keep_in(
        home.path, "dev", stored_for=STORED_FOR, folder=home.folder,
        refuse=credentials_file.refusing("dev", {}, overwrite=False),
    )  # fmt: skip
    with pytest.raises(StoreError):
        store(Issued(CREDENTIALS, NOW))
    assert home.path.read_bytes() == before


def test_the_lines_of_a_profile(home: Home) -> None:
    home.keep()
    assert home.path.read_text() == LINES
    assert credentials_file.read(home.path, "dev") == CREDENTIALS


def test_keys_that_still_live_are_kept(home: Home) -> None:
    home.keep()
    assert home.kept() == CREDENTIALS


@pytest.mark.parametrize(
    "wanted",
    [
        replace(STORED_FOR, role_arn="arn:aws:iam::111111111111:role/Admin"),
        replace(STORED_FOR, idp_url="https://idp.example.com/other"),
        replace(STORED_FOR, username="joe"),
        replace(STORED_FOR, duration=900),
        replace(STORED_FOR, sts_endpoint="http://127.0.0.1:4566"),
    ],
)
def test_keys_of_another_sign_in_are_not_kept(wanted: StoredFor, home: Home) -> None:
    home.keep()
    assert home.kept(wanted) is None


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
    home.keep(replace(CREDENTIALS, expiration=NOW + life))
    home.now = NOW + spent
    assert (home.kept() is not None) is is_kept


def test_keys_that_somebody_replaced_are_not_taken_for_ours(home: Home) -> None:
    home.keep()
    home.path.write_text(LINES.replace("ASIA1", "ASIA2"))
    assert home.kept() is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 9}', '{"version": 1}'])
def test_a_note_that_cannot_be_read_keeps_nothing(content: str, home: Home) -> None:
    home.keep()
    [note] = (home.folder / "stored").iterdir()
    note.write_text(content)
    assert home.kept() is None


def test_the_note_is_private_and_holds_no_key(home: Home) -> None:
    home.keep()
    [note] = (home.folder / "stored").iterdir()
    assert note.stat().st_mode & 0o777 == 0o600
    assert not any(word in note.read_text() for word in ("secret1", "token1", "ASIA1"))


def test_logout_removes_our_keys_and_the_section_that_held_only_them(home: Home) -> None:
    home.path.parent.mkdir()
    home.path.write_text("[a]\nk = v\n")
    home.keep()
    assert home.remove()
    assert home.path.read_text() == "[a]\nk = v\n"
    assert not home.remove()


def test_logout_leaves_other_keys(home: Home) -> None:
    home.path.parent.mkdir()
    home.path.write_text("[dev]\n# mine\nregion = x\n")
    home.keep()
    home.remove()
    assert home.path.read_text() == "[dev]\n# mine\nregion = x\n"


def test_logout_leaves_keys_that_are_not_ours(home: Home) -> None:
    home.path.parent.mkdir()
    home.path.write_text(f"[dev]\n{''.join(f'{k} = {v}{chr(10)}' for k, v in TEMPORARY.items())}")
    before = home.path.read_text()
    assert not home.remove()
    assert home.path.read_text() == before


def test_logout_leaves_keys_that_somebody_put_in_the_place_of_ours(home: Home) -> None:
    home.keep()
    home.path.write_text(LINES.replace("ASIA1", "ASIA2"))
    home.remove()
    assert home.path.read_text() == LINES.replace("ASIA1", "ASIA2").partition("x_security")[0]


def test_after_logout_no_temporary_key_is_left_anywhere(home: Home) -> None:
    home.keep()
    home.keep(replace(CREDENTIALS, session_token="token2"))
    home.remove()
    for file in home.path.parent.rglob("*"):
        assert not file.is_file() or b"token" not in file.read_bytes().replace(b"_token", b"")


def test_after_logout_undo_brings_the_long_lived_keys_back(home: Home) -> None:
    home.path.parent.mkdir()
    before = "[dev]\naws_access_key_id = AKIA\naws_secret_access_key = long\nregion = x\n"
    home.path.write_text(before)
    home.keep()
    home.remove()
    assert revert.revert_last(folder=home.folder, secrets=SECRETS, now=lambda: home.now)
    assert home.path.read_text() == before


def test_profiles_with_our_keys_are_listed(home: Home) -> None:
    home.path.parent.mkdir()
    home.path.write_text("[theirs]\naws_access_key_id = AKIA\n")
    home.keep()
    home.keep(profile="my prod")
    with home.path.open("a") as file:
        file.write("\n" + LINES.replace("[dev]", "[odd]").replace("2026-11-23T13", "soon"))
    assert home.stored() == [
        StoredProfile("dev", ROLE, CREDENTIALS.expiration),
        StoredProfile("my prod", ROLE, CREDENTIALS.expiration),
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
    home.keep()
    assert len(home.stored()) == 1
    home.path.write_text(home.path.read_text().replace(line, instead))
    assert home.stored() == []
    assert home.kept() is None


def test_the_older_name_of_the_token_may_be_missing(home: Home) -> None:
    home.keep()
    home.path.write_text(home.path.read_text().replace("aws_security_token = token1\n", ""))
    assert len(home.stored()) == 1
    assert home.kept() == CREDENTIALS


def test_keys_of_another_tool_in_the_place_of_ours_are_not_stored_by_us(home: Home) -> None:
    home.keep()
    home.path.write_text(home.path.read_text().replace("ASIA1", "ASIA2"))
    assert home.stored() == []


def test_an_expiry_that_is_no_time_in_utc_is_none(home: Home) -> None:
    home.keep()
    text = home.path.read_text()
    home.path.write_text(text.replace("2026-11-23T13:00:00+00:00", "0001-01-01T00:00:00+14:00"))
    assert home.stored() == [StoredProfile("dev", ROLE, None)]
    assert home.kept() is None


def test_logout_puts_a_torn_file_back_first(home: Home) -> None:
    home.keep()
    kept = home.path.read_bytes()
    home.path.write_bytes(torn(home.path, kept, b"[new]\nk" + kept, copies=home.folder / "copies"))
    assert home.remove()
    assert home.path.read_text() == ""


def torn(path: Path, old: bytes, new: bytes, *, copies: Path) -> bytes:
    """What is left of `old` by a writer of `new` who was killed, with the copy that it kept."""
    copies.mkdir()
    versions = {
        name: base64.b64encode(text).decode() for name, text in (("old", old), ("new", new))
    }
    copy = copies / f"{atomic.name_of(str(atomic.real(path)))}.json"
    copy.write_text(json.dumps(versions))
    return new[:7] + old[7:]


def test_where_there_is_no_file_nothing_is_stored(home: Home) -> None:
    assert home.stored() == []
    assert home.kept() is None
    assert not home.remove()
