"""The regulation of a commercial service: roles, entities, processes, and the two regulations written for it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from salesreg.commercial.in_force import version_in_force as version_in_force
    from salesreg.commercial.indicators.reading import indicators_of as indicators_of
    from salesreg.commercial.numbering import number_gaps as number_gaps
    from salesreg.commercial.open import open_engine as open_engine
    from salesreg.commercial.owed_by_clients import receivables as receivables
    from salesreg.commercial.prices_in_force import price_book as price_book
    from salesreg.commercial.processes.amendment import AmendmentProcess as AmendmentProcess
    from salesreg.commercial.processes.assignment import AssignmentProcess as AssignmentProcess
    from salesreg.commercial.processes.audit import AuditProcess as AuditProcess
    from salesreg.commercial.processes.bonus import BonusProcess as BonusProcess
    from salesreg.commercial.processes.call_campaign import CallCampaignProcess as CallCampaignProcess
    from salesreg.commercial.processes.call_contact import CallContactProcess as CallContactProcess
    from salesreg.commercial.processes.client_account import ClientAccountProcess as ClientAccountProcess
    from salesreg.commercial.processes.do_not_call import DoNotCallProcess as DoNotCallProcess
    from salesreg.commercial.processes.document_package import DocumentPackageProcess as DocumentPackageProcess
    from salesreg.commercial.processes.inquiry import InquiryProcess as InquiryProcess
    from salesreg.commercial.processes.invoice import InvoiceProcess as InvoiceProcess
    from salesreg.commercial.processes.meeting import MeetingProcess as MeetingProcess
    from salesreg.commercial.processes.plan import PlanProcess as PlanProcess
    from salesreg.commercial.processes.price_change import PriceChangeProcess as PriceChangeProcess
    from salesreg.commercial.processes.regulation_version import RegulationVersionProcess as RegulationVersionProcess
    from salesreg.commercial.processes.sale import Sale as Sale
    from salesreg.commercial.processes.work_order import WorkOrderProcess as WorkOrderProcess
    from salesreg.commercial.rulebook import COMMERCIAL as COMMERCIAL
    from salesreg.commercial.rulebook import commercial_service as commercial_service
    from salesreg.commercial.rulebook import example as example

_HOME_OF = {
    "AmendmentProcess": "processes.amendment",
    "AssignmentProcess": "processes.assignment",
    "AuditProcess": "processes.audit",
    "BonusProcess": "processes.bonus",
    "COMMERCIAL": "rulebook",
    "CallCampaignProcess": "processes.call_campaign",
    "CallContactProcess": "processes.call_contact",
    "ClientAccountProcess": "processes.client_account",
    "DoNotCallProcess": "processes.do_not_call",
    "DocumentPackageProcess": "processes.document_package",
    "InquiryProcess": "processes.inquiry",
    "InvoiceProcess": "processes.invoice",
    "MeetingProcess": "processes.meeting",
    "PlanProcess": "processes.plan",
    "PriceChangeProcess": "processes.price_change",
    "RegulationVersionProcess": "processes.regulation_version",
    "Sale": "processes.sale",
    "WorkOrderProcess": "processes.work_order",
    "commercial_service": "rulebook",
    "example": "rulebook",
    "indicators_of": "indicators.reading",
    "number_gaps": "numbering",
    "open_engine": "open",
    "price_book": "prices_in_force",
    "receivables": "owed_by_clients",
    "version_in_force": "in_force",
}
__all__ = list(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        value = getattr(import_module(f"salesreg.commercial.{_HOME_OF[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'salesreg.commercial' has no attribute {name!r}; it offers {', '.join(_HOME_OF)}")


def __dir__() -> list[str]:
    return sorted(_HOME_OF)
