"""What follows from a step that is allowed: the case after it, its event, who is told, which keys change hands."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress
from operator import is_not
from typing import Any, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from salesreg.decide.obligations import clocks
from salesreg.decide.plan import Bound, Plan, WayPlan
from salesreg.process.case import Attempt, Case, Event, Notice, Obligation, Related
from salesreg.process.references import referred
from salesreg.process.table import Table
from salesreg.rules.roles import SYSTEM, Role

D = TypeVar("D")
_NONE: Mapping[str, int] = {}


class Decision(msgspec.Struct, Generic[D], frozen=True):
    """What follows from a step that the regulation allows.

    Attributes:
        case: the case after it.
        event: the record of it.
        notices: who is to be told.
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


def record(
    bound: Bound,
    plan: Plan,
    way: WayPlan,
    case: Case[D] | None,
    attempt: Attempt,
    after: D,
    given: dict[str, Any],
    *,
    command_key: str | None,
    cause: str | None,
    rulebook: str,
) -> Decision[D]:
    """The decision to go a way: the case and its event, with whatever hangs on them."""
    process, case_id = bound.process, attempt.case
    if case is None:
        before, version = None, 1
        process_version, regulation, book = process.version, bound.hash, rulebook
        changes = dict(zip(bound.names, bound.values(after), strict=True))
    else:
        before, version = case.data, case.version + 1
        process_version, regulation, book = case.process_version, case.regulation, case.rulebook
        changes = {}
        if after is not before:
            olds, news = bound.values(before), bound.values(after)
            others = compress(zip(bound.names, olds, news, strict=True), map(is_not, olds, news))
            changes = {name: new for name, old, new in others if new != old}
    opened, closed, owed = clocks(bound, plan, way, case, attempt, after, given, version)
    absent = attempt.on_behalf_of
    event = Event(
        f"{case_id}:{version}",
        case_id,
        version,
        process.id,
        process_version,
        plan.step,
        plan.source,
        way.target,
        attempt.at,
        attempt.by.id,
        attempt.role or SYSTEM.id,
        regulation,
        None if absent is None else absent.id,
        plan.clauses,
        given,
        changes,
        opened,
        closed,
        command_key,
        cause,
        book,
    )
    begun_at = attempt.at if case is None else case.begun_at
    new = Case(
        case_id, process.id, process_version, way.target, version, after, regulation, attempt.at, owed, book, begun_at
    )
    taken, released = _keys(bound, before, after)
    related = attempt.related
    return Decision(
        new,
        event,
        _notices(plan, way, new) if way.told else (),
        taken,
        released,
        {other.id: other.version for other in related} if len(related) else _NONE,
        _touch_parents(process.table, plan, way, before, new, event, related) if process.table.refs else (),
    )


def _keys(bound: Bound, before: Any, after: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The unique keys that change hands."""
    if bound.keys is None or after is before:
        return (), ()
    held = () if before is None else tuple(bound.keys(before))
    holds = tuple(bound.keys(after))
    if held == holds:
        return (), ()
    return tuple(sorted(set(holds) - set(held))), tuple(sorted(set(held) - set(holds)))


def _notices(plan: Plan, way: WayPlan, case: Case[Any]) -> tuple[Notice, ...]:
    found: dict[tuple[str, str], Notice] = {}
    for told in way.told:
        if told.role is not None:
            named: Any = (told.role,)
        else:
            assert told.find is not None  # noqa: S101 - an addressee is a role or is found in the data
            named = told.find(case.data)
            named = named if told.several else (named,)
        for one in named:
            if one is not None:
                to, kind = (one.id, "role") if isinstance(one, Role) else (one, told.kind)
                notice = Notice(f"{case.id}:{case.version}:{to}", case.id, to, kind, plan.step, case.last_at)
                found.setdefault((kind, to), notice)
    return tuple(found.values())


def parents_of(table: Table, data: object) -> tuple[str, ...]:
    """The ids of the cases that some data refer to."""
    if data is None or not table.refs:
        return ()
    return tuple(dict.fromkeys(one for name in table.refs for one in referred(getattr(data, name))))


def _touch_parents(
    table: Table, plan: Plan, way: WayPlan, before: object, case: Case[Any], event: Event, related: Related
) -> tuple[tuple[Case[Any], Event], ...]:
    """The parents that must learn that a child began, ended, was reopened or moved, lest a guard over it miss that."""
    parents, former = parents_of(table, case.data), parents_of(table, before)
    was_ended = plan.source is not None and table.stages[plan.source].ended
    if plan.source is None or was_ended != way.ended:
        news = dict.fromkeys((*parents, *former), "child_ended" if way.ended else "child_started")
    elif parents == former:
        return ()
    else:
        news = dict.fromkeys((one for one in parents if one not in former), "child_started")
        news |= dict.fromkeys((one for one in former if one not in parents), "child_ended")
    touched = []
    for parent_id, name in news.items():
        parent = related[parent_id]
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
            rulebook=parent.rulebook,
        )
        touched.append((replace(parent, version=version, last_at=at), fact))
    return tuple(touched)
