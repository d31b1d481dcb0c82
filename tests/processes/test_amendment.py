"""The amendment, as the regulation reads: who drafts, approves and signs it, and what holds from then on."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
import pytest
from tests.processes.trade import TO_DONE, Trade

from salesreg.commercial.domain.amendments import Amendment
from salesreg.commercial.domain.contracts import PowerOfAttorney
from salesreg.commercial.domain.deals import Outcome
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.prices import QuoteLine
from salesreg.commercial.domain.work import Work
from salesreg.commercial.numbering import number_gaps
from salesreg.commercial.processes.amendment import AmendmentProcess
from salesreg.commercial.roles import CEO, HEAD, SPECIALIST
from salesreg.errors import DomainError
from salesreg.process import ObligationStatus
from salesreg.rules import Delegation
from salesreg.testing.commercial import ANNA, BOSS, DINA, IRINA, PETR, SVETA, moscow

FEBRUARY = dt.date(2026, 2, 1), dt.date(2026, 2, 28)
DEARER = (QuoteLine("audit", Money(12000), quantity=Decimal(20)), QuoteLine("visit", Money(500)))


def drafted(*steps: str, **given) -> Trade:
    """A deal in force with the amendment A after some steps."""
    desk = Trade(delegations=given.pop("delegations", ()), **given.pop("settings", {}))
    desk.deal()
    desk.begin("amendment", "draft_amendment", case="A", **{"lines": DEARER, **given})
    desk.take("A", *steps)
    return desk


def test_the_page_is_whole_and_nobody_signs_what_nobody_approved():
    assert AmendmentProcess.check() == ()
    behind = AmendmentProcess.guarantees().behind
    assert behind["signed"] == ("draft_amendment", "approve_amendment", "sign_amendment")
    assert AmendmentProcess.guarantees().alone["signed"] == ()


# -- the draft --------------------------------------------------------------------------------------------------------


def test_those_in_charge_of_a_deal_draft_an_amendment_and_the_head_owes_a_decision():
    desk = drafted()
    assert (desk.stage("A"), desk.case("A").data.number) == ("proposed", "1")
    assert desk.owed("A")["amendment.approval"].due == moscow(3, "18:00")
    assert desk.told("A") == {"irina"}
    desk.refused_to_begin("amendment", "draft_amendment", "not_in_charge", by=SVETA)
    desk.refused_to_begin("amendment", "draft_amendment", "not_in_charge", by=DINA)
    desk.begin("amendment", "draft_amendment", by=ANNA, terms="another address")


def test_an_amendment_changes_something_in_a_contract_in_force():
    desk = drafted()
    desk.refused_to_begin("amendment", "draft_amendment", "amendment_of_nothing", lines=(), terms=" ")
    desk.refused_to_begin("amendment", "draft_amendment", "quote_item_twice", lines=(*DEARER, DEARER[0]))
    foreign = (QuoteLine("visit", Money(5, "EUR")),)
    desk.refused_to_begin("amendment", "draft_amendment", "quote_mixed_currencies", lines=foreign)
    desk.refused_to_begin("amendment", "draft_amendment", "ends_no_later", until=moscow(1, month=3))
    desk.begin("sale", "register_prospect", case="E", client=attrs.evolve(desk.case("D").data.client, inn="7830002293"))
    desk.refused_to_begin("amendment", "draft_amendment", "not_in_charge", "contract_not_in_force", deal="E")


def test_an_amendments_number_is_one_of_its_contract():
    desk = drafted()
    desk.refused_to_begin("amendment", "draft_amendment", "number_taken", number=" 1.")
    assert desk.begin("amendment", "draft_amendment", case="B").data.number == "2"
    desk.begin("amendment", "draft_amendment", number="5")
    assert [(gap.first, gap.last) for gap in number_gaps(desk.engine, "amendment")] == [(3, 4)]
    desk.take("B", "withdraw_amendment")
    assert desk.begin("amendment", "draft_amendment", number="2").data.number == "2"


def test_the_lines_of_an_amendment_are_judged_by_the_base_price_list_in_force():
    desk = Trade()
    desk.begin("price_change", "adopt_base_list", case="B")
    desk.deal()
    codes = ("quote_line_off_list", "quote_line_unlisted")
    desk.refused_to_begin("amendment", "draft_amendment", *codes, lines=DEARER)
    desk.begin("amendment", "draft_amendment", case="A", lines=(QuoteLine("audit", Money(10000)),))
    desk.begin("price_change", "draft_proposal", case="C")
    desk.take("C", "submit_proposal", "endorse_proposal", "approve_proposal", "schedule_application")
    desk.take("C", "apply_price_list", content_hash=desk.case("C").data.content_hash)
    desk.at(3).refused("A", "approve_amendment", "list_moved")


# -- the approval -----------------------------------------------------------------------------------------------------


def test_whoever_drafted_an_amendment_does_not_approve_it_nor_does_a_deputy():
    head_who_helps = attrs.evolve(PETR, roles={SPECIALIST, HEAD})
    desk = drafted()
    desk.know(head_who_helps)
    desk.refused("A", "approve_amendment", "same_person", by=head_who_helps)
    stood_in = Trade(delegations=[Delegation("petr", "irina", *FEBRUARY)])
    stood_in.deal()
    stood_in.begin("amendment", "draft_amendment", case="A", by=IRINA)
    assert stood_in.case("A").data.worked_on == ("petr", "irina")
    stood_in.refused("A", "approve_amendment", "same_person")


def test_whoever_drafted_an_amendment_and_handed_it_over_does_not_approve_it_either():
    head_who_helps = attrs.evolve(PETR, roles={SPECIALIST, HEAD})
    desk = drafted()
    desk.take("A", "take_over")
    assert desk.case("A").data.author == "dina"
    desk.know(head_who_helps)
    desk.refused("A", "approve_amendment", "same_person", by=head_who_helps)
    desk.take("A", "revise_amendment", by=DINA)
    desk.take("A", "approve_amendment")


def test_an_approval_is_of_exactly_what_was_read():
    desk = drafted()
    read = desk.case("A").data.content_hash
    desk.take("A", "revise_amendment", lines=(QuoteLine("audit", Money(11000)),))
    desk.refused("A", "approve_amendment", "other_content", content_hash=read)
    desk.take("A", "approve_amendment", content_hash=desk.case("A").data.content_hash)
    assert desk.case("A").data.approval.quote_hash == desk.case("A").data.content_hash
    desk.take("A", "revise_amendment", lines=DEARER)
    assert (desk.stage("A"), desk.case("A").data.approval) == ("proposed", None)
    desk.refused("A", "sign_amendment", "wrong_stage")


def test_no_amendment_bears_the_approval_of_another():
    desk = drafted("approve_amendment")
    approved: Amendment = desk.case("A").data
    for change in ({"terms": "more"}, {"lines": DEARER[:1]}, {"until": moscow(2)}, {"number": "9"}, {"base": "x"}):
        with pytest.raises(DomainError) as caught:
            attrs.evolve(approved, **change)
        assert caught.value.code == "amendment_approval_of_another"


def test_a_rejected_amendment_is_revised_or_withdrawn_and_says_why():
    desk = drafted()
    desk.refused("A", "reject_amendment", "blank", reason=" ")
    desk.take("A", "reject_amendment")
    assert desk.case("A").data.decisions[-1].reason == "too cheap"
    assert desk.closed("A") == {"amendment.approval": ObligationStatus.MET}
    assert desk.told("A") == {"petr"}
    desk.take("A", "revise_amendment", "approve_amendment")
    other = drafted("reject_amendment", "withdraw_amendment")
    assert other.stage("A") == "withdrawn"


def test_a_discount_in_an_amendment_keeps_to_the_limits_of_authority():
    cheap = (QuoteLine("audit", Money(10000), Decimal(50)),)
    desk = drafted("approve_amendment", lines=cheap)
    assert (desk.stage("A"), desk.case("A").data.approval) == ("with_director", None)
    desk.know(attrs.evolve(IRINA, roles={HEAD, CEO}))
    desk.refused("A", "confirm_amendment", "same_person", by=IRINA)
    desk.take("A", "confirm_amendment")
    assert [one.outcome for one in desk.case("A").data.decisions] == [Outcome.ENDORSED, Outcome.APPROVED]
    asked = drafted()
    asked.take("A", "approve_amendment", to_director=True)
    assert asked.stage("A") == "with_director"
    no = drafted("approve_amendment", lines=cheap)
    no.take("A", "reject_amendment", by=BOSS)
    assert no.stage("A") == "rejected"


# -- the signatures, and what holds from then on ----------------------------------------------------------------------


def test_an_amendment_changes_the_deal_only_when_both_sides_have_signed():
    desk = drafted("approve_amendment")
    before = desk.case("D").data
    assert before.quote.total == Money("93333.30")
    desk.take("A", "sign_amendment")
    deal = desk.case("D").data
    assert {line.item: line.price for line in deal.quote.lines} == {
        "audit": Money(12000), "test": Money("333.33"), "visit": Money(500),
    }  # fmt: skip
    assert (deal.quote.version, deal.contract.amendments, deal.approval.by) == (2, ("1",), "irina")
    assert deal.contract.quote_hash == deal.approval.quote_hash == deal.quote_hash
    assert desk.engine.verify() == ()


def test_what_was_ordered_before_an_amendment_keeps_its_price_and_what_comes_after_has_the_new_one():
    desk = drafted("approve_amendment")
    desk.order("W", *TO_DONE)
    desk.order("V", *TO_DONE[:-1])
    requested = desk.invoice_of("W").id
    desk.take("A", "sign_amendment")
    desk.take(requested, "issue_invoice")
    desk.take("V", "report_work_done")
    desk.order("U", *TO_DONE)
    gross = {name: desk.invoice_of(name).data.totals.gross for name in "WVU"}
    assert gross == {"W": Money(9000), "V": Money(9000), "U": Money(12000)}


def test_an_amendment_raises_what_may_be_ordered():
    desk = drafted("approve_amendment")
    twelve = (Work("1", "audit", Decimal(12)),)
    desk.refused_to_begin("work_order", "receive_work_order", "beyond_the_quote", works=twelve)
    desk.take("A", "sign_amendment")
    desk.order("W", works=twelve)
    desk.order("V", works=(Work("1", "visit"),))


def test_an_amendment_that_moves_the_end_answers_for_the_renewal():
    settings = {"sale__contract_term": "2 months", "sale__renewal_reminder": "10 calendar days before"}
    desk = drafted("approve_amendment", lines=(), until=moscow(1, month=9), settings=settings)
    desk.at(24, month=3).engine.tick()
    assert "sale.renewal" in desk.owed("D")
    desk.take("A", "sign_amendment")
    contract = desk.case("D").data.contract
    assert (contract.ends_at, contract.amendments, contract.renewals) == (moscow(1, month=9), ("1",), ("1",))
    assert "sale.renewal" not in desk.owed("D")
    assert desk.case("D").data.quote.version == 1


def test_a_contract_that_has_ended_is_changed_only_by_what_lets_it_go_on():
    settings = {"sale__contract_term": "2 months", "sale__renewal_reminder": "10 calendar days before"}
    desk = drafted("approve_amendment", settings=settings)
    desk.at(6, month=4).engine.tick()
    [refusal] = desk.refused("A", "sign_amendment", "contract_ended").refusals
    assert refusal.need == moscow(2, "18:00", month=4).astimezone(dt.UTC).isoformat()
    desk.refused_to_begin("amendment", "draft_amendment", "contract_ended", lines=DEARER)
    desk.take("A", "sign_amendment", signed_at=moscow(2, "17:00", month=4))
    desk.begin("amendment", "draft_amendment", case="B", lines=(), until=moscow(1, month=9))
    desk.take("B", "approve_amendment", "sign_amendment")
    assert desk.case("D").data.contract.ends_at == moscow(1, month=9)


def test_an_amendment_is_signed_on_both_sides_by_whoever_may():
    desk = drafted()
    desk.at(3).take("A", "approve_amendment")
    old, valid = PowerOfAttorney("7", dt.date(2026, 2, 3)), PowerOfAttorney("8", dt.date(2026, 2, 4))
    desk.refused("A", "sign_amendment", "too_early", signed_at=moscow(2, "12:00"))
    desk.at(4).refused("A", "sign_amendment", "no_power", signed_by="finn")
    expired = ("power_expired", "power_expired")
    desk.refused("A", "sign_amendment", *expired, signed_by="finn", power=old, client_power=old)
    desk.take("A", "sign_amendment", signed_by="finn", power=valid, client_power=valid)
    assert (desk.case("A").data.signed_by, desk.case("A").data.power) == ("finn", valid)


def test_an_amendment_made_to_prices_that_have_changed_since_is_revised():
    desk = drafted("approve_amendment")
    desk.begin("amendment", "draft_amendment", case="B", lines=(QuoteLine("audit", Money(11000)),))
    desk.begin("amendment", "draft_amendment", case="C", lines=(), terms="another address")
    desk.take("C", "approve_amendment")
    desk.take("A", "sign_amendment")
    desk.refused("B", "approve_amendment", "contract_changed")
    desk.refused("C", "sign_amendment", "contract_changed")
    desk.take("B", "revise_amendment", "approve_amendment", "sign_amendment")
    assert desk.case("D").data.contract.amendments == ("1", "2")


def test_a_deal_is_not_closed_over_an_open_amendment_and_cancels_it_with_itself():
    desk = drafted("approve_amendment")
    desk.take("D", "record_original_return")
    desk.refused("D", "close_deal", "amendments_open")
    desk.begin("amendment", "draft_amendment", case="B", terms="another address")
    desk.take("A", "sign_amendment")
    desk.take("D", "cancel_deal")
    assert (desk.stage("A"), desk.stage("B")) == ("signed", "withdrawn")


def test_an_amendment_whose_author_has_left_is_taken_over_or_withdrawn_by_the_head():
    desk = drafted("reject_amendment")
    desk.know(attrs.evolve(PETR, left_on=dt.date(2026, 2, 2)))
    desk.at(4).take("A", "take_over")
    desk.take("A", "revise_amendment", by=DINA)
    desk.take("A", "withdraw_amendment", by=IRINA)
    assert desk.stage("A") == "withdrawn"
