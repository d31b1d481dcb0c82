"""A working day as a picture: a bar from opening to close, with lunch and breaks."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import Final

from salesreg.calendars import WorkSchedule
from salesreg.documents.svg import FONT
from salesreg.rules import Locale

_WIDE: Final = 720
_HOUR: Final = timedelta(hours=1)
_FILL: Final = {"work": "#46658a", "break": "#b8c7da", "lunch": "#fff8dc"}


def day_picture(schedule: WorkSchedule, locale: Locale) -> str:
    """The plan of an ordinary working day as SVG, with its hours below."""
    plan = schedule.plan(0) if schedule.week is None else schedule.plan(_first(schedule))
    first, last = plan[0].start // _HOUR, -(-plan[-1].end // _HOUR)
    scale = (_WIDE - 40) / max(last - first, 1)

    def x(at: timedelta) -> float:
        return 20 + (at / _HOUR - first) * scale

    title = escape(locale.say("doc.day", "A working day"), quote=True)
    size = f'viewBox="0 0 {_WIDE} 84" width="{_WIDE}" height="84"'
    face = escape(FONT, quote=True)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{title}" font-family="{face}">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for item in plan:
        box = f'x="{x(item.start):.1f}" y="14" width="{x(item.end) - x(item.start):.1f}" height="34"'
        parts.append(f'<rect {box} fill="{_FILL[item.kind]}" stroke="#46658a" stroke-width="0.8"/>')
        if item.kind == "lunch":
            middle = (x(item.start) + x(item.end)) / 2
            said = escape(locale.say("doc.lunch", "lunch"))
            parts.append(
                f'<text x="{middle:.1f}" y="35" font-size="12" text-anchor="middle" fill="#1f2933">{said}</text>'
            )
    for hour in range(first, last + 1):
        at = x(hour * _HOUR)
        parts.append(f'<path d="M{at:.1f} 48V54" stroke="#46658a"/>')
        parts.append(
            f'<text x="{at:.1f}" y="70" font-size="11" text-anchor="middle" fill="#52606d">{hour % 24:02}:00</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _first(schedule: WorkSchedule) -> int:
    return next(number for number, shifts in enumerate(schedule.week or ()) if shifts)
