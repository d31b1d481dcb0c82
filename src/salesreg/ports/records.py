"""The records that a store is asked to write: cases as they stand, their events, and what one command comes to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from salesreg.ports.notifier import Message
from salesreg.ports.work import DueTimer
from salesreg.process.case import Obligation
from salesreg.process.references import CaseId


class StoredCase(msgspec.Struct, frozen=True):
    """A case as a store keeps it.

    Attributes:
        id, process, process_version, stage, version, regulation, last_at, rulebook: as in `Case`.
        data: the entity as JSON.
        ended: whether its stage is an end.
        waits_for: the id of the role or the employee that owns its stage now; None in an end.
        begun_at: the instant of its first event; `last_at` of the first write if None there, and kept thereafter.
        head: the hash of its last event.
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
    rulebook: str = ""
    waits_for: str | None = None
    begun_at: dt.datetime | None = None
    head: str = ""
    obligations: tuple[Obligation, ...] = ()


class StoredEvent(msgspec.Struct, frozen=True):
    """An event as a store keeps it.

    Attributes:
        case, version: unique together.
        process, step, at: as in `Event`, for queries.
        body: the whole event as JSON, to be kept byte for byte; in the place of a personal text it has a digest.
        recorded_at: when it was written, UTC.
        hash: of the body, which holds the hash of the event before it.
        personal: the personal texts in the body, by their digests, as JSON; None if it has none or they were erased.
        position: place in the log; filled by the store, grows without regard to gaps.
    """

    case: CaseId
    version: int
    process: str
    step: str
    at: dt.datetime
    body: bytes
    recorded_at: dt.datetime
    hash: str = ""
    personal: bytes | None = None
    position: int = 0


class Command(msgspec.Struct, frozen=True):
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


class Scheduled(msgspec.Struct, frozen=True):
    """An obligation with the instant at which somebody must next look at it; None for never again."""

    obligation: Obligation
    wake_at: dt.datetime | None


class CaseWrite(msgspec.Struct, frozen=True):
    """One case to be written.

    Attributes:
        case: as it shall stand; all of it may change but the id and the process.
        expected: the version it must have now; 0 for a new one.
        keys_taken: unique keys it shall hold.
        keys_released: unique keys it shall let go.
        parents: all cases it refers to; they replace the old ones and are stored, so that they can find their children.
            None leaves the old ones.
        timers: all timers it shall have; they replace the old ones. None leaves the old ones.
        search: name and value of everything that it is looked up by, a name as often as it has values; they replace the
            old ones. None leaves the old ones.
    """

    case: StoredCase
    expected: int
    keys_taken: tuple[str, ...] = ()
    keys_released: tuple[str, ...] = ()
    parents: tuple[CaseId, ...] | None = None
    timers: tuple[DueTimer, ...] | None = None
    search: tuple[tuple[str, str], ...] | None = None


class Erased(msgspec.Struct, frozen=True):
    """Personal texts of a case to be dropped, with what else holds them: messages, and what commands asked for.

    Attributes:
        case: the case.
        personal: what is left beside each event that had any, by its version.
        texts: what is dropped; messages about the case lose it, and those to it go.
        instead: what stands in its place in a message.
    """

    case: CaseId
    personal: Mapping[int, bytes | None]
    texts: tuple[str, ...]
    instead: str


class Batch(msgspec.Struct, frozen=True):
    """Everything one command writes, all or nothing.

    Attributes:
        writes, events: the cases, and their events in order.
        recorded_at: when, UTC.
        read: versions of other cases that the decision rested on; they must not have moved.
        obligations: to insert or replace, by id.
        messages: to put into the outbox; one whose id is there already is dropped.
        command: the caller's key, if any.
        marks: named notes to set, such as how far a recurring duty has been materialised; None takes one away.
        erased: personal texts to drop.
    """

    writes: tuple[CaseWrite, ...]
    events: tuple[StoredEvent, ...]
    recorded_at: dt.datetime
    read: Mapping[CaseId, int] = {}
    obligations: tuple[Scheduled, ...] = ()
    messages: tuple[Message, ...] = ()
    command: Command | None = None
    marks: Mapping[str, str | None] = {}
    erased: tuple[Erased, ...] = ()
