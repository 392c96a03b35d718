"""`aws saml-login status`: which profiles have credentials, of which role, until when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aws_saml_ext import hints, partitions, short_status
from aws_saml_ext.assertion import is_role_arn
from aws_saml_ext.capture import approvals
from aws_saml_ext.cli import config_mistakes, known_roles
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.notices import in_words, notify_variables
from aws_saml_ext.cli.options import Options
from aws_saml_ext.clock import utc_now
from aws_saml_ext.config import idp_sections
from aws_saml_ext.credentials import ACCESS_KEY_ID
from aws_saml_ext.errors import UsageError
from aws_saml_ext.files import ini
from aws_saml_ext.net import host_and_port, host_of, origin_of
from aws_saml_ext.store import cache
from aws_saml_ext.store.cache import Cache
from aws_saml_ext.store.credential_store import StoredProfile
from aws_saml_ext.store.credentials_file import NAME as FILE
from aws_saml_ext.store.credentials_file import CredentialsFile
from aws_saml_ext.store.profile import PROCESS, conflicts, is_our_process
from aws_saml_ext.text import columns_of, listed, padded, printable

_NOT_VALID = 253
_CACHE_ONLY = "cache"
"""The store of credentials that only extended sessions find."""
_MAX_COMMANDS = 5
"""Commands that sign in to one profile each, before that for all of them takes their place."""
_MAX_CLOCK_ERROR = timedelta(minutes=2)

_PREFERRED = "The SDKs use its"
"""The beginning of a problem that no sign-in solves."""
_COLUMNS = ("Profile", "Account", "Role", "User", "Identity provider", "Store", "Valid for")
_DROPPED = ("Store", "Identity provider", "User", "Account")
"""The columns that go first where a terminal is narrow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOptions(Options):
    """The options of `status`."""

    short: bool = False


def run(invocation: Invocation, options: StatusOptions) -> int:
    """Print one row a profile; return 0 if each of them is valid, else 253."""
    if options.short:
        return _short(invocation)
    invocation.check_output()
    requested = invocation.profile_asked_for
    stored: dict[str, tuple[str, StoredProfile]] = {}
    for store, profile in _stored(invocation):
        stored.setdefault(profile.profile, (store, profile))
    if requested is not None and requested not in stored:
        config_mistakes.check_profile(invocation)
        # Without any profile, this one is about to be made: its row says that it is signed out.
        if config_mistakes.existing(invocation.session.full_config):
            config_mistakes.check_exists(invocation, "status")
    configured = config_mistakes.configured(invocation.session.full_config)
    names = [requested] if requested else list(dict.fromkeys([*stored, *configured]))
    now = utc_now()
    accounts = known_roles.account_names(invocation)
    rows = [
        _row(invocation, name, *stored.get(name, (None, None)), now=now, accounts=accounts)
        for name in names
    ]
    if rows and invocation.is_for_people:
        invocation.page(table(rows, invocation.columns))
    else:
        invocation.print({"Profiles": rows})
    for idp_url, origins in approvals.noted(invocation.saml_folder):
        if others := [origin for origin in origins if origin != origin_of(idp_url)]:
            hosts = ", ".join(map(host_and_port, others))
            invocation.prompt.notify(
                f"Secrets of commands for {host_and_port(idp_url)} may also go to {hosts}."
            )
    _notify(invocation, rows)
    return 0 if all(row["Valid"] for row in rows) else _NOT_VALID


def _short(invocation: Invocation) -> int:
    """Print the word for a prompt, which the fast path prints where it can."""
    if options_of_data := [name for name in ("output", "query") if invocation.kept(name)]:
        raise UsageError(
            f"--short and --{options_of_data[0]} cannot be used together.",
            command=hints.command("status", "--short", "--profile", invocation.profile),
        )
    state, is_valid = short_status.state_of(
        invocation.profile, invocation.environ, utc_now().timestamp()
    )
    if state:
        invocation.write(f"{state}\n")
    return 0 if is_valid else _NOT_VALID


def _notify(invocation: Invocation, rows: Sequence[Mapping[str, Any]]) -> None:
    """Notify about problems, and how to go on."""
    notify = invocation.prompt.notify
    if not rows:
        command = hints.command("configure")
        notify(f"No profile has SAML settings or credentials yet. Start with:\n  {command}")
    for issuer in dict.fromkeys(row["IssuedBy"] for row in rows if row["IssuedBy"]):
        names = [row["Profile"] for row in rows if row["IssuedBy"] == issuer]
        whose = f"profile{'s' if len(names) > 1 else ''} {listed(names)}"
        notify(f"The credentials of {whose} come from {issuer}, and not from AWS.")
    for row in rows:
        if row["Problem"]:
            notify(f"{row['Profile']}: {row['Problem']}")
        for mistake in config_mistakes.mistakes(invocation.session, row["Profile"]):
            notify(mistake)
    if rows:
        notify_variables(invocation, rows[0]["Profile"] if len(rows) == 1 else "NAME")
    invalid = [
        hints.sign_in_command(row["Profile"])
        for row in rows
        if not row["Valid"] and not str(row["Problem"]).startswith(_PREFERRED)
    ]
    if len(invalid) > _MAX_COMMANDS:
        invalid = [hints.command("--all")]
    if invalid:
        notify("\n  ".join(["Sign in with:", *invalid]))


def table(rows: Sequence[Mapping[str, Any]], columns: int) -> str:
    """Return the rows for people, with the columns that a terminal of this width has room for."""
    cells = [dict(zip(_COLUMNS, _COLUMNS, strict=True)), *map(_cells, rows)]
    shown = list(_COLUMNS)
    for dropped in (None, *_DROPPED):
        shown = [name for name in shown if name != dropped]
        widths = {name: max(columns_of(row[name]) for row in cells) for name in shown}
        if sum(widths.values()) + 2 * (len(shown) - 1) <= columns:
            break
    lines = ("  ".join(padded(row[name], widths[name]) for name in shown) for row in cells)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    role = row["RoleArn"] or ""
    left = in_words(timedelta(seconds=row["RemainingSeconds"]))
    if not row["Valid"]:
        left = "hidden" if row["RemainingSeconds"] else "expired" if role else "signed out"
    values = (
        row["Profile"],
        " ".join(filter(None, (row["AccountName"], row["AccountId"]))),
        role.rpartition("/")[2] + (" (restricted)" if row["Restricted"] else ""),
        row["Username"],
        row["IdentityProvider"],
        row["Store"],
        left,
    )
    return dict(zip(_COLUMNS, (value or "-" for value in values), strict=True))


def _stored(invocation: Invocation) -> Iterator[tuple[str, StoredProfile]]:
    """Yield the stores' names and profiles; of one profile, the credentials that count first.

    The SDKs read the credentials file before they run a `credential_process`.
    """
    profiles = invocation.session.full_config["profiles"]

    def has_process(name: str) -> bool:
        return is_our_process(str(profiles.get(name, {}).get(PROCESS, "")))

    def is_of_its_role(stored: StoredProfile) -> bool:
        role = str(profiles.get(stored.profile, {}).get("saml_role_arn", ""))
        return not is_role_arn(role) or role == stored.role_arn

    cached = [each for each in Cache(invocation.saml_folder).profiles() if is_of_its_role(each)]
    file = CredentialsFile(invocation.credentials_file, invocation.saml_folder)
    yield from ((file.name, each) for each in file.profiles())
    yield from ((cache.NAME, each) for each in cached if has_process(each.profile))
    yield from ((_CACHE_ONLY, each) for each in cached if not has_process(each.profile))


def _elsewhere(sts: str) -> str | None:
    """Return the host and port of an STS that is none of AWS's; None for AWS's own."""
    address = sts.rpartition(" ")[2]  # `CredentialRequest.sts`: region and address
    if "://" not in address or partitions.is_aws_host(host_of(address)):
        return None
    return host_and_port(address)


def _row(
    invocation: Invocation,
    profile: str,
    store: str | None,
    stored: StoredProfile | None,
    *,
    now: datetime,
    accounts: Mapping[str, str],
) -> dict[str, Any]:
    account = stored.role_arn.split(":")[4] if stored and ":" in stored.role_arn else None
    end = stored.expiration if stored else None
    remaining = max(0, int((end - now).total_seconds())) if end else 0
    config = invocation.session.full_config["profiles"].get(profile, {})
    section = idp_sections(invocation.session).get(str(config.get("saml_idp")), {})
    address = config.get("saml_idp_url") or section.get("saml_idp_url")
    username = config.get("saml_username") or section.get("saml_username")
    hiding = _hiding(invocation, profile, config, store, is_expired=not remaining)
    problem = hiding or (clock_problem(stored, now) if stored else None)
    return {
        "Profile": profile,
        "AccountId": account,
        "AccountName": printable(accounts.get(account or "", "")) or None,
        "RoleArn": stored.role_arn if stored else None,
        "Username": (stored.username if stored else None) or username,
        "IdentityProvider": host_of(address) if isinstance(address, str) else None,
        "Expiration": end.isoformat(timespec="seconds") if end else None,
        "RemainingSeconds": remaining,
        "Store": store,
        "Restricted": list(stored.restricted) if stored else [],
        "IssuedBy": _elsewhere(stored.sts) if stored else None,
        "Valid": remaining > 0 and hiding is None,
        "Problem": problem,
    }


def _hiding(
    invocation: Invocation,
    profile: str,
    config: Mapping[str, Any],
    store: str | None,
    *,
    is_expired: bool,
) -> str | None:
    """Return what the SDKs use in place of our credentials, as a sentence; None for nothing."""
    credentials = ini.read_section(invocation.credentials_file, profile) or {}
    by_process = is_our_process(str(config.get(PROCESS, "")))
    texts = {key: value for key, value in config.items() if isinstance(value, str)}
    for conflict in conflicts(credentials, texts, by_process=by_process):
        if conflict.is_preferred:
            return (
                f"{_PREFERRED} {conflict.description} instead: remove it, or use another profile."
            )
    if ACCESS_KEY_ID not in credentials:  # even an empty one: botocore then wants the others
        return None
    if store != FILE:
        hidden = "hide its credential_process" if by_process else "are used instead"
        return f"Credentials in the credentials file that {hints.PROGRAM} did not store {hidden}."
    if by_process and is_expired:
        return "Expired credentials in the credentials file hide its credential_process."
    return None


def clock_problem(stored: StoredProfile, now: datetime) -> str | None:
    """Return how far the clock of this machine was put back since the sign-in, as a sentence."""
    if stored.issued is None or (behind := stored.issued - now) <= _MAX_CLOCK_ERROR:
        return None
    return (
        f"The clock of this machine is {in_words(behind)} behind the time at which these "
        "credentials were issued."
    )
