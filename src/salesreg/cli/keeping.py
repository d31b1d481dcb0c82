"""`salesreg db` seal, backup, export, import, purge: what is kept, elsewhere, and for how long."""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from salesreg.cli.database import DbOption
from salesreg.cli.options import AsJson, LangOption, RulebookOption, option, print_json, sayer
from salesreg.errors import StoreUnavailable


def seal(db: DbOption) -> None:
    """Print how far each case has come, as one line of JSON to keep elsewhere: `db check --seal` compares with it."""
    from salesreg.adapters.sqlite import SqliteStore
    from salesreg.engine.check import sealed

    with SqliteStore(db, create=False, read_only=not os.access(db, os.W_OK)) as store:
        typer.echo(msgspec.json.encode(sealed(store)).decode())


def backup(
    db: DbOption,
    to: Annotated[Path, option("--to", "The new file.")],
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Copy a database, as it stands at one moment, into a new file, whoever writes to it meanwhile."""
    from salesreg.adapters.sqlite import SqliteStore
    from salesreg.cli.rulebooks import locale_from

    say = sayer(locale_from(lang, rulebook))
    with SqliteStore(db, create=False, read_only=not os.access(db, os.W_OK)) as store:
        store.backup(to)
    if as_json:
        print_json({"db": str(db), "to": str(to), "bytes": to.stat().st_size})
    else:
        say("cli.db.copied", "{db}: copied to {to}", db=db, to=to)


def export(
    db: DbOption,
    to: Annotated[Path | None, option("--to", "The new file; without it, what is printed is the export.")] = None,
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
) -> None:
    """Write everything in a database as JSON Lines, as it stands at one moment; personal data and all."""
    from salesreg.adapters.sqlite import SqliteStore
    from salesreg.cli.rulebooks import locale_from
    from salesreg.engine.transfer import exported

    say = sayer(locale_from(lang, rulebook))
    with SqliteStore(db, create=False, read_only=not os.access(db, os.W_OK)) as store:
        if to is None:
            for line in exported(store):
                sys.stdout.buffer.write(line)
            return
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
    say("cli.db.exported", "{db}: written to {to}", db=db, to=to)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `db export` wrote.", show_default=False)],
    db: Annotated[Path, typer.Option("--db", help="The SQLite file, new or empty.")],
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Fill an empty database with an export; run again, an import that was broken off goes on where it stood."""
    from salesreg.adapters.sqlite import SqliteStore
    from salesreg.cli.rulebooks import locale_from
    from salesreg.engine.transfer import imported

    say = sayer(locale_from(lang, rulebook))
    try:
        with file.open("rb") as lines, SqliteStore(db) as store:
            records = imported(store, lines)
    except OSError as wrong:
        raise typer.BadParameter(f"{str(file)!r} cannot be read: {wrong.strerror}", param_hint="FILE") from wrong
    if as_json:
        print_json({"db": str(db), "records": records})
    else:
        told = "{db}: {records} {records:plural|record|records} taken in"
        say("cli.db.imported", told, db=db, records=records)


def purge(
    db: DbOption,
    days: Annotated[int, typer.Option("--older-than", min=1, help="Days for which they are kept.")],
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Forget old messages that were delivered, and the keys of old commands; cases and their events stay."""
    from salesreg.adapters.sqlite import SqliteStore
    from salesreg.cli.rulebooks import locale_from

    say = sayer(locale_from(lang, rulebook))
    with SqliteStore(db, create=False) as store:
        messages, keys = store.purge(dt.datetime.now(dt.UTC) - dt.timedelta(days=days))
    if as_json:
        print_json({"db": str(db), "messages": messages, "command_keys": keys})
    else:
        told = "{db}: {messages} {messages:plural|message|messages} and {keys} command {keys:plural|key|keys} forgotten"
        say("cli.db.purged", told, db=db, messages=messages, keys=keys)
