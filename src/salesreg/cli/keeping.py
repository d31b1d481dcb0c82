"""`salesreg db` seal, backup, export, import, purge: what is kept, elsewhere, and for how long."""

from __future__ import annotations

import datetime as dt
import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from salesreg.cli.location import DbOption, copied, opened, shown
from salesreg.cli.options import AsJson, LangOption, RulebookOption, option, print_json, sayer
from salesreg.errors import StoreUnavailable


def seal(db: DbOption) -> None:
    """Print how far each case has come, as one line of JSON to keep elsewhere: `db check --seal` compares with it."""
    from salesreg.engine.check import sealed

    with opened(db, looked=True) as store:
        typer.echo(msgspec.json.encode(sealed(store)).decode())


def backup(
    db: DbOption,
    to: Annotated[Path, option("--to", "The new file.")],
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Copy a database, as it stands at one moment, into a new file, whoever writes to it meanwhile."""
    from salesreg.cli.rulebooks import locale_from

    say = sayer(locale_from(lang, rulebook))
    copied(db, to)
    if as_json:
        print_json({"db": shown(db), "to": str(to), "bytes": to.stat().st_size})
    else:
        say("cli.db.copied", "{db}: copied to {to}", db=shown(db), to=to)


def export(
    db: DbOption,
    to: Annotated[Path | None, option("--to", "The new file; without it, what is printed is the export.")] = None,
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
) -> None:
    """Write everything in a database as JSON Lines, as it stands at one moment; personal data and all."""
    from salesreg.cli.rulebooks import locale_from
    from salesreg.engine.transfer import exported

    say = sayer(locale_from(lang, rulebook))
    with opened(db, looked=True) as store:
        if to is None:
            for line in exported(store):
                sys.stdout.buffer.write(line)
            return
        if to.exists():
            raise StoreUnavailable(f"{str(to)!r} is there already: an export goes into a new file")
        part = to.with_name(f"{to.name}.part")
        try:
            with part.open("wb") as file:
                file.writelines(exported(store))
                file.flush()
                os.fsync(file.fileno())
            part.rename(to)
        except OSError as wrong:
            raise StoreUnavailable(f"{str(to)!r} cannot be written: {wrong.strerror}") from wrong
        finally:
            part.unlink(missing_ok=True)
    say("cli.db.exported", "{db}: written to {to}", db=shown(db), to=to)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `db export` wrote.", show_default=False)],
    db: Annotated[str, option("--db", "The SQLite file, new or empty, or postgresql://…", metavar="FILE|URL")],
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Fill an empty database with an export; run again, an import that was broken off goes on where it stood."""
    from salesreg.cli.rulebooks import locale_from
    from salesreg.engine.transfer import imported

    say = sayer(locale_from(lang, rulebook))
    try:
        with file.open("rb") as lines, opened(db, create=True) as store:
            records = imported(store, lines)
    except OSError as wrong:
        raise typer.BadParameter(f"{str(file)!r} cannot be read: {wrong.strerror}", param_hint="FILE") from wrong
    if as_json:
        print_json({"db": shown(db), "records": records})
    else:
        told = "{db}: {records} {records:plural|record|records} taken in"
        say("cli.db.imported", told, db=shown(db), records=records)


def purge(
    db: DbOption,
    days: Annotated[int, typer.Option("--older-than", min=1, help="Days for which they are kept.")],
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Forget old messages that were delivered, and the keys of old commands; cases and their events stay."""
    from salesreg.cli.rulebooks import locale_from

    say = sayer(locale_from(lang, rulebook))
    with opened(db) as store:
        messages, keys = store.purge(dt.datetime.now(dt.UTC) - dt.timedelta(days=days))
    if as_json:
        print_json({"db": shown(db), "messages": messages, "command_keys": keys})
    else:
        told = "{db}: {messages} {messages:plural|message|messages} and {keys} command {keys:plural|key|keys} forgotten"
        say("cli.db.purged", told, db=shown(db), messages=messages, keys=keys)


def erase(
    db: DbOption,
    case: Annotated[list[str] | None, option("--case", "A case whose personal data go; may be given again.")] = None,
    text: Annotated[
        list[str] | None,
        option("--text", "A name, number or address that goes wherever it is personal; may be given again."),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="The id of whoever has it done.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="On whose request, or by which rule.")] = "",
    apply: Annotated[bool, option("--apply", "Do it; without this, only say what would be done.")] = False,
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Erase what ended cases hold of people; chains stay whole, and each case records that it was done."""
    from salesreg.cli.rulebooks import rulebook_from
    from salesreg.engine.codec import Pages
    from salesreg.engine.erase import Eraser
    from salesreg.engine.log import kept_regulation

    for name, given in (("--case or --text", case or text), ("--by", by), ("--reason", reason)):
        if not given:
            raise typer.BadParameter(f"say {name}: an erasure records whose data go, by whom and why")
    book = rulebook_from(rulebook)
    with opened(db) as store:
        eraser = Eraser(store, Pages(book), partial(kept_regulation, store), lambda: dt.datetime.now(dt.UTC))
        done = eraser.erase(case or (), text or (), by=by, reason=reason, dry_run=not apply)
    if as_json:
        cases = [{"case": one.case, "texts": one.texts, "kept": one.kept} for one in done]
        print_json({"db": shown(db), "applied": apply, "cases": cases})
    else:
        say = sayer(book.texts.locale(lang))
        for one in done:
            facts = {"case": one.case, "texts": one.texts, "reason": one.kept}
            if one.kept:
                say("cli.erase.kept", "{case}: nothing was erased: {reason}", **facts)
            elif apply:
                say("cli.erase.gone", "{case}: {texts} {texts:plural|text|texts} erased", **facts)
            else:
                say("cli.erase.planned", "{case}: {texts} {texts:plural|text|texts} would go: add --apply", **facts)
        if not done:
            say("cli.erase.nowhere", "no case holds that")
    raise typer.Exit(1 if any(one.kept for one in done) else 0)
