"""Working hours: shifts, lunch, breaks, weeks of one's own, and what contradicts itself."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from salesreg.calendars import BusinessCalendar, ProductionCalendar, Shift, WorkSchedule
from salesreg.errors import ScheduleError

HOUR = timedelta(hours=1)
TEN_MINUTES = timedelta(minutes=10)


def hours(schedule, weekday=0, cut=timedelta(0)):
    return [str(shift) for shift in schedule.working(weekday, cut)]


@pytest.mark.parametrize(
    ("text", "said", "length"),
    [
        ("9:00 – 18:00", "09:00-18:00", 9),
        ("22:00-06:00", "22:00-06:00", 8),
        ("00:00-24:00", "00:00-24:00", 24),
        ("18:00-18:00", "18:00-18:00", 24),
    ],
)
def test_a_shift_reads_back_as_it_is_written(text, said, length):
    shift = Shift.parse(text)
    assert str(shift) == said
    assert shift.length == length * HOUR
    assert Shift.parse(said) == shift
    assert repr(shift) == f"Shift('{said}')"


def test_shifts_keep_seconds_and_microseconds():
    assert str(Shift.parse("09:00:30-10:00:00.25")) == "09:00:30-10:00:00.250000"
    assert Shift(time(9, 0, 0, 5), HOUR * 10).length == HOUR - timedelta(microseconds=5)


@pytest.mark.parametrize("text", ["9-18", "09:00", "25:00-26:00", "09:60-10:00", "24:30-25:00", "09:00-12:00-13:00"])
def test_what_is_no_shift_is_refused(text):
    with pytest.raises(ScheduleError):
        Shift.parse(text)


def test_a_shift_of_more_than_a_day_or_of_nothing_is_refused():
    for start, end in [(9 * HOUR, 9 * HOUR), (9 * HOUR, 34 * HOUR), (50 * HOUR, 51 * HOUR), (-HOUR, HOUR)]:
        with pytest.raises(ScheduleError):
            Shift(start, end)


def test_lunch_is_cut_out_of_the_day_and_shown_in_its_plan():
    office = WorkSchedule.standard()
    assert hours(office) == ["09:00-13:00", "14:00-18:00"]
    assert [str(item) for item in office.plan(0)] == ["09:00-13:00 work", "13:00-14:00 lunch", "14:00-18:00 work"]


def test_lunch_at_either_end_of_a_shift_only_shortens_it():
    assert hours(WorkSchedule("09:00-18:00", lunch="09:00-10:00")) == ["10:00-18:00"]
    assert hours(WorkSchedule("09:00-18:00", lunch=Shift.parse("17:00-18:00"))) == ["09:00-17:00"]
    assert hours(WorkSchedule("09:00-18:00", lunch=(time(12), "12:30"))) == ["09:00-12:00", "12:30-18:00"]


def test_a_shift_that_lunch_only_touches_loses_no_more_than_they_share():
    week = WorkSchedule.weekly({"mon": "09:00-18:00", "fri": "09:00-13:30", "sat": "09:00-12:00"}, lunch="13:00-14:00")
    assert hours(week, 4) == ["09:00-13:00"]
    assert hours(week, 5) == ["09:00-12:00"]
    assert [str(shift) for shift in week.presence(0)] == ["09:00-13:00", "14:00-18:00"]


def test_the_lunch_of_a_night_shift_may_lie_after_midnight():
    night = WorkSchedule.standard(start="22:00", end="06:00", lunch="02:00-02:30")
    assert hours(night) == ["22:00-02:00", "02:30-06:00"]
    assert night.spill == 6 * HOUR
    assert WorkSchedule.standard().spill == timedelta(0)


@pytest.mark.parametrize(
    ("cut", "left"),
    [
        (HOUR, ["09:00-13:00", "14:00-17:00"]),
        (4 * HOUR, ["09:00-13:00"]),
        (5 * HOUR, ["09:00-12:00"]),
    ],
)
def test_a_short_day_ends_early_and_the_cut_carries_into_the_morning(cut, left):
    assert hours(WorkSchedule.standard(), cut=cut) == left


def test_a_day_cut_to_nothing_is_refused():
    with pytest.raises(ScheduleError, match="shortened to nothing"):
        WorkSchedule.standard().working(0, 8 * HOUR)


def test_breaks_that_count_stop_no_clock_but_stand_in_the_plan():
    schedule = WorkSchedule("09:00-12:00", break_every=HOUR, break_length=TEN_MINUTES)
    assert hours(schedule) == ["09:00-12:00"]
    assert [str(item) for item in schedule.plan(0)] == [
        "09:00-10:00 work",
        "10:00-10:10 break",
        "10:10-11:00 work",
        "11:00-11:10 break",
        "11:10-12:00 work",
    ]


def test_breaks_that_do_not_count_are_no_working_time():
    schedule = WorkSchedule("09:00-11:00", break_every=HOUR, break_length=TEN_MINUTES, breaks_count=False)
    assert hours(schedule) == ["09:00-10:00", "10:10-11:00"]


def test_touching_shifts_are_one_and_overlapping_ones_are_refused():
    assert hours(WorkSchedule(["13:00-18:00", "09:00-13:00"])) == ["09:00-18:00"]
    with pytest.raises(ScheduleError, match="overlap"):
        WorkSchedule(["09:00-14:00", "13:00-18:00"])


def test_a_night_shift_that_reaches_into_the_next_days_hours_is_refused():
    with pytest.raises(ScheduleError, match="overlaps the next day's"):
        WorkSchedule.weekly({"mon": "22:00-06:00", "tue": "05:00-12:00"})
    assert WorkSchedule.weekly({"mon": "22:00-06:00", "tue": "06:00-12:00"}).works_on(1)


def test_a_week_of_ones_own_says_which_weekdays_work():
    shop = WorkSchedule.weekly({"tue": "10:00-19:00", "sat": ["10:00-13:00", "14:00-16:00"]}, day="11:00-15:00")
    assert [shop.works_on(weekday) for weekday in range(7)] == [False, True, False, False, False, True, False]
    assert hours(shop, 5) == ["10:00-13:00", "14:00-16:00"]
    assert hours(shop, 0) == ["11:00-15:00"]
    assert WorkSchedule.standard().works_on(5) is None


def test_without_hours_for_other_days_a_week_lends_its_first():
    assert hours(WorkSchedule.weekly({"wed": "10:00-12:00"}), 6) == ["10:00-12:00"]


def test_round_the_clock_is_every_hour_of_every_day():
    assert [hours(WorkSchedule.always(), weekday) for weekday in (0, 6)] == [["00:00-24:00"]] * 2


@pytest.mark.parametrize(
    "make",
    [
        lambda: WorkSchedule(()),
        lambda: WorkSchedule.weekly({}),
        lambda: WorkSchedule.weekly({"monday": "09:00-18:00"}),
        lambda: WorkSchedule("09:00-18:00", week=[["09:00-18:00"]]),
        lambda: WorkSchedule("09:00-18:00", "Europe/Moskva"),
        lambda: WorkSchedule("09:00-18:00", ""),
        lambda: WorkSchedule("09:00-18:00", lunch="19:00-20:00"),
        lambda: WorkSchedule("09:00-18:00", break_every=HOUR),
        lambda: WorkSchedule("09:00-18:00", break_every=TEN_MINUTES, break_length=HOUR),
        lambda: WorkSchedule([Shift(25 * HOUR, 26 * HOUR)]),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(make):
    with pytest.raises(ScheduleError):
        make()


@pytest.mark.parametrize(
    "schedule",
    [
        WorkSchedule.standard(timezone="Asia/Yekaterinburg"),
        WorkSchedule.standard(break_every=HOUR, break_length=TEN_MINUTES, breaks_count=False),
        WorkSchedule.weekly({"mon": ["08:00-12:00", "22:00-06:00"]}, day="09:00-10:00"),
        WorkSchedule.always("Europe/Berlin"),
    ],
)
def test_a_schedule_reads_back_from_its_files(schedule):
    assert WorkSchedule.from_dict(schedule.to_dict()) == schedule
    assert WorkSchedule.from_toml(schedule.to_toml()) == schedule
    assert WorkSchedule.from_json(schedule.to_json()) == schedule


@pytest.mark.parametrize(
    "text",
    [
        "day = ",
        "hours = '09:00-18:00'",
        "timezone = 'UTC'",
        "day = 5",
        "day = '09:00-18:00'\nbreaks = 5",
        "day = '09:00-18:00'\nbreaks = {every_minutes = 60, length_minutes = 5, count_as_work = 'no'}",
        "day = '09:00-18:00'\nbreaks = {every_minutes = 1e300, length_minutes = 5}",
        "day = '09:00-18:00'\nbreaks = {every_minutes = nan, length_minutes = 5}",
        "day = '09:00-18:00'\nbreaks = {every_hours = 1}",
        "day = '09:00-18:00'\nlunch = 5",
        "day = '09:00-18:00'\nweek = {mon = 5}",
        "day = ['x']",
    ],
)
def test_a_file_that_is_no_schedule_is_refused(text):
    with pytest.raises(ScheduleError):
        WorkSchedule.from_toml(text)


@pytest.mark.parametrize("text", ["5", "null", "[]"])
def test_json_that_is_no_table_is_refused(text):
    with pytest.raises(ScheduleError, match="a schedule is a table"):
        WorkSchedule.from_json(text)


def test_a_file_that_is_no_json_is_refused():
    with pytest.raises(ScheduleError, match="not JSON"):
        WorkSchedule.from_json("{")


def test_the_same_hours_elsewhere():
    assert WorkSchedule.standard().with_timezone("Asia/Tokyo").timezone == "Asia/Tokyo"


# -- single dates, rotas, schedules joined -----------------------------------------------------------------------------

MONDAY = date(2026, 3, 2)
DAY = timedelta(days=1)
LUNCHING = WorkSchedule.standard()


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("10:00-18:00", ["10:00-18:00"]),
        ("09:00-16:00", ["09:00-16:00"]),
        ("09:00-12:00, 12:30-18:00", ["09:00-12:00", "12:30-18:00"]),
        (["09:00-13:00", "14:00-21:00"], ["09:00-13:00", "14:00-21:00"]),
        ("09:00-11:00, 15:00-18:00", ["09:00-11:00", "15:00-18:00"]),
    ],
)
def test_a_date_may_open_later_close_earlier_lunch_elsewhere_be_longer_or_be_closed_in_part(given, left):
    one_day = LUNCHING.with_hours({MONDAY: given})
    assert hours(one_day, MONDAY) == left
    assert hours(one_day, MONDAY + 7 * DAY) == ["09:00-13:00", "14:00-18:00"]
    calendar = BusinessCalendar.russia(one_day)
    assert [f"{a:%H:%M}-{b:%H:%M}" for a, b in calendar.day(MONDAY).intervals] == left


def test_hours_of_a_date_hold_over_the_calendar_and_over_the_cut_of_a_short_day():
    saturday, eve, holiday = date(2026, 3, 14), date(2026, 4, 30), date(2026, 5, 1)
    assert BusinessCalendar.russia().mark(eve).cut
    calendar = BusinessCalendar.russia(
        LUNCHING.with_hours({saturday: "10:00-14:00", eve: "09:00-15:00", holiday: "12:00-13:00"})
    )
    assert [str(calendar.day(day).kind) for day in (saturday, eve, holiday)] == [
        "extra_working",
        "working",
        "extra_working",
    ]
    assert calendar.due("1 business day", saturday - DAY).at.isoformat() == "2026-03-14T14:00:00+03:00"
    assert calendar.working_time_between(*calendar.day(eve).intervals[0]) == 6 * HOUR


def test_somebody_who_is_away_for_a_range_of_dates_has_no_working_time_in_it():
    calendar = BusinessCalendar.russia(LUNCHING.with_hours({(MONDAY, MONDAY + 13 * DAY): None}))
    assert calendar.add_business_days(MONDAY - DAY, 1) == MONDAY + 14 * DAY
    assert calendar.day(MONDAY).kind == "closure"
    assert calendar.due("30 working minutes", MONDAY).at.isoformat() == "2026-03-16T09:30:00+03:00"


def test_weeks_of_a_rota_take_turns_backwards_too():
    early, late = {"mon": "06:00-14:00", "tue": "06:00-14:00"}, {"mon": "14:00-22:00"}
    rota = WorkSchedule.rota([early, late, {}], since=MONDAY)
    assert [hours(rota, MONDAY + 7 * week * DAY) for week in (-3, 0, 3)] == [["06:00-14:00"]] * 3
    assert [rota.works_on(MONDAY + DAY + 7 * week * DAY) for week in (-1, 0, 1)] == [False, True, False]
    calendar = BusinessCalendar(rota, ProductionCalendar.plain())
    assert list(calendar.working_days(MONDAY, MONDAY + 21 * DAY)) == [MONDAY + n * DAY for n in (0, 1, 7, 21)]
    assert calendar.due("1 business day", MONDAY + 7 * DAY).at.isoformat() == "2026-03-23T14:00:00+03:00"


def test_schedules_are_joined_by_what_both_or_either_have():
    morning = WorkSchedule.weekly({"mon": "08:00-14:00", "tue": "08:00-14:00"})
    evening = WorkSchedule.weekly({"mon": "12:00-20:00", "wed": "12:00-20:00"}, lunch="13:00-13:30")
    both, either = morning & evening, morning | evening
    assert [hours(both, day) if both.works_on(day) else [] for day in range(3)] == [
        ["12:00-13:00", "13:30-14:00"],
        [],
        [],
    ]
    assert [hours(either, day) for day in range(3)] == [
        ["08:00-20:00"],
        ["08:00-14:00"],
        ["12:00-13:00", "13:30-20:00"],
    ]
    rotas = [WorkSchedule.rota([{"mon": "08:00-12:00"}] * n + [{"mon": "10:00-14:00"}], since=MONDAY) for n in (1, 2)]
    joined = rotas[0] & rotas[1]
    for week in range(-6, 12):
        day = MONDAY + 7 * week * DAY
        assert hours(joined, day) == (
            ["08:00-12:00"]
            if hours(rotas[0], day) == hours(rotas[1], day) == ["08:00-12:00"]
            else ["10:00-14:00"]
            if hours(rotas[0], day) == hours(rotas[1], day)
            else ["10:00-12:00"]
        )
    away = morning.with_hours({MONDAY: None})
    assert (away | evening).works_on(MONDAY)
    assert not (away & evening).works_on(MONDAY)
    with pytest.raises(ScheduleError, match="one time zone"):
        _ = morning & morning.with_timezone("Europe/Berlin")
    with pytest.raises(ScheduleError, match="a week of their own or neither"):
        _ = morning & LUNCHING


@pytest.mark.parametrize(
    "schedule",
    [
        LUNCHING.with_hours({MONDAY: "10:00-12:00, 13:00-16:00", (MONDAY + DAY, MONDAY + 3 * DAY): None}),
        WorkSchedule.rota([{"mon": "06:00-14:00"}, {}, {"sun": "22:00-06:00"}], since=MONDAY),
    ],
)
def test_dates_and_rotas_read_back_from_their_files(schedule):
    assert WorkSchedule.from_toml(schedule.to_toml()) == schedule
    assert WorkSchedule.from_json(schedule.to_json()) == schedule


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: WorkSchedule.weekly({"tue": None}), "tue: hours are such as '09:00-18:00'"),
        (lambda: WorkSchedule(None), "hours are such as"),
        (lambda: WorkSchedule.weekly(5), "hours by weekday such as"),
        (lambda: WorkSchedule.standard().with_hours("2026"), "by date, not '2026'"),
        (lambda: WorkSchedule.rota(5, since=MONDAY), "several weeks since a Monday, not 5"),
        (lambda: WorkSchedule.rota([{"mon": "09:00-10:00"}, {}], since="2026"), "since '2026'"),
        (lambda: WorkSchedule.standard() | 5, "joined with another, not with 5"),
        (lambda: ProductionCalendar.plain() & None, "joined with another, not with None"),
        (lambda: ProductionCalendar.plain(5), "several weekday numbers, not 5"),
        (lambda: ProductionCalendar.plain().with_exceptions(closures=5), "several dates, not 5"),
        (lambda: ProductionCalendar.country("RU").with_layer([]), "no layer []"),
        (lambda: WorkSchedule.from_toml(None), "TOML is text, not None"),
        (lambda: LUNCHING.with_hours({"2026-03-02": "09:00-10:00"}), "not '2026-03-02'"),
        (lambda: LUNCHING.with_hours({(MONDAY, MONDAY - DAY): None}), "from first to last"),
        (lambda: LUNCHING.with_hours({MONDAY: "9 to 5"}), "2026-03-02: '9 to 5' is not a shift"),
        (lambda: WorkSchedule.rota([{}, {"mon": "09:00-10:00"}], since=MONDAY + DAY), "begins on a Monday"),
        (lambda: WorkSchedule.standard(lunch=("13:00",)), "lunch is one stretch"),
        (lambda: WorkSchedule.standard(break_every=60, break_length=10), "breaks are timedeltas, not 60 and 10"),
        (lambda: BusinessCalendar("09:00-18:00"), "a WorkSchedule, not '09:00-18:00'"),
        (lambda: BusinessCalendar(production="RU"), "a ProductionCalendar, not 'RU'"),
        (
            lambda: BusinessCalendar.russia(WorkSchedule("09:00-10:00")).day(date(2026, 4, 30)),
            "2026-04-30: hours of 09:00",
        ),
        (lambda: ProductionCalendar.country("RU").with_exceptions(closures=["2026-01-12"]), "not '2026-01-12'"),
        (lambda: ProductionCalendar.country("RU").with_exceptions(short={MONDAY: 60}), "a timedelta or without, not"),
    ],
)
def test_what_is_no_schedule_is_refused_with_what_was_given(make, said):
    with pytest.raises(ScheduleError) as refused:
        make()
    assert said in str(refused.value)


def test_days_take_turns_whatever_the_weekday_and_back_in_time():
    guard = WorkSchedule.cycle(["08:00-20:00"] * 2 + [None] * 2, since=date(2026, 1, 1))
    calendar = BusinessCalendar(guard, ProductionCalendar.plain(weekend=()))
    days = [(day - date(2026, 1, 1)).days % 4 for day in calendar.working_days(date(2025, 11, 30), date(2026, 3, 1))]
    assert {*days} == {0, 1}
    assert len(days) == 46
    assert WorkSchedule.from_toml(guard.to_toml()) == guard


def test_nights_of_four_on_and_four_off_lose_the_hour_that_the_clock_skips():
    nights = WorkSchedule.cycle(["20:00-08:00"] * 4 + [""] * 4, since=date(2026, 3, 5), timezone="America/New_York")
    calendar = BusinessCalendar(nights, ProductionCalendar.plain(weekend=()))
    begin = datetime(2026, 3, 5, tzinfo=ZoneInfo("America/New_York"))
    assert calendar.working_time_between(begin, begin + timedelta(days=8)) == timedelta(hours=47)


@pytest.mark.parametrize("days", [[], [None, None], "08:00-20:00", 4, ["08:00-20:00", "early"]])
def test_a_cycle_without_hours_or_of_something_else_is_refused(days):
    with pytest.raises(ScheduleError):
        WorkSchedule.cycle(days, since=date(2026, 1, 1))


def test_a_cycle_of_a_week_is_a_week():
    week = WorkSchedule.cycle(["09:00-18:00"] * 5 + [None] * 2, since=date(2026, 1, 5))
    assert week == WorkSchedule.weekly(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-18:00"))
