"""The file of cookies: when it serves, whose it is, and how it goes to a browser and back."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from aws_saml_ext.capture import kept_session
from aws_saml_ext.capture.browser.discovery import Programs
from aws_saml_ext.capture.replay import kept_cookies
from aws_saml_ext.capture.replay.cookies import Cookie
from aws_saml_ext.capture.replay.kept_cookies import KeptCookies, digest_of, stamp_of
from aws_saml_ext.capture.replay.replayed import KeptSession, may_replay
from aws_saml_ext.clock import Deadline
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.config.settings import Browser, Renewal, Settings
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic
from tests.samples import SETTINGS

DAY = 24 * 3600.0
NOW = 1_800_000_000.0
PROGRAMS = Programs(Browser.CHROMIUM, Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver"))
OLD = Cookie("SID", "old-secret", "idp.example.com", host_only=True, path="/", secure=True)
NEW = replace(OLD, value="new-secret")
HEADERS = (("User-Agent", "the browser's"),)
KEPT = KeptCookies("digest", "stamp", NOW, HEADERS, base=(OLD,), cookies=(OLD,))


def obstacle(kept: KeptCookies, *, now: float = NOW) -> str | None:
    return kept.obstacle(digest="digest", stamp="stamp", now=now)


def test_it_serves_as_the_last_browser_left_it() -> None:
    assert obstacle(KEPT) is None


@pytest.mark.parametrize(
    ("changed", "now"),
    [
        ({"is_in_browser": True}, NOW),
        ({"is_device_bound": True}, NOW),
        ({"digest": "another"}, NOW),
        ({"stamp": "another"}, NOW),
        ({}, NOW + 7 * DAY + 1),
        ({}, NOW - 3600),  # the clock was moved, or the file is from the future
        ({"paused_until": NOW + 60}, NOW),
    ],
)
def test_in_any_doubt_it_does_not(changed: dict[str, Any], now: float) -> None:
    assert obstacle(replace(KEPT, **changed), now=now)


def test_a_pause_far_in_the_future_is_a_clock_that_was_moved() -> None:
    assert obstacle(replace(KEPT, paused_until=NOW + 30 * DAY)) is None


def test_after_three_failures_it_is_tried_once_a_day() -> None:
    failed = KEPT.after_failure(NOW).after_failure(NOW)
    assert obstacle(failed) is None
    failed = failed.after_failure(NOW)
    assert obstacle(failed, now=NOW + DAY - 1)
    assert obstacle(failed, now=NOW + DAY) is None
    again = failed.after_failure(NOW + DAY)
    assert obstacle(again, now=NOW + 2 * DAY - 1)
    assert again.after_success() == KEPT


@pytest.mark.parametrize(
    "changed",
    [
        {"idp_url": "https://other.example.com/"},
        {"username": "joe"},
        {"acs_url": "https://acs.example.com/saml"},
        {"browser_arguments": ("--lang=de",)},
    ],
)
def test_other_settings_have_another_digest(changed: dict[str, Any]) -> None:
    plain = digest_of(SETTINGS, "chromium", Path("/usr/bin/chromium"))
    assert digest_of(replace(SETTINGS, **changed), "chromium", Path("/usr/bin/chromium")) != plain
    assert digest_of(SETTINGS, "chromium", Path("/opt/chromium")) != plain
    assert digest_of(SETTINGS, "edge", Path("/usr/bin/chromium")) != plain


@pytest.mark.parametrize("name", ["Default/Cookies", "cookies.sqlite", "sessionstore.jsonlz4"])
def test_the_stamp_changes_with_the_browsers_own_cookies(name: str, tmp_path: Path) -> None:
    before = stamp_of(tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("1")
    first = stamp_of(tmp_path)
    os.utime(tmp_path / name, ns=(1, 1))
    assert len({before, first, stamp_of(tmp_path)}) == 3


# ---- the file ----


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cookies.json"
    kept_cookies.write(path, KEPT)
    return path


def test_it_comes_back_as_it_was(file: Path) -> None:
    kept = replace(KEPT, cookies=(NEW, replace(OLD, name="x", expires=1.5)), failures=2)
    kept_cookies.write(file, kept)
    assert kept_cookies.read(file) == kept


def changed_json(**changed: Any) -> Callable[[Path], object]:
    def change(file: Path) -> None:
        file.write_text(json.dumps({**json.loads(file.read_text()), **changed}))

    return change


def link(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))
    file.symlink_to(file.with_name("elsewhere"))


def cookie_with(**changed: Any) -> Callable[[Path], object]:
    def change(file: Path) -> None:
        found = json.loads(file.read_text())
        found["cookies"][0].update(changed)
        file.write_text(json.dumps(found))

    return change


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut off": lambda file: file.write_text(file.read_text()[:-20]),
    "empty": lambda file: file.write_text(""),
    "binary": lambda file: file.write_bytes(b"\xff\x00"),
    "a list": lambda file: file.write_text("[]"),
    "nested": lambda file: file.write_text("[" * 100_000),
    "of a newer version": changed_json(version=2),
    "without a version": changed_json(version=None),
    "with another key": changed_json(more=1),
    "with a time that is none": changed_json(browser_at="now"),
    "with a flag that is none": changed_json(is_in_browser="no"),
    "with a cookie that is none": changed_json(cookies=["SID"]),
    "with a value that is none": cookie_with(value=1),
    "with an expiry that is none": cookie_with(expires="soon"),
    "readable by others": lambda file: file.chmod(0o644),
    "a link": link,
}


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_one_that_is_not_whole_or_not_ours_alone_counts_as_none(
    damage: Callable[[Path], object], file: Path
) -> None:
    damage(file)
    assert kept_cookies.read(file) is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_only_its_owner_can_read_it(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_a_killed_program_left_beside_it_goes(file: Path) -> None:
    leftover = file.with_name(f".{file.name}.0123{atomic.LEFTOVER}")
    leftover.write_text("old-secret")
    kept_cookies.write(file, KEPT)
    assert not leftover.exists()


def test_no_value_shows() -> None:
    assert "secret" not in repr(KEPT)


def test_on_windows_and_for_a_temporary_profile_there_is_none(tmp_path: Path) -> None:
    kept = tmp_path / "0123" / "profile"
    assert kept_session.cookies_file(kept) == tmp_path / "0123" / "cookies.json"
    assert kept_session.cookies_file(kept, platform="win32") is None
    assert kept_session.cookies_file(tmp_path / "fresh-0123") is None


# ---- when it is tried ----


@pytest.mark.parametrize(
    "changed",
    [
        {"renewal": Renewal.BROWSER},
        {"keep_session": False},
        {"sign_in": Flow.WINDOW},
        {"show_browser": True},
        {"browser_arguments": ("--proxy-server=http://proxy.example.com",)},
        {"browser_arguments": ("--host-resolver-rules=MAP * 10.0.0.1",)},
        {"browser_arguments": ("--ignore-certificate-errors",)},
    ],
)
def test_it_is_not_tried_where_only_a_browser_will_do(changed: dict[str, Any]) -> None:
    assert may_replay(SETTINGS)
    assert not may_replay(replace(SETTINGS, **changed))


# ---- the handover ----


@dataclass
class Store:
    """The cookies of a browser."""

    held: list[Cookie]
    fails: bool = False

    def read(self) -> list[Cookie]:
        if self.fails:
            raise ValueError
        return list(self.held)

    def put(self, cookie: Cookie) -> None:
        self.held = [each for each in self.held if each.key != cookie.key] + [cookie]

    def remove(self, cookie: Cookie) -> None:
        self.held = [each for each in self.held if each.key != cookie.key]


@dataclass
class FakeBrowser:
    """A browser that only has cookies."""

    cookies: Any
    navigation_headers: tuple[tuple[str, str], ...] = HEADERS

    def guarded(self) -> AbstractContextManager[None]:
        return nullcontext()


@dataclass
class Kept:
    """A kept session, and the browsers that run on its profile."""

    folder: Path
    settings: Settings = SETTINGS
    now: float = NOW
    announced: list[str] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.folder / "cookies.json"

    @property
    def kept(self) -> KeptCookies:
        found = kept_cookies.read(self.file)
        assert found is not None
        return found

    def session(self) -> KeptSession:
        """The session as the next program sees it; each replay fails."""
        return KeptSession(
            self.settings, PROGRAMS, self.folder, self.file, no_network, now=lambda: self.now
        )

    def replay_fails(self, session: KeptSession) -> None:
        assert session.replay(Deadline(1)) is None

    def browser(
        self, store: Store, session: KeptSession | None = None, *, has_asked: bool = False
    ) -> None:
        """A browser that ends a sign-in well."""
        session = session or self.session()
        with session.handing_over(self._start(store))(self.settings, self.folder, True, 1):
            session.take(has_asked=has_asked)
        session.seal(self._announce)

    def _announce(self) -> bool:
        self.announced.append("told")
        return True

    def killed_browser(self, store: Store) -> None:
        """A browser that ends without a sign-in."""
        with self.session().handing_over(self._start(store))(self.settings, self.folder, True, 1):
            pass

    def _start(self, store: Store) -> Any:
        @contextmanager
        def start(*_: Any) -> Iterator[Any]:
            yield FakeBrowser(store)
            (self.folder / "cookies.sqlite").write_text(repr(self.now))

        return start


def no_network() -> Mapping[str, str]:
    raise OSError


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def replayed(kept: Kept, *cookies: Cookie) -> None:
    """A replay that has changed the cookies."""
    kept_cookies.write(kept.file, replace(kept.kept, cookies=cookies))


def test_a_browser_that_ends_well_leaves_its_cookies_and_headers(kept: Kept) -> None:
    kept.browser(Store([OLD]))
    left = kept.kept
    assert (left.base, left.cookies, left.headers) == ((OLD,), (OLD,), HEADERS)
    assert left.obstacle(digest=left.digest, stamp=stamp_of(kept.folder), now=NOW) is None


def test_one_that_starts_gets_what_replays_have_changed(kept: Kept) -> None:
    gone, came = replace(OLD, name="gone"), replace(OLD, name="came")
    kept.browser(Store([OLD, gone]))
    replayed(kept, NEW, came)
    store = Store([OLD, gone])
    kept.browser(store)
    assert store.held == [NEW, came]


def test_while_one_runs_the_file_serves_nobody(kept: Kept) -> None:
    kept.browser(Store([OLD]))
    kept.killed_browser(Store([OLD]))
    assert kept.kept.is_in_browser
    kept.browser(Store([OLD]))
    assert not kept.kept.is_in_browser


def test_a_browser_that_starts_ends_the_shared_assertion(kept: Kept) -> None:
    assertion = kept.folder / "assertion.json"
    assertion.touch()
    kept.killed_browser(Store([OLD]))
    assert not assertion.exists()


@pytest.mark.parametrize("written_down", [True, False])
def test_after_a_killed_browser_the_next_one_is_right(written_down: bool, kept: Kept) -> None:
    kept.browser(Store([OLD]))
    replayed(kept, NEW)
    kept.killed_browser(Store([OLD]))
    store = Store([NEW if written_down else OLD])
    kept.browser(store)
    assert store.held == [NEW]


def test_a_browser_whose_cookies_cannot_be_read_leaves_none(kept: Kept) -> None:
    kept.browser(Store([OLD], fails=True))
    assert not kept.file.exists()


def test_failures_count_where_a_browser_succeeds_without_asking(kept: Kept) -> None:
    kept.browser(Store([OLD]))
    for expected in (1, 2, 3):
        session = kept.session()
        kept.replay_fails(session)
        kept.browser(Store([OLD]), session)
        assert kept.kept.failures == expected
    assert kept.kept.paused_until == NOW + DAY


def test_a_browser_that_asked_proves_nothing(kept: Kept) -> None:
    kept.browser(Store([OLD]))
    session = kept.session()
    kept.replay_fails(session)
    kept.browser(Store([OLD]), session, has_asked=True)
    assert kept.kept.failures == 0


def test_a_replay_that_is_not_begun_is_no_failure(kept: Kept) -> None:
    kept.browser(Store([OLD]))
    kept.now += 8 * DAY
    session = kept.session()
    kept.replay_fails(session)
    kept.browser(Store([OLD]), session)
    assert kept.kept.failures == 0


def test_a_device_bound_session_stays_so(kept: Kept) -> None:
    kept.browser(Store([OLD]))
    kept_cookies.write(kept.file, replace(kept.kept, is_device_bound=True))
    kept.browser(Store([OLD]))
    assert kept.kept.is_device_bound


def test_a_person_is_told_once(kept: Kept) -> None:
    kept.browser(Store([OLD]))
    kept.browser(Store([OLD]))
    assert kept.announced == ["told"]


def test_without_replays_nothing_is_kept_and_nobody_is_told(kept: Kept) -> None:
    kept.browser(Store([OLD]))
    kept.announced.clear()
    kept.settings = replace(kept.settings, renewal=Renewal.BROWSER)
    replayed(kept, NEW)
    store = Store([OLD])
    kept.browser(store)
    assert (store.held, kept.file.exists(), kept.announced) == ([NEW], False, [])


def test_cookies_that_cannot_be_marked_are_not_given_away(kept: Kept) -> None:
    kept.browser(Store([OLD]))
    session, store = kept.session(), Store([OLD])
    replayed(kept, NEW)
    session.file = kept.folder / "cookies.json"
    kept.folder.chmod(0o500)
    try:
        if os.access(kept.folder, os.W_OK):
            pytest.skip("this user may write everywhere")
        with pytest.raises(StoreError):
            kept.browser(store, session)
    finally:
        kept.folder.chmod(0o700)
    assert store.held == [OLD]
