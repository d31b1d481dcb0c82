"""The roles and departments of the source document (R3, R4, R37, R53), and the payload types of their holders."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from salesreg.process.payload import Held
from salesreg.rules.people import Employee
from salesreg.rules.roles import Department, Role

COMMERCIAL: Final = Department("commercial", "commercial department")
FINANCE_DEPARTMENT: Final = Department("finance", "finance department")
IT_DEPARTMENT: Final = Department("it", "IT department")
HR_DEPARTMENT: Final = Department("hr", "HR department")
MANAGEMENT: Final = Department("management", "management")
DEPARTMENTS: Final = (COMMERCIAL, FINANCE_DEPARTMENT, IT_DEPARTMENT, HR_DEPARTMENT, MANAGEMENT)

FOUNDER: Final = Role("founder", "founder", department=MANAGEMENT)
CEO: Final = Role("ceo", "general director", FOUNDER, department=MANAGEMENT)
COMMERCIAL_DIRECTOR: Final = Role("commercial_director", "commercial director", CEO, department=COMMERCIAL)
HEAD: Final = Role("head_of_commercial", "head of the commercial department", CEO, department=COMMERCIAL)
HEAD_OF_SALES: Final = Role("head_of_sales", "head of sales", COMMERCIAL_DIRECTOR, department=COMMERCIAL)
MANAGER: Final = Role("sales_manager", "sales manager", HEAD_OF_SALES, department=COMMERCIAL)
COLD_CALLER: Final = Role("cold_caller", "cold caller", HEAD_OF_SALES, department=COMMERCIAL)
ACCOUNT_MANAGER: Final = Role("account_manager", "account manager", HEAD_OF_SALES, department=COMMERCIAL)
SPECIALIST: Final = Role("commercial_specialist", "commercial specialist", HEAD, department=COMMERCIAL)
FINANCE: Final = Role("finance", "finance officer", CEO, department=FINANCE_DEPARTMENT)
IT: Final = Role("it_staff", "IT officer", CEO, department=IT_DEPARTMENT)
HR: Final = Role("hr", "HR officer", CEO, department=HR_DEPARTMENT)
SECRETARY: Final = Role("secretary", "secretary", CEO, department=MANAGEMENT)
CLIENT: Final = Role("client", "client")

STAFF: Final = (
    MANAGER,
    HEAD,
    SPECIALIST,
    FINANCE,
    IT,
    CEO,
    COLD_CALLER,
    ACCOUNT_MANAGER,
    HEAD_OF_SALES,
    COMMERCIAL_DIRECTOR,
    HR,
    SECRETARY,
    FOUNDER,
)
"""Every role that an employee may hold."""

ROLES: Final = (*STAFF, CLIENT)
"""Every role of the source document."""

LEADERS: Final = (HEAD_OF_SALES, HEAD, COMMERCIAL_DIRECTOR, CEO, FOUNDER)
"""Who leads others: calls a meeting, gives an assignment (R70, R74)."""

_SUPERIOR: Final = {role.id: role.superior.id for role in STAFF if role.superior is not None}


def works_under(one: Employee, other: Employee) -> bool:
    """Whether somebody is the immediate superior of one: their manager, else a holder of their role's superior."""
    return one.manager == other.id if one.manager else any(_SUPERIOR.get(role) in other.roles for role in one.roles)


Manager: TypeAlias = Annotated[str, Held(MANAGER)]
Specialist: TypeAlias = Annotated[str, Held(SPECIALIST)]
FinanceOfficer: TypeAlias = Annotated[str, Held(FINANCE)]
GeneralDirector: TypeAlias = Annotated[str, Held(CEO)]
ColdCaller: TypeAlias = Annotated[str, Held(COLD_CALLER)]
