"""Write the pages and pictures of the docs that follow from the code: ``python docs/generate.py``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from inspect import cleandoc
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer

from salesreg import COMMERCIAL, commercial_service, errors
from salesreg.cli.app import app
from salesreg.documents import ProcessPage, picture, svg

HERE = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py: change the code it follows from, not this page. -->\n"
LANGUAGES = (("en", ""), ("ru", ".ru"))
COMMAND_LINE = """\
Every command speaks English and Russian (`--lang`), and those that work with a rulebook every language that it has
texts in. Those that print data print it as JSON too (`--json`). Bad input ends with exit code 2 and one line on
standard error; a check that finds something ends with 1. Colours appear only on a terminal, and never when `NO_COLOR`
is set.

A firm's own rulebook is found in this order:

1. `--rulebook acme.rules:RULES`, a module and a name in it; the working directory can be imported from.
2. `[tool.salesreg]` with `rulebook = "acme.rules:RULES"` in the nearest `pyproject.toml` upwards, whose folder can be
   imported from.
3. The entry point of the group `salesreg.rulebooks`, if one is installed; of several, `--rulebook` says which.
4. The shipped rulebook of the commercial service.

A migration file names the process, and what an old case lacks:

```toml
process = "sale"
to = 2                      # by default the version that new cases begin with

[stages]
opening = "legal_review"    # where cases go whose stage is gone

[data]
priority = "usual"          # values of attributes that are new
```"""
ERRORS = """\
Every error is one sentence that says what was wrong, with which value, and what would be right. Catch `SalesregError`
to catch them all; the built-in type in brackets is a base class too."""


def pages() -> Iterator[tuple[Path, str]]:
    """Every generated page with its text."""
    yield HERE / "reference" / "command-line.md", command_line()
    yield HERE / "reference" / "errors.md", error_tree()
    for process in COMMERCIAL.processes:
        for lang, suffix in LANGUAGES:
            locale, rules = COMMERCIAL.texts.locale(lang), commercial_service()
            page = ProcessPage(process, locale, rules, COMMERCIAL.reactions, COMMERCIAL.staff)
            text = page.markdown(f"../../pictures/{process.id}.{lang}.svg")
            yield HERE / "reference" / "processes" / f"{process.id}{suffix}.md", NOTE + text


def pictures() -> Iterator[tuple[Path, str]]:
    """Every generated picture."""
    for process in COMMERCIAL.processes:
        for lang, _ in LANGUAGES:
            page = ProcessPage(process, COMMERCIAL.texts.locale(lang), commercial_service())
            yield HERE / "pictures" / f"{process.id}.{lang}.svg", svg(picture(page))


def command_line() -> str:
    """Every command with its arguments and options."""
    parts = [
        NOTE + "# Command line",
        COMMAND_LINE,
    ]
    for words, callback in _commands(app, ("salesreg",)):
        rows = list(_parameters(callback))
        usage = " ".join([*words, *(name for name, _, positional in rows if positional)])
        table = "\n".join(f"| `{name}` | {meaning} |" for name, meaning, _ in rows)
        parts += [f"## {' '.join(words)}", cleandoc(callback.__doc__ or ""), f"`{usage}`", f"| | |\n|---|---|\n{table}"]
    return "\n\n".join(parts) + "\n"


def _commands(group: typer.Typer, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Callable[..., Any]]]:
    for command in group.registered_commands:
        if command.callback is not None:
            yield (*words, command.name or command.callback.__name__), command.callback
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            yield from _commands(inner.typer_instance, (*words, str(inner.name)))


def _parameters(callback: Callable[..., Any]) -> Iterator[tuple[str, str, bool]]:
    """The name, the meaning and whether it is positional, of each parameter of a command."""
    defaults = inspect.signature(callback).parameters
    for name, hint in get_type_hints(callback, include_extras=True).items():
        if name == "return":
            continue
        kind, info = get_args(hint)
        choices = next((one for one in (kind, *get_args(kind)) if isinstance(one, type) and issubclass(one, Enum)), ())
        positional = isinstance(info, typer.models.ArgumentInfo)
        said = [
            info.help or "",
            *(["One of " + ", ".join(f"`{one.value}`" for one in choices) + "."] if choices else []),
        ]
        if defaults[name].default is inspect.Parameter.empty and not positional:
            said.append("Required.")
        # Inside Annotated, the first of an option's names is taken for its default.
        option = next(
            str(one) for one in (info.default, *(info.param_decls or ()), f"--{name}") if str(one).startswith("--")
        )
        yield (info.metavar or name.upper()) if positional else option, " ".join(said), positional


def error_tree() -> str:
    """The tree of errors, and what each carries."""
    tree = (errors.__doc__ or "").split("::\n")[1].rsplit("\n\n", 1)[0]
    parts = [
        NOTE + "# Errors",
        ERRORS,
        f"```text\n{cleandoc(tree)}\n```",
    ]
    for name in errors.__all__:
        if name != "Sentence":  # how a message is put together, and no error
            parts += [f"## {name}", _prose(cleandoc(getattr(errors, name).__doc__))]
    return "\n\n".join(parts) + "\n"


def _prose(text: str) -> str:
    """A docstring as Markdown: its attributes as a list, without the example."""
    head, found, attributes = text.replace("``", "`").partition("\n\n>>> ")[0].partition("\nAttributes:\n")
    if not found:
        return head
    items = [
        f"- `{name}`: {meaning}"
        for name, _, meaning in (line.strip().partition(": ") for line in attributes.splitlines())
    ]
    return f"{head}\n" + "\n".join(items)


def write() -> None:
    """Write everything."""
    for path, text in (*pages(), *pictures()):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
