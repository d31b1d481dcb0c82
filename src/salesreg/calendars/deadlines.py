"""Deadlines: when something is due, whether that may still change, and why it is so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from attrs import field, frozen
from pendulum import DateTime

from salesreg.calendars.clock import MICROSECOND, ZERO
from salesreg.calendars.files import Entry, ics_file
from salesreg.calendars.reckoning import Pause, delays, elapsed, merged, reckon
from salesreg.calendars.terms import Term
from salesreg.calendars.timeline import Timeline
from salesreg.calendars.trace import Tracer, TraceStep
from salesreg.calendars.wording import Locale, amount_of_time, check_locale, moment, say
from salesreg.errors import BusinessTimeError, need

Pauses = Iterable[tuple[datetime, datetime | None]]


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
        line: the index behind the calendar that it was reckoned by; not for users.

    Raises:
        MissingExtraError: by `to_ics` and in a terminal, if the extra that brings `icalendar` or `rich` is missing.
        BusinessTimeError: by `to_ics`, while a pause is open and there is no due instant.

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
    line: Timeline = field(eq=False)

    @property
    def is_open(self) -> bool:
        """Whether a pause is open, so that there is no due instant yet."""
        return self.at is None

    @property
    def trace(self) -> tuple[TraceStep, ...]:
        """What was consumed, and why each skipped day was skipped; worked out when asked for."""
        tracer = Tracer(self.line, self.term, self.start, self.at, self._paused(), self.left_when_paused)
        return tuple(tracer.steps())

    def explain(self, locale: str = "en") -> str:
        """The trace in words, in English ("en") or Russian ("ru"), one line a step.

        >>> start = pendulum.datetime(2024, 6, 11, 10, tz="Europe/Moscow")
        >>> print(BusinessCalendar.russia().due("1 business day", start).explain())
        1 business day from Tuesday 11 June 2024, 10:00 (MSK)
        Tuesday 11 June 2024: the day of the event does not count (Civil Code art. 191)
        Wednesday 12 June 2024: skipped, public holiday: Russia Day (Labour Code art. 112)
        Thursday 13 June 2024: day 1
        due Thursday 13 June 2024, 18:00 (MSK): close of business (Civil Code art. 194)
        """
        language = check_locale(locale)
        return "\n".join([self._headline(language), *(step.describe(language) for step in self.trace)])

    def _headline(self, locale: Locale) -> str:
        head = f"{self.term.text(locale)}{say(locale, ' from', ', начало:')} {moment(self.start, locale)}"
        if not self.provisional:
            return head
        english = "(provisional: the calendar of these days is not final)"
        return f"{head} {say(locale, english, '(предварительно: календарь этих дней ещё не утверждён)')}"

    def consumed(self, at: datetime) -> timedelta:
        """How much of the term's own clock has run from the start to an instant, pauses left out.

        Working time for terms in days and working hours, time on the wall for terms in minutes and hours.

        >>> start = pendulum.datetime(2024, 6, 11, 12, tz="Europe/Moscow")
        >>> deadline = BusinessCalendar.russia().due("4 working hours", start)
        >>> str(deadline.consumed(start.add(hours=3))), str(deadline.remaining(start.add(hours=3)))
        ('2:00:00', '2:00:00')
        """
        return MICROSECOND * self._running(self.line.micros(self.start), self.line.micros(at))

    def remaining(self, at: datetime) -> timedelta:
        """How much of the term's own clock is left at an instant; negative once it is overdue."""
        now = self.line.micros(at)
        if self.at is not None:
            return MICROSECOND * self._running(now, self.line.micros(self.at))
        opened = self.line.micros(self.pauses[-1][0])
        left = self.left_when_paused or ZERO
        return left + MICROSECOND * (self._running(now, opened) if now < opened else 0)

    def _running(self, start: int, until: int) -> int:
        total = elapsed(self.line, self.term, start, until)
        low, high = min(start, until), max(start, until)
        lost = 0
        for pause in self._paused():
            begin, end = max(pause.start, low), high if pause.end is None else min(pause.end, high)
            if begin < end:
                lost += elapsed(self.line, self.term, begin, end)
        return total - lost if total >= 0 else total + lost

    def _paused(self) -> list[Pause]:
        return [_pause(self.line, pause) for pause in self.pauses]

    def to_dict(self) -> dict[str, Any]:
        """The deadline and its trace as plain data, fit for JSON."""
        data: dict[str, Any] = {
            "due": None if self.at is None else self.at.isoformat(),
            "provisional": self.provisional,
            "term": str(self.term),
            "start": self.start.isoformat(),
            "trace": [step.to_dict() for step in self.trace],
        }
        if self.term.anchor:
            data["anchor"] = self.term.anchor
        if self.pauses:
            data["pauses"] = [
                [begin.isoformat(), None if end is None else end.isoformat()] for begin, end in self.pauses
            ]
        if self.left_when_paused is not None:
            data["left_when_paused_seconds"] = self.left_when_paused.total_seconds()
        return data

    def to_ics(self, locale: str = "en") -> bytes:
        """The deadline as an iCalendar event with its explanation; needs the extra `ics`."""
        language, at = check_locale(locale), due_instant(self)
        identity = f"{self.start.isoformat()}|{at.isoformat()}|{self.term}"
        summary = f"{say(language, 'Due', 'Срок')}: {self.term.text(language)}"
        return ics_file([Entry(identity, summary, at.astimezone(UTC), self.provisional, self.explain(language))])

    def __repr__(self) -> str:
        due = "paused" if self.at is None else self.at.isoformat()
        doubt = ", provisional" if self.provisional else ""
        return f"<Deadline {due}: {self.term} from {self.start.isoformat()}{doubt}>"

    def __rich__(self) -> object:
        need("rich", extra="cli", why="coloured output needs rich")
        from rich.panel import Panel
        from rich.text import Text

        return Panel(Text(self.explain()), title=Text(self._due()), title_align="left")

    def _repr_html_(self) -> str:
        head, *steps = self.explain().split("\n")
        rows = "".join(f"<li>{escape(step)}</li>" for step in steps)
        return (
            f'<details class="salesreg-deadline" lang="en"><summary><strong>{escape(self._due())}</strong> — '
            f"{escape(head)}</summary><ol>{rows}</ol></details>"
        )

    def _due(self) -> str:
        if self.at is not None:
            return moment(self.at, "en")
        return f"paused, left: {amount_of_time(self.left_when_paused or ZERO, 'en')}"


def due_instant(deadline: Deadline) -> DateTime:
    """When a deadline is due; BusinessTimeError while a pause is open and there is no due instant."""
    if deadline.at is None:
        raise BusinessTimeError(f"{deadline!r} has no due instant while its pause is open")
    return deadline.at


def deadline_of(line: Timeline, term: Term, since: int, pauses: Pauses) -> Deadline:
    """The deadline of a term that starts at an instant, with pauses in which its clock stood still."""
    us, left, stops = reckon(line, term, since).us, None, tuple[Pause, ...]()
    if not isinstance(pauses, Iterable):
        raise BusinessTimeError(f"pauses are several pairs of instants, not {pauses!r}")
    if pauses:
        stops = tuple(merged((_pause(line, pause) for pause in pauses), since))
        for stop, amount, until in delays(line, term, us, stops):
            us, left = (until, None) if stop.end is not None else (stop.start, amount)
        if not term.is_wall_clock:
            line.check_horizon(since, us)
    return Deadline(
        line.instant(us) if left is None else None,
        line.instant(since),
        term,
        not term.is_wall_clock and line.is_doubtful(since, us),
        tuple((line.instant(a), None if b is None else line.instant(b)) for a, b in stops),
        None if left is None else MICROSECOND * left,
        line,
    )


def _pause(line: Timeline, pause: tuple[datetime, datetime | None]) -> Pause:
    try:
        begin, end = pause
    except (TypeError, ValueError):
        raise BusinessTimeError(
            f"a pause is a pair of instants, the second None if it is open, not {pause!r}"
        ) from None
    stop = Pause(line.micros(begin), None if end is None else line.micros(end))
    if stop.end is not None and stop.end < stop.start:
        raise BusinessTimeError(f"a pause ends after it begins, not {begin.isoformat()} to {end}")
    return stop
