"""What one process does to another: the only file that names two processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Literal, Protocol, TypeVar

import attrs

from salesreg.domain.invoices import uninvoiced
from salesreg.domain.price_changes import OpenQuotes
from salesreg.domain.prices import PriceItem, QuoteLine
from salesreg.domain.work import InvoiceBasis, PaymentTerms
from salesreg.processes import Case, CaseId, Event, Step
from salesreg.processes.invoice import Invoice
from salesreg.processes.price_change import OPEN_QUOTES, PriceChange
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
        if policy is OpenQuotes.REPRICE and all(line.item in prices for line in deal.quote.lines):
            lines = tuple(_repriced(line, prices[line.item]) for line in deal.quote.lines)
            yield Follow("sale", "reprice_quote", sale.id, {"lines": lines, "base_version": case.data.version})
        elif deal.approval is not None:
            # An item that has left the list has no new price: whoever quoted it decides what becomes of the line.
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
)
