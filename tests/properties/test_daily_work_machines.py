"""Calls, inquiries, meetings and what they lead to, driven at random through the engine on memory and SQLite."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, run_state_machine_as_test

from salesreg.commercial import (
    COMMERCIAL,
    AssignmentProcess,
    CallCampaignProcess,
    CallContactProcess,
    DocumentPackageProcess,
    InquiryProcess,
    InvoiceProcess,
    MeetingProcess,
    Sale,
    WorkOrderProcess,
    example,
)
from salesreg.commercial.domain.campaigns import BaseSource, CallScript, CampaignContact, ContactBase, ScriptStep
from salesreg.commercial.domain.clients import ClientDraft, Contact
from salesreg.testing.commercial import STAFF, USUAL
from salesreg.testing.commercial.fitted import fitted
from salesreg.testing.commercial.strategies import usually
from salesreg.testing.machines import START, process_machine

Known = Mapping[str, tuple[str, ...]]
Payloads = st.SearchStrategy[dict[str, Any]]

SCRIPT = CallScript("audit", "1", (ScriptStep("hello", "Good day"),), published=True)
PEOPLE = [
    CampaignContact(f"p{n}", ClientDraft(f"Client {n}"), Contact("Ivan", phone=f"+7495000000{n}")) for n in (1, 2)
]
SOON = st.integers(1, 60).map(lambda hours: START + dt.timedelta(days=2, hours=hours))
SPECIALISTS = st.sampled_from(["petr", "dina"])


def campaigns(known: Known) -> Payloads:
    bases = st.sampled_from([ContactBase(BaseSource.MANUAL, tuple(PEOPLE)), ContactBase(BaseSource.PARSER)])
    return st.fixed_dictionaries(
        {
            "name": st.just("Spring"),
            "base": bases,
            "script": st.just(SCRIPT),
            "system_of_record": st.just("skorozvon"),
            "proposal_template": st.sampled_from(["cp-1", "cp-1", " "]),
        }
    )


def calls(known: Known) -> Payloads:
    return st.fixed_dictionaries(
        {"system": st.sampled_from(["skorozvon", "skorozvon", "phone"]), "record_ref": st.just("rec-1")}
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
    return st.fixed_dictionaries({"assignee": st.sampled_from(["finn", "anna"])})


def reassignments(known: Known) -> Payloads:
    return st.fixed_dictionaries(
        {"assignee": st.sampled_from(["finn", "anna"]), "reason": st.sampled_from(["leave", " "])}
    )


def meetings(known: Known) -> Payloads:
    people = ["anna", "sveta", "finn"]
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
    people = st.sampled_from([("anna",), ("anna", "finn"), ()])
    return st.fixed_dictionaries({"what": st.just("call back"), "due": st.none() | SOON, "responsible": people})


def assignments(known: Known) -> Payloads:
    return st.fixed_dictionaries(
        {"what": st.just("call back"), "due": SOON, "responsible": st.sampled_from(["anna", "finn"])}
    )


def packages(known: Known) -> Payloads:
    days = st.sampled_from([dt.date(2026, 3, 2), dt.date(2026, 3, 3)])
    return st.fixed_dictionaries({"specialist": SPECIALISTS, "date": days, "opens_at": st.just(START)})


def machine_of(process: type[Any], *others: type[Any], **payload_for: Any) -> type[Any]:
    return process_machine(
        process,
        rulebook=COMMERCIAL,
        regulation=example(),
        others=others,
        payload_for=payload_for,
        usually=usually,
        people=STAFF,
    )


def drive(machine: type[Any], *, examples: int = 10) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=25, deadline=None))


class CampaignMachine(
    machine_of(  # type: ignore[misc]  # a class made at run time
        CallCampaignProcess,
        CallContactProcess,
        Sale,
        draft_campaign=campaigns,
        place_call=calls,
        record_script_step=script_steps,
    )
):
    """Calls, and what must hold of every contact at every moment."""

    @invariant()
    def one_owner_and_one_open_call(self) -> None:
        for case in self.engine.cases(CallContactProcess):
            since = [entry.since for entry in case.data.custody]
            assert since == sorted(since)
            assert case.data.owner_at(case.last_at) == case.data.holder, "nobody, or somebody else, is responsible"
            assert sum(call.result is None for call in case.data.attempts) <= 1, "a call began before the last ended"


def test_a_contact_is_never_in_two_hands_and_never_in_none() -> None:
    drive(CampaignMachine)


def test_an_inquiry_never_reaches_an_illegal_state() -> None:
    drive(
        machine_of(
            InquiryProcess,
            receive_inquiry=receipts,
            resolve_ownership=resolutions,
            reassign_inquiry=reassignments,
        )
    )


def test_meetings_and_their_assignments_never_reach_an_illegal_state() -> None:
    drive(
        machine_of(
            MeetingProcess,
            AssignmentProcess,
            schedule_meeting=meetings,
            open_agenda_item=items,
            record_decision=decisions,
            give_assignment=assignments,
        )
    )


DEAL = (
    "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness", "submit_for_approval",
    "approve_quote", "open_deal", "assign_specialist", "draft_contract", "obtain_ceo_signature", "hand_over_contract",
    "dispatch_contract", "record_scan_return",
)  # fmt: skip


class OrdersMachine(
    machine_of(  # type: ignore[misc]  # a class made at run time
        WorkOrderProcess, InvoiceProcess, DocumentPackageProcess, open_day=packages
    )
):
    """What is ordered under a deal in force."""

    def prepare(self) -> None:
        at = self.clock.now()
        first = fitted(Sale.register_prospect, at=at)
        self.both(lambda engine: engine.start("sale", "register_prospect", first, by="anna", case_id="D"))
        for step_id in DEAL:
            by, _ = USUAL[f"sale.{step_id}"]
            given = fitted(Sale.steps[step_id], at=at)
            self.both(lambda engine: engine.perform("D", step_id, given, by=by))  # noqa: B023 - called at once
        assert self.engine.case("D").stage == "in_force"


def test_orders_invoices_and_packages_never_reach_an_illegal_state() -> None:
    drive(OrdersMachine, examples=20)
