"""Prices: the base price list and the preliminary quote that a client is offered (R6, R9, R10, R35–R38)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import attrs

from salesreg.domain.instants import Instant, keep_utc, to_utc
from salesreg.domain.money import Money
from salesreg.errors import DomainError

__all__ = ["BasePriceList", "PriceBook", "PriceItem", "PriceQuote", "QuoteLine", "QuoteStatus", "items_hash"]

HUNDRED: Final = Decimal(100)


def _content_hash(body: Any) -> str:
    """SHA-256 of canonical JSON: sorted keys, no blanks, numbers as plain decimal text."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(number: Decimal) -> str:
    """A number as text, alike for 5, 5.0 and 5E+0."""
    return f"{number.normalize():f}"


def _no_twice(codes: Iterable[str], where: str) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise DomainError(f"{where} names the item {code!r} twice: keep one line for it")
        seen.add(code)


@attrs.frozen
class PriceItem:
    """One position of a price list.

    Attributes:
        code: unique in its list.
        name: for people.
        unit: what one piece is, such as ``"certificate"``.
        price: for one unit, not negative.
        conditions: under which it applies.
    """

    code: str
    name: str
    unit: str
    price: Money
    conditions: str = ""

    def __attrs_post_init__(self) -> None:
        if not self.code.strip():
            raise DomainError(f"a price list item needs a code, and {self.name!r} has none")
        if self.price.amount < 0:
            raise DomainError(f"item {self.code!r} cannot cost {self.price}: a price is at least 0")


def items_hash(items: Iterable[PriceItem]) -> str:
    """SHA-256 of the positions of a price list, whatever their order, as 64 hexadecimal digits."""
    ordered = sorted(items, key=lambda item: item.code)
    return _content_hash([[item.code, item.name, item.unit, str(item.price), item.conditions] for item in ordered])


@attrs.frozen
class QuoteLine:
    """One line of a quote.

    Attributes:
        item: the item's code in the base price list.
        price: for one unit before the discount, not negative.
        discount: in per cent of the price, from 0 to 100.
        quantity: how many units, more than 0.
        name: the item's name for people.
        unit: what one unit is.
    """

    item: str
    price: Money
    discount: Decimal = attrs.field(default=Decimal(0))
    quantity: Decimal = attrs.field(default=Decimal(1))
    name: str = attrs.field(default="", kw_only=True)
    unit: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.item.strip():
            raise DomainError("a quote line needs the code of an item in the base price list")
        if self.price.amount < 0:
            raise DomainError(f"{self.item!r} cannot be quoted at {self.price}: a price is at least 0")
        for name in ("discount", "quantity"):
            value = getattr(self, name)
            if isinstance(value, float):
                raise DomainError(
                    f"the {name} of {self.item!r} is the float {value!r}: give a Decimal or a whole number"
                )
            object.__setattr__(self, name, Decimal(value))
        if not (self.discount.is_finite() and 0 <= self.discount <= HUNDRED):
            raise DomainError(f"the discount on {self.item!r} is {self.discount} per cent: give 0 to 100")
        if not (self.quantity.is_finite() and self.quantity > 0):
            raise DomainError(f"the quantity of {self.item!r} is {self.quantity}: give more than 0")

    @property
    def unit_price(self) -> Money:
        """What one unit costs after the discount, rounded to the kopeck.

        >>> QuoteLine("audit", Money("999.99"), Decimal(10)).unit_price
        Money('899.99')
        """
        return self.price.times((HUNDRED - self.discount) / HUNDRED)

    @property
    def total(self) -> Money:
        """What the line costs: the price of one unit after the discount, times the quantity."""
        return self.unit_price.times(self.quantity)

    def canonical(self) -> dict[str, str]:
        """The line as plain values in which equal prices are written alike."""
        return {
            "item": self.item,
            "price": str(self.price),
            "discount": _plain(self.discount),
            "quantity": _plain(self.quantity),
            "unit": self.unit,
        }


@attrs.frozen
class BasePriceList:
    """The prices from which quotes are made, as one version of them.

    Attributes:
        version: unique name, such as ``"2026-1"``.
        effective_from: the first instant at which it is in force, UTC.
        effective_to: the first instant at which it no longer is, UTC; None while no end is known.
        recorded_at: when it was entered, UTC.
        items: its positions, each code once.
        content_hash: SHA-256 of the items, as 64 hexadecimal digits; computed.
    """

    version: str
    items: tuple[PriceItem, ...]
    effective_from: Instant = attrs.field(kw_only=True)
    effective_to: Instant | None = attrs.field(default=None, kw_only=True)
    recorded_at: Instant | None = attrs.field(default=None, kw_only=True)
    content_hash: str = attrs.field(init=False, default="", eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if not self.version.strip():
            raise DomainError("a base price list needs a version, such as '2026-1'")
        object.__setattr__(self, "items", tuple(self.items))
        keep_utc(self, "effective_from", "effective_to", "recorded_at")
        if self.effective_to is not None and self.effective_to <= self.effective_from:
            raise DomainError(
                f"base price list {self.version!r} begins at {self.effective_from} and ends at {self.effective_to}"
            )
        _no_twice((item.code for item in self.items), f"base price list {self.version!r}")
        object.__setattr__(self, "content_hash", items_hash(self.items))

    def in_force(self, at: Instant) -> bool:
        """Whether the list applies at an instant: from its first moment up to, not including, its end."""
        at = to_utc(at)
        return self.effective_from <= at and (self.effective_to is None or at < self.effective_to)

    def item(self, code: str) -> PriceItem:
        """The position of that code.

        Raises:
            DomainError: the list has none.
        """
        for item in self.items:
            if item.code == code:
                return item
        known = ", ".join(item.code for item in self.items) or "no items"
        raise DomainError(f"base price list {self.version!r} has no item {code!r}; it has {known}")

    def line(self, code: str, *, discount: Decimal | int = 0, quantity: Decimal | int = 1) -> QuoteLine:
        """A quote line for one of its items."""
        item = self.item(code)
        return QuoteLine(code, item.price, Decimal(discount), Decimal(quantity), name=item.name, unit=item.unit)


@attrs.frozen
class PriceBook:
    """Every base price list that was ever in force: what a thing cost at an instant, as known at an instant.

    Attributes:
        lists: in the order in which they came into force, each with the instant at which it was recorded; each ends
            where the next begins, so that exactly one is in force from the first one's beginning on.

    Raises:
        DomainError: two lists have one version or overlap, there is a gap between them, or one was never recorded.

    >>> import datetime as dt
    >>> new_year = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    >>> audit = PriceItem("audit", "Audit", "day", Money(1000))
    >>> book = PriceBook([BasePriceList("2026-1", [audit], effective_from=new_year, recorded_at=new_year)])
    >>> book.price("audit", new_year + dt.timedelta(days=90))
    Money('1000.00')
    """

    lists: tuple[BasePriceList, ...]

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "lists", tuple(sorted(self.lists, key=lambda one: one.effective_from)))
        for one in self.lists:
            if one.recorded_at is None:
                raise DomainError(f"base price list {one.version!r} was never recorded: say when it was entered")
        if len({one.version for one in self.lists}) < len(self.lists):
            raise DomainError("two base price lists have one version: give each a name of its own")
        for earlier, later in pairwise(self.lists):
            if earlier.effective_to != later.effective_from:
                raise DomainError(
                    f"base price list {earlier.version!r} ends at {earlier.effective_to} and {later.version!r} begins "
                    f"at {later.effective_from}: each ends where the next begins"
                )

    def in_force(self, at: Instant, known_at: Instant | None = None) -> BasePriceList:
        """The list in force at an instant.

        Args:
            at: the instant asked about.
            known_at: only what had been recorded by this instant counts; None is everything known today.

        Raises:
            DomainError: no list was in force then, as far as was known.
        """
        at = to_utc(at)
        seen = None if known_at is None else to_utc(known_at)
        for one in reversed(self.lists):
            known = seen is None or (one.recorded_at is not None and one.recorded_at <= seen)
            # What ended a list may not have been known yet, so only its beginning is asked for.
            if known and one.effective_from <= at and (seen is not None or one.in_force(at)):
                return one
        raise DomainError(f"no base price list was in force at {at}" + (f", as known at {seen}" if seen else ""))

    def price(self, item: str, at: Instant, known_at: Instant | None = None) -> Money:
        """What one unit of an item cost at an instant, as known at an instant.

        Raises:
            DomainError: no list was in force then, or it does not have the item.
        """
        return self.in_force(at, known_at).item(item).price


class QuoteStatus(StrEnum):
    """Where a quote stands on its way to approval."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    REVOKED = "revoked"


@attrs.frozen
class PriceQuote:
    """One version of the preliminary price that a client is offered (R6).

    Attributes:
        version: 1 for the first, one more for each revision.
        base_version: the version of the base price list it was made from.
        lines: at least one, each item once, all in one currency.
        status: draft, submitted, approved, rejected or revoked.
    """

    version: int
    base_version: str
    lines: tuple[QuoteLine, ...]
    status: QuoteStatus = QuoteStatus.DRAFT

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "lines", tuple(self.lines))
        if self.version < 1:
            raise DomainError(f"a quote's versions are counted from 1, so there is no version {self.version}")
        if not self.base_version.strip():
            raise DomainError("a quote is made from a base price list: say which version")
        if not self.lines:
            raise DomainError("a quote without lines offers nothing: give at least one line")
        _no_twice((line.item for line in self.lines), f"quote version {self.version}")
        currencies = {line.price.currency for line in self.lines}
        if len(currencies) > 1:
            raise DomainError(f"a quote is in one currency, and this one mixes {' and '.join(sorted(currencies))}")

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the base version and the lines, whatever their order, as 64 hexadecimal digits.

        An approval is bound to it, so a quote that differs in any price, discount or quantity is not the one approved.
        """
        lines = [line.canonical() for line in sorted(self.lines, key=lambda line: line.item)]
        return _content_hash({"base": self.base_version, "lines": lines})

    @property
    def total(self) -> Money:
        """What all lines cost together."""
        return sum((line.total for line in self.lines[1:]), start=self.lines[0].total)

    def revised(self, lines: tuple[QuoteLine, ...], base_version: str | None = None) -> PriceQuote:
        """The next version, a draft again."""
        return PriceQuote(self.version + 1, base_version or self.base_version, lines)
