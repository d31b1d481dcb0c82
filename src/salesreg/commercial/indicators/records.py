"""What the fold keeps of the events: duties, deals, contacts, money, plans and acts, each with the event behind it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Self

import msgspec

from salesreg.commercial.domain.indicators import Basis
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.sales_plans import SalesPlan
from salesreg.process import Event, Obligation, ObligationStatus

At = dt.datetime


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """How an obligation stands, and with whom.

    Attributes:
        id: the obligation's.
        role: the id of the role that owed it.
        person: the id of whoever owed it by name; a breach stays theirs, whoever has it afterwards.
        acted: the id of whoever met it.
        event: the id of the event behind it.
        continues: whether it goes on where a breached one was passed on or put off: one thing is counted once.
        corrects: the id of the entry in whose place it stands, if it is a correction.
    """

    id: str
    case: str
    norm: str
    role: str | None
    person: str | None
    status: ObligationStatus
    started_at: At
    due: At | None
    closed_at: At | None
    acted: str | None
    event: str
    continues: bool = False
    corrects: str = ""

    @classmethod
    def of(cls, one: Obligation, event: Event, *, continues: bool) -> Self:
        """The obligation as an event leaves it; the system's own act is nobody's."""
        met = one.status in {ObligationStatus.MET, ObligationStatus.MET_LATE} and one.corrects is None
        acted = principal(event) if met else None
        ends = (one.started_at, one.due, one.closed_at)
        whose = (one.norm, one.role, one.person, one.status, *ends, acted)
        return cls(one.id, one.case, *whose, event.id, continues, one.corrects or "")

    @property
    def credited(self) -> str | None:
        """Whose it is: theirs who owed it by name, else theirs who met it for the role; a role's breach is nobody's."""
        return self.person or self.acted

    def settled(self, at: At) -> tuple[ObligationStatus, At] | None:
        """The verdict at an instant, and when it was settled: when it was met, or when its time was up.

        None while it is open and its time has not come, stands still, or was cancelled.
        """
        status = self.status
        if self.closed_at is None:
            if self.due is None or at <= self.due:
                return None
            status = ObligationStatus.BREACHED
        if status is ObligationStatus.MET and self.closed_at is not None:
            return status, self.closed_at
        if status in {ObligationStatus.MET_LATE, ObligationStatus.BREACHED} and self.due is not None:
            return status, self.due
        return None


def principal(event: Event) -> str | None:
    """Whose act it counts as: the absent employee's, or whoever acted; nobody's if the system did."""
    return None if event.role == "system" else event.on_behalf_of or event.by


class Sale(msgspec.Struct, frozen=True):
    """Money of a deal: a contract in force, an invoice, a payment; negative where it is taken back.

    Attributes:
        basis: what it is a sale as.
        deal: the id of the deal.
        order: the id of the work order, where the money belongs to one.
        amount: what the client pays, VAT included.
        at: when it was sold, invoiced or paid.
        known_at: when that was recorded.
        event: the id of the event behind it.
        person: whoever was in charge of the deal at that instant.
    """

    basis: Basis
    deal: str
    order: str
    amount: Money
    at: At
    known_at: At
    event: str
    person: str | None = None


class Call(msgspec.Struct):
    """One call: by whom and when, and what came of it, once that is on record."""

    by: str | None
    at: At
    event: str
    disposition: str = ""
    decision_maker: bool = False
    need: bool = False
    proposal: bool = False
    result_event: str = ""


class Contact(msgspec.Struct):
    """One contact of a campaign."""

    at: At
    event: str
    campaign: str
    caller: str | None = None
    calls: list[Call] = []
    excluded: bool = False
    lead: str = ""
    accepted: str = ""


class Deal(msgspec.Struct):
    """One deal: its stages and those in charge of it, each from an instant on.

    Attributes:
        agreed, listed: what the quote comes to, and what it would at the prices of the list.
        decided: whether the first decision on the price was yes, by whom it was asked for, when, and by which event.
        won: when its contract first came into force, by which event, and what was agreed and listed then.
    """

    at: At
    event: str
    stages: list[tuple[At, str, str]] = []
    owners: list[tuple[At, str]] = []
    lead: str = ""
    known_client: bool = False
    agreed: Money | None = None
    listed: Decimal = Decimal(0)
    submitted_by: str | None = None
    decided: tuple[bool, str | None, At, str] | None = None
    won: tuple[At, str, Money | None, Decimal] | None = None

    def owner_at(self, at: At) -> str | None:
        """Whoever was in charge of it at an instant, or first was."""
        return next(
            (who for since, who in reversed(self.owners) if since <= at), self.owners[0][1] if self.owners else None
        )


class Planned(msgspec.Struct, frozen=True):
    """A plan as it stands; it counts once it is in force, and after its period too."""

    plan: SalesPlan
    event: str
    counts: bool = False


class Asked(msgspec.Struct, frozen=True):
    """An inquiry, and the first response that a person gave, once that is on record."""

    received_at: At
    responded_at: At | None = None
    by: str | None = None
    event: str = ""


class Acts(msgspec.Struct):
    """What somebody put on record in one hour: the first and the last instant, and how often each step."""

    first: At
    last: At
    steps: dict[str, int] = {}
