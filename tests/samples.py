"""Values that many tests start from."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from aws_saml_ext.config.flows import Flow
from aws_saml_ext.config.settings import Browser, Renewal, Settings, StoreKind
from aws_saml_ext.credentials import Credentials, Issued
from tests.saml import READER

SETTINGS = Settings(
    profile="dev",
    idp_name=None,
    idp_url="https://idp.example.com/aws",
    role_arn=None,
    role_selection=None,
    provider_arn=None,
    session_duration=timedelta(hours=1),
    username=None,
    password_command=(),
    mfa_command=(),
    answers=(),
    sign_in=Flow.AUTO,
    show_browser=False,
    save_page=None,
    browser=Browser.AUTO,
    browser_binary=None,
    browser_driver=None,
    browser_arguments=(),
    console_command=(),
    timeout=timedelta(seconds=5),
    acs_url=None,
    store=StoreKind.CREDENTIALS_FILE,
    keep_session=True,
    renewal=Renewal.AUTO,
    config_file=Path("nowhere/config"),
    credentials_file=Path("nowhere/credentials"),
    saml_folder=Path("nowhere/saml"),
)
CREDENTIALS = Credentials(
    access_key_id="ASIAEXAMPLE",
    secret_access_key="secret",
    session_token="token",
    expiration=datetime(2030, 1, 1, tzinfo=timezone.utc),
    role_arn=READER,
    assumed_role_arn="arn:aws:sts::222222222222:assumed-role/Reader/jane",
)
ISSUED = Issued(CREDENTIALS, CREDENTIALS.expiration - timedelta(hours=1))
SIGN_IN_PAGE = """\
<title>Sign in</title><form method=post action=https://signin.aws.amazon.com/saml>
<input type=hidden name=SAMLResponse value=QUJD><label>User name <input name=user></label>
<label>Password <input type=password name=password></label><button>Sign in</button></form>"""
"""A page that asks for a username and a password, and posts a SAMLResponse to AWS."""
