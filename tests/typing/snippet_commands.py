"""A step that is called is a command with its payload's types; a case takes the commands of its own entity."""

from decimal import Decimal

import attrs

from salesreg.commercial import InvoiceProcess, Sale
from salesreg.commercial.domain.clients import ClientDraft
from salesreg.commercial.domain.deals import Deal
from salesreg.commercial.domain.invoices import Invoice
from salesreg.commercial.domain.money import Money
from salesreg.process import Case, Command, Follow, Opening, Process, Stage, Step, Text, stay, step
from salesreg.rules import Role

LAWYER = Role("lawyer", "lawyer")


@attrs.frozen
class AcmeDeal(Deal):
    """A deal with a lawyer."""

    lawyer: str | None = None


class AcmeSale(Sale, entity=AcmeDeal):
    """A sale of one's own."""

    version = 2

    @step(stay(Sale.opening), "Instruct", by=LAWYER)
    def instruct(self, deal: AcmeDeal, *, lawyer: Text) -> AcmeDeal:
        """A step that needs the wider entity."""
        return attrs.evolve(deal, lawyer=lawyer)


class Short(Process[Deal]):
    """A step without payload."""

    id = "short"
    one = Stage("One", LAWYER, no_term="x")
    go = Step(stay(one), "Go", by=LAWYER)


def take(case: Case[Deal], command: Command[Deal]) -> Case[Deal]:
    """Whoever carries out commands on deals."""
    print(command)
    return case


def begin(command: Opening[Deal]) -> None:
    """Whoever begins deals."""
    print(command)


def right(deal: Case[Deal], ours: Case[AcmeDeal], invoice: Case[Invoice]) -> None:
    """Every command says what it is of."""
    opening: Opening[Deal] = Sale.register_prospect(source="fair", client=ClientDraft("Vega"))
    command: Command[Deal] = Sale.open_deal(number="D-1", existing=None)
    begin(opening)
    take(deal, command)
    take(ours, Sale.reject_quote(reason="dear"))
    mine: Command[AcmeDeal] = Sale.reject_quote(reason="dear")
    theirs: Command[AcmeDeal] = AcmeSale.instruct(lawyer="olga")
    follow: Follow = InvoiceProcess.issue_invoice(number="A-17", signed_by="finn").on(invoice)
    issue: Command[Invoice] = InvoiceProcess.issue_invoice(number="A", signed_by="finn", amount=Money(Decimal(5)))
    wide: Case[Deal] = ours
    print(mine, theirs, follow, issue, wide, Short.go())


def wrong(deal: Case[Deal], ours: Case[AcmeDeal], invoice: Case[Invoice]) -> None:
    """Another field, another type, another entity, a step at the wrong end."""
    InvoiceProcess.issue_invoice(numbr="A-17", signed_by="finn")  # E
    InvoiceProcess.issue_invoice(number=7, signed_by="finn")  # E
    InvoiceProcess.issue_invoice(number="A-17")  # E
    InvoiceProcess.issue_invoice(number="A-17", signed_by=object())  # E
    InvoiceProcess.issue_invoice("A-17", signed_by="finn")  # E
    Short.go(reason="x")  # E
    begin(Sale.open_deal(number="D-1", existing=None))  # E
    take(deal, Sale.register_prospect(source="fair", client=ClientDraft("Vega")))  # E
    take(deal, InvoiceProcess.void_invoice(reason="x"))  # E
    take(invoice, Sale.reject_quote(reason="x"))  # E
    take(deal, AcmeSale.instruct(lawyer="olga"))  # E
    narrow: Case[AcmeDeal] = deal  # E
    InvoiceProcess.void_invoice(reason="x").on(deal)  # E
    lost: Command[Invoice] = Sale.reject_quote(reason="x")  # E
    print(narrow, lost)
