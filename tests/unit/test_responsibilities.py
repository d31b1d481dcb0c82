"""The responsibility matrix: derived from the steps, kept in the regulation, answered by activity."""

import attrs
import pytest

from salesreg.commercial import commercial_service, example
from salesreg.commercial.processes.sale import Sale
from salesreg.errors import DomainError, RegulationFileError
from salesreg.rules import Letter, Regulation, Responsibility, ResponsibilityMatrix, Role

INVOICE = Responsibility("topic.invoice", Role("finance"), clause="R31")


@pytest.mark.parametrize(
    ("build", "code", "says"),
    [
        (lambda: Responsibility(" ", "ceo"), "no_activity", "names no activity"),
        (lambda: Responsibility("two words", "ceo"), "no_activity", "'two words' names no activity"),
        (lambda: Responsibility("a", None), "one_role", "one role, or with one parameter"),
        (lambda: Responsibility("a", "ceo", parameter="sale.deal_opener"), "one_role", "or with one parameter"),
        (lambda: Responsibility("a", "two words"), "no_role", "for a lies with 'two words': give a role such as"),
        (lambda: Responsibility("a", "sale.deal_opener"), "no_role", "or a parameter such as"),
        (lambda: Responsibility("a", None, parameter="opener"), "no_role", "lies with 'opener'"),
        (lambda: Responsibility("a", "ceo", clause=""), "no_clause", "rests on a clause"),
        (lambda: Responsibility.parse("a", "R finance"), "no_responsibility", "a letter, a role and a clause"),
        (lambda: Responsibility.parse("a", "X finance R31"), "no_responsibility", "a letter, a role and a clause"),
    ],
)
def test_a_row_that_cannot_be_is_refused(build, code, says):
    with pytest.raises(DomainError, match=says) as wrong:
        build()
    assert wrong.value.code == code


@pytest.mark.parametrize("text", ["R finance R31", "A ceo R36", "R lawyer R1", "R sale.deal_opener R11"])
def test_a_row_is_read_back_from_its_text(text):
    assert str(Responsibility.parse("topic.x", text)) == text


def test_a_role_is_kept_by_its_id_and_a_dot_tells_a_parameter():
    assert Responsibility("topic.invoice", "finance", clause="R31") == INVOICE
    opener = Responsibility.parse("topic.x", "R sale.deal_opener R11")
    assert (opener.role, opener.parameter, opener.letter) == (None, "sale.deal_opener", Letter.RESPONSIBLE)


def test_a_name_beats_a_pattern_and_a_longer_pattern_a_shorter_one():
    matrix = ResponsibilityMatrix(
        [Responsibility("*", "ceo"), Responsibility("invoice.*", "finance"), Responsibility("invoice.pay", "client")]
    )
    assert matrix.who_is_responsible("invoice.pay") == ("client",)
    assert matrix.who_is_responsible("invoice.issue") == ("finance",)
    assert matrix.who_is_responsible("coffee") == ("ceo",)


def test_only_those_who_do_it_are_responsible_and_each_once():
    rows = [INVOICE, INVOICE, attrs.evolve(INVOICE, role="ceo", letter=Letter.ACCOUNTABLE)]
    assert ResponsibilityMatrix(rows).who_is_responsible("topic.invoice") == ("finance",)
    assert ResponsibilityMatrix(rows).who_is_responsible("topic.tea") == ()


def test_what_an_inquiry_has_settled_replaces_what_was_unclear():
    matrix = ResponsibilityMatrix([INVOICE, attrs.evolve(INVOICE, role="hr")])
    assert len(matrix.who_is_responsible("topic.invoice")) == 2
    assert matrix.with_rows([INVOICE]).who_is_responsible("topic.invoice") == ("finance",)


def test_every_step_of_a_process_says_who_takes_it_who_owns_it_and_who_is_told():
    rows = {(row.activity, str(row)) for row in Sale.responsibilities()}
    assert {
        ("sale.approve_quote", "R head_of_commercial R10"),
        ("sale.approve_quote", "A head_of_commercial R10"),
        ("sale.submit_for_approval", "I head_of_commercial R9"),
        ("sale.open_deal", "R sale.deal_opener R12"),
    } <= rows
    assert not any("system" in text for _, text in rows)


def test_a_step_whose_doer_is_a_parameter_is_whose_the_company_says():
    assert example().matrix.who_is_responsible("sale.open_deal") == ("it_staff",)
    other = example().with_settings({"sale.deal_opener": "head_of_commercial"})
    assert other.matrix.who_is_responsible("sale.open_deal") == ("head_of_commercial",)
    assert commercial_service().matrix.who_is_responsible("sale.open_deal") == ()


def test_the_rows_are_part_of_the_regulation_s_file_its_hash_and_its_diff(tmp_path):
    mine = Regulation("acme", responsibilities=[INVOICE, attrs.evolve(INVOICE, letter=Letter.INFORMED, role="ceo")])
    mine.dump(tmp_path / "acme.toml")
    assert Regulation.load(tmp_path / "acme.toml") == mine
    theirs = attrs.evolve(mine, responsibilities=[attrs.evolve(INVOICE, role="commercial_specialist")])
    assert theirs.content_hash != mine.content_hash
    (change,) = mine.diff(theirs)
    assert (change.subject, change.kind, change.after) == (
        "responsible:topic.invoice",
        "changed",
        ["R commercial_specialist R31"],
    )


def test_a_file_with_a_row_that_cannot_be_says_so():
    with pytest.raises(RegulationFileError, match="'R the treasurer R31' is no responsibility"):
        Regulation.from_dict({"id": "acme", "responsibilities": {"topic.invoice": ["R the treasurer R31"]}})
