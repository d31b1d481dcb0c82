"""Transactions on PostgreSQL: the log is followed without a gap, what the server undid is done again, what was lost in
the middle of a commit is said to be unknown, and an app's transaction takes the store's work in."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from postgres_server import at
from salesreg.adapters.postgres import PostgresStore, create_schema
from salesreg.errors import KeyTaken, OutcomeUnknown, StoreError, StoreUnavailable, VersionConflict
from salesreg.ports import Batch, CaseQuery, Command, Store
from salesreg.testing._records import NOON, batch, case, message

SCHEMA = "transactions"


@pytest.fixture
def app(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    """Another connection, which sees each change at once."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        create_schema(connection, SCHEMA)
        connection.execute(f"SET search_path TO {SCHEMA}")
        yield connection
        connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


@pytest.fixture
def store(postgres_url: str, app: psycopg.Connection[Any]) -> Iterator[PostgresStore]:
    with PostgresStore(at(postgres_url, application_name=SCHEMA), schema=SCHEMA) as store:
        yield store


@pytest.fixture
def elsewhere() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def until(holds: Callable[[], object]) -> None:
    """Wait for something that must come."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def followed(store: Store) -> list[str]:
    return [f"{one.case}:{one.version}" for one in store.events()]


# -- the log ----------------------------------------------------------------------------------------------------------


def test_a_reader_of_the_log_never_skips_what_took_an_early_place_and_was_committed_late(postgres_url, store):
    with psycopg.connect(postgres_url) as slow:
        PostgresStore(connection=slow, schema=SCHEMA).commit(batch(case("early")))
        store.commit(batch(case("late")))
        assert followed(store) == []
        slow.commit()
    assert followed(store) == ["early:1", "late:1"]


def test_what_was_undone_holds_nobody_up(postgres_url, store):
    with psycopg.connect(postgres_url) as slow:
        PostgresStore(connection=slow, schema=SCHEMA).commit(batch(case("undone")))
        store.commit(batch(case("kept")))
        assert followed(store) == []
        slow.rollback()
    assert followed(store) == ["kept:1"]


def test_what_is_whole_is_read_while_others_write(postgres_url, store):
    store.commit(batch(case("before")))
    with psycopg.connect(postgres_url) as slow:
        mine = PostgresStore(connection=slow, schema=SCHEMA)
        mine.commit(batch(case("mine")))
        assert followed(store) == ["before:1"]
        assert followed(mine) == ["before:1", "mine:1"]


def test_somebody_who_follows_the_log_by_its_last_position_sees_every_event_once(postgres_url, store, elsewhere):
    """Writers that take their places and commit in any order, beside a reader that never looks back."""
    writers, rounds = 5, 25

    def write(number: int) -> None:
        chance = random.Random(number)
        with psycopg.connect(postgres_url) as connection:
            mine = PostgresStore(connection=connection, schema=SCHEMA)
            for version in range(1, rounds + 1):
                mine.commit(batch(case(f"c-{number}", version)))
                time.sleep(chance.random() / 200)
                connection.commit()

    running = [elsewhere.submit(write, number) for number in range(writers)]
    seen: list[Any] = []
    while running:
        running = [each for each in running if not each.done() or each.result() is not None]
        seen += store.events(after=seen[-1].position if seen else 0, limit=7)
    seen += store.events(after=seen[-1].position)
    assert len(seen) == writers * rounds
    assert {(one.case, one.version) for one in seen} == {
        (f"c-{number}", version) for number in range(writers) for version in range(1, rounds + 1)
    }
    assert [one.position for one in seen] == sorted(one.position for one in seen)


# -- again ------------------------------------------------------------------------------------------------------------


def test_a_commit_that_the_server_undid_for_a_deadlock_is_done_again(postgres_url, app, store, elsewhere):
    store.commit(batch(case("a"), case("b")))
    with psycopg.connect(postgres_url) as other:
        other.execute("SET deadlock_timeout = '60s'")
        other.execute(f"UPDATE {SCHEMA}.salesreg_case SET idle = idle WHERE id = 'b'")
        late = elsewhere.submit(store.commit, batch(case("a", 2), case("b", 2)))
        until(lambda: _waiting(app))
        other.execute(f"UPDATE {SCHEMA}.salesreg_case SET idle = idle WHERE id = 'a'")
        other.rollback()
    late.result(20)
    assert {one.version for one in store.find(CaseQuery())} == {2}


def test_a_connection_lost_before_the_commit_is_no_loss(postgres_url, app, store, elsewhere):
    store.commit(batch(case("a")))
    with psycopg.connect(postgres_url) as other:
        other.execute(f"UPDATE {SCHEMA}.salesreg_case SET idle = idle WHERE id = 'a'")
        late = elsewhere.submit(store.commit, batch(case("a", 2), messages=(message(1, case="a"),)))
        until(lambda: _waiting(app))
        app.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        until(lambda: _waiting(app))
        other.rollback()
    late.result(20)
    assert followed(store) == ["a:1", "a:2"]
    assert len(store.messages("waiting")) == 1


def test_connections_that_died_while_nobody_used_them_are_replaced(app, store, elsewhere):
    list(elsewhere.map(lambda number: store.commit(batch(case(f"c-{number}"))), range(8)))
    app.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{SCHEMA}'")
    list(elsewhere.map(lambda number: store.commit(batch(case(f"d-{number}"))), range(8)))
    assert store.count(CaseQuery()) == 16
    with store.alone(), store.snapshot() as seen:
        assert seen.count(CaseQuery()) == 16


def _waiting(app: psycopg.Connection[Any]) -> list[Any]:
    return app.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchall()


# -- unknown ----------------------------------------------------------------------------------------------------------


class Wire:
    """Carries bytes between a store and the server, and is cut when the server answers that it has committed."""

    def __init__(self, url: str, folder: Path) -> None:
        given = conninfo_to_dict(url)
        host, port = str(given.get("host") or "localhost"), int(given.get("port") or 5432)
        self._server = f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)
        self.cut = False
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / ".s.PGSQL.5432"))
        self._listening.listen()
        self.url = at(f"postgresql://{given['user']}@/{given['dbname']}", host=str(folder))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX if isinstance(self._server, str) else socket.AF_INET)
            server.connect(self._server)
            for source, to in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=(source, to, source is server), daemon=True).start()

    def _carry(self, source: socket.socket, to: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while (data := source.recv(65536)) and not (answers and self.cut and b"COMMIT\0" in data):
                to.sendall(data)
        for each in (source, to):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def close(self) -> None:
        self._listening.close()


@contextmanager
def wired(url: str, folder: Path) -> Iterator[Wire]:
    wire = Wire(url, folder)
    try:
        yield wire
    finally:
        wire.close()


def test_a_connection_lost_in_the_middle_of_a_commit_leaves_it_unknown_until_the_command_is_repeated(
    postgres_url, app, tmp_path
):
    command = Command("key", "print", "c-1", 1)
    it: Batch = batch(case(), command=command)
    with wired(postgres_url, tmp_path) as wire, PostgresStore(wire.url, schema=SCHEMA) as store:
        store.mark("warm")
        wire.cut = True
        with pytest.raises(OutcomeUnknown, match="command_key"):
            store.commit(it)
        wire.cut = False
        assert store.commit(it).earlier == command
        assert followed(store) == ["c-1:1"]


def test_a_connection_that_is_ended_during_a_commit_leaves_it_unknown(app, store, elsewhere):
    """A trigger that waits for the end of the transaction holds the commit up."""
    app.execute(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN NULL; END'"
    )
    app.execute(
        "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON salesreg_mark DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION wait()"
    )
    late = elsewhere.submit(store.commit, Batch((), (), NOON, marks={"m": "1"}))
    until(lambda: app.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'").fetchall())
    app.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    with pytest.raises(OutcomeUnknown):
        late.result(20)
    assert store.mark("m") is None


# -- an app's own transaction -----------------------------------------------------------------------------------------


def test_what_an_app_undoes_was_never_there(postgres_url, store):
    with psycopg.connect(postgres_url) as connection:
        mine = PostgresStore(connection=connection, schema=SCHEMA)
        mine.commit(batch(case()))
        assert mine.load(["c-1"]).cases.keys() == {"c-1"}
        assert store.load(["c-1"]).cases == {}
        connection.rollback()
        assert mine.load(["c-1"]).cases == {}
        mine.commit(batch(case("c-2")))
        connection.commit()
        assert store.load(["c-1", "c-2"]).cases.keys() == {"c-2"}


def test_a_refused_batch_leaves_the_apps_transaction_as_it_was(postgres_url, app, store):
    store.commit(batch(case("taken"), keys_taken=("k",)))
    app.execute("CREATE TABLE orders (id INTEGER)")
    with psycopg.connect(postgres_url) as connection:
        mine = PostgresStore(connection=connection, schema=SCHEMA)
        connection.execute(f"INSERT INTO {SCHEMA}.orders VALUES (1)")
        for _ in range(8):  # so often that statements are prepared
            with pytest.raises(VersionConflict):
                mine.commit(batch(case("c-1", 2), messages=(message(),)))
            with pytest.raises(KeyTaken):
                mine.commit(batch(case("c-1"), keys_taken=("k",)))
        mine.commit(batch(case("c-1")))
        connection.commit()
    assert app.execute("SELECT count(*) FROM orders").fetchone() == (1,)
    assert store.load(["c-1"]).cases["c-1"].version == 1


def test_a_writer_that_waits_too_long_is_told_so(postgres_url, store):
    store.commit(batch(case()))
    with psycopg.connect(postgres_url) as other, PostgresStore(postgres_url, schema=SCHEMA, busy_timeout=0.2) as hasty:
        other.execute(f"UPDATE {SCHEMA}.salesreg_case SET idle = idle")
        with pytest.raises(StoreUnavailable, match="busy"):
            hasty.commit(batch(case(version=2)))
        other.rollback()
        hasty.commit(batch(case(version=2)))


def test_a_text_that_cannot_be_kept_is_refused_and_changes_nothing(store):
    with pytest.raises(StoreError, match="did not take"):
        store.commit(batch(case("a\0b")))
    assert store.count(CaseQuery()) == 0
