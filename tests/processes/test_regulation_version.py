"""The regulation itself, as it reads: discussed, checked, acknowledged by each person, and only then their duty."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.adapters.memory import MemoryDirectory, MemoryStore
from salesreg.commercial import COMMERCIAL, commercial_service, example, open_engine
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.plans import CompensationPlan
from salesreg.commercial.domain.prices import PriceItem
from salesreg.commercial.domain.versions import Method, is_chargeable
from salesreg.commercial.processes.regulation_version import RegulationVersionProcess
from salesreg.commercial.roles import FINANCE, HEAD_OF_SALES, MANAGER
from salesreg.errors import ParameterNotSet, PayloadError, StepRefused
from salesreg.process import ObligationStatus
from salesreg.rules import Delegation, Employee, NormText, Role
from salesreg.testing.commercial import ANNA, BOSS, IGOR, ROMAN, STAFF, SVETA, Desk, moscow

NINA = Employee("nina", "Nina", [MANAGER])
TEAM = ("anna", "sveta", "finn")
DAY = dt.timedelta(days=1)
NOTICE = 14 * DAY


def rule(name: str, text: str = "Do it.", *roles: Role, **given: Any) -> NormText:
    usual = {"clause": "R91", "control": "the record", "metric": "K6"}
    return NormText(name, text, {"ru": f"Делай: {text}"}, binds=roles, **{**usual, **given})


CALL_BACK = rule("calls.back", "Call every client back.", MANAGER, term="30 working minutes")
ISSUE = rule("finance.issue", "Issue the invoice.", FINANCE, term="30 working minutes")
GREET = NormText("calls.greet", "Smile.", {"ru": "Улыбайся."}, strength="recommendation", clause="R88")
NORMS = (CALL_BACK, ISSUE, GREET)


class Firm(Desk):
    """A company that writes its regulation."""

    def draft(self, number: str = "1.0", norms: tuple[NormText, ...] = NORMS, **given: Any) -> str:
        if "previous" in given:
            given.setdefault("changelog", "what is new")
        given |= {"number": number, "norms": norms}
        return self.begin("regulation_version", "draft_version", **given).id

    def discussed(self, number: str = "1.0", norms: tuple[NormText, ...] = NORMS, **given: Any) -> str:
        case_id = self.draft(number, norms, **given)
        self.take(case_id, "open_discussion", people=TEAM)
        return case_id

    def approved(self, number: str = "1.0", norms: tuple[NormText, ...] = NORMS, **given: Any) -> str:
        case_id = self.discussed(number, norms, **given)
        self.later(10 * DAY)
        self.take(case_id, "approve_version")
        return case_id

    def published(self, number: str = "1.0", norms: tuple[NormText, ...] = NORMS, **given: Any) -> str:
        case_id = self.approved(number, norms, **given)
        self.take(case_id, "publish_version", effective_from=self.clock.now() + NOTICE, people=TEAM)
        return case_id

    def in_force(self, number: str = "1.0", norms: tuple[NormText, ...] = NORMS, **given: Any) -> str:
        case_id = self.published(number, norms, **given)
        self.later(NOTICE)
        self.engine.tick()
        assert self.stage(case_id) == "in_force"
        return case_id

    def sign(self, case_id: str, *people: str) -> None:
        for person in people:
            self.take(case_id, "acknowledge", by=person, content_hash=self.case(case_id).data.content_hash)

    def owed_by(self, case_id: str) -> dict[str, dt.datetime | None]:
        """By when each person owes it; None while their clock stands still."""
        mine = [one for one in self.case(case_id).obligations if one.person is not None]
        return {one.person: None if one.status is ObligationStatus.PAUSED else one.due for one in mine}

    def sent(self, case_id: str, template: str) -> set[str]:
        return {one.to for one in self.notifier.delivered if (one.case, one.template) == (case_id, template)}


@pytest.fixture(params=["memory:", "sqlite"])
def story(request, tmp_path):
    found = Firm(request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/norms.db")
    yield found
    assert found.engine.verify() == ()
    found.engine.close()


@pytest.fixture
def firm():
    return Firm(staff=(*STAFF, NINA))


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_is_whole():
    assert RegulationVersionProcess.check() == ()


# -- a draft and its discussion (R82, R83) ----------------------------------------------------------------------------


def test_a_version_goes_from_draft_to_force_and_is_superseded_by_the_next(story):
    first = story.in_force()
    assert story.engine.cases(key="regulation.in_force")[0].id == first
    second = story.in_force("2.0", (attrs.evolve(CALL_BACK, term="20 working minutes"), ISSUE, GREET), previous=first)
    assert story.stage(first) == "superseded"
    assert story.case(first).data.effective_to == story.case(second).data.effective_from
    assert [one.id for one in story.engine.cases(key="regulation.in_force")] == [second]


def test_a_version_is_found_by_its_number_and_its_author(firm):
    first, second = firm.draft("1.0"), firm.draft("1.1")
    found = firm.engine.cases("regulation_version", where={"number": "1.1"})
    assert [one.id for one in found] == [second]
    assert {one.id for one in firm.engine.cases("regulation_version", where={"author": "roman"})} == {first, second}


def test_a_first_version_needs_norms_and_a_number_and_a_next_one_a_changelog_and_what_is_in_force(firm):
    firm.refused_to_begin("regulation_version", "draft_version", "no_norms", "version_number", number="one", norms=())
    first = firm.published()
    firm.refused_to_begin(
        "regulation_version", "draft_version", "no_changelog", "not_in_force", previous=first, changelog=" "
    )


def test_those_invited_comment_while_the_discussion_is_open(firm):
    case_id = firm.draft()
    firm.refused(case_id, "open_discussion", "nobody_affected", people=())
    firm.refused(case_id, "open_discussion", "nobody", people=("anna", "ghost"))
    opened = firm.take(case_id, "open_discussion", people=TEAM)
    assert opened.data.comments_until == dt.datetime(2026, 2, 9, 15, tzinfo=dt.UTC)
    assert firm.told(case_id) == set(TEAM)
    firm.take(case_id, "comment", text="30 minutes is short", norm="calls.back")
    assert firm.take(case_id, "comment", by=IGOR, text="fine").data.comments[0].norm == "calls.back"
    firm.refused(case_id, "comment", "blank", "no_such_norm", text=" ", norm="calls.fly")
    firm.later(8 * DAY)
    firm.refused(case_id, "comment", "window_closed")


def test_the_draft_is_revised_until_it_is_approved(firm):
    case_id = firm.discussed()
    firm.refused(case_id, "revise_version", "blank", "version_number", changelog=" ", number="x")
    firm.take(case_id, "revise_version", norms=(CALL_BACK,), changelog="shorter", number="1.1")
    assert firm.case(case_id).data.norms == (CALL_BACK,)
    firm.later(10 * DAY)
    firm.take(case_id, "approve_version")
    firm.refused(case_id, "revise_version", "wrong_stage")


# -- the check before approval (R85, R91, R93, R101) ------------------------------------------------------------------


def test_a_text_that_nobody_could_keep_is_not_approved_and_every_finding_is_named(firm):
    bad = (
        rule("a", "Ask.", control=" "),
        rule("b", "Answer.", metric=""),
        rule("c", "Write.", term="1 business day"),
        rule("d", "Do that.", FINANCE, left_open="d.term"),
        rule("e", "Send it.", FINANCE, term="1 business day"),
        rule("f", "send  it", FINANCE, term="2 business days"),
        rule("g", " ", FINANCE),
    )
    plan = CompensationPlan("manager", "1", schedule="Mon-Fri")
    case_id = firm.discussed("1.0", bad, plans=(plan,))
    firm.later(10 * DAY)
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
    )
    assert {one.got for one in said.refusals} == {"a", "b", "c", "d", "g", "f", "plan.manager"}
    assert "«порядок отгулов»" in str(said.reasons("ru"))


def test_a_norm_that_says_two_things_is_not_approved(firm):
    case_id = firm.discussed("1.0", (CALL_BACK, attrs.evolve(CALL_BACK, text="Write to every client.")))
    firm.later(10 * DAY)
    firm.refused(case_id, "approve_version", "two_texts")


def test_a_department_is_not_drowned_in_pages_where_a_limit_is_set():
    firm = Firm(regulation__page_limit=1)
    case_id = firm.discussed("1.0", (rule("a", "Do it. " * 400, FINANCE),))
    firm.later(10 * DAY)
    assert firm.refused(case_id, "approve_version", "too_long").refusals[0].got == "finance"


def test_nobody_approves_their_own_draft_or_another_text_or_before_the_discussion_ends(firm):
    case_id = firm.discussed()
    firm.refused(case_id, "approve_version", "still_discussed", "other_text", content_hash="0" * 64)
    firm.later(10 * DAY)
    firm.refused(case_id, "approve_version", "wrong_role", "same_person", by=ROMAN)


def test_a_minor_version_changes_no_rule_and_numbers_go_up(firm):
    first = firm.in_force("1.3")
    lower = firm.discussed("1.2", previous=first)
    minor = firm.discussed("1.4", (attrs.evolve(CALL_BACK, text="Write back."), ISSUE, GREET), previous=first)
    fine = firm.discussed("1.5", (CALL_BACK, ISSUE, attrs.evolve(GREET, text="Smile wide.")), previous=first)
    firm.later(10 * DAY)
    assert firm.refused(lower, "approve_version", "number_not_higher").refusals[0].clause == "R82"
    assert firm.refused(minor, "approve_version", "rule_in_minor_version").refusals[0].got == ("calls.back",)
    assert firm.take(fine, "approve_version").stage == "approved"


def test_no_two_versions_have_one_number_and_no_two_are_in_force(firm):
    firm.in_force()
    twin = firm.discussed("1.0")
    firm.later(10 * DAY)
    firm.refused(twin, "approve_version", "number_taken")
    second = firm.published("2.0")
    firm.later(NOTICE)
    report = firm.engine.tick()
    assert report.failed[0][:2] == (second, "comes_into_force")
    firm.refused(second, "put_in_force", "version_in_force")
    firm.take(second, "withdraw_version", reason="names no predecessor")
    assert firm.stage(second) == "withdrawn"


# -- publication and acknowledgement (R83, R84, R99) ------------------------------------------------------------------


def test_publication_starts_a_clock_for_each_person_the_rules_bind(firm):
    case_id = firm.approved("1.0", (CALL_BACK, ISSUE))
    now = firm.clock.now()
    firm.take(case_id, "publish_version", effective_from=now + NOTICE, people=("igor",))
    due = dt.datetime(2026, 2, 17, 15, tzinfo=dt.UTC)  # three business days from Thursday the 12th
    assert firm.owed_by(case_id) == dict.fromkeys((*TEAM, "nina"), due)
    assert len({one.id for one in firm.case(case_id).obligations}) == 4
    assert firm.told(case_id) == {*TEAM, "nina"}


def test_a_version_is_published_to_everybody_whom_its_rules_bind_whoever_is_named(firm):
    case_id = firm.approved("1.0", (CALL_BACK,))
    firm.take(case_id, "publish_version", effective_from=firm.clock.now() + NOTICE, people=("anna",))
    assert set(firm.owed_by(case_id)) == {"anna", "sveta", "nina"}


def test_a_regulation_may_be_published_before_anybody_whom_it_binds_is_hired(firm):
    case_id = firm.approved("1.0", (rule("a", "Do it.", MANAGER),))
    firm.know(*(attrs.evolve(one, left_on=moscow(5).date()) for one in (ANNA, SVETA, NINA)))
    firm.take(case_id, "publish_version", effective_from=firm.clock.now() + NOTICE, people=())
    assert firm.case(case_id).data.readers == ()


def test_an_approved_version_is_owed_its_publication_in_time(firm):
    case_id = firm.approved()
    owed = firm.owed(case_id)["regulation_version.publish"]
    assert (owed.role, owed.clause, owed.term) == ("head_of_sales", "R83", "5 business days")
    firm.later(owed.due - firm.clock.now() + DAY)
    firm.take(case_id, "publish_version", effective_from=firm.clock.now() + NOTICE, people=TEAM)
    assert firm.closed(case_id)["regulation_version.publish"] is ObligationStatus.MET_LATE


def test_whoever_does_not_acknowledge_is_reminded_and_their_breach_is_theirs_alone(firm):
    case_id = firm.published()
    firm.sign(case_id, "anna", "finn", "nina")
    firm.later(6 * DAY)
    firm.engine.tick()
    assert firm.sent(case_id, "overdue") == {"sveta"}
    assert [one.person for one in firm.engine.obligations(case=case_id, status="breached")] == ["sveta"]
    firm.sign(case_id, "sveta")
    readers = firm.engine.obligations(case=case_id, norm="regulation_version.acknowledge")
    closed = {one.person: one.status for one in readers}
    on_time = dict.fromkeys(("anna", "finn", "nina"), ObligationStatus.MET)
    assert closed == {**on_time, "sveta": ObligationStatus.MET_LATE}


def test_a_different_text_is_not_acknowledged_nor_the_same_twice(firm):
    case_id = firm.published()
    firm.refused(case_id, "acknowledge", "other_text", content_hash="0" * 64)
    firm.sign(case_id, "anna")
    good = firm.case(case_id).data.content_hash
    firm.refused(case_id, "acknowledge", "already_acknowledged", content_hash=good)
    with pytest.raises(PayloadError, match="content_hash: missing"):
        firm.take(case_id, "acknowledge", by=SVETA)


def test_a_question_stops_the_askers_own_clock_until_it_is_answered(firm):
    case_id = firm.published()
    before = firm.owed_by(case_id)
    firm.take(case_id, "raise_question")
    assert firm.owed_by(case_id) == {**before, "anna": None}
    firm.refused(case_id, "raise_question", "nothing_asked_of_them", "blank", by=IGOR, text=" ")
    firm.later(DAY)
    firm.refused(case_id, "answer_question", "blank", "no_question", employee="sveta", answer=" ")
    firm.take(case_id, "answer_question")
    assert firm.owed_by(case_id) == {**before, "anna": before["anna"] + DAY}
    assert firm.told(case_id) == {"anna"}


def test_whoever_asks_and_then_acknowledges_has_met_it(firm):
    case_id = firm.published()
    firm.take(case_id, "raise_question")
    firm.sign(case_id, "anna")
    assert "anna" not in firm.owed_by(case_id)


def test_the_company_may_let_the_clock_run_on_while_a_question_is_open():
    firm = Firm(regulation_version__question_pauses=False)
    case_id = firm.published()
    before = firm.owed_by(case_id)
    firm.take(case_id, "raise_question")
    assert firm.owed_by(case_id) == before


def test_a_version_that_changes_no_rule_of_theirs_is_carried_over(firm):
    first = firm.in_force()
    firm.sign(first, "anna", "finn")
    signed = firm.case(first).data.acknowledged_at("anna")
    second = firm.published("2.0", (CALL_BACK, attrs.evolve(ISSUE, term="20 working minutes"), GREET), previous=first)
    assert set(firm.owed_by(second)) == {"finn", "sveta", "nina"}  # two never acknowledged the first
    [anna] = firm.case(second).data.acknowledged_by("anna")
    assert (anna.method, anna.acknowledged_at) == (Method.CARRIED_OVER, signed)


def test_newcomers_are_asked_when_they_come(firm):
    case_id = firm.in_force()
    firm.know(Employee("emil", "Emil", [MANAGER]))
    firm.take(case_id, "ask_to_acknowledge", people=("emil", "anna"))
    assert {"anna", "sveta", "finn", "nina", "emil"} == set(firm.owed_by(case_id))
    firm.refused(case_id, "ask_to_acknowledge", "nobody_affected", people=())


def test_whoever_is_given_a_role_later_is_asked_for_it_by_the_clock_and_keeps_what_they_had_acknowledged(story):
    case_id = story.in_force()
    story.sign(case_id, "anna")
    before = story.case(case_id).data.acknowledged_at("anna")
    story.know(attrs.evolve(ANNA, roles=[MANAGER, FINANCE]))
    story.later(3 * DAY)
    story.engine.tick()
    assert story.owed_by(case_id).keys() == {"anna", "sveta", "finn"}
    assert story.told(case_id) == {"anna"}
    version = story.case(case_id).data
    assert version.unacknowledged("anna", [MANAGER.id, FINANCE.id]) == {FINANCE.id}
    assert is_chargeable(version, "calls.back", "anna", story.clock.now()).chargeable
    assert not is_chargeable(version, "finance.issue", "anna", story.clock.now()).chargeable
    story.sign(case_id, "anna")
    version = story.case(case_id).data
    assert version.acknowledged_at("anna") == before
    assert is_chargeable(version, "finance.issue", "anna", story.clock.now() + DAY).chargeable


def test_nobody_is_asked_twice_by_the_clock(firm):
    case_id = firm.in_force()
    firm.sign(case_id, "anna")
    asked, owed = firm.case(case_id).data.acknowledgements, firm.owed_by(case_id)
    firm.later(5 * DAY)
    report = firm.engine.tick()
    assert (case_id, "somebody_joins") not in report.fired
    assert not report.failed
    assert firm.case(case_id).data.acknowledgements == asked
    assert firm.owed_by(case_id) == owed


def test_days_on_which_nobody_joins_leave_no_event_and_whoever_joins_later_is_asked(firm):
    case_id = firm.in_force()
    firm.later(DAY).engine.tick()
    events = firm.engine.history(case_id)
    for _ in range(30):
        assert not firm.later(DAY).engine.tick().failed
    assert firm.engine.history(case_id) == events
    assert firm.engine.verify() == ()
    firm.know(Employee("newt", "Newt", [MANAGER]))
    assert (case_id, "somebody_joins") in firm.later(5 * DAY).engine.tick().fired
    assert "newt" in firm.owed_by(case_id)
    firm.refused(case_id, "ask_joined", "nobody_joined")


def test_somebody_is_asked_before_their_first_day():
    soon = Employee("soon", "Soon", [MANAGER], hired_on=dt.date(2026, 12, 1))
    firm = Firm(staff=(*STAFF, soon))
    case_id = firm.in_force()
    firm.take(case_id, "ask_to_acknowledge", people=("soon",))
    assert "soon" in firm.owed_by(case_id)


def test_nothing_comes_into_force_before_its_date_or_as_of_yesterday(firm):
    case_id = firm.approved()
    yesterday = firm.clock.now() - DAY
    firm.refused(case_id, "publish_version", "short_notice", effective_from=yesterday)
    firm.take(case_id, "publish_version", effective_from=firm.clock.now() + NOTICE)
    firm.refused(case_id, "put_in_force", "too_early")


def test_a_version_is_withdrawn_with_a_reason_before_it_is_in_force(firm):
    case_id = firm.published()
    firm.refused(case_id, "withdraw_version", "blank", reason=" ")
    assert firm.take(case_id, "withdraw_version").stage == "withdrawn"
    assert not firm.case(case_id).obligations
    firm.refused(firm.in_force(), "withdraw_version", "wrong_stage", reason="tired of it")


def test_the_regulation_is_reviewed_again_and_again(firm):
    case_id = firm.in_force()
    case = firm.case(case_id)
    owed = firm.owed(case_id)["regulation_version.review"]
    assert owed.role == HEAD_OF_SALES.id
    assert owed.due == case.data.review_due == dt.datetime(2027, 2, 26, 15, tzinfo=dt.UTC)  # twelve months later
    firm.refused(case_id, "record_review", "blank", summary=" ")
    firm.later(100 * DAY)
    again = firm.take(case_id, "record_review")
    owed = firm.owed(case_id)["regulation_version.review"]
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
    assert reasons("calls.back", "anna", at) == ["not_acknowledged.then"]
    assert reasons("calls.back", "sveta", later) == ["not_acknowledged.then"]
    assert reasons("calls.greet", "anna", later) == ["not_a_rule"]
    assert reasons("finance.issue", "anna", later) == ["not_bound"]
    assert reasons("calls.fly", "nobody", moscow(2)) == ["no_such_norm", "not_in_force.then", "not_acknowledged.then"]
    assert reasons("calls.back", "anna", later, roles=[FINANCE.id]) == ["not_bound"]
    for one in is_chargeable(version, "calls.fly", "nobody", moscow(2)).reasons:
        assert firm.engine.texts.refusal(one, "ru") != firm.engine.texts.refusal(one)


# -- nobody acts before they know the rules (R98) ---------------------------------------------------------------------


def test_nobody_acts_in_a_role_before_acknowledging_its_rules_where_the_company_says_so():
    firm = Firm(duties__acknowledge_first=True)
    case_id = firm.published()
    firm.begin("sale", "register_prospect")  # no version is in force yet, so there is nothing to know
    firm.later(NOTICE)
    firm.engine.tick()
    said = firm.refused_to_begin("sale", "register_prospect", "not_acknowledged")
    assert said.refusals[0].clause == "R84"
    firm.sign(case_id, "anna")
    sale = firm.begin("sale", "register_prospect")
    assert all(not one.allowed for one in firm.engine.available(sale, by=SVETA))


def test_whoever_is_not_bound_by_any_rule_has_nothing_to_acknowledge():
    firm = Firm(duties__acknowledge_first=True)
    firm.in_force("1.0", (CALL_BACK,))
    item = PriceItem("audit", "Audit", "day", Money(1000))
    firm.begin("price_change", "adopt_base_list", by=BOSS, version="1", items=(item,))


def test_a_deputy_acknowledges_the_rules_of_the_role_they_stand_in_for():
    absence = Delegation("anna", "igor", moscow(2).date(), moscow(2).date() + 60 * DAY)
    firm = Firm(delegations=(absence,), duties__acknowledge_first=True)
    case_id = firm.in_force()
    firm.sign(case_id, "anna")
    firm.refused_to_begin("sale", "register_prospect", "not_acknowledged", by=IGOR)
    text = firm.case(case_id).data.content_hash
    firm.take(case_id, "acknowledge", by=IGOR, content_hash=text, roles=("sales_manager",))
    begun = firm.begin("sale", "register_prospect", by=IGOR)
    assert firm.engine.history(begun)[-1].on_behalf_of == "anna"


def test_whoever_worked_on_the_text_does_not_approve_it():
    firm = Firm(delegations=(Delegation("roman", "boss", moscow(2).date(), moscow(2).date()),))
    case_id = firm.discussed()
    firm.take(case_id, "revise_version", by=BOSS)
    firm.later(10 * DAY)
    assert (firm.case(case_id).data.author, firm.case(case_id).data.writers) == ("roman", ("boss",))
    firm.refused(case_id, "approve_version", "same_person")


def test_the_gate_is_closed_unless_the_company_opens_it(firm):
    firm.in_force()
    firm.refused_to_begin("sale", "register_prospect", "not_acknowledged")
    ours = Firm(duties__acknowledge_first=False)
    ours.in_force()
    ours.begin("sale", "register_prospect")


def test_whether_the_gate_is_closed_is_left_open_by_the_source():
    with pytest.raises(ParameterNotSet, match=r"duties\.acknowledge_first"):
        COMMERCIAL.bind(commercial_service())


def test_opening_the_engine_says_that_there_is_nothing_to_acknowledge_yet(caplog):
    with caplog.at_level(logging.INFO, "salesreg"):
        store = MemoryStore()
        firm = Firm(store)
        assert "nobody is kept from acting" in caplog.text
        caplog.clear()
        firm.in_force()
        open_engine(store, regulation=example(), directory=MemoryDirectory(STAFF))
    assert "nobody is kept from acting" not in caplog.text


def test_only_those_whom_a_text_concerns_or_who_are_invited_comment_on_it(firm):
    case_id = firm.draft("1.0", (CALL_BACK, ISSUE))
    firm.take(case_id, "open_discussion", people=("anna", "lena"))
    firm.refused(case_id, "comment", "not_concerned", by=IGOR)
    for person in ("lena", "sveta", "roman"):
        firm.take(case_id, "comment", by=person)
    assert [one.by for one in firm.case(case_id).data.comments] == ["lena", "sveta", "roman"]


# -- invariants -------------------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["anna", "sveta", "finn", "ask anna", "answer anna", "wait"]), max_size=8))
def test_whoever_is_asked_either_owes_an_acknowledgement_or_has_given_it(acts):
    firm = Firm()
    case_id = firm.published()
    for act in acts:
        try:
            if act == "wait":
                firm.later(DAY)
            elif act == "ask anna":
                firm.take(case_id, "raise_question")
            elif act == "answer anna":
                firm.take(case_id, "answer_question")
            else:
                firm.sign(case_id, act)
        except StepRefused:
            continue
        version = firm.case(case_id).data
        assert set(firm.owed_by(case_id)) == set(version.awaited)
        for person, due in firm.owed_by(case_id).items():
            assert (due is None) is (person in version.asking)
    assert firm.engine.verify() == ()


def test_a_version_is_published_in_good_time_before_it_comes_into_force():
    firm = Firm()
    case_id = firm.approved()  # on Thursday 12 February
    last = moscow(19, "18:00")
    said = firm.refused(case_id, "publish_version", "short_notice", effective_from=last - dt.timedelta(minutes=1))
    assert said.refusals[0].need == last.astimezone(dt.UTC).isoformat()
    firm.take(case_id, "publish_version", effective_from=last)
    firm.later(7 * DAY)
    firm.engine.tick()
    assert firm.stage(case_id) == "published"
    firm.clock.move_to(last)
    firm.engine.tick()
    assert firm.stage(case_id) == "in_force"


def test_nobody_acknowledges_for_a_role_that_no_rule_binds(firm):
    case_id = firm.published()
    good = firm.case(case_id).data.content_hash
    firm.refused(case_id, "acknowledge", "no_rules_for", content_hash=good, roles=("manger",))
    assert firm.case(case_id).data.acknowledged_at("anna") is None
