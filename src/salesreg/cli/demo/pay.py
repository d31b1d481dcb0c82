"""Chapter 9: salaries on their days, and a bonus that is calculated, disputed, approved and paid."""

from __future__ import annotations

import datetime as dt
from typing import Any

from salesreg.cli.demo import firm
from salesreg.cli.demo.play import Play, Story
from salesreg.commercial import BonusProcess as Pay
from salesreg.commercial import InvoiceProcess, RegulationVersionProcess, Sale
from salesreg.commercial.domain.plans import BonusLine, BonusStatement, PayKind
from salesreg.process import Case, Command

LATE = ("03-25", "denis")
"""The pay day on which somebody's salary is forgotten."""


def bonuses(play: Play) -> Story:
    """Anna's bonus: an invoice is paid after the first calculation."""
    yield "03-26 10:00"
    for salary in _salaries(play, "calculated"):
        play.do(salary.id, "galina", Pay.approve_statement())
        play.do(salary.id, "faina", Pay.pay_statement(payment_ref="PP-40"))
    yield "03-30 10:00"
    (source,) = play.engine.cases(RegulationVersionProcess, stage="superseded")
    first, last = dt.date(2026, 3, 2), dt.date(2026, 3, 30)
    opened = Pay.open_statement(employee="anna", period_start=first, period_end=last, plan_source=source.id)
    bonus = play.start("galina", opened)
    play.do(bonus, "galina", _commission(play, "anna"))
    yield "03-30 15:00", play.do, bonus, "anna", Pay.dispute_statement(reason=play.say("invoice_missing"))
    yield "03-30 16:00", play.do, bonus, "galina", Pay.answer_dispute(answer=play.say("paid_since"))
    play.do(bonus, "galina", _commission(play, "anna"))
    yield "03-31 10:00", play.refused, bonus, "anna", Pay.approve_statement()
    play.do(bonus, "viktor", Pay.approve_statement())
    yield "03-31 15:00", play.do, bonus, "faina", Pay.pay_statement(payment_ref="PP-45")


def _commission(play: Play, manager: str) -> Command[Any]:
    """A share of every invoice that the clients of a manager have paid so far."""
    mine, lines = {case.id for case in play.engine.cases(Sale, where={"owner": manager})}, []
    for case in play.engine.cases(InvoiceProcess, stage="paid"):
        if mine.issuperset(case.data.deals):
            net, share = case.data.totals.net, firm.COMMISSION
            how, facts = f"{share:.0%} × {net}", {"net": str(net.amount)}
            number = f"commission.{case.data.number}"
            lines.append(BonusLine(number, net.times(share), how, facts, ("R101",), (case.id,)))
    return Pay.calculate_statement(lines=tuple(lines))


def _salaries(play: Play, stage: str) -> tuple[Case[BonusStatement], ...]:
    return play.engine.cases(Pay, stage=stage, where={"kind": PayKind.SALARY})


def pay_salaries(play: Play) -> Story:
    """On each pay day finance reckons the salaries, and they are approved and paid; one is forgotten."""
    half = BonusLine("salary", firm.SALARY.times(firm.HALF), "1/2", {}, ("R101",))
    for day in ("03-10", "03-25"):
        yield f"{day} 11:00"
        for salary in _salaries(play, "open"):
            play.do(salary.id, "faina", Pay.calculate_statement(lines=(half,)))
        yield f"{day} 15:00"
        for salary in _salaries(play, "calculated"):
            if (day, salary.data.employee) != LATE:
                play.do(salary.id, "galina", Pay.approve_statement())
                paid = Pay.pay_statement(payment_ref=f"PP-{day}-{salary.data.employee}")
                play.do(salary.id, "faina", paid)
