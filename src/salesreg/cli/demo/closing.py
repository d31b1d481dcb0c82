"""How the demo closes: what is still open, how each process kept its terms, the outbox, and the check of the record."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from salesreg.cli.demo import words
from salesreg.cli.demo.play import MOSCOW, Play
from salesreg.processes import Obligation, ObligationStatus

__all__ = ["print_close"]

ALL: Final = 100_000


def print_close(play: Play, console: Console) -> bool:
    """The books at the end of the month; whether the record is sound."""
    console.print()
    now = play.clock.now().astimezone(MOSCOW)
    title = play.say(f"The books on {now:%d.%m.%Y} at {now:%H:%M}", f"Итоги на {now:%d.%m.%Y}, {now:%H:%M}")
    console.rule(Text(title, style="bold"), align="left", characters="─")
    everything = play.engine.obligations(limit=ALL)
    process_of = {case: process for process, cases in play.begun.items() for case in cases}
    console.print(_open(play, [one for one in everything if one.closed_at is None], process_of))
    console.print(_kept(play, everything, process_of))
    _print_outbox(play, console)
    return _print_verdict(play, console)


def _table(title: str, *heads: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _open(play: Play, live: list[Obligation], process_of: dict[str, str]) -> Table:
    """What is owed, a line for each person and kind."""
    names = words.names(play)
    heads = ("owed", "case", "by", "due", "") if play.lang == "en" else ("что", "дело", "кто", "срок", "")
    table = _table(play.say("Open obligations", "Открытые обязательства"), *heads)
    grouped: defaultdict[tuple[str, str], list[Obligation]] = defaultdict(list)
    for one in live:
        grouped[words.owed(play, process_of[one.case], one), words.owner(play, one)].append(one)
    for (owed, who), some in grouped.items():
        first = some[0]
        late = first.status is ObligationStatus.BREACHED
        case = names[first.case] if len(some) == 1 else f"× {len(some)}"
        due = "—" if first.due is None else words.until(first.due, play.lang)
        state = play.say("overdue", "просрочено") if late else ""
        table.add_row(owed, case, who, due, state, style="red" if late else "")
    return table


def _kept(play: Play, everything: tuple[Obligation, ...], process_of: dict[str, str]) -> Table:
    """Each process: its cases, its events, and the terms kept and broken."""
    heads = ("cases", "events", "in time", "late", "overdue", "open")
    if play.lang == "ru":
        heads = ("дел", "событий", "в срок", "позже", "просрочено", "открыто")
    table = _table(play.say("The processes", "Процессы"), play.say("process", "процесс"), *heads)
    for column in table.columns[1:]:
        column.justify = "right"
    met, late, breached = ObligationStatus.MET, ObligationStatus.MET_LATE, ObligationStatus.BREACHED
    kept = Counter((process_of[one.case], one.status) for one in everything)
    events = Counter(entry.process for entry in play.book if entry.event is not None)
    rows: list[list[int]] = []
    for kind in play.engine.processes:
        name = kind.id
        still = kept[name, ObligationStatus.OPEN] + kept[name, ObligationStatus.PAUSED]
        row = [len(play.begun[name]), events[name], kept[name, met], kept[name, late], kept[name, breached], still]
        rows.append(row)
        table.add_row(play.say(kind.title, kind.ru), *(str(number) if number else "·" for number in row))
    table.add_section()
    total = [str(sum(column)) for column in zip(*rows, strict=True)]
    table.add_row(play.say("together", "всего"), *total, style="bold")
    return table


def _print_outbox(play: Play, console: Console) -> None:
    """What was delivered and what could not be."""
    delivered, waiting = (len(play.store.messages(state, ALL)) for state in ("delivered", "waiting"))
    dead = Counter((words.who(play, message.to), reason) for message, reason in play.store.messages("dead", ALL))
    count = sum(dead.values())
    said = play.say(
        f"Outbox: {delivered} messages delivered, {waiting} waiting, {count} dead",
        f"Исходящие: доставлено {delivered}, ждут отправки {waiting}, не доставлено {count}",
    )
    for (who, reason), number in dead.items():
        said += f" ({number} × {who}: {reason})"
    console.print(Text(said))


def _print_verdict(play: Play, console: Console) -> bool:
    """Whether the events lead to what is stored."""
    problems = play.engine.verify()
    cases, events = sum(map(len, play.begun.values())), sum(entry.event is not None for entry in play.book)
    if problems:
        console.print(Text(play.say("✗ the record does not add up", "✗ запись не сходится"), style="red"))
    else:
        said = play.say(
            f"✓ {cases} cases, {events} events: replaying the events gives the stored state",
            f"✓ дел {cases}, событий {events}: воспроизведение событий даёт сохранённое состояние",
        )
        console.print(Text(said, style="green"))
    for problem in problems:
        console.print(problem)
    return not problems
