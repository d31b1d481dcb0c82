"""What a process guarantees: the steps behind every case in a stage, and who could reach an end alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

import attrs

from salesreg.process.stages import After
from salesreg.process.table import Table
from salesreg.process.who import STAGE_OWNER, Assigned, Superior
from salesreg.rules.conduct import SEPARATE_DUTIES
from salesreg.rules.parameters import UNSET, Parameter
from salesreg.rules.regulation import Regulation
from salesreg.rules.roles import SYSTEM, Role


@attrs.frozen
class Guarantees:
    """What follows from the table of a process alone.

    Attributes:
        behind: for each stage, the steps that every way to it contains, in the order of the page.
        alone: for each end, the smallest sets of up to two roles in which a single person could lead a case there from
            its start; the empty set where the system does so by itself. The system's steps happen by themselves, and an
            assigned person may be anybody.
        unless_barred: the same where the way contains a step that is closed to somebody whom the case names, such as
            the author: one person could, if the case names somebody else or nobody.
    """

    behind: Mapping[str, tuple[str, ...]]
    alone: Mapping[str, tuple[frozenset[str], ...]]
    unless_barred: Mapping[str, tuple[frozenset[str], ...]]


def guarantees(table: Table, regulation: Regulation | None = None) -> Guarantees:
    """What a compiled process guarantees; a regulation gives the roles that parameters leave open."""
    every = reachable(table, table.steps)
    behind = {
        stage: tuple(
            step
            for step in table.steps
            if stage in every and stage not in reachable(table, table.steps.keys() - {step})
        )
        for stage in table.stages
    }
    alone = _smallest(table, {step: tuple(_takers(table, step, regulation)) for step in table.steps})
    loose = _smallest(table, {step: tuple(_takers(table, step, regulation, barred=False)) for step in table.steps})
    more = {
        end: tuple(held for held in several if not any(one <= held for one in alone[end]))
        for end, several in loose.items()
    }
    return Guarantees(behind, alone, more)


def _smallest(
    table: Table, takers: Mapping[str, tuple[tuple[str | None, frozenset[str]], ...]]
) -> dict[str, tuple[frozenset[str], ...]]:
    """For each end, the smallest sets of up to two roles that lead there."""
    roles = sorted({role for sets in takers.values() for _, one in sets for role in one} - {SYSTEM.id})
    alone: dict[str, list[frozenset[str]]] = {stage.id: [] for stage in table.stages.values() if stage.ended}
    for held in (roles[:0], *combinations(roles, 1), *combinations(roles, 2)):
        mine = frozenset((*held, SYSTEM.id))
        open_ways = {(step, source) for step, sets in takers.items() for source, one in sets if one & mine}
        found = _reached(table, open_ways)
        for end, smallest in alone.items():
            if end in found and not any(one <= mine for one in smallest):
                smallest.append(frozenset(held))
    return {end: tuple(smallest) for end, smallest in alone.items()}


def reachable(table: Table, steps: Collection[str]) -> frozenset[str]:
    """The stages that some steps lead to from a start."""
    return _reached(table, {(step, source) for step in steps for source in table.routes[step]})


def _reached(table: Table, ways: Collection[tuple[str, str | None]]) -> frozenset[str]:
    """The stages that some ways lead to from a start; one that is open after a step only once that has been taken."""
    leaving: dict[str | None, list[str]] = {}
    for step, source in ways:
        leaving.setdefault(source, []).append(step)
    told = frozenset(way.when.step for step, source in ways for way in table.routes[step][source]
                     if isinstance(way.when, After))  # fmt: skip
    seen: set[tuple[str | None, frozenset[str]]] = {(None, frozenset())}
    waiting = list(seen)
    while waiting:
        here, before = waiting.pop()
        for step in leaving.get(here, ()):
            done = before | ({step} & told)
            for way in table.routes[step][here]:
                there = way.target.id, done
                if there not in seen and (not isinstance(way.when, After) or way.when.step in done):
                    seen.add(there)
                    waiting.append(there)
    return frozenset(stage for stage, _ in seen if stage is not None)


def _takers(
    table: Table, step_id: str, regulation: Regulation | None, *, barred: bool = True
) -> Iterator[tuple[str | None, frozenset[str]]]:
    """For each stage that a step leaves, the roles that may take it; with ``barred`` none where somebody may not."""
    step = table.steps[step_id]
    everybody = frozenset(_everybody(table, regulation)) - {SYSTEM.id}
    separated = regulation is None or regulation.value(SEPARATE_DUTIES)
    for source in table.routes[step_id]:
        found: set[str] = set()
        for who in step.by:
            meant = table.stages[source].owner if who is STAGE_OWNER and source is not None else who
            if isinstance(meant, Assigned | Superior):
                found |= everybody
            elif isinstance(meant, Role | Parameter):  # nobody owns a stage that is not entered yet
                found.add(_role(meant, regulation))
        if step.never is None or not separated or not barred:
            yield source, frozenset(found)
        elif SYSTEM.id in found:
            yield source, frozenset({SYSTEM.id})


def _everybody(table: Table, regulation: Regulation | None) -> Iterator[str]:
    for who in table.whos():
        if isinstance(who, Role | Parameter):
            yield _role(who, regulation)


def _role(who: Role | Parameter[Role], regulation: Regulation | None) -> str:
    if isinstance(who, Role):
        return who.id
    if regulation is None or (who.default is UNSET and who.name not in regulation.settings):
        return f"‹{who.name}›"
    return regulation.value(who).id
