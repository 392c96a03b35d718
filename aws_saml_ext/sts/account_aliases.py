"""The aliases of accounts: iam:ListAccountAliases, with credentials that are stored nowhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from aws_saml_ext.clock import SYSTEM, Clock, Deadline
from aws_saml_ext.config.values import SHORTEST
from aws_saml_ext.errors import SamlLoginError, StsRefused
from aws_saml_ext.net import host_and_port
from aws_saml_ext.session_policies import NO_POLICIES
from aws_saml_ext.sts import exchange
from aws_saml_ext.text import printable

if TYPE_CHECKING:
    from aws_saml_ext.assertion import Assertion, Role
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.sts.client import Clients

AT_A_TIME = 16
"""The accounts that are asked at the same time."""
SECONDS = 5.0
"""The time that an account has."""
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
_MAX_REASON = 80  # characters


class Found(Enum):
    """The outcomes for an account."""

    ALIAS = "alias"
    NONE = "no alias"
    DENIED = "not allowed to ask"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer about one account."""

    account_id: str
    found: Found
    alias: str | None = None
    """As IAM sent it."""
    reason: str = ""
    """Why it failed."""


def role_of_each(roles: Iterable[Role], used: Mapping[str, datetime]) -> dict[str, Role]:
    """Return one role of each account: the one used last, else that of the shortest name."""
    found: dict[str, Role] = {}

    def rank(role: Role) -> tuple[float, int, str]:
        moment = used.get(role.arn)
        return (-moment.timestamp() if moment is not None else 0.0, len(role.name), role.name)

    for role in roles:
        other = found.get(role.account_id)
        if other is None or rank(role) < rank(other):
            found[role.account_id] = role
    return found


def asked(
    roles: Sequence[Role],
    assertion: Assertion,
    settings: Settings,
    clients: Clients,
    *,
    clock: Clock = SYSTEM,
    seconds: float = SECONDS,
) -> Iterator[Answer]:
    """Ask for the alias of the account of each role, and yield each answer as it comes.

    A failure is an answer, too. The session has the shortest duration, no session policies, which
    might not allow the question, and is forgotten.

    Args:
        roles: one for each account.
        assertion: offers them.
        settings: of the profile.
        clients: make the clients.
        clock: the clocks.
        seconds: the time that each account has.
    """
    waiting: SimpleQueue[Role] = SimpleQueue()
    done: SimpleQueue[Answer] = SimpleQueue()
    making = threading.Lock()  # botocore's sessions are not thread-safe
    request = exchange.Request(
        clients, replace(settings, session_policies=NO_POLICIES), lambda _: None, clock
    )

    def ask(role: Role) -> Answer:
        credentials = request.issued(assertion, role, int(SHORTEST.total_seconds())).credentials
        with making:
            client = clients.signing("iam", credentials)
        where = f"IAM at {host_and_port(client.meta.endpoint_url)}"
        aliases = clients.call(where, lambda: client.list_account_aliases()["AccountAliases"])
        alias = str(aliases[0]) if aliases else None
        return Answer(role.account_id, Found.ALIAS if alias else Found.NONE, alias)

    def work() -> None:
        while True:
            try:
                role = waiting.get_nowait()
            except Empty:
                return
            # The time-out of a socket covers one silence only.
            deadline = Deadline(seconds, monotonic=clock.monotonic)
            answer = exchange.before(deadline, lambda role=role: _answer(ask, role))  # type: ignore[misc]
            reason = f"no answer in {seconds:g} seconds"
            done.put(answer or Answer(role.account_id, Found.FAILED, reason=reason))

    for role in roles:
        waiting.put(role)
    for _ in range(min(AT_A_TIME, len(roles))):
        # Daemons: neither Ctrl-C nor the end waits for an answer.
        threading.Thread(target=work, name="aliases", daemon=True).start()
    left = len(roles)
    while left:
        with suppress(Empty):
            yield done.get(timeout=1.0)  # on Windows a longer wait would not notice Ctrl-C
            left -= 1


def _answer(ask: Callable[[Role], Answer], role: Role) -> Answer:
    from botocore.exceptions import ClientError

    try:
        return ask(role)
    except ClientError as error:
        code = printable(str(error.response.get("Error", {}).get("Code", "")))
        if code in _DENIED:
            return Answer(role.account_id, Found.DENIED)
        return Answer(role.account_id, Found.FAILED, reason=f"IAM refused ({code[:_MAX_REASON]})")
    except StsRefused as error:
        code = f" ({error.code})" if error.code else ""
        return Answer(
            role.account_id, Found.FAILED, reason=f"STS refused {printable(role.name)}{code}"
        )
    except SamlLoginError as error:
        reason = printable(str(error), max_length=_MAX_REASON).rstrip(".")
        return Answer(role.account_id, Found.FAILED, reason=reason)
    except Exception as error:  # an answer that is not of IAM
        return Answer(role.account_id, Found.FAILED, reason=type(error).__name__)
