"""A process as a python-statemachine class: to draw, to drive by hand, and as the oracle of the compiled table."""

from __future__ import annotations

from typing import Any

from statemachine import State, StateMachine
from statemachine.transition_list import TransitionList

from salesreg.errors import StepRefused
from salesreg.processes._case import Attempt
from salesreg.processes._declare import Guard, Step
from salesreg.processes._table import Process, Transition

__all__ = ["build"]

UNBORN = "unborn"


def build(process: type[Process[Any]]) -> type[StateMachine]:
    """A fresh python-statemachine class of the process.

    The state ``unborn`` stands for a case that has not begun. Stage, step and guard keep their ids and titles.
    """
    unborn = State("∅", value=UNBORN, initial=True)
    states = {stage.id: State(stage.title, value=stage.id, final=stage.final) for stage in process.stages.values()}
    body: dict[str, Any] = {UNBORN: unborn, **states}
    for step in process.steps.values():
        ways = [way for candidates in process.table[step.id].values() for way in candidates]
        transitions = TransitionList()
        for way in ways:
            source = unborn if way.source is None else states[way.source.id]
            transitions = transitions | _transition(source, states[way.target.id], way)
        body[step.id] = transitions
    body["__doc__"] = process.__doc__
    # An unfinished process is drawn as it is; what is wrong with it is for `Process.check` to say.
    body |= dict.fromkeys(
        ("validate_disconnected_states", "validate_trap_states", "validate_final_reachability"), False
    )
    body["_repr_html_"] = _repr_html
    body["_repr_svg_"] = _repr_svg
    return type(f"{process.__name__}Machine", (StateMachine,), body)


def _transition(source: State, target: State, way: Transition) -> TransitionList:
    options: dict[str, Any] = {"validators": [_validator(way.step, guard) for guard in way.step.requires]}
    when = way.when
    if when is not None:

        def holds(after: Any = None) -> bool:
            return when(after)

        options["cond"] = [holds]
    if way.stays:
        options["internal"] = True
    made: TransitionList = source.to(target, **options)
    return made


def _validator(step: Step, guard: Guard) -> Any:
    def validate(attempt: Attempt, data: Any = None) -> None:
        refusals = list(guard(data, attempt))
        if refusals:
            raise StepRefused(f"{step.id} refused: " + "; ".join(refusal.text() for refusal in refusals), refusals)

    return validate


def _repr_html(machine: StateMachine) -> str:
    """A plain table row instead of a picture, which would need Graphviz."""
    return f"<code>{type(machine).__name__}</code>: {', '.join(str(state.name) for state in machine.configuration)}"


def _repr_svg(machine: StateMachine) -> None:
    """No picture without Graphviz: notebooks fall back to the HTML."""
