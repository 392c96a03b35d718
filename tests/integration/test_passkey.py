"""A page that asks for a passkey: left to a window, where the browser's own WebAuthn works."""

from __future__ import annotations

import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from selenium.webdriver.common.virtual_authenticator import Credential, VirtualAuthenticatorOptions

from aws_saml_ext.capture import engine_for
from aws_saml_ext.capture.browser.engine import StartBrowser, WatchedBrowser
from aws_saml_ext.capture.flow.sign_in_flow import capturing
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import SignInRequired
from aws_saml_ext.login import Capture
from tests.browsers import chromium, settings
from tests.doubles import FakePrompt
from tests.web import Answer, Web, serving

pytestmark = pytest.mark.browser

HOST = "localhost"
"""WebAuthn wants a name, and https or loopback."""

PASSKEY = """<!doctype html><title>Sign in</title><h1>Use your passkey</h1>
<p id=said></p><button onclick=ask()>Try again</button>
<form method=post action=https://signin.aws.amazon.com/saml></form>
<script>
async function ask() {
  const publicKey = { challenge: new Uint8Array(32), userVerification: "required" };
  const found = await navigator.credentials.get({ publicKey });
  const flags = new Uint8Array(found.response.authenticatorData)[32];
  const answer = Object.assign(document.createElement("input"), { type: "hidden" });
  answer.name = "SAMLResponse";
  answer.value = btoa(flags & 4 ? "the person was verified" : "nobody was");
  document.forms[0].append(answer);
  document.forms[0].submit();
}
ask().catch(error => { document.getElementById("said").textContent = error.name });
</script>"""

WAYS = """<!doctype html><title>Sign in</title><h1>Use your passkey</h1>
<a href=password>Try another way</a>
<script>navigator.credentials.get({ publicKey: { challenge: new Uint8Array(32) } })</script>"""
FORM = """<!doctype html><title>Sign in</title>
<form method=post action=https://signin.aws.amazon.com/saml><label>Password <input type=password>
</label><input type=hidden name=SAMLResponse value=QUJD><button>Sign in</button></form>"""

CREDENTIAL = b"a passkey of jane"


@pytest.fixture
def idp() -> Iterator[Web]:
    with serving({"/": Answer(PASSKEY)}) as served:
        yield served


def capture(start: StartBrowser, prompt: FakePrompt, folder: Path, *, display: str = "") -> Capture:
    @contextmanager
    def profile_folder(_: Settings) -> Iterator[Path]:
        yield folder

    environ = {"DISPLAY": display} if display else {}
    return capturing(
        start, prompt, profile_folder=profile_folder, environ=environ, platform="linux"
    )


def wanted(idp: Web) -> Settings:
    return settings(idp_url=idp.url("/", host=HOST), timeout=timedelta(seconds=60))


def with_a_passkey_in_a_window(start: StartBrowser) -> StartBrowser:
    """A person who has one at hand where they see the page."""

    @contextmanager
    def started(
        settings: Settings, folder: Path, headless: bool, seconds: float
    ) -> Iterator[WatchedBrowser]:
        with start(settings, folder, headless, seconds) as browser:
            if not headless:
                add_passkey(browser)
            yield browser

    return started


def add_passkey(browser: WatchedBrowser) -> None:
    options = VirtualAuthenticatorOptions(
        transport=VirtualAuthenticatorOptions.Transport.INTERNAL,
        has_resident_key=True,
        has_user_verification=True,
        is_user_verified=True,
    )
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )
    browser.driver.add_virtual_authenticator(options)
    browser.driver.add_credential(
        Credential.create_resident_credential(CREDENTIAL, HOST, b"jane", key, 0)
    )


def test_without_a_display_a_passkey_is_named_with_the_way_to_a_window(
    idp: Web, tmp_path: Path
) -> None:
    started = time.monotonic()
    with (
        pytest.raises(SignInRequired) as caught,
        capture(engine_for(chromium()), FakePrompt(answers=["n"]), tmp_path)(wanted(idp)),
    ):
        pass
    assert 'localhost ("Sign in") asks for a security key or a passkey.' in str(caught.value)
    assert caught.value.hint == "aws saml-login --profile dev --use-browser"
    assert time.monotonic() - started < 30


def test_in_a_window_the_page_gets_the_passkey_and_through_to_its_post(
    idp: Web, tmp_path: Path, display: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    prompt = FakePrompt()
    start = with_a_passkey_in_a_window(engine_for(chromium()))
    with capture(start, prompt, tmp_path, display=display)(wanted(idp)) as captured:
        assert b64decode(captured.saml_response) == b"the person was verified"
    assert (
        "asks for a security key or a passkey. The sign-in continues in a browser window."
        in prompt.notified[0]
    )
    assert prompt.asked == []


def test_another_way_can_be_chosen_while_the_page_waits_for_a_passkey(tmp_path: Path) -> None:
    prompt = FakePrompt(answers=["y", "secret"])
    with (
        serving({"/": Answer(WAYS), "/password": Answer(FORM)}) as idp,
        capture(engine_for(chromium()), prompt, tmp_path)(wanted(idp)) as captured,
    ):
        assert captured.saml_response == "QUJD"
    assert prompt.asked == ["Try another way? [y/N] ", "Password: (hidden)"]
