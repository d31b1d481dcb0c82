"""The facts of a bonus from the record: sales, refunds and obligations of one person, each with the event behind it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from salesreg.calendars import BusinessCalendar
from salesreg.commercial.domain.indicators import SALES, Period
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.pay_facts import Duty, Fact, PeriodFacts, TeamResult, Verdict
from salesreg.commercial.domain.plans import LONGEST, BonusLine, BonusStatement, PayKind, spelled
from salesreg.commercial.in_force import version_in_force
from salesreg.commercial.indicators import By, Indicators
from salesreg.commercial.motivation.calculate import terms
from salesreg.commercial.motivation.explain import explain
from salesreg.commercial.motivation.wages import leave_line, salary_line
from salesreg.commercial.motivation.workings import Trace, half_up, kopecks
from salesreg.commercial.processes.bonus import SALARY_DAYS, BonusProcess
from salesreg.commercial.processes.regulation_version import RegulationVersionProcess
from salesreg.engine import ProcessEngine
from salesreg.engine.command import Asked
from salesreg.errors import DomainError
from salesreg.process import Case, Event, ObligationStatus
from salesreg.rules import Employee
from salesreg.rules.people import SYSTEM_ACTOR

_FIRST = dt.date(1900, 1, 1)


def record_of(engine: ProcessEngine) -> Indicators:
    """All that is on record, read once for the bonuses of many."""
    staff = engine._people.everybody(engine.now()).values()  # noqa: SLF001 - whom the engine asks who works here
    return Indicators(engine.regulation, staff=staff, roles=engine.rulebook.roles).fold(_events(engine))


def _with(person: Employee, engine: ProcessEngine, mine: BonusStatement, known: Indicators) -> Indicators:
    """The same record in the scheme's currency, with those who worked here as the period ended, gone since or not."""
    noon = dt.datetime.combine(mine.period_end, dt.time(12), ZoneInfo(known.record.timezone))
    there = engine._people.everybody(noon) | dict(known.staff) | {person.id: person}  # noqa: SLF001 - as above
    more: dict[str, Any] = {"roles": engine.rulebook.roles, "currency": terms(mine).currency, "record": known.record}
    return Indicators(known.regulation, staff=there.values(), **more)


def reckon(
    engine: ProcessEngine, statement: str | Case[BonusStatement], record: Indicators | None = None
) -> Case[BonusStatement]:
    """Calculate a statement from what is on record, as the system: nobody else sets what a bonus comes to.

    A salary is that of the working days since the pay day before, leave pay the average of what was paid before.

    Args:
        engine: whose record it is.
        statement: the case of the statement, open, calculated or disputed.
        record: what `record_of` has read; by default it is read anew.

    Raises:
        StepRefused: the statement stands where it is calculated no more, or what is on record contradicts itself.
        DomainError: the plan does not say what is needed.
    """
    case = engine.case(statement if isinstance(statement, str) else statement.id)
    mine: BonusStatement = case.data
    payload = _bonus(engine, case.id, mine, record) if mine.kind is PayKind.BONUS else {"lines": (_wage(engine, mine),)}
    run = engine._runner.run  # noqa: SLF001 - the one way to act as the system, which no caller of the engine may
    return run(Asked(None, BonusProcess.calculate_statement.id, payload, SYSTEM_ACTOR, case=case.id))


def _bonus(engine: ProcessEngine, case: str, mine: BonusStatement, record: Indicators | None) -> dict[str, Any]:
    others = {
        one.id: one.data for one in statements(engine, mine.employee) if one.data.facts is not None and one.id != case
    }
    people = engine._people  # noqa: SLF001 - as above
    person = people.employee(mine.employee)
    known = _with(person, engine, mine, record or record_of(engine))
    away = {day for day in mine.days if mine.employee in people.away(day)}
    given = facts(mine, tuple(others.values()), known, person, at=engine.now(), away=away)
    versions = tuple(one.id for one in _all(engine, RegulationVersionProcess.id))
    return {"facts": given, "earlier": tuple(others), "versions": versions}


def _wage(engine: ProcessEngine, mine: BonusStatement) -> BonusLine:
    """The line of a salary or of leave pay."""
    people, calendar = engine._people, engine.regulation.calendar  # noqa: SLF001 - as above
    person = people.employee(mine.employee)
    if person.schedule is not None:
        calendar = calendar.with_schedule(person.schedule)
    if mine.kind is PayKind.LEAVE_PAY:
        year = {mine.period_start - dt.timedelta(days=days) for days in range(1, LONGEST)}
        paid = [one.data for one in _all(engine, BonusProcess.id, where={"employee": mine.employee}, stage="paid")]
        mine_then = [one for one in paid if one.kind is not PayKind.LEAVE_PAY and one.period_end in year and one.total]
        months = {(one.period_end.year, one.period_end.month) for one in mine_then if one.kind is PayKind.SALARY}
        earned = [one.total for one in mine_then if one.total is not None]
        return leave_line(sum(earned[1:], start=earned[0]) if earned else Money(0), len(months), mine.days, calendar)
    day, zone = mine.period_start, ZoneInfo(engine.regulation.calendar.timezone)
    midnight = dt.datetime.combine(day, dt.time(), zone)
    every = engine.regulation.term(SALARY_DAYS)
    assert every is not None  # noqa: S101 - the engine opens with it
    known = engine.regulation.calendar.occurrences(every, midnight - dt.timedelta(days=LONGEST), midnight)
    since = max((one.date() for one in known if one.date() < day), default=day)
    days = [since + dt.timedelta(days=number) for number in range((day - since).days)]
    version = version_in_force(engine, midnight)
    plan = None if version is None else version.plan_for(person.position)
    if plan is None:
        text = "no version with a plan for the position “{got}” was in force on {day}"
        raise DomainError("no_version_of_plan", text, got=person.position, day=day.isoformat())
    return salary_line(plan, days, calendar, lambda one: person.works_on(one) and person.id not in people.away(one))


def explained(engine: ProcessEngine, statement: str) -> Trace:
    """A bonus statement explained, with the others that it rests on.

    Raises:
        DomainError: it is no calculated bonus.
    """
    mine: BonusStatement = engine.case(statement).data
    if not isinstance(mine, BonusStatement):
        raise DomainError("not_a_statement", "{got} is no bonus statement", got=statement)
    zone = engine.regulation.calendar.timezone
    return explain(mine, [engine.case(one).data for one in mine.earlier], zone)


def statements(engine: ProcessEngine, employee: str = "") -> Iterator[Case[BonusStatement]]:
    """The bonus statements that stand; of one employee, or of everybody."""
    for one in _all(engine, BonusProcess.id, **({"where": {"employee": employee}} if employee else {})):
        if one.data.kind is PayKind.BONUS and one.data.reversal is None and employee in {"", one.data.employee}:
            yield one


def _events(engine: ProcessEngine) -> Iterator[Event]:
    """The whole log, in its order."""
    page = engine.events()
    while page.events:
        yield from page.events
        page = engine.events(position=page.position)


def _all(engine: ProcessEngine, process: str, **criteria: Any) -> Iterator[Case[Any]]:
    """Every case, page by page."""
    page = engine.cases(process, **criteria)
    while page:
        yield from page
        page = engine.cases(process, after=page[-1], **criteria)


def facts(
    statement: BonusStatement,
    others: Sequence[BonusStatement],
    known: Indicators,
    person: Employee,
    *,
    at: dt.datetime,
    away: Collection[dt.date] = (),
) -> PeriodFacts:
    """What a statement is reckoned from, as known at an instant; days on which the employee was away do not count."""
    period = Period(statement.period_start, statement.period_end)
    settled = {name for one in others for name in one.paid_for}
    mine = tuple(_ledger(statement, known, at))
    sold = {one.id: one.day for one in mine}
    fresh = tuple(
        one
        for one in mine
        if spelled(one.id) not in settled
        and any(sold.get(one.takes_back, one.day) in each for each in (statement, *others))
    )
    others_facts = [one.facts for one in others if one.facts is not None]
    told = [duty for each in others_facts for duty in each.corrected]
    held = {duty.id: duty for each in others_facts for duty in each.knowing(told).duties}
    first, after = period.bounds(known.record.timezone)
    owed = tuple(_duties(known, statement.employee, at))
    duties = tuple(one for when, one in owed if first <= when < after and one.id not in held)
    corrected = tuple(one for _, one in owed if one.id in held and one.better_than(held[one.id]))
    plan = known.figures(SALES, period, By.PERSON).get(statement.employee)
    worked, norm = _days(statement, known.regulation.calendar, person, away)
    month, team = _month(statement, person), _team(statement, known, period, at)
    return PeriodFacts(fresh, duties, _amount(plan, statement), worked, norm, month, team, corrected)


def _duties(known: Indicators, employee: str, at: dt.datetime) -> Iterator[tuple[dt.datetime, Duty]]:
    """What somebody owed by name, each with the instant at which that was settled.

    Each thing once: what they had not done in time and were given longer for is one breach.
    """
    mine = [one for one in known.verdicts(_until(at, known), at=at, person=employee) if one.person == employee]
    put_off = {(one.case, one.norm, one.closed_at) for one in mine if one.status is ObligationStatus.BREACHED}
    for one in mine:
        settled = one.settled(at)
        if settled is not None and not (one.continues and (one.case, one.norm, one.started_at) in put_off):
            due = one.due or settled[1]
            yield settled[1], Duty(one.corrects or one.id, one.norm, due, Verdict(str(one.status)), one.closed_at)


def _until(at: dt.datetime, known: Indicators) -> Period:
    """All days up to an instant."""
    return Period(_FIRST, at.astimezone(ZoneInfo(known.record.timezone)).date())


def _amount(figure: Fraction | None, statement: BonusStatement) -> Money | None:
    return None if not figure else kopecks(half_up(figure * 100), terms(statement).currency)


def _team(statement: BonusStatement, known: Indicators, period: Period, at: dt.datetime) -> TeamResult | None:
    """What the employee's department has sold; those who work there at the end of the period share alike."""
    scheme, team = terms(statement), known.team_of(statement.employee)
    plan = _amount(known.figures(SALES, period, By.TEAM).get(team or ""), statement)
    if scheme.team is None or plan is None:
        return None
    members = [name for name, one in known.staff.items() if known.team_of(name) == team and one.works_on(period.last)]
    if not members:
        return None
    sales = known.sales(period, at=at, basis=scheme.basis)
    ours = (one.amount for one in sales if known.team_of(one.person) == team and one.amount.currency == scheme.currency)
    return TeamResult(sum(ours, start=Money(0, scheme.currency)), plan, dict.fromkeys(members, Decimal(1)))


def _ledger(statement: BonusStatement, known: Indicators, at: dt.datetime) -> Iterator[Fact]:
    """Every sale of somebody's, and what was taken back of each, of a deal's last sale first."""
    scheme, zone = terms(statement), ZoneInfo(known.record.timezone)
    every = known.sales(_until(at, known), at=at, basis=scheme.basis)
    left: dict[str, list[tuple[Fact, str | None, Money]]] = {}
    times = Counter[str]()

    def once(name: str) -> str:
        times[name] += 1  # one event may bring several payments of an order
        return name if times[name] == 1 else f"{name}#{times[name]}"

    for sale in every:
        if sale.amount.currency != scheme.currency:
            continue
        name, day = f"{sale.event}/{sale.order}", sale.at.astimezone(zone).date()
        open_ = left.setdefault(f"{sale.deal}/{sale.order}", [])
        if sale.amount.amount > 0:
            fact = Fact(once(name), sale.deal, sale.amount, day)
            open_.append((fact, sale.person, sale.amount))
            if sale.person == statement.employee:
                yield fact
        back = -sale.amount
        while back.amount > 0 and open_:
            fact, person, rest = open_.pop()
            taken = min(back, rest)
            back -= taken
            if rest > taken:
                open_.append((fact, person, rest - taken))
            if person == statement.employee:
                yield Fact(once(f"{name}<{fact.id}"), fact.deal, taken, day, takes_back=fact.id)


def _days(
    statement: BonusStatement, company: BusinessCalendar, person: Employee, away: Collection[dt.date]
) -> tuple[Decimal, Decimal]:
    """How many of the period's working days somebody worked, by their own hours, and how many there are."""
    calendar = company if person.schedule is None else company.with_schedule(person.schedule)
    there = [day for day in statement.days if calendar.is_working_day(day)]
    return Decimal(sum(day not in away and person.works_on(day) for day in there)), Decimal(len(there))


def _month(statement: BonusStatement, person: Employee) -> int:
    """The number of the month since somebody came, in the month in which the period ends."""
    came, last = person.hired_on, statement.period_end
    return 0 if came is None else max(0, (last.year - came.year) * 12 + last.month - came.month + 1)
