"""Strategies for people: employees of given roles, absences, delegations, and the directory of all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from salesreg.adapters.memory import MemoryDirectory
from salesreg.process import Process
from salesreg.rules import SYSTEM, Absence, Delegation, Employee, Parameter, Regulation, Role

ROLES: Final = (Role("chief", "chief"), Role("clerk", "clerk"), Role("cashier", "cashier"))


def employees(roles: Sequence[Role] = ROLES) -> SearchStrategy[Employee]:
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


@st.composite
def directories(
    draw: st.DrawFn, roles: Sequence[Role] = ROLES, first: dt.date = dt.date(2026, 3, 2), days: int = 14
) -> MemoryDirectory:
    """The staff of some roles, some of them away or standing in for others within some days, one of them leaving."""
    people, last = staff(roles), first + dt.timedelta(days=days)
    gone = draw(st.sampled_from([None, *people[:-1]]))
    if gone is not None:
        left = first + dt.timedelta(days=draw(st.integers(0, days)))
        people = tuple(attrs.evolve(one, left_on=left) if one is gone else one for one in people)
    away = st.lists(absences(people, first, last), max_size=2, unique_by=lambda one: one.employee)
    acting = st.lists(delegations(people, first, last), max_size=2)
    return MemoryDirectory(people, draw(acting), draw(away))
