"""One command's batch: the statements that write all of it, each with what must be so, or none."""

# ruff: noqa: S608 - what is put into SQL here are names of our own columns
from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from operator import itemgetter
from typing import Final

from salesreg.adapters.sql.archive import erasures
from salesreg.adapters.sql.rows import OBLIGATION_COLUMNS, Row, case_row, event_row, micros, obligation_row
from salesreg.adapters.sql.session import Statement
from salesreg.adapters.sql.work import put_in_outbox
from salesreg.ports import Batch, CaseWrite
from salesreg.ports.store import key_taken, version_conflict
from salesreg.process.references import CaseId

COMMAND: Final = "SELECT key, fingerprint, case_id, version FROM salesreg_command WHERE key = ?"
_KEEP_COMMAND: Final = (
    "INSERT INTO salesreg_command (key, fingerprint, case_id, version) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING"
)
_VERSION: Final = "SELECT version FROM salesreg_case WHERE id = ? /*+ FOR SHARE */"
_NEW_CASE: Final = """
    INSERT INTO salesreg_case (id, process, process_version, stage, version, data, regulation, last_at, ended, rulebook,
                               waits_for, begun_at, head)
    VALUES (:id, :process, :process_version, :stage, :version, :data, :regulation, :last_at, :ended, :rulebook,
            :waits_for, :begun_at, :head)
    ON CONFLICT (id) DO NOTHING
"""
_OWES: Final = """
    CASE WHEN EXISTS (SELECT 1 FROM salesreg_obligation AS o WHERE o.case_id = salesreg_case.id
      AND +o.status IN ('open', 'paused') AND (+o.role = {whose} OR +o.person = {whose})) THEN 0 ELSE 1 END
"""
_NEXT_CASE: Final = f"""
    UPDATE salesreg_case SET version = :version, last_at = :last_at, data = :data, head = :head, stage = :stage,
      process_version = :process_version, regulation = :regulation, rulebook = :rulebook, waits_for = :waits_for,
      ended = :ended, idle = {_OWES.format(whose=":waits_for")}
    WHERE id = :id AND process = :process AND version = :expected
"""
# SQLite rewrites the index over every column that SET names, even if its value stays: the common step leaves those out.
_NEXT_CASE_IN_PLACE: Final = """
    UPDATE salesreg_case SET version = :version, last_at = :last_at, data = :data, head = :head
    WHERE process_version = :process_version AND stage = :stage AND regulation = :regulation AND rulebook = :rulebook
      AND waits_for IS :waits_for AND ended = :ended AND id = :id AND process = :process AND version = :expected
"""
_RELEASE_KEY: Final = "DELETE FROM salesreg_key WHERE key = ? AND case_id = ?"
_TAKE_KEY: Final = """
    INSERT INTO salesreg_key (key, process, case_id) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET case_id = salesreg_key.case_id RETURNING case_id
"""
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
      told = CASE WHEN salesreg_obligation.due = excluded.due AND salesreg_obligation.role = excluded.role
        AND coalesce(salesreg_obligation.person, '') = coalesce(excluded.person, '')
        THEN salesreg_obligation.told ELSE '' END,
      attempts = 0, lease_until = NULL, token = NULL, reason = ''
"""
_IDLE: Final = f"""
    UPDATE salesreg_case SET idle = 1 - idle
    WHERE id = ? AND idle <> {_OWES.format(whose="salesreg_case.waits_for")}
"""
_FORGET: Final = "DELETE FROM salesreg_mark WHERE name = ?"
_MARK: Final = (
    "INSERT INTO salesreg_mark (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


def statements(batch: Batch, *, one_by_one: bool) -> Iterator[Statement]:
    """What writes a batch; the checks raise VersionConflict or KeyTaken, and VersionConflict for a command repeated.

    Rows are locked in the order of the cases' ids, so that two batches wait for one another and never in a circle.
    """
    steps: list[tuple[CaseId, int | CaseWrite]] = [*batch.read.items(), *((it.case.id, it) for it in batch.writes)]
    for case_id, step in sorted(steps, key=itemgetter(0)):
        if isinstance(step, int):
            yield Statement(_VERSION, (case_id,), partial(_still, case_id, step))
        else:
            yield from _write_case(step, one_by_one=one_by_one)
    yield from _exchange_keys(batch)
    for event in batch.events:
        yield Statement(_EVENT, event_row(event))
    for scheduled in batch.obligations:
        case_id = scheduled.obligation.case
        yield Statement(_OBLIGATION, (*obligation_row(scheduled), case_id, case_id))
    for case_id in sorted({scheduled.obligation.case for scheduled in batch.obligations}):
        yield Statement(_IDLE, (case_id,))
    for erased in batch.erased:
        yield from erasures(erased)
    yield from put_in_outbox(batch.messages)
    for name, value in batch.marks.items():
        yield Statement(_FORGET, (name,)) if value is None else Statement(_MARK, (name, value))
    if batch.command is not None:
        it = batch.command
        unheard = partial(_written, it.case, it.version - 1)
        yield Statement(_KEEP_COMMAND, (it.key, it.fingerprint, it.case, it.version), unheard)


def _write_case(write: CaseWrite, *, one_by_one: bool) -> Iterator[Statement]:
    case = write.case
    row = case_row(case) | {"expected": write.expected}
    written = partial(_written, case.id, write.expected)
    if not write.expected:
        yield Statement(_NEW_CASE, row, written)
    else:
        in_place: list[int] = []
        if one_by_one:
            yield Statement(_NEXT_CASE_IN_PLACE, row, lambda count, _: in_place.append(count))
        if in_place != [1]:
            yield Statement(_NEXT_CASE, row, written)
    if write.parents is not None:
        yield from _replaced(_PARENTS, case.id, {(case.process, parent) for parent in write.parents})
    if write.timers is not None:
        timers = ((timer.timer, micros(timer.at)) for timer in write.timers)
        yield from _replaced(_TIMERS, case.id, ((name, at, at) for name, at in timers))
    if write.search is not None:
        yield from _replaced(_SEARCH, case.id, {(case.process, name, value.casefold()) for name, value in write.search})


def _replaced(sql: tuple[str, str], case_id: CaseId, rows: Iterable[Row]) -> Iterator[Statement]:
    forget, keep = sql
    yield Statement(forget, (case_id,))
    for row in rows:
        yield Statement(keep, (case_id, *row))


def _exchange_keys(batch: Batch) -> Iterator[Statement]:
    """Let go of keys before taking any, so that one case can hand a key to another within one batch."""
    for write in batch.writes:
        for key in write.keys_released:
            yield Statement(_RELEASE_KEY, (key, write.case.id))
    for write in batch.writes:
        for key in write.keys_taken:
            yield Statement(_TAKE_KEY, (key, write.case.process, write.case.id), partial(_free, key, write.case.id))


def _written(case_id: CaseId, expected: int, count: int, _: list[Row]) -> None:
    if count != 1:
        raise version_conflict(case_id, expected)


def _still(case_id: CaseId, expected: int, _: int, found: list[Row]) -> None:
    if (found[0][0] if found else 0) != expected:
        raise version_conflict(case_id, expected)


def _free(key: str, case_id: CaseId, _: int, holder: list[Row]) -> None:
    if holder[0][0] != case_id:
        raise key_taken(key, holder[0][0])
