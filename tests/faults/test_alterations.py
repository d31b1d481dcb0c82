"""Whatever is altered in the store, in any table and column, the check tells; and it tells nothing that is not so."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from ask import ANNA, Ask
from forking import Programs
from programs import BEGUN, reacting_engine, writing

from postgres_server import at
from salesreg.adapters.postgres import PostgresStore
from salesreg.adapters.postgres.address import Address
from salesreg.adapters.sqlite import SqliteStore
from salesreg.commercial import COMMERCIAL
from salesreg.engine import open_store
from salesreg.engine.check import Seal, check, sealed
from salesreg.engine.codec import Pages
from salesreg.engine.transfer import exported, imported
from salesreg.errors import SalesregError, StoreError
from salesreg.testing import ManualClock
from salesreg.testing.commercial import Desk

PAGES = Pages(COMMERCIAL)

FREE = {
    "salesreg_event": {"position"},
    "salesreg_obligation": {"ordinal", "told", "wake_at", "attempts", "lease_until", "token", "reason"},
    "salesreg_timer": {"wake_at", "attempts", "lease_until", "token", "reason"},
    "salesreg_outbox": None,
    "salesreg_mark": None,
    "salesreg_page": None,
}
"""What nothing vouches for: how work stands, texts on their way out, notes, and gaps in a numbering; all else does."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a row of everything, at rest."""
    path = tmp_path_factory.mktemp("sound") / "sales.db"
    with closing(SqliteStore(path)) as store:
        desk = Desk(store)
        chair, given = desk._usual("assignment", "give_assignment", None, {})
        desk.engine.start("assignment", "give_assignment", given, by=chair, command_key="key-1")
        desk.begin("sale", "register_prospect", case="D")
        desk.take("D", "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness")
        desk.take("D", "submit_for_approval", "approve_quote")
        desk.take("D", "open_deal", number="D", existing=None)
        desk.take("D", "assign_specialist", "draft_contract", "obtain_ceo_signature", "hand_over_contract")
        desk.take("D", "dispatch_contract", "record_scan_return")
        desk.begin("work_order", "receive_work_order", case="O")
        desk.begin("assignment", "give_assignment", case="T")
        desk.engine.tick()
        assert desk.engine.verify() == ()
    return path


def filled(url: str, sound: Path) -> str:
    with SqliteStore(sound, create=False) as store, open_store(url) as other:
        imported(other, exported(store))
    return url


@pytest.fixture
def copy(request: pytest.FixtureRequest, url: str, sound: Path) -> str:
    """The address of a store of its own with the same."""
    if url.startswith("sqlite"):
        shutil.copy(sound, url.removeprefix("sqlite:///"))
        return url
    return filled(url, sound)


def problems(url: str, seal: Seal | None = None) -> list[str]:
    try:
        with open_store(url) as store:
            return check(store, PAGES, seal=seal).problems
    except SalesregError as refused:  # it does not even open
        return [str(refused)]


@contextmanager
def altering(url: str) -> Iterator[sqlite3.Connection | psycopg.Connection[Any]]:
    """A connection that changes whatever it likes."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file, file:
            file.execute("PRAGMA foreign_keys = OFF")
            yield file
        return
    address = Address.of(url)
    with psycopg.connect(address.conninfo) as connection:
        connection.execute(f"SET search_path TO {address.schema}")
        connection.execute("SET session_replication_role = replica")  # no foreign keys are checked
        yield connection


def changed(connection: Any, statement: str, values: Mapping[str, Any]) -> bool:
    """Carry out one statement; False where the tables themselves do not let it be so."""
    try:
        if isinstance(connection, sqlite3.Connection):
            connection.execute(statement, values)
        else:
            with connection.transaction():
                connection.execute(re.sub(r":(\w+)", r"%(\1)s", statement), values)
    except (sqlite3.IntegrityError, psycopg.IntegrityError):
        return False
    return True


# -- tables -----------------------------------------------------------------------------------------------------------


def columns(path: Path) -> Iterator[tuple[str, str, str]]:
    """Every column of every table whose rows something vouches for, with its type."""
    with closing(sqlite3.connect(path)) as connection:
        for (table,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall():
            free = FREE.get(table, set())
            if free is not None:
                for _, column, kind, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall():
                    if column not in free:
                        yield table, column, kind


def rows(path: Path, table: str) -> list[tuple[dict[str, Any], str]]:
    """The rows of a table, and by which of its columns each is found."""
    with closing(sqlite3.connect(path)) as connection:
        primary = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5]]
        found = connection.execute(f"SELECT * FROM {table}")
        names = [one[0] for one in found.description]
        where = " AND ".join(f"{name} = :{name}" for name in primary) or "version = :version"
        return [(dict(zip(names, row, strict=True)), where) for row in found]


class Altered:
    """Stores that are each altered in one place."""

    def __init__(self, sound: Path, other: Path | None, url: str) -> None:
        self._sound, self._other, self._url = sound, other, url

    def places(self, count: int) -> set[int]:
        """Which of so many rows are altered."""
        return {count - 1} if self._other is None else {0, count - 1}

    def problems(self, statement: str, values: Mapping[str, Any]) -> list[str] | None:
        """What a check tells after a statement; None where the tables do not let it be so."""
        if self._other is not None:
            shutil.copy(self._sound, self._other)
            with altering(self._url) as connection:
                let = changed(connection, statement, values)
            return problems(self._url) if let else None
        with altering(self._url) as connection:
            try:
                return self._told(connection) if changed(connection, statement, values) else None
            finally:
                connection.rollback()

    def _told(self, connection: Any) -> list[str]:
        try:
            with PostgresStore(connection=connection, schema=Address.of(self._url).schema) as store:
                return check(store, PAGES).problems
        except SalesregError as refused:
            return [str(refused)]


@pytest.fixture(scope="module")
def at_rest(request: pytest.FixtureRequest, sound: Path) -> Iterator[str]:
    """The same in PostgreSQL."""
    postgres_url = request.getfixturevalue("postgres_url")
    yield filled(at(postgres_url, schema="at_rest"), sound)
    with psycopg.connect(postgres_url) as connection:
        connection.execute("DROP SCHEMA at_rest CASCADE")


@pytest.fixture(params=["sqlite", "postgresql"])
def altered(request: pytest.FixtureRequest, sound: Path, tmp_path: Path) -> Altered:
    if request.param == "sqlite":
        return Altered(sound, tmp_path / "altered.db", f"sqlite:///{tmp_path / 'altered.db'}")
    return Altered(sound, None, request.getfixturevalue("at_rest"))


def test_a_change_in_any_column_of_any_table_is_told(sound: Path, altered: Altered):
    assert altered.problems("UPDATE salesreg_case SET idle = idle", {}) == []
    unseen = []
    for table, column, kind in columns(sound):
        there = rows(sound, table)
        assert there, f"{table} has no row to alter"
        for number in altered.places(len(there)):
            values, where = there[number]
            value = values[column]
            other: Any = (0 if value is None else value) + 1 if kind == "INTEGER" else f"{value or ''}x"
            told = altered.problems(f"UPDATE {table} SET {column} = :other WHERE {where}", {**values, "other": other})
            if told == []:
                unseen.append((table, column, value, other))
    assert unseen == [], "\n".join(map(str, unseen))


def test_a_row_taken_away_from_any_table_is_told(sound: Path, altered: Altered):
    unseen = []
    for table in sorted({table for table, _, _ in columns(sound)} - {"salesreg_command"}):
        values, where = rows(sound, table)[0]
        if not altered.problems(f"DELETE FROM {table} WHERE {where}", values):
            unseen.append(table)
    assert unseen == [], "\n".join(map(str, unseen))


def test_whatever_bit_of_the_file_flips_the_check_ends_and_misses_nothing_that_it_vouches_for(
    sound: Path, tmp_path: Path
):
    whole, path = sound.read_bytes(), tmp_path / "flipped.db"
    draw = random.Random(20260302)
    meant = vouched(sound)
    for _ in range(80):
        place, bit = draw.randrange(len(whole)), draw.randrange(8)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << bit)]) + whole[place + 1 :])
        found = problems(f"sqlite:///{path}")
        assert found or vouched(path) == meant, f"bit {bit} of byte {place}"


def vouched(path: Path) -> dict[str, Any]:
    """Everything that the check vouches for, or why it cannot be read."""
    found: dict[str, Any] = {}
    try:
        by_table: dict[str, list[str]] = {}
        for table, column, _ in columns(path):
            by_table.setdefault(table, []).append(column)
        with closing(sqlite3.connect(path)) as connection:
            for table, names in by_table.items():
                found[table] = sorted(connection.execute(f"SELECT {', '.join(names)} FROM {table}"), key=repr)
    except sqlite3.Error as wrong:
        found["unreadable"] = str(wrong)
    return found


# -- the seal ---------------------------------------------------------------------------------------------------------


def test_what_was_sealed_may_grow_and_may_not_shrink(copy: str, sound: Path):
    with open_store(copy) as store:
        seal = msgspec.json.decode(msgspec.json.encode(sealed(store)), type=Seal)
        desk = Desk(store)
        desk.begin("assignment", "give_assignment", case="T2")
        desk.take("T", "report_done")
        later = sealed(store)
    assert problems(copy, seal) == problems(copy, later) == []
    older = f"sqlite:///{sound}"
    assert problems(older) == [], "a file of last week is sound in itself"
    assert problems(older, later) == [
        "T: event 2 is gone, and the seal has it",
        "T2: the seal has it, and it is gone",
    ]


def test_an_event_and_its_case_taken_away_together_show_against_the_seal(copy: str):
    with open_store(copy) as store:
        seal = sealed(store)
    tables = {
        "case_id": ("event", "key", "search", "obligation", "timer", "command"),
        "child": ("ref",),
        "id": ("case",),
    }
    with altering(copy) as connection:
        for key, names in tables.items():
            for one in names:
                assert changed(connection, f"DELETE FROM salesreg_{one} WHERE {key} = :case", {"case": "T"})
    assert problems(copy) == []
    assert problems(copy, seal) == ["T: the seal has it, and it is gone"]


def test_a_chain_forged_from_its_middle_on_shows_against_the_seal(copy: str):
    with open_store(copy) as store:
        seal = sealed(store)
        [event] = list(store.events("T"))
    body = event.body.replace(b'"by":"roman"', b'"by":"anna"')
    assert body != event.body
    from salesreg.engine.events import hash_of

    with altering(copy) as connection:
        forged = {"body": body.decode(), "hash": hash_of(body), "case": "T"}
        changed(connection, "UPDATE salesreg_event SET body = :body, hash = :hash WHERE case_id = :case", forged)
        changed(connection, "UPDATE salesreg_case SET head = :hash WHERE id = :case", forged)
    assert problems(copy) == [], "whoever can write everywhere can forge a whole chain"
    assert problems(copy, seal) == ["T: event 1 is not the one that the seal has"]


def test_a_seal_that_was_changed_says_so(copy: str):
    with open_store(copy) as store:
        seal = sealed(store)
    fewer = {case: head for case, head in seal.cases.items() if case != "T"}
    assert problems(copy, Seal(fewer, seal.digest)) == ["the seal itself has been changed: its digest does not fit"]


# -- while others write -----------------------------------------------------------------------------------------------


def test_a_check_while_four_write_tells_nothing_that_is_not_so(others: Programs, url: str):
    with reacting_engine(url, ManualClock(BEGUN)) as engine:
        engine.start(Ask.ask(text="x"), by=ANNA, case_id="shared")
        start = time.time()
        writers = [others.start(writing, url, name, 0, start) for name in ("a", "b", "c", "d")]
        for _ in range(2):
            seen = [len(one.reported()) for one in writers]
            for one, so_far in zip(writers, seen, strict=True):
                one.wait_for_reports(so_far + 3)
            assert engine.verify() == ()
        for one in writers:
            one.kill()


def test_a_check_goes_on_behind_what_cannot_be_asked(copy: str):
    with open_store(copy) as store:
        with altering(copy) as connection:
            connection.execute("DROP TABLE salesreg_key")
        found = check(store, PAGES).problems
        assert any("salesreg_key" in one for one in found)
        with store.snapshot() as seen:
            for _ in range(2):
                with pytest.raises(StoreError):
                    list(seen.archive())
                assert seen.load(["T"]).cases["T"].version == 1
