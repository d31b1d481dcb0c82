"""A process as a BPMN file: what a modeller needs to open it."""

from xml.etree import ElementTree as ET

import attrs
import pytest

from salesreg import Process, Role, Rulebook
from salesreg.commercial import COMMERCIAL, example
from salesreg.documents import ProcessPage, bpmn
from salesreg.process import Stage, start, step

MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
FLOW_NODES = {f"{MODEL}{kind}" for kind in ("userTask", "exclusiveGateway", "startEvent", "endEvent", "subProcess")}

every_process = pytest.mark.parametrize("process", COMMERCIAL.processes, ids=lambda process: process.id)


@attrs.frozen
class Ship:
    name: str


CAPTAIN = Role("captain", "captain")


class Stranded(Process[Ship]):
    """A page that is not finished."""

    id = "stranded"
    afloat = Stage("Afloat", CAPTAIN, no_term="the sea sets the pace")
    ashore = Stage("Ashore", final=True)

    @step(start(afloat), "Launch", by=CAPTAIN)
    def launch(self, *, name: str) -> Ship:
        return Ship(name)


def page_of(process, lang="en"):
    return ProcessPage(process, COMMERCIAL.texts.locale(lang), example())


def parsed(process, lang="en"):
    return ET.fromstring(bpmn(page_of(process, lang)).encode())


@every_process
def test_every_stage_and_every_step_is_there(process):
    names = {element.get("name") for element in parsed(process).iter() if element.tag in FLOW_NODES}
    assert {stage.title for stage in process.stages.values()} <= names
    assert {step.title for step in process.steps.values()} <= names


@every_process
def test_titles_are_russian_when_asked(process):
    names = {element.get("name") for element in parsed(process, "ru").iter()}
    page = page_of(process, "ru")
    assert page.title in names
    assert {page.step(one) for one in process.steps.values()} <= names


@every_process
def test_ids_are_unique_and_every_reference_leads_somewhere(process):
    root = parsed(process)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    known = set(ids)
    for element in root.iter():
        for name in ("sourceRef", "targetRef", "processRef", "bpmnElement"):
            assert element.get(name, next(iter(known))) in known
        if element.tag in {f"{MODEL}flowNodeRef", f"{MODEL}incoming", f"{MODEL}outgoing"}:
            assert element.text in known


@every_process
def test_a_lane_holds_each_node_once(process):
    root = parsed(process)
    body = root.find(f"{MODEL}process")
    held = [ref.text for ref in body.iter(f"{MODEL}flowNodeRef")]
    nodes = [element.get("id") for element in body if element.tag in FLOW_NODES]
    assert sorted(held) == sorted(nodes)


@every_process
def test_every_node_and_flow_is_drawn(process):
    root = parsed(process)
    drawn = {element.get("bpmnElement") for element in root.iter() if element.get("bpmnElement")}
    wanted = {e.get("id") for e in root.iter() if e.tag in FLOW_NODES or e.tag == f"{MODEL}sequenceFlow"}
    assert wanted <= drawn
    for edge in root.findall(".//{*}BPMNEdge"):
        assert len(edge.findall("{*}waypoint")) >= 2


@every_process
def test_no_two_nodes_of_one_level_overlap(process):
    root = parsed(process)
    body = root.find(f"{MODEL}process")
    level = {element.get("id") for element in body if element.tag in FLOW_NODES}
    boxes = []
    for shape in root.findall(".//{*}BPMNShape"):
        if shape.get("bpmnElement") in level:
            bounds = shape.find("{*}Bounds")
            boxes.append([int(bounds.get(name)) for name in ("x", "y", "width", "height")])
    for number, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, other_width, other_height in boxes[number + 1 :]:
            apart = (
                x + width <= other_x
                or other_x + other_width <= x
                or y + height <= other_y
                or other_y + other_height <= y
            )
            assert apart


@every_process
def test_a_gateway_stands_where_a_step_may_lead_to_several_stages(process):
    root = parsed(process)
    for step_id, routes in process.table.routes.items():
        for source, ways in routes.items():
            targets = {way.target.id for way in ways}
            if len(targets) > 1:
                node = f"{step_id}__choice" if len(routes) == 1 else f"{step_id}__{source}__choice"
                (choice,) = (one for one in root.iter(f"{MODEL}exclusiveGateway") if one.get("id") == node)
                assert {flow.text for flow in choice.iter(f"{MODEL}outgoing")} == {
                    f"{node}--{target}" for target in targets
                }


def test_an_end_that_nothing_leads_to_has_a_lane_all_the_same():
    rules = Rulebook("sea", roles=[CAPTAIN], processes=[Stranded])
    assert '<bpmn:lane id="lane_1" name="—">' in bpmn(ProcessPage(Stranded, rules.texts.locale("en")))
