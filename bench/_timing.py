"""Timing shared by the benchmarks: the best of several rounds, so that other work on the machine disturbs least."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["best", "verdict"]


def best(action: Callable[[], object], *, number: int, rounds: int = 7) -> float:
    """Seconds for one call: the fastest round of several, each of `number` calls."""
    action()
    fastest = float("inf")
    for _ in range(rounds):
        begun = time.perf_counter()
        for _ in range(number):
            action()
        fastest = min(fastest, time.perf_counter() - begun)
    return fastest / number


def verdict(good: bool) -> str:
    """How a figure stands to its budget."""
    return "ok" if good else "OVER BUDGET"
