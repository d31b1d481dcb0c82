"""A process as a BPMN 2.0 file: lanes for the responsible, and a drawing, so that a modeller opens it (R39, R96).

A stage is a user task with its deadline as a timer at its border, a step the flow that leaves it, taken where the
variable ``stage`` has the id of the stage that the step led to. What is possible in every open stage is an event
sub-process.
"""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

from salesreg.documents.bpmn_layout import Node, Plan, Rect, plan
from salesreg.documents.page import ProcessPage

_SPEC: Final = "http://www.omg.org/spec"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_PREFIXES: Final = {
    "bpmn": f"{_SPEC}/BPMN/20100524/MODEL",
    "bpmndi": f"{_SPEC}/BPMN/20100524/DI",
    "dc": f"{_SPEC}/DD/20100524/DC",
    "di": f"{_SPEC}/DD/20100524/DI",
    "xsi": _XSI,
}


def bpmn(page: ProcessPage) -> str:
    """A process as BPMN 2.0 XML with its drawing, in the page's language; an engine may run it from start to end."""
    drawn = plan(page)
    for prefix, uri in _PREFIXES.items():
        ET.register_namespace(prefix, uri)
    root = ET.Element(_tag("definitions"), {"id": "definitions", "targetNamespace": "urn:salesreg:process"})
    for node in drawn.nodes:
        if node.event == "message":
            _child(root, "message", id=f"{node.id}__message", name=_safe(node.name))
    collaboration = _child(root, "collaboration", id="collaboration")
    _child(collaboration, "participant", id="pool", name=_safe(page.title), processRef=page.process.id)
    body = _child(root, "process", id=page.process.id, name=_safe(page.title), isExecutable="true")
    lanes = _child(body, "laneSet", id="lanes")
    for number, name in enumerate(drawn.lanes):
        lane = _child(lanes, "lane", id=f"lane_{number}", name=_safe(name))
        for node in drawn.nodes:
            if node.lane == name and not node.inside:
                _child(lane, "flowNodeRef").text = node.id
    _write(body, drawn, "")
    for note in drawn.notes:
        if note.kind == "textAnnotation":
            _child(_child(body, "textAnnotation", id=note.id), "text").text = _safe(note.name)
        else:
            _child(body, "association", id=note.id, sourceRef=note.attached, targetRef=note.name)
    _draw(root, drawn)
    ET.indent(root)
    xml: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return xml.decode() + "\n"


def _write(parent: ET.Element, drawn: Plan, inside: str) -> None:
    for node in drawn.nodes:
        if node.inside == inside:
            _write_node(parent, node, drawn)
    for flow in drawn.flows:
        if flow.inside == inside:
            element = _child(parent, "sequenceFlow", id=flow.id, sourceRef=flow.source, targetRef=flow.target)
            if flow.name:
                element.set("name", _safe(flow.name))
            if flow.condition:
                condition = _child(element, "conditionExpression")
                condition.set(f"{{{_XSI}}}type", "bpmn:tFormalExpression")
                condition.text = flow.condition


def _write_node(parent: ET.Element, node: Node, drawn: Plan) -> None:
    element = _child(parent, node.kind, id=node.id)
    if node.name:
        element.set("name", _safe(node.name))
    if node.kind == "subProcess":
        element.set("triggeredByEvent", "true")
        _write(element, drawn, node.id)
        return
    if node.note:
        _child(element, "documentation").text = _safe(node.note)
    for tag, end in (("incoming", "target"), ("outgoing", "source")):
        for flow in drawn.flows:
            if getattr(flow, end) == node.id:
                _child(element, tag).text = flow.id
    if node.attached:
        element.set("attachedToRef", node.attached)
        element.set("cancelActivity", "true" if node.interrupts else "false")
        timer = _child(element, "timerEventDefinition", id=f"{node.id}__term")
        lasts = _child(timer, "timeDuration")
        lasts.set(f"{{{_XSI}}}type", "bpmn:tFormalExpression")
        lasts.text = node.event
    elif node.event:
        if node.inside:
            element.set("isInterrupting", "true" if node.interrupts else "false")
        _child(element, "messageEventDefinition", id=f"{node.id}__event", messageRef=f"{node.id}__message")


def _draw(root: ET.Element, drawn: Plan) -> None:
    diagram = _child(root, "bpmndi:BPMNDiagram", id="diagram")
    plane = _child(diagram, "bpmndi:BPMNPlane", id="plane", bpmnElement="collaboration")
    bands = {"pool": drawn.pool} | {f"lane_{number}": box for number, box in enumerate(drawn.lanes.values())}
    for band, box in bands.items():
        _bounds(_child(plane, "bpmndi:BPMNShape", id=f"{band}__shape", bpmnElement=band, isHorizontal="false"), box)
    for node in drawn.nodes:
        shape = _child(plane, "bpmndi:BPMNShape", id=f"{node.id}__shape", bpmnElement=node.id)
        if node.kind == "subProcess":
            shape.set("isExpanded", "true")
        _bounds(shape, node.box)
        if node.label is not None:
            _bounds(_child(shape, "bpmndi:BPMNLabel"), node.label)
    for note in drawn.notes:
        if note.kind == "textAnnotation":
            _bounds(_child(plane, "bpmndi:BPMNShape", id=f"{note.id}__shape", bpmnElement=note.id), note.box)
        else:
            x, y, wide, _ = note.box
            _edge(plane, note.id, ((x + wide, y), (x, y)), None)
    for flow in drawn.flows:
        _edge(plane, flow.id, flow.points, flow.label)


def _edge(plane: ET.Element, subject: str, points: tuple[tuple[float, float], ...], label: Rect | None) -> None:
    edge = _child(plane, "bpmndi:BPMNEdge", id=f"{subject}__edge", bpmnElement=subject)
    for x, y in points:
        _child(edge, "di:waypoint", x=f"{x:.0f}", y=f"{y:.0f}")
    if label is not None:
        _bounds(_child(edge, "bpmndi:BPMNLabel"), label)


def _bounds(parent: ET.Element, box: Rect) -> None:
    x, y, wide, high = (f"{one:.0f}" for one in box)
    _child(parent, "dc:Bounds", x=x, y=y, width=wide, height=high)


def _child(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, _tag(tag), attributes)


def _tag(name: str) -> str:
    prefix, _, tag = name.rpartition(":")
    return f"{{{_PREFIXES[prefix or 'bpmn']}}}{tag}"


def _safe(text: str) -> str:
    """Text without characters that no XML has."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in text)
