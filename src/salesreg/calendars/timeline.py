"""A schedule on a production calendar as one line of time that grows by whole years."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from pendulum import DateTime, Timezone

from salesreg.calendars.days import ProductionYear
from salesreg.calendars.index import DAY_US, EPOCH, MICROSECOND, MINUTE_US, SECOND_US, Clock, Index, YearBlock
from salesreg.calendars.production import ProductionCalendar
from salesreg.calendars.schedule import WorkSchedule
from salesreg.errors import BusinessTimeError, CalendarHorizonError, NaiveDatetimeError

Horizon = Literal["provisional", "strict"]


class Timeline:
    """An index that grows, and the way from instants to numbers and back.

    Subclasses ask `_index` first and fall back on `covering…`, which grow it: the snapshot they get is consistent,
    whatever other threads do meanwhile.
    """

    __slots__ = (
        "__weakref__",
        "_blocks",
        "_lock",
        "batch",
        "clock",
        "guarded",
        "horizon",
        "index",
        "production",
        "schedule",
        "tz",
        "zone",
    )

    _EMPTY: ClassVar[Index] = Index.empty()

    def __init__(
        self, schedule: WorkSchedule, production: ProductionCalendar, horizon: Horizon = "provisional"
    ) -> None:
        if horizon not in ("provisional", "strict"):
            raise BusinessTimeError(f"the horizon is 'provisional' or 'strict', not {horizon!r}")
        self.schedule: WorkSchedule = schedule
        self.production: ProductionCalendar = production
        self.horizon: Horizon = horizon
        self._restart()

    def _restart(self) -> None:
        self.guarded: bool = self.horizon == "strict"
        self.clock: Clock = Clock(self.schedule.timezone)
        self.tz: Timezone = self.clock.tz
        self.zone: ZoneInfo = self.clock.zone
        self._blocks: tuple[YearBlock, ...] = ()
        self.index: Index = self._EMPTY
        # Tables of the batch arithmetic, kept with the timeline they were made from.
        self.batch: object = None
        self._lock: threading.Lock = threading.Lock()

    def __getstate__(self) -> tuple[WorkSchedule, ProductionCalendar, Horizon]:
        return self.schedule, self.production, self.horizon

    def __setstate__(self, state: tuple[WorkSchedule, ProductionCalendar, Horizon]) -> None:
        self.schedule, self.production, self.horizon = state
        self._restart()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Timeline):
            return NotImplemented
        return self.__getstate__() == other.__getstate__()

    def __hash__(self) -> int:
        return hash(self.__getstate__())

    def _year(self, year: int) -> ProductionYear:
        found = self.production.year(year)
        if found.provisional and self.horizon == "strict":
            raise CalendarHorizonError(
                f"{year} is not decreed yet, the calendar is known up to {self.production.decreed_until}; "
                "allow provisional days to reckon beyond"
            )
        return found

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
        return YearBlock(year, self.schedule, self._year(year), self.clock)

    def later(self, index: Index) -> Index:
        """An index that reaches further into the future, by more the longer it is already."""
        step = 1 + (index.last_year - index.first_year) // 4
        limit = self.production.last_year
        if self.horizon == "strict" and self.production.decreed_until is not None:
            limit = self.production.decreed_until
        return self.grow(max(index.last_year + 1, min(index.last_year + step, limit)))

    def earlier(self, index: Index) -> Index:
        """An index that reaches a year further into the past."""
        return self.grow(index.first_year - 1)

    def covering_year(self, year: int) -> Index:
        """An index that holds a year."""
        index = self.index
        return index if index.first_year <= year <= index.last_year else self.grow(year)

    def covering_day(self, day: date) -> Index:
        """An index that holds a civil day."""
        return self.covering_year(day.year)

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
        """UTC microseconds of an aware datetime.

        Raises:
            NaiveDatetimeError: for anything else.
        """
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
        return DateTime(day.year, day.month, day.day, hour, minute, second, micros, self.tz)

    def in_segment(self, index: Index, segment: int, us: int) -> DateTime:
        """An instant of a segment, or its end: its working day tells the date without a search."""
        number = index.owners[segment] - index.base
        since = us - index.midnights[number]
        if 0 <= since < DAY_US and index.uniform[number]:
            return self.wall_time(index.civil[number], since)
        return self.instant(us)

    def check_horizon(self, first: int, last: int) -> None:
        """In strict mode, refuse a range of instants with a provisional day in it."""
        if self.horizon == "strict" and self.is_doubtful(first, last):
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
        if first > last:
            first, last = last, first
        return index.is_doubtful(index.day_of(first), index.day_of(last))


def is_date(value: object) -> bool:
    """Whether a value is a date and not an instant."""
    return isinstance(value, date) and not isinstance(value, datetime)


def plain_date(day: date) -> date:
    """The date itself.

    Raises:
        BusinessTimeError: if it is not a date, or is an instant, whose date depends on the zone.
    """
    if not is_date(day):
        raise BusinessTimeError(f"a date is needed, not {day!r}")
    return day
