"""The demo as a book: which chapter tells of what, and each chapter as a table of its own days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Final

import attrs
from rich.console import Console
from rich.table import Table
from rich.text import Text

from salesreg.cli.demo import words
from salesreg.cli.demo.play import MONTH, Entry, Play
from salesreg.commercial.domain.money import readable
from salesreg.commercial.domain.prices import BasePriceList
from salesreg.errors import StepRefused
from salesreg.rules import SYSTEM

_OF_PROCESS: Final = {
    "call_campaign": 2, "call_contact": 2, "do_not_call": 2, "sale": 3, "amendment": 3, "work_order": 4, "invoice": 4,
    "client_account": 4,  "document_package": 4, "price_change": 5, "plan": 6, "meeting": 6, "assignment": 6,
    "inquiry": 7, "regulation_version": 8, "audit": 8, "bonus": 9,
}  # fmt: skip
_OF_STEP: Final = {
    ("price_change", "adopt_base_list"): 1, ("sale", "close_deal"): 4, ("sale", "reprice_quote"): 5,
}  # fmt: skip
_SIGNS: Final = {
    "step": ("", "·"), "refused": ("red", "x"), "remind": ("yellow", "!"), "overdue": ("bold red", "!"),
    "superior": ("magenta", "^"), "second_superior": ("magenta", "^"),
}  # fmt: skip
"""How each kind of entry looks: colour and sign."""
_WHEN: Final = len("Mo 02.03 10:00 · ")


@attrs.frozen
class _Line:
    """One line of a chapter: an entry, or several that are told together; and what came of it."""

    fact: str
    entries: tuple[Entry, ...]

    @property
    def first(self) -> Entry:
        return self.entries[0]

    def takes(self, entry: Entry, fact: str) -> bool:
        """Whether an entry belongs into this line: one person's steps of a moment, or one step of several people."""
        last = self.entries[-1]
        if last.kind != "step" or entry.kind != "step" or last.at.date() != entry.at.date():
            return False
        if last.subject == entry.subject and (self.fact, last.kept) != (fact, entry.kept):
            return False
        if last.at != entry.at:
            return last.case == entry.case and last.who != entry.who and last.subject == entry.subject
        every = ((one.case, one.who, one.subject) for one in (*self.entries, entry))
        return sum(len(set(of)) > 1 for of in zip(*every, strict=True)) <= 1


def print_chapters(play: Play, console: Console, *, full: bool) -> None:
    """Every chapter; the notable lines only, or everything."""
    names, version = words.names(play), play.begun["regulation_version"][0]
    told: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in play.book:
        opens = entry.case == version and entry.subject != "supersede_version"
        chapter = 1 if opens else _OF_STEP.get((entry.process, entry.subject), _OF_PROCESS[entry.process])
        told[chapter].append(entry)
    for number in sorted(told):
        print_heading(console, f"{number}. {play.say(f'chapter.{number}')}")
        if number == 1:
            _print_firm(play, console)
        _Chapter(play, console, names, full=full).print(told[number])
    _print_explained(play, console, names)


def _print_explained(play: Play, console: Console, names: dict[str, str]) -> None:
    """Why the bonus came to what it did before the dispute, as the employee was told."""
    at, told = play.explained
    for case, name in names.items():
        told = told.replace(f"({case})", f"({name})")
    console.print()
    console.print(Text(play.say("explained", day=words.day(at, play)), style="bold"))
    for line in told.splitlines():
        indent = len(line) - len(line.lstrip())
        said = line[indent:].partition("  ")[0]  # without the events behind it
        for number, body in enumerate(_wrapped(Text(said), console.width - indent - 4)):
            console.print(Text.assemble(" " * (indent + 4 * bool(number)), body))


def print_heading(console: Console, title: str) -> None:
    """A title on a line of its own."""
    console.print()
    console.rule(Text(title, style="bold"), align="left", characters="─")


def _print_firm(play: Play, console: Console) -> None:
    """Who works here, and what things cost."""
    people = Table.grid(padding=(0, 2))
    for person in play.people.values():
        leaves = "" if person.left_on is None else play.say("leaves", day=f"{person.left_on:%d.%m}")
        people.add_row(person.full_name, person.position, leaves)
    first: BasePriceList = play.case(play.begun["price_change"][0]).data.price_list
    prices = Table.grid(padding=(0, 2))
    for item in first.items:
        prices.add_row(item.code, item.name, Text(readable(item.price), justify="right"))
    days = [play.engine.regulation.calendar.day(date) for date in MONTH]
    off = [
        f"{one.date:%d.%m}: {one.describe(play.locale.lang)}"
        for one in days
        if one.date.weekday() < 5 and not one.working
    ]
    working = play.say("working_days", n=sum(day.working for day in days), off="; ".join(off))
    for part in (people, prices, Text(working)):
        console.print(part)
        console.print()


class _Chapter:
    """Prints the lines of a chapter in columns: day, time, case, person, and what happened."""

    def __init__(self, play: Play, console: Console, names: dict[str, str], *, full: bool) -> None:
        self._play = play
        self._console = console
        self._names = names
        self._full = full
        self._person = max(len(words.who(play, person)) for person in (*play.people, SYSTEM.id))

    def print(self, entries: list[Entry]) -> None:
        lines = self._lines(entries)
        about = min(max((len(self._names[line.first.case]) for line in lines), default=0), 14)
        for date, of_day in groupby(lines, key=lambda line: line.first.at.date()):
            heading = f"{words.weekday(date, self._play)} {date:%d.%m}"
            for line in of_day:
                self._print_line(line, heading, about)
                heading = ""
        if hidden := len(entries) - sum(len(line.entries) for line in lines):
            self._console.print(Text(" " * _WHEN + self._play.say("hidden", n=hidden), style="dim"))

    def _lines(self, entries: list[Entry]) -> list[_Line]:
        late = {entry.obligation.id for entry in entries if entry.kind == "overdue" and entry.obligation is not None}
        lines: list[_Line] = []
        for entry in entries:
            of_no_avail = entry.obligation is not None and entry.obligation.id in late
            if not self._full and not (entry.notable and (entry.kind != "remind" or of_no_avail)):
                continue
            fact = "" if entry.event is None else words.fact(self._play, entry.event)
            if lines and not self._full and lines[-1].takes(entry, fact):
                lines[-1] = _Line(fact, (*lines[-1].entries, entry))
            else:
                lines.append(_Line(fact, (entry,)))
        return lines

    def _print_line(self, line: _Line, heading: str, about: int) -> None:
        play, first = self._play, line.first
        style, sign = _SIGNS[first.kind]
        one_case = len({entry.case for entry in line.entries}) == 1
        one_person = len({entry.who for entry in line.entries}) == 1 and first.obligation is None
        prefix = Text.assemble(
            (f"{heading:8} ", "bold"),
            (f"{first.at:%H:%M} ", "dim"),
            (f"{sign} ", style),
            (f"{self._names[first.case] if one_case else '':{about}.{about}} ", "bold"),
            (f"{words.who(play, first.who[0]) if one_person else '':{self._person}} ", "cyan"),
        )
        for number, body in enumerate(_wrapped(self._body(line), self._console.width - len(prefix))):
            self._console.print(Text.assemble(prefix if number == 0 else " " * len(prefix), body))
        for reason in [] if first.refused is None else self._reasons(first.process, first.refused):
            for number, body in enumerate(_wrapped(Text(reason), self._console.width - _WHEN - 2)):
                self._console.print(Text.assemble(" " * _WHEN, ("  " if number else "- "), body, style="red"))

    def _reasons(self, process: str, refused: StepRefused) -> Iterator[str]:
        """Why a step was refused, and in the full version what may be done instead."""
        yield from words.reasons(self._play, refused, self._names)
        if self._full and refused.allowed:
            steps = ", ".join(words.step(self._play, process, one) for one in refused.allowed)
            yield self._play.say("may", steps=steps)

    def _body(self, line: _Line) -> Text:
        play, first = self._play, line.first
        said = "" if first.kind == "step" else f"{play.say(f'says.{first.kind}')}: "
        text = Text.assemble((said, _SIGNS[first.kind][0]))
        if first.obligation is not None:
            to = ", ".join(words.who(play, person) for person in first.who)
            return text.append(words.owed(play, first.process, first.obligation)).append(f" → {to}", style="cyan")
        steps = {entry.subject: entry for entry in line.entries}
        for number, entry in enumerate(steps.values()):
            title = words.step(play, entry.process, entry.subject)
            text.append("; " + title[0].lower() + title[1:] if number else title)
            if entry.event is not None and (fact := words.fact(play, entry.event)):
                text.append(f": {fact}")
        if len(line.entries) > 1 and len(steps) == 1:
            by_case = len({entry.case for entry in line.entries}) > 1
            each = (self._names[one.case] if by_case else words.who(play, one.who[0]) for one in line.entries)
            text.append(f" ({', '.join(each)})" if line.fact else f": {', '.join(each)}")
        for told, late in words.outcome(play, tuple(one.event for one in line.entries if one.event is not None)):
            text.append(f" · {told}", style="red" if late else "dim")
        if self._full and first.event is not None and first.event.source != first.event.target:
            stage = play.locale.title(f"{first.process}.stage.{first.event.target}")
            text.append(f" → {stage}", style="dim")
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
