"""From an address to a running engine."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from ask import ANNA, PEOPLE, REGULATION, Ask, Errand

import salesreg
from salesreg import Regulation
from salesreg.adapters.memory import MemoryDirectory, MemoryStore
from salesreg.adapters.sqlite import SqliteStore
from salesreg.errors import NotADatabase, OrphanedCases, ParameterNotSet, StoreUrlError
from salesreg.opening import open_engine, open_store
from salesreg.ports import CaseQuery
from salesreg.regulations import PROCESSES, example
from salesreg.testing import ManualClock

STAFF = MemoryDirectory(PEOPLE)
NOON = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize("url", ["memory:", "memory://"])
def test_memory_is_an_address(url: str):
    assert isinstance(open_store(url), MemoryStore)


def test_a_file_is_named_with_three_slashes_or_four(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for url in ("sqlite:///sales.db", f"sqlite:///{tmp_path}/other.db"):
        store = open_store(url)
        assert isinstance(store, SqliteStore)
        store.close()
    assert {path.name for path in tmp_path.glob("*.db")} == {"sales.db", "other.db"}


@pytest.mark.parametrize(
    "url", ["", "memory", "memory:x", "sqlite:", "sqlite://sales.db", "sqlite:///", "sales.db", "mysql:///x", "sqlite"]
)
def test_an_address_that_names_no_adapter_is_refused_with_those_that_do(url: str):
    with pytest.raises(StoreUrlError) as wrong:
        open_store(url)
    assert str(wrong.value) == f'no store is named by {url!r}: use "memory:" or "sqlite:///sales.db"'


def test_an_engine_runs_the_shipped_processes_by_the_systems_clock():
    before = dt.datetime.now(dt.UTC)
    with open_engine("memory:", regulation=example(), directory=STAFF) as engine:
        assert [process.id for process in engine.processes] == [process.id for process in PROCESSES]
        now = engine._now()
    assert before <= now <= dt.datetime.now(dt.UTC)


def test_an_engine_runs_on_a_store_of_ones_own_with_a_clock_of_ones_own():
    store, clock = MemoryStore(), ManualClock(NOON)
    engine = salesreg.open_engine(
        store, regulation=REGULATION, directory=STAFF, clock=clock, processes=[Ask, Errand], reactions=()
    )
    case = engine.start("request", step="ask", by=ANNA, text="x")
    assert (case.last_at, store.find(CaseQuery())[0].id) == (NOON, case.id)


def test_what_is_opened_by_address_is_closed_when_the_engine_cannot_run(monkeypatch: pytest.MonkeyPatch):
    closed: list[str] = []
    monkeypatch.setattr(MemoryStore, "close", lambda self: closed.append("closed"))
    with pytest.raises(ParameterNotSet):
        open_engine("memory:", regulation=Regulation("bare"), directory=STAFF)
    assert closed == ["closed"]
    mine = MemoryStore()
    with pytest.raises(ParameterNotSet):
        open_engine(mine, regulation=Regulation("bare"), directory=STAFF)
    assert closed == ["closed"], "a store of one's own stays open"


def test_cases_survive_closing_and_opening(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/requests.db"
    given = {"regulation": REGULATION, "directory": STAFF, "clock": ManualClock(NOON), "reactions": ()}
    with open_engine(url, processes=[Ask, Errand], **given) as engine:
        case = engine.start("request", step="ask", by=ANNA, text="x")
    with open_engine(url, processes=[Ask, Errand], **given) as engine:
        assert engine.case(case.id) == case
    with pytest.raises(OrphanedCases, match="need that version of the process"):
        open_engine(url, processes=[Errand], **given)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("dear diary" * 100)
    with pytest.raises(NotADatabase):
        open_engine(f"sqlite:///{path}", regulation=example(), directory=STAFF)
    assert path.read_text() == "dear diary" * 100


def test_a_path_is_no_address(tmp_path: Path):
    with pytest.raises(StoreUrlError, match=r'use "memory:", "sqlite:///sales.db" or a store of your own'):
        open_engine(tmp_path / "sales.db", regulation=example(), directory=MemoryDirectory([]))
    assert list(tmp_path.iterdir()) == []
