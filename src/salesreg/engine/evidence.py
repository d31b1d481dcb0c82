"""A case as evidence: what happened, what was owed and when, and what speaks for whoever was late (R80)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import attrs
import msgspec

from salesreg.engine.codec import Pages
from salesreg.engine.events import Reader, links_of
from salesreg.engine.log import kept_regulation
from salesreg.engine.workspace import Workspace
from salesreg.errors import CaseNotFound, Refusal
from salesreg.ports import Store
from salesreg.process.case import Case, Event, Obligation, ObligationStatus
from salesreg.process.reaction import Look
from salesreg.process.rulebook import Rulebook
from salesreg.rules.regulation import Regulation

LATE = frozenset({ObligationStatus.BREACHED, ObligationStatus.MET_LATE})


@attrs.frozen
class Evidence:
    """Everything that the store says of one case.

    Attributes:
        at: when it was asked, UTC.
        case: the case as it stands.
        events: everything that happened to it, in order.
        obligations: everything that was owed in it, in the order in which it began, as it stands.
        excuses: of each late obligation, by id, what speaks against laying that to the charge of whoever owed it;
            nothing where they answer for it.
        regulations: the texts that the case has run under, by content hash.
        head: the hash of the last event, which stands for all before it.
    """

    at: dt.datetime
    case: Case[object]
    events: tuple[Event, ...]
    obligations: tuple[Obligation, ...]
    excuses: Mapping[str, tuple[Refusal, ...]]
    regulations: Mapping[str, Regulation]
    head: str

    def __repr__(self) -> str:
        return f"<Evidence of {self.case.id}: {len(self.events)} events, {len(self.excuses)} late>"


def evidence(store: Store, rulebook: Rulebook, case_id: str, at: dt.datetime) -> Evidence:
    """What a store says of a case at an instant; read from one moment of it.

    Raises:
        CaseNotFound: there is no such case.
        OrphanedCases: a text that the case ran under is missing, or was altered.
    """
    pages = Pages(rulebook)
    with store.snapshot() as moment:
        links = tuple(links_of(moment, case_id))
        if not links:
            raise CaseNotFound(f"no case {case_id!r} in the store")
        events = tuple(map(Reader(pages).read, links))
        texts = {one: kept_regulation(moment, one) for one in dict.fromkeys(event.regulation for event in events)}
        work = Workspace(moment, pages, lambda content_hash: texts[content_hash])
        case = work.get(case_id)
        owed = {one.id: one for event in events for one in (*event.opened, *event.closed)}
        now = [msgspec.structs.replace(one, status=one.status_at(at)) for one in owed.values()]
        corrected = {one.corrects for one in now}
        look = work.look(texts[case.regulation])
        excuses = {}
        for one in now:
            if one.status in LATE:
                excuses[one.id] = excuses_of(rulebook, look, one, corrected=one.id in corrected)
    return Evidence(at, case, events, tuple(now), excuses, texts, links[-1].hash)


def excuses_of(rulebook: Rulebook, look: Look, one: Obligation, *, corrected: bool) -> tuple[Refusal, ...]:
    """What speaks for whoever owed something late: the record itself, and what the rulebook knows."""
    found = []
    if one.person is None:
        found.append(Refusal("nobody_in_person", "it was owed by a role, by nobody in person", clause="R91"))
    if corrected:
        found.append(Refusal("corrected_since", "the record was corrected since", clause="R46"))
    if rulebook.excuses is not None and one.person is not None:
        found += rulebook.excuses(look, one)
    return tuple(found)
