"""What has been given up: listed with the reason, and put back by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from salesreg.engine.duties import requeue_duties, waiting_duties
from salesreg.ports import ClaimKind, MessageState, Store, Work

_KINDS: Final[tuple[ClaimKind, ...]] = ("message", "timer", "obligation")


def timers(store: Store, state: MessageState, limit: int) -> list[Work]:
    """Timers in a state, and the duties that failed: each is the timer of a case that was not begun."""
    return [*store.work("timer", state, limit), *waiting_duties(store, state)][:limit]


def dead(store: Store, limit: int) -> list[Work]:
    """Messages, timers, duties and obligations that have been given up; so many of each kind."""
    return [
        *store.work("message", "dead", limit),
        *timers(store, "dead", limit),
        *store.work("obligation", "dead", limit),
    ]


def requeue(store: Store, ids: Sequence[str], now: dt.datetime) -> tuple[str, ...]:
    """Put back what has been given up, as if it had never been tried; the ids of what was."""
    found = [one for kind in _KINDS for one in store.requeue(kind, ids, now)]
    return (*found, *requeue_duties(store, ids, now))
