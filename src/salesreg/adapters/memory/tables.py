"""What a store in memory holds, and all of it at once: a copy, an archive."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from salesreg import ports
from salesreg.errors import StoreUnavailable
from salesreg.process.references import CaseId

_SETTLED: Final = frozenset({"delivered", "dropped"})


class Piece(msgspec.Struct):
    """Something to be done: what, when, how often it was tried, and who has leased it until when."""

    body: Any
    order: tuple[Any, ...]
    wake_at: dt.datetime | None
    attempts: int = 0
    lease_until: dt.datetime | None = None
    token: str | None = None
    state: ports.MessageState = "waiting"
    reason: str = ""
    told: tuple[str, ...] = ()

    def due(self, now: dt.datetime) -> dt.datetime | None:
        """Since when it may be claimed, if it may."""
        return None if self.leased(now) or self.wake_at is None or self.wake_at > now else self.wake_at

    def leased(self, now: dt.datetime) -> bool:
        """Whether somebody has it."""
        return self.lease_until is not None and self.lease_until > now

    def stands(self, kind: ports.ClaimKind) -> ports.MessageState:
        """Its state; an obligation or a timer is dead where it is due no more and has a reason."""
        if kind == "message":
            return self.state
        return "waiting" if self.wake_at is not None else "dead" if self.reason else "delivered"


_Pieces = dict[CaseId, dict[str, Piece]]


class Tables(ports.Store):
    """The tables, and what is done with all of them."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._closed = False
        self._cases: dict[CaseId, ports.StoredCase] = {}
        self._log: list[ports.StoredEvent] = []
        self._history: dict[CaseId, list[ports.StoredEvent]] = {}
        self._keys: dict[str, CaseId | None] = {}
        self._commands: dict[str, ports.Command] = {}
        self._parents: dict[CaseId, tuple[CaseId, ...]] = {}
        self._children: defaultdict[CaseId, set[CaseId]] = defaultdict(set)
        self._search: dict[CaseId, tuple[tuple[str, str], ...]] = {}
        # Obligations and timers stand under their case, and messages, which are unique by themselves, under none.
        self._work: dict[ports.ClaimKind, _Pieces] = {"obligation": {}, "timer": {}, "message": {"": {}}}
        self._marks: dict[str, str] = {}
        self._regulations: dict[str, bytes] = {}
        self._fingerprints: dict[tuple[str, int, str], str] = {}

    def _locked(self) -> threading.RLock:
        if self._closed:
            raise StoreUnavailable("the store in memory has been closed")
        return self._lock

    def _append(self, event: ports.StoredEvent) -> None:
        kept = replace(event, position=len(self._log) + 1)
        self._log.append(kept)
        self._history.setdefault(event.case, []).append(kept)

    def _write(self, write: ports.CaseWrite) -> None:
        case = write.case
        begun_at = self._cases[case.id].begun_at if write.expected else case.begun_at or case.last_at
        self._cases[case.id] = replace(case, obligations=(), begun_at=begun_at)
        if write.parents is not None:
            for parent in self._parents.get(case.id, ()):
                self._children[parent].discard(case.id)
            for parent in write.parents:
                self._children[parent].add(case.id)
            self._parents[case.id] = write.parents
        if write.search is not None:
            self._search[case.id] = tuple((name, value.casefold()) for name, value in write.search)
        if write.timers is not None:
            timers = {one.id: Piece(one, (one.case, one.timer), one.at) for one in write.timers}
            self._work["timer"][case.id] = timers

    def _erase(self, erased: ports.Erased) -> None:
        def bare(event: ports.StoredEvent) -> ports.StoredEvent:
            mine = event.case == erased.case and event.version in erased.personal
            return replace(event, personal=erased.personal[event.version]) if mine else event

        self._log = list(map(bare, self._log))
        self._history[erased.case] = list(map(bare, self._history[erased.case]))
        for key, command in self._commands.items():
            if command.case == erased.case:
                self._commands[key] = replace(command, fingerprint="")
        outbox = self._work["message"][""]
        for it, work in list(outbox.items()):
            message = work.body
            if message.case != erased.case:
                continue
            if any(text in one for text in erased.texts for one in (it, message.to, message.address or "")):
                del outbox[it]
                continue
            said = {name: getattr(message, name) for name in ("subject", "text", "name")}
            payload = dict(message.payload)
            for text in erased.texts:
                said = {name: one.replace(text, erased.instead) for name, one in said.items()}
                payload = {name: one.replace(text, erased.instead) for name, one in payload.items()}
            work.body = replace(message, payload=payload, **said)

    # -- all of it --------------------------------------------------------------------------------------------------

    @contextmanager
    def snapshot(self) -> Iterator[ports.Store]:
        with self._locked():
            copy = type(self).__new__(type(self))
            tables = {name: _copied(value) for name, value in vars(self).items() if name != "_lock"}
            vars(copy).update(tables, _lock=threading.RLock())
        yield copy

    def archive(self) -> Iterator[ports.Kept]:
        self._locked()  # which a closed store refuses
        yield from itertools.starmap(ports.KeptRegulation, sorted(self._regulations.items()))
        yield from (ports.KeptPage(*key, shape) for key, shape in sorted(self._fingerprints.items()))
        yield from itertools.starmap(ports.KeptMark, sorted(self._marks.items()))
        keys: defaultdict[str, list[str]] = defaultdict(list)
        for key, holder in sorted(self._keys.items()):
            keys[holder or ""].append(key)
        for case_id, case in sorted(self._cases.items()):
            works = (
                sorted(self._work["timer"].get(case_id, {}).items()),
                self._work["obligation"].get(case_id, {}).items(),
            )
            timers, owed = (tuple((work.body, _standing(work)) for _, work in each) for each in works)
            search, parents = sorted(set(self._search.get(case_id, ()))), sorted(self._parents.get(case_id, ()))
            yield ports.KeptCase(case, tuple(keys[case_id]), tuple(parents), tuple(search), timers, owed)
        yield from (ports.KeptEvent(event) for event in self._log)
        yield from (ports.KeptCommand(command) for _, command in sorted(self._commands.items()))
        for work in self._work["message"][""].values():
            yield ports.KeptMessage(work.body, _standing(work, state=work.state))

    def restore(self, kept: Sequence[ports.Kept]) -> None:
        whole = list(kept)  # what breaks off while it is read is not taken in
        with self._locked():
            for one in whole:
                self._take(one)

    def _take(self, kept: ports.Kept) -> None:
        match kept:
            case ports.KeptRegulation(hash=content_hash, body=body):
                self._regulations.setdefault(content_hash, body)
            case ports.KeptPage():
                self._fingerprints.setdefault((kept.process, kept.version, kept.rulebook), kept.fingerprint)
            case ports.KeptMark(name=name, value=value):
                self._marks |= {} if value is None else {name: value}
                if value is None:
                    self._marks.pop(name, None)
            case ports.KeptCase(case=case) if case.id not in self._cases:
                self._write(ports.CaseWrite(case, 0, parents=kept.parents, search=kept.search))
                self._keys.update(dict.fromkeys(kept.keys, case.id))
                self._work["timer"][case.id] = {it.id: _stood(it, (it.case, it.timer), its) for it, its in kept.timers}
                self._work["obligation"][case.id] = {
                    it.id: _stood(it, (it.case, it.id), its) for it, its in kept.obligations
                }
            case ports.KeptEvent(event=event):
                if event.version not in {one.version for one in self._history.get(event.case, ())}:
                    self._append(event)
            case ports.KeptCommand(command=command):
                self._commands.setdefault(command.key, command)
            case ports.KeptMessage(message=message, standing=standing):
                outbox = self._work["message"][""]
                outbox.setdefault(message.id, _stood(message, (len(outbox),), standing))

    def purge(self, before: dt.datetime) -> tuple[int, int]:
        with self._locked():
            outbox, commands = self._work["message"][""], self._commands
            gone = [it for it, work in outbox.items() if work.state in _SETTLED and work.body.at < before]
            old = {(one.case, one.version) for one in self._log if one.recorded_at < before}
            known = [key for key, command in commands.items() if (command.case, command.version) in old]
            self._work["message"][""] = {it: work for it, work in outbox.items() if it not in set(gone)}
            self._commands = {key: command for key, command in commands.items() if key not in set(known)}
            return len(gone), len(known)


def _copied(value: Any) -> Any:
    """A container with containers of its own; of what it holds, only pieces of work change."""
    if isinstance(value, Piece):
        return replace(value)
    if not isinstance(value, dict):
        return value.copy() if isinstance(value, list | set) else value
    copy = value.copy()
    copy.update({key: _copied(one) for key, one in value.items()})
    return copy


def _standing(work: Piece, **state: Any) -> ports.Standing:
    return ports.Standing(wake_at=work.wake_at, attempts=work.attempts, reason=work.reason, told=work.told, **state)


def _stood(body: Any, order: tuple[Any, ...], its: ports.Standing) -> Piece:
    return Piece(body, order, its.wake_at, its.attempts, state=its.state, reason=its.reason, told=its.told)
