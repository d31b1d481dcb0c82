"""`salesreg deadline` and `salesreg calendar`, as a shell sees them."""

import json
from typing import get_args

import pytest
from icalendar import Calendar

from salesreg.calendars import BusinessCalendar, Roll
from salesreg.cli import main
from salesreg.cli.calendars import RollName

FRIDAY = "2024-04-26T10:00+03:00"


def run(capsys, *argv):
    code = main(argv)
    out, err = capsys.readouterr()
    return code, out, err


def printed(capsys, *argv):
    code, out, err = run(capsys, *argv)
    assert (code, err) == (0, "")
    return out


def complaint(capsys, *argv):
    code, out, err = run(capsys, *argv)
    assert (code, out) == (2, "")
    assert err.startswith("salesreg: ")
    assert err.count("\n") == 1
    return err


def test_help_names_every_convention():
    assert list(get_args(RollName)) == [one.value for one in Roll]


# -- deadline ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("term", ["2 рабочих дня", "2 business days"])
def test_json_has_the_due_instant_with_its_offset(capsys, term):
    data = json.loads(printed(capsys, "deadline", term, "--from", FRIDAY, "--json"))
    assert list(data) == ["due", "provisional", "term", "trace"]
    assert data["due"] == "2024-05-02T18:00:00+03:00"
    assert data["provisional"] is False
    assert data["term"] == "2 business days"
    assert data["trace"][-1]["step"] == "due"


def test_text_says_the_term_and_the_due_instant(capsys):
    assert printed(capsys, "deadline", "2 business days", "--from", FRIDAY) == (
        "2 business days from Friday 26 April 2024, 10:00 (MSK)\n"
        "due Thursday 2 May 2024, 18:00 (MSK): close of business (Civil Code art. 194)\n"
    )


def test_explain_says_why_each_day_is_skipped(capsys):
    text = printed(capsys, "deadline", "2 business days", "--from", FRIDAY, "--explain", "--lang", "ru")
    assert "понедельник 29 апреля 2024 г.: пропускается, выходной, перенесённый с субботы 27 апреля 2024 г.\n" in text
    assert text.splitlines()[0].startswith("2 рабочих дня, начало: пятница 26 апреля 2024 г., 10:00")


def test_a_date_stands_for_its_beginning(capsys):
    data = json.loads(printed(capsys, "deadline", "8 working hours", "--from", "2024-04-26", "--json"))
    assert data["due"] == "2024-04-26T18:00:00+03:00"


def test_roll_decides_where_a_day_off_goes(capsys):
    argv = ("deadline", "1 month", "--from", "2024-05-30T10:00+03:00", "--json", "--roll")
    assert json.loads(printed(capsys, *argv, "following"))["due"] == "2024-07-01T18:00:00+03:00"
    assert json.loads(printed(capsys, *argv, "modified_following"))["due"] == "2024-06-28T18:00:00+03:00"


def test_pauses_are_taken_out(capsys):
    data = json.loads(
        printed(
            capsys, "deadline", "4 working hours", "--from", FRIDAY, "--json",
            "--pause", "2024-04-26T11:00+03:00/2024-04-26T12:00+03:00",
            "--pause", "2024-04-26T14:00+03:00/2024-04-26T14:30+03:00",
        )
    )  # fmt: skip
    assert data["due"] == "2024-04-26T16:30:00+03:00"
    assert len(data["pauses"]) == 2


def test_an_open_pause_leaves_what_remains(capsys):
    argv = ("deadline", "4 working hours", "--from", FRIDAY, "--pause", "2024-04-26T11:00+03:00/")
    data = json.loads(printed(capsys, *argv, "--json"))
    assert data["due"] is None
    assert data["left_when_paused_seconds"] == 3 * 3600
    assert printed(capsys, *argv).endswith("paused since Friday 26 April 2024, 11:00 (MSK): 3 h left\n")


@pytest.mark.parametrize(
    ("country", "start", "due"),
    [
        ("DE", "2024-05-08T10:00+02:00", "2024-05-10T18:00:00+02:00"),
        ("us", "2024-07-03T10:00-04:00", "2024-07-05T18:00:00-04:00"),
        ("US", "2024-07-03T10:00-07:00", "2024-07-05T18:00:00-07:00"),
        ("US", "2024-07-03", "2024-07-03T18:00:00-04:00"),
    ],
)
def test_another_country_has_its_own_zone(capsys, country, start, due):
    term = "1 business day" if "T" in start else "8 working hours"
    data = json.loads(printed(capsys, "deadline", term, "--from", start, "--country", country, "--json"))
    assert data["due"] == due


def test_a_subdivision_has_its_own_holidays(capsys):
    argv = ("deadline", "1 business day", "--from", "2024-08-14T10:00+02:00", "--country", "DE", "--json")
    assert json.loads(printed(capsys, *argv))["due"] == "2024-08-15T18:00:00+02:00"
    assert json.loads(printed(capsys, *argv, "--subdivision", "SL"))["due"] == "2024-08-16T18:00:00+02:00"


def test_a_zone_may_be_named(capsys):
    argv = ("deadline", "1 business day", "--from", FRIDAY, "--timezone", "Asia/Yekaterinburg", "--json")
    assert json.loads(printed(capsys, *argv))["due"] == "2024-04-27T18:00:00+05:00"


def test_a_schedule_comes_from_a_file(capsys, tmp_path):
    file = tmp_path / "hours.toml"
    file.write_text('day = ["10:00-19:00"]\ntimezone = "Asia/Yekaterinburg"\n')
    argv = ("deadline", "1 business day", "--from", FRIDAY, "--json", "--schedule", str(file))
    assert json.loads(printed(capsys, *argv))["due"] == "2024-04-27T19:00:00+05:00"
    assert json.loads(printed(capsys, *argv, "--timezone", "Europe/Moscow"))["due"] == "2024-04-27T19:00:00+03:00"


def test_a_file_may_bring_its_own_production_calendar(capsys, tmp_path):
    from salesreg.calendars import ProductionCalendar

    assert ProductionCalendar.country("DE").to_dict() == {"country": "DE"}
    file = tmp_path / "hours.toml"
    file.write_text('[schedule]\nday = ["08:00-16:00"]\ntimezone = "Europe/Berlin"\n[production]\ncountry = "DE"\n')
    argv = ("deadline", "1 business day", "--from", "2024-05-08T10:00+02:00", "--json", "--schedule", str(file))
    assert json.loads(printed(capsys, *argv))["due"] == "2024-05-10T16:00:00+02:00"
    assert "leave out --country" in complaint(capsys, *argv, "--country", "DE")


def test_ics_is_an_event_at_the_due_instant(capsysbinary):
    assert main(["deadline", "2 business days", "--from", FRIDAY, "--ics", "--lang", "ru"]) == 0
    (event,) = Calendar.from_ical(capsysbinary.readouterr().out).events
    assert event["summary"] == "Срок: 2 рабочих дня"
    assert event.start.isoformat() == "2024-05-02T15:00:00+00:00"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (
            ["2 furlongs", "--from", FRIDAY],
            "business days, calendar days, weeks, months, quarters, years, working minutes, working hours",
        ),
        (
            ["2 business days", "--from", "2024-04-26T10:00"],
            "2024-04-26T10:00 has no time zone: end it with an offset such as +03:00",
        ),
        (
            ["2 business days", "--from", "yesterday"],
            "'yesterday' is not an instant: write it as 2024-04-26T10:00+03:00",
        ),
        (["2 business days"], "Missing option '--from'. (try: salesreg deadline --help)"),
        (["2 business days", "--from", FRIDAY, "--country", "XX"], "no holiday calendar for XX"),
        (["2 business days", "--from", FRIDAY, "--country", ""], "no holiday calendar"),
        (["2 business days", "--from", FRIDAY, "--country", "DE", "--subdivision", "ZZ"], "DE with subdivision ZZ"),
        (["2 business days", "--from", "1800-01-01"], "1800"),
        (["2 business days", "--from", FRIDAY, "--roll", "sideways"], "'sideways' is not one of 'following'"),
        (["2 business days", "--from", FRIDAY, "--roll", "preceding"], "is not rolled"),
        (["2 business days", "--from", FRIDAY, "--pause", "noon"], "write it as FROM/TO"),
        (
            ["2 business days", "--from", FRIDAY, "--pause", "2024-04-26/"],
            "write an instant such as 2024-04-26T09:00+03:00",
        ),
        (["2 business days", "--from", FRIDAY, "--pause", "2024-04-26T12:00/"], "has no time zone"),
        (
            ["2 business days", "--from", FRIDAY, "--schedule", "missing.toml"],
            "'missing.toml' cannot be read: No such file",
        ),
        (["2 business days", "--from", FRIDAY, "--timezone", "Mars/Olympus"], "unknown time zone 'Mars/Olympus'"),
        (["2 business days", "--from", FRIDAY, "--timezone", ""], "unknown time zone ''"),
        (["2 business days", "--from", FRIDAY, "--json", "--ics"], "give one of them"),
        (["2 business days", "--from", FRIDAY, "--lang", "de"], "'de' is not one of 'en', 'ru'"),
        (["4 working hours", "--from", FRIDAY, "--pause", "2024-04-26T11:00+03:00/", "--ics"], "no due instant"),
    ],
)
def test_bad_input_ends_with_two_and_one_line(capsys, argv, said):
    assert said in complaint(capsys, "deadline", *argv)


@pytest.mark.parametrize(
    "content",
    [
        "schedule = 5",
        "production = 5",
        'day = "09:00-18:00"\nbreaks = {every_minutes = 1e300, length_minutes = 5}',
        'day = "09:00-18:00"\nproduction = {country = 5}',
        'horizon = "loose"\nschedule = {day = "09:00-18:00"}',
    ],
)
def test_a_file_with_values_of_another_kind_is_refused_in_one_line(capsys, tmp_path, content):
    file = tmp_path / "hours.toml"
    file.write_text(content, encoding="utf-8")
    complaint(capsys, "deadline", "2 business days", "--from", FRIDAY, "--schedule", str(file))


def test_a_file_of_a_strict_calendar_stays_strict(capsys, tmp_path):
    file = tmp_path / "calendar.toml"
    file.write_text(BusinessCalendar.russia(horizon="strict").to_toml(), encoding="utf-8")
    argv = ("deadline", "2 business days", "--schedule", str(file), "--from")
    assert "2 May 2024, 18:00" in printed(capsys, *argv, FRIDAY)
    assert "not decreed yet" in complaint(capsys, *argv, "2029-04-26")


def test_a_file_may_bring_its_hours_beside_its_production_calendar(capsys, tmp_path):
    file = tmp_path / "firm.toml"
    file.write_text('day = "10:00-19:00"\n[production]\nweekend = [6]\n', encoding="utf-8")
    argv = ("deadline", "1 business day", "--schedule", str(file), "--from", "2024-06-07", "--json")
    assert json.loads(printed(capsys, *argv))["due"] == "2024-06-08T19:00:00+03:00"


@pytest.mark.parametrize("content", ["day = [", "day = 3", 'hours = "09:00-18:00"', 'day = ["9-18"]', "\N{BROKEN BAR}"])
def test_a_file_that_is_no_schedule_is_refused_in_one_line(capsys, tmp_path, content):
    file = tmp_path / "hours.toml"
    file.write_text(content, encoding="latin-1")
    complaint(capsys, "deadline", "2 business days", "--from", FRIDAY, "--schedule", str(file))


def test_a_country_without_a_zone_asks_for_one(capsys, monkeypatch):
    monkeypatch.setattr("salesreg.cli.calendars.files", _NoZones)
    argv = ("deadline", "1 business day", "--from", FRIDAY, "--country", "DE")
    assert "no time zone is known for DE: name one with --timezone" in complaint(capsys, *argv)


class _NoZones:
    def __init__(self, package):
        self.package = package

    def joinpath(self, name):
        return self

    def read_text(self, encoding):
        return "# no rows\n"


# -- calendar ---------------------------------------------------------------------------------------------------------


def test_a_year_as_json(capsys):
    assert json.loads(printed(capsys, "calendar", "2025", "--json")) == {
        "year": 2025,
        "working_days": 247,
        "short_days": ["2025-03-07", "2025-04-30", "2025-06-11", "2025-11-01"],
        "moved": [
            {"from": "2025-01-04", "to": "2025-05-02"},
            {"from": "2025-02-23", "to": "2025-05-08"},
            {"from": "2025-03-08", "to": "2025-06-13"},
            {"from": "2025-11-01", "to": "2025-11-03"},
            {"from": "2025-01-05", "to": "2025-12-31"},
        ],
        "hours": {"40": 1972, "36": 1774.4, "24": 1181.6},
        "provisional": False,
    }


@pytest.mark.parametrize(
    ("lang", "month", "note"),
    [("en", "May", "public holiday: Victory Day"), ("ru", "Май", "праздник: День Победы")],
)
def test_a_year_is_readable_in_a_plain_terminal(capsys, lang, month, note):
    text = printed(capsys, "calendar", "2025", "--lang", lang)
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("2025: 247 ")
    assert month in text
    assert note in text
    assert " 1- 2- 3  4 " in text  # the first days of May: a holiday, a day off moved there, a Saturday and a Sunday
    assert "30*" in text


def test_colours_come_only_when_wanted(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in printed(capsys, "calendar", "2025")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in printed(capsys, "calendar", "2025")


def test_a_year_as_ics(capsysbinary):
    assert main(["calendar", "2025", "--ics"]) == 0
    assert len(Calendar.from_ical(capsysbinary.readouterr().out).events) == 23


def test_another_country(capsys):
    data = json.loads(printed(capsys, "calendar", "2025", "--country", "de", "--subdivision", "BY", "--json"))
    assert (data["working_days"], data["short_days"], data["moved"]) == (250, [], [])


def test_years_that_nobody_has_decreed_are_provisional(capsys):
    assert json.loads(printed(capsys, "calendar", "2031", "--json"))["provisional"] is True


@pytest.mark.parametrize("year", ["20x5", "0", "1500", "99999", "2500", "-5"])
def test_a_bad_year_ends_with_two_and_one_line(capsys, year):
    complaint(capsys, "calendar", year)


@pytest.mark.parametrize("country", ["atlantis", ""])
def test_a_bad_country_ends_with_two_and_one_line(capsys, country):
    assert f"no holiday calendar for {country.upper()}" in complaint(capsys, "calendar", "2025", "--country", country)
