"""The source document as a value: what it states; `example.toml` beside it fills what it leaves open."""

from __future__ import annotations

from typing import Final

from salesreg.commercial.roles import FINANCE, HEAD, IT, MANAGER, SPECIALIST
from salesreg.process import Rulebook
from salesreg.rules import Regulation, Responsibility

ZONES: Final[tuple[Responsibility, ...]] = (
    Responsibility("topic.new_client", MANAGER, clause="R5"),
    Responsibility("topic.price", MANAGER, clause="R6"),
    Responsibility("topic.base_price", HEAD, clause="R36"),
    Responsibility("topic.contract", SPECIALIST, clause="R19"),
    Responsibility("topic.order", SPECIALIST, clause="R23"),
    Responsibility("topic.documents", SPECIALIST, clause="R33"),
    Responsibility("topic.invoice", FINANCE, clause="R31"),
    Responsibility("topic.original", FINANCE, clause="R20"),
    Responsibility("topic.system", IT, clause="R37"),
)
"""What people ask about, and whose zone the source puts it in (R79)."""


def as_published(rulebook: Rulebook) -> Regulation:
    """The source document: what it leaves open stays open, working hours included (R40, R42).

    Every norm is stated in each language that the rulebook has.
    """
    return rulebook.written("commercial_service", ZONES)
