"""A plan says all nine things, a statement adds up, and what cannot be is refused in a sentence."""

from __future__ import annotations

import datetime as dt

import attrs
import msgspec
import pytest

from salesreg.calendars import Term
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.plans import (
    SECTIONS,
    BonusLine,
    BonusStatement,
    CompensationPlan,
    Dispute,
)
from salesreg.commercial.domain.versions import Comment, Question, RegulationVersion
from salesreg.commercial.motivation.lint import plan_findings
from salesreg.commercial.processes.bonus import BonusProcess
from salesreg.commercial.processes.regulation_version import RegulationVersionProcess
from salesreg.commercial.roles import CEO, FINANCE, HR
from salesreg.errors import DomainError
from salesreg.rules import NormText

NOW = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
PERIOD = (dt.date(2026, 2, 1), dt.date(2026, 2, 28))
LINE = BonusLine("a", Money(10), "by hand", {"x": "1"}, ("R101",), ("deal-1",))
WHOLE = CompensationPlan(
    "manager",
    "1",
    schedule="s",
    leave_rules="l",
    time_off_rules="t",
    settlement_order="o",
    salary_date=Term.parse("on the 10th and 25th, preceding"),
    bonus_date=Term.parse("on the 15th, preceding"),
    leave_pay_rule=Term.parse("3 calendar days before"),
    plan_rule="p",
    salary=Money(0),
    bonus_rules="b",
    conditions="c",
)
RULE = NormText("a", "Do it.", binds=(FINANCE, CEO, FINANCE))


def test_a_plan_has_nine_sections():
    assert len(SECTIONS) == 9
    assert WHOLE.missing() == ()
    assert CompensationPlan("manager", "1").missing() == tuple(SECTIONS)


@pytest.mark.parametrize(
    ("without", "section"),
    [
        ({"schedule": " "}, "schedule"),
        ({"leave_rules": ""}, "leave"),
        ({"time_off_rules": ""}, "time_off"),
        ({"settlement_order": ""}, "settlement"),
        ({"salary_date": None}, "pay_dates"),
        ({"bonus_date": None}, "pay_dates"),
        ({"leave_pay_rule": None}, "pay_dates"),
        ({"plan_rule": ""}, "plan"),
        ({"salary": None}, "salary"),
        ({"bonus_rules": ""}, "bonus"),
        ({"conditions": ""}, "conditions"),
    ],
)
def test_each_section_that_says_nothing_is_missing(without, section):
    assert attrs.evolve(WHOLE, **without).missing() == (section,)


@pytest.mark.parametrize(
    ("build", "code", "facts"),
    [
        (lambda: CompensationPlan(" ", "1"), "plan_unnamed", {}),
        (
            lambda: attrs.evolve(WHOLE, salary=Money(-1)),
            "plan_salary_below_zero",
            {"position": "manager", "need": 0, "got": str(Money(-1))},
        ),
        (lambda: BonusLine(" ", Money(1), "f"), "bonus_line_unexplained", {"line": "' '"}),
        (lambda: BonusLine("a", Money(1), " "), "bonus_line_unexplained", {"line": "'a'"}),
        (
            lambda: BonusLine("a", Money(1), "f", sources=("d", "d")),
            "bonus_line_fact_twice",
            {"line": "a", "got": ("d", "d")},
        ),
        (
            lambda: BonusStatement("anna", *reversed(PERIOD)),
            "statement_ends_first",
            {"need": "2026-02-28", "got": "2026-02-01"},
        ),
        (
            lambda: BonusStatement("anna", *PERIOD, lines=(LINE,), total=Money(9)),
            "statement_other_total",
            {"need": str(Money(10)), "got": str(Money(9))},
        ),
        (lambda: BonusStatement("anna", *PERIOD).calculated((LINE, LINE)), "statement_code_twice", {"got": ("a", "a")}),
        (
            lambda: BonusStatement("anna", *PERIOD).calculated((attrs.evolve(LINE, amount=Money(-1)),)),
            "statement_below_zero",
            {"need": 0, "got": str(Money(-1))},
        ),
        (lambda: Dispute(" ", NOW), "dispute_blank", {}),
        (lambda: Comment("anna", NOW, " "), "comment_blank", {}),
        (lambda: Question("anna", " ", NOW), "question_blank", {}),
        (lambda: RegulationVersion("1", "rop", ()), "version_number", {"got": "'1'"}),
        (lambda: RegulationVersion("01.0", "rop", ()), "version_number", {"got": "'01.0'"}),
        (lambda: RegulationVersion("1.00", "rop", ()), "version_number", {"got": "'1.00'"}),
        (
            lambda: RegulationVersion("1.0", "rop", (RULE,), approved_hash="0"),
            "version_of_other_text",
            {"need": RegulationVersion("1.0", "rop", (RULE,)).content_hash, "got": "0"},
        ),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_be_right(build, code, facts):
    with pytest.raises(DomainError) as caught:
        build()
    assert (caught.value.code, caught.value.facts) == (code, facts)


def test_every_section_that_a_plan_leaves_out_is_a_finding():
    assert [one.code for one in plan_findings([WHOLE])] == ["plan_without_scheme"]
    half = attrs.evolve(WHOLE, schedule="", salary=None)
    found = plan_findings([WHOLE, half])
    assert {one.code for one in found if one.severity == "error"} == {"incomplete_plan"}
    assert {one.subject for one in found} == {"plan.manager"}
    found = [one for one in found if one.facts]
    assert [one.facts for one in found] == [{"section": "section.schedule"}, {"section": "section.salary"}]


def test_records_read_back_as_they_were_written():
    statement = BonusStatement("anna", *PERIOD, plan=WHOLE).calculated((LINE,))
    assert BonusProcess.table.decode(BonusProcess.encode(statement)) == statement
    version = RegulationVersion("1.0", "rop", (RULE,), plans=(WHOLE,))
    again = RegulationVersionProcess.table.decode(RegulationVersionProcess.encode(version))
    assert again == version
    assert again.content_hash == version.content_hash
    assert msgspec.json.decode(msgspec.json.encode(RULE), type=NormText) == RULE


def test_the_text_of_a_version_does_not_depend_on_the_order_of_its_norms():
    other = NormText("b", "Do that.")
    one, two = (RegulationVersion("1.0", "rop", norms) for norms in ((RULE, other), (other, RULE)))
    assert one.content_hash == two.content_hash
    assert one.content_hash != RegulationVersion("1.0", "rop", (RULE,)).content_hash


def test_rules_are_compared_role_by_role():
    old = RegulationVersion("1.0", "rop", (RULE, NormText("b", "Do that.", strength="recommendation")))
    new = RegulationVersion("2.0", "rop", (attrs.evolve(RULE, binds=(CEO,)), NormText("c", "For all.")))
    assert new.changed_rules(old) == ("a", "c")
    assert new.changed_rules(old, [FINANCE.id]) == ("a", "c")
    assert old.changed_rules(old) == ()
    assert old.changed_rules(None, [HR.id]) == ()


def test_a_number_goes_up_and_its_major_part_with_the_rules():
    old = RegulationVersion("1.3", "rop", (RULE,))
    assert attrs.evolve(old, number="1.10").following(old).number == "1.10"
    assert attrs.evolve(old, number="2.0", norms=()).following(old).number == "2.0"
    with pytest.raises(DomainError) as caught:
        attrs.evolve(old, number="1.3").following(old)
    assert (caught.value.code, caught.value.facts) == ("number_not_higher", {"need": "1.3", "got": "1.3"})
    with pytest.raises(DomainError) as caught:
        attrs.evolve(old, number="1.4", norms=()).following(old)
    assert (caught.value.code, caught.value.facts) == ("rule_in_minor_version", {"need": "2.0", "got": ("a",)})
