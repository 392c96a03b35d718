"""The pages of the demo's identity provider. Pure functions.

The same questions in several layouts and languages, as identity providers show them. Only words
and standard attributes tell the purpose of a field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

LABELS = ("label", "aria-label", "placeholder", "autocomplete", "text")
USERNAME, PASSWORD, CODE, CAPTCHA = "u1", "u2", "u3", "u4"
METHOD, NUMBER, STAY = "u5", "u6", "u7"
CAPTCHA_ANSWER = "7KQ4F"
NUMBER_TO_MATCH = "42"
BY_PHONE, BY_CODE, YES, NO = "phone", "code", "yes", "no"
_POLL_MILLISECONDS = 500
_TYPES = {USERNAME: "text", PASSWORD: "password", CODE: "text", CAPTCHA: "text"}
_AUTOCOMPLETE = {
    USERNAME: "username",
    PASSWORD: "current-password",
    CODE: "one-time-code",
    CAPTCHA: "off",
}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the pages in one language."""

    title: str
    username: str
    password: str
    code: str
    submit: str
    wrong: str
    wrong_code: str
    locked: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        "Sign in",
        "Username",
        "Password",
        "One-time code",
        "Sign in",
        "Invalid username or password.",
        "Invalid authenticator code.",
        "Your account is locked. Contact your administrator.",
    ),
    "de": Words(
        "Anmelden",
        "Benutzername",
        "Passwort",
        "Einmalcode",
        "Anmelden",
        "Benutzername oder Passwort ist falsch.",
        "Der Code ist ungültig.",
        "Ihr Konto ist gesperrt. Wenden Sie sich an Ihren Administrator.",
    ),
    "es": Words(
        "Iniciar sesión",
        "Nombre de usuario",
        "Contraseña",
        "Código de un solo uso",
        "Iniciar sesión",
        "Nombre de usuario o contraseña incorrectos.",
        "El código no es válido.",
        "Su cuenta está bloqueada. Contacte con su administrador.",
    ),
    "fr": Words(
        "Connexion",
        "Identifiant",
        "Mot de passe",
        "Code à usage unique",
        "Se connecter",
        "Identifiant ou mot de passe incorrect.",
        "Code incorrect.",
        "Votre compte est verrouillé. Contactez votre administrateur.",
    ),
    "ja": Words(
        "サインイン",
        "ユーザー名",
        "パスワード",
        "ワンタイムコード",
        "サインイン",
        "ユーザー名またはパスワードが正しくありません。",
        "コードが正しくありません。",
        "アカウントがロックされています。管理者に連絡してください。",
    ),
    "pt": Words(
        "Entrar",
        "Nome de usuário",
        "Senha",
        "Código de uso único",
        "Entrar",
        "Nome de usuário ou senha inválidos.",
        "O código é inválido.",
        "Sua conta está bloqueada. Contate o administrador.",
    ),
    "zh": Words(
        "登录",
        "用户名",
        "密码",
        "一次性验证码",
        "登录",
        "用户名或密码不正确。",
        "验证码不正确。",
        "您的帐户已被锁定。请联系管理员。",
    ),
}


@dataclass(frozen=True, slots=True)
class Look:
    """The language and layout of a question.

    `label`, one of LABELS, is the place of a field's name: `autocomplete` puts it into that
    attribute only, `text` beside the field without a link between the two. `late` is a delay in
    milliseconds, after which a script adds the form to the page.
    """

    language: str = "en"
    label: str = "label"
    late: int = 0

    @property
    def words(self) -> Words:
        """The words of the language, English for an unknown one."""
        return WORDS.get(self.language, WORDS["en"])


def sign_in(look: Look, *, fields: tuple[str, ...], username: str = "", error: str = "") -> str:
    """Return a page that asks for `fields`: USERNAME, PASSWORD or both.

    A page that does not ask for the username shows it.
    """
    names = {USERNAME: look.words.username, PASSWORD: look.words.password}
    known = "" if USERNAME in fields else f"<p>{escape(username)}</p>{_hidden(USERNAME, username)}"
    asked = "".join(
        _field(look, field, names[field], value=username if field == USERNAME else "")
        for field in fields
    )
    return _form(look, known + asked, error)


def one_time_code(look: Look, *, error: str = "") -> str:
    """Return a page that asks for the one-time code."""
    return _form(look, _field(look, CODE, look.words.code), error)


def captcha(look: Look, *, error: str = "") -> str:
    """Return a page with a CAPTCHA."""
    picture = (
        '<svg width="160" height="48" role="img" aria-label="CAPTCHA">'
        f'<text x="12" y="34" font-size="28" transform="rotate(-4)">{CAPTCHA_ANSWER}</text></svg>'
    )
    return _form(look, picture + _field(look, CAPTCHA, "CAPTCHA"), error)


def method(look: Look, *, error: str = "") -> str:
    """Return a page with a choice of second factors."""
    buttons = _button(METHOD, BY_PHONE, "Approve on my phone")
    buttons += _button(METHOD, BY_CODE, "Use a verification code")
    return _page(
        "Choose a way to verify", f'<form method="post">{error}{buttons}</form>', look.language
    )


def number(look: Look, *, error: str = "") -> str:
    """Return a page with a number to match on the phone; it polls the server."""
    return _page(
        "Approve the sign-in request",
        f"{error}<p>Open your authenticator app, and enter the number shown.</p>"
        f'<p style="font-size: 48px">{NUMBER_TO_MATCH}</p>'
        f'<form method="post">{_hidden(NUMBER, NUMBER_TO_MATCH)}</form>'
        f"<script>setTimeout(() => document.forms[0].submit(), {_POLL_MILLISECONDS})</script>",
        look.language,
    )


def stay(look: Look, *, error: str = "") -> str:
    """Return a page with the stay-signed-in offer."""
    buttons = _button(STAY, NO, "No") + _button(STAY, YES, "Yes")
    return _page("Stay signed in?", f'<form method="post">{error}{buttons}</form>', look.language)


def locked(look: Look) -> str:
    """Return a page that says the account is locked, without a form."""
    return _page(look.words.title, f"<p>{escape(look.words.locked)}</p>", look.language)


def message(title: str, text: str) -> str:
    """Return a page with a heading and a sentence."""
    return _page(title, f"<p>{escape(text)}</p>")


def posting(acs: str, form: Mapping[str, str], *, target: str = "_self") -> str:
    """Return a page that posts `form` to `acs` with a script; `target` is that of HTML."""
    fields = "".join(_hidden(name, value) for name, value in form.items())
    return _page(
        "Redirecting",
        f'<form method="post" action="{escape(acs)}" target="{escape(target)}">{fields}'
        "<noscript><button>Continue</button></noscript></form>"
        "<script>document.forms[0].submit()</script>",
    )


def opening(address: str) -> str:
    """Return a page whose button opens `address` in a new window, as browsers allow it."""
    script = f"window.open('{escape(address)}', 'answer', 'popup')"
    return _page(
        "One more step",
        f'<button type="button" onclick="{script}">Continue in a new window</button>',
    )


def framing(address: str) -> str:
    """Return a page that shows `address` in a frame."""
    return _page("Redirecting", f'<iframe src="{escape(address)}"></iframe>')


def _form(look: Look, inside: str, error: str) -> str:
    role = ' role="alert"' if look.label == "aria-label" else ""
    message = f'<p class="error"{role}>{escape(error)}</p>' if error else ""
    form = (
        f'<form method="post">{inside}{message}'
        f"<p><button>{escape(look.words.submit)}</button></p></form>"
    )
    if look.late:
        form = (
            f'<template>{form}</template><p id="wait">…</p><script>setTimeout(() => '
            "document.getElementById('wait')"
            ".replaceWith(document.querySelector('template').content), "
            f"{look.late})</script>"
        )
    return _page(look.words.title, form, look.language)


def _field(look: Look, field: str, name: str, *, value: str = "") -> str:
    attributes = f'type="{_TYPES[field]}" name="{field}" value="{escape(value)}"'
    shown = escape(name)
    if look.label == "label":
        return f'<p><label for="{field}">{shown}</label> <input id="{field}" {attributes}></p>'
    if look.label == "text":
        return f"<table><tr><td>{shown}</td><td><input {attributes}></td></tr></table>"
    if look.label == "autocomplete":
        shown = _AUTOCOMPLETE[field]
    return f'<p><input {attributes} {look.label}="{shown}"></p>'


def _button(name: str, value: str, text: str) -> str:
    return f'<p><button name="{name}" value="{value}">{escape(text)}</button></p>'


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def _page(title: str, body: str, language: str = "en") -> str:
    return (
        f'<!DOCTYPE html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        # Without it a browser requests /favicon.ico.
        f'<link rel="icon" href="data:,"><title>{escape(title)}</title></head>'
        f"<body><h1>{escape(title)}</h1>{body}</body></html>"
    )
