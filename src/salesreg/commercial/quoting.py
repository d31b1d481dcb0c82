"""Quotes beside the base price list in force: what every line of them is judged by (R6, R38)."""

from __future__ import annotations

from decimal import Decimal

from attrs import evolve

from salesreg.commercial.domain.price_changes import IN_FORCE_KEY, NEXT_KEY
from salesreg.commercial.domain.prices import HUNDRED, BasePriceList, PriceItem, QuoteLine
from salesreg.errors import DomainError
from salesreg.process import Attempt, Checks, Outcome, Refusal

PRICE_LISTS = (IN_FORCE_KEY, NEXT_KEY)


def in_force(attempt: Attempt) -> BasePriceList | None:
    """The base price list that binds now, by its date and not by the tick; None before the first, when quotes are free.

    The one that is entered binds from its date on.
    """
    lists = attempt.related.children("price_change")
    current: BasePriceList | None = next((one.data.price_list for one in lists if one.stage == "in_force"), None)
    begun = (one.data.entry for one in lists if one.stage == "applied" and one.data.has_begun(attempt.at))
    entry = next(begun, None)
    return current if current is None or entry is None else entry.on(current)


def off_list(lines: tuple[QuoteLine, ...], current: BasePriceList) -> Checks:
    """Every line whose item the list does not have, or at another price without a reason."""
    for line in lines:
        try:
            line.on(current)
        except DomainError as wrong:
            facts = wrong.facts
            yield Refusal(wrong.code, wrong.text, need=facts.get("need"), got=facts["got"], facts=facts)


def listed(base_version: str | None, lines: tuple[QuoteLine, ...], attempt: Attempt) -> Outcome[tuple[QuoteLine, ...]]:
    """The lines, each beside the price of the base price list in force, from which every quote is made (R6)."""
    current = in_force(attempt)
    if current is None:
        return tuple(evolve(line, list_price=None) for line in lines)
    if base_version != current.version:
        need, got = current.version, base_version
        yield Refusal("base_not_in_force", "list {got} is not the one in force", need=need, got=got)
    problems = tuple(off_list(lines, current))
    yield from problems
    return lines if problems else tuple(line.on(current) for line in lines)


def markdown(lines: tuple[QuoteLine, ...], attempt: Attempt) -> Decimal:
    """How many per cent any of the lines is at most off the base price list in force; for another unit it is 100."""
    current = in_force(attempt)
    listed = ((line, None if current is None else current.find(line.item)) for line in lines)
    return max((_off(line, found) for line, found in listed), default=Decimal(0))


def _off(line: QuoteLine, found: PriceItem | None) -> Decimal:
    if found is not None and line.unit not in {"", found.unit}:
        return HUNDRED
    return (line if found is None else evolve(line, list_price=found.price)).markdown


def list_stands(lines: tuple[QuoteLine, ...], attempt: Attempt) -> Checks:
    """What is approved is judged by the base price list that is in force then, not by the one it was written from."""
    current = in_force(attempt)
    if current is None:
        return
    for line in lines:
        found = current.find(line.item)
        if found is None or line.list_price in {None, found.price}:
            yield from off_list((line,), current)
        else:
            yield Refusal(
                "list_moved",
                "list {version} has {item} at {need}, and the quote was made beside {got}: quote it anew",
                need=str(found.price),
                got=str(line.list_price),
                facts={"version": current.version, "item": line.item},
            )
