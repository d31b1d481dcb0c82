"""The checks: each looks at whole columns and says of every duty whether it was kept, broken, or cannot be known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import numpy as np

from salesreg.audit.automaton import NO_WAY
from salesreg.audit.bound import BULK, EVIDENCE, ORDER, RECORDING, ROLES, Bound, Clock
from salesreg.audit.duties import check_duty
from salesreg.audit.log import NEVER, NOBODY, Flags, Ints, Log
from salesreg.audit.mapping import Separate
from salesreg.audit.order import ANYTHING, Order, Walk
from salesreg.audit.verdicts import (
    BACKDATED,
    EARLY,
    HALTED,
    LATE,
    NO_PERSON,
    NO_RECORD,
    NO_RECORD_TIME,
    NO_RESULT,
    NO_ROLES,
    NO_STAGE,
    NONE,
    PRECISION,
    SAME_PERSON,
    TOGETHER,
    WRONG_ROLE,
    Judged,
    Verdict,
    joined,
    judged,
    midnight,
    of_role,
)  # fmt: skip
from salesreg.calendars import Term
from salesreg.rules.roles import SYSTEM


def check(log: Log, bound: Bound, walked: Walk | None) -> list[Judged]:
    """What every rule says of a log; of one that is held to a process, as it was walked through."""
    found: list[Judged] = []
    if walked is not None:
        found.append(_order(walked))
        found += _stages(walked, bound)
        found.append(_roles(log, bound))
    found += [_clock(log, bound, one, walked) for one in bound.clocks]
    found += [_separate(log, one) for one in bound.separations]
    if EVIDENCE in bound.rules:
        found.append(_evidence(log))
    if bound.recorded_within is not None:
        found.append(_recording(log, bound, bound.recorded_within))
    if bound.bulk is not None:
        found.append(_bulk(log, *bound.bulk))
    found += [check_duty(log, bound, one) for one in bound.duties]
    return found


# -- who and in which order --------------------------------------------------------------------------------------------


def _order(walked: Walk) -> Judged:
    verdict = np.where(walked.order == Order.LEGAL, Verdict.KEPT, Verdict.VIOLATED).astype(np.int8)
    return judged(ORDER, walked.log, np.arange(len(walked.log)), verdict, kind=walked.order)


def _roles(log: Log, bound: Bound) -> Judged:
    """Each step that roles alone may take, by the roles that whoever took it held on that day."""
    asked = np.array([one in bound.allowed for one in log.steps])
    event = np.flatnonzero(asked[log.step]) if len(log) else np.zeros(0, np.int64)
    roles = {
        role: 1 << number for number, role in enumerate(sorted({r for some in bound.allowed.values() for r in some}))
    }
    allowed = np.array([sum(roles[role] for role in bound.allowed.get(one, ())) for one in log.steps] or [0])
    verdict = np.full(len(event), Verdict.UNKNOWN, np.int8)
    reason = np.full(len(event), NO_PERSON, np.int8)
    who, at, zone = log.person[event], log.at[event], ZoneInfo(bound.calendar.timezone)
    may = allowed[log.step[event]]
    for code, name in enumerate(log.people):
        mine = np.flatnonzero(who == code)
        person = bound.people.get(name)
        if person is None or not (person.roles or person.robot):
            reason[mine] = NO_ROLES
            continue
        held = np.zeros(len(mine), np.int64)
        if person.robot:
            held |= roles.get(SYSTEM.id, 0)
        for role, since, until in map(of_role, person.roles):
            then = np.ones(len(mine), np.bool_)
            if since is not None:
                then &= at[mine] >= midnight(since, zone)
            if until is not None:
                then &= at[mine] < midnight(until + dt.timedelta(days=1), zone)
            held[then] |= roles.get(role, 0)
        verdict[mine] = np.where(held & may[mine], Verdict.KEPT, Verdict.VIOLATED)
    return judged(ROLES, log, event, verdict, kind=WRONG_ROLE, reason=reason)


def _separate(log: Log, rule: Separate) -> Judged:
    """Cases with several of the steps: whether two people stand behind them; judged by the last of them."""
    codes = [log.steps.index(one) for one in rule.steps if one in log.steps]
    event = np.flatnonzero(np.isin(log.step, codes))
    taken = np.zeros((len(log.cases), len(log.steps)), np.bool_)
    taken[log.case[event], log.step[event]] = True
    asked = taken.sum(axis=1) > 1
    event = event[asked[log.case[event]]]
    event = event[np.lexsort((event, log.person[event], log.case[event]))]
    case, step, person = log.case[event], log.step[event], log.person[event]
    # Of one person's steps in a case, one that differs from the one before it is the second of two.
    mine = np.zeros(len(event), np.bool_)
    mine[1:] = (case[1:] == case[:-1]) & (person[1:] == person[:-1]) & (person[1:] != NOBODY)
    twice = mine & np.append([False], step[1:] != step[:-1])[: len(event)]
    known = person != NOBODY
    people = np.bincount(case[known & ~mine], minlength=len(log.cases))
    nameless = np.bincount(case[~known], minlength=len(log.cases)) > 0
    last, other = np.full(len(log.cases), NONE), np.full(len(log.cases), NONE)
    np.maximum.at(last, case, event)
    broken = np.zeros(len(log.cases), np.bool_)
    broken[case[twice]] = True
    if rule.strict:
        last[case[twice]] = event[twice]
    else:
        broken &= (people == 1) & ~nameless
    other[case[twice]] = event[np.flatnonzero(twice) - 1]
    unsure = nameless & ~broken & (rule.strict | (people < 2))
    cases = np.flatnonzero(asked)
    verdict = np.where(broken, Verdict.VIOLATED, np.where(unsure, Verdict.UNKNOWN, Verdict.KEPT)).astype(np.int8)[cases]
    return judged(rule.norm, log, last[cases], verdict, kind=SAME_PERSON, reason=NO_PERSON, other=other[cases])


# -- deadlines ---------------------------------------------------------------------------------------------------------


def _stages(walked: Walk, bound: Bound) -> Iterator[Judged]:
    """The terms of the stages: from entering one to leaving it; what ends for every stage alike meets none of them."""
    assert bound.automaton is not None  # noqa: S101 - asked for where there is one
    log, names = walked.log, bound.stage_names
    leaves = _next_in_case(log, walked.left)
    entered = walked.left & (walked.after != ANYTHING)
    for one in bound.stages:
        begins = np.flatnonzero(entered & (walked.stage == names.index(one.stage)))
        ends = leaves[begins]
        void = (ends != NONE) & walked.general[ends]
        doubt = _between(log, one.halts, begins, ends) * HALTED
        rows = _timed(log, bound, one.norm, one.term, begins, ends, doubt, void)
        maybe = bound.automaton.enters[walked.before, log.step, names.index(one.stage)]
        unsure = np.flatnonzero(entered & (walked.stage == NO_WAY) & maybe)
        unknown = np.full(len(unsure), Verdict.UNKNOWN, np.int8)
        yield joined([rows, judged(one.norm, log, unsure, unknown, reason=NO_STAGE)])


def _clock(log: Log, bound: Bound, clock: Clock, walked: Walk | None) -> Judged:
    """A term between steps: from each start that finds no clock running to the next stop, or to the end of the case."""

    def of(steps: frozenset[str]) -> Flags:
        found: Flags = np.isin(log.step, [log.steps.index(one) for one in steps if one in log.steps])
        return found

    starts, stops, voids = of(clock.start), of(clock.stop), of(clock.void)
    if walked is not None:
        starts, voids = starts & ~walked.ended, voids | walked.ended
    begins = np.flatnonzero(starts)
    ends = _next_in_case(log, stops | voids)[begins]
    # Several starts with the same stop ahead, or none, are one clock that runs already.
    same = np.zeros(len(begins), np.bool_)
    same[1:] = (log.case[begins[1:]] == log.case[begins[:-1]]) & (clock.first | (ends[1:] == ends[:-1]))
    begins, ends = begins[~same], ends[~same]
    void = (ends != NONE) & voids[ends] & ~stops[ends]
    doubt = _between(log, clock.halts, begins, ends) * HALTED
    may_have = None if walked is None else walked.may_have
    return _timed(log, bound, clock.norm, clock.term, begins, ends, doubt, void, may_have)


def _timed(
    log: Log, bound: Bound, rule: str, term: Term, begins: Ints, ends: Ints, doubt: Ints, void: Flags,
    may_have: Flags | None = None,
) -> Judged:  # fmt: skip
    """Clocks by their first and last event: in time, late, without a result, running, or not to be known.

    One that became pointless before it was due is none; one that had been due already stays without a result. Of a case
    that may have ended before it was due, by `may_have`, and shows no result, nothing is known.
    """
    calendar, ended = bound.calendar, ends != NONE
    due = calendar.due_batch(term, log.at[begins].view("M8[us]")).at.astype("M8[us]").view(np.int64)
    latest = due
    coarse = log.spread[begins] > 0
    if coarse.any():
        begun = (log.at[begins] + log.spread[begins])[coarse].view("M8[us]")
        latest = due.copy()
        latest[coarse] = calendar.due_batch(term, begun).at.astype("M8[us]").view(np.int64)
    stop = np.where(ended, log.at[ends], log.as_of)
    stopped = stop + np.where(ended, log.spread[ends], 0)
    verdict = np.full(len(begins), Verdict.UNKNOWN, np.int8)
    verdict[ended & (stopped <= due)] = Verdict.KEPT
    verdict[stop > latest] = Verdict.VIOLATED
    verdict[~ended & (stop <= due)] = Verdict.OPEN
    reason = np.full(len(begins), PRECISION, np.int8)
    if may_have is not None:
        unanswered = np.flatnonzero(~ended)
        last = _last_by(log, begins[unanswered], latest[unanswered])
        doubt[unanswered[may_have[last]]] = NO_STAGE
    verdict[doubt > 0] = Verdict.UNKNOWN
    reason[doubt > 0] = doubt[doubt > 0]
    broken = verdict == Verdict.VIOLATED
    delay = np.zeros(len(begins), np.int64)
    delay[broken] = calendar.working_time_between_batch(
        latest[broken].view("M8[us]"), stop[broken].view("M8[us]")
    ).view(np.int64)
    done = ended & ~void
    rows = judged(
        rule, log, np.where(done, ends, begins), verdict, kind=np.where(done, LATE, NO_RESULT).astype(np.int8),
        reason=reason, person=np.where(done, log.person[ends], NOBODY).astype(np.int32),
        other=np.where(done, begins, NONE), due=latest, delay=delay,
    )  # fmt: skip
    return rows.taken(~void | (verdict != Verdict.KEPT))


def _next_in_case(log: Log, wanted: Flags) -> Ints:
    """For each event, the next one of its case that is wanted; `NONE` if there is none."""
    count = len(log)
    far = np.where(wanted, np.arange(count), count)
    after = np.append(np.minimum.accumulate(far[::-1])[::-1][1:], count) if count else far
    found = np.where(after < count, after, 0)
    return np.where((after < count) & (log.case[found] == log.case), found, NONE) if count else after


def _last_by(log: Log, events: Ints, by: Ints) -> Ints:
    """For each event, the last one of its case that came no later than an instant, or the event itself."""
    begins = np.append(np.flatnonzero(log.first), len(log))
    low, high = events.copy(), begins[np.searchsorted(begins, events, side="right")] - 1
    while (low < high).any():  # one bisection for all of them
        middle = (low + high + 1) // 2
        early = log.at[middle] <= by
        low, high = np.where(early, middle, low), np.where(early, high, middle - 1)
    return low


def _between(log: Log, steps: frozenset[str], begins: Ints, ends: Ints) -> Flags:
    """Whether one of some steps lies between two events of a case, or after the first where there is no second."""
    codes = [log.steps.index(one) for one in steps if one in log.steps]
    if not codes:
        return np.zeros(len(begins), np.bool_)
    halt = _next_in_case(log, np.isin(log.step, codes))[begins]
    found: Flags = (halt != NONE) & ((ends == NONE) | (halt < ends))
    return found


# -- records -----------------------------------------------------------------------------------------------------------


def _evidence(log: Log) -> Judged:
    verdict = np.where(log.evidenced, Verdict.KEPT, Verdict.VIOLATED).astype(np.int8)
    return judged(EVIDENCE, log, np.arange(len(log)), verdict, kind=NO_RECORD)


def _recording(log: Log, bound: Bound, within: Term) -> Judged:
    """How much later than it happened each event was entered."""
    event, known = np.arange(len(log)), log.recorded != NEVER
    latest = log.at + log.spread
    due = np.full(len(log), NEVER)
    due[known] = bound.calendar.due_batch(within, latest[known].view("M8[us]")).at.astype("M8[us]").view(np.int64)
    late, early = known & (log.recorded > due), known & (log.recorded < log.at)
    verdict = np.where(known, np.where(late | early, Verdict.VIOLATED, Verdict.KEPT), Verdict.UNKNOWN).astype(np.int8)
    delay = np.zeros(len(log), np.int64)
    delay[late] = bound.calendar.working_time_between_batch(
        due[late].view("M8[us]"), log.recorded[late].view("M8[us]")
    ).view(np.int64)
    kind = np.where(early, EARLY, BACKDATED).astype(np.int8)
    return judged(RECORDING, log, event, verdict, kind=kind, reason=NO_RECORD_TIME, due=due, delay=delay)


def _bulk(log: Log, most: int, within: Term) -> Judged:
    """Records that one person made at one go: more of them than `most`, each so soon after the one before."""
    entered = np.where(log.recorded != NEVER, log.recorded, log.at)
    known = np.flatnonzero((log.person != NOBODY) & (log.spread == 0))
    order = known[np.lexsort((known, entered[known], log.person[known]))]
    gap = int(within.minutes) * 60_000_000
    breaks = np.ones(len(order), np.bool_)
    breaks[1:] = (log.person[order[1:]] != log.person[order[:-1]]) | (entered[order[1:]] - entered[order[:-1]] > gap)
    run = np.cumsum(breaks) - 1
    sizes = np.bincount(run) if len(order) else np.zeros(0, np.int64)
    verdict = np.full(len(log), Verdict.UNKNOWN, np.int8)
    verdict[order] = np.where(sizes[run] > most, Verdict.VIOLATED, Verdict.KEPT)
    other = np.full(len(log), NONE)
    other[order] = order[np.flatnonzero(breaks)][run]
    other[verdict != Verdict.VIOLATED] = NONE
    reason = np.where(log.person == NOBODY, NO_PERSON, PRECISION).astype(np.int8)
    return judged(BULK, log, np.arange(len(log)), verdict, kind=TOGETHER, reason=reason, other=other)
