"""`aws-saml-login demo`, in a process of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aws_saml_ext.demo import Demo, install_extra, run
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN
from aws_saml_ext.errors import ConfigError
from tests.command import COMMAND, DOOR
from tests.demo_servers import Visitor, client

WITHOUT_MOTO = """
import sys
sys.modules["moto"] = None
from aws_saml_ext import demo
from aws_saml_ext.errors import ConfigError
try:
    demo.run(print)
except ConfigError as error:
    print(error)
    print(error.hint)
"""
REPOSITORY = Path(__file__).parents[2]
PROVIDER = "arn:aws:iam::000000000000:saml-provider/SamlExampleProvider"


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The process, and what it said before it began to wait."""
    with subprocess.Popen(
        [*COMMAND, "demo", *options],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            said = []
            for line in process.stderr:
                said.append(line.rstrip("\n"))
                if line.startswith("Ctrl-C"):
                    break
            yield process, said
        finally:
            process.kill()


def test_the_commands_that_it_prints_lead_to_both_servers() -> None:
    with started() as (_, said):
        sign_in, several = [line for line in said if "--idp-url" in line]
        options = r" --profile demo --idp-url (\S+) --endpoint-url (\S+)"
        found = re.fullmatch(f"  {re.escape(DOOR)}{options}", sign_in)
        assert found is not None
        idp_url, aws_url = found.groups()
        for_many = "--roles all --profile many --username aws_many"
        assert several == sign_in.replace("--profile demo", for_many)
        response = Visitor().sign_in(idp_url, "aws_admin").fields["SAMLResponse"]
        answer = client("sts", aws_url).assume_role_with_saml(
            RoleArn=ROLE_ADMIN, PrincipalArn=PROVIDER, SAMLAssertion=response
        )
    assert answer["AssumedRoleUser"]["Arn"].endswith("Role.Admin/aws_admin")
    assert f"  aws s3 ls --profile demo --endpoint-url {aws_url}" in said


def test_it_names_the_users() -> None:
    with started() as (_, said):
        pass
    assert [line.split()[0] for line in said if line.startswith("  aws_")][:4] == [
        "aws_user",
        "aws_admin",
        "aws_many",
        "aws_void",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("number", "status", "said"),
    [(signal.SIGINT, 130, "\nStopped.\n"), (signal.SIGTERM, 143, "")],
)
def test_a_signal_ends_it_without_a_traceback(
    number: signal.Signals, status: int, said: str
) -> None:
    with started() as (process, _):
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (status, said)


def test_quiet_or_not_it_says_where_both_are() -> None:
    with started("--quiet") as (_, said):
        pass
    assert [line.partition(": ")[0] for line in said[:2]] == ["Identity provider", "AWS"]


def test_a_port_in_use_stops_it_before_it_says_anything(demo: Demo) -> None:
    port = int(demo.aws.url.rpartition(":")[2])
    told: list[str] = []
    with pytest.raises(ConfigError, match=f"Port {port} is in use by another program"):
        run(told.append, port_aws=port)
    assert told == []


def test_without_the_extra_it_says_how_to_install_it() -> None:
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT_MOTO], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert told == [
        "The demo needs packages that are not installed (moto).",
        f"{sys.executable} -m pip install 'moto[iam,sts,s3,server]' signxml",
    ]


def test_in_an_environment_of_the_install_script_that_script_installs_the_extra() -> None:
    command = install_extra("/home/jane/.local/share/aws-saml-ext/environment.x1Y2z3")
    assert command == "sh alias/install.sh --with 'demo,keyring'"


AWS_CLI = shutil.which("aws", path=f"/usr/bin{os.pathsep}/usr/local/bin")


@pytest.mark.skipif(AWS_CLI is None, reason="no aws of version 2 (apt-get install awscli)")
def test_the_real_aws_lists_the_bucket_with_the_keys(demo: Demo, aws_home: Path) -> None:
    assert AWS_CLI is not None
    response = Visitor().sign_in(demo.idp_url, "aws_admin").fields["SAMLResponse"]
    keys = client("sts", demo.aws_url).assume_role_with_saml(
        RoleArn=ROLE_ADMIN, PrincipalArn=PROVIDER, SAMLAssertion=response
    )["Credentials"]
    (aws_home / "credentials").write_text(
        f"[demo]\naws_access_key_id = {keys['AccessKeyId']}\n"
        f"aws_secret_access_key = {keys['SecretAccessKey']}\n"
        f"aws_session_token = {keys['SessionToken']}\n"
    )
    common = ["--profile", "demo", "--endpoint-url", demo.aws_url]
    shown = [
        subprocess.run(
            [AWS_CLI, *verb.split(), *common], capture_output=True, text=True, check=True
        ).stdout
        for verb in ("sts get-caller-identity --region us-east-1", "s3 ls")
    ]
    arn = "arn:aws:sts::000000000000:assumed-role/Role.Admin/aws_admin"
    identity, buckets = shown
    assert arn in identity
    assert "example-bucket" in buckets


ENVIRONMENT = """
import json, runpy
from pathlib import Path
print(json.dumps(runpy.run_path("scripts/demo.py")["environment"](Path("/a/new/home"))))
"""


@pytest.mark.skipif(AWS_CLI is None, reason="no aws of version 2 (apt-get install awscli)")
def test_make_demo_keeps_the_way_to_pips_index_and_leads_no_proxy_to_loopback(
    tmp_path: Path,
) -> None:
    settings = tmp_path / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True)
    settings.touch()
    ours = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY)}
    ours |= {"HTTPS_PROXY": "http://proxy.test", "NO_PROXY": "example.com"}
    done = subprocess.run(
        [sys.executable, "-c", ENVIRONMENT],
        capture_output=True,
        text=True,
        check=True,
        env=ours,
        cwd=REPOSITORY,
    )
    theirs = json.loads(done.stdout)
    assert theirs["HTTPS_PROXY"] == "http://proxy.test"
    assert theirs["NO_PROXY"] == theirs["no_proxy"] == "example.com,localhost,127.0.0.1"
    assert theirs["PIP_CONFIG_FILE"] == str(settings)
