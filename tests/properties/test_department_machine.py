"""The whole department at random on SQLite: every process, leavers, absences and stand-ins, and what must hold.

Nothing here knows how a rule is written: what must hold is read from the events and the obligations alone. What was
seldom done is done first, so that every kind of work is led far. In `ALONE` and `BOUND` stands who must not decide,
and what an approval binds.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import msgspec
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
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.price_changes import ChangeLine
from salesreg.commercial.domain.work import DraftedDocument, Work
from salesreg.decide import replay
from salesreg.errors import SalesregError
from salesreg.process import Case, Event, Obligation, ObligationStatus
from salesreg.process.steps import AnyStep
from salesreg.rules import Absence, Delegation, Employee
from salesreg.testing.commercial import STAFF, USUAL, Desk
from salesreg.testing.commercial.fitted import fitted
from salesreg.testing.strategies import leads_off, roles_of, weight

BAD = {ObligationStatus.BREACHED, ObligationStatus.MET_LATE}
PEOPLE = st.sampled_from([one.id for one in STAFF])
FIRST = [
    step
    for page in COMMERCIAL.processes
    for step in page.table.first_steps()
    if isinstance(USUAL.get(f"{page.id}.{step.id}", (None,))[0], Employee)
]
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
TO_DONE = ("start_draft", "submit_draft_to_client", "record_client_approval", "launch_order", "report_work_done")
STAND_INS = [("boss", "roman"), ("boss", "irina"), ("irina", "anna"), ("irina", "petr"), ("roman", "anna")]
SEEDS = st.integers(0, 2**32)
STORIES: Mapping[str, tuple[tuple[str, str], ...]] = {
    name: tuple(tuple(one.split(".")) for one in told.split())  # type: ignore[misc]
    for name, told in {
        "a call": """
            call_campaign.draft_campaign call_campaign.issue_campaign call_campaign.start_campaign wait.1
            call_contact.record_time_zone call_contact.claim_contact call_contact.place_call call_contact.end_call
            call_contact.record_result call_contact.schedule_retry wait.1""",
        "another price": """
            price_change.draft_proposal price_change.submit_proposal price_change.endorse_proposal
            price_change.approve_proposal price_change.schedule_application price_change.apply_price_list wait.2""",
        "another version": """
            regulation_version.draft_version regulation_version.open_discussion wait.9
            regulation_version.approve_version regulation_version.publish_version wait.12""",
        "money": """
            work_order.receive_work_order work_order.start_draft work_order.submit_draft_to_client
            work_order.record_client_approval work_order.launch_order work_order.report_work_done
            invoice.issue_invoice invoice.send_invoice client_account.open_account client_account.receive_payment
            client_account.allocate client_account.release client_account.allocate invoice.credit_line
            invoice.record_payment""",
    }.items()
}
"""Work that only many steps in a row bring about, each as the steps that lead there and the days that are waited."""
REPEATED = {
    "place_call",
    "receive_payment",
    "record_payment",
    "allocate",
    "receive_work_order",
    "request_invoice",
    "issue_invoice",
}
WALK = 6
MOSCOW = dt.timezone(dt.timedelta(hours=3))

QUOTED = frozenset({"start_price_negotiation", "revise_quote", "submit_for_approval"})
PROPOSED = frozenset({"draft_proposal", "edit_proposal", "submit_proposal"})
AMENDED = frozenset({"draft_amendment", "revise_amendment"})
ALONE: Mapping[str, frozenset[str]] = {
    "sale.approve_quote": QUOTED,
    "sale.confirm_quote": QUOTED | {"approve_quote"},
    "price_change.endorse_proposal": PROPOSED,
    "price_change.approve_proposal": PROPOSED | {"endorse_proposal"},
    "regulation_version.approve_version": frozenset({"draft_version", "revise_version"}),
    "amendment.approve_amendment": AMENDED,
    "amendment.confirm_amendment": AMENDED | {"approve_amendment"},
    "bonus.approve_statement": frozenset({"open_statement", "open_salary", "open_leave_pay", "calculate_statement"}),
    "bonus.pay_statement": frozenset({"approve_statement"}),
    "assignment.verify_assignment": frozenset({"report_done"}),
}
"""Each decision, and the work on which nobody decides who had a hand in it."""


@attrs.frozen
class Bound:
    """Which step approves what, and in which stages the approval stands."""

    steps: frozenset[str]
    stands: frozenset[str]
    what: Callable[[Any], Any]


BOUND: Mapping[str, Bound] = {
    "sale": Bound(
        frozenset({"approve_quote", "confirm_quote", "amend_contract"}),
        frozenset(
            {"opening", "awaiting_assignment", "preparing_contract", "contract_ready", "awaiting_client_signature"}
            | {"in_force", "closed"}
        ),
        lambda deal: (deal.quote.lines, deal.quote.base_version),
    ),
    "amendment": Bound(
        frozenset({"approve_amendment", "confirm_amendment"}),
        frozenset({"approved", "signed"}),
        lambda amendment: (amendment.lines, amendment.base_version, amendment.terms, amendment.contract),
    ),
    "price_change": Bound(
        frozenset({"approve_proposal", "adopt_base_list"}),
        frozenset({"approved", "scheduled", "applied", "in_force"}),
        lambda proposal: (proposal.lines, proposal.base, proposal.version),
    ),
    "regulation_version": Bound(
        frozenset({"approve_version"}),
        frozenset({"approved", "published", "in_force"}),
        lambda version: (version.norms, version.plans, version.number, version.enacts),
    ),
    "bonus": Bound(
        frozenset({"approve_statement"}),
        frozenset({"approved", "paid"}),
        lambda pay: (pay.lines, pay.total, pay.employee, pay.period_start, pay.period_end),
    ),
    "work_order": Bound(
        frozenset({"record_client_approval"}),
        frozenset({"agreed", "awaiting_prepayment", "in_progress", "work_done", "documents_issued", "delivered"}),
        lambda order: (order.works, [(one.work, one.content_hash) for one in order.drafts[-1].documents]),
    ),
}


def digits(phone: str) -> str:
    """A number as one hears it: its last ten digits, without an extension."""
    return re.sub(r"\D", "", re.split(r"доб|вн|ext|x", phone)[0])[-10:]


def written_otherwise(value: Any, rng: random.Random) -> Any:
    """The same payload with its telephone numbers in another spelling; now and then one is not to be called."""
    if attrs.has(type(value)):
        found = {one.name: getattr(value, one.name) for one in attrs.fields(type(value)) if one.init}
        if isinstance(found.get("phone"), str):
            found["do_not_call"] = rng.random() < 0.1
        return type(value)(**written_otherwise(found, rng))
    if isinstance(value, tuple):
        return tuple(written_otherwise(one, rng) for one in value)
    if isinstance(value, dict):
        return {
            name: spelled_otherwise(one, rng) if name == "phone" and one else written_otherwise(one, rng)
            for name, one in value.items()
        }
    return value


def spelled_otherwise(phone: str, rng: random.Random) -> str:
    number = digits(phone)
    prefix, end = rng.choice(["+7", "8", "8 ", "", "+7-"]), rng.choice(["", "", " доб. 7"])
    return f"{prefix}{rng.choice([number[:3], f'({number[:3]}) '])}{number[3:6]}-{number[6:8]}-{number[8:]}{end}"


def flagged(value: Any) -> Iterator[str]:
    """The numbers in a payload that are marked as not to be called."""
    if isinstance(value, dict):
        if value.get("do_not_call") is True and isinstance(value.get("phone"), str):
            yield value["phone"]
        for one in value.values():
            yield from flagged(one)
    elif isinstance(value, list):
        for one in value:
            yield from flagged(one)


def concerned(case: Case[Any]) -> list[Employee]:
    """Those who hold a role that the case's page names, and those whom its data name."""
    named = {role.id for role in roles_of(COMMERCIAL.process(case.process), example())}
    data = msgspec.json.encode(case.data).decode()
    return [one for one in STAFF if one.roles & named or f'"{one.id}"' in data]


class Department(RuleBasedStateMachine):
    """Everybody at work, coming, going and standing in for one another."""

    def __init__(self) -> None:
        super().__init__()
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a disk adds nothing here but time
        self.folder = tempfile.TemporaryDirectory(prefix="salesreg-", dir=memory)
        self.desk = Desk(f"sqlite:///{Path(self.folder.name) / 'department.db'}", call_contact__retries=2)
        self.engine = self.desk.engine
        self.serial = 0
        self.seen: dict[str, int] = {}
        self.verdicts: dict[str, ObligationStatus] = {}
        self.events: list[Event] = []
        self.taken: Counter[str] = Counter()
        self.visited: Counter[str] = Counter()
        self.silent: dict[str, dt.datetime] = {}

    # -- what is done -------------------------------------------------------------------------------------------------

    def known(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for case in self.engine.cases(limit=500):
            found.setdefault(case.process, []).append(case.id)
        return found

    def payload(self, step: AnyStep, case: Case[Any] | None, rng: random.Random) -> dict[str, Any]:
        self.serial += 1
        serial = self.serial if rng.random() < 0.7 else 1  # a number that is used up, now and then
        page: Any = step.page
        at, known = self.desk.clock.now(), self.known() if page.table.specs[step.id].payload.refs else {}
        given = fitted(step, at=at, case=case, known=known, serial=serial, pick=rng.choice)
        varied: dict[str, Any] = written_otherwise(given, rng)
        return varied

    def tried(self, act: Any) -> Any:
        try:
            return act()
        except SalesregError:
            return None

    @initialize(
        stand_ins=st.sets(st.sampled_from(STAND_INS)),
        told=st.lists(st.sampled_from(sorted(STORIES)), min_size=2, max_size=2, unique=True),
        seed=SEEDS,
    )
    def open_for_business(self, stand_ins: set[tuple[str, str]], told: list[str], seed: int) -> None:
        """One of each kind of work on its way, what is to be decided next before whoever decides or stands in."""
        first = self.desk.clock.now().date() + dt.timedelta(days=1)
        last = first + dt.timedelta(days=365)
        self.desk.directory._delegations += tuple(Delegation(who, by, first, last) for who, by in sorted(stand_ins))
        self.desk.begin("price_change", "adopt_base_list", case="B", version="2026-1")
        self.desk.begin("regulation_version", "draft_version", case="V")
        self.desk.take("V", "open_discussion")
        self.desk.begin("sale", "register_prospect", case="D")
        self.desk.take("D", *TO_APPROVED)
        self.desk.take("D", "open_deal", number="D-1", existing=None)
        self.desk.take("D", *TO_DISPATCHED, "record_scan_return")
        self.desk.begin("work_order", "receive_work_order", case="W")
        self.desk.take("W", *TO_DONE)
        (invoice,) = self.engine.cases("invoice")
        self.desk.take(invoice, "issue_invoice")
        self.desk.begin("price_change", "draft_proposal", case="P")
        self.desk.take("P", "submit_proposal")
        self.desk.begin("amendment", "draft_amendment", case="A")
        self.desk.begin("call_campaign", "draft_campaign", case="C")
        self.desk.take("C", "issue_campaign", "start_campaign")
        self.desk.begin("bonus", "open_salary", case="S")
        self.desk.later(dt.timedelta(days=8))
        for name in told:
            self.story(name, seed)

    @rule(seed=SEEDS)
    def work(self, seed: int) -> None:
        """Some days at work: begin what was seldom begun, go on where work was seldom done."""
        rng = random.Random(seed)
        for _ in range(5):
            if rng.random() < 0.3:
                self.begin(self.seldom(FIRST, rng, lambda one: 1), rng)
                continue
            running: dict[str, list[str]] = {}
            for case in self.engine.cases(ended=False, limit=500):
                running.setdefault(f"{case.process}.{case.stage}", []).append(case.id)
            stages = list(running)
            (stage,) = rng.choices(stages, [1 / (1 + self.visited[one]) ** 2 for one in stages])
            self.visited[stage] += 1
            self.walk(rng.choice(running[stage]), rng)

    def begin(self, step: AnyStep, rng: random.Random) -> None:
        page: Any = step.page
        by: Any = USUAL[f"{page.id}.{step.id}"][0]
        here = [one for one in STAFF if self.desk.directory.employee(one.id).left_on is None]
        by = by if by in here else rng.choice(here)
        given = self.payload(step, None, rng)
        case = self.tried(lambda: self.desk.begin(page.id, step.id, by=by, **given))
        if case is not None:
            self.walk(case.id, rng)

    def seldom(self, steps: list[AnyStep], rng: random.Random, weighs: Callable[[AnyStep], float]) -> AnyStep:
        """One of some steps, what was taken least first."""
        names = [f"{one.page.id}.{one.id}" for one in steps]  # type: ignore[attr-defined]
        (place,) = rng.choices(
            range(len(steps)), [weighs(one) / (1 + self.taken[names[n]]) ** 1.5 for n, one in enumerate(steps)]
        )
        self.taken[names[place]] += 1
        return steps[place]

    def walk(self, case_id: str, rng: random.Random) -> None:
        """Take steps on one case, onwards where possible, each by somebody who may."""
        for _ in range(WALK):
            case = self.engine.case(case_id)
            page = COMMERCIAL.process(case.process)
            able: dict[AnyStep, list[str]] = {}
            stray = rng.random() < 0.15
            for by in rng.sample([one.id for one in concerned(case)], len(concerned(case))):
                for one in self.engine.available(case, by=by):
                    if one.allowed and f"{page.id}.{one.step.id}" in USUAL and (stray or not leads_off(one.step)):
                        able.setdefault(one.step, []).append(by)
            if not able:
                return
            told = self.engine.history(case)
            taken, worked = {one.step for one in told}, {one.by for one in told}
            step = self.seldom(list(able), rng, lambda one, c=case, t=taken, p=page: weight(p, c.stage, one, t))
            given = self.payload(step, case, rng)
            by = min(able[step], key=lambda one, w=worked: one not in w)  # who has a hand in it rather than another
            self.tried(lambda s=step, b=by, g=given, c=case: self.engine.perform(c.id, s.id, g, by=b))
            self.desk.later(dt.timedelta(minutes=rng.choice([1, 20, 60, 600])))

    @rule(name=st.sampled_from(sorted(STORIES)), seed=SEEDS)
    def story(self, name: str, seed: int) -> None:
        """Lead one thing far, each step by somebody who may; what cannot be done at the time is passed over."""
        rng = random.Random(seed)
        for process, what in STORIES[name]:
            if process == "wait":
                self.wait(int(what))
            else:
                self.go_on(COMMERCIAL.process(process).steps[what], rng)

    def wait(self, days: int) -> None:
        """Until eleven o'clock of a working day."""
        then = self.desk.clock.now().astimezone(MOSCOW) + dt.timedelta(days=days)
        while then.weekday() > 4:
            then += dt.timedelta(days=1)
        self.desk.later(then.replace(hour=11, minute=0) - self.desk.clock.now())
        self.engine.tick()

    def go_on(self, step: AnyStep, rng: random.Random) -> None:
        """Take a step on a case that waits for it, or begin with it."""
        page: Any = step.page
        if step.begins:
            by: Any = USUAL[f"{page.id}.{step.id}"][0]
            given = {**self.payload(step, None, rng), **self.fits(step, None, rng)}
            self.tried(lambda: self.desk.begin(page.id, step.id, by=by, **given))
            return
        waiting = [one for one in self.engine.cases(page.id, limit=500) if step in page.table.leaving(one.stage)][-3:]
        for case in reversed(waiting):
            for one in rng.sample(concerned(case), len(concerned(case))):
                if any(it.step is step and it.allowed for it in self.engine.available(case, by=one.id)):
                    given = {**self.payload(step, case, rng), **self.fits(step, case, rng)}
                    if self.tried(lambda c=case, b=one.id, g=given: self.engine.perform(c.id, step.id, g, by=b)):
                        return

    def fits(self, step: AnyStep, case: Case[Any] | None, rng: random.Random) -> dict[str, Any]:
        """What a payload has to say for the step to be possible, beside what is usual."""
        standing = {one.process: one.id for one in self.engine.cases(stage="in_force", limit=500)}
        if step.id == "draft_proposal" and "price_change" in standing:
            listed = self.engine.case(standing["price_change"]).data.price_list
            change = ChangeLine.change(listed.items[0], price=Money(9000 + self.serial))
            return {"base": standing["price_change"], "lines": (change,)}
        if step.id == "draft_version" and "regulation_version" in standing:
            return {"previous": standing["regulation_version"], "changelog": "stricter"}
        if step.id == "receive_work_order" and "sale" in standing:
            return {"deal": standing["sale"], "works": (Work("1", "audit"), Work("2", "test"))}
        if step.id == "submit_draft_to_client" and case is not None:
            return {"documents": tuple(DraftedDocument(one.id, "h1") for one in case.data.works)}
        if step.id == "record_result":
            return {"disposition": rng.choice(["busy", "not_now", "do_not_call"])}
        if step.id == "allocate" and case is not None:
            owed = [one for one in self.engine.cases("invoice", limit=500) if one.stage in {"issued", "sent"}]
            free = [one for one in case.data.receipts if case.data.free(one)]
            if owed and free:
                invoice, receipt = rng.choice(owed), rng.choice(free)
                most = min(case.data.free(receipt), invoice.data.remaining)
                amount = most if rng.random() < 0.5 else Money.rounded(most.amount / 2)
                return {"invoice": invoice.id, "receipt": receipt.name, "amount": amount}
        if step.id == "release" and case is not None and case.data.allocations:
            return {"invoice": case.data.allocations[-1].invoice}
        if step.id == "credit_line" and case is not None:
            return {"work": rng.choice(case.data.lines).ref}
        return {}

    @rule(by=PEOPLE, seed=SEEDS)
    def overreach(self, by: str, seed: int) -> None:
        """Take any step as anybody."""
        self.work(seed)
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
        self.work(seed)
        rng = random.Random(seed)
        told = [one for one in self.events if one.payload and one.by != "system" and one.step in REPEATED]
        if told:
            one = rng.choice(told)
            where = one.case if one.source else None
            if where is None:
                self.tried(lambda: self.engine.start(one.process, one.step, one.payload, by=one.by))
            else:
                self.tried(lambda: self.engine.perform(where, one.step, one.payload, by=one.by))

    @rule(who=PEOPLE, deputy=PEOPLE, days=st.integers(1, 20), absent=st.booleans(), seed=SEEDS)
    def stand_in(self, who: str, deputy: str, days: int, absent: bool, seed: int) -> None:
        """Somebody goes on leave, or lets another act for them."""
        self.work(seed)
        today = self.desk.clock.now().date()
        last = today + dt.timedelta(days=days)
        if who == deputy:
            return
        if absent:
            self.desk.directory._absences += (Absence(who, today, last, deputy),)
        else:
            self.desk.directory._delegations += (Delegation(who, deputy, today, last),)

    @rule(who=PEOPLE, heir=PEOPLE, seed=SEEDS)
    def leave(self, who: str, heir: str, seed: int) -> None:
        """Somebody leaves: another takes their roles, and what they were in charge of is handed over."""
        self.work(seed)
        today = self.desk.clock.now().date()
        leaver, other = self.desk.directory.employee(who), self.desk.directory.employee(heir)
        if who == heir or leaver.left_on is not None or other.left_on is not None:
            return
        self.desk.know(attrs.evolve(leaver, left_on=today), attrs.evolve(other, roles=other.roles | leaver.roles))
        self.tried(lambda: self.engine.hand_over(who, to=heir, by="irina"))

    @rule(hours=st.sampled_from([1, 8, 24, 24 * 7]), seed=SEEDS)
    def let_time_pass(self, hours: int, seed: int) -> None:
        self.work(seed)
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
        new.sort(key=lambda one: one.at)
        self.events += new
        self.nothing_counts_twice()
        self.nobody_decides_alone(new)
        self.no_approval_outlives_a_change({one.case for one in new})
        self.nobody_is_called_who_asked_not_to_be(new)

    def judged(self, one: Obligation, status: ObligationStatus) -> None:
        before = self.verdicts.get(one.id)
        assert before not in BAD or status in BAD, f"{one.id} was {before} and is {status}"
        self.verdicts[one.id] = status

    def nothing_counts_twice(self) -> None:
        """Each receipt and call stands once, each work on one invoice at a time, each source of pay on one line."""
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
        records = Counter(
            call.record_ref for one in self.engine.cases("call_contact", limit=500) for call in one.data.attempts
        )
        for counted in (receipts, works, sources, records):
            assert all(times == 1 for times in counted.values()), counted.most_common(2)

    def nobody_decides_alone(self, new: list[Event]) -> None:
        """Whoever worked on what is decided, or let somebody act for them, does not decide."""
        for event in new:
            work = ALONE.get(f"{event.process}.{event.step}")
            if work is not None:
                hands = {event.by, event.on_behalf_of} - {None}
                before = [one for one in self.events if one.case == event.case and one.version < event.version]
                done = [one for one in before if one.step in work]
                if event.process == "assignment":  # what was given back is judged no more
                    done = done[-1:]
                worked = {who for one in done for who in (one.by, one.on_behalf_of)}
                assert not hands & worked, f"{event} by {hands}, on whose work {worked} was decided"

    def no_approval_outlives_a_change(self, changed: set[str]) -> None:
        """What stands as approved is what was last approved, to the letter."""
        for case_id in changed:
            case = self.engine.case(case_id)
            bound = BOUND.get(case.process)
            if bound is None or case.stage not in bound.stands:
                continue
            told = self.engine.history(case_id)
            approved = max((n for n, one in enumerate(told, 1) if one.step in bound.steps), default=0)
            assert approved, f"{case_id} is {case.stage}, and nobody approved it"
            then = replay(COMMERCIAL.process(case.process), told[:approved])
            assert bound.what(case.data) == bound.what(then.data), (
                f"{case_id} is not what was approved by {told[approved - 1]}"
            )

    def nobody_is_called_who_asked_not_to_be(self, new: list[Event]) -> None:
        """No call begins to a number whose person told anybody that they want none, and has not consented since."""
        for event in new:
            said = json.loads(msgspec.json.encode(event.payload))
            if event.step == "place_call":
                number = digits(self.engine.case(event.case).data.contact.person.phone)
                since = self.silent.get(number)
                assert since is None or since >= event.at, f"{number} was called at {event.at}, silent since {since}"
            if event.process == "do_not_call" and event.step in {"record_consent", "enter_consent"}:
                self.silent.pop(digits(self.engine.case(event.case).data.number), None)
            for phone in (*flagged(said), *self.refusals(event, said)):
                self.silent.setdefault(digits(phone), event.at)

    def refusals(self, event: Event, said: Mapping[str, Any]) -> Iterator[str]:
        """The numbers whose person has just said by a step of its own that they want no calls."""
        data = self.engine.case(event.case).data
        if event.step in {"enter_refusal", "record_refusal"}:
            yield data.number
        elif event.step == "record_result" and said.get("disposition") == "do_not_call":
            yield data.contact.person.phone
        elif event.step == "record_client_refusal" and said.get("do_not_call"):
            yield from (one.phone for one in data.client.contacts if one.phone)

    def teardown(self) -> None:
        assert self.engine.verify() == ()
        self.engine.close()
        self.folder.cleanup()


def test_whatever_the_department_does_its_rules_hold() -> None:
    run_state_machine_as_test(
        Department, settings=settings(max_examples=10, stateful_step_count=10, deadline=None, derandomize=True)
    )
