"""`salesreg tasks`: what somebody owes and what waits for them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from salesreg.cli.location import DbOption, opened
from salesreg.cli.options import AsJson, LangOption, RulebookOption, option, print_json, print_line
from salesreg.cli.processes import RegulationOption
from salesreg.errors import DeclarationError

if TYPE_CHECKING:
    from salesreg.engine import Task
    from salesreg.ports import Directory
    from salesreg.process import Rulebook
    from salesreg.rules import Locale, Regulation


def tasks(
    db: DbOption,
    by: Annotated[str, typer.Option("--by", help="Whose: the id of an employee.", metavar="ID")],
    role: Annotated[
        list[str] | None, option("--role", "A role that they hold, where no directory says it.", metavar="ROLE")
    ] = None,
    process: Annotated[str | None, option("--process", "Only of that process.")] = None,
    limit: Annotated[int, typer.Option("--limit", help="At most so many.", min=1)] = 50,
    rulebook: RulebookOption = None,
    regulation: RegulationOption = None,
    directory: Annotated[
        str | None, option("--directory", "Who works here and who stands in for whom.", metavar="MODULE:NAME")
    ] = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """List what a person owes and what waits for them, as a deputy too: what is due first comes first."""
    from salesreg.cli.rulebooks import regulation_needed, rulebook_from
    from salesreg.engine import open_engine

    book = rulebook_from(rulebook)
    rules = regulation_needed(book, regulation)
    locale, people = book.texts.locale(lang), _people(by, role, directory, book)
    with opened(db, looked=True) as store, open_engine(store, rulebook=book, regulation=rules, directory=people) as it:
        found = it.tasks(by, process=process, limit=limit)
    said = [_plain(one, book, locale) for one in found]
    if as_json:
        print_json(said)
        return
    if not found:
        print_line(locale.say("cli.tasks.none", "nothing waits for {by}", by=by))
    for one, words in zip(found, said, strict=True):
        print_line(f"{_when(one, locale, rules)}: {words['title']}, {words['what']} ({words['stage_title']})")
        if words["text"]:
            print_line(f"    {words['text']}")


def _people(by: str, role: list[str] | None, directory: str | None, book: Rulebook) -> Directory:
    """Who works here: by the directory that is named or the project's; else they alone, in the roles that are said."""
    from salesreg.adapters.memory import MemoryDirectory
    from salesreg.cli.rulebooks import directory_from, project_has_directory
    from salesreg.rules import Employee

    if role is None and (directory is not None or project_has_directory()):
        return directory_from(directory)
    if not role:
        raise DeclarationError(
            f"nobody says what {by} does here: name a directory with --directory, or roles with --role"
        )
    known = sorted(one.id for one in book.roles)
    if strange := [one for one in role if one not in known]:
        raise DeclarationError(f"the rulebook {book.id} has no role {strange[0]!r}; it has {', '.join(known)}")
    return MemoryDirectory([Employee(by, by, role)])


def _when(one: Task, locale: Locale, rules: Regulation) -> str:
    if one.due is None:
        return locale.say("cli.tasks.no_clock", "no clock")
    now = dt.datetime.now(dt.UTC)
    when = locale.when(one.due, ZoneInfo(rules.calendar.timezone), now)
    return locale.say("cli.tasks.late", "{when}, late", when=when) if one.due < now else when


def _plain(one: Task, book: Rulebook, locale: Locale) -> dict[str, Any]:
    case, page = one.case, book.process(one.case.process)
    norm = None if one.obligation is None else next((n for n in page.norms() if n.id == one.obligation.norm), None)
    return {
        "case": case.id,
        "process": case.process,
        "stage": case.stage,
        "what": page.known_as(case),
        "title": locale.title(f"{case.process}.title"),
        "stage_title": locale.title(f"{case.process}.stage.{case.stage}"),
        "due": None if one.due is None else one.due.isoformat(),
        "norm": None if one.obligation is None else one.obligation.norm,
        "clause": "" if norm is None else norm.clause,
        "text": "" if norm is None else locale.title(f"norm.{norm.id}"),
    }
