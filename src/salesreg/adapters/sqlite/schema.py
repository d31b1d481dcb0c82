"""Whose database a file is, and how old its schema is.

A file that salesreg made carries an application id and its schema number in the header. An app that keeps salesreg's
tables in a database of its own keeps its own header; there the table ``salesreg_schema`` holds the number.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from salesreg.adapters.sql.schema import SCHEMA_VERSION, migrations, require_current
from salesreg.adapters.sqlite.connections import transact, translated
from salesreg.errors import NotADatabase, StoreError, StoreUnavailable

APPLICATION_ID: Final = int.from_bytes(b"sreg", "big")
"""What marks a file as salesreg's own (`PRAGMA application_id`)."""

_MAGIC: Final = b"SQLite format 3\x00"
_HEADER: Final = 100
_WAL: Final = 2
_STILL: Final = 0.02
_LOOKS: Final = 50


def schema_version(cursor: sqlite3.Cursor) -> int | None:
    """The number of the schema in an open database; None if it holds nothing yet.

    Raises:
        NotADatabase: it belongs to another application and has no tables of salesreg's, or has lost them.
    """
    version = embedded_version(cursor)
    if _is_ours(cursor):
        if version is None:
            raise NotADatabase("its tables are missing")
        return int(cursor.execute("PRAGMA user_version").fetchone()[0])
    if version is None and not _is_blank(cursor):
        raise NotADatabase("it belongs to another application")
    return version


def embedded_version(cursor: sqlite3.Cursor) -> int | None:
    """The number of the schema of salesreg's tables among others; None if there are none."""
    if cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'salesreg_schema'").fetchone():
        row = cursor.execute("SELECT version FROM salesreg_schema").fetchone()
        if row is None:
            raise NotADatabase("its salesreg_schema is empty")
        return int(row[0])
    return None


def _is_blank(cursor: sqlite3.Cursor) -> bool:
    pragmas = ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
    return all(cursor.execute(sql).fetchone()[0] == 0 for sql in pragmas)


def inspect(path: Path) -> int | None:
    """The number of the schema in a file, read without changing a byte of it; None if nothing is there yet.

    A look takes no lock, so that another program may write in the middle of it. What a look refuses is therefore looked
    at again, until the file has kept still for longer than the clock of the file system takes to tick.

    Raises:
        NotADatabase: it is something else, or damaged.
        StoreUnavailable: it cannot be read.
    """
    states: list[object] = []
    while True:
        try:
            return _look(path)
        except StoreError:
            states.append((_state(path), _state(Path(f"{path}-wal"))))
            if states[-1:] == states[-2:-1] or len(states) == _LOOKS:
                raise
        time.sleep(_STILL)


def _state(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _look(path: Path) -> int | None:
    try:
        if not path.parent.is_dir():
            raise StoreUnavailable(f"{path} cannot be opened: there is no folder {path.parent}")
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except FileNotFoundError:
        return None
    except IsADirectoryError:
        raise NotADatabase(f"{path} is a folder, not a database of salesreg") from None
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be opened: {error.strerror}") from error
    if not header:
        return None
    if header[:16] != _MAGIC or len(header) < _HEADER:
        raise NotADatabase(f"{path} is not a database of salesreg: it is no SQLite file")
    try:
        with closing(sqlite3.connect(read_only(path, header), uri=True, isolation_level=None)) as connection:
            return schema_version(connection.cursor())
    except NotADatabase as error:
        raise NotADatabase(f"{path} is not a database of salesreg: {error}") from None
    except UnicodeDecodeError as error:  # SQLite's own messages quote the schema, which may be damaged
        raise NotADatabase(f"{path} is damaged: its schema cannot be read; restore it from a backup") from error
    except sqlite3.Error as error:
        raise translated(error, str(path)) from error


def read_only(path: Path, header: bytes | None = None) -> str:
    """The address under which a look leaves nothing behind, not even the side files of a write-ahead log.

    Args:
        path: the file.
        header: how it begins, where it is only looked at for a moment; whoever reads on must see what others write.
    """
    looked = header is not None
    if header is None:
        with path.open("rb") as file:
            header = file.read(_HEADER)
    _, log_size, _ = _state(Path(f"{path}-wal")) or (0, 0, 0)
    at_rest = header[18] == _WAL and log_size == 0 and (looked or not os.access(path.parent, os.W_OK))
    return f"{path.absolute().as_uri()}?{'immutable=1' if at_rest else 'mode=ro'}"


def create_schema(connection: sqlite3.Connection, *, upto: int = SCHEMA_VERSION) -> None:
    """Create the tables in a database that an app has open, or upgrade them, inside its open transaction if any.

    The app's own `application_id` and `user_version` are left alone; tables and indexes begin with ``salesreg_``.
    """
    transact(connection, lambda cursor: _migrate(cursor, embedded_version(cursor) or 0, upto))


def create_file(connection: sqlite3.Connection) -> None:
    """Make an empty file a database of salesreg, unless another program has just done so."""

    def work(cursor: sqlite3.Cursor) -> None:
        if _is_blank(cursor):
            cursor.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            _migrate(cursor, 0, SCHEMA_VERSION)

    transact(connection, work)


def _migrate(cursor: sqlite3.Cursor, current: int, upto: int) -> None:
    for number, script in migrations():
        if current < number <= upto:
            for statement in _statements(script):
                cursor.execute(statement)
            cursor.execute("UPDATE salesreg_schema SET version = ?", (number,))
            if _is_ours(cursor):
                cursor.execute(f"PRAGMA user_version = {number}")


def _is_ours(cursor: sqlite3.Cursor) -> bool:
    return bool(cursor.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def _statements(script: str) -> Iterator[str]:
    """A script's statements one by one: `executescript` would end the transaction that they belong to."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def upgrade(path: str | Path, *, busy_timeout: float = 30.0) -> tuple[int, int]:
    """Bring the schema of a file up to date, in one transaction.

    Args:
        path: the file.
        busy_timeout: how many seconds to wait for other programs that are writing.

    Returns:
        The schema numbers before and after; equal if there was nothing to do.

    Raises:
        NotADatabase: there is no database of salesreg at that path.
        SchemaTooNew: a later salesreg wrote it.
        StoreUnavailable: it is busy, full or read-only.
    """
    path = Path(path)
    if inspect(path) is None:
        raise NotADatabase(f"{path} is not a database of salesreg: there is nothing in it to upgrade")

    def work(cursor: sqlite3.Cursor) -> int:
        before = schema_version(cursor) or 0
        if before > SCHEMA_VERSION:
            require_current(before, str(path))
        _migrate(cursor, before, SCHEMA_VERSION)
        return before

    try:
        with closing(sqlite3.connect(path, timeout=busy_timeout, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            return transact(connection, work), SCHEMA_VERSION
    except sqlite3.Error as error:
        raise translated(error, str(path)) from error


def faults(cursor: sqlite3.Cursor) -> Iterator[str]:
    """What is wrong inside a file, one line each: its pages and indexes first, then rows that refer to no case."""
    try:
        found = [line for (text,) in cursor.execute("PRAGMA integrity_check") for line in text.splitlines()]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        found = [str(error)]
    if found != ["ok"]:
        yield from found
        return
    for table, *_ in cursor.execute("PRAGMA foreign_key_check"):
        yield f"a row of {table} refers to a case that is not there"
    if _is_ours(cursor) and schema_version(cursor) != embedded_version(cursor):
        yield "the header of the file and salesreg_schema name different schemas"
