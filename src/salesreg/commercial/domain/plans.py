"""Plans and pay: what a position is promised, and what a person has earned in a period (R101–R103)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

import attrs

from salesreg.calendars import Term
from salesreg.commercial.domain import numbers
from salesreg.commercial.domain.indicators import Period
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.pay_facts import PeriodFacts
from salesreg.commercial.domain.records import Record, repeated, said
from salesreg.commercial.domain.schemes import CompensationScheme
from salesreg.errors import DomainError
from salesreg.process.references import CaseId, Ref
from salesreg.rules.instants import Instant

LONGEST: Final = 366
"""The most days of a period that is paid for."""
SECTIONS: Final = (
    "schedule", "leave", "time_off", "settlement", "pay_dates", "plan", "salary", "bonus", "conditions",
)  # fmt: skip
"""The nine sections of a compensation plan, by id (R101); ``section.<id>`` is the catalogues' key for its name."""


@attrs.frozen
class CompensationPlan(Record):
    """What the holder of a position is paid for, how much and when; complete with all nine sections (R101).

    Attributes:
        leave_pay_rule: how long before a leave its pay is due.
        plan_rule: what counts as attaining the plan.
        salary: the base salary of a month.
        conditions: what a bonus depends on.
        scheme: how the bonus is reckoned, which `bonus_rules` say in words; without it no bonus is paid.

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
    scheme: CompensationScheme | None = attrs.field(default=None, kw_only=True)

    def _check(self) -> None:
        if not self.position.strip() or not self.version.strip():
            raise DomainError("plan_unnamed", "a compensation plan names its position and its version")
        if self.salary is not None and self.salary.amount < 0:
            facts = {"position": self.position, "need": 0, "got": str(self.salary)}
            raise DomainError("plan_salary_below_zero", "{position} earns at least 0, not {got}", **facts)

    @property
    def says(self) -> tuple[object, ...]:
        """Everything that it says, which is what is acknowledged."""
        said = attrs.astuple(self, recurse=False)
        return said if self.scheme is not None else said[:-1]

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


def spelled(source: str) -> str:
    """The id of a fact in its one spelling, word by word: a space or a capital more makes no other fact of it."""
    return " ".join(filter(None, map(numbers.spelled, source.split()))).casefold()


@attrs.frozen
class BonusLine(Record):
    """One line of a statement: an amount, how it was reckoned, and from what.

    Attributes:
        code: unique in its statement, such as ``"commission"``.
        amount: what it adds; negative where it takes away.
        formula: how the amount follows from the inputs, for people.
        inputs: the values that went in, by name, as text.
        sources: the ids of the facts that it settles; each is settled once, whatever the line is called.
    """

    code: str
    amount: Money
    formula: str
    inputs: Mapping[str, str] = attrs.field(factory=dict)
    clauses: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def _check(self) -> None:
        self._set("sources", tuple(map(spelled, self.sources)))
        if not self.code.strip() or not self.formula.strip():
            raise DomainError(
                "bonus_line_unexplained",
                "{line} does not say what it is for or how it is reckoned",
                line=repr(self.code),
            )
        if not all(self.sources):
            raise DomainError("bonus_line_blank_fact", "line {line} names a source without a name", line=self.code)
        if len(set(self.sources)) < len(self.sources):
            facts = {"line": self.code, "got": self.sources}
            raise DomainError("bonus_line_fact_twice", "line {line} names a source twice: pay each fact once", **facts)


@attrs.frozen
class Dispute(Record):
    """The employee does not agree with a statement, and what came of it.

    Attributes:
        duties: the ids of the obligations that it is about; until it is answered they count on neither side.
        waived: those of them that do not count after all.
    """

    reason: str
    at: Instant
    answer: str = ""
    answered_by: str | None = None
    duties: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()

    def _check(self) -> None:
        said(self.reason, "dispute_blank", "a dispute says what is wrong with the statement")


@attrs.frozen
class BonusStatement(Record):
    """What one person has earned in one period.

    Attributes:
        prepared_by: the ids of those who opened it or entered its lines by hand.
        approved_for: for whom the one who approved stood in, if for anybody.
        plan_acknowledged_at: when the employee acknowledged the regulation that holds the plan (R84).
        leave_from: when the leave begins, for leave pay, UTC.
        pay_by: by when a bonus or leave pay is due, UTC.
        facts: what a bonus is reckoned from.
        earlier: the ids of the employee's other statements that a bonus rests on.
        returned: the document by which money came back that had been paid, if it did.
        early: whether a bonus was last calculated before its period was over.
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
    prepared_by: tuple[str, ...] = ()
    approved_by: str | None = None
    approved_for: str | None = None
    approved_at: Instant | None = None
    paid_at: Instant | None = None
    payment_ref: str | None = None
    leave_from: Instant | None = None
    pay_by: Instant | None = None
    reversal: str | None = None
    facts: PeriodFacts | None = None
    earlier: tuple[StatementId, ...] = ()
    returned: str = ""
    early: bool = False

    def _check(self) -> None:
        if self.period_end < self.period_start:
            start, end = self.period_start.isoformat(), self.period_end.isoformat()
            raise DomainError("statement_ends_first", "a period from {need} cannot end on {got}", need=start, got=end)
        if (self.period_end - self.period_start).days > LONGEST:
            days = (self.period_end - self.period_start).days
            raise DomainError(
                "statement_too_long", "a period has at most {need} days, not {got}", need=LONGEST, got=days
            )
        codes = tuple(line.code for line in self.lines)
        if len(set(codes)) < len(codes):
            raise DomainError("statement_code_twice", "each line of a statement has a code of its own", got=codes)
        if twice := repeated(source for line in self.lines for source in line.sources):
            raise DomainError("statement_fact_twice", "{got} is paid for by two lines: pay each fact once", got=twice)
        if self.lines:
            summed = _sum(self.lines)
            if self.total != summed:
                need, got = str(summed), str(self.total)
                raise DomainError("statement_other_total", "the lines add up to {need}, not {got}", need=need, got=got)
            if summed.amount < 0:
                facts = {"need": 0, "got": str(summed)}
                raise DomainError("statement_below_zero", "a statement is of at least 0, not of {got}", **facts)

    @property
    def paid_for(self) -> tuple[str, ...]:
        """The ids of all that it settles, whether a line came of it or not."""
        known = () if self.facts is None else self.facts.facts
        named = (source for line in self.lines for source in line.sources)
        return tuple(dict.fromkeys((*named, *(spelled(one.id) for one in known))))

    @property
    def period(self) -> str:
        """What its period is called: its month if it is one, else its first and last day."""
        return str(Period(self.period_start, self.period_end))

    def __contains__(self, day: dt.date) -> bool:
        """Whether a day is one of its period."""
        return self.period_start <= day <= self.period_end

    @property
    def days(self) -> Iterator[dt.date]:
        """Every day of its period."""
        length = (self.period_end - self.period_start).days + 1
        return (self.period_start + dt.timedelta(days=number) for number in range(length))

    def prepared(self, *people: str) -> BonusStatement:
        """The statement after some people have worked on it by hand."""
        return attrs.evolve(self, prepared_by=tuple(dict.fromkeys((*self.prepared_by, *people))))

    @property
    def inputs_hash(self) -> str:
        """SHA-256 of everything that the amounts were reckoned from; equal inputs give equal statements."""
        lines = [[one.code, one.formula, sorted(one.inputs.items()), sorted(one.sources)] for one in self.lines]
        body = [sorted(lines, key=str), *(repr(one) for one in (self.plan, self.facts) if self.facts is not None)]
        return hashlib.sha256(json.dumps(body, ensure_ascii=False).encode()).hexdigest()

    def granted(self) -> dict[str, str]:
        """The obligations that disputes have taken out of account, each with why: it is waived, or still disputed."""
        found: dict[str, str] = {}
        for one in self.disputes:
            found |= dict.fromkeys(one.waived if one.answer else one.duties, "waived" if one.answer else "disputed")
        return found

    def calculated(self, lines: tuple[BonusLine, ...]) -> BonusStatement:
        """The statement with these lines and their sum; itself if they are the lines it has."""
        fresh = attrs.evolve(self, lines=lines, total=_sum(lines) if lines else None)
        return self if fresh == self else fresh


StatementId: TypeAlias = Annotated[CaseId, Ref(BonusStatement, process="bonus")]
"""The id of a statement's case."""


def _sum(lines: tuple[BonusLine, ...]) -> Money:
    return sum((line.amount for line in lines[1:]), start=lines[0].amount)
