"""`salesreg process`: the processes as tables and diagrams."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from salesreg.cli.options import AsJson, Lang, LangOption, RegulationOption, print_json, regulation_from
from salesreg.codec import Processes
from salesreg.processes import Process
from salesreg.regulations import PROCESSES, render

app = typer.Typer(help="The processes of the regulation.", no_args_is_help=True)


class Format(StrEnum):
    """How a process is shown."""

    TABLE = "table"
    MD = "md"
    MERMAID = "mermaid"
    SVG = "svg"


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
    Console().print(table)


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
    else:
        console = Console()
        console.rule(process.ru if lang is Lang.RU else process.title)
        for part in render.tables(process, lang.value, values):
            table = Table(*part.head, title=part.title, title_justify="left", expand=True, show_lines=True)
            for row in part.rows:
                table.add_row(*row)
            console.print(table)


def _summary(process: type[Process[Any]], lang: Lang) -> dict[str, Any]:
    return {
        "id": process.id,
        "version": process.version,
        "title": process.ru if lang is Lang.RU else process.title,
        "stages": [stage.id for stage in process.stages.values()],
        "steps": [step.id for step in process.steps.values()],
    }
