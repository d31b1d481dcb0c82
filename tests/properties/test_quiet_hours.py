"""Whatever the hours, nobody is told outside of theirs, nothing waits longer than it has to, or past its due."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from salesreg import BusinessCalendar, Employee
from salesreg.engine.hours import A_MOMENT, Hours
from salesreg.testing.strategies import instants, schedules

COMPANY = BusinessCalendar.russia()
HOURS = Hours(COMPANY, ())
DAY = dt.timedelta(days=1)


def person(**told):
    return Employee("anna", "Anna", ["ceo"], **told)


@given(schedule=schedules(), at=instants())
def test_what_waits_comes_at_the_next_opening_and_not_before_or_after(schedule, at):
    own = COMPANY.with_schedule(schedule)
    opens, gathered = HOURS.held(person(schedule=schedule), at, None)
    assert not gathered
    if opens is None:
        assert own.next_open(at) == at
    else:
        assert own.next_open(opens) == opens > at
        assert own.working_time_between(at, opens) == dt.timedelta()


@given(
    schedule=st.none() | schedules(),
    at=instants(),
    digest=st.times().map(lambda time: time.replace(second=0, microsecond=0)),
    spare=st.none() | st.timedeltas(dt.timedelta(), 3 * DAY),
)
def test_a_digest_comes_at_the_next_time_on_a_day_of_work_or_not_at_all(schedule, at, digest, spare):
    own = COMPANY if schedule is None else COMPANY.with_schedule(schedule)
    zone = ZoneInfo(own.timezone)
    due = None if spare is None else at + spare
    anna = person(schedule=schedule, digest=digest)
    opens = HOURS.opens(anna, at)
    comes, gathered = HOURS.held(anna, at, due)
    times = (
        dt.datetime.combine(day, digest, zone)
        for n in range(60)
        if own.is_working_day(day := (opens or at).astimezone(zone).date() + n * DAY)
    )
    first = next(time.astimezone(dt.UTC) for time in times if time > (opens or at))
    if gathered:
        assert dt.timedelta() <= first - comes < A_MOMENT
        assert due is None or comes < due
    else:
        assert comes == opens
        assert due is not None
        assert due <= first
