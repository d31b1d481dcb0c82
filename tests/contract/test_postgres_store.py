"""The store on PostgreSQL keeps the contract: in a schema of its own, and inside an app's own transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.rows import dict_row

from postgres_server import at, emptied, tables
from salesreg.adapters.postgres import PostgresStore, create_schema
from salesreg.adapters.postgres.connections import Tables
from salesreg.errors import NaiveDatetimeError
from salesreg.ports import Store
from salesreg.testing import SharedStoreContract, StoreContract
from salesreg.testing._records import LEASE, after, batch, case


@pytest.fixture(scope="module")
def made(postgres_url: str) -> Iterator[str]:
    """The name of a schema that has the tables."""
    with tables(postgres_url, "contract"):
        yield "contract"


@pytest.fixture
def schema(postgres_url: str, made: str) -> Iterator[str]:
    """The same; the tables are empty again when a test is over."""
    yield made
    emptied(at(postgres_url, schema=made))


class TestPostgres(SharedStoreContract):
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

    def test_positions_of_two_writers_between_one_another_show_no_half_of_a_batch(self, store: Store) -> None:
        """One writer has a position, a second begins, the first gets another and commits: it is not whole yet."""
        store.commit(batch(case()))
        url, schema = store.url, store.schema  # type: ignore[attr-defined]
        seen = [(one.case, one.version) for one in store.events(limit=10)]
        columns = "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns WHERE "
        columns += "table_schema = %s AND table_name = 'salesreg_event' AND column_name NOT IN ('position', 'version')"
        table, log, lock = (
            f'"{schema}".salesreg_event',
            f"{schema}.salesreg_event_position_seq",
            Tables(schema, "").lock,
        )
        with psycopg.connect(url) as first, psycopg.connect(url) as second:
            ((names,),) = first.execute(columns, [schema]).fetchall()

            def written(version: int) -> None:
                first.execute(
                    f"INSERT INTO {table} (position, version, {names}) "
                    f"SELECT nextval('{log}'), {version}, {names} FROM {table} WHERE version = 1"
                )

            first.execute(lock)
            written(2)
            second.execute(lock)
            written(3)
            first.commit()
            assert [(one.case, one.version) for one in store.events(limit=10)] == seen
            second.rollback()
        assert len(list(store.events(limit=10))) == len(seen) + 2


class _OfAnApp(StoreContract):
    waits_for_snapshots = True

    @contextmanager
    def another(self, store: Store) -> Iterator[Store]:
        connection: psycopg.Connection = store.connection  # type: ignore[attr-defined]
        create_schema(connection, "another")
        yield PostgresStore(connection=connection, schema="another")
        connection.execute("DROP SCHEMA another CASCADE")


class TestPostgresInsideAnApp(_OfAnApp):
    """The app's connection has a transaction open all the time, and rows of its own shape."""

    @pytest.fixture
    def store(self, postgres_url: str, made: str) -> Iterator[Store]:
        with psycopg.connect(postgres_url, row_factory=dict_row) as connection:
            connection.execute("CREATE TEMPORARY TABLE orders (id INTEGER)")
            connection.execute("INSERT INTO orders VALUES (1)")
            with PostgresStore(connection=connection, schema=made) as store:
                store.connection = connection  # type: ignore[attr-defined]
                yield store
            assert connection.execute("SELECT count(*) AS n FROM orders").fetchone() == {"n": 1}
            connection.rollback()


class TestPostgresOnAConnectionInAutocommit(_OfAnApp):
    """The app's connection has no transaction open."""

    @pytest.fixture
    def store(self, postgres_url: str, schema: str) -> Iterator[Store]:
        with (
            psycopg.connect(postgres_url, autocommit=True) as connection,
            PostgresStore(connection=connection, schema=schema) as store,
        ):
            store.connection = connection  # type: ignore[attr-defined]
            yield store
