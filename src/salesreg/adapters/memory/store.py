"""A store in memory, with every promise of a real one: all or nothing, versions, unique keys, leases, an outbox."""

from __future__ import annotations

import datetime as dt
import itertools
import secrets
from collections import ChainMap, Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, Final, get_args

from msgspec.structs import replace

from salesreg import ports
from salesreg.adapters.memory.tables import Piece, Tables
from salesreg.errors import CaseNotFound
from salesreg.ports.store import key_taken, version_conflict
from salesreg.ports.work import settled
from salesreg.process.case import Obligation, ObligationStatus
from salesreg.process.references import CaseId
from salesreg.rules.instants import to_utc

_OPEN: Final = frozenset({ObligationStatus.OPEN, ObligationStatus.PAUSED})
_LAST: Final = dt.datetime.max.replace(tzinfo=dt.UTC)


class MemoryStore(Tables):
    """A `Store` in memory, safe for several threads.

    >>> MemoryStore().find(ports.CaseQuery(process="sale"))
    []
    """

    def close(self) -> None:
        self._closed = True

    def load(
        self, case_ids: Sequence[CaseId], *, keys: Sequence[str] = (), command_key: str | None = None
    ) -> ports.Loaded:
        with self._locked():
            cases = {case_id: self._whole(case_id) for case_id in case_ids if case_id in self._cases}
            held = {key: holder for key in keys if (holder := self._keys.get(key)) is not None}
            holders = {key: ports.Holder(holder, self._cases[holder].head) for key, holder in held.items()}
            return ports.Loaded(cases, None if command_key is None else self._commands.get(command_key), holders)

    def commit(self, batch: ports.Batch) -> ports.Committed:
        with self._locked():
            if batch.command is not None and batch.command.key in self._commands:
                return ports.Committed(self._commands[batch.command.key])
            self._check_versions(batch)
            self._keys.update(self._exchanged_keys(batch))
            for write in batch.writes:
                self._write(write)
            for event in batch.events:
                self._append(event)
            for one in batch.obligations:
                it = one.obligation
                works = self._work["obligation"].setdefault(it.case, {})
                told = works[it.id].told if it.id in works and _alike(works[it.id].body, it) else ()
                works[it.id] = Piece(it, (it.case, it.id), one.wake_at, told=told)
            for erased in batch.erased:
                self._erase(erased)
            self._put(batch.messages)
            marks = {**self._marks, **batch.marks}
            self._marks = {name: value for name, value in marks.items() if value is not None}
            if batch.command is not None:
                self._commands[batch.command.key] = batch.command
            return ports.Committed()

    def _check_versions(self, batch: ports.Batch) -> None:
        written: dict[CaseId, int] = {}

        def check(case_id: CaseId, expected: int) -> None:
            kept = self._cases[case_id].version if case_id in self._cases else 0
            if written.get(case_id, kept) != expected:
                raise version_conflict(case_id, expected)

        for case_id, version in batch.read.items():
            check(case_id, version)
        for write in batch.writes:
            check(write.case.id, write.expected)
            written[write.case.id] = write.case.version

    def _exchanged_keys(self, batch: ports.Batch) -> dict[str, CaseId | None]:
        """Who holds the keys of a batch after it; keys are let go before any is taken."""
        exchanged: dict[str, CaseId | None] = {}
        after = ChainMap(exchanged, self._keys)
        for write in batch.writes:
            for key in write.keys_released:
                if after.get(key) == write.case.id:
                    after[key] = None
        for write in batch.writes:
            for key in write.keys_taken:
                holder = after.get(key)
                if holder not in (None, write.case.id):
                    raise key_taken(key, holder)
                after[key] = write.case.id
        return exchanged

    def _put(self, messages: Iterable[ports.Message]) -> None:
        outbox = self._work["message"][""]
        for message in messages:
            outbox.setdefault(message.id, Piece(message, (len(outbox),), message.wake_at))

    def keep_regulation(self, content_hash: str, body: bytes) -> None:
        with self._locked():
            self._regulations.setdefault(content_hash, body)

    def keep_fingerprint(self, process: str, version: int, rulebook: str, fingerprint: str) -> None:
        with self._locked():
            self._fingerprints[process, version, rulebook] = fingerprint

    def claim(self, kind: ports.ClaimKind, now: dt.datetime, limit: int, lease: dt.timedelta) -> list[ports.Claim]:
        now = to_utc(now)
        with self._locked():
            free = sorted((at, work.order, work) for work in self._all(kind) if (at := work.due(now)) is not None)
            token = secrets.token_hex(8)
            claims = []
            for wake_at, _, work in free[:limit]:
                claims.append(ports.Claim(kind, work.body.id, token, work.attempts, wake_at, work.body, work.told))
                work.attempts, work.token, work.lease_until = work.attempts + 1, token, now + lease
            return claims

    def _all(self, kind: ports.ClaimKind) -> Iterator[Piece]:
        return itertools.chain.from_iterable(works.values() for works in self._work[kind].values())

    def settle_many(self, outcomes: Sequence[tuple[ports.Claim, ports.Outcome]]) -> list[bool]:
        with self._locked():
            return [self._settle(claim, outcome) for claim, outcome in outcomes]

    def _settle(self, claim: ports.Claim, outcome: ports.Outcome) -> bool:
        case_id = "" if claim.kind == "message" else claim.body.case
        work = self._work[claim.kind].get(case_id, {}).get(claim.id)
        if work is None or work.token != claim.token:
            return False
        work.token = work.lease_until = None
        work.state, work.wake_at, reason, work.attempts = settled(claim, outcome)
        work.reason = work.reason if reason is None else reason
        work.told = (*work.told, *outcome.told)
        if isinstance(outcome, ports.Done) and outcome.words is not None:
            work.body = replace(work.body, subject=outcome.words[0], text=outcome.words[1])
        self._put(outcome.messages)
        return True

    def work(self, kind: ports.ClaimKind, state: ports.MessageState, limit: int = 1000) -> list[ports.Work]:
        with self._locked():
            found = [work for work in self._all(kind) if work.stands(kind) == state]
        if kind != "message":
            found.sort(key=lambda work: (work.wake_at or _LAST, work.order))
        return [_listed(kind, work) for work in found[:limit]]

    def requeue(self, kind: ports.ClaimKind, ids: Sequence[str], now: dt.datetime) -> list[str]:
        now, wanted = to_utc(now), set(ids)
        with self._locked():
            dead = [work for work in self._all(kind) if work.body.id in wanted and work.stands(kind) == "dead"]
            for work in dead:
                work.state, work.wake_at, work.attempts, work.reason = "waiting", now, 0, ""
        return [work.body.id for work in dead]

    def backlog(self, now: dt.datetime) -> ports.Backlog:
        now = to_utc(now)
        kinds: tuple[ports.ClaimKind, ...] = get_args(ports.ClaimKind)
        with self._locked():
            every = {kind: list(self._all(kind)) for kind in kinds}
            free = [it.wake_at for works in every.values() for it in works if it.wake_at and not it.leased(now)]
            due = {kind: sum(1 for it in works if it.wake_at and it.wake_at <= now) for kind, works in every.items()}
            dead = {kind: sum(1 for it in works if it.stands(kind) == "dead") for kind, works in every.items()}
            owed = [work.body for work in every["obligation"]]
        overdue = sum(1 for it in owed if it.status is ObligationStatus.OPEN and it.due is not None and it.due < now)
        return ports.Backlog(min(free, default=None), due, dead, overdue)

    def look_again(self, now: dt.datetime) -> None:
        now = to_utc(now)
        with self._locked():
            for work in self._all("obligation"):
                if work.body.closed_at is None and work.body.due is not None:
                    work.wake_at = now

    def events(self, case_id: CaseId | None = None, after: int = 0, limit: int = 1000) -> Iterator[ports.StoredEvent]:
        with self._locked():
            if case_id is None:
                return iter(self._log[after:][:limit])
            return iter([event for event in self._history.get(case_id, ()) if event.position > after][:limit])

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._locked():
            yield

    def find(self, query: ports.CaseQuery) -> list[ports.StoredCase]:
        by_id, descending = query.order in {"id", "-id"}, query.order.startswith("-")
        place: Callable[[ports.StoredCase], Any] = attrgetter("id") if by_id else attrgetter("last_at", "id")
        with self._locked():
            found = sorted(self._described(query), key=place, reverse=descending)
            if query.after is not None:
                if not by_id and query.after_at is None and query.after not in self._cases:
                    raise CaseNotFound(f"no case {query.after!r} in the store that a page could follow")
                end: Any = query.after
                if not by_id:
                    end = (query.after_at or self._cases[query.after].last_at, query.after)
                found = [case for case in found if (place(case) < end if descending else place(case) > end)]
            return [self._whole(case.id) for case in found[: query.limit]]

    def count(self, query: ports.CaseQuery) -> int:
        with self._locked():
            return sum(1 for _ in self._described(query))

    def _described(self, query: ports.CaseQuery) -> Iterator[ports.StoredCase]:
        ids: Iterable[CaseId] = self._cases
        if query.key is not None:
            ids = filter(None, [self._keys.get(query.key)])
        elif query.parent is not None:
            ids = self._children.get(query.parent, ())
        for case in (self._cases[case_id] for case_id in ids):
            if (
                query.process in (None, case.process)
                and query.stage in (None, case.stage)
                and query.ended in (None, case.ended)
                and (query.parent is None or query.parent in self._parents.get(case.id, ()))
                and (not query.waits_for or case.waits_for in query.waits_for)
                and (query.since is None or case.last_at >= query.since)
                and (query.until is None or case.last_at < query.until)
                and all(self._found_under(case.id, *each) for each in query.where.items())
                and not any(_owes(each, query.idle_for) for each in self._owed(case.id))
            ):
                yield case

    def _found_under(self, case_id: CaseId, name: str, wanted: str) -> bool:
        values = [value for each, value in self._search.get(case_id, ()) if each == name]
        if wanted.endswith("*"):
            return any(value.startswith(wanted[:-1].casefold()) for value in values)
        return wanted.casefold() in values

    def _owed(self, case_id: CaseId) -> Iterator[Obligation]:
        works = self._work["obligation"].get(case_id, {}).values()
        return (work.body for work in works if work.body.status in _OPEN)

    def _whole(self, case_id: CaseId) -> ports.StoredCase:
        return replace(self._cases[case_id], obligations=tuple(self._owed(case_id)))

    def obligations(self, query: ports.ObligationQuery) -> list[Obligation]:
        with self._locked():
            every = [work.body for work in self._all("obligation")]
            found = [it for it in every if _describes(query, it, self._cases[it.case].process)]
        ends = [_due(it) for it in every if it.id == query.after]
        if query.after is not None and not ends:
            raise CaseNotFound(f"no obligation {query.after!r} in the store that a page could follow")
        return sorted((it for it in found if not ends or _due(it) > ends[0]), key=_due)[: query.limit]

    def messages(self, state: ports.MessageState, limit: int = 1000) -> list[tuple[ports.Message, str]]:
        with self._locked():
            return [(work.body, work.reason) for work in self._all("message") if work.state == state][:limit]

    def holder(self, key: str) -> CaseId | None:
        with self._locked():
            return self._keys.get(key)

    def mark(self, name: str) -> str | None:
        with self._locked():
            return self._marks.get(name)

    def marks(self, prefix: str) -> dict[str, str]:
        with self._locked():
            return {name: value for name, value in sorted(self._marks.items()) if name.startswith(prefix)}

    def regulation(self, content_hash: str) -> bytes | None:
        with self._locked():
            return self._regulations.get(content_hash)

    def fingerprints(self) -> dict[tuple[str, int, str], str]:
        with self._locked():
            return dict(self._fingerprints)

    def running(self) -> list[ports.Running]:
        with self._locked():
            groups = Counter(
                (case.process, case.process_version, case.stage, case.regulation, case.rulebook)
                for case in self._cases.values()
                if not case.ended
            )
        return [ports.Running(*group, cases) for group, cases in sorted(groups.items())]


def _listed(kind: ports.ClaimKind, work: Piece) -> ports.Work:
    body, state = work.body, work.stands(kind)
    return ports.Work(kind, body.id, body.case, state, work.reason, work.attempts, work.wake_at, body)


def _alike(one: Obligation, other: Obligation) -> bool:
    """Whether the same people owe the same by the same instant."""
    return (one.due, one.role, one.person) == (other.due, other.role, other.person)


def _due(it: Obligation) -> tuple[dt.datetime, str]:
    return it.due or _LAST, it.id


def _owes(it: Obligation, owners: tuple[str, ...]) -> bool:
    return it.role in owners or it.person in owners


def _describes(query: ports.ObligationQuery, it: Obligation, process: str) -> bool:
    status = it.status if query.at is None else it.status_at(query.at)
    return (
        query.case in (None, it.case)
        and query.process in (None, process)
        and query.norm in (None, it.norm)
        and (not query.owners or _owes(it, query.owners))
        and (not query.statuses or status in query.statuses)
        and (query.due_before is None or (it.due is not None and it.due < query.due_before))
        and (query.due_from is None or it.due is None or it.due >= query.due_from)
    )
