"""Whatever is altered in the file, in any table and column, the check tells; and it tells nothing that is not so."""

from __future__ import annotations

import random
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from salesreg.adapters.sqlite import SqliteStore
from salesreg.commercial import COMMERCIAL
from salesreg.engine.check import Seal, check, sealed
from salesreg.engine.codec import Pages
from salesreg.errors import SalesregError
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


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "copy.db"))


def problems(path: Path, seal: Seal | None = None) -> list[str]:
    try:
        with SqliteStore(path, create=False) as store:
            return check(store, PAGES, seal=seal).problems
    except SalesregError as refused:  # it does not even open
        return [str(refused)]


def alter(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


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


def test_a_change_in_any_column_of_any_table_is_told(sound: Path, tmp_path: Path):
    assert problems(sound) == []
    unseen = []
    for table, column, kind in columns(sound):
        with closing(sqlite3.connect(sound)) as connection:
            count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        assert count, f"{table} has no row to alter"
        for number in {0, count // 2, count - 1}:
            path = Path(shutil.copy(sound, tmp_path / "altered.db"))
            with closing(sqlite3.connect(path)) as connection:
                primary = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5]]
                row = connection.execute(f"SELECT * FROM {table} LIMIT 1 OFFSET {number}")
                names = [one[0] for one in row.description]
                values = dict(zip(names, row.fetchone(), strict=True))
            value = values[column]
            altered: Any = (0 if value is None else value) + 1 if kind == "INTEGER" else f"{value or ''}x"
            where = " AND ".join(f"{name} = :{name}" for name in primary) or "1"
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA foreign_keys = OFF")
                try:
                    connection.execute(
                        f"UPDATE {table} SET {column} = :altered WHERE {where}", {**values, "altered": altered}
                    )
                except sqlite3.IntegrityError:
                    continue
                connection.commit()
            if not problems(path):
                unseen.append((table, column, value, altered))
    assert unseen == [], "\n".join(map(str, unseen))


def test_a_row_taken_away_from_any_table_is_told(sound: Path, tmp_path: Path):
    unseen = []
    for table in sorted({table for table, _, _ in columns(sound)} - {"salesreg_command"}):
        path = Path(shutil.copy(sound, tmp_path / "altered.db"))
        with closing(sqlite3.connect(path)) as connection:
            primary = (
                ", ".join(row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5]) or "rowid"
            )
        alter(path, f"DELETE FROM {table} WHERE ({primary}) IN (SELECT {primary} FROM {table} LIMIT 1)")
        if not problems(path):
            unseen.append(table)
    assert unseen == [], "\n".join(map(str, unseen))


def test_whatever_bit_of_the_file_flips_the_check_ends_and_misses_nothing_that_it_vouches_for(
    sound: Path, tmp_path: Path
):
    whole, path = sound.read_bytes(), tmp_path / "flipped.db"
    draw = random.Random(20260302)
    meant = vouched(sound)
    for _ in range(120):
        place, bit = draw.randrange(len(whole)), draw.randrange(8)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << bit)]) + whole[place + 1 :])
        found = problems(path)
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


def test_what_was_sealed_may_grow_and_may_not_shrink(copy: Path, tmp_path: Path):
    with SqliteStore(copy) as store:
        seal = msgspec.json.decode(msgspec.json.encode(sealed(store)), type=Seal)
        older = shutil.copy(copy, tmp_path / "older.db")
        desk = Desk(store)
        desk.begin("assignment", "give_assignment", case="T2")
        desk.take("T", "report_done")
        later = sealed(store)
    assert problems(copy, seal) == problems(copy, later) == []
    assert problems(older) == [], "a file of last week is sound in itself"
    assert problems(older, later) == [
        "T: event 2 is gone, and the seal has it",
        "T2: the seal has it, and it is gone",
    ]


def test_an_event_and_its_case_taken_away_together_show_against_the_seal(copy: Path):
    with SqliteStore(copy) as store:
        seal = sealed(store)
    tables = {
        "case_id": ("event", "key", "search", "obligation", "timer", "command"),
        "child": ("ref",),
        "id": ("case",),
    }
    alter(copy, *(f"DELETE FROM salesreg_{one} WHERE {key} = 'T'" for key, names in tables.items() for one in names))
    assert problems(copy) == []
    assert problems(copy, seal) == ["T: the seal has it, and it is gone"]


def test_a_chain_forged_from_its_middle_on_shows_against_the_seal(copy: Path):
    with SqliteStore(copy) as store:
        seal = sealed(store)
        [event] = list(store.events("T"))
    body = event.body.replace(b'"by":"roman"', b'"by":"anna"')
    assert body != event.body
    from salesreg.engine.events import hash_of

    with closing(sqlite3.connect(copy)) as connection, connection:
        forged = body.decode(), hash_of(body)
        connection.execute("UPDATE salesreg_event SET body = ?, hash = ? WHERE case_id = 'T'", forged)
        connection.execute("UPDATE salesreg_case SET head = ? WHERE id = 'T'", forged[1:])
    assert problems(copy) == [], "whoever can write everywhere can forge a whole chain"
    assert problems(copy, seal) == ["T: event 1 is not the one that the seal has"]


def test_a_seal_that_was_changed_says_so(copy: Path):
    with SqliteStore(copy) as store:
        seal = sealed(store)
    fewer = {case: head for case, head in seal.cases.items() if case != "T"}
    assert problems(copy, Seal(fewer, seal.digest)) == ["the seal itself has been changed: its digest does not fit"]


# -- while others write -----------------------------------------------------------------------------------------------


def test_a_check_while_four_write_tells_nothing_that_is_not_so(copy: Path):
    done, faults = threading.Event(), []

    def work(number: int) -> None:
        try:
            with closing(SqliteStore(copy)) as store:
                desk, turn = Desk(store), 0
                while not done.is_set():
                    turn += 1
                    desk.begin("assignment", "give_assignment", case=f"W{number}-{turn}")
                    desk.take(f"W{number}-{turn}", "report_done")
        except SalesregError as wrong:
            faults.append(wrong)

    writers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    try:
        with SqliteStore(copy) as store:
            reports = [check(store, PAGES) for _ in range(20)]
    finally:
        done.set()
        for writer in writers:
            writer.join()
    assert faults == []
    assert [report.problems for report in reports] == [[]] * 20
    assert reports[-1].cases["assignment"] > reports[0].cases["assignment"]
