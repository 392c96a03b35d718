"""Programs that share one renewal of the same credentials."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from aws_saml_ext import renewal
from aws_saml_ext.credentials import Credentials, Issued
from aws_saml_ext.errors import StoreError
from aws_saml_ext.renewal import Save
from aws_saml_ext.store.cache import Cache
from aws_saml_ext.store.single_flight import SingleFlight
from tests.patience import until
from tests.stored import REQUEST, caller

ROLE = "arn:aws:iam::111111111111:role/Dev"


def issued(number: int = 1, *, ago: timedelta = timedelta()) -> Issued:
    """Return numbered credentials of an hour, issued some time ago."""
    then = datetime.now(timezone.utc) - ago
    ends = then + timedelta(hours=1)
    return Issued(Credentials(f"ASIA{number}", "secret1", "token1", ends, ROLE, f"{ROLE}/j"), then)


@dataclass
class Programs:
    """Programs that need the same credentials, and a count of their renewals."""

    folder: Path
    seconds: float = 0.05
    """The seconds that a renewal takes."""
    failure: BaseException | None = None
    """The error of a renewal that fails."""
    notified: list[str] = field(default_factory=list)

    @property
    def cache(self) -> Cache:
        return Cache(self.folder)

    @property
    def flight(self) -> SingleFlight:
        return SingleFlight(self.cache.folder, REQUEST.key)

    @property
    def renewals(self) -> int:
        log = self.folder / "renewals"
        return log.stat().st_size if log.exists() else 0

    def renew(self) -> Issued:
        with (self.folder / "renewals").open("ab", buffering=0) as log:  # O_APPEND
            log.write(b".")
        time.sleep(self.seconds)
        if self.failure is not None:
            raise self.failure
        return issued(self.renewals)

    def keys(
        self, *, asked: str = "nobody", seconds: float = 30.0, shares_failures: bool = True
    ) -> str:
        """Return the access key id that a program gets."""

        def sign_in(save: Save) -> Issued:
            renewed = self.renew()
            with suppress(StoreError):
                save(renewed)
            return renewed

        obtained = renewal.get_credentials(
            self.cache,
            REQUEST,
            sign_in,
            flight=self.flight,
            caller=caller(
                asked,
                notify=self.notified.append,
                shares_failures=shares_failures,
                wait_seconds=seconds,
            ),
        )
        return obtained.issued.credentials.access_key_id

    @contextmanager
    def held(self) -> Iterator[Callable[[BaseException], None]]:
        """Hold the renewal; call what is yielded to let it fail with an error."""
        holding = ExitStack()
        holding.enter_context(self.flight.held(caller(notify=self.notified.append)))

        def end(error: BaseException) -> None:
            with suppress(type(error)), holding:
                raise error

        with holding:
            yield end

    @contextmanager
    def waiting(
        self, times: int = 1, *, asked: str = "nobody", shares_failures: bool = True
    ) -> Iterator[list[Future[str]]]:
        """Let so many programs wait for the renewal that is held."""
        before = len(self.notified)
        with ThreadPoolExecutor(times) as threads:
            asking = [
                threads.submit(self.keys, asked=asked, shares_failures=shares_failures)
                for _ in range(times)
            ]
            assert until(lambda: len(self.notified) == before + times)
            yield asking
