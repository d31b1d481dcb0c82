"""Where the days of a production calendar come from: a plain week, a firm's exceptions, two calendars joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, MINYEAR, date, timedelta
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeVar

from attrs import evolve, frozen

from salesreg.calendars.clock import MINUTE, ZERO
from salesreg.calendars.countries import Country
from salesreg.calendars.days import DayKind, Mark, ProductionYear, Reach, days_of_year
from salesreg.calendars.files import iso_date, minutes, table
from salesreg.calendars.russia import ShortDays
from salesreg.errors import BusinessTimeError, ScheduleError

T = TypeVar("T")


class Source(Protocol):
    """What a production calendar needs to know of the place its days come from."""

    @property
    def reach(self) -> Reach:
        """The years it can answer for, how far they are decreed, and by whose law."""
        ...

    def build(self, year: int) -> ProductionYear:
        """One year of days."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """What the source is, as plain data."""
        ...


@frozen
class Plain:
    """A week without holidays."""

    weekend: frozenset[int]

    def __attrs_post_init__(self) -> None:
        if not self.weekend < frozenset(range(7)):
            raise ScheduleError(f"weekend days are numbers from 0 (Monday) to 6, and not all: {sorted(self.weekend)}")

    @property
    def reach(self) -> Reach:
        """All years that leave a neighbour on either side; nothing is decreed."""
        return Reach(MINYEAR + 1, MAXYEAR - 1)

    def build(self, year: int) -> ProductionYear:
        """One year of weekdays and weekends."""
        weekend = Mark(DayKind.WEEKEND)
        marks = {day: weekend for day in days_of_year(year) if day.weekday() in self.weekend}
        return ProductionYear(year, MappingProxyType(marks))

    def to_dict(self) -> dict[str, Any]:
        """The weekend's weekday numbers."""
        return {"weekend": sorted(self.weekend)}


@frozen
class Exceptions:
    """A firm's closures, extra working days and short days on top of another calendar."""

    base: Source
    closures: tuple[tuple[date, str], ...]
    working: tuple[tuple[date, str], ...]
    short: tuple[tuple[date, timedelta], ...]

    def __attrs_post_init__(self) -> None:
        closed = {day for day, _ in self.closures}
        for kind, days in (("working", self.working), ("short", self.short)):
            if both := sorted(closed & {day for day, _ in days}):
                raise ScheduleError(f"{both[0]} is both closed and {kind}")
        if negative := [day for day, cut in self.short if cut < ZERO]:
            raise ScheduleError(f"{negative[0]} is cut by less than nothing")

    @property
    def reach(self) -> Reach:
        """The base's."""
        return self.base.reach

    def build(self, year: int) -> ProductionYear:
        """The base's year with the exceptions laid over it."""
        base = self.base.build(year)
        marks = dict(base.marks)
        # A weekend is closed and a weekday opened even so: a schedule with a week of its own may think otherwise.
        for day, reason in _of_year(self.closures, year):
            if base.works(day) or base.mark(day).kind.ordinary:
                marks[day] = Mark(DayKind.CLOSURE, reason, reason)
        for day, reason in _of_year(self.working, year):
            known = base.mark(day) if base.works(day) else Mark(DayKind.EXTRA_WORKING)
            marks[day] = evolve(known, kind=DayKind.EXTRA_WORKING, name=reason, name_ru=reason, moved=None)
        for day, cut in _of_year(self.short, year):
            mark = marks.get(day, Mark(DayKind.WORKING))
            if not mark.kind.works and mark.kind is not DayKind.WEEKEND:
                raise ScheduleError(f"{day} is a day off and cannot be short: name it in working as well")
            marks[day] = evolve(mark, cut=cut, article="")
        return evolve(base, marks=MappingProxyType(marks))

    def to_dict(self) -> dict[str, Any]:
        """The base and the exceptions by date."""
        data = self.base.to_dict()
        # Exceptions on exceptions stay a chain: the later ones win.
        layer = {
            "closures": {day.isoformat(): reason for day, reason in self.closures},
            "working": {day.isoformat(): reason for day, reason in self.working},
            "short_minutes": {day.isoformat(): cut / MINUTE for day, cut in self.short},
        }
        return {"exceptions": {name: days for name, days in layer.items() if days}, "on": data}


def _of_year(days: tuple[tuple[date, T], ...], year: int) -> Iterator[tuple[date, T]]:
    return ((day, value) for day, value in days if day.year == year)


@frozen
class Joined:
    """Two calendars as one: a day works when both do ("and"), or when either does ("or")."""

    left: Source
    right: Source
    how: Literal["and", "or"]

    @property
    def reach(self) -> Reach:
        """The years both can answer for, and the law of both if it is one."""
        left, right = self.left.reach, self.right.reach
        decreed = [year for year in (left.decreed_until, right.decreed_until) if year is not None]
        law = left.law if left.law == right.law else ""
        return Reach(max(left.first, right.first), min(left.last, right.last), min(decreed, default=None), law)

    def build(self, year: int) -> ProductionYear:
        """Each day from the calendar that decides it."""
        both = (left, right) = self.left.build(year), self.right.build(year)
        decide, shortest = (all, True) if self.how == "and" else (any, False)
        marks: dict[date, Mark] = {}
        for day in {**left.marks, **right.marks}:
            said = [each.mark(day) for each in both]
            works = decide(mark.kind.works for mark in said)
            marks[day] = _stronger([mark for mark in said if mark.kind.works == works], shortest=shortest)
        provisional, estimates = left.provisional or right.provisional, left.estimates | right.estimates
        return ProductionYear(year, MappingProxyType(marks), provisional, estimates, left.unchecked or right.unchecked)

    def to_dict(self) -> dict[str, Any]:
        """Both calendars and how they are joined."""
        return {self.how: [self.left.to_dict(), self.right.to_dict()]}


def _stronger(marks: list[Mark], *, shortest: bool) -> Mark:
    # A named reason says more than a weekend; of two working days the one that decides the hours is shown.
    order = [DayKind.CLOSURE, DayKind.HOLIDAY, DayKind.MOVED_OFF, DayKind.EXTRA_WORKING, DayKind.MOVED_WORKING]
    named = min(marks, key=lambda mark: order.index(mark.kind) if mark.kind in order else len(order))
    decisive = sorted(marks, key=lambda mark: mark.cut)[-1 if shortest else 0]
    return evolve(named, cut=decisive.cut, article=decisive.article if decisive.cut else named.article)


_COUNTRY_KEYS = frozenset({"country", "subdivision", "categories", "decreed_until", "short_days"})


def source_from_dict(data: Mapping[str, Any]) -> Source:
    """Read back what a source's `to_dict` gave; ScheduleError for other data."""
    try:
        return _source(data)
    except BusinessTimeError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ScheduleError(f"a production calendar that cannot be read: {error!r}") from None


def _source(given: object) -> Source:
    data = table(given, "a production calendar")
    keys = set(data)
    if "country" in keys and keys <= _COUNTRY_KEYS:
        return _country(data)
    if keys == {"weekend"}:
        return Plain(frozenset(data["weekend"]))
    if keys == {"exceptions", "on"}:
        layer = table(data["exceptions"], "'exceptions'")
        if unknown := sorted(set(layer) - {"closures", "working", "short_minutes"}):
            raise ScheduleError(f"unknown keys {unknown} in 'exceptions': give closures, working, short_minutes")
        days = {name: table(dates, f"{name!r}").items() for name, dates in layer.items()}
        return Exceptions(
            _source(data["on"]),
            tuple((iso_date(day), reason) for day, reason in days.get("closures", ())),
            tuple((iso_date(day), reason) for day, reason in days.get("working", ())),
            tuple((iso_date(day), minutes(cut, f"the cut of {day}")) for day, cut in days.get("short_minutes", ())),
        )
    for how in ("and", "or"):
        if keys == {how} and len(data[how]) == 2:
            return Joined(_source(data[how][0]), _source(data[how][1]), how)
    raise ScheduleError(f"a production calendar has country, weekend, exceptions/on, and, or; not {sorted(keys)}")


def _country(data: Mapping[str, Any]) -> Country:
    code, categories = data["country"], data.get("categories")
    if not isinstance(code, str):
        raise ScheduleError(f"'country' is an ISO 3166 code such as 'RU', not {code!r}")
    # TOML has no null: a year that never comes says that nothing is decreed.
    decreed = data.get("decreed_until", "auto")
    if decreed not in ("auto", "never") and type(decreed) is not int:
        raise ScheduleError(f"'decreed_until' is a year, 'auto' or 'never', not {decreed!r}")
    return Country(
        code,
        data.get("subdivision"),
        None if categories is None else tuple(categories),
        None if decreed == "never" else decreed,
        _short_days(data.get("short_days", "auto")),
    )


def _short_days(data: Any) -> ShortDays | Literal["auto"] | None:
    if data == "auto":
        return "auto"
    if data == "none":
        return None
    return ShortDays(
        minutes(data["minutes"], "'minutes' of 'short_days'"),
        data.get("article", ""),
        tuple((month, day) for month, day in data.get("eves_of", ())),
        data.get("swapped", False),
        iso_date(data["since"]) if "since" in data else None,
    )
