"""Who works at Acme, read from the firm's own tables: a `Directory` for the engine."""

import datetime as dt
import sqlite3
from pathlib import Path

from salesreg import Absence, Delegation, Employee
from salesreg.errors import UnknownEmployee

PEOPLE = "SELECT id, name, manager, hired_on, left_on, group_concat(role) FROM staff JOIN holds ON person = id "
PEOPLE += "WHERE {} GROUP BY id ORDER BY id"
AWAY = "SELECT person, first_day, last_day, deputy FROM away WHERE ? BETWEEN first_day AND last_day"
day = dt.date.fromisoformat


class Staff:
    """The people in Acme's tables; by default those of `staff.sql`."""

    def __init__(self, tables: sqlite3.Connection | None = None) -> None:
        self._tables = tables or sqlite3.connect(":memory:")
        if tables is None:
            self._tables.executescript(Path(__file__).with_name("staff.sql").read_text("utf-8"))

    def employee(self, employee_id: str) -> Employee:
        for person in self._people("id = ?", employee_id):
            return person
        raise UnknownEmployee(f"nobody at Acme is called {employee_id!r}")

    def holders(self, role: str, on: dt.date) -> tuple[Employee, ...]:
        found = self._people("id IN (SELECT person FROM holds WHERE role = ?)", role)
        return tuple(person for person in found if person.works_on(on))

    def delegations(self, deputy: str, on: dt.date) -> tuple[Delegation, ...]:
        return ()  # at Acme people act for others only while those are away

    def absences(self, on: dt.date) -> tuple[Absence, ...]:
        found = self._tables.execute(AWAY, [on.isoformat()])
        return tuple(Absence(person, day(first), day(last), deputy) for person, first, last, deputy in found)

    def _people(self, where: str, *given: str) -> tuple[Employee, ...]:
        return tuple(
            Employee(person, name, roles.split(","), manager=manager, hired_on=day(hired), left_on=left and day(left))
            for person, name, manager, hired, left, roles in self._tables.execute(PEOPLE.format(where), given)
        )
