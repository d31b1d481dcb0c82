"""A process as a table of numbers: what a recorded step does to what is known of a case, and the nearest repair."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from salesreg.process.table import Table

State = frozenset[str | None]
"""The stages in which a case may stand by what is recorded; None before it has begun."""
NO_WAY = -1


@attrs.frozen(eq=False)
class Automaton:
    """What is known of a case after each recorded step, made certain by the subset construction.

    A way's condition reads data that a log does not have, so every way counts; steps that nobody records happen unseen.

    Attributes:
        states: what may be the case in each state; the first is before the beginning, the second anything.
        steps: the ids of the steps, in the order of the columns.
        ends: the stages in which a case has ended.
        next: by state and step, the state after it; `NO_WAY` where it is not possible.
        leaves: by state and step, whether the case leaves its stage or enters it anew, so that its clock ends.
        enters: by state, step and number of a stage, whether the step itself leads there, before any unseen one.
        general: by state and step, whether it is possible in every open stage, so that it meets no stage's term.
        certain: by state, the number of the stage in which the case stands; `NO_WAY` where it is not certain.
        narrowed: by state and step, the number of the stage in which it must have stood for the step to be possible.
        repaired: by state and step, the state after it once the steps that lack before it are taken for granted;
            `NO_WAY` where no steps lead there.
    """

    states: Sequence[State]
    steps: Sequence[str]
    ends: frozenset[str | None]
    next: NDArray[np.int16]
    leaves: NDArray[np.bool_]
    enters: NDArray[np.bool_]
    general: NDArray[np.bool_]
    certain: NDArray[np.int16]
    narrowed: NDArray[np.int16]
    repaired: NDArray[np.int16]
    _missing: dict[tuple[int, int], tuple[str, ...]]

    def missing(self, state: int, step: int) -> tuple[str, ...]:
        """The ids of the fewest steps that lack before a step in a state."""
        return self._missing.get((state, step), ())

    def __repr__(self) -> str:
        return f"<Automaton: {len(self.states)} states, {len(self.steps)} steps>"


def automaton(table: Table, hidden: Collection[str] = ()) -> Automaton:
    """The automaton of a compiled process.

    Args:
        table: the process.
        hidden: the ids of steps that may have been taken without a record.
    """
    steps = list(table.steps)
    start, anything = _closed(table, {None}, hidden), frozenset(table.stages)
    states: list[State] = [start, anything]
    number = {start: 0, anything: 1}
    ways: dict[tuple[int, int], int] = {}
    moved: set[tuple[int, int]] = set()
    targets: dict[tuple[int, int], list[int]] = {}
    stage_number: dict[str | None, int] = {one: code for code, one in enumerate(table.stages)}
    for state in states:  # it grows while it is walked through
        for step in steps:
            found = {(w.target.id, w.stays) for stage in state for w in table.routes[step].get(stage, ())}
            if not found:
                continue
            after = _closed(table, {target for target, _ in found}, hidden)
            way = number[state], steps.index(step)
            if after not in number:
                number[after] = len(states)
                states.append(after)
            ways[way] = number[after]
            targets[way] = [stage_number[target] for target, stays in found if not stays]
            if not all(stays for _, stays in found):
                moved.add(way)
    certain = np.array([_only(state, stage_number) for state in states], np.int16)
    shape = len(states), len(steps)
    general, narrowed = np.zeros(shape, np.bool_), np.full(shape, NO_WAY, np.int16)
    for here, state in enumerate(states):
        for column, step in enumerate(steps):
            sources = [stage for stage in state if stage in table.routes[step]]
            general[here, column] = all(way.general for one in sources for way in table.routes[step][one])
            narrowed[here, column] = _only(frozenset(sources), stage_number)
    next_, leaves = np.full((len(states), len(steps)), NO_WAY, np.int16), np.zeros((len(states), len(steps)), np.bool_)
    enters = np.zeros((*shape, len(table.stages)), np.bool_)
    for way, after_number in ways.items():
        next_[way] = after_number
        enters[way][targets[way]] = True
        leaves[way] = way in moved
    repaired, missing = next_.copy(), dict[tuple[int, int], tuple[str, ...]]()
    ends: State = frozenset(stage.id for stage in table.stages.values() if stage.ended)
    for row, state in enumerate(states):
        if state <= ends:
            continue  # what happens after the end lacks nothing before it
        for wanted, path, here in _repairs(next_, row):
            repaired[row, wanted], missing[row, wanted] = next_[here, wanted], tuple(steps[one] for one in path)
            enters[row, wanted] = enters[here, wanted]
    return Automaton(states, steps, ends, next_, leaves, enters, general, certain, narrowed, repaired, missing)


def _only(state: State, number: dict[str | None, int]) -> int:
    """The number of the one stage of a state; `NO_WAY` where it has several, or the case has not begun."""
    return number.get(next(iter(state)), NO_WAY) if len(state) == 1 else NO_WAY


def _closed(table: Table, stages: Collection[str | None], hidden: Collection[str]) -> State:
    """Stages with those that unseen steps lead to from there."""
    found, waiting = set(stages), list(stages)
    while waiting:
        here = waiting.pop()
        for step in hidden:
            for way in table.routes[step].get(here, ()):
                if way.target.id not in found:
                    found.add(way.target.id)
                    waiting.append(way.target.id)
    return frozenset(found)


def _repairs(next_: NDArray[np.int16], start: int) -> Iterator[tuple[int, tuple[int, ...], int]]:
    """For each step that is not possible in a state, the shortest way to a state in which it is, and that state."""
    lacking = {int(one) for one in np.flatnonzero(next_[start] == NO_WAY)}
    seen, waiting = {start}, deque[tuple[int, tuple[int, ...]]]([(start, ())])
    while waiting and lacking:
        here, path = waiting.popleft()
        for step in np.flatnonzero(next_[here] != NO_WAY):
            if int(step) in lacking:
                lacking.discard(int(step))
                yield int(step), path, here
        for step in np.flatnonzero(next_[here] != NO_WAY):
            there = int(next_[here, step])
            if there not in seen:
                seen.add(there)
                waiting.append((there, (*path, int(step))))
