"""A store in one SQLite file: the embedded default."""

from salesreg.adapters.sqlite.schema import create_schema, upgrade
from salesreg.adapters.sqlite.store import SqliteStore

__all__ = ["SqliteStore", "create_schema", "upgrade"]
