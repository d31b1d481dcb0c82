"""The inquiry, as the regulation reads: answered in time by one person, whatever it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.commercial.domain.clients import ClientDraft, Contact
from salesreg.commercial.domain.inquiries import IncomingDocument, ResponseKind
from salesreg.commercial.processes.inquiry import InquiryProcess
from salesreg.commercial.roles import FINANCE, HEAD, HEAD_OF_SALES, SECRETARY
from salesreg.commercial.rulebook import example
from salesreg.errors import PayloadError
from salesreg.process import Case, ObligationStatus
from salesreg.rules import SYSTEM_ACTOR, Actor, Delegation, Employee, Letter, Responsibility
from salesreg.testing.commercial import ANNA, FINN, LENA, ROMAN, STAFF, Desk, moscow

FAYA = Employee("faya", "Faya", [FINANCE])
GONE = Employee("gone", "Gone", [FINANCE], left_on=dt.date(2026, 1, 1))
AWAY = Delegation("finn", "anna", dt.date(2026, 2, 10), dt.date(2026, 2, 10))


class Inquiries(Desk):
    """One inquiry, from Monday the 9th, and those who deal with it."""

    def __init__(self, url: str = "memory:", **settings: object) -> None:
        super().__init__(url, start=moscow(9), staff=(*STAFF, FAYA, GONE), delegations=[AWAY], **settings)
        self.id = ""

    def at(self, day: int, clock: str = "10:00", month: int = 2) -> Inquiries:
        super().at(day, clock, month)
        return self

    def receive(self, by: Employee | Actor | None = None, **payload: Any) -> Inquiries:
        received = {"received_at": self.clock.now(), **payload}
        self.id = self.begin("inquiry", "receive_inquiry", by=by, **received).id
        return self

    def do(self, step: str, by: Employee | Actor | None = None, **payload: Any) -> Inquiries:
        self.take(self.id, step, by=by, **payload)
        return self

    def mine(self) -> Inquiries:
        """An inquiry about an invoice that Finn has taken."""
        return self.receive(activity="topic.invoice").do("take_inquiry")

    @property
    def now(self) -> Case[Any]:
        return self.case(self.id)

    def clock_of(self, norm: str) -> Any:
        return [one for one in self.engine.obligations(case=self.id) if one.norm == f"inquiry.{norm}"][-1]

    def refuses(self, step: str, reasons: dict[str, str], **given: Any) -> None:
        """The step is refused for exactly these reasons, each with its clause."""
        no = self.refused(self.id, step, *reasons, **given)
        assert {one.code: one.clause for one in no.refusals} == reasons

    def refuses_to_receive(self, reasons: dict[str, str], **given: Any) -> None:
        """An inquiry is not received for exactly these reasons, each with its clause."""
        received = {"received_at": self.clock.now(), **given}
        no = self.refused_to_begin("inquiry", "receive_inquiry", *reasons, **received)
        assert {one.code: one.clause for one in no.refusals} == reasons


@pytest.fixture(params=["memory:", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Inquiries]:
    here = Inquiries(request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/inquiries.db")
    yield here
    assert here.engine.verify() == ()
    here.engine.close()


def test_the_page_has_no_findings():
    assert InquiryProcess.check() == ()


# -- receipt ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [LENA, ANNA, FINN, ROMAN, SYSTEM_ACTOR])
@pytest.mark.parametrize("about_sales", [True, False])
def test_anybody_receives_an_inquiry_about_anything(who, about_sales):
    desk = Inquiries().receive(by=who, about_sales=about_sales)
    assert desk.now.stage == "received"
    assert desk.clock_of("first_response").role == SECRETARY.id


def test_an_inquiry_has_a_subject(desk):
    desk.refuses_to_receive({"blank": "R43"}, subject=" ")


def test_its_receipt_has_a_time_zone_and_is_not_in_the_future(desk):
    with pytest.raises(PayloadError, match="time zone"):
        desk.receive(received_at=dt.datetime(2026, 2, 9, 9))  # noqa: DTZ001 - that is the point
    desk.refuses_to_receive({"not_yet": "R43"}, received_at=moscow(9, "10:01"))


def test_a_document_that_comes_in_is_registered_once(desk):
    desk.refuses_to_receive({"not_registered": "R50"}, channel="post")
    desk.receive(channel="post", document=IncomingDocument("17-in", "Claim"))
    for number in ("17-in", " 17-IN ", "17\u2011in"):
        again = IncomingDocument(number, "Another")
        desk.refuses_to_receive({"registered": "R50"}, channel="fax", document=again)


def test_a_register_begins_anew_each_year(desk):
    last_year = {"received_at": moscow(30, month=1) - dt.timedelta(days=60), "channel": "post"}
    desk.receive(**last_year, document=IncomingDocument("17-in", "Claim"))
    desk.receive(channel="post", document=IncomingDocument("17-in", "Claim"))


# -- who asks ---------------------------------------------------------------------------------------------------------

IVAN = Contact("Ivan", phone="8 (495) 111-11-11", email="ivan@example.com")


def test_somebody_new_who_asks_about_sales_is_a_prospect(desk):
    desk.receive(about_sales=True, sender=IVAN, company="OOO Romashka")
    (sale,) = desk.engine.cases("sale")
    assert (sale.stage, sale.data.lead, sale.data.source) == ("prospecting", desk.id, "email")
    assert (sale.data.client.legal_name, sale.data.client.contacts) == ("OOO Romashka", (IVAN,))
    assert desk.take(sale, "start_price_negotiation").data.owner == "anna"


@pytest.mark.parametrize(
    "known",
    [
        {"sender": Contact("Ivan Petrov", phone="+7 495 111-11-11 доб. 12")},
        {"sender": Contact("I. P.", email="IVAN@example.com")},
        {"sender": Contact("Olga"), "company": "ooo romashka"},
    ],
)
def test_a_known_client_who_asks_about_sales_is_no_new_prospect(desk, known):
    desk.begin("sale", "register_prospect", client=ClientDraft("OOO Romashka", contacts=(IVAN,)))
    desk.receive(about_sales=True, **known)
    assert desk.engine.count("sale") == 1


def test_whoever_asks_twice_is_one_prospect_and_whoever_once_refused_is_one_anew(desk):
    for _ in range(2):
        desk.receive(about_sales=True, sender=IVAN)
    (sale,) = desk.engine.cases("sale")
    desk.take(sale, "record_client_refusal")
    desk.receive(about_sales=True, sender=IVAN)
    assert desk.engine.count("sale") == 2


def test_what_is_not_about_sales_or_comes_from_nobody_starts_no_sale(desk):
    desk.receive(sender=IVAN)
    desk.receive(about_sales=True)
    assert desk.engine.count("sale") == 0


def test_whoever_does_not_want_to_be_called_says_at_which_number(desk):
    desk.refuses_to_receive({"which_number": "R67"}, sender=Contact("Ivan", do_not_call=True))


def test_a_word_of_the_rules_is_found_where_a_word_of_the_subject_begins():
    desk = Inquiries(inquiry__routing_rules="акт = topic.documents; pass = topic.pass")
    for subject, activity in (
        ("Где акты?", "topic.documents"),
        ("Новый контакт", ""),
        ("A compass", ""),
        ("Passes", "topic.pass"),
    ):
        assert desk.receive(subject=subject).now.data.activity == activity


# -- the clock --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "recorded", "due"),
    [
        ((9, "10:00"), (9, "10:20"), (9, "10:30")),
        ((9, "12:45"), (9, "12:45"), (9, "14:15")),
        ((6, "17:50"), (9, "09:00"), (9, "09:20")),
        ((8, "15:00"), (9, "09:00"), (9, "09:30")),
        ((6, "18:00"), (9, "09:00"), (9, "09:30")),
    ],
)
def test_thirty_working_minutes_run_from_receipt_not_from_the_record_of_it(received, recorded, due):
    desk = Inquiries().at(*recorded).receive(received_at=moscow(*received))
    assert desk.clock_of("first_response").due == moscow(*due)


def test_by_the_wall_clock_if_the_regulation_says_so():
    desk = Inquiries(inquiry__first_response="30 minutes").at(9, "12:45").receive()
    assert desk.clock_of("first_response").due == moscow(9, "13:15")


def test_the_thirty_minutes_are_stated_and_need_no_setting():
    assert "inquiry.first_response" not in example().settings


def test_a_holding_reply_stops_the_first_clock_only(desk):
    desk.mine().at(9, "10:29").do("send_holding_reply")
    assert desk.now.stage == "first_responded"
    assert desk.clock_of("first_response").status is ObligationStatus.MET
    assert desk.clock_of("full_answer").status is ObligationStatus.OPEN


def test_an_answer_stops_both_clocks(desk):
    desk.mine().at(9, "10:10").do("send_answer")
    assert desk.now.stage == "answered"
    assert {desk.clock_of(norm).status for norm in ("first_response", "full_answer")} == {ObligationStatus.MET}


def test_a_late_reply_is_late_and_an_unanswered_inquiry_is_breached(desk):
    desk.mine().at(9, "10:31")
    assert desk.clock_of("first_response").status is ObligationStatus.BREACHED
    desk.engine.tick()
    assert ("finn", "overdue") in {(message.to, message.template) for message in desk.notifier.delivered}
    desk.do("send_holding_reply")
    assert desk.clock_of("first_response").status is ObligationStatus.MET_LATE


def test_assignment_does_not_stop_or_restart_the_clock(desk):
    desk.receive().at(9, "10:25").do("assign_inquiry", activity="topic.invoice", assignee="finn")
    one = desk.clock_of("first_response")
    assert (one.due, one.person, one.status) == (moscow(9, "10:30"), "finn", ObligationStatus.OPEN)


def test_an_automatic_acknowledgement_stops_nothing(desk):
    desk.receive().do("record_auto_acknowledgement")
    assert desk.now.data.first_response_at is None
    assert desk.clock_of("first_response").status is ObligationStatus.OPEN
    desk.refuses("send_holding_reply", {"automatic": "R44"}, by=SYSTEM_ACTOR)


def test_where_the_regulation_says_so_an_automatic_acknowledgement_is_a_response():
    desk = Inquiries(inquiry__automatic_counts=True).receive().do("record_auto_acknowledgement")
    assert desk.clock_of("first_response").status is ObligationStatus.MET


def test_whoever_has_it_in_their_queue_may_reply_before_it_is_settled_whose_it_is(desk):
    desk.receive().do("send_holding_reply", by=LENA)
    assert desk.clock_of("first_response").status is ObligationStatus.MET
    desk.do("assign_inquiry", activity="topic.invoice", assignee="finn")
    assert desk.now.stage == "first_responded"


def test_a_reply_recorded_late_counts_from_when_it_went_out(desk):
    desk.mine().at(9, "11:00").do("send_holding_reply", sent_at=moscow(9, "10:20"))
    assert desk.clock_of("first_response").status is ObligationStatus.MET


def test_a_late_first_response_stays_late_whatever_is_recorded_afterwards(desk):
    desk.mine().at(9, "10:40").do("send_answer")
    assert desk.clock_of("first_response").status is ObligationStatus.MET_LATE
    desk.at(9, "11:00").do("send_holding_reply", sent_at=moscow(9, "10:20"), record_ref="call-3")
    one = desk.clock_of("first_response")
    assert (one.status, one.closed_at) == (ObligationStatus.MET_LATE, moscow(9, "10:40"))
    assert len(desk.engine.obligations(case=desk.id)) == 2


def test_a_reply_recorded_later_than_an_hour_counts_from_its_record_and_shows_what_was_claimed(desk):
    desk.mine().at(9, "12:30").do("send_holding_reply", sent_at=moscow(9, "10:05"))
    one = desk.clock_of("first_response")
    assert (one.status, one.closed_at) == (ObligationStatus.MET_LATE, moscow(9, "12:30"))
    assert one.backdated == moscow(9, "10:05")


def test_a_reply_is_on_record_and_follows_what_it_answers(desk):
    desk.mine()
    desk.refuses("send_answer", {"blank": "R44"}, record_ref=" ")
    desk.refuses("send_answer", {"too_early": "R44"}, sent_at=moscow(9, "09:59"))
    desk.refuses("send_answer", {"not_yet": "R44"}, sent_at=moscow(9, "10:01"))


# -- whose it is ------------------------------------------------------------------------------------------------------


def test_an_inquiry_goes_by_itself_to_the_one_role_in_whose_zone_it_lies(desk):
    desk.receive(activity="topic.invoice")
    assert (desk.now.stage, desk.now.data.owner) == ("assigned", FINANCE)
    assert desk.clock_of("first_response").role == FINANCE.id
    desk.engine.tick()
    assert ("finn", "assign_inquiry") in {(message.to, message.template) for message in desk.notifier.delivered}


def test_words_of_the_subject_tell_its_activity():
    desk = Inquiries(inquiry__routing_rules="pass = topic.pass; счёт = topic.invoice")
    assert desk.receive(subject="Пришлите СЧЁТ").now.data.queue == FINANCE.id


def test_a_step_of_a_process_is_an_activity_too(desk):
    assert desk.receive(activity="sale.approve_quote").now.data.owner == HEAD


def test_a_holder_of_the_role_takes_it_and_nobody_takes_it_twice(desk):
    desk.receive(activity="topic.invoice")
    desk.refuses("take_inquiry", {"wrong_role": "R79"}, by=ANNA)
    desk.do("take_inquiry")
    desk.refuses("take_inquiry", {"taken": "R79"})
    desk.refuses("send_answer", {"wrong_role": "R44"}, by=FAYA)


def test_a_deputy_answers_for_the_absent(desk):
    desk.mine().at(10).do("send_answer", by=ANNA)
    assert desk.now.data.responses[-1].by == "finn"


def test_an_assignee_holds_the_role_and_works_here(desk):
    desk.receive()
    desk.refuses("assign_inquiry", {"wrong_assignee": "R79"}, activity="topic.invoice", assignee="anna")
    desk.refuses("assign_inquiry", {"not_available": "R79"}, activity="topic.invoice", assignee="gone")


@pytest.mark.parametrize("activity", ["topic.nothing_known", "sale.register_prospect"])
def test_an_activity_of_nobody_or_of_several_is_not_assigned(desk, activity):
    desk.receive()
    desk.refuses("assign_inquiry", {"no_single_owner": "R45"}, activity=activity)


def test_an_unnamed_activity_is_not_assigned(desk):
    desk.receive().refuses("assign_inquiry", {"no_activity": "R49", "no_single_owner": "R45"})


def test_a_matter_with_a_clear_owner_is_not_escalated(desk):
    desk.receive()
    desk.refuses("escalate_unclear_ownership", {"owner_is_clear": "R45"}, by=ANNA, activity="topic.invoice")


@pytest.mark.parametrize("activity", ["topic.parking", "sale.register_prospect"])
def test_an_inquiry_without_a_clear_owner_goes_to_the_head_while_its_clock_runs_on(desk, activity):
    desk.receive(activity=activity)
    assert (desk.now.stage, desk.now.data.owner) == ("ownership_unclear", HEAD_OF_SALES)
    one = desk.clock_of("first_response")
    assert (one.role, one.due, one.status) == (HEAD_OF_SALES.id, moscow(9, "10:30"), ObligationStatus.OPEN)
    assert desk.clock_of("ownership").due == moscow(9, "10:30")


@pytest.mark.parametrize("who", [LENA, ANNA, FINN])
def test_anybody_who_does_not_know_whose_it_is_asks_the_head(who):
    desk = Inquiries().receive().do("escalate_unclear_ownership", by=who)
    assert desk.now.stage == "ownership_unclear"
    desk.engine.tick()
    assert ("roman", "escalate_unclear_ownership") in {(m.to, m.template) for m in desk.notifier.delivered}


def test_the_head_decides_whose_it_is_and_may_reply_meanwhile(desk):
    desk.receive(activity="topic.parking").do("send_holding_reply", by=ROMAN)
    desk.refuses("resolve_ownership", {"wrong_role": "R45"}, by=FINN, assignee="faya")
    desk.refuses("resolve_ownership", {"not_available": "R45"}, assignee="gone")
    desk.do("resolve_ownership", assignee="faya")
    assert (desk.now.stage, desk.now.data.owner) == ("first_responded", "faya")
    assert desk.clock_of("ownership").status is ObligationStatus.MET


ROW = Responsibility("topic.parking", SECRETARY, clause="R45")


def test_resolving_may_add_a_row_to_the_matrix_and_the_next_one_finds_its_way(desk):
    desk.receive(activity="topic.parking").do("resolve_ownership", assignee="lena", new_row=ROW)
    assert desk.now.data.learned == ROW
    desk.receive(activity="topic.parking")
    assert (desk.now.stage, desk.now.data.owner) == ("assigned", SECRETARY)


def test_an_activity_is_settled_once(desk):
    first = desk.receive(activity="topic.parking").id
    desk.receive(activity="topic.parking").do("resolve_ownership", assignee="lena", new_row=ROW)
    desk.id = first
    desk.refuses("resolve_ownership", {"settled": "R79"}, new_row=Responsibility("topic.parking", FINANCE))


def test_a_new_row_is_about_the_matter_and_names_who_does_it(desk):
    desk.receive(activity="topic.parking")
    for row in (
        Responsibility("topic.other", SECRETARY),
        Responsibility("topic.parking", SECRETARY, Letter.INFORMED),
    ):
        desk.refuses("resolve_ownership", {"other_row": "R79"}, assignee="lena", new_row=row)
    open_row = Responsibility("topic.parking", None, parameter="inquiry.router")
    desk.refuses("resolve_ownership", {"other_row": "R79"}, assignee="lena", new_row=open_row)
    desk.refuses("resolve_ownership", {"wrong_assignee": "R45"}, assignee="finn", new_row=ROW)


def test_what_inquiries_have_settled_extends_the_matrix_for_whoever_asks(desk):
    desk.receive(activity="topic.parking").do("resolve_ownership", assignee="lena", new_row=ROW)
    learned = [case.data.learned for case in desk.engine.cases(process="inquiry") if case.data.learned]
    assert desk.engine.regulation.matrix.with_rows(learned).who_is_responsible("topic.parking") == (SECRETARY.id,)


def test_the_head_reassigns_with_a_reason(desk):
    desk.mine()
    desk.refuses("reassign_inquiry", {"blank": "R79", "same_person": "R79"}, assignee="finn", reason=" ")
    desk.do("reassign_inquiry", assignee="faya")
    assert desk.clock_of("first_response").person == "faya"


# -- the end ----------------------------------------------------------------------------------------------------------


def test_an_inquiry_is_closed_with_its_result_on_record(desk):
    desk.mine().do("send_answer")
    desk.refuses("close_inquiry", {"blank": "R46"}, result=" ")
    assert desk.do("close_inquiry", result="invoice sent").now.data.result == "invoice sent"


def test_an_unanswered_inquiry_is_not_closed(desk):
    desk.mine().refuses("close_inquiry", {"wrong_stage": "R46"}, result="x")


@pytest.mark.parametrize("closed", [False, True])
def test_a_reopened_inquiry_owes_an_answer_anew(desk, closed):
    desk.mine().do("send_answer")
    if closed:
        desk.do("close_inquiry", result="sent")
    desk.refuses("reopen_inquiry", {"blank": "R46"}, reason="")
    desk.at(10).do("reopen_inquiry")
    assert desk.now.stage == "first_responded"
    one = desk.clock_of("full_answer")
    assert (one.status, one.due, one.person) == (ObligationStatus.OPEN, moscow(11, "18:00"), "finn")
    desk.at(11).do("send_answer")
    assert desk.now.data.reopened == ("the wrong invoice",)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["send_holding_reply", "send_answer"]), st.integers(0, 60)), min_size=1, max_size=6
    )
)
def test_the_first_record_of_a_response_settles_the_clock_and_the_earliest_is_what_is_known(replies):
    desk = Inquiries().mine().at(9, "11:00")
    for number, (step, minute) in enumerate(replies):
        sent = moscow(9) + dt.timedelta(minutes=minute)
        desk.do(step, sent_at=sent, record_ref=f"r{number}")
    first, earliest = replies[0][1], min(minute for _, minute in replies)
    one = desk.clock_of("first_response")
    assert one.closed_at == moscow(9) + dt.timedelta(minutes=first)
    assert desk.now.data.first_response_at == moscow(9) + dt.timedelta(minutes=earliest)
    assert one.status is (ObligationStatus.MET if first <= 30 else ObligationStatus.MET_LATE)
    assert {response.kind for response in desk.now.data.responses} <= set(ResponseKind)


def test_an_unknown_assignee_is_nobody(desk):
    desk.receive()
    desk.refuses("assign_inquiry", {"nobody": "R79"}, activity="topic.invoice", assignee="nemo")


def test_a_firm_may_have_channels_of_its_own_but_they_are_spelled_as_ids(desk):
    assert desk.receive(channel="carrier_pigeon").now.data.channel == "carrier_pigeon"
    with pytest.raises(PayloadError, match="channel"):
        desk.receive(channel="Carrier pigeon")


def test_an_inquiry_is_found_by_its_subject_its_sender_and_its_document(desk):
    desk.receive(sender=Contact("Ivan"), channel="post", document=IncomingDocument("17-in", "Claim"))
    for where in ({"subject": "Where*"}, {"sender": "Ivan"}, {"document": "17-in"}):
        assert [case.id for case in desk.engine.cases("inquiry", where=where)] == [desk.id]
