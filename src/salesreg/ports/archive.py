"""Everything that a store keeps, record by record: for checking it, and for taking it to another store."""

from __future__ import annotations

import datetime as dt

import msgspec

from salesreg.ports.notifier import Message
from salesreg.ports.records import Command, StoredCase, StoredEvent
from salesreg.ports.work import DueTimer, MessageState
from salesreg.process.case import Obligation
from salesreg.process.references import CaseId


class KeptRegulation(msgspec.Struct, frozen=True, tag_field="kind", tag="regulation"):
    """A regulation under its hash, as JSON."""

    hash: str
    body: bytes


class KeptPage(msgspec.Struct, frozen=True, tag_field="kind", tag="page"):
    """The fingerprint of a page's entity."""

    process: str
    version: int
    rulebook: str
    fingerprint: str


class KeptMark(msgspec.Struct, frozen=True, tag_field="kind", tag="mark"):
    """A named note; a value of None takes it away."""

    name: str
    value: str | None


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a piece of work stands, as in `Work`; only a message has a state, and who has leased it is not kept."""

    wake_at: dt.datetime | None = None
    attempts: int = 0
    reason: str = ""
    told: tuple[str, ...] = ()
    state: MessageState = "waiting"


class KeptCase(msgspec.Struct, frozen=True, tag_field="kind", tag="case"):
    """A case with all that is found by it: keys, parents, search values, timers, and obligations in their order."""

    case: StoredCase
    keys: tuple[str, ...] = ()
    parents: tuple[CaseId, ...] = ()
    search: tuple[tuple[str, str], ...] = ()
    timers: tuple[tuple[DueTimer, Standing], ...] = ()
    obligations: tuple[tuple[Obligation, Standing], ...] = ()


class KeptEvent(msgspec.Struct, frozen=True, tag_field="kind", tag="event"):
    """An event; events come in the order of the log, and their positions are the store's own."""

    event: StoredEvent


class KeptCommand(msgspec.Struct, frozen=True, tag_field="kind", tag="command"):
    """A caller's key for a command."""

    command: Command


class KeptMessage(msgspec.Struct, frozen=True, tag_field="kind", tag="message"):
    """A message of the outbox."""

    message: Message
    standing: Standing


class Broken(msgspec.Struct, frozen=True, tag_field="kind", tag="broken"):
    """A record that cannot be read: which, and what is wrong with it."""

    record: str
    reason: str


Kept = KeptRegulation | KeptPage | KeptMark | KeptCase | KeptEvent | KeptCommand | KeptMessage | Broken
