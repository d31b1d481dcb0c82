"""Pictures of time: a case with its deadlines, how late things were, and a funnel; with matplotlib."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from salesreg.engine.evidence import Evidence
from salesreg.errors import need
from salesreg.process.case import Obligation, ObligationStatus

MET, LATE, OPEN, VOID = "#2f855a", "#c05621", "#2b6cb0", "#888888"
COLOURS: Final = {
    ObligationStatus.MET: MET, ObligationStatus.MET_LATE: LATE, ObligationStatus.BREACHED: LATE,
    ObligationStatus.OPEN: OPEN, ObligationStatus.PAUSED: OPEN, ObligationStatus.CANCELLED: VOID,
}  # fmt: skip
"""Of a verdict: met, late, still open, pointless. They read on a light page and on a dark one."""


def _axes(axes: Any, high: float) -> Any:
    need("matplotlib", extra="notebook", why="a plot needs matplotlib")
    if axes is not None:
        return axes
    from matplotlib.figure import Figure

    return Figure(figsize=(8, high), layout="constrained").subplots()


def timeline(found: Evidence, *, axes: Any = None) -> Any:
    """A case over time: a bar from the beginning of each term to its due instant, a mark where it was met, and events.

    Args:
        found: what `engine.evidence(case)` gives.
        axes: matplotlib's axes to draw on; by default those of a new figure.

    Returns:
        The figure.
    """
    rows = found.obligations
    axes = _axes(axes, 1.2 + 0.35 * max(len(rows), 1))
    for number, one in enumerate(rows):
        colour = COLOURS[one.status_at(found.at)]
        end = one.due or one.closed_at or found.at
        axes.barh(number, end - one.started_at, left=one.started_at, height=0.5, color=colour, alpha=0.35)
        closed = one.closed_at or (found.at if one.status_at(found.at) is ObligationStatus.BREACHED else None)
        if closed is not None and closed > end:
            axes.plot([end, closed], [number, number], color=colour, linewidth=2)
        if one.closed_at is not None:
            axes.plot([one.closed_at], [number], marker="o", color=colour)
    for event in found.events:
        axes.axvline(event.at, color="#888888", linewidth=0.6, alpha=0.6)
    axes.set_yticks(range(len(rows)), [one.norm for one in rows])
    axes.invert_yaxis()
    axes.set_title(f"{found.case.process}: {found.case.id}")
    axes.figure.autofmt_xdate()
    return axes.figure


def lateness(obligations: Iterable[Obligation], *, at: dt.datetime | None = None, axes: Any = None) -> Any:
    """How many hours before or after its due instant each obligation was met, by the clock on the wall.

    Args:
        obligations: those to count; what is not closed counts as of `at`.
        at: as of when, aware; what is open is left out if nothing is said.
        axes: as in `timeline`.
    """
    hours = []
    for one in obligations:
        end = one.closed_at or at
        if one.due is not None and end is not None and one.status is not ObligationStatus.CANCELLED:
            hours.append((end - one.due) / dt.timedelta(hours=1))
    axes = _axes(axes, 3)
    early, late = [one for one in hours if one <= 0], [one for one in hours if one > 0]
    axes.hist([early, late], bins=24, stacked=True, color=[MET, LATE], label=["in time", "late"])
    axes.axvline(0, color="#888888")
    axes.set_xlabel("hours after the due instant")
    axes.set_ylabel("obligations")
    axes.legend()
    return axes.figure


def funnel(steps: Iterable[Any], *, axes: Any = None) -> Any:
    """The steps of a funnel, as the indicators give it: whatever has an ``id`` and says how many ``reached`` it.

    Args:
        steps: the steps, the widest first.
        axes: as in `timeline`.
    """
    some = list(steps)
    axes = _axes(axes, 0.8 + 0.4 * max(len(some), 1))
    names, counts = [one.id for one in some], [one.reached for one in some]
    bars = axes.barh(range(len(some)), counts, color=OPEN, alpha=0.6)
    axes.bar_label(bars, padding=3)
    axes.set_yticks(range(len(some)), names)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    return axes.figure
