"""Acme's rulebook: the shipped one, extended. `salesreg process list --rulebook acme.rules:RULES`."""

from collections.abc import Iterator
from pathlib import Path

from acme.refund import Refund, RefundProcess
from acme.sale import LAWYER, OurSale
from salesreg import COMMERCIAL, Case, Event
from salesreg.commercial import InvoiceProcess
from salesreg.commercial.domain.invoices import Invoice
from salesreg.process import Look, Opening, Template, reaction


@reaction(after=InvoiceProcess.refund_payment, clause="A2")
def owe_paid(case: Case[Invoice], _: Event, __: Look) -> Iterator[Opening[Refund]]:
    """Whoever refunds an invoice owes the client the money."""
    yield RefundProcess.owe(invoice=case.id)


TEXTS = Path(__file__).parent / "locale"
LETTERS = [
    Template("refund.ask_for_account.client", "Your refund", "Hello,\n\nhow shall we pay you {amount}?\n\n{signature}"),
    Template("refund.pay_back.client", "Your refund", "Hello,\n\nwe have paid you back {amount}.\n\n{signature}"),
]
RULES = COMMERCIAL.extended(
    "acme", roles=[LAWYER], processes=[OurSale, RefundProcess], reactions=[owe_paid], templates=LETTERS, locale=[TEXTS]
)
