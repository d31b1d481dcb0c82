"""Chapters 2 and 3: from a cold call to a lead, and from a prospect to a contract in force."""

from __future__ import annotations

from typing import Any

from salesreg.cli.demo import firm
from salesreg.cli.demo.play import Play, Story, local
from salesreg.commercial import AmendmentProcess as Amendment
from salesreg.commercial import CallCampaignProcess as Campaign
from salesreg.commercial import CallContactProcess as Contact
from salesreg.commercial import Sale
from salesreg.commercial.domain.calls import Disposition
from salesreg.commercial.domain.channels import COURIER, EMAIL
from salesreg.commercial.domain.work import Work, WorkRequest
from salesreg.process import Opening

DIALLER: str = firm.FIRM["dialler"]


def calls(play: Play) -> Story:
    """Two callers, five contacts, one lead, one result that comes late, and one person who has written meanwhile."""
    draft, final = (firm.script(play.locale, published=published) for published in (False, True))
    begun = Campaign.draft_campaign(
        name=play.say("campaign"), base=firm.base(play.locale), script=draft, system_of_record=DIALLER
    )
    campaign = yield "03-02 10:00", play.start, "galina", begun
    play.refused(campaign, "galina", Campaign.issue_campaign())
    revised = Campaign.revise_campaign(script=final, proposal_template="KP-7")
    yield "03-02 11:00", play.do, campaign, "galina", revised, Campaign.issue_campaign(), Campaign.start_campaign()
    by_key = {play.case(one).data.contact.key: one for one in play.begun["call_contact"]}
    orion, taiga, mayak, rubin, altai = (by_key[key] for key in ("orion", "taiga", "mayak", "rubin", "altai"))

    yield "03-03 10:05", play.do, orion, "kirill", Contact.claim_contact()
    play.refused(orion, "lera", Contact.claim_contact())
    yield "03-03 10:10", play.do, orion, "kirill", Contact.place_call(system=DIALLER, record_ref="call-1")
    play.meanwhile(orion, "kirill", Contact.record_script_step(script_step="need"))
    play.do(orion, "kirill", Contact.identify_need(need=play.say("need")))
    yield "03-03 10:25", play.do, orion, "kirill", Contact.send_proposal(proposal_ref="KP-7/1", channel=EMAIL)
    play.meanwhile(orion, "kirill", Contact.end_call(seconds=240))
    play.do(orion, "kirill", Contact.record_result(disposition=Disposition.NEED_IDENTIFIED))
    yield "03-03 11:00", _call, play, taiga, "call-2", Disposition.NO_ANSWER
    yield "03-03 11:20", _call, play, mayak, "call-3", Disposition.DO_NOT_CALL
    yield "03-03 12:00", play.do, orion, "denis", Contact.accept_lead()

    yield "03-04 09:20", play.do, rubin, "kirill", Contact.claim_contact()
    play.refused(rubin, "kirill", Contact.place_call(system=DIALLER, record_ref="call-4"))
    yield "03-04 10:10", play.meanwhile, rubin, "kirill", Contact.claim_contact()
    play.do(rubin, "kirill", Contact.place_call(system=DIALLER, record_ref="call-4"))
    play.meanwhile(rubin, "kirill", Contact.end_call(seconds=240))
    yield "03-04 11:00", _call, play, altai, "call-5", Disposition.WRONG_NUMBER
    yield "03-04 11:30", play.refused, taiga, "lera", Contact.schedule_retry(next_at=local("03-05 10:30"))
    yield "03-05 11:00", play.refused, campaign, "galina", Campaign.complete_campaign()
    yield "03-05 11:30", play.do, rubin, "kirill", Contact.record_result(disposition=Disposition.NOT_NOW)
    yield "03-05 12:00", play.do, campaign, "galina", Campaign.complete_campaign()


def _call(play: Play, contact: str, record: str, result: Disposition) -> None:
    placed = Contact.place_call(system=DIALLER, record_ref=record)
    play.meanwhile(contact, "lera", Contact.claim_contact(), placed, Contact.end_call(seconds=0))
    play.do(contact, "lera", Contact.record_result(disposition=result))


def sales(play: Play) -> Story:
    """The sales of the month."""
    say = play.say
    call, ready = say("call"), Sale.confirm_client_readiness(evidence=say("letter"))
    answered: dict[str, Any] = {"meeting": say("visit"), "answers": firm.FIRM["answers"]}
    asked = Sale.complete_questionnaire(**answered)

    vega = yield "03-02 10:00", play.start, "anna", _prospect(play, "vega", "exhibition")
    yield "03-02 11:30"
    play.do(vega, "anna", Sale.start_price_negotiation(contact_ref=call, **play.quote(discount=30)))
    yield "03-02 15:00", play.do, vega, "anna", asked
    play.refused(vega, "anna", Sale.submit_for_approval())
    yield "03-02 15:10", play.do, vega, "anna", ready, Sale.submit_for_approval()
    yield "03-02 15:20", play.refused, vega, "anna", Sale.approve_quote()
    yield "03-03 11:00", play.do, vega, "boris", Sale.reject_quote(reason=say("too_cheap"))
    yield "03-03 16:00"
    with play.telling(quiet=True):
        sever = play.start("denis", _prospect(play, "sever", "website"))
    yield "03-04 10:00"
    play.do(vega, "anna", Sale.revise_quote(lines=play.quote(discount=10)["lines"]))
    play.meanwhile(vega, "anna", ready)
    play.do(vega, "anna", Sale.submit_for_approval())
    with play.telling(quiet=True):
        polus = play.start("denis", _prospect(play, "polus", "referral"))
    yield "03-04 11:00"
    orion = next(one for one in play.begun["sale"] if play.case(one).data.lead is not None)
    play.do(orion, "denis", Sale.start_price_negotiation(contact_ref=call, **play.quote()))
    yield "03-05 12:00", play.do, vega, "boris", Sale.approve_quote()
    play.meanwhile(polus, "denis", Sale.start_price_negotiation(contact_ref=call, **play.quote()))
    yield "03-06 11:00", play.do, vega, "igor", Sale.open_deal(number="2026-014", existing=None)
    in_charge = Sale.assign_specialist(specialist="olga", contact_email=firm.FIRM["clients"]["vega"]["email"])
    play.do(vega, "boris", in_charge)
    play.do(polus, "denis", Sale.record_client_refusal(reason=say("rival")))

    yield "03-10 11:00", _sign, play, vega, "D-14"
    yield "03-11 10:00", play.do, vega, "olga", Sale.dispatch_contract(channel=EMAIL)
    again = yield "03-11 12:00", play.start, "anna", _prospect(play, "vega", "client")
    talks = Sale.start_price_negotiation(contact_ref=call, **play.quote())
    play.meanwhile(again, "anna", talks, asked, ready, Sale.submit_for_approval())
    yield "03-12 10:00", play.meanwhile, sever, "denis", talks
    yield "03-12 10:30", play.meanwhile, again, "boris", Sale.approve_quote()
    yield "03-12 15:00", play.refused, again, "igor", Sale.open_deal(number="2026-015", existing=None)
    play.do(again, "igor", Sale.open_deal(number="2026-015", existing=vega))
    play.meanwhile(again, "boris", in_charge)
    yield "03-13 10:30"
    with play.telling(quiet=True):
        _sign(play, again, "D-15")
    yield "03-13 11:00", play.meanwhile, sever, "denis", asked, ready
    play.do(sever, "denis", Sale.submit_for_approval())
    yield "03-13 12:00"
    order = WorkRequest(say("order_letter"), (Work("1", "CERT"),))
    director = say("director")
    play.do(vega, "faina", Sale.record_scan_return(scan_ref="scan-14.pdf", signatory=director, requests=(order,)))

    yield "03-16 11:00", play.meanwhile, again, "olga", Sale.dispatch_contract(channel=COURIER)
    yield "03-19 11:00", play.do, vega, "faina", Sale.record_original_return(archive_ref="A-14")
    play.meanwhile(again, "faina", Sale.record_scan_return(scan_ref="scan-15.pdf", signatory=director))
    play.do(again, "faina", Sale.record_original_return(archive_ref="A-15"))
    changed = Amendment.draft_amendment(deal=again, terms=say("courier"))
    amendment = yield "03-20 12:00", play.start, "olga", changed
    signed = Amendment.sign_amendment(reference="A-16", signed_by="viktor", signatory=director)
    play.refused(amendment, "faina", signed)
    yield "03-23 11:00", play.do, amendment, "boris", Amendment.approve_amendment()
    yield "03-25 12:00", play.do, amendment, "faina", signed
    yield "03-26 11:00"
    of_orion = Sale.complete_questionnaire(**answered, client=firm.client("orion", play.locale))
    play.meanwhile(orion, "denis", of_orion, ready, Sale.submit_for_approval())
    yield "03-27 10:00", play.do, orion, "boris", Sale.approve_quote()
    yield "03-31 11:00", play.meanwhile, sever, "denis", ready
    play.do(sever, "denis", Sale.submit_for_approval())
    yield "03-31 17:00", play.hand_over, "denis", "anna", "galina"


def _prospect(play: Play, client: str, source: str) -> Opening[Any]:
    card = firm.client(client, play.locale)
    return Sale.register_prospect(source=play.say(f"source.{source}"), client=card)


def _sign(play: Play, deal: str, number: str) -> None:
    play.meanwhile(deal, "faina", Sale.draft_contract(number=number, template_version="7"))
    play.do(deal, "faina", Sale.obtain_ceo_signature(signed_by="viktor"), Sale.hand_over_contract())
