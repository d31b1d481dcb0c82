"""Chapters 6 and 7: plans, meetings and what comes of them, what the company is asked; and the meetings' routine."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from salesreg.cli.demo import firm
from salesreg.cli.demo.play import Play, Story, local
from salesreg.commercial import AssignmentProcess as Task
from salesreg.commercial import InquiryProcess as Inquiry
from salesreg.commercial import MeetingProcess as Talk
from salesreg.commercial import PlanProcess as Plan
from salesreg.commercial.domain.channels import EMAIL, PHONE
from salesreg.commercial.domain.clients import Contact
from salesreg.commercial.domain.meetings import Basis, Meeting, MeetingKind, NoteKind
from salesreg.commercial.roles import COMMERCIAL, SECRETARY
from salesreg.process import Command
from salesreg.rules import Responsibility

LATE = "03-11"
"""The day on which the daily meeting begins late."""
ONE_TO_ONES = {"anna": "15:00", "denis": "15:30"}


def meetings(play: Play) -> Story:
    """The meetings that are worth telling of."""
    say = play.say
    started = Talk.start_meeting(present=("anna", "denis"))
    yield "03-04 09:10"
    (daily,) = _scheduled(play, MeetingKind.DAILY)
    play.do(daily, "anna", Talk.add_agenda_item(title=say("discount")))
    yield "03-04 09:15", play.do, daily, "galina", started
    play.meanwhile(daily, "galina", Talk.open_agenda_item(item=1))
    opinion = Talk.record_note(kind=NoteKind.DISCUSSION, text=say("opinion"))
    yield "03-04 09:20", play.refused, daily, "denis", opinion
    play.do(daily, "anna", Talk.record_note(kind=NoteKind.CLARIFICATION, text=say("limit")))
    clear = Talk.summarise_item(summary=say("clear"), no_action=say("no_action"))
    yield "03-04 09:25", play.meanwhile, daily, "galina", clear
    play.do(daily, "galina", Talk.close_meeting())

    anna = yield "03-06 15:00", _with, play, "anna", say("references")
    letters = say("ask_reference")
    play.refused(anna, "galina", Talk.record_decision(what=letters))
    yield "03-06 15:10", _decide, play, anna, letters, "03-13 17:00", "anna"
    yield "03-06 15:25", play.meanwhile, anna, "galina", Talk.close_meeting()
    denis = yield "03-06 15:30", _with, play, "denis", say("client.sever")
    _decide(play, denis, say("invite"), "03-11 12:00", "denis")
    play.meanwhile(denis, "galina", Talk.close_meeting())
    for_anna, for_denis = play.begun["assignment"]

    yield f"{LATE} 09:22"
    (daily,) = _scheduled(play, MeetingKind.DAILY)
    play.do(daily, "galina", started)
    yield f"{LATE} 09:35", play.meanwhile, daily, "galina", Talk.close_meeting()
    later = Task.reassign_assignment(responsible="anna", reason=say("no_time"), due=local("03-12 12:00"))
    yield "03-11 15:00", play.do, for_denis, "galina", later
    yield "03-12 10:10", play.do, for_denis, "anna", Task.report_done(result=say("visit_agreed"))
    yield "03-12 16:00", play.do, for_denis, "galina", Task.verify_assignment()
    yield "03-13 15:00", play.do, for_anna, "anna", Task.report_done(result=say("reference"))
    yield "03-13 16:00", play.do, for_anna, "galina", Task.verify_assignment()


def plans(play: Play) -> Story:
    """What Anna and the department are to reach; whoever a plan is for agrees to it before it counts."""
    month: dict[str, Any] = {"period_start": dt.date(2026, 3, 1), "period_end": dt.date(2026, 3, 31)}
    yield "03-02 12:00"
    team, mine = ({name: Decimal(one) for name, one in firm.FIRM["plans"][key].items()} for key in ("team", "anna"))
    play.start("galina", Plan.propose_plan(**month, targets=team, department=COMMERCIAL.id))
    play.start("galina", Plan.propose_plan(**month, targets=mine, employee="anna"))
    whole, hers = play.begun["plan"]
    yield "03-02 15:00", play.do, hers, "anna", Plan.object_to_plan(reason=play.say("no_leads_yet"))
    lower = {**mine, "K1": Decimal(firm.FIRM["plans"]["lower"])}
    yield "03-02 16:00", play.do, hers, "galina", Plan.revise_plan(targets=lower)
    yield "03-02 17:00", play.do, hers, "anna", Plan.agree_plan()
    yield "03-03 11:00", play.do, whole, "viktor", Plan.agree_plan()


def _scheduled(play: Play, *kinds: MeetingKind) -> list[str]:
    waiting = play.engine.cases(Talk, stage="scheduled")
    return [case.id for case in waiting if case.data.kind in kinds]


def _with(play: Play, person: str, topic: str) -> str:
    """Begin the one-to-one that waits for somebody, and open its only item."""
    waiting = _scheduled(play, MeetingKind.ONE_TO_ONE)
    talk = next(one for one in waiting if person in play.case(one).data.invited)
    play.do(talk, "galina", Talk.start_meeting(present=(person,), **_basis(play, play.case(talk).data)))
    play.meanwhile(talk, "galina", Talk.add_agenda_item(title=topic), Talk.open_agenda_item(item=1))
    return talk


def _basis(play: Play, meeting: Meeting) -> dict[str, Any]:
    """The plan in force of the one invited or of the team; without one, the indicators of the month."""
    if meeting.kind.works_on is None:
        return {}
    (owner,) = meeting.invited or (COMMERCIAL.id,)
    found = play.engine.cases(Plan, stage="in_force", where={"owner": owner})
    return {"plan": found[0].id} if found else {"basis": Basis(meeting.kind.works_on, "K1-K18 2026-03")}


def _decide(play: Play, talk: str, what: str, due: str, person: str) -> None:
    decided = Talk.record_decision(what=what, due=local(due), responsible=(person,))
    play.do(talk, "galina", decided, Talk.summarise_item(summary=what))


def hold_meetings(play: Play, days: tuple[str, ...]) -> Story:
    """Hold what the management calendar has convened, each meeting at its time and one after the other."""
    for day in days:
        yield f"{day} 09:05"
        for talk in _scheduled(play, MeetingKind.ONE_TO_ONE):
            meeting = play.case(talk).data
            at = local(f"{day} {ONE_TO_ONES[meeting.invited[0]]}")
            if at != meeting.scheduled_at:
                play.do(talk, "galina", Talk.reschedule_meeting(scheduled_at=at, reason=play.say("in_turn")))
        for time in ("09:15", "10:00", *ONE_TO_ONES.values()):
            if (day, time) != (LATE, "09:15"):
                yield f"{day} {time}"
                for talk in _scheduled(play, *MeetingKind):
                    if play.case(talk).data.scheduled_at == play.clock.now():
                        yield from _hold(play, talk)


def _hold(play: Play, talk: str) -> Story:
    meeting: Meeting = play.case(talk).data
    present = meeting.invited or ("anna", "denis")
    play.do(talk, "galina", Talk.start_meeting(present=present, **_basis(play, meeting)))
    totals = play.say("totals") if meeting.kind is MeetingKind.TEAM else ""
    end = play.clock.now() + dt.timedelta(minutes=12)
    yield f"{end:%m-%d %H:%M}", play.do, talk, "galina", Talk.close_meeting(totals=totals)


def inquiries(play: Play) -> Story:
    """What reaches the company."""
    say = play.say
    silent = Contact(say("client.taiga"), phone=firm.FIRM["letter"]["taiga"], do_not_call=True)
    letter = yield "03-03 15:00", _received, play, say("no_calls"), "documents", EMAIL, silent
    yield "03-03 15:10", play.meanwhile, letter, "olga", Inquiry.take_inquiry()
    play.meanwhile(letter, "olga", *_answered(EMAIL, "mail-9", say("no_more_calls")))
    papers = yield "03-04 11:00", _received, play, say("papers_wanted"), "documents", PHONE
    yield "03-04 11:05", play.meanwhile, papers, "olga", Inquiry.take_inquiry()
    yield "03-04 11:20", play.do, papers, "olga", Inquiry.send_holding_reply(channel=PHONE, record_ref="call-77")
    yield "03-04 15:00", play.do, papers, "olga", *_answered(EMAIL, "mail-12", say("papers_sent"))

    late = yield "03-12 17:50", _received, play, say("price"), "price", EMAIL
    yield "03-12 17:55", play.do, late, "anna", Inquiry.take_inquiry()
    yield "03-13 10:30", play.do, late, "anna", Inquiry.send_holding_reply(channel=PHONE, record_ref="call-81")
    yield "03-13 12:00", play.do, late, "anna", *_answered(EMAIL, "mail-20", say("price_sent"))

    parking = yield "03-17 12:00", _received, play, say("pass"), "parking", PHONE
    row = Responsibility("topic.parking", SECRETARY)
    yield "03-17 12:15", play.do, parking, "galina", Inquiry.resolve_ownership(assignee="sofia", new_row=row)
    yield "03-17 12:25", play.do, parking, "sofia", *_answered(PHONE, "call-90", say("pass_issued"))
    again = yield "03-24 10:00", _received, play, say("one_more_pass"), "parking", PHONE
    yield "03-24 10:10", play.meanwhile, again, "sofia", Inquiry.take_inquiry()
    sent, closed = _answered(PHONE, "call-95", say("pass_issued"))
    play.do(again, "sofia", sent)
    play.meanwhile(again, "sofia", closed)


def _answered(channel: str, record: str, result: str) -> tuple[Command[Any], Command[Any]]:
    return Inquiry.send_answer(channel=channel, record_ref=record), Inquiry.close_inquiry(result=result)


def _received(play: Play, subject: str, topic: str, channel: str, sender: Contact | None = None) -> str:
    about: dict[str, Any] = {"channel": channel, "subject": subject, "activity": f"topic.{topic}", "sender": sender}
    return play.start("sofia", Inquiry.receive_inquiry(received_at=play.clock.now(), **about))
