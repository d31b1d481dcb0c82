"""Clients are known by a tax id whose check digits are right, and the questionnaire says what is missing."""

import datetime as dt

import msgspec
import pendulum
import pytest

from salesreg.commercial.domain.clients import (
    ClientDraft,
    ClientKind,
    ClientQuestionnaire,
    Contact,
    Counterparty,
    FormerKpp,
    check_inn,
    check_kpp,
    near_name,
)
from salesreg.errors import DomainError, NaiveDatetimeError

NOON = dt.datetime(2026, 2, 2, 9, tzinfo=dt.UTC)
BANK = ClientDraft("PAO Sberbank", inn="7707083893", kpp="773601001")


def wrong(code, build, **facts):
    with pytest.raises(DomainError) as caught:
        build()
    assert caught.value.code == code
    assert facts.items() <= caught.value.facts.items()


@pytest.mark.parametrize("inn", ["7707083893", "7830002293", "500100732259"])
def test_a_tax_id_with_right_check_digits_is_accepted(inn):
    assert check_inn(inn) == inn


@pytest.mark.parametrize(
    ("inn", "place", "need", "digit"),
    [("7707083894", 10, 3, "4"), ("500100732269", 11, 5, "6"), ("500100732258", 12, 9, "8")],
)
def test_a_mistyped_tax_id_is_refused_with_the_digit_that_is_wrong(inn, place, need, digit):
    wrong("tax_id_typo", lambda: check_inn(inn), got=inn, place=place, need=need, digit=digit)


@pytest.mark.parametrize("inn", ["770708389", "77070838931", "77O7083893", "٧٧٠٧٠٨٣٨٩٣", ""])
def test_a_tax_id_has_ten_digits_or_twelve(inn):
    wrong("tax_id_length", lambda: check_inn(inn), got=inn)


def test_every_single_typing_error_in_a_tax_id_is_found():
    """The check digits exist for this; a digit 10 folded to 0 is the only loophole, and these ids are outside it."""
    for inn in ("7707083893", "500100732259"):
        for place in range(len(inn)):
            typo = inn[:place] + str((int(inn[place]) + 1) % 10) + inn[place + 1 :]
            wrong("tax_id_typo", lambda typo=typo: check_inn(typo))


def test_tax_ids_fit_the_kind_of_client():
    wrong("tax_id_of_a_company", lambda: ClientDraft("Ivan", ClientKind.B2C, inn="7707083893"))
    wrong("kpp_without_tax_id", lambda: ClientDraft("IP Ivanov", inn="500100732259", kpp="773601001"))
    wrong("kpp_without_tax_id", lambda: ClientDraft("OOO", kpp="773601001"), got=None)
    wrong("kpp_form", lambda: ClientDraft("OOO", inn="7707083893", kpp="77-601001"))


def test_a_draft_says_what_a_counterparty_will_need():
    assert ClientDraft("OOO Romashka").missing() == ("inn",)
    assert ClientDraft("OOO Romashka", inn="7707083893").missing() == ("kpp",)
    assert BANK.missing() == ()
    assert ClientDraft("IP Ivanov", inn="500100732259").missing() == ()
    assert ClientDraft("Ivan", ClientKind.B2C).missing() == ("phone",)
    assert ClientDraft("Ivan", ClientKind.B2C, document="passport 4510 123456").missing() == ()
    assert ClientDraft("Ivan", ClientKind.B2C, contacts=[Contact("Ivan", phone="8 900 000-00-00")]).missing() == ()
    assert ClientDraft("Alma TOO", country="KZ", registration="123-456").missing() == ()


def test_a_client_has_a_name():
    wrong("client_without_name", lambda: ClientDraft("  "))


def test_a_counterparty_is_known_by_its_tax_id():
    bank = Counterparty.of(BANK, id="cp-1", created_at=NOON)
    assert bank.tax_id == "7707083893/773601001"
    assert Counterparty("cp-2", "IP Ivanov", "500100732259").tax_id == "500100732259"
    assert bank.is_same(BANK)
    branch = ClientDraft("PAO Sberbank", inn="7707083893", kpp="770801001")
    assert bank.is_same(branch)
    assert bank.tax_id == "7707083893/773601001"
    moved = bank.learned(branch, NOON)
    assert (moved.kpp, moved.former_kpps) == ("770801001", (FormerKpp("773601001", NOON),))


def person(name, phone=None, **known):
    contacts = [Contact(name, phone=phone)] if phone else []
    return ClientDraft(name, ClientKind.B2C, contacts=contacts, **known)


def test_a_private_person_is_known_by_a_document_or_by_name_and_phone():
    ivan = Counterparty.of(person("Ivan Petrov", "+7 900 000-00-01"), id="cp-3", created_at=NOON)
    assert ivan.is_same(person("petrov, ivan ", "8 (900) 000 00 01"))
    assert not ivan.is_same(person("Ivan Petrov", "+7 900 000-00-02"))
    assert ivan.may_be(person("Ivan Petrov", "+7 900 000-00-02"))
    assert not ivan.may_be(person("Ivan Sidorov", "+7 900 000-00-02"))
    met = ivan.learned(person("Ivan Petrov", "+7 900 000-00-01", document="4510 123456"), NOON)
    assert met.is_same(person("I. Petrov", document="4510123456"))
    assert not met.may_be(person("Ivan Petrov", "+7 900 000-00-02", document="4510 654321"))


def test_a_firm_abroad_is_known_by_its_country_and_number_there():
    alma = Counterparty.of(ClientDraft("Alma TOO", country="KZ", registration="123-456"), id="cp", created_at=NOON)
    assert alma.is_same(ClientDraft("Alma", country="KZ", registration="123 - 456"))
    assert not alma.is_same(ClientDraft("Alma TOO", country="UZ", registration="123-456"))
    wrong("half_a_registration", lambda: ClientDraft("Alma", country="KZ"))
    wrong("country_form", lambda: ClientDraft("Alma", country="Kaz", registration="1"))
    wrong("says_nothing", lambda: ClientDraft("Alma", country="KZ", registration=" - "))


@pytest.mark.parametrize("inn", ["0000000000", "000000000000", "0012345678", "7707000000"])
def test_a_tax_id_of_zeros_is_nobodys(inn):
    wrong("tax_id_of_nobody", lambda: check_inn(inn), got=inn)


@pytest.mark.parametrize("kpp", ["000000000", "007701001", "770700001", "770701000"])
def test_a_registration_code_of_zeros_is_nobodys(kpp):
    wrong("kpp_of_nobody", lambda: check_kpp(kpp), got=kpp)


@pytest.mark.parametrize("same", ["OOO Romashka", "romashka, LLC", "ООО «Ромашка»", "ROMASHKA"])
def test_names_that_sound_alike_are_near(same):
    assert near_name(same) == "romashka"


def test_a_questionnaire_is_answered_with_words():
    asked = ("client.inn", "client.contact", "product", "volume")
    form = ClientQuestionnaire("m-1", BANK, {"product": " audit ", "volume": "-?"}, asked)
    assert form.missing() == ("client.contact", "volume")
    assert form.answers["product"] == "audit"


@pytest.mark.parametrize(
    ("fields", "code", "facts"),
    [
        ({"id": "", "inn": "7707083893", "kpp": "773601001"}, "counterparty_without_id", {"name": "OOO"}),
        ({"id": "1", "inn": None}, "counterparty_without_tax_id", {"need": "inn"}),
        ({"id": "1", "inn": "7707083893"}, "counterparty_without_tax_id", {"need": "kpp"}),
        ({"id": "1", "inn": "500100732259", "merged_into": "1"}, "counterparty_into_itself", {"got": "1"}),
    ],
)
def test_a_counterparty_that_could_hide_a_second_record_is_refused(fields, code, facts):
    wrong(code, lambda: Counterparty(legal_name="OOO", **fields), **facts)


def test_a_contact_has_a_name_and_a_possible_address():
    assert Contact("Ivan", email="ivan@example.com", is_decision_maker=True).do_not_call is False
    wrong("contact_without_name", lambda: Contact(" "))
    for address in ("ivan", "@example.com", "ivan@example", "ivan@.com.", "i van@example.com"):
        wrong("contact_email", lambda address=address: Contact("Ivan", email=address), got=address)


def test_a_questionnaire_lists_the_unanswered_questions_and_the_missing_tax_ids():
    form = ClientQuestionnaire("m-1", ClientDraft("OOO"), {"need": "audit", "budget": " "}, ("need", "budget", "date"))
    assert form.missing() == ("budget", "date", "client.inn")
    assert not form.is_complete
    assert ClientQuestionnaire("m-1", BANK, {"need": "audit"}, ("need",)).is_complete


def test_an_incomplete_questionnaire_has_no_date_of_completion():
    early = {"answers": {}, "required_keys": ("need",), "completed_at": NOON}
    lacks = ("need", "client.inn")
    wrong("questionnaire_not_complete", lambda: ClientQuestionnaire("m-1", ClientDraft("OOO"), **early), need=lacks)
    wrong("questionnaire_without_meeting", lambda: ClientQuestionnaire(" ", BANK))


def test_instants_are_kept_in_utc_and_naive_ones_refused():
    moscow = pendulum.datetime(2026, 2, 2, 12, tz="Europe/Moscow")
    form = ClientQuestionnaire("m-1", BANK, completed_at=moscow)
    assert form.completed_at == NOON
    assert type(form.completed_at) is dt.datetime
    assert form.completed_at.tzinfo is dt.UTC
    with pytest.raises(NaiveDatetimeError, match="has no time zone"):
        ClientQuestionnaire("m-1", BANK, completed_at=dt.datetime(2026, 2, 2))  # noqa: DTZ001 - naive on purpose


def test_records_read_back_as_the_same_clients():
    contact = Contact("Ivan", phone="+7 900 000-00-00", do_not_call=True)
    bank = Counterparty("cp-1", "PAO", "7707083893", "773601001", contacts=[contact], created_at=NOON)
    form = ClientQuestionnaire("m-1", BANK, {"need": "audit"}, ["need"], filled_by="anna", completed_at=NOON)
    for value in (contact, BANK, bank, form):
        assert msgspec.json.decode(msgspec.json.encode(value), type=type(value)) == value
    with pytest.raises(msgspec.ValidationError, match="digit 10 should be 3"):
        msgspec.json.decode(b'{"legal_name": "PAO", "inn": "7707083894"}', type=ClientDraft)
