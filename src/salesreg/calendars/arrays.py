"""Arrays of instants, durations and amounts as a caller gives them: checked, and as plain 64-bit microseconds.

An array of another kind is refused by BusinessTimeError, a value outside the years 1 to 9999 by CalendarHorizonError.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesreg.calendars.clock import DAY_US, EPOCH_ORDINAL, MINUTE_US, SECOND_US, is_date
from salesreg.errors import BusinessTimeError, CalendarHorizonError, NaiveDatetimeError

Ints = NDArray[np.int64]

NAT: Final = np.iinfo(np.int64).min
# The years 1 to 9999 in microseconds since 1970.
_FIRST_US: Final = (1 - EPOCH_ORDINAL) * DAY_US
_LAST_US: Final = (3_652_059 - EPOCH_ORDINAL) * DAY_US
_PER_UNIT: Final = {"W": 7 * DAY_US, "D": DAY_US, "h": 3600 * SECOND_US, "m": MINUTE_US, "s": SECOND_US, "ms": 1000}


def instants(values: ArrayLike, what: str = "starts") -> Ints:
    """UTC microseconds of an array of `datetime64` with a time, of any unit and shape."""
    array = native(values)
    unit = _unit(array, "M", what)
    if unit in ("D", "W", "M", "Y"):
        raise BusinessTimeError(f"{what} are instants in UTC: give datetime64[us], not dates ({array.dtype})")
    return _micros(array, unit, _FIRST_US, _LAST_US)


def in_reach(values: Ints, low: int = _FIRST_US, high: int = _LAST_US) -> Ints:
    """The values themselves, if all but NaT are from `low` up to but not including `high`."""
    known = values[values != NAT]
    if known.size and (int(known.min()) < low or int(known.max()) >= high):
        raise CalendarHorizonError("the calendar does not reach that far")
    return values


def durations(values: ArrayLike) -> Ints:
    """Microseconds of an array of `timedelta64`, none of them longer than any calendar."""
    array = native(values)
    unit = _unit(array, "m", "durations")
    span = _LAST_US - _FIRST_US
    return _micros(array, unit, -span, span)


def amounts(days: ArrayLike) -> Ints:
    """Whole numbers of business days."""
    array = native(days)
    if array.dtype.kind not in "iu":
        raise BusinessTimeError(f"business days are counted in whole numbers, not in {array.dtype}")
    if array.size and int(np.abs(array.astype(np.float64)).max()) > 1 << 40:
        raise CalendarHorizonError("the calendar does not reach that far")
    return array.astype(np.int64)


def native(values: ArrayLike) -> NDArray[Any]:
    """The array in the byte order of the machine; columns with a time zone, and Python's own times, as UTC."""
    if isinstance(values, np.ma.MaskedArray):
        if values.dtype.kind not in "mM":
            raise BusinessTimeError(f"a masked array of {values.dtype} has holes that no time can stand for")
        values = np.where(np.ma.getmaskarray(values), np.array("NaT", values.dtype), values.data)
    zoned = getattr(getattr(values, "dtype", None), "tz", None) is not None  # such as a column of pandas
    array = np.asarray(values, "M8[us]") if zoned else np.asarray(values)
    if array.dtype.kind == "O":
        array = _of_objects(array)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _of_objects(array: NDArray[Any]) -> NDArray[Any]:
    """Dates, aware datetimes or lengths of time of Python as NumPy has them; anything else as it is."""
    # What is not equal to itself is pandas' NaT.
    given = [None if one is None or one != one else one for one in array.reshape(-1).tolist()]
    known = [one for one in given if one is not None]
    if known and all(isinstance(one, timedelta) for one in known):
        return np.array(given, "m8[us]").reshape(array.shape)
    if known and all(map(is_date, known)):
        return np.array(given, "M8[D]").reshape(array.shape)
    if not known or not all(isinstance(one, datetime) for one in known):
        return array
    for one in known:
        if one.utcoffset() is None:
            raise NaiveDatetimeError(f"{one} has no time zone: an instant needs one, such as +03:00")
    plain = [None if one is None else one.astimezone(UTC).replace(tzinfo=None) for one in given]
    return np.array(plain, "M8[us]").reshape(array.shape)


def _micros(array: NDArray[Any], unit: str, low: int, high: int) -> Ints:
    if unit in _PER_UNIT:
        # A step of 15 minutes is a unit too. What is out of range would overflow in the conversion.
        step = _PER_UNIT[unit] * np.datetime_data(array.dtype)[1]
        in_reach(array.view(np.int64), low // step, high // step)
    return in_reach(array.astype(f"{array.dtype.kind}8[us]").view(np.int64), low, high)


def _unit(array: NDArray[Any], kind: str, what: str) -> str:
    name = "datetime64" if kind == "M" else "timedelta64"
    unit = np.datetime_data(array.dtype)[0] if array.dtype.kind == kind else "generic"
    if unit == "generic" or (kind == "m" and unit in ("M", "Y")):
        raise BusinessTimeError(f"{what} must be an array of {name}[us], not of {array.dtype}")
    return unit


class Flat:
    """Arrays made flat and free of NaT, and the way back."""

    def __init__(self, first: Ints, *others: Ints) -> None:
        try:
            arrays = np.broadcast_arrays(first, *others) if any(other.ndim for other in others) else (first, *others)
        except ValueError:
            shapes = " and ".join(str(one.shape) for one in (first, *others))
            raise BusinessTimeError(f"arrays of shapes {shapes} do not go together") from None
        self.shape: tuple[int, ...] = arrays[0].shape
        self.values: list[Ints] = [arrays[0].reshape(-1)]
        self.values += [array.reshape(-1) if array.ndim else array for array in arrays[1:]]
        self.missing: NDArray[np.bool_] | None = None
        # The smallest of all is NaT if there is any: a minimum is far cheaper than a mask.
        if any(array.size and int(array.min()) == NAT for array in self.values):
            self.missing = missing = np.zeros(self.values[0].shape, np.bool_)
            for array in self.values:
                missing |= array == NAT
            self.values = [array[~missing] if array.ndim else array for array in self.values]

    def answer(self, function: Callable[..., NDArray[Any]], kind: str) -> NDArray[Any]:
        """What a function says of the flat arrays, as `back` gives it; it is not asked of nothing."""
        return self.back(function(*self.values) if self.values[0].size else np.empty(0, np.dtype(kind)), kind)

    def back(self, answer: NDArray[Any], kind: str) -> NDArray[Any]:
        """An answer as an array of a kind in the shape of the input: NaT, or False, where an input was NaT."""
        answer = answer.view(kind)
        if self.missing is not None:
            full = np.full(self.missing.shape, False if kind == "bool" else "NaT", kind)
            full[~self.missing] = answer
            answer = full
        return answer.reshape(self.shape)
