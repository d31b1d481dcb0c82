"""The client's account: what has come from a client, which invoices it pays for, and what is the client's still."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from attrs import evolve

from salesreg.calendars import Term
from salesreg.commercial.domain.accounts import ClientAccount, Receipt, Repayment, called, clients_of, document_of
from salesreg.commercial.domain.clients import Counterparty
from salesreg.commercial.domain.deals import Deal, DealId
from salesreg.commercial.domain.invoices import InvoiceId
from salesreg.commercial.domain.money import Money
from salesreg.commercial.parameters import VAT_RATE, WITHOUT_VAT
from salesreg.commercial.roles import FINANCE
from salesreg.process import (
    Attempt,
    CaseId,
    Checks,
    Must,
    Outcome,
    Past,
    Process,
    Refusal,
    Retention,
    Sla,
    Stage,
    Text,
    anywhere,
    built,
    need,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Norm, Parameter

SPENT_ONCE = Norm(
    "client_account.spent_once",
    "A payment is recorded once, and each part of it pays for one invoice or goes back.",
    "R34",
    FINANCE,
    control="the unique key of the bank's document",
    metric="share of invoices paid in time",
)
ALLOCATE = Norm(
    "client_account.allocate",
    "Finance puts a client's money to an invoice, gives it back, or says why it is kept, in time.",
    "R34",
    FINANCE,
    control="the allocation, the repayment, or the reason for keeping the money",
    metric="share of receipts allocated in time",
)

nothing_left = Must[ClientAccount](
    lambda account: not account.unallocated,
    "money_left",
    "{got} is the client's still: allocate it or give it back",
    got=lambda account: str(account.unallocated),
)


class ClientAccountProcess(Process[ClientAccount]):
    """What one client has paid in one currency, and what for.

    An invoice is paid when what is allocated to it covers it; `reactions` carry that over, both ways.
    """

    id, version, title = "client_account", 1, "Client's account"
    retention = Retention("receipts are accounting documents (402-FZ art. 29)", 5)

    vat_rate = VAT_RATE
    without_vat = WITHOUT_VAT
    allocate_within = Parameter(
        "client_account.allocate_within",
        Term,
        "By when finance allocates a client's money, gives it back or says why it is kept.",
        clause="R34",
    )
    keep_for = Parameter(
        "client_account.keep_for",
        Term,
        "How long an advance is kept before finance looks at it again; an invoice that is issued ends that.",
        clause="R34",
    )

    open = Stage("Open", FINANCE, no_term="money comes when the client sends it")
    closed = Stage("Closed", ended=True)

    searchable = {
        "client": lambda account: (*account.records, account.name),
        "number": lambda account: [one.reference for one in account.receipts],
    }
    facts = {"what": lambda account: account.name}

    @step(start(open), "Open the account", by=[FINANCE, SYSTEM], clause="R34", norms=[SPENT_ONCE])
    def open_account(self, attempt: Attempt, *, deal: DealId, currency: str = "RUB") -> Outcome[ClientAccount]:
        """Of the client that a deal has: nobody else's money is kept."""
        nobody = Refusal("no_counterparty.account", "deal {got} has no counterparty yet", got=deal)
        known: Counterparty = yield from need(attempt.related[deal].data.counterparty, nobody)
        return (yield from built(lambda: ClientAccount(known.id, Money(0, currency).currency, called(known))))

    @step(stay(open, closed), "Follow the client's record", by=SYSTEM, clause="R12")
    def follow_client(self, account: ClientAccount, *, client: str, name: str) -> ClientAccount:
        """The account of a client whose record was corrected or merged is the client's as before."""
        later = account.later if client in account.records else (*account.later, client)
        return evolve(account, name=name, later=later)

    # -- what comes ---------------------------------------------------------------------------------------------------

    @step(stay(open), "Record money from the client", by=FINANCE, clause="R34", norms=[SPENT_ONCE])
    def receive_payment(
        self, account: ClientAccount, attempt: Attempt, *, amount: Money, reference: Text, received_at: Past
    ) -> Outcome[ClientAccount]:
        """An advance until it is allocated, with the VAT of the day on which it came."""
        return (yield from self.entered(account, attempt, amount, reference, received_at))

    @step(
        (open | closed).to(open),
        "Take over what was recorded on an invoice",
        by=SYSTEM,
        clause="R34",
        norms=[SPENT_ONCE],
    )
    def enter_payment(
        self,
        account: ClientAccount,
        attempt: Attempt,
        *,
        invoice: CaseId,
        amount: Money,
        allocated: Money,
        reference: Text,
        received_at: Past,
    ) -> Outcome[ClientAccount]:
        """What is more than the invoice asked for stays the client's."""
        after = yield from self.entered(account, attempt, amount, reference, received_at)
        return after.allocating(after.receipts[-1].name, invoice, allocated)

    def entered(
        self, account: ClientAccount, attempt: Attempt, amount: Money, reference: str, at: dt.datetime
    ) -> Outcome[ClientAccount]:
        """The account after money has come, at the VAT rate of its day."""
        if amount.currency != account.currency:
            yield Refusal(
                "other_currency", "the account is in {need}, not in {got}", need=account.currency, got=amount.currency
            )
        day = attempt.day_of(at)
        rate: Decimal | None = None if self.without_vat.on(day) else self.vat_rate.on(day)
        by = attempt.due(self.allocate_within)
        return (yield from built(lambda: account.with_receipt(Receipt(reference, amount, at, rate, day.year, by))))

    # -- what it pays for ---------------------------------------------------------------------------------------------

    @step(stay(open), "Allocate money to an invoice", by=FINANCE, clause="R34", norms=[SPENT_ONCE])
    def allocate(
        self, account: ClientAccount, attempt: Attempt, *, receipt: Text, invoice: InvoiceId, amount: Money
    ) -> Outcome[ClientAccount]:
        """At most what is left of the receipt, and at most what is still to come for the invoice."""
        found = yield from need(account.receipt(receipt), _unknown_receipt(account, receipt))
        case = attempt.related[invoice]
        deal: Deal = attempt.related[case.data.deals[0]].data
        if set(clients_of(deal)).isdisjoint(account.records):
            got = deal.counterparty and called(deal.counterparty)
            yield Refusal("other_client", "{invoice} is another client's", need=account.name, got=got,
                          facts={"invoice": invoice})  # fmt: skip
        if case.data.paid != account.paid_on(invoice):
            yield Refusal("other_account", "{invoice} is paid from another account of the client's: go on with that",
                          need=str(case.data.paid), got=str(account.paid_on(invoice)),
                          facts={"invoice": invoice})  # fmt: skip
        if case.stage not in {"issued", "sent"}:
            yield Refusal("not_to_be_paid", "{invoice} is not to be paid now", need=("issued", "sent"), got=case.stage,
                          facts={"invoice": invoice})  # fmt: skip
        yield from _at_most(amount, min(account.free(found).amount, case.data.remaining.amount), account)
        return account.allocating(found.name, invoice, amount)

    @step(stay(open), "Take money back from an invoice", by=FINANCE, clause="R34")
    def release(
        self, account: ClientAccount, attempt: Attempt, *, invoice: InvoiceId, reason: Text
    ) -> Outcome[ClientAccount]:
        """What was put to the wrong invoice is unallocated again."""
        paid = account.paid_on(invoice)
        if not paid:
            yield Refusal("nothing_allocated", "nothing is allocated to {got}", got=invoice)
        elif (stage := attempt.related[invoice].stage) not in {"issued", "sent", "paid"}:
            yield Refusal("not_open", "{invoice} stands no longer", got=stage, facts={"invoice": invoice})
        return account.releasing(invoice, paid).freed(account, attempt.due(self.allocate_within))

    @step(stay(open), "Keep an advance", by=FINANCE, clause="R34", norms=[ALLOCATE])
    def keep_advance(
        self, account: ClientAccount, attempt: Attempt, *, receipt: Text, reason: Text
    ) -> Outcome[ClientAccount]:
        """What no invoice stands for yet waits for one, for a while."""
        found = yield from need(account.receipt(receipt), _unknown_receipt(account, receipt))
        yield from need(
            account.free(found).amount or None, Refusal("nothing_free", "nothing is left of {got}", got=found.name)
        )
        return account.asking(attempt.due(self.keep_for), found)

    @step(stay(open), "Ask for what is kept", by=SYSTEM, clause="R34")
    def end_keeping(self, account: ClientAccount, attempt: Attempt) -> ClientAccount:
        """There is an invoice now to which an advance can be put."""
        by = attempt.due(self.allocate_within)
        return account.asking(by, *(one for one in account.receipts if one.allocate_by is None or one.allocate_by > by))

    # -- what goes back -----------------------------------------------------------------------------------------------

    @step(stay(open), "Give unallocated money back", by=FINANCE, clause="R34", norms=[SPENT_ONCE])
    def repay(
        self, account: ClientAccount, attempt: Attempt, *, receipt: Text, amount: Money, reference: Text, reason: Text
    ) -> Outcome[ClientAccount]:
        found = yield from need(account.receipt(receipt), _unknown_receipt(account, receipt))
        yield from _at_most(amount, account.free(found).amount, account)
        yield from _unused(account, attempt, reference)
        back = Repayment(found.name, amount, reference, attempt.at, reason, attempt.today.year)
        return evolve(account, repayments=(*account.repayments, back))

    @step((open | closed).to(open), "Take over a credit note", by=SYSTEM, clause="R34")
    def enter_credit(
        self, account: ClientAccount, attempt: Attempt, *, invoice: CaseId, amount: Money
    ) -> ClientAccount:
        """What was paid for a line that is not to be paid is the client's again."""
        return account.releasing(invoice, amount).freed(account, attempt.due(self.allocate_within))

    @step((open | closed).to(open), "Take over money given back for an invoice", by=SYSTEM, clause="R34")
    def enter_refund(
        self, account: ClientAccount, attempt: Attempt, *, invoice: CaseId, reference: Text, reason: Text
    ) -> Outcome[ClientAccount]:
        yield from _unused(account, attempt, reference)
        return account.repaying(invoice, reference, attempt.at, reason, attempt.today.year)

    @step(anywhere(closed), "Close the account", by=FINANCE, requires=[nothing_left], clause="R34")
    def close_account(self, account: ClientAccount, *, reason: Text) -> ClientAccount:
        return account

    @step(closed.to(open), "Reopen the account", by=FINANCE, clause="R34")
    def reopen_account(self, account: ClientAccount, *, reason: Text) -> ClientAccount:
        return account

    allocated_in_time = Sla(
        ALLOCATE,
        start=[receive_payment, enter_payment, release, enter_credit, allocate, repay],
        stop=[allocate, repay],
        owner=FINANCE,
        due=lambda account: account.allocate_by,
    )

    @classmethod
    def began(cls, data: ClientAccount) -> None:
        """Money may have come before the account was kept."""

    @classmethod
    def keys(cls, data: ClientAccount) -> Iterable[str]:
        """One account per client and currency, one record per document of the bank's."""
        yield account_key(data.client, data.currency)
        yield from (f"client_account.receipt:{one}:{receipt.name}" for one in data.records for receipt in data.receipts)
        back = {one.document for one in data.repayments}
        yield from (f"client_account.repayment:{name}" for name in sorted(back))

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """A client has one account, and a document is recorded once."""
        kind, _, name = key.partition(":")
        by = {"holder": holder}
        if kind == "client_account":
            return Refusal("account_exists", "{got} has the account {holder}", got=name, facts=by, clause="R34")
        return Refusal("reference_taken", "{got} is recorded in {holder}", got=name, facts=by, clause="R34")


def account_key(client: str, currency: str) -> str:
    """The unique key of a client's account."""
    return f"client_account:{client}:{currency}"


def _unknown_receipt(account: ClientAccount, reference: str) -> Refusal:
    known = tuple(one.name for one in account.receipts)
    return Refusal("unknown_receipt", "the account has no receipt {got}", need=known, got=reference)


def _unused(account: ClientAccount, attempt: Attempt, reference: str) -> Checks:
    """Money goes back once by a document, whether from an invoice or from what is unallocated."""
    if document_of(reference, attempt.today.year) in {one.document for one in account.repayments}:
        facts = {"holder": attempt.case}
        yield Refusal("reference_taken", "{got} is recorded in {holder}", got=reference, facts=facts, clause="R34")


def _at_most(amount: Money, most: Decimal, account: ClientAccount) -> Checks:
    if amount.currency != account.currency or not 0 < amount.amount <= most:
        need = str(Money(most, account.currency))
        yield Refusal("too_much", "{got} is not between 0 and {need}", need=need, got=str(amount))
