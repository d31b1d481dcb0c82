"""From an engine's log to indicators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from salesreg.commercial.indicators.indicators import Indicators
from salesreg.engine.engine import ProcessEngine
from salesreg.process import Event
from salesreg.rules import Employee, Instant


def indicators_of(engine: ProcessEngine, *, at: Instant | None = None, staff: Iterable[Employee] = ()) -> Indicators:
    """The indicators of everything that was on record at an instant, by default now.

    Args:
        engine: whose log is read, and under whose regulation is counted.
        staff: who works here; see `Indicators`.
    """
    events = (event for event in _log(engine) if at is None or event.at <= at)
    away = engine._people.away  # noqa: SLF001 - whom the engine asks who is away
    return Indicators(engine.regulation, staff=staff, roles=engine.rulebook.roles, away=away).fold(events)


def _log(engine: ProcessEngine) -> Iterator[Event]:
    page = engine.events()
    while page.events:
        yield from page.events
        page = engine.events(position=page.position)
