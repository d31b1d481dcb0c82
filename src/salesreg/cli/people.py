"""`salesreg person`: what a database says of one person."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import typer

from salesreg.cli.location import DbOption, opened
from salesreg.cli.options import AsJson, LangOption, RulebookOption, option, print_json
from salesreg.cli.processes import RegulationOption
from salesreg.errors import UnknownEmployee

if TYPE_CHECKING:
    from salesreg.engine.person_record import PersonRecord
    from salesreg.rules import Employee

app: Final = typer.Typer(help="What a database says of a person.")


@app.callback()
def _people() -> None:
    """What a database says of a person."""


@app.command("show")
def show(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Their id.")],
    db: DbOption,
    page: Annotated[
        Literal["control", "handover", "file"],
        typer.Option("--page", help="Their control sheet, what they hand over, or the file of what they answer for."),
    ] = "control",
    since: Annotated[
        dt.datetime | None, option("--since", "The first day that is looked at.", formats=["%Y-%m-%d"])
    ] = None,
    until: Annotated[dt.datetime | None, option("--until", "The last day.", formats=["%Y-%m-%d"])] = None,
    directory: Annotated[
        str | None, option("--directory", "Who works here, for names and roles.", metavar="MODULE:NAME")
    ] = None,
    how: Annotated[Literal["md", "html"], typer.Option("--format", help="How to show it.")] = "md",
    rulebook: RulebookOption = None,
    regulation: RegulationOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Show what is on record of a person: duties met, late and open; what is in their hands; what they answer for."""
    from salesreg.cli.rulebooks import regulation_needed, rulebook_from
    from salesreg.commercial.personnel import person_page, processes_beside
    from salesreg.documents import person_html
    from salesreg.engine.person_record import person_record

    book = rulebook_from(rulebook)
    rules = regulation_needed(book, regulation)
    locale, zone, employee = book.texts.locale(lang), ZoneInfo(rules.calendar.timezone), _known(person, directory)
    first, end = _midnight("--since", since, 0, zone), _midnight("--until", until, 1, zone)
    with opened(db, looked=True) as store:
        now, beside = dt.datetime.now(dt.UTC), processes_beside(book)
        found = person_record(store, book, person, now, since=first, until=end, processes=beside)
    if employee is None and found.is_empty:
        raise UnknownEmployee(f"nothing is on record of {person!r}, and no directory knows them: give an employee's id")
    if as_json:
        print_json(_plain(found))
        return
    shown = person_page(page, book, rules, found, locale, employee)
    typer.echo(person_html(shown) if how == "html" else shown.markdown(), nl=False)


def _midnight(option: str, day: dt.datetime | None, after: int, zone: ZoneInfo) -> dt.datetime | None:
    """When a day begins, or some days after it."""
    if day is not None and not 1900 <= day.year <= 2200:
        raise typer.BadParameter(f"a day of the years 1900 to 2200, not of {day.year}", param_hint=option)
    return None if day is None else (day + dt.timedelta(days=after)).replace(tzinfo=zone)


def _known(person: str, directory: str | None) -> Employee | None:
    """Who it is, by the directory that is named or the project's; None where none knows them."""
    from salesreg.cli.rulebooks import directory_from, project_has_directory

    if directory is None and not project_has_directory():
        return None
    try:
        return directory_from(directory).employee(person)
    except UnknownEmployee:
        return None


def _plain(found: PersonRecord) -> dict[str, Any]:
    import attrs
    import msgspec

    return {
        "person": found.person,
        "at": found.at.isoformat(),
        "obligations": msgspec.to_builtins(found.obligations),
        "open": msgspec.to_builtins(found.open),
        "answers": {
            one: {"chargeable": not why, "reasons": [{"code": r.code, "text": str(r)} for r in why]}
            for one, why in found.excuses.items()
        },
        "charges": [attrs.asdict(held) | {"stage": case.stage} for held, case in found.charges],
        "waiting": [case.id for case in found.waiting],
        "handed_on": [attrs.asdict(one) | {"at": one.at.isoformat()} for one in found.handed_on],
        "heads": dict(found.heads),
    }
