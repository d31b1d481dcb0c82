"""A bonus reckoned from what is on record: real deals, payments, refunds and obligations, and no figure by hand."""

from __future__ import annotations

import datetime as dt
import json
import sys
from decimal import Decimal
from typing import Any

import attrs
import pytest
from trade import TO_DONE, Trade

from salesreg.calendars import Term, WorkSchedule
from salesreg.cli import main
from salesreg.commercial import COMMERCIAL
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.plans import BonusStatement, CompensationPlan
from salesreg.commercial.domain.schemes import (
    Band,
    CompensationScheme,
    Compliance,
    Curve,
    Kind,
    Measure,
    TeamFund,
    Tiers,
)
from salesreg.commercial.motivation.explain import html, text
from salesreg.commercial.motivation.gather import explained, reckon, record_of, statements
from salesreg.commercial.motivation.what_if import what_if
from salesreg.errors import DomainError, StepRefused
from salesreg.rules import Absence
from salesreg.testing.commercial import ANNA, FINN, ROMAN, STAFF, Desk, moscow

SCHEME = CompensationScheme(
    target=Money(10_000),
    attainment=Curve.through((0, 0), (1, 1)),
    no_plan=1,
    compliance=Compliance("0.5", "0", "0.1", Curve.through((0, 0), (1, 1))),
    commission=Tiers(Kind.MARGINAL, Measure.PERIOD, (Band(0, None, "0.02"),)),
    team=TeamFund(Money(1000), Curve.through((0, 0), (1, 1))),
)
PLAN = CompensationPlan(
    "sales manager", "2026-1", schedule="Mon-Fri", leave_rules="28 days", time_off_rules="by agreement",
    settlement_order="by transfer", salary_date=Term.parse("on the 10th, preceding"),
    bonus_date=Term.parse("on the 15th, preceding"), leave_pay_rule=Term.parse("3 calendar days before"),
    plan_rule="paid", salary=Money(60_000), bonus_rules="the scheme", conditions="the rules kept", scheme=SCHEME,
)  # fmt: skip
MONTHS = {month: (dt.date(2026, month, 1), dt.date(2026, month + 1, 1) - dt.timedelta(days=1)) for month in (2, 3, 4)}


class Firm(Trade):
    """A company whose regulation, with Anna's plan in it, has been in force and known since the end of January."""

    def __init__(self, url: str = "memory:", plan: CompensationPlan = PLAN, **given: Any) -> None:
        super().__init__(url, start=moscow(12, month=1), duties__acknowledge_first=False, **given)
        norms = self.engine.regulation.texts()
        self.begin("regulation_version", "draft_version", case="V", norms=norms, plans=(plan,))
        people = ("anna", "sveta")
        self.take("V", "open_discussion", people=people)
        self.at(20, month=1).take("V", "approve_version")
        self.take("V", "publish_version", effective_from=moscow(29, "00:00", 1), people=people)
        for person in people:
            self.take("V", "acknowledge", by=person, content_hash=self.case("V").data.content_hash)
        self.at(29, month=1).take("V", "put_in_force")

    def sold(self, order: str, day: int, month: int = 2) -> str:
        """An order of deal D that is done and paid for on a day; gives its invoice."""
        self.at(day, month=month).order(order, *TO_DONE)
        invoice = self.invoice_of(order).id
        self.pay(invoice)
        return invoice

    def opened(self, month: int = 2, employee: str = "anna") -> str:
        first, last = MONTHS[month]
        return self.begin("bonus", "open_statement", employee=employee, period_start=first, period_end=last).id

    def reckoned(self, case: str) -> BonusStatement:
        return reckon(self.engine, case).data


@pytest.fixture(params=["memory:", "sqlite"])
def firm(request, tmp_path):
    found = Firm(request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/pay.db")
    found.at(2).deal()
    yield found
    assert found.engine.verify() == ()
    found.engine.close()


def sums(statement: BonusStatement, *codes: str) -> dict[str, str]:
    return {one.code.partition(":")[0]: str(one.amount.amount) for one in statement.lines if one.code.startswith(codes)}


def test_what_was_paid_counts_once_for_whoever_had_the_deal_then(firm):
    invoice = firm.sold("W", 5)
    paid = firm.case(invoice).data.paid
    firm.at(2, month=3)
    mine, hers = firm.opened(), firm.opened(employee="sveta")
    done = firm.reckoned(mine)
    commission = paid.times(Decimal("0.02"))
    assert sums(done, "commission") == {"commission": str(commission.amount)}
    assert firm.reckoned(mine) == done
    with pytest.raises(StepRefused):  # the bank's file comes in a second time
        firm.take(invoice, "record_payment", by=FINN, amount=paid)
    firm.take("D", "take_over", charge="owner", to="sveta")
    assert (firm.reckoned(mine).total, sums(firm.reckoned(hers), "commission")) == (done.total, {})


def test_money_that_goes_back_is_taken_from_the_next_bonus_and_no_more_than_it_brought(firm):
    invoice = firm.sold("W", 5)
    february = firm.at(2, month=3).opened()
    paid = firm.reckoned(february)
    firm.take(february, "approve_statement")
    firm.at(5, month=3).take(invoice, "refund_payment")
    march = firm.at(2, month=4).opened(3)
    done = firm.reckoned(march)
    brought = sums(paid, "commission")["commission"]
    assert sums(done, "adjustment") == {"adjustment": f"-{brought}"}
    assert done.earlier == (february,)
    firm.take(march, "approve_statement")
    assert sums(firm.reckoned(firm.at(4, month=5).opened(4)), "adjustment") == {}


def test_a_part_of_the_money_that_goes_back_lowers_the_sale_of_its_month(firm):
    invoice = firm.sold("W", 5)
    firm.at(6).take(invoice, "refund_payment")
    again = firm.sold("X", 9)
    done = firm.reckoned(firm.at(2, month=3).opened())
    assert [one.day.day for one in done.facts.facts] == [5, 6, 9]
    paid = firm.case(again).data.paid.times(Decimal("0.02"))
    assert [one.amount for one in done.lines if one.code.startswith("commission")] == [Money(0), paid]


def test_months_may_be_reckoned_in_any_order_and_each_keeps_what_is_its_own(firm):
    firm.sold("W", 5)
    firm.sold("X", 9, 3)
    firm.at(2, month=4)
    february, march = firm.opened(2), firm.opened(3)
    later = firm.reckoned(march)
    assert sums(later, "adjustment") == {}
    earlier = firm.reckoned(february)
    assert len(sums(earlier, "commission")) == len(sums(later, "commission")) == 1
    assert firm.reckoned(march).total == later.total


def test_a_statement_reopened_after_another_has_adjusted_it_pays_nothing_twice(firm):
    invoice = firm.sold("W", 5)
    february = firm.at(2, month=3).opened()
    first = firm.reckoned(february)
    firm.at(5, month=3).take(invoice, "refund_payment")
    march = firm.at(2, month=4).opened(3)
    second = firm.reckoned(march)
    firm.take(february, "reverse_statement")
    again = firm.reckoned(firm.opened(2))
    brought = Money(sums(first, "commission")["commission"])
    assert sums(again, "adjusted") == {"adjusted": str(brought.amount)}
    together = sum((one.amount for each in (again, second) for one in each.lines if "target" not in one.code), Money(0))
    assert together == Money(0)


def test_a_payment_recorded_late_is_paid_for_by_the_terms_of_its_month(firm):
    firm.sold("W", 5)
    firm.at(27).order("X", *TO_DONE)
    firm.take(firm.invoice_of("X"), "issue_invoice", number="I-X")
    firm.take(firm.invoice_of("X"), "send_invoice")
    february = firm.at(2, month=3).opened()
    firm.reckoned(february)
    firm.take(february, "approve_statement")
    late = firm.invoice_of("X")
    firm.take(late, "record_payment", by=FINN, amount=late.data.remaining, paid_at=moscow(27, "12:00"))
    done = firm.reckoned(firm.at(2, month=4).opened(3))
    assert sums(done, "adjustment") == {"adjustment": str(late.data.remaining.times(Decimal("0.02")).amount)}


def test_plans_days_and_the_team_come_from_the_record():
    away = Absence("anna", dt.date(2026, 2, 2), dt.date(2026, 2, 13))
    firm = Firm(absences=[away])
    targets = {"K1": Decimal(1_000_000)}
    first, last = MONTHS[2]
    firm.begin("plan", "propose_plan", case="P", employee="sveta", period_start=first, period_end=last, targets=targets)
    firm.take("P", "agree_plan", by="sveta")
    department = {"employee": None, "department": "commercial"}
    firm.begin("plan", "propose_plan", case="T", period_start=first, period_end=last, targets=targets, **department)
    firm.take("T", "agree_plan", by="boss")
    firm.at(1, "00:05").engine.tick()
    firm.at(2, month=3)
    anna, sveta = (firm.reckoned(firm.opened(employee=name)) for name in ("anna", "sveta"))
    assert (anna.facts.plan, sveta.facts.plan) == (None, Money(1_000_000))
    assert (anna.facts.worked, anna.facts.norm, sveta.facts.worked) == (9, 19, 19)
    assert sveta.facts.team is not None
    assert {"anna", "sveta"} <= set(sveta.facts.team.shares)
    assert (sums(sveta, "target"), sums(anna, "target")["target"] > "0") == ({"target": "0.00"}, True)


def test_a_late_answer_lowers_the_bonus_and_is_explained_to_its_event_in_both_languages(firm):
    firm.at(10).begin("inquiry", "receive_inquiry", case="Q", received_at=moscow(10))
    firm.take("Q", "escalate_unclear_ownership")
    firm.take("Q", "resolve_ownership", assignee="anna")
    firm.at(11, "15:00").take("Q", "send_holding_reply", "send_answer", by=ANNA)
    case = firm.at(2, month=3).opened()
    done = firm.reckoned(case)
    late = [one for one in done.facts.duties if one.verdict != "met"]
    assert [(one.norm, one.verdict, one.excuses) for one in late] == [("inquiry.first_response", "met_late", ())]
    tree = explained(firm.engine, case)
    (violation,) = tree.find("reductions").children
    assert (violation.of, violation.events) == ("inquiry.first_response", (late[0].id,))
    better = firm.take(case, "dispute_statement", duties=(late[0].id,))
    assert violation.value > Money(0)
    for lang, words in (
        ("en", ("Bonus (2026-02)", "costs")),
        ("ru", ("Премия (2026-02)", "снизило на")),
    ):
        locale = COMMERCIAL.texts.locale(lang)
        said, page = text(tree, locale), html(tree, locale)
        assert all(one in said and one in page for one in words)
        assert f'title="{late[0].id}"' in page
        assert "{" not in said
    assert explained(firm.engine, case).find("left_out").find("excuse").value == "disputed"
    assert better.data.total > done.total
    assert json.loads(json.dumps(tree.to_dict()))["value"] == str(done.total.amount)


def test_the_same_months_under_other_plans_say_who_gains_and_what_it_costs(firm):
    firm.sold("W", 5)
    firm.at(2, month=3)
    record = record_of(firm.engine)
    done = [reckon(firm.engine, firm.opened(employee=name), record).data for name in ("anna", "sveta")]
    known = {one.id: one.data for one in statements(firm.engine)}
    assert what_if(known, []).cost == Money(0)
    richer = attrs.evolve(PLAN, scheme=attrs.evolve(SCHEME, target=Money(12_000)))
    found = what_if(known, [richer])
    assert {one.employee: one.before for one in found.rows} == {one.employee: one.total for one in done}
    assert found.cost == sum(found.gains().values(), start=Money(0))
    assert all(one.gain.amount > 0 for one in found.rows)
    assert what_if(known, [richer], "2026-01").rows == ()
    march = firm.reckoned(firm.at(2, month=4).opened(3))
    assert march.earlier
    both = what_if({one.id: one.data for one in statements(firm.engine)}, [richer])
    assert [(one.employee, one.period) for one in both.rows] == [
        ("anna", "2026-02"),
        ("anna", "2026-03"),
        ("sveta", "2026-02"),
    ]
    assert {row["level_before"] for row in found.to_dict()["rows"]} <= {"", "full", "partial", "ignored"}


def test_the_command_line_checks_explains_and_tries_out(tmp_path, capsys):
    firm = Firm(f"sqlite:///{tmp_path}/pay.db")
    firm.at(2).deal()
    firm.sold("W", 5)
    case = firm.at(2, month=3).opened()
    done = firm.reckoned(case)
    firm.engine.close()
    db, file = ["--db", f"{tmp_path}/pay.db"], tmp_path / "plans.toml"
    file.write_text(
        '[plans."sales manager"]\nversion = "2"\nsalary = 1_000\n[plans."sales manager".scheme]\ntarget = 20_000\n'
        "no_plan = 1\n[plans.\"sales manager\".scheme.commission]\nkind = 'marginal'\nmeasure = 'period'\n"
        "bands = [{ from = 0, to = 5, rate = 0.02 }, { from = 9, rate = 0.03 }]\n",
        "utf-8",
    )
    assert main(["compensation", "explain", case, *db, "--lang", "ru"]) == 0
    assert f"Премия (2026-02): {done.total.text('ru')}" in capsys.readouterr().out
    assert main(["compensation", "explain", case, *db, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == str(done.total.amount)
    assert main(["compensation", "explain", case, *db, "--format", "html"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("<!doctype html>")
    assert "<h1>anna</h1>" in page
    assert "[R101]" in page
    assert main(["compensation", "check", str(file)]) == 1
    assert "plan.sales manager.commission.bands[2]: nothing is paid from 5 to 9" in capsys.readouterr().out
    assert main(["compensation", "check", str(file), "--json", "--quota", "1000"]) == 1
    assert {"band_gap", "incomplete_plan"} <= {one["code"] for one in json.loads(capsys.readouterr().out)["problems"]}
    assert main(["compensation", "what-if", str(file), *db, "--month", "2026-02"]) == 0
    assert "anna" in capsys.readouterr().out
    assert main(["compensation", "what-if", str(file), *db, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["before"] == str(done.total.amount)
    driver = tmp_path / "driver.toml"
    driver.write_text('[plans.driver]\nversion = "1"\n')
    for wrong, said in (
        (["explain", "V", *db], "V is no bonus statement"),
        (["check", f"{tmp_path}/none.toml"], "cannot read the plans"),
        (["check", str(file), "--quota", "0"], "0 is not more than 0"),
        (["what-if", str(file), *db, "--month", "2026-13"], "no bonus statement is of '2026-13': there is 2026-02"),
        (["what-if", str(driver), *db], "the plans are for driver, and the statements for sales manager"),
    ):
        assert main(["compensation", *wrong]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert said in err


def test_the_command_line_calculates_last_month_by_the_clock_on_the_wall(tmp_path, capsys, monkeypatch):
    last = dt.datetime.now(dt.UTC).date().replace(day=1) - dt.timedelta(days=1)
    first = last.replace(day=1)
    begins = dt.datetime.combine(first, dt.time(10), dt.UTC)
    desk = Desk(f"sqlite:///{tmp_path}/pay.db", start=begins - dt.timedelta(days=20), duties__acknowledge_first=False)
    desk.begin("regulation_version", "draft_version", case="V", norms=desk.engine.regulation.texts(), plans=(PLAN,))
    desk.take("V", "open_discussion", people=("anna",))
    desk.later(dt.timedelta(days=8)).take("V", "approve_version")
    desk.take("V", "publish_version", effective_from=desk.clock.now() + dt.timedelta(days=8))
    desk.later(dt.timedelta(days=8)).take("V", "put_in_force")
    desk.take("V", "acknowledge", by=ANNA, content_hash=desk.case("V").data.content_hash)
    desk.clock.move_to(begins + dt.timedelta(days=20))
    case = desk.begin("bonus", "open_statement", period_start=first, period_end=last, by=ROMAN).id
    desk.engine.close()
    (tmp_path / "who_works_here.py").write_text(
        "from salesreg.adapters.memory import MemoryDirectory\n"
        "from salesreg.testing.commercial import STAFF\nDIRECTORY = MemoryDirectory(STAFF)\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    given = ["--db", f"{tmp_path}/pay.db", "--directory", "who_works_here:DIRECTORY"]
    assert main(["compensation", "calculate", case, *given]) == 0
    assert f"Bonus ({first:%Y-%m}): ₽1" in capsys.readouterr().out
    assert main(["compensation", "calculate", "none", *given]) == 2


def test_nobody_but_the_system_sets_what_a_bonus_comes_to(firm):
    case = firm.at(2, month=3).opened()
    given = {"facts": firm.reckoned(case).facts}
    for person in (ROMAN, ANNA, FINN, "boss"):
        with pytest.raises(StepRefused, match="is for"):
            firm.engine.perform(case, "calculate_statement", given, by=person)


def test_a_salary_is_that_of_the_working_days_since_the_pay_day_before():
    away = Absence("anna", dt.date(2026, 3, 5), dt.date(2026, 3, 6))
    firm = Firm(absences=[away])
    firm.engine.tick()
    firm.at(10, month=3).engine.tick()
    pay = {one.data.employee: one.id for one in firm.engine.cases("bonus")}
    # From 25 February: 3 of the 19 working days of February, 5 of the 21 of March, on two of which Anna was away.
    assert {who: str(firm.reckoned(case).total.amount) for who, case in pay.items() if who == "anna"} == {
        "anna": "18045.11"
    }
    (line,) = firm.case(pay["anna"]).data.lines
    assert line.formula == "60000.00 × 3 / 19 + 60000.00 × 3 / 21"
    assert str(firm.reckoned(pay["sveta"]).total.amount) == "23759.40"


def test_leave_pay_is_the_average_of_what_was_paid_for_each_day_that_is_no_public_holiday():
    firm = Firm()
    firm.at(2)
    given = {"leave_from": moscow(30, "09:00", 4), "leave_until": dt.date(2026, 5, 13)}
    leave = firm.begin("bonus", "open_leave_pay", **given).id
    with pytest.raises(DomainError, match="by hand"):
        firm.reckoned(leave)
    firm.at(28, month=1).engine.tick()
    for day, month in ((10, 2), (25, 2), (10, 3)):
        firm.at(day, month=month).engine.tick()
        (pay,) = [
            one.id for one in firm.engine.cases("bonus", stage="open", where={"employee": "anna", "kind": "salary"})
        ]
        firm.reckoned(pay)
        firm.take(pay, "approve_statement")
        firm.take(pay, "pay_statement", payment_ref=f"p-{month}-{day}")
    done = firm.reckoned(leave)
    earned = sum((one.data.total for one in firm.engine.cases("bonus", stage="paid")), start=Money(0))
    # 14 days, of which 1 and 9 May are public holidays.
    assert done.lines[0].formula == f"{earned.amount} / 2 / 29.3 × 12"


def test_a_newcomer_is_paid_by_at_least_an_attainment_in_the_first_months():
    scheme = attrs.evolve(SCHEME, newcomer_months=2, newcomer_attainment="0.5")
    new = attrs.evolve(ANNA, hired_on=dt.date(2026, 1, 12))
    firm = Firm(plan=attrs.evolve(PLAN, scheme=scheme), staff=(new, *STAFF[1:]))
    targets, (first, last) = {"K1": Decimal(1_000_000)}, MONTHS[2]
    for month in (2, 4):
        first, last = MONTHS[month]
        firm.begin("plan", "propose_plan", employee="anna", period_start=first, period_end=last, targets=targets)
    for one in firm.engine.cases("plan"):
        firm.take(one, "agree_plan", by=new)
    firm.at(1, "00:05").engine.tick()
    firm.at(2, month=5).engine.tick(trust_clock=True)
    done = {month: firm.reckoned(firm.opened(month)) for month in (2, 4)}
    assert (done[2].facts.month, done[4].facts.month) == (2, 4)
    assert done[2].lines[0].inputs["attainment"] == "0.5"
    assert done[4].lines[0].inputs["attainment"] == "0"


def test_what_cannot_be_calculated_says_why():
    firm = Firm()
    firm.engine.tick()
    firm.at(10, month=3).engine.tick()
    pay = next(one.id for one in firm.engine.cases("bonus") if one.data.employee == "anna")
    with pytest.raises(DomainError, match="no scheme"):
        explained(firm.engine, pay)
    with pytest.raises(DomainError, match="is no bonus statement"):
        explained(firm.engine, "V")
    with pytest.raises(DomainError, match="reckoned from facts"):
        explained(firm.engine, firm.at(12, month=3).opened())
    firm.know(attrs.evolve(ANNA, position="driver"))
    with pytest.raises(DomainError, match="no version with a plan for the position “driver”"):
        firm.reckoned(pay)


def test_a_salary_follows_the_employees_own_hours():
    hours = WorkSchedule.weekly({"mon": "09:00-18:00", "tue": "09:00-18:00"}, timezone="Europe/Moscow")
    firm = Firm(staff=(attrs.evolve(ANNA, schedule=hours), *STAFF[1:]))
    firm.engine.tick()
    firm.at(10, month=3).engine.tick()
    pay = next(one.id for one in firm.engine.cases("bonus") if one.data.employee == "anna")
    assert firm.reckoned(pay).lines[0].formula == "60000.00 × 2 / 6 + 60000.00 × 3 / 7"


def test_a_bonus_is_due_on_the_day_that_its_plan_says():
    firm = Firm()
    case = firm.at(2, month=3).opened()
    (owed,) = firm.case(case).obligations
    assert (owed.norm, owed.due) == ("bonus.bonus_day", moscow(13, "18:00", 3))  # the 15th is a Sunday
