"""The store on SQLite keeps the contract: in a file, in memory, and inside an app's own database."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from salesreg.adapters.sqlite import SqliteStore
from salesreg.errors import NaiveDatetimeError
from salesreg.ports import Store
from salesreg.testing import SharedStoreContract, StoreContract
from salesreg.testing._records import LEASE, after, batch, case


class TestSqliteFile(SharedStoreContract):
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "Продажи №1 ?.db"

    @pytest.fixture
    def store(self, path: Path) -> Iterator[Store]:
        with SqliteStore(path) as store:
            store.path = path  # type: ignore[attr-defined]
            yield store

    def reopen(self, store: Store) -> Store:
        return SqliteStore(store.path)  # type: ignore[attr-defined]

    def another(self, store: Store) -> SqliteStore:
        return SqliteStore(store.path.with_name("another.db"))  # type: ignore[attr-defined]

    def test_a_naive_instant_is_refused(self, store: Store) -> None:
        naive = after(0).replace(tzinfo=None)
        with pytest.raises(NaiveDatetimeError):
            store.claim("message", naive, 1, LEASE)
        with pytest.raises(NaiveDatetimeError):
            store.commit(batch(case(last_at=naive)))
        assert store.load(["c-1"]).cases == {}


class TestSqliteInMemory(StoreContract):
    waits_for_snapshots = True

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        with SqliteStore(":memory:") as store:
            yield store

    def another(self, store: Store) -> SqliteStore:
        return SqliteStore(":memory:")


class TestSqliteInsideAnApp(StoreContract):
    """The app's connection has a transaction open all the time, and rows of its own shape."""

    waits_for_snapshots = True

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        with closing(sqlite3.connect(tmp_path / "app.db", check_same_thread=False)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("CREATE TABLE orders (id INTEGER)")
            connection.execute("INSERT INTO orders VALUES (1)")
            with SqliteStore(connection=connection) as store:
                yield store
            assert connection.execute("SELECT count(*) FROM orders").fetchone()[0] == 1
