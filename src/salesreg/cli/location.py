"""Where the database of a command is: a file, or an address of PostgreSQL."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from salesreg.cli.options import option
from salesreg.errors import NotADatabase, StoreUnavailable

if TYPE_CHECKING:
    from salesreg.adapters.sql.store import SqlStore

_POSTGRES: Final = ("postgresql://", "postgres://")
_ONLY: Final = "?mode=ro"
"""Behind the path of a file that is only read."""


def there(db: str) -> str:
    """The path of a file that is there, or an address; a command never makes a database."""
    if db.startswith(_POSTGRES):
        return db
    path, only = Path(db.removeprefix("sqlite:///").removesuffix(_ONLY)), _ONLY * db.endswith(_ONLY)
    if path.is_dir():
        raise NotADatabase(f"{db!r} is a folder: give the path of a database file with --db")
    if not path.is_file():
        raise StoreUnavailable(f"there is no database {db!r}: give the path of an existing file with --db")
    return f"{path}{only}"


DbOption = Annotated[str, option("--db", "The SQLite file, or postgresql://…", metavar="FILE|URL", callback=there)]


def shown(db: str) -> str:
    """The same without a password."""
    return re.sub(r"(?<=://)([^:/?@]*):[^/?]*@", r"\1@", re.sub(r"(?<=[?&])password=[^&]*&?", "", db))


def opened(db: str, *, looked: bool = False, create: bool = False) -> SqlStore:
    """The store there.

    Args:
        db: the path or the address.
        looked: whether it is only looked at.
        create: whether to make what is missing.
    """
    if db.startswith(_POSTGRES):
        from salesreg.adapters.postgres import PostgresStore

        return PostgresStore(db, create=create, read_only=looked)
    from salesreg.adapters.sqlite import SqliteStore

    path = db.removesuffix(_ONLY)
    only = path != db or (looked and not os.access(path, os.W_OK))
    return SqliteStore(path.removeprefix("sqlite:///"), create=create, read_only=only)


def upgraded(db: str) -> tuple[int, int]:
    """Bring its tables up to date; their numbers before and after."""
    if db.startswith(_POSTGRES):
        from salesreg.adapters.postgres import upgrade

        return upgrade(db)
    from salesreg.adapters.sqlite import upgrade as upgrade_file

    return upgrade_file(db)


def copied(db: str, to: Path) -> None:
    """Copy a file, as it stands at one moment, into a new one."""
    if db.startswith(_POSTGRES):
        raise StoreUnavailable(f"{shown(db)} is copied with pg_dump, not with this: docs/how-to/operate.md shows how")
    from salesreg.adapters.sqlite import SqliteStore

    with opened(db, looked=True) as store:
        assert isinstance(store, SqliteStore)  # noqa: S101 - it is a file
        store.backup(to)
