"""The arithmetic of business time on NumPy arrays: tables looked up by a shifted timestamp.

All arithmetic is in 64-bit microseconds. Tables are kept for the index they were made from: about 0.5 MB a calendar
year for the usual hours, and a call needs a few arrays of the size of its input.

A term in days is due by the civil day of its start, and only a few instants of that day (its midnight, its opening, its
close) may change the answer: the answers of the days that occur are reckoned one by one, those of the starts are
looked up. Only a term due at the same time of day is reckoned for each instant that occurs, at a few microseconds each.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike, NDArray

from salesreg.calendars.arrays import NAT, Flat, Ints, amounts, durations, in_reach, instants, native
from salesreg.calendars.clock import EPOCH_ORDINAL, MINUTE_US
from salesreg.calendars.index import Index
from salesreg.calendars.reckoning import reckon
from salesreg.calendars.tables import Tables, from_table, in_chunks, tables
from salesreg.calendars.terms import Term
from salesreg.calendars.timeline import Timeline
from salesreg.calendars.units import DueTime
from salesreg.errors import CalendarHorizonError


@frozen
class DueBatch:
    """Due instants of many starts.

    Attributes:
        at: `datetime64[us]` in UTC, in the shape of the starts; NaT where the start was NaT.
        provisional: whether a day from start to due may still change.
    """

    at: NDArray[np.datetime64]
    provisional: NDArray[np.bool_]


@frozen
class BatchArithmetic:
    """A line of time asked about many instants at once; each method is that of `BusinessCalendar` with `…_batch`."""

    line: Timeline

    def add_business_days(self, starts: ArrayLike, days: ArrayLike) -> NDArray[np.datetime64]:
        """Dates for dates, closes of business for instants."""
        array, numbers = native(starts), amounts(days)
        if array.dtype == "M8[D]":
            return Flat(array.view(np.int64), numbers).answer(self._dates, "datetime64[D]")
        return Flat(instants(array), numbers).answer(self._closes, "datetime64[us]")

    def add_working_time(self, starts: ArrayLike, lengths: ArrayLike) -> NDArray[np.datetime64]:
        """Instants by which so much more has been worked."""
        return Flat(instants(starts), durations(lengths)).answer(self._shifted, "datetime64[us]")

    def working_time_between(self, starts: ArrayLike, ends: ArrayLike) -> NDArray[np.timedelta64]:
        """Working time between instants."""
        return _of_pairs(self._worked, starts, ends, "timedelta64[us]")

    def provisional(self, starts: ArrayLike, ends: ArrayLike) -> NDArray[np.bool_]:
        """Whether a day between instants may still change."""
        return _of_pairs(lambda *pair: self._covering(*pair).doubtful(*pair), starts, ends, "bool")

    def due(self, term: Term, starts: ArrayLike) -> DueBatch:
        """When a term is due for each start."""
        flat = Flat(instants(starts))
        at = values = flat.values[0]
        doubts = np.zeros(values.shape, np.bool_)
        if term.is_wall_clock:
            at = in_reach(values + term.minutes * MINUTE_US)
        elif values.size:
            if term.is_working_time:
                at = self._shifted(values, durations(np.timedelta64(term.minutes, "m")))
            else:
                at = due_instants(self.line, term, values)
            doubts = self._covering(at).doubtful(values, at)
        return DueBatch(flat.back(at, "datetime64[us]"), flat.back(doubts, "bool"))

    def _dates(self, days: Ints, amounts: Ints) -> Ints:
        table = self._reaching(int(days.min()), int(days.max()), amounts)
        first = table.first_day
        if amounts.ndim == 0:
            answer = from_table(table.dates.take(_places(table, amounts), mode="clip"), days, first)
        else:
            answer = table.dates.take(_ranked(table, days - first, amounts))
        if self.line.guarded:
            self._refuse_doubt(table.doubtful_days, days - first, answer - first)
        return answer

    def _closes(self, starts: Ints, amounts: Ints) -> Ints:
        self.line.covering(int(starts.min()))
        index = self.line.covering(int(starts.max()))
        first = index.base - EPOCH_ORDINAL
        low, high = first + index.day_of(int(starts.min())), first + index.day_of(int(starts.max()))
        # One day more at the end: zero days past the close go to the next working day.
        self._reaching(low, high, amounts + (amounts == 0))
        table = self._reaching(low, high, amounts)
        days = table.days
        if amounts.ndim == 0 and int(amounts):
            found = table.closes.take(_places(table, amounts), mode="clip")
            # Composed with the table of days, it is one look-up from the instant to the close.
            low_close, high_close = found.take(days.low, mode="clip"), found.take(days.high, mode="clip")
            answer = in_chunks(lambda chunk: days.choose(chunk, low_close, high_close), starts)
        else:
            places = _ranked(table, table.day_numbers(starts), amounts)
            answer = table.closes.take(places)
            past = (answer < starts) & (amounts == 0)
            answer = np.where(past, table.closes.take(places + past), answer)
        self._refuse_doubt(table.doubtful, starts, answer)
        return answer

    def _shifted(self, starts: Ints, lengths: Ints) -> Ints:
        self._covering(starts)
        self.line.shift(int(starts.min()), int(lengths.min()))
        self.line.shift(int(starts.max()), int(lengths.max()))
        table = tables(self.line)
        work = table.work
        if lengths.ndim == 0:
            forward = int(lengths) > 0
            answer = in_chunks(lambda chunk: work.instants(work.elapsed(chunk) + lengths, forward), starts)
        else:
            answer = work.instants(in_chunks(work.elapsed, starts) + lengths, lengths > 0)
        self._refuse_doubt(table.doubtful, starts, answer)
        return answer

    def _worked(self, starts: Ints, ends: Ints) -> Ints:
        table = self._covering(starts, ends)
        answer = in_chunks(table.work.elapsed, ends)
        answer -= in_chunks(table.work.elapsed, starts)
        self._refuse_doubt(table.doubtful, starts, ends)
        return answer

    def _covering(self, *values: Ints) -> Tables:
        for array in values:
            for edge in (array.min(), array.max()):
                self.line.covering(int(edge))
        return tables(self.line)

    def _reaching(self, low_day: int, high_day: int, amounts: Ints) -> Tables:
        """Tables that hold a range of days since 1970, and all days that the amounts lead to."""
        line = self.line
        for day in (low_day, high_day):
            line.covering_day(_date(day))
        for day, amount in ((low_day, int(amounts.min())), (high_day, int(amounts.max()))):
            index = line.index
            number = day + EPOCH_ORDINAL - index.base
            line.ranked(index, (index.after if amount > 0 else index.before)[number] + amount)
        return tables(line)

    def _refuse_doubt(self, doubtful: Callable[[Ints, Ints], NDArray[np.bool_]], starts: Ints, answers: Ints) -> None:
        if self.line.guarded and doubtful(starts, answers).any():
            raise CalendarHorizonError("a day between a start and its answer is only estimated")


def _of_pairs(ask: Callable[..., NDArray[Any]], starts: ArrayLike, ends: ArrayLike, kind: str) -> NDArray[Any]:
    flat = Flat(np.atleast_1d(instants(starts)), np.atleast_1d(instants(ends, "ends")))
    return flat.answer(ask, kind).reshape(np.broadcast_shapes(np.shape(starts), np.shape(ends)))


def _places(table: Tables, amount: Ints) -> Ints:
    """The places of the n-th working days, by day number."""
    return (table.after if int(amount) > 0 else table.before) + amount


def _ranked(table: Tables, numbers: Ints, amounts: Ints) -> Ints:
    """Places of the n-th working days after day numbers of a snapshot."""
    if amounts.ndim == 0:
        # One amount: the whole answer is a table by day.
        return _places(table, amounts).take(numbers)
    return np.where(amounts > 0, table.after.take(numbers), table.before.take(numbers)) + amounts


def _date(day: int) -> date:
    if not 0 < day + EPOCH_ORDINAL <= date.max.toordinal():
        raise CalendarHorizonError("the calendar does not reach that far")
    return date.fromordinal(day + EPOCH_ORDINAL)


def due_instants(line: Timeline, term: Term, starts: Ints) -> Ints:
    """When a term in days, or a recurring one, is due for each start; CalendarHorizonError if one is beyond reach."""
    if term.due is DueTime.SAME_TIME or term.at is not None:
        # Due by the instant and not by the day: each that occurs is reckoned once.
        distinct, places = np.unique(starts, return_inverse=True)
        found: Ints = np.array([reckon(line, term, us).us for us in distinct.tolist()], np.int64)
        return found.take(places)
    return _by_day(line, starts, lambda us: reckon(line, term, us).us)


def _by_day(line: Timeline, starts: Ints, answer: Callable[[int], int]) -> Ints:
    """A function of instants that changes only at midnights, openings and closes, at or right after them."""
    line.covering(int(starts.min()))
    line.covering(int(starts.max()))
    # One snapshot throughout: another thread may put years before it meanwhile, which renumbers its days.
    table = tables(line)
    index = table.index
    numbers = table.day_numbers(starts)
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
