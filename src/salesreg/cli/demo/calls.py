"""Chapter 2: a campaign of cold calls, from the draft to the last result, and the lead that comes of it."""

from __future__ import annotations

from salesreg.cli.demo import firm
from salesreg.cli.demo.play import Play, Story
from salesreg.domain.calls import Disposition
from salesreg.domain.contracts import Channel

__all__ = ["calls"]

DIALLER = "skorozvon"


def calls(play: Play) -> Story:
    """Two callers, five contacts, one lead, and one result that comes late."""
    yield "03-02 10:00"
    campaign = play.start(
        "call_campaign",
        "galina",
        name=play.say("Spring", "Весна"),
        base=firm.base(play.lang),
        script=firm.script(play.lang, published=False),
        system_of_record=DIALLER,
    )
    play.refused(campaign, "issue_campaign", "galina")
    yield "03-02 11:00"
    script = firm.script(play.lang, published=True)
    play.do(campaign, "revise_campaign", "galina", script=script, proposal_template="KP-7")
    play.do(campaign, "issue_campaign", "galina")
    play.do(campaign, "start_campaign", "galina")
    by_key = {play.case(one).data.contact.key: one for one in play.begun["call_contact"]}
    orion, taiga, mayak, rubin, altai = (by_key[key] for key in ("orion", "taiga", "mayak", "rubin", "altai"))

    yield "03-03 10:05"
    play.do(orion, "claim_contact", "kirill")
    play.refused(orion, "claim_contact", "lera")
    yield "03-03 10:10"
    play.do(orion, "place_call", "kirill", system=DIALLER, record_ref="call-1")
    with play.offstage():
        play.do(orion, "record_script_step", "kirill", script_step="need")
    play.do(orion, "identify_need", "kirill", need=play.say("two certificates by summer", "два сертификата к лету"))
    yield "03-03 10:25"
    play.do(orion, "send_proposal", "kirill", proposal_ref="KP-7/1", channel=Channel.EMAIL)
    with play.offstage():
        play.do(orion, "end_call", "kirill")
    play.do(orion, "record_result", "kirill", disposition=Disposition.NEED_IDENTIFIED)
    yield "03-03 11:00"
    _call(play, taiga, "lera", "call-2", Disposition.NO_ANSWER)
    yield "03-03 11:20"
    _call(play, mayak, "lera", "call-3", Disposition.DO_NOT_CALL)
    yield "03-03 12:00"
    play.do(orion, "accept_lead", "denis")

    yield "03-04 09:20"
    play.do(rubin, "claim_contact", "kirill")
    play.refused(rubin, "place_call", "kirill", system=DIALLER, record_ref="call-4")
    yield "03-04 10:10"
    with play.offstage():
        play.do(rubin, "claim_contact", "kirill")
    play.do(rubin, "place_call", "kirill", system=DIALLER, record_ref="call-4")
    with play.offstage():
        play.do(rubin, "end_call", "kirill")
    yield "03-04 11:00"
    _call(play, altai, "lera", "call-5", Disposition.WRONG_NUMBER)
    yield "03-05 11:00"
    play.refused(campaign, "complete_campaign", "galina")
    yield "03-05 11:30"
    play.do(rubin, "record_result", "kirill", disposition=Disposition.NOT_NOW)
    yield "03-05 12:00"
    play.do(campaign, "complete_campaign", "galina")


def _call(play: Play, contact: str, caller: str, record: str, result: Disposition) -> None:
    with play.offstage():
        play.do(contact, "claim_contact", caller)
        play.do(contact, "place_call", caller, system=DIALLER, record_ref=record)
        play.do(contact, "end_call", caller)
    play.do(contact, "record_result", caller, disposition=result)
