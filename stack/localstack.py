"""LocalStack without Docker ("host mode"), on 127.0.0.1: the other AWS of the stack.

It checks no signature, audience, expiry or trust policy; the demo's AWS does.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

from stack import versions
from stack.errors import NotHere, StackError
from stack.servers import serving

START_HOOKS = Path(__file__).resolve().parents[1] / "localstack" / "start.d"
CACHE = Path(__file__).resolve().parents[1] / ".cache" / "localstack"

_READY_SECONDS = 120.0  # two on two idle cores
_PROGRAMS = ("python3.13", "python3.14", "python3")  # its own image uses the first
_OLDEST_PYTHON = versions.LOCALSTACK_OLDEST_PYTHON
_NEEDED = ".".join(str(part) for part in _OLDEST_PYTHON)
_WITHOUT_PROXY = build_opener(ProxyHandler({}))

_SETTINGS = {
    "SERVICES": "iam,sts,s3",
    # In a container it would write to the root of the file system.
    "OVERRIDE_IN_DOCKER": "0",
    # Its other server listens on every network address.
    "GATEWAY_SERVER": "hypercorn",
    "DNS_ADDRESS": "0",
    # No usage data to its makers, no certificate from them.
    "DISABLE_EVENTS": "1",
    "SKIP_SSL_CERT_DOWNLOAD": "1",
}


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A running LocalStack; `url` is the value of `--endpoint-url`."""

    url: str
    process: subprocess.Popen[bytes] = field(repr=False)


@contextmanager
def running(
    folder: Path,
    *,
    port: int,
    python: Path | None = None,
    cache: Path = CACHE,
    start_hooks: Path | None = START_HOOKS,
) -> Iterator[LocalStack]:
    """Run LocalStack with empty IAM, STS and S3 inside a `with` block.

    Args:
        folder: the folder of its files and of `localstack.log`.
        port: the port to listen on.
        python: the Python of its virtual environment; by default `find_python` finds one.
        cache: the folder of the virtual environment, which is created once.
        start_hooks: a folder of hooks that run before it answers.

    Raises:
        NotHere: no Python is new enough.
        StackError: the installation or a hook failed, or LocalStack did not start.
    """
    program = _installed(cache, python)
    folder = folder.absolute()
    log = folder / "localstack.log"
    url = f"http://127.0.0.1:{port}"
    environ = {**_SETTINGS, **_environment(folder), "GATEWAY_LISTEN": f"127.0.0.1:{port}"}
    _link_hooks(start_hooks, Path(environ["FILESYSTEM_ROOT"]))
    with serving(
        "LocalStack",
        [str(program), "-m", "localstack.runtime.main"],
        log=log,
        ready=lambda: bool(_init(url)["completed"]["READY"]),
        seconds=_READY_SECONDS,
        environ=environ,
        cwd=folder,
    ) as process:
        _check_hooks(start_hooks, _init(url), log)
        yield LocalStack(url, process)


def find_python(environ: Mapping[str, str] = os.environ) -> Path:
    """Return a Python for LocalStack: one on PATH, else one of pyenv.

    Raises:
        NotHere: no Python is new enough.
    """
    path = environ.get("PATH", os.defpath)
    found = [shutil.which(name, path=path) for name in _PROGRAMS]
    pyenv = environ.get("PYENV_ROOT") or f"{environ.get('HOME', '')}/.pyenv"
    # pyenv's programs on PATH may fail although one of its versions would do.
    for program in (*found, *sorted(Path(pyenv).glob("versions/*/bin/python3"))):
        if program is not None and _new_enough(Path(program)):
            return Path(program)
    raise NotHere(
        f"LocalStack needs Python {_NEEDED} or newer, and PATH has none.",
        hint=f"Run: pyenv install {_NEEDED}. Or use the demo's AWS: make stack",
    )


def _new_enough(program: Path) -> bool:
    with suppress(OSError):
        done = subprocess.run(
            [program, "-c", f"import sys; sys.exit(sys.version_info < {_OLDEST_PYTHON})"],
            capture_output=True,
            check=False,
        )
        return done.returncode == 0
    return False


def _installed(cache: Path, python: Path | None) -> Path:
    """Return the Python of an environment with LocalStack; create it if it is missing."""
    digest = hashlib.sha256(" ".join(versions.LOCALSTACK_REQUIREMENTS).encode()).hexdigest()
    home = cache / f"{versions.LOCALSTACK}-{digest[:8]}"
    program = home / "bin" / "python"
    if program.exists():
        return program
    python = python or find_python()
    shutil.rmtree(home, ignore_errors=True)  # its Python was removed
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as made:
        beside = Path(made) / "environment"
        _make_environment(python, beside)
        # Atomic; another process may have been faster.
        with suppress(OSError):
            beside.rename(home)
    return program


def _make_environment(python: Path, folder: Path) -> None:
    if _ran([python, "-m", "venv", folder]).returncode != 0:
        raise StackError(
            f"{python} cannot create the virtual environment of LocalStack.",
            hint="apt-get install python3-venv",
        )
    options = ["--quiet", "--no-input", "--disable-pip-version-check"]
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", *options]
    done = _ran([*pip, *versions.LOCALSTACK_REQUIREMENTS])
    if done.returncode != 0:
        first = [line for line in done.stderr.splitlines() if line.startswith("ERROR")][:1]
        raise StackError(
            f"Could not install LocalStack {versions.LOCALSTACK}. {' '.join(first)}".strip(),
            hint="Check the network, then run: make stack STACK_AWS=localstack",
        )


def _ran(words: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False)


def _environment(folder: Path) -> dict[str, str]:
    """Return a clean environment, because ours may hold settings of LocalStack."""
    home, temporary = folder / "home", folder / "tmp"
    for made in (home, temporary):
        made.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "FILESYSTEM_ROOT": str(folder / "filesystem"),
    }


def _link_hooks(start_hooks: Path | None, root: Path) -> None:
    """Link the hooks to the folder where docker-compose.yml mounts them."""
    there = root / "etc" / "localstack" / "init" / "start.d"
    there.parent.mkdir(parents=True, exist_ok=True)
    there.unlink(missing_ok=True)
    if start_hooks is not None:
        there.symlink_to(start_hooks.absolute())


def _init(url: str) -> Any:
    """Return LocalStack's report of its stages and their hooks."""
    try:
        with _WITHOUT_PROXY.open(f"{url}/_localstack/init", timeout=5) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return {"completed": {"READY": False}, "scripts": []}


def _check_hooks(start_hooks: Path | None, init: Any, log: Path) -> None:
    # LocalStack completes a stage even if one of its hooks failed.
    states = {script["name"]: script["state"] for script in init["scripts"]}
    for hook in sorted(start_hooks.glob("*.py")) if start_hooks is not None else []:
        if states.get(hook.name) != "SUCCESSFUL":
            raise StackError(
                f"The start hook {hook.name} of LocalStack failed.",
                hint=f"grep {hook.name} {log}",
            )
