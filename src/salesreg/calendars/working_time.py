"""The business calendar: a work schedule on a production calendar, and arithmetic on it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Self, overload

from pendulum import DateTime

from salesreg.calendars.days import ZERO, Day, DayKind, Mark, YearNorm
from salesreg.calendars.deadlines import Deadline, reminder_offset
from salesreg.calendars.index import DAY_US, EPOCH, MICROSECOND, SECOND_US
from salesreg.calendars.production import ProductionCalendar
from salesreg.calendars.reckoning import (
    Pause,
    civil_date,
    extend,
    intervals,
    merged,
    occurrences,
    reckon,
    roll,
    working_day_at_or_after,
)
from salesreg.calendars.schedule import PlanItem, WorkSchedule
from salesreg.calendars.terms import DueTime, Counting, Roll, Term, Unit
from salesreg.calendars.timeline import Horizon, Timeline
from salesreg.errors import BusinessTimeError, CalendarHorizonError

__all__ = ["BusinessCalendar"]

Pauses = Iterable[tuple[datetime, datetime | None]]
UTC = timezone.utc
_ROLLS = tuple(convention.value for convention in Roll)


class BusinessCalendar:
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

    __slots__ = ("__weakref__", "line")

    def __init__(
        self,
        schedule: WorkSchedule | None = None,
        production: ProductionCalendar | None = None,
        horizon: Horizon = "provisional",
    ) -> None:
        self.line = Timeline(
            schedule or WorkSchedule.standard(), production or ProductionCalendar.country("RU"), horizon
        )

    @classmethod
    def russia(cls, schedule: WorkSchedule | None = None, *, horizon: Horizon = "provisional") -> Self:
        """The Russian production calendar; by default Monday to Friday 09:00–18:00, lunch 13:00–14:00, Moscow time."""
        return cls(schedule, ProductionCalendar.country("RU"), horizon)

    @property
    def schedule(self) -> WorkSchedule:
        """The working hours."""
        return self.line.schedule

    @property
    def production(self) -> ProductionCalendar:
        """Which days work."""
        return self.line.production

    @property
    def horizon(self) -> Horizon:
        """Whether provisional days are reckoned with ("provisional") or refused ("strict")."""
        return self.line.horizon

    @property
    def timezone(self) -> str:
        """The zone in which the hours are meant and answers are given."""
        return self.line.schedule.timezone

    def with_schedule(self, schedule: WorkSchedule) -> Self:
        """The same days with other hours, such as one employee's."""
        return type(self)(schedule, self.production, self.horizon)

    # Days

    def is_working_day(self, day: date) -> bool:
        """Whether people work on a day.

        >>> BusinessCalendar.russia().is_working_day(date(2024, 4, 27))
        True

        Raises:
            CalendarHorizonError: if the day is beyond what the calendar knows.
        """
        index = self.line.covering_day(_plain(day))
        number = day.toordinal() - index.base
        self.line.check_horizon(index.midnights[number], index.midnights[number])
        return index.working[number] == 1

    def day(self, day: date) -> Day:
        """What a day is, why, and its working time.

        >>> print(BusinessCalendar.russia().day(date(2024, 4, 29)).describe())
        day off moved from Saturday 27 April 2024

        Raises:
            CalendarHorizonError: if the day is beyond what the calendar knows.
        """
        index = self.line.covering_day(_plain(day))
        start = index.midnights[day.toordinal() - index.base]
        self.line.check_horizon(start, start)
        mark = self.mark(day)
        hours = tuple((self.line.instant(a), self.line.instant(b)) for a, b in intervals(self.line, day))
        return Day(day, mark.kind, mark, hours, self.line.is_doubtful(start, start))

    def mark(self, day: date) -> Mark:
        """Why a day works or does not, the schedule's own week considered."""
        mark = self.production.mark(_plain(day))
        own = self.schedule.works_on(day.weekday())
        if own is None or not mark.kind.ordinary or own is mark.kind.works:
            return mark
        return Mark(DayKind.WORKING) if own else Mark(DayKind.WEEKEND)

    def day_plan(self, day: date) -> tuple[PlanItem, ...]:
        """Work, breaks and lunch of a day, in order; empty on a day off.

        >>> [str(item) for item in BusinessCalendar.russia().day_plan(date(2024, 6, 11))]
        ['09:00-13:00 work', '13:00-14:00 lunch', '14:00-17:00 work']
        """
        return self.schedule.plan(day.weekday(), self.mark(day).cut) if self.is_working_day(day) else ()

    def roll(self, day: date, convention: Roll | str = Roll.FOLLOWING) -> date:
        """Where a convention puts a date that may be a day off.

        >>> BusinessCalendar.russia().roll(date(2024, 6, 30), "modified_following")
        datetime.date(2024, 6, 28)

        Raises:
            BusinessTimeError: if the convention is not one of the four.
        """
        if convention not in _ROLLS:
            raise BusinessTimeError(f"roll conventions are {', '.join(_ROLLS)}; not {convention!r}")
        rolled = roll(self.line, _plain(day), Roll(convention))
        self._check_days(day, rolled)
        return rolled

    def business_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; the other way round it is negative.

        >>> BusinessCalendar.russia().business_days_between(date(2024, 4, 26), date(2024, 5, 2))
        2
        """
        self._check_days(start, end)
        first = self.line.covering_day(_plain(start))
        last = self.line.covering_day(_plain(end))
        return last.after[end.toordinal() - last.base] - first.after[start.toordinal() - first.base]

    def year_norm(self, year: int) -> YearNorm:
        """How many days and hours a year has to work.

        >>> norm = BusinessCalendar.russia().year_norm(2025)
        >>> norm.working_days, norm.short_days, norm.hours_40, norm.hours_36, norm.hours_24
        (247, 4, 1972, 1774.4, 1181.6)

        Raises:
            CalendarHorizonError: if the year is beyond what the calendar knows.
        """
        index = self.line.covering_year(year)
        first, last = date(year, 1, 1), date(year, 12, 31)
        self._check_days(first, last)
        days = index.after[last.toordinal() - index.base] - index.before[first.toordinal() - index.base] + 1
        marks = self.production.year(year).marks
        cuts = [mark.cut for day, mark in marks.items() if mark.cut and self.is_working_day(day)]
        hours = sum(cuts, ZERO) / timedelta(hours=1)
        forty = days * 8 - hours
        return YearNorm(
            year,
            days,
            len(cuts),
            int(forty) if forty.is_integer() else forty,
            round(days * 7.2 - hours, 2),
            round(days * 4.8 - hours, 2),
            self._is_doubtful(first, last),
        )

    def _is_doubtful(self, first: date, last: date) -> bool:
        return self.line.is_doubtful(self._midnight(first), self._midnight(last))

    def _check_days(self, first: date, last: date) -> None:
        if self.line.horizon == "strict":
            self.line.check_horizon(self._midnight(first), self._midnight(last))

    def _midnight(self, day: date) -> int:
        index = self.line.covering_day(_plain(day))
        return index.midnights[day.toordinal() - index.base]

    # Arithmetic

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
        if type(moment) is date:
            number = moment.toordinal() - index.base
            if 0 <= number < index.days and not line.guarded:
                place = (index.after if days > 0 else index.before)[number] + days - index.rank
                if 0 <= place < index.count:
                    return index.dates[place]
        elif isinstance(moment, datetime):
            return line.instant(self._close_after(moment, days))
        return self._business_date(_plain(moment), days)

    def _business_date(self, day: date, days: int) -> date:
        index = self.line.covering_day(day)
        number = day.toordinal() - index.base
        index, place = self.line.ranked(index, (index.after if days > 0 else index.before)[number] + days)
        self._check_days(day, index.dates[place])
        return index.dates[place]

    def _close_after(self, moment: datetime, days: int) -> int:
        line = self.line
        us = line.micros(moment)
        index = line.index
        if days and index.low <= us < index.high and not line.guarded:
            number = index.day_of(us)
            place = (index.after if days > 0 else index.before)[number] + days - index.rank
            if 0 <= place < index.count:
                return index.closes[place]
        return reckon(line, Term(days, Unit.BUSINESS_DAY), us).us

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
        worked = timedelta.__floordiv__(duration, MICROSECOND)
        index, segment, at = line.shift(us, worked)
        if line.guarded:
            line.check_horizon(us, at)
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
        return timedelta(0, 0, index.elapsed(last) - index.elapsed(first))

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

    # Terms

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
        return EPOCH + timedelta(0, 0, reckon(self.line, term, self._start(start)).us)

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
        for due in occurrences(self.line, term, self._start(start)):
            if due.us > last:
                return
            yield self.line.instant(due.us)

    def _start(self, start: date) -> int:
        return self._midnight(start) if _is_date(start) else self.line.micros(start)  # type: ignore[arg-type]

    def _pause(self, pause: tuple[datetime, datetime | None]) -> Pause:
        begin, end = pause
        stop = Pause(self.line.micros(begin), None if end is None else self.line.micros(end))
        if stop.end is not None and stop.end < stop.start:
            raise BusinessTimeError(f"a pause ends after it begins, not {begin.isoformat()} to {end}")
        return stop

    def __eq__(self, other: object) -> bool:
        return self.line == other.line if isinstance(other, BusinessCalendar) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.line)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.schedule!r}, {self.production!r}, {self.horizon!r})"


def _is_date(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _plain(day: date) -> date:
    if not _is_date(day):
        raise BusinessTimeError(f"a date is needed, not {day!r}")
    return day
