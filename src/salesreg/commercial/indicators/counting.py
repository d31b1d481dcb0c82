"""How each indicator counts: what is on record, point by point, each with whose it is and the event behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec.structs import replace

from salesreg.calendars import BusinessCalendar
from salesreg.commercial.domain.indicators import MISSING, Basis, Indicator, Period
from salesreg.commercial.indicators.fold import Record
from salesreg.commercial.indicators.records import Sale
from salesreg.commercial.parameters import CALL_QUOTA, SALES_BASIS
from salesreg.commercial.roles import COLD_CALLER
from salesreg.process import ObligationStatus
from salesreg.rules import Employee, Instant, Regulation, Role
from salesreg.rules.instants import to_utc

_DONE: Final = frozenset({ObligationStatus.MET, ObligationStatus.MET_LATE})
_MICRO: Final = dt.timedelta(microseconds=1)
_MINUTE: Final = dt.timedelta(minutes=1)
_DAY: Final = dt.timedelta(days=1)
Away: TypeAlias = Callable[[dt.date], Collection[str]]
"""Who is away on a day, by id."""


class Point(NamedTuple):
    """One thing counted: when, whose, and what it adds to the two sums."""

    at: dt.datetime
    person: str | None
    role: str | None
    top: Fraction
    bottom: Fraction
    event: str


def _one(hit: bool) -> tuple[Fraction, Fraction]:
    return Fraction(hit), Fraction(1)


class Counting:
    """Counts what is on record under a regulation; see `Indicators`."""

    def __init__(
        self,
        regulation: Regulation,
        staff: Iterable[Employee],
        roles: Iterable[Role],
        currency: str,
        record: Record,
        away: Away,
    ) -> None:
        self.regulation: Regulation = regulation
        self.staff: Mapping[str, Employee] = {one.id: one for one in staff}
        self.currency: str = currency
        self.record: Record = record
        self.away: Away = away
        self._departments = {one.id: one.department.id for one in roles if one.department is not None}

    def team_of(self, person: str | None, role: str | None = None) -> str | None:
        """The department: the person's own, else that of the role, else that of the role in which they last acted."""
        one = self.staff.get(person or "")
        if one is not None and one.department is not None:
            return one.department
        acted = self.record.roles.get(person or "")
        roles = (role, None if acted is None else acted[2], *sorted(() if one is None else one.roles))
        return next((self._departments[each] for each in roles if each in self._departments), None)

    def sales(
        self,
        period: Period,
        *,
        at: Instant,
        basis: Basis,
        person: str | None = None,
        known_before: Instant | None = None,
    ) -> tuple[Sale, ...]:
        """The money of a period on a basis, each sum with the person who was in charge of its deal at that instant.

        Args:
            at: what came later is left out.
            person: only this person's.
            known_before: only what was recorded before that instant.
        """
        first, after = period.bounds(self.record.timezone)
        until = to_utc(at)
        found = []
        for sale in self.record.sales:
            if sale.basis is basis and first <= sale.at < after and sale.at <= until:
                if known_before is not None and sale.known_at >= to_utc(known_before):
                    continue
                deal = sale.deal or self.record.orders.get(sale.order, "")
                track = self.record.deals.get(deal)
                owner = None if track is None else track.owner_at(sale.at)
                if person in {None, owner}:
                    found.append(replace(sale, deal=deal, person=owner))
        return tuple(sorted(found, key=lambda one: (one.at, one.event, one.deal, one.order)))

    def points(self, indicator: Indicator, period: Period, at: dt.datetime) -> Iterator[Point]:
        """Everything that an indicator counts, also outside the period; what is missing is measured at its end."""
        if indicator.norm:
            return self._of_norm(indicator, at)
        found: dict[str, Callable[[Period, dt.datetime], Iterator[Point]]] = {
            "K1": self._attainment,
            "K2": self._coverage,
            "K3": self._calls,
            "K4": self._quota,
            "K5": self._conversion,
            "K7": self._first_responses,
            "K8": self._decisions,
            "K11.age": self._missing,
            "K17": self._kept,
            "K18": self._repeated,
        }
        return found[indicator.id](period, at)

    def _of_norm(self, indicator: Indicator, at: dt.datetime) -> Iterator[Point]:
        good = _DONE if indicator.late_counts else {ObligationStatus.MET}
        for one in self.record.verdicts.get(indicator.norm, {}).values():
            if not one.continues and (settled := one.settled(at)):
                yield Point(settled[1], one.credited, one.role, *_one(settled[0] in good), one.event)

    def _first_responses(self, *_: Any) -> Iterator[Point]:
        calendar = self.regulation.calendar
        for one in self.record.inquiries.values():
            if one.responded_at is not None:
                took = calendar.working_time_between(one.received_at, one.responded_at)
                minutes = Fraction(took // _MICRO, _MINUTE // _MICRO)
                yield Point(one.responded_at, one.by, None, minutes, Fraction(1), one.event)

    def _missing(self, period: Period, at: dt.datetime) -> Iterator[Point]:
        """What is missing is measured at the end of the period, or when it is asked for if that is earlier."""
        moment = min(at, period.bounds(self.record.timezone)[1] - _MICRO)
        for norm in MISSING:
            for one in self.record.verdicts.get(norm, {}).values():
                if one.started_at <= moment and (one.closed_at is None or one.closed_at > moment):
                    age = Fraction((moment - one.started_at) // _MICRO, _DAY // _MICRO)
                    yield Point(moment, one.credited, one.role, age, Fraction(1), one.event)

    def _coverage(self, *_: Any) -> Iterator[Point]:
        for one in self.record.contacts.values():
            done = next((call for call in reversed(one.calls) if call.result_event), None)
            if done is not None or not one.excluded:
                person = one.caller if done is None else done.by
                event = one.event if done is None else done.result_event
                yield Point(one.at, person, COLD_CALLER.id, *_one(done is not None), event)

    def _calls(self, *_: Any) -> Iterator[Point]:
        for contact in self.record.contacts.values():
            for call in contact.calls:
                hit = bool(call.result_event)
                yield Point(call.at, call.by, COLD_CALLER.id, *_one(hit), call.result_event or call.event)

    def _quota(self, period: Period, at: dt.datetime) -> Iterator[Point]:
        callers = {one.id for one in self.staff.values() if COLD_CALLER.id in one.roles}
        for point in self._calls(period, at):
            if point.top:
                yield point._replace(bottom=Fraction())
            if point.person is not None:
                callers.add(point.person)
        if CALL_QUOTA.name in self.regulation.settings:
            quota = self.regulation.value(CALL_QUOTA)
            for person in sorted(callers):
                for closes in self.days_worked(person, period, at):
                    yield Point(closes, person, COLD_CALLER.id, Fraction(), Fraction(quota), "")

    def days_worked(self, person: str, period: Period, at: dt.datetime) -> Iterator[dt.datetime]:
        """When each working day of a person's own hours ended on which they were not away, up to an instant, UTC."""
        one = self.staff.get(person)
        for number in range((period.last - period.first).days + 1):
            day = period.first + number * _DAY
            intervals = self.calendar_of(person).day(day).intervals
            here = intervals and (one is None or one.works_on(day)) and person not in self.away(day)
            if here and (closes := to_utc(intervals[-1][1])) <= at:
                yield closes

    def calendar_of(self, person: str) -> BusinessCalendar:
        """The company's calendar with the person's own hours, where they have any (R52)."""
        one = self.staff.get(person)
        calendar = self.regulation.calendar
        return calendar if one is None or one.schedule is None else calendar.with_schedule(one.schedule)

    def _conversion(self, _: Period, at: dt.datetime) -> Iterator[Point]:
        for deal in self.record.deals.values():
            when, event = (at, deal.event) if deal.won is None else deal.won[:2]
            yield Point(deal.at, deal.owner_at(when), None, *_one(deal.won is not None), event)

    def _decisions(self, *_: Any) -> Iterator[Point]:
        for deal in self.record.deals.values():
            if deal.decided is not None:
                approved, asked, when, event = deal.decided
                yield Point(when, asked, None, *_one(approved), event)

    def _kept(self, *_: Any) -> Iterator[Point]:
        for deal in self.record.deals.values():
            if deal.won is not None:
                when, event, agreed, listed = deal.won
                if agreed is not None and agreed.currency == self.currency:
                    yield Point(when, deal.owner_at(when), None, Fraction(agreed.amount), Fraction(listed), event)

    def _repeated(self, *_: Any) -> Iterator[Point]:
        for deal in self.record.deals.values():
            if deal.won is not None:
                when, event = deal.won[:2]
                yield Point(when, deal.owner_at(when), None, *_one(deal.known_client), event)

    def _attainment(self, period: Period, at: dt.datetime) -> Iterator[Point]:
        if SALES_BASIS.name not in self.regulation.settings:
            return
        for sale in self.sales(period, at=at, basis=self.regulation.value(SALES_BASIS)):
            if sale.amount.currency == self.currency:
                yield Point(sale.at, sale.person, None, Fraction(sale.amount.amount), Fraction(), sale.event)
