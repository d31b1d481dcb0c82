"""Acme's rulebook: the shipped one, extended. `salesreg process list --rulebook acme.rules:RULES`."""

from collections.abc import Iterator
from pathlib import Path

from acme.refund import Refund, RefundProcess
from acme.sale import LAWYER, OurSale
from salesreg import COMMERCIAL, Case, Event
from salesreg.commercial import InvoiceProcess
from salesreg.commercial.domain.invoices import Invoice
from salesreg.process import Look, Opening, reaction


@reaction(after=InvoiceProcess.refund_payment, clause="A2")
def owe_what_was_paid(case: Case[Invoice], _: Event, __: Look) -> Iterator[Opening[Refund]]:
    """Whoever refunds an invoice owes the client the money."""
    yield RefundProcess.owe(invoice=case.id)


TEXTS = Path(__file__).parent / "locale"
RULES = COMMERCIAL.extended(
    "acme", roles=[LAWYER], processes=[OurSale, RefundProcess], reactions=[owe_what_was_paid], locale=[TEXTS]
)
