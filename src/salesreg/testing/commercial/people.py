"""The people of a small commercial department, for tests."""

from __future__ import annotations

import datetime as dt
from typing import Final

from salesreg.commercial import roles
from salesreg.rules import Employee

ANNA: Final = Employee("anna", "Anna", [roles.MANAGER], position="sales manager")
SVETA: Final = Employee("sveta", "Sveta", [roles.MANAGER], position="sales manager")
OLEG: Final = Employee("oleg", "Oleg", [roles.COLD_CALLER], position="cold caller")
KIRA: Final = Employee("kira", "Kira", [roles.COLD_CALLER], position="cold caller")
IRINA: Final = Employee("irina", "Irina", [roles.HEAD], position="head of the commercial department")
PETR: Final = Employee("petr", "Petr", [roles.SPECIALIST], position="commercial specialist")
DINA: Final = Employee("dina", "Dina", [roles.SPECIALIST], position="commercial specialist")
FINN: Final = Employee("finn", "Finn", [roles.FINANCE], position="finance officer")
IGOR: Final = Employee("igor", "Igor", [roles.IT], position="IT officer")
BOSS: Final = Employee("boss", "Boss", [roles.CEO], position="general director")
LENA: Final = Employee("lena", "Lena", [roles.SECRETARY], position="secretary")
ROMAN: Final = Employee("roman", "Roman", [roles.HEAD_OF_SALES], position="head of sales")
HILDA: Final = Employee("hilda", "Hilda", [roles.HR], position="HR officer")
DORA: Final = Employee("dora", "Dora", [roles.COMMERCIAL_DIRECTOR], position="commercial director")
FELIX: Final = Employee("felix", "Felix", [roles.FOUNDER], position="founder")
ALLA: Final = Employee("alla", "Alla", [roles.ACCOUNT_MANAGER], position="account manager")
STAFF: Final = (
    ANNA, SVETA, OLEG, KIRA, IRINA, PETR, DINA, FINN, IGOR, BOSS, LENA, ROMAN, HILDA, DORA, FELIX, ALLA,
)  # fmt: skip
"""One or two of every role."""

_MOSCOW: Final = dt.timezone(dt.timedelta(hours=3))


def moscow(day: int, clock: str = "10:00", month: int = 2) -> dt.datetime:
    """An instant of 2026 in Moscow; 2 February and 2 March are Mondays."""
    return dt.datetime.combine(dt.date(2026, month, day), dt.time.fromisoformat(clock), _MOSCOW)
