"""The regulation itself, as it reads: discussed, checked, acknowledged by each person, and only then their duty."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.adapters.memory import MemoryDirectory
from salesreg.domain.money import Money
from salesreg.domain.people import Delegation, Employee, Role
from salesreg.domain.plans import CompensationPlan
from salesreg.domain.prices import PriceItem
from salesreg.domain.regulations import Method, NormText, is_chargeable
from salesreg.engine import ProcessEngine
from salesreg.errors import PayloadError, StepRefused
from salesreg.opening import open_engine
from salesreg.processes import Case, ObligationStatus
from salesreg.processes.regulation_version import RegulationVersion
from salesreg.regulations import example
from salesreg.testing import ManualClock, RecordingNotifier

ROP = Employee("rop", "Roman", [Role.HEAD_OF_SALES], email="rop@example.com")
BOSS = Employee("boss", "Boss", [Role.CEO], email="boss@example.com")
ANNA = Employee("anna", "Anna", [Role.SALES_MANAGER], email="anna@example.com")
SVETA = Employee("sveta", "Sveta", [Role.SALES_MANAGER], email="sveta@example.com")
FINN = Employee("finn", "Finn", [Role.FINANCE], email="finn@example.com")
HILDA = Employee("hilda", "Hilda", [Role.HR], email="hilda@example.com")
NEW = Employee("nina", "Nina", [Role.SALES_MANAGER], email="nina@example.com")
IGOR = Employee("igor", "Igor", [Role.IT_STAFF], email="igor@example.com")
EVERYBODY = (ROP, BOSS, ANNA, SVETA, FINN, HILDA, NEW, IGOR)
TEAM = ("anna", "sveta", "finn")

START = dt.datetime(2026, 2, 2, 7, tzinfo=dt.UTC)  # a Monday, 10:00 in Moscow
DAY = dt.timedelta(days=1)


def rule(name: str, text: str = "Do it.", *roles: Role, **given: Any) -> NormText:
    usual = {"clause": "R91", "control": "the record", "metric": "K6"}
    return NormText(name, text, "Делай.", binds=roles, **{**usual, **given})


CALL_BACK = rule("calls.back", "Call every client back.", Role.SALES_MANAGER, term="30 working minutes")
ISSUE = rule("finance.issue", "Issue the invoice.", Role.FINANCE, term="30 working minutes")
GREET = NormText("calls.greet", "Smile.", "Улыбайся.", strength="recommendation", clause="R88")
NORMS = (CALL_BACK, ISSUE, GREET)


@attrs.define
class Story:
    """A company that writes its regulation, and whoever usually acts."""

    engine: ProcessEngine
    clock: ManualClock
    notifier: RecordingNotifier

    def draft(self, number: str = "1.0", norms: tuple[NormText, ...] = NORMS, **given: Any) -> str:
        if "previous" in given:
            given.setdefault("changelog", "what is new")
        return self.engine.start("regulation_version", by="rop", number=number, norms=norms, **given).id

    def discussed(self, number: str = "1.0", norms: tuple[NormText, ...] = NORMS, **given: Any) -> str:
        case_id = self.draft(number, norms, **given)
        self.take(case_id, "open_discussion", people=TEAM)
        return case_id

    def approved(self, number: str = "1.0", norms: tuple[NormText, ...] = NORMS, **given: Any) -> str:
        case_id = self.discussed(number, norms, **given)
        self.clock.advance(10 * DAY)
        self.take(case_id, "approve_version", by="boss")
        return case_id

    def published(self, number: str = "1.0", norms: tuple[NormText, ...] = NORMS, **given: Any) -> str:
        case_id = self.approved(number, norms, **given)
        self.take(case_id, "publish_version", effective_from=self.clock.now() + 7 * DAY, people=TEAM)
        return case_id

    def in_force(self, number: str = "1.0", norms: tuple[NormText, ...] = NORMS, **given: Any) -> str:
        case_id = self.published(number, norms, **given)
        self.clock.advance(7 * DAY)
        self.engine.tick()
        assert self.case(case_id).stage == "in_force"
        return case_id

    def sign(self, case_id: str, *people: str) -> None:
        for person in people:
            self.take(case_id, "acknowledge", by=person, content_hash=self.case(case_id).data.content_hash)

    def take(self, case_id: str, step: str, by: str = "rop", **payload: Any) -> Case[Any]:
        return self.engine.perform(case_id, step, by=by, **payload)

    def case(self, case_id: str) -> Case[Any]:
        return self.engine.case(case_id)

    def owed(self, case_id: str) -> dict[str, dt.datetime | None]:
        return {one.person: one.due for one in self.case(case_id).obligations if one.person is not None}

    def told(self, case_id: str, template: str) -> set[str]:
        return {one.to for one in self.notifier.delivered if (one.case, one.template) == (case_id, template)}

    def refused(self, case_id: str, step: str, *codes: str, by: str = "rop", **payload: Any) -> StepRefused:
        before = self.case(case_id)
        with pytest.raises(StepRefused) as caught:
            self.take(case_id, step, by=by, **payload)
        assert tuple(one.code for one in caught.value.refusals) == codes
        for one in caught.value.refusals:
            assert one.ru
            assert one.clause.startswith("R")
            assert one.need is not None
            assert one.got is not None
        assert self.case(case_id) == before
        return caught.value


def company(url: str = "memory:", delegations: tuple[Delegation, ...] = (), **values: Any) -> Story:
    regulation = example().with_settings({name.replace("__", "."): value for name, value in values.items()})
    clock, notifier = ManualClock(START), RecordingNotifier()
    people = MemoryDirectory(EVERYBODY, delegations)
    engine = open_engine(url, regulation=regulation, directory=people, clock=clock, notifier=notifier)
    return Story(engine, clock, notifier)


@pytest.fixture(params=["memory:", "sqlite"])
def story(request, tmp_path):
    found = company(request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/norms.db")
    yield found
    assert found.engine.verify() == ()
    found.engine.close()


@pytest.fixture
def firm():
    return company()


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_is_whole():
    assert RegulationVersion.check() == ()


# -- a draft and its discussion (R82, R83) ----------------------------------------------------------------------------


def test_a_version_goes_from_draft_to_force_and_is_superseded_by_the_next(story):
    first = story.in_force()
    assert story.engine.cases(key="regulation.in_force")[0].id == first
    second = story.in_force("2.0", (attrs.evolve(CALL_BACK, term="20 working minutes"), ISSUE, GREET), previous=first)
    assert story.case(first).stage == "superseded"
    assert story.case(first).data.effective_to == story.case(second).data.effective_from
    assert [one.id for one in story.engine.cases(key="regulation.in_force")] == [second]


def test_a_first_version_needs_norms_and_a_number_and_a_next_one_a_changelog_and_what_is_in_force(firm):
    with pytest.raises(StepRefused) as caught:
        firm.draft("one", ())
    assert [one.code for one in caught.value.refusals] == ["bad_version", "no_norms"]
    first = firm.published()
    with pytest.raises(StepRefused) as caught:
        firm.draft("2.0", previous=first, changelog=" ")
    assert [one.code for one in caught.value.refusals] == ["no_changelog", "not_in_force"]


def test_those_invited_comment_while_the_discussion_is_open(firm):
    case_id = firm.draft()
    firm.refused(case_id, "open_discussion", "nobody_affected", people=())
    opened = firm.take(case_id, "open_discussion", people=TEAM)
    assert opened.data.comments_until == dt.datetime(2026, 2, 9, 15, tzinfo=dt.UTC)
    firm.engine.tick()
    assert firm.told(case_id, "open_discussion") == set(TEAM)
    firm.take(case_id, "comment", by="anna", text="30 minutes is short", norm="calls.back")
    assert firm.take(case_id, "comment", by="igor", text="fine").data.comments[0].norm == "calls.back"
    firm.refused(case_id, "comment", "no_comment", "no_such_norm", by="anna", text=" ", norm="calls.fly")
    firm.clock.advance(8 * DAY)
    firm.refused(case_id, "comment", "window_closed", by="anna", text="late")


def test_the_draft_is_revised_until_it_is_approved(firm):
    case_id = firm.discussed()
    firm.refused(case_id, "revise_version", "no_changelog", "bad_version", norms=NORMS, changelog=" ", number="x")
    firm.take(case_id, "revise_version", norms=(CALL_BACK,), changelog="shorter", number="1.1")
    assert firm.case(case_id).data.norms == (CALL_BACK,)
    firm.clock.advance(10 * DAY)
    firm.take(case_id, "approve_version", by="boss")
    firm.refused(case_id, "revise_version", "wrong_stage", norms=NORMS, changelog="more")


# -- the check before approval (R85, R91, R93, R101) ------------------------------------------------------------------


def test_a_text_that_nobody_could_keep_is_not_approved_and_every_finding_is_named(firm):
    bad = (
        rule("a", "Ask.", control=" "),
        rule("b", "Answer.", metric=""),
        rule("c", "Write.", term="1 business day"),
        rule("d", "Do that.", Role.FINANCE, left_open="d.term"),
        rule("e", "Send it.", Role.FINANCE, term="1 business day"),
        rule("f", "send  it", Role.FINANCE, term="2 business days"),
        rule("g", " ", Role.FINANCE),
    )
    plan = CompensationPlan("manager", "1", schedule="Mon-Fri")
    case_id = firm.discussed("1.0", bad, plans=(plan,))
    firm.clock.advance(10 * DAY)
    said = firm.refused(
        case_id,
        "approve_version",
        "no_control",
        "no_metric",
        "no_actor",
        "no_deadline",
        "no_action",
        "contradiction",
        *["incomplete_plan"] * 8,
        by="boss",
    )
    assert {one.got for one in said.refusals} == {"a", "b", "c", "d", "g", "f", "plan.manager"}


def test_a_department_is_not_drowned_in_pages_where_a_limit_is_set():
    firm = company(regulation__page_limit=1)
    case_id = firm.discussed("1.0", (rule("a", "Do it. " * 400, Role.FINANCE),))
    firm.clock.advance(10 * DAY)
    assert firm.refused(case_id, "approve_version", "too_long", by="boss").refusals[0].got == "finance"


def test_nobody_approves_their_own_draft_or_another_text_or_before_the_discussion_ends(firm):
    case_id = firm.discussed()
    firm.refused(case_id, "approve_version", "still_discussed", "other_text", by="boss", content_hash="0" * 64)
    firm.clock.advance(10 * DAY)
    firm.refused(case_id, "approve_version", "wrong_role", "same_person", by="rop")


def test_a_minor_version_changes_no_rule_and_numbers_go_up(firm):
    first = firm.in_force("1.3")
    lower = firm.discussed("1.2", previous=first)
    minor = firm.discussed("1.4", (attrs.evolve(CALL_BACK, text="Write back."), ISSUE, GREET), previous=first)
    fine = firm.discussed("1.5", (CALL_BACK, ISSUE, attrs.evolve(GREET, text="Smile wide.")), previous=first)
    firm.clock.advance(10 * DAY)
    firm.refused(lower, "approve_version", "number_not_higher", by="boss")
    assert firm.refused(minor, "approve_version", "rule_in_minor_version", by="boss").refusals[0].got == ("calls.back",)
    assert firm.take(fine, "approve_version", by="boss").stage == "approved"


def test_no_two_versions_have_one_number_and_no_two_are_in_force(firm):
    firm.in_force()
    twin = firm.discussed("1.0")
    firm.clock.advance(10 * DAY)
    firm.refused(twin, "approve_version", "number_taken", by="boss")
    second = firm.published("2.0")
    firm.clock.advance(7 * DAY)
    report = firm.engine.tick()
    assert report.failed[0][:2] == (second, "comes_into_force")
    firm.take(second, "withdraw_version", reason="names no predecessor")
    assert firm.case(second).stage == "withdrawn"


# -- publication and acknowledgement (R83, R84, R99) ------------------------------------------------------------------


def test_publication_starts_a_clock_for_each_person_the_rules_bind(firm):
    case_id = firm.approved("1.0", (CALL_BACK, ISSUE))
    now = firm.clock.now()
    people = (*TEAM, "igor")
    firm.take(case_id, "publish_version", effective_from=now + 7 * DAY, people=people)
    due = dt.datetime(2026, 2, 17, 15, tzinfo=dt.UTC)  # three business days from Thursday the 12th
    assert firm.owed(case_id) == dict.fromkeys(TEAM, due)
    assert len({one.id for one in firm.case(case_id).obligations}) == 3
    firm.engine.tick()
    assert firm.told(case_id, "publish_version") == set(TEAM)


def test_whoever_does_not_acknowledge_is_reminded_and_their_breach_is_theirs_alone(firm):
    case_id = firm.published()
    firm.sign(case_id, "anna", "finn")
    firm.clock.advance(6 * DAY)
    firm.engine.tick()
    assert firm.told(case_id, "overdue") == {"sveta"}
    assert [one.person for one in firm.engine.obligations(case=case_id, status="breached")] == ["sveta"]
    firm.sign(case_id, "sveta")
    closed = {one.person: one.status for one in firm.engine.obligations(case=case_id)}
    assert closed == {"anna": ObligationStatus.MET, "finn": ObligationStatus.MET, "sveta": ObligationStatus.MET_LATE}


def test_a_different_text_is_not_acknowledged_nor_the_same_twice(firm):
    case_id = firm.published()
    firm.refused(case_id, "acknowledge", "other_text", by="anna", content_hash="0" * 64)
    firm.sign(case_id, "anna")
    good = firm.case(case_id).data.content_hash
    firm.refused(case_id, "acknowledge", "already_acknowledged", by="anna", content_hash=good)
    with pytest.raises(PayloadError, match="content_hash: missing"):
        firm.take(case_id, "acknowledge", by="sveta")


def test_a_question_stops_the_askers_own_clock_until_it_is_answered(firm):
    case_id = firm.published()
    before = firm.owed(case_id)
    firm.take(case_id, "raise_question", by="anna", text="Also on Sundays?")
    assert firm.owed(case_id) == {**before, "anna": None}
    firm.refused(case_id, "raise_question", "no_question", "nothing_asked_of_them", by="igor", text=" ")
    firm.clock.advance(DAY)
    firm.refused(case_id, "answer_question", "no_answer", "no_question", employee="sveta", answer=" ")
    firm.take(case_id, "answer_question", employee="anna", answer="No.")
    assert firm.owed(case_id) == {**before, "anna": before["anna"] + DAY}
    firm.engine.tick()
    assert firm.told(case_id, "answer_question") == {"anna"}


def test_whoever_asks_and_then_acknowledges_has_met_it(firm):
    case_id = firm.published()
    firm.take(case_id, "raise_question", by="anna", text="Also on Sundays?")
    firm.sign(case_id, "anna")
    assert "anna" not in firm.owed(case_id)


def test_the_company_may_let_the_clock_run_on_while_a_question_is_open():
    firm = company(regulation_version__question_pauses=False)
    case_id = firm.published()
    before = firm.owed(case_id)
    firm.take(case_id, "raise_question", by="anna", text="Also on Sundays?")
    assert firm.owed(case_id) == before


def test_a_version_that_changes_no_rule_of_theirs_is_carried_over(firm):
    first = firm.in_force()
    firm.sign(first, "anna", "finn")
    signed = firm.case(first).data.acknowledgement("anna").acknowledged_at
    second = firm.published("2.0", (CALL_BACK, attrs.evolve(ISSUE, term="20 working minutes"), GREET), previous=first)
    assert set(firm.owed(second)) == {"finn", "sveta"}  # Sveta never acknowledged the first
    anna = firm.case(second).data.acknowledgement("anna")
    assert (anna.method, anna.acknowledged_at) == (Method.CARRIED_OVER, signed)


def test_newcomers_are_asked_when_they_come(firm):
    case_id = firm.in_force()
    firm.take(case_id, "ask_to_acknowledge", by="hilda", people=("nina", "anna"))
    assert {"anna", "sveta", "finn", "nina"} == set(firm.owed(case_id))
    firm.refused(case_id, "ask_to_acknowledge", "nobody_affected", by="hilda", people=())


def test_nothing_comes_into_force_before_its_date_or_as_of_yesterday(firm):
    case_id = firm.approved()
    yesterday = firm.clock.now() - DAY
    firm.refused(case_id, "publish_version", "in_the_past", "nobody_affected", effective_from=yesterday, people=())
    firm.take(case_id, "publish_version", effective_from=firm.clock.now() + DAY, people=TEAM)
    firm.refused(case_id, "put_in_force", "too_early", by="system")


def test_a_version_is_withdrawn_with_a_reason_before_it_is_in_force(firm):
    case_id = firm.published()
    firm.refused(case_id, "withdraw_version", "no_reason", reason=" ")
    assert firm.take(case_id, "withdraw_version", reason="the law has changed").stage == "withdrawn"
    assert not firm.case(case_id).obligations
    firm.refused(firm.in_force(), "withdraw_version", "wrong_stage", reason="tired of it")


def test_the_regulation_is_reviewed_again_and_again(firm):
    case_id = firm.in_force()
    case = firm.case(case_id)
    (owed,) = [one for one in case.obligations if one.norm == "regulation_version.review"]
    assert owed.role is Role.HEAD_OF_SALES
    assert owed.due == case.data.review_due
    firm.refused(case_id, "record_review", "no_summary", summary=" ")
    firm.clock.advance(100 * DAY)
    again = firm.take(case_id, "record_review", summary="as it is done")
    (owed,) = [one for one in again.obligations if one.norm == "regulation_version.review"]
    assert owed.due == again.data.review_due > case.data.review_due


# -- who answers for what (R84, R88) ----------------------------------------------------------------------------------


def test_only_a_rule_in_force_that_was_acknowledged_before_is_chargeable(firm):
    case_id = firm.in_force()
    firm.sign(case_id, "anna")
    version, at = firm.case(case_id).data, firm.clock.now()
    later = at + DAY

    def reasons(norm, who, when, **given):
        return [one.code for one in is_chargeable(version, norm, who, when, **given).reasons]

    assert is_chargeable(version, "calls.back", "anna", later).chargeable
    assert reasons("calls.back", "anna", at) == ["not_acknowledged"]
    assert reasons("calls.back", "sveta", later) == ["not_acknowledged"]
    assert reasons("calls.greet", "anna", later) == ["not_a_rule"]
    assert reasons("finance.issue", "anna", later) == ["not_bound"]
    assert reasons("calls.fly", "nobody", START) == ["no_such_norm", "not_in_force", "not_acknowledged"]
    assert reasons("calls.back", "anna", later, roles=[Role.FINANCE]) == ["not_bound"]


# -- nobody acts before they know the rules (R98) ---------------------------------------------------------------------


def test_nobody_acts_in_a_role_before_acknowledging_its_rules_where_the_company_says_so():
    firm = company(duties__acknowledge_first=True)
    case_id = firm.published()
    sale = {"source": "fair", "client": {"legal_name": "OOO Romashka"}}
    firm.engine.start("sale", by="anna", **sale)  # no version is in force yet, so there is nothing to know
    firm.clock.advance(7 * DAY)
    firm.engine.tick()
    with pytest.raises(StepRefused) as caught:
        firm.engine.start("sale", by="anna", **sale)
    assert [(one.code, one.clause) for one in caught.value.refusals] == [("not_acknowledged", "R84")]
    assert caught.value.refusals[0].ru
    firm.sign(case_id, "anna")
    firm.engine.start("sale", by="anna", **sale)
    assert all(not one.allowed for one in firm.engine.available(firm.engine.cases(process="sale")[0], by="sveta"))


def test_whoever_is_not_bound_by_any_rule_has_nothing_to_acknowledge():
    firm = company(duties__acknowledge_first=True)
    firm.in_force("1.0", (CALL_BACK,))
    item = PriceItem("audit", "Audit", "day", Money(1000))
    firm.engine.start("price_change", step="adopt_base_list", by="igor", version="1", items=(item,))


def test_a_deputy_acknowledges_the_rules_of_the_role_they_stand_in_for():
    absence = Delegation("anna", "igor", START.date(), START.date() + 60 * DAY)
    firm = company(delegations=(absence,), duties__acknowledge_first=True)
    case_id = firm.in_force()
    sale = {"source": "fair", "client": {"legal_name": "OOO Romashka"}}
    firm.sign(case_id, "anna")
    with pytest.raises(StepRefused, match="has not acknowledged"):
        firm.engine.start("sale", by="igor", **sale)
    text = firm.case(case_id).data.content_hash
    firm.take(case_id, "acknowledge", by="igor", content_hash=text, roles=("sales_manager",))
    begun = firm.engine.start("sale", by="igor", **sale)
    assert firm.engine.history(begun)[-1].on_behalf_of == "anna"


def test_whoever_worked_on_the_text_does_not_approve_it():
    firm = company(delegations=(Delegation("rop", "boss", START.date(), START.date()),))
    case_id = firm.discussed()
    firm.take(case_id, "revise_version", by="boss", norms=NORMS, changelog="clearer words")
    firm.clock.advance(10 * DAY)
    assert (firm.case(case_id).data.author, firm.case(case_id).data.writers) == ("rop", ("boss",))
    firm.refused(case_id, "approve_version", "same_person", by="boss")


def test_the_gate_is_open_unless_the_company_closes_it(firm):
    firm.in_force()
    firm.engine.start("sale", by="anna", source="fair", client={"legal_name": "OOO Romashka"})


# -- invariants -------------------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["anna", "sveta", "finn", "ask anna", "answer anna", "wait"]), max_size=8))
def test_whoever_is_asked_either_owes_an_acknowledgement_or_has_given_it(acts):
    firm = company()
    case_id = firm.published()
    for act in acts:
        try:
            if act == "wait":
                firm.clock.advance(DAY)
            elif act == "ask anna":
                firm.take(case_id, "raise_question", by="anna", text="why?")
            elif act == "answer anna":
                firm.take(case_id, "answer_question", employee="anna", answer="so.")
            else:
                firm.sign(case_id, act)
        except StepRefused:
            continue
        version = firm.case(case_id).data
        assert set(firm.owed(case_id)) == set(version.awaited)
        for person, due in firm.owed(case_id).items():
            assert (due is None) is (person in version.asking)
    assert firm.engine.verify() == ()
