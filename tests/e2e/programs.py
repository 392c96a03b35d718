"""Programs that sign in, and the home folders that they run in."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from aws_saml_ext.demo import Demo
from tests.command import CREDENTIALS_BY_HAND, Done, Home, home_at

WHO = "arn:aws:sts::000000000000:assumed-role/Role.User/aws_user"
WHO_AM_I = """
import sys, aws_saml_ext
session = aws_saml_ext.boto3_session("dev", sign_in=sys.argv[1])
try:
    print(session.client("sts").get_caller_identity()["Arn"])
except aws_saml_ext.errors.SamlLoginError as error:
    print(type(error).__name__, error, sep="\\n")
"""


def with_profile(folder: Path, demo: Demo, *, endpoint_url: str = "", **keys: str) -> Home:
    if not shutil.which("chromedriver"):
        pytest.skip("chromedriver is not installed")
    home = home_at(folder)
    home.aws.mkdir(mode=0o700)
    settings = {
        "region": "eu-west-1",
        "endpoint_url": endpoint_url or demo.aws_url,
        "saml_idp_url": demo.idp_url,
        "saml_username": "aws_user",
        **keys,
    }
    lines = ["[profile dev]", *(f"{name} = {value}" for name, value in settings.items()), ""]
    home.config.write_text("\n".join(lines))
    home.credentials.write_text(CREDENTIALS_BY_HAND)
    return home


def run(home: Home, program: str, *arguments: str, **environ: str) -> Done:
    """Run a program with warnings as errors, without display and terminal."""
    strict = ("-W", "error", "-c", program)
    return home.run(*strict, *arguments, command=[sys.executable], environ=environ)
