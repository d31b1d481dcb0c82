"""Deadlines and years for the eye: rich in a terminal, HTML in a notebook."""

from __future__ import annotations

import calendar as months
from datetime import date, timedelta
from html import escape
from typing import TYPE_CHECKING

from salesreg.calendars.days import DayKind, Mark, YearPage
from salesreg.calendars.wording import Locale, amount_of_time, check_locale, moment, month_name
from salesreg.errors import MissingExtraError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from salesreg.calendars.deadlines import Deadline

DAY = timedelta(days=1)

_WEEKDAYS = {"en": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"), "ru": ("Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс")}
_WORDS = {
    "en": {
        "days": "working days",
        "short": "short",
        "hours": "hours at 40, 36 and 24 a week",
        "provisional": "provisional: not decreed yet",
        "paused": "paused",
        "left": "left",
        "signs": "- day off   + works although the week says no   * short",
    },
    "ru": {
        "days": "рабочих дней",
        "short": "сокращённых",
        "hours": "часов при 40, 36 и 24 в неделю",
        "provisional": "предварительно: ещё не утверждён",
        "paused": "приостановлено",
        "left": "осталось",
        "signs": "- выходной   + рабочий, хотя по неделе выходной   * сокращённый",
    },
}

# Marked days bring their own background, so that they are legible in light and in dark notebooks.
_STYLE = """<style>
.salesreg-year{font:13px/1.5 sans-serif;max-width:64em}
.salesreg-year h3{margin:0 0 .8em;font-size:1.2em}.salesreg-year h3 small{font-weight:normal;margin-left:1em}
.salesreg-year div{display:flex;flex-wrap:wrap;gap:1em 2em;align-items:flex-start}
.salesreg-year table{border-collapse:collapse;table-layout:fixed;width:14.7em;margin:0}
.salesreg-year caption{font-weight:bold;text-align:left}
.salesreg-year td,.salesreg-year th{width:2.1em;padding:1px 0;text-align:center;font-weight:normal;border:0}
.salesreg-year .weekend{color:#cf3b32}.salesreg-year .holiday{background:#b3261e;color:#fff;border-radius:3px}
.salesreg-year .moved_off,.salesreg-year .closure{background:#f6c5c0;color:#5c0f09;border-radius:3px}
.salesreg-year .moved_working,.salesreg-year .extra_working{background:#c8e6c9;color:#0b3d0e;border-radius:3px}
.salesreg-year .short{font-weight:bold;background:#fff1c2;color:#5a4300;border-radius:3px}
.salesreg-year .short::after{content:"*"}
.salesreg-year ul{margin:1em 0 0;padding-left:1.2em;columns:2}
</style>"""


def year_to_html(page: YearPage, locale: Locale) -> str:
    """Twelve months with days off, moved and short days in colour, and a list of what they are."""
    norm, words = page.norm, _WORDS[locale]
    doubt = f" · {words['provisional']}" if norm.provisional else ""
    facts = (
        f"{norm.working_days} {words['days']}, {norm.short_days} {words['short']} · "
        f"{norm.hours_40:g} / {norm.hours_36:g} / {norm.hours_24:g} {words['hours']}{doubt}"
    )
    tables = "".join(_month_to_html(page, month, locale) for month in range(1, 13))
    notes = "".join(f"<li>{escape(note)}</li>" for note in _notes(page, locale))
    return (
        f'{_STYLE}<div class="salesreg-year" lang="{locale}"><h3>{norm.year}<small>{escape(facts)}</small></h3>'
        f"<div>{tables}</div><ul>{notes}</ul></div>"
    )


def _month_to_html(page: YearPage, month: int, locale: Locale) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in _WEEKDAYS[locale])
    rows = ""
    for week in months.Calendar().monthdatescalendar(page.norm.year, month):
        cells = "".join(_cell_to_html(page, day, locale) if day.month == month else "<td></td>" for day in week)
        rows += f"<tr>{cells}</tr>"
    return f"<table><caption>{month_name(month, locale)}</caption><tr>{head}</tr>{rows}</table>"


def _cell_to_html(page: YearPage, day: date, locale: Locale) -> str:
    mark = _mark(page, day)
    classes = mark.kind.value + (" short" if mark.cut and day in page.worked else "")
    title = escape(mark.describe(day, locale), quote=True)
    return f'<td class="{classes}" title="{title}">{day.day}</td>'


def _mark(page: YearPage, day: date) -> Mark:
    return page.marks[(day - date(page.norm.year, 1, 1)).days]


def _notes(page: YearPage, locale: Locale) -> list[str]:
    """What the marked days are; days in a row of which the same is said share a note."""
    runs: list[tuple[date, date, str]] = []
    for day, mark in page.days:
        if mark.kind in (DayKind.WORKING, DayKind.WEEKEND) and not (mark.cut and day in page.worked):
            continue
        said = mark.describe(day, locale)
        if runs and runs[-1][1:] == (day - DAY, said):
            runs[-1] = (runs[-1][0], day, said)
        else:
            runs.append((day, day, said))
    return [f"{a:%d.%m} {said}" if a == b else f"{a:%d.%m}–{b:%d.%m} {said}" for a, b, said in runs]


def deadline_to_html(deadline: Deadline, locale: str = "en") -> str:
    """The due instant, and the explanation folded away beneath."""
    language = check_locale(locale)
    headline, *steps = deadline.explain(language).split("\n")
    rows = "".join(f"<li>{escape(step)}</li>" for step in steps)
    return (
        f'<details class="salesreg-deadline" lang="{language}"><summary><strong>{escape(_due(deadline, language))}'
        f"</strong> — {escape(headline)}</summary><ol>{rows}</ol></details>"
    )


def _due(deadline: Deadline, locale: Locale) -> str:
    if deadline.at is not None:
        return moment(deadline.at, locale)
    words, left = _WORDS[locale], deadline.left_when_paused
    return words["paused"] + (f", {words['left']}: {amount_of_time(left, locale)}" if left is not None else "")


_RICH_STYLES = {
    DayKind.WEEKEND: "red",
    DayKind.HOLIDAY: "white on red",
    DayKind.MOVED_OFF: "black on bright_red",
    DayKind.CLOSURE: "black on bright_red",
    DayKind.MOVED_WORKING: "black on green",
    DayKind.EXTRA_WORKING: "black on green",
}

# The same for terminals without colours; weekends are seen by their columns.
_SIGNS = {
    DayKind.HOLIDAY: "-",
    DayKind.MOVED_OFF: "-",
    DayKind.CLOSURE: "-",
    DayKind.MOVED_WORKING: "+",
    DayKind.EXTRA_WORKING: "+",
}


def deadline_to_rich(deadline: Deadline, locale: str = "en") -> RenderableType:
    """The due instant in a box with its explanation.

    Raises:
        MissingExtraError: if the `rich` package is not installed.
    """
    _need_rich()
    from rich.panel import Panel
    from rich.text import Text

    language = check_locale(locale)
    return Panel(Text(deadline.explain(language)), title=Text(_due(deadline, language)), title_align="left")


def year_to_rich(page: YearPage, locale: Locale = "en") -> RenderableType:
    """Twelve months in colour, and a list of what the coloured days are.

    Raises:
        MissingExtraError: if the `rich` package is not installed.
    """
    _need_rich()
    from rich.columns import Columns
    from rich.console import Group
    from rich.text import Text

    norm, words = page.norm, _WORDS[locale]
    doubt = f", {words['provisional']}" if norm.provisional else ""
    head = Text(f"{norm.year}: {norm.working_days} {words['days']}, {norm.short_days} {words['short']}{doubt}", "bold")
    hours = Text(f"{norm.hours_40:g} / {norm.hours_36:g} / {norm.hours_24:g} {words['hours']}")
    signs = Text(f"{words['signs']}\n", "dim")
    grids = [_month_to_rich(page, month, locale) for month in range(1, 13)]
    return Group(head, hours, signs, Columns(grids, padding=(0, 2)), Text("\n".join(_notes(page, locale))))


def _month_to_rich(page: YearPage, month: int, locale: Locale) -> RenderableType:
    from rich.text import Text

    text = Text(f"{month_name(month, locale)}\n", "bold")
    text.append(" ".join(_WEEKDAYS[locale]) + "\n", "dim")
    for week in months.Calendar().monthdatescalendar(page.norm.year, month):
        for day in week:
            if day.month == month:
                mark = _mark(page, day)
                short = bool(mark.cut) and day in page.worked
                text.append(f"{day.day:2}", "black on yellow" if short else _RICH_STYLES.get(mark.kind, ""))
                text.append("*" if short else _SIGNS.get(mark.kind, " "))
            else:
                text.append("   ")
        text.append("\n")
    return text


def _need_rich() -> None:
    try:
        import rich  # noqa: F401
    except ImportError:
        raise MissingExtraError("coloured output needs rich: pip install 'salesreg[cli]'", extra="cli") from None
