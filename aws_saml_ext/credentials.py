"""Temporary AWS credentials: the value, and its keys in a credentials file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

# Both names of the token are written: botocore reads aws_security_token first, even a stale one,
# and other SDKs read only aws_session_token.
ACCESS_KEY_ID = "aws_access_key_id"
SECRET_ACCESS_KEY = "aws_secret_access_key"  # noqa: S105 - the name of a key
SESSION_TOKEN = "aws_session_token"  # noqa: S105
SECURITY_TOKEN = "aws_security_token"  # noqa: S105
EXPIRES = "x_security_token_expires"
ASSUMED_ROLE_ARN = "x_principal_arn"
ROLE_ARN = "x_saml_role_arn"

KEYS = (
    ACCESS_KEY_ID,
    SECRET_ACCESS_KEY,
    SESSION_TOKEN,
    SECURITY_TOKEN,
    EXPIRES,
    ASSUMED_ROLE_ARN,
    ROLE_ARN,
)
"""The keys of a profile that a sign-in writes, in the order of the file."""

_RENEWAL_MARGIN = timedelta(minutes=15)

SECRET_KEYS = frozenset({SECRET_ACCESS_KEY, SESSION_TOKEN, SECURITY_TOKEN})


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials of an assumed role."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: datetime
    """Aware, in UTC."""
    role_arn: str
    """The role: `arn:aws:iam::123456789012:role/Dev`."""
    assumed_role_arn: str
    """The principal: `arn:aws:sts::123456789012:assumed-role/Dev/jane`."""

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Credentials | None:
        """Parse a section that `as_options` wrote; return None for any other.

        A section with an empty key, or whose two tokens differ, is another one.
        """
        if not has_all_keys(options) or not options.get(ROLE_ARN):  # of a role that is not known
            return None
        try:
            expiration = parse_time(options[EXPIRES])
            return cls(
                access_key_id=options[ACCESS_KEY_ID],
                secret_access_key=options[SECRET_ACCESS_KEY],
                session_token=options[SESSION_TOKEN],
                expiration=expiration,
                role_arn=options[ROLE_ARN],
                assumed_role_arn=options[ASSUMED_ROLE_ARN],
            )
        except (KeyError, ValueError):
            return None

    def as_options(self) -> dict[str, str]:
        """Return the keys and values of a profile in ~/.aws/credentials."""
        return {
            ACCESS_KEY_ID: self.access_key_id,
            SECRET_ACCESS_KEY: self.secret_access_key,
            SESSION_TOKEN: self.session_token,
            SECURITY_TOKEN: self.session_token,
            EXPIRES: self.expiration.astimezone(timezone.utc).isoformat(timespec="seconds"),
            ASSUMED_ROLE_ARN: self.assumed_role_arn,
            ROLE_ARN: self.role_arn,
        }

    @property
    def session_name(self) -> str:
        """The RoleSessionName, by which the identity provider names the person: `jane`."""
        return self.assumed_role_arn.rpartition("/")[2]

    def remaining(self, now: datetime) -> timedelta:
        """Return the time until they expire; negative afterwards."""
        return self.expiration - now


@dataclass(frozen=True, slots=True)
class Issued:
    """Credentials, and when STS issued them."""

    credentials: Credentials
    at: datetime
    """Aware, in UTC, by the clock of this machine: the lifetime counts from then."""

    @property
    def fresh_until(self) -> datetime:
        """The end minus 15 minutes or a quarter of the lifetime, whichever is less."""
        lifetime = self.credentials.expiration - self.at
        return self.credentials.expiration - min(_RENEWAL_MARGIN, lifetime / 4)

    def lasting_at_most(self, requested: timedelta) -> Issued:
        """Return the same credentials with an end by the clock of this machine, which is behind.

        STS never grants more than was requested. Programs compare the end with this clock; once it
        is set, the credentials only expire early.
        """
        end = min(self.credentials.expiration, self.at + requested)
        return replace(self, credentials=replace(self.credentials, expiration=end))

    def is_fresh(self, now: datetime) -> bool:
        """Return whether the credentials may be handed out at `now` (aware)."""
        return now < self.fresh_until


def has_all_keys(options: Mapping[str, str]) -> bool:
    """Return whether a section holds all keys of temporary credentials."""
    token = options.get(SESSION_TOKEN)
    complete = bool(options.get(ACCESS_KEY_ID) and options.get(SECRET_ACCESS_KEY) and token)
    # botocore reads the older name first, even where it is empty.
    return complete and options.get(SECURITY_TOKEN, token) == token


def parse_time(text: str) -> datetime:
    """Parse RFC 3339 text to an aware time in UTC; a time without a zone counts as UTC.

    Raises:
        ValueError: the text is no such time, or no time in UTC.
    """
    # Python 3.10 does not read the Z of RFC 3339.
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return in_utc(moment)


def in_utc(moment: datetime) -> datetime:
    """Convert a time to UTC; a time without a zone counts as UTC.

    Raises:
        ValueError: in UTC it is before the year 1 or after 9999.
    """
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc)
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError as error:
        raise ValueError(str(error)) from None
