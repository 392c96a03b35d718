"""`env`: the lines of the real `aws configure export-credentials`, in real shells."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from aws_saml_ext.demo import Demo, running
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN
from aws_saml_ext.store import launcher
from tests.command import AWS, SCRIPT, Done, Home, home_at
from tests.profiles_at_demo import configure, signed_in

pytestmark = pytest.mark.skipif(
    not AWS.exists() or sys.platform != "linux",
    reason=f"{AWS} is missing (Debian: apt-get install awscli)",
)

FORMATS_OF_AWS = ["env", "env-no-export", "powershell", "windows-cmd"]
"""Those of Debian's `aws`; `fish` came with 2.33."""
NAMES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
)
SHOW = f"import os; print([os.environ.get(name) for name in {NAMES!r}])"


@dataclass(frozen=True)
class Signed:
    """A home with a profile that is signed in to, and a process profile of the same cache."""

    home: Home
    demo: Demo

    def env(self, *options: str, **environ: str) -> Done:
        return self.home.run("env", "--profile", "dev", *options, environ=environ)

    def values(self) -> list[str]:
        """The values of the four variables."""
        lines = self.env("--format", "env-no-export").out.splitlines()
        return [line.partition("=")[2] for line in lines]


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    home = home_at(tmp_path_factory.mktemp("env") / "home")
    with running() as demo:
        folder = home.aws / "saml"
        process = launcher.process_of("dev", saml_folder=folder, script=SCRIPT)
        home.aws.mkdir()
        home.config.write_text(f"[profile aws]\ncredential_process = {process}\n")
        signed_in(home, demo)
        launcher.write(saml_folder=folder, script=SCRIPT)
        yield Signed(home, demo)


@pytest.mark.parametrize("format_", FORMATS_OF_AWS)
def test_the_lines_are_those_of_aws(signed: Signed, format_: str) -> None:
    words = (str(AWS), "configure", "export-credentials", "--profile", "aws", "--format", format_)
    of_aws = signed.home.run(*words, command=())
    assert of_aws.status == 0, of_aws.err
    assert signed.env("--format", format_) == Done(0, of_aws.out, "")


@pytest.mark.parametrize("format_", ["process", "json"])
def test_the_json_is_that_of_credential_process_with_the_role(signed: Signed, format_: str) -> None:
    printed = json.loads(signed.env("--format", format_).out)
    answer = json.loads(signed.home.run("credential-process", "--profile", "dev").out)
    assert printed == {
        **answer,
        "RoleArn": "arn:aws:iam::000000000000:role/Role.User",
        "AssumedRoleArn": "arn:aws:sts::000000000000:assumed-role/Role.User/aws_admin",
    }


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("bash", 'eval "$({script} env --profile dev)"; exec {show}'),
        ("dash", 'eval "$({script} env --profile dev)"; exec {show}'),
        ("zsh", 'eval "$({script} env --profile dev)"; exec {show}'),
        ("bash", 'set -a; eval "$({script} env --profile dev --format env-no-export)"; {show}'),
        ("fish", "{script} env --profile dev --format fish | source; {show}"),
        (
            "pwsh",
            "& {script} env --profile dev --format powershell | iex; & {show}",
        ),
    ],
)
def test_a_real_shell_reads_the_lines(signed: Signed, shell: str, line: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is missing (Debian, but for pwsh: apt-get install {shell})")
    show = f'{sys.executable} -c "{SHOW}"'
    done = signed.home.run(*(shell, "-c", line.format(script=SCRIPT, show=show)), command=())
    assert (done.out, done.err) == (f"{signed.values()}\n", "")


def test_the_credentials_in_a_shell_are_those_of_the_role(signed: Signed) -> None:
    line = (
        f'eval "$({SCRIPT} env --profile dev)"; '
        f"{AWS} sts get-caller-identity --endpoint-url {signed.demo.aws_url} --region us-east-1"
    )
    done = signed.home.run("sh", "-c", line, command=())
    assert json.loads(done.out)["Arn"].endswith(":assumed-role/Role.User/aws_admin")


def test_a_profile_that_stays_set_is_told_on_standard_error(signed: Signed) -> None:
    done = signed.env(AWS_PROFILE="other")
    assert done.out.startswith("export AWS_ACCESS_KEY_ID=")
    assert done.err.startswith("AWS_PROFILE=other stays set")


def test_options_about_data_have_no_effect(signed: Signed) -> None:
    assert signed.env("--output", "table", "--query", "Roles") == signed.env()


def test_an_unknown_format_is_refused(signed: Signed) -> None:
    done = signed.env("--format", "xml")
    assert (done.status, done.out) == (252, "")
    assert "env, env-no-export" in done.err


def test_nothing_is_printed_where_nobody_can_sign_in(signed: Signed) -> None:
    configure(signed.home, signed.demo, "new", role=ROLE_ADMIN)
    done = signed.home.run("env", "--profile", "new", "--sign-in", "silent")
    assert (done.status, done.out) == (253, "")


def test_below_aws_the_option_profile_counts(signed: Signed) -> None:
    assert signed.home.run("install").status == 0
    words = (str(AWS), "saml-login", "env", "--profile", "dev")
    assert signed.home.run(*words, command=()).out == signed.env().out
