"""Personal data erased: gone everywhere, the chain whole, recorded; and what runs or is kept by law is named."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from trade import Trade

from salesreg.adapters.memory import MemoryStore
from salesreg.adapters.sqlite import SqliteStore
from salesreg.cli import main
from salesreg.commercial.domain.clients import ClientDraft, ClientKind, Contact
from salesreg.engine.check import sealed
from salesreg.ports import Store

IVAN = Contact("Ivan Petrov", phone="+7 495 111-11-11", email="ivan.petrov@vega.example")
OLGA = Contact("Olga Sidorova", email="olga@vega.example")
VEGA = ClientDraft("Vega Lift", contacts=(IVAN, OLGA))
PERSON = ClientDraft("Pyotr Vasilyev", ClientKind.B2C, contacts=(Contact("Pyotr", phone="+7 495 222-22-22"),))
OF_IVAN = ("Ivan Petrov", "+7 495 111-11-11", "ivan.petrov@vega.example")


@pytest.fixture
def store(each_store: Store) -> Store:
    return each_store


@pytest.fixture
def desk(store: Store) -> Trade:
    desk = Trade(store)
    desk.begin("sale", "register_prospect", case="D", client=VEGA)
    desk.take("D", "start_price_negotiation", "cancel_deal")
    desk.begin("sale", "register_prospect", case="P", client=PERSON)
    desk.take("P", "cancel_deal")
    desk.begin("sale", "register_prospect", case="R", client=VEGA)
    desk.engine.tick()
    return desk


def everything(store: Store) -> str:
    return "\n".join(map(repr, store.archive())) + "".join(
        repr(one.data) for one in store.load(["D", "P", "R"]).cases.values()
    )


def test_nothing_of_a_person_is_left_and_the_chain_is_whole(desk: Trade, store: Store):
    before, seal = desk.case("D"), sealed(store)
    assert desk.engine.erase("D", by="roman", reason="asked on 2 March")[0].texts > 3
    assert desk.case("D") == before, "a dry run changes nothing"
    [done] = desk.engine.erase("D", by="roman", reason="asked on 2 March", dry_run=False)
    assert (done.case, done.kept) == ("D", "")
    assert desk.engine.verify() == ()
    last = desk.engine.history("D")[-1]
    assert (last.step, last.by, last.payload["reason"]) == ("personal_data_erased", "roman", "asked on 2 March")
    data = desk.case("D").data
    assert {one.name for one in data.client.contacts} == {"erased"}
    assert (data.client.contacts[0].email, data.client.legal_name) == ("erased@erased.invalid", "erased")
    assert data.client.contacts[0].phone == "erased 0"
    with closing(MemoryStore()) as other:
        other.restore([one for one in store.archive() if "'R'" not in repr(one)])
        left = everything(other)
    for text in (*OF_IVAN, "Olga Sidorova", "Vega Lift"):
        assert text not in left, text
        assert text.casefold() not in left
    grown = sealed(store)
    assert grown.cases["D"] != seal.cases["D"]
    assert [event.hash for event in store.events("D")][seal.cases["D"][0] - 1] == seal.cases["D"][1]


def test_one_person_goes_and_the_others_stay(desk: Trade, store: Store):
    for case in ("R",):
        desk.take(case, "cancel_deal")
    done = desk.engine.erase(texts=[text.upper() for text in OF_IVAN], by="roman", reason="asked", dry_run=False)
    assert [(one.case, one.texts, one.kept) for one in done] == [("D", 3, ""), ("R", 3, "")]
    assert desk.engine.verify() == ()
    for case in ("D", "R"):
        assert [one.name for one in desk.case(case).data.client.contacts] == ["erased", "Olga Sidorova"]
    assert "Ivan Petrov" not in everything(store)
    assert desk.engine.erase(texts=["Ivan Petrov"], by="roman", reason="again", dry_run=False) == ()


def test_a_private_person_gives_up_what_they_were_known_by(desk: Trade, store: Store):
    assert desk.engine.cases("sale", where={"client": "Pyotr*"})
    desk.engine.erase("P", by="roman", reason="asked", dry_run=False)
    assert not desk.engine.cases("sale", where={"client": "Pyotr*"})
    assert "Vasilyev" not in everything(store)
    assert "vasilyev" not in everything(store)
    assert desk.engine.verify() == ()


def test_a_case_that_runs_keeps_what_it_needs_and_says_so(desk: Trade):
    [done] = desk.engine.erase("R", by="roman", reason="asked", dry_run=False)
    assert done.kept == "it is in 'prospecting': a case that runs needs them, so end it first"
    assert desk.case("R").data.client == VEGA


def test_what_the_law_has_kept_is_refused_by_name_until_its_time_is_over(store: Store):
    desk = Trade(store)
    desk.deal()
    desk.take("D", "cancel_deal")
    [done] = desk.engine.erase("D", by="roman", reason="asked", dry_run=False)
    assert done.kept == "a contract is kept with the accounts (402-FZ art. 29): kept until 2032-01-01"
    assert desk.engine.history("D")[-1].step == "cancel_deal"
    desk.later(dt.timedelta(days=6 * 366))
    [done] = desk.engine.erase("D", by="roman", reason="asked", dry_run=False)
    assert (done.kept, done.texts) == ("", 6)
    assert desk.engine.verify() == ()


def test_personal_data_taken_away_by_hand_are_told(tmp_path: Path):
    path = tmp_path / "sales.db"
    with closing(SqliteStore(path)) as store:
        desk = Trade(store)
        desk.begin("sale", "register_prospect", case="D", client=VEGA)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE salesreg_event SET personal = NULL")
        assert "D: personal data of event 1 are gone, and no erasure is on record" in desk.engine.verify()


def test_the_command_line_plans_erases_and_names_what_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "sales.db"
    with closing(SqliteStore(path)) as store:
        desk = Trade(store)
        desk.begin("sale", "register_prospect", case="D", client=VEGA)
        desk.take("D", "cancel_deal")
        desk.begin("sale", "register_prospect", case="R", client=VEGA)
    asked = ["db", "erase", "--db", str(path), "--text", "Ivan Petrov", "--by", "roman", "--reason", "asked"]
    assert main(asked) == 1
    out = capsys.readouterr().out
    assert "D: 1 text would go: add --apply" in out
    assert "R: nothing was erased: it is in" in out
    assert main([*asked, "--apply", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["cases"][0] == {"case": "D", "texts": 1, "kept": ""}
    assert main([*asked[:4], "--case", "D", "--by", "roman", "--reason", "x", "--apply", "--lang", "ru"]) == 0
    assert "D: удалено" in capsys.readouterr().out
    assert main(asked[:6]) == 2
    assert main(["db", "check", "--db", str(path)]) == 0
