"""The engine keeps the type of a case that it is given or begins."""

import attrs

from salesreg.domain.deals import Deal
from salesreg.domain.people import Employee
from salesreg.engine import ProcessEngine
from salesreg.processes import Case
from salesreg.processes.sale import Sale


@attrs.frozen
class Parcel:
    """Not a deal."""

    weight: int


def right(engine: ProcessEngine, anna: Employee) -> str | None:
    """Cases of a sale."""
    begun: Case[Deal] = engine.start(Sale, by=anna, client_name="Acme", source="exhibition")
    moved: Case[Deal] = engine.perform(begun, Sale.start_price_negotiation, by=anna)
    return moved.data.number


def wrong(engine: ProcessEngine, anna: Employee) -> None:
    """A sale is no parcel, and a deal no case."""
    parcel: Case[Parcel] = engine.start(Sale, by=anna, source="exhibition")  # E
    begun = engine.start(Sale, by=anna, source="exhibition")
    engine.perform(begun.data, Sale.start_price_negotiation, by=anna)  # E
    engine.start(Deal, by=anna)  # E
    print(begun.data.weight, parcel)  # E
