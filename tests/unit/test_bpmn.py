"""A process as a BPMN file: a modeller opens it, the linter finds no error, an engine runs it."""

import itertools
import re
from xml.etree import ElementTree as ET

import attrs
import bpmn_io
import pytest
from bpmn_io.lint import Linter
from bpmn_io.lint.resolver import NodeResolver
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from salesreg import Process, Role, Rulebook
from salesreg.commercial import COMMERCIAL, Sale, example
from salesreg.documents import ProcessPage, bpmn
from salesreg.documents.bpmn_layout import plan
from salesreg.process import Stage, start, step

MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
KINDS = ("userTask", "exclusiveGateway", "startEvent", "endEvent", "boundaryEvent", "subProcess")
FLOW_NODES = {f"{MODEL}{kind}" for kind in KINDS}
PAGES = {
    f"{process.id} {lang}": ProcessPage(process, COMMERCIAL.texts.locale(lang), example())
    for process in COMMERCIAL.processes
    for lang in ("en", "ru")
}

every_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)


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


def parsed(page):
    return ET.fromstring(bpmn(page).encode())


@every_page
def test_every_stage_and_every_step_is_there(page):
    root = parsed(page)
    said = " ".join(element.get("name", "") for element in root.iter())
    said += " ".join(" ".join(element.text.split()) for element in root.iter(f"{MODEL}text"))
    assert all(page.stage(stage) in said for stage in page.process.stages.values())
    assert all(page.step(step) in said for step in page.process.steps.values())


@every_page
def test_ids_are_unique_and_every_reference_leads_somewhere(page):
    root = parsed(page)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    known = set(ids)
    for element in root.iter():
        for name in ("sourceRef", "targetRef", "processRef", "bpmnElement", "attachedToRef", "messageRef"):
            assert element.get(name, next(iter(known))) in known
        if element.tag in {f"{MODEL}flowNodeRef", f"{MODEL}incoming", f"{MODEL}outgoing"}:
            assert element.text in known


@every_page
def test_a_lane_holds_each_node_once_and_everything_is_drawn(page):
    root = parsed(page)
    body = root.find(f"{MODEL}process")
    held = [ref.text for ref in body.iter(f"{MODEL}flowNodeRef")]
    assert sorted(held) == sorted(element.get("id") for element in body if element.tag in FLOW_NODES)
    drawn = {element.get("bpmnElement") for element in root.iter() if element.get("bpmnElement")}
    assert {e.get("id") for e in root.iter() if e.tag in FLOW_NODES or e.tag == f"{MODEL}sequenceFlow"} <= drawn


def overlap(one, other):
    (ax, ay, aw, ah), (bx, by, bw, bh) = one, other
    return ax < bx + bw and bx < ax + aw and ay < by + bh and by < ay + ah


@every_page
def test_no_node_and_no_label_stands_over_another_and_all_are_in_their_lane(page):
    drawn = plan(page)
    outer = [node for node in drawn.nodes if not node.inside and node.kind != "boundaryEvent"]
    shapes = [node.box for node in (*outer, *(one for one in drawn.notes if one.kind == "textAnnotation"))]
    labels = [one.label for one in (*drawn.nodes, *drawn.flows) if one.label and not one.inside]
    borders = [node.box for node in drawn.nodes if node.kind == "boundaryEvent"]
    for one, other in itertools.combinations([*shapes, *labels], 2):
        assert not overlap(one, other)
    for label, border in itertools.product(labels, borders):
        assert not overlap(label, border)
    for node in outer:
        x, _, wide, _ = drawn.lanes[node.lane]
        assert x <= node.box[0]
        assert node.box[0] + node.box[2] <= x + wide
        assert node.label is None or node.label[0] + node.label[2] <= x + wide


@every_page
def test_no_flow_runs_through_a_node_or_a_label(page):
    drawn = plan(page)
    nodes = {node.id: node for node in drawn.nodes if not node.inside}
    labels = [one.label for one in (*drawn.nodes, *drawn.flows) if one.label and not one.inside]
    for flow in (one for one in drawn.flows if not one.inside):
        for (ax, ay), (bx, by) in itertools.pairwise(flow.points):
            assert ax == bx or ay == by
            line = (min(ax, bx) + 0.5, min(ay, by) + 0.5, abs(bx - ax) - 1, abs(by - ay) - 1)
            for node in nodes.values():
                attached = node.kind == "boundaryEvent" or node.id in (flow.source, flow.target)
                assert attached or not overlap(line, node.box)
            assert not any(overlap(line, label) for label in labels)


@every_page
def test_the_linter_of_modellers_finds_no_error(page):
    document = bpmn(page)
    assert bpmn_io.check(document).errors == []
    tree = bpmn_io.create_moddle().from_xml(document).root_element
    found = Linter(config={"extends": "bpmnlint:recommended"}, resolver=NodeResolver()).lint(tree)
    assert {rule: each for rule, each in found.items() if any(one["category"] == "error" for one in each)} == {}


class Engine(PythonScriptEngine):
    """Reads lengths of time as ISO 8601 has them, which other engines do by themselves."""

    def evaluate(self, task, expression, external_context=None):
        if re.fullmatch(r"PT?\d+[DWM]", expression):
            return expression
        return super().evaluate(task, expression, external_context)


def begun(page):
    parser = BpmnParser()
    parser.add_bpmn_str(bpmn(page).encode())
    workflow = BpmnWorkflow(parser.get_spec(page.process.id), script_engine=Engine())
    workflow.do_engine_steps()
    return workflow


def ways_to_an_end(process):
    """The stages that a case goes through to each end that open stages lead to, by the shortest way."""
    table, found = process.table, {}
    firsts = {way.target.id for step in table.first_steps() for way in table.routes[step.id][None]}
    waiting = [(one,) for one in process.stages if one in firsts and not process.stages[one].ended][:1]
    for path in waiting:
        for routes in table.routes.values():
            for way in routes.get(path[-1], ()):
                if way.source is None or way.general or way.stays or way.target.id in path:
                    continue
                if not way.target.ended:
                    waiting.append((*path, way.target.id))
                elif way.target.id not in found:
                    found[way.target.id] = (*path, way.target.id)
        if len(waiting) > 5_000:
            break
    return list(found.values())


RUN = [(page, path) for name, page in PAGES.items() if name.endswith(" en") for path in ways_to_an_end(page.process)]


@pytest.mark.parametrize(("page", "path"), RUN, ids=[f"{page.process.id} to {path[-1]}" for page, path in RUN])
def test_an_engine_runs_it_from_start_to_end(page, path):
    workflow = begun(page)
    for stage, target in itertools.pairwise(path):
        (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
        assert task.task_spec.bpmn_id == stage
        timers = {one.task_spec.bpmn_id for one in workflow.get_tasks(state=TaskState.WAITING)}
        assert {f"{stage}__timer{number}" for number, _ in enumerate(page.timers(page.process.stages[stage]))} <= timers
        task.set_data(stage=target)
        task.run()
        workflow.do_engine_steps()
    done = {one.task_spec.bpmn_id for one in workflow.get_tasks(state=TaskState.COMPLETED)}
    assert f"{path[-2]}__to__{path[-1]}" in done


def test_terms_are_timers_at_the_border_of_their_stage_by_the_regulation():
    root = parsed(PAGES["sale en"])
    timers = {one.get("attachedToRef"): one for one in root.iter(f"{MODEL}boundaryEvent")}
    approval = timers["awaiting_price_approval"]
    assert approval.get("name") == "1 business day"
    assert approval.get("cancelActivity") == "false"
    assert approval.find(f".//{MODEL}timeDuration").text == "P1D"
    assert not list(parsed(ProcessPage(Sale, COMMERCIAL.texts.locale("en"))).iter(f"{MODEL}timeDuration"))[2:]


def test_a_page_that_is_not_finished_is_drawn_all_the_same():
    rules = Rulebook("sea", roles=[CAPTAIN], processes=[Stranded])
    page = ProcessPage(Stranded, rules.texts.locale("en"))
    assert "Afloat" in bpmn(page)
