"""What must hold before an invoice is made, issued, sent, paid and voided."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from salesreg.domain.clients import Counterparty
from salesreg.domain.contracts import Channel
from salesreg.domain.deals import Deal
from salesreg.domain.invoices import Invoice, InvoiceLine
from salesreg.domain.payment_terms import InvoiceBasis, PaymentTerms
from salesreg.domain.references import CaseId
from salesreg.domain.work import WorkOrder
from salesreg.errors import DomainError, Refusal
from salesreg.processes._case import Attempt, Case
from salesreg.processes._guards import Must
from salesreg.regulation import Parameter

__all__ = [
    "EXTRA_CHANNELS",
    "PRICES_INCLUDE_VAT",
    "VAT_RATE",
    "channel_allowed",
    "drawn_up",
    "nothing_paid",
    "orders_may_be_invoiced",
    "price_still_agreed",
    "something_paid",
]

VAT_RATE: Final = Parameter(
    "invoice.vat_rate",
    Decimal,
    clause="R31",
    doc="The VAT rate as a fraction, such as 0.22; 0 where there is none.",
    ru="Ставка НДС в виде доли, например 0.22; 0, если НДС нет.",
)
PRICES_INCLUDE_VAT: Final = Parameter(
    "invoice.prices_include_vat",
    bool,
    clause="R31",
    doc="Whether the prices in quotes hold the VAT already.",
    ru="Включают ли цены в прайсе НДС.",
)
EXTRA_CHANNELS: Final = Parameter(
    "invoice.extra_channels",
    str,
    clause="R32",
    doc="Channels for invoices beside e-mail and fax, separated by commas, such as 'edi, courier'.",
    ru="Каналы отправки счетов, кроме электронной почты и факса, через запятую, например 'edi, courier'.",
    default="",
)
# Where an order stands when its works may be invoiced: paid for in advance from the agreement on, by fact when done.
_DONE: Final = ("work_done", "documents_issued", "delivered")
_MAY_INVOICE: Final = {
    PaymentTerms.PREPAY: ("agreed", "awaiting_prepayment", "in_progress", *_DONE),
    PaymentTerms.POSTPAY: _DONE,
}

nothing_paid = Must[Invoice](
    lambda invoice: not invoice.payments,
    "paid_in_part",
    "money has come for the invoice already",
    ru="по счёту уже поступили деньги",
    clause="R34",
    need="an invoice on which nothing was paid, or a refund",
    got=lambda invoice: str(invoice.paid),
)
something_paid = Must[Invoice](
    lambda invoice: bool(invoice.payments),
    "nothing_paid",
    "no money has come that could be given back",
    ru="возвращать нечего: оплаты не было",
    clause="R34",
    need="an invoice on which something was paid",
)


def orders_may_be_invoiced(orders: tuple[CaseId, ...], works: tuple[str, ...], attempt: Attempt) -> Iterator[Refusal]:
    """One or many works of one client, each at its time, under contracts in force (R27–R30)."""
    if not orders:
        yield Refusal(
            "no_works",
            "an invoice is asked for with the works that it is for",
            ru="счёт запрашивают по конкретным работам",
            clause="R29",
            need="at least one work order",
            got=orders,
        )
        return
    cases = {order: attempt.related[order] for order in orders}
    known = {f"{order}/{work.id}" for order, case in cases.items() for work in case.data.works}
    if strange := tuple(ref for ref in works if ref not in known):
        yield Refusal(
            "unknown_work",
            f"no order named here has the work {', '.join(strange)}",
            ru=f"в указанных заявках нет работы {', '.join(strange)}",
            clause="R29",
            need=tuple(sorted(known)),
            got=strange,
        )
    for case in cases.values():
        yield from _at_its_time(case)
    deals = [attempt.related[deal] for deal in dict.fromkeys(case.data.deal for case in cases.values())]
    for deal in deals:
        if deal.stage != "in_force":
            yield Refusal(
                "contract_not_in_force",
                f"deal {deal.id!r} has no contract in force",
                ru=f"по сделке {deal.id!r} нет действующего договора",
                clause="R30",
                need="in_force",
                got=deal.stage,
            )
    clients = {_client(deal.data) for deal in deals}
    if len(clients) > 1:
        yield Refusal(
            "several_clients",
            "an invoice is for the works of one client",
            ru="в одном счёте — работы одного клиента",
            clause="R29",
            need="orders of one client",
            got=tuple(sorted(clients)),
        )
    terms = {case.data.terms.terms for case in cases.values()}
    if len(terms) > 1:
        yield Refusal(
            "mixed_terms",
            "an invoice is either for work to be done or for work done",
            ru="в одном счёте не смешивают предоплату и оплату по факту",
            clause="R28",
            need="orders with the same payment terms",
            got=tuple(sorted(map(str, terms))),
        )


def _client(deal: Deal) -> str:
    client: Counterparty | None = deal.counterparty
    if client is None:
        return f"draft:{deal.client.legal_name}"
    return client.tax_id or client.id


def _at_its_time(case: Case[Any]) -> Iterator[Refusal]:
    order: WorkOrder = case.data
    may = _MAY_INVOICE[order.terms.terms]
    if case.stage not in may:
        by_fact = order.terms.terms is PaymentTerms.POSTPAY
        when, ru = (
            ("when its work is done", "по выполнении работы")
            if by_fact
            else ("from the agreement on its draft", "после согласования макета")
        )
        yield Refusal(
            "not_yet_invoiced",
            f"order {case.id!r} is invoiced {when}",
            ru=f"заявка {case.id!r} включается в счёт {ru}",
            clause=order.terms.clause,
            need=may,
            got=case.stage,
        )


def drawn_up(orders: tuple[CaseId, ...], works: tuple[str, ...], basis: InvoiceBasis, attempt: Attempt) -> Invoice:
    """The invoice for works of some orders, each at the price of its deal's approved quote; no works means all of them.

    Raises:
        DomainError: there is no work, one has no agreed price, or the lines do not make an invoice.
    """
    lines: list[InvoiceLine] = []
    deals: list[CaseId] = []
    specialist = email = None
    terms = PaymentTerms.POSTPAY
    for order_id in orders:
        order: WorkOrder = attempt.related[order_id].data
        deal: Deal = attempt.related[order.deal].data
        if deal.quote is None or deal.approval is None:
            raise DomainError(f"deal {order.deal!r} has no approved quote to make an invoice from")
        wanted = [work for work in order.works if not works or f"{order_id}/{work.id}" in works]
        lines += [InvoiceLine.of(order_id, work, deal.quote) for work in wanted]
        deals.append(order.deal)
        specialist, email, terms = specialist or order.specialist, email or order.contact_email, order.terms.terms
    return Invoice(
        tuple(dict.fromkeys(deals)),
        tuple(dict.fromkeys(orders)),
        tuple(lines),
        basis,
        terms,
        attempt.regulation.value(VAT_RATE),
        attempt.regulation.value(PRICES_INCLUDE_VAT),
        attempt.at,
        specialist=specialist,
        contact_email=email,
    )


def price_still_agreed(invoice: Invoice, attempt: Attempt) -> Iterator[Refusal]:
    """An invoice is issued at the price that is approved at that moment (R30)."""
    approved = {
        deal.approval.quote_hash
        for deal in (attempt.related[one].data for one in invoice.deals)
        if deal.approval is not None
    }
    if stale := tuple(line.ref for line in invoice.lines if line.quote_hash not in approved):
        yield Refusal(
            "price_not_agreed",
            f"the price of {', '.join(stale)} is no longer the approved one",
            ru=f"цена работ {', '.join(stale)} больше не утверждена",
            clause="R30",
            need=tuple(sorted(approved)),
            got=stale,
        )


def channel_allowed(channel: Channel, attempt: Attempt) -> Iterator[Refusal]:
    """An invoice goes by e-mail or fax, and otherwise only as the regulation allows (R32)."""
    extra = attempt.regulation.value(EXTRA_CHANNELS).split(",")
    allowed = {Channel.EMAIL, Channel.FAX} | {Channel(name.strip()) for name in extra if name.strip()}
    if channel not in allowed:
        names = tuple(sorted(map(str, allowed)))
        yield Refusal(
            "channel_not_allowed",
            f"an invoice is not sent by {channel.text()}",
            ru=f"счёт не отправляют так: {channel.text('ru')}",
            clause="R32",
            need=names,
            got=str(channel),
        )
