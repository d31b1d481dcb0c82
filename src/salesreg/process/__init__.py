"""The words in which a page of the regulation is written: a process, its stages, steps, clocks and commands."""

from salesreg.errors import Refusal
from salesreg.process.case import Attempt, Case, Event, Notice, Obligation, ObligationStatus, Related
from salesreg.process.check import Finding
from salesreg.process.clocks import Recurring, Sla, Timer
from salesreg.process.guarantees import Guarantees
from salesreg.process.guards import Must, NoneLeft, away, not_available, not_before
from salesreg.process.page import Process
from salesreg.process.payload import Future, Held, Known, Past, Person, Positive, PositiveNumber, Text
from salesreg.process.personal import Personal, PersonalMark, Retention
from salesreg.process.reaction import Look, Reaction, reaction
from salesreg.process.references import CaseId, Ref
from salesreg.process.rulebook import Rulebook
from salesreg.process.stages import After, Route, Stage, anywhere, start, stay
from salesreg.process.steps import (
    Checks,
    Command,
    FirstStep,
    Follow,
    Guard,
    Opening,
    Outcome,
    Step,
    built,
    need,
    step,
)
from salesreg.process.table import Table, Transition
from salesreg.process.templates import Template
from salesreg.process.who import STAGE_OWNER, SUPERIOR, Assigned, Charge, Contact, Each

__all__ = [
    "STAGE_OWNER",
    "SUPERIOR",
    "After",
    "Assigned",
    "Attempt",
    "Case",
    "CaseId",
    "Charge",
    "Checks",
    "Command",
    "Contact",
    "Each",
    "Event",
    "Finding",
    "FirstStep",
    "Follow",
    "Future",
    "Guarantees",
    "Guard",
    "Held",
    "Known",
    "Look",
    "Must",
    "NoneLeft",
    "Notice",
    "Obligation",
    "ObligationStatus",
    "Opening",
    "Outcome",
    "Past",
    "Person",
    "Personal",
    "PersonalMark",
    "Positive",
    "PositiveNumber",
    "Process",
    "Reaction",
    "Recurring",
    "Ref",
    "Refusal",
    "Related",
    "Retention",
    "Route",
    "Rulebook",
    "Sla",
    "Stage",
    "Step",
    "Table",
    "Template",
    "Text",
    "Timer",
    "Transition",
    "anywhere",
    "away",
    "built",
    "need",
    "not_available",
    "not_before",
    "reaction",
    "start",
    "stay",
    "step",
]
