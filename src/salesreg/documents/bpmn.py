"""A process as a BPMN 2.0 file: lanes for those who act, and a drawing, so that a modeller opens it (R39, R96).

A step is a user task in the lane of whoever takes it. A stage is a gateway at which the case waits for one of its
steps; a final stage is an end event. A step possible in every open stage is an event sub-process.
"""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

from salesreg.documents.bpmn_layout import Drawing, Link, Node, draw
from salesreg.documents.page import ProcessPage
from salesreg.process import STAGE_OWNER, Stage, Transition
from salesreg.process.steps import AnyStep

_SPEC: Final = "http://www.omg.org/spec"
_PREFIXES: Final = {
    "bpmn": f"{_SPEC}/BPMN/20100524/MODEL",
    "bpmndi": f"{_SPEC}/BPMN/20100524/DI",
    "dc": f"{_SPEC}/DD/20100524/DC",
    "di": f"{_SPEC}/DD/20100524/DI",
}


def bpmn(page: ProcessPage) -> str:
    """A process as BPMN 2.0 XML with its drawing, in the page's language."""
    nodes, links = _Graph(page).build()
    drawing = draw(nodes, links)
    for prefix, uri in _PREFIXES.items():
        ET.register_namespace(prefix, uri)
    title = page.title
    root = ET.Element(_tag("definitions"), {"id": "definitions", "targetNamespace": "urn:salesreg:process"})
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


class _Graph:
    """The nodes and links of a process."""

    def __init__(self, page: ProcessPage) -> None:
        self.page = page
        self.table = page.process.table
        self.nodes: list[Node] = []
        self.links: list[Link] = []

    def build(self) -> tuple[list[Node], list[Link]]:
        """Stages and steps as nodes, the ways between them as links."""
        for stage in self.table.stages.values():
            self._stage(stage)
        for step in self.table.steps.values():
            ways, routes = self.page.ways(step), self.table.routes[step.id]
            if ways and all(way.general for way in ways):
                self._everywhere(step, ways)
                continue
            for source, candidates in routes.items():
                self._step(step, candidates, step.id if len(routes) == 1 else f"{step.id}__{source}")
        return self.nodes, self.links

    def _stage(self, stage: Stage) -> None:
        title, note = self.page.stage(stage), self.page.stage_note(stage)
        lane = self._ending_lane(stage) if stage.owner is None else self.page.who(stage.owner)
        if not stage.final:
            self.nodes.append(Node(stage.id, "exclusiveGateway", title, lane, note))
            if stage.ended:
                self.nodes.append(Node(f"{stage.id}__end", "endEvent", title, lane))
                self._link(stage.id, f"{stage.id}__end")
        elif not self._only_from_anywhere(stage):
            self.nodes.append(Node(stage.id, "endEvent", title, lane, note))

    def _step(self, step: AnyStep, ways: tuple[Transition, ...], node_id: str) -> None:
        source = ways[0].source
        lane = self._lane(step, source)
        self.nodes.append(Node(node_id, "userTask", self.page.step(step), lane, self.page.step_note(step)))
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
            self._link(f"{node_id}__choice", target, self.page.stage(self.table.stages[target]))

    def _everywhere(self, step: AnyStep, ways: tuple[Transition, ...]) -> None:
        lane, inside = self._lane(step, ways[0].source), f"{step.id}__anywhere"
        target, stays = ways[0].target, all(way.stays for way in ways)
        end = target.id if not stays and self._only_from_anywhere(target) else f"{step.id}__end"
        goal = "" if stays else self.page.stage(target)
        self.nodes += [
            Node(inside, "subProcess", self.page.step(step), lane),
            Node(f"{step.id}__start", "startEvent", "", lane, inside=inside, interrupts=not stays),
            Node(step.id, "userTask", self.page.step(step), lane, self.page.step_note(step), inside=inside),
            Node(end, "endEvent", goal, lane, inside=inside),
        ]
        self._link(f"{step.id}__start", step.id)
        self._link(step.id, end)

    def _only_from_anywhere(self, stage: Stage) -> bool:
        """Whether one step, possible in every open stage, is the only one that leads there."""
        steps = self.table.steps.values()
        leading = {(step.id, way.general) for step in steps for way in self.page.ways(step) if way.target is stage}
        return stage.final and len(leading) == 1 and leading.pop()[1]

    def _link(self, source: str, target: str, title: str = "") -> None:
        self.links.append(Link(f"{source}--{target}", source, target, title))

    def _lane(self, step: AnyStep, source: Stage | None) -> str:
        """Who takes a step first; the owner of its stage by name where there is one."""
        owned = step.by[0] is STAGE_OWNER and source is not None and source.owner is not None
        return self.page.who(source.owner if owned and source is not None else step.by[0])

    def _ending_lane(self, stage: Stage) -> str:
        """Who takes the first step that leads to an end."""
        steps = ((step, way) for step in self.table.steps.values() for way in self.page.ways(step))
        leading = (self._lane(step, way.source) for step, way in steps if way.target is stage and not way.stays)
        return next(leading, self.page.who(None))


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
    diagram = _child(root, "bpmndi:BPMNDiagram", id="diagram")
    plane = _child(diagram, "bpmndi:BPMNPlane", id="plane", bpmnElement="collaboration")
    bands = {"pool": drawing.pool} | {f"lane_{number}": box for number, box in enumerate(drawing.lane_boxes)}
    for subject, box in (bands | drawing.boxes).items():
        shape = _child(plane, "bpmndi:BPMNShape", id=f"{subject}__shape", bpmnElement=subject)
        if subject in bands or subject in drawing.expanded:
            shape.set("isHorizontal" if subject in bands else "isExpanded", "true")
        x, y, width, height = map(str, box)
        _child(shape, "dc:Bounds", x=x, y=y, width=width, height=height)
    for link, points in drawing.routes.items():
        edge = _child(plane, "bpmndi:BPMNEdge", id=f"{link}__edge", bpmnElement=link)
        for px, py in points:
            _child(edge, "di:waypoint", x=str(px), y=str(py))


def _child(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, _tag(tag), attributes)


def _tag(name: str) -> str:
    prefix, _, tag = name.rpartition(":")
    return f"{{{_PREFIXES[prefix or 'bpmn']}}}{tag}"
