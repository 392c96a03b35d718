"""A profile's temporary keys in ~/.aws/credentials: kept, read back, removed."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_saml_ext.clock import utc_now
from aws_saml_ext.config.sections import SECRETS
from aws_saml_ext.credentials import (
    ACCESS_KEY_ID,
    ASSUMED_ROLE_ARN,
    EXPIRES,
    KEYS,
    ROLE_ARN,
    SECRET_ACCESS_KEY,
    SECURITY_TOKEN,
    SESSION_TOKEN,
    Credentials,
    Issued,
    has_all_keys,
    parse_time,
)
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic, ini, revert, transaction
from aws_saml_ext.files.transaction import Change, Check

if TYPE_CHECKING:
    from aws_saml_ext.login import Store

_VERSION = 1
_OUR_PROCESS = re.compile(
    r"""(aws-saml-login(\.exe)?|-m\s+aws_saml_ext)["']?\s+credential-process\b"""
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something in a profile that a sign-in does not overwrite by itself."""

    what: str
    """In the words of the file: `long-lived keys`, or a key such as `sso_session`."""
    preferred: bool
    """The SDKs take it before the keys of the credentials file."""


@dataclass(frozen=True, slots=True)
class StoredFor:
    """What stored keys were asked for; only the same may be answered with them."""

    role_arn: str
    idp_url: str
    username: str | None
    duration: int
    """Seconds, as asked for."""
    sts_endpoint: str | None


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A profile with keys of ours, wherever they lie."""

    profile: str
    role_arn: str
    expiration: datetime | None
    """None where it cannot be read."""


def conflicts(
    credentials: Mapping[str, str], config: Mapping[str, str], *, by_process: bool = False
) -> list[Conflict]:
    """
    What a profile holds that is not ours, by its section in each of the two files.

    `by_process`: its keys do not lie in the credentials file; programs get them from the process.

    The order in which the SDKs look is that of `botocore.credentials`: assume role, web identity,
    SSO, credentials file, login session, process, config file.
    """
    # botocore adds the keys of the credentials file to the profile of the config file.
    both = {**config, **credentials}
    found = []
    if any(_is_long_lived(section) for section in (credentials, config)):
        found.append(Conflict("long-lived keys", preferred=False))
    if both.get("role_arn"):
        sources = [key for key in ("source_profile", "credential_source") if both.get(key)]
        found += [Conflict(f"role_arn with {key}", preferred=True) for key in sources]
    if both.get("web_identity_token_file"):
        found.append(Conflict("web_identity_token_file", preferred=True))
    found += [Conflict(key, preferred=True) for key in both if key.startswith("sso_")]
    if both.get("login_session"):
        found.append(Conflict("login_session", preferred=by_process))
    process = both.get("credential_process", "")
    if process and not is_our_process(process):
        found.append(Conflict("credential_process", preferred=False))
    return found


def is_our_process(command: str) -> bool:
    """Whether a profile's `credential_process` is this program."""
    return _OUR_PROCESS.search(command) is not None


def refusing(profile: str, config: Mapping[str, str], *, overwrite: bool) -> Check:
    """
    The check that a profile holds nothing but what a sign-in may replace.

    Call it with the profile's section of the credentials file before the browser opens; the store
    calls it again under the lock. It raises StoreError.
    """

    def refuse(credentials: Mapping[str, str]) -> None:
        found = [] if overwrite else conflicts(credentials, config)
        if found:
            what = ", ".join(obstacle.what for obstacle in found)
            another = shlex.quote(f"{profile}-saml")
            raise StoreError(
                f"Profile {profile} holds {what}, which a sign-in does not overwrite.",
                hint=f"Use another profile: aws saml-login --profile {another} "
                "(or overwrite it: --overwrite)",
            )

    return refuse


def keep_in(
    path: Path,
    profile: str,
    *,
    stored_for: StoredFor,
    folder: Path,
    refuse: Check | None = None,
    also: Sequence[Change] = (),
    command: str = "sign-in",
    now: Callable[[], datetime] = utc_now,
) -> Store:
    """
    Store credentials under `[profile]` in `path`, with other changes of the same command.

    Args:
        path: the credentials file.
        profile: its section.
        stored_for: what the sign-in asked for, noted beside the keys.
        folder: ~/.aws/saml.
        refuse: the check of `refusing`, made under the lock.
        also: changes of the config file, made and taken back together with this one.
        command: the label in the journal.
        now: the clock, aware.

    The store raises StoreError; both files are as they were then.
    """

    def store(issued: Issued) -> None:
        keys = Change(
            path,
            profile,
            issued.credentials.as_options(),
            check=refuse,
            private={_note(path, profile, folder): _note_text(issued, stored_for)},
        )
        transaction.apply([keys, *also], command=command, folder=folder, secrets=SECRETS, now=now)

    return store


def note(path: Path, profile: str, stored: Issued, *, stored_for: StoredFor, folder: Path) -> None:
    """
    Note what the keys in a profile are for, in place of what was noted before.

    Raises:
        StoreError: it cannot be written.
    """
    text = _note_text(stored, stored_for)
    atomic.write_private(_note(path, profile, folder), text.encode())


def _note_text(stored: Issued, stored_for: StoredFor) -> str:
    note = {
        "version": _VERSION,
        "stored_for": asdict(stored_for),
        "access_key_sha256": _digest(stored.credentials.access_key_id),
        "issued": stored.issued.isoformat(),
    }
    return json.dumps(note, indent=1)


def read(path: Path, profile: str) -> Credentials | None:
    """
    The credentials that a sign-in left in a profile, alive or not; None where there are none.

    Raises:
        StoreError: the file cannot be read.
    """
    return Credentials.from_options(ini.read_section(path, profile) or {})


def kept(
    path: Path, profile: str, wanted: StoredFor, *, folder: Path, now: datetime
) -> Issued | None:
    """
    The stored credentials, if they are ours for exactly `wanted` and are fresh.

    Raises:
        StoreError: the credentials file cannot be read.
    """
    credentials = read(path, profile)
    noted = _read_note(path, profile, folder)
    if credentials is None or noted is None:
        return None
    stored_for, digest, issued = noted
    if stored_for != wanted or digest != _digest(credentials.access_key_id):
        return None
    found = Issued(credentials, issued)
    return found if now < found.fresh_until else None


def remove(
    path: Path,
    profile: str,
    *,
    folder: Path,
    command: str = "logout",
    now: Callable[[], datetime] = utc_now,
) -> bool:
    """
    Remove our keys from a profile; whether there were any.

    Other keys stay, and so does the section where it holds any. Keys that somebody put in the
    place of ours stay, too. What the journal holds of temporary keys of this profile is forgotten.

    Raises:
        StoreError: the file cannot be read or written; it is as it was.
    """
    transaction.recover([path], folder=folder)
    removal = removal_of(path, profile, folder=folder)
    done = removal is not None and bool(
        transaction.apply([removal], command=command, folder=folder, secrets=SECRETS, now=now)
    )
    atomic.remove(_note(path, profile, folder))
    revert.forget_temporary(path, profile, folder=folder, secrets=SECRETS, now=now)
    return done


def has_credentials(path: Path, profile: str) -> bool:
    """
    Return whether a profile holds credentials, whoever stored them.

    Raises:
        StoreError: the file cannot be read.
    """
    options = ini.read_section(path, profile) or {}
    return bool(options.get(ACCESS_KEY_ID) or options.get(SECRET_ACCESS_KEY))


def removal_of(path: Path, profile: str, *, folder: Path) -> Change | None:
    """
    The change that removes our keys from a profile, for `preview`; None where there are none.

    Raises:
        StoreError: the file cannot be read.
    """
    options = ini.read_section(path, profile) or {}
    if ROLE_ARN not in options:
        return None
    keys: Sequence[str] = KEYS
    if _is_replaced(options, _read_note(path, profile, folder)) or _is_long_lived(options):
        keys = (EXPIRES, ASSUMED_ROLE_ARN, ROLE_ARN)
    return Change(
        path,
        profile,
        dict.fromkeys(keys),
        remove_empty=True,
        private={_note(path, profile, folder): None},
    )


def clearing(path: Path, profile: str, *, refuse: Check | None = None) -> Change:
    """
    The change that takes all keys out of a profile, whoever put them there.

    They would come before `credential_process`, for ever: the SDKs look into this file first.
    `refuse` is the check of `refusing`.
    """
    return Change(path, profile, dict.fromkeys(KEYS), remove_empty=True, check=refuse)


def stored_profiles(path: Path, *, folder: Path) -> list[StoredProfile]:
    """
    The profiles of a credentials file with keys of ours, in the file's order.

    One where a key is missing, or where somebody has put others in the place of ours, is none.

    Args:
        path: the credentials file.
        folder: ~/.aws/saml, where it is noted which keys are ours.

    Raises:
        StoreError: the file cannot be read.
    """
    return [
        StoredProfile(profile, options[ROLE_ARN], _expiration(options))
        for profile, options in ini.sections(path).items()
        if options.get(ROLE_ARN)
        and has_all_keys(options)
        and not _is_replaced(options, _read_note(path, profile, folder))
    ]


def _is_replaced(options: Mapping[str, str], note: tuple[StoredFor, str, datetime] | None) -> bool:
    """Whether a note says that the keys of a profile were others."""
    return note is not None and note[1] != _digest(options.get(ACCESS_KEY_ID, ""))


def _is_long_lived(options: Mapping[str, str]) -> bool:
    token = options.get(SESSION_TOKEN) or options.get(SECURITY_TOKEN)
    return bool(options.get(SECRET_ACCESS_KEY)) and not token


def _expiration(options: Mapping[str, str]) -> datetime | None:
    try:
        return parse_time(options[EXPIRES])
    except (KeyError, ValueError):
        return None


def _note(path: Path, profile: str, folder: Path) -> Path:
    return folder / "stored" / f"{atomic.name_of(str(atomic.real(path)), profile)}.json"


def _read_note(path: Path, profile: str, folder: Path) -> tuple[StoredFor, str, datetime] | None:
    """What is noted beside the keys; None where nothing usable is."""
    content = atomic.read(_note(path, profile, folder))
    try:
        note: dict[str, Any] = json.loads(content or b"null")
        if note["version"] != _VERSION:
            return None
        stored_for = StoredFor(**note["stored_for"])
        return stored_for, note["access_key_sha256"], parse_time(note["issued"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _digest(access_key_id: str) -> str:
    return hashlib.sha256(access_key_id.encode()).hexdigest()
