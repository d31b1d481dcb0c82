"""The audit: nobody looks at their own work, what is found is mended by a day, and somebody looks again (R104)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import attrs
import pytest

from salesreg.commercial.processes.audit import AuditProcess
from salesreg.commercial.roles import MANAGER
from salesreg.errors import PayloadError
from salesreg.process import Case, ObligationStatus
from salesreg.rules import Absence, Delegation, Employee
from salesreg.testing.commercial import ANNA, STAFF, Desk, moscow

GONE = Employee("gone", "Gone", [MANAGER], left_on=dt.date(2026, 1, 15))
STANDS_IN = Delegation("finn", "roman", dt.date(2026, 2, 5), dt.date(2026, 2, 5))


@pytest.fixture(params=["memory:", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Desk]:
    """Finn of finance audits the calls and inquiries of Roman, the head of sales, by Friday the 6th."""
    url = request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/audits.db"
    here = Desk(url, staff=(*STAFF, GONE), delegations=(STANDS_IN,))
    here.begin("audit", "plan_audit", case="A")
    yield here
    assert here.engine.verify() == ()
    here.engine.close()


def remedies(desk: Desk) -> list[Case[Any]]:
    """The assignments that followed from the audit, by the finding's number."""
    found = [one for one in desk.engine.cases("assignment") if one.data.audit == "A"]
    return sorted(found, key=lambda one: one.data.finding)


def reported(desk: Desk, *findings: dict[str, Any]) -> list[str]:
    """The audit is reported with those findings; the ids of their assignments."""
    desk.at(3).take("A", "begin_audit")
    for one in findings or ({},):
        desk.take("A", "record_finding", **one)
    desk.take("A", "report_audit")
    return [one.id for one in remedies(desk)]


def test_the_page_has_no_findings():
    assert AuditProcess.check() == ()


# -- who looks at whose work ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"auditor": "roman"}, "own_work"),
        ({"audited": ()}, "nobody_audited"),
        ({"audited": ("roman", "felix"), "by": "felix"}, "own_audit"),
        ({"auditor": "anna"}, "works_under"),
        ({"auditor": "gone", "audited": ("petr",)}, "not_available"),
        ({"auditor": "nobody"}, "nobody"),
        ({"scope": " "}, "blank"),
        ({"begin_by": moscow(1)}, "in_the_past"),
        ({"period_end": dt.date(2025, 12, 1)}, "period_reversed"),
        ({"period_start": dt.date(2026, 3, 1), "period_end": dt.date(2026, 3, 2)}, "nothing_yet"),
    ],
)
def test_an_audit_is_of_somebody_else_s_work_that_was_done(desk, given, code):
    desk.refused_to_begin("audit", "plan_audit", code, **{"scope": "prices", **given})


def test_whoever_works_under_a_manager_does_not_audit_them_whatever_the_roles_say(desk):
    desk.know(attrs.evolve(ANNA, manager="finn"), Employee("lev", "Lev", [MANAGER], manager="roman"))
    desk.refused_to_begin("audit", "plan_audit", "works_under", scope="prices", auditor="lev")
    assert desk.begin("audit", "plan_audit", scope="prices", auditor="anna").stage == "planned"


def test_the_head_of_sales_neither_plans_nor_stops_the_audit_of_their_work(desk):
    desk.refused_to_begin("audit", "plan_audit", "wrong_role", scope="prices", by="roman", audited=("anna",))
    desk.refused("A", "cancel_audit", "wrong_role", "same_person", by="roman")
    desk.refused("A", "postpone_audit", "wrong_role", "same_person", by="roman")


def test_whoever_stands_in_for_the_director_does_not_have_their_own_work_audited_by_a_friend(desk):
    stands_in = Delegation("boss", "roman", dt.date(2026, 2, 2), dt.date(2026, 2, 2))
    desk.directory._delegations = (*desk.directory._delegations, stands_in)
    desk.refused_to_begin("audit", "plan_audit", "own_audit", scope="prices", by="roman")
    assert desk.begin("audit", "plan_audit", scope="prices", by="roman", audited=("irina",)).data.ordered_by == "boss"


def test_the_work_of_somebody_who_left_is_audited_too(desk):
    assert desk.begin("audit", "plan_audit", scope="old deals", audited=("gone",)).data.audited == ("gone",)


def test_nobody_audited_acts_for_the_auditor(desk):
    desk.at(5).refused("A", "begin_audit", "same_person", by="roman")
    assert desk.take("A", "begin_audit", by="finn").stage == "running"


def test_the_audit_passes_to_nobody_whose_work_it_is_or_who_mends_what_was_found(desk):
    desk.refused("A", "take_over", "own_work", to="roman")
    desk.refused("A", "take_over", "own_audit", charge="ordered_by", to="roman", by="felix")
    desk.take("A", "begin_audit")
    desk.take("A", "record_finding")
    desk.refused("A", "take_over", "own_finding", to="anna")
    assert desk.take("A", "take_over", to="lena").data.auditor == "lena"


def test_what_is_audited_for_a_time_is_audited_once_until_that_is_cancelled(desk):
    desk.refused_to_begin("audit", "plan_audit", "audited_already", scope=" Calls  and INQUIRIES")
    desk.take("A", "cancel_audit")
    assert desk.begin("audit", "plan_audit", case="B").stage == "planned"


# -- it comes round ---------------------------------------------------------------------------------------------------


def test_an_audit_comes_round_and_an_auditor_is_named_in_time(desk):
    desk.at(31, "20:00", month=3).engine.tick(trust_clock=True)
    assert desk.engine.count("audit", stage="called") == 0
    desk.at(1, "09:00", month=4).engine.tick(trust_clock=True)
    (called,) = desk.engine.cases("audit", stage="called")
    (owed,) = called.obligations
    assert (owed.norm, owed.person, owed.due) == ("audit.appoint", "boss", moscow(8, "18:00", 4))
    begin_by = moscow(13, month=4)
    named = desk.take(called, "appoint_auditor", begin_by=begin_by, scope="the first quarter")
    assert (named.stage, named.data.ordered_by) == ("planned", "boss")
    assert desk.closed(called.id) == {"audit.appoint": ObligationStatus.MET}
    assert {one.norm: one.due for one in named.obligations} == {"audit.begin": begin_by}


def test_whoever_begins_late_was_late_also_if_it_is_put_off_afterwards(desk):
    desk.at(9).take("A", "postpone_audit", begin_by=moscow(12))
    desk.at(10).take("A", "begin_audit")
    verdicts = [one.status for one in desk.engine.obligations(case="A", norm="audit.begin")]
    assert sorted(verdicts) == [ObligationStatus.BREACHED, ObligationStatus.MET]
    assert desk.owed("A")["audit.report"].person == "finn"


# -- what is found ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"what": "?!"}, "blank"),
        ({"clause": " "}, "blank"),
        ({"evidence": ""}, "blank"),
        ({"responsible": "finn"}, "own_finding"),
        ({"responsible": "gone"}, "not_available"),
        ({"due": moscow(1)}, "in_the_past"),
        ({}, "found_already"),
    ],
)
def test_a_finding_has_a_clause_evidence_somebody_else_and_a_day_ahead(desk, given, code):
    desk.take("A", "begin_audit")
    desk.take("A", "record_finding")
    desk.refused("A", "record_finding", code, **{**({"what": "Another"} if given else {}), **given})


def test_somebody_on_leave_may_have_to_mend_what_was_found(desk):
    desk.directory._absences = (*desk.directory._absences, Absence("sveta", dt.date(2026, 2, 1), dt.date(2026, 2, 8)))
    (task,) = reported(desk, {"responsible": "sveta"})
    assert desk.case(task).data.responsible == "sveta"


def test_whoever_is_concerned_is_heard_and_a_withdrawn_finding_is_nobody_s_task(desk):
    desk.take("A", "begin_audit")
    desk.take("A", "record_finding")
    desk.take("A", "record_finding", what="Answer every inquiry in time", responsible="oleg")
    desk.refused("A", "object_to_finding", "not_concerned", by="sveta")
    desk.take("A", "object_to_finding", by="roman", finding=2)
    desk.take("A", "object_to_finding")
    desk.refused("A", "withdraw_finding", "wrong_role", "same_person", by="roman")
    desk.take("A", "withdraw_finding")
    desk.refused("A", "withdraw_finding", "no_such_finding")
    desk.refused("A", "object_to_finding", "no_such_finding", finding=7)
    found = desk.take("A", "report_audit").data.findings
    assert [(one.objection, one.stands) for one in found] == [
        ("I was ill that week", False),
        ("I was ill that week", True),
    ]
    assert [(one.data.finding, one.data.responsible) for one in remedies(desk)] == [(2, "oleg")]


def test_nobody_hears_of_a_finding_after_its_day(desk):
    desk.take("A", "begin_audit")
    desk.take("A", "record_finding", due=moscow(4))
    desk.at(5).refused("A", "report_audit", "due_before_report", by="finn")
    desk.take("A", "withdraw_finding", by="finn")
    desk.take("A", "record_finding", by="finn")
    assert desk.take("A", "report_audit", by="finn").stage == "follow_up"


def test_what_was_found_is_reported_and_not_made_to_vanish(desk):
    desk.take("A", "begin_audit")
    desk.take("A", "record_finding")
    desk.refused("A", "cancel_audit", "something_found")
    desk.take("A", "withdraw_finding")
    assert desk.take("A", "cancel_audit").stage == "cancelled"


def test_an_audit_that_found_nothing_goes_straight_to_whoever_ordered_it(desk):
    desk.take("A", "begin_audit", "report_audit")
    assert (desk.stage("A"), remedies(desk)) == ("followed_up", [])
    assert desk.take("A", "close_audit").stage == "closed"


# -- and mended -------------------------------------------------------------------------------------------------------


def test_each_finding_is_an_assignment_to_the_one_responsible_by_its_own_day(desk):
    reported(desk, {}, {"what": "Hold the daily meeting", "responsible": "roman", "due": moscow(20)})
    said = [(one.data.responsible, one.data.due, one.data.chair, one.data.finding) for one in remedies(desk)]
    assert said == [("anna", moscow(16), "finn", 1), ("roman", moscow(20), "finn", 2)]
    assert desk.owed("A")["audit.follow_up"].due == moscow(2, "18:00", 3)


def test_an_audit_is_not_followed_up_before_every_remedy_is_verified_or_cancelled_and_judged(desk):
    first, second = reported(desk, {}, {"what": "Hold the daily meeting", "responsible": "roman"})
    desk.refused("A", "record_verdict", "not_mended")
    desk.take(first, "report_done")
    desk.refused("A", "record_verdict", "not_mended")
    desk.take(first, "verify_assignment", by="finn")
    desk.refused("A", "record_verdict", "other_verdict", verdict="waived")
    desk.take("A", "record_verdict")
    desk.refused("A", "end_follow_up", "not_mended", "no_verdict")
    desk.take(second, "cancel_assignment", by="finn")
    desk.refused("A", "record_verdict", "other_verdict", finding=2, verdict="remedied")
    desk.take("A", "record_verdict", finding=2, verdict="waived")
    assert desk.take("A", "end_follow_up").stage == "followed_up"
    desk.refused("A", "close_audit", "wrong_role", "same_person", by="finn")
    assert desk.take("A", "close_audit").stage == "closed"
    assert desk.closed("A") == {"audit.close": ObligationStatus.MET}


def test_nobody_accepts_what_they_had_to_mend(desk):
    (task,) = reported(desk, {"responsible": "boss"})
    desk.refused(task, "verify_assignment", "wrong_stage", by="boss")
    desk.take(task, "report_done", by="boss")
    desk.refused(task, "verify_assignment", "same_person", by="boss")
    desk.take(task, "verify_assignment", by="finn")
    desk.take("A", "record_verdict", "end_follow_up")
    desk.refused("A", "close_audit", "same_person", by="boss")
    assert desk.take("A", "close_audit", by="felix").stage == "closed"


def test_whoever_ordered_it_may_have_a_finding_looked_at_again(desk):
    (task,) = reported(desk)
    desk.take(task, "report_done")
    desk.take(task, "verify_assignment", by="finn")
    desk.take("A", "record_verdict", "end_follow_up")
    desk.take("A", "reopen_finding")
    desk.refused("A", "end_follow_up", "no_verdict")
    desk.take("A", "record_verdict", verdict="remains", note="two calls are missing")
    desk.take("A", "end_follow_up", "close_audit")
    (found,) = desk.case("A").data.findings
    assert (found.verdict, found.note) == ("remains", "two calls are missing")


def test_the_follow_up_waits_for_a_remedy_that_was_put_off_and_for_whoever_takes_a_leaver_s_place(desk):
    (task,) = reported(desk)
    desk.take(task, "extend_assignment", by="finn", due=moscow(23))
    assert desk.owed("A")["audit.follow_up"].due == moscow(2, "18:00", 3)
    desk.know(attrs.evolve(ANNA, left_on=dt.date(2026, 2, 10)))
    desk.at(11).take(task, "reassign_assignment", by="finn", responsible="sveta", due=moscow(26))
    assert desk.owed("A")["audit.follow_up"].due == moscow(5, "18:00", 3)
    assert desk.case("A").data.findings[0].responsible == "anna"


def test_nobody_adds_a_remedy_to_an_audit_by_hand(desk):
    reported(desk)
    desk.refused_to_begin("assignment", "give_assignment", "of_an_audit", audit="A", finding=1)


# -- what is asked ----------------------------------------------------------------------------------------------------


def test_a_self_diagnosis_is_kept_with_its_questions_and_scored_from_the_record(desk):
    desk.take("A", "begin_audit", "record_answers")
    score = desk.case("A").data.score
    assert score.total.value == Fraction(1, 3)
    desk.take("A", "record_answers", answers={"answered": 2, "recorded": None})
    assert desk.case("A").data.score.total.value == 1


def test_answers_are_to_the_questions_and_on_the_scale(desk):
    desk.take("A", "begin_audit")
    desk.refused("A", "record_answers", "answer_to_nothing", answers={"asked": 1})
    desk.refused("A", "record_answers", "answer_off_scale", answers={"answered": 3})
    with pytest.raises(PayloadError):
        desk.take("A", "record_answers", answers={"answered": True})
