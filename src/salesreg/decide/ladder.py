"""The ladder that follows an obligation: remind, overdue, the superior, the superior's superior."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import attrs
import msgspec

from salesreg.process.case import Obligation
from salesreg.rules.conduct import REMIND_BEFORE, SECOND_SUPERIOR_AFTER, SUPERIOR_AFTER
from salesreg.rules.regulation import Regulation

_TERMS: Final = {"remind": REMIND_BEFORE, "superior": SUPERIOR_AFTER, "second_superior": SECOND_SUPERIOR_AFTER}


class Rung(msgspec.Struct, frozen=True):
    """One rung of the ladder: at an instant, somebody is told about an obligation.

    Attributes:
        name: ``"remind"``, ``"overdue"``, ``"superior"`` or ``"second_superior"``.
        at: when, UTC.
        above: who: 0 for whoever owes it, 1 for their superior, 2 for the superior's own.
    """

    name: str
    at: dt.datetime
    above: int


def ladder(obligation: Obligation, regulation: Regulation) -> Iterator[Rung]:
    """The rungs of an obligation in time order; a reminder that would fall before the clock started is left out."""
    due = obligation.due
    if due is None:
        return
    remind_at = _at(regulation, "remind", due)
    if remind_at > obligation.started_at:
        yield Rung("remind", remind_at, 0)
    yield Rung("overdue", due + dt.timedelta(microseconds=1), 0)
    yield Rung("superior", _at(regulation, "superior", due), 1)
    yield Rung("second_superior", _at(regulation, "second_superior", due), 2)


@lru_cache(maxsize=4096)
def _at(regulation: Regulation, rung: str, due: dt.datetime) -> dt.datetime:
    """When a rung comes; much is due at one instant, such as the close of business."""
    term = regulation.value(_TERMS[rung])
    return regulation.calendar.due_at(attrs.evolve(term, amount=-abs(term.amount)) if rung == "remind" else term, due)
