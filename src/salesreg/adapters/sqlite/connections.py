"""Connections to SQLite that threads share, transactions on them, and a clear sentence for each of its errors."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from salesreg.adapters.sql.rows import Row
from salesreg.adapters.sql.session import Statement, Values
from salesreg.errors import NotADatabase, StoreError, StoreUnavailable

T = TypeVar("T")

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
_PAUSE: Final = 0.001
"""How long a writer waits at most between two looks at whether another program still writes."""

_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def translated(error: sqlite3.Error, name: str) -> StoreError:
    """The error of the tree that says in one sentence what SQLite reported about a database."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _UNAVAILABLE:
        return StoreUnavailable(f"{name} {_UNAVAILABLE[code]}")
    if code in _DAMAGED or "decode to UTF-8" in str(error):
        return NotADatabase(f"{name} is damaged ({error}): restore it from a backup; `salesreg db check` may say more")
    return StoreError(f"{name} did not take the command: {error}")


def transact(
    connection: sqlite3.Connection,
    work: Callable[[sqlite3.Cursor], T],
    *,
    begin: str | Callable[[sqlite3.Connection], object] = "BEGIN IMMEDIATE",
    end: str = "COMMIT",
) -> T:
    """Do all of some work or none; inside a transaction that is open already it becomes part of that."""
    cursor = connection.cursor()
    cursor.row_factory = None
    joined = connection.in_transaction
    if joined or isinstance(begin, str):
        cursor.execute("SAVEPOINT salesreg" if joined else str(begin))
    else:
        begin(connection)
    try:
        result = work(cursor)
        cursor.execute("RELEASE salesreg" if joined else end)
    except BaseException:
        if connection.in_transaction:  # SQLite ends it itself when it runs out of memory
            cursor.execute("ROLLBACK TO salesreg" if joined else "ROLLBACK")
            if joined:
                cursor.execute("RELEASE salesreg")
        raise
    return result


class Session:
    """A transaction on SQLite."""

    __slots__ = ("cursor",)
    one_by_one = True

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self.cursor: sqlite3.Cursor = cursor

    def ask(self, sql: str, values: Values = ()) -> list[Row]:
        """The rows that answer a question."""
        return self.cursor.execute(sql, values).fetchall()

    def ask_all(self, questions: Sequence[tuple[str, Values]]) -> list[list[Row]]:
        """The rows that answer each of several questions."""
        execute = self.cursor.execute
        return [execute(sql, values).fetchall() for sql, values in questions]

    def write(self, statements: Iterable[Statement]) -> None:
        """Carry out statements and check each."""
        cursor = self.cursor
        for sql, values, check in statements:
            cursor.execute(sql, values)
            if check is not None:
                answer = cursor.fetchall()
                check(cursor.rowcount, answer)


Work = Callable[[Session], T]


class _Mine(threading.local):
    """The connection on which a thread has a transaction of its own open, if it has."""

    connection: sqlite3.Connection | None = None


class Pool:
    """Connections to one file, as many as threads use at the same time.

    Writers of this program queue for a lock of their own, which is fair and costs nothing.
    """

    read_only = False

    def __init__(self, connect: Callable[[], sqlite3.Connection], name: str, busy_timeout: float) -> None:
        self._connect = connect
        self._name = name
        self._timeout = busy_timeout
        self._idle: list[sqlite3.Connection] = []
        self._writing = threading.RLock()
        self._mine = _Mine()
        self._closed = False

    def read(self, work: Work[T]) -> T:
        """Run queries that see one moment; ended by a rollback, which does not fail on a damaged file."""
        return self._run(work, begin="BEGIN", end="ROLLBACK")

    def ask_all(self, questions: Sequence[tuple[str, Values]]) -> list[list[Row]]:
        """What each of several questions is answered at one moment."""
        return self.read(lambda session: session.ask_all(questions))

    def write(self, work: Work[T]) -> T:
        """Run changes, one writer at a time; they are on disk when this returns, and undone if it raises."""
        if not self._writing.acquire(timeout=self._timeout):
            raise StoreUnavailable(f"{self._name} {_UNAVAILABLE[sqlite3.SQLITE_LOCKED]}")
        try:
            return self._run(work, begin=self._begin, end="COMMIT")
        finally:
            self._writing.release()

    def _begin(self, connection: sqlite3.Connection) -> None:
        """Begin to write."""
        connection.execute("BEGIN IMMEDIATE")

    def _run(self, work: Work[T], *, begin: str | Callable[[sqlite3.Connection], object], end: str) -> T:
        if self._closed:
            raise StoreUnavailable(f"{self._name} has been closed")
        connection = self._take()
        try:
            result = transact(connection, lambda cursor: work(Session(cursor)), begin=begin, end=end)
        except sqlite3.Error as error:
            self._drop(connection)
            raise translated(error, self._name) from error
        except BaseException:
            self._give_back(connection)
            raise
        self._give_back(connection)
        return result

    @contextmanager
    def held(self) -> Iterator[Held]:
        """One moment, kept until it is let go of: a pool whose readers see it, and through which nobody writes."""
        if self._closed:
            raise StoreUnavailable(f"{self._name} has been closed")
        connection = self._take()
        try:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM salesreg_schema").fetchone()
            yield Held(lambda: connection, self._name, self._timeout)
        except sqlite3.Error as error:
            raise translated(error, self._name) from error
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._give_back(connection)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One transaction of this thread: what it reads and writes until it is left is part of it."""
        if not self._writing.acquire(timeout=self._timeout):
            raise StoreUnavailable(f"{self._name} {_UNAVAILABLE[sqlite3.SQLITE_LOCKED]}")
        try:
            connection = self._take()
            try:
                yield from self._pinned(connection)
            finally:
                self._mine.connection = None
                self._give_back(connection)
        except sqlite3.Error as error:
            raise translated(error, self._name) from error
        finally:
            self._writing.release()

    def _pinned(self, connection: sqlite3.Connection) -> Iterator[None]:
        if connection.in_transaction:  # it is an app's, and the app ends it
            yield
            return
        self._begin(connection)
        self._mine.connection = connection
        try:
            yield
        except BaseException:
            connection.rollback()
            raise
        connection.execute("COMMIT")

    def _take(self) -> sqlite3.Connection:
        if self._mine.connection is not None:
            return self._mine.connection
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return self._connect()
        except sqlite3.Error as error:
            raise translated(error, self._name) from error

    def _drop(self, connection: sqlite3.Connection) -> None:
        if connection is not self._mine.connection:
            connection.close()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if connection is self._mine.connection:
            return
        self._idle.append(connection)
        if self._closed:
            self.close()

    def close(self) -> None:
        """Close the connections; one that a thread is using is closed when that thread is done."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()


class FilePool(Pool):
    """Connections to a file, which must stay where it was: what is written to a file that was deleted is lost."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection], busy_timeout: float) -> None:
        super().__init__(connect, str(path), busy_timeout)
        self._file = path.stat()

    def write(self, work: Work[T]) -> T:
        """Run changes, unless the file is no longer there or is another one."""

        def there(session: Session) -> T:
            try:
                return work(session)
            finally:
                self._check()

        return super().write(there)

    def _begin(self, connection: sqlite3.Connection) -> None:
        """Begin to write, and wait for other programs in short pauses.

        SQLite's own pauses grow to a tenth of a second, so that of several writers those who have waited longest would
        wait on while those who come go first.
        """
        until = time.monotonic() + self._timeout
        connection.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    connection.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                        raise
                    time.sleep(_PAUSE * random.random())  # noqa: S311 - for its spread alone
                else:
                    return
        finally:
            connection.execute(f"PRAGMA busy_timeout = {int(1000 * self._timeout)}")

    def _check(self) -> None:
        try:
            same = os.path.samestat(os.stat(self._name), self._file)  # noqa: PTH116 - half the time, at every command
        except OSError:
            same = False
        if not same:
            raise StoreUnavailable(f"{self._name} was deleted or replaced, so nothing was written: open it anew")


class Unwritten(Pool):
    """Connections through which nothing is written."""

    read_only = True

    def write(self, work: Work[T]) -> T:
        """Refuse."""
        del work
        raise StoreUnavailable(f"{self._name} was opened for reading only, so nothing is written to it")


class Held(Pool):
    """A connection inside a transaction that sees one moment."""

    read_only = True

    def read(self, work: Work[T]) -> T:
        """Run queries that see that moment."""
        with self._writing:
            cursor = self._take().cursor()
            try:
                return work(Session(cursor))
            except sqlite3.Error as error:
                raise translated(error, self._name) from error

    def write(self, work: Work[T]) -> T:
        """Refuse: a moment does not change."""
        del work
        raise StoreUnavailable(f"{self._name} is seen here as it stood at one moment, so nothing is written to it")


class Single(Pool):
    """One connection for all threads: a database in memory, or a connection that belongs to an app.

    When the app has a transaction open, the work becomes part of it, as a savepoint, and the app commits it.
    """

    def __init__(self, connection: sqlite3.Connection, name: str, *, owned: bool) -> None:
        super().__init__(lambda: connection, name, busy_timeout=-1)
        self._owned = connection if owned else None

    def read(self, work: Work[T]) -> T:
        """Run queries that see one moment, while nobody else uses the connection."""
        with self._writing:
            return super().read(work)

    @contextmanager
    def held(self) -> Iterator[Held]:
        """One moment; whoever writes waits until it is let go of."""
        with self._writing:
            connection = self._take()
            if connection.in_transaction:
                yield Held(lambda: connection, self._name, self._timeout)
            else:
                with super().held() as held:
                    yield held

    def _give_back(self, connection: sqlite3.Connection) -> None:
        """It stays where it is."""

    _drop = _give_back

    def close(self) -> None:
        """Close the connection if it is the store's own; one that belongs to an app stays open."""
        with self._writing:
            self._closed = True
            if self._owned is not None:
                self._owned.close()
