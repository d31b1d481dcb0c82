"""Whoever is in charge of a case can be replaced by their superior, in every process that puts somebody in charge."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from salesreg.commercial import COMMERCIAL, Sale
from salesreg.process import Charge
from salesreg.rules import Absence, Delegation
from salesreg.testing.commercial import Desk
from salesreg.testing.commercial.people import ANNA, BOSS, DORA, PETR, ROMAN, STAFF, SVETA, moscow

GONE = attrs.evolve(ANNA, left_on=dt.date(2026, 2, 10))
CHARGED = [page for page in COMMERCIAL.processes if page.charges]


def begun(*staff, **settings) -> Desk:
    """A deal under negotiation that Anna has begun, in a firm with some people otherwise."""
    changed = {one.id: one for one in staff}
    desk = Desk(staff=[changed.pop(one.id, one) for one in STAFF], **settings)
    desk.begin("sale", "register_prospect", case="D", by=ANNA)
    desk.take("D", "start_price_negotiation", by=ANNA)
    return desk


def over(desk: Desk, by, to: str = "sveta", **payload):
    return desk.take("D", "take_over", by=by, charge="owner", to=to, **payload)


def test_a_superior_puts_another_manager_in_charge_and_the_case_stays_where_it_is():
    desk = begun()
    after = over(desk, ROMAN)
    assert (after.data.owner, after.stage, desk.last("D").role) == ("sveta", "negotiating_price", "head_of_sales")
    assert "sveta" in desk.told("D")


@pytest.mark.parametrize("by", [ANNA, SVETA, PETR, BOSS])
def test_nobody_but_the_superior_takes_a_charge_over(by):
    begun().refused("D", "take_over", "wrong_role", by=by, charge="owner", to="sveta")


def test_the_manager_named_in_the_directory_goes_before_the_role():
    desk = begun(attrs.evolve(ANNA, manager="petr"))
    desk.refused("D", "take_over", "wrong_role", by=ROMAN, charge="owner", to="sveta")
    assert over(desk, PETR).data.owner == "sveta"


def test_whoever_stands_above_a_superior_that_has_left_takes_over():
    left = dt.date(2026, 2, 5)
    desk = begun(attrs.evolve(ROMAN, left_on=left)).at(9)
    assert over(desk, DORA).data.owner == "sveta"
    desk = begun(attrs.evolve(ANNA, manager="petr"), attrs.evolve(PETR, left_on=left, manager="irina")).at(9)
    assert over(desk, "irina").data.owner == "sveta"


def test_a_deputy_of_the_superior_takes_over_in_their_name():
    away = Delegation("roman", "petr", dt.date(2026, 2, 2), dt.date(2026, 2, 6))
    desk = begun(delegations=[away])
    assert over(desk, PETR).data.owner == "sveta"
    assert (desk.last("D").by, desk.last("D").on_behalf_of, desk.last("D").role) == ("petr", "roman", "head_of_sales")


def test_the_successor_works_here_holds_the_role_and_is_somebody_else():
    desk = begun(attrs.evolve(SVETA, left_on=dt.date(2026, 2, 1)))
    for to, code in (("petr", "wrong_assignee"), ("sveta", "not_available"), ("anna", "same_charge"), ("x", "nobody")):
        desk.refused("D", "take_over", code, by=ROMAN, charge="owner", to=to)


def test_there_is_nothing_to_take_over_while_nobody_is_in_charge():
    begun().refused("D", "take_over", "wrong_role", "nobody_in_charge", by=BOSS, charge="specialist", to="petr")


def test_everything_that_a_leaver_is_in_charge_of_is_listed_and_handed_over():
    desk = begun(GONE)
    desk.begin("assignment", "give_assignment", case="A")
    desk.at(11)
    assert [(one.case, one.charge) for one in desk.engine.charges("anna")] == [("A", "responsible"), ("D", "owner")]
    tried = desk.engine.hand_over("anna", to="sveta", by="roman", dry_run=True)
    assert [one.case for one in tried.moved] == ["A", "D"]
    assert desk.case("D").data.owner == "anna"
    done = desk.engine.hand_over("anna", to="sveta", by="roman")
    assert [one.case for one in done.moved] == ["A", "D"]
    assert done.refused == []
    assert (desk.case("D").data.owner, desk.case("A").data.responsible) == ("sveta", "sveta")
    assert desk.engine.charges("anna") == ()
    assert desk.engine.verify() == ()


def test_what_cannot_be_handed_over_says_why_and_holds_up_nothing():
    desk = begun(GONE)
    desk.begin("assignment", "give_assignment", case="A")
    done = desk.at(11).engine.hand_over("anna", to="petr", by="roman")
    assert [one.case for one in done.moved] == ["A"]
    assert [(held.case, reasons) for held, reasons in done.refused] == [("D", ("Petr is no sales manager (R95)",))]


@pytest.mark.parametrize("page", CHARGED, ids=lambda page: page.id)
def test_every_open_stage_of_every_process_lets_a_charge_be_taken_over(page):
    assert page.table.routes["take_over"].keys() == {one.id for one in page.stages.values() if not one.ended}


def test_whoever_wrote_a_proposal_never_decides_on_it_after_somebody_else_took_it_over():
    both = attrs.evolve(ANNA, roles={*ANNA.roles, "head_of_commercial"}, manager="roman")
    desk = Desk(staff=(both, *STAFF[1:]))
    desk.begin("price_change", "adopt_base_list", case="B")
    desk.begin("price_change", "draft_proposal", case="P", by=both)
    desk.take("P", "take_over", by=ROMAN, to="sveta")
    desk.take("P", "submit_proposal", by="sveta")
    desk.refused("P", "endorse_proposal", "same_person", by=both)


def test_a_charge_may_be_nested_and_two_of_one_name_are_refused():
    owner = Charge("owner", None, "the owner")
    with pytest.raises(Exception, match="each of its own name"):

        class Twice(Sale):
            version = 9
            charges = (owner, Charge("owner", None, "the owner again"))


def test_a_charge_narrows_a_step_unless_the_firm_shares_its_work():
    class Own(Sale):
        version = 7
        revise_quote = Sale.revise_quote.changed(only=Sale.charges[0])

    book = COMMERCIAL.extended("own", processes=[Own])
    for own_only in (True, False):
        desk = begun(rulebook=book, duties__own_only=own_only)
        if own_only:
            desk.refused("D", "revise_quote", "not_assigned", by=SVETA)
        else:
            desk.take("D", "revise_quote", by=SVETA)
        desk.take("D", "revise_quote", by=ANNA)


def test_a_step_for_whoever_is_in_charge_is_their_deputys_too():
    class Own(Sale):
        version = 7
        revise_quote = Sale.revise_quote.changed(only=Sale.charges[0])

    book = COMMERCIAL.extended("own", processes=[Own])
    desk = begun(rulebook=book, absences=[Absence("anna", dt.date(2026, 2, 2), dt.date(2026, 2, 6), "dina")])
    desk.take("D", "revise_quote", by="dina")
    assert (desk.last("D").on_behalf_of, desk.last("D").role) == ("anna", "sales_manager")
    desk.at(9).refused("D", "revise_quote", "wrong_role", by="dina")


def test_a_case_that_has_moved_on_meanwhile_holds_up_no_other():
    desk = begun(GONE)
    desk.begin("assignment", "give_assignment", case="A")
    desk.clock.advance(-dt.timedelta(hours=1))
    done = desk.engine.hand_over("anna", to="sveta", by="roman")
    assert [held.case for held, _ in done.refused] == ["A", "D"]


def test_what_was_owed_on_time_passes_on_with_the_charge():
    desk = Desk(start=moscow(2))
    desk.begin("assignment", "give_assignment", case="A")
    desk.take("A", "take_over", by=ROMAN)
    assert {one.person for one in desk.owed("A").values()} == {"sveta"}
