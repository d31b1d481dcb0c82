"""A log as columns: every event of every case, sorted by case and instant."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Flags = NDArray[np.bool_]

NOBODY = -1
"""The code of a person whom the log does not name."""
NEVER = np.iinfo(np.int64).min
"""An instant that the log does not give."""


@attrs.frozen(eq=False)
class Log:
    """Events in columns, each case's together and in order.

    Attributes:
        cases, steps, people: what the codes stand for.
        case, step, person: a code for each event; `NOBODY` where the log names no one.
        at: when it happened, microseconds since 1970 in UTC; the earliest instant that it can have been.
        spread: how much later it may have been; 0 where the instant is known.
        recorded: when it was entered, microseconds; `NEVER` where the log does not say.
        source, row: which source it stands in, and in which of its rows, counted from 1.
        evidenced: whether evidence is there; true where none is asked for.
        as_of: the instant after which nothing is known, microseconds.
        covers_from: the instant before which nothing is known, microseconds; `NEVER` if the log is whole.
        sources: the paths.
    """

    cases: Sequence[str]
    steps: Sequence[str]
    people: Sequence[str]
    case: Codes
    step: Codes
    person: Codes
    at: Ints
    spread: Ints
    recorded: Ints
    source: Codes
    row: Ints
    evidenced: Flags
    as_of: int
    covers_from: int
    sources: Sequence[str]

    def __len__(self) -> int:
        return len(self.case)

    def __repr__(self) -> str:
        return f"<Log: {len(self)} events, {len(self.cases)} cases, {len(self.people)} people>"

    @property
    def first(self) -> Flags:
        """Whether an event is the first of its case."""
        found = np.ones(len(self), np.bool_)
        found[1:] = self.case[1:] != self.case[:-1]
        return found

    def sorted(self) -> Log:
        """The log with each case's events together, in the order of their instants and then of their rows."""
        order = np.lexsort((self.row, self.source, self.at, self.case))
        return self.taken(order)

    def taken(self, which: NDArray[np.intp] | Flags) -> Log:
        """Some of the events, in that order."""
        columns = ("case", "step", "person", "at", "spread", "recorded", "source", "row", "evidenced")
        return attrs.evolve(self, **{name: getattr(self, name)[which] for name in columns})
