# ruff: noqa: DTZ001  what NumPy gives back is UTC and has no zone
"""Business time on arrays: kinds of input, NaT, emptiness, ranges and horizons."""

import sys
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from salesreg.calendars import BusinessCalendar, ProductionCalendar, WorkSchedule
from salesreg.errors import BusinessTimeError, CalendarHorizonError, MissingExtraError, NaiveDatetimeError

MOSCOW = BusinessCalendar.russia()
STARTS = np.array(["2024-04-26T07:00", "NaT", "2024-06-11T13:40"], "M8[us]")


def test_dates_give_dates_and_instants_closes_in_utc():
    dates = MOSCOW.add_business_days_batch(np.array(["2024-04-26", "NaT"], "M8[D]"), 2)
    assert dates.dtype == "M8[D]"
    assert dates.tolist() == [date(2024, 5, 2), None]
    closes = MOSCOW.add_business_days_batch(STARTS, 2)
    assert closes.dtype == "M8[us]"
    assert closes.tolist() == [datetime(2024, 5, 2, 15), None, datetime(2024, 6, 14, 15)]


def test_working_time_skips_missing_values():
    found = MOSCOW.add_working_time_batch(STARTS, np.timedelta64(30, "m"))
    assert found.tolist() == [datetime(2024, 4, 26, 7, 30), None, datetime(2024, 6, 13, 6, 10)]
    between = MOSCOW.working_time_between_batch(STARTS, STARTS[::-1])
    assert between.tolist() == [timedelta(hours=228, minutes=40), None, -timedelta(hours=228, minutes=40)]
    nothing = MOSCOW.add_working_time_batch(STARTS, np.timedelta64("NaT", "us"))
    assert nothing.tolist() == [None, None, None]


def test_due_instants_carry_their_doubts():
    due = MOSCOW.due_batch("2 рабочих дня", np.array(["2024-04-26T07:00", "NaT", "2028-06-01T07:00"], "M8[us]"))
    assert due.at.tolist() == [datetime(2024, 5, 2, 15), None, datetime(2028, 6, 5, 15)]
    assert due.provisional.tolist() == [False, False, True]
    wall = MOSCOW.due_batch("48 hours", np.array(["2028-06-01T07:00"], "M8[us]"))
    assert wall.at.tolist() == [datetime(2028, 6, 3, 7)]
    assert not wall.provisional.any()


def test_any_span_of_instants_can_be_asked_for_its_doubts():
    ends = np.array(["2028-04-26T07:00", "NaT", "2024-06-11T13:40"], "M8[us]")
    assert MOSCOW.provisional_batch(STARTS, ends).tolist() == [True, False, False]
    assert MOSCOW.provisional_batch(ends, STARTS).tolist() == [True, False, False]
    assert MOSCOW.provisional_batch(STARTS[:0], ends[0]).tolist() == []


@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0,), (2, 0)])
def test_shapes_stay(shape):
    starts = np.full(shape, np.datetime64("2024-06-10T07:00", "us"))
    assert MOSCOW.add_business_days_batch(starts, 1).shape == shape
    assert MOSCOW.add_business_days_batch(starts.astype("M8[D]"), 1).shape == shape
    assert MOSCOW.add_working_time_batch(starts, np.timedelta64(1, "h")).shape == shape
    assert MOSCOW.working_time_between_batch(starts, starts).shape == shape
    due = MOSCOW.due_batch("1 business day", starts)
    assert due.at.shape == due.provisional.shape == shape


def test_amounts_are_broadcast():
    starts = np.array(["2024-06-10T07:00"], "M8[us]")
    found = MOSCOW.add_business_days_batch(starts, np.array([[-1], [0], [1]]))
    assert [row[0].day for row in found.tolist()] == [7, 10, 11]
    dates = MOSCOW.add_business_days_batch(np.array(["2024-06-10"], "M8[D]"), np.array([-1, 0, 1]))
    assert [day.day for day in dates.tolist()] == [7, 10, 11]
    minutes = MOSCOW.add_working_time_batch(starts, np.array([30, 60], "m8[m]"))
    assert [moment.minute for moment in minutes.tolist()] == [30, 0]
    lengths = MOSCOW.working_time_between_batch(starts[0], np.array(["2024-06-10T08:00", "2024-06-10T09:00"], "M8[us]"))
    assert lengths.tolist() == [timedelta(hours=1), timedelta(hours=2)]


@pytest.mark.parametrize("unit", ["h", "m", "s", "ms", "us", "ns"])
def test_instants_and_durations_of_any_unit(unit):
    starts = np.array(["2024-06-10T07:00"], f"M8[{unit}]")
    hour = np.timedelta64(1, "h").astype(f"m8[{unit}]")
    assert MOSCOW.add_working_time_batch(starts, hour).tolist() == [datetime(2024, 6, 10, 8)]


@pytest.mark.parametrize("order", ["<", ">"])
def test_arrays_of_any_byte_order(order):
    dates = np.array(["2024-04-26"], f"{order}M8[D]")
    assert MOSCOW.add_business_days_batch(dates, 2).tolist() == [date(2024, 5, 2)]
    starts = np.array(["2024-06-10T07:00"], f"{order}M8[s]")
    lengths = np.array([60], f"{order}m8[m]")
    assert MOSCOW.add_working_time_batch(starts, lengths).tolist() == [datetime(2024, 6, 10, 8)]


@pytest.mark.parametrize(
    "ask",
    [
        lambda: MOSCOW.add_working_time_batch(np.array(["2024-06-10"], "M8[D]"), np.timedelta64(1, "h")),
        lambda: MOSCOW.add_working_time_batch(np.array([1, 2]), np.timedelta64(1, "h")),
        pytest.param(
            lambda: MOSCOW.add_working_time_batch(STARTS, np.timedelta64(1)),
            marks=pytest.mark.filterwarnings("ignore:The 'generic' unit:DeprecationWarning"),
        ),
        lambda: MOSCOW.add_working_time_batch(STARTS, np.timedelta64(1, "M")),
        lambda: MOSCOW.add_working_time_batch(STARTS, 30),
        lambda: MOSCOW.add_business_days_batch(STARTS, 1.5),
        lambda: MOSCOW.add_business_days_batch(np.array(["2024"], "M8[Y]"), 1),
        lambda: MOSCOW.add_business_days_batch(np.array(["2024-06-10"], "M8[7D]"), 1),
        lambda: MOSCOW.working_time_between_batch(STARTS, np.array([1, 2, 3])),
    ],
)
def test_arrays_of_another_kind_are_refused(ask):
    with pytest.raises(BusinessTimeError):
        ask()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: MOSCOW.add_business_days_batch(np.array(["2200-01-01"], "M8[D]"), 1),
        lambda: MOSCOW.add_business_days_batch(np.array([2**40], "M8[D]"), 1),
        lambda: MOSCOW.add_business_days_batch(STARTS, 10**9),
        lambda: MOSCOW.add_business_days_batch(STARTS, 2**62),
        lambda: MOSCOW.add_working_time_batch(np.array([2**62], "M8[s]"), np.timedelta64(1, "h")),
        lambda: MOSCOW.add_working_time_batch(np.array([2**62], "M8[us]"), np.timedelta64(1, "h")),
        lambda: MOSCOW.add_working_time_batch(STARTS, np.timedelta64(2**62, "s")),
        lambda: MOSCOW.add_working_time_batch(STARTS, np.timedelta64(2**62, "us")),
        lambda: MOSCOW.add_working_time_batch(STARTS, np.timedelta64(10**6, "h")),
        lambda: MOSCOW.due_batch("2000 months", STARTS),
        lambda: MOSCOW.due_batch("60000000 hours", np.array(["9000-01-01"], "M8[us]")),
        lambda: MOSCOW.add_working_time_batch(np.array([2**62], "M8[15s]"), np.timedelta64(1, "h")),
    ],
)
def test_what_the_calendar_does_not_reach_is_refused_and_nothing_overflows(ask):
    with pytest.raises(CalendarHorizonError):
        ask()


def test_amounts_beyond_thirty_two_bits_of_microseconds():
    starts = np.array(["2024-06-10T06:00"], "M8[us]")
    found = MOSCOW.add_working_time_batch(starts, np.timedelta64(2**33, "us"))
    assert found.tolist() == [
        MOSCOW.add_working_time(datetime(2024, 6, 10, 6, tzinfo=UTC), timedelta(microseconds=2**33))
        .astimezone(UTC)
        .replace(tzinfo=None)
    ]


class TestStrictHorizon:
    STRICT = BusinessCalendar.russia(horizon="strict")
    LAST = np.array(["2027-12-30T07:00"], "M8[us]")

    def test_decreed_days_are_answered(self):
        assert (
            self.STRICT.add_business_days_batch(STARTS, 2).tolist()
            == MOSCOW.add_business_days_batch(STARTS, 2).tolist()
        )
        assert self.STRICT.due_batch("0 business days", self.LAST).at.tolist() == [datetime(2027, 12, 30, 15)]

    def test_later_ones_are_refused(self):
        for ask in (
            lambda: self.STRICT.add_business_days_batch(self.LAST, 20),
            lambda: self.STRICT.add_business_days_batch(self.LAST.astype("M8[D]"), 20),
            lambda: self.STRICT.add_working_time_batch(self.LAST, np.timedelta64(200, "h")),
            lambda: self.STRICT.due_batch("20 business days", self.LAST),
        ):
            with pytest.raises(CalendarHorizonError):
                ask()

    def test_estimated_days_are_refused_one_by_one(self):
        malaysia = ProductionCalendar.country("MY")
        estimate = np.datetime64(min(malaysia.year(2035).estimates))
        strict = BusinessCalendar(WorkSchedule.standard(timezone="Asia/Kuala_Lumpur"), malaysia, "strict")
        dates = np.array([estimate]) - np.timedelta64(1, "D")
        instants = dates.astype("M8[us]")
        assert strict.add_business_days_batch(dates - np.timedelta64(30, "D"), 1).size == 1
        assert strict.add_working_time_batch(instants - np.timedelta64(30, "D"), np.timedelta64(1, "h")).size == 1
        for ask in (
            lambda: strict.add_business_days_batch(dates, 5),
            lambda: strict.add_business_days_batch(instants, 5),
            lambda: strict.add_working_time_batch(instants, np.timedelta64(40, "h")),
            lambda: strict.working_time_between_batch(instants, instants + np.timedelta64(5, "D")),
            lambda: strict.due_batch("40 working hours", instants),
            lambda: strict.due_batch("5 business days", instants),
        ):
            with pytest.raises(CalendarHorizonError):
                ask()


def test_the_same_time_of_day_when_clocks_change():
    always = BusinessCalendar(WorkSchedule.always("Europe/Berlin"), ProductionCalendar.plain(weekend=()))
    starts = np.array(
        ["2024-03-30T01:30", "2024-03-31T00:30", "2024-03-31T01:30", "2024-10-26T00:30", "2024-10-27T00:30"], "M8[us]"
    )
    due = always.due_batch("1 calendar day, at the same time", starts)
    for start, at in zip(starts.tolist(), due.at.tolist(), strict=True):
        single = always.due("1 calendar day, at the same time", start.replace(tzinfo=UTC)).at
        assert at == single.astimezone(UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("calendar", "term", "starts"),
    [
        # A night shift that closes at 06:00, the day after it: at its close that time of its own day is long past.
        (
            BusinessCalendar(
                WorkSchedule.standard(start="22:00", end="06:00", lunch=None, timezone="Europe/Berlin"),
                ProductionCalendar.country("DE"),
            ),
            "2 calendar days, preceding, at the same time",
            ["2024-03-29T00:07", "2024-03-29T03:49", "2024-03-29T05:00", "2024-03-30T05:00"],
        ),
        # The second occurrence of a wall time that comes twice: the first is past.
        (
            BusinessCalendar(WorkSchedule.always("America/New_York"), ProductionCalendar.plain(weekend=())),
            "0 calendar days, at the same time",
            ["2024-11-03T05:30", "2024-11-03T06:00", "2024-11-03T06:59", "2024-11-03T07:00"],
        ),
    ],
)
def test_a_same_time_that_is_past_is_that_of_the_next_working_day(calendar, term, starts):
    starts = np.array(starts, "M8[us]")
    due = calendar.due_batch(term, starts)
    assert (due.at >= starts).all()
    assert due.at.tolist() == [
        calendar.due_at(term, start.replace(tzinfo=UTC)).replace(tzinfo=None) for start in starts.tolist()
    ]


@pytest.mark.parametrize(
    "ask",
    [
        lambda calendar, starts: calendar.add_business_days_batch(starts, np.array([1, -2, 3])),
        lambda calendar, starts: calendar.add_business_days_batch(starts.astype("M8[D]"), np.array([1, -2, 3])),
        lambda calendar, starts: calendar.due_batch("2 business days", starts).at,
        lambda calendar, starts: calendar.due_batch("1 week, at the same time", starts).at,
    ],
)
def test_a_snapshot_that_another_thread_renumbers_is_not_mixed_with_the_next(monkeypatch, ask):
    from salesreg.calendars import batch

    starts = np.array(["2024-04-26T07:00", "2024-06-11T13:40", "2024-12-27T07:00"], "M8[us]")
    calendar = BusinessCalendar.russia()
    known = batch.tables

    def meanwhile(line):
        # What another thread may do between two looks at the current snapshot.
        found = known(line)
        line.earlier(line.index)
        return found

    monkeypatch.setattr(batch, "tables", meanwhile)
    assert ask(calendar, starts).tolist() == ask(MOSCOW, starts).tolist()


def test_a_strict_calendar_without_provisional_days_refuses_nothing():
    strict = BusinessCalendar(None, ProductionCalendar.plain(), "strict")
    assert strict.add_business_days_batch(np.array(["2024-04-26", "2024-04-27"], "M8[D]"), 2).tolist() == [
        date(2024, 4, 30),
        date(2024, 4, 30),
    ]


def test_without_numpy_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(MissingExtraError, match=r"salesreg\[batch\]") as refusal:
        MOSCOW.due_batch("1 week", [])
    assert refusal.value.extra == "batch"


def test_columns_with_a_time_zone_and_the_times_of_python_are_taken_as_they_are():
    column = pd.Series(pd.to_datetime(["2024-04-26 10:00", None])).dt.tz_localize("Europe/Moscow")
    moments = [datetime(2024, 4, 26, 7, tzinfo=UTC), None]
    for given in (column, pd.DatetimeIndex(column), moments, column.tolist()):
        assert MOSCOW.add_business_days_batch(given, 2).tolist() == [datetime(2024, 5, 2, 15), None]
        assert MOSCOW.due_batch("2 business days", given).at.tolist() == [datetime(2024, 5, 2, 15), None]
    assert MOSCOW.add_business_days_batch([date(2024, 4, 26), None], 2).tolist() == [date(2024, 5, 2), None]
    assert MOSCOW.add_working_time_batch(column, [timedelta(minutes=30)]).tolist() == [
        datetime(2024, 4, 26, 7, 30),
        None,
    ]
    assert MOSCOW.add_working_time_batch(moments[:1], timedelta(hours=1)).tolist() == [datetime(2024, 4, 26, 8)]


def test_what_is_masked_has_no_answer():
    days = np.ma.masked_array(np.array(["2024-04-26", "2024-04-26"], "M8[D]"), [False, True])
    assert MOSCOW.add_business_days_batch(days, 2).tolist() == [date(2024, 5, 2), None]
    with pytest.raises(BusinessTimeError, match="masked array of int64"):
        MOSCOW.add_business_days_batch(STARTS, np.ma.masked_array([1, 2, 3], [0, 1, 0]))


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ([datetime(2024, 4, 26)], NaiveDatetimeError, "2024-04-26 00:00:00 has no time zone"),
        ([datetime(2024, 4, 26, tzinfo=UTC), date(2024, 4, 26)], BusinessTimeError, "not of object"),
        ([None], BusinessTimeError, "not of object"),
        (["2024-04-26"], BusinessTimeError, "not of <U10"),
    ],
)
def test_lists_of_anything_else_are_refused(given, error, said):
    with pytest.raises(error, match=said):
        MOSCOW.add_business_days_batch(given, 2)


def test_arrays_of_other_shapes_are_refused_by_their_shapes():
    with pytest.raises(BusinessTimeError, match=r"shapes \(3,\) and \(2,\) do not go together"):
        MOSCOW.add_business_days_batch(STARTS, [1, 2])
