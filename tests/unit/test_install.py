"""Alias and profile: written losslessly, taken out to the byte."""

from __future__ import annotations

import configparser
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from aws_saml_ext import installer
from aws_saml_ext.errors import ConfigError, StoreError
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.store import launcher

REPOSITORY = Path(__file__).parents[2]
NO_AWS = {"PATH": "/nonexistent"}

ALIASES = """\
# mine
[toplevel]
whoami = sts get-caller-identity
greet =
  !f() {
    # a comment of its own
    [ $# -eq 0 ] && echo nobody
    echo "100%" "$@"
  }; f
; the next section's

[command sts]
me = get-caller-identity
"""


def script_in(home: Path, folder: str = "bin") -> Path:
    script = home / folder / "aws-saml-login"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.touch()
    return script


def write_alias(home: Path, text: str) -> Path:
    path = home / ".aws/cli/alias"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def installed(
    home: Path, script: Path | None = None, *profile: Change, overwrite: bool = False
) -> list[str]:
    told: list[str] = []
    installer.install(
        home=home,
        script=script or script_in(home),
        profile=profile,
        overwrite=overwrite,
        notify=told.append,
        environ=NO_AWS,
    )
    return told


def uninstalled(home: Path) -> list[str]:
    told: list[str] = []
    installer.uninstall(home=home, notify=told.append)
    return told


def alias_of(home: Path) -> str:
    """The alias as the AWS CLI's own parser reads it."""
    parser = configparser.RawConfigParser()
    parser.read(home / ".aws/cli/alias", encoding="utf-8")
    return parser["toplevel"]["saml-login"].strip()


def files_of(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in (home / ".aws").rglob("*")
        if path.is_file() and "locks" not in path.parts
    }


@pytest.mark.parametrize(
    "folder",
    ["bin", "with space", "it's", 'say "hi"', "100%", "$HOME", "`date`", "Jürgen", "a;b#c", "\\x"],
)
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_alias_runs_a_program_in_a_folder_of_any_name(
    tmp_path: Path, folder: str, shell: str
) -> None:
    script = script_in(tmp_path, folder)
    script.write_text('#!/bin/sh\necho "$AWS_SAML_AWS_PID" "$@"\n')
    script.chmod(0o755)
    installed(tmp_path, script)
    command = alias_of(tmp_path).removeprefix("!") + " 'a  b'"
    answer = subprocess.run([shell, "-c", command], capture_output=True, text=True, check=True)
    assert answer.stdout == f"{os.getpid()} a  b\n"


def test_the_alias_for_people_who_install_by_hand_is_the_same() -> None:
    by_hand = configparser.RawConfigParser()
    by_hand.read(REPOSITORY / "alias/alias")
    assert by_hand["toplevel"]["saml-login"] == installer.alias(
        Path("aws-saml-login"), windows=False
    )


def test_the_alias_for_cmd_says_whose_it_is_and_quotes_the_path() -> None:
    value = installer.alias(Path(r"C:\Program Files\x\aws-saml-login.exe"), windows=True)
    assert value == '!set "AWS_SAML_AWS_PID=" & "C:\\Program Files\\x\\aws-saml-login.exe"'
    assert installer.is_ours(value)


@pytest.mark.parametrize(
    ("path", "windows"), [("/a\nb", False), ("/\udcff", False), (r"C:\100%\x.exe", True)]
)
def test_a_path_that_no_alias_can_hold_is_refused(path: str, windows: bool) -> None:
    with pytest.raises(ConfigError):
        installer.alias(Path(path), windows=windows)


@pytest.mark.parametrize(
    "before",
    [
        None,
        "",
        "\n\n",
        "# only a comment",
        "[toplevel]",
        "[toplevel]\n",
        "[toplevel]\nwhoami = sts get-caller-identity",
        "[toplevel]\r\nwhoami=sts get-caller-identity\r\n",
        "[command sts]\nme = get-caller-identity\n\n\n",
        ALIASES,
    ],
)
def test_what_install_put_in_is_taken_out_to_the_byte(tmp_path: Path, before: str | None) -> None:
    if before is not None:
        write_alias(tmp_path, before)
    installed(tmp_path)
    assert installer.is_ours(alias_of(tmp_path))
    uninstalled(tmp_path)
    assert files_of(tmp_path) == ({} if before is None else {".aws/cli/alias": before.encode()})


def test_a_folder_made_for_the_alias_goes_with_it(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    installed(tmp_path)
    uninstalled(tmp_path)
    assert not (tmp_path / ".aws/cli").exists()


def test_the_aliases_of_others_stay_as_they_are(tmp_path: Path) -> None:
    path = write_alias(tmp_path, ALIASES)
    installed(tmp_path)
    line = f"saml-login = {alias_of(tmp_path)}\n"
    assert path.read_text().replace(line, "") == ALIASES


def test_installing_twice_changes_nothing(tmp_path: Path) -> None:
    installed(tmp_path)
    once = files_of(tmp_path)
    assert "Already installed." in installed(tmp_path)
    assert files_of(tmp_path) == once


def test_an_alias_of_ours_is_replaced(tmp_path: Path) -> None:
    installed(tmp_path)
    installed(tmp_path, script_in(tmp_path, "elsewhere"))
    assert "elsewhere" in alias_of(tmp_path)
    uninstalled(tmp_path)
    assert files_of(tmp_path) == {}


@pytest.mark.parametrize("theirs", ["!aws-saml-login", "sts get-caller-identity", "!saml2aws"])
def test_an_alias_of_somebody_else_is_refused(tmp_path: Path, theirs: str) -> None:
    write_alias(tmp_path, f"[toplevel]\nsaml-login = {theirs}\n")
    before = files_of(tmp_path)
    profile = Change(tmp_path / ".aws/config", "profile dev", {"saml_idp_url": "https://x/"})
    with pytest.raises(ConfigError, match="another alias") as refused:
        installed(tmp_path, None, profile)
    assert refused.value.hint == "To replace it, run the same command with --overwrite."
    assert files_of(tmp_path) == before


def test_an_alias_that_was_overwritten_comes_back(tmp_path: Path) -> None:
    theirs = "[toplevel]\nSaml-Login=!saml2aws\nother = x\n"
    path = write_alias(tmp_path, theirs)
    installed(tmp_path, overwrite=True)
    assert installer.is_ours(alias_of(tmp_path))
    uninstalled(tmp_path)
    assert path.read_text() == theirs


def test_what_others_edited_since_stays(tmp_path: Path) -> None:
    path = write_alias(tmp_path, "[toplevel]\na = 1\n")
    installed(tmp_path)
    path.write_text("# new\n" + path.read_text() + "b = 2\n")
    uninstalled(tmp_path)
    assert path.read_text() == "# new\n[toplevel]\na = 1\nb = 2\n"


def test_an_alias_of_ours_goes_without_a_journal_too(tmp_path: Path) -> None:
    installed(tmp_path)
    (tmp_path / ".aws/saml/undo.json").unlink()
    assert f"The alias is out of {tmp_path / '.aws/cli/alias'}." in uninstalled(tmp_path)
    assert "saml-login" not in (tmp_path / ".aws/cli/alias").read_text()


def test_an_alias_of_somebody_else_survives_uninstall(tmp_path: Path) -> None:
    write_alias(tmp_path, "[toplevel]\nsaml-login = !saml2aws\n")
    before = files_of(tmp_path)
    assert uninstalled(tmp_path) == ["Nothing to uninstall."]
    assert files_of(tmp_path) == before


def test_the_profile_is_written_and_taken_out(tmp_path: Path) -> None:
    config = tmp_path / ".aws/config"
    config.parent.mkdir()
    config.write_text("[profile dev]\nregion = eu-west-1\n# the end")
    idp = Change(config, "saml-idp corp", {"saml_idp_url": "https://idp.example.com/"})
    dev = Change(config, "profile dev", {"saml_idp": "corp", "region": "eu-west-2"})
    installed(tmp_path, None, dev, idp)
    assert config.read_text() == (
        "[profile dev]\nregion = eu-west-2\nsaml_idp = corp\n# the end\n\n"
        "[saml-idp corp]\nsaml_idp_url = https://idp.example.com/\n"
    )
    uninstalled(tmp_path)
    assert config.read_text() == "[profile dev]\nregion = eu-west-1\n# the end"


def test_a_section_that_was_changed_since_is_named_and_stays(tmp_path: Path) -> None:
    config = tmp_path / ".aws/config"
    dev = Change(config, "profile dev", {"saml_idp_url": "https://x/", "region": "eu-west-1"})
    installed(tmp_path, None, dev)
    config.write_text(config.read_text().replace("eu-west-1", "eu-west-2"))
    changed = config.read_text()
    told = uninstalled(tmp_path)
    assert f"Left [profile dev] in {config}: it was changed since install wrote it." in told
    assert config.read_text() == changed


def test_an_alias_file_that_aws_could_not_read_is_refused_untouched(tmp_path: Path) -> None:
    write_alias(tmp_path, "[toplevel]\na = 1\n[toplevel]\nb = 2\n")
    before = files_of(tmp_path)
    with pytest.raises(StoreError):
        installed(tmp_path)
    assert files_of(tmp_path) == before


def test_the_script_that_was_called_is_the_one_that_is_named(tmp_path: Path) -> None:
    called = script_in(tmp_path, "link")
    script_in(tmp_path, "environment")
    python = tmp_path / "environment/python"
    assert launcher.script_path(str(called), executable=str(python), windows=False) == called


def test_called_as_a_module_the_script_of_this_python_is_named(tmp_path: Path) -> None:
    script = script_in(tmp_path, "environment")
    called = tmp_path / "lib/aws_saml_ext/__main__.py"
    python = tmp_path / "environment/python"
    assert launcher.script_path(str(called), executable=str(python), windows=False) == script


def test_a_missing_script_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="aws-saml-login"):
        launcher.script_path(str(tmp_path / "x"), executable=str(tmp_path / "y"))


def aws_that_says(folder: Path, answer: str) -> str:
    folder.mkdir()
    aws = folder / "aws"
    aws.write_text(f"#!/bin/sh\n{answer}\n")
    aws.chmod(0o755)
    return str(folder)


def notices(path: str, environ: Mapping[str, str] | None = None) -> str:
    return "\n".join(installer.aws_notices({"PATH": path, **(environ or {})}))


def test_nothing_is_said_of_an_aws_of_version_2(tmp_path: Path) -> None:
    two = aws_that_says(tmp_path / "2", "echo aws-cli/2.9.19 Python/3.11.2")
    assert notices(f"/nonexistent::{two}") == ""


def test_a_missing_aws_is_said() -> None:
    assert "No aws on the PATH" in notices("/nonexistent")


@pytest.mark.parametrize("answer", ["echo aws-cli/1.45.11 >&2", "exit 1", "exec ./nothing"])
def test_an_aws_that_is_not_version_2_is_said(tmp_path: Path, answer: str) -> None:
    one = aws_that_says(tmp_path / "1", answer)
    said = notices(one)
    assert f"The first aws on the PATH is {one}/aws" in said
    assert "docs.aws.amazon.com" in said


def test_a_version_2_behind_version_1_is_named(tmp_path: Path) -> None:
    one = aws_that_says(tmp_path / "1", "echo aws-cli/1.45.11")
    two = aws_that_says(tmp_path / "2", "echo aws-cli/2.36.7")
    said = notices(f"{one}:{one}:{two}")
    assert "1.45.11" in said
    assert f"Version 2 is {two}/aws" in said


def test_what_aws_says_comes_after_what_was_written(tmp_path: Path) -> None:
    told = installed(tmp_path)
    assert told[0] == f"{tmp_path / '.aws/cli/alias'} is written."
    assert "No aws on the PATH" in told[2]


# ---- the launcher ----


posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no launcher")


def launcher_of(home: Path, script: str) -> Path:
    path = script_in(home)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    launcher.write(saml_folder=home / "saml", script=path)
    return home / "saml" / "bin" / "aws-saml-login"


def launched(launcher: Path, *arguments: str, **environ: str) -> str:
    with_home = {"HOME": str(launcher.parent), "PATH": "/usr/bin:/bin", **environ}
    done = subprocess.run(
        [launcher, *arguments], env=with_home, capture_output=True, text=True, check=True
    )
    return done.stdout


@posix
def test_what_the_cache_cannot_answer_goes_to_the_script_with_the_verb_last(
    tmp_path: Path,
) -> None:
    launcher = launcher_of(tmp_path, 'echo "$@"')
    said = launched(launcher, "credential-process", "--profile", "a b")
    assert said == "credential-process --profile a b\n"


@posix
@pytest.mark.parametrize(
    ("kept", "found"), [({}, "unset"), ({"LD_LIBRARY_PATH_ORIG": "/mine"}, "/mine")]
)
def test_the_library_path_of_a_frozen_aws_does_not_reach_the_script(
    kept: dict[str, str], found: str, tmp_path: Path
) -> None:
    launcher = launcher_of(tmp_path, 'echo "${LD_LIBRARY_PATH-unset}"')
    of_aws = tmp_path / "dist"
    (of_aws / "awscli").mkdir(parents=True)
    assert launched(launcher, LD_LIBRARY_PATH=str(of_aws), **kept) == f"{found}\n"
