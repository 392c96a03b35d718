"""Trading an assertion for credentials: AssumeRoleWithSAML, which nobody signs."""

from __future__ import annotations

import logging
import math
import re
import shlex
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast
from urllib.parse import urlsplit

from aws_saml_ext import __version__, partitions
from aws_saml_ext.assertion import LONGEST_FOR_STS, Assertion, Role, printable
from aws_saml_ext.clock import SYSTEM, Clock, Deadline
from aws_saml_ext.config import aws_settings
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.config.sources import Written
from aws_saml_ext.credentials import Credentials, Issued, in_utc
from aws_saml_ext.errors import (
    AssertionTooLate,
    ConfigError,
    SamlLoginError,
    StsRefused,
    StsUnreachable,
    TimedOut,
)
from aws_saml_ext.login import Exchange
from aws_saml_ext.logs import unlogged
from aws_saml_ext.net import is_loopback
from aws_saml_ext.sts.connection import DEFAULT, StsConnection

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.session import Session
    from mypy_boto3_sts import STSClient

_log = logging.getLogger(__name__)

T = TypeVar("T")

_HOUR = 3600
_PATIENCE = 60  # botocore's own time-outs, in seconds
_TURN = 1.0  # seconds; on Windows a longer wait would not hear Ctrl-C


def exchanging(
    session: Session,
    settings: Settings,
    *,
    notify: Callable[[str], None],
    connection: StsConnection = DEFAULT,
    deadline: Deadline | None = None,
    clock: Clock = SYSTEM,
) -> Exchange:
    """
    Call AssumeRoleWithSAML, for as long as the settings ask, or as the role allows.

    The client is made in the background, while a browser starts. Time-outs are in seconds, 0 is
    for ever; STS is not waited for any longer than the sign-in may take.

    Args:
        session: a session of the profile.
        settings: the duration, and the time that a sign-in may take.
        notify: hears what a person should know.
        connection: the options about the connection to STS.
        deadline: that of the whole sign-in; without one its time runs from now on.
        clock: tells when credentials were issued.

    Raises:
        ConfigError: region, endpoint or certificate file cannot be used. The function that comes
            back raises it too, for what botocore finds out only when it makes the client.

    The function raises besides:
        AssertionTooLate: the assertion has run out.
        StsRefused: STS refused it for another reason, or it is too long for STS.
        StsUnreachable: no answer, or one without credentials.
        TimedOut: no answer before the sign-in's time was over.
    """
    time_out = settings.timeout.total_seconds()
    whole = deadline or Deadline(settings.timeout, monotonic=clock.monotonic)
    sts = _Sts(session, connection, longest=time_out)
    sts.refuse_unusable()
    if not connection.verify_ssl:
        notify("--no-verify-ssl: whether the answer comes from STS is not checked.")
    threading.Thread(target=sts.warm, daemon=True).start()

    def exchange(assertion: Assertion, role: Role) -> Issued:
        length = len(assertion.saml_response)
        if length > LONGEST_FOR_STS:
            raise StsRefused(
                f"The SAMLResponse has {length} characters, and STS takes at most "
                f"{LONGEST_FOR_STS}: it was not asked.",
                hint="Ask whoever runs the identity provider to offer fewer roles in it.",
            )

        end = whole.of_step()
        endpoint = sts.client(role.arn).meta.endpoint_url

        def ask(seconds: int) -> Issued:
            answer = _before(end, lambda: sts.assume_role(assertion, role, seconds, clock.now))
            if answer is None:
                raise TimedOut(
                    f"The sign-in took longer than {time_out:g} seconds: STS at "
                    f"{_host(endpoint)} has not answered.",
                    hint=f"aws saml-login --profile {shlex.quote(settings.profile)} "
                    "--timeout SECONDS",
                )
            return answer

        wanted = int(settings.session_duration.total_seconds())
        longest, issued = longest_granted(wanted, ask)
        if longest < wanted:
            notify(
                f"{role.name} allows {_duration(longest)} at most: "
                f"granted instead of {_duration(wanted)}."
            )
        return issued

    return exchange


def endpoint_of(session: Session, role_arn: str, connection: StsConnection = DEFAULT) -> str:
    """
    The address of the STS that would be asked for this role.

    Raises:
        ConfigError: region or endpoint cannot be used.
    """
    sts = _Sts(session, connection)
    sts.refuse_unusable()
    return sts.client(role_arn).meta.endpoint_url


def place_of(session: Session, role: str | None, connection: StsConnection = DEFAULT) -> str:
    """
    Which STS is asked, in a few words, found without making a client.

    They are the same as long as the settings about it are. `role` is as the settings have it; one
    that is no ARN lies in the session's own partition.

    Raises:
        ConfigError: region or endpoint cannot be used.
    """
    sts = _Sts(session, connection)
    sts.refuse_unusable()
    return sts.place(role or "")


def check(
    session: Session, credentials: Credentials, connection: StsConnection = DEFAULT
) -> list[str]:
    """
    Try new credentials: a line about GetCallerIdentity, and one about ListBuckets.

    A refusal is one of these lines; nothing is raised for it. S3 is not asked at an `endpoint_url`
    whose host is that of an STS.
    """
    sts = _Sts(session, connection)
    return [
        f"GetCallerIdentity: {_tried(lambda: sts.who(credentials))}",
        f"ListBuckets: {_tried(lambda: sts.buckets(credentials))}",
    ]


def _before(deadline: Deadline, ask: Callable[[], T]) -> T | None:
    """
    Return what `ask` comes to, if it does before the deadline; else None.

    A time-out of a socket is for one silence only, and botocore asks again: so it is asked in a
    thread, and not waited for any longer.
    """
    if deadline.has_passed:
        return None
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=run, name="sts", daemon=True).start()
    while not answer.done():
        if deadline.has_passed:
            return None
        wait([answer], deadline.at_most(_TURN))
    return answer.result()


class TooLong(StsRefused):
    """The duration is more than the role's MaxSessionDuration."""


class _Sts:
    """The way to STS of one session and command line; clients are made once per region."""

    def __init__(
        self,
        session: Session,
        connection: StsConnection,
        *,
        longest: float = math.inf,
    ) -> None:
        self._session = session
        self._endpoint_url = connection.endpoint_url
        self._verify_ssl = connection.verify_ssl
        self._timeouts = {
            "read_timeout": connection.read_timeout,
            "connect_timeout": connection.connect_timeout,
        }
        self._longest = longest  # seconds for any of them
        self._clients: dict[str, STSClient] = {}
        self._one_at_a_time = threading.Lock()  # botocore's sessions are not for many threads

    def refuse_unusable(self) -> None:
        """Refuse what can be seen to be wrong without making a client (ConfigError)."""
        aws_settings.refuse_unusable(self._session, verify_ssl=self._verify_ssl)
        if (endpoint := self._endpoint("sts")) is not None:
            _refuse_unusable_address(endpoint)
        self._region("")

    def warm(self) -> None:
        """Make a client that will probably be wanted; whatever goes wrong shows when it is."""
        with suppress(Exception):
            self.client("")

    def client(self, role_arn: str) -> STSClient:
        """
        The client for the partition of this role.

        Unsigned, since the assertion is the proof; and since a signed one asks the session's
        credential chain as it is made, which may be what is asking us.
        """
        from botocore import UNSIGNED

        region = self._region(role_arn)
        with self._one_at_a_time:
            if region not in self._clients:
                config = self._config("sts", signature_version=UNSIGNED)
                client = cast("STSClient", self._made("sts", region, config))
                _refuse_unusable_address(Written(_BY_BOTOCORE, client.meta.endpoint_url))
                self._clients[region] = client
            return self._clients[region]

    def place(self, role: str) -> str:
        """See `place_of`."""
        region = self._region(role)
        endpoint = self._endpoint("sts")
        if endpoint is not None:
            return f"{region} {endpoint.value}"
        names = ("use_fips_endpoint", "use_dualstack_endpoint", "sts_regional_endpoints")
        said = [f"{name}={self._session.get_config_variable(name)}" for name in names]
        return " ".join([region, *said])

    def assume_role(
        self, assertion: Assertion, role: Role, seconds: int, now: Callable[[], datetime]
    ) -> Issued:
        """One AssumeRoleWithSAML; raises what `exchanging` names, and TooLong."""
        from botocore.exceptions import ClientError

        client = self.client(role.arn)
        endpoint = client.meta.endpoint_url

        def asked() -> Credentials:
            answer = client.assume_role_with_saml(
                RoleArn=role.arn,
                PrincipalArn=role.principal_arn,
                SAMLAssertion=assertion.saml_response,
                DurationSeconds=seconds,
            )
            _log.debug("STS answered request %s", answer["ResponseMetadata"].get("RequestId"))
            return _credentials(answer, role)

        try:
            credentials = self._answered("STS", endpoint, asked)
        except ClientError as error:
            # None: the error holds the answer of STS, which may quote the assertion.
            raise _refusal(error, role, endpoint) from None
        issued = Issued(credentials, now())
        if credentials.remaining(issued.issued) <= timedelta():
            raise StsUnreachable(
                f"STS at {_host(endpoint)} gave credentials until "
                f"{credentials.expiration:%Y-%m-%d %H:%M:%S} UTC, which is past by the clock of "
                "this machine.",
                hint="Set the clock of this machine, then sign in again.",
            )
        return issued

    def who(self, credentials: Credentials) -> str:
        """GetCallerIdentity with these keys: the ARN."""
        client = self._signed("sts", credentials)
        endpoint = client.meta.endpoint_url
        _refuse_unusable_address(Written(_BY_BOTOCORE, endpoint))
        return self._answered("STS", endpoint, lambda: str(client.get_caller_identity()["Arn"]))

    def buckets(self, credentials: Credentials) -> str:
        """ListBuckets with these keys: how many there are."""
        if (endpoint := self._endpoint("s3")) is not None:
            _refuse_password(endpoint)
        client = self._signed("s3", credentials)
        count = self._answered(
            "S3", client.meta.endpoint_url, lambda: len(client.list_buckets().get("Buckets", ()))
        )
        return "1 bucket" if count == 1 else f"{count} buckets"

    def _answered(self, service: str, endpoint: str, ask: Callable[[], T]) -> T:
        """
        What `ask` makes of an answer; raises StsUnreachable, or botocore's ClientError.

        The causes are left out: some of botocore's errors carry the request, assertion included.
        """
        from botocore.exceptions import BotoCoreError
        from botocore.parsers import ResponseParserError

        where = f"{service} at {_host(endpoint)}"
        try:
            with unlogged("botocore", "urllib3"):
                if self._verify_ssl:
                    return ask()
                with warnings.catch_warnings():  # that has been said, once and in our words
                    warnings.filterwarnings("ignore", "Unverified HTTPS request")
                    return ask()
        except BotoCoreError as error:
            message, hint = _failure(error, where)
            raise StsUnreachable(message, hint=hint) from None
        except (
            ResponseParserError,
            ArithmeticError,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ):
            # Whatever botocore stumbles over in an answer that is none of AWS's.
            raise StsUnreachable(
                f"What answers as {where} does not talk like it.",
                hint="Something on the way may answer in its place: check --endpoint-url, "
                "the region and the proxy settings.",
            ) from None

    def _signed(self, service: str, credentials: Credentials) -> Any:
        return self._made(
            service,
            self._region(credentials.role_arn),
            self._config(service),
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
        )

    def _made(self, service: str, region: str, config: Config, **keys: Any) -> Any:
        from botocore.exceptions import BotoCoreError

        bundle = aws_settings.ca_bundle(self._session)
        try:
            return self._session.create_client(
                service,
                region_name=region,
                endpoint_url=self._endpoint_url if self._is_for(service) else None,
                verify=(bundle or True) if self._verify_ssl else False,
                config=config,
                **keys,
            )
        except BotoCoreError as error:
            raise _unusable(service, error) from error
        except ValueError as error:
            # None: an address may hold a password.
            if str(error).startswith("Invalid endpoint"):
                raise _bad_address(self._endpoint(service)) from None
            raise _unusable(service, error) from None

    def _config(self, service: str, **options: Any) -> Config:
        from botocore.config import Config

        for name, seconds in self._timeouts.items():
            wanted = min(_PATIENCE if seconds is None else seconds or math.inf, self._longest)
            if seconds is not None or wanted < _PATIENCE:
                options[name] = None if wanted == math.inf else wanted  # None is for ever
        endpoint = self._endpoint(service)
        if endpoint is not None and _is_http_on_loopback(endpoint.value):
            # A proxy would carry the assertion, or a token, away in clear text.
            options["proxies"] = {}
        return Config(user_agent_extra=f"aws-saml-ext/{__version__}", **options)

    def _region(self, role_arn: str) -> str:
        """The session's region where it lies in the role's partition, else that one's own."""
        from botocore.exceptions import InvalidRegionError, UnknownRegionError
        from botocore.utils import validate_region_name

        wanted: str | None = self._session.get_config_variable("region") or None
        partition = partitions.of_arn(role_arn)
        if wanted is None:
            return (partition or partitions.PARTITIONS["aws"]).sts_region
        try:
            validate_region_name(wanted)
        except InvalidRegionError:
            raise ConfigError(
                f"The region {printable(wanted, longest=80)!r} is not usable.",
                hint="aws configure set region us-east-1 "
                "(or --region, AWS_REGION, AWS_DEFAULT_REGION)",
            ) from None
        if partition is None:
            return wanted
        try:
            inside = self._session.get_partition_for_region(wanted) == partition.name
        except UnknownRegionError:
            inside = False
        return wanted if inside else partition.sts_region

    def _endpoint(self, service: str) -> Written | None:
        """The address that the user chose, by whatever means; None leaves it to botocore."""
        if self._endpoint_url is not None and self._is_for(service):
            return Written("--endpoint-url", self._endpoint_url)
        return aws_settings.endpoint(self._session, service)

    def _is_for(self, service: str) -> bool:
        """Whether --endpoint-url is for this service, too: S3 does not live at an STS."""
        return service == "sts" or not _is_an_sts(self._endpoint_url or "")


_BY_BOTOCORE = "the endpoint"


def _refuse_unusable_address(endpoint: Written) -> None:
    _refuse_password(endpoint)
    try:
        address = urlsplit(endpoint.value)
        has_port = address.port != 0
    except ValueError:
        raise _bad_address(endpoint) from None
    if address.scheme not in {"http", "https"} or not address.hostname or not has_port:
        raise _bad_address(endpoint)
    if address.scheme == "http" and not is_loopback(address.hostname):
        raise ConfigError(
            f"The address of STS at {_host(endpoint.value)} is http, which is for loopback only: "
            "whoever listens on the way could read the credentials.",
            hint=f"Use https in {endpoint.name}",
        )


def _refuse_password(endpoint: Written) -> None:
    if "@" in re.split(r"[/?#]", endpoint.value.partition("//")[2])[0]:
        raise ConfigError(
            f"{endpoint.name} is not usable: a web address with a user name or password in it is "
            "refused.",
            hint="Write it without what stands before the @.",
        )


def _bad_address(endpoint: Written | None) -> ConfigError:
    written = endpoint.name if endpoint is not None else _BY_BOTOCORE
    return ConfigError("The address of STS is no web address.", hint=f"Correct {written}.")


def _unusable(service: str, error: Exception) -> ConfigError:
    return ConfigError(
        f"{service.upper()} cannot be asked with these settings: "
        f"{printable(str(error)).rstrip('.:')}.",
        hint="aws configure list",
    )


def _is_http_on_loopback(endpoint: str) -> bool:
    try:
        address = urlsplit(endpoint)
    except ValueError:
        return False
    return address.scheme == "http" and is_loopback(address.hostname or "")


def _is_an_sts(endpoint: str) -> bool:
    """Whether the host is `sts.…`, `sts-fips.…`, or STS's in somebody's VPC (`vpce-….sts.…`)."""
    try:
        host = urlsplit(endpoint).hostname or ""
    except ValueError:
        return False
    first, *more = host.split(".")
    if first.startswith("vpce-") and more:
        first = more[0]
    return first in {"sts", "sts-fips"}


def _host(endpoint: str) -> str:
    """Host and port of an address, without a user or a password that it may hold."""
    return urlsplit(endpoint).netloc.rpartition("@")[2]


def _credentials(answer: Any, role: Role) -> Credentials:
    """Raises LookupError, TypeError, ValueError or AttributeError where something is missing."""
    given = answer["Credentials"]

    def word(text: str) -> str:
        # They become lines of an ini file.
        if not re.fullmatch(r"[!-~]+", text):
            raise ValueError
        return text

    return Credentials(
        access_key_id=word(given["AccessKeyId"]),
        secret_access_key=word(given["SecretAccessKey"]),
        session_token=word(given["SessionToken"]),
        expiration=in_utc(given["Expiration"]),
        role_arn=role.arn,
        assumed_role_arn=word(answer["AssumedRoleUser"]["Arn"]),
    )


# ---- durations ----


def longest_granted(wanted: int, ask: Callable[[int], Issued]) -> tuple[int, Issued]:
    """
    The longest duration up to `wanted` seconds that `ask` grants, and what it granted.

    A role's maximum is an hour at least, and mostly whole hours: these are halved first, four
    calls at most, and a fifth shows that one second more is too much. Once there are credentials,
    no failure takes them away: the longest that were granted count.

    Raises:
        TooLong: nothing was granted.
        StsRefused, StsUnreachable: `ask` failed otherwise, before any grant.
    """
    best: tuple[int, Issued] | None = None
    refusal = TooLong("")

    def granted(seconds: int) -> bool:
        nonlocal best, refusal
        try:
            best = (seconds, ask(seconds))
        except TooLong as error:
            refusal = error
            return False
        return True

    try:
        if not granted(wanted):
            low, high = _halved(0, wanted, _HOUR, granted)
            if low and high - low > 1 and granted(low + 1):
                low, high = _halved(low + 1, high, 60, granted)
                _halved(low, high, 1, granted)
    except SamlLoginError:
        if best is None:
            raise
    if best is None:
        raise refusal
    return best


def _halved(low: int, high: int, unit: int, granted: Callable[[int], bool]) -> tuple[int, int]:
    """Move `low`, which is granted, and `high`, which is not, together over multiples of `unit`."""
    first, last = low // unit + 1, (high - 1) // unit
    while first <= last:
        middle = (first + last) // 2
        if granted(middle * unit):
            low, first = middle * unit, middle + 1
        else:
            high, last = middle * unit, middle - 1
    return low, high


def _duration(seconds: int) -> str:
    """`12 hours`, `1 hour`, `90 minutes`, `5401 seconds`."""
    for unit, name in ((_HOUR, "hour"), (60, "minute"), (1, "second")):
        if seconds % unit == 0:
            count = seconds // unit
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    raise AssertionError(seconds)


# ---- what went wrong, and what to do ----


class _Meaning(NamedTuple):
    """What a refusal of STS means."""

    code: str
    """Without the `Exception` that some of them end in."""
    word: str
    """Stands in the message, in lower case."""
    cause: str
    remedy: str
    kind: type[StsRefused] = StsRefused


# "Troubleshoot SAML federation with IAM" of AWS's user guide, and the API reference.
_MEANINGS = (
    _Meaning(
        "ExpiredToken",
        "",
        "An assertion is good for 5 minutes, and not beyond its own end",
        "Sign in again; if that ends in the same way, the identity provider's clock is wrong.",
        AssertionTooLate,
    ),
    _Meaning(
        "InvalidIdentityToken",
        "signature",
        "The identity provider's certificate is not the one that IAM knows; "
        "most often it has been renewed",
        "aws iam update-saml-provider --saml-provider-arn {provider} "
        "--saml-metadata-document file://metadata.xml",
    ),
    _Meaning(
        "InvalidIdentityToken",
        "exist",
        "IAM has no SAML provider {provider}",
        "Correct the provider's ARN in the Role attribute that the identity provider sends.",
    ),
    _Meaning(
        "InvalidIdentityToken",
        "issuer",
        "The assertion's issuer is not the entityID of the metadata of {provider}",
        "aws iam get-saml-provider --saml-provider-arn {provider}",
    ),
    _Meaning(
        "InvalidIdentityToken",
        "audience",
        "The identity provider made the assertion for somebody else than AWS",
        "Its audience must be urn:amazon:webservices: correct it at the identity provider.",
    ),
    _Meaning(
        "InvalidIdentityToken",
        "rolesessionname",
        "The attribute RoleSessionName is missing, or is not 2 to 64 letters, digits and +=,.@-_",
        "Correct the attribute at the identity provider.",
    ),
    _Meaning(
        "InvalidIdentityToken",
        "",
        "AWS does not accept the assertion: its signature, issuer, audience, or RoleSessionName",
        "aws iam get-saml-provider --saml-provider-arn {provider}",
    ),
    _Meaning(
        "IDPRejectedClaim",
        "",
        "The identity provider has withdrawn the sign-in, or says in its answer that it failed",
        "Sign in again; if that ends in the same way, ask whoever runs the identity provider.",
    ),
    _Meaning(
        "AccessDenied",
        "",
        "The role does not exist under this very name (case matters), or its trust policy does "
        "not allow sts:AssumeRoleWithSAML to {provider} with the SAML:aud of this sign-in "
        "address; PrincipalTag attributes need sts:TagSession in it, SourceIdentity "
        "sts:SetSourceIdentity",
        "aws iam get-role --role-name {name}",
    ),
    _Meaning(
        "ValidationError",
        "maxsessionduration",
        "The role does not allow a session of this length",
        "aws saml-login --session-duration 3600",
        TooLong,
    ),
    _Meaning(
        "ValidationError",
        "",
        "A value of the request is not what AWS takes",
        "Compare the Role attribute of the assertion with IAM: aws saml-login roles",
    ),
    _Meaning(
        "PackedPolicyTooLarge",
        "",
        "The session tags (PrincipalTag attributes) in the assertion are too large together",
        "Ask whoever runs the identity provider to send fewer or shorter ones.",
    ),
    _Meaning(
        "MalformedPolicyDocument",
        "",
        "The policy that goes with the session cannot be read",
        "Ask whoever runs the identity provider.",
    ),
    _Meaning(
        "RegionDisabled",
        "",
        "The region of this STS is not enabled for the account",
        "aws saml-login --region us-east-1 (or another region of the account)",
    ),
    _Meaning(
        "Throttling",
        "",
        "Too many requests come from here",
        "Wait a minute, then sign in again.",
    ),
)


def _refusal(error: ClientError, role: Role, endpoint: str) -> SamlLoginError:
    response: Any = error.response
    code = str(response.get("Error", {}).get("Code", ""))
    words = _without_assertion(str(response.get("Error", {}).get("Message", "")))
    metadata = response.get("ResponseMetadata", {})
    _log.debug("STS refused request %s: %s", metadata.get("RequestId"), code)
    status = metadata.get("HTTPStatusCode", 0)
    if code.isdigit() or not code:  # in place of a code, where the answer is not AWS's
        code, words = "", f"HTTP status {status}"
    said = f"{words.rstrip('.')} ({printable(code, longest=80)})" if code else words
    if status >= 500 or not code:
        return StsUnreachable(
            f"STS at {_host(endpoint)} failed: {said}.", hint="Try again in a minute."
        )
    message = f"STS refused {role.arn}: {said}."
    names = {"provider": role.principal_arn, "name": role.name}
    for meaning in _MEANINGS:
        if code.removesuffix("Exception") == meaning.code and meaning.word in words.lower():
            cause, remedy = meaning.cause.format(**names), meaning.remedy.format(**names)
            return meaning.kind(f"{message} {cause}.", hint=remedy)
    return StsRefused(message)


def _without_assertion(words: str) -> str:
    """STS's own words, without a value that they quote: that of SAMLAssertion is a secret."""
    return printable(re.sub(r"[A-Za-z0-9+/=%]{100,}", "…", words))


def _failure(error: BotoCoreError, where: str) -> tuple[str, str]:
    """Why there was no answer from `where`, and what to do."""
    from botocore import exceptions

    details = str(getattr(error, "kwargs", {}).get("error", ""))
    network = "Check the network, the region, and the proxy settings."
    if isinstance(error, exceptions.ProxyConnectionError):
        proxy = _host(error.kwargs["proxy_url"])
        return (
            f"{where} cannot be reached through the proxy {proxy}.",
            "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.",
        )
    if isinstance(error, exceptions.SSLError):
        reason = re.search(r"certificate verify failed: ([^()\[\]]+)", details)
        if reason is None:
            return f"{where} does not speak TLS.", "Check --endpoint-url and the proxy settings."
        return (
            f"The certificate of {where} is not trusted: {reason[1].strip()}.",
            "Name the certificate authorities to believe: --ca-bundle FILE, or AWS_CA_BUNDLE.",
        )
    if isinstance(error, exceptions.ConnectTimeoutError | exceptions.ReadTimeoutError):
        return f"{where} did not answer in time.", network
    if isinstance(error, exceptions.ConnectionClosedError):
        return f"{where} closed the connection without an answer.", network
    reason = re.search(r"\[Errno -?\d+\] ([^'\")]+)", details)
    because = f": {reason[1].strip()}" if reason else f" ({type(error).__name__})"
    return f"{where} cannot be reached{because}.", network


def _tried(ask: Callable[[], str]) -> str:
    """What came of it, in one line."""
    from botocore.exceptions import ClientError

    try:
        return ask()
    except ClientError as error:
        said: Any = error.response.get("Error", {})
        return printable(f"refused: {said.get('Message', '')} ({said.get('Code', '')})")
    except SamlLoginError as error:
        return str(error)
