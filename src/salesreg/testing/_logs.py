"""Strategies for logs as another system writes them: of legal histories, with one thing altered or with none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from salesreg.process import Process
from salesreg.rules import SYSTEM, SYSTEM_ACTOR, Employee
from salesreg.testing._cases import Tried, histories
from salesreg.testing._people import roles_of, staff

if TYPE_CHECKING:
    import pyarrow as pa

    from salesreg.audit import LogMapping

Alteration: TypeAlias = Literal["left out", "repeated", "too early", "by a stranger", "of another name"]
ALTERATIONS: Final[tuple[Alteration, ...]] = ("left out", "repeated", "too early", "by a stranger", "of another name")
STRANGER: Final = "stranger"
"""Who in a log holds no role that the process names."""
_APART: Final = dt.timedelta(days=30)


@attrs.frozen
class Row:
    """What another system recorded of one step."""

    case: str
    step: str
    at: dt.datetime
    person: str


@attrs.frozen
class ForeignLog:
    """A log of one process, as another system has it.

    Attributes:
        process: whose steps it tells.
        rows: what happened, case by case.
        people: everybody in it, by their name there, with the roles that they hold.
        planted: what was altered in it; None if it is a log of legal histories.
        case: the case in which that was; no other is touched.
    """

    process: type[Process[Any]] = attrs.field(repr=lambda page: page.__name__)
    rows: tuple[Row, ...]
    people: Mapping[str, frozenset[str]] = attrs.field(repr=False)
    planted: Alteration | None = None
    case: str | None = None

    def table(self) -> pa.Table:
        """It as Arrow columns; needs the extra ``audit``."""
        import pyarrow as pa

        return pa.Table.from_pylist([attrs.asdict(row) for row in self.rows])

    def mapping(self) -> LogMapping:
        """What its columns mean, for `salesreg.audit.audit`; needs the extra ``audit``."""
        from salesreg.audit.mapping import LogMapping, LogOf, Person, Source

        unknown = sorted({row.step for row in self.rows} - self.process.steps.keys())
        last = max(row.at for row in self.rows)
        return LogMapping(
            [Source("log", "case", step="step", at="at", person="person")],
            LogOf(process=self.process.id, as_of=last, complete=True),
            steps={"ignore": list(unknown)} if unknown else {},
            people={one: Person(roles=[*sorted(held)], robot=one == SYSTEM.id) for one, held in self.people.items()},
        )


def foreign_logs(
    process: type[Process[Any]], *, most: int = 3, planted: bool | None = None, **given: Any
) -> SearchStrategy[ForeignLog]:
    """Logs of one to several legal histories of a process, in some of which one thing is altered.

    Args:
        process: the process.
        most: of how many cases at most.
        planted: whether something is altered; either by default.
        given: as to `histories`.

    Example::

        @given(foreign_logs(RefundProcess, planted=False))
        def test_what_is_legal_is_not_found_out_of_order(log):
            found = audit(log.mapping(), RefundProcess, REGULATION, tables=[log.table()]).findings
            assert [one for one in found if one.norm in ("order", "roles")] == []
    """
    legal = histories(process, **given).map(lambda it: tuple(one for one in it.tried if one.refused is None))
    known: tuple[Employee, ...] = tuple(given.get("people") or staff(roles_of(process, given.get("regulation"))))
    people = {one.id: frozenset(one.roles) for one in (*known, SYSTEM_ACTOR.employee)}
    return _logs(process, st.lists(legal, min_size=1, max_size=most), people, planted)


@st.composite
def _logs(
    draw: st.DrawFn,
    process: type[Process[Any]],
    legal: SearchStrategy[list[tuple[Tried, ...]]],
    people: dict[str, frozenset[str]],
    planted: bool | None,
) -> ForeignLog:
    rows = [
        Row(f"case-{number}", one.step, one.at, one.by) for number, steps in enumerate(draw(legal), 1) for one in steps
    ]
    everybody = {name: held for name, held in people.items() if name in {row.person for row in rows}}
    if planted is False or (planted is None and not draw(st.booleans())):
        return ForeignLog(process, tuple(rows), everybody)
    at = draw(st.integers(0, len(rows) - 1))
    how = draw(st.sampled_from(ALTERATIONS if len(rows) > 1 else ALTERATIONS[1:]))
    row = rows[at]
    became: dict[Alteration, list[Row]] = {
        "left out": [],
        "repeated": [row, row],
        "too early": [attrs.evolve(row, at=row.at - _APART)],
        "by a stranger": [attrs.evolve(row, person=STRANGER)],
        "of another name": [attrs.evolve(row, step=f"{row.step} (old)")],
    }
    rows[at : at + 1] = became[how]
    strange = {STRANGER: frozenset({STRANGER})} if how == "by a stranger" else {}
    return ForeignLog(process, tuple(rows), everybody | strange, how, row.case)
