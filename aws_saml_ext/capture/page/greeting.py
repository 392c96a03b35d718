"""The person whom a page greets by name: `Welcome back, Bob Smith`. Pure.

Only names in Latin letters are compared with a username: nobody can tell whether a name in another
script is that of an account, or whose account a number is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from aws_saml_ext.capture.page.description import Description
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.vocabulary import mentions
from aws_saml_ext.capture.page.words import plain

_GREETINGS = """hi, hello, hey, dear, good morning, good afternoon, good evening, greetings,
welcome back, hallo, guten morgen, guten tag, guten abend, willkommen zurück, bonjour, bonsoir,
salut, bon retour, hola, buenos días, buenas tardes, bienvenido de nuevo, bienvenida de nuevo,
olá, bom dia, boa tarde, bem-vindo de volta, bem-vinda de volta, ciao, buongiorno, bentornato,
bentornata, dag, goedemorgen, goedemiddag, welkom terug, cześć, dzień dobry, witaj ponownie, ahoj,
dobrý den, vítejte zpět, hej, god morgon, välkommen tillbaka, hei, god morgen, velkommen tilbake,
velkommen tilbage, tervetuloa takaisin, szia, üdvözöljük újra, bună, bine ai revenit, merhaba,
tekrar hoş geldiniz, signed in as, logged in as, you are signed in as, angemeldet als,
connecté en tant que, conectado como, connesso come, aangemeld als, zalogowany jako"""
_WITH_A_COMMA = """welcome, willkommen, bienvenue, bienvenido, bienvenida, bem-vindo, bem-vinda,
benvenuto, benvenuta, welkom, witaj, vítejte, välkommen, velkommen, tervetuloa, hoş geldiniz"""
_NOBODY = """again, there, guest, everyone, everybody, all, team, user, users, student, students,
staff, employee, employees, colleague, colleagues, customer, customers, member, members, partner,
partners, visitor, visitors, world, friend, friends, stranger, please, to, at, in, on, the, your,
you, portal, corp, corporation, inc, ltd, llc, plc, gmbh, ag, university, college, school, company,
bank, group, account, accounts, center, centre, online, admin, administrator, service, services,
systems, solutions, technologies, industries, security, access, gast, zusammen, tous, todos"""
_PARTICLES = frozenset("de van von der den la le di da dos bin al el".split())
_NOT_A_NAME = (
    *(Meaning.SIGN_IN, Meaning.CONTINUE, Meaning.USERNAME, Meaning.PASSWORD, Meaning.CODE),
    *(Meaning.STAY_SIGNED_IN, Meaning.FORGOT, Meaning.FOOTER, Meaning.CHOOSE, Meaning.ANOTHER_WAY),
)
_MAX_WORDS = 4
_NOT_SOMEBODY = re.compile(r"not (?P<name>.+?)\?", re.IGNORECASE)


def another_name(page: Description, username: str) -> str | None:
    """Return the name that a page greets; `None` where it may be that of `username`."""
    if not _letters_of(username):
        return None
    names = list(dict.fromkeys(_names(page)))
    return names[0] if names and not any(_fits(name, username) for name in names) else None


def _names(page: Description) -> Iterator[str]:
    """Yield the names of persons on a page: greeted, or beside a link such as `Not you?`."""
    texts = (*page.headings, *page.lines)
    for text in texts:
        if name := _name_in(_after_greeting(text), page):
            yield name
    links = [*(link.text for link in page.links), *(button.text for button in page.buttons)]
    for text in links:
        match = _NOT_SOMEBODY.match(text)
        if match and (name := _name_in(match["name"], page)):
            yield name
    if any(mentions(text, Meaning.ANOTHER_ACCOUNT) for text in links):
        yield from (name for text in texts if " " in (name := _name_in(text, page)))


def _after_greeting(text: str) -> str:
    match = _greeting().match(text)
    return text[match.end() :] if match else ""


@cache
def _greeting() -> re.Pattern[str]:
    def alternatives(words: str) -> str:
        listed = sorted((" ".join(word.split()) for word in words.split(",")), key=len)
        return "|".join(re.escape(word) for word in reversed(listed))

    return re.compile(
        rf"(?:(?:{alternatives(_GREETINGS)})(?:\s*[,:!]\s*|\s+)"
        rf"|(?:{alternatives(_WITH_A_COMMA)})\s*,\s*)",
        re.IGNORECASE,
    )


def _name_in(text: str, page: Description) -> str:
    """Return a text as the name of a person; empty where it is none, or that of the place."""
    name = text.strip(" ,.!:…")
    words = name.split()
    if not 1 <= len(words) <= _MAX_WORDS or any(mentions(name, each) for each in _NOT_A_NAME):
        return ""
    place = set(re.split(r"\W+", plain(f"{page.title} {page.host}")))
    own = [plain(word) for word in words]
    if any(word in _nobody() for word in own) or all(word in place for word in own):
        return ""
    return name if all(_is_of_a_name(word) for word in words) else ""


@cache
def _nobody() -> frozenset[str]:
    return frozenset(word.strip() for word in _NOBODY.split(","))


def _is_of_a_name(word: str) -> bool:
    letters = re.sub(r"['.\N{RIGHT SINGLE QUOTATION MARK}-]", "", word)
    is_latin = all(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    return letters.isalpha() and is_latin and (word[0].isupper() or word in _PARTICLES)


def _fits(name: str, username: str) -> bool:
    """Return whether a name can be that of an account: `Jane Doe` and `jdoe`, `jane.doe`."""
    letters = _letters_of(username)
    for spelled in _spellings(name):
        words = [word for word in re.split(r"[^a-z]+", spelled) if word]
        if any(len(word) > 2 and word in letters for word in words):
            return True
        parts = [part for part in re.split(r"[^a-z]+", _local_part(username)) if len(part) > 2]
        if any(part in "".join(words) for part in parts):
            return True
        if len(words) > 1 and letters == "".join(word[0] for word in words):
            return True
    return False


def _spellings(text: str) -> tuple[str, str]:
    """Return a name without the marks on its letters: Müller as `muller` and `mueller`."""
    marked = plain(text)
    in_two = marked.translate({0xE4: "ae", 0xF6: "oe", 0xFC: "ue", 0xF8: "oe", 0xE5: "aa"})
    one, two = (_without_marks(each) for each in (marked, in_two))
    return one, two


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize(
        "NFKD", text.replace("\N{LATIN SMALL LETTER O WITH STROKE}", "o")
    )
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _local_part(username: str) -> str:
    return _without_marks(plain(username).rpartition("\\")[2].partition("@")[0])


def _letters_of(username: str) -> str:
    """Return the letters of a username; empty where they can be no part of a name."""
    letters = re.sub(r"[^a-z]+", "", _local_part(username))
    return letters if len(letters) > 1 else ""
