"""People: roles, departments, employees, and who acts for whom (R3, R4, R37, R53, R95)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import attrs

from salesreg.errors import DomainError

__all__ = ["STAFF", "SYSTEM", "Actor", "Delegation", "Department", "Employee", "Role"]


class Role(StrEnum):
    """What a person is in the regulation; one person may hold several (R3, R95)."""

    SALES_MANAGER = "sales_manager"
    HEAD_OF_COMMERCIAL = "head_of_commercial"
    COMMERCIAL_SPECIALIST = "commercial_specialist"
    FINANCE = "finance"
    IT_STAFF = "it_staff"
    CEO = "ceo"
    COLD_CALLER = "cold_caller"
    ACCOUNT_MANAGER = "account_manager"
    HEAD_OF_SALES = "head_of_sales"
    COMMERCIAL_DIRECTOR = "commercial_director"
    HR = "hr"
    SECRETARY = "secretary"
    FOUNDER = "founder"
    CLIENT = "client"
    SYSTEM = "system"

    def text(self, lang: str = "en") -> str:
        """The role's name for people.

        >>> Role.CEO.text("ru")
        'генеральный директор'
        """
        return _ROLE_NAMES[self][lang == "ru"]


STAFF: Final = tuple(role for role in Role if role not in {Role.CLIENT, Role.SYSTEM})
"""Every role that an employee may hold."""

_ROLE_NAMES: Final[dict[Role, tuple[str, str]]] = {
    Role.SALES_MANAGER: ("sales manager", "менеджер по продажам"),
    Role.HEAD_OF_COMMERCIAL: ("head of the commercial department", "руководитель коммерческого отдела"),
    Role.COMMERCIAL_SPECIALIST: ("commercial specialist", "специалист коммерческого отдела"),
    Role.FINANCE: ("finance officer", "сотрудник финансового департамента"),
    Role.IT_STAFF: ("IT officer", "сотрудник IT-отдела"),
    Role.CEO: ("general director", "генеральный директор"),
    Role.COLD_CALLER: ("cold caller", "специалист по холодным звонкам"),
    Role.ACCOUNT_MANAGER: ("account manager", "аккаунт-менеджер"),
    Role.HEAD_OF_SALES: ("head of sales", "руководитель отдела продаж"),
    Role.COMMERCIAL_DIRECTOR: ("commercial director", "коммерческий директор"),
    Role.HR: ("HR officer", "сотрудник отдела кадров"),
    Role.SECRETARY: ("secretary", "секретарь"),
    Role.FOUNDER: ("founder", "учредитель"),
    Role.CLIENT: ("client", "клиент"),
    Role.SYSTEM: ("the system", "система"),
}


class Department(StrEnum):
    """Where a person works (R4)."""

    COMMERCIAL = "commercial"
    FINANCE = "finance"
    IT = "it"
    HR = "hr"
    MANAGEMENT = "management"


def _role_set(given: Iterable[Role]) -> frozenset[Role]:
    if isinstance(given, str):
        raise DomainError(f"roles are several: give a list such as [{given!r}]")
    try:
        return frozenset(map(Role, given))
    except ValueError as wrong:
        raise DomainError(f"{wrong}: the roles are {', '.join(STAFF)}") from None


@attrs.frozen
class Employee:
    """A person who may act under the regulation.

    Attributes:
        id: unique in the company, such as ``"anna"``.
        full_name: for people to read.
        roles: every role the person holds.
        department: where the person works.
        position: the job title.
        email: where notices go; without one it is for the notifier to find the person or to give up.
        schedule: the id of a personal work schedule; None means the company's.
        hired_on: first day of employment.
        left_on: first day the person no longer works here.
        manager: the id of the immediate superior.
    """

    id: str
    full_name: str
    roles: frozenset[Role] = attrs.field(converter=_role_set)
    department: Department = Department.COMMERCIAL
    position: str = attrs.field(default="", kw_only=True)
    email: str | None = attrs.field(default=None, kw_only=True)
    schedule: str | None = attrs.field(default=None, kw_only=True)
    hired_on: dt.date | None = attrs.field(default=None, kw_only=True)
    left_on: dt.date | None = attrs.field(default=None, kw_only=True)
    manager: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.id:
            raise DomainError(f"an employee needs an id, and {self.full_name!r} has none")
        if not self.roles:
            raise DomainError(f"employee {self.id!r} holds no role: give at least one of {', '.join(Role)}")

    def works_on(self, day: dt.date) -> bool:
        """Whether the person is employed on that day.

        >>> import datetime as dt
        >>> Employee("anna", "Anna", [Role.CEO], left_on=dt.date(2026, 3, 1)).works_on(dt.date(2026, 3, 1))
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
    roles: frozenset[Role] | None = attrs.field(
        default=None, converter=attrs.converters.optional(_role_set), kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise DomainError(f"a delegation that begins on {self.first_day} cannot end on {self.last_day}, before it")
        if self.absent == self.deputy:
            raise DomainError(f"{self.absent!r} cannot be their own deputy")

    def covers(self, day: dt.date) -> bool:
        """Whether the deputy may act on that day."""
        return self.first_day <= day <= self.last_day


@attrs.frozen
class Actor:
    """An employee together with those whom they may act for at this moment.

    Attributes:
        employee: who acts.
        absent: those they may act for, each with the roles delegated.
        unacknowledged: the roles whose rules they have yet to acknowledge, where nobody may act before that (R98).
    """

    employee: Employee
    absent: tuple[Employee, ...] = ()
    unacknowledged: frozenset[Role] = frozenset()


SYSTEM: Final = Employee("system", "salesreg", [Role.SYSTEM])
"""Who acts when a timer does."""
