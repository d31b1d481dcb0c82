"""What an indicator comes to: an exact value, how sure it is, and the events behind it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Final

import attrs

from salesreg.commercial.domain.indicators import Indicator, Unit

Z95: Final = Decimal("1.959963984540054")
"""The standard normal quantile of a two-sided interval of 95 %."""
_PLACES: Final = Decimal("0.0001")


@attrs.frozen
class Value:
    """What an indicator comes to, exactly.

    Attributes:
        numerator, denominator: the two sums; of a median the denominator is how many were measured.
        events: the ids of the events behind it, in the order of the log's instants.

    >>> one = Value(Indicator("K6", "First response", "in time", "all"), Fraction(9), Fraction(10))
    >>> one.value, one.interval
    (Fraction(9, 10), (Decimal('0.5958'), Decimal('0.9821')))
    """

    indicator: Indicator
    numerator: Fraction
    denominator: Fraction
    events: tuple[str, ...] = ()

    @property
    def value(self) -> Fraction | None:
        """The value; None where there was nothing to measure, which is neither 0 nor 1."""
        if not self.denominator:
            return None
        return self.numerator if self.indicator.median else self.numerator / self.denominator

    @property
    def interval(self) -> tuple[Decimal, Decimal] | None:
        """The Wilson score interval of 95 % of a share of cases, to four places; None for sums of money and medians."""
        n, k = self.denominator, self.numerator
        counts = n.denominator == 1 and k.denominator == 1 and 0 <= k <= n
        if not n or not counts or self.indicator.median or self.indicator.id in UNCERTAIN_NOT:
            return None
        return wilson(int(k), int(n))

    def rounded(self, places: str = "0.0001") -> Decimal | None:
        """The value as a decimal, halves away from zero."""
        if self.value is None:
            return None
        with localcontext(prec=60):
            exact = Decimal(self.value.numerator) / Decimal(self.value.denominator)
            return exact.quantize(Decimal(places), rounding=ROUND_HALF_UP)

    def text(self, lang: str = "en") -> str:
        """The value for people, with its unit; a dash where there was nothing to measure."""
        if self.value is None:
            return "—"
        share = self.indicator.unit is Unit.SHARE
        number = Value(self.indicator, self.numerator * 100, self.denominator).rounded("0.1") if share else None
        said = f"{self.rounded('0.1') if number is None else number}".removesuffix(".0")
        units = {"en": {Unit.MINUTES: "min", Unit.DAYS: "d"}, "ru": {Unit.MINUTES: "мин", Unit.DAYS: "дн."}}
        unit = "%" if share else units.get(lang, units["en"])[self.indicator.unit]
        return f"{said.replace('.', ',') if lang == 'ru' else said}\N{NO-BREAK SPACE}{unit}"


UNCERTAIN_NOT: Final = frozenset({"K1", "K4", "K17"})
"""Whose denominator is no number of trials: a plan, a quota, a sum of money."""


def wilson(successes: int, trials: int) -> tuple[Decimal, Decimal]:
    """The Wilson score interval of a share at 95 %, rounded to four places.

    It is honest where few cases are on record: nine of ten is somewhere between 60 and 98 per cent.

    >>> wilson(0, 3)
    (Decimal('0.0000'), Decimal('0.5615'))
    """
    with localcontext(prec=40):
        n, p, z2 = Decimal(trials), Decimal(successes) / Decimal(trials), Z95 * Z95
        middle, whole = p + z2 / (2 * n), 1 + z2 / n
        half = Z95 * (p * (1 - p) / n + z2 / (4 * n * n)).sqrt()
        low, high = (middle - half) / whole, (middle + half) / whole
        low = Decimal(0) if successes == 0 else low
        high = Decimal(1) if successes == trials else high
        return low.quantize(_PLACES, rounding=ROUND_HALF_UP), high.quantize(_PLACES, rounding=ROUND_HALF_UP)
