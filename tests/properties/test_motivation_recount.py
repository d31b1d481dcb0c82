"""Whatever happens in three months, a bonus is what a plain count gives, written again from the rules.

The count below knows no lines, traces or statements: what a month is worth with all that is known, less what it was
worth with what was known before, down to nothing and not below.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from test_motivation_laws import CENTS, DUTIES, kopecks, schemes, statement

from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.pay_facts import Duty, Fact, PeriodFacts, TeamResult, Verdict
from salesreg.commercial.domain.schemes import CompensationScheme, Curve, Kind, Measure, Part
from salesreg.commercial.motivation.calculate import reckoned

MONTHS = (1, 2, 3)
WORTH = {Verdict.MET: Fraction(1), Verdict.MET_LATE: Fraction(1, 2), Verdict.BREACHED: Fraction(0)}


@attrs.frozen
class Month:
    """What is known of a month: each sale with what went back of it and when that was told, and how duties ended."""

    sales: tuple[tuple[str, Money, int], ...]
    refunds: tuple[tuple[int, int, int], ...]
    duties: tuple[tuple[str, Verdict, Verdict, int], ...]
    plan: Money | None
    worked: int
    norm: int
    team: TeamResult | None


@st.composite
def months(draw: Any, number: int) -> Month:
    """A month; what becomes known later does so in a month after it, and no verdict becomes worse."""
    later, norm = st.integers(number, 3), draw(st.integers(1, 22))
    sales = draw(st.lists(st.tuples(st.sampled_from("xyz"), CENTS, later), max_size=3))
    refunds = st.tuples(st.integers(0, max(len(sales) - 1, 0)), st.integers(1, 100), later)
    back = draw(st.lists(refunds, max_size=2, unique_by=lambda one: one[0])) if sales else []
    judged = draw(DUTIES)
    order = list(Verdict)
    better = draw(st.lists(st.tuples(st.integers(0, 2), later), min_size=len(judged), max_size=len(judged)))
    ends = [
        (norm_, first, order[min(order.index(first), then)], max(told, number + 1))
        for (norm_, first), (then, told) in zip(judged, better, strict=True)
    ]
    shares = {name: Decimal(1) for name in draw(st.sets(st.sampled_from(["anna", "igor", "vera"]), min_size=1))}
    team = draw(st.none() | st.builds(TeamResult, CENTS, CENTS, st.just(shares)))
    worked = draw(st.integers(0, norm))
    return Month(tuple(sales), tuple(back), tuple(ends), draw(st.none() | CENTS), worked, norm, team)


# -- the plain count ---------------------------------------------------------------------------------------------------


def on(curve: Curve, x: Fraction) -> Fraction:
    points = [(Fraction(one.at), Fraction(one.gives)) for one in curve.points]
    if x < points[0][0]:
        return Fraction(0)
    if x >= points[-1][0]:
        return points[-1][1]
    ((a, low), (b, high)) = next(pair for pair in pairwise(points) if x < pair[1][0])
    return low + (high - low) * (x - a) / (b - a)


def brought(scheme: CompensationScheme, amount: Fraction) -> Fraction:
    bands = scheme.commission.bands
    if scheme.commission.kind is Kind.WHOLE_AMOUNT:
        inside = [one for one in bands if one.since <= amount and (one.until is None or amount < one.until)]
        return sum((amount * Fraction(one.rate) for one in inside), Fraction(0))
    total = Fraction(0)
    for one in bands:
        end = amount if one.until is None else min(amount, Fraction(one.until))
        total += Fraction(one.rate) * max(Fraction(0), end - Fraction(one.since))
    return total


def half_up(value: Fraction) -> int:
    return int(value * 100 + Fraction(1, 2) if value >= 0 else -(-value * 100 + Fraction(1, 2)))


def left(one: Month, place: int, now: int) -> Fraction:
    """What is left of a sale, as known in a month."""
    _, amount, told = one.sales[place]
    if told > now:
        return Fraction(0)
    back = sum(
        int(amount.amount * 100) * share // 100
        for which, share, when in one.refunds
        if which == place and max(when, told) <= now
    )
    return Fraction(amount.amount) - Fraction(back, 100)


def worth(scheme: CompensationScheme, known: dict[int, Month], number: int, now: int) -> int:
    """What a month is worth with all that is known in another, in kopecks."""
    one = known[number]
    volume = sum((left(one, place, now) for place in range(len(one.sales))), Fraction(0))
    by_norm: dict[str, list[Fraction]] = {}
    for norm, first, then, told in one.duties:
        by_norm.setdefault(norm, []).append(WORTH[then if told <= now else first])
    weights = {norm: 2 if norm == "a" else 1 for norm in by_norm}
    kept, factor = scheme.compliance, Fraction(1)
    if by_norm:
        index = sum(weights[norm] * sum(some) / len(some) for norm, some in by_norm.items()) / sum(weights.values())
        factor = Fraction(11, 10) if index == 1 else Fraction(0) if index < kept.least else on(kept.partial, index)
    times = {part: factor if part in kept.applies_to else Fraction(1) for part in Part}
    time = Fraction(one.worked, one.norm)
    planned = None if one.plan is None else Fraction(one.plan.amount) * time
    reached = Fraction(1) if planned is None else on(scheme.attainment, volume / planned if planned else Fraction(0))
    total = Fraction(scheme.target.amount) * time * reached * times[Part.TARGET]
    groups: dict[Any, list[Fraction]] = {}
    measure = scheme.commission.measure
    for month in range(1, number + 1):
        for place, (deal, _, _) in enumerate(known[month].sales):
            group = deal if measure is Measure.DEAL else "all" if measure is not Measure.PERIOD else month
            groups.setdefault(group, [Fraction(0), Fraction(0)])[month == number] += left(known[month], place, now)
    for before, here in groups.values():
        total += (brought(scheme, before + here) - brought(scheme, before)) * times[Part.COMMISSION]
    if one.team is not None and "anna" in one.team.shares:
        share = on(scheme.team.attainment, Fraction(one.team.volume.amount) / Fraction(one.team.plan.amount))
        fund, people = half_up(Fraction(scheme.team.fund.amount) * share), len(one.team.shares)
        total += Fraction(fund // people + (fund % people > 0), 100) * times[Part.TEAM]
    return half_up(total if scheme.cap is None else min(total, Fraction(scheme.cap.amount)))


def counted(scheme: CompensationScheme, known: dict[int, Month]) -> list[int]:
    """What is paid in each month."""
    paid, debts = [], list[list[int]]()
    for now in MONTHS:
        due = sum(worth(scheme, known, month, now) for month in range(1, now + 1))
        due -= sum(worth(scheme, known, month, now - 1) for month in range(1, now))
        debt = max(-due, 0)
        due = max(due, 0)
        for owed in debts[-scheme.carry :] if scheme.carry else []:
            taken = min(owed[0], due)
            owed[0] -= taken
            due -= taken
        debts.append([debt])
        paid.append(due)
    return paid


# -- the same by statements --------------------------------------------------------------------------------------------


def told_in(known: dict[int, Month], now: int) -> PeriodFacts:
    """What a month's statement is given: its own, and what has come to light of the months before."""
    facts, corrected = list[Fact](), list[Duty]()
    for number in range(1, now + 1):
        one, day = known[number], dt.date(2026, number, 5)
        for place, (deal, amount, told) in enumerate(one.sales):
            name = f"{number}.{place}"
            if told == now:
                facts.append(Fact(name, deal, amount, day))
            for which, share, when in one.refunds:
                part = Money(Decimal(int(amount.amount * 100) * share // 100).scaleb(-2))
                if which == place and max(when, told) == now and part.amount:
                    facts.append(Fact(f"{name}<", deal, part, day, takes_back=name))
        if number < now:
            corrected += [
                duty(number, place, norm, then)
                for place, (norm, first, then, told) in enumerate(one.duties)
                if told == now and then is not first
            ]
    one = known[now]
    duties = tuple(duty(now, place, norm, first) for place, (norm, first, *_) in enumerate(one.duties))
    days = Decimal(one.worked), Decimal(one.norm)
    return PeriodFacts(tuple(facts), duties, one.plan, *days, team=one.team, corrected=tuple(corrected))


def duty(number: int, place: int, norm: str, verdict: Verdict) -> Duty:
    return Duty(f"{number}.{place}", norm, dt.datetime(2026, number, 20, 12, tzinfo=dt.UTC), verdict)


@settings(max_examples=60)
@given(schemes(), st.tuples(*map(months, MONTHS)))
def test_a_bonus_is_what_a_plain_count_gives(scheme, some):
    known = dict(zip(MONTHS, some, strict=True))
    done: list[Any] = []
    for now in MONTHS:
        done.append(reckoned(statement(scheme, told_in(known, now), now), done))
    assert [kopecks(one.lines) for one in done] == counted(scheme, known)
