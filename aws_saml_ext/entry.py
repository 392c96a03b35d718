"""The start of the program, kept small: a cached answer must take milliseconds.

The top imports only what Python has loaded already. `credential-process` and `exec` branch off in
`entry` before signals, the parser, botocore or psutil are loaded.
"""

from __future__ import annotations

import io
import os
import sys

TYPE_CHECKING = False  # `typing` would be most of the time that `--help` takes
if TYPE_CHECKING:
    from types import FrameType

_MAX_CLEAN_UP_SECONDS = 10.0
_INTERRUPTED = 130


def entry() -> None:
    """Run the console script `aws-saml-login`, and exit with a status of the manual."""
    try:
        status = _run()
    except KeyboardInterrupt:  # in the moments before and after `main`, which answers it itself
        status = _INTERRUPTED
    sys.exit(status)


def _run() -> int:
    if sys.argv[1:2] == ["credential-process"]:
        # `signal` alone, with its enums, takes longer to import than the answer takes to read.
        from aws_saml_ext import fast_path

        # Where the launcher ran before this script, it has looked, or is to be mended.
        if fast_path.MISSED not in os.environ and fast_path.answer_from_cache(sys.argv[1:]):
            return 0
    elif sys.argv[1:2] == ["exec"]:
        from aws_saml_ext import fast_exec

        fast_exec.run_from_cache(sys.argv[1:], os.environ)
    if sys.argv[1:3] == ["status", "--short"] and len(sys.argv) == 5:
        # Without --profile, that of an `aws` above this process would count.
        from aws_saml_ext import short_status

        if short_status.answer_for_prompt(sys.argv[1:]):
            return 0
    _prepare_streams()
    _answer_signals()

    import gc

    # Imports make thousands of objects and no garbage: collecting less often saves a tenth of the
    # start.
    gc.set_threshold(200_000, 20, 20)

    from aws_saml_ext.cli import streams
    from aws_saml_ext.cli.main import main

    try:
        return main(sys.argv[1:])
    finally:
        streams.settle()
        # Python looks for garbage once more as it ends, among all that was imported: a tenth of
        # the whole run. The system frees it at once.
        gc.freeze()


def _prepare_streams() -> None:
    """Make the standard streams safe to write to when closed or not UTF-8."""
    for name, mode in {"stdin": "r", "stdout": "w", "stderr": "w"}.items():
        if getattr(sys, name) is None:  # the caller closed it
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _answer_signals() -> None:
    """Let Ctrl-C, SIGTERM and SIGHUP unwind the stack once, so that the browser is cleaned up.

    The handler itself prints "Stopped.": after Ctrl-C, `aws` returns to the shell's prompt within
    a quarter of a second, long before the browser has ended. A second signal changes nothing. A
    process that has not ended after a while (an exception can get lost in a finalizer) is killed.
    """
    import signal
    import threading
    from contextlib import suppress

    from aws_saml_ext.progress import LINE

    endings = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32":
        endings.append(signal.SIGHUP)

    def stop(number: int, _: FrameType | None) -> None:
        for ending in endings:
            signal.signal(ending, signal.SIG_IGN)
        kill = threading.Timer(_MAX_CLEAN_UP_SECONDS, os._exit, [128 + number])
        kill.daemon = True
        kill.start()
        if number == signal.SIGINT:
            begin = LINE.abandon() or b"\n"
            with suppress(OSError):  # standard error may be closed
                os.write(2, begin + b"Stopped.\n")  # not `print`, which a handler may interrupt
            raise KeyboardInterrupt
        sys.exit(128 + number)

    for ending in endings:
        if signal.getsignal(ending) is not signal.SIG_IGN:  # `nohup` ignores SIGHUP
            signal.signal(ending, stop)
