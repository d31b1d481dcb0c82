"""The source document as a value: what it states, what it leaves open, and one labelled example that fills the gaps."""

from __future__ import annotations

from typing import Any, Final

from salesreg.calendars import WorkSchedule
from salesreg.processes import Process
from salesreg.processes.document_package import DocumentPackage
from salesreg.processes.invoice import Invoice
from salesreg.processes.price_change import PriceChange
from salesreg.processes.sale import Sale
from salesreg.processes.work_order import WorkOrder
from salesreg.regulation import Norm, Origin, Regulation

__all__ = ["EXAMPLE_VALUES", "NORMS", "PROCESSES", "commercial_service", "example"]

PROCESSES: Final[tuple[type[Process[Any]], ...]] = (
    Sale,
    WorkOrder,
    Invoice,
    DocumentPackage,
    PriceChange,
)
"""Every shipped process, in the order of the regulation."""

NORMS: Final[tuple[Norm, ...]] = tuple({norm.id: norm for process in PROCESSES for norm in process.norms()}.values())
"""Every norm that the shipped processes enforce."""

EXAMPLE_VALUES: Final[dict[str, object]] = {
    "sale.deal_opener": "it_staff",
    "sale.contract_preparer": "finance",
    "sale.price_approval": "1 business day",
    "sale.prepare_contract": "2 calendar days",
    "sale.dispatch": "1 business day",
    "sale.return_scan": "5 business days",
    "sale.return_original": "30 calendar days",
    "work_order.signed_copy": "scan",
    "work_order.launcher": "commercial_specialist",
    "work_order.performer": "commercial_specialist",
    "work_order.issuer": "finance",
    "work_order.start_draft": "1 business day",
    "work_order.draft": "3 business days",
    "work_order.client_info": "3 business days",
    "work_order.client_review": "3 business days",
    "work_order.launch": "1 business day",
    "work_order.issue_documents": "2 business days",
    "work_order.send_documents": "1 business day",
    "invoice.send": "2 working hours",
    "invoice.payment": "5 business days",
    "invoice.vat_rate": "0.22",
    "invoice.prices_include_vat": True,
    "price_change.head_decides": "2 business days",
    "price_change.ceo_decides": "2 business days",
    "price_change.apply": "1 business day",
    "price_change.composition": "add_item, remove_item, change_price, change_unit, change_condition, change_name",
    "price_change.open_quotes": "keep",
    "escalation.remind_before": "4 working hours",
    "escalation.head_after": "1 business day",
    "escalation.ceo_after": "5 business days",
}
"""What `example` gives to the parameters that the source leaves open; nobody's rule."""


def commercial_service() -> Regulation:
    """The source document: what it leaves open stays open, working hours included (R40, R42).

    >>> commercial_service().schedule is None
    True
    """
    return Regulation(
        "commercial_service",
        title="Regulation of the commercial service",
        ru="Регламент работы коммерческой службы",
        norms=NORMS,
    )


def example() -> Regulation:
    """The source document with every open value filled by one labelled *example*.

    Moscow; 09:00–18:00 with lunch 13:00–14:00 and a ten-minute break every hour, which counts as working time.

    >>> example().settings["sale.return_scan"]
    Setting(value='5 business days', origin=<Origin.EXAMPLE: 'example'>, clause=None)
    """
    filled = commercial_service().with_settings(EXAMPLE_VALUES, Origin.EXAMPLE)
    return filled.with_schedule(WorkSchedule.standard())
