"""Reactions: what one process does to another, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, Protocol, TypeVar

import attrs

from salesreg.errors import DeclarationError
from salesreg.process.case import Case, Event
from salesreg.process.page import Process
from salesreg.process.references import CaseId
from salesreg.process.stages import several
from salesreg.process.steps import AnyStep, FirstStep, Follow, Opening, Step
from salesreg.rules.parameters import Parameter

T = TypeVar("T")
D = TypeVar("D")

MAX_DEPTH: Final = 8
"""How many reactions may follow from one another before the engine takes it for a loop."""


class Look(Protocol):
    """What a reaction may look at: the store as the command sees it, its own changes included."""

    def case(self, case_id: CaseId, of: type[Process[D]], /) -> Case[D]:
        """The case of that id, of that process."""
        ...

    def cases(
        self,
        of: type[Process[D]],
        /,
        *,
        stage: str | None = None,
        key: str | None = None,
        where: Mapping[str, str] | None = None,
        before: Step[D, ...] | None = None,
    ) -> Iterator[Case[D]]:
        """The cases of a process; if asked for, in one stage, holding one key, or where a step is possible.

        ``where={"client": "Vega"}`` finds those whose page declares them `searchable` so, capitals or not.

        ``before=Sale.reprice_quote`` follows the page of each case, so that a firm's own stages are not overlooked.
        """
        ...

    def children(self, parent: CaseId, of: type[Process[D]], /) -> tuple[Case[D], ...]:
        """The cases of a process that refer to a case."""
        ...

    def value(self, parameter: Parameter[T], /) -> T:
        """The value of a parameter in the regulation that the case runs under."""
        ...


@attrs.frozen
class Reaction:
    """After a step of one process, steps of another follow in the same transaction, taken by the system.

    Matched by process id and step id, whatever the class or version.

    Attributes:
        process: the id of the process whose step sets it off.
        step: the id of that step.
        do: from the case after that step, its event and a look around, the commands that follow.
        then: the process and the step of everything that it may ask for; it asks for nothing else. Where nothing is
            named, anything may follow, and neither the rulebook nor the documents know what.
        clause: the requirement behind it.
        if_refused: ``"skip"`` leaves a refused step out, with what would follow from it; ``"refuse"`` refuses the whole
            command.
    """

    process: str
    step: str
    do: Callable[[Case[Any], Event, Look], Iterable[Follow | Opening[Any]]]
    then: tuple[tuple[str, str], ...] = attrs.field(default=(), kw_only=True)
    clause: str = attrs.field(default="", kw_only=True)
    if_refused: Literal["skip", "refuse"] = attrs.field(default="refuse", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.if_refused not in ("skip", "refuse"):
            raise DeclarationError(f'the reaction {self.id!r} is to "skip" or "refuse", not {self.if_refused!r}')

    @property
    def id(self) -> str:
        """The name of what it does."""
        return self.do.__name__


def reaction(
    *,
    after: Step[D, ...] | FirstStep[D, ...],
    then: AnyStep | Sequence[AnyStep] = (),
    clause: str = "",
    if_refused: Literal["skip", "refuse"] = "refuse",
) -> Callable[[Callable[[Case[D], Event, Look], Iterable[Follow | Opening[Any]]]], Reaction]:
    """Decorator: what follows from a step.

    A function that follows from several steps is decorated once and named for the others with `Reaction`.

    Args:
        after: the step that sets it off.
        then: the steps that it may ask for; the rulebook sees to it that they exist and lead to no loop.
        clause, if_refused: as in `Reaction`.

    Raises:
        DeclarationError: ``after`` or ``then`` is no step.
    """
    process, step = _named(after)
    asks = tuple(_named(one) for one in several(then))
    return lambda do: Reaction(process, step, do, then=asks, clause=clause, if_refused=if_refused)


def _named(step: Any) -> tuple[str, str]:
    """The ids of a step's process and of the step."""
    process = getattr(getattr(step, "page", None), "id", None)
    if process is None:
        raise DeclarationError(f"a reaction names steps such as Sale.open_deal, not {step!r}")
    return process, step.id
