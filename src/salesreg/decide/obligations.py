"""What stage terms and SLAs open, pause, resume, meet and cancel.

A stage's term opens an obligation of the stage's owner on entering. It is met when a step of that owner moves the case
on, and cancelled when somebody else's step does, when the step is one that is possible anywhere, or when the case ends.
Where no step of the owner's leads on, whoever rightly moves the case meets it.
What is past its due instant when it is cancelled stays breached.
An SLA opens with the steps that start it, is met by those that stop it, and cancelled by those that make it void. What
an assigned person owes passes on with the assignment.

A verdict never improves. What is recorded later than its clock tolerates counts from the record. What was breached when
it passes to somebody else, or is put off, is closed as breached, and another entry begins. A pause lasts no longer than
the regulation says; beyond that the clock runs on.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from salesreg.calendars import BusinessCalendar, Term
from salesreg.decide.plan import Bound, Plan, WayPlan, who_owes
from salesreg.process.case import Attempt, Case, Obligation, ObligationStatus
from salesreg.process.clocks import Sla
from salesreg.rules.conduct import LONGEST_PAUSE
from salesreg.rules.instants import to_utc
from salesreg.rules.norms import Norm
from salesreg.rules.regulation import Regulation

Owed = tuple[Obligation, ...]
Pauses = tuple[tuple[dt.datetime, dt.datetime | None], ...]


def open_obligation(
    norm: Norm,
    term: Term | None,
    *,
    case_id: str,
    version: int,
    who: tuple[str | None, str | None],
    since: dt.datetime,
    regulation: Regulation,
    due: dt.datetime | None = None,
) -> Obligation:
    """A new obligation whose clock starts at an instant; it ends with its term, or at an instant agreed on."""
    provisional = False
    if term is not None:
        due, provisional = _due(term, since, (), regulation)
    said = "" if term is None else _text(term)
    return Obligation(
        f"{case_id}:{norm.id}:{version}", case_id, norm.id, norm.clause, who[0], who[1], said, since, due, provisional
    )


@lru_cache(maxsize=256)
def _text(term: Term) -> str:
    return str(term)


def settle(obligation: Obligation, at: dt.datetime, *, said: dt.datetime | None = None) -> Obligation:
    """The obligation met at an instant, in time or late; one whose clock stands still is met in time.

    Args:
        said: when it is said to have been met, where that is recorded later than is tolerated.
    """
    late = obligation.due is not None and at > obligation.due
    return _closed(obligation, ObligationStatus.MET_LATE if late else ObligationStatus.MET, at, said)


def cancelled(obligation: Obligation, at: dt.datetime) -> Obligation:
    """The obligation given up at an instant; one that was breached by then stays breached."""
    late = obligation.status_at(at) is ObligationStatus.BREACHED
    return _closed(obligation, ObligationStatus.BREACHED if late else ObligationStatus.CANCELLED, at)


def _closed(
    one: Obligation, status: ObligationStatus, at: dt.datetime, backdated: dt.datetime | None = None
) -> Obligation:
    # Written out: it stands in the way of every command, and a general copy takes several times as long.
    return Obligation(
        one.id, one.case, one.norm, one.clause, one.role, one.person, one.term, one.started_at, one.due,
        one.provisional, one.pauses, status, at, backdated, one.moved,
    )  # fmt: skip


def with_pause(obligation: Obligation, at: dt.datetime, regulation: Regulation) -> Obligation:
    """The obligation with its clock stopped from an instant; one of which nothing is left stays as it is.

    Where the regulation caps a pause, it has a due instant all the same: that on which it falls if it never goes on.
    """
    if obligation.status is not ObligationStatus.OPEN or (obligation.due is not None and at >= obligation.due):
        return obligation
    pauses = (*obligation.pauses, (at, None))
    counted = _counted(pauses, regulation)
    if counted and counted[-1] == (at, at):
        return obligation
    due, provisional = None, obligation.provisional
    if counted and counted[-1][1] is not None:
        due, provisional = _due(Term.parse(obligation.term), obligation.started_at, counted, regulation)
    return replace(obligation, status=ObligationStatus.PAUSED, due=due, provisional=provisional, pauses=pauses)


def without_pause(obligation: Obligation, at: dt.datetime, regulation: Regulation) -> Obligation:
    """The obligation with its clock running again from an instant, due later by the working time it stood still."""
    if obligation.status is not ObligationStatus.PAUSED:
        return obligation
    *earlier, (since, _) = obligation.pauses
    pauses = (*earlier, (since, at))
    counted = _counted(pauses, regulation)
    due, provisional = _due(Term.parse(obligation.term), obligation.started_at, counted, regulation)
    return replace(obligation, status=ObligationStatus.OPEN, due=due, provisional=provisional, pauses=pauses)


def _counted(pauses: Pauses, regulation: Regulation) -> Pauses:
    """The pauses as far as they count: together no longer than the regulation lets a clock stand still."""
    if LONGEST_PAUSE.name not in regulation.settings or not pauses:
        return pauses
    calendar, first = regulation.calendar, pauses[0][0]
    left = calendar.working_time_between(first, calendar.due_at(regulation.value(LONGEST_PAUSE), first))
    found: list[tuple[dt.datetime, dt.datetime | None]] = []
    for since, until in pauses:
        used = None if until is None else calendar.working_time_between(since, until)
        if used is not None and used <= left:
            found.append((since, until))
            left -= used
        else:
            found.append((since, to_utc(calendar.add_working_time(since, left)) if left else since))
            left = dt.timedelta()
    return tuple(found)


def _due(
    term: Term,
    since: dt.datetime,
    pauses: Pauses,
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
    bound: Bound,
    plan: Plan,
    way: WayPlan,
    case: Case[Any] | None,
    attempt: Attempt,
    after: Any,
    given: Mapping[str, Any],
    version: int,
) -> tuple[Owed, Owed, Owed]:
    """The obligations that a step opens or changes, those that it closes, and all that the case has from then on."""
    at = attempt.at
    old = () if case is None else case.obligations
    mine = {one.id: one for one in old}
    closed: list[Obligation] = []
    for sla in plan.stops:
        closed += [_stopped(bound, sla, one, sla.happened(given) or at, at) for one in _take(mine, sla.norm.id)]
    for norm in plan.voids:
        closed += [cancelled(one, at) for one in _take(mine, norm)]
    if plan.source_term is not None and not way.stays and case is not None and mine:
        kept = not way.general and (plan.anyones or _owes(plan, attempt, case))
        closed += [(settle if kept else cancelled)(one, at) for one in _take(mine, plan.source_term)]
    if way.ended:
        closed += [cancelled(one, at) for one in mine.values()]
        return (), tuple(closed), ()

    opened: dict[str, Obligation] = {}
    if way.term_norm is not None and way.term is not None:
        fresh = open_obligation(
            way.term_norm,
            way.term,
            case_id=attempt.case,
            version=version,
            who=who_owes(way.owner, after),
            since=at,
            regulation=bound.regulation,
        )
        opened[fresh.id] = fresh
    for clock in plan.starts:
        due = None if clock.sla.due is None else clock.sla.due(after)
        if (clock.term or due) is not None and not any(one.norm == clock.norm.id for one in mine.values()):
            fresh = open_obligation(
                clock.norm,
                clock.term,
                case_id=attempt.case,
                version=version,
                who=who_owes(clock.owner, after),
                since=clock.sla.happened(given) or at,
                regulation=bound.regulation,
                due=due,
            )
            opened[fresh.id] = fresh
    if bound.personal:
        _each(bound, plan, attempt, after, version, mine, opened, closed)
    if mine:
        _pass_on(bound, after, at, version, mine, opened, closed)
        _move(bound, after, at, version, mine, opened, closed)
    if mine or opened:
        _pause_and_resume(bound, way.target, after, at, mine, opened)
    left = (*mine.values(), *(one for name, one in opened.items() if name not in mine)) if opened else mine.values()
    return tuple(opened.values()), tuple(closed), tuple(left)


def _stopped(bound: Bound, sla: Sla, one: Obligation, when: dt.datetime, at: dt.datetime) -> Obligation:
    """An obligation met by a fact; by the record of it, where that comes later than is tolerated."""
    lag = bound.lags.get(sla.id)
    if when < at and (lag is None or at > bound.regulation.calendar.due_at(lag, when)):
        return settle(one, at, said=when)
    return settle(one, max(when, one.started_at))


def _take(mine: dict[str, Obligation], norm: str) -> list[Obligation]:
    """Take a norm's obligations out of what is open."""
    found = [one for one in mine.values() if one.norm == norm]
    for one in found:
        del mine[one.id]
    return found


def _owes(plan: Plan, attempt: Attempt, case: Case[Any]) -> bool:
    """Whether the one who acts is the one who owes the stage's term."""
    role, person = who_owes(plan.source_owner, case.data)
    return attempt.principal.id == person if person is not None else role == attempt.role


def _each(
    bound: Bound,
    plan: Plan,
    attempt: Attempt,
    after: Any,
    version: int,
    mine: dict[str, Obligation],
    opened: dict[str, Obligation],
    closed: list[Obligation],
) -> None:
    """Open a clock for each person whom the data name now, and close that of each whom they name no more."""
    for sla, owners, term in bound.personal:
        owing = {person for person in owners.find(after) if isinstance(person, str)}
        running = {one.person: one for one in mine.values() if one.norm == sla.norm.id}
        close = settle if plan.step in sla.stop else cancelled
        closed += [close(mine.pop(one.id), attempt.at) for person, one in running.items() if person not in owing]
        for person in sorted(owing - set(running)) if plan.step in sla.start and term is not None else ():
            fresh = open_obligation(
                bound.norm(sla.norm),
                term,
                case_id=attempt.case,
                version=version,
                who=(None, person),
                since=attempt.at,
                regulation=bound.regulation,
            )
            fresh = replace(fresh, id=f"{fresh.id}:{person}")
            opened[fresh.id] = fresh


def _pass_on(
    bound: Bound,
    after: Any,
    at: dt.datetime,
    version: int,
    mine: dict[str, Obligation],
    opened: dict[str, Obligation],
    closed: list[Obligation],
) -> None:
    """Hand what stays open to the person whom the data name now; a breach stays with whoever owed it."""
    for one in tuple(mine.values()):
        find = bound.assigned.get(one.norm)
        if find is None or (who := who_owes(find, after)) == (one.role, one.person):
            continue
        if one.status_at(at) is ObligationStatus.BREACHED:
            read = bound.dues.get(one.norm)
            due = None if read is None else read(after)
            _anew(bound, one, who, at, version, due, mine, opened, closed)
        else:
            mine[one.id] = opened[one.id] = replace(one, role=who[0], person=who[1])


def _move(
    bound: Bound,
    after: Any,
    at: dt.datetime,
    version: int,
    mine: dict[str, Obligation],
    opened: dict[str, Obligation],
    closed: list[Obligation],
) -> None:
    """Move deadlines that the data name to where the data name them now; one that has passed stays breached."""
    for one in tuple(mine.values()) if bound.dues else ():
        read = bound.dues.get(one.norm)
        if read is None or (due := read(after)) == one.due:
            continue
        if one.status_at(at) is not ObligationStatus.BREACHED:
            put_off = one.due is not None and (due is None or due > one.due)
            mine[one.id] = opened[one.id] = replace(one, due=due, moved=one.moved + put_off)
        elif due is None or due > at:
            _anew(bound, one, (one.role, one.person), at, version, due, mine, opened, closed)


def _anew(
    bound: Bound,
    one: Obligation,
    who: tuple[str | None, str | None],
    at: dt.datetime,
    version: int,
    due: dt.datetime | None,
    mine: dict[str, Obligation],
    opened: dict[str, Obligation],
    closed: list[Obligation],
) -> None:
    """Close what is breached as breached, and open another entry, whose time begins now."""
    closed.append(cancelled(mine.pop(one.id), at))
    opened.pop(one.id, None)
    norm = bound.clocked[one.norm]
    fresh = open_obligation(
        bound.norm(norm),
        bound.term(norm),
        case_id=one.case,
        version=version,
        who=who,
        since=at,
        regulation=bound.regulation,
        # An instant that has passed binds nobody anew: until the data name another, there is none.
        due=due if due is not None and due > at else None,
    )
    while fresh.id in opened or fresh.id in mine:
        fresh = replace(fresh, id=f"{fresh.id}:{who[1] or who[0]}")
    opened[fresh.id] = fresh


def _pause_and_resume(
    bound: Bound,
    target: str,
    after: Any,
    at: dt.datetime,
    mine: dict[str, Obligation],
    opened: dict[str, Obligation],
) -> None:
    """Stop or start the clocks of what stays open, as the hold and the stage ask."""
    stands_still = bound.pauses[target]
    if bound.on_hold is not None and bound.on_hold(after):
        stands_still |= bound.pausable
    waiting = {(sla.norm.id, person) for sla, owners, _ in bound.personal for person in owners.waiting(after)}
    if not stands_still and not waiting and not any(one.status is ObligationStatus.PAUSED for one in mine.values()):
        return
    for one in (*mine.values(), *(fresh for name, fresh in tuple(opened.items()) if name not in mine)):
        if one.norm in stands_still or (one.norm, one.person) in waiting:
            changed = with_pause(one, at, bound.regulation)
        else:
            changed = without_pause(one, at, bound.regulation)
        if changed is not one:
            opened[changed.id] = changed
            if changed.id in mine:
                mine[changed.id] = changed


def fold(old: Owed, opened: Owed, closed: Owed) -> Owed:
    """What a case owes after an event, from what it owed before."""
    if not opened and not closed:
        return old
    kept = {one.id: one for one in (*old, *opened)}
    for one in closed:
        kept.pop(one.id, None)
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
