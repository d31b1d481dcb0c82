"""What a rule says of a log: verdicts in columns, with what a violation is and why something is not known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import IntEnum
from typing import Final
from zoneinfo import ZoneInfo

import attrs
import numpy as np
from numpy.typing import NDArray

from salesreg.audit.log import NEVER, Flags, Ints, Log
from salesreg.audit.mapping import Held
from salesreg.calendars.clock import EPOCH, MICROSECOND

NONE: Final = -1
"""The index of an event that there is not."""
REASONS: Final = (
    "",
    "the day is known and the time is not",
    "the log does not say who did it",
    "the clock may have stood still, and the log does not say for how long",
    "the case began before the log does",
    "it is not certain in which stage the case stood",
    "the log does not say when it was recorded",
    "the log does not say which roles they held",
)
"""Why something cannot be known, by code."""
PRECISION, NO_PERSON, HALTED, CUT, NO_STAGE, NO_RECORD_TIME, NO_ROLES = range(1, 8)
KINDS: Final = (
    "", "skipped", "forbidden", "repeated", "after_end", "wrong_role", "same_person", "late", "no_result", "no_record",
    "backdated", "recorded_before_event", "bulk_recorded", "duty_missed",
)  # fmt: skip
"""What a finding is of, by code; the first are those of `Order`."""
WRONG_ROLE, SAME_PERSON, LATE, NO_RESULT, NO_RECORD, BACKDATED, EARLY, TOGETHER, MISSED = range(5, 14)


class Verdict(IntEnum):
    """Whether a duty was kept: three-valued, and of what still runs nothing is said."""

    KEPT = 0
    VIOLATED = 1
    UNKNOWN = 2
    OPEN = 3


@attrs.frozen(eq=False)
class Judged:
    """What one rule says of a log: a row for each duty.

    Attributes:
        rule: its id.
        event: the event that it is judged by, an index into the log; `NONE` of a duty without a record.
        verdict: a `Verdict`.
        kind: what a violation is, a code of `KINDS`; 0 for the others.
        reason: why it is unknown, a code of `REASONS`; 0 for the others.
        person: who answers for it, a code of the log's people; `NOBODY` where that is a role.
        other: another event that belongs to it; `NONE` for no other.
        due: by when, microseconds; `NEVER` where no clock runs.
        delay: how late, microseconds of working time; 0 where it is not late.
    """

    rule: str
    event: Ints
    verdict: NDArray[np.int8]
    kind: NDArray[np.int8]
    reason: NDArray[np.int8]
    person: NDArray[np.int32]
    other: Ints
    due: Ints
    delay: Ints

    def __len__(self) -> int:
        return len(self.event)

    def taken(self, which: Flags) -> Judged:
        """Some of its rows."""
        return Judged(self.rule, *(getattr(self, one.name)[which] for one in attrs.fields(Judged)[1:]))


def judged(
    rule: str, log: Log, event: Ints, verdict: NDArray[np.int8], *, kind: int | NDArray[np.int8] = 0,
    reason: int | NDArray[np.int8] = 0, person: NDArray[np.int32] | None = None, other: Ints | None = None,
    due: Ints | None = None, delay: Ints | None = None,
) -> Judged:  # fmt: skip
    """The rows of a rule; kinds go to violations alone, and reasons to what is unknown."""
    size = len(event)
    return Judged(
        rule, event, verdict,
        np.where(verdict == Verdict.VIOLATED, kind, 0).astype(np.int8),
        np.where(verdict == Verdict.UNKNOWN, reason, 0).astype(np.int8),
        log.person[event] if person is None else person,
        np.broadcast_to(np.int64(NONE), size) if other is None else other,
        np.broadcast_to(np.int64(NEVER), size) if due is None else due,
        np.broadcast_to(np.int64(0), size) if delay is None else delay,
    )  # fmt: skip


def joined(parts: Sequence[Judged]) -> Judged:
    """The rows of several, which are of one rule."""
    columns = [one.name for one in attrs.fields(Judged)[1:]]
    return Judged(parts[0].rule, *(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


def of_role(one: str | Held) -> tuple[str, dt.date | None, dt.date | None]:
    """A role with its first and last day, where it has such."""
    return (one, None, None) if isinstance(one, str) else (one.role, one.since, one.until)


def midnight(day: dt.date, zone: ZoneInfo) -> int:
    """The beginning of a day in a zone, microseconds since 1970 in UTC."""
    return (dt.datetime(day.year, day.month, day.day, tzinfo=zone) - EPOCH) // MICROSECOND
