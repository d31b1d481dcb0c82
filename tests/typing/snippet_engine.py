"""The engine keeps the type of a case that it is given or begins."""

from salesreg.commercial import InvoiceProcess, Sale
from salesreg.commercial.domain.clients import ClientDraft
from salesreg.commercial.domain.deals import Deal
from salesreg.commercial.domain.invoices import Invoice
from salesreg.engine import ProcessEngine
from salesreg.process import Case
from salesreg.rules import Employee


def right(engine: ProcessEngine, anna: Employee) -> str | None:
    """Cases of a sale, typed or by ids."""
    begun: Case[Deal] = engine.start(Sale.register_prospect(source="fair", client=ClientDraft("Vega")), by=anna)
    moved: Case[Deal] = engine.perform(begun, Sale.approve_quote(), by="anna", expected_version=1)
    by_id: Case[Deal] = engine.perform("s-1", Sale.approve_quote(), by=anna, command_key="k")
    outside: Case[Deal] = engine.perform(begun, "approve_quote", {"quote_hash": None}, by=anna)
    several: tuple[Case[Deal], ...] = engine.cases(Sale, stage="opening")
    print(engine.start("sale", "register_prospect", {"source": "fair"}, by="anna", case_id="s-2").data)
    print(engine.perform("s-1", "approve_quote", by=anna), outside, several, engine.available(begun, by=anna))
    return moved.data.number or by_id.data.number


def wrong(engine: ProcessEngine, anna: Employee, invoice: Case[Invoice]) -> None:
    """A sale is no invoice, a deal no case, and a later step begins nothing."""
    deal = engine.start(Sale.register_prospect(source="fair", client=ClientDraft("Vega")), by=anna)
    lost: Case[Invoice] = engine.start(Sale.register_prospect(source="x", client=ClientDraft("V")), by=anna)  # E
    engine.start(Sale.approve_quote(), by=anna)  # E
    engine.perform(deal, Sale.register_prospect(source="x", client=ClientDraft("V")), by=anna)  # E
    engine.perform(deal, InvoiceProcess.void_invoice(reason="x"), by=anna)  # E
    engine.perform(invoice, Sale.approve_quote(), by=anna)  # E
    engine.perform(deal.data, Sale.approve_quote(), by=anna)  # E
    engine.perform(deal, Sale.approve_quote())  # E
    engine.perform(deal, Sale.approve_quote(), by=anna, quote_hash="x")  # E
    engine.start(Deal, by=anna)  # E
    several: tuple[Case[Deal], ...] = engine.cases(InvoiceProcess)  # E
    print(deal.data.weight, lost, several)  # E
