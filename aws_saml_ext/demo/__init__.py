"""
An identity provider and an AWS on loopback, in this process.

Needs the extra `[demo]`: moto and signxml.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from aws_saml_ext.errors import ConfigError

if TYPE_CHECKING:
    from aws_saml_ext.demo.aws import Aws
    from aws_saml_ext.demo.identity_provider import IdentityProvider, User

# In seconds. The admin's is not the longest that AWS knows, so that `max` has something to find.
MAX_SESSION_DURATIONS = {"Role.User": 3600, "Role.Admin": 14_400}


@dataclass(frozen=True, slots=True)
class Demo:
    """Both, running: the AWS knows the identity provider, and the roles that it offers."""

    idp: IdentityProvider
    aws: Aws

    @property
    def idp_url(self) -> str:
        """Where a sign-in starts: the value of `--idp-url`."""
        return self.idp.start

    @property
    def aws_url(self) -> str:
        """AWS: the value of `--endpoint-url`."""
        return self.aws.url


@contextmanager
def running(*, port_idp: int = 0, port_aws: int = 0, **idp_options: Any) -> Iterator[Demo]:
    """
    Both, until left; port 0 takes a free one, `idp_options` are those of IdentityProvider.

    Raises ConfigError where a port cannot be had, or the extra is not installed.
    """
    try:
        from aws_saml_ext.demo.aws import Aws
        from aws_saml_ext.demo.identity_provider import IdentityProvider
    except ImportError as error:
        package = (error.name or str(error)).partition(".")[0]
        raise ConfigError(
            f"The demo needs packages that are not installed ({package}).",
            hint=f'{sys.executable} -m pip install "moto[iam,sts,s3,server]" signxml',
        ) from error
    with (
        IdentityProvider(port=port_idp, **idp_options) as idp,
        Aws(port=port_aws) as aws,
    ):
        introduce(idp, aws)
        yield Demo(idp, aws)


def introduce(idp: IdentityProvider, aws: Aws) -> None:
    """Make `aws` know `idp`, and the roles of its users, in each of their accounts."""
    from aws_saml_ext.demo.aws import trusting

    for role in dict.fromkeys(role for user in idp.users for role in user.roles):
        _, partition, _, _, account, resource = role.split(":", 5)
        provider_arn = aws.add_provider(
            idp.metadata, name=idp.provider, account=account, partition=partition
        )
        aws.add_role(
            role,
            trust_policy=trusting(provider_arn, audiences=idp.service_providers.values()),
            max_session_duration=MAX_SESSION_DURATIONS.get(resource.rpartition("/")[2], 3600),
        )


def run(notify: Callable[[str], None], *, port_idp: int = 0, port_aws: int = 0) -> NoReturn:
    """
    Start both, `tell` how to sign in at them, line by line, and stay until Ctrl-C.

    Raises ConfigError as `running` does, and in the end KeyboardInterrupt.
    """
    with running(port_idp=port_idp, port_aws=port_aws) as demo:
        for line in instructions(demo):
            notify(line)
        while True:
            # In short steps: on Windows, Ctrl-C is noticed between them only.
            time.sleep(1)


def instructions(demo: Demo) -> Iterator[str]:
    """What to type to sign in at `demo`."""
    yield f"Identity provider: {demo.idp_url}"
    yield f"AWS: {demo.aws_url}"
    yield "Users (the password is the name):"
    for user in demo.idp.users:
        yield f"  {user.name:<12}{_described(user)}"
    at_aws = f"--endpoint-url {demo.aws_url}"
    yield "Sign in, in another terminal:"
    yield f"  aws-saml-login --profile demo --idp-url {demo.idp_url} {at_aws}"
    yield "Then:"
    # This one call of the AWS CLI fails without a region, though its address is given.
    yield f"  aws sts get-caller-identity --profile demo --region us-east-1 {at_aws}"
    yield f"  aws s3 ls --profile demo {at_aws}"
    yield "Ctrl-C stops both."


def _described(user: User) -> str:
    if user.locked:
        return "the account is locked"
    if user.refusal is not None:
        return "the identity provider does not let them use AWS"
    roles = ", ".join(role.rpartition("/")[2] for role in user.roles) or "no role"
    return f"{roles}; a one-time code is asked (secret {user.totp})" if user.totp else roles
