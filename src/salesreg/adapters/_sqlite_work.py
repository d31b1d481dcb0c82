"""Work waiting in SQLite: claimed by a lease under a token, settled with that token, or lost."""

# ruff: noqa: S608 - what is put into SQL here are names of our own columns
from __future__ import annotations

import datetime as dt
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, Final

import attrs

from salesreg.adapters._sqlite_rows import (
    MESSAGE_COLUMNS,
    OBLIGATION_COLUMNS,
    Row,
    instant,
    message_from,
    message_row,
    micros,
    obligation_from,
    timer_from,
)
from salesreg.ports import Claim, ClaimKind, Dead, Done, DueTimer, Message, Outcome, Retry
from salesreg.processes import Obligation

__all__ = ["claim", "is_due", "put_in_outbox", "settle"]

_PUT: Final = (
    f"INSERT INTO salesreg_outbox ({MESSAGE_COLUMNS}, wake_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (id) DO NOTHING"
)


def put_in_outbox(cursor: sqlite3.Cursor, messages: Iterable[Message]) -> None:
    """Add messages; one whose id is there already is dropped."""
    for message in messages:
        row = message_row(message)
        cursor.execute(_PUT, (*row, row[8]))


@attrs.frozen
class _Work:
    """The statements for one kind of work.

    Attributes:
        due: whether anything may be claimed at an instant.
        claim: lease the longest due.
        done, retry, dead: what becomes of one that was claimed.
        key: the columns by which a row is found again.
        body: what a row says.
    """

    due: str
    claim: str
    done: str
    retry: str
    dead: str
    key: Callable[[Claim], Row]
    body: Callable[[Row], Any]


_FREE: Final = "wake_at <= :now AND (lease_until IS NULL OR lease_until <= :now)"
_REST: Final = "lease_until = NULL, token = NULL"


def _statements(
    table: str, found_by: tuple[str, ...], columns: str, *, order: str, done: str, dead: str = "", **parts: Any
) -> _Work:
    row = f"({', '.join(found_by)})"
    mine = " AND ".join((*(f"{name} = ?" for name in found_by), "token = ?"))
    return _Work(
        due=f"SELECT 1 FROM {table} WHERE {_FREE} LIMIT 1",
        claim=(
            f"UPDATE {table} SET lease_until = :until, token = :token, attempts = attempts + 1 WHERE {row} IN "
            f"(SELECT {', '.join(found_by)} FROM {table} WHERE {_FREE} ORDER BY wake_at, {order} LIMIT :limit) "
            f"RETURNING {columns}, attempts - 1, wake_at"
        ),
        done=f"{done} WHERE {mine}",
        retry=f"UPDATE {table} SET wake_at = ?, reason = ?, {_REST} WHERE {mine}",
        dead=f"UPDATE {table} SET {dead}wake_at = NULL, reason = ?, {_REST} WHERE {mine}",
        **parts,
    )


def _obligation_key(claim: Claim) -> Row:
    assert isinstance(claim.body, Obligation)  # noqa: S101 - a claim's kind tells its body
    return claim.body.case, claim.id


def _timer_key(claim: Claim) -> Row:
    assert isinstance(claim.body, DueTimer)  # noqa: S101 - a claim's kind tells its body
    return claim.body.case, claim.body.timer


_WORK: Final[dict[ClaimKind, _Work]] = {
    "obligation": _statements(
        "salesreg_obligation",
        ("case_id", "id"),
        OBLIGATION_COLUMNS,
        order="case_id, id",
        done=f"UPDATE salesreg_obligation SET wake_at = NULL, reason = '', {_REST}",
        key=_obligation_key,
        body=obligation_from,
    ),
    "timer": _statements(
        "salesreg_timer",
        ("case_id", "timer"),
        "case_id, timer, at",
        order="case_id, timer",
        done="DELETE FROM salesreg_timer",
        key=_timer_key,
        body=timer_from,
    ),
    "message": _statements(
        "salesreg_outbox",
        ("id",),
        MESSAGE_COLUMNS,
        order="position",
        done=f"UPDATE salesreg_outbox SET state = 'delivered', wake_at = NULL, {_REST}",
        dead="state = 'dead', ",
        key=lambda claim: (claim.id,),
        body=message_from,
    ),
}


def is_due(cursor: sqlite3.Cursor, kind: ClaimKind, now: dt.datetime) -> bool:
    """Whether anything may be claimed: a look that needs no write lock."""
    return cursor.execute(_WORK[kind].due, {"now": micros(now)}).fetchone() is not None


def claim(cursor: sqlite3.Cursor, kind: ClaimKind, now: dt.datetime, limit: int, lease: dt.timedelta) -> list[Claim]:
    """Lease up to `limit` pieces of work, the longest due first."""
    work = _WORK[kind]
    token = secrets.token_hex(8)
    times = {"now": micros(now), "until": micros(now + lease), "token": token, "limit": limit}
    rows = cursor.execute(work.claim, times).fetchall()
    claims = [_claimed(kind, work.body(row), token, row) for row in rows]
    claims.sort(key=lambda claim: claim.wake_at)
    return claims


def _claimed(kind: ClaimKind, body: Any, token: str, row: Row) -> Claim:
    id_ = f"{body.case}:{body.timer}" if kind == "timer" else body.id
    return Claim(kind, id_, token, row[-2], instant(row[-1]), body)


def settle(cursor: sqlite3.Cursor, claim: Claim, outcome: Outcome) -> bool:
    """Record what became of a claim; False, and nothing written, if it is no longer ours."""
    work = _WORK[claim.kind]
    mine = (*work.key(claim), claim.token)
    if isinstance(outcome, Done):
        cursor.execute(work.done, mine)
    elif isinstance(outcome, Retry):
        cursor.execute(work.retry, (micros(outcome.at), outcome.reason, *mine))
    else:
        cursor.execute(work.dead, (outcome.reason, *mine))
    if cursor.rowcount != 1:
        return False
    if not isinstance(outcome, Dead):
        put_in_outbox(cursor, outcome.messages)
    return True
