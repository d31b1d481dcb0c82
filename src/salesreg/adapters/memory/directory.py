"""A directory of given people."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable

from salesreg.errors import DomainError, UnknownEmployee
from salesreg.rules.people import Absence, Delegation, Employee


class MemoryDirectory:
    """A `Directory` of the people it is given.

    Args:
        employees: everybody, those who have left included.
        delegations: who acts for whom, and when.
        absences: who is away, and when.

    Raises:
        DomainError: two employees have one id.

    >>> people = MemoryDirectory([Employee("anna", "Anna Orlova", ["sales_manager"])])
    >>> people.employee("ana")
    Traceback (most recent call last):
    salesreg.errors.UnknownEmployee: there is no employee 'ana' in the directory; close to it: 'anna'
    """

    def __init__(
        self,
        employees: Iterable[Employee],
        delegations: Iterable[Delegation] = (),
        absences: Iterable[Absence] = (),
    ) -> None:
        self._employees: dict[str, Employee] = {}
        for employee in employees:
            if employee.id in self._employees:
                raise DomainError(
                    "employee_twice", "two employees have the id {got}: give each their own", got=employee.id
                )
            self._employees[employee.id] = employee
        self._delegations = tuple(delegations)
        self._absences = tuple(absences)

    def employee(self, employee_id: str) -> Employee:
        """The employee of that id, also one who has left.

        Raises:
            UnknownEmployee: there is none; the message names ids that are close to it.
        """
        try:
            return self._employees[employee_id]
        except KeyError:
            close = difflib.get_close_matches(employee_id, self._employees)
            hint = f"; close to it: {', '.join(map(repr, close))}" if close else ""
            raise UnknownEmployee(f"there is no employee {employee_id!r} in the directory{hint}") from None

    def holders(self, role: str, on: dt.date) -> tuple[Employee, ...]:
        """Everybody who works here on a day and holds a role, given by its id; ordered by id."""
        found = (person for person in self._employees.values() if role in person.roles and person.works_on(on))
        return tuple(sorted(found, key=lambda person: person.id))

    def delegations(self, deputy: str, on: dt.date) -> tuple[Delegation, ...]:
        """The delegations that let a deputy act for others on a day, in the order they were given.

        None if the deputy does not work here on that day.
        """
        person = self._employees.get(deputy)
        if person is None or not person.works_on(on):
            return ()
        return tuple(each for each in self._delegations if each.deputy == deputy and each.covers(on))

    def absences(self, on: dt.date) -> tuple[Absence, ...]:
        """Everybody who is away on a day, in the order they were given."""
        return tuple(each for each in self._absences if each.covers(on))
