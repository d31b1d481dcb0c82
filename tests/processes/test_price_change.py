"""The base price list, as the regulation reads: who may change it, on whose word, and that one is always in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.commercial import price_book
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.price_changes import (
    ChangeKind,
    ChangeLine,
    PriceChangeProposal,
    PriceOutcome,
    changed_items,
)
from salesreg.commercial.domain.prices import BasePriceList, PriceItem, QuoteLine
from salesreg.commercial.processes.price_change import PriceChangeProcess
from salesreg.commercial.roles import HEAD, MANAGER
from salesreg.commercial.rulebook import COMMERCIAL, example
from salesreg.decide import decide
from salesreg.errors import DomainError, PayloadError, StepRefused
from salesreg.process import Attempt, Checks, ObligationStatus, Refusal, Related
from salesreg.rules import SYSTEM, SYSTEM_ACTOR, Delegation, Employee, Parameter
from salesreg.testing.commercial import ANNA, BOSS, IGOR, IRINA, STAFF, Desk, moscow

BORIS = Employee("boris", "Boris", [MANAGER, HEAD])
EVERYBODY = (*STAFF, BORIS)

AUDIT = PriceItem("audit", "Audit", "day", Money(1000))
COURSE = PriceItem("course", "Course", "person", Money(100), "from five people")
DEARER = ChangeLine.change(AUDIT, price=Money(1200))
DAY = dt.timedelta(days=1)
START = moscow(2)


class OurPriceChange(PriceChangeProcess):
    """A firm's own page: a parameter of its own in the place of the shipped one, and a guard that is stricter."""

    version = 2
    composition = Parameter(
        "price_change.our_composition", frozenset[ChangeKind], default=frozenset({ChangeKind.CHANGE_NAME})
    )

    def composition_allowed(self, proposal: PriceChangeProposal, attempt: Attempt) -> Checks:
        yield from super().composition_allowed(proposal, attempt)
        if len(proposal.lines) > 1:
            yield Refusal("one_at_a_time", "a proposal changes one thing")


class Shop(Desk):
    """A desk with a base price list in force, and proposals on their way to take its place."""

    def __init__(self, url: str = "memory:", items: tuple[PriceItem, ...] = (AUDIT, COURSE), **given: Any) -> None:
        super().__init__(url, staff=EVERYBODY, **{"sale__questionnaire_keys": "", **given})
        self.base = self.begin("price_change", "adopt_base_list", version="1", items=items)

    def draft(self, version: str = "2", *lines: ChangeLine, **given: Any) -> str:
        payload = {"base": self.base.id, "lines": lines or (DEARER,), **given}
        return self.begin("price_change", "draft_proposal", version=version, **payload).id

    def submitted(self, version: str = "2", *lines: ChangeLine) -> str:
        return self.take(self.draft(version, *lines), "submit_proposal").id

    def endorsed(self, version: str = "2", *lines: ChangeLine) -> str:
        return self.take(self.submitted(version, *lines), "endorse_proposal").id

    def approved(self, version: str = "2", *lines: ChangeLine) -> str:
        return self.take(self.endorsed(version, *lines), "approve_proposal").id

    def applied(self, version: str = "2", *lines: ChangeLine, after: dt.timedelta = DAY) -> str:
        return self.entered(self.approved(version, *lines), after)

    def entered(self, case_id: str, after: dt.timedelta = DAY) -> str:
        """An approved proposal with a date, as IT entered it."""
        self.take(case_id, "schedule_application", effective_from=self.clock.now() + after)
        self.take(case_id, "apply_price_list", content_hash=self.case(case_id).data.content_hash)
        return case_id

    def in_force(self, version: str = "2", *lines: ChangeLine) -> str:
        case_id = self.applied(version, *lines)
        self.later(DAY).engine.tick()
        self.base = self.case(case_id)
        assert self.base.stage == "in_force"
        return case_id

    def prices(self, case_id: str) -> dict[str, Money]:
        """Those of a list, or those that a proposal would make of its base."""
        data = self.case(case_id).data
        listed = data.price_list
        items = listed.items if listed else changed_items(self.case(data.base).data.price_list, data.lines)
        return {item.code: item.price for item in items}


@pytest.fixture(params=["memory:", "sqlite"])
def store(request, tmp_path) -> Iterator[Shop]:
    """A shop on either store, whose records are proof in the end."""
    found = Shop(request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/prices.db")
    yield found
    assert found.engine.verify() == ()
    found.engine.close()


@pytest.fixture
def shop() -> Shop:
    return Shop()


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_is_whole():
    assert PriceChangeProcess.check() == ()


def test_the_stages_bear_their_russian_names():
    russian = COMMERCIAL.texts.locale("ru")
    assert [russian.title(f"price_change.stage.{stage}") for stage in PriceChangeProcess.stages] == [
        "Черновик",
        "У руководителя",
        "У генерального директора",
        "Утверждено",
        "Передано в IT",
        "Внесено",
        "Действует",
        "На доработке",
        "Заменено",
        "Отклонено",
        "Отозвано",
    ]


@pytest.mark.parametrize("same", ["AUDIT", "audit ", "\u0430udit", "AU DIT", "Audit."])
def test_an_item_has_one_spelling_in_a_list_in_what_changes_it_and_in_what_is_quoted_from_it(same):
    twin = attrs.evolve(AUDIT, code=same)
    with pytest.raises(DomainError) as wrong:
        BasePriceList("1", (AUDIT, twin), effective_from=START)
    assert (wrong.value.code, wrong.value.facts["got"]) == ("price_list_item_twice", "AUDIT")
    Desk().refused_to_begin("price_change", "adopt_base_list", "price_list_item_twice", items=(AUDIT, twin))
    shop = Shop()
    shop.refused(shop.draft("2", ChangeLine.add(twin)), "submit_proposal", "line_does_not_fit.there")
    new = PriceItem("course 2", "Course", "day", Money(5))
    both = (ChangeLine.add(new), ChangeLine.add(attrs.evolve(new, code="COURSE2")))
    shop.refused(shop.draft("3", *both), "submit_proposal", "line_does_not_fit.twice")
    deal = shop.begin("sale", "register_prospect").id
    off = QuoteLine(same, Money(1))
    shop.refused(deal, "start_price_negotiation", "quote_line_off_list", base_version="1", lines=(off,))
    both = (QuoteLine("audit", Money(1000)), QuoteLine(same, Money(1000)))
    shop.refused(deal, "start_price_negotiation", "quote_item_twice", base_version="1", lines=both)
    shop.take(deal, "start_price_negotiation", base_version="1", lines=(QuoteLine(same, Money(1000)),))
    assert [line.item for line in shop.case(deal).data.quote.lines] == ["audit"]


# -- from a proposal to a list in force (R35–R37) ---------------------------------------------------------------------


def test_a_proposal_becomes_the_list_in_force_and_ends_the_one_before(store):
    case_id = store.in_force()
    [old] = store.engine.cases("price_change", stage="superseded")
    new = store.case(case_id).data.price_list
    assert new.item("audit").price == Money(1200)
    assert new.item("course") == COURSE
    assert old.data.price_list.effective_to == new.effective_from == START + DAY
    assert [one.id for one in store.engine.cases(key="base_price_list.in_force")] == [case_id]


def test_a_long_list_is_read_once_and_written_only_when_it_comes_into_force_or_ends(tmp_path):
    items = tuple(PriceItem(f"C{number:04}", "Test", "piece", Money(number)) for number in range(500))
    store = Shop(f"sqlite:///{tmp_path}/prices.db", items)
    first = store.base.id
    assert store.case(first).data is store.case(first).data
    case_id = store.applied("2", ChangeLine.change(items[7], price=Money(9999)))
    assert len(msgspec.json.encode(store.case(case_id).data)) < 5_000
    assert not any(event.changes.get("price_list") for event in store.engine.history(case_id))
    store.later(DAY).engine.tick()
    old, new = (store.case(one).data.price_list for one in (first, case_id))
    assert old.effective_to == new.effective_from
    assert (len(new.items), new.item("C0007").price, old.item("C0007").price) == (500, Money(9999), Money(7))
    assert store.engine.verify() == ()
    store.engine.close()


def test_every_step_is_for_certain_people_only(shop):
    draft, submitted = shop.draft("d"), shop.submitted("s")
    endorsed = shop.endorsed("e", ChangeLine.change(COURSE, name="Seminar"))
    approved = shop.approved("a", ChangeLine.change(COURSE, unit="group"))
    may = {
        (draft, "submit_proposal"): {"anna"},
        (draft, "edit_proposal"): {"anna"},
        (submitted, "endorse_proposal"): {"irina", "boris"},
        (submitted, "return_proposal"): {"irina", "boris"},
        (submitted, "reject_proposal"): {"irina", "boris"},
        (submitted, "withdraw_proposal"): {"anna"},
        (endorsed, "approve_proposal"): {"boss"},
        (endorsed, "return_proposal"): {"boss"},
        (approved, "schedule_application"): {"irina", "boris"},
        (approved, "revoke_approval"): {"boss"},
    }
    found: dict[tuple[str, str], set[str]] = {key: set() for key in may}
    for case_id, step in may:
        for person in EVERYBODY:
            option = next(one for one in shop.engine.available(case_id, by=person) if one.step.id == step)
            if option.allowed:
                found[case_id, step].add(person.id)
    assert found == may


def test_a_proposal_names_the_list_in_force_that_it_changes(shop):
    first = shop.base.id
    shop.in_force()
    usual = {"base": shop.base.id, "version": "3", "lines": (DEARER,)}
    gone = {**usual, "base": first}
    [refusal] = shop.refused_to_begin("price_change", "draft_proposal", "base_not_in_force.named", **gone).refusals
    assert (refusal.got, refusal.facts["case"]) == ("superseded", first)
    with pytest.raises(PayloadError, match="base: missing"):
        shop.engine.start("price_change", "draft_proposal", {"version": "3"}, by=ANNA)
    shop.refused_to_begin("price_change", "draft_proposal", "blank", **{**usual, "version": " "})


def test_a_proposal_without_a_market_rationale_or_a_change_is_not_submitted(shop):
    case_id = shop.draft(rationale=" ", lines=())
    shop.refused(case_id, "submit_proposal", "no_rationale", "no_lines")
    shop.take(case_id, "edit_proposal", rationale="demand", lines=(DEARER,))
    assert shop.take(case_id, "submit_proposal").stage == "submitted"


def test_every_line_that_does_not_fit_the_base_list_is_named(shop):
    gift = PriceItem("gift", "Gift", "piece", Money(1))
    other_price = ChangeLine.change(attrs.evolve(AUDIT, price=Money(5)), price=Money(6))
    lines = (other_price, ChangeLine.remove(gift), ChangeLine.add(COURSE), DEARER)
    codes = [f"line_does_not_fit.{why}" for why in ("moved", "missing", "there", "twice")]
    refused = shop.refused(shop.draft("2", *lines), "submit_proposal", *codes)
    assert [one.got for one in refused.refusals] == ["audit", "gift", "course", "audit"]
    assert {one.clause for one in refused.refusals} == {"R38"}


def test_the_company_says_what_a_proposal_may_change():
    strict = Shop(price_change__composition="change_price, change_name")
    case_id = strict.draft("2", ChangeLine.remove(COURSE))
    [refusal] = strict.refused(case_id, "submit_proposal", "kind_not_allowed").refusals
    assert (refusal.need, refusal.got) == (("change_name", "change_price"), ("remove_item",))


def test_the_author_neither_endorses_nor_approves(shop):
    case_id = shop.draft(by=BORIS)
    shop.take(case_id, "submit_proposal", by=BORIS)
    shop.refused(case_id, "endorse_proposal", "same_person", by=BORIS)
    shop.take(case_id, "endorse_proposal")
    small = Shop(duties__separated=False)
    case_id = small.draft(by=BORIS)
    small.take(case_id, "submit_proposal", by=BORIS)
    assert small.take(case_id, "endorse_proposal", by=BORIS).stage == "awaiting_ceo"


def test_a_delegate_of_the_author_does_not_endorse_for_them():
    shop = Shop(delegations=[Delegation("boris", "irina", START.date(), START.date())])
    case_id = shop.draft(by=BORIS)
    shop.take(case_id, "submit_proposal", by=IRINA)
    assert shop.last(case_id).on_behalf_of == "boris"
    shop.refused(case_id, "endorse_proposal", "same_person")


def test_whoever_worked_on_a_proposal_for_an_absent_author_never_endorses_it():
    shop = Shop(delegations=[Delegation("anna", "irina", START.date(), START.date())])
    drafted, edited = shop.draft(by=IRINA), shop.draft("3")
    shop.take(edited, "edit_proposal", by=IRINA, lines=(DEARER,))
    shop.later(DAY)
    for case_id in (drafted, edited):
        assert (shop.case(case_id).data.author, shop.case(case_id).data.deputies) == ("anna", ("irina",))
        shop.take(case_id, "submit_proposal")
        shop.refused(case_id, "endorse_proposal", "same_person")
        assert shop.take(case_id, "endorse_proposal", by=BORIS).stage == "awaiting_ceo"


def test_head_and_general_director_return_or_reject_only_with_a_reason(shop):
    submitted = shop.submitted()
    for step in ("return_proposal", "reject_proposal"):
        shop.refused(submitted, step, "blank", reason=" ")
    shop.take(submitted, "return_proposal")
    assert shop.take(submitted, "submit_proposal").stage == "submitted"
    shop.take(submitted, "endorse_proposal")
    shop.take(submitted, "return_proposal", by=BOSS, reason="still too much")
    assert [one.outcome for one in shop.case(submitted).data.decisions] == [
        PriceOutcome.RETURNED,
        PriceOutcome.ENDORSED,
        PriceOutcome.RETURNED,
    ]
    assert shop.take(shop.endorsed("3"), "reject_proposal", by=BOSS).stage == "rejected"
    assert shop.take(shop.submitted("4"), "withdraw_proposal").stage == "withdrawn"


def test_whoever_read_other_prices_does_not_approve(shop):
    case_id = shop.endorsed()
    good = shop.case(case_id).data.content_hash
    [refusal] = shop.refused(case_id, "approve_proposal", "other_content", content_hash="0" * 64).refusals
    assert (refusal.clause, refusal.need, refusal.got) == ("R36", good, "0" * 64)
    assert shop.take(case_id, "approve_proposal", content_hash=good).stage == "approved"


# -- its clocks -------------------------------------------------------------------------------------------------------


def test_head_director_and_it_each_have_their_own_time(shop):
    case_id = shop.submitted()
    head = shop.owed(case_id)["price_change.head_decides"]
    assert (head.role, head.due) == ("head_of_commercial", moscow(4, "18:00"))
    shop.later(3 * DAY).take(case_id, "endorse_proposal")
    assert shop.closed(case_id) == {"price_change.head_decides": ObligationStatus.MET_LATE}
    shop.take(case_id, "approve_proposal")
    shop.take(case_id, "schedule_application", effective_from=shop.clock.now() + 7 * DAY)
    assert list(shop.owed(case_id)) == ["price_change.apply"]
    it = shop.owed(case_id)["price_change.apply"]
    assert (it.role, it.due) == ("it_staff", moscow(6, "18:00"))


# -- IT enters what was approved (R37) --------------------------------------------------------------------------------


def test_it_cannot_alter_the_content(shop):
    case_id = shop.approved()
    shop.take(case_id, "schedule_application")
    [refusal] = shop.refused(case_id, "apply_price_list", "other_content", content_hash="0" * 64).refusals
    assert refusal.clause == "R37"
    with pytest.raises(PayloadError, match="unknown"):
        shop.take(case_id, "apply_price_list", content_hash="", items=())


def test_applying_twice_is_applying_once(shop):
    case_id = shop.applied()
    before = shop.case(case_id).data
    shop.later(dt.timedelta(hours=1))
    shop.take(case_id, "apply_price_list", content_hash=before.content_hash)
    assert shop.case(case_id).data == before


def test_prices_do_not_change_in_the_past_unless_the_company_says_so(shop):
    case_id = shop.approved()
    early = START - DAY
    shop.refused(case_id, "schedule_application", "in_the_past", "before_its_base", effective_from=early)
    lenient = Shop(price_change__retroactive=True)
    lenient.later(3 * DAY)
    case_id = lenient.applied(after=-DAY)
    lenient.engine.tick()
    assert lenient.case(case_id).data.price_list.effective_from == START + 2 * DAY


def test_a_list_does_not_come_into_force_before_its_date(shop):
    case_id = shop.applied()
    shop.refused(case_id, "put_in_force", "too_early")
    shop.refused(case_id, "put_in_force", "wrong_role", "too_early", by=IGOR)
    shop.engine.tick()
    assert shop.stage(case_id) == "applied"


def test_a_list_entered_late_counts_from_the_instant_it_was_entered(shop):
    case_id = shop.approved()
    shop.take(case_id, "schedule_application", effective_from=START + DAY)
    shop.later(3 * DAY)
    shop.take(case_id, "apply_price_list", content_hash=shop.case(case_id).data.content_hash)
    shop.engine.tick()
    assert shop.case(case_id).data.price_list.effective_from == START + 3 * DAY


def test_a_tick_that_comes_late_does_not_move_the_date(shop):
    case_id = shop.applied()
    shop.later(5 * DAY)
    assert shop.engine.tick().fired == [(case_id, "comes_into_force")]
    assert shop.case(case_id).data.price_list.effective_from == START + DAY


def test_there_is_one_first_list(shop):
    [refusal] = shop.refused_to_begin("price_change", "adopt_base_list", "list_in_force", by=BOSS).refusals
    assert (refusal.clause, refusal.got) == ("R37", shop.base.id)
    wrong = {"version": " ", "items": (), "effective_from": START + DAY}
    shop.refused_to_begin("price_change", "adopt_base_list", "blank", "not_yet", "no_items", **wrong)
    shop.refused_to_begin("price_change", "adopt_base_list", "price_list_item_twice", items=(AUDIT, AUDIT))


# -- two proposals at once --------------------------------------------------------------------------------------------


def test_two_proposals_on_one_item_are_not_both_approved(store):
    first = store.approved("2", DEARER, ChangeLine.change(COURSE, price=Money(90)))
    second = store.endorsed("02", ChangeLine.remove(AUDIT), ChangeLine.change(COURSE, name="Seminar"))
    taken = ("version_taken", "item_in_another_proposal", "item_in_another_proposal")
    refusals = store.refused(second, "approve_proposal", *taken).refusals
    assert [one.got for one in refusals] == ["2", "AUDIT", "COURSE"]
    assert {one.facts["holder"] for one in refusals} == {first}
    store.take(first, "revoke_approval")
    assert store.take(second, "approve_proposal").stage == "approved"


def test_approved_prices_let_go_of_their_items_when_they_are_in_force(store):
    store.in_force()
    dearer_still = ChangeLine.change(attrs.evolve(AUDIT, price=Money(1200)), price=Money(1300))
    assert store.stage(store.approved("3", dearer_still)) == "approved"


def test_a_proposal_whose_base_was_superseded_is_rebased_before_it_is_approved(store):
    waiting = store.endorsed("3", ChangeLine.change(COURSE, price=Money(110)))
    store.refused(waiting, "rebase_proposal", "nothing_to_rebase", base=store.base.id)
    new = store.in_force()
    [refusal] = store.refused(waiting, "approve_proposal", "base_not_in_force").refusals
    assert (refusal.clause, refusal.got) == ("R36", "1")
    store.take(waiting, "rebase_proposal", base=new)
    store.take(waiting, "approve_proposal")
    assert store.prices(waiting) == {"audit": Money(1200), "course": Money(110)}


def test_what_no_longer_fits_is_not_rebased(shop):
    waiting = shop.endorsed("3", ChangeLine.change(COURSE, price=Money(110)))
    new = shop.in_force("2", ChangeLine.remove(COURSE))
    [refusal] = shop.refused(waiting, "rebase_proposal", "line_does_not_fit.missing", base=new).refusals
    assert (refusal.clause, refusal.got) == ("R38", "course")


def test_approved_prices_on_a_superseded_list_are_approved_anew(store):
    second = store.approved("3", ChangeLine.change(COURSE, price=Money(110)))
    new = store.in_force()
    again = store.case(second)
    assert (again.stage, again.data.base, again.data.approval) == ("awaiting_ceo", new, None)
    store.take(second, "approve_proposal")
    store.entered(second)
    store.later(DAY).engine.tick()
    assert store.stage(second) == "in_force"
    assert store.prices(second) == {"audit": Money(1200), "course": Money(110)}


def test_taking_a_change_back_is_a_new_proposal_for_the_general_director(store):
    gift = PriceItem("gift", "Gift", "pc", Money(1))
    new = store.in_force("2", DEARER, ChangeLine.remove(COURSE), ChangeLine.add(gift))
    back = store.begin("price_change", "revert_price_list", base=new)
    assert back.stage == "awaiting_ceo"
    store.take(back, "approve_proposal")
    assert store.prices(back.id) == {"audit": Money(1000), "course": Money(100)}


def test_the_first_list_is_not_taken_back(shop):
    given = {"base": shop.base.id, "version": "", "reason": ""}
    shop.refused_to_begin("price_change", "revert_price_list", "blank", "blank", "nothing_to_revert", **given)


# -- what becomes of open quotes --------------------------------------------------------------------------------------

SALE = (
    "start_price_negotiation",
    "complete_questionnaire",
    "confirm_client_readiness",
    "submit_for_approval",
    "approve_quote",
    "open_deal",
    "assign_specialist",
    "draft_contract",
    "obtain_ceo_signature",
)


def sale(shop: Shop, last: str, *items: PriceItem) -> str:
    """A sale that has come to some step, with a quote for some items at their list prices."""
    case_id = shop.begin("sale", "register_prospect").id
    lines = tuple(QuoteLine(item.code, item.price) for item in items or (AUDIT,))
    its_own = {
        "start_price_negotiation": {"base_version": "1", "lines": lines},
        "complete_questionnaire": {"answers": {}},
        "open_deal": {"number": case_id},
    }
    for step in SALE[: SALE.index(last) + 1]:
        shop.take(case_id, step, **its_own.get(step, {}))
    return case_id


def test_open_quotes_keep_their_prices_where_the_company_says_so():
    shop = Shop(price_change__open_quotes="keep")
    deal = sale(shop, "approve_quote")
    before = shop.case(deal)
    shop.in_force()
    assert shop.case(deal) == before


@pytest.mark.parametrize("reached", ["start_price_negotiation", "submit_for_approval", "approve_quote", "open_deal"])
def test_open_quotes_are_repriced_in_the_same_transaction(reached):
    shop = Shop(price_change__open_quotes="reprice")
    deal, other = sale(shop, reached), sale(shop, "approve_quote", COURSE)
    untouched = shop.case(other)
    shop.in_force()
    again = shop.case(deal)
    assert again.stage == "negotiating_price"
    assert (again.data.quote.base_version, again.data.quote.total) == ("2", Money(1200))
    assert (again.data.approval, again.data.readiness) == (None, None)
    assert shop.case(other) == untouched
    assert shop.last(deal).cause == shop.last(shop.base.id).id


def test_approved_quotes_are_approved_anew_where_the_company_says_so():
    shop = Shop(price_change__open_quotes="require_reapproval")
    approved, drafted = sale(shop, "draft_contract"), sale(shop, "start_price_negotiation")
    before = shop.case(drafted)
    shop.in_force()
    again = shop.case(approved)
    assert (again.stage, again.data.approval, again.data.contract) == ("negotiating_price", None, None)
    assert again.data.quote.total == Money(1000)
    assert shop.case(drafted) == before


@pytest.mark.parametrize("policy", ["reprice", "require_reapproval"])
def test_signed_contracts_always_keep_their_prices(policy):
    shop = Shop(price_change__open_quotes=policy)
    deal = sale(shop, "obtain_ceo_signature")
    before = shop.case(deal)
    shop.in_force()
    assert shop.case(deal) == before


def test_a_quoted_item_that_leaves_the_list_loses_the_approval_instead_of_a_price():
    shop = Shop(price_change__open_quotes="reprice")
    deal = sale(shop, "open_deal", COURSE)
    shop.in_force("2", ChangeLine.remove(COURSE))
    again = shop.case(deal)
    assert (again.stage, again.data.quote.base_version, again.data.approval) == ("negotiating_price", "1", None)
    # The deal has its number already, so a new approval leads on from where it stood.
    shop.take(deal, "revise_quote", lines=(QuoteLine("audit", Money(1000)),), base_version="2")
    shop.take(deal, "confirm_client_readiness", "submit_for_approval")
    assert shop.take(deal, "approve_quote").stage == "awaiting_assignment"


def test_a_list_comes_into_force_although_a_quote_would_mix_currencies():
    shop = Shop(price_change__open_quotes="reprice")
    deal = sale(shop, "start_price_negotiation", AUDIT, COURSE)
    before = shop.case(deal)
    shop.in_force("2", ChangeLine.change(AUDIT, price=Money(10, "EUR")))
    assert shop.case(deal) == before


def test_a_quote_is_made_from_the_list_in_force():
    shop = Shop(price_change__open_quotes="keep")
    deal = sale(shop, "start_price_negotiation")
    shop.in_force()
    late = shop.begin("sale", "register_prospect").id
    lines = (QuoteLine("audit", DEARER.new.price),)
    old = {"lines": lines, "base_version": "1"}
    [refusal] = shop.refused(late, "start_price_negotiation", "base_not_in_force", **old).refusals
    assert (refusal.need, refusal.got, refusal.clause) == ("2", "1", "R6")
    shop.take(late, "start_price_negotiation", lines=lines, base_version="2")
    # A quote that the company lets keep its old list moves to the one in force once it is revised.
    shop.refused(deal, "revise_quote", "base_not_in_force", **old)
    shop.refused(deal, "revise_quote", "base_not_in_force", lines=lines)
    assert shop.take(deal, "revise_quote", lines=lines, base_version="2").data.quote.base_version == "2"


def test_a_quote_names_listed_items_only_and_says_why_a_price_is_not_the_lists():
    shop = Shop()
    deal = shop.begin("sale", "register_prospect").id
    lines = (QuoteLine("audit", Money(1)), QuoteLine("nothing", Money(5)))
    codes = ("quote_line_off_list", "quote_line_unlisted")
    shop.refused(deal, "start_price_negotiation", *codes, lines=lines, base_version="1")
    friend = QuoteLine("audit", Money(1), reason="a pilot for the trade fair")
    shop.take(deal, "start_price_negotiation", lines=(friend,), base_version="1")
    [line] = shop.case(deal).data.quote.lines
    assert (line.price, line.list_price, line.reason) == (Money(1), AUDIT.price, "a pilot for the trade fair")


def test_a_quote_is_free_before_the_first_list_and_judged_by_the_list_in_force_when_it_is_approved():
    desk = Desk(staff=EVERYBODY, sale__questionnaire_keys="")
    deal = desk.begin("sale", "register_prospect").id
    lines = (QuoteLine("audit", Money(1)), QuoteLine("nothing", Money(5)))
    desk.take(deal, "start_price_negotiation", lines=lines)
    desk.take(deal, "complete_questionnaire", "confirm_client_readiness", "submit_for_approval")
    desk.begin("price_change", "adopt_base_list", version="1", items=(AUDIT, COURSE))
    desk.refused(deal, "approve_quote", "quote_line_off_list", "quote_line_unlisted")


@pytest.mark.parametrize("policy", ["keep", "reprice", "require_reapproval"])
def test_a_quote_that_waits_for_approval_goes_back_to_its_author_when_its_item_leaves_the_list(policy):
    shop = Shop(price_change__open_quotes=policy)
    deal = sale(shop, "start_price_negotiation")
    shop.take(deal, "complete_questionnaire", "confirm_client_readiness", "submit_for_approval")
    shop.applied("2", ChangeLine.remove(AUDIT))
    shop.later(DAY).engine.tick()
    assert shop.stage(deal) == "negotiating_price"
    assert shop.last(deal).step == "require_reapproval"
    assert "anna" in shop.told(deal)


def test_whoever_passed_a_proposal_on_does_not_approve_it_in_another_role_or_for_another():
    both = attrs.evolve(IRINA, roles=IRINA.roles | BOSS.roles)
    shop = Shop()
    shop.know(both)
    shop.refused(shop.endorsed(), "approve_proposal", "same_person", by=IRINA)
    shop.know(IRINA)
    shop.directory._delegations = (Delegation("boss", "irina", moscow(1).date(), moscow(28).date()),)
    shop.refused(shop.endorsed("3"), "approve_proposal", "same_person", by=IRINA)
    # Whom somebody stood in for has passed it on too.
    shop.directory._delegations = (Delegation("irina", "finn", moscow(1).date(), moscow(28).date()),)
    passed = shop.take(shop.submitted("4"), "endorse_proposal", by="finn")
    assert set(passed.data.hands) >= {"irina", "finn"}


def test_the_first_list_is_adopted_by_the_general_director_and_not_as_of_the_past():
    desk = Desk(staff=EVERYBODY)
    for person in ("igor", "irina", "anna"):
        desk.refused_to_begin("price_change", "adopt_base_list", "wrong_role", by=person)
    old = {"effective_from": moscow(2) - 36 * 365 * DAY}
    desk.refused_to_begin("price_change", "adopt_base_list", "in_the_past", **old)
    lenient = Desk(staff=EVERYBODY, price_change__retroactive=True)
    lenient.begin("price_change", "adopt_base_list", **old)


def test_the_price_book_knows_a_list_between_its_date_and_the_next_tick():
    shop = Shop()
    before = shop.clock.now()
    shop.later(dt.timedelta(hours=1)).applied("2", after=2 * DAY)
    known, begins = shop.clock.now(), shop.clock.now() + 2 * DAY
    shop.later(3 * DAY)  # and nobody ticks
    book = price_book(shop.engine)
    assert book.price("audit", at=shop.clock.now()) == DEARER.new.price
    assert book.price("audit", at=begins - dt.timedelta(microseconds=1)) == AUDIT.price
    assert book.price("audit", at=shop.clock.now(), known_at=before) == AUDIT.price
    shop.engine.tick()
    ticked = price_book(shop.engine)
    for at in (before, known, begins, shop.clock.now()):
        assert ticked.price("audit", at=at) == book.price("audit", at=at)


# -- prices as of an instant ------------------------------------------------------------------------------------------


HOURS = st.integers(0, 60)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3000), st.integers(1, 9), HOURS), min_size=1, max_size=4))
def test_one_list_is_in_force_at_every_moment_and_every_price_is_known_to_the_hour(changes):
    """However late the ticks come, and what was answered of the past as known then is never answered otherwise."""
    shop = Shop()
    expected, told = [(START, Money(1000))], []
    for number, (rubles, days, late) in enumerate(changes, start=2):
        old = shop.base.data.price_list.item("audit")
        price = Money(rubles if Money(rubles) != old.price else rubles + 5000)
        case_id = shop.applied(str(number), ChangeLine.change(old, price=price), after=days * DAY)
        expected.append((shop.clock.now() + days * DAY, price))
        shop.later(days * DAY + late * dt.timedelta(hours=1))
        for moment in range(2):  # before the tick as after it
            book = price_book(shop.engine)
            for since, right in expected:
                assert book.price("audit", at=since) == right
            told += [(since, shop.clock.now(), right) for since, right in expected if not moment]
            for since, known_at, right in told:
                assert book.price("audit", at=since, known_at=known_at) == right
            shop.engine.tick()
        shop.base = shop.case(case_id)
        assert len(shop.engine.cases(key="base_price_list.in_force")) == 1
    lists = [one.data.price_list for one in shop.engine.cases("price_change")]
    for since, _ in expected:
        assert sum(one.in_force(since) for one in lists) == 1
    assert shop.engine.verify() == ()


def test_the_system_acts_only_where_the_page_says(shop):
    assert {step.id for step in PriceChangeProcess.steps.values() if SYSTEM in step.by} == {
        "recall_proposal",
        "rebase_proposal",
        "put_in_force",
        "supersede_price_list",
    }
    shop.refused(shop.draft(), "submit_proposal", "wrong_role", by=SYSTEM_ACTOR)


def test_a_proposal_is_found_by_its_version_its_author_and_what_it_changes(shop):
    case_id = shop.draft("2026-2")
    for where in ({"version": "2026-2"}, {"author": "anna"}, {"item": "audit", "version": "2026-*"}):
        assert [one.id for one in shop.engine.cases("price_change", where=where)] == [case_id]


def test_a_guard_reads_the_parameters_of_the_page_that_a_case_runs_on_and_may_be_replaced_there():
    shop = Shop()
    draft = shop.case(shop.draft("2", DEARER, ChangeLine.change(COURSE, unit="group")))
    ours = msgspec.structs.replace(draft, process_version=2)
    command = OurPriceChange.submit_proposal()
    with pytest.raises(StepRefused) as refused:
        decide(command, ours, by=ANNA, at=shop.clock.now(), regulation=example(), related=[shop.base])
    assert [one.code for one in refused.value.refusals] == ["kind_not_allowed", "one_at_a_time"]
    machine = OurPriceChange.machine()(start_value="draft")
    attempt = Attempt(ours.id, "submit_proposal", ANNA, MANAGER.id, None, START, example(), Related([shop.base]))
    with pytest.raises(StepRefused) as drawn:
        machine.send("submit_proposal", data=ours.data, after=ours.data, attempt=attempt)
    assert drawn.value.refusals[0].code == "kind_not_allowed"


def test_an_approved_price_change_owes_its_date_in_time_and_it_owes_nothing_before(shop):
    case_id = shop.approved()
    assert list(shop.owed(case_id)) == ["price_change.set_date"]
    assert shop.owed(case_id)["price_change.set_date"].role == "head_of_commercial"
    shop.take(case_id, "schedule_application", effective_from=START + 7 * DAY)
    assert shop.closed(case_id)["price_change.set_date"] is ObligationStatus.MET


def test_a_price_change_waiting_for_approval_is_recalled_when_its_item_leaves_the_list(shop):
    waiting = shop.endorsed("3", ChangeLine.change(COURSE, price=Money(110)))
    shop.in_force("2", ChangeLine.remove(COURSE))
    assert (shop.stage(waiting), shop.last(waiting).step) == ("returned", "recall_proposal")
    shop.engine.tick()
    assert "anna" in shop.told(waiting)


def test_before_the_first_list_quotes_are_free_and_opening_the_engine_says_so(caplog):
    with caplog.at_level("INFO", logger="salesreg"):
        desk = Desk(staff=EVERYBODY)
    assert "no base price list was adopted yet" in caplog.text
    deal = desk.begin("sale", "register_prospect").id
    free = (QuoteLine("gift", Money(1)),)
    assert desk.take(deal, "start_price_negotiation", base_version="x", lines=free).data.quote.lines == free


def test_between_its_date_and_the_next_tick_a_list_binds_quotes_and_the_price_book(shop):
    case_id = shop.applied()
    shop.later(2 * DAY)
    assert shop.stage(case_id) == "applied"
    deal = shop.begin("sale", "register_prospect").id
    old, new = (QuoteLine("audit", Money(price)) for price in (1000, 1200))
    codes = ("base_not_in_force", "quote_line_off_list")
    shop.refused(deal, "start_price_negotiation", *codes, base_version="1", lines=(old,))
    shop.take(deal, "start_price_negotiation", base_version="2", lines=(new,))
    assert price_book(shop.engine).price("audit", at=shop.clock.now()) == Money(1200)
    shop.refused(case_id, "revoke_approval", "already_binding")


def test_one_list_at_a_time_waits_for_its_date(shop):
    shop.applied()
    second = shop.approved("3", ChangeLine.change(COURSE, price=Money(110)))
    shop.take(second, "schedule_application", effective_from=START + 3 * DAY)
    content = shop.case(second).data.content_hash
    shop.refused(second, "apply_price_list", "list_waiting", content_hash=content)


def test_a_price_is_answered_as_of_an_instant_as_known_at_another(shop):
    case_id = shop.applied(after=7 * DAY)
    shop.later(DAY)
    then, later = START + 8 * DAY, shop.clock.now()
    shop.take(case_id, "revoke_approval")
    book = price_book(shop.engine)
    assert book.price("audit", at=then, known_at=START) == Money(1200)
    assert book.price("audit", at=then, known_at=later) == book.price("audit", at=then) == Money(1000)


@pytest.mark.parametrize("line", [
    QuoteLine("audit", Money("1"), reason="\u200b"),
    QuoteLine("audit", Money("10000"), unit="month"),
])  # fmt: skip
def test_a_price_is_off_the_list_for_another_unit_too_and_a_reason_that_nobody_sees_is_none(line):
    desk = Desk()
    desk.begin("price_change", "adopt_base_list")
    desk.begin("sale", "register_prospect", case="D")
    desk.refused("D", "start_price_negotiation", "quote_line_off_list", lines=(line,))
    desk.take("D", "start_price_negotiation", lines=(attrs.evolve(line, reason="a pilot"),))


def test_nobody_writes_a_list_price_into_a_quote_where_there_is_no_list():
    desk = Desk()
    desk.begin("sale", "register_prospect", case="D")
    desk.take("D", "start_price_negotiation", lines=(QuoteLine("audit", Money("1"), list_price=Money("1")),))
    assert desk.case("D").data.quote.lines[0].list_price is None
