"""No payment is counted twice, and every account and invoice adds up, whatever is done in whichever order."""

from __future__ import annotations

import contextlib
from collections import Counter
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.commercial.domain.accounts import ClientAccount, Receipt
from salesreg.commercial.domain.invoices import InvoiceTotals
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.numbers import spelled
from salesreg.commercial.domain.work import DraftedDocument, Work
from salesreg.errors import DomainError, StepRefused
from salesreg.process import Case
from salesreg.testing.commercial import Desk, moscow

CLIENT, OTHER = "7707083893", "7830002293"
WORKS = (Work("1", "audit"), Work("2", "test", Decimal(3)))
DRAFTED = (DraftedDocument("1", "h1"), DraftedDocument("2", "h2"))

kopecks = st.integers(1, 1_200_000).map(lambda number: Money(Decimal(number) / 100))
references = st.sampled_from(["pay 1", " PAY  1", "pay 2", "pay 3", "back 1"])
orders = st.sampled_from(["W", "V"])
LATER = ["whole", "release", "refund", "credit", "void", "again", "correct"]
actions = st.one_of(
    st.tuples(st.sampled_from(["receive", "allocate", "repay", "record", "part"]), orders, references, kopecks),
    st.tuples(
        st.sampled_from(["whole", "release", "refund", "credit", "void", "again", "correct"]),
        orders,
        references,
        kopecks,
    ),
)


def department() -> Desk:
    """Two orders of two works each, done; what is due for them is asked for."""
    desk = Desk()
    desk.begin("sale", "register_prospect", case="D")
    desk.take("D", "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness")
    desk.take("D", "submit_for_approval", "approve_quote", "open_deal", "assign_specialist", "draft_contract")
    desk.take("D", "obtain_ceo_signature", "hand_over_contract", "dispatch_contract", "record_scan_return")
    for name in ("W", "V"):
        desk.begin("work_order", "receive_work_order", case=name, works=WORKS)
        desk.take(name, "start_draft")
        desk.take(name, "submit_draft_to_client", documents=DRAFTED)
        desk.take(name, "record_client_approval", "launch_order", "report_work_done")
    desk.begin("client_account", "open_account", case="A")
    return desk


def act(desk: Desk, serial: int, what: str, order: str, reference: str, amount: Money) -> None:
    """Try one thing; whatever it is, it may be refused."""
    invoices = [one for one in desk.engine.cases("invoice", parent=order) if one.data.stands]
    if what == "receive":
        desk.take("A", "receive_payment", amount=amount, reference=reference, received_at=moscow(2))
    elif what == "repay":
        desk.take("A", "repay", receipt=reference, amount=amount, reference=f"back {serial}")
    elif what == "correct":
        known = desk.case("D").data.counterparty.draft
        inn = {CLIENT: OTHER}.get(known.inn or "", CLIENT)
        desk.take("D", "correct_counterparty", client=attrs.evolve(known, inn=inn), reason="another tax id")
    elif what == "again":
        desk.take(order, "request_invoice")
    elif invoices:
        on(desk, serial, what, invoices[-1], reference, amount)


def on(desk: Desk, serial: int, what: str, invoice: Case[Any], reference: str, amount: Money) -> None:
    if invoice.stage == "requested":
        desk.take(invoice, "issue_invoice", number=f"I-{serial}")
    if what == "allocate":
        desk.take("A", "allocate", receipt=reference, invoice=invoice.id, amount=amount)
    elif what == "whole":
        desk.take("A", "allocate", receipt=reference, invoice=invoice.id, amount=invoice.data.remaining)
    elif what == "release":
        desk.take("A", "release", invoice=invoice.id)
    elif what == "credit":
        desk.take(invoice, "credit_line", work=invoice.data.lines[-1].ref, number=f"CN-{serial}")
    elif what in {"record", "part"}:
        step = "record_payment" if what == "record" else "record_part_payment"
        desk.take(invoice, step, amount=amount, reference=reference)
    else:
        desk.take(invoice, {"refund": "refund_payment", "void": "void_invoice"}[what])


def adds_up(desk: Desk) -> None:
    """What has come is allocated, unallocated or given back; invoices say what the account says; nothing is twice."""
    account = desk.case("A").data
    assert account.allocated + account.unallocated == account.received - account.repaid
    assert account.unallocated == sum((account.free(one) for one in account.receipts), start=Money(0))
    assert all(account.free(one).amount >= 0 for one in account.receipts)
    assert (
        max(Counter((spelled(one.reference), one.received_at.year) for one in account.receipts).values(), default=1)
        == 1
    )
    invoices = desk.engine.cases("invoice")
    for one in invoices:
        totals = one.data.totals
        if one.data.stands:
            assert one.data.paid == account.paid_on(one.id)
            assert 0 <= one.data.paid.amount <= totals.gross.amount
            assert (one.stage == "paid") == (one.data.issued_at is not None and not one.data.remaining)
        else:
            assert account.paid_on(one.id) == Money(0)
        assert totals.net + totals.vat == totals.gross
        lines = [InvoiceTotals.of([line], included=one.data.prices_include_vat) for line in one.data.owed_lines]
        assert sum((line.gross for line in lines), start=Money(0)) == totals.gross
    works = [line.ref for one in invoices if one.data.stands for line in one.data.owed_lines]
    assert len(works) == len(set(works))


@settings(settings.default, max_examples=20, deadline=None)
@given(st.lists(actions, min_size=4, max_size=14))
def test_every_payment_is_counted_once_and_every_sum_adds_up(done):
    desk = department()
    for serial, (what, order, reference, amount) in enumerate(done):
        with contextlib.suppress(StepRefused):
            act(desk, serial, what, order, reference, amount)
        adds_up(desk)
        [account] = desk.engine.cases("client_account")
        assert account.data.name == desk.case("D").data.counterparty.inn
    assert desk.engine.verify() == ()


@given(st.lists(kopecks, min_size=1, max_size=5), st.data())
def test_what_is_allocated_and_left_is_what_came_and_nothing_is_spent_twice(amounts, data):
    account = ClientAccount(CLIENT)
    for number, amount in enumerate(amounts):
        account = account.with_receipt(Receipt(f"pay {number}", amount, moscow(2), Decimal("0.22")))
    for _ in range(5):
        one = data.draw(st.sampled_from(account.receipts))
        part = data.draw(kopecks)
        if part <= account.free(one):
            account = account.allocating(one.name, data.draw(st.sampled_from(["I", "J"])), part)
        else:
            with pytest.raises(DomainError) as refused:
                account.allocating(one.name, "I", part)
            assert refused.value.code == "receipt_spent_twice"
    over = data.draw(kopecks)
    before = account.paid_on("I")
    after = account.releasing("I", min(over, before))
    assert after.paid_on("I") == before - min(over, before)
    assert after.paid_on("J") == account.paid_on("J")
    assert after.allocated + after.unallocated == after.received
    gone = attrs.evolve(after).repaying("J", "back", moscow(3), "given up")
    assert gone.allocated + gone.unallocated + gone.repaid == gone.received
