"""How long a price holds, who may grant how much, and what becomes of a contract in force."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
import pytest
from tests.processes.trade import TO_APPROVED, TO_DONE, Trade

from salesreg.commercial.domain.contracts import PowerOfAttorney
from salesreg.commercial.domain.deals import Outcome
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.prices import QuoteLine
from salesreg.commercial.roles import CEO, HEAD
from salesreg.process import ObligationStatus
from salesreg.testing.commercial import IRINA, SVETA, moscow

TO_SUBMITTED = TO_APPROVED[:-1]


def begun(*steps: str) -> Trade:
    """The department with the deal D after some steps."""
    desk = Trade()
    desk.begin("sale", "register_prospect", case="D")
    desk.take("D", *steps)
    return desk


# -- the validity of a quote ------------------------------------------------------------------------------------------


def test_a_price_that_has_expired_is_neither_submitted_nor_approved_nor_put_in_a_contract():
    talks = begun(*TO_SUBMITTED[:-1]).at(5, month=3)
    talks.refused("D", "submit_for_approval", "quote_expired")
    waiting = begun(*TO_SUBMITTED).at(5, month=3)
    waiting.refused("D", "approve_quote", "quote_expired")
    desk = begun(*TO_APPROVED)
    desk.take("D", "open_deal")
    desk.take("D", "assign_specialist")
    desk.refused("D", "take_back_expired_quote", "quote_valid")
    desk.at(5, month=3).refused("D", "draft_contract", "quote_expired")
    desk.take("D", "take_back_expired_quote")
    assert (desk.stage("D"), desk.case("D").data.approval) == ("negotiating_price", None)
    desk.refused("D", "submit_for_approval", "no_quote", "client_not_ready", "quote_expired")
    desk.take("D", "revise_quote", "confirm_client_readiness", "submit_for_approval", "approve_quote", "draft_contract")
    assert desk.case("D").data.contract is not None


def test_an_approved_price_goes_back_to_the_talks_by_itself_once_it_has_expired():
    desk = begun(*TO_APPROVED).at(4, "18:00", month=3)
    desk.engine.tick()
    assert desk.stage("D") == "opening"
    desk.at(5, month=3)
    desk.engine.tick()
    assert desk.stage("D") == "negotiating_price"
    assert "anna" in desk.told("D")
    drafted = Trade()
    drafted.dispatched()
    drafted.at(5, month=3)
    drafted.engine.tick()
    assert drafted.stage("D") == "awaiting_client_signature"


# -- limits of authority ----------------------------------------------------------------------------------------------


def off(discount: str) -> Trade:
    """A deal that waits for approval with that much off one of its lines."""
    lines = (QuoteLine("audit", Money(10000), Decimal(discount)), QuoteLine("test", Money(300)))
    desk = begun()
    desk.take("D", "start_price_negotiation", lines=lines)
    desk.take("D", *TO_SUBMITTED[1:])
    return desk


def test_a_discount_beyond_the_heads_authority_is_for_the_general_director_too():
    within = off("20")
    within.take("D", "approve_quote")
    assert within.stage("D") == "opening"
    desk = off("20.01")
    desk.take("D", "approve_quote")
    assert (desk.stage("D"), desk.case("D").data.approval) == ("awaiting_director_approval", None)
    assert desk.told("D") == {"anna", "boss"}
    [owed] = desk.case("D").obligations
    assert (owed.norm, owed.status) == ("sale.director_decides", ObligationStatus.OPEN)
    desk.refused("D", "confirm_quote", "other_quote", quote_hash="another")
    desk.take("D", "confirm_quote")
    assert (desk.stage("D"), desk.case("D").data.approval.by) == ("opening", "boss")
    assert [one.outcome for one in desk.case("D").data.decisions] == [Outcome.ENDORSED, Outcome.APPROVED]


def test_a_price_that_the_general_director_rejects_goes_back_with_the_reason():
    desk = off("50")
    desk.take("D", "approve_quote", "decline_quote")
    assert (desk.stage("D"), desk.case("D").data.rejections[-1].reason) == ("negotiating_price", "too cheap")
    assert {"anna", "irina"} <= desk.told("D")


def test_the_head_and_the_general_director_are_two_people():
    desk = off("50")
    desk.know(attrs.evolve(IRINA, roles={HEAD, CEO}))
    desk.take("D", "approve_quote")
    desk.refused("D", "confirm_quote", "same_person", by=IRINA)
    desk.take("D", "confirm_quote", by="boss")


def test_what_is_asked_below_the_list_counts_as_a_discount():
    desk = Trade()
    desk.begin("price_change", "adopt_base_list", case="B")
    desk.begin("sale", "register_prospect", case="D")
    desk.take("D", "start_price_negotiation", lines=(QuoteLine("audit", Money(7000), reason="an old friend"),))
    desk.take("D", *TO_SUBMITTED[1:], "approve_quote")
    assert desk.stage("D") == "awaiting_director_approval"


@pytest.mark.parametrize(
    "line",
    [
        QuoteLine("audit", Money(9000, "USD"), reason="the client pays in dollars"),
        QuoteLine("audit", Money(10000), unit="a dozen", reason="sold by the dozen"),
    ],
)
def test_a_price_that_cannot_be_compared_with_the_list_is_for_the_general_director_too(line):
    desk = Trade()
    desk.begin("price_change", "adopt_base_list", case="B")
    desk.begin("sale", "register_prospect", case="D")
    desk.take("D", "start_price_negotiation", lines=(line,))
    desk.take("D", *TO_SUBMITTED[1:], "approve_quote")
    assert desk.stage("D") == "awaiting_director_approval"


def test_a_line_that_the_list_has_left_behind_gets_one_reason():
    desk = Trade()
    desk.begin("price_change", "adopt_base_list", case="B")
    desk.begin("sale", "register_prospect", case="D")
    desk.take("D", "start_price_negotiation", lines=(QuoteLine("audit", Money(10000)),))
    desk.take("D", *TO_SUBMITTED[1:])
    desk.begin("price_change", "draft_proposal", case="C")
    desk.take("C", "submit_proposal", "endorse_proposal", "approve_proposal", "schedule_application")
    desk.take("C", "apply_price_list", content_hash=desk.case("C").data.content_hash)
    desk.at(3).refused("D", "approve_quote", "list_moved")


# -- the term of a contract --------------------------------------------------------------------------------------------


def in_force(**settings) -> Trade:
    """The deal D with a contract of two months in force, whose renewal is asked for ten days before its end."""
    desk = Trade(sale__contract_term="2 months", sale__renewal_reminder="10 calendar days before", **settings)
    desk.deal()
    desk.take("D", "record_original_return")
    return desk


def test_a_contract_ends_a_term_after_it_came_in_force_as_the_company_counts():
    desk = Trade(sale__contract_term="1 month")
    desk.dispatched()
    desk.at(3).take("D", "record_scan_return", received_at=moscow(2, "15:00"))
    assert desk.case("D").data.contract.ends_at == moscow(2, "18:00", 3)
    rolled = Trade(start=moscow(1, month=4), sale__contract_term="1 month")
    rolled.deal()
    assert rolled.case("D").data.contract.ends_at == moscow(4, "18:00", 5), "1 May is a holiday"


def test_a_renewal_is_asked_for_in_time_and_owed_by_the_specialist_until_the_end():
    desk = in_force()
    desk.at(22, month=3).engine.tick()
    assert "sale.renewal" not in desk.owed("D")
    desk.at(24, month=3).engine.tick()
    assert desk.last("D").step == "ask_for_renewal"
    assert {"anna", "petr"} <= desk.told("D")
    owed = desk.owed("D")["sale.renewal"]
    assert (owed.person, owed.due) == ("petr", moscow(2, "18:00", 4))
    desk.engine.tick()
    assert [one.step for one in desk.engine.history("D")].count("ask_for_renewal") == 1
    desk.refused("D", "renew_contract", "not_in_charge", by=SVETA)
    desk.take("D", "renew_contract")
    assert desk.closed("D") == {"sale.renewal": ObligationStatus.MET}
    contract = desk.case("D").data.contract
    assert (contract.ends_at, contract.renewals) == (moscow(2, "18:00", 6), ("letter 30",))
    desk.at(26, month=5).engine.tick()
    assert "sale.renewal" in desk.owed("D")


def test_a_contract_is_let_end_for_a_reason_and_nobody_is_asked_again():
    desk = in_force()
    desk.at(24, month=3).engine.tick()
    desk.refused("D", "let_contract_end", "blank", reason=" ")
    desk.take("D", "let_contract_end")
    assert desk.closed("D") == {"sale.renewal": ObligationStatus.MET}
    desk.at(3, month=4).engine.tick()
    assert desk.last("D").step == "let_contract_end"
    desk.take("D", "close_deal")


def test_an_unanswered_renewal_is_a_breach_and_may_still_be_made_up_for():
    desk = in_force()
    desk.at(24, month=3).engine.tick()
    desk.at(3, month=4).take("D", "renew_contract")
    assert desk.closed("D") == {"sale.renewal": ObligationStatus.MET_LATE}


def test_a_renewed_contract_ends_later_than_before():
    desk = in_force()
    desk.refused("D", "renew_contract", "ends_no_later", until=moscow(1, month=4))
    desk.take("D", "renew_contract", until=moscow(1, month=7))
    desk.refused("D", "renew_contract", "renewed_already", agreement="Letter 030")
    desk.at(1, month=10).refused("D", "renew_contract", "ends_no_later", agreement="letter 31")


def test_what_was_asked_is_owed_again_when_a_closed_deal_is_reopened():
    desk = in_force()
    desk.at(24, month=3).engine.tick()
    desk.take("D", "close_deal")
    desk.take("D", "reopen_deal")
    assert desk.owed("D")["sale.renewal"].due == moscow(2, "18:00", 4)


def test_no_work_is_ordered_under_a_contract_that_has_ended():
    desk = in_force()
    desk.at(2, "18:00", month=4).order("W")
    desk.at(2, "18:01", month=4)
    [refusal] = desk.refused_to_begin("work_order", "receive_work_order", "contract_ended").refusals
    assert (refusal.need, refusal.clause) == (moscow(2, "18:00", 4).astimezone(dt.UTC).isoformat(), "R20")
    desk.take("D", "renew_contract")
    desk.order("V")


def test_work_after_the_end_of_a_contract_is_invoiced_once_it_is_renewed():
    desk = in_force()
    desk.at(1, month=4).order("W", *TO_DONE[:-1])
    desk.order("V", *TO_DONE, basis="request")
    desk.at(3, month=4).refused("W", "report_work_done", "contract_ended")
    desk.take("V", "request_invoice")
    desk.take("D", "renew_contract")
    desk.take("W", "report_work_done")
    assert desk.invoice_of("W").stage == "requested"


# -- who signs ---------------------------------------------------------------------------------------------------------


def power(day: int, month: int = 2) -> PowerOfAttorney:
    return PowerOfAttorney("17", dt.date(2026, month, day))


def test_in_the_directors_place_signs_who_holds_a_power_of_attorney_on_the_day():
    desk = begun(*TO_APPROVED, "open_deal", "assign_specialist", "draft_contract")
    desk.refused("D", "obtain_ceo_signature", "no_power", signed_by="finn")
    desk.at(4).refused("D", "obtain_ceo_signature", "power_expired", signed_by="finn", power=power(3))
    desk.take("D", "obtain_ceo_signature", signed_by="finn", power=power(3), signed_at=moscow(3, "18:00"))
    assert (desk.case("D").data.contract.signed_by, desk.case("D").data.contract.power) == ("finn", power(3))
    desk.take("D", "draft_contract")
    desk.take("D", "obtain_ceo_signature")
    assert desk.case("D").data.contract.power is None


@pytest.mark.parametrize("step", ["record_scan_return", "record_electronic_signature"])
def test_a_client_signs_by_a_power_of_attorney_that_was_valid_on_the_day(step):
    desk = Trade()
    desk.dispatched()
    desk.at(5).refused("D", step, "power_expired", power=power(3))
    desk.refused("D", step, "too_early", power=power(3), signed_at=moscow(3), received_at=moscow(2, "11:00"))
    desk.take("D", step, power=power(3), signed_at=moscow(3, "12:00"))
    assert (desk.stage("D"), desk.case("D").data.contract.client_power) == ("in_force", power(3))
