"""The packages of others: a list that does not grow unnoticed, and only what is needed runs."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]

# A browser engine's libraries included, everything that a sign-in may import.
COMMAND = """
import pkgutil, sys
from importlib import import_module

import aws_saml_ext

for module in pkgutil.walk_packages(aws_saml_ext.__path__, "aws_saml_ext."):
    if not module.name.startswith(("aws_saml_ext.demo", "aws_saml_ext.__main__")):
        import_module(module.name)
from aws_saml_ext.capture.browser import selenium_wire

selenium_wire.proxy_class()
print(sorted({"boto3", "s3transfer"} & set(sys.modules)))
"""


def test_the_command_imports_no_boto3() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", COMMAND], capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.stdout) == ("", "[]\n")


def test_only_a_function_for_programs_imports_it() -> None:
    importing = [
        path.name
        for path in sorted((ROOT / "aws_saml_ext").rglob("*.py"))
        if re.search(r"^\s*(import|from) boto3", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert importing == ["extension.py"]


@pytest.mark.parametrize("verb", ["credential-process", "status"])
def test_a_verb_runs_without_it(verb: str, tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['boto3'] = sys.modules['s3transfer'] = None\n"
        f"sys.argv[1:] = [{verb!r}, '--profile', 'dev']\n"
        "from aws_saml_ext.entry import entry; entry()"
    )
    (tmp_path / "config").write_text("[profile dev]\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": str(tmp_path), "AWS_CONFIG_FILE": str(tmp_path / "config")},
    )
    assert "boto3" not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode in {0, 253}


def rows() -> dict[str, set[str]]:
    """The packages of the security page, each with those that it brings."""
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    section = page.partition("## Code of others")[2].partition("\n## ")[0]
    found = re.findall(r"^\| ([\w.-]+)[^|]* \| [^|]+ \|([^|]*)\|$", section, re.MULTILINE)
    return {
        canonicalize_name(package): {
            canonicalize_name(name)
            for name in re.findall(r"[\w.-]*\w", re.sub(r"\(.*?\)| and ", ",", brought))
        }
        for package, brought in found
        if package not in {"package", "---"}
    }


def required() -> set[str]:
    """The packages that pyproject.toml requires, for the keyring too."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lists = re.findall(r"^(?:dependencies|keyring) = \[(.*?)\]$", project, re.MULTILINE | re.DOTALL)
    names = re.findall(r'"([\w.-]+)', ",".join(lists))
    return {canonicalize_name(name) for name in names}


def test_each_package_that_is_required_has_its_reason_on_the_security_page() -> None:
    assert required() == set(rows())


def constraints(*files: str) -> list[Requirement]:
    """The constraints of the install scripts."""
    text = "".join((ROOT / "alias" / file).read_text(encoding="utf-8") for file in files)
    lines = re.findall(r"^(\w.*?) \\\n(?=    --hash=sha256:)", text, re.MULTILINE)
    return [Requirement(line) for line in lines]


COMMON, KEYRING = "constraints.txt", "constraints-keyring.txt"


def names_of(*files: str) -> set[str]:
    return {canonicalize_name(each.name) for each in constraints(*files)}


def test_the_constraints_are_exactly_the_packages_of_the_security_page() -> None:
    named = set(rows()).union(*rows().values())
    assert names_of(COMMON, KEYRING) == named | {"setuptools"}


def test_the_constraints_of_the_keyring_are_what_it_adds() -> None:
    assert names_of(KEYRING) == {"keyring"} | rows()["keyring"]
    assert names_of(KEYRING) & names_of(COMMON) == set()


SYSTEMS = {"linux": ("posix", "Linux"), "darwin": ("posix", "Darwin"), "win32": ("nt", "Windows")}


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_each_python_and_system_gets_one_version_of_what_is_required(
    system: str, python: str
) -> None:
    place = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "os_name": SYSTEMS[system][0],
        "platform_system": SYSTEMS[system][1],
        "extra": "",
    }
    pins: dict[str, str] = {}
    for each in constraints(COMMON, KEYRING):
        if each.marker is None or each.marker.evaluate(place):
            assert canonicalize_name(each.name) not in pins
            pins[canonicalize_name(each.name)] = str(each.specifier).removeprefix("==")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lists = re.findall(r"^(?:dependencies|keyring) = \[(.*?)\]$", project, re.MULTILINE | re.DOTALL)
    wanted = [Requirement(text) for text in re.findall(r'"([^"]+)"', ",".join(lists))]
    unfit = [
        each.name
        for each in wanted
        if (each.marker is None or each.marker.evaluate(place))
        and pins[canonicalize_name(each.name)] not in each.specifier
    ]
    assert unfit == []


@pytest.mark.parametrize("file", [COMMON, KEYRING])
def test_the_constraints_name_no_index_and_each_has_a_hash(file: str) -> None:
    text = (ROOT / "alias" / file).read_text(encoding="utf-8")
    assert re.findall(r"https?:|--\w*index|--find-links", text) == []
    assert len(constraints(file)) == len(re.findall(r"^\w", text, re.MULTILINE))


@pytest.mark.parametrize("script", ["install.sh", "install.ps1"])
def test_the_install_scripts_take_only_packages_of_the_constraints(script: str) -> None:
    text = (ROOT / "alias" / script).read_text(encoding="utf-8")
    assert "--require-hashes -r" in text
    assert "--no-build-isolation" in text


@pytest.mark.parametrize("script", ["install.sh", "install.ps1"])
def test_the_install_scripts_have_the_same_options(script: str) -> None:
    text = (ROOT / "alias" / script).read_text(encoding="utf-8")
    words = ("--with", "--without-hashes", "--uninstall", "--help", "There is no extra '$")
    assert [word for word in words if word not in text] == []


def test_each_package_that_these_bring_is_on_the_security_page() -> None:
    """The tree as it is installed here; an extra that nobody asks for belongs not to it."""
    named = set(rows()).union(*rows().values())
    seen: set[str] = set()
    ahead = [*required()]
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            lines = requires(name) or []
        except PackageNotFoundError:  # the keyring is optional
            continue
        needed = map(Requirement, lines)
        ahead += [
            canonicalize_name(requirement.name)
            for requirement in needed
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        ]
    assert seen - named == set()
