"""`alias/install.sh`: one step from a source tree to `aws saml-login`, and back."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest

REPOSITORY = Path(__file__).parents[2]
AWS = Path("/usr/bin/aws")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="alias/install.sh is for POSIX systems")


@dataclass(frozen=True)
class Machine:
    """A source tree and a person's home, both with blanks and quotes in their names."""

    tree: Path
    home: Path
    python: str
    """A Python whose new environments have what aws-saml-ext needs: pip installs only ours."""

    @property
    def folder(self) -> Path:
        return self.home / ".local/share/aws-saml-ext"

    @property
    def program(self) -> Path:
        return self.folder / "bin/aws-saml-login"

    @property
    def alias(self) -> Path:
        return self.home / ".aws/cli/alias"

    @property
    def config(self) -> Path:
        return self.home / ".aws/config"

    def install(
        self, *options: str, cwd: str = "/", **environ: str
    ) -> subprocess.CompletedProcess[str]:
        script = str(self.tree / "alias/install.sh")
        return self.run("/bin/sh", script, *options, cwd=cwd, **environ)

    def run(
        self, *command: str, cwd: str = "/", **environ: str
    ) -> subprocess.CompletedProcess[str]:
        persons = {
            "HOME": str(self.home),
            "PATH": "/usr/bin:/bin",
            "PYTHON": self.python,
            "PIP_NO_DEPS": "1",
        }
        of_pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        return subprocess.run(
            command,
            env=of_pip | persons | environ,
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )

    def at_a_terminal(self, *command: str, **more: str) -> str:
        """Run a command at a terminal, and return what it printed."""
        environ = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "PYTHON": self.python}
        of_pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        return str(
            pexpect.run(
                shlex.join(command),
                env=of_pip | environ | {"PIP_NO_DEPS": "1", "TERM": "xterm"} | more,
                timeout=150,
                encoding="utf-8",
            )
        )

    def environments(self) -> list[Path]:
        return sorted(self.folder.glob("environment.*"))

    def commands(self) -> list[str]:
        """Return the last words of the commands that ran in its environments, the last one last."""
        return (self.tree.parent / COMMANDS).read_text().splitlines()


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of this environment, without this program and without pip's records."""
    folder = tmp_path_factory.mktemp("packages")
    not_needed = ("aws_saml_ext", "__", "_virtualenv", "setuptools", "pkg_resources")
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if not package.name.startswith(not_needed) and package.suffix not in {".pth", ".dist-info"}:
            (folder / package.name).symlink_to(package)
    return folder


COMMANDS = "commands"
"""A file with the last word of each Python command of the environments."""


def a_python_that_has(packages: Path, folder: Path, *, venv_options: str) -> str:
    """
    Return a Python that adds `packages` to each environment that it creates.

    These environments note their commands: `pip --report` tells the extras only since pip 23.1.
    """
    noted = f"import sys; print(sys.orig_argv[-1], file=open({str(folder / COMMANDS)!r}, 'a'))"
    library = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    python = shlex.quote(sys.executable)
    return a_python(
        folder,
        f'case "$*" in *"-m venv "*) ;; *) exec {python} "$@" ;; esac',
        f'{python} "$@" {venv_options} || exit',
        "for environment; do :; done",
        f"printf '%s\\n' {shlex.quote(str(packages))} {shlex.quote(noted)} "
        f'>"$environment/{library}/packages.pth"',
    )


def a_python(folder: Path, *lines: str) -> str:
    python = folder / "python3"
    python.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    python.chmod(0o755)
    return str(python)


def new_machine(folder: Path, packages: Path, *, venv_options: str = "--without-pip") -> Machine:
    """
    Return a machine whose environments have pip from `packages` by default.

    That is faster by half than to let `venv` install pip.
    """
    tree, home = folder / "a source tree", folder / "jane doe's home"
    tree.mkdir()
    home.mkdir()
    for name in ("pyproject.toml", "setup.py", "README.md", "CHANGELOG.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, tree)
    for name in ("alias", "aws_saml_ext"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / name, tree / name, ignore=ignored)
    for file in (tree / "alias").glob("constraints*.txt"):
        file.write_text(constraint("setuptools") if file.name == "constraints.txt" else "")
    return Machine(tree, home, a_python_that_has(packages, tree.parent, venv_options=venv_options))


def constraint(name: str) -> str:
    """Return the constraint of one package, with its hashes."""
    text = (REPOSITORY / "alias/constraints.txt").read_text()
    [found] = re.findall(rf"^{name}==.*\n(?:    --hash=.*\n)*", text, re.MULTILINE)
    return str(found)


ALIASES = "[toplevel]\nwhoami = sts get-caller-identity"
CONFIG = "[profile other]\nregion=eu-west-1\n"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, packages: Path) -> Machine:
    """Installed once; the tests leave it as it is, but for the last."""
    machine = new_machine(tmp_path_factory.mktemp("machine"), packages)
    machine.alias.parent.mkdir(parents=True)
    machine.alias.write_text(ALIASES)
    machine.config.write_text(CONFIG)
    profile = ("--profile", "dev", "--idp-url", "https://idp.example.com/aws?a=b&c")
    done = machine.install(*profile[:2], "--with", "demo,keyring", *profile[2:])
    assert done.returncode == 0, done.stderr
    assert ".local/bin is not on your PATH" in done.stderr
    return machine


def test_the_program_runs_from_an_environment_of_its_own(installed: Machine) -> None:
    [environment] = installed.environments()
    assert installed.program.resolve() == environment / "bin/aws-saml-login"
    assert "aws saml-login" in installed.run(str(installed.program), "help").stdout


def test_the_profile_is_written_with_the_options_given(installed: Machine) -> None:
    assert installed.config.read_text() == (
        f"{CONFIG}\n[profile dev]\nsaml_idp_url = https://idp.example.com/aws?a=b&c\n"
    )


def test_the_source_tree_stays_clean(installed: Machine) -> None:
    assert sorted(path.name for path in installed.tree.iterdir()) == [
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "alias",
        "aws_saml_ext",
        "pyproject.toml",
        "setup.py",
    ]


LINK = ".local/bin/aws-saml-login"


def test_the_shell_finds_the_program_by_its_name(installed: Machine) -> None:
    path = f"{(installed.home / LINK).parent}:/usr/bin:/bin"
    done = installed.run("sh", "-c", "aws-saml-login rols", PATH=path)
    assert done.stderr.endswith("\naws-saml-login roles help\n")
    assert installed.run("sh", "-c", done.stderr.splitlines()[-1], PATH=path).returncode == 0


def test_a_command_shows_the_path_of_a_program_that_no_shell_finds(installed: Machine) -> None:
    done = installed.run(str(installed.program), "rols")
    pasted = done.stderr.splitlines()[-1]
    assert str(installed.program) in pasted
    assert installed.run("sh", "-c", pasted).returncode == 0


@pytest.mark.skipif(not AWS.exists(), reason=f"{AWS} is missing (Debian: apt-get install awscli)")
def test_the_real_aws_runs_it(installed: Machine) -> None:
    helped = installed.run(str(AWS), "saml-login", "help", LC_ALL="C")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "aws saml-login" in helped.stdout


@pytest.mark.skipif(not AWS.exists(), reason=f"{AWS} is missing (Debian: apt-get install awscli)")
def test_the_real_aws_passes_the_exit_status_on(installed: Machine) -> None:
    refused = installed.run(str(AWS), "saml-login", "--no-such-option")
    assert refused.returncode == 252


def test_nothing_in_the_current_folder_or_on_pythonpath_runs(
    tmp_path: Path, packages: Path
) -> None:
    """A folder of downloads may hold a file with the name of any module."""
    machine = new_machine(tmp_path, packages, venv_options="")
    downloads = tmp_path / "Downloads"
    downloads.mkdir()
    ran = tmp_path / "ran"
    for module in "venv ensurepip pip sys json argparse configparser aws_saml_ext botocore".split():
        (downloads / f"{module}.py").write_text(f"open({str(ran)!r}, 'a').write(__file__)\n")
    here = str(downloads)
    for options in ((), ("--uninstall",)):
        done = machine.install(*options, cwd=here, PYTHONPATH=f":{here}")
        assert done.returncode == 0, done.stderr
        assert not ran.exists(), ran.read_text()


def test_a_relative_python_is_one_of_the_current_folder(tmp_path: Path, packages: Path) -> None:
    machine = new_machine(tmp_path, packages)
    (tmp_path / "bin").mkdir()
    a_python(tmp_path / "bin", "echo 3.9; exit 1")
    refused = machine.install(cwd=str(tmp_path), PYTHON="bin/python3")
    assert f"{tmp_path}/bin/python3 is not installed, or does not run" in refused.stderr


def test_a_failure_leaves_the_earlier_installation(installed: Machine) -> None:
    before = (installed.environments(), installed.alias.read_bytes(), installed.program.resolve())
    (installed.tree / "aws_saml_ext/entry.py").rename(installed.tree / "entry.py")
    try:
        failed = installed.install()
    finally:
        (installed.tree / "entry.py").rename(installed.tree / "aws_saml_ext/entry.py")
    assert failed.returncode == 253
    assert "The new environment does not work;" in failed.stderr
    now = (installed.environments(), installed.alias.read_bytes(), installed.program.resolve())
    assert now == before


def test_again_and_out_to_the_byte(installed: Machine) -> None:
    """The last one that asks for it: an installation takes longer than all else here."""
    [first] = installed.environments()
    alias = installed.alias.read_bytes()
    script = str(installed.tree / "alias/install.sh")
    said = installed.at_a_terminal("/bin/sh", script)
    assert "Installing the packages…" in said
    [second] = installed.environments()
    assert first != second
    # Without --with, they are the extras of the installation before.
    assert f"{second}/source[demo,keyring]" in installed.commands()
    assert installed.alias.read_bytes() == alias
    out = installed.install("--uninstall")
    assert out.returncode == 0, out.stderr
    assert not installed.folder.exists()
    assert not (installed.home / LINK).is_symlink()
    assert installed.alias.read_text() == ALIASES
    assert installed.config.read_text() == CONFIG
    assert installed.install("--uninstall").returncode == 0


@pytest.mark.parametrize("options", [["--with", "demo,bogus"], ["--with=bogus"]])
def test_an_extra_that_does_not_exist_is_refused(
    options: list[str], tmp_path: Path, packages: Path
) -> None:
    machine = new_machine(tmp_path, packages)
    refused = machine.install(*options)
    assert refused.returncode == 253
    assert "There is no extra 'bogus'." in refused.stderr
    assert list(machine.home.iterdir()) == []


def test_a_python_that_is_too_old_is_said(tmp_path: Path, packages: Path) -> None:
    machine = new_machine(tmp_path, packages)
    python = a_python(tmp_path, 'case "$3" in *print*) echo 3.9 ;; *) exit 1 ;; esac')
    refused = machine.install(PYTHON=python)
    assert refused.returncode == 253
    assert f"{python} is Python 3.9; 3.10 or newer is needed." in refused.stderr
    assert list(machine.home.iterdir()) == []


def test_a_python_that_does_not_run_is_said(tmp_path: Path, packages: Path) -> None:
    machine = new_machine(tmp_path, packages)
    refused = machine.install(PYTHON="/nowhere/python")
    assert refused.returncode == 253
    assert "/nowhere/python is not installed, or does not run" in refused.stderr
    assert list(machine.home.iterdir()) == []


def test_a_missing_venv_is_said_with_the_package_that_has_it(
    tmp_path: Path, packages: Path
) -> None:
    machine = new_machine(tmp_path, packages)
    python = a_python(tmp_path, 'case "$3" in *venv*) exit 1 ;; esac')
    refused = machine.install(PYTHON=python)
    assert refused.returncode == 253
    assert "sudo apt-get install python3-venv" in refused.stderr
    assert list(machine.home.iterdir()) == []


def test_a_package_with_another_hash_is_not_installed(tmp_path: Path, packages: Path) -> None:
    machine = new_machine(tmp_path, packages)
    file = machine.tree / "alias/constraints.txt"
    file.write_text(re.sub("sha256:[0-9a-f]{8}", "sha256:00000000", file.read_text()))
    failed = machine.install()
    assert failed.returncode == 253
    assert "DO NOT MATCH THE HASHES" in failed.stderr
    assert "add --without-hashes" in failed.stderr
    assert machine.environments() == []


def test_without_hashes_it_takes_what_the_index_has(tmp_path: Path, packages: Path) -> None:
    machine = new_machine(tmp_path, packages)
    (machine.tree / "alias/constraints.txt").write_text("attrs==0 --hash=sha256:00\n")
    done = machine.install("--without-hashes")
    assert done.returncode == 0, done.stderr


def test_what_a_failing_pip_began_is_removed(tmp_path: Path, packages: Path) -> None:
    machine = new_machine(tmp_path, packages)
    (machine.tree / "pyproject.toml").write_text("no project")
    failed = machine.install()
    assert failed.returncode == 253
    assert machine.environments() == []
    assert not machine.alias.exists()
