"""Chapter 9: salaries on their days, and a bonus that is calculated, disputed, approved and paid."""

from __future__ import annotations

from salesreg.cli.demo import firm
from salesreg.cli.demo.play import MONTH, Play, Story
from salesreg.commercial import BonusProcess as Pay
from salesreg.commercial import InvoiceProcess, RegulationVersionProcess
from salesreg.commercial.domain.pay_facts import Verdict
from salesreg.commercial.domain.plans import BonusLine, BonusStatement, PayKind
from salesreg.process import Case

LATE = ("03-25", "denis")
"""The pay day on which somebody's salary is forgotten."""


def bonuses(play: Play) -> Story:
    """Anna's bonus: less for a late answer, which she disputes; on the first of April the month is paid for."""
    yield "03-26 10:00"
    for salary in _salaries(play, "calculated"):
        play.do(salary.id, "galina", Pay.approve_statement())
        play.do(salary.id, "faina", Pay.pay_statement(payment_ref="PP-40"))
    yield "03-30 10:00"
    (source,) = play.engine.cases(RegulationVersionProcess, stage="superseded")
    opened = Pay.open_statement(employee="anna", period_start=MONTH[0], period_end=MONTH[-1], plan_source=source.id)
    bonus = play.start("galina", opened)
    play.reckon(bonus)
    late = tuple(one.id for one in play.case(bonus).data.facts.duties if one.verdict is not Verdict.MET)
    reason, answer = play.say("rang_at_once"), play.say("exchange_confirms")
    yield "03-30 15:00", play.do, bonus, "anna", Pay.dispute_statement(reason=reason, duties=late)
    yield "03-30 16:00", play.do, bonus, "galina", Pay.answer_dispute(answer=answer, waived=late)

    invoice, *_ = play.engine.cases(InvoiceProcess, stage="paid")
    (paid,) = invoice.data.payments
    again = InvoiceProcess.record_payment(amount=paid.amount, reference=paid.reference)
    yield "04-01 09:00", play.refused, invoice.id, "faina", again  # the bank's file comes in a second time
    play.reckon(bonus)
    play.refused(bonus, "anna", Pay.approve_statement())
    play.do(bonus, "viktor", Pay.approve_statement())
    yield "04-01 09:10", play.do, bonus, "faina", Pay.pay_statement(payment_ref="PP-45")


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
