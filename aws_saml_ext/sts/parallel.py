"""The exchange of one assertion for the credentials of many roles, several at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.clock import SYSTEM, Clock, Deadline
from aws_saml_ext.credentials import Issued
from aws_saml_ext.errors import SamlLoginError, Throttled
from aws_saml_ext.role_memory import RoleMemory, sts_name
from aws_saml_ext.sts import exchange
from aws_saml_ext.sts.client import Clients
from aws_saml_ext.sts.connection import DEFAULT, StsConnection
from aws_saml_ext.sts.durations import Answers
from aws_saml_ext.sts.wanted import Wanted

if TYPE_CHECKING:
    from botocore.session import Session

    from aws_saml_ext.config.settings import Settings

AT_A_TIME = 16
"""The calls of STS that run at the same time."""
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds after `Throttling`; the last one repeats
_POLL_INTERVAL = 0.5  # seconds; on Windows a longer wait would not notice Ctrl-C


@dataclass(frozen=True, slots=True)
class Job:
    """The credentials of one role, for one profile."""

    profile: str
    """The profile that gets them; it names the job."""
    wanted: Wanted
    request: exchange.Request


class Jobs:
    """Makes the jobs of one sign-in; those that ask the same STS share a client."""

    def __init__(
        self,
        *,
        connection: StsConnection = DEFAULT,
        memory: RoleMemory | None = None,
        is_attended: bool = False,
        max_wait: float,
        notify: Callable[[str], None],
        clock: Clock = SYSTEM,
    ) -> None:
        """Take what they have in common.

        Args:
            connection: the options about the connection to STS.
            memory: what earlier sign-ins learnt of the roles.
            is_attended: see `Wanted`.
            max_wait: the longest time-out of a connection, in seconds.
            notify: prints a line for people.
            clock: tells when credentials are issued.
        """
        self._connection = connection
        self._memory = memory
        self._is_attended = is_attended
        self._max_wait = max_wait
        self._told: set[str] = set()
        self._notify = notify
        self._clock = clock
        self._clients: dict[str, Clients] = {}

    def clients(self, session: Session, place: str) -> Clients:
        """Return the clients for an STS.

        Args:
            session: a session of a profile that asks it.
            place: identifies it; see `CredentialRequest.sts`.

        Raises:
            ConfigError: region, endpoint or certificate file cannot be used.
        """
        if place not in self._clients:
            clients = Clients(
                session, self._connection, max_wait=self._max_wait, connections=AT_A_TIME
            )
            clients.check()
            self._clients[place] = clients
        return self._clients[place]

    def job(
        self, profile: str, role: Role, settings: Settings, session: Session, place: str
    ) -> Job:
        """Return the job for a role; arguments as `clients`.

        Raises:
            ConfigError: no client can be made with the settings, or no session of the role can have
                their policies.
        """
        exchange.check_policies(settings, role)
        clients = self.clients(session, place)
        sts = sts_name(clients.sts(role.arn).meta.endpoint_url)
        wanted = Wanted(role, settings, sts, self._memory, is_attended=self._is_attended)
        return Job(
            profile,
            wanted,
            exchange.Request(clients, settings, self._notify, self._clock, self._told),
        )


def exchanged(
    jobs: Sequence[Job],
    assertion: Assertion,
    *,
    deadlines: Sequence[Deadline],
    report: Callable[[str, Answers | SamlLoginError], None],
    at_a_time: int = AT_A_TIME,
) -> None:
    """Exchange an assertion for the credentials of many roles.

    It returns when all jobs are done, or a deadline passes: then the rest is left alone. An STS
    that throttles is asked again until then.

    Args:
        jobs: the roles.
        assertion: offers them.
        deadlines: the ends of the time for it.
        report: takes the outcome of each job, in this thread, as soon as there is one.
        at_a_time: the calls that run at the same time.

    Raises:
        StsRefused: the assertion is too long for STS.
    """
    exchange.check_length(assertion)
    run = _Run(assertion, deadlines)
    for job in jobs:
        run.waiting.put(job)
    for _ in range(min(at_a_time, len(jobs))):
        # Daemons: neither Ctrl-C nor the end of the time waits for an answer.
        threading.Thread(target=run.work, name="sts", daemon=True).start()
    left = len(jobs)
    try:
        while left and not run.is_over:
            try:
                profile, outcome = run.done.get(
                    timeout=min(_POLL_INTERVAL, max(0.0, run.remaining))
                )
            except Empty:
                continue
            left -= 1
            if isinstance(outcome, Answers | SamlLoginError):
                report(profile, outcome)
            else:
                raise outcome
    finally:
        run.stop.set()


@dataclass(frozen=True, slots=True)
class _Run:
    """The state that the threads of one exchange share."""

    assertion: Assertion
    deadlines: Sequence[Deadline]
    waiting: SimpleQueue[Job] = field(default_factory=SimpleQueue)
    done: SimpleQueue[tuple[str, Answers | BaseException]] = field(default_factory=SimpleQueue)
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def remaining(self) -> float:
        return min(deadline.remaining for deadline in self.deadlines)

    @property
    def is_over(self) -> bool:
        return self.remaining <= 0

    def work(self) -> None:
        """Do one job after the other, until none is left or the time is over."""
        while not self.stop.is_set() and not self.is_over:
            try:
                job = self.waiting.get_nowait()
            except Empty:
                return
            outcome: Answers | BaseException
            try:
                outcome = job.wanted.answers(
                    lambda seconds, job=job: self._issued(job, seconds),  # type: ignore[misc]
                    job.request.clock.now(),
                )
            except BaseException as error:
                outcome = error
            self.done.put((job.profile, outcome))

    def _issued(self, job: Job, seconds: int) -> Issued:
        pauses = chain(_PAUSES, repeat(_PAUSES[-1]))
        while True:
            outcome = self._unless_throttled(job, seconds)
            if isinstance(outcome, Issued):
                return outcome
            pause = next(pauses)
            if self.remaining < pause or self.stop.wait(pause):
                raise outcome

    def _unless_throttled(self, job: Job, seconds: int) -> Issued | Throttled:
        try:
            return job.request.issued(self.assertion, job.wanted.role, seconds)
        except Throttled as error:
            return error
