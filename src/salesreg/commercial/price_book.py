"""The price book of a company: what an item cost at an instant, as known at another (R37)."""

from __future__ import annotations

from itertools import pairwise

import attrs

from salesreg.commercial.domain.prices import BasePriceList, PriceBook
from salesreg.commercial.processes.price_change import PriceChangeProcess
from salesreg.engine import ProcessEngine


def price_book(engine: ProcessEngine) -> PriceBook:
    """Every base price list that was, is or is about to be in force.

    A list counts from its date, also between that date and the next tick; so from the beginning of the first list on,
    exactly one is in force at every instant. ``price_book(engine).price("audit", at=…, known_at=…)``.
    """
    found: list[BasePriceList] = []
    for stage in ("superseded", "in_force"):
        after: str | None = None
        while page := engine.cases(PriceChangeProcess, stage=stage, after=after):
            found += [case.data.price_list for case in page if case.data.price_list is not None]
            after = page[-1].id
    if found and (coming := _coming(engine, after_list=max(found, key=lambda one: one.effective_from))) is not None:
        found.append(coming)
    found.sort(key=lambda one: one.effective_from)
    ended = [attrs.evolve(one, effective_to=later.effective_from) for one, later in pairwise(found)]
    return PriceBook((*ended, *found[-1:]))


def _coming(engine: ProcessEngine, after_list: BasePriceList) -> BasePriceList | None:
    """The list that is entered and has a date; of several the first, on which the others are approved anew."""
    retroactive = engine.regulation.value(PriceChangeProcess.retroactive)
    applied = (case.data for case in engine.cases(PriceChangeProcess, stage="applied"))
    lists = [
        one.put_in_force(retroactive=retroactive).price_list
        for one in applied
        if one.base_version == after_list.version
    ]
    return min((one for one in lists if one is not None), key=lambda one: one.effective_from, default=None)
