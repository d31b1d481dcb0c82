"""The call campaign, as the regulation reads: tools first, then every contact, and no completion before."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from salesreg.commercial.domain.calls import Disposition
from salesreg.commercial.domain.campaigns import (
    BaseSource,
    CallScript,
    CallWindow,
    CampaignContact,
    ContactBase,
    ScriptStep,
)
from salesreg.commercial.domain.clients import ClientDraft, ClientKind, Contact
from salesreg.commercial.processes.call_campaign import CallCampaignProcess
from salesreg.errors import PayloadError
from salesreg.testing.commercial import OLEG, Desk, moscow

SCRIPT = CallScript("audit", "3", (ScriptStep("hello", "Good day"),), published=True)


def person(number: int, **facts: Any) -> CampaignContact:
    return CampaignContact(
        f"p{number}", ClientDraft(f"OOO {number}"), Contact("Ivan", phone=f"+7495{number:07}", **facts)
    )


BASE = ContactBase(BaseSource.MANUAL, (person(1), person(2)))
ONE = ContactBase(BaseSource.MANUAL, (person(1),))


@pytest.fixture
def desk() -> Iterator[Desk]:
    here = Desk(start=moscow(2, month=3))
    yield here
    assert here.engine.verify() == ()
    here.engine.close()


def drafted(desk: Desk, **changes: Any) -> str:
    return desk.begin("call_campaign", "draft_campaign", case="C", **{"base": BASE, "script": SCRIPT, **changes}).id


def running(desk: Desk, **changes: Any) -> str:
    campaign = drafted(desk, **changes)
    desk.take(campaign, "issue_campaign", "start_campaign")
    return campaign


def contacts(desk: Desk) -> list[str]:
    return [case.id for case in desk.engine.cases(process="call_contact", parent="C")]


def result(desk: Desk, contact: str, disposition: Disposition = Disposition.NO_NEED) -> None:
    desk.take(contact, "claim_contact", "place_call", "end_call")
    desk.take(contact, "record_result", disposition=disposition)


def refused(desk: Desk, case: str, step: str, reasons: dict[str, str], **given: Any) -> None:
    """The step is refused for exactly these reasons, each with its clause."""
    no = desk.refused(case, step, *reasons, **given)
    assert {one.code: one.clause for one in no.refusals} == reasons


def test_the_page_has_no_findings():
    assert CallCampaignProcess.check() == ()


def test_a_campaign_is_given_out_with_its_whole_toolset_or_not_at_all(desk):
    bare = drafted(
        desk, base=ContactBase(BaseSource.PARSER), script=attrs.evolve(SCRIPT, published=False), proposal_template=" "
    )
    refused(
        desk,
        bare,
        "issue_campaign",
        {"no_base": "R56", "script_unpublished": "R56", "no_proposal_template": "R54"},
    )


def test_a_script_for_businesses_is_not_given_out_for_private_persons(desk):
    private = attrs.evolve(person(2), client=ClientDraft("Ivan", ClientKind.B2C))
    campaign = drafted(desk, base=ContactBase(BaseSource.MANUAL, (person(1), private)))
    (no,) = desk.refused(campaign, "issue_campaign", "wrong_variant").refusals
    assert (no.got, no.clause) == (("p2",), "R65")
    desk.take(campaign, "revise_campaign", base=ONE)
    desk.take(campaign, "issue_campaign")


@pytest.mark.parametrize("source", ["manual", "parser", "purchased", "smart_search", "own_records"])
def test_a_base_says_by_which_channel_it_was_found(desk, source):
    said: dict[str, Any] = {"source": source, "contacts": []}
    assert desk.case(drafted(desk, base=said)).data.base.source == source
    said["source"] = "heard of"
    with pytest.raises(PayloadError, match="base"):
        desk.take("C", "revise_campaign", base=said)


def test_a_draft_names_the_one_system_of_record(desk):
    no = desk.refused_to_begin("call_campaign", "draft_campaign", "campaign_without_system", system_of_record="")
    assert no.refusals[0].clause == "R54"


def test_a_draft_has_a_name(desk):
    desk.refused_to_begin("call_campaign", "draft_campaign", "campaign_without_name", name=" ")


def test_a_draft_may_still_be_changed(desk):
    campaign = drafted(desk, base=ContactBase(BaseSource.PARSER))
    window = CallWindow(dt.time(12), dt.time(13))
    changed = desk.take(campaign, "revise_campaign", base=BASE, window=window)
    assert (changed.data.base, changed.data.window, changed.data.script) == (BASE, window, SCRIPT)
    desk.take(campaign, "issue_campaign")


def test_a_campaign_with_a_window_of_its_own_calls_within_it(desk):
    running(desk, window=CallWindow(dt.time(12), dt.time(13)))
    contact = contacts(desk)[0]
    desk.take(contact, "claim_contact")
    refused(desk, contact, "place_call", {"outside_window": "R62"})
    desk.at(2, "12:00", month=3).take(contact, "place_call")


def test_only_the_head_of_sales_runs_a_campaign(desk):
    refused(desk, drafted(desk), "issue_campaign", {"wrong_role": "R56"}, by=OLEG)


def test_callers_are_told_when_a_campaign_is_given_out(desk):
    desk.take(drafted(desk), "issue_campaign")
    assert "oleg" in desk.told("C")


def test_the_contacts_are_entered_in_the_transaction_that_gives_the_base_out(desk):
    campaign = drafted(desk)
    assert contacts(desk) == []
    desk.take(campaign, "issue_campaign")
    assert len(contacts(desk)) == 2


def test_giving_out_four_times_as_many_contacts_is_four_times_the_work():
    def work(number: int) -> int:
        """The calls that the interpreter makes."""
        desk, made = Desk(start=moscow(2, month=3)), 0

        def count(*_: Any) -> None:
            nonlocal made
            made += 1

        campaign = drafted(desk, base=ContactBase(BaseSource.MANUAL, tuple(map(person, range(1, number + 1)))))
        sys.setprofile(count)
        desk.take(campaign, "issue_campaign")
        sys.setprofile(None)
        return made

    work(1)  # what is worked out once
    assert work(200) < 4.4 * work(50)


def test_a_contact_who_does_not_want_calls_is_excluded_from_the_start(desk):
    running(desk, base=ContactBase(BaseSource.MANUAL, (person(1, do_not_call=True), person(2))))
    assert [desk.stage(one) for one in contacts(desk)] == ["excluded", "queued"]


def test_a_campaign_is_not_complete_while_a_contact_has_no_result(desk):
    campaign = running(desk)
    first, second = contacts(desk)
    result(desk, first)
    desk.take(second, "claim_contact", "place_call")
    (refusal,) = desk.refused(campaign, "complete_campaign", "contacts_left").refusals
    assert (refusal.clause, refusal.got) == ("R57", (second,))
    desk.take(second, "end_call")
    refused(desk, campaign, "complete_campaign", {"contacts_left": "R57"})
    desk.take(second, "record_result", disposition=Disposition.NO_ANSWER)
    assert desk.take(campaign, "complete_campaign").stage == "completed"


def test_an_approved_exclusion_stands_for_a_result(desk):
    campaign = running(desk)
    first, second = contacts(desk)
    result(desk, first, Disposition.DO_NOT_CALL)
    desk.take(second, "exclude_contact", reason="closed down")
    assert desk.take(campaign, "complete_campaign").stage == "completed"


def test_where_retries_are_owed_a_campaign_waits_for_them():
    desk = Desk(start=moscow(2, month=3), call_contact__retries=1)
    campaign = running(desk, base=ONE)
    (contact,) = contacts(desk)
    result(desk, contact, Disposition.NO_ANSWER)
    refused(desk, campaign, "complete_campaign", {"contacts_left": "R57"})
    desk.take(contact, "schedule_retry", next_at=moscow(2, "11:00", month=3))
    desk.at(2, "11:00", month=3).engine.tick()
    result(desk, contact, Disposition.NO_ANSWER)
    desk.take(campaign, "complete_campaign")


def test_nothing_is_brought_back_into_a_completed_campaign(desk):
    campaign = running(desk, base=ONE)
    (contact,) = contacts(desk)
    result(desk, contact, Disposition.NOT_NOW)
    desk.take(campaign, "complete_campaign")
    refused(desk, contact, "recycle_contact", {"campaign_not_running": "R57", "too_early": "R67"})


@pytest.mark.parametrize("step", ["pause_campaign", "cancel_campaign"])
def test_a_campaign_rests_or_ends_for_a_reason(desk, step):
    refused(desk, running(desk), step, {"blank": "R57"}, reason=" ")


def test_a_cancelled_campaign_calls_nobody_any_more_but_owes_results(desk):
    campaign = running(desk)
    first, second = contacts(desk)
    desk.take(first, "claim_contact", "place_call")
    desk.take(campaign, "cancel_campaign")
    assert (desk.stage(first), desk.stage(second)) == ("in_call", "excluded")
    desk.take(first, "end_call")
    desk.take(first, "record_result", disposition=Disposition.BUSY)


def test_a_case_returned_by_a_command_is_the_case_as_it_stands(desk):
    campaign = drafted(desk)
    assert desk.take(campaign, "issue_campaign") == desk.case(campaign)


def test_a_campaign_is_found_by_its_name_and_by_its_script(desk):
    running(desk)
    for where in ({"name": "Spr*"}, {"script": "audit"}):
        assert [case.id for case in desk.engine.cases("call_campaign", where=where)] == ["C"]
