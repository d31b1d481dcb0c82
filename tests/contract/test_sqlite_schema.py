"""Opening a file as a store: what is refused, with which error, and that what is refused is left as it was."""

from __future__ import annotations

import re
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Timer

import pytest

from salesreg.adapters.sqlite import SqliteStore, create_schema, schema, upgrade
from salesreg.errors import NotADatabase, SchemaOutdated, SchemaTooNew, StoreError, StoreUnavailable
from salesreg.ports import CaseQuery
from salesreg.testing._records import batch, case, message, obligation, scheduled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sales.db"


def filled(path: Path, cases: int = 1) -> None:
    with SqliteStore(path) as store:
        for number in range(cases):
            store.commit(batch(case(f"c-{number}", data=b'"' + b"x" * 1000 + b'"')))


def made(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def first_schema(path: Path) -> None:
    """A file as the first schema left it, with a case in it."""
    with closing(sqlite3.connect(path)) as connection:
        create_schema(connection, upto=1)
        connection.executescript(f"""
            PRAGMA application_id = {schema.APPLICATION_ID};
            PRAGMA user_version = 1;
            INSERT INTO salesreg_case VALUES ('c-1', 'sale', 1, 'commercial', 'hash-1', 'opening', 0, 'anna', 1, 1,
                                              1772452860000000, 1772452860000000, '', '{{}}');
        """)


def check(path: Path) -> tuple[str, ...]:
    with SqliteStore(path) as store:
        return store.faults()


def overwritten(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def newer(path: Path) -> None:
    filled(path)
    made(path, "PRAGMA user_version = 99")


def truncated(path: Path) -> None:
    filled(path, 50)
    path.write_bytes(path.read_bytes()[:20_000])


def damaged_at_the_root(path: Path) -> None:
    filled(path)
    overwritten(path, 100, b"\xff" * 64)


def without_its_tables(path: Path) -> None:
    made(path, f"PRAGMA application_id = {schema.APPLICATION_ID}; PRAGMA user_version = 2; CREATE TABLE t (a)")


def of_another_app_with_a_log(path: Path) -> None:
    made(path, "PRAGMA journal_mode = WAL; CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (1)")


REFUSED: dict[str, tuple[Callable[[Path], object], type[StoreError], str]] = {
    "text": (lambda path: path.write_text("Дорогой дневник"), NotADatabase, "it is no SQLite file"),
    "one byte": (lambda path: path.write_bytes(b"S"), NotADatabase, "it is no SQLite file"),
    "magic and no more": (lambda path: path.write_bytes(b"SQLite format 3\0"), NotADatabase, "it is no SQLite file"),
    "folder": (Path.mkdir, NotADatabase, "is a folder"),
    "other app": (lambda path: made(path, "CREATE TABLE t (a)"), NotADatabase, "belongs to another application"),
    "other app's log": (of_another_app_with_a_log, NotADatabase, "belongs to another application"),
    "other app's id": (lambda path: made(path, "PRAGMA application_id = 7"), NotADatabase, "another application"),
    "other app's version": (lambda path: made(path, "PRAGMA user_version = 2"), NotADatabase, "another application"),
    "no tables": (without_its_tables, NotADatabase, "its tables are missing"),
    "newer": (newer, SchemaTooNew, "has schema 99 and this salesreg knows none beyond 2"),
    "older": (first_schema, SchemaOutdated, "has schema 1 and this salesreg needs 2: run `salesreg db upgrade`"),
    "truncated": (truncated, NotADatabase, "damaged"),
    "damaged": (damaged_at_the_root, NotADatabase, "damaged"),
}


@pytest.mark.parametrize(("make", "error", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_used_is_refused_and_left_as_it_was(path, make, error, sentence):
    make(path)
    before = {each: each.read_bytes() for each in path.parent.iterdir() if each.is_file()}
    with pytest.raises(error, match=sentence) as caught:
        SqliteStore(path)
    assert str(path) in str(caught.value)
    assert {each: each.read_bytes() for each in path.parent.iterdir() if each.is_file()} == before


@pytest.mark.parametrize("make", [newer, of_another_app_with_a_log, truncated, Path.mkdir, Path.touch])
def test_what_is_not_an_older_database_cannot_be_upgraded(path, make):
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises((NotADatabase, SchemaTooNew)):
        upgrade(path)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_what_only_looks_wrong_while_another_program_writes_is_looked_at_again(path, monkeypatch):
    path.write_bytes(b"S")
    monkeypatch.setattr(schema.time, "sleep", lambda _: path.write_bytes(b""))
    filled(path)
    monkeypatch.undo()
    assert check(path) == ()


def test_what_never_keeps_still_is_refused_in_the_end(path, monkeypatch):
    path.write_bytes(b"S")
    monkeypatch.setattr(schema, "_STILL", 0)
    states = count()
    monkeypatch.setattr(schema, "_state", lambda path: (next(states),))
    with pytest.raises(NotADatabase, match="it is no SQLite file"):
        SqliteStore(path)


def test_another_apps_database_is_left_alone_while_that_app_has_it_open(path):
    with closing(sqlite3.connect(path)) as app:
        app.executescript("PRAGMA journal_mode = WAL; CREATE TABLE orders (id INTEGER)")
        before = path.read_bytes()
        with pytest.raises(NotADatabase, match="another application"):
            SqliteStore(path)
        assert path.read_bytes() == before
        app.execute("INSERT INTO orders VALUES (1)")
        app.commit()


@pytest.mark.parametrize("make", [Path.touch, lambda path: None], ids=["empty", "missing"])
def test_an_empty_or_missing_file_becomes_a_database(path, make):
    make(path)
    filled(path)
    assert check(path) == ()
    with closing(sqlite3.connect(path)) as connection:
        pragmas = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
        assert pragmas == [schema.APPLICATION_ID, schema.SCHEMA_VERSION]
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_whose_making_was_cut_short_is_made_anew(path):
    made(path, "PRAGMA journal_mode = WAL")
    filled(path)
    assert check(path) == ()


@pytest.mark.parametrize("make", [Path.touch, lambda path: None], ids=["empty", "missing"])
def test_nothing_is_made_unless_asked_for(path, make):
    make(path)
    existed = path.exists()
    with pytest.raises(NotADatabase, match="there is nothing in it"):
        SqliteStore(path, create=False)
    assert path.exists() == existed


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(StoreUnavailable, match=r"there is no folder .*/sales"):
        SqliteStore(tmp_path / "sales" / "sales.db")


def test_a_path_that_leads_nowhere_cannot_be_opened(path):
    path.symlink_to(path)
    with pytest.raises(StoreUnavailable, match="cannot be opened: Too many levels of symbolic links"):
        SqliteStore(path)


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + "/sales.db"])
def test_a_name_too_long_cannot_be_opened(tmp_path, name):
    with pytest.raises(StoreUnavailable, match="cannot be opened: File name too long"):
        SqliteStore(tmp_path / name)


def test_an_old_sqlite_is_refused(monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(StoreUnavailable, match=r"SQLite 3\.37 or later is needed"):
        SqliteStore(":memory:")


def test_an_older_file_opens_after_an_upgrade_with_all_it_held(path):
    first_schema(path)
    assert upgrade(path) == (1, 2)
    assert upgrade(path) == (2, 2)
    assert check(path) == ()
    with SqliteStore(path) as store:
        assert [it.id for it in store.find(CaseQuery())] == ["c-1"]
        store.commit(batch(case(version=2), obligations=(scheduled(),), messages=(message(),)))
        assert store.load(["c-1"]).cases["c-1"].obligations == (obligation(),)


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(path):
    first_schema(path)
    made(path, "CREATE TABLE salesreg_timer (a)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="already exists"):
        upgrade(path)
    assert path.read_bytes() == before


def test_an_upgrade_waits_for_other_programs_and_then_says_so(path):
    first_schema(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="busy"):
            upgrade(path, busy_timeout=0.05)


@pytest.mark.parametrize("lock", ["EXCLUSIVE", "IMMEDIATE"])
def test_making_a_file_waits_for_other_programs_and_then_says_so(path, lock):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"BEGIN {lock}")
        with pytest.raises(StoreUnavailable, match="busy"):
            SqliteStore(path, busy_timeout=0.05)


def test_a_file_that_another_program_made_in_the_meantime_is_left_alone(path):
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        schema.create_file(connection)
    assert check(path) == ()


@pytest.mark.parametrize("lock", ["EXCLUSIVE", "IMMEDIATE"])
def test_making_a_file_goes_on_when_other_programs_let_go(path, lock):
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute(f"BEGIN {lock}")
        letting_go = Timer(0.1, other.execute, ["ROLLBACK"])
        letting_go.start()
        filled(path)
        letting_go.join()
    assert check(path) == ()


def test_the_last_migration_is_the_schema_of_this_program():
    numbers = [number for number, _ in schema.migrations()]
    assert numbers == list(range(1, schema.SCHEMA_VERSION + 1))


def test_damage_inside_is_found_when_it_is_read_and_by_a_check(path):
    filled(path, 200)
    size = struct.unpack(">H", path.read_bytes()[16:18])[0]
    whole = path.read_bytes()
    for offset in range(0, len(whole), size):
        if b"x" * 500 in whole[offset : offset + size]:
            overwritten(path, offset, b"\xff" * 200)
    with SqliteStore(path) as store, pytest.raises(NotADatabase, match=r"sales\.db is damaged"):
        store.load([f"c-{number}" for number in range(200)])
    assert check(path)


def test_an_index_that_contradicts_its_table_is_found_by_a_check(path):
    filled(path)
    offset = path.read_bytes().index(b"saleopeningc-0")
    overwritten(path, offset, b"saleopeningc-9")
    assert any("salesreg_case_stage" in line for line in check(path))


def test_a_check_that_cannot_read_the_file_is_no_finding():
    class Failing:
        def execute(self, sql):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error

    with pytest.raises(sqlite3.OperationalError, match="disk I/O error"):
        list(schema.faults(Failing()))


def test_text_that_is_no_text_any_more_is_damage(path):
    filled(path)
    made(path, "UPDATE salesreg_case SET stage = CAST(x'ff' AS TEXT)")
    with SqliteStore(path) as store, pytest.raises(NotADatabase, match="is damaged"):
        store.load(["c-0"])


def test_a_row_without_its_case_is_found_by_a_check(path):
    filled(path)
    made(path, "INSERT INTO salesreg_key VALUES ('k', 'sale', 'nobody')")
    assert check(path) == ("a row of salesreg_key refers to a case that is not there",)


# -- inside an app's database -----------------------------------------------------------------------------------------


def test_an_apps_database_keeps_its_own_header(path):
    made(path, "PRAGMA application_id = 7; PRAGMA user_version = 42; CREATE TABLE orders (id INTEGER)")
    with closing(sqlite3.connect(path)) as app:
        SqliteStore(connection=app).commit(batch(case()))
        assert app.execute("PRAGMA application_id").fetchone() == (7,)
        assert app.execute("PRAGMA user_version").fetchone() == (42,)
    with SqliteStore(path) as store:
        assert [it.id for it in store.find(CaseQuery())] == ["c-1"]


def test_older_tables_in_an_apps_database_are_upgraded_on_purpose(path):
    made(path, "PRAGMA user_version = 42; CREATE TABLE orders (id INTEGER)")
    with closing(sqlite3.connect(path)) as app:
        create_schema(app, upto=1)
        with pytest.raises(SchemaOutdated, match="the app's database has schema 1"):
            SqliteStore(connection=app)
    with pytest.raises(SchemaOutdated):
        SqliteStore(path)
    assert upgrade(path) == (1, 2)
    with closing(sqlite3.connect(path)) as app:
        SqliteStore(connection=app).commit(batch(case()))
        assert app.execute("PRAGMA user_version").fetchone() == (42,)


def test_newer_tables_in_an_apps_database_are_refused(path):
    with closing(sqlite3.connect(path)) as app:
        create_schema(app)
        app.execute("UPDATE salesreg_schema SET version = 99")
        app.commit()
        with pytest.raises(SchemaTooNew, match="the app's database has schema 99"):
            SqliteStore(connection=app)


def test_tables_that_cannot_be_made_in_an_apps_database_leave_it_as_it_was(path):
    with closing(sqlite3.connect(path)) as app:
        app.execute("CREATE TABLE salesreg_timer (a)")
        with pytest.raises(StoreError, match="already exists"):
            SqliteStore(connection=app)
        app.execute("INSERT INTO salesreg_timer VALUES (1)")
        with pytest.raises(StoreError, match="already exists"):
            SqliteStore(connection=app)
        app.commit()
        names = app.execute("SELECT name FROM sqlite_master").fetchall()
        assert names == [("salesreg_timer",)]


def test_no_statement_numbers_its_placeholders() -> None:
    """Python 3.12.0 to 3.12.3 warns of each ``?1`` that a sequence fills."""
    modules = Path(schema.__file__).parents[1].glob("sql*/*.py")
    assert [module.name for module in modules if re.search(r"\?\d", module.read_text(encoding="utf-8"))] == []
