"""Deadlines: when something is due, whether that may still change, and why it is so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from pendulum import DateTime

from salesreg.calendars.reckoning import Pause, elapsed
from salesreg.calendars.terms import Term
from salesreg.errors import BusinessTimeError

if TYPE_CHECKING:
    from salesreg.calendars.trace import TraceStep
    from salesreg.calendars.working_time import BusinessCalendar

__all__ = ["Deadline"]

MICROSECOND = timedelta(microseconds=1)


@frozen(repr=False)
class Deadline:
    """When a term that started at an instant is due. It is met at or before `at`.

    Attributes:
        at: the due instant in the calendar's zone; None while a pause is open.
        start: when the term started.
        term: the term.
        provisional: whether a day from start to due may still change.
        pauses: the stretches in which the clock stood still: merged, and clipped to the start.
        left_when_paused: while a pause is open, what is left of the term on its own clock; else None.

    >>> from salesreg.calendars import BusinessCalendar
    >>> import pendulum
    >>> moscow = BusinessCalendar.russia()
    >>> deadline = moscow.due("2 business days", pendulum.datetime(2024, 4, 26, 10, tz="Europe/Moscow"))
    >>> print(deadline.at, deadline.provisional)
    2024-05-02 18:00:00+03:00 False
    """

    at: DateTime | None
    start: DateTime
    term: Term
    provisional: bool
    pauses: tuple[tuple[DateTime, DateTime | None], ...]
    left_when_paused: timedelta | None
    calendar: BusinessCalendar = field(eq=False)

    @property
    def is_open(self) -> bool:
        """Whether a pause is open, so that there is no due instant yet."""
        return self.at is None

    @property
    def trace(self) -> tuple[TraceStep, ...]:
        """What was consumed, and why each skipped day was skipped; worked out when asked for."""
        from salesreg.calendars.trace import trace

        return trace(self)

    def explain(self, locale: str = "en") -> str:
        """The trace in words, in English ("en") or Russian ("ru"), one line a step.

        >>> from salesreg.calendars import BusinessCalendar
        >>> import pendulum
        >>> start = pendulum.datetime(2024, 6, 11, 10, tz="Europe/Moscow")
        >>> print(BusinessCalendar.russia().due("1 business day", start).explain())
        1 business day from Tuesday 11 June 2024, 10:00 (MSK)
        Tuesday 11 June 2024: the day of the event does not count (Civil Code art. 191)
        Wednesday 12 June 2024: skipped, public holiday: Russia Day (Labour Code art. 112)
        Thursday 13 June 2024: day 1
        due Thursday 13 June 2024, 18:00 (MSK): close of business (Civil Code art. 194)
        """
        from salesreg.calendars.trace import explain

        return explain(self, locale)

    def consumed(self, at: datetime) -> timedelta:
        """How much of the term's own clock has run from the start to an instant, pauses left out.

        Working time for terms in days and working hours, time on the wall for terms in minutes and hours.

        >>> from salesreg.calendars import BusinessCalendar
        >>> import pendulum
        >>> start = pendulum.datetime(2024, 6, 11, 12, tz="Europe/Moscow")
        >>> deadline = BusinessCalendar.russia().due("4 working hours", start)
        >>> str(deadline.consumed(start.add(hours=3))), str(deadline.remaining(start.add(hours=3)))
        ('2:00:00', '2:00:00')
        """
        line = self.calendar.line
        start, until = line.micros(self.start), line.micros(at)
        return MICROSECOND * self._running(start, until)

    def remaining(self, at: datetime) -> timedelta:
        """How much of the term's own clock is left at an instant; negative once it is overdue."""
        line = self.calendar.line
        now = line.micros(at)
        if self.at is not None:
            return MICROSECOND * self._running(now, line.micros(self.at))
        opened = line.micros(self.pauses[-1][0])
        left = self.left_when_paused or timedelta(0)
        return left + MICROSECOND * (self._running(now, opened) if now < opened else 0)

    def _running(self, start: int, until: int) -> int:
        line, total = self.calendar.line, elapsed(self.calendar.line, self.term, start, until)
        low, high = min(start, until), max(start, until)
        lost = 0
        for pause in self.paused():
            begin, end = max(pause.start, low), high if pause.end is None else min(pause.end, high)
            if begin < end:
                lost += elapsed(line, self.term, begin, end)
        return total - lost if total >= 0 else total + lost

    def paused(self) -> list[Pause]:
        """The pauses as UTC microseconds."""
        micros = self.calendar.line.micros
        return [Pause(micros(begin), None if end is None else micros(end)) for begin, end in self.pauses]

    def to_dict(self) -> dict[str, Any]:
        """The deadline and its trace as plain data, fit for JSON."""
        data: dict[str, Any] = {
            "due": None if self.at is None else self.at.isoformat(),
            "provisional": self.provisional,
            "term": str(self.term),
            "start": self.start.isoformat(),
            "trace": [step.to_dict() for step in self.trace],
        }
        if self.pauses:
            data["pauses"] = [
                [begin.isoformat(), None if end is None else end.isoformat()] for begin, end in self.pauses
            ]
        if self.left_when_paused is not None:
            data["left_when_paused_seconds"] = self.left_when_paused.total_seconds()
        return data

    def to_ics(self, locale: str = "en") -> bytes:
        """The deadline as an iCalendar event with its explanation; needs the extra `ics`.

        Raises:
            MissingExtraError: if the `icalendar` package is not installed.
            BusinessTimeError: while a pause is open and there is no due instant.
        """
        from salesreg.calendars.ics import deadline_to_ics

        return deadline_to_ics(self, locale)

    def __repr__(self) -> str:
        due = "paused" if self.at is None else self.at.isoformat()
        doubt = ", provisional" if self.provisional else ""
        return f"<Deadline {due}: {self.term} from {self.start.isoformat()}{doubt}>"

    def __rich__(self) -> object:
        from salesreg.calendars.displays import deadline_to_rich

        return deadline_to_rich(self)

    def _repr_html_(self) -> str:
        from salesreg.calendars.displays import deadline_to_html

        return deadline_to_html(self)


def reminder_offset(term: Term) -> Term:
    """The term, if it counts backwards as a reminder must.

    Raises:
        BusinessTimeError: if it does not.
    """
    if term.amount >= 0 or term.is_recurring:
        raise BusinessTimeError(
            f"a reminder comes before its deadline, such as '30 working minutes before', not {term}"
        )
    return term
