"""Money is exact, of one currency, and never a float."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesreg.commercial.domain.money import Money
from salesreg.errors import DomainError

amounts = st.decimals(-(10**9), 10**9, places=2, allow_nan=False, allow_infinity=False)


def test_100_and_100_00_are_one_price():
    assert Money(100) == Money("100.00") == Money(Decimal("1E+2"))
    assert hash(Money(100)) == hash(Money("100.00"))
    assert str(Money(100)) == "100.00 RUB"


def test_minus_nothing_is_nothing():
    assert str(Money("-0.00")) == "0.00 RUB"
    assert not Money("-0")


@pytest.mark.parametrize(
    ("wrong", "code", "got"),
    [
        (0.1, "money_float", 0.1),
        ("ten", "money_without_digits", "ten"),
        (True, "money_mistyped", "True"),
        (None, "money_mistyped", "None"),
        ("NaN", "money_not_finite", "NaN"),
        ("Infinity", "money_not_finite", "Infinity"),
        ("0.005", "money_too_fine", "0.005"),
        ("1E+90", "money_too_large", "1E+90"),
    ],
)
def test_what_is_no_amount_is_refused_with_what_would_be_right(wrong, code, got):
    with pytest.raises(DomainError) as refused:
        Money(wrong)
    assert (refused.value.code, refused.value.facts) == (code, {"got": got})
    assert ": " in str(refused.value)


@pytest.mark.parametrize("code", ["rub", "RU", "РУБ", "R1B", ""])
def test_a_currency_is_a_code_of_three_capitals(code):
    with pytest.raises(DomainError, match="ISO 4217") as refused:
        Money(1, code)
    assert (refused.value.code, refused.value.facts["got"]) == ("money_bad_currency", code)


def test_halves_are_rounded_away_from_zero_and_only_on_request():
    assert Money.rounded("2.345") == Money("2.35")
    assert Money.rounded("-2.345") == Money("-2.35")
    assert Money("100").times("0.33335") == Money("33.34")
    with pytest.raises(DomainError, match="finite"):
        Money.rounded("NaN")


def test_arithmetic_stays_within_one_currency():
    assert Money(5) + Money("0.5") - Money(1) == Money("4.50")
    assert -Money(5) == Money(-5)
    assert Money("0.33") * 3 == 3 * Money("0.33") == Money("0.99")
    assert Money(1) < Money(2) <= Money(2)
    assert Money(2) > Money(1) >= Money(1)
    for wrong in (lambda: Money(1) + Money(1, "EUR"), lambda: Money(1) < Money(1, "EUR")):
        with pytest.raises(DomainError, match="convert one of them") as refused:
            wrong()
        assert refused.value.code == "money_two_currencies"


def test_money_meets_only_money():
    with pytest.raises(TypeError, match="both must be Money"):
        Money(1) + 1
    with pytest.raises(TypeError, match="whole number"):
        Money(1) * Decimal("0.5")
    with pytest.raises(TypeError, match="whole number"):
        Money(1) * True


def test_a_split_gives_the_kopecks_left_over_to_those_who_lost_most():
    assert Money("0.05").split([1, 1]) == (Money("0.03"), Money("0.02"))
    assert Money("-10").split([1, 1, 1]) == (Money("-3.34"), Money("-3.33"), Money("-3.33"))
    assert Money("100", "EUR").split([Decimal("0.5"), 0, Decimal("1.5")]) == (
        Money(25, "EUR"),
        Money(0, "EUR"),
        Money(75, "EUR"),
    )


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [Decimal("NaN")]])
def test_a_split_needs_weights(weights):
    with pytest.raises(DomainError, match="not all 0") as refused:
        Money(1).split(weights)
    assert refused.value.facts == {"amount": "1.00 RUB", "got": tuple(map(str, weights))}


@given(amounts, st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(any))
def test_a_split_loses_nothing_and_is_fair_to_the_kopeck(amount, weights):
    parts = Money(amount).split(weights)
    assert sum((part.amount for part in parts), Decimal(0)) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.amount - amount * weight / sum(weights)) < Decimal("0.01")


def test_people_read_it_in_their_language():
    sum_due = Money("-1234567.5")
    assert sum_due.text() == "−₽1,234,567.50"
    assert sum_due.text("ru") == "−1\u00a0234\u00a0567,50\u00a0₽"
    assert Money(5, "CHF").text() == "CHF\u00a05.00"
    assert Money(5, "CHF").text("ru") == "5,00\u00a0CHF"
    assert repr(Money(5, "CHF")) == "Money('5.00', 'CHF')"


@given(amounts)
def test_a_record_reads_back_as_the_same_money(amount):
    money = Money(amount)
    assert msgspec.json.decode(msgspec.json.encode(money), type=Money) == money
    assert eval(repr(money)) == money


def test_a_record_is_checked_when_it_is_read():
    with pytest.raises(msgspec.ValidationError, match="finite"):
        msgspec.json.decode(b'{"amount": "NaN"}', type=Money)
