"""A process as a BPMN 2.0 file: lanes for those who act, and a drawing, so that a modeller opens it (R39, R96).

A step is a user task in the lane of whoever takes it. A stage is a gateway at which the case waits for one of its
steps; a final stage is an end event. A step possible in every open stage is an event sub-process.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal
from xml.etree import ElementTree as ET

import attrs

from salesreg.processes import STAGE_OWNER, Process, Stage, Step, Transition
from salesreg.regulation import Regulation
from salesreg.regulations._bpmn_layout import Drawing, Link, Node, draw
from salesreg.regulations.render import stage_note, step_note, who_text

__all__ = ["bpmn"]

Lang = Literal["en", "ru"]

_MODEL: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_BPMNDI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
_DC: Final = "http://www.omg.org/spec/DD/20100524/DC"
_DI: Final = "http://www.omg.org/spec/DD/20100524/DI"
_PREFIXES: Final = {"bpmn": _MODEL, "bpmndi": _BPMNDI, "dc": _DC, "di": _DI}
_TARGET: Final = "urn:salesreg:process"


def bpmn(process: type[Process[Any]], lang: Lang = "en", regulation: Regulation | None = None) -> str:
    """A process as BPMN 2.0 XML with its drawing.

    Args:
        process: the process class.
        lang: language of the titles, ``"en"`` or ``"ru"``.
        regulation: gives the values of parameters; without one their names are shown.

    >>> from salesreg.processes.sale import Sale
    >>> bpmn(Sale).splitlines()[0]
    "<?xml version='1.0' encoding='utf-8'?>"
    """
    nodes, links = _Graph(process, lang, regulation).build()
    drawing = draw(nodes, links)
    for prefix, uri in _PREFIXES.items():
        ET.register_namespace(prefix, uri)
    title = process.ru if lang == "ru" else process.title
    root = ET.Element(f"{{{_MODEL}}}definitions", {"id": "definitions", "targetNamespace": _TARGET})
    collaboration = _child(root, "collaboration", id="collaboration")
    _child(collaboration, "participant", id="pool", name=title, processRef="process")
    body = _child(root, "process", id="process", name=title, isExecutable="false")
    lanes = _child(body, "laneSet", id="lanes")
    for number, name in enumerate(drawing.lanes):
        lane = _child(lanes, "lane", id=f"lane_{number}", name=name)
        for node in nodes:
            if node.lane == name and node.inside is None:
                _child(lane, "flowNodeRef").text = node.id
    _write_nodes(body, nodes, links, None)
    _write_drawing(root, drawing)
    ET.indent(root)
    xml: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return xml.decode() + "\n"


@attrs.define
class _Graph:
    """The nodes and links of a process."""

    process: type[Process[Any]]
    lang: Lang
    regulation: Regulation | None
    nodes: list[Node] = attrs.field(factory=list)
    links: list[Link] = attrs.field(factory=list)

    def build(self) -> tuple[list[Node], list[Link]]:
        """Stages and steps as nodes, the ways between them as links."""
        for stage in self.process.stages.values():
            self._stage(stage)
        for step in self.process.steps.values():
            routes = self.process.table[step.id]
            ways = [way for candidates in routes.values() for way in candidates]
            if ways and all(way.general for way in ways):
                self._everywhere(step, ways)
                continue
            for source, candidates in routes.items():
                one = len(routes) == 1
                self._step(step, candidates, step.id if one else f"{step.id}__{source}")
        return self.nodes, self.links

    def _stage(self, stage: Stage) -> None:
        title, note = stage.text(self.lang), stage_note(stage, self.lang, self.regulation)
        lane = self._ending_lane(stage) if stage.owner is None else self._who(stage.owner)
        if stage.final and self._only_from_anywhere(stage):
            return
        if stage.final:
            self.nodes.append(Node(stage.id, "endEvent", title, lane, note))
            return
        self.nodes.append(Node(stage.id, "exclusiveGateway", title, lane, note))
        if stage.ended:
            self.nodes.append(Node(f"{stage.id}__end", "endEvent", title, lane))
            self._link(stage.id, f"{stage.id}__end")

    def _step(self, step: Step, ways: tuple[Transition, ...], node_id: str) -> None:
        source = ways[0].source
        lane = self._who(step.by[0], source)
        self.nodes.append(Node(node_id, "userTask", step.text(self.lang), lane, self._note(step)))
        if source is None:
            self.nodes.append(Node(f"{node_id}__start", "startEvent", "", lane))
            self._link(f"{node_id}__start", node_id)
        else:
            self._link(source.id, node_id)
        targets = tuple(dict.fromkeys(way.target.id for way in ways))
        if len(targets) == 1:
            self._link(node_id, targets[0])
            return
        self.nodes.append(Node(f"{node_id}__choice", "exclusiveGateway", "", lane))
        self._link(node_id, f"{node_id}__choice")
        for target in targets:
            self._link(f"{node_id}__choice", target, self.process.stages[target].text(self.lang))

    def _everywhere(self, step: Step, ways: list[Transition]) -> None:
        lane = self._who(step.by[0], ways[0].source)
        inside = f"{step.id}__anywhere"
        stays = all(way.stays for way in ways)
        target = ways[0].target
        end = target.id if not stays and self._only_from_anywhere(target) else f"{step.id}__end"
        goal = "" if stays else target.text(self.lang)
        self.nodes += [
            Node(inside, "subProcess", step.text(self.lang), lane),
            Node(f"{step.id}__start", "startEvent", "", lane, inside=inside, interrupts=not stays),
            Node(step.id, "userTask", step.text(self.lang), lane, self._note(step), inside=inside),
            Node(end, "endEvent", goal, lane, inside=inside),
        ]
        self._link(f"{step.id}__start", step.id)
        self._link(step.id, end)

    def _only_from_anywhere(self, stage: Stage) -> bool:
        """Whether one step, possible in every open stage, is the only one that leads there."""
        ways = [way for routes in self.process.table.values() for found in routes.values() for way in found]
        leading = {(way.step.id, way.general) for way in ways if way.target is stage}
        return stage.final and len(leading) == 1 and leading.pop()[1]

    def _link(self, source: str, target: str, title: str = "") -> None:
        self.links.append(Link(f"{source}--{target}", source, target, title))

    def _note(self, step: Step) -> str:
        return step_note(self.process, step, self.lang, self.regulation)

    def _who(self, who: object, stage: Stage | None = None) -> str:
        if who is STAGE_OWNER and stage is not None and stage.owner is not None:
            who = stage.owner
        return who_text(who, self.lang, self.regulation)

    def _ending_lane(self, stage: Stage) -> str:
        for step in self.process.steps.values():
            for ways in self.process.table[step.id].values():
                if any(way.target is stage and not way.stays for way in ways):
                    return self._who(step.by[0], ways[0].source)
        return self._who(None)


def _write_nodes(parent: ET.Element, nodes: list[Node], links: list[Link], inside: str | None) -> None:
    mine = [node for node in nodes if node.inside == inside]
    for node in mine:
        _write_node(parent, node, nodes, links)
    known = {node.id for node in mine}
    for link in links:
        if link.source in known:
            flow = _child(parent, "sequenceFlow", id=link.id, sourceRef=link.source, targetRef=link.target)
            if link.title:
                flow.set("name", link.title)


def _write_node(parent: ET.Element, node: Node, nodes: list[Node], links: list[Link]) -> None:
    element = _child(parent, node.kind, id=node.id)
    if node.title:
        element.set("name", node.title)
    if node.kind == "subProcess":
        element.set("triggeredByEvent", "true")
        _write_nodes(element, nodes, links, node.id)
        return
    if node.note:
        _child(element, "documentation").text = node.note
    for tag, end in (("incoming", "target"), ("outgoing", "source")):
        for link in links:
            if getattr(link, end) == node.id:
                _child(element, tag).text = link.id
    if node.kind == "startEvent" and node.inside is not None:
        element.set("isInterrupting", "true" if node.interrupts else "false")
        _child(element, "messageEventDefinition", id=f"{node.id}__command")


def _write_drawing(root: ET.Element, drawing: Drawing) -> None:
    diagram = ET.SubElement(root, f"{{{_BPMNDI}}}BPMNDiagram", {"id": "diagram"})
    plane = ET.SubElement(diagram, f"{{{_BPMNDI}}}BPMNPlane", {"id": "plane", "bpmnElement": "collaboration"})
    for subject, box, attributes in _shapes(drawing):
        shape = ET.SubElement(
            plane, f"{{{_BPMNDI}}}BPMNShape", {"id": f"{subject}__shape", "bpmnElement": subject, **attributes}
        )
        x, y, width, height = map(str, box)
        ET.SubElement(shape, f"{{{_DC}}}Bounds", {"x": x, "y": y, "width": width, "height": height})
    for link, points in drawing.routes.items():
        edge = ET.SubElement(plane, f"{{{_BPMNDI}}}BPMNEdge", {"id": f"{link}__edge", "bpmnElement": link})
        for px, py in points:
            ET.SubElement(edge, f"{{{_DI}}}waypoint", {"x": str(px), "y": str(py)})


def _shapes(drawing: Drawing) -> Iterator[tuple[str, tuple[int, int, int, int], dict[str, str]]]:
    yield "pool", drawing.pool, {"isHorizontal": "true"}
    for number, box in enumerate(drawing.lane_boxes):
        yield f"lane_{number}", box, {"isHorizontal": "true"}
    for node, box in drawing.boxes.items():
        extra = {"isExpanded": "true"} if node in drawing.expanded else {}
        yield node, box, extra


def _child(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{_MODEL}}}{tag}", attributes)
