"""Who may take a step: a process under one regulation, the actor's authority, and the guards that see no payload."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterator
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

import attrs

from salesreg.calendars import Term
from salesreg.domain.people import Actor, Employee, Role
from salesreg.errors import Refusal
from salesreg.processes import STAGE_OWNER, Assigned, Attempt, Each, Obligation, Process, Related, Sla, Stage, Step
from salesreg.regulation import Norm, Parameter, Regulation

__all__ = ["ACKNOWLEDGE_FIRST", "SEPARATE_DUTIES", "BoundProcess", "bind", "judge"]

D = TypeVar("D")

SEPARATE_DUTIES: Final = Parameter(
    "duties.separated",
    bool,
    clause="R95",
    doc="Whether an approver must be another person than the submitter; a small firm may merge the roles.",
    ru="Должен ли утверждающий отличаться от подавшего; малая фирма может совмещать роли.",
    default=True,
)

ACKNOWLEDGE_FIRST: Final = Parameter(
    "duties.acknowledge_first",
    bool,
    clause="R98",
    doc="Whether nobody acts in a role before acknowledging its rules in the regulation in force.",
    ru="Запрещено ли действовать в роли до ознакомления с её правилами в действующем регламенте.",
    default=False,
)


class BoundProcess(Generic[D]):
    """A process under one regulation: who may take which step where, with every parameter resolved."""

    __slots__ = (
        "assigned",
        "by",
        "clock_terms",
        "dues",
        "names",
        "personal",
        "process",
        "regulation",
        "separated",
        "starts",
        "stops",
        "terms",
        "values",
        "voids",
    )

    def __init__(self, process: type[Process[D]], regulation: Regulation) -> None:
        self.process: type[Process[D]] = process
        self.regulation: Regulation = regulation
        self.separated: bool = regulation.value(SEPARATE_DUTIES)
        owners: list[tuple[Norm, object]] = [(s.term, s.owner) for s in process.stages.values() if s.term is not None]
        owners += [(sla.norm, sla.owner) for sla in process.slas.values()]
        self.assigned: dict[str, Assigned] = {norm.id: who for norm, who in owners if isinstance(who, Assigned)}
        self.names: tuple[str, ...] = tuple(field.name for field in attrs.fields(process.data))
        self.values: Callable[[Any], tuple[Any, ...]] = _values_of(self.names)
        with_term = [(stage.id, stage.term) for stage in process.stages.values() if stage.term is not None]
        self.terms: dict[str, Term | None] = {stage: regulation.term(norm) for stage, norm in with_term}
        self.dues: dict[str, Callable[[Any], dt.datetime | None]] = {
            sla.norm.id: sla.due for sla in process.slas.values() if sla.due is not None
        }
        self.clock_terms: dict[str, Term | None] = {sla.id: regulation.term(sla.norm) for sla in process.slas.values()}
        self.by: dict[tuple[str, str | None], tuple[Role | Assigned, ...]] = {
            (step.id, source): self._roles(step, process.stages.get(source or ""))
            for step in process.steps.values()
            for source in process.table[step.id]
        }
        self.personal: tuple[tuple[Sla, Each], ...] = tuple(
            (sla, sla.owner) for sla in process.slas.values() if isinstance(sla.owner, Each)
        )
        shared = [sla for sla in process.slas.values() if not isinstance(sla.owner, Each)]
        steps = process.steps.values()
        self.starts: dict[str, list[Sla]] = {step.id: [sla for sla in shared if step in sla.start] for step in steps}
        self.voids: dict[str, list[Sla]] = {step.id: [sla for sla in shared if step in sla.void] for step in steps}
        self.stops: dict[str, list[Sla]] = {step.id: [sla for sla in shared if step in sla.stop] for step in steps}

    def _roles(self, step: Step, stage: Stage | None) -> tuple[Role | Assigned, ...]:
        found: list[Role | Assigned] = []
        for who in step.by:
            meant = stage.owner if who is STAGE_OWNER and stage is not None else who
            if isinstance(meant, Parameter):
                found.append(self.regulation.value(meant))
            elif isinstance(meant, Role | Assigned):
                found.append(meant)
        return tuple(found)


def _values_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Reads attributes as a tuple; one call, for it stands in the way of every command."""
    if len(names) < 2:
        return lambda data: tuple(getattr(data, name) for name in names)
    return attrgetter(*names)


def bind(process: type[Process[D]], regulation: Regulation) -> BoundProcess[D]:
    """The process under the regulation; made once for each pair."""
    key: Any = process  # mypy holds that a class is not hashable
    bound: BoundProcess[D] = _bound(key, regulation)
    return bound


@lru_cache(maxsize=256)
def _bound(process: Any, regulation: Regulation) -> BoundProcess[Any]:
    return BoundProcess(process, regulation)


def judge(
    bound: BoundProcess[Any],
    step: Step,
    stage_id: str | None,
    data: Any,
    actor: Actor,
    at: dt.datetime,
    regulation: Regulation,
    case_id: str,
    cases: Related,
    obligations: tuple[Obligation, ...] = (),
) -> tuple[Attempt, list[Refusal]]:
    """The attempt with its role settled, and what speaks against it before the payload is looked at."""
    allowed = bound.by[step.id, stage_id]
    refusals: list[Refusal] = []
    role, stands_in = _authority(step, allowed, actor, data)
    person = stands_in or actor.employee
    attempt = Attempt(case_id, step.id, actor.employee, role, stands_in, at, regulation, cases, obligations, stage_id)
    if not _works_here(actor.employee, at, regulation):
        refusals.append(_not_available(step, actor))
    if role in actor.unacknowledged and not bound.process.open_to_newcomers:
        refusals.append(_not_acknowledged(step, role, actor))
    if role is None:
        refusals.append(_wrong_role(step, allowed, actor, data))
    elif role is not Role.SYSTEM and step.only is not None:
        refusals += _only(step, person, data)
    if step.never is not None and bound.separated:
        # Whoever stands in for the author today is no second pair of eyes, also in a role of their own.
        refusals += _never(step, {actor.employee.id, *(one.id for one in actor.absent)}, data)
    for guard in step.requires:
        refusals += guard(data, attempt)
    return attempt, refusals


def _authority(
    step: Step, allowed: tuple[Role | Assigned, ...], actor: Actor, data: Any
) -> tuple[Role | None, Employee | None]:
    """The role in which the actor may take the step, and whom they stand in for: themselves if that will do."""
    if actor.unacknowledged:
        # Of several roles that would do, one whose rules they know.
        allowed = tuple(sorted(allowed, key=lambda who: who in actor.unacknowledged))
    fitting: tuple[Role | None, Employee | None] = None, None
    for person in (actor.employee, *actor.absent):
        for who in allowed:
            wanted = who if isinstance(who, Role) else who.find(data)
            if _is(wanted, person):
                role = wanted if isinstance(wanted, Role) else min(person.roles)
                found = role, None if person is actor.employee else person
                if step.only is None or role is Role.SYSTEM or _is(step.only.find(data), person):
                    return found
                fitting = fitting if fitting[0] else found
    return fitting


def _is(wanted: str | None, person: Employee) -> bool:
    """Whether somebody is who is wanted, by id or by role; an id that reads like a role is still an id."""
    return wanted in person.roles if isinstance(wanted, Role) else wanted == person.id


def _works_here(person: Employee, at: dt.datetime, regulation: Regulation) -> bool:
    if person.hired_on is None and person.left_on is None:
        return True
    return person.works_on(at.astimezone(zoneinfo.ZoneInfo(regulation.calendar.timezone)).date())


def _not_available(step: Step, actor: Actor) -> Refusal:
    who = actor.employee
    return Refusal(
        "not_available",
        f"{who.full_name} does not work here on that day",
        ru=f"{who.full_name} в этот день не работает в компании",
        clause=step.clause or "R81",
        need=f"from {who.hired_on or 'the beginning'} until {who.left_on or 'further notice'}",
        got=who.id,
    )


def _wrong_role(step: Step, allowed: tuple[Role | Assigned, ...], actor: Actor, data: Any) -> Refusal:
    held = sorted(actor.employee.roles)
    return Refusal(
        "wrong_role",
        f"{step.title!r} is for {' or '.join(who.text() for who in allowed) or 'nobody'}, "
        f"and {actor.employee.full_name} is {', '.join(role.text() for role in held)}",
        ru=f"«{step.ru}» выполняет {' или '.join(who.text('ru') for who in allowed) or 'никто'}, "
        f"а {actor.employee.full_name} — {', '.join(role.text('ru') for role in held)}",
        clause=step.clause or "R81",
        need=tuple(str(who) if isinstance(who, Role) else who.find(data) for who in allowed),
        got=tuple(str(role) for role in held),
    )


def _not_acknowledged(step: Step, role: Role, actor: Actor) -> Refusal:
    who = actor.employee.full_name
    return Refusal(
        "not_acknowledged",
        f"{who} has not acknowledged the rules for the {role.text()}, so {step.title!r} has to wait",
        ru=f"{who} не ознакомлен(а) с правилами роли «{role.text('ru')}», поэтому «{step.ru}» пока недоступно",
        clause="R84",
        need=f"an acknowledgement of the rules for {role}",
        got="none",
    )


def _only(step: Step, person: Employee, data: Any) -> Iterator[Refusal]:
    assert step.only is not None  # noqa: S101 - the caller has looked
    wanted = step.only.find(data)
    if not _is(wanted, person):
        yield Refusal(
            "not_assigned",
            f"{step.title!r} is for {step.only.title} ({wanted or 'nobody yet'}), not {person.full_name}",
            ru=f"«{step.ru}» выполняет {step.only.ru} ({wanted or 'пока никто'}), а не {person.full_name}",
            clause=step.clause or "R81",
            need=wanted,
            got=person.id,
        )


def _never(step: Step, people: set[str], data: Any) -> Iterator[Refusal]:
    assert step.never is not None  # noqa: S101 - the caller has looked
    named = step.never.find(data) if isinstance(step.never, Each) else (step.never.find(data),)
    if barred := ", ".join(sorted(people.intersection(one for one in named if one is not None))):
        yield Refusal(
            "same_person",
            f"{step.title!r} is not for {step.never.title} ({barred}): duties are separated",
            ru=f"«{step.ru}» не выполняет {step.never.ru} ({barred}): обязанности разделены",
            clause="R95",
            need=f"anybody but {barred}",
            got=barred,
        )
