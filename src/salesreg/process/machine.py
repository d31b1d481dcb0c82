"""A process as a python-statemachine class: to draw, to drive by hand, and as the oracle of the compiled table."""

from __future__ import annotations

from typing import Any

from statemachine import State, StateMachine
from statemachine.transition_list import TransitionList

from salesreg.errors import DeclarationError, StepRefused
from salesreg.process.case import Attempt
from salesreg.process.steps import AnyStep, Guard, PageGuard, guard_on
from salesreg.process.table import Table, Transition

UNBORN = "unborn"


def build(table: Table, doc: str | None = None) -> type[StateMachine]:
    """A fresh python-statemachine class of a compiled process.

    The state ``unborn`` stands for a case that has not begun. Stage, step and guard keep their ids and titles.

    Raises:
        DeclarationError: a stage or step has a name that every machine has for something else.
    """
    kept = sorted({*table.steps, *table.stages} & {name for name in dir(StateMachine) if not name.startswith("_")})
    if kept:
        raise DeclarationError(
            f"{table.name}.{kept[0]} cannot be drawn: python-statemachine keeps that name for itself"
        )
    unborn = State("∅", value=UNBORN, initial=True)
    states = {stage.id: State(stage.title, value=stage.id, final=stage.final) for stage in table.stages.values()}
    body: dict[str, Any] = {UNBORN: unborn, **states}
    for step in table.steps.values():
        ways = [way for candidates in table.routes[step.id].values() for way in candidates]
        transitions = TransitionList()
        for way in ways:
            source = unborn if way.source is None else states[way.source.id]
            transitions = transitions | _transition(source, states[way.target.id], way, step)
        body[step.id] = transitions
    body["__doc__"] = doc
    # An unfinished process is drawn as it is; what is wrong with it is for `Process.check` to say.
    body |= dict.fromkeys(
        ("validate_disconnected_states", "validate_trap_states", "validate_final_reachability"), False
    )
    body["_repr_html_"] = _repr_html
    body["_repr_svg_"] = _repr_svg
    return type(f"{table.name}Machine", (StateMachine,), body)


def _transition(source: State, target: State, way: Transition, step: AnyStep) -> TransitionList:
    options: dict[str, Any] = {"validators": [_validator(step, guard) for guard in step.requires]}
    when = way.when
    if when is not None:

        def holds(after: Any = None) -> bool:
            return when(after)

        options["cond"] = [holds]
    if way.stays:
        options["internal"] = True
    made: TransitionList = source.to(target, **options)
    return made


def _validator(step: AnyStep, guard: Guard | PageGuard) -> Any:
    def validate(attempt: Attempt, data: Any = None) -> None:
        page = object.__new__(step.page)
        page._regulation = attempt.regulation
        refusals = list(guard_on(page, guard)(data, attempt))
        if refusals:
            raise StepRefused(step.id, refusals)

    return validate


def _repr_html(machine: StateMachine) -> str:
    """A plain table row instead of a picture, which would need Graphviz."""
    return f"<code>{type(machine).__name__}</code>: {', '.join(str(state.name) for state in machine.configuration)}"


def _repr_svg(machine: StateMachine) -> None:
    """No picture without Graphviz: notebooks fall back to the HTML."""
