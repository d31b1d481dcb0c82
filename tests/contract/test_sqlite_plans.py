"""Every question is answered from an index: no table is read from end to end, and nothing is sorted on the way."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from salesreg.adapters.sql import cases
from salesreg.adapters.sqlite import SqliteStore
from salesreg.ports import CaseQuery, ObligationQuery
from salesreg.process import ObligationStatus
from salesreg.testing._records import LEASE, after, batch, case, scheduled

SEVERAL = ("anna", "head")


class Asked(sqlite3.Connection):
    """A connection that remembers what it was asked, each question once."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.statements: dict[str, Any] = {}

    def cursor(self, *_: Any) -> Any:
        return super().cursor(factory=Noting)

    def plans(self) -> Iterator[tuple[str, list[str]]]:
        """Each statement with the lines of its plan."""
        plain = super().cursor()
        for sql, values in self.statements.items():
            rows = plain.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
            yield " ".join(sql.split()), [row[3] for row in rows]


class Noting(sqlite3.Cursor):
    def execute(self, sql: str, values: Any = ()) -> Any:
        if sql.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            self.connection.statements.setdefault(sql, values)
        return super().execute(sql, values)


@pytest.fixture
def app() -> Iterator[Asked]:
    with closing(sqlite3.connect(":memory:", factory=Asked)) as connection:
        yield connection


@pytest.fixture
def store(app: Asked) -> SqliteStore:
    """A few cases of everything, some of which owe something."""
    store = SqliteStore(connection=app)
    for number, process in enumerate(("sale", "invoice", "sale", "invoice", "sale")):
        it = case(f"c-{number}", process=process, ended=number == 4, waits_for=SEVERAL[number % 2])
        owed = scheduled(1, case_id=it.id, role=SEVERAL[number % 2], person=SEVERAL[number // 2 % 2])
        also = {"parents": ("p",), "search": (("client", f"Vega {number}"),), "keys_taken": (f"key-{number}",)}
        store.commit(batch(it, obligations=(owed,), **also))
    app.statements.clear()
    return store


def combinations(**choices: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    """Each combination of one choice a field; None leaves the field out."""
    for chosen in itertools.product(*choices.values()):
        yield {name: value for name, value in zip(choices, chosen, strict=True) if value is not None}


def case_queries() -> Iterator[CaseQuery]:
    yield from (
        CaseQuery(key="key-2", **chosen) for chosen in combinations(stage=(None, "opening"), parent=(None, "p"))
    )
    yield from (CaseQuery(waits_for=("anna",), idle_for=idle) for idle in (("anna",), ("head",), ("head", "anna")))
    for chosen in combinations(
        process=(None, "sale"),
        stage=(None, "opening"),
        ended=(None, False),
        parent=(None, "p"),
        waits_for=(None, SEVERAL),
        where=(None, {"client": "vega 2"}, {"client": "vega*", "number": "1"}),
        since=(None, after(0)),
        idle_for=(None, SEVERAL),
        order=("id", "-id", "last_at", "-last_at"),
        after=(None, "c-1"),
    ):
        yield CaseQuery(until=after(99) if "since" in chosen else None, limit=2, **chosen)


def obligation_queries() -> Iterator[ObligationQuery]:
    for chosen in combinations(
        case=(None, "c-1"),
        owners=(None, ("anna",), SEVERAL),
        process=(None, "sale"),
        norm=(None, "sale.norm"),
        statuses=(None, (ObligationStatus.OPEN,), (ObligationStatus.BREACHED, ObligationStatus.PAUSED)),
        at=(None, after(0)),
        due_before=(None, after(99)),
        due_from=(None, after(0)),
        after=(None, "c-1:sale.norm:1"),
    ):
        yield ObligationQuery(limit=2, **chosen)


def unindexed(app: Asked) -> list[tuple[str, list[str]]]:
    """What sorts, or reads a table from its beginning without a limit."""
    return [
        (sql, plan)
        for sql, plan in app.plans()
        if any("TEMP B-TREE" in line or (line.startswith("SCAN") and "LIMIT" not in sql) for line in plan)
    ]


def unlimited(app: Asked) -> set[str]:
    """How the statements without a limit find their rows."""
    return {plan[0] for sql, plan in app.plans() if "LIMIT" not in sql}


@pytest.mark.parametrize("few", [0, cases.FEW])
def test_cases_are_found_from_an_index(app, store, monkeypatch, few):
    """Without a limit only one case is read by its id, what it owes, and lists that are known to be short."""
    monkeypatch.setattr(cases, "FEW", few)
    for query in case_queries():
        store.find(query)
    assert len(app.statements) > 100
    assert unindexed(app) == []
    assert {line for line in unlimited(app) if not line.startswith("SEARCH l USING ")} == {
        "SEARCH salesreg_case USING INDEX sqlite_autoindex_salesreg_case_1 (id=?)",
        "SEARCH salesreg_obligation USING PRIMARY KEY (case_id=?)",
    }


def test_cases_are_counted_from_an_index(app, store, monkeypatch):
    """A count has no limit, and reads no more than an index."""
    for few in (0, cases.FEW):
        monkeypatch.setattr(cases, "FEW", few)
        for query in case_queries():
            if query.after is None:
                store.count(query)
    scans = {line for sql, plan in app.plans() for line in plan if line.startswith("SCAN") and "LIMIT" not in sql}
    assert scans == set()


def test_obligations_are_found_from_an_index(app, store):
    """Without a limit only those of one case are read."""
    for query in obligation_queries():
        store.obligations(query)
    assert len(app.statements) > 50
    assert unindexed(app) == []
    assert unlimited(app) == {
        "SEARCH salesreg_obligation USING PRIMARY KEY (case_id=?)",
        "SEARCH salesreg_obligation USING PRIMARY KEY (case_id=? AND id=?)",
    }


ASKED: dict[str, Callable[[SqliteStore], object]] = {
    "holder": lambda store: store.holder("key-1"),
    "mark": lambda store: store.mark("m"),
    "load": lambda store: store.load(["c-1"], command_key="k"),
    "history": lambda store: list(store.events("c-1", after=1)),
    "log": lambda store: list(store.events(after=1)),
    "waiting": lambda store: store.messages("waiting"),
    "dead": lambda store: store.messages("dead"),
    "dead timers": lambda store: store.work("timer", "dead"),
    "obligations that wait": lambda store: store.work("obligation", "waiting"),
    "marks": lambda store: store.marks("duty:"),
    "requeued": lambda store: [store.requeue(kind, ["c-1:1:2"], after(0)) for kind in ("obligation", "timer")],
    "obligations to look at": lambda store: store.claim("obligation", after(99), 5, LEASE),
    "timers to fire": lambda store: store.claim("timer", after(99), 5, LEASE),
    "messages to send": lambda store: store.claim("message", after(99), 5, LEASE),
    "a step": lambda store: store.commit(
        batch(case("c-2", 2, stage="won"), obligations=(scheduled(case_id="c-2"),), parents=(), timers=())
    ),
    "a step in place": lambda store: store.commit(batch(case("c-2", 2), search=(), keys_released=("key-2",))),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_everything_else_is_found_from_an_index(app, store, ask):
    ask(store)
    assert app.statements
    assert unindexed(app) == []


def test_what_is_running_is_counted_within_its_own_index(app, store):
    """It holds running cases alone, in the order in which they are counted."""
    store.running()
    assert [plan for _, plan in app.plans()] == [["SCAN salesreg_case USING COVERING INDEX salesreg_case_running"]]


@pytest.mark.parametrize("order", ["id", "last_at"])
def test_a_page_reads_no_more_rows_when_there_are_more_cases(order):
    """Counted in steps of SQLite's machine, for what an app asks in a request."""
    asked = [
        CaseQuery(process="sale", order=order, limit=10),
        CaseQuery(process="sale", stage="opening", ended=False, order=order, limit=10),
        CaseQuery(waits_for=("anna",), idle_for=("anna",), order=order, limit=10),
        CaseQuery(where={"client": "vega 3"}, order=order, limit=10),
        CaseQuery(parent="p-3", order=order, limit=10),
    ]
    owed = [
        ObligationQuery(owners=SEVERAL, statuses=(ObligationStatus.OPEN,), at=after(0), limit=10),
        ObligationQuery(statuses=(ObligationStatus.BREACHED,), at=after(999), process="sale", limit=10),
    ]
    assert steps(asked, owed, 2000) <= 1.2 * steps(asked, owed, 100)


def steps(asked: list[CaseQuery], owed: list[ObligationQuery], cases: int) -> int:
    taken = 0

    def one_more() -> int:
        nonlocal taken
        taken += 1
        return 0

    with closing(sqlite3.connect(":memory:")) as app:
        store = SqliteStore(connection=app)
        with app:
            for number in range(cases):
                it = case(f"c-{number}", last_at=after(number), waits_for=SEVERAL[number % 2])
                also = {"parents": (f"p-{number // 10}",), "search": (("client", f"Vega {number // 10}"),)}
                store.commit(batch(it, obligations=(scheduled(1, case_id=it.id, role=SEVERAL[number % 2]),), **also))
        app.set_progress_handler(one_more, 10)
        for query in asked:
            store.find(query)
        for query in owed:
            store.obligations(query)
        return taken
