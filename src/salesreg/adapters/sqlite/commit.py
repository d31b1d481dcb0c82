"""One command's batch in SQLite: all of it, or none."""

# ruff: noqa: S608 - what is put into SQL here are names of our own columns
from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

from salesreg.adapters.sqlite.archive import erasures
from salesreg.adapters.sqlite.rows import OBLIGATION_COLUMNS, Row, case_row, event_row, micros, obligation_row
from salesreg.adapters.sqlite.work import put_in_outbox
from salesreg.ports import Batch, CaseWrite, Command, Committed
from salesreg.ports.store import key_taken, version_conflict
from salesreg.process.references import CaseId

_COMMAND: Final = "SELECT key, fingerprint, case_id, version FROM salesreg_command WHERE key = ?"
_KEEP_COMMAND: Final = "INSERT INTO salesreg_command (key, fingerprint, case_id, version) VALUES (?, ?, ?, ?)"
_VERSION: Final = "SELECT version FROM salesreg_case WHERE id = ?"
_NEW_CASE: Final = """
    INSERT INTO salesreg_case (id, process, process_version, stage, version, data, regulation, last_at, ended, rulebook,
                               waits_for, begun_at, head)
    VALUES (:id, :process, :process_version, :stage, :version, :data, :regulation, :last_at, :ended, :rulebook,
            :waits_for, :begun_at, :head)
    ON CONFLICT (id) DO NOTHING
"""
_NEXT_CASE: Final = """
    UPDATE salesreg_case SET version = :version, last_at = :last_at, data = :data, head = :head, stage = :stage,
      process_version = :process_version, regulation = :regulation, rulebook = :rulebook, waits_for = :waits_for,
      ended = :ended
    WHERE id = :id AND process = :process AND version = :expected
"""
# Naming a column in SET rewrites the index over it even if its value stays, so the common step leaves those out.
_NEXT_CASE_IN_PLACE: Final = """
    UPDATE salesreg_case SET version = :version, last_at = :last_at, data = :data, head = :head
    WHERE process_version = :process_version AND stage = :stage AND regulation = :regulation AND rulebook = :rulebook
      AND waits_for IS :waits_for AND ended = :ended AND id = :id AND process = :process AND version = :expected
"""
_RELEASE_KEY: Final = "DELETE FROM salesreg_key WHERE key = ? AND case_id = ?"
_TAKE_KEY: Final = "INSERT INTO salesreg_key (key, process, case_id) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING"
_HOLDER: Final = "SELECT case_id FROM salesreg_key WHERE key = ?"
_PARENTS: Final = (
    "DELETE FROM salesreg_ref WHERE child = ?",
    "INSERT INTO salesreg_ref (child, process, parent) VALUES (?, ?, ?)",
)
_TIMERS: Final = (
    "DELETE FROM salesreg_timer WHERE case_id = ?",
    "INSERT INTO salesreg_timer (case_id, timer, at, wake_at) VALUES (?, ?, ?, ?)",
)
_SEARCH: Final = (
    "DELETE FROM salesreg_search WHERE case_id = ?",
    "INSERT INTO salesreg_search (case_id, process, name, value) VALUES (?, ?, ?, ?)",
)
_EVENT: Final = """
    INSERT INTO salesreg_event (case_id, version, process, step, at, recorded_at, body, hash, personal)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_OBLIGATION: Final = f"""
    INSERT INTO salesreg_obligation ({OBLIGATION_COLUMNS}, wake_at, process, ordinal)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
            coalesce((SELECT process FROM salesreg_case WHERE id = ?), ''),
            (SELECT coalesce(max(ordinal), 0) + 1 FROM salesreg_obligation WHERE case_id = ?))
    ON CONFLICT (case_id, id) DO UPDATE SET
      norm = excluded.norm, clause = excluded.clause, role = excluded.role, person = excluded.person,
      term = excluded.term, started_at = excluded.started_at, due = excluded.due, provisional = excluded.provisional,
      pauses = excluded.pauses, status = excluded.status, closed_at = excluded.closed_at,
      backdated = excluded.backdated, moved = excluded.moved, corrects = excluded.corrects, wake_at = excluded.wake_at,
      told = iif(due IS excluded.due AND role IS excluded.role AND person IS excluded.person, told, ''),
      attempts = 0, lease_until = NULL, token = NULL, reason = ''
"""
_IDLE: Final = """
    UPDATE salesreg_case SET idle = 1 - idle WHERE id = ? AND idle = EXISTS (
      SELECT 1 FROM salesreg_obligation AS o WHERE o.case_id = salesreg_case.id AND +o.status IN ('open', 'paused')
      AND (+o.role = salesreg_case.waits_for OR +o.person = salesreg_case.waits_for))
"""
_FORGET: Final = "DELETE FROM salesreg_mark WHERE name = ?"
_MARK: Final = (
    "INSERT INTO salesreg_mark (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


def command(cursor: sqlite3.Cursor, key: str) -> Command | None:
    """The command of a key, if it has been carried out."""
    row = cursor.execute(_COMMAND, (key,)).fetchone()
    return None if row is None else Command(*row)


def commit(cursor: sqlite3.Cursor, batch: Batch) -> Committed:
    """Write a batch, unless its command has been carried out already."""
    if batch.command is not None:
        earlier = command(cursor, batch.command.key)
        if earlier is not None:
            return Committed(earlier)
    execute = cursor.execute
    for case_id, version in batch.read.items():
        row = execute(_VERSION, (case_id,)).fetchone()
        if (0 if row is None else row[0]) != version:
            raise version_conflict(case_id, version)
    moved = {write.case.id for write in batch.writes if _write_case(cursor, write)}
    _exchange_keys(cursor, batch)
    for event in batch.events:
        execute(_EVENT, event_row(event))
    for scheduled in batch.obligations:
        case_id = scheduled.obligation.case
        execute(_OBLIGATION, (*obligation_row(scheduled), case_id, case_id))
        moved.add(case_id)
    for case_id in moved:
        execute(_IDLE, (case_id,))
    for erased in batch.erased:
        for sql, values in erasures(erased):
            execute(sql, values)
    put_in_outbox(cursor, batch.messages)
    for name, value in batch.marks.items():
        execute(*((_FORGET, (name,)) if value is None else (_MARK, (name, value))))
    if batch.command is not None:
        it = batch.command
        execute(_KEEP_COMMAND, (it.key, it.fingerprint, it.case, it.version))
    return Committed()


def _write_case(cursor: sqlite3.Cursor, write: CaseWrite) -> bool:
    """Write a case; whether it may wait for somebody else now."""
    case, execute = write.case, cursor.execute
    row = case_row(case) | {"expected": write.expected}
    execute(_NEXT_CASE_IN_PLACE if write.expected else _NEW_CASE, row)
    moved = write.expected > 0 and cursor.rowcount != 1
    if moved:
        execute(_NEXT_CASE, row)
    if cursor.rowcount != 1:
        raise version_conflict(case.id, write.expected)
    if write.parents is not None:
        _replace(cursor, _PARENTS, case.id, {(case.process, parent) for parent in write.parents})
    if write.timers is not None:
        timers = ((timer.timer, micros(timer.at)) for timer in write.timers)
        _replace(cursor, _TIMERS, case.id, ((name, at, at) for name, at in timers))
    if write.search is not None:
        _replace(cursor, _SEARCH, case.id, {(case.process, name, value.casefold()) for name, value in write.search})
    return moved


def _replace(cursor: sqlite3.Cursor, statements: tuple[str, str], case_id: CaseId, rows: Iterable[Row]) -> None:
    forget, keep = statements
    cursor.execute(forget, (case_id,))
    cursor.executemany(keep, ((case_id, *row) for row in rows))


def _exchange_keys(cursor: sqlite3.Cursor, batch: Batch) -> None:
    """Let go of keys before taking any, so that one case can hand a key to another within one batch."""
    for write in batch.writes:
        for key in write.keys_released:
            cursor.execute(_RELEASE_KEY, (key, write.case.id))
    for write in batch.writes:
        for key in write.keys_taken:
            cursor.execute(_TAKE_KEY, (key, write.case.process, write.case.id))
            if cursor.rowcount != 1:
                holder = cursor.execute(_HOLDER, (key,)).fetchone()[0]
                if holder != write.case.id:
                    raise key_taken(key, holder)
