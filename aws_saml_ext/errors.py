"""The errors of this package, with their exit statuses.

* SamlLoginError               255   anything else
  - UsageError                 252   the command line cannot be used
  - CommandNotFound            127   there is no such command for `exec`
  - CommandNotExecutable       126   there is, and it cannot be run
  - ConfigError                253   the profile, the environment or the settings cannot be used
    + SignInRequired           253   the sign-in needs a person, and cannot ask one
      > UnexpectedIdentity     253   because the assertion is another identity provider's
  - StoreError                 253   a file could not be read or changed
  - BrowserError               253   the browser is missing, did not start or died
  - Refused                    254   the sign-in was refused
    + IdentityProviderRefused  254   by the identity provider
    + InvalidAssertion         254   its answer is no SAML response that AWS accepts
    + RoleNotOffered           254   its answer lacks the requested role
    + StsRefused               254   by STS
      > AssertionTooLate       254   because the assertion has expired
      > Throttled              254   because it gets too many requests
  - TimedOut                   255   the sign-in took longer than saml_timeout
  - IdentityProviderUnreachable
                               255   the browser could not reach the identity provider
  - StsUnreachable             255   STS did not answer, or not as STS does
  - Stopped                    130   the person stopped it
    + TerminalGone             129   the terminal went away while a question waited

The numbers are those of the AWS CLI (`aws help return-codes`); 126 and 127 are those of shells. A
message says what happened, as a sentence with a full stop. The next step is a command to paste or,
where there is none, advice in a sentence. No error ever carries a secret.
"""

from __future__ import annotations


class SamlLoginError(Exception):
    """An error that the user can understand and act on."""

    exit_status: int = 255

    def __init__(
        self,
        message: str,
        *,
        command: str | None = None,
        advice: str | None = None,
    ) -> None:
        """Take what happened and the next step.

        Args:
            message: what happened, a sentence.
            command: the next command to paste into a shell, made by `hints`.
            advice: the next step as a sentence, where no command does it.
        """
        super().__init__(message)
        self.command = command
        self.advice = advice

    @property
    def hint(self) -> str | None:
        """The next step, as one line: the command, else the advice."""
        return self.command or self.advice


class UsageError(SamlLoginError):
    """The command line cannot be used."""

    exit_status = 252


class CommandNotFound(SamlLoginError):
    """There is no such command for `exec`."""

    exit_status = 127


class CommandNotExecutable(SamlLoginError):
    """The command for `exec` cannot be run."""

    exit_status = 126


class ConfigError(SamlLoginError):
    """The profile, the environment or the settings cannot be used."""

    exit_status = 253


class SignInRequired(ConfigError):
    """The sign-in needs a person, and cannot ask one."""


class UnexpectedIdentity(SignInRequired):
    """The assertion is of another identity provider or account than before; nobody can be asked."""


class StoreError(SamlLoginError):
    """A file could not be read or changed; its content is unchanged."""

    exit_status = 253


class BrowserError(SamlLoginError):
    """The browser is missing, did not start, died, or does not do as requested."""

    exit_status = 253


class Refused(SamlLoginError):
    """The identity provider or STS refused the sign-in."""

    exit_status = 254


class IdentityProviderRefused(Refused):
    """The identity provider did not sign the person in."""


class InvalidAssertion(Refused):
    """The identity provider posted something that is no SAML response for AWS."""


class RoleNotOffered(Refused):
    """The assertion does not offer the requested role."""


class StsRefused(Refused):
    """STS refused credentials for this assertion and role."""

    code: str = ""
    """The error code of STS, such as `AccessDenied`; empty where it has none."""
    words: str = ""
    """Its message, as one line that is safe to print."""


class AssertionTooLate(StsRefused):
    """STS refused because the assertion has expired; a new one may work."""


class Throttled(StsRefused):
    """STS refused because it gets too many requests; it may grant the same a little later."""


class TimedOut(SamlLoginError):
    """The sign-in took longer than `saml_timeout`."""


class IdentityProviderUnreachable(SamlLoginError):
    """The browser could not open a page of the identity provider."""


class StsUnreachable(SamlLoginError):
    """STS did not answer, or not as STS does."""


class Stopped(SamlLoginError):
    """The person stopped it: they closed the window, or the input at a question."""

    exit_status = 130


class TerminalGone(Stopped):
    """The terminal went away while a question was waiting for an answer."""

    exit_status = 129
