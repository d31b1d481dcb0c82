"""Whatever a department does, its indicators are what a plain count of its cases and obligations gives.

The count below looks at how things ended, case by case; the fold has seen the events alone, in any order of the cases
and in pieces.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from fractions import Fraction
from statistics import median
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from test_department_machine import FIRST, Department

from salesreg.commercial import indicators_of
from salesreg.commercial.domain.indicators import INDICATORS, MISSING
from salesreg.commercial.indicators import Basis, By, Indicators, Period
from salesreg.process import Case, Event, ObligationStatus
from salesreg.testing.commercial import STAFF, Desk

ALWAYS = Period(Period.month("2025-01").first, Period.month("2036-12").last)
STEPS = 15
OFTEN = {"receive_inquiry", "give_assignment", "schedule_meeting", "register_prospect", "receive_work_order"}
LATE = {ObligationStatus.MET_LATE, ObligationStatus.BREACHED}


class Counted(Department):
    """The department, counted twice when it closes for the day."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(call_contact__retries=2)
        self.engine = self.desk.engine

    def teardown(self) -> None:
        try:
            self.count()
        finally:
            super().teardown()

    def count(self) -> None:
        now = self.desk.clock.now()
        counted = indicators_of(self.engine, staff=STAFF)
        found = {name: counted.value(name, ALWAYS, at=now) for name in INDICATORS}
        plain = {name: (Fraction(one[0]), Fraction(one[1])) for name, one in self.recount().items()}
        assert {name: (found[name].numerator, found[name].denominator) for name in plain} == plain
        assert found["K4"].numerator == plain["K3"][0]
        for basis, amount in self.money().items():
            assert sum(one.amount.amount for one in counted.sales(ALWAYS, at=now, basis=basis)) == amount, basis
        self.in_any_order(counted)

    def every(self, process: str) -> tuple[Case[Any], ...]:
        return self.engine.cases(process, limit=10_000)

    def recount(self) -> dict[str, tuple[Any, Any]]:
        """Each indicator over the whole time, from how things stand."""
        out: dict[str, tuple[Any, Any]] = {}
        now, calendar = self.desk.clock.now(), self.engine.regulation.calendar
        for name, one in INDICATORS.items():
            if one.norm:
                judged = list(self.judged_of(one.norm))
                good = [
                    each for each in judged if each is ObligationStatus.MET or (one.late_counts and each == "met_late")
                ]
                out[name] = len(good), len(judged)
        tasks = [one.data for one in self.every("call_contact")]
        stages = [one.stage for one in self.every("call_contact")]
        tried = [one for one in tasks if one.results]
        left = [
            one for one, stage in zip(tasks, stages, strict=True)
            if not one.results and stage not in {"excluded", "do_not_call"}
        ]  # fmt: skip
        out["K2"] = len(tried), len(tried) + len(left)
        out["K3"] = sum(len(one.results) for one in tasks), sum(len(one.attempts) for one in tasks)
        asked = [one.data for one in self.every("inquiry") if one.data.first_response_at is not None]
        took = [calendar.working_time_between(one.received_at, one.first_response_at).total_seconds() for one in asked]
        out["K7"] = Fraction(str(median(took) if took else 0)) / 60, len(took)
        ages = [(now - one.started_at).total_seconds() for norm in MISSING for one in self.open_of(norm)]
        out["K11.age"] = Fraction(str(median(ages) if ages else 0)) / 86_400, len(ages)
        deals = {one.id: self.engine.history(one) for one in self.every("sale")}
        won = [name for name, events in deals.items() if any(one.target == "in_force" for one in events)]
        out["K5"] = len(won), len(deals)
        out["K18"] = sum(self.engine.case(name).data.counterparty_from is not None for name in won), len(won)
        first = [next(filter(None, map(decided, events)), None) for events in deals.values()]
        out["K8"] = first.count("yes"), len(first) - first.count(None)
        return out

    def judged_of(self, norm: str) -> Iterator[ObligationStatus]:
        """The verdict of each thing that was owed: the first where it went on, the corrected where it was corrected."""
        entries = self.engine.obligations(norm=norm, limit=100_000)
        corrected = {one.corrects for one in entries}
        for one in entries:
            began = self.engine.history(one.case)[int(one.id.removeprefix(f"{one.case}:{norm}:").split(":")[0]) - 1]
            goes_on = one.corrects is None and any(
                each.norm == norm and each.status is ObligationStatus.BREACHED for each in began.closed
            )
            if one.id not in corrected and not goes_on and one.status in LATE | {ObligationStatus.MET}:
                yield one.status

    def open_of(self, norm: str) -> Iterator[Any]:
        return (one for one in self.engine.obligations(norm=norm, limit=100_000) if one.closed_at is None)

    def money(self) -> dict[Basis, Any]:
        """What has come and what is billed, as the invoices have it now."""
        invoices = [one.data for one in self.every("invoice") if one.data.refund is None]
        billed = [one.totals.gross.amount for one in invoices if one.issued_at is not None and one.stands]
        return {Basis.PAID: sum(one.paid.amount for one in invoices), Basis.INVOICED: sum(billed)}

    def in_any_order(self, counted: Indicators) -> None:
        """The cases one after another or all at once, in pieces, some twice: it comes to the same."""
        rng, now = random.Random(len(self.events)), self.desk.clock.now()
        queues = [list(self.engine.history(case)) for case in self.engine.cases(limit=10_000)]
        other = Indicators(self.engine.regulation, staff=STAFF, away=self.engine._people.away)
        while queues := [one for one in queues if one]:
            queue = rng.choice(queues)
            piece = rng.randint(1, len(queue))
            other.fold(queue[:piece])
            del queue[: rng.randint(1, piece)]
        for name in INDICATORS:
            for by in By:
                assert other.values(name, ALWAYS, at=now, by=by) == counted.values(name, ALWAYS, at=now, by=by), name
        assert other.record.acts == counted.record.acts


def decided(event: Event) -> str | None:
    """What a step decides on a price: yes or no."""
    if event.step in {"reject_quote", "decline_quote"}:
        return "no"
    return "yes" if event.target == "opening" and event.source != "opening" else None


def earn(department: Counted, rng: random.Random) -> None:
    """The invoice of the order that is done is paid in part, in whole, given back, or not; and contacts are called."""
    desk = department.desk
    (invoice,) = desk.engine.cases("invoice")
    desk.take(invoice.id, "send_invoice")
    money: list[tuple[str, dict[str, Any]]] = [("record_part_payment", {}), ("refund_payment", {})]
    money.insert(1, ("record_payment", {"amount": invoice.data.totals.gross}))
    for step, payload in money[: rng.randint(0, 3)]:
        department.tried(lambda s=step, p=payload: desk.take(invoice.id, s, by="finn", **p))
        desk.later(dt.timedelta(hours=rng.choice([1, 30])))
    desk.at(16)
    for contact in desk.engine.cases("call_contact"):
        for step in ("claim_contact", "place_call", "end_call", "record_result")[: rng.randint(0, 4)]:
            department.tried(lambda c=contact.id, s=step: desk.take(c, s))


def at_work(seed: int) -> Counted:
    """Weeks of a department: most of what begins is what indicators count, and some of it is left to itself."""
    rng, department = random.Random(seed), Counted()
    department.open_for_business(set(), [], seed)
    often = [step for step in FIRST if step.id in OFTEN]
    earn(department, rng)
    for _ in range(STEPS):
        department.begin(rng.choice(often if rng.random() < 0.8 else FIRST), rng)
        department.desk.later(dt.timedelta(hours=rng.choice([1, 1, 8])))
        department.engine.tick()
        if rng.random() < 0.1:
            who, heir = rng.sample([one.id for one in STAFF], 2)
            department.stand_in(who, heir, rng.randint(1, 5), rng.random() < 0.5, rng.getrandbits(32))
            if rng.random() < 0.3:
                department.leave(who, heir, rng.getrandbits(32))
    return department


@given(seed=st.integers(0, 2**32))
@settings(max_examples=5, deadline=None, derandomize=True)
def test_the_indicators_are_a_plain_count(seed: int) -> None:
    at_work(seed).teardown()
