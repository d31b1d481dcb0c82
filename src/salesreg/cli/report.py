"""`salesreg report`: indicators, funnels, activity and receivables of a month, from what is on record."""

from __future__ import annotations

import csv
import datetime as dt
import sys
import zoneinfo
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from salesreg.cli.calendars import day_or_instant
from salesreg.cli.location import DbOption, opened
from salesreg.cli.options import AsJson, LangOption, RulebookOption, console, option, print_json, print_line
from salesreg.cli.processes import RegulationOption

if TYPE_CHECKING:
    from salesreg.commercial.domain.meetings import Meeting
    from salesreg.commercial.indicators import By, Indicators, Period
    from salesreg.commercial.indicators.counting import Away
    from salesreg.commercial.indicators.reports import Report
    from salesreg.engine.codec import Pages
    from salesreg.ports import Store
    from salesreg.process import Event, Rulebook
    from salesreg.rules import Employee, Locale, Regulation

What = Literal["indicators", "sales", "calls", "activity", "arrivals", "receivables"]
AGES = 30, 60, 90
"""The limits of age, in days, by which receivables are told apart."""


def report(
    db: DbOption,
    what: Annotated[What, typer.Argument(help="What to report of.")] = "indicators",
    month: Annotated[str | None, option("--month", "Which month, as 2026-03; by default that of --as-of.")] = None,
    by: Annotated[
        Literal["company", "team", "person"], typer.Option("--by", help="For whom each indicator is counted.")
    ] = "company",
    person: Annotated[str | None, option("--person", "Only of this employee, by id.")] = None,
    team: Annotated[str | None, option("--team", "Only of this department, by id.")] = None,
    meeting: Annotated[str | None, option("--meeting", "What this meeting works on, as it was when it began.")] = None,
    feed: Annotated[
        Path | None, option("--feed", "Of a time-keeping system: a CSV file with person, at, record.", metavar="FILE")
    ] = None,
    as_of: Annotated[str | None, option("--as-of", "As it was on record at an instant; by default now.")] = None,
    directory: Annotated[
        str | None, option("--directory", "Who works here, for names, departments and hours.", metavar="MODULE:NAME")
    ] = None,
    rulebook: RulebookOption = None,
    regulation: RegulationOption = None,
    lang: LangOption = "en",
    as_csv: Annotated[bool, option("--csv", "Print a table of comma-separated values.")] = False,
    as_json: AsJson = False,
) -> None:
    """Report a month from recorded events and obligations alone: what is not on record does not count."""
    from salesreg.cli.rulebooks import commercial_from, regulation_needed
    from salesreg.commercial.indicators import By, Period

    if as_csv and as_json:
        raise typer.BadParameter("give one of --csv and --json", param_hint="--csv")
    if person is not None and team is not None:
        raise typer.BadParameter("give one of --person and --team", param_hint="--team")
    if team is not None and what != "indicators":
        raise typer.BadParameter(f"only indicators are counted by department, not {what}", param_hint="--team")
    if (what == "arrivals") is (feed is None):
        text = "arrivals are read from a feed, and nothing else is: give both or neither"
        raise typer.BadParameter(text, param_hint="--feed")
    if meeting is not None and (what, month, by, person, team) != ("indicators", None, "company", None, None):
        raise typer.BadParameter(
            "a meeting says itself whose indicators it works on, and of when", param_hint="--meeting"
        )
    book = commercial_from(rulebook, "reports count what is")
    rules = regulation_needed(book, regulation)
    locale = book.texts.locale(lang)
    with opened(db, looked=True) as store:
        held = None if meeting is None else _meeting(store, book, rules, meeting)
        until = _until(as_of, rules) if as_of or held is None else held.started_at or _until(None, rules)
        period = Period.month(month or f"{_local(until, rules):%Y-%m}")
        staff, away = _staff(book, directory, _local(until, rules).date())
        whose = By.PERSON if person is not None else By.TEAM if team is not None else By(by)
        if what == "receivables":
            found = _receivables(store, book, rules, until, locale)
        else:
            counted = _read(store, book, rules, staff, away, until)
            _known_to(counted, book, person, team)
            if held is not None:
                period, found = _of_meeting(counted, held, until, locale)
            elif feed is not None:
                found = _arrived(counted, feed, period, until, locale, person)
            else:
                found = _counted(what, counted, period, until, locale, whose, person or team)
    if as_json:
        print_json(found.records)
    elif as_csv:
        _print_csv(found)
    else:
        _print(found, "" if what == "receivables" else str(period))


def _counted(
    what: str, indicators: Indicators, period: Period, at: dt.datetime, locale: Locale, by: By, only: str | None
) -> Report:
    from salesreg.commercial.indicators import reports
    from salesreg.commercial.processes.sale import Sale

    def called(who: str) -> str:
        return locale.title(f"department.{who}") if by == "team" else _name(indicators, who)

    if what == "sales":
        stages = (one.id for one in Sale.stages.values() if not one.final and not one.ended)
        return reports.report_of_sales(indicators, period, at=at, locale=locale, stages=stages, person=only)
    if what == "calls":
        return reports.report_of_calls(indicators, period, at=at, locale=locale, person=only)
    if what == "activity":
        return reports.report_of_activity(indicators, period, at=at, locale=locale, person=only, called=called)
    return reports.report_of_indicators(indicators, period, at=at, locale=locale, by=by, only=only, called=called)


def _known_to(indicators: Indicators, book: Rulebook, person: str | None, team: str | None) -> None:
    """Of whom nothing is known nothing is reported: a name that is misspelled is no empty month."""
    from salesreg.commercial.domain.sales_plans import PlanKind

    record = indicators.record
    planned = {kind: {one.plan.owner for one in record.plans.values() if one.plan.kind is kind} for kind in PlanKind}
    if person is not None and person not in {
        *indicators.staff,
        *record.roles,
        *record.acts,
        *planned[PlanKind.INDIVIDUAL],
    }:
        raise typer.BadParameter(f"nobody with the id {person!r} works here or is on record", param_hint="--person")
    teams = {one.department.id for one in book.roles if one.department is not None}
    teams |= {one.department for one in indicators.staff.values() if one.department is not None} | planned[
        PlanKind.TEAM
    ]
    if team is not None and team not in teams:
        there = ", ".join(sorted(teams))
        raise typer.BadParameter(f"there is no department {team!r}: there is {there}", param_hint="--team")


def _name(indicators: Indicators, who: str) -> str:
    one = indicators.staff.get(who)
    return who if one is None else one.full_name


def _arrived(
    indicators: Indicators, feed: Path, period: Period, at: dt.datetime, locale: Locale, person: str | None
) -> Report:
    from salesreg.commercial.indicators.funnels import arrivals_of
    from salesreg.commercial.indicators.reports import report_of_arrivals

    came = arrivals_of(feed, lambda who: indicators.calendar_of(who).timezone)
    called = partial(_name, indicators)
    return report_of_arrivals(indicators, came, period, at=at, locale=locale, person=person, called=called)


def _of_meeting(indicators: Indicators, meeting: Meeting, at: dt.datetime, locale: Locale) -> tuple[Period, Report]:
    from salesreg.commercial.indicators.reports import report_of_meeting

    return report_of_meeting(indicators, meeting, at=at, locale=locale, called=partial(_name, indicators))


def _meeting(store: Store, book: Rulebook, rules: Regulation, case: str) -> Meeting:
    from salesreg.adapters.memory import MemoryDirectory
    from salesreg.commercial.domain.meetings import Meeting
    from salesreg.engine import open_engine

    # It is not closed: the store is read further.
    found = open_engine(store, rulebook=book, regulation=rules, directory=MemoryDirectory(())).case(case).data
    if not isinstance(found, Meeting):
        raise typer.BadParameter(f"{case!r} is no meeting", param_hint="--meeting")
    return found


def _read(
    store: Store, book: Rulebook, rules: Regulation, staff: tuple[Employee, ...], away: Away, at: dt.datetime
) -> Indicators:
    """Everything that was on record at an instant, read as it stands at one moment."""
    from salesreg.commercial.indicators import Indicators
    from salesreg.engine.codec import Pages
    from salesreg.engine.log import log

    with store.snapshot() as still:
        pages = Pages(book)
        events = (_known(event, pages) for _, event in log(still, pages) if event.at <= at)
        return Indicators(rules, staff=staff, roles=book.roles, away=away).fold(events)


def _known(event: Event, pages: Pages) -> Event:
    """An event of a page that the rulebook has: of another's nobody can say what it means."""
    if (event.process, event.process_version, event.rulebook) not in pages:
        page = f"{event.process} version {event.process_version} of the rulebook {event.rulebook!r}"
        raise typer.BadParameter(f"{event.case} runs on {page}: name the rulebook that has it", param_hint="--rulebook")
    return event


def _receivables(store: Store, book: Rulebook, rules: Regulation, at: dt.datetime, locale: Locale) -> Report:
    from salesreg.adapters.memory import MemoryDirectory
    from salesreg.commercial.owed_by_clients import receivables, report_of_receivables
    from salesreg.engine import open_engine

    with open_engine(store, rulebook=book, regulation=rules, directory=MemoryDirectory(())) as engine:
        return report_of_receivables(receivables(engine, at=at, days=AGES), days=AGES, locale=locale)


def _staff(book: Rulebook, named: str | None, day: dt.date) -> tuple[tuple[Employee, ...], Away]:
    """Everybody who works here and who was away, by the directory named or the project's; nobody if there is none."""
    from salesreg.cli.rulebooks import directory_from, project_has_directory

    if named is None and not project_has_directory():
        return (), lambda _: ()
    people = directory_from(named)
    found = {one.id: one for role in book.roles for one in people.holders(role.id, day)}
    away = cache(lambda on: frozenset(one.employee for one in people.absences(on) if one.covers(on)))
    return tuple(found[one] for one in sorted(found)), away


def _local(at: dt.datetime, rules: Regulation) -> dt.datetime:
    return at.astimezone(zoneinfo.ZoneInfo(rules.calendar.timezone))


def _until(text: str | None, rules: Regulation) -> dt.datetime:
    """The instant as of which is reported; a day stands for its end."""
    from salesreg.process.bounds import YEARS

    if text is None:
        return dt.datetime.now(dt.UTC)
    given = day_or_instant(text, "--as-of")
    if given.year not in YEARS:
        years = f"{YEARS.start} to {YEARS.stop - 1}"
        raise typer.BadParameter(f"an instant of the years {years}, not of {given.year}", param_hint="--as-of")
    if isinstance(given, dt.datetime):
        return given.astimezone(dt.UTC)
    after = dt.datetime.combine(given + dt.timedelta(days=1), dt.time(), zoneinfo.ZoneInfo(rules.calendar.timezone))
    return (after - dt.timedelta(microseconds=1)).astimezone(dt.UTC)


def _print(found: Report, title: str) -> None:
    from rich.table import Table

    if title:
        print_line(title)
    table = Table(*found.head, box=None, pad_edge=False)
    for row in found.rows:
        table.add_row(*row)
    console().print(table)


def _print_csv(found: Report) -> None:
    names = [name for name in (found.records[0] if found.records else {}) if name != "events"]
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(names)
    for record in found.records:
        out.writerow([_cell(record[name]) for name in names])


def _cell(value: object) -> object:
    """A value as a spreadsheet takes it; what begins like a formula is text."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, dict):
        return " ".join(f"{name}={times}" for name, times in value.items())
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "@"} else value
