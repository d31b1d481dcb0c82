"""Terms and deadlines: the grammar in both languages, when each kind is due, and how a deadline explains itself."""

import json
import pickle
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from salesreg.calendars import BusinessCalendar, Counting, DueTime, ProductionCalendar, Roll, Term, Unit, WorkSchedule
from salesreg.errors import BusinessTimeError, CalendarHorizonError, TermSyntaxError

MOSCOW = BusinessCalendar.russia()
ZONE = ZoneInfo("Europe/Moscow")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def due(term, start, calendar=MOSCOW, **options):
    found = calendar.due(term, at(start), **options).at
    return f"{found:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("term", "english", "russian"),
    [
        (Term(1, Unit.BUSINESS_DAY), "1 business day", "1 рабочий день"),
        (Term(2, Unit.BUSINESS_DAY), "2 business days", "2 рабочих дня"),
        (Term(5, Unit.BUSINESS_DAY), "5 business days", "5 рабочих дней"),
        (Term(11, Unit.CALENDAR_DAY), "11 calendar days", "11 календарных дней"),
        (Term(21, Unit.WEEK), "21 weeks", "21 неделя"),
        (Term(3, Unit.MONTH), "3 months", "3 месяца"),
        (Term(30, Unit.WORKING_MINUTE), "30 working minutes", "30 рабочих минут"),
        (Term(2, Unit.WORKING_HOUR), "2 working hours", "2 рабочих часа"),
        (Term(90, Unit.MINUTE), "90 minutes", "90 минут"),
        (Term(1, Unit.HOUR), "1 hour", "1 час"),
        (Term(-3, Unit.CALENDAR_DAY), "3 calendar days before", "за 3 календарных дня до"),
        (Term(-1, Unit.WEEK), "1 week before", "за 1 неделю до"),
        (Term(-21, Unit.WORKING_MINUTE), "21 working minutes before", "за 21 рабочую минуту до"),
        (Term(-1, Unit.MINUTE), "1 minute before", "за 1 минуту до"),
        (Term(0, Unit.BUSINESS_DAY), "0 business days", "0 рабочих дней"),
        (Term(1, Unit.EACH_WORKING_DAY), "each working day", "каждый рабочий день"),
        (Term(1, Unit.EACH_WEEKDAY, days=(0,)), "each Monday", "каждый понедельник"),
        (Term(1, Unit.EACH_WEEKDAY, days=(4, 2)), "each Wednesday and Friday", "каждую среду и пятницу"),
        (
            Term(1, Unit.EACH_MONTH_DAY, days=(10, 25), roll=Roll.PRECEDING),
            "on the 10th and 25th, preceding",
            "10-го и 25-го числа, с переносом назад",
        ),
        (Term(1, Unit.EACH_MONTH_DAY, days=(1, 2, 13)), "on the 1st, 2nd and 13th", "1-го, 2-го и 13-го числа"),
        (
            Term(2, Unit.MONTH, roll=Roll.NONE, due=DueTime.SAME_TIME, counting=Counting.INCLUDING_START_DAY),
            "2 months, not rolled, at the same time, including the start day",
            "2 месяца, без переноса, в то же время, включая день события",
        ),
        (
            Term(1, Unit.WEEK, roll=Roll.MODIFIED_FOLLOWING, due=DueTime.OPENING),
            "1 week, modified following, at opening",
            "1 неделя, с переносом вперёд в пределах месяца, к открытию",
        ),
    ],
)
def test_a_term_is_written_in_both_languages_and_read_back(term, english, russian):
    assert (str(term), term.text("ru")) == (english, russian)
    assert Term.parse(english) == Term.parse(russian) == term
    assert repr(term) == f"Term({english!r})"


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("  2   Working  Days ", "2 business days"),
        ("within 2 business days", "2 business days"),
        ("в течение 2 рабочих дней", "2 business days"),
        ("не более 30 минут", "30 minutes"),
        ("не позднее чем через 30 минут", "30 minutes"),
        ("не позднее, чем за 3 календарных дня до", "3 calendar days before"),
        ("через 2 недели", "2 weeks"),
        ("15 мин", "15 minutes"),
        ("15 рабочих мин", "15 working minutes"),
        ("3 calendar days ,  preceding,at close", "3 calendar days, preceding"),
        ("30\N{NO-BREAK SPACE}рабочих минут", "30 working minutes"),
        ("2 рабочие минуты", "2 working minutes"),
        ("-3 calendar days", "3 calendar days before"),
        ("−3 календарных дня", "3 calendar days before"),
        ("1 wall-clock hour", "1 hour"),
        ("once a working day", "each working day"),
        ("один раз в рабочий день", "each working day"),
        ("every Monday", "each Monday"),
        ("каждое воскресенье", "each Sunday"),
        ("the 10th and the 25th of each month", "on the 10th and 25th"),
        ("10 и 25 числа каждого месяца", "on the 10th and 25th"),
        ("2 calendar days, following, at close, from the following day", "2 calendar days"),
        ("2 календарных дня, с переносом вперед", "2 calendar days"),
    ],
)
def test_other_spellings_mean_the_same(text, same_as):
    assert Term.parse(text) == Term.parse(same_as)


@pytest.mark.parametrize(
    "text",
    [
        "2 furlongs",
        "business days",
        "2.5 business days",
        "",
        "each Blursday",
        "2 business days, backwards",
        "-3 calendar days before",
        "2 calendar days, preceding, following",
        "on the 32nd",
        "9999999999 minutes",
    ],
)
def test_what_is_no_term_is_refused(text):
    with pytest.raises(TermSyntaxError):
        Term.parse(text)


def test_the_refusal_names_the_units_that_are_known():
    with pytest.raises(TermSyntaxError, match=r"'furlongs' is not known here; say how many of business days, .*hours"):
        Term.parse("2 furlongs")
    with pytest.raises(TermSyntaxError, match="a term is text"):
        Term.parse(2)


@pytest.mark.parametrize(
    "arguments",
    [
        {"unit": "working_minute", "roll": "preceding"},
        {"unit": "hour", "due": "opening"},
        {"unit": "each_working_day", "due": "same_time"},
        {"unit": "minute", "counting": "including_start_day"},
        {"unit": "each_weekday", "days": (7,)},
        {"unit": "each_month_day", "days": (0,)},
        {"unit": "each_period_working_day", "days": ()},
        {"unit": "each_period_working_day", "days": (1,), "amount": 2},
        {"unit": "business_day", "at": time(10, 0, 30)},
        {"unit": "business_day", "at": time(10), "due": "opening"},
        {"unit": "minute", "at": time(0)},
        {"unit": "week", "days": (1,)},
        {"unit": "business_day", "amount": 1.0},
        {"unit": "business_day", "amount": True},
        {"unit": "each_working_day", "amount": 2},
    ],
)
def test_a_term_that_makes_no_sense_is_refused(arguments):
    with pytest.raises(TermSyntaxError):
        Term(**{"amount": 1} | arguments)


def test_terms_are_values():
    term = Term.parse("on the 10th and 25th, preceding")
    assert pickle.loads(pickle.dumps(term)) == term
    assert {term, Term(1, Unit.EACH_MONTH_DAY, days=[25, 10, 10], roll="preceding")} == {term}
    assert term.is_recurring
    assert Term.parse("2 hours").is_wall_clock
    assert Term.parse("2 working hours").minutes == 120


def test_texts_in_other_languages_are_refused():
    with pytest.raises(BusinessTimeError, match="'en' and 'ru'"):
        Term.parse("2 weeks").text("fr")


@pytest.mark.parametrize(
    ("term", "start", "expected"),
    [
        # Zero days: that day's close, or the next working day's once it is past.
        ("0 business days", "2024-06-10T12:00", "2024-06-10 18:00"),
        ("0 business days", "2024-06-10T18:00", "2024-06-10 18:00"),
        ("0 business days", "2024-06-10T18:01", "2024-06-11 17:00"),
        ("0 business days", "2024-06-08T12:00", "2024-06-10 18:00"),
        ("0 calendar days", "2024-06-10T19:00", "2024-06-11 17:00"),
        ("0 business days, at opening", "2024-06-10T12:00", "2024-06-11 09:00"),
        ("0 calendar days, preceding", "2024-06-08T12:00", "2024-06-10 18:00"),
        # An event after the close still belongs to its civil date.
        ("1 business day", "2024-06-10T22:00", "2024-06-11 17:00"),
        ("1 business day, including the start day", "2024-06-10T10:00", "2024-06-10 18:00"),
        ("2 business days, including the start day", "2024-06-08T10:00", "2024-06-11 17:00"),
        ("2 calendar days, including the start day", "2024-06-10T10:00", "2024-06-11 17:00"),
        ("1 month, including the start day", "2024-06-11T10:00", "2024-07-10 18:00"),
        # The time of the due day.
        ("1 business day, at the same time", "2024-06-10T11:15", "2024-06-11 11:15"),
        ("1 business day, at the same time", "2024-06-10T13:30", "2024-06-11 14:00"),
        ("1 business day, at the same time", "2024-06-10T17:30", "2024-06-11 17:00"),
        ("1 business day, at the same time", "2024-06-10T07:30", "2024-06-11 09:00"),
        ("1 business day, at opening", "2024-06-10T11:15", "2024-06-11 09:00"),
        # Months clamp, then roll.
        ("1 month", "2024-01-31T12:00", "2024-02-29 18:00"),
        ("12 months", "2024-02-29T12:00", "2025-02-28 18:00"),
        # Roll conventions.
        ("1 week", "2024-06-05T12:00", "2024-06-13 18:00"),
        ("1 week, preceding", "2024-06-05T12:00", "2024-06-11 17:00"),
        ("1 week, not rolled", "2024-06-05T12:00", "2024-06-13 00:00"),
        ("1 week, not rolled, at opening", "2024-06-05T12:00", "2024-06-12 00:00"),
        ("1 week, not rolled, at the same time", "2024-06-05T12:00", "2024-06-12 12:00"),
        ("1 month, modified following", "2024-05-30T12:00", "2024-06-28 18:00"),
        ("1 month, modified following", "2024-05-08T12:00", "2024-06-10 18:00"),
        # Backwards.
        ("3 calendar days before", "2024-06-13T10:00", "2024-06-10 18:00"),
        ("3 calendar days before, preceding", "2024-06-15T10:00", "2024-06-11 17:00"),
        ("2 business days before", "2024-06-13T10:00", "2024-06-10 18:00"),
        ("1 business day before, including the start day", "2024-06-13T10:00", "2024-06-13 18:00"),
        ("2 calendar days before, including the start day", "2024-06-14T10:00", "2024-06-13 18:00"),
        ("30 working minutes before", "2024-06-13T14:00", "2024-06-13 12:30"),
        ("1 working hour before", "2024-06-13T15:00", "2024-06-13 14:00"),
        # The wall clock knows no days off.
        ("48 hours", "2024-06-11T12:00", "2024-06-13 12:00"),
        # Recurring.
        ("each working day", "2024-06-11T16:59", "2024-06-11 17:00"),
        ("each working day", "2024-06-11T17:00", "2024-06-13 18:00"),
        ("each working day, at opening", "2024-06-11T09:00", "2024-06-13 09:00"),
        ("each Wednesday", "2024-06-10T12:00", "2024-06-13 18:00"),
        ("each Wednesday", "2024-06-12T20:00", "2024-06-13 18:00"),
        ("each Wednesday, preceding", "2024-06-11T18:00", "2024-06-19 18:00"),
        ("on the 31st", "2024-02-01T12:00", "2024-02-29 18:00"),
        ("on the 10th and 25th, preceding", "2024-05-08T18:00", "2024-05-24 18:00"),
    ],
)
def test_when_a_term_is_due(term, start, expected):
    assert due(term, start) == expected
    assert MOSCOW.due_at(term, at(start)) == MOSCOW.due(term, at(start)).at.astimezone(UTC)


def test_a_date_starts_at_its_midnight():
    assert MOSCOW.due("3 calendar days before", date(2024, 6, 13)).at == at("2024-06-10T18:00")
    assert MOSCOW.due("30 working minutes", date(2024, 6, 13)).at == at("2024-06-13T09:30")


def test_the_same_time_of_day_when_clocks_change():
    always = BusinessCalendar(WorkSchedule.always("Europe/Berlin"), ProductionCalendar.plain(weekend=()))
    berlin = ZoneInfo("Europe/Berlin")
    in_the_gap = always.due("1 calendar day, at the same time", datetime(2024, 3, 30, 2, 30, tzinfo=berlin))
    assert in_the_gap.at.isoformat() == "2024-03-31T03:00:00+02:00"
    in_the_overlap = always.due("1 calendar day, at the same time", datetime(2024, 10, 26, 2, 30, tzinfo=berlin))
    assert in_the_overlap.at.isoformat() == "2024-10-27T02:30:00+02:00"


def test_recurring_terms_come_one_after_another():
    found = MOSCOW.occurrences("each Monday and Wednesday", at("2024-06-10T12:00"), at("2024-06-20T00:00"))
    assert [f"{moment:%d %H:%M}" for moment in found] == ["10 18:00", "13 18:00", "17 18:00", "19 18:00"]
    with pytest.raises(BusinessTimeError, match="does not recur"):
        list(MOSCOW.occurrences("2 weeks", at("2024-06-10T12:00"), at("2024-06-20T00:00")))


@pytest.mark.parametrize("term", ["each working day", "each Thursday", "on the 30th", "on the 30th, not rolled"])
def test_occurrences_end_with_the_last_decreed_year(term):
    strict = BusinessCalendar.russia(horizon="strict")
    assert list(strict.occurrences(term, at("2027-12-29T18:00"), at("2027-12-31T23:00"))) == [at("2027-12-30T18:00")]
    with pytest.raises(CalendarHorizonError):
        list(strict.occurrences(term, at("2027-12-29T18:00"), at("2028-01-31T23:00")))


def test_an_occurrence_that_an_unknown_day_may_be_rolled_back_to_is_not_denied():
    strict = BusinessCalendar.russia(horizon="strict")
    with pytest.raises(CalendarHorizonError):
        list(strict.occurrences("on the 1st, preceding", at("2027-12-02T10:00"), at("2027-12-31T23:00")))


def test_two_dates_that_roll_to_one_day_come_once():
    term = Term(1, Unit.EACH_MONTH_DAY, days=(8, 9))
    found = MOSCOW.occurrences(term, at("2024-06-01T00:00"), at("2024-06-30T00:00"))
    assert [f"{moment:%d}" for moment in found] == ["10"]


class TestPauses:
    def test_working_time_is_put_off_by_the_working_time_of_the_pause(self):
        pause = (at("2024-06-10T12:00"), at("2024-06-10T15:00"))
        assert due("4 working hours", "2024-06-10T10:00", pauses=[pause]) == "2024-06-10 17:00"

    def test_pauses_are_clipped_merged_and_may_be_empty(self):
        pauses = [
            (at("2024-06-10T11:00"), at("2024-06-10T12:00")),
            (at("2024-06-10T08:00"), at("2024-06-10T11:00")),
            (at("2024-06-10T10:30"), at("2024-06-10T11:30")),
            (at("2024-06-10T15:00"), at("2024-06-10T15:00")),
        ]
        deadline = MOSCOW.due("1 working hour", at("2024-06-10T10:00"), pauses)
        assert deadline.at == at("2024-06-10T13:00")
        assert deadline.pauses == ((at("2024-06-10T10:00"), at("2024-06-10T12:00")),)

    def test_a_pause_counts_inside_the_extension_it_causes(self):
        pauses = [
            (at("2024-06-10T10:00"), at("2024-06-10T11:00")),
            (at("2024-06-10T11:30"), at("2024-06-10T12:30")),
        ]
        assert due("1 working hour", "2024-06-10T10:00", pauses=pauses) == "2024-06-10 13:00"

    def test_a_pause_after_the_due_instant_changes_nothing(self):
        pause = (at("2024-06-10T11:00"), at("2024-06-10T12:00"))
        assert due("1 working hour", "2024-06-10T10:00", pauses=[pause]) == "2024-06-10 11:00"

    def test_days_are_put_off_after_rolling(self):
        pause = (at("2024-06-10T16:00"), at("2024-06-11T10:00"))
        assert due("1 business day", "2024-06-10T10:00", pauses=[pause]) == "2024-06-13 12:00"

    def test_a_pause_over_days_off_takes_nothing(self):
        pause = (at("2024-06-08T16:00"), at("2024-06-09T10:00"))
        assert due("1 business day", "2024-06-07T10:00", pauses=[pause]) == "2024-06-10 18:00"
        assert "0 min do not count" in MOSCOW.due("1 business day", at("2024-06-07T10:00"), [pause]).explain()

    def test_the_wall_clock_is_put_off_by_the_wall_clock(self):
        pause = (at("2024-06-08T12:00"), at("2024-06-08T13:00"))
        assert due("24 hours", "2024-06-08T10:00", pauses=[pause]) == "2024-06-09 11:00"

    def test_an_open_pause_leaves_no_due_instant_but_what_remains(self):
        pauses = [(at("2024-06-10T12:00"), None), (at("2024-06-10T16:00"), at("2024-06-10T17:00"))]
        deadline = MOSCOW.due("4 working hours", at("2024-06-10T10:00"), pauses)
        assert (deadline.at, deadline.is_open, deadline.left_when_paused) == (None, True, timedelta(hours=2))
        assert deadline.remaining(at("2024-06-10T18:00")) == timedelta(hours=2)
        assert deadline.remaining(at("2024-06-10T11:00")) == timedelta(hours=3)
        assert deadline.consumed(at("2024-06-10T18:00")) == timedelta(hours=2)
        assert "paused since Monday 10 June 2024, 12:00 (MSK): 2 h left" in deadline.explain()
        assert deadline.to_dict()["due"] is None
        assert deadline.to_dict()["left_when_paused_seconds"] == 7200
        assert "paused" in repr(deadline)

    def test_an_open_pause_of_days_and_of_the_wall_clock(self):
        days = MOSCOW.due("1 business day", at("2024-06-10T10:00"), [(at("2024-06-11T15:00"), None)])
        assert days.left_when_paused == timedelta(hours=2)
        assert days.trace[-1].kind == "waiting"
        wall = MOSCOW.due("2 hours", at("2024-06-10T10:00"), [(at("2024-06-10T11:00"), None)])
        assert wall.left_when_paused == timedelta(hours=1)

    def test_an_open_pause_swallows_what_overlaps_it(self):
        pauses = [(at("2024-06-10T11:00"), at("2024-06-10T14:30")), (at("2024-06-10T12:00"), None)]
        deadline = MOSCOW.due("4 working hours", at("2024-06-10T10:00"), pauses)
        assert deadline.pauses == ((at("2024-06-10T11:00"), None),)

    def test_a_pause_that_ends_before_it_begins_is_refused(self):
        with pytest.raises(BusinessTimeError, match="ends after it begins"):
            due("1 hour", "2024-06-10T10:00", pauses=[(at("2024-06-10T12:00"), at("2024-06-10T11:00"))])

    def test_pauses_after_the_due_instant_are_not_in_the_trace(self):
        pause = (at("2024-06-20T12:00"), at("2024-06-20T13:00"))
        deadline = MOSCOW.due("1 business day", at("2024-06-10T10:00"), [pause])
        assert "paused" not in deadline.explain()

    def test_the_pause_is_explained(self):
        pauses = [(at("2024-06-10T12:00"), at("2024-06-11T10:00"))]
        english = MOSCOW.due("1 business day", at("2024-06-10T10:00"), pauses).explain()
        assert "12:00 (MSK) to Tuesday 11 June 2024, 10:00 (MSK): 6 h do not count" in english
        russian = MOSCOW.due("90 минут", at("2024-06-10T10:00"), [(at("2024-06-10T11:00"), at("2024-06-10T12:00"))])
        assert "1 ч не в счёт" in russian.explain("ru")


def test_time_consumed_and_remaining():
    deadline = MOSCOW.due("1 business day", at("2024-06-10T10:00"))
    assert deadline.remaining(at("2024-06-10T10:00")) == timedelta(hours=14)
    assert deadline.consumed(at("2024-06-10T12:00")) == timedelta(hours=2)
    assert deadline.remaining(at("2024-06-13T10:00")) == timedelta(hours=-1)
    wall = MOSCOW.due("3 hours", at("2024-06-10T12:00"))
    assert wall.remaining(at("2024-06-10T16:00")) == timedelta(hours=-1)


def test_reminders_count_backwards_from_the_deadline():
    deadline = MOSCOW.due("1 business day", at("2024-06-11T10:00"))
    assert MOSCOW.remind(deadline, "30 working minutes before") == at("2024-06-13T17:30")
    assert MOSCOW.remind(deadline, "1 business day before") == at("2024-06-11T17:00")
    assert MOSCOW.remind(deadline, Term(-9, Unit.WORKING_HOUR)) == at("2024-06-11T16:00")
    for wrong in ("30 working minutes", "each working day"):
        with pytest.raises(BusinessTimeError, match="before its deadline"):
            MOSCOW.remind(deadline, wrong)
    paused = MOSCOW.due("1 hour", at("2024-06-11T10:00"), [(at("2024-06-11T10:00"), None)])
    with pytest.raises(BusinessTimeError, match="no due instant"):
        MOSCOW.remind(paused, "1 hour before")


class TestHorizon:
    def test_a_deadline_is_provisional_if_any_day_to_it_is(self):
        assert not MOSCOW.due("1 business day", at("2027-12-29T10:00")).provisional
        assert MOSCOW.due("2 business days", at("2027-12-30T10:00")).provisional
        assert MOSCOW.due("20 business days before", at("2028-01-20T10:00")).provisional

    def test_the_wall_clock_is_never_provisional(self):
        assert not MOSCOW.due("24 hours", at("2028-06-01T10:00")).provisional

    def test_a_provisional_deadline_says_so(self):
        deadline = MOSCOW.due("1 business day", at("2028-06-01T10:00"))
        assert "provisional" in deadline.explain()
        assert "предварительно" in deadline.explain("ru")
        assert "provisional" in repr(deadline)

    def test_strict_calendars_refuse_what_is_not_decreed(self):
        strict = BusinessCalendar.russia(horizon="strict")
        assert strict.due("2 business days", at("2027-06-01T10:00")).at == at("2027-06-03T18:00")
        for term in ("20 business days", "300 working hours", "2 months", "on the 31st, modified following"):
            with pytest.raises(CalendarHorizonError):
                strict.due(term, at("2027-12-31T20:00"))
        assert strict.due("1000 hours", at("2027-12-30T10:00")).at
        with pytest.raises(CalendarHorizonError, match="known up to 2027"):
            strict.is_working_day(date(2028, 1, 1))

    @pytest.mark.parametrize(
        "term",
        [
            "every 999999 weeks",
            "every 999999 weeks on Monday",
            "every 60000000 months",
            "every 59999 months on the 15th",
        ],
    )
    def test_what_comes_again_only_after_all_calendars_has_no_answer(self, term):
        with pytest.raises(CalendarHorizonError, match="is beyond the calendar"):
            MOSCOW.due(term, at("2024-04-26"))
        with pytest.raises(CalendarHorizonError, match="beyond what the calendar knows"):
            MOSCOW.due_batch(term, np.array(["2024-04-26"], "datetime64[us]"))

    def test_beyond_all_calendars_there_is_no_answer(self):
        for term in ("40000 months", "5000000 calendar days", "60000000 working minutes", "60000 business days"):
            with pytest.raises(CalendarHorizonError):
                MOSCOW.due(term, at("2024-06-10T10:00"))
        for ask in (MOSCOW.due, MOSCOW.due_at):
            with pytest.raises(CalendarHorizonError):
                ask("60000000 hours before", at("2024-06-10T10:00"))


class TestExplanations:
    def test_business_days_one_by_one(self):
        text = MOSCOW.due("2 рабочих дня", at("2024-04-26T10:00")).explain("ru")
        assert text.split("\n") == [
            "2 рабочих дня, начало: пятница 26 апреля 2024 г., 10:00 (МСК)",
            "пятница 26 апреля 2024 г.: день события не считается (ГК РФ, ст. 191)",
            "суббота 27 апреля 2024 г.: 1-й день, рабочий день, выходной перенесён на 29 апреля 2024 г.",
            "воскресенье 28 апреля 2024 г.: пропускается, выходной (воскресенье)",
            "понедельник 29 апреля 2024 г.: пропускается, выходной, перенесённый с субботы 27 апреля 2024 г.",
            "вторник 30 апреля 2024 г.: пропускается, выходной, перенесённый с субботы 2 ноября 2024 г.",
            "среда 1 мая 2024 г.: пропускается, праздник: Праздник Весны и Труда (ТК РФ, ст. 112)",
            "четверг 2 мая 2024 г.: 2-й день",
            "срок: четверг 2 мая 2024 г., 18:00 (МСК): конец рабочего дня (ГК РФ, ст. 194)",
        ]

    def test_a_pay_day_moved_back(self):
        text = MOSCOW.due("on the 10th and 25th, preceding", at("2024-05-01T10:00")).explain()
        assert text.split("\n")[1:] == [
            "9 calendar days away: Friday 10 May 2024",
            "Friday 10 May 2024: skipped, day off moved from Saturday 6 January 2024",
            "Thursday 9 May 2024: skipped, public holiday: Victory Day (Labour Code art. 112)",
            "Wednesday 8 May 2024: moved to the working day before (Labour Code art. 136)",
            (
                "due Wednesday 8 May 2024, 17:00 (MSK): close of business, working day, shorter by 1 h "
                "(Labour Code art. 95) (Civil Code art. 194)"
            ),
        ]

    @pytest.mark.parametrize(
        ("term", "start", "line"),
        [
            ("1 month", "2025-01-31T12:00", "Friday 28 February 2025: the last day of a month without that date"),
            ("on the 31st", "2025-02-01T12:00", "Friday 28 February 2025: the last day of a month without that date"),
            ("1 month, including the start day", "2025-02-01T12:00", "27 calendar days away: Friday 28 February 2025"),
            ("1 month", "2025-03-03T12:00", "due Thursday 3 April 2025, 18:00 (MSK): close of business"),
            ("90 minutes", "2025-03-03T12:00", "1 h 30 min by the clock, work or no work"),
            ("1 working hour", "2025-03-03T12:30", "Monday 3 March 2025: 12:30–13:00, 30 min of work"),
            ("1 calendar day", "2025-03-03T12:00", "1 calendar day away: Tuesday 4 March 2025"),
            ("2 business days, including the start day", "2025-03-03T12:00", "Monday 3 March 2025: day 1"),
            ("1 month, modified following", "2025-07-31T12:00", "moved to the nearest working day of the same month"),
            ("1 week, at opening", "2025-03-03T12:00", "due Monday 10 March 2025, 09:00 (MSK): opening"),
            ("1 week, at the same time", "2025-03-03T12:00", "12:00 (MSK): the same time of day"),
            (
                "2 weeks, including the start day",
                "2025-03-03T12:00",
                "the day of the event counts",
            ),
            (
                "1 calendar day before, preceding",
                "2025-03-10T12:00",
                "7 March 2025: moved to the working day before",
            ),
            ("1 working minute", "2025-03-03T12:00:30", "12:00:30–12:01:30, 1 min of work"),
        ],
    )
    def test_each_kind_has_its_line(self, term, start, line):
        deadline = MOSCOW.due(term, at(start))
        assert line in deadline.explain()
        assert len(deadline.explain("ru").split("\n")) == len(deadline.trace) + 1

    def test_outside_russia_no_russian_law_is_cited(self):
        berlin = BusinessCalendar(WorkSchedule.standard(timezone="Europe/Berlin"), ProductionCalendar.country("DE"))
        text = berlin.due("1 business day", datetime(2024, 10, 2, 10, tzinfo=UTC)).explain()
        assert "Code" not in text
        assert "Thursday 3 October 2024: skipped, public holiday: German Unity Day" in text

    def test_a_trace_is_plain_data_for_json(self):
        deadline = MOSCOW.due("2 business days", at("2024-04-26T10:00"))
        data = json.loads(json.dumps(deadline.to_dict()))
        assert data["due"] == "2024-05-02T18:00:00+03:00"
        assert data["trace"][2] == {
            "step": "skipped",
            "date": "2024-04-28",
            "day": "weekend",
            "reason": "weekend (Sunday)",
        }
        paused = MOSCOW.due("90 minutes", at("2024-06-10T10:00"), [(at("2024-06-10T11:00"), at("2024-06-10T12:00"))])
        assert paused.to_dict()["pauses"] == [["2024-06-10T11:00:00+03:00", "2024-06-10T12:00:00+03:00"]]
        assert paused.to_dict()["trace"][0]["minutes"] == 90

    def test_each_step_describes_itself(self):
        step = MOSCOW.due("2 business days", at("2024-04-26T10:00")).trace[2]
        assert step.describe("ru") == "воскресенье 28 апреля 2024 г.: пропускается, выходной (воскресенье)"


def test_deadlines_are_values_that_travel():
    deadline = MOSCOW.due("2 business days", at("2024-04-26T10:00"))
    assert pickle.loads(pickle.dumps(deadline)) == deadline
    assert hash(pickle.loads(pickle.dumps(deadline))) == hash(deadline)
    assert repr(deadline) == "<Deadline 2024-05-02T18:00:00+03:00: 2 business days from 2024-04-26T10:00:00+03:00>"


def test_amounts_of_time_in_words():
    from salesreg.calendars.wording import amount_of_time

    assert amount_of_time(timedelta(0), "en") == "0 min"
    assert amount_of_time(timedelta(seconds=-90), "en") == "−1 min 30 s"
    assert amount_of_time(timedelta(microseconds=1), "ru") == "0.000001 с"
