"""Stand-ins that fail when they are told to: a store before, during and after a commit, a notifier now and then."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Literal, TypeAlias

from msgspec.structs import replace

from salesreg import ports
from salesreg.errors import OutcomeUnknown, StoreUnavailable, VersionConflict
from salesreg.process.case import Obligation

Moment: TypeAlias = Literal["before", "during", "after"]

_NOWHERE = "no case has this id"


class FaultyStore:
    """A `Store` over another one, that fails at the moments at which a real one does.

    What `fail` is told happens to one commit after the other: *before* it, and nothing has been tried; *during* it, and
    what had been written is rolled back; *after* it, and all of it is written though nobody is told, as when a
    connection breaks while the answer is on its way. Everything else goes through.

    >>> from salesreg.adapters.memory import MemoryStore
    >>> store = FaultyStore(MemoryStore()).fail("after")
    >>> batch = ports.Batch((), (), dt.datetime(2026, 3, 2, tzinfo=dt.UTC), marks={"daily": "2026-03-02"})
    >>> store.commit(batch)
    Traceback (most recent call last):
    salesreg.errors.OutcomeUnknown: the connection broke after the commit, and before anybody was told
    >>> store.mark("daily")
    '2026-03-02'
    """

    def __init__(self, store: ports.Store) -> None:
        self._store = store
        self._next: deque[Moment | None] = deque()

    def fail(self, *moments: Moment | None) -> FaultyStore:
        """Let the next commits fail, one for each moment; None lets one through. Returns the store itself."""
        self._next.extend(moments)
        return self

    def commit(self, batch: ports.Batch) -> ports.Committed:
        """Write, unless it is to fail.

        Raises:
            StoreUnavailable: before or during it, and nothing is written.
            OutcomeUnknown: after it, and everything is.
        """
        moment = self._next.popleft() if self._next else None
        if moment == "before":
            raise StoreUnavailable("the store is busy: nothing has been tried")
        if moment == "during":
            try:
                self._store.commit(replace(batch, command=None, read={**batch.read, _NOWHERE: 1}))
            except VersionConflict:
                raise StoreUnavailable("the disk is full: what had been written is rolled back") from None
        done = self._store.commit(batch)
        if moment == "after":
            raise OutcomeUnknown("the connection broke after the commit, and before anybody was told")
        return done

    # -- all else goes through ----------------------------------------------------------------------------------------

    def load(
        self, case_ids: Sequence[str], *, keys: Sequence[str] = (), command_key: str | None = None
    ) -> ports.Loaded:
        """The cases of these ids that exist, who holds these keys, and the command of that key, seen at one moment."""
        return self._store.load(case_ids, keys=keys, command_key=command_key)

    def claim(self, kind: ports.ClaimKind, now: dt.datetime, limit: int, lease: dt.timedelta) -> list[ports.Claim]:
        """Lease up to `limit` pieces of work due at `now`, the longest due first."""
        return self._store.claim(kind, now, limit, lease)

    def alone(self) -> AbstractContextManager[None]:
        """While it is held, this thread alone writes to the store."""
        return self._store.alone()

    def settle(self, claim: ports.Claim, outcome: ports.Outcome) -> bool:
        """Record what became of a claim."""
        return self._store.settle(claim, outcome)

    def settle_many(self, outcomes: Sequence[tuple[ports.Claim, ports.Outcome]]) -> list[bool]:
        """`settle` for many claims in one transaction."""
        return self._store.settle_many(outcomes)

    def work(self, kind: ports.ClaimKind, state: ports.MessageState, limit: int = 1000) -> list[ports.Work]:
        """Work in one state."""
        return self._store.work(kind, state, limit)

    def requeue(self, kind: ports.ClaimKind, ids: Sequence[str], now: dt.datetime) -> list[str]:
        """Put dead work back, due at `now` and never tried."""
        return self._store.requeue(kind, ids, now)

    def backlog(self, now: dt.datetime) -> ports.Backlog:
        """What waits at an instant."""
        return self._store.backlog(now)

    def look_again(self, now: dt.datetime) -> None:
        """Make every obligation that is open or paused and has a due instant claimable at `now`."""
        return self._store.look_again(now)

    def events(self, case_id: str | None = None, after: int = 0, limit: int = 1000) -> Iterator[ports.StoredEvent]:
        """Events in the order of the log, of one case or of all, with positions greater than `after`."""
        return self._store.events(case_id, after, limit)

    def find(self, query: ports.CaseQuery) -> list[ports.StoredCase]:
        """The cases that a query describes, with their open obligations."""
        return self._store.find(query)

    def count(self, query: ports.CaseQuery) -> int:
        """How many cases a query describes, over all pages."""
        return self._store.count(query)

    def obligations(self, query: ports.ObligationQuery) -> list[Obligation]:
        """The obligations that a query describes."""
        return self._store.obligations(query)

    def messages(self, state: ports.MessageState, limit: int = 1000) -> list[tuple[ports.Message, str]]:
        """Outbox messages in one state, oldest first, each with the last reason given (empty if none)."""
        return self._store.messages(state, limit)

    def holder(self, key: str) -> str | None:
        """The case that holds a unique key."""
        return self._store.holder(key)

    def mark(self, name: str) -> str | None:
        """A named note, as a batch set it."""
        return self._store.mark(name)

    def marks(self, prefix: str) -> Mapping[str, str]:
        """The named notes whose names begin so, by name, in order."""
        return self._store.marks(prefix)

    def running(self) -> list[ports.Running]:
        """What stands where, for the check on opening."""
        return self._store.running()

    def regulation(self, content_hash: str) -> bytes | None:
        """A regulation kept under its hash, as JSON."""
        return self._store.regulation(content_hash)

    def keep_regulation(self, content_hash: str, body: bytes) -> None:
        """Keep a regulation under its hash."""
        return self._store.keep_regulation(content_hash, body)

    def fingerprints(self) -> Mapping[tuple[str, int, str], str]:
        """What the entity of each page looked like: a fingerprint by process, process version and rulebook."""
        return self._store.fingerprints()

    def keep_fingerprint(self, process: str, version: int, rulebook: str, fingerprint: str) -> None:
        """Keep the fingerprint of a page's entity, in place of the one before."""
        return self._store.keep_fingerprint(process, version, rulebook, fingerprint)

    @property
    def read_only(self) -> bool:
        """Whether it was opened for reading alone."""
        return self._store.read_only

    def snapshot(self) -> AbstractContextManager[ports.Store]:
        """The store as it stands at one moment, for reading, however others go on writing."""
        return self._store.snapshot()

    def faults(self) -> Iterable[str]:
        """What is wrong inside the store itself, a sentence each, without regard to what the records mean."""
        return self._store.faults()

    def archive(self) -> Iterator[ports.Kept]:
        """Everything it keeps: what others refer to comes first."""
        return self._store.archive()

    def restore(self, kept: Sequence[ports.Kept]) -> None:
        """Take in records of an `archive`, all or nothing."""
        return self._store.restore(kept)

    def purge(self, before: dt.datetime) -> tuple[int, int]:
        """Forget messages delivered or not needed, and command keys, of before an instant."""
        return self._store.purge(before)

    def close(self) -> None:
        """Let go of files and connections."""
        return self._store.close()


class FlakyNotifier:
    """A `Notifier` before another one, that fails as it is told.

    Args:
        notifier: who sends in the end.
        failures: what becomes of one message after the other, for as long as there are any: a `Temporary` or
            `Permanent` is reported in place of sending; an `Unknown` is reported although the message was sent, as when
            the line broke before the answer; an exception is raised, which no notifier should; None sends. With
            `itertools.cycle` it stays flaky.

    >>> from salesreg.testing import RecordingNotifier
    >>> post = RecordingNotifier()
    >>> flaky = FlakyNotifier(post, [ports.Temporary("the line is busy"), ports.Unknown("the line broke")])
    >>> at = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
    >>> message = ports.Message("c-1:1:anna", "anna", None, "en", "step", "A deal has begun", "", "c-1", at)
    >>> [type(flaky.send(message)).__name__ for _ in range(3)]
    ['Temporary', 'Unknown', 'Delivered']
    >>> len(post.delivered)
    2
    """

    def __init__(self, notifier: ports.Notifier, failures: Iterable[ports.Delivery | Exception | None] = ()) -> None:
        self._notifier = notifier
        self._failures = iter(failures)

    def send(self, message: ports.Message) -> ports.Delivery:
        """Send a message, or fail as is arranged."""
        failure = next(self._failures, None)
        if isinstance(failure, Exception):
            raise failure
        if isinstance(failure, ports.Temporary | ports.Permanent):
            return failure
        delivery = self._notifier.send(message)
        return failure if isinstance(failure, ports.Unknown) else delivery
