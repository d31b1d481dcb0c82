"""Options that several commands take, and how they print."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from salesreg.rules import Locale


def option(name: str, says: str, **more: Any) -> Any:
    """An option whose default its help tells of, or nobody needs to know."""
    return typer.Option(name, help=says, show_default=False, **more)


AsJson = Annotated[bool, option("--json", "Print machine-readable JSON.")]
LangOption = Annotated[str, typer.Option("--lang", help="Language of the output, one that the rulebook has texts in.")]


def _said_before(context: typer.Context, given: str | None) -> str | None:
    """What stands before the command, ``salesreg --rulebook acme.rules:RULES process list``, unless it has its own."""
    before: str | None = context.find_root().params.get("rulebook")
    return before if given is None else given


RulebookOption = Annotated[
    str | None,
    option(
        "--rulebook",
        "Whose processes; by default what pyproject.toml names, else what is installed, else the shipped ones.",
        metavar="MODULE:NAME",
        callback=_said_before,
    ),
]
"""Whose rulebook; it may stand before the command and after it, and what stands nearer counts."""


def console() -> Console:
    """Where tables and colours go: plain text unless a terminal shows colours and NO_COLOR is unset."""
    from rich.console import Console

    return Console(highlight=False, emoji=False, markup=False)


def print_json(value: Any) -> None:
    """Print a value as JSON, in UTF-8 and with its keys in order of appearance."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_line(text: str) -> None:
    """Print one line, whatever is in it."""
    typer.echo(safe(text))


def sayer(locale: Locale) -> Callable[..., None]:
    """Prints what the command says, a sentence a line, by its key and its English, with its facts."""
    return lambda key, english, **facts: print_line(locale.say(key, english, **facts))


def safe(text: str) -> str:
    r"""A text on one line, its control characters spelled out: data do not steer a terminal.

    >>> safe("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return "".join(sign if sign.isprintable() or sign == "\u00a0" else repr(sign)[1:-1] for sign in text)
