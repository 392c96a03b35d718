"""Profiles at the demo that are signed in to without a browser: their credentials are cached."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from aws_saml_ext.demo import Demo
from aws_saml_ext.demo.identity_provider import ROLE_USER
from tests.command import Home

REGION = "eu-west-1"

_SIGN_IN = """\
import sys
from aws_saml_ext import fast_path, renewal
from aws_saml_ext.cli import captures
from aws_saml_ext.config.aws_settings import open_session
from aws_saml_ext.prompt import NonInteractive

fingerprint = fast_path.fingerprint(__import__("os").environ)
session = open_session(sys.argv[1], region=None, ca_bundle=None)
renewal.for_program(
    session,
    NonInteractive(),
    fingerprint=fingerprint,
    capture_for=lambda settings, prompt: captures.capture(
        settings, prompt, assertion="-", environ=__import__("os").environ
    ),
)
"""


def configure(
    home: Home, demo: Demo, profile: str = "dev", *, role: str = ROLE_USER, region: str = REGION
) -> None:
    """Write the settings of a profile at the demo."""
    home.aws.mkdir(exist_ok=True)
    with home.config.open("a") as file:
        file.write(
            f"[profile {profile}]\nsaml_idp_url = {demo.idp_url}\nsaml_role_arn = {role}\n"
            f"endpoint_url = {demo.aws_url}\nsaml_username = aws_admin\n"
        )
        if region:
            file.write(f"region = {region}\n")


def sign_in(home: Home, demo: Demo, profile: str = "dev") -> None:
    """Sign in as aws_admin, as a program with a botocore session would."""
    user = next(each for each in demo.idp.users if each.name == "aws_admin")
    subprocess.run(
        [sys.executable, "-c", _SIGN_IN, profile],
        input=demo.idp.saml_response(user),
        env=home.environ,
        text=True,
        check=True,
        timeout=60,
    )


def signed_in(home: Home, demo: Demo, profile: str = "dev", **settings: str) -> Path:
    """Configure a profile and sign in; return the folder of the cache."""
    configure(home, demo, profile, **settings)
    sign_in(home, demo, profile)
    return home.aws / "saml" / "cache"
