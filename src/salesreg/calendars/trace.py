"""Why a deadline is when it is: the steps from its start to its due instant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import frozen
from pendulum import DateTime

from salesreg.calendars.days import Mark
from salesreg.calendars.reckoning import Due, Pause, civil_date, elapsed, intervals, reckon
from salesreg.calendars.terms import Counting, DueTime, Roll, Unit
from salesreg.calendars.wording import check_locale

if TYPE_CHECKING:
    from salesreg.calendars.deadlines import Deadline

__all__ = ["StepKind", "TraceStep"]

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


class StepKind(StrEnum):
    """What a step of a trace is."""

    EVENT = "event"
    COUNTED = "counted"
    SKIPPED = "skipped"
    SPAN = "span"
    MONTH_END = "month_end"
    ROLLED = "rolled"
    WORKED = "worked"
    ELAPSED = "elapsed"
    PAUSED = "paused"
    WAITING = "waiting"
    DUE = "due"


@frozen
class TraceStep:
    """One step of a trace.

    Attributes:
        kind: what happens in it.
        date: the civil day it concerns.
        start, end: its instants, where it has any.
        amount: the working or elapsed time of it.
        number: of a counted day, which one it is; of a span, how many days.
        mark: of a skipped or counted day, why it works or does not.
        rule: the convention applied: a roll convention, a due time or a way of counting.
        article: the law behind it, where the calendar's country has one.
    """

    kind: StepKind
    date: date
    start: DateTime | None = None
    end: DateTime | None = None
    amount: timedelta | None = None
    number: int | None = None
    mark: Mark | None = None
    rule: str = ""
    article: str = ""

    def describe(self, locale: str = "en") -> str:
        """The step as one line."""
        from salesreg.calendars.narration import describe

        return describe(self, check_locale(locale))

    def to_dict(self) -> dict[str, Any]:
        """The step as plain data; what it has not is left out."""
        data: dict[str, Any] = {"step": self.kind.value, "date": self.date.isoformat()}
        if self.start is not None:
            data["from"] = self.start.isoformat()
        if self.end is not None:
            data["to"] = self.end.isoformat()
        if self.amount is not None:
            data["minutes"] = self.amount / timedelta(minutes=1)
        if self.number is not None:
            data["number"] = self.number
        if self.mark is not None:
            data["day"] = self.mark.kind.value
            data["reason"] = self.mark.describe(self.date)
        return data | {name: str(value) for name in ("rule", "article") if (value := getattr(self, name))}


# The law that stands behind a rule, by country; elsewhere the rule is a convention and is named as one.
_LAW: dict[str, dict[str, str]] = {
    "RU": {
        Counting.FOLLOWING_DAY: "Civil Code art. 191",
        StepKind.MONTH_END: "Civil Code art. 192",
        Roll.FOLLOWING: "Civil Code art. 193",
        DueTime.CLOSE: "Civil Code art. 194",
    }
}
_PAY_DAYS = {"RU": "Labour Code art. 136"}


def trace(deadline: Deadline) -> tuple[TraceStep, ...]:
    """The steps from the start of a deadline to its due instant."""
    return tuple(_Tracer(deadline).steps())


def explain(deadline: Deadline, locale: str) -> str:
    """A deadline and its trace as text, one line a step."""
    from salesreg.calendars.narration import describe, headline

    language = check_locale(locale)
    return "\n".join([headline(deadline, language), *(describe(step, language) for step in deadline.trace)])


class _Tracer:
    def __init__(self, deadline: Deadline) -> None:
        self.deadline, self.term, self.calendar = deadline, deadline.term, deadline.calendar
        self.line = deadline.calendar.line
        self.start = self.line.micros(deadline.start)
        self.plain = reckon(self.line, self.term, self.start)
        self.pauses = deadline.paused()
        self.law = _LAW.get(self.line.production.law, {})

    def steps(self) -> Iterator[TraceStep]:
        term = self.term
        if term.is_working_time:
            yield from self._working_time()
        elif term.is_wall_clock:
            yield from self._wall_clock()
        elif term.unit in (Unit.BUSINESS_DAY, Unit.EACH_WORKING_DAY):
            yield from self._business_days()
        else:
            yield from self._calendar_days(self.plain)
        if not term.is_working_time:
            yield from self._pauses()
        if self.deadline.at is not None:
            yield self._due(self.deadline.at)

    def _due(self, at: DateTime) -> TraceStep:
        term = self.term
        if term.is_working_time or term.is_wall_clock or self.pauses:
            return TraceStep(StepKind.DUE, at.date(), start=at)
        rolled = self.plain.rolled
        assert rolled is not None, "a term in days has a due day"  # noqa: S101  narrows for the type checker
        mark = self.calendar.mark(rolled)
        short = mark if mark.cut and term.due is DueTime.CLOSE and self.calendar.is_working_day(rolled) else None
        return TraceStep(StepKind.DUE, rolled, start=at, mark=short, rule=term.due, article=self.law.get(term.due, ""))

    def _event(self) -> TraceStep:
        counting = self.term.counting
        return TraceStep(StepKind.EVENT, self.deadline.start.date(), rule=counting, article=self.law.get(counting, ""))

    def _business_days(self) -> Iterator[TraceStep]:
        first, last = civil_date(self.line, self.start), self.plain.rolled
        assert last is not None, "a term in days has a due day"  # noqa: S101  narrows for the type checker
        step = DAY if last >= first else -DAY
        day, number = first, 0
        if self.term.counting is Counting.FOLLOWING_DAY and self.term.amount and not self.term.is_recurring:
            yield self._event()
            day += step
        while day != last + step:
            mark = self.calendar.mark(day)
            if self.calendar.is_working_day(day):
                number += 1
                yield TraceStep(StepKind.COUNTED, day, number=number, mark=mark)
            else:
                yield TraceStep(StepKind.SKIPPED, day, mark=mark)
            day += step

    def _calendar_days(self, due: Due) -> Iterator[TraceStep]:
        nominal, rolled, term = due.nominal, due.rolled, self.term
        assert nominal is not None, "a term in days has a due day"  # noqa: S101  narrows for the type checker
        assert rolled is not None, "a term in days has a due day"  # noqa: S101
        if not term.is_recurring:
            yield self._event()
        first = self.deadline.start.date()
        yield TraceStep(StepKind.SPAN, nominal, number=abs((nominal - first).days))
        if self._clamped(first, nominal):
            yield TraceStep(StepKind.MONTH_END, nominal, article=self.law.get(StepKind.MONTH_END, ""))
        if rolled == nominal:
            return
        day, step = nominal, DAY if rolled > nominal else -DAY
        while day != rolled:
            yield TraceStep(StepKind.SKIPPED, day, mark=self.calendar.mark(day))
            day += step
        yield TraceStep(StepKind.ROLLED, rolled, rule=term.roll, article=self._roll_article())

    def _clamped(self, first: date, nominal: date) -> bool:
        if self.term.unit is Unit.EACH_MONTH_DAY:
            return nominal.day not in self.term.days
        if self.term.unit is not Unit.MONTH:
            return False
        including = self.term.counting is Counting.INCLUDING_START_DAY
        back = (DAY if self.term.amount > 0 else -DAY) if including and self.term.amount else timedelta(0)
        return (nominal + back).day != first.day

    def _roll_article(self) -> str:
        if self.term.roll is Roll.PRECEDING and self.term.unit is Unit.EACH_MONTH_DAY:
            return _PAY_DAYS.get(self.line.production.law, "")
        return self.law.get(self.term.roll, "")

    def _wall_clock(self) -> Iterator[TraceStep]:
        amount = timedelta(minutes=self.term.minutes)
        yield TraceStep(StepKind.ELAPSED, self.deadline.start.date(), start=self.deadline.start, amount=amount)

    def _working_time(self) -> Iterator[TraceStep]:
        end = self.line.micros(self.deadline.at) if self.deadline.at is not None else self._last_known()
        low, high = min(self.start, end), max(self.start, end)
        day, last = civil_date(self.line, low) - DAY, civil_date(self.line, high)
        pieces: list[TraceStep] = []
        while day <= last:
            hours = [(max(a, low), min(b, high)) for a, b in intervals(self.line, day)]
            worked = [step for a, b in hours if a < b for step in self._split(day, a, b)]
            pieces.extend(worked)
            if not hours and day >= civil_date(self.line, low):
                pieces.append(TraceStep(StepKind.SKIPPED, day, mark=self.calendar.mark(day)))
            day += DAY
        yield from pieces if end >= self.start else reversed(pieces)
        if self.deadline.at is None:
            yield self._waiting()

    def _last_known(self) -> int:
        return self.pauses[-1].start

    def _split(self, day: date, start: int, end: int) -> Iterator[TraceStep]:
        at = start
        for opened, stop in self.pauses:
            begin, finish = max(opened, at), end if stop is None else min(stop, end)
            if begin < finish:
                if at < begin:
                    yield self._piece(StepKind.WORKED, day, at, begin)
                yield self._piece(StepKind.PAUSED, day, begin, finish)
                at = finish
        if at < end:
            yield self._piece(StepKind.WORKED, day, at, end)

    def _piece(self, kind: StepKind, day: date, start: int, end: int) -> TraceStep:
        begin, finish = self.line.instant(start), self.line.instant(end)
        return TraceStep(kind, day, start=begin, end=finish, amount=MICROSECOND * (end - start))

    def _pauses(self) -> Iterator[TraceStep]:
        due = self.plain.us
        for pause in self.pauses:
            if pause.start >= due:
                return
            if pause.end is None:
                yield self._waiting()
                return
            lost = elapsed(self.line, self.term, pause.start, pause.end)
            yield self._lost(pause, pause.end, lost)
            if self.term.is_wall_clock:
                due += lost
            elif lost:
                due = self.line.shift(due, lost)[2]

    def _lost(self, pause: Pause, end: int, lost: int) -> TraceStep:
        begin, finish = self.line.instant(pause.start), self.line.instant(end)
        return TraceStep(StepKind.PAUSED, begin.date(), start=begin, end=finish, amount=MICROSECOND * lost)

    def _waiting(self) -> TraceStep:
        begin = self.line.instant(self.pauses[-1].start)
        return TraceStep(StepKind.WAITING, begin.date(), start=begin, amount=self.deadline.left_when_paused)
