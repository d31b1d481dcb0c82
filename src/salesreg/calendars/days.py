"""What a day is: the kinds of day, the marks a calendar puts on them, and a year of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from attrs import field, frozen

from salesreg.calendars.wording import amount_of_time, article, check_locale, from_date, to_date, weekday_name

ZERO = timedelta(0)


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
        return self in _WORKING

    @property
    def ordinary(self) -> bool:
        """Whether only the week makes it so: a schedule with a week of its own may decide otherwise."""
        return self is DayKind.WORKING or self is DayKind.WEEKEND


_WORKING = frozenset({DayKind.WORKING, DayKind.MOVED_WORKING, DayKind.EXTRA_WORKING})


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
        said = _KIND_TEXTS[check_locale(locale)](self, day)
        if self.cut:
            shorter = amount_of_time(self.cut, check_locale(locale))
            said += f", shorter by {shorter}" if locale == "en" else f", короче на {shorter}"
        return f"{said} ({article(self.article, check_locale(locale))})" if self.article else said


def _english(mark: Mark, day: date) -> str:
    name = f": {mark.name}" if mark.name else ""
    match mark.kind:
        case DayKind.HOLIDAY:
            return f"public holiday{name}"
        case DayKind.MOVED_OFF:
            of_holiday = f"{name}" if mark.name else ""
            return f"day off moved {from_date(mark.moved, 'en') if mark.moved else ''}{of_holiday}".rstrip()
        case DayKind.MOVED_WORKING:
            return f"working, its day off moved {to_date(mark.moved, 'en') if mark.moved else ''}".rstrip()
        case DayKind.CLOSURE:
            return f"closed{name}"
        case DayKind.EXTRA_WORKING:
            return f"extra working day{name}"
        case DayKind.WEEKEND:
            return f"weekend ({weekday_name(day, 'en')})"
    return "working day"


def _russian(mark: Mark, day: date) -> str:
    name = f": {mark.name_ru or mark.name}" if mark.name_ru or mark.name else ""
    match mark.kind:
        case DayKind.HOLIDAY:
            return f"праздник{name}"
        case DayKind.MOVED_OFF:
            return f"выходной, перенесённый {from_date(mark.moved, 'ru') if mark.moved else ''}{name}".rstrip()
        case DayKind.MOVED_WORKING:
            return f"рабочий день, выходной перенесён {to_date(mark.moved, 'ru') if mark.moved else ''}".rstrip()
        case DayKind.CLOSURE:
            return f"закрыто{name}"
        case DayKind.EXTRA_WORKING:
            return f"дополнительный рабочий день{name}"
        case DayKind.WEEKEND:
            return f"выходной ({weekday_name(day, 'ru')})"
    return "рабочий день"


_KIND_TEXTS = {"en": _english, "ru": _russian}


@frozen
class ProductionYear:
    """A year of a production calendar: which days work, and what sets some apart.

    Attributes:
        working: one byte a day, 1 where people work.
        marks: what is said of each day that is not an ordinary working day.
        provisional: whether the whole year rests on what is not decreed yet.
        estimates: single days whose date is only estimated.
    """

    year: int
    working: bytes
    marks: Mapping[date, Mark] = field(repr=False)
    provisional: bool = False
    estimates: frozenset[date] = frozenset()

    def mark(self, day: date) -> Mark:
        """The day's mark; an ordinary working day has a plain one."""
        return self.marks.get(day, _PLAIN)

    def works(self, day: date) -> bool:
        """Whether people work on the day."""
        return self.working[day.toordinal() - date(self.year, 1, 1).toordinal()] == 1

    def is_provisional(self, day: date) -> bool:
        """Whether the day may still change."""
        return self.provisional or day in self.estimates


_PLAIN = Mark(DayKind.WORKING)


@frozen
class Day:
    """A day of a business calendar.

    Attributes:
        date: the civil date.
        kind: why it works or does not.
        reason: the mark that says so in words: the holiday's name, where a day was moved from.
        intervals: working time as pairs of instants in the calendar's zone, empty on a day off.
        provisional: whether the day may still change.
    """

    date: date
    kind: DayKind
    reason: Mark
    intervals: tuple[tuple[datetime, datetime], ...]
    provisional: bool

    @property
    def working(self) -> bool:
        """Whether people work on the day."""
        return bool(self.intervals)

    @property
    def short(self) -> bool:
        """Whether it is a working day that closes early."""
        return self.working and self.reason.cut > ZERO

    def describe(self, locale: str = "en") -> str:
        """What the day is, in one phrase."""
        return self.reason.describe(self.date, locale)


@frozen
class YearNorm:
    """A year's norm of working time, by the number of working hours a week (40, 36 or 24).

    Each short day takes an hour off; a provisional norm may still change by decree.
    """

    year: int
    working_days: int
    short_days: int
    hours_40: float
    hours_36: float
    hours_24: float
    provisional: bool


@frozen
class YearPage:
    """A year of a business calendar, for people to look at.

    Attributes:
        norm: the year's norm.
        marks: what each day is, from 1 January.
        worked: the working days.
    """

    norm: YearNorm
    marks: tuple[Mark, ...] = field(repr=False)
    worked: frozenset[date] = field(repr=False)

    @property
    def days(self) -> tuple[tuple[date, Mark], ...]:
        """Every day with what it is."""
        first = date(self.norm.year, 1, 1)
        return tuple((first + timedelta(days=number), mark) for number, mark in enumerate(self.marks))

    @property
    def short(self) -> tuple[date, ...]:
        """Working days that close early."""
        return tuple(day for day, mark in self.days if mark.cut and day in self.worked)

    @property
    def moved(self) -> tuple[tuple[date, date], ...]:
        """Moved days off as (from, to)."""
        return tuple(
            (mark.moved, day) for day, mark in self.days if mark.kind is DayKind.MOVED_OFF and mark.moved is not None
        )

    @property
    def holidays(self) -> tuple[tuple[date, str], ...]:
        """Public holidays with their names."""
        return tuple((day, mark.name) for day, mark in self.days if mark.kind is DayKind.HOLIDAY)

    def __rich__(self) -> object:
        return self.to_rich()

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_html(self, locale: str = "en") -> str:
        """The page as HTML with its own style, in English or Russian."""
        from salesreg.calendars.displays import year_to_html

        return year_to_html(self, check_locale(locale))

    def to_rich(self, locale: str = "en") -> object:
        """The page for a terminal, in English or Russian; needs the extra `cli`.

        Raises:
            MissingExtraError: if the `rich` package is not installed.
        """
        from salesreg.calendars.displays import year_to_rich

        return year_to_rich(self, check_locale(locale))

    def to_ics(self, locale: str = "en") -> bytes:
        """Days off, moved and short days as an iCalendar file; needs the extra `ics`.

        Raises:
            MissingExtraError: if the `icalendar` package is not installed.
        """
        from salesreg.calendars.ics import year_to_ics

        return year_to_ics(self, check_locale(locale))
