"""What `guarantees` computes is what walking every path of a small process finds."""

from __future__ import annotations

import types
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from salesreg.process import STAGE_OWNER, After, Assigned, Process, Stage, Step, anywhere, start, stay, step
from salesreg.process.stages import Route, Way
from salesreg.rules import SYSTEM, Parameter, Regulation, Role

ROLES = [Role(name) for name in ("anna", "boris", "clara")]
OPENER = Parameter("random.opener", Role)
CLOSER = Parameter("random.closer", Role, default=ROLES[0])
SOMEBODY = Assigned[Any](lambda data: None, "somebody")
MERGED = Regulation("merged").with_settings({"duties.separated": False, "random.opener": "boris"})


@attrs.frozen
class Nothing:
    pass


def begin(self: Any) -> Nothing:
    return Nothing()


WHO = st.lists(st.sampled_from([*ROLES, SYSTEM, OPENER, CLOSER, SOMEBODY, STAGE_OWNER]), min_size=1, max_size=2)


@st.composite
def processes(draw: st.DrawFn) -> Any:
    """Up to five stages, of which the last ones are ends, and a handful of steps of every kind."""
    count = draw(st.integers(2, 5))
    ends = draw(st.integers(1, count - 1))
    owners = st.none() | st.sampled_from([*ROLES, OPENER])
    stages = [Stage(f"S{i}", draw(owners), no_term="a test", ended=i >= count - ends) for i in range(count)]
    some, never = st.sampled_from(stages), st.none() | st.just(SOMEBODY)
    body: dict[str, Any] = {f"s{i}": stage for i, stage in enumerate(stages)}
    for number in range(draw(st.integers(1, 2))):
        body[f"begin{number}"] = step(start(draw(some)), "Begin", by=draw(WHO), never=draw(never))(begin)
    for number in range(draw(st.integers(1, 5))):
        body[f"step{number}"] = Step(draw(routes(some)), "Go", by=draw(WHO), never=draw(never))
    return types.new_class("Random", (Process[Nothing],), {}, lambda space: space.update(body, id="random"))


def routes(some: st.SearchStrategy[Stage]) -> st.SearchStrategy[Route]:
    """From stage to stage, also only after some step, staying, or from anywhere."""
    after = st.none() | st.sampled_from(["begin0", "step0"]).map(lambda name: After(name, bool))
    ways = st.builds(lambda source, target, when: Way((source,), target, when), some, some, after)
    to = st.lists(ways, min_size=1, max_size=2).map(lambda several: Route(tuple(several)))
    return to | st.builds(stay, some) | st.builds(lambda target, but: anywhere(target, but=[but]), some, some)


Path = tuple[tuple[str, str | None], ...]


def paths(process: Any, target: str) -> Iterator[Path]:
    """Every way from a start to a stage, as (step, the stage that it leaves).

    It comes nowhere twice, unless a step has been taken meanwhile that opens another way.
    """
    opening = {way.when.step for routes in process.table.routes.values() for some in routes.values() for way in some
               if isinstance(way.when, After)}  # fmt: skip
    waiting: list[tuple[str | None, Path, frozenset[Any]]] = [(None, (), frozenset())]
    while waiting:
        here, path, seen = waiting.pop()
        if here == target:
            yield path
            continue
        for step_id, from_here in process.table.routes.items():
            taken = {one for one, _ in path} | {step_id}
            for way in from_here.get(here, ()):
                there = way.target.id, frozenset(taken & opening)
                if there not in seen and (way.when is None or way.when.step in taken):
                    waiting.append((way.target.id, (*path, (step_id, here)), seen | {there}))


def may(process: Any, step_id: str, source: str | None, held: frozenset[str], regulation: Regulation | None) -> bool:
    """Whether a person who holds these roles, with the system's help, could take a step alone."""
    one = process.steps[step_id]
    if SYSTEM in one.by:
        return True
    if one.never is not None and regulation is None:
        return False
    owner = None if source is None else process.stages[source].owner
    whos = [owner if who is STAGE_OWNER else who for who in one.by]
    if SOMEBODY in whos and held:
        return True
    return not held.isdisjoint(name(who, regulation) for who in whos if isinstance(who, Role | Parameter))


def name(who: Any, regulation: Regulation | None) -> str:
    if isinstance(who, Role):
        return who.id
    return f"‹{who.name}›" if regulation is None else {OPENER: "boris", CLOSER: "anna"}[who]


def every_role(process: Any, regulation: Regulation | None) -> list[str]:
    owners = [stage.owner for stage in process.stages.values()]
    named = [who for one in process.steps.values() for who in one.by] + owners
    return sorted({name(who, regulation) for who in named if isinstance(who, Role | Parameter)} - {SYSTEM.id})


@given(processes())
def test_the_steps_behind_a_stage_are_those_of_every_way_to_it(process: Any):
    for stage, behind in process.guarantees().behind.items():
        ways = [{step_id for step_id, _ in path} for path in paths(process, stage)]
        assert set(behind) == (set.intersection(*ways) if ways else set())
        assert list(behind) == [name for name in process.steps if name in behind], "in the order of the page"


@given(processes(), st.sampled_from([None, MERGED]))
def test_who_reaches_an_end_alone_is_who_could_walk_some_way_to_it(process: Any, regulation: Regulation | None):
    roles = every_role(process, regulation)
    for end, alone in process.guarantees(regulation).alone.items():
        expected: list[frozenset[str]] = []
        ways = list(paths(process, end))
        for held in map(frozenset, ((), *combinations(roles, 1), *combinations(roles, 2))):
            walks = any(all(may(process, *one, held, regulation) for one in path) for path in ways)
            if walks and not any(smaller <= held for smaller in expected):
                expected.append(held)
        assert set(alone) == set(expected)
        assert all(process.stages[end].ended for end in process.guarantees(regulation).alone)
