"""Employees hold roles, work here for a while, and may stand in for one another."""

import datetime as dt

import pytest

from salesreg.domain.people import SYSTEM, Delegation, Employee, Role
from salesreg.errors import DomainError

MONDAY = dt.date(2026, 2, 2)
DAY = dt.timedelta(days=1)


def test_every_role_has_a_name_in_both_languages():
    names = {role: (role.text(), role.text("ru")) for role in Role}
    assert len({en for en, _ in names.values()}) == len({ru for _, ru in names.values()}) == len(Role)
    assert Role.HEAD_OF_COMMERCIAL.text("ru") == "руководитель коммерческого отдела"


def test_one_person_may_hold_several_roles():
    boss = Employee("boss", "Boss", [Role.CEO, Role.FOUNDER, Role.CEO])
    assert boss.roles == {Role.CEO, Role.FOUNDER}


def test_an_employee_has_an_id_and_a_role():
    with pytest.raises(DomainError, match="needs an id"):
        Employee("", "Nobody", [Role.CEO])
    with pytest.raises(DomainError, match="holds no role: give at least one of sales_manager"):
        Employee("anna", "Anna", [])


def test_roles_may_come_as_text_and_must_exist():
    assert Employee("anna", "Anna", ["ceo"]).roles == {Role.CEO}
    assert {type(role) for role in Employee("anna", "Anna", ["ceo"]).roles} == {Role}
    with pytest.raises(DomainError, match="'boss' is not a valid Role: the roles are sales_manager, "):
        Employee("anna", "Anna", ["boss"])
    with pytest.raises(DomainError, match=r"roles are several: give a list such as \['ceo'\]"):
        Employee("anna", "Anna", "ceo")


def test_employment_includes_its_first_day_and_excludes_the_day_of_leaving():
    anna = Employee("anna", "Anna", [Role.CEO], hired_on=MONDAY, left_on=MONDAY + 2 * DAY)
    assert [anna.works_on(MONDAY + n * DAY) for n in (-1, 0, 1, 2)] == [False, True, True, False]
    assert SYSTEM.works_on(MONDAY)


def test_a_delegation_covers_its_first_and_last_day():
    away = Delegation("anna", "boris", MONDAY, MONDAY + DAY)
    assert [away.covers(MONDAY + n * DAY) for n in (-1, 0, 1, 2)] == [False, True, True, False]


def test_a_delegation_that_cannot_be_is_refused():
    with pytest.raises(DomainError, match="before it"):
        Delegation("anna", "boris", MONDAY, MONDAY - DAY)
    with pytest.raises(DomainError, match="own deputy"):
        Delegation("anna", "anna", MONDAY, MONDAY)
