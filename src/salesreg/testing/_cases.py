"""Strategies for cases in any stage, reached by legal steps, and for the commands that lead there or elsewhere."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias, TypeVar

import attrs
from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from salesreg.decide import available
from salesreg.decide.authority import judge
from salesreg.decide.decide import take
from salesreg.decide.outcome import parents_of
from salesreg.decide.plan import bind
from salesreg.errors import SalesregError
from salesreg.process import Case, Process, Stage
from salesreg.process.case import Related
from salesreg.process.references import ref_of, referred
from salesreg.process.steps import AnyStep
from salesreg.rules import SYSTEM_ACTOR, Actor, Employee, Regulation, Role
from salesreg.testing._payloads import payloads, regulations
from salesreg.testing._people import roles_of, staff
from salesreg.testing._times import instants
from salesreg.testing.doubles import plain_regulation

T = TypeVar("T")
By = TypeVar("By", Employee, Actor, Employee | Actor)
_TRIES: Final = 8
ONLY: Final = "case-1"
"""The id of a case that is drawn."""
_REFUSALS: Final = 3
_ONWARDS: Final = 30


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


def histories(
    process: type[Process[Any]],
    *,
    regulation: Regulation | None = None,
    stage: str | Stage | None = None,
    related: Sequence[Case[Any]] = (),
    people: Sequence[Employee] = (),
    steps: int = 12,
    usually: Usually | None = None,
    stray: bool = False,
) -> SearchStrategy[History]:
    """Cases with the commands that led there.

    Args:
        process: the process.
        regulation: the regulation they run under; by default `plain_regulation`, or any that gives what the process
            asks beside it.
        stage: where they shall stand, by its id; anywhere by default.
        related: cases of other processes that payloads may refer to, such as the deal of an order.
        people: who acts; by default two of each role that the page names, and one who holds all.
        steps: at most so many attempts.
        usually: what steps are usually given, where random values would mostly be refused.
        stray: whether any step is tried by anybody now and then, allowed or not.

    Raises:
        UnknownStage: the process has no such stage.
    """
    target = None if stage is None else process.table.stage(stage if isinstance(stage, str) else stage.id).id

    @st.composite
    def history(draw: st.DrawFn) -> History:  # takes nothing, for Hypothesis shows a strategy with all that it takes
        held = regulation or _plain()
        if held.unset(process.parameters()) is not None:
            held = draw(regulations(process, roles_of(process) or (Role("anybody", "anybody"),)))
        everybody = tuple(people) or staff(roles_of(process, held))
        walk = _Walk(draw, process, held, tuple(related), everybody, usually)
        before: list[Tried] = []
        attempts = draw(st.integers(1, steps)) if target is None else max(steps, 40)
        for _ in range(1 if target is None else _TRIES):
            walk.begin()
            for _ in range(attempts):
                if walk.case is not None and walk.case.stage == target:
                    break
                if not walk.go(target, stray=stray):
                    break
            if walk.case is not None and target in {None, walk.case.stage}:
                return History(walk.case, tuple(walk.tried))
            if before == walk.tried:  # as when Hypothesis draws nothing but the simplest
                break
            before = walk.tried
        return reject()

    return history()


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


@cache
def _plain() -> Regulation:
    """One for all cases, for its calendar is worked out once."""
    return plain_regulation()


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
        self._actors: list[Employee | Actor] = [*people, SYSTEM_ACTOR]
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
        self._done: Counter[tuple[str | None, str]] = Counter()
        self._failed: Counter[tuple[str | None, str]] = Counter()
        self._refused: Counter[str] = Counter()
        self._at = self._draw(instants(self._first, self._first + dt.timedelta(days=700)))

    def go(self, target: str | None, *, stray: bool) -> bool:
        """Try one step; whether there was any."""
        if stray and self.case is not None and self._draw(st.integers(0, 4)) == 4:
            steps = [one for one in self._process.steps.values() if not one.begins]
            self._take(self._one(steps), self._one(self._people))
            return True
        table = self._process.table
        leaving = table.first_steps() if self.case is None else table.leaving(self.case.stage)
        often = {step: self._weight(step, target) for step in leaving}
        while steps := [step for step in sorted(often, key=lambda one: -often[one]) for _ in range(often[step])]:
            step = self._one(steps)
            if able := self._able(step):
                self._take(step, self._one(able))
                return True
            if often[step] == _ONWARDS:  # it may wait for a day to come
                self._at += dt.timedelta(days=1)
            often[step] = 0
        return False

    def _one(self, several: Sequence[T]) -> T:
        """One of them; not by `sampled_from`, which Hypothesis would show with all that there are."""
        return several[self._draw(st.integers(0, len(several) - 1))]

    def _able(self, step: AnyStep) -> list[Employee | Actor]:
        """Who may take a step, as far as shows without a payload."""
        case = self.case
        if case is None:
            return possible(self._process, None, self._at, self._regulation, (), self._actors)[step]
        bound, cases, able = bind(self._process, self._regulation), Related(self._beside(step, {})), []
        plan = bound.plans[step.id, case.stage]
        for one in self._actors:
            actor = one if isinstance(one, Actor) else Actor(one)
            where = (case.data, actor, self._at, case.id, cases, case.obligations, self._named)
            try:
                refused = judge(bound, plan, *where)[1]
            except SalesregError:  # what a guard cannot even read, it does not allow
                continue
            if not refused:
                able.append(one)
        return able

    def _beside(self, step: AnyStep, payload: Mapping[str, Any]) -> tuple[Case[Any], ...]:
        """The cases that a step may look at; of those that it looks at as children, the ones that refer to this one."""
        if self.case is None or not step.children:
            return self._related
        names = self._process.table.specs[step.id].payload.refs
        named = {*parents_of(self._process.table, self.case.data)}
        named.update(one for name in names for one in referred(payload.get(name)))
        return tuple(
            one
            for one in self._related
            if one.process not in step.children or one.id in named or self.case.id in _referring(one.data)
        )

    def _weight(self, step: AnyStep, target: str | None) -> int:
        """How often a step is to be chosen: what leads nearer to the target first of all, then what is new here."""
        stage = None if self.case is None else self.case.stage
        if self._refused[step.id] >= _REFUSALS or self._failed[stage, step.id] >= 2 * _REFUSALS:
            return 0
        if target is None:
            return weight(self._process, stage, step, self._taken)
        far, ways = self._distances(target), self._process.table.routes[step.id].get(stage, ())
        if stage is None:  # the nearest beginning mostly
            begun = [far.get(way.target.id, 99) for way in ways]
            return max(1, _ONWARDS - 5 * min(begun)) if min(begun) < 99 else 0
        times = self._done[stage, step.id]
        if times >= _REFUSALS:  # it goes round in circles
            return 0
        if any(far.get(way.target.id, 99) < far.get(stage, 99) for way in ways):
            return _ONWARDS
        if all(way.target.id == stage for way in ways):
            return 1 if times else 20
        return 1 if all(way.target.id in far for way in ways) else 0

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

    def _payload(self, step: AnyStep) -> dict[str, Any]:
        """Two times of four what is usual, once that with one thing otherwise, and once anything."""
        how = 3 if self._usually is None else self._draw(st.integers(0, 3))
        usual = {}
        if self._usually is not None and how < 3:
            usual = self._draw(self._usually(Scene(step, self.case, self._known, self._at)))
            if how < 2:
                return usual
        drawn = self._draw(payloads(step, self._known, self._people, at=self._at))
        if how < 3 and drawn:
            name = self._one(list(drawn))
            return {**usual, name: drawn[name]}
        return drawn

    def _take(self, step: AnyStep, by: Employee | Actor) -> None:
        """Let somebody take a step, if what is drawn for it lets them."""
        if self._usually is not None and self._draw(st.integers(0, 3)) < 3:
            payload = self._draw(self._usually(Scene(step, self.case, self._known, self._at)))
        else:
            payload = self._draw(payloads(step, self._known, self._people, at=self._at))
        actor, before, refused = by if isinstance(by, Actor) else Actor(by), self.case, None
        where = (before, actor, self._at, self._regulation, self._beside(step, payload), self._named, ONLY)
        try:
            self.case = take(self._process, step.id, payload, *where).case
        except SalesregError as no:
            refused = no
            self._failed[None if before is None else before.stage, step.id] += 1
            self._refused[step.id] += before is not None
        else:
            self._refused.clear()
            self._taken.add(step.id)
            self._done[None if before is None else before.stage, step.id] += 1
        self.tried.append(Tried(step.id, payload, actor.employee.id, self._at, refused))
        self._at += dt.timedelta(minutes=self._draw(st.integers(0, 3000)))


def _referring(data: Any) -> set[str]:
    """The cases that some data refer to, whatever page they are of."""
    fields = attrs.fields(attrs.resolve_types(type(data), include_extras=True))
    return {one for field in fields if ref_of(field.type) for one in referred(getattr(data, field.name))}


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
