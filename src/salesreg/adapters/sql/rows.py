"""How the records of the ports stand in rows: instants as microseconds, JSON as text, the rest as it is.

A row holds the fields of its record in their order.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import msgspec
from msgspec.structs import asdict, astuple

from salesreg.errors import RecordError
from salesreg.ports import DueTimer, Message, Scheduled, StoredCase, StoredEvent
from salesreg.process.case import Obligation, ObligationStatus
from salesreg.rules.instants import to_utc

Row = tuple[Any, ...]

NEVER: Final = 2**63 - 1
"""When an obligation is due whose clock stands still: after all others."""

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)


def micros(instant: dt.datetime) -> int:
    """Whole microseconds since 1970-01-01T00:00:00Z; NaiveDatetimeError if the instant has no time zone."""
    return (to_utc(instant) - _EPOCH) // _MICROSECOND


def maybe_micros(instant: dt.datetime | None) -> int | None:
    """The same, where there may be no instant."""
    return None if instant is None else micros(instant)


def instant(value: int) -> dt.datetime:
    """The aware UTC datetime of a stored instant."""
    return _EPOCH + dt.timedelta(microseconds=value)


def maybe_instant(value: int | None) -> dt.datetime | None:
    """The same, where there may be none."""
    return None if value is None else instant(value)


def json_text(value: object) -> str:
    """A value as JSON."""
    return msgspec.json.encode(value).decode()


CASE_COLUMNS: Final = (
    "id, process, process_version, stage, version, CAST(data AS BLOB), regulation, last_at, ended <> 0, rulebook, "
    "waits_for, begun_at, head"
)
EVENT_COLUMNS: Final = (
    "case_id, version, process, step, at, CAST(body AS BLOB), recorded_at, hash, CAST(personal AS BLOB), position"
)


def case_row(case: StoredCase) -> dict[str, Any]:
    """The columns of a case by name."""
    row = asdict(case)
    row["data"], row["last_at"], row["ended"] = case.data.decode(), micros(case.last_at), int(case.ended)
    row["begun_at"] = row["last_at"] if case.begun_at is None else micros(case.begun_at)
    return row


def case_from(row: Row, obligations: tuple[Obligation, ...]) -> StoredCase:
    """The case of a row that holds `CASE_COLUMNS`."""
    *same, last_at, ended, rulebook, waits_for, begun_at, head = row
    rest: Row = (instant(last_at), bool(ended), rulebook, waits_for, instant(begun_at), head, obligations)
    return StoredCase(*same, *rest)


def event_row(event: StoredEvent) -> Row:
    """The columns of an event, but for its position."""
    at, recorded_at = micros(event.at), micros(event.recorded_at)
    body, personal = event.body.decode(), None if event.personal is None else event.personal.decode()
    return event.case, event.version, event.process, event.step, at, recorded_at, body, event.hash, personal


def event_from(row: Row) -> StoredEvent:
    """The event of a row that holds `EVENT_COLUMNS`."""
    case_id, version, process, step, at, body, recorded_at, *rest = row
    return StoredEvent(case_id, version, process, step, instant(at), body, instant(recorded_at), *rest)


OBLIGATION_COLUMNS: Final = (
    "id, case_id, norm, clause, role, person, term, started_at, due, provisional, pauses, status, closed_at, "
    "backdated, moved, corrects"
)
_STATUSES: Final = {status.value: status for status in ObligationStatus}


def obligation_row(scheduled: Scheduled) -> Row:
    """`OBLIGATION_COLUMNS`, then when to look at it next."""
    *same, role, person, term, started_at, due, provisional, pauses, status, closed_at, backdated, moved, corrects = (
        astuple(scheduled.obligation)
    )
    stood = json_text([(micros(since), maybe_micros(until)) for since, until in pauses]) if pauses else None
    times = micros(started_at), NEVER if due is None else micros(due)
    ends = maybe_micros(closed_at), maybe_micros(backdated), moved, corrects, maybe_micros(scheduled.wake_at)
    return (*same, role or "", person, term, *times, int(provisional), stood, status.value, *ends)


def obligation_from(row: Row) -> Obligation:
    """The obligation of a row that holds `OBLIGATION_COLUMNS`; RecordError if its status is none known here."""
    *same, role, person, term, started_at, due, provisional, pauses, status, closed_at, backdated, moved, corrects = row
    if status not in _STATUSES:
        raise RecordError(f"obligation {row[0]!r} is stored as {status!r}, which is no status that this program knows")
    times = instant(started_at), None if due == NEVER else instant(due)
    stood: Row = ()
    if pauses:
        spans = msgspec.json.decode(pauses, type=list[tuple[int, int | None]])
        stood = tuple((instant(since), maybe_instant(until)) for since, until in spans)
    clock = bool(provisional), stood, _STATUSES[status], maybe_instant(closed_at)
    rest: Row = (role or None, person, term, *times, *clock, maybe_instant(backdated), moved, corrects)
    return Obligation(*same, *rest)


MESSAGE_COLUMNS: Final = (
    "id, recipient, address, locale, template, subject, text, case_id, at, payload, name, channel, not_before, digest"
)


def message_row(message: Message) -> Row:
    """`MESSAGE_COLUMNS`."""
    *same, at, payload, name, channel, not_before, digest = astuple(message)
    return (*same, micros(at), json_text(payload), name, channel, maybe_micros(not_before), int(digest))


def message_from(row: Row) -> Message:
    """The message of a row that holds `MESSAGE_COLUMNS`."""
    *same, at, payload, name, channel, not_before, digest = row
    told = instant(at), msgspec.json.decode(payload, type=dict[str, str])
    rest: Row = (*told, name, channel, maybe_instant(not_before), bool(digest))
    return Message(*same, *rest)


def timer_from(row: Row) -> DueTimer:
    """The timer of a row that begins with its case, name and instant."""
    return DueTimer(row[0], row[1], instant(row[2]))
