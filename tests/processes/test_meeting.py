"""The meeting, as the regulation reads: on time, one question after the other, each with a decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.commercial.domain.meetings import Basis, BasisKind, ItemState, MeetingKind, NoteKind
from salesreg.commercial.processes.meeting import MeetingProcess
from salesreg.commercial.roles import HEAD_OF_SALES, MANAGER
from salesreg.errors import PayloadError, StepRefused
from salesreg.process import Case, Obligation, ObligationStatus
from salesreg.rules import Employee
from salesreg.testing.commercial import ANNA, ROMAN, STAFF, Desk, moscow

GONE = Employee("gone", "Gone", [MANAGER], left_on=dt.date(2026, 1, 1))
PLAN = Basis(BasisKind.TEAM_PLAN, "plan-2026-02")
INDICATORS = Basis(BasisKind.INDIVIDUAL_INDICATORS, "anna-2026-01")
WORKS_ON = {MeetingKind.TEAM: PLAN, MeetingKind.ONE_TO_ONE: INDICATORS}


def before_ten(url: str = "memory:", *, also: tuple[Employee, ...] = (), **values: Any) -> Desk:
    """The department an hour before the meeting that the head of sales calls for 10:00."""
    return Desk(url, start=moscow(2, "09:00"), staff=(*STAFF, GONE, *also), **values)


@pytest.fixture(params=["memory:", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Desk]:
    here = before_ten(request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/meetings.db")
    yield here
    assert here.engine.verify() == ()
    here.engine.close()


def schedule(desk: Desk, kind: MeetingKind = MeetingKind.TEAM, case: str = "M", **given: Any) -> Case[Any]:
    return desk.begin("meeting", "schedule_meeting", case=case, kind=kind, **given)


def begin(desk: Desk, kind: MeetingKind = MeetingKind.TEAM) -> Desk:
    schedule(desk, kind)
    desk.at(2, "10:00").take("M", "start_meeting", basis=WORKS_ON.get(kind))
    return desk


def refused(desk: Desk, step: str, reasons: dict[str, str], **given: Any) -> None:
    """The step is refused for exactly these reasons, each with its clause."""
    no = desk.refused("M", step, *reasons, **given)
    assert {one.code: one.clause for one in no.refusals} == reasons


def settled(desk: Desk) -> Desk:
    """The first item is summed up, the second put off."""
    desk.take("M", "open_agenda_item", item=1)
    desk.take("M", "summarise_item", no_action="done")
    desk.take("M", "defer_item")
    return desk


def items(desk: Desk) -> list[ItemState]:
    return [item.state for item in desk.case("M").data.items]


def may(desk: Desk, person: str) -> set[str]:
    return {one.step.id for one in desk.engine.available("M", by=person) if one.allowed}


def assignments(desk: Desk) -> tuple[Case[Any], ...]:
    return tuple(desk.engine.cases(process="assignment"))


def clock_of(desk: Desk, norm: str, case: str = "M") -> Obligation:
    return next(one for one in desk.engine.obligations(case=case) if one.norm == f"meeting.{norm}")


def test_the_page_has_no_findings():
    assert MeetingProcess.check() == ()


# -- scheduling -------------------------------------------------------------------------------------------------------


def test_those_invited_and_the_chair_are_told(desk):
    schedule(desk, chair="irina")
    assert desk.told("M") == {"anna", "irina"}


def test_a_meeting_lies_in_the_future_and_has_employed_people_and_questions(desk):
    no = desk.refused_to_begin(
        "meeting", "schedule_meeting", "in_the_past", "not_available", "blank", "not_positive",
        scheduled_at=moscow(2, "08:59"), invited=("gone",), agenda=("Plan", " "), minutes=0,
    )  # fmt: skip
    assert {one.facts.get("field") for one in no.refusals} == {"scheduled_at", None, "agenda", "minutes"}


def test_people_that_nobody_knows_are_not_invited(desk):
    desk.refused_to_begin("meeting", "schedule_meeting", "nobody", invited=("nobody",))


def test_a_meeting_may_have_no_agenda_yet(desk):
    assert schedule(desk, agenda=()).data.items == ()


@pytest.mark.parametrize("invited", [(), ("roman",)])
@pytest.mark.parametrize("kind", [MeetingKind.TEAM, MeetingKind.DAILY])
def test_a_meeting_of_the_chair_alone_is_none(desk, kind, invited):
    no = desk.refused_to_begin("meeting", "schedule_meeting", "nobody_invited", kind=kind, invited=invited)
    assert no.refusals[0].got == invited


def test_a_question_stands_on_the_agenda_once_however_it_is_written(desk):
    twice = ("The plan", " the  PLAN")
    desk.refused_to_begin("meeting", "schedule_meeting", "meeting_item_twice", agenda=twice)
    schedule(desk, agenda=("The plan",))
    desk.refused("M", "add_agenda_item", "meeting_item_twice", title="THE PLAN")
    desk.take("M", "add_agenda_item", title="The plan of March")


def test_a_manager_does_not_call_meetings(desk):
    no = desk.refused_to_begin("meeting", "schedule_meeting", "wrong_role", by=ANNA, invited=("roman",))
    assert [one.clause for one in no.refusals] == ["R70"]


@pytest.mark.parametrize("invited", [(), ("anna", "sveta"), ("roman",)])
def test_a_one_to_one_is_of_two_people(invited):
    kind = MeetingKind.ONE_TO_ONE
    no = before_ten().refused_to_begin("meeting", "schedule_meeting", "not_one_to_one", kind=kind, invited=invited)
    assert [one.clause for one in no.refusals] == ["R77"]


def test_a_one_to_one_takes_thirty_minutes_unless_told_otherwise(desk):
    assert schedule(desk, MeetingKind.ONE_TO_ONE).data.minutes == 30
    assert schedule(desk, MeetingKind.ONE_TO_ONE, "M2", minutes=45).data.minutes == 45


def test_whoever_calls_a_meeting_leads_it_unless_they_name_another(desk):
    assert schedule(desk).data.chair == "roman"
    assert schedule(desk, case="M2", chair="irina").data.chair == "irina"


def test_a_meeting_is_moved_with_a_reason_and_its_clock_moves_with_it(desk):
    schedule(desk)
    reasons = {"in_the_past": "R72", "blank": "R72"}
    refused(desk, "reschedule_meeting", reasons, scheduled_at=moscow(2, "08:00"), reason="")
    desk.take("M", "reschedule_meeting", scheduled_at=moscow(3, "11:00"), reason="illness")
    assert desk.owed("M")["meeting.punctual"].due == moscow(3, "11:00")


# -- the start --------------------------------------------------------------------------------------------------------


def test_a_meeting_begins_exactly_on_time(desk):
    meeting = begin(desk).case("M").data
    assert (meeting.lateness, meeting.was_late) == (dt.timedelta(0), False)
    assert desk.closed("M")["meeting.punctual"] is ObligationStatus.MET


def test_how_late_it_was_is_on_record(desk):
    schedule(desk)
    meeting = desk.at(2, "10:00:01").take("M", "start_meeting", basis=PLAN).data
    assert (meeting.lateness, meeting.was_late) == (dt.timedelta(seconds=1), True)
    assert desk.closed("M")["meeting.punctual"] is ObligationStatus.MET_LATE


@pytest.mark.parametrize(
    ("roman", "without", "told"),
    [
        ({}, "", "dora"),  # the commercial director stands above the head of sales
        ({"manager": "boss"}, "", "boss"),
        ({"roles": [HEAD_OF_SALES, MANAGER]}, "", "dora"),
        ({}, "dora", "boss"),
    ],
)
def test_a_delay_of_the_head_of_sales_reaches_the_manager_or_else_the_superior_of_the_role(roman, without, told):
    staff = [attrs.evolve(one, **roman) if one.id == "roman" else one for one in STAFF if one.id != without]
    desk = Desk(start=moscow(2, "09:00"), staff=staff)
    schedule(desk)
    desk.at(4, "12:00").engine.tick()
    assert {one.to for one in desk.notifier.delivered if one.template == "superior"} == {told}


def test_a_start_recorded_later_counts_from_when_it_happened(desk):
    schedule(desk)
    desk.at(2, "10:30").take("M", "start_meeting", basis=PLAN, started_at=moscow(2))
    assert desk.closed("M")["meeting.punctual"] is ObligationStatus.MET


def test_a_tolerance_is_the_company_s_to_give():
    desk = before_ten(meeting__tolerance="5 minutes")
    schedule(desk)
    meeting = desk.at(2, "10:05").take("M", "start_meeting", basis=PLAN).data
    assert (meeting.lateness, meeting.was_late) == (dt.timedelta(minutes=5), False)
    assert desk.closed("M")["meeting.punctual"] is ObligationStatus.MET


@pytest.mark.parametrize(
    ("kind", "basis", "clause"),
    [
        (MeetingKind.TEAM, None, "R76"),
        (MeetingKind.TEAM, INDICATORS, "R76"),
        (MeetingKind.ONE_TO_ONE, PLAN, "R77"),
        (MeetingKind.DAILY, PLAN, "R76"),
    ],
)
def test_a_team_works_on_its_plan_and_a_one_to_one_on_indicators(kind, basis, clause):
    desk = before_ten()
    schedule(desk, kind)
    refused(desk.at(2), "start_meeting", {"other_basis": clause}, basis=basis)


def test_only_the_chair_leads(desk):
    schedule(desk)
    refused(desk.at(2), "start_meeting", {"wrong_role": "R72"}, by=ANNA, basis=PLAN)


def test_a_meeting_does_not_begin_before_it_was_called_nor_before_it_begins(desk):
    schedule(desk, MeetingKind.DAILY)
    desk.at(2, "10:30")
    refused(desk, "start_meeting", {"too_early": "R72"}, basis=None, started_at=moscow(2, "08:00"))
    refused(desk, "start_meeting", {"not_yet": "R72"}, basis=None, started_at=moscow(2, "10:31"))
    meeting = desk.take("M", "start_meeting", basis=None, started_at=moscow(2, "09:55")).data
    assert meeting.was_late is False


# -- question after question ------------------------------------------------------------------------------------------


def test_the_next_question_waits_until_the_present_one_has_a_decision(desk):
    begin(desk).take("M", "open_agenda_item", item=1)
    refused(desk, "open_agenda_item", {"item_unsettled": "R74"}, item=2)
    refused(desk, "summarise_item", {"agenda_item_undecided": "R74"})
    desk.take("M", "record_decision", "summarise_item")
    desk.take("M", "open_agenda_item", item=2)
    assert items(desk) == [ItemState.SUMMARISED, ItemState.DISCUSSING]


def test_nothing_to_be_done_is_said_explicitly(desk):
    begin(desk).take("M", "open_agenda_item", item=1)
    reasons = {"blank": "R74", "agenda_item_undecided": "R74"}
    refused(desk, "summarise_item", reasons, summary="", no_action=" ")
    meeting = desk.take("M", "summarise_item", no_action="for information").data
    assert meeting.items[0].no_action == "for information"
    assert assignments(desk) == ()


def test_a_decision_has_a_task_a_time_and_a_person(desk):
    begin(desk).take("M", "open_agenda_item", item=1)
    lacking = {"blank": "R74", "nobody_responsible": "R74", "no_time": "R74"}
    refused(desk, "record_decision", lacking, what=" ", due=None, responsible=())
    reasons = {"in_the_past": "R74", "not_available": "R74"}
    refused(desk, "record_decision", reasons, due=moscow(2), responsible=("gone",))


@pytest.mark.parametrize("due", ["2026-02-03", dt.date(2026, 2, 3), "2026-02-03T12:00:00"])
def test_a_date_without_a_time_or_a_zone_is_no_time(due):
    desk = begin(before_ten())
    desk.take("M", "open_agenda_item", item=1)
    with pytest.raises(PayloadError, match="due"):
        desk.take("M", "record_decision", due=due)


@pytest.mark.parametrize("step", ["record_decision", "summarise_item", "record_note"])
def test_decisions_notes_and_summaries_belong_to_a_question(step):
    refused(begin(before_ten()), step, {"no_item": "R75" if step == "record_note" else "R74"})


@pytest.mark.parametrize("item", [0, 3, 1])
def test_only_a_question_of_the_agenda_is_opened_and_only_once(item):
    desk = begin(before_ten())
    desk.take("M", "open_agenda_item", item=1)
    desk.take("M", "summarise_item", no_action="done")
    refused(desk, "open_agenda_item", {"no_such_item": "R73"}, item=item)


def test_whoever_is_invited_adds_a_question_with_a_timebox(desk):
    begin(desk)
    refused(desk, "add_agenda_item", {"not_positive": "R73"}, by=ANNA, timebox=0)
    refused(desk, "add_agenda_item", {"blank": "R73"}, by=ANNA, title=" ")
    desk.take("M", "add_agenda_item", by=ANNA, title="Quotes", timebox=5)
    desk.take("M", "open_agenda_item", item=3)
    desk.at(2, "10:09").take("M", "record_decision", "summarise_item")
    assert desk.case("M").data.items[2].overrun == dt.timedelta(minutes=4)


def test_feedback_is_recorded_under_its_question(desk):
    begin(desk).take("M", "open_agenda_item", item=1)
    desk.take("M", "record_note", by=ANNA, kind=NoteKind.FEEDBACK, text="good script")
    (note,) = desk.case("M").data.items[0].notes
    assert (note.kind, note.text, note.by) == (NoteKind.FEEDBACK, "good script", "anna")
    refused(desk, "record_note", {"blank": "R75"}, kind=NoteKind.FEEDBACK, text=" ")


@pytest.mark.parametrize("kind", [NoteKind.DISCUSSION, NoteKind.FEEDBACK])
def test_a_daily_meeting_has_room_for_clarifications_only(kind):
    desk = begin(before_ten(), MeetingKind.DAILY)
    desk.take("M", "open_agenda_item", item=1)
    refused(desk, "record_note", {"only_clarifications": "R75"}, kind=kind, text="I think")
    desk.take("M", "record_note", kind=NoteKind.CLARIFICATION, text="which client?")


def test_a_question_is_put_off_with_a_reason_and_may_be_taken_up_again(desk):
    begin(desk)
    refused(desk, "defer_item", {"blank": "R74"}, reason="")
    desk.take("M", "open_agenda_item", item=2)
    desk.take("M", "defer_item", reason="no figures")
    assert items(desk) == [ItemState.OPEN, ItemState.DEFERRED]
    desk.take("M", "open_agenda_item", item=2)
    desk.take("M", "summarise_item", no_action="figures came")
    desk.take("M", "defer_item")
    assert desk.case("M").data.unfinished == ()
    refused(desk, "defer_item", {"nothing_open": "R74"})


# -- the end ----------------------------------------------------------------------------------------------------------


def test_a_meeting_with_an_open_question_is_not_closed(desk):
    refused(begin(desk), "close_meeting", {"items_open": "R74"}, totals="120 %")


def test_a_team_meeting_ends_with_the_team_s_results(desk):
    settled(begin(desk))
    refused(desk, "close_meeting", {"no_totals": "R76"}, totals=" ")
    assert desk.take("M", "close_meeting", totals="plan met").stage == "closed"
    assert desk.told("M") == {"anna"}


def test_a_meeting_that_outlasts_its_time_is_a_recommendation_not_kept(desk):
    settled(begin(desk, MeetingKind.ONE_TO_ONE))
    assert desk.owed("M")["meeting.length"].due == moscow(2, "10:30")
    desk.at(2, "10:40").take("M", "close_meeting")
    assert desk.closed("M")["meeting.length"] is ObligationStatus.MET_LATE


def test_a_meeting_is_cancelled_before_it_begins_with_a_reason(desk):
    schedule(desk)
    refused(desk, "cancel_meeting", {"blank": "R70"}, reason=" ")
    desk.take("M", "cancel_meeting", reason="fire drill")
    assert desk.closed("M")["meeting.punctual"] is ObligationStatus.CANCELLED


def test_a_meeting_that_puts_off_every_item_has_settled_nothing_and_is_cancelled(desk):
    begin(desk).take("M", "defer_item", "defer_item")
    refused(desk, "close_meeting", {"nothing_settled": "R74"})
    desk.take("M", "cancel_meeting", reason="no figures")
    assert desk.stage("M") == "cancelled"
    assert desk.closed("M")["meeting.length"] is ObligationStatus.CANCELLED


def test_a_meeting_that_has_settled_something_is_not_cancelled(desk):
    refused(settled(begin(desk)), "cancel_meeting", {"summarised": "R70"})


def test_a_stranger_says_nothing_in_a_one_to_one_but_its_two_people_and_their_superiors_do():
    inna = attrs.evolve(ANNA, id="inna", full_name="Inna", manager="dora")
    desk = before_ten(also=(inna,))
    schedule(desk, MeetingKind.ONE_TO_ONE, invited=("inna",), agenda=("Figures",))
    said = {"kind": NoteKind.FEEDBACK, "text": "well done"}
    refused(desk, "add_agenda_item", {"not_invited": "R73"}, by="sveta")
    desk.at(2, "10:00").take("M", "start_meeting", basis=INDICATORS)
    desk.take("M", "open_agenda_item", item=1)
    for stranger in ("sveta", "irina", "boss", "finn"):
        refused(desk, "record_note", {"not_invited": "R75"}, by=stranger, **said)
        assert "record_note" not in may(desk, stranger)
    for person in ("inna", "roman", "dora"):  # Dora is Inna's manager, and above Roman
        assert "record_note" in may(desk, person)
        desk.take("M", "record_note", by=person, **said)
    assert [note.by for note in desk.case("M").data.items[0].notes] == ["inna", "roman", "dora"]


def test_where_nobody_is_named_as_manager_the_superior_of_the_role_may_speak():
    desk = before_ten()
    schedule(desk, MeetingKind.ONE_TO_ONE, by="irina", chair="irina", invited=("oleg",), agenda=("Calls",))
    assert "add_agenda_item" in may(desk, "roman")  # head of sales, above a cold caller
    assert "add_agenda_item" not in may(desk, "dora")


def test_whoever_holds_an_invited_role_takes_part_in_a_meeting_of_the_calendar(desk):
    desk.begin("meeting", "convene_meeting", case="M")
    assert {one.id for one in STAFF if "add_agenda_item" in may(desk, one.id)} == {"anna", "sveta", "roman", "dora"}


def test_a_meeting_to_which_nobody_came_is_on_record(desk):
    schedule(desk)
    refused(desk, "record_no_show", {"blank": "R72", "too_early.no_show": "R72"}, reason="")
    desk.at(2, "10:30").take("M", "record_no_show", reason="the chair did not come")
    assert desk.stage("M") == "no_show"


# -- decisions become assignments -------------------------------------------------------------------------------------


def test_each_person_of_each_decision_has_an_assignment_of_their_own_in_the_same_transaction(desk):
    begin(desk).take("M", "open_agenda_item", item=1)
    desk.take("M", "record_decision", responsible=("anna", "sveta", "anna"))
    desk.take("M", "record_decision", what="Order badges", due=moscow(6, "09:00"), responsible=("sveta",))
    assert assignments(desk) == ()
    desk.take("M", "summarise_item")
    given = {(case.data.what, case.data.responsible, case.data.due) for case in assignments(desk)}
    assert given == {
        ("Call Romashka", "anna", moscow(3, "12:00")),
        ("Call Romashka", "sveta", moscow(3, "12:00")),
        ("Order badges", "sveta", moscow(6, "09:00")),
    }
    assert {case.data.chair for case in assignments(desk)} == {"roman"}
    assert len(tuple(desk.engine.cases(process="assignment", parent="M"))) == 3
    assert [one.due for one in desk.engine.obligations(owner="anna", status="open")] == [moscow(3, "12:00")]


def test_another_question_gives_out_its_own_decisions_only(desk):
    begin(desk).take("M", "open_agenda_item", item=1)
    desk.take("M", "record_decision", "summarise_item")
    desk.take("M", "open_agenda_item", item=2)
    desk.take("M", "record_decision", what="Second")
    desk.take("M", "summarise_item")
    assert sorted(case.data.what for case in assignments(desk)) == ["Call Romashka", "Second"]


def test_a_decision_is_given_out_however_long_the_summary_takes(desk):
    begin(desk, MeetingKind.DAILY).take("M", "open_agenda_item", item=1)
    desk.take("M", "record_decision", due=moscow(2, "10:10"))
    desk.at(2, "10:20").take("M", "summarise_item")
    [task] = assignments(desk)
    assert (task.stage, task.data.responsible, task.data.due) == ("assigned", "anna", moscow(2, "10:10"))
    [owed] = desk.engine.obligations(case=task.id)
    assert owed.status is ObligationStatus.BREACHED


def test_an_item_with_a_decision_is_summed_up_and_not_put_off(desk):
    begin(desk).take("M", "open_agenda_item", item=1)
    desk.take("M", "record_decision")
    refused(desk, "defer_item", {"decided": "R74"})
    desk.take("M", "summarise_item")
    assert len(assignments(desk)) == 1


# -- the management calendar ------------------------------------------------------------------------------------------


def held(desk: Desk, kind: MeetingKind) -> list[dt.datetime]:
    return sorted(case.data.scheduled_at for case in desk.engine.cases(process="meeting") if case.data.kind is kind)


def test_the_calendar_convenes_each_meeting_once_on_its_days(desk):
    for day in (2, 3, 4, 5, 6, 7, 8):
        for clock in ("09:00", "09:00", "17:00"):
            desk.at(day, clock).engine.tick()
    assert held(desk, MeetingKind.TEAM) == [moscow(2, "10:00")]
    assert held(desk, MeetingKind.DAILY) == [moscow(day, "09:15") for day in (2, 3, 4, 5, 6)]
    assert held(desk, MeetingKind.ONE_TO_ONE) == [moscow(6, "15:00")] * 2


def test_a_week_without_a_tick_is_made_up_for_and_what_was_missed_is_breached(desk):
    desk.at(16, "09:00").engine.tick()
    desk.at(24, "09:00").engine.tick()  # the 23rd is a holiday
    assert held(desk, MeetingKind.DAILY) == [moscow(day, "09:15") for day in (16, 17, 18, 19, 20, 24)]
    assert held(desk, MeetingKind.TEAM) == [moscow(16), moscow(24)]
    missed = desk.engine.obligations(status="breached")
    assert len([one for one in missed if one.norm == "meeting.punctual"]) == 8


def test_the_whole_team_is_told_of_a_meeting_of_the_calendar(desk):
    desk.engine.tick()
    daily = next(c.id for c in desk.engine.cases(process="meeting") if c.data.kind is MeetingKind.DAILY)
    assert desk.told(daily) == {"anna", "sveta", "roman"}


def test_whoever_begins_a_meeting_of_the_calendar_is_its_chair(desk):
    desk.at(6, "09:00").engine.tick()
    theirs = next(c.id for c in desk.engine.cases(process="meeting") if "anna" in c.data.invited)
    assert clock_of(desk, "punctual", theirs).role == HEAD_OF_SALES.id
    meeting = desk.at(6, "15:00").take(theirs, "start_meeting", basis=INDICATORS, present=("anna",)).data
    assert (meeting.chair, meeting.present) == ("roman", ("roman", "anna"))


def test_a_meeting_is_found_by_its_chair_and_by_those_invited():
    found = {name: read(schedule(before_ten()).data) for name, read in MeetingProcess.searchable.items()}
    assert found == {"chair": ROMAN.id, "invited": ("anna",)}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["open1", "open2", "decide", "sum", "none", "defer", "close"]), max_size=12))
def test_no_order_of_steps_leaves_a_question_without_a_decision(steps):
    desk = begin(before_ten())
    ways: dict[str, tuple[str, dict[str, Any]]] = {
        "open1": ("open_agenda_item", {"item": 1}),
        "open2": ("open_agenda_item", {"item": 2}),
        "decide": ("record_decision", {}),
        "sum": ("summarise_item", {}),
        "none": ("summarise_item", {"no_action": "nothing"}),
        "defer": ("defer_item", {}),
        "close": ("close_meeting", {}),
    }
    for name in steps:
        step, payload = ways[name]
        try:
            desk.take("M", step, **payload)
        except StepRefused:
            continue
        meeting = desk.case("M")
        states = items(desk)
        assert states.count(ItemState.DISCUSSING) <= 1
        summed_up = [item for item in meeting.data.items if item.state is ItemState.SUMMARISED]
        assert all(item.decisions or item.no_action for item in summed_up)
        assert len(assignments(desk)) == sum(len(item.decisions) for item in summed_up)
        assert meeting.stage != "closed" or meeting.data.unfinished == ()
