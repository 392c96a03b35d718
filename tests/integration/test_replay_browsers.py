"""A session that goes from a browser to replays and back, at a strict identity provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aws_saml_ext.assertion import Assertion
from aws_saml_ext.capture import browser_capture
from aws_saml_ext.capture.browser.discovery import Programs
from aws_saml_ext.capture.replay import kept_cookies
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import StsRefused
from tests.browsers import chromium, settings
from tests.doubles import FakePrompt
from tests.geckodriver import firefox, firefox_settings
from tests.strict_idp import PASSWORD, StrictIdp, serving
from tests.web import serving as serving_aws

ENGINES: dict[str, tuple[Callable[[], Programs], Callable[[], Settings]]] = {
    "chromium": (chromium, settings),
    "firefox": (firefox, firefox_settings),
}


def signs_in(settings: Settings, prompt: FakePrompt, idp: StrictIdp) -> list[tuple[str, bool]]:
    """Sign in; return each request, and whether a replay made it."""
    before = len(idp.requests)
    with browser_capture(settings, prompt)(settings) as captured:
        assert Assertion.parse(captured.saml_response).roles
    return idp.requests[before:]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_session_goes_to_replays_and_back_without_a_question(engine: str, tmp_path: Path) -> None:
    find, settings_of = ENGINES[engine]
    programs, prompt = find(), FakePrompt(["jane", PASSWORD])
    steps = ["/start", "/token", "/proof", "/refresh", "/last"]
    with serving_aws({}) as aws, serving(aws.url("/saml", host="localhost")) as idp:
        chosen = replace(
            settings_of(),
            browser_binary=programs.binary,
            browser_driver=programs.driver,
            idp_url=idp.url,
            acs_url=idp.acs_url,
            saml_folder=tmp_path / ".aws" / "saml",
            timeout=timedelta(seconds=90),
        )
        first = signs_in(chosen, prompt, idp)
        assert not any(by_replay for _, by_replay in first)
        assert (len(prompt.asked), idp.logins) == (2, 1)
        # A replay, which is told apart by the encodings that it takes.
        assert signs_in(chosen, prompt, idp) == [(step, True) for step in steps]
        # A replay that ends in the middle, and a browser that goes on with its cookies.
        idp.has_scripts = True
        found = signs_in(chosen, prompt, idp)
        assert found[:4] == [(step, True) for step in steps[:4]]
        assert found[4:] == [(step, False) for step in steps]
        [file] = (chosen.saml_folder / "browser").glob("*/cookies.json")
        kept = kept_cookies.read(file)
        assert kept is not None
        assert kept.failures == 1
        idp.has_scripts = False
        assert signs_in(chosen, prompt, idp) == [(step, True) for step in steps]
        with pytest.raises(StsRefused) as caught, browser_capture(chosen, prompt)(chosen):
            raise StsRefused("No.")
        assert caught.value.command == f"aws saml-login --profile {chosen.profile} --clean"
    assert (idp.thefts, idp.logins, len(prompt.asked)) == ([], 1, 2)
    assert aws.requests == []
    notices = [line for line in prompt.notified if "replay" in line]
    assert len(notices) == 1
    assert "saml_renewal browser" in notices[0]
