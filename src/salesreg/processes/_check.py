"""What is wrong with a process as it is written: deadlines on strange steps, stages that nothing leads to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from salesreg.errors import DeclarationError
from salesreg.processes._declare import Stage
from salesreg.processes._who import STAGE_OWNER
from salesreg.regulation import Norm

if TYPE_CHECKING:
    from salesreg.processes._table import Process

__all__ = ["Finding", "check_deadlines", "findings"]


@attrs.frozen
class Finding:
    """Something wrong with a process as it is written."""

    code: str
    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.message}"


def findings(cls: type[Process[Any]], beside: Iterable[object]) -> Iterator[Finding]:
    """Everything that is wrong with a page, given what its module names beside it."""
    edges: dict[str | None, set[str]] = {}
    for routes in cls.table.values():
        for source, ways in routes.items():
            edges.setdefault(source, set()).update(way.target.id for way in ways)
    reached = _closure(edges.get(None, set()), edges)
    if not cls.first_steps():
        yield Finding("no_start", cls.id, "no step begins a case")
    for stage in cls.stages.values():
        if stage.id not in reached:
            yield Finding("unreachable", stage.id, "no step leads here")
        if not stage.ended:
            yield from _stage_findings(cls, stage, edges)
    for step in cls.steps.values():
        for source in cls.table[step.id] if step.by else [""]:
            if all(who is STAGE_OWNER and not (source and cls.stages[source].owner) for who in step.by):
                yield Finding("nobody", step.id, f"nobody may take it{f' in {source}' if source else ''}")
        if not cls.table[step.id]:
            yield Finding("nowhere", step.id, "it is possible in no stage")
    yield from _norm_findings(cls, beside)


def _norm_findings(cls: type[Process[Any]], beside: Iterable[object]) -> Iterator[Finding]:
    for sla in cls.slas.values():
        if sla.norm.term is None and sla.due is None:
            yield Finding("no_time", sla.id, "its norm has no term, and the data name no instant")
    used = set(cls.norms())
    for value in beside:
        if isinstance(value, Norm) and value.id.startswith(f"{cls.id}.") and value not in used:
            yield Finding("unused_norm", value.id, "no stage, deadline or step uses it")


def _stage_findings(cls: type[Process[Any]], stage: Stage, edges: Mapping[str | None, set[str]]) -> Iterator[Finding]:
    if not any(cls.stages[other].ended for other in _closure({stage.id}, edges)):
        yield Finding("dead_end", stage.id, "no way leads from here to an end")
    if stage.owner is None:
        yield Finding("no_owner", stage.id, "nobody is responsible here")
    if stage.term is None and not stage.no_term:
        yield Finding("no_term", stage.id, "neither a term nor a reason for having none")


def check_deadlines(cls: type[Process[Any]]) -> None:
    """Deadlines, timers and duties rest on the process's own steps, stages and norms.

    Raises:
        DeclarationError: one of them names something else.
    """
    named: list[tuple[str, object]] = []
    for sla in cls.slas.values():
        named += [(sla.id, one) for one in (*sla.start, *sla.stop, *sla.void, *sla.pause_in)]
    for timer in cls.timers.values():
        named += [(timer.id, one) for one in (timer.step, *timer.during)]
        strange = timer.overdue - {norm.id for norm in cls.norms()}
        if strange:
            raise DeclarationError(f"{cls.id}.{timer.id} waits for {min(strange)!r}, a norm that nothing here enforces")
    for duty in cls.duties.values():
        named.append((duty.id, duty.step))
        if not duty.step.begins:
            raise DeclarationError(f"{cls.id}.{duty.id} begins cases, and its step {duty.step.id!r} does not")
    own = {*cls.steps.values(), *cls.stages.values()}
    for subject, one in named:
        if one not in own:
            raise DeclarationError(f"{cls.id}.{subject} names {one!r}, which {cls.__name__} does not declare")


def _closure(seeds: Iterable[str], edges: Mapping[str | None, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(seeds)
    while waiting:
        stage = waiting.pop()
        if stage not in seen:
            seen.add(stage)
            waiting.extend(edges.get(stage, ()))
    return seen
