"""`salesreg demo`: the commercial service of a small firm on the embedded store, on a virtual clock."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from salesreg.adapters.sqlite import SqliteStore
from salesreg.cli.demo.play import MOSCOW, Play
from salesreg.cli.demo.sales import play_sales
from salesreg.cli.demo.timeline import print_book, print_close
from salesreg.cli.options import Lang, LangOption
from salesreg.errors import StoreUnavailable

__all__ = ["demo"]


def demo(
    db: Annotated[
        Path | None,
        typer.Option(
            "--db", help="Keep the database in this new file; by default it is thrown away.", show_default=False
        ),
    ] = None,
    lang: LangOption = Lang.EN,
) -> None:
    """Play three working weeks of a small certification firm on a real database and a virtual clock."""
    if db is not None and db.exists():
        raise StoreUnavailable(f"{str(db)!r} exists already: the demo needs a new file, so that it overwrites nothing")
    with tempfile.TemporaryDirectory(prefix="salesreg-") as folder:
        store = SqliteStore(Path(folder) / "demo.db" if db is None else db)
        try:
            play = Play(store, dt.datetime(2026, 3, 2, 9, tzinfo=MOSCOW), lang.value)
            play_sales(play)
            print_book(play)
            good = print_close(play)
        finally:
            store.close()
    raise typer.Exit(0 if good else 1)
