"""The memory between sign-ins: the password in the keyring, and the previous role."""

from __future__ import annotations

import hashlib
from pathlib import Path

from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.credentials import ROLE_ARN
from aws_saml_ext.errors import SignInRequired, Stopped
from aws_saml_ext.files import atomic, ini
from aws_saml_ext.prompt import Prompt
from aws_saml_ext.store.cache import Cache
from aws_saml_ext.store.keyring import Passwords as Keyring


class Remembered:
    """The password at one identity provider; see `capture.flow.answers.Passwords`.

    Only `--use-stored` recalls it. The offer to remember it is made once: an empty file in
    `~/.aws/saml/asked` notes that it was made.
    """

    def __init__(
        self, settings: Settings, prompt: Prompt, *, use: bool, keyring: Keyring | None = None
    ) -> None:
        """Take the identity provider and the person.

        Args:
            settings: those of the sign-in.
            prompt: who is asked whether to remember the password.
            use: whether a remembered password may be used.
            keyring: where it is kept.
        """
        self._settings = settings
        self._prompt = prompt
        self._use = use
        self._keyring = keyring or Keyring()
        self._typed: tuple[str, str] | None = None
        self.is_kept = False
        """True if the next sign-in finds the password of this one."""

    def recall(self, username: str) -> str | None:
        """See `capture.flow.answers.Passwords`."""
        if not self._use:
            return None
        found = self._keyring.recall(self._settings.idp_url, username)
        if found is not None:
            self.is_kept = True
        elif self._keyring.why_not:
            self._prompt.notify(self._keyring.why_not)
        return found

    def refused(self, username: str) -> None:
        """See `capture.flow.answers.Passwords`."""
        self.is_kept = False
        self._keyring.forget(self._settings.idp_url, username)

    def typed(self, username: str, password: str) -> None:
        """See `capture.flow.answers.Passwords`."""
        self._typed = username, password

    def offer(self) -> str | None:
        """Ask once whether to remember the password that was typed, and remember it.

        Returns:
            The username whose password is remembered now; None without one.
        """
        if self._typed is None or not self._prompt.interactive:
            return None
        username, password = self._typed
        if _asked(self._settings, username).exists():
            return None
        known = self._keyring.recall(self._settings.idp_url, username)
        if self._keyring.why_not:
            return None
        if known != password and not (
            self._is_wanted(username) and self._remembers(username, password)
        ):
            return None
        self.is_kept = True
        return username

    def _is_wanted(self, username: str) -> bool:
        try:
            answer = self._prompt.ask(
                f"Remember the password of {username} in the keyring, for --use-stored? [y/N] ",
                instead="saml_password_command in the profile",
            )
        except (SignInRequired, Stopped):  # the credentials are stored: nothing has failed
            return False
        asked = _asked(self._settings, username)
        atomic.make_private_folder(asked.parent)
        asked.touch(mode=0o600)
        return answer.lower().startswith("y")

    def _remembers(self, username: str, password: str) -> bool:
        kept = self._keyring.remember(self._settings.idp_url, username, password)
        if not kept:
            self._prompt.notify(self._keyring.why_not or "The password is not remembered.")
        return kept


def forget(settings: Settings, username: str, *, keyring: Keyring | None = None) -> str:
    """Forget the password of this user and the offer to remember it; return the message."""
    keyring = keyring or Keyring()
    _asked(settings, username).unlink(missing_ok=True)
    if keyring.forget(settings.idp_url, username):
        return f"Removed the password of {username} from the keyring."
    return keyring.why_not or (
        f"The keyring has no password of {username} for this identity provider."
    )


def recalled_role(invocation: Invocation) -> str | None:
    """Return the ARN of the role that `--use-stored` recalls; None where a setting names one."""
    names = ("saml_role_arn", "saml_role_selection")
    if any(invocation.text(name) is not None for name in names):
        return None
    # The section alone, as another program may have replaced the credentials in it.
    section = ini.read_section(invocation.credentials_file, invocation.profile) or {}
    if section.get(ROLE_ARN):
        return section[ROLE_ARN]
    last = Cache(invocation.saml_folder).last(invocation.profile)
    return last.role_arn if last is not None else None


def _asked(settings: Settings, username: str) -> Path:
    digest = hashlib.sha256(f"{settings.idp_url}\n{username}".encode()).hexdigest()
    return settings.saml_folder / "asked" / digest[:32]
