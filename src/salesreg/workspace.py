"""One command's view of the store: what it has read, what it has decided, and the batch that it comes to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from salesreg.codec import Processes, decode_case, encode_case, encode_event
from salesreg.decide import Decision
from salesreg.errors import CaseNotFound
from salesreg.ports import Batch, CaseQuery, CaseWrite, Command, DueTimer, Message, Scheduled, Store
from salesreg.processes import Case, Event, Notice, Obligation, Process, Step
from salesreg.processes._case import referred
from salesreg.reactions import Look
from salesreg.regulation import Parameter, Regulation

__all__ = ["Workspace"]

T = TypeVar("T")


class Workspace:
    """Cases as one command sees them: loaded once, changed by its own decisions, written together."""

    def __init__(self, store: Store, processes: Processes) -> None:
        self._store = store
        self._processes = processes
        self._cases: dict[str, Case[Any]] = {}
        self._loaded: dict[str, Case[Any] | None] = {}
        self._taken: dict[str, set[str]] = {}
        self._released: dict[str, set[str]] = {}
        self.events: list[Event] = []
        self.notices: list[tuple[Notice, Event]] = []
        self._obligations: dict[str, Obligation] = {}

    def admit(self, found: Mapping[str, Any]) -> None:
        """Take in cases that have been loaded."""
        for case_id, stored in found.items():
            if case_id not in self._cases:
                case = decode_case(self._processes.of(stored.process, stored.process_version), stored)
                self._cases[case_id] = self._loaded[case_id] = case

    def get(self, case_id: str) -> Case[Any]:
        """A case as this command sees it.

        Raises:
            CaseNotFound: the store has none of that id.
        """
        if case_id not in self._cases:
            self.admit(self._store.load([case_id]).cases)
        if case_id not in self._cases:
            raise CaseNotFound(f"no case {case_id!r} in the store")
        return self._cases[case_id]

    def related(self, step: Step, case: Case[Any] | None, payload: Mapping[str, Any]) -> list[Case[Any]]:
        """The cases that a step may look at beside its own.

        They are its parents, those that the payload names with their own parents, and the children and holders of keys
        that it asks for.
        """
        named = [one for name in step.payload.refs for one in referred(payload.get(name))]
        ids = list(dict.fromkeys((*named, *(() if case is None else self.parents(case)))))
        self._fetch(ids)
        above = [parent for one in named for parent in self.parents(self.get(one))]
        self._fetch(above)
        ids += above
        if case is not None:
            for child_process in step.children:
                ids += [child.id for child in self.children(case.id, child_process)]
        for key in step.holders:
            ids += [holder.id for holder in self.cases(key=key)]
        for one in ids:
            self.get(one)
        return [self._cases[one] for one in dict.fromkeys(ids)]

    def _fetch(self, ids: Iterable[str]) -> None:
        """Load at once what has not been seen yet."""
        missing = [one for one in ids if one not in self._cases]
        if missing:
            self.admit(self._store.load(missing).cases)

    def children(self, parent: str, process: str) -> tuple[Case[Any], ...]:
        """The cases of a process that refer to a case, those begun by this command included."""
        after: str | None = None
        found: list[str] = []
        while page := self._store.find(CaseQuery(process=process, parent=parent, after=after)):
            self.admit({stored.id: stored for stored in page})
            found += [stored.id for stored in page]
            after = page[-1].id
        own = (event.case for event in self.events)
        related = [self._cases[one] for one in dict.fromkeys((*found, *own))]
        return tuple(case for case in related if case.process == process and parent in self.parents(case))

    def look(self, regulation: Regulation) -> Look:
        """What a reaction sees: this workspace, and the values of a regulation."""
        return _Look(self, regulation)

    def events_of(self, case: Case[Any]) -> list[Event]:
        """What this command has recorded of a case."""
        return [event for event in self.events if event.case == case.id]

    def parents(self, case: Case[Any]) -> tuple[str, ...]:
        """The cases that a case's data refer to."""
        process = self._processes.of(case.process, case.process_version)
        if not process.refs:
            return ()
        return tuple(dict.fromkeys(one for name in process.refs for one in referred(getattr(case.data, name))))

    def cases(
        self, process: str | None = None, *, stage: str | None = None, key: str | None = None
    ) -> Iterator[Case[Any]]:
        """Every case of a process, of one of its stages or with a key, as this command sees it."""
        after: str | None = None
        seen: set[str] = set()
        while page := self._store.find(CaseQuery(process=process, stage=stage, key=key, after=after)):
            self.admit({stored.id: stored for stored in page})
            after = page[-1].id
            seen.update(stored.id for stored in page)
            yield from [case for one in page if self._fits(case := self._cases[one.id], process, stage, key)]
        own = [self._cases[one] for one in dict.fromkeys(event.case for event in self.events) if one not in seen]
        yield from [case for case in own if self._fits(case, process, stage, key)]

    def _fits(self, case: Case[Any], process: str | None, stage: str | None, key: str | None) -> bool:
        held = () if key is None else self._processes.of(case.process, case.process_version).keys(case.data)
        return process in {None, case.process} and stage in {None, case.stage} and (key is None or key in held)

    def apply(self, decision: Decision[Any]) -> None:
        """Take in what a decision changes."""
        for case, event in ((decision.case, decision.event), *decision.touched):
            self._loaded.setdefault(case.id, None)
            self._cases[case.id] = case
            self.events.append(event)
            for obligation in (*event.opened, *event.closed):
                self._obligations[obligation.id] = obligation
        self.notices += [(notice, decision.event) for notice in decision.notices]
        mine, gone = self._taken.setdefault(decision.case.id, set()), self._released.setdefault(decision.case.id, set())
        for key in decision.keys_taken:
            gone.discard(key)
            mine.add(key)
        for key in decision.keys_released:
            if key in mine:
                mine.discard(key)
            else:
                gone.add(key)

    def batch(
        self,
        recorded_at: dt.datetime,
        *,
        command: Command | None,
        schedule: Callable[[Obligation], Scheduled],
        messages: Iterable[Message],
    ) -> Batch:
        """Everything that has been decided, to be written at once."""
        written = dict.fromkeys(event.case for event in self.events)
        return Batch(
            tuple(self._write(self._cases[case_id]) for case_id in written),
            tuple(encode_event(event, recorded_at) for event in self.events),
            recorded_at,
            {one.id: one.version for one in self._loaded.values() if one is not None and one.id not in written},
            tuple(schedule(obligation) for obligation in self._obligations.values()),
            tuple(messages),
            command,
        )

    def _write(self, case: Case[Any]) -> CaseWrite:
        process = self._processes.of(case.process, case.process_version)
        before = self._loaded[case.id]
        parents, timers = self.parents(case), _timers(process, case)
        return CaseWrite(
            encode_case(process, case),
            0 if before is None else before.version,
            tuple(sorted(self._taken.get(case.id, ()))),
            tuple(sorted(self._released.get(case.id, ()))),
            None if before is not None and parents == self.parents(before) else parents,
            None if before is not None and timers == _timers(process, before) else timers,
        )


def _timers(process: type[Process[Any]], case: Case[Any]) -> tuple[DueTimer, ...]:
    stage = process.stages[case.stage]
    if stage.ended or not process.timers:
        return ()
    running = [timer for timer in process.timers.values() if not timer.during or stage in timer.during]
    return tuple([DueTimer(case.id, one.id, at) for one in running if (at := one.rings_at(case)) is not None])


class _Look:
    """A reaction's view: the workspace and the values of the case's regulation."""

    __slots__ = ("_regulation", "_work", "cases")

    def __init__(self, work: Workspace, regulation: Regulation) -> None:
        self._work = work
        self._regulation = regulation
        self.cases = work.cases

    def case(self, case_id: str) -> Case[Any]:
        return self._work.get(case_id)

    def children(self, parent: str, process: str) -> tuple[Case[Any], ...]:
        return self._work.children(parent, process)

    def value(self, parameter: Parameter[T]) -> T:
        return self._regulation.value(parameter)
