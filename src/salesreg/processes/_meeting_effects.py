"""What the steps of a meeting demand of their payload, and what they do to it."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from typing import Final

import attrs

from salesreg.calendars import Term
from salesreg.domain.instants import Instant
from salesreg.domain.meetings import AgendaItem, Basis, Decision, ItemState, Meeting, MeetingKind, Note, NoteKind
from salesreg.domain.people import Employee, Role
from salesreg.errors import Refusal
from salesreg.processes._case import Attempt
from salesreg.processes._guards import built, employed, filled, future, reason_given, took_place
from salesreg.regulation import Parameter

__all__ = [
    "DAILY_AT",
    "DAILY_MINUTES",
    "ONE_TO_ONE_AT",
    "ONE_TO_ONE_MINUTES",
    "TEAM_AT",
    "TEAM_MINUTES",
    "TOLERANCE",
    "MeetingEffects",
]

TOLERANCE: Final = Parameter(
    "meeting.tolerance",
    Term,
    clause="R72",
    doc="How late a meeting may begin and still count as on time.",
    ru="Насколько позже можно начать совещание, чтобы оно считалось начатым вовремя.",
    default=Term.parse("0 minutes"),
)
ONE_TO_ONE_MINUTES: Final = Parameter(
    "meeting.one_to_one_minutes",
    int,
    clause="R77",
    doc="How many minutes a one-to-one takes.",
    ru="Сколько минут длится индивидуальное совещание.",
    default=30,
)


def _minutes(kind: str, title: str, ru: str) -> Parameter[int]:
    return Parameter(
        f"meeting.{kind}_minutes",
        int,
        clause="R73",
        doc=f"How many minutes {title} takes.",
        ru=f"Сколько минут длится {ru} совещание.",
    )


def _at(kind: str, title: str, ru: str) -> Parameter[dt.time]:
    return Parameter(
        f"meeting.{kind}_at",
        dt.time,
        clause="R78",
        doc=f"At which time of day {title} of the management calendar begins.",
        ru=f"Во сколько по календарю начинается {ru} совещание.",
    )


TEAM_MINUTES: Final = _minutes("team", "a team meeting", "общее")
DAILY_MINUTES: Final = _minutes("daily", "a daily meeting", "ежедневное")
TEAM_AT: Final = _at("team", "a team meeting", "общее")
DAILY_AT: Final = _at("daily", "a daily meeting", "ежедневное")
ONE_TO_ONE_AT: Final = _at("one_to_one", "a one-to-one", "индивидуальное")

LENGTHS: Final = {
    MeetingKind.TEAM: TEAM_MINUTES,
    MeetingKind.DAILY: DAILY_MINUTES,
    MeetingKind.ONE_TO_ONE: ONE_TO_ONE_MINUTES,
}
TIMES: Final = {MeetingKind.TEAM: TEAM_AT, MeetingKind.DAILY: DAILY_AT, MeetingKind.ONE_TO_ONE: ONE_TO_ONE_AT}


def _start_by(attempt: Attempt, scheduled_at: dt.datetime) -> dt.datetime:
    tolerance = attempt.regulation.value(TOLERANCE)
    return attempt.regulation.calendar.due_at(tolerance, scheduled_at) if tolerance.amount else scheduled_at


def _ids(people: tuple[Employee, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(person.id for person in people))


class MeetingEffects:
    """The handlers of `Meeting`, in the order of its steps."""

    def check_schedule_meeting(
        self,
        attempt: Attempt,
        *,
        kind: MeetingKind,
        scheduled_at: Instant,
        invited: tuple[Employee, ...] = (),
        chair: Employee | None = None,
        agenda: tuple[str, ...] = (),
        minutes: int | None = None,
    ) -> Iterator[Refusal]:
        yield from future(scheduled_at, attempt, "a meeting", ru="совещание", clause="R72")
        for person in (*invited, *(() if chair is None else (chair,))):
            yield from employed(person, attempt, clause="R70")
        for title in agenda:
            yield from filled(title, "no_question", "the question", ru="вопрос повестки", clause="R73")
        if minutes is not None and minutes <= 0:
            yield Refusal(
                "no_time",
                "a meeting takes at least one minute",
                ru="совещание длится хотя бы минуту",
                clause="R73",
                need="a positive number of minutes",
                got=minutes,
            )
        leader = (attempt.on_behalf_of or attempt.by).id if chair is None else chair.id
        others = tuple(person for person in _ids(invited) if person != leader)
        if kind is MeetingKind.ONE_TO_ONE and len(others) != 1:
            yield Refusal(
                "not_one_to_one",
                "a one-to-one has exactly one participant beside its chair",
                ru="индивидуальное совещание — ведущий и ровно один участник",
                clause="R77",
                need="one participant",
                got=others,
            )

    def on_schedule_meeting(
        self,
        attempt: Attempt,
        *,
        kind: MeetingKind,
        scheduled_at: Instant,
        invited: tuple[Employee, ...] = (),
        chair: Employee | None = None,
        agenda: tuple[str, ...] = (),
        minutes: int | None = None,
    ) -> Meeting:
        return Meeting(
            kind,
            scheduled_at,
            _start_by(attempt, scheduled_at),
            attempt.regulation.value(LENGTHS[kind]) if minutes is None else minutes,
            attempt.role or Role.HEAD_OF_SALES,
            chair=(attempt.on_behalf_of or attempt.by).id if chair is None else chair.id,
            invited=_ids(invited),
            items=tuple(AgendaItem(title) for title in agenda),
        )

    def on_convene_meeting(
        self, attempt: Attempt, *, kind: MeetingKind, day: dt.date, opens: Instant, person: str
    ) -> Meeting:
        regulation = attempt.regulation
        zone = zoneinfo.ZoneInfo(regulation.calendar.timezone)
        begins = dt.datetime.combine(day, regulation.value(TIMES[kind]), zone).astimezone(dt.UTC)
        alone = kind is MeetingKind.ONE_TO_ONE
        return Meeting(
            kind,
            begins,
            _start_by(attempt, begins),
            regulation.value(LENGTHS[kind]),
            Role.HEAD_OF_SALES,
            chair=None if alone else person,
            invited=(person,) if alone else (),
            invited_roles=() if alone else (Role.SALES_MANAGER,),
        )

    def check_reschedule_meeting(
        self, meeting: Meeting, attempt: Attempt, *, scheduled_at: Instant, reason: str
    ) -> Iterator[Refusal]:
        yield from reason_given(reason, "R72")
        yield from future(scheduled_at, attempt, "a meeting", ru="совещание", clause="R72")

    def on_reschedule_meeting(
        self, meeting: Meeting, attempt: Attempt, *, scheduled_at: Instant, reason: str
    ) -> Meeting:
        return attrs.evolve(meeting, scheduled_at=scheduled_at, start_by=_start_by(attempt, scheduled_at))

    def check_start_meeting(
        self,
        meeting: Meeting,
        attempt: Attempt,
        *,
        present: tuple[Employee, ...] = (),
        basis: Basis | None = None,
        started_at: Instant | None = None,
    ) -> Iterator[Refusal]:
        called = min((one.started_at for one in attempt.obligations), default=None)
        if started_at is not None and started_at <= attempt.at:
            yield from took_place(
                started_at, attempt, "the beginning", ru="начало совещания", clause="R72", not_before=called
            )
        wanted = meeting.kind.works_on
        if (None if basis is None else basis.kind) is not wanted:
            clause = "R77" if meeting.kind is MeetingKind.ONE_TO_ONE else "R76"
            yield Refusal(
                "other_basis",
                "a team meeting works on the team's plan, a one-to-one on the manager's own indicators",
                ru="общее совещание работает с планом команды, индивидуальное — с показателями менеджера",
                clause=clause,
                need=str(wanted or "nothing"),
                got="nothing" if basis is None else str(basis.kind),
            )

    def on_start_meeting(
        self,
        meeting: Meeting,
        attempt: Attempt,
        *,
        present: tuple[Employee, ...] = (),
        basis: Basis | None = None,
        started_at: Instant | None = None,
    ) -> Meeting:
        leader = (attempt.on_behalf_of or attempt.by).id
        return attrs.evolve(
            meeting,
            chair=meeting.chair or leader,
            present=_ids((attempt.by, *present)),
            basis=basis,
            started_at=started_at or attempt.at,
        )

    # -- the agenda -----------------------------------------------------------------------------------------------

    def check_add_agenda_item(self, meeting: Meeting, *, title: str, timebox: int | None = None) -> Iterator[Refusal]:
        return built(
            lambda: AgendaItem(title, timebox=timebox), "bad_item", ru="ошибка в вопросе повестки", clause="R73"
        )

    def on_add_agenda_item(self, meeting: Meeting, *, title: str, timebox: int | None = None) -> Meeting:
        return attrs.evolve(meeting, items=(*meeting.items, AgendaItem(title, timebox=timebox)))

    def check_open_agenda_item(self, meeting: Meeting, *, item: int) -> Iterator[Refusal]:
        """Items are counted from 1, as in the minutes."""
        state = meeting.items[item - 1].state if 1 <= item <= len(meeting.items) else None
        if state not in {ItemState.OPEN, ItemState.DEFERRED}:
            yield Refusal(
                "no_such_item",
                f"the agenda has no item {item} that is still to be discussed",
                ru=f"в повестке нет необсуждённого вопроса {item}",
                clause="R73",
                need=tuple(n for n, one in enumerate(meeting.items, 1) if one.state is ItemState.OPEN) or "an item",
                got="nothing" if state is None else str(state),
            )

    def on_open_agenda_item(self, meeting: Meeting, attempt: Attempt, *, item: int) -> Meeting:
        opened = meeting.item_with(item - 1, state=ItemState.DISCUSSING, began_at=attempt.at, deferred="")
        return attrs.evolve(opened, current=item - 1)

    def check_record_note(self, meeting: Meeting, *, kind: NoteKind, text: str) -> Iterator[Refusal]:
        yield from filled(text, "no_text", "what was said", ru="что сказано", clause="R71")
        if meeting.kind is MeetingKind.DAILY and kind is not NoteKind.CLARIFICATION:
            yield Refusal(
                "only_clarifications",
                "a daily meeting has room for clarifications only",
                ru="на ежедневном совещании допускаются только уточнения",
                clause="R75",
                need=str(NoteKind.CLARIFICATION),
                got=str(kind),
            )

    def on_record_note(self, meeting: Meeting, attempt: Attempt, *, kind: NoteKind, text: str) -> Meeting:
        assert meeting.discussed is not None  # noqa: S101 - the step's guard has looked
        note = Note(kind, text, attempt.by.id, attempt.at)
        return meeting.discussed_with(notes=(*meeting.discussed.notes, note))

    def check_record_decision(
        self,
        meeting: Meeting,
        attempt: Attempt,
        *,
        what: str,
        due: Instant | None = None,
        responsible: tuple[Employee, ...] = (),
    ) -> Iterator[Refusal]:
        yield from filled(what, "no_task", "what is to be done", ru="что сделать", clause="R74")
        if due is None:
            yield Refusal(
                "no_time",
                "a decision has the exact date and time by which it is carried out",
                ru="у решения есть точные дата и время исполнения",
                clause="R74",
                need="an instant",
                got="nothing",
            )
        else:
            yield from future(due, attempt, "the time of a decision", ru="срок решения", clause="R74")
        if not responsible:
            yield Refusal(
                "nobody_responsible",
                "a decision names at least one person who carries it out",
                ru="у решения есть хотя бы один ответственный",
                clause="R74",
                need="at least one person",
                got="nobody",
            )
        for person in responsible:
            yield from employed(person, attempt, clause="R74")

    def on_record_decision(
        self,
        meeting: Meeting,
        *,
        what: str,
        due: Instant | None = None,
        responsible: tuple[Employee, ...] = (),
    ) -> Meeting:
        assert meeting.discussed is not None and due is not None  # noqa: PT018, S101 - guard and check have looked
        decision = Decision(what, due, _ids(responsible))
        return meeting.discussed_with(decisions=(*meeting.discussed.decisions, decision))

    def check_summarise_item(self, meeting: Meeting, *, summary: str, no_action: str = "") -> Iterator[Refusal]:
        yield from filled(summary, "no_summary", "the interim result", ru="промежуточный итог", clause="R74")
        item = meeting.discussed
        if item is not None and not item.decisions and not no_action.strip():
            yield Refusal(
                "no_decision",
                "an item ends with a decision, or with the reason why nothing is to be done",
                ru="вопрос завершается решением или явным «действий не требуется» с причиной",
                clause="R74",
                need="a decision with its time and its people, or an explicit no action",
                got="nothing",
            )

    def on_summarise_item(self, meeting: Meeting, attempt: Attempt, *, summary: str, no_action: str = "") -> Meeting:
        return meeting.discussed_with(
            state=ItemState.SUMMARISED, ended_at=attempt.at, summary=summary, no_action=no_action
        )

    def check_defer_item(self, meeting: Meeting, *, reason: str) -> Iterator[Refusal]:
        """What has been decided is summed up, so that whoever is responsible gets it."""
        yield from reason_given(reason, "R74")
        item = meeting.discussed
        if item is not None and item.decisions:
            yield Refusal(
                "decided",
                "an item with a decision is summed up, not put off",
                ru="вопрос, по которому есть решение, не откладывают: по нему подводят итог",
                clause="R74",
                need="an item without a decision",
                got=tuple(decision.what for decision in item.decisions),
            )

    def on_defer_item(self, meeting: Meeting, attempt: Attempt, *, reason: str) -> Meeting:
        """The item under discussion, or else the next one that is open."""
        at = meeting.current if meeting.discussed else _next_open(meeting)
        assert at is not None  # noqa: S101 - the step's guard has looked
        return meeting.item_with(at, state=ItemState.DEFERRED, ended_at=attempt.at, deferred=reason)

    # -- the end --------------------------------------------------------------------------------------------------

    def check_close_meeting(self, meeting: Meeting, *, totals: str = "") -> Iterator[Refusal]:
        if meeting.kind is MeetingKind.TEAM:
            yield from filled(totals, "no_totals", "the team's results", ru="общие итоги команды", clause="R76")

    def on_close_meeting(self, meeting: Meeting, *, totals: str = "") -> Meeting:
        return attrs.evolve(meeting, totals=totals)

    def check_cancel_meeting(self, meeting: Meeting, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R70")

    def on_cancel_meeting(self, meeting: Meeting, *, reason: str) -> Meeting:
        return attrs.evolve(meeting, reason=reason)

    def check_record_no_show(self, meeting: Meeting, attempt: Attempt, *, reason: str) -> Iterator[Refusal]:
        yield from reason_given(reason, "R72")
        if attempt.at <= meeting.start_by:
            yield Refusal(
                "too_early",
                "the meeting may still begin on time",
                ru="совещание ещё может начаться вовремя",
                clause="R72",
                need=f"after {meeting.start_by.isoformat()}",
                got=attempt.at.isoformat(),
            )

    def on_record_no_show(self, meeting: Meeting, *, reason: str) -> Meeting:
        return attrs.evolve(meeting, reason=reason)


def _next_open(meeting: Meeting) -> int | None:
    return next((n for n, item in enumerate(meeting.items) if item.state is ItemState.OPEN), None)
