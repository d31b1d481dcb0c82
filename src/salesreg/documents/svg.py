"""A picture of a process as SVG: real text, no style sheet, no script, so that a page may hold several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from salesreg.documents.picture import LINE, Arrow, Box, Label, Picture, Point

FONT: Final = "Arial, 'Liberation Sans', Helvetica, sans-serif"
_INK: Final = {"title": "#1f2933", "owner": "#52606d", "term": "#a4420b", "step": "#1f2933"}
_FILL: Final = {"stage": "#f5f8fc", "end": "#e8f3e8", "anywhere": "#fff8dc", "again": "#ffffff"}
_EDGE: Final = {"stage": "#46658a", "end": "#4d7f4d", "anywhere": "#b8a04a", "again": "#6b7280"}
_WAY: Final = {"down": "#46658a", "skip": "#6b7280", "back": "#a4580b"}
_TAKEN: Final = "#0b6e4f"


def svg(picture: Picture) -> str:
    """The picture as an SVG document.

    What a case has gone is drawn in green and bold, the stage in which it stands with a bold edge.
    """
    wide, high, title = f"{picture.width:.0f}", f"{picture.height:.0f}", _safe(picture.title)
    size = f'viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{title}" font-family="{_safe(FONT)}">',
        f"<title>{title}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *(part for arrow in picture.arrows for part in _arrow(arrow)),
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="#46658a"/>' for x, y in picture.starts),
        *(part for box in picture.boxes for part in _box(box)),
        *(part for label in picture.labels for part in _label(label)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _box(box: Box) -> Iterator[str]:
    edge = _TAKEN if box.current else _EDGE[box.kind]
    dashes = ' stroke-dasharray="5 3"' if box.kind in ("anywhere", "again") else ""
    yield (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.w:.1f}" height="{box.h:.1f}" rx="6" '
        f'fill="{_FILL[box.kind]}" stroke="{edge}" stroke-width="{3.5 if box.current else 1.3}"{dashes}/>'
    )
    y, ruled = box.y + 10, False
    for line in box.lines:
        if line.tone == "step" and not ruled:
            y += 4
            yield f'<path d="M{box.x:.1f} {y:.1f}H{box.x + box.w:.1f}" stroke="{_EDGE[box.kind]}" stroke-width="0.6"/>'
            y, ruled = y + 4, True
        y += line.size * LINE
        bold = ' font-weight="700"' if line.bold else ""
        yield (
            f'<text x="{box.x + 12 + line.indent:.1f}" y="{y - line.size * 0.3:.1f}" font-size="{line.size}"{bold} '
            f'fill="{_INK[line.tone]}">{_safe(line.text)}</text>'
        )


def _arrow(arrow: Arrow) -> Iterator[str]:
    ink = _TAKEN if arrow.taken else _WAY[arrow.kind]
    yield f'<path d="{_rounded(arrow.points)}" fill="none" stroke="{ink}" stroke-width="{3 if arrow.taken else 1.4}"/>'
    (x0, y0), (x, y) = arrow.points[-2:]
    dx, dy = _way(x - x0), _way(y - y0)
    wings = [(x, y), (x - 9 * dx + 4 * dy, y - 9 * dy + 4 * dx), (x - 9 * dx - 4 * dy, y - 9 * dy - 4 * dx)]
    yield f'<polygon points="{_points(wings)}" fill="{ink}"/>'


def _label(label: Label) -> Iterator[str]:
    for number, line in enumerate(label.lines):
        y = label.y + (number + 1) * 15.5 - 3
        yield f'<text x="{label.x + 2:.1f}" y="{y:.1f}" font-size="12" fill="#1f2933">{_safe(line)}</text>'


def _rounded(points: Sequence[Point], radius: float = 7) -> str:
    """A line with its corners rounded; its last stretch ends under the arrow's point."""
    (x0, y0), (x, y) = points[-2:]
    ends = [*points[:-1], (x - 4 * _way(x - x0), y - 4 * _way(y - y0))]
    path = f"M{ends[0][0]:.1f} {ends[0][1]:.1f}"
    for (ax, ay), (bx, by), (cx, cy) in zip(ends, ends[1:], ends[2:], strict=False):
        turn = min(radius, (abs(bx - ax) + abs(by - ay)) / 2, (abs(cx - bx) + abs(cy - by)) / 2)
        before = bx - turn * _way(bx - ax), by - turn * _way(by - ay)
        after = bx + turn * _way(cx - bx), by + turn * _way(cy - by)
        path += f"L{before[0]:.1f} {before[1]:.1f}Q{bx:.1f} {by:.1f} {after[0]:.1f} {after[1]:.1f}"
    return f"{path}L{ends[-1][0]:.1f} {ends[-1][1]:.1f}"


def _way(distance: float) -> int:
    return (distance > 0) - (distance < 0)


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _safe(text: str) -> str:
    """Text as XML may hold it: escaped, and without characters that no XML has."""
    return escape("".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text))
