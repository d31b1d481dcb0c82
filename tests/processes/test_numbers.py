"""Numbers: one spelling, unique in a series and period, counted by the library if nobody gives one."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.processes.trade import TO_APPROVED, Trade

from salesreg.commercial import number_gaps
from salesreg.commercial.domain.numbers import NumberGap, NumberPeriod, gaps_between, next_number, number_key, spelled
from salesreg.errors import DomainError
from salesreg.testing.commercial import moscow


def approved(desk: Trade, name: str) -> str:
    desk.begin("sale", "register_prospect", case=name)
    desk.take(name, *TO_APPROVED)
    return name


@pytest.mark.parametrize("same", ["A-1 ", "a-1", "А-1", "A – 1", "Ａ-1", "A\u200b-1", "№ A-1", "#A-1", "A-1.", "A-001"])
def test_a_number_spelled_otherwise_is_the_same_number(same):
    desk = Trade()
    desk.take(approved(desk, "D"), "open_deal", number="A-1")
    refused = desk.refused(approved(desk, "E"), "open_deal", "number_taken", number=same, existing="D")
    assert refused.refusals[0].got == "A-1"


def test_number_one_of_a_new_year_is_another_number():
    desk = Trade(start=dt.datetime(2025, 12, 30, 9, tzinfo=dt.UTC))
    desk.take(approved(desk, "D"), "open_deal", number="1")
    desk.clock.move_to(moscow(12, month=1))
    desk.take(approved(desk, "E"), "open_deal", number="1", existing="D")
    forever = Trade(start=dt.datetime(2025, 12, 30, 9, tzinfo=dt.UTC), numbers__period="forever")
    forever.take(approved(forever, "D"), "open_deal", number="1")
    forever.clock.move_to(moscow(12, month=1))
    forever.refused(approved(forever, "E"), "open_deal", "number_taken", number="1", existing="D")


def test_a_contract_has_a_number_of_its_own():
    desk = Trade()
    for name, existing in (("D", None), ("E", "D")):
        desk.take(approved(desk, name), "open_deal", number=name, existing=existing)
        desk.take(name, "assign_specialist")
    desk.take("D", "draft_contract", number="K-7")
    desk.refused("E", "draft_contract", "contract_number_taken", number="k-7")
    # What was once the number of a contract is not given to another, and may stand on the next draft of its own deal.
    desk.take("D", "draft_contract", number="K-8")
    desk.refused("E", "draft_contract", "contract_number_taken", number="K-7")
    assert desk.take("D", "draft_contract", number="K-7").data.contract.number == "K-7"


def test_the_library_counts_on_where_no_number_is_given():
    desk, found = Trade(), []
    for name in "DEFGH":
        approved(desk, name)
        found.append(desk.take(name, "open_deal", number=None, existing="D" if found else None).data.number)
    assert found == ["1", "2", "3", "4", "5"]


def test_the_gaps_of_a_series_are_reported():
    desk = Trade()
    for name, number in (("D", "S-2"), ("E", "S-5"), ("F", "1")):
        desk.take(approved(desk, name), "open_deal", number=number, existing=None if name == "D" else "D")
    assert number_gaps(desk.engine, "deal") == (NumberGap("2026", "S-", 1, 1), NumberGap("2026", "S-", 3, 4))
    assert number_gaps(desk.engine, "contract") == ()
    with pytest.raises(DomainError, match="give one of"):
        number_gaps(desk.engine, "letters")


@given(st.text(min_size=1), st.sampled_from(["", " ", "\t", "\u00a0"]))
def test_spelling_is_settled_and_knows_no_blanks(number, blank):
    assert spelled(spelled(number)) == spelled(number) == spelled(f"{blank}{number}{blank}")


@given(st.integers(0, 500))
def test_the_next_number_follows_the_last(last):
    keys = {number_key("deal", "2026", str(one)) for one in range(1, last + 1)}
    assert next_number("deal", "2026", keys.__contains__) == str(last + 1)
    assert gaps_between("deal", keys) == ()


@given(st.sets(st.integers(1, 60), min_size=1))
def test_gaps_and_numbers_together_are_the_whole_series(counts):
    gaps = gaps_between("deal", [number_key("deal", "", str(one)) for one in counts])
    missing = {one for gap in gaps for one in range(gap.first, gap.last + 1)}
    assert missing | counts == set(range(1, max(counts) + 1))
    assert not missing & counts


def test_a_period_is_a_calendar_year_or_for_good():
    assert [period.of(dt.date(2026, 1, 1)) for period in NumberPeriod] == ["2026", ""]
