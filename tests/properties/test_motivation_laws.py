"""The laws of a bonus: better work never brings less, nothing counts twice, and nothing is gained by tricks."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.pay_facts import Duty, Fact, PeriodFacts, TeamResult, Verdict, credited, nets
from salesreg.commercial.domain.plans import BonusLine, BonusStatement, CompensationPlan
from salesreg.commercial.domain.schemes import (
    Band,
    CompensationScheme,
    Compliance,
    Curve,
    Kind,
    Measure,
    Part,
    TeamFund,
    Tiers,
)
from salesreg.commercial.motivation.calculate import calculate, entitlement, reckoned
from salesreg.commercial.motivation.compliance import excuses
from salesreg.commercial.motivation.workings import half_up, shared
from salesreg.errors import DomainError

DUE = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)
CENTS = st.integers(1, 400_000_000).map(lambda kopecks: Money(Decimal(kopecks).scaleb(-2)))
RATES = st.lists(st.integers(0, 9), min_size=1, max_size=4).map(sorted)
EDGES = st.lists(st.integers(1, 3_000_000), min_size=3, max_size=3, unique=True).map(sorted)
NORMS = st.sampled_from(["a", "b", "c"])
DUTIES = st.lists(st.tuples(NORMS, st.sampled_from(list(Verdict))), max_size=8)


@st.composite
def tiers(draw: Any, *measures: Measure) -> Tiers:
    rates, edges = draw(RATES), draw(EDGES)
    starts = [0, *edges][: len(rates)]
    ends = [*starts[1:], None]
    bands = tuple(
        Band(since, until, Decimal(rate).scaleb(-2)) for since, until, rate in zip(starts, ends, rates, strict=False)
    )
    return Tiers(draw(st.sampled_from(list(Kind))), draw(st.sampled_from(measures or list(Measure))), bands)


@st.composite
def schemes(draw: Any, **fixed: Any) -> CompensationScheme:
    rising = sorted(draw(st.lists(st.integers(0, 20), min_size=3, max_size=3)))
    partial = Curve.through((0, 0), ("0.5", Decimal(draw(st.integers(0, 10))).scaleb(-1)), (1, 1))
    parts = draw(st.lists(st.sampled_from(list(Part)), unique=True))
    scheme = CompensationScheme(
        target=draw(CENTS),
        attainment=Curve.through(*zip(("0.5", "1", "1.5"), (Decimal(one).scaleb(-1) for one in rising), strict=True)),
        no_plan=1,
        compliance=Compliance("0.5", draw(st.sampled_from(["0", "0.5", "0.8"])), "0.1", partial, {"a": 2}, 1, parts),
        commission=draw(tiers()),
        team=TeamFund(draw(CENTS), Curve.through(("0.5", "0.5"), (1, 1))),
        cap=draw(st.none() | CENTS),
        carry=draw(st.integers(0, 2)),
    )
    return attrs.evolve(scheme, **fixed)


def sales(day: int, *amounts: Money, month: int = 1) -> tuple[Fact, ...]:
    return tuple(
        Fact(f"{month}.{day}.{n}", f"deal {n}", one, dt.date(2026, month, day)) for n, one in enumerate(amounts)
    )


def duties(outcomes: list[tuple[str, Verdict]]) -> tuple[Duty, ...]:
    return tuple(Duty(f"{n}", norm, DUE, verdict) for n, (norm, verdict) in enumerate(outcomes))


@st.composite
def known(draw: Any) -> PeriodFacts:
    amounts = draw(st.lists(CENTS, max_size=4))
    norm = draw(st.integers(1, 22))
    shares = {name: Decimal(1) for name in draw(st.sets(st.sampled_from(["anna", "igor", "vera"]), min_size=1))}
    return PeriodFacts(
        sales(draw(st.integers(1, 28)), *amounts),
        duties(draw(DUTIES)),
        draw(st.none() | CENTS),
        Decimal(draw(st.integers(0, norm))),
        Decimal(norm),
        team=draw(st.none() | st.builds(TeamResult, CENTS, CENTS, st.just(shares))),
    )


def statement(scheme: CompensationScheme, facts: PeriodFacts, month: int = 1) -> BonusStatement:
    first = dt.date(2026, month, 1)
    last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    return BonusStatement("anna", first, last, plan=CompensationPlan("seller", "1", scheme=scheme), facts=facts)


def kopecks(lines: tuple[BonusLine, ...]) -> int:
    return sum(int(one.amount.amount * 100) for one in lines)


def total(scheme: CompensationScheme, facts: PeriodFacts) -> int:
    return kopecks(calculate(statement(scheme, facts)))


@given(schemes(), known())
def test_the_lines_add_up_to_what_they_are_exactly_rounded_once_between_nothing_and_the_cap(scheme, facts):
    mine = statement(scheme, facts)
    exact = sum((one.value for one in entitlement(mine, facts.facts)), start=Fraction(0))
    lines = calculate(mine)
    assert abs(kopecks(lines) - exact * 100) <= Fraction(1, 2)
    assert reckoned(mine).total == Money(Decimal(kopecks(lines)).scaleb(-2))
    assert kopecks(lines) >= 0
    assert scheme.cap is None or kopecks(lines) <= scheme.cap.amount * 100
    for one, line in zip(entitlement(mine, facts.facts), lines, strict=True):
        assert abs(one.value * 100 - int(line.amount.amount * 100)) < 1


@given(schemes(), known(), st.integers(0, 7))
def test_keeping_one_more_rule_never_brings_less(scheme, facts, which):
    if facts.duties:
        one = facts.duties[which % len(facts.duties)]
        better = attrs.evolve(one, verdict=Verdict.MET)
        improved = attrs.evolve(facts, duties=tuple(better if each is one else each for each in facts.duties))
        assert total(scheme, improved) >= total(scheme, facts)
        if one.verdict is Verdict.BREACHED:
            late = attrs.evolve(one, verdict=Verdict.MET_LATE)
            sooner = attrs.evolve(facts, duties=(late, *(each for each in facts.duties if each is not one)))
            assert total(scheme, sooner) >= total(scheme, facts)


@given(schemes(), known(), CENTS, st.integers(1, 28))
def test_selling_more_never_brings_less(scheme, facts, amount, day):
    more = attrs.evolve(facts, facts=(*facts.facts, Fact("one more", "another", amount, dt.date(2026, 1, day))))
    assert total(scheme, more) >= total(scheme, facts)


@given(schemes(), known(), st.randoms())
def test_the_order_of_facts_makes_no_difference(scheme, facts, chance):
    shuffled = attrs.evolve(
        facts,
        facts=tuple(chance.sample(facts.facts, len(facts.facts))),
        duties=tuple(chance.sample(facts.duties, len(facts.duties))),
    )
    mine, other = reckoned(statement(scheme, facts)), reckoned(statement(scheme, shuffled))
    assert (mine, mine.inputs_hash) == (other, other.inputs_hash)
    assert reckoned(mine) == mine  # nor does reckoning again


@given(schemes(), known(), DUTIES)
def test_what_nobody_answers_for_makes_no_difference(scheme, facts, others):
    excused = tuple(attrs.evolve(one, id=f"x{one.id}", excuses=("not_a_rule",)) for one in duties(others))
    assert total(scheme, attrs.evolve(facts, duties=(*facts.duties, *excused))) == total(scheme, facts)
    unknown = tuple(attrs.evolve(one, id=f"x{one.id}") for one in duties(others))
    named = attrs.evolve(facts, duties=(*facts.duties, *unknown)).excusing(
        {one.id: () for one in facts.duties} | excuses(unknown, "anna", [])
    )
    assert total(scheme, named) == total(scheme, facts)


@given(st.data(), schemes(), known())
def test_a_refund_takes_back_at_most_what_was_paid_and_in_full_all_of_it(data, scheme, facts):
    scheme = attrs.evolve(scheme, cap=None, target=None, team=None, compliance=None)
    before = reckoned(statement(scheme, facts))
    if not facts.facts:
        return
    sold = data.draw(st.sampled_from(facts.facts))
    part = data.draw(st.integers(1, int(sold.amount.amount * 100)))
    back = Fact("back", sold.deal, Money(Decimal(part).scaleb(-2)), dt.date(2026, 2, 3), takes_back=sold.id)
    after = statement(scheme, PeriodFacts((back,)), month=2)
    lines = {one.code: kopecks((one,)) for one in calculate(after, [before]) if one.code.startswith("adjustment")}
    paid = {f"adjustment:2026-01:{one.code}": kopecks((one,)) for one in before.lines}
    assert -sum(lines.values()) <= sum(paid.values()) + 1
    assert all(amount >= -paid[code] - 1 for code, amount in lines.items())
    if back.amount == sold.amount:
        code = f"adjustment:2026-01:commission:{sold.id}"
        assert lines.get(code, 0) == -paid[code]
    again = statement(scheme, PeriodFacts((attrs.evolve(back, id="again", amount=sold.amount),)), 3)
    with pytest.raises(DomainError, match="is left of it"):
        calculate(again, [before, reckoned(after, [before])])


@settings(max_examples=60)
@given(
    tiers(Measure.DEAL, Measure.QUARTER, Measure.YEAR),
    st.lists(st.tuples(CENTS, st.integers(1, 3), st.integers(0, 2), st.sampled_from("xyz")), max_size=6),
)
def test_splitting_a_period_at_the_ends_of_months_conserves_the_commission(bands, sold):
    """Whenever the facts come to light: what the months bring together is what they bring with all that is known."""
    scheme = CompensationScheme(commission=bands)
    facts = {
        Fact(f"{n}", deal, amount, dt.date(2026, month, 5)): month + late
        for n, (amount, month, late, deal) in enumerate(sold)
    }
    done: list[BonusStatement] = []
    for month in range(1, 6):
        known_now = PeriodFacts(tuple(one for one, settled in facts.items() if settled == month))
        done.append(reckoned(statement(scheme, known_now, month), done))
    by_month = {month: PeriodFacts(tuple(one for one in facts if one.day.month == month)) for month in (1, 2, 3)}
    backwards: list[BonusStatement] = []
    for month in (3, 1, 2):
        backwards.append(reckoned(statement(scheme, by_month[month], month), backwards))
    assert sum(kopecks(one.lines) for one in backwards) == sum(kopecks(one.lines) for one in done)
    exact = [sum((one.value for one in entitlement(each, tuple(facts))), start=Fraction(0)) for each in done]
    assert sum(kopecks(one.lines) for one in done) == sum(half_up(one * 100) for one in exact)
    year = attrs.evolve(done[0], period_end=dt.date(2026, 12, 31), facts=PeriodFacts(tuple(facts)))
    assert sum(exact) == sum(one.value for one in entitlement(year, tuple(facts)))


@given(schemes(), known(), known())
def test_recording_a_sale_late_gains_nothing(scheme, facts, later):
    """Neither a second cap nor lower bands: a sale that comes to light late brings what it would have in its month."""
    scheme = attrs.evolve(scheme, carry=0)
    february = PeriodFacts((), later.duties, later.plan, later.worked, later.norm, team=later.team)
    honest = reckoned(statement(scheme, facts))
    next_month = reckoned(statement(scheme, february, 2), [honest])
    hidden = reckoned(statement(scheme, attrs.evolve(facts, facts=())))
    revealed = reckoned(statement(scheme, attrs.evolve(february, facts=facts.facts), 2), [hidden])
    assert kopecks(hidden.lines) + kopecks(revealed.lines) == kopecks(honest.lines) + kopecks(next_month.lines) or (
        scheme.commission.measure in {Measure.QUARTER, Measure.YEAR, Measure.DEAL}
    )
    assert kopecks(hidden.lines) + kopecks(revealed.lines) <= kopecks(honest.lines) + kopecks(next_month.lines) + 2


@given(st.lists(st.fractions(-1000, 1000), max_size=8))
def test_what_is_shared_out_adds_up_and_is_within_a_kopeck(values):
    parts = shared(values)
    assert abs(sum(parts) - sum(values, start=Fraction(0))) <= Fraction(1, 2)
    assert all(abs(part - value) < 1 for part, value in zip(parts, values, strict=True))


@given(CENTS, st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_the_shares_of_a_deal_add_up_to_it(amount, weights):
    whole = sum(weights)
    first = [Decimal(one) / 100 for one in weights]
    shares = {f"{n}": share for n, share in enumerate([*first, 1 - sum(first)])}
    assert whole < 100
    assert sum(credited(amount, shares).values(), start=Money(0)) == amount


@given(schemes(), known(), st.integers(2, 9))
def test_money_that_is_so_many_times_as_much_brings_so_many_times_as_much(scheme, facts, times):
    def more(money: Money | None) -> Money | None:
        return None if money is None else money * times

    bands = tuple(
        Band(one.since * times, None if one.until is None else one.until * times, one.rate)
        for one in scheme.commission.bands
    )
    grown = attrs.evolve(
        scheme, target=more(scheme.target), cap=None, team=None, commission=attrs.evolve(scheme.commission, bands=bands)
    )
    larger = attrs.evolve(
        facts,
        facts=tuple(attrs.evolve(one, amount=one.amount * times) for one in facts.facts),
        plan=more(facts.plan),
    )
    plain = attrs.evolve(scheme, cap=None, team=None)
    before, after = (
        entitlement(statement(plain, facts), facts.facts),
        entitlement(statement(grown, larger), larger.facts),
    )
    assert sum(one.value for one in after) == times * sum(one.value for one in before)


@given(schemes())
def test_a_curve_at_its_points_is_exact(scheme):
    for point in scheme.attainment.points:
        assert scheme.attainment.at(Fraction(point.at)) == Fraction(point.gives)


def test_what_is_left_of_sales_knows_its_refunds():
    (sold,) = sales(1, Money(5))
    assert nets([sold, Fact("b", "d", Money(2), sold.day, sold.id)])[sold.id] == (sold, Money(3))


def test_what_was_overpaid_is_taken_from_the_next_statements_and_then_written_off():
    """Never from a salary; the oldest first; over as many statements as the scheme says."""
    scheme = CompensationScheme(commission=Tiers(Kind.MARGINAL, Measure.DEAL, (Band(0, None, "0.10"),)), carry=2)
    (large,) = sales(5, Money(10_000))
    back = Fact("back", large.deal, Money(10_000), dt.date(2026, 2, 3), takes_back=large.id)
    done = [reckoned(statement(scheme, PeriodFacts((large,))))]
    for month, facts in ((2, (back,)), (3, sales(5, Money(4000), month=3)), (4, sales(5, Money(4000), month=4))):
        done.append(reckoned(statement(scheme, PeriodFacts(facts), month), done))
    done.append(reckoned(statement(scheme, PeriodFacts(sales(5, Money(4000), month=5)), 5), done))
    assert [str(one.total.amount) for one in done] == ["1000.00", "0.00", "0.00", "0.00", "400.00"]
    assert [{line.code: int(line.amount.amount) for line in one.lines if "carried" in line.code} for one in done] == [
        {},
        {"carried_forward": 1000},
        {"carried:2026-02": -400},
        {"carried:2026-02": -400},
        {},
    ]
