"""The business processes, one file each, and the words in which they are written."""

from salesreg.processes._case import (
    Attempt,
    Case,
    CaseId,
    Event,
    Notice,
    Obligation,
    ObligationStatus,
    Ref,
    Related,
)
from salesreg.processes._check import Finding
from salesreg.processes._declare import (
    Recurring,
    Route,
    Sla,
    Stage,
    Step,
    Timer,
    anywhere,
    start,
    stay,
)
from salesreg.processes._table import Process, Transition
from salesreg.processes._who import STAGE_OWNER, Assigned, Contact, Each, assigned, contact, each

__all__ = [
    "STAGE_OWNER",
    "Assigned",
    "Attempt",
    "Case",
    "CaseId",
    "Contact",
    "Each",
    "Event",
    "Finding",
    "Notice",
    "Obligation",
    "ObligationStatus",
    "Process",
    "Recurring",
    "Ref",
    "Related",
    "Route",
    "Sla",
    "Stage",
    "Step",
    "Timer",
    "Transition",
    "anywhere",
    "assigned",
    "contact",
    "each",
    "start",
    "stay",
]
