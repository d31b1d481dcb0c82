"""Hypothesis strategies for what salesreg works with: valid by construction, and small when they shrink.

``@given`` resolves our types by their annotations too, see `salesreg.testing.annotations`. Entities of one's own that
cannot be drawn attribute by attribute are taught with `teach`.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin

import attrs
import msgspec
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from salesreg.calendars import BusinessCalendar, Term, Unit, WorkSchedule
from salesreg.decide import available
from salesreg.decide.decide import take
from salesreg.errors import SalesregError
from salesreg.process import Case, Held, Process
from salesreg.process.payload import BLANK, FUTURE, PAST, POSITIVE
from salesreg.process.references import Ref
from salesreg.process.steps import AnyStep
from salesreg.rules import (
    SYSTEM,
    SYSTEM_ACTOR,
    Absence,
    Actor,
    Dated,
    Delegation,
    Employee,
    Parameter,
    Regulation,
    Role,
)
from salesreg.rules.conduct import KERNEL_PARAMETERS

By = TypeVar("By", Employee, Actor, Employee | Actor)
_SAID: Final = ("ok", "call of 2 March", "письмо клиента", "A-14")
_ROLES: Final = (Role("chief", "chief"), Role("clerk", "clerk"), Role("cashier", "cashier"))


def instants(
    first: dt.datetime = dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
    last: dt.datetime = dt.datetime(2026, 12, 31, tzinfo=dt.UTC),
) -> SearchStrategy[dt.datetime]:
    """Aware instants in UTC, whole minutes, within years whose Russian calendar is decreed."""
    minutes = int((last - first).total_seconds()) // 60
    return st.integers(0, minutes).map(lambda minute: first + dt.timedelta(minutes=minute))


def terms() -> SearchStrategy[Term]:
    """Forward terms of every unit that counts, up to two weeks or so."""
    days = st.builds(Term, st.integers(1, 10), st.sampled_from([Unit.BUSINESS_DAY, Unit.CALENDAR_DAY]))
    work = st.builds(Term, st.integers(1, 600), st.sampled_from([Unit.WORKING_MINUTE, Unit.MINUTE]))
    return days | work


def schedules() -> SearchStrategy[WorkSchedule]:
    """Office hours in several zones, with and without lunch."""
    return st.builds(
        WorkSchedule.standard,
        start=st.sampled_from(["08:00", "09:00", "10:30"]),
        end=st.sampled_from(["17:00", "18:00", "19:15"]),
        lunch=st.sampled_from([None, "13:00-14:00", "12:30-13:15"]),
        timezone=st.sampled_from(["Europe/Moscow", "Asia/Yekaterinburg", "Europe/Berlin"]),
    )


def calendars() -> SearchStrategy[BusinessCalendar]:
    """Business calendars of Russia with several schedules."""
    return schedules().map(BusinessCalendar.russia)


@attrs.frozen
class _Known:
    """What a value may rest on: the ids of cases by process, people, and what time it is."""

    cases: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    people: tuple[Employee, ...] = ()
    at: dt.datetime | None = None


_NOTHING: Final = _Known()

# -- people and regulations -------------------------------------------------------------------------------------------


def employees(roles: Sequence[Role] = _ROLES) -> SearchStrategy[Employee]:
    """People with one to three of some roles."""
    return st.builds(
        Employee,
        st.sampled_from(["anna", "boris", "olga", "faina", "igor"]),
        st.just("Somebody"),
        st.frozensets(st.sampled_from(list(roles)), min_size=1, max_size=3),
    )


def roles_of(process: type[Process[Any]], regulation: Regulation | None = None) -> tuple[Role, ...]:
    """Every role that a page names, those that parameters give under a regulation included; not the system's."""
    found: dict[str, Role] = {}
    for who in process.table.whos():
        meant = regulation.value(who) if isinstance(who, Parameter) and regulation is not None else who
        if isinstance(meant, Role):
            found.setdefault(meant.id, meant)
    for duty in process.duties.values():
        found.setdefault(duty.per.id, duty.per)
    for spec in process.table.specs.values():
        for field in spec.payload.people:
            if field.held is not None and field.held.role is not None:
                found.setdefault(field.held.role.id, field.held.role)
    return tuple(role for name, role in found.items() if name != SYSTEM.id)


def staff(roles: Iterable[Role]) -> tuple[Employee, ...]:
    """Two people for every role, and one who holds all of them, each with an address."""
    given = list(roles)
    people = [
        Employee(f"{role.id}.{n}", f"{role.title.capitalize()} {n}", [role], email=f"{role.id}.{n}@firm.example")
        for role in given
        for n in (1, 2)
    ]
    return (*people, Employee("everything", "Everything at once", given, email="all@firm.example"))


@st.composite
def absences(draw: st.DrawFn, people: Sequence[Employee], first: dt.date, last: dt.date) -> Absence:
    """Absences of some people between two days, with a deputy or without."""
    who, deputy = draw(st.permutations(list(people)))[:2]
    begins, ends = sorted(draw(st.tuples(st.dates(first, last), st.dates(first, last))))
    return Absence(who.id, begins, ends, draw(st.sampled_from([deputy.id, None])))


@st.composite
def delegations(draw: st.DrawFn, people: Sequence[Employee], first: dt.date, last: dt.date) -> Delegation:
    """Delegations between some people and two days, of all roles or of one."""
    who, deputy = draw(st.permutations(list(people)))[:2]
    begins, ends = sorted(draw(st.tuples(st.dates(first, last), st.dates(first, last))))
    return Delegation(who.id, deputy.id, begins, ends, roles=draw(st.sampled_from([None, [min(who.roles)]])))


def regulations(process: type[Process[Any]], roles: Sequence[Role] = _ROLES) -> SearchStrategy[Regulation]:
    """Regulations that give every parameter of a process some right value; roles are drawn from those given."""
    wanted = {parameter.name: parameter for parameter in (*process.parameters(), *KERNEL_PARAMETERS)}
    values = st.fixed_dictionaries({name: _parameter(parameter, roles) for name, parameter in wanted.items()})
    return values.map(lambda given: Regulation("any", schedule=WorkSchedule.standard()).with_settings(given))


def _parameter(parameter: Parameter[Any], roles: Sequence[Role]) -> SearchStrategy[Any]:
    kind = get_origin(parameter.type) or parameter.type
    if parameter.type is Term:
        return terms()
    if parameter.type is Role:
        return st.sampled_from([role.id for role in roles])
    if parameter.default:
        return st.just(parameter.default)
    if kind is frozenset:
        (of,) = get_args(parameter.type) or (str,)
        # Several stand in one text, parted by commas, so a text among them has none and is not blank.
        return st.frozensets(st.sampled_from(_SAID) if of is str else _value(of, _NOTHING), min_size=1, max_size=3)
    if kind is Dated:
        return _value(get_args(parameter.type)[0], _NOTHING)
    return _value(parameter.type, _NOTHING)


# -- payloads ---------------------------------------------------------------------------------------------------------


def payloads(
    step: AnyStep,
    known: Mapping[str, tuple[str, ...]] | None = None,
    people: Iterable[Employee] = (),
    *,
    at: dt.datetime | None = None,
) -> SearchStrategy[dict[str, Any]]:
    """Payloads of a step that are right in type and mostly right in content.

    Args:
        step: the step.
        known: for each process, the ids of cases that references may name.
        people: those whom it may name; by default two of each role that the page names.
        at: when it is to be taken, so that what has happened mostly lies before and what is planned after it.
    """
    page: Any = step.page
    given = _Known(known or {}, tuple(people) or staff(roles_of(page)), at)
    fields = page.table.specs[step.id].payload.fields
    required = {field.name: _value(field.type, given) for field in fields if field.required}
    optional = {field.name: _value(field.type, given) for field in fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional)


def teach(kind: type, strategy: Callable[[], SearchStrategy[Any]]) -> None:
    """How to draw an entity that cannot be drawn attribute by attribute, also when ``@given`` reads its annotation."""
    _TAUGHT[kind] = strategy
    st.register_type_strategy(kind, st.deferred(strategy))


def _value(kind: Any, known: _Known) -> SearchStrategy[Any]:
    """A strategy for one annotation of a payload or an entity."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _marked(args[0], args[1:], known)
    if origin in {Union, types.UnionType}:
        return st.one_of([_value(part, known) for part in args])
    if origin is tuple and args[-1] is not Ellipsis:
        return st.tuples(*(_value(part, known) for part in args))
    if origin is tuple:
        return st.lists(_value(args[0], known), min_size=1, max_size=2, unique_by=repr).map(tuple)
    if origin is Literal:
        return st.sampled_from(args)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(*(_value(part, known) for part in args), max_size=2)
    if kind in _TAUGHT:
        return _TAUGHT[kind]()
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if isinstance(kind, type) and attrs.has(kind):
        return _entity(kind, known)
    return st.from_type(kind)


def _marked(kind: Any, marks: Iterable[Any], known: _Known) -> SearchStrategy[Any]:
    """What an annotation demands, mostly kept."""
    for mark in marks:
        if isinstance(mark, Ref):
            return st.sampled_from([*known.cases.get(mark.process, ()), "nobody-knows-1"])
        if isinstance(mark, Held):
            fitting = [one.id for one in known.people if mark.role is None or mark.role.id in one.roles]
            return st.sampled_from(fitting or ["nobody-knows"])
        if mark is BLANK:
            return st.sampled_from([*_SAID, " "])
        if mark is POSITIVE:
            return st.integers(1, 20).map(kind)
        if mark in {PAST, FUTURE} and known.at is not None:
            return _around(known.at, forwards=mark is FUTURE)
        if isinstance(mark, msgspec.Meta) and mark.pattern is not None:
            return _matching(mark.pattern, mark.max_length or 99)
    return _value(kind, known)


def _around(at: dt.datetime, *, forwards: bool) -> SearchStrategy[dt.datetime]:
    """Instants of the weeks before or after one; now and then on the wrong side."""
    minutes = st.integers(1, 40_000) if forwards else st.integers(-40_000, 0)
    right = minutes.map(lambda minute: at + dt.timedelta(minutes=minute))
    return st.one_of(right, right, right, instants(at - dt.timedelta(days=3), at + dt.timedelta(days=3)))


def _matching(pattern: str, longest: int) -> SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True).filter(lambda text: len(text) <= longest)


def _entity(kind: type[Any], known: _Known) -> SearchStrategy[Any]:
    fields = {
        field.alias: field for field in attrs.fields(attrs.resolve_types(kind, include_extras=True)) if field.init
    }
    required = {name: _value(f.type, known) for name, f in fields.items() if f.default is attrs.NOTHING and name}
    optional = {name: _value(f.type, known) for name, f in fields.items() if f.default is not attrs.NOTHING and name}
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: _built(kind, given)).filter(_is_built)


def _built(kind: type[Any], given: dict[str, Any]) -> Any:
    try:
        return kind(**given)
    except SalesregError:
        return None


def _is_built(value: Any) -> bool:
    return value is not None


_TAUGHT: Final[dict[Any, Callable[[], SearchStrategy[Any]]]] = {
    str: lambda: st.sampled_from([*_SAID, "a@client.example", ""]),
    bool: st.booleans,
    int: lambda: st.integers(0, 5),
    Decimal: lambda: st.integers(1, 20).map(Decimal),
    dt.datetime: instants,
    dt.date: lambda: st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31)),
    dt.time: lambda: st.sampled_from([dt.time(9), dt.time(10, 30), dt.time(17)]),
    dt.timedelta: lambda: st.integers(1, 90).map(lambda minutes: dt.timedelta(minutes=minutes)),
    Term: terms,
    Employee: employees,
}


# -- cases ------------------------------------------------------------------------------------------------------------


@st.composite
def cases(
    draw: st.DrawFn,
    process: type[Process[Any]],
    *,
    regulation: Regulation,
    related: Sequence[Case[Any]] = (),
    people: Sequence[Employee] = (),
    steps: int = 12,
) -> Case[Any]:
    """Cases in any stage, reached by legal steps and therefore always valid.

    Args:
        draw: given by Hypothesis.
        process: the process.
        regulation: the regulation they run under.
        related: cases of other processes that payloads may refer to, such as the deal of an order.
        people: who acts; by default two of each role that the page names, and one who holds all.
        steps: at most so many attempts; refused ones are left out.
    """
    everybody = tuple(people) or staff(roles_of(process, regulation))
    actors = (*map(Actor, everybody), SYSTEM_ACTOR)
    named = {one.id: one for one in everybody}
    known: dict[str, tuple[str, ...]] = {}
    for other in related:
        known[other.process] = (*known.get(other.process, ()), other.id)
    first = max([other.last_at for other in related], default=dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    at = draw(instants(first, first + dt.timedelta(days=700)))
    case: Case[Any] | None = None
    taken: set[str] = set()
    for _ in range(steps):
        options = possible(process, case, at, regulation, related, actors)
        if not options:
            break
        stage = None if case is None else case.stage
        step = draw(st.sampled_from([one for one in options for _ in range(weight(process, stage, one, taken))]))
        payload = draw(payloads(step, known, everybody, at=at))
        actor = draw(st.sampled_from(options[step]))
        try:
            case = take(process, step.id, payload, case, actor, at, regulation, tuple(related), named, "case-1").case
        except SalesregError:
            continue
        taken.add(step.id)
        at += dt.timedelta(minutes=draw(st.integers(0, 3000)))
    assume(case is not None)
    return cast("Case[Any]", case)


def possible(
    process: type[Process[Any]],
    case: Case[Any] | None,
    at: dt.datetime,
    regulation: Regulation,
    related: Sequence[Case[Any]],
    actors: Sequence[By],
) -> dict[AnyStep, list[By]]:
    """The steps that somebody may take next, or begin with, each with those who may."""
    able: dict[AnyStep, list[By]] = {}
    if case is None:
        for step in process.table.first_steps():
            named = {who.id for who in step.by if isinstance(who, Role)}
            able[step] = [one for one in actors if person(one).roles & named] or list(actors)
        return able
    for one in actors:
        for option in available(process, case, by=one, at=at, regulation=regulation, related=related):
            if option.allowed:
                able.setdefault(option.step, []).append(one)
    return able


def person(by: Employee | Actor) -> Employee:
    """Who acts."""
    return by if isinstance(by, Employee) else by.employee


def leads_off(step: AnyStep) -> bool:
    """Whether a step is possible anywhere, such as giving a case up."""
    return any(way.sources is None for way in getattr(step.route, "ways", ()))


def weight(page: type[Process[Any]], stage: str | None, step: AnyStep, taken: Collection[str]) -> int:
    """How often to choose a step, so that cases get far: onwards before anything new before anything else."""
    if stage is None or leads_off(step):
        return 1
    order = list(page.stages)
    ways = page.table.routes[step.id][stage]
    if any(not way.target.ended and order.index(way.target.id) > order.index(stage) for way in ways):
        return 40
    return 2 if step.id in taken else 20
