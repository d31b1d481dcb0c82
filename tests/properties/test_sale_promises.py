"""What no order of steps and no spelling gets round: approvals that outlive a change, and a client on record twice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.processes.trade import TO_APPROVED, Trade

from salesreg.commercial.domain.clients import ClientDraft, ClientKind, Contact
from salesreg.commercial.domain.prices import QuoteStatus
from salesreg.errors import OutOfOrder, StepRefused

STEPS = (
    "revise_quote", "submit_for_approval", "approve_quote", "reject_quote", "recall_submission", "reprice_quote",
    "require_reapproval", "confirm_client_readiness", "open_deal", "assign_specialist", "draft_contract",
    "obtain_ceo_signature", "hand_over_contract", "dispatch_contract", "record_client_changes",
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=25), st.booleans())
def test_no_approval_outlives_a_change_of_what_was_approved(steps, reopened):
    desk = Trade()
    desk.begin("sale", "register_prospect", case="D")
    desk.take("D", *TO_APPROVED)
    if reopened:
        desk.take("D", "open_deal", number=None, existing=None)
        desk.take("D", "require_reapproval")
    for step in steps:
        numbered = {"number": None, "existing": None} if step == "open_deal" else {}
        priced = {"price_affected": True} if step == "record_client_changes" else {}
        before = desk.case("D").data
        try:
            after = desk.take("D", step, **numbered, **priced).data
        except (StepRefused, OutOfOrder):
            continue
        assert after.number == before.number or step == "open_deal", "what a way goes by shows the step behind it"
        assert after.specialist == before.specialist or step == "assign_specialist"
        if after.quote_hash != before.quote_hash:
            assert after.approval is None
            assert after.contract is None
        if after.approval is not None:
            assert (after.approval.quote_hash, after.quote.status) == (after.quote_hash, QuoteStatus.APPROVED)
        if after.contract is not None:
            assert after.contract.quote_hash == after.approval.quote_hash
            assert after.number is not None


BLANKS = st.sampled_from([" ", "  ", "\u00a0"])
WORDS = st.permutations(["Ivan", "Petrov", "Olegovich"])
PHONES = st.sampled_from(["+7 900 000-00-01", "8 (900) 000 00 01", "900 0000001", "7-900-000-00-01"])
CASES = st.sampled_from([str.upper, str.lower, str.title])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(WORDS, BLANKS, PHONES, CASES), min_size=2, max_size=4))
def test_one_client_is_never_two_records_however_spelt(spellings):
    desk, first = Trade(), None
    for words, blank, phone, case in spellings:
        name = case(blank.join(words))
        client = ClientDraft(name, ClientKind.B2C, contacts=(Contact(name, phone=phone),))
        deal = desk.begin("sale", "register_prospect", client=client).id
        desk.take(deal, *TO_APPROVED)
        if first is not None:
            desk.refused(deal, "open_deal", "counterparty_exists", number=None, because="I do not look")
            desk.take(deal, "open_deal", number=None, existing=first)
        else:
            first = desk.take(deal, "open_deal", number=None, existing=None).id
    assert {one.data.counterparty.id for one in desk.engine.cases("sale")} == {f"{first}.counterparty"}
