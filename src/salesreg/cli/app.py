"""The command's face: its subcommands, and how bad usage ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from salesreg import __version__
from salesreg.cli import (
    audit,
    calendars,
    cases,
    compensation,
    database,
    deadletters,
    demo,
    keeping,
    people,
    processes,
    questionnaires,
    regulation,
    report,
    simulate,
    tasks,
    worker,
)
from salesreg.cli.options import RulebookOption
from salesreg.errors import safe

app: Final = typer.Typer(name="salesreg", add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.command("demo")(demo.demo)
app.command("deadline")(calendars.deadline)
app.command("calendar")(calendars.calendar)
app.command("report")(report.report)
app.command("tasks")(tasks.tasks)
app.command("worker")(worker.worker)
database.app.command("dead")(deadletters.dead)
database.app.command("requeue")(deadletters.requeue)
database.app.command("seal")(keeping.seal)
database.app.command("backup")(keeping.backup)
database.app.command("export")(keeping.export)
database.app.command("import")(keeping.import_)
database.app.command("purge")(keeping.purge)
database.app.command("erase")(keeping.erase)
audit.app.command("questionnaire")(questionnaires.questionnaire)
app.add_typer(audit.app, name="audit")
app.add_typer(simulate.app, name="simulate")
app.add_typer(cases.app, name="case")
app.add_typer(people.app, name="person")
app.add_typer(processes.app, name="process")
app.add_typer(regulation.app, name="regulation")
app.add_typer(compensation.app, name="compensation")
app.add_typer(database.app, name="db")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"salesreg {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback does it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
    rulebook: RulebookOption = None,  # noqa: ARG001 - the commands look for it here
) -> None:
    """A company's sales regulation as code: processes, deadlines, an audit trail."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def run(argv: Sequence[str]) -> int:
    """Run one command line; bad usage ends with 2 and one line."""
    try:
        code = app(list(argv), prog_name="salesreg", standalone_mode=False)
    except typer.TyperException as wrong:
        context: typer.Context | None = getattr(wrong, "ctx", None)
        hint = "" if context is None else f" (try: {context.command_path} --help)"
        said = wrong.format_message().replace(": Value error, ", ": ")
        print(safe(f"salesreg: {' '.join(said.split())}{hint}"), file=sys.stderr)
        return 2
    except typer.Abort:
        return 130
    return code if isinstance(code, int) else 0
