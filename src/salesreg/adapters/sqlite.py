"""A store in one SQLite file: the embedded default.

Write-ahead log, `synchronous=FULL`, `BEGIN IMMEDIATE`: what `commit` has acknowledged is on disk, and readers never
wait for writers. Any number of threads and programs may use the file at once.
"""

# ruff: noqa: S608 - what is put into SQL here are names of our own columns
from __future__ import annotations

import datetime as dt
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, Self

import msgspec

from salesreg.adapters import _sqlite_commit as commits
from salesreg.adapters import _sqlite_schema as schema
from salesreg.adapters import _sqlite_work as work
from salesreg.adapters._sqlite_connections import Connections, Pool, Single, translated
from salesreg.adapters._sqlite_rows import (
    CASE_COLUMNS,
    EVENT_COLUMNS,
    MESSAGE_COLUMNS,
    OBLIGATION_COLUMNS,
    Where,
    case_from,
    event_from,
    message_from,
    micros,
    obligation_from,
)
from salesreg.adapters._sqlite_schema import create_schema, upgrade
from salesreg.errors import NotADatabase, StoreUnavailable
from salesreg.ports import (
    Batch,
    CaseQuery,
    Claim,
    ClaimKind,
    Committed,
    Loaded,
    Message,
    ObligationQuery,
    Outcome,
    Running,
    StoredCase,
    StoredEvent,
)
from salesreg.processes import CaseId, Obligation

__all__ = ["SqliteStore", "create_schema", "upgrade"]

_OLDEST: Final = (3, 37)
_ALL_EVENTS: Final = f"SELECT {EVENT_COLUMNS} FROM salesreg_event WHERE position > ? ORDER BY position LIMIT ?"
_CASE_EVENTS: Final = (
    f"SELECT {EVENT_COLUMNS} FROM salesreg_event WHERE case_id = ? AND position > ? ORDER BY version LIMIT ?"
)
_CASE: Final = f"SELECT {CASE_COLUMNS} FROM salesreg_case WHERE id = ?"
_OWED: Final = (
    f"SELECT {OBLIGATION_COLUMNS} FROM salesreg_obligation WHERE case_id = ? AND is_open = 1 ORDER BY +ordinal"
)
_RUNNING: Final = """
    SELECT process, process_version, stage, regulation, count(*) FROM salesreg_case WHERE ended = 0
    GROUP BY process, process_version, stage, regulation ORDER BY process, process_version, stage, regulation
"""
_MESSAGES: Final = {
    "waiting": "INDEXED BY salesreg_outbox_wake WHERE wake_at IS NOT NULL",
    "delivered": "WHERE state = 'delivered'",
    "dead": "INDEXED BY salesreg_outbox_dead WHERE state = 'dead'",
}


class SqliteStore:
    """A `Store` in a SQLite file, in memory, or in the tables of an app's own database.

    Args:
        path: the file, made if it is missing or empty; ``":memory:"`` keeps everything in memory.
        connection: a connection that the app has open, instead of a path. While the app has a transaction open,
            whatever the store writes is part of it, and the app commits it or rolls it back.
        busy_timeout: how many seconds a writer waits for other programs that are writing.
        create: whether to make what is missing: the file, or the tables in the app's database.

    Raises:
        NotADatabase: the path is something else, damaged, or missing while `create` is False.
        SchemaOutdated: the file needs `salesreg db upgrade`.
        SchemaTooNew: a later salesreg wrote it.
        StoreUnavailable: it is busy, full, read-only or cannot be opened.

    A file that is refused is left byte for byte as it was. Processes that fork open a store of their own afterwards.

    >>> with SqliteStore(":memory:") as store:
    ...     store.find(CaseQuery(process="sale"))
    []
    """

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        connection: sqlite3.Connection | None = None,
        busy_timeout: float = 30.0,
        create: bool = True,
    ) -> None:
        if (path is None) == (connection is None):
            raise TypeError("give SqliteStore either a path or a connection")
        if sqlite3.sqlite_version_info < _OLDEST:
            raise StoreUnavailable(f"SQLite 3.37 or later is needed, and this Python brings {sqlite3.sqlite_version}")
        self._connections: Connections
        if connection is not None:
            self._connections = _joined(connection, create=create)
        elif str(path) == ":memory:":
            own = _connect(":memory:", busy_timeout)
            schema.create_file(own)
            self._connections = Single(own, "the database in memory", owned=True)
        else:
            self._connections = _opened(Path(path or ""), busy_timeout, create=create)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; a connection that belongs to an app stays open."""
        self._connections.close()

    # -- commands -----------------------------------------------------------------------------------------------------

    def load(self, case_ids: Sequence[CaseId], *, command_key: str | None = None) -> Loaded:
        """The cases of these ids that exist, and the command of that key, seen at one moment."""

        def work(cursor: sqlite3.Cursor) -> Loaded:
            cases = {}
            for case_id in case_ids:
                row = cursor.execute(_CASE, (case_id,)).fetchone()
                if row is not None:
                    cases[case_id] = case_from(row, _owed(cursor, case_id))
            return Loaded(cases, None if command_key is None else commits.command(cursor, command_key))

        return self._connections.read(work)

    def commit(self, batch: Batch) -> Committed:
        """Write everything or nothing."""
        return self._connections.write(lambda cursor: commits.commit(cursor, batch))

    def keep_regulation(self, content_hash: str, body: bytes) -> None:
        """Keep a regulation under its hash."""
        if self.regulation(content_hash) is None:
            sql = "INSERT INTO salesreg_regulation (hash, body) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING"
            self._connections.write(lambda cursor: cursor.execute(sql, (content_hash, body.decode())))

    # -- work ---------------------------------------------------------------------------------------------------------

    def claim(self, kind: ClaimKind, now: dt.datetime, limit: int, lease: dt.timedelta) -> list[Claim]:
        """Lease up to `limit` pieces of work due at `now`, the longest due first."""
        if not self._connections.read(lambda cursor: work.is_due(cursor, kind, now)):
            return []
        return self._connections.write(lambda cursor: work.claim(cursor, kind, now, limit, lease))

    def settle(self, claim: Claim, outcome: Outcome) -> bool:
        """Record what became of a claim; False if the lease was lost or the work has changed."""
        return self._connections.write(lambda cursor: work.settle(cursor, claim, outcome))

    def settle_many(self, outcomes: Sequence[tuple[Claim, Outcome]]) -> list[bool]:
        """`settle` for many claims in one transaction."""
        if not outcomes:
            return []
        return self._connections.write(lambda cursor: [work.settle(cursor, *each) for each in outcomes])

    # -- queries ------------------------------------------------------------------------------------------------------

    def events(
        self, case_id: CaseId | None = None, after: int | None = None, limit: int = 1000
    ) -> Iterator[StoredEvent]:
        """Events in the order of the log, of one case or of all, with positions greater than `after`.

        They are read before the first is handed out, so that a slow reader holds nothing up.
        """
        if case_id is None:
            rows = self._rows(_ALL_EVENTS, (after or 0, limit))
        else:
            rows = self._rows(_CASE_EVENTS, (case_id, after or 0, limit))
        return map(event_from, rows)

    def find(self, query: CaseQuery) -> list[StoredCase]:
        """The cases that a query describes, with their open obligations."""
        where = Where()
        for column in ("process", "stage", "ended"):
            value = getattr(query, column)
            if value is not None:
                where.add(f"{column} = ?", value)
        if query.key is not None:
            where.add("id IN (SELECT case_id FROM salesreg_key WHERE key = ?)", query.key)
        if query.parent is not None:
            where.add("id IN (SELECT child FROM salesreg_ref WHERE parent = ?)", query.parent)
        if query.after is not None:
            where.add("id > ?", query.after)
        sql = f"SELECT {CASE_COLUMNS} FROM salesreg_case {where} ORDER BY id LIMIT ?"

        def work(cursor: sqlite3.Cursor) -> list[StoredCase]:
            rows = cursor.execute(sql, (*where.values, query.limit)).fetchall()
            return [case_from(row, _owed(cursor, row[0])) for row in rows]

        return self._connections.read(work)

    def obligations(self, query: ObligationQuery) -> list[Obligation]:
        """The obligations that a query describes."""
        where = Where()
        if query.case is not None:
            where.add("case_id = ?", query.case)
        if query.owners:
            owners = msgspec.json.encode([str(owner) for owner in query.owners]).decode()
            among = "IN (SELECT value FROM json_each(?))"
            where.add(f"(role {among} OR person {among})", owners, owners)
        if query.open is not None:
            where.add(f"is_open = {int(query.open)}")
        if query.due_before is not None:
            where.add("due < ?", micros(query.due_before))
        if query.due_from is not None:
            where.add("(due >= ? OR due IS NULL)", micros(query.due_from))
        sql = f"SELECT {OBLIGATION_COLUMNS} FROM salesreg_obligation {where} ORDER BY due NULLS LAST, id LIMIT ?"
        return [obligation_from(row) for row in self._rows(sql, (*where.values, query.limit))]

    def messages(self, state: Literal["waiting", "delivered", "dead"], limit: int = 1000) -> list[tuple[Message, str]]:
        """Outbox messages in one state, oldest first, each with the last reason given."""
        sql = f"SELECT {MESSAGE_COLUMNS}, reason FROM salesreg_outbox {_MESSAGES[state]} ORDER BY position LIMIT ?"
        return [(message_from(row), row[-1]) for row in self._rows(sql, (limit,))]

    def holder(self, key: str) -> CaseId | None:
        """The case that holds a unique key."""
        found: CaseId | None = self._value("SELECT case_id FROM salesreg_key WHERE key = ?", key)
        return found

    def mark(self, name: str) -> str | None:
        """A named note, as a batch set it."""
        found: str | None = self._value("SELECT value FROM salesreg_mark WHERE name = ?", name)
        return found

    def running(self) -> list[Running]:
        """What stands where, for the check on opening."""
        return [Running(*row) for row in self._rows(_RUNNING, ())]

    def regulation(self, content_hash: str) -> bytes | None:
        """A regulation kept under its hash, as JSON."""
        sql = "SELECT CAST(body AS BLOB) FROM salesreg_regulation WHERE hash = ?"
        found: bytes | None = self._value(sql, content_hash)
        return found

    def check(self) -> tuple[str, ...]:
        """What is wrong inside the file, one line each; nothing if it is sound. Reads all of it and changes nothing."""
        return self._connections.read(lambda cursor: tuple(schema.faults(cursor)))

    def _rows(self, sql: str, values: tuple[object, ...]) -> list[Any]:
        return self._connections.read(lambda cursor: cursor.execute(sql, values).fetchall())

    def _value(self, sql: str, key: str) -> Any:
        rows = self._rows(sql, (key,))
        return rows[0][0] if rows else None


def _owed(cursor: sqlite3.Cursor, case_id: CaseId) -> tuple[Obligation, ...]:
    return tuple(map(obligation_from, cursor.execute(_OWED, (case_id,)).fetchall()))


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


def _opened(path: Path, busy_timeout: float, *, create: bool) -> Pool:
    version = schema.inspect(path)
    if version is None:
        if not create:
            raise NotADatabase(f"{path} is not a database of salesreg: there is nothing in it")
        _make(path, busy_timeout)
        version = schema.inspect(path)
    schema.require_current(version or 0, str(path))
    address = f"{path.absolute().as_uri()}?mode=rw"
    return Pool(lambda: _connect(address, busy_timeout), str(path), busy_timeout)


def _make(path: Path, busy_timeout: float) -> None:
    try:
        connection = _connect(path.absolute().as_uri(), busy_timeout)
        try:
            _patiently(lambda: connection.execute("PRAGMA journal_mode = WAL"), busy_timeout)
            schema.create_file(connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise translated(error, str(path)) from error


def _patiently(change: Callable[[], object], busy_timeout: float) -> None:
    """Wait for other programs as a writer does: changing the journal mode is the one thing SQLite does not wait for."""
    until = time.monotonic() + busy_timeout
    while True:
        try:
            change()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _joined(connection: sqlite3.Connection, *, create: bool) -> Single:
    name = "the app's database"
    try:
        version = schema.embedded_version(connection)
        if version is None:
            if not create:
                raise NotADatabase(f"{name} has no tables of salesreg: make them with create_schema(connection)")
            create_schema(connection)
        else:
            schema.require_current(version, name)
    except sqlite3.Error as error:
        raise translated(error, name) from error
    return Single(connection, name, owned=False)
