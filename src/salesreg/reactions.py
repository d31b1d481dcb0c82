"""What one process does to another: the only file that names two processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal

import attrs

from salesreg.processes import Case, CaseId, Event, Step

__all__ = ["MAX_DEPTH", "REACTIONS", "Follow", "Reaction"]

MAX_DEPTH: Final = 8
"""How many reactions may follow from one another before the engine takes it for a loop."""


@attrs.frozen
class Follow:
    """A step that a reaction wants taken, by the system.

    Attributes:
        process: the id of the process.
        step: the id of the step.
        case: the case to take it on; None begins one.
        payload: the step's inputs.
    """

    process: str
    step: str
    case: CaseId | None = None
    payload: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class Reaction:
    """After a step of one process, steps of another follow in the same transaction.

    Attributes:
        after: the step that sets it off.
        do: from the case after that step and its event, what is to follow.
        clause: the requirement behind it.
        if_refused: ``"skip"`` leaves a refused step out; ``"refuse"`` refuses the whole command.
    """

    after: Step
    do: Callable[[Case[Any], Event], Iterable[Follow]]
    clause: str = attrs.field(kw_only=True)
    if_refused: Literal["skip", "refuse"] = attrs.field(default="refuse", kw_only=True)


REACTIONS: Final[tuple[Reaction, ...]] = ()
