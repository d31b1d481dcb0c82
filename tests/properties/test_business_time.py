"""What holds for business time whatever the calendar, the instant and the amount."""

import copy
import pickle
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from salesreg.calendars import BusinessCalendar, Counting, DueTime, ProductionCalendar, Roll, Term, Unit, WorkSchedule

MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
SEVEN_DAYS = BusinessCalendar(WorkSchedule.standard(timezone="UTC"), ProductionCalendar.plain(weekend=()))
NIGHTS = WorkSchedule.standard(start="22:00", end="06:00", lunch="02:00-02:30", timezone="America/New_York")
SPLIT = WorkSchedule.weekly(
    {"mon": ["08:00-12:00", "15:00-20:00"], "wed": "10:00-19:00", "sat": ["00:30-02:30", "23:00-24:00"]},
    timezone="America/Sao_Paulo",
)
BROKEN_HOURS = WorkSchedule.standard(
    timezone="Australia/Lord_Howe",
    break_every=timedelta(hours=1),
    break_length=timedelta(minutes=10),
    breaks_count=False,
)
ROTA = WorkSchedule.rota(
    [{"mon": "06:00-14:00", "sun": "22:00-05:30"}, {"tue": "10:00-18:00", "fri": "10:00-12:00, 13:00-15:00"}],
    since=date(2024, 3, 25),
    timezone="Europe/Berlin",
).with_hours(
    {date(2024, 3, 31): "00:30-03:30", (date(2024, 4, 1), date(2024, 4, 3)): None, date(2024, 10, 27): "01:00-04:00"}
)
CALENDARS = {
    "Moscow": BusinessCalendar.russia(),
    "Berlin": BusinessCalendar(
        WorkSchedule.standard(start="01:30", end="10:00", lunch="02:30-03:30", timezone="Europe/Berlin"),
        ProductionCalendar.country("DE", "BE"),
    ),
    "New York at night": BusinessCalendar(NIGHTS, ProductionCalendar.country("US", "NY")),
    "Sao Paulo in pieces": BusinessCalendar(SPLIT, ProductionCalendar.country("BR")),
    "Lord Howe with breaks": BusinessCalendar(BROKEN_HOURS, ProductionCalendar.country("AU", "NSW")),
    "a rota with dates": BusinessCalendar(ROTA, ProductionCalendar.country("DE", "BE")),
    "round the clock": BusinessCalendar(WorkSchedule.always("Europe/Berlin"), ProductionCalendar.plain(weekend=())),
}
calendars = st.sampled_from(list(CALENDARS.values()))
instants = st.builds(
    lambda seconds, micros: datetime(2011, 2, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=micros),
    st.integers(0, 15 * 366 * 86_400),
    st.sampled_from([0, 0, 1, 999_999]),
)
amounts = st.one_of(st.integers(0, 3 * 10**9), st.integers(0, 400 * 3600 * 10**6)).map(lambda us: us * MICROSECOND)
signed = st.one_of(amounts, amounts.map(lambda amount: -amount))
weekdays = st.lists(st.integers(0, 6), min_size=1).map(tuple)
month_days = st.lists(st.integers(1, 31), min_size=1, max_size=4).map(tuple)
clocks = st.sampled_from([time(0), time(2, 30), time(10), time(13, 30), time(23, 59)])
terms = st.one_of(
    st.builds(
        Term,
        st.integers(-30, 30),
        st.just(Unit.BUSINESS_DAY),
        due=st.sampled_from(DueTime),
        counting=st.sampled_from(Counting),
    ),
    st.builds(
        Term,
        st.integers(-12, 12),
        st.sampled_from([Unit.CALENDAR_DAY, Unit.WEEK, Unit.MONTH]),
        roll=st.sampled_from(Roll),
        due=st.sampled_from(DueTime),
        counting=st.sampled_from(Counting),
    ),
    st.builds(
        Term,
        st.integers(-3000, 3000),
        st.sampled_from([Unit.WORKING_MINUTE, Unit.WORKING_HOUR, Unit.MINUTE, Unit.HOUR]),
    ),
    st.builds(Term, st.just(1), st.just(Unit.EACH_WORKING_DAY), due=st.sampled_from([DueTime.CLOSE, DueTime.OPENING])),
    st.builds(Term, st.integers(1, 3), st.just(Unit.EACH_WEEKDAY), days=weekdays, roll=st.sampled_from(Roll)),
    st.builds(
        Term, st.integers(1, 3), st.just(Unit.EACH_MONTH_DAY), days=month_days | st.just(()), roll=st.sampled_from(Roll)
    ),
    st.builds(
        Term,
        st.sampled_from([1, 3, 6, 12]),
        st.just(Unit.EACH_PERIOD_WORKING_DAY),
        days=st.sampled_from([(1,), (-1,), (2, -2), (3,)]),
        at=st.none() | clocks,
    ),
    st.builds(Term, st.integers(-30, 30), st.just(Unit.BUSINESS_DAY), at=clocks),
)


@given(calendars, instants, signed)
def test_the_time_worked_until_then_is_the_time_added(calendar, start, amount):
    assert calendar.working_time_between(start, calendar.add_working_time(start, amount)) == amount


@given(calendars, instants, instants, signed, signed)
def test_adding_is_monotone_in_the_start_and_in_the_amount(calendar, one, other, more, less):
    early, late = sorted([one, other])
    assert calendar.add_working_time(early, more).timestamp() <= calendar.add_working_time(late, more).timestamp()
    low, high = sorted([more, less])
    assert calendar.add_working_time(one, low).timestamp() <= calendar.add_working_time(one, high).timestamp()


@given(calendars, instants, instants, instants)
def test_time_between_adds_up_and_changes_sign_with_direction(calendar, a, b, c):
    between = calendar.working_time_between
    assert between(a, b) + between(b, c) == between(a, c)
    assert between(a, b) == -between(b, a)


@given(calendars, instants, amounts, amounts)
def test_adding_twice_is_adding_the_sum(calendar, start, first, second):
    assume(second > timedelta(0))
    twice = calendar.add_working_time(calendar.add_working_time(start, first), second)
    assert twice.timestamp() == calendar.add_working_time(start, first + second).timestamp()


@given(calendars, instants, terms, st.sampled_from(["Asia/Tokyo", "America/St_Johns", "Europe/Berlin"]))
def test_the_zone_an_instant_is_written_in_does_not_matter(calendar, start, term, zone):
    elsewhere = start.astimezone(ZoneInfo(zone))
    fixed = start.astimezone(timezone(timedelta(hours=-3, minutes=-30)))
    due = calendar.due(term, start)
    assert calendar.due(term, elsewhere) == due == calendar.due(term, fixed)
    assert calendar.due(term, due.start).at.timestamp() == due.at.timestamp()


@given(calendars, instants, terms)
def test_the_cheap_answer_is_the_full_one(calendar, start, term):
    assert calendar.due_at(term, start).timestamp() == calendar.due(term, start).at.timestamp()


@given(calendars, instants, terms)
def test_a_term_forward_is_never_due_before_its_start(calendar, start, term):
    assume(term.amount >= 0 and term.roll in (Roll.FOLLOWING, Roll.NONE))
    assert calendar.due_at(term, start) >= start


@given(calendars, instants, instants, terms)
def test_a_later_start_is_never_due_earlier(calendar, one, other, term):
    early, late = sorted([one, other])
    assume(term.amount and term.counting is Counting.FOLLOWING_DAY and term.due is DueTime.CLOSE)
    assert calendar.due_at(term, early) <= calendar.due_at(term, late)


@given(instants, st.integers(1, 20), st.sampled_from([Unit.BUSINESS_DAY, Unit.CALENDAR_DAY, Unit.WEEK]), st.data())
def test_a_closure_never_makes_a_deadline_earlier(start, amount, unit, data):
    calendar = CALENDARS["Moscow"]
    closed = start.date() + timedelta(days=data.draw(st.integers(0, 30)))
    firm = BusinessCalendar(calendar.schedule, calendar.production.with_exceptions(closures=[closed]))
    term = Term(amount, unit)
    assert firm.due_at(term, start) >= calendar.due_at(term, start)


@given(st.dates(date(2011, 1, 1), date(2026, 12, 31)), st.integers(-400, 400))
def test_business_days_of_a_week_without_weekend_are_calendar_days(day, number):
    assert SEVEN_DAYS.add_business_days(day, number) == day + timedelta(days=number)


@given(calendars, st.dates(date(2012, 1, 1), date(2025, 12, 31)), st.integers(-60, 60))
def test_business_days_count_working_days_one_by_one(calendar, day, number):
    step = timedelta(days=1 if number >= 0 else -1)
    at, left = day, abs(number)
    while left or not calendar.is_working_day(at):
        at += step
        left -= calendar.is_working_day(at) and left > 0
    assert calendar.add_business_days(day, number) == at
    if number > 0:
        assert calendar.business_days_between(day, at) == number


@given(terms)
def test_a_term_reads_back_from_both_languages(term):
    assert Term.parse(term.text("en")) == term == Term.parse(term.text("ru"))


@given(calendars, instants, terms)
def test_a_trace_ends_at_the_due_instant_and_accounts_for_all_time(calendar, start, term):
    deadline = calendar.due(term, start)
    trace = deadline.trace
    assert trace[-1].start == deadline.at
    if term.is_working_time:
        worked = sum((step.amount for step in trace if step.kind == "worked"), timedelta(0))
        assert worked == abs(term.minutes) * MINUTE
    if term.unit is Unit.BUSINESS_DAY and term.amount:
        counted = [step.number for step in trace if step.kind == "counted"]
        assert counted == list(range(1, len(counted) + 1))
        assert len(counted) >= abs(term.amount)
    for locale in ("en", "ru"):
        assert len(deadline.explain(locale).split("\n")) == len(trace) + 1


pauses = st.lists(
    st.tuples(st.integers(-3000, 30_000), st.integers(0, 8000)).map(lambda pair: (pair[0], sum(pair))), max_size=4
)


@given(calendars, instants, st.integers(1, 3000), pauses)
def test_a_pause_takes_out_the_working_time_in_it(calendar, start, minutes, stretches):
    stops = [(start + a * MINUTE, start + b * MINUTE) for a, b in stretches]
    deadline = calendar.due(Term(minutes, Unit.WORKING_MINUTE), start, pauses=stops)
    assert deadline.consumed(deadline.at) == minutes * MINUTE
    assert deadline.remaining(start) == minutes * MINUTE
    assert deadline.remaining(deadline.at) == timedelta(0)
    worked = calendar.working_time_between(start, deadline.at)
    lost = sum(
        (calendar.working_time_between(a, min(b, deadline.at)) for a, b in deadline.pauses if a < deadline.at),
        timedelta(0),
    )
    assert worked - lost == minutes * MINUTE
    paused = sum((step.amount for step in deadline.trace if step.kind == "paused"), timedelta(0))
    assert paused == lost


@given(instants, st.integers(1, 3000), pauses)
def test_a_wall_clock_term_is_put_off_by_its_pauses_on_the_wall(start, minutes, stretches):
    stops = [(start + a * MINUTE, start + b * MINUTE) for a, b in stretches]
    deadline = SEVEN_DAYS.due(Term(minutes, Unit.MINUTE), start, pauses=stops)
    assert deadline.consumed(deadline.at) == minutes * MINUTE
    assert deadline.remaining(start) == minutes * MINUTE


def as_array(moments):
    return np.array([moment.astimezone(UTC).replace(tzinfo=None) for moment in moments], "M8[us]")


several = st.lists(instants, min_size=1, max_size=12)


@settings(deadline=None)
@given(calendars, several, terms)
def test_due_in_a_batch_is_due_one_by_one(calendar, starts, term):
    batch = calendar.due_batch(term, as_array(starts))
    single = [calendar.due(term, start) for start in starts]
    assert batch.at.tolist() == as_array([deadline.at for deadline in single]).tolist()
    assert batch.provisional.tolist() == [deadline.provisional for deadline in single]


@settings(deadline=None)
@given(calendars, several, st.integers(-40, 40), signed, st.data())
def test_arithmetic_in_a_batch_is_arithmetic_one_by_one(calendar, starts, days, amount, data):
    array = as_array(starts)
    closes = calendar.add_business_days_batch(array, days)
    assert closes.tolist() == as_array([calendar.add_business_days(start, days) for start in starts]).tolist()
    dates = [start.date() for start in starts]
    found = calendar.add_business_days_batch(np.array(dates, "M8[D]"), days)
    assert found.tolist() == [calendar.add_business_days(day, days) for day in dates]
    length = np.timedelta64(amount // MICROSECOND, "us")
    worked = calendar.add_working_time_batch(array, length)
    assert worked.tolist() == as_array([calendar.add_working_time(start, amount) for start in starts]).tolist()
    ends = data.draw(st.lists(instants, min_size=len(starts), max_size=len(starts)))
    lengths = calendar.working_time_between_batch(array, as_array(ends))
    assert lengths.tolist() == [calendar.working_time_between(a, b) for a, b in zip(starts, ends, strict=True)]


@settings(deadline=None)
@given(calendars, several, st.data())
def test_a_batch_takes_an_amount_for_each_start(calendar, starts, data):
    size = {"min_size": len(starts), "max_size": len(starts)}
    array = as_array(starts)
    days = data.draw(st.lists(st.integers(-30, 30), **size))
    closes = calendar.add_business_days_batch(array, np.array(days))
    assert closes.tolist() == as_array(map(calendar.add_business_days, starts, days)).tolist()
    amounts = data.draw(st.lists(signed, **size))
    worked = calendar.add_working_time_batch(array, np.array([amount // MICROSECOND for amount in amounts], "m8[us]"))
    assert worked.tolist() == as_array(map(calendar.add_working_time, starts, amounts)).tolist()


HOURS = timedelta(hours=5)
CHANGES = [
    lambda at: at + HOURS,
    lambda at: at - HOURS,
    lambda at: at.astimezone(UTC),
    lambda at: at.astimezone(timezone(timedelta(hours=3))),
    lambda at: at.astimezone(ZoneInfo("Asia/Tokyo")),
    lambda at: at.in_timezone("America/New_York"),
    lambda at: at.add(months=1),
    lambda at: at.subtract(minutes=90),
    lambda at: at.replace(hour=3),
    lambda at: at.start_of("week"),
    lambda at: pickle.loads(pickle.dumps(at)),
    copy.deepcopy,
]


@given(calendars, instants, st.lists(st.sampled_from(CHANGES), max_size=5))
def test_an_instant_keeps_a_zone_whatever_is_done_to_it(calendar, start, changes):
    at = calendar.next_open(start)
    for change in changes:
        at = change(at)
        assert at.utcoffset() is not None
        assert (at + HOURS).utcoffset() is not None


@given(calendars, instants, st.sampled_from([UTC, timezone(timedelta(hours=3)), ZoneInfo("Asia/Tokyo")]))
def test_an_instant_in_another_zone_is_the_same_instant(calendar, start, zone):
    at = calendar.next_open(start)
    assert at.astimezone(zone) == at
    assert at.astimezone(zone) + HOURS == at + HOURS
    assert at.astimezone(zone).utcoffset() == datetime.fromtimestamp(at.timestamp(), zone).utcoffset()
