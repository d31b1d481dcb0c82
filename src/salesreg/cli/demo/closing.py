"""How the demo closes: what is still open, how each process kept its terms, the outbox, and the check of the record."""

from __future__ import annotations

from collections import Counter, defaultdict
from operator import itemgetter
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from salesreg.cli.demo import words
from salesreg.cli.demo.chapters import print_heading
from salesreg.cli.demo.play import MOSCOW, Play
from salesreg.commercial import MeetingProcess, indicators_of
from salesreg.commercial.indicators.reports import report_of_meeting
from salesreg.process import Obligation, ObligationStatus

ALL: Final = 100_000
_LOOK: Final[dict[str, Any]] = {
    "title_justify": "left", "title_style": "bold", "box": SIMPLE_HEAD, "pad_edge": False,
}  # fmt: skip

_SHORT: Final = itemgetter(0, 1, 2, 3, 5, 6)
"""What of a report's columns fits into eighty."""


def print_close(play: Play, console: Console) -> bool:
    """The books at the end of the month; whether the record is sound."""
    now = play.clock.now()
    print_heading(console, play.say("books", day=f"{now:%d.%m.%Y}", time=f"{now:%H:%M}"))
    everything = play.engine.obligations(limit=ALL)
    process_of = {case: process for process, cases in play.begun.items() for case in cases}
    console.print(_open(play, [one for one in everything if one.closed_at is None], process_of))
    console.print(_kept(play, everything, process_of))
    console.print(_one_to_one(play, "anna"))
    _print_outbox(play, console)
    return _print_verdict(play, console)


def _table(play: Play, title: str, heads: str, **numbers: Any) -> Table:
    """A table of columns whose names are separated by bars; those after the first may be numbers."""
    first, *others = play.say(heads).split("|")
    columns = (Column(first, overflow="fold"), *(Column(one, overflow="fold", **numbers) for one in others))
    return Table(*columns, title=play.say(title), **_LOOK)


def _open(play: Play, live: list[Obligation], process_of: dict[str, str]) -> Table:
    """What is owed, a line for each person and kind."""
    names = words.names(play)
    table = _table(play, "open", "open_heads")
    grouped: defaultdict[tuple[str, str], list[Obligation]] = defaultdict(list)
    for one in live:
        grouped[words.owed(play, process_of[one.case], one), words.owner(play, one)].append(one)
    for (owed, who), some in grouped.items():
        first = some[0]
        late = first.status is ObligationStatus.BREACHED
        case = names[first.case] if len(some) == 1 else f"× {len(some)}"
        due = "—" if first.due is None else words.until(first.due, play)
        state = play.say("state_overdue") if late else ""
        table.add_row(owed, case, who, due, state, style="red" if late else "")
    return table


def _kept(play: Play, everything: tuple[Obligation, ...], process_of: dict[str, str]) -> Table:
    """Each process: its cases, its events, and the terms kept and broken."""
    table = _table(play, "processes", "process_heads", justify="right")
    told = ObligationStatus.MET, ObligationStatus.MET_LATE, ObligationStatus.BREACHED
    kept = Counter((process_of[one.case], one.status) for one in everything)
    events = Counter(entry.process for entry in play.book if entry.event is not None)
    rows: list[list[int]] = []
    for name in (page.id for page in play.engine.rulebook.processes):
        still = kept[name, ObligationStatus.OPEN] + kept[name, ObligationStatus.PAUSED]
        row = [len(play.begun[name]), events[name], *(kept[name, one] for one in told), still]
        rows.append(row)
        table.add_row(play.locale.title(f"{name}.title"), *(str(number) if number else "·" for number in row))
    table.add_section()
    total = [str(sum(column)) for column in zip(*rows, strict=True)]
    table.add_row(play.say("together"), *total, style="bold")
    return table


def _one_to_one(play: Play, person: str) -> Table:
    """What the month's last one-to-one with a manager went through: their indicators as they stood when it began."""
    held = [one.data for one in play.engine.cases(MeetingProcess, where={"invited": person}, limit=ALL)]
    begun, number = max((one.started_at, place) for place, one in enumerate(held) if one.started_at is not None)
    counted = indicators_of(play.engine, at=begun, staff=play.people.values())
    _, found = report_of_meeting(counted, held[number], at=begun, locale=play.locale)
    day = words.day(begun.astimezone(MOSCOW), play)
    table = Table(*_SHORT(found.head), title=play.say("indicators", who=words.who(play, person), day=day), **_LOOK)
    for row in found.rows:
        table.add_row(*_SHORT(row))
    return table


def _print_outbox(play: Play, console: Console) -> None:
    """What was delivered and what could not be."""
    delivered, waiting = (len(play.store.messages(state, ALL)) for state in ("delivered", "waiting"))
    dead = Counter((words.who(play, message.to), reason) for message, reason in play.store.messages("dead", ALL))
    said = play.say("outbox", delivered=delivered, waiting=waiting, dead=dead.total())
    for (who, reason), number in dead.items():
        said += f" ({number} × {who}: {reason})"
    console.print(Text(said))


def _print_verdict(play: Play, console: Console) -> bool:
    """Whether the events lead to what is stored."""
    problems = play.engine.verify()
    if problems:
        console.print(Text(play.say("unsound"), style="red"))
    else:
        cases, events = sum(map(len, play.begun.values())), sum(entry.event is not None for entry in play.book)
        console.print(Text(play.say("sound", cases=cases, events=events), style="green"))
    for problem in problems:
        console.print(problem)
    return not problems
