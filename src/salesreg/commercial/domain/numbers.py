"""Numbers of deals, contracts, invoices and documents: one spelling, unique in a series and period, and the gaps."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Final

import attrs

# Cyrillic capitals that look like Latin ones, by their names.
_ALIKE: Final = {
    "A": "A", "VE": "B", "IE": "E", "IO": "E", "BYELORUSSIAN-UKRAINIAN I": "I", "KA": "K", "EM": "M", "EN": "H",
    "O": "O", "ER": "P", "ES": "C", "TE": "T", "U": "Y", "HA": "X", "JE": "J", "DZE": "S",
}  # fmt: skip
_CYRILLIC: Final = {ord(unicodedata.lookup(f"CYRILLIC CAPITAL LETTER {one}")): latin for one, latin in _ALIKE.items()}
_DASHES: Final = re.compile(r"[\u2010-\u2015\u2212]")
_ZEROS: Final = re.compile(r"(?<![0-9])0+(?=[0-9])")
_TAIL: Final = re.compile(r"(.*?)(\d+)", re.DOTALL | re.ASCII)


class NumberPeriod(StrEnum):
    """How long a number stays taken: within its calendar year, or for good."""

    CALENDAR_YEAR = "calendar_year"
    FOREVER = "forever"

    def of(self, day: dt.date) -> str:
        """The name of the period that a day lies in.

        >>> NumberPeriod.CALENDAR_YEAR.of(dt.date(2026, 2, 1))
        '2026'
        """
        return str(day.year) if self is NumberPeriod.CALENDAR_YEAR else ""


@lru_cache(maxsize=16384)
def spelled(number: str) -> str:
    r"""The one spelling of a number: no blanks, one kind of dash, capitals, Latin for Cyrillic letters that look alike.

    A number sign says nothing, nor does a full stop at the end.

    >>> spelled(" \u0430 - 17 ") == spelled("\u2116 A-17.") == spelled("A-17")
    True
    """
    whole = unicodedata.normalize("NFKC", number.replace("\u2116", "")).upper()
    folded = "".join(sign for sign in whole if not sign.isspace() and unicodedata.category(sign) != "Cf")
    return _DASHES.sub("-", folded).translate(_CYRILLIC).replace("#", "").rstrip(".")


def counted(number: str) -> str:
    """What a number counts, in the one spelling: zeros before a count say nothing.

    >>> counted("A-017/2026"), counted("000")
    ('A-17/2026', '0')
    """
    return _ZEROS.sub("", spelled(number))


def number_key(series: str, period: str, number: str) -> str:
    """The unique key of a number in its series and period, such as ``"contract.number:2026:A-17"``."""
    return f"{series}.number:{period}:{counted(number)}"


def next_number(series: str, period: str, taken: Callable[[str], bool]) -> str:
    """The number after the last of a series that is counted from 1.

    >>> next_number("invoice", "2026", {"invoice.number:2026:1", "invoice.number:2026:2"}.__contains__)
    '3'
    """
    high = 1
    while taken(number_key(series, period, str(high))):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if taken(number_key(series, period, str(middle))) else (low, middle)
    return str(high)


@attrs.frozen
class NumberGap:
    """Numbers that nobody has, between others of one series and period that are counted alike.

    Attributes:
        prefix: what stands before the count, such as ``"A-"``.
        first, last: the count of the first and of the last one missing.
    """

    period: str
    prefix: str
    first: int
    last: int


def gaps_between(series: str, keys: Iterable[str]) -> tuple[NumberGap, ...]:
    """The gaps in a series, counted from 1, by the unique keys of its numbers.

    >>> gaps_between("invoice", ["invoice.number:2026:2", "invoice.number:2026:5"])
    (NumberGap(period='2026', prefix='', first=1, last=1), NumberGap(period='2026', prefix='', first=3, last=4))
    """
    counts: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for key in keys:
        kind, _, rest = key.partition(":")
        period, _, number = rest.partition(":")
        if kind == f"{series}.number" and (found := _TAIL.fullmatch(number)):
            counts[period, found[1]].add(int(found[2]))
    out = []
    for (period, prefix), known in sorted(counts.items()):
        before = 0
        for count in sorted(known):
            if count > before + 1:
                out.append(NumberGap(period, prefix, before + 1, count - 1))
            before = count
    return tuple(out)
