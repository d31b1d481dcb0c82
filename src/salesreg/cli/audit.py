"""`salesreg audit`: hold a log of another system to the regulation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from salesreg.cli.options import AsJson, LangOption, RulebookOption, option, print_json, print_line, sayer
from salesreg.cli.processes import RegulationOption
from salesreg.errors import MappingError

if TYPE_CHECKING:
    from salesreg.audit import Audit
    from salesreg.documents import ProcessPage, Sheet
    from salesreg.rules import Locale

app: Final = typer.Typer(help="Hold a log of another system to the regulation.")

MappingArgument = Annotated[Path, typer.Argument(metavar="MAPPING", help="What the log means, as TOML.")]
FailOn = Literal["never", "chargeable", "any"]


@app.command("map")
def draft(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="The log: CSV, Parquet or XES.")],
    process: Annotated[str, option("--process", "The id of the process that it is a log of.")] = "",
    delimiter: Annotated[str, typer.Option("--delimiter", help="What stands between the columns of a CSV file.")] = ",",
    encoding: Annotated[str, typer.Option("--encoding", help="The encoding of a CSV file.")] = "utf-8",
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
) -> None:
    """Print a mapping to begin with: which column seems to be what, and what each name of the log may mean."""
    from salesreg.audit.drafting import drafted
    from salesreg.cli.rulebooks import rulebook_from

    book = rulebook_from(rulebook)
    page = book.process(process) if process else None
    for line in drafted(log, page, book.texts.locale(lang), delimiter=delimiter, encoding=encoding):
        print_line(line)


@app.command("run")
def run_audit(
    mapping: MappingArgument,
    out: Annotated[Path | None, option("--out", "A folder for findings, rates and the report as files.")] = None,
    html: Annotated[Path | None, option("--html", "A file for the report as one page.")] = None,
    fail_on: Annotated[FailOn, typer.Option("--fail-on", help="Which findings end with exit code 1.")] = "chargeable",
    rulebook: RulebookOption = None,
    regulation: RegulationOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Audit a log: how each rule was kept, what broke it, and what cannot be known; 1 if it was broken."""
    found, locale, page = audited(mapping, rulebook, regulation, lang)
    _written(found, locale, page, out, html)
    if as_json:
        print_json(_plain(found))
    else:
        _printed(found, locale, page)
    against = {"never": 0, "any": len(found.findings), "chargeable": found.findings.chargeable()}[fail_on]
    raise typer.Exit(1 if against else 0)


@app.command("explain")
def explain(
    mapping: MappingArgument,
    finding: Annotated[str, typer.Argument(metavar="FINDING", help="Its id, as in the tables.")],
    rulebook: RulebookOption = None,
    regulation: RegulationOption = None,
    lang: LangOption = "en",
) -> None:
    """Say of one finding where it stands in the log, and how its due instant was counted, day by day."""
    found, locale, page = audited(mapping, rulebook, regulation, lang)
    from salesreg.audit.report import AuditReport

    one = next((one for one in found.findings if one.id == finding), None)
    if one is None:
        raise MappingError(f"the log has no finding {finding!r}: take an id from the tables that run --out writes")
    report = AuditReport(found, locale, page)
    print_line(" · ".join(report.row(one)))
    for line in found.explain(one, locale.lang if locale.lang in ("en", "ru") else "en").splitlines():
        print_line(line)


@app.command("compare")
def compare(
    mapping: MappingArgument,
    then: Annotated[Path, option("--then", "Another regulation, as TOML.")],
    rulebook: RulebookOption = None,
    regulation: RegulationOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Audit a log under two regulations: how many cases would keep each rule that break it now, and the other way."""
    now, locale, page = audited(mapping, rulebook, regulation, lang)
    other, _, _ = audited(mapping, rulebook, then, lang)
    import attrs

    from salesreg.audit.report import AuditReport
    from salesreg.audit.what_if import compared

    changes = compared(now, other)
    if as_json:
        print_json([attrs.asdict(one) | {"difference": one.difference, "interval": one.interval} for one in changes])
        return
    report = AuditReport(now, locale, page)
    print_line(report.edition)
    _print_sheet(report.changes(changes))


@app.command("discover")
def discover(
    mapping: MappingArgument,
    name: Annotated[str, typer.Option("--name", help="The id of the draft.")] = "draft",
    share: Annotated[float, typer.Option("--share", help="What rarer cases than this share do is left out.")] = 0.02,
    rulebook: RulebookOption = None,
    regulation: RegulationOption = None,
    lang: LangOption = "en",
) -> None:
    """Say what people do: beside the rule if the mapping names a process, otherwise as the draft of one in Python."""
    found, locale, page = audited(mapping, rulebook, regulation, lang)
    if page is None:
        from salesreg.audit.discovery import Practice

        if not 0 <= share < 1 or not name.isidentifier():
            raise MappingError(f"--share {share} is a share such as 0.02, and --name {name!r} a name such as permit")
        for line in Practice(found.log, found.bound.calendar, found.bound.people, share).page(name):
            print_line(line)
        return
    from salesreg.audit.report import AuditReport

    for sheet in AuditReport(found, locale, page).practice():
        print_line(sheet.title)
        _print_sheet(sheet)


def audited(
    mapping: Path, rulebook: str | None, regulation: Path | None, lang: str
) -> tuple[Audit, Locale, ProcessPage | None]:
    """The audit that a mapping asks for, the language, and the process in it."""
    from salesreg.audit import LogMapping, audit
    from salesreg.cli.rulebooks import regulation_from, rulebook_from
    from salesreg.documents import ProcessPage

    book = rulebook_from(rulebook)
    locale, meant = book.texts.locale(lang), LogMapping.load(mapping)
    process = book.process(meant.log.process) if meant.log.process else None
    text = regulation_from(book, regulation) if process is not None or meant.calendar is None else None
    page = None if process is None else ProcessPage(process, locale, text, book.reactions)
    return audit(meant, process, text, folder=mapping.parent), locale, page


def _written(found: Audit, locale: Locale, page: ProcessPage | None, out: Path | None, html: Path | None) -> None:
    from salesreg.audit.report import AuditReport
    from salesreg.documents.html import page_html

    if out is not None:
        import pyarrow.csv as pa_csv
        import pyarrow.parquet as pq

        from salesreg.audit.rates import rates_table

        out.mkdir(parents=True, exist_ok=True)
        findings, rates = found.findings.table(), rates_table(found.rates(by_person=True, by_month=True))
        for name, table in (("findings", findings), ("rates", rates)):
            pq.write_table(table, out / f"{name}.parquet")
            pa_csv.write_csv(_flat(table), out / f"{name}.csv")
        html = html or out / "report.html"
    if html is not None:
        report = AuditReport(found, locale, page)
        html.write_text(page_html(report.title, report.edition, report.sections(), locale), encoding="utf-8")


def _flat(table: Any) -> Any:
    """A table that CSV can hold: a delay in minutes."""
    if "delay" not in table.column_names:
        return table
    import pyarrow as pa
    import pyarrow.compute as pc

    minutes = pc.divide(pc.cast(table["delay"].cast(pa.int64()), pa.float64()), 60e6)
    return table.set_column(table.column_names.index("delay"), "delay_minutes", minutes)


def _printed(found: Audit, locale: Locale, page: ProcessPage | None) -> None:
    from salesreg.audit.report import AuditReport

    report, say = AuditReport(found, locale, page), sayer(locale)
    print_line(report.title)
    print_line(report.edition)
    _print_sheet(report.rates())
    for kind, number in sorted(found.findings.kinds().items(), key=lambda one: -one[1]):
        print_line(f"{number:>7} {locale.say(f'audit.kind.{kind}', kind.replace('_', ' '))}")
    total = "{findings} {findings:plural|finding|findings}, {chargeable} laid to somebody's charge"
    say("cli.audit.total", total, findings=len(found.findings), chargeable=found.findings.chargeable())
    unchecked = len(found.bound.unchecked) + len(found.unknown())
    if unchecked:
        say("cli.audit.unchecked", "not everything was checked: the report (--html) says what and why")


def _print_sheet(sheet: Sheet) -> None:
    """A row's first cell on a line, and below it what the others say, each with the name of its column."""
    for first, *others in sheet.rows:
        print_line(first)
        cells = zip(sheet.head[1:], others, strict=True)
        if said := [f"{name}: {cell}" for name, cell in cells if cell not in ("0", "—")]:
            print_line("    " + " · ".join(said))


def _plain(found: Audit) -> dict[str, Any]:
    import attrs

    return {
        "events": len(found.log),
        "cases": len(found.log.cases),
        "rates": [attrs.asdict(one) | {"share": one.share, "interval": one.interval} for one in found.rates()],
        "findings": found.findings.kinds(),
        "chargeable": found.findings.chargeable(),
        "unknown": [{"norm": n, "reason": r, "count": c} for (n, r), c in found.unknown().items()],
        "unchecked": [{"what": what, "why": why} for what, why in found.bound.unchecked],
    }
