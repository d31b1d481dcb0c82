"""A process under one regulation, and one plan for each step and stage: everything that the two fix, settled once."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

import attrs

from salesreg.calendars import Term
from salesreg.process.case import Attempt
from salesreg.process.clocks import Sla
from salesreg.process.page import Process
from salesreg.process.payload import Field
from salesreg.process.stages import Stage
from salesreg.process.steps import AnyStep, Guard, guard_on
from salesreg.process.table import StepSpec, Table, Transition
from salesreg.process.who import STAGE_OWNER, Assigned, Charge, Contact, Each, Superior
from salesreg.rules.conduct import OWN_ONLY, SEPARATE_DUTIES
from salesreg.rules.norms import Norm
from salesreg.rules.parameters import Parameter
from salesreg.rules.regulation import Regulation
from salesreg.rules.roles import Role

Owner = str | Callable[[Any], "str | Role | None"] | None
"""A role's id, a way to find the person or role in the data, or nobody."""
ACKNOWLEDGE: Final = "duties.acknowledge_first"


@attrs.frozen
class Told:
    """One addressee of a step: a role's id, or a way to find people or addresses in the data."""

    role: str | None
    find: Callable[[Any], Any] | None
    kind: str
    several: bool = False


@attrs.frozen
class Started:
    """A clock that a step starts."""

    sla: Sla
    norm: Norm
    term: Term | None
    owner: Owner


class Plan:
    """One step from one stage (None: a first step) of a process under a regulation."""

    __slots__ = (
        "allowed", "anyones", "begins", "by_keys", "by_roles", "call", "clause", "clauses", "demanding", "facts",
        "guards", "never", "newcomers", "occurring", "only", "sole", "source", "source_owner", "source_term",
        "spec", "starts", "step", "stops", "voids", "ways",
    )  # fmt: skip

    def __init__(self, bound: Bound, step: AnyStep, source: str | None) -> None:
        table = bound.process.table
        stage = None if source is None else table.stages[source]
        spec = table.specs[step.id]
        self.step: str = step.id
        self.source: str | None = source
        self.begins: bool = step.begins
        self.clause: str | None = step.clause
        self.clauses: tuple[str, ...] = step.clauses
        self.spec: StepSpec = spec
        self.call: Callable[[Any, Attempt, dict[str, Any]], Any] | None = spec.on(bound.page)
        self.demanding: tuple[Field, ...] = spec.payload.demanding
        self.facts: tuple[str, ...] = tuple(field.name for field in self.demanding if field.mark == "past")
        whos = [stage.owner if who is STAGE_OWNER and stage is not None else who for who in step.by]
        self.allowed: tuple[str | Assigned[Any] | Superior, ...] = tuple(
            who if isinstance(who, Assigned | Superior) else bound.role(who)
            for who in whos
            if who not in {None, STAGE_OWNER}
        )
        self.by_roles: tuple[str, ...] = tuple(who for who in self.allowed if isinstance(who, str))
        self.by_keys: tuple[str, ...] = tuple(
            f"role.{who}" if isinstance(who, str) else f"who.{who.title}" for who in self.allowed
        )
        self.only: Assigned[Any] | None = None if isinstance(step.only, Charge) and not bound.own_only else step.only
        # The common case: one role, nothing that narrows it to a person.
        single = len(self.allowed) == 1 and len(self.by_roles) == 1 and self.only is None
        self.sole: str | None = self.by_roles[0] if single else None
        self.never: Assigned[Any] | Each[Any] | None = step.never if bound.separated else None
        self.newcomers: bool = bound.process.open_to_newcomers
        self.guards: tuple[Guard, ...] = tuple(guard_on(bound.page, guard) for guard in step.requires)
        shared = [sla for sla in table.slas.values() if not isinstance(sla.owner, Each)]
        self.stops: tuple[Sla, ...] = tuple(sla for sla in shared if step.id in sla.stop)
        self.voids: frozenset[str] = frozenset(sla.norm.id for sla in shared if step.id in sla.void)
        self.starts: tuple[Started, ...] = tuple(
            Started(sla, bound.norm(sla.norm), bound.term(sla.norm), bound.owner(sla.owner))
            for sla in shared
            if step.id in sla.start
        )
        slas = [sla for sla in table.slas.values() if sla.occurred and (step.id in sla.start or step.id in sla.stop)]
        self.occurring: tuple[Sla, ...] = tuple(slas)
        self.source_term: str | None = None if stage is None or stage.term is None else stage.term.id
        self.source_owner: Owner = None if stage is None else bound.owner(stage.owner)
        self.anyones: bool = source in bound.left_by_others
        self.ways: tuple[WayPlan, ...] = tuple(WayPlan(bound, step, way) for way in table.routes[step.id][source])


class WayPlan:
    """Where a step leads, with what starts there and who is told."""

    __slots__ = ("ended", "general", "owner", "stage", "stays", "target", "term", "term_norm", "told", "when")

    def __init__(self, bound: Bound, step: AnyStep, way: Transition) -> None:
        self.stage: Stage = way.target
        self.target: str = way.target.id
        self.when: Callable[[Any], bool] | None = way.when
        self.stays: bool = way.stays
        self.general: bool = way.general
        self.ended: bool = way.target.ended
        norm = None if way.stays or way.target.ended else way.target.term
        self.term_norm: Norm | None = None if norm is None else bound.norm(norm)
        self.term: Term | None = None if norm is None else bound.term(norm)
        self.owner: Owner = bound.owner(way.target.owner)
        self.told: tuple[Told, ...] = tuple(
            _told(bound, way.target.owner if w is STAGE_OWNER else w)
            for w in step.notify
            if w is not STAGE_OWNER or way.target.owner is not None
        )


def _told(bound: Bound, who: Any) -> Told:
    if isinstance(who, Contact):
        return Told(None, who.find, "address")
    if isinstance(who, Each):
        return Told(None, who.find, "person", several=True)
    if isinstance(who, Assigned):
        return Told(None, who.find, "person")
    return Told(bound.role(who), None, "role")


class Bound:
    """A process under one regulation, with every parameter resolved.

    Attributes:
        page: the page itself, on which parameters are plain attributes.
        plans: for each step and the stage that it leaves, the plan.
        clocked: the norms that have a clock, by id.
        assigned: by norm, how its owner is found in the data.
        dues: by norm, how the due instant is read from the data, where it stands there.
        lags: by clock, how much later than the fact its record may come.
        personal: the clocks that several people have each for themselves.
        pausable: the norms whose clocks stand still while the case is on hold.
        pauses: for each stage, the norms whose clocks stand still there.
        left_by_others: the stages that no step of their owner's leads out of: whoever rightly ends one meets its term.
    """

    def __init__(self, process: type[Process[Any]], regulation: Regulation) -> None:
        if (unset := regulation.unset(process.parameters(), process.norms())) is not None:
            raise unset
        self.process: type[Process[Any]] = process
        self.regulation: Regulation = regulation
        self.hash: str = regulation.content_hash
        self.page: Any = object.__new__(process)
        self.page._regulation = regulation  # noqa: SLF001 - this is where a page gets it
        for name, parameter in process.table.parameters.items():
            vars(self.page)[name] = regulation.value(parameter)
        self.separated: bool = regulation.value(SEPARATE_DUTIES)
        stated = {norm.id: norm.clause for norm in regulation.norms}
        shares = any(isinstance(step.only, Charge) for step in process.table.steps.values())
        self.own_only: bool = shares and regulation.value(OWN_ONLY)
        self.separation_clause: str | None = stated.get(SEPARATE_DUTIES.name)
        self.acknowledge_clause: str | None = stated.get(ACKNOWLEDGE)
        self.zone: zoneinfo.ZoneInfo = zoneinfo.ZoneInfo(regulation.calendar.timezone)
        self.names: tuple[str, ...] = tuple(field.name for field in attrs.fields(process.data))
        self.values: Callable[[Any], tuple[Any, ...]] = _values_of(self.names)
        table = process.table
        owners: list[tuple[Norm, Any]] = [(s.term, s.owner) for s in table.stages.values() if s.term is not None]
        owners += [(sla.norm, sla.owner) for sla in table.slas.values()]
        self.clocked: dict[str, Norm] = {norm.id: norm for norm, _ in owners}
        self.assigned: dict[str, Callable[[Any], Any]] = {n.id: w.find for n, w in owners if isinstance(w, Assigned)}
        self.pausable: frozenset[str] = frozenset(norm.id for norm in table.norms() if self.norm(norm).pausable)
        slas = table.slas.values()
        self.dues: dict[str, Callable[[Any], dt.datetime | None]] = {
            sla.norm.id: sla.due for sla in slas if sla.due is not None
        }
        self.lags: dict[str, Term] = {
            sla.id: regulation.value(sla.lag) if isinstance(sla.lag, Parameter) else sla.lag
            for sla in slas
            if sla.lag is not None
        }
        self.personal: tuple[tuple[Sla, Each[Any], Term | None], ...] = tuple(
            (sla, sla.owner, self.term(sla.norm)) for sla in slas if isinstance(sla.owner, Each)
        )
        self.pauses: dict[str, frozenset[str]] = {
            stage: frozenset(sla.norm.id for sla in slas if stage in sla.pause_in) for stage in table.stages
        }
        self.left_by_others: frozenset[str] = frozenset(
            stage.id for stage in table.stages.values() if stage.term is not None and not _owner_leaves(table, stage)
        )
        # What a process does not add is not asked for.
        self.keys: Any = None if _is_own(process, "keys") else process.keys
        self.began: Any = None if _is_own(process, "began") else process.began
        self.on_hold: Any = None if _is_own(process, "on_hold") else process.on_hold
        self.filled: Any = None if process.filled is Process.filled else self.page.filled
        self.plans: dict[tuple[str, str | None], Plan] = {
            (step.id, source): Plan(self, step, source)
            for step in table.steps.values()
            for source in table.routes[step.id]
        }

    def role(self, who: Role | Parameter[Role]) -> str:
        """The id of a role, or of the one that a parameter gives."""
        return (self.regulation.value(who) if isinstance(who, Parameter) else who).id

    def owner(self, who: Any) -> Owner:
        """Who owes: a role's id, a way to find them, or nobody."""
        if isinstance(who, Assigned):
            return who.find
        return self.role(who) if isinstance(who, Role | Parameter) else None

    def norm(self, norm: Norm) -> Norm:
        """The norm as the regulation states it."""
        return self.regulation.norm(norm)

    def term(self, norm: Norm) -> Term | None:
        """How long it allows under the regulation."""
        return self.regulation.term(norm)


def who_owes(owner: Owner, data: Any) -> tuple[str | None, str | None]:
    """The role and the person that owe: one of the two, or neither."""
    if owner is None or isinstance(owner, str):
        return owner, None
    found = owner(data)
    return (found.id, None) if isinstance(found, Role) else (None, found)


def _owner_leaves(table: Table, stage: Stage) -> bool:
    """Whether some step of a stage's owner, not one possible anywhere, leads out of it."""
    return any(
        any(who is STAGE_OWNER or who == stage.owner for who in (*step.by, step.only))
        and any(not way.stays and not way.general for way in table.routes[step.id].get(stage.id, ()))
        for step in table.steps.values()
    )


def _is_own(process: type[Process[Any]], name: str) -> bool:
    return getattr(process, name).__func__ is getattr(Process, name).__func__


def _values_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Reads attributes as a tuple; one call, for it stands in the way of every command."""
    if len(names) < 2:
        return lambda data: tuple(getattr(data, name) for name in names)
    return attrgetter(*names)


def bind(process: type[Process[Any]], regulation: Regulation) -> Bound:
    """The process under the regulation; made once for each pair.

    Raises:
        ParameterNotSet: the regulation leaves open what the page reads.
    """
    key: Any = process  # mypy holds that a class is not hashable
    return _bound(key, regulation)


@lru_cache(maxsize=256)
def _bound(process: Any, regulation: Regulation) -> Bound:
    return Bound(process, regulation)
