"""A process as people read it: tables, Markdown and the Mermaid diagram, in every language of its rulebook."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import attrs
import pytest
from ask import ANSWER, CHIEF, REGULATION, RULES, Ask, Errand, Request

from salesreg import Process, Regulation, Rulebook, Term
from salesreg.commercial import COMMERCIAL, Sale, commercial_service, example
from salesreg.documents import ProcessPage, bpmn
from salesreg.documents.page import Sheet
from salesreg.process import Stage, Step, start, step

every_process = pytest.mark.parametrize("process", COMMERCIAL.processes, ids=lambda process: process.id)
in_every_language = pytest.mark.parametrize("lang", ["en", "ru"])


def page_of(process: type[Process], lang: str = "en", regulation: Regulation | None = None) -> ProcessPage:
    rules = RULES if process in RULES.processes else COMMERCIAL
    return ProcessPage(process, rules.texts.locale(lang), regulation)


def sale(lang: str = "en", regulation: Regulation | None = None) -> ProcessPage:
    return page_of(Sale, lang, regulation)


# -- the diagram ------------------------------------------------------------------------------------------------------


@in_every_language
@every_process
def test_the_diagram_holds_every_stage_and_every_step(process, lang):
    page = page_of(process, lang)
    diagram = page.mermaid()
    assert all(page.stage(stage) in diagram for stage in process.stages.values())
    assert all(page.step(one) in diagram for one in process.steps.values())


def test_a_step_possible_everywhere_leaves_from_one_box_that_names_the_exceptions():
    title, stage = Sale.record_client_refusal.title, Sale.in_force.title
    assert f"every_open_stage --> lost: {title} (not in: {stage})" in sale().mermaid()


def test_a_step_that_stays_is_written_inside_its_stage():
    box = next(line for line in sale().mermaid().splitlines() if line.endswith(" as preparing_contract"))
    assert "<br/>↻ Draft the contract<br/>" in box


def test_several_steps_on_one_way_are_a_list():
    (line,) = (line for line in page_of(Ask).mermaid().splitlines() if line.startswith("    [*] --> asked"))
    assert line == "    [*] --> asked: • Ask<br/>• Ask again"


def test_a_page_that_nothing_is_possible_everywhere_on_has_no_box_for_it():
    assert "every open stage" not in page_of(Errand).mermaid()
    assert "every open stage" in page_of(Ask).mermaid()


class Loud(Process[Request]):
    """Titles that mean something to Mermaid and to Markdown."""

    id, title = "loud", "Loud"
    said = Stage('A "b"; <c> #1', CHIEF, no_term="a|b")
    over = Stage("Over", final=True)

    @step(start(said), "Say | shout", by=CHIEF)
    def say(self) -> Request:
        return Request("ivan", "hush")

    end = Step(said.to(over), "End", by=CHIEF)


def test_signs_that_mean_something_to_mermaid_and_to_markdown_are_escaped():
    page = ProcessPage(Loud, Rulebook("loud", roles=[CHIEF], processes=[Loud]).texts.locale("en"))
    assert 'state "<b>A #34;b#34;#59; #60;c#62; #35;1</b>" as said' in page.mermaid()
    text = page.markdown()
    assert "| Say \\| shout |" in text
    assert "no term: a\\|b" in text


# -- the tables -------------------------------------------------------------------------------------------------------


@in_every_language
@every_process
def test_a_page_has_a_table_of_deadlines_only_where_there_are_any(process, lang):
    assert len(page_of(process, lang, example()).sheets()) == (3 if process.slas else 2)


@every_process
def test_a_row_stands_for_each_stage_step_and_deadline(process):
    counts = [len(sheet.rows) for sheet in page_of(process).sheets()]
    assert counts == [len(one) for one in (process.stages, process.steps, process.slas) if one]
    assert all(len(row) == len(sheet.head) for sheet in page_of(process).sheets() for row in sheet.rows)


LATIN_IN_RUSSIAN = {"IT"}
"""What Russian business writes in Latin letters."""


@every_process
def test_what_is_said_in_russian_is_all_russian(process):
    page = page_of(process, "ru", example())
    cells = [page.title, *page.participants()]
    for sheet in (*page.sheets(), *page.guarantees()):
        cells += [sheet.title, *sheet.head, *(cell for row in sheet.rows for cell in row)]
    drawing = ET.fromstring(bpmn(page))
    cells += [text for element in drawing.iter() for text in (element.get("name"), documentation(element)) if text]
    latin = {cell: latin_words(cell) - LATIN_IN_RUSSIAN for cell in cells}
    assert {cell: words for cell, words in latin.items() if words} == {}


def documentation(element):
    return element.text if element.tag.endswith("documentation") else None


def latin_words(text):
    """Words in Latin letters; the numbers of clauses are none."""
    return {word for word in re.findall(r"[A-Za-z]\w*", text) if not re.fullmatch(r"R\d+", word)}


@every_process
def test_a_reason_for_having_no_term_is_said_in_both_languages(process):
    english, russian = (page_of(process, lang, example()) for lang in ("en", "ru"))
    for stage in process.stages.values():
        if stage.no_term:
            assert f"no term: {stage.no_term}." in english.stage_note(stage)
            reason = russian.locale.title(f"{process.id}.no_term.{stage.id}")
            assert f"без срока: {reason}." in russian.stage_note(stage)
            assert reason != stage.no_term


def test_a_stage_that_nobody_owns_has_no_note_and_a_step_says_who_is_told():
    page = page_of(Ask, regulation=REGULATION)
    assert page.stage_note(Ask.granted) == ""
    assert page.stage_note(Ask.asked) == "Responsible: head. Term: 2 business days (R10)."
    assert page.step_note(Ask.decide) == "By: the owner of the stage; not the author. Told: chief. Clause: R10."
    assert page.step_note(Ask.amend) == "By: asker; only the author. Told: —. Clause: —."


def test_a_deadline_that_stands_in_the_data_says_so():
    rows = {row[0]: row for row in page_of(Errand, regulation=REGULATION).sheets()[2].rows}
    visit, report = rows["A visit takes place when agreed."], rows["What is seen is told in two hours."]
    assert visit[1:5] == ("Send, Agree on a visit", "Tell", "head", "the instant named in the case")
    assert report[1:5] == ("See", "Tell", "the doer", "2 working hours")


# -- what is left open ------------------------------------------------------------------------------------------------


def test_what_the_regulation_leaves_open_is_said_so():
    row = r"\| Opening the deal \| left open \(sale\.deal_opener\) \|"
    assert re.search(row, sale(regulation=commercial_service()).markdown())
    assert "‹sale.deal_opener›" in sale().markdown()


def test_a_regulation_gives_the_values():
    assert "| Открытие сделки | сотрудник IT-отдела | 2 рабочих дня | R13 |" in sale("ru", example()).markdown()


def test_a_term_that_the_regulation_gives_a_norm_is_the_one_that_is_shown():
    stated = attrs.evolve(REGULATION, norms=[attrs.evolve(ANSWER, term=Term.parse("60 working minutes"))])
    (row,) = page_of(Ask, regulation=stated).sheets()[2].rows
    assert row[4] == "60 working minutes"


# -- the page ---------------------------------------------------------------------------------------------------------


@in_every_language
def test_a_page_names_the_participants_and_shows_the_tables(lang):
    page = sale(lang, example()).markdown()
    title, owner = (
        ("Продажа", "сотрудник финансового департамента") if lang == "ru" else (Sale.title, "finance officer")
    )
    assert page.startswith(f"# {title}")
    assert f"- {owner}\n" in page
    assert page.count("\n## ") == 7, "participants, diagram, stages, steps, deadlines, what stands behind, who alone"
    assert "```mermaid\n" in page


def test_a_page_has_a_row_for_each_step_with_its_clause():
    rows = [line for line in sale().markdown().splitlines() if line.startswith(f"| {Sale.approve_quote.title} |")]
    assert len(rows) == 1
    cells = [cell.strip() for cell in rows[0].split("|")[1:-1]]
    assert cells[1] == Sale.awaiting_price_approval.title
    assert Sale.preparing_contract.title in cells[2].split(", ")
    assert "not those who worked on the quote or the questionnaire" in cells[3]
    assert cells[5] == "R10"


def test_a_page_says_what_stands_behind_each_stage_and_who_could_reach_an_end_alone():
    behind, alone = page_of(Ask, regulation=REGULATION).guarantees()
    assert isinstance(behind, Sheet)
    assert dict(behind.rows)["Checking"] == "Decide"
    assert dict(behind.rows)["Asked"] == "—", "there are two ways to begin"
    assert alone.rows == (("Granted", "—", "head"), ("Denied", "nobody: the system does by itself", "—"))
