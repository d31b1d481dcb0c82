"""The meeting: it begins on time, and every question ends with what is done, by when and by whom (R70–R78)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from salesreg.calendars import Term
from salesreg.domain import meetings
from salesreg.domain.meetings import MeetingKind
from salesreg.domain.people import Role
from salesreg.processes import Process, Recurring, Sla, Stage, Step, assigned, each, start, stay
from salesreg.processes._guards import Must
from salesreg.processes._meeting_effects import (
    DAILY_AT,
    DAILY_MINUTES,
    ONE_TO_ONE_AT,
    ONE_TO_ONE_MINUTES,
    TEAM_AT,
    TEAM_MINUTES,
    TOLERANCE,
    MeetingEffects,
)
from salesreg.regulation import Norm, Parameter, Strength

__all__ = [
    "DAILY_AT",
    "DAILY_MINUTES",
    "ONE_TO_ONE_AT",
    "ONE_TO_ONE_MINUTES",
    "TEAM_AT",
    "TEAM_MINUTES",
    "TOLERANCE",
    "Meeting",
]

# -- by when ----------------------------------------------------------------------------------------------------------

PUNCTUAL: Final = Norm(
    "meeting.punctual",
    "A meeting begins exactly on time; how late it was is on record.",
    ru="Совещание начинается точно вовремя; опоздание записывается.",
    clause="R72",
    control="the recorded start",
    metric="K15",
)
LENGTH: Final = Norm(
    "meeting.length",
    "A meeting moves briskly from question to question and ends within its time; a one-to-one takes half an hour.",
    ru="Совещание быстро идёт от вопроса к вопросу и укладывается в своё время; индивидуальное длится полчаса.",
    clause="R77",
    strength=Strength.RECOMMENDATION,
    control="the recorded end",
)


def _cadence(kind: str, text: str, ru: str, binds: Role) -> Norm:
    """A meeting of the management calendar; the source has lost how often."""
    return Norm(
        f"meeting.{kind}_cadence",
        text,
        ru=ru,
        clause="R78",
        binds=[binds],
        term=Parameter(
            f"meeting.{kind}_cadence", Term, clause="R78", doc=f"{text[:-1]}: how often.", ru=f"{ru[:-1]}: как часто."
        ),
        control="the meetings held",
        metric="share of meetings held",
    )


TEAM_CADENCE: Final = _cadence(
    "team", "The head of sales meets the whole team.", "Руководитель проводит общее совещание.", Role.HEAD_OF_SALES
)
DAILY_CADENCE: Final = _cadence(
    "daily", "The head of sales holds the daily meeting.", "Руководитель проводит ежедневное.", Role.HEAD_OF_SALES
)
ONE_TO_ONE_CADENCE: Final = _cadence(
    "one_to_one",
    "Every sales manager has a one-to-one with the head.",
    "У каждого менеджера есть индивидуальное совещание с руководителем.",
    Role.SALES_MANAGER,
)

# -- what must be so --------------------------------------------------------------------------------------------------

EVERY_ITEM: Final = Norm(
    "meeting.every_item",
    "The next question waits until the present one ends with what is done, by which date and time, and by whom.",
    ru="К следующему вопросу переходят, когда по текущему решено, что сделать, к какой дате и времени и кому.",
    clause="R74",
    control="the decisions of each item",
    metric="K14",
)
CLARIFICATIONS: Final = Norm(
    "meeting.clarifications",
    "A daily meeting has room for clarifications only.",
    ru="На ежедневном совещании допускаются только уточнения.",
    clause="R75",
    control="the notes of the meeting",
    metric="K15",
)
TEAM_PLAN: Final = Norm(
    "meeting.team_plan",
    "A team meeting works on the plan of the team and ends with the results of the team.",
    ru="Общее совещание работает с планом команды и заканчивается общими итогами.",
    clause="R76",
    control="the plan and the results in the minutes",
    metric="K1",
)
OWN_INDICATORS: Final = Norm(
    "meeting.own_indicators",
    "A one-to-one goes through the indicators of one manager.",
    ru="Индивидуальное совещание разбирает показатели одного менеджера.",
    clause="R77",
    control="the indicators in the minutes",
    metric="K1",
)
FEEDBACK: Final = Norm(
    "meeting.feedback",
    "Meetings are where tasks are set and feedback is given.",
    ru="На совещаниях ставят задачи и дают обратную связь.",
    clause="R71",
    strength=Strength.RECOMMENDATION,
)

# -- who --------------------------------------------------------------------------------------------------------------

CHAIRS: Final = (Role.HEAD_OF_SALES, Role.HEAD_OF_COMMERCIAL, Role.COMMERCIAL_DIRECTOR, Role.CEO, Role.FOUNDER)
STAFF: Final = tuple(role for role in Role if role not in {Role.CLIENT, Role.SYSTEM})
CHAIR: Final = assigned(lambda meeting: meeting.chair or meeting.chair_role, "the chair of the meeting", "ведущий")
INVITED: Final = each(lambda meeting: (*meeting.invited, *meeting.invited_roles), "those invited", "приглашённые")

item_discussed: Final = Must[meetings.Meeting](
    lambda meeting: meeting.discussed is not None,
    "no_item",
    "no item is being discussed",
    ru="ни один вопрос не обсуждается",
    clause="R74",
    need="an item under discussion",
)
item_settled: Final = Must[meetings.Meeting](
    lambda meeting: meeting.discussed is None,
    "item_unsettled",
    "the item under discussion has neither a decision nor an explicit no action yet",
    ru="по обсуждаемому вопросу ещё нет ни решения, ни явного «действий не требуется»",
    clause="R74",
    need="a summarised or deferred item",
    got=lambda meeting: meeting.discussed and meeting.discussed.title,
)
something_left: Final = Must[meetings.Meeting](
    lambda meeting: bool(meeting.unfinished),
    "nothing_open",
    "no item is left to put off",
    ru="откладывать нечего",
    clause="R74",
    need="an open item",
)
nothing_left: Final = Must[meetings.Meeting](
    lambda meeting: not meeting.unfinished,
    "items_open",
    "some items are neither summarised nor deferred",
    ru="не по всем вопросам подведён итог",
    clause="R74",
    need="every item summarised or deferred",
    got=lambda meeting: meeting.unfinished,
)


def _on_day(kind: MeetingKind) -> Callable[[str, dt.date, dt.datetime], dict[str, Any]]:
    """What the management calendar says when a day of a meeting comes."""
    return lambda person, day, opens: {"kind": kind, "day": day, "opens": opens, "person": person}


class Meeting(MeetingEffects, Process[meetings.Meeting]):
    """From the invitation to the minutes."""

    id, version = "meeting", 1
    title, ru = "Meeting", "Совещание"

    scheduled = Stage(
        "Scheduled",
        ru="Назначено",
        owner=CHAIR,
        no_term="its start has its own clock",
        no_term_ru="у начала совещания свой срок",
    )
    in_progress = Stage(
        "In progress",
        ru="Идёт",
        owner=CHAIR,
        no_term="its length has its own clock",
        no_term_ru="продолжительность отслеживается отдельно",
    )
    closed = Stage("Closed", ru="Завершено", final=True)
    cancelled = Stage("Cancelled", ru="Отменено", final=True)
    no_show = Stage("Did not take place", ru="Не состоялось", final=True)

    schedule_meeting = Step(
        start(scheduled),
        "Schedule a meeting",
        ru="Назначить совещание",
        by=CHAIRS,
        notify=[INVITED, CHAIR],
        clause="R70",
    )
    convene_meeting = Step(
        start(scheduled),
        "Convene the meeting of the calendar",
        ru="Созвать совещание по календарю",
        by=Role.SYSTEM,
        notify=[INVITED, CHAIR],
        clause="R78",
    )
    reschedule_meeting = Step(
        stay(scheduled), "Move the meeting", ru="Перенести совещание", by=CHAIR, notify=INVITED, clause="R72"
    )
    start_meeting = Step(
        scheduled.to(in_progress),
        "Begin the meeting",
        ru="Начать совещание",
        by=CHAIR,
        clause="R72",
        norms=[TEAM_PLAN, OWN_INDICATORS],
    )

    # -- the agenda -----------------------------------------------------------------------------------------------

    add_agenda_item = Step(stay(scheduled, in_progress), "Add an item", ru="Добавить вопрос", by=STAFF, clause="R73")
    open_agenda_item = Step(
        stay(in_progress),
        "Open an item",
        ru="Перейти к вопросу",
        by=CHAIR,
        requires=[item_settled],
        clause="R74",
        norms=[EVERY_ITEM],
    )
    record_note = Step(
        stay(in_progress),
        "Record what is said",
        ru="Записать сказанное",
        by=STAFF,
        requires=[item_discussed],
        clause="R75",
        norms=[CLARIFICATIONS, FEEDBACK],
    )
    record_decision = Step(
        stay(in_progress),
        "Record a decision",
        ru="Записать решение",
        by=CHAIR,
        requires=[item_discussed],
        clause="R74",
    )
    summarise_item = Step(
        stay(in_progress),
        "Sum the item up",
        ru="Подвести промежуточный итог",
        by=CHAIR,
        requires=[item_discussed],
        clause="R74",
        norms=[EVERY_ITEM],
    )
    defer_item = Step(
        stay(in_progress), "Put an item off", ru="Отложить вопрос", by=CHAIR, requires=[something_left], clause="R74"
    )

    # -- the end --------------------------------------------------------------------------------------------------

    close_meeting = Step(
        in_progress.to(closed),
        "Close the meeting",
        ru="Завершить совещание",
        by=CHAIR,
        requires=[nothing_left],
        notify=INVITED,
        clause="R74",
        norms=[TEAM_PLAN],
    )
    cancel_meeting = Step(
        scheduled.to(cancelled), "Cancel the meeting", ru="Отменить совещание", by=CHAIR, notify=INVITED, clause="R70"
    )
    record_no_show = Step(
        scheduled.to(no_show),
        "Record that nobody came",
        ru="Зафиксировать неявку",
        by=[*STAFF, Role.SYSTEM],
        notify=[CHAIR, INVITED],
        clause="R72",
    )

    # -- clocks and the management calendar -------------------------------------------------------------------------

    begins_on_time = Sla(
        PUNCTUAL,
        start=[schedule_meeting, convene_meeting],
        stop=start_meeting,
        owner=CHAIR,
        occurred=("opens", "started_at"),
        due=lambda meeting: meeting.start_by,
    )
    keeps_to_its_time = Sla(
        LENGTH, start=start_meeting, stop=close_meeting, owner=CHAIR, due=lambda meeting: meeting.ends_by
    )
    team_meetings = Recurring[meetings.Meeting](
        TEAM_CADENCE, step=convene_meeting, per=Role.HEAD_OF_SALES, payload=_on_day(MeetingKind.TEAM)
    )
    daily_meetings = Recurring[meetings.Meeting](
        DAILY_CADENCE, step=convene_meeting, per=Role.HEAD_OF_SALES, payload=_on_day(MeetingKind.DAILY)
    )
    one_to_ones = Recurring[meetings.Meeting](
        ONE_TO_ONE_CADENCE, step=convene_meeting, per=Role.SALES_MANAGER, payload=_on_day(MeetingKind.ONE_TO_ONE)
    )
