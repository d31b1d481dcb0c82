"""The directory in memory knows who works here, in which roles, and for whom they may act."""

import datetime as dt

import pytest

from salesreg.adapters.memory import MemoryDirectory, SystemClock
from salesreg.errors import DomainError, UnknownEmployee
from salesreg.ports import Clock, Directory
from salesreg.rules import Absence, Delegation, Employee

MONDAY = dt.date(2026, 3, 2)
TUESDAY = dt.date(2026, 3, 3)
FRIDAY = dt.date(2026, 3, 6)

ANNA = Employee("anna", "Анна Орлова", ["manager"])
BORIS = Employee("boris", "Борис Лунин", ["manager", "head"], left_on=FRIDAY)
VERA = Employee("vera", "Вера Климова", ["manager"], hired_on=TUESDAY)


def people(*delegations: Delegation) -> MemoryDirectory:
    return MemoryDirectory([VERA, BORIS, ANNA], delegations)


def test_it_is_a_directory():
    assert isinstance(people(), Directory)


def test_an_employee_is_found_by_id_also_after_leaving():
    assert people().employee("boris") is BORIS


def test_an_unknown_employee_is_named_with_ids_that_are_close():
    with pytest.raises(UnknownEmployee, match=r"'bors' in the directory; close to it: 'boris'$"):
        people().employee("bors")


def test_an_unknown_employee_may_be_close_to_nobody():
    with pytest.raises(UnknownEmployee, match=r"'zzz' in the directory$"):
        people().employee("zzz")


@pytest.mark.parametrize(
    ("day", "holders"),
    [
        (MONDAY, (ANNA, BORIS)),
        (TUESDAY, (ANNA, BORIS, VERA)),
        (FRIDAY, (ANNA, VERA)),
    ],
)
def test_the_holders_of_a_role_are_those_who_work_here_that_day_by_id(day, holders):
    assert people().holders("manager", day) == holders


def test_a_role_may_be_held_by_nobody():
    assert people().holders("chief", MONDAY) == ()


@pytest.mark.parametrize(("day", "covered"), [(MONDAY, False), (TUESDAY, True), (FRIDAY, True)])
def test_a_delegation_holds_on_its_days(day, covered):
    delegation = Delegation("boris", "anna", TUESDAY, FRIDAY)
    assert people(delegation).delegations("anna", day) == ((delegation,) if covered else ())
    assert people(delegation).delegations("boris", day) == ()


def test_a_deputy_who_has_not_begun_or_has_left_acts_for_nobody():
    delegations = Delegation("anna", "vera", MONDAY, FRIDAY), Delegation("anna", "boris", MONDAY, FRIDAY)
    assert people(*delegations).delegations("vera", MONDAY) == ()
    assert people(*delegations).delegations("boris", FRIDAY) == ()
    assert people(*delegations).delegations("nobody", FRIDAY) == ()


def test_two_employees_cannot_share_an_id():
    with pytest.raises(DomainError, match="two employees have the id anna"):
        MemoryDirectory([ANNA, ANNA])


def test_the_systems_clock_tells_an_aware_instant():
    assert isinstance(SystemClock(), Clock)
    assert SystemClock().now().utcoffset() == dt.timedelta(0)


def test_an_absence_holds_on_its_days():
    absence = Absence("boris", TUESDAY, FRIDAY, "anna")
    staff = MemoryDirectory([ANNA, BORIS], absences=[absence])
    assert [staff.absences(day) for day in (MONDAY, TUESDAY, FRIDAY)] == [(), (absence,), (absence,)]


@pytest.mark.parametrize(
    ("given", "code"),
    [(("anna", FRIDAY, MONDAY), "absence_ends_first"), (("anna", MONDAY, FRIDAY, "anna"), "own_deputy")],
)
def test_an_absence_does_not_end_before_it_begins_nor_stand_in_for_itself(given, code):
    with pytest.raises(DomainError) as wrong:
        Absence(*given)
    assert wrong.value.code == code
