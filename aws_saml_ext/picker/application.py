"""The menu itself, by `prompt_toolkit`: keys, drawing, and a terminal that is left as it was.

It is imported only where a question is asked, in the background as far as possible: this takes a
tenth of a second.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import Enum
from typing import TYPE_CHECKING, Any, TextIO

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.data_structures import Size as Dimensions
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import create_input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import HSplit, Layout, VSplit, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl
from prompt_toolkit.output import ColorDepth, Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import Style
from prompt_toolkit.utils import get_cwidth

from aws_saml_ext.clock import Deadline
from aws_saml_ext.picker.frame import ASCII, Signs, Size, State, Table, countdown, keys
from aws_saml_ext.picker.menu import Menu, Picked
from aws_saml_ext.picker.ranking import Ranking
from aws_saml_ext.text import printable

if TYPE_CHECKING:
    from prompt_toolkit.input import Input

_POLL_INTERVAL = 0.5  # seconds
_ESCAPE_SECONDS = 0.05
"""The time after which Esc is the key itself, and not the beginning of another one."""
_MAX_TYPED = 200  # characters
_MIN_COLUMNS_OF_TIME = 60  # of a terminal that has room for the remaining time
_STYLE = Style.from_dict({"dim": "ansibrightblack", "current": "bold", "question": ""})


class End(Enum):
    """The ends of a menu without an answer, besides signals."""

    CLOSED = "Ctrl-D"
    GONE = "the terminal went away"
    OVER = "the cause of the question is gone"
    LATE = "no answer in time"


def ask(
    menu: Menu,
    keyboard: TextIO,
    screen: TextIO,
    *,
    seconds: float | None = None,
    until: Callable[[], bool] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Picked | End | signal.Signals:
    """Show a menu, and return the answer; the menu is erased then.

    A signal that would end the program ends the menu, and is returned: its handler must not run
    while the menu is on the screen. Ctrl-C and Esc are SIGINT.

    Args:
        menu: the question.
        keyboard: the terminal, for reading.
        screen: the terminal, for writing.
        seconds: the time for the answer; None waits without end.
        until: called every half second; the question is over once it returns true.
        environ: the environment.
    """
    with _kept_as_it_is(keyboard):
        source, target = create_input(keyboard), _output(screen, environ)
        is_utf8 = (screen.encoding or "").lower().replace("-", "").startswith("utf8")
        shown = _Shown(menu, source, target, Signs() if is_utf8 else ASCII)
        try:
            return asyncio.run(shown.run(Deadline(seconds), until))
        except (EOFError, OSError):
            return End.GONE
        finally:
            clear_typeahead(source)


def _output(screen: TextIO, environ: Mapping[str, str]) -> Output:
    if sys.platform == "win32":
        return create_output()

    def size() -> Dimensions:
        found = os.get_terminal_size(screen.fileno())
        return Dimensions(rows=found.lines, columns=found.columns)

    depth = ColorDepth.DEPTH_1_BIT if environ.get("NO_COLOR") else ColorDepth.DEPTH_4_BIT
    return Vt100_Output(
        screen,
        size,
        term=environ.get("TERM"),
        default_color_depth=depth,
        enable_bell=False,
        enable_cpr=False,  # a terminal that does not answer would delay each menu
    )


@contextmanager
def _kept_as_it_is(keyboard: TextIO) -> Iterator[None]:
    """Leave the terminal in the mode in which it was, whatever happens.

    Keys that were pressed before the menu is seen are dropped: they are no answer.
    """
    if sys.platform == "win32":
        yield
        return
    import termios

    handle = keyboard.fileno()
    try:
        before = termios.tcgetattr(handle)
        termios.tcflush(handle, termios.TCIFLUSH)
    except termios.error:
        before = None
    try:
        yield
    finally:
        if before is not None:
            with suppress(OSError, termios.error):
                # From the background, tcsetattr would stop the process instead (SIGTTOU).
                if os.tcgetpgrp(handle) == os.getpgrp():
                    termios.tcsetattr(handle, termios.TCSADRAIN, before)


class _Shown:
    """One menu on the screen."""

    def __init__(self, menu: Menu, source: Input, target: Output, signs: Signs) -> None:
        self._menu = menu
        self._target = target
        self._signs = signs
        self._ranking = Ranking(menu.items, menu.place_order())
        self._table = Table(menu, get_cwidth, signs)
        self._places = self._ranking.places("")
        self._current = 0
        if menu.default is not None and menu.default in self._places:
            self._current = list(self._places).index(menu.default)
        self._marked: dict[int, None] = {}
        self._buffer = Buffer(on_text_changed=lambda _: self._filter(), multiline=False)
        self._application: Application[Any] = Application(
            layout=self._layout(),
            key_bindings=self._bindings(),
            style=_STYLE,
            erase_when_done=True,
            refresh_interval=1.0 if menu.seconds_left is not None else None,
            input=source,
            output=target,
        )
        self._application.ttimeoutlen = _ESCAPE_SECONDS

    async def run(
        self, deadline: Deadline, until: Callable[[], bool] | None
    ) -> Picked | End | signal.Signals:
        """Show it until it has an end."""

        async def watch() -> None:
            while not self._application.is_done:
                await asyncio.sleep(deadline.at_most(_POLL_INTERVAL))
                try:
                    if deadline.has_passed:
                        self._end(End.LATE)
                    elif until is not None and until():
                        self._end(End.OVER)
                except Exception as error:
                    self._application.exit(exception=error)

        def begin() -> None:
            self._application.create_background_task(watch())

        with self._signals():
            answer: Picked | End | signal.Signals = await self._application.run_async(
                pre_run=begin, set_exception_handler=False
            )
        return answer

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Let SIGTERM and SIGHUP end the menu inside a `with` block, where the program has them."""
        loop, before = asyncio.get_running_loop(), {}
        on_interrupt = signal.getsignal(signal.SIGINT)  # not all releases put it back
        if sys.platform != "win32":
            for number in (signal.SIGTERM, signal.SIGHUP):
                if callable(handler := signal.getsignal(number)):
                    with suppress(ValueError, RuntimeError):  # not in the main thread
                        loop.add_signal_handler(number, self._end, number)
                        before[number] = handler
        try:
            yield
        finally:
            for number, handler in before.items():
                loop.remove_signal_handler(number)
                signal.signal(number, handler)
            with suppress(ValueError, TypeError):  # not in the main thread
                signal.signal(signal.SIGINT, on_interrupt)

    def _end(self, answer: Picked | End | signal.Signals) -> None:
        if not self._application.is_done:
            self._application.exit(result=answer)

    # ---- what is typed ----

    @property
    def _typed(self) -> str:
        text = self._buffer.text
        return text.rstrip().rstrip("!") if self._menu.may_be_remembered else text

    def _filter(self) -> None:
        self._places = self._ranking.places(self._typed[:_MAX_TYPED])
        self._current = 0

    def _move(self, by: int) -> None:
        self._current = max(0, min(self._current + by, len(self._places) - 1))

    def _take(self) -> None:
        chosen = tuple(self._marked)
        if not chosen and self._places:
            chosen = (self._places[self._current],)
        if chosen:
            is_remembered = self._menu.may_be_remembered and self._buffer.text.endswith("!")
            self._end(Picked(chosen, is_remembered))

    def _mark(self) -> None:
        if not self._places:
            return
        place = self._places[self._current]
        if place in self._marked:
            del self._marked[place]
        else:
            self._marked[place] = None
        self._move(1)

    def _mark_all(self) -> None:
        """Mark all items that fit, or none of them where all are marked."""
        if all(place in self._marked for place in self._places):
            for place in self._places:
                del self._marked[place]
        else:
            self._marked |= dict.fromkeys(self._places)

    def _suspend(self) -> None:
        self._application.suspend_to_background()

    # ---- keys ----

    def _bindings(self) -> KeyBindings:
        found = KeyBindings()
        page = self._size.items
        moves = {
            "up": -1, "c-p": -1, "down": 1, "c-n": 1,
            "pageup": -page, "pagedown": page,
            "home": -len(self._menu.items), "end": len(self._menu.items),
        }  # fmt: skip

        def on(key: str, act: Callable[[], object], **options: Any) -> None:
            def handle(_: KeyPressEvent) -> None:
                act()

            found.add(key, **options)(handle)

        for key, by in moves.items():
            on(key, lambda by=by: self._move(by))  # type: ignore[misc]
        for key in ("enter", "c-j"):  # programs that type end a line with a line feed
            on(key, self._take)
        for key in ("c-c", "<sigint>"):
            on(key, lambda: self._end(signal.SIGINT))
        on("escape", lambda: self._end(signal.SIGINT), eager=True)
        on("c-d", lambda: self._end(End.CLOSED), filter=Condition(lambda: not self._buffer.text))
        on("c-z", self._suspend)
        if self._menu.several:
            on("tab", self._mark)
            on("c-a", self._mark_all)
        elif self._menu.may_be_none:
            on("tab", lambda: self._end(Picked(())))
        else:
            on("tab", lambda: None)

        @found.add(Keys.BracketedPaste)
        def paste(event: KeyPressEvent) -> None:
            self._buffer.insert_text(printable(event.data, max_length=_MAX_TYPED))

        return found

    # ---- the screen ----

    @property
    def _size(self) -> Size:
        found = self._target.get_size()
        return Size(found.rows, found.columns)

    def _layout(self) -> Layout:
        question = Window(
            FormattedTextControl(f"{self._menu.question}: "), dont_extend_width=True, height=1
        )
        typed = Window(BufferControl(self._buffer), height=1)
        left = Window(FormattedTextControl(self._time), dont_extend_width=True, height=1)
        rows = Window(FormattedTextControl(self._rows), always_hide_cursor=True, wrap_lines=False)
        return Layout(HSplit([VSplit([question, typed, left]), rows]), focused_element=typed)

    def _time(self) -> StyleAndTextTuples:
        if self._menu.seconds_left is None or self._size.columns < _MIN_COLUMNS_OF_TIME:
            return []
        return [("class:dim", countdown(self._menu.seconds_left()) + " ")]

    def _rows(self) -> StyleAndTextTuples:
        size = self._size
        state = State(self._places, self._current, self._marked, len(self._marked))
        is_over = self._menu.seconds_left is not None and self._menu.seconds_left() <= 0
        line = keys(self._menu, state, is_over=is_over, signs=self._signs)
        return [*self._table.lines(state, size), ("class:dim", line[: size.columns - 1])]
