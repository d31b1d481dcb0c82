"""Who may take a step: the actor's authority, what the payload's types demand, and the guards that see no payload."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from salesreg.decide.plan import Bound, Plan
from salesreg.errors import Refusal
from salesreg.process.case import Attempt, Case, Obligation, Related
from salesreg.process.charges import role_of
from salesreg.process.guards import away, not_available, not_before
from salesreg.process.payload import Field
from salesreg.process.steps import Stop
from salesreg.process.who import SUPERIOR, Assigned, Charge, Superior
from salesreg.rules.people import Actor, Employee
from salesreg.rules.roles import SYSTEM, Role

People = Mapping[str, Employee]


def judge(
    bound: Bound,
    plan: Plan,
    data: Any,
    actor: Actor,
    at: dt.datetime,
    case_id: str,
    related: Related,
    obligations: tuple[Obligation, ...],
    people: People,
) -> tuple[Attempt, list[Refusal]]:
    """The attempt with its role settled, and what speaks against it before the payload is looked at."""
    me = actor.employee
    refusals: list[Refusal] = []
    if plan.sole is not None and plan.sole in me.roles and not actor.unacknowledged:
        role: str | None = plan.sole
        absent: Employee | None = None
    else:
        role, absent = _authority(bound, plan, actor, data)
    attempt = Attempt(
        case_id, plan.step, me, role, absent, at, bound.regulation, related, obligations, plan.source, people,
        frozenset(actor.above),
    )  # fmt: skip
    if (me.hired_on is not None or me.left_on is not None) and not me.works_on(at.astimezone(bound.zone).date()):
        refusals.append(not_available(me))
    if role is None:
        refusals.append(_wrong_role(plan, me, data))
    elif role in actor.unacknowledged and not plan.newcomers:
        refusals.append(
            Refusal(
                "not_acknowledged",
                "{name} has not acknowledged the rules for the {need:role}, so {step:step} has to wait",
                need=role,
                facts={"name": me.full_name, "step": plan.step},
                clause=bound.acknowledge_clause,
            )
        )
    if plan.only is not None and role is not None and role != SYSTEM.id:
        wanted = plan.only.find(data)
        if not _is(wanted, absent or me):
            refusals.append(_not_assigned(plan, plan.only, wanted, absent or me))
    if plan.never is not None:
        # Whoever stands in for the author today is no second pair of eyes, also in a role of their own.
        # Nor is somebody whom whoever is acted for stands in for.
        behind = () if absent is None else actor.behind.get(absent.id, ())
        mine = {me.id, *(one.id for one in actor.absent), *behind} if actor.absent else (me.id,)
        named = plan.never.find(data)
        several = (named,) if named is None or isinstance(named, str | Role) else named
        if barred := tuple(sorted({one for one in several if isinstance(one, str) and one in mine})):
            text = "{step:step} is not for {who:title} ({got}): duties are separated"
            facts = {"step": plan.step, "who": f"who.{plan.never.title}"}
            refusals.append(Refusal("same_person", text, got=barred, facts=facts, clause=bound.separation_clause))
    for guard in plan.guards:
        try:
            refusals += guard(data, attempt)
        except Stop:
            continue
    return attempt, refusals


def demands(bound: Bound, plan: Plan, given: Mapping[str, Any], attempt: Attempt) -> Iterator[Refusal]:
    """What the payload's types demand, a refusal each, with the field's name."""
    said: set[dt.datetime] = set()
    for field in plan.demanding:
        value = given[field.name]
        if value is None:
            continue
        each = value if isinstance(value, tuple) else (value,)
        if field.held is not None:
            yield from _held(bound, field, value, attempt)
        elif field.mark == "blank":
            if not all(each):
                text = "{field:field} is required, and says something: it has a letter or a digit"
                yield Refusal("blank", text, got=value, facts={"field": field.name})
        elif field.mark == "past":
            late = [one for one in each if one > attempt.at]
            said.update(late)
            yield from (_not_yet(field.name, attempt.at, one) for one in late)
        else:
            yield from _not_so(field, each, attempt.at)
    # What starts or stops a clock is a fact, also where its field only says that it is an instant.
    for sla in plan.occurring:
        for name in sla.occurred:
            when = given.get(name)
            if when is not None and when > attempt.at and when not in said:
                said.add(when)
                yield _not_yet(name, attempt.at, when)


def older_facts(
    bound: Bound, plan: Plan, case: Case[Any] | None, given: Mapping[str, Any], said: Iterable[Refusal]
) -> Iterable[Refusal]:
    """Facts that are older than the case, or what it is about; but for those of which the step has said so itself."""
    if case is None or not plan.facts:
        return ()
    since = case.begun_at if bound.began is None else bound.began(case.data)
    known = {one.facts.get("field") for one in said if one.code == "too_early"}
    values = {name: given[name] for name in plan.facts if given[name] and name not in known}
    first = {name: min(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return [refusal for name, when in first.items() for refusal in not_before(when, since, name)]


def _not_so(field: Field, each: tuple[Any, ...], now: dt.datetime) -> Iterator[Refusal]:
    """What is planned lies ahead, and what is counted is more than nothing."""
    facts = {"field": field.name}
    for one in each:
        if field.mark == "future" and one <= now:
            text = "{field:field} lies in the future"
            yield Refusal("in_the_past", text, need=now.isoformat(), got=one.isoformat(), facts=facts)
        elif field.mark == "positive" and one <= 0:
            yield Refusal("not_positive", "{field:field} is more than nothing", need=0, got=str(one), facts=facts)


def _not_yet(field: str, now: dt.datetime, got: dt.datetime) -> Refusal:
    text = "{field:field} cannot be recorded before it happens"
    return Refusal("not_yet", text, need=now.isoformat(), got=got.isoformat(), facts={"field": field})


def _held(bound: Bound, field: Field, value: Any, attempt: Attempt) -> Iterator[Refusal]:
    """Whoever a field names is known, works here if they must, and holds the role that it asks for."""
    assert field.held is not None  # noqa: S101 - the caller has looked
    for person_id in field.people(value):
        person = attempt.people.get(str(person_id))
        if person is None:
            yield Refusal("nobody", "{field:field}: nobody is called {got}", got=person_id, facts={"field": field.name})
            continue
        wanted = field.held.role
        if wanted is not None and wanted.id not in person.roles:
            yield Refusal(
                "wrong_assignee",
                "{name} is no {need:role}",
                need=wanted.id,
                got=tuple(sorted(person.roles)),
                facts={"name": person.full_name, "field": field.name},
            )
        if field.held.employed and not person.works_on(attempt.at.astimezone(bound.zone).date()):
            yield not_available(person)
        elif field.held.employed and not field.held.away and attempt.role != SYSTEM.id:
            yield from away(person, field.name)


def _authority(bound: Bound, plan: Plan, actor: Actor, data: Any) -> tuple[str | None, Employee | None]:
    """The role in which the actor may take the step, and whom they stand in for: themselves if that will do."""
    allowed = plan.allowed
    if actor.unacknowledged:
        # Of several roles that would do, one whose rules they know.
        allowed = tuple(sorted(allowed, key=lambda who: isinstance(who, str) and who in actor.unacknowledged))
    fitting: tuple[str | None, Employee | None] = None, None
    for person in (actor.employee, *actor.absent):
        for who in allowed:
            if isinstance(who, str):
                if who not in person.roles:
                    continue
                role = who
            elif isinstance(who, Superior):
                role = next((role for above, role in actor.above.values() if above == person.id), "")
                if not role:
                    continue
            else:
                wanted = who.find(data)
                if not _is(wanted, person):
                    continue
                role = wanted.id if isinstance(wanted, Role) else _role_of(bound, plan, who, person, data)
            found = role, None if person is actor.employee else person
            if plan.only is None or role == SYSTEM.id or _is(plan.only.find(data), person):
                return found
            fitting = fitting if fitting[0] else found
    return fitting


def _role_of(bound: Bound, plan: Plan, who: Assigned[Any], person: Employee, data: Any) -> str:
    """The role in which somebody assigned acts: the charge's, or one that the step asks for, if they hold one."""
    own = role_of(who, data, bound.regulation) if isinstance(who, Charge) else None
    asked = (*(() if own is None else (own.id,)), *plan.by_roles)
    return next((role for role in asked if role in person.roles), min(person.roles))


def _is(wanted: str | Role | None, person: Employee) -> bool:
    """Whether somebody is who is wanted, by id or by role; an id that reads like a role is still an id."""
    return wanted.id in person.roles if isinstance(wanted, Role) else wanted == person.id


def _wrong_role(plan: Plan, me: Employee, data: Any) -> Refusal:
    need = tuple(who if isinstance(who, str) else _named(who, data) for who in plan.allowed if who is not SUPERIOR)
    return Refusal(
        "wrong_role",
        "{step:step} is for {who:title}, and {name} is {got:role}",
        need=need,
        got=tuple(sorted(me.roles)),
        facts={"step": plan.step, "who": plan.by_keys, "name": me.full_name},
    )


def _not_assigned(plan: Plan, only: Assigned[Any], wanted: str | Role | None, person: Employee) -> Refusal:
    return Refusal(
        "not_assigned",
        "{step:step} is for {who:title} ({need}), not for {name}",
        need=wanted.id if isinstance(wanted, Role) else wanted,
        got=person.id,
        facts={"step": plan.step, "who": f"who.{only.title}", "name": person.full_name},
    )


def _named(who: Assigned[Any] | Superior, data: Any) -> str | None:
    found = None if isinstance(who, Superior) else who.find(data)
    return found.id if isinstance(found, Role) else found
