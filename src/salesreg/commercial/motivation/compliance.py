"""How well somebody kept the rules, exactly, and what an obligation does not count for (R84, R88, R102)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from fractions import Fraction

import attrs

from salesreg.commercial.domain.pay_facts import Duty, Verdict
from salesreg.commercial.domain.schemes import Compliance
from salesreg.commercial.domain.versions import Chargeability, RegulationVersion, is_chargeable
from salesreg.errors import Refusal


class Level(StrEnum):
    """How far the rules were kept."""

    FULL = "full"
    PARTIAL = "partial"
    IGNORED = "ignored"


@attrs.frozen
class NormKept:
    """How one norm was kept: what counts, and the share of it that was met."""

    norm: str
    weight: Fraction
    duties: tuple[Duty, ...]
    share: Fraction


@attrs.frozen
class Index:
    """How the rules were kept: norm by norm, in all, and what that makes of a bonus.

    Attributes:
        value: None if nothing fell due that counts.
        level: None likewise.
        factor: what the bonus is multiplied by; 1 if nothing fell due.
    """

    norms: tuple[NormKept, ...]
    value: Fraction | None
    level: Level | None
    factor: Fraction


def index(terms: Compliance, duties: Iterable[Duty]) -> Index:
    """The compliance index of some obligations, the level and the factor; what is excused counts on neither side."""
    norms = tuple(_kept(terms, duties))
    weight = sum((one.weight for one in norms), start=Fraction(0))
    if not weight:
        return Index(norms, None, None, Fraction(1))
    value = sum((one.weight * one.share for one in norms), start=Fraction(0)) / weight
    if value == 1:
        return Index(norms, value, Level.FULL, 1 + Fraction(terms.reward))
    if value < terms.least:
        return Index(norms, value, Level.IGNORED, Fraction(0))
    return Index(norms, value, Level.PARTIAL, terms.partial.at(value))


def _kept(terms: Compliance, duties: Iterable[Duty]) -> Iterator[NormKept]:
    by_norm: dict[str, list[Duty]] = {}
    for one in duties:
        if not one.excuses:
            by_norm.setdefault(one.norm, []).append(one)
    worth = {Verdict.MET: Fraction(1), Verdict.MET_LATE: Fraction(terms.late), Verdict.BREACHED: Fraction(0)}
    for norm, counted in sorted(by_norm.items()):
        if weight := Fraction(terms.weights.get(norm, terms.otherwise)):
            share = sum((worth[one.verdict] for one in counted), start=Fraction(0)) / len(counted)
            yield NormKept(norm, weight, tuple(counted), share)


def excuses(duties: Iterable[Duty], employee: str, versions: Sequence[RegulationVersion]) -> dict[str, tuple[str, ...]]:
    """Why obligations do not count, by their ids: everything that speaks against laying them to somebody's charge."""
    return {one.id: tuple(reason.code for reason in charge(one, employee, versions).reasons) for one in duties}


def charge(duty: Duty, employee: str, versions: Sequence[RegulationVersion]) -> Chargeability:
    """Whether an obligation counts for or against somebody, judged when it was due.

    It does if it is a rule that binds them, of a version that was in force and that they had acknowledged before.
    """
    judged = [is_chargeable(one, duty.norm, employee, duty.due) for one in versions if one.in_force_at(duty.due)]
    nothing = Refusal("no_version_then", "no version of the regulation was in force then", clause="R84")
    return judged[-1] if judged else Chargeability(chargeable=False, reasons=(nothing,))
