"""Funnels: how many came how far, how long they stayed on the way, and what people put on record (R52, R63, R69)."""

from __future__ import annotations

import csv
import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final

import attrs

from salesreg.commercial.domain.calls import UNANSWERED, Disposition
from salesreg.commercial.domain.indicators import CALL_STEPS, Indicator, Period
from salesreg.commercial.indicators.counting import Counting
from salesreg.commercial.indicators.records import Contact, Deal
from salesreg.commercial.indicators.values import Value
from salesreg.errors import DomainError
from salesreg.rules import Instant
from salesreg.rules.instants import to_utc

_NOBODY: Final = UNANSWERED | {Disposition.WRONG_NUMBER}


@attrs.frozen
class Step:
    """One step of a funnel.

    Attributes:
        id: of the stage of the sale, or of the call funnel's step.
        reached: how many came at least as far.
        of_before, of_all: as a part of the step before and of the first; None where nobody came so far.
        took: the median working time in it of those who have left it; None where nobody has, or it takes no time.
        events: the ids of the events with which they began.
    """

    id: str
    reached: int
    of_before: Fraction | None
    of_all: Fraction | None
    took: dt.timedelta | None
    events: tuple[str, ...]


def sales_funnel(
    counting: Counting, period: Period, *, at: Instant, stages: Sequence[str], person: str | None = None
) -> tuple[Step, ...]:
    """How far the deals registered in a period have come, and the working time that a stage takes.

    Args:
        stages: of the sale from first to last, by id; whoever has come to a later one has come through the earlier.
        person: only the deals that this person registered or first had.
    """
    place = {stage: number for number, stage in enumerate(stages)}
    depths: list[tuple[int, str]] = []
    spent: dict[str, list[dt.timedelta]] = {}
    for deal in _deals(counting, period, to_utc(at), person):
        depths.append((max(place.get(stage, 0) for _, stage, _ in deal.stages), deal.event))
        for (since, stage, _), (until, *_) in pairwise(deal.stages):
            spent.setdefault(stage, []).append(counting.regulation.calendar.working_time_between(since, until))
    return _steps(stages, depths, spent)


def call_funnel(counting: Counting, period: Period, *, at: Instant, person: str | None = None) -> tuple[Step, ...]:
    """How far the contacts entered in a period have come, from the base to a contract (R63).

    Args:
        person: only the contacts that this caller called or holds.
    """
    first, after = period.bounds(counting.record.timezone)
    won = {deal.lead for deal in counting.record.deals.values() if deal.won is not None and deal.lead}
    depths = []
    for one in counting.record.contacts.values():
        theirs = person is None or person in {one.caller, *(call.by for call in one.calls)}
        if first <= one.at < after and one.at <= to_utc(at) and theirs:
            far = [number for number, reached in enumerate(_REACHED) if reached(one)]
            depths.append((len(_REACHED) if one.lead in won else far[-1], one.event))
    return _steps(tuple(CALL_STEPS), depths, {})


_REACHED: Final[tuple[Callable[[Contact], bool], ...]] = (
    lambda _: True,
    lambda one: bool(one.calls),
    lambda one: any(call.disposition and Disposition(call.disposition) not in _NOBODY for call in one.calls),
    lambda one: any(call.decision_maker for call in one.calls),
    lambda one: any(call.need for call in one.calls),
    lambda one: any(call.proposal for call in one.calls),
    lambda one: bool(one.accepted),
)
"""Whether a contact has come to each step but the last, which the deals tell."""


def _deals(counting: Counting, period: Period, at: dt.datetime, person: str | None) -> Iterator[Deal]:
    first, after = period.bounds(counting.record.timezone)
    for deal in counting.record.deals.values():
        if first <= deal.at < after and deal.at <= at and person in {None, deal.owner_at(deal.at)}:
            yield deal


def _steps(
    ids: Sequence[str], depths: Sequence[tuple[int, str]], spent: dict[str, list[dt.timedelta]]
) -> tuple[Step, ...]:
    found, before = list[Step](), len(depths)
    for number, one in enumerate(ids):
        events = tuple(sorted(event for depth, event in depths if depth >= number))
        took, reached = spent.get(one), len(events)
        found.append(
            Step(
                one,
                reached,
                Fraction(reached, before) if before else None,
                Fraction(reached, len(depths)) if depths else None,
                _middle(took) if took else None,
                events,
            )
        )
        before = reached
    return tuple(found)


def _middle(took: list[dt.timedelta]) -> dt.timedelta:
    ordered, half = sorted(took), len(took) // 2
    return ordered[half] if len(took) % 2 else (ordered[half - 1] + ordered[half]) / 2


# -- what people do ---------------------------------------------------------------------------------------------------

DAY_START: Final = Indicator(
    "day_start", "Days begun in time", "days begun by the start of the hours", "days with an arrival", clause="R40"
)


@attrs.frozen
class Arrival:
    """Somebody came to work, as a time-keeping system has it.

    Attributes:
        record: the reference of its record there; without one there was none (R46).
    """

    person: str
    at: Instant
    record: str


def arrivals_of(path: str | Path, zone: Callable[[str], str]) -> tuple[Arrival, ...]:
    """What a time-keeping system has written: comma-separated values with the columns person, at and record.

    Args:
        path: the file.
        zone: the time zone of a person, by id: in it is what is written without one.

    Raises:
        DomainError: the file cannot be read, or a line of it says no instant.
    """
    columns = ("person", "at", "record")
    try:
        rows = list(csv.DictReader(Path(path).read_text("utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as wrong:
        raise DomainError(
            "arrivals_unread", "cannot read the arrivals {got}: {why}", got=str(path), why=str(wrong)
        ) from wrong
    found = []
    for number, row in enumerate(rows, 2):
        given = [row.get(name) for name in columns]
        try:
            person, text, record = ((one or "").strip() for one in given)
            at = dt.datetime.fromisoformat(text)
            at = to_utc(at if at.tzinfo else at.replace(tzinfo=zoneinfo.ZoneInfo(zone(person))))
        except (ValueError, OverflowError):
            said = "line {line} of {got} has no instant such as 2026-03-02T08:55 under at: give person, at and record"
            raise DomainError("arrival_without_time", said, line=number, got=str(path)) from None
        found.append(Arrival(person, at, record))
    return tuple(found)


def punctuality(counting: Counting, arrivals: Iterable[Arrival], period: Period, *, at: Instant) -> dict[str, Value]:
    """How many days each person began by the start of their own hours, of the working days on which they came (R40).

    The first arrival of a day counts; a day without one is a leave, or what `activity` shows.
    """
    first: dict[tuple[str, dt.date], Arrival] = {}
    for one in sorted((one for one in arrivals if one.record.strip() and one.at <= at), key=lambda one: one.at):
        zone = zoneinfo.ZoneInfo(counting.calendar_of(one.person).timezone)
        first.setdefault((one.person, one.at.astimezone(zone).date()), one)
    found: dict[str, Value] = {}
    for (person, day), one in sorted(first.items()):
        intervals = counting.calendar_of(person).day(day).intervals if day in period else ()
        if intervals:
            before = found.get(person, Value(DAY_START, Fraction(), Fraction()))
            hits = before.numerator + (one.at <= intervals[0][0])
            found[person] = Value(DAY_START, hits, before.denominator + 1, (*before.events, one.record))
    return found


@attrs.frozen
class Activity:
    """What one person put on record in a period, held against their own hours (R52, R69).

    Attributes:
        steps: how often each step was taken, as ``process.step``.
        working_days: the days of their own hours that are over and on which they were not away.
        days: those of their own time zone on which they put anything on record, a day off included.
        silent: the working days on which they did not.
        earliest, latest: the first and the last time of day of a record, in their own time zone.
    """

    person: str
    steps: dict[str, int]
    working_days: int
    days: tuple[dt.date, ...]
    silent: tuple[dt.date, ...]
    earliest: dt.time | None
    latest: dt.time | None


def activity(counting: Counting, period: Period, *, at: Instant, person: str | None = None) -> tuple[Activity, ...]:
    """What each person put on record, those who work here and did nothing included, in the order of their ids."""
    people = {*counting.staff, *counting.record.acts} if person is None else {person}
    return tuple(_activity(counting, period, to_utc(at), one) for one in sorted(people))


def _activity(counting: Counting, period: Period, at: dt.datetime, person: str) -> Activity:
    zone = zoneinfo.ZoneInfo(counting.calendar_of(person).timezone)
    acts = [one for one in counting.record.acts.get(person, {}).values() if one.first.astimezone(zone).date() in period]
    days = {one.first.astimezone(zone).date() for one in acts}
    steps: dict[str, int] = {}
    for one in acts:
        for name, times in one.steps.items():
            steps[name] = steps.get(name, 0) + times
    due = [closes.astimezone(zone).date() for closes in counting.days_worked(person, period, at)]
    return Activity(
        person,
        dict(sorted(steps.items())),
        len(due),
        tuple(sorted(days)),
        tuple(day for day in due if day not in days),
        min((one.first.astimezone(zone).time() for one in acts), default=None),
        max((one.last.astimezone(zone).time() for one in acts), default=None),
    )
