"""A regulation is checked as a text: what nobody can check, owes or understands one way only is found."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from salesreg.calendars import Term, WorkSchedule
from salesreg.commercial import COMMERCIAL, commercial_service, example
from salesreg.errors import DomainError
from salesreg.rules import LintFinding, Norm, NormText, Parameter, Regulation, Responsibility, Role, Severity
from salesreg.rules.lint import PAGE, lint

MONEY = {"finance": ["finance", "cashier"], "legal": ["lawyer"]}


def norm(name: str = "a", text: str = "Do it.", **given: Any) -> NormText:
    usual: dict[str, Any] = {"control": "the record", "metric": "K1", "binds": ("finance",)}
    return NormText(name, text, **{**usual, **given})


def codes(*norms: NormText, **given: Any) -> list[str]:
    return [finding.code for finding in lint(norms, **given)]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (norm(control=" "), "no_control"),
        (norm(metric=""), "no_metric"),
        (norm(text=" "), "no_action"),
        (norm(term="1 business day", binds=()), "no_actor"),
        (norm(left_open="a.term"), "no_deadline"),
        (norm(term="in a jiffy"), "unreadable_term"),
    ],
)
def test_a_norm_that_cannot_be_kept_is_found(wrong, code):
    assert codes(wrong) == [code]
    assert codes(norm()) == []


def test_a_finding_is_a_sentence_with_its_facts():
    (finding,) = lint([norm("x.rule", left_open="x.term")])
    assert finding == LintFinding(
        "no_deadline",
        "x.rule",
        "its deadline is left open: set {parameter}",
        "R91",
        Severity.WARNING,
        {"parameter": "x.term"},
    )
    assert str(finding) == "x.rule: its deadline is left open: set x.term (R91)"


def test_recommendations_and_definitions_need_no_control():
    assert codes(norm(strength="recommendation", control="", metric="")) == []
    assert codes(norm(strength="definition", control="", metric="")) == []


def test_contradictory_norms_are_found():
    assert codes(norm("a"), norm("a", "Do that.")) == ["two_texts"]
    assert codes(norm("a", term="1 business day"), norm("b", "do  it", term="2 business days")) == ["contradiction"]
    assert codes(norm("a", strength="recommendation"), norm("b")) == ["contradiction"]
    assert codes(norm("a"), norm("a"), norm("b")) == []
    (uneven,) = lint([norm("a", term="1 business day"), norm("b", binds=("ceo",), term="2 business days")])
    assert (uneven.code, uneven.severity, uneven.clause) == ("uneven", Severity.WARNING, "R89")
    (found,) = lint([norm("a", strength="recommendation"), norm("b")])
    assert str(found) == "b: contradicts a: the same deed with another deadline or strength (R85)"


def test_deadlines_at_hours_at_which_nobody_works_are_found():
    hours = WorkSchedule.weekly({"mon": "09:00-18:00", "tue": "09:00-18:00"})
    rules = [Norm("x.a", "Do it.", "R91", Role("ceo"), term=Term.parse(said), control="c", metric="K1") for said in (
        "1 business day", "1 business day, at 12:00", "1 business day, at 20:00", "each Monday", "each Friday",
    )]  # fmt: skip
    found = [[one.code for one in Regulation("x", norms=[rule], schedule=hours).check()] for rule in rules]
    assert found == [[], [], ["closed_then"], [], ["closed_then"]]


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"meeting.one_to_one_cadence": "each Sunday"}, {"meeting.one_to_one_cadence": "closed_then"}),
        ({"meeting.one_to_one_cadence": "each Saturday and Friday"}, {}),
        ({"meeting.team_at": "03:00"}, {"meeting.team_at": "closed_at"}),
        ({"call_contact.window_opens": "17:00"}, {"call_contact.window_opens": "never_open"}),
        ({"call_contact.window_opens": "16:59"}, {}),
    ],
)
def test_times_and_weekdays_on_which_nobody_works_and_windows_that_never_open_are_found(settings, found):
    usual = {str(one) for one in COMMERCIAL.check(example())}
    new = [one for one in COMMERCIAL.check(example().with_settings(settings)) if str(one) not in usual]
    assert {one.subject: one.code for one in new} == found


@pytest.mark.parametrize(
    ("text", "russian", "term", "found"),
    [
        ("Answer within thirty minutes.", "Ответь за тридцать минут.", "30 working minutes", []),
        ("Answer within thirty minutes.", "Ответь за тридцать минут.", "1 working hour", ["30 minutes"]),
        ("Answer within an hour.", "Ответь за 2 рабочих дня.", "60 minutes", ["2 business days"]),
        ("Answer in time.", "Ответь в срок.", "1 working hour", []),
        ("Answer each Monday, by the 5th.", "", "2 business days", []),
        ("Answer within 2 business days, or 1 week.", "", "2 business days", ["1 week"]),
    ],
)
def test_a_text_that_names_another_length_than_its_term_is_found(text, russian, term, found):
    told = lint([norm(text=text, translations={"ru": russian}, term=term)])
    assert [(one.code, str(one.facts["got"])) for one in told] == [("text_term", said) for said in found]


def test_a_contradiction_in_one_language_alone_is_found():
    one = norm("a", "Do it.", term="1 business day", translations={"ru": "Сделайте это."})
    other = norm("b", "Get it done.", term="2 business days", translations={"ru": "сделайте  это"})
    assert codes(one, other) == ["contradiction"]
    assert codes(one, attrs.evolve(other, translations={"ru": "Не делайте этого."})) == []


def test_a_regulation_without_terms_and_without_anybody_responsible_says_so():
    empty = COMMERCIAL.check(attrs.evolve(example(), norms=(), responsibilities=()))
    assert {"no_definitions", "no_responsibilities"} <= {one.code for one in empty}
    assert COMMERCIAL.check(example()) == ()


def test_a_step_that_the_table_gives_to_a_role_which_may_not_take_it_is_found():
    given = Responsibility("price_change.apply_price_list", "secretary")
    (found,) = COMMERCIAL.check(attrs.evolve(example(), responsibilities=[*example().responsibilities, given]))
    assert str(found) == f"{given.activity}: is given to secretary, and only it_staff may do it (R79)"


def test_duties_of_a_role_that_nobody_holds_are_found_where_it_is_known_who_works_here():
    assert [one.subject for one in COMMERCIAL.check(example(), lambda role: role != "secretary")] == ["secretary"]
    assert COMMERCIAL.check(example(), lambda _: True) == ()


def test_one_norm_in_two_translations_says_two_things():
    assert codes(norm(translations={"ru": "Делай."}), norm(translations={"ru": "Не делай."})) == ["two_texts"]


def test_a_department_has_no_more_pages_than_the_limit_where_one_is_set():
    long = norm(text="x" * (PAGE + 1))
    assert codes(long, departments=MONEY) == []
    assert codes(long, page_limit=2, departments=MONEY) == []
    (found,) = lint([long], page_limit=1, departments=MONEY)
    assert (found.code, found.subject) == ("too_long", "finance")
    assert str(found) == "finance: 2 pages of norms, and 1 are allowed: shorten them (R93)"


def test_a_norm_that_binds_everybody_fills_the_pages_of_every_department():
    everybody = norm(text="x" * (PAGE + 1), binds=())
    assert [one.subject for one in lint([everybody], page_limit=1, departments=MONEY)] == ["finance", "legal"]


def test_the_longest_language_counts():
    said = norm(text="Short.", translations={"ru": "х" * (PAGE + 1)})
    assert codes(said, page_limit=1, departments=MONEY) == ["too_long"]


def test_without_departments_no_pages_are_counted():
    assert codes(norm(text="x" * 5 * PAGE), page_limit=1) == []


def test_a_regulation_gives_its_norms_as_people_read_them():
    term = Parameter("x.term", Term, clause="R91")
    rule = Norm(
        "x.rule", "Do it.", "R91", Role("ceo"), term=term, control="c", metric="K1", translations={"ru": "Делай."}
    )
    bare = Regulation("acme", norms=(rule,))
    assert [(one.code, one.severity) for one in bare.check()] == [("no_deadline", Severity.WARNING)]
    given = bare.with_settings({"x.term": "2 business days"})
    assert given.check() == ()
    assert given.texts() == (
        NormText(
            "x.rule",
            "Do it.",
            {"ru": "Делай."},
            clause="R91",
            binds=("ceo",),
            term="2 business days",
            control="c",
            metric="K1",
        ),
    )
    short = given.with_settings({"regulation.page_limit": 0})
    assert short.check() == ()
    assert [one.code for one in short.check({"management": ["ceo"]})] == ["too_long"]


def test_the_shipped_regulation_has_no_errors():
    assert COMMERCIAL.check(example()) == ()
    assert {one.code for one in COMMERCIAL.check(commercial_service())} == {"no_deadline"}
    assert "not_written" in {one.code for one in COMMERCIAL.check(Regulation("acme"))}


def test_a_norm_text_that_cannot_be_is_refused():
    with pytest.raises(DomainError, match="a norm needs an id, and 'Do it") as nameless:
        NormText(" ", "Do it.")
    assert nameless.value.code == "norm_without_id"
    with pytest.raises(DomainError, match="norm a is a law: give one of rule, recommendation, definition") as law:
        NormText("a", "Do it.", strength="law")
    assert law.value.code == "unknown_strength"


def test_a_norm_text_is_the_same_in_whatever_order_it_is_given():
    one = NormText("a", "Do it.", {"ru": "Делай.", "de": "Tu es."}, binds=("it", "ceo"))
    other = NormText("a", "Do it.", {"de": "Tu es.", "ru": "Делай."}, binds=(Role("ceo"), Role("it")))
    assert one == other
    assert one.canonical() == other.canonical()
    assert one.canonical()[:4] == ["a", "Do it.", "de: Tu es.", "ru: Делай."]


def test_a_norm_concerns_those_it_binds_and_one_that_binds_nobody_concerns_all():
    assert norm().concerns(["finance", "hr"])
    assert not norm().concerns(["hr"])
    assert norm(binds=()).concerns([])
    assert norm().is_rule
    assert not norm(strength="definition").is_rule
