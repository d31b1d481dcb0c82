"""Pay: a bonus, a salary or leave pay, from the calculation to the payment on its day (R84, R101)."""

# ruff: noqa: A003 - stages bear the names of their states, and no step needs the builtins

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from typing import Final

from attrs import evolve

from salesreg.calendars import Term
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.pay_facts import PeriodFacts, Verdict
from salesreg.commercial.domain.plans import SECTIONS, BonusLine, BonusStatement, Dispute, PayKind, StatementId
from salesreg.commercial.domain.schemes import CompensationScheme
from salesreg.commercial.domain.versions import RegulationVersion, VersionId
from salesreg.commercial.motivation.calculate import reckoned
from salesreg.commercial.motivation.compliance import excuses
from salesreg.commercial.parameters import DOCUMENT_LAG
from salesreg.commercial.roles import CEO, FINANCE, HEAD_OF_SALES, HR, MANAGER
from salesreg.process import (
    Assigned,
    Attempt,
    Checks,
    Each,
    Future,
    Known,
    Must,
    Outcome,
    Past,
    Process,
    Recurring,
    Refusal,
    Sla,
    Stage,
    Text,
    anywhere,
    built,
    need,
    not_before,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Norm, Parameter, open_norm

SALARY_DAYS = open_norm(
    "bonus.salary_days",
    "The salary is paid on its days of the month; if that is a day off, on the working day before.",
    "R101",
    FINANCE,
    title="On which days the salary is paid.",
    control="the reference of the payment",
    metric="share of payments on their day",
)
BONUS_DAY = Norm(
    "bonus.bonus_day",
    "An approved bonus is paid on its day of the month; if that is a day off, on the working day before.",
    "R101",
    FINANCE,
    control="the reference of the payment",
    metric="share of payments on their day",
)
LEAVE_PAY = Norm(
    "bonus.leave_pay",
    "Leave pay is paid before the leave begins, as many days as the company says.",
    "R101",
    FINANCE,
    control="the reference of the payment",
    metric="share of payments on their day",
)
PLAN_KNOWN = Norm(
    "bonus.plan_known",
    "A bonus follows a compensation plan that is complete and that the employee acknowledged before the period began.",
    "R101",
    HEAD_OF_SALES,
    control="the nine sections of the plan and the acknowledgement",
    metric="K16",
)
PAID_ONCE = Norm(
    "bonus.paid_once",
    "No fact is paid for twice; what comes to light late is adjusted in the next period.",
    "R101",
    control="the unique key of the fact",
    metric="share of statements without a dispute",
)


FROM_FACTS = Norm(
    "bonus.from_facts",
    "A bonus is reckoned by the system from recorded facts by the scheme of the plan; nobody enters its sums.",
    "R102",
    control="the facts in the statement, from which it is reckoned again",
    metric="share of statements without a dispute",
)
ONLY_WHAT_IS_KNOWN = Norm(
    "bonus.only_what_is_known",
    "A bonus is lowered only by a breach of a rule that was in force and acknowledged by then, never of advice.",
    "R88",
    control="the obligations behind the index, each with why it counts or does not",
    metric="share of statements without a dispute",
)


BY_HAND: Final = {PayKind.SALARY: FINANCE, PayKind.LEAVE_PAY: HR}
employee = Assigned[BonusStatement](lambda statement: statement.employee, "the employee whose pay it is")
workers = Each[BonusStatement](
    lambda statement: (statement.employee, *statement.prepared_by), "the employee, or whoever prepared the statement"
)
approvers = Each[BonusStatement](
    lambda one: tuple(who for who in (one.employee, one.approved_by, one.approved_for) if who is not None),
    "the employee, or whoever approved the statement",
)
opener = Assigned[BonusStatement](lambda statement: BY_HAND.get(statement.kind), "whoever enters such pay")
has_lines = Must[BonusStatement](lambda one: bool(one.lines), "nothing_calculated", "the statement has no lines")


def period_over(statement: BonusStatement, attempt: Attempt) -> Checks:
    """A bonus is for a period that has ended, all of which it was reckoned from."""
    if statement.kind is PayKind.BONUS and attempt.today <= statement.period_end:
        need, got = statement.period_end.isoformat(), attempt.today.isoformat()
        yield Refusal("period_not_over", "the period ends on {need} and is not over", need=need, got=got)
    elif statement.early:
        yield Refusal("calculated_early", "it was calculated before its period was over: calculate it anew")


def plan_complete(statement: BonusStatement, _: Attempt) -> Checks:
    """A bonus follows a plan that says everything it has to say; every section that is missing is named (R101)."""
    if statement.kind is PayKind.BONUS:
        for section in SECTIONS if statement.plan is None else statement.plan.missing():
            facts = {"section": f"section.{section}"}
            yield Refusal("plan_incomplete", "the plan says nothing of {section:title}", got=section, facts=facts)


def plan_acknowledged(statement: BonusStatement, attempt: Attempt) -> Checks:
    """Nobody is paid or cut by conditions that they did not know when the period began (R84)."""
    when, begins = statement.plan_acknowledged_at, day_begins(statement.period_start, attempt)
    if statement.kind is PayKind.BONUS and (when is None or when >= begins):
        need, got = begins.isoformat(), when and when.isoformat()
        yield Refusal(
            "plan_not_acknowledged",
            "the plan was not acknowledged before the period began",
            need=need,
            got=got,
            clause="R84",
        )


def day_begins(day: dt.date, attempt: Attempt) -> dt.datetime:
    """The first instant of a day in the company's time zone."""
    return dt.datetime.combine(day, dt.time(), zoneinfo.ZoneInfo(attempt.regulation.calendar.timezone))


def has_begun(day: dt.date, attempt: Attempt) -> Checks:
    """Nobody is paid for a time that has not come."""
    if day > attempt.today:
        need, got = attempt.today.isoformat(), day.isoformat()
        yield Refusal("period_ahead", "what is paid for begins on {got}, and today is {need}", need=need, got=got)


def whole_period(first: dt.date, last: dt.date, scheme: CompensationScheme) -> Checks:
    """A bonus is for a whole period of its scheme: parts of one would each bring a target, a plan and a cap."""
    if (first, last) != (whole := scheme.per.around(first)):
        need, got = "/".join(map(str, whole)), f"{first}/{last}"
        yield Refusal("period_not_whole", "a bonus is for {need}, not for {got}", need=need, got=got)


def by_hand(attempt: Attempt) -> tuple[str, ...]:
    """Whoever takes the step and whoever they stand in for, by id; the system is nobody."""
    return () if attempt.role == SYSTEM.id else (attempt.by.id, attempt.principal.id)


def anew(statement: BonusStatement, attempt: Attempt) -> Outcome[BonusStatement]:
    """A bonus reckoned anew after a dispute has taken obligations out of account, or put them back."""
    if statement.facts is None:
        return statement
    others = [attempt.related[one].data for one in statement.earlier]
    return (yield from built(lambda: reckoned(statement, others)))


def entered(statement: BonusStatement, lines: tuple[BonusLine, ...]) -> Outcome[BonusStatement]:
    """Pay that is entered by hand; the same inputs give the same sums, and what is deducted says from what."""
    yield from need(lines or None, Refusal("no_lines", "a calculation has lines", need=1, got=0))
    groundless = tuple(one.code for one in lines if one.amount.amount < 0 and not one.sources)
    if groundless:
        text = "{got} takes away from pay without a fact that it corrects (Labour Code art. 137)"
        yield Refusal("line_groundless", text, got=groundless)
    fresh = statement.calculated(lines)
    if statement.lines and fresh.inputs_hash == statement.inputs_hash and fresh.total != statement.total:
        due, got = str(statement.total), str(fresh.total)
        yield Refusal("not_reproducible", "the same inputs give {need}, not {got}", need=due, got=got)
    return fresh


class BonusProcess(Process[BonusStatement]):
    """From the calculation of a bonus, a salary or leave pay to its payment."""

    id, version, title = "bonus", 1, "Bonus and pay"
    searchable = {"employee": lambda s: s.employee, "kind": lambda s: s.kind, "payment": lambda s: s.payment_ref}
    facts = {"what": lambda s: f"{s.period_start:%d.%m.%Y}–{s.period_end:%d.%m.%Y}"}

    bonus_day = Parameter(
        "bonus.bonus_day", Term, "On which day the bonus is paid where the plan does not say it.", clause="R101"
    )
    leave_pay_before = Parameter(
        "bonus.leave_pay_before", Term, "How long before a leave its pay is due; counts backwards.", clause="R101"
    )

    open = Stage("Open", SYSTEM, no_term="the day of payment has a clock of its own")
    calculated = Stage("Calculated", HEAD_OF_SALES, no_term="the day of payment has a clock of its own")
    disputed = Stage("Disputed", HEAD_OF_SALES, no_term="the day of payment has a clock of its own")
    approved = Stage("Approved", FINANCE, no_term="the day of payment has a clock of its own")
    paid = Stage("Paid", ended=True)
    reversed = Stage("Reversed", final=True)

    # -- it is opened -------------------------------------------------------------------------------------------------

    @step(start(open), "Open a bonus statement", by=[HEAD_OF_SALES, SYSTEM], clause="R101", norms=[BONUS_DAY])
    def open_statement(
        self, attempt: Attempt, *, employee: Known, period_start: dt.date, period_end: dt.date, plan_source: VersionId
    ) -> Outcome[BonusStatement]:
        """The plan is that of the employee's position in the version that was in force when the period began."""
        version: RegulationVersion = attempt.related[plan_source].data
        position = attempt.person(employee).position
        plan, signed = version.plan_for(position), version.acknowledged_at(employee)
        yield from has_begun(period_start, attempt)
        if not version.in_force_at(day_begins(period_start, attempt)):
            day, number = period_start.isoformat(), version.number
            yield Refusal(
                "plan_not_in_force", "version {got} was not in force on {need}", need=day, got=number, clause="R84"
            )
        if plan is not None and plan.scheme is None:
            yield Refusal("no_scheme", "the plan of {got} has no scheme to reckon a bonus by", got=position)
        if plan is None:
            known, facts = tuple(one.position for one in version.plans), {"version": version.number}
            yield Refusal(
                "no_plan",
                "version {version} has no plan for the position “{need}”",
                need=position,
                got=known,
                facts=facts,
            )
        if plan is not None and plan.scheme is not None:
            yield from whole_period(period_start, period_end, plan.scheme)
        pay_by = attempt.due((plan and plan.bonus_date) or self.bonus_day)
        opened = yield from built(lambda: BonusStatement(employee, period_start, period_end, plan=plan, pay_by=pay_by))
        return evolve(opened, plan_acknowledged_at=signed).prepared(*by_hand(attempt))

    @step(start(open), "Open a salary statement", by=[FINANCE, SYSTEM], clause="R101", norms=[SALARY_DAYS])
    def open_salary(self, attempt: Attempt, *, employee: Known, pay_day: dt.date) -> Outcome[BonusStatement]:
        yield from has_begun(pay_day, attempt)
        return BonusStatement(employee, pay_day, pay_day, PayKind.SALARY).prepared(*by_hand(attempt))

    @step(start(open), "Open a leave pay statement", by=[HR, SYSTEM], clause="R101", norms=[LEAVE_PAY])
    def open_leave_pay(
        self, attempt: Attempt, *, employee: Known, leave_from: Future, leave_until: dt.date
    ) -> Outcome[BonusStatement]:
        before = self.leave_pay_before
        backwards = evolve(before, amount=-abs(before.amount))
        pay_by = attempt.regulation.calendar.due_at(backwards, leave_from)
        first, kind = attempt.day_of(leave_from), PayKind.LEAVE_PAY
        opened = yield from built(
            lambda: BonusStatement(employee, first, leave_until, kind, leave_from=leave_from, pay_by=pay_by)
        )
        return opened.prepared(*by_hand(attempt))

    # -- it is reckoned and agreed ------------------------------------------------------------------------------------

    @step(
        open.to(calculated) | stay(calculated, disputed),
        "Calculate the statement",
        by=[SYSTEM, opener],
        notify=employee,
        clause="R101",
        norms=[PAID_ONCE, FROM_FACTS, ONLY_WHAT_IS_KNOWN],
    )
    def calculate_statement(
        self,
        statement: BonusStatement,
        attempt: Attempt,
        *,
        facts: PeriodFacts | None = None,
        earlier: tuple[StatementId, ...] = (),
        versions: tuple[VersionId, ...] = (),
        lines: tuple[BonusLine, ...] = (),
        total: Money | None = None,
    ) -> Outcome[BonusStatement]:
        """A bonus comes of facts alone; the lines of a salary and of leave pay are entered by whoever opens them.

        An obligation counts only if the employee answers for it by the version that was in force (R84, R88).
        """
        bonus = statement.kind is PayKind.BONUS
        if bonus and lines:
            yield Refusal("entered_by_hand", "a bonus is reckoned from facts and never entered", got=len(lines))
        if facts is not None and not bonus:
            yield Refusal("not_a_bonus", "only a bonus is reckoned from facts", got=statement.kind)
        if bonus:
            given = yield from need(facts, Refusal("no_facts", "a bonus is reckoned from facts: give them", got=0))
            others = [attempt.related[one].data for one in earlier]
            strange = [
                name
                for name, one in zip(earlier, others, strict=True)
                if (one.employee, one.kind) != (statement.employee, PayKind.BONUS) or one.reversal is not None
            ]
            if strange:
                yield Refusal("other_statement", "{got} is no standing bonus statement of this employee", got=strange)
            known = [attempt.related[one].data for one in versions]
            given = given.excusing(excuses(given.duties, statement.employee, known))
            with_facts = evolve(statement, facts=given, earlier=earlier, early=attempt.today <= statement.period_end)
            fresh = yield from built(lambda: reckoned(with_facts, others))
        else:
            fresh = yield from entered(statement, lines)
        if total is not None and total != fresh.total:
            due, got = str(fresh.total), str(total)
            yield Refusal("other_total", "the lines add up to {need}, not to {got}", need=due, got=got)
        return fresh.prepared(*by_hand(attempt))

    @step(
        (calculated | disputed).to(disputed),
        "Dispute the statement",
        by=employee,
        notify=HEAD_OF_SALES,
        clause="R101",
        norms=[ONLY_WHAT_IS_KNOWN],
    )
    def dispute_statement(
        self, statement: BonusStatement, attempt: Attempt, *, reason: Text, duties: tuple[str, ...] = ()
    ) -> Outcome[BonusStatement]:
        """Obligations that are disputed count on neither side until the answer."""
        against = () if statement.facts is None else statement.facts.duties
        known = tuple(one.id for one in against if one.verdict is not Verdict.MET)
        if strange := tuple(one for one in duties if one not in known):
            yield Refusal("not_against_them", "{got} is not held against the employee", need=known, got=strange)
        dispute = Dispute(reason, attempt.at, duties=duties)
        return (yield from anew(evolve(statement, disputes=(*statement.disputes, dispute)), attempt))

    @step(
        disputed.to(calculated),
        "Answer the dispute",
        by=[HEAD_OF_SALES, CEO],
        never=employee,
        notify=employee,
        clause="R101",
    )
    def answer_dispute(
        self, statement: BonusStatement, attempt: Attempt, *, answer: Text, waived: tuple[str, ...] = ()
    ) -> Outcome[BonusStatement]:
        """What is waived counts no more; all else that was disputed counts again."""
        asked = tuple(duty for one in statement.disputes if not one.answer for duty in one.duties)
        if strange := tuple(one for one in waived if one not in asked):
            yield Refusal("not_disputed", "{got} is not disputed", need=asked, got=strange)
        done = [
            one
            if one.answer
            else evolve(
                one,
                answer=answer,
                answered_by=attempt.by.id,
                waived=tuple(duty for duty in one.duties if duty in waived),
            )
            for one in statement.disputes
        ]
        return (yield from anew(evolve(statement, disputes=tuple(done)), attempt))

    @step(
        calculated.to(approved),
        "Approve the statement",
        by=[HEAD_OF_SALES, CEO],
        never=workers,
        requires=[has_lines, period_over, plan_complete, plan_acknowledged],
        notify=[FINANCE, employee],
        clause="R101",
        norms=[PLAN_KNOWN],
    )
    def approve_statement(self, statement: BonusStatement, attempt: Attempt) -> BonusStatement:
        whose = None if attempt.on_behalf_of is None else attempt.principal.id
        return evolve(statement, approved_by=attempt.by.id, approved_for=whose, approved_at=attempt.at)

    # -- it is paid ---------------------------------------------------------------------------------------------------

    @step(approved.to(paid), "Record the payment", by=FINANCE, never=approvers, notify=employee, clause="R101")
    def pay_statement(
        self, statement: BonusStatement, attempt: Attempt, *, payment_ref: Text, paid_at: Past | None = None
    ) -> Outcome[BonusStatement]:
        """Nothing is paid before it is approved."""
        yield from not_before(paid_at, statement.approved_at, "paid_at")
        return evolve(statement, payment_ref=payment_ref, paid_at=paid_at or attempt.at)

    @step(
        anywhere(reversed) | paid.to(reversed),
        "Reverse the statement",
        by=[HEAD_OF_SALES, CEO],
        never=employee,
        notify=[employee, FINANCE],
        clause="R101",
    )
    def reverse_statement(
        self, statement: BonusStatement, *, reason: Text, returned: str = ""
    ) -> Outcome[BonusStatement]:
        """What was paid may be paid anew only once the money has come back."""
        if statement.paid_at is not None and not returned.strip():
            yield Refusal("money_not_back", "{got} was paid: name the document by which it came back",
                          got=str(statement.total))  # fmt: skip
        return evolve(statement, reversal=reason, returned=returned.strip())

    # -- clocks -------------------------------------------------------------------------------------------------------

    bonus_paid = Sla(
        BONUS_DAY,
        start=open_statement,
        stop=pay_statement,
        owner=FINANCE,
        occurred="paid_at",
        lag=DOCUMENT_LAG,
        due=lambda statement: statement.pay_by,
    )
    salary_paid = Sla(
        SALARY_DAYS, start=open_salary, stop=pay_statement, owner=FINANCE, occurred="paid_at", lag=DOCUMENT_LAG
    )
    leave_paid = Sla(
        LEAVE_PAY,
        start=open_leave_pay,
        stop=pay_statement,
        owner=FINANCE,
        occurred="paid_at",
        lag=DOCUMENT_LAG,
        due=lambda statement: statement.pay_by,
    )
    salary_falls_due = Recurring(
        SALARY_DAYS,
        step=open_salary,
        per=MANAGER,
        payload=lambda person, day, _: {"employee": person, "pay_day": day},
        even_away=True,
    )

    @classmethod
    def keys(cls, data: BonusStatement) -> Iterable[str]:
        """Every day that it pays a person for, in one statement of a kind, and every fact."""
        if data.reversal is None:
            whose = data.employee.replace("%", "%25").replace(":", "%3A")  # a colon ends it
            yield from (f"pay:{data.kind}:{whose}:{day}" for day in data.days)
            yield from (f"pay.source:{whose}:{source}" for source in data.paid_for)

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """The fact is paid for, or the period has its statement, in another case."""
        if key.startswith("pay.source:"):
            _, whose, source = key.split(":", 2)
            facts = {"holder": holder, "person": whose.replace("%3A", ":").replace("%25", "%")}
            return Refusal(
                "paid_already", "{holder} pays {person} for {got} already", got=source, facts=facts, clause="R101"
            )
        text = "statement {got} pays this person for a day of the period already"
        return Refusal("statement_exists", text, got=holder, clause="R101")
