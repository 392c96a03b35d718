"""Lines of the config file that mean nothing are told, with the name that was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.session import Session

from aws_saml_ext.cli.config_mistakes import misnamed, misspelt_variables, mistakes
from aws_saml_ext.credentials import KEYS


def session_of(tmp_path: Path, config: str) -> Session:
    """A session that reads this config file."""
    file = tmp_path / "config"
    file.write_text(config)
    session = Session()
    session.set_config_variable("config_file", str(file))
    return session


def told(tmp_path: Path, config: str) -> list[str]:
    """The mistakes in profile dev of this config file."""
    return list(mistakes(session_of(tmp_path, config), "dev"))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "saml_rol_arn = Dev",
            "saml_rol_arn in [profile dev] is no setting. Did you mean saml_role_arn?",
        ),
        (
            "saml_usernam = jane",
            "saml_usernam in [profile dev] is no setting. Did you mean saml_username?",
        ),
        (
            "saml-role-arn = Dev",
            "saml-role-arn in [profile dev] is no setting. Did you mean saml_role_arn?",
        ),
        (
            "AWS_SAML_ROLE_ARN = Dev",
            "aws_saml_role_arn in [profile dev] is no setting. Did you mean saml_role_arn?",
        ),
        (
            "smal_username = jane",
            "smal_username in [profile dev] is no setting. Did you mean saml_username?",
        ),
        ("saml_xyzzy = 1", "saml_xyzzy in [profile dev] is no setting."),
        (
            "saml_use_browser = true",
            "saml_use_browser in [profile dev] has no effect: use the option --use-browser.",
        ),
        (
            "saml_role_arn = Dev  # mine",
            (
                "saml_role_arn in [profile dev] has '# mine' in its value: AWS's files have "
                "comments only on lines of their own."
            ),
        ),
    ],
)
def test_a_line_without_a_meaning_is_told(line: str, sentence: str, tmp_path: Path) -> None:
    assert told(tmp_path, f"[profile dev]\n{line}\n") == [sentence]


@pytest.mark.parametrize(
    "line",
    [
        "saml_role_arn = Dev",
        "# saml_role_arn = Dev",
        "region = eu-west-1",
        "role_arn = arn:aws:iam::123456789012:role/Dev",
        "sso_role_name = Dev",
        "credential_process = program",
        "saml_password_command = sh -c 'pass show aws # mine'",
        "saml_idp_url = https://idp.example.com/#/aws;x",
        *(f"{key} = x" for key in KEYS),
    ],
)
def test_a_line_that_means_what_it_says_is_not_told(line: str, tmp_path: Path) -> None:
    assert told(tmp_path, f"[profile dev]\n{line}\n") == []


def test_the_section_of_the_identity_provider_is_read_as_well(tmp_path: Path) -> None:
    config = "[profile dev]\nsaml_idp = corp\n[saml-idp corp]\nsaml_idp_ur = https://x\n"
    assert told(tmp_path, config) == [
        "saml_idp_ur in [saml-idp corp] is no setting. Did you mean saml_idp_url?"
    ]


@pytest.mark.parametrize("header", ["dev", "Profile dev", "profil dev", "prof_dev", "DEV"])
def test_a_section_that_was_meant_for_a_profile_is_known(header: str, tmp_path: Path) -> None:
    session = session_of(tmp_path, f"[{header}]\nsaml_role_arn = Dev\n")
    assert misnamed(session, "profile", "dev") == header


@pytest.mark.parametrize(
    "header", ["corp", "saml_idp corp", "SAML-IDP corp", "saml corp", "idp corp"]
)
def test_a_section_that_was_meant_for_an_identity_provider_is_known(
    header: str, tmp_path: Path
) -> None:
    session = session_of(tmp_path, f"[{header}]\nsaml_idp_url = https://idp.example.com/\n")
    assert misnamed(session, "saml-idp", "corp") == header


@pytest.mark.parametrize("header", ["dev]\nregion = eu-west-1\n[other", "devel", "my dev"])
def test_another_section_is_taken_for_no_profile(header: str, tmp_path: Path) -> None:
    session = session_of(tmp_path, f"[{header}]\nsaml_role_arn = Dev\n")
    assert misnamed(session, "profile", "dev") is None


def test_a_misspelt_variable_is_told_with_the_right_one() -> None:
    assert list(misspelt_variables({"AWS_SAML_ROLE": "Dev", "AWS_SAML_USER_NAME": "jane"})) == [
        "AWS_SAML_ROLE in the environment is no setting. Did you mean AWS_SAML_ROLE_ARN?",
        "AWS_SAML_USER_NAME in the environment is no setting. Did you mean AWS_SAML_USERNAME?",
    ]


@pytest.mark.parametrize(
    "name",
    ["AWS_SAML_ROLE_ARN", "AWS_SAML_FOLDER", "AWS_SAML_EXEC_PID", "AWS_SAML_XYZZY", "AWS_PROFILE"],
)
def test_a_variable_of_ours_or_of_others_is_not_told(name: str) -> None:
    assert list(misspelt_variables({name: "x"})) == []
