"""The browser of `console`: the words of its command, and where none can be opened."""

from __future__ import annotations

import sys

import pytest

from aws_saml_ext.cli import web_browser
from aws_saml_ext.errors import ConfigError

URL = "http://127.0.0.1:1234/x_y"
VALUES = {"profile": "dev", "account": "111111111111", "role": "Role.User"}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["firefox"], ["firefox", URL]),
        (["firefox", "{url}", "--new"], ["firefox", URL, "--new"]),
        (
            ["firefox", "ext+container:name={profile}&url={quoted_url}"],
            ["firefox", "ext+container:name=dev&url=http%3A%2F%2F127.0.0.1%3A1234%2Fx_y"],
        ),
        (
            ["x", "{account}-{role}", "{url}"],
            ["x", "111111111111-Role.User", URL],
        ),
        (["x", "{other}", "{}", "{url}"], ["x", "{other}", "{}", URL]),
    ],
)
def test_names_in_the_command_are_replaced(command: list[str], words: list[str]) -> None:
    assert web_browser.filled_in(command, URL, VALUES) == words


def test_a_profile_that_looks_like_a_name_stays() -> None:
    words = web_browser.filled_in(["x", "{profile}"], URL, {"profile": "{url}"})
    assert words == ["x", "{url}", URL]


NOWHERE = [
    {"DISPLAY": ":0", "SSH_CONNECTION": "a 1 b 2"},
    {"WAYLAND_DISPLAY": "w", "SSH_TTY": "/dev/pts/1"},
]
if sys.platform == "linux":
    NOWHERE.append({})


@pytest.mark.parametrize("environ", NOWHERE, ids=str)
def test_without_a_display_print_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as refused:
        web_browser.check((), environ, profile="dev")
    assert refused.value.command == "aws saml-login console --print --profile dev"


@pytest.mark.parametrize("environ", NOWHERE, ids=str)
def test_a_command_of_the_persons_needs_no_display(environ: dict[str, str]) -> None:
    web_browser.check(("my-browser",), environ, profile="dev")
    web_browser.check((), {**environ, "BROWSER": "my-browser"}, profile="dev")


def test_a_display_will_do() -> None:
    web_browser.check((), {"DISPLAY": ":0"}, profile="dev")
