"""The options that `aws` kept: read from a command line, found among processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from aws_saml_ext.config import aws_process
from aws_saml_ext.config.aws_process import MARK, AwsGlobals, Process, parse, prepare, recovered
from aws_saml_ext.errors import ConfigError

AWS = ("/usr/bin/python3", "/usr/bin/aws", "saml-login", "--profile", "dev")
US = ("/venv/bin/python", "/venv/bin/aws-saml-login")
OF_AWS = "/usr/lib/python3/dist-packages/awscli/data"


@pytest.mark.parametrize(
    ("arguments", "profile"),
    [
        ("saml-login", None),
        ("saml-login --profile dev", "dev"),
        ("--profile dev saml-login", "dev"),
        ("saml-login --profile=dev", "dev"),
        ("saml-login --prof dev", "dev"),
        ("saml-login --prof=dev", "dev"),
        ("--p dev saml-login", "dev"),
        ("--profile one saml-login --profile two", "two"),
        ("saml-login --role-arn x --profile dev", "dev"),
        ("saml-login --role-arn --profile dev", "dev"),
        ("saml-login roles --query x --profile dev", "dev"),
        ("saml-login exec -- aws s3 ls --profile other", None),
        ("saml-login --profile dev exec -- aws s3 ls --profile other", "dev"),
        ("saml-login -- --profile other", None),
        ("-- saml-login --profile other", None),
        ("saml-login --profile=", None),
        ("saml-login --profiles other", None),
        ("saml-login -profile other", None),
    ],
)
def test_the_profile_that_aws_reads(arguments: str, profile: str | None) -> None:
    assert parse(arguments.split()).profile == profile


def test_every_option_that_means_something_to_us() -> None:
    arguments = (
        "--region eu-west-1 --output text --query Roles --endpoint-url http://127.0.0.1:1 "
        "--no-verify-ssl --ca-bundle ca.pem --debug --color off --cli-read-timeout 1 "
        "--cli-connect-timeout 2 --no-cli-pager --profile dev saml-login"
    )
    assert parse(arguments.split()) == AwsGlobals(
        profile="dev",
        region="eu-west-1",
        output="text",
        query="Roles",
        endpoint_url="http://127.0.0.1:1",
        ca_bundle="ca.pem",
        color="off",
        cli_read_timeout="1",
        cli_connect_timeout="2",
        verify_ssl=False,
        debug=True,
        cli_pager=False,
    )


def test_options_without_a_meaning_here_are_ignored() -> None:
    arguments = (
        "--no-paginate --no-sign-request --cli-binary-format base64 "
        "--cli-error-format legacy --no-cli-auto-prompt saml-login"
    )
    assert parse(arguments.split()) == AwsGlobals()


@pytest.mark.parametrize(
    "arguments", ["saml-login --c s3cret", "s3cret --profile", "--profile s3cret"]
)
def test_what_aws_refuses_is_refused_in_silence(
    arguments: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigError, match="cannot be read") as refused:
        parse(arguments.split())
    assert "s3cret" not in f"{refused.value} {refused.value.hint}"
    assert refused.value.__suppress_context__
    assert capsys.readouterr() == ("", "")


def found(
    *lineage: tuple[str, ...] | Process | None,
    us: tuple[str, ...] = US,
    environ: Mapping[str, str] | None = None,
) -> AwsGlobals | None:
    """Return the options recovered below `lineage`, nearest first, with ids 1001, 1002, ..."""
    table = {
        1000 + height: process
        if isinstance(process, Process)
        else Process(1001 + height, Path(process[0]).name[:15], process)
        for height, process in enumerate((us, *lineage))
        if process is not None
    }
    return recovered(environ or {}, processes=table.get, pid=1000)


@pytest.mark.parametrize(
    "lineage",
    [
        [AWS],
        [("/bin/sh", "-c", "aws-saml-login"), AWS],
        [("time", "aws-saml-login"), ("sh", "-c", "f() { aws-saml-login; }; f"), AWS],
        [("/bin/bash", "/home/jane/bin/wrapper", "x"), ("/bin/sh", "-c", "wrapper x"), AWS],
        [AWS, ("python3", "/usr/bin/aws", "saml-login", "--profile", "other")],
        [AWS, ("sh", "-c", "aws saml-login"), ("sh", "/home/jane/bin/aws"), ("-bash",)],
        [("aws", *AWS[2:])],
        [("/usr/local/bin/aws", *AWS[2:])],
        [("python3", "-I", "-W", "ignore", "/usr/bin/aws", *AWS[2:])],
        [("python3", "-Im", "awscli", *AWS[2:])],
        [("Python", "/opt/homebrew/bin/aws", *AWS[2:])],
        [("/nix/store/x/bin/python3.11", "/nix/store/y/bin/.aws-wrapped", *AWS[2:])],
        [("cmd.exe", "/c", "x"), (r"C:\Program Files\Amazon\AWSCLIV2\AWS.EXE", *AWS[2:])],
        [("aws", "login-of-mine", "--profile", "dev")],
    ],
)
def test_the_first_aws_above_us_is_found(lineage: Iterable[tuple[str, ...]]) -> None:
    assert found(*lineage) == AwsGlobals(profile="dev")


@pytest.mark.parametrize(
    "lineage",
    [
        [],
        [("-bash",), ("sshd",)],
        [("sh", "-c", "/usr/bin/aws"), ("-bash",)],
        [("vim", "aws"), ("-bash",)],
        [("python3", "-m", "http.server", "aws")],
        [("python3", "-c", "pass", "aws")],
        [("/usr/local/bin/aws_completer",), ("-bash",)],
    ],
)
def test_what_is_no_aws_is_passed_over(lineage: Iterable[tuple[str, ...]]) -> None:
    assert found(*lineage) is None


@pytest.mark.parametrize(
    "ours",
    [
        (*US, "exec", "--", "bash"),
        ("/venv/bin/python", "-m", "aws_saml_ext", "exec", "--", "bash"),
        (r"C:\Scripts\aws-saml-login.exe", "exec", "--", "bash"),
    ],
)
def test_a_shell_that_we_started_is_not_below_aws(ours: tuple[str, ...]) -> None:
    assert found(("bash",), ours, AWS) is None


def test_the_aws_above_the_command_of_our_exec_is_not_its_own() -> None:
    """`exec` below `aws` was replaced by `bash`, process 1001."""
    environ = {"AWS_SAML_EXEC_PID": "1001"}
    assert found(("bash",), ("sh", "-c", "f"), AWS, environ=environ) is None


def test_what_our_exec_was_replaced_by_has_no_aws_above_it() -> None:
    assert found(("sh", "-c", "f"), AWS, environ={"AWS_SAML_EXEC_PID": "1000"}) is None


def test_an_aws_that_our_exec_was_replaced_by_is_found() -> None:
    outer = ("aws", "saml-login", "exec", "--", *AWS)
    environ = {"AWS_SAML_EXEC_PID": "1002"}
    assert found(("sh", "-c", "f"), AWS, outer, environ=environ) == AwsGlobals(profile="dev")


def test_a_trace_of_aws_inside_our_exec_still_needs_an_aws() -> None:
    environ = {"AWS_SAML_EXEC_PID": "1001", MARK: "7"}
    with pytest.raises(ConfigError):
        found(("bash",), AWS, environ=environ)


def test_a_launcher_of_ours_is_no_other_run() -> None:
    us = (*US, "roles")
    launcher = (r"C:\Scripts\aws-saml-login.exe", "roles")
    assert found(us, launcher, ("cmd.exe",), AWS, us=us) == AwsGlobals(profile="dev")


def test_a_persons_script_of_our_name_is_passed_over() -> None:
    wrapper = ("/bin/sh", "/home/jane/bin/aws-saml-login")
    assert found(wrapper, AWS, us=(*US, "--idp-nickname", "x")) == AwsGlobals(profile="dev")


def test_a_mark_that_leads_to_aws_is_believed() -> None:
    assert found(("sh",), AWS, environ={MARK: "1002"}) == AwsGlobals(profile="dev")


@pytest.mark.parametrize(
    ("mark", "lineage"),
    [
        ("9999", [("sh",), AWS]),
        ("1001", [("sh",), AWS]),
        ("1003", [("sh",), AWS, AWS]),
        ("1002", [("sh",)]),
        ("1003", [("sh",), None, AWS]),
        ("1003", [(*US, "exec", "--", "sh"), ("sh",)]),
        ("nonsense", [("sh",), AWS]),
        ("1001", [Process(1002, "aws", None)]),
    ],
)
def test_a_mark_that_does_not_lead_to_a_readable_aws_stops_us(
    mark: str, lineage: Iterable[tuple[str, ...] | Process | None]
) -> None:
    with pytest.raises(ConfigError) as stopped:
        found(*lineage, environ={MARK: mark, "AWS_PROFILE": "guessed"})
    assert stopped.value.exit_status == 253
    assert "aws saml-login -- --profile NAME" in (stopped.value.hint or "")
    assert "aws saml-login -- --profile NAME" in (stopped.value.hint or "")


def test_an_empty_mark_is_none() -> None:
    assert found(("sh",), environ={MARK: ""}) is None


def test_an_aws_that_hides_its_arguments_stops_us_without_a_mark_too() -> None:
    with pytest.raises(ConfigError):
        found(("sh",), Process(1003, "aws", None), ("-bash",))


def test_an_aws_run_in_an_unknown_manner_stops_us() -> None:
    with pytest.raises(ConfigError):
        found(Process(1002, "aws", ("/run/rosetta/rosetta", "/usr/local/bin/aws", "saml-login")))


@pytest.mark.parametrize("hidden", [Process(1002, "python3", None), None])
def test_hidden_ancestors_do_not_hinder_a_plain_sign_in(hidden: Process | None) -> None:
    assert found(hidden) is None


@pytest.mark.parametrize("hidden", [Process(1002, "python3", None), None])
def test_hidden_ancestors_stop_us_where_aws_left_its_trace(hidden: Process | None) -> None:
    with pytest.raises(ConfigError):
        found(hidden, environ={"AWS_DATA_PATH": OF_AWS})


def test_a_data_path_of_the_persons_own_is_no_trace_of_aws() -> None:
    assert found(None, environ={"AWS_DATA_PATH": "/home/jane/models"}) is None


def test_an_aws_behind_an_unreadable_ancestor_is_found() -> None:
    assert found(Process(1002, "sudo", None), AWS) == AwsGlobals(profile="dev")


def test_ancestors_that_go_in_circles_come_to_an_end() -> None:
    circle = {1: Process(2, "a", ("a",)), 2: Process(1, "b", ("b",))}
    assert recovered({}, processes=circle.get, pid=1) is None


@pytest.mark.parametrize(
    ("environ", "aws"),
    [
        ({}, ("aws", "--cli-auto-prompt", "saml-login")),
        ({"AWS_CLI_AUTO_PROMPT": "On"}, ("aws",)),
    ],
)
def test_arguments_typed_at_the_prompt_of_aws_cannot_be_known(
    environ: dict[str, str], aws: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigError, match="prompt") as stopped:
        found(aws, environ=environ)
    assert "--no-cli-auto-prompt" in (stopped.value.hint or "")


@pytest.mark.parametrize("word", ["--no-cli-auto-prompt", "help"])
def test_aws_does_not_prompt_when_told_not_to(word: str) -> None:
    environ = {"AWS_CLI_AUTO_PROMPT": "on"}
    assert found(("aws", "saml-login", word), environ=environ) == AwsGlobals()


def test_no_repr_shows_a_command_line() -> None:
    assert "dev" not in repr(Process(1, "aws", AWS))


tables = [aws_process._by_psutil]
if sys.platform == "linux":
    tables.append(aws_process._in_proc)


@pytest.mark.parametrize("table", tables)
def test_the_process_tables_know_this_process(table: aws_process.ProcessTable) -> None:
    this = table(os.getpid())
    assert this is not None
    assert this.parent == os.getppid()
    assert this.name
    assert this.arguments == tuple(sys.orig_argv)


@pytest.mark.parametrize("table", tables)
@pytest.mark.parametrize("arguments", [["", "a b", "(x) 1 2 ", "ä", ""], []])
def test_the_process_tables_know_arguments_of_any_kind(
    table: aws_process.ProcessTable, arguments: list[str]
) -> None:
    code = "import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as started:
        assert started.stdout is not None
        started.stdout.readline()  # before, it may still be on its way from fork to exec
        seen = table(started.pid)
    assert seen is not None
    assert seen.parent == os.getpid()
    assert (seen.arguments or ())[3:] == tuple(arguments)


@pytest.mark.parametrize("table", tables)
def test_the_process_tables_know_nothing_of_a_process_that_is_gone(
    table: aws_process.ProcessTable,
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert table(gone.pid) is None


@pytest.fixture
def frozen(tmp_path: Path) -> str:
    """The folder of a frozen `aws`, as the official Linux bundle lays it out."""
    (tmp_path / "dist/awscli/data").mkdir(parents=True)
    return str(tmp_path / "dist")


def test_the_library_path_that_a_frozen_aws_set_is_taken_back(frozen: str) -> None:
    environ = {"LD_LIBRARY_PATH": f"{frozen}:/opt/lib", "LD_LIBRARY_PATH_ORIG": "/opt/lib"}
    prepare(environ)
    assert environ == {"LD_LIBRARY_PATH": "/opt/lib"}


def test_the_library_path_goes_where_the_person_had_none(frozen: str) -> None:
    environ = {"LD_LIBRARY_PATH": frozen}
    prepare(environ)
    assert environ == {}


@pytest.mark.parametrize("original", [{}, {"LD_LIBRARY_PATH_ORIG": "/other"}])
def test_a_library_path_of_the_persons_own_stays(original: dict[str, str]) -> None:
    environ = {"LD_LIBRARY_PATH": "/opt/lib", **original}
    prepare(environ)
    assert environ == {"LD_LIBRARY_PATH": "/opt/lib", **original}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OF_AWS, None),
        (f"/home/jane/models:{OF_AWS}", "/home/jane/models"),
        ("/home/jane/models", "/home/jane/models"),
        ("", None),
    ],
)
def test_only_the_data_path_of_aws_is_dropped(before: str, after: str | None) -> None:
    environ = {"AWS_DATA_PATH": before}
    prepare(environ)
    assert environ.get("AWS_DATA_PATH") == after


def test_an_empty_variable_of_aws_counts_as_unset() -> None:
    environ = {"AWS_CONFIG_FILE": "", "AWS_REGION": "eu-west-1", "AWS_SAML_IDP": "", "OTHER": ""}
    prepare(environ)
    assert environ == {"AWS_REGION": "eu-west-1", "OTHER": ""}


def test_an_empty_pager_still_means_none_to_programs_that_we_start() -> None:
    assert aws_process.without_mark({"AWS_PAGER": ""}) == {"AWS_PAGER": ""}


def test_a_command_of_the_persons_keeps_empty_variables() -> None:
    environ = {MARK: "1", "AWS_DATA_PATH": OF_AWS, "AWS_REGION": "", "X": ""}
    assert aws_process.as_before_aws(environ) == {"AWS_REGION": "", "X": ""}


def test_programs_that_we_start_do_not_get_the_mark() -> None:
    environ = {MARK: "1", "AWS_DATA_PATH": OF_AWS, "HOME": "/home/jane"}
    assert aws_process.without_mark(environ) == {"HOME": "/home/jane"}
    assert environ[MARK] == "1"
