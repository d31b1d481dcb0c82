"""The inquiry, as the regulation reads: answered in time by one person, whatever it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg import open_engine
from salesreg.adapters.memory import MemoryDirectory
from salesreg.domain.inquiries import IncomingDocument, InquiryChannel, ResponseKind
from salesreg.domain.people import Delegation, Employee, Role
from salesreg.domain.responsibilities import Letter, Responsibility
from salesreg.errors import PayloadError, StepRefused
from salesreg.processes import Case, ObligationStatus
from salesreg.processes.inquiry import Inquiry
from salesreg.regulations import example
from salesreg.testing import ManualClock, RecordingNotifier

MOSCOW = dt.timezone(dt.timedelta(hours=3))
ZINA = Employee("zina", "Zina", [Role.SECRETARY])
FINN = Employee("finn", "Finn", [Role.FINANCE], email="finn@example.com")
FAYA = Employee("faya", "Faya", [Role.FINANCE])
ANNA = Employee("anna", "Anna", [Role.SALES_MANAGER])
HEAD = Employee("head", "Gleb", [Role.HEAD_OF_SALES], email="head@example.com")
GONE = Employee("gone", "Gone", [Role.FINANCE], left_on=dt.date(2026, 1, 1))
PEOPLE = (ZINA, FINN, FAYA, ANNA, HEAD, GONE)


def moscow(day: int, clock: str = "10:00") -> dt.datetime:
    """An instant of November 2026; the 23rd is a Monday."""
    return dt.datetime.combine(dt.date(2026, 11, day), dt.time.fromisoformat(clock), MOSCOW)


class Desk:
    """One inquiry and those who deal with it."""

    def __init__(self, url: str = "memory:", **settings: object) -> None:
        self.clock = ManualClock(moscow(23))
        self.notifier = RecordingNotifier()
        self.engine = open_engine(
            url,
            regulation=example().with_settings(settings),
            directory=MemoryDirectory(
                PEOPLE, [Delegation("finn", "anna", dt.date(2026, 11, 24), dt.date(2026, 11, 24))]
            ),
            clock=self.clock,
            notifier=self.notifier,
        )
        self.id = ""

    def at(self, day: int, clock: str = "10:00") -> Desk:
        self.clock.move_to(moscow(day, clock))
        return self

    def receive(self, by: str = "zina", **payload: object) -> Desk:
        usual = {"received_at": self.clock.now(), "channel": InquiryChannel.EMAIL, "subject": "Where is it?"}
        self.id = self.engine.start("inquiry", by=by, **{**usual, **payload}).id
        return self

    def do(self, step: str, by: str = "finn", **payload: object) -> Desk:
        replies = {"send_holding_reply", "send_answer", "record_auto_acknowledgement"}
        usual = {"channel": InquiryChannel.EMAIL, "record_ref": "mail-1"} if step in replies else {}
        self.engine.perform(self.id, step, by=by, **{**usual, **payload})
        return self

    def mine(self) -> Desk:
        """An inquiry about an invoice that Finn has taken."""
        return self.receive(activity="topic.invoice").do("take_inquiry")

    @property
    def case(self) -> Case[Any]:
        return self.engine.case(self.id)

    def clock_of(self, norm: str) -> Any:
        return [one for one in self.engine.obligations(case=self.id) if one.norm == f"inquiry.{norm}"][-1]

    def refused(self, step: str, by: str = "finn", **payload: object) -> dict[str, str | None]:
        before = self.case
        with pytest.raises(StepRefused) as no:
            self.do(step, by=by, **payload)
        assert self.case == before
        assert all(refusal.ru for refusal in no.value.refusals)
        return {refusal.code: refusal.clause for refusal in no.value.refusals}


@pytest.fixture(params=["memory:", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Desk]:
    here = Desk(request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/inquiries.db")
    yield here
    assert here.engine.verify() == ()
    here.engine.close()


def test_the_page_has_no_findings():
    assert Inquiry.check() == ()


# -- receipt ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["zina", "anna", "finn", "head", "system"])
@pytest.mark.parametrize("about_sales", [True, False])
def test_anybody_receives_an_inquiry_about_anything(who, about_sales):
    desk = Desk().receive(by=who, about_sales=about_sales)
    assert desk.case.stage == "received"
    assert desk.clock_of("first_response").role is Role.SECRETARY


def test_an_inquiry_has_a_subject(desk):
    with pytest.raises(StepRefused) as no:
        desk.receive(subject=" ")
    assert [(one.code, one.clause) for one in no.value.refusals] == [("no_subject", "R43")]


def test_its_receipt_has_a_time_zone_and_is_not_in_the_future(desk):
    with pytest.raises(PayloadError, match="time zone"):
        desk.receive(received_at=dt.datetime(2026, 11, 23, 9))  # noqa: DTZ001 - that is the point
    with pytest.raises(StepRefused) as no:
        desk.receive(received_at=moscow(23, "10:01"))
    assert {one.code for one in no.value.refusals} == {"not_yet"}


def test_a_document_that_comes_in_is_registered_once(desk):
    with pytest.raises(StepRefused) as no:
        desk.receive(channel=InquiryChannel.POST)
    assert [(one.code, one.clause) for one in no.value.refusals] == [("not_registered", "R50")]
    desk.receive(channel=InquiryChannel.POST, document=IncomingDocument("17-in", "Claim"))
    with pytest.raises(StepRefused) as again:
        desk.receive(channel=InquiryChannel.FAX, document=IncomingDocument("17-in", "Another"))
    assert [(one.code, one.clause) for one in again.value.refusals] == [("registered", "R50")]


# -- the clock --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "recorded", "due"),
    [
        ((23, "10:00"), (23, "10:20"), (23, "10:30")),
        ((23, "12:45"), (23, "12:45"), (23, "14:15")),
        ((20, "17:50"), (23, "09:00"), (23, "09:20")),
        ((22, "15:00"), (23, "09:00"), (23, "09:30")),
        ((20, "18:00"), (23, "09:00"), (23, "09:30")),
    ],
)
def test_thirty_working_minutes_run_from_receipt_not_from_the_record_of_it(received, recorded, due):
    desk = Desk().at(*recorded).receive(received_at=moscow(*received))
    assert desk.clock_of("first_response").due == moscow(*due)


def test_by_the_wall_clock_if_the_regulation_says_so():
    desk = Desk(**{"inquiry.first_response": "30 minutes"}).at(23, "12:45").receive()
    assert desk.clock_of("first_response").due == moscow(23, "13:15")


def test_the_thirty_minutes_are_stated_and_need_no_setting():
    assert "inquiry.first_response" not in example().settings


def test_a_holding_reply_stops_the_first_clock_only(desk):
    desk.mine().at(23, "10:29").do("send_holding_reply")
    assert desk.case.stage == "first_responded"
    assert desk.clock_of("first_response").status is ObligationStatus.MET
    assert desk.clock_of("full_answer").status is ObligationStatus.OPEN


def test_an_answer_stops_both_clocks(desk):
    desk.mine().at(23, "10:10").do("send_answer")
    assert desk.case.stage == "answered"
    assert {desk.clock_of(norm).status for norm in ("first_response", "full_answer")} == {ObligationStatus.MET}


def test_a_late_reply_is_late_and_an_unanswered_inquiry_is_breached(desk):
    desk.mine().at(23, "10:31")
    assert desk.clock_of("first_response").status is ObligationStatus.BREACHED
    desk.engine.tick()
    assert ("finn", "overdue") in {(message.to, message.template) for message in desk.notifier.delivered}
    desk.do("send_holding_reply")
    assert desk.clock_of("first_response").status is ObligationStatus.MET_LATE


def test_assignment_does_not_stop_or_restart_the_clock(desk):
    desk.receive().at(23, "10:25").do("assign_inquiry", by="zina", activity="topic.invoice", assignee="finn")
    one = desk.clock_of("first_response")
    assert (one.due, one.person, one.status) == (moscow(23, "10:30"), "finn", ObligationStatus.OPEN)


def test_an_automatic_acknowledgement_stops_nothing(desk):
    desk.receive().do("record_auto_acknowledgement", by="system")
    assert desk.case.data.first_response_at is None
    assert desk.clock_of("first_response").status is ObligationStatus.OPEN
    assert desk.refused("send_holding_reply", by="system") == {"automatic": "R44"}


def test_where_the_regulation_says_so_an_automatic_acknowledgement_is_a_response():
    desk = Desk(**{"inquiry.automatic_counts": True}).receive().do("record_auto_acknowledgement", by="system")
    assert desk.clock_of("first_response").status is ObligationStatus.MET


def test_whoever_has_it_in_their_queue_may_reply_before_it_is_settled_whose_it_is(desk):
    desk.receive().do("send_holding_reply", by="zina")
    assert desk.clock_of("first_response").status is ObligationStatus.MET
    desk.do("assign_inquiry", by="zina", activity="topic.invoice", assignee="finn")
    assert desk.case.stage == "first_responded"


def test_a_reply_recorded_late_counts_from_when_it_went_out(desk):
    desk.mine().at(23, "11:00").do("send_holding_reply", sent_at=moscow(23, "10:20"))
    assert desk.clock_of("first_response").status is ObligationStatus.MET


def test_the_earliest_genuine_response_wins_in_whatever_order_they_are_recorded(desk):
    desk.mine().at(23, "10:40").do("send_answer")
    assert desk.clock_of("first_response").status is ObligationStatus.MET_LATE
    desk.at(23, "11:00").do("send_holding_reply", sent_at=moscow(23, "10:20"), record_ref="call-3")
    one = desk.clock_of("first_response")
    assert (one.status, one.closed_at) == (ObligationStatus.MET, moscow(23, "10:20"))
    desk.do("send_holding_reply", sent_at=moscow(23, "10:25"), record_ref="call-4")
    assert desk.clock_of("first_response").closed_at == moscow(23, "10:20")
    assert len(desk.engine.obligations(case=desk.id)) == 2


def test_a_reply_is_on_record_and_follows_what_it_answers(desk):
    desk.mine()
    assert desk.refused("send_answer", record_ref=" ") == {"no_record": "R46"}
    assert desk.refused("send_answer", sent_at=moscow(23, "09:59")) == {"too_early": "R44"}
    assert desk.refused("send_answer", sent_at=moscow(23, "10:01")) == {"not_yet": "R43"}


# -- whose it is ------------------------------------------------------------------------------------------------------


def test_an_inquiry_goes_by_itself_to_the_one_role_in_whose_zone_it_lies(desk):
    desk.receive(activity="topic.invoice")
    assert (desk.case.stage, desk.case.data.owner) == ("assigned", Role.FINANCE)
    assert desk.clock_of("first_response").role is Role.FINANCE
    desk.engine.tick()
    assert ("finn", "assign_inquiry") in {(message.to, message.template) for message in desk.notifier.delivered}


def test_words_of_the_subject_tell_its_activity():
    desk = Desk(**{"inquiry.routing_rules": "pass = topic.pass; счёт = topic.invoice"})
    assert desk.receive(subject="Пришлите СЧЁТ").case.data.queue is Role.FINANCE


def test_a_step_of_a_process_is_an_activity_too(desk):
    assert desk.receive(activity="sale.approve_quote").case.data.owner is Role.HEAD_OF_COMMERCIAL


def test_a_holder_of_the_role_takes_it_and_nobody_takes_it_twice(desk):
    desk.receive(activity="topic.invoice")
    assert desk.refused("take_inquiry", by="anna") == {"wrong_role": "R79"}
    desk.do("take_inquiry")
    assert desk.refused("take_inquiry") == {"taken": "R79"}
    assert desk.refused("send_answer", by="faya") == {"wrong_role": "R44"}


def test_a_deputy_answers_for_the_absent(desk):
    desk.mine().at(24).do("send_answer", by="anna")
    assert desk.case.data.responses[-1].by == "finn"


def test_an_assignee_holds_the_role_and_works_here(desk):
    desk.receive()
    assert desk.refused("assign_inquiry", by="zina", activity="topic.invoice", assignee="anna") == {
        "wrong_assignee": "R79"
    }
    assert desk.refused("assign_inquiry", by="zina", activity="topic.invoice", assignee="gone") == {
        "not_available": "R79"
    }


@pytest.mark.parametrize("activity", ["topic.nothing_known", "sale.register_prospect"])
def test_an_activity_of_nobody_or_of_several_is_not_assigned(desk, activity):
    desk.receive()
    assert desk.refused("assign_inquiry", by="zina", activity=activity) == {"no_single_owner": "R45"}


def test_an_unnamed_activity_is_not_assigned(desk):
    assert desk.receive().refused("assign_inquiry", by="zina") == {"no_activity": "R49", "no_single_owner": "R45"}


def test_a_matter_with_a_clear_owner_is_not_escalated(desk):
    desk.receive()
    assert desk.refused("escalate_unclear_ownership", by="anna", activity="topic.invoice") == {"owner_is_clear": "R45"}


@pytest.mark.parametrize("activity", ["topic.parking", "sale.register_prospect"])
def test_an_inquiry_without_a_clear_owner_goes_to_the_head_while_its_clock_runs_on(desk, activity):
    desk.receive(activity=activity)
    assert (desk.case.stage, desk.case.data.owner) == ("ownership_unclear", Role.HEAD_OF_SALES)
    one = desk.clock_of("first_response")
    assert (one.role, one.due, one.status) == (Role.HEAD_OF_SALES, moscow(23, "10:30"), ObligationStatus.OPEN)
    assert desk.clock_of("ownership").due == moscow(23, "10:30")


@pytest.mark.parametrize("who", ["zina", "anna", "finn"])
def test_anybody_who_does_not_know_whose_it_is_asks_the_head(who):
    desk = Desk().receive().do("escalate_unclear_ownership", by=who)
    assert desk.case.stage == "ownership_unclear"
    desk.engine.tick()
    assert ("head", "escalate_unclear_ownership") in {(m.to, m.template) for m in desk.notifier.delivered}


def test_the_head_decides_whose_it_is_and_may_reply_meanwhile(desk):
    desk.receive(activity="topic.parking").do("send_holding_reply", by="head")
    assert desk.refused("resolve_ownership", assignee="faya") == {"wrong_role": "R45"}
    assert desk.refused("resolve_ownership", by="head", assignee="gone") == {"not_available": "R45"}
    desk.do("resolve_ownership", by="head", assignee="faya")
    assert (desk.case.stage, desk.case.data.owner) == ("first_responded", "faya")
    assert desk.clock_of("ownership").status is ObligationStatus.MET


ROW = Responsibility("topic.parking", Role.SECRETARY, clause="R45")


def test_resolving_may_add_a_row_to_the_matrix_and_the_next_one_finds_its_way(desk):
    desk.receive(activity="topic.parking").do("resolve_ownership", by="head", assignee="zina", new_row=ROW)
    assert desk.case.data.learned == ROW
    desk.receive(activity="topic.parking")
    assert (desk.case.stage, desk.case.data.owner) == ("assigned", Role.SECRETARY)


def test_an_activity_is_settled_once(desk):
    first = desk.receive(activity="topic.parking").id
    desk.receive(activity="topic.parking").do("resolve_ownership", by="head", assignee="zina", new_row=ROW)
    desk.id = first
    codes = desk.refused(
        "resolve_ownership", by="head", assignee="finn", new_row=Responsibility("topic.parking", Role.FINANCE)
    )
    assert codes == {"settled": "R79"}


def test_a_new_row_is_about_the_matter_and_names_who_does_it(desk):
    desk.receive(activity="topic.parking")
    for row in (
        Responsibility("topic.other", Role.SECRETARY),
        Responsibility("topic.parking", Role.SECRETARY, Letter.INFORMED),
    ):
        assert desk.refused("resolve_ownership", by="head", assignee="zina", new_row=row) == {"other_row": "R79"}
    open_row = Responsibility("topic.parking", None, parameter="inquiry.router")
    assert desk.refused("resolve_ownership", by="head", assignee="zina", new_row=open_row) == {"other_row": "R79"}
    assert desk.refused("resolve_ownership", by="head", assignee="finn", new_row=ROW) == {"wrong_assignee": "R45"}


def test_what_inquiries_have_settled_extends_the_matrix_for_whoever_asks(desk):
    desk.receive(activity="topic.parking").do("resolve_ownership", by="head", assignee="zina", new_row=ROW)
    learned = [case.data.learned for case in desk.engine.cases(process="inquiry") if case.data.learned]
    assert desk.engine.regulation.matrix.with_rows(learned).who_is_responsible("topic.parking") == (Role.SECRETARY,)


def test_the_head_reassigns_with_a_reason(desk):
    desk.mine()
    codes = desk.refused("reassign_inquiry", by="head", assignee="finn", reason=" ")
    assert codes == {"no_reason": "R79", "same_person": "R79"}
    desk.do("reassign_inquiry", by="head", assignee="faya", reason="leave")
    assert desk.clock_of("first_response").person == "faya"


# -- the end ----------------------------------------------------------------------------------------------------------


def test_an_inquiry_is_closed_with_its_result_on_record(desk):
    desk.mine().do("send_answer")
    assert desk.refused("close_inquiry", result=" ") == {"no_result": "R46"}
    assert desk.do("close_inquiry", result="invoice sent").case.data.result == "invoice sent"


def test_an_unanswered_inquiry_is_not_closed(desk):
    assert desk.mine().refused("close_inquiry", result="x") == {"wrong_stage": "R46"}


@pytest.mark.parametrize("closed", [False, True])
def test_a_reopened_inquiry_owes_an_answer_anew(desk, closed):
    desk.mine().do("send_answer")
    if closed:
        desk.do("close_inquiry", result="sent")
    assert desk.refused("reopen_inquiry", by="head", reason="") == {"no_reason": "R46"}
    desk.at(24).do("reopen_inquiry", by="head", reason="the wrong invoice")
    assert desk.case.stage == "first_responded"
    one = desk.clock_of("full_answer")
    assert (one.status, one.due, one.person) == (ObligationStatus.OPEN, moscow(25, "18:00"), "finn")
    desk.at(25).do("send_answer")
    assert desk.case.data.reopened == ("the wrong invoice",)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["send_holding_reply", "send_answer"]), st.integers(0, 60)), min_size=1, max_size=6
    )
)
def test_the_first_response_is_the_earliest_whatever_the_order_of_the_records(replies):
    desk = Desk().mine().at(23, "11:00")
    for number, (step, minute) in enumerate(replies):
        sent = moscow(23) + dt.timedelta(minutes=minute)
        desk.do(step, sent_at=sent, record_ref=f"r{number}")
    earliest = min(minute for _, minute in replies)
    one = desk.clock_of("first_response")
    assert one.closed_at == moscow(23) + dt.timedelta(minutes=earliest) == desk.case.data.first_response_at
    assert one.status is (ObligationStatus.MET if earliest <= 30 else ObligationStatus.MET_LATE)
    assert {response.kind for response in desk.case.data.responses} <= set(ResponseKind)
