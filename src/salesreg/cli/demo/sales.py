"""Chapter 3: a price refused once, a client who comes back, a late original, a refusal, a lead that becomes a sale."""

from __future__ import annotations

from salesreg.cli.demo import firm
from salesreg.cli.demo.play import Play, Story
from salesreg.domain.contracts import Channel
from salesreg.domain.work import Work, WorkRequest

__all__ = ["sales"]


def sales(play: Play) -> Story:
    """The sales of the month."""
    say, lang = play.say, play.lang
    call, meeting = say("telephone call", "телефонный разговор"), say("meeting at the client's", "встреча у клиента")
    letter = say("letter of the client", "письмо клиента")

    yield "03-02 10:00"
    vega = play.start("sale", "anna", source=say("exhibition", "выставка"), client=firm.client("vega", lang))
    yield "03-02 11:30"
    play.do(vega, "start_price_negotiation", "anna", contact_ref=call, **play.quote(discount=30))
    yield "03-02 15:00"
    play.do(vega, "complete_questionnaire", "anna", meeting=meeting, answers=firm.ANSWERS)
    play.refused(vega, "submit_for_approval", "anna")
    yield "03-02 15:10"
    play.do(vega, "confirm_client_readiness", "anna", evidence=letter)
    play.do(vega, "submit_for_approval", "anna")
    yield "03-02 15:20"
    play.refused(vega, "approve_quote", "anna")
    yield "03-03 11:00"
    play.do(vega, "reject_quote", "boris", reason=say("no grounds for 30 % off", "скидка 30 % не обоснована"))
    yield "03-03 16:00"
    with play.offstage():
        sever = play.start("sale", "denis", source=say("website", "сайт"), client=firm.client("sever", lang))
    yield "03-04 10:00"
    play.do(vega, "revise_quote", "anna", lines=play.quote(discount=10)["lines"])
    with play.offstage():
        play.do(vega, "confirm_client_readiness", "anna", evidence=letter)
    play.do(vega, "submit_for_approval", "anna")
    with play.offstage():
        polus = play.start("sale", "denis", source=say("referral", "рекомендация"), client=firm.client("polus", lang))
    yield "03-04 11:00"
    orion = next(one for one in play.begun["sale"] if play.case(one).data.lead is not None)
    play.do(orion, "start_price_negotiation", "denis", contact_ref=call, **play.quote())
    yield "03-05 12:00"
    play.do(vega, "approve_quote", "boris")
    with play.offstage():
        play.do(polus, "start_price_negotiation", "denis", contact_ref=call, **play.quote())
    yield "03-06 11:00"
    play.do(vega, "open_deal", "igor", number="2026-014", existing=None)
    play.do(vega, "assign_specialist", "boris", specialist="olga", contact_email=firm.email("vega"))
    rival = say("chose another certifier", "выбрал другой орган по сертификации")
    play.do(polus, "record_client_refusal", "denis", reason=rival)

    yield "03-10 11:00"
    _sign(play, vega, "D-14")
    yield "03-11 10:00"
    play.do(vega, "dispatch_contract", "olga", channel=Channel.EMAIL)
    yield "03-11 12:00"
    again = play.start("sale", "anna", source=say("existing client", "старый клиент"), client=firm.client("vega", lang))
    with play.offstage():
        play.do(again, "start_price_negotiation", "anna", contact_ref=call, **play.quote())
        play.do(again, "complete_questionnaire", "anna", meeting=meeting, answers=firm.ANSWERS)
        play.do(again, "confirm_client_readiness", "anna", evidence=letter)
        play.do(again, "submit_for_approval", "anna")
    yield "03-12 10:00"
    with play.offstage():
        play.do(sever, "start_price_negotiation", "denis", contact_ref=call, **play.quote())
    yield "03-12 10:30"
    with play.offstage():
        play.do(again, "approve_quote", "boris")
    yield "03-12 15:00"
    play.refused(again, "open_deal", "igor", number="2026-015", existing=None)
    play.do(again, "open_deal", "igor", number="2026-015", existing=vega)
    with play.offstage():
        play.do(again, "assign_specialist", "boris", specialist="olga", contact_email=firm.email("vega"))
    yield "03-13 10:30"
    with play.offstage():
        _sign(play, again, "D-15")
    yield "03-13 11:00"
    with play.offstage():
        play.do(sever, "complete_questionnaire", "denis", meeting=meeting, answers=firm.ANSWERS)
        play.do(sever, "confirm_client_readiness", "denis", evidence=letter)
    play.do(sever, "submit_for_approval", "denis")
    yield "03-13 12:00"
    order = WorkRequest(say("letter 21", "письмо 21"), (Work("1", "CERT"),))
    director = say("D. Ivanov, director", "Д. Иванов, директор")
    play.do(vega, "record_scan_return", "faina", scan_ref="scan-14.pdf", signatory=director, requests=(order,))

    yield "03-16 11:00"
    with play.offstage():
        play.do(again, "dispatch_contract", "olga", channel=Channel.COURIER)
    yield "03-19 11:00"
    play.do(vega, "record_original_return", "faina", archive_ref="A-14")
    with play.offstage():
        play.do(again, "record_scan_return", "faina", scan_ref="scan-15.pdf", signatory=director)
    play.do(again, "record_original_return", "faina", archive_ref="A-15")
    yield "03-26 11:00"
    card = firm.client("orion", lang)
    with play.offstage():
        play.do(orion, "complete_questionnaire", "denis", meeting=meeting, answers=firm.ANSWERS, client=card)
        play.do(orion, "confirm_client_readiness", "denis", evidence=letter)
        play.do(orion, "submit_for_approval", "denis")
    yield "03-27 10:00"
    play.do(orion, "approve_quote", "boris")
    yield "03-31 11:00"
    with play.offstage():
        play.do(sever, "confirm_client_readiness", "denis", evidence=letter)
    play.do(sever, "submit_for_approval", "denis")


def _sign(play: Play, deal: str, number: str) -> None:
    with play.offstage():
        play.do(deal, "draft_contract", "faina", number=number, template_version="7")
    play.do(deal, "obtain_ceo_signature", "faina", signed_by="viktor")
    play.do(deal, "hand_over_contract", "faina")
