"""The pure step: a command, a case, an actor, an instant and a regulation in; a decision out, or every reason why not.

`decide` reads no clock and no store. What it returns holds everything that a store has to write for the step to have
happened; what it refuses leaves nothing behind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from types import GeneratorType
from typing import Any, Final, TypeVar, overload

import attrs
from msgspec.structs import replace

from salesreg.decide.authority import demands, judge, older_facts
from salesreg.decide.outcome import Decision, record
from salesreg.decide.plan import Plan, bind
from salesreg.errors import CaseMismatch, DeclarationError, DomainError, OutOfOrder, Refusal, StepRefused
from salesreg.process.case import Attempt, Case, Obligation, Related
from salesreg.process.page import Process
from salesreg.process.references import referred
from salesreg.process.steps import AnyStep, Command, Opening, Stop
from salesreg.rules.instants import to_utc
from salesreg.rules.people import Actor, Employee
from salesreg.rules.regulation import Regulation

D = TypeVar("D")
_ALONE: Final = Related(())


@attrs.frozen
class Availability:
    """Whether an actor may take a step now, before its payload is known, and why not."""

    step: AnyStep
    allowed: bool
    refusals: tuple[Refusal, ...] = ()


@overload
def decide(
    command: Opening[D],
    case: None = None,
    /,
    *,
    by: Employee | Actor,
    at: dt.datetime,
    regulation: Regulation,
    related: Iterable[Case[Any]] = ...,
    people: Iterable[Employee] = ...,
    case_id: str | None = ...,
) -> Decision[D]: ...
@overload
def decide(
    command: Command[D],
    case: Case[D],
    /,
    *,
    by: Employee | Actor,
    at: dt.datetime,
    regulation: Regulation,
    related: Iterable[Case[Any]] = ...,
    people: Iterable[Employee] = ...,
    case_id: None = ...,
) -> Decision[D]: ...
def decide(
    command: Command[Any] | Opening[Any],
    case: Case[Any] | None = None,
    /,
    *,
    by: Employee | Actor,
    at: dt.datetime,
    regulation: Regulation,
    related: Iterable[Case[Any]] = (),
    people: Iterable[Employee] = (),
    case_id: str | None = None,
) -> Decision[Any]:
    """Take one step of a process, or refuse it.

    Args:
        command: the step with its payload, such as ``Sale.open_deal(number="D-1", existing=None)``.
        case: the case as it stands; None for a first step.
        by: who acts; an `Actor` carries those they may act for.
        at: when, an aware datetime in any zone.
        regulation: the regulation that the case runs under.
        related: the cases that the data or the payload refer to, and the children that guards look at.
        people: the employees that the payload names; everybody who works here, where the step says ``staff``.
        case_id: the id of a case about to begin.

    Returns:
        The new case, its event, obligations, notices and keys.

    Raises:
        StepRefused: the regulation says no; holds every reason and what the actor may do instead.
        PayloadError: fields are missing, unknown or mistyped; names them all.
        UnknownStep: the process has no such step.
        CaseMismatch: the case belongs to another process or version, or a first step was taken on an existing case.
        OutOfOrder: the instant is earlier than the case's last event.
        NaiveDatetimeError: the instant has no time zone.
    """
    page: Any = command.page
    if case is not None and (case.process, case.process_version) != (page.id, page.version):
        raise CaseMismatch(
            f"case {case.id!r} runs on version {case.process_version} of process {case.process!r}, and the command is "
            f"for version {page.version} of {page.id!r}"
        )
    actor = by if isinstance(by, Actor) else Actor(by)
    known = {person.id: person for person in people}
    return take(page, command.step, command.payload, case, actor, at, regulation, tuple(related), known, case_id)


def take(
    process: type[Process[Any]],
    step: str,
    payload: Mapping[str, Any],
    case: Case[Any] | None,
    actor: Actor,
    at: dt.datetime,
    regulation: Regulation,
    related: tuple[Case[Any], ...] = (),
    people: Mapping[str, Employee] = {},
    case_id: str | None = None,
    *,
    command_key: str | None = None,
    cause: str | None = None,
    rulebook: str = "",
) -> Decision[Any]:
    """`decide` by ids, as the engine asks: the process is the one that the case runs on, whatever the command's class.

    Args:
        process, step, payload, case, actor, at, regulation, related, people, case_id: as in `decide`.
        command_key: the caller's key for the command, recorded in the event.
        cause: id of the event that led to this step, recorded in the event.
        rulebook: id of the rulebook whose page a new case runs under.
    """
    bound = bind(process, regulation)
    at = to_utc(at)
    if case is None:
        plan = bound.plans.get((step, None))
        if plan is None:
            raise _needs_case(process, step)
        if not case_id:
            raise CaseMismatch(f"{step!r} begins a case: say which id it gets with case_id=")
        data: Any = None
        obligations: tuple[Obligation, ...] = ()
    else:
        plan = bound.plans.get((step, case.stage))
        if plan is None:
            raise _impossible(process, case, step, actor, at, regulation, related)
        if at < case.last_at:
            raise OutOfOrder(
                f"{at.isoformat()} is earlier than the last event of case {case.id!r} at {case.last_at.isoformat()}: "
                "events are recorded in the order they happen"
            )
        case_id, data, obligations = case.id, case.data, case.obligations
    given = plan.spec.payload.structure(payload) if plan.spec.payload.fields or payload else {}
    cases = Related(related) if related else _ALONE
    if plan.spec.payload.refs:
        _check_refs(plan, given, cases)
    attempt, refusals = judge(bound, plan, data, actor, at, case_id, cases, obligations, people)
    if plan.demanding or plan.occurring:
        refusals += demands(bound, plan, given, attempt)
    after, stopped = _run(plan, data, attempt, given, refusals)
    refusals += older_facts(bound, plan, case, given, refusals)
    if not refusals:
        if not isinstance(after, process.data):
            raise DeclarationError(
                f"{process.__name__}.{step} must return the new {process.data.__name__}, and returned "
                f"{type(after).__name__}"
            )
        for way in plan.ways:
            if way.when is None or way.when(after):
                return record(
                    bound, plan, way, case, attempt, after, given,
                    command_key=command_key, cause=cause, rulebook=rulebook,
                )  # fmt: skip
        refusals = [Refusal("no_way", "no way out of this stage fits what the step says", got=plan.source)]
    raise _refused(process, case, plan.step, plan.clause, actor, at, regulation, cases, refusals, stopped)


def _run(
    plan: Plan, data: Any, attempt: Attempt, given: dict[str, Any], refusals: list[Refusal]
) -> tuple[Any, Exception | None]:
    """The step's own function: what it refuses is added, what it stops at after a refusal is only a consequence."""
    if plan.call is None:
        return data, None
    try:
        after = plan.call(data, attempt, given)
        if type(after) is GeneratorType:
            try:
                while True:
                    refusals.append(next(after))
            except StopIteration as done:
                return done.value, None
    except Stop:
        return None, None
    except Exception as wrong:
        if refusals:
            return None, wrong
        if not isinstance(wrong, DomainError):
            raise
        facts = wrong.facts
        refusals.append(Refusal(wrong.code, wrong.text, facts.get("need"), facts.get("got"), facts))
        return None, None
    return after, None


def available(
    process: type[Process[D]],
    case: Case[D],
    /,
    *,
    by: Employee | Actor,
    at: dt.datetime,
    regulation: Regulation,
    related: Iterable[Case[Any]] = (),
    people: Iterable[Employee] = (),
) -> tuple[Availability, ...]:
    """Every step of the case's stage: allowed, or all the reasons why not, as far as they show without a payload."""
    bound = bind(process, regulation)
    actor = by if isinstance(by, Actor) else Actor(by)
    at, cases, known = to_utc(at), Related(related), {one.id: one for one in people}
    found = []
    for step in process.table.leaving(case.stage):
        plan = bound.plans[step.id, case.stage]
        _, refusals = judge(bound, plan, case.data, actor, at, case.id, cases, case.obligations, known)
        found.append(Availability(step, not refusals, _complete(refusals, process.id, step.id, plan.clause)))
    return tuple(found)


def _complete(refusals: Collection[Refusal], process: str, step: str, clause: str | None) -> tuple[Refusal, ...]:
    """Refusals with their process, and the step's clause where they name no other."""
    for one in refusals:
        if not isinstance(one, Refusal):
            raise DeclarationError(f"{process}.{step} refuses with {one!r}: yield a Refusal(code, text)")
    return tuple(replace(one, clause=one.clause or clause, process=process) for one in refusals)


def _check_refs(plan: Plan, given: Mapping[str, Any], cases: Related) -> None:
    """Every case that the payload names is one of the process that the field is for."""
    for name, ref in plan.spec.payload.refs.items():
        for case_id in referred(given[name]):
            if (found := cases[case_id].process) != ref.process:
                raise CaseMismatch(
                    f"{name} of {plan.step!r} names a {ref.process!r} case, and {case_id!r} is of {found!r}"
                )


def _needs_case(process: type[Process[Any]], step: str) -> Exception:
    process.table.step(step)
    begins = " or ".join(first.id for first in process.table.first_steps())
    return CaseMismatch(f"{step!r} needs a case; a {process.id!r} case begins with {begins}")


def _impossible(
    process: type[Process[Any]],
    case: Case[Any],
    step_id: str,
    actor: Actor,
    at: dt.datetime,
    regulation: Regulation,
    related: tuple[Case[Any], ...],
) -> Exception:
    step = process.table.step(step_id)
    if step.begins:
        return CaseMismatch(f"{step.id!r} begins a case, and {case.id!r} has begun already")
    process.table.stage(case.stage)
    refusal = Refusal(
        "wrong_stage",
        "{step:step} is possible in {need:stage}, and the case stands in {got:stage}",
        need=tuple(source for source in process.table.routes[step.id] if source is not None),
        got=case.stage,
        facts={"step": step.id},
    )
    return _refused(process, case, step.id, step.clause, actor, at, regulation, Related(related), [refusal], None)


def _refused(
    process: type[Process[Any]],
    case: Case[Any] | None,
    step: str,
    clause: str | None,
    actor: Actor,
    at: dt.datetime,
    regulation: Regulation,
    cases: Related,
    refusals: list[Refusal],
    stopped: Exception | None,
) -> StepRefused:
    options: tuple[Availability, ...] = ()
    if case is not None:
        options = available(process, case, by=actor, at=at, regulation=regulation, related=cases)
    return StepRefused(
        step,
        _complete(refusals, process.id, step, clause),
        [option.step.id for option in options if option.allowed],
        actor=actor.employee.full_name,
        stopped_by=stopped,
    )
