"""`salesreg compensation`: check a plan, calculate and explain a bonus, and try other plans on months that were."""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from salesreg.cli.location import DbOption
from salesreg.cli.options import AsJson, LangOption, RulebookOption, console, option, print_json, print_line
from salesreg.cli.processes import RegulationOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from salesreg.commercial.motivation.workings import Trace
    from salesreg.engine import ProcessEngine
    from salesreg.ports import Directory

app: Final = typer.Typer(help="Compensation plans: check them, calculate and explain a bonus, try others.")

PlansArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The compensation plans, as TOML.")]
CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="The id of the bonus statement.")]


@app.command("check")
def check(
    file: PlansArgument,
    quota: Annotated[str | None, option("--quota", "What is to be sold in a period, to see what that brings.")] = None,
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Check compensation plans: sections left out, gaps, falling rates, cliffs, hidden cuts; 1 if there are errors."""
    from salesreg.cli.regulation import found, print_problems
    from salesreg.cli.rulebooks import rulebook_from
    from salesreg.commercial.domain.money import Money
    from salesreg.commercial.motivation.file import load_plans
    from salesreg.commercial.motivation.lint import plan_findings

    locale = rulebook_from(rulebook).texts.locale(lang)
    sold = None if quota is None else Money(quota)
    if sold is not None and sold.amount <= 0:
        raise typer.BadParameter(f"{quota} is not more than 0: give what is to be sold", param_hint="--quota")
    rows = list(found(plan_findings(load_plans(file), sold), locale))
    if as_json:
        print_json({"file": str(file), "problems": rows})
    else:
        print_problems(rows, file, locale)
    raise typer.Exit(any(row["severity"] == "error" for row in rows))


@app.command("calculate")
def calculate(
    case: CaseArgument,
    db: DbOption,
    directory: Annotated[
        str | None, option("--directory", "Who works here and who was away.", metavar="MODULE:NAME")
    ] = None,
    rulebook: RulebookOption = None,
    regulation: RegulationOption = None,
    lang: LangOption = "en",
) -> None:
    """Calculate a bonus statement from what is on record, as the system, which alone sets what a bonus comes to."""
    from salesreg.cli.rulebooks import directory_from
    from salesreg.commercial.motivation.gather import explained, reckon

    with _engine(db, rulebook, regulation, directory_from(directory)) as engine:
        reckon(engine, case)
        _print_tree(explained(engine, case), engine, lang, depth=1)


@app.command("explain")
def explain(
    case: CaseArgument,
    db: DbOption,
    how: Annotated[Literal["text", "html"], typer.Option("--format", help="How to show it.")] = "text",
    depth: Annotated[int, typer.Option("--depth", help="How far down, as text.", min=0)] = 9,
    rulebook: RulebookOption = None,
    regulation: RegulationOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Explain a bonus: from the total to the sales, obligations and rules behind it, and what each breach has cost."""
    from salesreg.commercial.motivation.explain import html
    from salesreg.commercial.motivation.gather import explained

    with _engine(db, rulebook, regulation) as engine:
        found = explained(engine, case)
        if as_json:
            print_json(found.to_dict())
        elif how == "html":
            typer.echo(html(found, engine.rulebook.texts.locale(lang), engine.case(case).data.employee), nl=False)
        else:
            _print_tree(found, engine, lang, depth)


@app.command("what-if")
def what_if(
    file: PlansArgument,
    db: DbOption,
    month: Annotated[str | None, option("--month", "Only this period, such as 2026-03.")] = None,
    rulebook: RulebookOption = None,
    regulation: RegulationOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Try other plans on the months that were: who would have gained, who lost, and what it would have cost."""
    from rich.table import Table

    from salesreg.commercial.motivation.file import load_plans
    from salesreg.commercial.motivation.gather import statements
    from salesreg.commercial.motivation.what_if import what_if as try_out

    plans = load_plans(file)
    with _engine(db, rulebook, regulation) as engine:
        known = {one.id: one.data for one in statements(engine)}
        say = engine.rulebook.texts.locale(lang).say
    periods = sorted({one.period for one in known.values()})
    if month is not None and month not in periods:
        there = ", ".join(periods) or "none at all"
        raise typer.BadParameter(f"no bonus statement is of {month!r}: there is {there}", param_hint="--month")
    paid_by = {one.plan.position for one in known.values() if one.plan is not None}
    if known and paid_by.isdisjoint(one.position for one in plans):
        tried, paid = (", ".join(sorted(some)) for some in ({one.position for one in plans}, paid_by))
        raise typer.BadParameter(f"the plans are for {tried}, and the statements for {paid}", param_hint="FILE")
    found = try_out(known, plans, month)
    if as_json:
        print_json(found.to_dict())
        return
    heads = (
        say("cli.pay.employee", "employee"), say("cli.pay.period", "period"), say("cli.pay.before", "before"),
        say("cli.pay.after", "after"), say("cli.pay.gain", "gain"),
    )  # fmt: skip
    table = Table(*heads, box=None, pad_edge=False)
    for row in found.rows:
        table.add_row(row.employee, row.period, *(one.text(lang) for one in (row.before, row.after, row.gain)))
    console().print(table)
    print_line(say("cli.pay.cost", "together: {cost}", cost=found.cost.text(lang)))


def _print_tree(found: Trace, engine: ProcessEngine, lang: str, depth: int) -> None:
    from salesreg.commercial.motivation.explain import text

    for line in text(found, engine.rulebook.texts.locale(lang), depth).splitlines():
        print_line(line)


@contextmanager
def _engine(
    db: str, rulebook: str | None, regulation: Path | None, directory: Directory | None = None
) -> Iterator[ProcessEngine]:
    from salesreg.adapters.memory import MemoryDirectory
    from salesreg.cli.location import opened
    from salesreg.cli.rulebooks import commercial_from, regulation_needed
    from salesreg.engine import open_engine

    book = commercial_from(rulebook, "statements of pay are")
    rules = regulation_needed(book, regulation)
    with (
        closing(opened(db, looked=directory is None)) as store,
        open_engine(store, rulebook=book, regulation=rules, directory=directory or MemoryDirectory(())) as engine,
    ):
        yield engine
