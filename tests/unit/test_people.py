"""Roles are open values; employees hold them, work here for a while, and may stand in for one another."""

import datetime as dt

import pytest

from salesreg.errors import DeclarationError, DomainError
from salesreg.rules import SYSTEM, SYSTEM_ACTOR, Absence, Delegation, Department, Employee, Role, role_ids

MONDAY = dt.date(2026, 2, 2)
DAY = dt.timedelta(days=1)
LEGAL = Department("legal", "legal department")
CEO = Role("ceo", "general director")
LAWYER = Role("lawyer", "lawyer", CEO, department=LEGAL)
CLERK = Role("clerk", superior=LAWYER)


# -- roles ------------------------------------------------------------------------------------------------------------


def test_two_roles_of_one_id_are_one_role_however_they_are_spelled():
    assert Role("lawyer", "attorney") == LAWYER
    assert len({LAWYER, Role("lawyer")}) == 1
    assert LAWYER != CEO
    assert LAWYER != "lawyer", "an id that reads like a role is still an id"


def test_a_role_shows_its_id_and_is_called_by_it_until_it_has_a_title():
    assert (str(LAWYER), repr(LAWYER), LAWYER.title) == ("lawyer", "Role('lawyer')", "lawyer")
    assert (CLERK.title, Department("hr").title) == ("clerk", "hr")
    assert (repr(LEGAL), LEGAL.title) == ("Department('legal')", "legal department")


def test_superiors_stand_in_order_and_a_circle_of_them_ends():
    assert tuple(CLERK.superiors()) == (LAWYER, CEO)
    assert tuple(CEO.superiors()) == ()
    above = Role("b", superior=Role("a"))
    assert tuple(Role("a", superior=above).superiors()) == (above,)


@pytest.mark.parametrize("name", ["", "two words", "acme.lawyer", "a\n", 5, None])
def test_a_role_is_known_by_an_id_without_blanks_and_dots(name):
    with pytest.raises(DeclarationError, match='a role is known by an id of letters, digits, "_" and "-"'):
        Role(name)
    with pytest.raises(DeclarationError, match="a department is known by an id"):
        Department(name)


def test_one_role_or_several_are_kept_as_ids():
    assert role_ids(LAWYER) == role_ids("lawyer") == role_ids([LAWYER, "lawyer"]) == {"lawyer"}
    assert role_ids(()) == frozenset()


# -- employees --------------------------------------------------------------------------------------------------------


def test_one_person_may_hold_several_roles_by_id_or_as_they_are_declared():
    boss = Employee("boss", "Boss", [CEO, "founder", "ceo"])
    assert boss.roles == {"ceo", "founder"}
    assert {type(role) for role in boss.roles} == {str}


def test_a_department_is_kept_by_its_id_too():
    assert Employee("vera", "Vera", [LAWYER], LEGAL) == Employee("vera", "Vera", ["lawyer"], "legal")
    assert Employee("vera", "Vera", [LAWYER]).department is None


@pytest.mark.parametrize(
    ("name", "roles", "code", "says"),
    [
        ("", ["ceo"], "bad_employee_id", "without a colon, and that of Nobody is ''"),
        ("a:b", ["ceo"], "bad_employee_id", "that of Nobody is 'a:b'"),
        ("a\0", ["ceo"], "bad_employee_id", r"that of Nobody is 'a\\x00'"),
        ("a" * 201, ["ceo"], "bad_employee_id", "1 to 200 printable characters"),
        (7, ["ceo"], "bad_employee_id", "that of Nobody is 7"),
        ("anna", [], "employee_without_role", "employee anna holds no role: give at least one"),
        ("anna", "ceo", "roles_are_several", r"roles are several: give a list such as \['ceo'\]"),
        ("anna", CEO, "roles_are_several", r"give a list such as \[Role\('ceo'\)\]"),
        ("system", ["ceo"], "reserved_id", "only the engine does"),
        ("anna", [SYSTEM], "reserved_id", "anna cannot be or act as system"),
    ],
)
def test_an_employee_that_cannot_be_is_refused(name, roles, code, says):
    with pytest.raises(DomainError, match=says) as wrong:
        Employee(name, "Nobody", roles)
    assert wrong.value.code == code


def test_only_the_engine_acts_as_the_system():
    engine = SYSTEM_ACTOR.employee
    assert (engine.id, engine.roles) == (SYSTEM.id, {SYSTEM.id})
    assert engine.works_on(MONDAY)
    assert (SYSTEM_ACTOR.absent, SYSTEM_ACTOR.unacknowledged) == ((), frozenset())


def test_employment_includes_its_first_day_and_excludes_the_day_of_leaving():
    anna = Employee("anna", "Anna", [CEO], hired_on=MONDAY, left_on=MONDAY + 2 * DAY)
    assert [anna.works_on(MONDAY + n * DAY) for n in (-1, 0, 1, 2)] == [False, True, True, False]


# -- who stands in ----------------------------------------------------------------------------------------------------


def test_a_delegation_covers_its_first_and_last_day():
    away = Delegation("anna", "boris", MONDAY, MONDAY + DAY)
    assert [away.covers(MONDAY + n * DAY) for n in (-1, 0, 1, 2)] == [False, True, True, False]


def test_a_delegation_is_of_every_role_or_of_those_it_names():
    assert Delegation("anna", "boris", MONDAY, MONDAY).roles is None
    assert Delegation("anna", "boris", MONDAY, MONDAY, roles=[LAWYER, "ceo"]).roles == {"lawyer", "ceo"}


def test_a_delegation_that_cannot_be_is_refused():
    with pytest.raises(DomainError, match="begins on 2026-02-02 cannot end on 2026-02-01, before it"):
        Delegation("anna", "boris", MONDAY, MONDAY - DAY)
    with pytest.raises(DomainError, match="anna cannot be their own deputy"):
        Delegation("anna", "anna", MONDAY, MONDAY)
    with pytest.raises(DomainError, match="roles are several"):
        Delegation("anna", "boris", MONDAY, MONDAY, roles="ceo")


@pytest.mark.parametrize(
    ("wish", "need"),
    [
        ({"digest": "17:00"}, "time"),
        ({"schedule": "9-18"}, "WorkSchedule"),
        ({"lang": 1}, "str"),
        ({"manager": 7}, "str"),
        ({"left_on": "2026-03-01"}, "date"),
        ({"hired_on": dt.datetime(2026, 3, 1, tzinfo=dt.UTC)}, "date"),
        ({"email": "anna@\0"}, "text of at most 1,000 characters without NUL"),
        ({"position": "half \ud800"}, "text of at most 1,000 characters without NUL or half a character"),
        ({"address": "x" * 1_001}, "text of at most 1,000"),
    ],
)
def test_what_is_kept_of_somebody_is_of_the_right_kind(wish, need):
    with pytest.raises(DomainError, match=f"it should be a {need}") as wrong:
        Employee("anna", "Anna", ["ceo"], **wish)
    assert wrong.value.code == "bad_employee_field"


@pytest.mark.parametrize("kind", [Delegation, Absence])
def test_days_are_dates(kind):
    for days in (("2026-03-01", "2026-03-02"), (MONDAY, dt.datetime(2026, 3, 2, tzinfo=dt.UTC)), (None, None)):
        with pytest.raises(DomainError, match="lasts from a date to a date, not"):
            kind("anna", first_day=days[0], last_day=days[1], deputy="boris")
