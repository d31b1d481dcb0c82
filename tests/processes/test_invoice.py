"""The invoice, as the regulation reads: issued within thirty minutes, sent by e-mail or fax, paid, never twice."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import attrs
import msgspec
import pytest

from salesreg.commercial.domain.clients import ClientDraft
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.payment_terms import InvoiceBasis, PaymentTerms
from salesreg.commercial.domain.work import DraftedDocument, Work
from salesreg.commercial.processes.invoice import InvoiceProcess
from salesreg.commercial.rulebook import COMMERCIAL, commercial_service, example
from salesreg.decide import decide
from salesreg.errors import ParameterNotSet, PayloadError, StepRefused
from salesreg.process import Case, ObligationStatus
from salesreg.rules import SYSTEM_ACTOR
from salesreg.testing.commercial import BOSS, DINA, FINN, IRINA, PETR, Desk, moscow

LILIYA = ClientDraft("OOO Liliya", inn="7830002293", kpp="783001001")
AUDIT, TEST = Work("1", "audit"), Work("2", "test", Decimal(3))
BOTH_DRAFTED = (DraftedDocument("1", "h1"), DraftedDocument("2", "h2"))

TO_SUBMITTED = ("complete_questionnaire", "confirm_client_readiness", "submit_for_approval")
TO_FORCE = (
    "assign_specialist", "draft_contract", "obtain_ceo_signature", "hand_over_contract", "dispatch_contract",
    "record_scan_return",
)  # fmt: skip
TO_AGREED = ("start_draft", "submit_draft_to_client", "record_client_approval")
TO_DONE = (*TO_AGREED, "launch_order", "report_work_done")


class Office(Desk):
    """A desk with deals in force, orders under them and the invoices for these."""

    def deal(self, name: str = "D", *, existing: str | None = None, **client: Any) -> None:
        self.begin("sale", "register_prospect", case=name, **client)
        self.take(name, "start_price_negotiation", *TO_SUBMITTED, "approve_quote")
        self.take(name, "open_deal", number=name, existing=existing)
        self.take(name, *TO_FORCE)

    def order(self, name: str, *steps: str, **given: Any) -> str:
        self.begin("work_order", "receive_work_order", case=name, **given)
        for step in steps:
            self.take(name, step)
        return name

    def done(self, name: str = "W", **given: Any) -> str:
        """The invoice that follows from finished work."""
        return self.invoice_of(self.order(name, *TO_DONE, **given)).id

    def asked(self, *orders: str, **given: Any) -> Case[Any]:
        return self.begin("invoice", "request_invoice", orders=orders, **given)

    def invoice_of(self, order: str) -> Case[Any]:
        """The order's only invoice that stands."""
        [found] = [one for one in self.engine.cases("invoice", parent=order) if one.data.stands]
        return found

    def pay(self, invoice: str) -> Case[Any]:
        """Issue, send and pay what is still to come."""
        if self.stage(invoice) == "requested":
            self.take(invoice, "issue_invoice", number=f"I-{invoice}")
        if self.stage(invoice) == "issued":
            self.take(invoice, "send_invoice")
        return self.take(invoice, "record_payment", amount=self.case(invoice).data.remaining)


@pytest.fixture
def desk() -> Office:
    desk = Office()
    desk.deal()
    return desk


@pytest.fixture(params=["memory:", "sqlite"])
def office(request, tmp_path) -> Iterator[Office]:
    """A desk on either store, whose records are proof in the end."""
    office = Office(request.param if request.param == "memory:" else f"sqlite:///{tmp_path / 'desk.db'}")
    office.deal()
    yield office
    assert office.engine.verify() == ()
    office.engine.close()


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_is_whole():
    assert InvoiceProcess.check() == ()
    assert all(step.clause for step in InvoiceProcess.steps.values())
    russian = COMMERCIAL.texts.locale("ru")
    for kind, named in (("stage", InvoiceProcess.stages), ("step", InvoiceProcess.steps)):
        assert all(russian.title(f"invoice.{kind}.{one.id}") != one.title for one in named.values())


# -- without a request ------------------------------------------------------------------------------------------------


def test_finished_work_is_invoiced_without_a_request_in_the_same_transaction(office):
    invoice = office.case(office.done())
    assert invoice.stage == "requested"
    assert (invoice.data.basis, invoice.data.terms) == (InvoiceBasis.AUTO, PaymentTerms.POSTPAY)
    event = office.engine.history(invoice)[0]
    assert (event.step, event.by, event.cause) == ("auto_create_invoice", "system", office.last("W").id)
    assert event.clauses == ("R30",)
    assert office.told(invoice.id) == {"finn"}


def test_finished_work_is_not_invoiced_again_while_an_invoice_for_it_is_open(desk):
    desk.order("W", *TO_AGREED, request="letter 17")
    desk.take("W", "request_invoice")
    desk.pay(desk.invoice_of("W").id)
    desk.take("W", "launch_order", "report_work_done")
    assert len(desk.engine.cases("invoice")) == 1


def test_only_the_works_left_over_are_invoiced_when_the_work_is_done(desk):
    desk.order("W", "start_draft", request="letter 17", works=(AUDIT, TEST))
    desk.take("W", "submit_draft_to_client", documents=BOTH_DRAFTED)
    desk.take("W", "record_client_approval")
    first = desk.asked("W", works=("W/1",)).id
    desk.pay(first)
    assert desk.case("W").data.prepaid_by == ()
    desk.take("W", "request_invoice")
    [second] = [one for one in desk.engine.cases("invoice") if one.id != first]
    assert second.data.works_of("W") == ("2",)
    desk.pay(second.id)
    assert set(desk.case("W").data.prepaid_by) == {first, second.id}


# -- on request -------------------------------------------------------------------------------------------------------


def test_one_request_covers_one_or_many_works_of_one_client(desk):
    for order in ("W", "V"):
        desk.order(order, *TO_DONE, basis="request")
    invoice = desk.asked("W", "V")
    assert (invoice.data.basis, invoice.data.orders, invoice.data.deals) == (InvoiceBasis.REQUEST, ("W", "V"), ("D",))
    assert [line.ref for line in invoice.data.lines] == ["W/1", "V/1"]
    assert invoice.data.totals.gross == Money("18000")
    assert {one.id for one in desk.engine.cases(parent="W")} == {invoice.id}
    assert desk.told(invoice.id) == {"finn"}


def test_works_of_several_contracts_of_one_client_go_into_one_invoice(desk):
    desk.deal("E", existing="D")
    desk.order("W", *TO_DONE, basis="request")
    desk.order("V", *TO_DONE, basis="request", deal="E")
    assert desk.asked("W", "V").data.deals == ("D", "E")


def test_the_works_of_two_clients_are_not_mixed(desk):
    desk.deal("E", client=LILIYA)
    desk.order("W", *TO_DONE, basis="request")
    desk.order("V", *TO_DONE, basis="request", deal="E")
    refused = desk.refused_to_begin("invoice", "request_invoice", "several_clients", orders=("W", "V"))
    assert refused.refusals[0].got == ("7707083893", "7830002293")


def test_a_request_lists_real_works_at_their_time(desk):
    desk.order("W", *TO_DONE, basis="request")
    desk.order("V")
    desk.order("U", *TO_AGREED, request="letter 17")
    desk.order("T", request="letter 18")
    for given, codes in (
        ({"orders": ()}, ["no_works"]),
        ({"orders": ("W",), "works": ("W/9",)}, ["unknown_work"]),
        ({"orders": ("V",)}, ["not_yet_invoiced.done"]),
        ({"orders": ("T",)}, ["not_yet_invoiced.agreed"]),
        ({"orders": ("W", "U")}, ["mixed_terms"]),
        ({"orders": ("V", "U")}, ["not_yet_invoiced.done", "mixed_terms"]),
        ({"orders": ("V", "U"), "works": ("W/1",)}, ["not_yet_invoiced.done", "mixed_terms", "unknown_work"]),
        ({"orders": ("W", "W")}, ["invoice_work_twice"]),
    ):
        desk.refused_to_begin("invoice", "request_invoice", *codes, **given)


@pytest.mark.parametrize("who", [FINN, IRINA, BOSS])
def test_nobody_but_a_specialist_asks_for_an_invoice(desk, who):
    desk.order("W", *TO_DONE, basis="request")
    desk.refused_to_begin("invoice", "request_invoice", "wrong_role", by=who)


def test_finance_may_begin_an_invoice_itself(desk):
    desk.order("W", *TO_DONE, basis="request")
    assert desk.begin("invoice", "auto_create_invoice").data.basis is InvoiceBasis.AUTO


def test_an_invoice_rests_on_a_contract_in_force_and_an_approved_price(desk):
    desk.order("W", *TO_DONE, basis="request")
    deal = desk.case("D")
    bare = attrs.evolve(deal.data, approval=None, contract=None, counterparty=None)
    gone = msgspec.structs.replace(deal, stage="negotiating_price", data=bare)
    command = InvoiceProcess.auto_create_invoice(orders=("W",))
    with pytest.raises(StepRefused, match="has no approved quote") as refused:
        decide(command, by=FINN, at=moscow(3), regulation=example(), related=[desk.case("W"), gone], case_id="I")
    assert [(one.code, one.clause) for one in refused.value.refusals] == [
        ("contract_not_in_force", "R30"),
        ("invoice_without_quote", "R30"),
    ]


# -- once -------------------------------------------------------------------------------------------------------------


def test_a_work_is_invoiced_at_most_once(office):
    office.done()
    [refusal] = office.refused_to_begin("invoice", "request_invoice", "already_invoiced").refusals
    assert (refusal.clause, refusal.got) == ("R30", "W/1")
    assert len(office.engine.cases("invoice")) == 1


def test_a_request_that_is_withdrawn_sets_its_works_free(office):
    first = office.done()
    office.take(first, "withdraw_invoice_request")
    second = office.asked("W")
    assert (office.stage(first), second.stage) == ("void", "requested")


def test_two_invoices_never_share_a_number(desk):
    first, second = desk.done("W"), desk.done("V")
    desk.take(first, "issue_invoice")
    [refusal] = desk.refused(second, "issue_invoice", "number_taken").refusals
    assert (refusal.clause, refusal.got, refusal.facts["holder"]) == ("R31", "I-1", first)


# -- issuing ----------------------------------------------------------------------------------------------------------


def test_finance_issues_and_signs_within_thirty_working_minutes():
    desk = Office()
    desk.deal()
    desk.at(2, "12:45")
    invoice = desk.done()
    assert desk.owed(invoice)["invoice.issue"].due == moscow(2, "14:15")
    assert desk.owed(invoice)["invoice.issue"].clause == "R31"
    case = desk.at(2, "14:15").take(invoice, "issue_invoice")
    assert (case.stage, case.data.signed_by, case.data.issued_at) == ("issued", "finn", moscow(2, "14:15"))
    assert desk.closed(invoice) == {"invoice.issue": ObligationStatus.MET}
    assert desk.told(invoice) == {"petr"}


def test_the_company_may_count_the_thirty_minutes_on_the_wall_clock():
    desk = Office(invoice__issue="30 minutes")
    desk.deal()
    desk.at(2, "12:45")
    assert desk.owed(desk.done())["invoice.issue"].due == moscow(2, "13:15")


def test_the_amount_is_the_agreed_price_times_the_quantity_with_vat(desk):
    desk.order("W", "start_draft", works=(AUDIT, TEST))
    desk.take("W", "submit_draft_to_client", documents=BOTH_DRAFTED)
    desk.take("W", "record_client_approval", "launch_order", "report_work_done")
    invoice = desk.invoice_of("W")
    assert [str(line.amount) for line in invoice.data.lines] == ["9000.00 RUB", "999.99 RUB"]
    totals = invoice.data.totals
    assert (totals.gross, totals.vat, totals.net) == (Money("9999.99"), Money("1803.28"), Money("8196.71"))
    assert {line.base_version for line in invoice.data.lines} == {"2026-1"}
    [refusal] = desk.refused(invoice.id, "issue_invoice", "wrong_amount", amount=Money("9999.98")).refusals
    assert (refusal.clause, refusal.need) == ("R31", "9999.99 RUB")
    assert desk.take(invoice.id, "issue_invoice", amount=Money("9999.99")).stage == "issued"


def test_vat_may_come_on_top_or_not_at_all():
    for rate, included, gross in (("0.22", False, "10980"), ("0.22", True, "9000"), ("0", False, "9000")):
        desk = Office(invoice__vat_rate=rate, invoice__prices_include_vat=included)
        desk.deal()
        assert desk.case(desk.done()).data.totals.gross == Money(gross)


def test_a_new_vat_rate_counts_from_its_day():
    desk = Office(invoice__vat_rate="0.20 until 2026-02-02, 0.22 from 2026-02-03")
    desk.deal()
    first = desk.done("W")
    second = desk.at(3).done("V")
    assert [desk.case(one).data.lines[0].vat_rate for one in (first, second)] == [Decimal("0.20"), Decimal("0.22")]


def test_a_vat_rate_that_is_no_fraction_is_refused():
    desk = Office(invoice__vat_rate="22")
    desk.deal()
    desk.order("W", *TO_DONE[:-1])
    [refusal] = desk.refused("W", "report_work_done", "invoice_vat_rate").refusals
    assert refusal.got == "22"
    assert desk.stage("W") == "in_progress"


def test_an_invoice_is_signed_by_finance_and_has_a_number(desk):
    invoice = desk.done()
    desk.refused(invoice, "issue_invoice", "blank", "wrong_assignee", number=" ", signed_by="petr")
    desk.refused(invoice, "issue_invoice", "nobody", signed_by="pyotr")
    desk.refused(invoice, "issue_invoice", "wrong_role", by=PETR)


def test_an_invoice_is_issued_at_the_price_approved_at_that_moment(desk):
    invoice = desk.case(desk.done())
    [line] = invoice.data.lines
    old = attrs.evolve(invoice.data, lines=(attrs.evolve(line, quote_hash="old"),))
    stale = msgspec.structs.replace(invoice, data=old)
    with pytest.raises(StepRefused) as refused:
        decide(
            InvoiceProcess.issue_invoice(number="I-1", signed_by="finn"), stale, by=FINN, at=moscow(3),
            regulation=example(), related=[desk.case("D"), desk.case("W")], people=[FINN],
        )  # fmt: skip
    [refusal] = refused.value.refusals
    assert (refusal.code, refusal.clause, refusal.got) == ("price_not_agreed", "R30", ("W/1",))


def test_an_incomplete_request_goes_back_and_its_clock_stands_still_meanwhile(desk):
    invoice = desk.done()
    desk.refused(invoice, "return_invoice_request", "blank", reason="")
    desk.at(2, "10:20")
    assert desk.take(invoice, "return_invoice_request").stage == "returned"
    assert desk.told(invoice) == {"petr"}
    assert desk.closed(invoice) == {}, "a return is not an issue"
    assert desk.owed(invoice)["invoice.issue"].status is ObligationStatus.PAUSED
    desk.refused(invoice, "resubmit_invoice_request", "blank", completed=" ")
    desk.refused(invoice, "resubmit_invoice_request", "not_assigned", by=DINA)
    case = desk.at(4).take(invoice, "resubmit_invoice_request")
    assert desk.owed(invoice)["invoice.issue"].due == moscow(4, "10:10"), "ten minutes were left"
    [returned] = case.data.returns
    assert (returned.reason, returned.by, returned.completed) == ("no address", "finn", "the address")


def test_returns_are_counted_and_each_has_a_reason_of_its_own(desk):
    invoice = desk.done()
    desk.at(2, "10:29").take(invoice, "return_invoice_request", "resubmit_invoice_request")
    refused = desk.refused(invoice, "return_invoice_request", "same_reason", reason="No address ")
    desk.refused(invoice, "return_invoice_request", "same_reason", reason="Nо  address.")
    assert refused.refusals[0].facts == {"times": 1}
    desk.at(2, "10:29").take(invoice, "return_invoice_request", reason="no contract number")
    case = desk.at(2, "11:00").take(invoice, "resubmit_invoice_request")
    assert len(case.data.returns) == 2
    desk.at(2, "11:02").take(invoice, "issue_invoice")
    assert desk.closed(invoice) == {"invoice.issue": ObligationStatus.MET_LATE}, "one minute was left"


@pytest.mark.parametrize("asked", [True, False])
def test_no_request_is_voided_by_those_whose_time_runs_so_that_it_never_begins_anew(asked):
    desk = Office()
    desk.deal()
    if asked:
        desk.order("W", *TO_DONE, basis="request")
        invoice = desk.begin("invoice", "request_invoice", orders=("W",)).id
    else:
        invoice = desk.done()
    desk.at(2, "10:29").refused(invoice, "void_invoice", "wrong_stage")
    desk.refused(invoice, "withdraw_invoice_request", "wrong_role", by=FINN)
    desk.refused_to_begin("invoice", "auto_create_invoice", "already_invoiced")
    desk.take(invoice, "return_invoice_request")
    desk.refused(invoice, "void_invoice", "wrong_stage")
    desk.at(2, "11:00").take(invoice, "resubmit_invoice_request")
    desk.at(2, "11:02").take(invoice, "issue_invoice")
    assert desk.closed(invoice) == {"invoice.issue": ObligationStatus.MET_LATE}
    desk.take(invoice, "void_invoice")
    assert desk.stage(invoice) == "void"


def test_whoever_is_to_complete_a_request_has_a_term_and_may_withdraw_it(desk):
    invoice = desk.done()
    desk.take(invoice, "return_invoice_request")
    owed = desk.owed(invoice)["invoice.complete"]
    assert (owed.person, owed.due, owed.clause) == ("petr", moscow(3, "18:00"), "R29")
    assert invoice in {task.case.id for task in desk.engine.tasks(PETR)}
    desk.at(4).refused(invoice, "withdraw_invoice_request", "not_assigned", by=DINA)
    assert desk.take(invoice, "withdraw_invoice_request").stage == "void"
    assert desk.closed(invoice)["invoice.complete"] is ObligationStatus.MET_LATE
    assert "finn" in desk.told(invoice)
    desk.asked("W")


# -- sending ----------------------------------------------------------------------------------------------------------


def test_an_invoice_goes_to_the_client_by_mail_or_fax_and_nothing_else(desk):
    invoice = desk.done()
    desk.take(invoice, "issue_invoice")
    assert desk.owed(invoice)["invoice.send"].due == moscow(2, "12:00")
    [refusal] = desk.refused(invoice, "send_invoice", "channel_not_allowed", channel="courier").refusals
    assert (refusal.clause, refusal.need, refusal.got) == ("R32", ("email", "fax"), "courier")
    desk.refused(invoice, "send_invoice", "not_assigned", by=DINA)
    assert desk.take(invoice, "send_invoice").data.channel == "email"
    assert desk.told(invoice) == {"buyer@example.com", "finn"}


def test_by_fax_the_client_gets_no_mail(desk):
    invoice = desk.done()
    desk.take(invoice, "issue_invoice")
    desk.take(invoice, "send_invoice", channel="fax")
    assert desk.told(invoice) == {"finn"}


def test_the_company_may_allow_other_channels():
    desk = Office(invoice__extra_channels="edi, courier")
    desk.deal()
    invoice = desk.done()
    desk.take(invoice, "issue_invoice")
    desk.refused(invoice, "send_invoice", "channel_not_allowed", channel="post")
    assert desk.take(invoice, "send_invoice", channel="edi").stage == "sent"


# -- the money --------------------------------------------------------------------------------------------------------


def test_the_payment_has_a_clock_and_overdue_follows_from_it(desk):
    invoice = desk.done()
    desk.take(invoice, "issue_invoice", "send_invoice")
    due = moscow(9, "18:00")
    assert desk.owed(invoice)["invoice.payment"].due == due
    assert not InvoiceProcess.is_overdue(desk.case(invoice), due)
    assert InvoiceProcess.is_overdue(desk.case(invoice), moscow(10))
    case = desk.at(11).take(invoice, "record_payment", paid_at=moscow(9))
    assert (case.stage, InvoiceProcess.is_overdue(case, moscow(20))) == ("paid", False)
    assert desk.closed(invoice) == {"invoice.payment": ObligationStatus.MET}, "two business days are tolerated"


def test_a_payment_brings_what_is_due_and_has_a_document(desk):
    invoice = desk.done()
    desk.at(3).take(invoice, "issue_invoice", "send_invoice")
    desk.refused(invoice, "record_payment", "blank", "wrong_amount.full", amount=Money("1"), reference=" ")
    desk.refused(invoice, "record_payment", "wrong_role", by=PETR)
    for when, code in ((moscow(2), "paid_in_advance"), (moscow(4), "not_yet"), (moscow(4, "10:00", 3), "not_yet")):
        desk.refused(invoice, "record_payment", code, paid_at=when)


def test_a_client_may_pay_in_parts(desk):
    invoice = desk.done()
    desk.take(invoice, "issue_invoice", "send_invoice")
    for amount in (Money("9000"), Money("0"), Money("-1"), Money("10", "USD")):
        desk.refused(invoice, "record_part_payment", "wrong_amount.part", amount=amount)
    case = desk.take(invoice, "record_part_payment")
    assert (case.stage, case.data.remaining) == ("sent", Money("5000"))
    assert "invoice.payment" in desk.owed(invoice)
    [refusal] = desk.refused(invoice, "void_invoice", "paid_in_part").refusals
    assert refusal.got == "4000.00 RUB"
    assert desk.pay(invoice).data.remaining == Money("0")


def test_an_invoice_is_voided_for_a_reason_while_nothing_is_paid(desk):
    invoice = desk.done()
    desk.take(invoice, "issue_invoice")
    desk.refused(invoice, "void_invoice", "blank", reason=" ")
    desk.refused(invoice, "refund_payment", "nothing_paid")
    case = desk.take(invoice, "void_invoice")
    assert (case.stage, case.data.void_reason, case.data.number) == ("void", "wrong client", "I-1")


def test_money_given_back_sets_the_works_free(desk):
    invoice = desk.done()
    desk.pay(invoice)
    desk.refused(invoice, "refund_payment", "blank", "blank", reference="", reason="")
    assert desk.take(invoice, "refund_payment").stage == "refunded"
    assert desk.asked("W").stage == "requested"


def test_a_new_specialist_takes_over_the_invoices_to_be_sent(desk):
    invoice = desk.done()
    desk.take(invoice, "issue_invoice")
    desk.take("D", "reassign_specialist")
    assert desk.owed(invoice)["invoice.send"].person == "dina"
    assert desk.take(invoice, "send_invoice", by=DINA).stage == "sent"
    desk.refused(invoice, "reassign_invoice", "wrong_assignee", by=SYSTEM_ACTOR, specialist="finn")


# -- finding it, and what goes in -------------------------------------------------------------------------------------


def test_an_invoice_is_found_by_its_number_its_orders_and_its_specialist(desk):
    invoice = desk.done()
    desk.take(invoice, "issue_invoice")
    for where in ({"number": "I-1"}, {"order": "W"}, {"specialist": "petr", "number": "I-*"}):
        assert [one.id for one in desk.engine.cases("invoice", where=where)] == [invoice]
    assert desk.engine.cases("invoice", where={"specialist": "dina"}) == ()


def test_bad_input_is_named_in_full(desk):
    invoice = desk.done()
    with pytest.raises(PayloadError) as wrong:
        desk.engine.perform(invoice, "issue_invoice", {"nummer": "1"}, by=FINN)
    assert [problem.split(":")[0] for problem in wrong.value.problems] == ["number", "signed_by", "nummer"]
    desk.take(invoice, "issue_invoice")
    with pytest.raises(PayloadError, match="channel"):
        desk.take(invoice, "send_invoice", channel="by pigeon")


def test_the_regulation_leaves_the_rate_to_the_company():
    with pytest.raises(ParameterNotSet, match=r"invoice\.vat_rate") as missing:
        COMMERCIAL.bind(commercial_service())
    assert "invoice.vat_rate" in missing.value.names
    assert example().value(InvoiceProcess.vat_rate).on(moscow(2).date()) == Decimal("0.22")
