"""An AWS on loopback: moto behind a filter that is as strict about SAML as AWS.

The filter answers AssumeRoleWithSAML, because moto checks nothing there and fails on an assertion
with two roles. Providers, roles and buckets live in moto, so `aws iam create-role` at this address
does the same as `add_role`.
"""

from __future__ import annotations

import io
import json
import re
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from aws_saml_ext.demo import held_policies, moto_state
from aws_saml_ext.demo.assume_role_with_saml import (
    Grant,
    Refusal,
    Request,
    TrustingRole,
    judge,
    policy_arns,
)
from aws_saml_ext.demo.console_sign_in import Federation, Page, Principal
from aws_saml_ext.demo.issuer import ACS
from aws_saml_ext.demo.loopback import LoopbackServer
from aws_saml_ext.demo.moto_state import ACCOUNT

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PROVIDER = "SamlExampleProvider"
BUCKET = "example-bucket"

_STS = "https://sts.amazonaws.com/doc/2011-06-15/"
_FORM_LIMIT = 1024 * 1024  # bytes, ten times the limit of an assertion
_CREDENTIAL = re.compile(r"Credential=(\w+)/\d+/([\w-]+)/(\w+)/aws4_request")
_TEMPORARY = "ASIA"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer of the AWS."""

    status: int
    body: str
    content_type: str = "text/xml"


def refusing(code: str, message: str, *, status: int = 400) -> Answer:
    """Return a refusal in the format of STS, such as `RegionDisabledException`."""
    kind = "Sender" if status < 500 else "Receiver"
    return Answer(
        status,
        f'<ErrorResponse xmlns="{_STS}"><Error><Type>{kind}</Type><Code>{escape(code)}</Code>'
        f"<Message>{escape(message)}</Message></Error>"
        f"<RequestId>{secrets.token_hex(16)}</RequestId></ErrorResponse>",
    )


# Answers of a broken network or service, for `Aws.misbehave`.
HTML_PAGE = Answer(200, "<!DOCTYPE html><html><body>Please sign in.</body></html>", "text/html")
BROKEN_XML = Answer(200, f'<AssumeRoleWithSAMLResponse xmlns="{_STS}"><Assume')
WITHOUT_KEYS = Answer(200, f'<AssumeRoleWithSAMLResponse xmlns="{_STS}"/>')
THROTTLING = refusing("Throttling", "Rate exceeded")
UNAVAILABLE = refusing("ServiceUnavailable", "Service is unavailable", status=503)
REGION_DISABLED = refusing(
    "RegionDisabledException", "STS is not activated in this region for account", status=403
)


@dataclass(frozen=True, slots=True)
class Call:
    """A received AssumeRoleWithSAML call; `refusal` is the error code of the answer."""

    role_arn: str | None
    duration: str | None
    refusal: str | None = None
    policy_arns: tuple[str, ...] = ()
    policy: str | None = None


class Aws:
    """IAM, STS and S3 at `url`, inside a `with` block.

    `clock` returns the time at AWS. `delay` is a pause in seconds before each answer of
    AssumeRoleWithSAML. Both may be set while it runs, and `calls` lists the calls. moto has one
    state per process: entering creates an empty one, leaving restores the one before.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        delay: float = 0.0,
        clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare an AWS that will listen on `port`; 0 takes a free one."""
        self.delay = delay
        self.clock = clock
        self.calls: list[Call] = []
        self.url = ""
        self.federation = Federation(
            clock=lambda: self.clock(),  # noqa: PLW0108 - which may be set
            principal_of=_principal_of,
            sleep=sleep,
        )
        """The sign-in of the console."""
        self._port = port
        self._sleep = sleep
        self._moto = moto_state.application()
        self._policies: dict[str, tuple[str, ...]] = {}
        """The session policies as JSON, by the access key of the session."""
        self._answers: deque[Answer] = deque()
        self._running = ExitStack()

    def __enter__(self) -> Aws:
        """Start the server with an empty moto.

        Raises:
            ConfigError: the port is in use.
        """
        with ExitStack() as stack:
            stack.enter_context(moto_state.empty_state())
            server = LoopbackServer(self._answer, self._port)
            stack.callback(server.close)
            self.url = server.url
            moto_state.create_bucket(BUCKET)
            self._running = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server and restore moto."""
        self._running.close()

    def add_provider(
        self, metadata: str, *, name: str = PROVIDER, account: str = ACCOUNT, partition: str = "aws"
    ) -> str:
        """Register a SAML provider, or replace its metadata; return its ARN."""
        return moto_state.put_provider(name, metadata, account=account, partition=partition)

    def add_role(
        self,
        arn: str,
        *,
        provider_arn: str | None = None,
        max_session_duration: int = 3600,
        trust_policy: dict[str, Any] | None = None,
    ) -> None:
        """Create a role, or replace the role of this ARN.

        Args:
            arn: the ARN of the role.
            provider_arn: the SAML provider that the role trusts; by default
                SamlExampleProvider of the same account.
            max_session_duration: the longest session, in seconds.
            trust_policy: a trust policy to use instead of the one for `provider_arn`.
        """
        _, partition, _, _, account, _ = arn.split(":", 5)
        provider_arn = provider_arn or f"arn:{partition}:iam::{account}:saml-provider/{PROVIDER}"
        moto_state.put_role(
            arn,
            trust_policy=json.dumps(trust_policy or trusting(provider_arn)),
            max_session_duration=max_session_duration,
        )

    def name_account(self, account: str, alias: str) -> None:
        """Give an account an alias, which `iam list-account-aliases` shows."""
        moto_state.put_alias(account, alias)

    def throttle(self, calls: int) -> None:
        """Answer so many next calls of AssumeRoleWithSAML with `Throttling`."""
        self.misbehave(*[THROTTLING] * calls)

    def misbehave(self, *answers: Answer) -> None:
        """Answer the next calls of AssumeRoleWithSAML with these answers, in order."""
        self._answers.extend(answers)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if (page := self.federation.answer(environ)) is not None:
            return _sent_page(page, start_response)
        try:
            parameters = _parameters(environ)
            if parameters.get("Action") == "AssumeRoleWithSAML":
                return _sent(self._assume_role_with_saml(parameters), start_response)
            if (refusal := self._bad_keys(environ)) is not None:
                return _sent(refusal, start_response)
            if (refusal := self._not_allowed(environ, parameters)) is not None:
                return _sent(refusal, start_response)
        except Refusal as error:
            answer = refusing(error.code, error.message, status=error.status)
            return _sent(answer, start_response)
        environ.setdefault("HTTP_X_MOTO_ACCOUNT_ID", moto_state.account_of(_key_id(environ)))
        answered: Iterable[bytes] = self._moto(environ, start_response)
        return answered

    def _assume_role_with_saml(self, parameters: dict[str, str]) -> Answer:
        call = Call(
            parameters.get("RoleArn"),
            parameters.get("DurationSeconds"),
            policy_arns=policy_arns(parameters),
            policy=parameters.get("Policy"),
        )
        self._sleep(self.delay)
        if self._answers:
            self.calls.append(call)
            return self._answers.popleft()
        now = self.clock()
        try:
            request = Request.parse(parameters)
            grant = judge(request, metadata_of=moto_state.metadata_of, role_of=_role_of, now=now)
            policies = _session_policies(request)
        except Refusal as refusal:
            self.calls.append(replace(call, refusal=refusal.code))
            raise
        self.calls.append(call)
        return self._granted(request, grant, policies)

    def _granted(self, request: Request, grant: Grant, policies: tuple[str, ...]) -> Answer:
        session = moto_state.new_session(request.role_arn, grant.session_name)
        session.expiration = grant.expiration
        if policies:
            self._policies[session.access_key_id] = policies
        packed = held_policies.packed_size(request.policy, request.policy_arns)
        fields = {
            "Issuer": grant.issuer,
            "Subject": grant.subject,
            "SubjectType": grant.subject_type,
            "Audience": grant.audience,
            "NameQualifier": grant.name_qualifier,
            "PackedPolicySize": str(packed),
        }
        if grant.source_identity is not None:
            fields["SourceIdentity"] = grant.source_identity
        user = {"AssumedRoleId": session.user_id, "Arn": session.arn}
        keys = {
            "AccessKeyId": session.access_key_id,
            "SecretAccessKey": session.secret_access_key,
            "SessionToken": session.session_token,
            "Expiration": grant.expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return Answer(
            200,
            f'<AssumeRoleWithSAMLResponse xmlns="{_STS}"><AssumeRoleWithSAMLResult>'
            f"{_elements(fields)}<AssumedRoleUser>{_elements(user)}</AssumedRoleUser>"
            f"<Credentials>{_elements(keys)}</Credentials></AssumeRoleWithSAMLResult>"
            f"<ResponseMetadata><RequestId>{secrets.token_hex(16)}</RequestId></ResponseMetadata>"
            "</AssumeRoleWithSAMLResponse>",
        )

    def _bad_keys(self, environ: WSGIEnvironment) -> Answer | None:
        """Return the refusal of unknown or expired temporary keys, which moto would accept."""
        match = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if match is None or not match[1].startswith(_TEMPORARY):
            return None
        key_id, region, service = match.groups()
        session = moto_state.session_of(key_id, region)
        if session is None or session.session_token != environ.get("HTTP_X_AMZ_SECURITY_TOKEN"):
            if service == "s3":
                return _refusing_s3(
                    "InvalidAccessKeyId",
                    "The AWS Access Key Id you provided does not exist in our records.",
                    status=403,
                )
            message = "The security token included in the request is invalid."
            return refusing("InvalidClientTokenId", message, status=403)
        expiration = session.expiration
        if expiration.tzinfo is None:  # moto's own sessions, of AssumeRole
            expiration = expiration.replace(tzinfo=timezone.utc)
        if expiration > self.clock():
            return None
        if service == "s3":
            return _refusing_s3("ExpiredToken", "The provided token has expired.")
        message = "The security token included in the request is expired"
        return refusing("ExpiredToken", message, status=403)

    def _not_allowed(self, environ: WSGIEnvironment, parameters: dict[str, str]) -> Answer | None:
        """Return the refusal of a request that the policies of its session do not allow."""
        match = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        policies = self._policies.get(match[1]) if match is not None else None
        if match is None or policies is None:
            return None
        service = match[3]
        action = f"{service}:{parameters.get('Action', '')}"
        if service == "s3":
            action = held_policies.s3_action(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if held_policies.allows(policies, action):
            return None
        message = (
            f"User is not authorized to perform: {action} because no session policy allows the "
            f"{action} action"
        )
        refusing_as = _refusing_s3 if service == "s3" else refusing
        return refusing_as("AccessDenied", message, status=403)


def _session_policies(request: Request) -> tuple[str, ...]:
    """Return the session policies of a call as JSON.

    Raises:
        Refusal: AWS would refuse one of them.
    """
    size = held_policies.packed_size(request.policy, request.policy_arns)
    if size > 100:
        raise Refusal("PackedPolicyTooLarge", f"Packed policy consumes {size}% of allotted space")
    if request.policy is not None and not held_policies.is_policy(request.policy):
        raise Refusal("MalformedPolicyDocument", "Syntax errors in policy.")
    found = [request.policy] if request.policy is not None else []
    for arn in request.policy_arns:
        policy = held_policies.of_aws(arn) or moto_state.policy_of(arn)
        if policy is None:
            message = f"Policy {arn} does not exist or is not attachable."
            raise Refusal("ValidationError", message)
        found.append(policy)
    return tuple(found)


def trusting(provider_arn: str, *, audiences: Iterable[str] = (ACS,)) -> dict[str, Any]:
    """Return the trust policy that AWS's console writes for a SAML provider."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider_arn},
                "Action": "sts:AssumeRoleWithSAML",
                "Condition": {"StringEquals": {"SAML:aud": list(audiences)}},
            }
        ],
    }


def _role_of(arn: str) -> TrustingRole | None:
    role = moto_state.role_of(arn)
    if role is None:
        return None
    return TrustingRole(role.assume_role_policy_document, int(role.max_session_duration or 3600))


def _principal_of(key_id: str) -> Principal | None:
    """Return the assumed role of an access key in any account and partition, None without one."""
    session = moto_state.session_of_any_partition(key_id)
    role = _role_of(session.role_arn) if session is not None else None
    if session is None or role is None:
        return None
    expiration = session.expiration
    if expiration.tzinfo is None:  # moto's own sessions, of AssumeRole
        expiration = expiration.replace(tzinfo=timezone.utc)
    return Principal(
        session.arn,
        session.secret_access_key,
        session.session_token,
        expiration,
        role.max_session_duration,
    )


def _key_id(environ: WSGIEnvironment) -> str:
    """Return the access key that signed a request, or an empty string."""
    match = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    return match[1] if match else ""


def _parameters(environ: WSGIEnvironment) -> dict[str, str]:
    """Return the parameters of the query API; leave the body readable."""
    query = environ.get("QUERY_STRING", "")
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > _FORM_LIMIT:
            raise Refusal("RequestEntityTooLarge", "Request entity too large", status=413)
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = io.BytesIO(body)
        query = body.decode(errors="replace")
    return dict(parse_qsl(query, keep_blank_values=True))


def _sent(answer: Answer, start_response: StartResponse) -> list[bytes]:
    body = answer.body.encode()
    headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(body)))]
    start_response(f"{answer.status} -", headers)
    return [body]


def _sent_page(page: Page, start_response: StartResponse) -> list[bytes]:
    body = page.body.encode()
    headers = [
        ("Content-Type", f"{page.content_type}; charset=utf-8"),
        ("Content-Length", str(len(body))),
        *page.headers.items(),
    ]
    start_response(f"{page.status} -", headers)
    return [body]


def _refusing_s3(code: str, message: str, *, status: int = 400) -> Answer:
    return Answer(status, f"<Error>{_elements({'Code': code, 'Message': message})}</Error>")


def _elements(values: dict[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
