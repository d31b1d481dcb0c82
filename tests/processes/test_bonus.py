"""Pay, as the regulation reads: by a plan that is complete and known, every fact once, and on its day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.calendars import Term
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.pay_facts import Duty, Fact, PeriodFacts, Verdict
from salesreg.commercial.domain.plans import SECTIONS, BonusLine, CompensationPlan
from salesreg.commercial.domain.schemes import Band, CompensationScheme, Compliance, Curve, Kind, Measure, Tiers
from salesreg.commercial.processes.bonus import BonusProcess, plan_complete
from salesreg.commercial.roles import FINANCE, HEAD_OF_SALES, MANAGER
from salesreg.errors import DomainError, PayloadError, StepRefused
from salesreg.process import ObligationStatus
from salesreg.rules import Delegation, NormText
from salesreg.testing.commercial import ANNA, BOSS, DORA, FINN, ROMAN, STAFF, SVETA, Desk, moscow

SCHEME = CompensationScheme(
    target=Money(10_000),
    no_plan=0,
    compliance=Compliance("0.5", "0.2", "0.1", Curve.through((0, 0), (1, 1))),
    commission=Tiers(Kind.MARGINAL, Measure.DEAL, (Band(0, None, "0.02"),)),
)
PLAN = CompensationPlan(
    "sales manager",
    "2026-1",
    schedule="Mon-Fri 09-18",
    leave_rules="28 days",
    time_off_rules="by agreement",
    settlement_order="by transfer",
    salary_date=Term.parse("on the 10th and 25th, preceding"),
    bonus_date=Term.parse("on the 15th, preceding"),
    leave_pay_rule=Term.parse("3 calendar days before"),
    plan_rule="contracts signed",
    salary=Money(60000),
    bonus_rules="two per cent",
    conditions="the plan is met",
    scheme=SCHEME,
)
TARGET = attrs.evolve(PLAN, scheme=attrs.evolve(SCHEME, no_plan=1, commission=None))
MARCH = {"period_start": dt.date(2026, 3, 1), "period_end": dt.date(2026, 3, 31)}
HALF = CompensationPlan("cold caller", "2026-1", schedule="Mon-Fri 09-18", salary=Money(40000))
RULE = NormText("sale.hurry", "Hurry.", {"ru": "Спеши."}, binds=(MANAGER,), control="the record", metric="K1")

DAY = dt.timedelta(days=1)


GREET = NormText("sale.greet", "Smile.", {"ru": "Улыбайся."}, strength="recommendation")


def line(code: str = "commission", rubles: int = 2000, *sources: str, **inputs: str) -> BonusLine:
    return BonusLine(code, Money(rubles), "2 % of the sum", inputs or {"sum": "100000"}, ("R101",), sources)


def sold(*deals: str, rubles: int = 100_000, day: int = 10, duties: tuple[Duty, ...] = ()) -> PeriodFacts:
    """Deals of a day of February, at two per cent; the usual sale brings 2000."""
    return PeriodFacts(
        tuple(Fact(one, one, Money(rubles), dt.date(2026, 2, day)) for one in deals or ("deal",)), duties
    )


def fact(day: dt.date, name: str = "deal") -> Fact:
    return Fact(name, name, Money(100_000), day)


class Firm(Desk):
    """A company whose regulation holds a compensation plan that Anna knew when February began; it is 2 March."""

    def __init__(self, url: str = "memory:", *plans: CompensationPlan, **given: Any) -> None:
        super().__init__(url, start=moscow(12, month=1), **given)
        self.begin("regulation_version", "draft_version", case="V", norms=(RULE, GREET), plans=plans or (PLAN,))
        self.take("V", "open_discussion", people=("anna",))
        self.later(8 * DAY)
        self.take("V", "approve_version")
        self.take("V", "publish_version", effective_from=self.clock.now() + 8 * DAY)
        self.later(8 * DAY)
        self.take("V", "put_in_force")
        self.sign("anna")
        self.at(2, month=3)

    def sign(self, person: str) -> None:
        self.take("V", "acknowledge", by=person, content_hash=self.case("V").data.content_hash)

    def opened(self, employee: str = "anna", **period: Any) -> str:
        return self.begin("bonus", "open_statement", employee=employee, **period).id

    def calculated(self, *deals: str, **period: Any) -> str:
        case_id = self.opened(**period)
        day = period.get("period_start", dt.date(2026, 2, 10))
        facts = PeriodFacts(tuple(Fact(one, one, Money(100_000), day) for one in deals or (f"deal of {day}",)))
        self.take(case_id, "calculate_statement", facts=facts)
        return case_id

    def salaried(self, **given: Any) -> str:
        return self.begin("bonus", "open_salary", **given).id


@pytest.fixture(params=["memory:", "sqlite"])
def story(request, tmp_path):
    found = Firm(request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/pay.db")
    yield found
    assert found.engine.verify() == ()
    found.engine.close()


@pytest.fixture
def firm():
    return Firm()


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_is_whole():
    assert BonusProcess.check() == ()


def test_a_bonus_is_opened_calculated_approved_and_paid(story):
    case_id = story.calculated()
    assert story.case(case_id).data.total == Money(2000)
    story.take(case_id, "approve_statement")
    paid = story.take(case_id, "pay_statement", payment_ref="p-1")
    assert (paid.stage, paid.data.payment_ref, paid.data.paid_at) == ("paid", "p-1", story.clock.now())


def test_each_step_is_for_certain_people_only(firm):
    opened = firm.opened(**MARCH)
    calculated = firm.calculated()
    firm.sign("sveta")
    disputed = firm.calculated(employee="sveta")
    firm.take(disputed, "dispute_statement", by=SVETA)
    may = {
        (opened, "calculate_statement"): set(),
        (calculated, "dispute_statement"): {"anna"},
        (calculated, "approve_statement"): {"boss"},
        (calculated, "reverse_statement"): {"roman", "boss"},
        (disputed, "answer_dispute"): {"roman", "boss"},
        (firm.salaried(), "calculate_statement"): {"finn"},
    }
    for (case_id, step), allowed in may.items():
        found = set()
        for person in STAFF:
            options = {one.step.id: one.allowed for one in firm.engine.available(case_id, by=person)}
            found |= {person.id} if options[step] else set()
        assert found == allowed, step


# -- the plan behind it (R84, R101) -----------------------------------------------------------------------------------


def test_a_bonus_needs_a_plan_for_the_position_that_was_in_force(firm):
    january = {"employee": "oleg", "period_start": dt.date(2026, 1, 1)}
    firm.refused_to_begin("bonus", "open_statement", "plan_not_in_force", "no_plan", **january)
    backwards = {"period_start": dt.date(2026, 3, 2)}
    firm.refused_to_begin("bonus", "open_statement", "period_not_whole", "statement_ends_first", **backwards)
    firm.refused_to_begin("bonus", "open_statement", "nobody", employee="ghost")
    with pytest.raises(PayloadError, match="plan_source: missing"):
        firm.engine.start("bonus", "open_statement", {"employee": "anna"}, by=ROMAN)


def test_nobody_is_held_to_a_plan_that_they_had_not_acknowledged_before_the_period(firm):
    never = firm.opened("sveta")
    firm.take(never, "calculate_statement", facts=sold())
    firm.refused(never, "approve_statement", "plan_not_acknowledged")
    firm.sign("sveta")
    late = firm.opened("sveta", **MARCH)
    firm.at(1, month=4)
    firm.take(late, "calculate_statement", facts=PeriodFacts())
    firm.refused(late, "approve_statement", "plan_not_acknowledged")


def test_a_plan_with_missing_sections_is_never_put_in_force_nor_paid_by(firm):
    with pytest.raises(StepRefused) as caught:
        Firm("memory:", HALF)
    left_out = ("leave", "time_off", "settlement", "pay_dates", "plan", "bonus", "conditions")
    assert [one.code for one in caught.value.refusals] == ["incomplete_plan"] * 7
    assert {one.got for one in caught.value.refusals} == {"plan.cold caller"}
    assert HALF.missing() == left_out
    assert PLAN.missing() == ()
    statement = firm.case(firm.opened()).data
    for plan, missing in ((HALF, left_out), (None, SECTIONS), (PLAN, ())):
        assert tuple(one.got for one in plan_complete(attrs.evolve(statement, plan=plan), None)) == missing


# -- the calculation --------------------------------------------------------------------------------------------------


def test_a_bonus_is_for_a_whole_period_so_that_parts_of_one_do_not_bring_a_target_and_a_cap_each(firm):
    for first, last in ((1, 14), (15, 28), (10, 10)):
        part = {"period_start": dt.date(2026, 2, first), "period_end": dt.date(2026, 2, last)}
        said = firm.refused_to_begin("bonus", "open_statement", "period_not_whole", **part)
        assert said.refusals[0].need == "2026-02-01/2026-02-28"


def test_the_lines_of_a_bonus_come_of_facts_and_of_nothing_else(firm):
    case_id = firm.opened()
    firm.refused(case_id, "calculate_statement", "no_facts")
    firm.refused(case_id, "calculate_statement", "entered_by_hand", facts=sold(), lines=(line(),))
    firm.refused(case_id, "calculate_statement", "wrong_role", by=ROMAN, facts=sold())
    firm.refused(case_id, "calculate_statement", "other_total", facts=sold(), total=Money(1))
    firm.refused(case_id, "calculate_statement", "fact_of_no_period", facts=PeriodFacts((fact(dt.date(2026, 1, 1)),)))
    firm.refused(case_id, "calculate_statement", "other_statement", facts=sold(), earlier=(firm.salaried(),))
    firm.refused(case_id, "approve_statement", "wrong_stage")
    done = firm.take(case_id, "calculate_statement", facts=sold("deal-1", "deal-2"), total=Money(4000))
    assert {one.code: one.amount for one in done.data.lines if one.amount} == {
        "commission:deal-1": Money(2000),
        "commission:deal-2": Money(2000),
    }


def test_a_plan_without_a_scheme_pays_no_bonus():
    firm = Firm("memory:", attrs.evolve(PLAN, scheme=None))
    firm.refused_to_begin("bonus", "open_statement", "no_scheme")


def test_a_salary_is_entered_by_whoever_opens_it_and_adds_up(firm):
    pay = firm.salaried()
    firm.refused(pay, "calculate_statement", "wrong_role", by=ROMAN, lines=(line(),))
    firm.refused(pay, "calculate_statement", "no_lines", by=FINN)
    firm.refused(pay, "calculate_statement", "not_a_bonus", lines=(line(),), facts=sold())
    firm.refused(pay, "calculate_statement", "other_total", lines=(line(),), total=Money(1))
    firm.refused(pay, "calculate_statement", "statement_below_zero", lines=(line("a", -1, "deal-1"),))
    firm.refused(pay, "calculate_statement", "statement_code_twice", lines=(line("a"), line("a")))
    assert firm.take(pay, "calculate_statement", by=FINN, lines=(line(),)).stage == "calculated"
    firm.refused(pay, "calculate_statement", "not_reproducible", lines=(line("commission", 9),))


def test_a_salary_is_never_cut_for_a_breach(firm):
    pay = firm.salaried()
    said = firm.refused(pay, "calculate_statement", "line_groundless", lines=(line(), line("late answer", -100)))
    assert said.refusals[0].got == ("late answer",)


def test_the_same_facts_give_the_same_statement(story):
    case_id = story.calculated("deal-1")
    before = story.case(case_id).data
    again = story.take(case_id, "calculate_statement", facts=before.facts)
    assert again.data == before
    assert again.data.inputs_hash == before.inputs_hash
    more = story.take(case_id, "calculate_statement", facts=sold("deal-1", rubles=150_000)).data
    assert (more.total, more.inputs_hash == before.inputs_hash) == (Money(3000), False)


def test_no_fact_is_paid_for_twice(story):
    first = story.calculated("deal-1", "deal-2")
    march = {"period_start": dt.date(2026, 3, 1), "period_end": dt.date(2026, 3, 31)}
    second = story.opened(**march)
    facts = sold("deal-1", "deal-2", "deal-3")
    said = story.refused(second, "calculate_statement", "paid_already", "paid_already", facts=facts, earlier=(first,))
    assert [one.got for one in said.refusals] == ["deal-1", "deal-2"]
    story.take(first, "reverse_statement", reason="another month")
    story.refused(second, "calculate_statement", "other_statement", facts=facts, earlier=(first,))
    mine = PeriodFacts((Fact("deal-1", "d", Money(100_000), dt.date(2026, 3, 2)),))
    assert story.take(second, "calculate_statement", facts=mine).stage == "calculated"


@pytest.mark.parametrize("spelled", ["deal-1", "deal-1 ", "DEAL-1", "Deal-１", "dеаl–1", "№ deal-1."])
def test_a_fact_is_paid_for_once_however_it_is_spelled(firm, spelled):
    first = firm.calculated("deal-1")
    second = firm.opened(**MARCH)
    facts = PeriodFacts((fact(dt.date(2026, 3, 1), spelled),))
    firm.refused(second, "calculate_statement", "paid_already", facts=facts, earlier=(first,))


def test_two_people_may_be_paid_for_one_fact(firm):
    firm.calculated("deal-1")
    other = firm.opened("sveta")
    assert firm.take(other, "calculate_statement", facts=sold("deal-1")).stage == "calculated"


def test_what_comes_to_light_late_or_goes_back_is_settled_in_the_next_statement_once(firm):
    first = firm.calculated("deal-1")
    second = firm.opened(**MARCH)
    late = Fact("deal-2", "deal-2", Money(50_000), dt.date(2026, 2, 20))
    back = Fact("refund", "deal-1", Money(25_000), dt.date(2026, 3, 1), takes_back="deal-1")
    done = firm.take(second, "calculate_statement", facts=PeriodFacts((late, back)), earlier=(first,)).data
    assert {one.code: (one.amount, one.sources) for one in done.lines if one.amount} == {
        "adjustment:2026-02:commission:deal-2": (Money(1000), ("deal-2",)),
        "adjustment:2026-02:commission:deal-1": (Money(-500), ("refund",)),
    }
    third = firm.at(1, month=4).opened(period_start=dt.date(2026, 4, 1), period_end=dt.date(2026, 4, 30))
    again = PeriodFacts((late, back))
    firm.refused(third, "calculate_statement", "paid_already", "paid_already", facts=again, earlier=(first,))
    more = PeriodFacts((attrs.evolve(back, id="another", amount=Money(75_001)),))
    firm.refused(third, "calculate_statement", "refund_too_large", facts=more, earlier=(first, second))


def test_what_a_source_is_called_is_said(firm):
    with pytest.raises(DomainError, match="a source without a name"):
        line("more", 1, " ")


def test_one_person_has_one_statement_for_a_day(firm):
    firm.opened()
    firm.refused_to_begin("bonus", "open_statement", "statement_exists")
    firm.begin("bonus", "open_leave_pay")
    shifted = {"leave_from": moscow(20, month=3), "leave_until": dt.date(2026, 4, 2)}
    firm.refused_to_begin("bonus", "open_leave_pay", "statement_exists", **shifted)
    firm.opened(**MARCH)
    firm.begin("bonus", "open_salary")  # of another kind


def test_nobody_is_paid_for_a_time_that_lies_ahead_nor_before_it_is_over(firm):
    far = {"period_start": dt.date(2030, 1, 1), "period_end": dt.date(2030, 1, 31)}
    firm.refused_to_begin("bonus", "open_statement", "period_ahead", **far)
    firm.refused_to_begin("bonus", "open_salary", "period_ahead", pay_day=dt.date(2026, 3, 3))
    long = {"leave_until": dt.date(2027, 4, 1)}
    firm.refused_to_begin("bonus", "open_leave_pay", "statement_too_long", **long)
    march = firm.calculated(period_start=dt.date(2026, 3, 1), period_end=dt.date(2026, 3, 31))
    firm.refused(march, "approve_statement", "period_not_over")
    firm.at(31, "23:00", month=3)
    firm.refused(march, "approve_statement", "period_not_over")
    firm.at(1, month=4).refused(march, "approve_statement", "calculated_early")
    firm.take(march, "calculate_statement", facts=PeriodFacts((fact(dt.date(2026, 3, 1), "deal of 2026-03-01"),)))
    assert firm.take(march, "approve_statement").stage == "approved"


def test_the_statement_of_a_duty_cannot_be_begun_by_hand_under_its_id(firm):
    given = {"employee": "anna", "pay_day": dt.date(2026, 3, 2)}
    with pytest.raises(PayloadError, match="is the engine's"):
        firm.engine.start("bonus", "open_salary", given, by=FINN, case_id="bonus:salary_falls_due:anna:2026-03-10")
    firm.engine.tick()
    firm.at(10, month=3).engine.tick()
    assert firm.stage("bonus:salary_falls_due:anna:2026-03-10") == "open"


# -- what a breach costs (R84, R88) -----------------------------------------------------------------------------------


def duty(norm: str, verdict: Verdict = Verdict.BREACHED, day: int = 20, month: int = 2) -> Duty:
    return Duty(f"{norm}:{verdict}:{day}.{month}", norm, moscow(day, month=month), verdict)


def kept(firm: Firm, case_id: str, *duties: Duty, by: str = "V") -> dict[str, str]:
    done = firm.take(case_id, "calculate_statement", facts=PeriodFacts((), duties), versions=(by,))
    return dict(done.data.lines[0].inputs)


def test_a_bonus_is_less_for_the_breach_of_a_rule_that_was_in_force_and_known_and_for_nothing_else():
    firm = Firm("memory:", TARGET)
    mine, hers = firm.opened(), firm.opened("sveta")
    met, breach = duty("sale.hurry", Verdict.MET), duty("sale.hurry")
    assert kept(firm, mine, met, breach)["index"] == "0.5"
    assert firm.case(mine).data.total == Money(5000)
    early = duty("sale.hurry", day=20, month=1)
    assert kept(firm, mine, met, duty("sale.greet"), duty("sale.fly"), early)["index"] == "1"
    assert firm.case(mine).data.total == Money(11_000)
    why = {one.norm: one.excuses for one in firm.case(mine).data.facts.duties if one.excuses and one is not early}
    assert why["sale.greet"] == ("not_a_rule",)
    assert why["sale.fly"] == ("no_such_norm",)
    assert {one.excuses for one in firm.case(mine).data.facts.duties if one.due == early.due} == {("no_version_then",)}
    assert "index" not in kept(firm, hers, met, breach)  # she had not acknowledged it: nothing counts
    assert firm.case(hers).data.total == Money(10_000)


def test_what_is_disputed_counts_on_neither_side_until_the_answer_and_what_is_waived_not_after_it(firm):
    firm = Firm("memory:", TARGET)
    case_id, late = firm.opened(), duty("sale.hurry", Verdict.MET_LATE)
    breach, met = duty("sale.hurry", day=21), duty("sale.hurry", Verdict.MET)
    assert kept(firm, case_id, met, late, breach)["index"] == "0.5"
    firm.refused(case_id, "dispute_statement", "not_against_them", duties=(met.id, breach.id))
    disputed = firm.take(case_id, "dispute_statement", duties=(late.id, breach.id))
    assert (disputed.stage, disputed.data.total) == ("disputed", Money(11_000))
    firm.refused(case_id, "approve_statement", "wrong_stage")  # a dispute alone pays nobody
    again = firm.take(case_id, "calculate_statement", facts=disputed.data.facts, versions=("V",))
    assert (again.stage, again.data.total) == ("disputed", Money(11_000))
    firm.refused(case_id, "answer_dispute", "not_disputed", waived=(met.id,))
    firm.refused(case_id, "answer_dispute", "wrong_role", "same_person", by=ANNA, waived=(late.id,))
    answered = firm.take(case_id, "answer_dispute", waived=(late.id,))
    assert (answered.stage, answered.data.total) == ("calculated", Money(5000))
    assert [one.excuses for one in answered.data.facts.duties] == [(), ("waived",), ()]
    assert firm.take(case_id, "calculate_statement", facts=disputed.data.facts, versions=("V",)).data.total == Money(
        5000
    )


# -- who (R95) --------------------------------------------------------------------------------------------------------


def test_whoever_prepared_a_statement_does_not_approve_it_nor_does_their_deputy():
    away = Delegation("roman", "dora", moscow(1, month=3).date(), moscow(31, month=3).date())
    firm = Firm(delegations=(away,))
    case_id = firm.calculated()
    firm.refused(case_id, "approve_statement", "same_person", by=ROMAN)
    firm.refused(case_id, "approve_statement", "same_person", by=DORA)
    assert firm.take(case_id, "approve_statement", by=BOSS).stage == "approved"


def test_whoever_reckoned_for_the_absent_does_not_approve_nor_do_the_absent():
    away = Delegation("roman", "boss", moscow(2, month=3).date(), moscow(2, month=3).date())
    firm = Firm(delegations=(away,))
    case_id = firm.opened(by=BOSS)
    firm.take(case_id, "calculate_statement", facts=sold())
    assert firm.case(case_id).data.prepared_by == ("boss", "roman")
    firm.at(3, month=3)
    for person in (BOSS, ROMAN):
        firm.refused(case_id, "approve_statement", "same_person", by=person)


def test_whoever_approved_a_statement_does_not_pay_it():
    both = attrs.evolve(FINN, roles=[FINANCE, HEAD_OF_SALES])
    firm = Firm(staff=(both, *(one for one in STAFF if one.id != "finn")))
    case_id = firm.calculated()
    firm.take(case_id, "approve_statement", by="finn")
    firm.refused(case_id, "pay_statement", "same_person")


# -- dispute, approval, payment ---------------------------------------------------------------------------------------


def test_the_employee_disputes_and_is_answered_or_reckoned_anew(firm):
    case_id = firm.calculated()
    firm.refused(case_id, "dispute_statement", "blank", reason=" ")
    firm.refused(case_id, "dispute_statement", "wrong_role", by=SVETA, reason="unfair")
    firm.take(case_id, "dispute_statement")
    firm.refused(case_id, "approve_statement", "wrong_stage")
    firm.refused(case_id, "answer_dispute", "blank", answer="")
    answered = firm.take(case_id, "answer_dispute")
    assert (answered.stage, answered.data.disputes[0].answer) == ("calculated", "it is next month's")
    firm.take(case_id, "dispute_statement", reason="no, this month's")
    again = firm.take(case_id, "calculate_statement", facts=sold("deal-1", "deal-9"))
    assert (again.stage, again.data.total) == ("disputed", Money(4000))
    assert firm.take(case_id, "answer_dispute").stage == "calculated"


def test_the_general_director_approves_the_pay_of_the_head_of_sales(firm):
    pay = firm.begin("bonus", "open_salary", employee="roman").id
    firm.take(pay, "calculate_statement", lines=(line("salary"),))
    firm.refused(pay, "approve_statement", "same_person", by=ROMAN)
    assert firm.take(pay, "approve_statement", by=BOSS).stage == "approved"


def test_an_approved_statement_is_not_reckoned_anew_late_facts_go_to_the_next(firm):
    case_id = firm.calculated()
    firm.take(case_id, "approve_statement")
    firm.refused(case_id, "calculate_statement", "wrong_stage", facts=sold("late"))


def test_a_payment_names_itself_and_is_not_recorded_before_it_is_made(firm):
    case_id = firm.calculated()
    firm.take(case_id, "approve_statement")
    tomorrow = firm.clock.now() + DAY
    firm.refused(case_id, "pay_statement", "blank", "not_yet", payment_ref=" ", paid_at=tomorrow)
    firm.refused(case_id, "pay_statement", "too_early", paid_at=dt.datetime(1990, 1, 1, tzinfo=dt.UTC))


def test_a_paid_statement_may_be_reversed_with_a_reason(firm):
    case_id = firm.calculated()
    firm.take(case_id, "approve_statement")
    firm.take(case_id, "pay_statement", payment_ref="p-1")
    firm.refused(case_id, "reverse_statement", "blank", "money_not_back", reason=" ")
    said = firm.refused(case_id, "reverse_statement", "money_not_back", reason="paid to another")
    assert said.refusals[0].got == str(Money(2000))
    gone = firm.take(case_id, "reverse_statement", by=BOSS, reason="paid to another", returned="PP-9")
    assert (gone.stage, gone.data.returned) == ("reversed", "PP-9")
    assert firm.calculated("deal of 2026-02-10") != case_id  # what came back may be paid anew
    assert BonusProcess.stages["reversed"].final


# -- on its day (R101) ------------------------------------------------------------------------------------------------


def test_a_bonus_is_due_on_the_fifteenth_or_the_working_day_before(firm):
    case_id = firm.calculated()
    (owed,) = firm.case(case_id).obligations
    # 15 March 2026 is a Sunday.
    assert (owed.norm, owed.role, owed.due) == (
        "bonus.bonus_day",
        FINANCE.id,
        dt.datetime(2026, 3, 13, 15, tzinfo=dt.UTC),
    )
    firm.take(case_id, "approve_statement")
    firm.at(16, month=3)
    on_time = dt.datetime(2026, 3, 13, 9, tzinfo=dt.UTC)
    firm.take(case_id, "pay_statement", payment_ref="p-1", paid_at=on_time)
    assert firm.engine.obligations(case=case_id)[0].status is ObligationStatus.MET


def test_salaries_fall_due_by_themselves_on_the_tenth_and_the_twenty_fifth_once_each(story):
    story.engine.tick()
    for _ in range(3):
        story.later(14 * DAY)
        story.engine.tick()
        story.engine.tick()
    found = [one for one in story.engine.cases("bonus") if one.data.kind == "salary"]
    days = {(one.data.employee, one.data.period_start) for one in found}
    # 10 and 25 March are working days, 10 April too.
    expected = {dt.date(2026, 3, 10), dt.date(2026, 3, 25), dt.date(2026, 4, 10)}
    assert days == {(who, day) for who in ("anna", "sveta") for day in expected}
    assert len(found) == len(days)


def test_a_salary_is_due_at_the_close_of_its_day_and_needs_no_plan(firm):
    firm.engine.tick()
    firm.at(10, month=3)
    firm.engine.tick()
    case_id = next(one.id for one in firm.engine.cases("bonus") if one.data.employee == "sveta")
    (owed,) = firm.case(case_id).obligations
    assert owed.due == dt.datetime(2026, 3, 10, 15, tzinfo=dt.UTC)
    firm.take(case_id, "calculate_statement", lines=(line("salary", 30000),))
    firm.take(case_id, "approve_statement")
    firm.take(case_id, "pay_statement", payment_ref="p-2")
    assert firm.engine.obligations(case=case_id)[0].status is ObligationStatus.MET


def test_leave_pay_is_due_three_calendar_days_before_the_leave(firm):
    case = firm.begin("bonus", "open_leave_pay", employee="sveta")
    # Three days before Monday the 16th is Friday the 13th.
    assert case.obligations[0].due == dt.datetime(2026, 3, 13, 15, tzinfo=dt.UTC)
    firm.refused_to_begin("bonus", "open_leave_pay", "in_the_past", leave_from=moscow(12, month=1))


def test_whoever_has_left_is_paid_what_they_have_earned():
    gone = attrs.evolve(ANNA, left_on=dt.date(2026, 3, 1))
    firm = Firm(staff=(gone, *STAFF[1:]))
    case_id = firm.calculated()
    firm.take(case_id, "approve_statement")
    assert firm.take(case_id, "pay_statement").stage == "paid"


# -- invariants -------------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.integers(-500, 5000), min_size=1, max_size=4), min_size=1, max_size=5))
def test_the_lines_add_up_and_the_total_is_never_below_nothing(attempts):
    firm = Firm()
    case_id = firm.salaried()
    for number, amounts in enumerate(attempts):
        lines = tuple(line(f"l{i}", rubles, f"deal-{i}", n=str(number)) for i, rubles in enumerate(amounts))
        try:
            firm.take(case_id, "calculate_statement", lines=lines)
        except StepRefused:
            assert sum(amounts) < 0
        statement = firm.case(case_id).data
        if statement.lines:
            assert statement.total == sum((one.amount for one in statement.lines[1:]), start=statement.lines[0].amount)
            assert statement.total >= Money(0)
