"""Invoices: what the client is to pay for which works, with VAT, and what has been paid (R26–R32)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

import attrs

from salesreg.commercial.domain.channels import Channel
from salesreg.commercial.domain.deals import Deal, DealId
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.payment_terms import InvoiceBasis, PaymentTerms
from salesreg.commercial.domain.prices import PriceQuote
from salesreg.commercial.domain.records import Email, Record, repeated, said
from salesreg.commercial.domain.work import OrderId, Work, WorkOrder
from salesreg.errors import DomainError
from salesreg.process.references import CaseId, Ref
from salesreg.rules.instants import Instant


class VatBy(StrEnum):
    """What VAT is rounded on: each line, or all lines of one rate together."""

    LINE = "line"
    TOTAL = "total"


@attrs.frozen
class InvoiceLine:
    """What one work costs at the agreed price.

    Attributes:
        item: the code of the item in the quote.
        unit_price: what one unit costs after the discount.
        quote_hash: content hash of the approved quote that the price is from.
        base_version: the version of the base price list behind that quote.
        vat_rate: as a fraction, from 0 to less than 1; None for a sale without VAT, which is not a rate of 0.
        fixed: what the client pays for it, VAT and all, once that may change no more; None while it may.
    """

    order: CaseId
    work: str
    item: str
    quantity: Decimal
    unit_price: Money
    quote_hash: str
    base_version: str
    vat_rate: Decimal | None = None
    fixed: Money | None = None

    @classmethod
    def of(cls, order: CaseId, work: Work, quote: PriceQuote, vat_rate: Decimal | None = None) -> InvoiceLine:
        """A work of an order at the price of a quote; a `DomainError` if the quote has none for it."""
        for line in quote.lines:
            if line.item == work.item:
                price, made_from = line.unit_price, (quote.content_hash, quote.base_version)
                return cls(order, work.id, work.item, work.quantity, price, *made_from, vat_rate)
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
    def of(cls, lines: Iterable[InvoiceLine], *, included: bool, by: VatBy = VatBy.LINE) -> InvoiceTotals:
        """The totals of some lines, each at its own VAT rate; halves of a kopeck are rounded away from zero.

        Args:
            lines: at least one, all in one currency.
            included: whether the lines' prices hold the VAT already.
            by: whether the VAT is rounded on each line, or once on all lines of one rate.

        >>> line = InvoiceLine("o", "1", "audit", Decimal(1), Money("99.99"), "hash", "2026-1", Decimal("0.22"))
        >>> three = [line] * 3
        >>> InvoiceTotals.of(three, included=True, by=VatBy.LINE).vat
        Money('54.09')
        >>> InvoiceTotals.of(three, included=True, by=VatBy.TOTAL).vat
        Money('54.09')
        >>> InvoiceTotals.of(three, included=False).gross, InvoiceTotals.of(three, included=False, by=VatBy.TOTAL).gross
        (Money('365.97'), Money('365.96'))
        """
        parts: dict[object, tuple[Decimal, bool, Money]] = {}
        for number, line in enumerate(lines):
            rate, inside = line.vat_rate or Decimal(0), included or line.fixed is not None
            amount = line.amount if line.fixed is None else line.fixed
            key: object = number if by is VatBy.LINE else (rate, inside)
            parts[key] = (rate, inside, parts[key][2] + amount if key in parts else amount)
        whole = [vat_in(amount, rate, included=inside) for rate, inside, amount in parts.values()]
        zero = Money(0, whole[0][0].currency)
        net = sum((one for one, _ in whole), start=zero)
        vat = sum((one for _, one in whole), start=zero)
        return cls(net, vat, net + vat)


def vat_in(amount: Money, rate: Decimal, *, included: bool) -> tuple[Money, Money]:
    """An amount without VAT and its VAT, rounded to the kopeck once.

    >>> vat_in(Money("122"), Decimal("0.22"), included=True)
    (Money('100.00'), Money('22.00'))
    """
    if not included:
        return amount, amount.times(rate)
    with localcontext(prec=60):
        vat = Money.rounded(amount.amount * rate / (1 + rate), amount.currency)
    return amount - vat, vat


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
    """Money of the client's that is allocated to an invoice.

    Attributes:
        reference: the bank's document that it came by.
    """

    amount: Money
    paid_at: Instant
    reference: str

    def _check(self) -> None:
        if self.amount.amount <= 0:
            raise DomainError("payment_of_nothing", "a payment is of more than 0, not of {got}", got=str(self.amount))
        said(self.reference, "payment_without_reference", "a payment refers to the bank's document: give its number")


@attrs.frozen
class CreditNote(Record):
    """One line of an invoice is not to be paid after all.

    Attributes:
        work: the line's work, as ``order/work``.
        number: the credit note's, unique in its period.
    """

    work: str
    number: str
    number_period: str
    reason: str
    at: Instant

    def _check(self) -> None:
        said(self.number, "credit_note_without_number", "a credit note for {got} has a number", got=self.work)
        said(self.reason, "credit_note_without_reason", "say why {got} is not to be paid", got=self.work)


@attrs.frozen
class Invoice(Record):
    """A bill for one or many works of one client.

    Attributes:
        basis: whether somebody asked for it, or it follows from the contract and the agreed price.
        client: what tells the client from others, as in the client's account.
        requested_at: when finance was asked for it, UTC.
        returns: how often finance sent the request back, in order.
        number_period: the period in which its number is unique.
        payments: what is allocated to it, as the client's account has it.
        credits: the lines that are not to be paid after all.
        refund: the document by which the money was given back, if it was.
    """

    deals: tuple[DealId, ...]
    orders: tuple[OrderId, ...]
    lines: tuple[InvoiceLine, ...]
    basis: InvoiceBasis
    terms: PaymentTerms
    prices_include_vat: bool
    requested_at: Instant
    client: str = ""
    vat_by: VatBy = VatBy.LINE
    specialist: str | None = None
    contact_email: Email | None = None
    returns: tuple[InvoiceReturn, ...] = ()
    number: str | None = None
    number_period: str = ""
    issued_at: Instant | None = None
    signed_by: str | None = None
    channel: Channel | None = None
    sent_at: Instant | None = None
    payments: tuple[Payment, ...] = ()
    credits: tuple[CreditNote, ...] = ()
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
        for rate in (line.vat_rate for line in self.lines):
            if rate is not None and not (rate.is_finite() and 0 <= rate < 1):
                raise DomainError(
                    "invoice_vat_rate", "a VAT rate is a fraction such as 0.22, and {got} is none", got=str(rate)
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
        vat_rate: Callable[[WorkOrder, Work], Decimal | None],
        vat_by: VatBy,
        prices_include_vat: bool,
        client: str,
    ) -> Invoice:
        """The invoice for works of some orders, each at the price approved in its deal when it was taken.

        The orders, at least one, come with their ids and the deals that they are under; the works are named as
        ``order/work``, and none means all of them. Each work has the VAT rate of its own day.
        """
        lines: list[InvoiceLine] = []
        for order_id, order, deal in orders:
            if (quote := deal.agreed(order.quote_hash)) is None:
                raise DomainError(
                    "invoice_without_quote", "deal {got} has no approved quote to make an invoice from", got=order.deal
                )
            wanted = (work for work in order.works if not works or f"{order_id}/{work.id}" in works)
            lines += [InvoiceLine.of(order_id, work, quote, vat_rate(order, work)) for work in wanted]
        return cls(
            tuple(dict.fromkeys(order.deal for _, order, _ in orders)),
            tuple(dict.fromkeys(order_id for order_id, _, _ in orders)),
            tuple(lines),
            basis,
            orders[-1][1].terms.terms,
            prices_include_vat,
            at,
            client,
            vat_by,
            specialist=next((order.specialist for _, order, _ in orders if order.specialist), None),
            contact_email=next((order.contact_email for _, order, _ in orders if order.contact_email), None),
        )

    @property
    def owed_lines(self) -> tuple[InvoiceLine, ...]:
        """The lines that no credit note has taken off."""
        gone = {note.work for note in self.credits}
        return tuple(line for line in self.lines if line.ref not in gone)

    @property
    def totals(self) -> InvoiceTotals:
        """The amount without VAT, the VAT, and what the client pays."""
        return InvoiceTotals.of(self.owed_lines, included=self.prices_include_vat, by=self.vat_by)

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

    def fixed(self) -> Invoice:
        """The invoice whose lines' amounts change no more, whatever the VAT rate turns out to be."""
        gross = self.totals.gross
        shares = [line.amount.amount for line in self.owed_lines] if gross else []
        fixed = dict(zip((line.ref for line in self.owed_lines), gross.split(shares) if gross else (), strict=False))
        return attrs.evolve(self, lines=tuple(attrs.evolve(one, fixed=fixed.get(one.ref)) for one in self.lines))

    def settled(self, rates: Mapping[str, Decimal | None]) -> Invoice:
        """The invoice at the VAT rates of the days on which its works were done; once issued it comes to the same."""
        kept = self if self.issued_at is None else self.fixed()
        lines = tuple(attrs.evolve(one, vat_rate=rates.get(one.ref, one.vat_rate)) for one in kept.lines)
        return attrs.evolve(kept, lines=lines)

    def credited(self, note: CreditNote) -> Invoice:
        """The invoice without a line; what was paid beyond the rest is the client's again."""
        after = self.fixed()
        known = tuple(line.ref for line in self.owed_lines)
        if note.work not in known:
            raise DomainError(
                "credit_of_no_line", "the invoice has no line {got} to take off", need=known, got=note.work
            )
        if len(known) == 1:
            raise DomainError(
                "credit_of_everything",
                "{got} is all that is left: void the invoice or give the money back",
                got=note.work,
            )
        over = self.paid - attrs.evolve(after, payments=(), credits=(*self.credits, note)).totals.gross
        kept = without(self.payments, over) if over.amount > 0 else self.payments
        return attrs.evolve(after, payments=kept, credits=(*self.credits, note))

    def works_of(self, order: CaseId) -> tuple[str, ...]:
        """The ids of the works of an order that it covers."""
        return tuple(line.work for line in self.owed_lines if line.order == order)


def without(payments: Iterable[Payment], over: Money) -> tuple[Payment, ...]:
    """Payments less an amount, which the last of them give up first.

    >>> import datetime as dt
    >>> at = dt.datetime(2026, 2, 2, tzinfo=dt.UTC)
    >>> without([Payment(Money(5), at, "a"), Payment(Money(3), at, "b")], Money(4))[0].amount
    Money('4.00')
    """
    kept: list[Payment] = []
    for one in reversed(tuple(payments)):
        gone = min(one.amount, over)
        over -= gone
        if left := one.amount - gone:
            kept.append(attrs.evolve(one, amount=left))
    return tuple(reversed(kept))


InvoiceId: TypeAlias = Annotated[CaseId, Ref(Invoice, process="invoice")]
"""The id of an invoice's case."""


UNISSUED: Final = frozenset({"requested", "returned"})
"""The stages of an invoice that nobody has issued: it falls with its order."""
SETTLED: Final = frozenset({"paid", "void", "refunded"})
"""The stages of an invoice that the client owes nothing on."""


def uninvoiced(order: CaseId, works: Iterable[Work], invoices: Iterable[Invoice]) -> tuple[str, ...]:
    """The ids of those works of an order that no standing invoice covers, be it with a credit note (R30)."""
    lines = (line for invoice in invoices if invoice.stands for line in invoice.lines)
    covered = {line.work for line in lines if line.order == order}
    return tuple(work.id for work in works if work.id not in covered)
