"""Invoices: quote times quantity, VAT rounded once, never more paid than asked."""

import datetime as dt
from decimal import Decimal

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesreg.commercial.domain.invoices import Invoice, InvoiceLine, InvoiceReturn, InvoiceTotals, Payment, uninvoiced
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.payment_terms import InvoiceBasis, PaymentTerms
from salesreg.commercial.domain.prices import PriceQuote, QuoteLine
from salesreg.commercial.domain.work import Work
from salesreg.errors import DomainError

AT = dt.datetime(2026, 2, 2, 9, tzinfo=dt.UTC)
QUOTE = PriceQuote(1, "2026-1", (QuoteLine("audit", Money("10000"), 10), QuoteLine("test", Money("333.33"))))
LINE = InvoiceLine.of("W", Work("1", "audit", 2), QUOTE)
INVOICE = Invoice(
    ("D",),
    ("W",),
    (LINE,),
    InvoiceBasis.AUTO,
    PaymentTerms.POSTPAY,
    Decimal("0.22"),
    prices_include_vat=True,
    requested_at=AT,
)

prices = st.decimals(0, 10**7, places=2)
quantities = st.decimals("0.001", 1000, places=3)
rates = st.decimals(0, "0.99", places=2)


def line(price: Decimal, quantity: Decimal) -> InvoiceLine:
    return attrs.evolve(LINE, unit_price=Money(price), quantity=quantity)


def test_a_line_costs_the_quoted_price_after_the_discount_times_the_quantity():
    assert (LINE.unit_price, LINE.amount, LINE.ref) == (Money("9000"), Money("18000"), "W/1")
    assert (LINE.quote_hash, LINE.base_version) == (QUOTE.content_hash, "2026-1")
    with pytest.raises(DomainError, match="survey is not among audit, test") as refused:
        InvoiceLine.of("W", Work("1", "survey"), QUOTE)
    assert refused.value.code == "invoice_work_without_price"
    assert refused.value.facts == {"work": "W/1", "got": "survey", "need": ("audit", "test")}


@given(st.lists(st.builds(line, prices, quantities), min_size=1, max_size=5), rates, st.booleans())
def test_net_and_vat_always_make_the_gross(lines, rate, included):
    totals = InvoiceTotals.of(lines, rate, included=included)
    assert totals.net + totals.vat == totals.gross
    whole = sum((one.amount.amount for one in lines), Decimal(0))
    assert (totals.gross if included else totals.net) == Money(whole)
    exact = whole * rate / (1 + rate) if included else whole * rate
    assert abs(totals.vat.amount - exact) <= Decimal("0.005")


@given(prices, quantities, rates)
def test_taking_the_vat_out_of_a_gross_price_gives_back_what_put_it_in(price, quantity, rate):
    on_top = InvoiceTotals.of([line(price, quantity)], rate, included=False)
    again = InvoiceTotals.of([line(on_top.gross.amount, Decimal(1))], rate, included=True)
    assert abs(again.vat.amount - on_top.vat.amount) <= Decimal("0.01")


@pytest.mark.parametrize("rate", ["1", "22", "-0.1", "NaN"])
def test_a_vat_rate_is_a_fraction(rate):
    with pytest.raises(DomainError, match="a VAT rate is a fraction") as refused:
        attrs.evolve(INVOICE, vat_rate=Decimal(rate))
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
