"""The reference for `aws-saml-login --assertion`: a minimal script with the same result.

It calls AssumeRoleWithSAML through botocore and writes the credentials with configparser.

    python bare_assertion.py ASSERTION_FILE STS_URL CREDENTIALS_FILE ROLE_ARN PRINCIPAL_ARN
"""

from __future__ import annotations

import configparser
import sys
from pathlib import Path

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config


def main(assertion: str, sts_url: str, credentials_file: str, role: str, principal: str) -> None:
    """Exchange the assertion and store the credentials."""
    sts = botocore.session.Session().create_client(
        "sts",
        region_name="us-east-1",
        endpoint_url=sts_url,
        config=Config(signature_version=UNSIGNED),
    )
    answer = sts.assume_role_with_saml(
        RoleArn=role,
        PrincipalArn=principal,
        SAMLAssertion=Path(assertion).read_text(),
        DurationSeconds=3600,
    )["Credentials"]
    file = configparser.RawConfigParser()
    file.read(credentials_file)
    file["bare"] = {
        "aws_access_key_id": answer["AccessKeyId"],
        "aws_secret_access_key": answer["SecretAccessKey"],
        "aws_session_token": answer["SessionToken"],
    }
    with Path(credentials_file).open("w") as out:
        file.write(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
