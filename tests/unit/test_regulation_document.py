"""The regulation as the document that people sign: complete, the same in Markdown and HTML, safe whatever is in it."""

import datetime as dt
import re
from html import escape
from html.parser import HTMLParser

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.commercial import COMMERCIAL, commercial_service, example
from salesreg.documents import Reader, RegulationDocument, regulation_html
from salesreg.process import Rulebook
from salesreg.rules import Chapter, Norm, Regulation, Role, Strength

DAY = dt.date(2026, 3, 2)
VOID = {"meta", "input", "br", "link", "img", "hr"}


def document(lang="ru", regulation=None, **given):
    return RegulationDocument(COMMERCIAL, regulation or example(), COMMERCIAL.texts.locale(lang), on=DAY, **given)


class Page(HTMLParser):
    """What a page holds: its ids, links, tags, and whether what is opened is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.tags, self.said = [], [], [], set(), []
        self.outside = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        given = dict(attributes)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" else []
        self.outside += [value for name, value in attributes if name in ("src", "href") and not value.startswith("#")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.said.append(data)


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_page_stands_alone_and_is_well_formed(lang):
    page = Page(regulation_html(document(lang)))
    assert page.open == []
    assert page.outside == []
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert "script" not in page.tags
    assert "url(" not in regulation_html(document(lang))


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_every_process_is_there_as_scheme_and_as_table(lang):
    text = regulation_html(document(lang))
    locale = COMMERCIAL.texts.locale(lang)
    for process in COMMERCIAL.processes:
        start = text.index(f'<section id="process-{process.id}"')
        section = text[start : text.index("</section>", start)]
        assert section.count("<svg") == 1
        assert section.count("<table") >= 4
        for step in process.steps.values():
            assert f">{escape(locale.title(f'{process.id}.step.{step.id}'))}" in section


def test_markdown_and_html_say_the_same():
    said = " ".join("".join(Page(regulation_html(document())).said).split())
    for line in document().markdown().splitlines():
        for cell in re.split(r" ?\| ?|^#+ |^- (?:\[ \] )?", line):
            if cell and not cell.startswith("---"):
                assert " ".join(cell.replace("\\|", "|").split()) in said


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_it_has_every_part_that_the_source_asks_for(lang):
    ids = [section.id for section in document(lang).sections()]
    assert ids[:8] == [
        "terms",
        "participants",
        "hours",
        "processes",
        "duties",
        "recommendations",
        "zones",
        "ladder",
    ] or (ids[:7] == ["terms", "participants", "hours", "processes", "duties", "zones", "ladder"])
    assert ids[-6:] == [
        "chapter-motivation",
        "chapter-onboarding",
        "chapter-manners",
        "chapter-leaving",
        "chapter-coming_in",
        "acknowledgement",
    ]


def test_a_step_that_gives_a_case_up_keeps_no_deadline():
    text = document("en").markdown()
    (row,) = [line for line in text.splitlines() if line.startswith("| Cancel the deal |") and line.count("|") == 8]
    assert [cell.strip() for cell in row.split("|")][5] == "—"


def test_rules_and_recommendations_stand_apart():
    (advice,) = [one for one in example().texts() if one.strength == Strength.RECOMMENDATION][:1] or [None]
    if advice is None:
        norms = (*example().norms, Norm("x.smile", "Smile on the telephone.", "R51", strength=Strength.RECOMMENDATION))
        regulation = attrs.evolve(example(), norms=norms)
        said = "Smile on the telephone."
    else:
        regulation, said = example(), advice.translations["ru"]
    text = document("ru", regulation).markdown()
    assert said in text[text.index("\n## Рекомендации") : text.index("\n## Кто за что отвечает")]
    assert said not in text[: text.index("\n## Рекомендации")]


def test_nothing_russian_is_missing_in_the_russian_document():
    english = {norm.text for norm in example().norms} | {norm.control for norm in example().norms if norm.control}
    said = document("ru").markdown()
    assert [text for text in english if text in said] == []


def test_a_regulation_that_leaves_things_open_says_which():
    text = document("en", commercial_service()).markdown()
    assert "The working hours are left open." in text
    assert "left open (sale.price_approval)" in text


def test_each_employee_acknowledges_what_binds_their_roles_and_no_more():
    reader = Reader("Ольга", ["secretary"])
    mine = document("ru").markdown(reader)
    texts = {one.id: one.translations["ru"] for one in example().texts() if one.is_rule}
    bound = {one.id for one in example().texts() if one.is_rule and one.concerns(["secretary"])}
    assert {name for name, said in texts.items() if f"| {said} |" in mine} == bound
    assert "| Ольга | секретарь |" in mine
    assert example().content_hash[:12] in mine
    page = regulation_html(document("ru"), reader)
    assert page.count("<section") == 2
    assert "<nav" not in page
    assert "<nav" in regulation_html(document("ru"))


def test_one_changed_term_changes_the_document_there_and_nowhere_else():
    norm = next(one for one in example().norms if one.id == "inquiry.first_response")
    from salesreg.calendars import Term

    longer = attrs.evolve(norm, term=Term.parse("1 working hour"))
    norms = tuple(longer if one is norm else one for one in example().norms)
    before, after = (
        document("ru", regulation).markdown().splitlines()
        for regulation in (example(), attrs.evolve(example(), norms=norms))
    )
    assert len(before) == len(after)
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    prints = re.compile(r"текст [0-9a-f]{12}")
    assert all(
        prints.sub("", old) == prints.sub("", new) or old.replace("30 рабочих минут", "1 рабочий час") == new
        for old, new in changed
    )
    assert any("1 рабочий час" in new for _, new in changed)


NAMES = st.text(max_size=30) | st.sampled_from(['<script>alert("x")</script>', "a & b", "\x1b[31m", "| pipe |", "\x00"])


@settings(max_examples=30)
@given(NAMES, NAMES)
def test_whatever_is_in_names_is_shown_as_text(title, item):
    captain = Role("captain", title or "captain")
    rules = Rulebook("sea", roles=[captain], chapters=[Chapter("advice", title or "x", (item or "x",))])
    regulation = Regulation("sea", title=title, norms=[Norm("x.y", item or "x", "A1", captain)])
    page = Page(regulation_html(RegulationDocument(rules, regulation, rules.texts.locale("en"))))
    assert page.open == []
    assert "script" not in page.tags
    assert "\x1b" not in "".join(page.said)


@pytest.mark.parametrize(
    ("lang", "rows"),
    [
        ("en", ["| 40 | R62 |", "| no | R57 |", "| 0.20; 0.22 from 2026-01-01 | R31 |", "| general director | R85 |"]),
        (
            "ru",
            ["| 40 | R62 |", "| нет | R57 |", "| 0,20; 0,22 с 01.01.2026 | R31 |", "| генеральный директор | R85 |"],
        ),
    ],
)
def test_what_the_company_has_set_is_signed_with_its_figures(lang, rows):
    said = (
        document(lang)
        .markdown()
        .partition({"en": "## What the company has set", "ru": "## Значения, заданные компанией"}[lang])[2]
    )
    assert [row for row in rows if row not in said] == []
    wider = example().with_settings({"call_campaign.quota": 55})
    assert "| 55 | R62 |" in document(lang, wider).markdown()


def test_indicators_are_named_and_hours_are_those_of_a_city():
    said = document("ru").markdown()
    assert "K8: Прайсы, утверждённые с первого раза" in said
    assert "| 09:00–13:00, 14:00–18:00 | Москва |" in said
    assert "Europe/" not in said


@pytest.mark.parametrize(
    ("before", "said"), [("1 week", "За 1 неделю до срока"), ("4 working hours", "За 4 рабочих часа до")]
)
def test_a_term_follows_its_preposition_in_russian(before, said):
    given = example().with_settings({"escalation.remind_before": before})
    assert said in document("ru", given).markdown()


def test_markdown_holds_no_tag_and_no_sign_that_steers_a_terminal():
    hostile = attrs.evolve(example(), title="<script>\x1b[31m\u202eActs", translations={}, version="1.0\x07")
    head = document("en", hostile).markdown().partition("## ")[0]
    assert "&lt;script>" in head
    assert not {"\x1b", "\u202e", "\x07"} & {*head}


def section(text, title, level=2):
    return text.partition(f"\n{'#' * level} {title}\n")[2].partition(f"\n{'#' * level} ")[0]


def test_the_words_of_the_regulation_are_defined_before_they_are_used():
    said = section(document("ru").markdown(), "Термины")
    assert all(f"- {word} — " in said for word in ("Дело", "Сделка", "Заявка", "Лид", "Обращение", "Результат"))
    assert len(section(document("en").markdown(), "Terms").strip().splitlines()) == len(said.strip().splitlines())


def test_what_binds_every_employee_and_what_all_may_do_stands_once():
    duties = section(document("ru").markdown(), "Обязанности")
    everybody = section(duties, "Все сотрудники", 3)
    asked = "Каждый, кого касаются правила опубликованной редакции"
    assert duties.count(asked) == everybody.count(asked) == 1
    assert duties.count("Обращение: Принять обращение") == everybody.count("Обращение: Принять обращение") == 1
    assert "Помимо общих для всех сотрудников" in section(duties, "аккаунт-менеджер", 3)


def test_a_step_stands_with_the_role_to_which_the_company_gives_it():
    duties = section(document("ru").markdown(), "Обязанности")
    assert "Завести сделку" in section(duties, "сотрудник IT-отдела", 3)
    given = example().with_settings({"sale.deal_opener": "head_of_commercial"})
    duties = section(document("ru", given).markdown(), "Обязанности")
    assert "Завести сделку" not in section(duties, "сотрудник IT-отдела", 3)
    assert "Завести сделку" in section(duties, "руководитель коммерческого отдела", 3)


def test_all_roles_of_the_company_are_one_in_tables_and_the_rest_of_the_day_has_words():
    text = document("ru").markdown()
    assert "| Записать просьбу не звонить | любой сотрудник, система |" in text
    assert "до конца того же рабочего дня" in text
    assert " 0 рабочих дней" not in text
    assert "any employee" in document("en").markdown()


def test_who_answers_for_what_stands_by_process_in_the_order_of_its_steps():
    zones = section(document("ru").markdown(), "Кто за что отвечает")
    sale = [line.split(" | ")[0][2:] for line in section(zones, "Продажа", 3).splitlines() if line.startswith("| ")]
    assert (
        sale.index("Зарегистрировать потенциального клиента")
        < sale.index("Утвердить прайс")
        < sale.index("Закрыть сделку")
    )
    assert "| Пересчитать прайс по новому базовому | система |" in zones
