"""The values of settings: the texts that are taken, and those that are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from aws_saml_ext.config import values
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.config.settings import Browser


@pytest.mark.parametrize(
    ("parse", "value", "why"),
    [
        (values.web_address, "ftp://idp.example.com", "is not a web address"),
        (values.web_address, "idp.example.com", "is not a web address"),
        (values.web_address, "https://idp.example.com:port", "is not a web address"),
        (values.web_address, "https://[::1", "is not a web address"),
        (values.web_address, "http://idp.example.com", "http is for loopback only"),
        (values.web_address, "https://jane:pw@idp.example.com", "a user name or password in it"),
        (values.web_address, "htps://jane:pw@idp.example.com", "a user name or password in it"),
        (values.web_address, "https://idp.example.com/a b", "it has white space"),
        (values.web_address, "http://10.0.0.1/saml", "http is for loopback only"),
        (values.session_duration, "899", "it must be from 900 to 43200"),
        (values.session_duration, "43201", "it must be from 900 to 43200"),
        (values.session_duration, "13h", "it must be from 900 to 43200"),
        (values.session_duration, "1 hour", "it must be seconds (900 to 43200)"),
        (values.session_duration, "-900", "it must be seconds (900 to 43200)"),
        (values.seconds, "0", "it must be a number of seconds, at least 1, not '0'"),
        (values.one_of(Flow), "quick", "one of auto, window, terminal, silent"),
        (values.one_of(Browser), "lynx", "one of auto, chrome, chromium, edge, firefox"),
        (values.program, "/nowhere/chromium", "there is no file"),
        (values.program, "~nosuchuser/x", "there is no file ~nosuchuser/x"),
        (values.role_pattern, "Dev\udcff", "characters that cannot be printed"),
        (values.browser_arguments, "--no-proxy-server", "is not allowed"),
        (values.browser_arguments, "--proxy-server=x", "is not allowed"),
        (values.browser_arguments, "--host-resolver-rules=x", "is not allowed"),
        (values.browser_arguments, "--ignore-certificate-errors", "is not allowed"),
        (values.browser_arguments, "--Remote-Debugging-Port=1", "is not allowed"),
        (values.browser_arguments, "--user-data-dir=/x", "is not allowed"),
        (values.browser_arguments, "-proxy-server=x", "is not allowed"),
        (values.browser_arguments, "--start-debugger-server=1", "is not allowed"),
        (values.browser_arguments, "--allow-running-insecure-content", "is not allowed"),
        (values.browser_arguments, "--app=https://example.com", "is not allowed"),
        (values.browser_arguments, "--incognito", "is not allowed"),
        (values.browser_arguments, "--inprivate", "is not allowed"),
        (values.browser_arguments, "--guest", "is not allowed"),
        (values.browser_arguments, "--auto-open-devtools-for-tabs", "is not allowed"),
        (values.browser_arguments, "--custom-devtools-frontend=https://x", "is not allowed"),
        (values.browser_arguments, "--MOZ_LOG=nsHttp:5", "is not allowed"),
        (values.browser_arguments, "-MOZ_LOG_FILE=/tmp/x", "is not allowed"),
        (values.browser_arguments, "--ProfileManager", "is not allowed"),
        (values.browser_arguments, "--CreateProfile=x", "is not allowed"),
        (values.browser_arguments, "--private", "is not allowed"),
        (values.browser_arguments, "-private-window", "is not allowed"),
        (values.browser_arguments, "-P", "is not allowed"),
        (values.browser_arguments, "https://example.com", "is not a switch"),
        (values.browser_arguments, "'--lang", "quotes do not close"),
        (values.role_pattern, "/(/", "is not a regular expression"),
        (values.role_pattern, "arn:aws:iam::111111111111:saml-provider/Corp", "not a role"),
        (values.role_pattern, "arn:aws:iam::12:role/x", "is not the ARN of a role"),
        (values.role_pattern, "arn:aws:sts::111111111111:assumed-role/x/y", "is not the ARN of"),
        (values.provider_arn, "Corp", "it must be the ARN of a SAML provider"),
        (values.truth, "perhaps", "it must be true or false"),
        (values.number, "one", "it must be a number"),
        (values.timeout, "soon", "it must be a number of seconds, not 'soon'"),
        (values.answers, "Company ID", "it must be CAPTION = ANSWER"),
        (values.answers, "= globex", "it must be CAPTION = ANSWER"),
        (values.answers, "Company ID = ; Domain = EMEA", "it must be CAPTION = ANSWER"),
        (values.answers, "Company ID = glo\x1bbex", "characters that cannot be printed"),
        (values.region, "eu_west_1", "'eu_west_1' is not an AWS region name"),
        (values.existing_path, "/nowhere", "there is no file /nowhere"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(
    parse: Callable[[str], object], value: str, why: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        parse(value)


@pytest.mark.parametrize(
    "url",
    [
        "https://idp.example.com/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices",
        "http://localhost:8080/realms/aws",
        "http://127.0.0.1/x",
        "http://[::1]:8080/x",
    ],
)
def test_https_and_loopback_are_taken(url: str) -> None:
    assert values.web_address(url) == url


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("900", 900), ("1h", 3600), ("90m", 5400), ("12H", 43200), ("max", 43200)],
)
def test_a_duration_may_be_written_in_hours(value: str, seconds: int) -> None:
    assert values.session_duration(value) == timedelta(seconds=seconds)


@pytest.mark.parametrize("switch", ["--no-sandbox", "--lang=de", "--approve", "--disable-gpu"])
def test_other_switches_are_taken(switch: str) -> None:
    assert values.browser_arguments(switch) == (switch,)


def test_a_command_is_split_into_words() -> None:
    assert values.words("pass show 'corp sign-in'") == ("pass", "show", "corp sign-in")


@pytest.mark.parametrize(("value", "truth"), [("Yes", True), (" on ", True), ("0", False)])
def test_a_truth_has_several_words(value: str, truth: bool) -> None:
    assert values.truth(value) is truth


def test_answers_are_pairs_of_captions_and_texts() -> None:
    found = values.answers(" Company ID = globex ;Domain=A = B;")
    assert found == (("Company ID", "globex"), ("Domain", "A = B"))


def test_an_entry_that_is_no_answer_is_not_quoted_as_it_may_be_a_secret() -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        values.answers("Correct-Horse-7")
    assert "Correct" not in str(refused.value)
