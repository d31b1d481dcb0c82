"""From the signed contract to the closed deal: what sale, order, invoice and package do to one another."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from trade import AUDIT, TEST, TO_AGREED, TO_DONE, TO_ISSUED, Trade

from salesreg.commercial.domain.payment_terms import PaymentTerms
from salesreg.commercial.domain.work import Work, WorkRequest
from salesreg.commercial.processes.invoice import InvoiceProcess
from salesreg.commercial.processes.work_order import WorkOrderProcess
from salesreg.errors import SalesregError, StepRefused
from salesreg.process import Case, Process
from salesreg.rules import Employee
from salesreg.testing.commercial import USUAL


@pytest.fixture(params=["memory:", "sqlite"])
def desk(request, tmp_path):
    desk = Trade(request.param if request.param == "memory:" else f"sqlite:///{tmp_path / 'desk.db'}")
    yield desk
    assert desk.engine.verify() == ()
    desk.engine.close()


def orders(desk: Trade) -> list[Case[Any]]:
    return list(desk.engine.cases("work_order"))


# -- a signed contract opens the work ---------------------------------------------------------------------------------


def test_what_the_client_asks_for_with_the_signed_contract_becomes_orders_at_once(desk):
    desk.deal(requests=(WorkRequest("letter 17", (AUDIT,)), WorkRequest("letter 18", (AUDIT, TEST))))
    assert [(one.stage, one.data.request, one.data.specialist) for one in orders(desk)] == [
        ("received", "letter 17", "petr"),
        ("received", "letter 18", "petr"),
    ]
    assert {one.data.terms.terms for one in orders(desk)} == {PaymentTerms.PREPAY}
    assert {desk.engine.history(one)[0].by for one in orders(desk)} == {"system"}


def test_a_contract_without_a_request_opens_none(desk):
    desk.deal()
    assert orders(desk) == []


def test_a_request_that_cannot_be_an_order_refuses_the_whole_step(desk):
    with pytest.raises(StepRefused) as wrong:
        desk.deal(requests=(WorkRequest("letter 17", (AUDIT,)), WorkRequest("letter 18", (Work("1", "survey"),))))
    assert [refusal.code for refusal in wrong.value.refusals] == ["not_quoted"]
    assert desk.stage("D") == "awaiting_client_signature"
    assert orders(desk) == []


# -- a deal is closed with everything in it ---------------------------------------------------------------------------


def test_a_deal_is_closed_when_its_orders_are_delivered_its_invoices_paid_and_its_original_is_back(desk):
    desk.deal()
    desk.order("W", *TO_ISSUED)
    desk.refused("D", "close_deal", "work_orders_open", "invoices_open", "no_original")
    desk.pay(desk.invoice_of("W").id)
    desk.refused("D", "close_deal", "work_orders_open", "no_original")
    desk.deliver("W")
    desk.take("W", "close_work_order")
    desk.take("D", "record_original_return")
    assert desk.take("D", "close_deal").stage == "closed"


def test_void_and_refunded_invoices_do_not_keep_a_deal_open(desk):
    desk.deal()
    desk.order("W", *TO_DONE)
    first = desk.invoice_of("W").id
    desk.take(first, "withdraw_invoice_request")
    desk.take("W", "request_invoice")
    second = desk.invoice_of("W").id
    desk.pay(second)
    desk.take(second, "refund_payment")
    desk.take("W", "cancel_work_order")
    desk.take("D", "record_original_return")
    assert desk.take("D", "close_deal").stage == "closed"


def test_no_order_is_received_once_the_deal_is_closed(desk):
    desk.deal()
    desk.take("D", "record_original_return", "close_deal")
    desk.refused_to_begin("work_order", "receive_work_order", "contract_not_in_force")
    desk.take("D", "reopen_deal")
    assert desk.stage(desk.order("W")) == "received"


# -- a deal that is given up takes its work with it -------------------------------------------------------------------


def test_cancelling_a_deal_cancels_its_orders_and_voids_its_requests(desk):
    desk.deal()
    desk.order("W", "start_draft")
    desk.order("V", *TO_DONE)
    invoice = desk.invoice_of("V").id
    desk.take("D", "cancel_deal")
    assert [desk.stage(name) for name in ("D", "W", "V", invoice)] == ["cancelled", "cancelled", "cancelled", "void"]
    assert desk.case("W").data.cancel_reason == "no capacity"


def test_a_deal_is_not_cancelled_over_an_issued_invoice(desk):
    desk.deal()
    desk.order("W", *TO_DONE)
    invoice = desk.invoice_of("W").id
    desk.take(invoice, "issue_invoice")
    [refusal] = desk.refused("D", "cancel_deal", "invoices_unpaid").refusals
    assert refusal.got == (invoice,)
    desk.take(invoice, "void_invoice")
    assert desk.take("D", "cancel_deal").stage == "cancelled"


def test_a_deal_is_not_cancelled_over_money_for_work_that_was_not_delivered(desk):
    desk.deal()
    desk.order("W", *TO_AGREED, "request_invoice", request="letter 17")
    desk.pay(desk.invoice_of("W").id)
    desk.refused("D", "cancel_deal", "not_refunded")
    assert desk.stage("W") == "awaiting_prepayment"


def test_what_was_delivered_and_paid_is_closed_when_the_deal_is_cancelled(desk):
    desk.deal()
    desk.order("W", *TO_ISSUED)
    desk.pay(desk.invoice_of("W").id)
    desk.deliver("W")
    desk.take("D", "cancel_deal")
    assert desk.stage("W") == "closed"


def test_a_request_shared_with_another_deal_is_voided_first(desk):
    desk.deal()
    desk.deal("E", existing="D")
    for name, deal in (("W", "D"), ("V", "E")):
        desk.order(name, *TO_DONE, deal=deal, basis="request")
    shared = desk.begin("invoice", "request_invoice", orders=("W", "V"))
    desk.refused("D", "cancel_deal", "invoice_shared")
    desk.take(shared.id, "withdraw_invoice_request")
    assert desk.take("D", "cancel_deal").stage == "cancelled"
    assert desk.stage("V") == "work_done"


# -- any order of events ----------------------------------------------------------------------------------------------

DEAL_STEPS = (
    "record_scan_return",
    "record_original_return",
    "close_deal",
    "reopen_deal",
    "cancel_deal",
    "reassign_specialist",
    "hold_deal",
    "resume_deal",
)
ONWARDS = {
    "received": "start_draft",
    "drafting": "submit_draft_to_client",
    "client_review": "record_client_approval",
    "agreed": "launch_order",
    "awaiting_prepayment": "launch_order",
    "in_progress": "report_work_done",
    "work_done": "issue_main_documents",
    "documents_issued": "dispatch_main_documents",
    "delivered": "close_work_order",
}
PLANS = st.tuples(st.sampled_from([None, "letter 17"]), st.sampled_from(["auto", "auto", "request"]), st.integers(0, 9))


def by_people(page: type[Process[Any]]) -> list[str]:
    """The steps that somebody usually takes on a running case."""
    takers = {step.id: USUAL[f"{page.id}.{step.id}"][0] for step in page.steps.values() if not step.begins}
    return [step for step, taker in takers.items() if isinstance(taker, Employee)]


class OrderToCash(RuleBasedStateMachine):
    """Random commands of the right people on two stores, which must agree on every one."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="salesreg-")
        self.desks = [Trade(), Trade(f"sqlite:///{Path(self.folder.name) / 'desk.db'}")]
        self.count = 0

    def teardown(self) -> None:
        for desk in self.desks:
            assert desk.engine.verify() == ()
            desk.engine.close()
        self.folder.cleanup()

    @property
    def desk(self) -> Trade:
        return self.desks[0]

    def both(self, command: Any) -> None:
        outcomes = []
        for desk in self.desks:
            try:
                command(desk)
                outcomes.append("done")
            except StepRefused as refused:
                outcomes.append(tuple(refusal.code for refusal in refused.refusals))
            except SalesregError as wrong:
                outcomes.append(str(wrong))
        assert outcomes[0] == outcomes[1], "memory and SQLite disagree"

    def cases(self, process: str, *, ended: bool | None = False) -> list[Case[Any]]:
        return list(self.desk.engine.cases(process, ended=ended))

    @initialize(signed=st.sampled_from([True, True, True, False]), plans=st.lists(PLANS, min_size=1, max_size=3))
    def begin(self, signed: bool, plans: list[tuple[str | None, str, int]]) -> None:
        """Begin with a contract, signed or not, and orders that are somewhere on their way."""
        for desk in self.desks:
            desk.dispatched()
            if signed:
                desk.take("D", "record_scan_return")
        for plan in plans:
            self.order(plan)

    @rule(plan=PLANS)
    def order(self, plan: tuple[str | None, str, int]) -> None:
        """Take an order and go on with it for some steps."""
        request, basis, steps = plan
        self.count += 1
        name = f"W{self.count}"
        self.both(lambda desk: desk.order(name, request=request, basis=basis))
        if name in {one.id for one in self.cases("work_order")}:
            self.go_on(name, steps)

    @precondition(lambda self: self.cases("work_order"))
    @rule(data=st.data(), steps=st.integers(1, 9))
    def work(self, data: st.DataObject, steps: int) -> None:
        """Go on with any open order."""
        self.go_on(data.draw(st.sampled_from([one.id for one in self.cases("work_order")])), steps)

    def go_on(self, name: str, steps: int) -> None:
        for _ in range(steps):
            case = self.desk.case(name)
            prepay = case.data.terms.terms is PaymentTerms.PREPAY
            if case.stage not in ONWARDS:
                return
            step = "request_invoice" if case.stage == "agreed" and prepay else ONWARDS[case.stage]
            self.both(lambda desk, step=step: self.advance(desk, name, step))

    @precondition(lambda self: self.cases("work_order"))
    @rule(data=st.data())
    def stray(self, data: st.DataObject) -> None:
        """Take any step on any order, whether it fits or not."""
        name = data.draw(st.sampled_from([one.id for one in self.cases("work_order")]))
        step = data.draw(st.sampled_from(by_people(WorkOrderProcess)))
        self.both(lambda desk: desk.take(name, step))

    @staticmethod
    def advance(desk: Trade, name: str, step: str) -> None:
        """One step onwards, with the money and the papers that it needs."""
        if step in {"launch_order", "close_work_order"} and desk.stage(name) != "agreed":
            for invoice in desk.engine.cases("invoice", parent=name, ended=False):
                desk.pay(invoice.id)
        if step == "dispatch_main_documents":
            desk.deliver(name)
        elif step == "issue_main_documents":
            desk.take(name, step, documents=[{"work": "1", "number": f"N-{name}", "content_hash": "h1"}])
        else:
            desk.take(name, step)

    @precondition(lambda self: self.cases("work_order", ended=None))
    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        """Ask for an invoice for any orders at any time."""
        names = [one.id for one in self.cases("work_order", ended=None)]
        wanted = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))
        self.count += 1
        name = f"I{self.count}"
        self.both(lambda desk: desk.begin("invoice", "request_invoice", case=name, orders=tuple(wanted)))

    @precondition(lambda self: self.cases("invoice", ended=None))
    @rule(data=st.data(), step=st.sampled_from(["pay", "pay", *by_people(InvoiceProcess)]))
    def bill(self, data: st.DataObject, step: str) -> None:
        """Do anything with any invoice."""
        name = data.draw(st.sampled_from([one.id for one in self.cases("invoice", ended=None)]))
        if step in {"pay", "record_payment", "record_part_payment"}:
            self.both(lambda desk: desk.pay(name))
        else:
            given = {"number": f"I-{name}"} if step == "issue_invoice" else {}
            self.both(lambda desk: desk.take(name, step, **given))

    @rule(step=st.sampled_from(DEAL_STEPS))
    def manage(self, step: str) -> None:
        given = {"until": self.desk.clock.now() + dt.timedelta(days=3)} if step == "hold_deal" else {}
        self.both(lambda desk: desk.take("D", step, **given))

    @rule(hours=st.sampled_from([1, 24, 96]))
    def time_passes(self, hours: int) -> None:
        for desk in self.desks:
            desk.clock.advance(dt.timedelta(hours=hours))
            desk.engine.tick()

    # -- what always holds ----------------------------------------------------------------------------------------

    @invariant()
    def every_work_is_invoiced_at_most_once(self) -> None:
        standing = [line.ref for one in self.cases("invoice", ended=None) if one.data.stands for line in one.data.lines]
        assert len(standing) == len(set(standing))

    @invariant()
    def there_is_no_draft_without_a_client_signed_contract_and_an_order(self) -> None:
        for order in self.cases("work_order", ended=None):
            if order.data.drafts or order.stage not in {"received", "cancelled"}:
                assert self.desk.case(order.data.deal).data.contract.scan_returned_at is not None

    @invariant()
    def a_deal_is_in_force_only_with_a_scan_and_closed_only_with_an_original(self) -> None:
        for deal in self.cases("sale", ended=None):
            contract = deal.data.contract
            assert deal.stage not in {"in_force", "closed"} or contract.scan_returned_at is not None
            assert deal.stage != "closed" or contract.original_returned_at is not None

    @invariant()
    def nothing_runs_under_a_deal_that_has_ended(self) -> None:
        if self.cases("sale", ended=True):
            assert self.cases("work_order") == []
            assert all(one.stage == "paid" for one in self.cases("invoice", ended=True) if one.data.stands)
            assert self.cases("invoice") == []

    @invariant()
    def nothing_is_closed_before_it_is_paid_where_it_is_paid_in_advance(self) -> None:
        early = {"received", "drafting", "awaiting_info", "client_review", "agreed", "awaiting_prepayment", "cancelled"}
        for order in self.cases("work_order", ended=None):
            if order.data.terms.terms is PaymentTerms.PREPAY and order.stage not in early:
                assert (
                    order.data.prepaid_by
                    or (order.data.uninvoiced and order.stage != "closed")
                    or any(order.id in one.data.orders for one in self.cases("invoice"))
                )

    @invariant()
    def finished_work_is_invoiced_unless_somebody_took_the_invoice_back(self) -> None:
        for order in self.cases("work_order"):
            if order.stage in {"work_done", "documents_issued", "delivered"} and order.data.basis == "auto":
                assert any(order.id in one.data.orders for one in self.cases("invoice", ended=None))


OrderToCash.TestCase.settings = settings(settings.default, max_examples=20, stateful_step_count=20)
TestOrderToCash = OrderToCash.TestCase
