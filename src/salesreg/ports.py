"""What the engine needs from the world, as protocols, and the records that cross them.

Everything is synchronous and coarse: one call a command. Instants are aware UTC `datetime`; data and event bodies are
JSON bytes, so that an adapter never has to know a process.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, Protocol, runtime_checkable

import attrs

from salesreg.domain.people import Delegation, Employee, Role
from salesreg.processes import CaseId, Obligation

__all__ = [
    "Batch",
    "CaseQuery",
    "CaseWrite",
    "Claim",
    "ClaimKind",
    "Clock",
    "Command",
    "Committed",
    "Dead",
    "Delivered",
    "Delivery",
    "Directory",
    "Done",
    "DueTimer",
    "Loaded",
    "Message",
    "Notifier",
    "ObligationQuery",
    "Outcome",
    "Permanent",
    "Retry",
    "Running",
    "Scheduled",
    "Store",
    "StoredCase",
    "StoredEvent",
    "Temporary",
    "Unknown",
]

# -- records ----------------------------------------------------------------------------------------------------------


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


# -- ports ------------------------------------------------------------------------------------------------------------


@runtime_checkable
class Store(Protocol):
    """Where cases, events, obligations and the outbox are kept. Safe for several threads and processes at once.

    Any method may raise `StoreUnavailable` (busy, full, read-only) or `NotADatabase` (damaged).
    """

    def load(self, case_ids: Sequence[CaseId], *, command_key: str | None = None) -> Loaded:
        """The cases of these ids that exist, and the command of that key, seen at one moment."""
        ...

    def commit(self, batch: Batch) -> Committed:
        """Write everything or nothing.

        A command key that is known already writes nothing and returns the earlier command.

        Raises:
            VersionConflict: a case written or read has moved on, or a new one exists already.
            KeyTaken: a unique key is held by another case.
        """
        ...

    def claim(self, kind: ClaimKind, now: dt.datetime, limit: int, lease: dt.timedelta) -> list[Claim]:
        """Lease up to `limit` pieces of work due at `now`, the longest due first; nobody else gets them until then."""
        ...

    def settle(self, claim: Claim, outcome: Outcome) -> bool:
        """Record what became of a claim; False, and nothing written, if the lease was lost or the work changed."""
        ...

    def settle_many(self, outcomes: Sequence[tuple[Claim, Outcome]]) -> list[bool]:
        """`settle` for many claims in one transaction."""
        ...

    def events(
        self, case_id: CaseId | None = None, after: int | None = None, limit: int = 1000
    ) -> Iterator[StoredEvent]:
        """Events in the order of the log, of one case or of all, with positions greater than `after`."""
        ...

    def find(self, query: CaseQuery) -> list[StoredCase]:
        """The cases that a query describes, with their open obligations."""
        ...

    def obligations(self, query: ObligationQuery) -> list[Obligation]:
        """The obligations that a query describes."""
        ...

    def messages(self, state: Literal["waiting", "delivered", "dead"], limit: int = 1000) -> list[tuple[Message, str]]:
        """Outbox messages in one state, oldest first, each with the last reason given (empty if none)."""
        ...

    def holder(self, key: str) -> CaseId | None:
        """The case that holds a unique key."""
        ...

    def mark(self, name: str) -> str | None:
        """A named note, as a batch set it."""
        ...

    def running(self) -> list[Running]:
        """What stands where, for the check on opening."""
        ...

    def regulation(self, content_hash: str) -> bytes | None:
        """A regulation kept under its hash, as JSON."""
        ...

    def keep_regulation(self, content_hash: str, body: bytes) -> None:
        """Keep a regulation under its hash; keeping it twice is keeping it once."""
        ...

    def close(self) -> None:
        """Let go of files and connections; closing twice is closing once."""
        ...


@attrs.frozen
class Delivered:
    """The message has been handed over."""


@attrs.frozen
class Temporary:
    """It did not go through now; try again, not before `retry_after` if given."""

    reason: str
    retry_after: dt.timedelta | None = None


@attrs.frozen
class Permanent:
    """It will never go through."""

    reason: str


@attrs.frozen
class Unknown:
    """Whether it went through is not known; it is tried again under the same id."""

    reason: str


Delivery = Delivered | Temporary | Permanent | Unknown


@runtime_checkable
class Notifier(Protocol):
    """How people are told."""

    def send(self, message: Message) -> Delivery:
        """Send one message; report rather than raise."""
        ...


@runtime_checkable
class Directory(Protocol):
    """Who works here."""

    def employee(self, employee_id: str) -> Employee:
        """The employee of that id.

        Raises:
            UnknownEmployee: there is none.
        """
        ...

    def holders(self, role: Role, on: dt.date) -> tuple[Employee, ...]:
        """Everybody who holds a role on a day, ordered by id."""
        ...

    def delegations(self, deputy: str, on: dt.date) -> tuple[Delegation, ...]:
        """The delegations that let a deputy act for others on a day."""
        ...


@runtime_checkable
class Clock(Protocol):
    """What time it is."""

    def now(self) -> dt.datetime:
        """This instant, aware."""
        ...
