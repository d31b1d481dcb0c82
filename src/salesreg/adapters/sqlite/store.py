"""A store in one SQLite file: the embedded default.

Write-ahead log, `synchronous=FULL`, `BEGIN IMMEDIATE`: what `commit` has acknowledged is on disk, and readers never
wait for writers. Any number of threads and programs may use the file at once.
"""

# ruff: noqa: S608 - what is put into SQL here are names of our own columns
from __future__ import annotations

import datetime as dt
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Final, Self

from salesreg import ports
from salesreg.adapters.sqlite import archive, cases, obligations, schema, work
from salesreg.adapters.sqlite import commit as commits
from salesreg.adapters.sqlite.connections import FilePool, Pool, Single, Unwritten, transact, translated
from salesreg.adapters.sqlite.rows import EVENT_COLUMNS, MESSAGE_COLUMNS, event_from, message_from
from salesreg.errors import NotADatabase, StoreUnavailable
from salesreg.process.case import Obligation
from salesreg.process.references import CaseId

_OLDEST: Final = (3, 37)
_ALL_EVENTS: Final = f"SELECT {EVENT_COLUMNS} FROM salesreg_event WHERE position > ? ORDER BY position LIMIT ?"
_CASE_EVENTS: Final = (
    f"SELECT {EVENT_COLUMNS} FROM salesreg_event WHERE case_id = ? AND position > ? ORDER BY version LIMIT ?"
)
_RUNNING: Final = """
    SELECT process, process_version, stage, regulation, rulebook, count(*)
    FROM salesreg_case INDEXED BY salesreg_case_running WHERE ended = 0
    GROUP BY process, process_version, stage, regulation, rulebook
"""
_KEEP_PAGE: Final = """
    INSERT INTO salesreg_page (process, version, rulebook, fingerprint) VALUES (?, ?, ?, ?)
    ON CONFLICT (process, version, rulebook) DO UPDATE SET fingerprint = excluded.fingerprint
"""
_MARKS: Final = "SELECT name, value FROM salesreg_mark WHERE name >= ? AND name < ? ORDER BY name"
_MESSAGES: Final = f"SELECT {MESSAGE_COLUMNS}, reason FROM salesreg_outbox WHERE state = ? ORDER BY position LIMIT ?"


class SqliteStore(ports.Store):
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

    >>> with SqliteStore(":memory:") as store:
    ...     store.find(ports.CaseQuery(process="sale"))
    []
    """

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
            self._connections: Pool = _joined(connection, "the app's database", create=create, owned=False)
        elif str(path) == ":memory:":
            own = _connect(":memory:", busy_timeout)
            self._connections = _joined(own, "the database in memory", create=True, owned=True)
        else:
            self._connections = _opened(Path(path or ""), busy_timeout, create=create and not read_only, read=read_only)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @property
    def read_only(self) -> bool:
        return self._connections.read_only

    def close(self) -> None:
        self._connections.close()

    # -- commands -----------------------------------------------------------------------------------------------------

    def load(self, case_ids: Sequence[CaseId], *, command_key: str | None = None) -> ports.Loaded:
        def loaded(cursor: sqlite3.Cursor) -> ports.Loaded:
            found = {case_id: case for case_id in case_ids if (case := cases.load(cursor, case_id)) is not None}
            return ports.Loaded(found, None if command_key is None else commits.command(cursor, command_key))

        return self._connections.read(loaded)

    def commit(self, batch: ports.Batch) -> ports.Committed:
        return self._connections.write(lambda cursor: commits.commit(cursor, batch))

    def alone(self) -> AbstractContextManager[None]:
        return self._connections.alone()

    def keep_regulation(self, content_hash: str, body: bytes) -> None:
        if self.regulation(content_hash) is None:
            sql = "INSERT INTO salesreg_regulation (hash, body) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING"
            self._connections.write(lambda cursor: cursor.execute(sql, (content_hash, body.decode())))

    def keep_fingerprint(self, process: str, version: int, rulebook: str, fingerprint: str) -> None:
        row = (process, version, rulebook, fingerprint)
        self._connections.write(lambda cursor: cursor.execute(_KEEP_PAGE, row))

    # -- work ---------------------------------------------------------------------------------------------------------

    def claim(self, kind: ports.ClaimKind, now: dt.datetime, limit: int, lease: dt.timedelta) -> list[ports.Claim]:
        if not self._connections.read(lambda cursor: work.is_due(cursor, kind, now)):
            return []
        return self._connections.write(lambda cursor: work.claim(cursor, kind, now, limit, lease))

    def settle_many(self, outcomes: Sequence[tuple[ports.Claim, ports.Outcome]]) -> list[bool]:
        if not outcomes:
            return []
        return self._connections.write(lambda cursor: [work.settle(cursor, *each) for each in outcomes])

    def work(self, kind: ports.ClaimKind, state: ports.MessageState, limit: int = 1000) -> list[ports.Work]:
        return self._connections.read(lambda cursor: work.listed(cursor, kind, state, limit))

    def requeue(self, kind: ports.ClaimKind, ids: Sequence[str], now: dt.datetime) -> list[str]:
        return self._connections.write(lambda cursor: work.requeue(cursor, kind, ids, now))

    def backlog(self, now: dt.datetime) -> ports.Backlog:
        return self._connections.read(lambda cursor: work.backlog(cursor, now))

    def look_again(self, now: dt.datetime) -> None:
        self._connections.write(lambda cursor: work.look_again(cursor, now))

    # -- queries ------------------------------------------------------------------------------------------------------

    def events(self, case_id: CaseId | None = None, after: int = 0, limit: int = 1000) -> Iterator[ports.StoredEvent]:
        # They are read before the first is handed out, so that a slow reader holds nothing up.
        if case_id is None:
            return map(event_from, self._rows(_ALL_EVENTS, after, limit))
        return map(event_from, self._rows(_CASE_EVENTS, case_id, after, limit))

    def find(self, query: ports.CaseQuery) -> list[ports.StoredCase]:
        return self._connections.read(lambda cursor: cases.find(cursor, query))

    def count(self, query: ports.CaseQuery) -> int:
        return self._connections.read(lambda cursor: cases.count(cursor, query))

    def obligations(self, query: ports.ObligationQuery) -> list[Obligation]:
        return self._connections.read(lambda cursor: obligations.find(cursor, query))

    def messages(self, state: ports.MessageState, limit: int = 1000) -> list[tuple[ports.Message, str]]:
        return [(message_from(row[:-1]), row[-1]) for row in self._rows(_MESSAGES, state, limit)]

    def holder(self, key: str) -> CaseId | None:
        return self._text("SELECT case_id FROM salesreg_key WHERE key = ?", key)

    def mark(self, name: str) -> str | None:
        return self._text("SELECT value FROM salesreg_mark WHERE name = ?", name)

    def marks(self, prefix: str) -> dict[str, str]:
        # Every character that may follow comes before the last of all.
        return dict(self._rows(_MARKS, prefix, f"{prefix}\U0010ffff"))

    def regulation(self, content_hash: str) -> bytes | None:
        body = self._text("SELECT body FROM salesreg_regulation WHERE hash = ?", content_hash)
        return None if body is None else body.encode()

    def running(self) -> list[ports.Running]:
        return [ports.Running(*row) for row in self._rows(_RUNNING)]

    def fingerprints(self) -> dict[tuple[str, int, str], str]:
        rows = self._rows("SELECT process, version, rulebook, fingerprint FROM salesreg_page")
        return {(process, version, rulebook): fingerprint for process, version, rulebook, fingerprint in rows}

    # -- all of it --------------------------------------------------------------------------------------------------

    @contextmanager
    def snapshot(self) -> Iterator[ports.Store]:
        with self._connections.held() as held:
            store = SqliteStore.__new__(SqliteStore)
            store._connections = held  # noqa: SLF001 - its own
            yield store

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
            with closing(sqlite3.connect(part)) as copy:
                connection.backup(copy)

        try:
            self._connections.read(lambda cursor: copied(cursor.connection))
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.rename(path)
        except OSError as error:
            raise StoreUnavailable(f"{path} cannot be written: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)

    def faults(self) -> tuple[str, ...]:
        found = self._connections.read(lambda cursor: tuple(schema.faults(cursor)))
        return found or tuple(archive.faults(lambda sql, values: self._rows(sql, *values)))

    def archive(self) -> Iterator[ports.Kept]:
        return archive.records(lambda sql, values: self._rows(sql, *values))

    def restore(self, kept: Sequence[ports.Kept]) -> None:
        def work(cursor: sqlite3.Cursor) -> None:
            for one in kept:
                for sql, values in archive.statements(one):
                    cursor.execute(sql, values)

        self._connections.write(work)

    def purge(self, before: dt.datetime) -> tuple[int, int]:
        messages, commands = self._connections.write(
            lambda cursor: [len(cursor.execute(*one).fetchall()) for one in archive.purges(before)]
        )
        return messages, commands

    def _rows(self, sql: str, *values: object) -> list[Any]:
        return self._connections.read(lambda cursor: cursor.execute(sql, values).fetchall())

    def _text(self, sql: str, key: str) -> str | None:
        return next((text for (text,) in self._rows(sql, key)), None)


# -- opening ----------------------------------------------------------------------------------------------------------


def _connect(address: str, busy_timeout: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        address, uri=True, timeout=busy_timeout, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        connection.execute("PRAGMA synchronous = FULL")
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
    schema.require_current(version or 0, str(path))
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
            schema.require_current(version, name)
        elif create:
            schema.create_schema(connection)
        else:
            raise NotADatabase(f"{name} has no tables of salesreg: make them with create_schema(connection)")
    except sqlite3.Error as error:
        raise translated(error, name) from error
    return Single(connection, name, owned=owned)
