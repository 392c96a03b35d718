"""A program that logs everything signs in with a real browser: no secret is in its log."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from aws_saml_ext.capture.browser.discovery import Programs
from aws_saml_ext.demo import running
from aws_saml_ext.demo.identity_provider import ROLE_USER, TOTP_SECRET, User
from tests.browsers import chromium
from tests.geckodriver import firefox

pytestmark = pytest.mark.browser

PASSWORD = "7hKq2Zr9Vb4x-of-its-own"
JANE = User("jane", (ROLE_USER,), password=PASSWORD, totp=TOTP_SECRET)
CODE = """\
import pathlib, sys
from datetime import datetime, timezone
from aws_saml_ext.demo.identity_provider import TOTP_SECRET
from aws_saml_ext.demo.steps import totp
code = totp(TOTP_SECRET, datetime.now(timezone.utc))
pathlib.Path(sys.argv[1]).write_text(code)
print(code)"""
OWN_REQUEST = (
    "own|botocore.endpoint|DEBUG|Making request for OperationModel(name=GetCallerIdentity)"
)


@pytest.mark.parametrize("programs", [chromium, firefox])
def test_the_secrets_of_a_sign_in_are_in_no_log_of_the_program_around_it(
    programs: Callable[[], Programs], tmp_path: Path, aws_home: Path
) -> None:
    found = programs()
    code, folder = tmp_path / "code", tmp_path / "profile"
    folder.mkdir()
    with running(users=[JANE]) as demo:
        demo.aws.delay = 0.3  # so that the program asks meanwhile
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.integration.logging_program"),
                *(found.browser.value, found.binary, found.driver),
                *(demo.idp_url, demo.aws_url, folder),
                json.dumps([sys.executable, "-c", f"print({PASSWORD!r})"]),
                json.dumps([sys.executable, "-c", CODE, str(code)]),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[2],
            timeout=100,
        )
    log = done.stderr
    assert done.returncode == 0, log[-2000:]
    seen = json.loads(done.stdout)

    assertion = seen["assertion"]
    secrets = {
        "password": PASSWORD,
        "assertion": assertion,
        "assertion in a form": quote(assertion, safe=""),
        "part of the assertion": assertion[len(assertion) // 2 :][:60],
        "secret key": seen["secret_access_key"],
        "secret key in a form": quote(seen["secret_access_key"], safe=""),
        "token": seen["session_token"],
        "token in a form": quote(seen["session_token"], safe=""),
    }
    assert [name for name, secret in secrets.items() if secret in log] == []
    # Six digits may well be a part of something else.
    assert re.search(rf"(?<![0-9A-Za-z]){code.read_text()}(?![0-9A-Za-z])", log) is None

    assert seen["checked"] == [
        "GetCallerIdentity: arn:aws:sts::000000000000:assumed-role/Role.User/jane",
        "ListBuckets: 1 bucket",
    ]
    assert "aws_saml_ext.sts.exchange|DEBUG|STS answered request" in log
    assert seen["own_requests"] >= 3
    assert log.count(OWN_REQUEST) == seen["own_requests"]
    for library in ("botocore", "urllib3", "selenium", "websocket"):
        assert f"MainThread|{library}|DEBUG|afterwards" in log
