"""A process as BPMN nodes and flows with their places: a lane for each owner, a row for each stage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import define, field, frozen

from salesreg.documents.lettering import width, wrapped
from salesreg.documents.page import ANYWHERE, BEGIN, ProcessPage
from salesreg.process import STAGE_OWNER, Stage
from salesreg.process.steps import AnyStep

Point = tuple[float, float]
Rect = tuple[float, float, float, float]

_TASK: Final = (170, 80)
_GATE: Final = 44
_EVENT: Final = 36
_LATE: Final = 24
_NOTE: Final = 160
_ROOM: Final = 150
_CHANNEL: Final = 14
_HEAD: Final = 30
_TOP: Final = 40
_SUB: Final = (420, 118)
_LINE: Final = 14
_SIZE: Final = 11.0


@frozen
class Node:
    """A flow node: its kind in BPMN, its name, the lane that holds it or the sub-process that it is in.

    Attributes:
        event: what a start waits for: "message"; or for how long a boundary event waits, as ISO 8601 has it.
        attached: the task at whose border it stands.
        interrupts: whether it ends what it stands at, or in.
    """

    id: str
    kind: str
    name: str
    lane: str
    box: Rect
    label: Rect | None = None
    inside: str = ""
    event: str = ""
    attached: str = ""
    interrupts: bool = True
    note: str = ""


@frozen
class Flow:
    """A sequence flow, or from a task to its annotation; taken when its condition holds."""

    source: str
    target: str
    points: tuple[Point, ...]
    name: str = ""
    condition: str = ""
    label: Rect | None = None
    inside: str = ""

    @property
    def id(self) -> str:
        """Its source and its target."""
        return f"{self.source}--{self.target}"


@define
class Plan:
    """Everything that is drawn."""

    pool: Rect = (0, 0, 0, 0)
    lanes: dict[str, Rect] = field(factory=dict)
    nodes: list[Node] = field(factory=list)
    flows: list[Flow] = field(factory=list)
    notes: list[Node] = field(factory=list)


@frozen
class _Way:
    """Where a stage leads: a stage in the next row, one further off, or an end."""

    target: Stage
    steps: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def size(self) -> tuple[float, float]:
        return max(width(one, _SIZE) for one in self.lines) + 4, len(self.lines) * _LINE


def plan(page: ProcessPage) -> Plan:
    """Place every stage and step of a process."""
    return _Planner(page).drawn()


class _Planner:
    def __init__(self, page: ProcessPage) -> None:
        self.page, self.out = page, Plan()
        stages = page.process.stages
        self.open = [one for one in stages.values() if not one.ended]
        self.row = {one.id: number for number, one in enumerate(self.open)}
        self.stays: dict[str, list[str]] = {}
        self.ways: dict[tuple[str, str], list[str]] = {}
        self.anywhere: list[tuple[AnyStep, str | None]] = []
        for step in page.process.steps.values():
            for source, target, label in page.arrows(step):
                if source == ANYWHERE:
                    self.anywhere.append((step, target))
                    if target in self.row:
                        self.ways.setdefault((ANYWHERE, target), []).append(page.step(step))
                elif target is None:
                    self.stays.setdefault(source, []).append(label)
                else:
                    self.ways.setdefault((source, target), []).append(label)
        if not any(source in self.row and target not in self.row for source, target in self.ways) and self.open:
            # Every end is reached from anywhere: it is drawn from the last stage too, for a process has an end.
            for step, target in self.anywhere:
                if target is not None and target not in self.row:
                    self.ways.setdefault((self.open[-1].id, target), []).append(page.step(step))
        self.closed = [
            (self._taker(labels[0]), stages[target], labels)
            for (source, target), labels in self.ways.items()
            if target not in self.row and source not in self.row and source != ANYWHERE
        ]
        self.leads = {one.id: self._leads(one) for one in self.open}
        self.begins = {one.id: self._begins(one) for one in self.open}
        self.timers = {one.id: list(page.timers(one)) for one in self.open}
        self.centre: dict[str, float] = {}
        self.channel: dict[str, float] = {}
        self.entry: dict[str, tuple[str, float, float | None]] = {}

    def _leads(self, stage: Stage) -> list[_Way]:
        stages = self.page.process.stages
        found = [
            _Way(stages[target], tuple(labels), tuple(_lines(labels)))
            for (source, target), labels in self.ways.items()
            if source == stage.id
        ]
        # What goes straight down leaves last, below what turns aside.
        return sorted(found, key=lambda way: self._is_next(stage, way.target))

    def _taker(self, label: str) -> str:
        """Who takes a step, by what is written at its arrow."""
        page = self.page
        return next(page.who(one.by[0]) for one in page.process.steps.values() if page.step(one) == label)

    def _is_next(self, stage: Stage, target: Stage) -> bool:
        return self.row.get(target.id) == self.row[stage.id] + 1

    def _begins(self, stage: Stage) -> list[tuple[str, list[str]]]:
        """From what a case begins in a stage, or comes to it other than from an open one, by steps."""
        return [
            (source, labels)
            for (source, target), labels in self.ways.items()
            if target == stage.id and source not in self.row
        ]

    def _comes_in(self, stage: Stage) -> int:
        return len(self.begins[stage.id]) + sum(way.target is stage for ways in self.leads.values() for way in ways)

    def owner(self, stage: Stage) -> str:
        return self.page.who(stage.owner)

    # -- lanes ---------------------------------------------------------------------------------------------------------

    def drawn(self) -> Plan:
        right = self._place_lanes()
        y = self._place_closed(self._place_rows(_TOP + 2 * _HEAD + 20))
        bottom = max(y, self._place_anywhere(right)) + 20
        if self.anywhere:
            right += _SUB[0] + 32
        for stage in self.open:
            self._route(stage)
        self.out.pool = (70, _TOP, right - 70, bottom - _TOP)
        self.out.lanes = {
            name: (x, _TOP + _HEAD, wide, bottom - _TOP - _HEAD) for name, (x, _, wide, _) in self.out.lanes.items()
        }
        return self.out

    def _place_lanes(self) -> float:
        x: float = 70
        for name in dict.fromkeys([*map(self.owner, self.open), *(taker for taker, _, _ in self.closed)]):
            mine = [one for one in self.open if self.owner(one) == name]
            aside = [one for one in mine if self._is_aside(one)]
            for number, one in enumerate(aside):
                self.channel[one.id] = x + 14 + _CHANNEL * number
            noted = any(one.id in self.stays for one in mine)
            left = 24 + _CHANNEL * len(aside) + _TASK[0] / 2 + (_NOTE + 20 if noted else 84)
            needs = [_TASK[0] / 2 + 30, _ROOM + 40]
            needs += [_TASK[0] / 2 + 210 for one in mine if self.timers[one.id]]
            needs += [_ROOM + 180 for one in mine for way in self.leads[one.id] if way.target.ended]
            needs += [_GATE / 2 + 190 * len(self._messages(one)) for one in mine]
            needs += [_ROOM + 180] * any(taker == name for taker, _, _ in self.closed)
            self.centre[name] = x + left
            wide = left + max(needs)
            self.out.lanes[name] = (x, 0, wide, 0)
            x += wide
        if self.anywhere:
            self.out.lanes[self.page.every_open_stage()] = (x, 0, _SUB[0] + 32, 0)
        return x

    def _is_aside(self, stage: Stage) -> bool:
        """Whether a flow comes to a stage by the channel of its lane."""
        return any(
            way.target is stage and not self._is_next(self.page.process.stages[source], stage)
            for source, ways in self.leads.items()
            for way in ways
        )

    def _messages(self, stage: Stage) -> list[tuple[str, list[str]]]:
        """The beginnings that stand beside a stage; the first of all stands above it."""
        return [one for one in self.begins[stage.id] if not (one[0] == BEGIN and self.row[stage.id] == 0)]

    # -- rows ----------------------------------------------------------------------------------------------------------

    def _place_rows(self, y: float) -> float:
        for stage in self.open:
            lane, c = self.owner(stage), self.centre[self.owner(stage)]
            if self.row[stage.id] == 0 and len(self._messages(stage)) < len(self.begins[stage.id]):
                (labels,) = [labels for source, labels in self.begins[stage.id] if source == BEGIN]
                lines = _lines(labels)
                label = (c + 24, y, _ROOM, len(lines) * _LINE)
                start = f"{stage.id}__start"
                self._node(start, "startEvent", " / ".join(labels), lane, _around(c, y + 18, _EVENT, _EVENT), label)
                y += max(_EVENT, label[3])
            y = self._place_entry(stage, lane, c, y + 10)
            y = self._place_task(stage, lane, c, y)
            ways = self.leads[stage.id]
            if len(ways) > 1:
                fork = f"{stage.id}__fork"
                name = self.page.locale.say("page.what_next", "What next?")
                box = _around(c, y + 18 + _GATE / 2, _GATE, _GATE)
                label = (c - _GATE / 2 - 84, y + 18 + _GATE / 2 - 20, 80, _LINE)
                self._node(fork, "exclusiveGateway", name, lane, box, label)
                bottom = next(one.box[1] + one.box[3] for one in self.out.nodes if one.id == stage.id)
                self._flow(stage.id, fork, [(c, bottom), (c, y + 18)])
                y += 18 + _GATE
            if not ways:
                # Nothing leads out of it: the case stays, and a modeller wants to see that.
                end, stays = f"{stage.id}__stays_there", self.page.locale.say("page.stays", "stays")
                self._node(
                    end, "endEvent", stays, lane, _around(c, y + 42, _EVENT, _EVENT), (c + 24, y + 35, 80, _LINE)
                )
                self._flow(stage.id, end, [(c, y), (c, y + 24)])
                y += 60
            self._leave(stage, y)
            for way in ways:
                y += way.size[1] + (30 if way.target.ended else 14)
            y += 10
        return y

    def _place_closed(self, y: float) -> float:
        """What begins as a case that is closed, or comes from a closed one to another."""
        for number, (lane, stage, labels) in enumerate(self.closed):
            c, lines = self.centre[lane], _lines(labels)
            begin, end, title = f"closed{number}__start", f"closed{number}__end", self.page.stage(stage)
            high = max(_EVENT, len(lines) * _LINE)
            x = c + 60
            event = "message" if self.open or number else ""
            label = (c - 24 - _ROOM, y + high / 2 - len(lines) * _LINE / 2, _ROOM, len(lines) * _LINE)
            box = _around(c, y + high / 2, _EVENT, _EVENT)
            self._node(begin, "startEvent", " / ".join(labels), lane, box, label, event=event)
            beside = (x + _EVENT + 4, y + high / 2 - _LINE, 110, 2 * _LINE)
            self._node(end, "endEvent", title, lane, (x, y + high / 2 - _EVENT / 2, _EVENT, _EVENT), beside)
            self._flow(begin, end, [(c + _EVENT / 2, y + high / 2), (x, y + high / 2)])
            y += high + 20
        return y

    def _place_entry(self, stage: Stage, lane: str, c: float, y: float) -> float:
        """A gateway where several ways come in; where a single one does."""
        messages, starts = self._messages(stage), [one for one in self.out.nodes if one.id == f"{stage.id}__start"]
        tall = max([len(_lines(labels, 110)) * _LINE for _, labels in messages], default=0)
        top, middle = max(y + 26, y + 40 + tall / 2 if messages else 0), None
        join = f"{stage.id}__join"
        if self._comes_in(stage) > 1:
            top = y + max(18, tall / 2 - _GATE / 2)
            middle = top + _GATE / 2
            self._node(join, "exclusiveGateway", "", lane, _around(c, middle, _GATE, _GATE))
            self._flow(join, stage.id, [(c, top + _GATE), (c, top + _GATE + 20)])
        self.entry[stage.id] = (stage.id if middle is None else join, top, middle)
        into = self.entry[stage.id][0]
        for one in starts:
            self._flow(one.id, into, [(c, one.box[1] + _EVENT), (c, top)])
        for number, (source, labels) in enumerate(messages):
            x = c + _GATE / 2 + 34 + 190 * number
            at = top - 40 if middle is None else middle
            begin = f"{stage.id}__begin{number}"
            lines = _lines(labels, 110)
            label = (x + _EVENT + 4, at - len(lines) * _LINE / 2, 116, len(lines) * _LINE)
            box = (x, at - _EVENT / 2, _EVENT, _EVENT)
            many = source != BEGIN or len(self.page.process.table.first_steps()) > len(labels)
            event = "message" if many else ""
            self._node(begin, "startEvent", " / ".join(labels), lane, box, label, event=event)
            bend = [(x, at), (c + _GATE / 2, at)] if middle is not None else [(x, at), (c, at), (c, top)]
            if number and middle is not None:
                bend = [(x + 18, at - 18), (x + 18, at - 24), (c, at - 24), (c, top)]
            self._flow(begin, into, bend)
        return top if middle is None else top + _GATE + 20

    def _place_task(self, stage: Stage, lane: str, c: float, y: float) -> float:
        timers = self.timers[stage.id]
        high = max(_TASK[1], 20 + 50 * len(timers))
        note = self.page.stage_note(stage)
        self._node(stage.id, "userTask", self.page.stage(stage), lane, (c - _TASK[0] / 2, y, _TASK[0], high), note=note)
        edge = c + _TASK[0] / 2
        for number, (text, lasts) in enumerate(timers):
            at = y + 30 + 50 * number
            timer, late = f"{stage.id}__timer{number}", f"{stage.id}__late{number}"
            lines = wrapped(text, _SIZE, 112)[:3]
            label = (edge + 84, at - len(lines) * _LINE / 2, 120, len(lines) * _LINE)
            self._node(
                timer, "boundaryEvent", text, lane, _around(edge, at, _EVENT, _EVENT), label,
                event=lasts, attached=stage.id, interrupts=False,
            )  # fmt: skip
            overdue = self.page.locale.say("page.overdue", "overdue")
            below = (edge + 40, at + _LATE / 2, 70, _LINE)
            self._node(late, "endEvent", overdue, lane, (edge + 46, at - _LATE / 2, _LATE, _LATE), below)
            self._flow(timer, late, [(edge + 18, at), (edge + 46, at)])
        if stage.id in self.stays:
            lines = [line for one in self.stays[stage.id] for line in wrapped(f"↻ {one}", _SIZE, _NOTE - 14)]
            deep = len(lines) * _LINE + 10
            x = c - _TASK[0] / 2 - 16 - _NOTE
            note_id = f"{stage.id}__stays"
            self.out.notes.append(Node(note_id, "textAnnotation", "\n".join(lines), lane, (x, y, _NOTE, deep)))
            self.out.notes.append(
                Node(f"{note_id}_of", "association", note_id, lane, (x + _NOTE, y + 20, 16, 0), attached=stage.id)
            )
            high = max(high, deep)
        return y + high

    def _leave(self, stage: Stage, y: float) -> None:
        """Remember where the flows out of a stage begin; they are drawn when every row has its place."""
        task = next(one for one in self.out.nodes if one.id == stage.id)
        fork = [one for one in self.out.nodes if one.id == f"{stage.id}__fork"]
        last = fork[0] if fork else task
        self.entry[f"{stage.id}__out"] = (last.id, last.box[1] + last.box[3], y)

    def _route(self, stage: Stage) -> None:
        lane, c = self.owner(stage), self.centre[self.owner(stage)]
        source, top, y_or_none = self.entry[f"{stage.id}__out"]
        y = y_or_none or top
        ways = self.leads[stage.id]
        for way in ways:
            wide, high = way.size
            condition = f'stage == "{way.target.id}"' if len(ways) > 1 else ""
            name = " / ".join(dict.fromkeys(way.steps))
            y += high + 8
            if way.target.ended:
                x = c + 12 + wide + 14
                end = f"{stage.id}__to__{way.target.id}"
                title = self.page.stage(way.target)
                lines = _lines([title], 100)
                beside = (x + _EVENT + 4, y - len(lines) * _LINE / 2, 106, len(lines) * _LINE)
                self._node(end, "endEvent", title, lane, (x, y - _EVENT / 2, _EVENT, _EVENT), beside)
                label = (c + 6, y - high - 2, wide, high)
                self._flow(source, end, [(c, top), (c, y), (x, y)], name, condition, label)
                y += 22
                continue
            into, entry, middle = self.entry[way.target.id]
            there = self.centre[self.owner(way.target)]
            if self._is_next(stage, way.target):
                bend = entry - 12
                points = [(c, top), (c, entry)] if there == c else [(c, top), (c, bend), (there, bend), (there, entry)]
                self._flow(source, into, points, name, condition, (c + 6, y - high - 2, wide, high))
                continue
            channel = self.channel[way.target.id]
            points = [(c, top), (c, y), (channel, y)]
            if middle is None:
                points += [(channel, entry - 8), (there, entry - 8), (there, entry)]
            else:
                points += [(channel, middle), (there - _GATE / 2, middle)]
            left = c - 6 - wide if channel < c else c + 6
            self._flow(source, into, points, name, condition, (left, y - high - 2, wide, high))
            y += 6

    # -- what is possible anywhere -------------------------------------------------------------------------------------

    def _place_anywhere(self, x: float) -> float:
        y: float = _TOP + 2 * _HEAD + 12
        lane = self.page.every_open_stage()
        for number, (step, target) in enumerate(self.anywhere):
            title, sub = self.page.step(step), f"{step.id}__anywhere{number}"
            who = self.page.who(self.open[0].owner if step.by[0] is STAGE_OWNER else step.by[0])
            if step.by[0] is STAGE_OWNER:
                who = self.page.locale.say("page.owner", "Responsible")
            goal = self.page.stage(self.page.process.stages[target]) if target else ""
            goal = goal or self.page.locale.say("page.stays", "stays")
            left, middle = x + 16, y + _SUB[1] / 2 + 4
            self._node(sub, "subProcess", title, lane, (left, y, *_SUB))
            below = middle + 20
            start = Node(
                f"{sub}__start", "startEvent", who, lane, (left + 46, middle - 18, _EVENT, _EVENT),
                (left + 8, below, 112, 2 * _LINE), inside=sub, event="message", interrupts=target is not None,
            )  # fmt: skip
            task = Node(f"{sub}__task", "userTask", title, lane, (left + 130, middle - 34, 150, 68), inside=sub)
            end = Node(
                f"{sub}__end", "endEvent", goal, lane, (left + 340, middle - 18, _EVENT, _EVENT),
                (left + 300, below, 116, 2 * _LINE), inside=sub,
            )  # fmt: skip
            self.out.nodes += [start, task, end]
            self.out.flows += [
                Flow(start.id, task.id, ((left + 82, middle), (left + 130, middle)), inside=sub),
                Flow(task.id, end.id, ((left + 280, middle), (left + 340, middle)), inside=sub),
            ]
            y += _SUB[1] + 16
        return y

    def _node(
        self, node_id: str, kind: str, name: str, lane: str, box: Rect, label: Rect | None = None, *, event: str = "",
        attached: str = "", interrupts: bool = True, note: str = "",
    ) -> None:  # fmt: skip
        self.out.nodes.append(Node(node_id, kind, name, lane, box, label, "", event, attached, interrupts, note))

    def _flow(
        self, source: str, target: str, points: Sequence[Point], name: str = "", condition: str = "",
        label: Rect | None = None,
    ) -> None:  # fmt: skip
        self.out.flows.append(Flow(source, target, tuple(points), name, condition, label))


def _around(x: float, y: float, wide: float, high: float) -> Rect:
    return x - wide / 2, y - high / 2, wide, high


def _lines(labels: Iterable[str], room: float = _ROOM) -> list[str]:
    said = list(dict.fromkeys(labels))
    return [line for one in said for line in wrapped(one if len(said) == 1 else f"• {one}", _SIZE, room)]
