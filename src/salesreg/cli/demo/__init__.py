"""`salesreg demo`: the commercial service of a small firm on the embedded store, on a virtual clock."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from salesreg.adapters.sqlite import SqliteStore
from salesreg.cli.demo.chapters import print_chapters
from salesreg.cli.demo.closing import print_close
from salesreg.cli.demo.month import play_month
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
    full: Annotated[bool, typer.Option("--full", help="Print every event, not only the notable ones.")] = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Play a month of a small certification firm, all its processes, on a real database and a virtual clock."""
    if db is not None and db.exists():
        raise StoreUnavailable(f"{str(db)!r} exists already: the demo needs a new file, so that it overwrites nothing")
    console = Console(highlight=False, emoji=False, markup=False)
    with tempfile.TemporaryDirectory(prefix="salesreg-") as folder:
        store = SqliteStore(Path(folder) / "demo.db" if db is None else db)
        try:
            play = play_month(store, lang.value)
            print_chapters(play, console, full=full)
            good = print_close(play, console)
        finally:
            store.close()
    raise typer.Exit(0 if good else 1)
