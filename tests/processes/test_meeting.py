"""The meeting, as the regulation reads: on time, one question after the other, each with a decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg import open_engine
from salesreg.adapters.memory import MemoryDirectory
from salesreg.domain.meetings import Basis, BasisKind, ItemState, MeetingKind, NoteKind
from salesreg.domain.people import Employee, Role
from salesreg.errors import PayloadError, StepRefused
from salesreg.processes import Case, ObligationStatus
from salesreg.processes.meeting import Meeting
from salesreg.regulations import example
from salesreg.testing import ManualClock, RecordingNotifier

MOSCOW = dt.timezone(dt.timedelta(hours=3))
HEAD = Employee("head", "Gleb", [Role.HEAD_OF_SALES])
ANNA = Employee("anna", "Anna", [Role.SALES_MANAGER], email="anna@example.com")
BORIS = Employee("boris", "Boris", [Role.SALES_MANAGER])
GONE = Employee("gone", "Gone", [Role.SALES_MANAGER], left_on=dt.date(2026, 1, 1))
PEOPLE = (HEAD, ANNA, BORIS, GONE)
PLAN = Basis(BasisKind.TEAM_PLAN, "plan-2026-03")
INDICATORS = Basis(BasisKind.INDIVIDUAL_INDICATORS, "anna-2026-02")


def moscow(day: int, clock: str = "10:00") -> dt.datetime:
    """An instant of March 2026; the 2nd is a Monday, and the 9th is off."""
    return dt.datetime.combine(dt.date(2026, 3, day), dt.time.fromisoformat(clock), MOSCOW)


class Room:
    """One meeting, chaired by the head unless told otherwise."""

    def __init__(self, url: str = "memory:", **settings: object) -> None:
        self.clock = ManualClock(moscow(2, "09:00"))
        self.notifier = RecordingNotifier()
        self.engine = open_engine(
            url,
            regulation=example().with_settings(settings),
            directory=MemoryDirectory(PEOPLE),
            clock=self.clock,
            notifier=self.notifier,
        )
        self.id = ""

    def at(self, day: int, clock: str = "10:00") -> Room:
        self.clock.move_to(moscow(day, clock))
        return self

    def schedule(self, kind: MeetingKind = MeetingKind.TEAM, **payload: object) -> Room:
        usual = {"scheduled_at": moscow(2), "invited": ["anna"], "agenda": ["Plan", "Leads"]}
        self.id = self.engine.start("meeting", step="schedule_meeting", by="head", kind=kind, **{**usual, **payload}).id
        return self

    def do(self, *steps: str, by: str = "head", **payload: object) -> Room:
        usual: dict[str, dict[str, object]] = {
            "record_decision": {"what": "Call Romashka", "due": moscow(3, "12:00"), "responsible": ["anna"]},
            "summarise_item": {"summary": "agreed"},
        }
        for step in steps:
            self.engine.perform(self.id, step, by=by, **{**usual.get(step, {}), **payload})
        return self

    def begin(self, kind: MeetingKind = MeetingKind.TEAM) -> Room:
        basis = {MeetingKind.TEAM: PLAN, MeetingKind.ONE_TO_ONE: INDICATORS}.get(kind)
        return self.schedule(kind).at(2).do("start_meeting", basis=basis)

    @property
    def case(self) -> Case[Any]:
        return self.engine.case(self.id)

    @property
    def assignments(self) -> tuple[Case[Any], ...]:
        return self.engine.cases(process="assignment")

    def clock_of(self, norm: str) -> Any:
        return next(one for one in self.engine.obligations(case=self.id) if one.norm == f"meeting.{norm}")

    def refused(self, step: str, by: str = "head", **payload: object) -> dict[str, str | None]:
        before = self.case
        with pytest.raises(StepRefused) as no:
            self.do(step, by=by, **payload)
        assert self.case == before
        assert all(refusal.ru for refusal in no.value.refusals)
        return {refusal.code: refusal.clause for refusal in no.value.refusals}


@pytest.fixture(params=["memory:", "sqlite"])
def room(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Room]:
    here = Room(request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/meetings.db")
    yield here
    assert here.engine.verify() == ()
    here.engine.close()


def test_the_page_has_no_findings():
    assert Meeting.check() == ()


# -- scheduling -------------------------------------------------------------------------------------------------------


def test_those_invited_are_told(room):
    room.schedule().engine.tick()
    assert ("anna", "schedule_meeting") in {(message.to, message.template) for message in room.notifier.delivered}


def test_a_meeting_lies_in_the_future_and_has_employed_people_and_questions(room):
    with pytest.raises(StepRefused) as no:
        room.schedule(scheduled_at=moscow(2, "08:59"), invited=["gone"], agenda=[" "], minutes=0)
    assert {(one.code, one.clause) for one in no.value.refusals} == {
        ("in_the_past", "R72"),
        ("not_available", "R70"),
        ("no_question", "R73"),
        ("no_time", "R73"),
    }


def test_a_manager_does_not_call_meetings(room):
    with pytest.raises(StepRefused, match="R70"):
        room.engine.start("meeting", step="schedule_meeting", by="anna", kind="team", scheduled_at=moscow(3))


@pytest.mark.parametrize("invited", [[], ["anna", "boris"], ["head"]])
def test_a_one_to_one_is_of_two_people(invited):
    with pytest.raises(StepRefused) as no:
        Room().schedule(MeetingKind.ONE_TO_ONE, invited=invited)
    assert [(one.code, one.clause) for one in no.value.refusals] == [("not_one_to_one", "R77")]


def test_a_one_to_one_takes_thirty_minutes_unless_told_otherwise(room):
    assert room.schedule(MeetingKind.ONE_TO_ONE).case.data.minutes == 30
    assert room.schedule(MeetingKind.ONE_TO_ONE, minutes=45).case.data.minutes == 45


def test_a_meeting_is_moved_with_a_reason_and_its_clock_moves_with_it(room):
    room.schedule()
    assert room.refused("reschedule_meeting", scheduled_at=moscow(2, "08:00"), reason="") == {
        "no_reason": "R72",
        "in_the_past": "R72",
    }
    room.do("reschedule_meeting", scheduled_at=moscow(3, "11:00"), reason="illness")
    assert room.clock_of("punctual").due == moscow(3, "11:00")


# -- the start --------------------------------------------------------------------------------------------------------


def test_a_meeting_begins_exactly_on_time(room):
    room.begin()
    assert (room.case.data.lateness, room.case.data.was_late) == (dt.timedelta(0), False)
    assert room.clock_of("punctual").status is ObligationStatus.MET


def test_how_late_it_was_is_on_record(room):
    room.schedule().at(2, "10:07").do("start_meeting", basis=PLAN)
    assert (room.case.data.lateness, room.case.data.was_late) == (dt.timedelta(minutes=7), True)
    assert room.clock_of("punctual").status is ObligationStatus.MET_LATE


def test_a_start_recorded_later_counts_from_when_it_happened(room):
    room.schedule().at(2, "10:30").do("start_meeting", basis=PLAN, started_at=moscow(2))
    assert room.clock_of("punctual").status is ObligationStatus.MET


def test_a_tolerance_is_the_company_s_to_give():
    room = Room(**{"meeting.tolerance": "5 minutes"}).schedule().at(2, "10:05").do("start_meeting", basis=PLAN)
    assert (room.case.data.lateness, room.case.data.was_late) == (dt.timedelta(minutes=5), False)
    assert room.clock_of("punctual").status is ObligationStatus.MET


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
    room = Room().schedule(kind).at(2)
    assert room.refused("start_meeting", basis=basis) == {"other_basis": clause}


def test_only_the_chair_leads(room):
    room.schedule().at(2)
    assert room.refused("start_meeting", by="anna", basis=PLAN) == {"wrong_role": "R72"}


def test_a_meeting_does_not_begin_before_it_was_called(room):
    room.schedule(MeetingKind.DAILY).at(2, "10:30")
    assert room.refused("start_meeting", started_at=moscow(2, "08:00")) == {"too_early": "R72"}
    assert room.do("start_meeting", started_at=moscow(2, "09:55")).case.data.was_late is False


# -- question after question ------------------------------------------------------------------------------------------


def test_the_next_question_waits_until_the_present_one_has_a_decision(room):
    room.begin().do("open_agenda_item", item=1)
    assert room.refused("open_agenda_item", item=2) == {"item_unsettled": "R74"}
    assert room.refused("summarise_item") == {"no_decision": "R74"}
    room.do("record_decision", "summarise_item")
    room.do("open_agenda_item", item=2)
    assert [item.state for item in room.case.data.items] == [ItemState.SUMMARISED, ItemState.DISCUSSING]


def test_nothing_to_be_done_is_said_explicitly(room):
    room.begin().do("open_agenda_item", item=1)
    assert room.refused("summarise_item", summary="", no_action=" ") == {"no_summary": "R74", "no_decision": "R74"}
    room.do("summarise_item", no_action="for information")
    assert room.case.data.items[0].no_action == "for information"
    assert room.assignments == ()


def test_a_decision_has_a_task_a_time_and_a_person(room):
    room.begin().do("open_agenda_item", item=1)
    assert room.refused("record_decision", what=" ", due=None, responsible=[]) == {
        "no_task": "R74",
        "no_time": "R74",
        "nobody_responsible": "R74",
    }
    assert room.refused("record_decision", due=moscow(2), responsible=["gone"]) == {
        "in_the_past": "R74",
        "not_available": "R74",
    }


@pytest.mark.parametrize("due", ["2026-03-03", dt.date(2026, 3, 3), "2026-03-03T12:00:00"])
def test_a_date_without_a_time_or_a_zone_is_no_time(due):
    room = Room().begin().do("open_agenda_item", item=1)
    with pytest.raises(PayloadError, match="due"):
        room.do("record_decision", due=due)


def test_decisions_notes_and_summaries_belong_to_a_question(room):
    room.begin()
    for step, payload in (
        ("record_decision", {}),
        ("summarise_item", {}),
        ("record_note", {"kind": NoteKind.DISCUSSION, "text": "well"}),
    ):
        assert "no_item" in room.refused(step, **payload)


@pytest.mark.parametrize("item", [0, 3, 1])
def test_only_a_question_of_the_agenda_is_opened_and_only_once(item):
    room = Room().begin().do("open_agenda_item", item=1).do("summarise_item", no_action="done")
    assert room.refused("open_agenda_item", item=item) == {"no_such_item": "R73"}


def test_anybody_adds_a_question_with_a_timebox(room):
    room.begin()
    assert room.refused("add_agenda_item", by="anna", title="Quotes", timebox=0) == {"bad_item": "R73"}
    room.do("add_agenda_item", by="anna", title="Quotes", timebox=5).do("open_agenda_item", item=3)
    room.at(2, "10:09").do("record_decision", "summarise_item")
    assert room.case.data.items[2].overrun == dt.timedelta(minutes=4)


def test_feedback_is_recorded_under_its_question(room):
    room.begin().do("open_agenda_item", item=1).do("record_note", by="anna", kind="feedback", text="good script")
    (note,) = room.case.data.items[0].notes
    assert (note.kind, note.by) == (NoteKind.FEEDBACK, "anna")
    assert room.refused("record_note", kind="feedback", text=" ") == {"no_text": "R71"}


@pytest.mark.parametrize("kind", [NoteKind.DISCUSSION, NoteKind.FEEDBACK])
def test_a_daily_meeting_has_room_for_clarifications_only(kind):
    room = Room().begin(MeetingKind.DAILY).do("open_agenda_item", item=1)
    assert room.refused("record_note", kind=kind, text="I think") == {"only_clarifications": "R75"}
    room.do("record_note", kind=NoteKind.CLARIFICATION, text="which client?")


def test_a_question_is_put_off_with_a_reason_and_may_be_taken_up_again(room):
    room.begin()
    assert room.refused("defer_item", reason="") == {"no_reason": "R74"}
    room.do("open_agenda_item", item=2).do("defer_item", reason="no figures")
    assert [item.state for item in room.case.data.items] == [ItemState.OPEN, ItemState.DEFERRED]
    room.do("open_agenda_item", item=2).do("summarise_item", no_action="figures came").do("defer_item", reason="time")
    assert room.case.data.unfinished == ()
    assert room.refused("defer_item", reason="time") == {"nothing_open": "R74"}


# -- the end ----------------------------------------------------------------------------------------------------------


def test_a_meeting_with_an_open_question_is_not_closed(room):
    room.begin()
    assert room.refused("close_meeting", totals="120 %") == {"items_open": "R74"}


def test_a_team_meeting_ends_with_the_team_s_results(room):
    room.begin().do("defer_item", reason="x").do("defer_item", reason="x")
    assert room.refused("close_meeting") == {"no_totals": "R76"}
    assert room.do("close_meeting", totals="plan met").case.stage == "closed"


def test_a_meeting_that_outlasts_its_time_is_a_recommendation_not_kept(room):
    room.begin(MeetingKind.ONE_TO_ONE).do("defer_item", reason="x").do("defer_item", reason="x")
    assert room.clock_of("length").due == moscow(2, "10:30")
    room.at(2, "10:40").do("close_meeting")
    assert room.clock_of("length").status is ObligationStatus.MET_LATE


def test_a_meeting_is_cancelled_before_it_begins_with_a_reason(room):
    room.schedule()
    assert room.refused("cancel_meeting", reason=" ") == {"no_reason": "R70"}
    room.do("cancel_meeting", reason="fire drill")
    assert room.clock_of("punctual").status is ObligationStatus.CANCELLED


def test_a_meeting_to_which_nobody_came_is_on_record(room):
    room.schedule()
    assert room.refused("record_no_show", by="anna", reason="") == {"no_reason": "R72", "too_early": "R72"}
    room.at(2, "10:30").do("record_no_show", by="anna", reason="the chair did not come")
    assert room.case.stage == "no_show"


# -- decisions become assignments -------------------------------------------------------------------------------------


def test_each_person_of_each_decision_has_an_assignment_of_their_own_in_the_same_transaction(room):
    room.begin().do("open_agenda_item", item=1)
    room.do("record_decision", responsible=["anna", "boris", "anna"])
    room.do("record_decision", what="Order badges", due=moscow(6, "09:00"), responsible=["boris"])
    assert room.assignments == ()
    room.do("summarise_item")
    given = {(case.data.what, case.data.responsible, case.data.due) for case in room.assignments}
    assert given == {
        ("Call Romashka", "anna", moscow(3, "12:00")),
        ("Call Romashka", "boris", moscow(3, "12:00")),
        ("Order badges", "boris", moscow(6, "09:00")),
    }
    assert {case.data.chair for case in room.assignments} == {"head"}
    assert len(room.engine.cases(process="assignment", parent=room.id)) == 3
    assert [one.due for one in room.engine.obligations(owner="anna", status="open")] == [moscow(3, "12:00")]


def test_another_question_gives_out_its_own_decisions_only(room):
    room.begin().do("open_agenda_item", item=1).do("record_decision", "summarise_item")
    room.do("open_agenda_item", item=2).do("record_decision", what="Second").do("summarise_item")
    assert sorted(case.data.what for case in room.assignments) == ["Call Romashka", "Second"]


def test_a_decision_is_given_out_however_long_the_summary_takes(room):
    room.begin(MeetingKind.DAILY).do("open_agenda_item", item=1).do("record_decision", due=moscow(2, "10:10"))
    room.at(2, "10:20").do("summarise_item")
    [task] = room.assignments
    assert (task.stage, task.data.responsible, task.data.due) == ("assigned", "anna", moscow(2, "10:10"))
    [owed] = room.engine.obligations(case=task.id)
    assert owed.status is ObligationStatus.BREACHED


def test_an_item_with_a_decision_is_summed_up_and_not_put_off(room):
    room.begin().do("open_agenda_item", item=1).do("record_decision")
    assert room.refused("defer_item", reason="no time") == {"decided": "R74"}
    assert len(room.do("summarise_item").assignments) == 1


# -- the management calendar ------------------------------------------------------------------------------------------


def held(room: Room, kind: MeetingKind) -> list[dt.datetime]:
    return sorted(case.data.scheduled_at for case in room.engine.cases(process="meeting") if case.data.kind is kind)


def test_the_calendar_convenes_each_meeting_once_on_its_days(room):
    for day in (2, 3, 4, 5, 6, 7, 8):
        for clock in ("09:00", "09:00", "17:00"):
            room.at(day, clock).engine.tick()
    assert held(room, MeetingKind.TEAM) == [moscow(2, "10:00")]
    assert held(room, MeetingKind.DAILY) == [moscow(day, "09:15") for day in (2, 3, 4, 5, 6)]
    assert held(room, MeetingKind.ONE_TO_ONE) == [moscow(6, "15:00")] * 2


def test_a_week_without_a_tick_is_made_up_for_and_what_was_missed_is_breached(room):
    room.engine.tick()
    room.at(10, "09:00").engine.tick()
    assert held(room, MeetingKind.DAILY) == [moscow(day, "09:15") for day in (2, 3, 4, 5, 6, 10)]
    assert held(room, MeetingKind.TEAM) == [moscow(2), moscow(10)]
    missed = room.engine.obligations(status="breached")
    assert len([one for one in missed if one.norm == "meeting.punctual"]) == 8


def test_whoever_begins_a_meeting_of_the_calendar_is_its_chair(room):
    room.at(6, "09:00").engine.tick()
    room.id = next(c.id for c in room.engine.cases(process="meeting") if "anna" in c.data.invited)
    assert room.clock_of("punctual").role is Role.HEAD_OF_SALES
    room.at(6, "15:00").do("start_meeting", basis=INDICATORS, present=["anna"])
    assert (room.case.data.chair, room.case.data.present) == ("head", ("head", "anna"))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["open1", "open2", "decide", "sum", "none", "defer", "close"]), max_size=12))
def test_no_order_of_steps_leaves_a_question_without_a_decision(steps):
    room = Room().begin()
    ways: dict[str, tuple[str, dict[str, Any]]] = {
        "open1": ("open_agenda_item", {"item": 1}),
        "open2": ("open_agenda_item", {"item": 2}),
        "decide": ("record_decision", {}),
        "sum": ("summarise_item", {}),
        "none": ("summarise_item", {"no_action": "nothing"}),
        "defer": ("defer_item", {"reason": "time"}),
        "close": ("close_meeting", {"totals": "met"}),
    }
    for name in steps:
        step, payload = ways[name]
        try:
            room.do(step, **payload)
        except StepRefused:
            continue
        items = room.case.data.items
        assert sum(item.state is ItemState.DISCUSSING for item in items) <= 1
        assert all(i.decisions or i.no_action for i in items if i.state is ItemState.SUMMARISED)
        decided = sum(len(i.decisions) for i in items if i.state is ItemState.SUMMARISED)
        assert len(room.assignments) == decided
        assert room.case.stage != "closed" or room.case.data.unfinished == ()
