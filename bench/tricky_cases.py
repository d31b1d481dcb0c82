"""The tricky cases of business time, asked of this library and of its peers, as a Markdown table.

Each peer is set up as its documentation does: the Russian days off of the `holidays` package, Monday to Friday, and
where it knows hours 09:00–18:00 with lunch from 13:00 to 14:00. Nothing is typed in: every cell is an answer.

    pip install -e '.[dev]'
    python bench/tricky_cases.py            # print the table
    python bench/tricky_cases.py --write    # put it into docs/explanation/business-time.md
"""

from __future__ import annotations

import argparse
import re
import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import bizdays
import businesstimedelta
import holidays
import numpy as np
import pandas as pd
import pytz

from salesreg.calendars import BusinessCalendar, ProductionCalendar, WorkSchedule

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "business-time.md"
BEGIN, END = "<!-- tricky cases: begin -->", "<!-- tricky cases: end -->"
MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
WHOLE_HOURS = "whole hours only"
PEERS = ("holidays", "numpy", "pandas", "bizdays", "businesstimedelta")

russia = BusinessCalendar.russia()
package = holidays.country_holidays("RU", years=range(2013, 2030), language="en_US")
days_off = sorted(package)
busday = np.busdaycalendar(holidays=days_off)
custom_day = pd.offsets.CustomBusinessDay(holidays=days_off)
custom_hours = pd.offsets.CustomBusinessHour(holidays=days_off, start=[time(9), time(14)], end=[time(13), time(18)])
bizcal = bizdays.Calendar(days_off, ["Saturday", "Sunday"], startdate=date(2013, 1, 1), enddate=date(2029, 12, 31))
zone = pytz.timezone("Europe/Moscow")
rules = businesstimedelta.Rules(
    [
        businesstimedelta.WorkDayRule(time(9), time(18), [0, 1, 2, 3, 4], tz=zone),
        businesstimedelta.LunchTimeRule(time(13), time(14), [0, 1, 2, 3, 4], tz=zone),
        businesstimedelta.HolidayRule(package, tz=zone),
    ]
)
night = BusinessCalendar(
    WorkSchedule.standard(start="22:00", end="06:00", lunch=None, timezone="Europe/Berlin"),
    ProductionCalendar.plain(),
)
night_rules = businesstimedelta.Rules(
    [businesstimedelta.WorkDayRule(time(22), time(6), [0, 1, 2, 3, 4, 5, 6], tz=pytz.timezone("Europe/Berlin"))]
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


def minutes(start: str, amount: int) -> dict[str, Callable[[], Any]]:
    moment = at(start)
    delta = businesstimedelta.BusinessTimeDelta(rules, seconds=60 * abs(amount))
    return {
        "salesreg": lambda: russia.add_working_time(moment, timedelta(minutes=amount)),
        # pandas counts whole hours: zero of them and fractions are not defined.
        **(
            {"pandas": lambda: pd.Timestamp(moment) + custom_hours * (amount // 60)}
            if amount and amount % 60 == 0
            else {}
        ),
        "businesstimedelta": lambda: (moment - delta if amount < 0 else moment + delta).astimezone(MOSCOW),
    }


def business_days(start: str, days: int) -> dict[str, Callable[[], Any]]:
    day = date.fromisoformat(start)
    return {
        "salesreg": lambda: russia.add_business_days(day, days),
        "holidays": lambda: package.get_nth_working_day(day, days),
        "numpy": lambda: np.busday_offset(day, days, busdaycal=busday).item(),
        "pandas": lambda: pd.Timestamp(pd.Timestamp(day) + days * custom_day).date(),
        "bizdays": lambda: bizcal.offset(day, days),
    }


def is_working(text: str) -> dict[str, Callable[[], Any]]:
    day = date.fromisoformat(text)
    return {
        "salesreg": lambda: russia.is_working_day(day),
        "holidays": lambda: package.is_working_day(day),
        "numpy": lambda: bool(np.is_busday(day, busdaycal=busday)),
        "pandas": lambda: bool(custom_day.is_on_offset(pd.Timestamp(day))),
        "bizdays": lambda: bizcal.isbizday(day),
    }


def night_shift() -> dict[str, Callable[[], Any]]:
    begin, end = datetime(2024, 3, 30, 12, tzinfo=UTC), datetime(2024, 3, 31, 12, tzinfo=UTC)
    always = BusinessCalendar(night.schedule, ProductionCalendar.plain(weekend=()))
    return {
        "salesreg": lambda: always.working_time_between(begin, end),
        "businesstimedelta": lambda: night_rules.difference(begin, end).timedelta,
    }


def a_naive_datetime() -> dict[str, Callable[[], Any]]:
    naive = datetime(2024, 6, 10, 10)  # noqa: DTZ001  what the case is about
    delta = businesstimedelta.BusinessTimeDelta(rules, hours=1)
    return {
        "salesreg": lambda: russia.add_working_time(naive, timedelta(hours=1)),
        "pandas": lambda: pd.Timestamp(naive) + custom_hours,
        "businesstimedelta": lambda: (naive + delta).astimezone(MOSCOW),
    }


def beyond_the_data() -> dict[str, Callable[[], Any]]:
    day = date(2150, 1, 1)
    return {
        "salesreg": lambda: russia.is_working_day(day),
        "holidays": lambda: holidays.country_holidays("RU").is_working_day(day),
        "numpy": lambda: bool(np.is_busday(day, busdaycal=busday)),
        "pandas": lambda: bool(custom_day.is_on_offset(pd.Timestamp(day))),
        "bizdays": lambda: bizcal.isbizday(day),
    }


def between(start: str, end: str) -> dict[str, Callable[[], Any]]:
    first, last = at(start), at(end)
    return {
        "salesreg": lambda: russia.working_time_between(first, last),
        "businesstimedelta": lambda: rules.difference(first, last).timedelta,
    }


def last_business_day(text: str) -> dict[str, Callable[[], Any]]:
    day = date.fromisoformat(text)
    months = pd.offsets.CustomBusinessMonthEnd(holidays=days_off)
    return {
        "salesreg": russia.due("last business day of the month", day).at.date,
        "numpy": lambda: np.busday_offset(np.datetime64(day, "M") + 1, -1, roll="forward", busdaycal=busday).item(),
        "pandas": lambda: pd.Timestamp(pd.Timestamp(day) + months).date(),
        "bizdays": lambda: bizcal.getdate("last bizday", day.year, day.month),
    }


def rolled(text: str) -> dict[str, Callable[[], Any]]:
    day = date.fromisoformat(text)
    return {
        "salesreg": lambda: russia.roll(day, "modified_preceding"),
        "numpy": lambda: np.busday_offset(day, 0, roll="modifiedpreceding", busdaycal=busday).item(),
        "bizdays": partial(bizcal.modified_preceding, day),
    }


def rolled_first(text: str, days: int) -> dict[str, Callable[[], Any]]:
    day = date.fromisoformat(text)
    return {
        "salesreg": lambda: russia.add_business_days(day, days, roll_first=True),
        "numpy": lambda: np.busday_offset(day, days, roll="forward", busdaycal=busday).item(),
        "bizdays": lambda: bizcal.offset(bizcal.following(day), days),
    }


def dated_hours() -> dict[str, Callable[[], Any]]:
    """One date that closes at noon."""
    eve = russia.with_schedule(russia.schedule.with_hours({date(2024, 12, 24): "09:00-12:00"}))
    return {"salesreg": lambda: eve.add_working_time(at("2024-12-24T11:30"), timedelta(hours=1))}


def rota() -> dict[str, Callable[[], Any]]:
    weeks = [{"mon": "08:00-16:00"}, {"thu": "12:00-20:00"}]
    turns = BusinessCalendar(WorkSchedule.rota(weeks, since=date(2024, 6, 3)), ProductionCalendar.plain())
    return {"salesreg": lambda: turns.add_business_days(date(2024, 6, 3), 1)}


def both_work() -> dict[str, Callable[[], Any]]:
    early, late = WorkSchedule.standard(end="15:00"), WorkSchedule.standard(start="12:00", lunch=None)
    both = russia.with_schedule(early & late)
    return {"salesreg": lambda: both.working_time_between(at("2024-06-10T00:00"), at("2024-06-11T00:00"))}


def in_region(code: str, subdivision: str, text: str) -> dict[str, Callable[[], Any]]:
    day = date.fromisoformat(text)
    return {
        "salesreg": lambda: ProductionCalendar.country(code, subdivision).is_working_day(day),
        "holidays": lambda: holidays.country_holidays(code, subdiv=subdivision).is_working_day(day),
    }


def eve(code: str, text: str) -> dict[str, Callable[[], Any]]:
    day = date.fromisoformat(text)
    calendar = BusinessCalendar(WorkSchedule.standard(), ProductionCalendar.country(code))
    return {"salesreg": lambda: calendar.day(day).short}


def phrase(text: str) -> dict[str, Callable[[], Any]]:
    return {"salesreg": lambda: russia.due(text, date(2024, 6, 10)).at}


CASES: list[tuple[str, dict[str, Callable[[], Any]]]] = [
    ("Saturday 27 April 2024, a moved working day: does it work?", is_working("2024-04-27")),
    ("Monday 10 March 2014, moved by law: does it work?", is_working("2014-03-10")),
    ("Monday 6 November 2028, moved by law beyond the decrees: does it work?", is_working("2028-11-06")),
    ("1 January 2150, beyond all data: does it work?", beyond_the_data()),
    ("2 business days after Friday 26 April 2024", business_days("2024-04-26", 2)),
    ("2 business days after Saturday 8 June 2024, a day off", business_days("2024-06-08", 2)),
    ("0 business days after Saturday 8 June 2024", business_days("2024-06-08", 0)),
    ("1 business day before Sunday 9 June 2024", business_days("2024-06-09", -1)),
    ("30 working minutes from Monday 12:30, lunch at 13:00", minutes("2024-06-10T12:30", 30)),
    ("30 working minutes from Tuesday 11 June 2024 16:40, a short day", minutes("2024-06-11T16:40", 30)),
    ("60 working minutes from Friday 26 April 2024 17:30", minutes("2024-04-26T17:30", 60)),
    ("0 working minutes from Saturday 8 June 2024 12:00", minutes("2024-06-08T12:00", 0)),
    ("30 working minutes before Monday 14:00", minutes("2024-06-10T14:00", -30)),
    ("Working time from Tuesday 11 June 2024 09:00 to Thursday 18:00", between("2024-06-11T09:00", "2024-06-13T18:00")),
    ("Hours of the night shift 22:00–06:00 when clocks go forward", night_shift()),
    ("One hour from a datetime without a time zone", a_naive_datetime()),
    ("The last business day of April 2024", last_business_day("2024-04-10")),
    ("1 May 2024, modified preceding", rolled("2024-05-01")),
    ("1 business day from Saturday 8 June 2024, rolled first", rolled_first("2024-06-08", 1)),
    ("60 working minutes from 11:30 on a date that closes at 12:00", dated_hours()),
    ("The working day after Monday 3 June 2024 in a rota of two weeks", rota()),
    ("Hours that 09:00–15:00 with lunch and 12:00–18:00 share on Monday 10 June 2024", both_work()),
    ("20 March 2026, Uraza Bayram in Tatarstan: does it work?", in_region("RU", "TA", "2026-03-20")),
    ("7 March 2024, the eve of a holiday in Azerbaijan: is it short?", eve("AZ", "2024-03-07")),
    ("29 December 2018, worked in Ukraine for an eve: is it short?", eve("UA", "2018-12-29")),
    (
        "«в течение 3 (трёх) рабочих дней с даты акта», from 10 June 2024",
        phrase("в течение 3 (трёх) рабочих дней с даты акта"),
    ),
    ("«каждый второй понедельник в 10:00», from 10 June 2024", phrase("каждый второй понедельник в 10:00")),
]


def said(ask: Callable[[], Any] | None) -> str:
    if ask is None:
        return "—"
    try:
        answer = ask()
    except Exception as error:  # noqa: BLE001  the kind of refusal is the answer
        return f"raises `{type(error).__name__}`"
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, datetime):
        return f"{answer:%a %d %b %H:%M}"
    if isinstance(answer, date):
        return f"{answer:%a %d %b}"
    if isinstance(answer, timedelta):
        return f"{answer / timedelta(hours=1):g} h"
    return str(answer)


def table() -> str:
    versions = {peer: version(peer) for peer in PEERS}
    lines = [
        "| case | salesreg | " + " | ".join(f"{peer} {number}" for peer, number in versions.items()) + " |",
        "|---|---|" + "---|" * len(PEERS),
    ]
    for question, asks in CASES:
        cells = [said(asks.get(name)) for name in ("salesreg", *PEERS)]
        lines.append(f"| {question} | **{cells[0]}** | " + " | ".join(cells[1:]) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into the page")
    warnings.simplefilter("ignore")
    found = table()
    if parser.parse_args().write:
        page = PAGE.read_text(encoding="utf-8")
        between_marks = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
        PAGE.write_text(between_marks.sub(f"{BEGIN}\n{found}\n{END}", page), encoding="utf-8")
    else:
        print(found)


if __name__ == "__main__":
    main()
