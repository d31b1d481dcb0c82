"""The interval index: working time as sorted half-open intervals in UTC, precomputed year by year.

An index is an immutable snapshot over whole civil years. Growing makes a new one by putting a year before or after;
the numbers of days, working days and elapsed microseconds count from the year the index began with, so that they stay
what they were, whichever end grows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime
from itertools import accumulate, pairwise

from attrs import evolve

from salesreg.calendars.clock import DAY_US, EPOCH_ORDINAL, MICROSECOND, MINUTE_US, SECOND_US, Clock
from salesreg.calendars.days import DayKind, Mark, ProductionYear, days_of_year
from salesreg.calendars.schedule import WorkSchedule
from salesreg.errors import ScheduleError

TimeOfDay = tuple[int, int, int, int]


def own_mark(schedule: WorkSchedule, day: date, mark: Mark) -> Mark:
    """Why a day works or does not, the schedule's own week considered."""
    own = schedule.works_on(day)
    if schedule.hours_on(day) is not None:
        kind = DayKind.EXTRA_WORKING if own else DayKind.CLOSURE
        return mark if own is mark.kind.works else Mark(kind)
    if own is None or not mark.kind.ordinary or own is mark.kind.works:
        return mark
    return evolve(mark, kind=DayKind.WORKING) if own else Mark(DayKind.WEEKEND)


class YearBlock:
    """One civil year of days, and of segments as columns: UTC microseconds, and the ordinal of the working day."""

    def __init__(self, year: int, schedule: WorkSchedule, production: ProductionYear, clock: Clock) -> None:
        self.year: int = year
        days = days_of_year(year)
        first, count = days[0].toordinal(), len(days)
        midnights, uniform = _days(clock, first, count)
        self.midnights: list[int] = midnights
        self.uniform: bytes = uniform
        self.working: bytearray = bytearray(count)
        self.provisional: bytes = bytes(production.is_provisional(day) for day in days)
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.owners: list[int] = []
        spans: dict[object, list[tuple[int, int]]] = {}
        for number, day in enumerate(days):
            mark = production.mark(day)
            if not own_mark(schedule, day, mark).kind.works:
                if mark.cut and mark.kind is DayKind.WEEKEND:
                    raise ScheduleError(f"{day} is a day off and cannot be short: name it in working as well")
                continue
            key = day if schedule.hours_on(day) is not None else (schedule.place(day), mark.cut)
            if key not in spans:
                try:
                    shifts = schedule.working(day, mark.cut)
                except ScheduleError as wrong:
                    raise ScheduleError(f"{day}: {wrong}") from None
                spans[key] = [(shift.start // MICROSECOND, shift.end // MICROSECOND) for shift in shifts]
            for span in spans[key]:
                self._place(number, first + number, span, clock)
            # A gap of the clock may swallow all the hours of a day.
            self.working[number] = bool(self.owners) and self.owners[-1] == first + number

    def _place(self, number: int, ordinal: int, span: tuple[int, int], clock: Clock) -> None:
        begin, finish = span
        if finish <= DAY_US and self.uniform[number]:
            start, end = self.midnights[number] + begin, self.midnights[number] + finish
        else:
            start, end = clock.instant(ordinal, begin), clock.instant(ordinal, finish)
        # Daylight saving may have swallowed it.
        if start < end:
            self.starts.append(start)
            self.ends.append(end)
            self.owners.append(ordinal)


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
    """A snapshot over whole years, or over none yet; see the module for how it grows.

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

    def __init__(self, blocks: Sequence[YearBlock], anchor: int, spill: int) -> None:
        self.anchor: int = anchor
        self.first_year: int = blocks[0].year if blocks else anchor
        self.last_year: int = self.first_year + len(blocks) - 1
        self.base: int = date(self.first_year, 1, 1).toordinal()
        self.midnights: list[int] = [us for block in blocks for us in block.midnights[:-1]]
        self.midnights.append(blocks[-1].midnights[-1] if blocks else 0)
        self.low: int = self.midnights[0] + spill
        self.high: int = self.midnights[-1]
        self.uniform: bytes = b"".join(block.uniform for block in blocks)
        self.working: bytes = b"".join(bytes(block.working) for block in blocks)
        self.days: int = len(self.working)
        earlier = [block for block in blocks if block.year < anchor]
        self.starts: list[int] = [us for block in blocks for us in block.starts]
        self.ends: list[int] = [us for block in blocks for us in block.ends]
        self.owners: list[int] = [day for block in blocks for day in block.owners]
        self._fill_days(-sum(sum(block.working) for block in earlier))
        self._fill_segments(-sum(sum(block.ends) - sum(block.starts) for block in earlier))
        self._fill_clocks()
        doubtful = b"".join(block.provisional for block in blocks)
        self.doubts: list[int] | None = [0, *accumulate(doubtful)] if any(doubtful) else None

    def _fill_days(self, rank: int) -> None:
        self.rank: int = rank
        self.before: list[int] = list(accumulate(self.working[:-1], initial=rank)) if self.working else []
        self.after: list[int] = [before + works - 1 for before, works in zip(self.before, self.working, strict=True)]
        self.civil: list[date] = [date.fromordinal(self.base + number) for number in range(self.days)]
        self.dates: list[date] = [day for day, works in zip(self.civil, self.working, strict=True) if works]
        self.count: int = len(self.dates)
        self.after_date: dict[date, int] = dict(zip(self.civil, self.after, strict=True))

    def _fill_segments(self, worked: int) -> None:
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
