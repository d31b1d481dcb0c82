"""Files that are no database of ours, or no longer whole: one clear sentence each, and nothing acknowledged on them."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from salesreg import Employee, SalesregError, example, open_engine
from salesreg.adapters.memory import MemoryDirectory
from salesreg.commercial import Sale
from salesreg.commercial.domain.clients import ClientDraft
from salesreg.commercial.roles import MANAGER
from salesreg.engine import ProcessEngine
from salesreg.errors import NotADatabase, RecordError

ANNA = Employee("anna", "Anna", [MANAGER])


def opened(path: Path) -> ProcessEngine:
    return open_engine(f"sqlite:///{path}", regulation=example(), directory=MemoryDirectory([ANNA]))


def filled(path: Path) -> bytes:
    with opened(path) as engine:
        for number in range(30):
            engine.start(Sale.register_prospect(source="fair", client=ClientDraft(f"Vega {number}")), by=ANNA)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def read_whole(path: Path) -> None:
    with opened(path) as engine:
        assert engine.verify() == ()
        engine.cases(limit=1000)


def another_app(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (id TEXT)")
        connection.commit()


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_text("to whom it may concern\n" * 100, "utf-8"),
        lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(2_000)),
        lambda path: path.mkdir(),
        another_app,
    ],
    ids=["a letter", "a header alone", "a folder", "another app's"],
)
def test_what_is_no_database_of_salesreg_is_refused_and_left_as_it_is(tmp_path: Path, make: Callable[[Path], object]):
    path = tmp_path / "sales.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(SalesregError) as refused:
        opened(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_truncated_file_is_refused_or_reported(tmp_path: Path):
    path = tmp_path / "sales.db"
    whole = filled(path)
    for share in (0.1, 0.3, 0.5, 0.7, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(SalesregError) as refused:
            read_whole(path)
        assert "\n" not in str(refused.value)


def test_flipped_bits_end_in_an_error_of_the_tree_or_a_finding_and_never_in_another(tmp_path: Path):
    path, chance = tmp_path / "sales.db", random.Random(20260302)
    whole = filled(path)
    for _ in range(25):
        flipped = bytearray(whole)
        for _ in range(40):
            flipped[chance.randrange(100, len(flipped))] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        try:
            with opened(path) as engine:
                engine.verify()
                engine.cases(limit=1000)
                engine.tasks(ANNA)
                engine.start(Sale.register_prospect(source="fair", client=ClientDraft("Lira")), by=ANNA)
        except SalesregError:
            continue


def test_data_that_are_no_text_any_more_are_named_with_their_case(tmp_path: Path):
    path = tmp_path / "sales.db"
    filled(path)
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE salesreg_case SET data = CAST(x'7b22df227d' AS TEXT) WHERE process = 'sale'")
    with opened(path) as engine, pytest.raises((RecordError, NotADatabase)):
        engine.cases(limit=1000)
