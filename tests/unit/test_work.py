"""Orders for work: what is asked for, what is missing, what the client has agreed to."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import attrs
import msgspec
import pytest

from salesreg.commercial.domain.payment_terms import PaymentTerms, TermsChoice
from salesreg.commercial.domain.work import (
    DocumentDraft,
    DraftedDocument,
    InfoRequest,
    MainDocument,
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


def refused(code: str, build: Callable[[], object]) -> DomainError:
    """An entity that cannot be, for that reason, in a whole sentence."""
    with pytest.raises(DomainError) as wrong:
        build()
    assert wrong.value.code == code
    assert "{" not in str(wrong.value)
    return wrong.value


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"id": " "}, "work_unnamed"),
        ({"item": ""}, "work_unnamed"),
        ({"quantity": 0}, "work_quantity"),
        ({"quantity": -1}, "work_quantity"),
        ({"quantity": 1.5}, "work_float"),
        ({"quantity": Decimal("NaN")}, "work_quantity"),
    ],
)
def test_a_work_has_an_id_an_item_and_an_exact_quantity_above_zero(given, code):
    refused(code, lambda: attrs.evolve(AUDIT, **given))


def test_an_order_and_a_request_are_for_work_each_named_once():
    refused("no_works_ordered", lambda: WorkOrder("D", (), TermsChoice.of(None)))
    refused("work_twice", lambda: WorkRequest("letter 17", (AUDIT, AUDIT)))
    refused("work_request_nowhere", lambda: WorkRequest(" ", (AUDIT,)))
    refused("order_request_nowhere", lambda: attrs.evolve(ORDER, request=" "))


def test_a_work_is_found_by_its_id():
    assert ORDER.work("1") == AUDIT
    wrong = refused("order_without_work", lambda: ORDER.work("2"))
    assert wrong.facts == {"need": ("1",), "got": "2"}


def test_terms_that_depart_from_the_rule_are_agreed_for_a_reason():
    wrong = refused("terms_without_reason", lambda: TermsChoice.of(None, PaymentTerms.PREPAY, " "))
    assert wrong.facts == {"need": "R27", "got": "prepay"}
    agreed = TermsChoice.of(None, PaymentTerms.PREPAY, "a new client")
    assert (agreed.clause, agreed.because) == ("R28", "a new client")
    assert agreed.explain() == "prepayment (R28): agreed with the client: a new client"
    assert TermsChoice.of("letter 17", PaymentTerms.PREPAY) == TermsChoice.of("letter 17")


def test_terms_that_follow_from_the_rule_rest_on_the_clients_request_or_on_its_absence():
    asked, unasked = TermsChoice.of("letter 17"), TermsChoice.of(None)
    assert (asked.terms, asked.clause, asked.because) == (PaymentTerms.PREPAY, "R28", "letter 17")
    assert (unasked.terms, unasked.clause, unasked.because) == (PaymentTerms.POSTPAY, "R27", "")
    assert unasked.explain() == "payment for work done (R27): the client has not asked for the work itself"


def test_information_is_open_until_it_is_received_or_waived():
    half = ASKED.answered(("samples",), (), by="petr", reason="", at=AT)
    assert (half.open_items, half.answered_at) == (("statutes",), None)
    whole = half.answered((), ("statutes",), by="petr", reason="public anyway", at=AT)
    assert (whole.open_items, whole.answered_at, whole.waived_by) == ((), AT, "petr")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"items": ()}, "info_nothing"),
        ({"items": ("a", " ")}, "info_nothing"),
        ({"items": ("a", "a")}, "info_asked_twice"),
        ({"received": ("passport",)}, "info_not_asked"),
        ({"received": ("samples", "samples")}, "info_settled_twice"),
        ({"waived": ("samples",)}, "info_waived_for_nothing"),
        ({"waived": ("samples",), "waived_by": "petr", "waive_reason": " "}, "info_waived_for_nothing"),
    ],
)
def test_a_request_for_information_and_its_answers_fit_together(given, code):
    refused(code, lambda: attrs.evolve(ASKED, **given))


def test_an_order_keeps_every_request_and_every_draft():
    asked = ORDER.asked_for(("statutes",), AT).answered(("statutes",), (), by="petr", reason="", at=AT)
    again = asked.asked_for(["samples"], AT)
    assert (asked.open_items, again.open_items, len(again.info_requests)) == ((), ("samples",), 2)
    first = ORDER.drafted(DRAFT.documents, AT).with_last_draft(corrections="the address")
    second = first.drafted([DraftedDocument("1", "h2")], AT)
    assert [(one.version, one.corrections) for one in second.drafts] == [(1, "the address"), (2, "")]


def test_only_the_last_draft_can_be_the_agreed_one():
    agreed = attrs.evolve(DRAFT, agreed_at=AT, evidence="letter 2")
    assert attrs.evolve(ORDER, drafts=(agreed,)).agreed is agreed
    assert attrs.evolve(ORDER, drafts=(agreed, attrs.evolve(DRAFT, version=2))).agreed is None
    assert ORDER.agreed is None
    assert (agreed.hash_of("1"), agreed.hash_of("2")) == ("h1", None)
    refused("draft_without_evidence", lambda: attrs.evolve(DRAFT, agreed_at=AT))


def test_drafts_and_documents_name_their_work_and_their_text():
    refused("draft_unnamed", lambda: DraftedDocument("1", " "))
    refused("main_document_unnamed", lambda: MainDocument("1", " ", "h"))
    refused("main_document_unnamed", lambda: MainDocument("", "N", "h"))
    refused("draft_work_twice", lambda: attrs.evolve(DRAFT, documents=DRAFT.documents * 2))
    twice = (MainDocument("1", "N-1", "h1"), MainDocument("2", "N-1", "h2"))
    refused("document_number_twice", lambda: attrs.evolve(ORDER, documents=twice))


def test_a_record_reads_back_as_the_same_order():
    order = attrs.evolve(ORDER, drafts=[DRAFT], info_requests=[ASKED], documents=[MainDocument("1", "N-1", "h1")])
    assert msgspec.json.decode(msgspec.json.encode(order), type=WorkOrder) == order
