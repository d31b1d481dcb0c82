"""What the check of a compensation plan finds, where, and what reading one from a file refuses, with the line."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from salesreg.commercial import COMMERCIAL
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.plans import CompensationPlan
from salesreg.commercial.domain.schemes import (
    Band,
    CompensationScheme,
    Compliance,
    Curve,
    Kind,
    Measure,
    Part,
    TeamFund,
    Tiers,
)
from salesreg.commercial.motivation.file import load_plans
from salesreg.commercial.motivation.lint import plan_findings
from salesreg.errors import DomainError, RegulationFileError

RISING = Curve.through((0, 0), (1, 1))
CLEAN = CompensationScheme(
    target=Money(10_000),
    attainment=RISING,
    compliance=Compliance("0.5", "0.3", "0.1", RISING, applies_to=(Part.TARGET, Part.COMMISSION)),
    commission=Tiers(Kind.MARGINAL, Measure.PERIOD, (Band(0, 100, "0.02"), Band(100, None, "0.03"))),
)


def found(scheme: CompensationScheme, **more: Any) -> dict[str, str]:
    """The findings on a scheme by code, each with its place; every one of them is said in both languages."""
    texts = {}
    findings = plan_findings([CompensationPlan("seller", "1", salary=Money(90_000), scheme=scheme)], **more)
    for one in findings:
        if one.code != "incomplete_plan":
            russian = COMMERCIAL.texts.locale("ru").say(f"refusal.{one.code}", "?", subject=one.subject, **one.facts)
            assert not {"?", "{"} & set(russian + str(one)), one.code
            texts[one.code] = one.subject.removeprefix("plan.seller.")
    return texts


def banded(*bands: Band, kind: Kind = Kind.MARGINAL) -> CompensationScheme:
    return attrs.evolve(CLEAN, commission=Tiers(kind, Measure.PERIOD, bands))


def keeping(**more: Any) -> CompensationScheme:
    return attrs.evolve(CLEAN, compliance=attrs.evolve(CLEAN.compliance, **more))


WHOLE = Kind.WHOLE_AMOUNT


@pytest.mark.parametrize(
    ("scheme", "code", "place"),
    [
        (banded(Band(0, 100, "0.02"), Band(200, None, "0.03")), "band_gap", "commission.bands[2]"),
        (banded(Band(50, None, "0.02")), "band_gap", "commission.bands[1]"),
        (banded(Band(0, 100, "0.02"), Band(99, None, "0.03")), "band_overlap", "commission.bands[2]"),
        (banded(Band(0, None, "0.02"), Band(99, None, "0.03")), "band_overlap", "commission.bands[2]"),
        (banded(Band(0, 100, "0.02")), "band_ends", "commission.bands[1]"),
        (banded(Band(0, 0, "0.02"), Band(0, None, "0.02")), "band_backwards", "commission.bands[1]"),
        (banded(Band(0, None, "-0.02")), "negative_rate", "commission.bands[1]"),
        (banded(Band(0, 100, "0.03"), Band(100, None, "0.02"), kind=WHOLE), "falling_rate", "commission.bands[2]"),
        (banded(Band(0, 100, "0.03"), Band(100, None, "0.02")), "falling_marginal", "commission.bands[2]"),
        (banded(Band(0, 100, "0.02"), Band(100, None, "0.03"), kind=WHOLE), "cliff", "commission.bands[2]"),
        (attrs.evolve(CLEAN, attainment=Curve.through((0, 1), (1, "0.9"))), "falling_curve", "attainment"),
        (attrs.evolve(CLEAN, attainment=Curve.through((0, -1), (1, 1))), "negative_rate", "attainment"),
        (keeping(partial=Curve.through((0, 0), (1, "1.2")), least="0.2"), "partial_above_full", "compliance.partial"),
        (keeping(otherwise=0), "no_weight", "compliance"),
        (keeping(least="0.8"), "steep_fall", "compliance.least"),
        (attrs.evolve(CLEAN, no_plan=1), "paid_without_plan", "no_plan"),
        (keeping(late=1), "late_is_free", "compliance.late"),
        (keeping(applies_to=(Part.TARGET,)), "kept_all_the_same", "compliance.applies_to"),
        (attrs.evolve(CLEAN, target=Money(22_501)), "more_than_a_fifth", "target"),
        (attrs.evolve(CLEAN, cap=Money(11_000)), "cap_hides", "cap"),
        (keeping(applies_to=(Part.COMMISSION,)), "kept_all_the_same", "compliance.applies_to"),
    ],
)
def test_each_fault_of_a_scheme_is_found_in_its_place(scheme, code, place):
    assert found(scheme) == {code: place}


def test_what_is_right_is_let_pass():
    assert found(CLEAN) == {}
    assert found(attrs.evolve(CLEAN, no_plan=0)) == {}
    assert found(attrs.evolve(CLEAN, target=Money(22_500), cap=Money(25_000))) == {}
    assert found(attrs.evolve(CLEAN, team=TeamFund(Money(1), RISING))) == {"kept_all_the_same": "compliance.applies_to"}


def test_a_cap_that_binds_at_the_plan_shows_when_the_plan_is_said():
    capped = attrs.evolve(CLEAN, cap=Money(40_000))
    assert found(capped) == {}
    assert found(capped, quota=Money(1_000_000)) == {"cap_hides": "cap"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda: Band(0.1, None, 0), "scheme_number"),
        (lambda: Band("ten", None, 0), "scheme_number"),
        (lambda: Band(True, None, 0), "scheme_number"),
        (lambda: Curve(()), "curve_unordered"),
        (lambda: Curve.through((1, 1), (1, 2)), "curve_unordered"),
        (lambda: keeping(late=2), "compliance_share"),
        (lambda: keeping(reward=-1), "compliance_below_zero"),
        (lambda: keeping(weights={"a": -1}), "compliance_below_zero"),
        (CompensationScheme, "scheme_of_nothing"),
        (lambda: CompensationScheme(target=Money(1)), "scheme_without_curve"),
        (lambda: attrs.evolve(CLEAN, cap=Money(1, "USD")), "scheme_currencies"),
        (lambda: attrs.evolve(CLEAN, carry=-1), "scheme_below_zero"),
    ],
)
def test_what_no_scheme_can_be_is_refused(wrong, code):
    with pytest.raises(DomainError) as caught:
        wrong()
    assert caught.value.code == code
    assert "{" not in COMMERCIAL.texts.locale("ru").error(caught.value)


# -- the file ---------------------------------------------------------------------------------------------------------

WITH_TEAM = attrs.evolve(CLEAN, team=TeamFund(Money(1000), RISING))
FILE = """\
[plans."specialist"]
version = "2026-1"

[plans."seller"]
version = "2026-1"
schedule = "Mon-Fri 09:00-18:00"
leave_rules = "28 days"
time_off_rules = "by agreement"
settlement_order = "by statement"
salary_date = "on the 10th and 25th, preceding"
bonus_date = "on the 15th, preceding"
leave_pay_rule = "3 calendar days before"
plan_rule = "paid sales of the month"
salary = 90_000
bonus_rules = "see the scheme"
conditions = "the rules kept"

[plans."seller".scheme]
target = 10_000
attainment = [[0, 0], [1, 1]]

[plans."seller".scheme.compliance]
late = 0.5
least = 0.3
reward = 0.1
partial = [[0, 0], [1, 1]]
applies_to = ["target", "commission"]

[plans."seller".scheme.team]
fund = "1000"
attainment = [[0, 0], [1, 1]]

[plans."seller".scheme.commission]
kind = "marginal"
measure = "period"
bands = [{ from = 0, to = 100, rate = 0.02 }, { from = 100, rate = 0.03 }]
"""


def test_a_file_says_what_the_code_does(tmp_path):
    file = tmp_path / "pay.toml"
    file.write_text(FILE, "utf-8")
    specialist, seller = load_plans(file)
    assert (seller.scheme, seller.salary, seller.missing()) == (WITH_TEAM, Money(90_000), ())
    assert len(specialist.missing()) == 9


@pytest.mark.parametrize(
    ("was", "now", "line", "said"),
    [
        ("reward = 0.1", "rewards = 0.1", 25, "did you mean 'reward'"),
        ("salary = 90_000", "salary = 90_000.001", 14, "finer than a kopeck"),
        (
            'bonus_date = "on the 15th, preceding"',
            'bonus_date = "sometimes"',
            11,
            "'bonus_date' in the plan of 'seller'",
        ),
        ('kind = "marginal"', 'kind = "all"', 34, "one of marginal, whole_amount"),
        ("target = 10_000", 'target = "much"', 19, "not an amount"),
        ("attainment = [[0, 0], [1, 1]]", "attainment = [0, 1]", 20, "list of points"),
        ("attainment = [[0, 0], [1, 1]]", "carry = true", 20, "whole number"),
        ("rate = 0.03 }", "rates = 0.03 }", 36, "unknown key 'rates' in 'bands', number 2"),
        (
            'applies_to = ["target", "commission"]',
            'applies_to = "target"',
            27,
            "must be a list of target, comm",
        ),
        ("bands = [", "bands = []\nother = [", 37, "unknown key 'other'"),
        ('fund = "1000"', "fund = 0.001", 30, "finer than a kopeck"),
        ("late = 0.5", 'late = "half"', 23, "no exact number"),
        ('[plans."seller".scheme]', '[plan."seller".scheme]', 0, "did you mean 'plans'"),
        ("schedule", "shedule", 6, "did you mean 'schedule'"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path, was, now, line, said):
    file = tmp_path / "pay.toml"
    file.write_text(FILE.replace(was, now), "utf-8")
    with pytest.raises(RegulationFileError) as caught:
        load_plans(file)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{file}:{line}: " if line else str(file))


def test_a_list_without_bands_is_none(tmp_path):
    file = tmp_path / "pay.toml"
    file.write_text(FILE[: FILE.index("bands = [")] + "bands = []", "utf-8")
    with pytest.raises(RegulationFileError, match="is a list of tables such as"):
        load_plans(file)


def test_counts_and_parts_are_read(tmp_path):
    file = tmp_path / "pay.toml"
    more = 'carry = 3\nprorate = ["plan"]\nper = "quarter"\nbasis = "invoiced"\ntarget = 10_000'
    file.write_text(FILE.replace("target = 10_000", more), "utf-8")
    scheme = load_plans(file)[1].scheme
    assert (scheme.carry, scheme.prorate, scheme.per, scheme.basis) == (3, ("plan",), "quarter", "invoiced")


def test_a_file_that_is_none_says_so(tmp_path):
    with pytest.raises(RegulationFileError, match="cannot read the plans"):
        load_plans(tmp_path / "no.toml")
    (tmp_path / "no.toml").write_text("= 1", "utf-8")
    with pytest.raises(RegulationFileError, match="is not TOML"):
        load_plans(tmp_path / "no.toml")
    (tmp_path / "no.toml").write_text("", "utf-8")
    with pytest.raises(RegulationFileError, match="no plan in it"):
        load_plans(tmp_path / "no.toml")
