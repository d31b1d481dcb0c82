"""Clocks: what opens, meets, cancels, pauses and resumes them, with every due instant worked out by hand.

Moscow, Monday to Friday, 09:00 to 18:00 with lunch from 13:00 to 14:00; 9 March 2026 is a day off.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from ask import (
    ANNA,
    BORIS,
    CHIEF,
    FAINA,
    HELEN,
    IVAN,
    OLGA,
    REGULATION,
    REOPENER,
    REPORT,
    Ask,
    Task,
    case_after,
    doer,
    moscow,
    taken,
)

from salesreg.calendars import Roll, Term
from salesreg.decide import ladder
from salesreg.decide.obligations import duty_days, open_obligation, with_pause, without_pause
from salesreg.decide.plan import bind, who_owes
from salesreg.process import STAGE_OWNER, Each, Obligation, ObligationStatus
from salesreg.rules import SYSTEM_ACTOR, Actor

ASKED = ("ask", ANNA, "2026-03-02 10:00", {"text": "May I?"})
ANSWERED = ("answer", HELEN, "2026-03-02 10:10", {"text": "yes"})
SENT = ("send", HELEN, "2026-03-02 10:00", {"title": "go", "case_id": "e1"})
HELD = ("pause", HELEN, "2026-03-02 11:10")


def owed(case: Any, norm: str) -> Obligation:
    (found,) = [one for one in case.obligations if one.norm == norm]
    return found


def closed(decision: Any, norm: str) -> Obligation:
    (found,) = [one for one in decision.closed if one.norm == norm]
    return found


def outcome(case: Any, step: str, by: Any, at: str, norm: str = "request.decide", **given: Any) -> str:
    return str(closed(taken(case, step, by, at, **given), norm).status)


# -- the term of a stage ----------------------------------------------------------------------------------------------


def test_entering_a_stage_starts_its_clock():
    one = owed(case_after(ASKED), "request.decide")
    assert one.id == "r1:request.decide:1"
    assert (one.role, one.person, one.term, one.clause) == ("head", None, "2 business days", "R10")
    assert (one.started_at, one.due) == (moscow("2026-03-02 10:00"), moscow("2026-03-04 18:00"))
    assert (one.status, one.provisional) == (ObligationStatus.OPEN, False)


@pytest.mark.parametrize(
    ("at", "status"),
    [("2026-03-02 10:30", "met"), ("2026-03-04 18:00", "met"), ("2026-03-04 18:01", "met_late")],
)
def test_the_owner_moving_the_case_on_meets_it_in_time_or_late(at: str, status: str):
    assert outcome(case_after(ASKED, ANSWERED), "decide", HELEN, at) == status
    deputy = Actor(BORIS, (HELEN,))
    assert outcome(case_after(ASKED, ANSWERED), "decide", deputy, at) == status


def test_somebody_elses_step_or_one_from_anywhere_cancels_it():
    assert outcome(case_after(ASKED), "repeat", ANNA, "2026-03-02 11:00") == "cancelled"
    assert outcome(case_after(ASKED), "deny", HELEN, "2026-03-02 11:00") == "cancelled"
    assert outcome(case_after(ASKED), "expire", SYSTEM_ACTOR, "2026-03-02 11:00") == "cancelled"


def test_what_was_breached_stays_breached_when_it_is_given_up():
    late = taken(case_after(ASKED), "deny", HELEN, "2026-03-04 18:01")
    assert {one.norm: str(one.status) for one in late.closed} == {
        "request.decide": "breached",
        "request.answer": "breached",
    }
    assert {one.closed_at for one in late.closed} == {moscow("2026-03-04 18:01")}
    assert late.case.obligations == ()


def test_a_person_who_owes_a_stage_meets_it_themselves_or_through_a_deputy():
    mine = case_after(SENT, ("pass_on", HELEN, "2026-03-02 10:30", {"doer": "faina"}))
    at = "2026-03-03 10:00"
    assert outcome(mine, "finish", FAINA, at, "errand.finish") == "met"
    assert outcome(mine, "finish", Actor(OLGA, (FAINA,)), at, "errand.finish") == "met"
    assert outcome(mine, "finish", HELEN, at, "errand.finish") == "cancelled"


def test_a_role_in_whose_queue_it_waits_owes_it():
    sent = case_after(SENT)
    one = owed(sent, "errand.finish")
    assert (one.role, one.person, one.due) == ("doer", None, moscow("2026-03-03 18:00"))
    assert outcome(sent, "finish", OLGA, "2026-03-03 10:00", "errand.finish") == "met"


def test_what_is_owed_passes_on_with_the_assignment_and_keeps_its_clock():
    passed = taken(case_after(SENT), "pass_on", HELEN, "2026-03-02 10:30", doer="faina")
    (one,) = passed.opened
    assert (one.role, one.person) == (None, "faina")
    assert (one.id, one.due) == ("e1:errand.finish:1", moscow("2026-03-03 18:00"))
    assert owed(passed.case, "errand.finish") == one
    assert taken(passed.case, "pass_on", HELEN, "2026-03-02 11:00", doer="faina").opened == ()


def test_a_deadline_beyond_the_decreed_calendar_is_provisional():
    asked = case_after(("ask", ANNA, "2031-03-03 10:00", {"text": "x"}))
    assert owed(asked, "request.decide").provisional
    one = owed(asked, "request.decide")
    paused = with_pause(one, moscow("2031-03-03 11:00"), REGULATION)
    assert without_pause(paused, moscow("2031-03-03 12:00"), REGULATION).provisional


# -- deadlines of their own -------------------------------------------------------------------------------------------


def test_a_deadline_runs_from_its_first_step_to_its_last():
    asked = case_after(("ask", ANNA, "2026-03-02 12:50", {"text": "x"}))
    assert owed(asked, "request.answer").due == moscow("2026-03-02 14:20"), "lunch does not count"
    assert outcome(asked, "answer", HELEN, "2026-03-02 14:20", "request.answer", text="x") == "met"
    assert outcome(asked, "answer", HELEN, "2026-03-02 14:21", "request.answer", text="x") == "met_late"
    answered = case_after(ASKED, ANSWERED)
    assert taken(answered, "answer", HELEN, "2026-03-02 11:00", text="again").closed == ()


def test_a_step_that_makes_it_pointless_cancels_it():
    seen = case_after(SENT, ("see", OLGA, "2026-03-02 11:00"))
    assert outcome(seen, "forget", HELEN, "2026-03-02 12:00", "errand.report") == "cancelled"
    assert outcome(seen, "forget", HELEN, "2026-03-02 16:00", "errand.report") == "breached"


def test_a_clock_that_runs_is_not_started_again():
    seen = case_after(SENT, ("see", OLGA, "2026-03-02 11:00"))
    assert taken(seen, "see", OLGA, "2026-03-02 12:00").opened == ()


def test_the_fact_counts_where_recording_it_lags():
    late = {"seen_at": moscow("2026-03-02 10:30")}
    seen = case_after(SENT, ("see", OLGA, "2026-03-02 16:00", late))
    one = owed(seen, "errand.report")
    assert (one.started_at, one.due) == (moscow("2026-03-02 10:30"), moscow("2026-03-02 12:30"))
    told = closed(taken(seen, "tell", OLGA, "2026-03-02 17:00", told_at=moscow("2026-03-02 12:30")), "errand.report")
    assert (told.status, told.closed_at) == (ObligationStatus.MET, moscow("2026-03-02 12:30"))
    assert outcome(seen, "tell", OLGA, "2026-03-02 17:00", "errand.report") == "met_late"


def test_a_fact_cannot_have_met_a_clock_before_it_began():
    seen = case_after(SENT, ("see", OLGA, "2026-03-02 12:00", {"seen_at": moscow("2026-03-02 10:30")}))
    early = taken(seen, "tell", OLGA, "2026-03-02 12:00", told_at=moscow("2026-03-02 10:15"))
    assert closed(early, "errand.report").closed_at == moscow("2026-03-02 10:30")


def test_what_is_recorded_later_than_tolerated_counts_from_the_record_and_is_kept_as_backdated():
    seen = case_after(SENT, ("see", OLGA, "2026-03-02 10:30"))
    said = moscow("2026-03-02 11:00")
    at_last = closed(taken(seen, "tell", OLGA, "2026-03-02 16:00", told_at=said), "errand.report")
    assert (str(at_last.status), at_last.closed_at, at_last.backdated) == ("met", said, None)
    later = closed(taken(seen, "tell", OLGA, "2026-03-02 16:01", told_at=said), "errand.report")
    assert (str(later.status), later.closed_at, later.backdated) == ("met_late", moscow("2026-03-02 16:01"), said)


def test_an_agreed_instant_is_the_deadline_and_moves_with_the_data():
    visit = moscow("2026-03-04 15:00")
    agreed = case_after(SENT, ("agree_visit", HELEN, "2026-03-02 11:00", {"visit_at": visit}))
    one = owed(agreed, "errand.visit")
    assert (one.due, one.term, one.role) == (visit, "", "head")
    moved = taken(agreed, "put_off", HELEN, "2026-03-02 12:00", visit_at=moscow("2026-03-06 15:00"))
    assert [(it.id, it.due) for it in moved.opened] == [(one.id, moscow("2026-03-06 15:00"))]
    assert outcome(moved.case, "tell", OLGA, "2026-03-05 12:00", "errand.visit") == "met"
    dropped = taken(agreed, "put_off", HELEN, "2026-03-02 12:00", visit_at=None).case
    assert (owed(dropped, "errand.visit").due, owed(dropped, "errand.visit").status) == (None, ObligationStatus.OPEN)


def test_no_instant_agreed_is_no_deadline():
    assert [one.norm for one in case_after(SENT).obligations] == ["errand.finish"]


# -- a clock for each person ------------------------------------------------------------------------------------------


def test_everybody_named_has_a_clock_of_their_own():
    asked = taken(case_after(SENT), "ask_to_read", HELEN, "2026-03-02 11:00", readers=["faina", "anna"])
    assert [(one.id, one.person, one.due) for one in asked.opened] == [
        ("e1:errand.read:2:anna", "anna", moscow("2026-03-03 18:00")),
        ("e1:errand.read:2:faina", "faina", moscow("2026-03-03 18:00")),
    ]
    read = taken(asked.case, "confirm_read", ANNA, "2026-03-03 18:00")
    assert [(one.person, str(one.status)) for one in read.closed] == [("anna", "met")]
    assert [one.person for one in read.case.obligations if one.norm == "errand.read"] == ["faina"]


def test_those_who_wait_stand_still_while_the_others_run():
    asked = case_after(SENT, ("ask_to_read", HELEN, "2026-03-02 11:00", {"readers": ["faina", "anna"]}))
    waiting = taken(asked, "confirm_read", ANNA, "2026-03-02 12:00", asking=True)
    assert [(one.person, str(one.status), one.due) for one in waiting.opened] == [("anna", "paused", None)]
    again = taken(waiting.case, "confirm_read", FAINA, "2026-03-02 14:00")
    assert [one.person for one in again.closed] == ["faina"]
    assert again.opened == ()


def test_those_named_no_more_are_let_off_and_those_still_named_run_on():
    asked = case_after(SENT, ("ask_to_read", HELEN, "2026-03-02 11:00", {"readers": ["faina", "anna"]}))
    other = taken(asked, "ask_to_read", HELEN, "2026-03-03 11:00", readers=["faina", "boris"])
    assert [(one.person, str(one.status)) for one in other.closed] == [("anna", "cancelled")]
    assert [(one.id, one.due) for one in other.opened] == [("e1:errand.read:3:boris", moscow("2026-03-04 18:00"))]


def test_those_who_never_wait_need_not_be_named():
    assert list(Each[Task](lambda task: task.readers).waiting(Task())) == []


# -- holding and resuming ---------------------------------------------------------------------------------------------


def test_a_held_clock_has_no_due_instant():
    held = taken(case_after(ASKED), "pause", HELEN, "2026-03-02 11:10")
    (one,) = held.opened
    assert (one.norm, one.status, one.due) == ("request.decide", ObligationStatus.PAUSED, None)
    assert one.pauses == ((moscow("2026-03-02 11:10"), None),)
    assert owed(held.case, "request.answer").due == moscow("2026-03-02 10:30"), "this norm is not pausable"


@pytest.mark.parametrize(
    ("resumed", "due"),
    [
        ("2026-03-02 11:10", "2026-03-04 18:00"),  # at once
        ("2026-03-02 11:11", "2026-03-05 09:01"),  # a minute later: the first of the next day
        ("2026-03-02 13:30", "2026-03-05 10:50"),  # 1:50 before lunch
        ("2026-03-03 11:10", "2026-03-05 18:00"),  # 1:50 + 4:00 + 2:10 is a day of eight hours
        ("2026-03-10 10:00", "2026-03-12 16:50"),  # 5:50, four days and 1:00: four days and 6:50 more
    ],
)
def test_a_hold_moves_the_deadline_by_the_working_time_it_lasted(resumed: str, due: str):
    back = taken(case_after(ASKED, HELD), "resume", HELEN, resumed)
    one = owed(back.case, "request.decide")
    assert (one.status, one.due) == (ObligationStatus.OPEN, moscow(due))


def test_two_holds_add_up():
    again = case_after(
        ASKED, HELD, ("resume", HELEN, "2026-03-02 12:10"),
        ("pause", HELEN, "2026-03-03 10:00"), ("resume", HELEN, "2026-03-03 12:00"),
    )  # fmt: skip
    one = owed(again, "request.decide")
    assert len(one.pauses) == 2
    assert one.due == moscow("2026-03-05 12:00"), "1:00 and 2:00 after the close of the fourth"


def test_holding_what_is_held_changes_nothing():
    assert taken(case_after(ASKED, HELD), "pause", HELEN, "2026-03-02 12:00").opened == ()
    assert taken(case_after(ASKED), "resume", HELEN, "2026-03-02 12:00").opened == ()


def test_a_breach_is_not_undone_by_a_hold():
    late = case_after(ASKED, ("pause", HELEN, "2026-03-04 18:01"))
    assert owed(late, "request.decide").due == moscow("2026-03-04 18:00")
    assert owed(late, "request.decide").status_at(moscow("2026-03-05 10:00")) is ObligationStatus.BREACHED
    nothing_left = case_after(ASKED, ("pause", HELEN, "2026-03-04 18:00"))
    assert owed(nothing_left, "request.decide").due == moscow("2026-03-04 18:00")
    a_minute_left = case_after(ASKED, ("pause", HELEN, "2026-03-04 17:59"), ("resume", HELEN, "2026-03-05 11:00"))
    assert owed(a_minute_left, "request.decide").due == moscow("2026-03-05 11:01")


def test_a_held_clock_can_be_met_and_given_up():
    held = case_after(ASKED, ANSWERED, HELD)
    assert outcome(held, "decide", HELEN, "2026-04-01 10:00") == "met"
    assert outcome(held, "deny", HELEN, "2026-04-01 10:00") == "cancelled"
    assert owed(held, "request.decide").status_at(moscow("2026-04-01 10:00")) is ObligationStatus.PAUSED


def test_a_clock_that_begins_during_a_hold_waits_for_its_end():
    decided = ("decide", HELEN, "2026-03-02 12:00")
    back = case_after(ASKED, ANSWERED, HELD, decided, ("send_back", FAINA, "2026-03-03 10:00"))
    one = owed(back, "request.decide")
    assert (one.due, one.pauses) == (None, ((moscow("2026-03-03 10:00"), None),))
    resumed = case_after(("resume", HELEN, "2026-03-04 10:00"), case=back)
    assert owed(resumed, "request.decide").due == moscow("2026-03-06 18:00"), "the fifth and a day of eight hours"


def test_a_stage_in_which_a_clock_stands_still():
    granted = case_after(ASKED, ANSWERED, ("decide", HELEN, "2026-03-02 11:00"), ("confirm", FAINA, "2026-03-02 12:00"))
    reopened = case_after(("reopen", IVAN, "2026-03-03 10:00"), case=granted)
    assert owed(reopened, "request.answer").due == moscow("2026-03-03 10:30")
    checking = case_after(("decide", HELEN, "2026-03-03 10:10"), case=reopened)
    assert owed(checking, "request.answer").status is ObligationStatus.PAUSED
    back = case_after(("send_back", FAINA, "2026-03-03 12:00"), case=checking)
    assert owed(back, "request.answer").due == moscow("2026-03-03 12:20"), "ten minutes had gone, twenty were left"
    assert outcome(checking, "answer", HELEN, "2026-03-05 12:00", "request.answer", text="x") == "met"


# -- who owes ---------------------------------------------------------------------------------------------------------


def test_who_owes_is_a_role_a_person_a_value_of_the_regulation_or_nobody():
    owner = bind(Ask, REGULATION).owner
    assert who_owes(owner(CHIEF), None) == ("chief", None)
    assert who_owes(owner(REOPENER), None) == ("chief", None)
    assert who_owes(owner(doer), Task(doer="olga")) == (None, "olga")
    assert who_owes(owner(doer), Task()) == ("doer", None)
    assert who_owes(owner(None), None) == who_owes(owner(STAGE_OWNER), None) == (None, None)


# -- the ladder -------------------------------------------------------------------------------------------------------


def rungs(obligation: Obligation) -> list[tuple[str, dt.datetime, int]]:
    return [(rung.name, rung.at, rung.above) for rung in ladder(obligation, REGULATION)]


LATER = dt.timedelta(microseconds=1)


def test_the_ladder_reminds_and_climbs_with_working_time():
    assert rungs(owed(case_after(ASKED), "request.decide")) == [
        ("remind", moscow("2026-03-04 14:00"), 0),
        ("overdue", moscow("2026-03-04 18:00") + LATER, 0),
        ("superior", moscow("2026-03-05 18:00"), 1),
        ("second_superior", moscow("2026-03-12 18:00"), 2),
    ]


def test_a_reminder_is_before_the_due_instant_however_its_term_is_signed():
    backwards = REGULATION.with_settings({"escalation.remind_before": "-4 working hours"})
    one = owed(case_after(ASKED), "request.decide")
    assert next(ladder(one, backwards)) == next(ladder(one, REGULATION))


def test_there_is_no_reminder_before_the_clock_started():
    seen = case_after(SENT, ("see", OLGA, "2026-03-02 11:00"))
    assert [name for name, _, _ in rungs(owed(seen, "errand.report"))] == ["overdue", "superior", "second_superior"]


def test_a_clock_that_stands_still_climbs_nothing():
    assert rungs(owed(case_after(ASKED, HELD), "request.decide")) == []


# -- recurring duties -------------------------------------------------------------------------------------------------


def days(term: str | None, first: str, last: str) -> list[tuple[str, str]]:
    parsed = None if term is None else Term.parse(term)
    found = duty_days(REGULATION.calendar, parsed, dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    return [(day.isoformat(), f"{opens:%d %H:%M %Z}") for day, opens in found]


def test_a_duty_falls_on_working_days_and_opens_with_them():
    assert days("each working day", "2026-03-06", "2026-03-11") == [
        ("2026-03-06", "06 06:00 UTC"),
        ("2026-03-10", "10 06:00 UTC"),
        ("2026-03-11", "11 06:00 UTC"),
    ]
    assert days("each working day", "2026-03-07", "2026-03-09") == []


def test_a_duty_whose_day_is_off_falls_on_the_next_working_day_and_two_on_one_day_are_one():
    assert [day for day, _ in days("each Monday", "2026-03-02", "2026-03-16")] == [
        "2026-03-02",
        "2026-03-10",
        "2026-03-16",
    ]
    assert [day for day, _ in days("on the 8th and 9th", "2026-03-01", "2026-03-31")] == ["2026-03-10"]


def test_a_duty_that_does_not_move_falls_on_a_day_off_from_midnight():
    monday = attrs.evolve(Term.parse("each Monday"), roll=Roll.NONE)
    found = duty_days(REGULATION.calendar, monday, dt.date(2026, 3, 9), dt.date(2026, 3, 16))
    assert list(found) == [
        (dt.date(2026, 3, 9), moscow("2026-03-09 00:00")),
        (dt.date(2026, 3, 16), moscow("2026-03-16 09:00")),
    ]
    later = duty_days(REGULATION.calendar, monday, dt.date(2026, 3, 10), dt.date(2026, 3, 16))
    assert [day.day for day, _ in later] == [16], "what was due at the end of the ninth is not the tenth's"


def test_no_term_or_no_days_is_no_duty():
    assert days(None, "2026-03-02", "2026-03-31") == []
    assert days("each working day", "2026-03-03", "2026-03-02") == []


# -- opening one by hand ----------------------------------------------------------------------------------------------


def test_an_obligation_may_be_without_a_time():
    who = (CHIEF.id, None)
    at = moscow("2026-03-02 10:00")
    bare = open_obligation(REPORT, None, case_id="c", version=3, who=who, since=at, regulation=REGULATION)
    assert (bare.id, bare.due, bare.term) == ("c:errand.report:3", None, "")
    assert without_pause(bare, at, REGULATION) is bare
    assert bare.status_at(moscow("2030-01-01 10:00")) is ObligationStatus.OPEN


def test_a_process_is_bound_to_a_regulation_once():
    other = REGULATION.with_settings({"request.decide": "3 business days"})
    assert bind(Ask, REGULATION) is bind(Ask, REGULATION)
    assert bind(Ask, other) is not bind(Ask, REGULATION)
    asked = taken(None, "ask", ANNA, "2026-03-02 10:00", text="x", regulation=other).case
    assert owed(asked, "request.decide").due == moscow("2026-03-05 18:00")
