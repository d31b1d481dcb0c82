"""`salesreg deadline` and `salesreg calendar`: when something is due and why, and what a year looks like."""

from __future__ import annotations

import contextlib
import datetime as dt
import tomllib
import zoneinfo
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from salesreg.cli.options import AsJson, console, option, print_json
from salesreg.errors import BusinessTimeError, NaiveDatetimeError, ScheduleError

if TYPE_CHECKING:
    from salesreg.calendars import BusinessCalendar


RollName = Literal["following", "preceding", "modified_following", "modified_preceding", "none"]
"""The names of the roll conventions, for `--help`, which loads no calendar."""
LangOption = Annotated[Literal["en", "ru"], typer.Option("--lang", help="Language of the output.")]
CountryOption = Annotated[str | None, option("--country", "ISO 3166 code of the production calendar; by default RU.")]
SubdivisionOption = Annotated[str | None, option("--subdivision", "A state, land or region of the country.")]
_HOURS = "Working hours as TOML; by default Mon–Fri 09:00–18:00 with lunch 13:00–14:00."
_ZONE = "IANA zone of the hours; by default Europe/Moscow for RU, else the country's zone that fits --from."
_PAUSE = "FROM/TO in which the clock stood still; FROM/ while it does. Repeatable."
AsIcs = Annotated[bool, option("--ics", "Print an iCalendar file.")]


def deadline(
    term: Annotated[str, typer.Argument(metavar="TERM", help='Such as "2 business days" or "30 рабочих минут".')],
    start: Annotated[str, option("--from", "When the term starts: 2024-04-26T10:00+03:00, or a date.")],
    country: CountryOption = None,
    subdivision: SubdivisionOption = None,
    schedule: Annotated[Path | None, option("--schedule", _HOURS)] = None,
    timezone: Annotated[str | None, option("--timezone", _ZONE)] = None,
    roll: Annotated[RollName | None, option("--roll", "Where a due date on a day off goes.")] = None,
    pause: Annotated[list[str] | None, option("--pause", _PAUSE)] = None,
    explain: Annotated[bool, option("--explain", "Say how it is counted, day by day.")] = False,
    as_ics: AsIcs = False,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Say when a term is due in business time, and why."""
    from attrs import evolve

    from salesreg.calendars import Roll, Term

    _only_one(as_json, as_ics)
    parsed, since = Term.parse(term), day_or_instant(start, "--from")
    if roll is not None:
        parsed = evolve(parsed, roll=Roll(roll))
    days = _calendar(country, subdivision, schedule, timezone, since)
    found = days.due(parsed, since, [_pause(one) for one in pause or ()])
    if as_ics:
        typer.echo(found.to_ics(lang), nl=False)
    elif as_json:
        print_json({name: value for name, value in found.to_dict().items() if name != "start"})
    else:
        lines = found.explain(lang).split("\n")
        typer.echo("\n".join(lines if explain else [lines[0], lines[-1]]))


def calendar(
    year: Annotated[str, typer.Argument(metavar="YEAR", help="Such as 2025.")],
    country: CountryOption = None,
    subdivision: SubdivisionOption = None,
    as_ics: AsIcs = False,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Show a year: days off, moved days, short days and the norm of working time."""
    from salesreg.calendars import BusinessCalendar, ProductionCalendar, WorkSchedule

    _only_one(as_json, as_ics)
    production = ProductionCalendar.country("RU" if country is None else country, subdivision)
    page = BusinessCalendar(WorkSchedule.standard(), production).year(_year(year))
    norm = page.norm
    if as_ics:
        typer.echo(page.to_ics(lang), nl=False)
    elif as_json:
        print_json(
            {
                "year": norm.year,
                "working_days": norm.working_days,
                "short_days": [day.isoformat() for day in page.short],
                "moved": [{"from": source.isoformat(), "to": target.isoformat()} for source, target in page.moved],
                "hours": {"40": norm.hours_40, "36": norm.hours_36, "24": norm.hours_24},
                "provisional": norm.provisional,
                **({"short_days_unchecked": page.unchecked} if page.unchecked else {}),
            }
        )
    else:
        console().print(page.to_rich(lang))


def _year(text: str) -> int:
    if not text.isdecimal() or not dt.MINYEAR <= int(text) <= dt.MAXYEAR:
        raise BusinessTimeError(f"{text!r} is not a year: give one such as 2025")
    return int(text)


def _only_one(as_json: bool, as_ics: bool) -> None:
    if as_json and as_ics:
        raise typer.BadParameter("--json and --ics are two formats: give one of them")


def day_or_instant(text: str, where: str) -> dt.date:
    """An aware datetime, or a date, which stands for its beginning."""
    with contextlib.suppress(ValueError):
        return dt.date.fromisoformat(text)
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise BusinessTimeError(
            f"{where} {text!r} is not an instant: write it as 2024-04-26T10:00+03:00, or a date as 2024-04-26"
        ) from None
    if moment.utcoffset() is None:
        raise NaiveDatetimeError(f"{where} {text} has no time zone: end it with an offset such as +03:00")
    return moment


def _pause(text: str) -> tuple[dt.datetime, dt.datetime | None]:
    begin, slash, end = text.partition("/")
    if not slash:
        raise BusinessTimeError(
            f"--pause {text!r} is not a stretch of time: write it as FROM/TO, or FROM/ while it lasts"
        )
    return _instant(begin), _instant(end) if end else None


def _instant(text: str) -> dt.datetime:
    moment = day_or_instant(text, "--pause")
    if not isinstance(moment, dt.datetime):
        raise NaiveDatetimeError(f"--pause {text} is a date: write an instant such as {text}T09:00+03:00")
    return moment


def _calendar(
    country: str | None, subdivision: str | None, schedule: Path | None, timezone: str | None, since: dt.date
) -> BusinessCalendar:
    from salesreg.calendars import BusinessCalendar, ProductionCalendar, WorkSchedule

    home, data = "RU" if country is None else country, {} if schedule is None else _toml(schedule)
    if "production" not in data:
        production = ProductionCalendar.country(home, subdivision)
    elif country is None:
        production = ProductionCalendar.from_dict(data.pop("production"))
    else:
        raise ScheduleError(f"{str(schedule)!r} names its own production calendar: leave out --country")
    if schedule is None:
        zone = _zone_of(home.upper(), since) if timezone is None else timezone
        return BusinessCalendar(WorkSchedule.standard(timezone=zone), production)
    # Either a schedule alone, or a whole calendar as `BusinessCalendar.to_toml` writes it.
    hours = WorkSchedule.from_dict(data.get("schedule", data))
    hours = hours if timezone is None else hours.with_timezone(timezone)
    return BusinessCalendar(
        hours, production, data.get("horizon", "provisional") if "schedule" in data else "provisional"
    )


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else wrong
        raise ScheduleError(f"the schedule {str(path)!r} cannot be read: {reason}") from wrong


def _zone_of(country: str, since: dt.date) -> str:
    """The first zone of a country in which `since` has the offset it is written with, else its first."""
    if country == "RU":
        return "Europe/Moscow"
    rows = files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8").splitlines()
    zones = [row.split("\t")[2] for row in rows if row.startswith(f"{country}\t")]
    if not zones:
        raise ScheduleError(f"no time zone is known for {country}: name one with --timezone, such as Europe/Berlin")
    if isinstance(since, dt.datetime):
        moment = since
        zones.sort(key=lambda zone: moment.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset() != moment.utcoffset())
    return zones[0]
