"""The assignment, as the regulation reads: one person, one instant, a result on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from salesreg.commercial.processes.assignment import AssignmentProcess
from salesreg.commercial.roles import MANAGER
from salesreg.process import Obligation, ObligationStatus
from salesreg.rules import SYSTEM_ACTOR, Delegation, Employee
from salesreg.testing.commercial import ANNA, BOSS, ROMAN, STAFF, SVETA, Desk, moscow

GONE = Employee("gone", "Gone", [MANAGER], left_on=dt.date(2026, 1, 1))
AWAY = Delegation("anna", "sveta", dt.date(2026, 2, 5), dt.date(2026, 2, 5))


@pytest.fixture(params=["memory:", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Desk]:
    """The head of sales has asked Anna to call Romashka by Wednesday the 4th, 12:30."""
    url = request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/assignments.db"
    here = Desk(url, staff=(*STAFF, GONE), delegations=(AWAY,))
    here.begin("assignment", "give_assignment", case="T")
    yield here
    assert here.engine.verify() == ()
    here.engine.close()


def clocks(desk: Desk, norm: str = "on_time", case: str = "T") -> list[Obligation]:
    return [one for one in desk.engine.obligations(case=case) if one.norm == f"assignment.{norm}"]


def refused(desk: Desk, step: str, reasons: dict[str, str], **given: Any) -> None:
    """The step is refused for exactly these reasons, each with its clause."""
    no = desk.refused("T", step, *reasons, **given)
    assert {one.code: one.clause for one in no.refusals} == reasons


def sent(desk: Desk) -> set[tuple[str, str]]:
    """Everything that anybody has been told of the assignment so far: to whom, and of what."""
    desk.engine.tick()
    return {(message.to, message.template) for message in desk.notifier.delivered if message.case == "T"}


def test_the_page_has_no_findings():
    assert AssignmentProcess.check() == ()


def test_an_assignment_is_due_at_its_own_instant(desk):
    (one,) = clocks(desk)
    assert (one.due, one.person, one.role, one.term) == (moscow(4, "12:30"), "anna", None, "")


def test_an_assignment_has_a_task_a_future_and_an_employed_person(desk):
    no = desk.refused_to_begin(
        "assignment", "give_assignment", "blank", "not_available", "in_the_past",
        what=" ", due=moscow(2), responsible="gone",
    )  # fmt: skip
    assert {one.clause for one in no.refusals} == {"R74"}
    desk.refused_to_begin("assignment", "give_assignment", "nobody", responsible="nobody")


def test_what_a_meeting_has_decided_is_given_out_also_after_its_time(desk):
    late = desk.begin("assignment", "give_assignment", case="T2", by=SYSTEM_ACTOR, due=moscow(2), chair="roman")
    assert (late.stage, late.data.chair) == ("assigned", "roman")


def test_what_a_meeting_has_decided_stands_though_somebody_has_left_since(desk):
    given = desk.begin("assignment", "give_assignment", case="T2", by=SYSTEM_ACTOR, responsible="gone", chair="roman")
    assert (given.stage, given.data.responsible) == ("assigned", "gone")
    desk.take("T2", "reassign_assignment", by=ROMAN, responsible="sveta", reason="he has left")
    desk.refused_to_begin("assignment", "give_assignment", "not_available", chair="gone")


def test_a_manager_gives_no_assignments(desk):
    no = desk.refused_to_begin("assignment", "give_assignment", "wrong_role", by=ANNA)
    assert [one.clause for one in no.refusals] == ["R74"]


def test_the_one_responsible_is_told_at_assignment_before_it_is_due_and_when_it_is_overdue(desk):
    assert desk.told("T") == {"anna"}
    desk.at(4, "08:30")
    assert ("anna", "remind") in sent(desk)
    desk.at(4, "12:31")
    assert ("anna", "overdue") in sent(desk)
    assert clocks(desk)[0].status is ObligationStatus.BREACHED


def test_an_assignment_is_done_when_its_result_is_on_record_and_the_chair_is_told(desk):
    refused(desk, "report_done", {"blank": "R74"}, result=" ")
    refused(desk, "report_done", {"wrong_role": "R74"}, by=SVETA)
    desk.take("T", "report_done")
    assert (desk.stage("T"), desk.closed("T")["assignment.on_time"]) == ("done", ObligationStatus.MET)
    assert desk.case("T").data.result == "they want an audit"
    assert desk.told("T") == {"roman"}


def test_at_its_very_instant_it_is_in_time_and_after_it_late(desk):
    desk.begin("assignment", "give_assignment", case="T2", due=moscow(4, "12:31"))
    desk.at(4, "12:30").take("T", "report_done")
    assert desk.closed("T")["assignment.on_time"] is ObligationStatus.MET
    desk.at(4, "12:32").take("T2", "report_done")
    assert desk.closed("T2")["assignment.on_time"] is ObligationStatus.MET_LATE


def test_what_was_done_in_time_may_be_recorded_later_but_not_before_it_is_done(desk):
    desk.at(4, "14:00")
    refused(desk, "report_done", {"not_yet": "R74"}, done_at=moscow(4, "14:01"))
    desk.take("T", "report_done", done_at=moscow(4, "12:20"))
    assert desk.closed("T")["assignment.on_time"] is ObligationStatus.MET


def test_what_is_said_to_have_been_done_in_time_and_recorded_long_after_is_late(desk):
    desk.at(6).take("T", "report_done", done_at=moscow(4))
    [one] = [one for one in desk.last("T").closed if one.norm == "assignment.on_time"]
    assert (one.status, one.closed_at, one.backdated) == (ObligationStatus.MET_LATE, moscow(6), moscow(4))


def test_nothing_is_done_before_it_was_given_or_given_back(desk):
    given = desk.engine.history("T")[0].at
    refused(desk, "report_done", {"too_early": "R74"}, done_at=given - dt.timedelta(minutes=1))
    desk.later(dt.timedelta(hours=1))
    desk.take("T", "report_done", "return_assignment")
    again = desk.clock.now()
    desk.later(dt.timedelta(hours=1))
    refused(desk, "report_done", {"too_early": "R74"}, done_at=again - dt.timedelta(minutes=1))
    desk.take("T", "report_done", done_at=again)


def test_a_deputy_reports_for_the_absent(desk):
    desk.at(5).take("T", "report_done", by=SVETA)
    assert (desk.stage("T"), desk.last("T").on_behalf_of) == ("done", "anna")


def test_the_chair_verifies_in_time(desk):
    desk.take("T", "report_done")
    assert desk.owed("T")["assignment.verified"].due == moscow(4, "18:00")
    refused(desk, "verify_assignment", {"wrong_role": "R74"}, by=SVETA)
    assert desk.take("T", "verify_assignment").stage == "verified"
    assert desk.closed("T")["assignment.verified"] is ObligationStatus.MET


def test_nobody_verifies_their_own_assignment(desk):
    desk.begin("assignment", "give_assignment", case="T2", responsible="roman")
    desk.take("T2", "report_done", by=ROMAN)
    assert [one.clause for one in desk.refused("T2", "verify_assignment", "same_person").refusals] == ["R95"]
    assert desk.take("T2", "verify_assignment", by=BOSS).stage == "verified"


def test_whoever_reported_it_done_does_not_verify_it_though_they_have_passed_it_on_since(desk):
    desk.take("T", "report_done")
    desk.take("T", "take_over", by=ROMAN, charge="responsible", to="sveta")
    desk.take("T", "take_over", by="dora", charge="chair", to="anna")
    refused(desk, "verify_assignment", {"same_person": "R95"}, by=ANNA)


def test_a_result_that_does_not_do_is_given_back_with_a_reason_and_a_new_time(desk):
    desk.take("T", "report_done")
    refused(desk, "return_assignment", {"blank": "R74", "in_the_past": "R74"}, reason=" ", due=moscow(1))
    task = desk.take("T", "return_assignment", reason="no figures", due=moscow(5, "12:00"))
    assert (task.stage, task.data.result, task.data.returns) == ("assigned", None, ("no figures",))
    assert [one.due for one in clocks(desk)] == [moscow(4, "12:30"), moscow(5, "12:00")]


def test_an_extension_has_a_reason_is_counted_and_moves_the_clock(desk):
    reasons = {"blank": "R74", "extension_not_later": "R74"}
    refused(desk, "extend_assignment", reasons, due=moscow(4, "12:30"), reason="")
    desk.take("T", "extend_assignment", due=moscow(5), reason="client away")
    desk.take("T", "extend_assignment", due=moscow(6), reason="still away")
    assert len(desk.case("T").data.extensions) == 2
    (one,) = clocks(desk)
    assert (one.due, one.status) == (moscow(6), ObligationStatus.OPEN)
    desk.at(4, "13:00").engine.tick()
    assert clocks(desk)[0].status is ObligationStatus.OPEN


def test_only_the_chair_extends(desk):
    refused(desk, "extend_assignment", {"wrong_role": "R74"}, by=ANNA)


def test_an_assignment_is_passed_on_with_its_clock_and_both_are_told(desk):
    reasons = {"blank": "R74", "same_person.responsible": "R74"}
    refused(desk, "reassign_assignment", reasons, responsible="anna", reason="")
    refused(desk, "reassign_assignment", {"not_available": "R74"}, responsible="gone")
    desk.take("T", "reassign_assignment", responsible="sveta", reason="leave")
    (one,) = clocks(desk)
    assert (one.person, one.due, desk.case("T").data.former) == ("sveta", moscow(4, "12:30"), "anna")
    assert desk.told("T") == {"anna", "sveta"}
    refused(desk, "report_done", {"wrong_role": "R74"}, by=ANNA)


def test_a_cancelled_assignment_is_owed_by_nobody(desk):
    refused(desk, "cancel_assignment", {"blank": "R74"}, reason="")
    desk.take("T", "cancel_assignment", reason="client closed down")
    assert (desk.stage("T"), clocks(desk)[0].status) == ("cancelled", ObligationStatus.CANCELLED)


def test_an_assignment_is_found_by_whoever_owes_it_and_by_whoever_gave_it(desk):
    data = desk.case("T").data
    assert {name: read(data) for name, read in AssignmentProcess.searchable.items()} == {
        "owner": "anna",
        "chair": "roman",
    }


def test_what_an_extension_takes_does_not_grow_with_those_before_it(desk):
    for hours in range(300):
        desk.take("T", "extend_assignment", due=moscow(5) + dt.timedelta(hours=hours))
    sizes = [len(event.body) for event in desk.engine._store.events("T")]
    assert max(sizes[50:]) < 1.02 * max(sizes[:50])
    assert len(desk.case("T").data.extensions) == 300
    assert desk.engine.verify() == ()
