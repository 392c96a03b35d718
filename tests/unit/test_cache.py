"""The cache: what is given out of it, what is refused and rebuilt, and what goes."""

from __future__ import annotations

import json
import os
import stat
import sys
from binascii import crc32
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aws_saml_ext import fast_path
from aws_saml_ext.clock import Clock
from aws_saml_ext.credentials import Credentials, Issued
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic
from aws_saml_ext.session_policies import SessionPolicies
from aws_saml_ext.store.cache import Cache
from aws_saml_ext.store.credential_store import CredentialRequest, CredentialStore, StoredProfile
from tests.contracts.credential_store import CredentialStoreContract
from tests.doubles import FakeClock
from tests.stored import (
    CREDENTIALS,
    HOUR,
    ISSUED,
    NAMES,
    NOW,
    REQUEST,
    ROLE,
    SPOILT,
    of_a_newer_format,
    with_a_byte_flipped,
    with_another_checksum,
)
from tests.stored import OTHER as OTHER_REQUEST

KEY = replace(REQUEST, profile="first")
OTHER = replace(OTHER_REQUEST, profile="first")

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")


class Home:
    """The folder of a cache, its environment and a clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / ".aws" / "saml" / "cache"
        self.clock = FakeClock(NOW)
        # None of the real files, and always there: only what a test writes can change a state.
        self.environ = {
            "AWS_CONFIG_FILE": str(folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        }

    @property
    def cache(self) -> Cache:
        return self.of_environment()

    def of_environment(self, **environ: str) -> Cache:
        return Cache(
            self.folder.parent,
            environ={**self.environ, **environ},
            clock=self.clock,
        )

    def save(self, key: CredentialRequest = KEY, issued: Issued = ISSUED) -> Path:
        self.cache.save(key, issued)
        return self.folder / f"{key.key}.keys"

    def index(self, profile: str, key: CredentialRequest = KEY, **environ: str) -> Path:
        """Write the index of a profile, and return its file."""
        both = {**self.environ, **environ}
        fingerprint = fast_path.fingerprint(both)
        self.of_environment(**environ).index(replace(key, profile=profile, fingerprint=fingerprint))
        return self.folder / fast_path.index_name(profile, both)

    def indexed(self, profile: str, **environ: str) -> Issued | None:
        return self.of_environment(**environ).indexed(profile)

    def last(self, profile: str = "first") -> Credentials | None:
        return self.cache.last(profile)

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def holds(self, text: str) -> bool:
        """Return whether any file of the cache contains the text."""
        return any(text.encode() in path.read_bytes() for path in self.folder.iterdir())


class TestContract(CredentialStoreContract):
    """The cache is a store."""

    def store_at(self, folder: Path, clock: Clock) -> CredentialStore:
        return Cache(folder / "saml", clock=clock)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


# ---- what is kept ----


def test_what_was_kept_is_given(home: Home) -> None:
    home.save()
    assert home.cache.find(KEY) == ISSUED


def test_nothing_is_given_where_nothing_was_kept(home: Home) -> None:
    assert home.cache.find(KEY) is None
    assert home.cache.profiles() == []
    assert not home.cache.delete("dev")
    assert not home.folder.exists()


@pytest.mark.parametrize(
    "other",
    [
        replace(KEY, idp_url="https://idp.example.com/other"),
        replace(KEY, username="joe"),
        replace(KEY, username=None),
        replace(KEY, role=None),
        replace(KEY, role="Dev"),
        replace(KEY, role_selection=0),
        replace(KEY, provider_arn="arn:aws:iam::111111111111:saml-provider/Corp"),
        replace(KEY, duration=900),
        replace(KEY, sts="us-east-1"),
        replace(KEY, session_policies=SessionPolicies(("ReadOnlyAccess",))),
        replace(KEY, session_policies=SessionPolicies((), "{}")),
        replace(KEY, username="\udcff"),
    ],
    ids=str,
)
def test_whatever_makes_keys_different_has_its_own(other: CredentialRequest, home: Home) -> None:
    home.save()
    assert home.cache.find(other) is None


@on_posix
def test_only_its_owner_can_read_it(home: Home) -> None:
    home.save()
    home.index("dev")
    for folder in (home.folder, *home.folder.parents[:2]):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    for file in home.folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


@on_posix
def test_a_folder_that_others_could_read_is_closed(home: Home) -> None:
    home.folder.mkdir(parents=True)
    home.folder.chmod(0o755)
    home.save()
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700


def test_new_keys_take_the_place_of_the_old(home: Home) -> None:
    home.save()
    new = Issued(replace(CREDENTIALS, session_token="token2"), NOW)
    home.save(issued=new)
    assert home.cache.find(KEY) == new
    assert not home.holds("token1")


def test_the_answer_in_it_is_the_json_of_a_credential_process(home: Home) -> None:
    entry = fast_path.read_entry(str(home.save()))
    assert entry is not None
    assert json.loads(entry.answer) == {
        "Version": 1,
        "AccessKeyId": "ASIA1",
        "SecretAccessKey": "secret1",
        "SessionToken": "token1",
        "Expiration": "2026-11-23T13:00:00Z",
    }


@pytest.mark.parametrize("value", [KEY, ISSUED, replace(KEY, role=None)], ids=["key", "keys", "*"])
def test_no_secret_shows(value: object) -> None:
    shown = repr(value) + str(value)
    assert not any(secret in shown for secret in ("secret1", "token1"))


def test_nor_does_it_in_an_entry(home: Home) -> None:
    entry = fast_path.read_entry(str(home.save()))
    assert "secret1" not in repr(entry)


# ---- what lives long enough ----


@pytest.mark.parametrize(
    ("life", "spent", "is_fresh"),
    [
        pytest.param(12 * HOUR, timedelta(hours=11, minutes=44, seconds=59), True, id="15 minutes"),
        pytest.param(12 * HOUR, timedelta(hours=11, minutes=45), False, id="less than 15 minutes"),
        pytest.param(HOUR, timedelta(minutes=44, seconds=59), True, id="a quarter is 15 minutes"),
        pytest.param(HOUR, timedelta(minutes=45), False, id="both"),
        pytest.param(HOUR / 4, timedelta(seconds=674), True, id="a quarter of 15 minutes"),
        pytest.param(HOUR / 4, timedelta(seconds=675), False, id="less than a quarter"),
        pytest.param(HOUR, HOUR, False, id="ended"),
        pytest.param(HOUR, timedelta(days=365), False, id="long ended"),
        pytest.param(HOUR, -timedelta(minutes=5), True, id="the clock was put back a little"),
        pytest.param(HOUR, -timedelta(minutes=5, seconds=1), False, id="the clock was put back"),
        pytest.param(HOUR, -timedelta(days=365), False, id="the clock was put back a year"),
    ],
)
def test_keys_are_given_while_they_live_long_enough(
    life: timedelta, spent: timedelta, is_fresh: bool, home: Home
) -> None:
    kept = Issued(replace(CREDENTIALS, expiration=NOW + life), NOW)
    home.save(issued=kept)
    home.index("dev")
    home.clock.advance(spent)
    found = (home.cache.find(KEY), home.indexed("dev"))
    assert found == ((kept, kept) if is_fresh else (None, None))


def test_what_is_not_fresh_any_more_can_still_be_read(home: Home) -> None:
    home.save()
    home.clock.advance(timedelta(days=7))
    found = home.last()
    assert found is not None
    assert found.role_arn == ROLE


# ---- what is refused, and rebuilt ----


@pytest.mark.parametrize("spoil", SPOILT)
def test_an_entry_that_is_not_whole_or_not_ours_alone_is_refused(
    spoil: Callable[[Path], None], home: Home
) -> None:
    path = home.save()
    home.index("dev")
    spoil(path)
    assert home.cache.find(KEY) is None
    assert home.last() is None
    assert home.indexed("dev") is None
    assert home.cache.profiles() == []


@pytest.mark.parametrize("spoil", SPOILT)
def test_it_is_rebuilt(spoil: Callable[[Path], None], home: Home) -> None:
    path = home.save()
    spoil(path)
    home.save()
    assert home.cache.find(KEY) == ISSUED
    assert stat.S_ISREG(path.lstat().st_mode)


@pytest.mark.parametrize("spoil", SPOILT)
def test_logout_removes_it_all_the_same(spoil: Callable[[Path], None], home: Home) -> None:
    path = home.save()
    home.index("dev")
    spoil(path)
    home.cache.delete("dev")
    assert not path.is_symlink()
    assert not path.exists()


def test_a_folder_in_the_place_of_an_entry_is_refused_and_told(home: Home) -> None:
    path = home.save()
    path.unlink()
    path.mkdir()
    assert home.cache.find(KEY) is None
    with pytest.raises(StoreError, match="could not be written"):
        home.save()


@pytest.mark.parametrize(
    ("answer", "about"),
    [
        (b"{}", b"{}"),
        (b"[]", b"[]"),
        (b"null", b"null"),
        (b"{", b"}"),
        (b'{"AccessKeyId": "ASIA1"}', b"{}"),
        (b'{"AccessKeyId":1,"SecretAccessKey":1,"SessionToken":1,"Expiration":1}', b"{}"),
        (
            b'{"AccessKeyId":"a","SecretAccessKey":"s","SessionToken":"t","Expiration":"soon"}',
            b'{"RoleArn": "r", "AssumedRoleArn": "a"}',
        ),
    ],
)
def test_a_whole_entry_of_somebody_elses_making_is_no_keys(
    answer: bytes, about: bytes, home: Home
) -> None:
    path = home.save()
    seconds = int(NOW.timestamp())
    entry = fast_path.Entry(seconds + 3600, seconds, answer, about)
    path.write_bytes(fast_path.entry_content(entry))
    assert home.last() is None
    assert home.cache.find(KEY) is None


@pytest.mark.parametrize("times", [b"soon 0", b"1", b"", b"1 2 3", b"9" * 5000 + b" 1"])
def test_an_entry_whose_times_are_none_is_refused(times: bytes, home: Home) -> None:
    path = home.save()
    _, _, answer, about, _ = path.read_bytes().split(b"\n")
    rest = b"\n".join((times, answer, about, b""))
    path.write_bytes(b"aws-saml-ext keys 1 %08x\n%s" % (crc32(rest), rest))
    assert home.last() is None


# ---- a folder that cannot be used ----


def test_a_file_in_the_place_of_the_folder_is_told(home: Home) -> None:
    home.folder.parent.mkdir(parents=True)
    home.folder.write_text("somebody put a file here")
    with pytest.raises(StoreError, match="could not be made"):
        home.save()
    home.index("dev")  # it is for speed only
    assert home.indexed("dev") is None
    assert home.cache.profiles() == []
    assert not home.cache.delete("dev")


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0,
    reason="Windows has other permissions, and root has all",
)
def test_a_folder_of_somebody_else_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.folder.parent.mkdir(parents=True)
    home.folder.parent.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="could not be made"):
            home.save()
    finally:
        home.folder.parent.chmod(0o700)


def test_where_new_keys_cannot_be_written_the_old_ones_stay(home: Home) -> None:
    path = home.save()
    before = path.read_bytes()
    too_long = "x" * 300
    with pytest.raises(StoreError):
        atomic.write_private(path.with_name(too_long), b"new")
    assert path.read_bytes() == before
    assert home.names() == [path.name]


# ---- the index ----


def test_a_profile_leads_to_its_keys(home: Home) -> None:
    home.save()
    home.index("dev")
    assert home.indexed("dev") == ISSUED
    assert home.indexed("other") is None


def test_an_index_that_leads_to_nothing_is_none(home: Home) -> None:
    home.save()
    home.index("dev", OTHER)
    assert home.indexed("dev") is None


@pytest.mark.parametrize("file", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
@pytest.mark.parametrize("before", [None, "before\n"], ids=["made", "changed"])
def test_it_ends_when_one_of_the_two_files_is_another(
    before: str | None, file: str, home: Home
) -> None:
    path = Path(home.environ[file])
    if before is not None:
        path.write_text(before)
    home.save()
    home.index("dev")
    assert home.indexed("dev") == ISSUED
    path.write_text("after, and longer\n")
    assert home.indexed("dev") is None


def test_it_ends_when_the_config_file_is_replaced_by_one_of_the_same_size_and_time(
    home: Home,
) -> None:
    config = Path(home.environ["AWS_CONFIG_FILE"])
    config.write_text("saml_role_arn = Dev1\n")
    times = config.stat()
    home.save()
    home.index("dev")
    new = config.with_name("new")
    new.write_text("saml_role_arn = Dev2\n")
    os.utime(new, ns=(times.st_atime_ns, times.st_mtime_ns))
    new.replace(config)
    assert home.indexed("dev") is None


def test_it_ends_when_the_config_file_is_changed_in_its_place(home: Home) -> None:
    config = Path(home.environ["AWS_CONFIG_FILE"])
    config.write_text("saml_role_arn = Dev1\n")
    home.save()
    home.index("dev")
    with config.open("r+") as file:
        file.write("saml_role_arn = Dev2\n")
    later = config.stat().st_mtime_ns + 1  # a clock of the file system may have stood still
    os.utime(config, ns=(later, later))
    assert home.indexed("dev") is None


def test_it_ends_when_the_config_file_is_gone(home: Home) -> None:
    config = Path(home.environ["AWS_CONFIG_FILE"])
    config.touch()
    home.save()
    home.index("dev")
    config.unlink()
    assert home.indexed("dev") is None


def test_a_config_file_elsewhere_has_another(home: Home, tmp_path: Path) -> None:
    home.save()
    home.index("dev")
    assert home.indexed("dev", AWS_CONFIG_FILE=str(tmp_path / "elsewhere")) is None
    assert home.indexed("dev", AWS_CONFIG_FILE="") is None


def test_a_config_file_behind_a_variable_is_watched_too(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHERE", str(tmp_path))
    home.save()
    home.index("dev", AWS_CONFIG_FILE="$WHERE/config")
    assert home.indexed("dev", AWS_CONFIG_FILE="$WHERE/config") == ISSUED
    (tmp_path / "config").write_text("[profile dev]\n")
    assert home.indexed("dev", AWS_CONFIG_FILE="$WHERE/config") is None


@pytest.mark.parametrize("name", fast_path.VARIABLES)
def test_each_environment_has_its_own(name: str, home: Home) -> None:
    home.save()
    home.save(OTHER, Issued(replace(CREDENTIALS, access_key_id="ASIA2"), NOW))
    home.index("dev")
    for value in ("x", "y"):
        assert home.indexed("dev", **{name: value}) is None
    assert home.indexed("dev", **{name: ""}) == ISSUED  # an empty one counts as unset
    home.index("dev", OTHER, **{name: "x"})
    found = [home.indexed("dev"), home.indexed("dev", **{name: "x"})]
    assert [each and each.credentials.access_key_id for each in found] == ["ASIA1", "ASIA2"]
    assert home.indexed("dev", **{name: "y"}) is None


def test_other_variables_do_not_matter(home: Home) -> None:
    home.save()
    home.index("dev")
    assert home.indexed("dev", EDITOR="vi", AWS_PROFILE="other", AWS_PAGER="") == ISSUED


def test_what_changed_while_the_keys_were_made_ends_it(home: Home) -> None:
    """The state is that from before the settings were read."""
    before = fast_path.fingerprint(home.environ)
    Path(home.environ["AWS_CONFIG_FILE"]).write_text("changed meanwhile\n")
    home.save()
    home.cache.index(replace(KEY, profile="dev", fingerprint=before))
    assert home.indexed("dev") is None


@pytest.mark.parametrize("spoil", [each for each in SPOILT if each is not with_a_byte_flipped])
def test_an_index_that_is_not_whole_or_not_ours_alone_is_refused_and_rebuilt(
    spoil: Callable[[Path], None], home: Home
) -> None:
    home.save()
    index = home.index("dev")
    if spoil in (with_another_checksum, of_a_newer_format):
        index.write_bytes(index.read_bytes().replace(b"\n", b"\nanother ", 2))
    else:
        spoil(index)
    assert home.indexed("dev") is None
    home.index("dev")
    assert home.indexed("dev") == ISSUED


@pytest.mark.parametrize(
    "name", ["", "..", "/etc/passwd", "../../config", "x" * 300, "\0", "\udc80"], ids=ascii
)
def test_an_index_that_names_another_file_leads_nowhere(name: str, home: Home) -> None:
    home.save()
    index = home.index("dev")
    state = fast_path.fingerprint(home.environ)
    index.write_bytes(fast_path.index_content(name, "dev", state))
    assert home.indexed("dev") is None
    assert home.cache.profiles() == []
    home.cache.delete("dev")
    assert home.names() == [f"{KEY.key}.keys"]


@pytest.mark.parametrize("profile", NAMES, ids=ascii)
def test_a_profile_of_any_name_leads_to_its_keys(profile: str, home: Home) -> None:
    home.save()
    home.index(profile)
    assert home.indexed(profile) == ISSUED
    assert [each.profile for each in home.cache.profiles()] == [profile]


@pytest.mark.parametrize("profile", NAMES, ids=ascii)
def test_a_profile_of_any_name_is_forgotten(profile: str, home: Home) -> None:
    home.save()
    home.index(profile)
    assert home.cache.delete(profile)
    assert home.names() == []


def test_long_names_that_begin_alike_are_not_taken_for_one_another(home: Home) -> None:
    home.save()
    home.save(OTHER)
    home.index("x" * 300, OTHER)
    assert home.indexed("x" * 299) is None
    home.index("x" * 299)
    assert {each.profile for each in home.cache.profiles()} == {"x" * 300, "x" * 299}
    home.cache.delete("x" * 300)
    assert home.indexed("x" * 299) == ISSUED


def test_file_names_are_short_enough_for_any_file_system(home: Home) -> None:
    home.save()
    home.index("x" * 300)
    # 143 is what eCryptfs takes; a file is written under a longer name first.
    beside = len("..01234567") + len(atomic.LEFTOVER)
    assert all(len(name) + beside <= 143 for name in home.names())


def test_the_index_holds_no_secret(home: Home) -> None:
    home.save()
    content = home.index("dev").read_bytes()
    assert not any(secret in content for secret in (b"ASIA1", b"secret1", b"token1"))


# ---- status and logout ----


def test_the_stored_profiles_are_known_with_their_roles_and_ends(home: Home) -> None:
    home.save()
    home.index("dev")
    home.index("same")
    assert sorted(home.cache.profiles(), key=lambda each: each.profile) == [
        StoredProfile("dev", ROLE, NOW + HOUR, REQUEST.sts),
        StoredProfile("same", ROLE, NOW + HOUR, REQUEST.sts),
    ]


def test_of_several_environments_the_keys_that_live_longest_are_told(home: Home) -> None:
    home.save()
    home.save(OTHER, Issued(replace(CREDENTIALS, expiration=NOW + 2 * HOUR, role_arn="*"), NOW))
    home.index("dev")
    home.index("dev", OTHER, AWS_SAML_USERNAME="us-east-1")
    home.index("dev", KEY, AWS_SAML_USERNAME="us-west-2")
    assert home.cache.profiles() == [StoredProfile("dev", "*", NOW + 2 * HOUR, REQUEST.sts)]


def test_expired_keys_are_stored_keys(home: Home) -> None:
    home.save()
    home.index("dev")
    home.clock.advance(timedelta(days=2))
    assert home.cache.profiles() == [StoredProfile("dev", ROLE, NOW + HOUR, REQUEST.sts)]


def test_logout_removes_the_keys_of_every_environment(home: Home) -> None:
    home.save()
    home.save(OTHER)
    home.index("dev")
    home.index("dev", OTHER, AWS_SAML_USERNAME="us-east-1")
    assert home.cache.delete("dev")
    assert home.names() == []
    assert not home.cache.delete("dev")


def test_logout_removes_the_keys_of_settings_that_the_profile_had_before(home: Home) -> None:
    home.save(OTHER)
    home.index("first", OTHER)
    home.save()
    home.index("first")  # in the place of the index before
    assert home.cache.delete("first")
    assert home.names() == []


def test_the_role_before_is_that_of_the_last_keys_of_the_profile(home: Home) -> None:
    home.save()
    home.save(OTHER, Issued(replace(CREDENTIALS, role_arn="later"), NOW + HOUR))
    assert getattr(home.last(), "role_arn", None) == "later"
    assert home.last("another") is None


def test_logout_removes_the_keys_that_another_profile_shares(home: Home) -> None:
    """Which renews them: they are the same person's, for the same role."""
    home.save()
    home.index("dev")
    home.index("same")
    assert home.cache.delete("dev")
    assert (home.indexed("dev"), home.indexed("same")) == (None, None)
    assert not home.cache.delete("same")
    assert home.names() == []


def test_logout_leaves_other_profiles(home: Home) -> None:
    home.save()
    home.save(OTHER)
    home.index("dev")
    home.index("dev2", OTHER)
    home.cache.delete("dev")
    assert home.indexed("dev2") == ISSUED


def test_logout_finds_the_keys_whose_index_others_can_read(home: Home) -> None:
    home.save().chmod(0o644)
    home.index("dev").chmod(0o644)
    home.cache.delete("dev")
    assert home.names() == []


def test_logout_removes_what_a_killed_writer_left_of_the_keys(home: Home) -> None:
    path = home.save()
    home.index("dev")
    (home.folder / f".{path.name}.0123abcd{atomic.LEFTOVER}").write_text("secret1")
    home.cache.delete("dev")
    assert home.names() == []


def test_where_logout_cannot_remove_the_keys_it_can_be_tried_again(home: Home) -> None:
    path = home.save()
    home.index("dev")
    path.rename(aside := path.with_name("aside"))
    path.mkdir()
    with pytest.raises(StoreError, match="could not be removed"):
        home.cache.delete("dev")
    path.rmdir()
    aside.rename(path)
    assert home.cache.delete("dev")
    assert home.names() == []


# ---- what goes by itself ----


def aged(path: Path, age: timedelta) -> Path:
    moment = (NOW - age).timestamp()
    os.utime(path, (moment, moment))
    return path


@pytest.mark.parametrize(("days", "stays"), [(29, True), (31, False)])
def test_keys_go_a_month_after_they_were_made(days: int, stays: bool, home: Home) -> None:
    old, index = home.save(OTHER), home.index("old", OTHER)
    aged(old, timedelta(days=days))
    home.save()
    assert (old.exists(), index.exists()) == (stays, stays)


@pytest.mark.parametrize(("minutes", "stays"), [(59, True), (61, False)])
def test_what_a_killed_writer_left_goes_after_an_hour(
    minutes: int, stays: bool, home: Home
) -> None:
    path = home.save()
    leftover = home.folder / f".{path.name}.0123abcd{atomic.LEFTOVER}"
    leftover.write_text("secret1")
    aged(leftover, timedelta(minutes=minutes))
    home.save()
    assert leftover.exists() is stays


def test_a_failure_goes_after_a_month(home: Home) -> None:
    path = home.save().with_suffix(".failed")
    path.write_text("{}")
    aged(path, timedelta(days=31))
    home.save()
    assert not path.exists()


def test_an_index_goes_with_the_keys_that_it_leads_to(home: Home) -> None:
    index = home.index("dev", OTHER)
    home.save()
    assert not index.exists()


def test_other_files_stay(home: Home) -> None:
    home.save()
    others = [home.folder / name for name in ("notes.txt", f"{KEY.key}.lock", "profile-zz")]
    for path in others:
        path.touch()
        aged(path, timedelta(days=365))
    home.save()
    assert all(path.exists() for path in others)
