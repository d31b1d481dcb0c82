"""The case that its events lead to; folds their changes and runs no function again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import attrs

from salesreg.decide.obligations import fold
from salesreg.errors import CaseMismatch
from salesreg.process.case import Case, Event, Obligation
from salesreg.process.page import Process

D = TypeVar("D")
MIGRATED = "migrated"
"""The step of the event that moves a case to another page or regulation; it holds the whole data."""


def replay(process: type[Process[D]] | Callable[[Event], type[Process[Any]]], events: Iterable[Event]) -> Case[D]:
    """The case that its events lead to.

    Args:
        process: the process class, or how to find the one that an event is of, for a case that has moved.
        events: every event of the case, in order.

    Raises:
        CaseMismatch: there are no events, or one is missing.
        UnknownStage: an event leads to a stage that its process does not have.
    """
    case: Case[D] | None = None
    several = tuple(events)
    # Where a case has moved, the event says everything: what stood before needs the old page no more.
    moved = max((number for number, event in enumerate(several) if event.step == MIGRATED), default=0)
    for number, event in enumerate(several):
        expected = 1 if case is None else case.version + 1
        if event.version != expected:
            raise CaseMismatch(
                f"the events of case {event.case!r} are not whole: expected version {expected}, got {event.version}"
            )
        obligations: tuple[Obligation, ...] = () if case is None else case.obligations
        data: Any = None
        if number >= moved:
            page: Any = process if isinstance(process, type) else process(event)
            page.table.stage(event.target)
        if number < moved:
            pass
        elif case is None or event.step == MIGRATED:
            data = page.data(**event.changes)
        else:
            data = attrs.evolve(case.data, **event.changes) if event.changes else case.data  # type: ignore[misc]
        case = Case(
            event.case,
            event.process,
            event.process_version,
            event.target,
            event.version,
            data,
            event.regulation,
            event.at,
            fold(obligations, event.opened, event.closed),
            event.rulebook,
            event.at if case is None else case.begun_at,
        )
    if case is None:
        raise CaseMismatch("a case without events cannot be replayed")
    return case
