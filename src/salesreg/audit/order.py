"""The order of steps: every case of a log walked through the automaton of its process, all cases at once."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Final

import attrs
import numpy as np
from numpy.typing import NDArray

from salesreg.audit.automaton import NO_WAY, Automaton
from salesreg.audit.log import Flags, Ints, Log

STATES = NDArray[np.int16]
START, ANYTHING = 0, 1
TOGETHER: Final = 256
"""How many events of each case are walked with those of all others; the rest of a longer case is walked by itself."""
TIED: Final = 4
"""How many events at one instant are tried in every order."""


class Order(IntEnum):
    """What a step is in the order of its case."""

    LEGAL = 0
    SKIPPED = 1
    FORBIDDEN = 2
    REPEATED = 3
    AFTER_END = 4


@attrs.frozen(eq=False)
class Walk:
    """What is known of each case before and after each of its events.

    Attributes:
        log: the log, in which steps at one instant stand in an order that is legal, if there is one.
        before, after: the states.
        left: whether the case left its stage, or entered it anew.
        general: whether by a step that is possible in every open stage.
        ended, may_have: whether the case had ended after it, and whether it may have.
        stage: the number of the stage in which it stood after it, by what came before and came next; -1 if not certain.
        order: an `Order` for each event.
    """

    log: Log
    before: STATES
    after: STATES
    left: Flags
    order: NDArray[np.int8]
    general: Flags
    ended: Flags
    may_have: Flags
    stage: STATES


def walk(log: Log, automaton: Automaton) -> Walk:
    """Every case through the automaton; what lacks is taken for granted once found, so that one gap is one finding."""
    walked = _walk(log, automaton)
    order = _reordered(walked, automaton)
    return walked if order is None else _walk(log.taken(order), automaton)


def _walk(log: Log, automaton: Automaton) -> Walk:
    count = len(log)
    states, flags = np.zeros(count, np.int16), np.zeros(count, np.bool_)
    found = Walk(log, states, states.copy(), flags, np.zeros(count, np.int8), flags, flags, flags, states)
    if not count:
        return found
    begins = np.flatnonzero(log.first)
    lengths = np.diff(np.append(begins, count))
    longest_first = np.argsort(-lengths, kind="stable")
    begins, lengths = begins[longest_first], lengths[longest_first]
    state = np.full(len(begins), START, np.int16)
    # A case that was under way when the log begins may stand anywhere.
    cut = (automaton.next[START, log.step[begins]] == NO_WAY) & (log.at[begins] < log.covers_from)
    state[cut] = ANYTHING
    ends = np.array([state <= automaton.ends for state in automaton.states])
    for k in range(min(int(lengths[0]), TOGETHER)):
        active = int(np.searchsorted(-lengths, -k, side="left"))
        state[:active] = _step(found, automaton, ends, begins[:active] + k, state[:active])
    for number in np.flatnonzero(lengths > TOGETHER):
        one = state[number : number + 1]
        for k in range(TOGETHER, int(lengths[number])):
            one = _step(found, automaton, ends, begins[number : number + 1] + k, one)
    stage, step = automaton.certain[found.after], log.step
    hindsight = np.full(count, NO_WAY, np.int16)
    hindsight[:-1] = np.where(~log.first[1:], automaton.narrowed[found.after[:-1], step[1:]], NO_WAY)
    return attrs.evolve(
        found,
        general=automaton.general[found.before, step] & (found.order == Order.LEGAL),
        ended=ends[found.after],
        may_have=np.array([bool(state & automaton.ends) for state in automaton.states])[found.after],
        stage=np.where(stage == NO_WAY, hindsight, stage),
    )


def _step(found: Walk, automaton: Automaton, ends: Flags, events: Ints, state: STATES) -> STATES:
    """The next event of some cases."""
    step = found.log.step[events]
    after = automaton.next[state, step]
    found.before[events] = state
    found.left[events] = automaton.leaves[state, step]
    wrong = np.flatnonzero(after == NO_WAY)
    if len(wrong):
        here, taken, at = state[wrong], step[wrong], events[wrong]
        again = (at > 0) & (found.log.step[at - 1] == taken) & (found.log.case[at - 1] == found.log.case[at])
        repaired = automaton.repaired[here, taken]
        kind = np.where(repaired == NO_WAY, Order.FORBIDDEN, Order.SKIPPED)
        kind = np.where(ends[here], Order.AFTER_END, np.where(again, Order.REPEATED, kind))
        found.order[at] = kind
        skipped = kind == Order.SKIPPED
        after[wrong] = np.where(skipped, repaired, here)
        found.left[at[skipped]] = True
    found.after[events] = after
    return after


def _reordered(walked: Walk, automaton: Automaton) -> NDArray[np.intp] | None:
    """Another order of the events, in which cases with events at one instant are legal where they can be."""
    log = walked.log
    tied = np.zeros(len(log), np.bool_)
    tied[1:] = (log.case[1:] == log.case[:-1]) & (log.at[1:] == log.at[:-1])
    wrong = np.zeros(len(log.cases), np.bool_)
    wrong[log.case[walked.order != Order.LEGAL]] = True
    wrong &= np.bincount(log.case, weights=tied, minlength=len(wrong)) > 0
    if not wrong.any():
        return None
    order, changed = np.arange(len(log)), False
    begins = np.flatnonzero(log.first)
    ends = np.append(begins[1:], len(log))
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        if wrong[log.case[begin]]:
            legal = next(_legal(log, automaton, begin, end), None)
            if legal is not None:
                order[begin:end] = legal
                changed = True
    return order if changed else None


def _legal(log: Log, automaton: Automaton, begin: int, end: int) -> Iterator[list[int]]:
    """The orders of a case's events that are legal, in which only those at one instant change places."""
    cut = log.at[begin] < log.covers_from and automaton.next[START, log.step[begin]] == NO_WAY
    groups: list[list[int]] = []
    for event in range(begin, end):
        if groups and log.at[event] == log.at[groups[-1][0]]:
            groups[-1].append(event)
        else:
            groups.append([event])

    def on(number: int, state: int, left: list[int], done: list[int]) -> Iterator[list[int]]:
        if not left:
            if number + 1 == len(groups):
                yield done
            else:
                yield from on(number + 1, state, groups[number + 1], done)
            return
        tries = left if len(left) <= TIED else left[:1]
        for event in tries:
            after = int(automaton.next[state, log.step[event]])
            if after != NO_WAY:
                yield from on(number, after, [one for one in left if one != event], [*done, event])

    yield from on(0, ANYTHING if cut else START, groups[0], [])
