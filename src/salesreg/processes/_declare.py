"""The words in which a process is written: stages, steps, deadlines and timers.

A process class reads top to bottom like a page of the regulation: its stages with their owners and terms, its steps
with who may take them, when, and what they do. `Process` compiles the page when the class is created.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import attrs

from salesreg.domain.people import Role
from salesreg.errors import DeclarationError, Refusal
from salesreg.processes._case import Attempt, Case
from salesreg.processes._who import STAGE_OWNER, Assigned, Each, Told, Who
from salesreg.regulation import Norm

__all__ = [
    "Guard",
    "Recurring",
    "Route",
    "Sla",
    "Stage",
    "Step",
    "Timer",
    "anywhere",
    "start",
    "stay",
]

D = TypeVar("D")
Guard = Callable[[Any, Attempt], Iterator[Refusal]]


def _many(value: Any) -> tuple[Any, ...]:
    """One thing or several as a tuple."""
    return tuple(value) if isinstance(value, list | tuple | set | frozenset) else (value,)


class _Named:
    """Learns its own name from the class it is written in."""

    __slots__ = ("id",)
    id: str

    def __set_name__(self, owner: type, name: str) -> None:
        if hasattr(self, "id") and self.id != name:
            raise DeclarationError(f"{owner.__name__}.{name} is {self.id!r} already: declare it anew")
        self.id = name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'id', '?')}>"


class Stage(_Named):
    """A stage of a process: who owns the case there and by when it must move on.

    Args:
        title: for people, in English.
        ru: for people, in Russian.
        owner: who is responsible while the case stands here; nobody in a final stage.
        term: the norm whose clock starts on entering.
        no_term: why no clock runs here, in English; every open stage has one or the other.
        no_term_ru: the same in Russian.
        final: nothing leads out.
        ended: the clocks stop, but the case may be reopened.
    """

    __slots__ = ("ended", "final", "no_term", "no_term_ru", "owner", "ru", "term", "title")

    def __init__(
        self,
        title: str,
        *,
        ru: str = "",
        owner: Who | None = None,
        term: Norm | None = None,
        no_term: str | None = None,
        no_term_ru: str | None = None,
        final: bool = False,
        ended: bool = False,
    ) -> None:
        if term is not None and no_term is not None:
            raise DeclarationError(f"stage {title!r} has both a term and a reason for having none")
        if no_term_ru is not None and no_term is None:
            raise DeclarationError(f"stage {title!r} has a reason for having no term in Russian only: say no_term too")
        self.title: str = title
        self.ru: str = ru or title
        self.owner: Who | None = owner
        self.term: Norm | None = term
        self.no_term: str | None = no_term
        self.no_term_ru: str | None = no_term_ru or no_term
        self.final: bool = final
        self.ended: bool = final or ended

    def to(self, target: Stage, *, when: Callable[[Any], bool] | None = None) -> Route:
        """The way from here to a stage; ``when`` judges the data as the step leaves them."""
        return Route((Way((self,), target, when),))

    def text(self, lang: str = "en") -> str:
        """The stage's title in English or Russian."""
        return self.ru if lang == "ru" else self.title

    def no_term_text(self, lang: str = "en") -> str | None:
        """Why no clock runs here, in English or Russian."""
        return self.no_term_ru if lang == "ru" else self.no_term


@attrs.frozen
class Way:
    """One declared way: from some stages (None: every open one) to a stage (None: where it is)."""

    sources: tuple[Stage, ...] | None
    target: Stage | None
    when: Callable[[Any], bool] | None = None
    but: tuple[Stage, ...] = ()
    begins: bool = False


@attrs.frozen
class Route:
    """The ways that a step may take; the first whose condition holds is taken."""

    ways: tuple[Way, ...]

    def __or__(self, other: Route) -> Route:
        return Route(self.ways + other.ways)


def start(stage: Stage) -> Route:
    """A first step: it begins a case in that stage."""
    return Route((Way((), stage, begins=True),))


def stay(*stages: Stage) -> Route:
    """A step that leaves the case where it is; the stage's clock runs on."""
    return Route((Way(stages, None),))


def anywhere(to: Stage | None = None, *, but: Sequence[Stage] = ()) -> Route:
    """A step possible in every open stage; to a stage, or leaving the case where it is."""
    return Route((Way(None, to, but=tuple(but)),))


class Step(_Named):
    """A command: who may give it, from where to where, and under which conditions.

    What it does to the data is said by the method ``on_<step>``, whose keyword arguments are the payload; what it
    demands of the payload by ``check_<step>``.

    Args:
        route: where it leads: `start`, ``stage.to``, `stay` or `anywhere`.
        title: for people, in English.
        ru: for people, in Russian.
        by: who may take it; any one suffices.
        only: narrows it to a person, such as the assigned specialist.
        never: excludes a person, such as the author, or each of several; void where the firm merges roles (R95).
        requires: guards that see the data but no payload.
        children: ids of the processes whose cases refer to this one and that the guards look at.
        holders: unique keys whose holders the guards look at, such as the price list in force.
        notify: who is told.
        clause: the requirement behind it.
        norms: further norms that it keeps.
    """

    __slots__ = (
        "by",
        "children",
        "clause",
        "holders",
        "never",
        "norms",
        "notify",
        "only",
        "payload",
        "requires",
        "route",
        "ru",
        "title",
    )
    payload: Any

    def __init__(
        self,
        route: Route,
        title: str,
        *,
        ru: str = "",
        by: Who | Sequence[Who],
        only: Assigned | None = None,
        never: Assigned | Each | None = None,
        requires: Sequence[Guard] = (),
        children: Sequence[str] = (),
        holders: Sequence[str] = (),
        notify: Told | Sequence[Told] = (),
        clause: str | None = None,
        norms: Sequence[Norm] = (),
    ) -> None:
        self.route: Route = route
        self.title: str = title
        self.ru: str = ru or title
        self.by: tuple[Who, ...] = _many(by)
        self.only: Assigned | None = only
        self.never: Assigned | Each | None = never
        self.requires: tuple[Guard, ...] = tuple(requires)
        self.children: tuple[str, ...] = tuple(children)
        self.holders: tuple[str, ...] = tuple(holders)
        self.notify: tuple[Told, ...] = _many(notify)
        self.clause: str | None = clause
        self.norms: tuple[Norm, ...] = tuple(norms)

    @property
    def begins(self) -> bool:
        """Whether it begins a case."""
        return any(way.begins for way in self.route.ways)

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses behind it, its own first."""
        own = (self.clause,) if self.clause else ()
        return tuple(dict.fromkeys((*own, *(norm.clause for norm in self.norms))))

    def payload_schema(self) -> dict[str, Any]:
        """The payload as JSON Schema, draft 2020-12; an employee stands as an id."""
        return self.payload.schema()  # type: ignore[no-any-return]  # set when the process class is compiled

    def text(self, lang: str = "en") -> str:
        """The step's title in English or Russian."""
        return self.ru if lang == "ru" else self.title


class Sla(_Named):
    """A deadline with its own start, stop and pauses, beside the terms of the stages.

    Args:
        norm: the rule that sets the time.
        start: the steps that start the clock.
        stop: the steps that stop it.
        owner: who owes the result; `each` of several people for a clock per person.
        void: the steps that make it pointless, so that it is cancelled.
        pause_in: stages in which the clock stands still.
        occurred: the payload field that says when the fact happened, where recording it lags; where start and stop
            name it differently, both names.
        due: reads the due instant from the data, where it is agreed case by case and the norm has no term; when the
            data change it, the deadline moves. None means no deadline.
        met: reads from the data when the clock started and when the fact happened that stopped it, so that an earlier
            fact which is recorded late corrects it; for a clock that a first step starts.
    """

    __slots__ = ("due", "met", "norm", "occurred", "owner", "pause_in", "start", "stop", "void")

    def __init__(
        self,
        norm: Norm,
        *,
        start: Step | Sequence[Step],
        stop: Step | Sequence[Step],
        owner: Who | Each,
        void: Step | Sequence[Step] = (),
        pause_in: Sequence[Stage] = (),
        occurred: str | Sequence[str] = (),
        due: Callable[[Any], dt.datetime | None] | None = None,
        met: Callable[[Any], tuple[dt.datetime, dt.datetime] | None] | None = None,
    ) -> None:
        if owner is STAGE_OWNER:
            raise DeclarationError(f"the deadline of {norm.id!r} runs through several stages: name who owes it")
        if due is not None and (norm.term is not None or norm.pausable or pause_in):
            raise DeclarationError(f"the deadline of {norm.id!r} stands in the data: it has no term and no pause")
        self.norm: Norm = norm
        self.start: tuple[Step, ...] = _many(start)
        self.stop: tuple[Step, ...] = _many(stop)
        if due is not None and isinstance(owner, Each):
            raise DeclarationError(f"the deadline of {norm.id!r} is each person's own: give the norm a term")
        self.owner: Who | Each = owner
        self.void: tuple[Step, ...] = _many(void)
        self.pause_in: tuple[Stage, ...] = tuple(pause_in)
        self.occurred: tuple[str, ...] = _many(occurred)
        self.due: Callable[[Any], dt.datetime | None] | None = due
        self.met: Callable[[Any], tuple[dt.datetime, dt.datetime] | None] | None = met

    def happened(self, payload: Mapping[str, Any]) -> dt.datetime | None:
        """When the fact happened that starts or stops this clock, if the payload says so."""
        return next((when for name in self.occurred if (when := payload.get(name)) is not None), None)


class Timer(_Named):
    """Performs a step at an instant that the data give, or once a deadline has passed.

    Args:
        step: the step, taken by the system.
        at: reads the instant from the data; no instant, no timer. With `overdue`, the timer rings no earlier than this.
        overdue: norms; the timer rings as soon as the due instant of one of them has passed unmet.
        during: the stages in which the timer runs; empty means every open one.
    """

    __slots__ = ("at", "during", "overdue", "step")

    def __init__(
        self,
        step: Step,
        *,
        at: Callable[[Any], dt.datetime | None] | None = None,
        overdue: Iterable[Norm] = (),
        during: Iterable[Stage] = (),
    ) -> None:
        self.step: Step = step
        self.at: Callable[[Any], dt.datetime | None] | None = at
        self.overdue: frozenset[str] = frozenset(norm.id for norm in overdue)
        self.during: tuple[Stage, ...] = tuple(during)
        if at is None and not self.overdue:
            raise DeclarationError(f"a timer of {step!r} needs at= or overdue= to know when it rings")

    def rings_at(self, case: Case[Any]) -> dt.datetime | None:
        """When it rings for a case as it stands; None if it does not."""
        instant = None if self.at is None else self.at(case.data)
        if not self.overdue:
            return instant
        dues = [one.due for one in case.obligations if one.norm in self.overdue and one.due is not None]
        if not dues:
            return None
        passed = min(dues) + dt.timedelta(microseconds=1)
        return passed if instant is None else max(passed, instant)


class Recurring(_Named, Generic[D]):
    """A duty that comes back, for every holder of a role: each working day, each Monday, on the 10th and 25th.

    `tick` begins one case for each holder and each day on which the norm's recurring term falls, when that day opens,
    exactly once, also for the days since the last tick.

    Args:
        norm: the rule behind it; its term recurs.
        step: the first step that the system takes to begin the day's case.
        per: the role whose every holder owes it.
        payload: the first step's payload, from the holder's id, the day, and the instant at which that day opens (UTC).
    """

    __slots__ = ("norm", "payload", "per", "step")

    def __init__(
        self, norm: Norm, *, step: Step, per: Role, payload: Callable[[str, dt.date, dt.datetime], dict[str, Any]]
    ) -> None:
        self.norm: Norm = norm
        self.step: Step = step
        self.per: Role = per
        self.payload: Callable[[str, dt.date, dt.datetime], dict[str, Any]] = payload
