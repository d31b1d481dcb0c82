"""The do-not-call register: whoever has asked not to be called is not, however the number is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from tests.processes.trade import TO_APPROVED, Trade

from salesreg.commercial.domain.campaigns import BaseSource, CampaignContact, ContactBase
from salesreg.commercial.domain.clients import ClientDraft, Contact
from salesreg.commercial.processes.do_not_call import DoNotCallProcess
from salesreg.process import Case
from salesreg.testing.commercial import ANNA, OLEG, PETR, ROMAN, Desk, moscow
from salesreg.testing.commercial.usual import ROMASHKA

WAYS = ("+7 (495) 111-11-11", "8 495 111 11 11", "495 111-11-11", "+7 495 111-11-11 доб. 12", "84951111111 вн. 5")
SAID: dict[str, Any] = {"channel": "email", "evidence": "mail 8"}


def person(phone: str, **facts: Any) -> CampaignContact:
    return CampaignContact("p", ClientDraft("OOO Romashka"), Contact("Ivan", phone=phone, **facts))


@pytest.fixture
def desk() -> Iterator[Desk]:
    here = Desk(start=moscow(2, month=3))
    yield here
    assert here.engine.verify() == ()
    here.engine.close()


def called(desk: Desk, *contacts: CampaignContact, runs: bool = True) -> list[Case[Any]]:
    """A campaign with these contacts, and what it comes to for each."""
    people = tuple(attrs.evolve(one, key=str(key)) for key, one in enumerate(contacts))
    campaign = desk.begin("call_campaign", "draft_campaign", base=ContactBase(BaseSource.PURCHASED, people))
    desk.take(campaign, "issue_campaign", *(["start_campaign"] if runs else []))
    return list(desk.engine.cases("call_contact", parent=campaign.id))


def refusal(desk: Desk, phone: str, **given: Any) -> str:
    return desk.begin("do_not_call", "enter_refusal", phone=phone, **given).id


def test_the_page_has_no_findings():
    assert DoNotCallProcess.check() == ()


@pytest.mark.parametrize("again", WAYS)
@pytest.mark.parametrize("first", WAYS[:2])
def test_every_way_to_write_a_number_is_one_number(desk, first, again):
    entry = refusal(desk, first)
    no = desk.refused_to_begin("do_not_call", "enter_refusal", "entered", phone=again)
    assert no.refusals[0].got == "+74951111111"
    assert [one.stage for one in called(desk, person(again))] == ["excluded"]
    assert [one.id for one in desk.engine.cases("do_not_call", where={"phone": "+74951111111"})] == [entry]


def test_what_is_no_number_is_neither_entered_nor_given_out(desk):
    desk.refused_to_begin("do_not_call", "enter_refusal", "phone_number", phone="111-11-11")
    base = ContactBase(BaseSource.PURCHASED, (person("111-11-11"),))
    no = desk.refused_to_begin("call_campaign", "draft_campaign", "no_numbers", base=base)
    assert no.refusals[0].got == ("111-11-11",)
    draft = desk.begin("call_campaign", "draft_campaign")
    desk.refused(draft, "revise_campaign", "no_numbers", base=base)


def test_a_number_without_a_country_is_one_of_the_country_that_the_regulation_names():
    desk = Desk(do_not_call__region="DE")
    assert desk.case(refusal(desk, "030 123456")).data.number == "+4930123456"


@pytest.mark.parametrize("who", [OLEG, ANNA, PETR, ROMAN])
def test_any_role_records_that_somebody_does_not_want_to_be_called(desk, who):
    (contact,) = called(desk, person(WAYS[0]))
    desk.take(contact.data.number, "record_refusal", by=who)
    assert desk.stage(contact.id) == "excluded"


def test_a_mark_in_one_base_holds_in_the_next_that_lacks_it(desk):
    assert [one.stage for one in called(desk, person(WAYS[0], do_not_call=True))] == ["excluded"]
    assert [one.stage for one in called(desk, person(WAYS[2]))] == ["excluded"]


def test_a_mark_holds_for_a_number_that_stands_in_the_base_once_more_without_it(desk):
    found = called(desk, person(WAYS[0]), person(WAYS[1], do_not_call=True), person(WAYS[2]))
    assert {one.stage for one in found} == {"excluded"}


def test_a_contact_claimed_before_the_refusal_is_not_dialled_after_it(desk):
    (contact,) = called(desk, person(WAYS[0]))
    desk.take(contact, "claim_contact")
    desk.take(contact.data.number, "record_refusal")
    assert desk.stage(contact.id) == "excluded"
    desk.refused(contact, "place_call", "wrong_stage")


def test_a_result_that_asks_for_no_calls_counts_in_every_campaign(desk):
    (first,), (second,) = called(desk, person(WAYS[0])), called(desk, person(WAYS[3]))
    desk.take(first, "claim_contact", "place_call", "end_call")
    desk.take(first, "record_result", disposition="do_not_call")
    assert (desk.stage(first.id), desk.stage(second.id)) == ("do_not_call", "excluded")
    assert desk.case(first.data.number).data.statements[-1].evidence == "rec 1"


def test_a_call_that_was_refused_meanwhile_is_not_repeated():
    desk = Desk(start=moscow(2, month=3), call_contact__retries=3)
    (contact,) = called(desk, person(WAYS[0]))
    desk.take(contact, "claim_contact", "place_call", "end_call")
    desk.take(contact, "record_result", disposition="busy")
    desk.take(contact.data.number, "record_refusal")
    desk.refused(contact, "schedule_retry", "wrong_stage", next_at=moscow(3, month=3))
    assert desk.stage(contact.id) == "excluded"
    assert desk.take(contact.data.campaign, "complete_campaign").stage == "completed"


def test_a_contact_whose_result_ends_the_matter_is_not_excluded():
    desk = Desk(start=moscow(2, month=3), call_contact__retries=1)
    (contact,) = called(desk, person(WAYS[0]))
    desk.take(contact, "claim_contact", "place_call", "end_call")
    desk.take(contact, "record_result", disposition="not_now")
    desk.refused(contact, "exclude_contact", "no_retry_left")


def test_a_refused_contact_is_not_brought_back_without_consent(desk):
    (contact,) = called(desk, person(WAYS[0]))
    desk.take(contact, "claim_contact", "place_call", "end_call")
    desk.take(contact, "record_result", disposition="not_now")
    desk.take(contact.data.number, "record_refusal")
    desk.at(2, month=9)
    desk.refused(contact, "recycle_contact", "never_again")
    desk.take(contact.data.number, "record_consent", given_at=moscow(1, month=9))
    assert desk.take(contact, "recycle_contact").stage == "queued"


def test_an_inquiry_that_asks_for_no_calls_counts(desk):
    (contact,) = called(desk, person(WAYS[0]))
    desk.begin("inquiry", "receive_inquiry", sender=Contact("Ivan", phone=WAYS[2], do_not_call=True))
    assert desk.stage(contact.id) == "excluded"
    assert desk.case(contact.data.number).data.statements[-1].channel == "email"


def test_a_client_s_contact_who_wants_no_calls_counts(desk):
    (contact,) = called(desk, person(WAYS[0]))
    client = ClientDraft("OOO Iris", contacts=(Contact("Ivan", phone=WAYS[1], do_not_call=True), Contact("Olga")))
    desk.begin("sale", "register_prospect", client=client)
    assert desk.stage(contact.id) == "excluded"


def test_a_client_who_refuses_and_wants_no_calls_either_is_not_called(desk):
    (contact,) = called(desk, person(WAYS[0]))
    client = ClientDraft("OOO Iris", contacts=(Contact("Ivan", phone=WAYS[1]), Contact("Olga")))
    for asked, stage in ((False, "queued"), (True, "excluded")):
        sale = desk.begin("sale", "register_prospect", client=client)
        desk.take(sale, "record_client_refusal", do_not_call=asked)
        assert desk.stage(contact.id) == stage


def test_only_what_they_said_after_their_refusal_clears_it(desk):
    entry = refusal(desk, WAYS[0])
    desk.at(5, month=3)
    desk.refused(entry, "record_consent", "too_early", given_at=moscow(1, month=3))
    desk.refused(entry, "record_consent", "blank", evidence=" ", given_at=moscow(4, month=3))
    desk.refused(entry, "record_consent", "wrong_role", by=OLEG, given_at=moscow(4, month=3))
    desk.take(entry, "record_consent", given_at=moscow(4, month=3))
    assert [one.stage for one in called(desk, person(WAYS[2]))] == ["queued"]
    desk.take(entry, "record_refusal")
    assert [one.stage for one in called(desk, person(WAYS[2]))] == ["excluded"]


def test_where_consent_comes_first_nobody_is_called_without_it():
    desk = Desk(start=moscow(2, month=3), call_contact__consent_first=True)
    asked, unasked = called(desk, person(WAYS[0]), person("+7 495 222-22-22"))
    desk.take(asked.data.number, "record_consent", given_at=moscow(1, month=3))
    desk.take(asked, "claim_contact", "place_call")
    desk.refused(unasked, "claim_contact", "no_consent")
    desk.begin("do_not_call", "enter_consent", phone="+7 495 444-44-44", given_at=moscow(1, month=3))
    (known,) = called(desk, person("8 495 4444444"))
    desk.take(known, "claim_contact", "place_call")


def test_consent_withdrawn_after_the_claim_stops_the_call():
    desk = Desk(start=moscow(2, month=3), call_contact__consent_first=True)
    (contact,) = called(desk, person(WAYS[0]))
    desk.take(contact.data.number, "record_consent", given_at=moscow(1, month=3))
    desk.take(contact, "claim_contact")
    desk.take(contact.data.number, "record_refusal")
    assert desk.stage(contact.id) == "excluded"


# -- when they are called ---------------------------------------------------------------------------------------------

VLADIVOSTOK = "+7 423 222-33-44"


def test_a_number_in_vladivostok_is_not_dialled_at_half_past_eleven_at_night(desk):
    (contact,) = called(desk, person(VLADIVOSTOK))
    desk.at(2, "16:30", month=3).take(contact, "claim_contact")
    (no,) = desk.refused(contact, "place_call", "outside_window").refusals
    assert (no.got, no.facts["zone"]) == ("2026-03-02T23:30+10:00", "Asia/Vladivostok")
    desk.take(contact, "release_contact")
    desk.at(3, "08:00", month=3).take(contact, "claim_contact", "place_call")


def test_the_time_zone_on_record_wins_over_the_number_s(desk):
    (contact,) = called(desk, attrs.evolve(person(VLADIVOSTOK), zone="Europe/Moscow"))
    desk.at(2, "16:30", month=3).take(contact, "claim_contact", "place_call")


def test_a_number_that_may_ring_anywhere_is_called_when_all_may_be_or_the_zone_is_recorded(desk):
    (contact,) = called(desk, person("+7 916 123-45-67"))
    desk.take(contact, "claim_contact")
    desk.refused(contact, "place_call", "outside_window")
    desk.refused(contact, "record_time_zone", "no_such_zone", zone="Moscow time")
    desk.take(contact, "record_time_zone", "place_call")


def test_a_number_of_which_nothing_is_known_needs_its_time_zone(desk):
    (contact,) = called(desk, person("+7 012 345-67-89"))
    desk.take(contact, "claim_contact")
    desk.refused(contact, "place_call", "zone_unknown")
    desk.take(contact, "record_time_zone", "place_call")


def test_a_holiday_is_the_client_s_own_day(desk):
    """At 23:30 on Sunday in Moscow it is Monday morning in Kamchatka."""
    (contact,) = called(desk, attrs.evolve(person(VLADIVOSTOK), zone="Asia/Kamchatka"))
    desk.at(15, "23:30", month=3).take(contact, "claim_contact")
    desk.refused(contact, "place_call", "outside_window")
    desk.at(16, "01:30", month=3).engine.tick()
    desk.take(contact, "place_call")


def test_a_mark_that_comes_with_a_corrected_record_is_in_the_register():
    desk = Trade(start=moscow(2, month=3))
    [contact] = called(desk, person(WAYS[0]))
    desk.begin("sale", "register_prospect", case="S")
    desk.take("S", *TO_APPROVED, "open_deal")
    silent = Contact("Ivan", phone=WAYS[1], do_not_call=True)
    desk.take("S", "correct_counterparty", client=attrs.evolve(ROMASHKA, contacts=(silent,)))
    assert desk.stage(contact.id) == "excluded"


def test_a_refusal_of_calls_names_a_number(desk):
    desk.begin("sale", "register_prospect", case="S")
    desk.refused("S", "record_client_refusal", "which_number", do_not_call=True)
    assert desk.take("S", "record_client_refusal").stage == "lost"
