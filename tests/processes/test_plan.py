"""Plans: proposed, agreed to by whom they bind, in force for their period, and one a period (R76, R103)."""

import datetime as dt
from decimal import Decimal

import pytest

from salesreg.process import ObligationStatus
from salesreg.rules import Delegation
from salesreg.testing.commercial import Desk, moscow

MARCH = {"period_start": dt.date(2026, 3, 1), "period_end": dt.date(2026, 3, 31)}


@pytest.fixture
def desk():
    return Desk(start=moscow(20))


def test_a_plan_is_agreed_to_by_the_employee_and_lives_for_its_period(desk: Desk):
    desk.begin("plan", "propose_plan", case="P", **MARCH)
    desk.refused("P", "agree_plan", "wrong_role", by="sveta")
    desk.take("P", "agree_plan")
    assert desk.closed("P") == {"plan.agree": ObligationStatus.MET}
    desk.at(28, "23:59").engine.tick()
    assert desk.stage("P") == "agreed"
    desk.at(1, "00:00", month=3).engine.tick(trust_clock=True)
    assert desk.stage("P") == "in_force"
    desk.at(31, "23:59", month=3).engine.tick(trust_clock=True)
    assert desk.stage("P") == "in_force"
    desk.at(1, "00:00", month=4).engine.tick(trust_clock=True)
    assert desk.stage("P") == "ended"


def test_a_plan_that_is_agreed_to_late_comes_into_force_at_once(desk: Desk):
    desk.begin("plan", "propose_plan", case="P", **MARCH)
    desk.at(5, month=3).engine.tick(trust_clock=True)
    desk.take("P", "agree_plan")
    desk.engine.tick(trust_clock=True)
    assert desk.stage("P") == "in_force"
    [late] = desk.engine.obligations(case="P", norm="plan.agree")
    assert (late.status, late.person) == (ObligationStatus.MET_LATE, "anna")


def test_the_team_s_plan_is_agreed_to_by_the_general_director(desk: Desk):
    team = {"employee": None, "department": "commercial", "targets": {"K1": Decimal(5_000_000)}}
    desk.begin("plan", "propose_plan", case="T", **MARCH, **team)
    desk.refused("T", "agree_plan", "wrong_role", by="anna")
    assert desk.take("T", "agree_plan", by="boss").stage == "agreed"


def test_nobody_agrees_to_figures_in_which_they_had_a_hand(desk: Desk):
    first, last = dt.date(2026, 2, 1), dt.date(2026, 3, 31)
    desk.directory._delegations += (Delegation("roman", "anna", first, last), Delegation("anna", "roman", first, last))
    desk.refused_to_begin("plan", "propose_plan", "own_plan", by="anna", **MARCH)
    desk.begin("plan", "propose_plan", case="P", **MARCH)
    desk.refused("P", "revise_plan", "same_person", by="anna")
    desk.refused("P", "agree_plan", "same_person", by="roman")
    desk.take("P", "take_over", to="anna")
    desk.refused("P", "revise_plan", "same_person", by="anna")
    desk.take("P", "take_over", to="irina", by="roman")
    desk.directory._delegations = ()
    assert desk.take("P", "agree_plan", by="anna").stage == "agreed"


def test_whoever_objects_is_heard_before_the_figures_change(desk: Desk):
    desk.begin("plan", "propose_plan", case="P", **MARCH)
    desk.take("P", "object_to_plan")
    desk.take("P", "revise_plan", targets={"K1": Decimal(250_000)})
    assert desk.take("P", "agree_plan").data.targets == {"K1": Decimal(250_000)}
    assert desk.case("P").data.objections == ("two weeks of leave",)


def test_a_plan_is_for_what_is_to_come_and_for_a_year_at_most(desk: Desk):
    day = dt.date
    january = {"period_start": day(2026, 1, 1), "period_end": day(2026, 1, 31)}
    desk.refused_to_begin("plan", "propose_plan", "period_over", **january)
    long = {"period_start": day(2026, 1, 1), "period_end": day(2027, 12, 31)}
    desk.refused_to_begin("plan", "propose_plan", "period_too_long", **long)
    desk.begin("plan", "propose_plan", period_start=day(2026, 1, 1), period_end=day(2026, 12, 31))


def test_nobody_waits_with_agreeing_until_it_is_known_whether_that_pays(desk: Desk):
    desk.begin("plan", "propose_plan", case="P", **MARCH)
    desk.at(1, "00:00", month=4).refused("P", "agree_plan", "period_over")
    assert desk.take("P", "withdraw_plan").stage == "withdrawn"


def test_there_is_one_plan_a_period_until_it_is_withdrawn(desk: Desk):
    desk.begin("plan", "propose_plan", case="P", **MARCH)
    desk.refused_to_begin("plan", "propose_plan", "planned_already", **MARCH)
    desk.take("P", "withdraw_plan")
    desk.begin("plan", "propose_plan", case="Q", **MARCH)
    april = {"period_start": dt.date(2026, 4, 1), "period_end": dt.date(2026, 4, 30)}
    desk.begin("plan", "propose_plan", case="R", **april)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"employee": None}, "whose"),
        ({"department": "commercial"}, "whose"),
        ({"by": "roman", "employee": "roman"}, "own_plan"),
        ({"period_end": dt.date(2026, 2, 1)}, "period_reversed"),
        ({"targets": {}}, "plan_without_figures"),
        ({"targets": {"K99": Decimal(1)}}, "plan_of_nothing"),
        ({"targets": {"K1": Decimal(0)}}, "plan_figure"),
        ({"targets": {"K1": Decimal("0.001")}}, "money_too_fine"),
        ({"targets": {"K6": Decimal(95)}}, "plan_figure"),
    ],
)
def test_a_plan_says_whose_it_is_for_when_and_how_much(desk: Desk, given, code):
    desk.refused_to_begin("plan", "propose_plan", code, **{**MARCH, **given})


def test_the_plan_of_somebody_who_left_is_withdrawn(desk: Desk):
    desk.begin("plan", "propose_plan", case="P", **MARCH)
    desk.take("P", "take_over", by="dora", to="irina")
    assert desk.take("P", "withdraw_plan", by="irina").stage == "withdrawn"


# -- meetings ---------------------------------------------------------------------------------------------------------


def in_force(desk: Desk, case: str, **whose: object) -> str:
    february = {"period_start": dt.date(2026, 2, 1), "period_end": dt.date(2026, 2, 28)}
    desk.begin("plan", "propose_plan", case=case, **february, **whose)
    desk.take(case, "agree_plan", by="boss" if whose else "anna")
    desk.engine.tick(trust_clock=True)
    return case


def test_a_team_meeting_works_on_the_team_s_plan_and_a_one_to_one_on_the_employee_s(desk: Desk):
    hers, team = in_force(desk, "P"), in_force(desk, "T", employee=None, department="commercial")
    soon = moscow(20, "11:00")
    desk.begin("meeting", "schedule_meeting", case="M", scheduled_at=soon)
    desk.begin("meeting", "schedule_meeting", case="O", scheduled_at=soon, kind="one_to_one")
    desk.begin("meeting", "schedule_meeting", case="S", scheduled_at=soon, kind="one_to_one", invited=("sveta",))
    desk.at(20, "11:00")
    desk.refused("M", "start_meeting", "other_plan", plan=hers)
    desk.refused("S", "start_meeting", "other_plan", plan=hers)
    desk.refused("O", "start_meeting", "other_plan", plan=team)
    assert desk.take("M", "start_meeting", basis=None, plan=team).data.basis.ref == team
    assert desk.take("O", "start_meeting", basis=None, plan=hers).data.basis.ref == hers


def test_a_meeting_works_on_no_plan_that_is_not_in_force(desk: Desk):
    desk.begin("plan", "propose_plan", case="P", **MARCH)
    desk.begin("meeting", "schedule_meeting", case="O", scheduled_at=moscow(20, "11:00"), kind="one_to_one")
    desk.at(20, "11:00").refused("O", "start_meeting", "other_plan", basis=None, plan="P")
