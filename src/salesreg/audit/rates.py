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
from salesreg.audit.checks import LATE, Judged
from salesreg.audit.log import NEVER, NOBODY, Ints, Log

EVERY_STEP: Final = frozenset({ORDER, ROLES, EVIDENCE, RECORDING, BULK})
"""The rules of which a case is one instance, however many of its events they are about."""
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


def counted(log: Log, bound: Bound, judged: Iterable[Judged]) -> list[Rate]:
    """The counts of each rule, person and month, smallest first; their sums are those of any larger group."""
    zone, found = ZoneInfo(bound.calendar.timezone), list[Rate]()
    happened = _months(log.at, zone)
    for rows in judged:
        found += _counted(log, bound, rows, happened, zone)
        if rows.rule in EVERY_STEP:  # a case of two people is one case, and one of each of them
            nobody = attrs.evolve(rows, person=np.full(len(rows), NOBODY, np.int32))
            found += [attrs.evolve(one, person="") for one in _counted(log, bound, nobody, happened, zone)]
    return found


def _counted(log: Log, bound: Bound, rows: Judged, happened: Ints, zone: ZoneInfo) -> Iterator[Rate]:
    if not len(rows):
        return
    month = happened[rows.event]
    if rows.rule not in EVERY_STEP and (timed := rows.due != NEVER).any():
        month = np.where(timed, _months(np.where(timed, rows.due, 0), zone), month)
    # 0 kept, 1 late, 2 broken, 3 unknown, 4 open
    class_of = np.array([0, 2, 3, 4])[rows.verdict]
    class_of[rows.kind == LATE] = 1
    person = rows.person.astype(np.int64)
    if rows.rule in EVERY_STEP:
        whose = log.case[rows.event].astype(np.int64) * (len(log.people) + 1) + person + 1
        order = np.argsort(whose * 8 + np.array([4, 1, 0, 2, 3])[class_of])  # of each one's, the gravest comes first
        first = np.ones(len(order), np.bool_)
        first[1:] = whose[order[1:]] != whose[order[:-1]]
        chosen = order[first]
        month, class_of, person = month[chosen], class_of[chosen], person[chosen]
    first_month = int(month.min())
    months = int(month.max()) - first_month + 1
    keys = ((person + 1) * months + month - first_month) * 5 + class_of
    counts = np.bincount(keys, minlength=(len(log.people) + 1) * months * 5).reshape(-1, months, 5)
    for who, then in np.argwhere(counts.any(axis=2)).tolist():
        year, number = divmod(first_month + then, 12)
        yield Rate(rows.rule, _name(log, bound, who - 1), f"{year}-{number + 1:02}", *counts[who, then].tolist())


def merged(rates: Iterable[Rate], *, by_person: bool = False, by_month: bool = False) -> list[Rate]:
    """Counts added up, those of the parts of one log too."""
    found: dict[tuple[str, str, str], Rate] = {}
    for one in rates:
        if one.norm in EVERY_STEP and by_person == (one.person == ""):
            continue
        key = one.norm, one.person if by_person else "", one.month if by_month else ""
        so_far = found.get(key, Rate(*key))
        found[key] = Rate(*key, so_far.kept + one.kept, so_far.late + one.late, so_far.broken + one.broken,
                          so_far.unknown + one.unknown, so_far.open + one.open)  # fmt: skip
    return list(found.values())


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


def _months(us: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """The month of each instant in a zone, as a number since the year 0."""
    moments = pa.array(us, pa.timestamp("us", "UTC")).cast(pa.timestamp("us", str(zone)))
    months: np.ndarray = pc.year(moments).to_numpy() * 12 + pc.month(moments).to_numpy() - 1
    return months


def _name(log: Log, bound: Bound, person: int) -> str:
    if person == NOBODY:
        return "—"
    name = log.people[person]
    known = bound.people.get(name)
    return known.employee or name if known is not None else name
