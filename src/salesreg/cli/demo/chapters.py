"""The demo as a book: which chapter tells of what, and each chapter as a table of its own days."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Final

import attrs
from rich.console import Console
from rich.table import Table
from rich.text import Text

from salesreg.cli.demo import words
from salesreg.cli.demo.play import FIRST_TICK, MOSCOW, Entry, Play
from salesreg.domain.prices import BasePriceList

__all__ = ["print_chapters"]

TITLES: Final = (
    ("The firm, its regulation and its prices", "Компания, её регламент и прайс"),
    ("Cold calls: from a base of contacts to a lead", "Холодные звонки: от базы до лида"),
    ("Sales: from a prospect to a contract in force", "Продажи: от знакомства до договора"),
    ("Orders, invoices, documents", "Заявки, счета, документы"),
    ("A change of the base prices", "Изменение базового прайса"),
    ("Meetings and what comes of them", "Совещания и поручения"),
    ("Inquiries", "Обращения"),
    ("A new version of the regulation", "Новая редакция регламента"),
    ("Pay", "Выплаты"),
)
_OF_PROCESS: Final = {
    "call_campaign": 2, "call_contact": 2, "sale": 3, "work_order": 4, "invoice": 4, "document_package": 4,
    "price_change": 5, "meeting": 6, "assignment": 6, "inquiry": 7, "regulation_version": 8, "bonus": 9,
}  # fmt: skip
_OF_STEP: Final = {
    ("price_change", "adopt_base_list"): 1,
    ("sale", "close_deal"): 4,
    ("sale", "reprice_quote"): 5,
}
_SIGNS: Final = {
    "step": ("", "·"),
    "refused": ("red", "x"),
    "remind": ("yellow", "!"),
    "overdue": ("bold red", "!"),
    "head": ("magenta", "^"),
    "ceo": ("magenta", "^"),
}
_SAYS: Final = {
    "refused": ("refused", "отказ"),
    "remind": ("reminder", "напоминание"),
    "overdue": ("OVERDUE", "ПРОСРОЧЕНО"),
    "head": ("still overdue", "всё ещё просрочено"),
    "ceo": ("still overdue", "всё ещё просрочено"),
}
_WHEN: Final = len("Mo 02.03 10:00 · ")


@attrs.frozen
class _Line:
    """One line of a chapter: an entry, or several that are told together."""

    entries: tuple[Entry, ...]

    @property
    def first(self) -> Entry:
        return self.entries[0]

    def takes(self, entry: Entry) -> bool:
        """Whether an entry belongs into this line: one person's steps of a moment, or one step of several people."""
        last = self.entries[-1]
        if last.kind != "step" or entry.kind != "step" or last.at.date() != entry.at.date():
            return False
        alike = (last.case == entry.case, last.who == entry.who, last.subject == entry.subject)
        if alike[2] and (last.fact, last.kept) != (entry.fact, entry.kept):
            return False
        if last.at != entry.at:
            return alike == (True, False, True)
        return alike.count(True) >= len(alike) - 1 and (len(self.entries) == 1 or self._differs(entry) <= 1)

    def _differs(self, entry: Entry) -> int:
        """In how many of case, person and step the entries would differ."""
        every = (*self.entries, entry)
        return sum(len(set(of)) > 1 for of in zip(*((one.case, one.who, one.subject) for one in every), strict=True))


def print_chapters(play: Play, console: Console, *, full: bool) -> None:
    """Every chapter; the notable lines only, or everything."""
    names, version = words.names(play), play.begun["regulation_version"][0]
    told: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in play.book:
        opens = entry.case == version and entry.subject != "supersede_version"
        chapter = 1 if opens else _OF_STEP.get((entry.process, entry.subject), _OF_PROCESS[entry.process])
        told[chapter].append(entry)
    for number, title in enumerate(TITLES, 1):
        console.print()
        console.rule(Text(f"{number}. {play.say(*title)}", style="bold"), align="left", characters="─")
        if number == 1:
            _print_firm(play, console)
        _Chapter(play, console, names, full=full).print(told[number])


def _print_firm(play: Play, console: Console) -> None:
    """Who works here, and what things cost."""
    people = Table.grid(padding=(0, 2))
    for person in play.people.values():
        people.add_row(person.full_name, person.position)
    console.print(people)
    first: BasePriceList = play.case(play.begun["price_change"][0]).data.price_list
    prices = Table.grid(padding=(0, 2))
    for item in first.items:
        prices.add_row(item.code, item.name, Text(words.money(item.price), justify="right"))
    console.print()
    console.print(prices)
    console.print()
    console.print(Text(_calendar(play)))
    console.print()


def _calendar(play: Play) -> str:
    """The working days of the month, and the weekdays that are none."""
    calendar, first = play.engine.regulation.calendar, FIRST_TICK.date().replace(day=1)
    month = [calendar.day(first + dt.timedelta(days=number)) for number in range(31)]
    working = sum(day.working for day in month)
    off = "; ".join(
        f"{day.date:%d.%m}: {day.describe(play.lang)}" for day in month if day.date.weekday() < 5 and not day.working
    )
    return play.say(f"{working} working days in March 2026. {off}", f"В марте 2026 рабочих дней {working}. {off}")


class _Chapter:
    """Prints the lines of a chapter in columns: day, time, case, person, and what happened."""

    def __init__(self, play: Play, console: Console, names: dict[str, str], *, full: bool) -> None:
        self._play = play
        self._console = console
        self._names = names
        self._full = full
        self._person = max(len(words.who(play, person)) for person in (*play.people, "system"))

    def print(self, entries: list[Entry]) -> None:
        late = {entry.obligation.id for entry in entries if entry.kind == "overdue" and entry.obligation is not None}
        lines: list[_Line] = []
        for entry in entries:
            if not self._full and not _is_notable(entry, late):
                continue
            if lines and not self._full and lines[-1].takes(entry):
                lines[-1] = _Line((*lines[-1].entries, entry))
            else:
                lines.append(_Line((entry,)))
        about = min(max((len(self._names[line.first.case]) for line in lines), default=0), 14)
        for date, of_day in groupby(lines, key=lambda line: line.first.at.astimezone(MOSCOW).date()):
            heading = f"{words.WEEKDAYS[self._play.lang][date.weekday()]} {date:%d.%m}"
            for line in of_day:
                self._print_line(line, heading, about)
                heading = ""
        if hidden := len(entries) - sum(len(line.entries) for line in lines):
            text = self._play.say(f"and {hidden} lines more with --full", f"и ещё строк с --full: {hidden}")
            self._console.print(Text(" " * _WHEN + text, style="dim"))

    def _print_line(self, line: _Line, heading: str, about: int) -> None:
        play, first = self._play, line.first
        style, sign = _SIGNS[first.kind]
        one_case = len({entry.case for entry in line.entries}) == 1
        one_person = len({entry.who for entry in line.entries}) == 1 and first.obligation is None
        prefix = Text.assemble(
            (f"{heading:8} ", "bold"),
            (f"{first.at.astimezone(MOSCOW):%H:%M} ", "dim"),
            (f"{sign} ", style),
            (f"{self._names[first.case] if one_case else '':{about}.{about}} ", "bold"),
            (f"{words.who(play, first.who[0]) if one_person else '':{self._person}} ", "cyan"),
        )
        for number, body in enumerate(_wrapped(self._body(line), self._console.width - len(prefix))):
            self._console.print(Text.assemble(prefix if number == 0 else " " * len(prefix), body))
        for reason in self._reasons(first):
            for number, body in enumerate(_wrapped(reason, self._console.width - _WHEN - 2)):
                self._console.print(Text.assemble(" " * _WHEN, ("  " if number else "- "), body, style="red"))

    def _reasons(self, entry: Entry) -> list[Text]:
        """Why a step was refused, with the cases named as people name them."""
        out = []
        for reason in (*entry.reasons, entry.instead) if self._full else entry.reasons:
            text = reason
            for case_id in sorted(self._names, key=len, reverse=True):
                text = text.replace(case_id, words.quoted(self._play, self._names[case_id]))
            for person in self._play.people:
                text = text.replace(f"({person})", f"({words.who(self._play, person)})")
            if text:
                out.append(Text(text))
        return out

    def _body(self, line: _Line) -> Text:
        play, first = self._play, line.first
        style, _ = _SIGNS[first.kind]
        said = play.say(*_SAYS[first.kind]) + ": " if first.kind in _SAYS else ""
        if first.obligation is not None:
            to = ", ".join(words.who(play, person) for person in first.who)
            return Text.assemble((said, style), words.owed(play, first.process, first.obligation), (f" → {to}", "cyan"))
        steps = {entry.subject: entry for entry in line.entries}
        text = Text.assemble((said, style))
        for number, entry in enumerate(steps.values()):
            title = words.step(play, entry.process, entry.subject)
            text.append("; " + title[0].lower() + title[1:] if number else title)
            if entry.fact:
                text.append(f": {entry.fact}")
        if len(line.entries) > 1 and len(steps) == 1:
            by_case = len({entry.case for entry in line.entries}) > 1
            each = (self._names[one.case] if by_case else words.who(play, one.who[0]) for one in line.entries)
            named = ", ".join(each)
            text.append(f" ({named})" if first.fact else f": {named}")
        for told, late in words.outcome(play, tuple(one.event for one in line.entries if one.event is not None)):
            text.append(f" · {told}", style="red" if late else "dim")
        if self._full and first.event is not None and first.event.source != first.event.target:
            stage = play.engine.processes.latest(first.process).stages[first.event.target]
            text.append(f" → {stage.text(play.lang)}", style="dim")
        return text


def _wrapped(text: Text, width: int) -> Iterator[Text]:
    """A text in lines of a width, broken at ordinary blanks only, so that dates and sums stay whole."""
    begin = 0
    while len(text) - begin > width:
        end = text.plain.rfind(" ", begin + 1, begin + width + 1)
        end = begin + width if end < 0 else end
        yield text[begin:end]
        begin = end + (text.plain[end] == " ")
    yield text[begin:]


def _is_notable(entry: Entry, late: set[str]) -> bool:
    """Whether the short version tells of it: a reminder only where it was of no avail."""
    if entry.kind == "remind":
        return entry.notable and entry.obligation is not None and entry.obligation.id in late
    return entry.notable
