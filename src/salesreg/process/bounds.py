"""What no value may be, whatever its type.

It could be written down and never be read again, or nobody could reckon with it.
"""

from __future__ import annotations

import datetime as dt
import enum
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

import attrs
import msgspec

from salesreg.rules.instants import to_utc

D = TypeVar("D", bound=dt.date)

LONGEST_STR: Final = 100_000
"""The most characters of a text."""
MOST: Final = 100_000
"""The most values in one list or mapping."""
DEEPEST: Final = 32
"""How deep lists, mappings and entities may lie in one another."""
YEARS: Final = range(1900, 2201)
"""The years of instants and dates."""
DIGITS: Final = 30
"""The most digits of a decimal number before its point, and after it."""
SHOWN: Final = 80
"""How much of a value an error shows."""

_KEPT: Final = (dt.datetime, dt.date, Decimal)
_SCALARS: Final = (str, int, float, bytes, enum.Enum, dt.timedelta, dt.time, *_KEPT)


def encode_hook(value: object) -> object:
    """Hook for msgspec: whatever it cannot write is refused with what it can."""
    raise TypeError(
        f"a {type(value).__name__} cannot be recorded: use attrs classes, enums, text, numbers and instants"
    )


def shown(value: object) -> str:
    """A value as an error names it: no longer than can be read, and with nothing that a terminal would act on."""
    try:
        said = repr(value[: SHOWN + 1] if isinstance(value, str | bytes) else value)
    except Exception:  # noqa: BLE001 - whatever it is, it is to be named
        said = f"a {type(value).__name__}"
    return one_line(said, SHOWN)


def one_line(said: str, longest: int) -> str:
    """What an error says of a value: not too long, and escaped where people cannot read it."""
    short = said if len(said) <= longest else f"{said[:longest]}…"
    return short if short.isprintable() else "".join(s if s.isprintable() else ascii(s)[1:-1] for s in short)


def named(name: object) -> str:
    """A name as an error says it: as it is, if people can read it."""
    return name if isinstance(name, str) and name.isprintable() and len(name) <= SHOWN else shown(name)


def text(value: str, longest: int = LONGEST_STR) -> str:
    """Text that can be written down: of bounded length, without half a character and without NUL.

    Raises:
        ValueError: it cannot.
    """
    if len(value) > longest:
        raise ValueError(f"expected text of at most {longest:,} characters, got {len(value):,}")
    if "\0" in value:
        raise ValueError(f"expected text, got NUL at position {value.index(chr(0))}")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as wrong:
            raise ValueError(f"expected text, got half a character at position {wrong.start}") from None
    return value


def dated(value: D) -> D:
    """An instant or a date of a year that can be reckoned with.

    Raises:
        ValueError: it is none.
    """
    if value.year not in YEARS:
        raise ValueError(f"expected a year from {YEARS.start} to {YEARS.stop - 1}, got {value.year}")
    return value


def whole(value: object) -> object:
    """A whole number that JSON carries; anything else as it is."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError("expected a whole number of at most 18 digits, got a larger one")
    return value


def _number(value: float | Decimal) -> float | Decimal:
    if not (value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)):
        raise ValueError(f"expected a finite number, got {value}")
    if isinstance(value, Decimal) and not (
        int(value.as_tuple().exponent) >= -DIGITS and (value.is_zero() or value.adjusted() < DIGITS)
    ):
        raise ValueError(f"expected a number of at most {DIGITS} digits before its point and after, got {shown(value)}")
    return value


def _scalar(value: object) -> object:
    """Instants in UTC, plain dates, numbers and text in their bounds; anything else as it is."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dt.datetime):
        try:
            return dated(to_utc(dated(value)))
        except OverflowError:
            raise ValueError(f"expected an instant, got one that UTC does not have: {value.isoformat()}") from None
    if isinstance(value, dt.date):
        return dated(dt.date(value.year, value.month, value.day))
    return _number(value) if isinstance(value, float | Decimal) else whole(value)


def given(value: object, deep: int = 0) -> object:
    """What a caller gives, as JSON-like values in their bounds: an entity too, for whoever made it may be mistaken."""
    if value is None or isinstance(value, _SCALARS):
        return _scalar(value)
    if deep == DEEPEST:
        raise ValueError(f"expected values at most {DEEPEST} deep in one another, got deeper ones")
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        if len(value) > MOST:
            raise ValueError(f"expected at most {MOST:,} values, got {len(value):,}")
        if isinstance(value, Mapping):
            return {given(key, deep + 1): given(inner, deep + 1) for key, inner in value.items()}
        inside = [given(inner, deep + 1) for inner in value]
        return inside if isinstance(value, list) else (tuple if isinstance(value, tuple) else frozenset)(inside)
    return given(msgspec.to_builtins(value, builtin_types=_KEPT, enc_hook=encode_hook), deep)


def settled(value: object) -> Any:
    """A typed value with instants in UTC, after seeing that everything inside is in its bounds."""
    if isinstance(value, list | tuple | set | frozenset):
        return type(value)([settled(inner) for inner in value])
    if isinstance(value, dict):
        return {settled(key): settled(inner) for key, inner in value.items()}
    kind: Any = type(value)
    for field in attrs.fields(kind) if attrs.has(kind) else ():
        settled(getattr(value, field.name))
    return _scalar(value)
