"""Clocks beside the terms of the stages: deadlines of their own, timers, and duties that come back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from salesreg.calendars import Term
from salesreg.errors import DeclarationError
from salesreg.process.case import Case
from salesreg.process.stages import Named, Stage, several
from salesreg.process.steps import AnyStep, FirstStep, Step
from salesreg.process.who import STAGE_OWNER, Assigned, Each, Who, meant
from salesreg.rules.norms import Norm
from salesreg.rules.parameters import Parameter
from salesreg.rules.roles import Role

Steps: TypeAlias = AnyStep | Sequence[AnyStep]


class _Names:
    """What a clock names, read by id: a page's steps and stages learn their ids when its class is made."""

    def __init__(self, attribute: str, *kinds: type) -> None:
        self._attribute, self._kinds = attribute, kinds

    def __get__(self, clock: object, owner: Any) -> tuple[str, ...]:
        return () if clock is None else tuple(one.id for one in vars(clock)[self._attribute])

    def __set__(self, clock: Any, given: Any) -> None:
        vars(clock)[self._attribute] = _named(self._attribute, several(given), *self._kinds)


def _named(where: str, given: tuple[Any, ...], *kinds: type) -> tuple[Any, ...]:
    """What a clock names, after seeing that it is a step or a stage and no text."""
    for one in given:
        if not isinstance(one, kinds):
            raise DeclarationError(f"{where}= of a clock names {one!r}: give a {kinds[0].__name__.lower()} of the page")
    return given


class Sla(Named):
    """A deadline with its own start, stop and pauses, beside the terms of the stages.

    Args:
        norm: the rule that sets the time.
        start: the steps that start the clock.
        stop: the steps that stop it.
        owner: who owes the result; `Each` of several people for a clock per person.
        void: the steps that make it pointless, so that it is cancelled.
        pause_in: stages in which the clock stands still.
        occurred: the payload field that says when the fact happened, where recording it lags; where start and stop
            name it differently, both names.
        due: reads the due instant from the data, where it is agreed case by case and the norm has no term; when the
            data change it, the deadline moves; one that had passed stays breached, and another begins. None means no
            deadline.
        lag: how much later than the fact its record may come. What is recorded later still is kept as backdated, and
            the instant of the record decides; without a lag it always does.

    Steps and stages are read by id, so that a process which inherits the deadline means its own.
    """

    start: _Names = _Names("start", Step, FirstStep)
    stop: _Names = _Names("stop", Step, FirstStep)
    void: _Names = _Names("void", Step, FirstStep)
    pause_in: _Names = _Names("pause_in", Stage)

    def __init__(
        self,
        norm: Norm,
        *,
        start: Steps,
        stop: Steps,
        owner: Who | Each[Any],
        void: Steps = (),
        pause_in: Sequence[Stage] = (),
        occurred: str | Sequence[str] = (),
        due: Callable[[Any], dt.datetime | None] | None = None,
        lag: Term | Parameter[Term] | None = None,
    ) -> None:
        if not isinstance(norm, Norm):
            raise DeclarationError(f"a deadline rests on a norm, not on {norm!r}")
        if owner is STAGE_OWNER:
            raise DeclarationError(f"the deadline of {norm.id!r} runs through several stages: name who owes it")
        meant(f"the deadline of {norm.id!r} is owed by", owner, Role, Parameter, Assigned, Each)
        if due is not None and (norm.term is not None or norm.pausable or pause_in):
            raise DeclarationError(f"the deadline of {norm.id!r} stands in the data: it has no term and no pause")
        if due is not None and isinstance(owner, Each):
            raise DeclarationError(f"the deadline of {norm.id!r} is each person's own: give the norm a term")
        if lag is not None and not occurred:
            raise DeclarationError(
                f"the lag of {norm.id!r} needs occurred=, the field that says when the fact happened"
            )
        self.norm: Norm = norm
        self.start = start
        self.stop = stop
        self.owner: Who | Each[Any] = owner
        self.void = void
        self.pause_in = pause_in
        self.occurred: tuple[str, ...] = (occurred,) if isinstance(occurred, str) else tuple(occurred)
        self.due: Callable[[Any], dt.datetime | None] | None = due
        self.lag: Term | Parameter[Term] | None = lag

    def happened(self, payload: Mapping[str, Any]) -> dt.datetime | None:
        """When the fact happened that starts or stops this clock, if the payload says so."""
        return next((when for name in self.occurred if (when := payload.get(name)) is not None), None)


class Timer(Named):
    """Performs a step at an instant that the data give, or once a deadline has passed.

    Args:
        step: the step, taken by the system without a payload.
        at: reads the instant from the data; no instant, no timer. With `overdue`, the timer rings no earlier than this.
        overdue: norms; the timer rings as soon as the due instant of one of them has passed unmet.
        during: the stages in which the timer runs; empty means every open one.
        again: after which time it rings again where its step is refused, because there is nothing to do yet; nothing is
            recorded for that. Without it a refusal is a fault.
    """

    during: _Names = _Names("during", Stage)

    def __init__(
        self,
        step: Step[Any, ...],
        *,
        at: Callable[[Any], dt.datetime | None] | None = None,
        overdue: Norm | Sequence[Norm] = (),
        during: Stage | Sequence[Stage] = (),
        again: Term | None = None,
    ) -> None:
        self._step: AnyStep = _named("step", (step,), Step, FirstStep)[0]
        self.again: Term | None = again
        self.at: Callable[[Any], dt.datetime | None] | None = at
        self.overdue: frozenset[str] = frozenset(norm.id for norm in several(overdue))
        self.during = during
        if at is None and not self.overdue:
            raise DeclarationError(f"a timer of {step!r} needs at= or overdue= to know when it rings")

    @property
    def step(self) -> str:
        """The id of the step that it takes."""
        return self._step.id

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


class Recurring(Named):
    """A duty that comes back, for every holder of a role: each working day, each Monday, on the 10th and 25th.

    `tick` begins one case for each holder and each day on which the norm's recurring term falls, when that day opens,
    exactly once, also for the days since the last tick.

    Args:
        norm: the rule behind it; its term recurs.
        step: the first step that the system takes to begin the day's case.
        per: the role whose every holder owes it.
        even_away: whether it is opened for somebody who is away, such as their pay; otherwise it goes to their deputy,
            once, or is not opened.
        payload: the first step's payload, from the holder's id, the day, and the instant at which that day opens (UTC).
    """

    def __init__(
        self,
        norm: Norm,
        *,
        step: FirstStep[Any, ...],
        per: Role,
        payload: Callable[[str, dt.date, dt.datetime], dict[str, Any]],
        even_away: bool = False,
    ) -> None:
        if not isinstance(norm, Norm):
            raise DeclarationError(f"a duty rests on a norm, not on {norm!r}")
        meant(f"the duty of {norm.id!r} is owed by each", per, Role)
        self.norm: Norm = norm
        self._step: AnyStep = _named("step", (step,), Step, FirstStep)[0]
        self.per: Role = per
        self.even_away: bool = even_away
        self.payload: Callable[[str, dt.date, dt.datetime], dict[str, Any]] = payload

    @property
    def step(self) -> str:
        """The id of the step that begins the day's case."""
        return self._step.id
