"""Interleaved timing of several functions, and a table of the medians."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version

Way = Callable[[], object]

MIN_RUNS = 7


def interleaved(
    functions: Mapping[str, Way], runs: int = MIN_RUNS, *, warm_up: int = 1
) -> dict[str, list[float]]:
    """Time each function in `runs` rounds; return the seconds by name.

    Each round calls every function once, so that a slow moment of the machine affects all. Every
    other round is reversed, so that none always follows the same one. The first `warm_up` rounds
    do not count.
    """
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for number in range(warm_up + runs):
        names = list(functions) if number % 2 else list(reversed(functions))
        for name in names:
            start = time.perf_counter()
            functions[name]()
            took = time.perf_counter() - start
            if number >= warm_up:
                seconds[name].append(took)
    return seconds


def table(
    seconds: Mapping[str, Sequence[float]], *, floor: str, bounds: Mapping[str, float]
) -> str:
    """Return a table of medians, spread (fastest to slowest) and ratios to the median of `floor`.

    `bounds` has the largest allowed ratio by name.
    """
    base = statistics.median(seconds[floor])
    width = max(map(len, seconds))
    lines = [f"{'':{width}}  {'median':>10}  {'spread':>21}  {'ratio':>6}  bound"]
    for name, values in seconds.items():
        median = statistics.median(values)
        ratio = median / base
        spread = f"{_ms(min(values))}-{_ms(max(values)).strip()}"
        bound = bounds.get(name)
        verdict = "" if bound is None else f"{bound:.2f} {'met' if ratio <= bound else 'MISSED'}"
        lines.append(
            f"{name:{width}}  {_ms(median)}  {spread:>21}  {ratio:6.2f}  {verdict}".rstrip()
        )
    return "\n".join(lines)


def within(
    seconds: Mapping[str, Sequence[float]], *, floor: str, bounds: Mapping[str, float]
) -> bool:
    """Return whether every ratio to `floor` is within its bound."""
    base = statistics.median(seconds[floor])
    return all(statistics.median(seconds[name]) / base <= bound for name, bound in bounds.items())


def machine(*packages: str) -> str:
    """Return one line with the system, processors, Python, and the versions of `packages`."""
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return (
        f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} CPUs, "
        f"Python {platform.python_version()}" + (f", {versions}" if versions else "")
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:7.2f} ms"
