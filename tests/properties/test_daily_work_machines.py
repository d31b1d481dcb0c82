"""Calls, inquiries, meetings and what they lead to, driven at random through the engine on memory and SQLite."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, run_state_machine_as_test

from salesreg.domain.campaigns import (
    BaseSource,
    CallScript,
    CampaignContact,
    ContactBase,
    ScriptStep,
)
from salesreg.domain.clients import ClientDraft, Contact
from salesreg.domain.people import Role
from salesreg.processes.assignment import Assignment
from salesreg.processes.call_campaign import CallCampaign
from salesreg.processes.call_contact import CallContact
from salesreg.processes.document_package import DocumentPackage
from salesreg.processes.inquiry import Inquiry
from salesreg.processes.invoice import Invoice
from salesreg.processes.meeting import Meeting
from salesreg.processes.sale import Sale
from salesreg.processes.work_order import WorkOrder
from salesreg.regulations import example
from salesreg.testing.machines import START, process_machine
from salesreg.testing.strategies import staff

Known = Mapping[str, tuple[str, ...]]
Payloads = st.SearchStrategy[dict[str, Any]]

SCRIPT = CallScript("audit", "1", (ScriptStep("hello", "Good day"),), published=True)
PEOPLE = [
    CampaignContact(f"p{n}", ClientDraft(f"Client {n}"), Contact("Ivan", phone=f"+7495000000{n}")) for n in (1, 2)
]
SOON = st.integers(1, 60).map(lambda hours: START + dt.timedelta(days=2, hours=hours))
SPECIALISTS = st.sampled_from(["commercial_specialist.1", "commercial_specialist.2"])


def campaigns(known: Known) -> Payloads:
    bases = st.sampled_from([ContactBase(BaseSource.MANUAL, tuple(PEOPLE)), ContactBase(BaseSource.PARSER)])
    return st.fixed_dictionaries(
        {
            "name": st.just("Spring"),
            "base": bases,
            "script": st.just(SCRIPT),
            "system_of_record": st.just("dialler"),
            "proposal_template": st.sampled_from(["cp-1", "cp-1", " "]),
        }
    )


def calls(known: Known) -> Payloads:
    return st.fixed_dictionaries(
        {"system": st.sampled_from(["dialler", "dialler", "phone"]), "record_ref": st.just("rec-1")}
    )


def script_steps(known: Known) -> Payloads:
    return st.fixed_dictionaries({"script_step": st.sampled_from(["hello", "price"]), "answer": st.just("yes")})


def receipts(known: Known) -> Payloads:
    return st.fixed_dictionaries(
        {
            "received_at": st.integers(0, 90).map(lambda minutes: START - dt.timedelta(minutes=minutes)),
            "channel": st.sampled_from(["call", "email"]),
            "subject": st.sampled_from(["an invoice", "a parcel"]),
            "activity": st.sampled_from(["", "invoice.issue_invoice"]),
        }
    )


def resolutions(known: Known) -> Payloads:
    return st.fixed_dictionaries({"assignee": st.sampled_from(["finance.1", "sales_manager.1"])})


def meetings(known: Known) -> Payloads:
    people = ["sales_manager.1", "sales_manager.2", "finance.1"]
    return st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["team", "daily", "one_to_one"]),
            "scheduled_at": SOON,
            "invited": st.lists(st.sampled_from(people), min_size=1, max_size=2, unique=True),
            "agenda": st.sampled_from([("Plan",), ("Plan", "Leads"), ()]),
        }
    )


def items(known: Known) -> Payloads:
    return st.fixed_dictionaries({"item": st.integers(1, 3)})


def decisions(known: Known) -> Payloads:
    people = st.sampled_from([("sales_manager.1",), ("sales_manager.1", "finance.1"), ()])
    return st.fixed_dictionaries({"what": st.just("call back"), "due": st.none() | SOON, "responsible": people})


def assignments(known: Known) -> Payloads:
    return st.fixed_dictionaries(
        {"what": st.just("call back"), "due": SOON, "responsible": st.sampled_from(["sales_manager.1", "finance.1"])}
    )


def packages(known: Known) -> Payloads:
    days = st.sampled_from([dt.date(2026, 3, 2), dt.date(2026, 3, 3)])
    return st.fixed_dictionaries({"specialist": SPECIALISTS, "date": days, "opens_at": st.just(START)})


def drive(machine: type[Any], *, examples: int = 10) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=25, deadline=None))


class CampaignMachine(
    process_machine(  # type: ignore[misc]  # a class made at run time
        CallCampaign,
        others=[CallContact, Sale],
        regulation=example(),
        payload_for={"draft_campaign": campaigns, "place_call": calls, "record_script_step": script_steps},
    )
):
    """Calls, and what must hold of every contact at every moment."""

    @invariant()
    def one_owner_and_one_open_call(self) -> None:
        for case in self.engines[0].cases(process="call_contact"):
            since = [entry.since for entry in case.data.custody]
            assert since == sorted(since)
            assert case.data.owner_at(case.last_at) == case.data.holder, "nobody, or somebody else, is responsible"
            assert sum(call.result is None for call in case.data.attempts) <= 1, "a call began before the last ended"


def test_a_contact_is_never_in_two_hands_and_never_in_none() -> None:
    drive(CampaignMachine)


def test_an_inquiry_never_reaches_an_illegal_state() -> None:
    drive(
        process_machine(
            Inquiry,
            regulation=example(),
            payload_for={
                "receive_inquiry": receipts,
                "resolve_ownership": resolutions,
                "reassign_inquiry": resolutions,
            },
        )
    )


def test_meetings_and_their_assignments_never_reach_an_illegal_state() -> None:
    drive(
        process_machine(
            Meeting,
            others=[Assignment],
            regulation=example(),
            payload_for={
                "schedule_meeting": meetings,
                "open_agenda_item": items,
                "record_decision": decisions,
                "give_assignment": assignments,
            },
        )
    )


def test_orders_invoices_and_packages_never_reach_an_illegal_state() -> None:
    machine = process_machine(
        DocumentPackage,
        others=[WorkOrder, Invoice, Sale],
        regulation=example(),
        payload_for={"open_day": packages},
        people=[one for one in staff() if one.roles & {Role.COMMERCIAL_SPECIALIST, Role.FINANCE, Role.SALES_MANAGER}],
    )
    drive(machine)
