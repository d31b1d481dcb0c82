"""A quote is bound to its content: what differs in any price has another hash, what is written otherwise has not."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.prices import BasePriceList, PriceItem, PriceQuote, QuoteLine, QuoteStatus
from salesreg.errors import DomainError

NEW_YEAR = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
AUDIT = PriceItem("audit", "Audit", "day", Money(1000))
COURSE = PriceItem("course", "Course", "person", Money("99.99"))
BASE = BasePriceList("2026-1", [AUDIT, COURSE], effective_from=NEW_YEAR)


def quote(*lines, **fields):
    return PriceQuote(fields.pop("version", 1), fields.pop("base_version", "2026-1"), lines, **fields)


def test_a_line_costs_its_discounted_price_times_the_quantity():
    line = BASE.line("course", discount=10, quantity=3)
    assert line == QuoteLine("course", Money("99.99"), Decimal(10), Decimal(3), name="Course", unit="person")
    assert line.unit_price == Money("89.99")
    assert line.total == Money("269.97")
    assert quote(line, BASE.line("audit")).total == Money("1269.97")


def test_the_same_content_has_the_same_hash_however_it_is_written():
    one = quote(QuoteLine("a", Money(100), Decimal(5)), QuoteLine("b", Money(7)))
    other = quote(
        QuoteLine("b", Money("7.00"), Decimal("0.0")),
        QuoteLine("a", Money("100.00"), Decimal("5.00"), Decimal("1.0")),
        version=9,
        status=QuoteStatus.APPROVED,
    )
    assert one.content_hash == other.content_hash
    assert len(one.content_hash) == 64


@pytest.mark.parametrize(
    "other",
    [
        quote(QuoteLine("a", Money("100.01"))),
        quote(QuoteLine("a", Money(100, "EUR"))),
        quote(QuoteLine("a", Money(100), Decimal("0.1"))),
        quote(QuoteLine("a", Money(100), quantity=Decimal(2))),
        quote(QuoteLine("a", Money(100), unit="day")),
        quote(QuoteLine("b", Money(100))),
        quote(QuoteLine("a", Money(100)), base_version="2026-2"),
    ],
)
def test_any_other_content_has_another_hash(other):
    assert other.content_hash != quote(QuoteLine("a", Money(100))).content_hash


@given(st.decimals(0, 100, places=3), st.integers(0, 10**9), st.decimals("0.001", 1000, places=3))
def test_a_record_reads_back_with_the_same_hash(discount, kopecks, quantity):
    given_quote = quote(QuoteLine("a", Money(Decimal(kopecks) / 100), discount, quantity))
    back = msgspec.json.decode(msgspec.json.encode(given_quote), type=PriceQuote)
    assert back == given_quote
    assert back.content_hash == given_quote.content_hash


def test_a_hash_stands_in_no_record_and_a_forged_one_is_ignored():
    genuine = quote(QuoteLine("a", Money(100)))
    before = msgspec.json.encode(genuine)
    good = genuine.content_hash
    assert msgspec.json.encode(genuine) == before
    for name in (b"content_hash", b"_hash"):
        forged = before.replace(b"{", b'{"' + name + b'":"' + b"0" * 64 + b'",', 1)
        assert msgspec.json.decode(forged, type=PriceQuote).content_hash == good


def test_another_status_leaves_the_content_and_its_hash_alone(monkeypatch):
    draft = quote(QuoteLine("a", Money(100)), QuoteLine("b", Money(7)))
    good = draft.content_hash

    def again(self):
        raise AssertionError("what has not changed is neither hashed nor checked again")

    monkeypatch.setattr(QuoteLine, "canonical", again)
    monkeypatch.setattr(PriceQuote, "__attrs_post_init__", again)
    submitted = draft.marked(QuoteStatus.SUBMITTED)
    assert (submitted.status, submitted.lines, submitted.content_hash) == (QuoteStatus.SUBMITTED, draft.lines, good)
    assert draft.status is QuoteStatus.DRAFT
    assert submitted.marked(QuoteStatus.DRAFT) == draft


def test_a_revision_is_the_next_version_and_a_draft_again():
    approved = quote(QuoteLine("a", Money(100)), status=QuoteStatus.APPROVED)
    revised = approved.revised((QuoteLine("a", Money(90)),))
    assert (revised.version, revised.status, revised.base_version) == (2, QuoteStatus.DRAFT, "2026-1")
    assert approved.revised(approved.lines, "2026-2").base_version == "2026-2"


@pytest.mark.parametrize(
    ("build", "code"),
    [
        (quote, "quote_empty"),
        (lambda: quote(QuoteLine("a", Money(1)), QuoteLine("a", Money(2))), "quote_item_twice"),
        (lambda: quote(QuoteLine("a", Money(1)), QuoteLine("b", Money(2, "EUR"))), "quote_mixed_currencies"),
        (lambda: quote(QuoteLine("a", Money(1)), version=0), "quote_version"),
        (lambda: quote(QuoteLine("a", Money(1)), base_version=" "), "quote_without_base"),
        (lambda: QuoteLine(" ", Money(1)), "quote_line_without_item"),
        (lambda: QuoteLine("a", Money(-1)), "quote_line_below_zero"),
        (lambda: QuoteLine("a", Money(1), 0.1), "quote_line_float"),
        (lambda: QuoteLine("a", Money(1), Decimal(101)), "quote_line_discount"),
        (lambda: QuoteLine("a", Money(1), Decimal("NaN")), "quote_line_discount"),
        (lambda: QuoteLine("a", Money(1), quantity=Decimal(0)), "quote_line_quantity"),
        (lambda: QuoteLine("a", Money(1), quantity=Decimal("Infinity")), "quote_line_quantity"),
        (lambda: PriceItem(" ", "Audit", "day", Money(1)), "price_item_without_code"),
        (lambda: PriceItem("a", "Audit", "day", Money(-1)), "price_item_below_zero"),
        (lambda: BasePriceList(" ", [], effective_from=NEW_YEAR), "price_list_without_version"),
        (lambda: BasePriceList("1", [AUDIT, AUDIT], effective_from=NEW_YEAR), "price_list_item_twice"),
        (lambda: BasePriceList("1", [], effective_from=NEW_YEAR, effective_to=NEW_YEAR), "price_list_ends_first"),
        (lambda: BASE.item("gift"), "price_list_no_item"),
        (lambda: BasePriceList("1", [], effective_from=NEW_YEAR).item("gift"), "price_list_no_item"),
    ],
)
def test_prices_that_cannot_be_are_refused_with_what_would_be_right(build, code):
    with pytest.raises(DomainError) as refused:
        build()
    assert refused.value.code == code
    assert "{" not in str(refused.value)


def test_a_price_list_is_in_force_from_its_first_instant_up_to_its_end():
    second = dt.timedelta(seconds=1)
    end = NEW_YEAR + dt.timedelta(days=90)
    quarter = BasePriceList("q1", [AUDIT], effective_from=NEW_YEAR, effective_to=end)
    at = [NEW_YEAR - second, NEW_YEAR, end - second, end]
    assert [quarter.in_force(moment) for moment in at] == [False, True, True, False]
    assert BASE.in_force(end)


def test_a_price_list_hashes_its_content_whatever_its_order_and_dates():
    other = BasePriceList("2027-1", [COURSE, AUDIT], effective_from=NEW_YEAR + dt.timedelta(days=365))
    assert other.content_hash == BASE.content_hash
    assert BasePriceList("2026-1", [AUDIT], effective_from=NEW_YEAR).content_hash != BASE.content_hash
    assert msgspec.json.decode(msgspec.json.encode(BASE), type=BasePriceList) == BASE
