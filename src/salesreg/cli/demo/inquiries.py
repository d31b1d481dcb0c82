"""Chapter 7: inquiries, one answered in half an hour, one not, and one that is nobody's until the head decides."""

from __future__ import annotations

from salesreg.cli.demo.play import Play, Story
from salesreg.domain.inquiries import InquiryChannel
from salesreg.domain.people import Role
from salesreg.domain.responsibilities import Responsibility

__all__ = ["inquiries"]

MAIL = InquiryChannel.EMAIL
PHONE = InquiryChannel.PHONE


def inquiries(play: Play) -> Story:
    """What reaches the company."""
    say = play.say

    yield "03-04 11:00"
    one = _receive(play, say("our papers", "наши бумаги"), "topic.documents", InquiryChannel.PHONE)
    yield "03-04 11:05"
    with play.offstage():
        play.do(one, "take_inquiry", "olga")
    yield "03-04 11:20"
    play.do(one, "send_holding_reply", "olga", channel=PHONE, record_ref="call-77")
    yield "03-04 15:00"
    play.do(one, "send_answer", "olga", channel=MAIL, record_ref="mail-12")
    play.do(one, "close_inquiry", "olga", result=say("papers sent", "бумаги отправлены"))

    yield "03-12 17:50"
    late = _receive(play, say("a price", "цена"), "topic.price", MAIL)
    play.do(late, "record_auto_acknowledgement", "system", channel=MAIL, record_ref="auto-1")
    yield "03-13 10:30"
    with play.offstage():
        play.do(late, "take_inquiry", "anna")
    play.do(late, "send_holding_reply", "anna", channel=PHONE, record_ref="call-81")
    yield "03-13 12:00"
    play.do(late, "send_answer", "anna", channel=MAIL, record_ref="mail-20")
    play.do(late, "close_inquiry", "anna", result=say("price sent", "цена отправлена"))

    yield "03-17 12:00"
    parking = _receive(play, say("a parking pass", "пропуск"), "topic.parking", PHONE)
    yield "03-17 12:15"
    row = Responsibility("topic.parking", Role.SECRETARY)
    play.do(parking, "resolve_ownership", "galina", assignee="sofia", new_row=row)
    yield "03-17 12:25"
    play.do(parking, "send_answer", "sofia", channel=PHONE, record_ref="call-90")
    play.do(parking, "close_inquiry", "sofia", result=say("pass issued", "пропуск выдан"))
    yield "03-24 10:00"
    once_more = _receive(play, say("one more pass", "ещё пропуск"), "topic.parking", PHONE)
    yield "03-24 10:10"
    with play.offstage():
        play.do(once_more, "take_inquiry", "sofia")
    play.do(once_more, "send_answer", "sofia", channel=PHONE, record_ref="call-95")
    with play.offstage():
        play.do(once_more, "close_inquiry", "sofia", result=say("pass issued", "пропуск выдан"))


def _receive(play: Play, subject: str, activity: str, channel: InquiryChannel) -> str:
    now = play.clock.now()
    return play.start("inquiry", "sofia", received_at=now, channel=channel, subject=subject, activity=activity)
