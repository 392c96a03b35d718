"""Tab in real shells: both doors, names of files, and nothing that a name says is run."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from aws_saml_ext.cli.completion import shell_scripts
from aws_saml_ext.cli.completion.shell_scripts import SHELLS, text_of
from aws_saml_ext.cli.verb_table import VERBS
from aws_saml_ext.config.sections import config_section
from tests.command import Home, home_at
from tests.shells import Shell, bash, zsh

CONFIG = """\
[default]
region = eu-west-1
[profile plain]
[profile 'my dev']
[profile ünï.code]\r
[profile "in double"]
[profile trailing ]
[profile not read by aws]
[profile dotted\\.name]
[saml-idp corp]
[saml-idp 'other corp']
"""
NAMES = ["default", "plain", "my dev", "ünï.code", "in double", "trailing", "dotted.name"]
"""The profiles that `aws` reads in CONFIG."""
DOORS = ["aws-saml-login", "aws saml-login", "aws --profile x saml-login"]
HOSTILE = ["$(touch x)", "`touch y`", "a;touch z", "it's", 'say "hi"', "back\\slash", "{a,b}*"]
ROLES = "arn:aws:iam::123456789012:role/Role.User\narn:aws:iam::123456789012:role/path/Role.Admin\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with profiles, nicknames and roles, and an `aws_completer` that answers at once."""
    made = home_at(tmp_path_factory.mktemp("a home"))
    (made.aws / "saml").mkdir(parents=True)
    hostile = "".join(f"[{config_section(name)}]\n" for name in HOSTILE)
    made.config.write_text(CONFIG + hostile, encoding="utf-8", newline="")
    (made.aws / "saml/completions").write_text(ROLES)
    programs = made.path / "bin"
    programs.mkdir()
    completer = programs / "aws_completer"
    completer.write_text('#!/bin/sh\ncase $COMP_LINE in "aws s3 c") echo cp ;; esac\n')
    completer.chmod(0o755)
    for shell in SHELLS:
        (made.path / f"script.{shell}").write_text(text_of(shell), encoding="utf-8")
    return made


def environment(home: Home, **more: str) -> Mapping[str, str]:
    path = f"{home.path / 'bin'}:/usr/bin:/bin"
    return {"HOME": str(home.path), "PATH": path, "XDG_DATA_DIRS": "/nonexistent", **more}


Start = Callable[[Path, Path, Mapping[str, str]], Shell]
STARTS: dict[str, Start] = {"bash": bash, "zsh": zsh}


@pytest.fixture(scope="module", params=STARTS)
def shell(request: pytest.FixtureRequest, home: Home) -> Iterator[Shell]:
    start = STARTS[request.param]
    made = start(home.path, home.path / f"script.{request.param}", environment(home))
    made.child.send("aws-saml-login() { printf '[[%s]]' \"$2\"; }\r")
    yield made
    made.child.close(force=True)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("conf", "configure "),
        ("undo --dry", "undo --dry-run "),
        ("--sign-in sil", "--sign-in silent "),
        ("--browser fire", "--browser firefox "),
        ("--profile pla", "--profile plain "),
        ("configure --like pla", "configure --like plain "),
        ("--idp-nickname cor", "--idp-nickname corp "),
        ("--role-arn Role.U", "--role-arn Role.User "),
        ("--profile x stat", "--profile x status "),
        ("completion fi", "completion fish "),
        ("configure --from gim", "configure --from gimme-aws-creds "),
    ],
)
def test_words_are_completed_at_both_doors(
    door: str, typed: str, completed: str, shell: Shell
) -> None:
    assert shell.completed(f"{door} {typed}") == f"{door} {completed}"


def test_an_arn_is_completed_behind_its_colons(shell: Shell) -> None:
    typed = "aws-saml-login --role-arn arn:aws:iam::123456789012:role/R"
    assert shell.completed(typed) == f"{typed}ole.User "


def test_a_value_behind_an_equals_sign_is_completed(shell: Shell) -> None:
    typed = "aws-saml-login --browser=fire"
    assert shell.completed(typed) == f"{typed}fox "


def test_options_are_those_of_the_verb(shell: Shell) -> None:
    assert shell.completed("aws-saml-login status --wat") == "aws-saml-login status --wat"
    assert shell.completed("aws-saml-login --wat") == "aws-saml-login --watch "


@pytest.mark.parametrize("name", ["my dev", "ünï.code", "in double", *HOSTILE])
def test_a_name_arrives_as_it_is_and_runs_nothing(name: str, shell: Shell, home: Home) -> None:
    begin = {"$": r"\$", "`": r"\`", "{": r"\{"}.get(name[0], name[0])
    begin += name[1] if name[0] == "i" else ""
    line = shell.completed(f"aws-saml-login --profile {begin}")
    assert shell.run(line) == name
    assert [each for each in ("x", "y", "z") if (home.path / each).exists()] == []


@pytest.mark.parametrize("quote", ["'", '"'])
def test_an_open_quote_is_kept(quote: str, shell: Shell) -> None:
    line = shell.completed(f"aws-saml-login --profile {quote}my")
    assert shell.run(line) == "my dev"


def test_the_other_verbs_of_aws_keep_their_completer(shell: Shell) -> None:
    assert shell.completed("aws s3 c") == "aws s3 cp "


def test_files_are_completed_where_a_file_stands(shell: Shell, home: Home) -> None:
    (home.path / "response.xml").touch()
    assert shell.completed("aws-saml-login --assertion resp").rstrip() == (
        "aws-saml-login --assertion response.xml"
    )


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("exec -- aws_comp", "exec -- aws_completer"),
        ("exec --profile plain -- cat da", "exec --profile plain -- cat data.txt"),
        ("exec -- cat --profile da", "exec -- cat --profile data.txt"),
        ("exec -- aws s3 c", "exec -- aws s3 cp"),
        ("exec -- aws saml-login conf", "exec -- aws saml-login configure"),
    ],
)
def test_a_command_behind_exec_is_completed_as_itself(
    door: str, typed: str, completed: str, shell: Shell, home: Home
) -> None:
    (home.path / "data.txt").touch()
    assert shell.completed(f"{door} {typed}").rstrip() == f"{door} {completed}"


@pytest.mark.parametrize("name", STARTS)
def test_an_empty_home_has_nothing_and_no_error(name: str, home: Home, tmp_path: Path) -> None:
    environ = {**environment(home), "HOME": str(tmp_path)}
    shell = STARTS[name](tmp_path, home.path / f"script.{name}", environ)
    typed = "aws-saml-login --profile pla"
    assert shell.completed(typed) == typed
    shell.child.close(force=True)


@pytest.mark.parametrize("name", STARTS)
def test_the_config_file_of_the_variable_is_read(name: str, home: Home, tmp_path: Path) -> None:
    config = tmp_path / "other"
    config.write_text("[profile elsewhere]\n")
    environ = environment(home, AWS_CONFIG_FILE=str(config))
    shell = STARTS[name](tmp_path, home.path / f"script.{name}", environ)
    typed = "aws-saml-login --profile else"
    assert shell.completed(typed) == f"{typed}where "
    shell.child.close(force=True)


@pytest.mark.parametrize("awk", ["mawk", "gawk", "original-awk", "busybox awk"])
@pytest.mark.parametrize("begin", ["", "pl"])
def test_each_awk_reads_the_names(begin: str, awk: str, home: Home) -> None:
    if shutil.which(awk.split(maxsplit=1)[0]) is None:
        pytest.skip(f"{awk} is not installed")
    script = Path(shell_scripts.__file__).with_name("aws-saml-login.awk").read_text("utf-8")
    done = subprocess.run(
        [*awk.split(), script, home.config],
        env={**environment(home), "LC_ALL": "C", "ASL_KIND": "profile", "ASL_TYPED": begin},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    names = [*NAMES, *HOSTILE]
    assert done.stdout.splitlines() == [name for name in names if name.startswith(begin)]


def fish(home: Home, line: str) -> list[str]:
    """The words that fish offers for a line."""
    program = shutil.which("fish")
    if program is None:
        pytest.skip("fish is not installed")
    quoted = line.replace("\\", "\\\\").replace("'", "\\'")
    done = subprocess.run(
        [program, "--no-config", "-c", f"source '{home.path}/script.fish'; complete -C '{quoted}'"],
        env={**environment(home), "LC_ALL": "C.UTF-8"},
        cwd=home.path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return [row.partition("\t")[0] for row in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("aws-saml-login conf", ["configure"]),
        ("aws saml-login conf", ["configure"]),
        ("aws --profile x saml-login undo --dry", ["--dry-run"]),
        ("aws-saml-login --browser fire", ["firefox"]),
        ("aws-saml-login --browser=fire", ["--browser=firefox"]),
        ("aws-saml-login --role-arn Role.U", ["Role.User"]),
        ("aws saml-login --idp-nickname c", ["corp"]),
        ("aws saml-l", ["saml-login"]),
        ("aws saml-login s3", []),
        ("aws-saml-login exec -- aws_comp", ["aws_completer"]),
        ("aws saml-login exec --profile plain -- cat da", ["data.txt"]),
        ("aws-saml-login exec -- cat --profile da", ["data.txt"]),
        ("aws saml-login exec -- aws saml-login conf", ["configure"]),
        ("aws-saml-login --assertion 'a fol", ["a folder/"]),
        ('aws-saml-login --assertion "a folder/r', ["a folder/re sponse.xml"]),
        ("aws-saml-login --assertion 'da", ["data.txt"]),
        ("aws-saml-login --policy 'file://da", ["file://data.txt"]),
        ("aws-saml-login --assertion a\\ folder/re", ["a folder/re sponse.xml"]),
        ("aws-saml-login --assertion=a\\ fol", ["--assertion=a folder/"]),
        ("aws-saml-login --policy file://da", ["file://data.txt"]),
    ],
)
def test_fish_offers_the_same(line: str, words: list[str], home: Home) -> None:
    (home.path / "data.txt").touch()
    (home.path / "a folder").mkdir(exist_ok=True)
    (home.path / "a folder/re sponse.xml").touch()
    assert fish(home, line) == words


def test_fish_offers_the_options_of_the_verb_only(home: Home) -> None:
    """It also offers words that are only similar to what was typed."""
    assert "--watch" not in fish(home, "aws-saml-login status --watch")
    assert "--watch" in fish(home, "aws-saml-login --watch")


def test_fish_offers_every_profile_as_it_is(home: Home) -> None:
    found = fish(home, "aws-saml-login --profile ")
    assert set(found) == {*NAMES, *HOSTILE}
    assert not (home.path / "x").exists()


def test_install_writes_them_and_uninstall_takes_them_out(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    (tmp_path / ".zshrc").write_text("fpath=(~/.zfunc $fpath)\n")
    (tmp_path / ".zfunc").mkdir()
    before = sorted(tmp_path.rglob("*"))
    path = "/usr/bin:/bin"
    done = home.run("install", "--completion", environ={"PATH": path})
    assert done.status == 0, done.err
    folder = tmp_path / ".local/share/bash-completion/completions"
    assert {each.name for each in folder.iterdir()} == {"aws", "aws-saml-login"}
    assert (folder / "aws").read_text() == text_of("bash")
    for shell, file in {
        "zsh": ".zfunc/_aws-saml-login",
        "fish": ".config/fish/completions",
    }.items():
        assert (tmp_path / file).exists() == (shutil.which(shell, path=path) is not None)
    assert home.run("uninstall", environ={"PATH": path}).status == 0
    after = [each for each in sorted(tmp_path.rglob("*")) if ".aws" not in each.parts]
    assert after == before


def test_a_file_of_somebody_else_stays(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    other = tmp_path / ".local/share/bash-completion/completions/aws"
    other.parent.mkdir(parents=True)
    other.write_text("# mine\n")
    done = home.run("install", "--completion", environ={"PATH": "/usr/bin:/bin"})
    assert f"{other} is another program's, and stays." in done.err
    home.run("uninstall")
    assert other.read_text() == "# mine\n"


@pytest.mark.parametrize("options", [[], ["tcsh"], ["bash", "zsh"]])
def test_another_shell_is_a_usage_error(options: list[str], tmp_path: Path) -> None:
    assert home_at(tmp_path).run("completion", *options).status == 252


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_has_every_verb(shell: str) -> None:
    script = text_of(shell)
    assert [verb.name for verb in VERBS if verb.name not in script] == []
