"""A password remembered in a real keyring: the next sign-in asks for the second factor only."""

from __future__ import annotations

import pytest

from aws_saml_ext.demo import Demo
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN
from tests import secret_service
from tests.command import ended, typed
from tests.demo_servers import code_of
from tests.installed import InstalledCli

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

OFFER = "Remember the password of aws_mfa in the keyring, for --use-stored? [y/N] "


def test_only_the_second_factor_is_asked_the_next_time(cli: InstalledCli, demo: Demo) -> None:
    pytest.importorskip("keyring", reason="the package keyring is not installed")
    options = ["--profile", "dev", "--endpoint-url", demo.aws_url]
    keyring_home = cli.home.path / "keyring"
    keyring_home.mkdir(mode=0o700)
    with secret_service.running(keyring_home, password="of the keyring") as bus:
        names = ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")
        environ = {name: bus[name] for name in names}
        command = ["aws-saml-login"]
        child = typed(
            cli.home.start(*options, command=command, environ=environ),
            ("Username: ", "aws_mfa"),
            ("Password: ", "aws_mfa"),
            ("One-time code: ", code_of("aws_mfa")),
            ("Role (number or part of the name): ", "1"),
            (OFFER, "y"),
        )
        status, said = ended(child)
        assert (status, "To skip all questions next time:" in said) == (0, True)
        assert "--use-stored" in said
        assert "saml_username = aws_mfa\n" in cli.home.config.read_text()
        kept = ("--role-arn", ROLE_ADMIN, *options)  # by name, but known still
        assert "are valid for" in cli.home.run(*kept, command=command).err
        silently = ("--sign-in", "silent", "--force", *kept)
        assert cli.home.run(*silently, command=command).status == 0

        demo.idp.end_sessions()
        again = ["--use-stored", "--force", *options]
        child = cli.home.start(*again, command=command, environ=environ)
        typed(child, ("One-time code: ", code_of("aws_mfa")))
        status, said = ended(child)
        assert (status, "Password" in said) == (0, False)
        assert f"x_saml_role_arn = {ROLE_ADMIN}\n" in cli.home.credentials.read_text()

        forgetting = ["logout", "--forget-password", "--profile", "dev"]
        done = cli.home.run(*forgetting, command=command, environ=environ)
        assert (done.status, "from the keyring" in done.err) == (0, True)
        demo.idp.end_sessions()
        done = cli.home.run("--use-stored", *options, command=command, environ=environ)
        assert done.status == 253
        assert "saml_password_command" in done.err
