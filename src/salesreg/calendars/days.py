"""What a day is: the kinds of day, the marks a calendar puts on them, and a year of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from attrs import field, frozen

from salesreg.calendars import wording
from salesreg.calendars.clock import ZERO


class DayKind(StrEnum):
    """Why a day works or does not."""

    WORKING = "working"
    MOVED_WORKING = "moved_working"
    EXTRA_WORKING = "extra_working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MOVED_OFF = "moved_off"
    CLOSURE = "closure"

    @property
    def works(self) -> bool:
        """Whether people work on such a day."""
        return self in (DayKind.WORKING, DayKind.MOVED_WORKING, DayKind.EXTRA_WORKING)

    @property
    def ordinary(self) -> bool:
        """Whether only the week makes it so: a schedule with a week of its own may decide otherwise."""
        return self is DayKind.WORKING or self is DayKind.WEEKEND


@frozen
class Mark:
    """What sets a day apart from an ordinary one.

    Attributes:
        kind: why it works or does not.
        name: the holiday's name or the closure's reason, in English where the source has it.
        name_ru: the same in Russian where the source has it, else as `name`.
        moved: for a moved day, the date its day off came from or went to.
        cut: by how much the day is short.
        article: the law behind it.
    """

    kind: DayKind
    name: str = ""
    name_ru: str = ""
    moved: date | None = None
    cut: timedelta = ZERO
    article: str = ""

    def describe(self, day: date, locale: str = "en") -> str:
        """One phrase that says what the day is.

        >>> from datetime import date
        >>> Mark(DayKind.MOVED_OFF, moved=date(2024, 4, 27)).describe(date(2024, 4, 29))
        'day off moved from Saturday 27 April 2024'
        """
        language = wording.check_locale(locale)
        name = wording.say(language, self.name, self.name_ru or self.name)
        said = wording.phrase(language, "day", self.kind).format(
            name=f": {name}" if name else "",
            origin=f" {wording.from_date(self.moved, language)}" if self.moved else "",
            target=f" {wording.to_date(self.moved, language)}" if self.moved else "",
            weekday=wording.weekday_name(day, language),
        )
        if self.cut:
            shorter = wording.say(language, ", shorter by", ", короче на")
            said += f"{shorter} {wording.amount_of_time(self.cut, language)}"
        return f"{said} ({wording.article(self.article, language)})" if self.article else said


def days_of_year(year: int) -> list[date]:
    """All civil days of a year."""
    first = date(year, 1, 1).toordinal()
    return [date.fromordinal(ordinal) for ordinal in range(first, date(year + 1, 1, 1).toordinal())]


class Reach(NamedTuple):
    """What is known of a calendar before any year of it is built.

    Attributes:
        first, last: the first and the last year it can answer for.
        decreed_until: the last year that will not change; None where that is all of them.
        law: the code of the country whose law counts its terms; empty where there is none, or more than one.
    """

    first: int
    last: int
    decreed_until: int | None = None
    law: str = ""


@frozen
class ProductionYear:
    """A year of a production calendar: which days work, and what sets some apart.

    Attributes:
        marks: what is said of each day that is not an ordinary working day.
        provisional: whether the whole year rests on what is not decreed yet.
        estimates: single days whose date is only estimated.
        unchecked: the code of a country whose law on short days was not looked up for the year; empty if none.
    """

    year: int
    marks: Mapping[date, Mark] = field(repr=False)
    provisional: bool = False
    estimates: frozenset[date] = frozenset()
    unchecked: str = ""

    def mark(self, day: date) -> Mark:
        """The day's mark; an ordinary working day has a plain one."""
        return self.marks.get(day, _PLAIN)

    def works(self, day: date) -> bool:
        """Whether people work on the day."""
        return self.mark(day).kind.works

    def is_provisional(self, day: date) -> bool:
        """Whether the day may still change."""
        return self.provisional or day in self.estimates


_PLAIN = Mark(DayKind.WORKING)
