"""The interval index: working time as sorted half-open intervals in UTC, precomputed year by year.

An index is an immutable snapshot over whole civil years. Growing makes a new one by putting a year before or after;
the numbers of days, working days and elapsed microseconds count from the year the index began with, so that they stay
what they were, whichever end grows.
"""

from __future__ import annotations

import zoneinfo
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final, Self

import pendulum

from salesreg.calendars.days import DayKind, ProductionYear
from salesreg.calendars.schedule import WorkSchedule
from salesreg.errors import CalendarHorizonError, ScheduleError

MICROSECOND: Final = timedelta(microseconds=1)
SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
DAY_US: Final = 86_400 * SECOND_US
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()


TimeOfDay = tuple[int, int, int, int]


class Clock:
    """A time zone, with the conversions that daylight saving makes delicate."""

    __slots__ = ("tz", "zone")

    def __init__(self, name: str) -> None:
        self.zone: zoneinfo.ZoneInfo = zoneinfo.ZoneInfo(name)
        self.tz: pendulum.Timezone = pendulum.timezone(name)

    def offset_us(self, wall: datetime) -> int:
        """The offset from UTC at a naive wall time; in an overlap the first, in a gap that before it."""
        offset = self.zone.utcoffset(wall)
        assert offset is not None, "an IANA zone has an offset at any time"  # noqa: S101  narrows for the type checker
        return offset // MICROSECOND

    def instant(self, day_ordinal: int, wall_us: int) -> int:
        """UTC microseconds of a wall time on a day: in a gap the first valid instant, in an overlap the first."""
        days, within = divmod(wall_us, DAY_US)
        wall = datetime.fromordinal(day_ordinal + days) + timedelta(microseconds=within)
        local = (day_ordinal - EPOCH_ORDINAL) * DAY_US + wall_us
        early = self.offset_us(wall)
        late = self.offset_us(wall.replace(fold=1))
        if early >= late:
            return local - early
        # In a gap the clock jumps from the wall time's own early side to its late side at one instant: bisect for it.
        low, high = local - late, local - early
        while high - low > 1:
            middle = (low + high) // 2
            if self.offset_at(middle) == early:
                low = middle
            else:
                high = middle
        return high

    def offset_at(self, us: int) -> int:
        """The offset from UTC in force at an instant."""
        offset = (EPOCH + timedelta(microseconds=us)).astimezone(self.zone).utcoffset()
        assert offset is not None, "an aware datetime has an offset"  # noqa: S101
        return offset // MICROSECOND

    def local(self, us: int) -> pendulum.DateTime:
        """An instant as a pendulum datetime in this zone."""
        try:
            at = (EPOCH + timedelta(microseconds=us)).astimezone(self.zone)
        except OverflowError:
            raise CalendarHorizonError("an instant beyond the years 1 to 9999") from None
        return pendulum.DateTime(
            at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, self.tz, fold=at.fold
        )


class Segments:
    """Pieces of working time as parallel columns: UTC microseconds, and the ordinal of the working day of each."""

    __slots__ = ("ends", "owners", "starts")

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.owners: list[int] = []

    def append(self, start: int, end: int, owner: int) -> None:
        """Add a piece; one that daylight saving has swallowed is left out."""
        if start < end:
            self.starts.append(start)
            self.ends.append(end)
            self.owners.append(owner)

    def extend(self, other: Segments) -> None:
        """Put another run of pieces behind this one."""
        self.starts += other.starts
        self.ends += other.ends
        self.owners += other.owners


class YearBlock:
    """One civil year of segments and days, counted from its own beginning."""

    __slots__ = ("midnights", "provisional", "segments", "uniform", "working", "year")

    def __init__(self, year: int, schedule: WorkSchedule, production: ProductionYear, clock: Clock) -> None:
        self.year: int = year
        first = date(year, 1, 1).toordinal()
        count = len(production.working)
        midnights, uniform = _days(clock, first, count)
        self.midnights: list[int] = midnights
        self.uniform: bytes = uniform
        self.working: bytearray = bytearray(count)
        self.provisional: bytes = bytes(
            production.provisional or date.fromordinal(first + number) in production.estimates
            for number in range(count)
        )
        self.segments: Segments = Segments()
        spans: dict[tuple[int, timedelta], list[tuple[int, int]]] = {}
        for number in range(count):
            day = date.fromordinal(first + number)
            mark = production.mark(day)
            weekday = day.weekday()
            own = schedule.works_on(weekday)
            if not (production.working[number] if own is None or not mark.kind.ordinary else own):
                if mark.cut and mark.kind is DayKind.WEEKEND:
                    raise ScheduleError(f"{day} is a day off and cannot be short: name it in working as well")
                continue
            key = weekday, mark.cut
            if key not in spans:
                shifts = schedule.working(weekday, mark.cut)
                spans[key] = [(shift.start // MICROSECOND, shift.end // MICROSECOND) for shift in shifts]
            for span in spans[key]:
                self._place(number, first + number, span, clock)
            # A gap of the clock may swallow all the hours of a day.
            self.working[number] = bool(self.segments.owners) and self.segments.owners[-1] == first + number

    def _place(self, number: int, ordinal: int, span: tuple[int, int], clock: Clock) -> None:
        start, end = span
        if end <= DAY_US and self.uniform[number]:
            midnight = self.midnights[number]
            self.segments.append(midnight + start, midnight + end, ordinal)
        else:
            self.segments.append(clock.instant(ordinal, start), clock.instant(ordinal, end), ordinal)


def _days(clock: Clock, first: int, count: int) -> tuple[list[int], bytes]:
    """The beginnings of civil days and of the day after them, and which days have one offset throughout."""
    midnights: list[int] = []
    # One more on either side: a day is plain if neither end of it is near a change of the clock.
    offsets = [clock.offset_us(datetime.fromordinal(first + number)) for number in range(-1, count + 2)]
    for number in range(count + 1):
        before, here, after = offsets[number : number + 3]
        if before == here == after:
            midnights.append((first + number - EPOCH_ORDINAL) * DAY_US - here)
        else:
            midnights.append(clock.instant(first + number, 0))
    uniform = bytes(
        end - start == DAY_US and here == after
        for (start, end), (here, after) in zip(pairwise(midnights), pairwise(offsets[1:]), strict=False)
    )
    return midnights, uniform


class Index:
    """A snapshot over whole years; see the module for how it grows.

    Attributes:
        first_year, last_year: the years covered.
        base: ordinal of the first day; `days` of them.
        midnights: UTC microseconds of each day's beginning, and of the end of the last.
        uniform: whether a day has one offset throughout.
        before: for each day, the number of working days before it, counted from the anchor.
        after: the same, less one if the day is off: so that `after + n` is the n-th working day after it.
        rank: number of the first working day in `dates`.
        after_date: the same by date.
        close_clocks: hour, minute, second and microsecond of a close, where the wall clock of its day runs evenly.
        opens, closes: the first opening and the last close of each working day.
        civil: the date of every day; dates: of every working day, with their first opening and last close.
        starts, ends, owners: segments, and the ordinal of the working day of each.
        worked: the time worked up to each segment's start, counted from the anchor.
        doubts: running number of provisional days, or None if there are none.
        low, high: the first instant the index answers for: a night shift of the year before may reach up to it; and
            the first instant beyond.
    """

    __slots__ = (
        "after",
        "after_date",
        "anchor",
        "base",
        "before",
        "civil",
        "close_clocks",
        "closes",
        "count",
        "dates",
        "days",
        "doubts",
        "ends",
        "first_year",
        "floor",
        "high",
        "last_year",
        "low",
        "midnights",
        "opens",
        "owners",
        "rank",
        "starts",
        "total",
        "uniform",
        "worked",
        "working",
    )

    @classmethod
    def empty(cls) -> Self:
        """An index that covers nothing, for a calendar that has not been asked yet."""
        index = cls.__new__(cls)
        index.first_year, index.last_year, index.anchor = 1, 0, 1
        index.base = index.days = index.count = index.low = index.high = index.rank = index.floor = index.total = 0
        index.starts, index.ends, index.owners, index.worked, index.opens, index.closes = [], [], [], [], [], []
        index.before, index.after, index.civil, index.dates, index.midnights = [], [], [], [], [0]
        index.uniform = index.working = b""
        index.after_date, index.close_clocks = {}, []
        index.doubts = None
        return index

    def __init__(self, blocks: Sequence[YearBlock], anchor: int, spill: int) -> None:
        self.anchor: int = anchor
        self.first_year: int = blocks[0].year
        self.last_year: int = blocks[-1].year
        self.base: int = date(self.first_year, 1, 1).toordinal()
        self.midnights: list[int] = [us for block in blocks for us in block.midnights[:-1]]
        self.midnights.append(blocks[-1].midnights[-1])
        self.low: int = self.midnights[0] + spill
        self.high: int = self.midnights[-1]
        self.uniform: bytes = b"".join(block.uniform for block in blocks)
        self.working: bytes = b"".join(bytes(block.working) for block in blocks)
        self.days: int = len(self.working)
        earlier = [block for block in blocks if block.year < anchor]
        segments = Segments()
        for block in blocks:
            segments.extend(block.segments)
        self._fill_days(-sum(sum(block.working) for block in earlier))
        self._fill_segments(segments, -sum(sum(b.segments.ends) - sum(b.segments.starts) for b in earlier))
        self._fill_clocks()
        doubtful = b"".join(block.provisional for block in blocks)
        self.doubts: list[int] | None = _running(doubtful) if any(doubtful) else None

    def _fill_days(self, rank: int) -> None:
        self.rank: int = rank
        self.before: list[int] = []
        self.after: list[int] = []
        self.civil: list[date] = [date.fromordinal(self.base + number) for number in range(self.days)]
        for works in self.working:
            self.before.append(rank)
            rank += works
            self.after.append(rank - 1)
        self.dates: list[date] = [day for day, works in zip(self.civil, self.working, strict=True) if works]
        self.count: int = len(self.dates)
        self.after_date: dict[date, int] = dict(zip(self.civil, self.after, strict=True))

    def _fill_segments(self, segments: Segments, worked: int) -> None:
        self.starts: list[int] = segments.starts
        self.ends: list[int] = segments.ends
        self.owners: list[int] = segments.owners
        self.floor: int = worked
        self.worked: list[int] = []
        self.opens: list[int] = []
        self.closes: list[int] = []
        owner, previous_end = -1, self.low - DAY_US
        for start, end, belongs_to in zip(self.starts, self.ends, self.owners, strict=True):
            if start < previous_end:
                day = date.fromordinal(belongs_to)
                raise ScheduleError(f"the hours of {day} overlap the night shift of the day before")
            self.worked.append(worked)
            worked += end - start
            if belongs_to != owner:
                owner = belongs_to
                self.opens.append(start)
                self.closes.append(end)
            else:
                self.closes[-1] = end
            previous_end = end
        self.total: int = worked

    def _fill_clocks(self) -> None:
        clocks: dict[int, TimeOfDay] = {}
        self.close_clocks: list[TimeOfDay | None] = []
        for day, close in zip(self.dates, self.closes, strict=True):
            number = day.toordinal() - self.base
            since = close - self.midnights[number]
            if self.uniform[number] and since < DAY_US:
                minutes, micros = divmod(since, MINUTE_US)
                self.close_clocks.append(clocks.setdefault(since, (*divmod(minutes, 60), *divmod(micros, SECOND_US))))
            else:
                self.close_clocks.append(None)

    def day_of(self, us: int) -> int:
        """The number of the civil day an instant falls on; the caller knows that it is covered."""
        number = (us - self.midnights[0]) // DAY_US
        number = min(number, self.days - 1)
        while us < self.midnights[number]:
            number -= 1
        while us >= self.midnights[number + 1]:
            number += 1
        return number

    def elapsed(self, us: int) -> int:
        """Working time up to an instant, counted from the anchor."""
        number = bisect_right(self.starts, us) - 1
        if number < 0:
            return self.floor
        end = self.ends[number]
        done = self.worked[number] - self.starts[number]
        return done + us if us < end else done + end

    def is_doubtful(self, first_day: int, last_day: int) -> bool:
        """Whether any day of a range of day numbers, both included, is provisional."""
        return self.doubts is not None and self.doubts[last_day + 1] != self.doubts[first_day]


def _running(flags: bytes) -> list[int]:
    total, running = 0, [0]
    for flag in flags:
        total += flag
        running.append(total)
    return running
