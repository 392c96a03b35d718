"""The step that a page takes by itself: none where it asks a person for anything."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from aws_saml_ext.capture.browser import pac
from aws_saml_ext.capture.replay import NotUnderstood
from aws_saml_ext.capture.replay.addresses import Address
from aws_saml_ext.capture.replay.page_step import (
    LastPage,
    Step,
    decoded,
    form_encoded,
    next_step,
)
from aws_saml_ext.demo import pages as demo_pages

ADDRESS = Address.parse("https://idp.example.com/realms/aws/saml?client=amazon")
RECORDED = sorted((Path(__file__).parents[1] / "pages").glob("*.html"))
SUBMIT = "<script>document.forms[0].submit()</script>"
FIELDS = "<input type=hidden name=state value='a b'><input type=hidden name=empty>"
FORM = f"<form method=post action=/next>{FIELDS}</form>"
AWS_FORM = (
    "<form method=post action=https://signin.aws.amazon.com/saml>"
    "<input type=hidden name=SAMLResponse value='QUJD'>"
)


def step(page: str, address: Address = ADDRESS) -> Step | LastPage:
    takes: Callable[[str, str], bool] = partial(pac.takes_assertion, acs_url=None)
    return next_step(page, address, takes)


def refused(page: str) -> str:
    with pytest.raises(NotUnderstood) as caught:
        step(page)
    return str(caught.value)


# ---- nothing that asks ----


@pytest.mark.parametrize("page", RECORDED, ids=lambda page: page.stem)
def test_no_recorded_page_is_acted_on(page: Path) -> None:
    assert refused(page.read_text(encoding="utf-8"))


ASKING = {
    "a visible field": FORM.replace("</form>", "<input name=user></form>") + SUBMIT,
    "a field without a type": FORM.replace("</form>", "<input></form>") + SUBMIT,
    "a field outside": FORM + "<input name=user>" + SUBMIT,
    "a hidden field outside": FORM + "<input type=hidden name=x>" + SUBMIT,
    "a password": FORM.replace("</form>", "<input type=password name=p></form>") + SUBMIT,
    "a list": FORM.replace("</form>", "<select name=s><option>1</select></form>") + SUBMIT,
    "a text": FORM.replace("</form>", "<textarea name=t></textarea></form>") + SUBMIT,
    "a tick": FORM.replace("</form>", "<input type=checkbox name=c></form>") + SUBMIT,
    "a button": FORM.replace("</form>", "<button>Continue</button></form>") + SUBMIT,
    "a submit": FORM.replace("</form>", "<input type=submit></form>") + SUBMIT,
    "a link": FORM + "<a href=/help>Help</a>" + SUBMIT,
    "a link in a tab of its own": FORM + "<a href=/help target=_blank>Help</a>" + SUBMIT,
    "a refresh and a link in a tab of its own": "<meta http-equiv=refresh content='0;url=/x'>"
    "<a href=/help target=_blank>Help</a>",
    "a link on the last page": AWS_FORM + "</form><a href=/no>Decline</a>" + SUBMIT,
    "a part to type in": FORM + "<p contenteditable>x</p>" + SUBMIT,
    "a part to press": FORM + "<div role=button>Continue</div>" + SUBMIT,
    "a part that hears": FORM + "<div onclick='go()'>Continue</div>" + SUBMIT,
    "a frame": FORM + "<iframe src=/captcha></iframe>" + SUBMIT,
    "an element of its own kind": FORM + "<x-login></x-login>" + SUBMIT,
    "two forms": FORM + FORM + SUBMIT,
    "a form outside its form": FORM + "<input type=hidden form=f name=x>" + SUBMIT,
    "no script": FORM,
    "a script from elsewhere": FORM + "<script src=/submit.js></script>",
    "a script that does more": FORM + "<script>track();document.forms[0].submit()</script>",
    "a script that asks": FORM + "<script>if (confirm('?')) document.forms[0].submit()</script>",
    "a script for another form": FORM + "<script>document.getElementById('x').submit()</script>",
    "a script before the form": SUBMIT + FORM,
    "a script before the last field": FORM.replace("</form>", SUBMIT + FIELDS + "</form>"),
    "two scripts": FORM + SUBMIT + SUBMIT,
    "a module": FORM + "<script type=module>document.forms[0].submit()</script>",
    "a slow script": FORM + "<script>setTimeout(() => {document.forms[0].submit()}, 3000)</script>",
    "a script that old browsers alone run": FORM
    + "<script nomodule>document.forms[0].submit()</script>",
    "a script in another language": FORM
    + "<script language=vbscript>document.forms[0].submit()</script>",
    "a script that is put off in vain": SUBMIT.replace("<script", "<script defer") + FORM,
    "a script that cannot be read": FORM + "<script>document.forms[0].sub mit()</script>",
    "a script for a document that has been loaded": FORM + "<script>document.addEventListener("
    "'load', () => {document.forms[0].submit()})</script>",
    "a script that waits twice": FORM + "<script>window.onload = () => {window.onload = () => {"
    "document.forms[0].submit()}}</script>",
    "a body that waits twice": "<body onload='window.onload=()=>{document.forms[0].submit()}'>"
    + FORM,
    "a script that takes an id for a name": FORM.replace("<form", "<form id=f")
    + "<script>document.f.submit()</script>",
    "a script that takes a name for an id": FORM.replace("<form", "<form name=f")
    + "<script>document.getElementById('f').submit()</script>",
    "a script with a space too many": FORM.replace("<form", "<form id=f")
    + "<script>document.getElementById('f ').submit()</script>",
    "an id that comes twice": "<div id=f></div>" + FORM.replace("<form", "<form id=f")
    + "<script>document.getElementById('f').submit()</script>",
    "a form that hides a function": FORM.replace("<form", "<form id=f name=getElementById")
    + "<script>document.getElementById('f').submit()</script>",
    "a field whose id hides submit": FORM.replace("<input", "<input id=submit", 1) + SUBMIT,
    "a picture whose id hides submit": FORM.replace("</form>", "<img id=submit></form>") + SUBMIT,
    "a form without an end": FORM.removesuffix("</form>") + SUBMIT,
    "a form for a new window": FORM.replace("<form", "<form target=_blank") + SUBMIT,
    "a form with files": FORM.replace("<form", "<form enctype=multipart/form-data") + SUBMIT,
    "a form in another encoding": FORM.replace("<form", "<form accept-charset=big5") + SUBMIT,
    "a dialog": FORM.replace("post", "dialog") + SUBMIT,
    "a field that hides submit": FORM.replace("name=state", "name=submit") + SUBMIT,
    "a field that names the encoding": FORM.replace("name=state", "name=_charset_") + SUBMIT,
    "a field that is not ASCII": FORM.replace("a b", "&eacute;") + SUBMIT,
    "an address of its own": "<base href=https://other.example/>" + FORM + SUBMIT,
    "a policy": "<meta http-equiv=content-security-policy content=x>" + FORM + SUBMIT,
    "a form and a refresh": "<meta http-equiv=refresh content='0;url=/x'>" + FORM + SUBMIT,
    "a slow refresh": "<meta http-equiv=refresh content='5; url=/next'>",
    "a refresh of itself": "<meta http-equiv=refresh content=0>",
    "two refreshes": "<meta http-equiv=refresh content='0;url=/x'>" * 2,
    "a refresh and a link": "<meta http-equiv=refresh content='0;url=/x'><a href=/y>here</a>",
    "a refresh and a script": "<meta http-equiv=refresh content='0;url=/x'><script>y()</script>",
    "a refresh to a script": "<meta http-equiv=refresh content='0;url=javascript:x()'>",
    "an open comment": FORM + SUBMIT + "<!--",
    "an odd comment": "<!--><input name=user>-->" + FORM + SUBMIT,
    "an odd tag": FORM + SUBMIT + "<input name='a'value=b>",
    "an open reference": FORM.replace("/next", "'/next?a=1&copy=2'") + SUBMIT,
    "a script that hides its end": FORM + "<script><!-- <script> </script>" + SUBMIT,
    "another encoding": "<meta charset=utf-7>" + FORM + SUBMIT,
    "a null": FORM + "\0" + SUBMIT,
    "the form for AWS and a field": AWS_FORM + "<input name=user></form>" + SUBMIT,
    "the form for AWS and a link": AWS_FORM + "</form><a href=/x>x</a>" + SUBMIT,
    "the form for AWS and two buttons": AWS_FORM + "<button>A</button><button>B</button></form>"
    + SUBMIT,
    "the form for AWS and a button with a name": AWS_FORM + "<button name=yes>A</button></form>"
    + SUBMIT,
    "the form for AWS that waits for a person": AWS_FORM + "<button>Continue</button></form>",
    "the form for AWS without an answer": AWS_FORM.replace("QUJD", "") + "</form>" + SUBMIT,
    "the form for AWS's other pages": AWS_FORM.replace("/saml>", "/saml/x>") + "<button>x</button>"
    "</form>" + SUBMIT,
    "a push that is waited for": "<p>Approve it.</p>" + FORM
    + "<script>setTimeout(() => {document.forms[0].submit()}, 500)</script>",
    "a number to match": demo_pages.number(demo_pages.Look()),
    "nothing": "<p>Hello",
}  # fmt: skip


@pytest.mark.parametrize("page", ASKING.values(), ids=ASKING)
def test_a_page_that_asks_or_is_odd_is_left_to_the_browser(page: str) -> None:
    assert refused(page)


# ---- what goes on by itself ----

ONWARDS = {
    "a form": (FORM + SUBMIT, "/next", b"state=a+b&empty="),
    "onload": ("<body onload='document.forms[0].submit()'>" + FORM, "/next", b"state=a+b&empty="),
    "by name": (
        "<body onload=\"javascript:document.forms['f'].submit();\">"
        + FORM.replace("<form", "<form name=f"),
        "/next",
        b"state=a+b&empty=",
    ),
    "by id": (
        FORM.replace("<form", "<form id='go-on'") + "<script>window.onload = function () {"
        " document.getElementById('go-on').submit(); };</script>",
        "/next",
        b"state=a+b&empty=",
    ),
    "in its own time": (
        "<script>document.addEventListener('DOMContentLoaded', () => {"
        "setTimeout(function(){document.forms[0].submit()}, 0)});</script>" + FORM,
        "/next",
        b"state=a+b&empty=",
    ),
    "by id or name, in a strict script": (
        FORM.replace("<form", "<form id=f")
        + "<script type='text/javascript' language='JavaScript'>\n'use strict' ;\n"
        'window.addEventListener( "load" , function () {\n document . forms.f.submit( ) ;\n},'
        " false ) ;</script>",
        "/next",
        b"state=a+b&empty=",
    ),
    "in an old comment": (
        FORM + "<script><!--\ndocument.forms[0].submit();\n//--></script>",
        "/next",
        b"state=a+b&empty=",
    ),
    "by GET": (FORM.replace("post", "GET") + SUBMIT, "/next?state=a+b&empty=", None),
    "to its own address": (
        f"<form method=post>{FIELDS}</form>{SUBMIT}",
        "/realms/aws/saml?client=amazon",
        b"state=a+b&empty=",
    ),
    "a button without scripts": (
        FORM.replace("</form>", "<noscript><button>Go on</button></noscript></form>") + SUBMIT,
        "/next",
        b"state=a+b&empty=",
    ),
    "a refresh": ("<meta http-equiv=Refresh content='0; URL=/next'>", "/next", None),
    "a refresh in quotes": (
        "<meta http-equiv=refresh content=\"1;url='/next'\"><p>Wait",
        "/next",
        None,
    ),
}


@pytest.mark.parametrize(("page", "target", "body"), ONWARDS.values(), ids=ONWARDS)
def test_what_goes_on_by_itself(page: str, target: str, body: bytes | None) -> None:
    onwards = step("<!doctype html><html><head><title>a < b</title>" + page)
    assert isinstance(onwards, Step)
    assert (onwards.address.text, onwards.body) == ("https://idp.example.com" + target, body)


LAST = {
    "as Keycloak writes it": '<HTML><HEAD><TITLE>Authentication Redirect</TITLE></HEAD>'
    '<BODY Onload="document.forms[0].submit()"><FORM METHOD="POST" '
    'ACTION="https://signin.aws.amazon.com/saml"><INPUT TYPE="HIDDEN" NAME="SAMLResponse" '
    'VALUE="QUJD"/><NOSCRIPT><P>JavaScript is disabled.</P>'
    '<INPUT TYPE="SUBMIT" VALUE="CONTINUE"/></NOSCRIPT></FORM></BODY></HTML>',
    "as LemonLDAP::NG writes it": "<meta http-equiv='Content-Script-Type' "
    "content='text/javascript' /><script src=/go.js></script><script type=custom>form</script>"
    "<div class=progress><div role=progressbar aria-valuenow=100></div></div>" + AWS_FORM
    + "<noscript><input type=submit /></noscript></form><button type=button id=top></button>"
    "<p>Service provided by <a href=https://lemonldap-ng.org target=_blank>LemonLDAP::NG</a></p>",
    "with scripts of its own": "<script type=importmap>{}</script><script src=/x.js></script>"
    + AWS_FORM + "<button>Continue</button></form><script src=/post.js defer></script>",
    "in a region": AWS_FORM.replace("signin", "eu-west-1.signin") + "</form>" + SUBMIT,
    "of the demo": demo_pages.posting(
        "https://signin.aws.amazon.com/saml", {"SAMLResponse": "QUJD"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("page", LAST.values(), ids=LAST)
def test_the_last_page_is_known_by_its_address(page: str) -> None:
    assert step(page) == LastPage("QUJD")


def test_a_sign_in_address_of_the_settings_counts_too() -> None:
    acs = "http://localhost:9999/saml"
    page = AWS_FORM.replace("https://signin.aws.amazon.com/saml", acs) + "</form>" + SUBMIT
    takes: Callable[[str, str], bool] = partial(pac.takes_assertion, acs_url=acs)
    assert next_step(page, ADDRESS, takes) == LastPage("QUJD")


@pytest.mark.parametrize("content", ["no-referrer", "Never"])
def test_the_referrer_policy_of_a_page_is_read(content: str) -> None:
    onwards = step(f"<meta name=referrer content={content}>" + FORM + SUBMIT)
    assert isinstance(onwards, Step)
    assert onwards.referrer_policy == "no-referrer"


def test_a_form_is_encoded_as_browsers_do() -> None:
    fields = [("a b", "~*-._+&=%"), ("lines", "1\n2\r3\r\n4"), ("é", "/")]
    expected = "a+b=%7E*-._%2B%26%3D%25&lines=1%0D%0A2%0D%0A3%0D%0A4&%C3%A9=%2F"
    assert form_encoded(fields) == expected


def test_no_field_shows() -> None:
    assert "state" not in repr(step(FORM + SUBMIT))
    assert "QUJD" not in repr(LastPage("QUJD"))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<p>", "text/plain"),
        (b"<p>", ""),
        (b"<p>", "application/xhtml+xml"),
        (b"<p>", "text/html; charset=iso-8859-1"),
        (b"<p>\xff", "text/html; charset=utf-8"),
        (b"\xff\xfe<\0p\0>\0", "text/html"),
    ],
)
def test_an_answer_that_is_no_page_in_utf_8(body: bytes, kind: str) -> None:
    with pytest.raises(NotUnderstood):
        decoded(body, kind)


@pytest.mark.parametrize("kind", ["text/html", 'Text/HTML;Charset="UTF-8"', "text/html; x=y"])
def test_a_page_in_utf_8(kind: str) -> None:
    assert decoded(b"\xef\xbb\xbf<p>\xc3\xa9", kind) == "<p>é"


@pytest.mark.parametrize(
    "part", ["<!--", "<", "</", "<a ", "<p a=", "<script>", "<p " + "a " * 50, "&copy", "<p a='"]
)
def test_two_megabytes_of_anything_are_read_in_a_moment(part: str) -> None:
    page = FORM + part * (2_000_000 // len(part))
    started = time.process_time()
    refused(page)
    assert time.process_time() - started < 2
