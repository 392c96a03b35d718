"""Sign-ins without a browser: captured assertions, and an STS that accepts them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from botocore.session import Session

from aws_saml_ext import renewal
from aws_saml_ext.assertion import Role
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.credentials import Issued
from aws_saml_ext.errors import SamlLoginError
from aws_saml_ext.login import Capture, Captured
from aws_saml_ext.prompt import Prompt
from tests.doubles import FakePrompt
from tests.integration.sts_server import Answer, Request, StsServer, granting
from tests.patience import until
from tests.saml import ISSUER, USER_ROLE, saml_response

IDP = "https://idp.example.com/aws"


@dataclass
class IdentityProvider:
    """An identity provider in place of a browser and its pages: each capture is a sign-in."""

    roles: tuple[Role, ...] = (USER_ROLE,)
    lasts_until: Callable[[], object] = lambda: True
    """A sign-in ends when this is true."""
    failure: SamlLoginError | None = None
    session_name: str = "jane"
    issuer: str = ISSUER
    sign_ins: list[Settings] = field(default_factory=list)

    @property
    def saml_response(self) -> str:
        """See `login.Captured`."""
        return saml_response(*self.roles, session_name=self.session_name, issuer=self.issuer)

    def again(self) -> str:
        """See `login.Captured`."""
        return self.saml_response

    def check_single(self) -> None:
        """See `login.Captured`."""

    def capture_for(self, settings: Settings, prompt: Prompt) -> Capture:
        """See `renewal.CaptureFor`."""

        @contextmanager
        def capture(settings: Settings) -> Iterator[Captured]:
            self.sign_ins.append(settings)
            assert until(self.lasts_until)
            if self.failure is not None:
                raise self.failure
            yield self

        return capture


def new_keys(seconds: int = 3600) -> Callable[[Request], Answer]:
    """Return the answers of an STS that issues ASIAEXAMPLE1, ASIAEXAMPLE2 and so on."""
    numbers = itertools.count(1)

    def answer(request: Request) -> Answer:
        if request["Action"] == "GetCallerIdentity":
            return CALLER
        ends = datetime.now(timezone.utc) + timedelta(seconds=seconds)
        granted = granting(request, expiration=f"{ends:%Y-%m-%dT%H:%M:%SZ}")
        return Answer(200, granted.body.replace("ASIAEXAMPLE", f"ASIAEXAMPLE{next(numbers)}"))

    return answer


CALLER = Answer(
    200,
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    "<GetCallerIdentityResult><Arn>arn:aws:sts::111111111111:assumed-role/Role.User/jane</Arn>"
    "<UserId>x</UserId><Account>111111111111</Account></GetCallerIdentityResult>"
    "<ResponseMetadata><RequestId>called-1</RequestId></ResponseMetadata>"
    "</GetCallerIdentityResponse>",
)


def exchanges(sts: StsServer) -> list[Request]:
    """Return the requests that exchanged an assertion for credentials."""
    return [each for each in sts.requests if each["Action"] == "AssumeRoleWithSAML"]


def write_profile(aws_home: Path, name: str, **keys: str) -> None:
    """Add a profile to the config file."""
    header = "default" if name == "default" else f"profile {name}"
    lines = [f"[{header}]", *(f"{key} = {value}" for key, value in keys.items()), ""]
    with (aws_home / "config").open("a") as config:
        config.write("\n".join(lines))


def write_saml_profile(aws_home: Path, name: str, sts: StsServer, **keys: str) -> None:
    """Add a profile that signs in at IDP and uses this STS."""
    wanted = {"region": "eu-west-1", "endpoint_url": sts.url, "saml_idp_url": IDP, **keys}
    write_profile(aws_home, name, **wanted)


def fresh(
    profile: str,
    idp: IdentityProvider,
    prompt: FakePrompt | None = None,
    *,
    flow: Flow | None = None,
    given: Mapping[str, str] = {},
) -> Issued:
    """Return credentials of a profile, by a sign-in at `idp` where one is needed.

    `given` are settings that a program has set in its session.
    """
    return renewal.for_program(
        Session(profile=profile),
        prompt or FakePrompt(interactive=False),
        flow=flow,
        is_of_profile=not given,
        overrides=given,
        capture_for=idp.capture_for,
    )
