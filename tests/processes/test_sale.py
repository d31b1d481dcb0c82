"""The sale, as the regulation reads: who may do what, when, by when, and what happens otherwise."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from salesreg.commercial.domain.channels import EMAIL
from salesreg.commercial.domain.clients import ClientDraft
from salesreg.commercial.domain.deals import Deal, Outcome, Subject
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.prices import QuoteLine, QuoteStatus
from salesreg.commercial.processes.sale import Sale
from salesreg.commercial.roles import HEAD, MANAGER
from salesreg.decide import Decision, decide, replay
from salesreg.errors import CaseMismatch, OutOfOrder, PayloadError, StepRefused, UnknownStep
from salesreg.process import Case, ObligationStatus
from salesreg.rules import SYSTEM_ACTOR, Actor, Delegation, Employee
from salesreg.testing.commercial import (
    ANNA,
    BOSS,
    DINA,
    FINN,
    IGOR,
    IRINA,
    OLEG,
    PETR,
    ROMAN,
    STAFF,
    SVETA,
    USUAL,
    Desk,
    moscow,
)

# -- the deal and its way ---------------------------------------------------------------------------------------------

ROMASHKA = USUAL["sale.register_prospect"][1]["client"]
LILIYA = ClientDraft("OOO Liliya", inn="7830002293", kpp="783001001")
LINES = USUAL["sale.start_price_negotiation"][1]["lines"]
CHEAPER = USUAL["sale.revise_quote"][1]["lines"]
FEBRUARY = dt.date(2026, 2, 1), dt.date(2026, 2, 28)

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
    "awaiting_director_approval": (*TO_APPROVAL, "approve_quote, to the director"),
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
STEPS = tuple(Sale.steps)
OURS = {"sale__questionnaire_keys": "need, budget", "sale__remind_again": "2 business days"}


class Story(Desk):
    """A desk with one deal on it, D, after some steps; a client is asked for a need and a budget."""

    def __init__(self, *steps: str, **given: Any) -> None:
        super().__init__(**{**OURS, **given})
        self.go(*steps)

    def go(self, *steps: str, case: str = "D", **first: Any) -> Story:
        """Take the deal on, or begin it; what is given beside goes into its first step."""
        for step in steps:
            if step == "register_prospect":
                self.begin("sale", step, case=case, **first)
            elif step == "approve_quote, to the director":
                self.take(case, "approve_quote", to_director=True)
            else:
                self.take(case, step)
        return self

    @property
    def deal(self) -> Deal:
        return self.case("D").data

    def dues(self) -> dict[str, dt.datetime | None]:
        return {norm: one.due for norm, one in self.owed("D").items()}

    def would(
        self, step: str, *, case: Case[Deal] | None = None, by: Any = None, related: Any = (), **payload: Any
    ) -> Decision[Deal]:
        """What a step would do to the deal, or to a case like it; nothing is written."""
        actor, usual = USUAL[f"sale.{step}"]
        if step == "draft_contract":
            payload = {"number": "1", **payload}  # the next one is known to the engine only
        begins = Sale.steps[step].begins
        return decide(
            Sale.command(step, {**usual, **payload}),
            None if begins else case or self.case("D"),
            by=by or actor,
            at=self.clock.now(),
            regulation=self.engine.regulation,
            related=related,
            people=STAFF,
            case_id="D" if begins else None,
        )

    def would_refuse(self, step: str, *codes: str, **given: Any) -> StepRefused:
        with pytest.raises(StepRefused) as caught:
            self.would(step, **given)
        assert tuple(refusal.code for refusal in caught.value.refusals) == codes
        return caught.value


def child(process: str, stage: str) -> Case[Any]:
    return Case(f"{process}-1", process, 1, stage, 3, None, "", moscow(2))


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_is_whole():
    assert Sale.check() == ()


def test_the_stages_bear_their_russian_names():
    russian = Desk().engine.texts.locale("ru")
    assert {stage: russian.title(f"sale.stage.{stage}") for stage in Sale.stages} == {
        "prospecting": "Привлечение клиента",
        "negotiating_price": "Согласование предварительного прайса",
        "awaiting_price_approval": "На утверждении прайса",
        "awaiting_director_approval": "Прайс на утверждении у генерального директора",
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
    director = "awaiting_director_approval"
    priced = (approval, director, "opening", "awaiting_assignment", preparing)
    opened = {stage.id for stage in Sale.stages.values() if not stage.ended}
    here = {(stage, stage) for stage in opened}
    found = {
        step: {(source, way.target.id) for source, ways in routes.items() for way in ways}
        for step, routes in Sale.table.routes.items()
    }
    assert found == {
        "register_prospect": {(None, "prospecting")},
        "start_price_negotiation": {("prospecting", negotiating)},
        "revise_quote": {(negotiating, negotiating)},
        "complete_questionnaire": {(negotiating, negotiating)},
        "confirm_client_readiness": {(negotiating, negotiating)},
        "submit_for_approval": {(negotiating, approval)},
        "approve_quote": {(approval, stage) for stage in ("opening", "awaiting_assignment", preparing, director)},
        "confirm_quote": {(director, stage) for stage in ("opening", "awaiting_assignment", preparing)},
        "decline_quote": {(director, negotiating)},
        "reject_quote": {(approval, negotiating)},
        "recall_submission": {(approval, negotiating), (director, negotiating)},
        "reprice_quote": {(stage, negotiating) for stage in (negotiating, *priced)},
        "require_reapproval": {(stage, negotiating) for stage in priced},
        "take_back_expired_quote": {(stage, negotiating) for stage in priced},
        "open_deal": {("opening", "awaiting_assignment")},
        "assign_specialist": {("awaiting_assignment", preparing)},
        "correct_counterparty": here,
        "merge_counterparty": here,
        "follow_counterparty": here,
        "reassign_specialist": here,
        "draft_contract": {(preparing, preparing)},
        "obtain_ceo_signature": {(preparing, preparing)},
        "refuse_contract": {(preparing, preparing), (preparing, "cancelled")},
        "hand_over_contract": {(preparing, "contract_ready")},
        "dispatch_contract": {("contract_ready", sent)},
        "record_scan_return": {(sent, force)},
        "record_electronic_signature": {(sent, force)},
        "record_original_return": {(sent, sent), (force, force)},
        "remind_contract_return": {(sent, sent), (force, force)},
        "record_client_changes": {(sent, preparing), (sent, negotiating)},
        "ask_for_renewal": {(force, force)},
        "renew_contract": {(force, force)},
        "amend_contract": {(force, force)},
        "let_contract_end": {(force, force)},
        "record_client_refusal": {(stage, "lost") for stage in opened - {force}},
        "cancel_deal": {(stage, "cancelled") for stage in opened},
        "hold_deal": here,
        "resume_deal": here,
        "take_over": here,
        "close_deal": {(force, "closed")},
        "reopen_deal": {("closed", force)},
    }


@pytest.mark.parametrize(
    ("step", "allowed"),
    [
        ("register_prospect", {ANNA, SVETA}),
        ("start_price_negotiation", {ANNA}),
        ("revise_quote", {ANNA}),
        ("complete_questionnaire", {ANNA}),
        ("confirm_client_readiness", {ANNA}),
        ("submit_for_approval", {ANNA}),
        ("approve_quote", {IRINA}),
        ("reject_quote", {IRINA}),
        ("recall_submission", {ANNA}),
        ("reprice_quote", {SYSTEM_ACTOR}),
        ("require_reapproval", {SYSTEM_ACTOR}),
        ("open_deal", {IGOR}),
        ("assign_specialist", {IRINA}),
        ("correct_counterparty", {IRINA}),
        ("follow_counterparty", {SYSTEM_ACTOR}),
        ("reassign_specialist", {IRINA}),
        ("draft_contract", {FINN}),
        ("obtain_ceo_signature", {FINN}),
        ("refuse_contract", {BOSS}),
        ("hand_over_contract", {FINN}),
        ("dispatch_contract", {PETR}),
        ("record_scan_return", {FINN}),
        ("record_electronic_signature", {FINN}),
        ("record_original_return", {FINN}),
        ("remind_contract_return", {FINN, SYSTEM_ACTOR}),
        ("record_client_changes", {PETR}),
        ("ask_for_renewal", {SYSTEM_ACTOR}),
        ("renew_contract", {ANNA, PETR, SYSTEM_ACTOR}),
        ("amend_contract", {SYSTEM_ACTOR}),
        ("let_contract_end", {ANNA, PETR}),
        ("record_client_refusal", {ANNA, PETR}),
        ("cancel_deal", {IRINA}),
        ("hold_deal", {PETR, IRINA}),
        ("resume_deal", {PETR, IRINA, SYSTEM_ACTOR}),
        ("close_deal", {PETR}),
        ("reopen_deal", {IRINA, SYSTEM_ACTOR}),
    ],
)
def test_each_step_is_for_certain_people_only(step, allowed):
    story, may, codes = just_before(step), set(), set()
    for person in (*STAFF, SYSTEM_ACTOR):
        try:
            story.would(step, by=person)
        except StepRefused as refused:
            codes |= {refusal.code for refusal in refused.refusals}
        else:
            may.add(person)
    # A cold caller may register a prospect, but only with the lead it comes from; so may the system.
    assert codes <= {"wrong_role", "not_assigned", "same_person", "no_lead", "not_in_charge"}
    assert may == allowed


def just_before(step: str) -> Story:
    """A deal in which nothing speaks against a step."""
    paths = {
        "register_prospect": (),
        "submit_for_approval": TO_SUBMITTABLE,
        "correct_counterparty": TO_CONTRACT,
        "follow_counterparty": TO_CONTRACT,
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
    first = next(iter(Sale.table.routes[step]))
    story = Story(*paths.get(step, PATHS.get(first or "", ())))
    if step == "remind_contract_return":
        story.at(27, month=4)
    return story


# -- a prospect and a price (R5–R10) ----------------------------------------------------------------------------------


def test_a_sale_runs_from_prospect_to_closed_deal():
    case = Story(*TO_CLOSED).case("D")
    assert (case.stage, case.obligations) == ("closed", ())


def test_a_prospect_is_registered_with_its_source():
    story = Story("register_prospect")
    assert (story.stage("D"), story.deal.owner, story.deal.source) == ("prospecting", "anna", "exhibition")
    story.refused_to_begin("sale", "register_prospect", "blank", source=" ")


def test_a_cold_caller_hands_over_a_lead_to_a_manager_or_to_their_queue():
    named = Story().go("register_prospect", by=OLEG, lead="contact-7", manager="anna")
    assert (named.deal.owner, named.deal.lead) == ("anna", "contact-7")
    queued = Story().go("register_prospect", by=OLEG, lead="contact-7")
    assert queued.deal.owner is None
    assert queued.take("D", "start_price_negotiation", by=SVETA).data.owner == "sveta"
    queued.refused_to_begin("sale", "register_prospect", "no_lead", by=OLEG)
    queued.refused_to_begin("sale", "register_prospect", "blank", "wrong_assignee", source="", manager="petr")
    queued.refused_to_begin("sale", "register_prospect", "nobody", manager="nobody")


def test_a_deputy_registers_for_the_manager_who_is_away():
    story = Story(delegations=[Delegation("anna", "petr", *FEBRUARY)]).go("register_prospect", by=PETR)
    assert story.deal.owner == "anna"
    assert (story.last("D").by, story.last("D").on_behalf_of) == ("petr", "anna")


def test_price_talks_begin_with_a_contact_and_a_first_quote():
    deal = Story(*TO_NEGOTIATION).deal
    assert (deal.quote.version, deal.quote.base_version, deal.contact_ref) == (1, "2026-1", "m-1")
    fresh = Story("register_prospect")
    fresh.refused("D", "start_price_negotiation", "blank", contact_ref="")
    fresh.refused("D", "start_price_negotiation", "blank", "quote_empty", contact_ref="", lines=())
    fresh.refused("D", "start_price_negotiation", "quote_without_base", base_version=" ")
    fresh.refused("D", "start_price_negotiation", "quote_item_twice", lines=(*LINES, *CHEAPER))
    fresh.refused("D", "start_price_negotiation", "not_assigned", by=SVETA)
    assert fresh.take("D", "start_price_negotiation").data.owner == "anna"


def test_a_revision_keeps_the_earlier_versions_and_asks_for_readiness_anew():
    story = Story(*TO_SUBMITTABLE, "revise_quote")
    assert [quote.version for quote in story.deal.quote_history] == [1]
    assert (story.deal.quote.version, story.deal.quote.status) == (2, QuoteStatus.DRAFT)
    assert story.deal.readiness is None
    story.refused("D", "revise_quote", "quote_empty", lines=())


def test_an_approved_quote_is_never_revised():
    story = Story(*TO_OPENING)
    case = replace(story.case("D"), stage="negotiating_price")
    refused = story.would_refuse("revise_quote", "quote_approved", "deal_approval_of_another_quote", case=case)
    assert refused.refusals[0].got == "approved"


def test_the_questionnaire_grows_with_each_meeting_until_nothing_is_missing():
    story = Story(*TO_NEGOTIATION)
    story.take("D", "complete_questionnaire", answers={"need": "audit"})
    assert story.deal.questionnaire.missing() == ("budget",)
    assert story.deal.questionnaire.completed_at is None
    story.take("D", "complete_questionnaire", meeting="m-2", answers={"budget": "1000"})
    form = story.deal.questionnaire
    assert (form.answers, form.filled_by) == ({"need": "audit", "budget": "1000"}, "anna")
    assert form.completed_at == story.clock.now()
    story.refused("D", "complete_questionnaire", "blank", meeting=" ")


def test_the_questionnaire_completes_what_is_known_of_the_client():
    story = Story().go(*TO_SUBMITTABLE, client=ClientDraft(ROMASHKA.legal_name))
    wrong = story.refused("D", "submit_for_approval", "questionnaire_incomplete")
    assert wrong.refusals[0].got == ("client.inn",)
    story.take("D", "complete_questionnaire", client=ROMASHKA)
    assert story.deal.client == ROMASHKA
    story.take("D", "submit_for_approval")


def test_the_questionnaire_of_an_opened_deal_names_no_other_client():
    story = Story(*TO_SENT)
    story.take("D", "record_client_changes", price_affected=True)
    [refusal] = story.refused("D", "complete_questionnaire", "other_client.opened", client=LILIYA).refusals
    assert (refusal.clause, refusal.need, refusal.got) == ("R12", "7707083893", "7830002293")
    assert story.take("D", "complete_questionnaire", client=ROMASHKA).data.client == ROMASHKA


def test_a_company_without_a_list_of_questions_asks_none():
    story = Story(*TO_NEGOTIATION, sale__questionnaire_keys="")
    story.take("D", "complete_questionnaire", answers={})
    assert story.deal.questionnaire.is_complete


def test_readiness_needs_evidence():
    story = Story(*TO_NEGOTIATION)
    story.refused("D", "confirm_client_readiness", "blank", evidence=" ")
    story.take("D", "confirm_client_readiness", evidence="letter 7")
    assert (story.deal.readiness.evidence, story.deal.readiness.at) == ("letter 7", story.clock.now())


def test_what_is_submitted_is_a_complete_questionnaire_and_a_quote_that_the_client_wants():
    story = Story(*TO_NEGOTIATION)
    reasons = story.refused("D", "submit_for_approval", "questionnaire_incomplete", "client_not_ready")
    assert {refusal.clause for refusal in reasons.refusals} == {"R8", "R9"}
    assert reasons.refusals[0].got == ("everything",)
    assert "complete_questionnaire" in reasons.allowed
    assert "submit_for_approval" not in reasons.allowed
    story = Story(*TO_APPROVAL)
    assert story.deal.quote.status is QuoteStatus.SUBMITTED
    assert story.told("D") == {"irina"}


def test_the_head_owes_a_decision_by_the_close_of_the_next_business_day():
    [owed] = Story(*TO_APPROVAL).case("D").obligations
    assert (owed.norm, owed.role, owed.clause) == ("sale.price_approval", "head_of_commercial", "R10")
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
    story = Story(*TO_APPROVAL)
    story.at(*when).take("D", step)
    assert story.closed("D") == {"sale.price_approval": status}


def test_an_approval_is_bound_to_the_quote_and_opens_the_deal_within_two_business_days():
    story = Story(*TO_APPROVAL)
    story.at(3, "12:00").take("D", "approve_quote")
    approval = story.deal.approval
    assert approval.quote_hash == story.deal.quote.content_hash
    assert (approval.by, approval.submitted_by, approval.at) == ("irina", "anna", moscow(3, "12:00"))
    assert story.stage("D") == "opening"
    assert story.told("D") == {"anna", "igor"}
    assert story.dues() == {"sale.open_deal": moscow(5, "18:00")}


def test_an_approver_who_read_another_quote_is_told():
    story = Story(*TO_APPROVAL)
    [refusal] = story.refused("D", "approve_quote", "other_quote", quote_hash="0" * 64).refusals
    assert refusal.need == story.deal.quote.content_hash
    story.take("D", "approve_quote", quote_hash=story.deal.quote.content_hash)


BOTH = Employee("both", "Both", ["sales_manager", "head_of_commercial"])


def test_nobody_approves_what_they_submitted():
    story = Story(*TO_SUBMITTABLE, staff=(*STAFF, BOTH), duties__own_only=False)
    story.take("D", "submit_for_approval", by=BOTH)
    assert story.refused("D", "approve_quote", "same_person", by=BOTH).refusals[0].got == ("both",)
    story.refused("D", "approve_quote", "same_person", by=Actor(BOTH, (IRINA,)))
    story.take("D", "approve_quote")


def test_a_small_firm_may_merge_the_roles():
    story = Story(*TO_SUBMITTABLE, staff=(*STAFF, BOTH), duties__separated=False, duties__own_only=False)
    assert story.take("D", "submit_for_approval", "approve_quote", by=BOTH).stage == "opening"


def test_a_rejection_returns_to_the_talks_with_its_reason_and_keeps_the_questionnaire():
    story = Story(*TO_APPROVAL, "reject_quote")
    assert (story.stage("D"), story.deal.quote.status) == ("negotiating_price", QuoteStatus.REJECTED)
    assert story.told("D") == {"anna"}
    form = story.deal.questionnaire
    story.take("D", "revise_quote", "confirm_client_readiness", "submit_for_approval")
    story.take("D", "reject_quote", reason="again")
    assert [decision.reason for decision in story.deal.rejections] == ["too cheap", "again"]
    assert story.deal.questionnaire == form
    story.refused("D", "reject_quote", "wrong_stage")
    story.take("D", "submit_for_approval", "approve_quote")
    outcomes = [decision.outcome for decision in story.deal.decisions]
    assert outcomes == [Outcome.REJECTED, Outcome.REJECTED, Outcome.APPROVED]
    Story(*TO_APPROVAL).refused("D", "reject_quote", "blank", reason="")


def test_a_submitter_may_recall_and_the_head_is_told():
    story = Story(*TO_APPROVAL)
    assert story.refused("D", "recall_submission", "not_assigned", by=SVETA).refusals[0].need == "anna"
    story.take("D", "recall_submission")
    assert (story.stage("D"), story.deal.quote.status) == ("negotiating_price", QuoteStatus.DRAFT)
    assert story.told("D") == {"irina"}


def test_what_somebody_submitted_who_has_left_is_recalled_by_whoever_is_in_charge_now():
    story = Story(*TO_APPROVAL)
    story.know(attrs.evolve(ANNA, left_on=moscow(3).date()))
    story.at(3, "14:00").take("D", "take_over")
    story.take("D", "recall_submission", by=SVETA)
    assert story.stage("D") == "negotiating_price"


def test_a_submission_by_a_deputy_is_the_absent_ones_to_recall_and_neithers_to_approve():
    petra = Employee("petra", "Petra", ["head_of_commercial"])
    story = Story(*TO_SUBMITTABLE, staff=(*STAFF, petra))
    story.take("D", "submit_for_approval", by=Actor(petra, (ANNA,)))
    assert (story.deal.submitted_by, story.deal.submitted_through) == ("anna", "petra")
    assert story.refused("D", "approve_quote", "same_person", by=petra).refusals[0].got == ("petra",)
    assert story.take("D", "recall_submission").stage == "negotiating_price"


# -- a new base price list (R38) --------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["reprice_quote", "require_reapproval"])
def test_a_new_base_price_list_takes_an_approval_back_and_the_draft_made_on_it(step):
    story = Story(*TO_DRAFT)
    story.take("D", step)
    assert (story.stage("D"), story.deal.approval, story.deal.contract) == ("negotiating_price", None, None)
    assert [old.number for old in story.deal.contract_history] == ["1"]
    assert story.told("D") == {"anna", "irina"}
    repriced = step == "reprice_quote"
    assert story.deal.quote_status() == ("draft" if repriced else "revoked")
    assert story.deal.quote.base_version == ("2026-2" if repriced else "2026-1")


def test_a_quote_that_nobody_approved_is_repriced_where_it_is():
    story = Story(*TO_APPROVAL)
    assert story.take("D", "reprice_quote").data.quote.version == 2
    story.refused("D", "reprice_quote", "quote_empty", by=SYSTEM_ACTOR, lines=())


def test_a_signed_contract_keeps_its_prices():
    story = Story(*TO_DRAFT, "obtain_ceo_signature")
    for step in ("reprice_quote", "require_reapproval"):
        assert story.refused("D", step, "contract_signed").refusals[0].got == "1"


# -- the deal (R11–R15) -----------------------------------------------------------------------------------------------


def test_opening_a_deal_creates_its_counterparty_and_holds_its_keys():
    story = Story(*TO_OPENING)
    taken = story.at(4).would("open_deal").keys_taken
    assert taken == ("counterparty.name:romashka", "counterparty:inn:7707083893", "deal.number:2026:D-1")
    story.take("D", "open_deal")
    assert [one.id for key in taken for one in story.engine.cases(key=key)] == ["D", "D", "D"]
    assert story.deal.counterparty.tax_id == "7707083893/770701001"
    assert story.deal.counterparty.created_at == moscow(4)
    assert story.closed("D") == {"sale.open_deal": ObligationStatus.MET}
    assert story.told("D") == {"irina"}
    assert list(story.owed("D")) == ["sale.assign"]


def test_a_known_client_gets_a_new_deal_and_no_second_record():
    story = Story(*TO_ASSIGNMENT).go(*TO_OPENING, case="E")
    first = story.case("D")
    taken = story.would("open_deal", case=story.case("E"), related=[first], number="D-2", existing="D")
    assert (taken.keys_taken, taken.read, taken.touched) == (("deal.number:2026:D-2",), {"D": first.version}, ())
    second = story.take("E", "open_deal", number="D-2", existing="D")
    assert second.data.counterparty == first.data.counterparty
    assert story.case("D") == first


def test_a_client_is_in_the_system_once_and_so_is_a_number():
    story = Story(*TO_ASSIGNMENT).go(*TO_OPENING, case="E")
    alike, known, taken = story.refused(
        "E", "open_deal", "called_alike", "counterparty_exists", "number_taken"
    ).refusals
    assert (alike.need, alike.got) == ("D", "romashka")
    assert (known.clause, known.need, known.got) == ("R12", "D", "7707083893")
    assert (taken.clause, taken.facts["holder"], taken.got) == ("R15", "D", "D-1")
    story.refused("E", "open_deal", "number_taken", existing="D")
    story.take("E", "open_deal", number="D-2", existing="D")


def test_the_search_for_the_client_is_part_of_opening():
    with pytest.raises(PayloadError, match="existing: missing"):
        Story(*TO_OPENING).engine.perform("D", "open_deal", {"number": "D-1"}, by=IGOR)


def test_the_deal_found_is_of_the_same_client():
    story = Story(*TO_FORCE).go(*TO_OPENING, case="E", client=LILIYA).go("register_prospect", case="young")
    _, other = story.refused("E", "open_deal", "blank", "other_client", number=" ", existing="D").refusals
    assert (other.need, other.got) == ("7830002293", "7707083893")
    assert story.refused("E", "open_deal", "other_client", number="D-2", existing="young").refusals[0].got is None
    story.begin("work_order", "receive_work_order", case="W", deal="D")
    with pytest.raises(CaseMismatch, match="names a 'sale' case, and 'W' is of 'work_order'"):
        story.take("E", "open_deal", existing="W")


def test_the_specialist_gets_the_number_and_the_address_and_finance_gets_two_days():
    story = Story(*TO_ASSIGNMENT)
    story.at(5).take("D", "assign_specialist")
    assert (story.deal.specialist, story.deal.contact_email) == ("petr", "buyer@example.com")
    assert story.told("D") == {"petr", "finn"}
    assert story.dues() == {"sale.prepare_contract": moscow(9, "18:00")}  # a Saturday, rolled to Monday
    [owed] = story.case("D").obligations
    assert owed.role == "finance"


def test_who_is_assigned_is_a_specialist_who_works_here():
    story = Story(*TO_ASSIGNMENT)
    story.refused("D", "assign_specialist", "wrong_assignee", "no_contact_email", specialist="anna", contact_email="")
    gone = Story(*TO_ASSIGNMENT, staff=leaving(3 - 1))
    gone.refused("D", "assign_specialist", "not_available")
    late = Story(*TO_ASSIGNMENT, staff=leaving(3))
    late.at(3, "00:30").refused("D", "assign_specialist", "not_available")  # still the 2nd in UTC
    Story(*TO_ASSIGNMENT, staff=leaving(3)).at(2, "23:30").take("D", "assign_specialist")


def test_the_head_owes_an_opened_deal_its_specialist_in_time():
    story = Story(*TO_ASSIGNMENT)
    owed = story.owed("D")["sale.assign"]
    assert (owed.role, owed.clause, owed.due) == ("head_of_commercial", "R14", moscow(3, "18:00"))
    story.take("D", "hold_deal")
    story.later(dt.timedelta(days=2))
    story.take("D", "resume_deal", "assign_specialist")
    assert story.closed("D")["sale.assign"] is ObligationStatus.MET


def leaving(day: int) -> tuple[Employee, ...]:
    """The staff without Petr from a day of February on."""
    return tuple(attrs.evolve(one, left_on=dt.date(2026, 2, day)) if one is PETR else one for one in STAFF)


def test_a_reassignment_tells_both_and_hands_over_what_is_owed():
    story = Story(*TO_READY)
    [owed] = story.case("D").obligations
    assert (owed.norm, owed.person, owed.due) == ("sale.dispatch", "petr", moscow(3, "18:00"))
    story.take("D", "reassign_specialist")
    assert story.told("D") == {"dina", "petr"}
    [owed] = story.case("D").obligations
    assert (owed.person, owed.due) == ("dina", moscow(3, "18:00"))
    assert story.last("D").opened == (owed,)
    story.refused("D", "dispatch_contract", "not_assigned", by=PETR)
    story.take("D", "dispatch_contract", by=DINA)
    assert story.closed("D") == {"sale.dispatch": ObligationStatus.MET}


def test_a_reassignment_needs_a_reason_and_somebody_else():
    story = Story(*TO_CONTRACT)
    story.refused("D", "reassign_specialist", "blank", "same_specialist", specialist="petr", reason="")
    story.refused("D", "reassign_specialist", "wrong_assignee", specialist="anna")
    story.refused("D", "reassign_specialist", "nobody", specialist="nobody")
    Story(*TO_ASSIGNMENT).refused("D", "reassign_specialist", "no_specialist")


# -- the contract (R16–R21) -------------------------------------------------------------------------------------------


def test_a_contract_is_drafted_on_the_approved_quote():
    story = Story(*TO_DRAFT)
    assert story.deal.contract.quote_hash == story.deal.approval.quote_hash
    assert story.last("D").opened == story.last("D").closed == ()
    story.refused("D", "draft_contract", "blank", "blank", number="", template_version=" ")


def test_without_a_standing_approval_there_is_no_contract():
    story = Story(*TO_CONTRACT)
    case = story.case("D")
    revoked = replace(case, data=case.data.price_reopened())
    [refusal] = story.would_refuse("draft_contract", "no_approval", case=revoked).refusals
    assert (refusal.got, refusal.clause) == ("revoked", "R10")
    unquoted = replace(revoked, stage="opening", data=attrs.evolve(revoked.data, quote=None))
    [refusal] = story.would_refuse("open_deal", "no_approval", case=unquoted).refusals
    assert (refusal.got, refusal.clause) == (None, "R10")


def test_the_general_director_signs_a_draft():
    story = Story(*TO_CONTRACT)
    story.refused("D", "obtain_ceo_signature", "no_contract")
    story.take("D", "draft_contract")
    late = {"signed_by": "anna", "signed_at": moscow(2, "10:01")}
    story.refused("D", "obtain_ceo_signature", "not_yet", "no_power", **late)
    story.at(3).take("D", "obtain_ceo_signature", signed_at=moscow(3, "09:30"))
    assert (story.deal.contract.ceo_signed_at, story.deal.contract.signed_by) == (moscow(3, "09:30"), "boss")


def test_a_new_draft_is_not_signed_yet():
    story = Story(*TO_DRAFT, "obtain_ceo_signature")
    story.take("D", "draft_contract", number="C-2")
    story.refused("D", "hand_over_contract", "not_signed")
    assert [old.number for old in story.deal.contract_history] == ["1"]


def test_a_contract_sent_back_for_rework_is_prepared_anew_with_a_fresh_term():
    story = Story(*TO_DRAFT)
    story.at(3).take("D", "refuse_contract")
    assert (story.stage("D"), story.deal.contract) == ("preparing_contract", None)
    assert story.told("D") == {"irina", "petr"}
    assert story.closed("D") == {"sale.prepare_contract": ObligationStatus.CANCELLED}
    assert story.dues() == {"sale.prepare_contract": moscow(5, "18:00")}
    assert story.deal.decisions[-1].subject is Subject.CONTRACT
    story.take("D", "draft_contract")
    story.refused("D", "refuse_contract", "blank", reason=" ")


def test_a_contract_refused_for_good_cancels_the_deal():
    story = Story(*TO_DRAFT)
    case = story.take("D", "refuse_contract", outcome="cancel")
    assert (case.stage, case.data.cancel_reason, case.obligations) == ("cancelled", "the terms", ())


def test_the_hand_over_meets_what_finance_owes():
    Story(*TO_DRAFT).refused("D", "hand_over_contract", "not_signed")
    story = Story(*TO_READY)
    assert story.closed("D") == {"sale.prepare_contract": ObligationStatus.MET}
    assert story.told("D") == {"petr"}
    assert story.dues() == {"sale.dispatch": moscow(3, "18:00")}


def test_sending_the_contract_starts_the_clocks_of_both_copies():
    story = Story(*TO_SENT)
    assert story.told("D") == {"buyer@example.com", "finn"}
    assert story.closed("D") == {"sale.dispatch": ObligationStatus.MET}
    assert story.dues() == {"sale.return_scan": moscow(9, "18:00"), "sale.return_original": moscow(4, "18:00", month=3)}
    assert (story.deal.contract.channel, story.deal.contract.dispatched_at) == (EMAIL, moscow(2))
    ready = Story(*TO_READY)
    unsigned = replace(ready.case("D"), data=ready.deal.contract_with(ceo_signed_at=None))
    [refusal] = ready.would_refuse("dispatch_contract", "not_signed", case=unsigned).refusals
    assert refusal.clause == "R17"


def test_the_scan_puts_the_contract_in_force_and_the_specialist_is_told():
    story = Story(*TO_SENT)
    story.at(11).take("D", "record_scan_return", received_at=moscow(9, "17:00"))
    assert story.stage("D") == "in_force"
    assert story.closed("D") == {"sale.return_scan": ObligationStatus.MET}  # it came in time and was recorded later
    assert story.last("D").closed[0].closed_at == moscow(9, "17:00")
    assert story.told("D") == {"petr"}
    assert story.deal.contract.scan_returned_at == moscow(9, "17:00")
    assert set(story.owed("D")) == {"sale.return_original"}
    late = Story(*TO_SENT)
    late.at(11).take("D", "record_scan_return")
    assert late.closed("D") == {"sale.return_scan": ObligationStatus.MET_LATE}


def test_a_scan_without_the_clients_signature_is_none():
    story = Story(*TO_SENT)
    refused = story.refused("D", "record_scan_return", "blank", "blank", scan_ref="", signatory="")
    assert [refusal.facts["field"] for refusal in refused.refusals] == ["scan_ref", "signatory"]
    story.refused("D", "record_scan_return", "not_yet", received_at=moscow(3))
    story.refused("D", "record_scan_return", "too_early", received_at=moscow(1))


def test_the_original_is_archived_once_before_or_after_the_scan():
    story = Story(*TO_SENT, "record_original_return")
    assert story.stage("D") == "awaiting_client_signature"
    assert story.closed("D") == {"sale.return_original": ObligationStatus.MET}
    assert story.refused("D", "record_original_return", "already_returned").refusals[0].got == "a-1"
    story.take("D", "record_scan_return")
    story.refused("D", "record_original_return", "already_returned")
    later = Story(*TO_FORCE)
    later.refused("D", "record_original_return", "blank", archive_ref="")
    later.at(6).take("D", "record_original_return", received_at=moscow(5))
    assert (later.deal.contract.archive_ref, later.deal.contract.original_returned_at) == ("a-1", moscow(5))


def test_the_client_is_reminded_of_a_copy_that_is_overdue():
    story = Story(*TO_SENT)
    story.at(9, "18:00")
    assert len(story.refused("D", "remind_contract_return", "nothing_overdue").refusals[0].got) == 2
    story.at(9, "18:01").take("D", "remind_contract_return")
    story.at(11).take("D", "remind_contract_return", by=SYSTEM_ACTOR)
    assert story.deal.contract.reminders == (moscow(9, "18:01"), moscow(11))
    assert story.told("D") == {"buyer@example.com"}
    story.take("D", "record_scan_return")
    story.refused("D", "remind_contract_return", "nothing_overdue")
    story.at(5, month=3).take("D", "remind_contract_return", "record_original_return")
    assert story.refused("D", "remind_contract_return", "nothing_overdue").refusals[0].got == ()


def test_the_system_reminds_the_client_once_a_copy_is_overdue_and_again_after_a_while():
    timer, tick = Sale.timers["client_is_reminded"], dt.timedelta(microseconds=1)
    story = Story(*TO_SENT)
    assert timer.step == "remind_contract_return"
    assert timer.rings_at(story.case("D")) == moscow(9, "18:00") + tick
    story.at(9, "18:01").engine.tick()
    assert (story.last("D").step, story.last("D").by) == ("remind_contract_return", "system")
    assert timer.rings_at(story.case("D")) == moscow(11, "18:00")
    story.at(10).take("D", "hold_deal")
    assert timer.rings_at(story.case("D")) == moscow(11, "18:00"), "what was overdue before the hold stays so"
    story.take("D", "resume_deal", by=SYSTEM_ACTOR)
    story.take("D", "record_scan_return")
    assert timer.rings_at(story.case("D")) == moscow(4, "18:00", month=3) + tick, "the original has its own clock"
    story.take("D", "record_original_return")
    assert timer.rings_at(story.case("D")) is None


def test_disagreements_about_words_lead_back_to_the_contract():
    story = Story(*TO_SENT)
    story.at(4).take("D", "record_client_changes")
    assert story.stage("D") == "preparing_contract"
    assert story.closed("D") == dict.fromkeys(("sale.return_scan", "sale.return_original"), ObligationStatus.CANCELLED)
    assert story.dues() == {"sale.prepare_contract": moscow(6, "18:00")}
    assert story.told("D") == {"finn", "irina", "anna"}
    assert story.deal.contract_history[0].disagreements == ("p-1",)
    story.at(5).take("D", *TO_SENT[len(TO_CONTRACT) :])
    assert story.dues()["sale.return_scan"] == moscow(12, "18:00")
    story.refused("D", "record_client_changes", "blank", protocol="")


def test_disagreements_about_the_price_revoke_the_approval_and_need_a_new_round():
    story = Story(*TO_SENT)
    story.take("D", "record_client_changes", price_affected=True)
    assert story.stage("D") == "negotiating_price"
    assert story.deal.approval is None
    story.refused("D", "submit_for_approval", "no_quote", "client_not_ready")
    story.take("D", "revise_quote", "confirm_client_readiness", "submit_for_approval", "approve_quote")
    assert story.stage("D") == "preparing_contract"  # it has its number and its specialist already
    assert story.told("D") == {"anna", "finn"}
    assert story.take("D", "draft_contract").data.contract.quote_hash == story.deal.approval.quote_hash


# -- the end, and rests on the way ------------------------------------------------------------------------------------

OPEN_STAGES = [stage.id for stage in Sale.stages.values() if not stage.ended]


@pytest.mark.parametrize("stage", OPEN_STAGES)
def test_a_client_may_refuse_at_any_stage_before_the_contract_is_in_force(stage):
    story = Story(*PATHS[stage])
    if stage == "in_force":
        assert story.refused("D", "record_client_refusal", "wrong_stage").refusals[0].got == "in_force"
        return
    story.refused("D", "record_client_refusal", "blank", reason=" \n")
    case = story.take("D", "record_client_refusal")
    assert (case.stage, case.data.loss_reason, case.obligations) == ("lost", "another supplier", ())
    assert story.told("D") == {"irina"}


@pytest.mark.parametrize("stage", OPEN_STAGES)
def test_the_head_may_cancel_any_open_deal_with_a_reason(stage):
    story = Story(*PATHS[stage])
    story.refused("D", "cancel_deal", "blank", reason="")
    case = story.take("D", "cancel_deal")
    assert (case.stage, case.data.cancel_reason, case.obligations) == ("cancelled", "no capacity", ())
    assert {"anna", "finn"} <= story.told("D")
    assert (story.deal.contact_email in story.told("D")) is (story.deal.contact_email is not None)


def test_a_deal_with_an_issued_unpaid_invoice_is_not_cancelled():
    story = Story(*TO_FORCE)
    refused = story.would_refuse("cancel_deal", "invoices_unpaid", related=[child("invoice", "sent")])
    assert refused.refusals[0].got == ("invoice-1",)
    for harmless in ("requested", "returned", "paid", "void", "refunded"):
        assert story.would("cancel_deal", related=[child("invoice", harmless)]).case.stage == "cancelled"


def test_a_hold_stops_the_clocks_that_may_pause_and_no_others():
    story = Story(*TO_SENT)
    story.at(3, "12:00").take("D", "hold_deal", by=PETR)
    assert story.deal.on_hold
    assert {one.status for one in story.owed("D").values()} == {ObligationStatus.PAUSED}
    assert {one.status for one in story.case("D").obligations} == {ObligationStatus.PAUSED}
    story.at(5, "12:00").take("D", "resume_deal", by=PETR)
    assert story.dues()["sale.return_scan"] == moscow(11, "18:00")  # two business days later than the 9th
    assert not story.deal.on_hold
    approval = Story(*TO_APPROVAL, "hold_deal")
    assert approval.dues() == {"sale.price_approval": moscow(3, "18:00")}


def test_a_clock_that_starts_during_a_hold_stands_still_until_it_ends():
    story = Story(*TO_READY, "hold_deal", "dispatch_contract")
    assert {one.status for one in story.owed("D").values()} == {ObligationStatus.PAUSED}
    story.at(3).take("D", "resume_deal")
    assert story.dues()["sale.return_scan"] == moscow(10, "18:00")


def test_what_is_done_during_a_hold_is_done_in_time():
    story = Story(*TO_READY, "hold_deal")
    story.at(10).take("D", "dispatch_contract")
    assert story.closed("D") == {"sale.dispatch": ObligationStatus.MET}


def test_a_hold_without_end_stops_a_clock_for_ten_business_days_and_no_longer():
    story = Story(*TO_READY)
    due = story.owed("D")["sale.dispatch"].due
    story.take("D", "hold_deal", until=moscow(1, month=12))
    held = story.owed("D")["sale.dispatch"]
    assert (held.status, held.due > due) == (ObligationStatus.PAUSED, True)
    assert held.due < moscow(20)
    assert held.status_at(moscow(20)) is ObligationStatus.BREACHED
    story.at(20)
    assert held.id in story.engine.tick().breached
    assert [one.id for one in story.engine.obligations(case="D", status="breached")] == [held.id]
    story.take("D", "resume_deal")
    assert story.owed("D")["sale.dispatch"].due == held.due
    story.take("D", "dispatch_contract")
    assert story.closed("D") == {"sale.dispatch": ObligationStatus.MET_LATE}


def test_many_short_holds_stop_a_clock_no_longer_than_one_long_one():
    story = Story(*TO_READY)
    for day in (3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20):
        story.at(day, "09:00").take("D", "hold_deal", until=moscow(28))
        story.at(day, "18:00").take("D", "resume_deal")
    assert story.owed("D")["sale.dispatch"].status_at(moscow(20, "18:00")) is ObligationStatus.BREACHED


def test_a_hold_has_a_reason_and_an_end_and_is_not_doubled():
    story = Story(*TO_FORCE)
    story.refused("D", "resume_deal", "not_on_hold")
    story.refused("D", "hold_deal", "blank", "in_the_past", reason="", until=story.clock.now())
    story.take("D", "hold_deal")
    story.refused("D", "hold_deal", "on_hold")
    Story(*TO_NEGOTIATION).refused("D", "hold_deal", "wrong_role", by=PETR)


def test_the_system_resumes_a_deal_when_its_hold_ends():
    timer = Sale.timers["hold_ends"]
    story = Story(*TO_FORCE, "hold_deal")
    assert timer.step == "resume_deal"
    assert timer.rings_at(story.case("D")) == moscow(20)
    story.at(20).engine.tick()
    assert (story.last("D").step, story.last("D").role) == ("resume_deal", "system")
    assert timer.rings_at(story.case("D")) is None


def test_a_deal_closes_when_everything_is_delivered_paid_and_archived():
    story = Story(*TO_FORCE)
    left = [child("work_order", "delivered"), child("invoice", "sent")]
    refused = story.would_refuse("close_deal", "work_orders_open", "invoices_open", "no_original", related=left)
    assert [refusal.clause for refusal in refused.refusals] == ["R34", "R34", "R20"]
    story.take("D", "record_original_return", "hold_deal")
    ended = [child("work_order", "closed"), child("invoice", "paid")]
    assert story.would("close_deal", related=ended).read == {"work_order-1": 3, "invoice-1": 3}
    story.take("D", "close_deal")
    assert story.stage("D") == "closed"
    assert story.told("D") == {"anna", "finn"}
    assert not story.deal.on_hold


def test_the_head_reopens_a_closed_deal_with_a_reason():
    story = Story(*TO_CLOSED)
    story.refused("D", "reopen_deal", "blank", reason="")
    assert story.take("D", "reopen_deal").stage == "in_force"


@pytest.mark.parametrize("stage", ["lost", "cancelled"])
def test_nothing_leads_out_of_a_final_stage(stage):
    story = Story(*PATHS[stage])
    for step in Sale.steps.values():
        if not step.begins:
            assert story.refused("D", step.id, "wrong_stage").allowed == ()
    assert Sale.table.leaving(stage) == ()


@pytest.mark.parametrize("stage", OPEN_STAGES)
def test_an_open_deal_has_a_next_step_an_owner_and_a_clock_or_a_reason_for_none(stage):
    story = Story(*PATHS[stage])
    page = Sale.stages[stage]
    assert page.owner is not None
    if page.term is not None:
        assert page.term.id in story.owed("D")
    else:
        assert page.no_term
    steps = {a.step.id for person in STAFF for a in story.engine.available("D", by=person) if a.allowed}
    assert steps - {"hold_deal", "reassign_specialist", "cancel_deal", "record_client_refusal"}


# -- the record -------------------------------------------------------------------------------------------------------


def test_an_event_says_who_did_what_when_in_which_role_and_under_which_clauses():
    story = Story(*TO_CONTRACT)
    opened, assigned = story.engine.history("D")[-2:]
    assert (opened.id, opened.source, opened.target) == (f"D:{opened.version}", "opening", "awaiting_assignment")
    assert (opened.by, opened.role, opened.at) == ("igor", "it_staff", moscow(2))
    assert opened.clauses == ("R12", "R13")
    assert opened.regulation == story.engine.regulation.content_hash
    assert set(opened.changes) == {"number", "number_period", "counterparty", "identities", "near_name"}
    assert assigned.payload == {"specialist": "petr", "contact_email": "buyer@example.com"}


def test_a_deal_is_found_by_its_client_tax_id_number_and_owner():
    story = Story(*TO_ASSIGNMENT).go("register_prospect", case="E", client=LILIYA, by=SVETA)
    for where in ({"client": "OOO Rom*"}, {"tax_id": "7707083893"}, {"number": "D-1"}, {"owner": "anna"}):
        assert [one.id for one in story.engine.cases("sale", where=where)] == ["D"]


def test_replaying_the_events_gives_the_deal():
    story = Story(*TO_SENT)
    story.take("D", "record_client_changes", price_affected=True)
    story.take("D", "revise_quote", "confirm_client_readiness", "submit_for_approval", "approve_quote")
    story.take("D", "hold_deal", "reassign_specialist", "resume_deal")
    assert replay(Sale, story.engine.history("D")) == story.case("D")
    assert Sale.table.decode(Sale.encode(story.deal)) == story.deal


def test_bad_commands_get_their_own_errors():
    story = Story(*TO_NEGOTIATION)
    with pytest.raises(UnknownStep, match="no step 'approve'"):
        story.engine.perform("D", "approve", by=IRINA)
    with pytest.raises(PayloadError, match=r"evidence: missing.*evidnce: unknown, did you mean 'evidence'"):
        story.engine.perform("D", "confirm_client_readiness", {"evidnce": "x"}, by=ANNA)
    with pytest.raises(OutOfOrder):
        story.at(1).take("D", "revise_quote")
    with pytest.raises(CaseMismatch, match="has begun already"):
        story.at(3).take("D", "register_prospect")


def test_a_payload_may_be_plain_values_as_they_come_from_json():
    plain = {"legal_name": "OOO Romashka", "inn": "7707083893", "kpp": "770701001", "contacts": [{"name": "Ivan"}]}
    story = Story().go("register_prospect", client=plain)
    assert story.deal.client.contacts[0].name == "Ivan"
    line = {"item": "audit", "price": {"amount": "1000"}, "discount": "0.0"}
    story.take("D", "start_price_negotiation", lines=[line])
    assert story.deal.quote.lines == (QuoteLine("audit", Money(1000)),)
    with pytest.raises(PayloadError, match="has no attribute 'colour'"):
        story.take("D", "revise_quote", lines=[{**line, "colour": "red"}])
    with pytest.raises(PayloadError, match=r"client: .*digit 10 should be 3"):
        story.begin("sale", "register_prospect", client={**plain, "inn": "7707083894"})


@pytest.mark.parametrize("step", STEPS)
def test_every_step_describes_its_payload(step):
    schema = Sale.payload_schema(step)
    assert schema["additionalProperties"] is False
    assert set(USUAL[f"sale.{step}"][1]) <= set(schema["properties"])


# -- whatever anybody tries -------------------------------------------------------------------------------------------

ODD = {
    "reason": " ",
    "source": "",
    "number": " ",
    "lines": (*LINES, *CHEAPER),
    "answers": {},
    "specialist": "dina",
    "signed_by": "anna",
    "outcome": "cancel",
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
        story.later(dt.timedelta(minutes=data.draw(st.sampled_from([0, 1, 240, 1440, 10080]))))
        before = story.case("D")
        leaving = [step.id for step in Sale.table.leaving(before.stage)] or ["hold_deal"]
        step = data.draw(st.one_of(st.sampled_from(leaving), st.sampled_from(STEPS)))
        by = data.draw(st.one_of(st.none(), st.sampled_from((*STAFF, SYSTEM_ACTOR))))
        odd = data.draw(st.one_of(st.none(), st.sampled_from(sorted(ODD))))
        names = Sale.payload_schema(step)["properties"]
        try:
            story.take("D", step, by=by, **({odd: ODD[odd]} if odd in names else {}))
            taken = True
        except (StepRefused, CaseMismatch):
            taken = False
        after = story.case("D")
        assert taken is (after != before)
        is_legal(after)
        form = after.data.questionnaire or form
        assert after.data.questionnaire == form
        if Sale.stages[before.stage].final:
            assert after == before
    assert replay(Sale, story.engine.history("D")) == story.case("D")


# -- whoever worked on a quote does not approve it ---------------------------------------------------------------------

HEAD_WHO_SELLS = Employee("hanna", "Hanna", [HEAD, MANAGER])


@pytest.mark.parametrize("step", ["start_price_negotiation", "revise_quote"])
def test_the_author_of_a_quote_does_not_approve_what_a_colleague_submits(step):
    story = Story("register_prospect", staff=[*STAFF, HEAD_WHO_SELLS], duties__own_only=False)
    story.take("D", "start_price_negotiation", by=HEAD_WHO_SELLS if step == "start_price_negotiation" else None)
    if step == "revise_quote":
        story.take("D", step, by=HEAD_WHO_SELLS)
        story.take("D", step)
    story.go(*TO_APPROVAL[2:])
    story.refused("D", "approve_quote", "same_person", by=HEAD_WHO_SELLS)
    story.take("D", "approve_quote")


def test_whoever_stood_in_for_the_author_does_not_approve_either():
    story = Story("register_prospect", delegations=[Delegation("anna", "irina", *FEBRUARY)])
    story.take("D", "start_price_negotiation", by=IRINA)
    assert story.deal.worked_on == ("anna", "irina")
    story.go(*TO_APPROVAL[2:]).refused("D", "approve_quote", "same_person", by=IRINA)


@pytest.mark.parametrize("step", ["complete_questionnaire", "confirm_client_readiness"])
def test_whoever_filled_in_the_questionnaire_in_the_managers_place_does_not_approve_the_price(step):
    story = Story(*TO_NEGOTIATION, delegations=[Delegation("anna", "irina", *FEBRUARY)])
    for one in TO_APPROVAL[2:]:
        story.take("D", one, by=IRINA if one == step else None)
    story.refused("D", "approve_quote", "same_person", by=IRINA)


# -- whose deal it is, and papers without paper ----------------------------------------------------------------------


def test_a_colleague_takes_no_step_on_a_managers_deal_unless_the_firm_shares_its_work():
    story = Story(*TO_NEGOTIATION)
    story.refused("D", "revise_quote", "not_assigned", by=SVETA)
    story.refused("D", "record_client_refusal", "not_in_charge", by=SVETA)
    shared = Story(*TO_NEGOTIATION, duties__own_only=False)
    shared.take("D", "revise_quote", by=SVETA)
    shared.take("D", "record_client_refusal", by=SVETA)


def test_the_managers_superior_gives_a_deal_to_another_manager():
    story = Story(*TO_NEGOTIATION)
    story.take("D", "take_over", by=ROMAN, charge="owner", to="sveta")
    assert story.deal.owner == "sveta"
    story.refused("D", "revise_quote", "not_assigned")
    story.take("D", "revise_quote", by=SVETA)


def test_an_electronic_signature_is_scan_and_original():
    story = Story(*TO_SENT)
    story.refused("D", "record_electronic_signature", "no_agreement", signature="agreed")
    story.take("D", "record_electronic_signature", signature="agreed", agreement="annex 2")
    assert (story.stage("D"), story.deal.archived, story.dues()) == ("in_force", True, {})
    story.at(27, month=4).engine.tick()
    assert story.last("D").step == "record_electronic_signature"
    story.refused("D", "record_original_return", "already_returned")
    story.take("D", "close_deal")
