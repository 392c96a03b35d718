"""
Where the program starts: small, so that a quick answer stays quick.

Nothing is imported at the top but what Python has loaded already: a verb that must answer in
milliseconds branches off in `entry` before signals, the parser, botocore or psutil are loaded.
"""

from __future__ import annotations

import io
import os
import sys

TYPE_CHECKING = False  # `typing` would be most of the time that `--help` takes
if TYPE_CHECKING:
    from types import FrameType

_PUTTING_AWAY_SECONDS = 10.0


def entry() -> None:
    """Run the console script `aws-saml-login`; ends with the exit status of the manual."""
    if sys.argv[1:2] == ["credential-process"]:
        # Here: `signal` alone, with its enums, takes longer than to read the answer.
        from aws_saml_ext import fast_path

        if fast_path.answered(sys.argv[1:]):
            return
    _prepare_streams()
    _answer_signals()

    import gc

    # Thousands of objects are made by imports, and none of them is garbage: looking for it less
    # often saves a tenth of the start.
    gc.set_threshold(50_000, 20, 20)

    from aws_saml_ext.cli import streams
    from aws_saml_ext.cli.main import main

    try:
        status = main(sys.argv[1:])
    finally:
        streams.settle()
        # Python looks for garbage once more as it ends, among all that was imported: a tenth of
        # the whole run. The system frees it at once.
        gc.freeze()
    sys.exit(status)


def _prepare_streams() -> None:
    """Let nothing fail that is only said: a stream may be closed, or know few characters."""
    for name, mode in {"stdin": "r", "stdout": "w", "stderr": "w"}.items():
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _answer_signals() -> None:
    """
    Let Ctrl-C, SIGTERM and SIGHUP unwind the stack once, so that the browser is put away.

    The word to the person is said in the handler: `aws` is back at the shell's prompt a quarter of
    a second after Ctrl-C, long before the browser is gone. A second signal changes nothing; what
    has not ended after a while (an exception can get lost in a finalizer) is ended by force.
    """
    import signal
    import threading
    from contextlib import suppress

    endings = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32":
        endings.append(signal.SIGHUP)

    def stop(number: int, _: FrameType | None) -> None:
        for ending in endings:
            signal.signal(ending, signal.SIG_IGN)
        by_force = threading.Timer(_PUTTING_AWAY_SECONDS, os._exit, [128 + number])
        by_force.daemon = True
        by_force.start()
        if number == signal.SIGINT:
            with suppress(OSError):  # nobody may read it
                os.write(2, b"\nStopped.\n")  # not `print`: a handler may interrupt one
            raise KeyboardInterrupt
        sys.exit(128 + number)

    for ending in endings:
        if signal.getsignal(ending) is not signal.SIG_IGN:  # `nohup` keeps its promise
            signal.signal(ending, stop)
