"""What is remembered from one sign-in to the next: a password in the keyring, the role before."""

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
    """
    The password of one identity provider; see `capture.terminal.Passwords`.

    It is recalled for `--use-stored` only, and offered to be remembered once: the answer is noted
    as an empty file under `~/.aws/saml/asked`.
    """

    def __init__(
        self, settings: Settings, prompt: Prompt, *, use: bool, keyring: Keyring | None = None
    ) -> None:
        self._settings = settings
        self._person = prompt
        self._use = use
        self._keyring = keyring or Keyring()
        self._typed: tuple[str, str] | None = None
        self.is_kept = False
        """Whether the next sign-in will find the password of this one."""

    def recall(self, username: str) -> str | None:
        """See `capture.terminal.Passwords`."""
        if not self._use:
            return None
        found = self._keyring.recall(self._settings.idp_url, username)
        if found is not None:
            self.is_kept = True
        elif self._keyring.why_not:
            self._person.notify(self._keyring.why_not)
        return found

    def refused(self, username: str) -> None:
        """See `capture.terminal.Passwords`."""
        self.is_kept = False
        self._keyring.forget(self._settings.idp_url, username)

    def typed(self, username: str, password: str) -> None:
        """See `capture.terminal.Passwords`."""
        self._typed = username, password

    def offer(self) -> str | None:
        """
        Ask once whether to remember what was typed, and do so.

        Returns:
            The username, where it is remembered from now on.
        """
        if self._typed is None or not self._person.interactive:
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
            answer = self._person.ask(
                f"Remember {username}'s password in the keyring, for --use-stored? [y/N] ",
                instead="saml_password_command in the profile",
            )
        except (SignInRequired, Stopped):  # the keys are stored: nothing has failed
            return False
        asked = _asked(self._settings, username)
        atomic.make_private_folder(asked.parent)
        asked.touch(mode=0o600)
        return answer.lower().startswith("y")

    def _remembers(self, username: str, password: str) -> bool:
        kept = self._keyring.remember(self._settings.idp_url, username, password)
        if not kept:
            self._person.notify(self._keyring.why_not or "The password is not remembered.")
        return kept


def forget(settings: Settings, username: str, *, keyring: Keyring | None = None) -> str:
    """Forget the password of this user, and that it was offered; what to tell about it."""
    keyring = keyring or Keyring()
    _asked(settings, username).unlink(missing_ok=True)
    if keyring.forget(settings.idp_url, username):
        return f"{username}'s password is removed from the keyring."
    return keyring.why_not or f"The keyring has no password of {username} for this provider."


def previous_role(invocation: Invocation) -> str | None:
    """Return the role that `--use-stored` recalls, or None where a setting names the role."""
    if any(invocation.text(name) is not None for name in ("saml_role_arn", "saml_role_selection")):
        return None
    stored = ini.read_section(invocation.credentials_file, invocation.profile) or {}
    cache = Cache.of(invocation.saml_folder)
    return stored.get(ROLE_ARN) or cache.role_before(invocation.profile)


def _asked(settings: Settings, username: str) -> Path:
    digest = hashlib.sha256(f"{settings.idp_url}\n{username}".encode()).hexdigest()
    return settings.saml_folder / "asked" / digest[:32]
