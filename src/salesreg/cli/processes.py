"""`salesreg process`: the processes as tables and diagrams."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final

import typer
from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from salesreg.cli.options import AsJson, Lang, LangOption, RegulationOption, console, print_json, regulation_from
from salesreg.codec import Processes
from salesreg.processes import Process
from salesreg.regulations import PROCESSES, bpmn, render

app: Final = typer.Typer(help="The processes of the regulation.")


class Format(StrEnum):
    """How a process is shown."""

    TABLE = "table"
    MD = "md"
    MERMAID = "mermaid"
    SVG = "svg"
    BPMN = "bpmn"


@app.command("list")
def list_processes(lang: LangOption = Lang.EN, as_json: AsJson = False) -> None:
    """List the processes."""
    rows = [_summary(process, lang) for process in PROCESSES]
    if as_json:
        print_json(rows)
        return
    heads = {"en": ("process", "title", "stages", "steps"), "ru": ("процесс", "название", "этапов", "шагов")}[lang]
    table = Table(*heads, box=None, pad_edge=False)
    for row in rows:
        table.add_row(row["id"], row["title"], str(len(row["stages"])), str(len(row["steps"])))
    console().print(table)


@app.command("show")
def show(
    process_id: Annotated[str, typer.Argument(metavar="PROCESS", help="Its id, such as sale.")],
    how: Annotated[Format, typer.Option("--format", help="How to show it.")] = Format.TABLE,
    regulation: RegulationOption = None,
    lang: LangOption = Lang.EN,
    as_json: AsJson = False,
) -> None:
    """Show one process: its stages, steps and deadlines, or its diagram."""
    process = Processes(PROCESSES).latest(process_id)
    values = regulation_from(regulation)
    if as_json:
        print_json(_summary(process, lang) | {"payloads": {s.id: s.payload_schema() for s in process.steps.values()}})
    elif how is Format.MD:
        typer.echo(render.markdown(process, lang.value, values), nl=False)
    elif how is Format.MERMAID:
        typer.echo(render.mermaid(process, lang.value), nl=False)
    elif how is Format.SVG:
        typer.echo(render.svg(process, lang.value))
    elif how is Format.BPMN:
        typer.echo(bpmn.bpmn(process, lang.value, values), nl=False)
    else:
        terminal = console()
        terminal.rule(process.ru if lang is Lang.RU else process.title, characters="─")
        for part in render.tables(process, lang.value, values):
            terminal.print(_grid(part) if _fits(part, terminal.width) else _cards(part))


def _longest_words(part: render.Table) -> list[int]:
    columns = zip(part.head, *part.rows, strict=True)
    return [max((len(word) for cell in column for word in cell.split()), default=0) for column in columns]


def _fits(part: render.Table, width: int) -> bool:
    """Whether no column has to break a word."""
    words = _longest_words(part)
    return sum(words) + 3 * len(words) + 1 <= width


def _grid(part: render.Table) -> Table:
    columns = [Column(name, min_width=width) for name, width in zip(part.head, _longest_words(part), strict=True)]
    table = Table(*columns, title=part.title, title_justify="left", expand=True, show_lines=True)
    for row in part.rows:
        table.add_row(*row)
    return table


def _cards(part: render.Table) -> Group:
    """A block for each row, one line a column: what a narrow terminal can still read."""
    blocks: list[RenderableType] = [Text(f"\n{part.title}", "italic")]
    for title, *cells in part.rows:
        block = Table.grid(Column(no_wrap=True), Column(), padding=(0, 2, 0, 0))
        for name, cell in zip(part.head[1:], cells, strict=True):
            block.add_row(Text(f"  {name}", "dim"), cell)
        blocks += [Text(f"\n{title}", "bold"), block]
    return Group(*blocks)


def _summary(process: type[Process[Any]], lang: Lang) -> dict[str, Any]:
    return {
        "id": process.id,
        "version": process.version,
        "title": process.ru if lang is Lang.RU else process.title,
        "stages": [stage.id for stage in process.stages.values()],
        "steps": [step.id for step in process.steps.values()],
    }
