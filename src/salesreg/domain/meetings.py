"""Meetings: what is discussed, what is decided, and who does it by when (R70–R78)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

import attrs

from salesreg.domain.instants import Instant, keep_utc
from salesreg.domain.people import Role
from salesreg.domain.references import CaseId, Ref
from salesreg.errors import DomainError

__all__ = [
    "AgendaItem",
    "Assignment",
    "Basis",
    "BasisKind",
    "Decision",
    "Extension",
    "ItemState",
    "Meeting",
    "MeetingKind",
    "Note",
    "NoteKind",
]


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
        return {MeetingKind.TEAM: BasisKind.TEAM_PLAN, MeetingKind.ONE_TO_ONE: BasisKind.INDIVIDUAL_INDICATORS}.get(
            self
        )


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
class Basis:
    """The plan or the indicators that a meeting works on, by reference."""

    kind: BasisKind
    ref: str

    def __attrs_post_init__(self) -> None:
        if not self.ref.strip():
            raise DomainError("a meeting's basis is a reference, such as the number of the plan")


@attrs.frozen
class Note:
    """Something said about an item."""

    kind: NoteKind
    text: str
    by: str
    at: Instant

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "at")


@attrs.frozen
class Decision:
    """What is to be done, by which instant, and by whom (R74).

    Raises:
        DomainError: nothing is to be done, or nobody is to do it.
    """

    what: str
    due: Instant
    responsible: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "due")
        object.__setattr__(self, "responsible", tuple(dict.fromkeys(self.responsible)))
        if not self.what.strip():
            raise DomainError("a decision says what is to be done")
        if not self.responsible:
            raise DomainError(f"nobody is responsible for {self.what!r}: name at least one person")


@attrs.frozen
class AgendaItem:
    """One question of a meeting.

    Attributes:
        title: the question.
        state: open, discussing, summarised or deferred.
        timebox: how many minutes it may take; None for no limit (R73).
        began_at: when its discussion began, UTC.
        ended_at: when it was summarised or deferred, UTC.
        notes: what was said.
        decisions: what was decided.
        summary: the interim result, in words.
        no_action: why nothing is to be done, where that is the result.
        deferred: why it was put off, if it was.

    Raises:
        DomainError: it is summarised with neither a decision nor an explicit "no action".
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

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "began_at", "ended_at")
        if not self.title.strip():
            raise DomainError("an item of the agenda is a question: put it into words")
        if self.timebox is not None and self.timebox <= 0:
            raise DomainError(f"a timebox of {self.timebox} minutes leaves no time: give at least one minute")
        if self.state is ItemState.SUMMARISED and not self.decisions and not self.no_action.strip():
            raise DomainError(f"{self.title!r} ends with a decision, or with the reason why nothing is to be done")

    @property
    def overrun(self) -> dt.timedelta:
        """How much longer than its timebox it took; zero without one (R73)."""
        if self.timebox is None or self.began_at is None or self.ended_at is None:
            return dt.timedelta(0)
        return max(self.ended_at - self.began_at - dt.timedelta(minutes=self.timebox), dt.timedelta(0))


@attrs.frozen
class Meeting:
    """One meeting, from the invitation to its minutes.

    Attributes:
        kind: of the team, daily, or one to one.
        scheduled_at: when it is to begin, UTC.
        start_by: the last instant at which it begins on time, UTC: the scheduled one and the tolerance (R72).
        minutes: how long it may take.
        chair: the id of who leads it; None while any holder of the chair's role may.
        chair_role: the role that leads it where nobody is named.
        invited: the ids of those invited by name.
        invited_roles: the roles whose holders are invited.
        items: the agenda, in order.
        current: which item is or was discussed last, counted from 0.
        basis: the plan or indicators it works on (R76, R77).
        present: the ids of those who were there.
        started_at: when it began, UTC.
        totals: the team's results, summed up at the end (R76).
        reason: why it was cancelled or did not take place.
    """

    kind: MeetingKind
    scheduled_at: Instant
    start_by: Instant
    minutes: int
    chair_role: Role
    chair: str | None = attrs.field(default=None, kw_only=True)
    invited: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    invited_roles: tuple[Role, ...] = attrs.field(default=(), kw_only=True)
    items: tuple[AgendaItem, ...] = attrs.field(default=(), kw_only=True)
    current: int | None = attrs.field(default=None, kw_only=True)
    basis: Basis | None = attrs.field(default=None, kw_only=True)
    present: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    started_at: Instant | None = attrs.field(default=None, kw_only=True)
    totals: str = attrs.field(default="", kw_only=True)
    reason: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "scheduled_at", "start_by", "started_at")
        if self.minutes <= 0:
            raise DomainError(f"a meeting of {self.minutes} minutes is none: give at least one minute")
        if self.start_by < self.scheduled_at:
            raise DomainError("a meeting cannot be late before it is scheduled to begin")

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

    @property
    def discussed(self) -> AgendaItem | None:
        """The item that is being discussed, if one is."""
        item = None if self.current is None else self.items[self.current]
        return item if item is not None and item.state is ItemState.DISCUSSING else None

    @property
    def unfinished(self) -> tuple[str, ...]:
        """The titles of the items that are neither summarised nor deferred."""
        return tuple(item.title for item in self.items if item.state in {ItemState.OPEN, ItemState.DISCUSSING})

    def item_with(self, number: int, **changes: object) -> Meeting:
        """The meeting with some facts about one item recorded; items are counted from 0."""
        changed = attrs.evolve(self.items[number], **changes)  # type: ignore[arg-type]
        return attrs.evolve(self, items=(*self.items[:number], changed, *self.items[number + 1 :]))

    def discussed_with(self, **changes: object) -> Meeting:
        """The meeting with some facts about the item that is being discussed recorded.

        Raises:
            DomainError: no item is being discussed.
        """
        if self.current is None or self.discussed is None:
            raise DomainError("no item is being discussed: open one first")
        return self.item_with(self.current, **changes)


@attrs.frozen
class Extension:
    """A later due instant for an assignment, and why."""

    earlier: Instant
    later: Instant
    reason: str
    at: Instant

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "earlier", "later", "at")
        if self.later <= self.earlier:
            raise DomainError(f"an extension moves {self.earlier.isoformat()} to a later instant, not {self.later}")


@attrs.frozen
class Assignment:
    """What one person has to do by an instant, from a meeting's decision or from a head (R74).

    Attributes:
        what: what is to be done.
        due: by when, UTC.
        responsible: the id of the one person who owes it.
        chair: the id of who gave it and is told of its end.
        meeting: the id of the meeting's case, if it comes from one.
        others: the ids of those who have the same to do, each in an assignment of their own.
        former: the id of who owed it before, if it was passed on.
        extensions: every time it got longer, in order.
        result: what came of it, as reported (R46).
        returns: why it was given back, each time.
        reason: why it was cancelled, if it was.
    """

    what: str
    due: Instant
    responsible: str
    chair: str
    meeting: Annotated[CaseId, Ref(Meeting, process="meeting")] | None = None
    others: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    former: str | None = attrs.field(default=None, kw_only=True)
    extensions: tuple[Extension, ...] = attrs.field(default=(), kw_only=True)
    result: str | None = attrs.field(default=None, kw_only=True)
    returns: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    reason: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "due")
        if not self.what.strip():
            raise DomainError("an assignment says what is to be done")
