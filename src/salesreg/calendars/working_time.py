"""The business calendar: a work schedule on a production calendar, and arithmetic on it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import overload

from pendulum import DateTime

from salesreg.calendars.array_calendar import ArrayCalendar
from salesreg.calendars.days import ZERO
from salesreg.calendars.deadlines import Deadline, reminder_offset
from salesreg.calendars.index import DAY_US, EPOCH, MICROSECOND, MINUTE_US, SECOND_US
from salesreg.calendars.reckoning import (
    Due,
    Pause,
    extend,
    merged,
    occurrences,
    reckon,
)
from salesreg.calendars.terms import Roll, Term, Unit
from salesreg.calendars.timeline import is_date, plain_date
from salesreg.errors import BusinessTimeError, CalendarHorizonError

__all__ = ["BusinessCalendar"]

Pauses = Iterable[tuple[datetime, datetime | None]]
_ROLLS = tuple(convention.value for convention in Roll)


class BusinessCalendar(ArrayCalendar):
    """Business days, working time and deadlines of one schedule on one production calendar.

    An immutable value: it compares, hashes and pickles by its parts. Any aware datetime goes in, `pendulum.DateTime`
    in the schedule's zone comes out. Threads may share it.

    Args:
        schedule: the working hours and their zone.
        production: which days work.
        horizon: "provisional" answers beyond the last decreed year and marks the answer; "strict" refuses.

    >>> import pendulum
    >>> moscow = BusinessCalendar.russia()
    >>> friday = pendulum.datetime(2024, 4, 26, 17, 30, tz="Europe/Moscow")
    >>> print(moscow.add_working_time(friday, timedelta(hours=1)))
    2024-04-27 09:30:00+03:00
    >>> print(moscow.due("2 business days", friday).at)
    2024-05-02 18:00:00+03:00
    """

    __slots__ = ()

    @overload
    def add_business_days(self, moment: datetime, days: int) -> DateTime: ...
    @overload
    def add_business_days(self, moment: date, days: int) -> date: ...
    def add_business_days(self, moment: date, days: int) -> date:
        """The n-th working day after a day, or before it if `days` is negative.

        The day of the event does not count. Zero is the day itself if it works, else the next working day.

        Args:
            moment: a date, or an aware datetime, which stands for its civil date in the calendar's zone.
            days: how many working days.

        Returns:
            A date for a date; for an instant the close of business of the day found. Zero days from an instant past
            the close go to the next working day.

        >>> BusinessCalendar.russia().add_business_days(date(2024, 4, 26), 2)
        datetime.date(2024, 5, 2)

        Raises:
            NaiveDatetimeError: for a datetime without a time zone.
            CalendarHorizonError: if the answer is beyond what the calendar knows.
        """
        line = self.line
        index = line.index
        if days > 0 and not line.guarded:
            if type(moment) is date:
                rank = index.after_date.get(moment)
                if rank is not None and (place := rank + days - index.rank) < index.count:
                    return index.dates[place]
            elif isinstance(moment, datetime):
                if moment.tzinfo is line.tz or moment.tzinfo is line.zone:
                    number = moment.toordinal() - index.base
                else:
                    us = line.micros(moment)
                    number = index.day_of(us) if index.low <= us < index.high else -1
                if 0 <= number < index.days and (place := index.after[number] + days - index.rank) < index.count:
                    clock = index.close_clocks[place]
                    if clock is not None:
                        day = index.dates[place]
                        return DateTime(day.year, day.month, day.day, *clock, line.tz)
        if isinstance(moment, datetime):
            return line.instant(reckon(line, Term(days, Unit.BUSINESS_DAY), line.micros(moment)).us)
        return self._business_date(plain_date(moment), days)

    def _business_date(self, day: date, days: int) -> date:
        index = self.line.covering_day(day)
        number = day.toordinal() - index.base
        index, place = self.line.ranked(index, (index.after if days > 0 else index.before)[number] + days)
        self.check_days(day, index.dates[place])
        return index.dates[place]

    def add_working_time(self, moment: datetime, duration: timedelta) -> DateTime:
        """The instant by which so much more has been worked.

        Forward it is the earliest such instant (13:00, not 14:00, when lunch starts at 13:00); backward, the latest
        with so much work before `moment`; by nothing, the instant itself in working time and else the next opening.

        >>> import pendulum
        >>> noon = pendulum.datetime(2024, 6, 10, 12, 30, tz="Europe/Moscow")
        >>> print(BusinessCalendar.russia().add_working_time(noon, timedelta(minutes=30)))
        2024-06-10 13:00:00+03:00

        Raises:
            NaiveDatetimeError: for a datetime without a time zone.
            CalendarHorizonError: if the answer is beyond what the calendar knows.
        """
        line = self.line
        us = line.micros(moment)
        # pendulum's durations override the division and answer with another kind.
        index, segment, at = line.shift(us, timedelta.__floordiv__(duration, MICROSECOND))
        if line.guarded:
            line.check_horizon(us, at)
        number = index.owners[segment] - index.base
        since = at - index.midnights[number]
        if 0 <= since < DAY_US and index.uniform[number]:
            minutes, micros = divmod(since, MINUTE_US)
            if not micros:
                day = index.civil[number]
                hour, minute = divmod(minutes, 60)
                return DateTime(day.year, day.month, day.day, hour, minute, 0, 0, line.tz)
        return line.in_segment(index, segment, at)

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two instants; negative if they are the wrong way round.

        >>> import pendulum
        >>> friday = pendulum.datetime(2024, 6, 7, 17, tz="Europe/Moscow")
        >>> BusinessCalendar.russia().working_time_between(friday, friday.add(days=2, hours=17))
        datetime.timedelta(seconds=7200)

        Raises:
            NaiveDatetimeError: for a datetime without a time zone.
            CalendarHorizonError: if an instant is beyond what the calendar knows.
        """
        line = self.line
        first, last = line.micros(start), line.micros(end)
        index = line.index
        if not (index.low <= first < index.high and index.low <= last < index.high):
            line.covering(first)
            index = line.covering(last)
        if line.guarded:
            line.check_horizon(first, last)
        return timedelta(0, *divmod(index.elapsed(last) - index.elapsed(first), SECOND_US))

    def next_open(self, moment: datetime) -> DateTime:
        """The earliest instant at or after `moment` at which people work: itself in working time.

        >>> import pendulum
        >>> print(BusinessCalendar.russia().next_open(pendulum.datetime(2024, 6, 8, 12, tz="Europe/Moscow")))
        2024-06-10 09:00:00+03:00
        """
        return self.add_working_time(moment, ZERO)

    def previous_close(self, moment: datetime) -> DateTime:
        """The latest instant at or before `moment` up to which people worked: itself in working time.

        >>> import pendulum
        >>> print(BusinessCalendar.russia().previous_close(pendulum.datetime(2024, 6, 8, 12, tz="Europe/Moscow")))
        2024-06-07 18:00:00+03:00
        """
        line = self.line
        us = line.micros(moment)
        index = line.covering(us)
        number = bisect_left(index.starts, us) - 1
        while number < 0:
            index = line.earlier(index)
            number = bisect_left(index.starts, us) - 1
        at = min(us, index.ends[number])
        line.check_horizon(at, us)
        return line.in_segment(index, number, at)

    def due(self, term: Term | str, start: date, pauses: Pauses = ()) -> Deadline:
        """When a term that starts at an instant is due.

        Args:
            term: a term or its text, English or Russian.
            start: an aware datetime; a date stands for its beginning.
            pauses: stretches (from, to) in which the clock stood still; `None` as the end of one that is still open.

        Raises:
            TermSyntaxError: if the text is no term.
            NaiveDatetimeError: for a datetime without a time zone.
            CalendarHorizonError: if the deadline is beyond what the calendar knows.
        """
        if not isinstance(term, Term):
            term = Term.parse(term)
        line = self.line
        since = self._start(start)
        us, left, stops = reckon(line, term, since).us, None, tuple[Pause, ...]()
        if pauses:
            stops = tuple(merged((self._pause(pause) for pause in pauses), since))
            us, left = extend(line, term, us, stops)
            if not term.is_wall_clock:
                line.check_horizon(since, us)
        return Deadline(
            line.instant(us) if left is None else None,
            line.instant(since),
            term,
            not term.is_wall_clock and line.is_doubtful(since, us),
            tuple((line.instant(a), None if b is None else line.instant(b)) for a, b in stops),
            None if left is None else MICROSECOND * left,
            self,
        )

    def due_at(self, term: Term | str, start: date) -> datetime:
        """The due instant alone, as a plain datetime in UTC: what a program stores and compares.

        >>> import pendulum
        >>> start = pendulum.datetime(2024, 4, 26, 10, tz="Europe/Moscow")
        >>> BusinessCalendar.russia().due_at("2 business days", start)
        datetime.datetime(2024, 5, 2, 15, 0, tzinfo=datetime.timezone.utc)
        """
        if not isinstance(term, Term):
            term = Term.parse(term)
        us = reckon(self.line, term, self._start(start)).us
        try:
            return EPOCH + timedelta(0, 0, us)
        except OverflowError:
            raise CalendarHorizonError(f"{term} from {start} is beyond the years 1 to 9999") from None

    def is_provisional(self, start: datetime, end: datetime) -> bool:
        """Whether a day between two instants lies in a year that has not been decreed, so that it may still change.

        >>> import pendulum
        >>> start = pendulum.datetime(2027, 12, 30, 10, tz="Europe/Moscow")
        >>> BusinessCalendar.russia().is_provisional(start, start.add(days=7))
        True
        """
        return self.line.is_doubtful(self.line.micros(start), self.line.micros(end))

    def remind(self, deadline: Deadline, before: Term | str) -> DateTime:
        """An instant ahead of a deadline, such as "30 working minutes before".

        >>> import pendulum
        >>> moscow = BusinessCalendar.russia()
        >>> deadline = moscow.due("1 business day", pendulum.datetime(2024, 6, 7, 12, tz="Europe/Moscow"))
        >>> print(moscow.remind(deadline, "9 working hours before"))
        2024-06-07 17:00:00+03:00

        Raises:
            BusinessTimeError: if the term does not count backwards, or the deadline is paused.
        """
        offset = reminder_offset(before if isinstance(before, Term) else Term.parse(before))
        if deadline.at is None:
            raise BusinessTimeError(f"{deadline!r} has no due instant while its pause is open")
        return self.line.instant(reckon(self.line, offset, self.line.micros(deadline.at)).us)

    def occurrences(self, term: Term | str, start: date, until: datetime) -> Iterator[DateTime]:
        """The due instants of a recurring term after `start`, up to and including `until`.

        >>> import pendulum
        >>> start = pendulum.datetime(2024, 6, 11, 12, tz="Europe/Moscow")
        >>> [str(at) for at in BusinessCalendar.russia().occurrences("each working day", start, start.add(days=3))]
        ['2024-06-11 17:00:00+03:00', '2024-06-13 18:00:00+03:00']

        Raises:
            BusinessTimeError: if the term does not recur.
        """
        if not isinstance(term, Term):
            term = Term.parse(term)
        if not term.is_recurring:
            raise BusinessTimeError(f"{term} does not recur: say 'each working day' or 'on the 10th'")
        last = self.line.micros(until)
        found = occurrences(self.line, term, self._start(start))
        while (us := self._next_until(found, term, last)) is not None and us <= last:
            self.line.check_horizon(us, us)
            yield self.line.instant(us)

    def _next_until(self, found: Iterator[Due], term: Term, last: int) -> int | None:
        """The next occurrence; none if it is beyond the calendar and so beyond `last`, which is not."""
        try:
            return next(found).us
        except CalendarHorizonError:
            self.line.covering(last)
            if term.roll in (Roll.PRECEDING, Roll.MODIFIED_FOLLOWING):
                # A day that the calendar does not know may be rolled back to one that it knows.
                raise
            return None

    def _start(self, start: date) -> int:
        return self.midnight(start) if is_date(start) else self.line.micros(start)  # type: ignore[arg-type]

    def _pause(self, pause: tuple[datetime, datetime | None]) -> Pause:
        begin, end = pause
        stop = Pause(self.line.micros(begin), None if end is None else self.line.micros(end))
        if stop.end is not None and stop.end < stop.start:
            raise BusinessTimeError(f"a pause ends after it begins, not {begin.isoformat()} to {end}")
        return stop
