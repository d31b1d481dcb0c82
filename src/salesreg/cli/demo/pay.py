"""Chapter 9: salaries on their days, and a bonus that is calculated, disputed, approved and paid."""

from __future__ import annotations

import datetime as dt
from typing import Any

from salesreg.cli.demo import firm
from salesreg.cli.demo.play import Play, Story
from salesreg.domain.plans import BonusLine, PayKind
from salesreg.processes import Case

__all__ = ["bonuses", "pay_salaries"]

LATE = ("03-25", "denis")
"""The pay day on which somebody's salary is forgotten."""


def bonuses(play: Play) -> Story:
    """Anna's bonus: an invoice is paid after the first calculation."""
    yield "03-26 10:00"
    for salary in _open(play, PayKind.SALARY, "calculated"):
        play.do(salary.id, "approve_statement", "galina")
        play.do(salary.id, "pay_statement", "faina", payment_ref="PP-40")
    yield "03-30 10:00"
    (source,) = play.engine.cases(process="regulation_version", stage="superseded")
    bonus = play.start(
        "bonus",
        "galina",
        "open_statement",
        employee="anna",
        period_start=dt.date(2026, 3, 2),
        period_end=dt.date(2026, 3, 31),
        plan_source=source.id,
    )
    play.do(bonus, "calculate_statement", "system", lines=_commission(play, "anna"))
    yield "03-30 15:00"
    reason = play.say("a paid invoice is missing", "не учтён оплаченный счёт")
    play.do(bonus, "dispute_statement", "anna", reason=reason)
    yield "03-30 16:00"
    play.do(bonus, "answer_dispute", "galina", answer=play.say("it has come since", "он оплачен позже"))
    play.do(bonus, "calculate_statement", "system", lines=_commission(play, "anna"))
    yield "03-31 10:00"
    play.refused(bonus, "approve_statement", "anna")
    play.do(bonus, "approve_statement", "galina")
    yield "03-31 15:00"
    play.do(bonus, "pay_statement", "faina", payment_ref="PP-45")


def _commission(play: Play, manager: str) -> tuple[BonusLine, ...]:
    """A share of every invoice that the clients of a manager have paid so far."""
    mine = {case.id for case in play.engine.cases(process="sale") if case.data.owner == manager}
    paid = [case for case in play.engine.cases(process="invoice", stage="paid") if mine.issuperset(case.data.deals)]
    return tuple(
        BonusLine(
            f"commission.{case.data.number}",
            case.data.totals.net.times(firm.COMMISSION),
            f"{firm.COMMISSION:.0%} × {case.data.totals.net}",
            {"net": str(case.data.totals.net.amount)},
            ("R101",),
            (case.id,),
        )
        for case in paid
    )


def _open(play: Play, kind: PayKind, stage: str) -> tuple[Case[Any], ...]:
    return tuple(case for case in play.engine.cases(process="bonus", stage=stage) if case.data.kind is kind)


def pay_salaries(play: Play) -> Story:
    """On each pay day the salaries are reckoned, approved and paid; one is forgotten."""
    for day in ("03-10", "03-25"):
        yield f"{day} 11:00"
        half = firm.plan(play.lang).salary
        assert half is not None  # noqa: S101 - the firm's plan is complete
        line = BonusLine("salary", half.times(firm.HALF), "1/2", {}, ("R101",))
        for salary in _open(play, PayKind.SALARY, "open"):
            play.do(salary.id, "calculate_statement", "system", lines=(line,))
        yield f"{day} 15:00"
        for salary in _open(play, PayKind.SALARY, "calculated"):
            if (day, salary.data.employee) != LATE:
                play.do(salary.id, "approve_statement", "galina")
                play.do(salary.id, "pay_statement", "faina", payment_ref=f"PP-{day}-{salary.data.employee}")
