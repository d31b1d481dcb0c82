"""Acme's first weeks with rules of its own: `python main.py acme.db`."""

import datetime as dt
import sys
from pathlib import Path

from acme.people import Staff
from acme.refund import RefundProcess
from acme.rules import RULES
from acme.sale import OurSale

from salesreg import Case, Money, ProcessEngine, StepRefused, example, open_engine
from salesreg.commercial import InvoiceProcess, Sale, WorkOrderProcess
from salesreg.commercial.domain.clients import ClientDraft, Contact
from salesreg.commercial.domain.deals import Deal
from salesreg.commercial.domain.prices import QuoteLine
from salesreg.commercial.domain.work import DraftedDocument, Work, WorkRequest
from salesreg.testing import ManualClock

ACME = RULES.load(Path(__file__).with_name("acme.toml"))
SIGNS = Contact("Ivan Petrov", is_decision_maker=True)


def before(url: str) -> None:
    """Two sales on the shipped page; the price of one of them is approved."""
    clock = ManualClock(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))
    with open_engine(url, regulation=example(), directory=Staff(), clock=clock) as engine:
        submit(engine, ClientDraft("Vega", inn="7707083893", kpp="770701001", contacts=(SIGNS,)))
        submit(engine, ClientDraft("Lyra", inn="7736050003", kpp="773601001"))
        engine.perform("lyra", Sale.approve_quote(), by="irina")


def after(url: str) -> None:
    """Acme's rules: the sales move to Acme's page, one of them goes past the lawyer, and its client is paid back."""
    clock = ManualClock(dt.datetime(2026, 3, 3, 9, tzinfo=dt.UTC))
    with open_engine(url, rulebook=RULES, regulation=ACME, directory=Staff(), clock=clock) as engine:
        for dry_run in (True, False):
            plan = engine.migrate(Sale, stages={"opening": "legal_review"}, regulation=ACME, dry_run=dry_run)
            print("Would move:" if dry_run else "Moved:", *plan.moves, sep="\n  ")
        engine.perform("vega", Sale.approve_quote(), by="irina")
        print("Lev, in Lara's place:", *(f"{task.case.id} by {task.due}" for task in engine.tasks("lev")), sep="\n  ")
        try:
            engine.perform("lyra", OurSale.clear_sale(opinion="fine"), by="lev")
        except StepRefused as refused:
            print("Refused:", *refused.reasons("en"), *refused.reasons("ru"), sep="\n  ")
        engine.perform("lyra", OurSale.send_back(reason="who signs?"), by="lev")
        vega = engine.perform("vega", OurSale.clear_sale(opinion="fine"), by="lev")
        vega = engine.perform(vega, Sale.open_deal(number="D-1", existing=None), by="igor")
        print(f"Vega: deal {vega.data.number}, {vega.stage}")
        give_back(engine, vega)
        (refund,) = engine.cases(RefundProcess)
        print("Owed to Vega:", refund.data.amount, "by", refund.obligations[0].due)
        engine.perform(refund, RefundProcess.ask_for_account(), by="finn")
        clock.advance(dt.timedelta(days=7))
        print("By the clock:", engine.tick().fired)
        engine.perform(refund, RefundProcess.record_account(account="40702810500000000001"), by="finn")
        paid = engine.perform(refund, RefundProcess.pay_back(payment_order="17"), by="finn")
        print("Refund:", paid.stage, *(one.status for one in engine.history(paid)[-1].closed))


def submit(engine: ProcessEngine, client: ClientDraft) -> None:
    """A new sale, up to a price that waits for approval."""
    prospect = Sale.register_prospect(source="exhibition", client=client)
    deal = engine.start(prospect, by="anna", case_id=client.legal_name.lower())
    lines = (QuoteLine("audit", Money("50000")),)
    for command in (
        Sale.start_price_negotiation(contact_ref="meeting 1", base_version="2026-1", lines=lines),
        Sale.complete_questionnaire(meeting="1", answers={"client.contact": "Ivan", "product": "A", "volume": "1"}),
        Sale.confirm_client_readiness(evidence="letter 1"),
        Sale.submit_for_approval(),
    ):
        engine.perform(deal, command, by="anna")


def give_back(engine: ProcessEngine, deal: Case[Deal]) -> None:
    """An open deal, up to an invoice that is paid and refunded; order, invoice and refund come about by themselves."""
    do, requests = engine.perform, (WorkRequest("letter 17", (Work("1", "audit"),)),)
    do(deal, Sale.assign_specialist(specialist="petr", contact_email="buyer@vega.example"), by="irina")
    do(deal, Sale.draft_contract(number="C-1", template_version="3"), by="finn")
    do(deal, Sale.obtain_ceo_signature(signed_by="vera"), by="finn")
    do(deal, Sale.hand_over_contract(), by="finn")
    do(deal, Sale.dispatch_contract(channel="email"), by="petr")
    do(deal, Sale.record_scan_return(scan_ref="scan 1", signatory="Ivan Petrov", requests=requests), by="finn")
    (order,) = engine.cases(WorkOrderProcess, parent=deal)
    do(order, WorkOrderProcess.start_draft(), by="petr")
    do(order, WorkOrderProcess.submit_draft_to_client(documents=(DraftedDocument("1", "hash 1"),)), by="petr")
    do(order, WorkOrderProcess.record_client_approval(evidence="letter 18"), by="petr")
    do(order, WorkOrderProcess.request_invoice(), by="petr")
    (invoice,) = engine.cases(InvoiceProcess, parent=order)
    do(invoice, InvoiceProcess.issue_invoice(number="I-1", signed_by="finn"), by="finn")
    do(invoice, InvoiceProcess.send_invoice(channel="email"), by="petr")
    do(invoice, InvoiceProcess.record_payment(amount=invoice.data.totals.gross, reference="payment 1"), by="finn")
    do(invoice, InvoiceProcess.refund_payment(reference="decision 1", reason="the client needs no audit"), by="finn")


if __name__ == "__main__":
    file, *only = sys.argv[1:]
    for chapter in [before] if only else [before, after]:
        chapter(f"sqlite:///{file}")
