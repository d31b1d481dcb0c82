"""Work that waits: claimed by a lease under a token, settled with that token, or lost."""

# ruff: noqa: S608 - what is put into SQL here are names of our own columns
from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from salesreg import ports
from salesreg.adapters.sql import rows
from salesreg.adapters.sql.session import Session, Statement, Values
from salesreg.errors import RecordError
from salesreg.ports import Body, Claim, ClaimKind, Done, Message, MessageState, Outcome, Unreadable
from salesreg.ports.work import settled

_PUT: Final = (
    f"INSERT INTO salesreg_outbox ({rows.MESSAGE_COLUMNS}, wake_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
)
_FREE: Final = "wake_at <= :now AND (lease_until IS NULL OR lease_until <= :now)"
_DEAD: Final = "wake_at IS NULL AND reason <> ''"
_OVERDUE: Final = "SELECT count(*) FROM salesreg_obligation WHERE status = 'open' AND due < ?"


def put_in_outbox(messages: Iterable[Message]) -> Iterator[Statement]:
    """Add messages; one whose id is there already is dropped."""
    for message in messages:
        yield Statement(_PUT, (*rows.message_row(message), rows.micros(message.wake_at)))


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
        self.place = -1 - len(order.split(", "))
        self.due = f"SELECT 1 FROM {table} WHERE {_FREE} LIMIT 1"
        self.claim = (
            f"WITH due AS (SELECT {row} FROM {table} WHERE {_FREE} ORDER BY wake_at, {order} LIMIT :limit "
            f"/*+ FOR UPDATE SKIP LOCKED */) UPDATE {table} SET lease_until = :until, token = :token, "
            f"attempts = attempts + 1 WHERE ({row}) IN (SELECT * FROM due) "
            f"RETURNING {columns}, attempts - 1, {told}, wake_at, {order}"
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
        sets="state = :state, subject = coalesce(:subject, subject), text = coalesce(:text, text), ",
        states={state: f"state = '{state}'" for state in ("waiting", "delivered", "dead", "dropped")},
    ),
}


def is_due(session: Session, kind: ClaimKind, now: dt.datetime) -> bool:
    """Whether anything may be claimed: a look that needs no write lock."""
    return bool(session.ask(_WORK[kind].due, {"now": rows.micros(now)}))


def claim(session: Session, kind: ClaimKind, now: dt.datetime, limit: int, lease: dt.timedelta) -> list[Claim]:
    """Lease up to `limit` pieces of work, the longest due first."""
    work = _WORK[kind]
    token = secrets.token_hex(8)
    times = {"now": rows.micros(now), "until": rows.micros(now + lease), "token": token, "limit": limit}
    claims = []
    # A database may return what it has changed in any order.
    for found in sorted(session.ask(work.claim, times), key=lambda row: row[work.place :]):
        *row, attempts, told, wake_at = found[: work.place + 1]
        body = work.body(tuple(row))
        claims.append(Claim(kind, body.id, token, attempts, rows.instant(wake_at), body, tuple(told.split())))
    return claims


def settle(session: Session, outcomes: Sequence[tuple[Claim, Outcome]]) -> list[bool]:
    """Record what became of claims; False for one that is no longer ours, of which nothing is written."""
    kept: list[bool] = []
    session.write([Statement(*_settled(*each), lambda count, _: kept.append(count == 1)) for each in outcomes])
    mine = (outcome for (_, outcome), ours in zip(outcomes, kept, strict=True) if ours)
    session.write([put for outcome in mine for put in put_in_outbox(outcome.messages)])
    return kept


def _settled(claim: Claim, outcome: Outcome) -> tuple[str, dict[str, object]]:
    work = _WORK[claim.kind]
    state, at, reason, attempts = settled(claim, outcome)
    mine = {name: getattr(claim.body, name) for name in work.key}
    told = "".join(f"{name} " for name in outcome.told)
    values = {"at": rows.maybe_micros(at), "reason": reason, "attempts": attempts, "token": claim.token}
    subject, text = (outcome.words if isinstance(outcome, Done) else None) or (None, None)
    return work.settle, {**values, "state": state, "told": told, "subject": subject, "text": text, **mine}


def listed(session: Session, kind: ClaimKind, state: MessageState, limit: int) -> list[ports.Work]:
    """Work in one state."""
    work, found = _WORK[kind], []
    for *row, reason, attempts, wake_at in session.ask(work.listed[state], (limit,)):
        body = work.body(tuple(row))
        at = rows.maybe_instant(wake_at)
        found.append(ports.Work(kind, body.id, body.case, state, reason, attempts, at, body))
    return found


def requeue(session: Session, kind: ClaimKind, ids: Sequence[str], now: dt.datetime) -> list[str]:
    """Put dead work back; the ids of what was dead."""
    found: dict[str, int] = {}

    def put_back(id_: str, key: dict[str, str]) -> Statement:
        values = {"now": rows.micros(now), "state": "waiting", **key}
        return Statement(_WORK[kind].requeue, values, lambda count, _: found.update({id_: found.get(id_, 0) + count}))

    session.write([put_back(id_, key) for id_ in dict.fromkeys(ids) for key in _keys(kind, id_)])
    return [id_ for id_, count in found.items() if count]


def _keys(kind: ClaimKind, id_: str) -> Iterator[dict[str, str]]:
    """By which attributes the work of an id may be found: that of an obligation or a timer begins with its case's."""
    if kind == "message":
        yield {"id": id_}
        return
    for end in (place for place, sign in enumerate(id_) if sign == ":"):
        yield {"case": id_[:end], **({"id": id_} if kind == "obligation" else {"timer": id_[end + 1 :]})}


def backlog(session: Session, now: dt.datetime) -> ports.Backlog:
    """What waits at an instant."""
    at = rows.micros(now)
    times = {"now": at}
    soonest = [row[0] for work in _WORK.values() for row in session.ask(work.next, times)]
    due = {kind: _counted(session, work.waits, times) for kind, work in _WORK.items()}
    dead = {kind: _counted(session, work.dead, ()) for kind, work in _WORK.items()}
    next_at = rows.maybe_instant(min(soonest, default=None))
    return ports.Backlog(next_at, due, dead, _counted(session, _OVERDUE, (at,)))


def _counted(session: Session, sql: str, values: Values) -> int:
    ((found,),) = session.ask(sql, values)
    return int(found)


def look_again(session: Session, now: dt.datetime) -> None:
    """Make every obligation that is open or paused and has a due instant claimable."""
    sql = "UPDATE salesreg_obligation SET wake_at = ? WHERE status IN ('open', 'paused') AND due < ?"
    session.write([Statement(sql, (rows.micros(now), rows.NEVER))])
