"""The exchange of an assertion for credentials: AssumeRoleWithSAML, which nobody signs."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from aws_saml_ext import hints, session_policies
from aws_saml_ext.assertion import MAX_STS_CHARACTERS, Assertion, Role
from aws_saml_ext.clock import SYSTEM, Clock, Deadline, time_of
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.credentials import Credentials, Issued, in_utc
from aws_saml_ext.errors import ConfigError, StsRefused, StsUnreachable, TimedOut
from aws_saml_ext.login import Exchange
from aws_saml_ext.net import host_and_port
from aws_saml_ext.role_memory import RoleMemory, sts_name
from aws_saml_ext.sts.client import Clients
from aws_saml_ext.sts.connection import DEFAULT, StsConnection
from aws_saml_ext.sts.wanted import Wanted
from aws_saml_ext.text import counted

if TYPE_CHECKING:
    from botocore.session import Session

_log = logging.getLogger(__name__)

T = TypeVar("T")

_MAX_CLOCK_ERROR = timedelta(minutes=2)
_MAX_PACKED_UNNOTICED = 90  # percent
_HEAD_START = 0.15
"""Seconds that the start of a browser has before a client is made beside it."""
_POLL_INTERVAL = 1.0  # seconds; on Windows a longer wait would not notice Ctrl-C


def exchanging(
    session: Session,
    settings: Settings,
    *,
    notify: Callable[[str], None],
    connection: StsConnection = DEFAULT,
    deadline: Deadline | None = None,
    memory: RoleMemory | None = None,
    is_attended: bool = False,
    clock: Clock = SYSTEM,
) -> Exchange:
    """Return the exchange of a sign-in, by AssumeRoleWithSAML.

    It asks for the duration of the settings, and for the longest one that the role allows where
    that is shorter. The client is made in the background, while a browser starts. STS is not
    waited for longer than the sign-in may take.

    Args:
        session: a session of the profile.
        settings: the duration, and the time that a sign-in may take.
        notify: prints a line for people.
        connection: the options about the connection to STS.
        deadline: that of the whole sign-in; without one its time runs from now on.
        memory: what earlier sign-ins learnt of the roles; it learns the answers of this one.
        is_attended: whether somebody reads the notices: then a duration that was refused long ago
            is requested once more.
        clock: tells when the credentials are issued.

    Raises:
        ConfigError: region, endpoint or certificate file cannot be used. The exchange raises it,
            too, for what botocore finds out only when it makes the client, and for session
            policies that no session of the role can have.

    The exchange raises besides:
        AssertionTooLate: the assertion has expired.
        StsRefused: STS refused it for another reason, or it is too long for STS.
        StsUnreachable: no answer, or one without credentials.
        TimedOut: no answer before the deadline.
    """
    clients = Clients(session, connection, max_wait=settings.timeout.total_seconds())
    clients.check()
    if not connection.verify_ssl:
        notify("--no-verify-ssl: the certificate of STS is not verified.")
    if (way := clients.way(settings.role_arn or "")) is not None:
        notify(way)
    warming = threading.Timer(_HEAD_START, clients.warm)
    warming.daemon = True
    warming.start()
    whole = deadline or Deadline(settings.timeout, monotonic=clock.monotonic)
    return _Exchange(
        clients, settings, notify, whole, clock, memory=memory, is_attended=is_attended
    )


@dataclass(frozen=True, slots=True)
class _Exchange:
    """See `exchanging`."""

    clients: Clients
    settings: Settings
    notify: Callable[[str], None]
    deadline: Deadline
    clock: Clock
    memory: RoleMemory | None
    is_attended: bool

    def __call__(self, assertion: Assertion, role: Role) -> Issued:
        check_length(assertion)
        check_policies(self.settings, role)
        deadline = self.deadline.of_step()
        endpoint = self.clients.sts(role.arn).meta.endpoint_url
        host, sts = host_and_port(endpoint), sts_name(endpoint)

        request = Request(self.clients, self.settings, self.notify, self.clock)

        def ask(seconds: int) -> Issued:
            issued = before(deadline, lambda: request.issued(assertion, role, seconds))
            if issued is None:
                raise self._timed_out(host)
            return issued

        wanted = Wanted(role, self.settings, sts, self.memory, is_attended=self.is_attended)
        answers = wanted.answers(ask, self.clock.now())
        lines = list(wanted.about_length(assertion, answers))  # by what was known before
        if self.memory is not None:
            self.memory.learn([wanted.lesson(answers, self.clock.now())])
        for line in lines:
            self.notify(line)
        return answers.issued

    def _timed_out(self, host: str) -> TimedOut:
        seconds = counted(int(self.settings.timeout.total_seconds()), "second")
        return TimedOut(
            f"The sign-in took longer than {seconds}: STS at {host} has not answered.",
            command=hints.sign_in_command(self.settings.profile, "--timeout", "SECONDS"),
        )


@dataclass(frozen=True, slots=True)
class Request:
    """A single call of AssumeRoleWithSAML."""

    clients: Clients
    settings: Settings
    notify: Callable[[str], None]
    clock: Clock
    told: set[str] = field(default_factory=set)
    """The names of notices that were shown once, and are not again."""

    def issued(self, assertion: Assertion, role: Role, seconds: int) -> Issued:
        """Make one call; raise what `exchanging` names, and `DurationTooLong`."""
        from botocore.exceptions import ClientError

        client = self.clients.sts(role.arn)
        endpoint = client.meta.endpoint_url
        where = f"STS at {host_and_port(endpoint)}"

        _log.debug("Asking %s for %s and %d seconds.", where, role.arn, seconds)

        def request() -> tuple[Credentials, int, datetime | None]:
            answer = client.assume_role_with_saml(
                RoleArn=role.arn,
                PrincipalArn=role.principal_arn,
                SAMLAssertion=assertion.saml_response,
                DurationSeconds=seconds,
                **self._policies(role),
            )
            _log.debug("STS answered request %s", answer["ResponseMetadata"].get("RequestId"))
            return (
                _credentials(answer, role),
                _percentage(answer),
                time_of(answer["ResponseMetadata"].get("HTTPHeaders") or {}),
            )

        try:
            credentials, packed, theirs = self.clients.call(where, request)
        except ClientError as error:
            from aws_saml_ext.sts import refusals

            # No cause: the error holds the answer of STS, which may quote the assertion.
            subject = refusals.Subject(
                self.settings.profile,
                role,
                saml_response=assertion.saml_response,
                duration=timedelta(seconds=seconds),
                acs_url=self.settings.acs_url,
                is_restricted=bool(self.settings.session_policies),
            )
            raise refusals.refusal(error, endpoint, subject) from None
        issued = Issued(credentials, self.clock.now())
        if theirs is not None:
            self._tell_clock(theirs - issued.at)
            if theirs - issued.at > _MAX_CLOCK_ERROR:
                issued = issued.lasting_at_most(timedelta(seconds=seconds))
        _check_not_expired(issued, where)
        if packed > _MAX_PACKED_UNNOTICED:
            self.notify(
                f"Session policies and tags take {packed} % of the space that STS has for them."
            )
        return issued

    def _tell_clock(self, behind: timedelta) -> None:
        """Notify how wrong the clock of this machine is, once."""
        if abs(behind) <= _MAX_CLOCK_ERROR or "clock" in self.told:
            return
        self.told.add("clock")
        minutes = round(abs(behind) / timedelta(minutes=1))
        hours, rest = divmod(minutes, 60)
        size = counted(hours, "hour") if hours and not rest else counted(minutes, "minute")
        side = "behind" if behind > timedelta() else "ahead of"
        self.notify(
            f"The clock of this machine is {size} {side} that of STS: set it. All times that "
            f"{hints.PROGRAM} shows are by this clock."
        )

    def _policies(self, role: Role) -> dict[str, Any]:
        """Return the parameters of the call for session policies."""
        policies, parameters = self.settings.session_policies, dict[str, Any]()
        if policies.arns:
            arns = policies.arns_in(role.partition)
            parameters["PolicyArns"] = [{"arn": arn} for arn in arns]
        if policies.inline is not None:
            parameters["Policy"] = policies.inline
        return parameters


def before(deadline: Deadline, request: Callable[[], T]) -> T | None:
    """Return the result of `request`; None where the deadline passes first.

    It runs in a thread of its own: the time-out of a socket covers one silence only, and botocore
    repeats a request.
    """
    if deadline.has_passed:
        return None
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(request())
        except BaseException as error:
            result.set_exception(error)

    threading.Thread(target=run, name="sts", daemon=True).start()
    while not result.done():
        if deadline.has_passed:
            return None
        wait([result], deadline.at_most(_POLL_INTERVAL))
    return result.result()


def check_policies(settings: Settings, role: Role) -> None:
    """Check that a session of a role can have the policies of the settings.

    Raises:
        ConfigError: it cannot.
    """
    problem = session_policies.misfit(settings.session_policies.arns, role.arn)
    if problem is not None:
        raise ConfigError(
            f"saml_policy_arns is not usable: {problem}.",
            advice="Choose another role, or write a policy of its account and partition to "
            "saml_policy_arns (--policy-arns).",
        )


def check_length(assertion: Assertion) -> None:
    """Check that STS would read an assertion.

    Raises:
        StsRefused: it is too long.
    """
    length = len(assertion.saml_response)
    if length > MAX_STS_CHARACTERS:
        raise StsRefused(
            f"The SAMLResponse has {length} characters, but STS accepts at most "
            f"{MAX_STS_CHARACTERS}.",
            advice="Ask the administrator of the identity provider to send fewer roles in it.",
        )


def _check_not_expired(issued: Issued, where: str) -> None:
    end = issued.credentials.expiration
    if issued.credentials.remaining(issued.at) <= timedelta():
        raise StsUnreachable(
            f"The credentials from {where} expired at {end:%Y-%m-%d %H:%M:%S} UTC, which is past "
            "by the clock of this machine.",
            advice="Set the clock of this machine, then sign in again.",
        )


def _credentials(answer: Any, role: Role) -> Credentials:
    """Read an answer; raise LookupError, TypeError, ValueError or AttributeError for a bad one."""
    values = answer["Credentials"]
    return Credentials(
        access_key_id=_word(values["AccessKeyId"]),
        secret_access_key=_word(values["SecretAccessKey"]),
        session_token=_word(values["SessionToken"]),
        expiration=in_utc(values["Expiration"]),
        role_arn=role.arn,
        assumed_role_arn=_word(answer["AssumedRoleUser"]["Arn"]),
    )


def _percentage(answer: Any) -> int:
    size = answer.get("PackedPolicySize")
    return size if isinstance(size, int) else 0


def _word(text: str) -> str:
    """Return a text that can become a line of an ini file; raise ValueError for another one."""
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError
    return text
