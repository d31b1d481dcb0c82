"""How often each rule is kept: counts that add up, rates with their intervals, and both bounds of what is unknown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from salesreg.audit.bound import BULK, EVIDENCE, ORDER, RECORDING, ROLES, Bound
from salesreg.audit.log import NEVER, NOBODY, Ints, Log
from salesreg.audit.verdicts import LATE, Judged

EVERY_STEP: Final = frozenset({ORDER, ROLES, EVIDENCE, RECORDING, BULK})
"""The rules of which a case is one instance, however many of its events they are about."""
EVERYBODY: Final = NOBODY - 1
FEW: Final = 20
"""Of fewer instances than this a count is said, and no percentage."""
Z: Final = 1.959963984540054


@attrs.frozen
class Rate:
    """How often a rule was kept.

    Attributes:
        norm: the rule's id.
        person: by whom, ``"—"`` where it was nobody in person; empty for everybody.
        month: in which month it fell due, ``"2026-03"``; empty for all.
        kept, late, broken, unknown, open: how many; `late` ones had a result, and `broken` are all others against the
            rule.
    """

    norm: str
    person: str = ""
    month: str = ""
    kept: int = 0
    late: int = 0
    broken: int = 0
    unknown: int = 0
    open: int = 0

    @property
    def known(self) -> int:
        """How many can be judged."""
        return self.kept + self.late + self.broken

    @property
    def share(self) -> float | None:
        """The share that was kept, of those that can be judged; None of none."""
        return self.kept / self.known if self.known else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the share, after Wilson; None of none."""
        return wilson(self.kept, self.known)

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The share if all that is unknown was broken, and if all of it was kept; None of none."""
        every = self.known + self.unknown
        return (self.kept / every, (self.kept + self.unknown) / every) if every else None


def wilson(hits: int, tries: int) -> tuple[float, float] | None:
    """The 95 % interval of a share, after Wilson (1927); None of no tries.

    >>> [round(one, 3) for one in wilson(252, 1300)]
    [0.173, 0.216]
    """
    if not tries:
        return None
    p, z2 = hits / tries, Z * Z
    middle, width = p + z2 / (2 * tries), Z * math.sqrt(p * (1 - p) / tries + z2 / (4 * tries * tries))
    return max(0.0, (middle - width) / (1 + z2 / tries)), min(1.0, (middle + width) / (1 + z2 / tries))


@attrs.frozen(eq=False)
class Counts:
    """The counts of one rule by person, month and outcome.

    Attributes:
        rule: its id.
        first_month: the month of the first column, as a number since the year 0.
        numbers: by person (everybody, nobody, then by code), month, and kept, late, broken, unknown, open.
    """

    rule: str
    first_month: int
    numbers: Ints

    def rates(self, names: Sequence[str], *, by_person: bool, by_month: bool) -> Iterator[Rate]:
        """A `Rate` for each person, month, or both that anything is counted of."""
        numbers = self.numbers if self.rule in EVERY_STEP else self._with_everybody()
        some = numbers[1:] if by_person else numbers[:1]
        some = some if by_month else some.sum(axis=1, keepdims=True)
        who = ["—", *names] if by_person else [""]
        for person, month in np.argwhere(some.any(axis=2)).tolist():
            year, number = divmod(self.first_month + month, 12)
            then = f"{year}-{number + 1:02}" if by_month else ""
            yield Rate(self.rule, who[person], then, *some[person, month].tolist())

    def _with_everybody(self) -> Ints:
        """Of a rule whose every row is somebody's or nobody's, everybody is their sum."""
        return np.concatenate([self.numbers[1:].sum(axis=0, keepdims=True), self.numbers[1:]])


def counted(log: Log, bound: Bound, judged: Iterable[Judged]) -> list[Counts]:
    """The counts of each rule; of parts of a log they add up."""
    zone, found = ZoneInfo(bound.calendar.timezone), list[Counts]()
    happened = _months(log.at, zone)
    for rows in judged:
        if not len(rows):
            continue
        # 0 kept, 1 late, 2 broken, 3 unknown, 4 open
        class_of = np.array([0, 2, 3, 4])[rows.verdict]
        class_of[rows.kind == LATE] = 1
        month, person = happened[rows.event], rows.person.astype(np.int64)
        if rows.rule not in EVERY_STEP:
            if (timed := rows.due != NEVER).any():
                month = np.where(timed, _months(np.where(timed, rows.due, 0), zone), month)
            found.append(_counts(log, rows.rule, month, person, class_of))
            continue
        # A case of two people is one case, and one of each of them; of each, the gravest counts.
        case = log.case[rows.event].astype(np.int64)
        chosen, by = list[Ints](), list[Ints]()
        for whose in (case, case * (len(log.people) + 1) + person + 1):
            order = np.argsort(whose * 8 + np.array([4, 1, 0, 2, 3])[class_of])
            first = np.ones(len(order), np.bool_)
            first[1:] = whose[order[1:]] != whose[order[:-1]]
            chosen.append(order[first])
            by.append(person[order[first]] if by else np.full(int(first.sum()), EVERYBODY))
        every = np.concatenate(chosen)
        found.append(_counts(log, rows.rule, month[every], np.concatenate(by), class_of[every]))
    return found


def _counts(log: Log, rule: str, month: Ints, person: Ints, class_of: Ints) -> Counts:
    first = int(month.min())
    months, people = int(month.max()) - first + 1, len(log.people) - EVERYBODY
    keys = ((person - EVERYBODY) * months + month - first) * 5 + class_of
    numbers = np.bincount(keys, minlength=people * months * 5).reshape(people, months, 5)
    return Counts(rule, first, numbers)


def rates_table(rates: Sequence[Rate]) -> pa.Table:
    """Rates as Arrow columns."""
    rows = []
    for one in rates:
        low, high = one.interval or (None, None)
        rows.append(attrs.asdict(one) | {"share": one.share, "low": low, "high": high})
    counts = [(name, pa.int64()) for name in ("kept", "late", "broken", "unknown", "open")]
    shares = [(name, pa.float64()) for name in ("share", "low", "high")]
    texts = [(name, pa.string()) for name in ("norm", "person", "month")]
    return pa.Table.from_pylist(rows, schema=pa.schema([*texts, *counts, *shares]))


def added(parts: Iterable[pa.Table]) -> list[Rate]:
    """The rates of a whole log from the counts of its parts, as `audit_table` gives them."""
    counts = ("kept", "late", "broken", "unknown", "open")
    whole = pa.concat_tables(parts).group_by(["norm", "person", "month"]).aggregate([(name, "sum") for name in counts])
    found = [
        Rate(row["norm"], row["person"], row["month"], *(row[f"{name}_sum"] for name in counts))
        for row in whole.to_pylist()
    ]
    return sorted(found, key=lambda one: (one.norm, one.month, one.person))


def _months(us: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """The month of each instant in a zone, as a number since the year 0."""
    moments = pa.array(us, pa.timestamp("us", "UTC")).cast(pa.timestamp("us", str(zone)))
    months: np.ndarray = pc.year(moments).to_numpy() * 12 + pc.month(moments).to_numpy() - 1
    return months
