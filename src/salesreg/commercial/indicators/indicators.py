"""The indicators of a department, per person, team and period, from what is on record (R46, R76, R77, R103)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from statistics import median
from typing import Self

from msgspec.structs import replace

from salesreg.commercial.domain.indicators import SALES, Good, Indicator, Period, declared
from salesreg.commercial.domain.sales_plans import PlanKind
from salesreg.commercial.indicators.counting import Away, Counting, Point
from salesreg.commercial.indicators.fold import Record
from salesreg.commercial.indicators.records import Verdict
from salesreg.commercial.indicators.values import Value
from salesreg.commercial.roles import ROLES
from salesreg.errors import DomainError
from salesreg.process import Event
from salesreg.rules import Employee, Instant, Regulation, Role
from salesreg.rules.instants import to_utc


class By(StrEnum):
    """Whose a value is."""

    COMPANY = "company"
    TEAM = "team"
    PERSON = "person"


class Indicators(Counting):
    """Folds events and answers what the indicators come to; nothing that is not on record counts.

    Args:
        regulation: whose calendar, quota and basis of sales count.
        staff: who works here, for their department and hours; without it the roles tell in which people have acted.
        roles: the rulebook's, for the departments.
        currency: in which sales are added up.
        record: what another has folded, to go on with; it may have been pickled.
        away: who was away on a day: nobody owes a quota or a record then.

    Raises:
        DomainError: that record counts days in another time zone.
    """

    def __init__(
        self,
        regulation: Regulation,
        *,
        staff: Iterable[Employee] = (),
        roles: Iterable[Role] = ROLES,
        currency: str = "RUB",
        record: Record | None = None,
        away: Away = lambda _: (),
    ) -> None:
        zone = regulation.calendar.timezone
        if record is not None and record.timezone != zone:
            facts = {"need": zone, "got": record.timezone}
            raise DomainError(
                "record_of_another_zone", "the days of the record are those of {got}, not of {need}", **facts
            )
        super().__init__(regulation, staff, roles, currency, record or Record(zone), away)

    def fold(self, events: Iterable[Event]) -> Self:
        """Take in events, or more of them: each case in its own order, the cases in any; what is known is passed over.

        To ask what was known at an instant, take in what had been recorded by then.

        Raises:
            CaseMismatch: an event of a case is missing.
        """
        self.record.fold(events)
        return self

    def value(
        self, indicator: str, period: Period, *, at: Instant, person: str | None = None, team: str | None = None
    ) -> Value:
        """What an indicator comes to in a period, as known at an instant: of one person, a team, or everybody.

        Raises:
            UnknownAttribute: there is no such indicator.
        """
        by = By.PERSON if person is not None else By.TEAM if team is not None else By.COMPANY
        found = self.values(indicator, period, at=at, by=by)
        return found.get(person or team or "", _sum(declared(indicator), [], Fraction()))

    def values(self, indicator: str, period: Period, *, at: Instant, by: By = By.PERSON) -> dict[str, Value]:
        """The same for each person or department of whom something was counted or planned, by id; the company is "".

        What a role owed and nobody did is nobody's, and the department's all the same.
        """
        one, until = declared(indicator), to_utc(at)
        first, after = period.bounds(self.record.timezone)
        groups: dict[str, list[Point]] = {}
        for point in self.points(one, period, until):
            if first <= point.at < after and point.at <= until:
                key = "" if by is By.COMPANY else point.person if by is By.PERSON else self.team_of(*point[1:3])
                if key is not None:
                    groups.setdefault(key, []).append(point)
        figures = self.figures(SALES, period, by) if one.id == SALES else {}
        keys = sorted(groups.keys() | figures.keys())
        return {key: _sum(one, groups.get(key, []), figures.get(key, Fraction())) for key in keys}

    def figures(self, indicator: str, period: Period, by: By) -> dict[str, Fraction]:
        """What the plans in force have for an indicator in a period, by whose they are; the company's is the teams'.

        A plan counts where its whole period lies in this one; sums of money of several add up, of anything else the
        last one counts.
        """
        kind, found = PlanKind.INDIVIDUAL if by is By.PERSON else PlanKind.TEAM, dict[str, Fraction]()
        for one in sorted(self.record.plans.values(), key=lambda one: (one.plan.period, one.event)):
            plan, money = one.plan, indicator == SALES
            fits = plan.kind is kind and plan.period in period and (not money or plan.currency == self.currency)
            if one.counts and fits and indicator in plan.targets:
                key = "" if by is By.COMPANY else plan.owner
                found[key] = Fraction(plan.targets[indicator]) + (found.get(key, Fraction()) if money else 0)
        return found

    def verdicts(self, period: Period, *, at: Instant, person: str | None = None) -> tuple[Verdict, ...]:
        """The obligations whose verdict was settled in a period, each with that verdict as its status, by norm and id.

        Args:
            person: only what this person owed by name, or met for a role.
        """
        first, after = period.bounds(self.record.timezone)
        found = []
        for norm in sorted(self.record.verdicts):
            for one in self.record.verdicts[norm].values():
                settled = one.settled(to_utc(at))
                if settled and first <= settled[1] < after and person in {None, one.credited}:
                    found.append(replace(one, status=settled[0]))
        return tuple(sorted(found, key=lambda one: (one.norm, one.id)))


def attained(value: Value, figure: Fraction | None) -> Fraction | None:
    """Which part of a plan's figure was reached; where less is better, how many times over; None where either lacks."""
    if value.indicator.id == SALES:
        return value.value
    if value.value is None or not figure:
        return None
    if value.indicator.good is Good.UP:
        return value.value / figure
    return figure / value.value if value.value else None


def _sum(indicator: Indicator, points: list[Point], figure: Fraction) -> Value:
    points.sort(key=lambda one: (one.at, one.event))
    events = tuple(dict.fromkeys(one.event for one in points if one.event))
    bottom = sum((one.bottom for one in points), figure)
    if indicator.median:
        middle = median(one.top for one in points) if points else Fraction()
        return Value(indicator, Fraction(middle), bottom, events)
    return Value(indicator, sum((one.top for one in points), Fraction()), bottom, events)
