"""The client's account: every payment recorded once, put to invoices, and what is left is the client's."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from trade import TO_AGREED, TO_APPROVED, TO_DISPATCHED, TO_DONE, TO_ISSUED, Trade

from salesreg.commercial import receivables
from salesreg.commercial.domain.clients import ClientDraft, Contact
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.prices import QuoteLine
from salesreg.commercial.domain.work import DraftedDocument, MainDocument, Work
from salesreg.commercial.processes.client_account import ClientAccountProcess
from salesreg.errors import PayloadError
from salesreg.process import Case, ObligationStatus
from salesreg.testing.commercial import DINA, FINN, PETR, moscow

CLIENT = "7707083893"
REACHABLE = (Contact("Ivan", phone="+7 495 000-00-01"),)
LILIYA = ClientDraft("OOO Liliya", inn="7830002293", kpp="783001001", contacts=REACHABLE)
CORRECTED = {"client": LILIYA, "reason": "the tax id was another firm's"}
BOTH = (Work("1", "audit"), Work("2", "test", Decimal(3)))
DRAFTED = (DraftedDocument("1", "h1"), DraftedDocument("2", "h2"))


class Ledger(Trade):
    """The department with the account of its only client."""

    @property
    def account(self) -> Case:
        [found] = self.engine.cases("client_account")
        return found

    def opened(self, name: str, client: ClientDraft) -> str:
        """A deal of another client's, with a counterparty."""
        self.begin("sale", "register_prospect", case=name, client=client)
        self.take(name, *TO_APPROVED)
        self.take(name, "open_deal", number=name, existing=None)
        return name

    def in_force(self, name: str, client: ClientDraft) -> str:
        """A deal of another client's, whose contract is in force."""
        self.take(self.opened(name, client), *TO_DISPATCHED, "record_scan_return")
        return name

    def received(self, amount: str, reference: str, at: dt.datetime) -> str:
        """Money that came with no word of what it is for."""
        if not self.engine.cases("client_account"):
            self.begin("client_account", "open_account")
        self.take(self.account, "receive_payment", amount=Money(amount), reference=reference, received_at=at)
        return reference

    def dispatched_at_nothing(self) -> None:
        """A deal in force whose quote gives everything away."""
        self.begin("sale", "register_prospect", case="D")
        self.take("D", "start_price_negotiation", lines=(QuoteLine("audit", Money("10000"), Decimal(100)),))
        self.take("D", *TO_APPROVED[1:])
        self.take("D", "open_deal", *TO_DISPATCHED, "record_scan_return")

    def two_works(self, *steps: str, **given: object) -> None:
        self.begin("work_order", "receive_work_order", case="W", works=BOTH, **given)
        self.take("W", "start_draft")
        self.take("W", "submit_draft_to_client", documents=DRAFTED)
        self.take("W", "record_client_approval", *steps)

    def sent(self, order: str) -> str:
        invoice = self.invoice_of(order).id
        self.take(invoice, "issue_invoice", number=f"I-{invoice}")
        self.take(invoice, "send_invoice")
        return invoice


@pytest.fixture
def desk() -> Ledger:
    desk = Ledger()
    desk.deal()
    return desk


def test_the_page_is_whole():
    assert ClientAccountProcess.check() == ()
    assert all(step.clause for step in ClientAccountProcess.steps.values())


# -- in time ----------------------------------------------------------------------------------------------------------


def test_money_of_a_client_does_not_lie_about_without_a_clock(desk):
    desk.order("W", *TO_DONE)
    desk.received("9000", "pay 1", moscow(2))
    desk.received("50", "pay 2", moscow(2))
    invoice = desk.sent("W")
    due = desk.owed(desk.account)["client_account.allocate"].due
    assert (due, desk.account.data.allocate_by) == (moscow(4, "18:00"), due)
    desk.at(4)
    desk.take(desk.account, "allocate", receipt="pay 1", invoice=invoice, amount=Money("9000"))
    assert desk.closed(desk.account)["client_account.allocate"] is ObligationStatus.MET
    desk.at(5)
    desk.take(desk.account, "repay", receipt="pay 2", amount=Money(50))
    assert desk.closed(desk.account)["client_account.allocate"] is ObligationStatus.MET_LATE
    assert desk.owed(desk.account) == {}
    desk.take(desk.account, "release", invoice=invoice)
    assert desk.owed(desk.account)["client_account.allocate"].due == moscow(9, "18:00")


def test_a_part_that_is_allocated_wins_no_time_for_the_rest(desk):
    desk.order("W", *TO_DONE)
    desk.received("500", "pay 1", moscow(2))
    invoice = desk.sent("W")
    desk.at(4)
    desk.take(desk.account, "allocate", receipt="pay 1", invoice=invoice, amount=Money(1))
    assert desk.owed(desk.account)["client_account.allocate"].due == moscow(4, "18:00")


def test_an_advance_is_kept_for_a_reason_until_there_is_an_invoice_or_it_is_looked_at_again(desk):
    desk.received("500", "pay 1", moscow(2))
    desk.take(desk.account, "keep_advance", receipt="pay 1")
    kept = desk.owed(desk.account)["client_account.allocate"]
    assert (kept.due, kept.moved) == (moscow(4, "18:00", month=3), 1)
    desk.at(3)
    desk.order("W", *TO_DONE)
    desk.sent("W")
    assert desk.owed(desk.account)["client_account.allocate"].due == moscow(5, "18:00")
    desk.at(6)
    desk.take(desk.account, "keep_advance", receipt="pay 1")
    assert desk.closed(desk.account)["client_account.allocate"] is ObligationStatus.BREACHED
    desk.take(desk.account, "repay", receipt="pay 1", amount=Money(500))
    desk.refused(desk.account, "keep_advance", "nothing_free", receipt="pay 1")


# -- nothing twice ----------------------------------------------------------------------------------------------------


def test_a_payment_recorded_on_an_invoice_is_on_the_clients_account_and_nowhere_else(desk):
    desk.order("W", *TO_DONE)
    invoice = desk.sent("W")
    desk.take(invoice, "record_part_payment", reference="pay 7")
    account = desk.account.data
    assert (account.name, account.received, account.allocated, account.unallocated) == (
        CLIENT, Money("4000"), Money("4000"), Money(0),
    )  # fmt: skip
    assert account.paid_on(invoice) == desk.case(invoice).data.paid
    [refusal] = desk.refused(invoice, "record_part_payment", "receipt_twice", reference=" PAY  7").refusals
    assert refusal.got == "PAY7/2026"


def test_one_document_of_the_bank_is_recorded_once_for_a_client_and_year(desk):
    desk.received("100", "pay 1", moscow(2))
    desk.refused(
        desk.account, "receive_payment", "receipt_twice", amount=Money(5), reference="Pay 1", received_at=moscow(2)
    )
    desk.refused(
        desk.account, "receive_payment", "receipt_twice", amount=Money(5), reference="pay 001", received_at=moscow(2)
    )
    last_year = dt.datetime(2025, 12, 30, 9, tzinfo=dt.UTC)
    desk.received("100", "pay 1", last_year)
    assert desk.account.data.received == Money("200")


def test_a_client_has_one_account_in_a_currency(desk):
    desk.received("100", "pay 1", moscow(2))
    desk.refused_to_begin("client_account", "open_account", "account_exists")
    desk.begin("client_account", "open_account", currency="USD")


def test_a_documents_year_is_that_of_the_companys_day():
    desk = Ledger(start=dt.datetime(2026, 1, 15, 9, tzinfo=dt.UTC))
    desk.opened("D", LILIYA)
    for at in (dt.datetime(2025, 12, 31, 12, tzinfo=dt.UTC), dt.datetime(2025, 12, 31, 22, tzinfo=dt.UTC)):
        desk.received("100", "pay 1", at)
    assert [one.name for one in desk.account.data.receipts] == ["PAY1/2025", "PAY1/2026"]
    again = {"amount": Money(5), "reference": "PAY-1".replace("-", " ")}
    for at in (dt.datetime(2026, 1, 9, 9, tzinfo=dt.UTC), dt.datetime(2025, 12, 31, 21, tzinfo=dt.UTC)):
        desk.refused(desk.account, "receive_payment", "receipt_twice", **again, received_at=at)
    assert desk.account.data.received == Money("200")
    desk = Ledger(start=dt.datetime(2025, 12, 31, 12, tzinfo=dt.UTC))
    desk.opened("D", LILIYA)
    desk.received("100", "pay 1", dt.datetime(2025, 12, 31, 9, tzinfo=dt.UTC))
    desk.take(desk.account, "repay", amount=Money(1), reference="back 1")
    desk.clock.move_to(dt.datetime(2025, 12, 31, 21, 30, tzinfo=dt.UTC))
    desk.take(desk.account, "repay", amount=Money(1), reference="back 1")
    desk.clock.move_to(dt.datetime(2026, 1, 12, 9, tzinfo=dt.UTC))
    desk.refused(desk.account, "repay", "reference_taken", amount=Money(1), reference="BACK 1")


def test_a_receipt_is_found_by_its_name_before_it_is_by_a_document_that_reads_like_one(desk):
    desk.received("100", "pay 1", moscow(2))
    desk.received("50", "pay 1/2026", moscow(2))
    desk.order("W", *TO_DONE)
    invoice = desk.sent("W")
    desk.take(desk.account, "allocate", receipt="pay 1/2026", invoice=invoice, amount=Money(100))
    [payment] = desk.case(invoice).data.payments
    assert payment.reference == "pay 1"


def test_a_document_gives_money_back_once_from_an_invoice_or_from_what_is_unallocated(desk):
    desk.order("W", *TO_DONE)
    desk.order("V", *TO_DONE, request=None)
    for order in ("W", "V"):
        desk.pay(desk.invoice_of(order).id)
    desk.received("100", "pay 99", moscow(2))
    desk.received("100", "pay 100", moscow(2))
    desk.take(desk.account, "repay", receipt="pay 99", amount=Money(10), reference="back 7")
    desk.refused(desk.account, "repay", "reference_taken", receipt="pay 100", amount=Money(10), reference="BACK7")
    first, second = desk.invoice_of("W").id, desk.invoice_of("V").id
    desk.refused(first, "refund_payment", "reference_taken", reference="Back 7")
    desk.take(first, "refund_payment", reference="back 8")
    desk.refused(second, "refund_payment", "reference_taken", reference="back 8")
    desk.refused(desk.account, "repay", "reference_taken", receipt="pay 99", amount=Money(10), reference="back 8")
    assert desk.account.data.repaid == Money("9010")


# -- whose it is ------------------------------------------------------------------------------------------------------


def test_an_account_is_of_a_client_that_a_deal_has(desk):
    desk.begin("sale", "register_prospect", case="P")
    desk.refused_to_begin("client_account", "open_account", "no_counterparty.account", deal="P")
    with pytest.raises(PayloadError, match="client"):
        desk.begin("client_account", "open_account", client="whoever")
    account = desk.begin("client_account", "open_account").data
    assert (account.client, account.name) == ("D.counterparty", CLIENT)


def test_what_a_client_paid_and_ordered_is_the_clients_under_a_corrected_tax_id(desk):
    desk.order("W", *TO_DONE, request=None)
    first = desk.sent("W")
    desk.take(first, "record_part_payment", amount=Money("4000"), reference="pay 7")
    desk.order("V", *TO_AGREED, request="letter 17")
    desk.take("D", "correct_counterparty", **CORRECTED)
    assert [one.id for one in desk.engine.cases("client_account", where={"client": LILIYA.inn})] == [desk.account.id]
    desk.refused_to_begin("work_order", "receive_work_order", "letter_taken", request="Letter 17")
    desk.refused_to_begin("client_account", "open_account", "account_exists")
    desk.refused(first, "record_payment", "receipt_twice", amount=Money("5000"), reference="PAY 7")
    desk.take(first, "record_payment", amount=Money("6000"), reference="pay 8")
    desk.take("V", "request_invoice")
    second = desk.sent("V")
    desk.take(desk.account, "allocate", receipt="pay 8", invoice=second, amount=Money("1000"))
    assert (desk.account.data.received, desk.account.data.allocated) == (Money("10000"), Money("10000"))
    [row] = receivables(desk.engine, at=desk.clock.now())
    assert (row.client, row.total, row.credit) == (LILIYA.inn, Money("8000"), Money(0))
    # The tax id that was wrong is another firm's, which owes and has nothing by it.
    desk.in_force("E", ClientDraft("OOO Astra", inn=CLIENT, kpp="773601001", contacts=LILIYA.contacts))
    desk.order("U", deal="E", request="letter 17")
    assert desk.begin("client_account", "open_account", deal="E").data.name == CLIENT


@pytest.mark.parametrize("both", [False, True])
def test_what_two_records_of_one_client_paid_and_ordered_is_found_through_both_once_they_are_merged(desk, both):
    desk.order("W", *TO_DONE)
    first = desk.sent("W")
    desk.take(first, "record_part_payment", amount=Money("4000"), reference="pay 7")
    desk.order("V", request="letter 17")
    desk.in_force("E", LILIYA)
    if both:
        other = desk.begin("client_account", "open_account", deal="E")
        desk.take(other, "receive_payment", amount=Money("500"), reference="pay 9")
    old = next(one for one in desk.engine.cases("client_account") if one.data.name == CLIENT)
    desk.take("D", "merge_counterparty", into="E")
    desk.refused_to_begin("work_order", "receive_work_order", "letter_taken", deal="E", request="letter 17")
    desk.take(first, "record_payment", amount=Money("5100"), reference="pay 8")
    assert desk.case(old.id).data.unallocated == Money("100")
    desk.order("U", *TO_DONE, deal="E")
    second = desk.sent("U")
    if both:
        desk.refused(other, "receive_payment", "reference_taken", reference="PAY 7")
        desk.refused(old, "receive_payment", "reference_taken", reference="pay 9")
        desk.take(other, "allocate", receipt="pay 9", invoice=second, amount=Money("500"))
        desk.refused(old, "allocate", "other_account", receipt="pay 8", invoice=second, amount=Money("100"))
    else:
        desk.take(old, "allocate", receipt="pay 8", invoice=second, amount=Money("100"))
        desk.take(second, "record_payment", amount=Money("8900"), reference="pay 10")
        assert [one.id for one in desk.engine.cases("client_account")] == [old.id]
    rows = receivables(desk.engine, at=desk.clock.now())
    assert [(row.client, row.total, row.credit) for row in rows] == (
        [(LILIYA.inn, Money("8500"), Money("100"))] if both else []
    )
    assert desk.engine.verify() == ()


def test_one_document_in_the_accounts_of_two_records_leaves_both_accounts_as_they_are(desk):
    desk.received("100", "pay 1", moscow(2))
    other = desk.begin("client_account", "open_account", deal=desk.opened("E", LILIYA))
    desk.take(other, "receive_payment", amount=Money("100"), reference="pay 1")
    desk.take("D", "merge_counterparty", into="E")
    assert {one.data.name for one in desk.engine.cases("client_account")} == {CLIENT, LILIYA.inn}


# -- advances, overpayments, allocations ------------------------------------------------------------------------------


def test_money_before_the_invoice_is_an_advance_that_is_allocated_once_there_is_one(desk):
    desk.received("10000", "pay 1", moscow(2))
    assert desk.account.data.unallocated == Money("10000")
    assert desk.account.data.advance_vat == Money("1803.28")
    desk.order("W", *TO_DONE)
    invoice = desk.at(3).sent("W")
    given = {"receipt": "pay 1", "invoice": invoice}
    desk.refused(desk.account, "allocate", "too_much", **given, amount=Money("9000.01"))
    desk.take(desk.account, "allocate", **given, amount=Money("4000"))
    assert desk.case(invoice).data.remaining == Money("5000")
    assert "invoice.payment" in desk.owed(invoice)
    desk.take(desk.account, "allocate", **given, amount=Money("5000"))
    assert desk.stage(invoice) == "paid"
    assert desk.closed(invoice) == {"invoice.payment": ObligationStatus.MET}
    assert desk.account.data.unallocated == Money("1000")


def test_what_is_paid_over_stays_the_clients_and_may_go_back(desk):
    desk.order("W", *TO_DONE)
    invoice = desk.sent("W")
    desk.take(invoice, "record_payment", amount=Money("9500"), reference="pay 1")
    assert desk.case(invoice).data.remaining == Money(0)
    assert desk.account.data.unallocated == Money("500")
    desk.refused(desk.account, "close_account", "money_left")
    desk.refused(desk.account, "repay", "too_much", receipt="pay 1", amount=Money("500.01"))
    desk.take(desk.account, "repay", receipt="pay 1", amount=Money("500"))
    assert desk.account.data.unallocated == Money(0)
    assert desk.take(desk.account, "close_account").stage == "closed"


def test_money_that_lies_ahead_is_refused_and_money_before_the_invoice_goes_to_the_account(desk):
    desk.order("W", *TO_DONE)
    invoice = desk.at(3).sent("W")
    ahead = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
    desk.refused(invoice, "record_part_payment", "not_yet", paid_at=ahead)
    desk.refused(invoice, "record_part_payment", "paid_in_advance", paid_at=moscow(2))
    desk.received("1", "pay 1", moscow(2))
    desk.refused(desk.account, "receive_payment", "not_yet", amount=Money(1), reference="pay 2", received_at=ahead)


def test_money_is_put_to_the_clients_own_invoices_that_are_to_be_paid(desk):
    desk.order("W", *TO_DONE)
    invoice = desk.invoice_of("W").id
    desk.received("9000", "pay 1", moscow(2))
    desk.refused(desk.account, "allocate", "not_to_be_paid", invoice=invoice)
    desk.refused(desk.account, "allocate", "unknown_receipt", invoice=invoice, receipt="pay 9")
    desk.refused(desk.account, "allocate", "wrong_role", "not_to_be_paid", invoice=invoice, by=PETR)
    desk.take(invoice, "issue_invoice")
    other = desk.begin("client_account", "open_account", deal=desk.opened("E", LILIYA))
    desk.take(other, "receive_payment")
    desk.refused(other, "allocate", "other_client", invoice=invoice)


def test_money_put_to_the_wrong_invoice_is_taken_back_and_the_invoice_is_to_be_paid_again(desk):
    desk.order("W", *TO_DONE)
    invoice = desk.sent("W")
    desk.pay(invoice)
    desk.at(3).take(desk.account, "release", invoice=invoice)
    assert (desk.stage(invoice), desk.case(invoice).data.remaining) == ("sent", Money("9000"))
    assert desk.owed(invoice)["invoice.payment"].due == moscow(10, "18:00")
    assert desk.account.data.unallocated == Money("9000")


# -- credit notes -----------------------------------------------------------------------------------------------------


def test_one_line_of_a_paid_invoice_is_given_back_by_a_credit_note(desk):
    desk.two_works("launch_order", "report_work_done")
    invoice = desk.sent("W")
    desk.pay(invoice)
    case = desk.take(invoice, "credit_line", work="W/2")
    assert (case.stage, case.data.totals.gross, case.data.paid) == ("paid", Money("9000"), Money("9000"))
    assert desk.account.data.unallocated == Money("999.99")
    assert desk.account.data.paid_on(invoice) == Money("9000")
    desk.refused(invoice, "credit_line", "credit_of_no_line", work="W/2", number="CN-2")
    desk.refused(invoice, "credit_line", "credit_of_everything", work="W/1", number="CN-2")
    again = desk.begin("invoice", "request_invoice", orders=("W",), works=("W/2",))
    assert again.data.totals.gross == Money("999.99")


def test_a_credit_note_for_what_is_still_to_come_settles_the_invoice(desk):
    desk.two_works("launch_order", "report_work_done")
    invoice = desk.sent("W")
    desk.take(invoice, "record_part_payment", amount=Money("9000"))
    assert desk.take(invoice, "credit_line", work="W/2").stage == "paid"
    assert desk.account.data.unallocated == Money(0)


def test_an_order_with_a_line_that_is_not_to_be_paid_is_closed_without_another_invoice(desk):
    desk.two_works("launch_order")
    desk.take("W", "report_work_done", works=("1",))
    first = desk.invoice_of("W").id
    desk.take("W", "report_work_done")
    [second] = [one.id for one in desk.engine.cases("invoice") if one.id != first]
    desk.take(first, "withdraw_invoice_request")
    desk.take(second, "withdraw_invoice_request")
    desk.take("W", "request_invoice")
    invoice = desk.sent("W")
    desk.take(invoice, "credit_line", work="W/2")
    desk.pay(invoice)
    desk.refused("W", "request_invoice", "already_invoiced")
    documents = tuple(MainDocument(work, f"N-{work}", f"h{work}") for work in ("1", "2"))
    desk.take("W", "issue_main_documents", documents=documents)
    desk.deliver("W")
    assert desk.take("W", "close_work_order").stage == "closed"


# -- what is given back is not paid -----------------------------------------------------------------------------------


def test_what_was_prepaid_and_given_back_releases_no_documents_until_it_is_paid_again(desk):
    desk.order("W", *TO_AGREED, request="letter 17")
    desk.take("W", "request_invoice")
    first = desk.invoice_of("W").id
    desk.pay(first)
    desk.take("W", "launch_order", "report_work_done")
    desk.take("W", "issue_main_documents", documents=(MainDocument("1", "N-W", "h1"),))
    desk.take(first, "refund_payment")
    assert desk.case("W").data.prepaid_by == ()
    assert desk.owed("W")["work_order.invoice_again"].person == "petr"
    package = desk.package("N-W")
    desk.refused("W", "dispatch_main_documents", "no_longer_prepaid", packages=(package,))
    desk.take("W", "request_invoice")
    assert "work_order.invoice_again" not in desk.owed("W")
    desk.pay(desk.invoice_of("W").id, "I-2")
    desk.take("W", "dispatch_main_documents", packages=(package,))
    assert desk.take("W", "close_work_order").stage == "closed"


def test_money_given_back_after_the_end_opens_the_order_and_its_deal_again(desk):
    desk.order("W", *TO_ISSUED)
    invoice = desk.invoice_of("W").id
    desk.pay(invoice)
    desk.deliver("W")
    desk.take("W", "close_work_order")
    desk.take("D", "record_original_return", "close_deal")
    desk.take(invoice, "refund_payment")
    assert (desk.stage("D"), desk.stage("W")) == ("in_force", "delivered")
    desk.refused("W", "close_work_order", "not_invoiced")
    assert (desk.account.data.repaid, desk.account.data.unallocated) == (Money("9000"), Money(0))
    assert "work_order.invoice_again" in desk.owed("W")


def test_money_taken_back_from_the_invoice_of_a_closed_order_opens_it_again(desk):
    desk.order("W", *TO_ISSUED)
    invoice = desk.invoice_of("W").id
    desk.pay(invoice)
    desk.deliver("W")
    desk.take("W", "close_work_order")
    desk.take("D", "record_original_return", "close_deal")
    desk.take(desk.account, "release", invoice=invoice)
    assert [desk.stage(one) for one in ("D", "W", invoice)] == ["in_force", "delivered", "sent"]
    desk.refused("W", "close_work_order", "invoices_open")


def test_an_order_whose_prepayment_invoice_is_void_has_a_clock_until_another_is_asked_for(desk):
    desk.order("W", *TO_AGREED, request="letter 17")
    desk.take("W", "request_invoice")
    desk.take(desk.invoice_of("W").id, "withdraw_invoice_request")
    assert desk.stage("W") == "agreed"
    assert desk.owed("W")["work_order.invoice_again"].due == moscow(3, "18:00")
    desk.begin("invoice", "request_invoice", orders=("W",))
    assert desk.stage("W") == "awaiting_prepayment"
    assert "work_order.invoice_again" not in desk.owed("W")


# -- nothing to pay ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("request_", [None, "letter 17"])
def test_what_comes_to_nothing_is_settled_on_issue_and_order_and_deal_end(request_):
    desk = Ledger(sale__discount_limit="100")
    desk.dispatched_at_nothing()
    desk.order("W", *TO_AGREED, request=request_)
    if request_:
        desk.take("W", "request_invoice")
        desk.take(desk.invoice_of("W").id, "issue_invoice")
    desk.take("W", "launch_order", "report_work_done")
    invoice = desk.invoice_of("W")
    if not request_:
        invoice = desk.take(invoice, "issue_invoice")
    assert (invoice.stage, invoice.data.totals.gross) == ("paid", Money(0))
    desk.take("W", "issue_main_documents")
    desk.deliver("W")
    desk.take("W", "close_work_order")
    desk.take("D", "record_original_return")
    assert desk.take("D", "close_deal").stage == "closed"


# -- VAT --------------------------------------------------------------------------------------------------------------


def test_work_of_december_invoiced_anew_in_january_carries_the_rate_of_december():
    desk = Ledger(start=moscow(1, "10:00", 12).replace(year=2025))
    desk.deal()
    desk.order("W", *TO_AGREED, "launch_order")
    desk.clock.move_to(dt.datetime(2025, 12, 22, 9, tzinfo=dt.UTC))
    desk.take("W", "report_work_done")
    desk.take(desk.invoice_of("W").id, "withdraw_invoice_request")
    desk.clock.move_to(dt.datetime(2026, 1, 13, 9, tzinfo=dt.UTC))
    desk.take("W", "request_invoice")
    again = desk.invoice_of("W").data
    assert [line.vat_rate for line in again.lines] == [Decimal("0.20")]
    assert again.totals.vat == Money("1500")


def test_an_advance_has_the_vat_of_its_receipt_and_is_settled_at_the_rate_of_the_work():
    desk = Ledger(start=moscow(1, "10:00", 12).replace(year=2025))
    desk.deal()
    desk.order("W", *TO_AGREED, request="letter 17")
    desk.take("W", "request_invoice")
    invoice = desk.sent("W")
    desk.received("9000", "pay 1", desk.clock.now())
    assert desk.account.data.advance_vat == Money("1500")
    desk.take(desk.account, "allocate", receipt="pay 1", invoice=invoice, amount=Money("9000"))
    assert desk.case(invoice).data.totals.vat == Money("1500")
    desk.clock.move_to(dt.datetime(2026, 1, 13, 9, tzinfo=dt.UTC))
    desk.take("W", "launch_order", "report_work_done")
    after = desk.case(invoice).data
    assert (after.totals.gross, after.totals.vat, after.remaining) == (Money("9000"), Money("1622.95"), Money(0))


def test_without_vat_is_a_value_of_its_own():
    desk = Ledger(invoice__without_vat="false until 2026-02-02, true from 2026-02-03")
    desk.deal()
    desk.order("W", *TO_DONE)
    desk.at(3).order("V", *TO_DONE)
    rates = [desk.invoice_of(one).data.lines[0].vat_rate for one in ("W", "V")]
    assert rates == [Decimal("0.22"), None]


# -- letters and quantities -------------------------------------------------------------------------------------------


def test_one_letter_is_one_order_until_that_is_cancelled(desk):
    desk.order("W", request="Letter 17")
    [refusal] = desk.refused_to_begin("work_order", "receive_work_order", "letter_taken", request="letter  17").refusals
    assert (refusal.facts["holder"], refusal.clause) == ("W", "R23")
    desk.take("W", "cancel_work_order")
    desk.order("V", request="letter 17")


def test_more_than_was_quoted_needs_a_new_approved_quote(desk):
    [refusal] = desk.refused_to_begin(
        "work_order", "receive_work_order", "beyond_the_quote", works=(Work("1", "audit", Decimal(1000)),)
    ).refusals
    assert (refusal.need, refusal.got, refusal.clause) == ("10", "1000", "R30")


def test_several_orders_together_do_not_exceed_the_quoted_quantity(desk):
    desk.order("W", works=(Work("1", "audit", Decimal(6)),))
    desk.order("V", works=(Work("1", "audit", Decimal(3)), Work("2", "test")))
    [refusal] = desk.refused_to_begin(
        "work_order", "receive_work_order", "beyond_the_quote", works=(Work("1", "audit", Decimal(2)),)
    ).refusals
    assert (refusal.need, refusal.got, refusal.facts["before"]) == ("10", "2", "9")
    desk.take("V", "cancel_work_order")
    desk.order("U", works=(Work("1", "audit", Decimal(4)),))


# -- works one by one, and the act of acceptance ----------------------------------------------------------------------


def test_works_of_an_order_are_done_and_invoiced_one_by_one(desk):
    desk.two_works("launch_order")
    desk.take("W", "report_work_done", works=("1",))
    assert desk.stage("W") == "in_progress"
    first = desk.invoice_of("W")
    assert first.data.works_of("W") == ("1",)
    desk.refused("W", "request_invoice", "work_not_done.left")
    desk.refused("W", "report_work_done", "not_to_be_done", works=("1",))
    desk.refused_to_begin("invoice", "request_invoice", "not_yet_invoiced.done", orders=("W",), works=("W/2",))
    desk.take("W", "report_work_done")
    assert desk.stage("W") == "work_done"
    assert sorted(one.data.works_of("W") for one in desk.engine.cases("invoice")) == [("1",), ("2",)]


def test_the_company_may_let_payment_by_fact_fall_due_with_the_act():
    desk = Ledger(work_order__due_with="act")
    desk.deal()
    desk.order("W", *TO_DONE)
    assert desk.engine.cases("invoice") == ()
    desk.refused_to_begin("invoice", "request_invoice", "not_yet_invoiced.accepted", orders=("W",))
    desk.take("W", "record_acceptance", act="act 5")
    assert desk.invoice_of("W").data.works_of("W") == ("1",)
    desk.refused("W", "record_acceptance", "not_to_be_accepted")


# -- receivables ------------------------------------------------------------------------------------------------------


def test_receivables_are_counted_by_age_beside_what_is_the_clients(desk):
    desk.order("W", *TO_DONE)
    invoice = desk.sent("W")
    desk.order("V", *TO_DONE)
    desk.take(desk.invoice_of("V").id, "issue_invoice", number="I-2")
    desk.take(invoice, "record_part_payment")
    desk.received("70", "pay 9", moscow(2))
    [row] = receivables(desk.engine, at=moscow(9, "18:00"))
    assert (row.client, row.current, row.total) == (CLIENT, Money("14000"), Money("14000"))
    [row] = receivables(desk.engine, at=moscow(1, "10:00", 4), days=(30, 60))
    assert [str(one) for one in row.overdue] == ["0.00 RUB", "5000.00 RUB", "0.00 RUB"]
    assert (row.current, row.credit) == (Money("9000"), Money("70"))


def test_what_was_done_replays_to_what_is_stored(desk):
    desk.order("W", *TO_DONE)
    invoice = desk.sent("W")
    desk.pay(invoice)
    desk.take(desk.account, "release", invoice=invoice, by=FINN)
    assert desk.engine.verify() == ()


def test_an_invoice_is_asked_for_by_whoever_has_the_order_unless_the_firm_shares_its_work(desk):
    desk.order("W", *TO_DONE, basis="request")
    [refusal] = desk.refused_to_begin(
        "invoice", "request_invoice", "not_assigned.order", orders=("W",), by=DINA
    ).refusals
    assert (refusal.need, refusal.clause) == ("petr", "R14")
    shared = Ledger(duties__own_only=False)
    shared.deal()
    shared.order("W", *TO_DONE, basis="request")
    assert shared.begin("invoice", "request_invoice", orders=("W",), by=DINA).stage == "requested"


def test_a_document_gives_money_back_from_a_receipt_once(desk):
    desk.received("9000", "pay 1", moscow(2))
    desk.take(desk.account, "repay", amount=Money(100), reference="back 1")
    desk.refused(desk.account, "repay", "reference_taken", amount=Money(100), reference="BACK №1")
    desk.take(desk.account, "repay", amount=Money(100), reference="back 2")
    assert desk.account.data.repaid == Money(200)


@pytest.mark.parametrize("unseen", ["\u200b", " \u2060\ufeff", "\u00ad"])
def test_a_text_in_which_nothing_is_seen_is_blank(desk, unseen):
    desk.received("9000", "pay 1", moscow(2))
    desk.refused(desk.account, "repay", "blank", reason=unseen)
