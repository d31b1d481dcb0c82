"""The sale, as the regulation reads: who may do what, when, by when, and what happens otherwise."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesreg.calendars import WorkSchedule
from salesreg.decide import Decision, available, decide, replay
from salesreg.domain.clients import ClientDraft, ClientKind
from salesreg.domain.contracts import Channel
from salesreg.domain.deals import CeoRefusal, Deal, Outcome, Subject
from salesreg.domain.money import Money
from salesreg.domain.people import SYSTEM, Actor, Employee, Role
from salesreg.domain.prices import QuoteLine, QuoteStatus
from salesreg.errors import CaseMismatch, OutOfOrder, PayloadError, StepRefused, UnknownStep
from salesreg.processes import Case, ObligationStatus
from salesreg.processes.sale import Sale
from salesreg.regulation import Regulation

# -- the cast, the regulation and the clock ---------------------------------------------------------------------------

ANNA = Employee("anna", "Anna", [Role.SALES_MANAGER])
SVETA = Employee("sveta", "Sveta", [Role.SALES_MANAGER])
OLEG = Employee("oleg", "Oleg", [Role.COLD_CALLER])
HEAD = Employee("head", "Irina", [Role.HEAD_OF_COMMERCIAL])
PETR = Employee("petr", "Petr", [Role.COMMERCIAL_SPECIALIST])
DINA = Employee("dina", "Dina", [Role.COMMERCIAL_SPECIALIST])
FINN = Employee("finn", "Finn", [Role.FINANCE])
IGOR = Employee("igor", "Igor", [Role.IT_STAFF])
BOSS = Employee("boss", "Boss", [Role.CEO])
EVERYBODY = (ANNA, SVETA, OLEG, HEAD, PETR, DINA, FINN, IGOR, BOSS, SYSTEM)

SETTINGS = {
    "sale.deal_opener": "it_staff",
    "sale.contract_preparer": "finance",
    "sale.questionnaire_keys": "need, budget",
    "sale.price_approval": "1 business day",
    "sale.prepare_contract": "2 calendar days",
    "sale.dispatch": "1 business day",
    "sale.return_scan": "5 business days",
    "sale.return_original": "30 calendar days",
    "sale.remind_again": "2 business days",
}
REGULATION = Regulation("acme", schedule=WorkSchedule.standard()).with_settings(SETTINGS)
MOSCOW = dt.timezone(dt.timedelta(hours=3))


def moscow(day: int, clock: str = "10:00", month: int = 2) -> dt.datetime:
    """An instant of 2026; 2 February is a Monday, and there is no holiday before the 23rd."""
    return dt.datetime.combine(dt.date(2026, month, day), dt.time.fromisoformat(clock), MOSCOW)


CLIENT = ClientDraft("PAO Sberbank", inn="7707083893", kpp="773601001")
LINES = (QuoteLine("audit", Money(1000)),)
CHEAPER = (QuoteLine("audit", Money(900)),)
ANSWERS = {"need": "a certificate", "budget": "1000"}

USUALLY: dict[str, tuple[Employee, dict[str, Any]]] = {
    "register_prospect": (ANNA, {"source": "exhibition", "client": CLIENT}),
    "start_price_negotiation": (ANNA, {"contact_ref": "call-1", "base_version": "2026-1", "lines": LINES}),
    "revise_quote": (ANNA, {"lines": CHEAPER}),
    "complete_questionnaire": (ANNA, {"meeting": "m-1", "answers": ANSWERS}),
    "confirm_client_readiness": (ANNA, {"evidence": "letter 5"}),
    "submit_for_approval": (ANNA, {}),
    "approve_quote": (HEAD, {}),
    "reject_quote": (HEAD, {"reason": "too cheap"}),
    "recall_submission": (ANNA, {}),
    "reprice_quote": (SYSTEM, {"lines": CHEAPER, "base_version": "2026-2"}),
    "require_reapproval": (SYSTEM, {"base_version": "2026-2"}),
    "open_deal": (IGOR, {"number": "D-1", "existing": None}),
    "assign_specialist": (HEAD, {"specialist": PETR, "contact_email": "ivan@example.com"}),
    "reassign_specialist": (HEAD, {"specialist": DINA, "reason": "leave"}),
    "draft_contract": (FINN, {"number": "C-1", "template_version": "t-3"}),
    "obtain_ceo_signature": (FINN, {"signed_by": BOSS}),
    "refuse_contract": (BOSS, {"reason": "the terms", "outcome": CeoRefusal.REWORK}),
    "hand_over_contract": (FINN, {}),
    "dispatch_contract": (PETR, {"channel": Channel.EMAIL}),
    "record_scan_return": (FINN, {"scan_ref": "scan.pdf", "signatory": "I. Petrov"}),
    "record_original_return": (FINN, {"archive_ref": "shelf 7"}),
    "remind_contract_return": (FINN, {}),
    "record_client_changes": (PETR, {"protocol": "p-1", "price_affected": False}),
    "record_client_refusal": (ANNA, {"reason": "another supplier"}),
    "cancel_deal": (HEAD, {"reason": "no capacity"}),
    "hold_deal": (HEAD, {"reason": "client on leave", "until": moscow(27)}),
    "resume_deal": (HEAD, {}),
    "close_deal": (PETR, {}),
    "reopen_deal": (HEAD, {"reason": "a forgotten order"}),
}

TO_NEGOTIATION = ("register_prospect", "start_price_negotiation")
TO_SUBMITTABLE = (*TO_NEGOTIATION, "complete_questionnaire", "confirm_client_readiness")
TO_APPROVAL = (*TO_SUBMITTABLE, "submit_for_approval")
TO_OPENING = (*TO_APPROVAL, "approve_quote")
TO_ASSIGNMENT = (*TO_OPENING, "open_deal")
TO_CONTRACT = (*TO_ASSIGNMENT, "assign_specialist")
TO_DRAFT = (*TO_CONTRACT, "draft_contract")
TO_READY = (*TO_DRAFT, "obtain_ceo_signature", "hand_over_contract")
TO_SENT = (*TO_READY, "dispatch_contract")
TO_FORCE = (*TO_SENT, "record_scan_return")
TO_CLOSED = (*TO_FORCE, "record_original_return", "close_deal")
PATHS = {
    "prospecting": TO_NEGOTIATION[:1],
    "negotiating_price": TO_NEGOTIATION,
    "awaiting_price_approval": TO_APPROVAL,
    "opening": TO_OPENING,
    "awaiting_assignment": TO_ASSIGNMENT,
    "preparing_contract": TO_CONTRACT,
    "contract_ready": TO_READY,
    "awaiting_client_signature": TO_SENT,
    "in_force": TO_FORCE,
    "closed": TO_CLOSED,
    "lost": (*TO_NEGOTIATION, "record_client_refusal"),
    "cancelled": (*TO_NEGOTIATION, "cancel_deal"),
}


class Story:
    """One deal, driven step by step; every step is taken by whoever usually does, unless told otherwise."""

    def __init__(self, *steps: str, regulation: Regulation = REGULATION, case_id: str = "deal-1") -> None:
        self.case: Case[Deal] | None = None
        self.case_id = case_id
        self.regulation = regulation
        self.decisions: list[Decision[Deal]] = []
        self.now = moscow(2)
        self.related: tuple[Case[Any], ...] = ()
        self.take(*steps)

    def at(self, day: int, clock: str = "10:00", month: int = 2) -> Story:
        self.now = moscow(day, clock, month)
        return self

    def take(self, *steps: str, by: Employee | Actor | None = None, **payload: Any) -> Story:
        for step in steps:
            actor, usual = USUALLY[step]
            decision = decide(
                Sale,
                self.case,
                step,
                by=by or actor,
                at=self.now,
                regulation=self.regulation,
                related=self.related,
                case_id=None if self.case else self.case_id,
                **{**usual, **payload},
            )
            self.case = decision.case
            self.decisions.append(decision)
        return self

    def refused(self, step: str, *codes: str, by: Employee | Actor | None = None, **payload: Any) -> StepRefused:
        """The step is refused for exactly these reasons, each complete, and nothing has changed."""
        before = self.case
        with pytest.raises(StepRefused) as caught:
            self.take(step, by=by, **payload)
        assert self.case is before
        refusals = caught.value.refusals
        assert tuple(refusal.code for refusal in refusals) == codes
        for refusal in refusals:
            assert refusal.message in str(caught.value)
            assert refusal.ru
            assert refusal.ru != refusal.message
            assert refusal.clause.startswith("R")
            assert refusal.need is not None
            assert refusal.got is not None
        return caught.value

    @property
    def deal(self) -> Deal:
        return self.case.data

    @property
    def last(self) -> Decision[Deal]:
        return self.decisions[-1]

    @property
    def told(self) -> set[str]:
        return {notice.to for notice in self.last.notices}

    def owed(self) -> dict[str, dt.datetime | None]:
        return {one.norm: one.due for one in self.case.obligations}

    def closed(self) -> dict[str, ObligationStatus]:
        return {one.norm: one.status for one in self.last.closed}


def child(process: str, stage: str) -> Case[Any]:
    return Case(f"{process}-1", process, 1, stage, 3, None, "", moscow(2))


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_is_whole():
    assert Sale.check() == ()


def test_the_stages_bear_their_russian_names():
    assert {stage.id: stage.ru for stage in Sale.stages.values()} == {
        "prospecting": "Привлечение клиента",
        "negotiating_price": "Согласование предварительного прайса",
        "awaiting_price_approval": "На утверждении прайса",
        "opening": "Открытие сделки",
        "awaiting_assignment": "Назначение ответственного",
        "preparing_contract": "Подготовка договора",
        "contract_ready": "Договор подписан ГД, передан в КО",
        "awaiting_client_signature": "Контроль возврата договора",
        "in_force": "Договор действует, приём заявок",
        "closed": "Закрыта",
        "lost": "Отказ клиента",
        "cancelled": "Отменена",
    }


def test_every_step_leads_where_the_table_says():
    negotiating, approval, preparing = "negotiating_price", "awaiting_price_approval", "preparing_contract"
    sent, force = "awaiting_client_signature", "in_force"
    opened = {stage.id for stage in Sale.stages.values() if not stage.ended}
    here = {(stage, stage) for stage in opened}
    found = {
        step: {(source, way.target.id) for source, ways in routes.items() for way in ways}
        for step, routes in Sale.table.items()
    }
    assert found == {
        "register_prospect": {(None, "prospecting")},
        "start_price_negotiation": {("prospecting", negotiating)},
        "revise_quote": {(negotiating, negotiating)},
        "complete_questionnaire": {(negotiating, negotiating)},
        "confirm_client_readiness": {(negotiating, negotiating)},
        "submit_for_approval": {(negotiating, approval)},
        "approve_quote": {(approval, "opening"), (approval, "awaiting_assignment"), (approval, preparing)},
        "reject_quote": {(approval, negotiating)},
        "recall_submission": {(approval, negotiating)},
        "reprice_quote": {
            (stage, negotiating) for stage in (negotiating, approval, "opening", "awaiting_assignment", preparing)
        },
        "require_reapproval": {(stage, negotiating) for stage in ("opening", "awaiting_assignment", preparing)},
        "open_deal": {("opening", "awaiting_assignment")},
        "assign_specialist": {("awaiting_assignment", preparing)},
        "reassign_specialist": here,
        "draft_contract": {(preparing, preparing)},
        "obtain_ceo_signature": {(preparing, preparing)},
        "refuse_contract": {(preparing, preparing), (preparing, "cancelled")},
        "hand_over_contract": {(preparing, "contract_ready")},
        "dispatch_contract": {("contract_ready", sent)},
        "record_scan_return": {(sent, force)},
        "record_original_return": {(sent, sent), (force, force)},
        "remind_contract_return": {(sent, sent), (force, force)},
        "record_client_changes": {(sent, preparing), (sent, negotiating)},
        "record_client_refusal": {(stage, "lost") for stage in opened - {force}},
        "cancel_deal": {(stage, "cancelled") for stage in opened},
        "hold_deal": here,
        "resume_deal": here,
        "close_deal": {(force, "closed")},
        "reopen_deal": {("closed", force)},
    }


@pytest.mark.parametrize(
    ("step", "allowed"),
    [
        ("register_prospect", {ANNA, SVETA}),
        ("start_price_negotiation", {ANNA, SVETA}),
        ("revise_quote", {ANNA, SVETA}),
        ("complete_questionnaire", {ANNA, SVETA}),
        ("confirm_client_readiness", {ANNA, SVETA}),
        ("submit_for_approval", {ANNA, SVETA}),
        ("approve_quote", {HEAD}),
        ("reject_quote", {HEAD}),
        ("recall_submission", {ANNA}),
        ("reprice_quote", {SYSTEM}),
        ("require_reapproval", {SYSTEM}),
        ("open_deal", {IGOR}),
        ("assign_specialist", {HEAD}),
        ("reassign_specialist", {HEAD}),
        ("draft_contract", {FINN}),
        ("obtain_ceo_signature", {FINN}),
        ("refuse_contract", {BOSS}),
        ("hand_over_contract", {FINN}),
        ("dispatch_contract", {PETR}),
        ("record_scan_return", {FINN}),
        ("record_original_return", {FINN}),
        ("remind_contract_return", {FINN, SYSTEM}),
        ("record_client_changes", {PETR}),
        ("record_client_refusal", {ANNA, SVETA, PETR, DINA}),
        ("cancel_deal", {HEAD}),
        ("hold_deal", {PETR, HEAD}),
        ("resume_deal", {PETR, HEAD, SYSTEM}),
        ("close_deal", {PETR}),
        ("reopen_deal", {HEAD}),
    ],
)
def test_each_step_is_for_certain_people_only(step, allowed):
    story = just_before(step)
    before, decisions = story.case, list(story.decisions)
    may, codes = set(), set()
    for person in EVERYBODY:
        story.case, story.decisions = before, list(decisions)
        try:
            story.take(step, by=person)
        except StepRefused as refused:
            codes |= {refusal.code for refusal in refused.refusals}
        else:
            may.add(person)
    # A cold caller may register a prospect, but only with the lead it comes from.
    assert codes <= {"wrong_role", "not_assigned", "same_person", "no_lead"}
    assert may == allowed


def just_before(step: str) -> Story:
    """A deal in which nothing speaks against a step."""
    paths = {
        "register_prospect": (),
        "submit_for_approval": TO_SUBMITTABLE,
        "reassign_specialist": TO_CONTRACT,
        "obtain_ceo_signature": TO_DRAFT,
        "refuse_contract": TO_DRAFT,
        "hand_over_contract": TO_READY[:-1],
        "record_client_refusal": TO_SENT,
        "hold_deal": TO_SENT,
        "resume_deal": (*TO_SENT, "hold_deal"),
        "close_deal": TO_CLOSED[:-1],
        "reopen_deal": TO_CLOSED,
    }
    first = next(iter(Sale.table[step]))
    story = Story(*paths.get(step, PATHS.get(first or "", ())))
    return story.at(27, month=4) if step == "remind_contract_return" else story


# -- a prospect and a price (R5–R10) ----------------------------------------------------------------------------------


def test_a_sale_runs_from_prospect_to_closed_deal():
    story = Story(*TO_CLOSED)
    assert story.case.stage == "closed"
    assert story.case.obligations == ()


def test_a_prospect_is_registered_with_its_source():
    story = Story("register_prospect")
    assert (story.case.stage, story.deal.owner, story.deal.source) == ("prospecting", "anna", "exhibition")
    Story().refused("register_prospect", "no_source", source=" ")


def test_a_cold_caller_hands_over_a_lead_to_a_manager_or_to_their_queue():
    named = Story().take("register_prospect", by=OLEG, lead="contact-7", manager=ANNA)
    assert (named.deal.owner, named.deal.lead) == ("anna", "contact-7")
    queued = Story().take("register_prospect", by=OLEG, lead="contact-7")
    assert queued.deal.owner is None
    assert queued.take("start_price_negotiation", by=SVETA).deal.owner == "sveta"
    Story().refused("register_prospect", "no_lead", by=OLEG)
    Story().refused("register_prospect", "no_source", "wrong_assignee", source="", manager=PETR)


def test_a_deputy_registers_for_the_manager_who_is_away():
    story = Story().take("register_prospect", by=Actor(PETR, (ANNA,)))
    assert story.deal.owner == "anna"
    assert (story.last.event.by, story.last.event.on_behalf_of) == ("petr", "anna")


def test_price_talks_begin_with_a_contact_and_a_first_quote():
    story = Story(*TO_NEGOTIATION)
    assert (story.deal.quote.version, story.deal.quote.base_version, story.deal.contact_ref) == (1, "2026-1", "call-1")
    assert Story("register_prospect").take("start_price_negotiation", by=SVETA).deal.owner == "anna"
    fresh = Story("register_prospect")
    fresh.refused("start_price_negotiation", "no_contact", contact_ref="")
    fresh.refused("start_price_negotiation", "no_contact", "bad_quote", contact_ref="", lines=())
    fresh.refused("start_price_negotiation", "bad_quote", base_version=" ")
    fresh.refused("start_price_negotiation", "bad_quote", lines=(*LINES, *CHEAPER))


def test_a_revision_keeps_the_earlier_versions_and_asks_for_readiness_anew():
    story = Story(*TO_SUBMITTABLE, "revise_quote")
    assert [quote.version for quote in story.deal.quote_history] == [1]
    assert (story.deal.quote.version, story.deal.quote.status) == (2, QuoteStatus.DRAFT)
    assert story.deal.readiness is None
    story.refused("revise_quote", "bad_quote", lines=())


def test_an_approved_quote_is_never_revised():
    story = Story(*TO_OPENING)
    story.case = attrs.evolve(story.case, stage="negotiating_price")
    story.refused("revise_quote", "quote_approved", "bad_quote")


def test_the_questionnaire_grows_with_each_meeting_until_nothing_is_missing():
    story = Story(*TO_NEGOTIATION).take("complete_questionnaire", answers={"need": "audit"})
    assert story.deal.questionnaire.missing() == ("budget",)
    assert story.deal.questionnaire.completed_at is None
    story.take("complete_questionnaire", meeting="m-2", answers={"budget": "1000"})
    form = story.deal.questionnaire
    assert (form.answers, form.filled_by) == ({"need": "audit", "budget": "1000"}, "anna")
    assert form.completed_at == story.now
    story.refused("complete_questionnaire", "no_meeting", meeting=" ")


def test_the_questionnaire_completes_what_is_known_of_the_client():
    story = Story()
    story.take("register_prospect", client=ClientDraft("PAO Sberbank")).take("start_price_negotiation")
    story.take("complete_questionnaire", "confirm_client_readiness")
    wrong = story.refused("submit_for_approval", "questionnaire_incomplete")
    assert wrong.refusals[0].got == ("client.inn",)
    story.take("complete_questionnaire", client=CLIENT)
    assert story.deal.client == CLIENT
    story.take("submit_for_approval")


def test_the_questionnaire_of_an_opened_deal_names_no_other_client():
    story = Story(*TO_SENT).take("record_client_changes", price_affected=True)
    known, other = story.deal.client, ClientDraft("OOO Liliya", inn="7830002293", kpp="783001001")
    [refusal] = story.refused("complete_questionnaire", "other_client", client=other).refusals
    assert (refusal.clause, refusal.got) == ("R12", "7830002293")
    assert story.take("complete_questionnaire", client=known).deal.client == known


def test_a_company_without_a_list_of_questions_asks_none():
    free = Regulation("free", schedule=WorkSchedule.standard()).with_settings(
        {name: value for name, value in SETTINGS.items() if name != "sale.questionnaire_keys"}
    )
    story = Story(*TO_NEGOTIATION, regulation=free).take("complete_questionnaire", answers={})
    assert story.deal.questionnaire.is_complete


def test_readiness_needs_evidence():
    Story(*TO_NEGOTIATION).refused("confirm_client_readiness", "no_evidence", evidence=" ")


def test_what_is_submitted_is_a_complete_questionnaire_and_a_quote_that_the_client_wants():
    story = Story(*TO_NEGOTIATION)
    reasons = story.refused("submit_for_approval", "questionnaire_incomplete", "client_not_ready")
    assert {refusal.clause for refusal in reasons.refusals} == {"R8", "R9"}
    assert "complete_questionnaire" in reasons.allowed
    assert "submit_for_approval" not in reasons.allowed
    story = Story(*TO_APPROVAL)
    assert story.deal.quote.status is QuoteStatus.SUBMITTED
    assert story.told == {"head_of_commercial"}


def test_the_head_owes_a_decision_by_the_close_of_the_next_business_day():
    story = Story(*TO_APPROVAL)
    [owed] = story.case.obligations
    assert (owed.norm, owed.role, owed.clause) == ("sale.price_approval", Role.HEAD_OF_COMMERCIAL, "R10")
    assert owed.due == moscow(3, "18:00")
    assert owed.status_at(moscow(3, "18:00")) is ObligationStatus.OPEN
    assert owed.status_at(moscow(3, "18:01")) is ObligationStatus.BREACHED


@pytest.mark.parametrize(
    ("step", "when", "status"),
    [
        ("approve_quote", (3, "18:00"), ObligationStatus.MET),
        ("reject_quote", (3, "18:00"), ObligationStatus.MET),
        ("approve_quote", (3, "18:01"), ObligationStatus.MET_LATE),
        ("recall_submission", (3, "12:00"), ObligationStatus.CANCELLED),
        ("record_client_refusal", (3, "12:00"), ObligationStatus.CANCELLED),
        ("cancel_deal", (3, "12:00"), ObligationStatus.CANCELLED),
    ],
)
def test_only_a_decision_of_the_head_meets_what_the_head_owes(step, when, status):
    story = Story(*TO_APPROVAL).at(*when).take(step)
    assert story.closed() == {"sale.price_approval": status}


def test_an_approval_is_bound_to_the_quote_and_opens_the_deal_within_two_business_days():
    story = Story(*TO_APPROVAL).at(3, "12:00").take("approve_quote")
    approval = story.deal.approval
    assert approval.quote_hash == story.deal.quote.content_hash
    assert (approval.by, approval.submitted_by, approval.at) == ("head", "anna", moscow(3, "12:00"))
    assert story.case.stage == "opening"
    assert story.told == {"employee:anna", "it_staff"}
    assert story.owed() == {"sale.open_deal": moscow(5, "18:00")}


def test_an_approver_who_read_another_quote_is_told():
    story = Story(*TO_APPROVAL)
    [refusal] = story.refused("approve_quote", "other_quote", quote_hash="0" * 64).refusals
    assert refusal.need == story.deal.quote.content_hash
    story.take("approve_quote", quote_hash=story.deal.quote.content_hash)


def test_nobody_approves_what_they_submitted():
    both = Employee("both", "Both", [Role.SALES_MANAGER, Role.HEAD_OF_COMMERCIAL])
    story = Story(*TO_SUBMITTABLE).take("submit_for_approval", by=both)
    assert story.refused("approve_quote", "same_person", by=both).refusals[0].got == "both"
    story.refused("approve_quote", "same_person", by=Actor(both, (HEAD,)))
    story.take("approve_quote")


def test_a_small_firm_may_merge_the_roles():
    both = Employee("both", "Both", [Role.SALES_MANAGER, Role.HEAD_OF_COMMERCIAL])
    small = REGULATION.with_settings({"duties.separated": False})
    story = Story(*TO_SUBMITTABLE, regulation=small).take("submit_for_approval", "approve_quote", by=both)
    assert story.case.stage == "opening"


def test_a_rejection_returns_to_the_talks_with_its_reason_and_keeps_the_questionnaire():
    story = Story(*TO_APPROVAL).take("reject_quote")
    assert (story.case.stage, story.deal.quote.status) == ("negotiating_price", QuoteStatus.REJECTED)
    assert story.told == {"employee:anna"}
    form = story.deal.questionnaire
    story.take("revise_quote", "confirm_client_readiness", "submit_for_approval").take("reject_quote", reason="again")
    assert [decision.reason for decision in story.deal.rejections] == ["too cheap", "again"]
    assert story.deal.questionnaire == form
    story.take("submit_for_approval", "approve_quote")
    assert [decision.outcome for decision in story.deal.decisions] == [
        Outcome.REJECTED,
        Outcome.REJECTED,
        Outcome.APPROVED,
    ]


def test_a_submitter_may_recall_and_the_head_is_told():
    story = Story(*TO_APPROVAL)
    assert story.refused("recall_submission", "not_assigned", by=SVETA).refusals[0].need == "anna"
    story.take("recall_submission")
    assert (story.case.stage, story.deal.quote.status) == ("negotiating_price", QuoteStatus.DRAFT)
    assert story.told == {"head_of_commercial"}


def test_a_submission_by_a_deputy_is_the_absent_ones_to_recall_and_neithers_to_approve():
    for_anna = Employee("petra", "Petra", [Role.HEAD_OF_COMMERCIAL])
    story = Story(*TO_APPROVAL[:-1]).take("submit_for_approval", by=Actor(for_anna, (ANNA,)))
    assert (story.deal.submitted_by, story.deal.submitted_through) == ("anna", "petra")
    assert story.refused("approve_quote", "same_person", by=for_anna).refusals[0].got == "petra"
    assert story.take("recall_submission").case.stage == "negotiating_price"


# -- the deal (R11–R15) -----------------------------------------------------------------------------------------------


def test_opening_a_deal_creates_its_counterparty_and_holds_its_keys():
    story = Story(*TO_OPENING).at(4).take("open_deal")
    assert story.deal.counterparty.tax_id == "7707083893/773601001"
    assert story.deal.counterparty.created_at == moscow(4)
    assert story.last.keys_taken == ("counterparty:7707083893/773601001", "deal.number:D-1")
    assert story.closed() == {"sale.open_deal": ObligationStatus.MET}
    assert story.told == {"head_of_commercial"}
    assert story.owed() == {}


def test_a_known_client_gets_a_new_deal_and_no_second_record():
    first = Story(*TO_ASSIGNMENT)
    second = Story(*TO_OPENING, case_id="deal-2")
    second.related = (first.case,)
    second.take("open_deal", number="D-2", existing="deal-1")
    assert second.deal.counterparty == first.deal.counterparty
    assert second.last.keys_taken == ("deal.number:D-2",)
    assert second.last.read == {"deal-1": first.case.version}
    assert second.last.touched == ()


def test_the_search_for_the_client_is_part_of_opening():
    with pytest.raises(PayloadError, match="existing: missing"):
        decide(Sale, Story(*TO_OPENING).case, "open_deal", by=IGOR, at=moscow(3), regulation=REGULATION, number="D-1")


def test_the_deal_found_is_of_the_same_client():
    other = Story(*TO_ASSIGNMENT, case_id="deal-9")
    stranger = ClientDraft("OOO Romashka", inn="7830002293", kpp="783001001")
    story = Story().take("register_prospect", client=stranger).take(*TO_OPENING[1:])
    story.related = (other.case,)
    story.refused("open_deal", "no_number", "other_client", number=" ", existing="deal-9")
    young = Story("register_prospect", case_id="deal-8")
    story.related = (young.case, child("work_order", "drafting"))
    assert story.refused("open_deal", "other_client", existing="deal-8").refusals[0].got == "no counterparty"
    with pytest.raises(CaseMismatch, match="names a 'sale' case, and 'work_order-1' is of 'work_order'"):
        story.take("open_deal", existing="work_order-1")


def test_a_private_person_without_a_tax_id_holds_no_key_for_it():
    ivan = ClientDraft("Ivan Petrov", ClientKind.B2C)
    story = Story().take("register_prospect", client=ivan).take(*TO_ASSIGNMENT[1:])
    assert story.last.keys_taken == ("deal.number:D-1",)
    again = Story(case_id="deal-2").take("register_prospect", client=ivan).take(*TO_OPENING[1:])
    again.related = (story.case,)
    assert again.take("open_deal", number="D-2", existing="deal-1").deal.counterparty == story.deal.counterparty
    namesake = Story(case_id="deal-3").take("register_prospect", client=ClientDraft("Oleg", ClientKind.B2C))
    namesake.take(*TO_OPENING[1:]).related = (story.case,)
    namesake.refused("open_deal", "other_client", number="D-3", existing="deal-1")


def test_the_specialist_gets_the_number_and_the_address_and_finance_gets_two_days():
    story = Story(*TO_ASSIGNMENT).at(5).take("assign_specialist")
    assert (story.deal.specialist, story.deal.contact_email) == ("petr", "ivan@example.com")
    assert story.told == {"employee:petr", "finance"}
    assert story.owed() == {"sale.prepare_contract": moscow(9, "18:00")}  # a Saturday, rolled to Monday
    [owed] = story.case.obligations
    assert owed.role is Role.FINANCE


def test_who_is_assigned_is_a_specialist_who_works_here():
    story = Story(*TO_ASSIGNMENT)
    story.refused("assign_specialist", "wrong_assignee", "no_contact_email", specialist=ANNA, contact_email="")
    gone = attrs.evolve(PETR, left_on=dt.date(2026, 2, 2))
    story.refused("assign_specialist", "not_available", specialist=gone)
    leaving = attrs.evolve(PETR, left_on=dt.date(2026, 2, 3))
    story.at(3, "00:30").refused("assign_specialist", "not_available", specialist=leaving)  # still the 2nd in UTC
    Story(*TO_ASSIGNMENT).at(2, "23:30").take("assign_specialist", specialist=leaving)


def test_a_reassignment_tells_both_and_hands_over_what_is_owed():
    story = Story(*TO_READY)
    [owed] = story.case.obligations
    assert (owed.norm, owed.person, owed.due) == ("sale.dispatch", "petr", moscow(3, "18:00"))
    story.take("reassign_specialist")
    assert story.told == {"employee:dina", "employee:petr"}
    [owed] = story.case.obligations
    assert (owed.person, owed.due) == ("dina", moscow(3, "18:00"))
    assert story.last.opened == (owed,)
    story.refused("dispatch_contract", "not_assigned", by=PETR)
    story.take("dispatch_contract", by=DINA)
    assert story.closed() == {"sale.dispatch": ObligationStatus.MET}


def test_a_reassignment_needs_a_reason_and_somebody_else():
    story = Story(*TO_CONTRACT)
    story.refused("reassign_specialist", "no_reason", "same_specialist", specialist=PETR, reason="")
    story.refused("reassign_specialist", "wrong_assignee", specialist=ANNA)
    Story(*TO_ASSIGNMENT).refused("reassign_specialist", "no_specialist")


# -- the contract (R16–R21) -------------------------------------------------------------------------------------------


def test_a_contract_is_drafted_on_the_approved_quote():
    story = Story(*TO_DRAFT)
    assert story.deal.contract.quote_hash == story.deal.approval.quote_hash
    assert story.last.opened == story.last.closed == ()
    story.refused("draft_contract", "no_number", "no_template", number="", template_version=" ")


def test_without_a_standing_approval_there_is_no_contract():
    story = Story(*TO_CONTRACT)
    story.case = attrs.evolve(story.case, data=story.deal.price_reopened())
    assert story.refused("draft_contract", "no_approval").refusals[0].got == "revoked"
    story.case = attrs.evolve(story.case, stage="opening", data=attrs.evolve(story.deal, quote=None))
    assert story.refused("open_deal", "no_approval").refusals[0].got == "nothing"


def test_the_general_director_signs_a_draft():
    story = Story(*TO_CONTRACT)
    story.refused("obtain_ceo_signature", "no_contract")
    story.take("draft_contract")
    story.refused("obtain_ceo_signature", "wrong_assignee", "not_yet", signed_by=ANNA, signed_at=moscow(2, "10:01"))
    story.at(3).take("obtain_ceo_signature", signed_at=moscow(3, "09:30"))
    assert (story.deal.contract.ceo_signed_at, story.deal.contract.signed_by) == (moscow(3, "09:30"), "boss")


def test_a_new_draft_is_not_signed_yet():
    story = Story(*TO_DRAFT, "obtain_ceo_signature").take("draft_contract", number="C-2")
    story.refused("hand_over_contract", "not_signed")
    assert [old.number for old in story.deal.contract_history] == ["C-1"]


def test_a_contract_sent_back_for_rework_is_prepared_anew_with_a_fresh_term():
    story = Story(*TO_DRAFT).at(3).take("refuse_contract")
    assert (story.case.stage, story.deal.contract) == ("preparing_contract", None)
    assert story.told == {"head_of_commercial", "employee:petr"}
    assert story.closed() == {"sale.prepare_contract": ObligationStatus.CANCELLED}
    assert story.owed() == {"sale.prepare_contract": moscow(5, "18:00")}
    assert story.deal.decisions[-1].subject is Subject.CONTRACT
    story.take("draft_contract").refused("refuse_contract", "no_reason", reason=" ")


def test_a_contract_refused_for_good_cancels_the_deal():
    story = Story(*TO_DRAFT).take("refuse_contract", outcome="cancel")
    assert (story.case.stage, story.deal.cancel_reason) == ("cancelled", "the terms")
    assert story.case.obligations == ()


def test_the_hand_over_meets_what_finance_owes():
    Story(*TO_DRAFT).refused("hand_over_contract", "not_signed")
    story = Story(*TO_READY)
    assert story.closed() == {"sale.prepare_contract": ObligationStatus.MET}
    assert story.told == {"employee:petr"}
    assert story.owed() == {"sale.dispatch": moscow(3, "18:00")}


def test_sending_the_contract_starts_the_clocks_of_both_copies():
    story = Story(*TO_SENT)
    assert story.told == {"address:ivan@example.com", "finance"}
    assert story.closed() == {"sale.dispatch": ObligationStatus.MET}
    assert story.owed() == {"sale.return_scan": moscow(9, "18:00"), "sale.return_original": moscow(4, "18:00", month=3)}
    assert (story.deal.contract.channel, story.deal.contract.dispatched_at) == (Channel.EMAIL, moscow(2))
    unsigned = Story(*TO_READY)
    unsigned.case = attrs.evolve(unsigned.case, data=unsigned.deal.contract_with(ceo_signed_at=None))
    unsigned.refused("dispatch_contract", "not_signed")


def test_the_scan_puts_the_contract_in_force_and_the_specialist_is_told():
    story = Story(*TO_SENT).at(11).take("record_scan_return", received_at=moscow(9, "17:00"))
    assert story.case.stage == "in_force"
    assert story.closed() == {"sale.return_scan": ObligationStatus.MET}  # it came in time and was recorded later
    assert story.last.closed[0].closed_at == moscow(9, "17:00")
    assert story.told == {"employee:petr"}
    assert story.deal.contract.scan_returned_at == moscow(9, "17:00")
    assert set(story.owed()) == {"sale.return_original"}
    late = Story(*TO_SENT).at(11).take("record_scan_return")
    assert late.closed() == {"sale.return_scan": ObligationStatus.MET_LATE}


def test_a_scan_without_the_clients_signature_is_none():
    story = Story(*TO_SENT)
    story.refused("record_scan_return", "no_scan", "not_signed", scan_ref="", signatory="")
    story.refused("record_scan_return", "not_yet", received_at=moscow(3))
    story.refused("record_scan_return", "too_early", received_at=moscow(1))


def test_the_original_is_archived_once_before_or_after_the_scan():
    story = Story(*TO_SENT).take("record_original_return")
    assert story.case.stage == "awaiting_client_signature"
    assert story.closed() == {"sale.return_original": ObligationStatus.MET}
    assert story.refused("record_original_return", "already_returned").refusals[0].got == "shelf 7"
    story.take("record_scan_return").refused("record_original_return", "already_returned")
    Story(*TO_FORCE).refused("record_original_return", "no_archive_ref", archive_ref="")
    later = Story(*TO_FORCE).at(6).take("record_original_return", received_at=moscow(5)).deal.contract
    assert (later.archive_ref, later.original_returned_at) == ("shelf 7", moscow(5))


def test_the_client_is_reminded_of_a_copy_that_is_overdue():
    story = Story(*TO_SENT).at(9, "18:00")
    assert story.refused("remind_contract_return", "nothing_overdue").refusals[0].got
    story.at(9, "18:01").take("remind_contract_return").at(11).take("remind_contract_return", by=SYSTEM)
    assert story.deal.contract.reminders == (moscow(9, "18:01"), moscow(11))
    assert story.told == {"address:ivan@example.com"}
    story.take("record_scan_return").refused("remind_contract_return", "nothing_overdue")
    story.at(5, month=3).take("remind_contract_return").take("record_original_return")
    assert story.refused("remind_contract_return", "nothing_overdue").refusals[0].got == "nothing"


def test_the_system_reminds_the_client_once_a_copy_is_overdue_and_again_after_a_while():
    timer, tick = Sale.timers["client_is_reminded"], dt.timedelta(microseconds=1)
    story = Story(*TO_SENT)
    assert timer.step is Sale.remind_contract_return
    assert timer.rings_at(story.case) == moscow(9, "18:00") + tick
    story.at(9, "18:01").take("remind_contract_return", by=SYSTEM)
    assert timer.rings_at(story.case) == moscow(11, "18:00")
    story.at(10).take("hold_deal")
    assert timer.rings_at(story.case) == moscow(11, "18:00"), "what was overdue before the hold stays so"
    story.take("resume_deal", by=SYSTEM).take("record_scan_return")
    assert timer.rings_at(story.case) == moscow(4, "18:00", month=3) + tick, "the original has a clock of its own"
    story.take("record_original_return")
    assert timer.rings_at(story.case) is None


def test_disagreements_about_words_lead_back_to_the_contract():
    story = Story(*TO_SENT).at(4).take("record_client_changes")
    assert story.case.stage == "preparing_contract"
    assert story.closed() == dict.fromkeys(("sale.return_scan", "sale.return_original"), ObligationStatus.CANCELLED)
    assert story.owed() == {"sale.prepare_contract": moscow(6, "18:00")}
    assert story.told == {"finance", "head_of_commercial", "employee:anna"}
    assert story.deal.contract_history[0].disagreements == ("p-1",)
    story.at(5).take(*TO_SENT[len(TO_CONTRACT) :])
    assert story.owed()["sale.return_scan"] == moscow(12, "18:00")
    story.refused("record_client_changes", "no_protocol", protocol="")


def test_disagreements_about_the_price_revoke_the_approval_and_need_a_new_round():
    story = Story(*TO_SENT).take("record_client_changes", price_affected=True)
    assert story.case.stage == "negotiating_price"
    assert story.deal.approval is None
    story.refused("submit_for_approval", "no_quote", "client_not_ready")
    story.take("revise_quote", "confirm_client_readiness", "submit_for_approval", "approve_quote")
    assert story.case.stage == "preparing_contract"  # it has its number and its specialist already
    assert story.told == {"employee:anna", "finance"}
    assert story.take("draft_contract").deal.contract.quote_hash == story.deal.approval.quote_hash


# -- the end, and rests on the way ------------------------------------------------------------------------------------

OPEN_STAGES = [stage.id for stage in Sale.stages.values() if not stage.ended]


@pytest.mark.parametrize("stage", OPEN_STAGES)
def test_a_client_may_refuse_at_any_stage_before_the_contract_is_in_force(stage):
    story = Story(*PATHS[stage])
    if stage == "in_force":
        assert story.refused("record_client_refusal", "wrong_stage").refusals[0].got == "in_force"
        return
    story.refused("record_client_refusal", "no_reason", reason=" \n")
    story.take("record_client_refusal")
    assert (story.case.stage, story.deal.loss_reason) == ("lost", "another supplier")
    assert story.told == {"head_of_commercial"}
    assert story.case.obligations == ()


@pytest.mark.parametrize("stage", OPEN_STAGES)
def test_the_head_may_cancel_any_open_deal_with_a_reason(stage):
    story = Story(*PATHS[stage])
    story.refused("cancel_deal", "no_reason", reason="")
    story.take("cancel_deal")
    assert story.deal.contact_email is None or f"address:{story.deal.contact_email}" in story.told
    assert (story.case.stage, story.deal.cancel_reason) == ("cancelled", "no capacity")
    assert story.case.obligations == ()
    assert {"employee:anna", "finance"} <= story.told


def test_a_deal_with_an_issued_unpaid_invoice_is_not_cancelled():
    story = Story(*TO_FORCE)
    story.related = (child("invoice", "sent"),)
    assert story.refused("cancel_deal", "invoices_unpaid").refusals[0].got == ("invoice-1",)
    for harmless in ("requested", "paid", "void"):
        story = Story(*TO_FORCE)
        story.related = (child("invoice", harmless),)
        assert story.take("cancel_deal").case.stage == "cancelled"


def test_a_hold_stops_the_clocks_that_may_pause_and_no_others():
    story = Story(*TO_SENT).at(3, "12:00").take("hold_deal", by=PETR)
    assert story.deal.on_hold
    assert set(story.owed().values()) == {None}
    assert {one.status for one in story.case.obligations} == {ObligationStatus.PAUSED}
    story.at(5, "12:00").take("resume_deal", by=PETR)
    assert story.owed()["sale.return_scan"] == moscow(11, "18:00")  # two business days later than the 9th
    assert not story.deal.on_hold
    approval = Story(*TO_APPROVAL).take("hold_deal")
    assert approval.owed() == {"sale.price_approval": moscow(3, "18:00")}


def test_a_clock_that_starts_during_a_hold_stands_still_until_it_ends():
    story = Story(*TO_READY).take("hold_deal").take("dispatch_contract")
    assert story.owed() == {"sale.return_scan": None, "sale.return_original": None}
    story.at(3).take("resume_deal")
    assert story.owed()["sale.return_scan"] == moscow(10, "18:00")


def test_what_is_done_during_a_hold_is_done_in_time():
    story = Story(*TO_READY).take("hold_deal").at(20).take("dispatch_contract")
    assert story.closed() == {"sale.dispatch": ObligationStatus.MET}


def test_a_hold_has_a_reason_and_an_end_and_is_not_doubled():
    story = Story(*TO_FORCE)
    story.refused("resume_deal", "not_on_hold")
    story.refused("hold_deal", "no_reason", "in_the_past", reason="", until=story.now)
    story.take("hold_deal").refused("hold_deal", "on_hold")
    Story(*TO_NEGOTIATION).refused("hold_deal", "wrong_role", by=PETR)


def test_the_system_resumes_a_deal_when_its_hold_ends():
    timer = Sale.timers["hold_ends"]
    story = Story(*TO_FORCE).take("hold_deal")
    assert timer.step is Sale.resume_deal
    assert timer.rings_at(story.case) == moscow(27)
    story.at(27).take("resume_deal", by=SYSTEM)
    assert story.last.event.role is Role.SYSTEM
    assert timer.rings_at(story.case) is None


def test_a_deal_closes_when_everything_is_delivered_paid_and_archived():
    story = Story(*TO_FORCE)
    story.related = (child("work_order", "delivered"), child("invoice", "sent"))
    story.refused("close_deal", "work_orders_open", "invoices_open", "no_original")
    story.take("record_original_return")
    story.related = (child("work_order", "closed"), child("invoice", "paid"))
    story.take("hold_deal").take("close_deal")
    assert story.case.stage == "closed"
    assert story.told == {"employee:anna", "finance"}
    assert story.last.read == {"work_order-1": 3, "invoice-1": 3}
    assert not story.deal.on_hold


def test_the_head_reopens_a_closed_deal_with_a_reason():
    story = Story(*TO_CLOSED)
    story.refused("reopen_deal", "no_reason", reason="")
    assert story.take("reopen_deal").case.stage == "in_force"


@pytest.mark.parametrize("stage", ["lost", "cancelled"])
def test_nothing_leads_out_of_a_final_stage(stage):
    story = Story(*PATHS[stage])
    for step in Sale.steps.values():
        if not step.begins:
            assert story.refused(step.id, "wrong_stage").allowed == ()
    assert Sale.leaving(stage) == ()


@pytest.mark.parametrize("stage", OPEN_STAGES)
def test_an_open_deal_has_a_next_step_an_owner_and_a_clock_or_a_reason_for_none(stage):
    story = Story(*PATHS[stage])
    page = Sale.stages[stage]
    assert page.owner is not None
    if page.term is not None:
        assert page.term.id in story.owed()
    else:
        assert page.no_term
    steps = {a.step.id for person in EVERYBODY for a in offered(story, person) if a.allowed}
    assert steps - {"hold_deal", "reassign_specialist", "cancel_deal", "record_client_refusal"}


def offered(story: Story, person: Employee):
    return available(Sale, story.case, by=person, at=story.now, regulation=REGULATION)


# -- the record -------------------------------------------------------------------------------------------------------


def test_an_event_says_who_did_what_when_in_which_role_and_under_which_clauses():
    story = Story(*TO_CONTRACT)
    opened, assigned = (decision.event for decision in story.decisions[-2:])
    assert (opened.id, opened.source, opened.target) == (f"deal-1:{opened.version}", "opening", "awaiting_assignment")
    assert (opened.by, opened.role, opened.at) == ("igor", Role.IT_STAFF, moscow(2))
    assert opened.clauses == ("R12", "R13")
    assert opened.regulation == REGULATION.content_hash
    assert set(opened.changes) == {"number", "counterparty"}
    assert assigned.payload == {"specialist": "petr", "contact_email": "ivan@example.com"}


def test_replaying_the_events_gives_the_deal():
    story = Story(*TO_SENT)
    story.take("record_client_changes", price_affected=True)
    story.take("revise_quote", "confirm_client_readiness", "submit_for_approval", "approve_quote")
    story.take("hold_deal", "reassign_specialist", "resume_deal")
    assert replay(Sale, [decision.event for decision in story.decisions]) == story.case
    assert Sale.decode(Sale.encode(story.deal)) == story.deal


def test_bad_commands_get_their_own_errors():
    story = Story(*TO_NEGOTIATION)
    with pytest.raises(UnknownStep, match="no step 'approve'"):
        decide(Sale, story.case, "approve", by=HEAD, at=story.now, regulation=REGULATION)
    with pytest.raises(PayloadError, match=r"evidence: missing.*evidnce: unknown, did you mean 'evidence'"):
        decide(Sale, story.case, "confirm_client_readiness", by=ANNA, at=story.now, regulation=REGULATION, evidnce="x")
    with pytest.raises(OutOfOrder):
        story.at(1).take("revise_quote")
    with pytest.raises(CaseMismatch, match="has begun already"):
        story.at(3).take("register_prospect")


def test_a_payload_may_be_plain_values_as_they_come_from_json():
    plain = {"legal_name": "PAO Sberbank", "inn": "7707083893", "kpp": "773601001", "contacts": [{"name": "Ivan"}]}
    story = Story().take("register_prospect", client=plain)
    assert story.deal.client.contacts[0].name == "Ivan"
    line = {"item": "audit", "price": {"amount": "1000"}, "discount": "0.0"}
    story.take("start_price_negotiation", lines=[line])
    assert story.deal.quote.lines == LINES
    with pytest.raises(PayloadError, match="has no attribute 'colour'"):
        story.take("revise_quote", lines=[{**line, "colour": "red"}])
    with pytest.raises(PayloadError, match=r"client: .*digit 10 should be 3"):
        Story().take("register_prospect", client={**plain, "inn": "7707083894"})


@pytest.mark.parametrize("step", [step.id for step in Sale.steps.values()])
def test_every_step_describes_its_payload(step):
    schema = Sale.steps[step].payload_schema()
    assert schema["additionalProperties"] is False
    assert set(USUALLY[step][1]) <= set(schema["properties"])


# -- whatever anybody tries -------------------------------------------------------------------------------------------

ODD = {
    "reason": " ",
    "source": "",
    "number": " ",
    "lines": (*LINES, *CHEAPER),
    "answers": {},
    "specialist": DINA,
    "signed_by": ANNA,
    "outcome": CeoRefusal.CANCEL,
    "price_affected": True,
    "quote_hash": "0" * 64,
    "received_at": moscow(28, month=12),
    "until": moscow(1, month=1),
    "contact_email": "nowhere",
}


def is_legal(case: Case[Deal]) -> None:
    """The invariants that no command may break."""
    deal, stage = case.data, Sale.stages[case.stage]
    assert all(one.status in {ObligationStatus.OPEN, ObligationStatus.PAUSED} for one in case.obligations)
    assert len({one.norm for one in case.obligations}) == len(case.obligations)
    if stage.ended:
        assert case.obligations == ()
    elif stage.term is not None:
        assert stage.term.id in {one.norm for one in case.obligations}
    if deal.contract is not None:
        assert deal.contract.quote_hash == deal.approval.quote_hash == deal.quote.content_hash
        assert deal.quote.status is QuoteStatus.APPROVED
    if deal.approval is not None:
        assert deal.approval.by != deal.approval.submitted_by
    if case.stage in {"contract_ready", "awaiting_client_signature", "in_force", "closed"}:
        assert deal.contract.ceo_signed_at
        assert deal.counterparty.is_same(deal.client)
    if case.stage in {"in_force", "closed"}:
        assert deal.contract.scan_returned_at
    if case.stage == "closed":
        assert deal.contract.original_returned_at
    if case.stage == "negotiating_price":
        assert deal.approval is None
    assert (deal.loss_reason is not None) == (case.stage == "lost")
    assert (deal.cancel_reason is not None) == (case.stage == "cancelled")
    paused = {one.norm for one in case.obligations if one.status is ObligationStatus.PAUSED}
    assert not paused or deal.on_hold


@given(st.data())
def test_no_sequence_of_commands_reaches_an_illegal_state(data):
    story = Story(*PATHS[data.draw(st.sampled_from(OPEN_STAGES))])
    form = story.deal.questionnaire
    for _ in range(data.draw(st.integers(1, 40))):
        story.now += dt.timedelta(minutes=data.draw(st.sampled_from([0, 1, 240, 1440, 10080])))
        leaving = [step.id for step in Sale.leaving(story.case.stage)] or ["hold_deal"]
        step = data.draw(st.one_of(st.sampled_from(leaving), st.sampled_from(list(USUALLY))))
        by = data.draw(st.one_of(st.none(), st.sampled_from(EVERYBODY)))
        odd = data.draw(st.one_of(st.none(), st.sampled_from(sorted(ODD))))
        names = {field.name for field in Sale.steps[step].payload.fields}
        before = story.case
        try:
            story.take(step, by=by, **({odd: ODD[odd]} if odd in names else {}))
            taken = True
        except (StepRefused, CaseMismatch):
            taken = False
        assert taken is (story.case is not before)
        is_legal(story.case)
        form = story.deal.questionnaire or form
        assert story.deal.questionnaire == form
        if Sale.stages[before.stage].final:
            assert story.case is before
    assert replay(Sale, [decision.event for decision in story.decisions]) == story.case
