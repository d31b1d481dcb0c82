"""Invoices: what the client is to pay for which works, with VAT, and what has been paid (R26–R32)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

import attrs

from salesreg.domain.contracts import Channel
from salesreg.domain.deals import Deal
from salesreg.domain.instants import Instant, keep_utc
from salesreg.domain.money import Money
from salesreg.domain.payment_terms import InvoiceBasis, PaymentTerms
from salesreg.domain.prices import PriceQuote
from salesreg.domain.references import CaseId, Ref
from salesreg.domain.work import Work, WorkOrder
from salesreg.errors import DomainError

__all__ = ["Invoice", "InvoiceLine", "InvoiceReturn", "InvoiceTotals", "Payment", "uninvoiced"]


@attrs.frozen
class InvoiceLine:
    """What one work costs at the agreed price.

    Attributes:
        order: the id of the work order.
        work: the id of the work in it.
        item: the code of the item in the quote.
        quantity: how many units, more than 0.
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
        """A work of an order at the price of a quote.

        Raises:
            DomainError: the quote has no price for the work.
        """
        for line in quote.lines:
            if line.item == work.item:
                return cls(
                    order, work.id, work.item, work.quantity, line.unit_price, quote.content_hash, quote.base_version
                )
        known = ", ".join(line.item for line in quote.lines)
        raise DomainError(f"work {work.id!r} is priced by no line of the quote: {work.item!r} is not among {known}")

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
class InvoiceReturn:
    """Finance sent a request back because something was missing.

    Attributes:
        reason: what is missing.
        at: when, UTC.
        by: the id of the employee who sent it back.
        completed: what was added since; empty while nothing is.
    """

    reason: str
    at: Instant
    by: str
    completed: str = ""

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "at")
        if not self.reason.strip():
            raise DomainError("a request is sent back for a reason: say what is missing")


@attrs.frozen
class Payment:
    """Money that came for an invoice.

    Attributes:
        amount: more than 0.
        paid_at: when it came, UTC.
        reference: the bank's document.
    """

    amount: Money
    paid_at: Instant
    reference: str

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "paid_at")
        if self.amount.amount <= 0:
            raise DomainError(f"a payment of {self.amount} is none: give more than 0")
        if not self.reference.strip():
            raise DomainError("a payment refers to the bank's document: give its number")


@attrs.frozen
class Invoice:
    """A bill for one or many works of one client.

    Attributes:
        deals: the ids of the deals whose contracts it is made under.
        orders: the ids of the work orders whose works it covers.
        lines: one for each work, at least one, all in one currency.
        basis: whether somebody asked for it, or it follows from the contract and the agreed price.
        terms: whether it is for work to be done or for work done.
        vat_rate: as a fraction, from 0 to less than 1.
        prices_include_vat: whether the quoted prices hold the VAT already.
        requested_at: when finance was asked for it, UTC.
        specialist: the id of the commercial specialist who sends it.
        contact_email: the client's address.
        returns: how often finance sent the request back, in order.
        number: the invoice's own number, unique.
        issued_at: when it was signed, UTC.
        signed_by: the id of the one who signed.
        channel: how it was sent.
        sent_at: when it was sent, UTC.
        payments: what has come, in order.
        void_reason: why it is void, if it is.
        refund: the document by which the money was given back, if it was.

    Raises:
        DomainError: there is no line, a work stands in it twice, the currencies differ, the rate is no fraction, or
            more has been paid than was asked.
    """

    deals: tuple[Annotated[CaseId, Ref(Deal, process="sale")], ...]
    orders: tuple[Annotated[CaseId, Ref(WorkOrder, process="work_order")], ...]
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

    def __attrs_post_init__(self) -> None:
        for name in ("deals", "orders", "lines", "returns", "payments"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        keep_utc(self, "requested_at", "issued_at", "sent_at")
        if not self.lines:
            raise DomainError("an invoice is for work: list at least one")
        refs = [line.ref for line in self.lines]
        if twice := sorted({ref for ref in refs if refs.count(ref) > 1}):
            raise DomainError(f"work {twice[0]!r} stands in the invoice twice: keep one line for it")
        currencies = sorted({line.unit_price.currency for line in self.lines})
        if len(currencies) > 1:
            raise DomainError(f"an invoice is in one currency, and this one mixes {' and '.join(currencies)}")
        if not (self.vat_rate.is_finite() and 0 <= self.vat_rate < 1):
            raise DomainError(f"a VAT rate is a fraction such as 0.22, and {self.vat_rate} is none")
        if self.payments and self.paid > self.totals.gross:
            raise DomainError(f"{self.paid} was paid on an invoice of {self.totals.gross}: record at most what is due")

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

    def works_of(self, order: CaseId) -> tuple[str, ...]:
        """The ids of the works of an order that it covers."""
        return tuple(line.work for line in self.lines if line.order == order)


def uninvoiced(order: CaseId, works: Iterable[Work], invoices: Iterable[Invoice]) -> tuple[str, ...]:
    """The ids of those works of an order that no standing invoice covers (R30)."""
    covered = {work for invoice in invoices if invoice.stands for work in invoice.works_of(order)}
    return tuple(work.id for work in works if work.id not in covered)
