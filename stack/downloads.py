"""Downloads that are kept in a cache and verified by a checksum in this repository."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from stack.errors import NotHere, StackError

CACHE = Path(__file__).resolve().parents[1] / ".cache"
_DOWNLOAD_SECONDS = 900.0


def maven_artefact(coordinates: str, sha256: str, *, cache: Path = CACHE / "maven") -> Path:
    """Return the cached file of an artefact of Maven Central; download it if it is missing.

    Args:
        coordinates: `group:name:version:type`.
        sha256: the SHA-256 of the file, in hexadecimal.
        cache: the folder of the cache.

    Raises:
        NotHere: `mvn` is not installed.
        StackError: the download failed, or the checksum differs.
    """
    _, name, version, kind = coordinates.split(":")
    kept = cache / f"{name}-{version}.{kind}"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            _fetch(coordinates, Path(folder))
            _check(Path(folder) / kept.name, sha256)
            (Path(folder) / kept.name).rename(kept)  # whole or not at all
    _check(kept, sha256)
    return kept


def _fetch(coordinates: str, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NotHere(
            "Maven (mvn) is not installed; it downloads Keycloak.",
            hint="apt-get install maven, or see https://maven.apache.org/install.html",
        )
    words = [maven, "--batch-mode", "--quiet", "dependency:copy"]
    words += [f"-Dartifact={coordinates}", f"-DoutputDirectory={folder}"]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, timeout=_DOWNLOAD_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise StackError(
            f"The download of {coordinates} took longer than {_DOWNLOAD_SECONDS:g} seconds.",
            hint=" ".join(words),
        ) from None
    if done.returncode != 0:
        first = [line for line in done.stdout.splitlines() if line.strip()][:1]
        raise StackError(
            f"Could not download {coordinates}. {' '.join(first)}".strip(), hint=" ".join(words)
        )


def _check(path: Path, sha256: str) -> None:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    if digest.hexdigest() != sha256:
        raise StackError(
            f"The checksum of {path.name} is wrong (SHA-256 {digest.hexdigest()}).",
            hint=f"rm {path}",
        )
