"""Telephone numbers: one spelling, whoever wrote it, and where the number rings."""

from __future__ import annotations

import datetime as dt

import pytest

from salesreg.commercial.domain.campaigns import CampaignContact
from salesreg.commercial.domain.clients import ClientDraft, Contact
from salesreg.commercial.domain.phones import Statement, is_number, spelled, zones_of
from salesreg.errors import DomainError


@pytest.mark.parametrize(
    "phone",
    [
        "+7 (495) 111-11-11",
        "8 495 111 11 11",
        "495 111-11-11",
        "74951111111",
        "8(495)1111111",
        "+7 495 111-11-11 доб. 12",
        "+7 495 111-11-11, добавочный 12",
        "8-495-111-11-11 (вн. 5)",
        "+7 495 111-11-11 ext. 12",
        "tel:+7-495-111-11-11",
        "8~10 7 495 111 11 11",
        "+7\u00a0495\u00a0111\u201111\u201111",
    ],
)
def test_one_number_has_one_spelling(phone):
    assert spelled(phone, "RU") == "+74951111111"


@pytest.mark.parametrize("phone", ["", "1", "111-11-11", "ivan@example.com", "+7 495 111-11-11 111", "по запросу"])
def test_what_is_no_whole_number_is_refused(phone):
    assert not is_number(phone, "RU")
    with pytest.raises(DomainError) as wrong:
        spelled(phone, "RU")
    assert (wrong.value.code, wrong.value.facts["got"]) == ("phone_number", phone)


def test_a_number_abroad_keeps_its_country():
    assert spelled("+44 20 7946 0958", "RU") == "+442079460958"
    assert zones_of("+442079460958") == ("Europe/London",)


def test_a_mobile_number_may_ring_in_several_time_zones():
    assert {"Europe/Moscow", "Asia/Vladivostok"} < set(zones_of("+79161234567"))


def test_a_contact_s_time_zone_is_one_that_there_is():
    person = Contact("Ivan", phone="1")
    for zone in ("Moscow time", "", "../etc", "Europe"):
        with pytest.raises(DomainError) as wrong:
            CampaignContact("ivan", ClientDraft("OOO Romashka"), person, zone=zone)
        assert wrong.value.code == "no_such_zone"


def test_what_was_said_about_calls_is_on_record():
    with pytest.raises(DomainError) as wrong:
        Statement(False, dt.datetime(2026, 3, 2, tzinfo=dt.UTC), "oleg", "phone", " ")
    assert wrong.value.code == "statement_without_evidence"
