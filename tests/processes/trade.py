"""A deal in force with orders, invoices and packages under it: where the pages on work and money begin."""

from __future__ import annotations

import datetime as dt
from typing import Any

from salesreg.commercial.domain.work import MainDocument, Work
from salesreg.process import Case
from salesreg.testing.commercial import FINN, PETR, Desk

MOSCOW = dt.timezone(dt.timedelta(hours=3))
AUDIT, TEST = Work("1", "audit"), Work("2", "test", 3)
TO_APPROVED = (
    "start_price_negotiation",
    "complete_questionnaire",
    "confirm_client_readiness",
    "submit_for_approval",
    "approve_quote",
)
TO_DISPATCHED = (
    "assign_specialist",
    "draft_contract",
    "obtain_ceo_signature",
    "hand_over_contract",
    "dispatch_contract",
)
TO_AGREED = ("start_draft", "submit_draft_to_client", "record_client_approval")
TO_DONE = (*TO_AGREED, "launch_order", "report_work_done")
TO_ISSUED = (*TO_DONE, "issue_main_documents")


class Trade(Desk):
    """The department with deals, orders, invoices and packages made in one word."""

    def dispatched(self, name: str = "D", *, existing: str | None = None) -> str:
        """A deal whose contract is with the client; named after the deal is its number."""
        self.begin("sale", "register_prospect", case=name)
        self.take(name, *TO_APPROVED)
        self.take(name, "open_deal", number=name, existing=existing)
        self.take(name, *TO_DISPATCHED)
        return name

    def deal(self, name: str = "D", *, existing: str | None = None, **scan: Any) -> str:
        """A deal whose contract is in force."""
        self.dispatched(name, existing=existing)
        self.take(name, "record_scan_return", **scan)
        return name

    def order(self, name: str, *steps: str, **given: Any) -> str:
        """An order under a deal, D unless told otherwise, after some steps."""
        self.begin("work_order", "receive_work_order", case=name, **given)
        for step in steps:
            numbered = {"documents": (MainDocument("1", f"N-{name}", "h1"),)} if step == "issue_main_documents" else {}
            self.take(name, step, **numbered)
        return name

    def invoice_of(self, order: str) -> Case[Any]:
        """The order's only invoice that stands."""
        [found] = [one for one in self.engine.cases("invoice", parent=order) if one.data.stands]
        return found

    def pay(self, invoice: str, number: str | None = None) -> Case[Any]:
        """Issue, send and pay an invoice."""
        if self.stage(invoice) == "requested":
            self.take(invoice, "issue_invoice", number=number or f"I-{invoice}")
        if self.stage(invoice) == "issued":
            self.take(invoice, "send_invoice")
        due = self.case(invoice).data.remaining
        return self.take(invoice, "record_payment", by=FINN, amount=due)

    def package(self, *documents: str) -> str:
        """Today's package of Petr's signed documents, received."""
        self.engine.tick()
        name = f"document_package:daily:petr:{self.clock.now().astimezone(MOSCOW).date()}"
        self.take(name, "request_signed_package")
        self.take(name, "hand_over_package", documents=documents)
        return name

    def deliver(self, order: str) -> Case[Any]:
        """Send the main documents of an order."""
        package = self.package(*(one.number for one in self.case(order).data.documents))
        return self.take(order, "dispatch_main_documents", by=PETR, packages=(package,), channel="courier")
