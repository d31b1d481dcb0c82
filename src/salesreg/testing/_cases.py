"""Strategies for cases in any stage, reached by legal steps, and for the commands that lead there or elsewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import attrs
from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from salesreg.decide import available
from salesreg.decide.decide import take
from salesreg.errors import SalesregError
from salesreg.process import Case, Process, Stage
from salesreg.process.steps import AnyStep
from salesreg.rules import SYSTEM, SYSTEM_ACTOR, Actor, Employee, Regulation, Role
from salesreg.testing._payloads import payloads, regulations
from salesreg.testing._people import roles_of, staff
from salesreg.testing._times import instants

By = TypeVar("By", Employee, Actor, Employee | Actor)
_TRIES: Final = 4


@attrs.frozen
class Scene:
    """A step about to be taken, and what its payload may rest on.

    Attributes:
        step: the step.
        case: the case that it is to be taken on; None if one is to begin.
        known: the ids of all cases, by process.
        at: when.
    """

    step: AnyStep
    case: Case[Any] | None
    known: Mapping[str, tuple[str, ...]]
    at: dt.datetime


Usually: TypeAlias = Callable[[Scene], SearchStrategy[dict[str, Any]]]
"""What a step is usually given, so that cases get far."""


@attrs.frozen
class Tried:
    """A command as it was tried on the case before it.

    Attributes:
        step: the id of the step.
        payload: what it was given.
        by: who took it, by id.
        at: when.
        refused: why it was refused; None if it was taken.
    """

    step: str
    payload: Mapping[str, Any]
    by: str
    at: dt.datetime
    refused: SalesregError | None = None


@attrs.frozen
class History:
    """A case, and the commands that were tried on it, in order; those that were refused have left it as it was."""

    case: Case[Any]
    tried: tuple[Tried, ...]


@st.composite
def histories(
    draw: st.DrawFn,
    process: type[Process[Any]],
    *,
    regulation: Regulation | None = None,
    stage: str | Stage | None = None,
    related: Sequence[Case[Any]] = (),
    people: Sequence[Employee] = (),
    steps: int = 12,
    usually: Usually | None = None,
    stray: bool = False,
) -> History:
    """Cases with the commands that led there.

    Args:
        draw: given by Hypothesis.
        process: the process.
        regulation: the regulation they run under; by default any that gives what the process needs.
        stage: where they shall stand, by its id; anywhere by default.
        related: cases of other processes that payloads may refer to, such as the deal of an order.
        people: who acts; by default two of each role that the page names, and one who holds all.
        steps: at most so many attempts.
        usually: what steps are usually given, where random values would mostly be refused.
        stray: whether any step is tried by anybody now and then, allowed or not.
    """
    held = regulation or draw(regulations(process, roles_of(process) or (Role("anybody", "anybody"),)))
    everybody = tuple(people) or staff(roles_of(process, held))
    walk = _Walk(draw, process, held, tuple(related), everybody, usually)
    target = None if stage is None else stage if isinstance(stage, str) else stage.id
    for _ in range(1 if target is None else _TRIES):
        walk.begin()
        for _ in range(steps if target is None else max(steps, 24)):
            if walk.case is not None and walk.case.stage == target:
                break
            if not walk.go(target, stray=stray):
                break
        if walk.case is not None and target in {None, walk.case.stage}:
            return History(walk.case, tuple(walk.tried))
    return reject()


def cases(process: type[Process[Any]], **given: Any) -> SearchStrategy[Case[Any]]:
    """Cases in any stage, or in the one that is asked for, reached by legal steps and therefore always valid.

    Args:
        process: the process.
        given: as to `histories`: regulation, stage, related, people, steps, usually.

    Example::

        @given(cases(RefundProcess, stage=RefundProcess.owed))
        def test_a_refund_that_is_owed_names_its_invoice(case): ...
    """
    return histories(process, **given).map(lambda history: history.case)


class _Walk:
    """A case on its way, step by step."""

    def __init__(
        self,
        draw: st.DrawFn,
        process: type[Process[Any]],
        regulation: Regulation,
        related: tuple[Case[Any], ...],
        people: tuple[Employee, ...],
        usually: Usually | None,
    ) -> None:
        self._draw, self._process, self._regulation, self._related = draw, process, regulation, related
        self._people, self._usually = people, usually
        self._named = {one.id: one for one in people}
        self._known: dict[str, tuple[str, ...]] = {}
        for other in related:
            self._known[other.process] = (*self._known.get(other.process, ()), other.id)
        self._far: dict[str, dict[str, int]] = {}
        self._first = max([other.last_at for other in related], default=dt.datetime(2024, 1, 1, tzinfo=dt.UTC))

    def begin(self) -> None:
        """Once more from the start."""
        self.case: Case[Any] | None = None
        self.tried: list[Tried] = []
        self._taken: set[str] = set()
        self._at = self._draw(instants(self._first, self._first + dt.timedelta(days=700)))

    def go(self, target: str | None, *, stray: bool) -> bool:
        """Try one step; whether there was any."""
        if stray and self.case is not None and self._draw(st.integers(0, 4)) == 4:
            steps = [one for one in self._process.steps.values() if not one.begins]
            self._take(self._draw(st.sampled_from(steps)), [self._draw(st.sampled_from(self._people))])
            return True
        table = self._process.table
        options = table.first_steps() if self.case is None else table.leaving(self.case.stage)
        weighted = list(self._weighted(options, target))
        if weighted:
            step = self._draw(st.sampled_from(weighted))
            self._take(step, self._actors(step))
        return bool(weighted)

    def _actors(self, step: AnyStep) -> list[Employee | Actor]:
        """Everybody, beginning with those whose roles the step names; which of them comes first is drawn."""
        named = {who.id for who in step.by if isinstance(who, Role)}
        from_here = self._draw(st.integers(0, len(self._people) - 1))
        people = (*self._people[from_here:], *self._people[:from_here])
        system: list[Employee | Actor] = [SYSTEM_ACTOR] if SYSTEM.id in named else []
        return [*system, *sorted(people, key=lambda one: not one.roles & named)]

    def _weighted(self, options: Collection[AnyStep], target: str | None) -> Iterator[AnyStep]:
        """Each step as often as it is to be chosen: what leads nearer to the target first of all."""
        stage = None if self.case is None else self.case.stage
        far = {} if target is None else self._distances(target)
        for step in options:
            ways = self._process.table.routes[step.id].get(stage, ()) if stage is not None else ()
            if target is None:
                often = weight(self._process, stage, step, self._taken)
            elif stage is None or any(far.get(way.target.id, 99) < far.get(stage, 99) for way in ways):
                often = 30
            elif all(way.target.id == stage for way in ways):
                often = 3 if step.id in self._taken else 12
            else:
                often = 1 if all(way.target.id in far for way in ways) else 0
            yield from [step] * often

    def _distances(self, target: str) -> dict[str, int]:
        """How many steps each stage is away from one, by the table alone."""
        if target not in self._far:
            found, edges = (
                {target: 0},
                [
                    (source, way.target.id)
                    for routes in self._process.table.routes.values()
                    for source, ways in routes.items()
                    if source is not None
                    for way in ways
                ],
            )
            for _ in self._process.stages:
                for source, to in edges:
                    if to in found and found[to] + 1 < found.get(source, 99):
                        found[source] = found[to] + 1
            self._far[target] = found
        return self._far[target]

    def _take(self, step: AnyStep, actors: Sequence[Employee | Actor]) -> None:
        """Let the first take a step who may; if nobody may, it was refused to the last."""
        drawn = payloads(step, self._known, self._people, at=self._at)
        if self._usually is not None:
            usual = self._usually(Scene(step, self.case, self._known, self._at))
            drawn = st.one_of(usual, usual, usual, drawn)
        payload, tried = self._draw(drawn), None
        for by in actors:
            actor = by if isinstance(by, Actor) else Actor(by)
            where = (self.case, actor, self._at, self._regulation, self._related, self._named, "case-1")
            try:
                after = take(self._process, step.id, payload, *where).case
            except SalesregError as no:
                tried = Tried(step.id, payload, person(by).id, self._at, no)
                continue
            self.tried.append(Tried(step.id, payload, person(by).id, self._at))
            self.case = after
            self._taken.add(step.id)
            self._at += dt.timedelta(minutes=self._draw(st.integers(0, 3000)))
            return
        self.tried += [] if tried is None else [tried]


def possible(
    process: type[Process[Any]],
    case: Case[Any] | None,
    at: dt.datetime,
    regulation: Regulation,
    related: Sequence[Case[Any]],
    actors: Sequence[By],
) -> dict[AnyStep, list[By]]:
    """The steps that somebody may take next, or begin with, each with those who may."""
    able: dict[AnyStep, list[By]] = {}
    if case is None:
        for step in process.table.first_steps():
            named = {who.id for who in step.by if isinstance(who, Role)}
            able[step] = [one for one in actors if person(one).roles & named] or list(actors)
        return able
    for one in actors:
        for option in available(process, case, by=one, at=at, regulation=regulation, related=related):
            if option.allowed:
                able.setdefault(option.step, []).append(one)
    return able


def person(by: Employee | Actor) -> Employee:
    """Who acts."""
    return by if isinstance(by, Employee) else by.employee


def leads_off(step: AnyStep) -> bool:
    """Whether a step is possible anywhere, such as giving a case up."""
    return any(way.sources is None for way in getattr(step.route, "ways", ()))


def weight(page: type[Process[Any]], stage: str | None, step: AnyStep, taken: Collection[str]) -> int:
    """How often to choose a step, so that cases get far: onwards before anything new before anything else."""
    if stage is None or leads_off(step):
        return 1
    order = list(page.stages)
    ways = page.table.routes[step.id][stage]
    if any(not way.target.ended and order.index(way.target.id) > order.index(stage) for way in ways):
        return 40
    return 2 if step.id in taken else 20
