"""A store in memory, with every promise of a real one: all or nothing, versions, unique keys, leases, an outbox."""

from __future__ import annotations

import datetime as dt
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, Literal, TypeVar

import attrs

from salesreg.adapters._refusals import key_taken, version_conflict
from salesreg.errors import NaiveDatetimeError, StoreUnavailable
from salesreg.ports import (
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
    StoredCase,
    StoredEvent,
)
from salesreg.processes import CaseId, Obligation, ObligationStatus

__all__ = ["MemoryStore"]

_OPEN: Final = frozenset({ObligationStatus.OPEN, ObligationStatus.PAUSED})
_LAST: Final = dt.datetime.max.replace(tzinfo=dt.UTC)

T = TypeVar("T")
State = Literal["waiting", "delivered", "dead"]


@attrs.define
class _Work:
    """Something to be done: what, when, how often it was tried, and who has leased it until when."""

    kind: ClaimKind
    id: str
    order: tuple[Any, ...]
    body: Any
    wake_at: dt.datetime | None
    attempts: int = 0
    lease_until: dt.datetime | None = None
    token: str | None = None
    state: State = "waiting"
    reason: str = ""

    def free(self, now: dt.datetime) -> bool:
        """Whether it may be claimed."""
        if self.wake_at is None or self.wake_at > now:
            return False
        return self.lease_until is None or self.lease_until <= now


class MemoryStore:
    """A `Store` in memory, safe for several threads.

    >>> MemoryStore().find(CaseQuery(process="sale"))
    []
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._closed = False
        self._cases: dict[CaseId, StoredCase] = {}
        self._log: list[StoredEvent] = []
        self._history: dict[CaseId, list[StoredEvent]] = {}
        self._keys: dict[str, CaseId] = {}
        self._commands: dict[str, Command] = {}
        self._parents: dict[CaseId, frozenset[CaseId]] = {}
        self._obligations: dict[CaseId, dict[str, _Work]] = {}
        self._timers: dict[CaseId, dict[str, _Work]] = {}
        self._outbox: dict[str, _Work] = {}
        self._marks: dict[str, str] = {}
        self._regulations: dict[str, bytes] = {}

    # -- commands -----------------------------------------------------------------------------------------------------

    def load(self, case_ids: Sequence[CaseId], *, command_key: str | None = None) -> Loaded:
        """The cases of these ids that exist, and the command of that key, seen at one moment."""
        with self._locked():
            cases = {case_id: self._whole(case_id) for case_id in case_ids if case_id in self._cases}
            return Loaded(cases, None if command_key is None else self._commands.get(command_key))

    def commit(self, batch: Batch) -> Committed:
        """Write everything or nothing."""
        with self._locked():
            if batch.command is not None and batch.command.key in self._commands:
                return Committed(self._commands[batch.command.key])
            self._check_versions(batch)
            keys = self._exchanged_keys(batch)
            for key, holder in keys.items():
                if holder is None:
                    self._keys.pop(key, None)
                else:
                    self._keys[key] = holder
            self._write(batch)
            return Committed()

    def _check_versions(self, batch: Batch) -> None:
        for case_id, version in batch.read.items():
            if self._version(case_id) != version:
                raise version_conflict(case_id, version)
        written: dict[CaseId, int] = {}
        for write in batch.writes:
            case_id = write.case.id
            if written.get(case_id, self._version(case_id)) != write.expected:
                raise version_conflict(case_id, write.expected)
            written[case_id] = write.case.version

    def _version(self, case_id: CaseId) -> int:
        return self._cases[case_id].version if case_id in self._cases else 0

    def _exchanged_keys(self, batch: Batch) -> dict[str, CaseId | None]:
        """Who holds the keys of a batch after it; keys are let go before any is taken."""
        after: dict[str, CaseId | None] = {}
        for write in batch.writes:
            for key in write.keys_released:
                if self._keys.get(key) == write.case.id:
                    after[key] = None
        for write in batch.writes:
            for key in write.keys_taken:
                holder = after[key] if key in after else self._keys.get(key)
                if holder is not None and holder != write.case.id:
                    raise key_taken(key, holder)
                after[key] = write.case.id
        return after

    def _write(self, batch: Batch) -> None:
        for write in batch.writes:
            self._write_case(write)
        for event in batch.events:
            kept = attrs.evolve(event, position=len(self._log) + 1)
            self._log.append(kept)
            self._history.setdefault(event.case, []).append(kept)
        for scheduled in batch.obligations:
            body = scheduled.obligation
            order = (body.case, body.id)
            work = _Work("obligation", body.id, order, body, scheduled.wake_at)
            self._obligations.setdefault(body.case, {})[body.id] = work
        self._put(batch.messages)
        self._marks.update(batch.marks)
        if batch.command is not None:
            self._commands[batch.command.key] = batch.command

    def _write_case(self, write: CaseWrite) -> None:
        case = write.case
        self._cases[case.id] = attrs.evolve(case, obligations=())
        if write.parents is not None:
            self._parents[case.id] = frozenset(write.parents)
        if write.timers is not None:
            self._timers[case.id] = {
                timer.timer: _Work("timer", f"{timer.case}:{timer.timer}", (timer.case, timer.timer), timer, timer.at)
                for timer in write.timers
            }

    def _put(self, messages: Iterable[Message]) -> None:
        for message in messages:
            if message.id not in self._outbox:
                work = _Work("message", message.id, (len(self._outbox),), message, message.at)
                self._outbox[message.id] = work

    def keep_regulation(self, content_hash: str, body: bytes) -> None:
        """Keep a regulation under its hash."""
        with self._locked():
            self._regulations.setdefault(content_hash, body)

    # -- work ---------------------------------------------------------------------------------------------------------

    def claim(self, kind: ClaimKind, now: dt.datetime, limit: int, lease: dt.timedelta) -> list[Claim]:
        """Lease up to `limit` pieces of work due at `now`, the longest due first."""
        if now.tzinfo is None:
            raise NaiveDatetimeError(f"a store needs aware instants, and {now!r} has no time zone")
        with self._locked():
            free = [work for work in self._work(kind) if work.free(now)]
            free.sort(key=lambda work: (work.wake_at, work.order))
            token = secrets.token_hex(8)
            return [_leased(work, token, now + lease) for work in free[:limit]]

    def _work(self, kind: ClaimKind) -> Iterator[_Work]:
        if kind == "message":
            yield from self._outbox.values()
        else:
            for works in (self._obligations if kind == "obligation" else self._timers).values():
                yield from works.values()

    def settle(self, claim: Claim, outcome: Outcome) -> bool:
        """Record what became of a claim; False if the lease was lost or the work has changed."""
        return self.settle_many([(claim, outcome)])[0]

    def settle_many(self, outcomes: Sequence[tuple[Claim, Outcome]]) -> list[bool]:
        """`settle` for many claims in one transaction."""
        with self._locked():
            return [self._settle(claim, outcome) for claim, outcome in outcomes]

    def _settle(self, claim: Claim, outcome: Outcome) -> bool:
        work = self._claimed(claim.body)
        if work is None or work.token != claim.token:
            return False
        work.token = work.lease_until = None
        if isinstance(outcome, Done):
            work.wake_at, work.state = None, "delivered"
            if isinstance(work.body, DueTimer):
                del self._timers[work.body.case][work.body.timer]
        elif isinstance(outcome, Retry):
            work.wake_at, work.reason = outcome.at, outcome.reason
        else:
            work.wake_at, work.state, work.reason = None, "dead", outcome.reason
        if not isinstance(outcome, Dead):
            self._put(outcome.messages)
        return True

    def _claimed(self, body: Obligation | DueTimer | Message) -> _Work | None:
        if isinstance(body, Obligation):
            return self._obligations[body.case].get(body.id)
        if isinstance(body, DueTimer):
            return self._timers.get(body.case, {}).get(body.timer)
        return self._outbox.get(body.id)

    # -- queries ------------------------------------------------------------------------------------------------------

    def events(
        self, case_id: CaseId | None = None, after: int | None = None, limit: int = 1000
    ) -> Iterator[StoredEvent]:
        """Events in the order of the log, of one case or of all, with positions greater than `after`."""
        with self._locked():
            if case_id is None:
                return iter(self._log[after or 0 :][:limit])
            found = (event for event in self._history.get(case_id, ()) if event.position > (after or 0))
            return iter(list(islice(found, limit)))

    def find(self, query: CaseQuery) -> list[StoredCase]:
        """The cases that a query describes, with their open obligations."""
        with self._locked():
            found = sorted(case.id for case in self._cases.values() if self._matches(case, query))
            return [self._whole(case_id) for case_id in found[: query.limit]]

    def _matches(self, case: StoredCase, query: CaseQuery) -> bool:
        return (
            query.process in (None, case.process)
            and query.stage in (None, case.stage)
            and query.ended in (None, case.ended)
            and (query.key is None or self._keys.get(query.key) == case.id)
            and (query.parent is None or query.parent in self._parents.get(case.id, ()))
            and (query.after is None or case.id > query.after)
        )

    def _whole(self, case_id: CaseId) -> StoredCase:
        owed = (work.body for work in self._obligations.get(case_id, {}).values())
        return attrs.evolve(self._cases[case_id], obligations=tuple(each for each in owed if each.status in _OPEN))

    def obligations(self, query: ObligationQuery) -> list[Obligation]:
        """The obligations that a query describes."""
        with self._locked():
            found = [work.body for work in self._work("obligation") if _describes(query, work.body)]
        found.sort(key=lambda each: (each.due or _LAST, each.id))
        return found[: query.limit]

    def messages(self, state: State, limit: int = 1000) -> list[tuple[Message, str]]:
        """Outbox messages in one state, oldest first, each with the last reason given."""
        with self._locked():
            found = ((work.body, work.reason) for work in self._outbox.values() if work.state == state)
            return list(islice(found, limit))

    def holder(self, key: str) -> CaseId | None:
        """The case that holds a unique key."""
        return self._get(self._keys, key)

    def mark(self, name: str) -> str | None:
        """A named note, as a batch set it."""
        return self._get(self._marks, name)

    def regulation(self, content_hash: str) -> bytes | None:
        """A regulation kept under its hash, as JSON."""
        return self._get(self._regulations, content_hash)

    def running(self) -> list[Running]:
        """What stands where, for the check on opening."""
        counts: dict[tuple[str, int, str, str], int] = {}
        with self._locked():
            for case in self._cases.values():
                if not case.ended:
                    group = (case.process, case.process_version, case.stage, case.regulation)
                    counts[group] = counts.get(group, 0) + 1
        return [Running(*group, cases) for group, cases in sorted(counts.items())]

    def close(self) -> None:
        """Refuse everything from now on."""
        self._closed = True

    def _get(self, kept: Mapping[str, T], name: str) -> T | None:
        with self._locked():
            return kept.get(name)

    def _locked(self) -> threading.RLock:
        if self._closed:
            raise StoreUnavailable("the store in memory has been closed")
        return self._lock


def _leased(work: _Work, token: str, until: dt.datetime) -> Claim:
    attempts, work.attempts = work.attempts, work.attempts + 1
    work.token, work.lease_until = token, until
    assert work.wake_at is not None  # noqa: S101 - only work that is due is leased
    return Claim(work.kind, work.id, token, attempts, work.wake_at, work.body)


def _describes(query: ObligationQuery, it: Obligation) -> bool:
    owners = {it.person, None if it.role is None else it.role.value}
    return (
        query.case in (None, it.case)
        and (not query.owners or not owners.isdisjoint(query.owners))
        and query.open in (None, it.status in _OPEN)
        and (query.due_before is None or (it.due is not None and it.due < query.due_before))
        and (query.due_from is None or it.due is None or it.due >= query.due_from)
    )
