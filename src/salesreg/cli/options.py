"""Options that several commands take, and how they print."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from salesreg.regulation import Regulation

__all__ = ["AsJson", "Lang", "LangOption", "RegulationOption", "console", "print_json", "regulation_from"]


class Lang(StrEnum):
    """The languages the command speaks."""

    EN = "en"
    RU = "ru"


LangOption = Annotated[Lang, typer.Option("--lang", help="Language of the output.", show_default=True)]
AsJson = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")]
RegulationOption = Annotated[
    Path | None,
    typer.Option("--regulation", help="A regulation as TOML; by default the shipped example.", show_default=False),
]


def console() -> Console:
    """Where tables and colours go: plain text unless a terminal shows colours and NO_COLOR is unset."""
    return Console(highlight=False, emoji=False, markup=False)


def print_json(value: Any) -> None:
    """Print a value as JSON, in UTF-8 and with its keys in order of appearance."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def regulation_from(path: Path | None) -> Regulation:
    """The regulation of a file, or the shipped example."""
    from salesreg import regulations

    return regulations.example() if path is None else Regulation.load(path)
