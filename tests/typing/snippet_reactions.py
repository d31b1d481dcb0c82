"""A reaction is typed for the entity whose step it follows on, and yields commands."""

from collections.abc import Iterator

from salesreg.commercial import InvoiceProcess, Sale, WorkOrderProcess
from salesreg.commercial.domain.deals import Deal
from salesreg.commercial.domain.invoices import Invoice
from salesreg.process import Case, Event, Follow, Look, Opening, reaction
from salesreg.rules import Parameter

LIMIT = Parameter("acme.limit", int)


@reaction(after=Sale.cancel_deal, clause="R34", if_refused="skip")
def void_invoices(deal: Case[Deal], event: Event, look: Look) -> Iterator[Follow | Opening[Invoice]]:
    """Right."""
    limit: int = look.value(LIMIT)
    for order in look.children(deal.id, WorkOrderProcess):
        for invoice in look.children(order.id, InvoiceProcess):
            if invoice.data.number is not None and len(event.clauses) < limit:
                yield InvoiceProcess.void_invoice(reason="the deal is cancelled").on(invoice)
        yield InvoiceProcess.auto_create_invoice(orders=(order.id,))


@reaction(after=Sale.approve_quote)  # E
def strange(invoice: Case[Invoice], event: Event, look: Look) -> Iterator[Follow]:
    """Wrong: typed for another entity."""
    print(invoice, event, look)
    yield from ()


@reaction(after=Sale.approve_quote)  # E
def bare(deal: Case[Deal], event: Event, look: Look) -> Iterator[str]:
    """Wrong: it yields no commands."""
    yield deal.id + event.id


@reaction(after="approve_quote")  # E
def untied(deal: Case[Deal], event: Event, look: Look) -> Iterator[Follow]:
    """Wrong: it follows on a text."""
    yield from ()


def at_hand(look: Look, deal: Case[Deal]) -> None:
    """What a look gives is typed too."""
    order = look.children(deal.id, WorkOrderProcess)[0]
    print(order.data.weight)  # E
    yielded: Follow = InvoiceProcess.void_invoice(reason="x").on(order)  # E
    print(yielded)
