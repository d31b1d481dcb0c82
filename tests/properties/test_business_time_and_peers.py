"""Business time against other libraries where they are defined to agree; the documentation says where they differ."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import businesstimedelta
import holidays
import numpy as np
import pandas as pd
import pytz
from hypothesis import given
from hypothesis import strategies as st

from salesreg.calendars import BusinessCalendar, ProductionCalendar, WorkSchedule

MOSCOW = ZoneInfo("Europe/Moscow")
CLOSED = sorted({date(2020, 1, 1) + timedelta(days=number * number % 1500) for number in range(90)})
OFFICE = BusinessCalendar(WorkSchedule.standard(), ProductionCalendar.plain().with_exceptions(closures=CLOSED))
ONE_SHIFT = BusinessCalendar(WorkSchedule.standard(lunch=None), OFFICE.production)
RUSSIA = BusinessCalendar.russia()
PACKAGE = holidays.country_holidays("RU", years=range(2014, 2029))
BUSDAY = np.busdaycalendar(holidays=CLOSED)

days = st.dates(date(2020, 2, 1), date(2023, 12, 31))
counts = st.integers(-60, 60)
moments = st.datetimes(datetime(2020, 2, 1), datetime(2023, 12, 1), timezones=st.just(MOSCOW))  # noqa: DTZ001


@given(days, counts)
def test_numpy_agrees_once_a_day_off_is_rolled_against_the_count(day, count):
    # busday_offset refuses days off unless told where to roll them: against the direction of the count.
    roll = "backward" if count > 0 else "forward"
    assert OFFICE.add_business_days(day, count) == np.busday_offset(day, count, roll=roll, busdaycal=BUSDAY).item()


@given(days, days)
def test_numpy_counts_the_first_day_where_we_count_the_last(start, end):
    # Backwards busday_count is not the forward count with the other sign: it leaves out the other end.
    start, end = sorted([start, end])
    one = timedelta(days=1)
    assert OFFICE.business_days_between(start, end) == np.busday_count(start + one, end + one, busdaycal=BUSDAY)


@given(days, counts)
def test_numpy_agrees_on_arrays(day, count):
    roll = "backward" if count > 0 else "forward"
    starts = np.datetime64(day) + np.arange(400)
    ours = OFFICE.add_business_days_batch(starts, count)
    assert (ours == np.busday_offset(starts, count, roll=roll, busdaycal=BUSDAY)).all()


@given(st.dates(date(2015, 6, 1), date(2027, 6, 1)), counts)
def test_the_holiday_package_agrees_on_russia_in_decreed_years(day, count):
    assert RUSSIA.add_business_days(day, count) == PACKAGE.get_nth_working_day(day, count)


def test_the_holiday_package_agrees_on_every_working_day_but_one():
    differs = [
        day
        for day in (date(2014, 1, 1) + timedelta(days=number) for number in range(14 * 365 + 3))
        if RUSSIA.is_working_day(day) != PACKAGE.is_working_day(day)
    ]
    assert differs == [date(2014, 3, 10)]


@given(days, counts)
def test_pandas_days_agree(day, count):
    offset = pd.offsets.CustomBusinessDay(holidays=CLOSED)
    assert OFFICE.add_business_days(day, count) == (pd.Timestamp(day) + offset * count).date()


@given(moments, st.integers(1, 200))
def test_pandas_hours_agree_but_for_a_close_that_it_puts_at_the_next_opening(moment, hours):
    offset = pd.offsets.CustomBusinessHour(holidays=CLOSED, start=time(9), end=time(18))
    theirs = (pd.Timestamp(moment) + offset * hours).to_pydatetime(warn=False)
    ours = ONE_SHIFT.add_working_time(moment, timedelta(hours=hours))
    assert ONE_SHIFT.next_open(ours) == ONE_SHIFT.next_open(theirs)


@given(moments, st.integers(1, 5000), st.integers(0, 40_000))
def test_businesstimedelta_agrees_forward_and_without_short_days(moment, minutes, later):
    zone = pytz.timezone("Europe/Moscow")
    week = [0, 1, 2, 3, 4]
    rules = businesstimedelta.Rules(
        [
            businesstimedelta.WorkDayRule(time(9), time(18), week, tz=zone),
            businesstimedelta.LunchTimeRule(time(13), time(14), week, tz=zone),
            businesstimedelta.HolidayRule(dict.fromkeys(CLOSED, "closed"), tz=zone),
        ]
    )
    whole = moment.replace(microsecond=0)
    theirs = whole + businesstimedelta.BusinessTimeDelta(rules, seconds=60 * minutes)
    assert OFFICE.add_working_time(whole, timedelta(minutes=minutes)) == theirs
    end = whole + timedelta(minutes=later)
    assert OFFICE.working_time_between(whole, end) == rules.difference(whole, end).timedelta
