"""Two people behind every separated duty, deputies included, whoever holds which roles and stands in for whom."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from salesreg.commercial.roles import CEO, FINANCE, HEAD, HEAD_OF_SALES, MANAGER
from salesreg.errors import StepRefused
from salesreg.process import Event
from salesreg.rules import Employee
from salesreg.testing.commercial import STAFF, Desk, moscow
from salesreg.testing.commercial.usual import COMMISSION
from salesreg.testing.strategies import absences, delegations

FIRST, LAST = dt.date(2026, 2, 2), dt.date(2026, 2, 16)
ROLES = [MANAGER, HEAD, HEAD_OF_SALES, CEO, FINANCE]
DEAL = (
    "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness", "submit_for_approval",
    "approve_quote", "open_deal", "assign_specialist", "draft_contract", "obtain_ceo_signature", "hand_over_contract",
    "dispatch_contract", "record_scan_return",
)  # fmt: skip
FILLED_IN = ("complete_questionnaire", "confirm_client_readiness")


@attrs.frozen
class Duty:
    """A way through a process, and the steps of it whose hands are never the same."""

    process: str
    way: tuple[str, ...]
    made: frozenset[str]
    judged: frozenset[str]
    payload: dict[str, Any] = attrs.field(factory=dict)


DUTIES = (
    Duty(
        "price_change",
        ("draft_proposal", "edit_proposal", "take_over", "submit_proposal", "endorse_proposal", "approve_proposal"),
        frozenset({"draft_proposal", "edit_proposal", "submit_proposal"}),
        frozenset({"endorse_proposal", "approve_proposal"}),
    ),
    Duty(
        "sale",
        (
            "register_prospect",
            "start_price_negotiation",
            "revise_quote",
            "complete_questionnaire",
            "confirm_client_readiness",
            "take_over",
            "submit_for_approval",
            "approve_quote",
        ),
        frozenset({"start_price_negotiation", "revise_quote", *FILLED_IN, "submit_for_approval"}),
        frozenset({"approve_quote"}),
        {"take_over": {"charge": "owner"}},
    ),
    Duty(
        "sale",
        (
            "register_prospect",
            "start_price_negotiation",
            "complete_questionnaire",
            "confirm_client_readiness",
            "submit_for_approval",
            "approve_quote",
            "confirm_quote",
        ),
        frozenset({"start_price_negotiation", *FILLED_IN, "submit_for_approval", "approve_quote"}),
        frozenset({"approve_quote", "confirm_quote"}),
        {"approve_quote": {"to_director": True}},
    ),
    Duty(
        "regulation_version",
        ("draft_version", "revise_version", "take_over", "open_discussion", "approve_version"),
        frozenset({"draft_version", "revise_version"}),
        frozenset({"approve_version"}),
        {"open_discussion": {"people": ("finn",)}},
    ),
    Duty(
        "assignment",
        ("give_assignment", "take_over", "report_done", "take_over", "verify_assignment"),
        frozenset({"report_done"}),
        frozenset({"verify_assignment"}),
        {"take_over": {"charge": "responsible"}},
    ),
    Duty(
        "amendment",
        ("draft_amendment", "revise_amendment", "take_over", "approve_amendment", "confirm_amendment"),
        frozenset({"draft_amendment", "revise_amendment", "approve_amendment"}),
        frozenset({"approve_amendment", "confirm_amendment"}),
        {"approve_amendment": {"to_director": True}},
    ),
    Duty(
        "bonus",
        ("open_salary", "calculate_statement", "approve_statement"),
        frozenset({"open_salary", "calculate_statement"}),
        frozenset({"approve_statement"}),
        {"open_salary": {"pay_day": FIRST}, "calculate_statement": {"lines": (COMMISSION,)}},
    ),
    Duty(
        "bonus",
        ("open_salary", "calculate_statement", "approve_statement", "pay_statement"),
        frozenset({"approve_statement"}),
        frozenset({"pay_statement"}),
        {"open_salary": {"pay_day": FIRST}, "calculate_statement": {"lines": (COMMISSION,)}},
    ),
    Duty(
        "plan",
        ("propose_plan", "revise_plan", "take_over", "revise_plan", "agree_plan"),
        frozenset({"propose_plan", "revise_plan"}),
        frozenset({"agree_plan"}),
        {"propose_plan": {"period_start": dt.date(2026, 3, 1), "period_end": dt.date(2026, 3, 31)}},
    ),
)

WHOM = {
    "take_over": "to", "give_assignment": "responsible", "open_salary": "employee", "propose_plan": "employee",
}  # fmt: skip


@st.composite
def firms(draw: st.DrawFn) -> tuple[list[Employee], dict[str, Any]]:
    """Four people with any roles, some with a manager, some not here all week, and who stands in for whom."""
    names = ["arno", "boris", "clara", "denis"]
    people = [
        Employee(
            name,
            name.title(),
            draw(st.sets(st.sampled_from(ROLES), min_size=1)),
            manager=draw(st.sampled_from([None, *names])),
            left_on=draw(st.sampled_from([None, None, None, dt.date(2026, 2, 5)])),
        )
        for name in names
    ]
    several = {
        "absences": draw(st.lists(absences(people, FIRST, LAST), max_size=2)),
        "delegations": draw(st.lists(delegations(people, FIRST, LAST), max_size=3)),
    }
    return people, several


def hands(one: Event) -> set[str]:
    """Who took a step, and in whose name."""
    return {one.by, one.on_behalf_of or one.by}


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.process)
@given(firm=firms(), data=st.data())
@settings(max_examples=60)
def test_whoever_judges_had_no_hand_in_what_is_judged(duty: Duty, firm: Any, data: st.DataObject):
    people, several = firm
    desk = Desk(start=moscow(2), staff=[*people, *STAFF], duties__own_only=duty.process != "amendment", **several)
    if duty.process == "price_change":
        desk.begin("price_change", "adopt_base_list", case="B")
    if duty.process == "amendment":
        desk.begin("sale", "register_prospect", case="D")
        desk.take("D", *DEAL)
    names = [one.id for one in people]
    begun = False
    for number, step in enumerate(duty.way):
        desk.at(16 if step == duty.way[-1] else 2 + number, f"{9 + number:02}:30")
        extra = dict(duty.payload.get(step, {}))
        if field := WHOM.get(step):
            extra[field] = data.draw(st.sampled_from(names))
        for by in data.draw(st.permutations(names)):
            try:
                if begun:
                    desk.take("C", step, by=by, **extra)
                else:
                    desk.begin(duty.process, step, case="C", by=by, **extra)
            except StepRefused:
                continue
            begun = True
            break
        if not begun:
            return
    made: set[str] = set()
    for one in desk.engine.history("C"):
        if one.step in duty.judged:
            event(f"{one.step} taken")
            assert not hands(one) & made, f"{one.step} by {hands(one)}, who had a hand in it: {made}"
        if one.step in duty.made:
            made |= hands(one)
