"""The business calendar: golden answers, days and their plans, arithmetic, other zones, nights, and what it refuses."""

import csv
import pickle
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pendulum
import pytest

from salesreg.calendars import BusinessCalendar, DayKind, ProductionCalendar, Roll, Term, WorkSchedule
from salesreg.errors import BusinessTimeError, CalendarHorizonError, NaiveDatetimeError, ScheduleError

MOSCOW = BusinessCalendar.russia()
ZONE = ZoneInfo("Europe/Moscow")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DATA = Path(__file__).parent.parent / "data"
with (DATA / "business_time.csv").open(encoding="utf-8") as file:
    GOLDEN = list(csv.DictReader(file))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: f"{row['id']}: {row['why']}")
def test_golden_answers(row):
    start = datetime.fromisoformat(row["start"])
    if row["operation"] == "add_working_time":
        found = MOSCOW.add_working_time(start, Term.parse(row["argument"]).minutes * MINUTE).isoformat()
    elif row["operation"] == "due":
        found = MOSCOW.due(row["argument"], start).at.isoformat()
    else:
        end = datetime.fromisoformat(row["argument"])
        found = f"{MOSCOW.working_time_between(start, end) // MINUTE} minutes"
    assert found == row["expected"]


class TestDays:
    def test_a_day_has_its_kind_its_reason_and_its_hours(self):
        day = MOSCOW.day(date(2024, 6, 11))
        assert (day.kind, day.working, day.short, day.provisional) == (DayKind.WORKING, True, True, False)
        hours = [f"{begin:%H:%M}-{end:%H:%M}" for begin, end in day.intervals]
        assert hours == ["09:00-13:00", "14:00-17:00"]
        assert day.describe() == "working day, shorter by 1 h (Labour Code art. 95)"
        assert day.describe("ru") == "рабочий день, короче на 1 ч (ТК РФ, ст. 95)"

    def test_a_day_off_has_no_hours(self):
        day = MOSCOW.day(date(2024, 6, 12))
        assert (day.kind, day.working, day.short, day.intervals) == (DayKind.HOLIDAY, False, False, ())
        assert MOSCOW.day(date(2028, 1, 1)).provisional

    def test_the_plan_of_a_day(self):
        assert [item.kind for item in MOSCOW.day_plan(date(2024, 6, 11))] == ["work", "lunch", "work"]
        assert MOSCOW.day_plan(date(2024, 6, 12)) == ()

    def test_a_week_of_ones_own_against_the_countrys(self):
        shop = MOSCOW.with_schedule(WorkSchedule.weekly({"tue": "10:00-19:00", "sat": "10:00-16:00"}))
        assert shop.is_working_day(date(2024, 6, 8))
        assert shop.mark(date(2024, 6, 8)).kind is DayKind.WORKING
        assert not shop.is_working_day(date(2024, 6, 10))
        assert shop.mark(date(2024, 6, 10)).kind is DayKind.WEEKEND
        assert shop.mark(date(2024, 6, 11)).kind is DayKind.WORKING
        # A moved day off is off for everybody, and a public holiday too.
        assert not shop.is_working_day(date(2024, 4, 30))
        assert not shop.is_working_day(date(2024, 11, 5) - timedelta(days=1))

    def test_exceptions_to_a_week_of_ones_own(self):
        schedule = WorkSchedule.weekly({"tue": "10:00-19:00", "sat": "10:00-16:00"})
        firm = ProductionCalendar.country("RU").with_exceptions(
            closures=[date(2024, 6, 8)], working=[date(2024, 6, 10)], short=[date(2024, 6, 15)]
        )
        shop = BusinessCalendar(schedule, firm)
        assert not shop.is_working_day(date(2024, 6, 8))
        assert shop.is_working_day(date(2024, 6, 10))
        assert f"{shop.day(date(2024, 6, 15)).intervals[-1][1]:%H:%M}" == "15:00"
        assert shop.day(date(2024, 6, 15)).short

    def test_a_moved_saturday_has_the_hours_of_an_ordinary_day(self):
        assert len(MOSCOW.day(date(2024, 4, 27)).intervals) == 2

    @pytest.mark.parametrize(
        ("convention", "expected"),
        [("following", 1), ("preceding", -2), ("modified_following", -2), ("none", 0)],
    )
    def test_roll_conventions(self, convention, expected):
        sunday = date(2024, 6, 30)
        assert MOSCOW.roll(sunday, convention) == sunday + timedelta(days=expected)
        assert MOSCOW.roll(date(2024, 6, 28), Roll(convention)) == date(2024, 6, 28)

    def test_rolling_across_a_year(self):
        assert MOSCOW.roll(date(2024, 12, 31)) == date(2025, 1, 9)
        assert MOSCOW.roll(date(2025, 1, 1), "preceding") == date(2024, 12, 28)
        assert BusinessCalendar.russia().roll(date(2025, 1, 1), "modified_following") == date(2025, 1, 9)
        assert BusinessCalendar.russia().roll(date(2024, 12, 29), "modified_following") == date(2024, 12, 28)

    def test_an_unknown_convention_is_refused(self):
        with pytest.raises(BusinessTimeError, match="preceding, modified_following, modified_preceding, none"):
            MOSCOW.roll(date(2024, 6, 30), "nearest")

    def test_days_between(self):
        assert MOSCOW.business_days_between(date(2024, 4, 26), date(2024, 5, 3)) == 3
        assert MOSCOW.business_days_between(date(2024, 5, 3), date(2024, 4, 26)) == -3

    def test_a_year_to_look_at(self):
        page = MOSCOW.year(2024)
        assert page.norm == MOSCOW.year_norm(2024)
        assert (date(2024, 4, 27), date(2024, 4, 29)) in page.moved
        assert (date(2024, 5, 9), "Victory Day") in page.holidays
        assert len(page.days) == 366
        assert date(2024, 11, 2) in page.short

    def test_a_norm_with_a_shorter_cut_is_not_whole(self):
        firm = ProductionCalendar.country("RU").with_exceptions(short={date(2024, 6, 10): 30 * MINUTE})
        assert BusinessCalendar(production=firm).year_norm(2024).hours_40 == 1978.5


class TestArithmetic:
    def test_a_date_gives_a_date_and_an_instant_the_close(self):
        assert MOSCOW.add_business_days(date(2024, 4, 26), 2) == date(2024, 5, 2)
        assert type(MOSCOW.add_business_days(date(2024, 4, 26), 2)) is date
        close = MOSCOW.add_business_days(at("2024-04-26T10:00"), 2)
        assert isinstance(close, pendulum.DateTime)
        assert close.isoformat() == "2024-05-02T18:00:00+03:00"
        assert close.timezone_name == "Europe/Moscow"

    @pytest.mark.parametrize(
        ("days", "expected"), [(0, "2024-04-27"), (-1, "2024-04-26"), (1, "2024-05-02"), (-400, "2022-09-15")]
    )
    def test_business_days_from_a_working_saturday(self, days, expected):
        assert MOSCOW.add_business_days(date(2024, 4, 27), days).isoformat() == expected

    def test_a_date_of_pendulum_is_a_date(self):
        assert MOSCOW.add_business_days(pendulum.date(2024, 4, 26), 2) == date(2024, 5, 2)

    def test_instants_in_other_zones_are_dated_in_the_calendars(self):
        assert MOSCOW.add_business_days(datetime(2024, 6, 6, 21, 30, tzinfo=UTC), 1).day == 10
        assert MOSCOW.add_business_days(datetime(2024, 6, 6, 20, 30, tzinfo=UTC), 1).day == 7

    def test_a_fresh_calendar_answers_the_same(self):
        assert BusinessCalendar.russia().add_business_days(datetime(2024, 12, 31, 20, 30, tzinfo=UTC), 1).day == 9
        assert BusinessCalendar.russia().add_business_days(at("2024-12-28T20:30"), 1).day == 9
        assert BusinessCalendar.russia().add_business_days(date(2025, 1, 3), -3) == date(2024, 12, 26)
        assert BusinessCalendar.russia().add_working_time(at("2025-01-03T12:00"), -HOUR) == at("2024-12-28T17:00")
        assert BusinessCalendar.russia().previous_close(at("2025-01-03T12:00")) == at("2024-12-28T18:00")
        assert BusinessCalendar.russia().next_open(at("2024-12-30T12:00")) == at("2025-01-09T09:00")
        assert BusinessCalendar.russia().add_working_time(at("2025-01-03T12:00"), HOUR) == at("2025-01-09T10:00")

        new_year = BusinessCalendar.russia().working_time_between(at("2025-01-02T12:00"), at("2025-01-09T10:00"))
        assert new_year == HOUR

    def test_decades_away(self):
        assert BusinessCalendar.russia().add_working_time(at("2024-06-10T09:00"), 40_000 * HOUR).year == 2044
        assert BusinessCalendar.russia().add_working_time(at("2024-06-10T09:00"), -40_000 * HOUR).year == 2004
        assert BusinessCalendar.russia().add_business_days(date(2024, 6, 10), -5000).year == 2004

    def test_the_earliest_instant_forward_and_the_latest_backward(self):
        assert MOSCOW.add_working_time(at("2024-06-10T12:30"), 30 * MINUTE) == at("2024-06-10T13:00")
        assert MOSCOW.add_working_time(at("2024-06-10T14:00"), -30 * MINUTE) == at("2024-06-10T12:30")
        assert MOSCOW.add_working_time(at("2024-06-10T14:30"), -30 * MINUTE) == at("2024-06-10T14:00")

    def test_pendulum_durations_and_microseconds(self):
        found = MOSCOW.add_working_time(at("2024-06-10T17:30"), pendulum.duration(hours=1, seconds=-1, microseconds=7))
        assert found.isoformat() == "2024-06-11T09:29:59.000007+03:00"

    def test_opening_and_close_around_an_instant(self):
        assert MOSCOW.next_open(at("2024-06-10T10:00")) == at("2024-06-10T10:00")
        assert MOSCOW.next_open(at("2024-06-10T13:00")) == at("2024-06-10T14:00")
        assert MOSCOW.previous_close(at("2024-06-10T10:00")) == at("2024-06-10T10:00")
        assert MOSCOW.previous_close(at("2024-06-10T09:00")) == at("2024-06-07T18:00")
        assert MOSCOW.previous_close(at("2024-06-10T13:30")) == at("2024-06-10T13:00")

    def test_nights_belong_to_the_day_they_start(self):
        night = BusinessCalendar(WorkSchedule.standard(start="22:00", end="06:00", lunch=None))
        assert night.add_business_days(at("2024-06-10T23:00"), 1) == at("2024-06-12T05:00")
        assert night.working_time_between(at("2024-06-12T04:00"), at("2024-06-12T07:00")) == HOUR
        assert night.next_open(at("2024-12-28T23:30")) == at("2024-12-28T23:30")
        new_year = BusinessCalendar(night.schedule, ProductionCalendar.plain(weekend=()))
        assert new_year.working_time_between(at("2025-01-01T00:00"), at("2025-01-01T06:00")) == 6 * HOUR
        assert new_year.add_working_time(at("2025-01-01T00:00"), HOUR) == at("2025-01-01T01:00")

    def test_an_extra_day_whose_hours_a_night_shift_overlaps_is_refused(self):
        schedule = WorkSchedule.weekly({"fri": "22:00-06:00"}, day="05:00-12:00")
        saturday = ProductionCalendar.country("RU").with_exceptions(working=[date(2024, 6, 8)])
        with pytest.raises(ScheduleError, match="overlap the night shift"):
            BusinessCalendar(schedule, saturday).year_norm(2024)


class TestClocksThatChange:
    def test_a_night_in_spring_is_an_hour_shorter_and_one_in_autumn_longer(self):
        berlin = BusinessCalendar(
            WorkSchedule.always("Europe/Berlin"),
            ProductionCalendar.plain(weekend=()),
        )
        zone = ZoneInfo("Europe/Berlin")
        for day, hours in ((date(2024, 3, 31), 23), (date(2024, 10, 27), 25), (date(2024, 6, 1), 24)):
            begin = datetime.combine(day, datetime.min.time(), zone)
            end = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
            assert berlin.working_time_between(begin, end) == hours * HOUR

    def test_hours_that_the_gap_swallows_make_no_working_day(self):
        schedule = WorkSchedule("02:00-03:00", "Europe/Berlin")
        calendar = BusinessCalendar(schedule, ProductionCalendar.plain(weekend=()))
        assert not calendar.is_working_day(date(2024, 3, 31))
        assert calendar.is_working_day(date(2024, 3, 30))

    def test_midnights_that_do_not_exist(self):
        calendar = BusinessCalendar(WorkSchedule.always("America/Sao_Paulo"), ProductionCalendar.plain(weekend=()))
        first = calendar.day(date(2018, 11, 4)).intervals[0][0]
        assert first.isoformat() == "2018-11-04T01:00:00-02:00"

    def test_a_day_that_does_not_exist(self):
        # Samoa went from 29 to 31 December 2011.
        calendar = BusinessCalendar(WorkSchedule.standard(timezone="Pacific/Apia"), ProductionCalendar.plain())
        assert not calendar.is_working_day(date(2011, 12, 30))
        assert calendar.add_business_days(date(2011, 12, 29), 1) == date(2012, 1, 2)
        close = calendar.add_business_days(datetime(2011, 12, 30, 12, tzinfo=UTC), 1)
        assert close.isoformat() == "2012-01-02T18:00:00+14:00"

    def test_answers_in_a_repeated_hour_carry_their_fold(self):
        calendar = BusinessCalendar(WorkSchedule.always("Europe/Berlin"), ProductionCalendar.plain(weekend=()))
        second = calendar.next_open(datetime(2024, 10, 27, 1, 30, tzinfo=UTC))
        assert (second.hour, second.fold, second.isoformat()) == (2, 1, "2024-10-27T02:30:00+01:00")


class TestRefusals:
    @pytest.mark.parametrize(
        "ask",
        [
            lambda moment: MOSCOW.add_business_days(moment, 1),
            lambda moment: MOSCOW.add_working_time(moment, HOUR),
            lambda moment: MOSCOW.working_time_between(moment, at("2024-06-10T10:00")),
            lambda moment: MOSCOW.working_time_between(at("2024-06-10T10:00"), moment),
            MOSCOW.next_open,
            MOSCOW.previous_close,
            lambda moment: MOSCOW.due("1 business day", moment),
            lambda moment: MOSCOW.due_at("1 business day", moment),
            lambda moment: MOSCOW.due("1 hour", at("2024-06-10T10:00"), [(moment, None)]),
        ],
    )
    def test_naive_datetimes(self, ask):
        with pytest.raises(NaiveDatetimeError, match="no time zone"):
            ask(datetime(2024, 6, 10, 10))  # noqa: DTZ001

    def test_what_is_no_instant(self):
        with pytest.raises(NaiveDatetimeError, match="an instant is an aware datetime"):
            MOSCOW.next_open("2024-06-10")
        with pytest.raises(NaiveDatetimeError):
            MOSCOW.next_open(date(2024, 6, 10))

    def test_instants_where_a_date_is_asked_for(self):
        for ask in (MOSCOW.is_working_day, MOSCOW.day, MOSCOW.roll, MOSCOW.mark):
            with pytest.raises(BusinessTimeError, match="a date is needed"):
                ask(at("2024-06-10T10:00"))
        with pytest.raises(BusinessTimeError, match="a date is needed"):
            MOSCOW.add_business_days("2024-06-10", 1)

    def test_instants_beyond_the_calendar(self):
        for year in (1990, 2101):
            with pytest.raises(CalendarHorizonError):
                MOSCOW.next_open(datetime(year, 6, 10, tzinfo=UTC))
        plain = BusinessCalendar(production=ProductionCalendar.plain())
        with pytest.raises(CalendarHorizonError):
            plain.next_open(datetime.max.replace(tzinfo=UTC))

    def test_an_unknown_horizon(self):
        with pytest.raises(BusinessTimeError, match="'provisional' or 'strict'"):
            BusinessCalendar.russia(horizon="lenient")


class TestStrictHorizon:
    STRICT = BusinessCalendar.russia(horizon="strict")

    def test_decreed_years_are_answered_as_ever(self):
        assert self.STRICT.add_business_days(date(2024, 4, 26), 2) == date(2024, 5, 2)
        assert self.STRICT.add_business_days(at("2024-04-26T10:00"), 2) == at("2024-05-02T18:00")
        assert self.STRICT.add_working_time(at("2024-06-10T12:30"), HOUR) == at("2024-06-10T14:30")
        assert self.STRICT.working_time_between(at("2024-06-10T12:30"), at("2024-06-10T15:30")) == 2 * HOUR
        assert self.STRICT.roll(date(2024, 6, 30)) == date(2024, 7, 1)

    def test_estimated_days_are_refused_one_by_one(self):
        malaysia = ProductionCalendar.country("MY")
        estimate = min(malaysia.year(2035).estimates)
        strict = BusinessCalendar(WorkSchedule.standard(timezone="Asia/Kuala_Lumpur"), malaysia, "strict")
        before = estimate - timedelta(days=1)
        assert strict.day(before).provisional is False
        for ask in (
            lambda: strict.is_working_day(estimate),
            lambda: strict.add_business_days(before, 20),
            lambda: strict.roll(estimate),
            lambda: strict.year_norm(2035),
            lambda: strict.due("5 business days", before),
            lambda: strict.business_days_between(before, estimate),
        ):
            with pytest.raises(CalendarHorizonError, match="only estimated"):
                ask()


def test_calendars_are_values():
    other = BusinessCalendar(WorkSchedule.standard(), ProductionCalendar.country("RU"))
    assert other == MOSCOW
    assert hash(other) == hash(MOSCOW)
    assert other != "a calendar"
    assert BusinessCalendar.russia(horizon="strict") != MOSCOW
    assert pickle.loads(pickle.dumps(MOSCOW)) == MOSCOW
    assert pickle.loads(pickle.dumps(MOSCOW)).due("1 business day", at("2024-06-10T10:00")).at.day == 11
    assert (MOSCOW.timezone, MOSCOW.horizon) == ("Europe/Moscow", "provisional")
    assert "Europe/Moscow" in repr(MOSCOW)


def test_a_calendar_reads_back_from_its_files():
    calendar = BusinessCalendar(WorkSchedule.always("Asia/Tokyo"), ProductionCalendar.plain(weekend=()), "strict")
    assert BusinessCalendar.from_toml(calendar.to_toml()) == calendar
    assert BusinessCalendar.from_json("{}") == MOSCOW
    with pytest.raises(ScheduleError, match="unknown keys"):
        BusinessCalendar.from_dict({"hours": "09:00-18:00"})
    for text in ("5", "[]", '{"schedule": 5}', '{"production": 5}'):
        with pytest.raises(ScheduleError, match="is a table of keys"):
            BusinessCalendar.from_json(text)


def test_names_that_are_loaded_only_when_asked_for():
    from salesreg import calendars

    assert {type(step) for step in MOSCOW.due("1 week", at("2024-06-10T10:00")).trace} == {calendars.TraceStep}
    assert calendars.StepKind("due") is calendars.StepKind.DUE
    assert calendars.DueBatch.__name__ == "DueBatch"
    with pytest.raises(AttributeError):
        calendars.Calender  # noqa: B018
    assert all(getattr(calendars, name) for name in calendars.__all__)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: MOSCOW.add_business_days(date(2024, 6, 10), 2.0),
        lambda: MOSCOW.add_business_days(date(2024, 6, 10), "2"),
        lambda: MOSCOW.add_working_time(at("2024-06-10T10:00"), 30),
        lambda: MOSCOW.day("2024-06-10"),
        lambda: MOSCOW.year("2024"),
        lambda: MOSCOW.due("2 business days", "2024-06-10"),
        lambda: MOSCOW.due("2 business days", at("2024-06-10T10:00"), [at("2024-06-10T10:00")]),
        lambda: MOSCOW.remind("2024-06-10", "30 minutes before"),
        lambda: ProductionCalendar.country(None),
        lambda: ProductionCalendar.country("RU").with_exceptions(closures="2024-01-01"),
        lambda: Term(2, "fortnight"),
        lambda: Term(2, "week", roll="sideways"),
        lambda: Term(1, "each_weekday", days="mon"),
        lambda: Term(1, "business_day", at="10:00"),
    ],
)
def test_what_is_of_another_kind_is_refused_by_an_error_of_business_time(ask):
    with pytest.raises(BusinessTimeError, match=r"not|none of"):
        ask()


@pytest.mark.parametrize("hours", range(1, 40))
def test_working_time_over_the_new_year_is_the_working_time_between(hours):
    """On whichever side of the lunches of January it ends."""
    start = at("2025-12-30 16:30")
    end = MOSCOW.add_working_time(start, hours * HOUR)
    assert MOSCOW.working_time_between(start, end) == hours * HOUR
    ((begun, until),) = MOSCOW.working_intervals(end - MINUTE, end)
    assert (begun, until) == (end - MINUTE, end), "it ends when nobody works"
