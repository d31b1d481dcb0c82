"""A company's sales regulation as code: processes that refuse with reasons, deadlines that explain themselves.

The names below are the curated public face; the words of a page come from `salesreg.process`, the
shipped regulation from `salesreg.commercial`. They are resolved on first use, so that ``import salesreg`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from salesreg.calendars import BusinessCalendar as BusinessCalendar
    from salesreg.calendars import Deadline as Deadline
    from salesreg.calendars import ProductionCalendar as ProductionCalendar
    from salesreg.calendars import Term as Term
    from salesreg.calendars import WorkSchedule as WorkSchedule
    from salesreg.commercial.domain.money import Money as Money
    from salesreg.commercial.open import open_engine as open_engine
    from salesreg.commercial.rulebook import COMMERCIAL as COMMERCIAL
    from salesreg.commercial.rulebook import commercial_service as commercial_service
    from salesreg.commercial.rulebook import example as example
    from salesreg.decide import Decision as Decision
    from salesreg.decide import replay as replay
    from salesreg.engine import AsyncProcessEngine as AsyncProcessEngine
    from salesreg.engine import ProcessEngine as ProcessEngine
    from salesreg.engine import Task as Task
    from salesreg.engine import TickReport as TickReport
    from salesreg.errors import DomainError as DomainError
    from salesreg.errors import Refusal as Refusal
    from salesreg.errors import SalesregError as SalesregError
    from salesreg.errors import StepRefused as StepRefused
    from salesreg.process import Case as Case
    from salesreg.process import Command as Command
    from salesreg.process import Event as Event
    from salesreg.process import Obligation as Obligation
    from salesreg.process import Process as Process
    from salesreg.process import Reaction as Reaction
    from salesreg.process import Rulebook as Rulebook
    from salesreg.rules import SYSTEM as SYSTEM
    from salesreg.rules import UNSET as UNSET
    from salesreg.rules import Absence as Absence
    from salesreg.rules import Delegation as Delegation
    from salesreg.rules import Department as Department
    from salesreg.rules import Employee as Employee
    from salesreg.rules import Norm as Norm
    from salesreg.rules import Parameter as Parameter
    from salesreg.rules import Regulation as Regulation
    from salesreg.rules import Role as Role

__version__ = "0.1.0"

_HOMES = {
    "calendars": (
        "BusinessCalendar",
        "Deadline",
        "ProductionCalendar",
        "Term",
        "WorkSchedule",
    ),
    "commercial.domain.money": ("Money",),
    "commercial.open": ("open_engine",),
    "commercial.rulebook": (
        "COMMERCIAL",
        "commercial_service",
        "example",
    ),
    "decide": (
        "Decision",
        "replay",
    ),
    "engine": (
        "AsyncProcessEngine",
        "ProcessEngine",
        "Task",
        "TickReport",
    ),
    "errors": (
        "DomainError",
        "Refusal",
        "SalesregError",
        "StepRefused",
    ),
    "process": (
        "Case",
        "Command",
        "Event",
        "Obligation",
        "Process",
        "Reaction",
        "Rulebook",
    ),
    "rules": (
        "SYSTEM",
        "UNSET",
        "Absence",
        "Delegation",
        "Department",
        "Employee",
        "Norm",
        "Parameter",
        "Regulation",
        "Role",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [  # noqa: PLE0604 - the names are the keys above
    "__version__",
    *sorted(_HOME_OF),
]


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        value = getattr(import_module(f"salesreg.{_HOME_OF[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'salesreg' has no attribute {name!r}; it offers {', '.join(sorted(_HOME_OF))}")


def __dir__() -> list[str]:
    return sorted(__all__)
