"""What stage terms and SLAs open, pause, resume, meet and cancel, and the ladder that follows a breach (pure).

A stage's term opens an obligation of the stage's owner on entering. It is met when a step of that owner moves the case
on, and cancelled when somebody else's step does, when the step is one that is possible anywhere, or when the case ends.
What is past its due instant when it is cancelled stays breached.
An SLA opens with the steps that start it, is met by those that stop it, and cancelled by those that make it void. What
an assigned person owes passes on with the assignment.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import attrs

from salesreg.authority import BoundProcess
from salesreg.calendars import BusinessCalendar, Term
from salesreg.domain.instants import to_utc
from salesreg.domain.people import Role
from salesreg.processes import Assigned, Attempt, Case, Each, Obligation, ObligationStatus, Sla, Stage, Transition
from salesreg.processes._who import Who
from salesreg.regulation import Norm, Parameter, Regulation

__all__ = ["LADDER_PARAMETERS", "Rung", "ladder", "open_obligation", "settle", "with_pause", "without_pause"]


def owner(who: Who | Each | None, data: Any, regulation: Regulation) -> tuple[Role | None, str | None]:
    """Who owes: a role, a person, or neither."""
    if isinstance(who, Assigned):
        found = who.find(data)
        return (found, None) if isinstance(found, Role) else (None, found)
    if isinstance(who, Parameter):
        return regulation.value(who), None
    return (who if isinstance(who, Role) else None), None


def open_obligation(
    norm: Norm,
    term: Term | None,
    *,
    case_id: str,
    version: int,
    who: tuple[Role | None, str | None],
    since: dt.datetime,
    regulation: Regulation,
    due: dt.datetime | None = None,
) -> Obligation:
    """A new obligation whose clock starts at an instant; it ends with its term, or at an instant agreed on."""
    provisional = False
    if term is not None:
        due, provisional = _due(term, since, (), regulation)
    return Obligation(
        f"{case_id}:{norm.id}:{version}",
        case_id,
        norm.id,
        norm.clause,
        who[0],
        who[1],
        "" if term is None else _text(term),
        since,
        due,
        provisional,
    )


@lru_cache(maxsize=256)
def _text(term: Term) -> str:
    return str(term)


def settle(obligation: Obligation, at: dt.datetime) -> Obligation:
    """The obligation met at an instant, in time or late; one whose clock stands still is met in time."""
    late = obligation.due is not None and at > obligation.due
    return _closed(obligation, ObligationStatus.MET_LATE if late else ObligationStatus.MET, at)


def cancelled(obligation: Obligation, at: dt.datetime) -> Obligation:
    """The obligation given up at an instant; one that was breached by then stays breached."""
    late = obligation.status_at(at) is ObligationStatus.BREACHED
    return _closed(obligation, ObligationStatus.BREACHED if late else ObligationStatus.CANCELLED, at)


def _closed(one: Obligation, status: ObligationStatus, at: dt.datetime) -> Obligation:
    # Written out: attrs.evolve takes five times as long, and this stands in the way of every command.
    return Obligation(
        one.id, one.case, one.norm, one.clause, one.role, one.person, one.term, one.started_at, one.due,
        one.provisional, one.pauses, status, at,
    )  # fmt: skip


def with_pause(obligation: Obligation, at: dt.datetime) -> Obligation:
    """The obligation with its clock stopped from an instant; one of which nothing is left stays as it is."""
    if obligation.status is not ObligationStatus.OPEN or (obligation.due is not None and at >= obligation.due):
        return obligation
    return attrs.evolve(obligation, status=ObligationStatus.PAUSED, due=None, pauses=(*obligation.pauses, (at, None)))


def without_pause(obligation: Obligation, at: dt.datetime, regulation: Regulation) -> Obligation:
    """The obligation with its clock running again from an instant, due later by the working time it stood still."""
    if obligation.status is not ObligationStatus.PAUSED:
        return obligation
    *earlier, (since, _) = obligation.pauses
    pauses = (*earlier, (since, at))
    due, provisional = _due(Term.parse(obligation.term), obligation.started_at, pauses, regulation)
    return attrs.evolve(obligation, status=ObligationStatus.OPEN, due=due, provisional=provisional, pauses=pauses)


def _due(
    term: Term,
    since: dt.datetime,
    pauses: tuple[tuple[dt.datetime, dt.datetime | None], ...],
    regulation: Regulation,
) -> tuple[dt.datetime | None, bool]:
    calendar = regulation.calendar
    if not pauses:
        at = calendar.due_at(term, since)
        return at, not term.is_wall_clock and calendar.is_provisional(since, at)
    deadline = calendar.due(term, since, pauses)
    return (None if deadline.at is None else to_utc(deadline.at)), deadline.provisional


# -- what a step does to the clocks -----------------------------------------------------------------------------------


def clocks(
    bound: BoundProcess[Any],
    case: Case[Any] | None,
    way: Transition,
    attempt: Attempt,
    after: Any,
    given: Mapping[str, Any],
    version: int,
) -> tuple[tuple[Obligation, ...], tuple[Obligation, ...]]:
    """The obligations that a step opens, pauses or resumes, and those that it meets or cancels."""
    step, at, target = way.step, attempt.at, way.target
    mine = {} if case is None else {obligation.id: obligation for obligation in case.obligations}
    closed: list[Obligation] = []
    opened: dict[str, Obligation] = {}

    for sla in bound.stops[step.id]:
        when = sla.happened(given) or at
        found = _take(mine, sla.norm.id) or _settled_before(bound, case, sla, when)
        closed += [settle(one, max(when, one.started_at)) for one in found]
    for sla in bound.voids[step.id]:
        closed += [cancelled(one, at) for one in _take(mine, sla.norm.id)]
    source = way.source
    if source is not None and not way.stays and source.term is not None:
        kept = not way.general and _owes(source, attempt, case, bound.regulation)
        closed += [(settle if kept else cancelled)(one, at) for one in _take(mine, source.term.id)]
    if target.ended:
        closed += [cancelled(obligation, at) for obligation in mine.values()]
        return (), tuple(closed)

    if not way.stays and target.term is not None and (term := bound.terms[target.id]) is not None:
        fresh = open_obligation(
            target.term,
            term,
            case_id=attempt.case,
            version=version,
            who=owner(target.owner, after, bound.regulation),
            since=at,
            regulation=bound.regulation,
        )
        opened[fresh.id] = fresh
    for sla in bound.starts[step.id]:
        term, due = bound.clock_terms[sla.id], None if sla.due is None else sla.due(after)
        if (term or due) is not None and not any(one.norm == sla.norm.id for one in mine.values()):
            fresh = open_obligation(
                sla.norm,
                term,
                case_id=attempt.case,
                version=version,
                who=owner(sla.owner, after, bound.regulation),
                since=sla.happened(given) or at,
                regulation=bound.regulation,
                due=due,
            )
            opened[fresh.id] = fresh
    for personal, owners in bound.personal:
        _each(bound, personal, owners.find(after), attempt, version, mine, opened, closed)
    _pass_on(bound, after, mine, opened)
    _move(bound, after, mine, opened)
    _pause_and_resume(bound, target, after, at, mine, opened)
    return tuple(opened.values()), tuple(closed)


def _settled_before(bound: BoundProcess[Any], case: Case[Any] | None, sla: Sla, when: dt.datetime) -> list[Obligation]:
    """The obligation before it was met, if the fact now recorded happened earlier than the one that met it."""
    told = None if case is None or sla.met is None else sla.met(case.data)
    if case is None or told is None or when >= told[1]:
        return []
    return [
        open_obligation(
            sla.norm,
            bound.clock_terms[sla.id],
            case_id=case.id,
            version=1,
            who=owner(sla.owner, case.data, bound.regulation),
            since=told[0],
            regulation=bound.regulation,
        )
    ]


def _take(mine: dict[str, Obligation], norm: str) -> list[Obligation]:
    """Take a norm's obligations out of what is open."""
    found = [one for one in mine.values() if one.norm == norm]
    for one in found:
        del mine[one.id]
    return found


def _owes(stage: Stage, attempt: Attempt, case: Case[Any] | None, regulation: Regulation) -> bool:
    """Whether the one who acts is the one who owes the stage's term."""
    assert case is not None  # noqa: S101 - a stage that is left belongs to a case
    role, person = owner(stage.owner, case.data, regulation)
    stands_in = attempt.on_behalf_of or attempt.by
    return stands_in.id == person if person is not None else role is attempt.role


def _each(
    bound: BoundProcess[Any],
    sla: Sla,
    owners: Iterable[str],
    attempt: Attempt,
    version: int,
    mine: dict[str, Obligation],
    opened: dict[str, Obligation],
    closed: list[Obligation],
) -> None:
    """Open a clock for each person whom the data name now, and close that of each whom they name no more."""
    step, owing = bound.process.steps[attempt.step], set(owners)
    running = {one.person: one for one in mine.values() if one.norm == sla.norm.id}
    close = settle if step in sla.stop else cancelled
    closed += [close(mine.pop(one.id), attempt.at) for person, one in running.items() if person not in owing]
    term = bound.clock_terms[sla.id]
    for person in sorted(owing - set(running)) if step in sla.start and term is not None else ():
        fresh = open_obligation(
            sla.norm,
            term,
            case_id=attempt.case,
            version=version,
            who=(None, person),
            since=attempt.at,
            regulation=bound.regulation,
        )
        fresh = attrs.evolve(fresh, id=f"{fresh.id}:{person}")
        opened[fresh.id] = fresh


def _pass_on(bound: BoundProcess[Any], after: Any, mine: dict[str, Obligation], opened: dict[str, Obligation]) -> None:
    """Hand what stays open to the person whom the data name now, such as a new specialist."""
    for obligation in mine.values():
        who = bound.assigned.get(obligation.norm)
        if who is None:
            continue
        role, person = owner(who, after, bound.regulation)
        if (role, person) != (obligation.role, obligation.person):
            mine[obligation.id] = opened[obligation.id] = attrs.evolve(obligation, role=role, person=person)


def _move(bound: BoundProcess[Any], after: Any, mine: dict[str, Obligation], opened: dict[str, Obligation]) -> None:
    """Move deadlines that the data name to where the data name them now, such as an extension."""
    for obligation in tuple(mine.values()):
        read = bound.dues.get(obligation.norm)
        if read is not None and (due := read(after)) != obligation.due:
            mine[obligation.id] = opened[obligation.id] = attrs.evolve(obligation, due=due)


def _pause_and_resume(
    bound: BoundProcess[Any],
    target: Stage,
    after: Any,
    at: dt.datetime,
    mine: dict[str, Obligation],
    opened: dict[str, Obligation],
) -> None:
    """Stop or start the clocks of what stays open, as the hold and the stage ask."""
    process = bound.process
    held = process.on_hold(after)
    stands_still: set[str] = {sla.norm.id for sla in process.slas.values() if target in sla.pause_in}
    if held:
        stands_still |= {norm.id for norm in process.norms() if norm.pausable}
    waiting = {(sla.norm.id, person) for sla, owners in bound.personal for person in owners.waiting(after)}
    if not stands_still and not waiting and not any(one.due is None for one in mine.values()):
        return
    for obligation in (*mine.values(), *tuple(opened.values())):
        if obligation.norm in stands_still or (obligation.norm, obligation.person) in waiting:
            changed = with_pause(obligation, at)
        else:
            changed = without_pause(obligation, at, bound.regulation)
        if changed is not obligation:
            opened[changed.id] = changed


def fold(
    old: tuple[Obligation, ...], opened: tuple[Obligation, ...], closed: tuple[Obligation, ...]
) -> tuple[Obligation, ...]:
    if not opened and not closed:
        return old
    kept = {obligation.id: obligation for obligation in (*old, *opened)}
    for obligation in closed:
        kept.pop(obligation.id, None)
    return tuple(kept.values())


def duty_days(
    calendar: BusinessCalendar, term: Term | None, first: dt.date, last: dt.date
) -> Iterator[tuple[dt.date, dt.datetime]]:
    """The days from first to last on which a recurring term falls, each with the instant at which it opens, UTC."""
    if term is None or first > last:
        return
    zone = zoneinfo.ZoneInfo(calendar.timezone)
    midnight = dt.datetime.combine(first, dt.time(), zone)
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone)
    for due in calendar.occurrences(term, midnight - dt.timedelta(microseconds=1), end):
        day = (due - dt.timedelta(microseconds=1)).date()
        if first <= day:
            intervals = calendar.day(day).intervals
            opens = intervals[0][0] if intervals else dt.datetime.combine(day, dt.time(), zone)
            yield dt.date(day.year, day.month, day.day), to_utc(opens)


# -- the ladder -------------------------------------------------------------------------------------------------------

REMIND_BEFORE: Final = Parameter(
    "escalation.remind_before",
    Term,
    clause="R20",
    doc="How long before the due instant the person who owes is reminded.",
    ru="За сколько до срока напоминать исполнителю.",
)
HEAD_AFTER: Final = Parameter(
    "escalation.head_after",
    Term,
    clause="R20",
    doc="How long after a breach the head of the commercial department is told.",
    ru="Через сколько после нарушения срока узнаёт руководитель коммерческого отдела.",
)
CEO_AFTER: Final = Parameter(
    "escalation.ceo_after",
    Term,
    clause="R20",
    doc="How long after a breach the general director is told.",
    ru="Через сколько после нарушения срока узнаёт генеральный директор.",
)
LADDER_PARAMETERS: Final = (REMIND_BEFORE, HEAD_AFTER, CEO_AFTER)


@attrs.frozen
class Rung:
    """One rung of the ladder: at an instant, somebody is told about an obligation."""

    name: str
    at: dt.datetime
    to: str


def ladder(obligation: Obligation, regulation: Regulation) -> Iterator[Rung]:
    """The rungs of an obligation in time order: remind, overdue, head, general director.

    A reminder that would fall before the clock started is left out; so is a rung of somebody who owes the thing
    themselves and has been told already.
    """
    due = obligation.due
    if due is None:
        return
    calendar = regulation.calendar
    owes = f"employee:{obligation.person}" if obligation.person else str(obligation.role or Role.HEAD_OF_COMMERCIAL)
    remind = regulation.value(REMIND_BEFORE)
    remind_at = calendar.due_at(attrs.evolve(remind, amount=-abs(remind.amount)), due)
    if remind_at > obligation.started_at:
        yield Rung("remind", remind_at, owes)
    yield Rung("overdue", due + dt.timedelta(microseconds=1), owes)
    for name, parameter, role in (("head", HEAD_AFTER, Role.HEAD_OF_COMMERCIAL), ("ceo", CEO_AFTER, Role.CEO)):
        if owes != role:
            yield Rung(name, calendar.due_at(regulation.value(parameter), due), str(role))
