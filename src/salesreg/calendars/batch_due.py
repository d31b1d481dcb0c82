"""Due instants of many starts at once.

A term in days is due by the civil day of its start, and only a few instants of that day (its midnight, its opening, its
close) may change the answer: the answers of the days that occur are reckoned one by one, those of the starts are
looked up.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve
from numpy.typing import ArrayLike, NDArray

from salesreg.calendars.batch import (
    MINUTE_US,
    NAT,
    Batch,
    DueBatch,
    Flat,
    Ints,
    add_working_time,
    in_reach,
    instants,
    tables,
)
from salesreg.calendars.index import DAY_US, EPOCH_ORDINAL, Clock, Index
from salesreg.calendars.reckoning import reckon
from salesreg.calendars.tables import in_chunks
from salesreg.calendars.terms import DueTime, Term
from salesreg.errors import CalendarHorizonError

if TYPE_CHECKING:
    from salesreg.calendars.timeline import Timeline


def due_batch(line: Timeline, term: Term, starts: ArrayLike) -> DueBatch:
    """See `ArrayCalendar.due_batch`."""
    flat = Flat(instants(starts))
    values = flat.values[0]
    if not values.size:
        at, doubts = values, np.zeros(0, np.bool_)
    elif term.is_wall_clock:
        at, doubts = in_reach(values + term.minutes * MINUTE_US), np.zeros(values.shape, np.bool_)
    else:
        at = _due(line, term, values)
        doubts = _doubts(line, values, at)
    return DueBatch(flat.back(at).view("datetime64[us]"), flat.back_flags(doubts))


def _due(line: Timeline, term: Term, starts: Ints) -> Ints:
    if term.is_working_time:
        length = np.timedelta64(term.minutes, "m")
        return add_working_time(line, starts.view("datetime64[us]"), length).view(np.int64)
    if term.due is DueTime.SAME_TIME:
        return _same_time(line, term, starts)
    return _by_day(line, starts, lambda us: reckon(line, term, us).us)


def _doubts(line: Timeline, starts: Ints, at: Ints) -> NDArray[np.bool_]:
    for edge in (at.min(), at.max()):
        line.covering(int(edge))
    batch = tables(line)
    if batch.doubts is None:
        return np.zeros(starts.shape, np.bool_)
    return batch.doubtful(in_chunks(batch.days.number, starts), in_chunks(batch.days.number, at))


def _by_day(line: Timeline, starts: Ints, answer: Callable[[int], int]) -> Ints:
    """A function of instants that changes only at midnights, openings and closes, at or right after them."""
    line.covering(int(starts.min()))
    line.covering(int(starts.max()))
    # One snapshot throughout: another thread may put years before it meanwhile, which renumbers its days.
    batch = tables(line)
    index = batch.index
    numbers = in_chunks(batch.days.number, starts)
    present = np.flatnonzero(np.bincount(numbers, minlength=index.days))
    edges = [_edges(index, int(number)) for number in present]
    widest = max(len(day) for day in edges)
    found_by_day = np.zeros((widest, index.days), np.int64)
    bounds = np.full((widest, index.days), np.iinfo(np.int64).max, np.int64)
    for number, day in zip(present, edges, strict=True):
        said = [_or_nat(answer, edge) for edge in day]
        found_by_day[:, number] = said[-1]
        found_by_day[: len(said), number] = said
        bounds[: len(day), number] = day
    found: Ints = found_by_day[0].take(numbers)
    for step in range(1, widest):
        if not np.array_equal(found_by_day[step], found_by_day[step - 1]):
            later = starts >= bounds[step].take(numbers)
            found = np.where(later, found_by_day[step].take(numbers), found)
    if (found == NAT).any():
        raise CalendarHorizonError("a deadline is beyond what the calendar knows")
    return found


def _or_nat(answer: Callable[[int], int], edge: int) -> int:
    # Nobody may have started in that part of the day, so that it is not an error yet.
    try:
        return answer(edge)
    except CalendarHorizonError:
        return NAT


def _edges(index: Index, number: int) -> list[int]:
    begin, end = max(index.midnights[number], index.low), index.midnights[number + 1]
    edges = {begin, begin + 1}
    for instants_of in (index.opens, index.closes):
        for us in instants_of[bisect_left(instants_of, begin - 1) : bisect_left(instants_of, end)]:
            edges.update(edge for edge in (us, us + 1) if begin <= edge < end)
    return sorted(edges)


def _same_time(line: Timeline, term: Term, starts: Ints) -> Ints:
    """Due at the wall time of the start on the day on which the term would close."""
    closing = evolve(term, due=DueTime.CLOSE)

    def due_day(us: int) -> int:
        rolled = reckon(line, closing, us).rolled
        assert rolled is not None, "a term in days has a due day"  # noqa: S101  narrows for the type checker
        return rolled.toordinal()

    ordinals = _by_day(line, starts, due_day)
    batch = tables(line)
    walls = _walls(line.clock, batch.index, batch.midnights, starts, in_chunks(batch.days.number, starts))
    at = _at_walls(line.clock, batch, ordinals - batch.index.base, walls)
    past = np.flatnonzero(at < starts) if term.amount >= 0 else ()
    if len(past):
        at[past] = _not_before(line, starts[past], walls[past])
    return at


def _not_before(line: Timeline, starts: Ints, walls: Ints) -> Ints:
    """Wall times on the first working days on which they are not past: a day may close after them."""
    batch = tables(line)
    ranks = batch.before.take(in_chunks(batch.days.number, starts)) + batch.index.rank
    batch = _reaching(line, ranks)
    ranks += batch.closes.take(ranks - batch.index.rank) < starts
    at = _on_working_days(line, ranks, walls)
    past = at < starts
    return _on_working_days(line, ranks + past, walls) if past.any() else at


def _on_working_days(line: Timeline, ranks: Ints, walls: Ints) -> Ints:
    batch = _reaching(line, ranks)
    return _at_walls(line.clock, batch, batch.dates.take(ranks - batch.index.rank) - batch.first_day, walls)


def _reaching(line: Timeline, ranks: Ints) -> Batch:
    line.ranked(line.index, int(ranks.max()))
    return tables(line)


def _at_walls(clock: Clock, batch: Batch, days: Ints, walls: Ints) -> Ints:
    """Wall times of days by number: if closed then, the next opening of the day, else its close."""
    index, midnights = batch.index, batch.midnights
    at: Ints = midnights.take(days) + walls
    for number in _unusual(index, days):
        here = days == number
        seam, early, late = _seam(clock, index, number)
        local = walls[here] + (number + index.base - EPOCH_ORDINAL) * DAY_US
        at[here] = np.where(local < seam + early, local - early, np.maximum(seam, local - late))
    working = np.frombuffer(index.working, np.uint8).take(days) == 1
    places = np.minimum(batch.before.take(days), index.count - 1)
    opens = np.array(index.opens, np.int64).take(places)
    closes = batch.closes.take(places)
    inside = np.clip(at, opens, closes)
    # The instant itself in working time, else the next opening; on the due day there is none after the close.
    open_again = batch.work.instants(np.where(working, batch.work.elapsed(inside), index.floor), earliest=False)
    return np.where(working, np.minimum(open_again, closes), at)


def _unusual(index: Index, days: Ints) -> list[int]:
    return [int(number) for number in np.unique(days) if not index.uniform[number]]


def _walls(clock: Clock, index: Index, midnights: Ints, starts: Ints, numbers: Ints) -> Ints:
    """Microseconds of the wall clock since midnight."""
    walls: Ints = starts - midnights.take(numbers)
    for number in _unusual(index, numbers):
        here = numbers == number
        seam, early, late = _seam(clock, index, number)
        local = starts[here] + np.where(starts[here] < seam, early, late)
        walls[here] = local - (number + index.base - EPOCH_ORDINAL) * DAY_US
    return walls


def _seam(clock: Clock, index: Index, number: int) -> tuple[int, int, int]:
    """The instant within a day at which the offset changes, with the offsets before and after."""
    low, high = index.midnights[number] - 1, max(index.midnights[number + 1] - 1, index.midnights[number])
    early, late = clock.offset_at(low), clock.offset_at(high)
    while high - low > 1:
        middle = (low + high) // 2
        if clock.offset_at(middle) == early:
            low = middle
        else:
            high = middle
    return high, early, late
