"""The subject of the checks of machine, settings and network: read once, and changed by none."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext import config
from aws_saml_ext.cli.doctor.programs import Versions
from aws_saml_ext.errors import SamlLoginError, StoreError
from aws_saml_ext.files import atomic, ini
from aws_saml_ext.paths import Paths

if TYPE_CHECKING:
    from botocore.session import Session

    from aws_saml_ext.checks.findings import Problem
    from aws_saml_ext.cli.context import Invocation
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.sts.connection import StsConnection

UNREADABLE = "The config or credentials file cannot be read."


@dataclass(frozen=True, slots=True)
class Examination:
    """A profile on this machine, with everything that could be read of it."""

    profile: str
    environ: Mapping[str, str]
    home: Path
    config_file: Path
    credentials_file: Path
    broken: Mapping[Path, StoreError]
    """The files that botocore cannot read."""
    session: Session | None
    """None where a file is broken."""
    settings: Settings | None
    """The settings, with defaults for those that cannot be used; None where a file is broken."""
    unusable: Sequence[tuple[str, SamlLoginError]]
    """The settings that cannot be used, by name."""
    section: Mapping[str, str]
    """The profile in the config file."""
    keys: Mapping[str, str] = field(repr=False)
    """The profile in the credentials file."""
    idp_needed: bool
    """False where an assertion was given, which needs no settings."""
    connection: StsConnection
    versions: Versions
    """The versions of programs, which are found out in the background."""

    @property
    def paths(self) -> Paths:
        """The files and folders that no variable of AWS moves."""
        return Paths.of(self.home, self.environ)

    def of_settings(self, *names: str) -> Iterator[Problem]:
        """Yield the problems of settings whose names are, or begin with, one of these."""
        from aws_saml_ext.checks.findings import Problem

        for name, problem in self.unusable:
            if name in names:
                yield Problem(str(problem), command=problem.command, advice=problem.advice)


def examined(invocation: Invocation, *, idp_needed: bool = True) -> Examination:
    """Read what the checks look at.

    Args:
        invocation: the command line.
        idp_needed: whether a sign-in begins at the identity provider; else an assertion was given.

    Raises:
        UsageError: an option cannot be used, or no profile can have its name.
        ConfigError: no profile can have the name of the variable.
    """
    environ, profile = invocation.environ, invocation.profile
    home = Path.home()
    aws = home / ".aws"
    files = {
        name: atomic.expanded(Path(os.path.expanduser(environ.get(variable) or default)))  # noqa: PTH111
        for name, variable, default in (
            ("config", "AWS_CONFIG_FILE", str(aws / "config")),
            ("credentials", "AWS_SHARED_CREDENTIALS_FILE", str(aws / "credentials")),
        )
    }
    sections: dict[str, Mapping[str, Mapping[str, str]]] = {}
    broken: dict[Path, StoreError] = {}
    for name, path in files.items():
        try:
            sections[name] = ini.sections(path)
        except StoreError as error:  # noqa: PERF203 - two files
            broken[path] = error
    session, settings = None, None
    unusable: tuple[tuple[str, SamlLoginError], ...] = ()
    section: Mapping[str, str] = {}
    if not broken:
        session = invocation.session
        settings, found = config.examined(
            session, invocation.overrides, environ=environ, idp_needed=idp_needed
        )
        unusable = tuple(found)
        profiles = session.full_config["profiles"]
        section = {key: text for key, text in profiles[profile].items() if isinstance(text, str)}
    return Examination(
        profile=profile,
        environ=environ,
        home=home,
        config_file=files["config"],
        credentials_file=files["credentials"],
        broken=broken,
        session=session,
        settings=settings,
        unusable=unusable,
        section=section,
        keys=sections.get("credentials", {}).get(profile, {}),
        idp_needed=idp_needed,
        connection=invocation.sts_options(),
        versions=Versions(environ, settings),
    )
