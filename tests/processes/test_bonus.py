"""Pay, as the regulation reads: by a plan that is complete and known, every fact once, and on its day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.adapters.memory import MemoryDirectory
from salesreg.calendars import Term
from salesreg.domain.money import Money
from salesreg.domain.people import Employee, Role
from salesreg.domain.plans import BonusLine, CompensationPlan
from salesreg.domain.regulations import NormText
from salesreg.engine import ProcessEngine
from salesreg.errors import PayloadError, StepRefused
from salesreg.opening import open_engine
from salesreg.processes import Case, ObligationStatus
from salesreg.processes.bonus import Bonus
from salesreg.regulations import example
from salesreg.testing import ManualClock

ROP = Employee("rop", "Roman", [Role.HEAD_OF_SALES], position="head of sales")
BOSS = Employee("boss", "Boss", [Role.CEO])
ANNA = Employee("anna", "Anna", [Role.SALES_MANAGER], position="sales manager")
SVETA = Employee("sveta", "Sveta", [Role.SALES_MANAGER], position="sales manager")
OLEG = Employee("oleg", "Oleg", [Role.COLD_CALLER], position="cold caller")
FINN = Employee("finn", "Finn", [Role.FINANCE])
HILDA = Employee("hilda", "Hilda", [Role.HR])
EVERYBODY = (ROP, BOSS, ANNA, SVETA, OLEG, FINN, HILDA)

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
)
HALF = CompensationPlan("cold caller", "2026-1", schedule="Mon-Fri 09-18", salary=Money(40000))
RULE = NormText("sale.hurry", "Hurry.", "Спеши.", binds=(Role.SALES_MANAGER,), control="the record", metric="K1")

START = dt.datetime(2026, 1, 12, 7, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
FEBRUARY = {"period_start": dt.date(2026, 2, 1), "period_end": dt.date(2026, 2, 28)}


def line(code: str = "commission", rubles: int = 2000, *sources: str, **inputs: str) -> BonusLine:
    return BonusLine(code, Money(rubles), "2 % of the sum", inputs or {"sum": "100000"}, ("R101",), sources)


@attrs.define
class Story:
    """A company whose regulation holds a compensation plan that Anna knew when February began."""

    engine: ProcessEngine
    clock: ManualClock
    plans: str

    def opened(self, employee: str = "anna", **period: Any) -> str:
        payload = {**FEBRUARY, **period, "employee": employee, "plan_source": self.plans}
        return self.engine.start("bonus", step="open_statement", by="rop", **payload).id

    def calculated(self, *lines: BonusLine, **period: Any) -> str:
        case_id = self.opened(**period)
        self.take(case_id, "calculate_statement", by="system", lines=lines or (line(),))
        return case_id

    def take(self, case_id: str, step: str, by: str = "rop", **payload: Any) -> Case[Any]:
        return self.engine.perform(case_id, step, by=by, **payload)

    def case(self, case_id: str) -> Case[Any]:
        return self.engine.case(case_id)

    def refused(self, case_id: str, step: str, *codes: str, by: str = "rop", **payload: Any) -> StepRefused:
        before = self.case(case_id)
        with pytest.raises(StepRefused) as caught:
            self.take(case_id, step, by=by, **payload)
        complete(caught.value, *codes)
        assert self.case(case_id) == before
        return caught.value


def complete(refused: StepRefused, *codes: str) -> None:
    assert tuple(one.code for one in refused.refusals) == codes
    for one in refused.refusals:
        assert one.ru != one.message
        assert one.clause.startswith("R")
        assert one.need is not None
        assert one.got is not None


def company(url: str = "memory:", *plans: CompensationPlan, **values: Any) -> Story:
    clock = ManualClock(START)
    regulation = example().with_settings({name.replace("__", "."): value for name, value in values.items()})
    engine = open_engine(url, regulation=regulation, directory=MemoryDirectory(EVERYBODY), clock=clock)
    given = plans or (PLAN,)
    case_id = engine.start("regulation_version", by="rop", number="1.0", norms=(RULE,), plans=given).id
    engine.perform(case_id, "open_discussion", by="rop", people=("anna",))
    clock.advance(8 * DAY)
    engine.perform(case_id, "approve_version", by="boss")
    engine.perform(case_id, "publish_version", by="rop", effective_from=clock.now(), people=("anna", "sveta"))
    engine.perform(case_id, "put_in_force", by="system")
    text = engine.case(case_id).data.content_hash
    engine.perform(case_id, "acknowledge", by="anna", content_hash=text)
    clock.move_to(dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC))
    return Story(engine, clock, case_id)


@pytest.fixture(params=["memory:", "sqlite"])
def story(request, tmp_path):
    found = company(request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/pay.db")
    yield found
    assert found.engine.verify() == ()
    found.engine.close()


@pytest.fixture
def firm():
    return company()


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_is_whole():
    assert Bonus.check() == ()


def test_a_bonus_is_opened_calculated_approved_and_paid(story):
    case_id = story.calculated(line("commission", 2000), line("reduction", -500))
    assert story.case(case_id).data.total == Money(1500)
    story.take(case_id, "approve_statement")
    paid = story.take(case_id, "pay_statement", by="finn", payment_ref="p-1")
    assert (paid.stage, paid.data.payment_ref, paid.data.paid_at) == ("paid", "p-1", story.clock.now())


def test_each_step_is_for_certain_people_only(firm):
    opened = firm.opened()
    calculated = firm.calculated(period_start=dt.date(2026, 3, 1), period_end=dt.date(2026, 3, 2))
    disputed = firm.calculated(period_start=dt.date(2026, 2, 2))
    firm.take(disputed, "dispute_statement", by="anna", reason="too little")
    may = {
        (opened, "calculate_statement"): set(),
        (calculated, "dispute_statement"): {"anna"},
        (calculated, "approve_statement"): {"rop", "boss"},
        (calculated, "reverse_statement"): {"rop", "boss"},
        (disputed, "answer_dispute"): {"rop", "boss"},
    }
    for (case_id, step), allowed in may.items():
        found = set()
        for person in EVERYBODY:
            options = {one.step.id: one.allowed for one in firm.engine.available(case_id, by=person)}
            found |= {person.id} if options[step] else set()
        assert found == allowed, step


# -- the plan behind it (R84, R101) -----------------------------------------------------------------------------------


def test_a_bonus_needs_a_plan_for_the_position_that_was_in_force(firm):
    with pytest.raises(StepRefused) as caught:
        firm.opened("oleg", period_start=dt.date(2026, 1, 1))
    complete(caught.value, "plan_not_in_force", "no_plan")
    with pytest.raises(StepRefused) as caught:
        firm.opened(period_start=dt.date(2026, 3, 5))
    complete(caught.value, "bad_period")
    with pytest.raises(PayloadError, match="plan_source: missing"):
        firm.engine.start("bonus", step="open_statement", by="rop", employee="anna", **FEBRUARY)


def test_nobody_is_held_to_a_plan_that_they_had_not_acknowledged_before_the_period(firm):
    never = firm.opened("sveta")
    firm.take(never, "calculate_statement", by="system", lines=(line(),))
    firm.refused(never, "approve_statement", "plan_not_acknowledged")
    text = firm.case(firm.plans).data.content_hash
    firm.take(firm.plans, "acknowledge", by="sveta", content_hash=text)
    late = firm.opened("sveta", period_start=dt.date(2026, 2, 2))
    firm.take(late, "calculate_statement", by="system", lines=(line(),))
    firm.refused(late, "approve_statement", "plan_not_acknowledged")


def test_a_plan_with_missing_sections_is_never_put_in_force_nor_paid_by():
    with pytest.raises(StepRefused, match=r"plan\.cold caller: says nothing of leave"):
        company("memory:", HALF)
    assert HALF.missing() == ("leave", "time_off", "settlement", "pay_dates", "plan", "bonus", "conditions")
    assert PLAN.missing() == ()


# -- the calculation --------------------------------------------------------------------------------------------------


def test_the_total_is_the_sum_of_the_lines(firm):
    case_id = firm.opened()
    firm.refused(case_id, "calculate_statement", "no_lines", by="system", lines=())
    firm.refused(case_id, "calculate_statement", "other_total", by="system", lines=(line(),), total=Money(1))
    firm.refused(case_id, "calculate_statement", "bad_statement", by="system", lines=(line("a", -1),))
    firm.refused(case_id, "calculate_statement", "bad_statement", by="system", lines=(line("a"), line("a")))
    firm.refused(case_id, "approve_statement", "wrong_stage")


def test_the_same_inputs_give_the_same_statement(story):
    case_id = story.calculated(line("commission", 2000, "deal-1"))
    before = story.case(case_id).data
    again = story.take(case_id, "calculate_statement", by="system", lines=(line("commission", 2000, "deal-1"),))
    assert again.data == before
    assert again.data.inputs_hash == before.inputs_hash
    story.refused(
        case_id, "calculate_statement", "not_reproducible", by="system", lines=(line("commission", 9, "deal-1"),)
    )
    other = (line("commission", 3000, "deal-1", sum="150000"),)
    assert story.take(case_id, "calculate_statement", by="system", lines=other).data.total == Money(3000)


def test_no_fact_is_paid_for_twice(story):
    first = story.calculated(line("commission", 2000, "deal-1", "deal-2"))
    second = story.opened(period_start=dt.date(2026, 3, 1), period_end=dt.date(2026, 3, 31))
    said = story.refused(
        second,
        "calculate_statement",
        "paid_already",
        "paid_already",
        by="system",
        lines=(line("commission", 1, "deal-1", "deal-2", "deal-3"),),
    )
    assert [one.got for one in said.refusals] == ["deal-1", "deal-2"]
    story.take(first, "reverse_statement", reason="another month")
    lines = (line("commission", 1, "deal-1"),)
    assert story.take(second, "calculate_statement", by="system", lines=lines).stage == "calculated"


def test_one_person_has_one_statement_for_a_period(firm):
    firm.opened()
    with pytest.raises(StepRefused) as caught:
        firm.opened()
    complete(caught.value, "statement_exists")


# -- dispute, approval, payment ---------------------------------------------------------------------------------------


def test_the_employee_disputes_and_is_answered_or_reckoned_anew(firm):
    case_id = firm.calculated()
    firm.refused(case_id, "dispute_statement", "no_reason", by="anna", reason=" ")
    firm.refused(case_id, "dispute_statement", "wrong_role", by="sveta", reason="unfair")
    firm.take(case_id, "dispute_statement", by="anna", reason="a deal is missing")
    firm.refused(case_id, "approve_statement", "wrong_stage")
    firm.refused(case_id, "answer_dispute", "no_answer", answer="")
    answered = firm.take(case_id, "answer_dispute", answer="it is next month's")
    assert (answered.stage, answered.data.disputes[0].answer) == ("calculated", "it is next month's")
    firm.take(case_id, "dispute_statement", by="anna", reason="no, this month's")
    lines = (line(), line("adjustment", 100, "deal-9"))
    again = firm.take(case_id, "calculate_statement", by="system", lines=lines)
    assert (again.stage, again.data.total) == ("calculated", Money(2100))


def test_the_general_director_approves_the_pay_of_the_head_of_sales(firm):
    pay = firm.engine.start("bonus", step="open_salary", by="finn", employee="rop", pay_day=dt.date(2026, 3, 10)).id
    firm.take(pay, "calculate_statement", by="system", lines=(line("salary"),))
    firm.refused(pay, "approve_statement", "same_person", by="rop")
    assert firm.take(pay, "approve_statement", by="boss").stage == "approved"


def test_an_approved_statement_is_not_reckoned_anew_late_facts_go_to_the_next(firm):
    case_id = firm.calculated()
    firm.take(case_id, "approve_statement")
    firm.refused(case_id, "calculate_statement", "wrong_stage", by="system", lines=(line("late", 1),))


def test_a_payment_names_itself_and_is_not_recorded_before_it_is_made(firm):
    case_id = firm.calculated()
    firm.take(case_id, "approve_statement")
    tomorrow = firm.clock.now() + DAY
    firm.refused(case_id, "pay_statement", "not_yet", "no_payment_ref", by="finn", payment_ref=" ", paid_at=tomorrow)


def test_a_paid_statement_may_be_reversed_with_a_reason(firm):
    case_id = firm.calculated()
    firm.take(case_id, "approve_statement")
    firm.take(case_id, "pay_statement", by="finn", payment_ref="p-1")
    firm.refused(case_id, "reverse_statement", "no_reason", reason=" ")
    assert firm.take(case_id, "reverse_statement", by="boss", reason="paid to another").stage == "reversed"
    assert Bonus.stages["reversed"].final


# -- on its day (R101) ------------------------------------------------------------------------------------------------


def test_a_bonus_is_due_on_the_fifteenth_or_the_working_day_before(firm):
    case_id = firm.calculated()
    (owed,) = firm.case(case_id).obligations
    # 15 March 2026 is a Sunday.
    assert (owed.norm, owed.role, owed.due) == (
        "bonus.bonus_day",
        Role.FINANCE,
        dt.datetime(2026, 3, 13, 15, tzinfo=dt.UTC),
    )
    firm.take(case_id, "approve_statement")
    firm.clock.move_to(dt.datetime(2026, 3, 16, 7, tzinfo=dt.UTC))
    on_time = dt.datetime(2026, 3, 13, 9, tzinfo=dt.UTC)
    firm.take(case_id, "pay_statement", by="finn", payment_ref="p-1", paid_at=on_time)
    assert firm.engine.obligations(case=case_id)[0].status is ObligationStatus.MET


def test_salaries_fall_due_by_themselves_on_the_tenth_and_the_twenty_fifth_once_each(story):
    story.engine.tick()
    for _ in range(3):
        story.clock.advance(14 * DAY)
        story.engine.tick()
        story.engine.tick()
    found = [one for one in story.engine.cases(process="bonus") if one.data.kind == "salary"]
    days = {(one.data.employee, one.data.period_start) for one in found}
    # 10 and 25 March are working days, 10 April too.
    expected = {dt.date(2026, 3, 10), dt.date(2026, 3, 25), dt.date(2026, 4, 10)}
    assert days == {(who, day) for who in ("anna", "sveta") for day in expected}
    assert len(found) == len(days)


def test_a_salary_is_due_at_the_close_of_its_day_and_needs_no_plan(firm):
    firm.engine.tick()
    firm.clock.move_to(dt.datetime(2026, 3, 10, 7, tzinfo=dt.UTC))
    firm.engine.tick()
    case_id = next(one.id for one in firm.engine.cases(process="bonus") if one.data.employee == "sveta")
    (owed,) = firm.case(case_id).obligations
    assert owed.due == dt.datetime(2026, 3, 10, 15, tzinfo=dt.UTC)
    firm.take(case_id, "calculate_statement", by="system", lines=(line("salary", 30000),))
    firm.take(case_id, "approve_statement")
    firm.take(case_id, "pay_statement", by="finn", payment_ref="p-2")
    assert firm.engine.obligations(case=case_id)[0].status is ObligationStatus.MET


def test_leave_pay_is_due_three_calendar_days_before_the_leave(firm):
    payload = {"employee": "sveta", "leave_until": dt.date(2026, 3, 29)}
    begins = dt.datetime(2026, 3, 16, 6, tzinfo=dt.UTC)
    case = firm.engine.start("bonus", step="open_leave_pay", by="hilda", leave_from=begins, **payload)
    # Three days before Monday the 16th is Friday the 13th.
    assert case.obligations[0].due == dt.datetime(2026, 3, 13, 15, tzinfo=dt.UTC)
    with pytest.raises(StepRefused) as caught:
        firm.engine.start("bonus", step="open_leave_pay", by="hilda", leave_from=START, **payload)
    complete(caught.value, "in_the_past")


# -- invariants -------------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.integers(-500, 5000), min_size=1, max_size=4), min_size=1, max_size=5))
def test_the_lines_add_up_and_the_total_is_never_below_nothing(attempts):
    firm = company()
    case_id = firm.opened()
    for number, amounts in enumerate(attempts):
        lines = tuple(line(f"l{i}", rubles, n=str(number)) for i, rubles in enumerate(amounts))
        try:
            firm.take(case_id, "calculate_statement", by="system", lines=lines)
        except StepRefused:
            assert sum(amounts) < 0
        statement = firm.case(case_id).data
        if statement.lines:
            assert statement.total == sum((one.amount for one in statement.lines[1:]), start=statement.lines[0].amount)
            assert statement.total >= Money(0)
