"""The meeting: it begins on time, and every question ends with what is done, by when and by whom (R70–R78)."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable
from typing import Annotated, Any, Final, TypeAlias

from attrs import evolve

from salesreg.calendars import Term
from salesreg.commercial.domain.meetings import (
    AgendaItem,
    Basis,
    Decision,
    ItemState,
    Meeting,
    MeetingKind,
    Note,
    NoteKind,
)
from salesreg.commercial.domain.sales_plans import PlanId, SalesPlan
from salesreg.commercial.parameters import RECORD_LAG
from salesreg.commercial.roles import HEAD_OF_SALES, LEADERS, MANAGER, STAFF, works_under
from salesreg.process import (
    Attempt,
    Case,
    Charge,
    Checks,
    Each,
    Future,
    Held,
    Must,
    Outcome,
    Past,
    Person,
    Positive,
    Process,
    Recurring,
    Refusal,
    Sla,
    Stage,
    Text,
    built,
    need,
    not_before,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Employee, Instant, Norm, Parameter, Role, Strength, open_norm
from salesreg.rules.texts import says_nothing

# -- by when ----------------------------------------------------------------------------------------------------------

PUNCTUAL: Final = Norm(
    "meeting.punctual",
    "A meeting begins exactly on time; how late it was is on record.",
    "R72",
    control="the recorded start",
    metric="K15",
)
LENGTH: Final = Norm(
    "meeting.length",
    "A meeting moves briskly from question to question and ends within its time; a one-to-one takes half an hour.",
    "R77",
    strength=Strength.RECOMMENDATION,
    control="the recorded end",
)


def _cadence(kind: str, text: str, binds: Role) -> Norm:
    """A meeting of the management calendar; the source has lost how often."""
    title, held = f"{text[:-1]}: how often.", "share of meetings held"
    return open_norm(
        f"meeting.{kind}_cadence", text, "R78", binds, title=title, control="the meetings held", metric=held
    )


TEAM_CADENCE: Final = _cadence("team", "The head of sales meets the whole team.", HEAD_OF_SALES)
DAILY_CADENCE: Final = _cadence("daily", "The head of sales holds the daily meeting.", HEAD_OF_SALES)
ONE_TO_ONE_CADENCE: Final = _cadence("one_to_one", "Every sales manager has a one-to-one with the head.", MANAGER)

# -- what must be so --------------------------------------------------------------------------------------------------

EVERY_ITEM: Final = Norm(
    "meeting.every_item",
    "The next question waits until the present one ends with what is done, by which date and time, and by whom.",
    "R74",
    control="the decisions of each item",
    metric="K14",
)
CLARIFICATIONS: Final = Norm(
    "meeting.clarifications",
    "A daily meeting has room for clarifications only.",
    "R75",
    control="the notes of the meeting",
    metric="K15",
)
TEAM_PLAN: Final = Norm(
    "meeting.team_plan",
    "A team meeting works on the plan of the team and ends with the results of the team.",
    "R76",
    control="the plan and the results in the minutes",
    metric="K1",
)
OWN_INDICATORS: Final = Norm(
    "meeting.own_indicators",
    "A one-to-one goes through the indicators of one manager.",
    "R77",
    control="the indicators in the minutes",
    metric="K1",
)
FEEDBACK: Final = Norm(
    "meeting.feedback",
    "Meetings are where tasks are set and feedback is given.",
    "R71",
    strength=Strength.RECOMMENDATION,
)

# -- who --------------------------------------------------------------------------------------------------------------

Guest: TypeAlias = Annotated[str, Held(away=True)]
"""Somebody who works here; a meeting may be after their return."""

leader = Charge[Meeting](
    "chair",
    lambda meeting: Role(meeting.chair_role),
    "the chair of the meeting",
    find=lambda meeting: meeting.chair or Role(meeting.chair_role),
)
invitees = Each[Meeting](lambda meeting: (*meeting.invited, *map(Role, meeting.invited_roles)), "those invited")

item_discussed = Must[Meeting](lambda meeting: meeting.discussed is not None, "no_item", "no item is being discussed")
item_settled = Must[Meeting](
    lambda meeting: meeting.discussed is None,
    "item_unsettled",
    "the item under discussion has neither a decision nor an explicit no action yet",
    got=lambda meeting: meeting.discussed and meeting.discussed.title,
)
something_left = Must[Meeting](lambda meeting: bool(meeting.unfinished), "nothing_open", "no item is left to put off")
nothing_left = Must[Meeting](
    lambda meeting: not meeting.unfinished,
    "items_open",
    "some items are neither summarised nor deferred",
    got=lambda meeting: meeting.unfinished,
)


nothing_summarised = Must[Meeting](
    lambda meeting: not meeting.summarised,
    "summarised",
    "some items are summed up, so the meeting is closed, not cancelled",
    got=lambda meeting: meeting.summarised,
)


def takes_part(meeting: Meeting, attempt: Attempt) -> Checks:
    """A meeting is of its chair, those invited, those present, and the immediate superior of any of them."""
    me, chairs = attempt.principal, {meeting.chair_role} if meeting.chair is None else set()
    invited, roles = {meeting.chair, *meeting.invited, *meeting.present}, {*meeting.invited_roles, *chairs}

    def below(one: Employee) -> bool:
        if one.id not in invited and roles.isdisjoint(one.roles):
            return False
        return works_under(one, me)

    mine = me.id in invited or not roles.isdisjoint(me.roles) or attempt.role == SYSTEM.id
    if not mine and not any(below(one) for one in attempt.people.values()):
        yield Refusal("not_invited", "{name} is not invited to the meeting", got=me.id, facts={"name": me.full_name})


def _on_day(kind: MeetingKind) -> Callable[[str, dt.date, dt.datetime], dict[str, Any]]:
    """What the management calendar says when a day of a meeting comes."""
    return lambda person, day, opens: {"kind": kind, "day": day, "opens": opens, "person": person}


class MeetingProcess(Process[Meeting]):
    """From the invitation to the minutes."""

    id, version, title = "meeting", 1, "Meeting"

    tolerance = Parameter(
        "meeting.tolerance", Term, "How late is still on time.", clause="R72", default=Term.parse("0 minutes")
    )
    team_minutes = Parameter("meeting.team_minutes", int, "How many minutes a team meeting takes.", clause="R73")
    daily_minutes = Parameter("meeting.daily_minutes", int, "How many minutes a daily meeting takes.", clause="R73")
    one_to_one_minutes = Parameter(
        "meeting.one_to_one_minutes", int, "How many minutes a one-to-one takes.", clause="R77", default=30
    )
    team_at = Parameter("meeting.team_at", dt.time, "When a team meeting of the calendar begins.", clause="R78")
    daily_at = Parameter("meeting.daily_at", dt.time, "When a daily meeting of the calendar begins.", clause="R78")
    one_to_one_at = Parameter(
        "meeting.one_to_one_at", dt.time, "When a one-to-one of the calendar begins.", clause="R78"
    )

    scheduled = Stage("Scheduled", leader, no_term="its start has its own clock")
    in_progress = Stage("In progress", leader, no_term="its length has its own clock")
    closed = Stage("Closed", final=True)
    cancelled = Stage("Cancelled", final=True)
    no_show = Stage("Did not take place", final=True)

    charges = (leader,)
    searchable = {"chair": lambda meeting: meeting.chair, "invited": lambda meeting: meeting.invited}
    facts = {"what": lambda meeting: meeting.scheduled_at}

    @step(start(scheduled), "Schedule a meeting", by=LEADERS, notify=[invitees, leader], clause="R70")
    def schedule_meeting(
        self,
        attempt: Attempt,
        *,
        kind: MeetingKind,
        scheduled_at: Future,
        invited: tuple[Guest, ...] = (),
        chair: Person | None = None,
        agenda: tuple[Text, ...] = (),
        minutes: Positive | None = None,
    ) -> Outcome[Meeting]:
        """Whoever calls a meeting leads it, unless they name another."""
        leads = chair or attempt.principal.id
        others = tuple(person for person in dict.fromkeys(invited) if person != leads)
        if not others and kind is not MeetingKind.ONE_TO_ONE:
            yield Refusal("nobody_invited", "a meeting has somebody beside its chair: say who is invited", got=invited)
        if kind is MeetingKind.ONE_TO_ONE and len(others) != 1:
            yield Refusal(
                "not_one_to_one", "a one-to-one has one participant beside its chair", need=1, got=others, clause="R77"
            )
        return Meeting(
            kind,
            scheduled_at,
            self.latest_start(scheduled_at, attempt),
            self.minutes_of(kind) if minutes is None else minutes,
            attempt.role or HEAD_OF_SALES.id,
            chair=leads,
            invited=tuple(dict.fromkeys(invited)),
            items=tuple(map(AgendaItem, agenda)),
        )

    @step(start(scheduled), "Convene the meeting of the calendar", by=SYSTEM, notify=[invitees, leader], clause="R78")
    def convene_meeting(
        self, attempt: Attempt, *, kind: MeetingKind, day: dt.date, opens: Instant, person: str
    ) -> Meeting:
        """A meeting of the team is led by the one whose duty it is; a one-to-one invites them."""
        zone = zoneinfo.ZoneInfo(attempt.regulation.calendar.timezone)
        begins = dt.datetime.combine(day, self.time_of(kind), zone).astimezone(dt.UTC)
        alone = kind is MeetingKind.ONE_TO_ONE
        return Meeting(
            kind,
            begins,
            self.latest_start(begins, attempt),
            self.minutes_of(kind),
            HEAD_OF_SALES.id,
            chair=None if alone else person,
            invited=(person,) if alone else (),
            invited_roles=() if alone else (MANAGER.id,),
        )

    @step(stay(scheduled), "Move the meeting", by=leader, notify=invitees, clause="R72")
    def reschedule_meeting(self, meeting: Meeting, attempt: Attempt, *, scheduled_at: Future, reason: Text) -> Meeting:
        return evolve(meeting, scheduled_at=scheduled_at, start_by=self.latest_start(scheduled_at, attempt))

    @step(scheduled.to(in_progress), "Begin the meeting", by=leader, clause="R72", norms=[TEAM_PLAN, OWN_INDICATORS])
    def start_meeting(
        self,
        meeting: Meeting,
        attempt: Attempt,
        *,
        present: tuple[Guest, ...] = (),
        basis: Basis | None = None,
        plan: PlanId | None = None,
        started_at: Past | None = None,
    ) -> Outcome[Meeting]:
        """A meeting does not begin before it was called; whoever begins one that nobody leads is its chair.

        What it works on is a plan in force, of the team or of whom the one-to-one is with, or named otherwise.
        """
        called = min((one.started_at for one in attempt.obligations), default=None)
        yield from not_before(started_at, called, "started_at")
        given, wanted = basis and basis.kind, meeting.kind.works_on
        if plan is not None and wanted is not None:
            found: Case[SalesPlan] = attempt.related[plan]
            if not meeting.works_on(found.data) or found.stage != "in_force":
                text = "{got} is not the plan in force of the team, or of the one who is invited"
                yield Refusal("other_plan", text, got=plan, clause="R76")
            basis, given = Basis(wanted, plan), wanted
        if given is not wanted:
            yield Refusal(
                "other_basis",
                "a team meeting works on the team's plan, a one-to-one on the manager's own indicators",
                need=wanted,
                got=given,
                clause="R77" if meeting.kind is MeetingKind.ONE_TO_ONE else "R76",
            )
        return evolve(
            meeting,
            chair=meeting.chair or attempt.principal.id,
            present=tuple(dict.fromkeys((attempt.by.id, *present))),
            basis=basis,
            started_at=started_at or attempt.at,
        )

    # -- the agenda -----------------------------------------------------------------------------------------------

    @step(stay(scheduled, in_progress), "Add an item", by=STAFF, requires=[takes_part], staff=True, clause="R73")
    def add_agenda_item(self, meeting: Meeting, *, title: Text, timebox: Positive | None = None) -> Meeting:
        return evolve(meeting, items=(*meeting.items, AgendaItem(title, timebox=timebox)))

    @step(stay(in_progress), "Open an item", by=leader, requires=[item_settled], clause="R74", norms=[EVERY_ITEM])
    def open_agenda_item(self, meeting: Meeting, attempt: Attempt, *, item: int) -> Outcome[Meeting]:
        """Items are counted from 1, as in the minutes."""
        states = {number: one.state for number, one in enumerate(meeting.items, 1)}
        if states.get(item) not in {ItemState.OPEN, ItemState.DEFERRED}:
            waiting = tuple(number for number, state in states.items() if state is ItemState.OPEN)
            got, facts = states.get(item), {"item": item}
            yield Refusal(
                "no_such_item",
                "no item {item} is still to be discussed",
                need=waiting,
                got=got,
                facts=facts,
                clause="R73",
            )
        return meeting.discussing(item - 1, attempt.at)

    @step(
        stay(in_progress),
        "Record what is said",
        by=STAFF,
        requires=[takes_part, item_discussed],
        staff=True,
        clause="R75",
        norms=[CLARIFICATIONS, FEEDBACK],
    )
    def record_note(self, meeting: Meeting, attempt: Attempt, *, kind: NoteKind, text: Text) -> Outcome[Meeting]:
        if meeting.kind is MeetingKind.DAILY and kind is not NoteKind.CLARIFICATION:
            yield Refusal("only_clarifications", "a daily meeting has room for clarifications only", got=kind)
        note, topic = Note(kind, text, attempt.by.id, attempt.at), meeting.topic
        return meeting.with_topic(evolve(topic, notes=(*topic.notes, note)))

    @step(stay(in_progress), "Record a decision", by=leader, requires=[item_discussed], clause="R74")
    def record_decision(
        self, meeting: Meeting, *, what: Text, due: Future | None = None, responsible: tuple[Person, ...] = ()
    ) -> Outcome[Meeting]:
        """One that lacks its time or its people is no mistyped form: the regulation refuses it."""
        if not responsible:
            yield Refusal("nobody_responsible", "a decision names at least one person who carries it out")
        lacks_time = Refusal("no_time", "a decision has the exact date and time by which it is carried out")
        decision = Decision(what, (yield from need(due, lacks_time)), responsible)
        topic = meeting.topic
        return meeting.with_topic(evolve(topic, decisions=(*topic.decisions, decision)))

    @step(stay(in_progress), "Sum the item up", by=leader, requires=[item_discussed], clause="R74", norms=[EVERY_ITEM])
    def summarise_item(
        self, meeting: Meeting, attempt: Attempt, *, summary: Text, no_action: str = ""
    ) -> Outcome[Meeting]:
        """It ends with a decision, or with the reason why nothing is to be done."""
        topic = evolve(meeting.topic, ended_at=attempt.at, summary=summary, no_action=no_action)
        return meeting.with_topic((yield from built(lambda: evolve(topic, state=ItemState.SUMMARISED))))

    @step(stay(in_progress), "Put an item off", by=leader, requires=[something_left], clause="R74")
    def defer_item(self, meeting: Meeting, attempt: Attempt, *, reason: Text) -> Outcome[Meeting]:
        """What has been decided is summed up, so that whoever is responsible gets it."""
        if meeting.discussed and meeting.discussed.decisions:
            decided = tuple(decision.what for decision in meeting.discussed.decisions)
            yield Refusal("decided", "an item with a decision is summed up, not put off", got=decided)
        return meeting.deferring(reason, attempt.at)

    # -- the end --------------------------------------------------------------------------------------------------

    @step(
        in_progress.to(closed),
        "Close the meeting",
        by=leader,
        requires=[nothing_left],
        notify=invitees,
        clause="R74",
        norms=[TEAM_PLAN],
    )
    def close_meeting(self, meeting: Meeting, *, totals: str = "") -> Outcome[Meeting]:
        """A meeting that has put off all that it was called for is cancelled; one with no agenda has put off none."""
        if meeting.items and not meeting.summarised and not meeting.unfinished:
            yield Refusal("nothing_settled", "no item is summed up: sum one up, or cancel the meeting")
        if meeting.kind is MeetingKind.TEAM and says_nothing(totals):
            yield Refusal("no_totals", "a team meeting ends with the results of the team", clause="R76")
        return evolve(meeting, totals=totals)

    @step(
        scheduled.to(cancelled) | in_progress.to(cancelled),
        "Cancel the meeting",
        by=leader,
        requires=[nothing_summarised],
        notify=invitees,
        clause="R70",
    )
    def cancel_meeting(self, meeting: Meeting, *, reason: Text) -> Meeting:
        return evolve(meeting, reason=reason)

    @step(
        scheduled.to(no_show),
        "Record that nobody came",
        by=[*STAFF, SYSTEM],
        requires=[takes_part],
        staff=True,
        notify=[leader, invitees],
        clause="R72",
    )
    def record_no_show(self, meeting: Meeting, attempt: Attempt, *, reason: Text) -> Outcome[Meeting]:
        if attempt.at <= meeting.start_by:
            still = meeting.start_by.isoformat()
            yield Refusal("too_early.no_show", "the meeting may still begin on time", need=still)
        return evolve(meeting, reason=reason)

    # -- clocks and the management calendar -----------------------------------------------------------------------

    begins_on_time = Sla(
        PUNCTUAL,
        start=[schedule_meeting, convene_meeting],
        stop=start_meeting,
        owner=leader,
        occurred=("opens", "started_at"),
        lag=RECORD_LAG,
        due=lambda meeting: meeting.start_by,
    )
    keeps_to_its_time = Sla(
        LENGTH,
        start=start_meeting,
        stop=close_meeting,
        void=cancel_meeting,
        owner=leader,
        due=lambda meeting: meeting.ends_by,
    )
    team_meetings = Recurring(TEAM_CADENCE, step=convene_meeting, per=HEAD_OF_SALES, payload=_on_day(MeetingKind.TEAM))
    daily_meetings = Recurring(
        DAILY_CADENCE, step=convene_meeting, per=HEAD_OF_SALES, payload=_on_day(MeetingKind.DAILY)
    )
    one_to_ones = Recurring(
        ONE_TO_ONE_CADENCE, step=convene_meeting, per=MANAGER, payload=_on_day(MeetingKind.ONE_TO_ONE)
    )

    # -- what the regulation says of each kind --------------------------------------------------------------------

    def minutes_of(self, kind: MeetingKind) -> int:
        """How long a meeting of a kind takes."""
        lengths = {MeetingKind.TEAM: self.team_minutes, MeetingKind.DAILY: self.daily_minutes}
        return lengths.get(kind, self.one_to_one_minutes)

    def time_of(self, kind: MeetingKind) -> dt.time:
        """At which time of day the management calendar lets a meeting of a kind begin."""
        times = {MeetingKind.TEAM: self.team_at, MeetingKind.DAILY: self.daily_at}
        return times.get(kind, self.one_to_one_at)

    def latest_start(self, scheduled_at: dt.datetime, attempt: Attempt) -> dt.datetime:
        """Until when it begins on time: without a tolerance at the very instant, also outside working time."""
        calendar = attempt.regulation.calendar
        return calendar.due_at(self.tolerance, scheduled_at) if self.tolerance.amount else scheduled_at
