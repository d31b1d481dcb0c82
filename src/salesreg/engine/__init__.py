"""Load, decide, commit: a rulebook at work on a store."""

from salesreg.engine.aio import AsyncProcessEngine
from salesreg.engine.engine import ProcessEngine
from salesreg.engine.evidence import Evidence
from salesreg.engine.hand_over import HandOver, Held
from salesreg.engine.log import LogPage
from salesreg.engine.migration import Migration, Move
from salesreg.engine.open import open_engine, open_store
from salesreg.engine.questions import Task
from salesreg.engine.report import TickReport

__all__ = [
    "AsyncProcessEngine",
    "Evidence",
    "HandOver",
    "Held",
    "LogPage",
    "Migration",
    "Move",
    "ProcessEngine",
    "Task",
    "TickReport",
    "open_engine",
    "open_store",
]
