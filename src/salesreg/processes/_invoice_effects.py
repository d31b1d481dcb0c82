"""What the steps of an invoice demand of their payload, and what they do to it.

The keyword arguments of a handler are the payload's schema: what a handler does not use is recorded in the event.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import attrs

from salesreg.domain.contracts import Channel
from salesreg.domain.instants import Instant
from salesreg.domain.invoices import Invoice, InvoiceReturn, Payment
from salesreg.domain.money import Money
from salesreg.domain.payment_terms import InvoiceBasis
from salesreg.domain.people import Employee, Role
from salesreg.domain.references import CaseId, Ref
from salesreg.domain.work import WorkOrder
from salesreg.errors import Refusal
from salesreg.processes._case import Attempt
from salesreg.processes._guards import built, filled, holds_role, reason_given, took_place
from salesreg.processes._invoice_guards import channel_allowed, drawn_up, orders_may_be_invoiced

__all__ = ["InvoiceEffects"]

OrderId = Annotated[CaseId, Ref(WorkOrder, process="work_order")]


class InvoiceEffects:
    """The handlers of the invoice, in the order of its steps."""

    def check_request_invoice(
        self, attempt: Attempt, *, orders: tuple[OrderId, ...], works: tuple[str, ...] = ()
    ) -> Iterator[Refusal]:
        """No works means every work of the orders."""
        return _drawable(orders, works, attempt)

    def on_request_invoice(
        self, attempt: Attempt, *, orders: tuple[OrderId, ...], works: tuple[str, ...] = (), note: str = ""
    ) -> Invoice:
        return drawn_up(orders, works, InvoiceBasis.REQUEST, attempt)

    def check_auto_create_invoice(
        self, attempt: Attempt, *, orders: tuple[OrderId, ...], works: tuple[str, ...] = ()
    ) -> Iterator[Refusal]:
        return _drawable(orders, works, attempt)

    def on_auto_create_invoice(
        self, attempt: Attempt, *, orders: tuple[OrderId, ...], works: tuple[str, ...] = ()
    ) -> Invoice:
        return drawn_up(orders, works, InvoiceBasis.AUTO, attempt)

    def check_issue_invoice(
        self, invoice: Invoice, attempt: Attempt, *, number: str, signed_by: Employee, amount: Money | None = None
    ) -> Iterator[Refusal]:
        """Whoever says what the invoice comes to does not sign another amount by mistake."""
        yield from filled(number, "no_number", "the invoice's number", ru="номер счёта", clause="R31")
        yield from holds_role(signed_by, Role.FINANCE, attempt, clause="R31")
        due = invoice.totals.gross
        if amount is not None and amount != due:
            yield Refusal(
                "wrong_amount",
                "the amount is the agreed price times the quantity, with VAT",
                ru="сумма счёта — согласованная цена на количество, с НДС",
                clause="R31",
                need=str(due),
                got=str(amount),
            )

    def on_issue_invoice(
        self, invoice: Invoice, attempt: Attempt, *, number: str, signed_by: Employee, amount: Money | None = None
    ) -> Invoice:
        return attrs.evolve(invoice, number=number, issued_at=attempt.at, signed_by=signed_by.id)

    def check_return_invoice_request(self, invoice: Invoice, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R29")

    def on_return_invoice_request(self, invoice: Invoice, attempt: Attempt, *, reason: str) -> Invoice:
        return attrs.evolve(invoice, returns=(*invoice.returns, InvoiceReturn(reason, attempt.at, attempt.by.id)))

    def check_resubmit_invoice_request(self, invoice: Invoice, *, completed: str) -> Iterator[Refusal]:
        yield from filled(completed, "no_details", "what was added", ru="что дополнено", clause="R29")

    def on_resubmit_invoice_request(self, invoice: Invoice, attempt: Attempt, *, completed: str) -> Invoice:
        *earlier, last = invoice.returns
        return attrs.evolve(
            invoice, requested_at=attempt.at, returns=(*earlier, attrs.evolve(last, completed=completed))
        )

    def check_send_invoice(self, invoice: Invoice, attempt: Attempt, *, channel: Channel) -> Iterator[Refusal]:
        return channel_allowed(channel, attempt)

    def on_send_invoice(self, invoice: Invoice, attempt: Attempt, *, channel: Channel) -> Invoice:
        return attrs.evolve(invoice, channel=channel, sent_at=attempt.at)

    def check_record_payment(
        self, invoice: Invoice, attempt: Attempt, *, amount: Money, reference: str, paid_at: Instant | None = None
    ) -> Iterator[Refusal]:
        """A full payment brings exactly what is still to come."""
        yield from _money_came(invoice, attempt, reference, paid_at)
        if amount != invoice.remaining:
            yield Refusal(
                "wrong_amount",
                "a payment in full brings what is still to come, no more and no less",
                ru="оплата полностью — ровно остаток по счёту",
                clause="R34",
                need=str(invoice.remaining),
                got=str(amount),
            )

    def on_record_payment(
        self, invoice: Invoice, attempt: Attempt, *, amount: Money, reference: str, paid_at: Instant | None = None
    ) -> Invoice:
        return _paid(invoice, amount, reference, paid_at or attempt.at)

    def check_record_part_payment(
        self, invoice: Invoice, attempt: Attempt, *, amount: Money, reference: str, paid_at: Instant | None = None
    ) -> Iterator[Refusal]:
        """A payment in part leaves something to come."""
        yield from _money_came(invoice, attempt, reference, paid_at)
        left = invoice.remaining
        if amount.currency != left.currency or not 0 < amount.amount < left.amount:
            yield Refusal(
                "wrong_amount",
                "a payment in part is less than what is still to come",
                ru="частичная оплата меньше остатка по счёту",
                clause="R34",
                need=f"more than nothing and less than {left}",
                got=str(amount),
            )

    def on_record_part_payment(
        self, invoice: Invoice, attempt: Attempt, *, amount: Money, reference: str, paid_at: Instant | None = None
    ) -> Invoice:
        return _paid(invoice, amount, reference, paid_at or attempt.at)

    def check_void_invoice(self, invoice: Invoice, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R34")

    def on_void_invoice(self, invoice: Invoice, *, reason: str) -> Invoice:
        return attrs.evolve(invoice, void_reason=reason)

    def check_refund_payment(self, invoice: Invoice, *, reference: str, reason: str) -> Iterator[Refusal]:
        yield from filled(reference, "no_reference", "the bank's document", ru="платёжный документ", clause="R34")
        yield from reason_given(reason, "R34")

    def on_refund_payment(self, invoice: Invoice, *, reference: str, reason: str) -> Invoice:
        return attrs.evolve(invoice, refund=reference)

    def check_reassign_invoice(self, invoice: Invoice, attempt: Attempt, *, specialist: Employee) -> Iterator[Refusal]:
        return holds_role(specialist, Role.COMMERCIAL_SPECIALIST, attempt, clause="R14")

    def on_reassign_invoice(self, invoice: Invoice, *, specialist: Employee) -> Invoice:
        return attrs.evolve(invoice, specialist=specialist.id)


def _drawable(orders: tuple[CaseId, ...], works: tuple[str, ...], attempt: Attempt) -> Iterator[Refusal]:
    found = list(orders_may_be_invoiced(orders, works, attempt))
    yield from found
    if orders and not any(refusal.code == "unknown_work" for refusal in found):
        # The basis does not decide whether the lines make an invoice.
        yield from built(
            lambda: drawn_up(orders, works, InvoiceBasis.REQUEST, attempt),
            "bad_invoice",
            ru="ошибка в счёте",
            clause="R29",
        )


def _money_came(invoice: Invoice, attempt: Attempt, reference: str, paid_at: Instant | None) -> Iterator[Refusal]:
    yield from filled(reference, "no_reference", "the bank's document", ru="платёжный документ", clause="R34")
    if paid_at is not None and paid_at <= attempt.at:
        yield from took_place(paid_at, attempt, "the payment", ru="оплата", clause="R34", not_before=invoice.issued_at)


def _paid(invoice: Invoice, amount: Money, reference: str, paid_at: Instant) -> Invoice:
    return attrs.evolve(invoice, payments=(*invoice.payments, Payment(amount, paid_at, reference)))
