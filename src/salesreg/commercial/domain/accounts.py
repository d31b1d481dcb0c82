"""A client's account: the money that has come from a client, what it pays for, and what has gone back."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import attrs

from salesreg.commercial.domain.clients import Counterparty
from salesreg.commercial.domain.deals import Deal
from salesreg.commercial.domain.invoices import vat_in
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.numbers import counted
from salesreg.commercial.domain.records import Record, once, said
from salesreg.errors import DomainError
from salesreg.process.references import CaseId
from salesreg.rules.instants import Instant


def clients_of(deal: Deal) -> tuple[str, ...]:
    """What tells the clients of two deals apart, whatever tax id is on record: its record, and those merged into it."""
    known = deal.counterparty
    return (f"draft:{deal.client.legal_name}",) if known is None else known.records


def document_of(reference: str, year: int) -> str:
    """What tells a bank's document from others: its number, in one spelling, and its year."""
    return f"{counted(reference)}/{year}"


def called(client: Counterparty) -> str:
    """What people know a client's money by: the tax id, or the id of a record that has none."""
    return client.inn or client.id


@attrs.frozen
class Receipt(Record):
    """Money that has come from the client.

    Attributes:
        reference: the bank's document, unique with its client and year.
        vat_rate: that of the day of receipt, for what comes in advance; None without VAT.
        year: that of the company's day on which it came; by default that of the instant in UTC.
        allocate_by: by when what is free of it is put to an invoice or given back.
    """

    reference: str
    amount: Money
    received_at: Instant
    vat_rate: Decimal | None = None
    year: int | None = None
    allocate_by: Instant | None = None

    def _check(self) -> None:
        if self.amount.amount <= 0:
            raise DomainError("receipt_of_nothing", "a receipt is of more than 0, not of {got}", got=str(self.amount))
        said(self.reference, "receipt_without_reference", "a receipt refers to the bank's document: give its number")

    @property
    def name(self) -> str:
        """What tells it from the client's others: its document and the year."""
        return document_of(self.reference, self.year or self.received_at.year)

    def vat_of(self, part: Money) -> Money:
        """The VAT in a part of it that was received in advance, such as 22/122.

        >>> import datetime as dt
        >>> at = dt.datetime(2026, 2, 2, tzinfo=dt.UTC)
        >>> Receipt("pay 1", Money("1220"), at, Decimal("0.22")).vat_of(Money("610"))
        Money('110.00')
        """
        return vat_in(part, self.vat_rate or Decimal(0), included=True)[1]


@attrs.frozen
class Allocation(Record):
    """A part of a receipt that pays for an invoice.

    Attributes:
        receipt: the receipt's name.
    """

    receipt: str
    invoice: CaseId
    amount: Money


@attrs.frozen
class Repayment(Record):
    """Money that went back to the client.

    Attributes:
        receipt: the name of the receipt that it is from.
        reference: the document by which it went back, unique in its year.
        year: that of the company's day on which it went back; by default that of the instant in UTC.
    """

    receipt: str
    amount: Money
    reference: str
    at: Instant
    reason: str
    year: int | None = None

    @property
    def document(self) -> str:
        """What tells the document from the company's others."""
        return document_of(self.reference, self.year or self.at.year)

    def _check(self) -> None:
        said(self.reference, "repayment_without_reference", "money goes back by a document: give its number")
        said(self.reason, "repayment_without_reason", "say why {got} goes back", got=str(self.amount))


@attrs.frozen
class ClientAccount(Record):
    """What one client has paid in one currency, what that pays for, and what is the client's still.

    Attributes:
        client: what tells the client from others: the id of its record.
        currency: ISO 4217 code.
        name: what people know the client by: the tax id, or the id of a record that has none.
        later: the records that the client's has been merged into since, in order.
    """

    client: str
    currency: str = "RUB"
    name: str = ""
    later: tuple[str, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    repayments: tuple[Repayment, ...] = ()

    def _check(self) -> None:
        said(self.client, "account_of_nobody", "an account is a client's: say whose")
        once(
            (one.name for one in self.receipts),
            "receipt_twice",
            "the account has the receipt {got} already",
        )
        for one in self.receipts:
            if self.free(one).amount < 0:
                raise DomainError(
                    "receipt_spent_twice",
                    "{got} is left of receipt {receipt}: a payment is spent once",
                    receipt=one.reference,
                    got=str(self.free(one)),
                )

    @property
    def records(self) -> tuple[str, ...]:
        """The client's record, and those that it has been merged into."""
        return (self.client, *self.later)

    def _sum(self, amounts: Iterable[Money]) -> Money:
        return sum(amounts, start=Money(0, self.currency))

    @property
    def received(self) -> Money:
        """All that has come."""
        return self._sum(one.amount for one in self.receipts)

    @property
    def allocated(self) -> Money:
        """What pays for invoices."""
        return self._sum(one.amount for one in self.allocations)

    @property
    def repaid(self) -> Money:
        """What has gone back."""
        return self._sum(one.amount for one in self.repayments)

    @property
    def unallocated(self) -> Money:
        """What is the client's: advances, overpayments, and what credit notes have set free."""
        return self.received - self.allocated - self.repaid

    @property
    def advance_vat(self) -> Money:
        """The VAT in what is unallocated, at the rate of the day on which each part was received."""
        return self._sum(one.vat_of(self.free(one)) for one in self.receipts)

    def receipt(self, reference: str) -> Receipt | None:
        """The receipt of that name, or else the last by that document; None if there is none."""
        wanted = counted(reference)
        named = (one for one in self.receipts if one.name == wanted)
        return next(named, next((one for one in reversed(self.receipts) if counted(one.reference) == wanted), None))

    def free(self, receipt: Receipt) -> Money:
        """What of a receipt neither pays for an invoice nor has gone back."""
        allocated = self._sum(one.amount for one in self.allocations if one.receipt == receipt.name)
        repaid = self._sum(one.amount for one in self.repayments if one.receipt == receipt.name)
        return receipt.amount - allocated - repaid

    @property
    def allocate_by(self) -> Instant | None:
        """By when the first of what is unallocated is put to an invoice or given back; None if nothing is."""
        return min((by for one in self.receipts if (by := one.allocate_by) and self.free(one)), default=None)

    def asking(self, by: Instant, *receipts: Receipt) -> ClientAccount:
        """The account that has to deal by an instant with what is free of some receipts."""
        asked = (attrs.evolve(one, allocate_by=by) if one in receipts else one for one in self.receipts)
        return attrs.evolve(self, receipts=tuple(asked))

    def freed(self, before: ClientAccount, by: Instant) -> ClientAccount:
        """The account that has to deal by an instant with what is free of a receipt now and was not before."""
        return self.asking(by, *(one for one in self.receipts if self.free(one) > before.free(one)))

    def paid_on(self, invoice: CaseId) -> Money:
        """What is allocated to an invoice."""
        return self._sum(one.amount for one in self.allocations if one.invoice == invoice)

    def with_receipt(self, receipt: Receipt) -> ClientAccount:
        """The account after money has come."""
        return attrs.evolve(self, receipts=(*self.receipts, receipt))

    def allocating(self, receipt: str, invoice: CaseId, amount: Money) -> ClientAccount:
        """The account after a part of a receipt was put to an invoice."""
        return attrs.evolve(self, allocations=(*self.allocations, Allocation(receipt, invoice, amount)))

    def releasing(self, invoice: CaseId, over: Money) -> ClientAccount:
        """The account after an amount was taken from an invoice, what was put to it last first."""
        kept: list[Allocation] = []
        for one in reversed(self.allocations):
            gone = min(one.amount, over) if one.invoice == invoice else self._sum(())
            over -= gone
            if left := one.amount - gone:
                kept.append(attrs.evolve(one, amount=left))
        return attrs.evolve(self, allocations=tuple(reversed(kept)))

    def repaying(
        self, invoice: CaseId, reference: str, at: Instant, reason: str, year: int | None = None
    ) -> ClientAccount:
        """The account after all that was allocated to an invoice went back to the client."""
        gone = [one for one in self.allocations if one.invoice == invoice]
        back = tuple(Repayment(one.receipt, one.amount, reference, at, reason, year) for one in gone)
        kept = tuple(one for one in self.allocations if one.invoice != invoice)
        return attrs.evolve(self, allocations=kept, repayments=(*self.repayments, *back))
