"""An upgrade that is killed half-way leaves the tables as they were, or as they are to be; another try ends it."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from forking import Programs
from programs import upgrading

from postgres_server import at
from salesreg.adapters import postgres
from salesreg.adapters.sqlite import SqliteStore, create_schema, schema, upgrade

TRIES = 40
STATEMENTS = 7
"""How many there are in an upgrade of PostgreSQL."""
A_CASE = """
    INSERT INTO salesreg_case (id, process, process_version, rulebook, regulation, stage, ended, version,
                               begun_at, last_at, head, data)
    VALUES ('c-1', 'sale', 1, 'commercial', 'hash-1', 'opening', 0, 1, 1772452860000000, 1772452860000000, '', '{}');
"""


def first_schema(path: Path) -> None:
    """A file as the first schema left it, with a case in it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        create_schema(connection, upto=1)
        connection.executescript(f"""
            PRAGMA application_id = {schema.APPLICATION_ID};
            PRAGMA user_version = 1;
            {A_CASE}
        """)


def dying(after: int, seen: list[int]) -> Any:
    """Connections of a program that is killed after so many looks of SQLite's at whether to go on."""
    connect = sqlite3.connect

    def connected(*args: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*args, **options)

        def look() -> int:
            seen.append(1)
            if len(seen) == after:
                os.kill(os.getpid(), signal.SIGKILL)
            return 0

        connection.set_progress_handler(look, 5)
        return connection

    return connected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is killed without fork")
def test_an_upgrade_killed_anywhere_is_whole_or_not_begun_and_can_be_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    whole = tmp_path / "whole.db"
    first_schema(whole)
    seen: list[int] = []
    with monkeypatch.context() as patched:
        patched.setattr(schema.sqlite3, "connect", dying(sys.maxsize, seen))
        upgrade(whole)
    looks, killed = len(seen), 0
    assert looks > TRIES
    for number in range(TRIES):
        path = tmp_path / f"{number}.db"
        first_schema(path)
        child = os.fork()
        if child == 0:
            schema.sqlite3.connect = dying(1 + number * looks // TRIES, [])  # type: ignore[assignment]
            upgrade(path)
            os._exit(0)
        killed += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        before = schema.inspect(path)
        assert before in {1, 2}
        assert upgrade(path) == (before, 2)
        with closing(SqliteStore(path)) as store:
            assert [one.id for one in store.load(["c-1"]).cases.values()] == ["c-1"]
            assert store.faults() == ()
        with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(whole)) as other:
            tables = "SELECT sql FROM sqlite_master ORDER BY name"
            assert one.execute(tables).fetchall() == other.execute(tables).fetchall()
    assert killed >= TRIES - 2


def tables(connection: psycopg.Connection[Any]) -> list[Any]:
    """Every column and index in the schema."""
    columns = connection.execute(
        "SELECT table_name, column_name, data_type, column_default FROM information_schema.columns "
        "WHERE table_schema = 'faults' ORDER BY 1, ordinal_position"
    )
    indexes = connection.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'faults' ORDER BY 1")
    return [*columns, *indexes]


def test_an_upgrade_of_postgresql_killed_anywhere_is_whole_or_not_begun_and_can_be_run_again(
    others: Programs, empty: str, postgres_url: str
):
    """Half of the programs are killed before one of their statements, and of the others the connection is cut."""
    draw, length, broken = random.Random(20260302), 0.0, 0
    whole: list[Any] = []
    with psycopg.connect(postgres_url, autocommit=True) as app:
        for number in range(TRIES // 2 + 1):
            app.execute("DROP SCHEMA IF EXISTS faults CASCADE")
            postgres.create_schema(app, "faults", upto=1)
            app.execute("SET search_path TO faults")
            app.execute(A_CASE)
            begun = time.monotonic()
            killed_before = 1 + number // 2 % STATEMENTS if number % 2 else 0
            program = others.start(upgrading, at(empty, application_name="upgraded"), killed_before)
            if number == 0:  # how long it takes, and what comes of it
                assert program.wait() == ["begun", *["statement"] * STATEMENTS, "done"]
                length, whole = time.monotonic() - begun, tables(app)
                continue
            if not killed_before:
                program.wait_for_reports(1)
                time.sleep(draw.random() * length)
                app.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'upgraded'"
                )
            program.wait(failed=True)
            broken += "done" not in program.reports.read_text("utf-8")
            assert postgres.upgrade(empty) in {(1, 2), (2, 2)}
            assert app.execute("SELECT id FROM salesreg_case").fetchall() == [("c-1",)]
            assert tables(app) == whole
    assert broken >= TRIES // 4
