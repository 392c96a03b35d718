"""`--check`: whether new credentials work."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_saml_ext.credentials import Credentials
from aws_saml_ext.errors import SamlLoginError
from aws_saml_ext.net import host_and_port
from aws_saml_ext.sts.client import Clients
from aws_saml_ext.sts.connection import DEFAULT, StsConnection
from aws_saml_ext.text import counted, says, shown_name

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from botocore.session import Session


def check(
    session: Session, credentials: Credentials, connection: StsConnection = DEFAULT
) -> list[str]:
    """Try new credentials; return a line about GetCallerIdentity, and one about ListBuckets.

    A failure is such a line, too, and never raised. S3 is not asked at an endpoint whose host is
    that of an STS.
    """
    clients = Clients(session, connection)
    return [
        f"GetCallerIdentity: {_tried('STS', lambda: _caller(clients, credentials))}",
        f"ListBuckets: {_tried('S3', lambda: _buckets(clients, credentials))}",
    ]


def principal(
    session: Session,
    credentials: Credentials,
    connection: StsConnection = DEFAULT,
    *,
    max_wait: float = math.inf,
) -> tuple[str, str | None]:
    """Return the ARN of the principal of credentials, and why it is not known.

    Args:
        session: a session of the profile.
        credentials: temporary ones.
        connection: the options about the connection to STS.
        max_wait: the longest time-out of a connection, in seconds.
    """
    from botocore.exceptions import ClientError

    clients = Clients(session, connection, max_wait=max_wait)
    try:
        client = clients.signing("sts", credentials)
        where = f"STS at {host_and_port(client.meta.endpoint_url)}"
        return str(clients.call(where, lambda: client.get_caller_identity()["Arn"])), None
    except ClientError as error:
        return "", says("STS", _words(error))
    except SamlLoginError as error:
        return "", str(error)


def _words(error: ClientError) -> str:
    answer: Any = error.response.get("Error", {})
    return f"{answer.get('Message', '')} ({answer.get('Code', '')})"


def _caller(clients: Clients, credentials: Credentials) -> str:
    """Return the ARN that these credentials belong to."""
    client = clients.signing("sts", credentials)
    where = f"STS at {host_and_port(client.meta.endpoint_url)}"
    return clients.call(where, lambda: shown_name(str(client.get_caller_identity()["Arn"])))


def _buckets(clients: Clients, credentials: Credentials) -> str:
    """Return how many buckets these credentials can list."""
    client = clients.signing("s3", credentials)
    where = f"S3 at {host_and_port(client.meta.endpoint_url)}"
    return counted(
        clients.call(where, lambda: len(client.list_buckets().get("Buckets", ()))), "bucket"
    )


def _tried(service: str, request: Callable[[], str]) -> str:
    """Return the result of a request, or its failure, in one line."""
    from botocore.exceptions import ClientError

    try:
        return request()
    except ClientError as error:
        return says(service, _words(error))
    except SamlLoginError as error:
        return str(error)
