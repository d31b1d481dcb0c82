"""What if: the same months under other schemes; who gains, who loses, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.plans import BonusStatement, CompensationPlan
from salesreg.commercial.motivation.calculate import reckoned


@attrs.frozen
class Row:
    """One statement as it was and as it would have been.

    Attributes:
        level_before, level_after: how the rules were kept, by the terms of each; empty where that does not count.
    """

    employee: str
    period: str
    before: Money
    after: Money
    level_before: str = ""
    level_after: str = ""

    @property
    def gain(self) -> Money:
        """How much more it would have been."""
        return self.after - self.before


@attrs.frozen
class WhatIf:
    """The statements of some months under other schemes, by employee and period."""

    rows: tuple[Row, ...]

    @property
    def cost(self) -> Money:
        """What all of it would have cost more."""
        gains = [one.gain for one in self.rows]
        return sum(gains[1:], start=gains[0]) if gains else Money(0)

    def gains(self) -> dict[str, Money]:
        """How much more each employee would have had, the most first."""
        found: dict[str, Money] = {}
        for one in self.rows:
            found[one.employee] = found[one.employee] + one.gain if one.employee in found else one.gain
        return dict(sorted(found.items(), key=lambda one: (-one[1].amount, one[0])))

    def to_dict(self) -> dict[str, Any]:
        """As plain values; amounts as text."""
        rows = [
            {
                **{name: getattr(one, name) for name in ("employee", "period", "level_before", "level_after")},
                **{name: str(getattr(one, name).amount) for name in ("before", "after", "gain")},
            }
            for one in self.rows
        ]
        return {"rows": rows, "gains": {who: str(one.amount) for who, one in self.gains().items()},
                "cost": str(self.cost.amount)}  # fmt: skip


def what_if(
    statements: Mapping[str, BonusStatement], plans: Iterable[CompensationPlan], period: str | None = None
) -> WhatIf:
    """Recompute statements with the same facts by other plans of their positions; those without one stay as they are.

    Args:
        statements: bonus statements that stand, by the ids of their cases.
        plans: the plans to try.
        period: only what this period would have brought, such as ``"2026-03"``.

    Raises:
        DomainError: a plan to try has no scheme, or pays by a plan that somebody does not have.
    """
    tried = {one.position: one for one in plans}
    known = {name: one for name, one in statements.items() if one.plan is not None and one.facts is not None}
    other = {name: attrs.evolve(one, plan=tried.get(one.plan.position, one.plan)) for name, one in known.items()
             if one.plan is not None}  # fmt: skip
    rows = []
    for name, one in sorted(known.items(), key=lambda each: (each[1].employee, each[1].period_start)):
        rests_on = [other[earlier] for earlier in one.earlier if earlier in other]
        other[name] = reckoned(other[name], rests_on)
        sums = [each.total or Money(0) for each in (one, other[name])]
        if period in {None, one.period}:
            rows.append(Row(one.employee, one.period, sums[0], sums[1], _level(one), _level(other[name])))
    return WhatIf(tuple(rows))


def _level(statement: BonusStatement) -> str:
    return next((line.inputs["level"] for line in statement.lines if "level" in line.inputs), "")
