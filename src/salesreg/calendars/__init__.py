"""Business time: working hours, public holidays, and deadlines that explain themselves.

>>> import pendulum
>>> moscow = BusinessCalendar.russia()
>>> start = pendulum.datetime(2024, 4, 26, 10, tz="Europe/Moscow")
>>> print(moscow.due("2 рабочих дня", start).at)
2024-05-02 18:00:00+03:00
"""

from __future__ import annotations

from salesreg.calendars.days import Day, DayKind, Mark, YearNorm
from salesreg.calendars.deadlines import Deadline
from salesreg.calendars.production import ProductionCalendar
from salesreg.calendars.russia import ShortDays
from salesreg.calendars.schedule import PlanItem, Shift, WorkSchedule
from salesreg.calendars.terms import Counting, DueTime, Roll, Term, Unit
from salesreg.calendars.working_time import BusinessCalendar

__all__ = [
    "BusinessCalendar",
    "Counting",
    "Day",
    "DayKind",
    "Deadline",
    "DueTime",
    "Mark",
    "PlanItem",
    "ProductionCalendar",
    "Roll",
    "Shift",
    "ShortDays",
    "Term",
    "Unit",
    "WorkSchedule",
    "YearNorm",
]
