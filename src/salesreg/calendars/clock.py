"""Units of time, and the clock of a time zone: instants as microseconds since 1970 in UTC."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, Self

import pendulum

from salesreg.errors import BusinessTimeError, CalendarHorizonError

ZERO: Final = timedelta(0)
MICROSECOND: Final = timedelta(microseconds=1)
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
DAY_US: Final = 86_400 * SECOND_US
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()


class Instant(pendulum.DateTime):
    """A `pendulum.DateTime` that keeps its zone.

    pendulum takes a zone of the standard library over as it is, and loses it when time is added afterwards.
    """

    def astimezone(self, tz: tzinfo | None = None) -> Self:
        """The same instant in another zone, of whichever library."""
        return self.instance(super().astimezone(tz))


class Clock:
    """A time zone, with the conversions that daylight saving makes delicate."""

    __slots__ = ("tz", "zone")

    def __init__(self, name: str) -> None:
        self.zone: zoneinfo.ZoneInfo = zoneinfo.ZoneInfo(name)
        self.tz: pendulum.Timezone = pendulum.timezone(name)

    def offset_us(self, wall: datetime) -> int:
        """The offset from UTC at a naive wall time; in an overlap the first, in a gap that before it."""
        offset = self.zone.utcoffset(wall)
        assert offset is not None, "an IANA zone has an offset at any time"  # noqa: S101  narrows for the type checker
        return offset // MICROSECOND

    def instant(self, day_ordinal: int, wall_us: int) -> int:
        """UTC microseconds of a wall time on a day: in a gap the first valid instant, in an overlap the first."""
        days, within = divmod(wall_us, DAY_US)
        wall = datetime.fromordinal(day_ordinal + days) + timedelta(microseconds=within)
        local = (day_ordinal - EPOCH_ORDINAL) * DAY_US + wall_us
        early = self.offset_us(wall)
        late = self.offset_us(wall.replace(fold=1))
        if early >= late:
            return local - early
        # In a gap the clock jumps from the wall time's own early side to its late side at one instant.
        return self.seam(local - late, local - early)

    def seam(self, low: int, high: int) -> int:
        """The first instant after `low` at which the offset is another; at `high` it is."""
        early = self.offset_at(low)
        while high - low > 1:
            middle = (low + high) // 2
            if self.offset_at(middle) == early:
                low = middle
            else:
                high = middle
        return high

    def offset_at(self, us: int) -> int:
        """The offset from UTC in force at an instant."""
        offset = (EPOCH + timedelta(microseconds=us)).astimezone(self.zone).utcoffset()
        assert offset is not None, "an aware datetime has an offset"  # noqa: S101
        return offset // MICROSECOND

    def local(self, us: int) -> pendulum.DateTime:
        """An instant as a pendulum datetime in this zone."""
        try:
            at = (EPOCH + timedelta(microseconds=us)).astimezone(self.zone)
        except OverflowError:
            raise CalendarHorizonError("an instant beyond the years 1 to 9999") from None
        return Instant(at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, self.tz, fold=at.fold)


def is_date(value: object) -> bool:
    """Whether a value is a date and not an instant."""
    return isinstance(value, date) and not isinstance(value, datetime)


def plain_date(day: date) -> date:
    """The date itself; BusinessTimeError if it is none, or is an instant, whose date depends on the zone."""
    if not is_date(day):
        raise BusinessTimeError(f"a date is needed, not {day!r}")
    return day
