"""A store in PostgreSQL: several machines on one database, and several firms in schemas of their own.

A commit checks the version in the `UPDATE`, a pair of case and version is unique among the events, and what `commit`
has acknowledged is on the server's disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import psycopg
from psycopg_pool import ConnectionPool

from salesreg import ports
from salesreg.adapters.postgres.address import Address, named, told
from salesreg.adapters.postgres.connections import USUAL, Connection, Pool, Single, Tables
from salesreg.adapters.postgres.schema import create_schema, version_of
from salesreg.adapters.sql.rows import EVENT_COLUMNS, event_from
from salesreg.adapters.sql.schema import require_current
from salesreg.adapters.sql.store import SqlStore
from salesreg.errors import NotADatabase
from salesreg.process.references import CaseId

_ON_DISK: Final = """
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
"""
_WHOLE: Final = (
    f"SELECT {EVENT_COLUMNS} FROM salesreg_event WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"  # noqa: S608 - names of our own columns
)


class PostgresStore(SqlStore):
    """A `Store` in a schema of a PostgreSQL database, for any number of threads, programs and machines at once.

    Args:
        url: ``postgresql://user@host/database``, as libpq reads it; ``schema=``, ``tenant=`` and ``mode=ro`` may stand
            in its query too.
        connection: a psycopg connection that the app has open, instead of a URL. While the app has a transaction open,
            and in a connection without autocommit that is always, whatever the store writes is part of it, and the app
            commits it or rolls it back.
        schema: where the tables are; by default ``salesreg``.
        tenant: whose they are: those of ``acme`` are in the schema ``salesreg_acme``.
        busy_timeout: how many seconds a writer waits for others, and anybody for a connection.
        max_connections: how many threads of this program may use the database at the same time; more wait.
        create: whether to make what is missing: the schema and the tables.
        read_only: whether it is only looked at, as on a replica.

    Raises:
        StoreUrlError: the URL is none, or the schema's name.
        NotADatabase: there are no tables, and `create` is False.
        SchemaOutdated: the tables need `salesreg db upgrade`.
        SchemaTooNew: a later salesreg wrote them.
        StoreUnavailable: the database cannot be reached, or keeps texts in another encoding than UTF-8.
    """

    _connections: Pool | Single

    def __init__(
        self,
        url: str | None = None,
        *,
        connection: psycopg.Connection[Any] | None = None,
        schema: str | None = None,
        tenant: str | None = None,
        busy_timeout: float = 30.0,
        max_connections: int = 10,
        create: bool = True,
        read_only: bool = False,
    ) -> None:
        if (url is None) == (connection is None):
            raise TypeError("give PostgresStore either a URL or a connection")
        if connection is not None:
            where = named(schema, tenant)
            tables = Tables(where, f"the app's database (schema {where})")
            _ready(connection, where, tables.name, create=create)
            self._connections = Single(tables, connection)
            return
        address = Address.of(url or "", schema=schema, tenant=tenant)
        name, read_only = address.name, read_only or address.read_only
        with told(name), psycopg.connect(address.conninfo, autocommit=True) as first:
            _ready(first, address.schema, name, create=create and not read_only)

        settings = {**USUAL, "lock_timeout": f"{busy_timeout * 1000:.0f}"}

        def configured(fresh: Connection) -> None:
            for setting in settings.items():
                fresh.execute("SELECT set_config(%s, %s, false)", setting)
            fresh.execute(_ON_DISK)

        pool: ConnectionPool[Connection] = ConnectionPool(
            address.conninfo,
            kwargs={"autocommit": True},
            configure=configured,
            min_size=1,
            max_size=max_connections,
            timeout=busy_timeout,
            name=name,
            open=True,
        )
        self._connections = Pool(Tables(address.schema, name), pool, read_only=read_only)

    def events(self, case_id: CaseId | None = None, after: int = 0, limit: int = 1000) -> Iterator[ports.StoredEvent]:
        if case_id is not None:
            return super().events(case_id, after, limit)
        # Positions are given before a transaction is committed: what others are still writing may come before it.
        upto = self._connections.settled()
        return map(event_from, self._rows(_WHOLE, after, upto, limit))


def _ready(connection: psycopg.Connection[Any], schema: str, name: str, *, create: bool) -> None:
    with told(name):
        version = version_of(connection, schema, name)
        if version is not None:
            require_current(version, name)
        elif create:
            create_schema(connection, schema)
        else:
            raise NotADatabase(f"{name} has no tables of salesreg: open_engine, create_schema or `db import` make them")
