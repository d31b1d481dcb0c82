"""What one process does to another: the only file that names two processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Literal, Protocol, TypeVar

import attrs

from salesreg.processes import Case, CaseId, Event, Step
from salesreg.regulation import Parameter

__all__ = ["MAX_DEPTH", "REACTIONS", "Follow", "Look", "Reaction"]

T = TypeVar("T")

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


class Look(Protocol):
    """What a reaction may look at: the store as the command sees it, its own changes included."""

    def case(self, case_id: CaseId) -> Case[Any]:
        """The case of that id."""
        ...

    def cases(self, process: str, *, stage: str | None = None, key: str | None = None) -> Iterator[Case[Any]]:
        """The cases of a process, in one stage or holding one key if asked for."""
        ...

    def children(self, parent: CaseId, process: str) -> tuple[Case[Any], ...]:
        """The cases of a process that refer to a case."""
        ...

    def value(self, parameter: Parameter[T]) -> T:
        """The value of a parameter in the regulation that the case runs under."""
        ...


@attrs.frozen
class Reaction:
    """After a step of one process, steps of another follow in the same transaction.

    Attributes:
        after: the step that sets it off.
        do: from the case after that step, its event and a look around, what is to follow.
        clause: the requirement behind it.
        if_refused: ``"skip"`` leaves a refused step out; ``"refuse"`` refuses the whole command.
    """

    after: Step
    do: Callable[[Case[Any], Event, Look], Iterable[Follow]]
    clause: str = attrs.field(kw_only=True)
    if_refused: Literal["skip", "refuse"] = attrs.field(default="refuse", kw_only=True)


REACTIONS: Final[tuple[Reaction, ...]] = ()
