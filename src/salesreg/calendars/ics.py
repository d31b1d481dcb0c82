"""Deadlines and years as iCalendar files (RFC 5545), through the `icalendar` package."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from salesreg.calendars.days import DayKind, Mark, YearPage
from salesreg.calendars.wording import Locale, check_locale
from salesreg.errors import BusinessTimeError, MissingExtraError

if TYPE_CHECKING:
    from icalendar import Calendar, Event

    from salesreg.calendars.deadlines import Deadline

_PRODUCT = "-//salesreg//business time//EN"
# An event needs the time it was written; a fixed one makes equal deadlines equal files.
_STAMP = datetime(2000, 1, 1, tzinfo=UTC)


def deadline_to_ics(deadline: Deadline, locale: str) -> bytes:
    """A deadline as one event at its due instant; what it rests on is in the description.

    Raises:
        MissingExtraError: if the `icalendar` package is not installed.
        BusinessTimeError: while a pause is open and there is no due instant.
    """
    language = check_locale(locale)
    if deadline.at is None:
        raise BusinessTimeError(f"{deadline!r} has no due instant while its pause is open")
    said = deadline.term.text(language)
    event = _event(
        f"{deadline.start.isoformat()}|{deadline.at.isoformat()}|{deadline.term}",
        f"Due: {said}" if language == "en" else f"Срок: {said}",
        deadline.explain(language),
    )
    event.add("dtstart", deadline.at.astimezone(UTC))
    event.add("status", "TENTATIVE" if deadline.provisional else "CONFIRMED")
    return _file([event])


def year_to_ics(page: YearPage, locale: Locale) -> bytes:
    """Every day of a year that is not an ordinary one, as whole-day events.

    Raises:
        MissingExtraError: if the `icalendar` package is not installed.
    """
    return _file([_day_event(page, day, mark, locale) for day, mark in page.days if _notable(mark)])


def _notable(mark: Mark) -> bool:
    return mark.kind is not DayKind.WEEKEND and (mark.kind is not DayKind.WORKING or bool(mark.cut))


def _day_event(page: YearPage, day: date, mark: Mark, locale: Locale) -> Event:
    event = _event(f"{day.isoformat()}|{mark.kind}", mark.describe(day, locale), "")
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("transp", "OPAQUE" if day in page.worked else "TRANSPARENT")
    event.add("status", "TENTATIVE" if page.norm.provisional else "CONFIRMED")
    return event


def _event(identity: str, summary: str, description: str) -> Event:
    try:
        from icalendar import Event
    except ImportError:
        raise MissingExtraError(
            "iCalendar files need the icalendar package: pip install 'salesreg[ics]'", extra="ics"
        ) from None
    event = Event()
    event.add("uid", f"{sha256(identity.encode()).hexdigest()[:32]}@salesreg")
    event.add("dtstamp", _STAMP)
    event.add("summary", summary)
    if description:
        event.add("description", description)
    return event


def _file(events: list[Event]) -> bytes:
    from icalendar import Calendar

    calendar: Calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    for event in events:
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
