"""Days and years as people are told of them: what a day is and why, how much a year has to work, a year as a page."""

from __future__ import annotations

from calendar import Calendar
from datetime import date, datetime, timedelta
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from salesreg.calendars.clock import DAY, HOUR, ZERO
from salesreg.calendars.days import DayKind, Mark
from salesreg.calendars.files import Entry, ics_file
from salesreg.calendars.schedule import WorkSchedule
from salesreg.calendars.timeline import Timeline
from salesreg.calendars.wording import Locale, check_locale, month_name, phrase
from salesreg.errors import need

if TYPE_CHECKING:
    from rich.text import Text


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

    The days are those of the schedule; the hours are the country's norm, by its week of five days, whoever works when.
    Each short day takes an hour off; a provisional norm may still change by decree.
    """

    year: int
    working_days: int
    short_days: int
    hours_40: float
    hours_36: float
    hours_24: float
    provisional: bool


# How a terminal shows a kind of day: its colours, and a sign for terminals without; weekends are seen by their columns.
_RICH = {
    DayKind.WEEKEND: ("red", " "),
    DayKind.HOLIDAY: ("white on red", "-"),
    DayKind.MOVED_OFF: ("black on bright_red", "-"),
    DayKind.CLOSURE: ("black on bright_red", "-"),
    DayKind.MOVED_WORKING: ("black on green", "+"),
    DayKind.EXTRA_WORKING: ("black on green", "+"),
}


@frozen
class YearPage:
    """A year of a business calendar, for people to look at, in English ("en") or Russian ("ru").

    Attributes:
        norm: the year's norm.
        marks: what each day is, from 1 January.
        worked: the working days.
        unchecked: the code of the country whose law on short days was not looked up for that year; empty if none.

    Raises:
        MissingExtraError: by `to_rich` and `to_ics`, if the extra that brings `rich` or `icalendar` is not installed.
    """

    norm: YearNorm
    marks: tuple[Mark, ...] = field(repr=False)
    worked: frozenset[date] = field(repr=False)
    unchecked: str = ""

    @property
    def days(self) -> tuple[tuple[date, Mark], ...]:
        """Every day with what it is."""
        first = date(self.norm.year, 1, 1)
        return tuple((first + timedelta(days=number), mark) for number, mark in enumerate(self.marks))

    @property
    def short(self) -> tuple[date, ...]:
        """Working days that close early."""
        return tuple(day for day, mark in self.days if self._is_short(day, mark))

    @property
    def moved(self) -> tuple[tuple[date, date], ...]:
        """Moved days off as (from, to)."""
        moved_off = [(mark.moved, day) for day, mark in self.days if mark.kind is DayKind.MOVED_OFF]
        return tuple((origin, day) for origin, day in moved_off if origin is not None)

    @property
    def holidays(self) -> tuple[tuple[date, str], ...]:
        """Public holidays with their names."""
        return tuple((day, mark.name) for day, mark in self.days if mark.kind is DayKind.HOLIDAY)

    def to_html(self, locale: str = "en") -> str:
        """Twelve months with days off, moved and short days in colour, and a list of what they are; with its style."""
        language = check_locale(locale)
        tables = "".join(self._month_to_html(month, language) for month in range(1, 13))
        notes = "".join(f"<li>{escape(note)}</li>" for note in self._notes(language))
        days, hours, doubt = self._facts(language)
        facts = " · ".join([days, hours, *doubt])
        # Marked days bring their own background, so that they are legible in light and in dark notebooks.
        style = Path(__file__).with_name("year.css").read_text("utf-8")
        return (
            f'<style>\n{style}</style><div class="salesreg-year" lang="{language}">'
            f"<h3>{self.norm.year}<small>{escape(facts)}</small></h3><div>{tables}</div><ul>{notes}</ul></div>"
        )

    def to_rich(self, locale: str = "en") -> object:
        """The same for a terminal; needs the extra `cli`."""
        language = check_locale(locale)
        need("rich", extra="cli", why="coloured output needs rich")
        from rich.columns import Columns
        from rich.console import Group
        from rich.text import Text

        days, hours, doubt = self._facts(language)
        head = Text(f"{self.norm.year}: {', '.join([days, *doubt])}", "bold")
        signs = Text(phrase(language, "page", "signs"), "dim")
        grids = [self._month_to_rich(month, language) for month in range(1, 13)]
        notes = Text("\n".join(self._notes(language)))
        return Group(head, Text(hours), signs, Columns(grids, padding=(0, 2)), notes)

    def to_ics(self, locale: str = "en") -> bytes:
        """Days off, moved and short days as whole-day events of an iCalendar file; needs the extra `ics`."""
        language, doubt = check_locale(locale), self.norm.provisional
        return ics_file(
            Entry(
                f"{day.isoformat()}|{mark.kind}", mark.describe(day, language), day, doubt, free=day not in self.worked
            )
            for day, mark in self.days
            if not mark.kind.ordinary or (mark.kind is DayKind.WORKING and mark.cut)
        )

    def _repr_html_(self) -> str:
        return self.to_html()

    def __rich__(self) -> object:
        return self.to_rich()

    def _is_short(self, day: date, mark: Mark) -> bool:
        return bool(mark.cut) and day in self.worked

    def _facts(self, locale: Locale) -> tuple[str, str, list[str]]:
        norm, said = self.norm, partial(phrase, locale, "page")
        days = f"{norm.working_days} {said('days')}, {norm.short_days} {said('short')}"
        hours = f"{norm.hours_40:g} / {norm.hours_36:g} / {norm.hours_24:g} {said('hours')}"
        hours = hours.replace(".", ",") if locale == "ru" else hours
        return days, hours, [said("provisional")] if norm.provisional else []

    def _notes(self, locale: Locale) -> list[str]:
        """What the marked days are; days in a row of which the same is said share a note."""
        runs: list[tuple[date, date, str]] = []
        for day, mark in self.days:
            if mark.kind.ordinary and not self._is_short(day, mark):
                continue
            said = mark.describe(day, locale)
            if runs and runs[-1][1:] == (day - DAY, said):
                runs[-1] = (runs[-1][0], day, said)
            else:
                runs.append((day, day, said))
        unchecked = [phrase(locale, "page", "unchecked").format(code=self.unchecked)] if self.unchecked else []
        return [f"{a:%d.%m} {said}" if a == b else f"{a:%d.%m}–{b:%d.%m} {said}" for a, b, said in runs] + unchecked

    def _weeks(self, month: int) -> list[list[tuple[date, Mark] | None]]:
        """The weeks of a month from Monday to Sunday; nothing where a day is of another month."""
        weeks = Calendar().monthdatescalendar(self.norm.year, month)
        marks = dict(self.days)
        return [[(day, marks[day]) if day.month == month else None for day in week] for week in weeks]

    def _month_to_html(self, month: int, locale: Locale) -> str:
        head = "".join(f'<th scope="col">{name}</th>' for name in phrase(locale, "page", "weekdays").split())
        rows = ""
        for week in self._weeks(month):
            rows += f"<tr>{''.join(self._cell_to_html(*here, locale) if here else '<td></td>' for here in week)}</tr>"
        return f"<table><caption>{month_name(month, locale)}</caption><tr>{head}</tr>{rows}</table>"

    def _cell_to_html(self, day: date, mark: Mark, locale: Locale) -> str:
        classes = mark.kind.value + (" short" if self._is_short(day, mark) else "")
        return f'<td class="{classes}" title="{escape(mark.describe(day, locale), quote=True)}">{day.day}</td>'

    def _month_to_rich(self, month: int, locale: Locale) -> Text:
        from rich.text import Text

        text = Text(f"{month_name(month, locale)}\n", "bold")
        text.append(f"{phrase(locale, 'page', 'weekdays')}\n", "dim")
        for week in self._weeks(month):
            for here in week:
                if here is None:
                    text.append("   ")
                    continue
                day, mark = here
                short = self._is_short(day, mark)
                style, sign = ("black on yellow", "*") if short else _RICH.get(mark.kind, ("", " "))
                text.append(f"{day.day:2}", style)
                text.append(sign)
            text.append("\n")
        return text


def norm_of(line: Timeline, year: int) -> YearNorm:
    """How many days and hours a year has to work."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    days, cuts = _counted(line, year)
    usual, shorter = days, cuts
    if line.schedule.week is not None or line.schedule.dates:
        usual, shorter = _counted(Timeline(WorkSchedule.standard(), line.production, line.horizon), year)
    hours = sum(shorter, ZERO) / HOUR
    forty = usual * 8 - hours
    return YearNorm(
        year,
        days,
        len(cuts),
        int(forty) if forty.is_integer() else forty,
        round(usual * 7.2 - hours, 2),
        round(usual * 4.8 - hours, 2),
        line.is_doubtful(line.midnight(first), line.midnight(last)),
    )


def _counted(line: Timeline, year: int) -> tuple[int, list[timedelta]]:
    """The working days of a year, and by how much each short one is shorter."""
    index = line.covering_year(year)
    first, last = date(year, 1, 1), date(year, 12, 31)
    line.check_days(first, last)
    days = index.after[last.toordinal() - index.base] - index.before[first.toordinal() - index.base] + 1
    marks = line.production.year(year).marks
    return days, [mark.cut for day, mark in marks.items() if mark.cut and line.works(day)]
