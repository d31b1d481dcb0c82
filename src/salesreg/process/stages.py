"""Stages, and the routes between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from salesreg.errors import DeclarationError
from salesreg.process.who import Assigned, Who, meant
from salesreg.rules.norms import Norm
from salesreg.rules.parameters import Parameter
from salesreg.rules.roles import Role


def several(given: Any) -> tuple[Any, ...]:
    """One thing or several as a tuple; a text is one thing."""
    return tuple(given) if isinstance(given, list | tuple | set | frozenset) else (given,)


class Named:
    """What a page declares; it learns its own name from the class it is written in."""

    id: str

    def __set_name__(self, owner: type, name: str) -> None:
        if not hasattr(self, "id"):  # a second name is refused when the page is read
            self.id = name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'id', None) or repr(getattr(self, 'title', '?'))}>"


class Stage(Named):
    """A stage of a process: who owns the case there and by when it must move on.

    Args:
        title: for people, in English.
        owner: who is responsible while the case stands here; nobody in an end.
        term: the norm whose clock starts on entering.
        no_term: why no clock runs here, in English; every open stage has one or the other.
        final: nothing leads out.
        ended: the clocks stop, but the case may be reopened.
    """

    def __init__(
        self,
        title: str,
        owner: Who | None = None,
        term: Norm | None = None,
        *,
        no_term: str = "",
        final: bool = False,
        ended: bool = False,
    ) -> None:
        if term is not None and no_term:
            raise DeclarationError(f"stage {title!r} has both a term and a reason for having none")
        if term is not None and not isinstance(term, Norm):
            raise DeclarationError(f"the term of stage {title!r} is a norm that sets one, not {term!r}")
        if term is not None and (final or ended):
            raise DeclarationError(f"stage {title!r} is an end, where no clock runs: it has no term")
        if owner is not None:
            meant(f"the owner of stage {title!r} is", owner, Role, Parameter, Assigned)
        self.title: str = title
        self.owner: Who | None = owner
        self.term: Norm | None = term
        self.no_term: str = no_term
        self.final: bool = final
        self.ended: bool = final or ended

    def to(self, target: Stage, *, when: Callable[[Any], bool] | None = None) -> Route:
        """The way from here to a stage; ``when`` judges the data as the step leaves them."""
        return Sources((self,)).to(target, when=when)

    def __or__(self, other: Stage) -> Sources:
        return Sources((self,)) | other


@attrs.frozen
class After:
    """A condition of a way that one step alone brings about: the way is open once that step has been taken.

    ``approval.to(preparing, when=After("assign_specialist", lambda deal: deal.specialist is not None))``; what the page
    guarantees counts on it.

    Attributes:
        step: the id of the step.
        fact: by what the data show that it was taken.
    """

    step: str
    fact: Callable[[Any], bool]

    def __call__(self, data: Any) -> bool:
        """Whether the data show it."""
        return self.fact(data)


@attrs.frozen
class Sources:
    """Several stages that a step may leave: ``(issued | sent).to(paid)``."""

    stages: tuple[Stage, ...]

    def __or__(self, other: Stage) -> Sources:
        return Sources((*self.stages, _stage(other)))

    def to(self, target: Stage, *, when: Callable[[Any], bool] | None = None) -> Route:
        """The way from any of them to a stage."""
        if when is not None and not callable(when):
            raise DeclarationError(
                f"when= of a way judges the data, such as lambda deal: deal.number is None, not {when!r}"
            )
        return Route((Way(self.stages, _stage(target), when),))


def _stage(given: Any) -> Stage:
    if not isinstance(given, Stage):
        raise DeclarationError(f"{given!r} is no stage: name one that the page declares")
    return given


@attrs.frozen
class Way:
    """One declared way: from some stages (None: every open one) to a stage (None: where it is)."""

    sources: tuple[Stage, ...] | None
    target: Stage | None
    when: Callable[[Any], bool] | None = None
    but: tuple[Stage, ...] = ()


@attrs.frozen
class Route:
    """The ways that a step may take; the first whose condition holds is taken."""

    ways: tuple[Way, ...]

    def __or__(self, other: Route) -> Route:
        return Route(self.ways + other.ways)


@attrs.frozen
class Start:
    """Where a first step leads. A type of its own, so that first steps and later ones are told apart statically."""

    stage: Stage


def start(stage: Stage) -> Start:
    """A first step: it begins a case in that stage."""
    return Start(_stage(stage))


def stay(*stages: Stage) -> Route:
    """A step that leaves the case where it is; the stage's clock runs on."""
    return Route((Way(tuple(map(_stage, stages)), None),))


def anywhere(to: Stage | None = None, *, but: Sequence[Stage] = ()) -> Route:
    """A step possible in every open stage; to a stage, or leaving the case where it is."""
    return Route((Way(None, None if to is None else _stage(to), but=tuple(map(_stage, several(but)))),))
