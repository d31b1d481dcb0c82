"""Pay: a bonus, a salary or leave pay, from the calculation to the payment on its day (R84, R101)."""

# ruff: noqa: A003 - stages bear the names of their states, and no step needs the builtins

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from salesreg.calendars import Term
from salesreg.domain.people import Role
from salesreg.domain.plans import BonusStatement
from salesreg.errors import Refusal
from salesreg.processes import Process, Recurring, Sla, Stage, Step, anywhere, assigned, start, stay
from salesreg.processes._bonus_effects import (
    LEAVE_PAY_BEFORE,
    BonusEffects,
    has_lines,
    plan_acknowledged,
    plan_complete,
)
from salesreg.regulation import Norm, Parameter

__all__ = ["LEAVE_PAY_BEFORE", "Bonus"]


def _pay_day(name: str, doc: str, ru: str) -> Parameter[Term]:
    return Parameter(f"bonus.{name}", Term, clause="R101", doc=doc, ru=ru)


# -- by when ----------------------------------------------------------------------------------------------------------

SALARY_DAYS: Final = Norm(
    "bonus.salary_days",
    "The salary is paid on its days of the month; if that is a day off, on the working day before.",
    ru="Зарплата выплачивается в установленные числа месяца, а если это выходной — накануне.",
    clause="R101",
    binds=[Role.FINANCE],
    term=_pay_day("salary_days", "On which days the salary is paid.", "По каким числам выплачивается зарплата."),
    control="the reference of the payment",
    metric="share of payments on their day",
)
BONUS_DAY: Final = Norm(
    "bonus.bonus_day",
    "An approved bonus is paid on its day of the month; if that is a day off, on the working day before.",
    ru="Утверждённая премия выплачивается в установленное число месяца, а если это выходной — накануне.",
    clause="R101",
    binds=[Role.FINANCE],
    term=_pay_day("bonus_day", "On which day the bonus is paid.", "По какому числу выплачивается премия."),
    control="the reference of the payment",
    metric="share of payments on their day",
)
LEAVE_PAY: Final = Norm(
    "bonus.leave_pay",
    "Leave pay is paid before the leave begins, as many days as the company says.",
    ru="Отпускные выплачиваются до начала отпуска, за установленное число дней.",
    clause="R101",
    binds=[Role.FINANCE],
    control="the reference of the payment",
    metric="share of payments on their day",
)

# -- what must be so --------------------------------------------------------------------------------------------------

PLAN_KNOWN: Final = Norm(
    "bonus.plan_known",
    "A bonus follows a compensation plan that is complete and that the employee acknowledged before the period began.",
    ru="Премия считается по полной системе мотивации, с которой сотрудник ознакомлен до начала периода.",
    clause="R101",
    binds=[Role.HEAD_OF_SALES],
    control="the nine sections of the plan and the acknowledgement",
    metric="K16",
)
PAID_ONCE: Final = Norm(
    "bonus.paid_once",
    "No fact is paid for twice; what comes to light late is adjusted in the next period.",
    ru="Один и тот же факт не оплачивается дважды; поздние факты учитываются в следующем периоде.",
    clause="R101",
    control="the unique key of the fact",
    metric="share of statements without a dispute",
)

# -- who --------------------------------------------------------------------------------------------------------------

EMPLOYEE: Final = assigned(lambda statement: statement.employee, "the employee whose pay it is", "получатель выплаты")


def _salary(employee: str, day: dt.date, _: dt.datetime) -> dict[str, Any]:
    return {"employee": employee, "pay_day": day}


class Bonus(BonusEffects, Process[BonusStatement]):
    """From the calculation of a bonus, a salary or leave pay to its payment."""

    id, version = "bonus", 1
    title, ru = "Bonus and pay", "Премирование и выплаты"

    open = Stage(
        "Open",
        ru="Открыт",
        owner=Role.SYSTEM,
        no_term="the day of payment has a clock of its own",
        no_term_ru="день выплаты отслеживается отдельно",
    )
    calculated = Stage(
        "Calculated",
        ru="Рассчитан",
        owner=Role.HEAD_OF_SALES,
        no_term="the day of payment has a clock of its own",
        no_term_ru="день выплаты отслеживается отдельно",
    )
    disputed = Stage(
        "Disputed",
        ru="Оспорен",
        owner=Role.HEAD_OF_SALES,
        no_term="the day of payment has a clock of its own",
        no_term_ru="день выплаты отслеживается отдельно",
    )
    approved = Stage(
        "Approved",
        ru="Утверждён",
        owner=Role.FINANCE,
        no_term="the day of payment has a clock of its own",
        no_term_ru="день выплаты отслеживается отдельно",
    )
    paid = Stage("Paid", ru="Выплачен", ended=True)
    reversed = Stage("Reversed", ru="Отменён", final=True)

    # -- it is opened ---------------------------------------------------------------------------------------------

    open_statement = Step(
        start(open),
        "Open a bonus statement",
        ru="Открыть расчёт премии",
        by=[Role.HEAD_OF_SALES, Role.SYSTEM],
        clause="R101",
        norms=[BONUS_DAY],
    )
    open_salary = Step(
        start(open),
        "Open a salary statement",
        ru="Открыть расчёт зарплаты",
        by=[Role.FINANCE, Role.SYSTEM],
        clause="R101",
        norms=[SALARY_DAYS],
    )
    open_leave_pay = Step(
        start(open),
        "Open a leave pay statement",
        ru="Открыть расчёт отпускных",
        by=[Role.HR, Role.SYSTEM],
        clause="R101",
        norms=[LEAVE_PAY],
    )

    # -- it is reckoned and agreed --------------------------------------------------------------------------------

    # Reckoning again from the same inputs changes nothing.
    calculate_statement = Step(
        open.to(calculated) | stay(calculated) | disputed.to(calculated),
        "Calculate the statement",
        ru="Рассчитать",
        by=Role.SYSTEM,
        notify=EMPLOYEE,
        clause="R101",
        norms=[PAID_ONCE],
    )
    dispute_statement = Step(
        calculated.to(disputed),
        "Dispute the statement",
        ru="Оспорить расчёт",
        by=EMPLOYEE,
        notify=Role.HEAD_OF_SALES,
        clause="R101",
    )
    answer_dispute = Step(
        disputed.to(calculated),
        "Answer the dispute",
        ru="Ответить на возражение",
        by=[Role.HEAD_OF_SALES, Role.CEO],
        never=EMPLOYEE,
        notify=EMPLOYEE,
        clause="R101",
    )
    approve_statement = Step(
        calculated.to(approved),
        "Approve the statement",
        ru="Утвердить расчёт",
        by=[Role.HEAD_OF_SALES, Role.CEO],
        never=EMPLOYEE,
        requires=[has_lines, plan_complete, plan_acknowledged],
        notify=[Role.FINANCE, EMPLOYEE],
        clause="R101",
        norms=[PLAN_KNOWN],
    )

    # -- it is paid -----------------------------------------------------------------------------------------------

    pay_statement = Step(
        approved.to(paid),
        "Record the payment",
        ru="Выплатить",
        by=Role.FINANCE,
        never=EMPLOYEE,
        notify=EMPLOYEE,
        clause="R101",
    )
    reverse_statement = Step(
        anywhere(reversed) | paid.to(reversed),
        "Reverse the statement",
        ru="Отменить расчёт",
        by=[Role.HEAD_OF_SALES, Role.CEO],
        never=EMPLOYEE,
        notify=[EMPLOYEE, Role.FINANCE],
        clause="R101",
    )

    # -- clocks ---------------------------------------------------------------------------------------------------

    bonus_paid = Sla(BONUS_DAY, start=open_statement, stop=pay_statement, owner=Role.FINANCE, occurred="paid_at")
    salary_paid = Sla(SALARY_DAYS, start=open_salary, stop=pay_statement, owner=Role.FINANCE, occurred="paid_at")
    leave_paid = Sla(
        LEAVE_PAY,
        start=open_leave_pay,
        stop=pay_statement,
        owner=Role.FINANCE,
        occurred="paid_at",
        due=lambda statement: statement.pay_by,
    )
    salary_falls_due: Recurring[BonusStatement] = Recurring(
        SALARY_DAYS, step=open_salary, per=Role.SALES_MANAGER, payload=_salary
    )

    @classmethod
    def keys(cls, data: BonusStatement) -> Iterable[str]:
        """One statement of a kind for a person and a period, and every fact that it pays for."""
        if data.reversal is None:
            yield f"pay:{data.kind}:{data.employee}:{data.period_start}:{data.period_end}"
            for line in data.lines:
                yield from (f"pay.source:{data.employee}:{line.code}:{source}" for source in line.sources)

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """The fact is paid for, or the period has its statement, in another case."""
        if key.startswith("pay.source:"):
            _, employee, code, source = key.split(":", 3)
            return Refusal(
                "paid_already",
                f"statement {holder} pays {employee} for {source!r} as {code} already",
                ru=f"факт {source!r} уже оплачен по строке {code} в расчёте {holder}",
                clause="R101",
                need="a fact that no other statement pays for",
                got=source,
            )
        return Refusal(
            "statement_exists",
            f"statement {holder} is of the same person and period",
            ru=f"расчёт {holder} уже есть за этот период",
            clause="R101",
            need="a person and period without a statement",
            got=holder,
        )
