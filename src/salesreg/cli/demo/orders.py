"""Chapter 4: two orders, one paid in advance and one by fact, their invoices and documents, and a deal that closes."""

from __future__ import annotations

from typing import Any

from salesreg.cli.demo.play import Play, Story
from salesreg.domain.contracts import Channel
from salesreg.domain.work import DocumentKind, DraftedDocument, MainDocument, Work
from salesreg.processes import Case

__all__ = ["ask_for_documents", "orders"]

MISSED = "03-18"
"""The day on which nobody asks for the signed documents."""


def orders(play: Play) -> Story:
    """What is ordered under the contract of the first deal."""
    say = play.say
    yield "03-13 15:00"
    (first,) = play.begun["work_order"]
    vega = play.case(first).data.deal
    with play.offstage():
        play.do(first, "start_draft", "olga")
    yield "03-16 10:30"
    with play.offstage():
        play.do(first, "submit_draft_to_client", "olga", documents=(DraftedDocument("1", "draft-1"),))
    yield "03-16 11:30"
    second = play.start("work_order", "olga", deal=vega, works=(Work("1", "TEST", document=DocumentKind.PROTOCOL),))
    yield "03-17 10:30"
    letter = say("letter of the client", "письмо клиента")
    play.do(first, "record_client_approval", "olga", evidence=letter)
    play.refused(first, "launch_order", "olga")
    play.do(first, "request_invoice", "olga")
    yield "03-17 10:55"
    (paid_first,) = play.begun["invoice"]
    play.do(paid_first, "issue_invoice", "faina", number="101", signed_by="faina")
    yield "03-17 11:00"
    with play.offstage():
        play.do(paid_first, "send_invoice", "olga", channel=Channel.EMAIL)
    yield "03-17 11:20"
    play.do(second, "start_draft", "olga")
    drawings, sample = say("drawings", "чертежи"), say("a sample", "образец")
    play.do(second, "request_missing_info", "olga", items=(drawings, sample))
    yield "03-19 12:00"
    _pay(play, paid_first, "PP-31")
    yield "03-19 14:30"
    play.do(first, "launch_order", "olga")
    yield "03-20 10:30"
    play.do(second, "receive_info", "olga", received=(drawings, sample))
    yield "03-20 15:00"
    with play.offstage():
        play.do(second, "submit_draft_to_client", "olga", documents=(DraftedDocument("1", "draft-2"),))
    yield "03-23 15:00"
    play.do(first, "report_work_done", "olga", result=say("certificate file 31", "дело сертификата 31"))
    yield "03-24 10:30"
    play.do(second, "record_client_approval", "olga", evidence=letter)
    play.refused(second, "request_invoice", "olga")
    with play.offstage():
        play.do(second, "launch_order", "olga")
    yield "03-24 11:00"
    with play.offstage():
        play.do(first, "issue_main_documents", "faina", documents=(MainDocument("1", "C-31", "draft-1"),))
    yield "03-24 16:30"
    _deliver(play, first)
    play.do(first, "close_work_order", "olga")

    yield "03-26 12:00"
    play.do(second, "report_work_done", "olga", result=say("test file 8", "дело испытаний 8"))
    *_, paid_later = play.begun["invoice"]
    yield "03-26 15:00"
    play.do(paid_later, "issue_invoice", "faina", number="102", signed_by="faina")
    yield "03-26 15:30"
    with play.offstage():
        play.do(paid_later, "send_invoice", "olga", channel=Channel.FAX)
    yield "03-27 11:00"
    with play.offstage():
        play.do(second, "issue_main_documents", "faina", documents=(MainDocument("1", "T-8", "draft-2"),))
    yield "03-27 16:30"
    _deliver(play, second)
    play.refused(vega, "close_deal", "olga")
    yield "03-30 12:00"
    _pay(play, paid_later, "PP-44")
    yield "03-30 12:30"
    play.do(second, "close_work_order", "olga")
    yield "03-30 14:00"
    play.do(vega, "close_deal", "olga")
    yield "03-30 15:00"
    (again,) = play.engine.cases(process="sale", stage="in_force")
    with play.offstage():
        third = play.start("work_order", "olga", deal=again.id, works=(Work("1", "CERT"),))
    yield "03-31 10:00"
    with play.offstage():
        play.do(third, "start_draft", "olga")


def _pay(play: Play, invoice: str, reference: str) -> None:
    play.do(invoice, "record_payment", "faina", amount=play.case(invoice).data.remaining, reference=reference)


def _deliver(play: Play, order: str) -> None:
    """Send an order's documents out of the packages that they came in."""
    numbers = {document.number for document in play.case(order).data.documents}
    packages = tuple(case.id for case in _packages(play, "received") if not numbers.isdisjoint(case.data.documents))
    play.do(order, "dispatch_main_documents", "olga", packages=packages, channel=Channel.COURIER)


def _packages(play: Play, stage: str) -> tuple[Case[Any], ...]:
    return play.engine.cases(process="document_package", stage=stage)


def ask_for_documents(play: Play, days: tuple[str, ...]) -> Story:
    """Every working day the specialist asks finance for the signed documents; one day it slips her mind."""
    for day in days:
        if day == MISSED:
            continue
        yield f"{day} 16:00"
        for package in _packages(play, "due"):
            play.do(package.id, "request_signed_package", "olga")
        yield f"{day} 16:10"
        issued = play.engine.cases(process="work_order", stage="documents_issued")
        numbers = tuple(document.number for order in issued for document in order.data.documents)
        for package in _packages(play, "requested"):
            if numbers:
                with play.onstage():
                    play.do(package.id, "hand_over_package", "faina", documents=numbers)
            else:
                play.do(package.id, "report_none_pending", "faina")
