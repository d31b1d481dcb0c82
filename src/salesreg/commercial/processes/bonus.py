"""Pay: a bonus, a salary or leave pay, from the calculation to the payment on its day (R84, R101)."""

# ruff: noqa: A003 - stages bear the names of their states, and no step needs the builtins

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Sequence
from typing import Final

from attrs import evolve

from salesreg.calendars import Term
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.plans import SECTIONS, BonusLine, BonusStatement, Dispute, PayKind
from salesreg.commercial.domain.versions import RegulationVersion, VersionId, is_chargeable
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
BONUS_DAY = open_norm(
    "bonus.bonus_day",
    "An approved bonus is paid on its day of the month; if that is a day off, on the working day before.",
    "R101",
    FINANCE,
    title="On which day the bonus is paid.",
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


ONLY_WHAT_IS_KNOWN = Norm(
    "bonus.only_what_is_known",
    "Pay is cut for the breach of a rule only that was in force and acknowledged by then, never over a recommendation.",
    "R88",
    control="the norm and the instant in the line, and the acknowledgement",
    metric="share of statements without a dispute",
)


OPENERS: Final = {PayKind.BONUS: HEAD_OF_SALES, PayKind.SALARY: FINANCE, PayKind.LEAVE_PAY: HR}
employee = Assigned[BonusStatement](lambda statement: statement.employee, "the employee whose pay it is")
workers = Each[BonusStatement](
    lambda statement: (statement.employee, *statement.prepared_by), "the employee, or whoever prepared the statement"
)
approvers = Each[BonusStatement](
    lambda statement: tuple(one for one in (statement.employee, statement.approved_by) if one is not None),
    "the employee, or whoever approved the statement",
)
opener = Assigned[BonusStatement](lambda statement: OPENERS[statement.kind], "the role that opens such statements")
has_lines = Must[BonusStatement](lambda one: bool(one.lines), "nothing_calculated", "the statement has no lines")


def period_over(statement: BonusStatement, attempt: Attempt) -> Checks:
    """A bonus is for a period that has ended."""
    if statement.kind is PayKind.BONUS and attempt.today <= statement.period_end:
        need, got = statement.period_end.isoformat(), attempt.today.isoformat()
        yield Refusal("period_not_over", "the period ends on {need} and is not over", need=need, got=got)


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


def by_hand(attempt: Attempt) -> tuple[str, ...]:
    """Whoever takes the step and whoever they stand in for, by id; the system is nobody."""
    return () if attempt.role == SYSTEM.id else (attempt.by.id, attempt.principal.id)


def answered_for(line: BonusLine, statement: BonusStatement, versions: Sequence[RegulationVersion]) -> Checks:
    """Nothing is taken away for the breach of a norm that the employee does not answer for (R84, R88)."""
    if line.breached_at is None:
        return
    judged = [is_chargeable(one, line.norm, statement.employee, line.breached_at) for one in versions]
    if not judged:
        text = "line {line} is for a breach: name the version of the regulation that was breached"
        yield Refusal("no_version", text, got=line.norm, facts={"line": line.code}, clause="R84")
    elif not any(one.chargeable for one in judged):
        yield from judged[-1].reasons


class BonusProcess(Process[BonusStatement]):
    """From the calculation of a bonus, a salary or leave pay to its payment."""

    id, version, title = "bonus", 1, "Bonus and pay"
    searchable = {"employee": lambda s: s.employee, "kind": lambda s: s.kind, "payment": lambda s: s.payment_ref}
    facts = {"what": lambda s: f"{s.period_start:%d.%m.%Y}–{s.period_end:%d.%m.%Y}"}

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
        if plan is None:
            known, facts = tuple(one.position for one in version.plans), {"version": version.number}
            yield Refusal(
                "no_plan",
                "version {version} has no plan for the position “{need}”",
                need=position,
                got=known,
                facts=facts,
            )
        opened = yield from built(
            lambda: BonusStatement(employee, period_start, period_end, plan=plan, plan_acknowledged_at=signed)
        )
        return opened.prepared(*by_hand(attempt))

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
        open.to(calculated) | stay(calculated) | disputed.to(calculated),
        "Calculate the statement",
        by=[SYSTEM, opener],
        notify=employee,
        clause="R101",
        norms=[PAID_ONCE, ONLY_WHAT_IS_KNOWN],
    )
    def calculate_statement(
        self,
        statement: BonusStatement,
        attempt: Attempt,
        *,
        lines: tuple[BonusLine, ...],
        total: Money | None = None,
        versions: tuple[VersionId, ...] = (),
    ) -> Outcome[BonusStatement]:
        """Reckoning again from the same inputs changes nothing.

        The system reckons; until the calculation itself is built, so may whoever opens such a statement. A line that
        takes away for a breach rests on a version of the regulation under which the employee answers for it (R84, R88).
        """
        if not lines:
            yield Refusal("no_lines", "a calculation has lines", need=1, got=0)
        fresh = statement.calculated(lines)
        due, before = str(fresh.total), str(statement.total)
        if lines and total is not None and total != fresh.total:
            yield Refusal("other_total", "the lines add up to {need}, not to {got}", need=due, got=str(total))
        if statement.lines and fresh.inputs_hash == statement.inputs_hash and fresh.total != statement.total:
            yield Refusal("not_reproducible", "the same inputs give {need}, not {got}", need=before, got=due)
        for line in lines:
            yield from answered_for(line, statement, [attempt.related[one].data for one in versions])
        return fresh.prepared(*by_hand(attempt))

    @step(calculated.to(disputed), "Dispute the statement", by=employee, notify=HEAD_OF_SALES, clause="R101")
    def dispute_statement(self, statement: BonusStatement, attempt: Attempt, *, reason: Text) -> BonusStatement:
        return evolve(statement, disputes=(*statement.disputes, Dispute(reason, attempt.at)))

    @step(
        disputed.to(calculated),
        "Answer the dispute",
        by=[HEAD_OF_SALES, CEO],
        never=employee,
        notify=employee,
        clause="R101",
    )
    def answer_dispute(self, statement: BonusStatement, attempt: Attempt, *, answer: Text) -> BonusStatement:
        *earlier, last = statement.disputes
        answered = evolve(last, answer=answer, answered_by=attempt.by.id)
        return evolve(statement, disputes=(*earlier, answered))

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
        return evolve(statement, approved_by=attempt.by.id, approved_at=attempt.at)

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
    def reverse_statement(self, statement: BonusStatement, *, reason: Text) -> BonusStatement:
        return evolve(statement, reversal=reason)

    # -- clocks -------------------------------------------------------------------------------------------------------

    bonus_paid = Sla(
        BONUS_DAY, start=open_statement, stop=pay_statement, owner=FINANCE, occurred="paid_at", lag=DOCUMENT_LAG
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
