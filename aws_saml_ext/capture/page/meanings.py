"""The meanings that words on a page can have; `vocabulary.py` has the words."""

from __future__ import annotations

from enum import Enum


class Meaning(Enum):
    """A meaning that words on a page can have."""

    USERNAME = "username"
    PASSWORD = "password"  # noqa: S105 - a meaning
    NEW_PASSWORD = "new password"  # noqa: S105
    CODE = "code"
    CAPTCHA = "captcha"
    SEARCH = "search"
    NEWSLETTER = "newsletter"
    REGISTER = "register"
    FORGOT = "forgot"
    SIGN_IN = "sign in"
    CONTINUE = "continue"
    OTHER_METHOD = "other method"
    OTHER_BUTTON = "other button"
    REFUSAL = "refusal"
    WAIT = "wait"
    STAY_SIGNED_IN = "stay signed in"
    YES = "yes"
    NO = "no"
    CHOOSE = "choose"
    APPROVE = "approve on a device"
    SEND_PUSH = "send push"
    SECURITY_KEY = "security key"
    PUT_OFF = "put off"
    AGREE = "agree to terms"
    DECLINE = "decline terms"
    SEND_CODE = "send code"
    USE_PASSWORD = "use a password"  # noqa: S105
    ANOTHER_WAY = "another way"
    AGAIN = "begin again"
    ANOTHER_ACCOUNT = "another account"
    SIGN_IN_WITH = "sign in with"
    CANNOT_SCAN = "cannot scan"
    OPTIONAL = "optional"
    OTHER_CODE = "code of something else"
    LEAVE_EMPTY = "leave empty"
    SIGNED_IN_AS = "signed in as"
    LANGUAGE = "language"
    FOOTER = "footer"
    COOKIES = "cookies"
