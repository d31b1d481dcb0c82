"""A company's sales regulation as code: processes that refuse with reasons, deadlines that explain themselves.

The names below are the curated public face; everything else lives in the subpackages (`salesreg.decide.decide` among
them). They are resolved on first use, so that ``import salesreg`` stays light.
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
    from salesreg.decide import Decision as Decision
    from salesreg.decide import replay as replay
    from salesreg.domain.money import Money as Money
    from salesreg.domain.people import Delegation as Delegation
    from salesreg.domain.people import Employee as Employee
    from salesreg.domain.people import Role as Role
    from salesreg.engine import ProcessEngine as ProcessEngine
    from salesreg.errors import Refusal as Refusal
    from salesreg.errors import SalesregError as SalesregError
    from salesreg.errors import StepRefused as StepRefused
    from salesreg.opening import open_engine as open_engine
    from salesreg.processes import STAGE_OWNER as STAGE_OWNER
    from salesreg.processes import Case as Case
    from salesreg.processes import Event as Event
    from salesreg.processes import Obligation as Obligation
    from salesreg.processes import Process as Process
    from salesreg.processes import Sla as Sla
    from salesreg.processes import Stage as Stage
    from salesreg.processes import Step as Step
    from salesreg.processes import Timer as Timer
    from salesreg.processes import anywhere as anywhere
    from salesreg.processes import assigned as assigned
    from salesreg.processes import start as start
    from salesreg.processes import stay as stay
    from salesreg.regulation import UNSET as UNSET
    from salesreg.regulation import Norm as Norm
    from salesreg.regulation import Parameter as Parameter
    from salesreg.regulation import Regulation as Regulation

__version__ = "0.1.0"

_HOMES = {
    "calendars": ("BusinessCalendar", "Deadline", "ProductionCalendar", "Term", "WorkSchedule"),
    "decide": ("Decision", "replay"),
    "domain.money": ("Money",),
    "domain.people": ("Delegation", "Employee", "Role"),
    "engine": ("ProcessEngine",),
    "errors": ("Refusal", "SalesregError", "StepRefused"),
    "opening": ("open_engine",),
    "processes": (
        "STAGE_OWNER", "Case", "Event", "Obligation", "Process", "Sla", "Stage", "Step", "Timer",
        "anywhere", "assigned", "start", "stay",
    ),
    "regulation": ("UNSET", "Norm", "Parameter", "Regulation"),
}  # fmt: skip
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
