"""`salesreg process`: the processes of a rulebook as tables, diagrams and schemas, and what they guarantee."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from salesreg.cli.options import AsJson, LangOption, RulebookOption, console, option, print_json

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from salesreg.documents import ProcessPage, Sheet

app: Final = typer.Typer(help="The processes of a rulebook.")
_REGULATION = "A regulation as TOML; by default what pyproject.toml names, else the rulebook's own."
RegulationOption = Annotated[Path | None, option("--regulation", _REGULATION)]
Format = Literal["table", "md", "mermaid", "svg", "bpmn", "schema"]
ProcessArgument = Annotated[str, typer.Argument(metavar="PROCESS", help="Its id, such as sale.")]


@app.command("list")
def list_processes(rulebook: RulebookOption = None, lang: LangOption = "en", as_json: AsJson = False) -> None:
    """List the processes."""
    from rich.table import Table

    from salesreg.cli.rulebooks import rulebook_from
    from salesreg.documents import ProcessPage

    book = rulebook_from(rulebook)
    locale = book.texts.locale(lang)
    rows = [_summary(ProcessPage(process, locale)) for process in book.processes]
    if as_json:
        print_json(rows)
        return
    say = locale.say
    names = say("cli.process.id", "process"), say("cli.process.title", "title")
    numbers = say("cli.process.stages", "stages"), say("cli.process.steps", "steps")
    table = Table(*names, *numbers, box=None, pad_edge=False)
    for row in rows:
        table.add_row(row["id"], row["title"], str(len(row["stages"])), str(len(row["steps"])))
    console().print(table)


@app.command("show")
def show(
    process_id: ProcessArgument,
    how: Annotated[Format, typer.Option("--format", help="How to show it.")] = "table",
    rulebook: RulebookOption = None,
    regulation: RegulationOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Show one process: its stages, steps and deadlines, its diagram, or the payload of each step as JSON Schema."""
    from salesreg.documents import bpmn, picture, svg

    page = _page(process_id, rulebook, regulation, lang)
    if as_json:
        print_json(_summary(page) | {"payloads": _schemas(page)})
    elif how == "schema":
        print_json(_schemas(page))
    elif how == "table":
        _print(page, page.sheets())
    else:
        write: dict[str, Callable[[], str]] = {
            "md": page.markdown,
            "mermaid": page.mermaid,
            "svg": lambda: svg(picture(page)),
            "bpmn": partial(bpmn, page),
        }
        typer.echo(write[how](), nl=False)


@app.command("guarantees")
def show_guarantees(
    process_id: ProcessArgument,
    rulebook: RulebookOption = None,
    regulation: RegulationOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Show what every case has been through in each stage, and which roles could lead one to an end alone."""
    page = _page(process_id, rulebook, regulation, lang)
    if not as_json:
        _print(page, page.guarantees())
        return
    found = page.process.guarantees(page.regulation)
    alone = {end: [sorted(roles) for roles in several] for end, several in found.alone.items()}
    print_json({"process": page.process.id, "behind": dict(found.behind), "alone": alone})


def _page(process_id: str, rulebook: str | None, regulation: Path | None, lang: str) -> ProcessPage:
    from salesreg.cli.rulebooks import regulation_from, rulebook_from
    from salesreg.documents import ProcessPage

    book = rulebook_from(rulebook)
    rules = regulation_from(book, regulation)
    return ProcessPage(book.process(process_id), book.texts.locale(lang), rules, book.reactions, book.staff)


def _summary(page: ProcessPage) -> dict[str, Any]:
    own = page.process
    names = {"stages": list(own.stages), "steps": list(own.steps)}
    return {"id": own.id, "version": own.version, "title": page.title, **names}


def _schemas(page: ProcessPage) -> dict[str, Any]:
    return {step: page.process.payload_schema(step) for step in page.process.steps}


def _print(page: ProcessPage, sheets: Iterable[Sheet]) -> None:
    terminal = console()
    terminal.rule(page.title, characters="─")
    for sheet in sheets:
        terminal.print(_table(sheet, terminal.width))


def _table(sheet: Sheet, width: int) -> Table | Group:
    """A grid where no column of it has to break a word, else cards."""
    from rich.table import Column, Table

    columns = zip(sheet.head, *sheet.rows, strict=True)
    longest = [max((len(word) for cell in column for word in cell.split()), default=0) for column in columns]
    if sum(longest) + 3 * len(longest) + 1 > width:
        return _cards(sheet)
    heads = [Column(name, min_width=least) for name, least in zip(sheet.head, longest, strict=True)]
    table = Table(*heads, title=sheet.title, title_justify="left", expand=True, show_lines=True)
    for row in sheet.rows:
        table.add_row(*row)
    return table


def _cards(sheet: Sheet) -> Group:
    """A block for each row, one line a column: what a narrow terminal can still read."""
    from rich.console import Group, RenderableType
    from rich.table import Column, Table
    from rich.text import Text

    blocks: list[RenderableType] = [Text(f"\n{sheet.title}", "italic")]
    for title, *cells in sheet.rows:
        block = Table.grid(Column(no_wrap=True), Column(), padding=(0, 2, 0, 0))
        for name, cell in zip(sheet.head[1:], cells, strict=True):
            block.add_row(Text(f"  {name}", "dim"), cell)
        blocks += [Text(f"\n{title}", "bold"), block]
    return Group(*blocks)
