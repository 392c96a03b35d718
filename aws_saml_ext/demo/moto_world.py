"""
What moto knows: its accounts with their providers, roles, sessions and buckets.

The only room that reaches into moto, whose own doors cannot make things in other accounts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    create_backend_app,
)
from moto.s3.models import s3_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

ACCOUNT = "000000000000"


def application() -> Any:
    """moto's server, a WSGI application."""
    return DomainDispatcherApplication(create_backend_app)


@contextmanager
def of_its_own() -> Iterator[None]:
    """An empty world, and afterwards the one before again: moto has one per process."""
    worlds: list[Any] = [iam_backends, s3_backends, sts_backends, s3_backends.bucket_accounts]
    before = [dict(world) for world in worlds]
    for world in worlds:
        world.clear()
    try:
        yield
    finally:
        for world, restored in zip(worlds, before, strict=True):
            world.clear()
            world.update(restored)


def create_bucket(name: str) -> None:
    """Of the default account."""
    s3_backends[ACCOUNT]["aws"].create_bucket(name, "us-east-1")


def put_provider(name: str, metadata: str, *, account: str, partition: str) -> str:
    """Make a SAML provider, or give it new metadata; returns its ARN."""
    return str(iam_backends[account][partition].create_saml_provider(name, metadata).arn)


def put_role(arn: str, *, trust_policy: str, max_session_duration: int) -> None:
    """Make a role, or replace the one of this ARN."""
    _, partition, _, _, account, resource = arn.split(":", 5)
    path, _, name = resource.removeprefix("role").rpartition("/")
    iam = iam_backends[account][partition]
    if (existing := role_of(arn)) is not None:
        iam.delete_role(existing.name)
    iam.create_role(
        role_name=name,
        assume_role_policy_document=trust_policy,
        path=f"{path}/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration=str(max_session_duration),
    )


def role_of(arn: str) -> Any | None:
    """moto's role; None where there is none of this ARN, small and capital letters counting."""
    iam = _iam(arn)
    roles = [] if iam is None else list(iam.get_roles())
    return next((role for role in roles if role.arn == arn), None)


def metadata_of(provider_arn: str) -> str | None:
    """The SAML metadata of a provider; None where there is none."""
    iam = _iam(provider_arn)
    for provider in [] if iam is None else list(iam.list_saml_providers()):
        if provider.arn == provider_arn:
            return str(provider.saml_metadata_document)
    return None


def new_session(role_arn: str, session_name: str) -> Any:
    """moto's assumed role, with keys; its `expiration` is the caller's to set."""
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    return sts_backends[account][partition].assume_role(
        region_name=partition,
        role_session_name=session_name,
        role_arn=role_arn,
        policy="",
        duration=0,
        external_id="",
    )


def session_of(key_id: str, region: str) -> Any | None:
    """Who has these keys; they are good in the partition that they were made in only."""
    for account in list(sts_backends.values()):
        session = account[get_partition(region)].get_assumed_role_from_access_key(key_id)
        if session is not None:
            return session
    return None


def account_of(key_id: str) -> str:
    """Whose keys these are; those that nobody was given count as the default account's."""
    for account, partitions in list(iam_backends.items()):
        if any(key_id in iam.access_keys for iam in list(partitions.values())):
            return account
    return ACCOUNT


def _iam(arn: str) -> Any | None:
    """moto's IAM of that account; None for a partition that moto does not know."""
    _, partition, _, _, account, _ = arn.split(":", 5)
    partitions = iam_backends[account]
    if partition not in partitions:
        return None
    return partitions[partition]  # Made when it is first asked for, which `get` would not do.
