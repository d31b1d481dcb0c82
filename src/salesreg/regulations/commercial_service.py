"""The source document as a value: what it states, what it leaves open, and one labelled example that fills the gaps."""

from __future__ import annotations

from typing import Any, Final

from salesreg.calendars import WorkSchedule
from salesreg.domain.people import Role
from salesreg.domain.responsibilities import Responsibility
from salesreg.processes import Process
from salesreg.processes.assignment import Assignment
from salesreg.processes.bonus import Bonus
from salesreg.processes.call_campaign import CallCampaign
from salesreg.processes.call_contact import CallContact
from salesreg.processes.document_package import DocumentPackage
from salesreg.processes.inquiry import Inquiry
from salesreg.processes.invoice import Invoice
from salesreg.processes.meeting import Meeting
from salesreg.processes.price_change import PriceChange
from salesreg.processes.regulation_version import RegulationVersion
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
    CallCampaign,
    CallContact,
    Inquiry,
    Meeting,
    Assignment,
    RegulationVersion,
    Bonus,
)
"""Every shipped process, in the order of the regulation."""

NORMS: Final[tuple[Norm, ...]] = tuple({norm.id: norm for process in PROCESSES for norm in process.norms()}.values())
"""Every norm that the shipped processes enforce."""

ZONES: Final[tuple[Responsibility, ...]] = (
    Responsibility("topic.new_client", Role.SALES_MANAGER, clause="R5"),
    Responsibility("topic.price", Role.SALES_MANAGER, clause="R6"),
    Responsibility("topic.base_price", Role.HEAD_OF_COMMERCIAL, clause="R36"),
    Responsibility("topic.contract", Role.COMMERCIAL_SPECIALIST, clause="R19"),
    Responsibility("topic.order", Role.COMMERCIAL_SPECIALIST, clause="R23"),
    Responsibility("topic.documents", Role.COMMERCIAL_SPECIALIST, clause="R33"),
    Responsibility("topic.invoice", Role.FINANCE, clause="R31"),
    Responsibility("topic.original", Role.FINANCE, clause="R20"),
    Responsibility("topic.system", Role.IT_STAFF, clause="R37"),
)
"""What people ask about, and whose zone the source puts it in (R79)."""

EXAMPLE_VALUES: Final[dict[str, object]] = {
    "sale.deal_opener": "it_staff",
    "sale.contract_preparer": "finance",
    "sale.price_approval": "1 business day",
    "sale.prepare_contract": "2 calendar days",
    "sale.dispatch": "1 business day",
    "sale.return_scan": "5 business days",
    "sale.return_original": "30 calendar days",
    "sale.remind_again": "5 business days",
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
    "call_campaign.quota": 40,
    "call_contact.window_opens": "10:00",
    "call_contact.window_closes": "17:00",
    "call_contact.claim_ttl": "30 working minutes",
    "call_contact.result": "0 business days",
    "call_contact.proposal": "2 working hours",
    "call_contact.first_touch": "1 business day",
    "call_contact.recycle_after": "90 calendar days",
    "inquiry.router": "secretary",
    "inquiry.full_answer": "1 business day",
    "inquiry.ownership": "30 working minutes",
    "meeting.team_cadence": "each Monday",
    "meeting.daily_cadence": "each working day",
    "meeting.one_to_one_cadence": "each Friday",
    "meeting.team_at": "10:00",
    "meeting.daily_at": "09:15",
    "meeting.one_to_one_at": "15:00",
    "meeting.team_minutes": 60,
    "meeting.daily_minutes": 15,
    "assignment.verify": "2 business days",
    "regulation_version.approver": "ceo",
    "regulation_version.acknowledge": "3 business days",
    "regulation_version.comment_window": "5 business days",
    "regulation_version.review": "12 months",
    "bonus.salary_days": "on the 10th and 25th, preceding",
    "bonus.bonus_day": "on the 15th, preceding",
    "bonus.leave_pay_before": "3 calendar days before, preceding",
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
        responsibilities=(*ZONES, *(row for process in PROCESSES for row in process.responsibilities())),
    )


def example() -> Regulation:
    """The source document with every open value filled by one labelled *example*.

    Moscow; 09:00–18:00 with lunch 13:00–14:00 and a ten-minute break every hour, which counts as working time.

    >>> example().settings["sale.return_scan"]
    Setting(value='5 business days', origin=<Origin.EXAMPLE: 'example'>, clause=None)
    """
    filled = commercial_service().with_settings(EXAMPLE_VALUES, Origin.EXAMPLE)
    return filled.with_schedule(WorkSchedule.standard())
