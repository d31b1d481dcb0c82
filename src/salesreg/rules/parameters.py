"""Parameters: the values that the source leaves open and a regulation gives, also by the day that matters."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Final, Generic, Protocol, TypeVar, cast, final, get_args, get_origin, overload

import attrs

from salesreg.calendars import Term
from salesreg.errors import BusinessTimeError, DeclarationError, ParameterTypeError
from salesreg.rules.roles import Role

T = TypeVar("T")
D = TypeVar("D")


@final
class Unset(Enum):
    """The type of `UNSET`."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset.UNSET
"""The value of a parameter that the source leaves open and nobody has given."""


class _Unreadable(ValueError):
    """Text that is no value, with a sentence that says why."""


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise _Unreadable(f"{text.strip()!r} is no day such as 2026-01-01") from None


@attrs.frozen
class Dated(Generic[T]):
    """A value that changes on known days: ask for it by the day that matters.

    Attributes:
        steps: the first day of each value, in order; None for the beginning of time.

    >>> rate = Parameter("invoice.vat_rate", Dated[Decimal]).convert("0.20 until 2025-12-31, 0.22 from 2026-01-01")
    >>> rate.on(dt.date(2025, 12, 22)), rate.on(dt.date(2026, 1, 13))
    (Decimal('0.20'), Decimal('0.22'))
    """

    steps: tuple[tuple[dt.date | None, T], ...]

    def on(self, day: dt.date) -> T:
        """The value on a day.

        Raises:
            ParameterTypeError: the regulation says nothing about a day so early.
        """
        found = [value for first, value in self.steps if first is None or first <= day]
        if not found:
            raise ParameterTypeError(f"no value is given for {day}: the first is from {self.steps[0][0]}")
        return found[-1]

    @classmethod
    def parse(cls, text: str, read: Callable[[str], T]) -> Dated[T]:
        """The value that its text describes: one value, or ``"A until DAY, B from DAY"``."""
        steps: list[tuple[dt.date | None, T]] = []
        ended: dt.date | None = None
        for number, part in enumerate(one.strip() for one in text.split(",")):
            said, _, last = part.partition(" until ")
            said, _, first = said.partition(" from ")
            begins = _day(first) if first else None
            if number:
                if ended == dt.date.max:
                    raise _Unreadable(f"nothing follows on {ended}")
                after = None if ended is None else ended + dt.timedelta(days=1)
                begins = begins or after
                if begins is None or (after and begins != after) or begins <= (steps[-1][0] or dt.date.min):
                    raise _Unreadable(f"{part!r} does not follow on what stands before it")
            steps.append((begins, read(said.strip())))
            ended = _day(last) if last else None
        if ended is not None:
            raise _Unreadable(f"{text!r} does not say what holds after {ended}")
        return cls(tuple(steps))

    def __str__(self) -> str:
        said = []
        for number, (first, value) in enumerate(self.steps):
            until = self.steps[number + 1][0] if number + 1 < len(self.steps) else None
            words = _word(value) if first is None else f"{_word(value)} from {first}"
            said.append(words if until is None else f"{words} until {until - dt.timedelta(days=1)}")
        return ", ".join(said)


class Values(Protocol):
    """What gives parameters their values: a regulation."""

    def value(self, parameter: Parameter[T]) -> T:
        """The value of a parameter."""
        ...


class Page(Generic[D]):
    """A page of the regulation; an instance is the page under one regulation, and its parameters are values there."""

    _regulation: Values


@attrs.frozen
class Parameter(Generic[T]):
    """A value that the source leaves open, cut or ambiguous; a regulation gives it.

    Declared in the body of a process it is read as ``self.vat_rate``; on the class it is the parameter itself.

    Attributes:
        name: dotted, unique, such as ``"sale.price_approval"``.
        type: `Term`, `Role`, `bool`, `int`, `Decimal`, `str`, `datetime.time`, an enum, or a `frozenset` or `Dated` of
            one of them.
        title: what it means, in English.
        clause: the requirement that leaves it open.
        default: used when a regulation gives nothing; `UNSET` for what the source left open.
    """

    name: str
    type: type[T]
    title: str = ""
    clause: str | None = attrs.field(default=None, kw_only=True)
    default: T | Unset = attrs.field(default=UNSET, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.name or any(sign.isspace() for sign in self.name):
            raise DeclarationError(f'a parameter needs a name such as "sale.deal_opener", not {self.name!r}')
        kind = get_origin(self.type) or self.type
        inner = get_args(self.type)[0] if kind in {frozenset, Dated} and get_args(self.type) else self.type
        if not isinstance(inner, type) or not (inner in _READERS or inner in _PLAIN or issubclass(inner, Enum)):
            raise DeclarationError(
                f"{self.name} cannot be a {self.type!r}: use Term, Role, bool, int, Decimal, str, time, an enum, or a "
                "frozenset[...] or Dated[...] of one of them"
            )

    @overload
    def __get__(self, page: None, owner: Any) -> Parameter[T]: ...
    @overload
    def __get__(self, page: Page[Any], owner: Any) -> T: ...
    @overload
    def __get__(self, page: object, owner: Any) -> Parameter[T]: ...
    def __get__(self, page: object, owner: Any) -> Parameter[T] | T:
        """On a page under a regulation its value, everywhere else the parameter itself."""
        return page._regulation.value(self) if isinstance(page, Page) else self  # noqa: SLF001 - read by its words

    def convert(self, value: object) -> T:
        """The value as this parameter's type, from itself or from its text.

        Raises:
            ParameterTypeError: the value is of another type; the message says what would be right.

        >>> Parameter("invoice.issue", Term).convert("30 working minutes")
        Term('30 working minutes')
        >>> sorted(Parameter("invoice.channels", frozenset[str]).convert("fax, courier"))
        ['courier', 'fax']
        """
        kind = get_origin(self.type) or self.type
        inner: Any = (get_args(self.type) or (str,))[0]
        found: Any
        try:
            if kind is Dated:
                found = value if isinstance(value, Dated) else Dated.parse(_word(value), lambda w: _read_word(w, inner))
            elif kind is frozenset:
                found = frozenset(_read_word(one, inner) for one in _several(value))
            else:
                found = _read(value, self.type)
            return cast("T", found)
        except (ValueError, InvalidOperation) as wrong:
            detail = f": {wrong}" if isinstance(wrong, BusinessTimeError | _Unreadable) else ""
            if kind in _PLAIN and isinstance(value, str) and value.strip("-").isalnum() and value.isascii():
                detail = ": write it without quotes" if value in ("true", "false") or value.isdecimal() else ""
            raise ParameterTypeError(f"{self.name} must be {self.wanted}, not {value!r}{detail}") from wrong

    @property
    def wanted(self) -> str:
        """What a right value looks like, for error messages."""
        kind = get_origin(self.type) or self.type
        if kind in {frozenset, Dated}:
            inner = _wanted((get_args(self.type) or (str,))[0])
            return f"several, with commas between them, each {inner}" if kind is frozenset else f"{inner}, also by date"
        return _wanted(self.type)


def _time_of_day(text: str) -> dt.time:
    found = dt.time.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError("a time of day is the company's own, without a zone")
    return found


_READERS: Final[Mapping[type, Callable[[str], Any]]] = {
    Term: Term.parse,
    Role: Role,
    Decimal: Decimal,
    dt.time: _time_of_day,
    str: str,
}
_PLAIN: Final = (bool, int)
_WANTED: Final[Mapping[type, str]] = {
    Term: 'a term such as "2 business days"',
    Role: "the id of a role",
    Decimal: 'a decimal number such as "0.20"',
    dt.time: 'a time of day such as "09:00"',
    bool: "true or false",
    int: "a whole number",
    str: "text",
}


def _wanted(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "one of " + ", ".join(str(member.value) for member in kind)
    return _WANTED.get(kind, getattr(kind, "__name__", str(kind)))


def _read(value: object, kind: Any) -> Any:
    """One value of a plain type, from itself or from its text."""
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        if isinstance(value, Decimal) and not math.isfinite(value):
            raise ValueError(value)
        return value
    if isinstance(value, str):
        if kind is Role:
            try:
                return Role(value)
            except DeclarationError as wrong:
                raise ValueError(str(wrong)) from wrong
        if issubclass(kind, Enum):
            return kind(value)
        if kind is Decimal and not math.isfinite(Decimal(value)):
            raise ValueError(value)
        if kind in _READERS:
            return _READERS[kind](value)
    raise ValueError(value)


def _several(value: object) -> list[object]:
    """Several values, from a list or from words with commas between them."""
    several = value.split(",") if isinstance(value, str) else value
    if not isinstance(several, list | tuple | set | frozenset):
        raise _Unreadable(f"{value!r} is no list")
    parts = [one.strip() if isinstance(one, str) else one for one in several]
    return [one for one in parts if one != ""]


def _read_word(value: object, kind: Any) -> Any:
    """One value of several, or one that holds for a while: a number or a truth value stands there as a word."""
    if isinstance(value, str) and kind in _PLAIN:
        if kind is bool:
            return {"true": True, "false": False}[value] if value in {"true", "false"} else _read(value, kind)
        return int(value) if value.removeprefix("-").isdecimal() else _read(value, kind)
    return _read(value, kind)


def _word(value: object) -> str:
    """One value as a word among others."""
    return str(value).lower() if isinstance(value, bool) else str(scalar(value))


def scalar(value: object) -> str | int | bool:
    """A parameter's value as the plain text, number or truth value that a regulation keeps.

    Raises:
        ParameterTypeError: it is no value, or one of several that cannot be told apart.
    """
    if value is None or value is UNSET:
        raise ParameterTypeError(f"{value} is no value: leave the setting out")
    if isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, frozenset | set | list | tuple):
        words = sorted(map(_word, value))
        if mixed := [word for word in words if "," in word or word != word.strip() or not word]:
            raise ParameterTypeError(f"{mixed[0]!r} cannot stand among several: commas part them, blanks are nothing")
        return ", ".join(words)
    if isinstance(value, dt.time):
        return value.isoformat("auto" if value.second or value.microsecond else "minutes")
    return str(value)
