"""Orders for work: what is asked for, what is missing, what the client has agreed to."""

import datetime as dt
from decimal import Decimal

import attrs
import msgspec
import pytest

from salesreg.domain.work import (
    DocumentDraft,
    DocumentKind,
    DraftedDocument,
    InfoRequest,
    MainDocument,
    PaymentTerms,
    TermsChoice,
    Work,
    WorkOrder,
    WorkRequest,
)
from salesreg.errors import DomainError

AT = dt.datetime(2026, 2, 2, 9, tzinfo=dt.UTC)
AUDIT = Work("1", "audit")
ORDER = WorkOrder("D", (AUDIT,), TermsChoice.of(None))
DRAFT = DocumentDraft(1, (DraftedDocument("1", "h1"),), AT)
ASKED = InfoRequest(("statutes", "samples"), AT)


def test_every_kind_of_document_and_every_term_of_payment_has_a_name_in_both_languages():
    assert len({kind.text() for kind in DocumentKind} | {kind.text("ru") for kind in DocumentKind}) == 12
    assert {terms.text("ru") for terms in PaymentTerms} == {"предоплата", "оплата по факту"}


@pytest.mark.parametrize(
    "given",
    [{"id": " "}, {"item": ""}, {"quantity": 0}, {"quantity": -1}, {"quantity": 1.5}, {"quantity": Decimal("NaN")}],
)
def test_a_work_has_an_id_an_item_and_an_exact_quantity_above_zero(given):
    with pytest.raises(DomainError):
        attrs.evolve(AUDIT, **given)


def test_an_order_and_a_request_are_for_work_each_named_once():
    with pytest.raises(DomainError, match="orders no work"):
        WorkOrder("D", (), TermsChoice.of(None))
    with pytest.raises(DomainError, match="names '1' twice"):
        WorkRequest("letter 17", (AUDIT, AUDIT))
    with pytest.raises(DomainError, match="refers to where it is written"):
        WorkRequest(" ", (AUDIT,))
    with pytest.raises(DomainError, match="referred to by where it is written"):
        attrs.evolve(ORDER, request=" ")


def test_a_work_is_found_by_its_id():
    assert ORDER.work("1") == AUDIT
    with pytest.raises(DomainError, match="has no work '2'; it has 1"):
        ORDER.work("2")


def test_terms_that_depart_from_the_rule_are_agreed_for_a_reason():
    with pytest.raises(DomainError, match="say why it was agreed"):
        TermsChoice.of(None, PaymentTerms.PREPAY, " ")
    assert TermsChoice.of(None, PaymentTerms.PREPAY, "a new client").clause == "R28"
    assert TermsChoice.of("letter 17", PaymentTerms.PREPAY) == TermsChoice.of("letter 17")


def test_information_is_open_until_it_is_received_or_waived():
    half = ASKED.answered(("samples",), (), by="petr", reason="", at=AT)
    assert (half.open_items, half.answered_at) == (("statutes",), None)
    whole = half.answered((), ("statutes",), by="petr", reason="public anyway", at=AT)
    assert (whole.open_items, whole.answered_at, whole.waived_by) == ((), AT, "petr")


@pytest.mark.parametrize(
    "given",
    [
        {"items": ()},
        {"items": ("a", " ")},
        {"items": ("a", "a")},
        {"received": ("passport",)},
        {"received": ("samples", "samples")},
        {"waived": ("samples",)},
        {"waived": ("samples",), "waived_by": "petr", "waive_reason": " "},
    ],
)
def test_a_request_for_information_and_its_answers_fit_together(given):
    with pytest.raises(DomainError):
        attrs.evolve(ASKED, **given)


def test_only_the_last_draft_can_be_the_agreed_one():
    agreed = attrs.evolve(DRAFT, agreed_at=AT, evidence="letter 2")
    assert attrs.evolve(ORDER, drafts=(agreed,)).agreed is agreed
    assert attrs.evolve(ORDER, drafts=(agreed, attrs.evolve(DRAFT, version=2))).agreed is None
    assert ORDER.agreed is None
    assert (agreed.hash_of("1"), agreed.hash_of("2")) == ("h1", None)
    with pytest.raises(DomainError, match="without evidence"):
        attrs.evolve(DRAFT, agreed_at=AT)


def test_drafts_and_documents_name_their_work_and_their_text():
    for kind, given in ((DraftedDocument, ("1", " ")), (MainDocument, ("1", " ", "h")), (MainDocument, ("", "N", "h"))):
        with pytest.raises(DomainError, match="names its work"):
            kind(*given)
    with pytest.raises(DomainError, match="names '1' twice"):
        attrs.evolve(DRAFT, documents=DRAFT.documents * 2)


def test_a_record_reads_back_as_the_same_order():
    order = attrs.evolve(ORDER, drafts=[DRAFT], info_requests=[ASKED], documents=[MainDocument("1", "N-1", "h1")])
    assert msgspec.json.decode(msgspec.json.encode(order), type=WorkOrder) == order
