"""One command's view of the store: what it has read, what it has decided, and the batch that it comes to."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from salesreg.decide.outcome import Decision, parents_of
from salesreg.decide.plan import bind
from salesreg.engine.codec import Pages, decode_case, encode_case, lost, search_of
from salesreg.engine.events import encode_event
from salesreg.engine.log import stored_cases
from salesreg.errors import CaseMismatch, CaseNotFound, RecordError
from salesreg.ports import Batch, CaseQuery, CaseWrite, Command, DueTimer, Message, Scheduled, Store
from salesreg.process.case import Case, Event, Notice, Obligation
from salesreg.process.page import Process
from salesreg.process.references import referred
from salesreg.process.steps import AnyStep, Step
from salesreg.rules.parameters import Parameter
from salesreg.rules.regulation import Regulation

T = TypeVar("T")
D = TypeVar("D")


class Workspace:
    """Cases as one command sees them: loaded once, changed by its own decisions, written together.

    Args:
        store: where they are.
        pages: the processes that they run on.
        regulation_of: the regulation of a hash.
    """

    def __init__(self, store: Store, pages: Pages, regulation_of: Callable[[str], Regulation]) -> None:
        self._store = store
        self._pages = pages
        self.regulation_of: Callable[[str], Regulation] = regulation_of
        self._cases: dict[str, Case[Any]] = {}
        self._loaded: dict[str, Case[Any] | None] = {}
        self._heads: dict[str, str] = {}
        self._read: dict[str, bytes] = {}
        """The data of each as they were read."""
        self._held: dict[str, str | None] = {}
        """By unique key, the case that held it when that was looked up; None for none."""
        self._taken: dict[str, set[str]] = {}
        """By unique key, the cases that have taken it; the store refuses a second one."""
        self._released: dict[str, set[str]] = {}
        self.skippable: set[str] = set()
        """Unique keys taken by steps that are left out where another case holds them."""
        self.events: list[Event] = []
        self._before: dict[str, Case[Any] | None] = {}
        """The case before each event, by the event's id."""
        self.notices: list[tuple[Notice, Event]] = []
        self._obligations: dict[str, Obligation] = {}

    def admit(self, found: Mapping[str, Any]) -> None:
        """Take in cases that have been loaded.

        Raises:
            UnknownStage, RecordError: one cannot be read; it says which.
        """
        for case_id, stored in found.items():
            if case_id not in self._cases:
                try:
                    case = decode_case(self._pages, stored)
                except RecordError as wrong:
                    raise type(wrong)(f"case {case_id!r}: {wrong}") from wrong
                self._cases[case_id] = self._loaded[case_id] = case
                self._heads[case_id], self._read[case_id] = stored.head, stored.data

    def know(self, key: str, holder: Case[Any] | None) -> None:
        """Take in who holds a unique key."""
        self._held[key] = None if holder is None else holder.id
        if holder is not None:
            self._cases[holder.id] = holder

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

    def of(self, case_id: str, page: type[Process[D]]) -> Case[D]:
        """A case of a process, whatever the class or version.

        Raises:
            CaseNotFound: the store has none of that id.
            CaseMismatch: it is of another process.
        """
        found = self.get(case_id)
        if found.process != page.id:
            raise CaseMismatch(f"case {case_id!r} is of process {found.process!r}, not {page.id!r}")
        return found

    def related(
        self, page: type[Process[Any]], step: AnyStep, case: Case[Any] | None, payload: Mapping[str, Any]
    ) -> tuple[Case[Any], ...]:
        """The cases that a step may look at beside its own.

        They are its parents, those that the payload names with their own parents, and the children and holders of keys
        that it asks for; of a case that begins, the children are those of the cases that it names.
        """
        refs = page.table.specs[step.id].payload.refs
        named = [one for name in refs for one in referred(payload.get(name))]
        ids = list(dict.fromkeys((*named, *(() if case is None else self.parents(case)))))
        if not ids and not step.children and not step.holders:
            return ()
        self._fetch(ids)
        above = [parent for one in named for parent in self.parents(self.get(one))]
        self._fetch(above)
        ids += above
        for process in step.children:
            for parent in named if case is None else (case.id,):
                ids += [child.id for child in self.children(parent, process)]
        for key in step.holders:
            ids += [holder.id for holder in self.find(key=key)]
        return tuple(self.get(one) for one in dict.fromkeys(ids))

    def related_to_leaving(self, page: type[Process[Any]], case: Case[Any]) -> tuple[Case[Any], ...]:
        """Everything that the steps possible in a case's stage look at, payloads apart."""
        found = {one.id: one for step in page.table.leaving(case.stage) for one in self.related(page, step, case, {})}
        return tuple(found.values())

    def last_event(self, case_id: str) -> Event:
        """The last thing that this command has recorded of a case."""
        return next(event for event in reversed(self.events) if event.case == case_id)

    def _fetch(self, ids: Iterable[str]) -> None:
        """Load at once what has not been seen yet."""
        missing = [one for one in ids if one not in self._cases]
        if missing:
            self.admit(self._store.load(missing).cases)

    def children(self, parent: str, process: str) -> tuple[Case[Any], ...]:
        """The cases of a process that refer to a case, those begun by this command included."""
        found = {stored.id: stored for stored in stored_cases(self._store, CaseQuery(process=process, parent=parent))}
        self.admit(found)
        own = (event.case for event in self.events)
        related = [self._cases[one] for one in dict.fromkeys((*found, *own))]
        return tuple(case for case in related if case.process == process and parent in self.parents(case))

    def parents(self, case: Case[Any]) -> tuple[str, ...]:
        """The cases that a case's data refer to."""
        return parents_of(self._pages.of_case(case).table, case.data)

    def find(
        self,
        process: str | None = None,
        *,
        stage: str | None = None,
        key: str | None = None,
        where: Mapping[str, str] | None = None,
    ) -> Iterator[Case[Any]]:
        """Every case of a process, of one of its stages, with a key or found so, as this command sees it."""
        seen: set[str] = set()
        sought = {name: unicodedata.normalize("NFC", value) for name, value in (where or {}).items()}
        for case_id in self._stored(CaseQuery(process=process, stage=stage, where=sought), key):
            seen.add(case_id)
            if self._fits(case := self._cases[case_id], process, stage, key, sought):
                yield case
        if key is None:
            mine = list(dict.fromkeys(event.case for event in self.events))
        else:  # whatever holds it and is not stored so has taken it in this command
            mine = sorted(self._taken.get(key, ()))
        own = [self._cases[one] for one in mine if one not in seen]
        yield from [case for case in own if self._fits(case, process, stage, key, sought)]

    def _stored(self, query: CaseQuery, key: str | None) -> Iterator[str]:
        """The cases that a query describes, or the one that holds a unique key, by id; they are taken in."""
        if key is None:
            for stored in stored_cases(self._store, query):
                self.admit({stored.id: stored})
                yield stored.id
        elif (holder := self._held[key] if key in self._held else self._store.holder(key)) is not None:
            self._fetch([holder])
            yield holder

    def able(self, process: str, step: str, *, stage: str | None, key: str | None) -> Iterator[Case[Any]]:
        """Every case of a process that stands where a step is possible on its page, in one stage or with a key."""
        tables = [page.table for page in self._pages.every() if page.id == process]
        for one in dict.fromkeys(source for table in tables for source in table.routes.get(step, ())):
            for case in self.find(process, stage=one, key=key) if stage in {None, one} else ():
                if one in self._pages.of_case(case).table.routes.get(step, ()):
                    yield case

    def _fits(
        self, case: Case[Any], process: str | None, stage: str | None, key: str | None, where: Mapping[str, str]
    ) -> bool:
        if process not in {None, case.process} or stage not in {None, case.stage}:
            return False
        page = self._pages.of_case(case)
        found = {(name, value.casefold()) for name, value in search_of(page, case.data)} if where else set()
        return (key is None or key in page.keys(case.data)) and all(
            (name, value.casefold()) in found for name, value in where.items()
        )

    def holder_elsewhere(self, decision: Decision[Any]) -> tuple[str, str] | None:
        """A key that a decision takes and another case holds, with that case; what this command released is free."""
        for key in decision.keys_taken:
            holder = self._store.holder(key)
            if holder not in {None, decision.case.id} and key not in self._released.get(str(holder), ()):
                return key, str(holder)
            if others := self._taken.get(key, set()) - {decision.case.id}:
                return key, min(others)
        return None

    def taken(self, key: str) -> bool:
        """Whether a case holds a unique key; should another take it before this command is written, it is retried."""
        if self._store.holder(key) is not None or self._taken.get(key):
            return True
        self.skippable.add(key)
        return False

    def saved(self) -> tuple[Any, ...]:
        """Everything that has been decided so far, to come back to."""
        taken, released = ({one: set(it) for one, it in held.items()} for held in (self._taken, self._released))
        return dict(self._cases), taken, released, self.events[:], self.notices[:], dict(self._obligations)

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Come back to what had been decided; what was read meanwhile stays read."""
        cases, self._taken, self._released, self.events, self.notices, self._obligations = saved
        read = {case_id: case for case_id, case in self._loaded.items() if case is not None}
        self._cases = {**read, **cases}
        self._loaded = {case_id: case for case_id, case in self._loaded.items() if case is not None or case_id in cases}

    def apply(self, decision: Decision[Any]) -> None:
        """Take in what a decision changes."""
        for case, event in ((decision.case, decision.event), *decision.touched):
            self._loaded.setdefault(case.id, None)
            self._before[event.id] = self._cases.get(case.id)
            self._cases[case.id] = case
            self.events.append(event)
            for obligation in (*event.opened, *event.closed):
                self._obligations[obligation.id] = obligation
        self.notices += [(notice, decision.event) for notice in decision.notices]
        mine, gone = decision.case.id, self._released.setdefault(decision.case.id, set())
        for key in decision.keys_taken:
            gone.discard(key)
            self._taken.setdefault(key, set()).add(mine)
        for key in decision.keys_released:
            if mine in self._taken.get(key, ()):
                self._taken[key].discard(mine)
            else:
                gone.add(key)

    def look(self, regulation: Regulation) -> _Look:
        """What a reaction sees: this workspace, and the values of a regulation."""
        return _Look(self, regulation)

    def batch(
        self,
        recorded_at: dt.datetime,
        *,
        command: Command | None,
        schedule: Callable[[Obligation], Scheduled],
        messages: Iterable[Message],
    ) -> Batch:
        """Everything that has been decided, to be written at once."""
        heads, events = dict(self._heads), []
        for event in self.events:
            page, before = self._pages.of_case(event), self._before[event.id]
            events.append(encode_event(page, event, recorded_at, heads.get(event.case, ""), before))
            heads[event.case] = events[-1].hash
        written: dict[str, list[str]] = {event.case: [] for event in self.events}
        for key, holders in self._taken.items():
            for holder in holders:
                written[holder].append(key)
        return Batch(
            tuple(self._write(self._cases[case_id], heads[case_id], taken) for case_id, taken in written.items()),
            tuple(events),
            recorded_at,
            {one.id: one.version for one in self._loaded.values() if one is not None and one.id not in written},
            tuple(schedule(obligation) for obligation in self._obligations.values()),
            tuple(messages),
            command,
        )

    def _write(self, case: Case[Any], head: str, taken: Iterable[str]) -> CaseWrite:
        page = self._pages.of_case(case)
        before = self._loaded[case.id]
        moved = before is None or case.data is not before.data
        data = self._pages.encoded(case) if moved else self._read[case.id]
        if moved and before is not None and (gone := lost(self._pages.of_case(before), before, self._read[case.id])):
            raise RecordError(
                f"case {case.id!r} holds {gone}: a later program wrote it, so it is left as it is; use that program"
            )
        parents = self.parents(case) if moved else None
        timers: tuple[DueTimer, ...] | None = timers_of(page, case)
        if before is not None and self._pages.of_case(before) is page:
            parents = None if parents == self.parents(before) else parents
            moved = moved and any(read(case.data) != read(before.data) for read in page.table.searchable.values())
            timers = None if timers == timers_of(page, before) else timers
        search = search_of(page, case.data) if moved else None
        owner = bind(page, self.regulation_of(case.regulation)).owner(page.stages[case.stage].owner)
        return CaseWrite(
            encode_case(page, case, owner, head, data),
            0 if before is None else before.version,
            tuple(sorted(taken)),
            tuple(sorted(self._released.get(case.id, ()))),
            parents=parents,
            timers=timers,
            search=search,
        )


def timers_of(page: type[Process[Any]], case: Case[Any]) -> tuple[DueTimer, ...]:
    """Every timer that a case has as it stands."""
    running = page.table.running[case.stage]
    return tuple([DueTimer(case.id, one.id, at) for one in running if (at := one.rings_at(case)) is not None])


class _Look:
    """A reaction's view: the workspace and the values of the case's regulation."""

    __slots__ = ("_regulation", "_work")

    def __init__(self, work: Workspace, regulation: Regulation) -> None:
        self._work = work
        self._regulation = regulation

    def case(self, case_id: str, of: type[Process[D]]) -> Case[D]:
        return self._work.of(case_id, of)

    def cases(
        self,
        of: type[Process[D]],
        *,
        stage: str | None = None,
        key: str | None = None,
        where: Mapping[str, str] | None = None,
        before: Step[D, ...] | None = None,
    ) -> Iterator[Case[D]]:
        if before is None:
            return self._work.find(of.id, stage=stage, key=key, where=where)
        return self._work.able(of.id, before.id, stage=stage, key=key)

    def children(self, parent: str, of: type[Process[D]]) -> tuple[Case[D], ...]:
        return self._work.children(parent, of.id)

    def value(self, parameter: Parameter[T]) -> T:
        return self._regulation.value(parameter)
