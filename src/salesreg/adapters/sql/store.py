"""A store whose content is in SQL tables: what it does on any database, given connections to one."""

# ruff: noqa: S608 - what is put into SQL here are names of our own columns
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Self

from salesreg import ports
from salesreg.adapters.sql import archive, cases, obligations, work
from salesreg.adapters.sql import commit as commits
from salesreg.adapters.sql.rows import EVENT_COLUMNS, MESSAGE_COLUMNS, Row, event_from, message_from
from salesreg.adapters.sql.session import Connections, Session, Statement, Values
from salesreg.errors import KeyTaken, VersionConflict
from salesreg.process.case import Obligation
from salesreg.process.references import CaseId

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


class SqlStore(ports.Store):
    """A `Store` over connections to a database."""

    _connections: Connections

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

    def load(
        self, case_ids: Sequence[CaseId], *, keys: Sequence[str] = (), command_key: str | None = None
    ) -> ports.Loaded:
        asked = cases.questions(case_ids)
        of_cases = len(asked)
        asked += [(cases.HOLDER, (key,)) for key in keys]
        if command_key is not None:
            asked.append((commits.COMMAND, (command_key,)))
        answers = self._connections.ask_all(asked)
        found = {case.id: case for case in cases.loaded(answers[:of_cases])}
        held = zip(keys, answers[of_cases:], strict=False)
        holders = {key: ports.Holder(*row) for key, rows in held for row in rows}
        earlier = None if command_key is None else next((ports.Command(*row) for row in answers[-1]), None)
        return ports.Loaded(found, earlier, holders)

    def commit(self, batch: ports.Batch) -> ports.Committed:
        def work(session: Session) -> None:
            session.write(commits.statements(batch, one_by_one=session.one_by_one))

        try:
            self._connections.write(work)
        except (VersionConflict, KeyTaken):
            earlier = None if batch.command is None else self.load((), command_key=batch.command.key).command
            if earlier is None:
                raise
            return ports.Committed(earlier)
        return ports.Committed()

    def alone(self) -> AbstractContextManager[None]:
        return self._connections.alone()

    def keep_regulation(self, content_hash: str, body: bytes) -> None:
        if self.regulation(content_hash) is None:
            sql = "INSERT INTO salesreg_regulation (hash, body) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING"
            self._write(Statement(sql, (content_hash, body.decode())))

    def keep_fingerprint(self, process: str, version: int, rulebook: str, fingerprint: str) -> None:
        self._write(Statement(_KEEP_PAGE, (process, version, rulebook, fingerprint)))

    # -- work ---------------------------------------------------------------------------------------------------------

    def claim(self, kind: ports.ClaimKind, now: dt.datetime, limit: int, lease: dt.timedelta) -> list[ports.Claim]:
        if not self._connections.read(lambda session: work.is_due(session, kind, now)):
            return []
        return self._connections.write(lambda session: work.claim(session, kind, now, limit, lease))

    def settle_many(self, outcomes: Sequence[tuple[ports.Claim, ports.Outcome]]) -> list[bool]:
        if not outcomes:
            return []
        return self._connections.write(lambda session: work.settle(session, outcomes))

    def work(self, kind: ports.ClaimKind, state: ports.MessageState, limit: int = 1000) -> list[ports.Work]:
        return self._connections.read(lambda session: work.listed(session, kind, state, limit))

    def requeue(self, kind: ports.ClaimKind, ids: Sequence[str], now: dt.datetime) -> list[str]:
        return self._connections.write(lambda session: work.requeue(session, kind, ids, now))

    def backlog(self, now: dt.datetime) -> ports.Backlog:
        return self._connections.read(lambda session: work.backlog(session, now))

    def look_again(self, now: dt.datetime) -> None:
        self._connections.write(lambda session: work.look_again(session, now))

    # -- queries ------------------------------------------------------------------------------------------------------

    def events(self, case_id: CaseId | None = None, after: int = 0, limit: int = 1000) -> Iterator[ports.StoredEvent]:
        # They are read before the first is handed out, so that a slow reader holds nothing up.
        if case_id is None:
            return map(event_from, self._rows(_ALL_EVENTS, after, limit))
        return map(event_from, self._rows(_CASE_EVENTS, case_id, after, limit))

    def find(self, query: ports.CaseQuery) -> list[ports.StoredCase]:
        return self._connections.read(lambda session: cases.find(session, query))

    def count(self, query: ports.CaseQuery) -> int:
        return self._connections.read(lambda session: cases.count(session, query))

    def obligations(self, query: ports.ObligationQuery) -> list[Obligation]:
        return self._connections.read(lambda session: obligations.find(session, query))

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
            store = type(self).__new__(type(self))
            store._connections = held  # noqa: SLF001 - its own
            yield store

    def faults(self) -> tuple[str, ...]:
        return tuple(archive.faults(self._ask))

    def archive(self) -> Iterator[ports.Kept]:
        return archive.records(self._ask)

    def restore(self, kept: Sequence[ports.Kept]) -> None:
        self._write(*(statement for one in kept for statement in archive.statements(one)))

    def purge(self, before: dt.datetime) -> tuple[int, int]:
        messages, commands = self._connections.write(lambda session: session.ask_all(archive.purges(before)))
        return len(messages), len(commands)

    def _ask(self, sql: str, values: Values) -> list[Row]:
        return self._connections.ask_all([(sql, values)])[0]

    def _rows(self, sql: str, *values: object) -> list[Row]:
        return self._ask(sql, values)

    def _write(self, *statements: Statement) -> None:
        self._connections.write(lambda session: session.write(statements))

    def _text(self, sql: str, key: str) -> str | None:
        return next((text for (text,) in self._rows(sql, key)), None)
