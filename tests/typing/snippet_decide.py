"""`decide` takes a command and a case of the same entity, and gives one back."""

import datetime as dt

import attrs

from salesreg.commercial import InvoiceProcess, Sale
from salesreg.commercial.domain.clients import ClientDraft
from salesreg.commercial.domain.deals import Deal
from salesreg.commercial.domain.invoices import Invoice
from salesreg.decide import Decision, available, decide, replay
from salesreg.process import Case, Event
from salesreg.rules import Actor, Employee, Regulation


@attrs.frozen
class Parcel:
    """Not a deal."""

    weight: int


def right(deal: Case[Deal], anna: Employee, now: dt.datetime, rules: Regulation, events: list[Event]) -> Case[Deal]:
    """A case of a sale."""
    available(Sale, deal, by=anna, at=now, regulation=rules, related=[deal])
    opening = Sale.register_prospect(source="fair", client=ClientDraft("Vega"))
    begun: Decision[Deal] = decide(opening, by=anna, at=now, regulation=rules, case_id="s-1")
    decided: Case[Deal] = decide(Sale.approve_quote(), deal, by=Actor(anna), at=now, regulation=rules).case
    again: Case[Deal] = replay(Sale, events)
    found: Case[Deal] = replay(lambda event: Sale, events)
    return decided if begun.case.data.number is None and found.version else again


def wrong(
    parcel: Case[Parcel], deal: Case[Deal], anna: Employee, now: dt.datetime, rules: Regulation, events: list[Event]
) -> None:
    """Cases of something else, and things that are no cases."""
    decide(Sale.approve_quote(), parcel, by=anna, at=now, regulation=rules)  # E
    decide(InvoiceProcess.send_invoice(), deal, by=anna, at=now, regulation=rules)  # E
    available(Sale, parcel, by=anna, at=now, regulation=rules)  # E
    decide(Sale.approve_quote(), deal.data, by=anna, at=now, regulation=rules)  # E
    decide(Sale.approve_quote(), deal, by="anna", at=now, regulation=rules)  # E
    decide(Sale.approve_quote(), deal, by=anna, at="now", regulation=rules)  # E
    decide("approve_quote", deal, by=anna, at=now, regulation=rules)  # E
    decide(Sale.approve_quote(), by=anna, at=now, regulation=rules)  # E
    decide(Sale.approve_quote(), deal, by=anna, at=now)  # E
    opening = Sale.register_prospect(source="fair", client=ClientDraft("Vega"))
    decide(opening, deal, by=anna, at=now, regulation=rules)  # E
    lost: Case[Invoice] = decide(Sale.approve_quote(), deal, by=anna, at=now, regulation=rules).case  # E
    other: Case[Invoice] = replay(Sale, events)  # E
    print(lost, other)
