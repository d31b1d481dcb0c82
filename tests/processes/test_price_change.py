"""The base price list, as the regulation reads: who may change it, on whose word, and that one is always in force."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.adapters.memory import MemoryDirectory
from salesreg.domain.clients import ClientDraft
from salesreg.domain.money import Money
from salesreg.domain.people import SYSTEM, Delegation, Employee, Role
from salesreg.domain.price_changes import ChangeLine, PriceOutcome
from salesreg.domain.prices import PriceBook, PriceItem, QuoteLine
from salesreg.engine import ProcessEngine
from salesreg.errors import PayloadError, StepRefused
from salesreg.opening import open_engine
from salesreg.processes import Case, ObligationStatus
from salesreg.processes.price_change import PriceChange
from salesreg.regulations import example
from salesreg.testing import ManualClock

ANNA = Employee("anna", "Anna", [Role.SALES_MANAGER])
SVETA = Employee("sveta", "Sveta", [Role.SALES_MANAGER])
HEAD = Employee("head", "Irina", [Role.HEAD_OF_COMMERCIAL])
BOSS = Employee("boss", "Boss", [Role.CEO])
IGOR = Employee("igor", "Igor", [Role.IT_STAFF])
FINN = Employee("finn", "Finn", [Role.FINANCE])
PETR = Employee("petr", "Petr", [Role.COMMERCIAL_SPECIALIST])
BORIS = Employee("boris", "Boris", [Role.SALES_MANAGER, Role.HEAD_OF_COMMERCIAL])
EVERYBODY = (ANNA, SVETA, HEAD, BOSS, IGOR, FINN, PETR, BORIS)

AUDIT = PriceItem("audit", "Audit", "day", Money(1000))
COURSE = PriceItem("course", "Course", "person", Money(100), "from five people")
DEARER = ChangeLine.change(AUDIT, price=Money(1200))
START = dt.datetime(2026, 2, 2, 7, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@attrs.define
class Story:
    """A company with a base price list, and whoever usually acts."""

    engine: ProcessEngine
    clock: ManualClock
    base: Case[Any]

    def draft(self, version: str = "2", *lines: ChangeLine, by: str = "anna", **given: Any) -> str:
        payload = {"base": self.base.id, "rationale": "a rival is dearer", "lines": lines or (DEARER,), **given}
        return self.engine.start("price_change", step="draft_proposal", by=by, version=version, **payload).id

    def submitted(self, version: str = "2", *lines: ChangeLine) -> str:
        case_id = self.draft(version, *lines)
        self.take(case_id, "submit_proposal")
        return case_id

    def endorsed(self, version: str = "2", *lines: ChangeLine) -> str:
        case_id = self.submitted(version, *lines)
        self.take(case_id, "endorse_proposal", by="head")
        return case_id

    def approved(self, version: str = "2", *lines: ChangeLine) -> str:
        case_id = self.endorsed(version, *lines)
        self.take(case_id, "approve_proposal", by="boss")
        return case_id

    def applied(self, version: str = "2", *lines: ChangeLine, after: dt.timedelta = DAY) -> str:
        case_id = self.approved(version, *lines)
        self.take(case_id, "schedule_application", by="head", effective_from=self.clock.now() + after)
        self.take(case_id, "apply_price_list", by="igor", content_hash=self.case(case_id).data.content_hash)
        return case_id

    def in_force(self, version: str = "2", *lines: ChangeLine) -> str:
        case_id = self.applied(version, *lines)
        self.clock.advance(DAY)
        self.engine.tick()
        self.base = self.case(case_id)
        assert self.base.stage == "in_force"
        return case_id

    def take(self, case_id: str, step: str, by: str = "anna", **payload: Any) -> Case[Any]:
        return self.engine.perform(case_id, step, by=by, **payload)

    def case(self, case_id: str) -> Case[Any]:
        return self.engine.case(case_id)

    def refused(self, case_id: str, step: str, *codes: str, by: str = "anna", **payload: Any) -> StepRefused:
        before = self.case(case_id)
        with pytest.raises(StepRefused) as caught:
            self.take(case_id, step, by=by, **payload)
        assert tuple(one.code for one in caught.value.refusals) == codes
        for one in caught.value.refusals:
            assert one.ru != one.message
            assert one.clause.startswith("R")
            assert one.need is not None
            assert one.got is not None
        assert self.case(case_id) == before
        return caught.value


def company(url: str = "memory:", *, items: tuple[PriceItem, ...] = (AUDIT, COURSE), **values: Any) -> Story:
    values = {"sale.questionnaire_keys": ""} | {name.replace("__", "."): value for name, value in values.items()}
    regulation = example().with_settings(values)
    clock = ManualClock(START)
    engine = open_engine(url, regulation=regulation, directory=MemoryDirectory(EVERYBODY), clock=clock)
    return Story(
        engine, clock, engine.start("price_change", step="adopt_base_list", by="igor", version="1", items=items)
    )


@pytest.fixture(params=["memory:", "sqlite"])
def story(request, tmp_path):
    url = request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/prices.db"
    found = company(url)
    yield found
    assert found.engine.verify() == ()
    found.engine.close()


@pytest.fixture
def shop():
    return company()


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_is_whole():
    assert PriceChange.check() == ()


def test_the_stages_bear_their_russian_names():
    assert [stage.ru for stage in PriceChange.stages.values()] == [
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


# -- from a proposal to a list in force (R35–R37) ---------------------------------------------------------------------


def test_a_proposal_becomes_the_list_in_force_and_ends_the_one_before(story):
    case_id = story.in_force()
    new, old = story.case(case_id).data.price_list, story.engine.cases(process="price_change", stage="superseded")[0]
    assert new.item("audit").price == Money(1200)
    assert new.item("course") == COURSE
    assert old.data.price_list.effective_to == new.effective_from == START + DAY
    assert [one.id for one in story.engine.cases(key="base_price_list.in_force")] == [case_id]


def test_every_step_is_for_certain_people_only(shop):
    draft, submitted = shop.draft("d"), shop.submitted("s")
    endorsed = shop.endorsed("e", ChangeLine.change(COURSE, name="Seminar"))
    approved = shop.approved("a", ChangeLine.change(COURSE, unit="group"))
    may = {
        (draft, "submit_proposal"): {"anna"},
        (draft, "edit_proposal"): {"anna"},
        (submitted, "endorse_proposal"): {"head", "boris"},
        (submitted, "return_proposal"): {"head", "boris"},
        (submitted, "reject_proposal"): {"head", "boris"},
        (submitted, "withdraw_proposal"): {"anna"},
        (endorsed, "approve_proposal"): {"boss"},
        (endorsed, "return_proposal"): {"boss"},
        (approved, "schedule_application"): {"head", "boris"},
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
    shop.in_force()
    superseded = shop.engine.cases(process="price_change", stage="superseded")[0].id
    with pytest.raises(StepRefused) as caught:
        shop.draft("3", base=superseded)
    assert [one.code for one in caught.value.refusals] == ["base_not_in_force"]
    with pytest.raises(PayloadError, match="base: missing"):
        shop.engine.start("price_change", step="draft_proposal", by="anna", version="3")
    with pytest.raises(StepRefused, match="a name for the new list is required"):
        shop.draft(" ")


def test_a_proposal_without_a_market_rationale_or_a_change_is_not_submitted(shop):
    case_id = shop.draft(rationale=" ", lines=())
    shop.refused(case_id, "submit_proposal", "no_rationale", "no_lines")
    shop.take(case_id, "edit_proposal", rationale="demand", lines=(DEARER,))
    assert shop.take(case_id, "submit_proposal").stage == "submitted"


def test_every_line_that_does_not_fit_the_base_list_is_named(shop):
    gift = PriceItem("gift", "Gift", "piece", Money(1))
    other_price = ChangeLine.change(attrs.evolve(AUDIT, price=Money(5)), price=Money(6))
    lines = (other_price, ChangeLine.remove(gift), ChangeLine.add(COURSE), DEARER)
    said = shop.refused(shop.draft("2", *lines), "submit_proposal", *["line_does_not_fit"] * 4)
    assert [one.got for one in said.refusals] == ["audit", "gift", "course", "audit"]


def test_the_company_says_what_a_proposal_may_change(shop):
    strict = company(price_change__composition="change_price, change_name")
    refusal = strict.refused(strict.draft("2", ChangeLine.remove(COURSE)), "submit_proposal", "kind_not_allowed")
    assert refusal.refusals[0].got == ("remove_item",)


def test_the_author_neither_endorses_nor_approves(shop):
    case_id = shop.draft(by="boris")
    shop.take(case_id, "submit_proposal", by="boris")
    shop.refused(case_id, "endorse_proposal", "same_person", by="boris")
    shop.take(case_id, "endorse_proposal", by="head")
    small = company(duties__separated=False)
    case_id = small.draft(by="boris")
    small.take(case_id, "submit_proposal", by="boris")
    assert small.take(case_id, "endorse_proposal", by="boris").stage == "awaiting_ceo"


def test_a_delegate_of_the_author_does_not_endorse_for_them():
    absence = Delegation("boris", "head", START.date(), START.date())
    clock = ManualClock(START)
    people = MemoryDirectory(EVERYBODY, [absence])
    engine = open_engine("memory:", regulation=example(), directory=people, clock=clock)
    base = engine.start("price_change", step="adopt_base_list", by="igor", version="1", items=(AUDIT,))
    story = Story(engine, clock, base)
    case_id = story.draft(by="boris")
    story.take(case_id, "submit_proposal", by="head")
    assert engine.history(case_id)[-1].on_behalf_of == "boris"
    story.refused(case_id, "endorse_proposal", "same_person", by="head")


def test_whoever_worked_on_a_proposal_for_an_absent_author_never_endorses_it():
    absence = Delegation("anna", "head", START.date(), START.date())
    clock = ManualClock(START)
    people = MemoryDirectory(EVERYBODY, [absence])
    engine = open_engine("memory:", regulation=example(), directory=people, clock=clock)
    base = engine.start("price_change", step="adopt_base_list", by="igor", version="1", items=(AUDIT,))
    story = Story(engine, clock, base)
    drafted, edited = story.draft(by="head"), story.draft("3")
    story.take(edited, "edit_proposal", by="head", rationale="a rival is dearer", lines=(DEARER,))
    clock.advance(DAY)
    for case_id in (drafted, edited):
        assert (story.case(case_id).data.author, story.case(case_id).data.deputies) == ("anna", ("head",))
        story.take(case_id, "submit_proposal")
        story.refused(case_id, "endorse_proposal", "same_person", by="head")
        assert story.take(case_id, "endorse_proposal", by="boris").stage == "awaiting_ceo"


def test_head_and_general_director_return_or_reject_only_with_a_reason(shop):
    submitted = shop.submitted()
    for step in ("return_proposal", "reject_proposal"):
        shop.refused(submitted, step, "no_reason", by="head", reason=" ")
    shop.take(submitted, "return_proposal", by="head", reason="too much")
    assert shop.take(submitted, "submit_proposal").stage == "submitted"
    shop.take(submitted, "endorse_proposal", by="head")
    shop.take(submitted, "return_proposal", by="boss", reason="still too much")
    assert [one.outcome for one in shop.case(submitted).data.decisions] == [
        PriceOutcome.RETURNED,
        PriceOutcome.ENDORSED,
        PriceOutcome.RETURNED,
    ]
    assert shop.take(shop.endorsed("3"), "reject_proposal", by="boss", reason="no").stage == "rejected"
    assert shop.take(shop.submitted("4"), "withdraw_proposal").stage == "withdrawn"


def test_whoever_read_other_prices_does_not_approve(shop):
    case_id = shop.endorsed()
    shop.refused(case_id, "approve_proposal", "other_content", by="boss", content_hash="0" * 64)
    good = shop.case(case_id).data.content_hash
    assert shop.take(case_id, "approve_proposal", by="boss", content_hash=good).stage == "approved"


# -- its clocks -------------------------------------------------------------------------------------------------------


def test_head_director_and_it_each_have_their_own_time(shop):
    case_id = shop.submitted()
    owed = {(one.norm, str(one.role), one.due) for one in shop.engine.obligations(case=case_id)}
    assert owed == {("price_change.head_decides", "head_of_commercial", dt.datetime(2026, 2, 4, 15, tzinfo=dt.UTC))}
    shop.clock.advance(3 * DAY)
    shop.take(case_id, "endorse_proposal", by="head")
    assert [one.status for one in shop.engine.obligations(case=case_id, status="met_late")] == [
        ObligationStatus.MET_LATE
    ]
    shop.take(case_id, "approve_proposal", by="boss")
    shop.take(case_id, "schedule_application", by="head", effective_from=shop.clock.now() + 7 * DAY)
    (it,) = shop.engine.obligations(case=case_id, status="open")
    assert (it.norm, it.role, it.due) == (
        "price_change.apply",
        Role.IT_STAFF,
        dt.datetime(2026, 2, 6, 15, tzinfo=dt.UTC),
    )


# -- IT enters what was approved (R37) --------------------------------------------------------------------------------


def test_it_cannot_alter_the_content(shop):
    case_id = shop.approved()
    shop.take(case_id, "schedule_application", by="head", effective_from=START + DAY)
    shop.refused(case_id, "apply_price_list", "other_content", by="igor", content_hash="0" * 64)
    with pytest.raises(PayloadError, match="unknown"):
        shop.take(case_id, "apply_price_list", by="igor", content_hash="", items=())


def test_applying_twice_is_applying_once(shop):
    case_id = shop.applied()
    before = shop.case(case_id).data
    shop.clock.advance(dt.timedelta(hours=1))
    shop.take(case_id, "apply_price_list", by="igor", content_hash=before.content_hash)
    assert shop.case(case_id).data == before


def test_prices_do_not_change_in_the_past_unless_the_company_says_so(shop):
    case_id = shop.approved()
    shop.refused(
        case_id, "schedule_application", "in_the_past", "before_its_base", by="head", effective_from=START - DAY
    )
    lenient = company(price_change__retroactive=True)
    lenient.clock.advance(3 * DAY)
    case_id = lenient.applied(after=-DAY)
    lenient.engine.tick()
    assert lenient.case(case_id).data.price_list.effective_from == START + 2 * DAY


def test_a_list_does_not_come_into_force_before_its_date(shop):
    case_id = shop.applied()
    shop.refused(case_id, "put_in_force", "too_early", by="system")
    shop.refused(case_id, "put_in_force", "wrong_role", "too_early", by="igor")
    shop.engine.tick()
    assert shop.case(case_id).stage == "applied"


def test_a_list_entered_late_counts_from_the_instant_it_was_entered(shop):
    case_id = shop.approved()
    shop.take(case_id, "schedule_application", by="head", effective_from=START + DAY)
    shop.clock.advance(3 * DAY)
    shop.take(case_id, "apply_price_list", by="igor", content_hash=shop.case(case_id).data.content_hash)
    shop.engine.tick()
    assert shop.case(case_id).data.price_list.effective_from == START + 3 * DAY


def test_a_tick_that_comes_late_does_not_move_the_date(shop):
    case_id = shop.applied()
    shop.clock.advance(5 * DAY)
    assert shop.engine.tick().fired == [(case_id, "comes_into_force")]
    assert shop.case(case_id).data.price_list.effective_from == START + DAY


def test_there_is_one_first_list(shop):
    with pytest.raises(StepRefused) as caught:
        shop.engine.start("price_change", step="adopt_base_list", by="boss", version="9", items=(AUDIT,))
    assert [one.code for one in caught.value.refusals] == ["list_in_force"]
    fresh = company()
    with pytest.raises(StepRefused) as caught:
        fresh.engine.start(
            "price_change",
            step="adopt_base_list",
            by="igor",
            version=" ",
            items=(),
            effective_from=START + DAY,
        )
    assert [one.code for one in caught.value.refusals] == ["not_yet", "no_items", "bad_list"]


# -- two proposals at once --------------------------------------------------------------------------------------------


def test_two_proposals_on_one_item_are_not_both_approved(story):
    first = story.approved("2", DEARER, ChangeLine.change(COURSE, price=Money(90)))
    second = story.endorsed("2", ChangeLine.remove(AUDIT), ChangeLine.change(COURSE, name="Seminar"))
    said = story.refused(
        second,
        "approve_proposal",
        "version_taken",
        "item_in_another_proposal",
        "item_in_another_proposal",
        by="boss",
    )
    assert [one.got for one in said.refusals] == ["2", "audit", "course"]
    assert all(first in one.message for one in said.refusals)
    story.take(first, "revoke_approval", by="boss", reason="wait")
    assert story.take(second, "approve_proposal", by="boss").stage == "approved"


def test_approved_prices_let_go_of_their_items_when_they_are_in_force(story):
    story.in_force()
    dearer_still = ChangeLine.change(attrs.evolve(AUDIT, price=Money(1200)), price=Money(1300))
    assert story.case(story.approved("3", dearer_still)).stage == "approved"


def test_a_proposal_whose_base_was_superseded_is_rebased_before_it_is_approved(story):
    waiting = story.endorsed("3", ChangeLine.change(COURSE, price=Money(110)))
    story.refused(waiting, "rebase_proposal", "nothing_to_rebase", base=story.base.id)
    new = story.in_force()
    story.refused(waiting, "approve_proposal", "base_not_in_force", by="boss")
    story.take(waiting, "rebase_proposal", base=new)
    story.take(waiting, "approve_proposal", by="boss")
    assert {item.code: item.price for item in story.case(waiting).data.items} == {
        "audit": Money(1200),
        "course": Money(110),
    }


def test_what_no_longer_fits_is_not_rebased(shop):
    waiting = shop.endorsed("3", ChangeLine.change(COURSE, price=Money(110)))
    new = shop.in_force("2", ChangeLine.remove(COURSE))
    shop.refused(waiting, "rebase_proposal", "line_does_not_fit", base=new)


def test_approved_prices_on_a_superseded_list_are_approved_anew(story):
    second = story.approved("3", ChangeLine.change(COURSE, price=Money(110)))
    new = story.in_force()
    again = story.case(second)
    assert (again.stage, again.data.base, again.data.approval) == ("awaiting_ceo", new, None)
    story.take(second, "approve_proposal", by="boss")
    story.take(second, "schedule_application", by="head", effective_from=story.clock.now() + DAY)
    story.take(second, "apply_price_list", by="igor", content_hash=story.case(second).data.content_hash)
    story.clock.advance(DAY)
    story.engine.tick()
    prices = {item.code: item.price for item in story.case(second).data.price_list.items}
    assert prices == {"audit": Money(1200), "course": Money(110)}


def test_taking_a_change_back_is_a_new_proposal_for_the_general_director(story):
    new = story.in_force(
        "2", DEARER, ChangeLine.remove(COURSE), ChangeLine.add(PriceItem("gift", "Gift", "pc", Money(1)))
    )
    back = story.engine.start(
        "price_change", step="revert_price_list", by="head", base=new, version="3", reason="the rival gave in"
    )
    assert back.stage == "awaiting_ceo"
    story.take(back.id, "approve_proposal", by="boss")
    assert {item.code: item.price for item in story.case(back.id).data.items} == {
        "audit": Money(1000),
        "course": Money(100),
    }


def test_the_first_list_is_not_taken_back(shop):
    with pytest.raises(StepRefused) as caught:
        shop.engine.start("price_change", step="revert_price_list", by="head", base=shop.base.id, version="", reason="")
    assert [one.code for one in caught.value.refusals] == ["no_version", "no_reason", "nothing_to_revert"]


# -- what becomes of open quotes --------------------------------------------------------------------------------------


def sale(shop: Story, last: str, item: PriceItem = AUDIT) -> str:
    engine, line = shop.engine, QuoteLine(item.code, item.price)
    client = ClientDraft("PAO Sberbank", inn="7707083893", kpp="773601001")
    case_id = engine.start("sale", by="anna", source="fair", client=client, manager="anna").id
    usual: dict[str, tuple[str, dict[str, Any]]] = {
        "start_price_negotiation": ("anna", {"contact_ref": "c", "base_version": "1", "lines": (line,)}),
        "complete_questionnaire": ("anna", {"meeting": "m", "answers": {}}),
        "confirm_client_readiness": ("anna", {"evidence": "e"}),
        "submit_for_approval": ("anna", {}),
        "approve_quote": ("head", {}),
        "open_deal": ("igor", {"number": case_id, "existing": None}),
        "assign_specialist": ("head", {"specialist": "petr", "contact_email": "a@example.com"}),
        "draft_contract": ("finn", {"number": "C-1", "template_version": "t"}),
        "obtain_ceo_signature": ("finn", {"signed_by": "boss"}),
    }
    names = list(usual)
    for step in names[: names.index(last) + 1]:
        by, payload = usual[step]
        engine.perform(case_id, step, by=by, **payload)
    return case_id


def test_open_quotes_keep_their_prices_where_the_company_says_so():
    shop = company(price_change__open_quotes="keep")
    deal = sale(shop, "approve_quote")
    before = shop.case(deal)
    shop.in_force()
    assert shop.case(deal) == before


@pytest.mark.parametrize("reached", ["start_price_negotiation", "submit_for_approval", "approve_quote", "open_deal"])
def test_open_quotes_are_repriced_in_the_same_transaction(reached):
    shop = company(price_change__open_quotes="reprice")
    deal, other = sale(shop, reached), sale(shop, "approve_quote", item=COURSE)
    untouched = shop.case(other)
    shop.in_force()
    again = shop.case(deal)
    assert again.stage == "negotiating_price"
    assert (again.data.quote.base_version, again.data.quote.total) == ("2", Money(1200))
    assert (again.data.approval, again.data.readiness) == (None, None)
    assert shop.case(other) == untouched
    assert shop.engine.history(deal)[-1].cause == shop.engine.history(shop.base.id)[-1].id


def test_approved_quotes_are_approved_anew_where_the_company_says_so():
    shop = company(price_change__open_quotes="require_reapproval")
    approved, drafted = sale(shop, "draft_contract"), sale(shop, "start_price_negotiation")
    before = shop.case(drafted)
    shop.in_force()
    again = shop.case(approved)
    assert (again.stage, again.data.approval, again.data.contract) == ("negotiating_price", None, None)
    assert again.data.quote.total == Money(1000)
    assert shop.case(drafted) == before


@pytest.mark.parametrize("policy", ["reprice", "require_reapproval"])
def test_signed_contracts_always_keep_their_prices(policy):
    shop = company(price_change__open_quotes=policy)
    deal = sale(shop, "obtain_ceo_signature")
    before = shop.case(deal)
    shop.in_force()
    assert shop.case(deal) == before


def test_a_quoted_item_that_leaves_the_list_loses_the_approval_instead_of_a_price():
    shop = company(price_change__open_quotes="reprice")
    deal = sale(shop, "open_deal", item=COURSE)
    shop.in_force("2", ChangeLine.remove(COURSE))
    again = shop.case(deal)
    assert (again.stage, again.data.quote.base_version, again.data.approval) == ("negotiating_price", "1", None)
    # The deal has its number already, so a new approval leads on from where it stood.
    for step, payload in (
        ("revise_quote", {"lines": (QuoteLine("audit", Money(1000)),), "base_version": "2"}),
        ("confirm_client_readiness", {"evidence": "e"}),
        ("submit_for_approval", {}),
    ):
        shop.take(deal, step, **payload)
    assert shop.take(deal, "approve_quote", by="head").stage == "awaiting_assignment"


def test_a_list_comes_into_force_although_a_quote_would_mix_currencies():
    shop = company(price_change__open_quotes="reprice")
    deal = sale(shop, "start_price_negotiation")
    both = (QuoteLine("audit", AUDIT.price), QuoteLine("course", COURSE.price))
    shop.take(deal, "revise_quote", lines=both)
    before = shop.case(deal)
    shop.in_force("2", ChangeLine.change(AUDIT, price=Money(10, "EUR")))
    assert shop.case(deal) == before


def test_a_quote_is_made_from_the_list_in_force():
    shop = company(price_change__open_quotes="keep")
    deal = sale(shop, "start_price_negotiation")
    shop.in_force()
    client = ClientDraft("PAO Sberbank", inn="7707083893", kpp="773601001")
    late = shop.engine.start("sale", by="anna", source="fair", client=client).id
    talk = {"contact_ref": "c", "lines": (QuoteLine("audit", Money(1000)),)}
    [refusal] = shop.refused(late, "start_price_negotiation", "base_not_in_force", base_version="1", **talk).refusals
    assert (refusal.need, refusal.got, refusal.clause) == ("2", "1", "R6")
    shop.take(late, "start_price_negotiation", base_version="2", **talk)
    # A quote that the company lets keep its old list is revised on it, and moves to no list but the one in force.
    lines = (QuoteLine("audit", Money(900)),)
    for base, after in ((None, "1"), ("1", "1"), ("2", "2")):
        assert shop.take(deal, "revise_quote", lines=lines, base_version=base).data.quote.base_version == after
    shop.refused(deal, "revise_quote", "base_not_in_force", lines=lines, base_version="1")


# -- prices as of an instant ------------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3000), st.integers(1, 9)), min_size=1, max_size=4))
def test_one_list_is_in_force_at_every_moment_and_every_price_is_known_to_the_hour(changes):
    shop = company()
    expected = [(START, Money(1000))]
    for number, (rubles, days) in enumerate(changes, start=2):
        old = shop.base.data.price_list.item("audit")
        price = Money(rubles if Money(rubles) != old.price else rubles + 5000)
        case_id = shop.applied(str(number), ChangeLine.change(old, price=price), after=days * DAY)
        expected.append((shop.clock.now() + days * DAY, price))
        shop.clock.advance(days * DAY)
        shop.engine.tick()
        shop.base = shop.case(case_id)
        assert len(shop.engine.cases(key="base_price_list.in_force")) == 1
    lists = [one.data.price_list for one in shop.engine.cases(process="price_change")]
    book = PriceBook(lists)
    for since, price in expected:
        assert book.price("audit", since) == price
        assert sum(one.in_force(since) for one in lists) == 1
    assert shop.engine.verify() == ()


def test_the_system_acts_only_where_the_page_says(shop):
    assert {step.id for step in PriceChange.steps.values() if Role.SYSTEM in step.by} == {
        "rebase_proposal",
        "put_in_force",
        "supersede_price_list",
    }
    shop.refused(shop.draft(), "submit_proposal", "wrong_role", by=SYSTEM.id)
