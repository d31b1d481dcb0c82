"""The command's face: options that all commands share, and how each is found."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import click
import typer

from salesreg import __version__
from salesreg.cli import calendars, database, demo, processes

__all__ = ["app", "run"]

app = typer.Typer(
    name="salesreg",
    help="A company's sales regulation as code: processes, deadlines, an audit trail.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("deadline")(calendars.deadline)
app.command("calendar")(calendars.calendar)
app.add_typer(processes.app, name="process")
app.add_typer(database.app, name="db")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"salesreg {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """A company's sales regulation as code: processes, deadlines, an audit trail."""


def run(argv: Sequence[str]) -> int:
    """Run one command line; bad usage ends with 2 and one line."""
    try:
        code = app(list(argv), standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as wrong:
        typer.echo(wrong.ctx.get_help() if wrong.ctx else wrong.message)
        return 2
    except click.ClickException as wrong:
        hint = f" (try {wrong.ctx.command_path} --help)" if isinstance(wrong, click.UsageError) and wrong.ctx else ""
        print(f"salesreg: {wrong.format_message()}{hint}", file=sys.stderr)
        return 2
    except click.exceptions.Abort:
        return 130
    return code if isinstance(code, int) else 0
