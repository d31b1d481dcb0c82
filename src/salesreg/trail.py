"""Reading the event log: a case's history, the case it leads to, and whether that is what the store holds."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from salesreg.codec import Processes, decode_case, decode_event
from salesreg.decide import replay
from salesreg.errors import CaseNotFound, OrphanedCases, SalesregError, UnknownStage
from salesreg.ports import CaseQuery, ObligationQuery, Store, StoredCase
from salesreg.processes import Case, Event

__all__ = ["check_running", "differences", "history", "replayed", "stored_cases"]


def history(store: Store, processes: Processes, case_id: str) -> Iterator[Event]:
    """Everything that happened to a case, in order; nothing if there is no such case."""
    after: int | None = None
    while page := list(store.events(case_id, after)):
        yield from (decode_event(processes, stored) for stored in page)
        after = page[-1].position


def replayed(store: Store, processes: Processes, case_id: str, version: int | None = None) -> Case[Any]:
    """The case that its events lead to, up to a version if one is given.

    Raises:
        CaseNotFound: the store has no events of such a case.
        CaseMismatch: an event is missing.
        RecordError: an event cannot be read.
    """
    events = [event for event in history(store, processes, case_id) if version is None or event.version <= version]
    if not events:
        raise CaseNotFound(f"no case {case_id!r} in the store")
    return replay(processes.of(events[0].process, events[0].process_version), events)


def stored_cases(store: Store) -> Iterator[StoredCase]:
    """Every case, ordered by id."""
    after: str | None = None
    while page := store.find(CaseQuery(after=after)):
        yield from page
        after = page[-1].id


def differences(store: Store, processes: Processes, *, leave_out: Container[str] = ()) -> Iterator[str]:
    """Replay every case, save those of processes to leave out, and compare it with what is stored.

    Yields:
        One sentence for each difference.
    """
    known: set[str] = set()
    for stored in stored_cases(store):
        known.add(stored.id)
        if stored.process in leave_out:
            continue
        try:
            process = processes.of(stored.process, stored.process_version)
            case, events = decode_case(process, stored), list(history(store, processes, stored.id))
            again = replay(process, events)
        except SalesregError as wrong:
            yield f"{stored.id}: {wrong}"
            continue
        for name in ("stage", "version", "data", "regulation", "last_at"):
            if getattr(case, name) != getattr(again, name):
                yield f"{stored.id}: the stored {name} is not what its events lead to"
        owed = {one.id: one for event in events for one in (*event.opened, *event.closed)}
        kept = store.obligations(ObligationQuery(case=stored.id, limit=len(owed) + 1))
        if {one.id: one for one in kept} != owed:
            yield f"{stored.id}: the stored obligations are not what its events lead to"
    yield from _lost(store, known)


def _lost(store: Store, known: Container[str]) -> Iterator[str]:
    """Cases that have events and are not stored."""
    after: int | None = None
    lost: dict[str, None] = {}
    while page := list(store.events(after=after)):
        lost |= {event.case: None for event in page if event.case not in known}
        after = page[-1].position
    yield from (f"{case_id}: it has events, and the case itself is gone" for case_id in lost)


def check_running(store: Store, processes: Processes, regulations: Container[str]) -> None:
    """Check that every running case can be carried on.

    Raises:
        OrphanedCases: a process version or a regulation is missing; names everything.
        UnknownStage: cases stand in a stage that their process does not have.
    """
    missing, strange = [], []
    for group in store.running():
        plural = "s" * (group.cases != 1)
        where = f"{group.cases} running case{plural} of {group.process!r} version {group.process_version}"
        if (group.process, group.process_version) not in processes:
            missing.append(f"{where} need that version of the process")
        elif group.stage not in processes.of(group.process, group.process_version).stages:
            strange.append(f"{where} stand in the stage {group.stage!r}, which it does not have")
        if group.regulation not in regulations and store.regulation(group.regulation) is None:
            missing.append(f"{where} need the regulation {group.regulation[:12]}…")
    if strange:
        raise UnknownStage("; ".join(strange) + ": migrate the cases or run the program that wrote them")
    if missing:
        raise OrphanedCases("; ".join(missing) + ": pass them to the engine or migrate the cases", missing)
