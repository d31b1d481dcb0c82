"""Inquiry entities: what counts as a response, and in which order responses stand."""

import datetime as dt

import pytest

from salesreg.commercial.domain.channels import COURIER, EDI, EMAIL, FAX, PHONE, POST
from salesreg.commercial.domain.inquiries import BRING_DOCUMENTS, IncomingDocument, Inquiry, Response, ResponseKind
from salesreg.commercial.roles import SECRETARY
from salesreg.errors import DomainError

AT = dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC)
INQUIRY = Inquiry(AT, PHONE, "Where is it?", SECRETARY.id)


def after(minutes: int) -> dt.datetime:
    return AT + dt.timedelta(minutes=minutes)


def answered(inquiry: Inquiry, minutes: int, kind: ResponseKind = ResponseKind.HOLDING) -> Inquiry:
    return inquiry.with_response(kind, after(minutes), "finn", EMAIL, "m")


@pytest.mark.parametrize(
    ("build", "code"),
    [
        (lambda: Inquiry(AT, PHONE, " ", SECRETARY.id), "inquiry_without_subject"),
        (lambda: answered(INQUIRY, -1), "answered_before_receipt"),
        (lambda: Response(ResponseKind.HOLDING, AT, "finn", PHONE, ""), "response_without_record"),
        (lambda: IncomingDocument("", "Claim"), "document_not_numbered"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_that_teaches(build, code):
    with pytest.raises(DomainError) as wrong:
        build()
    assert wrong.value.code == code
    assert "{" not in str(wrong.value)


def test_responses_stand_in_the_order_in_which_they_went_out():
    inquiry = answered(answered(INQUIRY, 9, ResponseKind.SUBSTANTIVE), 3)
    assert [one.at for one in inquiry.responses] == [after(3), after(9)]
    assert (inquiry.first_response_at, inquiry.answered_at) == (after(3), after(9))


def test_only_a_person_responds():
    machine = answered(INQUIRY, 1, ResponseKind.AUTOMATIC)
    assert (machine.first_response_at, machine.responded) == (None, False)
    assert answered(machine, 2).responded


def test_an_inquiry_is_its_role_s_until_a_person_takes_it():
    assert INQUIRY.owner == SECRETARY
    assert Inquiry(AT, PHONE, "Where is it?", SECRETARY.id, assignee="lena").owner == "lena"


def test_paper_and_electronic_documents_are_registered():
    assert {POST, COURIER, FAX, EDI} == BRING_DOCUMENTS
