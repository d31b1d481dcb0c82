"""How long a price holds, who may grant how much, and what becomes of a contract in force."""

from __future__ import annotations

from tests.processes.trade import TO_APPROVED, Trade

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
