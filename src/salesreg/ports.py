"""What the engine needs from the world, as protocols; the records that cross them stand in `salesreg.records`.

Everything is synchronous and coarse: one call a command. An adapter finds here all that it needs, the records as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Literal, Protocol, runtime_checkable

import attrs

from salesreg.domain.people import Delegation, Employee, Role
from salesreg.processes import CaseId, Obligation
from salesreg.records import (
    Batch,
    CaseQuery,
    CaseWrite,
    Claim,
    ClaimKind,
    Command,
    Committed,
    Dead,
    Done,
    DueTimer,
    Loaded,
    Message,
    ObligationQuery,
    Outcome,
    Retry,
    Running,
    Scheduled,
    StoredCase,
    StoredEvent,
)

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
