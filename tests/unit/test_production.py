"""Production calendars: Russia in full, other countries, a firm's exceptions, calendars joined, and honest horizons."""

import csv
import pickle
import re
import sys
import threading
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path

import pytest

from salesreg.calendars import BusinessCalendar, DayKind, ProductionCalendar, ShortDays, WorkSchedule, countries
from salesreg.calendars.wording import article
from salesreg.errors import CalendarHorizonError, ScheduleError, UnknownCountryError

RUSSIA = ProductionCalendar.country("RU")
HOUR = timedelta(hours=1)
DATA = Path(__file__).parent.parent / "data"
with (DATA / "ru_year_norms.csv").open(encoding="utf-8") as file:
    NORMS = list(csv.DictReader(file))
# Working days, short days and hours of a 40-hour week by the official production calendars.
EARLIER_NORMS = {
    2011: (248, 3, 1981),
    2012: (249, 6, 1986),
    2013: (247, 6, 1970),
    2014: (247, 6, 1970),
    2015: (247, 5, 1971),
    2016: (247, 2, 1974),
    2017: (247, 3, 1973),
    2018: (247, 6, 1970),
    2019: (247, 6, 1970),
    2027: (247, 4, 1972),
}


@pytest.mark.parametrize("row", NORMS, ids=lambda row: row["year"])
def test_official_norms_and_short_days(row):
    calendar = BusinessCalendar.russia()
    norm = calendar.year_norm(int(row["year"]))
    assert (norm.working_days, norm.short_days) == (int(row["working_days"]), int(row["short_days"]))
    assert norm.hours_40 == int(row["hours_40"])
    assert [f"{day:%m-%d}" for day in calendar.year(norm.year).short] == row["short_dates"].split()
    assert not norm.provisional


@pytest.mark.parametrize("year", EARLIER_NORMS)
def test_official_norms_of_other_decreed_years(year):
    norm = BusinessCalendar.russia().year_norm(year)
    assert (norm.working_days, norm.short_days, norm.hours_40) == EARLIER_NORMS[year]


def test_hours_of_shorter_weeks():
    norm = BusinessCalendar.russia().year_norm(2025)
    assert (norm.hours_36, norm.hours_24) == (1774.4, 1181.6)


@pytest.mark.parametrize(
    ("day", "kind", "moved", "said", "in_russian"),
    [
        ("2024-04-27", "moved_working", "2024-04-29", "working, its day off moved to Monday 29 April 2024", None),
        ("2024-04-29", "moved_off", "2024-04-27", "day off moved from Saturday 27 April 2024", None),
        (
            "2024-05-09",
            "holiday",
            None,
            "public holiday: Victory Day (Labour Code art. 112)",
            "праздник: День Победы (ТК РФ, ст. 112)",
        ),
        (
            "2026-03-09",
            "moved_off",
            "2026-03-08",
            "day off moved from Sunday 8 March 2026: International Women's Day (Labour Code art. 112)",
            "выходной, перенесённый с воскресенья 8 марта 2026 г.: Международный женский день (ТК РФ, ст. 112)",
        ),
        (
            "2024-06-11",
            "working",
            None,
            "working day, shorter by 1 h (Labour Code art. 95)",
            "рабочий день, короче на 1 ч (ТК РФ, ст. 95)",
        ),
        ("2024-06-08", "weekend", None, "weekend (Saturday)", "выходной (суббота)"),
        ("2024-06-10", "working", None, "working day", "рабочий день"),
        ("2020-12-31", "working", None, "working day, shorter by 1 h (Labour Code art. 95)", None),
        (
            "2023-02-24",
            "moved_off",
            "2023-01-01",
            "day off moved from Sunday 1 January 2023",
            "выходной, перенесённый с воскресенья 1 января 2023 г.",
        ),
    ],
)
def test_a_day_says_why_it_works_or_not(day, kind, moved, said, in_russian):
    day = date.fromisoformat(day)
    mark = RUSSIA.mark(day)
    assert mark.kind == kind
    assert mark.moved == (date.fromisoformat(moved) if moved else None)
    assert mark.describe(day) == said
    if in_russian:
        assert mark.describe(day, "ru") == in_russian


def test_corrections_of_2014():
    assert not RUSSIA.is_working_day(date(2014, 3, 10))
    eve = RUSSIA.mark(date(2014, 2, 24))
    assert (eve.kind, eve.moved, eve.cut) == (DayKind.MOVED_WORKING, date(2014, 11, 3), HOUR)
    assert RUSSIA.mark(date(2014, 2, 23)).kind is DayKind.HOLIDAY


def test_days_moved_on_a_tuesday_have_their_own_preposition():
    moved = RUSSIA.mark(date(2010, 2, 22))
    assert moved.describe(date(2010, 2, 22), "ru").endswith("с субботы 27 февраля 2010 г.")
    from salesreg.calendars.wording import from_date

    assert from_date(date(2024, 12, 31), "ru") == "со вторника 31 декабря 2024 г."


def test_years_beyond_the_decrees_follow_the_law_and_are_provisional():
    # 4 November 2028 is a Saturday: article 112 moves its day off by itself; the January ones wait for a decree.
    assert RUSSIA.decreed_until == 2027
    assert not RUSSIA.year(2027).provisional
    assert RUSSIA.year(2028).provisional
    assert RUSSIA.mark(date(2028, 11, 6)).moved == date(2028, 11, 4)
    assert RUSSIA.mark(date(2028, 1, 10)).kind is DayKind.WORKING
    # The 8th and 9th of May 2033 and the 1st: each weekend holiday takes the next free working day.
    moved = {day for day, mark in RUSSIA.year(2033).marks.items() if mark.kind is DayKind.MOVED_OFF}
    assert moved == {date(2033, 5, 2), date(2033, 6, 13)}


def test_the_last_decreed_year_is_country_data_that_can_be_overridden():
    assert ProductionCalendar.country("RU", decreed_until=2030).year(2029).provisional is False
    assert ProductionCalendar.country("RU", decreed_until=None).year(2050).provisional is False
    assert ProductionCalendar.country("BG").decreed_until is None
    assert ProductionCalendar.country("DE").decreed_until is None
    assert ProductionCalendar.country("CN").decreed_until == 2026


def test_outside_what_the_package_knows_the_calendar_does_not_answer():
    assert (RUSSIA.first_year, RUSSIA.last_year) == (1991, 2100)
    for year in (1990, 2101):
        with pytest.raises(CalendarHorizonError, match="1991–2100"):
            RUSSIA.is_working_day(date(year, 6, 3))


def test_other_countries_and_subdivisions():
    bavaria = ProductionCalendar.country("de", "BY")
    assert not bavaria.is_working_day(date(2025, 1, 6))
    assert ProductionCalendar.country("DE", "BE").is_working_day(date(2025, 1, 6))
    israel = ProductionCalendar.country("IL")
    assert israel.is_working_day(date(2024, 6, 9))
    assert not israel.is_working_day(date(2024, 6, 7))
    assert ProductionCalendar.country("US", categories=["public", "unofficial"]).year(2024).marks


@pytest.mark.parametrize("arguments", [("XX",), ("Narnia",), ("DE", "Narnia"), ("RU", "MOW")])
def test_an_unknown_country_or_subdivision_is_refused_at_once(arguments):
    with pytest.raises(UnknownCountryError, match="no holiday calendar for"):
        ProductionCalendar.country(*arguments)


def test_a_weekend_that_changed_within_a_year_is_asked_day_by_day():
    # On 29 June 2013 Saudi Arabia went from Thursday and Friday off to Friday and Saturday off.
    arabia = ProductionCalendar.country("SA")
    assert not arabia.is_working_day(date(2013, 6, 13))
    assert arabia.is_working_day(date(2013, 6, 15))
    assert arabia.is_working_day(date(2013, 7, 4))
    assert not arabia.is_working_day(date(2013, 7, 6))


def test_estimated_holidays_are_provisional_one_by_one():
    turkey = ProductionCalendar.country("MY")
    estimates = turkey.year(2035).estimates
    assert estimates
    assert not turkey.year(2035).provisional
    some = min(estimates)
    assert turkey.year(2035).is_provisional(some)
    assert not turkey.year(2035).is_provisional(date(2035, 1, 3))


@pytest.mark.parametrize(
    ("country", "day", "cut"),
    [
        ("EE", "2024-12-23", 3),
        ("EE", "2024-05-31", 0),
        ("LT", "2024-12-23", 1),
        ("LV", "2023-11-17", 1),
        ("BY", "2024-07-02", 1),
        ("DE", "2024-12-24", 0),
    ],
)
def test_short_days_of_other_countries_are_data(country, day, cut):
    assert ProductionCalendar.country(country).mark(date.fromisoformat(day)).cut == cut * HOUR


@pytest.mark.parametrize("country", sorted(countries.SHORT_DAYS))
def test_the_law_behind_short_days_is_cited_in_russian_too(country):
    cited = article(countries.SHORT_DAYS[country].article, "ru")
    assert not re.search("[A-Za-z]", cited), cited


def test_the_official_norm_of_belarus():
    minsk = BusinessCalendar(WorkSchedule.standard(timezone="Europe/Minsk"), ProductionCalendar.country("BY"))
    assert minsk.year_norm(2023).hours_40 == 2011


def test_the_rule_for_short_days_can_be_given_or_taken_away():
    rule = ShortDays(2 * HOUR, "company agreement", eves_of=((12, 25),))
    germany = ProductionCalendar.country("DE", short_days=rule)
    assert germany.mark(date(2024, 12, 24)).describe(date(2024, 12, 24)).endswith("shorter by 2 h (company agreement)")
    assert ProductionCalendar.country("RU", short_days=None).mark(date(2024, 6, 11)).cut == timedelta(0)
    assert ProductionCalendar.from_dict(germany.to_dict()) == germany


def test_a_firms_closures_extra_days_and_short_days():
    firm = RUSSIA.with_exceptions(
        closures={date(2024, 6, 14): "stocktaking"},
        working={date(2024, 6, 15): "instead", date(2024, 6, 17): "no news"},
        short={date(2024, 6, 13): 2 * HOUR, date(2024, 6, 11): timedelta(0)},
    )
    assert not firm.is_working_day(date(2024, 6, 14))
    assert firm.mark(date(2024, 6, 14)).describe(date(2024, 6, 14), "ru") == "закрыто: stocktaking"
    assert firm.mark(date(2024, 6, 15)).describe(date(2024, 6, 15)) == "extra working day: instead"
    extra = firm.mark(date(2024, 6, 15)).describe(date(2024, 6, 15), "ru")
    assert extra == "дополнительный рабочий день: instead"
    assert firm.mark(date(2024, 6, 17)).kind is DayKind.EXTRA_WORKING
    assert firm.mark(date(2024, 6, 13)).cut == 2 * HOUR
    assert firm.mark(date(2024, 6, 11)).cut == timedelta(0)
    assert (firm.decreed_until, firm.law, firm.first_year) == (2027, "RU", 1991)
    assert RUSSIA.is_working_day(date(2024, 6, 14))


def test_a_closure_on_a_holiday_leaves_it_a_holiday():
    day = date(2024, 6, 12)
    assert RUSSIA.with_exceptions(closures=[day, date(2025, 6, 13)]).mark(day).kind is DayKind.HOLIDAY


def test_later_exceptions_win_over_earlier_ones():
    day = date(2024, 6, 14)
    assert RUSSIA.with_exceptions(closures=[day]).with_exceptions(working=[day]).is_working_day(day)


@pytest.mark.parametrize(
    "exceptions",
    [
        {"closures": [date(2024, 6, 14)], "working": [date(2024, 6, 14)]},
        {"closures": [date(2024, 6, 14)], "short": [date(2024, 6, 14)]},
        {"short": {date(2024, 6, 14): -HOUR}},
    ],
)
def test_exceptions_that_contradict_themselves_are_refused(exceptions):
    with pytest.raises(ScheduleError):
        RUSSIA.with_exceptions(**exceptions)


def test_a_short_day_off_is_refused():
    with pytest.raises(ScheduleError, match="cannot be short"):
        RUSSIA.with_exceptions(short=[date(2024, 6, 12)]).year(2024)
    with pytest.raises(ScheduleError, match="cannot be short"):
        BusinessCalendar(production=RUSSIA.with_exceptions(short=[date(2024, 6, 15)])).year_norm(2024)


def test_both_calendars_work_or_either_does_and_working_saturdays_stay():
    berlin = ProductionCalendar.country("DE", "BE")
    saturday, unity_day, both_off = date(2024, 4, 27), date(2024, 11, 4), date(2024, 5, 1)
    both, either = RUSSIA & berlin, RUSSIA | berlin
    assert not both.is_working_day(saturday)
    assert either.is_working_day(saturday)
    assert either.mark(saturday).kind is DayKind.MOVED_WORKING
    assert (RUSSIA & RUSSIA).is_working_day(saturday)
    assert both.mark(unity_day).describe(unity_day).startswith("public holiday: Unity Day")
    assert either.is_working_day(unity_day)
    assert not either.is_working_day(both_off)
    short = date(2024, 6, 11)
    assert both.mark(short).cut == HOUR
    assert either.mark(short).cut == timedelta(0)
    assert (both.decreed_until, both.law, (RUSSIA & RUSSIA).law) == (2027, "", "RU")
    assert both.year(2028).provisional


def test_a_plain_week_has_no_holidays():
    week = ProductionCalendar.plain(weekend=[4])
    assert week.is_working_day(date(2024, 1, 1))
    assert week.mark(date(2024, 1, 5)).kind is DayKind.WEEKEND
    assert (week.decreed_until, week.law) == (None, "")
    with pytest.raises(ScheduleError):
        ProductionCalendar.plain(weekend=range(7))


@pytest.mark.parametrize(
    "calendar",
    [
        RUSSIA,
        ProductionCalendar.country("DE", "BY", categories=["public"], decreed_until=None, short_days=None),
        ProductionCalendar.country("RU", decreed_until=2026),
        ProductionCalendar.plain(weekend=[6]),
        RUSSIA.with_exceptions(closures={date(2024, 6, 14): 'the "day"'}, short=[date(2024, 6, 13)]),
        RUSSIA.with_exceptions(working=[date(2024, 6, 15)]) & ProductionCalendar.country("KZ"),
        RUSSIA | ProductionCalendar.plain(),
    ],
)
def test_a_calendar_reads_back_from_its_files_and_survives_a_process(calendar):
    assert ProductionCalendar.from_toml(calendar.to_toml()) == calendar
    assert ProductionCalendar.from_json(calendar.to_json()) == calendar
    assert pickle.loads(pickle.dumps(calendar)) == calendar == deepcopy(calendar)
    assert hash(ProductionCalendar.from_dict(calendar.to_dict())) == hash(calendar)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"country": "RU", "colour": "red"},
        {"country": "RU", "short_days": 5},
        {"weekend": 5},
        {"and": [{"country": "RU"}]},
        {"exceptions": {"closures": {"tomorrow": ""}}, "on": {"country": "RU"}},
        {"exceptions": 1, "on": {"country": "RU"}},
        {"exceptions": {"closed": {}}, "on": {"country": "RU"}},
        {"exceptions": {"short_minutes": {"2024-06-13": 1e300}}, "on": {"country": "RU"}},
        {"country": 5},
        {"country": "RU", "decreed_until": "soon"},
        {"country": "RU", "short_days": {"minutes": "60"}},
        5,
    ],
)
def test_data_that_is_no_calendar_is_refused(data):
    with pytest.raises(ScheduleError):
        ProductionCalendar.from_dict(data)


def test_a_calendar_records_the_package_it_was_built_from():
    from importlib.metadata import version

    assert RUSSIA.holidays_version == version("holidays")


def test_the_holiday_package_is_loaded_only_for_the_first_year():
    import subprocess

    program = (
        "import sys; from salesreg.calendars import BusinessCalendar, Term; calendar = BusinessCalendar.russia();"
        "Term.parse('2 business days'); assert not {'holidays', 'numpy', 'icalendar', 'rich'} & set(sys.modules);"
        "calendar.year_norm(2024); assert 'holidays' in sys.modules; assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_threads_that_grow_one_calendar_at_once_get_the_answers_of_one():
    years = list(range(2008, 2032))
    alone = BusinessCalendar(WorkSchedule.standard(), ProductionCalendar.country("RU", decreed_until=2027))
    expected = {year: alone.year_norm(year) for year in years}
    shared = BusinessCalendar(WorkSchedule.standard(), ProductionCalendar.country("RU", decreed_until=2027))
    found = []
    barrier = threading.Barrier(8)

    def ask(number):
        barrier.wait()
        for step in range(len(years)):
            year = years[(step * (2 * number + 1) + 3 * number) % len(years)]
            found.append((year, shared.year_norm(year), shared.add_business_days(date(year, 12, 30), 9)))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 * len(years)
    for year, norm, later in found:
        assert norm == expected[year]
        assert later == alone.add_business_days(date(year, 12, 30), 9)


# -- what the holiday package lacks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "day", "short"),
    [
        ("UA", date(2018, 12, 29), True),  # worked for Monday 31 December, the eve of a holiday
        ("UA", date(2018, 3, 3), False),  # worked for Friday 9 March, which was no eve
        ("AZ", date(2024, 3, 7), True),
        ("AZ", date(2024, 3, 6), False),
        ("UZ", date(2024, 3, 7), True),
        ("UZ", date(2023, 3, 7), False),  # under the code before this one
    ],
)
def test_eves_are_short_by_the_law_of_their_country(code, day, short):
    mark = ProductionCalendar.country(code).mark(day)
    assert mark.kind.works
    assert (mark.cut == timedelta(hours=1)) is short


def test_nepal_had_two_days_off_a_week_for_a_month():
    nepal = ProductionCalendar.country("NP")
    sundays = [date(2022, 5, 8), date(2022, 5, 22), date(2022, 6, 12), date(2022, 6, 19), date(2024, 6, 16)]
    assert [nepal.is_working_day(day) for day in sundays] == [True, False, False, True, True]
    assert not nepal.is_working_day(date(2024, 6, 15))


def test_paid_days_at_home_are_a_layer_of_their_own():
    russia = ProductionCalendar.country("RU")
    firm = russia.with_layer("ru_paid_days_2020_2021")
    days = [
        date(2020, 3, 30),
        date(2020, 5, 8),
        date(2020, 6, 24),
        date(2020, 7, 1),
        date(2021, 5, 7),
        date(2021, 11, 3),
    ]
    assert all(russia.is_working_day(day) and not firm.is_working_day(day) for day in days)
    assert "No. 354" in firm.mark(date(2020, 7, 1)).describe(date(2020, 7, 1))
    assert ProductionCalendar.from_toml(firm.to_toml()) == firm
    with pytest.raises(ScheduleError, match="ru_paid_days_2020_2021"):
        russia.with_layer("pandemic")


@pytest.mark.parametrize(
    ("calendar", "year", "unchecked"),
    [
        (ProductionCalendar.country("RU"), 2025, ""),
        (ProductionCalendar.country("DE"), 2025, "DE"),
        (ProductionCalendar.country("UZ"), 2022, "UZ"),
        (ProductionCalendar.country("UZ"), 2024, ""),
        (ProductionCalendar.country("DE", short_days=None), 2025, ""),
        (ProductionCalendar.country("DE").with_exceptions(closures=[date(2025, 1, 2)]), 2025, "DE"),
        (ProductionCalendar.country("RU") & ProductionCalendar.country("DE"), 2025, "DE"),
        (ProductionCalendar.plain(), 2025, ""),
    ],
)
def test_a_calendar_says_where_the_law_on_short_days_was_not_looked_up(calendar, year, unchecked):
    assert calendar.year(year).unchecked == unchecked
    page = BusinessCalendar(production=calendar).year(year)
    assert page.unchecked == unchecked
    assert ("was not looked up" in page.to_html()) is bool(unchecked)
    assert ("не проверялся" in page.to_html("ru")) is bool(unchecked)


# -- republics of Russia -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "day", "said"),
    [
        # As their ministries of labour announced them.
        ("TA", date(2018, 8, 21), "public holiday: Kurban Bayram"),
        ("TA", date(2018, 8, 20), "working day, shorter by 1 h (Labour Code art. 95)"),
        ("TA", date(2016, 11, 7), "day off moved from Sunday 6 November 2016: Constitution Day"),
        ("TA", date(2026, 8, 31), "working day"),  # a day on a weekend has not moved since 2017
        ("TA", date(2026, 8, 30), "public holiday: Republic Day"),
        ("BA", date(2025, 10, 13), "day off moved from Saturday 11 October 2025: Republic Day"),
        ("CE", date(2026, 4, 16), "public holiday: Day of Peace"),
        ("AD", date(2026, 4, 20), "day off moved from Saturday 25 April 2026"),
        ("DA", date(2024, 9, 16), "day off moved (Resolutions of the Government of Dagestan, each year)"),
        ("DA", date(2024, 9, 13), "working day"),
        ("KB", date(2025, 9, 1), "public holiday: Day of Statehood"),
    ],
)
def test_republics_keep_days_of_their_own(region, day, said):
    assert ProductionCalendar.country("RU", region).mark(day).describe(day).startswith(said)
    assert said.startswith("working") or RUSSIA.mark(day).kind.works or day.weekday() >= 5


@pytest.mark.parametrize("region", countries.russia.regions())
def test_a_republic_keeps_the_federal_days_and_cites_its_law_in_both_languages(region):
    calendar, law = ProductionCalendar.country("RU", region), countries.russia.regions()[region].law
    assert article(law, "ru") != law
    assert ProductionCalendar.from_toml(calendar.to_toml()) == calendar
    assert all(not calendar.is_working_day(day) for day in (date(2025, 1, 3), date(2025, 5, 9), date(2025, 12, 31)))
    days = [date(2026, 1, 1) + timedelta(days=ahead) for ahead in range(365)]
    assert any(calendar.mark(day) != RUSSIA.mark(day) for day in days)


def test_a_year_whose_acts_are_not_known_to_the_full_is_provisional():
    bashkortostan = ProductionCalendar.country("RU", "BA")
    assert [bashkortostan.year(year).provisional for year in (2017, 2018, 2020, 2021, 2026, 2027)] == [
        False, True, True, False, False, True,
    ]  # fmt: skip
    assert not RUSSIA.year(2027).provisional


def test_a_region_without_days_of_its_own_is_refused_with_those_that_have_some():
    with pytest.raises(UnknownCountryError, match=r"'MOW': AD, AL, BA, BU"):
        ProductionCalendar.country("RU", "MOW")


def test_years_of_which_not_all_holidays_are_known_are_not_answered():
    india = ProductionCalendar.country("IN")
    assert (india.first_year, india.last_year) == (2001, 2035)
    with pytest.raises(CalendarHorizonError, match="the calendar knows 2001–2035, not 2036"):
        india.is_working_day(date(2036, 11, 1))


def test_the_norm_of_hours_is_the_country_s_whoever_works_when():
    part_time = BusinessCalendar(WorkSchedule.weekly({"tue": "10:00-14:00", "thu": "10:00-14:00"}))
    guard = BusinessCalendar(WorkSchedule.cycle(["08:00-20:00"] * 2 + [None] * 2, since=date(2026, 1, 1)))
    country = BusinessCalendar.russia().year_norm(2026)
    for own in (part_time.year_norm(2026), guard.year_norm(2026)):
        assert (own.hours_40, own.hours_36, own.hours_24) == (country.hours_40, country.hours_36, country.hours_24)
        assert own.working_days != country.working_days
