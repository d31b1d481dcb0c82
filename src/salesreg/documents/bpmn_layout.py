"""Where the nodes of a BPMN drawing stand: a column for each rank from the start, a band for each lane."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import attrs

Box = tuple[int, int, int, int]
Point = tuple[int, int]

_SIZES: Final = {
    "userTask": (140, 80),
    "exclusiveGateway": (50, 50),
    "startEvent": (36, 36),
    "endEvent": (36, 36),
    "subProcess": (340, 130),
}
_MARGIN: Final = 60
_POOL_HEAD: Final = 30
_COLUMN: Final = 230
_ROW: Final = 130
_SUB_ROW: Final = 170
_CHANNELS: Final = 6
_CHANNEL: Final = 5


@attrs.frozen
class Node:
    """Something with a place of its own; `inside` names the sub-process it belongs to."""

    id: str
    kind: str
    title: str
    lane: str
    note: str = ""
    inside: str | None = None
    interrupts: bool = True


@attrs.frozen
class Link:
    """A sequence flow."""

    id: str
    source: str
    target: str
    title: str = ""


@attrs.frozen
class Drawing:
    """Bounds as (x, y, width, height), and the points of each link."""

    pool: Box
    lanes: tuple[str, ...]
    lane_boxes: tuple[Box, ...]
    boxes: dict[str, Box]
    expanded: frozenset[str]
    routes: dict[str, tuple[Point, ...]]


def draw(nodes: Sequence[Node], links: Sequence[Link]) -> Drawing:
    """Place every node and route every link."""
    outer = [node for node in nodes if node.inside is None and node.kind != "subProcess"]
    subs = [node for node in nodes if node.kind == "subProcess"]
    lanes = tuple(dict.fromkeys(node.lane for node in nodes))
    columns = _ranks(outer, links)
    boxes: dict[str, Box] = {}
    lane_boxes: list[Box] = []
    most = max((sum(node.lane == lane for node in subs) for lane in lanes), default=0)
    beside = 20 + most * (_SIZES["subProcess"][0] + 20)
    width = max([*(_COLUMN * (column + 1) for column in columns.values()), beside, _COLUMN])
    top = _MARGIN
    left = _MARGIN + _POOL_HEAD
    for lane in lanes:
        cells: dict[int, int] = {}
        for node in outer:
            if node.lane == lane:
                column = columns[node.id]
                row = cells.get(column, 0)
                cells[column] = row + 1
                middle = left + _POOL_HEAD + column * _COLUMN + _COLUMN // 2, top + row * _ROW + _ROW // 2
                boxes[node.id] = _around(middle, _SIZES[node.kind])
        height = _ROW * max(cells.values(), default=0)
        mine = [node for node in subs if node.lane == lane]
        for number, node in enumerate(mine):
            x, y = left + _POOL_HEAD + 20 + number * (_SIZES["subProcess"][0] + 20), top + height + 15
            boxes[node.id] = (x, y, *_SIZES["subProcess"])
            _fill(boxes, [one for one in nodes if one.inside == node.id], x, y)
        height += _SUB_ROW if mine else 0
        lane_boxes.append((left, top, width + _POOL_HEAD, height))
        top += height
    pool = (_MARGIN, _MARGIN, width + 2 * _POOL_HEAD, top - _MARGIN)
    routes = {link.id: _route(boxes[link.source], boxes[link.target], number) for number, link in enumerate(links)}
    return Drawing(pool, lanes, tuple(lane_boxes), boxes, frozenset(node.id for node in subs), routes)


def _ranks(nodes: Iterable[Node], links: Iterable[Link]) -> dict[str, int]:
    """How many links each node is away from the nearest start; those that no link reaches stand first."""
    after: dict[str, list[str]] = {node.id: [] for node in nodes}
    entered = set()
    for link in links:
        if link.source in after and link.target in after:
            after[link.source].append(link.target)
            entered.add(link.target)
    ranks = {node: 0 for node in after if node not in entered}
    waiting = list(ranks)
    for node in waiting:
        for target in after[node]:
            if target not in ranks:
                ranks[target] = ranks[node] + 1
                waiting.append(target)
    return {node: ranks.get(node, 0) for node in after}


def _around(middle: Point, size: Point) -> Box:
    return (middle[0] - size[0] // 2, middle[1] - size[1] // 2, *size)


def _fill(boxes: dict[str, Box], inside: Sequence[Node], x: int, y: int) -> None:
    for node, middle in zip(inside, (40, 160, 285), strict=True):
        boxes[node.id] = _around((x + middle, y + _SIZES["subProcess"][1] // 2 + 5), _SIZES[node.kind])


def _route(source: Box, target: Box, number: int) -> tuple[Point, ...]:
    """Straight ahead to a neighbour; else round by the gap below the source and the gap before the target."""
    (sx, sy, sw, sh), (tx, ty, _, th) = source, target
    start, end = (sx + sw, sy + sh // 2), (tx, ty + th // 2)
    shift = number % _CHANNELS * _CHANNEL
    ahead = tx - start[0]
    if 0 < ahead < _COLUMN and start[1] == end[1]:
        return (start, end)
    if 0 < ahead < _COLUMN:
        bend = tx - 15 - shift // 2
        return (start, (bend, start[1]), (bend, end[1]), end)
    middle = sy + sh // 2
    below = middle + _ROW // 2 - shift // 2 - 2
    before = tx - 15 - shift
    return ((sx + sw // 2, sy + sh), (sx + sw // 2, below), (before, below), (before, end[1]), end)
