"""Deadlines and years for the eye and for other programs: terminal, notebook, iCalendar."""

import io
import re
import sys
from datetime import datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import icalendar
import pytest

from salesreg.calendars import BusinessCalendar
from salesreg.errors import BusinessTimeError, MissingExtraError

MOSCOW = BusinessCalendar.russia()
START = datetime(2024, 4, 26, 10, tzinfo=ZoneInfo("Europe/Moscow"))
DEADLINE = MOSCOW.due("2 business days", START)
PAUSED = MOSCOW.due("2 hours", START, [(START, None)])


class Balance(HTMLParser):
    """Refuses tags that are not closed in order."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def balanced(html):
    parser = Balance()
    parser.feed(html)
    return not parser.open


def shown(renderable):
    from rich.console import Console

    console = Console(file=io.StringIO(), width=120, color_system=None, force_terminal=False)
    console.print(renderable)
    return console.file.getvalue()


def test_a_year_as_a_page_of_html():
    html = MOSCOW.year(2024)._repr_html_()
    assert balanced(html)
    assert html.count("<table>") == 12
    assert '<td class="holiday" title="public holiday: Victory Day (Labour Code art. 112)">9</td>' in html
    assert re.search(r'<td class="moved_working short"[^>]*>2</td>', html)
    assert "248 working days, 5 short" in html
    assert "<li>01.01–06.01 public holiday: New Year Holidays" in html
    assert "27.04 working, its day off moved to Monday 29 April 2024" in html


def test_a_provisional_year_in_russian():
    html = MOSCOW.year(2028).to_html("ru")
    assert "предварительно" in html
    assert "Январь" in html
    assert 'lang="ru"' in html


def test_a_year_in_the_terminal():
    text = shown(MOSCOW.year(2024))
    assert "2024: 248 working days, 5 short" in text
    assert "February" in text
    assert "22*" in text
    assert "09.05 public holiday: Victory Day" in text
    assert "provisional" in shown(MOSCOW.year(2028))
    assert "рабочих дней" in shown(MOSCOW.year(2024).to_rich("ru"))


def test_a_deadline_in_the_terminal_and_as_html():
    text = shown(DEADLINE)
    assert "Thursday 2 May 2024, 18:00 (MSK)" in text
    assert "day off moved from Saturday 27 April 2024" in text
    html = DEADLINE._repr_html_()
    assert balanced(html)
    assert "<strong>Thursday 2 May 2024, 18:00 (MSK)</strong>" in html
    assert html.count("<li>") == len(DEADLINE.trace)


def test_a_paused_deadline_shows_what_is_left():
    assert "<strong>paused, left: 2 h</strong>" in PAUSED._repr_html_()


def test_a_deadline_as_an_event_of_a_calendar():
    content = DEADLINE.to_ics()
    assert content == MOSCOW.due("2 business days", START).to_ics()
    event = icalendar.Calendar.from_ical(content).walk("VEVENT")[0]
    assert event["SUMMARY"] == "Due: 2 business days"
    assert event.decoded("DTSTART") == DEADLINE.at
    assert event["DESCRIPTION"] == DEADLINE.explain()
    assert event["STATUS"] == "CONFIRMED"
    later = MOSCOW.due("1 рабочий день", START.replace(year=2028)).to_ics("ru")
    event = icalendar.Calendar.from_ical(later).walk("VEVENT")[0]
    assert (event["SUMMARY"], event["STATUS"]) == ("Срок: 1 рабочий день", "TENTATIVE")


def test_a_year_as_events_of_a_calendar():
    events = icalendar.Calendar.from_ical(MOSCOW.year(2024).to_ics()).walk("VEVENT")
    by_day = {event.decoded("DTSTART").isoformat(): event for event in events}
    assert by_day["2024-04-27"]["TRANSP"] == "OPAQUE"
    assert by_day["2024-05-09"]["TRANSP"] == "TRANSPARENT"
    assert by_day["2024-05-09"]["SUMMARY"] == "public holiday: Victory Day (Labour Code art. 112)"
    assert "2024-06-08" not in by_day
    assert "2024-06-11" in by_day
    assert len({event["UID"] for event in events}) == len(events)


def test_a_paused_deadline_has_no_place_in_a_calendar():
    with pytest.raises(BusinessTimeError, match="no due instant"):
        PAUSED.to_ics()


@pytest.mark.parametrize(
    ("module", "extra", "ask"),
    [
        ("icalendar", "ics", DEADLINE.to_ics),
        ("icalendar", "ics", lambda: MOSCOW.year(2024).to_ics()),
        ("rich", "cli", lambda: MOSCOW.year(2024).to_rich()),
        ("rich", "cli", DEADLINE.__rich__),
    ],
)
def test_a_missing_extra_is_named(monkeypatch, module, extra, ask):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError) as refusal:
        ask()
    assert refusal.value.extra == extra
    assert f"salesreg[{extra}]" in str(refusal.value)
