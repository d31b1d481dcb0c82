"""What terms count and by which conventions."""

from __future__ import annotations

from enum import StrEnum
from typing import NoReturn

from salesreg.errors import TermSyntaxError


class _Named(StrEnum):
    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        raise TermSyntaxError(f"{value!r} is none of {', '.join(one.value for one in cls)}")


class Unit(_Named):
    """What a term counts, or on which days it recurs."""

    BUSINESS_DAY = "business_day"
    CALENDAR_DAY = "calendar_day"
    WEEK = "week"
    MONTH = "month"
    WORKING_MINUTE = "working_minute"
    WORKING_HOUR = "working_hour"
    MINUTE = "minute"
    HOUR = "hour"
    EACH_WORKING_DAY = "each_working_day"
    EACH_WEEKDAY = "each_weekday"
    EACH_MONTH_DAY = "each_month_day"
    EACH_PERIOD_WORKING_DAY = "each_period_working_day"


class Roll(_Named):
    """Where a due date that is a day off goes."""

    FOLLOWING = "following"
    PRECEDING = "preceding"
    MODIFIED_FOLLOWING = "modified_following"
    MODIFIED_PRECEDING = "modified_preceding"
    NONE = "none"


class DueTime(_Named):
    """The time of the due day by which the deed must be done."""

    CLOSE = "close"
    SAME_TIME = "same_time"
    OPENING = "opening"


class Counting(_Named):
    """Whether the day of the event is the first day of the term."""

    FOLLOWING_DAY = "following_day"
    INCLUDING_START_DAY = "including_start_day"


WORKING_TIME = frozenset({Unit.WORKING_MINUTE, Unit.WORKING_HOUR})
WALL_CLOCK = frozenset({Unit.MINUTE, Unit.HOUR})
RECURRING = frozenset({Unit.EACH_WORKING_DAY, Unit.EACH_WEEKDAY, Unit.EACH_MONTH_DAY, Unit.EACH_PERIOD_WORKING_DAY})
ROLLED = frozenset({Unit.CALENDAR_DAY, Unit.WEEK, Unit.MONTH, Unit.EACH_WEEKDAY, Unit.EACH_MONTH_DAY})
COUNTED = frozenset({Unit.BUSINESS_DAY, Unit.CALENDAR_DAY, Unit.WEEK, Unit.MONTH})

# A lifetime of minutes: beyond it no calendar answers, and arithmetic on instants would overflow.
LIMIT = 60_000_000
