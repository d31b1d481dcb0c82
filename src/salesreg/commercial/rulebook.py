"""The rulebook of the commercial service: its roles, processes, reactions and texts, and its regulations."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from salesreg.commercial.acknowledgement import not_to_their_charge, not_yet_acknowledged
from salesreg.commercial.chapters import CHAPTERS
from salesreg.commercial.definitions import DEFINITIONS
from salesreg.commercial.domain.indicators import CALL_STEPS, INDICATORS
from salesreg.commercial.domain.versions import IN_FORCE_KEY
from salesreg.commercial.letters import LETTERS
from salesreg.commercial.parameters import ACKNOWLEDGE_FIRST, CALL_QUOTA, DUE_WITH, OPEN_QUOTES, SALES_BASIS
from salesreg.commercial.processes.amendment import AmendmentProcess
from salesreg.commercial.processes.assignment import AssignmentProcess
from salesreg.commercial.processes.audit import AuditProcess
from salesreg.commercial.processes.bonus import BonusProcess
from salesreg.commercial.processes.call_campaign import CallCampaignProcess
from salesreg.commercial.processes.call_contact import CallContactProcess
from salesreg.commercial.processes.client_account import ClientAccountProcess
from salesreg.commercial.processes.do_not_call import DoNotCallProcess
from salesreg.commercial.processes.document_package import DocumentPackageProcess
from salesreg.commercial.processes.inquiry import InquiryProcess
from salesreg.commercial.processes.invoice import InvoiceProcess
from salesreg.commercial.processes.meeting import MeetingProcess
from salesreg.commercial.processes.plan import PlanProcess
from salesreg.commercial.processes.price_change import PriceChangeProcess
from salesreg.commercial.processes.regulation_version import RegulationVersionProcess
from salesreg.commercial.processes.sale import Sale
from salesreg.commercial.processes.work_order import WorkOrderProcess
from salesreg.commercial.reactions import REACTIONS
from salesreg.commercial.regulation import as_published
from salesreg.commercial.roles import ROLES
from salesreg.process import Rulebook
from salesreg.rules import Norm, Regulation
from salesreg.rules.conduct import LONGEST_PAUSE, LONGEST_SILENCE


@cache
def commercial_service() -> Regulation:
    """The source document as a regulation: what it leaves open stays open, working hours included (R40, R42).

    >>> commercial_service().schedule is None
    True
    """
    return as_published(COMMERCIAL)


@cache
def example() -> Regulation:
    """The source document with every open value filled by one labelled *example*, as `example.toml` says.

    Moscow; 09:00–18:00 with lunch 13:00–14:00 and a ten-minute break every hour, which counts as working time.

    >>> example().settings["sale.return_scan"]
    Setting(value='5 business days', origin=<Origin.EXAMPLE: 'example'>, clause=None)
    """
    return COMMERCIAL.load(Path(__file__).with_name("example.toml"))


DUTIES_SEPARATED: Final = Norm(
    "duties.separated",
    "Whoever approves is another person than whoever submitted; deputies count as the person they stand in for.",
    "R95",
    control="author and approver in the record of the step",
    metric="K8",
)
ACKNOWLEDGED_FIRST: Final = Norm(
    "duties.acknowledge_first",
    "Where the regulation says so, nobody acts in a role before acknowledging its rules.",
    "R84",
    control="the acknowledgement with the hash of the text",
    metric="K16",
)

COMMERCIAL: Final = Rulebook(
    "commercial",
    roles=ROLES,
    processes=(
        Sale,
        AmendmentProcess,
        WorkOrderProcess,
        InvoiceProcess,
        ClientAccountProcess,
        DocumentPackageProcess,
        PriceChangeProcess,
        CallCampaignProcess,
        CallContactProcess,
        DoNotCallProcess,
        InquiryProcess,
        MeetingProcess,
        AssignmentProcess,
        RegulationVersionProcess,
        AuditProcess,
        PlanProcess,
        BonusProcess,
    ),
    reactions=REACTIONS,
    norms=(*DEFINITIONS, DUTIES_SEPARATED, ACKNOWLEDGED_FIRST),
    parameters=(ACKNOWLEDGE_FIRST, CALL_QUOTA, DUE_WITH, LONGEST_PAUSE, LONGEST_SILENCE, OPEN_QUOTES, SALES_BASIS),
    templates=LETTERS,
    chapters=CHAPTERS,
    titles={
        "regulation.title": "Regulation of the commercial service",
        **{f"indicator.{one.id}": one.title for one in INDICATORS.values()},
        **{f"funnel.{step}": title for step, title in CALL_STEPS.items()},
    },
    locale=(Path(__file__).parent / "locale",),
    regulations={"commercial_service": commercial_service, "example": example},
    gate=not_yet_acknowledged,
    gate_keys=(IN_FORCE_KEY,),
    excuses=not_to_their_charge,
)
"""Everything that the shipped regulation is written with; extend it, replace what differs, or write your own."""
