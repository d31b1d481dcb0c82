"""Prices: the base price list and the preliminary quote that a client is offered (R6, R9, R10, R35–R38)."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, Self

import attrs

from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.numbers import spelled
from salesreg.commercial.domain.records import Record, exact, once, said
from salesreg.errors import DomainError
from salesreg.rules.instants import Instant, to_utc
from salesreg.rules.texts import says_nothing

HUNDRED: Final = Decimal(100)


def content_hash(body: Any) -> str:
    """SHA-256 of canonical JSON: sorted keys, no blanks, numbers as plain decimal text."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(number: Decimal) -> str:
    """A number as text, alike for 5, 5.0 and 5E+0."""
    return f"{number.normalize():f}"


@attrs.frozen
class PriceItem(Record):
    """One position of a price list.

    Attributes:
        code: unique in its list, in whatever spelling.
        price: for one unit, not negative.
        conditions: under which it applies.
    """

    code: str
    name: str
    unit: str
    price: Money
    conditions: str = ""

    def _check(self) -> None:
        said(self.code, "price_item_without_code", "the price list item {item} needs a code", item=self.name)
        if self.price.amount < 0:
            raise DomainError(
                "price_item_below_zero", "{item} cannot cost {got}: give 0 or more", item=self.code, got=str(self.price)
            )

    def canonical(self) -> list[str]:
        """The item as plain values in which equal prices are written alike."""
        return [self.code, self.name, self.unit, str(self.price), self.conditions]


@attrs.frozen
class QuoteLine(Record):
    """One line of a quote.

    Attributes:
        item: the item's code in the base price list.
        price: for one unit before the discount, not negative.
        discount: in per cent of the price, from 0 to 100.
        quantity: how many units, more than 0.
        reason: why the price is another than the list's, where it is.
        list_price: what the list in force said when the line was written; None where there was no list.
    """

    item: str
    price: Money
    discount: Decimal = attrs.field(default=Decimal(0))
    quantity: Decimal = attrs.field(default=Decimal(1))
    name: str = attrs.field(default="", kw_only=True)
    unit: str = attrs.field(default="", kw_only=True)
    reason: str = attrs.field(default="", kw_only=True)
    list_price: Money | None = attrs.field(default=None, kw_only=True)

    def _check(self) -> None:
        said(self.item, "quote_line_without_item", "a quote line needs the code of an item in the base price list")
        if self.price.amount < 0:
            facts = {"item": self.item, "got": str(self.price)}
            raise DomainError("quote_line_below_zero", "{item} cannot be quoted at {got}: give at least 0", **facts)
        for name in ("discount", "quantity"):
            given = getattr(self, name)
            if type(given) is not Decimal:
                text = "the discount or quantity of {item} is the float {got}: give a Decimal or a whole number"
                self._set(name, exact(given, "quote_line_float", text, item=self.item))
        if not (self.discount.is_finite() and 0 <= self.discount <= HUNDRED):
            facts = {"item": self.item, "got": str(self.discount)}
            raise DomainError("quote_line_discount", "the discount on {item} is {got} per cent: give 0 to 100", **facts)
        if not (self.quantity.is_finite() and self.quantity > 0):
            facts = {"item": self.item, "got": str(self.quantity)}
            raise DomainError("quote_line_quantity", "the quantity of {item} is {got}: give more than 0", **facts)

    @property
    def unit_price(self) -> Money:
        """What one unit costs after the discount, rounded to the kopeck.

        >>> QuoteLine("audit", Money("999.99"), Decimal(10)).unit_price
        Money('899.99')
        """
        return self.price.times((HUNDRED - self.discount) / HUNDRED)

    @property
    def markdown(self) -> Decimal:
        """How many per cent the client pays less: the discount, or what is off the list's price where that is more.

        A price in another currency than the list's, which nobody can compare, may be anything: that is 100.

        >>> QuoteLine("audit", Money(800), Decimal(10), reason="a regular", list_price=Money(1000)).markdown
        Decimal('28')
        """
        listed = self.list_price
        if listed is None or not listed.amount:
            return self.discount
        if listed.currency != self.price.currency:
            return HUNDRED
        return max(self.discount, HUNDRED - self.price.amount * (HUNDRED - self.discount) / listed.amount)

    @property
    def total(self) -> Money:
        """What the line costs: the price of one unit after the discount, times the quantity."""
        return self.unit_price.times(self.quantity)

    def canonical(self) -> dict[str, str]:
        """The line as plain values in which equal prices are written alike."""
        plain = {
            "item": self.item,
            "price": str(self.price),
            "discount": _plain(self.discount),
            "quantity": _plain(self.quantity),
            "unit": self.unit,
        }
        return plain | {"reason": self.reason} if self.reason else plain

    def on(self, listed: BasePriceList) -> QuoteLine:
        """The line beside the price that a list has for its item, whose code it bears.

        Raises:
            DomainError: the list has no such item, or another price or unit and the line does not say why.
        """
        facts = {"version": listed.version, "item": self.item, "got": str(self.price)}
        if (found := listed.find(self.item)) is None:
            text = "base price list {version} has no item {item}, so it cannot be quoted"
            raise DomainError("quote_line_unlisted", text, **facts)
        other_unit = self.unit not in {"", found.unit}
        if (other_unit or self.price != found.price) and says_nothing(self.reason):
            asked, per = (f" / {self.unit}", f" / {found.unit}") if other_unit else ("", "")
            raise DomainError(
                "quote_line_off_list",
                "base price list {version} has {item} at {need}, and the quote at {got}: say why",
                need=f"{found.price}{per}",
                **facts | {"got": f"{self.price}{asked}"},
            )
        return attrs.evolve(self, item=found.code, list_price=found.price)


@attrs.frozen
class BasePriceList(Record):
    """The prices from which quotes are made, as one version of them.

    Attributes:
        effective_to: the first instant at which it no longer is, UTC; None while no end is known.
        recorded_at: since when it was known, UTC.
        withdrawn_at: when what had been entered was revoked before its date, UTC; None for what came into force.
    """

    version: str
    items: tuple[PriceItem, ...]
    effective_from: Instant = attrs.field(kw_only=True)
    effective_to: Instant | None = attrs.field(default=None, kw_only=True)
    recorded_at: Instant | None = attrs.field(default=None, kw_only=True)
    withdrawn_at: Instant | None = attrs.field(default=None, kw_only=True)

    def _check(self) -> None:
        said(self.version, "price_list_without_version", "a base price list needs a version, such as 2026-1")
        if self.effective_to is not None and self.effective_to <= self.effective_from:
            begins, ends = self.effective_from.isoformat(), self.effective_to.isoformat()
            facts = {"version": self.version, "need": begins, "got": ends}
            raise DomainError(
                "price_list_ends_first", "list {version} begins at {need} and cannot end at {got}", **facts
            )
        once(
            (spelled(item.code) for item in self.items),
            "price_list_item_twice",
            "base price list {version} names the item {got} twice: keep one of them",
            version=self.version,
        )

    @cached_property
    def _hash(self) -> str:  # in no record, as for a quote, and reckoned once, when it is first asked for
        return content_hash([item.canonical() for item in sorted(self.items, key=lambda item: item.code)])

    @cached_property
    def _by_code(self) -> dict[str, PriceItem]:
        return {spelled(item.code): item for item in self.items}

    @property
    def content_hash(self) -> str:
        """SHA-256 of the items, whatever their order, as 64 hexadecimal digits."""
        return self._hash

    def in_force(self, at: Instant) -> bool:
        """Whether the list applies at an instant: from its first moment up to, not including, its end."""
        at = to_utc(at)
        return self.effective_from <= at and (self.effective_to is None or at < self.effective_to)

    def find(self, code: str) -> PriceItem | None:
        """The position of that code, in whatever spelling; None if the list has none."""
        return self._by_code.get(spelled(code))

    def item(self, code: str) -> PriceItem:
        """The position of that code; a `DomainError` if the list has none."""
        if (found := self.find(code)) is None:
            facts = {"version": self.version, "got": code, "need": tuple(item.code for item in self.items)}
            raise DomainError("price_list_no_item", "price list {version} has no item {got}; it has {need}", **facts)
        return found

    def line(self, code: str, *, discount: Decimal | int = 0, quantity: Decimal | int = 1) -> QuoteLine:
        """A quote line for one of its items."""
        item = self.item(code)
        return QuoteLine(item.code, item.price, Decimal(discount), Decimal(quantity), name=item.name, unit=item.unit)


@attrs.frozen
class PriceBook(Record):
    """Every base price list that was ever in force: what a thing cost at an instant, as known at an instant.

    Attributes:
        lists: in the order in which they came into force, each with the instant at which it was recorded; each ends
            where the next begins, so that exactly one is in force from the first one's beginning on.

    >>> import datetime as dt
    >>> new_year = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    >>> audit = PriceItem("audit", "Audit", "day", Money(1000))
    >>> book = PriceBook([BasePriceList("2026-1", [audit], effective_from=new_year, recorded_at=new_year)])
    >>> book.price("audit", new_year + dt.timedelta(days=90))
    Money('1000.00')
    """

    lists: tuple[BasePriceList, ...]

    def _check(self) -> None:
        self._set("lists", tuple(sorted(self.lists, key=lambda one: one.effective_from)))
        for one in self.lists:
            if one.recorded_at is None:
                raise DomainError(
                    "price_book_unrecorded",
                    "base price list {got} was never recorded: say when it was entered",
                    got=one.version,
                )
        standing = [one for one in self.lists if one.withdrawn_at is None]
        versions = (one.version for one in standing)
        once(versions, "price_book_version_twice", "two base price lists are called {got}: give each its own version")
        for earlier, later in pairwise(standing):
            if earlier.effective_to != later.effective_from:
                raise DomainError(
                    "price_book_gap",
                    "base price list {earlier} ends at {got}, not where {later} begins, at {need}",
                    earlier=earlier.version,
                    later=later.version,
                    got=earlier.effective_to and earlier.effective_to.isoformat(),
                    need=later.effective_from.isoformat(),
                )

    def in_force(self, at: Instant, *, known_at: Instant | None = None) -> BasePriceList:
        """The list in force at an instant; a `DomainError` if there was none.

        Args:
            at: the instant asked about.
            known_at: only what had been recorded by this instant counts; None is everything known today.
        """
        at = to_utc(at)
        seen = None if known_at is None else to_utc(known_at)
        for one in reversed(self.lists):
            known = seen is None or (one.recorded_at is not None and one.recorded_at <= seen)
            stands = one.withdrawn_at is None or (seen is not None and seen < one.withdrawn_at)
            # What ended a list may not have been known yet, so only its beginning is asked for.
            if known and stands and one.effective_from <= at and (seen is not None or one.in_force(at)):
                return one
        raise DomainError(
            "price_book_none_in_force",
            "no base price list was in force at {got}, as far as was known",
            got=at.isoformat(),
            known_at=seen and seen.isoformat(),
        )

    def price(self, item: str, at: Instant, *, known_at: Instant | None = None) -> Money:
        """What one unit of an item cost at an instant, as known at an instant; a `DomainError` if nothing did."""
        return self.in_force(at, known_at=known_at).item(item).price


class QuoteStatus(StrEnum):
    """Where a quote stands on its way to approval."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    REVOKED = "revoked"


@attrs.frozen
class PriceQuote(Record):
    """One version of the preliminary price that a client is offered (R6).

    Attributes:
        version: 1 for the first, one more for each revision.
        base_version: the version of the base price list it was made from.
    """

    version: int
    base_version: str
    lines: tuple[QuoteLine, ...]
    status: QuoteStatus = QuoteStatus.DRAFT

    def _check(self) -> None:
        if self.version < 1:
            raise DomainError("quote_version", "a quote's versions count from 1, not {got}", got=self.version)
        said(self.base_version, "quote_without_base", "a quote is made from a base price list: say which version")
        if not self.lines:
            raise DomainError("quote_empty", "a quote without lines offers nothing: give at least one line")
        once(
            (spelled(line.item) for line in self.lines),
            "quote_item_twice",
            "quote version {version} names the item {got} twice: keep one line for it",
            version=self.version,
        )
        currencies = tuple(sorted({line.price.currency for line in self.lines}))
        if len(currencies) > 1:
            raise DomainError("quote_mixed_currencies", "a quote is in one currency, not in {got}", got=currencies)

    @cached_property
    def _hash(self) -> str:
        # msgspec writes whatever lies in a slot unless its name begins with "_", and reads attrs fields only: the hash
        # stands in no record and none is believed.
        lines = [line.canonical() for line in sorted(self.lines, key=lambda line: line.item)]
        return content_hash({"base": self.base_version, "lines": lines})

    @property
    def content_hash(self) -> str:
        """SHA-256 of the base version and the lines, whatever their order, as 64 hexadecimal digits.

        An approval is bound to it, so a quote that differs in any price, discount or quantity is not the one approved.
        """
        return self._hash

    def marked(self, status: QuoteStatus) -> Self:
        """The same quote in another status: its content is neither checked nor hashed anew.

        >>> quote = PriceQuote(1, "2026-1", (QuoteLine("audit", Money("1000")),))
        >>> quote.marked(QuoteStatus.SUBMITTED).content_hash is quote.content_hash
        True
        """
        made = object.__new__(type(self))
        for field in attrs.fields(type(self)):
            object.__setattr__(made, field.name, getattr(self, field.name))
        object.__setattr__(made, "status", status)
        object.__setattr__(made, "_hash", self._hash)
        return made

    @property
    def total(self) -> Money:
        """What all lines cost together."""
        return sum((line.total for line in self.lines[1:]), start=self.lines[0].total)

    def amended(self, lines: tuple[QuoteLine, ...], base_version: str) -> PriceQuote:
        """The next version, in which these lines take the place of those of the same items, or are added."""
        text = "quote version {version} names the item {got} twice: keep one line for it"
        once((line.item for line in lines), "quote_item_twice", text, version=self.version + 1)
        new = {line.item: line for line in lines}
        kept = tuple(new.pop(line.item, line) for line in self.lines)
        return self.revised((*kept, *new.values()), base_version)

    def revised(self, lines: tuple[QuoteLine, ...], base_version: str | None = None) -> PriceQuote:
        """The next version, a draft again."""
        return PriceQuote(self.version + 1, base_version or self.base_version, lines)
