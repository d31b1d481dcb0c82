"""What no bonus can be reckoned from is refused in a sentence, in both languages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import attrs
import pytest

from salesreg.calendars import BusinessCalendar
from salesreg.commercial import COMMERCIAL
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.pay_facts import Duty, Fact, PeriodFacts, TeamResult, Verdict, credited, nets
from salesreg.commercial.domain.plans import BonusLine, BonusStatement, CompensationPlan
from salesreg.commercial.domain.schemes import Band, CompensationScheme, Compliance, Curve, Kind, Measure, Tiers
from salesreg.commercial.motivation.calculate import calculate
from salesreg.commercial.motivation.compliance import index
from salesreg.commercial.motivation.explain import explain, text
from salesreg.commercial.motivation.wages import leave_line, salary, salary_line
from salesreg.commercial.motivation.what_if import what_if
from salesreg.commercial.motivation.workings import Trace
from salesreg.errors import DomainError

DAY, DUE = dt.date(2026, 2, 3), dt.datetime(2026, 2, 3, tzinfo=dt.UTC)
SCHEME = CompensationScheme(
    target=Money(100),
    attainment=Curve.through((0, 0), (1, 1)),
    commission=Tiers(Kind.MARGINAL, Measure.PERIOD, (Band(0, None, "0.1"),)),
)
PLAN = CompensationPlan("seller", "1", scheme=SCHEME)
SALE = Fact("s", "d", Money(10), DAY)
STATEMENT = BonusStatement("anna", DAY.replace(day=1), DAY.replace(day=28), plan=PLAN)
DUTY = Duty("o", "n", DUE, Verdict.MET)
RU = BusinessCalendar.russia()


def reckoned(facts: PeriodFacts | None = None, **more: object) -> Callable[[], object]:
    return lambda: calculate(attrs.evolve(STATEMENT, facts=facts, **more))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (reckoned(), "no_facts"),
        (reckoned(PeriodFacts(), plan=None), "no_scheme"),
        (reckoned(PeriodFacts()), "no_own_plan"),
        (reckoned(PeriodFacts((Fact("s", "d", Money(1, "USD"), DAY),), plan=Money(1))), "fact_other_currency"),
        (lambda: Fact("s", "d", Money(0), DAY), "fact_of_nothing"),
        (lambda: PeriodFacts((SALE, SALE)), "facts_twice"),
        (lambda: PeriodFacts((), (DUTY, DUTY)), "duties_twice"),
        (lambda: PeriodFacts(plan=Money(0)), "own_plan_of_nothing"),
        (lambda: PeriodFacts(worked=2, norm=1), "worked_beyond"),
        (lambda: TeamResult(Money(1), Money(0), {"anna": 1}), "team_of_nobody"),
        (lambda: TeamResult(Money(1), Money(1), {"anna": 0}), "team_of_nobody"),
        (lambda: nets([Fact("r", "d", Money(1), DAY, "s")]), "refund_of_nothing"),
        (lambda: nets([SALE, Fact("r", "d", Money(11), DAY, "s")]), "refund_too_large"),
        (lambda: credited(Money(1), {"anna": Decimal("0.5")}), "shares_of_deal"),
        (lambda: salary(PLAN, Decimal(1), Decimal(1)), "no_salary"),
        (lambda: salary(PLAN, Decimal(2), Decimal(1)), "worked_beyond"),
        (lambda: salary_line(PLAN, [DAY], RU, lambda _: True), "no_salary"),
        (lambda: leave_line(Money(0), 0, [DAY], RU), "nothing_earned"),
        (
            lambda: attrs.evolve(
                STATEMENT,
                lines=(BonusLine("a", Money(1), "f", sources=("s",)), BonusLine("b", Money(1), "f", sources=("S",))),
            ),
            "statement_fact_twice",
        ),
    ],
)
def test_what_cannot_be_reckoned_with_is_refused(wrong, code):
    with pytest.raises(DomainError) as caught:
        wrong()
    russian = COMMERCIAL.texts.locale("ru").error(caught.value)
    assert (caught.value.code, "{" in russian, russian == str(caught.value)) == (code, False, False)


def test_a_norm_without_weight_and_a_month_without_duties_give_no_index():
    terms = Compliance("0.5", "0.5", 0, Curve.through((0, 0), (1, 1)), {"n": 0})
    assert index(terms, [DUTY]) == index(terms, [])
    assert (index(terms, []).value, index(terms, []).level, index(terms, []).factor) == (None, None, 1)


def test_an_index_at_the_threshold_is_kept_in_part():
    terms = Compliance(0, "0.5", 0, Curve.through((0, 0), (1, 1)))
    breach = Duty("p", "n", DUE, Verdict.BREACHED)
    assert index(terms, [DUTY, breach]).level == "partial"
    assert index(terms, [DUTY, breach, attrs.evolve(breach, id="q")]).level == "ignored"


def test_a_tree_is_cut_at_a_depth_and_says_what_it_lacks():
    tree = explain(attrs.evolve(STATEMENT, facts=PeriodFacts((SALE,), plan=Money(10))))
    assert text(tree, COMMERCIAL.texts.locale("en"), 0) == "Bonus (2026-02): ₽101.00  [R101]"
    with pytest.raises(LookupError, match="nothing below 'bonus' is called 'fine'"):
        tree.find("fine")
    assert Trace("kept", None).to_dict() == {"name": "kept", "value": None}


def test_a_statement_that_was_never_reckoned_has_no_what_if():
    assert what_if({"s": STATEMENT}, [PLAN]).rows == ()


def test_whole_amounts_by_year_say_what_was_counted_before():
    bands = Tiers(Kind.WHOLE_AMOUNT, Measure.YEAR, (Band(0, 15, "0.1"), Band(15, None, "0.2")))
    plan = CompensationPlan("seller", "1", scheme=CompensationScheme(commission=bands))
    two = PeriodFacts((SALE, Fact("t", "d", Money(10), DAY)))
    lines = calculate(attrs.evolve(STATEMENT, plan=plan, facts=two))
    assert [(line.amount, line.formula) for line in lines] == [(Money(1), "10 × 0.1"), (Money(3), "20 × 0.2 − 1")]
