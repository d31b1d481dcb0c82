"""Who is away: their work, their duties, their messages and who acts for them."""

from __future__ import annotations

import datetime as dt
import logging

import attrs
import pytest
from tests.processes.trade import TO_APPROVED

from salesreg.errors import DomainError, UnknownEmployee
from salesreg.rules import Absence, Delegation, Employee
from salesreg.testing.commercial import Desk
from salesreg.testing.commercial.people import ANNA, BOSS, DINA, IRINA, PETR, ROMAN, STAFF, SVETA, moscow

FIRST, LAST = dt.date(2026, 2, 2), dt.date(2026, 2, 27)


def away(who: Employee, deputy: Employee | None = None) -> Absence:
    return Absence(who.id, FIRST, LAST, None if deputy is None else deputy.id)


def firm(*absences: Absence, staff=(), delegations=()) -> Desk:
    changed = {one.id: one for one in staff}
    people = [changed.pop(one.id, one) for one in STAFF]
    return Desk(start=moscow(2), staff=[*people, *changed.values()], absences=absences, delegations=delegations)


def packages(desk: Desk, until: int) -> set[str]:
    """Whose daily requests were begun by a day of February."""
    for day in range(2, until):
        desk.at(day).engine.tick()
    return {one.data.specialist for one in desk.engine.cases("document_package")}


# -- new work ---------------------------------------------------------------------------------------------------------


def test_nobody_is_given_work_while_they_are_away_and_it_is_said_when_they_are_back():
    desk = firm(away(SVETA))
    desk.begin("assignment", "give_assignment", case="A")
    refused = desk.refused("A", "reassign_assignment", "away", responsible="sveta", reason="leave")
    assert refused.refusals[0].need == "2026-02-28"
    desk.at(28).take("A", "reassign_assignment", responsible="sveta", reason="leave", due=moscow(28, "18:00"))


def test_a_charge_is_not_put_on_somebody_who_is_away():
    desk = firm(away(SVETA))
    desk.begin("sale", "register_prospect", case="D")
    desk.refused("D", "take_over", "away", by=ROMAN, charge="owner", to="sveta")


def test_somebody_away_may_be_invited_to_a_meeting():
    firm(away(ANNA)).begin("meeting", "schedule_meeting", invited=("anna",), scheduled_at=moscow(28))


# -- duties -----------------------------------------------------------------------------------------------------------


def test_a_duty_of_somebody_away_is_not_opened_and_nothing_is_breached():
    desk = firm(away(PETR))
    assert packages(desk, 28) == {"dina"}
    assert desk.engine.obligations(owner="petr") == ()


def test_a_deputy_who_has_the_duty_already_has_it_once():
    desk = firm(away(PETR, DINA))
    assert packages(desk, 4) == {"dina"}
    assert desk.engine.count("document_package") == 2


def test_a_duty_goes_to_a_deputy_who_does_not_have_it():
    desk = firm(away(ROMAN, IRINA))
    desk.at(2, "09:00").engine.tick()
    assert any(":irina:" in one.id for one in desk.engine.cases("meeting"))
    assert not any(":roman:" in one.id for one in desk.engine.cases("meeting"))


def test_pay_falls_due_for_those_who_are_away_too():
    desk = firm(away(ANNA))
    for day in range(2, 12):
        desk.at(day).engine.tick()
    assert "anna" in {one.data.employee for one in desk.engine.cases("bonus")}


# -- deputies ---------------------------------------------------------------------------------------------------------


def test_a_deputy_acts_sees_the_tasks_and_gets_the_messages():
    desk = firm(Absence("anna", dt.date(2026, 2, 3), LAST, "sveta"))
    desk.begin("assignment", "give_assignment", case="A", responsible="anna", due=moscow(20))
    assert desk.told("A") == {"anna"}
    assert [task.case.id for task in desk.engine.tasks("sveta")] == []
    desk.at(4)
    assert [task.case.id for task in desk.engine.tasks("sveta")] == ["A"]
    desk.take("A", "extend_assignment", due=moscow(21), reason="leave")
    assert desk.told("A") >= {"anna", "sveta"}
    desk.take("A", "report_done", by=SVETA)
    assert (desk.last("A").by, desk.last("A").on_behalf_of) == ("sveta", "anna")


def test_what_is_overdue_is_told_to_the_deputy_as_well():
    desk = firm(Absence("anna", dt.date(2026, 2, 3), LAST, "sveta"))
    desk.begin("assignment", "give_assignment", case="A", responsible="anna", due=moscow(4))
    desk.at(5).engine.tick()
    assert {one.to for one in desk.notifier.delivered if (one.case, one.template) == ("A", "overdue")} == {
        "anna",
        "sveta",
    }


def test_messages_for_somebody_who_has_left_go_to_their_superior():
    gone = attrs.evolve(ANNA, left_on=dt.date(2026, 2, 4))
    desk = firm(staff=[gone])
    desk.begin("assignment", "give_assignment", case="A", responsible="anna", due=moscow(10), by=BOSS)
    desk.at(9).take("A", "extend_assignment", by=BOSS, due=moscow(12), reason="leave")
    assert desk.told("A") == {"roman"}


# -- what is void -----------------------------------------------------------------------------------------------------

DAYS = {"first_day": FIRST, "last_day": LAST}


@pytest.mark.parametrize(
    "changed",
    [{"left_on": dt.date(2026, 2, 1)}, {"hired_on": dt.date(2026, 3, 1)}],
    ids=["left last month", "hired next month"],
)
def test_nobody_acts_for_somebody_who_does_not_work_here_that_day(changed):
    for given in ({"delegations": [Delegation("roman", "petr", **DAYS)]}, {"absent": away(ROMAN, PETR)}):
        absences = [given.pop("absent")] if "absent" in given else []
        desk = firm(*absences, staff=[attrs.evolve(ROMAN, **changed)], **given)
        desk.begin("sale", "register_prospect", case="D")
        desk.refused("D", "take_over", "wrong_role", by=PETR, charge="owner", to="sveta")
    desk = firm(staff=[attrs.evolve(IRINA, **changed)], delegations=[Delegation("irina", "anna", **DAYS)])
    desk.begin("sale", "register_prospect", case="D", by=SVETA)
    desk.take("D", *TO_APPROVED[:-1], by=SVETA)
    desk.refused("D", "approve_quote", "wrong_role", by=ANNA)


def test_what_names_somebody_unknown_is_skipped_and_logged_and_locks_nobody_out(caplog):
    desk = firm(away(attrs.evolve(ROMAN, id="ghost"), ANNA), delegations=[Delegation("spectre", "anna", **DAYS)])
    with caplog.at_level(logging.WARNING, "salesreg"):
        desk.begin("sale", "register_prospect", case="D", by=ANNA)
    assert "'ghost'" in caplog.text
    assert "'spectre'" in caplog.text


def test_a_deputy_of_a_deputy_does_not_act_for_the_first():
    desk = firm(away(ROMAN, IRINA), away(IRINA, PETR))
    desk.begin("sale", "register_prospect", case="D")
    desk.refused("D", "take_over", "wrong_role", by=PETR, charge="owner", to="sveta")


def test_nobody_judges_in_the_name_of_somebody_who_stands_in_for_the_author():
    irina, boss = attrs.evolve(IRINA, roles={"head_of_commercial"}), BOSS
    desk = firm(away(ANNA, irina), away(irina, PETR), staff=[irina, boss])
    desk.begin("price_change", "adopt_base_list", case="B")
    desk.begin("price_change", "draft_proposal", case="P", by=ANNA)
    desk.take("P", "submit_proposal", by=ANNA)
    for by in (irina, PETR):
        desk.refused("P", "endorse_proposal", "same_person", by=by)


def test_who_is_able_to_take_a_step_is_said_and_that_nobody_is():
    def able(*absences: Absence) -> dict[str, tuple[str, ...]]:
        desk = firm(*absences)
        desk.begin("regulation_version", "draft_version", case="V")
        desk.take("V", "open_discussion")
        return desk.at(20).engine.able("V")

    assert able()["approve_version"] == ("boss",)
    found = able(away(BOSS, ROMAN))
    assert found["approve_version"] == (), "Roman wrote it, and may not approve it in the director's place"
    assert found["withdraw_version"] == ("roman",)
    assert "supersede_version" not in found


@pytest.mark.parametrize("roles", [["ceo", "sales_manager"], ["account_manager", "head_of_sales", "sales_manager"]])
def test_the_role_recorded_is_the_one_that_the_step_asked_for(roles):
    desk = firm(staff=[attrs.evolve(ANNA, roles=roles)])
    desk.begin("price_change", "adopt_base_list", case="B")
    desk.begin("price_change", "draft_proposal", case="P", by="anna")
    desk.take("P", "withdraw_proposal", by="anna")
    assert desk.last("P").role == "sales_manager"


# -- the system -------------------------------------------------------------------------------------------------------


def test_only_the_engine_is_the_system():
    desk = firm()
    desk.begin("assignment", "give_assignment", case="A")
    with pytest.raises(UnknownEmployee):
        desk.engine.perform("A", "report_done", {"result": "done"}, by="system")
    with pytest.raises(UnknownEmployee):
        desk.engine.hand_over("anna", to="system", by="roman")
    with pytest.raises(DomainError, match="only the engine"):
        Employee("system", "Sys", ["sales_manager"])
    desk.refused("A", "reassign_assignment", "nobody", responsible="system", reason="leave")
