"""What an indicator comes to: exact, with an interval, and nothing where nothing was measured."""

from decimal import Decimal
from fractions import Fraction

import pytest

from salesreg.commercial import COMMERCIAL
from salesreg.commercial.domain.indicators import MISSING
from salesreg.commercial.indicators import INDICATORS, Period, Value, wilson
from salesreg.errors import DomainError


def test_every_norm_that_an_indicator_counts_is_one_of_the_rulebook_s():
    norms = {norm.id for norm in COMMERCIAL.enforced()}
    assert {one.norm for one in INDICATORS.values() if one.norm} | set(MISSING) <= norms
    assert {norm.split(".")[0] for norm in INDICATORS} == {f"K{number}" for number in range(1, 19)}


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (81, 263, "0.2553", "0.3662"),
        (0, 10, "0.0000", "0.2775"),
        (10, 10, "0.7225", "1.0000"),
        (1, 2, "0.0945", "0.9055"),
    ],
)
def test_the_interval_is_wilson_s(successes: int, trials: int, low: str, high: str):
    assert wilson(successes, trials) == (Decimal(low), Decimal(high))


def test_of_nothing_there_is_no_value():
    for one in INDICATORS.values():
        nothing = Value(one, Fraction(), Fraction())
        assert (nothing.value, nothing.interval, nothing.rounded(), nothing.text()) == (None, None, None, "—")


def test_a_value_is_exact_and_rounded_only_for_people():
    third = Value(INDICATORS["K6"], Fraction(2), Fraction(3))
    assert third.value == Fraction(2, 3)
    assert third.rounded() == Decimal("0.6667")
    assert third.text("ru") == "66,7\N{NO-BREAK SPACE}%"
    assert Value(INDICATORS["K7"], Fraction(25, 2), Fraction(4)).text() == "12.5\N{NO-BREAK SPACE}min"


def test_a_month_is_the_company_s_own():
    first, after = Period.month("2026-03").bounds("Europe/Moscow")
    assert (first.isoformat(), after.isoformat()) == ("2026-02-28T21:00:00+00:00", "2026-03-31T21:00:00+00:00")
    assert Period.month("2028-02").last.day == 29
    with pytest.raises(DomainError, match="is no month"):
        Period.month("2026-13")
