"""The pure step: process, case, step, actor, instant and regulation in; a decision out, or every reason why not.

`decide` reads no clock and no store. What it returns holds everything that a store has to write for the step to have
happened; what it refuses leaves nothing behind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

import attrs

from salesreg.authority import SEPARATE_DUTIES, bind, judge
from salesreg.consequences import Decision, choose, record
from salesreg.domain.instants import to_utc
from salesreg.domain.people import Actor, Employee
from salesreg.errors import CaseMismatch, DeclarationError, OutOfOrder, Refusal, StepRefused
from salesreg.obligations import fold
from salesreg.processes import Case, Event, Obligation, Process, Related, Step
from salesreg.processes._case import referred
from salesreg.regulation import Regulation

__all__ = ["SEPARATE_DUTIES", "Availability", "Decision", "available", "decide", "replay"]

D = TypeVar("D")


@attrs.frozen
class Availability:
    """Whether an actor may take a step now, before its payload is known, and why not."""

    step: Step
    allowed: bool
    refusals: tuple[Refusal, ...] = ()


def decide(
    process: type[Process[D]],
    case: Case[D] | None,
    step: Step | str,
    /,
    *,
    by: Employee | Actor,
    at: dt.datetime,
    regulation: Regulation,
    related: Iterable[Case[Any]] = (),
    case_id: str | None = None,
    command_key: str | None = None,
    cause: str | None = None,
    **payload: Any,
) -> Decision[D]:
    """Take one step of a process, or refuse it.

    Args:
        process: the process class.
        case: the case as it stands; None for a first step.
        step: the step or its id.
        by: who acts; an `Actor` carries those they may act for.
        at: when, an aware datetime in any zone.
        regulation: the regulation that the case runs under.
        related: the cases that the data or the payload refer to, and the children that guards look at.
        case_id: the id of a case about to begin.
        command_key: the caller's key for the command, recorded in the event.
        cause: id of the event that led to this step, recorded in the event.
        payload: the step's own inputs.

    Returns:
        The new case, its event, obligations, notices and keys.

    Raises:
        StepRefused: the regulation says no; holds every reason and what the actor may do instead.
        PayloadError: fields are missing, unknown or mistyped; names them all.
        UnknownStep: the process has no such step.
        CaseMismatch: the case belongs to another process, or a first step was taken on an existing case.
        OutOfOrder: the instant is earlier than the case's last event.
        NaiveDatetimeError: the instant has no time zone.
    """
    bound = bind(process, regulation)
    step = process.step(step)
    at = to_utc(at)
    case_id = _check_envelope(process, case, step, at, case_id)
    stage_id = None if case is None else case.stage
    routes = process.table[step.id].get(stage_id)
    actor = by if isinstance(by, Actor) else Actor(by)
    data = None if case is None else case.data
    if routes is None:
        assert case is not None  # noqa: S101 - a first step always has a route from nowhere
        raise _wrong_stage(process, case, step, actor, at, regulation, related)
    given = step.payload.structure(payload)
    cases = Related(related, data, given)
    if step.payload.refs:
        _check_refs(step, given, cases)
    attempt, refusals = judge(bound, step, stage_id, data, actor, at, regulation, case_id, cases, _open(case))
    refusals += _future_facts(process, step, given, at)
    check = process.checks.get(step.id)
    if check is not None:
        refusals += check(data, attempt, given)
    if refusals:
        raise _refused(process, case, step, actor, at, regulation, related, refusals)
    handler = process.handlers.get(step.id)
    after: Any = data if handler is None else handler(data, attempt, given)
    if handler is not None and not isinstance(after, process.data):
        wanted = process.data.__name__
        raise DeclarationError(
            f"{process.__name__}.{handler.name} must return the new {wanted}, and returned {type(after).__name__}"
        )
    way = choose(routes, after)
    if way is None:
        nowhere = Refusal(
            "no_way",
            "no way out of this stage fits what the step says",
            ru="ни один переход не подходит",
            clause=step.clause,
        )
        raise _refused(process, case, step, actor, at, regulation, related, [nowhere])
    return record(bound, case, way, attempt, after, given, command_key, cause, cases)


def available(
    process: type[Process[D]],
    case: Case[D],
    /,
    *,
    by: Employee | Actor,
    at: dt.datetime,
    regulation: Regulation,
    related: Iterable[Case[Any]] = (),
) -> tuple[Availability, ...]:
    """Every step of the case's stage: allowed, or all the reasons why not, as far as they show without a payload."""
    bound = bind(process, regulation)
    actor = by if isinstance(by, Actor) else Actor(by)
    at = to_utc(at)
    cases = Related(related, case.data)
    found = []
    for step in process.leaving(case.stage):
        _, refusals = judge(bound, step, case.stage, case.data, actor, at, regulation, case.id, cases, case.obligations)
        found.append(Availability(step, not refusals, tuple(refusals)))
    return tuple(found)


def replay(process: type[Process[D]], events: Iterable[Event]) -> Case[D]:
    """The case that its events lead to; folds their changes and runs no handler.

    Raises:
        CaseMismatch: there are no events, or one is missing.
    """
    case: Case[D] | None = None
    for event in events:
        expected = 1 if case is None else case.version + 1
        if event.version != expected:
            raise CaseMismatch(
                f"the events of case {event.case!r} are not whole: expected version {expected}, got {event.version}"
            )
        process.stage(event.target)
        if case is None:
            data: Any = process.data(**event.changes)
            obligations: tuple[Obligation, ...] = ()
        else:
            data = attrs.evolve(case.data, **event.changes) if event.changes else case.data  # type: ignore[misc]
            obligations = case.obligations
        case = Case(
            event.case,
            event.process,
            event.process_version,
            event.target,
            event.version,
            data,
            event.regulation,
            event.at,
            fold(obligations, event.opened, event.closed),
        )
    if case is None:
        raise CaseMismatch("a case without events cannot be replayed")
    return case


def _open(case: Case[Any] | None) -> tuple[Obligation, ...]:
    return () if case is None else case.obligations


# -- who may, and when ------------------------------------------------------------------------------------------------


def _check_envelope(
    process: type[Process[Any]], case: Case[Any] | None, step: Step, at: dt.datetime, case_id: str | None
) -> str:
    if case is None:
        if not step.begins:
            raise CaseMismatch(
                f"{step.id!r} needs a case; a {process.id!r} case begins with "
                + " or ".join(first.id for first in process.first_steps())
            )
        if not case_id:
            raise CaseMismatch(f"{step.id!r} begins a case: say which id it gets with case_id=")
        return case_id
    if case.process != process.id:
        raise CaseMismatch(f"case {case.id!r} belongs to process {case.process!r}, not {process.id!r}")
    if step.begins:
        raise CaseMismatch(f"{step.id!r} begins a case, and {case.id!r} has begun already")
    if at < case.last_at:
        raise OutOfOrder(
            f"{at.isoformat()} is earlier than the last event of case {case.id!r} at {case.last_at.isoformat()}: "
            "events are recorded in the order they happen"
        )
    process.stage(case.stage)
    return case.id


def _check_refs(step: Step, given: Mapping[str, Any], cases: Related) -> None:
    """Every case that the payload names is one of the process that the field is for."""
    for name, ref in step.payload.refs.items():
        for case_id in referred(given[name]):
            if (found := cases[case_id].process) != ref.process:
                raise CaseMismatch(
                    f"{name} of {step.id!r} names a {ref.process!r} case, and {case_id!r} is of {found!r}"
                )


def _future_facts(
    process: type[Process[Any]], step: Step, given: Mapping[str, Any], at: dt.datetime
) -> Iterator[Refusal]:
    """Facts recorded before they happened, each said once however many clocks it concerns."""
    said: set[dt.datetime] = set()
    for sla in process.slas.values():
        when = sla.happened(given) if sla.occurred else None
        if when is not None and when > at and when not in said and (step in sla.start or step in sla.stop):
            said.add(when)
            yield Refusal(
                "not_yet",
                "what starts or stops a clock cannot be recorded before it happens",
                ru="нельзя записать заранее то, от чего идёт срок",
                clause=sla.norm.clause,
                need=f"at or before {at.isoformat()}",
                got=when.isoformat(),
            )


def _wrong_stage(
    process: type[Process[D]],
    case: Case[D],
    step: Step,
    actor: Actor,
    at: dt.datetime,
    regulation: Regulation,
    related: Iterable[Case[Any]],
) -> StepRefused:
    stage = process.stage(case.stage)
    sources = [process.stages[source] for source in process.table[step.id] if source is not None]
    refusal = Refusal(
        "wrong_stage",
        f"{step.title!r} is possible in {', '.join(repr(s.title) for s in sources)}, "
        f"and the case stands in {stage.title!r}",
        ru=f"«{step.ru}» возможно на этапе {', '.join(f'«{s.ru}»' for s in sources)}, а дело на этапе «{stage.ru}»",
        clause=step.clause,
        need=tuple(s.id for s in sources),
        got=stage.id,
    )
    return _refused(process, case, step, actor, at, regulation, related, [refusal])


def _refused(
    process: type[Process[D]],
    case: Case[D] | None,
    step: Step,
    actor: Actor,
    at: dt.datetime,
    regulation: Regulation,
    related: Iterable[Case[Any]],
    refusals: list[Refusal],
) -> StepRefused:
    options: tuple[Availability, ...] = ()
    if case is not None:
        options = available(process, case, by=actor, at=at, regulation=regulation, related=related)
    allowed = tuple(option.step.id for option in options if option.allowed)
    reasons = "; ".join(refusal.text() for refusal in refusals)
    instead = f". {actor.employee.full_name} may: {', '.join(allowed)}" if allowed else ""
    return StepRefused(f"{step.id} refused: {reasons}{instead}", refusals, allowed)
