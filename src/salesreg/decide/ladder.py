"""The ladder that follows an obligation: remind, overdue, the superior, the superior's superior."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import attrs

from salesreg.process.case import Obligation
from salesreg.rules.conduct import REMIND_BEFORE, SECOND_SUPERIOR_AFTER, SUPERIOR_AFTER
from salesreg.rules.regulation import Regulation


@attrs.frozen
class Rung:
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
    calendar = regulation.calendar
    remind = regulation.value(REMIND_BEFORE)
    remind_at = calendar.due_at(attrs.evolve(remind, amount=-abs(remind.amount)), due)
    if remind_at > obligation.started_at:
        yield Rung("remind", remind_at, 0)
    yield Rung("overdue", due + dt.timedelta(microseconds=1), 0)
    yield Rung("superior", calendar.due_at(regulation.value(SUPERIOR_AFTER), due), 1)
    yield Rung("second_superior", calendar.due_at(regulation.value(SECOND_SUPERIOR_AFTER), due), 2)
