"""`salesreg demo`: a month of the whole department that ends with a record that adds up."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
import tomllib
from pathlib import Path

import pytest

from salesreg.adapters.memory import MemoryStore
from salesreg.adapters.sqlite import SqliteStore
from salesreg.calendars import BusinessCalendar
from salesreg.cli import main
from salesreg.cli.demo import firm
from salesreg.cli.demo.play import Play
from salesreg.commercial import COMMERCIAL, Sale
from salesreg.engine import ProcessEngine, TickReport
from salesreg.errors import SalesregError
from salesreg.ports import CaseQuery, StoredCase
from salesreg.rules import Locale

README = Path(__file__).parents[2] / "README.md"

STORY = {
    "the month has a day off": ("09.03: day off", "09.03: выходной"),
    "a campaign without its tools is not given out": ("callers need a proposal", "нет шаблона"),
    "a claimed contact is refused to a second caller": ("Lera +refused: Take a contact", "Лера +отказ: Взять"),
    "a lead comes of a need": ("a need, so a lead", "есть потребность, значит лид"),
    "somebody asked not to be called": ("asked not to be called", "просили не звонить"),
    "whoever has written, their number in another way, is not called again": (
        r"- Taiga Les has asked not to be called.*8 \(495\) 100 10 02",
        r"- человек просил не звонить: Тайга Лес.*8 \(495\) 100 10 02",
    ),
    "a campaign waits for every result": ("refused: Complete the campaign", "отказ: Завершить кампанию"),
    "what a leaver is in charge of is handed over": (
        r"Denis Orlov[^:]*leaves on 01.04.*else in charge: Anna \(Orion Lab, Sever Trans\)",
        r"Денис Орлов[^:]*уходит 01.04.*другого ответственного: Анна \(Орион Лаб, Север Транс\)",
    ),
    "a price is refused once": ("Reject the price", "Не утвердить прайс"),
    "the wrong person hears every reason": (
        r"\(R10\)[\s\S]*\(Anna\)[^-]*\(R95\)",
        r"\(R10\)[\s\S]*\(Анна\)[^-]*\(R95\)",
    ),
    "a known client gets no second record": ("deal “Vega Lift” is of client \\d+ already", "сделкой «Вега Лифт»"),
    "a late original goes to the head": ("still overdue: Record the signed original", "просрочено: Зафиксировать ориг"),
    "a client refuses": ("Record the refusal: “chose", "Отказ клиента: «выбрал"),
    "an order waits for its prepayment": ("when its money has come", "после поступления предоплаты"),
    "finished work makes an invoice by itself": ("Begin an invoice without a request", "Начать счёт без запроса"),
    "an invoice is late": ("Issue and sign the invoice: 40.500.₽ · late", "счёт: 40.500.₽ · с"),
    "a day of signed documents is missed": ("Record that the day was missed", "Зафиксировать пропуск дня"),
    "a deal is closed": (r"14:00 · Vega Lift +Olga +Close the deal", r"14:00 · Вега Лифт +Ольга +Закрыть сделку"),
    "IT cannot enter other prices": ("not the prices of the proposal", "не те цены"),
    "a new price list reprices open quotes": (r"Reprice the quote: 177.000.₽", "по новому базовому: 177.000.₽"),
    "a plan is agreed to after an objection": (
        r"Anna +Say what speaks against it: “the callers.*250.000.₽.*Agree to the plan",
        r"Анна +Сказать, что мешает.*250.000.₽.*Согласовать план",
    ),
    "a one-to-one has its indicators": (
        r"one-to-one with Anna on Fr 27.03 15:00 goes through.*K1 +Attainment of the plan +43.2.%.*250000",
        r"один на один Пт 27.03 15:00: Анна.*K1 +Выполнение плана +43,2.%.*250000",
    ),
    "what a late answer has cost is said to its last rouble": (
        r"came to that on Mo 30.03.*₽12,240.00.*with every rule kept it would be: 11,000.00.*receipt.*: ₽2,000.00",
        r"вышла такой Пн 30.03.*12.240,00.₽.*соблюдении было бы: 11.000,00.*поступления.*: 2.000,00.₽",
    ),
    "a daily meeting refuses discussion": ("room for clarifications only", "допускаются только уточнения"),
    "a decision becomes an assignment": ("Give an assignment: ask Vega", "Дать поручение: запросить"),
    "an assignment is late": ("OVERDUE: Report it done → Denis", "ПРОСРОЧЕНО: Доложить об исполнении → Денис"),
    "a breach stays with whoever owed it": ("breach stays with Denis .* Anna Report", "остаётся за: Денис .* Анна Дол"),
    "an inquiry waits too long": ("OVERDUE: Reply that it is in hand", "ПРОСРОЧЕНО: Ответить, что вопрос"),
    "the head decides whose an inquiry is": ("Decide whose it is · in.time", "Определить ответственного · в.срок"),
    "a vague rule is not approved": ("nobody can tell whether it is kept", "назовите способ контроля"),
    "one person does not acknowledge": ("OVERDUE: Acknowledge the text → Kirill", "ПРОСРОЧЕНО: Ознакомлен.* → Кирилл"),
    "a late answer lowers a bonus, is disputed and waived": (
        r"12.240.₽ .*Dispute the statement.*confirms it” We 01.04 .* 15.455.₽",
        r"12.240.₽ .*Оспорить расчёт.*подтверждает» Ср 01.04 .* 15.455.₽",
    ),
    "money that is imported again is not recorded again": (
        "x invoice 101 +Faina +refused: Record the payment",
        "x счёт 101 +Фаина +отказ: Зафиксировать оплату",
    ),
    "what is open": ("Open obligations", "Открытые обязательства"),
    "who could not be told": ("Kirill: no address", "Кирилл: нет адреса"),
    "the record adds up": ("replaying the events gives the stored state", "воспроизведение событий даёт"),
}


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    """What the demo prints in each language, and in full."""
    return {"en": _run(), "ru": _run("--lang", "ru"), "full": _run("--full")}


def _run(*argv: str) -> str:
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setenv("COLUMNS", "80")
        code = main(["demo", *argv])
    assert (code, err.getvalue()) == (0, "")
    return out.getvalue()


@pytest.mark.parametrize("scene", STORY)
def test_it_tells_in_both_languages_that(told, scene):
    for lang, pattern in zip(("en", "ru"), STORY[scene], strict=True):
        assert re.search(pattern, " ".join(told[lang].split())), f"{scene} ({lang})"


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_it_is_readable_in_a_plain_terminal_of_eighty_columns(told, lang):
    assert "\x1b" not in told[lang]
    assert max(map(len, told[lang].splitlines())) <= 80
    assert [line[0] for line in told[lang].splitlines() if re.match(r"\d\. .*──", line)] == list("123456789")


def test_no_english_is_left_in_the_russian_story_but_names_and_codes(told):
    known = {
        "K",
        "scan",
        "original",
        "age",
        "CERT",
        "DECL",
        "TEST",
        "IT",
        "inquiry",
        "call_back",
        "full",
        "C",
        "T",
        "R",
        "x",
        "Europe",
        "Moscow",
    }
    assert set(re.findall(r"[A-Za-z_]+", told["ru"])) <= known


def test_the_catalogue_says_exactly_what_the_demo_says(monkeypatch):
    asked, say = set(), Locale.say

    def listen(self, key, english, process="", /, **facts):
        asked.update([key] if isinstance(key, str) else key)
        return say(self, key, english, process, **facts)

    monkeypatch.setattr(Locale, "say", listen)
    _run("--lang", "ru")
    _run("--lang", "ru", "--full")
    for lang in ("en", "ru"):
        file = Path(firm.__file__).parent / "locale" / lang / "demo.toml"
        flat = set()
        for name, said in tomllib.loads(file.read_text("utf-8"))["demo"].items():
            flat |= {f"demo.{name}.{inner}" for inner in said} if isinstance(said, dict) else {f"demo.{name}"}
        assert flat - {"demo.unsound"} == {key for key in asked if key.startswith("demo.")}, lang


def test_the_full_version_tells_every_event(told):
    events = int(re.search(r"(\d+) events", told["en"])[1])
    said = re.findall(r"^.{9}\d\d:\d\d · ", told["full"], re.MULTILINE)
    assert len(said) == events
    assert len(told["en"].splitlines()) * 2 < len(told["full"].splitlines())
    assert "may instead: " in told["full"]
    assert "--full" not in told["full"]


def test_every_process_has_its_part(told):
    russian = COMMERCIAL.texts.locale("ru")
    for process in COMMERCIAL.processes:
        assert re.search(rf"^ {process.title} +[1-9]", told["en"], re.MULTILINE)
        assert f" {russian.title(f'{process.id}.title').split()[0]} " in told["ru"]


def test_the_readme_shows_what_it_prints(told):
    shown = re.search(r"```text\n(.*?)```", README.read_text("utf-8"), re.DOTALL)[1]
    lines = [line for line in shown.splitlines() if line.strip() not in {"", "…"}]
    assert lines
    for line in lines:
        assert line in told["en"].replace("\u00a0", " ")


def test_the_database_may_be_kept_and_is_sound(capsys, tmp_path):
    db = tmp_path / "sales.db"
    assert main(["demo", "--db", str(db)]) == 0
    capsys.readouterr()
    assert main(["db", "check", "--db", str(db)]) == 0
    assert ", 0 problems" in capsys.readouterr().out
    store = SqliteStore(db)
    try:
        _has_one_package_for_each_working_day(store.find(CaseQuery(process="document_package")))
        (version,) = store.find(CaseQuery(process="regulation_version", stage="in_force"))
        (prices,) = store.find(CaseQuery(process="price_change", stage="in_force"))
        assert b'"2.0"' in version.data
        assert b'"2026-2"' in prices.data
    finally:
        store.close()


def _has_one_package_for_each_working_day(packages: list[StoredCase]) -> None:
    calendar = BusinessCalendar.russia()
    days = [package.id.rpartition(":")[2] for package in packages]
    wanted = [f"2026-03-{day:02}" for day in range(1, 32) if calendar.is_working_day(dt.date(2026, 3, day))]
    assert days == [*wanted, "2026-04-01"]  # on whose morning the demo ends
    assert [package.stage for package in packages].count("missed") == 1


def test_two_runs_are_one_and_the_same(told):
    assert _run() == told["en"]


def test_an_existing_file_is_not_overwritten(capsys, tmp_path):
    db = tmp_path / "sales.db"
    db.write_text("mine")
    assert main(["demo", "--db", str(db)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert db.read_text() == "mine"


def test_a_record_that_does_not_add_up_ends_with_one(capsys, monkeypatch):
    monkeypatch.setattr(ProcessEngine, "verify", lambda _: ("sale-1: the stored stage is not what its events lead to",))
    assert main(["demo"]) == 1
    out = capsys.readouterr().out
    assert "the record does not add up" in out
    assert "sale-1: the stored stage" in out


def test_a_story_that_goes_otherwise_than_told_is_an_error():
    play = Play(MemoryStore(), firm.TEXTS.locale("en"))
    sale = play.start("anna", Sale.register_prospect(source="exhibition", client=firm.client("vega", play.locale)))
    with pytest.raises(SalesregError, match="expected 'record_client_refusal' to be refused"):
        play.refused(sale, "anna", Sale.record_client_refusal(reason="too dear"))


def test_a_duty_that_does_not_go_through_is_an_error(capsys, monkeypatch):
    report = TickReport(failed=[("sale-1", "hold_ends", "no")])
    monkeypatch.setattr(ProcessEngine, "tick", lambda _: report)
    assert main(["demo"]) == 2
    assert "hold_ends" in capsys.readouterr().err
