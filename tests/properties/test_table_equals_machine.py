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

from salesreg.calendars import WorkSchedule
from salesreg.commercial import COMMERCIAL
from salesreg.decide import decide
from salesreg.errors import StepRefused
from salesreg.process import Attempt, Case, Process, Refusal, Related, Stage, Step, anywhere, start, stay, step
from salesreg.process.stages import Route, Way
from salesreg.rules import Employee, Regulation, Role

CHIEF = Role("chief", "chief")
EVERYBODY = Employee("all", "Everybody", [CHIEF])
REGULATION = Regulation("test", schedule=WorkSchedule.standard())
MORNING = dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC)


@attrs.frozen
class Counter:
    n: int = 0


def divisible_by(k: int) -> Any:
    def guard(data: Counter | None, attempt: Attempt) -> Iterator[Refusal]:
        if data is not None and data.n % k:
            yield Refusal("not_divisible", "{got} is not divisible by {need}", need=k, got=data.n)

    return guard


def remainder_is(k: int, r: int) -> Any:
    return lambda data: data.n % k == r


def begin(self: Any) -> Counter:
    return Counter()


def plus(by: int) -> Any:
    def add(self: Any, data: Counter) -> Counter:
        return attrs.evolve(data, n=data.n + by)

    return add


@st.composite
def definitions(draw: st.DrawFn) -> Any:
    """A process of a few stages, with conditional ways, steps that stay, general steps and guards."""
    count = draw(st.integers(2, 5))
    stages = [
        Stage(f"Stage {i}", CHIEF, no_term="a test", final=i == count - 1, ended=i == count - 2 and count > 3)
        for i in range(count)
    ]
    open_stages = st.sampled_from(stages[:-1])
    any_stage = st.sampled_from(stages)
    condition = st.none() | st.builds(remainder_is, st.integers(2, 3), st.integers(0, 2))
    body: dict[str, Any] = {f"s{i}": stage for i, stage in enumerate(stages)}
    guards = st.lists(st.builds(divisible_by, st.integers(1, 3)), max_size=2)
    body["begin"] = step(start(stages[0]), "Begin", by=CHIEF)(begin)
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["to", "to", "to", "stay", "anywhere"]))
        if kind == "to":
            ways = draw(st.lists(st.tuples(open_stages, any_stage, condition), min_size=1, max_size=4))
            route = Route(tuple(Way((source,), target, when) for source, target, when in ways))
        elif kind == "stay":
            route = stay(*draw(st.lists(open_stages, min_size=1, max_size=3, unique=True)))
        else:
            route = anywhere(draw(st.none() | any_stage), but=draw(st.lists(open_stages, max_size=2)))
        made = Step(route, f"Step {number}", by=CHIEF, requires=draw(guards))
        body[f"step{number}"] = made.doing(plus(draw(st.integers(0, 2)))) if draw(st.booleans()) else made
    return types.new_class(
        "Random", (Process[Counter],), {}, lambda space: space.update(body, id="random", __module__=__name__)
    )


def by_table(process: Any, case: Case[Any], step_id: str, at: dt.datetime) -> Case[Any] | None:
    try:
        return decide(process.command(step_id), case, by=EVERYBODY, at=at, regulation=REGULATION).case
    except StepRefused:
        return None


def by_machine(process: Any, machine: Any, case: Case[Any], step_id: str, at: dt.datetime) -> str | None:
    running = machine(start_value=case.stage)
    attempt = Attempt(case.id, step_id, EVERYBODY, CHIEF.id, None, at, REGULATION, Related([]))
    run = process.steps[step_id].run
    after = case.data if run is None else run(process, case.data)
    try:
        running.send(step_id, data=case.data, after=after, attempt=attempt)
    except (TransitionNotAllowed, StepRefused):
        return None
    found: str = next(iter(running.configuration)).value
    return found


@given(process=definitions(), choices=st.lists(st.integers(0, 4), max_size=12))
def test_random_definitions_move_the_same_way(process: Any, choices: list[int]):
    machine = process.machine()
    steps = [one.id for one in process.steps.values() if not one.begins]
    case = decide(process.begin(), by=EVERYBODY, at=MORNING, regulation=REGULATION, case_id="c").case
    for number, choice in enumerate(choices, start=1):
        step_id = steps[choice % len(steps)]
        at = MORNING + dt.timedelta(minutes=number)
        after = by_table(process, case, step_id, at)
        target = by_machine(process, machine, case, step_id, at)
        assert (None if after is None else after.stage) == target
        case = after or case


@pytest.mark.parametrize("process", COMMERCIAL.processes, ids=lambda process: process.id)
def test_shipped_processes_have_the_same_arrows(process: type[Process[Any]]):
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
        for step_id, routes in process.table.routes.items()
        for source, ways in routes.items()
        for way in ways
    }
    assert drawn == declared


@pytest.mark.parametrize("process", COMMERCIAL.processes, ids=lambda process: process.id)
def test_a_machine_is_drawn_by_python_statemachine(process: type[Process[Any]]):
    picture = format(process.machine()(), "mermaid")
    assert picture.startswith("stateDiagram-v2")
    assert all(stage.title.split()[0] in picture for stage in process.stages.values())
