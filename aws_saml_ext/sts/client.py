"""The clients of STS and S3: by which settings they are made, and which STS they ask."""

from __future__ import annotations

import math
import os
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from aws_saml_ext import __version__, hints, partitions
from aws_saml_ext.config import aws_settings
from aws_saml_ext.config.sources import Written
from aws_saml_ext.credentials import Credentials
from aws_saml_ext.errors import ConfigError
from aws_saml_ext.logs import silenced
from aws_saml_ext.net import host_and_port, host_of, is_loopback
from aws_saml_ext.sts import max_answer
from aws_saml_ext.sts.connection import DEFAULT, StsConnection
from aws_saml_ext.text import printable, quoted

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.session import Session
    from mypy_boto3_sts import STSClient

T = TypeVar("T")

_BOTOCORE_TIMEOUT = 60  # seconds; of connecting, and of reading
_TLS_KEYS = "SSLKEYLOGFILE"
_BY_BOTOCORE = "the endpoint"
"""Names an address that no user has written."""


def endpoint_of(session: Session, role_arn: str, connection: StsConnection = DEFAULT) -> str:
    """Return the address of the STS that is asked for a role.

    Raises:
        ConfigError: region, endpoint or certificate file cannot be used.
    """
    clients = Clients(session, connection)
    clients.check()
    return clients.sts(role_arn).meta.endpoint_url


def place_of(session: Session, role: str | None, connection: StsConnection = DEFAULT) -> str:
    """Return a few words that identify the STS that is asked, without making a client.

    They are the same as long as the settings about it are.

    Args:
        session: a session of the profile.
        role: as the settings have it; one that is no ARN lies in the session's own partition.
        connection: the options about the connection to STS.

    Raises:
        ConfigError: region, endpoint or certificate file cannot be used.
    """
    clients = Clients(session, connection)
    clients.check()
    return clients.place(role or "")


class Clients:
    """The clients of one session and connection; those of STS are made once per region."""

    def __init__(
        self,
        session: Session,
        connection: StsConnection,
        *,
        max_wait: float = math.inf,
        connections: int | None = None,
    ) -> None:
        """Take what the clients are made with.

        Args:
            session: a session of the profile.
            connection: the options about the connection to STS.
            max_wait: the longest time-out of a connection, in seconds.
            connections: those that a client keeps open; None leaves it to botocore.
        """
        self._session = session
        self._connection = connection
        self._max_wait = max_wait
        self._connections = connections
        self._clients: dict[str, STSClient] = {}
        self._lock = threading.Lock()  # botocore's sessions are not thread-safe

    def check(self) -> None:
        """Check the settings as far as that is possible without making a client.

        Raises:
            ConfigError: region, endpoint or certificate file cannot be used.
        """
        aws_settings.refuse_unusable(self._session, verify_ssl=self._connection.verify_ssl)
        if (endpoint := self._endpoint("sts")) is not None:
            _check_address(endpoint)
        self._region("")

    def warm(self) -> None:
        """Make the client that will probably be used; an error shows when it is."""
        with suppress(Exception):
            self.sts("")

    def sts(self, role_arn: str) -> STSClient:
        """Return the client of STS in the partition of a role.

        It signs nothing, since the assertion is the proof: a client that signs asks the session's
        credential chain while it is made, and that chain may be waiting for this sign-in.

        Raises:
            ConfigError: no client can be made with the settings.
        """
        from botocore import UNSIGNED

        with self._lock:
            region = self._region(role_arn)
            if region not in self._clients:
                config = self._config("sts", signature_version=UNSIGNED)
                client = cast("STSClient", self._create("sts", region, config))
                _check_address(Written(_BY_BOTOCORE, client.meta.endpoint_url))
                self._clients[region] = client
            return self._clients[region]

    def signing(self, service: str, credentials: Credentials) -> Any:
        """Return a client of `sts` or `s3` that signs with these credentials.

        Raises:
            ConfigError: no client can be made with the settings, or its address cannot be used.
        """
        if service != "sts" and (endpoint := self._endpoint(service)) is not None:
            _check_password(endpoint)
        client = self._create(
            service,
            self._region(credentials.role_arn),
            self._config(service),
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
        )
        if service == "sts":
            _check_address(Written(_BY_BOTOCORE, client.meta.endpoint_url))
        return client

    def way(self, role_arn: str, *, environ: Mapping[str, str] = os.environ) -> str | None:
        """Return a sentence about the way of an assertion to STS.

        Returns:
            None where no setting names an address, and the environment no proxy, no certificate
            authorities and no file for the keys of TLS: then botocore alone decides.

        Raises:
            ConfigError: no client can be made with the settings.
        """
        address, bundle = self._endpoint("sts"), aws_settings.ca_bundle(self._session)
        proxy = self._proxy(role_arn, address, environ)
        parts = []
        if address is not None:
            parts.append(f"to STS at {host_and_port(address.value)} ({address.name})")
        if proxy is not None:
            parts.append(f"through the proxy {host_and_port(proxy.value)} ({proxy.name})")
        if self._connection.verify_ssl and bundle is not None and bundle.name in environ:
            parts.append(f"with the certificate authorities of {bundle.value} ({bundle.name})")
        if (file := environ.get(_TLS_KEYS)) and not (address and _is_http(address.value)):
            parts.append(f"with its TLS keys written to {file} ({_TLS_KEYS})")
        return f"The assertion goes {', '.join(parts)}." if parts else None

    def _proxy(
        self, role_arn: str, address: Written | None, environ: Mapping[str, str]
    ) -> Written | None:
        """Return the proxy that botocore takes for STS, and the variable that names it."""
        from urllib.request import getproxies

        from botocore.utils import get_environ_proxies

        if not getproxies() or (address is not None and _is_http_on_loopback(address.value)):
            return None
        url = address.value if address is not None else self.sts(role_arn).meta.endpoint_url
        scheme = urlsplit(url).scheme
        value: str | None = get_environ_proxies(url).get(scheme)
        if not value:
            return None
        names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
        name = next((each for each in names if environ.get(each)), "the settings of the system")
        return Written(name, value if "://" in value else f"//{value}")

    def place(self, role: str) -> str:
        """Return the words of `place_of`."""
        region = self._region(role)
        endpoint = self._endpoint("sts")
        if endpoint is not None:
            return f"{region} {endpoint.value}"
        names = ("use_fips_endpoint", "use_dualstack_endpoint", "sts_regional_endpoints")
        values = [f"{name}={self._session.get_config_variable(name)}" for name in names]
        return " ".join([region, *values])

    def call(self, where: str, request: Callable[[], T]) -> T:
        """Return what `request` makes of an answer, and keep the request out of all logs.

        Args:
            where: the service and its host, `STS at sts.example.com`.
            request: makes the request, and reads the answer.

        Raises:
            StsUnreachable: there was no answer, or it cannot be read. It has no cause: some of
                botocore's errors carry the request, assertion included.
            ClientError: botocore's; the service refused.
        """
        from botocore.exceptions import BotoCoreError
        from botocore.parsers import ResponseParserError

        # What botocore raises over an answer that is not AWS's.
        nonsense = (
            *(ResponseParserError, ArithmeticError, AttributeError),
            *(LookupError, TypeError, ValueError),
        )
        try:
            with silenced("botocore", "urllib3"), self._without_warnings():
                return request()
        except BotoCoreError as error:
            from aws_saml_ext.sts import refusals

            raise refusals.unreachable(error, where) from None
        except nonsense:
            from aws_saml_ext.sts import refusals

            raise refusals.not_of_aws(where) from None

    @contextmanager
    def _without_warnings(self) -> Iterator[None]:
        """Hold back urllib3's warning about --no-verify-ssl, which the person has read already."""
        if self._connection.verify_ssl:
            yield
            return
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Unverified HTTPS request")
            yield

    def _create(self, service: str, region: str, config: Config, **keys: Any) -> Any:
        from botocore.exceptions import BotoCoreError

        bundle = aws_settings.ca_bundle(self._session)
        try:
            client = self._session.create_client(
                service,
                region_name=region,
                endpoint_url=self._connection.endpoint_url if self._is_for(service) else None,
                verify=(bundle.value if bundle else True) if self._connection.verify_ssl else False,
                config=config,
                **keys,
            )
            max_answer.limit(client)
            return client
        except BotoCoreError as error:
            raise self._unusable(service, error) from error
        except ValueError as error:
            # No cause: an address may hold a password.
            if str(error).startswith("Invalid endpoint"):
                raise _bad_address(self._endpoint(service)) from None
            raise self._unusable(service, error) from None

    def _unusable(self, service: str, error: Exception) -> ConfigError:
        reason = printable(str(error)).rstrip(".:")
        return ConfigError(
            f"No client of {service.upper()} can be made with these settings: {reason}.",
            command=hints.shown("aws", "configure", "list", *self._profile_option()),
        )

    def _profile_option(self) -> list[str]:
        return ["--profile", self._session.profile] if self._session.profile else []

    def _config(self, service: str, **options: Any) -> Config:
        from botocore.config import Config

        for name in ("read_timeout", "connect_timeout"):
            chosen: int | None = getattr(self._connection, name)
            seconds = _BOTOCORE_TIMEOUT if chosen is None else chosen or math.inf
            seconds = min(seconds, self._max_wait)
            if chosen is not None or seconds < _BOTOCORE_TIMEOUT:
                options[name] = None if seconds == math.inf else seconds  # None never ends
        if self._connections is not None:
            options["max_pool_connections"] = self._connections
        endpoint = self._endpoint(service)
        if endpoint is not None and _is_http_on_loopback(endpoint.value):
            # A proxy would carry the assertion, or a token, away in clear text.
            options["proxies"] = {}
        return Config(user_agent_extra=f"aws-saml-ext/{__version__}", **options)

    def _region(self, role_arn: str) -> str:
        """Return the session's region where it lies in the role's partition, else that one's."""
        from botocore.exceptions import InvalidRegionError
        from botocore.utils import validate_region_name

        region: str | None = self._session.get_config_variable("region") or None
        partition = partitions.of_arn(role_arn)
        if region is None:
            return (partition or partitions.PARTITIONS["aws"]).sts_region
        try:
            validate_region_name(region)
        except InvalidRegionError:
            raise ConfigError(
                f"{quoted(region)} is not an AWS region name.",
                advice="Correct it in --region or the profile.",
            ) from None
        if partition is None or partitions.of_region(region) is partition:
            return region
        return partition.sts_region

    def _endpoint(self, service: str) -> Written | None:
        """Return the address that the user chose, in any way; None leaves it to botocore."""
        if self._connection.endpoint_url is not None and self._is_for(service):
            return Written("--endpoint-url", self._connection.endpoint_url)
        return aws_settings.endpoint(self._session, service)

    def _is_for(self, service: str) -> bool:
        """Return whether --endpoint-url is for this service, too: no STS answers as S3."""
        return service == "sts" or not is_sts(self._connection.endpoint_url or "")


def _check_address(endpoint: Written) -> None:
    _check_password(endpoint)
    try:
        address = urlsplit(endpoint.value)
        has_port = address.port != 0
    except ValueError:
        raise _bad_address(endpoint) from None
    if address.scheme not in {"http", "https"} or not address.hostname or not has_port:
        raise _bad_address(endpoint)
    if address.scheme == "http" and not is_loopback(address.hostname):
        raise ConfigError(
            f"The address of STS at {host_and_port(endpoint.value)} is http, which is for loopback "
            "only: others could read the credentials on the way.",
            advice=f"Use https in {endpoint.name}.",
        )


def _check_password(endpoint: Written) -> None:
    if "@" in re.split(r"[/?#]", endpoint.value.partition("//")[2])[0]:
        raise ConfigError(
            f"{endpoint.name} is not usable: a web address with a user name or password is "
            "refused.",
            advice="Remove the part before the @.",
        )


def _bad_address(endpoint: Written | None) -> ConfigError:
    name = endpoint.name if endpoint is not None else _BY_BOTOCORE
    return ConfigError("The address of STS is not a web address.", advice=f"Correct {name}.")


def _is_http(endpoint: str) -> bool:
    return endpoint.lower().startswith("http:")


def _is_http_on_loopback(endpoint: str) -> bool:
    return _is_http(endpoint) and is_loopback(host_of(endpoint))


def is_sts(endpoint: str) -> bool:
    """Return whether the host is `sts.…`, `sts-fips.…`, or an STS in a VPC (`vpce-….sts.…`)."""
    first, *more = host_of(endpoint).split(".")
    if first.startswith("vpce-") and more:
        first = more[0]
    return first in {"sts", "sts-fips"}
