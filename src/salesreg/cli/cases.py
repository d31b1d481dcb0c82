"""`salesreg case`: what a database says of one case."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal

import typer

from salesreg.cli.location import DbOption, opened
from salesreg.cli.options import AsJson, LangOption, RulebookOption, print_json

app: Final = typer.Typer(help="The cases of a database.")
Format = Literal["md", "html"]


@app.callback()
def _cases() -> None:
    """The cases of a database."""


@app.command("show")
def show(
    case: Annotated[str, typer.Argument(metavar="CASE", help="Its id.")],
    db: DbOption,
    how: Annotated[Format, typer.Option("--format", help="How to show it.")] = "md",
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Show a case as evidence: what happened, what was owed and how it was counted, who answers for what was late."""
    from salesreg.cli.rulebooks import rulebook_from
    from salesreg.documents import CaseFile, case_html
    from salesreg.engine.evidence import evidence

    book = rulebook_from(rulebook)
    locale = book.texts.locale(lang)
    with opened(db, looked=True) as store:
        found = evidence(store, book, case, dt.datetime.now(dt.UTC))
    if as_json:
        print_json(_plain(found))
        return
    page = CaseFile(book, found, locale)
    typer.echo(case_html(page) if how == "html" else page.markdown(), nl=False)


def _plain(found: Any) -> dict[str, Any]:
    import msgspec

    return {
        "case": found.case.id,
        "process": found.case.process,
        "stage": found.case.stage,
        "events": msgspec.to_builtins(found.events),
        "obligations": msgspec.to_builtins(found.obligations),
        "answers": {
            one: {"chargeable": not why, "reasons": [{"code": r.code, "text": str(r)} for r in why]}
            for one, why in found.excuses.items()
        },
        "regulations": list(found.regulations),
        "head": found.head,
    }
