"""The places where a setting may stand, and the settings that they add up to.

The order is: overrides (options, recalled values, answered questions), environment, profile, the
profile's `[saml-idp NAME]` section, default. An empty value counts as unset.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from aws_saml_ext import fast_path, hints, session_policies
from aws_saml_ext.config import values
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.config.setting_reader import Reader
from aws_saml_ext.config.settings import Browser, Picker, Renewal, Settings, StoreKind
from aws_saml_ext.config.table import IDP_SECTION, SETTINGS, Setting
from aws_saml_ext.errors import ConfigError, SamlLoginError
from aws_saml_ext.paths import Paths
from aws_saml_ext.session_policies import SessionPolicies
from aws_saml_ext.text import closest, did_you_mean, quoted

if TYPE_CHECKING:
    from botocore.session import Session

T = TypeVar("T")

_BY_NAME = {setting.name: setting for setting in SETTINGS}
_IDP, _IDP_URL = _BY_NAME["saml_idp"], _BY_NAME["saml_idp_url"]
_OF_THE_NAMED_IDP = ("saml_idp_url", "saml_username")


@dataclass(frozen=True, slots=True)
class Written:
    """A value, and its name as the user wrote it: `--timeout`, `saml_timeout of profile dev`."""

    name: str
    value: str


class Sources:
    """The places that one reading of the settings looks at; each file is read when needed."""

    def __init__(
        self,
        session: Session,
        overrides: Mapping[str, str | None] | None,
        environ: Mapping[str, str],
    ) -> None:
        """Take the places: the session's files, the overrides, the environment."""
        self._session = session
        self._overrides = overrides or {}
        self._environ = environ

    def first(self, setting: Setting) -> Written | None:
        """Return the value that counts, or None where the setting has none.

        Raises:
            ConfigError: the value that counts is nested.
        """
        return next(self.places(setting), None)

    def places(self, setting: Setting) -> Iterator[Written]:
        """Yield every place that has a value, the nearest first.

        An IdP section named by option or environment is for this run only: its address and
        username precede those of the profile, and the profile's address is not used.
        """
        in_section = self._in_section(setting)
        if (value := self._overrides.get(setting.name)) is not None:
            yield Written(setting.flag or setting.name, value)
        if setting.env is not None:
            if value := self._environ.get(setting.env):
                yield Written(setting.env, value)
            if setting.name in _OF_THE_NAMED_IDP and self._names_an_idp:
                yield from _written(in_section, self._section.get(setting.name))
            if setting is not _IDP_URL or not self._names_an_idp:
                yield from _written(
                    f"{setting.name} of profile {self._profile}", self._own(setting)
                )
            if setting is not _IDP:
                yield from _written(in_section, self._section.get(setting.name))
        if setting.default is not None:
            yield Written(f"the default of {setting.name}", setting.default)

    def address_of_command(self, command: Setting) -> str | None:
        """Return the address of the identity provider that a command is for.

        A command of the config file is for the address that stands there, also where an option or
        a variable names another one. None: it comes from an option or a variable itself.
        """
        if self._overrides.get(command.name) is not None or self._environ.get(command.env or ""):
            return None
        first = self.first(command)
        if first is not None and self._names_an_idp and first.name == self._in_section(command):
            return plain(self._section.get(_IDP_URL.name), _IDP_URL.name) or ""
        found = Sources(self._session, None, {}).first(_IDP_URL)
        return found.value if found is not None else ""

    @cached_property
    def _profile(self) -> str:
        # `session.profile` would fix the profile, and a program may still choose another one.
        return self._session.get_config_variable("profile") or "default"

    def _in_section(self, setting: Setting) -> str:
        """Return the name of a value of the IdP section: `saml_timeout of [saml-idp corp]`."""
        if setting is _IDP or self._idp is None:
            return ""  # it stands in none
        from aws_saml_ext.config.sections import idp_section  # here: not for every program

        return f"{setting.name} of [{idp_section(self._idp.value)}]"

    def _own(self, setting: Setting) -> object:
        return self._scoped_config.get(setting.name)

    @cached_property
    def _scoped_config(self) -> Mapping[str, Any]:
        """The profile, as botocore has parsed it."""
        return self._session.get_scoped_config()

    @property
    def _names_an_idp(self) -> bool:
        """True if an option or a variable names the IdP section."""
        return bool(self._overrides.get(_IDP.name) or self._environ.get(_IDP.env or ""))

    @cached_property
    def _idp(self) -> Written | None:
        """The name of the IdP section."""
        return self.first(_IDP)

    @cached_property
    def _section(self) -> Mapping[str, Any]:
        """The IdP section that the profile, an option or a variable names."""
        return idp_sections(self._session).get(self._idp.value, {}) if self._idp else {}


def _written(name: str, value: object) -> Iterator[Written]:
    if (text := plain(value, name)) is not None:
        yield Written(name, text)


def plain(value: object, written: str) -> str | None:
    """Return a value of the config file, or None where it is missing or empty.

    Args:
        value: what botocore parsed.
        written: its name as the user wrote it.

    Raises:
        ConfigError: the value is nested (`key =` and indented lines).
    """
    if isinstance(value, dict):
        raise ConfigError(
            f"{written} is not usable: its value is on indented lines below it.",
            advice="Write both on one line.",
        )
    return value if isinstance(value, str) and value else None


def idp_sections(session: Session) -> dict[str, dict[str, Any]]:
    """Return the `[saml-idp NAME]` sections of the config file, by name."""
    found = {}
    for section, content in session.full_config.items():
        if not section.startswith(IDP_SECTION) or not isinstance(content, dict):
            continue
        try:
            parts = shlex.split(section)
        except ValueError:
            continue
        if len(parts) == 2 and parts[0] == IDP_SECTION:
            found[parts[1]] = content
    return found


def lookup(
    session: Session,
    name: str,
    overrides: Mapping[str, str | None] | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
) -> str | None:
    """Return the text of one setting, unparsed, or None where it has none.

    Raises:
        ConfigError: its value in the config file is nested.
    """
    found = Sources(session, overrides, environ).first(_BY_NAME[name])
    return found.value if found else None


def resolve(
    session: Session,
    overrides: Mapping[str, str | None] | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    fingerprint: bytes | None = None,
    idp_needed: bool = True,
    home: Path | None = None,
) -> Settings:
    """Read and parse every setting once.

    Args:
        session: a session of the profile.
        overrides: texts by the names of settings, which precede every other place: options,
            recalled values, answered questions.
        environ: the environment.
        fingerprint: `fast_path.fingerprint`, taken before the session read its files; None takes it
            now, which is right for a session that has read nothing yet.
        idp_needed: whether a missing address of the identity provider is a problem.
        home: the home folder; None is that of the user.

    Raises:
        UsageError: the value of an option cannot be used. It is named as the user wrote it.
        ConfigError: a value of the environment or the config file cannot be used.
    """
    if fingerprint is None:
        fingerprint = fast_path.fingerprint(environ)
    reader = Reader(Sources(session, overrides, environ))
    saml = Paths.of(home, environ).saml
    settings = _read(reader, session, fingerprint=fingerprint, idp_needed=idp_needed, saml=saml)
    for problem in reader.problems:
        raise problem
    return replace(settings, browser_problems=tuple(reader.of_the_browser))


def problems(
    session: Session,
    overrides: Mapping[str, str | None] | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    idp_needed: bool = True,
) -> Iterator[SamlLoginError]:
    """Yield everything for which `resolve` would refuse these settings, in its order."""
    _, found = examined(session, overrides, environ=environ, idp_needed=idp_needed)
    for _, problem in found:
        yield problem


def examined(
    session: Session,
    overrides: Mapping[str, str | None] | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    idp_needed: bool = True,
) -> tuple[Settings, Sequence[tuple[str, SamlLoginError]]]:
    """Return the settings, and the problems for which `resolve` would refuse them.

    Each problem comes with the name of its setting. A setting that cannot be used has its default.
    """
    reader = Reader(Sources(session, overrides, environ))
    saml = Paths.of(None, environ).saml
    settings = _read(reader, session, fingerprint=b"", idp_needed=idp_needed, saml=saml)
    # Those of the browser come last: cached credentials need none.
    return settings, sorted(reader.named, key=lambda named: named[1] in reader.of_the_browser)


def _read(
    reader: Reader,
    session: Session,
    *,
    fingerprint: bytes,
    idp_needed: bool,
    saml: Path,
) -> Settings:
    """Read every setting; where the reader has problems, the settings are not usable."""
    profile = session.profile or "default"
    if (
        not profile.strip()
        or not profile.isprintable()
        or profile[0] == "-"
        or profile == "DEFAULT"
    ):
        reader.add(
            ConfigError(
                f"No profile can be called {quoted(profile)}.",
                advice="Give it another name in --profile, AWS_PROFILE or AWS_DEFAULT_PROFILE.",
            ),
            "profile",
        )
    nickname = reader("saml_idp", values.one_line)
    flow = Flow.WINDOW if reader("saml_use_browser", str) else None
    idp_url = reader("saml_idp_url", values.web_address) or ""
    role_arn = reader("saml_role_arn", values.role_pattern)
    policy = reader.written("saml_policy")
    # Before the file is read: else a change between the two would go unnoticed.
    fingerprint += fast_path.watching(policy and session_policies.file_of(policy.value))
    settings = Settings(
        profile=profile,
        idp_name=nickname,
        idp_url=idp_url,
        role_arn=role_arn,
        role_selection=reader("saml_role_selection", values.number),
        provider_arn=reader("saml_provider_arn", values.provider_arn),
        session_duration=reader.required("saml_session_duration", values.session_duration),
        username=reader("saml_username", values.one_line),
        password_command=reader("saml_password_command", values.command) or (),
        mfa_command=reader("saml_mfa_command", values.command) or (),
        answers=reader("saml_answers", values.answers) or (),
        sign_in=flow or reader.required("saml_sign_in", values.one_of(Flow)),
        show_browser=bool(reader("saml_show_browser", str)),
        save_page=reader("saml_save_page", values.path_of),
        browser=reader.required("saml_browser", values.one_of(Browser)),
        browser_binary=reader("saml_browser_binary", values.program),
        browser_driver=reader("saml_browser_driver", values.program),
        browser_arguments=reader("saml_browser_arguments", values.browser_arguments) or (),
        console_command=reader("saml_console_command", values.command) or (),
        timeout=reader.required("saml_timeout", values.seconds),
        acs_url=reader("saml_acs_url", values.web_address),
        store=reader.required("saml_store", values.one_of(StoreKind)),
        keep_session=reader.required("saml_keep_session", values.truth),
        renewal=reader.required("saml_renewal", values.one_of(Renewal)),
        profile_name=reader.required("saml_profile_name", values.profile_template),
        config_file=values.path_of(session.get_config_variable("config_file")),
        credentials_file=values.path_of(session.get_config_variable("credentials_file")),
        saml_folder=saml,
        session_policies=SessionPolicies(
            reader("saml_policy_arns", lambda value: values.policy_arns(value, role_arn)) or (),
            reader("saml_policy", session_policies.inline),
        ),
        picker=reader.required("saml_picker", values.one_of(Picker)),
        places=tuple(reader.places()),
        password_command_url=reader.address_of_command("saml_password_command", idp_url),
        mfa_command_url=reader.address_of_command("saml_mfa_command", idp_url),
        fingerprint=fingerprint,
    )
    if idp_needed and reader.written("saml_idp_url") is None:
        known = idp_sections(session)
        problem = _no_address(profile, reader.written("saml_idp"), known)
        reader.add(problem, "saml_idp_url")
    return settings


def _no_address(profile: str, idp: Written | None, known: Iterable[str]) -> ConfigError:
    """Return the problem of a sign-in that does not know where to start."""
    if idp is None or not idp.value:
        return ConfigError(
            f"No identity provider is known for profile {profile}: saml_idp_url is not set.",
            command=hints.setting_command("saml_idp_url", "URL", profile),
        )
    from aws_saml_ext.config.sections import idp_section  # here: not for every program

    meant = closest(idp.value, known)
    if meant is None or meant == idp.value:
        words = ("--profile", profile, "--idp-nickname", idp.value, "--idp-url", "URL")
        command = hints.command("configure", *words)
    elif idp.name.startswith(_IDP.name):  # it stands in the profile
        command = hints.setting_command(_IDP.name, meant, profile)
    else:
        command = hints.sign_in_command(profile, str(_IDP.flag), meant)
    return ConfigError(
        f"{idp.name} names {quoted(idp.value)}, and the config file has no section "
        f"[{idp_section(idp.value)}] with its saml_idp_url.{did_you_mean(idp.value, known)}",
        command=command,
    )
