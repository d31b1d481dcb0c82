"""Options that several commands take, and how they print."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salesreg.errors import safe

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
    from rich.segment import Segment

    class Safe(Console):
        """A console that data do not steer."""

        def render(self, renderable: Any, options: Any = None) -> Iterator[Segment]:
            for text, style, control in super().render(renderable, options):
                lines = text if control else "\n".join(map(safe, text.split("\n")))
                yield Segment(lines, style, control)

    return Safe(highlight=False, emoji=False, markup=False)


def print_json(value: Any) -> None:
    """Print a value as JSON, in UTF-8 and with its keys in order of appearance."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    typer.echo("".join(sign if sign.isprintable() or sign == "\n" else json.dumps(sign)[1:-1] for sign in text))


def print_line(text: str) -> None:
    """Print one line, whatever is in it."""
    typer.echo(safe(text))


def sayer(locale: Locale) -> Callable[..., None]:
    """Prints what the command says, a sentence a line, by its key and its English, with its facts."""
    return lambda key, english, **facts: print_line(locale.say(key, english, **facts))
