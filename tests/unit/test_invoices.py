"""Invoices: quote times quantity, VAT rounded once, never more paid than asked."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesreg.commercial.domain.invoices import (
    Invoice,
    InvoiceLine,
    InvoiceReturn,
    InvoiceTotals,
    Payment,
    VatBy,
    uninvoiced,
)
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.payment_terms import InvoiceBasis, PaymentTerms
from salesreg.commercial.domain.prices import PriceQuote, QuoteLine
from salesreg.commercial.domain.work import Work
from salesreg.errors import DomainError

AT = dt.datetime(2026, 2, 2, 9, tzinfo=dt.UTC)
QUOTE = PriceQuote(1, "2026-1", (QuoteLine("audit", Money("10000"), 10), QuoteLine("test", Money("333.33"))))
LINE = InvoiceLine.of("W", Work("1", "audit", 2), QUOTE, Decimal("0.22"))
INVOICE = Invoice(
    ("D",),
    ("W",),
    (LINE,),
    InvoiceBasis.AUTO,
    PaymentTerms.POSTPAY,
    prices_include_vat=True,
    requested_at=AT,
)

prices = st.decimals(0, 10**7, places=2)
quantities = st.decimals("0.001", 1000, places=3)
rates = st.decimals(0, "0.99", places=2)


def line(price: Decimal, quantity: Decimal, rate: Decimal | None = None) -> InvoiceLine:
    return attrs.evolve(LINE, unit_price=Money(price), quantity=quantity, vat_rate=rate)


def test_a_line_costs_the_quoted_price_after_the_discount_times_the_quantity():
    assert (LINE.unit_price, LINE.amount, LINE.ref) == (Money("9000"), Money("18000"), "W/1")
    assert (LINE.quote_hash, LINE.base_version) == (QUOTE.content_hash, "2026-1")
    with pytest.raises(DomainError, match="survey is not among audit, test") as refused:
        InvoiceLine.of("W", Work("1", "survey"), QUOTE)
    assert refused.value.code == "invoice_work_without_price"
    assert refused.value.facts == {"work": "W/1", "got": "survey", "need": ("audit", "test")}


@given(st.lists(st.builds(line, prices, quantities, st.none() | rates), min_size=1, max_size=5), st.booleans())
def test_net_and_vat_always_make_the_gross_by_line_and_by_total(lines, included):
    whole = sum((one.amount.amount for one in lines), Decimal(0))
    exact = sum((Fraction(one.amount.amount) * _share(one.vat_rate, included) for one in lines), Fraction(0))
    for by, least in ((VatBy.LINE, len(lines)), (VatBy.TOTAL, len({one.vat_rate for one in lines}))):
        totals = InvoiceTotals.of(lines, included=included, by=by)
        assert totals.net + totals.vat == totals.gross
        assert (totals.gross if included else totals.net) == Money(whole)
        assert abs(Fraction(totals.vat.amount) - exact) <= Fraction(1, 200) * least


def _share(rate: Decimal | None, included: bool) -> Fraction:
    given = Fraction(rate or 0)
    return given / (1 + given) if included else given


def test_three_times_99_99_with_vat_on_top_adds_up_by_line_and_by_total():
    three = [line(Decimal("99.99"), Decimal(1), Decimal("0.22"))] * 3
    by_line, by_total = (InvoiceTotals.of(three, included=False, by=by) for by in (VatBy.LINE, VatBy.TOTAL))
    assert (by_line.net, by_line.vat, by_line.gross) == (Money("299.97"), Money("66.00"), Money("365.97"))
    assert (by_total.net, by_total.vat, by_total.gross) == (Money("299.97"), Money("65.99"), Money("365.96"))


def test_without_vat_is_another_thing_than_a_rate_of_nothing():
    bare, zero = line(Decimal(100), Decimal(1)), line(Decimal(100), Decimal(1), Decimal(0))
    assert bare != zero
    assert InvoiceTotals.of([bare, zero], included=True).vat == Money(0)


@given(prices, quantities, rates)
def test_taking_the_vat_out_of_a_gross_price_gives_back_what_put_it_in(price, quantity, rate):
    on_top = InvoiceTotals.of([line(price, quantity, rate)], included=False)
    again = InvoiceTotals.of([line(on_top.gross.amount, Decimal(1), rate)], included=True)
    assert abs(again.vat.amount - on_top.vat.amount) <= Decimal("0.01")


@pytest.mark.parametrize("rate", ["1", "22", "-0.1", "NaN"])
def test_a_vat_rate_is_a_fraction(rate):
    with pytest.raises(DomainError, match="a VAT rate is a fraction") as refused:
        attrs.evolve(INVOICE, lines=(attrs.evolve(LINE, vat_rate=Decimal(rate)),))
    assert (refused.value.code, refused.value.facts) == ("invoice_vat_rate", {"got": rate})


def test_an_invoice_is_for_work_in_one_currency_each_once():
    dollars = attrs.evolve(LINE, work="2", unit_price=Money(1, "USD"))
    for lines, code, got in (
        ((), "invoice_without_work", None),
        ((LINE, LINE), "invoice_work_twice", ("W/1",)),
        ((LINE, dollars), "invoice_mixed_currencies", ("RUB", "USD")),
    ):
        with pytest.raises(DomainError) as refused:
            attrs.evolve(INVOICE, lines=lines)
        assert (refused.value.code, refused.value.facts.get("got")) == (code, got)


def test_payments_add_up_to_what_is_due_and_no_more():
    part = INVOICE.received(Payment(Money("17000"), AT, "p 1"))
    assert (part.paid, part.remaining) == (Money("17000"), Money("1000"))
    with pytest.raises(DomainError, match="record at most what is due") as refused:
        part.received(Payment(Money("1000.01"), AT, "p 2"))
    assert refused.value.facts == {"need": "18000.00 RUB", "got": "18000.01 RUB"}
    for wrong, code in (
        ((Money(0), AT, "p"), "payment_of_nothing"),
        ((Money(-1), AT, "p"), "payment_of_nothing"),
        ((Money(1), AT, " "), "payment_without_reference"),
    ):
        with pytest.raises(DomainError) as refused:
            Payment(*wrong)
        assert refused.value.code == code


def test_a_request_is_sent_back_for_a_reason():
    with pytest.raises(DomainError, match="for a reason"):
        INVOICE.returned(" ", "finn", AT)
    again = INVOICE.returned("no address", "finn", AT).completed("the address", AT + dt.timedelta(hours=1))
    assert again.requested_at == AT + dt.timedelta(hours=1)
    assert again.returns == (InvoiceReturn("no address", AT, "finn", "the address"),)


def test_void_and_refunded_invoices_set_their_works_free():
    works = (Work("1", "audit"), Work("2", "test"))
    assert uninvoiced("W", works, [INVOICE]) == ("2",)
    assert uninvoiced("V", works, [INVOICE]) == ("1", "2")
    for gone in ({"void_reason": "wrong client"}, {"refund": "p 9"}):
        assert uninvoiced("W", works, [attrs.evolve(INVOICE, **gone)]) == ("1", "2")


def test_a_record_reads_back_as_the_same_invoice():
    invoice = attrs.evolve(INVOICE, payments=[Payment(Money("1"), AT, "p 1")], returns=[InvoiceReturn("r", AT, "finn")])
    assert msgspec.json.decode(msgspec.json.encode(invoice), type=Invoice) == invoice
