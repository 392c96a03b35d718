"""The steps of a sign-in that follow the password, with their correct answers. Pure functions."""

from __future__ import annotations

import base64
import hmac
import struct
from datetime import datetime, timedelta

from aws_saml_ext.demo import pages
from aws_saml_ext.demo.pages import (
    BY_CODE,
    BY_PHONE,
    CAPTCHA,
    CAPTCHA_ANSWER,
    CODE,
    METHOD,
    NO,
    NUMBER,
    STAY,
    YES,
)

# In the order of the sign-in.
PAGES = {
    CAPTCHA: pages.captcha,
    METHOD: pages.method,
    NUMBER: pages.number,
    CODE: pages.one_time_code,
    STAY: pages.stay,
}
_NAMES = {"captcha": CAPTCHA, "method": METHOD, "number": NUMBER, "stay": STAY}
_ANSWERS = {
    CAPTCHA: {CAPTCHA_ANSWER.casefold()},
    METHOD: {BY_PHONE, BY_CODE},
    NUMBER: {pages.NUMBER_TO_MATCH},
    STAY: {YES, NO},
}
_TOTP_STEP = 30  # seconds


def requested(names: str, *, with_code: bool) -> list[str]:
    """Return the steps of a sign-in in their order.

    Args:
        names: names of steps, separated by commas; unknown names are ignored.
        with_code: whether the user has a one-time code. The step `method` asks for it later.
    """
    found = [_NAMES[name] for name in names.split(",") if name in _NAMES]
    if with_code and METHOD not in found:
        found.append(CODE)
    return sorted(found, key=tuple(PAGES).index)


def following(step: str, answer: str) -> list[str]:
    """Return the steps that a correct answer to `step` adds: the chosen second factor."""
    return [{BY_PHONE: NUMBER, BY_CODE: CODE}[answer.casefold()]] if step == METHOD else []


def is_correct(step: str, answer: str, *, secret: str, now: datetime) -> bool:
    """Return whether `answer` is correct for `step`; `secret` is that of the one-time code."""
    if step in _ANSWERS:
        return answer.casefold() in _ANSWERS[step]
    # The codes before and after count too: people type slowly, and clocks differ.
    near = (now + timedelta(seconds=offset) for offset in (-_TOTP_STEP, 0, _TOTP_STEP))
    return any(answer == totp(secret, moment) for moment in near)


def totp(secret: str, moment: datetime) -> str:
    """Return the code of six digits that an authenticator shows at `moment` (RFC 6238)."""
    counter = struct.pack(">Q", int(moment.timestamp()) // _TOTP_STEP)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    offset = digest[-1] & 0x0F
    [number] = struct.unpack(">I", digest[offset : offset + 4])
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"
