"""What follows from a step that is allowed: the case after it, its event, who is told, which keys change hands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

import attrs

from salesreg.authority import BoundProcess
from salesreg.domain.people import Role
from salesreg.obligations import clocks, fold
from salesreg.processes import (
    STAGE_OWNER,
    Assigned,
    Attempt,
    Case,
    Contact,
    Each,
    Event,
    Notice,
    Obligation,
    Process,
    Related,
    Step,
    Transition,
)
from salesreg.processes._case import referred
from salesreg.regulation import Parameter, Regulation

__all__ = ["Decision", "choose", "record"]

D = TypeVar("D")


@attrs.frozen
class Decision(Generic[D]):
    """What follows from a step that the regulation allows.

    Attributes:
        case: the case after it.
        event: the record of it.
        notices: who is to be told.
        opened: obligations opened, paused or resumed, as they stand now.
        closed: obligations met or cancelled.
        keys_taken: unique keys that the case holds from now on.
        keys_released: unique keys that it no longer holds.
        read: the versions of the related cases it looked at, by id.
        touched: parents whose list of children this step changed, each with the event that says so.
    """

    case: Case[D]
    event: Event
    notices: tuple[Notice, ...]
    keys_taken: tuple[str, ...]
    keys_released: tuple[str, ...]
    read: Mapping[str, int]
    touched: tuple[tuple[Case[Any], Event], ...]

    @property
    def opened(self) -> tuple[Obligation, ...]:
        """Obligations opened, paused or resumed, as they stand now."""
        return self.event.opened

    @property
    def closed(self) -> tuple[Obligation, ...]:
        """Obligations met or cancelled."""
        return self.event.closed


def choose(routes: tuple[Transition, ...], after: Any) -> Transition | None:
    """The first way whose condition holds for the data as the step leaves them."""
    for way in routes:
        if way.when is None or way.when(after):
            return way
    return None


def record(
    bound: BoundProcess[D],
    case: Case[D] | None,
    way: Transition,
    attempt: Attempt,
    after: D,
    given: dict[str, Any],
    command_key: str | None,
    cause: str | None,
    cases: Related,
) -> Decision[D]:
    """The decision to go a way: the case and its event, with whatever hangs on them."""
    process, step, at = bound.process, way.step, attempt.at
    version = 1 if case is None else case.version + 1
    before = None if case is None else case.data
    if before is None:
        changes = dict(zip(bound.names, bound.values(after), strict=True))
    elif after is before:
        changes = {}
    else:
        pairs = zip(bound.names, bound.values(after), bound.values(before), strict=True)
        changes = {name: new for name, new, old in pairs if new is not old and new != old}
    opened, closed = clocks(bound, case, way, attempt, after, given, version)
    event = Event(
        f"{attempt.case}:{version}",
        attempt.case,
        version,
        process.id,
        process.version,
        step.id,
        None if case is None else case.stage,
        way.target.id,
        at,
        attempt.by.id,
        attempt.role or Role.SYSTEM,
        bound.regulation.content_hash,
        None if attempt.on_behalf_of is None else attempt.on_behalf_of.id,
        step.clauses,
        step.payload.recorded(given),
        changes,
        opened,
        closed,
        command_key,
        cause,
    )
    new = Case(
        attempt.case,
        process.id,
        process.version if case is None else case.process_version,
        way.target.id,
        version,
        after,
        bound.regulation.content_hash if case is None else case.regulation,
        at,
        fold(() if case is None else case.obligations, opened, closed),
    )
    held = frozenset() if before is None else frozenset(process.keys(before))
    holds = frozenset(process.keys(after)) if after is not before or case is None else held
    return Decision(
        new,
        event,
        _notices(step, way, new, bound.regulation) if step.notify else (),
        tuple(sorted(holds - held)),
        tuple(sorted(held - holds)),
        {other.id: other.version for other in cases},
        _touch_parents(process, way, before, new, event, cases) if process.refs else (),
    )


def _notices(step: Step, way: Transition, case: Case[Any], regulation: Regulation) -> tuple[Notice, ...]:
    found: dict[str, Notice] = {}
    for who in step.notify:
        meant = who
        if who is STAGE_OWNER:
            meant = way.target.owner or Role.HEAD_OF_COMMERCIAL
        if isinstance(meant, Parameter):
            meant = regulation.value(meant)
        for to in _addressees(meant, case.data):
            notice = Notice(f"{case.id}:{case.version}:{to}", case.id, to, step.id, "step", case.last_at)
            found.setdefault(to, notice)
    return tuple(found.values())


def _addressees(who: object, data: Any) -> Iterator[str]:
    """Whom a notice goes to: roles as they are, employees and addresses marked as such."""
    named: tuple[object, ...] = (who.find(data) if isinstance(who, Assigned | Contact) else who,)
    for name in who.find(data) if isinstance(who, Each) else named:
        if isinstance(name, Role):
            yield str(name)
        elif isinstance(name, str):
            yield f"{'address' if isinstance(who, Contact) else 'employee'}:{name}"


def _parents(process: type[Process[Any]], data: object) -> tuple[str, ...]:
    return () if data is None else tuple(one for name in process.refs for one in referred(getattr(data, name)))


def _touch_parents(
    process: type[Process[Any]], way: Transition, before: object, case: Case[Any], event: Event, cases: Related
) -> tuple[tuple[Case[Any], Event], ...]:
    """The parents that must learn that a child began, ended, was reopened or moved, lest a guard over it miss that."""
    parents, former = _parents(process, case.data), _parents(process, before)
    if way.source is None or way.source.ended != way.target.ended:
        news = dict.fromkeys((*parents, *former), "child_ended" if way.target.ended else "child_started")
    else:
        news = dict.fromkeys((one for one in parents if one not in former), "child_started")
        news |= dict.fromkeys((one for one in former if one not in parents), "child_ended")
    touched = []
    for parent_id, name in news.items():
        parent = cases[parent_id]
        version = parent.version + 1
        at = max(case.last_at, parent.last_at)
        fact = Event(
            id=f"{parent.id}:{version}",
            case=parent.id,
            version=version,
            process=parent.process,
            process_version=parent.process_version,
            step=name,
            source=parent.stage,
            target=parent.stage,
            at=at,
            by=event.by,
            role=event.role,
            regulation=parent.regulation,
            payload={"child": case.id, "process": case.process},
            cause=event.id,
        )
        touched.append((attrs.evolve(parent, version=version, last_at=at), fact))
    return tuple(touched)
