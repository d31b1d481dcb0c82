"""Terms: how long somebody has, in the words of a regulation, English or Russian."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from attrs import field, frozen

from salesreg.errors import TermSyntaxError

__all__ = ["Counting", "DueTime", "Roll", "Term", "Unit"]


class Unit(StrEnum):
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


class Roll(StrEnum):
    """Where a due date that is a day off goes."""

    FOLLOWING = "following"
    PRECEDING = "preceding"
    MODIFIED_FOLLOWING = "modified_following"
    NONE = "none"


class DueTime(StrEnum):
    """The time of the due day by which the deed must be done."""

    CLOSE = "close"
    SAME_TIME = "same_time"
    OPENING = "opening"


class Counting(StrEnum):
    """Whether the day of the event is the first day of the term."""

    FOLLOWING_DAY = "following_day"
    INCLUDING_START_DAY = "including_start_day"


WORKING_TIME = frozenset({Unit.WORKING_MINUTE, Unit.WORKING_HOUR})
WALL_CLOCK = frozenset({Unit.MINUTE, Unit.HOUR})
RECURRING = frozenset({Unit.EACH_WORKING_DAY, Unit.EACH_WEEKDAY, Unit.EACH_MONTH_DAY})
ROLLED = frozenset({Unit.CALENDAR_DAY, Unit.WEEK, Unit.MONTH, Unit.EACH_WEEKDAY, Unit.EACH_MONTH_DAY})
COUNTED = frozenset({Unit.BUSINESS_DAY, Unit.CALENDAR_DAY, Unit.WEEK, Unit.MONTH})

# A lifetime of minutes: beyond it no calendar answers, and arithmetic on instants would overflow.
_LIMIT = 60_000_000


def _in_order(days: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(days)))


@frozen(cache_hash=True)
class Term:
    """A length of time or a recurrence, as a regulation words it.

    A value: compares, hashes, pickles and sorts into sets by what it means, not by how it was written.

    Attributes:
        amount: how many units; negative counts backwards, as in "3 calendar days before". 1 for recurring terms.
        unit: what is counted, or the kind of recurrence.
        roll: for units of the calendar: where a due date on a day off goes.
        due: for days and longer: at which time of the due day.
        counting: for days and longer: whether the day of the event counts.
        days: weekday numbers (0 is Monday) or days of the month of a recurring term, in order.

    >>> Term.parse("2 рабочих дня") == Term.parse("2 business days") == Term(2, Unit.BUSINESS_DAY)
    True
    >>> str(Term.parse("10-го и 25-го числа, с переносом назад"))
    'on the 10th and 25th, preceding'
    """

    amount: int
    unit: Unit = field(converter=Unit)
    roll: Roll = field(default=Roll.FOLLOWING, converter=Roll, kw_only=True)
    due: DueTime = field(default=DueTime.CLOSE, converter=DueTime, kw_only=True)
    counting: Counting = field(default=Counting.FOLLOWING_DAY, converter=Counting, kw_only=True)
    days: tuple[int, ...] = field(default=(), converter=_in_order, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if type(self.amount) is not int or abs(self.amount) > _LIMIT:
            raise TermSyntaxError(f"a term counts a whole number up to {_LIMIT}, not {self.amount!r}")
        if self.roll is not Roll.FOLLOWING and self.unit not in ROLLED:
            raise TermSyntaxError(f"a term in {self.unit.value}s falls on working time and is not rolled")
        if self.due is not DueTime.CLOSE and self.unit in WORKING_TIME | WALL_CLOCK:
            raise TermSyntaxError(f"a term in {self.unit.value}s ends at its own instant, not at {self.due.value}")
        if self.due is DueTime.SAME_TIME and self.unit in RECURRING:
            raise TermSyntaxError("a recurring term is due at the opening or at the close")
        if self.counting is not Counting.FOLLOWING_DAY and self.unit not in COUNTED:
            raise TermSyntaxError(f"only terms in days and longer may include the start day, not {self.unit.value}s")
        if self.unit in RECURRING and self.amount != 1:
            raise TermSyntaxError(f"a recurring term counts 1, not {self.amount}")
        self._check_days()

    def _check_days(self) -> None:
        allowed = {Unit.EACH_WEEKDAY: range(7), Unit.EACH_MONTH_DAY: range(1, 32)}.get(self.unit)
        if allowed is None:
            if self.days:
                raise TermSyntaxError(f"a term in {self.unit.value}s names no days")
        elif not self.days or any(day not in allowed for day in self.days):
            raise TermSyntaxError(f"days from {allowed[0]} to {allowed[-1]} are needed, not {list(self.days)}")

    @staticmethod
    def parse(text: str) -> Term:
        """Read a term in English or Russian; both languages give equal values.

        Raises:
            TermSyntaxError: if the text is not of the grammar; the message names the units that are known.

        >>> Term.parse("3 calendar days before, preceding").text("ru")
        'за 3 календарных дня до, с переносом назад'
        """
        return _parsed(text)

    @property
    def is_recurring(self) -> bool:
        """Whether the term comes again and again."""
        return self.unit in RECURRING

    @property
    def is_working_time(self) -> bool:
        """Whether it counts working minutes or hours."""
        return self.unit in WORKING_TIME

    @property
    def is_wall_clock(self) -> bool:
        """Whether it counts elapsed time, work or no work."""
        return self.unit in WALL_CLOCK

    @property
    def minutes(self) -> int:
        """The length of a term in minutes or hours, in minutes."""
        return self.amount * 60 if self.unit in (Unit.HOUR, Unit.WORKING_HOUR) else self.amount

    def text(self, locale: str = "en") -> str:
        """The term in English ("en") or Russian ("ru"), which `parse` reads back.

        >>> [Term(n, Unit.BUSINESS_DAY).text("ru") for n in (1, 2, 5, 21)]
        ['1 рабочий день', '2 рабочих дня', '5 рабочих дней', '21 рабочий день']
        """
        from salesreg.calendars.grammar import write

        return write(self, locale)

    def __str__(self) -> str:
        return self.text("en")

    def __repr__(self) -> str:
        return f"Term({self.text('en')!r})"


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Term:
    from salesreg.calendars.grammar import parse

    return parse(text)
