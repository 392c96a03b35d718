"""The sign-in of AWS's console: temporary credentials become an address that opens it.

The address is a key to the console for 15 minutes, and so is the request for it: neither is logged.
"""

from __future__ import annotations

import json
import logging
import math
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aws_saml_ext import partitions
from aws_saml_ext.config import aws_settings, values
from aws_saml_ext.config.sources import Written
from aws_saml_ext.errors import ConfigError, Refused, StsUnreachable
from aws_saml_ext.logs import silenced
from aws_saml_ext.net import host_and_port, host_of, is_loopback
from aws_saml_ext.sts import max_answer, refusals
from aws_saml_ext.sts.client import is_sts
from aws_saml_ext.sts.connection import DEFAULT, StsConnection

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.session import Session

    from aws_saml_ext.credentials import Credentials
    from aws_saml_ext.partitions import Partition

_log = logging.getLogger(__name__)

_PATH = "/federation"
_WITHOUT_REGION = frozenset({"us-east-1", "us-gov-west-1", "cn-north-1"})
"""The regions whose sign-in host is that of the partition."""
_SERVICE = "signin"
_NONSENSE = (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError)
"""Errors of botocore and urllib3 over an answer that is not AWS's."""
_BOTOCORE_TIMEOUT = 60.0  # seconds; of connecting, and of reading


@dataclass(frozen=True, slots=True)
class Console:
    """The console of one region, and the sign-in that leads to it."""

    partition: Partition
    region: str
    sign_in: str
    """The address of the sign-in, `https://eu-west-1.signin.aws.amazon.com`."""

    @property
    def home(self) -> str:
        """The address of the console in its region."""
        return f"https://{self.region}.{self.partition.console_host}"

    def link(self, token: str, *, destination: str, issuer: str) -> str:
        """Return the address that signs in and leads to a destination; it is a key.

        Args:
            token: of `Federation.token`.
            destination: an address of the console.
            issuer: where the console sends people whose session has ended.
        """
        query = {
            "Action": "login",
            "Issuer": issuer,
            "Destination": destination,
            "SigninToken": token,
        }
        return f"{self.sign_in}{_PATH}?{urlencode(query)}"


def console_of(
    session: Session,
    role_arn: str,
    *,
    region: str | None,
    connection: StsConnection = DEFAULT,
) -> Console:
    """Return the console of a role's partition.

    Args:
        session: a session of the profile.
        role_arn: the role.
        region: the region that is wanted; one of another partition does not count.
        connection: the options of the command line.

    Raises:
        ConfigError: an address that is set for it cannot be used.
    """
    partition = partitions.of_arn(role_arn) or partitions.PARTITIONS["aws"]
    if region is None or not _is_in(session, region, partition):
        region = partition.sts_region
    host = partition.sign_in_hosts[0]
    address = f"https://{host}" if region in _WITHOUT_REGION else f"https://{region}.{host}"
    written = _endpoint(session, connection)
    if written is not None:
        try:
            address = values.web_address(written.value).rstrip("/")
        except ValueError as error:
            raise ConfigError(
                f"{written.name} is not usable for the console's sign-in: {error}.",
                advice=f"Correct {written.name}.",
            ) from None
    return Console(partition, region, address)


def _is_in(session: Session, region: str, partition: Partition) -> bool:
    from botocore.exceptions import UnknownRegionError

    try:
        return bool(session.get_partition_for_region(region) == partition.name)
    except UnknownRegionError:
        return False


def _endpoint(session: Session, connection: StsConnection) -> Written | None:
    """Return the address that the user chose for the sign-in; that of an STS is for STS alone."""
    option = connection.endpoint_url
    if option is not None and not is_sts(option):
        return Written("--endpoint-url", option)
    found = aws_settings.endpoint(session, _SERVICE)
    return found if found is not None and not is_sts(found.value) else None


@dataclass(frozen=True, slots=True)
class Federation:
    """The requests to the sign-in of the console."""

    session: Session = field(repr=False)
    console: Console
    connection: StsConnection = DEFAULT
    max_wait: float = math.inf
    """The longest time-out of a connection, in seconds."""

    def token(
        self,
        credentials: Credentials,
        duration: timedelta | None,
        *,
        notify: Callable[[str], None],
    ) -> str:
        """Return a sign-in token for temporary credentials; it is good for 15 minutes.

        Args:
            credentials: those of a role.
            duration: the duration of the console's session. Where AWS refuses it, it is asked for
                a token without one. None leaves it to the credentials.
            notify: prints a line for people.

        Raises:
            Refused: AWS refused the credentials.
            StsUnreachable: there was no answer, or it is not one of AWS.
        """
        status, body = self._asked(credentials, duration)
        if duration is not None and status == 400:
            notify(
                "AWS does not take --console-duration with credentials of this role: the console's "
                "session ends with the credentials."
            )
            status, body = self._asked(credentials, None)
        where = self._where
        if 400 <= status < 500:
            raise Refused(
                f"{where[0].upper()}{where[1:]} refused the credentials (HTTP status {status}).",
                advice="They may be of another partition, or revoked. Sign in again, or check the "
                "region and AWS_ENDPOINT_URL_SIGNIN.",
            )
        if status >= 500:
            raise StsUnreachable(
                f"{where[0].upper()}{where[1:]} failed (HTTP status {status}).",
                advice="Try again in a minute.",
            )
        token = _token_in(body) if status == 200 else None
        if token is None:
            raise refusals.not_of_aws(where)
        return token

    @property
    def _where(self) -> str:
        return f"the console's sign-in at {host_and_port(self.console.sign_in)}"

    def _asked(self, credentials: Credentials, duration: timedelta | None) -> tuple[int, bytes]:
        """Return status and body of an answer. AWS takes a GET only."""
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import BotoCoreError

        session = {
            "sessionId": credentials.access_key_id,
            "sessionKey": credentials.secret_access_key,
            "sessionToken": credentials.session_token,
        }
        query = {"Action": "getSigninToken"}
        if duration is not None:
            query["SessionDuration"] = str(int(duration.total_seconds()))
        query["Session"] = json.dumps(session, separators=(",", ":"))
        url = f"{self.console.sign_in}{_PATH}?{urlencode(query)}"
        request: Any = AWSRequest("GET", url, headers={"Accept": "application/json"}).prepare()
        where = self._where
        http = self._http()
        try:
            with silenced("botocore", "urllib3"):
                answer = max_answer.limited(http).send(request)
            _log.debug("%s answered with HTTP status %s.", where, answer.status_code)
            return answer.status_code, answer.content
        # No causes: the address in an error of botocore or urllib3 holds the credentials.
        except BotoCoreError as error:
            raise refusals.unreachable(error, where[0].upper() + where[1:]) from None
        except _NONSENSE:
            raise refusals.not_of_aws(where) from None
        finally:
            http.close()

    def _http(self) -> Any:
        """Return botocore's HTTP session, with the proxy and the certificates of its clients."""
        from botocore.httpsession import URLLib3Session
        from botocore.utils import get_environ_proxies

        address = self.console.sign_in
        bundle = aws_settings.ca_bundle(self.session)
        verify: Any = (bundle.value if bundle else True) if self.connection.verify_ssl else False
        timeouts: Any = (
            self._seconds(self.connection.connect_timeout),
            self._seconds(self.connection.read_timeout),
        )
        is_local = address.startswith("http:") and is_loopback(host_of(address))
        proxies = {} if is_local else get_environ_proxies(address)
        return URLLib3Session(verify=verify, proxies=proxies, timeout=timeouts)

    def _seconds(self, chosen: int | None) -> float | None:
        seconds = _BOTOCORE_TIMEOUT if chosen is None else chosen or math.inf
        seconds = min(seconds, self.max_wait)
        return None if seconds == math.inf else seconds


def _token_in(body: bytes) -> str | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    token = answer.get("SigninToken") if isinstance(answer, dict) else None
    return token if isinstance(token, str) and token else None
