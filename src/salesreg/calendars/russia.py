"""What Russian law adds to the holiday package: its corrections, its automatic moves and its shortened days."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen

from salesreg.calendars.clock import DAY, HOUR, MINUTE, ZERO

# Each entry corrects one fact of the `holidays` package (as of 0.109).
DAYS_OFF_ADDED: Mapping[date, str] = {
    # Saturday 8 March 2014 was a holiday; Labour Code art. 112 part 2 moves its day off to Monday 10 March, as
    # does the official production calendar of 2014 (Government Resolution No. 444 of 28 May 2013).
    date(2014, 3, 10): "Labour Code art. 112 part 2",
}
SWAPS_CORRECTED: Mapping[date, tuple[date, date]] = {
    # Government Resolution No. 444 of 28 May 2013 moves the day off of *Monday 24 February* (where art. 112 had
    # put that of Sunday 23 February) to Monday 3 November: 24 February 2014 was a working day.
    date(2014, 11, 3): (date(2014, 2, 23), date(2014, 2, 24)),
}

LAST_NEW_YEAR_HOLIDAY = 8

_PAID_DAYS: Sequence[tuple[date, date, str]] = (
    (date(2020, 3, 30), date(2020, 4, 3), "Presidential Decree No. 206 of 25 March 2020"),
    (date(2020, 4, 4), date(2020, 4, 30), "Presidential Decree No. 239 of 2 April 2020"),
    (date(2020, 5, 6), date(2020, 5, 8), "Presidential Decree No. 294 of 28 April 2020"),
    (date(2020, 6, 24), date(2020, 6, 24), "Presidential Decree No. 345 of 29 May 2020"),
    (date(2020, 7, 1), date(2020, 7, 1), "Presidential Decree No. 354 of 1 June 2020"),
    (date(2021, 5, 4), date(2021, 5, 7), "Presidential Decree No. 242 of 23 April 2021"),
    (date(2021, 10, 30), date(2021, 11, 7), "Presidential Decree No. 595 of 20 October 2021"),
)
PAID_DAYS: Mapping[date, str] = {
    first + DAY * number: decree for first, last, decree in _PAID_DAYS for number in range((last - first).days + 1)
}
"""The days of 2020 and 2021 on which the President had people stay at home with pay.

They are neither holidays nor days off in the sense of art. 112 and count as work in the year's norm, so that a calendar
leaves them as they are unless it is asked otherwise.
"""


@frozen
class ShortDays:
    """Which working days a country shortens, as data.

    Attributes:
        cut: by how much.
        article: the law that says so.
        eves_of: names of dates as (month, day) whose eves are short; empty means every statutory holiday.
        swapped: whether a working day that was swapped with the eve of a holiday is short as well.
        since: from which day on it holds; None for as long as the calendar knows.
    """

    cut: timedelta
    article: str
    eves_of: tuple[tuple[int, int], ...] = ()
    swapped: bool = False
    since: date | None = None

    def applies(self, day: date, statutory: Collection[date], moved_to: date | None) -> bool:
        """Whether a working day is short, given the statutory holidays and where its day off was moved to."""
        if self.since is not None and day < self.since:
            return False
        morrows = [eve + DAY for eve in (day, moved_to if self.swapped else None) if eve]
        if self.eves_of:
            return any((morrow.month, morrow.day) in self.eves_of for morrow in morrows)
        return any(morrow in statutory for morrow in morrows)

    def to_dict(self) -> dict[str, Any]:
        """The rule as plain data."""
        return {
            "minutes": self.cut / MINUTE,
            "article": self.article,
            "eves_of": [list(pair) for pair in self.eves_of],
            "swapped": self.swapped,
            **({} if self.since is None else {"since": self.since.isoformat()}),
        }


RUSSIAN_SHORT_DAYS = ShortDays(HOUR, "Labour Code art. 95", swapped=True)


@frozen
class Region:
    """The days that a republic keeps beside the federal holidays.

    Attributes:
        law: what fixes them.
        decreed: the years whose acts are known to the full.
        moves_until: the last year in which a day on a weekend moves its day off to the next working day; 0 for never.
        fixed: days that come each year, as (month, day, first year, name, name in Russian).
        dated: days that the act of their year sets, with their names.
        moved: days off that an act of its year gives for a holiday on a weekend.
        swaps: days off, each with the weekend day worked for it.
    """

    law: str
    decreed: frozenset[int]
    moves_until: int
    fixed: tuple[tuple[int, int, int, str, str], ...]
    dated: Mapping[date, tuple[str, str]]
    moved: frozenset[date]
    swaps: Mapping[date, date]

    def holidays(self, years: Iterable[int]) -> dict[date, tuple[str, str]]:
        """The days of some years with their names, English and Russian."""
        wanted = set(years)
        fixed = {
            date(year, month, day): (english, russian)
            for month, day, since, english, russian in self.fixed
            for year in wanted
            if year >= since
        }
        return fixed | {day: names for day, names in self.dated.items() if day.year in wanted}


@cache
def regions() -> Mapping[str, Region]:
    """The republics that keep days of their own, by their ISO 3166-2 code without the country's."""
    data = tomllib.loads(Path(__file__).with_name("regions.toml").read_text("utf-8"))
    names = data.pop("names")
    return {code: _region(given, names) for code, given in data.items()}


def _region(given: Mapping[str, Any], names: Mapping[str, tuple[str, str]]) -> Region:
    spans = (span.partition("-") for span in given["decreed"].split())
    moves = given.get("moves", 0)
    return Region(
        given["law"],
        frozenset(year for first, _, last in spans for year in range(int(first), int(last or first) + 1)),
        date.max.year if moves is True else moves,
        tuple((*map(int, one["day"].split("-")), one["since"], *one["name"]) for one in given.get("fixed", ())),
        {
            date.fromisoformat(day): (names[name][0], names[name][1])
            for name, days in given.get("dated", {}).items()
            for day in days.split()
        },
        frozenset(map(date.fromisoformat, given.get("moved", "").split())),
        {date.fromisoformat(off): date.fromisoformat(worked) for off, worked in given.get("swaps", {}).items()},
    )


def automatic_moves(year: int, statutory: Collection[date], is_working: Callable[[date], bool]) -> dict[date, date]:
    """The days off that art. 112 part 2 moves by itself, as {new day off: holiday that fell on a weekend}.

    The days off of 1–8 January are left out: the Government moves those by decree.

    >>> holidays = {date(2028, 11, 4)}
    >>> automatic_moves(2028, holidays, lambda day: day.weekday() < 5 and day not in holidays)
    {datetime.date(2028, 11, 6): datetime.date(2028, 11, 4)}
    """
    moves: dict[date, date] = {}
    for holiday in sorted(statutory):
        if holiday.year != year or holiday.weekday() < 5:
            continue
        if holiday.month == 1 and holiday.day <= LAST_NEW_YEAR_HOLIDAY:
            continue
        target = holiday + DAY
        while target in moves or not is_working(target):
            target += DAY
        moves[target] = holiday
    return moves


def origin_of_observed(observed: Collection[date], statutory: Collection[date]) -> dict[date, date]:
    """Which holiday on a weekend each additional day off stands for, as {day off: holiday}.

    >>> origin_of_observed({date(2027, 5, 3)}, {date(2027, 5, 1), date(2027, 5, 9)})
    {datetime.date(2027, 5, 3): datetime.date(2027, 5, 1)}
    """
    weekend_feasts = [day for day in sorted(statutory) if day.weekday() >= 5]
    origins: dict[date, date] = {}
    for day in sorted(observed):
        for feast in weekend_feasts:
            if ZERO < day - feast <= timedelta(days=10):
                origins[day] = feast
                weekend_feasts.remove(feast)
                break
    return origins
