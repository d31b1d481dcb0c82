"""A store in one SQLite file: the embedded default.

Write-ahead log, `synchronous=FULL`, `BEGIN IMMEDIATE`: what `commit` has acknowledged is on disk, and readers never
wait for writers. Any number of threads and programs may use the file at once.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from salesreg.adapters.sql.schema import require_current
from salesreg.adapters.sql.store import SqlStore
from salesreg.adapters.sqlite import schema
from salesreg.adapters.sqlite.connections import FilePool, Pool, Single, Unwritten, transact, translated
from salesreg.errors import NotADatabase, StoreUnavailable

_OLDEST: Final = (3, 37)
_OF_THE_COPY: Final = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
"""What goes wrong with a copy rather than with what is copied."""


class SqliteStore(SqlStore):
    """A `Store` in a SQLite file, in memory, or in the tables of an app's own database.

    Args:
        path: the file, made if it is missing or empty; ``":memory:"`` keeps everything in memory.
        connection: a connection that the app has open, instead of a path. While the app has a transaction open,
            whatever the store writes is part of it, and the app commits it or rolls it back.
        busy_timeout: how many seconds a writer waits for other programs that are writing.
        create: whether to make what is missing: the file, or the tables in the app's database.
        read_only: whether it is only looked at, as on media that cannot be written to.

    Raises:
        NotADatabase: the path is something else, damaged, or missing while `create` is False.
        SchemaOutdated: the file needs `salesreg db upgrade`.
        SchemaTooNew: a later salesreg wrote it.
        StoreUnavailable: it is busy, full, read-only or cannot be opened.

    A file that is refused is left byte for byte as it was. Processes that fork open a store of their own afterwards.

    >>> from salesreg.ports import CaseQuery
    >>> with SqliteStore(":memory:") as store:
    ...     store.find(CaseQuery(process="sale"))
    []
    """

    _connections: Pool

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        connection: sqlite3.Connection | None = None,
        busy_timeout: float = 30.0,
        create: bool = True,
        read_only: bool = False,
    ) -> None:
        if (path is None) == (connection is None):
            raise TypeError("give SqliteStore either a path or a connection")
        if sqlite3.sqlite_version_info < _OLDEST:
            raise StoreUnavailable(f"SQLite 3.37 or later is needed, and this Python brings {sqlite3.sqlite_version}")
        if connection is not None:
            self._connections = _joined(connection, "the app's database", create=create, owned=False)
        elif str(path) == ":memory:":
            own = _connect(":memory:", busy_timeout)
            self._connections = _joined(own, "the database in memory", create=True, owned=True)
        else:
            self._connections = _opened(Path(path or ""), busy_timeout, create=create and not read_only, read=read_only)

    def backup(self, target: str | Path) -> None:
        """Copy everything, as it stands at one moment, into a file of its own, whoever writes meanwhile.

        Raises:
            StoreUnavailable: there is such a file already, or it cannot be written.
        """
        path = Path(target)
        if path.exists():
            raise StoreUnavailable(f"{path} is there already: a backup goes into a new file")
        part = path.with_name(f"{path.name}.part")
        part.unlink(missing_ok=True)

        def copied(connection: sqlite3.Connection) -> None:
            try:
                with closing(sqlite3.connect(part)) as copy:
                    copy.execute("PRAGMA journal_mode = OFF")
                    connection.backup(copy)
            except sqlite3.Error as error:
                if error.sqlite_errorcode & 0xFF in _OF_THE_COPY:
                    raise translated(error, str(path)) from error
                raise

        try:
            self._connections.read(lambda session: copied(session.cursor.connection))
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.rename(path)
        except OSError as error:
            raise StoreUnavailable(f"{path} cannot be written: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)

    def faults(self) -> tuple[str, ...]:
        return self._connections.read(lambda session: tuple(schema.faults(session.cursor))) or super().faults()


_LONGEST_LOG: Final = 16 * 2**20
"""How many bytes of its log SQLite keeps for what comes next, once a reader has let go of a longer one."""

# -- opening ----------------------------------------------------------------------------------------------------------


def _connect(address: str, busy_timeout: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        address, uri=True, timeout=busy_timeout, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {_LONGEST_LOG}")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _opened(path: Path, busy_timeout: float, *, create: bool, read: bool) -> Pool:
    version = schema.inspect(path)
    if version is None:
        if not create:
            raise NotADatabase(f"{path} is not a database of salesreg: there is nothing in it")
        _make(path, busy_timeout)
        version = schema.inspect(path)
    require_current(version or 0, str(path))
    if read:
        return Unwritten(lambda: _connect(schema.read_only(path), busy_timeout), str(path), busy_timeout)
    address = f"{path.absolute().as_uri()}?mode=rw"
    return FilePool(path, lambda: _connect(address, busy_timeout), busy_timeout)


def _make(path: Path, busy_timeout: float) -> None:
    try:
        with closing(_connect(path.absolute().as_uri(), busy_timeout)) as connection:
            _keep_a_log(connection, busy_timeout)
            schema.create_file(connection)
    except sqlite3.Error as error:
        raise translated(error, str(path)) from error


def _keep_a_log(connection: sqlite3.Connection, busy_timeout: float) -> None:
    """Wait for other programs as a writer does: changing the journal mode is the one thing SQLite does not wait for."""
    until = time.monotonic() + busy_timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _joined(connection: sqlite3.Connection, name: str, *, create: bool, owned: bool) -> Single:
    try:
        version = transact(connection, schema.embedded_version, begin="BEGIN")
        if version is not None:
            require_current(version, name)
        elif create:
            schema.create_schema(connection)
        else:
            raise NotADatabase(f"{name} has no tables of salesreg: make them with create_schema(connection)")
    except sqlite3.Error as error:
        raise translated(error, name) from error
    return Single(connection, name, owned=owned)
