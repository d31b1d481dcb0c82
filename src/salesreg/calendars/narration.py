"""Traces of deadlines in words, English and Russian."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from salesreg.calendars.terms import Counting, DueTime, Roll
from salesreg.calendars.trace import StepKind, TraceStep
from salesreg.calendars.wording import Locale, amount_of_time, article, long_date, moment, plural_ru

if TYPE_CHECKING:
    from salesreg.calendars.deadlines import Deadline

_RULES_EN: Mapping[str, str] = {
    Roll.FOLLOWING: "moved to the next working day",
    Roll.PRECEDING: "moved to the working day before",
    Roll.MODIFIED_FOLLOWING: "moved to the nearest working day of the same month",
    DueTime.CLOSE: "close of business",
    DueTime.OPENING: "opening",
    DueTime.SAME_TIME: "the same time of day",
    Counting.FOLLOWING_DAY: "the day of the event does not count",
    Counting.INCLUDING_START_DAY: "the day of the event counts",
}
_RULES_RU: Mapping[str, str] = {
    Roll.FOLLOWING: "перенос на следующий рабочий день",
    Roll.PRECEDING: "перенос на предшествующий рабочий день",
    Roll.MODIFIED_FOLLOWING: "перенос на ближайший рабочий день того же месяца",
    DueTime.CLOSE: "конец рабочего дня",
    DueTime.OPENING: "начало рабочего дня",
    DueTime.SAME_TIME: "то же время суток",
    Counting.FOLLOWING_DAY: "день события не считается",
    Counting.INCLUDING_START_DAY: "день события считается",
}


def headline(deadline: Deadline, locale: Locale) -> str:
    """The first line: the term, its start, and whether the answer may change."""
    term, start = deadline.term.text(locale), moment(deadline.start, locale)
    if locale == "en":
        doubt = " (provisional: the calendar of these days is not final)" if deadline.provisional else ""
        return f"{term} from {start}{doubt}"
    doubt = " (предварительно: календарь этих дней ещё не утверждён)" if deadline.provisional else ""
    return f"{term}, начало: {start}{doubt}"


def describe(step: TraceStep, locale: Locale) -> str:
    """One step as a line."""
    said = (_ENGLISH if locale == "en" else _RUSSIAN)[step.kind](step)
    return f"{said} ({article(step.article, locale)})" if step.article else said


def _hours(step: TraceStep) -> str:
    begin = f"{step.start:%H:%M:%S}".removesuffix(":00") if step.start else ""
    end = f"{step.end:%H:%M:%S}".removesuffix(":00") if step.end else ""
    return f"{begin}–{end}"


def _amount(step: TraceStep, locale: Locale) -> str:
    return amount_of_time(step.amount, locale) if step.amount is not None else ""


def _notable(step: TraceStep, locale: Locale) -> str:
    if step.mark is None or (step.mark.kind == "working" and not step.mark.cut):
        return ""
    return f", {step.mark.describe(step.date, locale)}"


def _span_en(step: TraceStep) -> str:
    plural = "" if step.number == 1 else "s"
    return f"{step.number} calendar day{plural} away: {long_date(step.date, 'en')}"


def _span_ru(step: TraceStep) -> str:
    number = step.number or 0
    days = plural_ru(number, "календарный день", "календарных дня", "календарных дней")
    return f"{number} {days} от начала: {long_date(step.date, 'ru')}"


def _paused(step: TraceStep, locale: Locale) -> str:
    begin = moment(step.start, locale) if step.start else ""
    end = moment(step.end, locale) if step.end else ""
    if locale == "en":
        return f"paused from {begin} to {end}: {_amount(step, locale)} do not count"
    return f"приостановка, {begin} — {end}: {_amount(step, locale)} не в счёт"


def _rule(step: TraceStep, rules: Mapping[str, str]) -> str:
    return f": {rules[step.rule]}" if step.rule else ""


_Describers = Mapping[StepKind, Callable[[TraceStep], str]]

_ENGLISH: _Describers = {
    StepKind.EVENT: lambda step: f"{long_date(step.date, 'en')}{_rule(step, _RULES_EN)}",
    StepKind.COUNTED: lambda step: f"{long_date(step.date, 'en')}: day {step.number}{_notable(step, 'en')}",
    StepKind.SKIPPED: lambda step: f"{long_date(step.date, 'en')}: skipped{_notable(step, 'en')}",
    StepKind.SPAN: _span_en,
    StepKind.MONTH_END: lambda step: f"{long_date(step.date, 'en')}: the last day of a month without that date",
    StepKind.ROLLED: lambda step: f"{long_date(step.date, 'en')}{_rule(step, _RULES_EN)}",
    StepKind.WORKED: lambda step: f"{long_date(step.date, 'en')}: {_hours(step)}, {_amount(step, 'en')} of work",
    StepKind.ELAPSED: lambda step: f"{_amount(step, 'en')} by the clock, work or no work",
    StepKind.PAUSED: lambda step: _paused(step, "en"),
    StepKind.WAITING: lambda step: (
        f"paused since {moment(step.start, 'en') if step.start else ''}: {_amount(step, 'en')} left"
    ),
    StepKind.DUE: lambda step: (
        f"due {moment(step.start, 'en') if step.start else ''}{_rule(step, _RULES_EN)}{_notable(step, 'en')}"
    ),
}
_RUSSIAN: _Describers = {
    StepKind.EVENT: lambda step: f"{long_date(step.date, 'ru')}{_rule(step, _RULES_RU)}",
    StepKind.COUNTED: lambda step: f"{long_date(step.date, 'ru')}: {step.number}-й день{_notable(step, 'ru')}",
    StepKind.SKIPPED: lambda step: f"{long_date(step.date, 'ru')}: пропускается{_notable(step, 'ru')}",
    StepKind.SPAN: _span_ru,
    StepKind.MONTH_END: lambda step: f"{long_date(step.date, 'ru')}: последний день месяца, в котором нет такого числа",
    StepKind.ROLLED: lambda step: f"{long_date(step.date, 'ru')}{_rule(step, _RULES_RU)}",
    StepKind.WORKED: lambda step: f"{long_date(step.date, 'ru')}: {_hours(step)}, {_amount(step, 'ru')} работы",
    StepKind.ELAPSED: lambda step: f"{_amount(step, 'ru')} по часам, без учёта рабочего времени",
    StepKind.PAUSED: lambda step: _paused(step, "ru"),
    StepKind.WAITING: lambda step: (
        f"приостановка, {moment(step.start, 'ru') if step.start else ''} — …: осталось {_amount(step, 'ru')}"
    ),
    StepKind.DUE: lambda step: (
        f"срок: {moment(step.start, 'ru') if step.start else ''}{_rule(step, _RULES_RU)}{_notable(step, 'ru')}"
    ),
}
