"""The store on SQLite inside an app's own transaction: both are written, or neither."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from salesreg.adapters.sqlite import SqliteStore, create_schema
from salesreg.errors import NotADatabase, StoreError, StoreUnavailable, VersionConflict
from salesreg.ports import CaseQuery
from salesreg.testing._records import batch, case, event, scheduled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sales.db"


@pytest.fixture
def app(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
        create_schema(connection)
        yield connection


def orders(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM orders").fetchone()[0])


def cases(path: Path) -> list[str]:
    with SqliteStore(path) as store:
        return [it.id for it in store.find(CaseQuery())]


def test_the_apps_commit_commits_both(app: sqlite3.Connection, path: Path):
    store = SqliteStore(connection=app)
    app.execute("INSERT INTO orders VALUES (1)")
    store.commit(batch(case()))
    assert (orders(path), cases(path)) == (0, [])
    assert [it.id for it in store.find(CaseQuery())] == ["c-1"]
    app.commit()
    assert (orders(path), cases(path)) == (1, ["c-1"])


def test_the_apps_rollback_undoes_both(app: sqlite3.Connection, path: Path):
    store = SqliteStore(connection=app)
    app.execute("INSERT INTO orders VALUES (1)")
    store.commit(batch(case()))
    app.rollback()
    assert (orders(path), cases(path)) == (0, [])
    store.commit(batch(case()))
    assert cases(path) == ["c-1"]


def test_a_refused_batch_leaves_the_apps_transaction_open_and_whole(app: sqlite3.Connection, path: Path):
    store = SqliteStore(connection=app)
    store.commit(batch(case()))
    app.execute("INSERT INTO orders VALUES (1)")
    with pytest.raises(VersionConflict):
        store.commit(batch(case("c-2"), case("c-1")))
    with pytest.raises(StoreError):
        store.commit(
            batch(case("c-3"), obligations=(scheduled(case_id="nobody"),), events=(event("c-3"), event("c-3")))
        )
    assert app.in_transaction
    app.commit()
    assert (orders(path), cases(path)) == (1, ["c-1"])


def test_closing_the_store_leaves_the_apps_connection_open(app: sqlite3.Connection):
    store = SqliteStore(connection=app)
    store.close()
    assert app.execute("SELECT count(*) FROM orders").fetchone() == (0,)
    with pytest.raises(StoreUnavailable, match="has been closed"):
        store.find(CaseQuery())


def test_tables_made_inside_the_apps_transaction_go_with_it(tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
        connection.execute("INSERT INTO orders VALUES (1)")
        SqliteStore(connection=connection).commit(batch(case()))
        connection.rollback()
        with pytest.raises(NotADatabase, match=r"make them with create_schema\(connection\)"):
            SqliteStore(connection=connection, create=False)


@pytest.mark.parametrize("arguments", [{}, {"path": ":memory:", "connection": object()}])
def test_a_store_needs_a_path_or_a_connection(arguments: dict):
    with pytest.raises(TypeError, match="either a path or a connection"):
        SqliteStore(**arguments)
