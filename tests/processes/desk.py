"""A commercial department at work: a deal in force, its orders, invoices and packages, driven through the engine."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from salesreg import open_engine
from salesreg.adapters.memory import MemoryDirectory
from salesreg.domain.clients import ClientDraft
from salesreg.domain.money import Money
from salesreg.domain.people import SYSTEM, Delegation, Employee, Role
from salesreg.domain.prices import QuoteLine
from salesreg.domain.work import DraftedDocument, MainDocument, Work
from salesreg.errors import StepRefused
from salesreg.processes import Case, Event, Obligation
from salesreg.processes.document_package import DocumentPackage
from salesreg.processes.invoice import Invoice
from salesreg.processes.sale import Sale
from salesreg.processes.work_order import WorkOrder
from salesreg.regulations.commercial_service import example
from salesreg.testing import ManualClock, RecordingNotifier

ANNA = Employee("anna", "Anna", [Role.SALES_MANAGER])
HEAD = Employee("head", "Irina", [Role.HEAD_OF_COMMERCIAL])
PETR = Employee("petr", "Petr", [Role.COMMERCIAL_SPECIALIST])
DINA = Employee("dina", "Dina", [Role.COMMERCIAL_SPECIALIST])
FINN = Employee("finn", "Finn", [Role.FINANCE])
IGOR = Employee("igor", "Igor", [Role.IT_STAFF])
BOSS = Employee("boss", "Boss", [Role.CEO])
LENA = Employee("lena", "Lena", [Role.SECRETARY])
STAFF = (ANNA, HEAD, PETR, DINA, FINN, IGOR, BOSS, LENA)
PROCESSES = (Sale, WorkOrder, Invoice, DocumentPackage)
MOSCOW = dt.timezone(dt.timedelta(hours=3))

ROMASHKA = ClientDraft("OOO Romashka", inn="7707083893", kpp="770701001")
LILIYA = ClientDraft("OOO Liliya", inn="7830002293", kpp="783001001")
AUDIT, TEST = Work("1", "audit"), Work("2", "test", 3)
LINES = (QuoteLine("audit", Money("10000"), 10), QuoteLine("test", Money("333.33")))

TO_AGREED = ("start_draft", "submit_draft_to_client", "record_client_approval")
TO_DONE = (*TO_AGREED, "launch_order", "report_work_done")
TO_ISSUED = (*TO_DONE, "issue_main_documents")


def moscow(day: int, clock: str = "10:00", month: int = 2) -> dt.datetime:
    """An instant of 2026 in Moscow; the second of February and of March are Mondays."""
    return dt.datetime.combine(dt.date(2026, month, day), dt.time.fromisoformat(clock), MOSCOW)


USUALLY: dict[str, tuple[Employee, dict[str, Any]]] = {
    "register_prospect": (ANNA, {"source": "exhibition", "client": ROMASHKA}),
    "start_price_negotiation": (ANNA, {"contact_ref": "m-1", "base_version": "2026-1", "lines": LINES}),
    "complete_questionnaire": (ANNA, {"meeting": "m-1", "answers": {}}),
    "confirm_client_readiness": (ANNA, {"evidence": "letter 1"}),
    "submit_for_approval": (ANNA, {}),
    "approve_quote": (HEAD, {}),
    "open_deal": (IGOR, {"number": "D-1", "existing": None}),
    "assign_specialist": (HEAD, {"specialist": "petr", "contact_email": "buyer@example.com"}),
    "draft_contract": (FINN, {"number": "C-1", "template_version": "t-1"}),
    "obtain_ceo_signature": (FINN, {"signed_by": "boss"}),
    "hand_over_contract": (FINN, {}),
    "dispatch_contract": (PETR, {"channel": "email"}),
    "record_scan_return": (FINN, {"scan_ref": "s-1", "signatory": "the buyer"}),
    "record_original_return": (FINN, {"archive_ref": "a-1"}),
    "reassign_specialist": (HEAD, {"specialist": "dina", "reason": "leave"}),
    "hold_deal": (HEAD, {"reason": "leave", "until": moscow(20)}),
    "resume_deal": (HEAD, {}),
    "cancel_deal": (HEAD, {"reason": "no capacity"}),
    "close_deal": (PETR, {}),
    "receive_work_order": (PETR, {"works": (AUDIT,)}),
    "start_draft": (PETR, {}),
    "request_missing_info": (PETR, {"items": ("statutes", "samples")}),
    "receive_info": (PETR, {"received": ("statutes", "samples")}),
    "submit_draft_to_client": (PETR, {"documents": (DraftedDocument("1", "h1"),)}),
    "record_client_approval": (PETR, {"evidence": "letter 2"}),
    "record_client_corrections": (PETR, {"corrections": "the address"}),
    "request_invoice": (PETR, {}),
    "launch_order": (PETR, {}),
    "report_work_done": (PETR, {"result": "report 5"}),
    "issue_main_documents": (FINN, {"documents": (MainDocument("1", "N-1", "h1"),)}),
    "close_work_order": (PETR, {}),
    "cancel_work_order": (HEAD, {"reason": "the client changed plans"}),
    "issue_invoice": (FINN, {"number": "I-1", "signed_by": "finn"}),
    "return_invoice_request": (FINN, {"reason": "no address"}),
    "resubmit_invoice_request": (PETR, {"completed": "the address"}),
    "send_invoice": (PETR, {"channel": "email"}),
    "void_invoice": (FINN, {"reason": "wrong client"}),
    "refund_payment": (FINN, {"reference": "pay 9", "reason": "the order was given up"}),
    "request_signed_package": (PETR, {}),
    "hand_over_package": (FINN, {"documents": ("N-1",)}),
    "report_none_pending": (FINN, {}),
}


class Desk:
    """The department on one store; every step is taken by whoever usually does, unless told otherwise."""

    def __init__(self, url: str = "memory:", *, delegations: tuple[Delegation, ...] = (), **settings: Any) -> None:
        self.clock = ManualClock(moscow(2))
        self.notifier = RecordingNotifier()
        values = {name.replace("__", "."): value for name, value in settings.items()}
        self.engine = open_engine(
            url,
            regulation=example().with_settings(values),
            directory=MemoryDirectory(STAFF, delegations),
            clock=self.clock,
            notifier=self.notifier,
            processes=PROCESSES,
        )

    def at(self, day: int, clock: str = "10:00", month: int = 2) -> Desk:
        self.clock.move_to(moscow(day, clock, month))
        return self

    def take(self, case: str, *steps: str, by: Employee | None = None, **payload: Any) -> Case[Any]:
        for step in steps:
            actor, usual = USUALLY[step]
            done = self.engine.perform(case, step, by=by or actor, **{**usual, **payload})
        return done

    def deal(self, name: str = "D", client: ClientDraft = ROMASHKA, **scan: Any) -> str:
        """A deal whose contract is in force; named after it are its number and its contract's."""
        actor, usual = USUALLY["register_prospect"]
        self.engine.start("sale", by=actor, case_id=name, **{**usual, "client": client})
        self.take(name, *list(USUALLY)[1:6])
        self.take(name, "open_deal", number=name)
        self.take(name, *list(USUALLY)[7:12])
        self.take(name, "record_scan_return", **scan)
        return name

    def order(self, name: str, *steps: str, deal: str = "D", **given: Any) -> str:
        """An order under a deal, after some steps."""
        by, usual = USUALLY["receive_work_order"]
        by = given.pop("by", by)
        self.engine.start("work_order", by=by, case_id=name, deal=deal, **{**usual, **given})
        for step in steps:
            numbered = {"documents": (MainDocument("1", f"N-{name}", "h1"),)} if step == "issue_main_documents" else {}
            self.take(name, step, **numbered)
        return name

    def invoice_of(self, order: str) -> Case[Any]:
        """The order's only invoice that stands."""
        [found] = [one for one in self.engine.cases(process="invoice", parent=order) if one.data.stands]
        return found

    def pay(self, invoice: str, number: str | None = None) -> Case[Any]:
        """Issue, send and pay an invoice."""
        if self.case(invoice).stage == "requested":
            self.take(invoice, "issue_invoice", number=number or f"I-{invoice}")
        if self.case(invoice).stage == "issued":
            self.take(invoice, "send_invoice")
        due = self.case(invoice).data.remaining
        return self.engine.perform(invoice, "record_payment", by=FINN, amount=due, reference="pay 1")

    def package(self, *documents: str) -> str:
        """Today's package of Petr's signed documents, received."""
        self.engine.tick()
        today = self.clock.now().astimezone(MOSCOW).date()
        name = f"document_package:daily:petr:{today}"
        self.take(name, "request_signed_package")
        self.take(name, "hand_over_package", documents=documents)
        return name

    def deliver(self, order: str) -> Case[Any]:
        """Send the main documents of an order."""
        numbers = tuple(one.number for one in self.case(order).data.documents)
        return self.engine.perform(
            order, "dispatch_main_documents", by=PETR, packages=(self.package(*numbers),), channel="courier"
        )

    def case(self, name: str) -> Case[Any]:
        return self.engine.case(name)

    def stage(self, name: str) -> str:
        return self.engine.case(name).stage

    def owed(self, name: str) -> dict[str, Obligation]:
        return {one.norm: one for one in self.case(name).obligations}

    def last(self, name: str) -> Event:
        """The last event of a case that is a step of its own."""
        return [event for event in self.engine.history(name) if not event.step.startswith("child_")][-1]

    def told(self, name: str) -> set[str]:
        """Whom the last step of a case is told to."""
        self.engine.tick()
        return {one.to for one in self.notifier.delivered if one.id.startswith(f"{self.last(name).id}:")}

    def refused(self, case: str, step: str, *codes: str, by: Employee | None = None, **payload: Any) -> StepRefused:
        """The step is refused for exactly these reasons, each complete, and nothing has changed."""
        before = self.case(case)
        actor, usual = USUALLY.get(step, (SYSTEM, {}))
        given = {**usual, **payload}
        return self._complains(lambda: self.engine.perform(case, step, by=by or actor, **given), codes, before)

    def refused_order(self, *codes: str, **given: Any) -> StepRefused:
        """An order is refused for exactly these reasons."""
        return self._complains(lambda: self.order("refused", **given), codes, None)

    def _complains(self, command: Any, codes: tuple[str, ...], before: Case[Any] | None) -> StepRefused:
        cases = len(self.engine.cases())
        with pytest.raises(StepRefused) as caught:
            command()
        assert len(self.engine.cases()) == cases
        if before is not None:
            assert self.case(before.id) == before
        refusals = caught.value.refusals
        assert tuple(refusal.code for refusal in refusals) == codes
        for refusal in refusals:
            assert refusal.message in str(caught.value)
            assert refusal.ru
            assert refusal.ru != refusal.message
            assert refusal.clause.startswith("R")
            assert refusal.need is not None
            assert refusal.got is not None
        return caught.value
