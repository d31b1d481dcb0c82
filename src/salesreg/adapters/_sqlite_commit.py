"""One command's batch in SQLite: all of it, or none."""

# ruff: noqa: S608 - what is put into SQL here are names of our own columns
from __future__ import annotations

import sqlite3
from typing import Final

from salesreg.adapters._refusals import key_taken, version_conflict
from salesreg.adapters._sqlite_rows import OBLIGATION_COLUMNS, micros, obligation_row
from salesreg.adapters._sqlite_work import put_in_outbox
from salesreg.ports import Batch, CaseWrite, Command, Committed, DueTimer
from salesreg.processes import CaseId

__all__ = ["command", "commit"]

_COMMAND: Final = "SELECT key, fingerprint, case_id, version FROM salesreg_command WHERE key = ?"
_KEEP_COMMAND: Final = "INSERT INTO salesreg_command (key, fingerprint, case_id, version) VALUES (?, ?, ?, ?)"
_VERSION: Final = "SELECT version FROM salesreg_case WHERE id = ?"
# These three take a row in the same order. Numbered placeholders would spare that, but Python 3.12.0 to 3.12.3 warns of
# each one that a sequence fills.
_NEW_CASE: Final = (
    "INSERT INTO salesreg_case (version, last_at, data, process_version, stage, regulation, ended, id, process) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
)
_NEXT_CASE: Final = (
    "UPDATE salesreg_case SET version = ?, last_at = ?, data = ?, process_version = ?, stage = ?, regulation = ?, "
    "ended = ? WHERE id = ? AND process = ? AND version = ?"
)
# Naming a column in SET rewrites the index over it even if its value stays, so the common step leaves those out.
_NEXT_CASE_IN_PLACE: Final = (
    "UPDATE salesreg_case SET version = ?, last_at = ?, data = ? WHERE process_version = ? AND stage = ? "
    "AND regulation = ? AND ended = ? AND id = ? AND process = ? AND version = ?"
)
_RELEASE_KEY: Final = "DELETE FROM salesreg_key WHERE key = ? AND case_id = ?"
_TAKE_KEY: Final = "INSERT INTO salesreg_key (key, case_id) VALUES (?, ?) ON CONFLICT (key) DO NOTHING"
_HOLDER: Final = "SELECT case_id FROM salesreg_key WHERE key = ?"
_FORGET_PARENTS: Final = "DELETE FROM salesreg_ref WHERE child = ?"
_KEEP_PARENT: Final = "INSERT INTO salesreg_ref (parent, child) VALUES (?, ?)"
_FORGET_TIMERS: Final = "DELETE FROM salesreg_timer WHERE case_id = ?"
_KEEP_TIMER: Final = "INSERT INTO salesreg_timer (case_id, timer, at, wake_at) VALUES (?, ?, ?, ?)"
_EVENT: Final = (
    "INSERT INTO salesreg_event (case_id, version, process, step, at, recorded_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_OBLIGATION: Final = f"""
    INSERT INTO salesreg_obligation ({OBLIGATION_COLUMNS}, is_open, wake_at, ordinal)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
            (SELECT coalesce(max(ordinal), 0) + 1 FROM salesreg_obligation WHERE case_id = ?))
    ON CONFLICT (case_id, id) DO UPDATE SET
      norm = excluded.norm, clause = excluded.clause, role = excluded.role, person = excluded.person,
      term = excluded.term, started_at = excluded.started_at, due = excluded.due, provisional = excluded.provisional,
      pauses = excluded.pauses, status = excluded.status, closed_at = excluded.closed_at, is_open = excluded.is_open,
      wake_at = excluded.wake_at, attempts = 0, lease_until = NULL, token = NULL, reason = ''
"""
_MARK: Final = (
    "INSERT INTO salesreg_mark (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


def command(cursor: sqlite3.Cursor, key: str) -> Command | None:
    """The command of a key, if it has been carried out."""
    row = cursor.execute(_COMMAND, (key,)).fetchone()
    return None if row is None else Command(*row)


def commit(cursor: sqlite3.Cursor, batch: Batch) -> Committed:
    """Write a batch, unless its command has been carried out already.

    Raises:
        VersionConflict: a case written or read has moved on, or a new one exists already.
        KeyTaken: a unique key is held by another case.
    """
    if batch.command is not None:
        earlier = command(cursor, batch.command.key)
        if earlier is not None:
            return Committed(earlier)
    execute = cursor.execute
    for case_id, version in batch.read.items():
        row = execute(_VERSION, (case_id,)).fetchone()
        if (0 if row is None else row[0]) != version:
            raise version_conflict(case_id, version)
    for write in batch.writes:
        _write_case(cursor, write)
    _exchange_keys(cursor, batch)
    for event in batch.events:
        at, recorded_at = micros(event.at), micros(event.recorded_at)
        execute(_EVENT, (event.case, event.version, event.process, event.step, at, recorded_at, event.body.decode()))
    for scheduled in batch.obligations:
        execute(_OBLIGATION, (*obligation_row(scheduled), scheduled.obligation.case))
    put_in_outbox(cursor, batch.messages)
    for name, value in batch.marks.items():
        execute(_MARK, (name, value))
    if batch.command is not None:
        it = batch.command
        execute(_KEEP_COMMAND, (it.key, it.fingerprint, it.case, it.version))
    return Committed()


def _write_case(cursor: sqlite3.Cursor, write: CaseWrite) -> None:
    case = write.case
    row = (
        case.version,
        micros(case.last_at),
        case.data.decode(),
        case.process_version,
        case.stage,
        case.regulation,
        case.ended,
        case.id,
        case.process,
    )
    if write.expected:
        cursor.execute(_NEXT_CASE_IN_PLACE, (*row, write.expected))
        if cursor.rowcount != 1:
            cursor.execute(_NEXT_CASE, (*row, write.expected))
    else:
        cursor.execute(_NEW_CASE, row)
    if cursor.rowcount != 1:
        raise version_conflict(case.id, write.expected)
    if write.parents is not None:
        _write_parents(cursor, case.id, write.parents)
    if write.timers is not None:
        _write_timers(cursor, case.id, write.timers)


def _write_parents(cursor: sqlite3.Cursor, child: CaseId, parents: tuple[CaseId, ...]) -> None:
    cursor.execute(_FORGET_PARENTS, (child,))
    for parent in dict.fromkeys(parents):
        cursor.execute(_KEEP_PARENT, (parent, child))


def _write_timers(cursor: sqlite3.Cursor, case_id: CaseId, timers: tuple[DueTimer, ...]) -> None:
    cursor.execute(_FORGET_TIMERS, (case_id,))
    for timer in timers:
        at = micros(timer.at)
        cursor.execute(_KEEP_TIMER, (timer.case, timer.timer, at, at))


def _exchange_keys(cursor: sqlite3.Cursor, batch: Batch) -> None:
    """Let go of keys before taking any, so that one case can hand a key to another within one batch."""
    for write in batch.writes:
        for key in write.keys_released:
            cursor.execute(_RELEASE_KEY, (key, write.case.id))
    for write in batch.writes:
        for key in write.keys_taken:
            cursor.execute(_TAKE_KEY, (key, write.case.id))
            if cursor.rowcount != 1:
                holder = cursor.execute(_HOLDER, (key,)).fetchone()[0]
                if holder != write.case.id:
                    raise key_taken(key, holder)
