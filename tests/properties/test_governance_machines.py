"""Prices, the regulation itself, audits and pay, driven at random through the engine on memory and SQLite."""

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
    AuditProcess,
    BonusProcess,
    PriceChangeProcess,
    RegulationVersionProcess,
    example,
)
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.plans import BonusLine
from salesreg.commercial.domain.price_changes import ChangeLine
from salesreg.commercial.domain.prices import PriceItem
from salesreg.commercial.roles import FINANCE
from salesreg.rules import NormText
from salesreg.testing import process_machine
from salesreg.testing.commercial import STAFF
from salesreg.testing.commercial.strategies import usually

Known = Mapping[str, tuple[str, ...]]
Payloads = st.SearchStrategy[dict[str, Any]]

AUDIT = PriceItem("audit", "Audit", "day", Money(1000))
COURSE = PriceItem("course", "Course", "person", Money(100))
LINES = [
    (ChangeLine.change(AUDIT, price=Money(1200)),),
    (ChangeLine.change(COURSE, name="Seminar"),),
    (ChangeLine.remove(COURSE), ChangeLine.change(AUDIT, unit="hour")),
    (),
]
NUMBERS = st.sampled_from(["1", "2", "3", "4"])
RULE = NormText("a", "Do it.", {"ru": "Делай."}, binds=(FINANCE.id,), control="the record", metric="K1", clause="R91")
LOOSE = NormText("b", "Do that.", {"ru": "Делай то."})
LATER = st.just(dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
PEOPLE = st.sampled_from([("finn", "boss"), ("finn", "anna"), ()])


def cases_of(known: Known, process: str) -> st.SearchStrategy[str]:
    return st.sampled_from([*known.get(process, ()), "nowhere"])


def drafting(known: Known) -> Payloads:
    base = cases_of(known, "price_change")
    rationale = st.sampled_from(["demand", "demand", " "])
    return st.fixed_dictionaries(
        {"base": base, "version": NUMBERS, "rationale": rationale, "lines": st.sampled_from(LINES)}
    )


def adopting(known: Known) -> Payloads:
    return st.fixed_dictionaries({"version": NUMBERS, "items": st.just((AUDIT, COURSE))})


def writing(known: Known) -> Payloads:
    previous = st.sampled_from([None, *known.get("regulation_version", ())])
    norms = st.sampled_from([(RULE,), (RULE,), (RULE, LOOSE)])
    numbers = st.sampled_from(["1.0", "1.1", "2.0"])
    return st.fixed_dictionaries({"number": numbers, "norms": norms, "previous": previous, "changelog": st.just("new")})


def reading(known: Known) -> Payloads:
    return st.fixed_dictionaries({"people": PEOPLE})


def reckoning(known: Known) -> Payloads:
    lines = st.sampled_from(
        [
            (BonusLine("a", Money(10), "by hand", sources=("deal-1",)),),
            (
                BonusLine("a", Money(20), "by hand", {"x": "2"}, sources=("deal-1",)),
                BonusLine("b", Money(-5), "less", sources=("deal-0",)),
            ),
            (BonusLine("b", Money(-5), "less", sources=("deal-0",)),),
        ]
    )
    return st.fixed_dictionaries({"lines": lines})


def paying(known: Known) -> Payloads:
    employee = st.sampled_from(["finn", "anna"])
    days = st.sampled_from([dt.date(2026, 2, 10), dt.date(2026, 2, 25)])
    return st.fixed_dictionaries({"employee": employee, "pay_day": days})


def auditing(known: Known) -> Payloads:
    month = {"period_start": st.just(dt.date(2026, 1, 1)), "period_end": st.just(dt.date(2026, 1, 31))}
    who = {
        "auditor": st.sampled_from(["finn", "lena"]),
        "audited": st.sampled_from([("roman",), ("roman", "finn"), ()]),
    }
    return st.fixed_dictionaries({"scope": st.sampled_from(["calls", "prices"]), "begin_by": LATER, **who, **month})


def finding(known: Known) -> Payloads:
    said = {"clause": st.just("R46"), "evidence": st.just("calls 1 and 2"), "due": LATER}
    what = st.sampled_from(["Record every result", "Begin on time"])
    return st.fixed_dictionaries({"what": what, "responsible": st.sampled_from(["anna", "roman", "finn"]), **said})


def found(known: Known) -> Payloads:
    return st.fixed_dictionaries({"finding": st.integers(1, 2), "reason": st.just("for a reason")})


def verdicts(known: Known) -> Payloads:
    verdict = st.sampled_from(["remedied", "remains", "waived"])
    return st.fixed_dictionaries({"finding": st.integers(1, 2), "verdict": verdict, "note": st.just("seen")})


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


def drive(machine: type[Any], *, examples: int = 20) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=20, deadline=None))


class PriceMachine(
    machine_of(PriceChangeProcess, draft_proposal=drafting, adopt_base_list=adopting)  # type: ignore[misc]  # made at run time
):
    """Proposals on top of a base list."""

    def prepare(self) -> None:
        base = {"version": "0", "items": (AUDIT, COURSE)}
        self.both(lambda engine: engine.start("price_change", "adopt_base_list", base, by="boss", case_id="B"))


def test_price_lists_never_overlap_whatever_is_tried() -> None:
    drive(PriceMachine)


def test_a_regulation_never_reaches_an_illegal_state() -> None:
    drive(
        machine_of(RegulationVersionProcess, draft_version=writing, open_discussion=reading, ask_to_acknowledge=reading)
    )


class AuditMachine(
    machine_of(  # type: ignore[misc]  # made at run time
        AuditProcess,
        AssignmentProcess,
        plan_audit=auditing,
        record_finding=finding,
        withdraw_finding=found,
        object_to_finding=found,
        reopen_finding=found,
        record_verdict=verdicts,
    )
):
    """Audits and the remedies that follow from them."""

    @invariant()
    def nobody_looks_at_their_own_work_and_nothing_found_is_lost(self) -> None:
        for case in self.engines[0].cases(AuditProcess):
            run = case.data
            assert run.auditor not in {*run.audited, *run.responsible}
            assert run.ordered_by not in run.audited
            if case.stage in {"follow_up", "followed_up", "closed"}:
                tasks = self.engines[0].cases(AssignmentProcess, parent=case)
                standing = [number for number, one in enumerate(run.findings, 1) if one.stands]
                assert sorted(one.data.finding for one in tasks) == standing
                assert case.stage == "follow_up" or not run.open_findings
            assert case.stage != "cancelled" or not run.responsible


def test_an_audit_never_reaches_an_illegal_state_and_loses_nothing_that_was_found() -> None:
    drive(AuditMachine, examples=8)


def test_pay_never_reaches_an_illegal_state() -> None:
    drive(machine_of(BonusProcess, calculate_statement=reckoning, open_salary=paying))
