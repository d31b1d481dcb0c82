"""Shifts: stretches of a day with a beginning and an end."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time, timedelta
from typing import Self

from attrs import field, frozen

from salesreg.calendars.clock import DAY, MICROSECOND, ZERO
from salesreg.errors import ScheduleError

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?")

Hours = str | Iterable[str]


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
