"""From an address to a running engine."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from ask import ANNA, PEOPLE, REGULATION, ROLES, RULES, Ask, Errand

import salesreg
from salesreg import Regulation, Rulebook
from salesreg.adapters.memory import MemoryDirectory, MemoryStore
from salesreg.adapters.sqlite import SqliteStore
from salesreg.commercial import COMMERCIAL, example
from salesreg.engine.open import open_engine, open_store
from salesreg.errors import DeclarationError, NotADatabase, OrphanedCases, ParameterNotSet, StoreUrlError
from salesreg.ports import CaseQuery
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
    assert (
        str(wrong.value)
        == f'no store is named by {url!r}: use "memory:", "sqlite:///sales.db" or "postgresql://host/name"'
    )


def test_an_engine_runs_the_shipped_rulebook_unless_it_is_given_another():
    with salesreg.open_engine("memory:", regulation=example(), directory=STAFF) as engine:
        assert engine.rulebook is COMMERCIAL
    with salesreg.open_engine("memory:", regulation=REGULATION, directory=STAFF, rulebook=RULES) as engine:
        assert engine.rulebook is RULES


def test_an_engine_goes_by_the_systems_clock_unless_it_is_given_another():
    before = dt.datetime.now(dt.UTC)
    with open_engine("memory:", rulebook=RULES, regulation=REGULATION, directory=STAFF) as engine:
        case = engine.start(Ask.ask(text="x"), by=ANNA)
    assert before <= case.last_at <= dt.datetime.now(dt.UTC)


def test_an_engine_runs_on_a_store_of_ones_own_with_a_clock_of_ones_own():
    store, clock = MemoryStore(), ManualClock(NOON)
    engine = open_engine(store, rulebook=RULES, regulation=REGULATION, directory=STAFF, clock=clock)
    case = engine.start(Ask.ask(text="x"), by=ANNA)
    assert (case.last_at, store.find(CaseQuery())[0].id) == (NOON, case.id)


def test_what_is_opened_by_address_is_closed_when_the_engine_cannot_run(monkeypatch: pytest.MonkeyPatch):
    closed: list[str] = []
    monkeypatch.setattr(MemoryStore, "close", lambda self: closed.append("closed"))
    with pytest.raises(ParameterNotSet):
        open_engine("memory:", rulebook=RULES, regulation=Regulation("bare"), directory=STAFF)
    assert closed == ["closed"]
    mine = MemoryStore()
    with pytest.raises(ParameterNotSet):
        open_engine(mine, rulebook=RULES, regulation=Regulation("bare"), directory=STAFF)
    assert closed == ["closed"], "a store of one's own stays open"


def test_a_language_that_the_rulebook_does_not_speak_is_refused_with_those_it_does():
    with pytest.raises(DeclarationError, match="no texts in 'fr': there are en, ru"):
        open_engine("memory:", rulebook=RULES, regulation=REGULATION, directory=STAFF, lang="fr")


def test_cases_survive_closing_and_opening(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/requests.db"
    given: dict[str, Any] = {"regulation": REGULATION, "directory": STAFF, "clock": ManualClock(NOON)}
    with open_engine(url, rulebook=RULES, **given) as engine:
        case = engine.start(Ask.ask(text="x"), by=ANNA)
    with open_engine(url, rulebook=RULES, **given) as engine:
        assert engine.case(case.id) == case
    del given["regulation"]
    settings = {name: one.value for name, one in REGULATION.settings.items() if name != "request.decide"}
    small = Regulation("small", schedule=REGULATION.schedule).with_settings(settings)
    with pytest.raises(OrphanedCases, match="need that version of the process"):
        open_engine(url, rulebook=Rulebook("requests", roles=ROLES, processes=[Errand]), regulation=small, **given)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("dear diary" * 100)
    with pytest.raises(NotADatabase):
        open_engine(f"sqlite:///{path}", rulebook=RULES, regulation=REGULATION, directory=STAFF)
    assert path.read_text() == "dear diary" * 100


def test_a_path_is_no_address(tmp_path: Path):
    with pytest.raises(
        StoreUrlError, match=r'use "memory:", "sqlite:///sales.db" or "postgresql://host/name", or a store of your'
    ):
        open_engine(tmp_path / "sales.db", rulebook=RULES, regulation=REGULATION, directory=STAFF)
    assert list(tmp_path.iterdir()) == []
