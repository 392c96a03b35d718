"""`aws saml-login roles`: sign in, and list the roles that are offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aws_saml_ext import hints, role_choice
from aws_saml_ext.assertion import Assertion
from aws_saml_ext.cli import captures, idp_choice, known_roles, learning_names, notices, role_words
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesOptions(Options):
    """The options of `roles`."""

    assertion: str | None = None
    """The file of a SAMLResponse, `-` for standard input."""
    clean: bool = False
    names: bool = False
    """True to ask for the names of accounts."""
    force: bool = False


def run(invocation: Invocation, options: RolesOptions) -> int:
    """Sign in and print the roles in the assertion's order.

    STS and IAM are asked only for names of accounts (`--names`).
    """
    invocation.check_output()
    options.check_flow()
    given = options.assertion is not None
    named = None if given else idp_choice.needed(invocation)
    asked = named.settings() if named else {}
    notices.repeat_options(invocation, asked, assertion=options.assertion)
    settings = invocation.settings(named.overrides() if named else {}, idp_needed=not given)
    prompt, environ = invocation.prompt, invocation.environ
    clients = learning_names.clients_of(invocation, settings) if options.names else None
    if not given:
        notices.notify_start(prompt, settings)
    if options.clean:
        captures.forget(settings)
    capture = captures.capture(settings, prompt, assertion=options.assertion, environ=environ)
    with capture(settings) as captured:
        assertion = Assertion.parse(captured.saml_response)
    if assertion.encrypted:
        raise ConfigError(
            "The assertion is encrypted: only AWS can read its roles.",
            command=hints.sign_in_command(
                settings.profile, "--role-arn", "ARN", "--provider-arn", "ARN"
            ),
        )
    notices.notify_person(prompt, settings, assertion)
    role_words.remember(invocation.saml_folder, assertion.roles)
    if not assertion.roles:
        raise role_choice.nothing_offered(assertion)
    if clients is not None:
        learning_names.learn(invocation, settings, assertion, clients, again=options.force)
    invocation.print(_answer(assertion, known_roles.account_names(invocation)))
    return 0


def _answer(assertion: Assertion, names: Mapping[str, str]) -> dict[str, object]:
    ends, lasts = assertion.not_on_or_after, assertion.session_duration
    return {
        "RoleSessionName": assertion.session_name,
        "Issuer": assertion.issuer,
        "NotOnOrAfter": ends.isoformat() if ends else None,
        "SessionDuration": int(lasts.total_seconds()) if lasts else None,
        "Roles": [
            {
                "RoleArn": role.arn,
                "PrincipalArn": role.principal_arn,
                "AccountId": role.account_id,
                "AccountName": names.get(role.account_id),
                "RoleName": role.name,
            }
            for role in assertion.roles
        ],
    }
