"""One client is one record: by tax id, document, register or name and phone, and what is alike is asked about."""

from __future__ import annotations

import msgspec
import pytest
from tests.processes.trade import TO_APPROVED, Trade

from salesreg.commercial import example
from salesreg.commercial.domain.clients import ClientDraft, ClientKind, Contact
from salesreg.testing.commercial import moscow

REACHABLE = (Contact("Ivan", phone="+7 495 000-00-01"),)
ROMASHKA = ClientDraft("OOO Romashka", inn="7707083893", kpp="770701001", contacts=REACHABLE)
BRANCH = ClientDraft("OOO Romashka", inn="7707083893", kpp="783001001", contacts=REACHABLE)
OTHER = ClientDraft("Romashka LLC", inn="7830002293", kpp="783001001", contacts=REACHABLE)
LILIYA = ClientDraft("OOO Liliya", inn="7830002293", kpp="783001001", contacts=REACHABLE)


def person(name: str, phone: str, **known: str) -> ClientDraft:
    return ClientDraft(name, ClientKind.B2C, contacts=(Contact(name, phone=phone),), **known)


class Clients(Trade):
    """Deals D, E, ... that wait to be opened, each for a client."""

    def waiting(self, name: str, client: ClientDraft) -> str:
        self.begin("sale", "register_prospect", case=name, client=client)
        self.take(name, *TO_APPROVED)
        return name

    def opened(self, name: str, client: ClientDraft, **how: object) -> str:
        self.take(self.waiting(name, client), "open_deal", **{"number": None, "existing": None, **how})
        return name

    def counterparty(self, name: str):
        return self.case(name).data.counterparty


def test_another_registration_code_is_the_same_client_shown_and_confirmed():
    desk = Clients()
    desk.opened("D", ROMASHKA)
    desk.refused(desk.waiting("E", BRANCH), "open_deal", "called_alike", "counterparty_exists", number=None)
    [shown] = desk.refused("E", "open_deal", "other_kpp", number=None, existing="D").refusals
    assert (shown.need, shown.got) == ("770701001", "783001001")
    desk.refused("E", "open_deal", "other_kpp", number=None, existing="D", confirmed_kpp="770701001")
    desk.at(3).take("E", "open_deal", number=None, existing="D", confirmed_kpp="783001001")
    ours = desk.counterparty("E")
    assert (ours.id, ours.kpp) == ("D.counterparty", "783001001")
    assert [(one.kpp, one.until) for one in ours.former_kpps] == [("770701001", moscow(3))]


def test_a_client_called_alike_is_shown_and_answered_for():
    desk = Clients()
    desk.opened("D", ROMASHKA)
    [shown] = desk.refused(desk.waiting("E", OTHER), "open_deal", "called_alike", number=None).refusals
    assert shown.need == "D"
    desk.refused("E", "open_deal", "other_client", number=None, existing="D", because="they say so")
    desk.take("E", "open_deal", number=None, because="another tax id, another town")
    assert desk.case("E").data.client_because == "another tax id, another town"
    assert desk.counterparty("E").id == "E.counterparty"


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (person("Ivan Petrov", "+7 900 000-00-01"), person("petrov ivan", "8 (900) 000-00-01")),
        (
            person("Ivan Petrov", "+7 900 000-00-01", document="passport 4510 123456"),
            person("I. Petrov", "+7 900 000-00-02", document="Passport 4510123456"),
        ),
        (
            ClientDraft("Alma TOO", country="KZ", registration="123-456", contacts=REACHABLE),
            ClientDraft("Alma", country="KZ", registration="123 456".replace(" ", "-"), contacts=REACHABLE),
        ),
    ],
    ids=["name and phone", "document", "register abroad"],
)
def test_clients_without_a_tax_id_are_on_record_once(first, again):
    desk = Clients()
    desk.opened("D", first)
    waiting = desk.waiting("E", again)
    desk.refused(waiting, "open_deal", "counterparty_exists", number=None, because="I do not look")
    desk.take("E", "open_deal", number=None, existing="D")
    assert desk.counterparty("E").id == "D.counterparty"


def test_somebody_known_by_name_only_is_the_same_for_a_reason_and_is_known_by_both_phones_then():
    desk = Clients()
    desk.opened("D", person("Ivan Petrov", "+7 900 000-00-01"))
    desk.refused(desk.waiting("E", person("Ivan Petrov", "+7 900 000-00-02")), "open_deal", "called_alike", number=None)
    desk.refused("E", "open_deal", "same_by_name_only", number=None, existing="D")
    desk.take("E", "open_deal", number=None, existing="D", because="he called and said so")
    for name, phone in (("F", "+7 900 000-00-01"), ("G", "+7 900 000-00-02")):
        client = person("Ivan Petrov", phone)
        desk.refused(
            desk.waiting(name, client), "open_deal", "counterparty_exists", number=None, because="I do not look"
        )


def test_the_head_corrects_a_record_in_all_its_deals():
    desk = Clients()
    desk.opened("D", ROMASHKA)
    desk.opened("E", ROMASHKA, existing="D")
    desk.take("E", "correct_counterparty", client=LILIYA, reason="the tax id was another firm's")
    assert desk.counterparty("D") == desk.counterparty("E")
    assert (desk.counterparty("D").inn, desk.counterparty("D").id) == ("7830002293", "D.counterparty")
    # The tax id that was recorded by mistake is free for the firm whose it is.
    desk.opened("F", ROMASHKA, because="it was never our client")
    desk.refused(desk.waiting("G", LILIYA), "open_deal", "counterparty_exists", number=None)


def test_the_head_merges_two_records_and_both_tax_ids_lead_to_one():
    desk = Clients()
    desk.opened("D", ROMASHKA)
    desk.opened("D2", ROMASHKA, existing="D")
    desk.opened("E", LILIYA)
    desk.refused("E", "merge_counterparty", "one_record", into="E")
    desk.take("D", "merge_counterparty", into="E", reason="renamed and registered anew")
    assert {desk.counterparty(name).id for name in ("D", "D2", "E")} == {"E.counterparty"}
    [gone] = desk.case("D").data.merged
    assert (gone.id, gone.merged_into) == ("D.counterparty", "E.counterparty")
    for name, client in (("F", ROMASHKA), ("G", LILIYA)):
        holder = (
            desk.refused(
                desk.waiting(name, client), "open_deal", "counterparty_exists", number=None, because="I do not look"
            )
            .refusals[0]
            .need
        )
        desk.take(name, "open_deal", number=None, existing=holder)
        assert desk.counterparty(name).id == "E.counterparty"


def test_the_questionnaire_asks_what_the_regulation_says_and_takes_answers_only():
    desk = Trade()
    desk.begin("sale", "register_prospect", case="D", client=ClientDraft("OOO Romashka"))
    desk.take("D", "start_price_negotiation")
    [empty] = desk.refused(
        "D", "complete_questionnaire", "empty_answer", answers={"product": "an audit", "volume": " - "}
    ).refusals
    assert empty.got == ("volume",)
    desk.take("D", "complete_questionnaire", answers={"product": "an audit"})
    desk.take("D", "confirm_client_readiness")
    [lacks] = desk.refused("D", "submit_for_approval", "questionnaire_incomplete").refusals
    assert lacks.got == ("client.contact", "client.inn", "volume")
    assert example().settings["sale.questionnaire_keys"].value == "client.inn, client.contact, product, volume"


def test_a_counterparty_reads_back_as_it_was_written():
    desk = Clients()
    ours = desk.counterparty(desk.opened("D", person("Ivan Petrov", "+7 900 000-00-01", document="4510 123456")))
    assert msgspec.json.decode(msgspec.json.encode(ours), type=type(ours)) == ours
