"""The work order, as the regulation reads: from a client's order to the main documents in the client's hands."""

from __future__ import annotations

import datetime as dt

import attrs
import msgspec
import pytest
from trade import AUDIT, TEST, TO_AGREED, TO_DONE, TO_ISSUED, Trade

from salesreg.commercial import COMMERCIAL
from salesreg.commercial.domain.payment_terms import InvoiceBasis, PaymentTerms
from salesreg.commercial.domain.work import DraftedDocument, MainDocument, Work
from salesreg.commercial.processes.work_order import WorkOrderProcess
from salesreg.decide import decide
from salesreg.errors import CaseMismatch, CaseNotFound, DomainError, PayloadError, StepRefused
from salesreg.process import ObligationStatus
from salesreg.testing.commercial import ANNA, BOSS, DINA, FINN, IRINA, LENA, PETR, moscow


@pytest.fixture
def desk() -> Trade:
    desk = Trade()
    desk.deal()
    return desk


def prepaid(desk: Trade, *steps: str) -> str:
    return desk.order("W", *steps, request="letter 17")


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_is_whole():
    russian = COMMERCIAL.texts.locale("ru")
    assert WorkOrderProcess.check() == ()
    for kind, declared in (("stage", WorkOrderProcess.stages), ("step", WorkOrderProcess.steps)):
        assert all(russian.title(f"work_order.{kind}.{one.id}") != one.title for one in declared.values())
    assert all(step.clause for step in WorkOrderProcess.steps.values())


# -- the order --------------------------------------------------------------------------------------------------------


def test_the_specialist_receives_an_order_under_a_contract_in_force(desk):
    case = desk.case(desk.order("W"))
    assert (case.stage, case.data.deal, case.data.specialist) == ("received", "D", "petr")
    assert case.data.contact_email == "buyer@example.com"
    assert desk.engine.history("W")[0].clauses == ("R23", "R27", "R28")
    assert desk.owed("W")["work_order.start_draft"].due == moscow(3, "18:00")


def test_the_deal_learns_of_its_order_so_that_no_guard_over_orders_misses_one(desk):
    before = desk.case("D").version
    desk.order("W")
    assert desk.case("D").version == before + 1
    assert desk.engine.history("D")[-1].payload == {"child": "W", "process": "work_order"}


def test_no_order_is_received_before_the_contract_is_in_force():
    desk = Trade()
    desk.begin("sale", "register_prospect", case="D")
    codes = ("contract_not_in_force", "not_assigned.deal", "not_quoted")
    refused = desk.refused_to_begin("work_order", "receive_work_order", *codes)
    assert [one.clause for one in refused.refusals] == ["R23", "R14", "R30"]


def test_an_order_is_for_items_whose_price_is_agreed(desk):
    [refusal] = desk.refused_to_begin(
        "work_order", "receive_work_order", "not_quoted", works=(Work("1", "survey"),)
    ).refusals
    assert (refusal.clause, refusal.need, refusal.got) == ("R30", ("audit", "test"), ("survey",))


def test_only_the_deals_own_specialist_receives_its_orders(desk):
    desk.refused_to_begin("work_order", "receive_work_order", "not_assigned.deal", by=DINA)


@pytest.mark.parametrize("who", [ANNA, IRINA, FINN, BOSS, LENA])
def test_nobody_but_a_specialist_receives_orders(desk, who):
    desk.refused_to_begin("work_order", "receive_work_order", "wrong_role", "not_assigned.deal", by=who)


def test_an_order_without_work_or_with_one_work_twice_is_none(desk):
    desk.refused_to_begin("work_order", "receive_work_order", "no_works_ordered", works=())
    desk.refused_to_begin("work_order", "receive_work_order", "work_twice", works=(AUDIT, AUDIT))


def test_a_blank_request_is_no_request(desk):
    desk.refused_to_begin("work_order", "receive_work_order", "blank", request=" ")


def test_an_order_names_a_deal_that_exists_and_is_one(desk):
    with pytest.raises(CaseNotFound, match="'nowhere'"):
        desk.order("W", deal="nowhere")
    desk.order("W")
    with pytest.raises(
        CaseMismatch, match="deal of 'receive_work_order' names a 'sale' case, and 'W' is of 'work_order'"
    ):
        desk.order("V", deal="W")


def test_a_missing_or_mistyped_payload_is_named_in_full(desk):
    works = ({"id": "1", "item": "audit", "quantity": "many"},)
    with pytest.raises(PayloadError) as wrong:
        desk.engine.start("work_order", "receive_work_order", {"works": works, "colour": 1}, by=PETR)
    assert [problem.split(":")[0] for problem in wrong.value.problems] == ["deal", "works", "colour"]


# -- payment terms ----------------------------------------------------------------------------------------------------


def test_work_that_the_client_asks_for_is_paid_in_advance(desk):
    order = desk.case(prepaid(desk)).data
    assert order.terms.terms is PaymentTerms.PREPAY
    assert order.terms.explain() == "prepayment (R28): the client asked for the work in letter 17"


def test_other_work_is_paid_for_by_fact(desk):
    order = desk.case(desk.order("W")).data
    assert order.terms.terms is PaymentTerms.POSTPAY
    assert order.terms.explain().startswith("payment for work done (R27)")


def test_other_terms_are_agreed_for_a_reason(desk):
    desk.refused_to_begin(
        "work_order", "receive_work_order", "terms_without_reason", request="letter 17", payment_terms="postpay"
    )
    order = desk.order("W", request="letter 17", payment_terms="postpay", terms_reason="a client of ten years")
    assert (
        desk.case(order).data.terms.explain()
        == "payment for work done (R27): agreed with the client: a client of ten years"
    )


# -- the draft --------------------------------------------------------------------------------------------------------


def test_a_draft_begins_on_a_contract_signed_by_the_client(desk):
    desk.order("W", "start_draft")
    assert desk.stage("W") == "drafting"
    [met] = desk.engine.history("W")[-1].closed
    assert (met.norm, met.status) == ("work_order.start_draft", ObligationStatus.MET)
    assert desk.owed("W")["work_order.draft"].due == moscow(5, "18:00")


def test_where_the_original_is_demanded_the_scan_is_not_enough():
    desk = Trade(work_order__signed_copy="original")
    desk.deal()
    desk.order("W")
    [refusal] = desk.refused("W", "start_draft", "not_signed_by_client.original").refusals
    assert refusal.clause == "R22"
    desk.take("D", "record_original_return")
    assert desk.take("W", "start_draft").stage == "drafting"


def test_without_a_contract_there_is_no_draft(desk):
    desk.order("W")
    deal = desk.case("D")
    bare = msgspec.structs.replace(deal, data=attrs.evolve(deal.data, contract=None))
    given = {"by": PETR, "at": moscow(3), "regulation": desk.engine.regulation, "related": [bare]}
    with pytest.raises(StepRefused, match="has not come back"):
        decide(WorkOrderProcess.start_draft(), desk.case("W"), **given)


def test_only_the_orders_specialist_works_on_the_draft(desk):
    desk.order("W")
    desk.refused("W", "start_draft", "not_assigned", by=DINA)
    desk.refused("W", "start_draft", "wrong_role", by=FINN)


def test_missing_information_is_asked_of_the_client_and_the_draft_clock_stands_still(desk):
    desk.order("W", "start_draft")
    desk.at(3).take("W", "request_missing_info")
    assert desk.told("W") == {"buyer@example.com"}
    assert desk.owed("W")["work_order.draft"].status is ObligationStatus.PAUSED
    assert desk.owed("W")["work_order.client_info"].due == moscow(6, "18:00")
    desk.at(5).take("W", "receive_info")
    assert desk.stage("W") == "drafting"
    assert desk.owed("W")["work_order.draft"].due == moscow(9, "18:00")
    assert desk.case("W").data.info_requests[0].answered_at == moscow(5)


def test_the_specialist_waits_until_every_item_is_received_or_waived(desk):
    desk.order("W", "start_draft", "request_missing_info")
    assert desk.take("W", "receive_info", received=("samples",)).stage == "awaiting_info"
    case = desk.take("W", "receive_info", received=(), waived=("statutes",), reason="public anyway")
    assert case.stage == "drafting"
    [request] = case.data.info_requests
    assert (request.received, request.waived, request.waived_by) == (("samples",), ("statutes",), "petr")


def test_what_was_asked_for_before_is_asked_for_again_by_the_head_alone(desk):
    desk.order("W", "start_draft", "request_missing_info")
    desk.take("W", "receive_info", received=(), waived=("statutes", "samples"), reason="public anyway")
    refused = desk.refused("W", "request_missing_info", "asked_before", items=("Statutes ", "photos"))
    assert refused.refusals[0].got == ("Statutes ",)
    desk.refused("W", "request_missing_info", "asked_before", items=("stаtutes.",))
    desk.refused("W", "request_info_again", "wrong_role", by=PETR)
    desk.take("W", "request_info_again")
    assert desk.told("W") == {"buyer@example.com", "petr"}
    desk.take("W", "receive_info", received=("statutes",))
    assert desk.take("W", "request_missing_info", items=("photos",)).stage == "awaiting_info"


def test_nobody_works_on_an_order_whose_deal_is_on_hold(desk):
    steps = {"start_draft": (), "submit_draft_to_client": ("start_draft",), "request_missing_info": ("start_draft",)}
    steps["receive_info"] = ("start_draft", "request_missing_info")
    steps["launch_order"] = ("start_draft", "submit_draft_to_client", "record_client_approval")
    for number, before in enumerate(steps.values()):
        desk.order(f"W{number}", *before)
    desk.take("D", "hold_deal")
    for number, step in enumerate(steps):
        desk.refused(f"W{number}", step, "deal_on_hold")
    desk.take("D", "resume_deal")
    for number, step in enumerate(steps):
        desk.take(f"W{number}", step)


def test_a_request_for_information_and_its_answer_name_real_items(desk):
    desk.order("W", "start_draft")
    desk.refused("W", "request_missing_info", "info_nothing", items=())
    desk.refused("W", "request_missing_info", "info_nothing", items=("samples", " "))
    desk.take("W", "request_missing_info")
    desk.refused("W", "receive_info", "no_items", received=())
    desk.refused("W", "receive_info", "info_not_asked", received=("passport",))
    desk.refused("W", "receive_info", "info_waived_for_nothing", received=(), waived=("samples",))
    desk.refused("W", "receive_info", "info_settled_twice", received=("samples",), waived=("samples",), reason="found")
    desk.refused("W", "submit_draft_to_client", "wrong_stage")


def test_the_client_reviews_one_document_for_each_work(desk):
    desk.order("W", "start_draft", works=(AUDIT, TEST))
    desk.refused("W", "submit_draft_to_client", "not_every_work")
    desk.refused(
        "W",
        "submit_draft_to_client",
        "not_every_work",
        "draft_work_twice",
        documents=[{"work": "1", "content_hash": "h"}] * 2,
    )
    both = (DraftedDocument("2", "h2"), DraftedDocument("1", "h1"))
    case = desk.take("W", "submit_draft_to_client", documents=both)
    assert (case.stage, case.data.drafts[0].version) == ("client_review", 1)
    assert desk.told("W") == {"buyer@example.com"}
    assert set(desk.owed("W")) == {"work_order.client_review"}


def test_the_clients_corrections_lead_to_another_version_and_nothing_is_lost(desk):
    desk.order("W", "start_draft", "submit_draft_to_client")
    desk.refused("W", "record_client_corrections", "blank", corrections="")
    desk.at(4).take("W", "record_client_corrections")
    assert desk.owed("W")["work_order.draft"].due == moscow(9, "18:00")
    case = desk.take("W", "submit_draft_to_client", documents=(DraftedDocument("1", "h2"),))
    assert [(draft.version, draft.corrections) for draft in case.data.drafts] == [(1, "the address"), (2, "")]
    desk.refused("W", "record_client_approval", "other_draft", version=1)
    assert desk.take("W", "record_client_approval", version=2).data.agreed.hash_of("1") == "h2"


def test_the_clients_agreement_is_on_record(desk):
    desk.order("W", "start_draft", "submit_draft_to_client")
    desk.refused("W", "record_client_approval", "blank", evidence=" ")
    case = desk.take("W", "record_client_approval")
    assert (case.stage, case.data.agreed.evidence) == ("agreed", "letter 2")
    assert desk.owed("W")["work_order.launch"].due == moscow(3, "18:00")


# -- the launch -------------------------------------------------------------------------------------------------------


def test_an_order_paid_by_fact_is_launched_once_it_is_agreed(desk):
    desk.order("W", *TO_AGREED, "launch_order")
    assert desk.stage("W") == "in_progress"
    [met] = desk.engine.history("W")[-1].closed
    assert (met.norm, met.status) == ("work_order.launch", ObligationStatus.MET)


def test_an_order_paid_in_advance_waits_for_its_money(desk):
    prepaid(desk, *TO_AGREED)
    [refusal] = desk.refused("W", "launch_order", "not_prepaid").refusals
    assert (refusal.clause, refusal.got) == ("R28", "letter 17")
    desk.take("W", "request_invoice")
    assert desk.stage("W") == "awaiting_prepayment"
    desk.refused("W", "launch_order", "not_prepaid")
    desk.at(3).pay(desk.invoice_of("W").id)
    assert desk.case("W").data.prepaid_by == (desk.invoice_of("W").id,)
    assert desk.owed("W")["work_order.launch_prepaid"].due == moscow(4, "18:00")
    assert desk.told("W") >= {"petr"}
    assert desk.take("W", "launch_order").stage == "in_progress"
    assert desk.case("W").obligations == ()


def test_who_launches_works_and_issues_is_for_the_company_to_say():
    desk = Trade(work_order__launcher="head_of_commercial", work_order__performer="it_staff")
    desk.deal()
    desk.order("W", *TO_AGREED)
    desk.refused("W", "launch_order", "wrong_role")
    desk.take("W", "launch_order", by=IRINA)
    desk.refused("W", "report_work_done", "wrong_role")


# -- the work and its documents ---------------------------------------------------------------------------------------


def test_no_result_without_a_record_of_it(desk):
    desk.order("W", *TO_AGREED, "launch_order")
    [refusal] = desk.refused("W", "report_work_done", "blank", result="").refusals
    assert (refusal.clause, refusal.facts) == ("R27", {"field": "result"})


def test_a_specialist_works_on_their_own_orders_unless_the_firm_shares_its_work(desk):
    desk.order("W", *TO_AGREED)
    for step in ("launch_order", "report_work_done", "record_acceptance"):
        [refusal] = desk.refused("W", step, "not_in_charge", by=DINA).refusals
        assert (refusal.clause, refusal.need) == ("R14", "petr")
        desk.take("W", step)
    shared = Trade(duties__own_only=False)
    shared.deal()
    shared.order("W", *TO_AGREED)
    shared.take("W", "launch_order", by=DINA)


def test_no_work_is_done_before_the_order_is_launched(desk):
    desk.order("W", *TO_AGREED)
    desk.at(5).take("W", "launch_order")
    desk.at(9).refused("W", "report_work_done", "too_early", done_at=moscow(4))
    assert desk.take("W", "report_work_done", done_at=moscow(6)).data.done_at("1") == moscow(6)


def test_what_is_issued_is_the_version_that_the_client_agreed_to(desk):
    desk.order("W", *TO_DONE)
    [refusal] = desk.refused(
        "W", "issue_main_documents", "not_the_agreed_draft", documents=(MainDocument("1", "N-1", "h9"),)
    ).refusals
    assert (refusal.clause, refusal.need, refusal.got) == ("R24", "h1", "h9")
    desk.refused("W", "issue_main_documents", "not_every_work", documents=())
    desk.refused("W", "issue_main_documents", "not_every_work", documents=(MainDocument("7", "N-1", "h1"),))
    assert desk.take("W", "issue_main_documents").stage == "documents_issued"
    assert desk.told("W") == {"petr"}


def test_two_documents_never_share_a_number(desk):
    desk.order("W", *TO_ISSUED)
    desk.order("V", *TO_DONE)
    taken = (MainDocument("1", "N-W", "h1"),)
    [refusal] = desk.refused("V", "issue_main_documents", "number_taken", documents=taken).refusals
    assert (refusal.clause, refusal.got, refusal.facts) == ("R34", "N-W", {"holder": "W"})


def test_two_documents_of_one_order_never_share_a_number(desk):
    desk.order("W", works=(AUDIT, TEST))
    desk.take("W", "start_draft")
    desk.take("W", "submit_draft_to_client", documents=(DraftedDocument("1", "h1"), DraftedDocument("2", "h2")))
    desk.take("W", "record_client_approval", "launch_order", "report_work_done")
    both = (MainDocument("1", "N-1", "h1"), MainDocument("2", "N-1", "h2"))
    desk.refused("W", "issue_main_documents", "document_number_twice", documents=both)


def test_documents_go_to_the_client_once_finance_has_handed_them_over_signed(desk):
    desk.order("W", *TO_ISSUED)
    desk.engine.tick()
    today = "document_package:daily:petr:2026-02-02"
    desk.refused("W", "dispatch_main_documents", "not_in_a_package", by=PETR, packages=(), channel="courier")
    desk.refused(
        "W",
        "dispatch_main_documents",
        "package_not_received",
        "not_in_a_package",
        by=PETR,
        packages=(today,),
        channel="post",
    )
    desk.take(today, "request_signed_package")
    desk.take(today, "hand_over_package", documents=("N-7",))
    desk.refused("W", "dispatch_main_documents", "not_in_a_package", by=PETR, packages=(today,), channel="post")
    case = desk.at(3).deliver("W")
    assert (case.stage, case.data.packages) == ("delivered", ("document_package:daily:petr:2026-02-03",))
    assert desk.told("W") == {"buyer@example.com"}


def test_an_order_is_closed_when_all_its_work_is_paid_for(desk):
    desk.order("W", *TO_ISSUED)
    desk.deliver("W")
    invoice = desk.invoice_of("W").id
    desk.refused("W", "close_work_order", "invoices_open")
    desk.take(invoice, "withdraw_invoice_request")
    [refusal] = desk.refused("W", "close_work_order", "not_invoiced").refusals
    assert (refusal.clause, refusal.got) == ("R34", ("1",))
    desk.take("W", "request_invoice")
    desk.pay(desk.invoice_of("W").id)
    assert desk.take("W", "close_work_order").stage == "closed"
    desk.refused("W", "cancel_work_order", "wrong_stage")


# -- invoicing from the order -----------------------------------------------------------------------------------------


def test_work_paid_by_fact_is_not_invoiced_before_it_is_done(desk):
    desk.order("W", *TO_AGREED)
    [refusal] = desk.refused("W", "request_invoice", "work_not_done").refusals
    assert refusal.clause == "R27"


def test_a_work_is_not_asked_to_be_invoiced_twice(desk):
    desk.order("W", *TO_DONE)
    [refusal] = desk.refused("W", "request_invoice", "already_invoiced").refusals
    assert (refusal.clause, refusal.got) == ("R30", (desk.invoice_of("W").id,))


def test_the_specialist_may_keep_the_request_for_later(desk):
    desk.order("W", *TO_DONE, basis=InvoiceBasis.REQUEST)
    assert desk.engine.cases("invoice") == ()
    desk.take("W", "request_invoice")
    assert desk.told("W") == {"finn"}
    assert desk.invoice_of("W").data.basis is InvoiceBasis.REQUEST


# -- giving up, resting, handing over ---------------------------------------------------------------------------------


def test_an_order_is_cancelled_for_a_reason_in_any_stage(desk):
    desk.order("W", "start_draft")
    desk.refused("W", "cancel_work_order", "blank", reason=" ")
    desk.refused("W", "cancel_work_order", "wrong_role", by=DINA)
    case = desk.take("W", "cancel_work_order", by=PETR)
    assert (case.stage, case.data.cancel_reason, case.obligations) == ("cancelled", "the client changed plans", ())
    assert desk.told("W") == {"finn"}


def test_a_request_for_an_invoice_falls_with_the_order(desk):
    desk.order("W", *TO_DONE)
    invoice = desk.invoice_of("W").id
    desk.take("W", "cancel_work_order")
    assert desk.case(invoice).stage == "void"


def test_an_issued_invoice_is_voided_and_money_given_back_before_the_order_is_cancelled(desk):
    prepaid(desk, *TO_AGREED, "request_invoice")
    invoice = desk.invoice_of("W").id
    desk.take(invoice, "issue_invoice")
    desk.refused("W", "cancel_work_order", "invoices_unpaid")
    desk.pay(invoice)
    desk.refused("W", "cancel_work_order", "not_refunded")
    desk.take(invoice, "refund_payment")
    assert desk.case("W").data.prepaid_by == ()
    desk.refused("W", "launch_order", "not_prepaid")
    assert desk.take("W", "cancel_work_order").stage == "cancelled"


def test_an_order_rests_and_goes_on_with_its_deal(desk):
    desk.order("W", "start_draft")
    desk.at(3).take("D", "hold_deal", until=moscow(20))
    assert desk.owed("W")["work_order.draft"].status is ObligationStatus.PAUSED
    desk.refused_to_begin("work_order", "receive_work_order", "deal_on_hold")
    desk.at(20)
    desk.engine.tick()
    assert desk.case("D").data.hold is None
    assert desk.owed("W")["work_order.draft"].due > moscow(20)


def test_nobody_but_the_system_lets_an_order_rest(desk):
    desk.order("W")
    for step, given in (
        ("hold_work_order", {"reason": "r", "until": moscow(9)}),
        ("resume_work_order", {}),
        ("reassign_work_order", {"specialist": "dina"}),
    ):
        desk.refused("W", step, "wrong_role", by=IRINA, **given)


def test_a_new_specialist_takes_over_the_deals_orders_and_what_is_owed_in_them(desk):
    desk.order("W", "start_draft")
    desk.take("D", "reassign_specialist", specialist="dina")
    assert desk.case("W").data.specialist == "dina"
    assert desk.owed("W")["work_order.draft"].person == "dina"
    assert desk.told("W") == {"dina"}
    desk.refused("W", "request_missing_info", "not_assigned")
    wrong = desk.refused("W", "reassign_work_order", "wrong_assignee", specialist="finn")
    assert wrong.reasons() == ("Finn is no commercial specialist (R14)",)


def test_a_late_draft_is_met_late_and_a_forgotten_one_stays_breached(desk):
    desk.order("W", "start_draft")
    desk.order("V", "start_draft")
    desk.at(9).take("W", "submit_draft_to_client")
    desk.take("V", "cancel_work_order")
    [late], [forgotten] = desk.engine.history("W")[-1].closed, desk.engine.history("V")[-1].closed
    assert (late.status, forgotten.status) == (ObligationStatus.MET_LATE, ObligationStatus.BREACHED)
    assert late.due == forgotten.due == moscow(5, "18:00")
    assert dt.timedelta(0) < moscow(9) - late.due


def test_what_was_done_replays_to_what_is_stored(desk):
    desk.order("W", *TO_ISSUED, request=None)
    desk.pay(desk.invoice_of("W").id)
    desk.deliver("W")
    desk.take("W", "close_work_order")
    assert desk.engine.verify() == ()


def test_an_order_whose_prepayment_invoice_is_voided_waits_for_its_specialist(desk):
    prepaid(desk, *TO_AGREED, "request_invoice")
    invoice = desk.invoice_of("W").id
    desk.take(invoice, "withdraw_invoice_request")
    owed = [one.norm for one in desk.owed("W").values()]
    tasks = [task.case.id for task in desk.engine.tasks(PETR)]
    assert "W" in tasks, f"{desk.stage('W')} owes {owed}"
    assert "request_invoice" in {one.step.id for one in desk.engine.available("W", by=PETR) if one.allowed}


def test_no_two_works_of_the_company_have_one_name(desk):
    desk.order("A/1", "start_draft", works=(Work("2", "audit"),))
    desk.take("A/1", "submit_draft_to_client", documents=(DraftedDocument("2", "h1"),))
    desk.take("A/1", "record_client_approval", "launch_order", "report_work_done")
    assert desk.invoice_of("A/1").data.lines[0].ref == "A/1/2"
    with pytest.raises(DomainError, match="no slash, as 1/2 has"):
        Work("1/2", "audit")
    with pytest.raises(PayloadError, match="no slash"):
        desk.order("A", works=({"id": "1/2", "item": "audit"},))
