"""When a page has settled: pages that change, load for ever, or stay after they were submitted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aws_saml_ext.capture.flow.settling import SettledPage, Settling
from aws_saml_ext.capture.page.classify import classify
from aws_saml_ext.capture.page.kinds import Refusal
from aws_saml_ext.errors import IdentityProviderRefused, SignInRequired
from tests.built_pages import built
from tests.doubles import FakeClock
from tests.scripted_browser import (
    POSTED,
    ScriptedBrowser,
    ScriptedPage,
    Shown,
    failing,
    page,
    run,
    scene,
)

FORM = page("english-one-page")
LOADING = {"state": "loading"}
"""As of a page that waits for a script, which never comes."""
FILLED = replace(FORM, fields=tuple(replace(field, filled=True) for field in FORM.fields))


def test_a_complete_form_is_answered_at_the_first_look() -> None:
    of = scene(FORM, POSTED, answers=["jane", "secret"])
    run(of)
    assert of.seconds <= 0.25


def test_a_form_that_is_drawn_in_steps_is_answered_when_it_is_whole() -> None:
    whole = page("english-one-page")
    half = replace(whole, fields=whole.fields[:1])
    of = scene(
        Shown(half, 0.4), Shown(whole, same_document=True), POSTED, answers=["jane", "secret"]
    )
    run(of)
    assert of.browser.typed == [("Username or email", "jane"), ("Password", "secret")]


def test_a_form_is_answered_when_a_script_has_written_the_words_beside_its_fields() -> None:
    mute = replace(FORM, fields=tuple(replace(field, label="") for field in FORM.fields))
    of = scene(
        Shown(mute, 0.3), Shown(FORM, same_document=True), POSTED, answers=["jane", "secret"]
    )
    run(of)
    assert of.prompt.asked == ["Username or email: ", "Password: (hidden)"]


def test_a_form_that_comes_late_is_waited_for() -> None:
    of = scene(Shown(page("loading"), 5.0), FORM, POSTED, answers=["jane", "secret"])
    assert run(of) == POSTED.saml_response


def test_a_form_that_rests_is_answered_though_its_page_is_still_being_loaded() -> None:
    of = scene(page("english-one-page", **LOADING), POSTED, answers=["jane", "secret"])
    assert run(of) == POSTED.saml_response
    assert of.seconds < 3


def test_a_page_that_is_still_at_work_on_what_was_typed_is_not_answered_twice() -> None:
    at_work = Shown(FILLED, 10.0, same_document=True)
    of = scene(FORM, at_work, POSTED, answers=["jane", "secret"])
    assert run(of) == POSTED.saml_response
    assert len(of.browser.typed) == 2


def test_a_field_that_turns_red_is_an_answer() -> None:
    red = replace(FILLED, fields=tuple(replace(field, red=True) for field in FILLED.fields))
    of = scene(
        *(FORM, Shown(FILLED, 0.5, same_document=True), Shown(red, same_document=True)),
        *(POSTED,),
        answers=["jane", "secret", "", "other"],
    )
    run(of)
    assert of.seconds < 5


def test_a_page_that_empties_its_form_before_it_goes_on_is_not_answered_twice() -> None:
    emptied = Shown(FORM, 0.7, same_document=True)
    of = scene(FORM, emptied, POSTED, answers=["jane", "secret"])
    assert run(of) == POSTED.saml_response
    assert len(of.browser.typed) == 2


def test_a_page_that_does_nothing_with_what_was_typed_continues_in_a_window() -> None:
    stays = Shown(FILLED, same_document=True)
    of = scene(FORM, stays, then=[POSTED], answers=["jane", "secret"], display=True)
    assert run(of) == POSTED.saml_response
    assert 'idp.example.com ("Sign in to Example") does not go on.' in of.prompt.notified[0]
    assert of.seconds < 30


def test_a_page_that_says_no_and_is_loaded_for_ever_ends_it_too() -> None:
    error = failing(scene(page("french-locked", **LOADING)), IdentityProviderRefused)
    assert "Connexion impossible." in str(error)


def test_a_page_that_says_no_for_a_moment_only_is_waited_for() -> None:
    of = scene(Shown(page("spanish-forbidden"), 1.0), POSTED)
    assert run(of) == POSTED.saml_response


@pytest.mark.parametrize("name", ["loading", "goes-on-by-itself", "english-security-key"])
def test_a_page_that_is_loaded_for_ever_ends_as_one_that_is_there(name: str) -> None:
    of = scene(page(name, **LOADING))
    error = failing(of, SignInRequired)
    assert "idp.example.com" in str(error)
    assert error.hint == "aws saml-login --profile dev --use-browser"
    assert of.seconds < 25  # of 30, the browser needs some to start


def test_a_form_that_is_submitted_and_then_loaded_for_ever_does_not_go_on() -> None:
    stays = Shown(replace(FILLED, state="loading"), same_document=True)
    of = scene(FORM, stays, answers=["jane", "secret"])
    assert "does not go on." in str(failing(of, SignInRequired))
    assert of.seconds < 25


@pytest.mark.parametrize(
    ("links", "more", "seconds"),
    [
        (("AWS", "Wiki"), {}, 0.9),
        (("Try another way",), {"lines": ["Use your passkey."]}, 0.9),
        ((), {"lines": ["Use your passkey."]}, 2.0),
        (("Wiki", "Mail"), {}, 8.0),
        (("AWS", "Wiki"), {"state": "interactive"}, 8.0),
    ],
)
def test_a_page_of_links_is_waited_for_until_it_is_known_what_it_wants(
    links: tuple[str, ...], more: dict[str, Any], seconds: float
) -> None:
    settling = Settling()
    shown = built(links=links, **{"lines": ["Your applications"], **more})
    times = [tenth / 10 for tenth in range(100)]
    settled = next(at for at in times if settling.observe(shown, at) is not None)
    assert settled == seconds


def test_a_portal_that_draws_one_tile_after_the_other_is_waited_for() -> None:
    settling = Settling()
    names = ("AWS", "Wiki", "Mail", "Payroll")
    drawn = [built(links=names[: 1 + at // 5], lines=["Applications"]) for at in range(40)]
    settled = next(at for at, page in enumerate(drawn) if settling.observe(page, at / 10))
    assert len(drawn[settled].links) == len(names)


def answered_by(*lines: str, after: float = 0.0, **changed: Any) -> float:
    """Return when a form counts as answered that stays, with more words after some seconds."""
    submitted = ScriptedPage(FORM, ScriptedBrowser([], FakeClock()))
    settling = Settling(SettledPage(submitted, classify(FORM)))
    stays = replace(FILLED, lines=(*FORM.lines, *lines), **changed)
    times = [tenth / 10 for tenth in range(200)]
    return next(
        at for at in times if settling.observe(stays if at >= after else FILLED, at) is not None
    )


@pytest.mark.parametrize(
    ("words", "changed", "seconds"),
    [
        (["That is not in our records."], {}, 4.0),
        (["That is not in our records."], {"after": 3.0}, 5.0),
        (["Comparing with our records…"], {}, 15.0),
        (["One moment please."], {}, 15.0),
        (["That is not in our records."], {"busy": True}, 15.0),
        (
            ["That is not in our records."],
            {"buttons": tuple(replace(each, disabled=True) for each in FORM.buttons)},
            15.0,
        ),
        ([], {}, 15.0),
    ],
)
def test_a_form_that_stays_is_answered_by_new_words_where_it_is_not_at_work(
    words: list[str], changed: dict[str, Any], seconds: float
) -> None:
    assert answered_by(*words, **changed) == seconds


def test_what_comes_back_over_a_form_is_asked_about_again_within_seconds() -> None:
    over = page("cookie-banner-over-it")
    assert over.overlay
    settling = Settling(
        SettledPage(ScriptedPage(over, ScriptedBrowser([], FakeClock())), classify(over))
    )
    times = [tenth / 10 for tenth in range(200)]
    assert next(at for at in times if settling.observe(over, at) is not None) < 5


def test_a_page_that_never_stops_changing_settles_after_ten_seconds() -> None:
    settling = Settling()
    refusals = [page("blank", lines=(f"Error {second}.",)) for second in range(11)]
    observed = [settling.observe(shown, float(at)) for at, shown in enumerate(refusals)]
    assert observed == [*[None] * 10, Refusal("Error 10.")]


def test_the_poll_interval_grows_after_a_second_without_a_page() -> None:
    settling = Settling(has_session=False)
    intervals = []
    for now in (100.0, 101.0, 102.0, 104.0, 130.0):
        settling.observe_no_page(now)
        intervals.append(settling.poll_interval)
    assert intervals == pytest.approx([0.02, 0.02, 0.1, 0.3, 0.5])


def test_a_page_that_comes_after_a_wait_is_read_again_soon() -> None:
    settling = Settling()
    for now in (100.0, 110.0):
        settling.observe_no_page(now)
    settling.observe(page("loading"), 110.5)
    assert settling.poll_interval == 0.02


def test_the_poll_interval_grows_while_a_page_stays_the_same() -> None:
    settling = Settling()
    loading = page("loading")
    intervals = []
    for second in range(10):
        settling.observe(loading, float(second))
        intervals.append(settling.poll_interval)
    assert intervals == sorted(intervals)
    assert (intervals[0], intervals[-1]) == (0.02, 0.5)


@pytest.mark.parametrize(("has_session", "seconds"), [(True, 0.25), (False, 0.02)])
def test_the_first_page_is_read_later_where_a_session_may_post_by_itself(
    has_session: bool, seconds: float
) -> None:
    assert Settling(has_session=has_session).poll_interval == seconds
