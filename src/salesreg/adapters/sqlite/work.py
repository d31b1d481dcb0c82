"""Work waiting in SQLite: claimed by a lease under a token, settled with that token, or lost."""

# ruff: noqa: S608 - what is put into SQL here are names of our own columns
from __future__ import annotations

import datetime as dt
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from salesreg import ports
from salesreg.adapters.sqlite import rows
from salesreg.errors import RecordError
from salesreg.ports import Body, Claim, ClaimKind, Message, MessageState, Outcome, Unreadable
from salesreg.ports.work import settled

_PUT: Final = (
    f"INSERT INTO salesreg_outbox ({rows.MESSAGE_COLUMNS}, wake_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
)
_FREE: Final = "wake_at <= :now AND (lease_until IS NULL OR lease_until <= :now)"
_DEAD: Final = "wake_at IS NULL AND reason <> ''"
_OVERDUE: Final = "SELECT count(*) FROM salesreg_obligation WHERE status = 'open' AND due < ?"


def put_in_outbox(cursor: sqlite3.Cursor, messages: Iterable[Message]) -> None:
    """Add messages; one whose id is there already is dropped."""
    for message in messages:
        cursor.execute(_PUT, (*rows.message_row(message), rows.micros(message.wake_at)))


class _Work:
    """The statements for one kind of work: its table, what a row says, and by which attributes it is found again."""

    def __init__(
        self,
        table: str,
        columns: str,
        body: Callable[[rows.Row], Any],
        named: Callable[[rows.Row], tuple[str, str]],
        key: tuple[str, ...],
        *,
        sets: str = "",
        told: str = "''",
        states: dict[MessageState, str] | None = None,
    ) -> None:
        self._body, self._named, self.key = body, named, key
        columns_of_key = ["case_id" if name == "case" else name for name in key]
        row = ", ".join(columns_of_key)
        mine = " AND ".join(f"{column} = :{name}" for column, name in zip(columns_of_key, key, strict=True))
        order = "position" if states else row
        waiting = f"wake_at, {order}" if states is None else order
        standing = states or {"waiting": "wake_at IS NOT NULL", "dead": _DEAD}
        self.due = f"SELECT 1 FROM {table} WHERE {_FREE} LIMIT 1"
        self.claim = (
            f"UPDATE {table} SET lease_until = :until, token = :token, attempts = attempts + 1 WHERE ({row}) IN "
            f"(SELECT {row} FROM {table} WHERE {_FREE} ORDER BY wake_at, {order} LIMIT :limit) "
            f"RETURNING {columns}, attempts - 1, wake_at, {told}"
        )
        self.settle = (
            f"UPDATE {table} SET {sets}wake_at = :at, reason = coalesce(:reason, reason), attempts = :attempts, "
            f"lease_until = NULL, token = NULL WHERE {mine} AND token = :token"
        )
        self.listed = {
            state: f"SELECT {columns}, reason, attempts, wake_at FROM {table} WHERE {where} "
            f"ORDER BY {waiting if state == 'waiting' else order} LIMIT ?"
            for state, where in standing.items()
        }
        self.requeue = (
            f"UPDATE {table} SET {'' if states is None else 'state = :state, '}wake_at = :now, attempts = 0, "
            f"reason = '' WHERE {mine} AND {standing['dead']}"
        )
        self.next = (
            f"SELECT wake_at FROM {table} WHERE wake_at IS NOT NULL AND (lease_until IS NULL OR lease_until <= :now) "
            "ORDER BY wake_at LIMIT 1"
        )
        self.waits = f"SELECT count(*) FROM {table} WHERE wake_at <= :now"
        self.dead = f"SELECT count(*) FROM {table} WHERE {standing['dead']}"

    def body(self, row: rows.Row) -> Body:
        """What a row says, or that it cannot be read."""
        try:
            found: Body = self._body(row)
        except (RecordError, msgspec.MsgspecError, ValueError, OverflowError, TypeError) as wrong:
            return Unreadable(*self._named(row), f"it cannot be read: {wrong}")
        return found


_WORK: Final[dict[ClaimKind, _Work]] = {
    "obligation": _Work(
        "salesreg_obligation",
        rows.OBLIGATION_COLUMNS,
        rows.obligation_from,
        lambda row: (row[0], row[1]),
        ("case", "id"),
        sets="told = told || :told, ",
        told="told",
    ),
    "timer": _Work(
        "salesreg_timer",
        "case_id, timer, at",
        rows.timer_from,
        lambda row: (f"{row[0]}:{row[1]}", row[0]),
        ("case", "timer"),
    ),
    "message": _Work(
        "salesreg_outbox",
        rows.MESSAGE_COLUMNS,
        rows.message_from,
        lambda row: (row[0], row[7]),
        ("id",),
        sets="state = :state, ",
        states={state: f"state = '{state}'" for state in ("waiting", "delivered", "dead", "dropped")},
    ),
}


def is_due(cursor: sqlite3.Cursor, kind: ClaimKind, now: dt.datetime) -> bool:
    """Whether anything may be claimed: a look that needs no write lock."""
    return cursor.execute(_WORK[kind].due, {"now": rows.micros(now)}).fetchone() is not None


def claim(cursor: sqlite3.Cursor, kind: ClaimKind, now: dt.datetime, limit: int, lease: dt.timedelta) -> list[Claim]:
    """Lease up to `limit` pieces of work, the longest due first."""
    work = _WORK[kind]
    token = secrets.token_hex(8)
    times = {"now": rows.micros(now), "until": rows.micros(now + lease), "token": token, "limit": limit}
    claims = []
    for *row, attempts, wake_at, told in cursor.execute(work.claim, times).fetchall():
        body = work.body(tuple(row))
        claims.append(Claim(kind, body.id, token, attempts, rows.instant(wake_at), body, tuple(told.split())))
    return sorted(claims, key=lambda claim: claim.wake_at)


def settle(cursor: sqlite3.Cursor, claim: Claim, outcome: Outcome) -> bool:
    """Record what became of a claim; False, and nothing written, if it is no longer ours."""
    work = _WORK[claim.kind]
    state, at, reason, attempts = settled(claim, outcome)
    mine = {name: getattr(claim.body, name) for name in work.key}
    told = "".join(f"{name} " for name in outcome.told)
    values = {"at": rows.maybe_micros(at), "reason": reason, "attempts": attempts, "token": claim.token}
    cursor.execute(work.settle, {**values, "state": state, "told": told, **mine})
    if cursor.rowcount != 1:
        return False
    put_in_outbox(cursor, outcome.messages)
    return True


def listed(cursor: sqlite3.Cursor, kind: ClaimKind, state: MessageState, limit: int) -> list[ports.Work]:
    """Work in one state."""
    work, found = _WORK[kind], []
    for *row, reason, attempts, wake_at in cursor.execute(work.listed[state], (limit,)).fetchall():
        body = work.body(tuple(row))
        at = rows.maybe_instant(wake_at)
        found.append(ports.Work(kind, body.id, body.case, state, reason, attempts, at, body))
    return found


def requeue(cursor: sqlite3.Cursor, kind: ClaimKind, ids: Sequence[str], now: dt.datetime) -> list[str]:
    """Put dead work back; the ids of what was dead."""
    work, found = _WORK[kind], []
    for id_ in dict.fromkeys(ids):
        for key in _keys(kind, id_):
            cursor.execute(work.requeue, {"now": rows.micros(now), "state": "waiting", **key})
            if cursor.rowcount == 1:
                found.append(id_)
                break
    return found


def _keys(kind: ClaimKind, id_: str) -> Iterator[dict[str, str]]:
    """By which attributes the work of an id may be found: that of an obligation or a timer begins with its case's."""
    if kind == "message":
        yield {"id": id_}
        return
    for end in (place for place, sign in enumerate(id_) if sign == ":"):
        yield {"case": id_[:end], **({"id": id_} if kind == "obligation" else {"timer": id_[end + 1 :]})}


def backlog(cursor: sqlite3.Cursor, now: dt.datetime) -> ports.Backlog:
    """What waits at an instant."""
    at = rows.micros(now)
    times = {"now": at}
    every = {kind: cursor.execute(work.next, times).fetchone() for kind, work in _WORK.items()}
    next_at = min((row[0] for row in every.values() if row is not None), default=None)
    due = {kind: cursor.execute(work.waits, times).fetchone()[0] for kind, work in _WORK.items()}
    dead = {kind: cursor.execute(work.dead).fetchone()[0] for kind, work in _WORK.items()}
    return ports.Backlog(rows.maybe_instant(next_at), due, dead, cursor.execute(_OVERDUE, (at,)).fetchone()[0])


def look_again(cursor: sqlite3.Cursor, now: dt.datetime) -> None:
    """Make every obligation that is open or paused and has a due instant claimable."""
    sql = "UPDATE salesreg_obligation SET wake_at = ? WHERE status IN ('open', 'paused') AND due < ?"
    cursor.execute(sql, (rows.micros(now), rows.NEVER))
