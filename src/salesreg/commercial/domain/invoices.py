"""Invoices: what the client is to pay for which works, with VAT, and what has been paid (R26–R32)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Final

import attrs

from salesreg.commercial.domain.channels import Channel
from salesreg.commercial.domain.deals import Deal, DealId
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.payment_terms import InvoiceBasis, PaymentTerms
from salesreg.commercial.domain.prices import PriceQuote
from salesreg.commercial.domain.records import Record, repeated, said
from salesreg.commercial.domain.work import OrderId, Work, WorkOrder
from salesreg.errors import DomainError
from salesreg.process.references import CaseId
from salesreg.rules.instants import Instant


@attrs.frozen
class InvoiceLine:
    """What one work costs at the agreed price.

    Attributes:
        item: the code of the item in the quote.
        unit_price: what one unit costs after the discount.
        quote_hash: content hash of the approved quote that the price is from.
        base_version: the version of the base price list behind that quote.
    """

    order: CaseId
    work: str
    item: str
    quantity: Decimal
    unit_price: Money
    quote_hash: str
    base_version: str

    @classmethod
    def of(cls, order: CaseId, work: Work, quote: PriceQuote) -> InvoiceLine:
        """A work of an order at the price of a quote; a `DomainError` if the quote has none for it."""
        for line in quote.lines:
            if line.item == work.item:
                return cls(
                    order, work.id, work.item, work.quantity, line.unit_price, quote.content_hash, quote.base_version
                )
        raise DomainError(
            "invoice_work_without_price",
            "work {work} is priced by no line of the quote: {got} is not among {need}",
            work=f"{order}/{work.id}",
            got=work.item,
            need=tuple(line.item for line in quote.lines),
        )

    @property
    def ref(self) -> str:
        """The work's name in all the company: ``order/work``."""
        return f"{self.order}/{self.work}"

    @property
    def amount(self) -> Money:
        """Quote times quantity, rounded to the kopeck once, halves away from zero."""
        return self.unit_price.times(self.quantity)


@attrs.frozen
class InvoiceTotals:
    """What an invoice comes to: the amount without VAT, the VAT, and both together."""

    net: Money
    vat: Money
    gross: Money

    @classmethod
    def of(cls, lines: Iterable[InvoiceLine], rate: Decimal, *, included: bool) -> InvoiceTotals:
        """The totals of some lines at a VAT rate; the VAT is rounded once, on the sum, halves away from zero.

        Args:
            lines: at least one, all in one currency.
            rate: the VAT rate as a fraction, such as 0.22.
            included: whether the lines' prices hold the VAT already.

        >>> line = InvoiceLine("o", "1", "audit", Decimal(1), Money("100"), "hash", "2026-1")
        >>> InvoiceTotals.of([line], Decimal("0.22"), included=True).vat
        Money('18.03')
        >>> InvoiceTotals.of([line], Decimal("0.22"), included=False).gross
        Money('122.00')
        """
        first, *rest = [line.amount for line in lines]
        total = sum(rest, start=first)
        if included:
            vat = Money.rounded(total.amount * rate / (1 + rate), total.currency)
            return cls(total - vat, vat, total)
        vat = total.times(rate)
        return cls(total, vat, total + vat)


@attrs.frozen
class InvoiceReturn(Record):
    """Finance sent a request back because something was missing.

    Attributes:
        completed: what was added since; empty while nothing is.
    """

    reason: str
    at: Instant
    by: str
    completed: str = ""

    def _check(self) -> None:
        said(self.reason, "invoice_return_without_reason", "a request is sent back for a reason: say what is missing")


@attrs.frozen
class Payment(Record):
    """Money that came for an invoice.

    Attributes:
        reference: the bank's document.
    """

    amount: Money
    paid_at: Instant
    reference: str

    def _check(self) -> None:
        if self.amount.amount <= 0:
            raise DomainError("payment_of_nothing", "a payment is of more than 0, not of {got}", got=str(self.amount))
        said(self.reference, "payment_without_reference", "a payment refers to the bank's document: give its number")


@attrs.frozen
class Invoice(Record):
    """A bill for one or many works of one client.

    Attributes:
        basis: whether somebody asked for it, or it follows from the contract and the agreed price.
        vat_rate: as a fraction, from 0 to less than 1.
        requested_at: when finance was asked for it, UTC.
        returns: how often finance sent the request back, in order.
        refund: the document by which the money was given back, if it was.
    """

    deals: tuple[DealId, ...]
    orders: tuple[OrderId, ...]
    lines: tuple[InvoiceLine, ...]
    basis: InvoiceBasis
    terms: PaymentTerms
    vat_rate: Decimal
    prices_include_vat: bool
    requested_at: Instant
    specialist: str | None = None
    contact_email: str | None = None
    returns: tuple[InvoiceReturn, ...] = ()
    number: str | None = None
    issued_at: Instant | None = None
    signed_by: str | None = None
    channel: Channel | None = None
    sent_at: Instant | None = None
    payments: tuple[Payment, ...] = ()
    void_reason: str | None = None
    refund: str | None = None

    def _check(self) -> None:
        if not self.lines:
            raise DomainError("invoice_without_work", "an invoice is for work: list at least one")
        if twice := repeated(line.ref for line in self.lines):
            raise DomainError("invoice_work_twice", "the invoice has {got} twice: keep one line for it", got=twice)
        currencies = tuple(sorted({line.unit_price.currency for line in self.lines}))
        if len(currencies) > 1:
            raise DomainError("invoice_mixed_currencies", "an invoice is in one currency, not {got}", got=currencies)
        if not (self.vat_rate.is_finite() and 0 <= self.vat_rate < 1):
            raise DomainError(
                "invoice_vat_rate", "a VAT rate is a fraction such as 0.22, and {got} is none", got=str(self.vat_rate)
            )
        if self.payments and self.paid > self.totals.gross:
            raise DomainError(
                "invoice_overpaid",
                "{got} was paid on an invoice of {need}: record at most what is due",
                need=str(self.totals.gross),
                got=str(self.paid),
            )

    @classmethod
    def of(
        cls,
        orders: Sequence[tuple[CaseId, WorkOrder, Deal]],
        works: Collection[str],
        basis: InvoiceBasis,
        at: Instant,
        *,
        vat_rate: Decimal,
        prices_include_vat: bool,
    ) -> Invoice:
        """The invoice for works of some orders, each at the price of its deal's approved quote.

        The orders, at least one, come with their ids and the deals that they are under; the works are named as
        ``order/work``, and none means all of them.
        """
        lines: list[InvoiceLine] = []
        for order_id, order, deal in orders:
            if deal.quote is None or deal.approval is None:
                raise DomainError(
                    "invoice_without_quote", "deal {got} has no approved quote to make an invoice from", got=order.deal
                )
            wanted = (work for work in order.works if not works or f"{order_id}/{work.id}" in works)
            lines += [InvoiceLine.of(order_id, work, deal.quote) for work in wanted]
        return cls(
            tuple(dict.fromkeys(order.deal for _, order, _ in orders)),
            tuple(dict.fromkeys(order_id for order_id, _, _ in orders)),
            tuple(lines),
            basis,
            orders[-1][1].terms.terms,
            vat_rate,
            prices_include_vat,
            at,
            specialist=next((order.specialist for _, order, _ in orders if order.specialist), None),
            contact_email=next((order.contact_email for _, order, _ in orders if order.contact_email), None),
        )

    @property
    def totals(self) -> InvoiceTotals:
        """The amount without VAT, the VAT, and what the client pays."""
        return InvoiceTotals.of(self.lines, self.vat_rate, included=self.prices_include_vat)

    @property
    def paid(self) -> Money:
        """What has come so far."""
        return sum((payment.amount for payment in self.payments), start=Money(0, self.lines[0].unit_price.currency))

    @property
    def remaining(self) -> Money:
        """What is still to come."""
        return self.totals.gross - self.paid

    @property
    def stands(self) -> bool:
        """Whether its works count as invoiced: it is neither void nor refunded."""
        return self.void_reason is None and self.refund is None

    def returned(self, reason: str, by: str, at: Instant) -> Invoice:
        """The request sent back, because something is missing."""
        return attrs.evolve(self, returns=(*self.returns, InvoiceReturn(reason, at, by)))

    def completed(self, what: str, at: Instant) -> Invoice:
        """The request asked anew, with what was missing."""
        *earlier, last = self.returns
        return attrs.evolve(self, requested_at=at, returns=(*earlier, attrs.evolve(last, completed=what)))

    def received(self, payment: Payment) -> Invoice:
        """The invoice after money has come for it."""
        return attrs.evolve(self, payments=(*self.payments, payment))

    def works_of(self, order: CaseId) -> tuple[str, ...]:
        """The ids of the works of an order that it covers."""
        return tuple(line.work for line in self.lines if line.order == order)


UNISSUED: Final = frozenset({"requested", "returned"})
"""The stages of an invoice that nobody has issued: it falls with its order."""
SETTLED: Final = frozenset({"paid", "void", "refunded"})
"""The stages of an invoice that the client owes nothing on."""


def uninvoiced(order: CaseId, works: Iterable[Work], invoices: Iterable[Invoice]) -> tuple[str, ...]:
    """The ids of those works of an order that no standing invoice covers (R30)."""
    covered = {work for invoice in invoices if invoice.stands for work in invoice.works_of(order)}
    return tuple(work.id for work in works if work.id not in covered)
