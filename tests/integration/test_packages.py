"""The wheel and the source distribution: built twice, installed, and over the release before."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from aws_saml_ext import __version__
from aws_saml_ext.cli.completion.shell_scripts import SHELLS, text_of
from aws_saml_ext.demo import Demo
from tests.command import AWS, Home, ended, home_at, typed

REPOSITORY = Path(__file__).parents[2]
ADDRESS = "https://forge.example.com/team/aws-saml-ext"
RELEASED = "922dfab59e8b0c3cfbc8336289e813ebd2b7b5bc"
"""The commit of version 0.1.0, below its beginning of the changelog."""
CONFIG_BEFORE = "# mine\n[default]\nregion = eu-west-1\n"
NOT_OURS = shutil.ignore_patterns(
    *(".git", ".venv*", ".cache", ".stack", ".*_cache", "__pycache__", "*.egg-info"),
    *("build", "dist", "man", "node_modules", ".coverage"),
)


@dataclass(frozen=True)
class Built:
    """Two builds of the same source, from two folders."""

    first: Path
    second: Path

    @property
    def wheel(self) -> Path:
        [wheel] = self.first.glob("*.whl")
        return wheel

    @property
    def sdist(self) -> Path:
        [sdist] = self.first.glob("*.tar.gz")
        return sdist


def run(*command: str | Path, cwd: Path, environ: Mapping[str, str] | None = None) -> str:
    """Run a program that must succeed, and return its output."""
    done = subprocess.run(
        [*command],
        cwd=cwd,
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(source: Path, into: Path, *options: str, umask: str = "022") -> Path:
    """Build the packages of a source tree into a folder."""
    command = f'umask {umask}; exec "$0" -m build --no-isolation --outdir "$1" "${{@:2}}"'
    program: list[str | Path] = ["bash", "-c", command, sys.executable, into, *options]
    run(*program, cwd=source, environ={"REPOSITORY_URL": ADDRESS})
    return into


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("builds")
    outputs = []
    for name, umask in {"one": "022", "another": "007"}.items():
        # Without the times of the files, as every clone has them.
        tree = shutil.copytree(
            REPOSITORY, folder / name, ignore=NOT_OURS, copy_function=shutil.copyfile
        )
        outputs.append(build(tree, folder / f"dist-{name}", umask=umask))
    return Built(*outputs)


def test_two_builds_have_the_same_bytes(built: Built) -> None:
    def contents(folder: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    assert len(contents(built.first)) == 2
    assert contents(built.first) == contents(built.second)


def test_the_package_index_will_take_them(built: Built) -> None:
    run(
        sys.executable, "-m", "twine", "check", "--strict", built.wheel, built.sdist, cwd=REPOSITORY
    )


def test_the_wheel_holds_the_package_its_metadata_and_the_man_page(built: Built) -> None:
    names = zipfile.ZipFile(built.wheel).namelist()
    info = f"aws_saml_ext-{__version__}"
    others = [name for name in names if not name.startswith(("aws_saml_ext/", f"{info}.dist-info"))]
    assert others == [f"{info}.data/data/share/man/man1/aws-saml-login.1"]


def test_the_source_distribution_holds_what_the_repository_does(built: Built) -> None:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a git repository")
    listed = run("git", "ls-files", "-z", cwd=REPOSITORY).split("\0")
    tracked = {name for name in listed if (REPOSITORY / name).is_file()}
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert tracked - names == set()
    assert "man/aws-saml-login.1" in names


def test_the_metadata_name_the_version_and_the_man_page_too(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        metadata = wheel.read(f"aws_saml_ext-{__version__}.dist-info/METADATA")
        page = wheel.read(
            f"aws_saml_ext-{__version__}.data/data/share/man/man1/aws-saml-login.1"
        ).decode()
    assert message_from_bytes(metadata, policy=policy.default)["Version"] == __version__
    assert f"aws-saml-ext {__version__}" in page.splitlines()[0]


def test_no_link_of_the_description_is_relative(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        page = wheel.read(f"aws_saml_ext-{__version__}.dist-info/METADATA").decode()
    targets = re.findall(r"\]\(([^)\s]+)\)", page)
    assert f"{ADDRESS}/blob/v{__version__}/docs/programs.md" in targets
    assert [target for target in targets if not target.startswith("https://")] == []


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")
def test_the_man_page_has_no_mistake(built: Built) -> None:
    page = built.first.parent / "one/man/aws-saml-login.1"
    run("mandoc", "-Tlint", "-Wwarning", page, cwd=page.parent)
    text = run("mandoc", "-Tascii", "-O", "width=80", page, cwd=page.parent)
    assert "aws saml-login" in re.sub(".\b", "", text)


@dataclass(frozen=True)
class Environment:
    """A Python environment with what the program needs, and without the program."""

    folder: Path

    @property
    def script(self) -> Path:
        return self.folder / "bin/aws-saml-login"

    def install(self, package: Path) -> None:
        """Install a package over the one that is there."""
        pip: list[str | Path] = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            self.folder,
            "install",
            "--quiet",
        ]
        options = ["--no-deps", "--no-index", "--no-build-isolation", "--force-reinstall"]
        run(*pip, *options, package, cwd=self.folder)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("an environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    [library] = folder.glob("lib/python*/site-packages")
    packages = folder / "packages"
    packages.mkdir()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if "aws_saml_ext" not in package.name and package.suffix != ".pth":
            (packages / package.name).symlink_to(package)
    (library / "others.pth").write_text(f"{packages}\n")
    return Environment(folder)


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_it_installs_and_says_its_version(
    kind: str, built: Built, environment: Environment, tmp_path: Path
) -> None:
    environment.install(built.wheel if kind == "wheel" else built.sdist)
    home = home_at(tmp_path / "home")
    done = home.run("version", command=[str(environment.script)])
    major_minor = "{}.{}".format(*sys.version_info)
    python = re.escape(major_minor) + r"[.]\d\S*"
    expected = rf"aws-saml-ext/{re.escape(__version__)} Python/{python} \w+/\S+ botocore/\d"
    assert re.match(expected, done.out), done
    assert (environment.folder / "share/man/man1/aws-saml-login.1").is_file()
    for shell in SHELLS:
        printed = home.run("completion", shell, command=[str(environment.script)])
        assert printed.out == text_of(shell)


def released(folder: Path) -> Path:
    """Return the wheel of version 0.1.0, built from its commit."""
    git = shutil.which("git")
    archive = (
        subprocess.run(
            [git or "git", "archive", "--format=tar", RELEASED],
            cwd=REPOSITORY,
            capture_output=True,
            check=False,
        )
        if git
        else None
    )
    if archive is None or archive.returncode != 0:
        pytest.skip("the history is not here")
    tree = folder / "released"
    tree.mkdir()
    subprocess.run(["tar", "-x", "-C", tree], input=archive.stdout, check=True)
    [wheel] = build(tree, folder / "dist-released", "--wheel").glob("*.whl")
    return wheel


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder that leaves room for the name of a browser's socket, which a system limits."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.browser
@pytest.mark.skipif(not AWS.exists(), reason=f"{AWS} is not installed")
def test_an_upgrade_keeps_the_alias_the_profile_the_cache_and_the_kept_session(
    built: Built, environment: Environment, short_path: Path, tmp_path: Path, demo: Demo
) -> None:
    if not shutil.which("chromedriver"):
        pytest.skip("chromedriver is not installed")
    home = home_at(short_path / "home")
    environment.install(released(tmp_path))
    home.config.parent.mkdir(exist_ok=True)
    home.config.write_text(CONFIG_BEFORE)
    install = ["install", "--profile", "dev", "--idp-url", demo.idp_url, "--region", "eu-west-1"]
    options = ["--endpoint-url", demo.aws_url, "--role-arn", "Role.User"]
    done = home.run(*install, *options, command=[str(environment.script)])
    assert done.status == 0, done.err
    process = ["--store", "credential-process"]
    child = home.start("saml-login", "--profile", "dev", *process, command=[str(AWS)])
    typed(child, ("Username: ", "aws_user"), ("Password: ", "aws_user"))
    status, said = ended(child)
    assert status == 0, said
    written = (home.aws / "cli/alias").read_bytes(), home.config.read_bytes()
    cached = answer(home)

    environment.install(built.wheel)

    assert answer(home) == cached
    who = ["sts", "get-caller-identity", "--profile", "dev", "--endpoint-url", demo.aws_url]
    assert "assumed-role/Role.User/aws_user" in home.run(*who, command=[str(AWS)]).out
    silent = ["--sign-in", "silent", "--force", *process]
    done = home.run("saml-login", "--profile", "dev", *silent, command=[str(AWS)])
    assert done.status == 0, done.err
    assert answer(home) != cached
    assert ((home.aws / "cli/alias").read_bytes(), home.config.read_bytes()) == written

    for _ in range(2):  # the two sign-ins, which install came before
        done = home.run("undo", command=[str(environment.script)])
        assert done.status == 0, done.err
    done = home.run("uninstall", command=[str(environment.script)])
    assert done.status == 0, done.err
    assert home.config.read_text() == CONFIG_BEFORE, done.err
    assert not (home.aws / "cli").exists()


def test_uninstall_after_an_upgrade_takes_out_what_the_release_before_installed(
    built: Built, environment: Environment, tmp_path: Path
) -> None:
    home = home_at(tmp_path / "home")
    home.config.parent.mkdir(exist_ok=True)
    home.config.write_text(CONFIG_BEFORE)
    environment.install(released(tmp_path))
    install = ["install", "--profile", "dev", "--idp-url", "https://idp.example.com/aws"]
    done = home.run(*install, command=[str(environment.script)])
    assert done.status == 0, done.err

    environment.install(built.wheel)
    done = home.run("uninstall", command=[str(environment.script)])

    assert done.status == 0, done.err
    assert home.config.read_text() == CONFIG_BEFORE
    assert not (home.aws / "cli").exists()
    assert list((home.aws / "saml").glob("undo*")) == []


def answer(home: Home) -> str:
    """Return the answer of the launcher that profile dev names."""
    launcher = home.aws / "saml/bin/aws-saml-login"
    done = home.run("credential-process", "--profile", "dev", command=[str(launcher)])
    assert done.status == 0, done.err
    return done.out
