"""The days of a business calendar: which work, why, and how many."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Self

from attrs import evolve

from salesreg.calendars.days import ZERO, Day, DayKind, Mark, YearNorm, YearPage
from salesreg.calendars.files import Saved, table
from salesreg.calendars.production import ProductionCalendar
from salesreg.calendars.reckoning import intervals, roll
from salesreg.calendars.schedule import PlanItem, WorkSchedule
from salesreg.calendars.terms import Roll
from salesreg.calendars.timeline import Horizon, Timeline, plain_date
from salesreg.errors import BusinessTimeError, ScheduleError

_ROLLS = tuple(convention.value for convention in Roll)


class DayCalendar(Saved):
    """A work schedule on a production calendar, asked about its days.

    Attributes:
        line: the precomputed index behind the calendar; not for users.
    """

    __slots__ = ("__weakref__", "line")

    def __init__(
        self,
        schedule: WorkSchedule | None = None,
        production: ProductionCalendar | None = None,
        horizon: Horizon = "provisional",
    ) -> None:
        self.line: Timeline = Timeline(
            schedule or WorkSchedule.standard(), production or ProductionCalendar.country("RU"), horizon
        )

    @classmethod
    def russia(cls, schedule: WorkSchedule | None = None, *, horizon: Horizon = "provisional") -> Self:
        """The Russian production calendar; by default Monday to Friday 09:00–18:00, lunch 13:00–14:00, Moscow time."""
        return cls(schedule, ProductionCalendar.country("RU"), horizon)

    @property
    def schedule(self) -> WorkSchedule:
        """The working hours."""
        return self.line.schedule

    @property
    def production(self) -> ProductionCalendar:
        """Which days work."""
        return self.line.production

    @property
    def horizon(self) -> Horizon:
        """Whether provisional days are reckoned with ("provisional") or refused ("strict")."""
        return self.line.horizon

    @property
    def timezone(self) -> str:
        """The zone in which the hours are meant and answers are given."""
        return self.line.schedule.timezone

    def with_schedule(self, schedule: WorkSchedule) -> Self:
        """The same days with other hours, such as one employee's."""
        return type(self)(schedule, self.production, self.horizon)

    def is_working_day(self, day: date) -> bool:
        """Whether people work on a day.

        >>> from salesreg.calendars import BusinessCalendar
        >>> BusinessCalendar.russia().is_working_day(date(2024, 4, 27))
        True

        Raises:
            CalendarHorizonError: if the day is beyond what the calendar knows.
        """
        index = self.line.covering_day(plain_date(day))
        number = day.toordinal() - index.base
        self.line.check_horizon(index.midnights[number], index.midnights[number])
        return index.working[number] == 1

    def day(self, day: date) -> Day:
        """What a day is, why, and its working time.

        >>> from salesreg.calendars import BusinessCalendar
        >>> print(BusinessCalendar.russia().day(date(2024, 4, 29)).describe())
        day off moved from Saturday 27 April 2024

        Raises:
            CalendarHorizonError: if the day is beyond what the calendar knows.
        """
        index = self.line.covering_day(plain_date(day))
        start = index.midnights[day.toordinal() - index.base]
        self.line.check_horizon(start, start)
        mark = self.mark(day)
        hours = tuple((self.line.instant(a), self.line.instant(b)) for a, b in intervals(self.line, day))
        return Day(day, mark.kind, mark, hours, self.line.is_doubtful(start, start))

    def mark(self, day: date) -> Mark:
        """Why a day works or does not, the schedule's own week considered."""
        mark = self.production.mark(plain_date(day))
        own = self.schedule.works_on(day.weekday())
        if own is None or not mark.kind.ordinary or own is mark.kind.works:
            return mark
        return evolve(mark, kind=DayKind.WORKING) if own else Mark(DayKind.WEEKEND)

    def day_plan(self, day: date) -> tuple[PlanItem, ...]:
        """Work, breaks and lunch of a day, in order; empty on a day off.

        >>> from salesreg.calendars import BusinessCalendar
        >>> [str(item) for item in BusinessCalendar.russia().day_plan(date(2024, 6, 11))]
        ['09:00-13:00 work', '13:00-14:00 lunch', '14:00-17:00 work']
        """
        return self.schedule.plan(day.weekday(), self.mark(day).cut) if self.is_working_day(day) else ()

    def roll(self, day: date, convention: Roll | str = Roll.FOLLOWING) -> date:
        """Where a convention puts a date that may be a day off.

        >>> from salesreg.calendars import BusinessCalendar
        >>> BusinessCalendar.russia().roll(date(2024, 6, 30), "modified_following")
        datetime.date(2024, 6, 28)

        Raises:
            BusinessTimeError: if the convention is not one of the four.
        """
        if convention not in _ROLLS:
            raise BusinessTimeError(f"roll conventions are {', '.join(_ROLLS)}; not {convention!r}")
        rolled = roll(self.line, plain_date(day), Roll(convention))
        self.check_days(day, rolled)
        return rolled

    def business_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; the other way round it is negative.

        >>> from salesreg.calendars import BusinessCalendar
        >>> BusinessCalendar.russia().business_days_between(date(2024, 4, 26), date(2024, 5, 2))
        2
        """
        self.check_days(start, end)
        first = self.line.covering_day(plain_date(start))
        last = self.line.covering_day(plain_date(end))
        return last.after[end.toordinal() - last.base] - first.after[start.toordinal() - first.base]

    def year(self, year: int) -> YearPage:
        """A year as a calendar page: days off, moved and short days, the norm; it shows itself in notebooks.

        >>> from salesreg.calendars import BusinessCalendar
        >>> [f"{day:%d.%m}" for day in BusinessCalendar.russia().year(2025).short]
        ['07.03', '30.04', '11.06', '01.11']
        """
        marks = {day: self.mark(day) for day in self._days_of(year)}
        worked = {day for day in marks if self.is_working_day(day)}
        return YearPage(self.year_norm(year), tuple(marks.values()), frozenset(worked))

    def _days_of(self, year: int) -> list[date]:
        index = self.line.covering_year(year)
        return [day for day in index.civil if day.year == year]

    def year_norm(self, year: int) -> YearNorm:
        """How many days and hours a year has to work.

        >>> from salesreg.calendars import BusinessCalendar
        >>> norm = BusinessCalendar.russia().year_norm(2025)
        >>> norm.working_days, norm.short_days, norm.hours_40, norm.hours_36, norm.hours_24
        (247, 4, 1972, 1774.4, 1181.6)

        Raises:
            CalendarHorizonError: if the year is beyond what the calendar knows.
        """
        index = self.line.covering_year(year)
        first, last = date(year, 1, 1), date(year, 12, 31)
        self.check_days(first, last)
        days = index.after[last.toordinal() - index.base] - index.before[first.toordinal() - index.base] + 1
        marks = self.production.year(year).marks
        cuts = [mark.cut for day, mark in marks.items() if mark.cut and self.is_working_day(day)]
        hours = sum(cuts, ZERO) / timedelta(hours=1)
        forty = days * 8 - hours
        return YearNorm(
            year,
            days,
            len(cuts),
            int(forty) if forty.is_integer() else forty,
            round(days * 7.2 - hours, 2),
            round(days * 4.8 - hours, 2),
            self._is_doubtful(first, last),
        )

    def _is_doubtful(self, first: date, last: date) -> bool:
        return self.line.is_doubtful(self.midnight(first), self.midnight(last))

    def check_days(self, first: date, last: date) -> None:
        """In strict mode, refuse a range of days with a provisional one in it."""
        if self.line.horizon == "strict":
            self.line.check_horizon(self.midnight(first), self.midnight(last))

    def midnight(self, day: date) -> int:
        """UTC microseconds of the beginning of a civil day."""
        index = self.line.covering_day(plain_date(day))
        return index.midnights[day.toordinal() - index.base]

    def to_dict(self) -> dict[str, Any]:
        """The schedule, the production calendar and the horizon as plain data, fit for TOML and JSON."""
        return {
            "horizon": self.horizon,
            "schedule": self.schedule.to_dict(),
            "production": self.production.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_dict` gave; what is left out has its default.

        >>> from salesreg.calendars import BusinessCalendar
        >>> calendar = BusinessCalendar.russia(horizon="strict")
        >>> BusinessCalendar.from_toml(calendar.to_toml()) == calendar
        True

        Raises:
            ScheduleError: if the data is not of a calendar.
        """
        if unknown := sorted(set(table(data, "a calendar")) - {"horizon", "schedule", "production"}):
            raise ScheduleError(f"unknown keys {unknown}: a calendar has horizon, schedule and production")
        schedule, production = data.get("schedule"), data.get("production")
        return cls(
            None if schedule is None else WorkSchedule.from_dict(schedule),
            None if production is None else ProductionCalendar.from_dict(production),
            data.get("horizon", "provisional"),
        )

    def __eq__(self, other: object) -> bool:
        return self.line == other.line if isinstance(other, DayCalendar) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.line)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.schedule!r}, {self.production!r}, {self.horizon!r})"
