"""What nobody gains or loses by: when a bonus is calculated, what is put right afterwards, who comes and who goes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
import pytest
from test_bonus_from_record import MONTHS, PLAN, SCHEME, Firm, sums

from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.pay_facts import Duty, PeriodFacts, Verdict
from salesreg.commercial.domain.schemes import Band, Kind, Measure, Tiers
from salesreg.commercial.motivation.gather import explained
from salesreg.testing.commercial import ANNA, ROMAN, STAFF, moscow


@pytest.fixture
def firm():
    found = Firm()
    found.at(2).deal()
    yield found
    assert found.engine.verify() == ()


def given(firm: Firm, case: str, day: int, **more: object) -> str:
    """An assignment of Anna's that is due at noon of a day of February."""
    return firm.begin("assignment", "give_assignment", case=case, due=moscow(day, "12:00"), **more).id


def verdicts(statement: object) -> list[str]:
    return [str(one.verdict) for one in statement.facts.duties if one.norm == "assignment.on_time"]


def team_plan(firm: Firm, month: int = 2, department: str = "commercial") -> None:
    first, last = MONTHS[month]
    whose = {"employee": None, "department": department, "targets": {"K1": Decimal(1_000_000)}}
    firm.begin("plan", "propose_plan", case=f"T{month}", period_start=first, period_end=last, **whose)
    firm.take(f"T{month}", "agree_plan", by="boss")


def test_whoever_has_it_calculated_early_does_not_escape_what_comes_after(firm):
    case = firm.at(3).opened()
    early = firm.reckoned(case)
    given(firm, "A", 20)
    firm.at(2, month=3).refused(case, "approve_statement", "calculated_early")
    whole = firm.reckoned(case)
    assert verdicts(whole) == ["breached"]
    assert whole.total < early.total
    assert firm.take(case, "approve_statement").stage == "approved"


def test_a_verdict_that_is_corrected_after_the_payment_is_made_good_in_the_next_bonus_once(firm):
    given(firm, "A", 20)
    given(firm, "B", 21)
    firm.at(20, "11:00").take("B", "report_done")
    firm.at(24).take("A", "report_done")
    case = firm.at(2, month=3).opened()
    cut = firm.reckoned(case)
    firm.take(case, "approve_statement")
    firm.take(case, "pay_statement", payment_ref="p-1")
    [late] = firm.engine.obligations(case="A", norm="assignment.on_time")
    firm.engine.correct_record(late, happened_at=moscow(20, "11:30"), reason="the mail server", by=ROMAN)
    again = firm.at(2, month=4).opened(3)
    done = firm.reckoned(again)
    assert [one.id for one in done.facts.corrected] == [late.id]
    back = sums(done, "adjustment")["adjustment"]
    assert cut.total + Money(back) == Money(11_000)  # the whole target, and a tenth for every rule kept
    assert firm.reckoned(again) == done
    assert explained(firm.engine, again).find("adjustment").find("was").value < 11_000
    assert verdicts(done) == []  # February's are not March's too
    firm.take(again, "approve_statement")
    last = firm.reckoned(firm.at(4, month=5).opened(4))
    assert (last.facts.corrected, sums(last, "adjustment")) == ((), {})


def test_what_is_done_at_all_counts_though_the_month_was_paid_as_if_it_never_was(firm):
    given(firm, "A", 27)
    case = firm.at(2, month=3).opened()
    assert verdicts(firm.reckoned(case)) == ["breached"]
    firm.take(case, "approve_statement")
    firm.take("A", "report_done")
    done = firm.reckoned(firm.at(2, month=4).opened(3))
    assert sums(done, "adjustment") == {"adjustment": "5000.00"}  # late counts for one half


def test_what_becomes_known_of_an_obligation_never_makes_a_statement_worse():
    due = moscow(20, "12:00")
    late, worse, other = (Duty("A", "n", due, one) for one in (Verdict.MET_LATE, Verdict.BREACHED, Verdict.MET))
    facts = PeriodFacts(duties=(late,))
    assert facts.knowing((worse, attrs.evolve(other, id="B"))) == facts
    for told in ((worse, other), (other, worse)):
        assert [one.verdict for one in facts.knowing(told).duties] == ["met"]


def test_what_somebody_is_given_longer_for_after_the_breach_is_one_breach_and_no_merit(firm):
    given(firm, "A", 20)
    firm.at(24).take("A", "extend_assignment", due=moscow(26))
    firm.take("A", "report_done")
    assert verdicts(firm.reckoned(firm.at(2, month=3).opened())) == ["breached"]


def test_what_is_passed_on_counts_for_whoever_has_done_it_and_against_whoever_had_not(firm):
    given(firm, "A", 20)
    firm.at(24).take("A", "reassign_assignment", due=moscow(26))
    firm.take("A", "report_done", by="sveta")
    firm.at(2, month=3)
    told = {who: verdicts(firm.reckoned(firm.opened(employee=who))) for who in ("anna", "sveta")}
    assert told == {"anna": ["breached"], "sveta": ["met"]}


def test_whoever_leaves_the_day_after_the_month_has_their_share_of_what_the_team_has_earned():
    leaver = attrs.evolve(ANNA, left_on=dt.date(2026, 3, 1))
    firm = Firm(staff=(leaver, *STAFF[1:]))
    firm.at(2).deal()
    team_plan(firm)
    firm.sold("W", 5)
    firm.at(2, month=3).engine.tick(trust_clock=True)
    done = {who: firm.reckoned(firm.opened(employee=who)) for who in ("anna", "sveta")}
    assert "anna" in done["sveta"].facts.team.shares
    assert done["anna"].facts.team == done["sveta"].facts.team
    assert done["anna"].facts.team.volume > Money(0)


def test_a_team_of_which_nobody_is_left_shares_nothing():
    alone = attrs.evolve(ANNA, department="east", left_on=dt.date(2026, 2, 20))
    firm = Firm(staff=(alone, *STAFF[1:]))
    team_plan(firm, department="east")
    firm.at(1, "00:05").engine.tick()
    done = firm.reckoned(firm.at(2, month=3).opened())
    assert (done.facts.team, done.facts.worked, sums(done, "team")) == (None, 14, {})


@pytest.mark.parametrize("measure", [Measure.QUARTER, Measure.YEAR])
def test_months_that_share_their_bands_come_to_the_same_in_whatever_order_they_are_calculated(measure):
    rising = Tiers(Kind.MARGINAL, measure, (Band(0, 100, "0.02"), Band(100, None, "0.10")))
    plan = attrs.evolve(PLAN, scheme=attrs.evolve(SCHEME, target=None, team=None, compliance=None, commission=rising))
    totals = []
    for order in ((2, 3), (3, 2)):
        firm = Firm(plan=plan)
        firm.at(2).deal()
        firm.sold("W", 5)
        firm.sold("X", 9, 3)
        firm.at(2, month=4)
        cases = {month: firm.opened(month) for month in (2, 3)}
        done = [firm.reckoned(cases[month]).total for month in order]
        totals.append(sum(done, start=Money(0)))
        assert all(one.amount > 0 for one in done)
    assert totals[0] == totals[1]
