"""What one process does to another: the only file that names two processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Literal, Protocol, TypeVar

import attrs

from salesreg.domain.price_changes import OpenQuotes
from salesreg.domain.prices import PriceItem, QuoteLine
from salesreg.processes import Case, CaseId, Event, Step
from salesreg.processes.price_change import OPEN_QUOTES, PriceChange
from salesreg.regulation import Parameter

__all__ = ["MAX_DEPTH", "REACTIONS", "Follow", "Look", "Reaction"]

T = TypeVar("T")

MAX_DEPTH: Final = 8
"""How many reactions may follow from one another before the engine takes it for a loop."""


@attrs.frozen
class Follow:
    """A step that a reaction wants taken, by the system.

    Attributes:
        process: the id of the process.
        step: the id of the step.
        case: the case to take it on; None begins one.
        payload: the step's inputs.
    """

    process: str
    step: str
    case: CaseId | None = None
    payload: Mapping[str, Any] = attrs.field(factory=dict)


class Look(Protocol):
    """What a reaction may look at: the store as the command sees it, its own changes included."""

    def case(self, case_id: CaseId) -> Case[Any]:
        """The case of that id."""
        ...

    def cases(self, process: str, *, stage: str | None = None, key: str | None = None) -> Iterator[Case[Any]]:
        """The cases of a process, in one stage or holding one key if asked for."""
        ...

    def children(self, parent: CaseId, process: str) -> tuple[Case[Any], ...]:
        """The cases of a process that refer to a case."""
        ...

    def value(self, parameter: Parameter[T]) -> T:
        """The value of a parameter in the regulation that the case runs under."""
        ...


@attrs.frozen
class Reaction:
    """After a step of one process, steps of another follow in the same transaction.

    Attributes:
        after: the step that sets it off.
        do: from the case after that step, its event and a look around, what is to follow.
        clause: the requirement behind it.
        if_refused: ``"skip"`` leaves a refused step out; ``"refuse"`` refuses the whole command.
    """

    after: Step
    do: Callable[[Case[Any], Event, Look], Iterable[Follow]]
    clause: str = attrs.field(kw_only=True)
    if_refused: Literal["skip", "refuse"] = attrs.field(default="refuse", kw_only=True)


# -- a new base price list ------------------------------------------------------------------------------------------

OPEN_QUOTE_STAGES: Final = (
    "negotiating_price",
    "awaiting_price_approval",
    "opening",
    "awaiting_assignment",
    "preparing_contract",
)


def succeed_price_list(case: Case[Any], event: Event, look: Look) -> Iterator[Follow]:
    """The list before it ends where the new one begins; what was approved on top of the old one is approved anew."""
    yield Follow("price_change", "supersede_price_list", case.data.base, {"successor": case.id})
    for other in look.children(case.data.base, "price_change"):
        if other.stage in {"approved", "scheduled", "applied"}:
            yield Follow("price_change", "rebase_proposal", other.id, {"base": case.id})


def apply_to_open_quotes(case: Case[Any], event: Event, look: Look) -> Iterator[Follow]:
    """Quotes that name a changed item are kept, repriced or approved anew; a signed contract keeps its prices."""
    policy = look.value(OPEN_QUOTES)
    changed = {line.item for line in case.data.lines if line.is_felt}
    sales = [sale for stage in OPEN_QUOTE_STAGES for sale in look.cases("sale", stage=stage)]
    for sale in sales if policy is not OpenQuotes.KEEP else ():
        deal, prices = sale.data, {item.code: item for item in case.data.items}
        signed = deal.contract is not None and deal.contract.ceo_signed_at is not None
        if signed or deal.quote is None or changed.isdisjoint(line.item for line in deal.quote.lines):
            continue
        if policy is OpenQuotes.REPRICE and all(line.item in prices for line in deal.quote.lines):
            lines = tuple(_repriced(line, prices[line.item]) for line in deal.quote.lines)
            yield Follow("sale", "reprice_quote", sale.id, {"lines": lines, "base_version": case.data.version})
        elif deal.approval is not None:
            # An item that has left the list has no new price: whoever quoted it decides what becomes of the line.
            yield Follow("sale", "require_reapproval", sale.id, {"base_version": case.data.version})


def _repriced(line: QuoteLine, item: PriceItem) -> QuoteLine:
    return attrs.evolve(line, price=item.price, name=item.name, unit=item.unit)


REACTIONS: Final[tuple[Reaction, ...]] = (
    Reaction(after=PriceChange.put_in_force, do=succeed_price_list, clause="R37"),
    Reaction(after=PriceChange.put_in_force, do=apply_to_open_quotes, clause="R38"),
)
