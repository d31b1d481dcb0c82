"""Who works here, and who stands in for whom; the records are `Employee` and `Delegation` of `salesreg.rules`."""

from __future__ import annotations

import datetime as dt
from typing import Protocol, runtime_checkable

from salesreg.rules.people import Delegation, Employee


@runtime_checkable
class Directory(Protocol):
    """Who works here."""

    def employee(self, employee_id: str) -> Employee:
        """The employee of that id.

        Raises:
            UnknownEmployee: there is none.
        """

    def holders(self, role: str, on: dt.date) -> tuple[Employee, ...]:
        """Everybody who holds a role, given by its id, on a day; ordered by id."""

    def delegations(self, deputy: str, on: dt.date) -> tuple[Delegation, ...]:
        """The delegations that let a deputy act for others on a day."""
