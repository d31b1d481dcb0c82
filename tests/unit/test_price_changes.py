"""A line changes one thing, fits its base list or says why not, and a book knows every price of every moment."""

from __future__ import annotations

import datetime as dt

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesreg.domain.money import Money
from salesreg.domain.price_changes import (
    ChangeKind,
    ChangeLine,
    PriceChangeProposal,
    PriceDecision,
    PriceOutcome,
    changed_items,
    line_problems,
)
from salesreg.domain.prices import BasePriceList, PriceBook, PriceItem
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
    ("build", "says"),
    [
        (lambda: ChangeLine.change(AUDIT), "changes one thing"),
        (lambda: ChangeLine.change(AUDIT, price=Money(1), unit="hour"), "changes one thing"),
        (lambda: ChangeLine.change(AUDIT, price=Money(1000)), "this one changes nothing"),
        (lambda: ChangeLine(ChangeKind.CHANGE_PRICE, AUDIT), "as it is and as it shall be"),
        (lambda: ChangeLine(ChangeKind.CHANGE_PRICE, AUDIT, COURSE), "changes code, name, price, unit"),
        (lambda: ChangeLine(ChangeKind.ADD_ITEM, AUDIT, COURSE), "add_item takes the new item only"),
        (lambda: ChangeLine(ChangeKind.REMOVE_ITEM), "remove_item the old one only"),
        (lambda: changed_items(BASE, [ChangeLine.add(AUDIT)]), "has the item 'audit' already"),
        (lambda: changed_items(BASE, [ChangeLine.remove(GIFT)]), "has no item 'gift'"),
        (lambda: ChangeLine.remove(GIFT).rebased(BASE), "has no item 'gift'"),
        (lambda: PriceChangeProposal("anna", " "), "needs a version"),
        (lambda: PriceDecision(PriceOutcome.REJECTED, "head", NEW_YEAR, "h", " "), "without a reason"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_be_right(build, says):
    with pytest.raises(DomainError, match=says):
        build()


def test_several_things_about_one_item_may_change_but_each_once():
    price, name = ChangeLine.change(AUDIT, price=Money(1)), ChangeLine.change(AUDIT, name="Check")
    assert changed_items(BASE, [price, name])[0] == attrs.evolve(AUDIT, price=Money(1), name="Check")
    assert [item for item, _ in line_problems([price, price, ChangeLine.remove(COURSE)], BASE)] == ["audit"]
    assert [item for item, _ in line_problems([price, ChangeLine.remove(AUDIT)], BASE)] == ["audit"]


def test_the_same_change_is_read_against_another_list():
    other = BasePriceList("2", (attrs.evolve(AUDIT, price=Money(5)), GIFT), effective_from=NEW_YEAR)
    again = ChangeLine.change(AUDIT, price=Money(1)).rebased(other)
    assert (again.old.price, again.new.price) == (Money(5), Money(1))
    assert ChangeLine.add(COURSE).rebased(other) == ChangeLine.add(COURSE)


def test_an_approval_is_of_these_items_and_of_no_others():
    proposal = PriceChangeProposal("anna", "2", items=(AUDIT,)).decided(PriceOutcome.APPROVED, "boss", NEW_YEAR)
    assert proposal.approval.content_hash == proposal.content_hash
    with pytest.raises(DomainError, match="of another list"):
        attrs.evolve(proposal, items=(COURSE,))
    with pytest.raises(DomainError, match="exactly what was approved"):
        attrs.evolve(proposal, applied_hash="0" * 64)
    with pytest.raises(DomainError, match="nobody approved"):
        attrs.evolve(proposal, base="case-1", price_list=BASE)
    assert proposal.unapproved().approval is None


def test_a_proposal_reads_back_as_it_was_written():
    proposal = PriceChangeProposal("anna", "2", "case-1", "1", "why", (ChangeLine.remove(AUDIT),), (COURSE,))
    again = msgspec.json.decode(msgspec.json.encode(proposal), type=PriceChangeProposal)
    assert again == proposal
    assert again.content_hash == proposal.content_hash


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
    ("lists", "says"),
    [
        ((listed("1", 0, 10, 0, 1), listed("2", 9, None, 0, 1)), "each ends where the next begins"),
        ((listed("1", 0, 10, 0, 1), listed("2", 11, None, 0, 1)), "each ends where the next begins"),
        ((listed("1", 0, None, 0, 1), listed("2", 11, None, 0, 1)), "each ends where the next begins"),
        ((listed("1", 0, 10, 0, 1), listed("1", 10, None, 0, 1)), "have one version"),
        ((attrs.evolve(listed("1", 0, None, 0, 1), recorded_at=None),), "was never recorded"),
    ],
)
def test_versions_never_overlap_and_leave_no_gap(lists, says):
    with pytest.raises(DomainError, match=says):
        PriceBook(lists)


def test_before_the_first_list_and_for_an_unknown_item_there_is_no_price():
    book = PriceBook((listed("1", 0, 10, 5, 1),))
    for at, known in ((-1, None), (10, None), (3, 4)):
        with pytest.raises(DomainError, match="no base price list was in force"):
            book.in_force(NEW_YEAR + at * DAY, None if known is None else NEW_YEAR + known * DAY)
    with pytest.raises(DomainError, match="has no item 'gift'"):
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
