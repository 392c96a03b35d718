"""`aws saml-login --all` and `--roles`: the real aws, a real browser, one sign-in for all."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from aws_saml_ext.demo import Demo
from aws_saml_ext.demo.aws import refusing
from tests.command import AWS, Done, ended
from tests.installed import InstalledCli, installed_cli

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

LATE = refusing("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance")
MANY = {"AWS_SAML_PASSWORD_COMMAND": "echo aws_many", "AWS_SAML_USERNAME": "aws_many"}


def run(cli: InstalledCli, *options: str) -> Done:
    words = ["saml-login", *options, "--endpoint-url", cli.endpoint]
    return cli.home.run(*words, command=[str(AWS)], environ=MANY)


def test_one_sign_in_makes_and_renews_profiles_that_aws_uses(demo: Demo, cli: InstalledCli) -> None:
    made = run(cli, "--roles", "Role.*", "--profile", "dev", "--profile-name", "{account}.{role}")
    assert (made.status, "20 of 20 profiles are ready" in made.err) == (0, True)
    for name in ("100000000010.Role.User", "100000000040.Role.Admin", "100000000100.Role.User"):
        caller = cli.home.run(
            *("sts", "get-caller-identity", "--profile", name, "--endpoint-url", cli.endpoint),
            command=[str(AWS)],
        )
        account, role = name.split(".", 1)
        assert f"arn:aws:sts::{account}:assumed-role/{role}/aws_many" in caller.out

    answers, calls = demo.idp.answers, len(demo.aws.calls)
    # Profile dev itself has no role, which is said.
    kept = run(cli, "--all")
    assert (kept.status, "20 of 21 profiles are ready." in kept.err) == (253, True)
    assert (demo.idp.answers, len(demo.aws.calls)) == (answers, calls)

    demo.aws.misbehave(*[LATE] * 5)
    renewed = run(cli, "--all", "--force")
    assert "20 of 21 profiles are ready; 20 were written" in renewed.err
    assert demo.idp.answers == answers + 2
    assert len(demo.aws.calls) == calls + 25
    assert cli.left_over() == []


def test_ctrl_c_at_the_second_identity_provider_keeps_what_the_first_brought(
    demo: Demo, cli: InstalledCli
) -> None:
    role = "arn:aws:iam::100000000010:role/Role.User"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        cli.home.config.write_text(
            f"[profile one]\nsaml_idp_url = {demo.idp_url}\nsaml_role_arn = {role}\n\n"
            f"[profile two]\nsaml_idp_url = {address}\nsaml_role_arn = {role}\n"
        )
        child = cli.home.start(
            *("saml-login", "--all", "--endpoint-url", cli.endpoint),
            command=[str(AWS)],
            environ=MANY,
        )
        child.expect_exact(f"Signing in at {address}")
        assert not cli.home.credentials.exists()
        child.sendintr()
        assert ended(child)[0] == 130
    assert re.findall(r"\[(.*)\]", cli.home.credentials.read_text()) == ["one"]
    assert cli.left_over() == []


def test_watch_renews_all_profiles_with_one_sign_in(short_lived: Demo, new_home: Path) -> None:
    cli = installed_cli(new_home, short_lived.idp_url, short_lived.aws_url)
    child = cli.home.start(
        *("saml-login", "--roles", "100000000010:Role.*", "--profile", "dev"),
        *("--endpoint-url", cli.endpoint, "--session-duration", "900", "--watch"),
        command=[str(AWS)],
        environ=MANY,
    )
    child.expect_exact("Ctrl-C ends this.")
    answers = short_lived.idp.answers
    first = re.findall("ASIA[A-Z0-9]+", cli.home.credentials.read_text())
    child.expect_exact("Renewed at ")
    renewed = re.findall("ASIA[A-Z0-9]+", cli.home.credentials.read_text())
    assert (len(set(first)), len(set(renewed)), set(first) & set(renewed)) == (2, 2, set())
    assert short_lived.idp.answers == answers + 1
    child.sendintr()
    assert ended(child)[0] == 130
    assert cli.left_over() == []
