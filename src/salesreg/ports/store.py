"""Where everything is kept: the port, and the records that it is asked to find and to lease.

Instants are aware UTC `datetime`; data and event bodies are JSON bytes, so that an adapter never has to know a process.
Everything is synchronous and coarse: one call a command.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol, runtime_checkable

import msgspec

from salesreg.errors import KeyTaken, VersionConflict
from salesreg.ports.archive import Kept
from salesreg.ports.notifier import Message
from salesreg.ports.records import Batch, Command, StoredCase, StoredEvent
from salesreg.ports.work import Backlog, Claim, ClaimKind, MessageState, Outcome, Work
from salesreg.process.case import Obligation, ObligationStatus
from salesreg.process.references import CaseId


class Holder(msgspec.Struct, frozen=True):
    """The case that holds a unique key, and the hash of its last event, which says whether it is as it was."""

    case: CaseId
    head: str


class Loaded(msgspec.Struct, frozen=True):
    """What a command needs to decide.

    Attributes:
        cases: those found, by id, with their open obligations.
        command: the earlier command of the given key, if there was one.
        holders: by unique key, which case holds it, of the given keys that are held.
    """

    cases: Mapping[CaseId, StoredCase]
    command: Command | None = None
    holders: Mapping[str, Holder] = {}


class Committed(msgspec.Struct, frozen=True):
    """What a commit did: wrote the batch, or found that its command key had been used already."""

    earlier: Command | None = None


CaseOrder = Literal["id", "-id", "last_at", "-last_at"]
"""By id or by the instant of the last event and then the id, upwards or, with a minus, downwards."""


class CaseQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases; None and nothing mean any.

    Attributes:
        process, stage, ended: as in `StoredCase`.
        key: the unique key it holds.
        parent: a case it refers to.
        waits_for: it waits for any of these roles or people, by id.
        where: for each name, one of the values under that name in `CaseWrite.search`, or how one begins if a ``*``
            follows; upper and lower case are the same.
        since, until: its last event came at `since` or later, and before `until`.
        idle_for: none of these roles or people, by id, owes an open or paused obligation in it.
        order: in which order they come.
        after: the last id of the page before.
        after_at: the instant by which that one stood last on its page, for it may have moved on since; None is where
            it stands now.
        limit: at most so many.
    """

    process: str | None = None
    stage: str | None = None
    ended: bool | None = None
    key: str | None = None
    parent: CaseId | None = None
    waits_for: tuple[str, ...] = ()
    where: Mapping[str, str] = {}
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    idle_for: tuple[str, ...] = ()
    order: CaseOrder = "id"
    after: CaseId | None = None
    after_at: dt.datetime | None = None
    limit: int = 1000


class ObligationQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which obligations; None and nothing mean any. Ordered by due instant, those without one last, then by id.

    Attributes:
        case, process, norm: of that case, of the cases of that process, of that norm, by id.
        owners: owed by any of these roles or people, by id.
        statuses: that stand in one of these at the instant `at`; as they are stored if there is no `at`.
        at: breached at it are those that are open and past their due instant, beside those that were closed so.
        due_before: due before that instant.
        due_from: due at that instant or later, or without a due instant.
        after: the last id of the page before.
        limit: at most so many.
    """

    case: CaseId | None = None
    owners: tuple[str, ...] = ()
    process: str | None = None
    norm: str | None = None
    statuses: tuple[ObligationStatus, ...] = ()
    at: dt.datetime | None = None
    due_before: dt.datetime | None = None
    due_from: dt.datetime | None = None
    after: str | None = None
    limit: int = 1000


class Running(msgspec.Struct, frozen=True):
    """How many cases that have not ended stand in one stage of one process version under one set of rules."""

    process: str
    process_version: int
    stage: str
    regulation: str
    rulebook: str
    cases: int


@runtime_checkable
class Store(Protocol):
    """Where cases, events, obligations and the outbox are kept. Safe for several threads and processes at once.

    Any method may raise `StoreUnavailable` (busy, full, read-only) or `NotADatabase` (damaged).
    """

    def load(self, case_ids: Sequence[CaseId], *, keys: Sequence[str] = (), command_key: str | None = None) -> Loaded:
        """The cases of these ids that exist, who holds these keys, and the command of that key, seen at one moment."""

    def commit(self, batch: Batch) -> Committed:
        """Write everything or nothing.

        A command key that is known already writes nothing and returns the earlier command.

        Raises:
            VersionConflict: a case written or read has moved on, or a new one exists already.
            KeyTaken: a unique key is held by another case.
        """

    def claim(self, kind: ClaimKind, now: dt.datetime, limit: int, lease: dt.timedelta) -> list[Claim]:
        """Lease up to `limit` pieces of work due at `now`, the longest due first; nobody else gets them until then.

        One that cannot be read comes as `Unreadable`, and holds up no other.
        """

    def alone(self) -> AbstractContextManager[None]:
        """While it is held, this thread alone writes to the store; others wait."""
        return nullcontext()

    def settle(self, claim: Claim, outcome: Outcome) -> bool:
        """Record what became of a claim; False, and nothing written, if the lease was lost or the work changed."""
        return self.settle_many([(claim, outcome)])[0]

    def settle_many(self, outcomes: Sequence[tuple[Claim, Outcome]]) -> list[bool]:
        """`settle` for many claims in one transaction."""

    def work(self, kind: ClaimKind, state: MessageState, limit: int = 1000) -> list[Work]:
        """Work in one state; waiting by its instants, dead by its ids, messages the oldest first."""

    def requeue(self, kind: ClaimKind, ids: Sequence[str], now: dt.datetime) -> list[str]:
        """Put dead work back, due at `now` and never tried; the ids of what was dead."""

    def backlog(self, now: dt.datetime) -> Backlog:
        """What waits at an instant."""

    def look_again(self, now: dt.datetime) -> None:
        """Make every obligation that is open or paused and has a due instant claimable at `now`."""

    def events(self, case_id: CaseId | None = None, after: int = 0, limit: int = 1000) -> Iterator[StoredEvent]:
        """Events in the order of the log, of one case or of all, with positions greater than `after`."""

    def find(self, query: CaseQuery) -> list[StoredCase]:
        """The cases that a query describes, with their open obligations.

        Raises:
            CaseNotFound: the page is to follow a case that is not there, in an order other than that of the ids.
        """

    def count(self, query: CaseQuery) -> int:
        """How many cases a query describes, over all pages."""

    def obligations(self, query: ObligationQuery) -> list[Obligation]:
        """The obligations that a query describes.

        Raises:
            CaseNotFound: the page is to follow an obligation that no case has.
        """

    def messages(self, state: MessageState, limit: int = 1000) -> list[tuple[Message, str]]:
        """Outbox messages in one state, oldest first, each with the last reason given (empty if none)."""

    def holder(self, key: str) -> CaseId | None:
        """The case that holds a unique key."""

    def mark(self, name: str) -> str | None:
        """A named note, as a batch set it."""

    def marks(self, prefix: str) -> Mapping[str, str]:
        """The named notes whose names begin so, by name, in order."""

    def running(self) -> list[Running]:
        """What stands where, for the check on opening."""

    def regulation(self, content_hash: str) -> bytes | None:
        """A regulation kept under its hash, as JSON."""

    def keep_regulation(self, content_hash: str, body: bytes) -> None:
        """Keep a regulation under its hash; keeping it twice is keeping it once."""

    def fingerprints(self) -> Mapping[tuple[str, int, str], str]:
        """What the entity of each page looked like: a fingerprint by process, process version and rulebook."""

    def keep_fingerprint(self, process: str, version: int, rulebook: str, fingerprint: str) -> None:
        """Keep the fingerprint of a page's entity, in place of the one before."""

    @property
    def read_only(self) -> bool:
        """Whether it was opened for reading alone."""
        return False

    def snapshot(self) -> AbstractContextManager[Store]:
        """The store as it stands at one moment, for reading, however others go on writing."""

    def faults(self) -> Iterable[str]:
        """What is wrong inside the store itself, a sentence each, without regard to what the records mean."""
        return ()

    def archive(self) -> Iterator[Kept]:
        """Everything it keeps: what others refer to comes first; of a store that is written, ask a `snapshot`.

        What cannot be read comes as `Broken`, and holds up nothing else.
        """

    def restore(self, kept: Sequence[Kept]) -> None:
        """Take in records of an `archive`, all or nothing; one that is there already is left as it is."""

    def purge(self, before: dt.datetime) -> tuple[int, int]:
        """Forget messages delivered or not needed, and command keys, of before an instant; how many of each."""

    def close(self) -> None:
        """Let go of files and connections; closing twice is closing once."""


def version_conflict(case_id: CaseId, expected: int) -> VersionConflict:
    """How every store says that a case is not at the version that a batch rests on; 0 means that it was not to be."""
    moved = f"case {case_id!r} is no longer at version {expected}: somebody else wrote it first, so load it again"
    return VersionConflict(moved if expected else f"a case {case_id!r} exists already", case_id)


def key_taken(key: str, holder: CaseId) -> KeyTaken:
    """How every store says that another case holds a unique key."""
    return KeyTaken(f"the unique key {key!r} is held by case {holder!r}", key, holder)
