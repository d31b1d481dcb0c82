"""Plans: which figures a person or a team is to reach in a period, indicator by indicator (R76, R103)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TypeAlias

import attrs

from salesreg.commercial.domain.indicators import INDICATORS, SALES, Period, Unit
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.records import Record
from salesreg.errors import DomainError
from salesreg.process.references import CaseId, Ref
from salesreg.rules.instants import Instant


class PlanKind(StrEnum):
    """Whose a plan is: one person's, or a team's, whose results are the team's (R76)."""

    INDIVIDUAL = "individual"
    TEAM = "team"


@attrs.frozen
class SalesPlan(Record):
    """The figures that one person or one team is to reach in a period.

    Attributes:
        owner: the id of the employee, or of the department.
        begins_at, ends_at: the first instant of the period and the first one after it, UTC.
        targets: the figure of each indicator, by id; of K1 the amount of sales, of a share a number up to 1.
        author: the id of who proposed it.
        currency: of the amount of sales.
        objections: what spoke against it, in order.
        reason: why it was withdrawn.
        worked_on: who proposed it or changed its figures, and who stood in for them, by id.
    """

    owner: str
    kind: PlanKind
    period: Period
    begins_at: Instant
    ends_at: Instant
    targets: Mapping[str, Decimal]
    author: str
    currency: str = attrs.field(default="RUB", kw_only=True)
    objections: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    reason: str | None = attrs.field(default=None, kw_only=True)
    worked_on: tuple[str, ...] = attrs.field(default=(), kw_only=True)

    def _check(self) -> None:
        if not self.targets:
            raise DomainError("plan_without_figures", "a plan without a figure plans nothing: give at least one")
        for name, figure in self.targets.items():
            if name not in INDICATORS:
                known = tuple(INDICATORS)
                raise DomainError("plan_of_nothing", "{got} is no indicator: give one of {need}", need=known, got=name)
            most = 1 if INDICATORS[name].unit is Unit.SHARE and name != SALES else None
            if not figure.is_finite() or figure <= 0 or (most is not None and figure > most):
                title = f"indicator.{name}"
                raise DomainError(
                    "plan_figure",
                    "{indicator:title} cannot be planned at {got}: give more than 0, and of a share at most 1",
                    indicator=title,
                    got=str(figure),
                )
        if SALES in self.targets:
            Money(self.targets[SALES], self.currency)

    def by(self, *people: str) -> SalesPlan:
        """The plan after some people have had a hand in its figures."""
        return attrs.evolve(self, worked_on=tuple(dict.fromkeys((*self.worked_on, *people))))


PlanId: TypeAlias = Annotated[CaseId, Ref(SalesPlan, process="plan")]
"""The id of a plan's case."""
