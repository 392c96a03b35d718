"""One run of the command: its options, and what they add up to.

Every verb gets an `Invocation` and takes from it what it needs: the botocore session of the
profile, the settings, the prompt, the way to standard output.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from aws_saml_ext import config, fast_path, hints
from aws_saml_ext.cli import output, pager, streams
from aws_saml_ext.config import values
from aws_saml_ext.config.aws_settings import open_session
from aws_saml_ext.config.sections import config_section
from aws_saml_ext.config.settings import DEFAULT_PROFILE, Picker, Settings
from aws_saml_ext.config.table import SETTINGS
from aws_saml_ext.errors import ConfigError, UsageError
from aws_saml_ext.files import atomic, own_folder
from aws_saml_ext.paths import Paths
from aws_saml_ext.picker import menu
from aws_saml_ext.progress import LINE
from aws_saml_ext.prompt import Prompt, TerminalPrompt
from aws_saml_ext.text import quoted

if TYPE_CHECKING:
    from botocore.session import Session

    from aws_saml_ext.cli.options import Options
    from aws_saml_ext.config.aws_process import AwsGlobals
    from aws_saml_ext.sts.connection import StsConnection

T = TypeVar("T")
_CONNECTION: Mapping[str, Callable[[str], object]] = {
    "endpoint_url": values.web_address,
    "region": values.region,
    "ca_bundle": values.existing_path,
    "cli_read_timeout": values.timeout,
    "cli_connect_timeout": values.timeout,
}
"""The options about the connection to STS, with the parsers of their values."""
_OURS = frozenset(setting.name for setting in SETTINGS)
_FLAGS = {setting.name: setting.flag or setting.name for setting in SETTINGS}


class Invocation:
    """One run of the command: its options, its environment, and those of the `aws` above it.

    Making one reads and changes nothing; every property reads when it is first used.
    """

    def __init__(
        self,
        options: Options,
        environ: Mapping[str, str],
        aws: AwsGlobals | None = None,
        *,
        environ_before: Mapping[str, str] | None = None,
        changes_files: bool = True,
    ) -> None:
        """Take what the command line says.

        Args:
            options: those of our own line.
            environ: the environment, prepared for botocore.
            aws: the options that the `aws` above us kept.
            environ_before: the environment as the person has it, for a command that we start.
            changes_files: whether an edit that was interrupted may be finished or reverted.
        """
        self.options = options
        self.environ = environ
        self.environ_before = environ if environ_before is None else environ_before
        self._aws = aws
        self._like: Session | None = None
        self._writable: dict[Path, Path] = {}
        self._changes_files = changes_files

    def without_region(self) -> Invocation:
        """Return the same run without `--region`, where that is not the region of STS."""
        options = replace(self.options, region=None)
        aws = replace(self._aws, region=None) if self._aws is not None else None
        return Invocation(
            options,
            self.environ,
            aws,
            environ_before=self.environ_before,
            changes_files=self._changes_files,
        )

    def kept(self, name: str) -> Any:
        """Return a global option: of our own line, else of the `aws` above us, else None."""
        own = getattr(self.options, name)
        return own if own is not None else getattr(self._aws, name, None)

    @cached_property
    def profile_asked_for(self) -> str | None:
        """The profile named by `--profile`, or None."""
        profile: str | None = self.kept("profile")
        if profile is not None and not can_be_a_profile(profile):
            raise UsageError(
                f"No profile can be called {quoted(profile)} (--profile).",
                command=hints.sign_in_command("NAME"),
            )
        return profile

    @cached_property
    def profile(self) -> str:
        """`--profile`, else AWS_PROFILE, else AWS_DEFAULT_PROFILE, else `saml`.

        Raises:
            UsageError: no profile can have the name of the option.
            ConfigError: no profile can have the name of the variable.
        """
        if self.profile_asked_for is not None:
            return self.profile_asked_for
        for variable in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
            if name := self.environ.get(variable):
                if not can_be_a_profile(name):
                    raise ConfigError(
                        f"No profile can be called {quoted(name)} ({variable}).",
                        command=hints.sign_in_command("NAME"),
                    )
                return name
        return DEFAULT_PROFILE

    @property
    def is_profile_named(self) -> bool:
        """True if an option or a variable names the profile."""
        variables = map(self.environ.get, ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"))
        return self.profile_asked_for is not None or any(variables)

    def of_profile(
        self, profile: str, settings: Mapping[str, str], environ: Mapping[str, str], **options: Any
    ) -> Invocation:
        """Return the same run for another profile, beside this one.

        Args:
            profile: its name, which is not judged: that of a file may be one that no profile can
                have, and `settings` refuses it.
            settings: the settings that it has as options.
            environ: its environment.
            **options: other options, in place of those of this run.
        """
        options |= {"profile": profile, "settings": settings}
        other = Invocation(replace(self.options, **options), environ, self._aws)
        other.profile_asked_for = profile
        other.prompt = self.prompt
        other._like = self._like or self.session
        other._writable = self._writable
        return other

    def use_profile(self, profile: str) -> None:
        """Let this run be for another profile, which the person chose."""
        self.profile = profile
        for name in ("_opened", "credentials_file"):  # what was read for the one before
            self.__dict__.pop(name, None)

    @cached_property
    def prompt(self) -> Prompt:
        """The person at the terminal, who reads messages and answers questions."""
        return TerminalPrompt(
            quiet=self.options.quiet, progress=LINE, allows_menus=lambda: self.shows_menus
        )

    @cached_property
    def shows_menus(self) -> bool:
        """True if choices are menus, as far as setting and kind of terminal tell."""
        try:
            form = (self.text("saml_picker") or "").strip().lower()
        except ConfigError:
            return False  # `config.resolve` refuses it
        return form == Picker.AUTO.value and menu.is_capable(self.environ)

    @property
    def session(self) -> Session:
        """A botocore session of the profile.

        Raises:
            ConfigError: the config or credentials file cannot be read.
        """
        return self._opened[0]

    @property
    def fingerprint(self) -> bytes:
        """The fingerprint of the settings, from before the session read its files."""
        return self._opened[1]

    @cached_property
    def _opened(self) -> tuple[Session, bytes]:
        """The session, and the fingerprint from before it read its files."""
        fingerprint = fast_path.fingerprint(self.environ)
        session = open_session(
            self.profile,
            region=self.kept("region"),
            ca_bundle=self.kept("ca_bundle"),
            like=self._like,
            recovers=self._changes_files,
        )
        return session, fingerprint

    @property
    def overrides(self) -> Mapping[str, str]:
        """The settings that the command line has as options."""
        return self.options.settings

    def text(self, name: str) -> str | None:
        """Return the text of one setting, or of one of botocore's own such as `region`.

        Raises:
            ConfigError: its value in the config file is nested.
        """
        if name in _OURS:
            return config.lookup(self.session, name, self.overrides, environ=self.environ)
        text: str | None = self.session.get_config_variable(name)
        return text

    def settings(
        self, overrides: Mapping[str, str] | None = None, *, idp_needed: bool = True
    ) -> Settings:
        """Read and check every setting; see `config.resolve`.

        Args:
            overrides: recalled values and answered questions, which precede the options.
            idp_needed: whether the address of the identity provider may not be missing.
        """
        session, fingerprint = self._opened
        others = overrides or {}
        settings = config.resolve(
            session,
            {**self.overrides, **others},
            environ=self.environ,
            fingerprint=fingerprint,
            idp_needed=idp_needed,
        )
        options = [(name, _FLAGS[name]) for name in self.overrides if name not in others]
        return replace(settings, places=(*settings.places, *options))

    @cached_property
    def credentials_file(self) -> Path:
        """The credentials file, for verbs that read no other setting."""
        return atomic.expanded(Path(self.session.get_config_variable("credentials_file")))

    def writable(self, folder: Path) -> Path:
        """Return a folder of this program, or a temporary one for this run; see `own_folder`.

        Raises:
            StoreError: it cannot be made.
        """
        if folder not in self._writable:
            self._writable[folder] = own_folder.writable(folder, notify=self.prompt.notify)
        return self._writable[folder]

    @cached_property
    def saml_folder(self) -> Path:
        """`~/.aws/saml`, the folder of this program's own files."""
        return Paths.of(environ=self.environ).saml

    def sts_options(self) -> StsConnection:
        """Return the options of the command line about the connection to STS.

        Raises:
            UsageError: the first of `connection_problems`. `sts` checks the environment and the
                profile.
        """
        from aws_saml_ext.sts.connection import StsConnection

        for problem in self.connection_problems():
            raise problem
        return StsConnection(
            endpoint_url=self.kept("endpoint_url"),
            verify_ssl=self.kept("verify_ssl") is not False,
            read_timeout=self._seconds("cli_read_timeout"),
            connect_timeout=self._seconds("cli_connect_timeout"),
        )

    def connection_problems(self) -> Iterator[UsageError]:
        """Yield a problem for each option about the connection that cannot be used."""
        for name, parse in _CONNECTION.items():
            value = self.kept(name)
            if value is None:
                continue
            try:
                parse(value)
            except ValueError as error:
                flag = "--" + name.replace("_", "-")
                yield UsageError(f"{flag} is not usable: {error}.", command=hints.help_command())

    def _seconds(self, name: str) -> int | None:
        """Return seconds; 0 means no timeout, as for `aws`, and None leaves it to botocore."""
        value = self.kept(name)
        return None if value is None else values.timeout(value)

    @cached_property
    def output_asked_for(self) -> bool:
        """True if `--output` was given, which makes a sign-in print data."""
        return self.kept("output") is not None

    @property
    def is_for_people(self) -> bool:
        """True if data goes to a terminal, and no option says in which format."""
        is_chosen = self.output_asked_for or self.kept("query") is not None
        return sys.stdout.isatty() and not is_chosen

    @property
    def columns(self) -> int:
        """The width of the terminal that standard output is."""
        try:
            return os.get_terminal_size(sys.stdout.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def page(self, text: str) -> None:
        """Write text for people, through the pager where it is long.

        Raises:
            SamlLoginError: it cannot be written.
        """
        allowed = self.kept("cli_pager") is not False
        pager.write(text, environ=self.environ, allowed=allowed)

    def print(self, answer: Any) -> None:
        """Write an answer to standard output, formatted by `--output` and filtered by `--query`.

        Raises:
            UsageError: one of the two cannot be used.
            SamlLoginError: it cannot be written.
        """
        text = self._rendered(answer)
        if text:
            self.page(text + "\n")

    def write(self, text: str) -> None:
        """Write text that `--output` does not format, such as a diff, to standard output.

        Raises:
            SamlLoginError: it cannot be written.
        """
        streams.write(text)

    def check_output(self, *, is_printed: bool = True) -> None:
        """Check the options that `print` uses, and the configured format if it `is_printed`.

        Raises:
            UsageError: `--output` or `--query` cannot be used.
            ConfigError: the format of the environment or the profile cannot be used.
        """
        if is_printed:
            self._output()
        output.filtered(self.kept("query"))

    def _rendered(self, answer: Any) -> str:
        answer = output.filtered(self.kept("query"))(answer)
        few = not (sys.stdout.encoding or "").lower().startswith("utf")
        return output.rendered(answer, self._output(), bold=self._bold, ascii_only=few)

    def _output(self) -> str:
        asked = self.kept("output")
        if asked is not None:
            return output.checked(asked)
        in_environ = self.environ.get("AWS_DEFAULT_OUTPUT")
        configured = in_environ or self.session.get_scoped_config().get("output") or "json"
        try:
            return output.checked(configured)
        except UsageError:
            if in_environ:
                place, command = "AWS_DEFAULT_OUTPUT", hints.shown("unset", "AWS_DEFAULT_OUTPUT")
            else:
                place = f"output of profile {self.profile}"
                command = hints.setting_command("output", "json", self.profile)
            raise ConfigError(
                f"{place} must be one of {', '.join(output.FORMATS)}, not {quoted(configured)}.",
                command=command,
            ) from None

    def _bold(self, text: str) -> str:
        color = self.kept("color") or "auto"
        on = color == "on" or (color == "auto" and sys.stdout.isatty() and os.name != "nt")
        return f"\033[1m{text}\033[0m" if on else text


def can_be_a_profile(name: str) -> bool:
    """Return whether both files can have a section of this name that botocore finds again."""
    from configparser import RawConfigParser

    if not name.strip() or not name.isprintable() or name.startswith("-"):
        return False  # a dash begins an option, and SDKs run this program with the name
    sections = [name, config_section(name)]
    parser = RawConfigParser()
    parser.read_string("".join(f"[{section}]\n" for section in sections))
    return parser.sections() == sections  # `DEFAULT` is none, to it
