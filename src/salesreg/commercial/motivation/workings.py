"""What a bonus is worked out from, as a tree: every amount with what it comes from, down to events and parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any

import attrs

from salesreg.commercial.domain.money import Money

Value = Money | Fraction | str | None


@attrs.frozen
class Trace:
    """One value and what it comes from.

    Attributes:
        name: what it is, a key of the catalogues under ``pay.``.
        value: money is exact to the kopeck, a `Fraction` exact; None where there is nothing to reckon.
        of: what it is about, such as the id of a norm or a deal.
        formula: how it follows from its children, in figures.
        clauses: the requirements and norms behind it.
        events: the ids of the events, payments and obligations behind it.
    """

    name: str
    value: Value
    children: tuple[Trace, ...] = ()
    of: str = ""
    formula: str = ""
    clauses: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    def walk(self) -> Iterator[Trace]:
        """Itself and everything below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, name: str, of: str = "") -> Trace:
        """The first of that name below it, about something if that is given.

        Raises:
            LookupError: there is none.
        """
        found = next((one for one in self.walk() if one.name == name and of in {"", one.of}), None)
        if found is None:
            raise LookupError(f"nothing below {self.name!r} is called {name!r}")
        return found

    def to_dict(self) -> dict[str, Any]:
        """The tree as plain values, without what is empty; numbers exact, as text."""
        whole: dict[str, Any] = {
            "name": self.name,
            "value": None if self.value is None else exactly(self.value),
            **{name: getattr(self, name) for name in ("of", "formula") if getattr(self, name)},
            **{name: list(getattr(self, name)) for name in ("clauses", "events") if getattr(self, name)},
        }
        return whole | ({"children": [one.to_dict() for one in self.children]} if self.children else {})


def exactly(value: Money | Fraction | str) -> str:
    """A value as text that loses nothing: a decimal where there is one, else a fraction.

    >>> exactly(Fraction(3, 4)), exactly(Fraction(431, 480)), exactly(Money(5))
    ('0.75', '431/480', '5.00')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Money):
        return str(value.amount)
    left = value.denominator
    for prime in (2, 5):
        while left % prime == 0:
            left //= prime
    if left > 1 or value.denominator > 10**18:
        return str(value)
    with localcontext(prec=60):
        return f"{(Decimal(value.numerator) / Decimal(value.denominator)).normalize():f}"


def product(name: str, factors: Sequence[Trace], **more: Any) -> tuple[Fraction, Trace]:
    """What some values come to multiplied, exactly, and its trace."""
    value = Fraction(1)
    for one in factors:
        value *= Fraction(one.value.amount) if isinstance(one.value, Money) else Fraction(one.value or 0)
    formula = " × ".join(exactly(one.value) for one in factors if one.value is not None)
    formula = factors[0].formula if len(factors) == 1 and factors[0].formula else formula
    return value, Trace(name, value, tuple(factors), formula=formula, **more)


def shared(values: Sequence[Fraction], total: int | None = None) -> tuple[int, ...]:
    """Exact kopecks as whole ones whose sum is the total: by default that of the values, rounded once, half up.

    What rounding down leaves goes to those that lost most, the earlier first.

    >>> shared([Fraction(1, 2), Fraction(1, 2), Fraction(1, 4)])
    (1, 0, 0)
    """
    floors = [one.__floor__() for one in values]
    total = half_up(sum(values, start=Fraction(0))) if total is None else total
    losers = sorted(range(len(floors)), key=lambda place: floors[place] - values[place])
    for place in losers[: total - sum(floors)]:
        floors[place] += 1
    return tuple(floors)


def half_up(value: Fraction) -> int:
    """A whole number, halves away from zero."""
    size = (2 * abs(value) + 1) // 2
    return int(size if value >= 0 else -size)


def near(value: Fraction, digits: int = 6) -> Decimal:
    """A fraction as people read it."""
    scaled = Decimal(half_up(value * 10**digits)).scaleb(-digits)
    return scaled.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP).normalize()


def kopecks(count: int, currency: str) -> Money:
    """So many kopecks."""
    return Money(Decimal(count).scaleb(-2), currency)
