"""What must hold before the steps of a work order: the deal behind it, the client's answers, and the money."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from salesreg.domain.contracts import Contract
from salesreg.domain.deals import Deal
from salesreg.domain.invoices import Invoice, uninvoiced
from salesreg.domain.payment_terms import PaymentTerms
from salesreg.domain.people import Role
from salesreg.domain.work import SignedCopy, Work, WorkOrder
from salesreg.errors import Refusal
from salesreg.processes._case import Attempt, Case
from salesreg.processes._guards import Must
from salesreg.regulation import Parameter

__all__ = [
    "SIGNED_COPY",
    "contract_signed",
    "info_complete",
    "invoice_is_due",
    "invoices_withdrawn",
    "money_has_come",
    "order_fits_deal",
    "prepaid",
    "works_left_to_invoice",
]

SIGNED_COPY: Final = Parameter(
    "work_order.signed_copy",
    SignedCopy,
    clause="R22",
    doc="Which copy of the contract signed by the client is enough to begin a draft.",
    ru="Какой экземпляр договора, подписанного клиентом, достаточен для начала макета.",
)

info_complete = Must[WorkOrder](
    lambda order: not order.open_items,
    "info_missing",
    "the client still owes information",
    ru="клиент прислал не всё",
    clause="R25",
    need="every item received or waived",
    got=lambda order: order.open_items,
)
prepaid = Must[WorkOrder](
    lambda order: order.terms.terms is PaymentTerms.POSTPAY or order.is_prepaid,
    "not_prepaid",
    "the order is launched after its prepayment has come",
    ru="заказ запускается после поступления предоплаты",
    clause="R28",
    need="every work of the order paid for",
    got=lambda order: order.explain(),
)


def contract_signed(order: WorkOrder, attempt: Attempt) -> Iterator[Refusal]:
    """Drafting begins on a contract that the client has signed (R22)."""
    deal = attempt.related[order.deal].data
    copy = attempt.regulation.value(SIGNED_COPY)
    if not _has_signed(deal.contract, copy):
        yield Refusal(
            "not_signed_by_client",
            f"the {copy} of the contract signed by the client has not come back",
            ru="договор, подписанный клиентом, не вернулся: нужен "
            + ("скан" if copy is SignedCopy.SCAN else "оригинал"),
            clause="R22",
            need=str(copy),
            got="nothing",
        )


def _has_signed(contract: Contract | None, copy: SignedCopy) -> bool:
    if contract is None:
        return False
    returned = contract.scan_returned_at if copy is SignedCopy.SCAN else contract.original_returned_at
    return returned is not None


def invoice_is_due(order: WorkOrder, attempt: Attempt) -> Iterator[Refusal]:
    """What is paid for by fact is invoiced when the work is done (R27)."""
    if order.terms.terms is PaymentTerms.POSTPAY and attempt.stage in {"agreed", "awaiting_prepayment"}:
        yield Refusal(
            "work_not_done",
            "work paid for by fact is invoiced when it is done",
            ru="работа с оплатой по факту включается в счёт, когда выполнена",
            clause=order.terms.clause,
            need="work done, or prepayment",
            got=order.explain(),
        )


def _invoices(attempt: Attempt) -> tuple[Case[Any], ...]:
    """The order's invoices that are neither void nor refunded."""
    return tuple(case for case in attempt.related.children("invoice") if _invoice(case).stands)


def _invoice(case: Case[Any]) -> Invoice:
    assert isinstance(case.data, Invoice)  # noqa: S101 - children come by their process
    return case.data


def works_left_to_invoice(order: WorkOrder, attempt: Attempt) -> Iterator[Refusal]:
    """A work is invoiced once (R30)."""
    invoices = _invoices(attempt)
    if not uninvoiced(attempt.case, order.works, map(_invoice, invoices)):
        holders = tuple(case.id for case in invoices)
        yield Refusal(
            "already_invoiced",
            f"every work of the order is invoiced already, by {', '.join(holders)}",
            ru=f"все работы заявки уже включены в счета {', '.join(holders)}",
            clause="R30",
            need="a work without an invoice",
            got=holders,
        )


def money_has_come(order: WorkOrder, attempt: Attempt) -> Iterator[Refusal]:
    """An order is closed when all its work is invoiced and paid (R34)."""
    invoices = _invoices(attempt)
    if left := uninvoiced(attempt.case, order.works, map(_invoice, invoices)):
        yield Refusal(
            "not_invoiced",
            f"works {', '.join(left)} are in no invoice",
            ru=f"работы {', '.join(left)} не включены в счёт",
            clause="R34",
            need="every work invoiced",
            got=left,
        )
    if unpaid := tuple(case.id for case in invoices if case.stage != "paid"):
        yield Refusal(
            "invoices_open",
            f"invoices {', '.join(unpaid)} are not paid",
            ru=f"не оплачены счета {', '.join(unpaid)}",
            clause="R34",
            need="every invoice of the order paid",
            got=unpaid,
        )


def invoices_withdrawn(_: WorkOrder, attempt: Attempt) -> Iterator[Refusal]:
    """Before an order is given up, what the client was asked for is withdrawn and what was paid is given back (R34)."""
    standing = _invoices(attempt)
    issued = tuple(case.id for case in standing if case.stage in {"issued", "sent"})
    paid = tuple(case.id for case in standing if case.stage == "paid")
    shared = tuple(
        case.id
        for case in standing
        if case.stage in {"requested", "returned"} and set(_invoice(case).orders) != {attempt.case}
    )
    if issued:
        yield _in_the_way("invoices_unpaid", issued, "are issued and unpaid", "выставлены и не оплачены", "void them")
    if paid:
        yield _in_the_way("not_refunded", paid, "are paid", "оплачены", "give the money back")
    if shared:
        yield _in_the_way("invoice_shared", shared, "cover other orders too", "включают и другие заявки", "void them")


def _in_the_way(code: str, invoices: tuple[str, ...], what: str, ru: str, need: str) -> Refusal:
    names = ", ".join(invoices)
    return Refusal(code, f"invoices {names} {what}", ru=f"счета {names} {ru}", clause="R34", need=need, got=invoices)


def order_fits_deal(deal: Deal, stage: str, works: tuple[Work, ...], attempt: Attempt) -> Iterator[Refusal]:
    """Work is ordered under a contract in force, at an agreed price, from the specialist in charge (R14, R23, R30)."""
    if stage != "in_force":
        yield Refusal(
            "contract_not_in_force",
            "work is ordered under a contract in force",
            ru="работы заказываются по действующему договору",
            clause="R23",
            need="in_force",
            got=stage,
        )
    if deal.on_hold:
        yield Refusal(
            "deal_on_hold",
            "the deal is on hold",
            ru="сделка приостановлена",
            clause="R91",
            need="a deal that is not on hold",
            got=deal.hold,
        )
    person = (attempt.on_behalf_of or attempt.by).id
    if attempt.role is not Role.SYSTEM and deal.specialist != person:
        yield Refusal(
            "not_assigned",
            f"orders go to the deal's specialist ({deal.specialist or 'nobody yet'}), not {attempt.by.full_name}",
            ru=f"заявки принимает специалист сделки ({deal.specialist or 'пока никто'}), а не {attempt.by.full_name}",
            clause="R14",
            need=deal.specialist or "a specialist in charge",
            got=person,
        )
    priced = () if deal.quote is None else tuple(line.item for line in deal.quote.lines)
    if strange := tuple(work.item for work in works if work.item not in priced):
        yield Refusal(
            "not_quoted",
            f"no price is agreed for {', '.join(strange)}",
            ru=f"не согласована цена: {', '.join(strange)}",
            clause="R30",
            need=priced,
            got=strange,
        )
