"""Reading the event log: a case's history, the case it leads to, and whether running cases can be carried on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import attrs
import msgspec

from salesreg.decide.plan import bind
from salesreg.decide.replay import replay
from salesreg.engine.codec import Pages
from salesreg.engine.events import Reader, links_of
from salesreg.engine.shape import shape_of, unreadable
from salesreg.errors import (
    CaseNotFound,
    OrphanedCases,
    ParameterNotSet,
    RecordError,
    RegulationError,
    UnknownStage,
)
from salesreg.ports import CaseQuery, Store, StoredCase, StoredEvent
from salesreg.process.case import Case, Event
from salesreg.rules.regulation import Regulation

PAGE = 1000
"""How many cases are read at a time."""


def history(store: Store, pages: Pages, case_id: str) -> Iterator[Event]:
    """Everything that happened to a case, in order; nothing if there is no such case."""
    return map(Reader(pages).read, links_of(store, case_id))


@attrs.frozen
class LogPage:
    """Some events of all cases in the order of the log.

    Attributes:
        position: the place in the log of the last one; as it was where there are no more.
    """

    events: tuple[Event, ...]
    position: int


def log_page(store: Store, pages: Pages, after: int, limit: int) -> LogPage:
    """The events that come after a place in the log, at most so many."""
    found = tuple(islice(log(store, pages, after), limit))
    return LogPage(tuple(event for _, event in found), found[-1][0] if found else after)


def log(store: Store, pages: Pages, after: int = 0) -> Iterator[tuple[int, Event]]:
    """Every event of every case after a place in the log, with its own place.

    Raises:
        RecordError: an event cannot be read.
    """
    readers: dict[str, Reader] = {}
    while links := list(store.events(None, after)):
        for link in links:
            yield link.position, _read(store, pages, link, readers)
        after = links[-1].position


def _read(store: Store, pages: Pages, link: StoredEvent, readers: dict[str, Reader]) -> Event:
    """An event by itself; where it holds only what has changed of something long, after those before it."""
    reader = readers.get(link.case)
    try:
        return (reader or Reader(pages)).read(link)
    except RecordError:
        if reader is not None:
            raise
    readers[link.case] = reader = Reader(pages)
    return [reader.read(one) for one in links_of(store, link.case) if one.version <= link.version][-1]


def replayed(store: Store, pages: Pages, case_id: str, version: int | None = None) -> Case[Any]:
    """The case that its events lead to, up to a version if one is given.

    Raises:
        CaseNotFound: the store has no events of such a case.
        CaseMismatch: an event is missing.
        RecordError: an event cannot be read.
    """
    events = [event for event in history(store, pages, case_id) if version is None or event.version <= version]
    if not events:
        raise CaseNotFound(f"no case {case_id!r} in the store")
    return replay(pages.of_case, events)


def kept_regulation(store: Store, content_hash: str) -> Regulation:
    """The regulation that a store keeps under a hash, read and checked.

    Raises:
        OrphanedCases: the store does not hold it, or not as it was.
    """
    body = store.regulation(content_hash)
    if body is None:
        raise OrphanedCases(f"the store does not hold the regulation {content_hash[:12]}… that a case runs under")
    altered = f"the regulation {content_hash[:12]}… in the store has been altered"
    try:
        found = Regulation.from_dict(msgspec.json.decode(body))
    except (msgspec.DecodeError, RegulationError) as wrong:
        raise OrphanedCases(f"{altered}: {wrong}") from wrong
    if found.content_hash != content_hash:
        raise OrphanedCases(f"{altered}: it reads as {found.content_hash[:12]}…")
    return found


def stored_cases(store: Store, query: CaseQuery | None = None) -> Iterator[StoredCase]:
    """Every case, or every one that a query describes, ordered by id, page by page."""
    query = msgspec.structs.replace(query or CaseQuery(), limit=PAGE)
    while page := store.find(query):
        yield from page
        if len(page) < PAGE:
            return
        query = msgspec.structs.replace(query, after=page[-1].id)


def check_running(store: Store, pages: Pages, regulation_of: Callable[[str], Regulation]) -> None:
    """Check that every running case can be carried on and every case be read, without reading their data.

    Raises:
        OrphanedCases: a process version or a regulation is missing or altered, a regulation leaves open what the page
            needs, or an entity has changed so that its stored data can no longer be read; names everything.
        UnknownStage: cases stand in a stage that their process does not have.
    """
    missing, strange = [], []
    for group in store.running():
        key = (group.process, group.process_version, group.rulebook)
        where = (
            f"{group.cases} running case{'s' * (group.cases != 1)} of {group.process!r} version {group.process_version}"
        )
        if key not in pages:
            missing.append(f"{where} (rulebook {group.rulebook!r}) need that version of the process")
        elif group.stage not in pages.of(*key).stages:
            strange.append(f"{where} stand in the stage {group.stage!r}, which it does not have")
        else:
            try:
                bind(pages.of(*key), regulation_of(group.regulation))
            except (OrphanedCases, ParameterNotSet) as wrong:
                missing.append(f"{where}: {wrong}")
    for key, written in store.fingerprints().items():
        if key in pages:
            page = pages.of(*key)
            reasons = unreadable(written, shape_of(page))
            if reasons and any(_key(stored) == key for stored in stored_cases(store, CaseQuery(process=page.id))):
                missing.append(
                    f"cases of {page.id!r} version {page.version} were written with another {page.data.__name__} "
                    f"({', '.join(reasons)})"
                )
    if strange:
        raise UnknownStage("; ".join(strange) + ": migrate the cases or run the program that wrote them")
    if missing:
        told = "; ".join(missing)
        raise OrphanedCases(
            f"{told}: keep the old page in `earlier` under its version and migrate the cases to a new one", missing
        )


def _key(stored: StoredCase) -> tuple[str, int, str]:
    return stored.process, stored.process_version, stored.rulebook
