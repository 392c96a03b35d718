"""Remembered passwords, in the keyring of the operating system; never in a file of ours.

There is one entry for each identity provider (its whole address) and username. The library
`keyring` is optional, and a keyring may be missing, locked, disabled, or waiting for a dialog that
nobody sees. Each of these ends in time with one notice, and the sign-in goes on without it.

Every request to the keyring runs in a process of its own, not in a thread:

* It can be ended. A thread that hangs in D-Bus or waits for a dialog cannot, and might store a
  password long after we said that it was not stored.
* It has no terminal. A backend that asks there for a password of its own would read the next line
  that a person types for us; so it finds no terminal, and fails.
* The output and logs of backends, which may hold secrets, are discarded.

The password goes through the pipes of its standard input and output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeGuard
from urllib.parse import urlsplit

from aws_saml_ext.files import atomic

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SECONDS = 30.0 if sys.platform == "darwin" else 5.0
"""
The time for one request. macOS asks the person in a dialog whether a new version of Python may
read the entry.
"""

# The limits of the narrowest keyring, that of Windows: CRED_MAX_CREDENTIAL_BLOB_SIZE and
# CRED_MAX_USERNAME_LENGTH of wincred.h.
_MAX_BYTES = 5 * 512  # of UTF-16
_MAX_USERNAME = 512

_GRACE_SECONDS = 1.0  # for a process that is about to end itself
_NOT_INSTALLED = (
    "the Python package keyring is not installed beside this program "
    "(pip install 'aws-saml-ext[keyring]')"
)
_NONE = "this machine has none, or none that runs"
_LOCKED = "it is locked, or not set up yet"


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the keyring."""

    verb: Literal["recall", "remember", "forget"]
    service: str
    account: str
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """The keyring's answer; `why_not` is the end of a sentence about a keyring that is unusable."""

    done: bool = False
    password: str | None = field(default=None, repr=False)
    why_not: str | None = None


AskKeyring = Callable[[Request, float], Answer]
"""Make one request to the keyring, within so many seconds. It raises nothing."""


class Passwords:
    """The remembered passwords, for one sign-in.

    An unusable keyring is not asked again, so a sign-in waits for it only once. No method raises
    an error, or asks a question.
    """

    def __init__(self, *, ask: AskKeyring | None = None, seconds: float = SECONDS) -> None:
        """Take the way to the keyring, and the time for one request."""
        self._ask_keyring = ask or ask_in_a_process
        self._seconds = seconds
        self._unusable_because: str | None = None
        self._why_not: str | None = None

    @property
    def why_not(self) -> str | None:
        """The reason why the last call failed, as one line for the person; None if it did not."""
        return self._why_not

    def recall(self, idp_url: str, username: str) -> str | None:
        """Return the password, or None: none is remembered, or see `why_not`."""
        if not _can_be_a_username(username):
            self._why_not = None  # no keyring has an entry for such a name
            return None
        return self._ask(Request("recall", _service(idp_url, username), username)).password

    def remember(self, idp_url: str, username: str, password: str) -> bool:
        """Store the password in place of an older one. False: it is not stored, see `why_not`."""
        unfit = None if _can_be_a_username(username) else "a username like this one"
        if not can_be_a_password(password):
            unfit = "one that is empty, very long, or not a line of text"
        if unfit:
            self._why_not = f"The password is not remembered: a keyring does not take {unfit}."
            return False
        request = Request("remember", _service(idp_url, username), username, password)
        return self._ask(request).done

    def forget(self, idp_url: str, username: str) -> bool:
        """Remove the password. False: there was none, or it may still be there, see `why_not`."""
        if not _can_be_a_username(username):
            self._why_not = None
            return False
        return self._ask(Request("forget", _service(idp_url, username), username)).done

    def _ask(self, request: Request) -> Answer:
        answer = Answer()
        if self._unusable_because is None:
            answer = self._ask_keyring(request, self._seconds)
            if answer.why_not:
                self._unusable_because = f"The keyring cannot be used: {answer.why_not}."
        self._why_not = self._unusable_because
        return answer


def can_be_a_password(text: object) -> TypeGuard[str]:
    """Return whether this is one line of text that fits into every keyring."""
    if not isinstance(text, str) or not 0 < len(text) <= _MAX_BYTES:
        return False
    # Half a character (Cs) is no text; the others end a line or are keys, not characters.
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        return False
    return len(text.encode("utf-16-le")) <= _MAX_BYTES


def _can_be_a_username(text: str) -> bool:
    return 0 < len(text) <= _MAX_USERNAME and text.isprintable()


def _service(idp_url: str, username: str) -> str:
    """Return the name of an entry: a host for people, and a digest for all the rest.

    The username is in the digest too, because the keyring of Windows has one entry for a service.
    """
    try:
        host = urlsplit(idp_url).hostname or ""
    except ValueError:
        host = ""
    shown = [host[:100]] if host and host.isprintable() else []
    return " ".join(["aws-saml-login", *shown, atomic.name_of(idp_url, username)])


# ---- the process ----

# Isolated (-I), so that no module of the working folder is handed a password; what we could import
# here, it can import there.
_PROGRAM = """
import json, sys
asked = json.load(sys.stdin)
sys.path[:] = asked["path"]
from aws_saml_ext.store import keyring
keyring.answer_and_end(asked["request"], asked["seconds"])
"""


def ask_in_a_process(
    request: Request,
    seconds: float,
    *,
    environ: Mapping[str, str] = os.environ,
    python: str = sys.executable,
) -> Answer:
    """Make the request in a process of its own, and end it when its time is over."""
    if not _is_installed():
        return Answer(why_not=_NOT_INSTALLED)
    path = [entry for entry in sys.path if os.path.isabs(entry)]  # noqa: PTH117 - text, no file
    message = {"request": asdict(request), "seconds": seconds + _GRACE_SECONDS, "path": path}
    try:
        process = subprocess.Popen(
            [python, "-I", "-c", _PROGRAM],
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us, and the terminal too
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, TypeError) as error:  # there may be no sys.executable in another program
        return Answer(why_not=f"Python could not be started for it ({type(error).__name__})")
    with process:
        try:
            output, _ = process.communicate(json.dumps(message).encode(), timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return Answer(why_not=f"it did not answer in {seconds:.3g} seconds")
        finally:
            process.kill()  # nothing happens to one that has ended
    return _read(output)


def _is_installed() -> bool:
    from importlib.util import find_spec

    try:
        return find_spec("keyring") is not None
    except (ImportError, ValueError):  # something is half there
        return False


def _read(output: bytes) -> Answer:
    """Parse the answer of the process; a process that died has none."""
    try:
        return Answer(**json.loads(output))
    except (ValueError, TypeError):
        # Without its cause, which would hold the answer.
        return Answer(why_not="it ended without an answer")


def answer_and_end(asked: Mapping[str, Any], seconds: float) -> None:
    """Run as that process: answer on standard output, and end after so many seconds."""
    end_anyway = threading.Timer(seconds, os._exit, [1])  # our parent may have been killed
    end_anyway.daemon = True
    end_anyway.start()
    with os.fdopen(os.dup(1), "w", encoding="ascii") as answers:
        os.dup2(2, 1)  # so that a backend's output is no answer
        json.dump(asdict(answer(Request(**asked), _keyring_of_this_machine)), answers)


def answer(request: Request, find_keyring: Callable[[], KeyringBackend]) -> Answer:
    """Make the request here. The text of an error is not shown: it may hold a secret."""
    from keyring.errors import KeyringLocked

    try:
        found = find_keyring()
    except Exception as error:
        return Answer(why_not=f"the one that is set cannot be loaded ({type(error).__name__})")
    try:
        backend = _chosen(found)
        if backend is None:
            return Answer(why_not=_NONE)
        useless = _why_unusable(backend)
        if useless:
            return Answer(why_not=useless)
        return {"recall": _recall, "remember": _remember, "forget": _forget}[request.verb](
            backend, request
        )
    except KeyringLocked:
        return Answer(why_not=_LOCKED)
    except Exception as error:  # whatever a backend is made of
        return Answer(why_not=f"it failed ({type(error).__name__})")


def _recall(backend: KeyringBackend, request: Request) -> Answer:
    try:
        found: object = backend.get_password(request.service, request.account)
    except UnicodeError:  # not text, so not ours
        return Answer()
    return Answer(done=True, password=found) if can_be_a_password(found) else Answer()


def _remember(backend: KeyringBackend, request: Request) -> Answer:
    backend.set_password(request.service, request.account, request.password)
    return Answer(done=True)


def _forget(backend: KeyringBackend, request: Request) -> Answer:
    from keyring.errors import PasswordDeleteError

    try:
        backend.delete_password(request.service, request.account)
    except PasswordDeleteError:
        # The same error stands for a missing entry and for one that cannot be removed.
        if backend.get_password(request.service, request.account) is not None:
            raise
        return Answer()
    return Answer(done=True)


# ---- which keyring ----


def _keyring_of_this_machine() -> KeyringBackend:
    import keyring

    return keyring.get_keyring()


def _chosen(backend: KeyringBackend) -> KeyringBackend | None:
    """One keyring, where the library would go through several; None if there is none to trust.

    Its chain ends in whatever is installed, a plain file too, when the better ones refuse. The
    operating system's own comes first; add-ons that only fetch from a server rank above it.
    """
    from keyring.backends.chainer import ChainerBackend

    if not isinstance(backend, ChainerBackend):
        return backend
    trusted = [link for link in backend.backends if _why_unusable(link, looks=False) is None]
    own = [link for link in trusted if type(link).__module__.startswith("keyring.backends.")]
    return next(iter(own + trusted), None)


def _why_unusable(backend: KeyringBackend, *, looks: bool = True) -> str | None:
    """Why a password is not entrusted to this keyring; `looks`: also whether it is locked."""
    from keyring import core
    from keyring.backends import fail, null

    if isinstance(backend, fail.Keyring):
        return _NONE
    if isinstance(backend, null.Keyring):
        return "it is switched off"
    name = f"{type(backend).__module__}.{type(backend).__qualname__}"
    # The library does not recommend what keeps passwords in the open or asks at the terminal.
    if not core.recommended(backend) or "plain" in name.lower():
        return f"{name} does not keep passwords safely"
    if looks and name == "keyring.backends.SecretService.Keyring" and _would_ask(backend):
        return _LOCKED
    return None


def _would_ask(backend: KeyringBackend) -> bool:
    """Return whether this Secret Service would open a dialog before anything else.

    It may open on a screen where nobody sits, as for a person who came by ssh; and one that we gave
    up and closed would let the rest of a password go to the window below.
    """
    import secretstorage
    from secretstorage.collection import DEFAULT_COLLECTION
    from secretstorage.exceptions import ItemNotFoundException

    with closing(secretstorage.dbus_init()) as bus:
        try:
            path = getattr(backend, "preferred_collection", DEFAULT_COLLECTION)
            return secretstorage.Collection(bus, path).is_locked()
        except ItemNotFoundException:
            return True  # making one asks for its password
