"""What a bonus is reckoned from: sales and refunds, obligations met or not, time worked, the team's result."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

import attrs

from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.records import Record, once
from salesreg.commercial.domain.schemes import number
from salesreg.errors import DomainError
from salesreg.rules.instants import Instant


@attrs.frozen
class Fact(Record):
    """A sale that counts for somebody, or the part of one that went back to the client.

    Attributes:
        id: of the event behind it, such as a payment; settled once.
        deal: the deal that it belongs to.
        amount: the employee's share of it, more than 0.
        day: the day that it counts on.
        takes_back: the id of the sale that it takes back; empty for a sale.
    """

    id: str
    deal: str
    amount: Money
    day: dt.date
    takes_back: str = ""

    def _check(self) -> None:
        if self.amount.amount <= 0 or not self.id.strip():
            facts = {"fact": self.id, "got": str(self.amount)}
            raise DomainError("fact_of_nothing", "fact “{fact}” has an id and is of more than 0, not of {got}", **facts)


class Verdict(StrEnum):
    """What became of an obligation, the worst last."""

    MET = "met"
    MET_LATE = "met_late"
    BREACHED = "breached"


GRANTED: Final = frozenset({"disputed", "waived"})
"""What takes an obligation out of account beside the law, unless it was met after all."""


@attrs.frozen
class Duty(Record):
    """An obligation that fell due in the period.

    Attributes:
        id: the obligation's.
        norm: the id of the norm behind it.
        due: the last instant at which it was met in time, UTC.
        closed_at: when it was met, UTC.
        excuses: why it does not count for or against the employee, by code; empty if it does.
    """

    id: str
    norm: str
    due: Instant
    verdict: Verdict
    closed_at: Instant | None = None
    excuses: tuple[str, ...] = ()

    def better_than(self, other: Duty) -> bool:
        """Whether its verdict is better than another's."""
        order = list(Verdict)
        return order.index(self.verdict) < order.index(other.verdict)

    def ending_as(self, known: Duty) -> Duty:
        """It with another verdict; once it is met nothing that was granted keeps it out of account."""
        left = tuple(one for one in self.excuses if one not in GRANTED or known.verdict is not Verdict.MET)
        return attrs.evolve(self, verdict=known.verdict, closed_at=known.closed_at, excuses=left)


@attrs.frozen
class TeamResult(Record):
    """What a team has sold, and who shares in it.

    Attributes:
        shares: how large each member's share is beside the others', by id.
    """

    volume: Money
    plan: Money
    shares: Mapping[str, Decimal]

    def _check(self) -> None:
        self._set("shares", {name: number(share) for name, share in sorted(self.shares.items())})
        if self.plan.amount <= 0 or not any(self.shares.values()) or min(self.shares.values()) < 0:
            raise DomainError("team_of_nobody", "a team has a plan of more than 0, and members with shares of it")


@attrs.frozen
class PeriodFacts(Record):
    """Everything that one statement is reckoned from; the order in which it is given makes no difference.

    Attributes:
        facts: the sales and refunds that it settles: those of the period, and those of earlier ones that came to light.
        duties: the obligations that fell due in the period.
        plan: the employee's own plan of the period; None if there is none.
        worked: how much was worked, in days or hours.
        norm: how much there is to be worked in the period, in the same; 0 says that it was worked in full.
        month: the number of the month since the employee came; 0 says that it is long ago.
        corrected: obligations of earlier statements whose verdict has become better since; never one that became worse.
    """

    facts: tuple[Fact, ...] = ()
    duties: tuple[Duty, ...] = ()
    plan: Money | None = None
    worked: Decimal = attrs.field(default=Decimal(0), converter=number)
    norm: Decimal = attrs.field(default=Decimal(0), converter=number)
    month: int = 0
    team: TeamResult | None = None
    corrected: tuple[Duty, ...] = ()

    def _check(self) -> None:
        self._set("facts", tuple(sorted(self.facts, key=lambda one: (one.day, one.id))))
        for name in ("duties", "corrected"):
            self._set(name, tuple(sorted(getattr(self, name), key=lambda one: (one.due, one.id))))
        once((one.id for one in self.facts), "facts_twice", "the fact {got} is there twice: give it once")
        once((one.id for one in self.duties), "duties_twice", "the obligation {got} is there twice: give it once")
        if self.plan is not None and self.plan.amount <= 0:
            raise DomainError("own_plan_of_nothing", "a plan is of more than 0, not of {got}", got=str(self.plan))
        if not 0 <= self.worked <= self.norm:
            worked, norm = str(self.worked), str(self.norm)
            raise DomainError("worked_beyond", "{got} were worked, and from 0 to {need} can be", got=worked, need=norm)

    def excusing(self, excuses: Mapping[str, Iterable[str]]) -> PeriodFacts:
        """The facts with obligations that do not count, by id."""
        duties = (attrs.evolve(one, excuses=tuple(excuses.get(one.id, one.excuses))) for one in self.duties)
        return attrs.evolve(self, duties=tuple(duties))

    def knowing(self, corrected: Iterable[Duty]) -> PeriodFacts:
        """The facts with the verdicts of obligations that have become better; what was not met may still be waived."""
        better: dict[str, Duty] = {}
        for one in corrected:
            if one.id not in better or one.better_than(better[one.id]):
                better[one.id] = one
        duties = (
            one.ending_as(known) if (known := better.get(one.id)) is not None and known.better_than(one) else one
            for one in self.duties
        )
        return attrs.evolve(self, duties=tuple(duties))


def nets(facts: Iterable[Fact]) -> dict[str, tuple[Fact, Money]]:
    """The sales among some facts, by id, each with what is left of it after its refunds.

    Raises:
        DomainError: more goes back than was sold, or what was never sold.
    """
    given = tuple(facts)
    found = {one.id: (one, one.amount) for one in given if not one.takes_back}
    for one in given:
        if one.takes_back:
            if one.takes_back not in found:
                facts_ = {"fact": one.id, "got": one.takes_back}
                raise DomainError("refund_of_nothing", "{fact} takes back the sale {got}, which is not there", **facts_)
            sale, left = found[one.takes_back]
            if one.amount > left:
                facts_ = {"fact": one.id, "need": str(left), "got": str(one.amount)}
                raise DomainError("refund_too_large", "{fact} takes back {got}, and {need} is left of it", **facts_)
            found[one.takes_back] = sale, left - one.amount
    return found


def credited(amount: Money, shares: Mapping[str, Decimal]) -> dict[str, Money]:
    """An amount shared between people whose shares add up to 1, to the kopeck.

    >>> credited(Money("1500000.01"), {"anna": Decimal("0.6"), "igor": Decimal("0.4")})["anna"]
    Money('900000.01')
    """
    if sum(shares.values()) != 1:
        got = str(sum(shares.values()))
        raise DomainError("shares_of_deal", "the shares of a deal add up to 1, not to {got}", got=got)
    return dict(zip(shares, amount.split(tuple(shares.values())), strict=True))
