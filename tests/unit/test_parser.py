"""The command line: verbs, options wherever they stand, and what cannot be used."""

from __future__ import annotations

import re
from dataclasses import fields
from importlib import import_module

import pytest

from aws_saml_ext.cli.options import Options
from aws_saml_ext.cli.parser import parse, parser_of
from aws_saml_ext.cli.verb_table import VERBS, Verb
from aws_saml_ext.errors import UsageError


@pytest.mark.parametrize(
    ("argv", "verb", "options"),
    [
        ([], "", {}),
        (["roles"], "roles", {}),
        (["--profile", "x", "roles"], "roles", {"profile": "x"}),
        (["roles", "--profile", "x"], "roles", {"profile": "x"}),
        (["--profile=x", "roles"], "roles", {"profile": "x"}),
        (["--", "--profile", "x"], "", {"profile": "x"}),
        (["--assertion", "F", "--", "--profile", "x"], "", {"assertion": "F", "profile": "x"}),
        (["roles", "--", "--profile", "x"], "roles", {"profile": "x"}),
        (["--profile", "roles"], "", {"profile": "roles"}),
        (["--role-arn", "status", "--check"], "", {"saml_role_arn": "status", "check": True}),
        (["--use-browser"], "", {"saml_use_browser": "window"}),
        (["--no-keep-session"], "", {"saml_keep_session": "false"}),
        (["--no-verify-ssl"], "", {"verify_ssl": False}),
        (["--assertion", "-"], "", {"assertion": "-"}),
        (["demo", "--idp-port", "8080"], "demo", {"idp_port": 8080}),
    ],
)
def test_options_may_stand_before_and_after_the_verb(
    argv: list[str], verb: str, options: dict[str, object]
) -> None:
    found, given = parse(argv)
    assert (found.name, given) == (verb, options)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--bogus"], "Unknown option: --bogus."),
        (["rolls"], "There is no verb 'rolls'"),
        (["roles", "more"], "Unrecognized arguments: more."),
        (["status", "--force"], "Unrecognized arguments: --force."),
        (["--prof", "x"], "Unknown option: --prof."),
        (["--role-arn"], "--role-arn needs a value."),
        (["--use-stored=yes"], "--use-stored takes no value."),
        (["--log-level", "loud"], "--log-level must be one of debug, info"),
        (["--color", "red"], "--color must be one of on, off, auto, not 'red'."),
        (["demo", "--idp-port", "http"], "--idp-port must be a port from 0 to 65535, not 'http'."),
        (["demo", "--aws-port", "65536"], "must be a port from 0 to 65535, not '65536'."),
        (["demo", "--aws-port", "9" * 5000], "must be a port"),
    ],
)
def test_what_cannot_be_used_is_told_with_the_help_to_read(argv: list[str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(argv)
    assert said in str(caught.value)
    assert caught.value.hint is not None
    assert caught.value.hint.endswith("help")


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["rols"], "roles"),
        (["confgure"], "configure"),
        (["hlep"], "help"),
        (["--role", "x"], "--role-arn"),
        (["--usrname", "x"], "--username"),
        (["--profil", "x"], "--profile"),
        (["status", "--forse"], "--force"),
        (["logout", "--forget-idp"], "--forget-idp-session"),
    ],
)
def test_a_misspelt_word_is_told_with_the_nearest_right_one(argv: list[str], name: str) -> None:
    with pytest.raises(UsageError, match=rf"Did you mean {name}\?"):
        parse(argv)


def test_a_word_that_is_like_none_is_told_without_one() -> None:
    with pytest.raises(UsageError) as caught:
        parse(["xyzzy"])
    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize("argv", [["version"], ["--version"], ["status", "--version"]])
def test_the_version_names_the_program_python_the_system_and_libraries(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(argv)
    assert ended.value.code == 0
    line = capsys.readouterr().out
    assert re.fullmatch(r"aws-saml-ext/\S+ Python/\S+ \w+/\S+ botocore/\S+ .*\n", line)


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["--role-arn", "Dev\udcff"], "--role-arn"),
        (["--role-arn=Dev\udcff"], "--role-arn"),
        (["--profile", "x", "status\udcff"], "An argument"),
        (["--bogus\udcff=x"], r"--bogus\S"),
    ],
)
def test_bytes_that_are_no_text_are_refused_by_the_options_name(argv: list[str], name: str) -> None:
    with pytest.raises(UsageError, match=f"^{name} is not usable: it is not text in UTF-8"):
        parse(argv)


@pytest.mark.parametrize(
    ("argv", "title"),
    [
        (["help"], "usage: aws saml-login [VERB] [OPTIONS]"),
        (["--help"], "usage: aws saml-login [VERB] [OPTIONS]"),
        (["roles", "help"], "usage: aws saml-login roles [OPTIONS]"),
        (["help", "roles"], "usage: aws saml-login roles [OPTIONS]"),
        (["roles", "-h"], "usage: aws saml-login roles [OPTIONS]"),
        (["--profile", "x", "help"], "usage: aws saml-login [VERB] [OPTIONS]"),
    ],
)
def test_help_is_of_the_verb(
    argv: list[str], title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(argv)
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(title)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_the_options_of_a_verb_are_the_fields_of_its_class(verb: Verb) -> None:
    module = import_module(f"aws_saml_ext.cli.verbs.{verb.module}")
    of_the_verb = {field.name for field in fields(getattr(module, verb.options_class))}
    of_every_verb = {field.name for field in fields(Options)}
    operand = {verb.operand} - {""}
    assert of_the_verb - of_every_verb == set(verb.options) | operand
    parsed = {action.dest for action in parser_of(verb)._actions} - {"help", "version"}
    own = set(verb.settings) | set(verb.options) | operand
    assert parsed - own == of_every_verb - {"settings"}


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        (["exec", "--", "ls"], ("ls",)),
        (["--profile", "x", "exec", "--", "ls", "--output", "json"], ("ls", "--output", "json")),
        (["exec", "--profile", "x", "--", "ls", "--", "-l"], ("ls", "--", "-l")),
        (["exec", "--", "help"], ("help",)),
        (["exec", "--", "-x"], ("-x",)),
        (["--", "exec", "--", "ls"], ("ls",)),
        (["--profile", "x", "--", "exec", "--", "ls"], ("ls",)),
        (["exec", "--", "\udcff"], ("\udcff",)),
    ],
)
def test_what_stands_behind_the_dashes_of_exec_is_its_command(
    argv: list[str], command: tuple[str, ...]
) -> None:
    verb, given = parse(argv)
    assert (verb.name, given["command"]) == ("exec", command)


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["exec"], "aws saml-login exec -- COMMAND"),
        (["exec", "--"], "aws saml-login exec -- COMMAND"),
        (["exec", "terraform", "plan"], "aws saml-login exec -- terraform plan"),
        (["exec", "x", "--", "ls"], "aws saml-login exec -- ls"),
    ],
)
def test_exec_needs_its_dashes_and_a_command(argv: list[str], hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(argv)
    assert refused.value.command == hint


def test_the_dashes_of_other_verbs_are_dropped() -> None:
    assert parse(["roles", "--", "--profile", "exec"])[1] == {"profile": "exec"}


def test_settings_that_were_given_are_told_from_other_options() -> None:
    options = Options.of({"profile": "dev", "saml_timeout": "7"})
    assert options == Options(profile="dev", settings={"saml_timeout": "7"})


def test_no_option_of_ours_is_or_begins_one_that_aws_keeps() -> None:
    kept = set(
        """--debug --endpoint-url --no-verify-ssl --no-paginate --output --query --profile --region
        --version --color --no-sign-request --ca-bundle --cli-read-timeout --cli-connect-timeout
        --cli-binary-format --no-cli-pager --cli-auto-prompt --no-cli-auto-prompt
        --cli-error-format""".split()
    )
    ours = {
        flag
        for verb in VERBS
        for action in parser_of(verb)._actions
        for flag in action.option_strings
        if flag.startswith("--")
    }
    assert {own for own in ours - kept for theirs in kept if theirs.startswith(own)} == set()


@pytest.mark.parametrize("argv", [["help", "help"], ["help", "version"], ["help"]])
def test_the_help_of_a_word_that_is_no_verb_is_that_of_the_program(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(argv)
    assert not caught.value.code
    assert "[VERB] [OPTIONS]" in capsys.readouterr().out


def test_a_misspelt_verb_leads_to_the_help_of_the_right_one() -> None:
    with pytest.raises(UsageError) as caught:
        parse(["rols"])
    assert str(caught.value) == "There is no verb 'rols'. Did you mean roles?"
    assert caught.value.command is not None
    assert caught.value.command.endswith(" roles help")
