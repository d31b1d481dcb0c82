"""A deal never holds an approval of another quote, nor a contract without an approval."""

import datetime as dt

import attrs
import msgspec
import pytest

from salesreg.commercial.domain.clients import ClientDraft
from salesreg.commercial.domain.contracts import Contract
from salesreg.commercial.domain.deals import ApprovalDecision, Deal, Hold, Outcome, Readiness, Subject
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.prices import QuoteLine, QuoteStatus
from salesreg.errors import DomainError, NaiveDatetimeError
from salesreg.rules.instants import to_utc

NOON = dt.datetime(2026, 2, 2, 9, tzinfo=dt.UTC)
LINES = (QuoteLine("audit", Money(1000)),)
FRESH = Deal("exhibition", ClientDraft("OOO Romashka"))
QUOTED = FRESH.requoted(LINES, "2026-1")


APPROVED = QUOTED.approved("head", NOON)
READY = attrs.evolve(APPROVED, readiness=Readiness("letter 5", NOON))
DRAFTED = READY.drafted("C-1", "t-1", "finn")


def wrong(code, build):
    with pytest.raises(DomainError) as caught:
        build()
    assert caught.value.code == code
    return caught.value


def test_a_deal_records_its_source():
    assert "exhibition" in str(wrong("deal_without_source", lambda: Deal(" ", ClientDraft("OOO Romashka"))))


def test_an_approval_is_of_the_very_quote_on_the_deal():
    assert APPROVED.quote.status is QuoteStatus.APPROVED
    cheaper = (QuoteLine("audit", Money(900)),)
    wrong("deal_approval_of_another_quote", lambda: APPROVED.requoted(cheaper))
    wrong("deal_approval_of_another_quote", lambda: attrs.evolve(APPROVED, quote=None))


def test_an_approval_is_of_the_quote_as_it_was_submitted():
    asked = QUOTED.quoted(QuoteStatus.SUBMITTED, submitted_by="anna", submitted_through="sveta")
    deal = asked.approved("head", NOON)
    assert deal.approval == ApprovalDecision(Subject.PRICE, Outcome.APPROVED, "head", NOON, asked.quote_hash, "anna")
    assert (deal.quote_status(), deal.decisions) == ("approved", (deal.approval,))


def test_a_status_changes_neither_the_content_of_a_quote_nor_its_hash():
    submitted = QUOTED.quoted(QuoteStatus.SUBMITTED)
    assert submitted.quote.content_hash is QUOTED.quote.content_hash
    assert submitted.approved("head", NOON).quote_hash is submitted.rejected("head", NOON, "no").quote_hash
    assert FRESH.quote_hash == ""


def test_a_contract_rests_on_a_standing_approval():
    contract = Contract("C-1", "t-1", APPROVED.quote.content_hash)
    assert attrs.evolve(APPROVED, contract=contract).contract == contract
    for deal, other in ((QUOTED, contract), (APPROVED, attrs.evolve(contract, quote_hash="0" * 64))):
        error = wrong(
            "deal_contract_without_approval", lambda deal=deal, other=other: attrs.evolve(deal, contract=other)
        )
        assert error.facts == {"got": "C-1"}
    wrong("deal_contract_without_approval", lambda: QUOTED.drafted("C-1", "t-1", "finn"))


def test_a_revised_quote_keeps_the_old_one_and_loses_the_clients_readiness():
    ready = attrs.evolve(QUOTED, readiness=Readiness("letter 5", NOON))
    revised = ready.requoted((QuoteLine("audit", Money(900)),))
    assert revised.readiness is None
    assert revised.quote_history == (QUOTED.quote,)
    assert revised.quote.version == 2


def test_rejections_are_counted_and_keep_their_reasons():
    rejected = QUOTED.rejected("head", NOON, "too cheap")
    assert [one.reason for one in rejected.rejections] == ["too cheap"]
    assert rejected.approval is None
    assert rejected.quote.status is QuoteStatus.REJECTED
    wrong("rejection_without_reason", lambda: QUOTED.rejected("head", NOON, " "))


def test_a_contract_that_is_refused_is_no_rejection_of_the_price():
    refused = DRAFTED.contract_refused("boss", NOON, "terms", cancel_reason="terms")
    assert (refused.contract, refused.rejections, refused.cancel_reason) == (None, (), "terms")
    no = refused.decisions[-1]
    assert (no.subject, no.outcome, no.by, no.reason) == (Subject.CONTRACT, Outcome.REJECTED, "boss", "terms")
    assert no.quote_hash == APPROVED.quote_hash
    assert [old.number for old in refused.contract_history] == ["C-1"]


def test_a_price_that_is_open_again_has_no_approval():
    reopened = READY.price_reopened()
    assert (reopened.approval, reopened.readiness, reopened.quote.status) == (None, None, QuoteStatus.REVOKED)
    assert len(reopened.decisions) == 1
    assert reopened.price_reopened() is reopened


def test_a_contract_falls_with_the_approval_that_it_rests_on():
    reopened = DRAFTED.price_reopened("p-1")
    assert (reopened.contract, reopened.quote_status()) == (None, "revoked")
    assert [old.disagreements for old in reopened.contract_history] == [("p-1",)]


def test_a_dropped_contract_goes_to_the_history():
    assert APPROVED.contract_dropped("p-1") is APPROVED
    dropped = DRAFTED.contract_dropped("p-1")
    assert dropped.contract is None
    assert [old.disagreements for old in dropped.contract_history] == [("p-1",)]
    assert DRAFTED.contract_with(signed_by="ceo").contract.signed_by == "ceo"
    again = DRAFTED.drafted("C-2", "t-1", "finn")
    assert (again.contract.number, [old.number for old in again.contract_history]) == ("C-2", ["C-1"])


def test_a_deal_says_how_far_its_contract_has_come():
    assert (FRESH.signed, FRESH.sent_at, FRESH.archived, FRESH.remind_after) == (False, None, False, None)
    later = NOON + dt.timedelta(days=1)
    sent = DRAFTED.contract_with(ceo_signed_at=NOON, dispatched_at=NOON)
    assert (DRAFTED.signed, sent.signed, sent.sent_at, sent.archived) == (False, True, NOON, False)
    reminded = sent.reminded(NOON, later)
    assert (reminded.contract.reminders, reminded.remind_after) == ((NOON,), later)
    assert reminded.contract_with(original_returned_at=later).archived


def test_a_questionnaire_grows_with_the_meetings_and_is_complete_once_nothing_is_missing():
    company = ClientDraft("OOO Romashka", inn="7707083893", kpp="770701001")
    assert FRESH.missing() == ("everything",)
    once = FRESH.questioned("m-1", {"need": "audit"}, {"need", "budget"}, client=None, by="anna", at=NOON)
    assert (once.missing(), once.questionnaire.completed_at) == (("budget", "client.inn"), None)
    twice = once.questioned("m-2", {"budget": "9"}, {"need", "budget"}, client=company, by="anna", at=NOON)
    assert (twice.missing(), twice.questionnaire.completed_at, twice.client) == ((), NOON, company)
    assert twice.questionnaire.answers == {"need": "audit", "budget": "9"}


def test_what_is_not_there_cannot_change():
    wrong("deal_without_contract", lambda: FRESH.contract_with(signed_by="ceo"))
    wrong("deal_without_contract", lambda: FRESH.reminded(NOON, NOON))
    wrong("deal_without_quote", lambda: FRESH.quoted(QuoteStatus.DRAFT))


def test_readiness_has_evidence_and_a_hold_an_end():
    wrong("readiness_without_evidence", lambda: Readiness(" ", NOON))
    wrong("hold_ends_first", lambda: Hold("holidays", NOON, NOON))
    rest = attrs.evolve(FRESH, hold=Hold("holidays", NOON, NOON + dt.timedelta(days=1)))
    assert rest.on_hold
    assert rest.hold.until == NOON + dt.timedelta(days=1)
    assert not FRESH.on_hold


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
