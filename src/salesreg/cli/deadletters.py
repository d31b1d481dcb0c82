"""`salesreg db dead` and `requeue`: what has been given up, why, and how it is put back."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import typer

from salesreg.cli.location import DbOption, opened, shown
from salesreg.cli.options import AsJson, LangOption, RulebookOption, option, print_json, sayer

_MANY = 1000


def dead(
    db: DbOption,
    limit: Annotated[int, typer.Option("--limit", help="At most so many of each kind.", min=1)] = _MANY,
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """List messages, timers, duties and reminders that have been given up, each with the reason."""
    from salesreg.cli.rulebooks import locale_from
    from salesreg.engine.dead import dead as given_up

    with opened(db, looked=True) as store:
        found = given_up(store, limit)
    if as_json:
        print_json({"db": shown(db), "dead": [_row(one) for one in found]})
        return
    say = sayer(locale_from(lang, rulebook))
    for one in found:
        # Which kind it is stands in the catalogue as well.
        kinds = {"message": "message to {to}", "timer": "timer", "obligation": "reminder"}
        kind = locale_from(lang, rulebook).say(f"cli.dead.{one.kind}", kinds[one.kind], **_row(one))
        line = "{id} ({kind}, {attempts} {attempts:plural|try|tries}): {reason}"
        say("cli.dead.one", line, **{**_row(one), "kind": kind})
    say("cli.dead.all", "{db}: {n} given up; put back with: salesreg db requeue ID", db=shown(db), n=len(found))


def requeue(
    db: DbOption,
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID...", help="What `db dead` lists.")] = None,
    every: Annotated[bool, option("--all", "All that has been given up.")] = False,
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Put back what has been given up: the next tick tries it again, and asks again whether it is still needed."""
    from salesreg.cli.rulebooks import locale_from
    from salesreg.engine.dead import dead as given_up
    from salesreg.engine.dead import requeue as put_back

    if every == bool(ids):
        raise typer.BadParameter("say which by their ids, or --all", param_hint="ID")
    done: list[str] = []
    with opened(db) as store:
        wanted = list(ids or ())
        while wanted or every:
            if every and not (wanted := [one.id for one in given_up(store, _MANY)]):
                break
            done += put_back(store, wanted, dt.datetime.now(dt.UTC))
            if not every:
                break
    missing = sorted(set(ids or ()) - set(done))
    if as_json:
        print_json({"db": shown(db), "requeued": done, "not_dead": missing})
    else:
        say = sayer(locale_from(lang, rulebook))
        say("cli.requeued.done", "{db}: {n} put back", db=shown(db), n=len(done))
        for one in missing:
            say("cli.requeued.missing", "{id} is not dead: see salesreg db dead", id=one)
    raise typer.Exit(1 if missing else 0)


def _row(one: Any) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "id": one.id,
        "case": one.case,
        "to": getattr(one.body, "to", ""),
        "attempts": one.attempts,
        "reason": one.reason,
    }
