"""Everything in the tables, record by record, and the statements that put a record into them."""

# ruff: noqa: S608 - what is put into SQL here are names of our own columns
from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from salesreg import ports
from salesreg.adapters.sql.rows import (
    CASE_COLUMNS,
    EVENT_COLUMNS,
    MESSAGE_COLUMNS,
    OBLIGATION_COLUMNS,
    Row,
    case_from,
    case_row,
    event_from,
    event_row,
    json_text,
    maybe_instant,
    maybe_micros,
    message_from,
    message_row,
    micros,
    obligation_from,
    obligation_row,
    timer_from,
)
from salesreg.adapters.sql.session import Statement
from salesreg.errors import RecordError

Ask = Callable[[str, Sequence[object]], list[Row]]
_PAGE: Final = 500
_STANDING: Final = "wake_at, attempts, reason"
_UNREADABLE: Final = (RecordError, msgspec.MsgspecError, ValueError, OverflowError, TypeError, AttributeError)

_CASES: Final = f"SELECT {CASE_COLUMNS} FROM salesreg_case WHERE id > ? ORDER BY id LIMIT {_PAGE}"
_OF_CASES: Final = {
    "keys": "SELECT case_id, key FROM salesreg_key WHERE case_id >= ? AND case_id <= ? ORDER BY key",
    "parents": "SELECT child, parent FROM salesreg_ref WHERE child >= ? AND child <= ? ORDER BY parent",
    "search": "SELECT case_id, name, value FROM salesreg_search WHERE case_id >= ? AND case_id <= ? ORDER BY 2, 3",
    "timers": f"SELECT case_id, timer, at, {_STANDING} FROM salesreg_timer WHERE case_id >= ? AND case_id <= ? "
    "ORDER BY case_id, timer",
    "obligations": f"SELECT {OBLIGATION_COLUMNS}, {_STANDING}, told FROM salesreg_obligation "
    "WHERE case_id >= ? AND case_id <= ? ORDER BY case_id, ordinal",
}
_PUT: Final = {
    "salesreg_regulation": "hash, body",
    "salesreg_page": "process, version, rulebook, fingerprint",
    "salesreg_mark": "name, value",
    "salesreg_case": "id, process, process_version, stage, version, data, regulation, last_at, ended, rulebook, "
    "waits_for, begun_at, head",
    "salesreg_key": "key, process, case_id",
    "salesreg_ref": "child, process, parent",
    "salesreg_search": "case_id, process, name, value",
    "salesreg_timer": f"case_id, timer, at, {_STANDING}",
    "salesreg_obligation": f"{OBLIGATION_COLUMNS}, wake_at, attempts, reason, told, process, ordinal",
    "salesreg_event": "case_id, version, process, step, at, recorded_at, body, hash, personal",
    "salesreg_command": "key, fingerprint, case_id, version",
    "salesreg_outbox": f"{MESSAGE_COLUMNS}, {_STANDING}, state",
}
_INSERT: Final = {
    table: f"INSERT INTO {table} ({columns}) VALUES (?{', ?' * columns.count(',')}) ON CONFLICT DO NOTHING"
    for table, columns in _PUT.items()
}
IDLE: Final = """
    UPDATE salesreg_case SET idle = 0 WHERE id = ? AND EXISTS (
      SELECT 1 FROM salesreg_obligation AS o WHERE o.case_id = salesreg_case.id AND o.status IN ('open', 'paused')
      AND (o.role = salesreg_case.waits_for OR o.person = salesreg_case.waits_for))
"""
_OLD_MESSAGES: Final = "DELETE FROM salesreg_outbox WHERE state IN ('delivered', 'dropped') AND at < ? RETURNING 1"
_OLD_COMMANDS: Final = """
    DELETE FROM salesreg_command WHERE EXISTS (
      SELECT 1 FROM salesreg_event AS e WHERE e.case_id = salesreg_command.case_id
      AND e.version = salesreg_command.version AND e.recorded_at < ?)
    RETURNING 1
"""


_COPIES: Final = {
    "salesreg_event": "case_id",
    "salesreg_key": "case_id",
    "salesreg_ref": "child",
    "salesreg_search": "case_id",
    "salesreg_obligation": "case_id",
}
"""The tables that name the process of a case beside the case, and where they name the case."""
_NOT_IDLE: Final = """
    SELECT id FROM salesreg_case AS c WHERE idle <> (CASE WHEN EXISTS (
      SELECT 1 FROM salesreg_obligation AS o WHERE o.case_id = c.id AND o.status IN ('open', 'paused')
      AND (o.role = c.waits_for OR o.person = c.waits_for)) THEN 0 ELSE 1 END)
"""


def faults(ask: Ask) -> Iterator[str]:
    """Where columns that repeat others say something else, a sentence each."""
    for table, column in _COPIES.items():
        joined = f"{table} AS t JOIN salesreg_case AS c ON c.id = t.{column}"
        for (case_id,) in ask(f"SELECT DISTINCT c.id FROM {joined} WHERE t.process <> c.process", ()):
            yield f"{case_id}: a row of {table} is said to be of another process"
    for (case_id,) in ask(_NOT_IDLE, ()):
        yield f"{case_id}: the stored idle is not what its obligations say"


_TO_THEM: Final = " OR ".join(f"replace({name}, ?, '') <> {name}" for name in ("id", "recipient", "address"))
_THEIR_MESSAGES: Final = f"DELETE FROM salesreg_outbox WHERE case_id = ? AND ({_TO_THEM})"
_SETS: Final = ", ".join(f"{name} = replace({name}, ?, ?)" for name in ("subject", "text", "name", "payload"))
_REWORD: Final = f"UPDATE salesreg_outbox SET {_SETS} WHERE case_id = ?"


def erasures(erased: ports.Erased) -> Iterator[Statement]:
    """The statements that drop personal texts."""
    for version, left in erased.personal.items():
        row = None if left is None else left.decode(), erased.case, version
        yield Statement("UPDATE salesreg_event SET personal = ? WHERE case_id = ? AND version = ?", row)
    yield Statement("UPDATE salesreg_command SET fingerprint = '' WHERE case_id = ?", (erased.case,))
    for text in erased.texts:
        yield Statement(_THEIR_MESSAGES, (erased.case, text, text, text))
        inside = json_text(text)[1:-1]
        pairs = (*(text, erased.instead) * 3, inside, erased.instead)
        yield Statement(_REWORD, (*pairs, erased.case))


def purges(before: dt.datetime) -> list[tuple[str, Row]]:
    """The statements that forget what was sent or asked before an instant, messages first; each answers what went."""
    return [(_OLD_MESSAGES, (micros(before),)), (_OLD_COMMANDS, (micros(before),))]


def records(ask: Ask) -> Iterator[ports.Kept]:
    """All of it."""
    for content_hash, body in ask("SELECT hash, body FROM salesreg_regulation ORDER BY hash", ()):
        yield ports.KeptRegulation(content_hash, body.encode())
    for row in ask("SELECT process, version, rulebook, fingerprint FROM salesreg_page ORDER BY 1, 2, 3", ()):
        yield ports.KeptPage(*row)
    for row in ask("SELECT name, value FROM salesreg_mark ORDER BY name", ()):
        yield ports.KeptMark(*row)
    yield from _cases(ask)
    sql = f"SELECT {EVENT_COLUMNS} FROM salesreg_event WHERE position > ? ORDER BY position LIMIT {_PAGE}"
    for row in _paged(ask, sql, 0, lambda row: row[-1]):
        yield _readable(f"event {row[1]} of {row[0]}", row, lambda row: ports.KeptEvent(event_from(row)))
    sql = f"SELECT key, fingerprint, case_id, version FROM salesreg_command WHERE key > ? ORDER BY key LIMIT {_PAGE}"
    for row in _paged(ask, sql, "", lambda row: row[0]):
        yield ports.KeptCommand(ports.Command(*row))
    sql = (
        f"SELECT {MESSAGE_COLUMNS}, {_STANDING}, state, position FROM salesreg_outbox WHERE position > ? "
        f"ORDER BY position LIMIT {_PAGE}"
    )
    for row in _paged(ask, sql, 0, lambda row: row[-1]):
        yield _readable(
            f"message {row[0]}",
            row,
            lambda row: ports.KeptMessage(message_from(row[:-5]), _standing(*row[-5:-2], state=row[-2])),
        )


def _cases(ask: Ask) -> Iterator[ports.Kept]:
    after = ""
    while page := ask(_CASES, (after,)):
        first, after = page[0][0], page[-1][0]
        found: dict[str, defaultdict[str, list[Any]]] = {name: defaultdict(list) for name in _OF_CASES}
        for name, sql in _OF_CASES.items():
            column = 1 if name == "obligations" else 0
            for row in ask(sql, (first, after)):
                found[name][row[column]].append(row)
        for row in page:
            yield _readable(f"case {row[0]}", row, partial(_case, found))


def _case(found: dict[str, defaultdict[str, list[Row]]], row: Row) -> ports.KeptCase:
    of = {name: rows[row[0]] for name, rows in found.items()}
    return ports.KeptCase(
        case_from(row, ()),
        tuple(key for _, key in of["keys"]),
        tuple(parent for _, parent in of["parents"]),
        tuple((name, value) for _, name, value in of["search"]),
        tuple((timer_from(each[:3]), _standing(*each[3:])) for each in of["timers"]),
        tuple((obligation_from(each[:-4]), _standing(*each[-4:])) for each in of["obligations"]),
    )


def _standing(wake_at: int | None, attempts: int, reason: str, told: str = "", **state: Any) -> ports.Standing:
    at, names = maybe_instant(wake_at), tuple(told.split())
    return ports.Standing(wake_at=at, attempts=attempts, reason=reason, told=names, **state)


def _readable(name: str, row: Row, read: Callable[[Row], ports.Kept]) -> ports.Kept:
    try:
        return read(row)
    except _UNREADABLE as wrong:
        return ports.Broken(name, str(wrong))


def _paged(ask: Ask, sql: str, after: Any, place: Callable[[Row], Any]) -> Iterator[Row]:
    while page := ask(sql, (after,)):
        yield from page
        after = place(page[-1])


def statements(kept: ports.Kept) -> Iterator[Statement]:
    """What puts a record into the tables, unless it is there."""
    match kept:
        case ports.KeptRegulation(hash=content_hash, body=body):
            yield Statement(_INSERT["salesreg_regulation"], (content_hash, body.decode()))
        case ports.KeptPage():
            yield Statement(_INSERT["salesreg_page"], (kept.process, kept.version, kept.rulebook, kept.fingerprint))
        case ports.KeptMark(name=name, value=value):
            yield Statement("DELETE FROM salesreg_mark WHERE name = ?", (name,))
            if value is not None:
                yield Statement(_INSERT["salesreg_mark"], (name, value))
        case ports.KeptCase():
            yield from _case_statements(kept)
        case ports.KeptEvent(event=event):
            yield Statement(_INSERT["salesreg_event"], event_row(event))
        case ports.KeptCommand(command=command):
            yield Statement(
                _INSERT["salesreg_command"], (command.key, command.fingerprint, command.case, command.version)
            )
        case ports.KeptMessage(message=message, standing=its):
            yield Statement(_INSERT["salesreg_outbox"], (*message_row(message), *_stands(its), its.state))


def _case_statements(kept: ports.KeptCase) -> Iterator[Statement]:
    case = kept.case
    columns = case_row(case)
    yield Statement(_INSERT["salesreg_case"], tuple(columns[name] for name in _PUT["salesreg_case"].split(", ")))
    of_case: dict[str, Iterable[Row]] = {
        "salesreg_key": ((key, case.process, case.id) for key in kept.keys),
        "salesreg_ref": ((case.id, case.process, parent) for parent in kept.parents),
        "salesreg_search": ((case.id, case.process, name, value) for name, value in kept.search),
        "salesreg_timer": ((case.id, it.timer, micros(it.at), *_stands(its)) for it, its in kept.timers),
        "salesreg_obligation": (
            (*obligation_row(ports.Scheduled(it, its.wake_at)), *_stands(its)[1:], _told(its), case.process, ordinal)
            for ordinal, (it, its) in enumerate(kept.obligations, 1)
        ),
    }
    yield from (Statement(_INSERT[table], row) for table, rows in of_case.items() for row in rows)
    yield Statement(IDLE, (case.id,))


def _stands(its: ports.Standing) -> Row:
    return maybe_micros(its.wake_at), its.attempts, its.reason


def _told(its: ports.Standing) -> str:
    return "".join(f"{name} " for name in its.told)
