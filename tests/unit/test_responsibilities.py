"""The responsibility matrix: derived from the steps, kept in the regulation, answered by activity."""

import attrs
import pytest

from salesreg.domain.people import Role
from salesreg.domain.responsibilities import Letter, Responsibility, ResponsibilityMatrix
from salesreg.errors import DomainError, RegulationFileError
from salesreg.processes.sale import Sale
from salesreg.regulation import Regulation
from salesreg.regulations import commercial_service, example

INVOICE = Responsibility("topic.invoice", Role.FINANCE, clause="R31")


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Responsibility(" ", Role.CEO), "names no activity"),
        (lambda: Responsibility("two words", Role.CEO), "names no activity"),
        (lambda: Responsibility("a", None), "one role, or with one parameter"),
        (lambda: Responsibility("a", Role.CEO, parameter="sale.deal_opener"), "one role, or with one parameter"),
        (lambda: Responsibility("a", Role.CEO, clause=""), "rests on a clause"),
        (lambda: Responsibility.parse("a", "R finance"), "a letter, a role and a clause"),
        (lambda: Responsibility.parse("a", "X finance R31"), "a letter, a role and a clause"),
        (lambda: Responsibility.parse("a", "R treasurer R31"), "is no role"),
    ],
)
def test_a_row_that_cannot_be_is_refused(build, says):
    with pytest.raises(DomainError, match=says):
        build()


@pytest.mark.parametrize("text", ["R finance R31", "A ceo R36", "R sale.deal_opener R11"])
def test_a_row_is_read_back_from_its_text(text):
    assert str(Responsibility.parse("topic.x", text)) == text


def test_a_name_beats_a_pattern_and_a_longer_pattern_a_shorter_one():
    matrix = ResponsibilityMatrix(
        [
            Responsibility("*", Role.CEO),
            Responsibility("invoice.*", Role.FINANCE),
            Responsibility("invoice.pay", Role.CLIENT),
        ]
    )
    assert matrix.who_is_responsible("invoice.pay") == (Role.CLIENT,)
    assert matrix.who_is_responsible("invoice.issue") == (Role.FINANCE,)
    assert matrix.who_is_responsible("coffee") == (Role.CEO,)


def test_only_those_who_do_it_are_responsible_and_each_once():
    rows = [INVOICE, INVOICE, attrs.evolve(INVOICE, role=Role.CEO, letter=Letter.ACCOUNTABLE)]
    assert ResponsibilityMatrix(rows).who_is_responsible("topic.invoice") == (Role.FINANCE,)
    assert ResponsibilityMatrix(rows).who_is_responsible("topic.tea") == ()


def test_what_an_inquiry_has_settled_replaces_what_was_unclear():
    matrix = ResponsibilityMatrix([INVOICE, attrs.evolve(INVOICE, role=Role.HR)])
    assert len(matrix.who_is_responsible("topic.invoice")) == 2
    assert matrix.with_rows([INVOICE]).who_is_responsible("topic.invoice") == (Role.FINANCE,)


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
    assert example().matrix.who_is_responsible("sale.open_deal") == (Role.IT_STAFF,)
    other = example().with_settings({"sale.deal_opener": "head_of_commercial"})
    assert other.matrix.who_is_responsible("sale.open_deal") == (Role.HEAD_OF_COMMERCIAL,)
    assert commercial_service().matrix.who_is_responsible("sale.open_deal") == ()


def test_the_rows_are_part_of_the_regulation_s_file_its_hash_and_its_diff(tmp_path):
    mine = Regulation("acme", responsibilities=[INVOICE, attrs.evolve(INVOICE, letter=Letter.INFORMED, role=Role.CEO)])
    mine.dump(tmp_path / "acme.toml")
    assert Regulation.load(tmp_path / "acme.toml") == mine
    theirs = attrs.evolve(mine, responsibilities=[attrs.evolve(INVOICE, role=Role.COMMERCIAL_SPECIALIST)])
    assert theirs.content_hash != mine.content_hash
    (change,) = mine.diff(theirs)
    assert (change.subject, change.kind, change.after) == (
        "responsible:topic.invoice",
        "changed",
        ["R commercial_specialist R31"],
    )


def test_a_file_with_a_row_that_cannot_be_says_so():
    with pytest.raises(RegulationFileError, match="treasurer"):
        Regulation.from_dict({"id": "acme", "responsibilities": {"topic.invoice": ["R treasurer R31"]}})
