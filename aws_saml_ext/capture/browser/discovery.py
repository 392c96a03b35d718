"""
Find a browser and its WebDriver, start them, and end them whatever happens.

What every engine needs and no browser family is special in; `wire.py` and `bidi.py` build on it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any

from aws_saml_ext.config.settings import Browser
from aws_saml_ext.errors import BrowserError, Stopped
from aws_saml_ext.logs import unlogged

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

    from aws_saml_ext.capture.browser.engine import StartBrowser
    from aws_saml_ext.config.settings import Settings

Which = Callable[[str], "str | None"]
AskSeleniumManager = Callable[[Browser, Path], Path]
"""The driver that Selenium Manager has, or fetches, for this browser. Raises BrowserError."""

START_SECONDS = 60.0
"""How long a driver and its browser may take to start; a busy machine needs many of them."""
_ANSWER_SECONDS = 60.0
_LOOK_SECONDS = 0.1
_LAST_WORDS = 1.0
"""How long a driver may take to say why its browser ended."""
_MORE_LAUNCHES = 2
_END_SECONDS = 5.0
"""How long a browser may take to write its profile down before it is killed."""


# ---- finding ----


@dataclass(frozen=True, slots=True)
class Programs:
    """A browser that can be driven: two programs that belong together."""

    browser: Browser
    """Never `AUTO`."""
    binary: Path
    driver: Path


@dataclass(frozen=True, slots=True)
class _Names:
    """Under which names and where a browser and its driver are installed."""

    title: str
    binaries: tuple[str, ...]
    drivers: tuple[str, ...]
    places: Mapping[str, tuple[str, ...]]
    """By `sys.platform`, where installers put them off PATH; `%NAME%` is of the environment."""
    remedies: Mapping[str, str]
    """By `sys.platform`, the command that installs both."""


_SNAP_AND_FEDORA = (
    "/snap/bin",
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
    "/usr/lib64/chromium-browser",
    "/usr/local/bin",
    "/opt/google/chrome",
    "/opt/microsoft/msedge",
)
_HOMEBREW = ("/opt/homebrew/bin", "/usr/local/bin")

_NAMES = {
    Browser.CHROME: _Names(
        title="Google Chrome",
        binaries=("google-chrome", "google-chrome-stable", "chrome", "Google Chrome"),
        drivers=("chromedriver",),
        places={
            "linux": _SNAP_AND_FEDORA,
            "darwin": ("/Applications/Google Chrome.app/Contents/MacOS", *_HOMEBREW),
            "win32": (
                r"%ProgramFiles%\Google\Chrome\Application",
                r"%ProgramFiles(x86)%\Google\Chrome\Application",
                r"%LocalAppData%\Google\Chrome\Application",
            ),
        },
        remedies={
            "linux": "Install Google Chrome and the chromedriver of the same version, or Chromium",
            "darwin": "brew install --cask google-chrome chromedriver",
            "win32": "winget install Google.Chrome Chromium.ChromeDriver",
        },
    ),
    Browser.CHROMIUM: _Names(
        title="Chromium",
        binaries=("chromium", "chromium-browser", "Chromium"),
        drivers=("chromedriver", "chromium.chromedriver"),
        places={
            "linux": _SNAP_AND_FEDORA,
            "darwin": ("/Applications/Chromium.app/Contents/MacOS", *_HOMEBREW),
            "win32": (r"%LocalAppData%\Chromium\Application",),
        },
        remedies={
            "linux": "sudo apt install chromium chromium-driver",
            "darwin": "brew install --cask chromium chromedriver",
            "win32": "winget install Google.Chrome Chromium.ChromeDriver",
        },
    ),
    Browser.EDGE: _Names(
        title="Microsoft Edge",
        binaries=("microsoft-edge", "microsoft-edge-stable", "msedge", "Microsoft Edge"),
        drivers=("msedgedriver", "microsoft-edge-driver"),
        places={
            "linux": _SNAP_AND_FEDORA,
            "darwin": ("/Applications/Microsoft Edge.app/Contents/MacOS", *_HOMEBREW),
            "win32": (
                r"%ProgramFiles(x86)%\Microsoft\Edge\Application",
                r"%ProgramFiles%\Microsoft\Edge\Application",
            ),
        },
        remedies={
            "linux": "Install Microsoft Edge, and the msedgedriver of the same version on PATH",
            "darwin": "brew install --cask microsoft-edge msedgedriver",
            "win32": "winget install Microsoft.Edge Microsoft.EdgeDriver",
        },
    ),
    Browser.FIREFOX: _Names(
        title="Firefox",
        binaries=("firefox", "firefox-esr"),
        drivers=("geckodriver", "firefox.geckodriver"),
        places={
            "linux": ("/snap/bin", "/usr/lib/firefox", "/usr/lib/firefox-esr", "/usr/local/bin"),
            "darwin": ("/Applications/Firefox.app/Contents/MacOS", *_HOMEBREW),
            "win32": (r"%ProgramFiles%\Mozilla Firefox", r"%ProgramFiles(x86)%\Mozilla Firefox"),
        },
        remedies={
            "linux": "Install firefox-esr, and geckodriver on PATH",
            "darwin": "brew install firefox geckodriver",
            "win32": "winget install Mozilla.Firefox Mozilla.GeckoDriver",
        },
    ),
}
_IN_ORDER = (Browser.CHROME, Browser.CHROMIUM, Browser.EDGE, Browser.FIREFOX)


def find_programs(
    settings: Settings,
    *,
    which: Which = shutil.which,
    platform: str = sys.platform,
    environ: Mapping[str, str] = os.environ,
    is_file: Callable[[Path], bool] = Path.is_file,
    ask_selenium_manager: AskSeleniumManager | None = None,
) -> Programs:
    """
    The browser and the driver of the settings; for `auto`, the first browser that has both.

    Selenium Manager is asked last, for the driver of a browser that is there; it may download.

    Raises:
        BrowserError: there is none; the hint is what installs it.
    """
    find = partial(_found, which=which, platform=platform, environ=environ, is_file=is_file)
    wanted = _wanted(settings)
    undriven: list[tuple[Browser, Path]] = []
    for browser in wanted:
        names = _NAMES[browser]
        binary = settings.browser_binary or find(names.binaries, names)
        if binary is None:
            continue
        driver = settings.browser_driver or find(names.drivers, names)
        if driver is not None:
            return Programs(browser, binary, driver)
        undriven.append((browser, binary))
    for browser, binary in undriven:
        with suppress(BrowserError):
            ask = ask_selenium_manager or _selenium_manager
            return Programs(browser, binary, ask(browser, binary))
    raise _missing(wanted, undriven, platform)


def _wanted(settings: Settings) -> tuple[Browser, ...]:
    if settings.browser is not Browser.AUTO:
        return (settings.browser,)
    for given in (settings.browser_binary, settings.browser_driver):
        if given is not None:
            return (_browser_of(given),)
    return _IN_ORDER


def _browser_of(program: Path) -> Browser:
    """Which browser a path is of, by its name."""
    name = program.name.lower()
    if "firefox" in name or "gecko" in name:
        return Browser.FIREFOX
    if "edge" in name:
        return Browser.EDGE
    return Browser.CHROMIUM if "chromium" in name else Browser.CHROME


def _found(
    programs: Sequence[str],
    names: _Names,
    *,
    which: Which,
    platform: str,
    environ: Mapping[str, str],
    is_file: Callable[[Path], bool],
) -> Path | None:
    for program in programs:
        if found := which(program):
            return Path(found)
    suffix = ".exe" if platform == "win32" else ""
    for place in names.places.get(platform, ()):
        folder = re.sub(r"%([^%]+)%", lambda name: environ.get(name[1], name[0]), place)
        for program in programs:
            path = Path(folder) / (program + suffix)
            if is_file(path):
                return path
    return None


def _missing(
    wanted: Sequence[Browser], undriven: Sequence[tuple[Browser, Path]], platform: str
) -> BrowserError:
    if undriven:
        browser, binary = undriven[0]
        names = _NAMES[browser]
        message = f"{names.title} is here ({binary}), but its driver ({names.drivers[0]}) is not."
    else:
        titles = [_NAMES[browser].title for browser in wanted]
        message = f"No browser was found: {', '.join(titles)}."
        browser = wanted[0] if len(wanted) == 1 else Browser.CHROMIUM
    remedies = _NAMES[browser].remedies
    return BrowserError(message, hint=remedies.get(platform, remedies["linux"]))


def _selenium_manager(browser: Browser, binary: Path) -> Path:
    """Ask Selenium Manager, which is part of Selenium; it may download the driver."""
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.common.selenium_manager import SeleniumManager

    name = {Browser.EDGE: "edge", Browser.FIREFOX: "firefox"}.get(browser, "chrome")
    wishes = ["--browser", name, "--browser-path", str(binary), "--timeout", "30"]
    try:
        # Both options are its own: no report to a third party, no browser besides the one here.
        with unlogged("selenium"):
            paths = SeleniumManager().binary_paths(
                [*wishes, "--avoid-stats", "--avoid-browser-download"]
            )
    except WebDriverException as error:
        raise BrowserError("Selenium Manager has no driver for it.") from error
    return Path(paths["driver_path"])


def starting(programs: Programs) -> StartBrowser:
    """How to start this browser, with the engine that watches its kind."""
    if programs.browser is Browser.FIREFOX:
        from aws_saml_ext.capture.browser.firefox import start as start_firefox

        return partial(start_firefox, programs)
    from aws_saml_ext.capture.browser.chromium import start as start_chromium

    return partial(start_chromium, programs)


def has_display(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Whether a window can be shown to the person."""
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return True
    if platform == "darwin":
        return not environ.get("SSH_CONNECTION")  # the screen is somewhere else
    return platform == "win32"


# ---- the driver's process ----


_TEMPORARY_FOLDER = "TEMP" if sys.platform == "win32" else "TMPDIR"


class DriverProcess:
    """A WebDriver server, its browser, and all that they started: a session of processes."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        ready: str,
        environ: Mapping[str, str],
        seconds: float = START_SECONDS,
    ) -> None:
        """
        Start it, and do not wait. `ready` matches the line that tells its port.

        All that is asked of it until its browser has started is answered in `seconds`, or fails.
        """
        self._until = time.monotonic() + seconds
        self._command = command
        self._ready = re.compile(ready)
        self._url: str | None = None
        self._session: str | None = None
        # Short, since sockets come to lie in it; and ours, since a killed browser leaves files.
        self._folder = tempfile.TemporaryDirectory(prefix="saml-", ignore_cleanup_errors=True)
        self._environ = {**environ, _TEMPORARY_FOLDER: self._folder.name}
        self._heir: subprocess.Popen[bytes] | None = None
        try:
            self._heir = _heir(self.folder)
            self._launch()
        except BaseException:
            self._put_away()
            raise

    @property
    def folder(self) -> Path:
        """For temporary files; it goes with the browser, and when this program is killed."""
        return Path(self._folder.name)

    def at_most(self, seconds: float) -> float:
        """So many seconds, or what is left of those that the start may take."""
        return max(0.01, min(seconds, self._until - time.monotonic()))

    def _launch(self) -> None:
        self._popen = _popen(self._command, self._environ)
        if self._heir is not None and self._heir.stdin is not None:
            with suppress(OSError):  # somebody killed it
                self._heir.stdin.write(b"%d\n" % self._popen.pid)
        self._port: Queue[int | None] = Queue()
        # Its output is read to the end, and dropped: a full pipe would stop it.
        self._reader = threading.Thread(target=self._read, name="driver output", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        output = self._popen.stdout
        if output is None:
            return
        with output:
            for line in output:
                if match := self._ready.search(line):
                    self._port.put(int(match[1]))
        self._port.put(None)

    @property
    def is_alive(self) -> bool:
        return self._popen.poll() is None

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def url(self) -> str:
        """
        Where it listens, waited for at first: ask from the thread that stays until the end.

        Raises:
            BrowserError: it ended, or does not say.
        """
        again = _MORE_LAUNCHES
        while self._url is None:
            port = self._told_port()
            if port is not None:
                self._url = f"http://127.0.0.1:{port}"
            elif again and self._has_ended():
                # The port that it chose for IPv4 may be taken for IPv6: chromedriver ends then.
                again -= 1
                self._kill()
                self._launch()
            else:
                raise BrowserError(
                    f"The driver {self._command[0]} did not start.",
                    hint=f"See what it says: {self._command[0]} --version",
                )
        return self._url

    def _told_port(self) -> int | None:
        try:
            return self._port.get(timeout=self.at_most(START_SECONDS))
        except Empty:
            return None

    def _has_ended(self) -> bool:
        """Whether it has, or does within a moment: its output ends a little before it."""
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(self.at_most(1))
        return not self.is_alive

    def _kill(self) -> None:
        """Kill it and all that it started; without an error if it has ended."""
        _kill_session(self._popen)
        self._reader.join(_END_SECONDS)

    def new_session(
        self, capabilities: Mapping[str, Any], *, if_root: str | None = None
    ) -> dict[str, Any]:
        """
        Start the browser, and return what the driver says about it.

        By hand and not by Selenium, which is imported meanwhile. `if_root` is what to type where
        root is the one who cannot start it.

        Raises:
            BrowserError: it did not start.
        """
        wanted = {"capabilities": {"alwaysMatch": capabilities}}
        with self._ending_with_its_browser() as ended:
            try:
                answer = self._ask("POST", "/session", wanted, self.at_most(START_SECONDS))
            except BrowserError:
                if not ended.is_set():
                    raise
                answer = {"message": "it ended at once"}
        if "sessionId" not in answer:
            raise why_not_started(str(answer.get("message") or ""), if_root=if_root)
        self._session = answer["sessionId"]
        return answer

    @contextmanager
    def _ending_with_its_browser(self) -> Iterator[threading.Event]:
        """
        End the driver when its browser has ended; whether that was so.

        chromedriver waits for a minute at a pipe whose other end has gone. Linux only.
        """
        ended, over = threading.Event(), threading.Event()

        def look() -> None:
            started, alone_since = False, None
            while not over.wait(_LOOK_SECONDS):
                statuses, now = _statuses_beside(self.pid), time.monotonic()
                started = started or bool(statuses)
                if not started or any(status != "zombie" for status in statuses):
                    alone_since = None
                    continue
                alone_since = alone_since or now
                if now - alone_since >= _LAST_WORDS:
                    ended.set()
                    self._popen.kill()
                    return

        if sys.platform == "linux":
            threading.Thread(target=look, name="browser's end", daemon=True).start()
        try:
            yield ended
        finally:
            over.set()

    def navigate(self, url: str) -> None:
        """
        Let the browser of `new_session` open `url`, whatever comes of it.

        Raises:
            BrowserError: the driver ended.
        """
        seconds = self.at_most(START_SECONDS)
        self._ask("POST", f"/session/{self._session}/url", {"url": url}, seconds)

    def _ask(self, method: str, path: str, body: object, seconds: float) -> dict[str, Any]:
        import http.client

        host = self.url.removeprefix("http://")
        # No proxy of the environment is for this, whatever NO_PROXY says.
        connection = http.client.HTTPConnection(host, timeout=seconds)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())["value"]
        except TimeoutError as error:
            raise BrowserError(
                "The browser did not start in time.", hint="Try again, with --timeout SECONDS"
            ) from error
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            raise BrowserError("The browser's driver ended while the browser started.") from error
        finally:
            connection.close()
        return answer if isinstance(answer, dict) else {}

    def attach(self, session: Mapping[str, Any]) -> WebDriver:
        """Selenium's view on a session that `new_session` started."""
        from selenium.webdriver.common.options import ArgOptions
        from selenium.webdriver.common.proxy import Proxy, ProxyType
        from selenium.webdriver.remote.client_config import ClientConfig
        from selenium.webdriver.remote.remote_connection import RemoteConnection
        from selenium.webdriver.remote.webdriver import WebDriver

        class Attached(WebDriver):
            def start_session(self, capabilities: dict[str, Any]) -> None:  # noqa: ARG002
                self.session_id = session["sessionId"]
                self.caps = session["capabilities"]

            def execute(self, *command: Any, **parameters: Any) -> Any:
                """Every command of Selenium comes by here: what is typed, and what is read."""
                with unlogged("selenium", "urllib3"):
                    return super().execute(*command, **parameters)

        options: Any = ArgOptions()
        config = ClientConfig(
            remote_server_addr=self.url,
            # Not through HTTP_PROXY, where Selenium would send its commands to this very machine.
            proxy=Proxy(raw={"proxyType": ProxyType.DIRECT}),
            timeout=int(_ANSWER_SECONDS),
        )
        return Attached(RemoteConnection(client_config=config), options=options)

    def end(self) -> None:
        """End the browser in an orderly way if it lets us, then kill whatever is left. Bounded."""
        try:
            if self._session is not None and self.is_alive:
                with suppress(BrowserError):
                    self._ask("DELETE", f"/session/{self._session}", None, _END_SECONDS)
        finally:
            self._kill()
            self._put_away()

    def _put_away(self) -> None:
        self._folder.cleanup()
        if self._heir is not None:
            self._heir.kill()
            with self._heir:
                pass  # closes its input, and waits for it


_HEIR = """\
while read -r line; do driver=$line; done
[ -z "$driver" ] || kill -s KILL -- "-$driver"
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }  # what was killed may write for a moment more
"""


def _heir(folder: Path) -> subprocess.Popen[bytes] | None:
    """
    A process that outlives us when we are killed, and then ends drivers and removes a folder.

    It reads the drivers' process ids; its input closes with us, however we end. Firefox does not
    end with its driver. Not on Windows, where there are no such groups of processes.
    """
    if sys.platform == "win32":
        return None
    return subprocess.Popen(
        ["/bin/sh", "-c", _HEIR, "sh", str(folder)],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C at the terminal is not for it
    )


def _statuses_beside(driver: int) -> list[str]:
    """What psutil says of the programs that a driver started in its session."""
    import psutil

    statuses: list[str] = []
    for pid in psutil.pids():
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            if pid != driver and os.getsid(pid) == driver:
                statuses.append(psutil.Process(pid).status())
    return statuses


def _popen(command: Sequence[str], environ: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a driver in a session of its own, so that Ctrl-C at the terminal is ours alone."""
    apart: dict[str, Any]
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        apart = {"creationflags": flags}
    else:
        apart = {"start_new_session": True, "preexec_fn": _ending_with(os.getpid())}
    try:
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            errors="replace",
            env=dict(environ),
            **apart,
        )
    except OSError as error:
        raise BrowserError(
            f"The driver {command[0]} cannot be started: {error.strerror}.",
            hint="Set saml_browser_driver to the path of another one",
        ) from error


def _ending_with(parent: int) -> Callable[[], None] | None:
    """What makes a child of ours die when we are killed; Linux only."""
    if sys.platform != "linux":
        return None
    import ctypes

    prctl = ctypes.CDLL(None, use_errno=True).prctl
    death_signal = 1  # PR_SET_PDEATHSIG, prctl(2)

    def arrange() -> None:
        prctl(death_signal, signal.SIGKILL)
        if os.getppid() != parent:  # killed before we could arrange it
            os._exit(1)

    return arrange


def _kill_session(popen: subprocess.Popen[str]) -> None:
    """Kill a driver and whatever of its browser is left."""
    if sys.platform == "win32":
        _kill_tree(popen)
    else:
        # Its process group, while the driver is not yet waited for: the number cannot be reused.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(popen.pid, signal.SIGKILL)
    popen.wait()


def _kill_tree(popen: subprocess.Popen[str]) -> None:
    import psutil

    with suppress(psutil.Error):
        driver = psutil.Process(popen.pid)
        for process in [*driver.children(recursive=True), driver]:
            with suppress(psutil.Error):
                process.kill()


_WRITTEN_DOWN = re.compile(
    r"\w*SSLKEYLOGFILE|SSLDEBUG(FILE)?|SSLTRACE|(MOZ|NSPR)_LOG\w*|MOZ_PROFILER_\w+|CHROME_LOG_FILE",
    re.IGNORECASE,
)
"""Variables that let a browser write keys of TLS connections, headers or addresses to a file."""


def environment_of_a_browser(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Ours, without what would write secrets of a sign-in to a file."""
    return {name: value for name, value in environ.items() if not _WRITTEN_DOWN.fullmatch(name)}


def keep_silent(library: str) -> None:
    """
    Let a library log nothing, whatever its environment variables or the root logger want.

    What is typed, posted and asked for stands in its messages; what matters of them to a person
    comes as our errors.
    """
    log = logging.getLogger(library)
    log.setLevel(logging.CRITICAL)
    log.propagate = False
    log.handlers[:] = [logging.NullHandler()]


# ---- what goes wrong ----


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def why_not_started(said: str, *, if_root: str | None = None) -> BrowserError:
    """
    Why a session was not created, in words that help; `said` is the driver's message.

    `if_root` is what to type where root is the one who cannot start it.
    """
    first_line = said.partition("\n")[0].removeprefix("session not created:").strip()
    if "only supports" in said:
        versions = ", ".join(re.findall(r"version (?:is )?(\d+(?:\.\d+)*)", said))
        return BrowserError(
            f"The browser and its driver are of different versions ({versions}).",
            hint="Update both, or take another browser: --browser chromium, edge or firefox",
        )
    if "user data directory is already in use" in said:
        return BrowserError(
            "Another browser is using the kept browser profile.",
            hint="Close it, or sign in with --no-keep-session",
        )
    if if_root is not None:
        return BrowserError(
            "The browser did not start. As root, most browsers refuse to.", hint=if_root
        )
    return BrowserError(
        f"The browser did not start: {first_line or 'its driver does not say why'}.",
        hint="Start it by hand to see why, or take another one with --browser",
    )


@contextmanager
def telling_its_end(driver: DriverProcess, *, headless: bool) -> Iterator[None]:
    """
    Read a page in here: a browser that went away raises our errors, not Selenium's.

    Raises:
        BrowserError: the browser or its driver died.
        Stopped: the person closed the window, or it cannot be told who did.
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
        raise BrowserError("The browser's driver died.", hint="Try again") from error
    except (InvalidSessionIdException, NoSuchWindowException) as error:
        raise _gone(driver, headless) from error
    except WebDriverException as error:
        if not re.search(r"disconnected|not reachable|crashed|closed|marionette", error.msg or ""):
            raise
        raise _gone(driver, headless) from error


def _gone(driver: DriverProcess, headless: bool) -> BrowserError | Stopped:
    if headless or not driver.is_alive:
        return BrowserError("The browser died.", hint="Try again, or with --use-browser")
    return Stopped("The browser window was closed.")


def look_at_windows(
    webdriver: WebDriver, guarded: Callable[[], AbstractContextManager[None]]
) -> None:
    """
    See whether a window is still there, and read on in the last one if ours was closed.

    Raises what `guarded` makes of it.
    """
    from selenium.common.exceptions import NoSuchWindowException

    with guarded():
        windows = webdriver.window_handles
        if not windows:
            raise NoSuchWindowException("no window is left")
        with suppress(NoSuchWindowException):
            if webdriver.current_window_handle in windows:
                return
        webdriver.switch_to.window(windows[-1])
