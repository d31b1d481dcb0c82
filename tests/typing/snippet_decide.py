"""`decide` takes a case of the process's own entity and gives one back."""

import datetime as dt

import attrs

from salesreg.decide import available, decide, replay
from salesreg.domain.deals import Deal
from salesreg.domain.people import Employee
from salesreg.processes import Case, Event
from salesreg.processes.sale import Sale
from salesreg.regulation import Regulation


@attrs.frozen
class Parcel:
    """Not a deal."""

    weight: int


def right(deal: Case[Deal], anna: Employee, now: dt.datetime, rules: Regulation, events: list[Event]) -> Case[Deal]:
    """A case of a sale."""
    available(Sale, deal, by=anna, at=now, regulation=rules)
    decide(Sale, None, Sale.register_prospect, by=anna, at=now, regulation=rules, case_id="s-1")
    decided: Case[Deal] = decide(Sale, deal, Sale.approve_quote, by=anna, at=now, regulation=rules).case
    again: Case[Deal] = replay(Sale, events)
    return decided if decided.data.number is None else again


def wrong(parcel: Case[Parcel], deal: Case[Deal], anna: Employee, now: dt.datetime, rules: Regulation) -> None:
    """Cases of something else, and things that are no cases."""
    decide(Sale, parcel, "approve_quote", by=anna, at=now, regulation=rules)  # E
    available(Sale, parcel, by=anna, at=now, regulation=rules)  # E
    decide(Sale, deal.data, "approve_quote", by=anna, at=now, regulation=rules)  # E
    decide(Sale, deal, "approve_quote", by="anna", at=now, regulation=rules)  # E
    decide(Sale, deal, "approve_quote", by=anna, at="now", regulation=rules)  # E
    decide(Sale, deal, 3, by=anna, at=now, regulation=rules)  # E
    decide(Sale, deal, "approve_quote", by=anna, at=now)  # E
    lost: Case[Parcel] = decide(Sale, deal, "approve_quote", by=anna, at=now, regulation=rules).case  # E
    print(lost)
