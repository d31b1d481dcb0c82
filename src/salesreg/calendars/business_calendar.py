"""The business calendar: a work schedule on a production calendar, asked for days, working time and deadlines."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self, overload

from attrs import evolve, field, frozen
from pendulum import DateTime

from salesreg.calendars.almanac import Day, YearNorm, YearPage, norm_of
from salesreg.calendars.clock import DAY, EPOCH, MICROSECOND, SECOND_US, ZERO, Instant, is_date, plain_date
from salesreg.calendars.days import Mark
from salesreg.calendars.deadlines import Deadline, Pauses, deadline_of, due_instant
from salesreg.calendars.files import Saved, table
from salesreg.calendars.production import ProductionCalendar
from salesreg.calendars.reckoning import civil_date, intervals, occurrences_until, reckon, roll
from salesreg.calendars.schedule import WorkSchedule
from salesreg.calendars.shifts import PlanItem
from salesreg.calendars.terms import Term
from salesreg.calendars.timeline import Horizon, Timeline
from salesreg.calendars.units import Roll, Unit
from salesreg.errors import BusinessTimeError, CalendarHorizonError, ScheduleError, need

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from salesreg.calendars.batch import BatchArithmetic, DueBatch


def _schedule(given: WorkSchedule | None) -> WorkSchedule:
    if given is not None and not isinstance(given, WorkSchedule):
        raise ScheduleError(f"the schedule is a WorkSchedule, not {given!r}")
    return given or WorkSchedule.standard()


def _production(given: ProductionCalendar | None) -> ProductionCalendar:
    if given is not None and not isinstance(given, ProductionCalendar):
        raise ScheduleError(f"the days are those of a ProductionCalendar, not {given!r}")
    return given or ProductionCalendar.country("RU")


@frozen(repr=False)
class BusinessCalendar(Saved):
    """Business days, working time and deadlines of one schedule on one production calendar.

    An immutable value: it compares, hashes and pickles by its parts. Any aware datetime goes in, `pendulum.DateTime`
    in the schedule's zone comes out. Threads may share it.

    The methods named `…_batch` answer for many instants at once; they need the extra `batch`. Instants are
    `datetime64[us]` in UTC, dates `datetime64[D]`, durations `timedelta64`; any shape, NaT stays NaT. Each answer
    equals that of the method for one.

    Attributes:
        schedule: the working hours and their zone; by default Monday to Friday 09:00–18:00 in Moscow.
        production: which days work; by default those of Russia.
        horizon: "provisional" answers beyond the last decreed year and marks the answer; "strict" refuses.
        line: the precomputed index behind the calendar; not for users.

    Raises:
        NaiveDatetimeError: by any method, for a datetime without a time zone.
        TermSyntaxError: by any method that takes a term, for a text that is none.
        CalendarHorizonError: by any method, if the answer is beyond what the calendar knows.
        MissingExtraError: by a method on arrays, if NumPy is not installed.
        BusinessTimeError: by a method on arrays, if an array is of another kind; by `roll`, if there is no such
            convention; by `remind`, if the term does not count backwards or the deadline is paused; by `occurrences`,
            if the term does not recur.

    >>> import pendulum
    >>> moscow = BusinessCalendar.russia()
    >>> friday = pendulum.datetime(2024, 4, 26, 17, 30, tz="Europe/Moscow")
    >>> print(moscow.add_working_time(friday, timedelta(hours=1)))
    2024-04-27 09:30:00+03:00
    >>> print(moscow.due("2 business days", friday).at)
    2024-05-02 18:00:00+03:00
    """

    schedule: WorkSchedule = field(default=None, converter=_schedule)
    production: ProductionCalendar = field(default=None, converter=_production)
    horizon: Horizon = "provisional"
    line: Timeline = field(init=False, eq=False)

    @line.default
    def _line(self) -> Timeline:
        return Timeline(self.schedule, self.production, self.horizon)

    @classmethod
    def russia(cls, schedule: WorkSchedule | None = None, *, horizon: Horizon = "provisional") -> Self:
        """The Russian production calendar; by default Monday to Friday 09:00–18:00, lunch 13:00–14:00, Moscow time."""
        return cls(schedule, ProductionCalendar.country("RU"), horizon)

    @property
    def timezone(self) -> str:
        """The zone in which the hours are meant and answers are given."""
        return self.schedule.timezone

    def with_schedule(self, schedule: WorkSchedule) -> Self:
        """The same days with other hours, such as one employee's."""
        return evolve(self, schedule=schedule)

    def is_working_day(self, day: date) -> bool:
        """Whether people work on a day.

        >>> moscow.is_working_day(date(2024, 4, 27))
        True
        """
        return self.line.works(day)

    def day(self, day: date) -> Day:
        """What a day is, why, and its working time.

        >>> print(moscow.day(date(2024, 4, 29)).describe())
        day off moved from Saturday 27 April 2024
        """
        line, start = self.line, self.line.midnight(day)
        line.check_horizon(start, start)
        mark = line.mark(day)
        hours = tuple((line.instant(a), line.instant(b)) for a, b in intervals(line, day))
        return Day(day, mark.kind, mark, hours, line.is_doubtful(start, start))

    def mark(self, day: date) -> Mark:
        """Why a day works or does not, the schedule's own week considered."""
        return self.line.mark(day)

    def day_plan(self, day: date) -> tuple[PlanItem, ...]:
        """Work, breaks and lunch of a day, in order; empty on a day off.

        >>> [str(item) for item in moscow.day_plan(date(2024, 6, 11))]
        ['09:00-13:00 work', '13:00-14:00 lunch', '14:00-17:00 work']
        """
        return self.schedule.plan(day, self.mark(day).cut) if self.is_working_day(day) else ()

    def roll(self, day: date, convention: Roll | str = Roll.FOLLOWING) -> date:
        """Where a convention puts a date that may be a day off.

        >>> moscow.roll(date(2024, 6, 30), "modified_following")
        datetime.date(2024, 6, 28)
        """
        known = [each.value for each in Roll]
        if convention not in known:
            raise BusinessTimeError(f"roll conventions are {', '.join(known)}; not {convention!r}")
        rolled = roll(self.line, plain_date(day), Roll(convention))
        self.line.check_days(day, rolled)
        return rolled

    def business_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; the other way round it is negative.

        >>> moscow.business_days_between(date(2024, 4, 26), date(2024, 5, 2))
        2
        """
        self.line.check_days(start, end)
        index, first = self.line.covering_day(plain_date(start))
        later, last = self.line.covering_day(plain_date(end))
        return later.after[last] - index.after[first]

    def year(self, year: int) -> YearPage:
        """A year as a calendar page: days off, moved and short days, the norm; it shows itself in notebooks.

        >>> [f"{day:%d.%m}" for day in moscow.year(2025).short]
        ['07.03', '30.04', '11.06', '01.11']
        """
        norm = self.year_norm(year)
        days = [day for day in self.line.covering_year(year).civil if day.year == year]
        marks = tuple(self.mark(day) for day in days)
        worked = frozenset(day for day in days if self.line.works(day))
        return YearPage(norm, marks, worked, self.production.year(year).unchecked)

    def year_norm(self, year: int) -> YearNorm:
        """How many days and hours a year has to work.

        >>> norm = moscow.year_norm(2025)
        >>> norm.working_days, norm.short_days, norm.hours_40, norm.hours_36, norm.hours_24
        (247, 4, 1972, 1774.4, 1181.6)
        """
        return norm_of(self.line, _whole(year, "a year is a whole number such as 2025"))

    @overload
    def add_business_days(self, moment: datetime, days: int, *, roll_first: bool = False) -> DateTime: ...
    @overload
    def add_business_days(self, moment: date, days: int, *, roll_first: bool = False) -> date: ...
    def add_business_days(self, moment: date, days: int, *, roll_first: bool = False) -> date:
        """The n-th working day after a day, or before it if `days` is negative.

        The day of the event does not count. Zero is the day itself if it works, else the next working day.

        Args:
            moment: a date, or an aware datetime, which stands for its civil date in the calendar's zone.
            days: how many working days.
            roll_first: count from the next opening, or the next working day of a date, where the moment itself is off.

        Returns:
            A date for a date; for an instant the close of business of the day found. Zero days from an instant past
            the close go to the next working day.

        >>> moscow.add_business_days(date(2024, 4, 26), 2)
        datetime.date(2024, 5, 2)
        """
        if roll_first:
            moment = self.next_open(moment) if isinstance(moment, datetime) else self.roll(moment)
        try:
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
                            return Instant(day.year, day.month, day.day, *clock, line.tz)
            if isinstance(moment, datetime):
                return line.instant(reckon(line, Term(days, Unit.BUSINESS_DAY), line.micros(moment)).us)
            index, number = line.covering_day(plain_date(moment))
            index, place = line.ranked(index, (index.after if days > 0 else index.before)[number] + days)
            line.check_days(moment, index.dates[place])
            return index.dates[place]
        except TypeError:
            _whole(days, "business days are counted in whole numbers")
            raise

    def add_working_time(self, moment: datetime, duration: timedelta) -> DateTime:
        """The instant by which so much more has been worked.

        Forward it is the earliest such instant (13:00, not 14:00, when lunch starts at 13:00); backward, the latest
        with so much work before `moment`; by nothing, the instant itself in working time and else the next opening.

        >>> noon = pendulum.datetime(2024, 6, 10, 12, 30, tz="Europe/Moscow")
        >>> print(moscow.add_working_time(noon, timedelta(minutes=30)))
        2024-06-10 13:00:00+03:00
        """
        line = self.line
        us = line.micros(moment)
        if type(duration) is timedelta:
            length = (duration.days * 86_400 + duration.seconds) * SECOND_US + duration.microseconds
        elif isinstance(duration, timedelta):
            # pendulum's durations override the division and answer with another kind.
            length = timedelta.__floordiv__(duration, MICROSECOND)
        else:
            raise BusinessTimeError(f"working time is a timedelta, not {duration!r}")
        index, segment, at = line.shift(us, length)
        if line.guarded:
            line.check_horizon(us, at)
        return line.in_segment(index, segment, at)

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two instants; negative if they are the wrong way round.

        >>> moscow.working_time_between(friday, friday.add(days=4, hours=15))
        datetime.timedelta(seconds=30600)
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

        >>> print(moscow.next_open(pendulum.datetime(2024, 6, 8, 12, tz="Europe/Moscow")))
        2024-06-10 09:00:00+03:00
        """
        return self.add_working_time(moment, ZERO)

    def previous_close(self, moment: datetime) -> DateTime:
        """The latest instant at or before `moment` up to which people worked: itself in working time.

        >>> print(moscow.previous_close(pendulum.datetime(2024, 6, 8, 12, tz="Europe/Moscow")))
        2024-06-07 18:00:00+03:00
        """
        us = self.line.micros(moment)
        index, segment, at = self.line.last_worked(us)
        self.line.check_horizon(at, us)
        return self.line.in_segment(index, segment, at)

    def due(self, term: Term | str, start: date, pauses: Pauses = (), *, roll_first: bool = False) -> Deadline:
        """When a term that starts at an instant is due.

        Args:
            term: a term or its text, English or Russian.
            start: an aware datetime; a date stands for its beginning.
            pauses: stretches (from, to) in which the clock stood still; `None` as the end of one that is still open.
            roll_first: start at the next opening where the start is outside working time.

        >>> saturday = pendulum.datetime(2024, 6, 8, 12, tz="Europe/Moscow")
        >>> print(moscow.due("1 business day", saturday).at, moscow.due("1 business day", saturday, roll_first=True).at)
        2024-06-10 18:00:00+03:00 2024-06-11 17:00:00+03:00
        """
        return deadline_of(self.line, _term(term), self._start(start, roll_first), pauses)

    def due_at(self, term: Term | str, start: date, *, roll_first: bool = False) -> datetime:
        """The due instant alone, as a plain datetime in UTC: what a program stores and compares.

        >>> moscow.due_at("2 business days", friday)
        datetime.datetime(2024, 5, 2, 15, 0, tzinfo=datetime.timezone.utc)
        """
        term = _term(term)
        us = reckon(self.line, term, self._start(start, roll_first)).us
        try:
            return EPOCH + timedelta(0, 0, us)
        except OverflowError:
            raise CalendarHorizonError(f"{term} from {start} is beyond the years 1 to 9999") from None

    def is_provisional(self, start: datetime, end: datetime) -> bool:
        """Whether a day between two instants lies in a year that has not been decreed, so that it may still change.

        >>> start = pendulum.datetime(2027, 12, 30, 10, tz="Europe/Moscow")
        >>> moscow.is_provisional(start, start.add(days=7))
        True
        """
        return self.line.is_doubtful(self.line.micros(start), self.line.micros(end))

    def remind(self, deadline: Deadline, before: Term | str) -> DateTime:
        """An instant ahead of a deadline, such as "30 working minutes before".

        >>> print(moscow.remind(moscow.due("2 business days", friday), "9 working hours before"))
        2024-04-27 17:00:00+03:00
        """
        before = _term(before)
        if not isinstance(deadline, Deadline):
            raise BusinessTimeError(f"a deadline is what `due` gives, not {deadline!r}")
        if before.amount >= 0 or before.is_recurring:
            raise BusinessTimeError(
                f"a reminder comes before its deadline, such as '30 working minutes before', not {before}"
            )
        return self.line.instant(reckon(self.line, before, self.line.micros(due_instant(deadline))).us)

    def occurrences(self, term: Term | str, start: date, until: datetime) -> Iterator[DateTime]:
        """The due instants of a recurring term after `start`, up to and including `until`.

        >>> start = pendulum.datetime(2024, 6, 11, 12, tz="Europe/Moscow")
        >>> [str(at) for at in moscow.occurrences("each working day", start, start.add(days=3))]
        ['2024-06-11 17:00:00+03:00', '2024-06-13 18:00:00+03:00']
        """
        term = _term(term)
        if not term.is_recurring:
            raise BusinessTimeError(f"{term} does not recur: say 'each working day' or 'on the 10th'")
        for us in occurrences_until(self.line, term, self._start(start), self.line.micros(until)):
            yield self.line.instant(us)

    def working_days(self, start: date, end: date) -> Iterator[date]:
        """The working days from `start` up to and including `end`.

        >>> [f"{day:%d.%m}" for day in moscow.working_days(date(2024, 4, 26), date(2024, 5, 3))]
        ['26.04', '27.04', '02.05', '03.05']
        """
        day, last = plain_date(start), plain_date(end)
        while day <= last:
            if self.line.works(day):
                yield day
            day += DAY

    def working_intervals(self, start: datetime, end: datetime) -> Iterator[tuple[DateTime, DateTime]]:
        """The stretches of working time between two instants, in order, the first and the last clipped to them.

        >>> [f"{a:%d %H:%M}–{b:%H:%M}" for a, b in moscow.working_intervals(friday, friday.add(days=1))]
        ['26 17:30–18:00', '27 09:00–13:00', '27 14:00–17:30']
        """
        first, last = self.line.micros(start), self.line.micros(end)
        day, until = civil_date(self.line, first) - DAY, civil_date(self.line, last)
        while day <= until:
            for opens, closes in intervals(self.line, day):
                if max(opens, first) < min(closes, last):
                    yield self.line.instant(max(opens, first)), self.line.instant(min(closes, last))
            day += DAY

    def _start(self, start: date, roll_first: bool = False) -> int:
        us = self.line.midnight(start) if is_date(start) else self.line.micros(start)  # type: ignore[arg-type]
        return self.line.shift(us, 0)[2] if roll_first else us

    def add_business_days_batch(self, starts: ArrayLike, days: ArrayLike) -> NDArray[np.datetime64]:
        """`add_business_days` on arrays: `datetime64[D]` in gives dates, instants in UTC give closes of business.

        >>> import numpy as np
        >>> moscow.add_business_days_batch(np.array(["2024-04-26", "2024-12-27"], "M8[D]"), 2)
        array(['2024-05-02', '2025-01-09'], dtype='datetime64[D]')
        """
        return self._batch.add_business_days(starts, days)

    def add_working_time_batch(self, starts: ArrayLike, durations: ArrayLike) -> NDArray[np.datetime64]:
        """`add_working_time` on arrays: `datetime64[us]` in UTC and `timedelta64` in, `datetime64[us]` in UTC out."""
        return self._batch.add_working_time(starts, durations)

    def working_time_between_batch(self, starts: ArrayLike, ends: ArrayLike) -> NDArray[np.timedelta64]:
        """`working_time_between` on arrays: `datetime64[us]` in UTC in, `timedelta64[us]` out."""
        return self._batch.working_time_between(starts, ends)

    def provisional_batch(self, starts: ArrayLike, ends: ArrayLike) -> NDArray[np.bool_]:
        """Whether a day from each start to its end may still change: what to ask of any other answer in a batch."""
        return self._batch.provisional(starts, ends)

    def due_batch(self, term: Term | str, starts: ArrayLike) -> DueBatch:
        """When a term is due for each of many starts: `datetime64[us]` in UTC, with a flag where it is provisional.

        >>> due = moscow.due_batch("2 business days", np.array(["2024-04-26T07:00"], "M8[us]"))
        >>> due.at.astype("M8[m]"), due.provisional
        (array(['2024-05-02T15:00'], dtype='datetime64[m]'), array([False]))
        """
        return self._batch.due(_term(term), starts)

    @property
    def _batch(self) -> BatchArithmetic:
        need("numpy", extra="batch", why="arithmetic on arrays needs NumPy")
        from salesreg.calendars.batch import BatchArithmetic

        return BatchArithmetic(self.line)

    def to_dict(self) -> dict[str, Any]:
        """The schedule, the production calendar and the horizon as plain data, fit for TOML and JSON."""
        return {
            "horizon": self.horizon,
            "schedule": self.schedule.to_dict(),
            "production": self.production.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_dict` gave; what is left out has its default."""
        if unknown := sorted(set(table(data, "a calendar")) - {"horizon", "schedule", "production"}):
            raise ScheduleError(f"unknown keys {unknown}: a calendar has horizon, schedule and production")
        schedule, production = data.get("schedule"), data.get("production")
        return cls(
            None if schedule is None else WorkSchedule.from_dict(schedule),
            None if production is None else ProductionCalendar.from_dict(production),
            data.get("horizon", "provisional"),
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.schedule!r}, {self.production!r}, {self.horizon!r})"


def _whole(given: Any, what: str) -> int:
    try:
        return operator.index(given)
    except TypeError:
        raise BusinessTimeError(f"{what}, not {given!r}") from None


def _term(said: Term | str) -> Term:
    return said if isinstance(said, Term) else Term.parse(said)
