"""People: employees, and who acts for whom (R3, R37, R53, R95)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from salesreg.calendars import WorkSchedule
from salesreg.errors import DomainError
from salesreg.rules.roles import SYSTEM, Department, Role, role_ids


def _role_set(given: Iterable[Role | str]) -> frozenset[str]:
    if isinstance(given, str | Role):
        raise DomainError("roles_are_several", "roles are several: give a list such as [{got}]", got=repr(given))
    return role_ids(given)


def _department(given: Department | str | None) -> str | None:
    return given.id if isinstance(given, Department) else given


def _is_a(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, dt.datetime)  # which no date can be compared with


def _days(first: object, last: object) -> None:
    for got in (first, last):
        if not _is_a(got, dt.date):
            raise DomainError(
                "no_day", "an absence or a delegation lasts from a date to a date, not {got}", got=repr(got)
            )


_LONGEST: Final = 1_000
_UNKEPT: Final = re.compile("[\0\ud800-\udfff]")
"""What no store can keep."""

_KINDS: Final = {
    "full_name": str,
    "department": str,
    "position": str,
    "email": str,
    "hired_on": dt.date,
    "left_on": dt.date,
    "manager": str,
    "lang": str,
    "channel": str,
    "address": str,
    "schedule": WorkSchedule,
    "digest": dt.time,
}


@attrs.frozen
class Employee:
    """A person who may act under the regulation.

    Attributes:
        id: unique in the company, such as ``"anna"``; ``"system"`` is the engine's alone.
        full_name: for people to read.
        roles: the id of every role the person holds; roles and ids may be given.
        department: the id of the department where the person works.
        position: the job title.
        email: where notices go; without one it is for the notifier to find the person or to give up.
        hired_on: first day of employment.
        left_on: first day the person no longer works here.
        manager: the id of the immediate superior.
        lang: the language of the messages, such as ``"ru"``; the engine's by default.
        channel: what the person is told by, as the notifier knows it; its first channel by default.
        address: where to by that channel; by default the email.
        schedule: the person's own hours and zone, outside of which no message comes that can wait; without it they are
            told at once, and times are said in the company's zone.
        digest: the time of day at which everything that can wait comes as one message.
        away_until: the last day of an absence that has begun, as the engine finds it among the directory's absences.
    """

    id: str
    full_name: str
    roles: frozenset[str] = attrs.field(converter=_role_set)
    department: str | None = attrs.field(default=None, converter=_department)
    position: str = attrs.field(default="", kw_only=True)
    email: str | None = attrs.field(default=None, kw_only=True)
    hired_on: dt.date | None = attrs.field(default=None, kw_only=True)
    left_on: dt.date | None = attrs.field(default=None, kw_only=True)
    manager: str | None = attrs.field(default=None, kw_only=True)
    lang: str | None = attrs.field(default=None, kw_only=True)
    channel: str | None = attrs.field(default=None, kw_only=True)
    address: str | None = attrs.field(default=None, kw_only=True)
    schedule: WorkSchedule | None = attrs.field(default=None, kw_only=True)
    digest: dt.time | None = attrs.field(default=None, kw_only=True)
    away_until: dt.date | None = attrs.field(default=None, kw_only=True, eq=False)

    def __attrs_post_init__(self) -> None:
        named: object = self.id
        if not (isinstance(named, str) and 0 < len(named) <= 200 and named.isprintable() and ":" not in named):
            raise DomainError(
                "bad_employee_id",
                "the id of an employee is 1 to 200 printable characters without a colon, and that of {name} is {got}",
                name=self.full_name,
                got=ascii(self.id)[:80],
            )
        if not self.roles:
            raise DomainError("employee_without_role", "employee {got} holds no role: give at least one", got=self.id)
        if self.id == SYSTEM.id or SYSTEM.id in self.roles:
            raise DomainError(
                "reserved_id", "{got} cannot be or act as {need}: only the engine does", got=self.id, need=SYSTEM.id
            )
        for name, kind in _KINDS.items():
            value = getattr(self, name)
            wrong = None if value is None or _is_a(value, kind) else kind.__name__
            if isinstance(value, str) and (len(value) > _LONGEST or _UNKEPT.search(value)):
                wrong = f"text of at most {_LONGEST:,} characters without NUL or half a character"
            if wrong:
                raise DomainError(
                    "bad_employee_field",
                    "employee {name} has a {field} of {got}, and it should be a {need}",
                    name=self.id,
                    field=name,
                    got=ascii(value)[:80],
                    need=wrong,
                )

    @property
    def told_at(self) -> str | None:
        """Where notices go."""
        return self.address or self.email

    def works_on(self, day: dt.date) -> bool:
        """Whether the person is employed on that day.

        >>> import datetime as dt
        >>> Employee("anna", "Anna", ["ceo"], left_on=dt.date(2026, 3, 1)).works_on(dt.date(2026, 3, 1))
        False
        """
        return (self.hired_on is None or self.hired_on <= day) and (self.left_on is None or day < self.left_on)


@attrs.frozen
class Delegation:
    """One person acts for another while they are away, both dates included (R95)."""

    absent: str
    deputy: str
    first_day: dt.date
    last_day: dt.date
    roles: frozenset[str] | None = attrs.field(
        default=None, converter=attrs.converters.optional(_role_set), kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        _days(self.first_day, self.last_day)
        if self.last_day < self.first_day:
            raise DomainError(
                "delegation_ends_first",
                "a delegation that begins on {need} cannot end on {got}, before it",
                need=self.first_day,
                got=self.last_day,
            )
        if self.absent == self.deputy:
            raise DomainError("own_deputy", "{got} cannot be their own deputy", got=self.absent)

    def covers(self, day: dt.date) -> bool:
        """Whether the deputy may act on that day."""
        return self.first_day <= day <= self.last_day


@attrs.frozen
class Absence:
    """Somebody is away, both dates included, such as on leave; why is nobody's business here.

    Their duties and new work go to the deputy, who may also act for them, sees their tasks and gets their messages;
    without a deputy new duties are not opened. A `Delegation` alone lets somebody act and says nothing of who is away.
    """

    employee: str
    first_day: dt.date
    last_day: dt.date
    deputy: str | None = None

    def __attrs_post_init__(self) -> None:
        _days(self.first_day, self.last_day)
        if self.last_day < self.first_day:
            raise DomainError(
                "absence_ends_first",
                "an absence that begins on {need} cannot end on {got}, before it",
                need=self.first_day,
                got=self.last_day,
            )
        if self.employee == self.deputy:
            raise DomainError("own_deputy", "{got} cannot be their own deputy", got=self.employee)

    def covers(self, day: dt.date) -> bool:
        """Whether the person is away on that day."""
        return self.first_day <= day <= self.last_day


@attrs.frozen
class Actor:
    """An employee together with those whom they may act for at this moment.

    Attributes:
        employee: who acts.
        absent: those they may act for, each with the roles delegated.
        unacknowledged: the ids of the roles whose rules they have yet to acknowledge, where nobody may act before that.
        behind: for each of those, the ids of whoever they stand in for themselves.
        above: those in charge of the case whose superior they are, or act for: by id, with the superior's id and role.
    """

    employee: Employee
    absent: tuple[Employee, ...] = ()
    unacknowledged: frozenset[str] = frozenset()
    behind: Mapping[str, frozenset[str]] = attrs.field(factory=dict, eq=False, kw_only=True)
    above: Mapping[str, tuple[str, str]] = attrs.field(factory=dict, eq=False, kw_only=True)


def _system() -> Actor:
    """The one employee whom nobody can make by hand."""
    employee = Employee("engine", "salesreg", ["engine"])
    object.__setattr__(employee, "id", SYSTEM.id)
    object.__setattr__(employee, "roles", frozenset({SYSTEM.id}))
    return Actor(employee)


SYSTEM_ACTOR: Final = _system()
"""Who acts when a timer or a reaction does."""
