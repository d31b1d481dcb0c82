"""`salesreg db`: look after the embedded database."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Final

import typer

from salesreg.adapters.sqlite import SqliteStore, upgrade
from salesreg.cli.options import AsJson, Lang, LangOption, print_json
from salesreg.codec import Processes
from salesreg.errors import NotADatabase, StoreUnavailable
from salesreg.regulations import PROCESSES
from salesreg.trail import differences, stored_cases

app: Final = typer.Typer(help="Look after the embedded database.")
DbOption = Annotated[Path, typer.Option("--db", help="The SQLite file.")]


@app.command("upgrade")
def upgrade_database(db: DbOption, lang: LangOption = Lang.EN, as_json: AsJson = False) -> None:
    """Bring a database to the schema of this salesreg."""
    _must_exist(db)
    before, after = upgrade(db)
    if as_json:
        print_json({"db": str(db), "from": before, "to": after})
    elif before == after:
        typer.echo({"en": f"{db}: schema {after} is current", "ru": f"{db}: схема {after} актуальна"}[lang])
    else:
        done = {"en": f"{db}: schema {before} became {after}", "ru": f"{db}: схема {before} обновлена до {after}"}
        typer.echo(done[lang])


@app.command("check")
def check_database(db: DbOption, lang: LangOption = Lang.EN, as_json: AsJson = False) -> None:
    """Check a database: the file itself, and that replaying the events gives the stored cases."""
    _must_exist(db)
    with SqliteStore(db, create=False) as store:
        count, problems, unknown = _inspected(store)
    if as_json:
        print_json({"db": str(db), "cases": count, "problems": problems, "not_replayed": unknown})
    else:
        for problem in problems:
            typer.echo(problem)
        for process, cases in unknown.items():
            typer.echo(
                {
                    "en": f"{process}: {cases} cases not replayed, a process of your own; engine.verify() replays them",
                    "ru": f"{process}: {cases} дел не воспроизведено, процесс ваш; их воспроизводит engine.verify()",
                }[lang]
            )
        verdict = {
            "en": f"{db}: {count} cases, {len(problems)} problems",
            "ru": f"{db}: дел {count}, нарушений {len(problems)}",
        }
        typer.echo(verdict[lang])
    raise typer.Exit(1 if problems else 0)


def _inspected(store: SqliteStore) -> tuple[int, list[str], dict[str, int]]:
    """How many cases there are, what is wrong, and how many cases of each process are the caller's own to replay."""
    problems = list(store.check())
    shipped = {process.id for process in PROCESSES}
    cases: Counter[str] = Counter()
    try:
        cases.update(case.process for case in stored_cases(store))
        problems += differences(store, Processes(PROCESSES), leave_out=cases.keys() - shipped)
    except NotADatabase:
        if not problems:
            raise
        problems.append("the cases cannot be replayed: restore the file from a backup")
    return cases.total(), problems, {process: cases[process] for process in sorted(cases.keys() - shipped)}


def _must_exist(db: Path) -> None:
    if db.is_dir():
        raise NotADatabase(f"{str(db)!r} is a folder: give the path of a database file with --db")
    if not db.is_file():
        raise StoreUnavailable(f"there is no database {str(db)!r}: give the path of an existing file with --db")
