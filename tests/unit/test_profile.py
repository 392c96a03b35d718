"""Conflicts of a profile: what a sign-in does not overwrite."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from aws_saml_ext.errors import StoreError
from aws_saml_ext.store.profile import Conflict, check_for, conflicts

LONG_LIVED = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "s"}
TEMPORARY = {**LONG_LIVED, "aws_session_token": "t"}


@pytest.mark.parametrize(
    ("credentials", "config", "found"),
    [
        pytest.param({}, {"region": "x", "saml_idp_url": "y"}, [], id="nothing"),
        pytest.param(TEMPORARY, {}, [], id="temporary keys of whatever tool"),
        pytest.param({**LONG_LIVED, "aws_security_token": "t"}, {}, [], id="the older name"),
        pytest.param(LONG_LIVED, {}, [("long-lived keys", False)], id="long-lived keys"),
        pytest.param({**LONG_LIVED, "aws_session_token": ""}, {}, [("long-lived keys", False)],
                     id="an empty token"),
        pytest.param({}, LONG_LIVED, [("long-lived keys", False)], id="in the config file"),
        pytest.param({}, {"sso_session": "s", "sso_role_name": "r"},
                     [("sso_session", True), ("sso_role_name", True)], id="sso"),
        pytest.param({}, {"role_arn": "r"}, [], id="role_arn alone"),
        pytest.param({}, {"role_arn": "r", "source_profile": "p"},
                     [("role_arn with source_profile", True)], id="source_profile"),
        pytest.param({"role_arn": "r"}, {"credential_source": "Environment"},
                     [("role_arn with credential_source", True)], id="in both files"),
        pytest.param({}, {"web_identity_token_file": "f", "role_arn": "r"},
                     [("web_identity_token_file", True)], id="web identity"),
        pytest.param({}, {"login_session": "s"}, [("login_session", False)], id="login session"),
        pytest.param({}, {"credential_process": "/bin/theirs"},
                     [("credential_process", False)], id="credential_process"),
        pytest.param({}, {"credential_process": '"/a b/aws-saml-login" credential-process -p x'},
                     [], id="our credential_process"),
    ],
)  # fmt: skip
def test_what_is_not_overwritten(
    credentials: Mapping[str, str], config: Mapping[str, str], found: list[tuple[str, bool]]
) -> None:
    assert list(conflicts(credentials, config)) == [
        Conflict(description, is_preferred) for description, is_preferred in found
    ]


def test_the_refusal_names_what_is_there_and_the_command_for_another_profile() -> None:
    refuse = check_for("dev", {"sso_session": "x"}, overwrite=False)
    with pytest.raises(StoreError, match="Profile dev has long-lived keys, sso_session") as error:
        refuse(LONG_LIVED)
    assert error.value.exit_status == 253
    assert error.value.command == "aws saml-login --profile dev-saml"
    assert "--overwrite" in str(error.value)


def test_overwriting_is_not_refused() -> None:
    check_for("dev", {"sso_session": "x"}, overwrite=True)(LONG_LIVED)
