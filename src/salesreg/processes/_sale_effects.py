"""What the steps of a sale demand of their payload, and what they do to the deal.

The keyword arguments of a handler are the payload's schema: what a handler does not use is recorded in the event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final

import attrs

from salesreg.calendars import Term
from salesreg.domain.clients import ClientDraft, ClientQuestionnaire, Counterparty, is_email
from salesreg.domain.contracts import Channel, Contract
from salesreg.domain.deals import ApprovalDecision, CeoRefusal, Deal, Hold, Outcome, Readiness, Subject
from salesreg.domain.instants import Instant
from salesreg.domain.people import Employee, Role
from salesreg.domain.prices import QuoteLine, QuoteStatus
from salesreg.domain.work import WorkRequest
from salesreg.errors import Refusal
from salesreg.processes._case import Attempt, CaseId, Ref
from salesreg.processes._guards import built, filled, holds_role, reason_given, took_place
from salesreg.processes._sale_guards import list_in_force
from salesreg.regulation import Parameter

__all__ = ["QUESTIONNAIRE_KEYS", "REMIND_AGAIN", "SaleEffects"]

QUESTIONNAIRE_KEYS: Final = Parameter(
    "sale.questionnaire_keys",
    str,
    clause="R7",
    doc="Keys of the questions that the client questionnaire must answer, separated by commas.",
    ru="Ключи обязательных вопросов анкеты клиента, через запятую.",
    default="",
)

REMIND_AGAIN: Final = Parameter(
    "sale.remind_again",
    Term,
    clause="R20",
    doc="How long after one reminder of an overdue copy of the contract the client gets the next.",
    ru="Через сколько после напоминания о просроченном экземпляре договора клиенту напоминают снова.",
)

DealId = Annotated[CaseId, Ref(Deal, process="sale")]


class SaleEffects:
    """The handlers of `Sale`, in the order of its steps."""

    # -- the price ------------------------------------------------------------------------------------------------

    def check_register_prospect(
        self, attempt: Attempt, *, source: str, lead: str | None = None, manager: Employee | None = None
    ) -> Iterator[Refusal]:
        yield from filled(source, "no_source", "where the prospect came from", ru="откуда пришёл клиент", clause="R5")
        if attempt.role is not Role.SALES_MANAGER:
            yield from filled(lead or "", "no_lead", "the lead handed over", ru="передаваемый лид", clause="R53")
        if manager is not None:
            yield from holds_role(manager, Role.SALES_MANAGER, attempt, clause="R5")

    def on_register_prospect(
        self,
        attempt: Attempt,
        *,
        source: str,
        client: ClientDraft,
        lead: str | None = None,
        manager: Employee | None = None,
    ) -> Deal:
        # A lead handed over to nobody by name waits in the managers' queue.
        taker = manager or (attempt.on_behalf_of or attempt.by if attempt.role is Role.SALES_MANAGER else None)
        return Deal(source, client, owner=None if taker is None else taker.id, lead=lead)

    def check_start_price_negotiation(
        self, deal: Deal, attempt: Attempt, *, contact_ref: str, base_version: str, lines: tuple[QuoteLine, ...]
    ) -> Iterator[Refusal]:
        yield from filled(contact_ref, "no_contact", "the meeting or contact", ru="встреча или контакт", clause="R6")
        yield from built(lambda: deal.requoted(lines, base_version), "bad_quote", ru="ошибка в прайсе", clause="R6")
        yield from list_in_force(base_version, attempt, "R6")

    def on_start_price_negotiation(
        self, deal: Deal, attempt: Attempt, *, contact_ref: str, base_version: str, lines: tuple[QuoteLine, ...]
    ) -> Deal:
        owner = deal.owner or (attempt.on_behalf_of or attempt.by).id
        return attrs.evolve(deal.requoted(lines, base_version), owner=owner, contact_ref=contact_ref)

    def check_revise_quote(
        self, deal: Deal, attempt: Attempt, *, lines: tuple[QuoteLine, ...], base_version: str | None = None
    ) -> Iterator[Refusal]:
        """A quote stays on its own base price list, or moves to the one in force."""
        yield from built(lambda: deal.requoted(lines, base_version), "bad_quote", ru="ошибка в прайсе", clause="R10")
        if base_version is not None and (deal.quote is None or base_version != deal.quote.base_version):
            yield from list_in_force(base_version, attempt, "R10")

    def on_revise_quote(self, deal: Deal, *, lines: tuple[QuoteLine, ...], base_version: str | None = None) -> Deal:
        return deal.requoted(lines, base_version)

    def check_complete_questionnaire(
        self, deal: Deal, *, meeting: str, client: ClientDraft | None = None
    ) -> Iterator[Refusal]:
        """A deal that was opened for one client does not become another's."""
        yield from filled(meeting, "no_meeting", "the meeting", ru="встреча", clause="R7")
        known = deal.counterparty
        if client is not None and known is not None and not known.is_same(client):
            yield Refusal(
                "other_client",
                f"the deal was opened for {known.legal_name!r}",
                ru=f"сделка заведена на клиента «{known.legal_name}»",
                clause="R12",
                need=known.tax_id or known.legal_name,
                got=client.inn or client.legal_name,
            )

    def on_complete_questionnaire(
        self,
        deal: Deal,
        attempt: Attempt,
        *,
        meeting: str,
        answers: Mapping[str, str],
        client: ClientDraft | None = None,
    ) -> Deal:
        keys = attempt.regulation.value(QUESTIONNAIRE_KEYS).split(",")
        known = {} if deal.questionnaire is None else deal.questionnaire.answers
        filled_in = ClientQuestionnaire(
            meeting,
            client or deal.client,
            {**known, **answers},
            tuple(key.strip() for key in keys if key.strip()),
            filled_by=attempt.by.id,
        )
        if filled_in.is_complete:
            filled_in = attrs.evolve(filled_in, completed_at=attempt.at)
        return attrs.evolve(deal, questionnaire=filled_in, client=filled_in.client)

    def check_confirm_client_readiness(self, deal: Deal, *, evidence: str) -> Iterator[Refusal]:
        yield from filled(evidence, "no_evidence", "evidence of readiness", ru="подтверждение готовности", clause="R8")

    def on_confirm_client_readiness(self, deal: Deal, attempt: Attempt, *, evidence: str) -> Deal:
        return attrs.evolve(deal, readiness=Readiness(evidence, attempt.at))

    def on_submit_for_approval(self, deal: Deal, attempt: Attempt) -> Deal:
        absent = attempt.on_behalf_of
        return attrs.evolve(
            deal.quoted(QuoteStatus.SUBMITTED),
            submitted_by=(absent or attempt.by).id,
            submitted_through=None if absent is None else attempt.by.id,
        )

    def check_approve_quote(self, deal: Deal, *, quote_hash: str | None = None) -> Iterator[Refusal]:
        """Whoever says which quote they have read does not approve another one by mistake."""
        current = _quote_hash(deal)
        if quote_hash is not None and quote_hash != current:
            yield Refusal(
                "other_quote",
                "the quote on the deal is not the one that was read",
                ru="прайс в сделке — не тот, который был прочитан",
                clause="R10",
                need=current,
                got=quote_hash,
            )

    def on_approve_quote(self, deal: Deal, attempt: Attempt, *, quote_hash: str | None = None) -> Deal:
        return deal.decided(_decision(deal, attempt, Subject.PRICE, Outcome.APPROVED))

    def check_reject_quote(self, deal: Deal, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R10")

    def on_reject_quote(self, deal: Deal, attempt: Attempt, *, reason: str) -> Deal:
        return deal.decided(_decision(deal, attempt, Subject.PRICE, Outcome.REJECTED, reason))

    def on_recall_submission(self, deal: Deal) -> Deal:
        return deal.quoted(QuoteStatus.DRAFT)

    def check_reprice_quote(self, deal: Deal, *, lines: tuple[QuoteLine, ...], base_version: str) -> Iterator[Refusal]:
        yield from built(
            lambda: _reopened(deal).requoted(lines, base_version), "bad_quote", ru="ошибка в прайсе", clause="R38"
        )

    def on_reprice_quote(self, deal: Deal, *, lines: tuple[QuoteLine, ...], base_version: str) -> Deal:
        return _reopened(deal).requoted(lines, base_version)

    def on_require_reapproval(self, deal: Deal, *, base_version: str) -> Deal:
        return _reopened(deal)

    # -- the deal -------------------------------------------------------------------------------------------------

    def check_open_deal(
        self, deal: Deal, attempt: Attempt, *, number: str, existing: DealId | None
    ) -> Iterator[Refusal]:
        """The search for the client is part of the step: None says that it found nobody."""
        yield from filled(number, "no_number", "the deal's number", ru="номер сделки", clause="R15")
        if existing is None:
            return
        known = attempt.related[existing].data.counterparty
        if known is None or not known.is_same(deal.client):
            yield Refusal(
                "other_client",
                f"deal {existing!r} is not of the same client",
                ru=f"сделка {existing!r} не этого клиента",
                clause="R12",
                need=f"a deal whose counterparty has the tax id {deal.client.inn or 'none'}",
                got="no counterparty" if known is None else known.tax_id or known.legal_name,
            )

    def on_open_deal(self, deal: Deal, attempt: Attempt, *, number: str, existing: DealId | None) -> Deal:
        if existing is None:
            counterparty = Counterparty.of(deal.client, id=f"{attempt.case}.counterparty", created_at=attempt.at)
        else:
            counterparty = attempt.related[existing].data.counterparty
        return attrs.evolve(deal, number=number, counterparty=counterparty, counterparty_from=existing)

    def check_assign_specialist(
        self, deal: Deal, attempt: Attempt, *, specialist: Employee, contact_email: str
    ) -> Iterator[Refusal]:
        yield from holds_role(specialist, Role.COMMERCIAL_SPECIALIST, attempt, clause="R14")
        if not is_email(contact_email):
            yield Refusal(
                "no_contact_email",
                "the client's e-mail address is handed over with the deal",
                ru="вместе со сделкой передаётся контактная почта клиента",
                clause="R15",
                need='an address such as "ivan@example.com"',
                got=contact_email,
            )

    def on_assign_specialist(self, deal: Deal, *, specialist: Employee, contact_email: str) -> Deal:
        return attrs.evolve(deal, specialist=specialist.id, contact_email=contact_email)

    def check_reassign_specialist(
        self, deal: Deal, attempt: Attempt, *, specialist: Employee, reason: str
    ) -> Iterator[Refusal]:
        yield from reason_given(reason, "R14")
        yield from holds_role(specialist, Role.COMMERCIAL_SPECIALIST, attempt, clause="R14")
        if specialist.id == deal.specialist:
            yield Refusal(
                "same_specialist",
                f"{specialist.full_name} is in charge already",
                ru=f"{specialist.full_name} уже ведёт сделку",
                clause="R14",
                need="another specialist",
                got=specialist.id,
            )

    def on_reassign_specialist(self, deal: Deal, *, specialist: Employee, reason: str, note: str = "") -> Deal:
        return attrs.evolve(deal, specialist=specialist.id, former_specialist=deal.specialist)

    # -- the contract ---------------------------------------------------------------------------------------------

    def check_draft_contract(self, deal: Deal, *, number: str, template_version: str) -> Iterator[Refusal]:
        yield from filled(number, "no_number", "the contract's number", ru="номер договора", clause="R16")
        yield from filled(template_version, "no_template", "the template's version", ru="версия шаблона", clause="R16")

    def on_draft_contract(self, deal: Deal, attempt: Attempt, *, number: str, template_version: str) -> Deal:
        # A new draft takes the place of the old one, signature and all: what was signed was another text.
        contract = Contract(number, template_version, _quote_hash(deal), drafted_by=attempt.by.id)
        return attrs.evolve(deal.contract_dropped(), contract=contract)

    def check_obtain_ceo_signature(
        self, deal: Deal, attempt: Attempt, *, signed_by: Employee, signed_at: Instant | None = None
    ) -> Iterator[Refusal]:
        yield from holds_role(signed_by, Role.CEO, attempt, clause="R17")
        yield from took_place(signed_at, attempt, "the signature", ru="подпись", clause="R17")

    def on_obtain_ceo_signature(
        self, deal: Deal, attempt: Attempt, *, signed_by: Employee, signed_at: Instant | None = None
    ) -> Deal:
        return deal.contract_with(ceo_signed_at=signed_at or attempt.at, signed_by=signed_by.id)

    def check_refuse_contract(self, deal: Deal, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R17")

    def on_refuse_contract(self, deal: Deal, attempt: Attempt, *, reason: str, outcome: CeoRefusal) -> Deal:
        decision = _decision(deal, attempt, Subject.CONTRACT, Outcome.REJECTED, reason)
        refused = attrs.evolve(deal.contract_dropped(), decisions=(*deal.decisions, decision))
        return attrs.evolve(refused, cancel_reason=reason) if outcome is CeoRefusal.CANCEL else refused

    def on_dispatch_contract(self, deal: Deal, attempt: Attempt, *, channel: Channel) -> Deal:
        return deal.contract_with(dispatched_at=attempt.at, channel=channel)

    def check_record_scan_return(
        self, deal: Deal, attempt: Attempt, *, scan_ref: str, signatory: str, received_at: Instant | None = None
    ) -> Iterator[Refusal]:
        yield from filled(scan_ref, "no_scan", "the scan", ru="скан", clause="R20")
        yield from filled(
            signatory, "not_signed", "the client's signature", ru="подпись клиента на скане", clause="R20"
        )
        yield from _came_back(deal, attempt, received_at)

    def on_record_scan_return(
        self,
        deal: Deal,
        attempt: Attempt,
        *,
        scan_ref: str,
        signatory: str,
        received_at: Instant | None = None,
        requests: tuple[WorkRequest, ...] = (),
    ) -> Deal:
        return deal.contract_with(scan_returned_at=received_at or attempt.at, scan_ref=scan_ref, signatory=signatory)

    def check_record_original_return(
        self, deal: Deal, attempt: Attempt, *, archive_ref: str, received_at: Instant | None = None
    ) -> Iterator[Refusal]:
        yield from filled(archive_ref, "no_archive_ref", "the place in the archive", ru="место в архиве", clause="R20")
        yield from _came_back(deal, attempt, received_at)

    def on_record_original_return(
        self, deal: Deal, attempt: Attempt, *, archive_ref: str, received_at: Instant | None = None
    ) -> Deal:
        return deal.contract_with(original_returned_at=received_at or attempt.at, archive_ref=archive_ref)

    def on_remind_contract_return(self, deal: Deal, attempt: Attempt) -> Deal:
        earlier = () if deal.contract is None else deal.contract.reminders
        again = attempt.due(attempt.regulation.value(REMIND_AGAIN))
        return deal.contract_with(reminders=(*earlier, attempt.at), remind_after=again)

    def check_record_client_changes(self, deal: Deal, *, protocol: str) -> Iterator[Refusal]:
        yield from filled(
            protocol, "no_protocol", "the protocol of disagreements", ru="протокол разногласий", clause="R20"
        )

    def on_record_client_changes(self, deal: Deal, *, protocol: str, price_affected: bool) -> Deal:
        changed = deal.contract_dropped(protocol)
        return changed.price_reopened() if price_affected else changed

    # -- the end, and rests on the way ----------------------------------------------------------------------------

    def check_record_client_refusal(self, deal: Deal, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R8")

    def on_record_client_refusal(self, deal: Deal, *, reason: str) -> Deal:
        return attrs.evolve(deal, loss_reason=reason)

    def check_cancel_deal(self, deal: Deal, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R34")

    def on_cancel_deal(self, deal: Deal, *, reason: str) -> Deal:
        return attrs.evolve(deal, cancel_reason=reason)

    def check_hold_deal(self, deal: Deal, attempt: Attempt, *, reason: str, until: Instant) -> Iterator[Refusal]:
        yield from reason_given(reason, "R91")
        if until <= attempt.at:
            yield Refusal(
                "in_the_past",
                "a hold ends in the future",
                ru="приостановка заканчивается в будущем",
                clause="R91",
                need=f"after {attempt.at.isoformat()}",
                got=until.isoformat(),
            )

    def on_hold_deal(self, deal: Deal, attempt: Attempt, *, reason: str, until: Instant) -> Deal:
        return attrs.evolve(deal, hold=Hold(reason, attempt.at, until))

    def on_resume_deal(self, deal: Deal) -> Deal:
        return attrs.evolve(deal, hold=None)

    def on_close_deal(self, deal: Deal, *, note: str = "") -> Deal:
        return attrs.evolve(deal, hold=None)

    def check_reopen_deal(self, deal: Deal, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R34")


def _quote_hash(deal: Deal) -> str:
    return "" if deal.quote is None else deal.quote.content_hash


def _reopened(deal: Deal) -> Deal:
    """The deal with its price open again; a contract that was only drafted falls with the approval it rests on."""
    return deal.contract_dropped() if deal.approval is None else deal.contract_dropped().price_reopened()


def _decision(deal: Deal, attempt: Attempt, subject: Subject, outcome: Outcome, reason: str = "") -> ApprovalDecision:
    asked = deal.submitted_by if subject is Subject.PRICE else None
    return ApprovalDecision(subject, outcome, attempt.by.id, attempt.at, _quote_hash(deal), asked, reason)


def _came_back(deal: Deal, attempt: Attempt, received_at: Instant | None) -> Iterator[Refusal]:
    """A copy comes back after it was sent; that it is not recorded in advance is looked after by its clock."""
    sent = None if deal.contract is None else deal.contract.dispatched_at
    if received_at is not None and received_at <= attempt.at:
        yield from took_place(received_at, attempt, "the return", ru="возврат", clause="R20", not_before=sent)
