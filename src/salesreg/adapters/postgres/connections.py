"""Transactions on PostgreSQL: on connections of our own, on an app's, or inside one moment that is kept.

What a transaction asks and writes goes to the server in as few round trips as can be. A transaction of our own that the
server undoes, or whose connection is lost before it is committed, is done again on another connection.

Whoever writes holds a lock of the writers until the transaction ends, under two numbers: one that all share, so that
somebody may be alone, and the last position in the log when it began, so that a reader of the log knows how far it is
whole. The lock is let go of after the rows are to be seen; numbers of transactions tell neither.
"""

# ruff: noqa: S608 - what is put into SQL here are names of our own tables
from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from typing import Any, Final, TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool

from salesreg.adapters.postgres.address import told
from salesreg.adapters.postgres.dialect import within
from salesreg.adapters.sql.rows import Row
from salesreg.adapters.sql.session import Statement, Values
from salesreg.errors import OutcomeUnknown, StoreUnavailable

T = TypeVar("T")
Connection = psycopg.Connection[Any]
Check = Callable[[int, list[Row]], None]

_LOOK: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
USUAL: Final = {"default_transaction_isolation": "repeatable read", "default_transaction_read_only": "on"}
"""The kind of transaction that is not begun by name on a connection of our own: for looking."""

_TRIES: Final = 20
_PAUSE: Final = 0.01
_WHOLE: Final = 2**63 - 1


class Session:
    """A transaction on PostgreSQL, its statements under way one behind the other."""

    one_by_one = False

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self._connection = connection
        self._tables = tables

    def begun(self, sql: str, values: Values) -> psycopg.Cursor[Row]:
        """A question or a change on its way."""
        return self._tables.begun(self._connection, sql, values)

    def ask(self, sql: str, values: Values = ()) -> list[Row]:
        """The rows that answer a question."""
        return self.begun(sql, values).fetchall()

    def ask_all(self, questions: Sequence[tuple[str, Values]]) -> list[list[Row]]:
        """The rows that answer each of several questions, in one round trip."""
        cursors = [self.begun(sql, values) for sql, values in questions]
        return [cursor.fetchall() for cursor in cursors]

    def write(self, statements: Iterable[Statement]) -> None:
        """Carry out statements in one round trip, and check each."""
        done: list[tuple[psycopg.Cursor[Row], Check]] = []
        try:
            for sql, values, check in statements:
                done.append((self.begun(sql, values), check or _unchecked))
            self.ask("SELECT 1")  # what Pipeline.sync() leaves unsent of long texts, a question sends
        except psycopg.IntegrityError:
            _check(done)  # what follows from it says less than what was not so before
            raise
        _check(done)


@contextmanager
def pipelined(connection: Connection) -> Iterator[None]:
    """A pipeline; that the server passes over what comes after a statement which failed is no news."""
    with connection.pipeline() as pipeline:
        try:
            yield
        except BaseException:
            with suppress(psycopg.Error):
                pipeline.sync()
            raise


def _check(done: Iterable[tuple[psycopg.Cursor[Row], Check]]) -> None:
    for cursor, check in done:
        if cursor.pgresult is not None:
            check(cursor.rowcount, cursor.fetchall() if cursor.description else [])


def _unchecked(_count: int, _rows: list[Row]) -> None:
    """Anything will do."""


class Tables:
    """The tables in a schema: what is asked of them, and how writers lock them."""

    def __init__(self, schema: str, name: str) -> None:
        self.name: str = name
        self._translated: Callable[[str], str] = within(schema)
        table, log = f"'\"{schema}\".salesreg_event'::regclass::oid::int", f'"{schema}".salesreg_event_position_seq'
        self.lock: str = (
            f"SELECT pg_advisory_xact_lock_shared({table}, -1), "
            f"pg_advisory_xact_lock_shared({table}, (last_value & 2147483647)::int) FROM {log}"
        )
        self.lock_out: str = f"SELECT pg_advisory_xact_lock({table}, -1)"
        # Positions are told apart by their last 31 bits; one that seems far behind was taken since the first question.
        self.last: str = f"SELECT last_value, pg_is_in_recovery() FROM {log}"
        self.behind: str = (
            "SELECT coalesce(max(%s - objid::bigint & 2147483647), 0) FROM pg_locks WHERE locktype = 'advisory' "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            f"AND classid = {table}::oid AND objsubid = 2 AND objid::bigint <= 2147483647 "
            "AND pid IS DISTINCT FROM pg_backend_pid() AND (%s - objid::bigint & 2147483647) < 1073741824"
        )

        # Positions of two writers may lie between one another: of a batch that goes on beyond, nothing is whole yet.
        events = f'"{schema}".salesreg_event'
        self.parted: str = (
            f"SELECT min(position) FROM {events} WHERE position BETWEEN %s - 65536 AND %s "
            f"AND xmin::text IN (SELECT xmin::text FROM {events} WHERE position > %s)"
        )

    def begun(self, connection: Connection, sql: str, values: Values) -> psycopg.Cursor[Row]:
        """A question or a change on its way, if the connection has a pipeline, or else carried out."""
        cursor = psycopg.Cursor(connection, row_factory=tuple_row)
        return cursor.execute(self._translated(sql), values, binary=True)

    def asked(self, connection: Connection, work: Callable[[Session], T]) -> T:
        """What is asked in the transaction that is open, or in one of the connection's usual kind."""
        with pipelined(connection):
            return work(Session(connection, self))

    def looked(self, connection: Connection, work: Callable[[Session], T]) -> T:
        """What is asked in a transaction that sees one moment."""
        with pipelined(connection):
            connection.execute(_LOOK)
            found = work(Session(connection, self))
            connection.execute("COMMIT")
        return found

    def written(self, connection: Connection, work: Callable[[Session], T]) -> T:
        """What is done in a transaction of its own; OutcomeUnknown if the connection is lost while it is committed."""
        with ExitStack() as committing:
            with pipelined(connection):
                connection.execute(_WRITE)
                connection.execute(self.lock)
                done = work(Session(connection, self))
                committing.enter_context(self.committing(connection))
                connection.execute("COMMIT")
            return done

    @contextmanager
    def committing(self, connection: Connection) -> Iterator[None]:
        """While it is not known whether a transaction is kept."""
        try:
            yield
        except psycopg.Error as lost:
            if not _is_lost(connection, lost):
                raise
            connection.close()
            raise OutcomeUnknown(
                f"{self.name}: the connection was lost while the work was being committed, so that it may have been "
                "kept or not: look, or repeat the command with the same command_key"
            ) from lost

    def settled(self, connection: Connection) -> int:
        """How far the log is whole: nothing more will be written before that position."""
        cursor = psycopg.Cursor(connection, row_factory=tuple_row)
        last, replica = cursor.execute(self.last).fetchall()[0]
        if replica:
            raise StoreUnavailable(f"{self.name} is a replica, which cannot tell how far the log is whole: ask another")
        ((behind,),) = cursor.execute(self.behind, (last, last)).fetchall()
        upto = int(last - behind)
        ((parted,),) = cursor.execute(self.parted, (upto, upto, upto)).fetchall()
        return upto if parted is None else int(parted) - 1


class Held:
    """A connection inside a transaction that sees one moment."""

    read_only = True

    def __init__(self, tables: Tables, connection: Connection, using: threading.RLock, *, whole: bool = True) -> None:
        self._tables = tables
        self._connection = connection
        self._using = using
        self._whole = whole  # the transaction is nobody else's

    def read(self, work: Callable[[Session], T]) -> T:
        """Run questions that see that moment; one that fails leaves it to be seen."""
        with self._using, told(self._tables.name):
            try:
                return self._tables.asked(self._connection, work)
            except psycopg.Error:
                if self._whole and self._connection.info.transaction_status == TransactionStatus.INERROR:
                    self._connection.execute("ROLLBACK TO salesreg")
                raise

    def ask_all(self, questions: Sequence[tuple[str, Values]]) -> list[list[Row]]:
        """What each of several questions is answered at that moment."""
        return self.read(lambda session: session.ask_all(questions))

    def write(self, work: Callable[[Session], T]) -> T:
        """Refuse: a moment does not change."""
        del work
        raise StoreUnavailable(f"{self._tables.name} is seen here as it stood at one moment: nothing is written to it")

    def alone(self) -> Any:
        """It writes nothing, and needs nobody to wait."""
        return nullcontext()

    @contextmanager
    def held(self) -> Iterator[Held]:
        """The same moment."""
        yield self

    def settled(self) -> int:
        """All that is seen at a moment is whole."""
        return _WHOLE

    def close(self) -> None:
        """It is let go of by whoever holds it."""


class _Lost(psycopg.OperationalError):
    """The connection was lost."""


def _closed_if_lost(connection: Connection, work: Callable[[Connection], T]) -> T:
    try:
        return work(connection)
    except psycopg.OperationalError as error:
        if not _is_lost(connection, error):
            raise
        connection.close()
        raise _Lost(*error.args) from error


def _is_lost(connection: Connection, error: psycopg.Error) -> bool:
    return connection.closed or isinstance(error, psycopg.errors.AdminShutdown | psycopg.errors.CrashShutdown)


class Pool:
    """Connections of our own, as many as threads use at the same time, up to a bound."""

    def __init__(self, tables: Tables, pool: ConnectionPool[Connection], *, read_only: bool) -> None:
        self.read_only = read_only
        self._tables = tables
        self._pool = pool
        self._mine = threading.local()

    def read(self, work: Callable[[Session], T]) -> T:
        """Run questions that see one moment: what a pipeline asks is one transaction, and as `USUAL` has it."""
        return self._run(lambda connection: self._tables.asked(connection, work), work)

    def ask_all(self, questions: Sequence[tuple[str, Values]]) -> list[list[Row]]:
        """What each of several questions is answered at one moment, in one round trip."""

        def asked(session: Session) -> list[psycopg.Cursor[Row]]:
            return [session.begun(sql, values) for sql, values in questions]

        def one(connection: Connection) -> list[psycopg.Cursor[Row]]:
            return [self._tables.begun(connection, sql, values) for sql, values in questions]

        found = self._run(one, asked) if len(questions) == 1 else self.read(asked)
        return [cursor.fetchall() for cursor in found]

    def write(self, work: Callable[[Session], T]) -> T:
        """Run changes: they are on disk when this returns, and undone if it raises."""
        if self.read_only:
            raise StoreUnavailable(f"{self._tables.name} was opened for reading only, so nothing is written to it")
        return self._run(lambda connection: self._tables.written(connection, work), work)

    def settled(self) -> int:
        """How far the log is whole."""
        mine: Connection | None = getattr(self._mine, "connection", None)
        with told(self._tables.name):
            return self._tables.settled(mine) if mine is not None else self._again(self._tables.settled)

    def _run(self, transaction: Callable[[Connection], T], work: Callable[[Session], T]) -> T:
        mine: Connection | None = getattr(self._mine, "connection", None)
        with told(self._tables.name):
            return self._again(transaction) if mine is None else self._tables.asked(mine, work)

    def _again(self, transaction: Callable[[Connection], T]) -> T:
        """Do it anew where the server undid it, or the connection was lost before it was committed."""
        for tries in range(1, _TRIES + 1):
            try:
                with self._connection() as connection:
                    return _closed_if_lost(connection, transaction)
            except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
                if tries == _TRIES:
                    raise
            except _Lost:
                if tries == _TRIES:
                    raise
                self._pool.check()
            time.sleep(_PAUSE * tries * random.random())  # noqa: S311 - for its spread alone
        raise AssertionError

    @contextmanager
    def _connection(self, *, checked: bool = False) -> Iterator[Connection]:
        if self._pool.closed:
            raise StoreUnavailable(f"{self._tables.name} has been closed")
        if checked:
            self._pool.check()
        with self._pool.connection() as connection:
            yield connection

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One transaction of this thread, while no other writes."""
        with told(self._tables.name), self._connection(checked=True) as connection:
            connection.execute(_WRITE)
            connection.execute(self._tables.lock_out)
            connection.execute(self._tables.lock)
            self._mine.connection = connection
            try:
                yield
            finally:
                self._mine.connection = None
            with self._tables.committing(connection):
                connection.execute("COMMIT")

    @contextmanager
    def held(self) -> Iterator[Held]:
        """One moment, kept until it is let go of."""
        with told(self._tables.name), self._connection(checked=True) as connection:
            connection.execute(_LOOK)
            connection.execute("SELECT 1")
            connection.execute("SAVEPOINT salesreg")
            try:
                yield Held(self._tables, connection, threading.RLock())
            finally:
                if not connection.closed:
                    connection.rollback()

    def close(self) -> None:
        """Close the connections; one that a thread is using is closed when that thread is done."""
        self._pool.close()


class Single:
    """A connection that belongs to an app, for all threads.

    What is written while the app has a transaction open is part of it, as a savepoint, and the app commits it. A
    connection that is not in autocommit always has one open.
    """

    read_only = False

    def __init__(self, tables: Tables, connection: Connection) -> None:
        self._tables = tables
        self._connection = connection
        self._using = threading.RLock()
        self._closed = False

    def read(self, work: Callable[[Session], T]) -> T:
        """Run questions, while nobody else uses the connection; they see one moment if the app's transaction does."""
        with self._mine():
            if self._joined:
                return self._tables.asked(self._connection, work)
            return self._undone(lambda: self._tables.looked(self._connection, work))

    def ask_all(self, questions: Sequence[tuple[str, Values]]) -> list[list[Row]]:
        """What each of several questions is answered."""
        return self.read(lambda session: session.ask_all(questions))

    def write(self, work: Callable[[Session], T]) -> T:
        """Run changes: a part of the app's transaction, or a transaction of their own."""
        with self._mine():
            if not self._joined:
                return self._undone(lambda: self._tables.written(self._connection, work))
            self._connection.execute(self._tables.lock)
            with self._connection.transaction():
                return self._tables.asked(self._connection, work)

    @property
    def _joined(self) -> bool:
        return not self._connection.autocommit or self._connection.info.transaction_status != TransactionStatus.IDLE

    @contextmanager
    def _mine(self) -> Iterator[None]:
        with self._using, told(self._tables.name):
            if self._closed:
                raise StoreUnavailable(f"{self._tables.name} has been closed")
            yield

    def _undone(self, transaction: Callable[[], T]) -> T:
        try:
            return transaction()
        except BaseException:
            if not self._connection.closed:
                self._connection.rollback()
            raise

    def settled(self) -> int:
        """How far the log is whole, for what others write."""
        with self._mine():
            return self._tables.settled(self._connection)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While no other writes: to the end of the app's transaction, or in one of this thread."""
        with self._mine():
            if self._joined:
                self._connection.execute(self._tables.lock_out)
                yield
                return
            self._connection.execute(_WRITE)
            self._connection.execute(self._tables.lock_out)
            try:
                yield
            except BaseException:
                self._connection.rollback()
                raise
            with self._tables.committing(self._connection):
                self._connection.execute("COMMIT")

    @contextmanager
    def held(self) -> Iterator[Held]:
        """One moment; whoever writes through this connection waits until it is let go of."""
        with self._mine():
            joined = self._joined
            if not joined:
                self._connection.execute(_LOOK)
                self._connection.execute("SAVEPOINT salesreg")
            try:
                yield Held(self._tables, self._connection, self._using, whole=not joined)
            finally:
                if not joined and not self._connection.closed:
                    self._connection.rollback()

    def close(self) -> None:
        """The connection stays open: it is the app's."""
        self._closed = True
