"""What Hypothesis loads by its entry point, so that ``@given`` resolves our types by their annotations.

A module of its own: Hypothesis calls it while it is being imported, be it by `salesreg.testing.strategies` itself.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from salesreg.calendars import BusinessCalendar, Term, WorkSchedule
from salesreg.rules import Employee

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_DRAWN_BY: Final[dict[type, str]] = {
    BusinessCalendar: "calendars",
    Employee: "employees",
    Term: "terms",
    WorkSchedule: "schedules",
}


def register() -> None:
    """Let ``@given`` resolve our types by their annotations; called by the ``hypothesis`` entry point."""
    from hypothesis import strategies as st

    def drawn(name: str, _: type) -> SearchStrategy[Any]:
        found: SearchStrategy[Any] = getattr(import_module("salesreg.testing.strategies"), name)()
        return found

    for kind, name in _DRAWN_BY.items():
        st.register_type_strategy(kind, partial(drawn, name))
