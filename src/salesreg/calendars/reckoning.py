"""When a term that starts at an instant is due: plain numbers on an index, so that they stay cheap.

Instants are UTC microseconds.
"""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import count
from typing import NamedTuple

from salesreg.calendars.clock import DAY, MINUTE_US, SECOND_US
from salesreg.calendars.terms import Term
from salesreg.calendars.timeline import Timeline
from salesreg.calendars.units import Counting, DueTime, Roll, Unit
from salesreg.errors import CalendarHorizonError

# Looked up once: reading a member of an enumeration costs as much as the rest of the choice.
_BUSINESS_DAY = Unit.BUSINESS_DAY
# Longer than any run of days off, so that no occurrence rolled past the start is missed.
_LOOK_BACK = timedelta(days=45)


class Due(NamedTuple):
    """An outcome with the dates it came by: the nominal one, and the one it was rolled to."""

    us: int
    nominal: date | None = None
    rolled: date | None = None

    @property
    def days(self) -> tuple[date, date]:
        """The dates of a term in days."""
        assert self.nominal is not None, "a term in days has a due day"  # noqa: S101  narrows for the type checker
        assert self.rolled is not None, "a term in days has a due day"  # noqa: S101
        return self.nominal, self.rolled


def reckon(line: Timeline, term: Term, start: int) -> Due:
    """When a term is due, pauses left aside; CalendarHorizonError if the calendar does not reach that far."""
    if term.unit is _BUSINESS_DAY:
        due = _business_days(line, term, start)
    elif term.is_wall_clock:
        return Due(start + term.minutes * MINUTE_US)
    elif term.is_working_time:
        due = Due(line.shift(start, term.minutes * MINUTE_US)[2])
    else:
        due = next(occurrences(line, term, start)) if term.is_recurring else _calendar_days(line, term, start)
    if line.guarded:
        line.check_horizon(start, due.us)
    return due


def roll(line: Timeline, day: date, convention: Roll) -> date:
    """Where a convention puts a date that may be a day off."""
    if convention is Roll.NONE:
        return day
    index, number = line.covering_day(day)
    if index.working[number]:
        return day
    ahead = convention in (Roll.FOLLOWING, Roll.MODIFIED_FOLLOWING)
    index, place = line.ranked(index, (index.before if ahead else index.after)[number])
    rolled = index.dates[place]
    if convention in (Roll.FOLLOWING, Roll.PRECEDING) or rolled.month == day.month:
        return rolled
    return roll(line, day, Roll.PRECEDING if ahead else Roll.FOLLOWING)


def civil_date(line: Timeline, us: int) -> date:
    """The civil date of an instant in the calendar's zone."""
    index = line.covering(us)
    return index.civil[index.day_of(us)]


def working_day_at_or_after(line: Timeline, us: int) -> date:
    """The day of an instant if it works and has not closed yet, else the next working day."""
    index = line.covering(us)
    number = index.day_of(us)
    index, place = line.ranked(index, index.before[number])
    if index.closes[place] < us:
        index, place = line.ranked(index, place + index.rank + 1)
    return index.dates[place]


def _business_days(line: Timeline, term: Term, start: int) -> Due:
    index = line.covering(start)
    number = index.day_of(start)
    amount = term.amount
    if amount == 0:
        day = working_day_at_or_after(line, start)
    else:
        includes = term.counting is Counting.INCLUDING_START_DAY
        if amount > 0:
            rank = index.before[number] + amount - 1 if includes else index.after[number] + amount
        else:
            rank = index.after[number] + amount + 1 if includes else index.before[number] + amount
        place = rank - index.rank
        if not 0 <= place < index.count:
            index, place = line.ranked(index, rank)
        day = index.dates[place]
        if term.due is DueTime.CLOSE and term.at is None and index.closes[place] >= start:
            return Due(index.closes[place], day, day)
    return _not_before_start(line, term, start, Due(_time_of(line, term, day, start), day, day))


def _calendar_days(line: Timeline, term: Term, start: int) -> Due:
    day = civil_date(line, start)
    amount = term.amount
    try:
        if term.unit is Unit.MONTH:
            nominal = _months_later(day, amount)
        else:
            nominal = day + DAY * (amount * 7 if term.unit is Unit.WEEK else amount)
    except (OverflowError, ValueError):
        raise CalendarHorizonError(f"{term} from {day} is beyond the calendar") from None
    if term.counting is Counting.INCLUDING_START_DAY and amount:
        nominal += -DAY if amount > 0 else DAY
    rolled = roll(line, nominal, term.roll)
    return _not_before_start(line, term, start, Due(_time_of(line, term, rolled, start), nominal, rolled))


def _not_before_start(line: Timeline, term: Term, start: int, due: Due) -> Due:
    if due.us >= start or term.amount < 0:
        return due
    # Zero days, or a first day that is today, when that time of today has passed: nobody can act in the past.
    day = working_day_at_or_after(line, start)
    us = _time_of(line, term, day, start)
    if us < start:
        day = roll(line, day + DAY, Roll.FOLLOWING)
        us = _time_of(line, term, day, start)
    return Due(us, day, day)


def _months_later(day: date, amount: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + amount, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _time_of(line: Timeline, term: Term, day: date, start: int) -> int:
    """The instant of a due day: its close, its opening, a time by the clock, or that at which the term started."""
    index, number = line.covering_day(day)
    opening, close = index.midnights[number], index.midnights[number + 1]
    if index.working[number]:
        place = index.before[number] - index.rank
        opening, close = index.opens[place], index.closes[place]
    if term.at is None and term.due is not DueTime.SAME_TIME:
        return close if term.due is DueTime.CLOSE else opening
    at = line.instant(start) if term.at is None else term.at
    wall = ((at.hour * 60 + at.minute) * 60 + at.second) * SECOND_US + at.microsecond
    us = line.clock.instant(day.toordinal(), wall)
    if not index.working[number]:
        return us
    return next((max(begin, us) for begin, end in intervals(line, day) if us < end), close)


def intervals(line: Timeline, day: date) -> list[tuple[int, int]]:
    """The working time that belongs to a day."""
    index, number = line.covering_day(day)
    if not index.working[number]:
        return []
    place = index.before[number] - index.rank
    first = bisect_left(index.starts, index.opens[place])
    last = bisect_left(index.ends, index.closes[place])
    return list(zip(index.starts[first : last + 1], index.ends[first : last + 1], strict=True))


def occurrences(line: Timeline, term: Term, start: int) -> Iterator[Due]:
    """The due instants of a recurring term after an instant, in order and each once."""
    last, days = start, _nominal_days(line, term, start)
    while True:
        try:
            nominal = next(days)
        except CalendarHorizonError:
            raise
        except (OverflowError, ValueError):
            raise CalendarHorizonError(f"{term} from {civil_date(line, start)} is beyond the calendar") from None
        rolled = roll(line, nominal, term.roll)
        us = _time_of(line, term, rolled, start)
        if us > last:
            last = us
            yield Due(us, nominal, rolled)


def occurrences_until(line: Timeline, term: Term, start: int, last: int) -> Iterator[int]:
    """The due instants of a recurring term after one instant, up to and including another."""
    found = occurrences(line, term, start)
    while True:
        try:
            us = next(found).us
        except CalendarHorizonError:
            # It is beyond the calendar and so beyond `last`, which is not; but it may be rolled back to a known day.
            line.covering(last)
            if term.roll in (Roll.PRECEDING, Roll.MODIFIED_FOLLOWING):
                raise
            return
        if us > last:
            return
        line.check_horizon(us, us)
        yield us


def _nominal_days(line: Timeline, term: Term, start: int) -> Iterator[date]:
    today = civil_date(line, start)
    if term.unit is Unit.EACH_WORKING_DAY:
        day = today
        while True:
            day = roll(line, day, Roll.FOLLOWING)
            yield day
            day += DAY
    earliest = date(line.production.first_year, 1, 1)
    if term.unit is Unit.EACH_PERIOD_WORKING_DAY:
        yield from _working_days_of_periods(line, term, max(today - _LOOK_BACK, earliest))
    if not term.days:
        for number in count(1):
            later = number * term.amount
            yield today + DAY * 7 * later if term.unit is Unit.EACH_WEEKDAY else _months_later(today, later)
    day = max(today - _LOOK_BACK, earliest)
    this_week, this_month = today - DAY * today.weekday(), today.year * 12 + today.month
    while True:
        last = monthrange(day.year, day.month)[1]
        if term.unit is Unit.EACH_WEEKDAY:
            if day.weekday() in term.days and (day - this_week).days // 7 % term.amount == 0:
                yield day
        elif (day.year * 12 + day.month - this_month) % term.amount == 0 and (
            day.day in term.days or (day.day == last and term.days[-1] > last)
        ):
            yield day
        day += DAY
        if day.year > line.production.last_year:
            raise CalendarHorizonError(f"{term} from {today} is beyond the calendar")


def _working_days_of_periods(line: Timeline, term: Term, since: date) -> Iterator[date]:
    """The n-th working days of each period of months, from the period of a day on; a period too short has none."""
    month = (since.year * 12 + since.month - 1) // term.amount * term.amount
    while True:
        (year, first), (next_year, after) = divmod(month, 12), divmod(month + term.amount, 12)
        index, number = line.covering_day(date(next_year, after + 1, 1) - DAY)
        end = index.after[number]
        index, number = line.covering_day(date(year, first + 1, 1))
        begin = index.before[number]
        ranks = {begin + day - 1 if day > 0 else end + day + 1 for day in term.days}
        for rank in sorted(ranks):
            if begin <= rank <= end:
                found, place = line.ranked(line.index, rank)
                yield found.dates[place]
        month += term.amount


class Pause(NamedTuple):
    """A stretch during which the clock stands still; without an end it still does."""

    start: int
    end: int | None


def merged(pauses: Iterable[Pause], start: int) -> list[Pause]:
    """Pauses in order, clipped to the start of the term, overlapping and touching ones made one."""
    kept: list[Pause] = []
    for opened, end in sorted(pauses, key=lambda pause: pause.start):
        begin = max(opened, start)
        if end is not None and end <= begin:
            continue
        if kept:
            before = kept[-1].end
            if before is None:
                break
            if begin <= before:
                kept[-1] = Pause(kept[-1].start, None if end is None else max(before, end))
                continue
        kept.append(Pause(begin, end))
    return kept


def delays(line: Timeline, term: Term, due: int, pauses: Iterable[Pause]) -> Iterator[tuple[Pause, int, int]]:
    """The pauses before a due instant, which moves with each, as (pause, by how much, due instant after it).

    The last may be an open one, with what remains of the term instead.
    """
    for pause in pauses:
        if pause.start >= due:
            return
        if pause.end is None:
            yield pause, elapsed(line, term, pause.start, due), due
            return
        lost = elapsed(line, term, pause.start, pause.end)
        if term.is_wall_clock:
            due += lost
        elif lost:
            due = line.shift(due, lost)[2]
        yield pause, lost, due


def elapsed(line: Timeline, term: Term, start: int, end: int) -> int:
    """What a term's own clock counts between two instants: working time, or time on the wall."""
    if term.is_wall_clock:
        return end - start
    return line.covering(end).elapsed(end) - line.covering(start).elapsed(start)
