"""Acme's refund: what a client paid for a refunded invoice goes back to them in time. A process of its own."""

from typing import Annotated

from attrs import evolve, frozen

from salesreg import SYSTEM, DomainError, Money, Norm, Parameter, Process, Term
from salesreg.commercial.domain.invoices import Invoice
from salesreg.commercial.roles import FINANCE
from salesreg.process import Attempt, CaseId, Contact, Must, Ref, Stage, Text, Timer, start, stay, step
from salesreg.rules import Instant

PAY_BACK = Norm(
    "refund.pay_back",
    "Finance pays a client back in time, not counting the wait for the client's account.",
    "A2",
    FINANCE,
    term=Term.parse("3 business days"),
    pausable=True,
    control="the payment order",
    metric="share of refunds paid in time",
)

InvoiceId = Annotated[CaseId, Ref(Invoice, process="invoice")]


@frozen
class Refund:
    """Money that goes back to a client, to their account of 20 digits once they have said which."""

    invoice: InvoiceId
    amount: Money
    contact_email: str | None
    ask_again_at: Instant | None = None  # set while the client's account is awaited
    account: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.account is not None and not (self.account.isdigit() and len(self.account) == 20):
            raise DomainError("refund_account", "an account has 20 digits, and {got} is none", got=self.account)


client = Contact[Refund](lambda refund: refund.contact_email)
account_known = Must[Refund](lambda refund: refund.account is not None, "no_account", "the client's account is unknown")


class RefundProcess(Process[Refund]):
    """From a refunded invoice to the money in the client's account."""

    id, version, title = "refund", 1, "Refund"
    facts = {"amount": lambda refund: refund.amount}  # what letters may name

    ask_again = Parameter("refund.ask_again", Term, "After how long a client is asked again.", clause="A2")

    owed = Stage("Owed to the client", FINANCE, PAY_BACK)
    paid_back = Stage("Paid back", final=True)

    @step(start(owed), "Owe a refund", by=SYSTEM, notify=FINANCE, clause="A2")
    def owe(self, attempt: Attempt, *, invoice: InvoiceId) -> Refund:
        refunded: Invoice = attempt.related[invoice].data
        return Refund(invoice, refunded.paid, refunded.contact_email)

    @step(stay(owed), "Ask for the client's account", by=[FINANCE, SYSTEM], notify=client, clause="A2")
    def ask_for_account(self, refund: Refund, attempt: Attempt) -> Refund:
        return evolve(refund, ask_again_at=attempt.due(self.ask_again))

    @step(stay(owed), "Record the client's account", by=FINANCE, clause="A2")
    def record_account(self, refund: Refund, *, account: Text) -> Refund:
        return evolve(refund, account=account, ask_again_at=None)

    @step(owed.to(paid_back), "Pay the client back", by=FINANCE, requires=[account_known], notify=client, clause="A2")
    def pay_back(self, refund: Refund, *, payment_order: Text) -> Refund:
        return refund

    client_is_asked_again = Timer(ask_for_account, at=lambda refund: refund.ask_again_at)

    @classmethod
    def on_hold(cls, data: Refund) -> bool:
        """The clock of what is owed stands still while the client's account is awaited."""
        return data.ask_again_at is not None
