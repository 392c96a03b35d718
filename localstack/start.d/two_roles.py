"""
Let LocalStack take an assertion with two roles or more.

Its STS is moto's, whose reader of AssumeRoleWithSAML believes that the attribute Role has a single
value: where there are two it raises TypeError, and LocalStack answers 500. Here that method gives
way to one that takes the pair of role and provider that the request asks for, whichever comes
first, and refuses a pair that is not in the assertion. All else stays as it was: neither signature,
audience, expiry nor trust policy is looked at, and the attribute SessionDuration decides how long
the session lasts.

LocalStack runs this in its own process, before it answers, out of /etc/localstack/init/start.d.
Where moto has changed, it says so in one sentence in LocalStack's log, and the hook has failed.
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
    """The session that the assertion allows; in the account and the partition of the role."""
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
    """The values of each of AWS's attributes, by the short name."""
    # LocalStack is for its owner's own assertions: no defence against hostile XML.
    root = ET.fromstring(response)  # noqa: S314
    return {
        attribute.get("Name").removeprefix(_ATTRIBUTE): [
            "".join(value.itertext()).strip() for value in attribute
        ]
        for attribute in root.iterfind(_IN_ASSERTION)
    }


def _put_in_place():
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
        message = f"This moto is not the one that two_roles.py was written for: {error}."
        raise RuntimeError(message) from error
    STSBackend.assume_role_with_saml = assume_role_with_saml


_put_in_place()
