"""The WebDriver server of a browser: start it, open a session, attach Selenium, its errors."""

from __future__ import annotations

import json
import logging
import re
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any

from aws_saml_ext import hints
from aws_saml_ext.capture.browser.discovery import Names, described
from aws_saml_ext.capture.browser.gate import Gate
from aws_saml_ext.capture.browser.processes import ProcessSession, Watchdog
from aws_saml_ext.clock import Deadline
from aws_saml_ext.errors import BrowserError, Stopped
from aws_saml_ext.logs import silenced

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver


_log = logging.getLogger(__name__)

START_SECONDS = 60.0
"""The time for a driver and its browser to start; a busy machine needs much of it."""
_ANSWER_SECONDS = 60.0
_MIN_SECONDS = 0.01
"""A socket with a timeout of 0 would not wait at all, but fail at once."""
_POLL_INTERVAL = 0.25
_LAST_WORDS_SECONDS = 1.0
"""The time for a driver to report why its browser ended."""
_MAX_RESTARTS = 2
_END_SECONDS = 5.0
"""The time for a browser to write its profile before it is killed."""
_TEMPORARY_FOLDER = "TEMP" if sys.platform == "win32" else "TMPDIR"


class DriverServer:
    """A WebDriver server, its browser, and every process that they started."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        ready: str,
        environ: Mapping[str, str],
        names: Names | None = None,
        secret: str = "",
        seconds: float = START_SECONDS,
    ) -> None:
        """Start the server without waiting for it.

        Args:
            command: the server's program and its options.
            ready: a regular expression for the line of output that names the port, as group 1.
            environ: the whole environment of the server and its browser.
            names: the programs in the words of messages; None has only the path of the server.
            secret: the first part of the path of every request, where `command` demands one.
            seconds: the time for everything until the browser has started.

        Raises:
            BrowserError: the program cannot be started.
        """
        self.deadline = Deadline(seconds)
        """The end of the time that the start may take."""
        self._command = command
        self._names = names or Names(command[0], "The browser")
        self._ready = re.compile(ready)
        self._secret = secret
        self._path = f"/{secret}" if secret else ""
        self._url: str | None = None
        self._session_id: str | None = None
        # A short path, since sockets lie in it; a folder of its own, since a killed browser
        # leaves files.
        self._folder = tempfile.TemporaryDirectory(prefix="saml-", ignore_cleanup_errors=True)
        self._environ = {**environ, _TEMPORARY_FOLDER: self._folder.name}
        self._watchdog: Watchdog | None = None
        self.gate = Gate()
        """The gate before the ports of the server, and of its browser once that is shut too."""
        try:
            self._watchdog = Watchdog(self.folder)
            self._launch()
        except BaseException:
            self._clean_up()
            raise

    @property
    def folder(self) -> Path:
        """The folder for temporary files, removed with the browser or when we are killed."""
        return Path(self._folder.name)

    @property
    def is_alive(self) -> bool:
        """True while the server runs."""
        return self._processes.is_alive

    @property
    def url(self) -> str:
        """The address of the server, with its secret; waits for it the first time.

        The server dies with the thread that started it, and a restart happens here: read this
        from the thread that stays until the end.

        Raises:
            BrowserError: the server ended or did not name its port, or another user was faster.
        """
        restarts = 0
        while self._url is None:
            port = self._next_port()
            if isinstance(port, BrowserError):
                raise port
            if port is not None:
                self._url = f"http://127.0.0.1:{port}{self._path}"
            elif restarts < _MAX_RESTARTS and self._has_ended():
                # chromedriver ends when the port that it chose for IPv4 is taken for IPv6.
                restarts += 1
                self._kill()
                self._launch()
            else:
                raise BrowserError(
                    f"The driver {self._names.driver} did not start.",
                    command=hints.shown(self._command[0], "--version"),
                )
        return self._url

    def new_session(
        self, capabilities: Mapping[str, Any], *, root_error: BrowserError | None = None
    ) -> dict[str, Any]:
        """Start the browser, and return the `value` of the server's answer.

        Does not use Selenium, which is imported meanwhile.

        Args:
            capabilities: those of W3C WebDriver, section 7.
            root_error: the error to raise when the likely cause is that this program runs as root.

        Raises:
            BrowserError: the browser did not start.
        """
        request = {"capabilities": {"alwaysMatch": capabilities}}
        with self._ending_with_its_browser() as ended:
            try:
                answer = self._ask("POST", "/session", request, self._start_seconds())
                if answer.get("error") == "invalid argument":  # older: it knows no kinds of dialogs
                    plain = {**capabilities, "unhandledPromptBehavior": "dismiss and notify"}
                    request = {"capabilities": {"alwaysMatch": plain}}
                    answer = self._ask("POST", "/session", request, self._start_seconds())
            except BrowserError:
                if not ended.is_set():
                    raise
                answer = {"message": "it ended at once"}
        if "sessionId" not in answer:
            message = str(answer.get("message") or "")
            raise start_error(message, self._names, root_error=root_error)
        self._session_id = answer["sessionId"]
        _log.debug("Started %s.", described(answer.get("capabilities") or {}))
        return answer

    def navigate(self, url: str) -> None:
        """Open `url` in the browser of `new_session`, and ignore whether that works.

        Raises:
            BrowserError: the server ended.
        """
        self._ask("POST", f"/session/{self._session_id}/url", {"url": url}, self._start_seconds())

    def attach(self, session: Mapping[str, Any]) -> WebDriver:
        """Return Selenium's WebDriver for the session that `new_session` returned."""
        from selenium.webdriver.common.options import ArgOptions
        from selenium.webdriver.common.proxy import Proxy, ProxyType
        from selenium.webdriver.remote.client_config import ClientConfig
        from selenium.webdriver.remote.remote_connection import RemoteConnection
        from selenium.webdriver.remote.webdriver import WebDriver
        from urllib3 import HTTPConnectionPool, PoolManager
        from urllib3.connection import HTTPConnection
        from urllib3.exceptions import NewConnectionError
        from urllib3.util import Retry

        server, gate = self, self.gate

        class Connection(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                seconds = self.timeout if isinstance(self.timeout, (int, float)) else None
                if not server.is_alive:
                    raise NewConnectionError(self, "the driver has ended")
                try:
                    return gate.connect(self.port or 0, seconds)
                except OSError as error:
                    raise NewConnectionError(self, str(error)) from error

        class Pool(HTTPConnectionPool):
            ConnectionCls = Connection

        class Connected(RemoteConnection):
            def _get_connection_manager(self) -> PoolManager:
                # Nor is a question asked again that was not answered in time.
                retries = Retry(connect=2, read=False)
                manager = PoolManager(timeout=_ANSWER_SECONDS, retries=retries)
                manager.pool_classes_by_scheme = {"http": Pool}
                return manager

        class Attached(WebDriver):
            def start_session(self, capabilities: dict[str, Any]) -> None:  # noqa: ARG002
                self.session_id = session["sessionId"]
                self.caps = session["capabilities"]

            def execute(self, *command: Any, **parameters: Any) -> Any:
                # Every command of Selenium passes here: with what is typed, and what is read.
                with silenced("selenium", "urllib3"):
                    return super().execute(*command, **parameters)

        options: Any = ArgOptions()
        config = ClientConfig(
            remote_server_addr=self.url,
            # Else Selenium would send commands for this machine through HTTP_PROXY.
            proxy=Proxy(raw={"proxyType": ProxyType.DIRECT}),
            timeout=int(_ANSWER_SECONDS),
        )
        return Attached(Connected(client_config=config), options=options)

    def end(self) -> None:
        """Close the browser, then kill every process that is left and remove the folder.

        Takes a few seconds at most.
        """
        try:
            if self._session_id is not None and self.is_alive:
                with suppress(BrowserError):
                    self._ask("DELETE", f"/session/{self._session_id}", None, _END_SECONDS)
        finally:
            self._kill()
            self._clean_up()

    def _launch(self) -> None:
        try:
            self._processes = ProcessSession(self._command, self._environ, held=Gate.is_possible())
        except OSError as error:
            raise BrowserError(
                f"The driver {self._names.driver} cannot be started: {error.strerror}.",
                advice="Set saml_browser_driver to the path of another driver.",
            ) from error
        if self._watchdog is not None:
            self._watchdog.watch(self._processes)
        self._ports: Queue[int | BrowserError | None] = Queue()
        self._is_closed = False
        # All output is read, since a full pipe would stop the server.
        self._reader = threading.Thread(target=self._read, name="driver output", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        """Queue the port that the output names, then None at the end of the output."""
        try:
            for line in self._processes.lines(self._close_to_others):
                if match := self._ready.search(line):
                    if not self._is_closed:  # nobody could hold the server
                        self._close_to_others()
                    self._ports.put(int(match[1]))
        except BrowserError as error:
            self._ports.put(error)
        self._ports.put(None)

    def _close_to_others(self) -> bool:
        """Close the server's ports, or raise a `BrowserError`; return whether it has one yet."""
        # A driver may be a script that starts another program.
        closed = [self.gate.close_to_others(pid) for pid in self._processes.pids()]
        self._is_closed = any(closed)
        if self._is_closed and self._secret:  # the server has read its command line
            self._processes.hide(self._secret)
        return self._is_closed

    def _next_port(self) -> int | BrowserError | None:
        try:
            return self._ports.get(timeout=self._start_seconds())
        except Empty:
            return None

    def _start_seconds(self) -> float:
        return self.deadline.at_most(START_SECONDS)

    def _has_ended(self) -> bool:
        """Return whether the server has ended, or does within a moment after its output."""
        self._processes.wait(self.deadline.at_most(_LAST_WORDS_SECONDS))
        return not self.is_alive

    def _kill(self) -> None:
        self._processes.kill()
        self._reader.join(_END_SECONDS)

    def _clean_up(self) -> None:
        self._folder.cleanup()
        if self._watchdog is not None:
            self._watchdog.stop()

    @contextmanager
    def _ending_with_its_browser(self) -> Iterator[threading.Event]:
        """Kill the server when its browser has ended; the event is set when that happened.

        chromedriver waits for a minute at a pipe whose other end has gone. Linux only.
        """
        ended, done = threading.Event(), threading.Event()

        def poll() -> None:
            started, last_words = False, None
            while not done.wait(_POLL_INTERVAL):
                states = self._processes.child_states()
                started = started or bool(states)
                if not started or any(state != "Z" for state in states):
                    last_words = None
                    continue
                last_words = last_words or Deadline(_LAST_WORDS_SECONDS)
                if last_words.has_passed:
                    ended.set()
                    self._processes.kill_program()
                    return

        if sys.platform == "linux":
            threading.Thread(target=poll, name="browser's end", daemon=True).start()
        try:
            yield ended
        finally:
            done.set()

    def _ask(self, method: str, path: str, body: object, seconds: float) -> dict[str, Any]:
        """Return the `value` of the server's answer; empty where it is no object."""
        import http.client

        host = self.url.removeprefix("http://").removesuffix(self._path)
        # Not urllib, which would use a proxy of the environment, whatever NO_PROXY says.
        connection = http.client.HTTPConnection(host)
        try:
            connection.sock = self.gate.connect(connection.port, max(_MIN_SECONDS, seconds))
            text = None if body is None else json.dumps(body)
            kind = {"Content-Type": "application/json"}
            connection.request(method, self._path + path, text, kind)
            answer = json.loads(connection.getresponse().read())["value"]
        except TimeoutError as error:
            raise BrowserError(
                "The browser did not start in time.", advice="Try again with a longer --timeout."
            ) from error
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            raise BrowserError(
                "The browser's driver ended while the browser started.", advice="Try again."
            ) from error
        finally:
            connection.close()
        return answer if isinstance(answer, dict) else {}


def start_error(
    message: str, names: Names, *, root_error: BrowserError | None = None
) -> BrowserError:
    """Return the error for a session that was not created.

    Args:
        message: the server's own text.
        names: the programs in the words of messages.
        root_error: the error for a browser that refuses to run as root, where that can be the
            cause.
    """
    first_line = message.partition("\n")[0].removeprefix("session not created:").strip()
    if "only supports" in message:
        versions = ", ".join(re.findall(r"version (?:is )?(\d+(?:\.\d+)*)", message))
        return BrowserError(
            f"{names.browser} and its driver {names.driver} are of different versions "
            f"({versions}).",
            advice="Update both, or choose another browser with --browser.",
        )
    if "user data directory is already in use" in message:
        return BrowserError(
            "Another browser is using the browser profile.",
            advice="Close that browser, or sign in with --no-keep-session.",
        )
    if root_error is not None:
        return root_error
    return BrowserError(
        f"{names.browser} did not start: {first_line or 'its driver gives no reason'}.",
        advice="Start the browser by hand to see why, or choose another one with --browser.",
    )


@contextmanager
def browser_errors(server: DriverServer, *, headless: bool) -> Iterator[None]:
    """Convert Selenium's errors about a browser that has gone, raised inside, to this package's.

    Raises:
        BrowserError: the browser or its driver died.
        Stopped: the window was closed; or it was not headless, and the cause is unknown.
    """
    from selenium.common.exceptions import (
        InvalidSessionIdException,
        NoSuchWindowException,
        WebDriverException,
    )
    from urllib3.exceptions import HTTPError

    try:
        yield
    except HTTPError as error:
        raise BrowserError("The browser's driver died.", advice="Try again.") from error
    except (InvalidSessionIdException, NoSuchWindowException) as error:
        raise _gone(server, headless) from error
    except WebDriverException as error:
        if not re.search(r"disconnected|not reachable|crashed|closed|marionette", error.msg or ""):
            raise
        raise _gone(server, headless) from error


def _gone(server: DriverServer, headless: bool) -> BrowserError | Stopped:
    if headless or not server.is_alive:
        return BrowserError("The browser died.", advice="Try again, or with --use-browser.")
    return Stopped("The browser window was closed.")
