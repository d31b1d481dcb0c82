"""The store on PostgreSQL keeps the contract: in a schema of its own, and inside an app's own transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.rows import dict_row

from salesreg.adapters.postgres import PostgresStore, create_schema
from salesreg.errors import NaiveDatetimeError
from salesreg.ports import Store
from salesreg.testing import DurableStoreContract, StoreContract
from salesreg.testing._records import LEASE, after, batch, case


@pytest.fixture(scope="module")
def made(postgres_url: str) -> Iterator[str]:
    """The name of a schema that has the tables."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        create_schema(connection, "contract")
        yield "contract"
        connection.execute("DROP SCHEMA contract CASCADE")


@pytest.fixture
def schema(postgres_url: str, made: str) -> Iterator[str]:
    """The same; the tables are empty again when a test is over."""
    yield made
    with psycopg.connect(postgres_url) as connection:
        (tables,) = connection.execute(
            "SELECT string_agg(format('%%I.%%I', schemaname, tablename), ', ') FROM pg_tables "
            "WHERE schemaname = %s AND tablename <> 'salesreg_schema'",
            [made],
        ).fetchone()
        connection.execute(f"TRUNCATE {tables}")


class TestPostgres(DurableStoreContract):
    @pytest.fixture
    def store(self, postgres_url: str, schema: str) -> Iterator[Store]:
        with PostgresStore(postgres_url, schema=schema) as store:
            store.url, store.schema = postgres_url, schema  # type: ignore[attr-defined]
            yield store

    def reopen(self, store: Store) -> Store:
        return PostgresStore(store.url, schema=store.schema)  # type: ignore[attr-defined]

    @contextmanager
    def another(self, store: Store) -> Iterator[Store]:
        url: str = store.url  # type: ignore[attr-defined]
        with PostgresStore(url, tenant="another") as other:
            yield other
        with psycopg.connect(url) as connection:
            connection.execute("DROP SCHEMA salesreg_another CASCADE")

    def test_a_naive_instant_is_refused(self, store: Store) -> None:
        naive = after(0).replace(tzinfo=None)
        with pytest.raises(NaiveDatetimeError):
            store.claim("message", naive, 1, LEASE)
        with pytest.raises(NaiveDatetimeError):
            store.commit(batch(case(last_at=naive)))
        assert store.load(["c-1"]).cases == {}


class TestPostgresInsideAnApp(StoreContract):
    """The app's connection has a transaction open all the time, and rows of its own shape."""

    waits_for_snapshots = True

    @pytest.fixture
    def store(self, postgres_url: str, made: str) -> Iterator[Store]:
        with psycopg.connect(postgres_url, row_factory=dict_row) as connection:
            connection.execute("CREATE TEMPORARY TABLE orders (id INTEGER)")
            connection.execute("INSERT INTO orders VALUES (1)")
            with PostgresStore(connection=connection, schema=made) as store:
                yield store
            assert connection.execute("SELECT count(*) AS n FROM orders").fetchone() == {"n": 1}
            connection.rollback()


class TestPostgresOnAConnectionInAutocommit(StoreContract):
    """The app's connection has no transaction open."""

    waits_for_snapshots = True

    @pytest.fixture
    def store(self, postgres_url: str, schema: str) -> Iterator[Store]:
        with (
            psycopg.connect(postgres_url, autocommit=True) as connection,
            PostgresStore(connection=connection, schema=schema) as store,
        ):
            yield store
