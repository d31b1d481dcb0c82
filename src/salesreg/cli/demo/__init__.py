"""`salesreg demo`: the commercial service of a small firm on the embedded store, on a virtual clock."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from salesreg.cli.options import LangOption, console, option
from salesreg.errors import StoreUnavailable

__all__ = ["demo"]


def demo(
    db: Annotated[
        Path | None, option("--db", "Keep the database in this new file; by default it is thrown away.")
    ] = None,
    full: Annotated[bool, option("--full", "Print every event, not only the notable ones.")] = False,
    lang: LangOption = "en",
) -> None:
    """Play a month of a small certification firm, all its processes, on a real database and a virtual clock."""
    from salesreg.adapters.sqlite import SqliteStore
    from salesreg.cli.demo import firm
    from salesreg.cli.demo.chapters import print_chapters
    from salesreg.cli.demo.closing import print_close
    from salesreg.cli.demo.month import play_month

    locale = firm.TEXTS.locale(lang)
    if db is not None and db.exists():
        raise StoreUnavailable(f"{str(db)!r} exists already: the demo needs a new file, so that it overwrites nothing")
    with (
        tempfile.TemporaryDirectory(prefix="salesreg-") as folder,
        SqliteStore(Path(folder) / "demo.db" if db is None else db) as store,
    ):
        play = play_month(store, locale)
        print_chapters(play, console(), full=full)
        good = print_close(play, console())
    raise typer.Exit(0 if good else 1)
