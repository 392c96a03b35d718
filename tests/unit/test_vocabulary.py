"""The table of words that pages use."""

from __future__ import annotations

import unicodedata

import pytest

from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.vocabulary import WORDS, is_exactly, mentions

_JAPANESE = {"HIRAGANA", "KATAKANA", "CJK", "KATAKANA-HIRAGANA"}


def scripts(word: str) -> set[str]:
    """The scripts of a word's letters; those of Japanese, which are written together, are one."""
    names = {unicodedata.name(letter).split()[0] for letter in word if letter.isalpha()}
    return {"JAPANESE" if name in _JAPANESE else name for name in names}


def test_no_word_mixes_scripts() -> None:
    mixed = {
        word
        for words in WORDS.values()
        for word in words.replace(",", " ").split()
        if len(scripts(word)) > 1 and scripts(word) != {"JAPANESE", "LATIN"}  # ログインid
    }
    assert mixed == set()


def test_each_meaning_has_words() -> None:
    assert set(WORDS) == set(Meaning)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Remind me later", Meaning.PUT_OFF),
        ("Später erinnern", Meaning.PUT_OFF),
        ("I agree", Meaning.AGREE),
        ("Ich stimme zu", Meaning.AGREE),
        ("Send code", Meaning.SEND_CODE),
        ("发送验证码", Meaning.SEND_CODE),
        ("Use your password instead", Meaning.USE_PASSWORD),
        ("Try another way", Meaning.ANOTHER_WAY),
        ("Try Another Way", Meaning.ANOTHER_WAY),
        ("Start over", Meaning.AGAIN),
        ("Not you?", Meaning.ANOTHER_ACCOUNT),
        ("Use another account", Meaning.ANOTHER_ACCOUNT),
        ("Continue with Example Corp", Meaning.SIGN_IN_WITH),
        ("Middle name (optional)", Meaning.OPTIONAL),
        ("Deutsch", Meaning.LANGUAGE),
        ("دخول", Meaning.SIGN_IN),
        ("Aangemeld te blijven?", Meaning.STAY_SIGNED_IN),
        ("Vuoi rimanere connesso?", Meaning.STAY_SIGNED_IN),
        ("Vil du forblive logget på?", Meaning.STAY_SIGNED_IN),
        ("Nee", Meaning.NO),
        ("Código postal", Meaning.OTHER_CODE),
        ("Leer lassen", Meaning.LEAVE_EMPTY),
    ],
)
def test_a_text_has_a_meaning(text: str, meaning: Meaning) -> None:
    assert mentions(text, meaning)


def test_the_text_of_a_button_that_sends_a_code_is_not_that_of_one_that_repeats_it() -> None:
    assert is_exactly("Send code", Meaning.SEND_CODE)
    assert not is_exactly("Resend code", Meaning.SEND_CODE)
