"""What one process does to another: the only file that names two processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Literal, Protocol, TypeVar

import attrs

from salesreg.domain.invoices import uninvoiced
from salesreg.domain.payment_terms import InvoiceBasis, PaymentTerms
from salesreg.domain.price_changes import OpenQuotes
from salesreg.domain.prices import PriceItem, QuoteLine
from salesreg.processes import Case, CaseId, Event, Step
from salesreg.processes.call_campaign import CallCampaign
from salesreg.processes.call_contact import CallContact
from salesreg.processes.inquiry import AUTOMATIC_COUNTS, Inquiry
from salesreg.processes.invoice import Invoice
from salesreg.processes.meeting import Meeting
from salesreg.processes.price_change import OPEN_QUOTES, PriceChange
from salesreg.processes.regulation_version import RegulationVersion
from salesreg.processes.sale import Sale
from salesreg.processes.work_order import WorkOrder
from salesreg.regulation import Parameter

__all__ = ["MAX_DEPTH", "REACTIONS", "Follow", "Look", "Reaction"]

T = TypeVar("T")

MAX_DEPTH: Final = 8
"""How many reactions may follow from one another before the engine takes it for a loop."""


@attrs.frozen
class Follow:
    """A step that a reaction wants taken, by the system.

    Attributes:
        process: the id of the process.
        step: the id of the step.
        case: the case to take it on; None begins one.
        payload: the step's inputs.
    """

    process: str
    step: str
    case: CaseId | None = None
    payload: Mapping[str, Any] = attrs.field(factory=dict)


class Look(Protocol):
    """What a reaction may look at: the store as the command sees it, its own changes included."""

    def case(self, case_id: CaseId) -> Case[Any]:
        """The case of that id."""
        ...

    def cases(self, process: str, *, stage: str | None = None, key: str | None = None) -> Iterator[Case[Any]]:
        """The cases of a process, in one stage or holding one key if asked for."""
        ...

    def children(self, parent: CaseId, process: str) -> tuple[Case[Any], ...]:
        """The cases of a process that refer to a case."""
        ...

    def value(self, parameter: Parameter[T]) -> T:
        """The value of a parameter in the regulation that the case runs under."""
        ...


@attrs.frozen
class Reaction:
    """After a step of one process, steps of another follow in the same transaction.

    Attributes:
        after: the step that sets it off.
        do: from the case after that step, its event and a look around, what is to follow.
        clause: the requirement behind it.
        if_refused: ``"skip"`` leaves a refused step out; ``"refuse"`` refuses the whole command.
    """

    after: Step
    do: Callable[[Case[Any], Event, Look], Iterable[Follow]]
    clause: str = attrs.field(kw_only=True)
    if_refused: Literal["skip", "refuse"] = attrs.field(default="refuse", kw_only=True)


# -- a new base price list ------------------------------------------------------------------------------------------

OPEN_QUOTE_STAGES: Final = (
    "negotiating_price",
    "awaiting_price_approval",
    "opening",
    "awaiting_assignment",
    "preparing_contract",
)


def succeed_price_list(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """The list before it ends where the new one begins; what was approved on top of the old one is approved anew."""
    yield Follow("price_change", "supersede_price_list", case.data.base, {"successor": case.id})
    for other in look.children(case.data.base, "price_change"):
        if other.stage in {"approved", "scheduled", "applied"}:
            yield Follow("price_change", "rebase_proposal", other.id, {"base": case.id})


def apply_to_open_quotes(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """Quotes that name a changed item are kept, repriced or approved anew; a signed contract keeps its prices."""
    policy = look.value(OPEN_QUOTES)
    changed = {line.item for line in case.data.lines if line.is_felt}
    sales = [sale for stage in OPEN_QUOTE_STAGES for sale in look.cases("sale", stage=stage)]
    for sale in sales if policy is not OpenQuotes.KEEP else ():
        deal, prices = sale.data, {item.code: item for item in case.data.items}
        signed = deal.contract is not None and deal.contract.ceo_signed_at is not None
        if signed or deal.quote is None or changed.isdisjoint(line.item for line in deal.quote.lines):
            continue
        lines = tuple(_repriced(line, prices[line.item]) for line in deal.quote.lines if line.item in prices)
        whole = len(lines) == len(deal.quote.lines) and len({line.price.currency for line in lines}) == 1
        if policy is OpenQuotes.REPRICE and whole:
            yield Follow("sale", "reprice_quote", sale.id, {"lines": lines, "base_version": case.data.version})
        elif deal.approval is not None:
            # An item that has left the list has no new price, and a quote is in one currency: whoever made it decides.
            yield Follow("sale", "require_reapproval", sale.id, {"base_version": case.data.version})


def _repriced(line: QuoteLine, item: PriceItem) -> QuoteLine:
    return attrs.evolve(line, price=item.price, name=item.name, unit=item.unit)


# -- a deal and the work under it ------------------------------------------------------------------------------------

ORDER_ENDED: Final = frozenset({"closed", "cancelled"})
INVOICE_ENDED: Final = frozenset({"paid", "void", "refunded"})
BEFORE_LAUNCH: Final = frozenset({"agreed", "awaiting_prepayment"})


def _open_orders(deal: Case[Any], look: Look) -> list[Case[Any]]:
    return [order for order in look.children(deal.id, "work_order") if order.stage not in ORDER_ENDED]


def open_work_orders(case: Case[Any], event: Event, _: Look) -> Iterator[Follow]:
    """What the client asked for along with the signed contract is taken as orders at once."""
    for request in event.payload["requests"]:
        yield Follow(
            "work_order",
            "receive_work_order",
            payload={"deal": case.id, "works": request.works, "request": request.reference},
        )


def hand_over_to_specialist(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """The deal's new specialist takes over its open orders and the invoices that the former one had to send."""
    given = {"specialist": case.data.specialist}
    for order in _open_orders(case, look):
        yield Follow("work_order", "reassign_work_order", order.id, given)
    for invoice in look.children(case.id, "invoice"):
        if invoice.stage not in INVOICE_ENDED and invoice.data.specialist == case.data.former_specialist:
            yield Follow("invoice", "reassign_invoice", invoice.id, given)


def rest_with_deal(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """The orders of a deal on hold rest with it."""
    hold = case.data.hold
    for order in _open_orders(case, look):
        yield Follow("work_order", "hold_work_order", order.id, {"reason": hold.reason, "until": hold.until})


def go_on_with_deal(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """The orders go on when the deal does."""
    for order in _open_orders(case, look):
        if order.data.hold is not None:
            yield Follow("work_order", "resume_work_order", order.id)


def give_up_work(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """Requests for invoices fall with the deal, then its orders; one whose documents are delivered is closed."""
    reason = {"reason": case.data.cancel_reason}
    for invoice in look.children(case.id, "invoice"):
        if invoice.stage in {"requested", "returned"} and invoice.data.deals == (case.id,):
            yield Follow("invoice", "void_invoice", invoice.id, reason)
    for order in _open_orders(case, look):
        if order.stage == "delivered":
            yield Follow("work_order", "close_work_order", order.id)
        else:
            yield Follow("work_order", "cancel_work_order", order.id, reason)


# -- work and its invoices ---------------------------------------------------------------------------------------------


def _uninvoiced(order: Case[Any], look: Look) -> tuple[str, ...]:
    """The order's works that no standing invoice covers, named as in an invoice."""
    invoices = (one.data for one in look.children(order.id, "invoice"))
    return tuple(f"{order.id}/{work}" for work in uninvoiced(order.id, order.data.works, invoices))


def invoice_on_request(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """What the specialist hands over becomes a request to finance for the works not invoiced yet."""
    yield Follow("invoice", "request_invoice", payload={"orders": (case.id,), "works": _uninvoiced(case, look)})


def invoice_finished_work(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """Finished work is invoiced without a request, unless an invoice for it is open or the specialist asks for one."""
    if case.data.basis is InvoiceBasis.AUTO and (works := _uninvoiced(case, look)):
        yield Follow("invoice", "auto_create_invoice", payload={"orders": (case.id,), "works": works})


def void_requests(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """Nobody issues an invoice for an order that was given up."""
    for invoice in look.children(case.id, "invoice"):
        if invoice.stage in {"requested", "returned"}:
            yield Follow("invoice", "void_invoice", invoice.id, {"reason": case.data.cancel_reason})


def note_prepayment(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """An order paid for in advance may be launched once every work of it is paid for."""
    for order in map(look.case, case.data.orders):
        if order.data.terms.terms is PaymentTerms.PREPAY and order.stage in BEFORE_LAUNCH:
            paid = [one for one in look.children(order.id, "invoice") if one.stage == "paid"]
            if not uninvoiced(order.id, order.data.works, (one.data for one in paid)):
                invoices = tuple(one.id for one in paid)
                yield Follow("work_order", "note_prepayment", order.id, {"invoices": invoices})


def withdraw_prepayment(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """An order whose prepayment was given back waits for it again."""
    for order in map(look.case, case.data.orders):
        if case.id in order.data.prepaid_by and order.stage in BEFORE_LAUNCH:
            yield Follow("work_order", "withdraw_prepayment", order.id, {"invoice": case.id})


# -- a new version of the regulation --------------------------------------------------------------------------------


def succeed_version(case: Case[Any], _: Event, __: Look) -> Iterator[Follow]:
    """The version before it ends where the new one begins."""
    if case.data.previous is not None:
        yield Follow("regulation_version", "supersede_version", case.data.previous, {"successor": case.id})


# -- calls and leads --------------------------------------------------------------------------------------------------


def _silent(look: Look) -> set[str]:
    """The numbers of those who have asked not to be called, in whichever campaign."""
    return {other.data.contact.number for other in look.cases("call_contact", stage="do_not_call")}


def enter_contacts(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """Every contact of the base is to be called; who has once asked not to be called has asked for good."""
    silent = _silent(look)
    for contact in case.data.base.contacts:
        person = attrs.evolve(contact.person, do_not_call=contact.person.do_not_call or contact.number in silent)
        payload = {"campaign": case.id, "contact": attrs.evolve(contact, person=person)}
        yield Follow("call_contact", "add_contact", payload=payload)


def leave_in_peace(case: Case[Any], _: Event, __: Look) -> Iterator[Follow]:
    """Who has asked not to be called is not waited for."""
    if case.data.do_not_call:
        yield Follow("call_contact", "exclude_contact", case.id, {"reason": "asked not to be called"})


def respect_refusals(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """Who asked not to be called since the base was given out is not called from another campaign either."""
    if case.data.contact.number in _silent(look):
        yield Follow("call_contact", "exclude_contact", case.id, {"reason": "asked not to be called"})


def drop_contacts(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """A campaign that is given up calls nobody any more; a call without a result still owes it."""
    for contact in look.children(case.id, "call_contact"):
        if contact.stage in {"queued", "claimed", "retry_scheduled"}:
            reason = f"the campaign was cancelled: {case.data.cancel_reason}"
            yield Follow("call_contact", "exclude_contact", contact.id, {"reason": reason})


def start_sale(case: Case[Any], _: Event, __: Look) -> Iterator[Follow]:
    """An accepted lead is a prospect of the manager who accepted it."""
    lead, client = case.data.lead, case.data.contact.client
    if case.data.contact.person not in client.contacts:
        client = attrs.evolve(client, contacts=(*client.contacts, case.data.contact.person))
    payload = {"source": lead.origin, "client": client, "lead": lead.id, "manager": lead.accepted_by}
    yield Follow("sale", "register_prospect", payload=payload)


def _contact_of(sale: Case[Any], look: Look, *stages: str) -> Iterator[Case[Any]]:
    """The contact whose lead a sale has grown from, while it stands in one of some stages."""
    if sale.data.lead is not None:
        contacts = look.cases("call_contact", key=f"lead:{sale.data.lead}")
        yield from (contact for contact in contacts if contact.stage in stages)


def touch_lead(case: Case[Any], event: Event, look: Look) -> Iterator[Follow]:
    """Whoever talks prices with a client has been in touch with the lead."""
    for contact in _contact_of(case, look, "lead_accepted"):
        yield Follow("call_contact", "touch_lead", contact.id, {"contact_ref": event.payload["contact_ref"]})


def return_lead(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """A lead that did not buy may be called again some day; a contract refused for rework ends no deal."""
    if case.stage not in {"lost", "cancelled"}:
        return
    for contact in _contact_of(case, look, "lead_accepted", "lead_touched"):
        reason = case.data.loss_reason or case.data.cancel_reason
        yield Follow("call_contact", "return_lead", contact.id, {"reason": reason})


# -- inquiries and meetings -------------------------------------------------------------------------------------------


def _precedent(case: Case[Any], look: Look) -> dict[str, Any]:
    """The inquiry that once settled whose such a matter is."""
    settled = next(look.cases("inquiry", key=f"responsibility:{case.data.activity}"), None)
    return {"precedent": None if settled is None else settled.id}


def route_inquiry(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """An inquiry whose activity is known goes to the one role in whose zone it lies."""
    if case.data.activity:
        yield Follow("inquiry", "assign_inquiry", case.id, _precedent(case, look))


def escalate_inquiry(case: Case[Any], _: Event, look: Look) -> Iterator[Follow]:
    """An inquiry whose activity is nobody's, or several roles', goes to the head."""
    if case.data.activity and case.stage == "received":
        yield Follow("inquiry", "escalate_unclear_ownership", case.id, _precedent(case, look))


def count_acknowledgement(case: Case[Any], event: Event, look: Look) -> Iterator[Follow]:
    """Where the regulation says so, an automatic acknowledgement is a first response."""
    if look.value(AUTOMATIC_COUNTS):
        yield Follow("inquiry", "send_holding_reply", case.id, event.payload)


def give_assignments(case: Case[Any], _: Event, __: Look) -> Iterator[Follow]:
    """Each person responsible for a decision owes their own part of it, by the decision's own instant."""
    meeting = case.data
    for decision in meeting.items[meeting.current].decisions:
        for person in decision.responsible:
            payload = {
                "what": decision.what,
                "due": decision.due,
                "responsible": person,
                "chair": meeting.chair,
                "meeting": case.id,
                "others": tuple(other for other in decision.responsible if other != person),
            }
            yield Follow("assignment", "give_assignment", payload=payload)


REACTIONS: Final[tuple[Reaction, ...]] = (
    Reaction(after=Sale.record_scan_return, do=open_work_orders, clause="R23"),
    Reaction(after=Sale.reassign_specialist, do=hand_over_to_specialist, clause="R14"),
    Reaction(after=Sale.hold_deal, do=rest_with_deal, clause="R91"),
    Reaction(after=Sale.resume_deal, do=go_on_with_deal, clause="R91"),
    Reaction(after=Sale.cancel_deal, do=give_up_work, clause="R34"),
    Reaction(after=WorkOrder.request_invoice, do=invoice_on_request, clause="R29"),
    Reaction(after=WorkOrder.report_work_done, do=invoice_finished_work, clause="R30"),
    Reaction(after=WorkOrder.cancel_work_order, do=void_requests, clause="R34"),
    Reaction(after=Invoice.record_payment, do=note_prepayment, clause="R28"),
    Reaction(after=Invoice.refund_payment, do=withdraw_prepayment, clause="R28"),
    Reaction(after=PriceChange.put_in_force, do=succeed_price_list, clause="R37"),
    Reaction(after=PriceChange.put_in_force, do=apply_to_open_quotes, clause="R38"),
    Reaction(after=RegulationVersion.put_in_force, do=succeed_version, clause="R82"),
    Reaction(after=CallCampaign.issue_campaign, do=enter_contacts, clause="R57"),
    Reaction(after=CallContact.add_contact, do=leave_in_peace, clause="R57"),
    Reaction(after=CallContact.claim_contact, do=respect_refusals, clause="R57"),
    Reaction(after=CallCampaign.cancel_campaign, do=drop_contacts, clause="R57"),
    Reaction(after=CallContact.accept_lead, do=start_sale, clause="R53"),
    Reaction(after=Sale.start_price_negotiation, do=touch_lead, clause="R61"),
    Reaction(after=Sale.record_client_refusal, do=return_lead, clause="R67"),
    Reaction(after=Sale.cancel_deal, do=return_lead, clause="R67"),
    Reaction(after=Sale.refuse_contract, do=return_lead, clause="R67"),
    Reaction(after=Inquiry.receive_inquiry, do=route_inquiry, clause="R49", if_refused="skip"),
    Reaction(after=Inquiry.receive_inquiry, do=escalate_inquiry, clause="R45", if_refused="skip"),
    Reaction(after=Inquiry.record_auto_acknowledgement, do=count_acknowledgement, clause="R44"),
    Reaction(after=Meeting.summarise_item, do=give_assignments, clause="R74"),
)
