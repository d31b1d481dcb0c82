"""Business time: working hours, public holidays, and deadlines that explain themselves.

>>> import pendulum
>>> moscow = BusinessCalendar.russia()
>>> start = pendulum.datetime(2024, 4, 26, 10, tz="Europe/Moscow")
>>> print(moscow.due("2 рабочих дня", start).at)
2024-05-02 18:00:00+03:00
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salesreg.calendars.almanac import Day, YearNorm, YearPage
from salesreg.calendars.business_calendar import BusinessCalendar
from salesreg.calendars.days import DayKind, Mark
from salesreg.calendars.deadlines import Deadline
from salesreg.calendars.production import ProductionCalendar
from salesreg.calendars.russia import ShortDays
from salesreg.calendars.schedule import WorkSchedule
from salesreg.calendars.shifts import PlanItem, Shift
from salesreg.calendars.terms import Term
from salesreg.calendars.trace import StepKind, TraceStep
from salesreg.calendars.units import Counting, DueTime, Roll, Unit

if TYPE_CHECKING:
    from salesreg.calendars.batch import DueBatch

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
    # Only programs that ask for arrays pay for loading NumPy.
    if name == "DueBatch":
        from salesreg.calendars.batch import DueBatch

        return DueBatch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
