"""Instants: aware moments, kept as plain datetimes in UTC so that equal moments are recorded alike."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec

from salesreg.errors import NaiveDatetimeError

Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]
"""A datetime with a time zone; a record without one is refused when it is read."""


def to_utc(moment: dt.datetime) -> dt.datetime:
    """The same moment as a plain datetime in UTC, from any aware one, also pendulum's.

    Raises:
        NaiveDatetimeError: the moment has no time zone.

    >>> to_utc(dt.datetime.fromisoformat("2026-11-23T10:00:00+03:00"))
    datetime.datetime(2026, 11, 23, 7, 0, tzinfo=datetime.timezone.utc)
    """
    if moment.tzinfo is dt.UTC and type(moment) is dt.datetime:
        return moment
    if moment.utcoffset() is None:
        raise NaiveDatetimeError(
            f"{moment.isoformat()} has no time zone: give an aware datetime, such as one ending in +03:00"
        )
    # A subclass such as pendulum.DateTime keeps its type through astimezone, and msgspec reads only the plain one.
    u = moment.astimezone(dt.UTC)
    return dt.datetime(u.year, u.month, u.day, u.hour, u.minute, u.second, u.microsecond, dt.UTC)
