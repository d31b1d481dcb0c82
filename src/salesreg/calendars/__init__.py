"""Business time: working hours, public holidays, and deadlines that explain themselves.

>>> import pendulum
>>> moscow = BusinessCalendar.russia()
>>> start = pendulum.datetime(2024, 4, 26, 10, tz="Europe/Moscow")
>>> print(moscow.due("2 рабочих дня", start).at)
2024-05-02 18:00:00+03:00
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salesreg.calendars.days import Day, DayKind, Mark, YearNorm, YearPage
from salesreg.calendars.deadlines import Deadline
from salesreg.calendars.production import ProductionCalendar
from salesreg.calendars.russia import ShortDays
from salesreg.calendars.schedule import PlanItem, Shift, WorkSchedule
from salesreg.calendars.terms import Counting, DueTime, Roll, Term, Unit
from salesreg.calendars.working_time import BusinessCalendar

if TYPE_CHECKING:
    from salesreg.calendars.batch import DueBatch
    from salesreg.calendars.trace import StepKind, TraceStep

__all__ = [
    "BusinessCalendar",
    "Counting",
    "Day",
    "DayKind",
    "Deadline",
    "DueBatch",
    "DueTime",
    "Mark",
    "PlanItem",
    "ProductionCalendar",
    "Roll",
    "Shift",
    "ShortDays",
    "StepKind",
    "Term",
    "TraceStep",
    "Unit",
    "WorkSchedule",
    "YearNorm",
    "YearPage",
]


def __getattr__(name: str) -> object:
    # Only programs that look at traces or arrays pay for loading them.
    if name in ("StepKind", "TraceStep"):
        from salesreg.calendars import trace

        return getattr(trace, name)
    if name == "DueBatch":
        from salesreg.calendars import batch

        return batch.DueBatch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
