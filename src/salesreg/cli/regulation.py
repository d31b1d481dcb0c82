"""`salesreg regulation`: begin a regulation, check it, show it, compare two, and say where a value comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from salesreg.cli.beginning import all_parameters, beginning, in_words, meaning, term_in_words, wanted
from salesreg.cli.options import AsJson, LangOption, RulebookOption, console, option, print_json, print_line, sayer
from salesreg.errors import RegulationError, RegulationFileError

if TYPE_CHECKING:
    from salesreg.process import Rulebook
    from salesreg.rules import LintFinding, Locale, Parameter, Regulation
    from salesreg.rules.regulation import Change

app: Final = typer.Typer(help="Begin a regulation, check it, show it, compare two.")

FileArgument = Annotated[Path, typer.Argument(help="The regulation's TOML file, whole or an overlay.")]
OptionalFile = Annotated[
    Path | None, typer.Argument(help="The regulation's TOML file; by default that of the project, or the example.")
]
Format = Literal["md", "html", "toml"]


@app.command("init")
def init(
    name: Annotated[str, option("--id", "The regulation's short name.")] = "ours",
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
) -> None:
    """Print a file to begin with: everything that is left open, with its requirement and an example."""
    from salesreg.cli.rulebooks import rulebook_from
    from salesreg.rules.texts import says_nothing

    if says_nothing(name):
        raise RegulationError('--id is a short name, such as "acme"')
    book = rulebook_from(rulebook)
    for line in beginning(book, name, book.texts.locale(lang)):
        typer.echo(line)


@app.command("check")
def check(
    file: FileArgument,
    directory: Annotated[
        str | None, option("--directory", "Who works here, to find duties of nobody.", metavar="MODULE:NAME")
    ] = None,
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Check a regulation: what is open, what nothing reads, what is wrong with it as a text; 1 if there are errors."""
    import datetime as dt

    from salesreg.cli.rulebooks import directory_from, rulebook_from
    from salesreg.rules.lint import Severity

    book = rulebook_from(rulebook)
    locale = book.texts.locale(lang)
    try:
        regulation = book.load(file)
    except RegulationFileError as wrong:
        if as_json:
            print_json({"file": str(file), "problems": [{"severity": "error", "text": str(wrong)}]})
        else:
            for line in str(wrong).split(f"; {file}"):
                print_line(line if line.startswith((str(file), "'", "cannot")) else f"{file}{line}")
        raise typer.Exit(1) from None
    people = None if directory is None else directory_from(directory)
    today = dt.datetime.now(dt.UTC).date()
    held = None if people is None else lambda role: bool(people.holders(role, today))
    rows = list(_open(book, regulation, locale))
    named = {row["subject"] for row in rows}
    rows += found(tuple(one for one in book.check(regulation, held) if one.facts.get("parameter") not in named), locale)
    errors = sum(row["severity"] == Severity.ERROR for row in rows)
    if as_json:
        print_json({"file": str(file), "id": regulation.id, "problems": rows})
    else:
        print_problems(rows, file, locale)
    raise typer.Exit(1 if errors else 0)


@app.command("show")
def show(
    file: OptionalFile = None,
    how: Annotated[Format, typer.Option("--format", help="How to show it.")] = "md",
    on: Annotated[str, option("--on", "The day as of which it is printed, such as 2026-03-02; by default today.")] = "",
    role: Annotated[list[str] | None, option("--role", "Only what holders of this role must acknowledge.")] = None,
    name: Annotated[str, option("--name", "Who acknowledges it, with --role.")] = "",
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
) -> None:
    """Show a regulation as the document that people sign, or as a whole file."""
    from salesreg.calendars.files import toml_text

    book, regulation = _given(rulebook, file)
    if name and not role:
        raise RegulationError("--name says who acknowledges: say with --role in which role")
    if how == "toml":
        typer.echo(toml_text(regulation.to_dict()), nl=False)
        return
    import datetime as dt

    from salesreg.documents import Reader, RegulationDocument, regulation_html

    reader = None
    if role:
        for one in role:
            _known_role(book, one)
        reader = Reader(name, frozenset[str](role))
    try:
        day = dt.date.fromisoformat(on) if on else dt.date.today()  # noqa: DTZ011 - the day on the printer's wall
    except ValueError:
        raise RegulationError(f"{on!r} is not a day: write it as 2026-03-02") from None
    document = RegulationDocument(book, regulation, book.texts.locale(lang), on=day, readers=[reader] if reader else [])
    typer.echo(regulation_html(document, reader) if how == "html" else document.markdown(reader), nl=False)


@app.command("diff")
def diff(
    old: FileArgument,
    new: FileArgument,
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Compare two regulations: each norm and value in words, and who must acknowledge anew."""
    from salesreg.cli.rulebooks import rulebook_from

    book = rulebook_from(rulebook)
    locale, before, after = book.texts.locale(lang), book.load(old), book.load(new)
    changes = before.diff(after)
    anew = sorted(before.to_acknowledge(after))
    if as_json:
        rows = [{"subject": one.subject, "kind": one.kind, "before": one.before, "after": one.after} for one in changes]
        print_json({"changes": rows, "acknowledge": anew})
        return
    for one in changes:
        for line in _told(one, locale):
            print_line(line)
    say = sayer(locale)
    if not changes:
        say("cli.regulation.equal", "nothing differs")
    elif anew:
        say("cli.regulation.anew", "to acknowledge anew: {roles:role}", roles=tuple(anew))
    else:
        say("cli.regulation.nobody", "no rule has changed: nobody acknowledges anew")


@app.command("params")
def params(
    file: OptionalFile = None, rulebook: RulebookOption = None, lang: LangOption = "en", as_json: AsJson = False
) -> None:
    """List every parameter: its value, where that comes from, the requirement behind it, what it means."""
    book, regulation = _given(rulebook, file)
    locale = book.texts.locale(lang)
    rows = [_row(one, regulation, locale) for one in all_parameters(book)]
    if as_json:
        print_json(rows)
        return
    from rich.table import Column, Table

    heads = ("name", "value", "origin", "clause", "meaning")
    names = [locale.say(f"cli.regulation.head.{head}", head) for head in heads]
    others = (Column(each, overflow="fold") for each in names[1:])
    table = Table(Column(names[0], no_wrap=True), *others, show_lines=True)
    for row in rows:
        table.add_row(*(term_in_words("—" if row[head] is None else str(row[head]), locale) for head in heads))
    console().print(table)


@app.command("explain")
def explain(
    name: Annotated[str, typer.Argument(help="A parameter or a norm, such as sale.price_approval.")],
    file: Annotated[Path | None, option("--regulation", "The regulation's TOML file.")] = None,
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Say what a parameter or a norm is, what it is now, where that comes from, and who reads it."""
    import difflib

    book, regulation = _given(rulebook, file)
    locale = book.texts.locale(lang)
    parameters = {one.name: one for one in all_parameters(book)}
    norms = {one.id: one for one in book.enforced()}
    if name not in parameters and name not in norms:
        near = difflib.get_close_matches(name, [*parameters, *norms], 1)
        hint = f": did you mean {near[0]!r}?" if near else ""
        raise RegulationError(f"no parameter or norm is called {name!r}{hint}")
    found: dict[str, Any] = _row(parameters[name], regulation, locale) if name in parameters else {"name": name}
    if name in norms:
        norm = regulation.norm(norms[name])
        found |= {
            "clause": norm.clause,
            "meaning": locale.title(f"norm.{name}"),
            "binds": [locale.title(f"role.{role}") for role in sorted(norm.binds)],
            "term": next((term_in_words(one.term, locale) or "—" for one in regulation.texts() if one.id == name), "—"),
            "control": _beside(book, "control", name, norm.control, locale),
            "metric": _beside(book, "metric", name, norm.metric, locale),
        }
    found["read_by"] = sorted(_readers(book, name))
    if as_json:
        print_json(found)
        return
    for key, value in found.items():
        if value not in (None, "", []):
            said = ", ".join(map(str, value)) if isinstance(value, list) else term_in_words(str(value), locale)
            print_line(f"{locale.say(f'cli.regulation.head.{key}', key.replace('_', ' '))}: {said}")


def _beside(book: Rulebook, kind: str, name: str, said: str, locale: Locale) -> str:
    """The control or the indicator of a norm in the language, unless the regulation words it itself."""
    if f"indicator.{said}" in book.english:
        return f"{said}: {locale.title(f'indicator.{said}')}"
    key = f"{kind}.{name}"
    return locale.title(key) if book.english.get(key) == said else said


def _given(rulebook: str | None, file: Path | None) -> tuple[Rulebook, Regulation]:
    from salesreg.cli.rulebooks import regulation_from, rulebook_from

    book = rulebook_from(rulebook)
    regulation = regulation_from(book, file)
    if regulation is None:
        raise RegulationFileError(f"the rulebook {book.id!r} brings no regulation: name a file")
    return book, regulation


def _known_role(book: Rulebook, role: str) -> None:
    import difflib

    known = [one.id for one in book.roles]
    if role not in known:
        near = difflib.get_close_matches(role, known, 1)
        hint = f": did you mean {near[0]!r}?" if near else f": there are {', '.join(known)}"
        raise RegulationError(f"no role is called {role!r}{hint}")


def _row(parameter: Parameter[Any], regulation: Regulation, locale: Locale) -> dict[str, Any]:
    from salesreg.rules.parameters import UNSET, scalar

    setting = regulation.settings.get(parameter.name)
    if setting is not None:
        value: Any = setting.value
        origin = str(setting.origin)
    elif parameter.default is not UNSET:
        value, origin = scalar(parameter.default), "default"
    else:
        value, origin = None, "open"
    return {
        "name": parameter.name,
        "value": value,
        "origin": locale.say(f"cli.regulation.origin.{origin}", origin),
        "clause": parameter.clause,
        "meaning": meaning(parameter, locale),
    }


def _readers(book: Rulebook, name: str) -> Iterator[str]:
    for page in book.processes:
        named = {one.name for one in page.parameters()} | {one.id for one in page.norms()}
        if name in named:
            yield page.id


def _open(book: Rulebook, regulation: Regulation, locale: Locale) -> Iterator[dict[str, str]]:
    """What is left open, a row for each value."""
    unset = regulation.unset(book.read(), book.enforced())
    named = {one.name: one for one in book.read()}
    example = book.regulation("example").settings if "example" in book.regulations else {}
    for name in () if unset is None else unset.names:
        one = named.get(name)
        if one is None:
            hours = 'working hours are not given (R40, R42): add [schedule] with day = ["09:00-18:00"]'
            text = locale.say("cli.regulation.no_hours", hours)
        else:
            open_value = "{name} is not set{clause}: {meaning} Give {wanted}."
            clause = f" ({one.clause})" if one.clause else ""
            text = locale.say(
                "cli.regulation.open",
                open_value,
                name=name,
                clause=clause,
                meaning=meaning(one, locale),
                wanted=wanted(one, locale),
            )
            if name in example:
                value = in_words(one, example[name].value, locale)
                value = str(value).lower() if isinstance(value, bool) else value
                text += " " + locale.say("cli.regulation.such_as", "The example has {value}.", value=str(value))
        yield {"severity": "error", "code": "open", "subject": name, "text": text}


def print_problems(rows: Sequence[dict[str, str]], file: Path, locale: Locale) -> None:
    """Every finding on a line of its own, and how many there are."""
    for row in rows:
        print_line(f"{_severity(row['severity'], locale)}: {row['text']}")
    errors = sum(row["severity"] == "error" for row in rows)
    verdict = "{file}: {errors} {errors:plural|error|errors}, {warnings} {warnings:plural|warning|warnings}"
    sayer(locale)("cli.regulation.checked", verdict, file=str(file), errors=errors, warnings=len(rows) - errors)


def found(findings: tuple[LintFinding, ...], locale: Locale) -> Iterator[dict[str, str]]:
    """Findings in words, with what a program compares."""
    for one in findings:
        words = locale.say(f"refusal.{one.code}", "{subject}: " + one.text, subject=one.subject, **one.facts)
        text = f"{words} ({one.clause})" if one.clause else words
        yield {"severity": str(one.severity), "code": one.code, "subject": one.subject, "text": text}


def _severity(severity: str, locale: Locale) -> str:
    return locale.say(f"cli.regulation.{severity}", severity)


def _told(change: Change, locale: Locale) -> Iterator[str]:
    """One difference in words: attribute by attribute where both sides have several."""
    title = f"norm.{change.subject}"
    said = f" — {locale.title(title)}" if locale.knows(title) and change.kind != "changed" else ""
    kind = locale.say(f"cli.regulation.{change.kind}", change.kind)
    before, after = change.before, change.after
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            if before.get(key) != after.get(key):
                yield f"{change.subject}.{key}: {_short(before.get(key), locale)} → {_short(after.get(key), locale)}"
    elif change.kind == "changed":
        known = [key for key in (f"parameter.{change.subject}", title) if locale.knows(key)]
        meant = f" — {locale.title(known[0])}" if known else ""
        yield f"{change.subject}: {_short(before, locale)} → {_short(after, locale)}{meant}"
    else:
        yield f"{change.subject}: {kind}{said or ' ' + _short(after if before is None else before, locale)}"


def _short(value: object, locale: Locale) -> str:
    if value is None:
        return "—"
    if isinstance(value, dict) and "parameter" in value:
        return term_in_words(str(value.get("default", f"‹{value['parameter']}›")), locale)
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_short(one, locale)}" for key, one in value.items())
    if isinstance(value, str):
        return term_in_words(value, locale)
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
