"""What is wrong with a compensation plan as it is written, with the place and what would be right (R101, R102)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Final

from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.plans import CompensationPlan
from salesreg.commercial.domain.schemes import CompensationScheme, Compliance, Curve, Kind, Part, Tiers
from salesreg.commercial.motivation.workings import half_up, kopecks, near
from salesreg.rules import LintFinding
from salesreg.rules.lint import Severity

FIFTH: Final = Fraction(1, 5)
"""How much of a month's pay a bonus may be cut by as a sanction (Labour Code art. 135, since 1 September 2025)."""
STEEP: Final = Fraction(3, 10)
"""How far a factor may fall at once before that is worth a word."""
WARNING: Final = Severity.WARNING


def plan_findings(plans: Iterable[CompensationPlan], quota: Money | None = None) -> tuple[LintFinding, ...]:
    """Everything that is wrong with some plans: sections left out, and what their schemes get wrong.

    Args:
        plans: the plans.
        quota: what a holder of the position is to sell in a period, to see what the plan brings at that.

    >>> [str(one) for one in plan_findings([CompensationPlan("driver", "1")])][:1]
    ['plan.driver: says nothing of schedule (R101)']
    """
    return tuple(finding for plan in plans for finding in _plan(plan, quota))


def _plan(plan: CompensationPlan, quota: Money | None) -> Iterator[LintFinding]:
    place = f"plan.{plan.position}"
    for section in plan.missing():
        facts = {"section": f"section.{section}"}
        yield LintFinding("incomplete_plan", place, "says nothing of {section:title}", "R101", facts=facts)
    scheme = plan.scheme
    if scheme is None:
        yield LintFinding("plan_without_scheme", place, "no bonus is paid by it: give it a scheme", "R101", WARNING)
        return
    for name, curve in _curves(scheme):
        yield from _curve(f"{place}.{name}", curve)
    if (
        scheme.attainment is not None
        and scheme.no_plan is not None
        and scheme.no_plan > scheme.attainment.at(Fraction(0))
    ):
        text = "whoever agrees to no plan is paid {got} of the target all the same: leave it out where all have one"
        yield LintFinding("paid_without_plan", f"{place}.no_plan", text, "R101", WARNING, {"got": str(scheme.no_plan)})
    if scheme.commission is not None:
        yield from _tiers(f"{place}.commission.bands", scheme.commission)
    if scheme.compliance is not None:
        yield from _compliance(f"{place}.compliance", scheme, scheme.compliance)
        yield from _cut(place, plan, scheme, scheme.compliance)
    if scheme.cap is not None and (brings := at_plan(scheme, quota)) >= scheme.cap.amount:
        text = "with the plan attained and every rule kept it brings {got}: the cap of {need} hides what a breach costs"
        facts = {"need": str(scheme.cap), "got": str(_money(brings, scheme))}
        yield LintFinding("cap_hides", f"{place}.cap", text, "R102", WARNING, facts)


def at_plan(scheme: CompensationScheme, quota: Money | None = None) -> Fraction:
    """What a plan brings that is attained exactly, with every rule kept, without the team's."""
    commission = Fraction(0)
    if quota is not None and scheme.commission is not None:
        commission = scheme.commission.earned(Fraction(quota.amount))
    return target_at_plan(scheme) * (1 + _reward(scheme)) + commission


def target_at_plan(scheme: CompensationScheme) -> Fraction:
    """The target at the plan attained, before what the rules kept make of it."""
    target = Fraction(0) if scheme.target is None else Fraction(scheme.target.amount)
    return target * (Fraction(scheme.no_plan or 0) if scheme.attainment is None else scheme.attainment.at(Fraction(1)))


def _reward(scheme: CompensationScheme) -> Fraction:
    return Fraction(0) if scheme.compliance is None else Fraction(scheme.compliance.reward)


def _money(amount: Fraction, scheme: CompensationScheme) -> Money:
    return kopecks(half_up(amount * 100), scheme.currency)


def _curves(scheme: CompensationScheme) -> Iterator[tuple[str, Curve]]:
    if scheme.attainment is not None:
        yield "attainment", scheme.attainment
    if scheme.compliance is not None:
        yield "compliance.partial", scheme.compliance.partial
    if scheme.team is not None:
        yield "team.attainment", scheme.team.attainment


def _curve(place: str, curve: Curve) -> Iterator[LintFinding]:
    for low, high in pairwise(curve.points):
        if high.gives < low.gives:
            text = "falls from {need} to {got} at {at}: more may not bring less"
            facts = {"need": str(low.gives), "got": str(high.gives), "at": str(high.at)}
            yield LintFinding("falling_curve", place, text, "R101", facts=facts)
    if (least := min(one.gives for one in curve.points)) < 0:
        yield LintFinding("negative_rate", place, "{got} is below 0: begin at 0", "R101", facts={"got": str(least)})


def _tiers(place: str, tiers: Tiers) -> Iterator[LintFinding]:
    bands = tiers.bands
    for number, one in enumerate(bands):
        here, last = f"{place}[{number + 1}]", number == len(bands) - 1
        facts = {"need": str(0 if number == 0 else bands[number - 1].until), "got": str(one.since)}
        before = 0 if number == 0 else bands[number - 1].until
        if before is None or one.since < before:
            text = "begins at {got}, where the band before has not ended: begin it at {need}"
            yield LintFinding("band_overlap", here, text, "R101", facts=facts)
        elif one.since > before:
            text = "nothing is paid from {need} to {got}: begin it at {need}, or say so with a band of rate 0"
            yield LintFinding("band_gap", here, text, "R101", facts=facts)
        if one.until is not None and (last or one.until <= one.since):
            text = "ends at {got}, and what lies above brings nothing: leave its end open"
            other = "ends at {got}, where it has not begun: end it above {need}"
            bounds = {"need": str(one.since), "got": str(one.until)}
            if one.until <= one.since:
                yield LintFinding("band_backwards", here, other, "R101", facts=bounds)
            else:
                yield LintFinding("band_ends", here, text, "R101", facts=bounds)
        if one.rate < 0:
            yield LintFinding(
                "negative_rate", here, "{got} is below 0: begin at 0", "R101", facts={"got": str(one.rate)}
            )
    for number, (low, high) in enumerate(pairwise(bands), 2):
        yield from _step(f"{place}[{number}]", tiers.kind, high.since * (high.rate - low.rate), str(high.since))


def _step(place: str, kind: Kind, jump: object, at: str) -> Iterator[LintFinding]:
    """What happens where one rate gives way to another."""
    gain = Fraction(str(jump))
    facts = {"got": at, "jump": str(near(abs(gain), 2))}
    if gain < 0 and kind is Kind.WHOLE_AMOUNT:
        text = "from {got} on, more sold brings {jump} less: let the rate of the whole amount rise"
        yield LintFinding("falling_rate", place, text, "R101", facts=facts)
    elif gain < 0:
        text = "the rate falls at {got}: whoever sells more is paid less for each rouble"
        yield LintFinding("falling_marginal", place, text, "R101", WARNING, facts)
    elif gain > 0 and kind is Kind.WHOLE_AMOUNT:
        text = "a kopeck more at {got} brings {jump} at once, which invites shifting deals: pay by bands instead"
        yield LintFinding("cliff", place, text, "R101", WARNING, facts)


def _compliance(place: str, scheme: CompensationScheme, terms: Compliance) -> Iterator[LintFinding]:
    if not any((terms.otherwise, *terms.weights.values())):
        yield LintFinding("no_weight", place, "no norm has a weight: give one, or leave compliance out", "R102")
    full, best = 1 + Fraction(terms.reward), max(Fraction(one.gives) for one in terms.partial.points)
    if best > full:
        text, facts = (
            "rules kept in part bring {got}, more than {need} for all",
            {"need": str(near(full)), "got": str(near(best))},
        )
        yield LintFinding("partial_above_full", f"{place}.partial", text, "R102", facts=facts)
    drop = terms.partial.at(Fraction(terms.least))
    if drop > STEEP:
        text = "at an index of {at} the factor falls from {got} to 0 at once: let it begin at {need} or less"
        facts = {"at": str(terms.least), "got": str(near(drop)), "need": str(near(STEEP))}
        yield LintFinding("steep_fall", f"{place}.least", text, "R102", WARNING, facts)
    if terms.late == 1:
        text = "what is done late counts as done in time: give it less than 1"
        yield LintFinding("late_is_free", f"{place}.late", text, "R102", WARNING)
    parts = ((Part.TARGET, scheme.target), (Part.COMMISSION, scheme.commission), (Part.TEAM, scheme.team))
    kept = tuple(str(part) for part, there in parts if there is not None and part not in terms.applies_to)
    for one in kept:
        text = "whoever ignores the rules keeps all the same: {part:title}; if that is not meant, name it here"
        facts = {"part": f"part.{one}"}
        yield LintFinding("kept_all_the_same", f"{place}.applies_to", text, "R102", WARNING, facts)


def _cut(place: str, plan: CompensationPlan, scheme: CompensationScheme, terms: Compliance) -> Iterator[LintFinding]:
    if plan.salary is None or Part.TARGET not in terms.applies_to:
        return
    most, salary = target_at_plan(scheme), Fraction(plan.salary.amount)
    if most > FIFTH * (salary + most):
        text = (
            "ignored rules can take {got} of a month's pay of {pay}, and a bonus is cut by at most a fifth of it as a "
            "sanction (Labour Code art. 135): have counsel look, or lower the target to {need}"
        )
        facts = {"got": str(_money(most, scheme)), "pay": str(_money(salary + most, scheme))}
        yield LintFinding("more_than_a_fifth", f"{place}.target", text, "R102", WARNING,
                          {**facts, "need": str(_money(salary / 4, scheme))})  # fmt: skip
