"""Questions about obligations."""

# ruff: noqa: S608 - what is put into SQL here are names of our own columns
from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from salesreg.adapters.sql.rows import OBLIGATION_COLUMNS, Row, micros, obligation_from
from salesreg.adapters.sql.session import Session
from salesreg.adapters.sql.walks import Walk, among, given, page
from salesreg.errors import CaseNotFound
from salesreg.ports import ObligationQuery
from salesreg.process.case import Obligation, ObligationStatus

_RUNNING: Final = frozenset({ObligationStatus.OPEN, ObligationStatus.PAUSED})
_ORDER: Final = ("due", "id", "case_id")
_ONE: Final = f"SELECT {OBLIGATION_COLUMNS} FROM salesreg_obligation WHERE case_id = ? AND id = ?"
_PLACE: Final = "SELECT due, id, case_id FROM salesreg_obligation WHERE case_id = ? AND id = ?"
_BY: Final = "salesreg_obligation INDEXED BY salesreg_obligation_"
_OWNERS: Final = (f"{_BY}role", ("status", "role")), (f"{_BY}person", ("status", "person"))
_NORMS: Final = f"{_BY}norm", ("status", "norm", "process")


def find(session: Session, query: ObligationQuery) -> list[Obligation]:
    """The obligations that a query describes."""
    found = page(session, _walks(session, query), query.limit)
    answers = session.ask_all([(_ONE, (case_id, id_)) for _, id_, case_id in found])
    return [obligation_from(row) for rows in answers for row in rows]


def _walks(session: Session, query: ObligationQuery) -> Iterator[Walk]:
    after = None if query.after is None else _place(session, query.after)
    owned = among(("+role", "+person"), query.owners)
    for status, standing in _standing(query):
        walk = standing.within(after, None)
        if query.case is not None:
            # Those of one case lie together, and are few.
            of_case = given("case_id = ?", query.case) & given("+norm = ?", query.norm) & given("+status = ?", status)
            yield replace(walk, where=of_case & given("+process = ?", query.process) & owned, sorted=False)
        elif query.norm is not None or (query.process is not None and not query.owners):
            yield from (walk & owned).runs(session, *_NORMS, (status, query.norm, query.process))
        elif query.owners:
            of_process = walk & given("process = ?", query.process)
            for (index, columns), owner in itertools.product(_OWNERS, dict.fromkeys(query.owners)):
                yield from of_process.runs(session, index, columns, (status, owner))
        else:
            yield from walk.runs(session, *_OWNERS[0], (status, None))


def _standing(query: ObligationQuery) -> Iterator[tuple[str, Walk]]:
    """The statuses as they are stored, each with the stretch of due instants in which it is wanted."""
    wanted = set(query.statuses or ObligationStatus)
    whole = Walk("salesreg_obligation", _ORDER, low=_bound(query.due_from), high=_bound(query.due_before))
    at = _bound(query.at)
    for status in wanted - _RUNNING:
        yield status, whole
    for status in _RUNNING:
        if status in wanted:
            yield status, whole if ObligationStatus.BREACHED in wanted else whole.within(at, None)
        elif ObligationStatus.BREACHED in wanted and at is not None:
            yield status, whole.within(None, at)


def _bound(instant: dt.datetime | None) -> Row | None:
    """Just before all that is due at an instant."""
    return None if instant is None else (micros(instant), "", "")


def _place(session: Session, after: str) -> Row:
    """Where in the order an obligation stands. Its id begins with that of its case."""
    colons = (end for end, sign in enumerate(after) if sign == ":")
    for rows in (session.ask(_PLACE, (after[:end], after)) for end in colons):
        for place in rows:
            return place
    raise CaseNotFound(f"no obligation {after!r} in the store that a page could follow")
