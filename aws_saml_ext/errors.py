"""
Everything that can go wrong on purpose.

* SamlLoginError               255   anything else
  - UsageError                 252   the command line cannot be used
  - ConfigError                253   settings (profile, environment) stand in the way
    + SignInRequired           253   a person is needed, and nobody is there
  - StoreError                 253   a file could not be read or changed
  - BrowserError               253   the browser is missing, died, or does not do as told
  - Refused                    254   somebody said no
    + IdentityProviderRefused  254   the identity provider did
    + InvalidAssertion         254   its answer cannot be read
    + RoleNotOffered           254   its answer has not the role asked for
    + StsRefused               254   STS did
      > AssertionTooLate       254   because the assertion has run out
  - TimedOut                   255   the sign-in took longer than saml_timeout
  - IdentityProviderUnreachable
                               255   the browser found no way to the identity provider
  - StsUnreachable             255   no answer from STS, or none that makes sense
  - Stopped                    130   the person stopped it

The numbers are the AWS CLI's own (`aws help return-codes`). A message says what happened, as a
sentence with its full stop. The next step is a command to paste or, where there is none, advice in
a sentence. None of them ever carries a secret.
"""

from __future__ import annotations


class SamlLoginError(Exception):
    """A failure that the user can understand and act on."""

    exit_status: int = 255

    def __init__(
        self,
        message: str,
        *,
        command: str | None = None,
        advice: str | None = None,
        hint: str | None = None,
    ) -> None:
        """
        Take what happened and the next step.

        Args:
            message: what happened, a sentence.
            command: what to paste into a shell next, made by `hints`.
            advice: what to do next, a sentence, where no command does it.
            hint: one of the two, not told apart: to go.
        """
        super().__init__(message)
        self.command = command
        self.advice = advice
        self._hint = hint

    @property
    def hint(self) -> str | None:
        """The next step, as one line: the command, else the advice."""
        return self.command or self.advice or self._hint


class UsageError(SamlLoginError):
    """The command line cannot be used."""

    exit_status = 252


class ConfigError(SamlLoginError):
    """The profile, the environment or the settings cannot be used."""

    exit_status = 253


class SignInRequired(ConfigError):
    """A person is needed to go on, and there is nobody to ask."""


class StoreError(SamlLoginError):
    """A file of the user's, or of ours, could not be read or changed. It is as it was."""

    exit_status = 253


class BrowserError(SamlLoginError):
    """The browser is missing, did not start, died, or does not do as told."""

    exit_status = 253


class Refused(SamlLoginError):
    """Somebody said no."""

    exit_status = 254


class IdentityProviderRefused(Refused):
    """The identity provider did not sign the person in."""


class InvalidAssertion(Refused):
    """What the identity provider posted is no SAML assertion that AWS could take."""


class RoleNotOffered(Refused):
    """The assertion does not carry the role that was asked for."""


class StsRefused(Refused):
    """STS did not give credentials for this assertion and role."""


class AssertionTooLate(StsRefused):
    """STS did not, because the assertion has run out; a new one may do."""


class TimedOut(SamlLoginError):
    """The sign-in took longer than `saml_timeout`."""


class IdentityProviderUnreachable(SamlLoginError):
    """The browser could not open a page of the identity provider: it is down, or no way to it."""


class StsUnreachable(SamlLoginError):
    """STS gave no answer, or one that makes no sense."""


class Stopped(SamlLoginError):
    """The person stopped it: window closed, or end of input at a question."""

    exit_status = 130
