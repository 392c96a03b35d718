"""
Watch Chrome, Chromium or Edge through selenium-wire: see the POST to AWS, and stop it there.

selenium-wire's proxy runs for the AWS sign-in hosts alone. The browser is sent there by
`pac.py` and trusts the key of one certificate authority, made for this run; the identity
provider's TLS stays between it and the browser. The proxy never goes on to AWS: it answers each
request itself, and where that fails, it has no address to connect from and no server to trust.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import shlex
import shutil
import socket
import sys
import tempfile
import threading
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any

from aws_saml_ext.capture.browser import pac
from aws_saml_ext.capture.browser.discovery import (
    START_SECONDS,
    DriverProcess,
    Programs,
    environment_of_a_browser,
    is_root,
)
from aws_saml_ext.capture.browser.driven import Watched
from aws_saml_ext.capture.browser.engine import Posted
from aws_saml_ext.capture.saml_post import CLOSING_PAGE, saml_response
from aws_saml_ext.config.settings import Browser
from aws_saml_ext.errors import BrowserError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from aws_saml_ext.capture.browser.engine import WatchedBrowser
    from aws_saml_ext.config.settings import Settings

_log = logging.getLogger(__name__)

_PROBE_SECONDS = 10.0
_PROBE_LOOK_SECONDS = 0.5
_END_SECONDS = 2.0

_AUTHORITY_LIFE = timedelta(hours=12)

_NO_ADDRESS_OF_OURS = "192.0.2.1"
"""From TEST-NET-1 (RFC 5737), which no machine has: nothing can be connected to from there."""

_SWITCHES = (
    "--remote-debugging-pipe",  # not a port, which other users of the machine could open
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-breakpad",
    "--disk-cache-size=1",  # bytes: a page with a SAMLResponse in it is not kept
)
_PREFERENCES = {
    # Without it, session cookies, and with them the session at the IdP, end with the browser.
    "session": {"restore_on_startup": 1},
    "credentials_enable_service": False,
    "profile": {"password_manager_enabled": False, "exit_type": "Normal"},
    "autofill": {"profile_enabled": False, "credit_card_enabled": False},
    "download_restrictions": 3,  # none is allowed
    # A person at the window cannot click a bad certificate away either.
    "ssl": {"error_override_allowed": False},
}


@contextmanager
def start(
    programs: Programs,
    settings: Settings,
    profile_folder: Path,
    headless: bool,
    seconds: float = START_SECONDS,
) -> Iterator[WatchedBrowser]:
    """See `engine.StartBrowser`."""
    pac.refuse_one_origin(settings.idp_url, settings.acs_url)
    probe = f"https://signin.aws.amazon.com/{secrets.token_urlsafe(16)}"
    wire = Wire(settings.acs_url, probe)
    _wipe(profile_folder)
    with ExitStack() as leaving:
        # What tabs showed, a SAMLResponse among it, is written down for the next start.
        leaving.callback(_wipe, profile_folder)
        listening = leaving.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
        leaving.callback(wire.wait_for_end)
        driver = DriverProcess(
            [str(programs.driver), "--port=0"],
            ready=r"started successfully on port (\d+)",
            environ=environment_of_a_browser(),
            seconds=seconds,
        )
        leaving.callback(driver.end)
        key = new_key()
        switches = (
            *pac.switches(
                listening.getsockname()[1],
                acs_url=settings.acs_url,
                proxies=urllib.request.getproxies(),
            ),
            f"--ignore-certificate-errors-spki-list={_key_hash(key)}",
            f"--user-data-dir={profile_folder}",
            *(["--headless=new"] if headless else []),
            *_SWITCHES,
            *settings.browser_arguments,
        )
        starting = _Starting(
            driver,
            _capabilities(programs, switches, headless),
            probe,
            if_root=hint_for_root(settings) if is_root() else None,
        )
        # Both are heavy imports, while the browser starts on another processor.
        wire.serve(listening, key, folder=driver.folder)
        leaving.callback(wire.end)
        import selenium.webdriver.remote.webdriver  # noqa: F401

        webdriver = driver.attach(starting.session())
        leaving.callback(webdriver.command_executor.close)  # type: ignore[union-attr]
        browser = _Chromium(driver, webdriver, wire.arrived, headless=headless)
        _wait_for_probe(wire, browser, driver.at_most(_PROBE_SECONDS))
        yield browser


def hint_for_root(settings: Settings) -> str | None:
    """What root types where the browser does not start; None where that cannot be why."""
    if sys.platform != "linux" or "--no-sandbox" in settings.browser_arguments:
        return None
    # Not asked before it starts: the launchers of some distributions add the switch by themselves.
    arguments = shlex.join([*settings.browser_arguments, "--no-sandbox"])
    return (
        "Sign in as another user or, in a container: "
        f"aws configure set --profile {shlex.quote(settings.profile)} -- "
        f"saml_browser_arguments {shlex.quote(arguments)}"
    )


def _wait_for_probe(wire: Wire, browser: Watched, seconds: float) -> None:
    """Wait until a request of the browser to a sign-in host has come to us."""
    until = time.monotonic() + seconds
    while not wire.probed.wait(_PROBE_LOOK_SECONDS):
        if time.monotonic() >= until or browser.navigation_error() is not None:
            raise BrowserError(
                "The browser's requests to the AWS sign-in hosts do not come to this program; "
                "a policy of this computer may give it a proxy of its own.",
                hint="See chrome://policy, or try another one: --browser firefox",
            )


def _wipe(profile_folder: Path) -> None:
    """
    Remove from a profile which pages were open, and the lock of a browser that was killed.

    The browser would open them again by itself, before anybody asked for it. Cookies stay.
    """
    for folder in profile_folder.glob("Default/Sessions*"):
        shutil.rmtree(folder, ignore_errors=True)
    lock = profile_folder / "SingletonLock"
    with suppress(OSError, ValueError):  # there is none; on Windows there never is
        host, _, pid = os.readlink(lock).rpartition("-")  # noqa: PTH115 - it is no path
        if host != socket.gethostname() or not _is_alive(int(pid)):
            for name in ("SingletonLock", "SingletonSocket", "SingletonCookie"):
                (profile_folder / name).unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _capabilities(programs: Programs, switches: Sequence[str], headless: bool) -> dict[str, Any]:
    """The browser that we want, in WebDriver's terms (W3C WebDriver, section 7)."""
    edge = programs.browser is Browser.EDGE
    return {
        "browserName": "MicrosoftEdge" if edge else "chrome",
        "pageLoadStrategy": "none",
        # What a page asks in a dialog is the person's to answer, where there is one.
        "unhandledPromptBehavior": "dismiss and notify" if headless else "ignore",
        "ms:edgeOptions" if edge else "goog:chromeOptions": {
            "binary": str(programs.binary),
            "args": list(switches),
            "prefs": _PREFERENCES,
            # Its log file would hold addresses, and what pages write to their console.
            "excludeSwitches": ["enable-logging"],
        },
    }


def new_key() -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _key_hash(key: EllipticCurvePrivateKey) -> str:
    """What `--ignore-certificate-errors-spki-list` knows a key by."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(sha256(spki).digest()).decode()


class _Starting:
    """A browser that starts in a thread of its own, and then asks for the probe's address."""

    def __init__(
        self, driver: DriverProcess, wanted: dict[str, Any], probe: str, *, if_root: str | None
    ) -> None:
        _ = driver.url  # waited for in this thread: see there
        self._driver = driver
        self._wanted = wanted
        self._probe = probe
        self._if_root = if_root
        self._session: dict[str, Any] = {}
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._start, name="browser start", daemon=True)
        self._thread.start()

    def _start(self) -> None:
        try:
            self._session = self._driver.new_session(self._wanted, if_root=self._if_root)
            self._driver.navigate(self._probe)
        except Exception as error:  # raised again by `session`
            self._error = error

    def session(self) -> dict[str, Any]:
        """What the driver says about the session, once it is there."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._session


class Wire:
    """selenium-wire's proxy for the sign-in hosts, which answers everything itself."""

    def __init__(self, acs_url: str | None, probe: str) -> None:
        self._acs_url = acs_url
        self._probe = probe
        self.proxy: Any = None
        """`seleniumwire.server.MitmProxy`, once it serves."""
        self.authority = ""
        """The certificate authority of this run, as PEM."""
        self._thread: threading.Thread | None = None
        self.arrived: Queue[Posted] = Queue()
        self.probed = threading.Event()

    def serve(
        self,
        listening: socket.socket,
        key: EllipticCurvePrivateKey,
        *,
        folder: Path | None = None,
    ) -> None:
        """
        Answer whoever connects to `listening`, from now on.

        `key` is the key of the certificate authority, and lies in a private folder, made in
        `folder`, for the moment in which selenium-wire reads it.
        """
        from aws_saml_ext.capture.browser import selenium_wire

        self.authority = _authority(key)
        with tempfile.TemporaryDirectory(prefix="aws-saml-login-", dir=folder) as private:
            authority = Path(private, "authority.pem")
            authority.write_text(self.authority, encoding="ascii")
            private_key = Path(private, "authority.key")
            private_key.write_bytes(_pem(key))
            proxy = selenium_wire.proxy_class()(
                "127.0.0.1",
                0,
                {
                    "request_storage": "memory",
                    "request_storage_max_size": 0,
                    "request_storage_base_dir": private,
                    "ca_cert": authority,
                    "ca_key": private_key,
                    # A sign-in address on loopback is asked as if we were its server: pac.py.
                    "mitm_relax_http_form_validation": True,
                    "ignore_http_methods": [],  # OPTIONS would go on to AWS
                    "suppress_connection_errors": True,
                    # It never goes on to AWS. Should it try: no proxy of the environment is used,
                    "proxy": {"http": None, "https": None},
                    # there is no address to connect from,
                    "mitm_upstream_bind_address": _NO_ADDRESS_OF_OURS,
                    # no server's certificate verifies, for that file is soon gone,
                    "verify_ssl": True,
                    "mitm_ssl_verify_upstream_trusted_ca": str(authority),
                    # and it does not look at the server's certificate before it answers.
                    "mitm_upstream_cert": False,
                },
            )
        selenium_wire.use_socket(proxy, listening)
        if not selenium_wire.has_authority(proxy, self.authority):
            raise BrowserError("The proxy for the AWS sign-in hosts has a foreign certificate.")
        proxy.request_interceptor = self._answer
        self.proxy = proxy
        self._thread = selenium_wire.run(proxy)

    def end(self) -> None:
        """Answer nobody any more."""
        if self.proxy is not None:
            self.proxy.shutdown()

    def wait_for_end(self) -> None:
        """Wait, for a moment at most, until it is so."""
        if self._thread is not None:
            self._thread.join(_END_SECONDS)

    def _answer(self, request: Any) -> None:
        """
        Answer a request of the browser, on the proxy's own loop.

        Whatever goes wrong here, there is an answer: without one the request would go on.
        """
        try:
            self._judge(request)
        except Exception:
            _log.debug("A request to a sign-in host could not be read.", exc_info=True)
            _block(request)

    def _judge(self, request: Any) -> None:
        _block(request)
        url = self._address(request)
        if request.method == "GET" and url == self._probe:
            request.create_response(204)
            self.probed.set()
        elif pac.takes_assertion(request.method, url, self._acs_url):
            text = saml_response(request.body, request.headers.get("Content-Type") or "")
            if text is not None:
                request.create_response(200, _HEADERS, CLOSING_PAGE.encode())
                self.arrived.put(Posted(url, text))

    def _address(self, request: Any) -> str:
        """Where a request was going; one that came straight to us says no more than its host."""
        url: str = request.url
        if not url.startswith("://") or self._acs_url is None:
            return url
        scheme, _, _ = self._acs_url.partition(":")
        path = url.removeprefix("://").partition("/")[2]
        return f"{scheme}://{request.headers.get('Host')}/{path}"


def _block(request: Any) -> None:
    request.create_response(502, _HEADERS, b"Not let through while signing in.")


_HEADERS = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}


def _authority(key: EllipticCurvePrivateKey) -> str:
    """A certificate authority of this run, as PEM: it signs servers' certificates only."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "aws-saml-login, this run")])
    now = datetime.now(timezone.utc)
    usage = x509.KeyUsage(
        key_cert_sign=True,
        digital_signature=True,  # for TLS: servers' certificates have the authority's own key
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def _pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class _Chromium(Watched):
    """Tells the error pages of Chromium."""

    def certificate_error(self) -> str | None:
        code = self.navigation_error()
        return code if code is not None and "CERT" in code else None

    def navigation_error(self) -> str | None:
        with self.guarded():
            seen = self.driver.execute_script(_ERROR_PAGE)
        code = re.search(r"\bERR_[A-Z0-9_]+", seen or "")
        return code[0] if code else None


_ERROR_PAGE = """\
return document.documentURI.startsWith("chrome-error:") ? document.body.innerText : null;"""
