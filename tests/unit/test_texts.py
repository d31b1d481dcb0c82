"""What people read: English from the code, every other language from a folder, with cases, plurals and other words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ask import ANNA, IVAN, REGULATION, RULES, Ask, case_after, moscow, taken

from salesreg.adapters.memory import MemoryDirectory
from salesreg.commercial import COMMERCIAL
from salesreg.engine.open import open_engine
from salesreg.errors import DeclarationError, DomainError, Refusal, StepRefused
from salesreg.process import Rulebook
from salesreg.rules import Locale, Texts
from salesreg.testing import ManualClock
from salesreg.testing.commercial import Desk

ENGLISH = {"role.lawyer": "lawyer", "sale.stage.open": "Open", "sale.step.close": "Close", "field.number": "number"}
RU: dict[str, Any] = {
    "role.lawyer": {"nom": "юрист", "gen": "юриста"},
    "sale.stage.open": "Открыта",
    "field.number": "номер",
    "sale.field.number": "номер сделки",
    "who.the author": "автор",
    "department.law": "юридический отдел",
    "refusal.missing": "нет {need:role.gen}",
    "sale.refusal.missing": "в сделке нет {need:role.gen}",
}


def catalogue(folder: Path, lang: str, text: str) -> Path:
    (folder / lang).mkdir(parents=True, exist_ok=True)
    (folder / lang / "texts.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def russian() -> Locale:
    return Locale("ru", RU, ENGLISH)


def said(locale: Locale, text: str, process: str = "sale", **facts: Any) -> str:
    return locale.say("none", text, process, **facts)


# -- titles -----------------------------------------------------------------------------------------------------------


def test_a_title_is_the_catalogues_else_english_else_the_id(russian: Locale):
    assert russian.title("sale.stage.open") == "Открыта"
    assert russian.title("sale.step.close") == "Close"
    assert russian.title("role.ghost") == "ghost"
    assert Texts(ENGLISH).locale("en").title("role.lawyer") == "lawyer"


def test_a_role_has_cases_and_reads_without_them(russian: Locale):
    assert russian.title("role.lawyer") == "юрист"
    assert russian.title("role.lawyer", "gen") == "юриста"
    assert russian.title("role.lawyer", "dat") == "«юрист»"
    assert russian.title("sale.stage.open", "gen") == "Открыта"


# -- sentences --------------------------------------------------------------------------------------------------------


def test_facts_read_as_what_they_are_ids_of(russian: Locale):
    assert said(russian, "{need:role}", need="lawyer") == "юрист"
    assert said(russian, "{need:role.gen}", need="lawyer") == "юриста"
    assert said(russian, "{got:role}", got=("lawyer", "ghost")) == "юрист, ghost"
    assert said(russian, "{stage:stage}", stage="open") == "«Открыта»"
    assert said(russian, "{step:step}", step="close") == "«Close»"
    assert said(russian, "{who:title}", who=("who.the author", "role.lawyer")) == "автор, юрист"
    assert said(russian, "{who:title.gen}", who="role.lawyer") == "юриста"
    assert said(russian, "{d:department}", d="law") == "юридический отдел"
    assert said(Texts(ENGLISH).locale("en"), "{stage:stage}", stage="open") == "“Open”"


def test_a_field_of_one_process_may_have_a_word_of_its_own(russian: Locale):
    assert said(russian, "{field:field}", field="number") == "номер сделки"
    assert said(russian, "{field:field}", "invoice", field="number") == "номер"
    assert said(russian, "{field:field}", "invoice", field="paid_at") == "paid_at"


def test_nothing_and_several_things_read_too(russian: Locale):
    assert said(russian, "{got}, {need:role}, {other:stage}", got=None, need=(), other=None) == "—, —, —"
    assert said(russian, "{got}", got=frozenset({"b", "a"})) == "a, b"
    assert said(russian, "nothing to fill in") == "nothing to fill in"
    assert said(russian, "{n} и {word}", n=5, word="{n}") == "5 и {n}"


@pytest.mark.parametrize(
    ("number", "russian_form", "english_form"),
    [(1, "день", "day"), (2, "дня", "days"), (4, "дня", "days"), (5, "дней", "days"), (0, "дней", "days"),
     (11, "дней", "days"), (12, "дней", "days"), (14, "дней", "days"), (21, "день", "days"), (22, "дня", "days"),
     (101, "день", "days"), (111, "дней", "days"), (112, "дней", "days"), (-1, "день", "days"), (-5, "дней", "days")],
)  # fmt: skip
def test_things_are_counted_in_the_forms_of_the_language(
    russian: Locale, number: int, russian_form: str, english_form: str
):
    assert said(russian, "{n} {n:plural|день|дня|дней}", n=number) == f"{number} {russian_form}"
    assert said(Texts({}).locale("en"), "{n} {n:plural|day|days}", n=number) == f"{number} {english_form}"


def test_a_refusal_is_said_in_the_words_of_its_process_first(russian: Locale):
    missing = Refusal("missing", "there is no {need:role}", need="lawyer", clause="R9")
    assert russian.refusal(missing) == "нет юриста (R9)"
    in_a_sale = Refusal("missing", "there is no {need:role}", need="lawyer", process="sale")
    assert russian.refusal(in_a_sale) == "в сделке нет юриста"
    unknown = Refusal("other", "{got} is not right", got="x", process="sale")
    assert russian.refusal(unknown) == "x is not right", "what has no translation stays English"
    assert Texts(ENGLISH).refusal(missing) == "there is no lawyer (R9)"


def test_what_an_entity_says_it_cannot_be_is_said_in_the_same_way(russian: Locale):
    assert russian.error(DomainError("missing", "there is no {need}", need="lawyer")) == "нет юриста"
    assert russian.error(DomainError("other", "{got} is odd", got=3)) == "3 is odd"


def test_a_sentence_is_found_by_the_first_key_that_the_language_has(russian: Locale):
    assert russian.say(("letter.none", "who.the author"), "the author") == "автор"
    assert russian.say("role.lawyer", "a lawyer") == "a lawyer", "a role in cases is no sentence"
    assert russian.say("letter.none", "the author") == "the author"


# -- folders ----------------------------------------------------------------------------------------------------------


def test_the_folder_of_an_app_wins_over_the_shipped_ones(tmp_path: Path):
    first = catalogue(tmp_path / "first", "ru", '[role]\nchief = "шеф"\n[request.step]\ndeny = "Отклонить"\n')
    second = catalogue(tmp_path / "second", "ru", '[role]\nchief = "начальник"\n[refusal]\nblank = "пусто"\n')
    locale = Texts(RULES.english, [first, second]).locale("ru")
    assert (locale.title("role.chief"), locale.title("request.step.deny")) == ("начальник", "Отклонить")
    assert locale.say("refusal.blank", "x") == "пусто"
    assert locale.say("refusal.no_way", "x").startswith("ни один переход"), "the kernel's own are behind them"
    assert repr(locale).startswith("Locale('ru', ")


def test_an_unknown_language_is_named_beside_those_that_are_there(tmp_path: Path):
    texts = Texts({}, [catalogue(tmp_path, "kk", ""), tmp_path / "missing"])
    assert texts.languages == ("en", "kk", "ru")
    with pytest.raises(DeclarationError, match="no texts in 'fr': there are en, kk, ru"):
        texts.locale("fr")
    assert texts.locale("kk") is texts.locale("kk")


@pytest.mark.parametrize("text", ["[role", "title = 5 x"])
def test_a_catalogue_that_cannot_be_read_is_named(tmp_path: Path, text: str):
    with pytest.raises(DeclarationError, match=r"the texts in '.*texts\.toml' cannot be read"):
        Texts({}, [catalogue(tmp_path, "ru", text)]).locale("ru")
    (tmp_path / "ru" / "texts.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DeclarationError, match="cannot be read"):
        Texts({}, [tmp_path]).locale("ru")


# -- refused through the engine ---------------------------------------------------------------------------------------


def test_what_was_refused_reads_in_every_language():
    asked = case_after(("ask", ANNA, "2026-03-02 10:00", {"text": "x"}))
    with pytest.raises(StepRefused) as no:
        taken(asked, "answer", ANNA, "2026-03-02 11:00", text=" ")
    assert [RULES.texts.refusal(one, "ru") for one in no.value.refusals] == [
        "«Answer» выполняет начальник, а Anna — проситель (R44)",
        "поле «text» обязательно и что-то говорит: в нём есть буква или цифра (R44)",
    ]
    bare = Texts(RULES.english).locale("ru")
    assert bare.refusal(no.value.refusals[0]) == "«Answer» выполняет head, а Anna — asker (R44)"


# -- a third language, and no line of code ----------------------------------------------------------------------------

GERMAN = """
[role]
head_of_commercial = "Leiter der kaufmännischen Abteilung"
sales_manager = "Vertriebsmitarbeiter"

[sale]
title = "Verkauf"

[sale.stage]
prospecting = "Kundengewinnung"
awaiting_price_approval = "Preis zur Freigabe"

[sale.step]
approve_quote = "Preis freigeben"

[refusal]
wrong_role = "{step:step} ist Sache von: {who:title}; {name} ist {got:role}"

[sale.refusal]
other_quote = "es wurde ein anderes Angebot gelesen ({got}), {n:plural|eines|mehrere}"
"""


def test_a_third_language_is_a_folder(tmp_path: Path):
    rules = COMMERCIAL.extended("acme", locale=[catalogue(tmp_path, "de", GERMAN)])
    german = rules.texts.locale("de")
    assert rules.texts.languages == ("en", "de", "ru")
    assert german.title("sale.title") == "Verkauf"
    assert german.title("sale.stage.awaiting_price_approval") == "Preis zur Freigabe"
    assert german.title("sale.step.reject_quote") == "Reject the price", "what is not said yet stays English"
    desk = Desk()
    desk.begin("sale", "register_prospect", case="D")
    desk.take("D", "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness")
    desk.take("D", "submit_for_approval")
    no = desk.refused("D", "approve_quote", "wrong_role", by="sveta")
    no.speak = rules.texts.refusal
    assert no.reasons("de") == (
        "«Preis freigeben» ist Sache von: Leiter der kaufmännischen Abteilung; Sveta ist Vertriebsmitarbeiter (R10)",
    )
    other = Refusal("other_quote", "", got="abc", facts={"n": 1}, process="sale")
    assert rules.texts.refusal(other, "de") == "es wurde ein anderes Angebot gelesen (abc), eines"


def test_an_engine_speaks_it_in_what_it_refuses(tmp_path: Path):
    kazakh = '[request.step]\nask = "Сұрау"\n[refusal]\nwrong_role = "{step:step}: {who:title}"\n'
    book = Rulebook("kz", roles=RULES.roles, processes=RULES.processes, locale=[catalogue(tmp_path, "kk", kazakh)])
    people, clock = MemoryDirectory([IVAN]), ManualClock(moscow("2026-03-02 10:00"))
    engine = open_engine("memory:", rulebook=book, regulation=REGULATION, directory=people, clock=clock)
    with pytest.raises(StepRefused) as no:
        engine.start(Ask.ask(text="x"), by="ivan")
    assert no.value.reasons("kk") == ("«Сұрау»: asker (R9)",)
    assert no.value.reasons("en") == ("“Ask” is for asker, and Ivan is chief (R9)",)
