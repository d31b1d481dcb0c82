"""Business time against its peers: the ratios of one run, with every peer's own figure.

Run it with the extra that brings the peers::

    pip install -e '.[dev]'
    python bench/business_time.py [--quick]

Every figure is the least of several rounds, and the rounds of all contestants take turns, so that a noisy machine slows
all of them alike. Inputs are random and differ from call to call.
"""

from __future__ import annotations

import argparse
import itertools
import operator
import platform
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any
from zoneinfo import ZoneInfo

import bizdays
import businesstimedelta
import holidays
import numpy as np
import pytz

from salesreg.calendars import BusinessCalendar, Term

FIRST, LAST = date(2016, 1, 1), date(2025, 12, 31)
ALL_DAYS = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
MOSCOW = ZoneInfo("Europe/Moscow")


@dataclass
class Contest:
    """One row: our function and its peers, each called over the same inputs."""

    name: str
    budget: str
    calls: int
    ours: str
    contestants: dict[str, Callable[[], Any]]
    best: dict[str, float] = field(default_factory=dict)

    def round(self) -> None:
        """Time every contestant, each a few times over so that its own data is in the cache."""
        for (name, run), _ in itertools.product(self.contestants.items(), range(3)):
            begin = time.perf_counter()
            run()
            spent = (time.perf_counter() - begin) / self.calls
            self.best[name] = min(spent, self.best.get(name, spent))

    def report(self) -> Iterable[str]:
        """The row and its contestants, fastest first."""
        yield f"{self.name}  (budget: {self.budget})"
        ours = self.best[self.ours]
        for name, spent in sorted(self.best.items(), key=lambda item: item[1]):
            ratio = "" if name == self.ours else f"{spent / ours:8.1f}x ours"
            yield f"    {name:<58}{_human(spent):>10}{ratio}"


def _human(seconds: float) -> str:
    return f"{seconds * 1e9:.1f} ns" if seconds < 1e-6 else f"{seconds * 1e6:.2f} µs"


def days_off(calendar: BusinessCalendar) -> list[date]:
    return [day for day in ALL_DAYS if not calendar.is_working_day(day)]


def _over(function: Callable[..., Any], inputs: list[Any], argument: Any) -> Callable[[], None]:
    def run() -> None:
        for value in inputs:
            function(value, argument)

    return run


def _over_pairs(function: Callable[[Any, Any], Any], pairs: list[tuple[Any, Any]]) -> Callable[[], None]:
    def run() -> None:
        for first, second in pairs:
            function(first, second)

    return run


def scalar_days(calendar: BusinessCalendar, rng: np.random.Generator) -> tuple[Contest, Contest]:
    chosen = [ALL_DAYS[number] for number in rng.integers(30, len(ALL_DAYS) - 30, 2000)]
    as_numpy = [np.datetime64(day) for day in chosen]
    package = holidays.country_holidays("RU", years=range(2015, 2027))
    busday = np.busdaycalendar(weekmask="1111111", holidays=days_off(calendar))
    bizcal = bizdays.Calendar(holidays=days_off(calendar), startdate=FIRST, enddate=LAST)
    peers: dict[str, Callable[[], Any]] = {
        "holidays.get_nth_working_day": _over(package.get_nth_working_day, chosen, 2),
        "numpy.busday_offset, a datetime64 scalar in and out": _over(
            lambda day, days: np.busday_offset(day, days, roll="preceding", busdaycal=busday), as_numpy, 2
        ),
        "bizdays.Calendar.offset": _over(bizcal.offset, chosen, 2),
    }
    ours_dates, ours_instants = "add_business_days, date in, date out", "add_business_days, instant in, close out"
    instants = [calendar.next_open(datetime.combine(day, clock(hour=11), MOSCOW)) for day in chosen]
    dates = {ours_dates: _over(calendar.add_business_days, chosen, 2), **peers}
    closes = {ours_instants: _over(calendar.add_business_days, instants, 2), **peers}
    return (
        Contest("Business days, one date", "the fastest peer at least 10x ours", 2000, ours_dates, dates),
        Contest("Business days, one instant", "the fastest peer at least 3x ours", 2000, ours_instants, closes),
    )


def seven_day_rules(calendar: BusinessCalendar) -> Any:
    """Businesstimedelta made right on working Saturdays: all seven days work, and every day off is a holiday."""
    zone = pytz.timezone("Europe/Moscow")
    week = [0, 1, 2, 3, 4, 5, 6]
    return businesstimedelta.Rules(
        [
            businesstimedelta.WorkDayRule(clock(9), clock(18), week, tz=zone),
            businesstimedelta.LunchTimeRule(clock(13), clock(14), week, tz=zone),
            businesstimedelta.HolidayRule(dict.fromkeys(days_off(calendar), "off"), tz=zone),
        ]
    )


def scalar_time(calendar: BusinessCalendar, rng: np.random.Generator) -> tuple[Contest, Contest]:
    rules = seven_day_rules(calendar)
    span = (len(ALL_DAYS) - 60) * 86_400
    starts = [
        datetime(2016, 1, 2, tzinfo=MOSCOW) + timedelta(seconds=int(second)) for second in rng.integers(0, span, 200)
    ]
    later = [(start, start + timedelta(days=10)) for start in starts]
    half_hour, length = timedelta(minutes=30), businesstimedelta.BusinessTimeDelta(rules, hours=0, seconds=1800)
    adding = {
        "add_working_time, 30 minutes": _over(calendar.add_working_time, starts, half_hour),
        "businesstimedelta": _over(operator.add, starts, length),
    }
    between = {
        "working_time_between, 10 days apart": _over_pairs(calendar.working_time_between, later),
        "businesstimedelta": _over_pairs(rules.difference, later),
    }
    return (
        Contest("Working minutes added to an instant", "80x", 200, "add_working_time, 30 minutes", adding),
        Contest("Working time between two instants", "1000x", 200, "working_time_between, 10 days apart", between),
    )


def arrays(calendar: BusinessCalendar, rng: np.random.Generator, size: int) -> list[Contest]:
    dates = (np.datetime64(FIRST) + rng.integers(0, len(ALL_DAYS) - 60, size)).astype("M8[D]")
    instants = dates.astype("M8[us]") + rng.integers(0, 86_400_000_000, size)
    ends = rng.permutation(instants)
    busday = np.busdaycalendar(weekmask="1111111", holidays=days_off(calendar))
    minutes = np.timedelta64(90, "m")
    peer = {
        "numpy.busday_offset by 2, all-days mask": lambda: np.busday_offset(
            dates, 2, roll="preceding", busdaycal=busday
        )
    }

    def against(name: str, budget: str, ours: str, run: Callable[[], Any]) -> Contest:
        return Contest(name, budget, size, ours, {ours: run, **peer})

    shape = f"{size:,} in random order"
    return [
        against(
            f"Business days, {shape}",
            "the peer at least 60x ours",
            "add_business_days_batch, dates",
            lambda: calendar.add_business_days_batch(dates, 2),
        ),
        against(
            f"Business days, {shape}",
            "the peer at least 12x ours",
            "add_business_days_batch, instants",
            lambda: calendar.add_business_days_batch(instants, 2),
        ),
        against(
            f"Working time added, {shape}",
            "the peer at least 8x ours",
            "add_working_time_batch, 90 minutes",
            lambda: calendar.add_working_time_batch(instants, minutes),
        ),
        against(
            f"Working time between, {shape}",
            "the peer at least 6x ours",
            "working_time_between_batch",
            lambda: calendar.working_time_between_batch(instants, ends),
        ),
        against(
            f"Deadlines, {shape}",
            "none",
            "due_batch, 2 business days",
            lambda: calendar.due_batch("2 business days", instants),
        ),
    ]


def deadlines(calendar: BusinessCalendar) -> Contest:
    term, start = Term.parse("2 business days"), datetime(2024, 4, 26, 7, tzinfo=UTC)
    starts = [start + timedelta(hours=number) for number in range(2000)]
    return Contest(
        "One deadline of 2 business days",
        "a few microseconds",
        2000,
        "due_at: an instant in UTC",
        {
            "due_at: an instant in UTC": _over_pairs(calendar.due_at, [(term, at) for at in starts]),
            "due: a Deadline, its trace not yet asked for": _over_pairs(calendar.due, [(term, at) for at in starts]),
            "due and its trace": _over(lambda at, said: calendar.due(said, at).trace, starts[:200] * 10, term),
        },
    )


def footprint() -> Iterable[str]:
    import tracemalloc

    BusinessCalendar.russia().year_norm(2024)
    spent = []
    for year in range(2014, 2024):
        begin = time.perf_counter()
        BusinessCalendar.russia().year_norm(year)
        spent.append(time.perf_counter() - begin)
    calendar = BusinessCalendar.russia()
    for year in range(FIRST.year, LAST.year + 1):
        calendar.production.year(year)
    tracemalloc.start()
    for year in range(FIRST.year, LAST.year + 1):
        calendar.line.covering_year(year)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    yield f"A calendar year from nothing, holidays imported      {min(spent) * 1e3:6.2f} ms  (budget: 5 ms)"
    yield f"A ten-year index                                     {size / 1e6:6.2f} MB  (budget: 2 MB)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller arrays")
    quick = parser.parse_args().quick
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(20240426)
    calendar = BusinessCalendar.russia()
    calendar.year_norm(FIRST.year)
    calendar.year_norm(LAST.year + 1)
    contests = [
        *scalar_days(calendar, rng),
        *scalar_time(calendar, rng),
        *arrays(calendar, rng, 100_000 if quick else 1_000_000),
        deadlines(calendar),
    ]
    for _, contest in itertools.product(range(2 if quick else 5), contests):
        contest.round()
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, holidays {holidays.__version__}, {sys.platform}\n"
    )
    for contest in contests:
        print("\n".join(contest.report()), end="\n\n")
    print("\n".join(footprint()))


if __name__ == "__main__":
    main()
