"""Single flight: one renewal at a time for each request; everybody else waits for it.

Beside an entry `KEY.keys` of the cache lie:

* `KEY.lock`    held by the program that renews; the system frees it when that program dies
* `KEY.holder`  the process id of that program, and when it started
* `KEY.second`  the lock of those who see that the program is stopped (SIGSTOP): one of them renews
* `KEY.failed`  the error of the last renewal, for those who waited for it
* `KEY.door`    held by a run of `credential-process` that renews, from before it imports anything
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from aws_saml_ext import errors, fast_path
from aws_saml_ext.clock import SYSTEM, Clock, Deadline
from aws_saml_ext.errors import (
    IdentityProviderRefused,
    SamlLoginError,
    SignInRequired,
    StoreError,
    TimedOut,
)
from aws_saml_ext.files import atomic, locks
from aws_saml_ext.files.locks import HolderStopped, LockTimeout
from aws_saml_ext.store import holder

logger = logging.getLogger("aws_saml_ext")

_NO_RETRY = timedelta(minutes=1)
_MAX_HELD = 100


@dataclass(frozen=True, slots=True)
class Caller:
    """The way in which one caller renews, and waits for another."""

    answerable: str
    """The answerer of questions: `nobody`, or the flow and whether there is a terminal."""
    is_unattended: bool
    """Nobody will be asked, so a refused secret would be sent once more."""
    shares_failures: bool
    """True if the error of the renewal that it waited for is its own, too."""
    wait_seconds: float
    """After it, a caller that shares failures fails, and another one signs in beside the other."""
    notify: Callable[[str], None]
    """Hears that another program is waited for."""


class SingleFlight:
    """The renewals of one request."""

    def __init__(self, folder: Path, key: str, *, clock: Clock = SYSTEM) -> None:
        """`folder` is that of the cache, `key` the request's (`CredentialRequest.key`)."""
        self.folder = folder
        self.key = key
        self._clock = clock

    @contextmanager
    def held(self, caller: Caller) -> Iterator[None]:
        """Be the only one, of all threads and programs, that renews this request.

        Look for the credentials again in here: another program may have renewed them. The error of
        a renewal that was waited for is raised here too, so that ten programs do not open ten
        windows. Only `SignInRequired` is not shared by a caller that can ask in another way.

        Raises:
            TimedOut: another program still renews, and this caller shares its failures.
            SamlLoginError: its renewal failed; or, unattended, the identity provider refused
                within the last minute: sending the same secret again locks accounts.

        Where locking is impossible (a folder that cannot be written to), nobody waits.
        """
        before = self._failure()
        if caller.is_unattended and before is not None and before.is_refusal(self._clock.now()):
            raise before.error()
        with ExitStack() as held:
            waited = self._lock(held, caller)
            if waited and caller.shares_failures:
                self._raise_failure(before, caller.answerable)
            try:
                yield
            except SamlLoginError as error:
                self._note(error, caller.answerable)
                raise
            except Exception as error:
                # An unforeseen error's text may hold a secret.
                message = f"The other program's sign-in failed ({type(error).__name__})."
                self._note(SamlLoginError(message, advice="Sign in again."), caller.answerable)
                raise
            with suppress(StoreError):
                atomic.remove(self._file(fast_path.FAILURE))

    def _lock(self, held: ExitStack, caller: Caller) -> bool:
        """Take the lock until `held` is left; return whether another program had it."""
        waited = False

        def notify() -> None:
            nonlocal waited
            waited = True
            caller.notify("Another program is signing in for the same credentials. Waiting for it…")

        def take(ending: str, wait: timedelta, is_stopped: Callable[[], bool] | None) -> None:
            lock = locks.lock(
                self._file(ending),
                activity="Another program has been signing in for the same credentials",
                wait=wait,
                on_wait=notify,
                is_stopped=is_stopped,
            )
            held.enter_context(lock)

        wait = timedelta(seconds=caller.wait_seconds)
        try:
            try:
                take(".lock", wait, lambda: holder.is_stopped(self._file(".holder")))
                held.enter_context(holder.noted(self._file(".holder")))
            except HolderStopped:
                caller.notify("It is stopped. Going on without it.")
                take(".second", wait, None)
        except LockTimeout as error:
            if caller.shares_failures:
                raise TimedOut(str(error), command=error.command, advice=error.advice) from None
            caller.notify("It still is. This sign-in goes on beside it.")
        except StoreError as error:
            if caller.shares_failures:
                logger.warning(
                    "The cache cannot be locked, so programs sign in one by one: %s", error
                )
        return waited

    def _raise_failure(self, before: _Failure | None, answerable: str) -> None:
        """Re-raise the failure of the renewal that this caller waited for."""
        failure = self._failure()
        if failure is None or (before is not None and failure.number == before.number):
            return
        error = failure.error()
        if isinstance(error, SignInRequired) and failure.asked != answerable:
            return
        raise error

    def _note(self, error: SamlLoginError, answerable: str) -> None:
        path = self._file(fast_path.FAILURE)
        note_failure(path, error, answerable=answerable, clock=self._clock)

    def _failure(self) -> _Failure | None:
        content = fast_path.read_private(str(self._file(fast_path.FAILURE)))
        try:
            failure = _Failure(**json.loads(content or b"null"))
        except (ValueError, TypeError, RecursionError):
            return None
        texts = (failure.number, failure.kind, failure.message, failure.hint or "", failure.asked)
        is_whole = all(isinstance(text, str) for text in texts) and isinstance(failure.at, float)
        return failure if is_whole else None

    def _file(self, ending: str) -> Path:
        return self.folder / f"{self.key}{ending}"


@contextmanager
def all_held(flights: Iterable[SingleFlight], caller: Caller) -> Iterator[None]:
    """Be the only one that renews several requests; see `SingleFlight.held`.

    The wait of the caller is that for all of them, and it hears of it once. Of more than a hundred,
    only a hundred are held, always the same: each is an open file, and some systems allow 256.
    """
    by_place = {(flight.folder, flight.key): flight for flight in flights}
    deadline = Deadline(caller.wait_seconds)
    heard: set[str] = set()

    def notify(line: str) -> None:
        if line not in heard:
            heard.add(line)
            caller.notify(line)

    with ExitStack() as held:
        # In one order, so that two programs never wait for each other.
        for _, flight in sorted(by_place.items())[:_MAX_HELD]:
            rest = replace(caller, notify=notify, wait_seconds=max(0.0, deadline.remaining))
            held.enter_context(flight.held(rest))
        yield


def note_failure(
    path: Path, error: SamlLoginError, *, answerable: str = "nobody", clock: Clock = SYSTEM
) -> None:
    """Store an error for those who wait; no error of ours holds a secret.

    Args:
        path: the file, which ends in `fast_path.FAILURE`.
        error: the failure of a renewal.
        answerable: see `Caller.answerable`.
        clock: the clocks.
    """
    kinds = (kind.__name__ for kind in type(error).__mro__ if hasattr(errors, kind.__name__))
    failure = _Failure(
        number=secrets.token_hex(8),
        kind=next(kinds),
        message=str(error),
        hint=error.hint,
        is_command=error.command is not None,
        status=error.exit_status,
        at=clock.now().timestamp(),
        asked=answerable,
    )
    with suppress(StoreError):
        content = json.dumps(asdict(failure)).encode(errors="replace")
        atomic.write_private(path, content)


@dataclass(frozen=True, slots=True)
class _Failure:
    """A renewal that failed."""

    number: str
    """Random, to tell it from the failure before."""
    kind: str
    """The name of its class in `errors`."""
    message: str
    hint: str | None
    status: int
    at: float
    """Seconds since 1970."""
    asked: str
    """See `Caller.answerable`."""
    is_command: bool = False
    """True if the hint is a command; earlier versions did not write it."""

    def is_refusal(self, now: datetime) -> bool:
        """Return whether the identity provider refused less than a minute ago."""
        is_recent = 0 <= now.timestamp() - self.at < _NO_RETRY.total_seconds()
        return is_recent and isinstance(self.error(), IdentityProviderRefused)

    def error(self) -> SamlLoginError:
        """Return the failure as an error of its kind."""
        kind = getattr(errors, self.kind, None)
        if not (isinstance(kind, type) and issubclass(kind, SamlLoginError)):
            kind = SamlLoginError
        command = self.hint if self.is_command else None
        return kind(self.message, command=command, advice=None if command else self.hint)
