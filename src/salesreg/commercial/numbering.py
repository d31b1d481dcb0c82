"""What has been numbered: the gaps in a series, as an auditor asks for them."""

from __future__ import annotations

from typing import Final

from salesreg.commercial.domain.numbers import NumberGap, gaps_between
from salesreg.engine import ProcessEngine
from salesreg.errors import DomainError

_PROCESS_OF: Final = {
    "deal": "sale",
    "contract": "sale",
    "amendment": "amendment",
    "invoice": "invoice",
    "document": "work_order",
}


def number_gaps(engine: ProcessEngine, series: str) -> tuple[NumberGap, ...]:
    """The numbers that nobody has between those that somebody has, by period and by what stands before the count.

    Args:
        engine: where the cases are.
        series: ``"deal"``, ``"contract"``, ``"amendment"``, ``"invoice"`` or ``"document"``.

    Raises:
        DomainError: nothing is numbered in a series of that name.
    """
    if series not in _PROCESS_OF:
        known = tuple(_PROCESS_OF)
        raise DomainError(
            "unknown_series", "nothing is numbered in a series {got}: give one of {need}", got=series, need=known
        )
    found: list[str] = []
    after: str | None = None
    while page := engine.cases(_PROCESS_OF[series], after=after):
        for case in page:
            found += engine.rulebook.process(case.process).keys(case.data)
        after = page[-1].id
    return gaps_between(series, found)
