"""The production calendar: public holidays, moved days off, working Saturdays, short days, a firm's exceptions."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Literal, Self, TypeVar

from attrs import field, frozen

from salesreg.calendars.clock import HOUR, is_date
from salesreg.calendars.combined import Exceptions, Joined, Plain, Source, source_from_dict
from salesreg.calendars.countries import Country
from salesreg.calendars.days import Mark, ProductionYear
from salesreg.calendars.files import Saved
from salesreg.calendars.russia import PAID_DAYS, ShortDays
from salesreg.errors import CalendarHorizonError, ScheduleError, UnknownCountryError

T = TypeVar("T")
LAYERS: Mapping[str, Mapping[date, str]] = {"ru_paid_days_2020_2021": PAID_DAYS}
# Years are immutable snapshots, built one at a time.
_BUILDING = threading.RLock()


@frozen
class ProductionCalendar(Saved):
    """Which days of each year work, and why the others do not.

    Values compare by what they were made from; the years are built when first asked for.

    Attributes:
        source: where the days come from: a country, a plain week, exceptions on a calendar, two calendars joined.

    >>> calendar = ProductionCalendar.country("RU")
    >>> calendar.is_working_day(date(2024, 4, 27)), calendar.is_working_day(date(2024, 4, 29))
    (True, False)
    """

    source: Source
    _years: dict[int, ProductionYear] = field(factory=dict, eq=False, repr=False, init=False)

    def __reduce__(self) -> tuple[type[Self], tuple[Source]]:
        return type(self), (self.source,)

    @classmethod
    def country(
        cls,
        code: str,
        subdivision: str | None = None,
        *,
        categories: Iterable[str] | None = None,
        decreed_until: int | Literal["auto"] | None = "auto",
        short_days: ShortDays | Literal["auto"] | None = "auto",
    ) -> Self:
        """Any country that the `holidays` package knows.

        Args:
            code: ISO 3166 code, such as "RU".
            subdivision: code of a state, land or region, such as "BY" for Bavaria.
            categories: kinds of holidays of the package; by default the country's own default.
            decreed_until: the last year whose moved days are decreed, where that differs from the package's data.
            short_days: the rule that shortens days, where that differs from the shipped one; None for none.

        Raises:
            UnknownCountryError: if there is no such country or subdivision.
        """
        if not isinstance(code, str):
            raise UnknownCountryError(f"a country is an ISO 3166 code such as 'RU', not {code!r}")
        chosen = None if categories is None else tuple(sorted(categories))
        country = Country(code.upper(), subdivision, chosen, decreed_until, short_days)
        if country != Country("RU"):
            # An unknown country is refused here and not at the first question; Russia is known without the import.
            country.check()
        return cls(country)

    @classmethod
    def plain(cls, weekend: Iterable[int] = (5, 6)) -> Self:
        """A week without holidays; `weekend` holds weekday numbers, 0 is Monday.

        >>> ProductionCalendar.plain(weekend=()).is_working_day(date(2024, 1, 1))
        True
        """
        if not isinstance(weekend, Iterable):
            raise ScheduleError(f"a weekend is several weekday numbers, not {weekend!r}")
        return cls(Plain(frozenset(weekend)))

    def with_exceptions(
        self,
        *,
        closures: Iterable[date] | Mapping[date, str] = (),
        working: Iterable[date] | Mapping[date, str] = (),
        short: Iterable[date] | Mapping[date, timedelta] = (),
    ) -> Self:
        """The calendar with a firm's own closures, extra working days and short days on top.

        Args:
            closures: days the firm is closed, with the reason of each if given as a mapping.
            working: days it works although the calendar says no.
            short: days that close early, by an hour or by what the mapping says; zero makes a short day whole.

        >>> firm = ProductionCalendar.country("RU").with_exceptions(closures={date(2024, 6, 14): "stocktaking"})
        >>> firm.mark(date(2024, 6, 14)).describe(date(2024, 6, 14))
        'closed: stocktaking'

        Raises:
            ScheduleError: if a day is both closed and working, or closed and short.
        """
        days = _sorted(closures, ""), _sorted(working, ""), _sorted(short, HOUR)
        return type(self)(Exceptions(self.source, *days))

    def with_layer(self, name: str) -> Self:
        """The calendar with a set of days on top that firms may or may not have kept.

        Args:
            name: "ru_paid_days_2020_2021": the days on which the President had people stay at home with pay, among
                them 1 July 2020; they are no holidays, and the year's norm counts them as work.

        >>> firm = ProductionCalendar.country("RU").with_layer("ru_paid_days_2020_2021")
        >>> firm.is_working_day(date(2020, 7, 1)), ProductionCalendar.country("RU").is_working_day(date(2020, 7, 1))
        (False, True)

        Raises:
            ScheduleError: there is no such layer.
        """
        if name not in [*LAYERS]:
            raise ScheduleError(f"there is no layer {name!r}: there are {', '.join(LAYERS)}")
        return self.with_exceptions(closures=LAYERS[name])

    def __and__(self, other: ProductionCalendar) -> Self:
        """Works only when both work; a working Saturday must work in both."""
        return self._joined(other, "and")

    def __or__(self, other: ProductionCalendar) -> Self:
        """Works when either works; a working Saturday of either stays."""
        return self._joined(other, "or")

    def _joined(self, other: ProductionCalendar, how: Literal["and", "or"]) -> Self:
        if not isinstance(other, ProductionCalendar):
            raise ScheduleError(f"a calendar is joined with another, not with {other!r}")
        return type(self)(Joined(self.source, other.source, how))

    @property
    def first_year(self) -> int:
        """The first year that can be answered for."""
        return self.source.reach.first

    @property
    def last_year(self) -> int:
        """The last year that can be answered for."""
        return self.source.reach.last

    @property
    def decreed_until(self) -> int | None:
        """The last year whose moved days are decreed; later years are provisional. None where nothing is decreed."""
        return self.source.reach.decreed_until

    @property
    def law(self) -> str:
        """The code of the country whose law counts its terms; empty where there is none, or more than one."""
        return self.source.reach.law

    @property
    def holidays_version(self) -> str:
        """The version of the `holidays` package that the calendar is built from."""
        from importlib.metadata import version

        return version("holidays")

    def year(self, year: int) -> ProductionYear:
        """A year of the calendar.

        Raises:
            CalendarHorizonError: outside `first_year`..`last_year`, where the package would answer with plain weekdays.
        """
        found = self._years.get(year)
        if found is not None:
            return found
        first, last, *_ = self.source.reach
        if year not in range(first, last + 1):
            raise CalendarHorizonError(f"the calendar knows {first}–{last}, not {year!r}")
        with _BUILDING:
            # Another thread may have built it while this one waited.
            built = self._years[year] = self._years.get(year) or self.source.build(year)
            return built

    def mark(self, day: date) -> Mark:
        """What the day is and why."""
        return self.year(day.year).mark(day)

    def is_working_day(self, day: date) -> bool:
        """Whether people work on the day."""
        return self.year(day.year).works(day)

    def to_dict(self) -> dict[str, Any]:
        """What the calendar is made from, as plain data, fit for TOML and JSON."""
        return self.source.to_dict()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_dict` gave.

        >>> calendar = ProductionCalendar.country("DE", "BY").with_exceptions(closures=[date(2024, 12, 27)])
        >>> ProductionCalendar.from_dict(calendar.to_dict()) == calendar
        True
        """
        return cls(source_from_dict(data))


def _sorted(days: Iterable[date] | Mapping[date, T], default: T) -> tuple[tuple[date, T], ...]:
    if not isinstance(days, Iterable):
        raise ScheduleError(f"exceptions are several dates, not {days!r}")
    pairs = list(days.items()) if isinstance(days, Mapping) else [(day, default) for day in days]
    for day, value in pairs:
        if not is_date(day) or not isinstance(value, type(default)):
            expected = "a reason" if isinstance(default, str) else "a timedelta"
            raise ScheduleError(f"exceptions are dates, each with {expected} or without, not {day!r}: {value!r}")
    return tuple(sorted(pairs, key=lambda pair: pair[0]))
