"""Letters to clients: what somebody outside the firm is told of, without a word of how the firm works inside."""

from __future__ import annotations

from typing import Any, Final

from salesreg.commercial.processes.invoice import InvoiceProcess
from salesreg.commercial.processes.sale import Sale
from salesreg.commercial.processes.work_order import WorkOrderProcess
from salesreg.process import Template
from salesreg.process.steps import AnyStep
from salesreg.process.templates import CLIENT


def _letter(step: AnyStep, subject: str, *paragraphs: str) -> Template:
    """A letter to the client at a step: a greeting, what there is to say, and whom to write to."""
    page: Any = step.page  # every step of a page knows it
    return Template(f"{page.id}.{step.id}.{CLIENT}", subject, "\n\n".join(("Hello,", *paragraphs, "{signature}")))


_MISSING: Final = (
    "What we need to prepare your documents",
    "To prepare your documents we still need from you:",
    "{items:lines}",
    "As soon as we have it we carry on. If anything is unclear, please write to us.",
)

LETTERS: Final = (
    _letter(
        Sale.dispatch_contract,
        "Contract {contract} for your signature",
        "We have sent you contract {contract}, signed by us.",
        "Please read it, sign it, and send us a scan of the signed copy first and the paper original after it; if you "
        "sign it electronically, neither is needed.",
        "If you would like something changed, write to us before you sign.",
    ),
    _letter(
        Sale.remind_contract_return,
        "Contract {contract}: we await your signed copy",
        "We sent you contract {contract} to sign, and your signed copy has not reached us yet.",
        "Please send it when you can, or tell us if something holds it up. "
        "If it is on its way already, there is nothing that you need to do.",
    ),
    _letter(
        Sale.cancel_deal,
        "We close our work on your order",
        "We are sorry to tell you that we close our work for {client} and will not carry it on.",
        "If this comes as a surprise, or if there are documents or payments to clear up, please write to us.",
    ),
    _letter(WorkOrderProcess.request_missing_info, *_MISSING),
    _letter(WorkOrderProcess.request_info_again, *_MISSING),
    _letter(
        WorkOrderProcess.submit_draft_to_client,
        "Draft of your documents: please look it through",
        "The draft of your documents is ready: {works}.",
        "Please check names, addresses and the description of the work, and tell us that you agree, or what is to be "
        "put right.",
    ),
    _letter(
        WorkOrderProcess.dispatch_main_documents,
        "Your documents are on their way",
        "We have sent you your documents: {documents}.",
        "Please tell us if anything is missing. Thank you for working with us.",
    ),
    _letter(
        InvoiceProcess.send_invoice,
        "Invoice {number} for {amount}",
        "We have sent you invoice {number} for {amount}.",
        "Please name the number of the invoice when you pay, so that we see at once that the money is yours.",
    ),
)
"""One for each step by which a client is told."""
