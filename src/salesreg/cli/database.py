"""`salesreg db`: look after a database, and move running cases to another page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from salesreg.cli.location import DbOption, opened, shown, upgraded
from salesreg.cli.options import AsJson, LangOption, RulebookOption, option, print_json, print_line, sayer
from salesreg.errors import StoreError

if TYPE_CHECKING:
    from salesreg.engine.check import Seal
    from salesreg.engine.codec import Pages
    from salesreg.engine.migration import Migration
    from salesreg.ports import Store
    from salesreg.rules import Locale, Regulation

app: Final = typer.Typer(help="Look after a database.")


@app.command("upgrade")
def upgrade_database(
    db: DbOption, rulebook: RulebookOption = None, lang: LangOption = "en", as_json: AsJson = False
) -> None:
    """Bring a database to the schema of this salesreg."""
    from salesreg.cli.rulebooks import locale_from

    say = sayer(locale_from(lang, rulebook))
    before, after = upgraded(db)
    if as_json:
        print_json({"db": shown(db), "from": before, "to": after})
    elif before == after:
        say("cli.db.current", "{db}: schema {after} is current", db=shown(db), after=after)
    else:
        say("cli.db.upgraded", "{db}: schema {before} became {after}", db=shown(db), before=before, after=after)


@app.command("check")
def check_database(
    db: DbOption,
    seal: Annotated[Path | None, option("--seal", "What it must hold at least: what `db seal` printed.")] = None,
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Check a database at one moment: the file, the chains, a replay of each case, and whatever follows from those."""
    from salesreg.cli.rulebooks import rulebook_from
    from salesreg.engine.check import check
    from salesreg.engine.codec import Pages

    book = rulebook_from(rulebook)
    locale = book.texts.locale(lang)
    kept = None if seal is None else _seal(seal)
    with opened(db, looked=True) as store:
        pages = Pages(book)
        report = check(store, pages, seal=kept)
        problems = [*report.problems, *_other_shapes(store, pages, locale)]
    unknown = {process: report.cases[process] for process in sorted(report.unknown)}
    count = report.cases.total()
    if as_json:
        found = {"db": shown(db), "rulebook": book.id, "cases": count, "problems": problems, "not_replayed": unknown}
        print_json(found)
    else:
        say = sayer(locale)
        for problem in problems:
            print_line(problem)
        passed = (
            "{name}: {cases} {cases:plural|case|cases} not replayed, "
            "the rulebook {rulebook} has no such process: name yours with --rulebook"
        )
        for process, cases in unknown.items():
            say("cli.db.not_replayed", passed, name=process, cases=cases, rulebook=book.id)
        verdict = "{db}: {cases} {cases:plural|case|cases}, {problems} {problems:plural|problem|problems}"
        say("cli.db.checked", verdict, db=shown(db), cases=count, problems=len(problems))
    raise typer.Exit(1 if problems else 0)


def _seal(file: Path) -> Seal:
    from salesreg.engine.check import Seal

    try:
        return msgspec.json.decode(file.read_bytes(), type=Seal)
    except OSError as wrong:
        raise typer.BadParameter(f"{str(file)!r} cannot be read: {wrong.strerror}", param_hint="--seal") from wrong
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise typer.BadParameter(f"{str(file)!r} is no seal: {wrong}", param_hint="--seal") from wrong


def _other_shapes(store: Store, pages: Pages, locale: Locale) -> Iterator[str]:
    """The pages whose entity has changed so that what was stored can no longer be read."""
    from salesreg.engine.shape import shape_of, unreadable

    try:
        written_by_page = store.fingerprints()
    except StoreError:
        return  # the check has said what is wrong with the file
    for (process, version, home), written in written_by_page.items():
        if (process, version, home) in pages:
            try:
                reasons = unreadable(written, shape_of(pages.of(process, version, home)))
            except (msgspec.MsgspecError, AttributeError, TypeError) as wrong:
                reasons = (str(wrong),)
            if reasons:
                changed = "{name} version {version} of {home} was stored with other data: {reasons}"
                yield locale.say(
                    "cli.db.other_shape", changed, name=process, version=version, home=home, reasons=reasons
                )


# -- moving cases -----------------------------------------------------------------------------------------------------

_FILE = "Which cases and whither, as TOML: process, to, [stages] and [data]."
_REGULATION = "What the cases run under from then on, as TOML; by default what each runs under now."


class Moving(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a migration file says.

    Attributes:
        process: whose running cases.
        to: the version to move to; by default the one that new cases begin with.
        stages: the new stage of each old one that is gone.
        data: values of attributes that the stored data lack.
    """

    process: str
    to: int | None = None
    stages: dict[str, str] = {}
    data: dict[str, Any] = {}


@app.command("migrate")
def migrate_database(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_FILE, show_default=False)],
    db: DbOption,
    rulebook: RulebookOption = None,
    regulation: Annotated[Path | None, option("--regulation", _REGULATION)] = None,
    apply: Annotated[bool, option("--apply", "Do it; without this, only say what would be done.")] = False,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Move running cases to another version of their process or to another regulation, all or none."""
    from attrs import asdict

    from salesreg.cli.rulebooks import rulebook_from
    from salesreg.engine.codec import Pages

    moving = _moving(file)
    book = rulebook_from(rulebook)
    locale = book.texts.locale(lang)
    rules = None if regulation is None else book.load(regulation)
    if rules is not None:
        book.bind(rules)
    with opened(db) as store:
        plan = _moved(store, Pages(book), moving, rules, dry_run=True)
        if apply and not plan.problems:
            plan = _moved(store, Pages(book), moving, rules, dry_run=False)
    cases = [asdict(move) for move in plan.moves]
    if as_json:
        print_json(
            {"db": shown(db), "process": plan.process, "to": plan.to, "applied": not plan.dry_run, "cases": cases}
        )
    else:
        _print_plan(plan, cases, sayer(locale))
    raise typer.Exit(1 if plan.problems else 0)


def _moving(file: Path) -> Moving:
    try:
        return msgspec.toml.decode(file.read_bytes(), type=Moving)
    except OSError as wrong:
        raise typer.BadParameter(f"{str(file)!r} cannot be read: {wrong.strerror}", param_hint="FILE") from wrong
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise typer.BadParameter(f"{str(file)!r} is no migration: {wrong}", param_hint="FILE") from wrong


def _moved(store: Store, pages: Pages, moving: Moving, rules: Regulation | None, *, dry_run: bool) -> Migration:
    from salesreg.engine.log import kept_regulation
    from salesreg.engine.migration import run_migration
    from salesreg.ports import CaseQuery
    from salesreg.rules import Regulation

    process, regulation_of = pages.latest(moving.process).id, cache(partial(kept_regulation, store))
    last = store.find(CaseQuery(process=process, order="-last_at", limit=1))
    ladder_of = rules or (regulation_of(last[0].regulation) if last else Regulation(pages.rulebook.id))
    if rules is not None and not dry_run:
        store.keep_regulation(rules.content_hash, msgspec.json.encode(rules.to_dict()))
    return run_migration(
        store,
        pages,
        process,
        to=moving.to,
        stages=moving.stages,
        data=msgspec.to_builtins(moving.data),
        regulation=rules,
        regulation_of=regulation_of,
        ladder_of=ladder_of,
        now=lambda: dt.datetime.now(dt.UTC),
        dry_run=dry_run,
    )


def _print_plan(plan: Migration, cases: list[dict[str, Any]], say: Callable[..., None]) -> None:
    for one in cases:
        if one["problems"]:
            say(
                "cli.migrate.stuck",
                "{case} ({stage}) cannot be moved: {problems}",
                **one | {"problems": "; ".join(one["problems"])},
            )
        elif one["stage"] == one["to_stage"]:
            say("cli.migrate.stays", "{case}: stays in {stage}", **one)
        else:
            say("cli.migrate.moves", "{case}: {stage} → {to_stage}", **one)
    version, _, home = plan.to.partition(" of ")
    stuck = len(plan.problems)
    said: dict[str, Any] = {"name": plan.process, "cases": len(cases), "stuck": stuck, "version": version, "home": home}
    if not cases:
        say("cli.migrate.nothing", "{name}: every running case is on version {version} of {home} already", **said)
    elif stuck:
        refused = "{name}: {stuck} of {cases} {cases:plural|case|cases} cannot be moved to version {version} of {home}"
        say("cli.migrate.refused", refused, **said)
    elif plan.dry_run:
        ready = "{name}: {cases} {cases:plural|case|cases} can be moved to version {version} of {home}: add --apply"
        say("cli.migrate.planned", ready, **said)
    else:
        done = "{name}: {cases} {cases:plural|case|cases} moved to version {version} of {home}"
        say("cli.migrate.applied", done, **said)
