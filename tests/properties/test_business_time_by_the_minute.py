"""Business time against an obvious model of it: walk the wall clock minute by minute."""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.calendars import BusinessCalendar, ProductionCalendar, WorkSchedule

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class MinuteOracle:
    """Every minute of some days: does anybody work in it?

    An opening or a close is the first minute at which the wall clock reads it or something later.
    """

    def __init__(self, calendar: BusinessCalendar, first: date, last: date) -> None:
        zone = ZoneInfo(calendar.timezone)
        self.begin = datetime.combine(first - 2 * DAY, datetime.min.time(), zone).astimezone(UTC)
        minutes = int(((last - first).days + 20) * DAY / MINUTE)
        self.walls = [(self.begin + number * MINUTE).astimezone(zone).replace(tzinfo=None) for number in range(minutes)]
        self.highest = self._running_maximum()
        self.works = [False] * minutes
        day = first - DAY
        while day <= last + 16 * DAY:
            if calendar.mark(day).kind.works:
                for shift in calendar.schedule.working(day, calendar.mark(day).cut):
                    midnight = datetime.combine(day, datetime.min.time())
                    for minute in range(self._reached(midnight + shift.start), self._reached(midnight + shift.end)):
                        self.works[minute] = True
            day += DAY

    def _running_maximum(self) -> list[datetime]:
        highest: list[datetime] = []
        for wall in self.walls:
            highest.append(max(wall, highest[-1]) if highest else wall)
        return highest

    def _reached(self, wall: datetime) -> int:
        return bisect_left(self.highest, wall)

    def minute(self, at: datetime) -> int:
        return (at.astimezone(UTC) - self.begin) // MINUTE

    def instant(self, minute: int) -> datetime:
        return self.begin + minute * MINUTE

    def between(self, start: datetime, end: datetime) -> int:
        first, last = self.minute(start), self.minute(end)
        return sum(self.works[first:last]) if first <= last else -sum(self.works[last:first])

    def add(self, start: datetime, minutes: int) -> datetime:
        at = self.minute(start)
        if minutes > 0:
            while minutes:
                minutes -= self.works[at]
                at += 1
        elif minutes < 0:
            while minutes:
                at -= 1
                minutes += self.works[at]
        else:
            while not self.works[at]:
                at += 1
        return self.instant(at)


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
# Days on which clocks change, and holidays with short and moved days about them.
WINDOWS = {
    "Moscow": [(2024, 4, 24), (2025, 12, 27), (2014, 10, 24)],
    "Berlin": [(2024, 3, 28), (2024, 10, 24)],
    "New York at night": [(2024, 3, 7), (2024, 10, 31)],
    "Sao Paulo in pieces": [(2018, 11, 1), (2018, 2, 14)],
    "Lord Howe with breaks": [(2024, 4, 4), (2024, 10, 3)],
    "a rota with dates": [(2024, 3, 28), (2024, 10, 24)],
    "round the clock": [(2024, 3, 28), (2024, 10, 24)],
}
ORACLES = {
    (name, window): MinuteOracle(CALENDARS[name], date(*window), date(*window) + timedelta(days=9))
    for name, windows in WINDOWS.items()
    for window in windows
}


@pytest.mark.parametrize(("name", "window"), ORACLES)
@settings(max_examples=60)
@given(data=st.data())
def test_agrees_with_walking_the_clock_minute_by_minute(name, window, data):
    calendar, oracle = CALENDARS[name], ORACLES[name, window]
    begin, days = 2 * 24 * 60, 9 * 24 * 60
    start, end = (oracle.instant(begin + data.draw(st.integers(0, days))) for _ in range(2))
    worked = oracle.between(start, end)
    assert calendar.working_time_between(start, end) == worked * MINUTE
    assert calendar.add_working_time(start, worked * MINUTE).astimezone(UTC) == oracle.add(start, worked)
