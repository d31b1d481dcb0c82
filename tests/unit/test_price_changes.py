"""A line changes one thing, fits its base list or says why not, and a book knows every price of every moment."""

from __future__ import annotations

import datetime as dt

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.price_changes import (
    ChangeKind,
    ChangeLine,
    PriceChangeProposal,
    PriceDecision,
    PriceOutcome,
    changed_items,
    line_problems,
    rebase_problems,
)
from salesreg.commercial.domain.prices import BasePriceList, PriceBook, PriceItem
from salesreg.errors import DomainError

NEW_YEAR = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
AUDIT = PriceItem("audit", "Audit", "day", Money(1000))
COURSE = PriceItem("course", "Course", "person", Money(100))
GIFT = PriceItem("gift", "Gift", "piece", Money(1))
BASE = BasePriceList("1", (AUDIT, COURSE), effective_from=NEW_YEAR, recorded_at=NEW_YEAR)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (ChangeLine.change(AUDIT, price=Money(1)), ChangeKind.CHANGE_PRICE),
        (ChangeLine.change(AUDIT, unit="hour"), ChangeKind.CHANGE_UNIT),
        (ChangeLine.change(AUDIT, conditions="in Moscow"), ChangeKind.CHANGE_CONDITION),
        (ChangeLine.change(AUDIT, name="Check"), ChangeKind.CHANGE_NAME),
        (ChangeLine.remove(AUDIT), ChangeKind.REMOVE_ITEM),
        (ChangeLine.add(GIFT), ChangeKind.ADD_ITEM),
    ],
)
def test_a_line_does_one_thing_and_can_be_taken_back(line, kind):
    assert line.kind is kind
    changed = BasePriceList("2", changed_items(BASE, [line]), effective_from=NEW_YEAR)
    assert changed.content_hash != BASE.content_hash
    assert set(changed_items(changed, [line.inverse()])) == set(BASE.items)
    assert line.is_felt is (kind not in {ChangeKind.ADD_ITEM, ChangeKind.CHANGE_NAME})


@pytest.mark.parametrize(
    ("build", "code", "got"),
    [
        (lambda: ChangeLine.change(AUDIT), "change_line_several_aspects", ()),
        (lambda: ChangeLine.change(AUDIT, price=Money(1), unit="h"), "change_line_several_aspects", ("price", "unit")),
        (lambda: ChangeLine.change(AUDIT, price=Money(1000)), "change_line_other_aspect", ()),
        (lambda: ChangeLine(ChangeKind.CHANGE_PRICE, AUDIT), "change_line_one_sided", None),
        (
            lambda: ChangeLine(ChangeKind.CHANGE_PRICE, AUDIT, COURSE),
            "change_line_other_aspect",
            ("code", "name", "price", "unit"),
        ),
        (lambda: ChangeLine(ChangeKind.ADD_ITEM, AUDIT, COURSE), "change_line_two_sided", None),
        (lambda: ChangeLine(ChangeKind.REMOVE_ITEM), "change_line_two_sided", None),
        (lambda: changed_items(BASE, [ChangeLine.add(AUDIT)]), "line_does_not_fit.there", "audit"),
        (lambda: changed_items(BASE, [ChangeLine.remove(GIFT)]), "line_does_not_fit.missing", "gift"),
        (lambda: ChangeLine.remove(GIFT).rebased(BASE), "line_does_not_fit.missing", "gift"),
        (lambda: PriceChangeProposal("anna", " "), "proposal_without_version", None),
        (lambda: PriceChangeProposal("anna", "2").put_in_force(BASE), "proposal_not_entered", None),
        (
            lambda: PriceDecision(PriceOutcome.REJECTED, "irina", NEW_YEAR, "h", " "),
            "price_decision_without_reason",
            "rejected",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_be_right(build, code, got):
    with pytest.raises(DomainError) as refused:
        build()
    assert (refused.value.code, refused.value.facts.get("got")) == (code, got)
    assert "{" not in str(refused.value)


def test_several_things_about_one_item_may_change_but_each_once():
    price, name = ChangeLine.change(AUDIT, price=Money(1)), ChangeLine.change(AUDIT, name="Check")
    assert changed_items(BASE, [price, name])[0] == attrs.evolve(AUDIT, price=Money(1), name="Check")
    for lines in ([price, price, ChangeLine.remove(COURSE)], [price, ChangeLine.remove(AUDIT)]):
        [problem] = line_problems(lines, BASE)
        assert (problem.code, problem.facts["got"]) == ("line_does_not_fit.twice", "audit")


def test_every_line_that_cannot_be_read_against_another_list_is_named():
    other = BasePriceList("2", (attrs.evolve(AUDIT, price=Money(1)), GIFT), effective_from=NEW_YEAR)
    lines = [ChangeLine.change(AUDIT, price=Money(1)), ChangeLine.remove(COURSE), ChangeLine.add(GIFT)]
    found = [(one.code, one.facts["got"]) for one in rebase_problems(lines, other)]
    assert found == [
        ("change_line_other_aspect", ()),
        ("line_does_not_fit.missing", "course"),
        ("line_does_not_fit.there", "gift"),
    ]
    [moved] = line_problems([ChangeLine.change(AUDIT, price=Money(2))], other)
    assert (moved.code, moved.facts["now"], moved.facts["then"]) == (
        "line_does_not_fit.moved",
        "1.00 RUB",
        "1000.00 RUB",
    )


def test_the_same_change_is_read_against_another_list():
    other = BasePriceList("2", (attrs.evolve(AUDIT, price=Money(5)), GIFT), effective_from=NEW_YEAR)
    again = ChangeLine.change(AUDIT, price=Money(1)).rebased(other)
    assert (again.old.price, again.new.price) == (Money(5), Money(1))
    assert ChangeLine.add(COURSE).rebased(other) == ChangeLine.add(COURSE)


def proposed(*lines: ChangeLine) -> PriceChangeProposal:
    return PriceChangeProposal("anna", "2", "case-1", "1", "why", lines, BASE.content_hash)


def test_an_approval_is_of_these_lines_on_this_base_and_of_no_others():
    proposal = proposed(ChangeLine.remove(AUDIT)).decided(PriceOutcome.APPROVED, "boss", NEW_YEAR)
    assert proposal.approval.content_hash == proposal.content_hash
    for change, code in (
        ({"lines": (ChangeLine.remove(COURSE),)}, "proposal_other_approval"),
        ({"lines": (*proposal.lines, ChangeLine.add(GIFT))}, "proposal_other_approval"),
        ({"base_hash": "0" * 64}, "proposal_other_approval"),
        ({"applied_hash": "0" * 64}, "proposal_other_entry"),
        ({"price_list": BASE}, "proposal_list_unapproved"),
    ):
        with pytest.raises(DomainError) as refused:
            attrs.evolve(proposal, **change)
        assert refused.value.code == code
    assert proposal.unapproved().approval is None


def test_a_proposal_reads_back_as_it_was_written():
    proposal = proposed(ChangeLine.remove(AUDIT))
    again = msgspec.json.decode(msgspec.json.encode(proposal), type=PriceChangeProposal)
    assert again == proposal
    assert again.content_hash == proposal.content_hash


def test_what_was_approved_makes_one_list_of_its_base_and_none_of_another():
    lines = (ChangeLine.change(AUDIT, price=Money(1)), ChangeLine.remove(COURSE), ChangeLine.add(GIFT))
    assert proposed(*lines).content_hash == proposed(*reversed(lines)).content_hash
    approved = proposed(*lines).decided(PriceOutcome.APPROVED, "boss", NEW_YEAR)
    entered = attrs.evolve(
        approved, effective_from=NEW_YEAR + DAY, applied_at=NEW_YEAR, applied_hash=approved.content_hash
    )
    assert entered.put_in_force(BASE).price_list.items == (attrs.evolve(AUDIT, price=Money(1)), GIFT)
    with pytest.raises(DomainError) as refused:
        entered.put_in_force(attrs.evolve(BASE, items=(attrs.evolve(AUDIT, name="Check"), COURSE)))
    assert refused.value.code == "proposal_other_base"


# -- the book ---------------------------------------------------------------------------------------------------------


def listed(version: str, begins: int, ends: int | None, known: int, rubles: int) -> BasePriceList:
    return BasePriceList(
        version,
        (PriceItem("audit", "Audit", "day", Money(rubles)),),
        effective_from=NEW_YEAR + begins * DAY,
        effective_to=None if ends is None else NEW_YEAR + ends * DAY,
        recorded_at=NEW_YEAR + known * DAY,
    )


def test_a_price_is_known_as_of_an_instant_and_as_known_at_an_instant():
    book = PriceBook((listed("2", 10, None, 20, 1200), listed("1", 0, 10, 0, 1000)))
    fifteenth = NEW_YEAR + 15 * DAY
    assert book.price("audit", fifteenth) == Money(1200)
    # On the fifteenth nobody knew yet what was entered on the twentieth with effect from the tenth.
    assert book.price("audit", fifteenth, known_at=fifteenth) == Money(1000)
    assert book.price("audit", fifteenth, known_at=NEW_YEAR + 20 * DAY) == Money(1200)


@pytest.mark.parametrize(
    ("lists", "code"),
    [
        ((listed("1", 0, 10, 0, 1), listed("2", 9, None, 0, 1)), "price_book_gap"),
        ((listed("1", 0, 10, 0, 1), listed("2", 11, None, 0, 1)), "price_book_gap"),
        ((listed("1", 0, None, 0, 1), listed("2", 11, None, 0, 1)), "price_book_gap"),
        ((listed("1", 0, 10, 0, 1), listed("1", 10, None, 0, 1)), "price_book_version_twice"),
        ((attrs.evolve(listed("1", 0, None, 0, 1), recorded_at=None),), "price_book_unrecorded"),
    ],
)
def test_versions_never_overlap_and_leave_no_gap(lists, code):
    with pytest.raises(DomainError) as refused:
        PriceBook(lists)
    assert refused.value.code == code


def test_before_the_first_list_and_for_an_unknown_item_there_is_no_price():
    book = PriceBook((listed("1", 0, 10, 5, 1),))
    for at, known in ((-1, None), (10, None), (3, 4)):
        with pytest.raises(DomainError, match="no base price list was in force"):
            book.in_force(NEW_YEAR + at * DAY, known_at=None if known is None else NEW_YEAR + known * DAY)
    with pytest.raises(DomainError, match="has no item gift"):
        book.price("gift", NEW_YEAR)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 60))
def test_exactly_one_list_is_in_force_at_every_moment_from_the_first_on(lengths, day):
    begins, lists = 0, []
    for number, length in enumerate(lengths):
        last = number == len(lengths) - 1
        lists.append(listed(str(number), begins, None if last else begins + length, 0, number + 1))
        begins += length
    at = NEW_YEAR + day * DAY
    assert sum(one.in_force(at) for one in lists) == 1
    assert PriceBook(reversed(lists)).in_force(at).in_force(at)
