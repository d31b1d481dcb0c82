"""What one process does to another, in the same transaction: the only file that names two processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import attrs

from salesreg.commercial.domain.accounts import ClientAccount, called, clients_of
from salesreg.commercial.domain.amendments import AMENDMENT_ENDED, Amendment
from salesreg.commercial.domain.calls import ASKED_NOT_TO, CAMPAIGN_CANCELLED, Disposition
from salesreg.commercial.domain.campaigns import CampaignContact
from salesreg.commercial.domain.channels import BASE, IN_PERSON, PHONE, Channel
from salesreg.commercial.domain.clients import ClientDraft, Contact
from salesreg.commercial.domain.invoices import SETTLED, UNISSUED, Invoice, Payment, uninvoiced
from salesreg.commercial.domain.numbers import spelled as number_spelled
from salesreg.commercial.domain.payment_terms import InvoiceBasis, PaymentTerms
from salesreg.commercial.domain.phones import reached_at, spelled
from salesreg.commercial.domain.price_changes import OpenQuotes, rebase_problems
from salesreg.commercial.domain.prices import PriceItem, QuoteLine
from salesreg.commercial.domain.work import ORDER_ENDED, PREPAYABLE, DueWith, WorkOrder
from salesreg.commercial.parameters import DUE_WITH, OPEN_QUOTES, PHONE_REGION
from salesreg.commercial.processes.amendment import AmendmentProcess
from salesreg.commercial.processes.assignment import AssignmentProcess
from salesreg.commercial.processes.audit import AuditProcess
from salesreg.commercial.processes.call_campaign import CallCampaignProcess
from salesreg.commercial.processes.call_contact import CallContactProcess
from salesreg.commercial.processes.client_account import ClientAccountProcess, account_key
from salesreg.commercial.processes.do_not_call import DoNotCallProcess, key_of
from salesreg.commercial.processes.inquiry import InquiryProcess
from salesreg.commercial.processes.invoice import InvoiceProcess
from salesreg.commercial.processes.meeting import MeetingProcess
from salesreg.commercial.processes.price_change import PriceChangeProcess
from salesreg.commercial.processes.regulation_version import RegulationVersionProcess
from salesreg.commercial.processes.sale import Sale
from salesreg.commercial.processes.work_order import WorkOrderProcess
from salesreg.process import Case, Event, Follow, Look, Opening, Reaction, reaction
from salesreg.rules import SYSTEM

Follows = Iterator[Follow | Opening[Any]]

# -- a new base price list --------------------------------------------------------------------------------------------


@reaction(
    after=PriceChangeProcess.put_in_force,
    then=[
        PriceChangeProcess.supersede_price_list,
        PriceChangeProcess.recall_proposal,
        PriceChangeProcess.rebase_proposal,
    ],
    clause="R37",
)
def succeed_price_list(case: Case[Any], _: Event, look: Look) -> Follows:
    """The list before it ends where the new one begins; what was approved on top of the old one is approved anew."""
    yield PriceChangeProcess.supersede_price_list(successor=case.id).on(case.data.base)
    for other in look.children(case.data.base, PriceChangeProcess):
        standing = other.stage in {"approved", "scheduled"}
        pending = standing or other.stage in {"submitted", "awaiting_ceo"}
        if pending and any(rebase_problems(other.data.lines, case.data.price_list)):
            yield PriceChangeProcess.recall_proposal().on(other)
        elif standing:
            yield PriceChangeProcess.rebase_proposal(base=case.id).on(other)


@reaction(after=PriceChangeProcess.put_in_force, then=[Sale.reprice_quote, Sale.require_reapproval], clause="R38")
def apply_to_open_quotes(case: Case[Any], _: Event, look: Look) -> Follows:
    """Quotes that name a changed item are kept, repriced or approved anew; a signed contract keeps its prices.

    One that waits for approval is never approved on a list that has gone: it is repriced, or goes back to its author.
    """
    policy = look.value(OPEN_QUOTES)
    changed = {number_spelled(line.item) for line in case.data.lines if line.is_felt}
    find = case.data.price_list.find
    waiting = ("awaiting_price_approval", "awaiting_director_approval")
    stages = waiting if policy is OpenQuotes.KEEP else (None,)
    for sale in [one for stage in stages for one in look.cases(Sale, stage=stage, before=Sale.reprice_quote)]:
        deal = sale.data
        if (
            deal.signed
            or deal.quote is None
            or changed.isdisjoint(number_spelled(line.item) for line in deal.quote.lines)
        ):
            continue
        lines = tuple(_repriced(line, item) for line in deal.quote.lines if (item := find(line.item)) is not None)
        whole = len(lines) == len(deal.quote.lines) and len({line.price.currency for line in lines}) == 1
        if policy is OpenQuotes.REPRICE and whole:
            yield Sale.reprice_quote(lines=lines, base_version=case.data.version).on(sale)
        elif deal.approval is not None or sale.stage in waiting:
            # An item that has left the list has no new price, and a quote is in one currency: whoever made it decides.
            yield Sale.require_reapproval(base_version=case.data.version).on(sale)


def _repriced(line: QuoteLine, item: PriceItem) -> QuoteLine:
    listed = attrs.evolve(line, item=item.code, name=item.name, unit=item.unit)
    return attrs.evolve(listed, price=item.price, list_price=item.price, reason="")


# -- a client and their deals ------------------------------------------------------------------------------------------


@reaction(after=Sale.merge_counterparty, then=Sale.follow_counterparty, clause="R12")
def follow_record(case: Case[Any], _: Event, look: Look) -> Follows:
    """Every deal of a client whose record was corrected or merged is on the record as it is now."""
    ours = case.data.counterparty
    was = {ours.id, *(one.id for one in case.data.merged)}
    for other in list(look.cases(Sale, before=Sale.follow_counterparty)):
        known = other.data.counterparty
        if other.id != case.id and known is not None and known.id in was and known != ours:
            yield Sale.follow_counterparty(counterparty=ours).on(other)


@reaction(
    after=Sale.merge_counterparty,
    then=ClientAccountProcess.follow_client,
    clause="R12",
    if_refused="skip",  # two accounts with one document stay two: which of them is wrong is for people to say
)
def follow_client(case: Case[Any], _: Event, look: Look) -> Follows:
    """The money of a client whose record was corrected or merged is the client's as before."""
    ours = case.data.counterparty
    found = {one.id: one for id in ours.records for one in look.cases(ClientAccountProcess, where={"client": id})}
    for account in found.values():
        if ours.id not in account.data.records or called(ours) != account.data.name:
            yield ClientAccountProcess.follow_client(client=ours.id, name=called(ours)).on(account)


# -- a deal and the work under it -------------------------------------------------------------------------------------


def _open_orders(deal: Case[Any], look: Look) -> list[Case[WorkOrder]]:
    return [order for order in look.children(deal.id, WorkOrderProcess) if order.stage not in ORDER_ENDED]


@reaction(after=Sale.record_scan_return, then=WorkOrderProcess.receive_work_order, clause="R23")
def open_work_orders(case: Case[Any], event: Event, _: Look) -> Follows:
    """What the client asked for along with the signed contract is taken as orders at once."""
    for request in event.payload["requests"]:
        yield WorkOrderProcess.receive_work_order(deal=case.id, works=request.works, request=request.reference)


@reaction(
    after=Sale.reassign_specialist,
    then=[WorkOrderProcess.reassign_work_order, InvoiceProcess.reassign_invoice],
    clause="R14",
)
def hand_over_to_specialist(case: Case[Any], _: Event, look: Look) -> Follows:
    """The deal's new specialist takes over its open orders and the invoices that the former one had to send."""
    new = case.data.specialist
    for order in _open_orders(case, look):
        yield WorkOrderProcess.reassign_work_order(specialist=new).on(order)
    for invoice in look.children(case.id, InvoiceProcess):
        if invoice.stage not in SETTLED and invoice.data.specialist == case.data.former_specialist:
            yield InvoiceProcess.reassign_invoice(specialist=new).on(invoice)


@reaction(after=Sale.hold_deal, then=WorkOrderProcess.hold_work_order, clause="R91")
def rest_with_deal(case: Case[Any], _: Event, look: Look) -> Follows:
    """The orders of a deal on hold rest with it."""
    for order in _open_orders(case, look):
        yield WorkOrderProcess.hold_work_order(reason=case.data.hold.reason, until=case.data.hold.until).on(order)


@reaction(after=Sale.resume_deal, then=WorkOrderProcess.resume_work_order, clause="R91")
def go_on_with_deal(case: Case[Any], _: Event, look: Look) -> Follows:
    """The orders go on when the deal does."""
    for order in _open_orders(case, look):
        if order.data.hold is not None:
            yield WorkOrderProcess.resume_work_order().on(order)


@reaction(
    after=Sale.cancel_deal,
    then=[
        InvoiceProcess.withdraw_invoice_request,
        WorkOrderProcess.close_work_order,
        WorkOrderProcess.cancel_work_order,
    ],
    clause="R34",
)
def give_up_work(case: Case[Any], _: Event, look: Look) -> Follows:
    """Requests for invoices fall with the deal, then its orders; one whose documents are delivered is closed."""
    reason = case.data.cancel_reason
    for invoice in look.children(case.id, InvoiceProcess):
        if invoice.stage in UNISSUED and invoice.data.deals == (case.id,):
            yield InvoiceProcess.withdraw_invoice_request(reason=reason).on(invoice)
    for order in _open_orders(case, look):
        if order.stage == "delivered":
            yield WorkOrderProcess.close_work_order().on(order)
        else:
            yield WorkOrderProcess.cancel_work_order(reason=reason).on(order)


# -- work and its invoices --------------------------------------------------------------------------------------------


def _uninvoiced(order: Case[Any], look: Look) -> tuple[str, ...]:
    """The order's works that no standing invoice covers, named as in an invoice."""
    invoices = (one.data for one in look.children(order.id, InvoiceProcess))
    return tuple(f"{order.id}/{work}" for work in uninvoiced(order.id, order.data.works, invoices))


@reaction(after=WorkOrderProcess.request_invoice, then=InvoiceProcess.request_invoice, clause="R29")
def invoice_on_request(case: Case[WorkOrder], _: Event, look: Look) -> Follows:
    """What the specialist hands over becomes a request to finance for the works not invoiced yet."""
    yield InvoiceProcess.request_invoice(orders=(case.id,), works=_uninvoiced(case, look))


def _invoice_finished(case: Case[WorkOrder], look: Look, works: tuple[str, ...]) -> Follows:
    """Works at their time, unless an invoice for them is open or the specialist asks for one."""
    ready = {f"{case.id}/{work}" for work in works}
    wanted = tuple(work for work in _uninvoiced(case, look) if work in ready)
    if case.data.basis is InvoiceBasis.AUTO and wanted:
        yield InvoiceProcess.auto_create_invoice(orders=(case.id,), works=wanted)


@reaction(
    after=WorkOrderProcess.report_work_done,
    then=[InvoiceProcess.settle_vat, InvoiceProcess.auto_create_invoice],
    clause="R30",
)
def invoice_finished_work(case: Case[WorkOrder], _: Event, look: Look) -> Follows:
    """What was invoiced in advance takes the VAT of the day of the work; other finished work is invoiced now."""
    newest = [one for one in case.data.done if one.at == case.data.done[-1].at]
    for invoice in look.children(case.id, InvoiceProcess):
        works = tuple(f"{case.id}/{one.work}" for one in newest if one.work in invoice.data.works_of(case.id))
        if works and invoice.data.stands:
            yield InvoiceProcess.settle_vat(works=works, done_at=newest[0].at).on(invoice)
    if case.data.terms.terms is PaymentTerms.PREPAY or look.value(DUE_WITH) is DueWith.WORK:
        yield from _invoice_finished(case, look, tuple(one.work for one in case.data.done))


@reaction(after=WorkOrderProcess.record_acceptance, then=InvoiceProcess.auto_create_invoice, clause="R30")
def invoice_accepted_work(case: Case[WorkOrder], _: Event, look: Look) -> Follows:
    """Where payment by fact falls due with the act, what the client has accepted is invoiced."""
    if look.value(DUE_WITH) is DueWith.ACT:
        yield from _invoice_finished(case, look, case.data.accepted)


@reaction(after=WorkOrderProcess.cancel_work_order, then=InvoiceProcess.withdraw_invoice_request, clause="R34")
def void_requests(case: Case[WorkOrder], _: Event, look: Look) -> Follows:
    """Nobody issues an invoice for an order that was given up."""
    for invoice in look.children(case.id, InvoiceProcess):
        if invoice.stage in UNISSUED:
            yield InvoiceProcess.withdraw_invoice_request(reason=case.data.cancel_reason or "").on(invoice)


@reaction(after=InvoiceProcess.record_payment, then=WorkOrderProcess.note_prepayment, clause="R28")
def note_prepayment(case: Case[Invoice], _: Event, look: Look) -> Follows:
    """An order paid for in advance may be launched once every work of it is paid for."""
    for order in (look.case(one, WorkOrderProcess) for one in case.data.orders):
        prepay = order.data.terms.terms is PaymentTerms.PREPAY and order.stage in PREPAYABLE
        if case.stage == "paid" and prepay and not order.data.prepaid_by:
            paid = [one for one in look.children(order.id, InvoiceProcess) if one.stage == "paid"]
            if not uninvoiced(order.id, order.data.works, (one.data for one in paid)):
                yield WorkOrderProcess.note_prepayment(invoices=tuple(one.id for one in paid)).on(order)


@reaction(
    after=InvoiceProcess.refund_payment,
    then=[Sale.reopen_deal, WorkOrderProcess.reopen_work_order, WorkOrderProcess.withdraw_prepayment,
          WorkOrderProcess.lose_invoice],
    clause="R28",
)  # fmt: skip
def unpay_orders(case: Case[Invoice], event: Event, look: Look) -> Follows:
    """What was paid and given back is paid no longer: its order, though closed, waits for the money again."""
    for order in (look.case(one, WorkOrderProcess) for one in case.data.orders):
        yield from _opened_again(order, event.payload["reason"], look)
        yield from _without_invoice(case, look.case(order.id, WorkOrderProcess))


@reaction(
    after=InvoiceProcess.void_invoice,
    then=[WorkOrderProcess.withdraw_prepayment, WorkOrderProcess.lose_invoice],
    clause="R30",
)
def await_another_invoice(case: Case[Invoice], event: Event, look: Look) -> Follows:
    """An order whose invoice is void waits for another, which its specialist owes."""
    if event.role != SYSTEM.id:  # else the order itself is being given up
        for order in case.data.orders:
            yield from _without_invoice(case, look.case(order, WorkOrderProcess))


def _opened_again(order: Case[WorkOrder], reason: str, look: Look) -> Follows:
    """What ended as paid has not ended, nor has its deal."""
    deal = look.case(order.data.deal, Sale)
    if order.stage == "closed" and deal.stage in {"in_force", "closed"}:
        if deal.stage == "closed":
            yield Sale.reopen_deal(reason=reason).on(deal)
        yield WorkOrderProcess.reopen_work_order(reason=reason).on(order)


def _without_invoice(invoice: Case[Invoice], order: Case[WorkOrder]) -> Follows:
    if order.stage in PREPAYABLE:
        if invoice.id in order.data.prepaid_by:
            yield WorkOrderProcess.withdraw_prepayment(invoice=invoice.id).on(order)
        yield WorkOrderProcess.lose_invoice(invoice=invoice.id).on(order)


@reaction(after=InvoiceProcess.request_invoice, then=WorkOrderProcess.note_invoice, clause="R30")
def note_another_invoice(case: Case[Invoice], _: Event, look: Look) -> Follows:
    """Nobody waits for an invoice that has been asked for."""
    for order in (look.case(one, WorkOrderProcess) for one in case.data.orders):
        if order.data.uninvoiced:
            yield WorkOrderProcess.note_invoice().on(order)


# -- invoices and the client's account --------------------------------------------------------------------------------


def _account(invoice: Case[Invoice], look: Look) -> Case[ClientAccount] | None:
    """The account that an invoice is paid from, or else one of its client's, under whichever record."""
    currency = invoice.data.totals.gross.currency
    clients = dict.fromkeys((*clients_of(look.case(invoice.data.deals[0], Sale).data), invoice.data.client))
    keys = (account_key(client, currency) for client in clients)
    found = [account for key in keys for account in look.cases(ClientAccountProcess, key=key)]
    return next((one for one in found if one.data.paid_on(invoice.id)), next(iter(found), None))


@reaction(
    after=InvoiceProcess.record_payment,
    then=[ClientAccountProcess.open_account, ClientAccountProcess.enter_payment],
    clause="R34",
)
def enter_in_account(case: Case[Invoice], event: Event, look: Look) -> Follows:
    """Money recorded on an invoice is the client's, and allocated to it."""
    invoice, last = case.data, case.data.payments[-1]
    amount = event.payload["amount"]
    if _account(case, look) is None:
        yield ClientAccountProcess.open_account(deal=invoice.deals[0], currency=amount.currency)
    account = _account(case, look)
    if account is not None:
        yield ClientAccountProcess.enter_payment(
            invoice=case.id, amount=amount, allocated=last.amount, reference=last.reference, received_at=last.paid_at
        ).on(account)


@reaction(
    after=ClientAccountProcess.allocate,
    then=[InvoiceProcess.note_payment, InvoiceProcess.note_allocation],
    clause="R34",
)
def pay_invoice(case: Case[ClientAccount], event: Event, look: Look) -> Follows:
    """An invoice is paid when what is allocated to it covers it, as of the day on which the money came."""
    invoice = look.case(event.payload["invoice"], InvoiceProcess)
    payments = _payments(case.data, invoice.id)
    if case.data.paid_on(invoice.id) == invoice.data.totals.gross:
        issued = invoice.data.sent_at or invoice.data.issued_at or event.at
        paid_at = max(issued, *(one.paid_at for one in payments))
        yield InvoiceProcess.note_payment(payments=payments, paid_at=paid_at).on(invoice)
    else:
        yield InvoiceProcess.note_allocation(payments=payments).on(invoice)


@reaction(
    after=ClientAccountProcess.release,
    then=[
        InvoiceProcess.note_release,
        Sale.reopen_deal,
        WorkOrderProcess.reopen_work_order,
        WorkOrderProcess.withdraw_prepayment,
    ],
    clause="R34",
)
def unpay_invoice(case: Case[ClientAccount], event: Event, look: Look) -> Follows:
    """An invoice from which money was taken back is to be paid again."""
    invoice = look.case(event.payload["invoice"], InvoiceProcess)
    yield InvoiceProcess.note_release(payments=_payments(case.data, invoice.id)).on(invoice)
    for order in (look.case(one, WorkOrderProcess) for one in invoice.data.orders):
        yield from _opened_again(order, event.payload["reason"], look)
        if invoice.id in order.data.prepaid_by and look.case(order.id, WorkOrderProcess).stage in PREPAYABLE:
            yield WorkOrderProcess.withdraw_prepayment(invoice=invoice.id).on(order)


def _payments(account: ClientAccount, invoice: str) -> tuple[Payment, ...]:
    """What is allocated to an invoice, each part with its document and its day."""
    parts = ((one, account.receipt(one.receipt)) for one in account.allocations if one.invoice == invoice)
    return tuple(Payment(one.amount, of.received_at, of.reference) for one, of in parts if of is not None)


@reaction(after=InvoiceProcess.issue_invoice, then=ClientAccountProcess.end_keeping, clause="R34")
def ask_for_advance(case: Case[Invoice], _: Event, look: Look) -> Follows:
    """An advance that is kept waits no longer once there is an invoice to put it to."""
    account = _account(case, look)
    if case.stage == "issued" and account is not None and account.stage == "open" and account.data.unallocated:
        yield ClientAccountProcess.end_keeping().on(account)


@reaction(after=InvoiceProcess.credit_line, then=ClientAccountProcess.enter_credit, clause="R34")
def credit_account(case: Case[Invoice], _: Event, look: Look) -> Follows:
    """What was paid for a line that is not to be paid after all is the client's again."""
    account = _account(case, look)
    over = None if account is None else account.data.paid_on(case.id) - case.data.paid
    if account is not None and over:
        yield ClientAccountProcess.enter_credit(invoice=case.id, amount=over).on(account)


@reaction(after=InvoiceProcess.refund_payment, then=ClientAccountProcess.enter_refund, clause="R34")
def refund_from_account(case: Case[Invoice], event: Event, look: Look) -> Follows:
    """Money given back for an invoice is on the client's account no more."""
    account = _account(case, look)
    if account is not None:
        given = event.payload
        yield ClientAccountProcess.enter_refund(
            invoice=case.id, reference=given["reference"], reason=given["reason"]
        ).on(account)


# -- a new version of the regulation ----------------------------------------------------------------------------------


@reaction(after=RegulationVersionProcess.put_in_force, then=RegulationVersionProcess.supersede_version, clause="R82")
def succeed_version(case: Case[Any], _: Event, __: Look) -> Follows:
    """The version before it ends where the new one begins."""
    if case.data.previous is not None:
        yield RegulationVersionProcess.supersede_version(successor=case.id).on(case.data.previous)


# -- calls and leads --------------------------------------------------------------------------------------------------

WAITING: Final = frozenset({"queued", "claimed", "retry_scheduled"})
"""Where a contact is not called yet, or not yet again."""


def _preference(phone: str, look: Look) -> Case[Any] | None:
    """The entry of a number in the do-not-call register, however it is written."""
    key = key_of(spelled(phone, look.value(PHONE_REGION)))
    return next(look.cases(DoNotCallProcess, key=key), None)


def _refuses(person: Contact | None, look: Look, channel: Channel, evidence: str) -> Follows:
    """Whoever is marked as not wanting calls is entered in the register, unless it says so already."""
    if person is not None and person.do_not_call and person.phone is not None:
        entry = _preference(person.phone, look)
        if entry is None:
            yield DoNotCallProcess.enter_refusal(phone=person.phone, channel=channel, evidence=evidence)
        elif entry.stage != "refused":
            yield DoNotCallProcess.record_refusal(channel=channel, evidence=evidence).on(entry)


@reaction(
    after=Sale.record_client_refusal,
    then=[DoNotCallProcess.enter_refusal, DoNotCallProcess.record_refusal],
    clause="R67",
)
def register_client(case: Case[Any], event: Event, look: Look) -> Follows:
    """A client who refuses and does not want to be called either is not called from any base."""
    for person in case.data.client.contacts if event.payload["do_not_call"] else ():
        yield from _refuses(attrs.evolve(person, do_not_call=True), look, IN_PERSON, case.id)


@reaction(
    after=CallCampaignProcess.issue_campaign,
    then=[
        DoNotCallProcess.enter_number,
        DoNotCallProcess.enter_refusal,
        DoNotCallProcess.record_refusal,
        CallContactProcess.add_contact,
    ],
    clause="R57",
)
def enter_contacts(case: Case[Any], _: Event, look: Look) -> Follows:
    """Every contact of the base is to be called; a mark in any base, not to call somebody, holds for all of them."""
    contacts: tuple[CampaignContact, ...] = case.data.base.contacts
    for contact in contacts:
        yield from _refuses(contact.person, look, BASE, case.id)
        if _preference(contact.phone, look) is None:
            yield DoNotCallProcess.enter_number(phone=contact.phone)
    for contact in contacts:
        entry = _preference(contact.phone, look)
        assert entry is not None  # noqa: S101 - every number has an entry by now
        yield CallContactProcess.add_contact(campaign=case.id, contact=contact, number=entry.id)


@reaction(after=CallContactProcess.add_contact, then=CallContactProcess.exclude_contact, clause="R57")
def leave_in_peace(case: Case[Any], _: Event, look: Look) -> Follows:
    """Who has asked not to be called is not waited for."""
    if case.data.do_not_call or look.case(case.data.number, DoNotCallProcess).stage == "refused":
        yield CallContactProcess.exclude_contact(reason=ASKED_NOT_TO).on(case)


@reaction(after=CallContactProcess.record_result, then=DoNotCallProcess.record_refusal, clause="R67")
def register_refusal(case: Case[Any], _: Event, __: Look) -> Follows:
    """Who has told a caller not to call again has told the company."""
    if case.data.ended_as is Disposition.DO_NOT_CALL:
        record = case.data.attempts[-1].record_ref
        yield DoNotCallProcess.record_refusal(channel=PHONE, evidence=record).on(case.data.number)


@reaction(after=DoNotCallProcess.record_refusal, then=CallContactProcess.exclude_contact, clause="R67")
def respect_refusals(case: Case[Any], _: Event, look: Look) -> Follows:
    """From the moment at which a refusal is on record, no contact with that number waits for a call."""
    retries = look.value(CallContactProcess.retries)
    for contact in look.children(case.id, CallContactProcess):
        owed = contact.stage == "result_recorded" and contact.data.retries_left(retries)
        if owed or contact.stage in WAITING:
            yield CallContactProcess.exclude_contact(reason=ASKED_NOT_TO).on(contact)


@reaction(
    after=InquiryProcess.receive_inquiry,
    then=[DoNotCallProcess.enter_refusal, DoNotCallProcess.record_refusal],
    clause="R67",
)
def register_senders(case: Case[Any], _: Event, look: Look) -> Follows:
    """A letter or a message that asks not to be called counts as a word on the telephone does."""
    yield from _refuses(case.data.sender, look, case.data.channel, case.id)


@reaction(
    after=Sale.register_prospect,
    then=[DoNotCallProcess.enter_refusal, DoNotCallProcess.record_refusal],
    clause="R67",
)
def register_contacts(case: Case[Any], _: Event, look: Look) -> Follows:
    """Whoever on the client's side does not want to be called is not called from any base."""
    for person in case.data.client.contacts:
        yield from _refuses(person, look, IN_PERSON, case.id)


@reaction(after=CallCampaignProcess.cancel_campaign, then=CallContactProcess.exclude_contact, clause="R57")
def drop_contacts(case: Case[Any], _: Event, look: Look) -> Follows:
    """A campaign that is given up calls nobody any more; a call without a result still owes it."""
    for contact in look.children(case.id, CallContactProcess):
        if contact.stage in WAITING:
            yield CallContactProcess.exclude_contact(reason=CAMPAIGN_CANCELLED).on(contact)


@reaction(after=CallContactProcess.accept_lead, then=Sale.register_prospect, clause="R53")
def start_sale(case: Case[Any], _: Event, look: Look) -> Follows:
    """An accepted lead is a prospect of the manager who accepted it."""
    lead, client, person = case.data.lead, case.data.contact.client, case.data.contact.person
    if person not in client.contacts:
        silent = look.case(case.data.number, DoNotCallProcess).stage == "refused"
        client = attrs.evolve(client, contacts=(*client.contacts, attrs.evolve(person, do_not_call=silent)))
    yield Sale.register_prospect(source=lead.origin, client=client, lead=lead.id, manager=lead.accepted_by)


def _contact_of(sale: Case[Any], look: Look, *stages: str) -> Iterator[Case[Any]]:
    """The contact whose lead a sale has grown from, while it stands in one of some stages."""
    if sale.data.lead is not None:
        contacts = look.cases(CallContactProcess, key=f"lead:{sale.data.lead}")
        yield from (contact for contact in contacts if contact.stage in stages)


@reaction(after=Sale.start_price_negotiation, then=CallContactProcess.touch_lead, clause="R61")
def touch_lead(case: Case[Any], event: Event, look: Look) -> Follows:
    """Whoever talks prices with a client has been in touch with the lead."""
    for contact in _contact_of(case, look, "lead_accepted"):
        yield CallContactProcess.touch_lead(contact_ref=event.payload["contact_ref"]).on(contact)


@reaction(after=Sale.record_client_refusal, then=CallContactProcess.return_lead, clause="R67")
def return_lead(case: Case[Any], _: Event, look: Look) -> Follows:
    """A lead that did not buy may be called again some day; a contract refused for rework ends no deal."""
    if case.stage in {"lost", "cancelled"}:
        for contact in _contact_of(case, look, "lead_accepted", "lead_touched"):
            yield CallContactProcess.return_lead(reason=case.data.loss_reason or case.data.cancel_reason).on(contact)


# -- inquiries and meetings -------------------------------------------------------------------------------------------


def _precedent(case: Case[Any], look: Look) -> str | None:
    """The inquiry that once settled whose such a matter is."""
    settled = next(look.cases(InquiryProcess, key=f"responsibility:{case.data.activity}"), None)
    return None if settled is None else settled.id


@reaction(after=InquiryProcess.receive_inquiry, then=InquiryProcess.assign_inquiry, clause="R49", if_refused="skip")
def route_inquiry(case: Case[Any], _: Event, look: Look) -> Follows:
    """An inquiry whose activity is known goes to the one role in whose zone it lies."""
    if case.data.activity:
        yield InquiryProcess.assign_inquiry(precedent=_precedent(case, look)).on(case)


@reaction(
    after=InquiryProcess.receive_inquiry,
    then=InquiryProcess.escalate_unclear_ownership,
    clause="R45",
    if_refused="skip",
)
def escalate_inquiry(case: Case[Any], _: Event, look: Look) -> Follows:
    """An inquiry whose activity is nobody's, or several roles', goes to the head."""
    if case.data.activity and case.stage == "received":
        yield InquiryProcess.escalate_unclear_ownership(precedent=_precedent(case, look)).on(case)


@reaction(after=InquiryProcess.receive_inquiry, then=Sale.register_prospect, clause="R5")
def start_prospect(case: Case[Any], _: Event, look: Look) -> Follows:
    """Somebody new who asks about sales is a prospect, who waits for a sales manager; a client is known already."""
    sender, company = case.data.sender, case.data.company
    if case.data.about_sales and sender is not None and not _is_known(sender, company, look):
        client = ClientDraft(company or sender.name, contacts=(sender,))
        yield Sale.register_prospect(source=case.data.channel, client=client, lead=case.id)


def _is_known(person: Contact, company: str, look: Look) -> bool:
    """Whether there is a sale, not given up, with that company or with a contact that is reached there."""
    sought = [{"contact": one} for one in reached_at(person)] + ([{"client": company}] if company else [])
    return any(sale.stage not in {"lost", "cancelled"} for one in sought for sale in look.cases(Sale, where=one))


@reaction(after=InquiryProcess.record_auto_acknowledgement, then=InquiryProcess.send_holding_reply, clause="R44")
def count_acknowledgement(case: Case[Any], event: Event, look: Look) -> Follows:
    """Where the regulation says so, an automatic acknowledgement is a first response."""
    if look.value(InquiryProcess.automatic_counts):
        yield InquiryProcess.send_holding_reply(**event.payload).on(case)


@reaction(after=MeetingProcess.summarise_item, then=AssignmentProcess.give_assignment, clause="R74")
def give_assignments(case: Case[Any], _: Event, __: Look) -> Follows:
    """Each person responsible for a decision owes their own part of it, by the decision's own instant."""
    meeting = case.data
    for decision in meeting.items[meeting.current].decisions:
        for person in decision.responsible:
            yield AssignmentProcess.give_assignment(
                what=decision.what,
                due=decision.due,
                responsible=person,
                chair=meeting.chair,
                meeting=case.id,
                others=tuple(other for other in decision.responsible if other != person),
            )


@reaction(after=AuditProcess.report_audit, then=AssignmentProcess.give_assignment, clause="R104")
def give_remedies(case: Case[Any], _: Event, __: Look) -> Follows:
    """Whoever is to mend what was found owes it to the auditor, by the finding's own instant."""
    run = case.data
    for number, one in enumerate(run.findings, 1):
        if one.stands:
            yield AssignmentProcess.give_assignment(
                what=one.what,
                due=one.due,
                responsible=one.responsible,
                chair=run.auditor,
                audit=case.id,
                finding=number,
            )


@reaction(after=AssignmentProcess.extend_assignment, then=AuditProcess.await_remedy, clause="R104")
def await_remedy(case: Case[Any], _: Event, look: Look) -> Follows:
    """An auditor does not follow up before what was put off is due."""
    task = case.data
    if task.audit is not None:
        yield AuditProcess.await_remedy(due=task.due).on(look.case(task.audit, AuditProcess))


@reaction(after=AmendmentProcess.sign_amendment, then=[Sale.amend_contract, Sale.renew_contract], clause="R10")
def amend_contract(case: Case[Amendment], _: Event, look: Look) -> Follows:
    """What both sides have signed holds in the deal from that moment on."""
    signed, deal = case.data, look.case(case.data.deal, Sale)
    assert signed.approval is not None  # noqa: S101 - nothing else is signed
    number, lines, base = signed.number, signed.lines, signed.base_version
    yield Sale.amend_contract(number=number, lines=lines, base_version=base, approval=signed.approval).on(deal)
    if signed.until is not None:
        yield Sale.renew_contract(agreement=signed.number, until=signed.until).on(deal)


@reaction(after=Sale.cancel_deal, then=AmendmentProcess.withdraw_amendment, clause="R34")
def withdraw_amendments(case: Case[Any], _: Event, look: Look) -> Follows:
    """Nobody signs an amendment of a deal that was given up."""
    for amendment in look.children(case.id, AmendmentProcess):
        if amendment.stage not in AMENDMENT_ENDED:
            yield AmendmentProcess.withdraw_amendment(reason=case.data.cancel_reason).on(amendment)


REACTIONS: Final[tuple[Reaction, ...]] = (
    amend_contract,
    withdraw_amendments,
    open_work_orders,
    reaction(after=Sale.record_electronic_signature, then=WorkOrderProcess.receive_work_order, clause="R23")(
        open_work_orders.do
    ),
    follow_record,
    reaction(after=Sale.correct_counterparty, then=Sale.follow_counterparty, clause="R12")(follow_record.do),
    follow_client,
    reaction(after=Sale.correct_counterparty, then=ClientAccountProcess.follow_client, clause="R12", if_refused="skip")(
        follow_client.do
    ),
    hand_over_to_specialist,
    rest_with_deal,
    go_on_with_deal,
    give_up_work,
    invoice_on_request,
    invoice_finished_work,
    invoice_accepted_work,
    void_requests,
    enter_in_account,
    reaction(
        after=InvoiceProcess.record_part_payment,
        then=[ClientAccountProcess.open_account, ClientAccountProcess.enter_payment],
        clause="R34",
    )(enter_in_account.do),
    note_prepayment,
    *(
        reaction(after=step, then=WorkOrderProcess.note_prepayment, clause="R28")(note_prepayment.do)
        for step in (InvoiceProcess.issue_invoice, InvoiceProcess.note_payment, InvoiceProcess.credit_line)
    ),
    unpay_orders,
    await_another_invoice,
    reaction(
        after=InvoiceProcess.withdraw_invoice_request,
        then=[WorkOrderProcess.withdraw_prepayment, WorkOrderProcess.lose_invoice],
        clause="R30",
    )(await_another_invoice.do),
    note_another_invoice,
    reaction(after=InvoiceProcess.auto_create_invoice, then=WorkOrderProcess.note_invoice, clause="R30")(
        note_another_invoice.do
    ),
    pay_invoice,
    unpay_invoice,
    ask_for_advance,
    credit_account,
    refund_from_account,
    succeed_price_list,
    apply_to_open_quotes,
    succeed_version,
    enter_contacts,
    leave_in_peace,
    register_refusal,
    respect_refusals,
    register_senders,
    register_contacts,
    register_client,
    *(
        reaction(after=step, then=[DoNotCallProcess.enter_refusal, DoNotCallProcess.record_refusal], clause="R67")(
            register_contacts.do
        )
        for step in (Sale.complete_questionnaire, Sale.correct_counterparty)
    ),
    drop_contacts,
    start_sale,
    touch_lead,
    return_lead,
    reaction(after=Sale.cancel_deal, then=CallContactProcess.return_lead, clause="R67")(return_lead.do),
    reaction(after=Sale.refuse_contract, then=CallContactProcess.return_lead, clause="R67")(return_lead.do),
    start_prospect,
    route_inquiry,
    escalate_inquiry,
    count_acknowledgement,
    give_assignments,
    give_remedies,
    await_remedy,
    *(
        reaction(after=step, then=AuditProcess.await_remedy, clause="R104")(await_remedy.do)
        for step in (AssignmentProcess.return_assignment, AssignmentProcess.reassign_assignment)
    ),
)
