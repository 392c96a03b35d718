"""Temporary AWS credentials: the value, and its lines in a credentials file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

# The two names of the token are both written: botocore reads aws_security_token first, even when
# it is stale, and other SDKs read aws_session_token only.
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

_LONG_ENOUGH = timedelta(minutes=15)

SECRET_KEYS = frozenset({SECRET_ACCESS_KEY, SESSION_TOKEN, SECURITY_TOKEN})


@dataclass(frozen=True, slots=True)
class Credentials:
    """What STS gave, for which role, and when it ends (aware, UTC)."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: datetime
    role_arn: str
    """The role that was asked for: `arn:aws:iam::123456789012:role/Dev`."""
    assumed_role_arn: str
    """Who the holder is: `arn:aws:sts::123456789012:assumed-role/Dev/jane`."""

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Credentials | None:
        """
        Read back what `as_options` wrote; any other profile is not ours.

        Nor is one where a key is empty, or where the SDKs would take another token than ours.
        """
        if not has_all_keys(options):
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
        """The keys and values of one profile in ~/.aws/credentials."""
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
        """Who the holder is to the identity provider, its RoleSessionName: `jane`."""
        return self.assumed_role_arn.rpartition("/")[2]

    def remaining(self, now: datetime) -> timedelta:
        """How long they still live; negative when they have expired."""
        return self.expiration - now


@dataclass(frozen=True, slots=True)
class Issued:
    """Credentials, and when they were issued (aware, UTC): how long they live counts from then."""

    credentials: Credentials
    issued: datetime

    @property
    def fresh_until(self) -> datetime:
        """Until 15 minutes or a quarter of their life, whichever is less, before they end."""
        life = self.credentials.expiration - self.issued
        return self.credentials.expiration - min(_LONG_ENOUGH, life / 4)


def has_all_keys(options: Mapping[str, str]) -> bool:
    """Whether a profile holds temporary keys that can be signed with, token included."""
    token = options.get(SESSION_TOKEN)
    complete = bool(options.get(ACCESS_KEY_ID) and options.get(SECRET_ACCESS_KEY) and token)
    # botocore would take the older name first, even where it is empty.
    return complete and options.get(SECURITY_TOKEN, token) == token


def parse_time(text: str) -> datetime:
    """
    An aware time in UTC from RFC 3339 text; a time without a zone is taken for UTC.

    Raises:
        ValueError: it is no such text, or no time in UTC.
    """
    # Python 3.10 does not read the Z of RFC 3339.
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return in_utc(moment)


def in_utc(moment: datetime) -> datetime:
    """
    The same moment in UTC, for which a time without a zone is taken.

    Raises:
        ValueError: in UTC it is before the year 1 or after 9999.
    """
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc)
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError as error:
        raise ValueError(str(error)) from None
