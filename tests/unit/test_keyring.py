"""Which keyring is trusted, what is kept in it, and what is told where it is of no use."""

from __future__ import annotations

import sys
from typing import Any

import pytest

pytest.importorskip("keyring", reason="the package keyring is not installed")

from keyring.backends import chainer, fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError, PasswordSetError

from aws_saml_ext.store.keyring import Answer, Passwords, Request, answer, ask_in_a_process

IDP = "https://idp.example.com/saml?to=urn:amazon:webservices"
SECRET = "correct horse"


class Ring:
    """A keyring in memory, in the shape of the library's backends."""

    priority: float = 5

    def __init__(self, entries: dict[tuple[str, str], Any] | None = None) -> None:
        self.entries = {} if entries is None else entries

    def get_password(self, service: str, username: str) -> Any:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError(service)


class Failing(Ring):
    """One that raises whatever it is asked."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> Any:
        raise self.error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.error

    def delete_password(self, service: str, username: str) -> None:
        raise self.error


class PlaintextKeyring(Ring):
    """Called as the one that must never be trusted, whatever it says of itself."""


class NotRecommended(Ring):
    priority = 0.5


NoKeyring: Any = fail.Keyring  # the library leaves them without types
NullKeyring: Any = null.Keyring


class TwoOfThem(chainer.ChainerBackend):
    """The library's chain, of these."""

    backends: Any = ()

    def __init__(self, *rings: Any) -> None:
        self.backends = rings


def passwords(ring: Any, **options: Any) -> Passwords:
    return Passwords(ask=lambda request, seconds: answer(request, lambda: ring), **options)


def only_entry(ring: Ring) -> tuple[str, str]:
    [entry] = ring.entries
    return entry


def test_a_remembered_password_is_recalled() -> None:
    kept = passwords(Ring())
    assert kept.remember(IDP, "jane", SECRET)
    assert kept.recall(IDP, "jane") == SECRET
    assert kept.why_not is None


def test_what_was_never_remembered_is_none_and_no_trouble() -> None:
    kept = passwords(Ring())
    assert kept.recall(IDP, "jane") is None
    assert kept.why_not is None


def test_a_password_belongs_to_one_address_and_one_username() -> None:
    kept = passwords(Ring())
    kept.remember(IDP, "jane", SECRET)
    assert kept.recall(IDP, "john") is None
    assert kept.recall(IDP.replace("webservices", "other"), "jane") is None


def test_forgetting_tells_whether_there_was_one() -> None:
    kept = passwords(Ring())
    kept.remember(IDP, "jane", SECRET)
    assert kept.forget(IDP, "jane")
    assert not kept.forget(IDP, "jane")
    assert kept.why_not is None


def test_an_entry_is_named_by_host_and_digest() -> None:
    ring = Ring()
    passwords(ring).remember(IDP, "jane", SECRET)
    service, account = only_entry(ring)
    program, host, digest = service.split(" ")
    assert (program, host, account) == ("aws-saml-login", "idp.example.com", "jane")
    assert len(digest) == 32


def test_two_usernames_do_not_share_a_service_which_windows_has_once() -> None:
    ring = Ring()
    for name in ("jane", "john"):
        passwords(ring).remember(IDP, name, SECRET)
    assert len({service for service, _ in ring.entries}) == 2


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("https://idp.example.com/" + "x" * 9000, id="very-long"),
        pytest.param("https://" + "a" * 9000, id="very-long-host"),
        pytest.param("https://[", id="no-address"),
        pytest.param("https://\udcff/", id="half-a-character"),
        pytest.param("", id="empty"),
    ],
)
def test_the_name_of_an_entry_is_short_and_printable(address: str) -> None:
    ring = Ring()
    assert passwords(ring).remember(address, "jane", SECRET)
    service, _ = only_entry(ring)
    assert len(service) < 160
    assert service.isprintable()


UNFIT = [
    pytest.param("", id="empty"),
    pytest.param("two\nlines", id="newline"),
    pytest.param("two\u2028lines", id="line-separator"),
    pytest.param("nul\0", id="nul"),
    pytest.param("esc\x1b[2J", id="escape"),
    pytest.param("\udcff", id="half-a-character"),
    pytest.param("x" * 1281, id="long"),
    pytest.param("\N{KEY}" * 641, id="long-in-utf-16"),
]


@pytest.mark.parametrize("value", [*UNFIT, pytest.param(b"bytes", id="bytes"), 7])
def test_a_value_that_is_no_password_is_not_ours(value: object) -> None:
    ring = Ring()
    passwords(ring).remember(IDP, "jane", SECRET)
    ring.entries[only_entry(ring)] = value
    kept = passwords(ring)
    assert kept.recall(IDP, "jane") is None
    assert kept.why_not is None


def test_bytes_that_are_no_text_are_not_ours() -> None:
    ring = Failing(UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, "invalid"))
    kept = passwords(ring)
    assert kept.recall(IDP, "jane") is None
    assert kept.why_not is None


@pytest.mark.parametrize("value", UNFIT)
def test_a_password_that_does_not_fit_is_told_and_the_keyring_not_asked(value: str) -> None:
    ring = Ring()
    kept = passwords(ring)
    assert not kept.remember(IDP, "jane", value)
    assert kept.why_not == (
        "The password is not remembered: a keyring does not take one that is empty, very long, "
        "or not a line of text."
    )
    assert not ring.entries


@pytest.mark.parametrize("value", ["x" * 1280, "\N{KEY}" * 640, " ", "ü ", "\N{ZERO WIDTH JOINER}"])
def test_a_password_that_just_fits_is_kept(value: str) -> None:
    kept = passwords(Ring())
    assert kept.remember(IDP, "jane", value)
    assert kept.recall(IDP, "jane") == value


@pytest.mark.parametrize("name", ["", "x" * 513, "two\nlines", "\udcff"])
def test_nothing_is_kept_for_a_username_that_is_none(name: str) -> None:
    kept = passwords(Ring())
    assert not kept.remember(IDP, name, SECRET)
    assert kept.why_not == (
        "The password is not remembered: a keyring does not take a username like this one."
    )
    assert kept.recall(IDP, name) is None
    assert not kept.forget(IDP, name)
    assert kept.why_not is None


@pytest.mark.parametrize(
    ("ring", "why"),
    [
        pytest.param(NoKeyring(), "this machine has none, or none that runs", id="none"),
        pytest.param(NullKeyring(), "it is switched off", id="null"),
        pytest.param(
            PlaintextKeyring(),
            f"{__name__}.PlaintextKeyring does not keep passwords safely",
            id="plaintext",
        ),
        pytest.param(
            NotRecommended(),
            f"{__name__}.NotRecommended does not keep passwords safely",
            id="not-recommended",
        ),
        pytest.param(Failing(KeyringLocked(SECRET)), "it is locked, or not set up yet", id="lock"),
        pytest.param(Failing(PasswordSetError(SECRET)), "it failed (PasswordSetError)", id="full"),
        pytest.param(Failing(OSError(5, SECRET)), "it failed (OSError)", id="system-error"),
    ],
)
def test_a_keyring_of_no_use_is_told_in_one_line(ring: Any, why: str) -> None:
    kept = passwords(ring)
    assert not kept.remember(IDP, "jane", SECRET)
    assert kept.why_not == f"The keyring cannot be used: {why}."


def test_a_keyring_that_cannot_be_loaded_is_told() -> None:
    def not_there() -> Any:
        raise ModuleNotFoundError(name="somebodys_keyring")

    assert answer(Request("recall", "s", "jane"), not_there) == Answer(
        why_not="the one that is set cannot be loaded (ModuleNotFoundError)"
    )


def test_a_password_that_cannot_be_removed_is_told() -> None:
    class Stubborn(Ring):
        def delete_password(self, service: str, username: str) -> None:
            raise PasswordDeleteError(SECRET)

    ring = Stubborn()
    passwords(ring).remember(IDP, "jane", SECRET)
    kept = passwords(ring)
    assert not kept.forget(IDP, "jane")
    assert kept.why_not == "The keyring cannot be used: it failed (PasswordDeleteError)."


def test_a_chain_does_not_end_in_a_plain_file() -> None:
    plain = PlaintextKeyring()
    kept = passwords(TwoOfThem(plain, NotRecommended()))
    assert not kept.remember(IDP, "jane", SECRET)
    assert not plain.entries
    assert kept.why_not is not None
    assert kept.why_not.endswith(": this machine has none, or none that runs.")


def test_of_a_chain_the_keyring_of_the_system_comes_first() -> None:
    add_on, own = Ring(), type("Keyring", (Ring,), {"__module__": "keyring.backends.kwallet"})()
    passwords(TwoOfThem(add_on, own)).remember(IDP, "jane", SECRET)
    assert not add_on.entries
    assert only_entry(own)[1] == "jane"


def test_a_keyring_of_no_use_is_asked_once() -> None:
    asked: list[Request] = []

    def ask(request: Request, seconds: float) -> Answer:
        asked.append(request)
        return Answer(why_not="it is locked")

    kept = Passwords(ask=ask)
    assert kept.recall(IDP, "jane") is None
    assert not kept.remember(IDP, "jane", SECRET)
    assert kept.why_not == "The keyring cannot be used: it is locked."
    assert len(asked) == 1


def test_the_keyring_is_given_the_seconds_and_no_more() -> None:
    given: list[float] = []

    def ask(request: Request, seconds: float) -> Answer:
        given.append(seconds)
        return Answer()

    Passwords(ask=ask, seconds=2.5).recall(IDP, "jane")
    assert given == [2.5]


def test_no_repr_holds_a_password() -> None:
    assert SECRET not in repr(Request("remember", "service", "jane", SECRET))
    assert SECRET not in repr(Answer(done=True, password=SECRET))


def test_without_the_library_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    kept = Passwords()
    assert kept.recall(IDP, "jane") is None
    assert kept.why_not == (
        "The keyring cannot be used: the Python package keyring is not installed beside this "
        "program (pip install 'aws-saml-ext[keyring]')."
    )


def test_without_a_python_to_start_it_is_told() -> None:
    answer = ask_in_a_process(Request("recall", "service", "jane"), 5, python="")
    assert answer.why_not is not None
