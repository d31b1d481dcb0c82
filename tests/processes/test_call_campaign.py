"""The call campaign, as the regulation reads: tools first, then every contact, and no completion before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest

from salesreg import open_engine
from salesreg.adapters.memory import MemoryDirectory
from salesreg.domain.calls import (
    BaseSource,
    CallScript,
    CallWindow,
    CampaignContact,
    ContactBase,
    Disposition,
    ScriptStep,
)
from salesreg.domain.clients import ClientDraft, Contact
from salesreg.domain.people import Employee, Role
from salesreg.errors import StepRefused
from salesreg.processes.call_campaign import CallCampaign
from salesreg.regulations import example
from salesreg.testing import ManualClock, RecordingNotifier

HEAD = Employee("head", "Gleb", [Role.HEAD_OF_SALES])
OLEG = Employee("oleg", "Oleg", [Role.COLD_CALLER], email="oleg@example.com")
SCRIPT = CallScript("audit", "3", (ScriptStep("hello", "Good day"),), published=True)
NOW = dt.datetime(2026, 3, 2, 10, tzinfo=dt.timezone(dt.timedelta(hours=3)))


def person(number: int, **facts: object) -> CampaignContact:
    return CampaignContact(
        f"p{number}", ClientDraft(f"OOO {number}"), Contact("Ivan", phone=f"+7495{number:07}", **facts)
    )


BASE = ContactBase(BaseSource.MANUAL, (person(1), person(2)))
WHOLE = {
    "name": "Spring",
    "base": BASE,
    "script": SCRIPT,
    "system_of_record": "skorozvon",
    "proposal_template": "cp-1",
}


@pytest.fixture
def engine():
    directory = MemoryDirectory([HEAD, OLEG])
    with open_engine("memory:", regulation=example(), directory=directory, clock=ManualClock(NOW)) as opened:
        yield opened
        assert opened.verify() == ()


def drafted(engine: Any, **changes: object) -> str:
    return engine.start("call_campaign", by="head", **{**WHOLE, **changes}).id


def running(engine: Any, **changes: object) -> str:
    campaign = drafted(engine, **changes)
    engine.perform(campaign, "issue_campaign", by="head")
    engine.perform(campaign, "start_campaign", by="head")
    return campaign


def result(engine: Any, contact: str, disposition: Disposition = Disposition.NO_NEED) -> None:
    engine.perform(contact, "claim_contact", by="oleg")
    engine.perform(contact, "place_call", by="oleg", system="skorozvon", record_ref="r")
    engine.perform(contact, "end_call", by="oleg")
    engine.perform(contact, "record_result", by="oleg", disposition=disposition)


def refused(engine: Any, case: str, step: str, by: str = "head", **payload: object) -> dict[str, str | None]:
    with pytest.raises(StepRefused) as no:
        engine.perform(case, step, by=by, **payload)
    assert all(refusal.ru for refusal in no.value.refusals)
    return {refusal.code: refusal.clause for refusal in no.value.refusals}


def test_the_page_has_no_findings():
    assert CallCampaign.check() == ()


def test_a_campaign_is_given_out_with_its_whole_toolset_or_not_at_all(engine):
    bare = drafted(
        engine, base=ContactBase(BaseSource.PARSER), script=attrs.evolve(SCRIPT, published=False), proposal_template=" "
    )
    assert refused(engine, bare, "issue_campaign") == {
        "no_base": "R56",
        "script_unpublished": "R56",
        "no_proposal_template": "R54",
    }


def test_a_draft_names_the_one_system_of_record(engine):
    with pytest.raises(StepRefused, match=r"bad_campaign|one system") as no:
        drafted(engine, system_of_record="")
    assert no.value.refusals[0].clause == "R54"


def test_a_draft_may_still_be_changed(engine):
    campaign = drafted(engine, base=ContactBase(BaseSource.PARSER))
    window = CallWindow(dt.time(12), dt.time(13))
    changed = engine.perform(campaign, "revise_campaign", by="head", base=BASE, window=window)
    assert (changed.data.base, changed.data.window, changed.data.script) == (BASE, window, SCRIPT)
    engine.perform(campaign, "issue_campaign", by="head")


def test_a_campaign_with_a_window_of_its_own_calls_within_it(engine):
    campaign = running(engine, window=CallWindow(dt.time(12), dt.time(13)))
    contact = engine.cases(process="call_contact", parent=campaign)[0].id
    engine.perform(contact, "claim_contact", by="oleg")
    assert refused(engine, contact, "place_call", by="oleg", system="skorozvon", record_ref="r") == {
        "outside_window": "R62"
    }


def test_only_the_head_of_sales_runs_a_campaign(engine):
    campaign = drafted(engine)
    assert refused(engine, campaign, "issue_campaign", by="oleg") == {"wrong_role": "R56"}


def test_callers_are_told_when_a_campaign_is_given_out():
    told = RecordingNotifier()
    directory, clock = MemoryDirectory([HEAD, OLEG]), ManualClock(NOW)
    with open_engine("memory:", regulation=example(), directory=directory, clock=clock, notifier=told) as engine:
        engine.perform(drafted(engine), "issue_campaign", by="head")
        engine.tick()
    assert ("oleg", "issue_campaign") in {(message.to, message.template) for message in told.delivered}


def test_the_contacts_are_entered_in_the_transaction_that_gives_the_base_out(engine):
    campaign = drafted(engine)
    assert engine.cases(process="call_contact") == ()
    engine.perform(campaign, "issue_campaign", by="head")
    assert len(engine.cases(process="call_contact", parent=campaign)) == 2


def test_a_contact_who_does_not_want_calls_is_excluded_from_the_start(engine):
    campaign = running(engine, base=ContactBase(BaseSource.MANUAL, (person(1, do_not_call=True), person(2))))
    stages = [case.stage for case in engine.cases(process="call_contact", parent=campaign)]
    assert stages == ["excluded", "queued"]


def test_a_campaign_is_not_complete_while_a_contact_has_no_result(engine):
    campaign = running(engine)
    first, second = (case.id for case in engine.cases(process="call_contact", parent=campaign))
    result(engine, first)
    engine.perform(second, "claim_contact", by="oleg")
    engine.perform(second, "place_call", by="oleg", system="skorozvon", record_ref="r")
    with pytest.raises(StepRefused) as no:
        engine.perform(campaign, "complete_campaign", by="head")
    (refusal,) = no.value.refusals
    assert (refusal.code, refusal.clause, refusal.got) == ("contacts_left", "R57", (second,))
    engine.perform(second, "end_call", by="oleg")
    assert refused(engine, campaign, "complete_campaign") == {"contacts_left": "R57"}
    engine.perform(second, "record_result", by="oleg", disposition=Disposition.NO_ANSWER)
    assert engine.perform(campaign, "complete_campaign", by="head").stage == "completed"


def test_an_approved_exclusion_stands_for_a_result(engine):
    campaign = running(engine)
    first, second = (case.id for case in engine.cases(process="call_contact", parent=campaign))
    result(engine, first, Disposition.DO_NOT_CALL)
    engine.perform(second, "exclude_contact", by="head", reason="closed down")
    assert engine.perform(campaign, "complete_campaign", by="head").stage == "completed"


def test_where_retries_are_owed_a_campaign_waits_for_them():
    regulation = example().with_settings({"call_contact.retries": 1})
    clock = ManualClock(NOW)
    with open_engine("memory:", regulation=regulation, directory=MemoryDirectory([HEAD, OLEG]), clock=clock) as engine:
        campaign = running(engine, base=ContactBase(BaseSource.MANUAL, (person(1),)))
        (contact,) = engine.cases(process="call_contact", parent=campaign)
        result(engine, contact.id, Disposition.NO_ANSWER)
        assert refused(engine, campaign, "complete_campaign") == {"contacts_left": "R57"}
        engine.perform(contact.id, "schedule_retry", by="oleg", next_at=NOW + dt.timedelta(hours=1))
        clock.advance(dt.timedelta(hours=1))
        engine.tick()
        result(engine, contact.id, Disposition.NO_ANSWER)
        engine.perform(campaign, "complete_campaign", by="head")


def test_nothing_is_brought_back_into_a_completed_campaign(engine):
    campaign = running(engine, base=ContactBase(BaseSource.MANUAL, (person(1),)))
    (contact,) = engine.cases(process="call_contact", parent=campaign)
    result(engine, contact.id, Disposition.NOT_NOW)
    engine.perform(campaign, "complete_campaign", by="head")
    codes = refused(engine, contact.id, "recycle_contact")
    assert codes == {"campaign_not_running": "R57", "too_early": "R67"}


@pytest.mark.parametrize("step", ["pause_campaign", "cancel_campaign"])
def test_a_campaign_rests_or_ends_for_a_reason(engine, step):
    assert refused(engine, running(engine), step, reason=" ") == {"no_reason": "R57"}


def test_a_cancelled_campaign_calls_nobody_any_more_but_owes_results(engine):
    campaign = running(engine)
    first, second = (case.id for case in engine.cases(process="call_contact", parent=campaign))
    engine.perform(first, "claim_contact", by="oleg")
    engine.perform(first, "place_call", by="oleg", system="skorozvon", record_ref="r")
    engine.perform(campaign, "cancel_campaign", by="head", reason="no budget")
    assert (engine.case(first).stage, engine.case(second).stage) == ("in_call", "excluded")
    engine.perform(first, "end_call", by="oleg")
    engine.perform(first, "record_result", by="oleg", disposition=Disposition.BUSY)


def test_a_case_returned_by_a_command_is_the_case_as_it_stands(engine):
    campaign = drafted(engine)
    assert engine.perform(campaign, "issue_campaign", by="head") == engine.case(campaign)
