"""Timing shared by the benchmarks: the best of several rounds, so that other work on the machine disturbs least."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["best", "in_turn", "verdict"]


def best(action: Callable[[], object], *, number: int, rounds: int = 7) -> float:
    """Seconds for one call: the fastest round of several, each of `number` calls."""
    return in_turn(action, number=number, rounds=rounds)[0]


def in_turn(*actions: Callable[[], object], number: int, rounds: int) -> list[float]:
    """Seconds for one call of each: the fastest round of several in which they take turns, `number` calls each."""
    fastest = [float("inf")] * len(actions)
    for action in actions:
        action()
    for _ in range(rounds):
        for which, action in enumerate(actions):
            begun = time.perf_counter()
            for _ in range(number):
                action()
            fastest[which] = min(fastest[which], time.perf_counter() - begun)
    return [one / number for one in fastest]


def verdict(good: bool) -> str:
    """How a figure stands to its budget."""
    return "ok" if good else "OVER BUDGET"
