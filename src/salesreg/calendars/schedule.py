"""Weekly working hours: when a working day opens, pauses for lunch and closes, and in which time zone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, time, timedelta
from functools import lru_cache
from math import lcm
from typing import Any, Self

from attrs import evolve, field, frozen

from salesreg.calendars.clock import DAY, MINUTE, ZERO, is_date
from salesreg.calendars.files import Saved, iso_date, minutes, table
from salesreg.calendars.shifts import (
    WEEKDAYS,
    Dates,
    Hourly,
    Hours,
    PlanItem,
    Shift,
    Week,
    common,
    dates_of,
    either,
    hours_of,
    inside,
    merged,
    offset_of,
    optional_shift,
    shortened,
    week_of,
    without,
    zone_of,
)
from salesreg.errors import ScheduleError


@frozen
class WorkSchedule(Saved):
    """The hours of a firm, a department or one employee.

    Without `week`, the production calendar says which days work and all have the hours of `day`. With `week`, the
    week is the schedule's own: a weekday with hours works even if it is a weekend by the country's calendar, and
    one without is off, while public holidays and moved days still come from the production calendar. A working day
    on a weekday without hours of its own (a moved Saturday) has the hours of `day`.

    Attributes:
        day: the shifts of an ordinary working day.
        timezone: the IANA zone in which the hours are meant.
        week: the shifts of each weekday from Monday, or None; of several weeks if it is a rota.
        since: the Monday on which the first week of a rota begins.
        dates: the hours of single dates, which are as given: neither lunch nor the cut of a short day comes off them. A
            date with hours works whatever the calendar says, one with none is off.
        lunch: unpaid, cut out of the shifts it falls in.
        break_every: presence after which a short break is due, counted from the start of each shift.
        break_length: the length of that break.
        breaks_count: whether short breaks count as working time, so that no clock stops.

    Raises:
        ScheduleError: if the hours, the lunch, the breaks or the zone cannot be; by `presence`, `working` and `plan`,
            if a cut leaves nothing of a day; by any `from_…`, if the data or the text is not of a schedule.

    >>> from datetime import timedelta
    >>> schedule = WorkSchedule.standard(start="10:00", end="19:00", timezone="Asia/Yekaterinburg")
    >>> [str(shift) for shift in schedule.working(0)]
    ['10:00-13:00', '14:00-19:00']
    >>> [str(shift) for shift in schedule.working(0, cut=timedelta(hours=1))]
    ['10:00-13:00', '14:00-18:00']
    """

    day: tuple[Shift, ...] = field(converter=merged)
    timezone: str = field(default="Europe/Moscow", converter=zone_of)
    week: Week | None = field(default=None, converter=week_of, kw_only=True)
    since: date | None = field(default=None, kw_only=True)
    dates: Dates = field(default=(), converter=dates_of, kw_only=True)
    lunch: Shift | None = field(default=None, converter=optional_shift, kw_only=True)
    break_every: timedelta | None = field(default=None, kw_only=True)
    break_length: timedelta | None = field(default=None, kw_only=True)
    breaks_count: bool = field(default=True, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.day:
            raise ScheduleError("a schedule without working hours: give at least one shift")
        week = self.week or (self.day,) * 7
        if (len(week) > 7) != (self.since is not None) or (self.since is not None and self.since.weekday() != 0):
            raise ScheduleError(f"a rota of several weeks begins on a Monday, given as since=, not on {self.since}")
        for weekday, shifts in enumerate(week):
            following = week[(weekday + 1) % len(week)]
            if shifts and following and shifts[-1].end - DAY > following[0].start:
                raise ScheduleError(f"the night shift {shifts[-1]} overlaps the next day's {following[0]}")
        if self.lunch and not any(inside(self.lunch, shift) for shifts in (self.day, *week) for shift in shifts):
            raise ScheduleError(f"lunch {self.lunch} lies in no shift: move it, or give lunch=None")
        if any(not isinstance(one, timedelta | None) for one in (self.break_every, self.break_length)):
            raise ScheduleError(f"breaks are timedeltas, not {self.break_every!r} and {self.break_length!r}")
        if (self.break_every is None) != (self.break_length is None):
            raise ScheduleError("breaks need both break_every and break_length")
        if self.break_every and self.break_length and not ZERO < self.break_length < self.break_every:
            raise ScheduleError(f"a break of {self.break_length} does not fit into every {self.break_every}")

    @classmethod
    def standard(
        cls,
        *,
        start: str | time = "09:00",
        end: str | time = "18:00",
        lunch: str | tuple[str | time, str | time] | None = "13:00-14:00",
        timezone: str = "Europe/Moscow",
        break_every: timedelta | None = None,
        break_length: timedelta | None = None,
        breaks_count: bool = True,
    ) -> Self:
        """The same hours on every working day of the production calendar; an end before the start is a night shift."""
        begin, close = offset_of(start), offset_of(end)
        return cls(
            (Shift(begin, close if close > begin else close + DAY),),
            timezone,
            lunch=optional_shift(lunch),
            break_every=break_every,
            break_length=break_length,
            breaks_count=breaks_count,
        )

    @classmethod
    def weekly(
        cls,
        week: Mapping[str, Hours],
        *,
        day: Hours | None = None,
        timezone: str = "Europe/Moscow",
        lunch: str | tuple[str | time, str | time] | None = None,
    ) -> Self:
        """Hours by weekday (`mon` … `sun`); `day` is for working days on other weekdays, by default the first's.

        >>> shop = WorkSchedule.weekly({"tue": "10:00-19:00", "sat": ["10:00-13:00", "14:00-16:00"]})
        >>> [str(shift) for shift in shop.working(5)], shop.works_on(0)
        (['10:00-13:00', '14:00-16:00'], False)
        """
        first = next((shifts for shifts in week_of(week) or () if shifts), ())
        return cls(first if day is None else merged(day), timezone, week=week, lunch=optional_shift(lunch))

    @classmethod
    def rota(
        cls,
        weeks: Iterable[Mapping[str, Hours]],
        *,
        since: date,
        timezone: str = "Europe/Moscow",
        lunch: str | tuple[str | time, str | time] | None = None,
    ) -> Self:
        """Weeks that take turns, the first of them beginning on a Monday.

        >>> late = {"mon": "14:00-22:00", "tue": "14:00-22:00"}
        >>> shifts = WorkSchedule.rota([{"mon": "06:00-14:00"}, late], since=date(2026, 1, 5))
        >>> [str(shift) for shift in shifts.working(date(2026, 1, 12))], shifts.works_on(date(2026, 1, 6))
        (['14:00-22:00'], False)
        """
        if not is_date(since) or not isinstance(weeks, Iterable):
            raise ScheduleError(f"a rota is several weeks since a Monday, not {weeks!r} since {since!r}")
        each = [week_of(week) or () for week in weeks]
        days = tuple(shifts for week in each for shifts in week)
        first = next((shifts for shifts in days if shifts), ())
        return cls(first, timezone, week=days, since=since if len(each) > 1 else None, lunch=optional_shift(lunch))

    @classmethod
    def cycle(
        cls,
        days: Iterable[Hours | None],
        *,
        since: date,
        timezone: str = "Europe/Moscow",
        lunch: str | tuple[str | time, str | time] | None = None,
    ) -> Self:
        """Days that take turns whatever the weekday, `since` being the first of them: two on and two off.

        Who works on holidays as well needs a calendar without any: ``ProductionCalendar.plain(weekend=())``.

        >>> guard = WorkSchedule.cycle(["08:00-20:00", "08:00-20:00", None, None], since=date(2026, 1, 1))
        >>> [guard.works_on(date(2026, 1, day)) for day in (1, 2, 3, 4, 5)]
        [True, True, False, False, True]
        """
        if not is_date(since) or isinstance(days, str) or not isinstance(days, Iterable):
            raise ScheduleError(f"a cycle is several days since a date, not {days!r} since {since!r}")
        each = [hours_of(hours or (), f"day {number}") for number, hours in enumerate(days, 1)]
        turns = [each[(day - since.weekday()) % len(each)] for day in range(lcm(len(each), 7))] if each else []
        first, monday = next((shifts for shifts in turns if shifts), ()), since - DAY * since.weekday()
        return cls(first, timezone, week=turns, since=monday if len(turns) > 7 else None, lunch=optional_shift(lunch))

    def with_hours(self, hours: Mapping[date | tuple[date, date], Hours | None]) -> Self:
        """The schedule with other hours on some dates, or from one date to another; None where they are off.

        >>> firm = WorkSchedule.standard().with_hours({date(2026, 12, 31): "10:00-12:00, 13:00-16:00"})
        >>> [str(shift) for shift in firm.working(date(2026, 12, 31))]
        ['10:00-12:00', '13:00-16:00']
        >>> leave = firm.with_hours({(date(2026, 7, 6), date(2026, 7, 19)): None})
        >>> leave.works_on(date(2026, 7, 10))
        False
        """
        return evolve(self, dates=(*self.dates, *dates_of(hours)))

    def __and__(self, other: WorkSchedule) -> Self:
        """The hours that both have."""
        return self._joined(other, common)

    def __or__(self, other: WorkSchedule) -> Self:
        """The hours that either has."""
        return self._joined(other, either)

    def _joined(self, other: WorkSchedule, how: Callable[[Hourly, Hourly], Hourly]) -> Self:
        if not isinstance(other, WorkSchedule):
            raise ScheduleError(f"a schedule is joined with another, not with {other!r}")
        if self.timezone != other.timezone or (self.week is None) != (other.week is None):
            raise ScheduleError("schedules are joined in one time zone, and both have a week of their own or neither")
        since = self.since or other.since
        length = max(len(one.week or ()) for one in (self, other))
        if self.since and other.since:
            length = 7 * lcm(len(self.week or ()) // 7, len(other.week or ()) // 7)
        monday = since or date(2001, 1, 1)
        plain = [evolve(one, dates=()) for one in (self, other)]
        week = [
            how(*(one.working(day) if one.works_on(day) else () for one in plain))
            for day in (monday + DAY * number for number in range(length))
        ]
        dates = {
            day: how(*(one.working(day) if one.works_on(day) is not False else () for one in (self, other)))
            for day, _ in (*self.dates, *other.dates)
        }
        return type(self)(
            how(*(one.working(0) for one in plain)) if not length else next((each for each in week if each), ()),
            self.timezone,
            week=week or None,
            since=since,
            dates=tuple(dates.items()),
        )

    @classmethod
    def always(cls, timezone: str = "UTC") -> Self:
        """Round the clock, every day of the week: 24/7 on a calendar without holidays."""
        return cls("00:00-24:00", timezone, week=dict.fromkeys(WEEKDAYS, "00:00-24:00"))

    @property
    def spill(self) -> timedelta:
        """How far the longest night shift reaches into the next day."""
        dated = (shifts for _, shifts in self.dates)
        latest = max(shifts[-1].end for shifts in (self.day, *(self.week or ()), *dated) if shifts)
        return max(latest - DAY, ZERO)

    def with_timezone(self, timezone: str) -> Self:
        """The same hours in another zone."""
        return evolve(self, timezone=timezone)

    def hours_on(self, day: date) -> tuple[Shift, ...] | None:
        """The hours that a date has of its own; none at all if it is off, None if it is like others."""
        return _mapped(self.dates).get(day) if self.dates else None

    def place(self, day: date | int) -> int:
        """Which day of the week, or of the rota, a date or a weekday (0 is Monday) is."""
        if isinstance(day, int):
            return day
        return day.weekday() if self.since is None else (day - self.since).days % len(self.week or ())

    def works_on(self, day: date | int) -> bool | None:
        """Whether the schedule itself works on a date or weekday; None leaves it to the production calendar."""
        own = None if isinstance(day, int) else self.hours_on(day)
        if own is not None:
            return bool(own)
        return None if self.week is None else bool(self.week[self.place(day)])

    def presence(self, day: date | int, cut: timedelta = ZERO) -> tuple[Shift, ...]:
        """The shifts of a working day without its lunch; a short day's `cut` comes off its end."""
        own = None if isinstance(day, int) else self.hours_on(day)
        return own if own is not None else _presence(self, self.place(day), cut)

    def working(self, day: date | int, cut: timedelta = ZERO) -> tuple[Shift, ...]:
        """What counts as working time on a working day: presence, less breaks where those do not count."""
        if self.breaks_count:
            return self.presence(day, cut)
        return tuple(Shift(item.start, item.end) for item in self.plan(day, cut) if item.kind == "work")

    def plan(self, day: date | int, cut: timedelta = ZERO) -> tuple[PlanItem, ...]:
        """Work, breaks and lunch of a working day, in order.

        >>> morning = WorkSchedule("09:00-12:00", break_every=timedelta(hours=1), break_length=timedelta(minutes=10))
        >>> [str(item) for item in morning.plan(0)][:3]
        ['09:00-10:00 work', '10:00-10:10 break', '10:10-11:00 work']
        """
        items: list[PlanItem] = []
        for shift in self.presence(day, cut):
            if self.lunch and items and items[-1].end == self.lunch.start and shift.start == self.lunch.end:
                items.append(PlanItem("lunch", self.lunch.start, self.lunch.end))
            items.extend(self._with_breaks(shift))
        return tuple(items)

    def _with_breaks(self, shift: Shift) -> Iterable[PlanItem]:
        begin = shift.start
        if self.break_every and self.break_length:
            pause = shift.start + self.break_every
            # A break that touches lunch or the close would only lengthen it.
            while pause + self.break_length < shift.end:
                yield PlanItem("work", begin, pause)
                begin = pause + self.break_length
                yield PlanItem("break", pause, begin)
                pause += self.break_every
        yield PlanItem("work", begin, shift.end)

    def to_dict(self) -> dict[str, Any]:
        """The schedule as plain data, fit for TOML and JSON."""
        data: dict[str, Any] = {"timezone": self.timezone, "day": _texts(self.day)}
        if self.week is not None:
            weeks = [
                {day: _texts(shifts) for day, shifts in zip(WEEKDAYS, self.week[first:], strict=False) if shifts}
                for first in range(0, len(self.week), 7)
            ]
            data["week"] = weeks if self.since else weeks[0]
        if self.since:
            data["since"] = self.since.isoformat()
        if self.dates:
            data["dates"] = {day.isoformat(): _texts(shifts) for day, shifts in self.dates}
        if self.lunch:
            data["lunch"] = str(self.lunch)
        if self.break_every and self.break_length:
            data["breaks"] = {
                "every_minutes": self.break_every / MINUTE,
                "length_minutes": self.break_length / MINUTE,
                "count_as_work": self.breaks_count,
            }
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_dict` gave.

        >>> WorkSchedule.from_dict(WorkSchedule.standard().to_dict()) == WorkSchedule.standard()
        True
        """
        known = {"timezone", "day", "week", "since", "dates", "lunch", "breaks"}
        if unknown := sorted(set(table(data, "a schedule")) - known):
            raise ScheduleError(f"unknown keys {unknown} in a schedule: they are {sorted(known)}")
        if "day" not in data:
            raise ScheduleError("a schedule needs the key 'day' with its hours")
        week, since = data.get("week"), data.get("since")
        if week is not None:
            weeks = [
                week_of({day: _hours(hours, day) for day, hours in table(each, "'week'").items()}) or ()
                for each in (week if isinstance(week, list) else [week])
            ]
            week = tuple(shifts for each in weeks for shifts in each)
        dates = table(data.get("dates", {}), "'dates'")
        return cls(
            _hours(data["day"], "day"),
            data.get("timezone", "Europe/Moscow"),
            week=week,
            since=None if since is None else iso_date(since),
            dates=tuple((iso_date(day), hours_of(_hours(hours, day), day)) for day, hours in dates.items()),
            lunch=_lunch(data.get("lunch")),
            **_breaks(table(data.get("breaks", {}), "'breaks'")),
        )


def _texts(shifts: Iterable[Shift]) -> list[str]:
    return [str(shift) for shift in shifts]


def _hours(hours: Any, day: str) -> Hours:
    if isinstance(hours, str | list | tuple):
        return hours
    raise ScheduleError(f"{day!r} is hours such as '09:00-18:00' or a list of them, not {hours!r}")


def _lunch(given: Any) -> str | tuple[str, str] | None:
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, list | tuple) and len(given) == 2:
        return given[0], given[1]
    raise ScheduleError(f"'lunch' is one stretch such as '13:00-14:00', not {given!r}")


def _breaks(data: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(data) - {"every_minutes", "length_minutes", "count_as_work"}):
        raise ScheduleError(f"unknown keys {unknown} in 'breaks': give every_minutes, length_minutes, count_as_work")
    count = data.get("count_as_work", True)
    if not isinstance(count, bool):
        raise ScheduleError(f"'count_as_work' is true or false, not {count!r}")
    lengths = {"break_every": "every_minutes", "break_length": "length_minutes"}
    given = {name: minutes(data[key], f"{key!r}") for name, key in lengths.items() if key in data}
    return {**given, "breaks_count": count}


@lru_cache(maxsize=64)
def _mapped(dates: Dates) -> Mapping[date, tuple[Shift, ...]]:
    return dict(dates)


@lru_cache(maxsize=512)
def _presence(schedule: WorkSchedule, place: int, cut: timedelta) -> tuple[Shift, ...]:
    shifts = (schedule.week[place] if schedule.week else ()) or schedule.day
    if schedule.lunch:
        shifts = tuple(piece for shift in shifts for piece in without(shift, schedule.lunch))
    return shortened(shifts, cut)
