"""Work waiting in SQLite: claimed by a lease under a token, settled with that token, or lost."""

# ruff: noqa: S608 - what is put into SQL here are names of our own columns
from __future__ import annotations

import datetime as dt
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, Final

from salesreg.adapters.sqlite import rows
from salesreg.ports import Claim, ClaimKind, Message, Outcome
from salesreg.ports.store import settled

_PUT: Final = (
    f"INSERT INTO salesreg_outbox ({rows.MESSAGE_COLUMNS}, wake_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
)
_FREE: Final = "wake_at <= :now AND (lease_until IS NULL OR lease_until <= :now)"


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
        key: tuple[str, ...],
        *,
        order: str,
        sets: str = "",
        told: str = "''",
    ) -> None:
        self.body, self.key = body, key
        named = ["case_id" if name == "case" else name for name in key]
        row = ", ".join(named)
        mine = " AND ".join(f"{column} = :{name}" for column, name in zip(named, key, strict=True))
        self.due = f"SELECT 1 FROM {table} WHERE {_FREE} LIMIT 1"
        self.claim = (
            f"UPDATE {table} SET lease_until = :until, token = :token, attempts = attempts + 1 WHERE ({row}) IN "
            f"(SELECT {row} FROM {table} WHERE {_FREE} ORDER BY wake_at, {order} LIMIT :limit) "
            f"RETURNING {columns}, attempts - 1, wake_at, {told}"
        )
        self.settle = (
            f"UPDATE {table} SET {sets}wake_at = :at, reason = coalesce(:reason, reason), lease_until = NULL, "
            f"token = NULL WHERE {mine} AND token = :token"
        )


_OBLIGATIONS: Final = ("salesreg_obligation", rows.OBLIGATION_COLUMNS, rows.obligation_from, ("case", "id"))
_TIMERS: Final = ("salesreg_timer", "case_id, timer, at", rows.timer_from, ("case", "timer"))
_MESSAGES: Final = ("salesreg_outbox", rows.MESSAGE_COLUMNS, rows.message_from, ("id",))
_WORK: Final[dict[ClaimKind, _Work]] = {
    "obligation": _Work(*_OBLIGATIONS, order="case_id, id", sets="told = told || :told, ", told="told"),
    "timer": _Work(*_TIMERS, order="case_id, timer"),
    "message": _Work(*_MESSAGES, order="position", sets="state = :state, "),
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
    state, at, reason = settled(outcome)
    mine = {name: getattr(claim.body, name) for name in work.key}
    told = "".join(f"{name} " for name in outcome.told)
    values = {"state": state, "at": rows.maybe_micros(at), "reason": reason, "token": claim.token, "told": told, **mine}
    cursor.execute(work.settle, values)
    if cursor.rowcount != 1:
        return False
    put_in_outbox(cursor, outcome.messages)
    return True


def look_again(cursor: sqlite3.Cursor, now: dt.datetime) -> None:
    """Make every obligation that is open or paused and has a due instant claimable."""
    sql = "UPDATE salesreg_obligation SET wake_at = ? WHERE status IN ('open', 'paused') AND due < ?"
    cursor.execute(sql, (rows.micros(now), rows.NEVER))
