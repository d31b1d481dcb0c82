"""How the demo is printed: a day at a time, then what is still open and whether the events lead to what is stored."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from salesreg.cli.demo.play import MOSCOW, WEEKDAYS, Entry, Play
from salesreg.processes import ObligationStatus

__all__ = ["print_book", "print_close"]

_STYLES: Final = {
    "step": ("", "·"),
    "timer": ("cyan", "·"),
    "refused": ("red", "x"),
    "remind": ("yellow", "!"),
    "overdue": ("bold red", "!"),
    "head": ("magenta", "^"),
    "ceo": ("magenta", "^"),
}
_SAYS: Final = {
    "en": {
        "refused": "refused", "remind": "reminder", "overdue": "OVERDUE", "head": "to the head", "ceo": "to the CEO",
    },
    "ru": {
        "refused": "отказ", "remind": "напоминание", "overdue": "ПРОСРОЧЕНО",
        "head": "руководителю", "ceo": "директору",
    },
}  # fmt: skip


def print_book(play: Play) -> None:
    """The timeline, a heading for each day."""
    console = Console(highlight=False, soft_wrap=False)
    width = max((len(entry.about) for entry in play.book), default=0)
    for day, entries in groupby(play.book, key=lambda entry: entry.at.date()):
        console.print()
        console.rule(f"{WEEKDAYS[play.lang][day.weekday()]} {day:%d.%m.%Y}", align="left", characters="-")
        grid = Table.grid(padding=(0, 1), expand=True)
        columns: list[dict[str, Any]] = [{"width": 5}, {"width": 1}, {"width": width}, {"ratio": 1}]
        for column in columns:
            grid.add_column(**column)
        for entry in entries:
            _add(grid, entry, play.lang)
        console.print(grid)


def _add(grid: Table, entry: Entry, lang: str) -> None:
    style, sign = _STYLES[entry.kind]
    said = _SAYS[lang].get(entry.kind)
    what = Text.assemble((f"{said}: " if said else "", style), entry.what, (f" ({entry.who})", "cyan"))
    grid.add_row(Text(f"{entry.at:%H:%M}", style="dim"), Text(sign, style=style), Text(entry.about, style="bold"), what)
    for note in entry.notes:
        said_so = Text(note, style="red" if entry.kind == "refused" else "dim")
        grid.add_row("", "", "", Padding(said_so, (0, 0, 0, 2)))


def print_close(play: Play) -> bool:
    """What is still open, what was late, and the check of the record; whether the record is sound."""
    console = Console(highlight=False)
    ru = play.lang == "ru"
    console.print()
    heads = ("Клиент", "Правило", "Кто", "Срок", "Состояние") if ru else ("Client", "Rule", "Owes", "Due", "Status")
    table = Table(title="Открытые обязательства" if ru else "Open obligations", title_justify="left", show_lines=True)
    for head in heads:
        table.add_column(head, overflow="fold", no_wrap=head in {"Due", "Срок", "Status", "Состояние"})
    for one in play.engine.obligations():
        if one.closed_at is None:
            due = "—" if one.due is None else play.day(one.due)
            late = one.status is ObligationStatus.BREACHED
            state = ("просрочено" if late else "открыто") if ru else str(one.status)
            table.add_row(
                play.name(one.case), play.norm(one.norm), play.owner(one), due, state, style="red" if late else ""
            )
    console.print(table)

    cases = play.engine.cases(process="sale")
    events = sum(len(play.engine.history(case)) for case in cases)
    counterparties = {case.data.counterparty.id for case in cases if case.data.counterparty is not None}
    problems = play.engine.verify()
    now = play.clock.time.astimezone(MOSCOW)
    if ru:
        console.print(
            f"{now:%d.%m.%Y %H:%M}: сделок {len(cases)}, контрагентов {len(counterparties)}, событий {events}."
        )
        verdict = "воспроизведение событий даёт сохранённое состояние" if not problems else "запись не сходится"
    else:
        console.print(f"{now:%d.%m.%Y %H:%M}: {len(cases)} deals, {len(counterparties)} counterparty, {events} events.")
        verdict = "replaying the events gives the stored state" if not problems else "the record does not add up"
    console.print(f"[green]✓ {verdict}[/green]" if not problems else f"[red]✗ {verdict}[/red]")
    for problem in problems:
        console.print(problem)
    return not problems
