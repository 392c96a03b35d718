"""A sign-in that asks for one of many roles: an assertion in a file, and an STS on loopback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_saml_ext.assertion import Role
from tests.command import Home
from tests.integration.sts_server import StsServer
from tests.saml import saml_response
from tests.screens import Screen

NAMES = ("Admin", "User", "Reader")


def many_roles(count: int) -> list[Role]:
    """Return so many roles, each in an account of its own."""
    return [
        role(f"Role.{NAMES[number % len(NAMES)]}{number}", f"{100_000_000_000 + number}")
        for number in range(count)
    ]


def role(name: str, account: str = "111111111111") -> Role:
    """Return a role of an account, by its provider Corp."""
    provider = f"arn:aws:iam::{account}:saml-provider/Corp"
    return Role(f"arn:aws:iam::{account}:role/{name}", provider)


class Choice:
    """A sign-in at the choice of a role."""

    def __init__(self, home: Home, sts: StsServer, roles: Sequence[Role]) -> None:
        """Write the assertion that offers these roles."""
        self.home = home
        self._sts = sts
        self._file = home.path / "assertion"
        self._file.write_text(saml_response(*roles))
        sts.requests.clear()

    @property
    def arguments(self) -> list[str]:
        """The options of the command."""
        at_sts = ["--endpoint-url", self._sts.url, "--region", "eu-west-1"]
        return ["--profile", "dev", "--assertion", str(self._file), *at_sts]

    @property
    def roles_asked(self) -> list[str]:
        """The ARNs of the roles that STS was asked for."""
        return [request["RoleArn"] for request in self._sts.requests]

    def at_terminal(
        self, *more: str, environ: Mapping[str, str] | None = None, rows: int = 24
    ) -> Screen:
        """Start the sign-in at a terminal."""
        return Screen(self.home, *self.arguments, *more, environ=environ, rows=rows)

    def at_menu(self, *more: str, rows: int = 24) -> Screen:
        """Start the sign-in, and wait until the menu is drawn."""
        screen = self.at_terminal(*more, rows=rows)
        assert screen.shows("Esc stops"), screen.lines
        return screen
