"""Signing in with a real browser at the demo's identity provider, from first page to POST."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aws_saml_ext.capture import engine_for
from aws_saml_ext.capture.flow.sign_in_flow import capturing
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.demo import Demo
from aws_saml_ext.errors import SignInRequired
from aws_saml_ext.login import Captured
from tests import web
from tests.browsers import chromium, settings
from tests.doubles import FakePrompt
from tests.samples import SIGN_IN_PAGE
from tests.web import Answer

pytestmark = pytest.mark.browser


@contextmanager
def signed_in(
    demo: Demo,
    folder: Path,
    prompt: FakePrompt,
    *,
    at: dict[str, Any] | None = None,
    **changed: Any,
) -> Iterator[Captured]:
    with signed_in_at(demo.idp.address(**(at or {})), folder, prompt, **changed) as captured:
        yield captured


@contextmanager
def signed_in_at(
    address: str,
    folder: Path,
    prompt: FakePrompt,
    *,
    timeout: timedelta = timedelta(seconds=60),
    **changed: Any,
) -> Iterator[Captured]:
    @contextmanager
    def profile_folder(settings: Settings) -> Iterator[Path]:
        yield folder

    capture = capturing(
        engine_for(chromium()), prompt, profile_folder=profile_folder, environ={}, platform="linux"
    )
    with capture(settings(idp_url=address, timeout=timeout, **changed)) as captured:
        yield captured


@pytest.mark.parametrize(
    ("at", "questions"),
    [
        ({"lang": "de", "label": "placeholder"}, ["Benutzername: ", "Passwort: (hidden)"]),
        ({"lang": "ja", "label": "text", "pages": 2}, ["ユーザー名: ", "パスワード: (hidden)"]),
        ({"label": "autocomplete", "late": 1500}, ["Username: ", "Password: (hidden)"]),
        (
            {"lang": "fr", "label": "aria-label", "via": "popup"},
            ["Identifiant: ", "Mot de passe: (hidden)", "Continue in a new window? [y/N] "],
        ),
    ],
    ids=["German", "Japanese, two pages", "drawn late", "French, popup"],
)
def test_pages_of_any_make_are_answered_from_the_terminal(
    at: dict[str, Any], questions: list[str], demo: Demo, tmp_path: Path
) -> None:
    prompt = FakePrompt(["aws_user", "aws_user", "y"])
    with signed_in(demo, tmp_path, prompt, at=at) as captured:
        assert captured.saml_response
    assert prompt.asked == questions


def test_a_wrong_password_is_asked_again_and_the_session_then_renews_silently(
    demo: Demo, tmp_path: Path
) -> None:
    prompt = FakePrompt(["aws_user", "wrong", "", "aws_user"])
    with signed_in(demo, tmp_path, prompt, at={"lang": "es"}) as captured:
        first = captured.saml_response
        assert captured.again() != first
    assert prompt.shown == ['127.0.0.1 says: "Nombre de usuario o contraseña incorrectos."']
    assert (demo.idp.sign_ins, demo.idp.answers, len(prompt.asked)) == (1, 2, 4)


def test_a_session_that_has_ended_is_not_renewed_silently(demo: Demo, tmp_path: Path) -> None:
    prompt = FakePrompt(["aws_user", "aws_user"])
    with signed_in(demo, tmp_path, prompt) as captured:
        demo.idp.end_sessions()
        with pytest.raises(SignInRequired):
            captured.again()


def test_a_form_in_front_of_a_script_that_never_comes_is_answered(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        script = f"<script src=http://127.0.0.1:{silent.getsockname()[1]}/></script>"
        with web.serving({"/": Answer(SIGN_IN_PAGE + script)}) as idp:
            started = time.monotonic()
            with signed_in_at(idp.url("/"), tmp_path, FakePrompt(["jane", "secret"])) as captured:
                assert captured.saml_response == "QUJD"
    assert time.monotonic() - started < 15
