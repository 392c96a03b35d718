"""A page that nobody understands, saved without whatever could be private."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from aws_saml_ext.capture.page.classify import classify
from aws_saml_ext.capture.page.description import Description
from aws_saml_ext.capture.page.kinds import SignInForm
from aws_saml_ext.capture.page.saved_page import saved
from aws_saml_ext.errors import SignInRequired
from tests.built_pages import built, text
from tests.described_pages import NAMES, description
from tests.scripted_browser import failing, page, scene

TOKEN = "eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0"
PRIVATE = built(
    text("Company ID of Jane Doe", name="csrf-8f14e45fceea167a5a36dedd4bea2543"),
    title="Welcome, jane.doe@corp.example",
    headings=["Hello Jane"],
    lines=[
        "Jane Doe jane.doe@corp.example",
        "Call +49 30 1234567, or see https://intranet.corp.example/help?ticket=4711",
        f"Your request {TOKEN} at login.corp.example was not understood.",
        "We know globex well.",
        "The key is JBSW Y3DP EHPK QPXP.",
    ],
    links=("Jane Doe",),
    accounts=["jane.doe@corp.example"],
    origin="https://login.corp.example",
    address=f"https://login.corp.example/tenant-17/sign-in?SAMLRequest={TOKEN}",
)


def saved_and_read(page: Description, *private: str) -> Description:
    return Description.parse(json.loads(saved(page, private)))


@pytest.mark.parametrize(
    "secret",
    [
        "jane",
        "Doe",
        "corp.example",
        "tenant",
        TOKEN[:12],
        "8f14e45f",
        "4711",
        "1234567",
        "globex",
        "JBSW",
    ],
)
def test_names_numbers_addresses_and_tokens_are_not_in_it(secret: str) -> None:
    assert secret.casefold() not in saved(PRIVATE, ["jane.doe", "globex"]).casefold()


def test_words_that_say_what_the_page_asks_stay() -> None:
    assert saved_and_read(PRIVATE, "jane.doe").fields[0].caption == "Company ID of … …"


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_page_is_a_test_case_of_the_same_kind(name: str) -> None:
    before, after = classify(description(name)), classify(saved_and_read(description(name)))
    assert type(after) is type(before)
    if isinstance(before, SignInForm) and isinstance(after, SignInForm):
        assert [type(part) for part in after.parts] == [type(part) for part in before.parts]
        assert bool(after.password) == bool(before.password)
        assert len(after.code) == len(before.code)


def test_frames_keep_their_origins_apart() -> None:
    after = saved_and_read(description("frame-of-another-site"))
    assert after.origins == ("https://idp.example.com", "https://other1.example.com")


def test_it_is_written_only_where_the_person_says_so(tmp_path: Path) -> None:
    file = tmp_path / "page.json"
    of = scene(page("english-captcha"), answers=["n"])
    failing(of, SignInRequired, save_page=file)
    assert not file.exists()
    assert str(file) in of.prompt.shown[0]
    of = scene(page("english-captcha"), answers=["y"])
    failing(of, SignInRequired, save_page=file)
    assert json.loads(file.read_text(encoding="utf-8"))[0]["title"] == "Sign in"
    assert file.stat().st_mode & 0o077 == 0


def test_a_page_that_is_understood_is_not_saved(tmp_path: Path) -> None:
    of = scene(page("english-one-page"), page("english-captcha"), answers=["jane", "x", "y"])
    failing(of, SignInRequired, save_page=tmp_path / "page.json")
    assert of.prompt.asked[2:] == ["Write it? [y/N] "]


def test_what_was_typed_is_not_in_it(tmp_path: Path) -> None:
    echo = replace(page("english-captcha"), lines=("globex is not known to Jane",))
    company = built(text("Company ID"), *(), submits=("Next",))
    of = scene(company, echo, answers=["globex", "y"])
    failing(of, SignInRequired, save_page=tmp_path / "page.json", username="jane")
    content = (tmp_path / "page.json").read_text(encoding="utf-8").casefold()
    assert "globex" not in content
    assert "jane" not in content


def test_a_file_that_cannot_be_written_is_told_and_ends_nothing(tmp_path: Path) -> None:
    of = scene(page("english-captcha"), answers=["y"])
    error = failing(of, SignInRequired, save_page=tmp_path / "nowhere" / "page.json")
    assert "asks for the text in a picture" in str(error)
    assert any("No such file" in line for line in of.prompt.notified)
