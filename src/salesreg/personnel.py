"""Who acts: employees and those they stand in for, as the directory knows them on a day."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable
from typing import Any

import attrs

from salesreg.domain.people import SYSTEM, Actor, Employee, Role
from salesreg.ports import Directory
from salesreg.processes import Step

__all__ = ["Personnel"]


class Personnel:
    """Resolves people through the directory; nobody acts on the roles that a caller claims for them.

    Args:
        directory: who works here.
        timezone: in which days begin and end.
        unacknowledged: of some roles, those whose rules a person has yet to acknowledge.
    """

    def __init__(
        self,
        directory: Directory,
        timezone: str,
        unacknowledged: Callable[[str, frozenset[Role]], frozenset[Role]] | None = None,
    ) -> None:
        self._directory = directory
        self._zone = zoneinfo.ZoneInfo(timezone)
        self._unacknowledged = unacknowledged

    def employee(self, who: Employee | str) -> Employee:
        """The employee as the directory knows them.

        Raises:
            UnknownEmployee: there is none of that id.
        """
        employee_id = who if isinstance(who, str) else who.id
        return SYSTEM if employee_id == SYSTEM.id else self._directory.employee(employee_id)

    def actor(self, who: Employee | str, now: dt.datetime) -> Actor:
        """The employee with everybody they may act for today, each with the roles delegated."""
        employee = self.employee(who)
        if employee is SYSTEM:
            return Actor(SYSTEM)
        today = now.astimezone(self._zone).date()
        absent = []
        for delegation in self._directory.delegations(employee.id, today):
            person = self._directory.employee(delegation.absent)
            roles = person.roles if delegation.roles is None else person.roles & delegation.roles
            if roles:
                absent.append(attrs.evolve(person, roles=roles))
        if self._unacknowledged is None:
            return Actor(employee, tuple(absent))
        roles = employee.roles.union(*(person.roles for person in absent))
        return Actor(employee, tuple(absent), self._unacknowledged(employee.id, roles))

    def in_payload(self, step: Step, payload: dict[str, Any]) -> dict[str, Any]:
        """The payload with the ids of employees replaced by the employees themselves."""
        if not step.payload.employees:
            return payload
        out = dict(payload)
        for name in step.payload.employees:
            given = out.get(name)
            if isinstance(given, list | tuple):
                out[name] = tuple(map(self._known, given))
            elif name in out:
                out[name] = self._known(given)
        return out

    def _known(self, given: object) -> object:
        """The employee that is meant; what can mean none is left for the payload's own check."""
        return self.employee(given) if isinstance(given, str | Employee) else given
