"""Hours as people give them: shifts of a day, of each day of a week, of single dates."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from typing import Literal, Self, cast

from attrs import field, frozen

from salesreg.calendars.clock import DAY, MICROSECOND, ZERO, is_date
from salesreg.errors import ScheduleError

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?")

Hours = str | Iterable[str]
Hourly = tuple["Shift", ...]


def offset_of(clock: str | time | timedelta) -> timedelta:
    """A time of day as time since midnight; ScheduleError if it is none."""
    if isinstance(clock, timedelta):
        return clock
    if isinstance(clock, time):
        return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)
    match = _CLOCK.fullmatch(str(clock).strip())
    if match is None:
        raise ScheduleError(f"{clock!r} is not a time of day: write it as HH:MM")
    hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3] or 0)
    if hours > 24 or minutes > 59 or seconds > 59 or (hours == 24 and (minutes or seconds)):
        raise ScheduleError(f"{clock!r} is not a time of day: hours go to 24:00, minutes to 59")
    micros = int((match[4] or "0").ljust(6, "0"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=micros)


def clock_text(offset: timedelta) -> str:
    """Time since midnight as a time of day."""
    within = offset if offset == DAY else offset % DAY
    seconds, micros = divmod(within // MICROSECOND, 1_000_000)
    said = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
    if seconds % 60 or micros:
        said += f":{seconds % 60:02}"
    return f"{said}.{micros:06}" if micros else said


@frozen(order=True)
class Shift:
    """One stretch of presence, from `start` up to but not including `end`.

    Both count from the midnight that begins the day; a night shift ends after 24 hours and belongs to the day on
    which it starts.

    >>> Shift.parse("22:00-06:00")
    Shift('22:00-06:00')
    >>> Shift.parse("22:00-06:00").length
    datetime.timedelta(seconds=28800)
    """

    start: timedelta = field(converter=offset_of)
    end: timedelta = field(converter=offset_of)

    def __attrs_post_init__(self) -> None:
        # The part of a night shift after its lunch starts on the second day.
        if not ZERO <= self.start < 2 * DAY:
            raise ScheduleError(f"a shift starts on its own day, not at {self.start}")
        if not self.start < self.end <= self.start + DAY:
            raise ScheduleError(f"a shift lasts more than nothing and at most 24 hours, not {self.end - self.start}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``"09:00-13:00"``; an end not after the start is on the next day.

        Raises:
            ScheduleError: if the text is not two times of day.
        """
        halves = re.split(r"\s*[-–—]\s*", str(text).strip())
        if len(halves) != 2:
            raise ScheduleError(f"{text!r} is not a shift: write it as HH:MM-HH:MM")
        start, end = offset_of(halves[0]), offset_of(halves[1])
        return cls(start, end if end > start else end + DAY)

    @property
    def length(self) -> timedelta:
        """How long the shift lasts by the clock on the wall."""
        return self.end - self.start

    def __str__(self) -> str:
        return f"{clock_text(self.start)}-{clock_text(self.end)}"

    def __repr__(self) -> str:
        return f"Shift('{self}')"


@frozen
class PlanItem:
    """A stretch of a day's plan: work, a break or lunch; times count from midnight."""

    kind: Literal["work", "break", "lunch"]
    start: timedelta
    end: timedelta

    def __str__(self) -> str:
        return f"{clock_text(self.start)}-{clock_text(self.end)} {self.kind}"


def merged(hours: Hours | Iterable[Shift]) -> tuple[Shift, ...]:
    """Shifts in order, touching ones made one; ScheduleError if two overlap, or one starts on another day."""
    if not isinstance(hours, Iterable):
        raise ScheduleError(f"hours are such as '09:00-18:00', or several of them, not {hours!r}")
    given: list[str | Shift] = re.split(r"\s*,\s*", hours) if isinstance(hours, str) else list(hours)
    shifts = [shift if isinstance(shift, Shift) else Shift.parse(shift) for shift in given if shift != ""]
    if late := [shift for shift in shifts if shift.start >= DAY]:
        raise ScheduleError(f"a shift starts before 24:00 of its day, not at {late[0].start}")
    joined: list[Shift] = []
    for shift in sorted(shifts):
        if joined and shift.start < joined[-1].end:
            raise ScheduleError(f"shifts {joined[-1]} and {shift} overlap")
        touches = bool(joined) and shift.start == joined[-1].end
        joined.append(Shift(joined.pop().start, shift.end) if touches else shift)
    return tuple(joined)


def optional_shift(shift: Shift | str | tuple[str | time, str | time] | None) -> Shift | None:
    """A shift from any of its spellings, or none."""
    if shift is None or isinstance(shift, Shift):
        return shift
    if isinstance(shift, str):
        return Shift.parse(shift)
    try:
        start, end = shift
    except (TypeError, ValueError):
        raise ScheduleError(f"lunch is one stretch such as '13:00-14:00', not {shift!r}") from None
    return Shift(start, end)


def inside(inner: Shift, outer: Shift) -> bool:
    """Whether a shift holds another, which may lie on its second day."""
    return any(outer.start <= inner.start + shift and inner.end + shift <= outer.end for shift in (ZERO, DAY))


def common(one: Hourly, other: Hourly) -> Hourly:
    """What both have."""
    both = ((max(a.start, b.start), min(a.end, b.end)) for a in one for b in other)
    return merged([Shift(start, end) for start, end in both if start < end])


def either(one: Hourly, other: Hourly) -> Hourly:
    """What either has."""
    joined: list[Shift] = []
    for shift in sorted((*one, *other)):
        if joined and shift.start <= joined[-1].end:
            joined.append(Shift(joined[-1].start, max(joined.pop().end, shift.end)))
        else:
            joined.append(shift)
    return tuple(joined)


def without(shift: Shift, lunch: Shift) -> Iterable[Shift]:
    """What is left of a shift around a lunch."""
    # The lunch of a night shift may lie after midnight, on the shift's second day.
    for offset in (ZERO, DAY):
        start, end = max(lunch.start + offset, shift.start), min(lunch.end + offset, shift.end)
        if start < end:
            if shift.start < start:
                yield Shift(shift.start, start)
            if end < shift.end:
                yield Shift(end, shift.end)
            return
    yield shift


def shortened(shifts: Hourly, cut: timedelta) -> Hourly:
    """Shifts with so much off their end; ScheduleError if nothing is left."""
    kept = list(shifts)
    while kept and cut > ZERO:
        last = kept.pop()
        if cut < last.length:
            kept.append(Shift(last.start, last.end - cut))
        cut -= min(cut, last.length)
    if not kept:
        raise ScheduleError(f"hours of {', '.join(map(str, shifts))} are shortened to nothing")
    return tuple(kept)


# -- weeks and dates ---------------------------------------------------------------------------------------------------

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Week = tuple[Hourly, ...]
Dates = tuple[tuple[date, Hourly], ...]


def week_of(week: Mapping[str, Hours] | Iterable[Iterable[Shift]] | None) -> Week | None:
    """The hours of each day of a week, or of several weeks that take turns."""
    if week is None:
        return None
    if isinstance(week, Mapping):
        named = cast("Mapping[str, Hours]", week)
        if unknown := [day for day in named if day not in WEEKDAYS]:
            raise ScheduleError(f"unknown weekdays {unknown}: they are {', '.join(WEEKDAYS)}")
        week = [hours_of(named.get(day, ()), day) for day in WEEKDAYS]
    if not isinstance(week, Iterable):
        raise ScheduleError(f"a week is hours by weekday such as {{'mon': '09:00-18:00'}}, not {week!r}")
    found = tuple(merged(shifts) for shifts in week)
    if not found or len(found) % 7:
        raise ScheduleError(f"a week has 7 days, and a rota so many weeks, not {len(found)} days")
    return found


def hours_of(hours: Hours | Hourly, day: object) -> Hourly:
    """The hours of a day, which an error names."""
    try:
        return merged(hours)
    except ScheduleError as wrong:
        raise ScheduleError(f"{day}: {wrong}") from None


def dates_of(hours: Mapping[date | tuple[date, date], Hours | None] | Iterable[tuple[date, Hourly]]) -> Dates:
    """The hours of dates, and of each date of a range, in order; no hours for a day off."""
    found: dict[date, tuple[Shift, ...]] = {}
    if not isinstance(hours, Mapping | tuple):
        raise ScheduleError(f"hours of dates are given by date, not {hours!r}")
    for days, given in list(hours.items()) if isinstance(hours, Mapping) else hours:
        first, last = days if isinstance(days, tuple) else (days, days)
        if not is_date(first) or not is_date(last) or not first <= last <= first + 366 * DAY:
            raise ScheduleError(f"hours are those of a date, or of a year of them from first to last, not {days!r}")
        shifts = hours_of(given or (), first)
        found |= {first + DAY * number: shifts for number in range((last - first).days + 1)}
    return tuple(sorted(found.items()))


def zone_of(name: str) -> str:
    """The name of a time zone that is known."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        raise ScheduleError(f"unknown time zone {name!r}: use an IANA name such as Europe/Moscow") from None
    return name
