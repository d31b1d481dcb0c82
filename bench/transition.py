"""A transition on the compiled table and a whole `decide`, beside python-statemachine with a machine for each case.

Run: ``python bench/transition.py``. Prints ratios from one run.
"""

from __future__ import annotations

import datetime as dt

from _timing import best, verdict
from statemachine import State, StateMachine

from salesreg.commercial import Sale, example
from salesreg.commercial.domain.clients import ClientDraft
from salesreg.commercial.domain.deals import Deal
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.prices import QuoteLine
from salesreg.commercial.roles import HEAD, MANAGER
from salesreg.decide import decide
from salesreg.process import Attempt, Case, Related
from salesreg.rules import Employee

ANNA = Employee("anna", "Anna", [MANAGER])
BORIS = Employee("boris", "Boris", [HEAD])
AT = dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC)


def submitted() -> Case[Deal]:
    """A deal that stands with the head for approval."""
    lines = (QuoteLine("CERT", Money("120000")), QuoteLine("TEST", Money("45000")))
    client = ClientDraft("Vega Lift", inn="7707083893", kpp="770701001")
    first = Sale.register_prospect(source="fair", client=client)
    case = decide(first, by=ANNA, at=AT, regulation=REGULATION, case_id="s-1").case
    for command in (
        Sale.start_price_negotiation(contact_ref="call", base_version="1", lines=lines),
        Sale.complete_questionnaire(meeting="m", answers={"client.contact": "Ivan", "product": "audit", "volume": "1"}),
        Sale.confirm_client_readiness(evidence="letter"),
        Sale.submit_for_approval(),
    ):
        case = decide(command, case, by=ANNA, at=AT, regulation=REGULATION).case
    return case


REGULATION = example()
DEAL = submitted()
MACHINE = Sale.machine()
ATTEMPT = Attempt(DEAL.id, "reject_quote", BORIS, HEAD.id, None, AT, REGULATION, Related([]))


def by_machine() -> None:
    """What a program would do: a machine for the case, started where the case stands, then one event."""
    running = MACHINE(start_value=DEAL.stage)
    running.send("reject_quote", data=DEAL.data, after=DEAL.data, attempt=ATTEMPT)


class Lean(StateMachine):
    """Only what the step needs, written by hand: the least that python-statemachine can be asked to do."""

    negotiating = State(value="negotiating_price", initial=True)
    awaiting = State(value="awaiting_price_approval")
    opening = State(value="opening", final=True)

    submit = negotiating.to(awaiting)
    approve = awaiting.to(opening)
    reject = awaiting.to(negotiating, validators=["reason_given"])

    def reason_given(self, reason: str) -> None:
        """Refuse a blank reason."""
        if not reason.strip():
            raise ValueError("a reason is required")


def by_lean_machine() -> None:
    """A machine of three states for the case, and one event."""
    Lean(start_value="awaiting_price_approval").send("reject", reason="too cheap")


def by_table() -> None:
    """The bare transition: which stage follows."""
    for way in Sale.table.routes["reject_quote"][DEAL.stage]:
        if way.when is None or way.when(DEAL.data):
            assert way.target.id == "negotiating_price"
            return


def by_decide_reject() -> None:
    """The same step in full: authority, guards, payload, data, obligation met, event, notice."""
    decide(Sale.reject_quote(reason="too cheap"), DEAL, by=BORIS, at=AT, regulation=REGULATION)


def by_decide_approve() -> None:
    """A heavier one: an obligation met and one opened, the quote bound by its hash, two notices."""
    decide(Sale.approve_quote(), DEAL, by=BORIS, at=AT, regulation=REGULATION)


if __name__ == "__main__":
    machine, lean = best(by_machine, number=300), best(by_lean_machine, number=1_000)
    print(f"python-statemachine, the same sale      {machine * 1e6:9.2f} µs")
    print(f"python-statemachine, three bare states  {lean * 1e6:9.2f} µs")
    for name, action, number, least in (
        ("bare transition on the compiled table", by_table, 100_000, 1_000),
        ("decide: reject a quote", by_decide_reject, 3_000, 45),
        ("decide: approve a quote", by_decide_approve, 3_000, 30),
    ):
        took = best(action, number=number)
        ratio = machine / took
        held = f"budget {least}x: {verdict(ratio >= least)}; {lean / took:.1f}x the bare one"
        print(f"{name:<39} {took * 1e6:9.2f} µs  {ratio:8.1f}x faster ({held})")
