"""Strategies for business time: instants, terms, schedules and calendars, with a liking for edges."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from salesreg.calendars import BusinessCalendar, ProductionCalendar, Term, Unit, WorkSchedule

_MINUTES_OF_DAY: Final = 24 * 60
_EDGES: Final = tuple(hour * 60 + off for hour in (0, 6, 10, 11, 15, 21) for off in (0, -1, 1))
"""Minutes of a day in UTC at which Moscow opens, breaks for lunch, closes and begins another date, and those beside."""
_DAYS: Final = (
    dt.date(2024, 2, 29), dt.date(2024, 3, 31), dt.date(2024, 12, 31), dt.date(2025, 1, 9), dt.date(2025, 10, 26),
    dt.date(2026, 2, 20), dt.date(2026, 12, 31),
)  # fmt: skip
"""A leap day, changes of the clock, ends of years and holidays, a short day."""


def instants(
    first: dt.datetime = dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
    last: dt.datetime = dt.datetime(2026, 12, 31, tzinfo=dt.UTC),
) -> SearchStrategy[dt.datetime]:
    """Aware instants in UTC, whole minutes, within years whose Russian calendar is decreed.

    Many lie at edges: where offices open, break and close, at midnight in Moscow, at the ends of months and years.
    """
    minutes = int((last - first).total_seconds()) // 60
    anywhere = st.integers(0, minutes)
    if minutes < _MINUTES_OF_DAY:
        return anywhere.map(lambda minute: first + dt.timedelta(minutes=minute))
    begun = first.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    within = (begun - first.astimezone(dt.UTC)) // dt.timedelta(minutes=1)
    days = [(day - begun.date()).days for day in _DAYS if begun.date() < day < last.date()]
    day = (
        st.integers(1, minutes // _MINUTES_OF_DAY)
        if not days
        else (st.integers(1, minutes // _MINUTES_OF_DAY) | st.sampled_from(days))
    )
    edges = st.builds(lambda day, minute: within + day * _MINUTES_OF_DAY + minute, day, st.sampled_from(_EDGES))
    inside = st.one_of(anywhere, edges.map(lambda minute: min(max(minute, 0), minutes)))
    return inside.map(lambda minute: first + dt.timedelta(minutes=minute))


def terms() -> SearchStrategy[Term]:
    """Forward terms of every unit that counts, up to two weeks or so."""
    days = st.builds(Term, st.integers(1, 10), st.sampled_from([Unit.BUSINESS_DAY, Unit.CALENDAR_DAY]))
    work = st.builds(Term, st.integers(1, 600), st.sampled_from([Unit.WORKING_MINUTE, Unit.MINUTE]))
    hours = st.builds(Term, st.integers(1, 72), st.sampled_from([Unit.WORKING_HOUR, Unit.HOUR]))
    return days | work | hours | st.builds(Term, st.integers(1, 2), st.just(Unit.WEEK)) | st.just(Term(1, Unit.MONTH))


def schedules() -> SearchStrategy[WorkSchedule]:
    """Office hours in several zones, with and without lunch; also a night shift."""
    office = st.builds(
        WorkSchedule.standard,
        start=st.sampled_from(["08:00", "09:00", "10:30"]),
        end=st.sampled_from(["17:00", "18:00", "19:15"]),
        lunch=st.sampled_from([None, "13:00-14:00", "12:30-13:15"]),
        timezone=st.sampled_from(["Europe/Moscow", "Asia/Yekaterinburg", "Europe/Berlin"]),
    )
    return office | st.just(WorkSchedule.standard(start="22:00", end="06:00", lunch=None))


def calendars() -> SearchStrategy[BusinessCalendar]:
    """Business calendars of Russia with several schedules, also with a firm's own closures and extra working days."""
    days = st.dates(dt.date(2024, 1, 9), dt.date(2026, 12, 20))

    def own(schedule: WorkSchedule, closures: list[dt.date], working: list[dt.date]) -> BusinessCalendar:
        given: dict[str, Any] = {"closures": closures, "working": [day for day in working if day not in closures]}
        return BusinessCalendar(schedule, ProductionCalendar.country("RU").with_exceptions(**given))

    several = st.lists(days, max_size=3, unique=True)
    return schedules().map(BusinessCalendar.russia) | st.builds(own, schedules(), several, several)
