"""What a process leaves behind: cases, obligations, events and notices, and the attempt that a guard judges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Generic, TypeVar

import attrs

from salesreg.calendars import Term
from salesreg.domain.people import Employee, Role
from salesreg.domain.references import CaseId, Ref, ref_of, referred
from salesreg.errors import CaseMismatch
from salesreg.regulation import Regulation

__all__ = [
    "Attempt",
    "Case",
    "CaseId",
    "Event",
    "Notice",
    "Obligation",
    "ObligationStatus",
    "Ref",
    "Related",
    "ref_of",
    "referred",
]

D = TypeVar("D")


class ObligationStatus(StrEnum):
    """Where an obligation stands; that it is breached follows from its due instant and the clock."""

    OPEN = "open"
    PAUSED = "paused"
    MET = "met"
    MET_LATE = "met_late"
    BREACHED = "breached"
    CANCELLED = "cancelled"


@attrs.frozen
class Obligation:
    """Somebody owes an action by an instant (R91).

    Attributes:
        id: ``case:norm:version``, where the version is that of the event which opened it.
        case: the case it belongs to.
        norm: the id of the norm behind it.
        clause: the norm's clause.
        role: who owes it.
        person: the employee who owes it, if one is assigned.
        term: how long the norm allows.
        started_at: when the clock started, UTC.
        due: the last instant at which it is met in time, UTC; None while the clock stands still.
        provisional: whether the due instant rests on a year whose calendar has not been decreed.
        pauses: when the clock stood still, half-open, the last one open-ended while it does.
        status: open, paused, met, met_late, cancelled, or breached if it was past its due instant when it was
            cancelled; for one that is open, `status_at` says whether it is breached.
        closed_at: when it was met or cancelled, UTC.
    """

    id: str
    case: CaseId
    norm: str
    clause: str
    role: Role | None
    person: str | None
    term: str
    started_at: dt.datetime
    due: dt.datetime | None
    provisional: bool = False
    pauses: tuple[tuple[dt.datetime, dt.datetime | None], ...] = ()
    status: ObligationStatus = ObligationStatus.OPEN
    closed_at: dt.datetime | None = None

    def status_at(self, instant: dt.datetime) -> ObligationStatus:
        """The status at an instant: an open obligation past its due instant is breached."""
        if self.status is ObligationStatus.OPEN and self.due is not None and instant > self.due:
            return ObligationStatus.BREACHED
        return self.status


@attrs.frozen
class Notice:
    """Something that a person is to be told because of an event.

    Attributes:
        id: ``case:version:recipient``; sending it twice under one id tells once.
        case: the case it is about.
        to: a role, the id of an employee prefixed with ``employee:``, or an address prefixed with ``address:``.
        subject: what happened: the id of a step or of a norm.
        kind: ``"step"``, or the rung of the escalation ladder.
        at: when it happened, UTC.
    """

    id: str
    case: CaseId
    to: str
    subject: str
    kind: str
    at: dt.datetime


@attrs.frozen
class Case(Generic[D]):
    """One run of a process: an envelope around its data.

    Attributes:
        id: unique in the store.
        process: the id of the process.
        process_version: the version of the process that the case began with.
        stage: the id of the stage it stands in.
        version: how many events it has; every event makes it one more.
        data: the entity that the process works on.
        regulation: content hash of the regulation that the case runs under.
        last_at: instant of the last event, UTC.
        obligations: what is open or paused.
    """

    id: CaseId
    process: str
    process_version: int
    stage: str
    version: int
    data: D
    regulation: str
    last_at: dt.datetime
    obligations: tuple[Obligation, ...] = ()


@attrs.frozen
class Event:
    """What happened, with its inputs and its outcome; the only proof of a result (R46).

    Attributes:
        id: ``case:version``.
        case: the case.
        version: the case's version after this event.
        process: the id of the process.
        process_version: its version.
        step: the id of the step; ``child_started`` and ``child_ended`` mark that a related case began or ended.
        source: the stage before; None for a first step.
        target: the stage after.
        at: when it happened, UTC.
        by: the id of the employee who acted.
        role: the role acted in.
        on_behalf_of: the id of the absent employee acted for, if any.
        regulation: content hash of the regulation.
        clauses: the clauses behind the step.
        payload: the step's inputs; an employee stands as an id.
        changes: the data attributes that changed, with their new values.
        opened: obligations opened, paused or resumed, as they stand now.
        closed: obligations met or cancelled.
        command_key: the caller's key for this command, if any.
        cause: id of the event that led to this one, if any.
    """

    id: str
    case: CaseId
    version: int
    process: str
    process_version: int
    step: str
    source: str | None
    target: str
    at: dt.datetime
    by: str
    role: Role
    regulation: str
    on_behalf_of: str | None = None
    clauses: tuple[str, ...] = ()
    payload: Mapping[str, Any] = attrs.field(factory=dict)
    changes: Mapping[str, Any] = attrs.field(factory=dict)
    opened: tuple[Obligation, ...] = ()
    closed: tuple[Obligation, ...] = ()
    command_key: str | None = None
    cause: str | None = None


class Related:
    """The cases that a step may look at beside its own, by id or by the attribute that refers to them.

    ``related[WorkOrder.deal]`` is the case that the order's ``deal`` names; ``related.children("work_order")`` are the
    cases of that process that refer to this one.
    """

    __slots__ = ("_cases", "_data", "_payload")

    def __init__(
        self, cases: Iterable[Case[Any]], data: object = None, payload: Mapping[str, Any] | None = None
    ) -> None:
        self._cases = {case.id: case for case in cases}
        self._data = data
        self._payload = payload or {}

    def __getitem__(self, ref: str) -> Case[Any]:
        """The related case of that id, or the one that an attribute such as ``WorkOrder.deal`` names.

        Raises:
            CaseMismatch: the case was not handed over.
        """
        name = getattr(ref, "__name__", None)
        if name is not None:
            ref = self._payload.get(name) or getattr(self._data, name, None) or name
        try:
            return self._cases[ref]
        except KeyError:
            raise CaseMismatch(
                f"the related case {ref!r} is needed here: hand it over in related=; the engine does so by itself for "
                "what is marked with Ref, in the payload as in the data"
            ) from None

    def __contains__(self, case_id: object) -> bool:
        return case_id in self._cases

    def __iter__(self) -> Iterator[Case[Any]]:
        return iter(self._cases.values())

    def children(self, process: str) -> tuple[Case[Any], ...]:
        """The related cases of one process, in the order of their ids."""
        return tuple(sorted((c for c in self._cases.values() if c.process == process), key=lambda case: case.id))


@attrs.frozen
class Attempt:
    """Somebody tries a step: what a guard may look at beside the data.

    Attributes:
        case: the id of the case, also of one about to begin.
        step: the id of the step.
        by: who acts.
        role: the role they act in; None while it is not settled.
        on_behalf_of: the absent employee they act for, if any.
        at: when, aware UTC.
        regulation: the regulation the case runs under.
        related: other cases the step may look at.
        obligations: what is open or paused in the case.
        stage: the id of the stage the case stands in; None for a first step.
    """

    case: CaseId
    step: str
    by: Employee
    role: Role | None
    on_behalf_of: Employee | None
    at: dt.datetime
    regulation: Regulation
    related: Related
    obligations: tuple[Obligation, ...] = ()
    stage: str | None = None

    def due(self, term: Term) -> dt.datetime:
        """When a term that starts now ends, UTC, in the company's business time."""
        return self.regulation.calendar.due_at(term, self.at)
