"""The invoice: issued and signed within 30 minutes, sent by e-mail or fax, paid (R26–R32, R34)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from attrs import evolve

from salesreg.commercial.domain.accounts import called, clients_of
from salesreg.commercial.domain.channels import EMAIL, FAX, Channel
from salesreg.commercial.domain.deals import Deal
from salesreg.commercial.domain.invoices import CreditNote, Invoice, Payment, VatBy
from salesreg.commercial.domain.money import Money, readable
from salesreg.commercial.domain.numbers import number_key, spelled
from salesreg.commercial.domain.payment_terms import InvoiceBasis, PaymentTerms
from salesreg.commercial.domain.work import DueWith, OrderId, WorkOrder
from salesreg.commercial.parameters import DOCUMENT_LAG, DUE_WITH, NUMBER_PERIOD, VAT_RATE, WITHOUT_VAT
from salesreg.commercial.roles import FINANCE, SPECIALIST, FinanceOfficer, Specialist
from salesreg.process import (
    Attempt,
    Case,
    Charge,
    Checks,
    Contact,
    Must,
    ObligationStatus,
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
from salesreg.rules import SYSTEM, Instant, Norm, Parameter, open_norm
from salesreg.rules.conduct import OWN_ONLY

# -- by when, and what must be so --------------------------------------------------------------------------------------

ISSUE: Final = open_norm(
    "invoice.issue",
    "Finance issues and signs an invoice in time.",
    "R31",
    FINANCE,
    title="The thirty minutes are stated; whether they are working or wall-clock minutes is not.",
    default="30 working minutes",
    control="the signed invoice",
    metric="K12",
)
COMPLETE: Final = open_norm(
    "invoice.complete",
    "The specialist completes or withdraws in time a request for an invoice that finance has sent back.",
    "R29",
    SPECIALIST,
    title="How long completing a request for an invoice may take.",
    control="the completed request",
    metric="K12",
)
SEND: Final = open_norm(
    "invoice.send",
    "The specialist sends a signed invoice to the client in time.",
    "R32",
    SPECIALIST,
    title="How long sending an invoice may take.",
    control="the record of dispatch",
    metric="share of invoices sent in time",
)
PAYMENT: Final = open_norm(
    "invoice.payment",
    "Finance sees to it that the client pays in time.",
    "R34",
    FINANCE,
    title="How long the client has to pay.",
    control="the payment",
    metric="share of invoices paid in time",
)

ONCE: Final = Norm(
    "invoice.once",
    "A work is invoiced once; only a void or refunded invoice sets it free.",
    "R30",
    control="the unique key of the work",
    metric="number of works invoiced twice",
)
WITHOUT_REQUEST: Final = Norm(
    "invoice.without_request",
    "Finance invoices finished work without being asked, from the contract and the agreed price.",
    "R30",
    FINANCE,
    control="the price of the approved quote on every line",
    metric="K12",
)
BY_MAIL_OR_FAX: Final = Norm(
    "invoice.channel",
    "An invoice goes to the client by e-mail or fax.",
    "R32",
    SPECIALIST,
    control="the channel in the record of dispatch",
    metric="share of invoices sent in time",
)

# Where an order stands when its works may be invoiced: paid for in advance from the agreement on, by fact when done.
DONE: Final = ("in_progress", "work_done", "documents_issued", "delivered")
AGREED: Final = ("agreed", "awaiting_prepayment", *DONE)

# -- who, and which works ---------------------------------------------------------------------------------------------

specialist = Charge[Invoice]("specialist", SPECIALIST, "the invoice's specialist")
client = Contact[Invoice](lambda invoice: invoice.contact_email if invoice.channel == EMAIL else None)


def _at_its_time(order: Case[WorkOrder], works: tuple[str, ...], due_with: DueWith) -> Checks:
    """Work paid for by fact is invoiced when it is done or accepted, in advance from the agreement on (R27, R28)."""
    data, stage = order.data, order.stage
    if data.terms.terms is PaymentTerms.POSTPAY:
        ready = data.accepted if due_with is DueWith.ACT else tuple(one.work for one in data.done)
        wanted = tuple(work.id for work in data.works if not works or f"{order.id}/{work.id}" in works)
        early = tuple(work for work in wanted if work not in ready)
        if early and due_with is DueWith.ACT and stage in DONE and not set(early) & set(data.undone):
            yield Refusal(
                "not_yet_invoiced.accepted",
                "no act accepts the works {got} of {order}",
                need=ready,
                got=early,
                facts={"order": order.id},
                clause="R27",
            )
        elif early or stage not in DONE:
            facts = {"order": order.id}
            yield Refusal(
                "not_yet_invoiced.done", "the work of {order} is not done", need=ready, got=early or stage,
                facts=facts, clause="R27",
            )  # fmt: skip
    elif stage not in AGREED:
        yield Refusal(
            "not_yet_invoiced.agreed",
            "the draft of {order} is not agreed",
            need=AGREED,
            got=stage,
            facts={"order": order.id},
            clause="R28",
        )


def _within_the_term(order: Case[WorkOrder], works: tuple[str, ...], deal: Deal, attempt: Attempt) -> Checks:
    """Work done, or paid for in advance, after the contract has ended is not invoiced under it (R20)."""
    contract, data = deal.contract, order.data
    if contract is None or contract.ends_at is None:
        return
    wanted = (work.id for work in data.works if not works or f"{order.id}/{work.id}" in works)
    if late := tuple(work for work in wanted if contract.has_ended(data.done_at(work) or attempt.at)):
        facts = {"number": contract.number, "order": order.id}
        text = "the works {got} of {order} are later than the end of contract {number} on {need}: renew it first"
        yield Refusal("contract_ended", text, contract.ends_at.isoformat(), late, facts, clause="R20")


def _settles(invoice: Invoice) -> bool:
    """Whether nothing is left to pay."""
    return not invoice.remaining


class InvoiceProcess(Process[Invoice]):
    """From the data for an invoice to the money.

    A guard stands above the step that it holds up; what a payment does to the order stands in `reactions`.
    """

    id, version, title = "invoice", 1, "Invoice"
    retention = Retention("an invoice is an accounting document (402-FZ art. 29)", 5)

    vat_rate = VAT_RATE
    without_vat = WITHOUT_VAT
    vat_by = Parameter("invoice.vat_by", VatBy, "Whether VAT is rounded by line or by total.", clause="R31")
    due_with = DUE_WITH
    number_period = NUMBER_PERIOD
    prices_include_vat = Parameter("invoice.prices_include_vat", bool, "Whether quotes hold the VAT.", clause="R31")
    extra_channels = Parameter(
        "invoice.extra_channels", frozenset[str], "Channels beside e-mail and fax.", clause="R32", default=frozenset()
    )

    requested = Stage("Requested", FINANCE, no_term="the issue has a clock of its own")
    returned = Stage("Sent back to be completed", specialist, COMPLETE)
    issued = Stage("Issued and signed", specialist, SEND)
    sent = Stage("Sent to the client", FINANCE, no_term="the payment has a clock of its own")
    paid = Stage("Paid", ended=True)
    void = Stage("Void", final=True)
    refunded = Stage("Money given back", final=True)

    charges = (specialist,)
    searchable = {
        "number": lambda invoice: invoice.number,
        "order": lambda invoice: invoice.orders,
        "specialist": lambda invoice: invoice.specialist,
    }
    facts = {
        "what": lambda invoice: invoice.number or ", ".join(dict.fromkeys(line.item for line in invoice.lines)),
        "amount": lambda invoice: readable(invoice.totals.gross),
    }

    # -- how it comes about ---------------------------------------------------------------------------------------

    @step(start(requested), "Ask for an invoice", by=[SPECIALIST, SYSTEM], notify=FINANCE, clause="R29", norms=[ONCE])
    def request_invoice(
        self, attempt: Attempt, *, orders: tuple[OrderId, ...], works: tuple[str, ...] = (), note: str = ""
    ) -> Outcome[Invoice]:
        """No works means every work of the orders; each is asked for by whoever is in charge of it (R14)."""
        me = attempt.principal.id
        for order in (attempt.related[one] for one in orders):
            if attempt.role == SPECIALIST.id and attempt.regulation.value(OWN_ONLY) and order.data.specialist != me:
                yield Refusal(
                    "not_assigned.order", "{order} is with {need}", need=order.data.specialist, got=me,
                    facts={"order": order.id}, clause="R14",
                )  # fmt: skip
        return (yield from self.drawn_up(orders, works, InvoiceBasis.REQUEST, attempt))

    @step(
        start(requested),
        "Begin an invoice without a request",
        by=[FINANCE, SYSTEM],
        notify=FINANCE,
        clause="R30",
        norms=[WITHOUT_REQUEST, ONCE],
    )
    def auto_create_invoice(
        self, attempt: Attempt, *, orders: tuple[OrderId, ...], works: tuple[str, ...] = ()
    ) -> Outcome[Invoice]:
        return (yield from self.drawn_up(orders, works, InvoiceBasis.AUTO, attempt))

    def rate_on(self, day: dt.date) -> Decimal | None:
        """The VAT rate of a day; None for a sale without VAT."""
        return None if self.without_vat.on(day) else self.vat_rate.on(day)

    def rate_of(self, order: WorkOrder, work: str, attempt: Attempt) -> Decimal | None:
        """The VAT rate of a work by the day that it was done on; today's while it is still to be done."""
        return self.rate_on(attempt.day_of(order.done_at(work) or attempt.at))

    def drawn_up(
        self, orders: tuple[OrderId, ...], works: tuple[str, ...], basis: InvoiceBasis, attempt: Attempt
    ) -> Outcome[Invoice]:
        """One or many works of one client, each at its time, at the approved price of a contract in force (R27–R30)."""
        yield from need(orders or None, Refusal("no_works", "an invoice is asked for with the works that it is for"))
        cases: dict[str, Case[WorkOrder]] = {one: attempt.related[one] for one in orders}
        deals: dict[str, Case[Deal]] = {one.data.deal: attempt.related[one.data.deal] for one in cases.values()}
        for order in cases.values():
            yield from _at_its_time(order, works, self.due_with)
            yield from _within_the_term(order, works, deals[order.data.deal].data, attempt)
        for deal in deals.values():
            if deal.stage != "in_force":
                yield Refusal(
                    "contract_not_in_force",
                    "deal {deal} has no contract in force",
                    need="in_force",
                    got=deal.stage,
                    facts={"deal": deal.id},
                    clause="R30",
                )
        clients = {clients_of(deal.data)[0]: deal.data.counterparty for deal in deals.values()}
        if len(clients) > 1:
            got = tuple(sorted(client if known is None else called(known) for client, known in clients.items()))
            yield Refusal("several_clients", "an invoice is for the works of one client", got=got, clause="R29")
        if len(terms := {order.data.terms.terms for order in cases.values()}) > 1:
            got = tuple(sorted(map(str, terms)))
            yield Refusal("mixed_terms", "an invoice is for work to be done or for work done", got=got, clause="R28")
        known = tuple(f"{order.id}/{work.id}" for order in cases.values() for work in order.data.works)
        strange = tuple(work for work in works if work not in known)
        unknown = Refusal("unknown_work", "none of the orders has {got}", need=known, got=strange, clause="R29")
        yield from need(None if strange else known, unknown)
        priced = [(one, cases[one].data, deals[cases[one].data.deal].data) for one in orders]
        return (
            yield from built(
                lambda: Invoice.of(
                    priced, works, basis, attempt.at,
                    vat_rate=lambda order, work: self.rate_of(order, work.id, attempt),
                    vat_by=self.vat_by,
                    prices_include_vat=self.prices_include_vat,
                    client=min(clients),
                )
            )
        )  # fmt: skip

    @step(requested.to(returned), "Send the request back", by=FINANCE, notify=specialist, clause="R29")
    def return_invoice_request(self, invoice: Invoice, attempt: Attempt, *, reason: Text) -> Outcome[Invoice]:
        """A return is no issue: the clock stands still meanwhile and runs on with what was left."""
        if spelled(reason) in (said := tuple(spelled(one.reason) for one in invoice.returns)):
            yield Refusal(
                "same_reason",
                "the request came back for this before: say what is missing now",
                got=reason,
                facts={"times": len(said)},
            )
        return invoice.returned(reason, attempt.by.id, attempt.at)

    @step(returned.to(requested), "Complete the request", by=SPECIALIST, only=specialist, notify=FINANCE, clause="R29")
    def resubmit_invoice_request(self, invoice: Invoice, attempt: Attempt, *, completed: Text) -> Invoice:
        return invoice.completed(completed, attempt.at)

    @step(
        (requested | returned).to(void),
        "Withdraw the request",
        by=[SPECIALIST, SYSTEM],
        only=specialist,
        notify=[FINANCE, specialist],
        clause="R29",
        norms=[ONCE],
    )
    def withdraw_invoice_request(self, invoice: Invoice, *, reason: Text) -> Invoice:
        """Finance, whose time runs, sends a request back; whoever it is for says that it falls."""
        return evolve(invoice, void_reason=reason)

    def price_still_agreed(self, invoice: Invoice, attempt: Attempt) -> Checks:
        """An invoice is issued at a price that is approved at that moment, or was when the work was ordered (R30)."""
        deals: list[Deal] = [attempt.related[one].data for one in invoice.deals]
        approved = tuple(sorted(deal.quote_hash for deal in deals if deal.approval is not None))
        stands = {line.quote_hash for line in invoice.lines if any(one.agreed(line.quote_hash) for one in deals)}
        if stale := tuple(line.ref for line in invoice.lines if line.quote_hash not in stands):
            yield Refusal(
                "price_not_agreed", "the price of {got} is approved no longer", need=approved, got=stale, clause="R30"
            )

    @step(
        requested.to(paid, when=_settles) | requested.to(issued),
        "Issue and sign the invoice",
        by=FINANCE,
        requires=[price_still_agreed],
        notify=specialist,
        clause="R31",
    )
    def issue_invoice(
        self,
        invoice: Invoice,
        attempt: Attempt,
        *,
        number: Text,
        signed_by: FinanceOfficer,
        amount: Money | None = None,
    ) -> Outcome[Invoice]:
        """One that comes to nothing is settled; whoever says what it comes to signs no other amount by mistake."""
        due = invoice.totals.gross
        if amount is not None and amount != due:
            yield Refusal(
                "wrong_amount", "the agreed price with VAT is {need}, not {got}", need=str(due), got=str(amount)
            )
        period = self.number_period.of(attempt.today)
        return evolve(invoice, number=number, number_period=period, issued_at=attempt.at, signed_by=signed_by)

    @step(
        issued.to(sent),
        "Send the invoice to the client",
        by=SPECIALIST,
        only=specialist,
        notify=[client, FINANCE],
        clause="R32",
        norms=[BY_MAIL_OR_FAX],
    )
    def send_invoice(self, invoice: Invoice, attempt: Attempt, *, channel: Channel) -> Outcome[Invoice]:
        allowed = tuple(sorted({EMAIL, FAX} | self.extra_channels))
        if channel not in allowed:
            yield Refusal("channel_not_allowed", "an invoice is not sent by {got}", need=allowed, got=channel)
        return evolve(invoice, channel=channel, sent_at=attempt.at)

    # -- the money ------------------------------------------------------------------------------------------------

    @step((issued | sent).to(paid), "Record the payment", by=FINANCE, notify=specialist, clause="R34")
    def record_payment(
        self, invoice: Invoice, attempt: Attempt, *, amount: Money, reference: Text, paid_at: Past | None = None
    ) -> Outcome[Invoice]:
        """A payment in full brings at least what is still to come; what is over stays on the client's account."""
        yield from _after_issue(paid_at, invoice)
        left, got = str(invoice.remaining), str(amount)
        if amount.currency != invoice.remaining.currency or amount < invoice.remaining:
            yield Refusal(
                "wrong_amount.full", "a payment in full brings at least {need}, not {got}", need=left, got=got
            )
        return invoice.received(Payment(invoice.remaining, paid_at or attempt.at, reference))

    @step(stay(issued, sent), "Record a payment in part", by=FINANCE, notify=specialist, clause="R34")
    def record_part_payment(
        self, invoice: Invoice, attempt: Attempt, *, amount: Money, reference: Text, paid_at: Past | None = None
    ) -> Outcome[Invoice]:
        """A payment in part leaves something to come."""
        yield from _after_issue(paid_at, invoice)
        left = invoice.remaining
        if amount.currency != left.currency or not 0 < amount.amount < left.amount:
            due, got = str(left), str(amount)
            yield Refusal("wrong_amount.part", "a payment in part is less than {need}, not {got}", need=due, got=got)
        return invoice.received(Payment(amount, paid_at or attempt.at, reference))

    @step((issued | sent).to(paid), "Note that the account covers it", by=SYSTEM, notify=specialist, clause="R34")
    def note_payment(self, invoice: Invoice, *, payments: tuple[Payment, ...], paid_at: Past) -> Invoice:
        """What is paid is what the client's account says."""
        return evolve(invoice, payments=payments)

    @step(stay(issued, sent), "Note what the account puts to it", by=SYSTEM, notify=specialist, clause="R34")
    def note_allocation(self, invoice: Invoice, *, payments: tuple[Payment, ...]) -> Invoice:
        return evolve(invoice, payments=payments)

    @step(
        stay(issued, sent) | paid.to(sent, when=lambda invoice: invoice.sent_at is not None) | paid.to(issued),
        "Note what the account takes back",
        by=SYSTEM,
        notify=[specialist, FINANCE],
        clause="R34",
    )
    def note_release(self, invoice: Invoice, *, payments: tuple[Payment, ...]) -> Invoice:
        return evolve(invoice, payments=payments)

    @step(
        (issued | sent).to(paid, when=_settles) | stay(issued, sent, paid),
        "Give credit for a line",
        by=FINANCE,
        notify=specialist,
        clause="R34",
    )
    def credit_line(
        self, invoice: Invoice, attempt: Attempt, *, work: Text, number: Text, reason: Text
    ) -> Outcome[Invoice]:
        """One line is not to be paid after all; what was paid for it stays on the client's account."""
        period = self.number_period.of(attempt.today)
        return (yield from built(lambda: invoice.credited(CreditNote(work, number, period, reason, attempt.at))))

    @step(
        stay(requested, returned, issued, sent, paid), "Settle the VAT by the day of the work", by=SYSTEM, clause="R31"
    )
    def settle_vat(self, invoice: Invoice, attempt: Attempt, *, works: tuple[str, ...], done_at: Instant) -> Invoice:
        """What was asked for in advance carries the rate of the day on which the work was done."""
        return invoice.settled(dict.fromkeys(works, self.rate_on(attempt.day_of(done_at))))

    nothing_paid = Must[Invoice](
        lambda invoice: not invoice.payments,
        "paid_in_part",
        "money has come for the invoice already: {got}",
        got=lambda invoice: str(invoice.paid),
    )

    @step(
        (issued | sent | paid).to(void),
        "Void the invoice",
        by=FINANCE,
        requires=[nothing_paid],
        notify=specialist,
        clause="R34",
        norms=[ONCE],
    )
    def void_invoice(self, invoice: Invoice, *, reason: Text) -> Invoice:
        return evolve(invoice, void_reason=reason)

    something_paid = Must[Invoice](
        lambda invoice: bool(invoice.payments), "nothing_paid", "no money has come to give back"
    )

    @step(
        (issued | sent | paid).to(refunded),
        "Give the money back",
        by=FINANCE,
        requires=[something_paid],
        notify=specialist,
        clause="R34",
    )
    def refund_payment(self, invoice: Invoice, *, reference: Text, reason: Text) -> Invoice:
        return evolve(invoice, refund=reference)

    @step(anywhere(), "Hand the invoice to the deal's new specialist", by=SYSTEM, notify=specialist, clause="R14")
    def reassign_invoice(self, invoice: Invoice, *, specialist: Specialist) -> Invoice:
        return evolve(invoice, specialist=specialist)

    issued_in_time = Sla(
        ISSUE, start=[request_invoice, auto_create_invoice], stop=issue_invoice, owner=FINANCE, pause_in=[returned]
    )
    client_pays = Sla(
        PAYMENT,
        start=[send_invoice, note_release],
        stop=[record_payment, note_payment],
        owner=FINANCE,
        occurred="paid_at",
        lag=DOCUMENT_LAG,
    )

    @classmethod
    def is_overdue(cls, case: Case[Invoice], at: dt.datetime) -> bool:
        """Whether the client is late at an instant: overdue follows from the clock and is no stage (R34)."""
        return any(
            one.norm == PAYMENT.id and one.status_at(at) is ObligationStatus.BREACHED for one in case.obligations
        )

    @classmethod
    def keys(cls, data: Invoice) -> Iterable[str]:
        """The invoice's number in its year, a credit note's, and every work that it covers while it stands (R30)."""
        if data.number is not None:
            yield number_key("invoice", data.number_period, data.number)
        yield from (number_key("credit_note", note.number_period, note.number) for note in data.credits)
        if data.stands:
            yield from (f"invoice.work:{line.ref}" for line in data.owed_lines)

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """A work is invoiced once, and two invoices never share a number."""
        kind, _, name = key.partition(":")
        name, by = name if kind == "invoice.work" else name.partition(":")[2], {"holder": holder}
        if kind == "invoice.work":
            return Refusal("already_invoiced", "work {got} is in invoice {holder}", got=name, facts=by, clause="R30")
        if kind == "credit_note.number":
            return Refusal("credit_taken", "credit note {got} belongs to {holder}", got=name, facts=by, clause="R34")
        return Refusal("number_taken", "invoice number {got} belongs to {holder}", got=name, facts=by, clause="R31")


def _after_issue(paid_at: dt.datetime | None, invoice: Invoice) -> Checks:
    """Money that came before the invoice is an advance, which the client's account takes."""
    if paid_at is not None and invoice.issued_at is not None and paid_at < invoice.issued_at:
        yield Refusal(
            "paid_in_advance",
            "what came at {got}, before the invoice, is an advance: record it in the client's account and allocate it",
            need=invoice.issued_at.isoformat(),
            got=paid_at.isoformat(),
            clause="R28",
        )
