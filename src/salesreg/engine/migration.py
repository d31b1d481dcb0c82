"""Moving running cases to another version of their page: a plan that lists every case, then all of them at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs
import msgspec

from salesreg.decide.ladder import ladder
from salesreg.decide.migrate import migrate
from salesreg.decide.outcome import parents_of
from salesreg.decide.plan import bind
from salesreg.engine.codec import Pages, decode_case, encode_case, search_of
from salesreg.engine.events import encode_event
from salesreg.engine.log import stored_cases
from salesreg.engine.workspace import timers_of
from salesreg.errors import MigrationRefused, OrphanedCases, UnknownProcess, VersionConflict
from salesreg.ports import Batch, CaseQuery, CaseWrite, Scheduled, Store, StoredCase
from salesreg.process.case import Case, Event
from salesreg.process.page import Process
from salesreg.rules.regulation import Regulation

_TRIES: Final = 4


@attrs.frozen
class Move:
    """What becomes of one case.

    Attributes:
        case: its id.
        stage: the stage it stands in.
        version: the version of the page that it runs on, with the rulebook.
        to_stage: the stage it is moved to.
        problems: why it cannot be moved; empty if it can.
    """

    case: str
    stage: str
    version: str
    to_stage: str
    problems: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = "; ".join(self.problems) or f"to {self.to_stage}"
        return f"{self.case} (version {self.version}, {self.stage}): {told}"


@attrs.frozen
class Migration:
    """What a migration does or, as a dry run, would do.

    Attributes:
        process: the id of the process.
        to: the version of the page that cases are moved to, with the rulebook.
        moves: every case that is or would be moved.
        dry_run: whether nothing was written.
    """

    process: str
    to: str
    moves: tuple[Move, ...]
    dry_run: bool

    @property
    def problems(self) -> tuple[Move, ...]:
        """The cases that cannot be moved."""
        return tuple(move for move in self.moves if move.problems)


def run_migration(
    store: Store,
    pages: Pages,
    process: str,
    *,
    to: int | None,
    stages: Mapping[str, str],
    data: Mapping[str, Any] | Callable[[Mapping[str, Any]], Mapping[str, Any]],
    regulation: Regulation | None,
    regulation_of: Callable[[str], Regulation],
    ladder_of: Regulation,
    now: Callable[[], dt.datetime],
    dry_run: bool,
) -> Migration:
    """Plan the move of every running case of a process and, unless it is a dry run, carry it out.

    Args:
        store: where the cases are.
        pages: the pages that they run on.
        process: the id of the process.
        to: the version to move to; by default the newest.
        stages: the new stage of each old one that is gone.
        data: values of attributes, or how they follow from the stored ones.
        regulation: what the cases run under from then on; None leaves each its own.
        regulation_of: the regulation of a hash.
        ladder_of: the regulation whose ladder follows a breach.
        now: what time it is.
        dry_run: only plan.

    Raises:
        MigrationRefused: some cases cannot be moved, and nothing was; names them all.
        VersionConflict: cases went on moving while it was tried; nothing was changed.
        UnknownProcess, UnknownStage: nothing has that name.
    """
    newest = pages.latest(process)
    page = newest if to is None else _version(pages, newest.id, to)
    for stage in stages.values():
        page.table.stage(stage)
    mover = _Mover(store, pages, page, stages, data, regulation, regulation_of, ladder_of, now)
    for left in range(_TRIES, 0, -1):
        plan = Migration(newest.id, f"{page.version} of {pages.home(page)}", tuple(mover.plan()), dry_run)
        for stage in stages.keys() - {move.stage for move in plan.moves}:
            pages.check_names(newest.id, stage, ())
        if dry_run or not plan.moves:
            break
        if plan.problems:
            told = "; ".join(map(str, plan.problems))
            raise MigrationRefused(
                f"{len(plan.problems)} of {len(plan.moves)} cases cannot be moved, and none was: {told}",
                [(move.case, list(move.problems)) for move in plan.problems],
            )
        try:
            store.commit(mover.batch([move.case for move in plan.moves]))
            break
        except VersionConflict:
            # Somebody took a step on one of them: nothing is written, and all of it is planned anew.
            if left == 1:
                raise
    return plan


@attrs.frozen
class _Mover:
    """Moves cases; the attributes are the arguments of `run_migration`."""

    store: Store
    pages: Pages
    page: type[Process[Any]]
    stages: Mapping[str, str]
    data: Mapping[str, Any] | Callable[[Mapping[str, Any]], Mapping[str, Any]]
    regulation: Regulation | None
    regulation_of: Callable[[str], Regulation]
    ladder_of: Regulation
    now: Callable[[], dt.datetime]

    def plan(self) -> Iterator[Move]:
        """Every running case that is not yet where it is to be, with what becomes of it."""
        here = (self.page.version, self.pages.home(self.page))
        wanted: dict[str, str] = {}
        for stored in stored_cases(self.store, CaseQuery(process=self.page.id)):
            same_rules = self.regulation is None or stored.regulation == self.regulation.content_hash
            if stored.ended or ((stored.process_version, stored.rulebook) == here and same_rules):
                continue
            problems: list[str] = []
            try:
                case, _ = self.moved(stored)
            except MigrationRefused as refused:
                problems += [reason for _, reasons in refused.cases for reason in reasons]
            else:
                for key in self.keys(stored, case)[0]:
                    holder = wanted.setdefault(key, self.store.holder(key) or stored.id)
                    if holder != stored.id:
                        problems.append(str(self.page.key_refusal(key, holder)))
            version = f"{stored.process_version} of {stored.rulebook}"
            to_stage = self.stages.get(stored.stage, stored.stage)
            yield Move(stored.id, stored.stage, version, to_stage, tuple(problems))

    def moved(self, stored: StoredCase) -> tuple[Case[Any], Event]:
        """The case as it is to be, and the event that says so."""
        raw = msgspec.json.decode(stored.data)
        case = Case(
            stored.id, stored.process, stored.process_version, stored.stage, stored.version, raw, stored.regulation,
            stored.last_at, stored.obligations, stored.rulebook, stored.begun_at,
        )  # fmt: skip
        return migrate(
            case,
            self.page,
            at=max(self.now(), stored.last_at),
            regulation=self.regulation_of(stored.regulation) if self.regulation is None else self.regulation,
            rulebook=self.pages.home(self.page),
            stages=self.stages,
            data=self.values(stored.id, raw),
        )

    def values(self, case_id: str, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values that a case's data lack; a fault of whoever reckons them is that case's problem."""
        if not callable(self.data):
            return self.data
        try:
            return self.data(raw)
        except Exception as fault:
            told = f"data= cannot give its values: {type(fault).__name__}: {fault}"
            raise MigrationRefused(f"case {case_id!r} cannot be moved: {told}", [(case_id, [told])]) from fault

    def keys(self, stored: StoredCase, case: Case[Any]) -> tuple[list[str], list[str]]:
        """The unique keys that the case takes and lets go of, for each page has its own."""
        after = set(self.page.keys(case.data))
        try:
            before = set(self.pages.of_case(stored).keys(decode_case(self.pages, stored).data))
        except (UnknownProcess, OrphanedCases):
            # The old page is gone, and nobody can tell what it held; what the case holds already it may take again.
            before = set()
        return sorted(after - before), sorted(before - after)

    def batch(self, case_ids: list[str]) -> Batch:
        """All the moves at once, each case as it stands now: all are written, or none."""
        at, writes, events, due = self.now(), [], [], []
        stored_by_id = self.store.load(case_ids).cases
        for stored in (stored_by_id[case_id] for case_id in case_ids):
            if stored.ended:
                continue
            case, event = self.moved(stored)
            owner = bind(self.page, self.regulation_of(case.regulation)).owner(self.page.stages[case.stage].owner)
            taken, released = self.keys(stored, case)
            events.append(encode_event(self.page, event, at, stored.head))
            writes.append(
                CaseWrite(
                    encode_case(self.page, case, owner, events[-1].hash),
                    stored.version,
                    tuple(taken),
                    tuple(released),
                    parents=parents_of(self.page.table, case.data),
                    timers=timers_of(self.page, case),
                    search=search_of(self.page, case.data),
                )
            )
            due += [Scheduled(one, None) for one in event.closed]
            for one in event.opened:
                rung = next(iter(ladder(one, self.ladder_of)), None)
                due.append(Scheduled(one, None if rung is None else rung.at))
        return Batch(tuple(writes), tuple(events), at, obligations=tuple(due))


def _version(pages: Pages, process: str, version: int) -> type[Process[Any]]:
    """The page of a version; of several rulebooks' the one that is nearest."""
    for book in pages.rulebook.lineage():
        if (process, version, book.id) in pages:
            return pages.of(process, version, book.id)
    return pages.of(process, version, pages.rulebook.id)
