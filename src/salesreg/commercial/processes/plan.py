"""The plan: figures for a person or a team, proposed, agreed to, and in force for their period (R76, R103)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from attrs import evolve

from salesreg.commercial.domain.indicators import Period
from salesreg.commercial.domain.plans import LONGEST
from salesreg.commercial.domain.sales_plans import PlanKind, SalesPlan
from salesreg.commercial.roles import CEO, COMMERCIAL_DIRECTOR, HEAD, HEAD_OF_SALES, MANAGER, STAFF
from salesreg.process import (
    Assigned,
    Attempt,
    Charge,
    Checks,
    Each,
    Outcome,
    Person,
    Process,
    Refusal,
    Stage,
    Step,
    Text,
    Timer,
    anywhere,
    built,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Norm, open_norm

AGREE: Final = open_norm(
    "plan.agree",
    "Whoever a plan is for agrees to it in time or says what speaks against it; for a team the general director does.",
    "R103",
    STAFF,
    title="How long agreeing to a plan may take.",
    control="the agreement, or the objection",
    metric="K1",
)
ONE_PLAN: Final = Norm(
    "plan.one_a_period",
    "A person or a team has one plan for a period: other figures are another plan, which is agreed to anew.",
    "R76",
    control="the unique key of the plan",
    metric="K1",
)
AUTHORS: Final = (HEAD_OF_SALES, HEAD, COMMERCIAL_DIRECTOR)

author = Charge[SalesPlan]("author", None, "whoever proposed it")
agreeing = Assigned[SalesPlan](
    lambda plan: plan.owner if plan.kind is PlanKind.INDIVIDUAL else CEO,
    "the employee whose plan it is, or the general director for a team",
)
subject = Assigned[SalesPlan](
    lambda plan: plan.owner if plan.kind is PlanKind.INDIVIDUAL else None, "the employee whose plan it is"
)
hands = Each[SalesPlan](
    lambda plan: (*plan.worked_on, plan.author), "whoever worked on the plan, or stood in for whoever did"
)
bound = Assigned[SalesPlan](
    lambda plan: plan.owner if plan.kind is PlanKind.INDIVIDUAL else MANAGER,
    "the employee whose plan it is, or the team",
)


def still_to_come(plan: SalesPlan, attempt: Attempt) -> Checks:
    """Nobody plans what is over, nor waits with agreeing until it is known whether that pays."""
    if plan.ends_at <= attempt.at:
        yield Refusal("period_over", "{got} is over: a plan is for what is to come", got=str(plan.period))


class PlanProcess(Process[SalesPlan]):
    """From the proposal of a plan to the end of its period."""

    id, version, title = "plan", 1, "Sales plan"

    proposed = Stage("Proposed", agreeing, AGREE)
    agreed = Stage("Agreed to", SYSTEM, no_term="it comes into force on its first day")
    in_force = Stage("In force", bound, no_term="it ends with its period")
    ended = Stage("Its period is over", final=True)
    withdrawn = Stage("Withdrawn", final=True)

    charges = (author,)
    searchable = {"owner": lambda plan: plan.owner}
    facts = {"what": lambda plan: str(plan.period)}

    @step(start(proposed), "Propose a plan", by=AUTHORS, notify=agreeing, clause="R103", norms=[ONE_PLAN])
    def propose_plan(
        self,
        attempt: Attempt,
        *,
        period_start: dt.date,
        period_end: dt.date,
        targets: Mapping[str, Decimal],
        employee: Person | None = None,
        department: Text | None = None,
        currency: str = "RUB",
    ) -> Outcome[SalesPlan]:
        """A plan is one person's or one team's, and nobody agrees with themselves."""
        if (employee is None) is (department is None):
            yield Refusal("whose", "a plan is for one employee or for one department", got=(employee, department))
        if employee in {attempt.principal.id, attempt.by.id}:
            yield Refusal("own_plan", "nobody proposes their own plan", got=employee)
        period = yield from built(lambda: Period(period_start, period_end))
        if (period.last - period.first).days > LONGEST:
            yield Refusal("period_too_long", "a plan is for a year at most", got=str(period))
        kind = PlanKind.TEAM if employee is None else PlanKind.INDIVIDUAL
        whose = (employee or department or "", kind, period, *period.bounds(attempt.regulation.calendar.timezone))
        plan = yield from built(lambda: SalesPlan(*whose, targets, attempt.principal.id, currency=currency))
        yield from still_to_come(plan, attempt)
        return plan.by(attempt.principal.id, attempt.by.id)

    @step(stay(proposed), "Change the figures", by=author, never=subject, notify=agreeing, clause="R103")
    def revise_plan(self, plan: SalesPlan, attempt: Attempt, *, targets: Mapping[str, Decimal]) -> Outcome[SalesPlan]:
        revised = yield from built(lambda: evolve(plan, targets=targets))
        return revised.by(attempt.principal.id, attempt.by.id)

    @step(stay(proposed), "Say what speaks against it", by=agreeing, notify=author, clause="R103")
    def object_to_plan(self, plan: SalesPlan, *, reason: Text) -> SalesPlan:
        return evolve(plan, objections=(*plan.objections, reason))

    agree_plan = Step(
        proposed.to(agreed),
        "Agree to the plan",
        by=agreeing,
        never=hands,
        requires=[still_to_come],
        notify=[author, bound],
        clause="R84",
    )
    put_in_force = Step(agreed.to(in_force), "Let the plan come into force", by=SYSTEM, notify=bound, clause="R103")
    end_plan = Step(in_force.to(ended), "End the plan with its period", by=SYSTEM, notify=author, clause="R76")

    @step(anywhere(withdrawn), "Withdraw the plan", by=[author, CEO], notify=bound, clause="R103")
    def withdraw_plan(self, plan: SalesPlan, *, reason: Text) -> SalesPlan:
        return evolve(plan, reason=reason)

    begins = Timer(put_in_force, at=lambda plan: plan.begins_at, during=agreed)
    ends = Timer(end_plan, at=lambda plan: plan.ends_at, during=in_force)

    @classmethod
    def keys(cls, data: SalesPlan) -> Iterable[str]:
        """Whose it is and for when, until it is withdrawn."""
        if data.reason is None:
            yield f"plan:{data.kind}:{data.owner}:{data.period}"

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """Two plans for one period contradict each other."""
        period, facts = key.rpartition(":")[2], {"holder": holder}
        return Refusal(
            "planned_already", "there is a plan for {got} already: {holder}", got=period, facts=facts, clause="R76"
        )
