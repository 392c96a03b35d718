"""Lines of the config file that mean nothing are told, with the name that was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.session import Session

from aws_saml_ext.cli.config_mistakes import mistakes


def told(tmp_path: Path, config: str) -> list[str]:
    """The mistakes in profile dev of this config file."""
    file = tmp_path / "config"
    file.write_text(config)
    session = Session()
    session.set_config_variable("config_file", str(file))
    return list(mistakes(session, "dev"))


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
        "saml_password_command = sh -c 'pass show aws # mine'",
        "saml_idp_url = https://idp.example.com/#/aws;x",
    ],
)
def test_a_line_that_means_what_it_says_is_not_told(line: str, tmp_path: Path) -> None:
    assert told(tmp_path, f"[profile dev]\n{line}\n") == []


def test_the_section_of_the_identity_provider_is_read_as_well(tmp_path: Path) -> None:
    config = "[profile dev]\nsaml_idp = corp\n[saml-idp corp]\nsaml_idp_ur = https://x\n"
    assert told(tmp_path, config) == [
        "saml_idp_ur in [saml-idp corp] is no setting. Did you mean saml_idp_url?"
    ]
