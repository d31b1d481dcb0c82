"""Who works here, and who stands in for whom; the records are `Employee` and `Delegation` of `salesreg.rules`."""

from __future__ import annotations

import datetime as dt
from typing import Protocol, runtime_checkable

from salesreg.rules.people import Absence, Delegation, Employee


@runtime_checkable
class Directory(Protocol):
    """Who works here; an answer that does not fit its question is a `DirectoryError`, and nothing is changed."""

    def employee(self, employee_id: str) -> Employee:
        """The employee of that id.

        Raises:
            UnknownEmployee: there is none.
        """

    def holders(self, role: str, on: dt.date) -> tuple[Employee, ...]:
        """Everybody who holds a role, given by its id, on a day; ordered by id."""

    def delegations(self, deputy: str, on: dt.date) -> tuple[Delegation, ...]:
        """The delegations that let a deputy act for others on a day, beside those that follow from absences.

        One is void while either of the two does not work here; one that names somebody unknown is skipped and logged.
        """

    def absences(self, on: dt.date) -> tuple[Absence, ...]:
        """Everybody who is away on a day, with who stands in for them; never why.

        It is asked for every command and message: keep it quick, and answer from what was last known where the source
        is slow.
        """
