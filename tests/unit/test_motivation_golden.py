"""November 2026, three people, to the kopeck: the example that every change of the calculation is held against."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Any

import attrs
import pytest

from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.pay_facts import Duty, Fact, PeriodFacts, TeamResult, Verdict, credited
from salesreg.commercial.domain.plans import BonusStatement, CompensationPlan
from salesreg.commercial.domain.schemes import (
    Band,
    CompensationScheme,
    Compliance,
    Curve,
    Kind,
    Measure,
    TeamFund,
    Tiers,
)
from salesreg.commercial.motivation.calculate import calculate
from salesreg.commercial.motivation.compliance import Level, index
from salesreg.commercial.motivation.wages import salary
from salesreg.errors import DomainError

FIRST, LAST = dt.date(2026, 11, 1), dt.date(2026, 11, 30)
COMPLIANCE = Compliance("0.5", "0.80", "0.10", Curve.through((0, 0), (1, 1)),
                        {"inquiry.first_response": 2, "assignment.done": 1, "sale.questionnaire": 1,
                         "invoice.send": 1, "document_package.request": 1}, otherwise=0)  # fmt: skip
BANDS = (Band(0, 1_000_000, "0.02"), Band(1_000_000, 2_500_000, "0.03"), Band(2_500_000, None, "0.04"))
SCHEME = CompensationScheme(
    target=Money(80_000),
    attainment=Curve.through(("0.70", "0.50"), ("1.00", "1.00"), ("1.30", "1.60")),
    no_plan=1,
    compliance=COMPLIANCE,
    commission=Tiers(Kind.MARGINAL, Measure.PERIOD, BANDS),
    team=TeamFund(Money(100_000), Curve.through(("0.80", "0.50"), ("1.00", "1.00"))),
    cap=Money(150_000),
)
TEAM = TeamResult(Money("4146913.57"), Money(5_000_000), {"vera": 1, "anna": 1, "igor": 1})
DUE = dt.datetime(2026, 11, 10, 12, tzinfo=dt.UTC)


def plan(pay: int, target: int, **scheme: Any) -> CompensationPlan:
    return CompensationPlan(
        "manager", "1", salary=Money(pay), scheme=attrs.evolve(SCHEME, target=Money(target), **scheme)
    )


def duties(norm: str, met: int, late: int = 0, breached: int = 0, *excuses: str) -> tuple[Duty, ...]:
    verdicts = [Verdict.MET] * met + [Verdict.MET_LATE] * late + [Verdict.BREACHED] * breached
    return tuple(
        Duty(f"{norm}-{number}-{'-'.join(excuses)}", norm, DUE, verdict, excuses=excuses)
        for number, verdict in enumerate(verdicts)
    )


def sale(name: str, amount: Money | str, day: int = 10) -> Fact:
    return Fact(name, name, amount if isinstance(amount, Money) else Money(amount), dt.date(2026, 11, day))


D3 = credited(Money("1500000.01"), {"anna": Decimal("0.6"), "igor": Decimal("0.4")})
ANNA = BonusStatement(
    "anna", FIRST, LAST, plan=plan(90_000, 80_000),
    facts=PeriodFacts(
        (sale("d1", "1234567.89", 3), sale("d2", "900000.00", 4), sale("d3", D3["anna"], 5)),
        (*duties("inquiry.first_response", 18), *duties("assignment.done", 5), *duties("sale.questionnaire", 7),
         *duties("sale.greet", 0, 0, 1, "not_a_rule"), *duties("invoice.send", 0, 0, 1, "not_acknowledged.then")),
        plan=Money(3_000_000), worked=20, norm=20, team=TEAM,
    ),
)  # fmt: skip
OCTOBER = BonusStatement(
    "igor", dt.date(2026, 10, 1), dt.date(2026, 10, 31),
    plan=CompensationPlan("manager", "1", scheme=CompensationScheme(
        commission=Tiers(Kind.MARGINAL, Measure.DEAL, BANDS))),
    facts=PeriodFacts((Fact("d0", "d0", Money(400_000), dt.date(2026, 10, 20)),)),
)  # fmt: skip
OCTOBER = OCTOBER.calculated(calculate(OCTOBER))


def back(name: str, amount: int, sold: str = "d0", day: int = 15) -> Fact:
    return Fact(name, sold, Money(amount), dt.date(2026, 11, day), takes_back=sold)


def igor(first: tuple[int, int, int] = (20, 3, 1), *more: Fact) -> BonusStatement:
    return BonusStatement(
        "igor", FIRST, LAST, plan=plan(85_000, 60_000),
        facts=PeriodFacts(
            (sale("d3", D3["igor"], 5), sale("d4", "512345.67", 6), *more),
            (*duties("inquiry.first_response", *first), *duties("assignment.done", 4, 0, 1),
             *duties("sale.questionnaire", 6), *duties("assignment.done", 0, 0, 1, "waived")),
            plan=Money(2_000_000), worked=12, norm=20, team=TEAM,
        ),
    )  # fmt: skip


IGOR = igor((20, 3, 1), back("r0", 150_000))
VERA = BonusStatement(
    "vera", FIRST, LAST, plan=plan(70_000, 40_000),
    facts=PeriodFacts((), (*duties("invoice.send", 30, 6, 14), *duties("document_package.request", 18, 0, 2),
                           *duties("invoice.send", 0, 0, 1, "disputed")), worked=20, norm=20, team=TEAM),
)  # fmt: skip


def amounts(statement: BonusStatement, *earlier: BonusStatement) -> dict[str, str]:
    return {one.code: str(one.amount.amount) for one in calculate(statement, earlier)}


def total(statement: BonusStatement, *earlier: BonusStatement) -> str:
    lines = calculate(statement, earlier)
    done = statement.calculated(lines)
    assert done.total == sum((one.amount for one in lines), start=Money(0))
    return str(done.total.amount)


def test_the_shares_of_a_deal_add_up_to_it():
    assert {"anna": Money("900000.01"), "igor": Money("600000.00")} == D3


def test_anna_keeps_every_rule_and_reaches_the_cap():
    assert amounts(ANNA) == {
        "target": "90027.98",
        "commission:d1": "27037.04",
        "commission:d2": "27000.00",
        "commission:d3": "32345.68",
        "team": "19115.23",
        "cap": "-45525.93",
    }
    assert total(ANNA) == "150000.00"
    target = calculate(ANNA)[0].inputs
    assert target["attainment"] == "30345679/30000000"
    assert target["attained"] == "15345679/15000000"
    assert (target["index"], target["level"], target["kept"]) == ("1", "full", "1.1")


def test_igor_keeps_them_in_part_works_in_part_and_has_a_deal_taken_back():
    assert amounts(IGOR, OCTOBER) == {
        "target": "28389.69",
        "commission:d3": "12000.00",
        "commission:d4": "11370.37",
        "team": "19115.23",
        "adjustment:2026-10:commission:d0": "-3000.00",
    }
    assert total(IGOR, OCTOBER) == "67875.29"
    target = calculate(IGOR, [OCTOBER])[0].inputs
    assert (target["attainment"], target["attained"]) == ("0.926954725", "0.878257875")
    assert (target["index"], target["level"], target["kept"]) == ("431/480", "partial", "431/480")


def test_vera_ignores_them_and_keeps_what_is_the_teams():
    assert amounts(VERA) == {"target": "0.00", "team": "19115.22"}
    target = calculate(VERA)[0].inputs
    assert (target["index"], target["level"], target["kept"], target["possible"]) == ("0.78", "ignored", "0", "44000")


@pytest.mark.parametrize(
    ("statement", "pay"), [(ANNA, "240000.00"), (IGOR, "118875.29"), (VERA, "89115.22")], ids=["anna", "igor", "vera"]
)
def test_pay_is_the_salary_for_the_days_worked_and_the_bonus(statement, pay):
    facts = statement.facts
    bonus = statement.calculated(calculate(statement, [OCTOBER] if statement is IGOR else [])).total
    assert str((salary(statement.plan, facts.worked, facts.norm) + bonus).amount) == pay


def test_one_breach_that_was_met_in_time_brings_what_it_cost():
    better = igor((21, 3, 0), back("r0", 150_000))
    assert amounts(better, OCTOBER)["target"] == "29048.38"
    assert total(better, OCTOBER) == "68533.98"
    assert index(COMPLIANCE, better.facts.duties).value == Fraction(147, 160)


def test_the_cap_hides_a_late_answer():
    late = (*duties("inquiry.first_response", 17, 1), *duties("assignment.done", 5), *duties("sale.questionnaire", 7))
    worse = attrs.evolve(ANNA, facts=attrs.evolve(ANNA.facts, duties=late))
    kept = index(COMPLIANCE, late)
    assert (kept.value, kept.level) == (Fraction(71, 72), Level.PARTIAL)
    lines = amounts(worse)
    assert lines["target"] == "80706.90"
    assert sum(Decimal(amount) for code, amount in lines.items() if code != "cap") == Decimal("186204.85")
    assert total(worse) == "150000.00"


def test_a_refund_takes_back_what_its_sale_brought_and_no_more():
    whole = igor((20, 3, 1), back("r0", 400_000))
    assert amounts(whole, OCTOBER)["adjustment:2026-10:commission:d0"] == "-8000.00"
    paid = whole.calculated(calculate(whole, [OCTOBER]))
    december = attrs.evolve(igor(), period_start=dt.date(2026, 12, 1), period_end=dt.date(2026, 12, 31))
    again = attrs.evolve(december, facts=PeriodFacts((back("r1", 1),)))
    with pytest.raises(DomainError, match=r"takes back 1.00 RUB, and 0.00 RUB is left"):
        calculate(again, [OCTOBER, paid])


@pytest.mark.parametrize("statement", [ANNA, IGOR, VERA], ids=["anna", "igor", "vera"])
def test_facts_in_any_order_give_the_same_bytes(statement):
    facts = statement.facts
    before = statement.calculated(calculate(statement, [OCTOBER] if statement is IGOR else []))
    for order in permutations(facts.facts):
        shuffled = attrs.evolve(facts, facts=order, duties=tuple(reversed(facts.duties)))
        again = attrs.evolve(statement, facts=shuffled)
        again = again.calculated(calculate(again, [OCTOBER] if statement is IGOR else []))
        assert (again.lines, again.inputs_hash) == (before.lines, before.inputs_hash)
