"""A plan says all nine things, a statement adds up, and what cannot be is refused in a sentence."""

from __future__ import annotations

import datetime as dt

import attrs
import msgspec
import pytest

from salesreg.calendars import Term
from salesreg.domain.money import Money
from salesreg.domain.people import Role
from salesreg.domain.plans import SECTIONS, BonusLine, BonusStatement, CompensationPlan, Dispute
from salesreg.domain.regulations import Comment, NormText, Question, RegulationVersion
from salesreg.errors import DomainError
from salesreg.processes.bonus import Bonus
from salesreg.processes.regulation_version import RegulationVersion as Version

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
RULE = NormText("a", "Do it.", binds=(Role.FINANCE, Role.CEO, Role.FINANCE))


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
    ("build", "says"),
    [
        (lambda: CompensationPlan(" ", "1"), "names its position"),
        (lambda: attrs.evolve(WHOLE, salary=Money(-1)), "at least 0"),
        (lambda: BonusLine(" ", Money(1), "f"), "what it is for"),
        (lambda: BonusLine("a", Money(1), " "), "how it was reckoned"),
        (lambda: BonusLine("a", Money(1), "f", sources=("d", "d")), "one fact twice"),
        (lambda: BonusStatement("anna", *reversed(PERIOD)), "before it"),
        (lambda: BonusStatement("anna", *PERIOD, lines=(LINE,), total=Money(9)), "add up to 10.00"),
        (lambda: BonusStatement("anna", *PERIOD).calculated((LINE, LINE)), "one code"),
        (
            lambda: BonusStatement("anna", *PERIOD).calculated((attrs.evolve(LINE, amount=Money(-1)),)),
            "ends at nothing",
        ),
        (lambda: Dispute(" ", NOW), "what is wrong"),
        (lambda: Comment("anna", NOW, " "), "says something"),
        (lambda: Question("anna", " ", NOW), "asks something"),
        (lambda: RegulationVersion("1", "rop", ()), "no version number"),
        (lambda: RegulationVersion("1.0", "rop", (RULE,), approved_hash="0"), "of another text"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_be_right(build, says):
    with pytest.raises(DomainError, match=says):
        build()


def test_records_read_back_as_they_were_written():
    statement = BonusStatement("anna", *PERIOD, plan=WHOLE).calculated((LINE,))
    assert Bonus.decode(Bonus.encode(statement)) == statement
    version = RegulationVersion("1.0", "rop", (RULE,), plans=(WHOLE,))
    again = Version.decode(Version.encode(version))
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
    new = RegulationVersion("2.0", "rop", (attrs.evolve(RULE, binds=(Role.CEO,)), NormText("c", "For all.")))
    assert new.changed_rules(old) == ("a", "c")
    assert new.changed_rules(old, [Role.FINANCE]) == ("a", "c")
    assert old.changed_rules(old) == ()
    assert old.changed_rules(None, [Role.HR]) == ()
