"""How the records of the ports stand in SQLite's rows: instants as microseconds, JSON as text, the rest as it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

import attrs
import msgspec

from salesreg.domain.people import Role
from salesreg.errors import NaiveDatetimeError, RecordError
from salesreg.ports import DueTimer, Message, Scheduled, StoredCase, StoredEvent
from salesreg.processes import Obligation, ObligationStatus

Row = tuple[Any, ...]

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_minus = dt.datetime.__sub__


def micros(instant: dt.datetime) -> int:
    """Whole microseconds since 1970-01-01T00:00:00Z.

    Raises:
        NaiveDatetimeError: the instant has no time zone.
    """
    try:
        since: dt.timedelta = _minus(instant, _EPOCH)
    except TypeError:
        raise NaiveDatetimeError(f"a store needs aware instants, and {instant!r} has no time zone") from None
    return since // _MICROSECOND


def maybe_micros(instant: dt.datetime | None) -> int | None:
    """The same, where there may be no instant."""
    return None if instant is None else micros(instant)


def instant(value: int) -> dt.datetime:
    """The aware UTC datetime of a stored instant."""
    return _EPOCH + dt.timedelta(microseconds=value)


def maybe_instant(value: int | None) -> dt.datetime | None:
    """The same, where there may be none."""
    return None if value is None else _EPOCH + dt.timedelta(microseconds=value)


# -- cases and events -------------------------------------------------------------------------------------------------

CASE_COLUMNS: Final = (
    "id, process, process_version, stage, version, CAST(data AS BLOB), regulation, last_at, ended <> 0"
)
EVENT_COLUMNS: Final = "case_id, version, process, step, at, CAST(body AS BLOB), recorded_at, position"


def case_from(row: Row, obligations: tuple[Obligation, ...]) -> StoredCase:
    """The case of a row that holds `CASE_COLUMNS`."""
    case_id, process, process_version, stage, version, data, regulation, last_at, ended = row
    return StoredCase(
        case_id, process, process_version, stage, version, data, regulation, instant(last_at), bool(ended), obligations
    )


def event_from(row: Row) -> StoredEvent:
    """The event of a row that holds `EVENT_COLUMNS`."""
    case_id, version, process, step, at, body, recorded_at, position = row
    return StoredEvent(case_id, version, process, step, instant(at), body, instant(recorded_at), position)


# -- obligations ------------------------------------------------------------------------------------------------------

OBLIGATION_COLUMNS: Final = (
    "id, case_id, norm, clause, role, person, term, started_at, due, provisional, pauses, status, closed_at"
)
_OBLIGATION_WIDTH: Final = 13
_ROLES: Final = {role.value: role for role in Role}
_STATUSES: Final = {status.value: status for status in ObligationStatus}
_OPEN: Final = frozenset({ObligationStatus.OPEN, ObligationStatus.PAUSED})


def obligation_row(scheduled: Scheduled) -> Row:
    """`OBLIGATION_COLUMNS`, then whether it is open and when to look at it next."""
    it = scheduled.obligation
    return (
        it.id,
        it.case,
        it.norm,
        it.clause,
        None if it.role is None else it.role.value,
        it.person,
        it.term,
        micros(it.started_at),
        maybe_micros(it.due),
        it.provisional,
        _pauses_text(it.pauses) if it.pauses else None,
        it.status.value,
        maybe_micros(it.closed_at),
        it.status in _OPEN,
        maybe_micros(scheduled.wake_at),
    )


def obligation_from(row: Row) -> Obligation:
    """The obligation of a row that begins with `OBLIGATION_COLUMNS`.

    Raises:
        RecordError: it names a role or a status that this program does not know.
    """
    id_, case_id, norm, clause, role, person, term, started_at, due, provisional, pauses, status, closed_at = row[
        :_OBLIGATION_WIDTH
    ]
    try:
        return Obligation(
            id_,
            case_id,
            norm,
            clause,
            None if role is None else _ROLES[role],
            person,
            term,
            instant(started_at),
            maybe_instant(due),
            bool(provisional),
            _pauses_from(pauses) if pauses else (),
            _STATUSES[status],
            maybe_instant(closed_at),
        )
    except KeyError as error:
        raise RecordError(
            f"obligation {id_!r} is stored with {error.args[0]!r}, which is no role or status that this program knows"
        ) from None


def _pauses_text(pauses: Iterable[tuple[dt.datetime, dt.datetime | None]]) -> str:
    return msgspec.json.encode([(micros(since), maybe_micros(until)) for since, until in pauses]).decode()


def _pauses_from(text: str) -> tuple[tuple[dt.datetime, dt.datetime | None], ...]:
    rows = msgspec.json.decode(text, type=list[tuple[int, int | None]])
    return tuple((instant(since), maybe_instant(until)) for since, until in rows)


# -- timers and messages ----------------------------------------------------------------------------------------------

MESSAGE_COLUMNS: Final = "id, recipient, address, locale, template, subject, text, case_id, at, payload"
_MESSAGE_WIDTH: Final = 10


def message_row(message: Message) -> Row:
    """`MESSAGE_COLUMNS`."""
    return (
        message.id,
        message.to,
        message.address,
        message.locale,
        message.template,
        message.subject,
        message.text,
        message.case,
        micros(message.at),
        msgspec.json.encode(message.payload).decode(),
    )


def message_from(row: Row) -> Message:
    """The message of a row that begins with `MESSAGE_COLUMNS`."""
    id_, to, address, locale, template, subject, text, case_id, at, payload = row[:_MESSAGE_WIDTH]
    facts = msgspec.json.decode(payload, type=dict[str, str])
    return Message(id_, to, address, locale, template, subject, text, case_id, instant(at), facts)


def timer_from(row: Row) -> DueTimer:
    """The timer of a row that begins with its case, name and instant."""
    return DueTimer(row[0], row[1], instant(row[2]))


@attrs.frozen
class Where:
    """Conditions of a query and the values they name, in order."""

    conditions: list[str] = attrs.field(factory=list)
    values: list[object] = attrs.field(factory=list)

    def add(self, condition: str, *values: object) -> None:
        """One more condition."""
        self.conditions.append(condition)
        self.values.extend(values)

    def __str__(self) -> str:
        return f"WHERE {' AND '.join(self.conditions)}" if self.conditions else ""
