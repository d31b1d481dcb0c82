"""The compiled table and python-statemachine agree, over random definitions and every shipped process."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statemachine.exceptions import TransitionNotAllowed

from salesreg import Case, Employee, Process, Refusal, Regulation, Role, Stage, Step, StepRefused, anywhere, start, stay
from salesreg.calendars import WorkSchedule
from salesreg.decide import decide
from salesreg.processes import Attempt, Related
from salesreg.processes._declare import Route, Way
from salesreg.regulations import PROCESSES

EVERYBODY = Employee("all", "Everybody", list(Role))
REGULATION = Regulation("test", schedule=WorkSchedule.standard())
MORNING = dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC)


@attrs.frozen
class Counter:
    n: int = 0


def divisible_by(k: int) -> Any:
    def guard(data: Counter | None, attempt: Attempt) -> Iterator[Refusal]:
        if data is not None and data.n % k:
            yield Refusal("not_divisible", f"{data.n} is not divisible by {k}", need=k, got=data.n)

    return guard


def remainder_is(k: int, r: int) -> Any:
    return lambda data: data.n % k == r


@st.composite
def definitions(draw: st.DrawFn) -> type[Process[Any]]:
    """A process of a few stages, with conditional ways, steps that stay, general steps and guards."""
    count = draw(st.integers(2, 5))
    stages = [
        Stage(f"Stage {i}", owner=Role.CEO, no_term="a test", final=i == count - 1, ended=i == count - 2 and count > 3)
        for i in range(count)
    ]
    open_stages = st.sampled_from(stages[:-1])
    any_stage = st.sampled_from(stages)
    condition = st.none() | st.builds(remainder_is, st.integers(2, 3), st.integers(0, 2))
    body: dict[str, Any] = {f"s{i}": stage for i, stage in enumerate(stages)}
    guards = st.lists(st.builds(divisible_by, st.integers(1, 3)), max_size=2)
    body["begin"] = Step(start(stages[0]), "Begin", by=Role.CEO)
    body["on_begin"] = lambda self: Counter()
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["to", "to", "to", "stay", "anywhere"]))
        if kind == "to":
            ways = draw(st.lists(st.tuples(open_stages, any_stage, condition), min_size=1, max_size=4))
            route = Route(tuple(Way((source,), target, when) for source, target, when in ways))
        elif kind == "stay":
            route = stay(*draw(st.lists(open_stages, min_size=1, max_size=3, unique=True)))
        else:
            route = anywhere(draw(st.none() | any_stage), but=draw(st.lists(open_stages, max_size=2)))
        body[f"step{number}"] = Step(route, f"Step {number}", by=Role.CEO, requires=draw(guards))
        if draw(st.booleans()):
            body[f"on_step{number}"] = _incrementer(draw(st.integers(0, 2)))
    return types.new_class(
        "Random", (Process[Counter],), {}, lambda ns: ns.update(body, id="random", __module__=__name__)
    )


def _incrementer(by: int) -> Any:
    def handler(self: Any, data: Counter) -> Counter:
        return attrs.evolve(data, n=data.n + by)

    return handler


def by_table(process: type[Process[Any]], case: Case[Any], step: Step, at: dt.datetime) -> Case[Any] | None:
    try:
        return decide(process, case, step, by=EVERYBODY, at=at, regulation=REGULATION).case
    except StepRefused:
        return None


def by_machine(
    process: type[Process[Any]], machine: type[Any], case: Case[Any], step: Step, at: dt.datetime
) -> str | None:
    running = machine(start_value=case.stage)
    attempt = Attempt(case.id, step.id, EVERYBODY, Role.CEO, None, at, REGULATION, Related([]))
    handler = process.handlers.get(step.id)
    after = case.data if handler is None else handler(case.data, attempt, {})
    try:
        running.send(step.id, data=case.data, after=after, attempt=attempt)
    except (TransitionNotAllowed, StepRefused):
        return None
    return next(iter(running.configuration)).value


@given(process=definitions(), choices=st.lists(st.integers(0, 4), max_size=12))
def test_random_definitions_move_the_same_way(process: type[Process[Any]], choices: list[int]) -> None:
    machine = process.machine()
    steps = [step for step in process.steps.values() if not step.begins]
    case = decide(process, None, "begin", by=EVERYBODY, at=MORNING, regulation=REGULATION, case_id="c").case
    for number, choice in enumerate(choices, start=1):
        step = steps[choice % len(steps)]
        at = MORNING + dt.timedelta(minutes=number)
        after = by_table(process, case, step, at)
        target = by_machine(process, machine, case, step, at)
        assert (None if after is None else after.stage) == target
        case = after or case


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.id)
def test_shipped_processes_have_the_same_arrows(process: type[Process[Any]]) -> None:
    machine = process.machine()
    drawn = {
        (transition.source.value, event.id, target.value)
        for state in machine.states
        for transition in state.transitions
        for event in machine.events
        if transition.match(event.id)
        for target in transition.targets
    }
    declared = {
        (source or "unborn", step_id, way.target.id)
        for step_id, routes in process.table.items()
        for source, ways in routes.items()
        for way in ways
    }
    assert drawn == declared


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.id)
def test_machine_is_drawn_by_python_statemachine(process: type[Process[Any]]) -> None:
    picture = format(process.machine()(), "mermaid")
    assert picture.startswith("stateDiagram-v2")
    assert all(stage.title.split()[0] in picture for stage in process.stages.values())
