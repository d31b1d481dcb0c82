"""What may be changed about a log without changing what is said of it, and what may only make it less certain."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.audit import Audit, LogMapping, audit
from salesreg.calendars import Term
from salesreg.commercial import InvoiceProcess, example

REGULATION = example()
BEGIN = dt.datetime(2026, 2, 2, 6, tzinfo=dt.UTC)
LAST = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
STEPS = ("request_invoice", "issue_invoice", "send_invoice", "record_payment")
PEOPLE = {"sonja": ["commercial_specialist"], "finn": ["finance"], "cora": ["commercial_specialist", "finance"]}


@attrs.frozen
class Told:
    """An event as some system wrote it."""

    case: str
    step: str
    at: dt.datetime
    who: str


@st.composite
def histories(draw: st.DrawFn, case: str) -> list[Told]:
    """An invoice as it goes: each step at an instant after the one before, by somebody who may take it."""
    at, found = BEGIN, list[Told]()
    for step in STEPS[: draw(st.integers(1, len(STEPS)))]:
        at += dt.timedelta(minutes=draw(st.integers(1, 5000)), microseconds=draw(st.integers(0, 1)))
        role = "finance" if step in ("issue_invoice", "record_payment") else "commercial_specialist"
        found.append(Told(case, step, at, draw(st.sampled_from([p for p, held in PEOPLE.items() if role in held]))))
    return found


legal = (
    st.integers(1, 4)
    .flatmap(lambda count: st.tuples(*(histories(f"C{n}") for n in range(count))))
    .map(lambda cases: [event for case in cases for event in case])
)
Rewritten = st.sampled_from(["drop", "repeat", "swap", "other person"])


@st.composite
def spoilt(draw: st.DrawFn) -> list[Told]:
    """Histories in which somebody left something out, did it twice, in another order, or should not have done it."""
    events = list(draw(legal))
    for _ in range(draw(st.integers(0, 3))):
        at, how = draw(st.integers(0, len(events) - 1)), draw(Rewritten)
        if how == "drop" and len(events) > 1:
            events.pop(at)
        elif how == "repeat":
            events.insert(at, attrs.evolve(events[at], at=events[at].at + dt.timedelta(minutes=7)))
        elif how == "swap":
            events[at] = attrs.evolve(events[at], step=draw(st.sampled_from(STEPS)))
        else:
            events[at] = attrs.evolve(events[at], who=draw(st.sampled_from(sorted(PEOPLE))))
    return events


def audited(events: list[Told], **changed: Any) -> Audit:
    source = {"path": "log", "case": "case", "step": "step", "at": "at", "person": "who"} | changed.pop("source", {})
    mapping = LogMapping.from_dict(
        {
            "log": {"process": "invoice", "as_of": changed.pop("as_of", LAST)}, "source": [source],
            "person": {name: {"roles": held} for name, held in PEOPLE.items()}, **changed,
        }
    )  # fmt: skip
    rows = [attrs.asdict(one) | {"at": one.at.isoformat()} for one in events]
    return audit(mapping, InvoiceProcess, REGULATION, tables=[pa.Table.from_pylist(rows)])


def ids(seen: Audit) -> set[str]:
    return {one.id for one in seen.findings}


@settings(max_examples=20)
@given(legal)
def test_what_was_done_as_it_should_be_has_no_finding_but_of_being_late(events: list[Told]) -> None:
    assert {one.kind for one in audited(events).findings} <= {"late", "no_result"}


@settings(max_examples=20)
@given(legal)
def test_each_term_is_judged_as_the_calendar_says_one_by_one(events: list[Told]) -> None:
    seen = audited(events)
    cal, term = REGULATION.calendar, Term.parse("30 working minutes")
    at = {(one.case, one.step): one.at for one in events}
    late: dict[str, dt.timedelta] = {}
    for (case, step), asked in at.items():
        if step == "request_invoice":
            due, issued = cal.due(term, asked).at, at.get((case, "issue_invoice"), LAST)
            if issued > due:
                late[case] = cal.working_time_between(due, issued)
    found = {one.case: one.delay for one in seen.findings if one.norm == "invoice.issue"}
    assert found == late


@settings(max_examples=20)
@given(spoilt(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_other_names_change_nothing(events: list[Told], draw: Any) -> None:
    before = ids(audited(events))
    shuffled = list(events)
    draw.shuffle(shuffled)
    by_time = sorted(shuffled, key=lambda one: one.at)
    if len({(one.case, one.at) for one in events}) == len(events):  # at one instant the order of rows decides
        assert ids(audited(by_time)) == ids(audited(shuffled)) == before
    named = [attrs.evolve(one, step=f"Шаг {STEPS.index(one.step)}") for one in events]
    assert ids(audited(named, step={step: f"Шаг {n}" for n, step in enumerate(STEPS)})) == before


@settings(max_examples=20)
@given(spoilt(), st.sampled_from(STEPS))
def test_a_step_that_no_system_records_never_adds_a_breach_of_the_order(events: list[Told], step: str) -> None:
    def broken(seen: Audit) -> set[str]:
        return {one.case for one in seen.findings if one.norm == "order"}

    kept = [one for one in events if one.step != step]
    if kept:
        assert broken(audited(kept, missing={step: "kept on paper"})) <= broken(audited(events))


@settings(max_examples=20)
@given(spoilt(), st.sampled_from(["minute", "hour", "day"]))
def test_a_coarser_instant_makes_a_verdict_unknown_and_never_another_one(events: list[Told], precision: str) -> None:
    def late(seen: Audit) -> set[tuple[str, str]]:
        return {(one.norm, one.case) for one in seen.findings if one.kind in ("late", "no_result")}

    if len({(one.case, one.at.replace(minute=0, second=0, microsecond=0, hour=0)) for one in events}) < len(events):
        return  # steps of one day may have come in any order, which is another question
    coarse = audited(events, source={"at": {"column": "at", "precision": precision}})
    assert late(coarse) <= late(audited(events))


@settings(max_examples=20)
@given(spoilt(), st.integers(0, 40), st.integers(0, 40))
def test_time_that_goes_on_takes_no_lateness_back(events: list[Told], days: int, more: int) -> None:
    def late(as_of: dt.datetime) -> set[str]:
        if as_of < min(one.at for one in events):
            return set()
        return {one.id for one in audited(events, as_of=as_of).findings if one.kind == "late"}

    then = BEGIN + dt.timedelta(days=days)
    assert late(then) <= late(then + dt.timedelta(days=more))
