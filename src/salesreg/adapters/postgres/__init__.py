"""A store in PostgreSQL: several machines on one database, and several firms in schemas of their own."""

from salesreg.errors import need

need("psycopg_pool", extra="postgres", why="a store in PostgreSQL needs psycopg and its pool")

from salesreg.adapters.postgres.schema import create_schema, upgrade  # noqa: E402
from salesreg.adapters.postgres.store import PostgresStore  # noqa: E402

__all__ = ["PostgresStore", "create_schema", "upgrade"]
