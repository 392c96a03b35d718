"""The rules for the secrets of one sign-in that no person types: where they go, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_saml_ext.capture.flow.secret_places import Withheld
from aws_saml_ext.capture.refused_secrets import MAX_REFUSED
from aws_saml_ext.hints import sign_in_command
from aws_saml_ext.net import host_of, origin_of

if TYPE_CHECKING:
    from aws_saml_ext.capture.flow.questions import Questions
    from aws_saml_ext.capture.flow.secret_places import Place, SecretPlaces
    from aws_saml_ext.capture.refused_secrets import Kind, RefusedSecrets
    from aws_saml_ext.clock import Deadline
    from aws_saml_ext.config.settings import Settings


class Unattended:
    """The secrets that no person types."""

    def __init__(
        self,
        settings: Settings,
        questions: Questions,
        places: SecretPlaces,
        refused: RefusedSecrets,
    ) -> None:
        """Start with what earlier sign-ins have noted."""
        self._settings = settings
        self._questions = questions
        self._places = places
        self._refused = refused
        self._taken: dict[Kind, tuple[str | None, str]] = {}
        """The secrets that are on their way to a form, with their usernames."""
        self._sent: dict[Kind, tuple[str | None, str]] = {}
        """Those of the form that was submitted last."""
        self._usernames = {settings.username}
        self._has_person_typed = False

    def allow(self, secret: str, idp_url: str | None, place: Place, deadline: Deadline) -> bool:
        """Return whether a secret may go to a place; see `SecretPlaces.allow`.

        Args:
            secret: its name.
            idp_url: the address that it is for; None for that of the sign-in.
            place: the place that asks for it.
            deadline: the end of the time for a question.
        """
        home = origin_of(self._settings.idp_url if idp_url is None else idp_url)
        return self._places.allow(secret, home, place, deadline)

    def has_refused(self, kind: Kind, username: str | None) -> bool:
        """Return whether a secret of this user was refused before."""
        return self._refused.count(kind, username) > 0

    def check_count(self, kind: Kind, secret: str, username: str | None) -> bool:
        """Return whether another secret may be tried after those that were refused in a row.

        Raises:
            Withheld: it may not, and nobody can be asked.
        """
        if self._refused.count(kind, username) < MAX_REFUSED:
            return True
        host = host_of(self._settings.idp_url)
        self._withhold(f"{host} has refused {secret} {MAX_REFUSED} times in a row.")
        return False

    def may_send(self, kind: Kind, secret: str, username: str | None, text: str) -> bool:
        """Return whether a secret may be sent: it was not refused before.

        Raises:
            Withheld: it was, and nobody can be asked.
        """
        if self._refused.has(kind, username, text):
            host = host_of(self._settings.idp_url)
            self._withhold(f"{host} has refused {secret} before, and it is still the same.")
            return False
        if not self.check_count(kind, secret, username):
            return False
        self._usernames.add(username)
        self._taken[kind] = (username, text)
        return True

    def typed(self, kind: Kind, place: Place) -> None:
        """Note that the person typed a secret, at a place whose host they saw."""
        self._has_person_typed |= kind == "password"
        self._taken.pop(kind, None)
        self._places.approve(place)

    def submitted(self, *, password: bool, code: bool) -> None:
        """Note that a form was submitted, with a password, a code or both."""
        asked: tuple[tuple[Kind, bool], ...] = (("password", password), ("code", code))
        kinds = [kind for kind, is_asked in asked if is_asked]
        self._sent = {kind: self._taken.pop(kind) for kind in kinds if kind in self._taken}

    def withdraw(self) -> None:
        """Note that what was submitted last is not sent."""
        self._sent = {}

    def refused(self) -> None:
        """Note that the identity provider refused what was submitted last."""
        for kind, (username, text) in self._sent.items():
            self._refused.add(kind, username, text)
        self._sent = {}

    def signed_in(self, username: str | None, *, in_window: bool) -> None:
        """Note a sign-in by secrets, or by a person in a window.

        Without a person, it proves nothing about the secret that another profile of this provider
        sends.
        """
        by_person = in_window or self._has_person_typed
        for name in self._usernames | {username}:
            self._refused.clear(name, only_here=not by_person)
        self._places.save()

    def _withhold(self, sentence: str) -> None:
        if not self._questions.interactive:
            raise Withheld(
                f"{sentence} Nothing was sent.", command=sign_in_command(self._settings.profile)
            )
        self._questions.explain(sentence)
