"""The arithmetic of business time on NumPy arrays: tables looked up by a shifted timestamp, no loop over elements.

Instants are `datetime64[us]` in UTC, dates `datetime64[D]`, durations `timedelta64[us]`; any shape, NaT stays NaT. All
arithmetic is in 64-bit microseconds. Tables are kept for the index they were made from: about 0.5 MB a calendar year
for the usual hours, and a call needs a few arrays of the size of its input.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike, NDArray

from salesreg.calendars.index import DAY_US, EPOCH_ORDINAL, SECOND_US, Index
from salesreg.calendars.tables import StepTable, WorkTable, from_table, in_chunks
from salesreg.errors import BusinessTimeError, CalendarHorizonError

if TYPE_CHECKING:
    from salesreg.calendars.timeline import Timeline

__all__ = ["DueBatch"]

Instants = NDArray[np.datetime64]
Durations = NDArray[np.timedelta64]
Ints = NDArray[np.int64]

NAT: Final = np.iinfo(np.int64).min
MINUTE_US: Final = 60 * SECOND_US
# The years 1 to 9999 in microseconds since 1970.
_FIRST_US: Final = (1 - EPOCH_ORDINAL) * DAY_US
_LAST_US: Final = (3_652_059 - EPOCH_ORDINAL) * DAY_US
_PER_UNIT: Final = {"W": 7 * DAY_US, "D": DAY_US, "h": 3600 * SECOND_US, "m": MINUTE_US, "s": SECOND_US, "ms": 1000}


@frozen
class DueBatch:
    """Due instants of many starts.

    Attributes:
        at: `datetime64[us]` in UTC, in the shape of the starts; NaT where the start was NaT.
        provisional: whether a day from start to due may still change.
    """

    at: Instants
    provisional: NDArray[np.bool_]


class Batch:
    """Tables of one snapshot of a timeline, made when first needed."""

    def __init__(self, line: Timeline, index: Index) -> None:
        self.line: Timeline = line
        self.index: Index = index
        self._days: StepTable | None = None
        self._work: WorkTable | None = None
        self.midnights: Ints = np.array(index.midnights, np.int64)
        self.after: Ints = np.array(index.after, np.int64) - index.rank
        self.before: Ints = np.array(index.before, np.int64) - index.rank
        self.dates: Ints = np.array([day.toordinal() for day in index.dates], np.int64) - EPOCH_ORDINAL
        self.closes: Ints = np.array(index.closes, np.int64)
        self.doubts: Ints | None = None if index.doubts is None else np.array(index.doubts, np.int64)
        self.first_day: int = index.base - EPOCH_ORDINAL

    @property
    def days(self) -> StepTable:
        """From instants to the numbers of their civil days."""
        if self._days is None:
            self._days = StepTable(self.midnights)
        return self._days

    @property
    def work(self) -> WorkTable:
        """From instants to elapsed working time and back."""
        if self._work is None:
            self._work = WorkTable(self.index)
        return self._work

    def doubtful(self, start_days: Ints, end_days: Ints) -> NDArray[np.bool_]:
        """Whether a day of each range of day numbers, in either order, is provisional."""
        if self.doubts is None:
            return np.zeros(start_days.shape, np.bool_)
        low, high = np.minimum(start_days, end_days), np.maximum(start_days, end_days)
        answer: NDArray[np.bool_] = self.doubts[high + 1] != self.doubts[low]
        return answer


def tables(line: Timeline) -> Batch:
    """The tables of the current snapshot."""
    cached = line.batch
    if isinstance(cached, Batch) and cached.index is line.index:
        return cached
    fresh = Batch(line, line.index)
    line.batch = fresh
    return fresh


def instants(values: ArrayLike, what: str = "starts") -> Ints:
    """UTC microseconds of an array of instants.

    Raises:
        BusinessTimeError: if it is not of `datetime64` with a time.
        CalendarHorizonError: if an instant is outside the years 1 to 9999.
    """
    array = _native(values)
    unit = _unit(array, "M", what)
    if unit in ("D", "W", "M", "Y"):
        raise BusinessTimeError(f"{what} are instants in UTC: give datetime64[us], not dates ({array.dtype})")
    return _micros(array, unit, _FIRST_US, _LAST_US)


def in_reach(micros: Ints) -> Ints:
    """The instants themselves.

    Raises:
        CalendarHorizonError: if one is outside the years 1 to 9999.
    """
    _check_range(micros, _FIRST_US, _LAST_US)
    return micros


def durations(values: ArrayLike, what: str = "durations") -> Ints:
    """Microseconds of an array of durations.

    Raises:
        BusinessTimeError: if it is not of `timedelta64`.
        CalendarHorizonError: if a duration is longer than any calendar.
    """
    array = _native(values)
    unit = _unit(array, "m", what)
    span = _LAST_US - _FIRST_US
    return _micros(array, unit, -span, span)


def _native(values: ArrayLike) -> NDArray[Any]:
    """The array in the byte order of the machine, so that its numbers can be looked at as they are."""
    array = np.asarray(values)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _micros(array: NDArray[Any], unit: str, low: int, high: int) -> Ints:
    if unit in _PER_UNIT:
        # A step of 15 minutes is a unit too. What is out of range would overflow in the conversion.
        step = _PER_UNIT[unit] * np.datetime_data(array.dtype)[1]
        _check_range(array.view(np.int64), low // step, high // step)
    micros = array.astype(f"{array.dtype.kind}8[us]").view(np.int64)
    _check_range(micros, low, high)
    return micros


def _unit(array: NDArray[Any], kind: str, what: str) -> str:
    name = "datetime64" if kind == "M" else "timedelta64"
    unit = np.datetime_data(array.dtype)[0] if array.dtype.kind == kind else "generic"
    if unit == "generic" or (kind == "m" and unit in ("M", "Y")):
        raise BusinessTimeError(f"{what} must be an array of {name}[us], not of {array.dtype}")
    return unit


def _check_range(values: Ints, low: int, high: int) -> None:
    known = values[values != NAT]
    if known.size and (int(known.min()) < low or int(known.max()) >= high):
        raise CalendarHorizonError("the calendar does not reach that far")


def _amounts(days: ArrayLike) -> Ints:
    array = np.asarray(days)
    if array.dtype.kind not in "iu":
        raise BusinessTimeError(f"business days are counted in whole numbers, not in {array.dtype}")
    if array.size and int(np.abs(array.astype(np.float64)).max()) > 1 << 40:
        raise CalendarHorizonError("the calendar does not reach that far")
    return array.astype(np.int64)


class Flat:
    """Arrays made flat and free of NaT, and the way back."""

    def __init__(self, first: Ints, *others: Ints) -> None:
        arrays = np.broadcast_arrays(first, *others) if any(other.ndim for other in others) else (first, *others)
        self.shape: tuple[int, ...] = arrays[0].shape
        flat = [array.reshape(-1) if array.ndim or number == 0 else array for number, array in enumerate(arrays)]
        self.missing: NDArray[np.bool_] | None = None
        # The smallest of all is NaT if there is any: a minimum is far cheaper than a mask.
        if any(array.size and int(array.min()) == NAT for array in flat):
            missing = np.zeros(flat[0].shape, np.bool_)
            for array in flat:
                missing |= array == NAT
            self.missing = missing
            flat = [array[~missing] if array.ndim else array for array in flat]
        self.values: list[Ints] = flat

    def back_flags(self, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Flags in the shape of the input, false where an input was NaT."""
        if self.missing is not None:
            full = np.zeros(self.missing.shape, np.bool_)
            full[~self.missing] = flags
            flags = full
        return flags.reshape(self.shape)

    def back(self, answer: Ints) -> Ints:
        """An answer in the shape of the input, NaT where an input was."""
        if self.missing is not None:
            full = np.full(self.missing.shape, NAT, np.int64)
            full[~self.missing] = answer
            answer = full
        return answer.reshape(self.shape)


def add_business_days(line: Timeline, starts: ArrayLike, days: ArrayLike) -> Instants:
    """See `ArrayCalendar.add_business_days_batch`."""
    array, amounts = _native(starts), _amounts(days)
    if array.dtype == "M8[D]":
        flat = Flat(array.view(np.int64), amounts)
        found = _dates(line, *flat.values) if flat.values[0].size else flat.values[0]
        return flat.back(found).view("datetime64[D]")
    flat = Flat(instants(array), amounts)
    found = _closes(line, *flat.values) if flat.values[0].size else flat.values[0]
    return flat.back(found).view("datetime64[us]")


def _ranked(batch: Batch, numbers: Ints, amounts: Ints) -> Ints:
    """Places of the n-th working days after day numbers of a snapshot."""
    if amounts.ndim == 0:
        # One amount: the whole answer is a table by day.
        return ((batch.after if int(amounts) > 0 else batch.before) + amounts).take(numbers)
    return np.where(amounts > 0, batch.after.take(numbers), batch.before.take(numbers)) + amounts


def _reach(line: Timeline, low_day: int, high_day: int, amounts: Ints) -> Batch:
    """Tables that hold a range of days since 1970, and all days that the amounts lead to."""
    for day in (low_day, high_day):
        line.covering_day(_date(day))
    fewest, most = int(amounts.min()), int(amounts.max())
    index = line.index
    number = low_day + EPOCH_ORDINAL - index.base
    line.ranked(index, (index.after if fewest > 0 else index.before)[number] + fewest)
    index = line.index
    number = high_day + EPOCH_ORDINAL - index.base
    line.ranked(index, (index.after if most > 0 else index.before)[number] + most)
    return tables(line)


def _date(day: int) -> date:
    if not 0 < day + EPOCH_ORDINAL <= date.max.toordinal():
        raise CalendarHorizonError("the calendar does not reach that far")
    return date.fromordinal(day + EPOCH_ORDINAL)


def _dates(line: Timeline, days: Ints, amounts: Ints) -> Ints:
    batch = _reach(line, int(days.min()), int(days.max()), amounts)
    first = batch.first_day
    if amounts.ndim == 0:
        places = (batch.after if int(amounts) > 0 else batch.before) + amounts
        found = batch.dates.take(places, mode="clip")
        answer = from_table(found, days, first)
    else:
        answer = batch.dates.take(_ranked(batch, days - first, amounts))
    if line.guarded:
        _refuse_doubts(batch, days - first, answer - first)
    return answer


def _closes(line: Timeline, starts: Ints, amounts: Ints) -> Ints:
    line.covering(int(starts.min()))
    index = line.covering(int(starts.max()))
    low, high = index.day_of(int(starts.min())), index.day_of(int(starts.max()))
    first = index.base - EPOCH_ORDINAL
    # One day more at the end: zero days past the close go to the next working day.
    batch = _reach(line, first + low, first + high, amounts + (amounts == 0))
    batch = _reach(line, first + low, first + high, amounts)
    days = batch.days
    if amounts.ndim == 0 and int(amounts):
        places = (batch.after if int(amounts) > 0 else batch.before) + amounts
        found = batch.closes.take(places, mode="clip")
        # Composed with the table of days, it is one look-up from the instant to the close.
        low_close, high_close = found.take(days.low, mode="clip"), found.take(days.high, mode="clip")
        answer = in_chunks(lambda chunk: days.choose(chunk, low_close, high_close), starts)
    else:
        numbers = in_chunks(days.number, starts)
        places = _ranked(batch, numbers, amounts)
        answer = batch.closes.take(places)
        past = (answer < starts) & (amounts == 0)
        answer = np.where(past, batch.closes.take(places + past), answer)
    if line.guarded:
        _refuse_doubts(batch, in_chunks(days.number, starts), in_chunks(days.number, answer))
    return answer


def _refuse_doubts(batch: Batch, start_days: Ints, end_days: Ints) -> None:
    if batch.doubtful(start_days, end_days).any():
        raise CalendarHorizonError("a day between a start and its answer is only estimated")


def add_working_time(line: Timeline, starts: ArrayLike, lengths: ArrayLike) -> Instants:
    """See `ArrayCalendar.add_working_time_batch`."""
    flat = Flat(instants(starts), durations(lengths))
    found = _shifted(line, *flat.values) if flat.values[0].size and flat.values[1].size else flat.values[0][:0]
    return flat.back(found).view("datetime64[us]")


def _shifted(line: Timeline, starts: Ints, lengths: Ints) -> Ints:
    line.covering(int(starts.min()))
    line.covering(int(starts.max()))
    least, most = int(lengths.min()), int(lengths.max())
    line.shift(int(starts.min()), least)
    line.shift(int(starts.max()), most)
    batch = tables(line)
    work = batch.work
    if lengths.ndim == 0:
        forward = least > 0
        answer = in_chunks(lambda chunk: work.instants(work.elapsed(chunk) + lengths, forward), starts)
    else:
        answer = work.instants(in_chunks(work.elapsed, starts) + lengths, lengths > 0)
    if line.guarded:
        _refuse_doubts(batch, in_chunks(batch.days.number, starts), in_chunks(batch.days.number, answer))
    return answer


def working_time_between(line: Timeline, starts: ArrayLike, ends: ArrayLike) -> Durations:
    """See `ArrayCalendar.working_time_between_batch`."""
    flat, shape = _pairs(starts, ends)
    first, last = flat.values
    if first.size:
        batch = _covering(line, first, last)
        answer = in_chunks(batch.work.elapsed, last)
        answer -= in_chunks(batch.work.elapsed, first)
        if line.guarded:
            _refuse_doubts(batch, in_chunks(batch.days.number, first), in_chunks(batch.days.number, last))
    else:
        answer = first
    return flat.back(answer).view("timedelta64[us]").reshape(shape)


def provisional(line: Timeline, starts: ArrayLike, ends: ArrayLike) -> NDArray[np.bool_]:
    """See `ArrayCalendar.provisional_batch`."""
    flat, shape = _pairs(starts, ends)
    first, last = flat.values
    answer = np.zeros(first.shape, np.bool_)
    if first.size:
        batch = _covering(line, first, last)
        answer = batch.doubtful(in_chunks(batch.days.number, first), in_chunks(batch.days.number, last))
    return flat.back_flags(answer).reshape(shape)


def _pairs(starts: ArrayLike, ends: ArrayLike) -> tuple[Flat, tuple[int, ...]]:
    flat = Flat(np.atleast_1d(instants(starts)), np.atleast_1d(instants(ends, "ends")))
    return flat, np.broadcast_shapes(np.shape(starts), np.shape(ends))


def _covering(line: Timeline, first: Ints, last: Ints) -> Batch:
    for edge in (first.min(), first.max(), last.min(), last.max()):
        line.covering(int(edge))
    return tables(line)
