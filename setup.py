"""The parts of a build that pyproject.toml cannot express; everything else stands there.

* The man page is made from the tables of the command.
* The links of the README become absolute on a package index: `REPOSITORY_URL` is the address of
  the repository. Without it, their text remains.
* Two builds of one commit have the same bytes. `SOURCE_DATE_EPOCH` is the time of their files.
"""

from __future__ import annotations

import gzip
import os
import re
import sys
import tarfile
from pathlib import Path

from setuptools import setup
from setuptools.command.sdist import sdist

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from aws_saml_ext import __version__  # noqa: E402
from aws_saml_ext.cli import man_page  # noqa: E402

MAN_PAGE = Path("man") / man_page.FILE_NAME
FIRST_DATE_OF_ZIP = "315532800"  # 1980-01-01, the first one that a wheel can hold

os.environ.setdefault("SOURCE_DATE_EPOCH", FIRST_DATE_OF_ZIP)  # bdist_wheel reads it
os.umask(0o022)


def readme(repository: str) -> str:
    """Return the README for a place where its relative links lead nowhere."""

    def absolute(link: re.Match[str]) -> str:
        text, target = link.groups()
        if re.match(r"#|\w+:", target):
            return link[0]
        return f"[{text}]({repository}/blob/v{__version__}/{target})" if repository else text

    page = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", absolute, page)


def urls(repository: str) -> dict[str, str]:
    """Return the links beside the description."""
    if not repository:
        return {}
    return {
        "Source": repository,
        "Changelog": f"{repository}/blob/v{__version__}/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }


def write_man_page() -> None:
    """Write the man page, if it is new or has changed."""
    path = ROOT / MAN_PAGE
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = re.search(rf"^## {re.escape(__version__)} - (\S+)$", changelog, re.MULTILINE)
    content = man_page.text(heading[1] if heading else "").encode()
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


class ReproducibleSdist(sdist):
    """A source distribution whose bytes depend on the content of its files only."""

    def make_archive(self, base_name: str, *_: object, base_dir: str, **__: object) -> str:  # type: ignore[override]
        """Return the path of the archive, and write it."""
        name = f"{base_name}.tar.gz"
        time = int(os.environ["SOURCE_DATE_EPOCH"])

        def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mtime = time
            entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
            return entry

        with (
            Path(name).open("wb") as file,
            gzip.GzipFile("", "wb", fileobj=file, mtime=time) as packed,
            tarfile.open(mode="w", fileobj=packed, format=tarfile.PAX_FORMAT) as archive,
        ):
            for path in (Path(base_dir), *sorted(Path(base_dir).rglob("*"))):
                archive.add(path, recursive=False, filter=plain)
        return name


repository = os.environ.get("REPOSITORY_URL", "").rstrip("/")
write_man_page()
setup(
    cmdclass={"sdist": ReproducibleSdist},
    data_files=[("share/man/man1", [MAN_PAGE.as_posix()])],
    long_description=readme(repository),
    long_description_content_type="text/markdown",
    project_urls=urls(repository),
)
