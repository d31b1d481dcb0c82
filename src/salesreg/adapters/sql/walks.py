"""How questions are answered: by walking an index in the order that is asked for, no further than a page.

The columns that an index begins with take few values: the stages of a process, who a case waits for, the status and the
norm of an obligation. Each combination of them is a run of rows in the order of the columns that follow. The runs that
a question allows are found by leaping from one to the next, and a page is merged from their beginnings: what it costs
depends on the length of the page and on the number of runs, not on the number of cases.
"""

# ruff: noqa: S608 - what is put into SQL here are names of our own columns
from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from salesreg.adapters.sql.rows import Row
from salesreg.adapters.sql.session import Session


class Where(msgspec.Struct, frozen=True):
    """Conditions that hold together, and the values they name in order."""

    text: str = ""
    values: Row = ()

    def __and__(self, other: Where) -> Where:
        return Where(" AND ".join(filter(None, (self.text, other.text))), (*self.values, *other.values))

    def __str__(self) -> str:
        return f"WHERE {self.text}" if self.text else ""


def equal(columns: Iterable[str], values: Iterable[object]) -> Where:
    """What these columns must be; None says nothing."""
    pairs = [pair for pair in zip(columns, values, strict=False) if pair[1] is not None]
    return Where(" AND ".join(f"{column} = ?" for column, _ in pairs), tuple(value for _, value in pairs))


def given(text: str, value: object) -> Where:
    """A condition that names a value; None says nothing."""
    return Where() if value is None else Where(text, (value,))


def among(columns: Sequence[str], values: Sequence[object]) -> Where:
    """Which values one of these columns must have; no values say nothing."""
    if not values:
        return Where()
    any_of = " OR ".join(f"{column} IN ({_marks(values)})" for column in columns)
    return Where(f"({any_of})", tuple(values) * len(columns))


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


class Walk(msgspec.Struct, frozen=True):
    """Rows of a source between two bounds, which are left out themselves.

    Attributes:
        source: what is read, with the index whose order is wanted.
        columns: what is answered, and in whose order.
        where: which rows.
        low, high: the bounds, as values of the columns.
        sorted: whether the source has that order; one that has not has few rows.
    """

    source: str
    columns: tuple[str, ...]
    where: Where = Where()
    low: Row | None = None
    high: Row | None = None
    sorted: bool = True

    def within(self, low: Row | None, high: Row | None) -> Walk:
        """The same between these bounds too."""
        lows, highs = [one for one in (self.low, low) if one], [one for one in (self.high, high) if one]
        return replace(self, low=max(lows, default=None), high=min(highs, default=None))

    def __and__(self, where: Where) -> Walk:
        """The same under one more condition."""
        return replace(self, where=self.where & where)

    def runs(self, session: Session, source: str, columns: tuple[str, ...], wanted: Row) -> Iterator[Walk]:
        """The same over an index whose first columns take few values: a walk for each combination of them.

        Only those that are there and wanted; None wants any.
        """
        fixed = tuple(itertools.takewhile(lambda value: value is not None, wanted))
        free = ", ".join(columns[len(fixed) :])
        where = within = equal(columns, fixed)
        while True:
            run: Row | None = ()
            if free:
                sql = f"SELECT {free} FROM {source} {where} ORDER BY {free} LIMIT 1"
                run = next(iter(session.ask(sql, where.values)), None)
            if run is None:
                return
            whole = (*fixed, *run)
            if all(value is None or value == there for value, there in zip(wanted, whole, strict=True)):
                yield replace(self, source=source, where=equal(columns, whole) & self.where)
            if not run:
                return
            # Not "> run", for which SQLite would step over every row of the run. No text holds a NUL.
            beyond = (*run[:-1], f"{run[-1]}\1" if isinstance(run[-1], str) else run[-1] + 1)
            where = within & Where(f"({free}) >= ({_marks(beyond)})", beyond)

    def rows(self, session: Session, limit: int, *, descending: bool) -> list[Row]:
        """The first rows, or all of a few."""
        where = self._between()
        sql = f"SELECT {', '.join(self.columns)} FROM {self.source} {where}"
        if not self.sorted:
            return session.ask(sql, where.values)
        order = ", ".join(f"{column} DESC" if descending else column for column in self.columns)
        return session.ask(f"{sql} ORDER BY {order} LIMIT ?", (*where.values, limit))

    def count(self, session: Session) -> int:
        """How many different rows there are."""
        where = self._between()
        counted = "*" if self.sorted else f"DISTINCT {self.columns[-1]}"
        ((found,),) = session.ask(f"SELECT count({counted}) FROM {self.source} {where}", where.values)
        return int(found)

    def _between(self) -> Where:
        where, columns = self.where, ", ".join(self.columns)
        for sign, bound in ((">", self.low), ("<", self.high)):
            if bound is not None:
                where &= Where(f"({columns}) {sign} ({_marks(bound)})", bound)
        return where


def page(session: Session, walks: Iterable[Walk], limit: int, *, descending: bool = False) -> list[Row]:
    """The first rows of all walks together; once a page is full, only what comes before its end is looked for."""
    found: list[Row] = []
    for walk in walks:
        end = found[-1] if found and len(found) == limit else None
        nearer = walk.within(end, None) if descending else walk.within(None, end)
        found = sorted({*found, *nearer.rows(session, limit, descending=descending)}, reverse=descending)[:limit]
    return found
