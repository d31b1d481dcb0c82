"""Questions about cases."""

# ruff: noqa: S608 - what is put into SQL here are names of our own columns
from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Final

import msgspec
from msgspec.structs import replace

from salesreg.adapters.sql.rows import (
    CASE_COLUMNS,
    OBLIGATION_COLUMNS,
    Row,
    case_from,
    maybe_micros,
    micros,
    obligation_from,
)
from salesreg.adapters.sql.session import Session, Values
from salesreg.adapters.sql.walks import Walk, Where, among, equal, given, page
from salesreg.errors import CaseNotFound
from salesreg.ports import CaseQuery, StoredCase
from salesreg.process.references import CaseId

FEW: Final = 1000
"""So many cases of one list are sorted by hand; those of a longer one are looked for in the order of the answer."""

_CASE: Final = f"SELECT {CASE_COLUMNS} FROM salesreg_case WHERE id = ?"
# By what they are not, so that a status of a later program is noticed.
_OWED: Final = f"""
    SELECT {OBLIGATION_COLUMNS}, ordinal FROM salesreg_obligation
    WHERE case_id = ? AND +status NOT IN ('met', 'met_late', 'breached', 'cancelled')
"""
HOLDER: Final = """
    SELECT c.id, c.head FROM salesreg_key AS k JOIN salesreg_case AS c ON c.id = k.case_id WHERE k.key = ?
"""
_STAGE: Final = ("c.process", "c.stage", "c.ended")


def questions(case_ids: Sequence[CaseId]) -> list[tuple[str, Values]]:
    """What is asked to load cases with their open obligations."""
    return [(sql, (case_id,)) for case_id in case_ids for sql in (_CASE, _OWED)]


def loaded(answers: Sequence[list[Row]]) -> Iterator[StoredCase]:
    """The cases that are there, from what those questions were answered."""
    for found, owed in zip(answers[::2], answers[1::2], strict=True):
        for row in found:
            owed.sort(key=itemgetter(-1))
            yield case_from(row, tuple([obligation_from(each[:-1]) for each in owed]))


def find(session: Session, query: CaseQuery) -> list[StoredCase]:
    """The cases that a query describes."""
    rows = page(session, _walks(session, query, few=FEW), query.limit, descending=query.order.startswith("-"))
    return list(loaded(session.ask_all(questions([row[-1] for row in rows]))))


def count(session: Session, query: CaseQuery) -> int:
    """How many cases a query describes, over all pages."""
    whole = replace(query, after=None, order="last_at")
    return sum(walk.count(session) for walk in _walks(session, whole, few=sys.maxsize))


def _walks(session: Session, query: CaseQuery, *, few: int) -> Iterator[Walk]:
    by_id = query.order in {"id", "-id"}
    walk = _limited(session, query, Walk("salesreg_case AS c", ("c.id",) if by_id else ("c.last_at", "c.id")))
    stage = (query.process, query.stage, None if query.ended is None else int(query.ended))
    lists = sorted(_lists(query), key=lambda each: each.length(session))
    if lists and lists[0].length(session) <= few:
        shortest = lists.pop(0)
        where = shortest.under & equal(_STAGE, stage) & among(("c.waits_for",), query.waits_for) & walk.where
        walk = replace(walk, source=shortest.source, where=where, sorted=False)
    for each in lists:
        walk &= each.holds
    if not walk.sorted:
        yield walk
        return
    index = "salesreg_case AS c INDEXED BY salesreg_case_{}" + ("" if by_id else "_last")
    if query.waits_for:
        # The index knows the cases in which whoever they wait for owes nothing.
        idle = 1 if set(query.waits_for) <= set(query.idle_for) else None
        for owner in dict.fromkeys(query.waits_for):
            of_stage = walk & equal(_STAGE, stage)
            yield from of_stage.runs(session, index.format("waits"), ("c.waits_for", "c.idle"), (owner, idle))
    elif by_id and stage == (None, None, None):
        yield walk
    else:
        yield from walk.runs(session, index.format("stage"), _STAGE, stage)


def _limited(session: Session, query: CaseQuery, walk: Walk) -> Walk:
    """A walk from where the page begins, within the dates, and past the cases in which somebody owes something."""
    by_id = len(walk.columns) == 1
    since, until = maybe_micros(query.since), maybe_micros(query.until)
    if by_id:
        walk &= given("c.last_at >= ?", since) & given("c.last_at < ?", until)
    else:
        walk = walk.within(None if since is None else (since, ""), None if until is None else (until, ""))
    if query.idle_for:
        owes = among(("+o.role", "+o.person"), query.idle_for)
        owed = (
            "NOT EXISTS (SELECT 1 FROM salesreg_obligation AS o WHERE o.case_id = c.id "
            f"AND +o.status IN ('open', 'paused') AND {owes.text})"
        )
        walk &= Where(owed, owes.values)
    if query.after is None:
        return walk
    place: Row | None = (query.after,)
    if not by_id and query.after_at is not None:
        place = (micros(query.after_at), query.after)
    elif not by_id:
        sql = "SELECT last_at, id FROM salesreg_case WHERE id = ?"
        place = next(iter(session.ask(sql, (query.after,))), None)
        if place is None:
            raise CaseNotFound(f"no case {query.after!r} in the store that a page could follow")
    return walk.within(None, place) if query.order.startswith("-") else walk.within(place, None)


class _List(msgspec.Struct, frozen=True):
    """A table that lists cases under something: a key, a parent or a value.

    Attributes:
        table: the table, as l.
        case: its column with the ids of cases.
        called: which list.
        process: of which process its cases are to be; None for any.
        source, under: its cases in no order.
        holds: that it holds a case.
        length: how many cases it lists, as far as that matters.
    """

    table: str
    case: str
    called: Where
    process: str | None

    @property
    def source(self) -> str:
        return f"{self.table} AS l CROSS JOIN salesreg_case AS c ON c.id = {self.case}"

    @property
    def under(self) -> Where:
        return self.called & given("l.process = ?", self.process)

    @property
    def holds(self) -> Where:
        row = f"{self.called} AND l.process = c.process AND {self.case} = c.id"
        return Where(f"EXISTS (SELECT 1 FROM {self.table} AS l {row})", self.called.values)

    def length(self, session: Session) -> int:
        sql = f"SELECT 1 FROM {self.table} AS l {self.under} LIMIT {FEW + 1}"
        return len(session.ask(sql, self.under.values))


def _lists(query: CaseQuery) -> Iterator[_List]:
    if query.key is not None:
        yield _List("salesreg_key", "l.case_id", given("l.key = ?", query.key), query.process)
    if query.parent is not None:
        yield _List("salesreg_ref", "l.child", given("l.parent = ?", query.parent), query.process)
    for name, wanted in query.where.items():
        value = wanted.casefold()
        called = equal(("l.name", "l.value"), (name, value))
        if value.endswith("*"):
            start = value[:-1]
            called = given("l.name = ?", name) & given("l.value >= ?", start) & given("l.value < ?", _beyond(start))
        yield _List("salesreg_search", "l.case_id", called, query.process)


def _beyond(start: str) -> str | None:
    """The first text after all that begin so, if there is one."""
    start = start.rstrip("\U0010ffff")
    return start[:-1] + ("\ue000" if start[-1] == "\ud7ff" else chr(ord(start[-1]) + 1)) if start else None
