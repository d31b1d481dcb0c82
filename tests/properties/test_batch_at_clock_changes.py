"""Arrays answer as single instants do, on both sides of the clock changes of the tz database from 2007 to 2035.

A sample of zones by default; all of them, which takes a quarter of an hour, with SALESREG_EVERY_ZONE=1.
"""

import os
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np
import pytest

from salesreg.calendars import BusinessCalendar, ProductionCalendar, WorkSchedule
from salesreg.errors import CalendarHorizonError

HOUR = timedelta(hours=1)
SAMPLE = [
    "America/Nuuk",  # the gap ends at midnight
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Asia/Tehran",
    "Australia/Lord_Howe",  # by half an hour
    "Europe/Berlin",
    "Pacific/Apia",  # a day that never was
    "Africa/Casablanca",
    "Antarctica/Troll",  # by two hours
]
EACH_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PLAIN, WEEKENDS = ProductionCalendar.plain(weekend=()), ProductionCalendar.plain()
SCHEDULES = {
    "office": (WorkSchedule.standard(), WEEKENDS),
    "always": (WorkSchedule.always(), PLAIN),
    "from midnight": (WorkSchedule.weekly(dict.fromkeys(EACH_DAY, "00:00-08:00")), PLAIN),
    "until midnight": (WorkSchedule.weekly(dict.fromkeys(EACH_DAY, "16:00-24:00")), PLAIN),
    "nights": (WorkSchedule.standard(start="22:00", end="06:00", lunch="02:00-02:30"), PLAIN),
    "small hours": (WorkSchedule.weekly(dict.fromkeys(EACH_DAY, "01:00-02:15, 02:45-03:30")), PLAIN),
    "a rota": (
        WorkSchedule.rota(
            [{"sun": "00:30-03:30", "mon": "09:00-17:00"}, {"sat": "20:00-02:00"}], since=date(2007, 1, 1)
        ),
        PLAIN,
    ),
}
TERMS = [
    "1 business day",
    "2 business days before",
    "1 calendar day, not rolled, at the same time",
    "1 business day, at the same time",
    "1 calendar day, at opening",
    "1 week, preceding",
    "1 month, not rolled",
    "30 working minutes",
    "90 working minutes before",
    "24 hours",
    "each Sunday",
    "each day, at 02:30",
    "1 business day, at 00:00",
    "last business day of each month",
]


def offset(zone, at):
    return at.astimezone(zone).utcoffset()


@cache
def changes(name):
    """The instants between 2007 and 2035 at which a zone's offset changes, and by how much."""
    zone, found = zoneinfo.ZoneInfo(name), []
    at = datetime(2007, 1, 1, tzinfo=UTC)
    while at.year < 2036:
        later = at + 24 * HOUR
        if offset(zone, at) != offset(zone, later):
            low, high = at, later
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if offset(zone, middle) == offset(zone, at) else (low, middle)
            found.append((high.replace(microsecond=0), abs(offset(zone, later) - offset(zone, at))))
        at = later
    return tuple(found)


def zones():
    if "SALESREG_EVERY_ZONE" not in os.environ:
        return SAMPLE
    distinct = {changes(name): name for name in sorted(zoneinfo.available_timezones()) if "/" in name}
    return [name for instants, name in distinct.items() if instants]


def starts(name):
    every = changes(name) if "SALESREG_EVERY_ZONE" in os.environ else changes(name)[::9]
    shifts = [timedelta(0), timedelta(microseconds=1), 0.5 * HOUR, HOUR, 24 * HOUR]
    near = {
        at + way * (by + shift)
        for at, size in every
        for by in (timedelta(0), size)
        for shift in shifts
        for way in (1, -1)
    }
    return sorted(near)


def one_by_one(ask, instants):
    found = []
    for at in instants:
        try:
            found.append(ask(at).astimezone(UTC).replace(tzinfo=None))
        except CalendarHorizonError:
            found.append(None)
    return found


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("name", zones())
def test_arrays_answer_as_single_instants_do_on_both_sides_of_a_clock_change(name, schedule):
    hours, production = SCHEDULES[schedule]
    calendar = BusinessCalendar(hours.with_timezone(name), production)
    instants = starts(name)
    array = np.array([at.replace(tzinfo=None) for at in instants], "M8[us]")
    for term in TERMS:
        assert calendar.due_batch(term, array).at.astype(object).tolist() == one_by_one(
            lambda at, term=term: calendar.due_at(term, at), instants
        ), term
    closes = calendar.add_business_days_batch(array, 2).astype(object).tolist()
    assert closes == one_by_one(lambda at: calendar.add_business_days(at, 2), instants)
    later = calendar.add_working_time_batch(array, np.timedelta64(45, "m"))
    assert later.astype(object).tolist() == one_by_one(lambda at: calendar.add_working_time(at, 0.75 * HOUR), instants)
    between = calendar.working_time_between_batch(array, later).astype(object).tolist()
    assert between == [0.75 * HOUR] * len(instants)
