"""A line of time as tables: piecewise functions of time that are looked up by a shifted timestamp.

A search costs more than a hundred nanoseconds an element; a shift and two or three gathers cost a few. A table has one
row for each stretch of 2**shift microseconds, short enough that the function changes at most once within it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from salesreg.calendars.arrays import Ints
from salesreg.calendars.clock import EPOCH_ORDINAL
from salesreg.calendars.index import Index
from salesreg.calendars.timeline import Timeline

Number = TypeVar("Number", bound=np.integer[Any])

_LARGEST_SHIFT = 40
# Elements at a time: intermediate arrays of this size stay in the cache of one core.
_CHUNK = 1 << 15


def in_chunks(function: Callable[[Ints], NDArray[np.integer[Any]]], values: Ints) -> Ints:
    """A function of a flat array, taken chunk by chunk."""
    answer = np.empty(values.shape, np.int64)
    for begin in range(0, values.size, _CHUNK):
        answer[begin : begin + _CHUNK] = function(values[begin : begin + _CHUNK])
    return answer


def _shift_for(gaps: Ints) -> int:
    """The largest shift whose stretch is no longer than the smallest gap."""
    smallest = int(gaps.min()) if gaps.size else 1 << _LARGEST_SHIFT
    return min(smallest.bit_length() - 1, _LARGEST_SHIFT)


def from_table(table: Ints, places: Ints, first: int) -> Ints:
    """The rows of a table whose places count from `first`; all of them are known to be in it."""
    answer = np.empty(places.shape, np.int64)
    place = np.empty(min(_CHUNK, places.size), np.int64)
    for begin in range(0, places.size, _CHUNK):
        chunk = places[begin : begin + _CHUNK]
        here = np.subtract(chunk, first, out=place[: chunk.size])
        # With a mode NumPy need not keep a copy of the output for the case of an error.
        np.take(table, here, out=answer[begin : begin + _CHUNK], mode="clip")
    return answer


class StepTable:
    """Which step an instant is on: `number(us)` is the count of edges at or before it, less one."""

    def __init__(self, edges: Ints) -> None:
        distinct = np.unique(edges)
        self.shift: int = _shift_for(np.diff(distinct))
        self.origin: int = int(distinct[0])
        rows = (int(distinct[-1]) - self.origin >> self.shift) + 2
        begins = self.origin + (np.arange(rows, dtype=np.int64) << self.shift)
        self.low: NDArray[np.int32] = (np.searchsorted(edges, begins, side="right") - 1).astype(np.int32)
        place = np.searchsorted(distinct, begins, side="right")
        self.edge: Ints = np.append(distinct, np.iinfo(np.int64).max)[place]
        self.high: NDArray[np.int32] = (np.searchsorted(edges, self.edge, side="right") - 1).astype(np.int32)

    def number(self, us: Ints) -> NDArray[np.int32]:
        """The step of each instant; all lie between the first edge and the last."""
        return self.choose(us, self.low, self.high)

    def choose(self, us: Ints, low: NDArray[Number], high: NDArray[Number]) -> NDArray[Number]:
        """A value by step, given for the steps at the beginning and at the end of each row."""
        row = (us - self.origin) >> self.shift
        answer: NDArray[Number] = np.where(us < self.edge.take(row), low.take(row), high.take(row))
        return answer


class WorkTable:
    """Elapsed working time of instants, and the instants of elapsed time.

    Within a row at most one segment lies, so that elapsed time is a base plus the instant clipped to an interval.
    """

    def __init__(self, index: Index) -> None:
        starts, ends = np.array(index.starts, np.int64), np.array(index.ends, np.int64)
        worked = np.array(index.worked, np.int64)
        # Touching segments are one to the clock: nothing lies between them.
        joined = np.flatnonzero(starts[1:] == ends[:-1]) + 1
        begins, closes = np.delete(starts, joined), np.delete(ends, joined - 1)
        self.origin: int = index.midnights[0]
        self.shift: int = _shift_for(begins[1:] - closes[:-1])
        self._fill_elapsed(begins, closes, np.delete(worked, joined), index)
        self._fill_instants(starts, worked, index)

    def _fill_elapsed(self, begins: Ints, closes: Ints, worked: Ints, index: Index) -> None:
        rows = (max(index.high, int(closes[-1])) - self.origin >> self.shift) + 2
        row_begins = self.origin + (np.arange(rows, dtype=np.int64) << self.shift)
        row_ends = row_begins + (1 << self.shift)
        # The only segment that can lie in a row is the first that ends after the row begins.
        number = np.minimum(np.searchsorted(closes, row_begins, side="right"), len(closes) - 1)
        self.low: Ints = np.clip(begins[number], row_begins, row_ends)
        self.high: Ints = np.clip(closes[number], self.low, row_ends)
        done = np.clip(row_begins - begins[number], 0, closes[number] - begins[number])
        self.base: Ints = worked[number] + done - self.low

    def _fill_instants(self, starts: Ints, worked: Ints, index: Index) -> None:
        edges = np.append(worked, index.total)
        self.floor: int = index.floor
        self.back: int = _shift_for(np.diff(edges))
        rows = (index.total - index.floor >> self.back) + 2
        begins = self.floor + (np.arange(rows, dtype=np.int64) << self.back)
        number = np.clip(np.searchsorted(worked, begins, side="right") - 1, 0, len(worked) - 1)
        following = np.minimum(number + 1, len(worked) - 1)
        self.edge: Ints = np.append(worked, np.iinfo(np.int64).max)[number + 1]
        self.here: Ints = starts[number] - worked[number]
        self.there: Ints = starts[following] - worked[following]

    def elapsed(self, us: Ints) -> Ints:
        """Working time up to each instant, counted from the index's anchor."""
        row = (us - self.origin) >> self.shift
        clipped = np.minimum(np.maximum(us, self.low.take(row)), self.high.take(row))
        clipped += self.base.take(row)
        answer: Ints = clipped
        return answer

    def instants(self, worked: Ints, earliest: NDArray[np.bool_] | bool) -> Ints:
        """The instants of elapsed times: the earliest, or else the latest, by which so much is worked."""
        key = worked - earliest
        row = (key - self.floor) >> self.back
        answer: Ints = np.where(key < self.edge.take(row), self.here.take(row), self.there.take(row))
        answer += worked
        return answer


class Tables:
    """The tables of one snapshot of a line of time; those that not every question needs are made when first needed."""

    def __init__(self, index: Index) -> None:
        self.index: Index = index
        self.midnights: Ints = np.array(index.midnights, np.int64)
        self.after: Ints = np.array(index.after, np.int64) - index.rank
        self.before: Ints = np.array(index.before, np.int64) - index.rank
        self.dates: Ints = np.array([day.toordinal() for day in index.dates], np.int64) - EPOCH_ORDINAL
        self.closes: Ints = np.array(index.closes, np.int64)
        self.doubts: Ints | None = None if index.doubts is None else np.array(index.doubts, np.int64)
        self.first_day: int = index.base - EPOCH_ORDINAL

    @cached_property
    def days(self) -> StepTable:
        """From instants to the numbers of their civil days."""
        return StepTable(self.midnights)

    @cached_property
    def work(self) -> WorkTable:
        """From instants to elapsed working time and back."""
        return WorkTable(self.index)

    def day_numbers(self, instants: Ints) -> Ints:
        """The numbers of the civil days on which instants fall."""
        return in_chunks(self.days.number, instants)

    def doubtful_days(self, starts: Ints, ends: Ints) -> NDArray[np.bool_]:
        """Whether a day of each range of day numbers, in either order, is provisional."""
        if self.doubts is None:
            return np.zeros(starts.shape, np.bool_)
        low, high = np.minimum(starts, ends), np.maximum(starts, ends)
        answer: NDArray[np.bool_] = self.doubts[high + 1] != self.doubts[low]
        return answer

    def doubtful(self, starts: Ints, ends: Ints) -> NDArray[np.bool_]:
        """Whether a day from each instant to another is provisional."""
        if self.doubts is None:
            return np.zeros(starts.shape, np.bool_)
        return self.doubtful_days(self.day_numbers(starts), self.day_numbers(ends))


def tables(line: Timeline) -> Tables:
    """The tables of the current snapshot."""
    cached = line.tables
    if isinstance(cached, Tables) and cached.index is line.index:
        return cached
    line.tables = fresh = Tables(line.index)
    return fresh
