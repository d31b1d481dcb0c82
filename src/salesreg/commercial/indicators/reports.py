"""Reports: the indicators, funnels and acts of a period as tables for people, and as plain records for programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from importlib import import_module
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import attrs

from salesreg.commercial.domain.indicators import INDICATORS, Period
from salesreg.commercial.domain.meetings import Meeting, MeetingKind
from salesreg.commercial.indicators.funnels import Arrival, Step, activity, call_funnel, punctuality, sales_funnel
from salesreg.commercial.indicators.indicators import By, Indicators, attained
from salesreg.commercial.indicators.values import Value
from salesreg.errors import DomainError, need
from salesreg.rules import Instant, Locale

Plain: TypeAlias = str | int | bool | list[str] | dict[str, int] | None
Named: TypeAlias = Callable[[str], str]
"""What a person or a department is called, by id."""
NOTHING = "—"
NUMBERS: Final = frozenset(
    {"value", "numerator", "denominator", "low", "high", "plan", "attainment", "of_before", "of_all", "working_hours"}
    | {"current", "total", "credit"}
)
"""The names in records of what is a number, though it is kept as text."""


@attrs.frozen
class Report:
    """A table.

    Attributes:
        head: the headings, in a language.
        rows: what people read, cell by cell.
        records: the same for programs: one a row, by names that no language changes; shares and amounts are decimals as
            text.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    records: tuple[Mapping[str, Plain], ...]

    def without_nothing(self) -> Report:
        """Without the indicators of which nothing was measured and nothing planned."""
        kept = [n for n, one in enumerate(self.records) if one["value"] is not None or one["plan"] is not None]
        return attrs.evolve(self, rows=tuple(self.rows[n] for n in kept), records=tuple(self.records[n] for n in kept))

    def to_frame(self) -> Any:
        """The records as a frame of pandas: shares and amounts as floats, NaN where there was nothing to measure.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        need("pandas", "frames", "a frame needs pandas")
        frame = import_module("pandas").DataFrame.from_records(list(self.records))
        texts = [name for name in frame.columns if name in NUMBERS or name.startswith("overdue ")]
        return frame.astype(dict.fromkeys(texts, float))


def report_of_indicators(
    indicators: Indicators,
    period: Period,
    *,
    at: Instant,
    locale: Locale,
    by: By = By.COMPANY,
    only: str | None = None,
    called: Named = str,
) -> Report:
    """What each indicator comes to, with its interval and the plan's figure, for the company, each team or person.

    Args:
        only: the id of the one person or department that is asked for.
        called: what a person or department is called.
    """
    rows, records = list[tuple[str, ...]](), list[Mapping[str, Plain]]()
    for name, one in INDICATORS.items():
        values = indicators.values(name, period, at=at, by=by)
        figures = indicators.figures(name, period, by)
        asked = [only] if only is not None else [""] if by is By.COMPANY else sorted(values)
        for who in asked:
            value, figure = values.get(who, Value(one, Fraction(), Fraction())), figures.get(who)
            done, interval = attained(value, figure), value.interval
            sums = _plain(value.numerator), _plain(value.denominator)
            low, high = (None, None) if interval is None else map(str, interval)
            between = NOTHING if interval is None else "–".join(percent(Fraction(each), locale) for each in interval)
            of = (
                sums[1]
                if one.median
                else " / ".join(each for each in sums if each != "0" or value.denominator) or NOTHING
            )
            title, whose = locale.title(f"indicator.{name}"), called(who) if who and only is None else ""
            plan = NOTHING if figure is None else _plain(figure)
            rows.append((name, title, whose, value.text(locale.lang), between, of, plan, percent(done, locale)))
            records.append(
                {
                    "period": str(period),
                    "by": str(by),
                    "who": who,
                    "indicator": name,
                    "unit": str(one.unit),
                    "value": _text(value.rounded()),
                    "numerator": sums[0],
                    "denominator": sums[1],
                    "low": low,
                    "high": high,
                    "plan": None if figure is None else plan,
                    "attainment": _text(_rounded(done)),
                    "events": list(value.events),
                }
            )
    say = locale.say
    head = (
        "",
        say("report.indicator", "indicator"),
        say("report.who", "who"),
        say("report.value", "value"),
        say("report.interval", "95 % interval"),
        say("report.of", "of"),
        say("report.plan", "plan"),
        say("report.attained", "attained"),
    )
    return _without_empty(Report(head, tuple(rows), tuple(records)))


def report_of_meeting(
    indicators: Indicators, meeting: Meeting, *, at: Instant, locale: Locale, called: Named = str
) -> tuple[Period, Report]:
    """What a meeting works on: the indicators of the one it is with, or of the team, in the period of their plan.

    A one-to-one that no plan was named for has the month in which it takes place (R76, R77).

    Raises:
        DomainError: it works on no plan and no indicators, as a daily one, or names no plan of a team.
    """
    planned = None if meeting.basis is None else indicators.record.plans.get(meeting.basis.ref)
    alone = meeting.kind is MeetingKind.ONE_TO_ONE
    if planned is None and not alone:
        raise DomainError("meeting_without_plan", "the meeting works on no plan, so there is nothing to show")
    whose = planned.plan.owner if planned else next(iter(one for one in meeting.invited if one != meeting.chair))
    day = meeting.scheduled_at.astimezone(ZoneInfo(indicators.record.timezone))
    period = planned.plan.period if planned else Period.month(f"{day:%Y-%m}")
    by = By.PERSON if alone else By.TEAM
    return period, report_of_indicators(
        indicators, period, at=at, locale=locale, by=by, only=whose, called=called
    ).without_nothing()


def report_of_arrivals(
    indicators: Indicators,
    arrivals: Iterable[Arrival],
    period: Period,
    *,
    at: Instant,
    locale: Locale,
    person: str | None = None,
    called: Named = str,
) -> Report:
    """Who began their days in time, by the records of a time-keeping system (R40)."""
    rows, records = list[tuple[str, ...]](), list[Mapping[str, Plain]]()
    for who, value in punctuality(indicators, arrivals, period, at=at).items():
        if person in {None, who}:
            low, high = value.interval or (None, None)
            between = f"{percent(Fraction(low or 0), locale)}–{percent(Fraction(high or 0), locale)}"
            sums = str(value.numerator), str(value.denominator)
            rows.append((called(who), value.text(locale.lang), between, " / ".join(sums)))
            records.append(
                {
                    "period": str(period),
                    "person": who,
                    "value": _text(value.rounded()),
                    "numerator": sums[0],
                    "denominator": sums[1],
                    "low": _text(low),
                    "high": _text(high),
                    "events": list(value.events),
                }
            )
    say = locale.say
    head = (
        say("report.who", "who"),
        say("report.begun", "days begun in time"),
        say("report.interval", "95 % interval"),
        say("report.of", "of"),
    )
    return Report(head, tuple(rows), tuple(records))


def report_of_sales(
    indicators: Indicators,
    period: Period,
    *,
    at: Instant,
    locale: Locale,
    stages: Iterable[str],
    person: str | None = None,
) -> Report:
    """The sales funnel: how many deals came how far, and the working time that each stage takes."""
    steps = sales_funnel(indicators, period, at=at, stages=tuple(stages), person=person)
    return _funnel(steps, period, locale, "sale.stage")


def report_of_calls(
    indicators: Indicators, period: Period, *, at: Instant, locale: Locale, person: str | None = None
) -> Report:
    """The call funnel, from the contacts of the base to contracts (R63)."""
    return _funnel(call_funnel(indicators, period, at=at, person=person), period, locale, "funnel")


def _funnel(steps: Iterable[Step], period: Period, locale: Locale, titles: str) -> Report:
    rows, records = list[tuple[str, ...]](), list[Mapping[str, Plain]]()
    for one in steps:
        hours = None if one.took is None else Fraction(one.took // dt.timedelta(microseconds=1), 3_600_000_000)
        shares = percent(one.of_before, locale), percent(one.of_all, locale)
        took = NOTHING if hours is None else _number(_rounded(hours, "0.1"), locale)
        rows.append((locale.title(f"{titles}.{one.id}"), str(one.reached), *shares, took))
        records.append(
            {
                "period": str(period),
                "step": one.id,
                "reached": one.reached,
                "of_before": _text(_rounded(one.of_before)),
                "of_all": _text(_rounded(one.of_all)),
                "working_hours": _text(_rounded(hours, "0.01")),
                "events": list(one.events),
            }
        )
    say = locale.say
    head = (
        say("report.step", "step"),
        say("report.reached", "reached"),
        say("report.of_before", "of the step before"),
        say("report.of_all", "of all"),
        say("report.took", "working hours, median"),
    )
    return _without_empty(Report(head, tuple(rows), tuple(records)))


def report_of_activity(
    indicators: Indicators,
    period: Period,
    *,
    at: Instant,
    locale: Locale,
    person: str | None = None,
    called: Named = str,
) -> Report:
    """What people put on record, day by day of their own hours; of one person also which steps, and how often."""
    rows, records = list[tuple[str, ...]](), list[Mapping[str, Plain]]()
    for one in activity(indicators, period, at=at, person=person):
        times = [None if each is None else f"{each:%H:%M}" for each in (one.earliest, one.latest)]
        silent = [f"{day:%d.%m}" for day in one.silent]
        total = sum(one.steps.values())
        days = f"{len(one.days)} / {one.working_days}"
        shown = (called(one.person), str(total), days, " ".join(silent), *(each or NOTHING for each in times))
        rows.append((*shown, "") if person is None else (*shown, _listed(one.steps, locale)))
        records.append(
            {
                "period": str(period),
                "person": one.person,
                "steps": total,
                "days": len(one.days),
                "working_days": one.working_days,
                "silent": [day.isoformat() for day in one.silent],
                "earliest": times[0],
                "latest": times[1],
                "each": one.steps,
            }
        )
    say = locale.say
    head = (
        say("report.who", "who"),
        say("report.steps", "steps"),
        say("report.days", "days with a record / working days"),
        say("report.silent", "working days without one"),
        say("report.earliest", "earliest"),
        say("report.latest", "latest"),
        say("report.each", "which"),
    )
    return _without_empty(Report(head, tuple(rows), tuple(records)))


def _without_empty(report: Report) -> Report:
    """Without the columns in which nobody has anything to say."""
    kept = [n for n in range(len(report.head)) if any(row[n] not in {"", NOTHING} for row in report.rows) or n < 2]
    rows = tuple(tuple(row[n] for n in kept) for row in report.rows)
    return attrs.evolve(report, head=tuple(report.head[n] for n in kept), rows=rows)


def _listed(steps: Mapping[str, int], locale: Locale) -> str:
    named = ((locale.title("{}.step.{}".format(*name.split(".", 1))), times) for name, times in steps.items())
    return "; ".join(f"{title}: {times}" for title, times in named)


def _rounded(value: Fraction | None, places: str = "0.0001") -> Decimal | None:
    if value is None:
        return None
    with localcontext(prec=60):
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return exact.quantize(Decimal(places), rounding=ROUND_HALF_UP)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _plain(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else str(_rounded(value, "0.01"))


def _number(value: Decimal | None, locale: Locale) -> str:
    said = f"{value}".removesuffix(".0")
    return said.replace(".", ",") if locale.lang == "ru" else said


def percent(value: Fraction | None, locale: Locale) -> str:
    """A share in per cent, to one place; a dash for none."""
    return NOTHING if value is None else f"{_number(_rounded(value * 100, '0.1'), locale)}\N{NO-BREAK SPACE}%"
