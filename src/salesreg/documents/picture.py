"""The picture of a process as places: the main way straight down, returns at the right, skips at the left."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

from attrs import frozen

from salesreg.documents.lettering import width, wrapped
from salesreg.documents.page import ANYWHERE, BEGIN, ProcessPage
from salesreg.process import Stage

Point = tuple[float, float]
Tone = Literal["title", "owner", "term", "step"]
Kind = Literal["down", "skip", "back"]

WIDE: Final = 280
"""How wide the box of a stage is."""
SIDE: Final = 190
"""How wide the room for what is written at its sides is."""
LINE: Final = 1.3
NARROW: Final = 180
_LANE: Final = 14
_GAP: Final = 18
_MARGIN: Final = 16
_LABEL: Final = 12.0
_LEADING: Final = 15.5
_PAD: Final = 12


@frozen
class Line:
    """A line of text in a box."""

    text: str
    size: float
    tone: Tone
    indent: float = 0

    @property
    def bold(self) -> bool:
        """Whether it is written in bold."""
        return self.tone in ("title", "term")


@frozen
class Box:
    """A stage, or what stands for several."""

    x: float
    y: float
    w: float
    h: float
    lines: tuple[Line, ...]
    kind: Literal["stage", "end", "anywhere", "again"] = "stage"
    current: bool = False


@frozen
class Label:
    """What is written at an arrow."""

    x: float
    y: float
    w: float
    h: float
    lines: tuple[str, ...]


@frozen
class Arrow:
    """A way from one stage to another, with its corners; the last is its point."""

    points: tuple[Point, ...]
    kind: Kind
    taken: bool = False


@frozen
class Picture:
    """A process drawn: everything with its place, in pixels from the left upper corner."""

    title: str
    width: float
    height: float
    starts: tuple[Point, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    labels: tuple[Label, ...]


@frozen
class _Edge:
    source: str
    target: str
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        return len(self.lines) * _LEADING + 4


def picture(
    page: ProcessPage, *, current: str | None = None, taken: Collection[tuple[str | None, str]] = (),
    at_stages: Mapping[str, str] = MappingProxyType({}), at_steps: Mapping[str, str] = MappingProxyType({}),
) -> Picture:  # fmt: skip
    """The picture of a process in the page's language.

    Args:
        page: the process, its texts, and the regulation that gives its terms.
        current: the id of the stage in which a case stands, which is marked.
        taken: the ways that a case went, from the id of a stage, None at its beginning, to another, which are marked.
        at_stages, at_steps: what else is said at a stage or a step, by its id, such as how often its term is kept.
    """
    return _Layout(page, current, {(source or BEGIN, target) for source, target in taken}, at_stages, at_steps).drawn()


class _Layout:
    """The steps from a page to its picture; each needs what the one before found."""

    def __init__(
        self, page: ProcessPage, current: str | None, taken: Collection[tuple[str, str]],
        at_stages: Mapping[str, str], at_steps: Mapping[str, str],
    ) -> None:  # fmt: skip
        self.page, self.current, self.taken, self.at_stages = page, current, taken, at_stages
        stages = page.process.stages
        self.inside: dict[str, list[str]] = {one: [] for one in (*stages, ANYWHERE)}
        ways: dict[tuple[str, str], list[str]] = {}
        for step in page.process.steps.values():
            for source, target, said in page.arrows(step):
                label = f"{said} — {at_steps[step.id]}" if step.id in at_steps else said
                if target is None:
                    self.inside[source].append(label)
                else:
                    ways.setdefault((source, target), []).append(label)
        entered = {one for way in ways if way[0] != ANYWHERE for one in way}
        self.anywhere = {target: labels for (source, target), labels in ways.items() if source == ANYWHERE}
        self.column = [one for one in stages if one in entered or one not in self.anywhere]
        self.row = {one: number for number, one in enumerate(self.column)} | {BEGIN: -1}
        self.down: dict[str, _Edge] = {}
        self.left: list[_Edge] = []
        self.right: list[_Edge] = []
        for (source, target), labels in ways.items():
            if source != ANYWHERE:
                self._sort(source, target, labels)
        self.boxes: list[Box] = []
        self.arrows: list[Arrow] = []
        self.labels: list[Label] = []
        self.left_lanes, self.right_lanes = self._lanes(self.left), self._lanes(self.right)
        self.x: float = _MARGIN + (SIDE + _LANE * (len(self.left_lanes) + 1) if self.left else 0)
        self.middle = self.x + WIDE / 2

    def _sort(self, source: str, target: str, labels: Sequence[str]) -> None:
        ahead = self.row[target] - self.row[source]
        room = SIDE - 16 if ahead != 1 else WIDE / 2 + SIDE - 40
        edge = _Edge(source, target, tuple(_listed(labels, room)))
        if ahead == 1:
            self.down[target] = edge
        else:
            (self.left if ahead > 1 else self.right).append(edge)

    def _lanes(self, edges: Iterable[_Edge]) -> Mapping[str, int]:
        """One line for each target, the one that spans least nearest to the column."""
        spans: dict[str, int] = {}
        for one in edges:
            span = abs(self.row[one.source] - self.row[one.target])
            spans[one.target] = max(span, spans.get(one.target, 0))
        return {target: number for number, target in enumerate(sorted(spans, key=lambda one: (spans[one], one)))}

    def drawn(self) -> Picture:
        tops = self._place_column()
        for edges, lanes, way in ((self.left, self.left_lanes, -1), (self.right, self.right_lanes, 1)):
            self._route(edges, lanes, way, tops)
        bottom = max(box.y + box.h for box in self.boxes)
        if self.anywhere or self.inside[ANYWHERE]:
            self._place_anywhere(bottom + 2 * _GAP)
        shapes: list[Box | Label] = [*self.boxes, *self.labels]
        wide = max([one.x + one.w for one in shapes] + [x for one in self.arrows for x, _ in one.points])
        high = max(one.y + one.h for one in shapes)
        boxes, arrows, labels = tuple(self.boxes), tuple(self.arrows), tuple(self.labels)
        return Picture(
            self.page.title, wide + _MARGIN, high + _MARGIN, ((self.middle, _MARGIN + 9),), boxes, arrows, labels
        )

    # -- the column ----------------------------------------------------------------------------------------------------

    def _place_column(self) -> dict[str, float]:
        """Every stage of the column below the one before; where each begins, and where it all begins."""
        tops = {BEGIN: float(_MARGIN)}
        y: float = _MARGIN + max(18, self._beside(BEGIN))
        for one in self.column:
            edge, above = self.down.get(one), y
            y += _GAP * 1.5 if edge is None else edge.height + _GAP
            if edge is not None:
                start = above if edge.source != BEGIN else _MARGIN + 18
                self._arrow(edge, [(self.middle, start), (self.middle, y)], "down")
                self._label(self.middle + 8, above + 3, edge.lines)
            lines = self._lines(self.page.process.stages[one], self.inside[one])
            high = max(_high(lines), self._beside(one))
            kind: Literal["end", "stage"] = "end" if self.page.process.stages[one].ended else "stage"
            self.boxes.append(Box(self.x, y, WIDE, high, lines, kind, current=one == self.current))
            tops[one] = y
            y += high
        return tops

    def _beside(self, stage: str) -> float:
        """How high a box must be for what stands at its sides."""
        return max(self._room(stage, self.left), self._room(stage, self.right))

    def _room(self, stage: str, edges: Sequence[_Edge]) -> float:
        mine = [one.height + 8 for one in edges if one.source == stage]
        return sum(mine) + self._entry(stage, edges) + 8 if mine else 0

    def _entry(self, stage: str, edges: Sequence[_Edge]) -> float:
        """The room that a line coming in at this side needs above what goes out."""
        return 28 if any(one.target == stage for one in edges) else 4

    def _route(self, edges: Sequence[_Edge], lanes: Mapping[str, int], way: int, tops: Mapping[str, float]) -> None:
        near = self.x if way < 0 else self.x + WIDE
        used: dict[str, float] = {}
        for one in edges:
            start = self.middle + way * 9 if one.source == BEGIN else near
            y = used.get(one.source, tops[one.source] + self._entry(one.source, edges)) + one.height + 2
            used[one.source] = y + 6
            lane = near + way * (SIDE + _LANE * (lanes[one.target] + 0.5))
            end = tops[one.target] + 16
            corners = [(start, y), (lane, y), (lane, end), (near, end)]
            if one.source == BEGIN:
                corners = [(start, _MARGIN + 9), (start - 20, _MARGIN + 9), (start - 20, y), *corners[1:]]
            self._arrow(one, corners, "skip" if way < 0 else "back")
            self._label(near + 8 if way > 0 else near - 8 - _wide(one.lines), y - one.height - 1, one.lines)

    # -- what is possible anywhere -------------------------------------------------------------------------------------

    def _place_anywhere(self, top: float) -> None:
        """A box for every open stage, with what leads out of it at its right."""
        lines = [Line(one, 14, "title") for one in wrapped(self.page.every_open_stage(), 14, WIDE - 24, bold=True)]
        lines += _steps(self.inside[ANYWHERE])
        y, right = top, self.x + WIDE
        for target, labels in self.anywhere.items():
            said = _listed(labels, SIDE - 16)
            height = len(said) * _LEADING + 4
            stage = self.page.process.stages[target]
            again = target in self.row
            title = f"→ {self.page.stage(stage)}" if again else self.page.stage(stage)
            inner = tuple(Line(one, 14, "title") for one in wrapped(title, 14, NARROW - 24, bold=True))
            high = max(_high(inner), 2 * height)
            kind: Literal["again", "end", "stage"] = "again" if again else "end" if stage.ended else "stage"
            current = target == self.current and not again
            self.boxes.append(Box(right + SIDE, y, NARROW, high, inner, kind, current=current))
            middle = y + high / 2
            taken = any((source, target) in self.taken for source in self.page.process.stages) and not again
            self.arrows.append(Arrow(((right, middle), (right + SIDE, middle)), "down", taken=taken))
            self._label(right + 8, middle - height - 1, tuple(said))
            y += high + _GAP
        box = Box(self.x, top, WIDE, max(_high(lines), y - top - _GAP), tuple(lines), "anywhere")
        self.boxes.append(box)

    # -- shapes --------------------------------------------------------------------------------------------------------

    def _lines(self, stage: Stage, steps: Iterable[str]) -> tuple[Line, ...]:
        owner, term = self.page.owned(stage)
        room = WIDE - 2 * _PAD
        lines = [Line(one, 14, "title") for one in wrapped(self.page.stage(stage), 14, room, bold=True)]
        lines += [Line(one, 11.5, "owner") for one in (wrapped(owner, 11.5, room) if owner else ())]
        lines += [Line(one, 11.5, "term") for one in (wrapped(term, 11.5, room, bold=True) if term else ())]
        note = self.at_stages.get(stage.id)
        lines += [Line(one, 11.5, "owner") for one in (wrapped(note, 11.5, room) if note else ())]
        return (*lines, *_steps(steps))

    def _arrow(self, edge: _Edge, points: Sequence[Point], kind: Kind) -> None:
        self.arrows.append(Arrow(tuple(points), kind, taken=(edge.source, edge.target) in self.taken))

    def _label(self, x: float, y: float, lines: tuple[str, ...]) -> None:
        self.labels.append(Label(x, y, _wide(lines), len(lines) * _LEADING + 2, lines))


def _listed(labels: Iterable[str], room: float) -> list[str]:
    """What is written at an arrow; several steps as a list."""
    said = list(dict.fromkeys(labels))
    if len(said) == 1:
        return wrapped(said[0], _LABEL, room)
    return [line for one in said for line in wrapped(f"• {one}", _LABEL, room)]


def _steps(steps: Iterable[str]) -> list[Line]:
    """The steps that leave a case in its stage."""
    return [
        Line(f"↻ {text}" if number == 0 else text, 12, "step", 0 if number == 0 else 15)
        for one in dict.fromkeys(steps)
        for number, text in enumerate(wrapped(one, 12, WIDE - 2 * _PAD - 18))
    ]


def _wide(lines: Iterable[str]) -> float:
    return max(width(one, _LABEL) for one in lines) + 4


def _high(lines: Sequence[Line]) -> float:
    ruled = 8 if any(one.tone == "step" for one in lines) else 0
    return sum(one.size * LINE for one in lines) + 2 * 10 + ruled
