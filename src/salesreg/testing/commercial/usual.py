"""Who usually takes each step, and with which payload; a desk's payload goes over it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from salesreg.commercial.domain.campaigns import BaseSource, CallScript, CampaignContact, ContactBase, ScriptStep
from salesreg.commercial.domain.clients import ClientDraft, Contact, Counterparty
from salesreg.commercial.domain.deals import ApprovalDecision, Outcome, Subject
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.plans import BonusLine
from salesreg.commercial.domain.price_changes import ChangeLine
from salesreg.commercial.domain.prices import PriceItem, QuoteLine
from salesreg.commercial.domain.questionnaires import Question, QuestionGroup, Questionnaire
from salesreg.commercial.domain.work import DraftedDocument, MainDocument, Work
from salesreg.commercial.roles import FINANCE, MANAGER
from salesreg.rules import SYSTEM_ACTOR, Actor, Employee, NormText, Role
from salesreg.testing.commercial.people import (
    ANNA,
    BOSS,
    DORA,
    FINN,
    HILDA,
    IGOR,
    IRINA,
    LENA,
    OLEG,
    PETR,
    ROMAN,
    moscow,
)

ROMASHKA: Final = ClientDraft(
    "OOO Romashka", inn="7707083893", kpp="770701001", contacts=(Contact("Ivan", email="buyer@example.com"),)
)
CLIENT: Final = Counterparty.of(ROMASHKA, id="D.counterparty", created_at=None)
LINES: Final = (
    QuoteLine("audit", Money("10000"), Decimal(10), Decimal(10)),
    QuoteLine("test", Money("333.33"), quantity=Decimal(10)),
)
CHEAPER: Final = (QuoteLine("audit", Money("9000"), reason="a large order"),)
ITEMS: Final = (
    PriceItem("audit", "Audit", "day", Money("10000")),
    PriceItem("test", "Test", "sample", Money("333.33")),
)
DEARER: Final = ChangeLine.change(ITEMS[0], price=Money("12000"))
AGREED: Final = ApprovalDecision(Subject.AMENDMENT, Outcome.APPROVED, "irina", moscow(2), "0" * 64, "petr")
ANSWERS: Final = {"need": "a certificate", "budget": "10000", "product": "an audit", "volume": "10 days",
    "client.contact": "Ivan, buyer@example.com"}  # fmt: skip

MONDAY: Final = dt.date(2026, 2, 2)
NINE: Final = moscow(2, "09:00")
PROPOSAL: Final[dict[str, Any]] = {"rationale": "a rival is dearer", "lines": (DEARER,)}
AGENDA: Final = ("Plan", "Leads")
FEBRUARY: Final = {"period_start": dt.date(2026, 2, 1), "period_end": dt.date(2026, 2, 28)}
FIGURES: Final = {"K1": Decimal(300_000), "K6": Decimal("0.95")}
AUDIT: Final[dict[str, Any]] = {
    "scope": "calls and inquiries", "auditor": "finn", "audited": ("roman",),
    "period_start": dt.date(2026, 1, 1), "period_end": dt.date(2026, 1, 31), "begin_by": moscow(6),
}  # fmt: skip
FINDING: Final[dict[str, Any]] = {
    "what": "Record the result of every call", "clause": "R60", "evidence": "calls 12, 15 and 18",
    "responsible": "anna", "due": moscow(16),
}  # fmt: skip
ASKED: Final = Questionnaire(
    "short", "1", {"en": "In short"}, ({"en": "no"}, {"en": "in part"}, {"en": "yes"}),
    (QuestionGroup("calls", {"en": "Calls"}, (
        Question("answered", {"en": "Is every inquiry answered in time?"}, "R43", Decimal(2)),
        Question("recorded", {"en": "Is every result recorded?"}, "R46"))),),
)  # fmt: skip
LEAVE: Final[dict[str, Any]] = {"leave_from": moscow(16, "09:00", 3), "leave_until": dt.date(2026, 3, 29)}


def within_half_an_hour(norm: str, text: str, russian: str, *, clause: str, role: Role, metric: str) -> NormText:
    """A duty of a role that is to be done at once."""
    how = {"term": "30 working minutes", "control": "the record", "metric": metric}
    return NormText(norm, text, {"ru": russian}, clause=clause, binds=(role.id,), **how)


# What a regulation says, and whom it is put to; what a bonus is made of.
NORMS: Final = (
    within_half_an_hour(
        "calls.back",
        "Call every client back.",
        "Перезванивай каждому клиенту.",
        clause="R43",
        role=MANAGER,
        metric="K6",
    ),
    within_half_an_hour(
        "finance.issue", "Issue the invoice.", "Оформляй счёт.", clause="R31", role=FINANCE, metric="K12"
    ),
    NormText("calls.greet", "Smile.", {"ru": "Улыбайся."}, strength="recommendation", clause="R88"),
)
TEAM: Final = ("anna", "sveta", "finn")
COMMISSION: Final = BonusLine("commission", Money(2000), "2 % of the sum", {"sum": "100000"}, ("R101",))

# What a campaign of calls begins with.
CALL_SCRIPT: Final = CallScript(
    "audit", "3", (ScriptStep("hello", "Good day"), ScriptStep("need", "Who audits you?")), published=True
)
IVAN: Final = CampaignContact("ivan", ClientDraft("OOO Romashka"), Contact("Ivan", phone="+7 495 111-11-11"))
OLGA: Final = CampaignContact("olga", ClientDraft("OOO Vasilyok"), Contact("Olga", phone="+7 495 222-22-22"))
CAMPAIGN: Final[dict[str, Any]] = {
    "name": "Spring", "base": ContactBase(BaseSource.PURCHASED, (IVAN, OLGA)), "script": CALL_SCRIPT,
    "system_of_record": "skorozvon", "proposal_template": "cp-1",
}  # fmt: skip
WORD: Final = {"channel": "email", "evidence": "mail 8"}  # what somebody said about being called


DOCUMENTED: Final[Mapping[str, tuple[str, str]]] = {
    "invoice.record_payment": ("reference", "pay"),
    "invoice.record_part_payment": ("reference", "pay"),
    "invoice.refund_payment": ("reference", "pay"),
    "client_account.repay": ("reference", "pay"),
    "call_contact.place_call": ("record_ref", "rec"),
}
"""The steps that name a document or a record which stands for one fact: in which field, and how it is called."""

USUAL: Final[dict[str, tuple[Employee | Actor, dict[str, Any]]]] = {
    # -- sale ---------------------------------------------------------------------------------------------------------
    "sale.register_prospect": (ANNA, {"source": "exhibition", "client": ROMASHKA}),
    "sale.start_price_negotiation": (ANNA, {"contact_ref": "m-1", "base_version": "2026-1", "lines": LINES}),
    "sale.revise_quote": (ANNA, {"lines": CHEAPER}),
    "sale.complete_questionnaire": (ANNA, {"meeting": "m-1", "answers": ANSWERS}),
    "sale.confirm_client_readiness": (ANNA, {"evidence": "letter 1"}),
    "sale.submit_for_approval": (ANNA, {}),
    "sale.approve_quote": (IRINA, {}),
    "sale.reject_quote": (IRINA, {"reason": "too cheap"}),
    "sale.confirm_quote": (BOSS, {}),
    "sale.decline_quote": (BOSS, {"reason": "too cheap"}),
    "sale.recall_submission": (ANNA, {}),
    "sale.reprice_quote": (SYSTEM_ACTOR, {"lines": CHEAPER, "base_version": "2026-2"}),
    "sale.require_reapproval": (SYSTEM_ACTOR, {"base_version": "2026-2"}),
    "sale.take_back_expired_quote": (ANNA, {}),
    "sale.open_deal": (IGOR, {"number": "D-1", "existing": None}),
    "sale.correct_counterparty": (IRINA, {"client": ROMASHKA, "reason": "a typing error"}),
    "sale.merge_counterparty": (IRINA, {"into": "D", "reason": "entered twice"}),
    "sale.follow_counterparty": (
        SYSTEM_ACTOR,
        {"counterparty": CLIENT},
    ),
    "sale.assign_specialist": (IRINA, {"specialist": "petr", "contact_email": "buyer@example.com"}),
    "sale.reassign_specialist": (IRINA, {"specialist": "dina", "reason": "leave"}),
    "sale.draft_contract": (FINN, {"template_version": "t-1"}),
    "sale.obtain_ceo_signature": (FINN, {"signed_by": "boss"}),
    "sale.refuse_contract": (BOSS, {"reason": "the terms", "outcome": "rework"}),
    "sale.hand_over_contract": (FINN, {}),
    "sale.dispatch_contract": (PETR, {"channel": "email"}),
    "sale.record_scan_return": (FINN, {"scan_ref": "s-1", "signatory": "the buyer"}),
    "sale.record_electronic_signature": (
        FINN,
        {"reference": "edo-1", "signatory": "the buyer", "signature": "qualified"},
    ),
    "sale.record_original_return": (FINN, {"archive_ref": "a-1"}),
    "sale.remind_contract_return": (FINN, {}),
    "sale.record_client_changes": (PETR, {"protocol": "p-1", "price_affected": False}),
    "sale.ask_for_renewal": (SYSTEM_ACTOR, {}),
    "sale.renew_contract": (PETR, {"agreement": "letter 30"}),
    "sale.amend_contract": (
        SYSTEM_ACTOR,
        {"number": "1", "lines": CHEAPER, "base_version": "2026-1", "approval": AGREED},
    ),
    "sale.let_contract_end": (PETR, {"reason": "a single order"}),
    "sale.record_client_refusal": (ANNA, {"reason": "another supplier"}),
    "sale.cancel_deal": (IRINA, {"reason": "no capacity"}),
    "sale.hold_deal": (IRINA, {"reason": "leave", "until": moscow(20)}),
    "sale.resume_deal": (IRINA, {}),
    "sale.close_deal": (PETR, {}),
    "sale.reopen_deal": (IRINA, {"reason": "a forgotten order"}),
    # -- amendment ----------------------------------------------------------------------------------------------------
    "amendment.draft_amendment": (PETR, {"deal": "D", "lines": CHEAPER}),
    "amendment.revise_amendment": (PETR, {"lines": CHEAPER}),
    "amendment.approve_amendment": (IRINA, {}),
    "amendment.confirm_amendment": (BOSS, {}),
    "amendment.reject_amendment": (IRINA, {"reason": "too cheap"}),
    "amendment.sign_amendment": (FINN, {"reference": "a-2", "signed_by": "boss", "signatory": "the buyer"}),
    "amendment.withdraw_amendment": (PETR, {"reason": "the client changed plans"}),
    "amendment.take_over": (IRINA, {"to": "dina"}),
    # -- work order ---------------------------------------------------------------------------------------------------
    "work_order.receive_work_order": (PETR, {"deal": "D", "works": (Work("1", "audit"),)}),
    "work_order.start_draft": (PETR, {}),
    "work_order.request_missing_info": (PETR, {"items": ("statutes", "samples")}),
    "work_order.request_info_again": (IRINA, {"items": ("statutes",), "reason": "the first copy was unreadable"}),
    "work_order.receive_info": (PETR, {"received": ("statutes", "samples")}),
    "work_order.submit_draft_to_client": (PETR, {"documents": (DraftedDocument("1", "h1"),)}),
    "work_order.record_client_approval": (PETR, {"evidence": "letter 2"}),
    "work_order.record_client_corrections": (PETR, {"corrections": "the address"}),
    "work_order.request_invoice": (PETR, {}),
    "work_order.note_prepayment": (SYSTEM_ACTOR, {"invoices": ("I",)}),
    "work_order.withdraw_prepayment": (SYSTEM_ACTOR, {"invoice": "I"}),
    "work_order.lose_invoice": (SYSTEM_ACTOR, {"invoice": "I"}),
    "work_order.note_invoice": (SYSTEM_ACTOR, {}),
    "work_order.launch_order": (PETR, {}),
    "work_order.record_acceptance": (PETR, {"act": "act 1"}),
    "work_order.reopen_work_order": (SYSTEM_ACTOR, {"reason": "the money was given back"}),
    "work_order.report_work_done": (PETR, {"result": "report 5"}),
    "work_order.issue_main_documents": (FINN, {"documents": (MainDocument("1", "N-1", "h1"),)}),
    "work_order.dispatch_main_documents": (PETR, {"packages": (), "channel": "courier"}),
    "work_order.close_work_order": (PETR, {}),
    "work_order.cancel_work_order": (IRINA, {"reason": "the client changed plans"}),
    "work_order.reassign_work_order": (SYSTEM_ACTOR, {"specialist": "dina"}),
    "work_order.hold_work_order": (SYSTEM_ACTOR, {"reason": "leave", "until": moscow(20)}),
    "work_order.resume_work_order": (SYSTEM_ACTOR, {}),
    # -- invoice ------------------------------------------------------------------------------------------------------
    "invoice.request_invoice": (PETR, {"orders": ("W",)}),
    "invoice.auto_create_invoice": (FINN, {"orders": ("W",)}),
    "invoice.return_invoice_request": (FINN, {"reason": "no address"}),
    "invoice.resubmit_invoice_request": (PETR, {"completed": "the address"}),
    "invoice.issue_invoice": (FINN, {"number": "I-1", "signed_by": "finn"}),
    "invoice.send_invoice": (PETR, {"channel": "email"}),
    "invoice.record_payment": (FINN, {"amount": Money("9000"), "reference": "pay 1"}),
    "invoice.record_part_payment": (FINN, {"amount": Money("4000"), "reference": "pay 1"}),
    "invoice.note_payment": (SYSTEM_ACTOR, {"payments": (), "paid_at": moscow(2)}),
    "invoice.note_allocation": (SYSTEM_ACTOR, {"payments": ()}),
    "invoice.note_release": (SYSTEM_ACTOR, {"payments": ()}),
    "invoice.credit_line": (FINN, {"work": "W/1", "number": "CN-1", "reason": "not needed"}),
    "invoice.settle_vat": (SYSTEM_ACTOR, {"works": (), "done_at": moscow(2)}),
    "invoice.withdraw_invoice_request": (PETR, {"reason": "asked for by mistake"}),
    "invoice.void_invoice": (FINN, {"reason": "wrong client"}),
    "invoice.refund_payment": (FINN, {"reference": "pay 9", "reason": "the order was given up"}),
    "invoice.reassign_invoice": (SYSTEM_ACTOR, {"specialist": "dina"}),
    # -- client's account ---------------------------------------------------------------------------------------------
    "client_account.open_account": (FINN, {"deal": "D"}),
    "client_account.follow_client": (SYSTEM_ACTOR, {"client": "D.counterparty", "name": "7707083893"}),
    "client_account.receive_payment": (FINN, {"amount": Money("9000"), "reference": "pay 1", "received_at": moscow(2)}),
    "client_account.enter_payment": (
        SYSTEM_ACTOR,
        {
            "invoice": "I",
            "amount": Money("9000"),
            "allocated": Money("9000"),
            "reference": "pay 1",
            "received_at": moscow(2),
        },
    ),
    "client_account.allocate": (FINN, {"receipt": "pay 1", "invoice": "I", "amount": Money("9000")}),
    "client_account.release": (FINN, {"invoice": "I", "reason": "the wrong invoice"}),
    "client_account.keep_advance": (FINN, {"receipt": "pay 1", "reason": "the client orders next week"}),
    "client_account.end_keeping": (SYSTEM_ACTOR, {}),
    "client_account.repay": (
        FINN,
        {
            "receipt": "pay 1",
            "amount": Money("9000"),
            "reference": "back 1",
            "reason": "paid twice",
        },
    ),
    "client_account.enter_credit": (SYSTEM_ACTOR, {"invoice": "I", "amount": Money("9000")}),
    "client_account.enter_refund": (SYSTEM_ACTOR, {"invoice": "I", "reference": "back 2", "reason": "given up"}),
    "client_account.close_account": (FINN, {"reason": "the client is gone"}),
    "client_account.reopen_account": (FINN, {"reason": "the client is back"}),
    # -- document package ---------------------------------------------------------------------------------------------
    "document_package.open_day": (SYSTEM_ACTOR, {"specialist": "petr", "date": MONDAY, "opens_at": NINE}),
    "document_package.request_signed_package": (PETR, {}),
    "document_package.hand_over_package": (FINN, {"documents": ("N-1",)}),
    "document_package.report_none_pending": (FINN, {}),
    "document_package.miss_day": (SYSTEM_ACTOR, {}),
    # -- price change -------------------------------------------------------------------------------------------------
    "price_change.adopt_base_list": (BOSS, {"version": "2026-1", "items": ITEMS}),
    "price_change.draft_proposal": (ANNA, {"base": "B", "version": "2026-2", **PROPOSAL}),
    "price_change.edit_proposal": (ANNA, PROPOSAL),
    "price_change.submit_proposal": (ANNA, {}),
    "price_change.endorse_proposal": (IRINA, {}),
    "price_change.return_proposal": (IRINA, {"reason": "too much"}),
    "price_change.reject_proposal": (IRINA, {"reason": "too much"}),
    "price_change.approve_proposal": (BOSS, {}),
    "price_change.withdraw_proposal": (ANNA, {}),
    "price_change.rebase_proposal": (ANNA, {"base": "B"}),
    "price_change.recall_proposal": (SYSTEM_ACTOR, {}),
    "price_change.revoke_approval": (BOSS, {"reason": "wait"}),
    "price_change.schedule_application": (IRINA, {"effective_from": moscow(3)}),
    "price_change.apply_price_list": (IGOR, {}),
    "price_change.put_in_force": (SYSTEM_ACTOR, {}),
    "price_change.supersede_price_list": (SYSTEM_ACTOR, {"successor": "B"}),
    "price_change.revert_price_list": (IRINA, {"base": "B", "version": "2026-3", "reason": "the rival gave in"}),
    # -- call campaign ------------------------------------------------------------------------------------------------
    "call_campaign.draft_campaign": (ROMAN, CAMPAIGN),
    "call_campaign.revise_campaign": (ROMAN, {}),
    "call_campaign.issue_campaign": (ROMAN, {}),
    "call_campaign.start_campaign": (ROMAN, {}),
    "call_campaign.pause_campaign": (ROMAN, {"reason": "a new script"}),
    "call_campaign.resume_campaign": (ROMAN, {}),
    "call_campaign.complete_campaign": (ROMAN, {}),
    "call_campaign.cancel_campaign": (ROMAN, {"reason": "no budget"}),
    # -- call contact -------------------------------------------------------------------------------------------------
    "call_contact.add_contact": (SYSTEM_ACTOR, {"campaign": "C", "contact": IVAN, "number": "N"}),
    "call_contact.record_time_zone": (OLEG, {"zone": "Europe/Moscow"}),
    "call_contact.claim_contact": (OLEG, {}),
    "call_contact.release_contact": (OLEG, {}),
    "call_contact.place_call": (OLEG, {"system": "skorozvon", "record_ref": "rec-1"}),
    "call_contact.record_script_step": (OLEG, {"script_step": "hello"}),
    "call_contact.identify_need": (OLEG, {"need": "an audit"}),
    "call_contact.send_proposal": (OLEG, {"proposal_ref": "cp-1/7", "channel": "email"}),
    "call_contact.end_call": (OLEG, {"seconds": 95}),
    "call_contact.record_result": (OLEG, {"disposition": "no_need"}),
    "call_contact.schedule_retry": (OLEG, {"next_at": moscow(3)}),
    "call_contact.requeue_contact": (SYSTEM_ACTOR, {}),
    "call_contact.accept_lead": (ANNA, {}),
    "call_contact.touch_lead": (ANNA, {"contact_ref": "letter 5"}),
    "call_contact.return_lead": (ANNA, {"reason": "a competitor"}),
    "call_contact.exclude_contact": (ROMAN, {"reason": "our own staff"}),
    "call_contact.recycle_contact": (ROMAN, {}),
    # -- do-not-call register -----------------------------------------------------------------------------------------
    "do_not_call.enter_number": (SYSTEM_ACTOR, {"phone": "+7 495 333-33-33"}),
    "do_not_call.enter_refusal": (ANNA, {"phone": "+7 495 333-33-33", **WORD}),
    "do_not_call.record_refusal": (LENA, WORD),
    "do_not_call.record_consent": (ROMAN, {**WORD, "given_at": moscow(2)}),
    "do_not_call.enter_consent": (ROMAN, {"phone": "+7 495 333-33-33", **WORD, "given_at": moscow(2)}),
    # -- inquiry ------------------------------------------------------------------------------------------------------
    "inquiry.receive_inquiry": (LENA, {"received_at": moscow(2), "channel": "email", "subject": "Where is it?"}),
    "inquiry.assign_inquiry": (LENA, {}),
    "inquiry.escalate_unclear_ownership": (ANNA, {}),
    "inquiry.resolve_ownership": (ROMAN, {"assignee": "finn"}),
    "inquiry.take_inquiry": (FINN, {}),
    "inquiry.reassign_inquiry": (ROMAN, {"assignee": "finn", "reason": "leave"}),
    "inquiry.record_auto_acknowledgement": (SYSTEM_ACTOR, {"channel": "email", "record_ref": "auto-1"}),
    "inquiry.send_holding_reply": (FINN, {"channel": "email", "record_ref": "mail-1"}),
    "inquiry.send_answer": (FINN, {"channel": "email", "record_ref": "mail-1"}),
    "inquiry.close_inquiry": (FINN, {"result": "invoice sent"}),
    "inquiry.reopen_inquiry": (ROMAN, {"reason": "the wrong invoice"}),
    # -- meeting ------------------------------------------------------------------------------------------------------
    "meeting.schedule_meeting": (
        ROMAN,
        {"kind": "team", "scheduled_at": moscow(2), "invited": ("anna",), "agenda": AGENDA},
    ),
    "meeting.convene_meeting": (SYSTEM_ACTOR, {"kind": "daily", "day": MONDAY, "opens": NINE, "person": "roman"}),
    "meeting.reschedule_meeting": (ROMAN, {"scheduled_at": moscow(3, "11:00"), "reason": "illness"}),
    "meeting.start_meeting": (ROMAN, {"basis": {"kind": "team_plan", "ref": "plan-2026-02"}}),
    "meeting.add_agenda_item": (ANNA, {"title": "Quotes"}),
    "meeting.open_agenda_item": (ROMAN, {"item": 1}),
    "meeting.record_note": (ANNA, {"kind": "discussion", "text": "well"}),
    "meeting.record_decision": (ROMAN, {"what": "Call Romashka", "due": moscow(3, "12:00"), "responsible": ("anna",)}),
    "meeting.summarise_item": (ROMAN, {"summary": "agreed"}),
    "meeting.defer_item": (ROMAN, {"reason": "no time"}),
    "meeting.close_meeting": (ROMAN, {"totals": "plan met"}),
    "meeting.cancel_meeting": (ROMAN, {"reason": "fire drill"}),
    "meeting.record_no_show": (ANNA, {"reason": "the chair did not come"}),
    # -- assignment ---------------------------------------------------------------------------------------------------
    "assignment.give_assignment": (ROMAN, {"what": "Call Romashka", "due": moscow(4, "12:30"), "responsible": "anna"}),
    "assignment.report_done": (ANNA, {"result": "they want an audit"}),
    "assignment.verify_assignment": (ROMAN, {}),
    "assignment.return_assignment": (ROMAN, {"reason": "no figures", "due": moscow(5, "12:00")}),
    "assignment.reassign_assignment": (ROMAN, {"responsible": "sveta", "reason": "leave"}),
    "assignment.extend_assignment": (ROMAN, {"due": moscow(5), "reason": "client away"}),
    "assignment.cancel_assignment": (ROMAN, {"reason": "client closed down"}),
    # -- regulation version -------------------------------------------------------------------------------------------
    "regulation_version.draft_version": (ROMAN, {"number": "1.0", "norms": NORMS}),
    "regulation_version.revise_version": (ROMAN, {"norms": NORMS, "changelog": "clearer words"}),
    "regulation_version.open_discussion": (ROMAN, {"people": TEAM}),
    "regulation_version.comment": (ANNA, {"text": "thirty minutes are short"}),
    "regulation_version.approve_version": (BOSS, {}),
    "regulation_version.publish_version": (ROMAN, {"effective_from": moscow(1, "00:00", 3), "people": TEAM}),
    "regulation_version.ask_to_acknowledge": (HILDA, {"people": TEAM}),
    "regulation_version.ask_joined": (SYSTEM_ACTOR, {}),
    "regulation_version.acknowledge": (ANNA, {}),  # with the hash of the very text
    "regulation_version.raise_question": (ANNA, {"text": "Also on Sundays?"}),
    "regulation_version.answer_question": (ROMAN, {"employee": "anna", "answer": "No."}),
    "regulation_version.put_in_force": (SYSTEM_ACTOR, {}),
    "regulation_version.supersede_version": (SYSTEM_ACTOR, {"successor": "V2"}),
    "regulation_version.record_review": (ROMAN, {"summary": "as it is done"}),
    "regulation_version.withdraw_version": (ROMAN, {"reason": "the law has changed"}),
    # -- audit --------------------------------------------------------------------------------------------------------
    "audit.call_for_audit": (SYSTEM_ACTOR, {"ordered_by": "boss"}),
    "audit.plan_audit": (BOSS, AUDIT),
    "audit.appoint_auditor": (BOSS, AUDIT),
    "audit.postpone_audit": (BOSS, {"begin_by": moscow(9), "reason": "the auditor is ill"}),
    "audit.begin_audit": (FINN, {}),
    "audit.record_answers": (FINN, {"questionnaire": ASKED, "answers": {"answered": 1, "recorded": 0}}),
    "audit.record_finding": (FINN, FINDING),
    "audit.withdraw_finding": (FINN, {"finding": 1, "reason": "it was recorded elsewhere"}),
    "audit.object_to_finding": (ANNA, {"finding": 1, "reason": "I was ill that week"}),
    "audit.report_audit": (FINN, {"summary": "one finding"}),
    "audit.await_remedy": (SYSTEM_ACTOR, {"due": moscow(20)}),
    "audit.record_verdict": (FINN, {"finding": 1, "verdict": "remedied", "note": "all on record"}),
    "audit.end_follow_up": (FINN, {}),
    "audit.reopen_finding": (BOSS, {"finding": 1, "reason": "show me the calls"}),
    "audit.close_audit": (BOSS, {}),
    "audit.cancel_audit": (BOSS, {"reason": "a certifier comes instead"}),
    # -- plan ---------------------------------------------------------------------------------------------------------
    "plan.propose_plan": (ROMAN, {"employee": "anna", **FEBRUARY, "targets": FIGURES}),
    "plan.revise_plan": (ROMAN, {"targets": FIGURES}),
    "plan.object_to_plan": (ANNA, {"reason": "two weeks of leave"}),
    "plan.agree_plan": (ANNA, {}),
    "plan.put_in_force": (SYSTEM_ACTOR, {}),
    "plan.end_plan": (SYSTEM_ACTOR, {}),
    "plan.withdraw_plan": (ROMAN, {"reason": "another plan"}),
    # -- bonus --------------------------------------------------------------------------------------------------------
    "bonus.open_statement": (ROMAN, {"employee": "anna", **FEBRUARY, "plan_source": "V"}),
    "bonus.open_salary": (FINN, {"employee": "anna", "pay_day": dt.date(2026, 2, 2)}),
    "bonus.open_leave_pay": (HILDA, {"employee": "anna", **LEAVE}),
    "bonus.calculate_statement": (SYSTEM_ACTOR, {}),
    "bonus.dispute_statement": (ANNA, {"reason": "a deal is missing"}),
    "bonus.answer_dispute": (ROMAN, {"answer": "it is next month's"}),
    "bonus.approve_statement": (BOSS, {}),
    "bonus.pay_statement": (FINN, {"payment_ref": "p-1"}),
    "bonus.reverse_statement": (ROMAN, {"reason": "another month"}),
    # -- the charges of all -------------------------------------------------------------------------------------------
    "sale.take_over": (ROMAN, {"charge": "owner", "to": "sveta"}),
    "work_order.take_over": (IRINA, {"to": "dina"}),
    "invoice.take_over": (IRINA, {"to": "dina"}),
    "document_package.take_over": (IRINA, {"to": "dina"}),
    "price_change.take_over": (ROMAN, {"to": "sveta"}),
    "call_contact.take_over": (ROMAN, {"charge": "caller", "to": "kira"}),
    "audit.take_over": (BOSS, {"charge": "auditor", "to": "lena"}),
    "plan.take_over": (DORA, {"to": "irina"}),
    "inquiry.take_over": (BOSS, {"to": "petr"}),
    "meeting.take_over": (DORA, {"to": "irina"}),
    "assignment.take_over": (ROMAN, {"charge": "responsible", "to": "sveta"}),
    "regulation_version.take_over": (DORA, {"to": "hilda"}),
}
