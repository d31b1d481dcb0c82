"""What nobody gains or loses by: when a bonus is calculated, what is put right afterwards, who comes and who goes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
import pytest
from test_bonus_from_record import MONTHS, PLAN, SCHEME, Firm, sums
from trade import TO_DONE

from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.pay_facts import Duty, PeriodFacts, Verdict
from salesreg.commercial.domain.schemes import Band, Kind, Measure, Tiers
from salesreg.commercial.motivation.gather import explained, reckon, record_of
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


def period(month: int) -> dict[str, dt.date]:
    return dict(zip(("period_start", "period_end"), MONTHS[month], strict=True))


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


def test_money_that_came_in_parts_and_goes_back_at_once_is_taken_back_part_by_part(firm):
    firm.at(5).order("W", *TO_DONE)
    invoice = firm.invoice_of("W").id
    firm.take(invoice, "issue_invoice", number="I-1")
    firm.take(invoice, "send_invoice")
    firm.take(invoice, "record_part_payment", amount=Money(100), reference="pay 1")
    firm.pay(invoice)
    case = firm.at(2, month=3).opened()
    sold = firm.reckoned(case)
    firm.take(case, "approve_statement")
    firm.at(5, month=3).take(invoice, "refund_payment")
    done = firm.reckoned(firm.at(2, month=4).opened(3))
    brought = sum((one.amount for one in sold.lines if one.code.startswith("commission")), start=Money(0))
    back = sum((one.amount for one in done.lines if one.code.startswith("adjustment")), start=Money(0))
    assert (len(sold.facts.facts), back) == (2, -brought)


def test_what_is_corrected_while_it_is_disputed_is_a_merit_and_not_merely_left_out(firm):
    given(firm, "A", 20)
    firm.at(24).take("A", "report_done")
    case = firm.at(2, month=3).opened()
    [late] = [one for one in firm.reckoned(case).facts.duties if one.verdict == "met_late"]
    firm.take(case, "dispute_statement", duties=(late.id,))
    [entry] = firm.engine.obligations(case="A", norm="assignment.on_time")
    firm.engine.correct_record(entry, happened_at=moscow(20, "11:30"), reason="the mail server", by=ROMAN)
    assert firm.reckoned(case).total == Money(11_000)
    answered = firm.take(case, "answer_dispute", waived=(late.id,)).data
    assert answered.total == Money(11_000)
    [kept] = answered.facts.duties
    assert (kept.id, kept.verdict, kept.excuses) == (late.id, "met", ())


def test_a_scheme_in_another_currency_counts_sales_and_plans_in_it_alone():
    dollars = attrs.evolve(SCHEME, target=Money(100, "USD"), team=None, no_plan=None)
    firm = Firm(plan=attrs.evolve(PLAN, scheme=dollars))
    firm.at(2).deal()
    first, last = MONTHS[2]
    plan = {"targets": {"K1": Decimal(1000)}, "currency": "USD", "period_start": first, "period_end": last}
    firm.begin("plan", "propose_plan", case="P", **plan)
    firm.take("P", "agree_plan", by=ANNA)
    firm.engine.tick()
    firm.sold("W", 5)
    record = record_of(firm.engine)
    done = reckon(firm.engine, firm.at(2, month=3).opened(), record).data
    assert (done.facts.plan, done.facts.facts, done.total) == (Money(1000, "USD"), (), Money(0, "USD"))


def test_only_a_version_of_the_month_s_first_day_pays_for_it_and_each_breach_is_judged_by_that_of_its_day(firm):
    richer = attrs.evolve(PLAN, version="2026-2", scheme=attrs.evolve(SCHEME, target=Money(99_000)))
    norms = firm.engine.regulation.texts()
    new = {"number": "2.0", "norms": norms, "plans": (richer,), "previous": "V", "changelog": "a larger target"}
    firm.begin("regulation_version", "draft_version", case="V2", **new)
    firm.take("V2", "open_discussion", people=("anna", "sveta"))
    firm.at(12).take("V2", "approve_version")
    firm.take("V2", "publish_version", effective_from=moscow(20, "00:00"), people=("anna", "sveta"))
    firm.at(20).take("V2", "put_in_force")
    given(firm, "A", 24)  # Anna has not acknowledged what is in force
    firm.at(25).take("V2", "acknowledge", by=ANNA, content_hash=firm.case("V2").data.content_hash)
    given(firm, "B", 26)
    firm.at(2, month=3).refused_to_begin("bonus", "open_statement", "plan_not_in_force", plan_source="V2")
    done = firm.reckoned(firm.opened())
    told = {one.id[0]: (str(one.verdict), one.excuses) for one in done.facts.duties if one.id[0] in "AB"}
    assert told == {"A": ("breached", ("not_acknowledged.then",)), "B": ("breached", ())}
    assert done.plan.version == "2026-1"


def test_what_somebody_is_paid_by_is_acknowledged_anew_when_it_changes(firm):
    meaner = attrs.evolve(PLAN, scheme=attrs.evolve(SCHEME, target=Money(1)))
    norms = firm.engine.regulation.texts()
    new = {"norms": norms, "plans": (meaner,), "previous": "V", "changelog": "a smaller target"}
    firm.begin("regulation_version", "draft_version", case="W", number="2.0", **new)
    firm.take("W", "open_discussion", people=("anna", "finn"))
    firm.at(12).take("W", "approve_version")
    asked = firm.take("W", "publish_version", effective_from=moscow(20, "00:00"), people=("anna", "finn")).data
    assert {"anna", "sveta"} <= set(asked.awaited)
    firm.at(20).take("W", "put_in_force")
    march = firm.at(2, month=4).begin("bonus", "open_statement", plan_source="W", **period(3)).id
    firm.reckoned(march)
    firm.refused(march, "approve_statement", "plan_not_acknowledged")
