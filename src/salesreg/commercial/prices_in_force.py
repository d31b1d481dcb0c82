"""The price book of a company: what an item cost at an instant, as known at another (R37)."""

from __future__ import annotations

from itertools import pairwise

import attrs

from salesreg.commercial.domain.price_changes import PriceChangeProposal
from salesreg.commercial.domain.prices import PriceBook
from salesreg.commercial.processes.price_change import PriceChangeProcess
from salesreg.engine import ProcessEngine
from salesreg.process import Case


def price_book(engine: ProcessEngine) -> PriceBook:
    """Every base price list that was, is or is about to be in force.

    A list counts from its date, also between that date and the next tick; so from the beginning of the first list on,
    exactly one is in force at every instant. What was entered and then revoked still answers for what was known in
    between. ``price_book(engine).price("audit", at=…, known_at=…)``.
    """
    found: list[Case[PriceChangeProposal]] = []
    while page := engine.cases(PriceChangeProcess, after=found[-1] if found else None):
        found += page
    listed = {case.id: one for case in found if (one := case.data.price_list) is not None}
    entered = [entry.on(listed[entry.base]) for case in found if (entry := case.data.entry) is not None]
    lists = [*listed.values(), *entered]
    lists.sort(key=lambda one: one.effective_from)
    ended = [attrs.evolve(one, effective_to=later.effective_from) for one, later in pairwise(lists)]
    revoked = [entry.on(listed[entry.base]) for case in found for entry in case.data.revoked]
    return PriceBook((*ended, *lists[-1:], *revoked))
