"""The tables in a schema of a PostgreSQL database: how old they are, and bringing them up to date."""

from __future__ import annotations

from typing import Any, Final

import psycopg
from psycopg.rows import tuple_row

from salesreg.adapters.postgres.address import Address, told
from salesreg.adapters.postgres.dialect import migration
from salesreg.adapters.sql.schema import SCHEMA_VERSION, migrations, require_current
from salesreg.errors import NotADatabase, StoreUnavailable

_LOCK: Final = int.from_bytes(b"salesreg", "big") >> 1
# By a table, not by to_regclass(), which may not have heard of what was made while the lock was waited for.
_LOOK: Final = """
    SELECT current_setting('server_encoding'), EXISTS (
      SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = 'salesreg_schema')
"""


def version_of(connection: psycopg.Connection[Any], schema: str, name: str) -> int | None:
    """The number of the tables in a schema; None if there are none.

    Raises:
        StoreUnavailable: the database does not keep its texts in UTF-8.
    """
    cursor = psycopg.Cursor(connection, row_factory=tuple_row)
    encoding, there = cursor.execute(_LOOK, [schema]).fetchall()[0]
    if encoding != "UTF8":
        raise StoreUnavailable(f"{name} keeps texts in {encoding}: make a database with ENCODING 'UTF8'")
    if not there:
        return None
    row = cursor.execute(f'SELECT version FROM "{schema}".salesreg_schema').fetchone()  # noqa: S608 - checked
    if row is None:
        raise NotADatabase(f"{name}: its salesreg_schema is empty")
    return int(row[0])


def create_schema(connection: psycopg.Connection[Any], schema: str = "salesreg", *, upto: int = SCHEMA_VERSION) -> None:
    """Make the tables in a database that an app has open, or upgrade them, inside its open transaction if any.

    Args:
        connection: the app's.
        schema: where they are; made if it is missing.
        upto: the number of the last migration.
    """
    with connection.transaction():
        connection.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
        current = version_of(connection, schema, "the app's database") or 0
        if current == 0:
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        for number, script in migrations():
            if current < number <= upto:
                connection.execute(migration(script, schema))
                connection.execute(f'UPDATE "{schema}".salesreg_schema SET version = {number}')  # noqa: S608 - checked


def upgrade(url: str, *, schema: str | None = None, tenant: str | None = None) -> tuple[int, int]:
    """Bring the tables in a database up to date, in one transaction.

    Args:
        url: ``postgresql://…``.
        schema: where they are.
        tenant: whose they are, instead.

    Returns:
        Their numbers before and after; equal if there was nothing to do.

    Raises:
        NotADatabase: there are none.
        SchemaTooNew: a later salesreg wrote them.
        StoreUnavailable: the database cannot be reached, or keeps texts in another encoding than UTF-8.
    """
    address = Address.of(url, schema=schema, tenant=tenant)
    with told(address.name), psycopg.connect(address.conninfo, autocommit=True) as connection:
        before = version_of(connection, address.schema, address.name)
        if before is None:
            raise NotADatabase(f"{address.name} has no tables of salesreg: there is nothing in it to upgrade")
        if before > SCHEMA_VERSION:
            require_current(before, address.name)
        create_schema(connection, address.schema)
    return before, SCHEMA_VERSION
