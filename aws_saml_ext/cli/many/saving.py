"""The credentials of many profiles are stored: one write of each file, one entry of `undo`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext import fast_path
from aws_saml_ext.cli import store_changes
from aws_saml_ext.config.sections import SECRETS
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import ini, ini_edit, transaction
from aws_saml_ext.store.cache import Cache
from aws_saml_ext.store.credentials_file import CredentialsFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_saml_ext.cli.target import Target
    from aws_saml_ext.credentials import Issued
    from aws_saml_ext.files.transaction import Change


def rehearse(targets: Sequence[Target]) -> None:
    """Check, before anybody types, that everything can be written afterwards.

    Raises:
        StoreError: a file cannot be locked or written, or there is no space.
    """
    changes = [change for target in targets for change in _previewed(target)]
    paths = [change.path for change in changes]
    paths += [target.cache.folder / "entry" for target in targets if target.is_by_process]
    first = targets[0]
    transaction.rehearse(
        dict.fromkeys(paths), folder=first.settings.saml_folder, reservation=first.reservation
    )


def preview(targets: Sequence[Target]) -> str:
    """Return the diff of what `save` would change, secrets masked."""
    changes = [change for target in targets for change in _previewed(target)]
    return transaction.preview(store_changes.joined(changes), secrets=SECRETS)


def save(
    new: Sequence[tuple[Target, Issued]],
    kept: Sequence[Target],
    *,
    environ: Mapping[str, str],
) -> None:
    """Store the credentials of many profiles, all or none.

    Args:
        new: profiles with new credentials.
        kept: profiles whose credentials stay; their other changes are made.
        environ: the environment.

    Raises:
        StoreError: they cannot be written. The user's files are unchanged.
    """
    targets = [*(target for target, _ in new), *kept]
    if not targets:
        return
    for target in targets:
        target.reservation.release()
    for target in {target.is_by_process: target for target in targets if target.changes}.values():
        store_changes.prepare(target.settings)
    is_current = all(
        target.request.fingerprint == fast_path.fingerprint(environ) for target, _ in new
    )
    changes = [change for target in targets for change in target.changes]
    transaction.apply(
        store_changes.joined([*_of_the_files(new), *changes]),
        command="sign-in",
        folder=targets[0].settings.saml_folder,
        secrets=SECRETS,
    )
    for target, issued in new:
        request = target.request_of(issued.credentials.role_arn)
        if isinstance(target.store, Cache):
            if is_current:  # the changes above are ours
                request = replace(request, fingerprint=fast_path.fingerprint(environ))
            target.store.save(request, issued)
        else:
            # Credentials that programs renewed may be of another role, and would be found first.
            with suppress(StoreError):
                target.cache.delete(target.settings.profile)


def _of_the_files(new: Sequence[tuple[Target, Issued]]) -> list[Change]:
    """Return the changes of the credentials files, each in view of those before it."""
    texts: dict[Path, str] = {}
    before: dict[Path, str] = {}
    changes = []
    for target, issued in new:
        if not isinstance(target.store, CredentialsFile):
            continue
        path = target.settings.credentials_file
        if path not in texts:
            before[path] = texts[path] = ini.read(path)
        request = target.request_of(issued.credentials.role_arn)
        change = target.store.change(request, issued, text=texts[path])
        changes.append(change)
        # A new section comes behind the new ones before it: the first of them decides how.
        if texts[path] is before[path] and ini.find(texts[path], change.section) is None:
            texts[path] = ini_edit.changed(texts[path], change.section, change.values)
    return changes


def _previewed(target: Target) -> list[Change]:
    return [*target.store.preview(target.request), *target.changes]
