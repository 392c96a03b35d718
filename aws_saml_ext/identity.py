"""The expected identity of an assertion: its person, its issuer, and the account of its role.

STS proves only that an assertion is signed by the identity provider that is registered in IAM as
the SAML provider of the role. Anybody can register one in an account of their own, with any
issuer in its metadata. So the SAML provider, whose ARN holds the account, tells whose assertion it
is; the issuer changes only when the identity provider is another one.

An assertion is as expected if its issuer is the one before, and the SAML provider of its role is
one that an accepted assertion has offered before: its signature covers the whole list, so a person
may choose among the roles of many accounts. A role or a provider whose whole ARN stands in the
settings names its account itself. The first sign-in of a profile at an address has nothing to
compare with; it is noted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_saml_ext import hints, role_choice
from aws_saml_ext.assertion import is_same_person
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.errors import Stopped, StoreError, UnexpectedIdentity
from aws_saml_ext.files import atomic
from aws_saml_ext.text import shown_name

if TYPE_CHECKING:
    from aws_saml_ext.assertion import Assertion, Role
    from aws_saml_ext.clock import Deadline
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.prompt import Prompt

ACCEPT = "--accept-issuer"
"""The option that accepts an assertion of another identity."""

_VERSION = 1
_MAX_NAME = 120  # characters of foreign text in a message
_MAX_PROVIDERS_IN_MESSAGE = 3


class Expected:
    """The identity that the assertions of one sign-in must have."""

    def __init__(
        self,
        settings: Settings,
        prompt: Prompt,
        *,
        accept: bool = False,
        command: str | None = None,
        deadline: Deadline | None = None,
    ) -> None:
        """Read what is known of the profile's identity provider.

        Args:
            settings: of the profile.
            prompt: where a change is asked about.
            accept: whether a change is accepted without a question.
            command: the command that accepts it; by default, the sign-in to the profile.
            deadline: that of the whole sign-in. STS has 30 seconds after a question.

        Raises:
            StoreError: the note of the profile cannot be read.
        """
        self._settings = settings
        self._prompt = prompt
        self._accept = accept
        self._command = command or hints.sign_in_command(settings.profile, ACCEPT)
        self._deadline = deadline
        self._note = _note_of(settings)
        by_address = _read(self._note)
        own = by_address.get(settings.idp_url)
        # A SAMLResponse that was given may have no address: any that the profile used will do.
        self._before = [own] if own else [] if settings.idp_url else list(by_address.values())
        self._issuers = {known.issuer for known in self._before}
        self._providers = {arn for known in self._before for arn in known.providers}

    @property
    def provider_arn(self) -> str | None:
        """The SAML provider of the previous sign-in, for a role that several providers offer."""
        return self._before[-1].provider if self._before else None

    def hear(self, assertion: Assertion) -> None:
        """Check the issuer, before a role is chosen.

        Raises:
            UnexpectedIdentity: it is another one, and nobody can be asked.
            Stopped: it is another one, and the person refuses it.
        """
        if self._is_other_issuer(assertion):
            self._ask(assertion, [role.principal_arn for role in assertion.roles])

    def confirm(self, assertion: Assertion, role: Role) -> None:
        """Check the issuer, and the account and SAML provider of the role.

        Raises:
            UnexpectedIdentity: one of them is another one, and nobody can be asked.
            Stopped: the person refuses them.
        """
        if self._is_other_issuer(assertion) or self._is_other_provider(role):
            self._ask(assertion, [role.principal_arn])

    def remember(self, assertion: Assertion, role: Role) -> None:
        """Note the identity of an assertion that STS has accepted; say so where that fails."""
        try:
            by_address = _read(self._note)
            known = by_address.get(self._settings.idp_url)
            offered = {*(each.principal_arn for each in assertion.roles), role.principal_arn}
            issuer = assertion.issuer
            if known is not None and (known.issuer == issuer or issuer is None):
                offered.update(known.providers)
                issuer = known.issuer
            new = _Known(issuer, tuple(sorted(offered)), role.principal_arn)
            if new != known:
                _write(self._note, {**by_address, self._settings.idp_url: new})
        except StoreError as error:
            self._prompt.notify(f"The next sign-in cannot be compared with this one: {error}")

    def _is_other_issuer(self, assertion: Assertion) -> bool:
        is_hidden = assertion.encrypted and assertion.issuer is None
        return bool(self._before) and not is_hidden and assertion.issuer not in self._issuers

    def _is_other_provider(self, role: Role) -> bool:
        settings = self._settings
        is_named = role_choice.fixed_role(settings) == role.arn
        is_named = is_named or settings.provider_arn == role.principal_arn
        return bool(self._before) and not is_named and role.principal_arn not in self._providers

    def _ask(self, assertion: Assertion, providers: Sequence[str]) -> None:
        """Ask whether this identity is accepted, and take it for a known one from now on."""
        now = _described([assertion.issuer], providers)
        before = _described(
            (known.issuer for known in self._before),
            [known.provider for known in self._before],
        )
        name = self._settings.profile
        sentence = (
            f"The assertion comes from {now}; before, that of profile {name} came from {before}."
        )
        if self._accept:
            self._prompt.notify(sentence)
        elif not self._prompt.interactive or self._settings.sign_in is Flow.SILENT:
            raise UnexpectedIdentity(
                f"{sentence} Accept it only if you know why.", command=self._command
            )
        else:
            answer = self._prompt.ask(
                "Store its credentials? [y/N] ", listing=[sentence], instead=ACCEPT
            )
            if answer.lower() not in {"y", "yes"}:
                raise Stopped("The assertion was not accepted. Nothing is stored.")
            if self._deadline is not None:
                self._deadline.reserve(role_choice.SECONDS_AFTER_QUESTION)
        self._issuers.add(assertion.issuer)
        self._providers.update(providers)


def unexpected_person(session_name: str | None, *expected: str | None) -> str | None:
    """Return a sentence if an assertion is for another person than those expected, else None.

    Args:
        session_name: the assertion's RoleSessionName; None where it cannot be read.
        expected: names, compared without case and domain; None expects nobody in particular.
    """
    names = [name for name in expected if name is not None]
    if not session_name or any(is_same_person(name, session_name) for name in names):
        return None
    if not names:
        return None
    return f"The assertion is for {shown_name(session_name)}, not for {names[0]}."


def _described(issuers: Iterable[str | None], providers: Sequence[str]) -> str:
    """Return `https://idp.example.com/ for account 123456789012 (SAML provider Corp)`."""
    names = [shown_name(issuer, max_length=_MAX_NAME) for issuer in issuers if issuer]
    text = " or ".join(dict.fromkeys(names)) or "an issuer without a name"
    different = list(dict.fromkeys(providers))
    shown = [
        f"account {arn.split(':')[4]} (SAML provider {arn.rpartition('/')[2]})"
        for arn in different[:_MAX_PROVIDERS_IN_MESSAGE]
    ]
    if len(different) > _MAX_PROVIDERS_IN_MESSAGE:
        shown.append(f"{len(different) - _MAX_PROVIDERS_IN_MESSAGE} more")
    return f"{text} for {', '.join(shown)}" if shown else text


# ---- the note of a profile ----


@dataclass(frozen=True, slots=True)
class _Known:
    """The identity provider of the accepted assertions from one address."""

    issuer: str | None
    providers: tuple[str, ...]
    """The ARNs of the SAML providers that these assertions offered."""
    provider: str
    """The ARN of the one whose role was chosen last."""


def _note_of(settings: Settings) -> Path:
    name = atomic.name_of(str(atomic.real(settings.config_file)), settings.profile)
    return settings.saml_folder / "issuers" / f"{name}.json"


def _read(note: Path) -> dict[str, _Known]:
    """Return what is known, by the address that starts the sign-in; a damaged note is none."""
    content = atomic.read(note)
    try:
        values: dict[str, Any] = json.loads(content or b"{}")
        if values.get("version") != _VERSION:
            return {}
        return {
            str(address): _Known(
                None if known["issuer"] is None else str(known["issuer"]),
                tuple(map(str, known["providers"])),
                str(known["provider"]),
            )
            for address, known in values["addresses"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _write(note: Path, by_address: Mapping[str, _Known]) -> None:
    addresses = {address: asdict(known) for address, known in by_address.items()}
    values = {"version": _VERSION, "addresses": addresses}
    atomic.write_private(note, json.dumps(values, indent=1).encode())
