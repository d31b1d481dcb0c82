"""The whole department at random on SQLite: every process, leavers, absences and stand-ins, and what must hold.

Nothing here knows how a rule is written: what must hold is read from the events and the obligations alone.
"""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from salesreg.commercial import COMMERCIAL, example
from salesreg.errors import SalesregError
from salesreg.process import Case, Event, Obligation, ObligationStatus
from salesreg.process.steps import AnyStep
from salesreg.rules import Absence, Delegation, Employee
from salesreg.testing.commercial import STAFF, USUAL, Desk
from salesreg.testing.commercial.fitted import fitted
from salesreg.testing.strategies import leads_off, roles_of, weight

BAD = {ObligationStatus.BREACHED, ObligationStatus.MET_LATE}
PEOPLE = st.sampled_from([one.id for one in STAFF])
FIRST = [step for page in COMMERCIAL.processes for step in page.table.first_steps() if f"{page.id}.{step.id}" in USUAL]
TO_APPROVED = (
    "start_price_negotiation",
    "complete_questionnaire",
    "confirm_client_readiness",
    "submit_for_approval",
    "approve_quote",
)
TO_DISPATCHED = (
    "assign_specialist",
    "draft_contract",
    "obtain_ceo_signature",
    "hand_over_contract",
    "dispatch_contract",
)
SEEDS = st.integers(0, 2**32)
REPEATED = {"receive_payment", "record_payment", "allocate", "receive_work_order", "request_invoice", "issue_invoice"}
WALK = 12


def concerned(case: Case[Any]) -> list[Employee]:
    """Those who hold a role that the case's page names."""
    named = {role.id for role in roles_of(COMMERCIAL.process(case.process), example())}
    return [one for one in STAFF if one.roles & named]


class Department(RuleBasedStateMachine):
    """Everybody at work, coming, going and standing in for one another."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="salesreg-")
        self.desk = Desk(f"sqlite:///{Path(self.folder.name) / 'department.db'}", call_contact__retries=2)
        self.engine = self.desk.engine
        self.serial = 0
        self.seen: dict[str, int] = {}
        self.verdicts: dict[str, ObligationStatus] = {}
        self.events: list[Event] = []

    # -- what is done -------------------------------------------------------------------------------------------------

    def known(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for case in self.engine.cases(limit=500):
            found.setdefault(case.process, []).append(case.id)
        return found

    def payload(self, step: AnyStep, case: Case[Any] | None, rng: random.Random) -> dict[str, Any]:
        self.serial += 1
        serial = self.serial if rng.random() < 0.7 else 1  # a number that is used up, now and then
        at, known = self.desk.clock.now(), self.known()
        return fitted(step, at=at, case=case, known=known, serial=serial, pick=rng.choice)

    def tried(self, act: Any) -> Any:
        try:
            return act()
        except SalesregError:
            return None

    @initialize()
    def open_for_business(self) -> None:
        """A price list, a deal whose contract is in force, an order under it, and a campaign."""
        self.desk.begin("price_change", "adopt_base_list", version="2026-1")
        self.desk.begin("sale", "register_prospect", case="D")
        self.desk.take("D", *TO_APPROVED)
        self.desk.take("D", "open_deal", number="D-1", existing=None)
        self.desk.take("D", *TO_DISPATCHED)
        self.desk.take("D", "record_scan_return")
        self.desk.begin("work_order", "receive_work_order", case="W")
        self.desk.begin("call_campaign", "draft_campaign", case="C")
        self.desk.take("C", "issue_campaign", "start_campaign")

    @rule(step=st.sampled_from(FIRST), seed=SEEDS)
    def begin(self, step: AnyStep, seed: int) -> None:
        """Begin any case, and lead it some way."""
        page: Any = step.page
        rng = random.Random(seed)
        given = self.payload(step, None, rng)
        case = self.tried(lambda: self.desk.begin(page.id, step.id, **given))
        if case is not None:
            self.walk(case.id, rng)

    @rule(seed=SEEDS)
    def work(self, seed: int) -> None:
        """Go on with a few cases, one process as often as another."""
        rng = random.Random(seed)
        for _ in range(3):
            running: dict[str, list[str]] = {}
            for case in self.engine.cases(ended=False, limit=500):
                running.setdefault(case.process, []).append(case.id)
            self.walk(rng.choice(running[rng.choice(sorted(running))]), rng)

    def walk(self, case_id: str, rng: random.Random) -> None:
        """Take steps on one case, onwards where possible, each by somebody who may."""
        for _ in range(WALK):
            case = self.engine.case(case_id)
            page = COMMERCIAL.process(case.process)
            options: list[AnyStep] = []
            by = ""
            for by in rng.sample([one.id for one in concerned(case)], len(concerned(case))):
                found = [one.step for one in self.engine.available(case, by=by) if one.allowed]
                stray = rng.random() < 0.15
                usual = (one for one in found if f"{page.id}.{one.id}" in USUAL)
                if options := [one for one in usual if stray or not leads_off(one)]:
                    break
            if not options:
                return
            taken = {event.step for event in self.engine.history(case)}
            step = rng.choices(options, [weight(page, case.stage, one, taken) for one in options])[0]
            given = self.payload(step, case, rng)
            self.tried(lambda s=step, b=by, g=given, c=case: self.engine.perform(c.id, s.id, g, by=b))
            self.desk.later(dt.timedelta(minutes=rng.choice([1, 20, 60, 600])))

    @rule(by=PEOPLE, seed=SEEDS)
    def overreach(self, by: str, seed: int) -> None:
        """Take any step as anybody."""
        rng = random.Random(seed)
        case = rng.choice(self.engine.cases(ended=False, limit=500))
        page = COMMERCIAL.process(case.process)
        steps = [one for one in page.steps.values() if not one.begins and f"{page.id}.{one.id}" in USUAL]
        step = rng.choice(steps)
        given = self.payload(step, case, rng)
        self.tried(lambda: self.engine.perform(case.id, step.id, given, by=by))

    @rule(seed=SEEDS)
    def again(self, seed: int) -> None:
        """Say what has been said before once more: the same payment, the same letter, the same fact."""
        rng = random.Random(seed)
        told = [one for one in self.events if one.payload and one.by != "system" and one.step in REPEATED]
        if told:
            one = rng.choice(told)
            where = one.case if one.source else None
            if where is None:
                self.tried(lambda: self.engine.start(one.process, one.step, one.payload, by=one.by))
            else:
                self.tried(lambda: self.engine.perform(where, one.step, one.payload, by=one.by))

    @rule(who=PEOPLE, deputy=PEOPLE, days=st.integers(1, 20), absent=st.booleans())
    def stand_in(self, who: str, deputy: str, days: int, absent: bool) -> None:
        """Somebody goes on leave, or lets another act for them."""
        today = self.desk.clock.now().date()
        last = today + dt.timedelta(days=days)
        if who == deputy:
            return
        if absent:
            self.desk.directory._absences += (Absence(who, today, last, deputy),)
        else:
            self.desk.directory._delegations += (Delegation(who, deputy, today, last),)

    @rule(who=PEOPLE, heir=PEOPLE)
    def leave(self, who: str, heir: str) -> None:
        """Somebody leaves: another takes their roles, and what they were in charge of is handed over."""
        today = self.desk.clock.now().date()
        leaver, other = self.desk.directory.employee(who), self.desk.directory.employee(heir)
        if who == heir or leaver.left_on is not None or other.left_on is not None:
            return
        self.desk.know(attrs.evolve(leaver, left_on=today), attrs.evolve(other, roles=other.roles | leaver.roles))
        self.tried(lambda: self.engine.hand_over(who, to=heir, by="irina"))

    @rule(hours=st.sampled_from([1, 8, 24, 24 * 7]))
    def let_time_pass(self, hours: int) -> None:
        self.desk.later(dt.timedelta(hours=hours))
        self.engine.tick()

    # -- what must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def the_rules_hold(self) -> None:
        """Read what is new, and hold the kinds of which nothing may ever happen."""
        new: list[Event] = []
        for case in self.engine.cases(limit=500):
            if case.version > self.seen.get(case.id, 0):
                new += [one for one in self.engine.history(case) if one.version > self.seen.get(case.id, 0)]
                self.seen[case.id] = case.version
            for one in case.obligations:
                self.judged(one, one.status_at(self.desk.clock.now()))
        for event in sorted(new, key=lambda one: one.at):
            for closed in event.closed:
                self.judged(closed, closed.status)
        self.events += new
        self.nothing_counts_twice()
        self.nobody_decides_alone()
        self.nobody_is_called_who_asked_not_to_be(new)

    def judged(self, one: Obligation, status: ObligationStatus) -> None:
        before = self.verdicts.get(one.id)
        assert before not in BAD or status in BAD, f"{one.id} was {before} and is {status}"
        self.verdicts[one.id] = status

    def nothing_counts_twice(self) -> None:
        """Each receipt of money stands once, each work on one invoice at a time, each source of pay on one line."""
        receipts = Counter(
            (account.data.client, receipt.reference)
            for account in self.engine.cases("client_account", limit=500)
            for receipt in account.data.receipts
        )
        works = Counter(
            line.ref
            for invoice in self.engine.cases("invoice", limit=500)
            if invoice.stage not in {"void", "refunded"}
            for line in invoice.data.lines
            if line.ref not in {credit.work for credit in invoice.data.credits}
        )
        sources = Counter(
            (statement.data.employee, source)
            for statement in self.engine.cases("bonus", limit=500)
            if statement.stage in {"approved", "paid"}
            for line in statement.data.lines
            if line.amount.amount > 0
            for source in line.sources
        )
        for counted in (receipts, works, sources):
            assert all(times == 1 for times in counted.values()), counted.most_common(2)

    def nobody_decides_alone(self) -> None:
        """Whoever worked on what is decided, or let somebody act for them, does not decide."""
        for approval, work in (
            ("sale.approve_quote", {"start_price_negotiation", "revise_quote", "submit_for_approval"}),
            ("amendment.approve_amendment", {"draft_amendment", "revise_amendment"}),
            ("price_change.approve_proposal", {"draft_proposal", "submit_proposal", "endorse_proposal"}),
        ):
            for event in self.events:
                if f"{event.process}.{event.step}" != approval:
                    continue
                hands = {event.by, event.on_behalf_of} - {None}
                before = [one for one in self.events if one.case == event.case and one.version < event.version]
                worked = {who for one in before if one.step in work for who in (one.by, one.on_behalf_of)}
                assert not hands & worked, f"{event} by {hands}, on whose work {worked} was decided"

    def nobody_is_called_who_asked_not_to_be(self, new: list[Event]) -> None:
        """No call begins while the number's entry in the register says that its person refused."""
        for event in new:
            if event.process == "call_contact" and event.step == "place_call":
                entry = self.engine.case(event.case).data.number
                said = [one for one in self.engine.history(entry) if one.at < event.at]
                assert not said or said[-1].target != "refused", f"{entry} was called at {event.at}"

    def teardown(self) -> None:
        assert self.engine.verify() == ()
        self.engine.close()
        self.folder.cleanup()


def test_whatever_the_department_does_its_rules_hold() -> None:
    run_state_machine_as_test(
        Department, settings=settings(max_examples=30, stateful_step_count=20, deadline=None, derandomize=True)
    )
