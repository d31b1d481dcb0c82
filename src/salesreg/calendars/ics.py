"""iCalendar files (RFC 5545), through the optional `icalendar` package."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import NamedTuple

from salesreg.calendars.clock import DAY
from salesreg.calendars.extras import need

# An event needs the time it was written; a fixed one makes equal answers equal files.
_STAMP = datetime(2000, 1, 1, tzinfo=UTC)


class Entry(NamedTuple):
    """An event at an instant or, with a date as its start, for a whole day; `free` says of a day whether it is off."""

    identity: str
    summary: str
    start: date
    provisional: bool
    description: str = ""
    free: bool = False


def ics_file(entries: Iterable[Entry]) -> bytes:
    """Entries as one file; MissingExtraError if the `icalendar` package is not installed."""
    need("icalendar", extra="ics", why="iCalendar files need the icalendar package")
    from hashlib import sha256

    from icalendar import Calendar, Event

    calendar: Calendar = Calendar()
    calendar.add("prodid", "-//salesreg//business time//EN")
    calendar.add("version", "2.0")
    for entry in entries:
        event = Event()
        event.add("uid", f"{sha256(entry.identity.encode()).hexdigest()[:32]}@salesreg")
        event.add("dtstamp", _STAMP)
        event.add("summary", entry.summary)
        if entry.description:
            event.add("description", entry.description)
        event.add("dtstart", entry.start)
        if not isinstance(entry.start, datetime):
            event.add("dtend", entry.start + DAY)
            event.add("transp", "TRANSPARENT" if entry.free else "OPAQUE")
        event.add("status", "TENTATIVE" if entry.provisional else "CONFIRMED")
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
