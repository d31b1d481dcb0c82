"""Money: an exact amount to the kopeck in one currency, which never meets a float."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from functools import lru_cache
from typing import Final

import attrs

from salesreg.errors import DomainError

KOPECK: Final = Decimal("0.01")
_SIGNS: Final = {"RUB": "₽", "USD": "$", "EUR": "€"}
_NO_BREAK: Final = "\u00a0"


def _decimal(value: object) -> Decimal:
    """An exact number; a float is refused because it has lost its kopecks already."""
    if isinstance(value, float):
        raise DomainError(
            "money_float", 'money is never a float such as {got}: write it as text, "{got}", or as a Decimal', got=value
        )
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int | str) and not isinstance(value, bool):
        try:
            return Decimal(value)
        except InvalidOperation:
            raise DomainError(
                "money_without_digits", '{got} is not an amount of money: write digits, such as "1500.00"', got=value
            ) from None
    raise DomainError(
        "money_mistyped",
        '{got} is not an amount of money: give a Decimal, a whole number or text such as "1500.00"',
        got=repr(value),
    )


def _to_kopecks(amount: Decimal) -> Decimal:
    try:
        with localcontext(prec=60):
            rounded = amount.quantize(KOPECK, rounding=ROUND_HALF_UP)
    except InvalidOperation:
        raise DomainError(
            "money_too_large", "{got} is not an amount of money: give a number of ordinary size", got=str(amount)
        ) from None
    return rounded or abs(rounded)  # -0.00 is 0.00


@lru_cache(maxsize=64)
def _is_currency(code: str) -> bool:
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()


@attrs.frozen(order=False, repr=False)
class Money:
    """An amount in one currency, exact to the kopeck: 100 and 100.00 are one price.

    Attributes:
        amount: in units of the currency, with two decimals; from a `Decimal`, a whole number or text.
        currency: ISO 4217 code.

    Raises:
        DomainError: the amount is a float, not finite, or finer than a kopeck (use `rounded`), or the currency is no
            code of three capital letters.

    >>> Money("1500") + Money("0.50")
    Money('1500.50')
    """

    amount: Decimal = attrs.field(converter=_decimal)
    currency: str = "RUB"

    def __attrs_post_init__(self) -> None:
        if not self.amount.is_finite():
            raise DomainError(
                "money_not_finite", "{got} is not an amount of money: give a finite number", got=str(self.amount)
            )
        if not self.amount.same_quantum(KOPECK) or not self.amount:
            exact = _to_kopecks(self.amount)
            if exact != self.amount:
                raise DomainError(
                    "money_too_fine", "{got} is finer than a kopeck: use Money.rounded({got})", got=str(self.amount)
                )
            object.__setattr__(self, "amount", exact)
        if not _is_currency(self.currency):
            raise DomainError(
                "money_bad_currency", '"{got}" is no currency: give an ISO 4217 code, such as "RUB"', got=self.currency
            )

    @classmethod
    def rounded(cls, amount: Decimal | int | str, currency: str = "RUB") -> Money:
        """The amount rounded to the kopeck, halves away from zero.

        >>> Money.rounded("0.125"), Money.rounded("-0.125")
        (Money('0.13'), Money('-0.13'))
        """
        exact = _decimal(amount)
        return cls(_to_kopecks(exact) if exact.is_finite() else exact, currency)

    # -- arithmetic -----------------------------------------------------------------------------------------------

    def _same(self, other: object, doing: str) -> Decimal:
        if not isinstance(other, Money):
            raise TypeError(f"cannot {doing} {self} and {other!r}: both must be Money")
        if other.currency != self.currency:
            raise DomainError(
                "money_two_currencies",
                "{got} are of two currencies: convert one of them to the other's first",
                got=(str(self), str(other)),
            )
        return other.amount

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other, "add"), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other, "subtract"), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __mul__(self, count: int) -> Money:
        if type(count) is not int:  # a bool is an int and no count
            raise TypeError(f"cannot multiply {self} by {count!r}: give a whole number, or round openly with times()")
        return Money(self.amount * count, self.currency)

    __rmul__ = __mul__

    def times(self, factor: Decimal | int | str) -> Money:
        """The amount multiplied by any exact factor and rounded to the kopeck once, halves away from zero.

        >>> Money("99.99").times("0.5")
        Money('50.00')
        """
        return Money.rounded(self.amount * _decimal(factor), self.currency)

    def split(self, weights: Sequence[Decimal | int]) -> tuple[Money, ...]:
        """The amount in parts proportional to the weights, whose sum is exactly the amount.

        Kopecks left over by rounding down go to the parts that lost most, the earlier first.

        Raises:
            DomainError: there is no weight, one is negative, or all are zero.

        >>> Money("100").split([1, 1, 1])
        (Money('33.34'), Money('33.33'), Money('33.33'))
        """
        shares = [_decimal(weight) for weight in weights]
        usable = all(share.is_finite() and share >= 0 for share in shares)
        if not usable or sum(shares) == 0:
            raise DomainError(
                "money_split",
                "{amount} cannot be split by {got}: give weights of at least 0 that are not all 0",
                amount=str(self),
                got=tuple(map(str, weights)),
            )
        kopecks, whole = int(self.amount / KOPECK), sum(shares)
        sign = -1 if kopecks < 0 else 1
        with localcontext(prec=60):
            exact = [abs(kopecks) * share / whole for share in shares]
        parts = [int(part) for part in exact]
        losers = sorted(range(len(parts)), key=lambda i: parts[i] - exact[i])
        for index in losers[: abs(kopecks) - sum(parts)]:
            parts[index] += 1
        return tuple(Money(sign * part * KOPECK, self.currency) for part in parts)

    # -- comparison -----------------------------------------------------------------------------------------------

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other, "compare")

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other, "compare")

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other, "compare")

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other, "compare")

    def __bool__(self) -> bool:
        return bool(self.amount)

    # -- words ----------------------------------------------------------------------------------------------------

    def text(self, lang: str = "en") -> str:
        """The amount for people, with digits grouped and no line break inside.

        >>> Money("1234567.5").text(), Money("1234567.5").text("ru").replace(chr(160), "_")
        ('₽1,234,567.50', '1_234_567,50_₽')
        """
        sign = _SIGNS.get(self.currency)
        digits = f"{abs(self.amount):,.2f}"
        minus = "\u2212" if self.amount < 0 else ""
        if lang == "ru":
            return f"{minus}{digits.replace(',', _NO_BREAK).replace('.', ',')}{_NO_BREAK}{sign or self.currency}"
        return f"{minus}{sign or self.currency + _NO_BREAK}{digits}"

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __repr__(self) -> str:
        return f"Money('{self.amount}'{'' if self.currency == 'RUB' else f', {self.currency!r}'})"


def readable(money: Money) -> str:
    r"""An amount as people read it, without its kopecks if it has none.

    >>> readable(Money("40500")), readable(Money("1200.50", "USD"))
    ('40\xa0500\xa0₽', '1\xa0200.50\xa0USD')
    """
    whole = f"{money.amount:,.2f}".replace(",", "\N{NO-BREAK SPACE}").removesuffix(".00")
    return f"{whole}\N{NO-BREAK SPACE}{'₽' if money.currency == 'RUB' else money.currency}"
