"""Connections to SQLite that threads share, transactions on them, and a clear sentence for each of its errors."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from salesreg.errors import NotADatabase, StoreError, StoreUnavailable

__all__ = ["Connections", "Pool", "Single", "translated"]

T = TypeVar("T")
Work = Callable[[sqlite3.Cursor], T]

_UNAVAILABLE: Final = {
    sqlite3.SQLITE_BUSY: "is busy: another program is writing to it and did not finish in time; try again",
    sqlite3.SQLITE_LOCKED: "is busy: another connection of this program has it locked; try again",
    sqlite3.SQLITE_READONLY: "is read-only, so nothing was written",
    sqlite3.SQLITE_FULL: "has no room to grow because the disk is full, so nothing was written",
    sqlite3.SQLITE_IOERR: "could not be read or written: the disk is full or failing, so nothing was written",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: see that the file and its folder may be read and written",
    sqlite3.SQLITE_PERM: "cannot be opened: this user may not read and write it",
    sqlite3.SQLITE_AUTH: "cannot be opened: this user may not read and write it",
    sqlite3.SQLITE_NOMEM: "could not be read or written: there is not enough memory",
    sqlite3.SQLITE_INTERRUPT: "was interrupted, so nothing was written",
}
_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def translated(error: sqlite3.Error, name: str) -> StoreError:
    """The error of the tree that says in one sentence what SQLite reported about a database."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _UNAVAILABLE:
        return StoreUnavailable(f"{name} {_UNAVAILABLE[code]}")
    if code in _DAMAGED or "decode to UTF-8" in str(error):
        return NotADatabase(f"{name} is damaged ({error}): restore it from a backup; `salesreg db check` may say more")
    return StoreError(f"{name} did not take the command: {error}")


class Connections(Protocol):
    """Where transactions run: all or nothing, one at a time for those that write."""

    def read(self, work: Work[T]) -> T:
        """Run queries that see one moment."""
        ...

    def write(self, work: Work[T]) -> T:
        """Run changes; they are on disk when this returns, and undone if it raises."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class Pool:
    """Connections to one file, as many as threads use at the same time.

    Writers of this program queue for a lock of their own, which is fair and costs nothing; SQLite's own waiting, which
    sleeps between attempts, is left for other programs.
    """

    __slots__ = ("_closed", "_connect", "_idle", "_name", "_timeout", "_writing")

    def __init__(self, connect: Callable[[], sqlite3.Connection], name: str, busy_timeout: float) -> None:
        self._connect = connect
        self._name = name
        self._timeout = busy_timeout
        self._idle: list[sqlite3.Connection] = []
        self._writing = threading.Lock()
        self._closed = False

    def read(self, work: Work[T]) -> T:
        """Run queries that see one moment; ended by a rollback, which does not fail on a damaged file."""
        return self._run("BEGIN", work, "ROLLBACK")

    def write(self, work: Work[T]) -> T:
        """Run changes, one writer at a time."""
        if not self._writing.acquire(timeout=self._timeout):
            raise StoreUnavailable(f"{self._name} {_UNAVAILABLE[sqlite3.SQLITE_LOCKED]}")
        try:
            return self._run("BEGIN IMMEDIATE", work, "COMMIT")
        finally:
            self._writing.release()

    def _run(self, begin: str, work: Work[T], end: str) -> T:
        if self._closed:
            raise StoreUnavailable(f"{self._name} has been closed")
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._open()
        try:
            cursor = connection.cursor()
            cursor.execute(begin)
            result = work(cursor)
            cursor.execute(end)
        except sqlite3.Error as error:
            connection.close()
            raise translated(error, self._name) from error
        except BaseException:
            connection.rollback()
            self._give_back(connection)
            raise
        self._give_back(connection)
        return result

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.Error as error:
            raise translated(error, self._name) from error

    def _give_back(self, connection: sqlite3.Connection) -> None:
        self._idle.append(connection)
        if self._closed:
            self.close()

    def close(self) -> None:
        """Close the connections; one that a thread is using is closed when that thread is done."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()


class Single:
    """One connection for all threads: a database in memory, or a connection that belongs to an app.

    When the app has a transaction open, the work becomes part of it, as a savepoint, and the app commits it.
    """

    __slots__ = ("_closed", "_connection", "_lock", "_name", "_owned")

    def __init__(self, connection: sqlite3.Connection, name: str, *, owned: bool) -> None:
        self._connection = connection
        self._name = name
        self._owned = owned
        self._lock = threading.Lock()
        self._closed = False

    def read(self, work: Work[T]) -> T:
        """Run queries that see one moment."""
        return self._run("BEGIN", work)

    def write(self, work: Work[T]) -> T:
        """Run changes, in a transaction of their own or inside the app's."""
        return self._run("BEGIN IMMEDIATE", work)

    def _run(self, begin: str, work: Work[T]) -> T:
        with self._lock:
            if self._closed:
                raise StoreUnavailable(f"{self._name} has been closed")
            connection = self._connection
            try:
                joined = connection.in_transaction
                cursor = connection.cursor()
                cursor.row_factory = None
                cursor.execute("SAVEPOINT salesreg" if joined else begin)
                try:
                    result = work(cursor)
                    cursor.execute("RELEASE salesreg" if joined else "COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        cursor.execute("ROLLBACK TO salesreg" if joined else "ROLLBACK")
                        if joined:
                            cursor.execute("RELEASE salesreg")
                    raise
            except sqlite3.Error as error:
                raise translated(error, self._name) from error
            return result

    def close(self) -> None:
        """Close the connection if it is the store's own; one that belongs to an app stays open."""
        with self._lock:
            if self._owned and not self._closed:
                self._connection.close()
            self._closed = True
