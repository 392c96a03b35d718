"""Let LocalStack take an assertion with two roles or more.

LocalStack uses moto's STS, which expects a single value of the attribute Role: with two it raises
TypeError, and LocalStack answers 500. This hook replaces moto's method by one that accepts the
requested pair of role and provider if the assertion contains it. Nothing else changes: LocalStack
still ignores signature, audience, expiry and trust policy, and the attribute SessionDuration still
sets the duration.

LocalStack runs this file in its own process, from /etc/localstack/init/start.d, before it answers.
If moto has changed, the hook fails with one sentence in LocalStack's log.
"""

import base64
import inspect
import xml.etree.ElementTree as ET

_ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/"
_IN_ASSERTION = (
    "{urn:oasis:names:tc:SAML:2.0:assertion}Assertion"
    "/{urn:oasis:names:tc:SAML:2.0:assertion}AttributeStatement"
    "/{urn:oasis:names:tc:SAML:2.0:assertion}Attribute"
)
_DEFAULT_SECONDS = "3600"


def assume_role_with_saml(self, *, role_arn, principal_arn, saml_assertion):
    """Return a session for the role, in the account and partition of the role."""
    from moto.sts.exceptions import STSClientError

    attributes = _attributes(base64.b64decode(saml_assertion))
    pairs = [{part.strip() for part in value.split(",")} for value in attributes.get("Role", [])]
    if {role_arn, principal_arn} not in pairs:
        raise STSClientError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")
    partition = role_arn.split(":")[1]
    return self.assume_role(
        region_name=partition,
        role_session_name=attributes["RoleSessionName"][0],
        role_arn=role_arn,
        policy="",
        duration=int(attributes.get("SessionDuration", [_DEFAULT_SECONDS])[0]),
        external_id="",
    )


def _attributes(response):
    """Return the values of AWS's attributes by their short names."""
    # LocalStack gets assertions of its owner only: no defence against hostile XML.
    root = ET.fromstring(response)  # noqa: S314
    return {
        attribute.get("Name").removeprefix(_ATTRIBUTE): [
            "".join(value.itertext()).strip() for value in attribute
        ]
        for attribute in root.iterfind(_IN_ASSERTION)
    }


def _replace_method():
    try:
        from moto.sts.exceptions import STSClientError
        from moto.sts.models import STSBackend

        inspect.signature(STSClientError).bind("code", "message")
        inspect.signature(STSBackend.assume_role_with_saml).bind(
            None, role_arn="", principal_arn="", saml_assertion=""
        )
        inspect.signature(STSBackend.assume_role).bind(
            None,
            region_name="",
            role_session_name="",
            role_arn="",
            policy="",
            duration=0,
            external_id="",
        )
    except (ImportError, AttributeError, TypeError) as error:
        message = f"two_roles.py does not fit this version of moto: {error}."
        raise RuntimeError(message) from error
    STSBackend.assume_role_with_saml = assume_role_with_saml


_replace_method()
