"""Plans and pay: what a position is promised, and what a person has earned in a period (R101–R103)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import attrs

from salesreg.calendars import Term
from salesreg.domain.instants import Instant, keep_utc
from salesreg.domain.money import Money
from salesreg.errors import DomainError

__all__ = ["SECTIONS", "BonusLine", "BonusStatement", "CompensationPlan", "Dispute", "PayKind"]

SECTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "schedule": ("working hours", "график работы"),
    "leave": ("leave", "порядок отпусков"),
    "time_off": ("time off", "порядок отгулов"),
    "settlement": ("settlement order", "порядок расчётов"),
    "pay_dates": ("pay dates of salary, bonus and leave pay", "даты выплаты зарплаты, премии и отпускных"),
    "plan": ("attainment of the plan", "выполнение плана"),
    "salary": ("base salary", "уровень оклада"),
    "bonus": ("how a bonus accrues", "порядок начисления премии"),
    "conditions": ("conditions of a bonus", "условия получения премии"),
}
"""The nine sections of a compensation plan (R101), with their names in English and Russian."""


@attrs.frozen
class CompensationPlan:
    """What the holder of a position is paid for, how much and when; complete with all nine sections (R101).

    Attributes:
        position: the position it is for, as employees bear it.
        version: unique for the position, such as ``"2026-1"``.
        schedule: the working hours.
        leave_rules: how leave is taken.
        time_off_rules: how time off is taken.
        settlement_order: how pay is settled.
        salary_date: on which days the salary is paid.
        bonus_date: on which day the bonus is paid.
        leave_pay_rule: how long before a leave its pay is due.
        plan_rule: what counts as attaining the plan.
        salary: the base salary of a month.
        bonus_rules: how a bonus accrues.
        conditions: what a bonus depends on.

    >>> CompensationPlan("sales manager", "2026-1", schedule="Mon-Fri 09-18").missing()[:2]
    ('leave', 'time_off')
    """

    position: str
    version: str
    schedule: str = attrs.field(default="", kw_only=True)
    leave_rules: str = attrs.field(default="", kw_only=True)
    time_off_rules: str = attrs.field(default="", kw_only=True)
    settlement_order: str = attrs.field(default="", kw_only=True)
    salary_date: Term | None = attrs.field(default=None, kw_only=True)
    bonus_date: Term | None = attrs.field(default=None, kw_only=True)
    leave_pay_rule: Term | None = attrs.field(default=None, kw_only=True)
    plan_rule: str = attrs.field(default="", kw_only=True)
    salary: Money | None = attrs.field(default=None, kw_only=True)
    bonus_rules: str = attrs.field(default="", kw_only=True)
    conditions: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.position.strip() or not self.version.strip():
            raise DomainError("a compensation plan names its position and its version")
        if self.salary is not None and self.salary.amount < 0:
            raise DomainError(f"the base salary of {self.position!r} cannot be {self.salary}: it is at least 0")

    def missing(self) -> tuple[str, ...]:
        """The sections that say nothing yet, in the order of `SECTIONS`; empty for a complete plan."""
        dates = (self.salary_date, self.bonus_date, self.leave_pay_rule)
        given = {
            "schedule": self.schedule.strip(),
            "leave": self.leave_rules.strip(),
            "time_off": self.time_off_rules.strip(),
            "settlement": self.settlement_order.strip(),
            "pay_dates": all(date is not None for date in dates),
            "plan": self.plan_rule.strip(),
            "salary": self.salary is not None,
            "bonus": self.bonus_rules.strip(),
            "conditions": self.conditions.strip(),
        }
        return tuple(section for section in SECTIONS if not given[section])


class PayKind(StrEnum):
    """What is paid."""

    BONUS = "bonus"
    SALARY = "salary"
    LEAVE_PAY = "leave_pay"


@attrs.frozen
class BonusLine:
    """One line of a statement: an amount, how it was reckoned, and from what.

    Attributes:
        code: unique in its statement, such as ``"commission"``.
        amount: what it adds; negative where it takes away.
        formula: how the amount follows from the inputs, for people.
        inputs: the values that went in, by name, as text.
        clauses: the requirements behind it.
        sources: the ids of the facts that it pays for; no fact is paid for twice under one code.
    """

    code: str
    amount: Money
    formula: str
    inputs: Mapping[str, str] = attrs.field(factory=dict)
    clauses: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "clauses", tuple(self.clauses))
        object.__setattr__(self, "sources", tuple(self.sources))
        if not self.code.strip() or not self.formula.strip():
            raise DomainError(f"a line says what it is for and how it was reckoned, and {self.code!r} does not")
        if len(set(self.sources)) < len(self.sources):
            raise DomainError(f"line {self.code!r} pays for one fact twice: name each source once")


@attrs.frozen
class Dispute:
    """The employee does not agree with a statement, and what came of it."""

    reason: str
    at: Instant
    answer: str = ""
    answered_by: str | None = None

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "at")
        if not self.reason.strip():
            raise DomainError("a dispute says what is wrong with the statement")


@attrs.frozen
class BonusStatement:
    """What one person has earned in one period.

    Attributes:
        employee: the id of the employee.
        period_start: first day of the period.
        period_end: last day of the period.
        kind: bonus, salary or leave pay.
        plan: the compensation plan that the bonus follows (R101).
        plan_acknowledged_at: when the employee acknowledged the regulation that holds the plan (R84).
        lines: what it is made of, each code once.
        total: the sum of the lines.
        disputes: what the employee objected to, in order.
        approved_by: the id of the employee who approved it.
        paid_at: when it was paid, UTC.
        payment_ref: reference of the payment.
        leave_from: when the leave begins, for leave pay, UTC.
        pay_by: by when leave pay is due, UTC.
        reversal: why it was reversed.

    Raises:
        DomainError: the period ends before it begins, a code stands twice, or the total is not the sum of the lines or
            is negative: a bonus may shrink to nothing, and never eats into the salary.
    """

    employee: str
    period_start: dt.date
    period_end: dt.date
    kind: PayKind = PayKind.BONUS
    plan: CompensationPlan | None = None
    plan_acknowledged_at: Instant | None = None
    lines: tuple[BonusLine, ...] = ()
    total: Money | None = None
    disputes: tuple[Dispute, ...] = ()
    approved_by: str | None = None
    paid_at: Instant | None = None
    payment_ref: str | None = None
    leave_from: Instant | None = None
    pay_by: Instant | None = None
    reversal: str | None = None

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "lines", tuple(self.lines))
        object.__setattr__(self, "disputes", tuple(self.disputes))
        keep_utc(self, "plan_acknowledged_at", "paid_at", "leave_from", "pay_by")
        if self.period_end < self.period_start:
            raise DomainError(f"a period that begins on {self.period_start} cannot end on {self.period_end}, before it")
        if len({line.code for line in self.lines}) < len(self.lines):
            raise DomainError("two lines of a statement have one code: give each its own")
        if self.lines:
            summed = sum_of(self.lines)
            if self.total != summed:
                raise DomainError(f"the lines add up to {summed}, and the total says {self.total}")
            if summed.amount < 0:
                raise DomainError(f"a statement comes to at least 0, not {summed}: a reduction ends at nothing")

    @property
    def inputs_hash(self) -> str:
        """SHA-256 of everything that the amounts were reckoned from; equal inputs give equal statements."""
        lines = [[line.code, line.formula, sorted(line.inputs.items()), sorted(line.sources)] for line in self.lines]
        body = sorted(lines, key=str)
        return hashlib.sha256(json.dumps(body, ensure_ascii=False).encode()).hexdigest()

    def calculated(self, lines: tuple[BonusLine, ...]) -> BonusStatement:
        """The statement with these lines and their sum; itself if they are the lines it has.

        Raises:
            DomainError: the lines do not make a statement.
        """
        fresh = attrs.evolve(self, lines=lines, total=sum_of(lines) if lines else None)
        return self if fresh == self else fresh


def sum_of(lines: tuple[BonusLine, ...]) -> Money:
    """What the lines come to.

    Raises:
        DomainError: the lines mix currencies.
    """
    return sum((line.amount for line in lines[1:]), start=lines[0].amount)
