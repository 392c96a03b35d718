"""The places that ask for a secret, and the rule which of them get one that no person types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aws_saml_ext.errors import ConfigError, SignInRequired
from aws_saml_ext.hints import sign_in_command
from aws_saml_ext.net import host_and_port, host_of, is_loopback
from aws_saml_ext.partitions import is_sign_in_host

if TYPE_CHECKING:
    from aws_saml_ext.capture.approvals import Approvals
    from aws_saml_ext.capture.flow.questions import Questions
    from aws_saml_ext.capture.page.description import Description
    from aws_saml_ext.capture.page.kinds import SignInForm
    from aws_saml_ext.clock import Deadline


class Withheld(SignInRequired):
    """A secret that no person types is not sent here, and nobody can be asked."""


@dataclass(frozen=True, slots=True)
class Place:
    """The document that asks for a secret; its addresses are the browser's own."""

    origin: str
    """The origin of the document: that of the page, or of a frame in it."""
    page: str
    """The origin of the page."""
    targets: tuple[str, ...] = ()
    """The other origins that the form submits to."""

    @classmethod
    def of(cls, page: Description, form: SignInForm) -> Place:
        """Return the place of a form."""
        origin = page.origins[form.last.frame]
        # The POST to AWS does not leave this machine; a script submits a form without a target.
        others = {each for each in form.targets if each not in {origin, "null"}}
        targets = sorted(each for each in others if not is_sign_in_host(host_of(each)))
        return cls(origin, page.origin, tuple(targets))

    @property
    def is_in_a_foreign_frame(self) -> bool:
        """True if it is in a page of another origin."""
        return self.origin != self.page

    @property
    def name(self) -> str:
        """The place as messages name it, by its hosts."""
        name = host_and_port(self.origin)
        if self.is_in_a_foreign_frame:
            name += f" (in a page of {host_and_port(self.page)})"
        if self.targets:
            name += f" (which sends it to {', '.join(map(host_and_port, self.targets))})"
        return name


class SecretPlaces:
    """The places that get the secrets of one sign-in which no person types."""

    def __init__(self, approvals: Approvals, questions: Questions, profile: str) -> None:
        """Start with the approved origins.

        Args:
            approvals: those that a person has approved.
            questions: ask the person.
            profile: the profile, for the command that asks a person.
        """
        self._approvals = approvals
        self._questions = questions
        self._profile = profile
        self._answers: dict[Place, bool] = {}

    def allow(self, secret: str, home: str, place: Place, deadline: Deadline) -> bool:
        """Return whether a secret may be typed at a place; the person is asked about a new one.

        Args:
            secret: its name, `the password of saml_password_command`.
            home: the origin that it is for.
            place: the place that asks for it.
            deadline: the end of the time for the answer.

        Raises:
            Withheld: nobody can be asked.
            Stopped, TimedOut: as for `Questions.ask`.
        """
        origins = (place.origin, *place.targets)
        is_approved = all(origin == home or origin in self._approvals for origin in origins)
        if is_approved and not place.is_in_a_foreign_frame:
            return True
        if place not in self._answers:
            if not self._questions.interactive:
                raise Withheld(
                    f"{place.name} asks for {secret}, which nobody has sent there before. Nothing "
                    "was sent.",
                    command=sign_in_command(self._profile, "--sign-in", "terminal"),
                )
            caption = f"Send {secret} to {place.name} (y/N)?"
            answer = self._questions.ask(caption, deadline, instead="--sign-in terminal")
            self._answers[place] = answer.casefold() in {"y", "yes"}
            if self._answers[place]:
                self.approve(place)
        return self._answers[place]

    def approve(self, place: Place) -> None:
        """Note that a person has sent a secret to a place, whose host they saw.

        A frame is approved for this sign-in only: the page around it may be anybody's next time.
        """
        self._answers[place] = True
        if not place.is_in_a_foreign_frame:
            self._approvals.add(place.origin, *place.targets)

    def save(self) -> None:
        """Keep what was approved: the sign-in has succeeded."""
        self._approvals.save()


def check_addresses(page: Description, form: SignInForm) -> None:
    """Check that the answers travel over https, or stay on this machine.

    Raises:
        ConfigError: they would not.
    """
    origins = [page.origin, page.origins[form.last.frame]]
    origins += [target for target in form.targets if target != "null"]  # then a script submits it
    for origin in origins:
        parts = urlsplit(origin)
        if not parts.scheme:
            raise ConfigError(
                f"{host_of(page.origin) or 'A page'} asks for a sign-in in a part that has no "
                "address, so nobody can tell whose it is. Nothing was typed.",
                advice="Sign in with --use-browser.",
            )
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise ConfigError(
                f"{host_of(origin) or 'A page'} asks for a sign-in over http, which everybody on "
                "the way can read. Nothing was typed.",
                advice="Ask whoever runs the identity provider for an https address, and set it "
                "as saml_idp_url.",
            )
