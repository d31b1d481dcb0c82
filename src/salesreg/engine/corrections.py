"""A late verdict corrected: another entry beside the first, by a superior of whoever owed it, for a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import attrs
from msgspec.structs import replace

from salesreg.decide.plan import bind
from salesreg.engine.codec import Pages, decode_case, encode_case
from salesreg.engine.events import encode_event
from salesreg.engine.people import People
from salesreg.errors import CaseNotFound, Refusal, StepRefused
from salesreg.ports import Batch, CaseWrite, ObligationQuery, Scheduled, Store
from salesreg.process.case import Event, Obligation, ObligationStatus
from salesreg.process.guards import not_before
from salesreg.process.rulebook import Rulebook
from salesreg.rules.instants import to_utc
from salesreg.rules.people import Employee
from salesreg.rules.regulation import Regulation
from salesreg.rules.texts import says_nothing

CORRECTED = "record_corrected"
"""The step of the event that holds a correction."""
_LATE = frozenset({ObligationStatus.MET_LATE, ObligationStatus.BREACHED})


@attrs.frozen
class Corrections:
    """Enters corrections; the attributes are the engine's own."""

    store: Store
    pages: Pages
    people: People
    rulebook: Rulebook
    regulation_of: Callable[[str], Regulation]

    def enter(
        self, case_id: str, obligation: str, happened_at: dt.datetime, reason: str, by: Employee, now: dt.datetime
    ) -> Obligation:
        """The new entry; the one that it corrects stays as it was.

        Raises:
            CaseNotFound: there is no such case, or it has no such obligation.
            StepRefused: holds every reason why not.
        """
        stored = self.store.load([case_id]).cases.get(case_id)
        entries = {one.id: one for one in self.store.obligations(ObligationQuery(case=case_id, limit=100_000))}
        if stored is None or obligation not in entries:
            raise CaseNotFound(f"no obligation {obligation!r} of a case {case_id!r} in the store")
        case, one, when = decode_case(self.pages, stored), entries[obligation], to_utc(happened_at)
        above = self._above(one, now)
        refusals = list(_wrong(one, when, reason, now))
        if any(other.corrects == one.id for other in entries.values()):
            refusals.append(Refusal("corrected_before", "{got} has been corrected already", got=one.id))
        if by.id not in above:
            text = "{name} is not the superior of {got}"
            owes = one.person or one.role
            refusals.append(Refusal("not_superior", text, got=owes, facts={"name": by.full_name}))
        if refusals:
            told = [replace(refusal, clause=refusal.clause or one.clause, process=case.process) for refusal in refusals]
            refused = StepRefused(CORRECTED, told, actor=by.full_name)
            refused.speak = self.rulebook.texts.refusal
            raise refused
        version, at = case.version + 1, max(now, case.last_at)
        entry = replace(
            one,
            id=f"{case.id}:{one.norm}:{version}",
            status=ObligationStatus.MET,
            closed_at=when,
            backdated=None,
            corrects=one.id,
        )
        event = Event(
            id=f"{case.id}:{version}",
            case=case.id,
            version=version,
            process=case.process,
            process_version=case.process_version,
            step=CORRECTED,
            source=case.stage,
            target=case.stage,
            at=at,
            by=by.id,
            role=above[by.id],
            regulation=case.regulation,
            clauses=(one.clause,),
            payload={"obligation": one.id, "happened_at": when, "reason": reason.strip()},
            closed=(entry,),
            rulebook=case.rulebook,
        )
        page = self.pages.of_case(case)
        owner = bind(page, self.regulation_of(case.regulation)).owner(page.stages[case.stage].owner)
        after = replace(case, version=version, last_at=at)
        link = encode_event(page, event, now, stored.head, case)
        write = CaseWrite(encode_case(page, after, owner, link.hash), case.version)
        self.store.commit(Batch((write,), (link,), now, obligations=(Scheduled(entry, None),)))
        return entry

    def _above(self, one: Obligation, now: dt.datetime) -> dict[str, str]:
        """Who stands above whoever owed it, each with the role in which they do."""
        day = self.people.day(now)
        if one.person is not None:
            return self.people.superiors(one.person, one.role, day)
        for role in self.rulebook.superiors(one.role or ""):
            if found := self.people.told("role", role, now):
                return {person.to: role for person in found if person.role is None}
        return {}


def _wrong(one: Obligation, when: dt.datetime, reason: str, now: dt.datetime) -> Iterator[Refusal]:
    """What speaks against a correction, whoever asks for it."""
    if says_nothing(reason):
        text = "{field:field} is required, and says something: it has a letter or a digit"
        yield Refusal("blank", text, got=reason, facts={"field": "reason"})
    if one.closed_at is None or one.status not in _LATE:
        yield Refusal("not_late", "{got} is not on record as late: there is nothing to correct", got=one.id)
    elif when > min(now, one.due or now):
        need = min(now, one.due or now).isoformat()
        yield Refusal("late_all_the_same", "what happened at {got} was late too", need=need, got=when.isoformat())
    yield from not_before(when, one.started_at, "happened_at")
