"""A deal never holds an approval of another quote, nor a contract without an approval."""

import datetime as dt

import attrs
import msgspec
import pytest

from salesreg.domain.clients import ClientDraft
from salesreg.domain.contracts import Contract
from salesreg.domain.deals import ApprovalDecision, Deal, Hold, Outcome, Readiness, Subject
from salesreg.domain.instants import to_utc
from salesreg.domain.money import Money
from salesreg.domain.prices import QuoteLine, QuoteStatus
from salesreg.errors import DomainError, NaiveDatetimeError

NOON = dt.datetime(2026, 2, 2, 9, tzinfo=dt.UTC)
LINES = (QuoteLine("audit", Money(1000)),)
FRESH = Deal("exhibition", ClientDraft("OOO Romashka"))
QUOTED = FRESH.requoted(LINES, "2026-1")


def decision(deal, outcome=Outcome.APPROVED, reason="", subject=Subject.PRICE):
    return ApprovalDecision(subject, outcome, "head", NOON, deal.quote.content_hash, "anna", reason)


APPROVED = QUOTED.decided(decision(QUOTED))


def test_a_deal_records_its_source():
    with pytest.raises(DomainError, match="exhibition"):
        Deal(" ", ClientDraft("OOO Romashka"))


def test_an_approval_is_of_the_very_quote_on_the_deal():
    assert APPROVED.quote.status is QuoteStatus.APPROVED
    with pytest.raises(DomainError, match="of another quote"):
        APPROVED.requoted((QuoteLine("audit", Money(900)),))
    with pytest.raises(DomainError, match="of another quote"):
        attrs.evolve(APPROVED, quote=None)


def test_a_contract_rests_on_a_standing_approval():
    contract = Contract("C-1", "t-1", APPROVED.quote.content_hash)
    assert attrs.evolve(APPROVED, contract=contract).contract == contract
    for deal, wrong in ((QUOTED, contract), (APPROVED, attrs.evolve(contract, quote_hash="0" * 64))):
        with pytest.raises(DomainError, match="no standing approval"):
            attrs.evolve(deal, contract=wrong)


def test_a_revised_quote_keeps_the_old_one_and_loses_the_clients_readiness():
    ready = attrs.evolve(QUOTED, readiness=Readiness("letter 5", NOON))
    revised = ready.requoted((QuoteLine("audit", Money(900)),))
    assert revised.readiness is None
    assert revised.quote_history == (QUOTED.quote,)
    assert revised.quote.version == 2


def test_rejections_are_counted_and_keep_their_reasons():
    rejected = QUOTED.decided(decision(QUOTED, Outcome.REJECTED, "too cheap"))
    assert [one.reason for one in rejected.rejections] == ["too cheap"]
    assert rejected.approval is None
    assert rejected.quote.status is QuoteStatus.REJECTED
    refusal = decision(APPROVED, Outcome.REJECTED, "terms", Subject.CONTRACT)
    assert attrs.evolve(APPROVED, decisions=(refusal,)).rejections == ()
    with pytest.raises(DomainError, match="without a reason"):
        decision(QUOTED, Outcome.REJECTED, " ")


def test_a_price_that_is_open_again_has_no_approval():
    reopened = APPROVED.price_reopened()
    assert (reopened.approval, reopened.readiness, reopened.quote.status) == (None, None, QuoteStatus.REVOKED)
    assert len(reopened.decisions) == 1


def test_a_dropped_contract_goes_to_the_history():
    assert APPROVED.contract_dropped("p-1") is APPROVED
    drafted = attrs.evolve(APPROVED, contract=Contract("C-1", "t-1", APPROVED.quote.content_hash))
    dropped = drafted.contract_dropped("p-1")
    assert dropped.contract is None
    assert [old.disagreements for old in dropped.contract_history] == [("p-1",)]
    assert drafted.contract_with(signed_by="ceo").contract.signed_by == "ceo"


def test_what_is_not_there_cannot_change():
    with pytest.raises(DomainError, match="draft it first"):
        FRESH.contract_with(signed_by="ceo")
    with pytest.raises(DomainError, match="start the price negotiation first"):
        FRESH.quoted(QuoteStatus.DRAFT)


def test_readiness_has_evidence_and_a_hold_an_end():
    with pytest.raises(DomainError, match="proves nothing"):
        Readiness(" ", NOON)
    with pytest.raises(DomainError, match="give a later instant"):
        Hold("holidays", NOON, NOON)
    rest = attrs.evolve(FRESH, hold=Hold("holidays", NOON, NOON + dt.timedelta(days=1)))
    assert rest.on_hold
    assert rest.hold_until == NOON + dt.timedelta(days=1)
    assert not FRESH.on_hold
    assert FRESH.hold_until is None


def test_a_record_reads_back_as_the_same_deal():
    deal = attrs.evolve(
        APPROVED,
        contract=Contract("C-1", "t-1", APPROVED.quote.content_hash),
        readiness=Readiness("letter 5", NOON),
        hold=Hold("holidays", NOON, NOON + dt.timedelta(days=1)),
    )
    assert msgspec.json.decode(msgspec.json.encode(deal), type=Deal) == deal


def test_an_instant_is_one_moment_in_utc():
    moscow = dt.timezone(dt.timedelta(hours=3))
    assert to_utc(dt.datetime(2026, 2, 2, 12, tzinfo=moscow)) == NOON
    assert to_utc(NOON) is NOON
    with pytest.raises(NaiveDatetimeError, match="has no time zone"):
        to_utc(dt.datetime(2026, 2, 2))  # noqa: DTZ001 - naive on purpose
