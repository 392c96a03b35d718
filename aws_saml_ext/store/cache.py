"""
The cache: credentials that programs share and renew, one renewal at a time.

In ~/.aws/saml/cache, 0600 in 0700:

* `KEY.keys`    credentials, under the digest of everything that makes them different
* `KEY.lock`    held by whoever renews them; the system frees it when that program dies
* `KEY.failed`  why the last renewal came to nothing, for those who were waiting for it
* `KEY.door`    held by a run of `credential_process` that renews, from before it loads anything
* `profile-…`   an index, which leads from a profile to its credentials without parsing anything

`credential_process` reads the first and the last in a few milliseconds; it says how they look.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from aws_saml_ext import errors, fast_path
from aws_saml_ext.clock import utc_now
from aws_saml_ext.credentials import Credentials, Issued, parse_time
from aws_saml_ext.errors import (
    IdentityProviderRefused,
    SamlLoginError,
    SignInRequired,
    StoreError,
    TimedOut,
)
from aws_saml_ext.files import atomic
from aws_saml_ext.store.credentials_file import StoredProfile

logger = logging.getLogger("aws_saml_ext")

_FORGOTTEN = timedelta(days=30)
"""How long expired keys stay: they hold the role that was chosen, for the renewal."""
_ABANDONED = timedelta(hours=1)
_NOT_AGAIN = timedelta(minutes=1)
_TURN = 0.05  # seconds between two looks at a lock that another program holds


@dataclass(frozen=True, slots=True)
class Key:
    """Everything that makes credentials different: only the same are shared."""

    idp_url: str
    username: str | None
    role: str | None
    """As the settings have it: an ARN, a pattern, or None for the one that was chosen."""
    profile: str | None
    """
    None where role and username are named: who is signed in, and what was chosen among several,
    is that profile's own otherwise.
    """
    role_selection: int | None
    provider_arn: str | None
    duration: int
    """Seconds, as asked for."""
    sts: str
    """Partition, region and address of the STS that is asked."""

    @property
    def digest(self) -> str:
        """The name of its files."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class _Failure:
    """A renewal that came to nothing."""

    number: str
    """Tells it from the one before."""
    kind: str
    message: str
    hint: str | None
    status: int
    at: float
    """Seconds since 1970."""
    asked: str
    """Who could have been asked; see `Cache.alone`."""

    def is_refusal(self, now: datetime) -> bool:
        """Whether the identity provider has refused what it was given, not a minute ago."""
        is_recent = 0 <= now.timestamp() - self.at < _NOT_AGAIN.total_seconds()
        return is_recent and isinstance(self.error(), IdentityProviderRefused)

    def error(self) -> SamlLoginError:
        kind = getattr(errors, self.kind, None)
        if not (isinstance(kind, type) and issubclass(kind, SamlLoginError)):
            kind = SamlLoginError
        return kind(self.message, hint=self.hint)


class Cache:
    """The credentials that are shared, in one folder."""

    def __init__(self, folder: Path, *, now: Callable[[], datetime] = utc_now) -> None:
        """`folder` is ~/.aws/saml/cache; it is made when something is kept."""
        self._folder = folder
        self._now = now

    @classmethod
    def of(cls, saml_folder: Path, *, now: Callable[[], datetime] = utc_now) -> Cache:
        """The one of a person whose ~/.aws/saml this is; see `fast_path.cache_folder`."""
        return cls(saml_folder / "cache", now=now)

    @property
    def has_profiles(self) -> bool:
        """Whether an index leads here from any profile."""
        return next(self._indexes(), None) is not None

    def read(self, key: Key) -> Issued | None:
        """
        What is kept for `key`, fresh or not.

        None where there is nothing, or a file that is not whole, not ours, or that others can read.
        """
        entry = fast_path.read_entry(str(self._keys(key)))
        return _cached(entry) if entry is not None else None

    def fresh(self, key: Key) -> Issued | None:
        """What is kept for `key`, if it lives long enough to be given to a program."""
        entry = fast_path.read_entry(str(self._keys(key)))
        if entry is None or not entry.is_fresh(self._now().timestamp()):
            return None
        return _cached(entry)

    def indexed(self, profile: str, environ: Mapping[str, str]) -> Issued | None:
        """What the index of a profile leads to, if settings are as they were and it is fresh."""
        path = fast_path.indexed(str(self._folder), profile, environ)
        entry = fast_path.read_entry(path) if path is not None else None
        if entry is None or not entry.is_fresh(self._now().timestamp()):
            return None
        return _cached(entry)

    def role_before(self, profile: str) -> str | None:
        """The role of the last keys that were kept for a profile, whatever its settings were."""
        kept = [(new.issued, new.credentials.role_arn) for _, new in self._kept_for(profile)]
        return max(kept)[1] if kept else None

    def keep(self, key: Key, new: Issued, *, profile: str) -> None:
        """
        Keep credentials for whoever asks for the same; `profile` is who asked first.

        Raises:
            StoreError: they cannot be written; what was kept before is as it was.
        """
        credentials = new.credentials
        about = {
            "RoleArn": credentials.role_arn,
            "AssumedRoleArn": credentials.assumed_role_arn,
            "Profile": profile,
        }
        entry = fast_path.Entry(
            int(new.fresh_until.timestamp()),
            int(new.issued.timestamp()),
            answer(credentials),
            json.dumps(about).encode(),
        )
        atomic.make_private_folder(self._folder)
        with suppress(OSError):  # it may have been made by hand
            self._folder.chmod(0o700)
        self._sweep()
        atomic.write_private(self._keys(key), fast_path.entry_content(entry))

    def lead(self, profile: str, key: Key, environ: Mapping[str, str], state: bytes) -> None:
        """
        Make the index that leads from a profile to what is kept for `key`.

        Args:
            profile: its name.
            key: what its settings come to.
            environ: the environment that they were read in.
            state: `fast_path.state`, from before they were read.

        It is for speed only: where it cannot be written, that is left out.
        """
        with suppress(StoreError):
            name = fast_path.index_name(profile, environ)
            content = fast_path.index_content(self._keys(key).name, profile, state)
            atomic.write_private(self._folder / name, content)

    @contextmanager
    def alone(
        self,
        key: Key,
        *,
        asked: str,
        seconds: float,
        notify: Callable[[str], None],
        by_itself: bool = False,
    ) -> Iterator[None]:
        """
        Be the only one, of all threads and programs, that renews what is kept for `key`.

        Who had to wait reads again what is kept now. An error of the renewal that was waited for
        is theirs, too: ten programs do not open ten windows. Only that a person was needed is no
        error for somebody who could ask in another way (`asked`; displays are not told apart).

        Args:
            key: what is renewed.
            asked: who can be asked for it: nobody, a window, the terminal, in the words of
                `settings.SignInWay`.
            seconds: how long to wait for another program at most.
            tell: hears that it is waited for.
            by_itself: nobody will be asked, so that what the identity provider has just refused
                would be sent again: not within a minute, for it locks accounts.

        Raises:
            TimedOut: it still renews.
            SamlLoginError: its renewal failed.

        Where locking is impossible (a folder that cannot be written to), everybody is alone.
        """
        before = self._failure(key)
        if by_itself and before is not None and before.is_refusal(self._now()):
            raise before.error()
        with ExitStack() as held:
            if self._hold(held, key, seconds, notify):
                self._raise_failure(key, before, asked)
            try:
                yield
            except SamlLoginError as error:
                self._note(key, error, asked)
                raise
            except Exception as error:
                # Nobody foresaw it, so what it says may hold a secret.
                what = f"The sign-in that was waited for broke off ({type(error).__name__})."
                self._note(key, SamlLoginError(what), asked)
                raise
            with suppress(StoreError):
                atomic.remove(self._file(key, fast_path.FAILED))

    def stored(self) -> list[StoredProfile]:
        """The profiles that an index leads from, each with what lives longest of its keys."""
        found: dict[str, StoredProfile] = {}
        for _, profile, keys in self._indexes():
            entry = fast_path.read_entry(str(keys))
            cached = _cached(entry) if entry is not None else None
            if cached is None:
                continue
            ends = cached.credentials.expiration
            before = found.get(profile)
            if before is None or before.expiration is None or before.expiration < ends:
                found[profile] = StoredProfile(profile, cached.credentials.role_arn, ends)
        return list(found.values())

    def forget(self, profile: str) -> bool:
        """
        Remove the keys of a profile; whether there were any.

        Another profile that shares them renews them when it needs some.

        Raises:
            StoreError: a file cannot be removed.
        """
        own = {keys for _, of, keys in self._indexes() if of == profile}
        own |= {keys for keys, _ in self._kept_for(profile)}  # of other settings, or environments
        found = False
        for keys in own:
            found = found or fast_path.read_entry(str(keys)) is not None
            leftovers = self._folder.glob(f".{keys.name}.*{atomic.LEFTOVER}")
            for path in (keys, keys.with_suffix(fast_path.FAILED), *leftovers):
                atomic.remove(path)
        # Last: while one is there, the keys can be found and removed.
        for index in self._folder.glob(f"{fast_path.index_stem(profile)}-*"):
            atomic.remove(index)
        return found

    def _hold(
        self, held: ExitStack, key: Key, seconds: float, notify: Callable[[str], None]
    ) -> bool:
        """Take the lock of a key, until `held` is left; whether another program had it."""
        from filelock import FileLock, Timeout

        lock = FileLock(self._file(key, ".lock"), mode=0o600, thread_local=False)
        waited = False
        try:
            atomic.make_private_folder(self._folder)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                waited = True
                notify("Another program is signing in for the same credentials; waiting for it…")
                lock.acquire(timeout=seconds, poll_interval=_TURN)
        except Timeout:
            raise TimedOut(
                f"Another program has been signing in for the same credentials for {seconds:.0f} "
                "seconds.",
                hint="End it, or wait for it."
                if sys.platform == "win32"
                else f"End it, or wait for it. Who it is: fuser {shlex.quote(lock.lock_file)}",
            ) from None
        except (StoreError, OSError, NotImplementedError) as error:
            logger.warning("The cache cannot be locked; each program signs in by itself. %s", error)
            return waited
        held.callback(lock.release)
        return waited

    def _indexes(self) -> Iterator[tuple[Path, str, Path]]:
        """
        Each index: its file, the profile, and the file of the keys that it leads to.

        Also one that others can read: the keys that it leads to have to be found all the same.
        """
        for path in sorted(self._folder.glob("profile-*")):
            with suppress(StoreError, ValueError):
                name, of, _ = (atomic.read(path) or b"").split(b"\n", 2)
                profile = bytes.fromhex(of.decode("ascii")).decode(errors="surrogatepass")
                keys = name.decode("ascii")
                if keys.endswith(fast_path.KEYS) and Path(keys).name == keys:
                    yield path, profile, self._folder / keys

    def _kept_for(self, profile: str) -> Iterator[tuple[Path, Issued]]:
        """The keys that this profile was the first to ask for, alive or not."""
        for path in sorted(self._folder.glob(f"*{fast_path.KEYS}")):
            entry = fast_path.read_entry(str(path))
            new = _cached(entry) if entry is not None else None
            if entry is not None and new is not None:
                with suppress(ValueError, AttributeError):
                    if json.loads(entry.about).get("Profile") == profile:
                        yield path, new

    def _sweep(self) -> None:
        """Remove what nobody will ask for again, and what a killed writer left."""
        now = self._now().timestamp()
        ages = {"*.keys": _FORGOTTEN, "*.failed": _FORGOTTEN, f".*{atomic.LEFTOVER}": _ABANDONED}
        for pattern, age in ages.items():
            for path in self._folder.glob(pattern):
                with suppress(OSError):
                    if now - path.stat().st_mtime > age.total_seconds():
                        path.unlink()
        for index, _, keys in self._indexes():
            with suppress(OSError):
                if not keys.exists():
                    index.unlink()

    def _raise_failure(self, key: Key, before: _Failure | None, asked: str) -> None:
        """Raise what the renewal failed with that was waited for, if it did."""
        failure = self._failure(key)
        if failure is None or (before is not None and failure.number == before.number):
            return
        error = failure.error()
        if isinstance(error, SignInRequired) and failure.asked != asked:
            return
        raise error

    def _note(self, key: Key, error: SamlLoginError, asked: str) -> None:
        """Keep an error for those who wait; it holds no secret, as none of ours does."""
        kinds = (kind.__name__ for kind in type(error).__mro__ if hasattr(errors, kind.__name__))
        failure = _Failure(
            number=secrets.token_hex(8),
            kind=next(kinds),
            message=str(error),
            hint=error.hint,
            status=error.exit_status,
            at=self._now().timestamp(),
            asked=asked,
        )
        with suppress(StoreError):
            content = json.dumps(asdict(failure)).encode(errors="replace")
            atomic.write_private(self._file(key, fast_path.FAILED), content)

    def _failure(self, key: Key) -> _Failure | None:
        content = fast_path.read_private(str(self._file(key, fast_path.FAILED)))
        try:
            failure = _Failure(**json.loads(content or b"null"))
        except (ValueError, TypeError, RecursionError):
            return None
        texts = (failure.number, failure.kind, failure.message, failure.hint or "", failure.asked)
        is_one = all(isinstance(text, str) for text in texts) and isinstance(failure.at, float)
        return failure if is_one else None

    def _keys(self, key: Key) -> Path:
        return self._file(key, fast_path.KEYS)

    def _file(self, key: Key, suffix: str) -> Path:
        return self._folder / f"{key.digest}{suffix}"


def answer(credentials: Credentials) -> bytes:
    """The JSON object of `credential_process`, on one line (AWS CLI user guide, version 1)."""
    given = {
        "Version": 1,
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
        "Expiration": credentials.expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return json.dumps(given).encode()


def _cached(entry: fast_path.Entry) -> Issued | None:
    """The credentials of an entry; None where it does not hold them."""
    try:
        given: dict[str, Any] = {**json.loads(entry.answer), **json.loads(entry.about)}

        def text(name: str) -> str:
            value = given[name]
            if not isinstance(value, str):
                raise TypeError(name)
            return value

        credentials = Credentials(
            access_key_id=text("AccessKeyId"),
            secret_access_key=text("SecretAccessKey"),
            session_token=text("SessionToken"),
            expiration=parse_time(text("Expiration")),
            role_arn=text("RoleArn"),
            assumed_role_arn=text("AssumedRoleArn"),
        )
        return Issued(credentials, datetime.fromtimestamp(entry.issued, timezone.utc))
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return None
