"""One year of a country's production calendar, read from the `holidays` package and completed by its law."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from attrs import frozen

from salesreg.calendars import russia
from salesreg.calendars.days import DayKind, Mark, ProductionYear
from salesreg.calendars.russia import ShortDays
from salesreg.errors import UnknownCountryError

if TYPE_CHECKING:
    from holidays import HolidayBase

DAY = timedelta(days=1)

# An instance of the package is not safe to share between threads, and neither is the import of its country modules.
_LOCK = threading.Lock()

SHORT_DAYS: Mapping[str, ShortDays] = MappingProxyType(
    {
        "RU": russia.RUSSIAN_SHORT_DAYS,
        # The official norm of 2023, 2011 hours, holds only if working Saturdays swapped with eves are short as well.
        "BY": ShortDays(timedelta(hours=1), "Labour Code of Belarus art. 116", swapped=True),
        "EE": ShortDays(
            timedelta(hours=3), "Employment Contracts Act § 53", eves_of=((1, 1), (2, 24), (6, 23), (12, 24))
        ),
        "LT": ShortDays(timedelta(hours=1), "Labour Code of Lithuania art. 112"),
        "LV": ShortDays(timedelta(hours=1), "Labour Law of Latvia section 135"),
        "UA": ShortDays(timedelta(hours=1), "Labour Code of Ukraine art. 53"),
    }
)

# Bulgaria has moved no days off since 2017: its later years rest on no decree.
DECREED_UNTIL: Mapping[str, int | None] = MappingProxyType({"BG": None})


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
                    subdiv=self.subdivision,
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

    def check(self) -> None:
        """Refuse a country, subdivision or category that is not known.

        Raises:
            UnknownCountryError: with what the package says is wrong.
        """
        _facts(self)

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last year that the package covers."""
        return _facts(self).span

    @property
    def decreed_until(self) -> int | None:
        """The last year whose moved days are decreed; None where nothing is decreed year by year."""
        if self.decreed != "auto":
            return self.decreed
        if self.code in DECREED_UNTIL:
            return DECREED_UNTIL[self.code]
        return _facts(self).last_moved

    @property
    def law(self) -> str:
        """The country's code."""
        return self.code

    @property
    def shortening(self) -> ShortDays | None:
        """The rule by which working days are shortened, if there is one."""
        return SHORT_DAYS.get(self.code) if self.short_days == "auto" else self.short_days

    def build(self, year: int) -> ProductionYear:
        """One year, with the neighbours it depends on (moves and eves across New Year) taken into account."""
        decreed_until = self.decreed_until
        facts = _facts(self)
        years = [y for y in (year - 1, year, year + 1) if facts.span[0] <= y <= facts.span[1]]
        with _LOCK:
            base = self.instance(years, language=facts.language)
            names_ru = dict(self.instance(years, language=facts.russian).items()) if facts.russian else {}
            needed = self.shortening is not None or self.code == "RU"
            statutory = set(self.instance(years, language=facts.language, observed=False)) if needed else set[date]()
        return _Reading(self, year, base, names_ru, statutory, decreed_until).result()

    def to_dict(self) -> dict[str, Any]:
        """The code and whatever differs from the shipped data."""
        data: dict[str, Any] = {"country": self.code}
        if self.subdivision is not None:
            data["subdivision"] = self.subdivision
        if self.categories is not None:
            data["categories"] = list(self.categories)
        if self.decreed != "auto":
            # TOML has no null.
            data["decreed_until"] = "never" if self.decreed is None else self.decreed
        if self.short_days is None:
            data["short_days"] = "none"
        elif self.short_days != "auto":
            data["short_days"] = self.short_days.to_dict()
        return data


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
            (base.start_year, base.end_year),
            max((year for year, _ in _swap_rows(base)), default=None),
            _language(base, "en_US") or base.default_language,
            _language(base, "ru", "ru_KG"),
        )


_WEEKEND = Mark(DayKind.WEEKEND)


class _Reading:
    """The steps from the package's answer to a year; kept apart because each needs what the one before found."""

    def __init__(
        self,
        country: Country,
        year: int,
        base: HolidayBase,
        names_ru: Mapping[date, str],
        statutory: set[date],
        decreed_until: int | None,
    ) -> None:
        self.country, self.year, self.base, self.names_ru = country, year, base, names_ru
        self.undecreed = decreed_until is not None and year > decreed_until
        self.names = dict(base.items())
        self.swaps = {to: source for _, (to, source) in _swap_rows(base) if abs(to.year - year) <= 1}
        self.worked_weekends = set(base.weekend_workdays)
        self.weekend = self._fixed_weekend()
        self.statutory = statutory - set(self.swaps)
        self.moved_by_law: dict[date, date] = {}
        if country.code == "RU":
            self._complete_russia()
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

    def _fixed_weekend(self) -> frozenset[int] | None:
        """The weekend of the whole year, or None if it changes within it: the package is slow to ask day by day."""
        weeks = [
            frozenset(
                day.weekday()
                for day in (first + timedelta(days=number) for number in range(7))
                if self.base.is_weekend(day)
            )
            for first in (date(self.year, 1, 1), date(self.year, 12, 25))
        ]
        return weeks[0] if weeks[0] == weeks[1] else None

    def works(self, day: date) -> bool:
        weekend = self.weekend if day.year == self.year else None
        if self.base.is_weekend(day) if weekend is None else day.weekday() in weekend:
            return day in self.worked_weekends
        return day not in self.names

    def result(self) -> ProductionYear:
        days = date(self.year + 1, 1, 1).toordinal() - date(self.year, 1, 1).toordinal()
        first = date(self.year, 1, 1).toordinal()
        working = bytearray(days)
        marks: dict[date, Mark] = {}
        for number in range(days):
            day = date.fromordinal(first + number)
            works = self.works(day)
            working[number] = works
            mark = self._worked(day) if works else self._off(day)
            if mark is not None:
                marks[day] = mark
        provisional = frozenset(day for day in self.names if day.year == self.year and self._is_estimate(day))
        return ProductionYear(self.year, bytes(working), MappingProxyType(marks), self.undecreed, provisional)

    def _worked(self, day: date) -> Mark | None:
        moved_to = self.worked_instead.get(day)
        rule = self.country.shortening
        short = rule if rule and rule.applies(day, self.statutory, moved_to) else None
        cut, article = (short.cut, short.article) if short else (timedelta(0), "")
        if moved_to is not None:
            return Mark(DayKind.MOVED_WORKING, moved=moved_to, cut=cut, article=article)
        return Mark(DayKind.WORKING, cut=cut, article=article) if cut else None

    def _off(self, day: date) -> Mark:
        source = self.swaps.get(day) or self.moved_by_law.get(day)
        if source is not None:
            by_law = day in self.moved_by_law
            name, name_ru = self._named(source) if by_law else ("", "")
            return Mark(
                DayKind.MOVED_OFF, name, name_ru, moved=source, article="Labour Code art. 112" if by_law else ""
            )
        if day in self.names:
            article = "Labour Code art. 112" if self.country.code == "RU" else ""
            return Mark(DayKind.HOLIDAY, *self._named(day), article=article)
        return _WEEKEND

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
