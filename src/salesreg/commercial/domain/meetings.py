"""Meetings: what is discussed, what is decided, and who does it by when (R70–R78)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, TypeAlias

import attrs

from salesreg.commercial.domain.audits import AuditId
from salesreg.commercial.domain.records import Record, once, said
from salesreg.commercial.domain.sales_plans import PlanKind, SalesPlan
from salesreg.errors import DomainError
from salesreg.process.references import CaseId, Ref
from salesreg.rules.instants import Instant
from salesreg.rules.texts import says_nothing


class BasisKind(StrEnum):
    """What a meeting works on (R76, R77)."""

    TEAM_PLAN = "team_plan"
    INDIVIDUAL_INDICATORS = "individual_indicators"


class MeetingKind(StrEnum):
    """A meeting of the team, the daily one, or one to one (R70, R75, R77)."""

    TEAM = "team"
    DAILY = "daily"
    ONE_TO_ONE = "one_to_one"

    @property
    def works_on(self) -> BasisKind | None:
        """What it works on; the daily one needs nothing but its questions."""
        works = {MeetingKind.TEAM: BasisKind.TEAM_PLAN, MeetingKind.ONE_TO_ONE: BasisKind.INDIVIDUAL_INDICATORS}
        return works.get(self)


class NoteKind(StrEnum):
    """What somebody says in a meeting: in a daily one only clarifications (R71, R75)."""

    DISCUSSION = "discussion"
    CLARIFICATION = "clarification"
    FEEDBACK = "feedback"


class ItemState(StrEnum):
    """Where an item of the agenda stands."""

    OPEN = "open"
    DISCUSSING = "discussing"
    SUMMARISED = "summarised"
    DEFERRED = "deferred"


@attrs.frozen
class Basis(Record):
    """The plan or the indicators that a meeting works on, by reference."""

    kind: BasisKind
    ref: str

    def _check(self) -> None:
        said(self.ref, "basis_without_ref", "a meeting's basis is a reference, such as the number of the plan")


@attrs.frozen
class Note(Record):
    """Something said about an item."""

    kind: NoteKind
    text: str
    by: str
    at: Instant


@attrs.frozen
class Decision(Record):
    """What is to be done, by which instant, and by whom (R74)."""

    what: str
    due: Instant
    responsible: tuple[str, ...]

    def _check(self) -> None:
        self._set("responsible", tuple(dict.fromkeys(self.responsible)))
        said(self.what, "decision_without_task", "a decision says what is to be done")
        if not self.responsible:
            raise DomainError(
                "decision_without_people",
                "nobody answers for '{what}': name at least one person",
                what=self.what,
            )


@attrs.frozen
class AgendaItem(Record):
    """One question of a meeting.

    Attributes:
        timebox: how many minutes it may take; None for no limit (R73).
        ended_at: when it was summarised or deferred, UTC.
        no_action: why nothing is to be done, where that is the result.
        deferred: why it was put off, if it was.
    """

    title: str
    state: ItemState = ItemState.OPEN
    timebox: int | None = attrs.field(default=None, kw_only=True)
    began_at: Instant | None = attrs.field(default=None, kw_only=True)
    ended_at: Instant | None = attrs.field(default=None, kw_only=True)
    notes: tuple[Note, ...] = attrs.field(default=(), kw_only=True)
    decisions: tuple[Decision, ...] = attrs.field(default=(), kw_only=True)
    summary: str = attrs.field(default="", kw_only=True)
    no_action: str = attrs.field(default="", kw_only=True)
    deferred: str = attrs.field(default="", kw_only=True)

    def _check(self) -> None:
        said(self.title, "agenda_item_untitled", "an item of the agenda is a question: put it into words")
        if self.timebox is not None and self.timebox <= 0:
            raise DomainError(
                "agenda_item_no_time", "a timebox of {got} minutes is none: give at least one", got=self.timebox
            )
        if self.state is ItemState.SUMMARISED and not self.decisions and says_nothing(self.no_action):
            raise DomainError(
                "agenda_item_undecided", "'{item}' ends with a decision, or with a reason for none", item=self.title
            )

    @property
    def overrun(self) -> dt.timedelta:
        """How much longer than its timebox it took; zero without one (R73)."""
        if self.timebox is None or self.began_at is None or self.ended_at is None:
            return dt.timedelta(0)
        return max(self.ended_at - self.began_at - dt.timedelta(minutes=self.timebox), dt.timedelta(0))


@attrs.frozen
class Meeting(Record):
    """One meeting, from the invitation to its minutes.

    Attributes:
        start_by: the last instant at which it begins on time, UTC: the scheduled one and the tolerance (R72).
        minutes: how long it may take.
        chair: the id of who leads it; None while any holder of the chair's role may.
        chair_role: the id of the role that leads it where nobody is named.
        invited_roles: the ids of the roles whose holders are invited.
        current: which item is or was discussed last, counted from 0.
        basis: the plan or indicators it works on (R76, R77).
        totals: the team's results, summed up at the end (R76).
    """

    kind: MeetingKind
    scheduled_at: Instant
    start_by: Instant
    minutes: int
    chair_role: str
    chair: str | None = attrs.field(default=None, kw_only=True)
    invited: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    invited_roles: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    items: tuple[AgendaItem, ...] = attrs.field(default=(), kw_only=True)
    current: int | None = attrs.field(default=None, kw_only=True)
    basis: Basis | None = attrs.field(default=None, kw_only=True)
    present: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    started_at: Instant | None = attrs.field(default=None, kw_only=True)
    totals: str = attrs.field(default="", kw_only=True)
    reason: str | None = attrs.field(default=None, kw_only=True)

    def _check(self) -> None:
        if self.minutes <= 0:
            raise DomainError(
                "meeting_no_time", "a meeting of {got} minutes is none: give at least one", got=self.minutes
            )
        if self.start_by < self.scheduled_at:
            raise DomainError("meeting_late_early", "a meeting cannot be late before it is scheduled to begin")
        titles = (" ".join(item.title.casefold().split()) for item in self.items)
        once(titles, "meeting_item_twice", "the agenda has “{got}” twice: keep one item for it")

    @property
    def ends_by(self) -> Instant | None:
        """When its time is up, UTC; None before it begins."""
        return None if self.started_at is None else self.started_at + dt.timedelta(minutes=self.minutes)

    @property
    def lateness(self) -> dt.timedelta:
        """How long after the scheduled instant it began; zero if on time or not begun (R72)."""
        late = dt.timedelta(0) if self.started_at is None else self.started_at - self.scheduled_at
        return max(late, dt.timedelta(0))

    @property
    def was_late(self) -> bool:
        """Whether it began later than the tolerance allows."""
        return self.started_at is not None and self.started_at > self.start_by

    def works_on(self, plan: SalesPlan) -> bool:
        """Whether a plan is what it works on: a team's, or that of the one person who is invited (R76, R77)."""
        if self.kind is MeetingKind.TEAM:
            return plan.kind is PlanKind.TEAM
        return plan.kind is PlanKind.INDIVIDUAL and plan.owner in self.invited

    @property
    def discussed(self) -> AgendaItem | None:
        """The item that is being discussed, if one is."""
        item = None if self.current is None else self.items[self.current]
        return item if item is not None and item.state is ItemState.DISCUSSING else None

    @property
    def unfinished(self) -> tuple[str, ...]:
        """The titles of the items that are neither summarised nor deferred."""
        return tuple(item.title for item in self.items if item.state in {ItemState.OPEN, ItemState.DISCUSSING})

    @property
    def summarised(self) -> tuple[str, ...]:
        """The titles of the items that are summed up."""
        return tuple(item.title for item in self.items if item.state is ItemState.SUMMARISED)

    @property
    def topic(self) -> AgendaItem:
        """The item that is being discussed; a `DomainError` if none is."""
        if self.discussed is None:
            raise DomainError("meeting_no_topic", "no item is being discussed: open one first")
        return self.discussed

    def with_item(self, number: int, item: AgendaItem) -> Meeting:
        """The meeting with one item as it stands now; items are counted from 0."""
        return attrs.evolve(self, items=(*self.items[:number], item, *self.items[number + 1 :]))

    def with_topic(self, item: AgendaItem) -> Meeting:
        """The meeting with the item under discussion, or the last one that was, as it stands now."""
        assert self.current is not None  # noqa: S101 - an item has been opened
        return self.with_item(self.current, item)

    def discussing(self, number: int, at: dt.datetime) -> Meeting:
        """The meeting once one of its items is taken up, perhaps again; items are counted from 0."""
        opened = attrs.evolve(self.items[number], state=ItemState.DISCUSSING, began_at=at, deferred="")
        return attrs.evolve(self.with_item(number, opened), current=number)

    def deferring(self, reason: str, at: dt.datetime) -> Meeting:
        """The meeting with the item under discussion, or the next open one, put off; a `DomainError` if none is."""
        order = [ItemState.DISCUSSING, ItemState.OPEN]
        waiting = [n for state in order for n, item in enumerate(self.items) if item.state is state]
        if not waiting:
            raise DomainError("meeting_nothing_open", "every item is summarised or put off already")
        put_off = attrs.evolve(self.items[waiting[0]], state=ItemState.DEFERRED, ended_at=at, deferred=reason)
        return self.with_item(waiting[0], put_off)


MeetingId: TypeAlias = Annotated[CaseId, Ref(Meeting, process="meeting")]
"""The id of a meeting's case."""


@attrs.frozen
class Extension(Record):
    """A later due instant for an assignment, and why."""

    earlier: Instant
    later: Instant
    reason: str
    at: Instant

    def _check(self) -> None:
        if self.later <= self.earlier:
            raise DomainError(
                "extension_not_later",
                "an extension ends later than the time it replaces",
                need=self.earlier.isoformat(),
                got=self.later.isoformat(),
            )


@attrs.frozen
class Assignment(Record):
    """What one person has to do by an instant, from a meeting's decision, an audit's finding or a head (R74, R104).

    Attributes:
        chair: the id of who gave it and is told of its end.
        finding: the number of the audit's finding that it is to mend.
        others: the ids of those who have the same to do, each in an assignment of their own.
        former: the id of who owed it before, if it was passed on.
        done_by: the ids of who last reported it done, and in whose name.
        returns: why it was given back, each time.
    """

    what: str
    due: Instant
    responsible: str
    chair: str
    meeting: MeetingId | None = None
    audit: AuditId | None = attrs.field(default=None, kw_only=True)
    finding: int | None = attrs.field(default=None, kw_only=True)
    others: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    former: str | None = attrs.field(default=None, kw_only=True)
    extensions: tuple[Extension, ...] = attrs.field(default=(), kw_only=True)
    result: str | None = attrs.field(default=None, kw_only=True)
    done_by: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    returns: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    reason: str | None = attrs.field(default=None, kw_only=True)

    def _check(self) -> None:
        said(self.what, "assignment_without_task", "an assignment says what is to be done")

    def extended(self, due: dt.datetime, reason: str, at: dt.datetime) -> Assignment:
        """The assignment with a later due instant; a `DomainError` if it is no later."""
        longer = Extension(self.due, due, reason, at)
        return attrs.evolve(self, due=due, extensions=(*self.extensions, longer))
