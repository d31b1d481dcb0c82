"""The invoice, as the regulation reads: issued within thirty minutes, sent by e-mail or fax, paid, never twice."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from desk import AUDIT, BOSS, DINA, FINN, HEAD, LILIYA, PETR, TEST, TO_AGREED, TO_DONE, Desk, moscow

from salesreg.decide import decide
from salesreg.domain.money import Money
from salesreg.domain.people import SYSTEM
from salesreg.domain.work import InvoiceBasis, PaymentTerms
from salesreg.errors import PayloadError, StepRefused
from salesreg.processes import ObligationStatus
from salesreg.processes.invoice import Invoice


@pytest.fixture(params=["memory:", "sqlite"])
def url(request, tmp_path) -> str:
    return request.param if request.param == "memory:" else f"sqlite:///{tmp_path / 'desk.db'}"


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.deal()
    return desk


def done(desk: Desk, name: str = "W", **given) -> str:
    return desk.order(name, *TO_DONE, **given)


def asked(desk: Desk, *orders: str, by=PETR, **given):
    return desk.engine.start("invoice", step="request_invoice", by=by, orders=orders, **given)


def codes(wrong) -> list[str]:
    return [refusal.code for refusal in wrong.value.refusals]


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_is_whole():
    assert Invoice.check() == ()
    assert all(stage.ru != stage.title for stage in Invoice.stages.values())
    assert all(step.ru != step.title and step.clause for step in Invoice.steps.values())


# -- without a request ------------------------------------------------------------------------------------------------


def test_finished_work_is_invoiced_without_a_request_in_the_same_transaction(url):
    desk = Desk(url)
    desk.deal()
    done(desk)
    invoice = desk.invoice_of("W")
    assert (invoice.stage, invoice.data.basis, invoice.data.terms) == (
        "requested",
        InvoiceBasis.AUTO,
        PaymentTerms.POSTPAY,
    )
    event = desk.engine.history(invoice)[0]
    assert (event.step, event.by, event.clauses, event.cause) == (
        "auto_create_invoice", "system", ("R30",), desk.last("W").id,
    )  # fmt: skip
    assert desk.told(invoice.id) == {"finn"}
    assert desk.engine.verify() == ()
    desk.engine.close()


def test_finished_work_is_not_invoiced_again_while_an_invoice_for_it_is_open(desk):
    desk.order("W", *TO_AGREED, request="letter 17")
    desk.take("W", "request_invoice")
    desk.pay(desk.invoice_of("W").id)
    desk.take("W", "launch_order", "report_work_done")
    assert len(desk.engine.cases(process="invoice")) == 1


def test_only_the_works_left_over_are_invoiced_when_the_work_is_done(desk):
    desk.order("W", *TO_AGREED[:1], request="letter 17", works=(AUDIT, TEST))
    drafts = [{"work": "1", "content_hash": "h1"}, {"work": "2", "content_hash": "h2"}]
    desk.take("W", "submit_draft_to_client", documents=drafts)
    desk.take("W", "record_client_approval")
    first = asked(desk, "W", works=("W/1",)).id
    desk.pay(first)
    assert desk.case("W").data.prepaid_by == ()
    desk.take("W", "request_invoice")
    [second] = [one for one in desk.engine.cases(process="invoice") if one.id != first]
    assert second.data.works_of("W") == ("2",)
    desk.pay(second.id)
    assert set(desk.case("W").data.prepaid_by) == {first, second.id}


# -- on request -------------------------------------------------------------------------------------------------------


def test_one_request_covers_one_or_many_works_of_one_client(desk):
    done(desk, "W", basis="request")
    done(desk, "V", basis="request")
    invoice = asked(desk, "W", "V")
    assert (invoice.data.basis, invoice.data.orders, invoice.data.deals) == (InvoiceBasis.REQUEST, ("W", "V"), ("D",))
    assert [line.ref for line in invoice.data.lines] == ["W/1", "V/1"]
    assert invoice.data.totals.gross == Money("18000")
    assert {one.id for one in desk.engine.cases(parent="W")} == {invoice.id}
    assert desk.told(invoice.id) == {"finn"}


def test_works_of_several_contracts_of_one_client_go_into_one_invoice(desk):
    desk.engine.start("sale", by="anna", case_id="E", source="again", client=desk.case("D").data.client)
    desk.take("E", "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness")
    desk.take("E", "submit_for_approval", "approve_quote")
    desk.take("E", "open_deal", number="E", existing="D")
    desk.take("E", "assign_specialist", "draft_contract", "obtain_ceo_signature", "hand_over_contract")
    desk.take("E", "dispatch_contract", "record_scan_return")
    done(desk, "W", basis="request")
    done(desk, "V", basis="request", deal="E")
    assert asked(desk, "W", "V").data.deals == ("D", "E")


def test_the_works_of_two_clients_are_not_mixed(desk):
    desk.deal("E", LILIYA)
    done(desk, "W", basis="request")
    done(desk, "V", basis="request", deal="E")
    with pytest.raises(StepRefused) as wrong:
        asked(desk, "W", "V")
    assert codes(wrong) == ["several_clients"]
    assert wrong.value.refusals[0].got == ("7707083893/770701001", "7830002293/783001001")


def test_a_request_lists_real_works_at_their_time(desk):
    done(desk, "W", basis="request")
    desk.order("V")
    desk.order("U", *TO_AGREED, request="letter 17")
    for given, expected in (
        ({"orders": ()}, ["no_works"]),
        ({"orders": ("W",), "works": ("W/9",)}, ["unknown_work"]),
        ({"orders": ("V",)}, ["not_yet_invoiced"]),
        ({"orders": ("W", "U")}, ["mixed_terms"]),
        ({"orders": ("V", "U")}, ["not_yet_invoiced", "mixed_terms"]),
        ({"orders": ("W", "W")}, ["bad_invoice"]),
    ):
        with pytest.raises(StepRefused) as wrong:
            asked(desk, **given) if "orders" not in given else asked(desk, *given.pop("orders"), **given)
        assert codes(wrong) == expected
        assert all(refusal.clause and refusal.ru and refusal.need is not None for refusal in wrong.value.refusals)


@pytest.mark.parametrize("who", [FINN, HEAD, BOSS])
def test_nobody_but_a_specialist_asks_for_an_invoice(desk, who):
    done(desk, basis="request")
    with pytest.raises(StepRefused) as wrong:
        asked(desk, "W", by=who)
    assert codes(wrong) == ["wrong_role"]


def test_finance_may_begin_an_invoice_itself(desk):
    done(desk, basis="request")
    case = desk.engine.start("invoice", step="auto_create_invoice", by=FINN, orders=("W",))
    assert case.data.basis is InvoiceBasis.AUTO


def test_an_invoice_rests_on_a_contract_in_force_and_an_approved_price(desk):
    done(desk, basis="request")
    deal = desk.case("D")
    bare = attrs.evolve(deal.data, approval=None, contract=None, counterparty=None)
    given = {"at": moscow(3), "regulation": desk.engine.regulation, "case_id": "I", "orders": ("W",)}
    gone = attrs.evolve(deal, stage="negotiating_price", data=bare)
    with pytest.raises(StepRefused, match="has no approved quote") as wrong:
        decide(Invoice, None, "auto_create_invoice", by=FINN, related=[desk.case("W"), gone], **given)
    assert codes(wrong) == ["contract_not_in_force", "bad_invoice"]
    assert wrong.value.refusals[0].clause == "R30"


# -- once -------------------------------------------------------------------------------------------------------------


def test_a_work_is_invoiced_at_most_once(url):
    desk = Desk(url)
    desk.deal()
    done(desk)
    with pytest.raises(StepRefused) as wrong:
        asked(desk, "W")
    assert codes(wrong) == ["already_invoiced"]
    assert (wrong.value.refusals[0].clause, wrong.value.refusals[0].got) == ("R30", "W/1")
    assert len(desk.engine.cases(process="invoice")) == 1
    desk.engine.close()


def test_a_void_invoice_sets_its_works_free(url):
    desk = Desk(url)
    desk.deal()
    done(desk)
    first = desk.invoice_of("W").id
    desk.take(first, "void_invoice")
    second = asked(desk, "W")
    assert (desk.stage(first), second.stage) == ("void", "requested")
    desk.engine.close()


def test_two_invoices_never_share_a_number(desk):
    done(desk, "W")
    done(desk, "V")
    desk.take(desk.invoice_of("W").id, "issue_invoice")
    [refusal] = desk.refused(desk.invoice_of("V").id, "issue_invoice", "number_taken").refusals
    assert (refusal.clause, refusal.got) == ("R31", "I-1")


# -- issuing ----------------------------------------------------------------------------------------------------------


def test_finance_issues_and_signs_within_thirty_working_minutes():
    desk = Desk()
    desk.deal()
    desk.at(2, "12:45")
    done(desk)
    invoice = desk.invoice_of("W").id
    assert desk.owed(invoice)["invoice.issue"].due == moscow(2, "14:15")
    assert desk.owed(invoice)["invoice.issue"].clause == "R31"
    case = desk.at(2, "14:15").take(invoice, "issue_invoice")
    assert (case.stage, case.data.signed_by, case.data.issued_at) == ("issued", "finn", moscow(2, "14:15"))
    assert desk.engine.history(invoice)[-1].closed[0].status is ObligationStatus.MET
    assert desk.told(invoice) == {"petr"}


def test_the_company_may_count_the_thirty_minutes_on_the_wall_clock():
    desk = Desk(invoice__issue="30 minutes")
    desk.deal()
    desk.at(2, "12:45")
    done(desk)
    assert desk.owed(desk.invoice_of("W").id)["invoice.issue"].due == moscow(2, "13:15")


def test_the_amount_is_the_agreed_price_times_the_quantity_with_vat(desk):
    desk.order("W", *TO_AGREED[:1], works=(AUDIT, TEST))
    drafts = [{"work": "1", "content_hash": "h1"}, {"work": "2", "content_hash": "h2"}]
    desk.take("W", "submit_draft_to_client", documents=drafts)
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
        desk = Desk(invoice__vat_rate=rate, invoice__prices_include_vat=included)
        desk.deal()
        done(desk)
        assert desk.invoice_of("W").data.totals.gross == Money(gross)


def test_a_vat_rate_that_is_no_fraction_is_refused():
    desk = Desk(invoice__vat_rate="22")
    desk.deal()
    desk.order("W", *TO_DONE[:-1])
    refused = desk.refused("W", "report_work_done", "bad_invoice")
    assert "a VAT rate is a fraction such as 0.22" in str(refused)
    assert desk.stage("W") == "in_progress"


def test_an_invoice_is_signed_by_finance_and_has_a_number(desk):
    done(desk)
    invoice = desk.invoice_of("W").id
    desk.refused(invoice, "issue_invoice", "no_number", "wrong_assignee", number=" ", signed_by="petr")
    desk.refused(invoice, "issue_invoice", "wrong_role", by=PETR)


def test_an_invoice_is_issued_at_the_price_approved_at_that_moment(desk):
    done(desk)
    invoice = desk.invoice_of("W")
    [line] = invoice.data.lines
    stale = attrs.evolve(invoice, data=attrs.evolve(invoice.data, lines=(attrs.evolve(line, quote_hash="old"),)))
    with pytest.raises(StepRefused) as wrong:
        decide(
            Invoice, stale, "issue_invoice", by=FINN, at=moscow(3), regulation=desk.engine.regulation,
            related=[desk.case("D"), desk.case("W")], number="I-1", signed_by=FINN,
        )  # fmt: skip
    assert codes(wrong) == ["price_not_agreed"]


def test_an_incomplete_request_goes_back_and_its_clock_starts_anew(desk):
    done(desk)
    invoice = desk.invoice_of("W").id
    desk.refused(invoice, "return_invoice_request", "no_reason", reason="")
    assert desk.take(invoice, "return_invoice_request").stage == "returned"
    assert desk.told(invoice) == {"petr"}
    assert desk.owed(invoice) == {}
    desk.refused(invoice, "resubmit_invoice_request", "no_details", completed=" ")
    desk.refused(invoice, "resubmit_invoice_request", "not_assigned", by=DINA)
    case = desk.at(4).take(invoice, "resubmit_invoice_request")
    assert desk.owed(invoice)["invoice.issue"].due == moscow(4, "10:30")
    [returned] = case.data.returns
    assert (returned.reason, returned.by, returned.completed) == ("no address", "finn", "the address")


# -- sending ----------------------------------------------------------------------------------------------------------


def test_an_invoice_goes_to_the_client_by_mail_or_fax_and_nothing_else(desk):
    done(desk)
    invoice = desk.invoice_of("W").id
    desk.take(invoice, "issue_invoice")
    assert desk.owed(invoice)["invoice.send"].due == moscow(2, "12:00")
    [refusal] = desk.refused(invoice, "send_invoice", "channel_not_allowed", channel="courier").refusals
    assert (refusal.clause, refusal.need, refusal.got) == ("R32", ("email", "fax"), "courier")
    desk.refused(invoice, "send_invoice", "not_assigned", by=DINA)
    assert desk.take(invoice, "send_invoice").data.channel == "email"
    assert desk.told(invoice) == {"buyer@example.com", "finn"}


def test_by_fax_the_client_gets_no_mail(desk):
    done(desk)
    invoice = desk.invoice_of("W").id
    desk.take(invoice, "issue_invoice")
    desk.take(invoice, "send_invoice", channel="fax")
    assert desk.told(invoice) == {"finn"}


def test_the_company_may_allow_other_channels():
    desk = Desk(invoice__extra_channels="edi, courier")
    desk.deal()
    done(desk)
    invoice = desk.invoice_of("W").id
    desk.take(invoice, "issue_invoice")
    desk.refused(invoice, "send_invoice", "channel_not_allowed", channel="post")
    assert desk.take(invoice, "send_invoice", channel="edi").stage == "sent"


# -- the money --------------------------------------------------------------------------------------------------------


def test_the_payment_has_a_clock_and_overdue_follows_from_it(desk):
    done(desk)
    invoice = desk.invoice_of("W").id
    desk.take(invoice, "issue_invoice", "send_invoice")
    due = moscow(9, "18:00")
    assert desk.owed(invoice)["invoice.payment"].due == due
    assert not Invoice.is_overdue(desk.case(invoice), due)
    assert Invoice.is_overdue(desk.case(invoice), moscow(10))
    desk.at(11)
    paid_in_time = {"by": FINN, "amount": Money("9000"), "reference": "pay 1", "paid_at": moscow(9)}
    case = desk.engine.perform(invoice, "record_payment", **paid_in_time)
    assert (case.stage, Invoice.is_overdue(case, moscow(20))) == ("paid", False)
    assert desk.engine.history(invoice)[-1].closed[0].status is ObligationStatus.MET


def test_a_payment_brings_what_is_due_and_has_a_document(desk):
    done(desk)
    invoice = desk.invoice_of("W").id
    desk.at(3).take(invoice, "issue_invoice", "send_invoice")
    desk.refused(invoice, "record_payment", "no_reference", "wrong_amount", by=FINN, amount=Money("1"), reference=" ")
    desk.refused(invoice, "record_payment", "wrong_role", by=PETR, amount=Money("9000"), reference="p")
    for when, code in ((moscow(2), "too_early"), (moscow(4), "not_yet")):
        desk.refused(invoice, "record_payment", code, by=FINN, amount=Money("9000"), reference="p", paid_at=when)


def test_a_client_may_pay_in_parts(desk):
    done(desk)
    invoice = desk.invoice_of("W").id
    desk.take(invoice, "issue_invoice", "send_invoice")
    for amount in (Money("9000"), Money("0"), Money("-1"), Money("10", "USD")):
        desk.refused(invoice, "record_part_payment", "wrong_amount", by=FINN, amount=amount, reference="p")
    case = desk.engine.perform(invoice, "record_part_payment", by=FINN, amount=Money("4000"), reference="p 1")
    assert (case.stage, case.data.remaining) == ("sent", Money("5000"))
    assert "invoice.payment" in desk.owed(invoice)
    desk.refused(invoice, "void_invoice", "paid_in_part")
    assert desk.pay(invoice).data.remaining == Money("0")


def test_an_invoice_is_voided_for_a_reason_while_nothing_is_paid(desk):
    done(desk)
    invoice = desk.invoice_of("W").id
    desk.take(invoice, "issue_invoice")
    desk.refused(invoice, "void_invoice", "no_reason", reason=" ")
    desk.refused(invoice, "refund_payment", "nothing_paid")
    case = desk.take(invoice, "void_invoice")
    assert (case.stage, case.data.void_reason, case.data.number) == ("void", "wrong client", "I-1")


def test_money_given_back_sets_the_works_free(desk):
    done(desk)
    invoice = desk.invoice_of("W").id
    desk.pay(invoice)
    desk.refused(invoice, "refund_payment", "no_reference", "no_reason", reference="", reason="")
    assert desk.take(invoice, "refund_payment").stage == "refunded"
    assert asked(desk, "W").stage == "requested"


def test_a_new_specialist_takes_over_the_invoices_to_be_sent(desk):
    done(desk)
    invoice = desk.invoice_of("W").id
    desk.take(invoice, "issue_invoice")
    desk.take("D", "reassign_specialist")
    assert desk.owed(invoice)["invoice.send"].person == "dina"
    assert desk.take(invoice, "send_invoice", by=DINA).stage == "sent"
    desk.refused(invoice, "reassign_invoice", "wrong_assignee", by=SYSTEM, specialist="finn")


def test_bad_input_is_named_in_full(desk):
    done(desk)
    invoice = desk.invoice_of("W").id
    with pytest.raises(PayloadError) as wrong:
        desk.engine.perform(invoice, "issue_invoice", by=FINN, nummer="1")
    assert [problem.split(":")[0] for problem in wrong.value.problems] == ["number", "signed_by", "nummer"]
    desk.take(invoice, "issue_invoice")
    with pytest.raises(PayloadError, match="channel"):
        desk.engine.perform(invoice, "send_invoice", by=PETR, channel="pigeon")


def test_the_regulation_leaves_the_rate_to_the_company():
    from salesreg.errors import ParameterNotSet
    from salesreg.processes.invoice import VAT_RATE
    from salesreg.regulations.commercial_service import commercial_service, example

    with pytest.raises(ParameterNotSet, match=r"invoice\.vat_rate \(R31"):
        commercial_service().bind(Invoice.parameters())
    assert example().value(VAT_RATE) == Decimal("0.22")
