"""One lock per real path, so that programs of ours change a file one after the other."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic

WAIT = timedelta(seconds=30)


@contextmanager
def held(paths: Iterable[Path], *, folder: Path, wait: timedelta = WAIT) -> Iterator[None]:
    """
    Hold the locks of `paths` (real ones); their lock files lie in `folder`.

    They are taken in one order, so that two programs never wait for one another. The system frees
    the lock of a program that dies.

    Raises:
        StoreError: another program holds one for longer than `wait`, or locking is impossible.
    """
    from filelock import FileLock, Timeout

    atomic.make_private_folder(folder)
    with ExitStack() as stack:
        for path in sorted({os.path.normcase(path) for path in paths}):
            lock = folder / f"{atomic.name_of(path)}.lock"
            try:
                stack.enter_context(FileLock(lock, timeout=wait.total_seconds(), mode=0o600))
            except Timeout as error:
                raise StoreError(
                    f"Another sign-in has been changing {path} for {wait.total_seconds():.0f} "
                    "seconds.",
                    hint=f"End it, or wait for it, and run this again. Who it is: fuser {lock}",
                ) from error
            except OSError as error:
                raise atomic.failed(lock, "locked", error) from error
        yield
