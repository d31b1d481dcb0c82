"""How many people it takes so that enough is done in time: the past played again with other numbers of them."""

from __future__ import annotations

import datetime as dt
import math
from typing import Final
from zoneinfo import ZoneInfo

import attrs
import numpy as np

from salesreg.audit.audit import Audit
from salesreg.audit.log import NOBODY
from salesreg.audit.verdicts import NO_RESULT, NONE, Verdict
from salesreg.calendars import BusinessCalendar
from salesreg.errors import StudyError
from salesreg.simulation.queue import Times, waits

MINUTE: Final = 60_000_000
MOST: Final = 60
"""How many people are tried at most."""


@attrs.frozen
class Demand:
    """What came in, on the clock of the working time.

    Attributes:
        day: the working day of each arrival, counted from the first.
        at: how long after the opening of its day each arrival came, working minutes.
        allowed: how long each may take, working minutes.
        length: how long each working day is, working minutes.
        people: how many people did the work.
        kept: the share that was done in time.
        known: how many can be judged.
    """

    day: np.ndarray
    at: Times
    allowed: Times
    length: Times
    people: int
    kept: float
    known: int


@attrs.frozen
class Level:
    """What a number of people comes to.

    Attributes:
        people: how many.
        share: the mean share that is done in time over the replications.
        low, high: its 95 % interval, by Student's t over the replications.
        busy: the mean share of their working time that they handle something.
    """

    people: int
    share: float
    low: float
    high: float
    busy: float


@attrs.frozen
class Staffing:
    """An answer.

    Attributes:
        target: the share that is asked for.
        past: what the model says of the past with the people of the past.
        seen: the share that was done in time in truth.
        levels: by number of people.
        ceiling: the share that nobody exceeds by hiring, for what takes longer alone than is allowed is late anyway.
        answer: the fewest people whose interval lies above the target; None if no number of them does.
    """

    target: float
    past: Level
    seen: float
    levels: tuple[Level, ...]
    ceiling: float
    answer: int | None

    @property
    def reproduces(self) -> bool:
        """Whether the model says of the past what was seen, within five points or its interval."""
        return self.past.low - 0.05 <= self.seen <= self.past.high + 0.05


def demand(audit: Audit, norm: str) -> Demand:
    """What a rule's clocks in a log say came in.

    Raises:
        StudyError: no clock of that rule ran in the log, or the log has no instants but only days.
    """
    rows = next((one for one in audit.judged if one.rule == norm and (one.due > 0).any()), None)
    if rows is None:
        timed = sorted({one.rule for one in audit.judged if (one.due > 0).any()})
        raise StudyError(f"no term of {norm!r} ran in the log; there are {', '.join(timed) or 'none'}")
    log, calendar = audit.log, audit.bound.calendar
    begun = np.where((rows.other == NONE) | (rows.kind == NO_RESULT), rows.event, rows.other)
    counts = np.isin(rows.verdict, (Verdict.KEPT, Verdict.VIOLATED)) & (rows.due > 0)
    if (log.spread[begun] > 0).any():
        raise StudyError(f"of {norm!r} the log knows days and not times: a queue needs the instants")
    if not counts.any():
        raise StudyError(f"no term of {norm!r} can be judged in the log, so there is nothing to play again")
    begun, due, known = begun[counts], rows.due[counts], rows.taken(counts)
    order = np.argsort(log.at[begun], kind="stable")
    starts = log.at[begun][order]
    day, at, length = _on_the_working_clock(calendar, starts)
    allowed = _minutes(calendar, starts, due[order])
    people = len({int(one) for one in known.person if one != NOBODY}) or 1
    kept = float((known.verdict == Verdict.KEPT).mean())
    return Demand(day, at, np.maximum(allowed, 0.0), length, people, kept, len(known))


def staffing(
    of: Demand, *, minutes: float, target: float = 0.95, variation: float = 1.0, replications: int = 30,
    days: int | None = None, seed: int = 1,
) -> Staffing:  # fmt: skip
    """How many people it takes, by playing days like those of the past with each number of them.

    Days are drawn as wholes, with all that came in on them. Handling times are lognormal; a log with one instant an
    event does not say how long anything took, so their mean is asked of whoever knows the work.

    Args:
        of: what came in.
        minutes: how long one takes on average, in working minutes.
        target: the share that is to be done in time.
        variation: the standard deviation of a handling time by its mean.
        replications: how often each number of people is played.
        days: how many working days are played; by default as many as the log has.
        seed: the same one gives the same answer.

    Raises:
        StudyError: a number that cannot be, such as a target above 1.
    """
    if not 0 < target < 1 or minutes <= 0 or variation < 0 or replications < 2 or (days is not None and days < 1):
        raise StudyError(
            f"target = {target}, minutes = {minutes}, variation = {variation}, replications = {replications}, "
            f"days = {days}: give a target between 0 and 1, a time, a variation of 0 or more, 2 replications or more"
        )
    coming, working = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
    span = len(of.length) if days is None else days
    drawn = coming.integers(0, len(of.length), (replications, span))
    played = _Play.of(of, drawn, minutes, variation, working)
    past_days = np.broadcast_to(np.arange(len(of.length)), (replications, len(of.length)))
    past = _Play.of(of, past_days, minutes, variation, working)
    levels: list[Level] = []
    ceiling = float(np.mean([(h <= a).mean() for h, a in zip(played.handling, played.allowed, strict=True)]))
    answer, enough = None, 0
    for people in range(1, MOST + 1):
        levels.append(played.level(people))
        if answer is None and levels[-1].low >= target:
            answer = people
        better = len(levels) < 2 or levels[-1].share - levels[-2].share > 0.0005
        enough = 0 if better else enough + 1
        if enough == 2 or (answer is not None and people > answer):
            break
    return Staffing(target, past.level(of.people), of.kept, tuple(levels), ceiling, answer)


@attrs.frozen(eq=False)
class _Play:
    """Replications side by side: a row each, shorter ones filled up with customers that count for nothing."""

    arrivals: Times
    handling: Times
    allowed: Times
    real: np.ndarray
    minutes: Times

    @classmethod
    def of(cls, of: Demand, drawn: np.ndarray, minutes: float, variation: float, random: np.random.Generator) -> _Play:
        begins = np.searchsorted(of.day, np.arange(len(of.length) + 1))
        counts = np.diff(begins)[drawn]
        total = counts.sum(axis=1)
        shape = len(drawn), int(total.max(initial=1)) or 1
        arrivals, allowed = np.zeros(shape), np.full(shape, np.inf)
        for row, days in enumerate(drawn):
            opened = np.concatenate([[0.0], np.cumsum(of.length[days])])
            mine = np.concatenate([np.arange(begins[day], begins[day + 1]) for day in days]).astype(np.int64)
            arrivals[row, : len(mine)] = of.at[mine] + np.repeat(opened[:-1], counts[row])
            arrivals[row, len(mine) :] = opened[-1]
            allowed[row, : len(mine)] = of.allowed[mine]
        real = np.arange(shape[1]) < total[:, None]
        sigma2 = math.log1p(variation * variation)
        handling = random.lognormal(math.log(minutes) - sigma2 / 2, math.sqrt(sigma2), shape)
        return cls(arrivals, np.where(real, handling, 0.0), allowed, real, of.length[drawn].sum(axis=1))

    def level(self, people: int) -> Level:
        done = waits(self.arrivals, self.handling, people) + self.handling <= self.allowed
        shares = (done & self.real).sum(axis=1) / np.maximum(self.real.sum(axis=1), 1)
        middle, spread = float(shares.mean()), float(shares.std(ddof=1)) / math.sqrt(len(shares))
        width = _student(len(shares) - 1) * spread
        busy = float((self.handling.sum(axis=1) / (people * np.maximum(self.minutes, 1e-9))).mean())
        return Level(people, middle, max(0.0, middle - width), min(1.0, middle + width), min(busy, 1.0))


def _student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, after Cornish and Fisher."""
    z = 1.959963984540054
    terms = (z, (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96, (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384)
    return float(sum(term / freedom**power for power, term in enumerate(terms)))


def _on_the_working_clock(calendar: BusinessCalendar, starts: np.ndarray) -> tuple[np.ndarray, Times, Times]:
    """The working day of each instant, counted from the first, the working minutes into it, and each day's length."""
    zone = ZoneInfo(calendar.timezone)
    first, last = (dt.datetime.fromtimestamp(int(one) / 1e6, zone) for one in (starts.min(), starts.max()))
    origin = first.replace(hour=0, minute=0, second=0, microsecond=0)
    lengths: dict[dt.date, float] = {}
    for begin, end in calendar.working_intervals(origin, last + dt.timedelta(days=20)):
        lengths[begin.date()] = lengths.get(begin.date(), 0.0) + (end - begin).total_seconds() / 60
    length = np.array(list(lengths.values()))
    since = np.full(len(starts), int(origin.timestamp()) * 1_000_000)
    passed = _minutes(calendar, since, starts)
    ends = np.cumsum(length)
    day = np.searchsorted(ends, passed, side="right")
    used = int(day.max()) + 1
    return day, passed - (ends[day] - length[day]), length[:used]


def _minutes(calendar: BusinessCalendar, starts: np.ndarray, ends: np.ndarray) -> Times:
    between = calendar.working_time_between_batch(starts.view("M8[us]"), np.maximum(ends, starts).view("M8[us]"))
    found: Times = between.view(np.int64) / MINUTE
    return found
