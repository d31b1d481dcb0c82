"""One year of a country's production calendar, read from the `holidays` package and completed by its law."""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from attrs import frozen

from salesreg.calendars import russia
from salesreg.calendars.clock import HOUR, ZERO
from salesreg.calendars.days import DayKind, Mark, ProductionYear, Reach, days_of_year
from salesreg.calendars.russia import Region, ShortDays
from salesreg.errors import UnknownCountryError

if TYPE_CHECKING:
    from holidays import HolidayBase

# An instance of the package is not safe to share between threads, and neither is the import of its country modules.
_LOCK = threading.Lock()

SHORT_DAYS: Mapping[str, ShortDays] = {
    "RU": russia.RUSSIAN_SHORT_DAYS,
    # The official norm of 2023, 2011 hours, holds only if working Saturdays swapped with eves are short as well.
    "BY": ShortDays(HOUR, "Labour Code of Belarus art. 116", swapped=True),
    "EE": ShortDays(3 * HOUR, "Employment Contracts Act § 53", eves_of=((1, 1), (2, 24), (6, 23), (12, 24))),
    "LT": ShortDays(HOUR, "Labour Code of Lithuania art. 112"),
    "LV": ShortDays(HOUR, "Labour Law of Latvia section 135"),
    # A working Saturday that is swapped with an eve is that eve: Government Order No. 1-r of 11 January 2018.
    "UA": ShortDays(HOUR, "Labour Code of Ukraine art. 53", swapped=True),
    "AZ": ShortDays(HOUR, "Labour Code of Azerbaijan art. 108", since=date(1999, 7, 1)),
    "UZ": ShortDays(HOUR, "Labour Code of Uzbekistan art. 187", since=date(2023, 4, 30)),
}

# Weekends that the package has wrong, each from a day on. Nepal's Cabinet added Sunday to Saturday on 15 May 2022 and
# took it back on 15 June 2022.
WEEKENDS: Mapping[str, tuple[tuple[date, frozenset[int]], ...]] = {
    "NP": (
        (date.min, frozenset({5})),
        (date(2022, 5, 15), frozenset({5, 6})),
        (date(2022, 6, 15), frozenset({5})),
    ),
}

# Bulgaria has moved no days off since 2017: its later years rest on no decree.
DECREED_UNTIL: Mapping[str, int | None] = {"BG": None}


@frozen
class Country:
    """A country's calendar as the holiday package knows it, by code, subdivision and categories of holidays."""

    code: str
    subdivision: str | None = None
    categories: tuple[str, ...] | None = None
    decreed: int | Literal["auto"] | None = "auto"
    short_days: ShortDays | Literal["auto"] | None = "auto"

    def instance(self, years: Iterable[int] = (), *, language: str | None = None, observed: bool = True) -> HolidayBase:
        """A private instance of the package for some years, in a fixed language."""
        import holidays

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                base = holidays.country_holidays(
                    self.code,
                    subdiv=None if self.region else self.subdivision,
                    years=tuple(years),
                    expand=False,
                    observed=observed,
                    language=language,
                    categories=self.categories,
                )
        except (NotImplementedError, ValueError) as error:
            place = f"{self.code} with subdivision {self.subdivision}" if self.subdivision else self.code
            raise UnknownCountryError(f"no holiday calendar for {place}: {error}") from None
        return base

    @property
    def region(self) -> Region | None:
        """The republic whose own days are on top, which the package does not know."""
        return russia.regions().get(self.subdivision or "") if self.code == "RU" else None

    def check(self) -> None:
        """Refuse by UnknownCountryError a country, subdivision or category that is not known."""
        if self.code == "RU" and self.subdivision and not self.region:
            known = ", ".join(sorted(russia.regions()))
            wrong = f"no holiday calendar for RU with subdivision {self.subdivision!r}"
            raise UnknownCountryError(f"{wrong}: {known} keep days of their own")
        _facts(self)

    @property
    def reach(self) -> Reach:
        """The years that the package covers, of which the last with moved days is taken as the last decreed."""
        facts, decreed_until = _facts(self), self.decreed
        if decreed_until == "auto":
            decreed_until = DECREED_UNTIL.get(self.code, facts.last_moved)
        if self.region and decreed_until is not None:
            decreed_until = min(decreed_until, max(self.region.decreed))
        return Reach(*facts.span, decreed_until, self.code)

    @property
    def shortening(self) -> ShortDays | None:
        """The rule by which working days are shortened, if there is one."""
        return SHORT_DAYS.get(self.code) if self.short_days == "auto" else self.short_days

    def is_checked(self, year: int) -> bool:
        """Whether the law on short days was looked up for a year, or the caller said what holds."""
        rule = self.shortening
        return self.short_days != "auto" or (rule is not None and (rule.since is None or rule.since.year <= year))

    def build(self, year: int) -> ProductionYear:
        """One year, with the neighbours it depends on (moves and eves across New Year) taken into account."""
        return _Reading(self, year).result()

    def to_dict(self) -> dict[str, Any]:
        """The code and whatever differs from the shipped data."""
        rule = self.short_days
        # TOML has no null.
        data = {
            "country": self.code,
            "subdivision": self.subdivision,
            "categories": None if self.categories is None else list(self.categories),
            "decreed_until": "never" if self.decreed is None else self.decreed,
            "short_days": "none" if rule is None else rule if rule == "auto" else rule.to_dict(),
        }
        return {key: value for key, value in data.items() if value not in (None, "auto")}


class _Facts(NamedTuple):
    """What the package says of a country whatever the year; names are asked for in a fixed language."""

    span: tuple[int, int]
    last_moved: int | None
    language: str | None
    russian: str | None


@lru_cache(maxsize=256)
def _facts(country: Country) -> _Facts:
    with _LOCK:
        base = country.instance()
        return _Facts(
            _covered(country, base),
            max((year for year, _ in _swap_rows(base)), default=None),
            _language(base, "en_US") or base.default_language,
            _language(base, "ru", "ru_KG"),
        )


def _covered(country: Country, base: HolidayBase) -> tuple[int, int]:
    """The years of which the package knows all holidays; of some faiths it knows fewer, and only warns of it."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        country.instance((base.end_year,))
    first, last = base.start_year, base.end_year
    for one in told:
        if known := re.search(r"available only from (\d{4}) to (\d{4})", str(one.message)):
            first, last = max(first, int(known[1])), min(last, int(known[2]))
    return first, last


_WEEKEND = Mark(DayKind.WEEKEND)


class _Reading:
    """The steps from the package's answer to a year; kept apart because each needs what the one before found."""

    def __init__(self, country: Country, year: int) -> None:
        self.country, self.year, reach, facts = country, year, country.reach, _facts(country)
        years = range(max(year - 1, reach.first), min(year + 1, reach.last) + 1)
        with _LOCK:
            self.base = base = country.instance(years, language=facts.language)
            self.names_ru = dict(country.instance(years, language=facts.russian).items()) if facts.russian else {}
            needed = country.shortening is not None or country.code == "RU"
            given = country.instance(years, language=facts.language, observed=False) if needed else ()
            statutory = set(given)
        self.undecreed = reach.decreed_until is not None and year > reach.decreed_until
        self.names = dict(base.items())
        self.swaps = {to: source for _, (to, source) in _swap_rows(base) if abs(to.year - year) <= 1}
        self.worked_weekends = set(base.weekend_workdays)
        self.weekend = self._fixed_weekend()
        self.statutory = statutory - set(self.swaps)
        self.moved_by_law: dict[date, date] = {}
        self.by_region: dict[date, str] = {}
        if country.code == "RU":
            self._complete_russia()
            if country.region:
                self._add_region(country.region)
        self.worked_instead = {source: to for to, source in self.swaps.items()}
        self.estimates = _estimate_marks(base)

    def _complete_russia(self) -> None:
        for to, (wrong, right) in russia.SWAPS_CORRECTED.items():
            if self.swaps.get(to) == wrong:
                self.swaps[to] = right
                self.names.pop(right, None)
        for day in russia.DAYS_OFF_ADDED:
            self.names.setdefault(day, "")
        observed = set(self.names) - self.statutory - set(self.swaps)
        self.moved_by_law = russia.origin_of_observed(observed, self.statutory)
        if self.undecreed:
            moves = russia.automatic_moves(self.year, self.statutory, self.works)
            self.moved_by_law.update(moves)
            for day in moves:
                self.names.setdefault(day, "")

    def _add_region(self, region: Region) -> None:
        """Lay a republic's own days over the federal ones."""
        days = region.holidays(range(self.year - 1, self.year + 2))
        own = days.keys() - self.names.keys()
        for day in own:
            self.names[day], self.names_ru[day] = days[day]
        self.statutory |= days.keys()
        self.by_region = dict.fromkeys(own, region.law)
        for off in region.moved - self.names.keys():
            self.names[off], self.by_region[off] = "", region.law
        for off, worked in region.swaps.items():
            self.swaps[off] = worked
            self.names.setdefault(off, "")
            self.worked_weekends.add(worked)
        if self.year <= region.moves_until:
            for off, holiday in russia.automatic_moves(self.year, own, self.works).items():
                self.moved_by_law[off] = holiday
                self.by_region[off] = region.law
                self.names.setdefault(off, "")
        self.undecreed = self.undecreed or self.year not in region.decreed

    def _fixed_weekend(self) -> frozenset[int] | None:
        """The weekend of the whole year, or None if it changes within it: the package is slow to ask day by day."""
        days = days_of_year(self.year)
        first, last = ({day.weekday() for day in week if self._is_weekend(day)} for week in (days[:7], days[-7:]))
        changes = any(since.year == self.year for since, _ in WEEKENDS.get(self.country.code, ()))
        return frozenset(first) if first == last and not changes else None

    def _is_weekend(self, day: date) -> bool:
        for since, weekend in reversed(WEEKENDS.get(self.country.code, ())):
            if day >= since:
                return day.weekday() in weekend
        return self.base.is_weekend(day)

    def works(self, day: date) -> bool:
        weekend = self.weekend if day.year == self.year else None
        if self._is_weekend(day) if weekend is None else day.weekday() in weekend:
            return day in self.worked_weekends
        return day not in self.names

    def result(self) -> ProductionYear:
        said = ((day, self._worked(day) if self.works(day) else self._off(day)) for day in days_of_year(self.year))
        marks = {day: mark for day, mark in said if mark is not None}
        estimates = frozenset(day for day in self.names if day.year == self.year and self._is_estimate(day))
        unchecked = "" if self.country.is_checked(self.year) else self.country.code
        return ProductionYear(self.year, MappingProxyType(marks), self.undecreed, estimates, unchecked)

    def _worked(self, day: date) -> Mark | None:
        moved_to = self.worked_instead.get(day)
        rule = self.country.shortening
        short = rule if rule and rule.applies(day, self.statutory, moved_to) else None
        cut, article = (short.cut, short.article) if short else (ZERO, "")
        if moved_to is not None:
            return Mark(DayKind.MOVED_WORKING, moved=moved_to, cut=cut, article=article)
        return Mark(DayKind.WORKING, cut=cut, article=article) if cut else None

    def _off(self, day: date) -> Mark:
        source = self.swaps.get(day) or self.moved_by_law.get(day)
        by_law = self.by_region.get(day) or ("Labour Code art. 112" if self.country.code == "RU" else "")
        if source is not None and day in self.moved_by_law:
            return Mark(DayKind.MOVED_OFF, *self._named(source), moved=source, article=by_law)
        if source is not None or (day in self.by_region and not self.names[day]):
            return Mark(DayKind.MOVED_OFF, moved=source, article=self.by_region.get(day, ""))
        return Mark(DayKind.HOLIDAY, *self._named(day), article=by_law) if day in self.names else _WEEKEND

    def _named(self, day: date) -> tuple[str, str]:
        name = self.names.get(day, "")
        return name, self.names_ru.get(day, name)

    def _is_estimate(self, day: date) -> bool:
        return any(mark in self.names[day] for mark in self.estimates)


def _language(base: HolidayBase, *wanted: str) -> str | None:
    return next((language for language in wanted if language in base.supported_languages), None)


def _estimate_marks(base: HolidayBase) -> tuple[str, ...]:
    labels: Iterable[Any] = (getattr(base, name, None) for name in ("estimated_label", "observed_estimated_label"))
    said = (base.tr(label).replace("%s", "").strip() for label in labels if label)
    return tuple(mark for mark in said if mark)


def _swap_rows(base: HolidayBase) -> Iterable[tuple[int, tuple[date, date]]]:
    # The rows, not the names: names are written in whatever language the process has.
    prefixes = ["special"]
    if base.subdiv:
        prefixes.append(f"special_{base.subdiv.lower().replace('-', '_').replace(' ', '_')}")
    for prefix in prefixes:
        for category in sorted(base.categories):
            table: Mapping[int, Any] = getattr(base, f"{prefix}_{category.lower()}_holidays", None) or {}
            for year, rows in table.items():
                for row in rows if rows and isinstance(rows[0], tuple) else (rows,):
                    if len(row) >= 4:
                        source = date(row[4] if len(row) > 4 else year, row[2], row[3])
                        yield year, (date(year, row[0], row[1]), source)
