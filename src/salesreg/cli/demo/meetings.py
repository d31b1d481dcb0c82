"""Chapter 6: meetings, a daily one without discussion, one-to-ones that end in assignments; and the routine of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from salesreg.cli.demo.play import MOSCOW, Play, Story, local
from salesreg.domain.meetings import Basis, BasisKind, MeetingKind, NoteKind
from salesreg.processes import Case

__all__ = ["hold_meetings", "meetings"]

LATE = "03-11"
"""The day on which the daily meeting begins late."""
ONE_TO_ONES = {"anna": "15:00", "denis": "15:30"}


def meetings(play: Play) -> Story:
    """The meetings that are worth telling of."""
    say = play.say
    yield "03-04 09:10"
    (daily,) = _scheduled(play, MeetingKind.DAILY)
    play.do(daily.id, "add_agenda_item", "anna", title=say("the discount for Vega Lift", "скидка для Вега Лифт"))
    yield "03-04 09:15"
    play.do(daily.id, "start_meeting", "galina", present=("anna", "denis"))
    with play.offstage():
        play.do(daily.id, "open_agenda_item", "galina", item=1)
    yield "03-04 09:20"
    text = say("discounts should be easier", "скидки надо упростить")
    play.refused(daily.id, "record_note", "denis", kind=NoteKind.DISCUSSION, text=text)
    text = say("10 %, no more", "10 %, не больше")
    play.do(daily.id, "record_note", "anna", kind=NoteKind.CLARIFICATION, text=text)
    yield "03-04 09:25"
    done = say("clear", "ясно")
    with play.offstage():
        play.do(daily.id, "summarise_item", "galina", summary=done, no_action=say("it is clear", "всё ясно"))
    play.do(daily.id, "close_meeting", "galina")

    yield "03-06 15:00"
    anna = _with(play, "anna")
    indicators = Basis(BasisKind.INDIVIDUAL_INDICATORS, "K1-K17")
    play.do(anna, "start_meeting", "galina", present=("anna",), basis=indicators)
    with play.offstage():
        play.do(anna, "add_agenda_item", "galina", title=say("references", "отзывы"))
        play.do(anna, "open_agenda_item", "galina", item=1)
    letters = say("ask Vega Lift for a reference", "запросить отзыв у Вега Лифт")
    play.refused(anna, "record_decision", "galina", what=letters)
    yield "03-06 15:10"
    play.do(anna, "record_decision", "galina", what=letters, due=local("03-13 17:00"), responsible=("anna",))
    play.do(anna, "summarise_item", "galina", summary=letters)
    yield "03-06 15:25"
    with play.offstage():
        play.do(anna, "close_meeting", "galina")
    yield "03-06 15:30"
    denis = _with(play, "denis")
    play.do(denis, "start_meeting", "galina", present=("denis",), basis=indicators)
    with play.offstage():
        play.do(denis, "add_agenda_item", "galina", title=say("Sever Trans", "Север Транс"))
        play.do(denis, "open_agenda_item", "galina", item=1)
    talk = say("begin the price talks with Sever Trans", "начать переговоры с Север Транс")
    play.do(denis, "record_decision", "galina", what=talk, due=local("03-11 12:00"), responsible=("denis",))
    play.do(denis, "summarise_item", "galina", summary=talk)
    with play.offstage():
        play.do(denis, "close_meeting", "galina")
    for_anna, for_denis = play.begun["assignment"]

    yield f"{LATE} 09:22"
    (daily,) = _scheduled(play, MeetingKind.DAILY)
    play.do(daily.id, "start_meeting", "galina", present=("anna", "denis"))
    yield f"{LATE} 09:35"
    with play.offstage():
        play.do(daily.id, "close_meeting", "galina")
    yield "03-12 10:10"
    play.do(for_denis, "report_done", "denis", result=say("talks have begun", "переговоры начаты"))
    yield "03-12 16:00"
    play.do(for_denis, "verify_assignment", "galina")
    yield "03-13 15:00"
    play.do(for_anna, "report_done", "anna", result=say("reference received", "отзыв получен"))
    yield "03-13 16:00"
    play.do(for_anna, "verify_assignment", "galina")


def _scheduled(play: Play, *kinds: MeetingKind) -> tuple[Case[Any], ...]:
    waiting = play.engine.cases(process="meeting", stage="scheduled")
    return tuple(case for case in waiting if case.data.kind in kinds)


def _with(play: Play, person: str) -> str:
    """The one-to-one that waits for somebody."""
    return next(case.id for case in _scheduled(play, MeetingKind.ONE_TO_ONE) if person in case.data.invited)


def hold_meetings(play: Play, days: tuple[str, ...]) -> Story:
    """Hold what the management calendar has convened, each meeting at its time and one after the other."""
    for day in days:
        yield f"{day} 09:05"
        for case in _scheduled(play, MeetingKind.ONE_TO_ONE):
            (person,) = case.data.invited
            at = local(f"{day} {ONE_TO_ONES[person]}")
            if at != case.data.scheduled_at:
                reason = play.say("one after the other", "по очереди")
                play.do(case.id, "reschedule_meeting", "galina", scheduled_at=at, reason=reason)
        for time in ("09:15", "10:00", *ONE_TO_ONES.values()):
            if (day, time) == (LATE, "09:15"):
                continue
            yield f"{day} {time}"
            for case in _scheduled(play, *MeetingKind):
                if case.data.scheduled_at == play.clock.now().astimezone(dt.UTC):
                    yield from _hold(play, case)


def _hold(play: Play, case: Case[Any]) -> Story:
    kind, works_on = case.data.kind, case.data.kind.works_on
    basis = {} if works_on is None else {"basis": Basis(works_on, "2026-03")}
    present = case.data.invited or ("anna", "denis")
    play.do(case.id, "start_meeting", "galina", present=present, **basis)
    yield (play.clock.now().astimezone(MOSCOW) + dt.timedelta(minutes=12)).strftime("%m-%d %H:%M")
    totals = {"totals": play.say("as planned", "по плану")} if kind is MeetingKind.TEAM else {}
    play.do(case.id, "close_meeting", "galina", **totals)
