"""An identity provider and an AWS on loopback, in this process.

Needs the extra `[demo]`: moto and signxml.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from aws_saml_ext import hints
from aws_saml_ext.demo import many
from aws_saml_ext.errors import ConfigError

if TYPE_CHECKING:
    from aws_saml_ext.demo.aws import Aws
    from aws_saml_ext.demo.identity_provider import IdentityProvider, User

# In seconds. Role.Admin has less than AWS's own maximum, so that `max` has something to find.
MAX_SESSION_DURATIONS = {"Role.User": 3600, "Role.Admin": 14_400, **many.MAX_SESSION_DURATIONS}
_MAX_ROLES_SHOWN = 5
_INSTALL_EXTRA = ("-m", "pip", "install", "moto[iam,sts,s3,server]", "signxml")


@dataclass(frozen=True, slots=True)
class Demo:
    """A running identity provider and an AWS that trusts it."""

    idp: IdentityProvider
    aws: Aws

    @property
    def idp_url(self) -> str:
        """The address that starts a sign-in: the value of `--idp-url`."""
        return self.idp.start

    @property
    def aws_url(self) -> str:
        """The address of the AWS: the value of `--endpoint-url`."""
        return self.aws.url


@contextmanager
def running(
    *, port_idp: int = 0, port_aws: int = 0, throttled: int = 0, **idp_options: Any
) -> Iterator[Demo]:
    """Run an identity provider and an AWS that trusts it, inside a `with` block.

    Args:
        port_idp: the port of the identity provider; 0 takes a free one.
        port_aws: the port of the AWS; 0 takes a free one.
        throttled: the first calls of AssumeRoleWithSAML that are answered with `Throttling`.
        **idp_options: the keyword arguments of `IdentityProvider`.

    Raises:
        ConfigError: a port is in use, or the extra `demo` is not installed.
    """
    try:
        from aws_saml_ext.demo.aws import Aws
        from aws_saml_ext.demo.identity_provider import IdentityProvider
    except ImportError as error:
        package = (error.name or str(error)).partition(".")[0]
        raise ConfigError(
            f"The demo needs packages that are not installed ({package}).",
            command=install_extra(sys.prefix),
        ) from error
    with (
        IdentityProvider(port=port_idp, **idp_options) as idp,
        Aws(port=port_aws) as aws,
    ):
        introduce(idp, aws)
        aws.throttle(throttled)
        yield Demo(idp, aws)


def install_extra(prefix: str) -> str:
    """Return the command that installs the extra into the environment at `prefix`.

    The next run of alias/install.sh replaces its environment, with the extras that it knows of.
    """
    if Path(prefix).name.startswith("environment."):
        return hints.shown("sh", "alias/install.sh", "--with", "demo,keyring")
    return hints.shown(sys.executable, *_INSTALL_EXTRA)


def introduce(idp: IdentityProvider, aws: Aws) -> None:
    """Register `idp` and the roles of its users in each of their accounts at `aws`."""
    from aws_saml_ext.demo.aws import trusting

    for role in dict.fromkeys(role for user in idp.users for role in user.roles):
        _, partition, _, _, account, resource = role.split(":", 5)
        provider_arn = aws.add_provider(
            idp.metadata, name=idp.provider, account=account, partition=partition
        )
        aws.add_role(
            role,
            trust_policy=trusting(
                f"{provider_arn}-before" if role in many.REFUSED else provider_arn,
                audiences=idp.service_providers.values(),
            ),
            max_session_duration=MAX_SESSION_DURATIONS.get(resource.rpartition("/")[2], 3600),
        )
        if (alias := many.ACCOUNT_ALIASES.get(account)) is not None:
            aws.name_account(account, alias)


def run(
    notify: Callable[[str], None], *, port_idp: int = 0, port_aws: int = 0, throttled: int = 0
) -> NoReturn:
    """Run both until Ctrl-C; pass the instructions to `notify`, line by line.

    Raises:
        ConfigError: a port is in use, or the extra `demo` is not installed.
        KeyboardInterrupt: somebody pressed Ctrl-C.
    """
    with running(port_idp=port_idp, port_aws=port_aws, throttled=throttled) as demo:
        for line in instructions(demo):
            notify(line)
        while True:
            # Short steps: Windows notices Ctrl-C only between them.
            time.sleep(1)


def instructions(demo: Demo) -> Iterator[str]:
    """Yield the lines that tell how to sign in at `demo`."""
    yield f"Identity provider: {demo.idp_url}"
    yield f"AWS: {demo.aws_url}"
    yield "Users (the password is the name):"
    for user in demo.idp.users:
        yield f"  {user.name:<12}{_described(user)}"
        if user.totp:
            yield f"  {'':<12}by the secret {user.totp}"
    profile = ("--profile", "demo")
    at_aws = ("--endpoint-url", demo.aws_url)
    yield "Sign in, in another terminal:"
    yield f"  {hints.command(*profile, '--idp-url', demo.idp_url, *at_aws)}"
    yield "Then:"
    # GetCallerIdentity of the AWS CLI needs a region even with an endpoint.
    identity = ("aws", "sts", "get-caller-identity", *profile, "--region", "us-east-1")
    yield f"  {hints.shown(*identity, *at_aws)}"
    yield f"  {hints.shown('aws', 's3', 'ls', *profile, *at_aws)}"
    yield "Make a profile for each role, with one sign-in as aws_many:"
    several = ("--roles", "all", "--profile", "many", "--username", "aws_many")
    yield f"  {hints.command(*several, '--idp-url', demo.idp_url, *at_aws)}"
    yield "Ctrl-C stops both."


def _described(user: User) -> str:
    if user.locked:
        return "the account is locked"
    if user.refusal is not None:
        return "the identity provider refuses AWS"
    roles = ", ".join(role.rpartition("/")[2] for role in user.roles) or "no role"
    if len(user.roles) > _MAX_ROLES_SHOWN:
        accounts = {role.split(":")[4] for role in user.roles}
        roles = f"{len(user.roles)} roles in {len(accounts)} accounts, for --all and --roles"
    return f"{roles}; asks for a one-time code" if user.totp else roles
