"""The state of moto: accounts with their providers, roles, sessions and buckets.

Only this module uses moto's internals, because moto's API cannot create things in other accounts.
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
    """Return moto's server as a WSGI application."""
    return DomainDispatcherApplication(create_backend_app)


@contextmanager
def empty_state() -> Iterator[None]:
    """Give moto an empty state inside a `with` block, then restore the one before."""
    states: list[Any] = [iam_backends, s3_backends, sts_backends, s3_backends.bucket_accounts]
    before = [dict(state) for state in states]
    for state in states:
        state.clear()
    try:
        yield
    finally:
        for state, restored in zip(states, before, strict=True):
            state.clear()
            state.update(restored)


def create_bucket(name: str) -> None:
    """Create a bucket in the default account."""
    s3_backends[ACCOUNT]["aws"].create_bucket(name, "us-east-1")


def put_provider(name: str, metadata: str, *, account: str, partition: str) -> str:
    """Create a SAML provider, or replace its metadata; return its ARN."""
    return str(iam_backends[account][partition].create_saml_provider(name, metadata).arn)


def put_role(arn: str, *, trust_policy: str, max_session_duration: int) -> None:
    """Create a role, or replace the role of this ARN."""
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


def put_alias(account: str, alias: str) -> None:
    """Give an account an alias, in place of the one that it has."""
    iam_backends[account]["aws"].create_account_alias(alias)


def role_of(arn: str) -> Any | None:
    """Return moto's role of this ARN (case-sensitive), None without one."""
    iam = _iam(arn)
    roles = [] if iam is None else list(iam.get_roles())
    return next((role for role in roles if role.arn == arn), None)


def metadata_of(provider_arn: str) -> str | None:
    """Return the SAML metadata of a provider, None for an unknown ARN."""
    iam = _iam(provider_arn)
    for provider in [] if iam is None else list(iam.list_saml_providers()):
        if provider.arn == provider_arn:
            return str(provider.saml_metadata_document)
    return None


def policy_of(arn: str) -> str | None:
    """Return a managed policy of an account as JSON, None for an unknown ARN."""
    iam = _iam(arn)
    policy = None if iam is None else iam.managed_policies.get(arn)
    return None if policy is None else str(policy.document)


def new_session(role_arn: str, session_name: str) -> Any:
    """Create moto's assumed role with credentials; the caller sets its `expiration`."""
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
    """Return the session of an access key in the partition of `region`, None without one."""
    for account in list(sts_backends.values()):
        session = account[get_partition(region)].get_assumed_role_from_access_key(key_id)
        if session is not None:
            return session
    return None


def session_of_any_partition(key_id: str) -> Any | None:
    """Return the session of an access key in any partition, None without one."""
    for account in list(sts_backends.values()):
        for backend in list(account.values()):
            session = backend.get_assumed_role_from_access_key(key_id)
            if session is not None:
                return session
    return None


def account_of(key_id: str) -> str:
    """Return the account of an access key; unknown keys belong to the default account."""
    for account, partitions in list(iam_backends.items()):
        if any(key_id in iam.access_keys for iam in list(partitions.values())):
            return account
    return ACCOUNT


def _iam(arn: str) -> Any | None:
    """Return moto's IAM of the account of `arn`, None for an unknown partition."""
    _, partition, _, _, account, _ = arn.split(":", 5)
    partitions = iam_backends[account]
    if partition not in partitions:
        return None
    return partitions[partition]  # Not `get`: indexing creates it at the first use.
