"""The records that cross the ports: what a store is asked to write, to find and to lease, and what it hands back.

Instants are aware UTC `datetime`; data and event bodies are JSON bytes, so that an adapter never has to know a process.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

import attrs

from salesreg.processes import CaseId, Obligation

__all__ = [
    "Batch",
    "CaseQuery",
    "CaseWrite",
    "Claim",
    "ClaimKind",
    "Command",
    "Committed",
    "Dead",
    "Done",
    "DueTimer",
    "Loaded",
    "Message",
    "ObligationQuery",
    "Outcome",
    "Retry",
    "Running",
    "Scheduled",
    "StoredCase",
    "StoredEvent",
]


@attrs.frozen
class StoredCase:
    """A case as a store keeps it.

    Attributes:
        id, process, process_version, stage, version, regulation, last_at: as in `Case`.
        data: the entity as JSON.
        ended: whether its stage is an end.
        obligations: those that are open or paused, in the order they were opened; filled on load, ignored on commit.
    """

    id: CaseId
    process: str
    process_version: int
    stage: str
    version: int
    data: bytes
    regulation: str
    last_at: dt.datetime
    ended: bool
    obligations: tuple[Obligation, ...] = ()


@attrs.frozen
class StoredEvent:
    """An event as a store keeps it.

    Attributes:
        case, version: unique together.
        process, step, at: as in `Event`, for queries.
        body: the whole event as JSON.
        recorded_at: when it was written, UTC.
        position: place in the log; filled by the store, grows without regard to gaps.
    """

    case: CaseId
    version: int
    process: str
    step: str
    at: dt.datetime
    body: bytes
    recorded_at: dt.datetime
    position: int = 0


@attrs.frozen
class Command:
    """A caller's key for a command, and which event it led to.

    Attributes:
        key: chosen by the caller; a repeat returns the first result.
        fingerprint: hash of what was asked, so that one key cannot stand for two commands.
        case: the case it wrote.
        version: that case's version after it.
    """

    key: str
    fingerprint: str
    case: CaseId
    version: int


@attrs.frozen
class Scheduled:
    """An obligation with the instant at which somebody must next look at it; None for never again."""

    obligation: Obligation
    wake_at: dt.datetime | None


@attrs.frozen
class DueTimer:
    """A process's timer for one case."""

    case: CaseId
    timer: str
    at: dt.datetime


@attrs.frozen
class Message:
    """What one person is to be told; sending one id twice must tell once where the channel allows it.

    Attributes:
        id: ``case:version:recipient``, or ``obligation:due:rung:recipient`` so that a deadline that moves is told anew.
        to: id of the employee, a role nobody holds, or the address of somebody outside.
        address: where to send it; None if none is known.
        locale: ``"en"`` or ``"ru"``.
        template: the step or rung it is about, for adapters that bring their own texts.
        subject: one line.
        text: the message itself.
        case: the case it is about.
        at: when it happened, UTC.
        payload: facts for templates.
    """

    id: str
    to: str
    address: str | None
    locale: str
    template: str
    subject: str
    text: str
    case: CaseId
    at: dt.datetime
    payload: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen
class CaseWrite:
    """One case to be written.

    Attributes:
        case: as it shall stand.
        expected: the version it must have now; 0 for a new one.
        keys_taken: unique keys it shall hold.
        keys_released: unique keys it shall let go.
        parents: all cases it refers to; they replace the old ones and are stored, so that they can find their children.
            None leaves the old ones.
        timers: all timers it shall have; they replace the old ones. None leaves the old ones.
    """

    case: StoredCase
    expected: int
    keys_taken: tuple[str, ...] = ()
    keys_released: tuple[str, ...] = ()
    parents: tuple[CaseId, ...] | None = None
    timers: tuple[DueTimer, ...] | None = None


@attrs.frozen
class Batch:
    """Everything one command writes, all or nothing.

    Attributes:
        writes: the cases.
        events: their events, in order.
        recorded_at: when, UTC.
        read: versions of other cases that the decision rested on; they must not have moved.
        obligations: to insert or replace, by id.
        messages: to put into the outbox; one whose id is there already is dropped.
        command: the caller's key, if any.
        marks: named notes to set, such as how far a recurring duty has been materialised.
    """

    writes: tuple[CaseWrite, ...]
    events: tuple[StoredEvent, ...]
    recorded_at: dt.datetime
    read: Mapping[CaseId, int] = attrs.field(factory=dict)
    obligations: tuple[Scheduled, ...] = ()
    messages: tuple[Message, ...] = ()
    command: Command | None = None
    marks: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen
class Loaded:
    """What a command needs to decide.

    Attributes:
        cases: those found, by id, with their open obligations.
        command: the earlier command of the given key, if there was one.
    """

    cases: Mapping[CaseId, StoredCase]
    command: Command | None = None


@attrs.frozen
class Committed:
    """What a commit did: wrote the batch, or found that its command key had been used already."""

    earlier: Command | None = None


@attrs.frozen
class CaseQuery:
    """Which cases; None means any. Ordered by id.

    Attributes:
        process, stage, ended: as in `StoredCase`.
        key: the unique key it holds.
        parent: the case it refers to.
        after: only ids greater than this one, to page on.
        limit: at most so many.
    """

    process: str | None = None
    stage: str | None = None
    ended: bool | None = None
    key: str | None = None
    parent: CaseId | None = None
    after: CaseId | None = None
    limit: int = 1000


@attrs.frozen
class ObligationQuery:
    """Which obligations; None means any. Ordered by due instant, those without one last, then by id.

    Attributes:
        case: of that case.
        owners: owed by any of these roles or people, by id.
        open: True for open or paused ones, False for met or cancelled ones.
        due_before: due before that instant.
        due_from: due at that instant or later, or without a due instant.
        limit: at most so many.
    """

    case: CaseId | None = None
    owners: tuple[str, ...] = ()
    open: bool | None = None
    due_before: dt.datetime | None = None
    due_from: dt.datetime | None = None
    limit: int = 1000


@attrs.frozen
class Running:
    """How many cases that have not ended stand in one stage of one process version under one regulation."""

    process: str
    process_version: int
    stage: str
    regulation: str
    cases: int


# -- claims -----------------------------------------------------------------------------------------------------------

ClaimKind = Literal["obligation", "timer", "message"]


@attrs.frozen
class Claim:
    """A leased piece of work.

    Attributes:
        kind: ``"obligation"``, ``"timer"`` or ``"message"``.
        id: the obligation's or the message's id; ``case:timer`` for a timer.
        token: proves the lease when settling.
        attempts: how often it has been claimed before.
        wake_at: the instant that made it due.
        body: the obligation, timer or message itself.
    """

    kind: ClaimKind
    id: str
    token: str
    attempts: int
    wake_at: dt.datetime
    body: Obligation | DueTimer | Message


@attrs.frozen
class Done:
    """The work is done; an obligation needs no further look. Messages go into the outbox in the same transaction."""

    messages: tuple[Message, ...] = ()


@attrs.frozen
class Retry:
    """Look again at an instant; an obligation's next rung, or another try."""

    at: dt.datetime
    reason: str = ""
    messages: tuple[Message, ...] = ()


@attrs.frozen
class Dead:
    """It will never work: kept, with the reason, as a dead letter."""

    reason: str


Outcome = Done | Retry | Dead
