"""A regulation is checked as a text: what nobody can check, owes or understands one way only is found."""

from __future__ import annotations

import pytest

from salesreg.calendars import Term
from salesreg.domain.people import Role
from salesreg.domain.plans import CompensationPlan
from salesreg.domain.regulations import NormText
from salesreg.errors import DomainError
from salesreg.regulation import Norm, Parameter, Regulation, Severity
from salesreg.regulation.lint import PAGE, lint
from salesreg.regulations import commercial_service, example
from salesreg.regulations.check import check


def norm(name: str = "a", text: str = "Do it.", **given: object) -> NormText:
    usual: dict[str, object] = {"control": "the record", "metric": "K1", "binds": (Role.FINANCE,)}
    return NormText(name, text, "Делай.", **{**usual, **given})  # type: ignore[arg-type]


def codes(*norms: NormText, **given: object) -> list[str]:
    return [finding.code for finding in lint(norms, **given)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (norm(control=" "), "no_control"),
        (norm(metric=""), "no_metric"),
        (norm(text=" "), "no_action"),
        (norm(term="1 business day", binds=()), "no_actor"),
        (norm(left_open="a.term"), "no_deadline"),
    ],
)
def test_a_norm_that_cannot_be_kept_is_found(wrong, code):
    assert codes(wrong) == [code]
    assert codes(norm()) == []


def test_recommendations_and_definitions_need_no_control():
    assert codes(norm(strength="recommendation", control="", metric="")) == []
    assert codes(norm(strength="definition", control="", metric="")) == []


def test_contradictory_norms_are_found():
    assert codes(norm("a"), norm("a", "Do that.")) == ["contradiction"]
    assert codes(norm("a", term="1 business day"), norm("b", "do  it", term="2 business days")) == ["contradiction"]
    assert codes(norm("a", strength="recommendation"), norm("b")) == ["contradiction"]
    assert codes(norm("a"), norm("a"), norm("b")) == []
    assert codes(norm("a", term="1 business day"), norm("b", binds=(Role.CEO,), term="2 business days")) == []


def test_a_plan_is_given_whole_or_not_at_all():
    found = lint((), [CompensationPlan("manager", "1", schedule="Mon-Fri")])
    assert {one.code for one in found} == {"incomplete_plan"}
    assert len(found) == 8
    assert found[0].text("ru") == "plan.manager: не заполнен раздел «порядок отпусков» (R101)"


def test_a_department_has_no_more_pages_than_the_limit_where_one_is_set():
    long = norm(text="x" * (PAGE + 1))
    assert codes(long) == []
    assert codes(long, page_limit=2) == []
    assert [(one.code, one.subject) for one in lint([long], page_limit=1)] == [("too_long", "finance")]


def test_a_regulation_gives_its_norms_as_people_read_them():
    term = Parameter("x.term", Term, clause="R91")
    rule = Norm("x.rule", "Do it.", ru="Делай.", clause="R91", binds=[Role.CEO], term=term, control="c", metric="K1")
    bare = Regulation("acme", norms=(rule,))
    assert [(one.code, one.severity) for one in bare.check()] == [("no_deadline", Severity.WARNING)]
    given = bare.with_settings({"x.term": "2 business days"})
    assert given.check() == ()
    assert (given.texts()[0].term, given.texts()[0].binds) == ("2 business days", (Role.CEO,))
    assert bare.with_settings({"regulation.page_limit": 0}).check()[-1].code == "too_long"


def test_the_shipped_regulation_has_no_errors():
    assert check(example()) == ()
    assert {one.code for one in check(commercial_service())} == {"no_deadline"}
    assert "not_written" in {one.code for one in check(Regulation("acme"))}


def test_a_norm_text_that_cannot_be_is_refused():
    with pytest.raises(DomainError, match="needs an id"):
        NormText(" ", "Do it.")
    with pytest.raises(DomainError, match="give one of rule, recommendation, definition"):
        NormText("a", "Do it.", strength="law")
