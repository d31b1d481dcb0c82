"""A compensation scheme: how a bonus follows from the plan, the rules kept, the deals and the team (R101, R102)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Final

import attrs

from salesreg.commercial.domain.indicators import Basis
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.records import Record
from salesreg.errors import DomainError


def number(given: object) -> Decimal:
    """An exact number: a `Decimal`, a whole number or text; never a float, which is none."""
    if isinstance(given, Decimal | int | str) and not isinstance(given, bool):
        try:
            found = Decimal(given)
        except InvalidOperation:
            found = Decimal("NaN")
        if found.is_finite():
            return found
    raise DomainError("scheme_number", '{got} is no exact number: write it as text, such as "0.02"', got=repr(given))


def _maybe(given: object) -> Decimal | None:
    return None if given is None else number(given)


class Kind(StrEnum):
    """Whether each band's rate is for what lies in the band, or that of the band reached for the whole amount."""

    MARGINAL = "marginal"
    WHOLE_AMOUNT = "whole_amount"


class Measure(StrEnum):
    """What the bands are measured by: each deal, the period, or all since the quarter or the year began."""

    DEAL = "deal"
    PERIOD = "period"
    QUARTER = "cumulative:quarter"
    YEAR = "cumulative:year"


class Span(StrEnum):
    """For how long a bonus is reckoned: its target, plan, cap and bands are those of a whole one."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    def around(self, day: dt.date) -> tuple[dt.date, dt.date]:
        """The first and the last day of the one that a day lies in.

        >>> Span.QUARTER.around(dt.date(2026, 5, 7))[1]
        datetime.date(2026, 6, 30)
        """
        months = {Span.MONTH: 1, Span.QUARTER: 3, Span.YEAR: 12}[self]
        first = day.replace(month=(day.month - 1) // months * months + 1, day=1)
        return first, (first + dt.timedelta(days=31 * months)).replace(day=1) - dt.timedelta(days=1)


class Part(StrEnum):
    """A part of a bonus."""

    TARGET = "target"
    COMMISSION = "commission"
    TEAM = "team"


class Prorated(StrEnum):
    """What shrinks with the time worked."""

    TARGET = "target"
    PLAN = "plan"


@attrs.frozen
class Point(Record):
    """What a curve gives at one place."""

    at: Decimal = attrs.field(converter=number)
    gives: Decimal = attrs.field(converter=number)


@attrs.frozen
class Curve(Record):
    """A line through points: nothing below the first, flat from the last on.

    >>> Curve.through(("0.70", "0.50"), ("1.00", "1.00")).at(Fraction(85, 100))
    Fraction(3, 4)
    """

    points: tuple[Point, ...]

    def _check(self) -> None:
        places = [one.at for one in self.points]
        if not places or any(low >= high for low, high in pairwise(places)):
            got = tuple(map(str, places))
            raise DomainError("curve_unordered", "the points of a curve stand in ascending order, not {got}", got=got)

    @classmethod
    def through(cls, *points: tuple[object, object]) -> Curve:
        """The curve through some points."""
        return cls(tuple(Point(at, gives) for at, gives in points))

    def at(self, place: Fraction) -> Fraction:
        """What it gives at a place, exactly."""
        if place < self.points[0].at:
            return Fraction(0)
        for low, high in pairwise(self.points):
            if place < high.at:
                begin, rise = Fraction(low.gives), Fraction(high.gives) - Fraction(low.gives)
                return begin + rise * (place - Fraction(low.at)) / Fraction(high.at - low.at)
        return Fraction(self.points[-1].gives)


@attrs.frozen
class Band(Record):
    """A rate from an amount up to, not including, another; without an end if that is None."""

    since: Decimal = attrs.field(converter=number)
    until: Decimal | None = attrs.field(converter=_maybe)
    rate: Decimal = attrs.field(converter=number)


@attrs.frozen
class Tiers(Record):
    """A commission by bands."""

    kind: Kind
    measure: Measure
    bands: tuple[Band, ...]

    def parts(self, volume: Fraction, below: Fraction = Fraction(0)) -> tuple[tuple[Fraction, Fraction], ...]:
        """The amounts that a volume consists of, each with its rate; by bands, only what lies above another volume."""
        found = []
        for band in self.bands:
            end = volume if band.until is None else Fraction(band.until)
            low, high = max(below, Fraction(band.since)), min(volume, end)
            if self.kind is Kind.MARGINAL and low < high:
                found.append((high - low, Fraction(band.rate)))
            elif self.kind is Kind.WHOLE_AMOUNT and band.since <= volume and (band.until is None or volume < end):
                found.append((volume, Fraction(band.rate)))
        return tuple(found)

    def earned(self, volume: Fraction) -> Fraction:
        """The commission on a volume, exactly."""
        return sum((amount * rate for amount, rate in self.parts(volume)), start=Fraction(0))

    def outer(self, deal: str, day: dt.date) -> str:
        """What the bands run over, for a sale: all that says the same here shares them; empty for its own period."""
        match self.measure:
            case Measure.DEAL:
                return f"deal:{deal}"
            case Measure.QUARTER:
                return f"{day.year}-Q{(day.month + 2) // 3}"
            case Measure.YEAR:
                return f"{day.year}"
            case _:
                return ""


@attrs.frozen
class Compliance(Record):
    """How keeping the rules counts (R102).

    Attributes:
        late: what an obligation met late counts for, from 0 to 1.
        least: the index below which the rules count as ignored.
        reward: what keeping every rule adds to 1.
        partial: the factor for rules that are kept in part, by the index.
        weights: the weight of each norm, by id.
        otherwise: the weight of norms that are not named.
        applies_to: the parts of the bonus that it multiplies.
    """

    late: Decimal = attrs.field(converter=number)
    least: Decimal = attrs.field(converter=number)
    reward: Decimal = attrs.field(converter=number)
    partial: Curve
    weights: Mapping[str, Decimal] = attrs.field(factory=dict)
    otherwise: Decimal = attrs.field(default=Decimal(1), converter=number)
    applies_to: tuple[Part, ...] = (Part.TARGET,)

    def _check(self) -> None:
        self._set("weights", {name: number(weight) for name, weight in sorted(self.weights.items())})
        for name, share in (("late", self.late), ("least", self.least)):
            if not 0 <= share <= 1:
                text = "{name} is a share from 0 to 1, not {got}"
                raise DomainError("compliance_share", text, name=name, got=str(share))
        if self.reward < 0 or min(self.otherwise, *self.weights.values(), Decimal(0)) < 0:
            raise DomainError("compliance_below_zero", "weights and the reward for every rule kept are at least 0")


@attrs.frozen
class TeamFund(Record):
    """A fund that the team earns together and shares."""

    fund: Money
    attainment: Curve


@attrs.frozen
class CompensationScheme(Record):
    """How a bonus is reckoned: a target, a commission and a share of the team's, each of which may be missing.

    Attributes:
        per: how long a period is; a bonus is for a whole one, however much of it was worked.
        target: the bonus for the plan attained and the rules kept in part; None for none.
        attainment: the factor on the target by the attainment of the plan.
        no_plan: the factor for somebody who has no plan; None says that everybody has one.
        compliance: how the rules kept count; None for not at all.
        cap: the most that a period brings, without what belongs to others.
        prorate: what shrinks with the time worked.
        carry: over how many statements what was overpaid may be taken back; then it is written off.
        newcomer_months: in how many first months the attainment is at least `newcomer_attainment`.
    """

    basis: Basis = Basis.PAID
    per: Span = Span.MONTH
    target: Money | None = None
    attainment: Curve | None = None
    no_plan: Decimal | None = attrs.field(default=None, converter=_maybe)
    compliance: Compliance | None = None
    commission: Tiers | None = None
    team: TeamFund | None = None
    cap: Money | None = None
    prorate: tuple[Prorated, ...] = (Prorated.TARGET, Prorated.PLAN)
    carry: int = 0
    newcomer_months: int = 0
    newcomer_attainment: Decimal = attrs.field(default=Decimal(0), converter=number)

    def _check(self) -> None:
        if self.target is None and self.commission is None and self.team is None:
            raise DomainError("scheme_of_nothing", "a scheme has a target, a commission or a share of the team's")
        if self.target is not None and self.attainment is None and self.no_plan is None:
            raise DomainError("scheme_without_curve", "a target comes with a curve of attainment, or with no_plan")
        if len(known := {money.currency for money in self._sums}) > 1:
            raise DomainError("scheme_currencies", "a scheme is in one currency, not {got}", got=tuple(sorted(known)))
        if any(money.amount < 0 for money in self._sums) or self.carry < 0 or self.newcomer_months < 0:
            raise DomainError("scheme_below_zero", "the sums and counts of a scheme are at least 0")

    @property
    def _sums(self) -> tuple[Money, ...]:
        fund = None if self.team is None else self.team.fund
        return tuple(money for money in (self.target, fund, self.cap) if money is not None)

    @property
    def currency(self) -> str:
        """ISO 4217 code; that of its sums, or roubles."""
        return self._sums[0].currency if self._sums else RUB


RUB: Final = "RUB"
