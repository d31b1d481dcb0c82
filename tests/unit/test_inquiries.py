"""Inquiry entities: what counts as a response, and in which order responses stand."""

import datetime as dt

import pytest

from salesreg.domain.inquiries import IncomingDocument, Inquiry, InquiryChannel, Response, ResponseKind
from salesreg.domain.people import Role
from salesreg.errors import DomainError

AT = dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC)
INQUIRY = Inquiry(AT, InquiryChannel.PHONE, "Where is it?", Role.SECRETARY)


def response(minutes: int, kind: ResponseKind = ResponseKind.HOLDING) -> Response:
    return Response(kind, AT + dt.timedelta(minutes=minutes), "finn", InquiryChannel.EMAIL, "m")


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Inquiry(AT, InquiryChannel.PHONE, " ", Role.SECRETARY), "has a subject"),
        (lambda: INQUIRY.with_response(response(-1)), "before it is received"),
        (lambda: Response(ResponseKind.HOLDING, AT, "finn", InquiryChannel.PHONE, ""), "never given"),
        (lambda: IncomingDocument("", "Claim"), "a number and a title"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_that_teaches(build, says):
    with pytest.raises(DomainError, match=says):
        build()


def test_responses_stand_in_the_order_in_which_they_went_out():
    inquiry = INQUIRY.with_response(response(9, ResponseKind.SUBSTANTIVE)).with_response(response(3))
    assert [one.at for one in inquiry.responses] == [response(3).at, response(9).at]
    assert (inquiry.first_response_at, inquiry.answered_at) == (response(3).at, response(9).at)


def test_only_a_person_responds():
    assert INQUIRY.with_response(response(1, ResponseKind.AUTOMATIC)).first_response_at is None


@pytest.mark.parametrize("channel", InquiryChannel)
def test_paper_and_electronic_documents_are_registered(channel):
    assert channel.brings_documents == (channel.value in {"post", "courier", "fax", "edi"})
