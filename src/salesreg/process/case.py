"""What a process leaves behind: cases, obligations, events and notices, and the attempt that a guard judges."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec

from salesreg.calendars import Term
from salesreg.errors import CaseMismatch
from salesreg.process.references import CaseId
from salesreg.rules.people import Employee
from salesreg.rules.regulation import Regulation

D_co = TypeVar("D_co", covariant=True)


class ObligationStatus(StrEnum):
    """Where an obligation stands; that it is breached follows from its due instant and the clock."""

    OPEN = "open"
    PAUSED = "paused"
    MET = "met"
    MET_LATE = "met_late"
    BREACHED = "breached"
    CANCELLED = "cancelled"


class Obligation(msgspec.Struct, frozen=True):
    """Somebody owes an action by an instant (R91).

    Attributes:
        id: ``case:norm:version``, where the version is that of the event which opened it.
        case: the case it belongs to.
        norm: the id of the norm behind it.
        clause: the norm's clause.
        role: the id of the role that owes it.
        person: the employee who owes it, if one is assigned.
        term: how long the norm allows.
        started_at: when the clock started, UTC.
        due: the last instant at which it is met in time, UTC; None while the clock stands still for as long as it may.
        provisional: whether the due instant rests on a year whose calendar has not been decreed.
        pauses: when the clock stood still, half-open, the last one open-ended while it does.
        status: open, paused, met, met_late, cancelled, or breached if it was past its due instant when it was
            cancelled, passed on or put off; for one that is not closed, `status_at` says whether it is breached.
        closed_at: when it was met or cancelled, UTC.
        backdated: when it is said to have been met, where that was recorded later than is tolerated; the record's own
            instant has decided.
        moved: how often its due instant was put off before it came.
        corrects: the id of the entry whose verdict this one corrects; that entry stays as it was.
    """

    id: str
    case: CaseId
    norm: str
    clause: str
    role: str | None
    person: str | None
    term: str
    started_at: dt.datetime
    due: dt.datetime | None
    provisional: bool = False
    pauses: tuple[tuple[dt.datetime, dt.datetime | None], ...] = ()
    status: ObligationStatus = ObligationStatus.OPEN
    closed_at: dt.datetime | None = None
    backdated: dt.datetime | None = None
    moved: int = 0
    corrects: str | None = None

    def __repr__(self) -> str:
        due = "no due instant" if self.due is None else f"due {self.due.isoformat()}"
        return f"<Obligation {self.id}: {self.person or self.role}, {due}, {self.status}>"

    def status_at(self, instant: dt.datetime) -> ObligationStatus:
        """The status at an instant: an open obligation past its due instant is breached, also in too long a pause."""
        if self.closed_at is None and self.due is not None and instant > self.due:
            return ObligationStatus.BREACHED
        return self.status


class Notice(msgspec.Struct, frozen=True):
    """Something that somebody is to be told because of an event.

    Attributes:
        id: ``case:version:recipient``; sending it twice under one id tells once.
        case: the case it is about.
        to: the id of a role or of an employee, or an address, as `kind` says.
        kind: ``"role"``, ``"person"`` or ``"address"``.
        step: the id of the step that happened.
        at: when it happened, UTC.
    """

    id: str
    case: CaseId
    to: str
    kind: str
    step: str
    at: dt.datetime


class Case(msgspec.Struct, Generic[D_co], frozen=True):
    """One run of a process: an envelope around its data.

    Attributes:
        id: unique in the store.
        process: the id of the process.
        process_version: the version of the process that the case runs under.
        stage: the id of the stage it stands in.
        version: how many events it has; every event makes it one more.
        data: the entity that the process works on.
        regulation: content hash of the regulation that the case runs under.
        last_at: instant of the last event, UTC.
        obligations: what is open or paused.
        rulebook: the id of the rulebook whose page it runs under.
        begun_at: the instant of its first event, UTC; no fact that it records may be older, unless the page says so.
    """

    id: CaseId
    process: str
    process_version: int
    stage: str
    version: int
    data: D_co
    regulation: str
    last_at: dt.datetime
    obligations: tuple[Obligation, ...] = ()
    rulebook: str = ""
    begun_at: dt.datetime | None = None

    def __repr__(self) -> str:
        return f"<Case {self.id}: {self.process} in {self.stage}, version {self.version}>"


class Event(msgspec.Struct, frozen=True):
    """What happened, with its inputs and its outcome; the only proof of a result (R46).

    Attributes:
        id: ``case:version``.
        case: the case.
        version: the case's version after this event.
        process: the id of the process.
        process_version: its version after this event.
        step: the id of the step; ``child_started`` and ``child_ended`` mark that a related case began or ended, and
            ``migrated`` that the case moved to another page or regulation, ``record_corrected`` that a late verdict
            was corrected.
        source: the stage before; None for a first step.
        target: the stage after.
        at: when it happened, UTC.
        by: the id of the employee who acted.
        role: the id of the role acted in.
        regulation: content hash of the regulation.
        on_behalf_of: the id of the absent employee acted for, if any.
        clauses: the clauses behind the step.
        payload: the step's inputs.
        changes: the data attributes that changed, with their new values.
        opened: obligations opened, paused or resumed, as they stand now.
        closed: obligations met or cancelled.
        command_key: the caller's key for this command, if any.
        cause: id of the event that led to this one, if any.
        rulebook: the id of the rulebook whose page the case runs under.
        previous: the hash of the event before it, by which events form a chain; empty until it is written.
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
    role: str
    regulation: str
    on_behalf_of: str | None = None
    clauses: tuple[str, ...] = ()
    payload: Mapping[str, Any] = {}
    changes: Mapping[str, Any] = {}
    opened: tuple[Obligation, ...] = ()
    closed: tuple[Obligation, ...] = ()
    command_key: str | None = None
    cause: str | None = None
    rulebook: str = ""
    previous: str = ""

    def __repr__(self) -> str:
        where = self.target if self.source in {None, self.target} else f"{self.source} to {self.target}"
        return f"<Event {self.id}: {self.step} by {self.by}, {where}, {self.at.isoformat()}>"


class Related:
    """The cases that a step may look at beside its own, by id or by the attribute that refers to them.

    ``related[order.deal]`` is the case of that id; ``related.children("work_order")`` are the cases of that process.
    """

    __slots__ = ("_cases",)

    def __init__(self, cases: Iterable[Case[Any]]) -> None:
        self._cases = {case.id: case for case in cases}

    def __getitem__(self, case_id: CaseId) -> Case[Any]:
        """The related case of that id.

        Raises:
            CaseMismatch: the case was not handed over.
        """
        try:
            return self._cases[case_id]
        except KeyError:
            raise CaseMismatch(
                f"the related case {case_id!r} is needed here: hand it over in related=; the engine does so by itself "
                "for what is marked with Ref, in the payload as in the data"
            ) from None

    def __contains__(self, case_id: object) -> bool:
        return case_id in self._cases

    def __iter__(self) -> Iterator[Case[Any]]:
        return iter(self._cases.values())

    def __len__(self) -> int:
        return len(self._cases)

    def children(self, process: str) -> tuple[Case[Any], ...]:
        """The related cases of one process, in the order of their ids."""
        return tuple(sorted((c for c in self._cases.values() if c.process == process), key=lambda case: case.id))


class Attempt(msgspec.Struct, frozen=True):
    """Somebody tries a step: what a guard may look at beside the data.

    Attributes:
        case: the id of the case, also of one about to begin.
        step: the id of the step.
        by: who acts.
        role: the id of the role they act in; None while it is not settled.
        on_behalf_of: the absent employee they act for, if any.
        at: when, aware UTC.
        regulation: the regulation the case runs under.
        related: other cases the step may look at.
        obligations: what is open or paused in the case.
        stage: the id of the stage the case stands in; None for a first step.
        people: the employees that the payload names, by id; everybody who works here, where the step says ``staff``.
        above: the ids of those in charge of the case whose superior takes the step.
    """

    case: CaseId
    step: str
    by: Employee
    role: str | None
    on_behalf_of: Employee | None
    at: dt.datetime
    regulation: Regulation
    related: Related
    obligations: tuple[Obligation, ...] = ()
    stage: str | None = None
    people: Mapping[str, Employee] = {}
    above: frozenset[str] = frozenset()

    @property
    def principal(self) -> Employee:
        """Whose act it counts as: the absent employee acted for, or whoever acts."""
        return self.on_behalf_of or self.by

    @property
    def today(self) -> dt.date:
        """The day of the attempt in the company's time zone."""
        return self.day_of(self.at)

    def day_of(self, instant: dt.datetime) -> dt.date:
        """The day of an instant in the company's time zone."""
        return instant.astimezone(zoneinfo.ZoneInfo(self.regulation.calendar.timezone)).date()

    def due(self, term: Term) -> dt.datetime:
        """When a term that starts now ends, UTC, in the company's business time."""
        return self.regulation.calendar.due_at(term, self.at)

    def person(self, employee_id: str) -> Employee:
        """The employee of an id that a payload field marked `Person` or `Held` names.

        Raises:
            CaseMismatch: the employee was not handed over.
        """
        try:
            return self.people[employee_id]
        except KeyError:
            raise CaseMismatch(
                f"the employee {employee_id!r} is needed here: hand them over in people=; the engine does so by itself "
                "for what is marked with Person or Held"
            ) from None
