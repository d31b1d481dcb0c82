"""Schedules and calendars as TOML and JSON text, and days and deadlines as iCalendar files (RFC 5545)."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, Self, cast

from salesreg.calendars.clock import DAY, is_date
from salesreg.errors import ScheduleError, need

_BARE = re.compile(r"[A-Za-z0-9_-]+")

# An event needs the time it was written; a fixed one makes equal answers equal files.
_STAMP = datetime(2000, 1, 1, tzinfo=UTC)


class Saved(ABC):
    """A value that is plain data both ways, and so TOML and JSON text.

    Raises:
        ScheduleError: by any `from_…`, if the data or the text is not of such a value.
    """

    __slots__ = ()

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """The value as plain data."""
        ...

    @classmethod
    @abstractmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_dict` gave."""
        ...

    def to_json(self) -> str:
        """The value as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read back what `to_json` gave."""
        return cls.from_dict(_loaded("JSON", json.loads, text))

    def to_toml(self) -> str:
        """The value as TOML."""
        return toml_text(self.to_dict())

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read back what `to_toml` gave, or what somebody wrote by hand."""
        import tomllib

        return cls.from_dict(_loaded("TOML", tomllib.loads, text))


def _loaded(kind: str, load: Callable[[str], dict[str, Any]], text: str) -> dict[str, Any]:
    if not isinstance(text, str):
        raise ScheduleError(f"{kind} is text, not {text!r}")
    try:
        return load(text)
    except (ValueError, RecursionError) as error:
        raise ScheduleError(f"not {kind}: {error}") from None


def table(data: object, what: str) -> Mapping[str, Any]:
    """Data that must be a table of keys; ScheduleError for anything else."""
    if not isinstance(data, Mapping):
        raise ScheduleError(f"{what} is a table of keys and values, not {data!r}")
    return cast("Mapping[str, Any]", data)


def minutes(number: object, what: str) -> timedelta:
    """A number of minutes; ScheduleError if it is none, or longer than any time."""
    if isinstance(number, int | float) and not isinstance(number, bool):
        try:
            return timedelta(minutes=number)
        except (OverflowError, ValueError):
            pass
    raise ScheduleError(f"{what} is a number of minutes, not {number!r}")


def toml_text(data: Mapping[str, Any]) -> str:
    """Nested mappings of plain values as TOML."""
    return "\n".join(_table(data, ())) + "\n"


def _table(data: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    for key, value in data.items():
        if not isinstance(value, Mapping):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in data.items():
        if isinstance(value, Mapping):
            inner = (*path, key)
            yield f"\n[{'.'.join(_key(part) for part in inner)}]"
            yield from _table(value, inner)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    # Strings, numbers and booleans are written alike in both languages; only U+007F needs escaping more in TOML.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def iso_date(given: object) -> date:
    """A date as a file has it: TOML's own, or its text."""
    if isinstance(given, date) and is_date(given):
        return given
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        raise ScheduleError(f"{given!r} is not a date: write it as YYYY-MM-DD") from None


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
