"""What a store says of one person: what they owed and how it ended, what is and was in their hands (R104)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import attrs
from msgspec.structs import replace

from salesreg.engine.codec import Pages, listed_case
from salesreg.engine.evidence import LATE, excuses_of
from salesreg.engine.hand_over import Held, held_by
from salesreg.engine.log import history, kept_regulation, replayed, stored_cases
from salesreg.engine.workspace import Workspace
from salesreg.errors import PayloadError, RecordError, Refusal
from salesreg.ports import CaseQuery, ObligationQuery, Store
from salesreg.process.case import Case, Obligation, ObligationStatus
from salesreg.process.charges import TAKE_OVER
from salesreg.process.rulebook import Rulebook

PAGE = 1000
OPEN = frozenset({ObligationStatus.OPEN, ObligationStatus.PAUSED})


@attrs.frozen
class HandedOn:
    """A case that somebody else was put in charge of: when, by whom, and as what."""

    at: dt.datetime
    case: str
    process: str
    charge: str
    to: str
    by: str


@attrs.frozen
class PersonRecord:
    """Everything that a store says of one person.

    Attributes:
        person: their id.
        at: when it was asked, UTC.
        since, until: the time that is looked at, half-open, UTC; None where it has no end on that side.
        obligations: what they owed in person and what fell due in that time, by due instant, as it stands now.
        open: what they owe still, whenever it is due; what is overdue already stands among `obligations` too.
        excuses: of each late obligation, by id, what speaks against laying it to their charge; nothing where they
            answer for it.
        heads: the hash of the last event of each case with a late obligation.
        charges: what they are in charge of, with its case as it stands.
        waiting: the cases beside those that wait for them.
        handed_on: what they were in charge of and somebody else is now, in that time.
        cases: all cases of the processes that were asked for, by process.
    """

    person: str
    at: dt.datetime
    since: dt.datetime | None
    until: dt.datetime | None
    obligations: tuple[Obligation, ...]
    open: tuple[Obligation, ...]
    excuses: Mapping[str, tuple[Refusal, ...]]
    heads: Mapping[str, str]
    charges: tuple[tuple[Held, Case[Any]], ...]
    waiting: tuple[Case[Any], ...]
    handed_on: tuple[HandedOn, ...]
    cases: Mapping[str, tuple[Case[Any], ...]]

    def __repr__(self) -> str:
        return f"<Record of {self.person}: {len(self.obligations)} obligations, {len(self.charges)} charges>"

    @property
    def answered_for(self) -> tuple[Obligation, ...]:
        """What was late and nothing speaks against laying to their charge."""
        return tuple(one for one in self.obligations if self.excuses.get(one.id) == ())

    @property
    def is_empty(self) -> bool:
        """Whether the store says nothing of them."""
        return not (self.obligations or self.open or self.charges or self.waiting or self.handed_on)


def person_record(
    store: Store,
    rulebook: Rulebook,
    person: str,
    at: dt.datetime,
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    processes: Sequence[str] = (),
) -> PersonRecord:
    """What a store says of a person at an instant; read from one moment of it.

    Args:
        store, rulebook: what is asked, and whose pages it is.
        person: their id; they may have left.
        at: when it is asked, UTC.
        since, until: only what fell due, or passed on, in that time.
        processes: the ids of processes whose cases are read beside.

    Raises:
        PayloadError: the time ends before it begins.
        OrphanedCases: a text that a case ran under is missing, or was altered.
    """
    if since is not None and until is not None and until <= since:
        problem = f"the time ends at {until.isoformat()}, and so before it begins at {since.isoformat()}"
        raise PayloadError(problem, [problem])
    pages = Pages(rulebook)
    with store.snapshot() as moment:
        owed = tuple(_owed(moment, person, at))
        fell_due = tuple(one for one in owed if _within(one.due or one.closed_at, since, until))
        late = [one for one in fell_due if one.status in LATE]
        excuses, heads = _judged(moment, rulebook, pages, owed, late)
        held = tuple((one, _case(moment, pages, one.case)) for one in held_by(moment, pages, person))
        mine = {one.case for one, _ in held}
        is_role = any(role.id == person for role in rulebook.roles)
        waiting = () if is_role else tuple(_found(moment, pages, CaseQuery(ended=False, waits_for=(person,))))
        return PersonRecord(
            person,
            at,
            since,
            until,
            fell_due,
            tuple(one for one in owed if one.closed_at is None),
            excuses,
            heads,
            held,
            tuple(one for one in waiting if one.id not in mine),
            tuple(one for one in _handed_on(moment, pages, person) if _within(one.at, since, until)),
            {process: tuple(_found(moment, pages, CaseQuery(process=process))) for process in processes},
        )


def _owed(store: Store, person: str, at: dt.datetime) -> Iterator[Obligation]:
    """Everything that they owe or owed in person, by due instant, as it stands at an instant."""
    query = ObligationQuery(owners=(person,), at=at, limit=PAGE)
    while found := store.obligations(query):
        yield from (replace(one, status=one.status_at(at)) for one in found if one.person == person)
        query = replace(query, after=found[-1].id)


def _within(when: dt.datetime | None, since: dt.datetime | None, until: dt.datetime | None) -> bool:
    """Whether an instant lies in a time; what has no instant yet lies in none."""
    return when is not None and (since is None or since <= when) and (until is None or when < until)


def _judged(
    store: Store, rulebook: Rulebook, pages: Pages, owed: Sequence[Obligation], late: Sequence[Obligation]
) -> tuple[dict[str, tuple[Refusal, ...]], dict[str, str]]:
    """What speaks for them of each late obligation, and the head of its case."""

    @cache
    def text(content_hash: str) -> Any:
        return kept_regulation(store, content_hash)

    work, corrected = Workspace(store, pages, text), {one.corrects for one in owed}
    stored = store.load(list(dict.fromkeys(one.case for one in late))).cases
    excuses = {}
    for one in late:
        look = work.look(text(stored[one.case].regulation))
        excuses[one.id] = excuses_of(rulebook, look, one, corrected=one.id in corrected)
    return excuses, {case: kept.head for case, kept in stored.items()}


def _case(store: Store, pages: Pages, case_id: str) -> Case[Any]:
    return listed_case(pages, store.load([case_id]).cases[case_id])


def _found(store: Store, pages: Pages, query: CaseQuery) -> Iterator[Case[Any]]:
    return (listed_case(pages, stored) for stored in stored_cases(store, query))


def _handed_on(store: Store, pages: Pages, person: str) -> Iterator[HandedOn]:
    """Every take-over of what they were in charge of, in the order of the log."""
    after = 0
    while links := list(store.events(None, after)):
        for link in links:
            if link.step == TAKE_OVER:
                yield from _handed(store, pages, link.case, link.version, person)
        after = links[-1].position


def _handed(store: Store, pages: Pages, case_id: str, version: int, person: str) -> Iterator[HandedOn]:
    try:
        before, now = (replayed(store, pages, case_id, one) for one in (version - 1, version))
        event = next(one for one in history(store, pages, case_id) if one.version == version)
    except RecordError:
        return
    for charge in pages.of_case(now).charges:
        to = charge.holder(now.data)
        if charge.holder(before.data) == person and to is not None and to != person:
            yield HandedOn(event.at, case_id, event.process, charge.name, to, event.by)
