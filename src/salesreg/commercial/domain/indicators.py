"""The indicators K1–K18: what each counts, over recorded events and obligations only (R46, R103); and periods."""

from __future__ import annotations

import calendar
import datetime as dt
import zoneinfo
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self

import attrs

from salesreg.errors import DomainError, UnknownAttribute
from salesreg.process.bounds import YEARS


class Unit(StrEnum):
    """What a value is measured in."""

    SHARE = "share"
    MINUTES = "minutes"
    DAYS = "days"
    MONEY = "money"


class Good(StrEnum):
    """Which way a value gets better."""

    UP = "up"
    DOWN = "down"


class Basis(StrEnum):
    """What counts as a sale."""

    CONTRACTED = "contracted"
    INVOICED = "invoiced"
    PAID = "paid"


@attrs.frozen
class Indicator:
    """One indicator: a share, a ratio or a median, and how it is found from what is on record.

    Attributes:
        id: such as ``"K6"``; a part of one has a dot, ``"K11.scan"``.
        title: in English; ``indicator.<id>`` is the catalogues' key for it.
        numerator: what is counted or measured, in words.
        denominator: of what it is a share; empty for a median.
        norm: the id of the norm whose obligations it counts, if it does.
        median: whether it is the median of what was measured.
        late_counts: whether what was done late counts as done.

    A share of obligations has those in its denominator that were owed and whose verdict is settled: met, met late or
    breached. What was cancelled, or stands still, is in neither sum; what was breached and passed on is counted once.
    """

    id: str
    title: str
    numerator: str
    denominator: str = ""
    unit: Unit = Unit.SHARE
    good: Good = Good.UP
    clause: str = attrs.field(default="R103", kw_only=True)
    norm: str = attrs.field(default="", kw_only=True)
    median: bool = attrs.field(default=False, kw_only=True)
    late_counts: bool = attrs.field(default=False, kw_only=True)


def _in_time(id: str, title: str, norm: str, clause: str, *, what: str) -> Indicator:
    return Indicator(id, title, f"{what} in time", f"{what}, in time, late or not at all", clause=clause, norm=norm)


_DECLARED: Final = (
    Indicator("K1", "Attainment of the plan", "sales", "the plan's sales", clause="R101"),
    Indicator("K2", "Call coverage", "contacts with a recorded result", "contacts of the base", clause="R57"),
    Indicator("K3", "Calls with a result", "calls with a recorded result", "calls", clause="R60"),
    Indicator("K4", "Call quota", "calls with a recorded result", "the quota of the working days", clause="R62"),
    Indicator("K5", "Conversion of deals", "deals whose contract came into force", "deals registered", clause="R63"),
    _in_time("K6", "First response in time", "inquiry.first_response", "R43", what="inquiries responded to"),
    Indicator(
        "K7",
        "Time to the first response",
        "working time from receipt to the first response",
        unit=Unit.MINUTES,
        good=Good.DOWN,
        clause="R43",
        median=True,
    ),
    Indicator("K8", "Prices approved at once", "deals approved at the first decision", "deals decided", clause="R10"),
    _in_time("K9", "Deals opened in time", "sale.open_deal", "R13", what="deals opened"),
    _in_time("K10", "Contracts prepared in time", "sale.prepare_contract", "R18", what="contracts prepared"),
    _in_time("K11.scan", "Scans back in time", "sale.return_scan", "R20", what="scans returned"),
    _in_time("K11.original", "Originals back in time", "sale.return_original", "R20", what="originals returned"),
    Indicator(
        "K11.age",
        "Age of missing contracts",
        "days since the contract went out of which a copy is missing at the end",
        unit=Unit.DAYS,
        good=Good.DOWN,
        clause="R20",
        median=True,
    ),
    _in_time("K12", "Invoices issued in time", "invoice.issue", "R31", what="invoices issued"),
    _in_time("K13", "Daily packages asked for", "document_package.daily_request", "R33", what="packages asked for"),
    _in_time("K14", "Decisions carried out in time", "assignment.on_time", "R74", what="assignments done"),
    _in_time("K15", "Meetings begun in time", "meeting.punctual", "R72", what="meetings begun"),
    Indicator(
        "K16",
        "Acknowledgement of the regulation",
        "acknowledgements given",
        "acknowledgements asked for whose time has come",
        clause="R84",
        norm="regulation_version.acknowledge",
        late_counts=True,
    ),
    Indicator("K17", "Prices kept", "sales at the agreed prices", "the same at the prices of the list", clause="R103"),
    Indicator("K18", "Repeat business", "contracts in force with known clients", "contracts in force", clause="R103"),
)
INDICATORS: Final[Mapping[str, Indicator]] = {one.id: one for one in _DECLARED}
"""Every indicator by id, in the order in which reports have them."""

SALES: Final = "K1"
"""The indicator whose figure in a plan is an amount of money."""
CALL_STEPS: Final[Mapping[str, str]] = {
    "contact": "Contacts of the base",
    "called": "Called",
    "answered": "Somebody answered",
    "decision_maker": "Decision maker reached",
    "need": "Need identified",
    "proposal": "Proposal sent",
    "lead": "Lead accepted",
    "contract": "Contract in force",
}
"""The steps of the call funnel, in order, each with its title, in catalogues ``funnel.<step>`` (R63)."""
MISSING: Final = ("sale.return_scan", "sale.return_original")
"""The norms by which a copy of a contract comes back."""


@attrs.frozen(order=True)
class Period:
    """The days from the first to the last, in the company's time zone.

    >>> Period.month("2026-02")
    Period(first=datetime.date(2026, 2, 1), last=datetime.date(2026, 2, 28))
    """

    first: dt.date
    last: dt.date

    def __attrs_post_init__(self) -> None:
        if self.last < self.first:
            need, got = self.first.isoformat(), self.last.isoformat()
            raise DomainError("period_reversed", "a period from {need} cannot end on {got}", need=need, got=got)
        if self.first.year not in YEARS or self.last.year not in YEARS:
            need, got = f"{YEARS.start}–{YEARS.stop - 1}", f"{self.first.isoformat()}..{self.last.isoformat()}"
            raise DomainError(
                "period_far_away", "{got} is no period to count: give years of {need}", need=need, got=got
            )

    @classmethod
    def month(cls, text: str) -> Self:
        """A month as people write it, such as ``"2026-03"``."""
        try:
            first = dt.date.fromisoformat(f"{text}-01")
        except ValueError:
            raise DomainError(
                "not_a_month", "{got} is no month: write it as year and month, such as 2026-03", got=repr(text)
            ) from None
        return cls(first, first.replace(day=calendar.monthrange(first.year, first.month)[1]))

    def __str__(self) -> str:
        whole = type(self).month(f"{self.first:%Y-%m}") == self
        return f"{self.first:%Y-%m}" if whole else f"{self.first.isoformat()}..{self.last.isoformat()}"

    def __contains__(self, other: Period | dt.date) -> bool:
        first, last = (other.first, other.last) if isinstance(other, Period) else (other, other)
        return self.first <= first and last <= self.last

    def bounds(self, timezone: str) -> tuple[dt.datetime, dt.datetime]:
        """Its first instant and the first one after it, UTC."""
        zone, day = zoneinfo.ZoneInfo(timezone), dt.timedelta(days=1)
        first, after = (dt.datetime.combine(one, dt.time(), zone) for one in (self.first, self.last + day))
        return first.astimezone(dt.UTC), after.astimezone(dt.UTC)


def declared(indicator: str) -> Indicator:
    """The indicator of an id.

    Raises:
        UnknownAttribute: there is none.
    """
    if indicator not in INDICATORS:
        raise UnknownAttribute(f"no indicator {indicator!r}; there are {', '.join(INDICATORS)}")
    return INDICATORS[indicator]
