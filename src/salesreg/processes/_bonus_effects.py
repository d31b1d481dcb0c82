"""What the steps of a bonus statement demand of their payload, and what they do to the statement.

The keyword arguments of a handler are the payload's schema: what a handler does not use is recorded in the event.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from typing import Annotated, Final

import attrs

from salesreg.calendars import Term
from salesreg.domain.instants import Instant
from salesreg.domain.money import Money
from salesreg.domain.people import Employee
from salesreg.domain.plans import SECTIONS, BonusLine, BonusStatement, CompensationPlan, Dispute, PayKind
from salesreg.domain.regulations import RegulationVersion
from salesreg.errors import DomainError, Refusal
from salesreg.processes._case import Attempt, CaseId, Ref
from salesreg.processes._guards import built, filled, reason_given
from salesreg.regulation import Parameter

__all__ = ["LEAVE_PAY_BEFORE", "BonusEffects", "has_lines", "plan_acknowledged", "plan_complete"]

LEAVE_PAY_BEFORE: Final = Parameter(
    "bonus.leave_pay_before",
    Term,
    clause="R101",
    doc="How long before a leave its pay is due; a term that counts backwards.",
    ru="За сколько до отпуска выплачиваются отпускные.",
)

VersionId = Annotated[CaseId, Ref(RegulationVersion, process="regulation_version")]


def has_lines(statement: BonusStatement, _: Attempt) -> Iterator[Refusal]:
    """A statement that nothing was reckoned for is not approved."""
    if not statement.lines:
        yield Refusal(
            "nothing_calculated",
            "the statement has no lines",
            ru="в расчёте нет строк",
            clause="R101",
            need="a calculated statement",
            got="no lines",
        )


def plan_complete(statement: BonusStatement, _: Attempt) -> Iterator[Refusal]:
    """A bonus follows a plan that says everything it has to say; every section that is missing is named (R101)."""
    if statement.kind is PayKind.BONUS:
        for section in tuple(SECTIONS) if statement.plan is None else statement.plan.missing():
            en, ru = SECTIONS[section]
            yield Refusal(
                "plan_incomplete",
                f"the compensation plan says nothing of {en}",
                ru=f"в системе мотивации не заполнен раздел «{ru}»",
                clause="R101",
                need="all nine sections",
                got=section,
            )


def plan_acknowledged(statement: BonusStatement, attempt: Attempt) -> Iterator[Refusal]:
    """Nobody is paid or cut by conditions that they did not know when the period began (R84)."""
    when = statement.plan_acknowledged_at
    begins = _day_begins(statement.period_start, attempt)
    if statement.kind is PayKind.BONUS and (when is None or when >= begins):
        yield Refusal(
            "plan_not_acknowledged",
            "the employee had not acknowledged the plan before the period began",
            ru="до начала периода сотрудник не был ознакомлен с системой мотивации",
            clause="R84",
            need=f"before {begins.isoformat()}",
            got="never" if when is None else when.isoformat(),
        )


def _day_begins(day: dt.date, attempt: Attempt) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zoneinfo.ZoneInfo(attempt.regulation.calendar.timezone))


def _period(employee: Employee, period_start: dt.date, period_end: dt.date) -> Iterator[Refusal]:
    return built(
        lambda: BonusStatement(employee.id, period_start, period_end),
        "bad_period",
        ru="ошибка в периоде",
        clause="R101",
    )


def _plan_of(version: RegulationVersion, employee: Employee) -> CompensationPlan | None:
    return next((plan for plan in version.plans if plan.position == employee.position), None)


def _wrong_lines(statement: BonusStatement, lines: tuple[BonusLine, ...], total: Money | None) -> Iterator[Refusal]:
    """Why lines do not make a statement: no line, another total, or the inputs of before with other amounts."""
    if not lines:
        yield Refusal(
            "no_lines", "a calculation has lines", ru="в расчёте нет строк", clause="R101", need="a line", got="none"
        )
        return
    try:
        fresh = statement.calculated(lines)
    except DomainError as wrong:
        yield Refusal(
            "bad_statement",
            str(wrong),
            ru=f"ошибка в расчёте: {wrong}",
            clause="R101",
            need="lines that fit together",
            got=str(wrong),
        )
        return
    if total is not None and total != fresh.total:
        yield Refusal(
            "other_total",
            f"the lines add up to {fresh.total}, and the total says {total}",
            ru=f"сумма строк {fresh.total}, а итог {total}",
            clause="R101",
            need=str(fresh.total),
            got=str(total),
        )
    if statement.lines and fresh.inputs_hash == statement.inputs_hash and fresh.total != statement.total:
        yield Refusal(
            "not_reproducible",
            "the same inputs give the same amounts",
            ru="одни и те же исходные данные дают одни и те же суммы",
            clause="R101",
            need=str(statement.total),
            got=str(fresh.total),
        )


class BonusEffects:
    """The handlers of `Bonus`, in the order of its steps."""

    def check_open_statement(
        self,
        attempt: Attempt,
        *,
        employee: Employee,
        period_start: dt.date,
        period_end: dt.date,
        plan_source: VersionId,
    ) -> Iterator[Refusal]:
        yield from _period(employee, period_start, period_end)
        version: RegulationVersion = attempt.related[plan_source].data
        begins = _day_begins(period_start, attempt)
        if not version.in_force_at(begins):
            yield Refusal(
                "plan_not_in_force",
                f"version {version.number} was not in force when the period began",
                ru=f"редакция {version.number} не действовала на начало периода",
                clause="R84",
                need=f"the version in force on {period_start}",
                got=version.number,
            )
        if _plan_of(version, employee) is None:
            yield Refusal(
                "no_plan",
                f"version {version.number} has no compensation plan for {employee.position or 'no position'!r}",
                ru=f"в редакции {version.number} нет системы мотивации для должности {employee.position!r}",
                clause="R101",
                need=f"a plan for {employee.position!r}",
                got=tuple(plan.position for plan in version.plans),
            )

    def on_open_statement(
        self,
        attempt: Attempt,
        *,
        employee: Employee,
        period_start: dt.date,
        period_end: dt.date,
        plan_source: VersionId,
    ) -> BonusStatement:
        version: RegulationVersion = attempt.related[plan_source].data
        known = version.acknowledgement(employee.id)
        return BonusStatement(
            employee.id,
            period_start,
            period_end,
            plan=_plan_of(version, employee),
            plan_acknowledged_at=None if known is None else known.acknowledged_at,
        )

    def on_open_salary(self, *, employee: Employee, pay_day: dt.date) -> BonusStatement:
        return BonusStatement(employee.id, pay_day, pay_day, PayKind.SALARY)

    def check_open_leave_pay(
        self, attempt: Attempt, *, employee: Employee, leave_from: Instant, leave_until: dt.date
    ) -> Iterator[Refusal]:
        if leave_from <= attempt.at:
            yield Refusal(
                "in_the_past",
                "leave pay is due before the leave begins",
                ru="отпускные платят до начала отпуска",
                clause="R101",
                need=f"after {attempt.at.isoformat()}",
                got=leave_from.isoformat(),
            )
        yield from _period(employee, _day(leave_from, attempt), leave_until)

    def on_open_leave_pay(
        self, attempt: Attempt, *, employee: Employee, leave_from: Instant, leave_until: dt.date
    ) -> BonusStatement:
        before = attempt.regulation.value(LEAVE_PAY_BEFORE)
        backwards = attrs.evolve(before, amount=-abs(before.amount))
        pay_by = attempt.regulation.calendar.due_at(backwards, leave_from)
        return BonusStatement(
            employee.id,
            _day(leave_from, attempt),
            leave_until,
            PayKind.LEAVE_PAY,
            leave_from=leave_from,
            pay_by=pay_by,
        )

    def check_calculate_statement(
        self, statement: BonusStatement, *, lines: tuple[BonusLine, ...], total: Money | None = None
    ) -> Iterator[Refusal]:
        return _wrong_lines(statement, lines, total)

    def on_calculate_statement(
        self, statement: BonusStatement, *, lines: tuple[BonusLine, ...], total: Money | None = None
    ) -> BonusStatement:
        return statement.calculated(lines)

    def check_dispute_statement(self, statement: BonusStatement, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R101")

    def on_dispute_statement(self, statement: BonusStatement, attempt: Attempt, *, reason: str) -> BonusStatement:
        return attrs.evolve(statement, disputes=(*statement.disputes, Dispute(reason, attempt.at)))

    def check_answer_dispute(self, statement: BonusStatement, *, answer: str) -> Iterator[Refusal]:
        return filled(answer, "no_answer", "an answer", ru="ответ", clause="R101")

    def on_answer_dispute(self, statement: BonusStatement, attempt: Attempt, *, answer: str) -> BonusStatement:
        *earlier, last = statement.disputes
        return attrs.evolve(
            statement, disputes=(*earlier, attrs.evolve(last, answer=answer, answered_by=attempt.by.id))
        )

    def on_approve_statement(self, statement: BonusStatement, attempt: Attempt) -> BonusStatement:
        return attrs.evolve(statement, approved_by=attempt.by.id)

    def check_pay_statement(
        self, statement: BonusStatement, *, payment_ref: str, paid_at: Instant | None = None
    ) -> Iterator[Refusal]:
        yield from filled(payment_ref, "no_payment_ref", "the payment", ru="платёж", clause="R101")

    def on_pay_statement(
        self, statement: BonusStatement, attempt: Attempt, *, payment_ref: str, paid_at: Instant | None = None
    ) -> BonusStatement:
        return attrs.evolve(statement, payment_ref=payment_ref, paid_at=paid_at or attempt.at)

    def check_reverse_statement(self, statement: BonusStatement, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R101")

    def on_reverse_statement(self, statement: BonusStatement, *, reason: str) -> BonusStatement:
        return attrs.evolve(statement, reversal=reason)


def _day(instant: dt.datetime, attempt: Attempt) -> dt.date:
    return instant.astimezone(zoneinfo.ZoneInfo(attempt.regulation.calendar.timezone)).date()
