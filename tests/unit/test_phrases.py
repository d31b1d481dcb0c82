"""Terms as people write them: a corpus of phrases, English and Russian, each with its meaning or its refusal."""

import csv
from datetime import UTC, date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from salesreg.calendars import BusinessCalendar, Counting, DueTime, ProductionCalendar, Roll, Term, Unit, WorkSchedule
from salesreg.errors import TermSyntaxError

with (Path(__file__).parents[1] / "data" / "phrases.csv").open(encoding="utf-8", newline="") as file:
    CORPUS = [tuple(row.values()) for row in csv.DictReader(file)]

MOSCOW = BusinessCalendar.russia()
EVERY_DAY = BusinessCalendar(
    WorkSchedule.weekly(dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "09:00-18:00")),
    ProductionCalendar.plain(weekend=()),
)


@pytest.mark.parametrize(("phrase", "term", "anchor"), [row for row in CORPUS if row[1]])
def test_a_phrase_means_its_term(phrase, term, anchor):
    found = Term.parse(phrase)
    assert (str(found), found.anchor) == (term, anchor)
    assert Term.parse(found.text("ru")) == Term.parse(str(found)) == found


@pytest.mark.parametrize(("phrase", "reason"), [(phrase, reason) for phrase, term, reason in CORPUS if not term])
def test_a_phrase_that_is_no_term_is_refused_in_its_own_language(phrase, reason):
    with pytest.raises(TermSyntaxError) as refused:
        Term.parse(phrase)
    assert str(refused.value) == reason


def read(text):
    """The term that a text means; None if it is refused as none, and by no other error."""
    try:
        return Term.parse(text)
    except TermSyntaxError:
        return None


def test_the_corpus_is_large_and_in_two_languages():
    russian = sum(any("а" <= letter <= "я" for letter in phrase.lower()) for phrase, *_ in CORPUS)
    assert len(CORPUS) >= 300
    assert len(CORPUS) / 3 < russian < len(CORPUS) * 2 / 3


@pytest.mark.parametrize(
    "text", ["9" * 4301 + " minutes", "5 " * 200, "\ud800 days", "\x00", "٣ business days", "½ hour"]
)
def test_hostile_phrases_are_refused_or_read_without_another_error(text):
    assert read(text) is None or Term.parse(str(read(text))) == read(text)


def evolve_with(term, due):
    return evolve(term, **due)


COUNTED = st.builds(
    Term,
    st.integers(-400, 400),
    st.sampled_from([Unit.BUSINESS_DAY, Unit.CALENDAR_DAY, Unit.WEEK, Unit.MONTH]),
    counting=st.sampled_from(Counting),
)
DUE = st.one_of(
    st.sampled_from(DueTime).map(lambda due: {"due": due}),
    st.times().map(lambda at: {"at": at.replace(second=0, microsecond=0)}),
)
ROLLED = st.builds(
    Term, st.integers(1, 99), st.sampled_from([Unit.CALENDAR_DAY, Unit.MONTH]), roll=st.sampled_from(Roll)
)
TIMED = st.builds(
    Term, st.integers(-9999, 9999), st.sampled_from([Unit.MINUTE, Unit.HOUR, Unit.WORKING_MINUTE, Unit.WORKING_HOUR])
)
NTH = st.integers(-20, 20).filter(bool)
AGAIN = st.one_of(
    st.builds(
        Term, st.integers(1, 9), st.just(Unit.EACH_WEEKDAY), days=st.sets(st.integers(0, 6)), roll=st.sampled_from(Roll)
    ),
    st.builds(Term, st.integers(1, 30), st.just(Unit.EACH_MONTH_DAY), days=st.sets(st.integers(1, 31))),
    st.builds(
        Term, st.sampled_from([1, 3, 6, 12]), st.just(Unit.EACH_PERIOD_WORKING_DAY), days=st.sets(NTH, min_size=1)
    ),
)


@given(st.one_of(st.builds(evolve_with, COUNTED, DUE), ROLLED, TIMED, AGAIN), st.sampled_from(["en", "ru"]))
def test_every_term_is_read_back_from_its_own_words(term, locale):
    assert Term.parse(term.text(locale)) == term


@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from([word for phrase, *_ in CORPUS for word in phrase.split()])).map(" ".join)
)
def test_any_text_is_a_term_or_a_sentence_about_it(text):
    found = read(text)
    assert found is None or Term.parse(str(found)) == found


@given(st.dates(date(2015, 1, 1), date(2026, 12, 31)), st.sampled_from([1, 3, 6, 12]), NTH)
def test_the_nth_business_day_of_a_period_is_that_of_a_plain_count(start, months, nth):
    found = MOSCOW.due(Term(months, Unit.EACH_PERIOD_WORKING_DAY, days=(nth,)), start).at.date()
    first = date(found.year, (found.month - 1) // months * months + 1, 1)
    days = [first + timedelta(days=ahead) for ahead in range(31 * months)]
    working = [
        day for day in days if (day.month - 1) // months == (first.month - 1) // months and day.year == first.year
    ]
    working = [day for day in working if MOSCOW.is_working_day(day)]
    assert found == working[nth - 1 if nth > 0 else nth]
    assert found >= start


@given(st.dates(date(2015, 1, 1), date(2026, 12, 31)), st.integers(1, 6), st.integers(0, 6))
def test_what_comes_every_n_weeks_comes_n_weeks_apart_from_the_week_of_its_start(start, weeks, weekday):
    term = Term(weeks, Unit.EACH_WEEKDAY, days=(weekday,))
    until = EVERY_DAY.due(f"{weeks * 5} weeks", start).at
    found = [at.date() for at in EVERY_DAY.occurrences(term, start, until)]
    monday = start - timedelta(days=start.weekday())
    assert all((day - monday).days % (7 * weeks) == weekday for day in found)
    assert {(later - day).days for day, later in pairwise(found)} == {7 * weeks}


@given(st.dates(date(2015, 1, 1), date(2026, 12, 31)), st.sampled_from(["modified preceding", "modified following"]))
def test_a_modified_roll_stays_in_its_month(start, convention):
    rolled = MOSCOW.roll(start, convention.replace(" ", "_"))
    assert (rolled.year, rolled.month) == (start.year, start.month)
    assert MOSCOW.is_working_day(rolled)
    plain = MOSCOW.roll(start, convention.split()[1])
    assert rolled == plain or plain.month != start.month


def test_a_term_that_rolls_first_starts_at_the_next_opening():
    saturday = date(2024, 6, 8)
    assert MOSCOW.add_business_days(saturday, 1) == date(2024, 6, 10)
    assert MOSCOW.add_business_days(saturday, 1, roll_first=True) == date(2024, 6, 11)
    evening = MOSCOW.due("0 business days", date(2024, 6, 10)).at.add(hours=1)
    assert MOSCOW.add_business_days(evening, 1).date() == date(2024, 6, 11)
    assert MOSCOW.add_business_days(evening, 1, roll_first=True).date() == date(2024, 6, 13)
    assert (
        MOSCOW.due_at("1 business day", evening, roll_first=True)
        == MOSCOW.due("1 business day", evening, roll_first=True).at
    )


def test_a_clock_time_is_kept_by_arrays_and_explained():
    start = MOSCOW.add_business_days(date(2024, 6, 10), 0)
    due = MOSCOW.due("each Monday at 10:00", start)
    assert f"{due.at:%d.%m %H:%M}" == "10.06 10:00"
    assert due.explain("ru").splitlines()[0].startswith("каждый понедельник, в 10:00, начало:")
    assert "это время суток" in due.explain("ru")
    np = pytest.importorskip("numpy")
    starts = np.arange("2024-06-07T00:00", "2024-06-14T00:00", 97, dtype="M8[m]").astype("M8[us]")
    for term in (
        "2 business days by 12:00",
        "0 business days by 12:00",
        "each Monday at 10:00",
        "last business day of each month",
    ):
        one_by_one = [MOSCOW.due_at(term, at.astype(object).replace(tzinfo=UTC)).replace(tzinfo=None) for at in starts]
        assert MOSCOW.due_batch(term, starts).at.astype(object).tolist() == one_by_one
