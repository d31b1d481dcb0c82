"""Why a deadline is when it is: the steps from its start to its due instant, and their words in two languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from attrs import define, evolve, field, frozen
from pendulum import DateTime

from salesreg.calendars import wording
from salesreg.calendars.clock import DAY, MICROSECOND, MINUTE, ZERO
from salesreg.calendars.days import Mark
from salesreg.calendars.reckoning import Due, Pause, civil_date, delays, intervals, reckon
from salesreg.calendars.terms import Term
from salesreg.calendars.timeline import Timeline
from salesreg.calendars.units import Counting, DueTime, Roll, Unit
from salesreg.calendars.wording import Locale


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
        language, notable = wording.check_locale(locale), ""
        if self.mark is not None and (self.mark.kind != "working" or self.mark.cut):
            notable = f", {self.mark.describe(self.date, language)}"
        number = self.number or 0
        said = wording.phrase(language, "step", self.kind).format(
            date=wording.long_date(self.date, language),
            number=number,
            days=_days(number, language),
            notable=notable,
            rule=f": {wording.phrase(language, 'rule', self.rule)}" if self.rule else "",
            begin=wording.moment(self.start, language) if self.start else "",
            end=wording.moment(self.end, language) if self.end else "",
            hours=f"{_clock(self.start)}–{_clock(self.end)}",
            amount=wording.amount_of_time(self.amount, language) if self.amount is not None else "",
        )
        return f"{said} ({wording.article(self.article, language)})" if self.article else said

    def to_dict(self) -> dict[str, Any]:
        """The step as plain data; what it has not is left out."""
        known = {
            "from": self.start and self.start.isoformat(),
            "to": self.end and self.end.isoformat(),
            "minutes": None if self.amount is None else self.amount / MINUTE,
            "number": self.number,
            "day": self.mark and self.mark.kind.value,
            "reason": self.mark and self.mark.describe(self.date),
            "rule": str(self.rule) or None,
            "article": self.article or None,
        }
        kept = {name: value for name, value in known.items() if value is not None}
        return {"step": self.kind.value, "date": self.date.isoformat(), **kept}


def _days(number: int, locale: Locale) -> str:
    english = "calendar day" if number == 1 else "calendar days"
    return wording.say(locale, english, wording.plural_ru(number, *wording.words()["unit"]["calendar_day"]))


def _clock(at: DateTime | None) -> str:
    return f"{at:%H:%M:%S}".removesuffix(":00") if at else ""


# The law that stands behind a rule, by country; elsewhere the rule is a convention and is named as one.
_LAW: Mapping[str, Mapping[str, str]] = {
    "RU": {
        Counting.FOLLOWING_DAY: "Civil Code art. 191",
        StepKind.MONTH_END: "Civil Code art. 192",
        Roll.FOLLOWING: "Civil Code art. 193",
        DueTime.CLOSE: "Civil Code art. 194",
    }
}
_PAY_DAYS = {"RU": "Labour Code art. 136"}


@define
class Tracer:
    """A term gone through again, step by step; `left` is what is left of it while a pause is open."""

    line: Timeline
    term: Term
    start: DateTime
    due: DateTime | None
    pauses: Sequence[Pause]
    left: timedelta | None
    begun: int = field(init=False)
    plain: Due = field(init=False)
    law: Mapping[str, str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.begun = self.line.micros(self.start)
        self.plain = reckon(self.line, self.term, self.begun)
        self.law = _LAW.get(self.line.production.law, {})

    def steps(self) -> Iterator[TraceStep]:
        """What was consumed from the start on, what was skipped and why, and at last the due instant."""
        term = self.term
        if term.is_working_time:
            yield from self._working_time()
        elif term.is_wall_clock:
            amount = timedelta(minutes=term.minutes)
            yield TraceStep(StepKind.ELAPSED, self.start.date(), start=self.start, amount=amount)
        elif term.unit in (Unit.BUSINESS_DAY, Unit.EACH_WORKING_DAY):
            yield from self._business_days()
        elif term.unit is Unit.EACH_PERIOD_WORKING_DAY:
            yield from self._days_of_period()
        else:
            yield from self._calendar_days()
        if not term.is_working_time:
            yield from self._paused()
        if self.due is not None:
            yield self._end(self.due)

    def _end(self, at: DateTime) -> TraceStep:
        term = self.term
        if term.is_working_time or term.is_wall_clock or self.pauses:
            return TraceStep(StepKind.DUE, at.date(), start=at)
        _, rolled = self.plain.days
        mark = self.line.mark(rolled)
        short = mark if mark.cut and term.due is DueTime.CLOSE and self.line.works(rolled) else None
        rule = term.due if term.at is None else "clock"
        return TraceStep(StepKind.DUE, rolled, start=at, mark=short, rule=rule, article=self.law.get(rule, ""))

    def _event(self) -> TraceStep:
        counting = self.term.counting
        return TraceStep(StepKind.EVENT, self.start.date(), rule=counting, article=self.law.get(counting, ""))

    def _business_days(self) -> Iterator[TraceStep]:
        first, (_, last) = civil_date(self.line, self.begun), self.plain.days
        step = DAY if last >= first else -DAY
        day, number = first, 0
        if self.term.counting is Counting.FOLLOWING_DAY and self.term.amount and not self.term.is_recurring:
            yield self._event()
            day += step
        while day != last + step:
            mark = self.line.mark(day)
            if self.line.works(day):
                number += 1
                yield TraceStep(StepKind.COUNTED, day, number=number, mark=mark)
            else:
                yield TraceStep(StepKind.SKIPPED, day, mark=mark)
            day += step

    def _days_of_period(self) -> Iterator[TraceStep]:
        """The days from the beginning of the period, or from its end where the term counts from there."""
        nominal, _ = self.plain.days
        year, month = divmod((nominal.year * 12 + nominal.month - 1) // self.term.amount * self.term.amount, 12)
        begin, after = date(year, month + 1, 1), divmod(year * 12 + month + self.term.amount, 12)
        number = sum(self.line.works(begin + DAY * ahead) for ahead in range((nominal - begin).days + 1))
        day, step = (begin, DAY) if number in self.term.days else (date(after[0], after[1] + 1, 1) - DAY, -DAY)
        number = 0
        while day != nominal + step:
            works = self.line.works(day)
            number += works
            yield TraceStep(
                StepKind.COUNTED if works else StepKind.SKIPPED,
                day,
                number=number if works else None,
                mark=self.line.mark(day),
            )
            day += step

    def _calendar_days(self) -> Iterator[TraceStep]:
        (nominal, rolled), term = self.plain.days, self.term
        if not term.is_recurring:
            yield self._event()
        first = self.start.date()
        yield TraceStep(StepKind.SPAN, nominal, number=abs((nominal - first).days))
        if self._clamped(first, nominal):
            yield TraceStep(StepKind.MONTH_END, nominal, article=self.law.get(StepKind.MONTH_END, ""))
        if rolled == nominal:
            return
        day, step = nominal, DAY if rolled > nominal else -DAY
        while day != rolled:
            yield TraceStep(StepKind.SKIPPED, day, mark=self.line.mark(day))
            day += step
        yield TraceStep(StepKind.ROLLED, rolled, rule=term.roll, article=self._roll_article())

    def _clamped(self, first: date, nominal: date) -> bool:
        if self.term.unit is Unit.EACH_MONTH_DAY and self.term.days:
            return nominal.day not in self.term.days
        if self.term.unit not in (Unit.MONTH, Unit.EACH_MONTH_DAY):
            return False
        including = self.term.counting is Counting.INCLUDING_START_DAY
        back = (DAY if self.term.amount > 0 else -DAY) if including and self.term.amount else ZERO
        return (nominal + back).day != first.day

    def _roll_article(self) -> str:
        if self.term.roll is Roll.PRECEDING and self.term.unit is Unit.EACH_MONTH_DAY:
            return _PAY_DAYS.get(self.line.production.law, "")
        return self.law.get(self.term.roll, "")

    def _working_time(self) -> Iterator[TraceStep]:
        end = self.line.micros(self.due) if self.due is not None else self.pauses[-1].start
        low, high = min(self.begun, end), max(self.begun, end)
        day, last = civil_date(self.line, low) - DAY, civil_date(self.line, high)
        pieces: list[TraceStep] = []
        while day <= last:
            hours = [(max(a, low), min(b, high)) for a, b in intervals(self.line, day)]
            worked = [step for a, b in hours if a < b for step in self._split(day, a, b)]
            pieces.extend(worked)
            if not hours and day >= civil_date(self.line, low):
                pieces.append(TraceStep(StepKind.SKIPPED, day, mark=self.line.mark(day)))
            day += DAY
        yield from pieces if end >= self.begun else reversed(pieces)
        if self.due is None:
            yield self._waiting()

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

    def _paused(self) -> Iterator[TraceStep]:
        for pause, lost, _ in delays(self.line, self.term, self.plain.us, self.pauses):
            if pause.end is None:
                yield self._waiting()
            else:
                day = self.line.instant(pause.start).date()
                yield evolve(self._piece(StepKind.PAUSED, day, pause.start, pause.end), amount=MICROSECOND * lost)

    def _waiting(self) -> TraceStep:
        begin = self.line.instant(self.pauses[-1].start)
        return TraceStep(StepKind.WAITING, begin.date(), start=begin, amount=self.left)
