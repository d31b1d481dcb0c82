"""How long a price holds, who may grant how much, and what becomes of a contract in force."""

from __future__ import annotations

from decimal import Decimal

import attrs
from tests.processes.trade import TO_APPROVED, Trade

from salesreg.commercial.domain.deals import Outcome
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.prices import QuoteLine
from salesreg.commercial.roles import CEO, HEAD
from salesreg.process import ObligationStatus
from salesreg.testing.commercial import IRINA

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
