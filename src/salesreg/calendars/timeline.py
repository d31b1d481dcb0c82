"""A schedule on a production calendar as one line of time that grows by whole years."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from attrs import define, field
from pendulum import DateTime, Timezone

from salesreg.calendars.clock import DAY_US, EPOCH, MICROSECOND, MINUTE_US, SECOND_US, Clock, Instant, plain_date
from salesreg.calendars.days import Mark
from salesreg.calendars.index import Index, YearBlock, own_mark
from salesreg.calendars.production import ProductionCalendar
from salesreg.calendars.schedule import WorkSchedule
from salesreg.errors import BusinessTimeError, CalendarHorizonError, NaiveDatetimeError

Horizon = Literal["provisional", "strict"]
_EMPTY: Final = Index((), anchor=1, spill=0)


@define(eq=False, repr=False)
class Timeline:
    """An index that grows, and the way from instants to numbers and back.

    Whoever asks it looks into `index` first and falls back on `covering…`, which grow it: the snapshot they get is
    consistent, whatever other threads do meanwhile.

    Attributes:
        guarded: whether the horizon is strict.
        clock, tz, zone: the schedule's time zone.
        tables: those of the batch arithmetic, kept with the timeline they were made from.
    """

    schedule: WorkSchedule
    production: ProductionCalendar
    horizon: Horizon = "provisional"
    index: Index = field(default=_EMPTY, init=False)
    tables: object = field(default=None, init=False)
    guarded: bool = field(init=False)
    clock: Clock = field(init=False)
    tz: Timezone = field(init=False)
    zone: ZoneInfo = field(init=False)
    _blocks: tuple[YearBlock, ...] = field(default=(), init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        if self.horizon not in ("provisional", "strict"):
            raise BusinessTimeError(f"the horizon is 'provisional' or 'strict', not {self.horizon!r}")
        self.guarded = self.horizon == "strict"
        self.clock = Clock(self.schedule.timezone)
        self.tz, self.zone = self.clock.tz, self.clock.zone

    def __reduce__(self) -> tuple[type[Timeline], tuple[WorkSchedule, ProductionCalendar, Horizon]]:
        return type(self), (self.schedule, self.production, self.horizon)

    def grow(self, year: int) -> Index:
        """The index with a year in it, and with all years between."""
        with self._lock:
            blocks = self._blocks
            first, last = (blocks[0].year, blocks[-1].year) if blocks else (year, year - 1)
            earlier = [self._block(missing) for missing in range(year, first)]
            later = [self._block(missing) for missing in range(last + 1, year + 1)]
            if earlier or later:
                anchor = self.index.anchor if blocks else year
                self._blocks = blocks = (*earlier, *blocks, *later)
                self.index = Index(blocks, anchor, self.schedule.spill // MICROSECOND)
            return self.index

    def _block(self, year: int) -> YearBlock:
        found = self.production.year(year)
        if found.provisional and self.guarded:
            raise CalendarHorizonError(
                f"{year} is not decreed yet, the calendar is known up to {self.production.decreed_until}; "
                "allow provisional days to reckon beyond"
            )
        return YearBlock(year, self.schedule, found, self.clock)

    def later(self, index: Index) -> Index:
        """An index that reaches further into the future, by more the longer it is already."""
        step = 1 + (index.last_year - index.first_year) // 4
        limit = self.production.last_year
        if self.guarded and self.production.decreed_until is not None:
            limit = self.production.decreed_until
        return self.grow(max(index.last_year + 1, min(index.last_year + step, limit)))

    def earlier(self, index: Index) -> Index:
        """An index that reaches a year further into the past."""
        return self.grow(index.first_year - 1)

    def covering_year(self, year: int) -> Index:
        """An index that holds a year."""
        index = self.index
        return index if index.first_year <= year <= index.last_year else self.grow(year)

    def covering_day(self, day: date) -> tuple[Index, int]:
        """An index that holds a civil day, and the number of the day in it."""
        index = self.covering_year(day.year)
        return index, day.toordinal() - index.base

    def ranked(self, index: Index, rank: int) -> tuple[Index, int]:
        """The place of the working day with a number, and the index that has it."""
        while not 0 <= rank - index.rank < index.count:
            index = self.earlier(index) if rank < index.rank else self.later(index)
        return index, rank - index.rank

    def shift(self, us: int, worked: int) -> tuple[Index, int, int]:
        """An instant moved by working time, as (index, segment, instant).

        Forward it is the earliest instant by which so much is worked, backward the latest with so much still to
        come; by nothing it is the instant itself in working time, else the next opening.
        """
        index = self.index
        if not index.low <= us < index.high:
            index = self.covering(us)
        starts, done = index.starts, index.worked
        number = bisect_right(starts, us) - 1
        if number < 0:
            number, target = 0, index.floor + worked
        else:
            end = index.ends[number]
            if us < end and starts[number] <= us + worked <= end:
                return index, number, us + worked
            target = done[number] + (min(end, us)) - starts[number] + worked
        if worked > 0 and target <= index.total:
            number = bisect_left(done, target, number) - 1
            return index, number, starts[number] + target - done[number]
        return self._shift_far(index, us, worked, target)

    def _shift_far(self, index: Index, us: int, worked: int, target: int) -> tuple[Index, int, int]:
        if worked > 0:
            while target > index.total:
                index = self.later(index)
            number = bisect_left(index.worked, target) - 1
        elif worked < 0:
            while target < index.floor:
                index = self.earlier(index)
            number = bisect_right(index.worked, target) - 1
        else:
            while (number := bisect_right(index.starts, us)) >= len(index.starts):
                index = self.later(index)
            return index, number, index.starts[number]
        return index, number, index.starts[number] + target - index.worked[number]

    def last_worked(self, us: int) -> tuple[Index, int, int]:
        """The latest instant at or before another up to which people worked, as (index, segment, instant)."""
        index = self.covering(us)
        while (number := bisect_left(index.starts, us) - 1) < 0:
            index = self.earlier(index)
        return index, number, min(us, index.ends[number])

    def covering(self, us: int) -> Index:
        """An index that answers for an instant."""
        index = self.index
        if index.low <= us < index.high:
            return index
        try:
            index = self.covering_year((EPOCH + timedelta(microseconds=us)).astimezone(self.clock.zone).year)
        except OverflowError:
            raise CalendarHorizonError("the calendar does not reach that far") from None
        # The night shift of the last day of a year reaches into the next.
        return index if us >= index.low else self.earlier(index)

    def micros(self, moment: datetime) -> int:
        """UTC microseconds of an aware datetime; NaiveDatetimeError for anything else."""
        try:
            zone = moment.tzinfo
        except AttributeError:
            raise NaiveDatetimeError(f"an instant is an aware datetime, not {moment!r}") from None
        if zone is self.tz or zone is self.zone:
            # Asking the zone for its offset costs more than all the rest.
            index = self.index
            number = moment.toordinal() - index.base
            if 0 <= number < index.days and index.uniform[number]:
                wall = (moment.hour * 60 + moment.minute) * 60 + moment.second
                return index.midnights[number] + wall * SECOND_US + moment.microsecond
        try:
            # pendulum overrides the subtraction and is slow at it.
            since = datetime.__sub__(moment, EPOCH)
        except TypeError:
            raise NaiveDatetimeError(f"{moment} has no time zone: an instant needs one, such as +03:00") from None
        return (since.days * 86_400 + since.seconds) * SECOND_US + since.microseconds

    def instant(self, us: int) -> DateTime:
        """An instant as a pendulum datetime in the calendar's zone."""
        index = self.index
        if index.midnights[0] <= us < index.high:
            number = index.day_of(us)
            if index.uniform[number]:
                return self.wall_time(index.civil[number], us - index.midnights[number])
        return self.clock.local(us)

    def wall_time(self, day: date, us: int) -> DateTime:
        """A time of a civil day that has one offset throughout."""
        minutes, micros = divmod(us, MINUTE_US)
        hour, minute = divmod(minutes, 60)
        second = 0
        if micros:
            second, micros = divmod(micros, SECOND_US)
        return Instant(day.year, day.month, day.day, hour, minute, second, micros, self.tz)

    def in_segment(self, index: Index, segment: int, us: int) -> DateTime:
        """An instant of a segment, or its end: its working day tells the date without a search."""
        number = index.owners[segment] - index.base
        since = us - index.midnights[number]
        if 0 <= since < DAY_US and index.uniform[number]:
            return self.wall_time(index.civil[number], since)
        return self.instant(us)

    def midnight(self, day: date) -> int:
        """UTC microseconds of the beginning of a civil day."""
        index, number = self.covering_day(plain_date(day))
        return index.midnights[number]

    def works(self, day: date) -> bool:
        """Whether people work on a day."""
        index, number = self.covering_day(plain_date(day))
        self.check_horizon(index.midnights[number], index.midnights[number])
        return index.working[number] == 1

    def mark(self, day: date) -> Mark:
        """Why a day works or does not, the schedule's own week considered."""
        return own_mark(self.schedule, day, self.production.mark(plain_date(day)))

    def check_days(self, first: date, last: date) -> None:
        """In strict mode, refuse a range of days with a provisional one in it."""
        if self.guarded:
            self.check_horizon(self.midnight(first), self.midnight(last))

    def check_horizon(self, first: int, last: int) -> None:
        """In strict mode, refuse a range of instants with a provisional day in it."""
        if self.guarded and self.is_doubtful(first, last):
            raise CalendarHorizonError(
                f"a day between {self.instant(first).date()} and {self.instant(last).date()} is only estimated; "
                "allow provisional days to reckon with it"
            )

    def is_doubtful(self, first: int, last: int) -> bool:
        """Whether any civil day from one instant to another is provisional."""
        index = self.index
        if not (index.low <= first < index.high and index.low <= last < index.high):
            self.covering(first)
            index = self.covering(last)
        if index.doubts is None:
            return False
        before, after = index.doubts[index.day_of(min(first, last))], index.doubts[index.day_of(max(first, last)) + 1]
        return after != before
