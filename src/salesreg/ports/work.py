"""Work waiting in a store: what is claimed under a lease, what may become of it, and how it is listed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import ClassVar, Literal

import msgspec

from salesreg.ports.notifier import Message
from salesreg.process.case import Obligation
from salesreg.process.references import CaseId


class DueTimer(msgspec.Struct, frozen=True):
    """A process's timer for one case."""

    case: CaseId
    timer: str
    at: dt.datetime

    @property
    def id(self) -> str:
        """``case:timer``."""
        return f"{self.case}:{self.timer}"


ClaimKind = Literal["obligation", "timer", "message"]
MessageState = Literal["waiting", "delivered", "dead", "dropped"]
"""Waiting to be sent, handed over, given up, or no longer needed when its turn came."""


class Unreadable(msgspec.Struct, frozen=True):
    """Work that this program cannot read, as when a later one wrote it: which it is, and what is wrong with it."""

    id: str
    case: CaseId
    reason: str

    @property
    def timer(self) -> str:
        """A timer's name."""
        return self.id.removeprefix(f"{self.case}:")


Body = Obligation | DueTimer | Message | Unreadable


class Claim(msgspec.Struct, frozen=True):
    """A leased piece of work.

    Attributes:
        id: the obligation's or the message's id; ``case:timer`` for a timer.
        token: proves the lease when settling.
        attempts: how often it has been tried before.
        wake_at: the instant that made it due.
        body: the obligation, timer or message itself.
        told: what has been told of an obligation, by the names of the rungs.
    """

    kind: ClaimKind
    id: str
    token: str
    attempts: int
    wake_at: dt.datetime
    body: Body
    told: tuple[str, ...] = ()


class Work(msgspec.Struct, frozen=True):
    """A piece of work as it waits, or has been given up.

    Attributes:
        kind, id, attempts, body: as in `Claim`.
        case: the case it is about.
        state: as a message's; an obligation or a timer is waiting or dead.
        reason: why it had to wait, was given up or was not needed; empty if nothing is the matter.
        wake_at: when it is tried next.
    """

    kind: ClaimKind
    id: str
    case: CaseId
    state: MessageState
    reason: str
    attempts: int
    wake_at: dt.datetime | None
    body: Body


class Backlog(msgspec.Struct, frozen=True):
    """What waits at an instant.

    Attributes:
        next_at: when the next piece of work that nobody has leased is due, or was; None if there is none.
        due: how many are due, leased or not, by kind.
        dead: how many have been given up, by kind.
        overdue: how many open obligations are past their due instant.
    """

    next_at: dt.datetime | None
    due: Mapping[ClaimKind, int]
    dead: Mapping[ClaimKind, int]
    overdue: int


class Done(msgspec.Struct, frozen=True):
    """The work is done. Messages go into the outbox in the same transaction.

    What an obligation's owner and superiors have been told is remembered by name, until it is due at another instant or
    somebody else owes it; `again` is when to look at it next, if ever. `words` are the subject and the text in which a
    message went out that waited without any.
    """

    messages: tuple[Message, ...] = ()
    told: tuple[str, ...] = ()
    again: dt.datetime | None = None
    words: tuple[str, str] | None = None


class Later(msgspec.Struct, frozen=True):
    """It was not come to, or there was nothing to do yet: it waits for an instant, and this counts as no try."""

    at: dt.datetime
    messages: ClassVar[tuple[Message, ...]] = ()
    told: ClassVar[tuple[str, ...]] = ()


class Retry(msgspec.Struct, frozen=True):
    """It failed: another try at an instant."""

    at: dt.datetime
    reason: str
    messages: ClassVar[tuple[Message, ...]] = ()
    told: ClassVar[tuple[str, ...]] = ()


class Dead(msgspec.Struct, frozen=True):
    """It will not work: kept with the reason until somebody puts it back."""

    reason: str
    messages: ClassVar[tuple[Message, ...]] = ()
    told: ClassVar[tuple[str, ...]] = ()


class Dropped(msgspec.Struct, frozen=True):
    """A message that is no longer needed, with the reason, and those that take its place."""

    reason: str
    messages: tuple[Message, ...] = ()
    told: ClassVar[tuple[str, ...]] = ()


Outcome = Done | Later | Retry | Dead | Dropped


def settled(claim: Claim, outcome: Outcome) -> tuple[MessageState, dt.datetime | None, str | None, int]:
    """What an outcome makes of work in every store: its state, when it is due again, a new reason, and its tries.

    An obligation or a timer is dead where it is due no more and has a reason.
    """
    tried = claim.attempts + 1
    match outcome:
        case Done():
            return "delivered", outcome.again, "", 0
        case Later():
            return "waiting", outcome.at, None, claim.attempts
        case Retry():
            return "waiting", outcome.at, outcome.reason, tried
        case Dead():
            return "dead", None, outcome.reason or "given up", tried
        case Dropped():
            return "dropped", None, outcome.reason, tried
