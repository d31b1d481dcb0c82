"""Chapter 4: two orders, one paid in advance and one by fact, their invoices and documents, and a deal that closes."""

from __future__ import annotations

from salesreg.cli.demo.play import Play, Story
from salesreg.commercial import DocumentPackageProcess as Papers
from salesreg.commercial import InvoiceProcess as Invoice
from salesreg.commercial import Sale
from salesreg.commercial import WorkOrderProcess as Order
from salesreg.commercial.domain.channels import COURIER, EMAIL, FAX
from salesreg.commercial.domain.packages import DocumentPackage
from salesreg.commercial.domain.work import DocumentKind, DraftedDocument, MainDocument, Work
from salesreg.process import Case

MISSED = "03-18"
"""The day on which nobody asks for the signed documents."""


def orders(play: Play) -> Story:
    """What is ordered under the contract of the first deal."""
    say = play.say
    agreed = Order.record_client_approval(evidence=say("letter"))
    yield "03-13 15:00"
    (first,) = play.begun["work_order"]
    vega = play.case(first).data.deal
    play.meanwhile(first, "olga", Order.start_draft())
    yield "03-16 10:30"
    play.meanwhile(first, "olga", Order.submit_draft_to_client(documents=(DraftedDocument("1", "draft-1"),)))
    test = Work("1", "TEST", document=DocumentKind.PROTOCOL)
    second = yield "03-16 11:30", play.start, "olga", Order.receive_work_order(deal=vega, works=(test,))
    yield "03-17 10:30", play.do, first, "olga", agreed
    play.refused(first, "olga", Order.launch_order())
    play.do(first, "olga", Order.request_invoice())
    yield "03-17 10:55"
    (paid_first,) = play.begun["invoice"]
    play.do(paid_first, "faina", Invoice.issue_invoice(number="101", signed_by="faina"))
    yield "03-17 11:00", play.meanwhile, paid_first, "olga", Invoice.send_invoice(channel=EMAIL)
    yield "03-17 11:20"
    missing = (say("drawings"), say("sample"))
    play.do(second, "olga", Order.start_draft(), Order.request_missing_info(items=missing))
    yield "03-19 12:00", _pay, play, paid_first, "PP-31"
    yield "03-19 14:30", play.do, first, "olga", Order.launch_order()
    yield "03-20 10:30", play.do, second, "olga", Order.receive_info(received=missing)
    yield "03-20 15:00"
    play.meanwhile(second, "olga", Order.submit_draft_to_client(documents=(DraftedDocument("1", "draft-2"),)))
    yield "03-23 15:00", play.do, first, "olga", Order.report_work_done(result=say("certificate_file"))
    yield "03-24 10:30", play.do, second, "olga", agreed
    play.refused(second, "olga", Order.request_invoice())
    play.meanwhile(second, "olga", Order.launch_order())
    yield "03-24 11:00"
    play.meanwhile(first, "faina", Order.issue_main_documents(documents=(MainDocument("1", "C-31", "draft-1"),)))
    yield "03-24 16:30", _deliver, play, first
    play.do(first, "olga", Order.close_work_order())

    yield "03-26 12:00", play.do, second, "olga", Order.report_work_done(result=say("test_file"))
    *_, paid_later = play.begun["invoice"]
    yield "03-26 15:00", play.do, paid_later, "faina", Invoice.issue_invoice(number="102", signed_by="faina")
    yield "03-26 15:30", play.meanwhile, paid_later, "olga", Invoice.send_invoice(channel=FAX)
    yield "03-27 11:00"
    play.meanwhile(second, "faina", Order.issue_main_documents(documents=(MainDocument("1", "T-8", "draft-2"),)))
    yield "03-27 16:30", _deliver, play, second
    play.refused(vega, "olga", Sale.close_deal())
    yield "03-30 12:00", _pay, play, paid_later, "PP-44"
    yield "03-30 12:30", play.do, second, "olga", Order.close_work_order()
    yield "03-30 14:00", play.do, vega, "olga", Sale.close_deal()
    yield "03-30 15:00"
    (again,) = play.engine.cases(Sale, stage="in_force")
    with play.telling(quiet=True):
        third = play.start("olga", Order.receive_work_order(deal=again.id, works=(Work("1", "CERT"),)))
    yield "03-31 10:00", play.meanwhile, third, "olga", Order.start_draft()


def _pay(play: Play, invoice: str, reference: str) -> None:
    play.do(invoice, "faina", Invoice.record_payment(amount=play.case(invoice).data.remaining, reference=reference))


def _deliver(play: Play, order: str) -> None:
    """Send an order's documents out of the packages that they came in."""
    numbers = {document.number for document in play.case(order).data.documents}
    packages = tuple(case.id for case in _packages(play, "received") if not numbers.isdisjoint(case.data.documents))
    play.do(order, "olga", Order.dispatch_main_documents(packages=packages, channel=COURIER))


def _packages(play: Play, stage: str) -> tuple[Case[DocumentPackage], ...]:
    return play.engine.cases(Papers, stage=stage)


def ask_for_documents(play: Play, days: tuple[str, ...]) -> Story:
    """Every working day the specialist asks finance for the signed documents; one day it slips her mind."""
    for day in days:
        if day == MISSED:
            continue
        yield f"{day} 16:00"
        for package in _packages(play, "due"):
            play.do(package.id, "olga", Papers.request_signed_package())
        yield f"{day} 16:10"
        issued = play.engine.cases(Order, stage="documents_issued")
        numbers = tuple(document.number for order in issued for document in order.data.documents)
        answer = Papers.hand_over_package(documents=numbers) if numbers else Papers.report_none_pending()
        for package in _packages(play, "requested"):
            with play.telling(quiet=not numbers):
                play.do(package.id, "faina", answer)
